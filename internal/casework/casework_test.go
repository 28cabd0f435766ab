package casework

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
	"seine/procedures"
)

// desk is a store of one goroutine: what is written is there at once.
type desk struct {
	now   clock.Instant
	docs  map[string]json.RawMessage
	books *ledger.Overlay
	next  int
	asked int
}

type nothing struct{}

func (nothing) Balance(string) (ledger.Balance, error)       { return ledger.Balance{}, nil }
func (nothing) Pending(string) (ledger.Pending, bool, error) { return ledger.Pending{}, false, nil }

func newDesk() *desk {
	return &desk{now: clock.MustDate("2026-11-23").Start().Add(9 * time.Hour), docs: map[string]json.RawMessage{}, books: ledger.NewOverlay(nothing{})}
}

func (d *desk) Now() clock.Instant { return d.now }
func (d *desk) NewID() string      { d.next++; return fmt.Sprintf("id%04d", d.next) }

func (d *desk) Balance(key string) (ledger.Balance, error) { d.asked++; return d.books.Balance(key) }

func (d *desk) Period(string, clock.Date, clock.Date) (ledger.Period, error) {
	return ledger.Period{}, nil
}

func (d *desk) Pending(id string) (ledger.Pending, bool, error) {
	d.asked++
	return d.books.Pending(id)
}

func (d *desk) Load(kind decision.Kind, id string, body any) (int64, error) {
	d.asked++
	raw, ok := d.docs[string(kind)+"/"+id]
	if !ok {
		return 0, fault.New(fault.NotFound, "STORE-ABSENT-01", "", "there is no {kind} {id}", "check the id", "kind", kind, "id", id)
	}
	return 1, json.Unmarshal(raw, body)
}

func (d *desk) Find(kind decision.Kind, column, value string, _ int) ([]string, error) {
	d.asked++
	return []string{string(kind) + column + value}, nil
}

// write does an outcome.
func (d *desk) write(t testing.TB, out decision.Outcome) {
	t.Helper()
	if err := d.books.Apply(d.now, out.Transfers...); err != nil {
		t.Fatal(err)
	}
	for _, p := range out.Puts {
		raw, err := json.Marshal(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		d.docs[string(p.Kind)+"/"+p.ID] = raw
	}
}

func (d *desk) q(a ledger.Account) num.Quantity {
	b, _ := d.books.Balance(a.Key())
	return b.Quantity
}

func mode(t testing.TB, id string) *procedure.Mode {
	t.Helper()
	source, err := procedures.Files.ReadFile(id + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := procedure.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const one = num.OneQuantity

// entering is a case of goods that enter first, applied for and noted, with a
// guarantee of 1,000 CNY.
func entering(t testing.TB) (*desk, *procedure.Mode, Case) {
	t.Helper()
	d, m := newDesk(), mode(t, "enter-first")
	c := New("A1", m, d.now.Date(), d.now)
	c.Area, c.Debtor, c.Credit, c.Bill, c.BillOffice, c.Guarantee, c.Book, c.List = "a", "E1", 3, "B1", "2225", "G1", "T2218W000001", "L1"
	c.Events[procedure.EntryDeclared] = d.now
	op, err := guarantee.Guarantee{Number: "G1", Enterprise: "E1", Limit: 100_000}.Grant("grant", d.now.Date())
	if err != nil {
		t.Fatal(err)
	}
	undrawn := c.Account(procedure.LadingLine, "packages", ledger.Legal, ledger.Undrawn)
	d.write(t, decision.Outcome{Transfers: []ledger.Op{op, {
		ID: "manifest", Kind: ledger.Post, From: undrawn.At(ledger.Abroad), To: undrawn, Quantity: 10 * one, EffectiveOn: d.now.Date(), Cause: "M1",
	}}})
	c = d.take(t, m, c, "apply", Goods{}.Add(procedure.LadingLine, procedure.Declared, packages(10)), 0)
	return d, m, d.take(t, m, c, "note", nil, 0)
}

func packages(n int64) Line {
	return Line{Key: "packages", Unit: "CT", Quantity: num.Quantity(n) * one}
}

// take takes a step with everything that may hold.
func (d *desk) take(t testing.TB, m *procedure.Mode, c Case, step string, g Goods, tax num.Money) Case {
	t.Helper()
	taken, err := Take(d, m, c, d.step(t, c, step, g, tax))
	if err != nil || !taken.Ready {
		t.Fatalf("%s: %v %+v %+v", step, err, taken.Missing, taken.Unmet)
	}
	d.write(t, taken.Outcome)
	return taken.Case
}

func (d *desk) step(t testing.TB, c Case, step string, g Goods, tax num.Money) Step {
	t.Helper()
	owed, err := Owed(d, &c)
	if err != nil {
		t.Fatal(err)
	}
	return Step{
		ID: step, By: decision.System, LowRisk: true, Goods: g, HighestTax: tax, At: d.now, IDs: d.NewID, Debts: owed, Calendar: &clock.Calendar{},
		True: map[procedure.Condition]bool{
			procedure.LadingKnown: true, procedure.LicencesThere: true, procedure.GuaranteeEnough: true, procedure.NothingOverdue: true,
			procedure.SameAsApplied: true, procedure.ManifestMatched: true, procedure.RiskCleared: true, procedure.BillReleased: true, procedure.FullyPassed: true,
		},
	}
}

func (d *desk) debts(t testing.TB, c Case) (open []num.Quantity, held num.Money) {
	t.Helper()
	for _, id := range c.Debts["declare"] {
		o, _, err := decision.Load[obligation.Obligation](d, dossier.Obligation, id)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, o.OpenTotal())
		held += o.Hold.Left
	}
	return open, held
}

func passed(n int64) Goods {
	return Goods{}.Add(procedure.LadingLine, procedure.PassedNow, packages(n))
}

func TestOneDeclarationIsSharedOutOverTheDebts(t *testing.T) {
	d, m, c := entering(t)
	c = d.take(t, m, c, "gate-in", passed(6), 600)
	c = d.take(t, m, c, "gate-in", passed(4), 400)
	c = d.take(t, m, c, "lodge", nil, 0)
	c = d.take(t, m, c, "accept", Goods{}.Add(procedure.LadingLine, procedure.Declared, packages(7)), 0)
	open, held := d.debts(t, c)
	if diff := cmp.Diff([]num.Quantity{0, 3 * one}, open); diff != "" || held != 300 {
		t.Error("seven of ten are declared: six of the first truck, one of the second", diff, held)
	}
	g := guarantee.Guarantee{Number: "G1", Enterprise: "E1"}
	if free := ledger.MoneyOf(d.q(g.FreeAccount())); free != 100_000-300 {
		t.Errorf("free: %s", free)
	}
}

func TestGoodsThatPassAfterTheirDeclarationOweNone(t *testing.T) {
	d, m, c := entering(t)
	c = d.take(t, m, c, "gate-in", passed(6), 600)
	c = d.take(t, m, c, "lodge", nil, 0)
	c = d.take(t, m, c, "accept", Goods{}.Add(procedure.LadingLine, procedure.Declared, packages(10)), 0)
	c = d.take(t, m, c, "gate-in", passed(4), 400)
	if open, held := d.debts(t, c); len(open) != 1 || open[0] != 0 || held != 0 {
		t.Error(open, held)
	}
}

func TestUndoingAnAcceptanceOwesTheDeclarationAgain(t *testing.T) {
	d, m, c := entering(t)
	c = d.take(t, m, c, "gate-in", passed(10), 1000)
	c = d.take(t, m, c, "lodge", nil, 0)
	goods := Goods{}.Add(procedure.LadingLine, procedure.Declared, packages(10))
	c = d.take(t, m, c, "accept", goods, 0)
	before, _ := d.debts(t, c)
	undone, err := Undo(d, m, c, d.step(t, c, "accept", goods, 0))
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, undone.Outcome)
	c = undone.Case
	open, held := d.debts(t, c)
	if len(before) != 1 || !slices.Equal(open, []num.Quantity{0, 10 * one}) || held != 1000 {
		t.Error(before, open, held)
	}
	if _, again := c.Done["accept"]; again {
		t.Error("the step is done no more")
	}
	if drawn := c.Account(procedure.LadingLine, "packages", ledger.Legal, ledger.Drawn); d.q(drawn) != 0 {
		t.Errorf("drawn: %s", d.q(drawn))
	}
	c = d.take(t, m, c, "accept", goods, 0)
	if open, held = d.debts(t, c); held != 0 || open[1] != 0 {
		t.Error("and it can be accepted anew", open, held)
	}
}

func TestTheLastTruckAndThePostingStandInOneDecision(t *testing.T) {
	d, m, c := entering(t)
	c = d.take(t, m, c, "gate-in", passed(6), 0)
	c = d.take(t, m, c, "arrive", nil, 0)
	c = d.take(t, m, c, "list", nil, 0)
	c = d.take(t, m, c, "lodge", nil, 0)
	declared := Goods{}.Add(procedure.LadingLine, procedure.Declared, packages(10))
	c = d.take(t, m, c, "accept", declared, 0)
	c = d.take(t, m, c, "release", nil, 0)
	last, err := Take(d, m, c, d.step(t, c, "gate-in", passed(4), 0))
	if err != nil {
		t.Fatal(err)
	}
	ahead, err := Ahead(d, last.Outcome.Transfers)
	if err != nil {
		t.Fatal(err)
	}
	value := num.Money(5000)
	goods := declared.Add(procedure.BookLine, procedure.Listed, Line{Key: "1", Unit: "KGM", Quantity: 90 * one, Value: &value})
	post, err := Take(ahead, m, last.Case, d.step(t, last.Case, "post", goods, 0))
	if err != nil || !post.Ready {
		t.Fatal(err, post.Unmet)
	}
	last.Outcome.Merge(post.Outcome)
	d.write(t, last.Outcome)
	if left := d.q(c.Account(procedure.LadingLine, "packages", ledger.Legal, ledger.Provisional)); left != 0 {
		t.Errorf("%s stay provisional", left)
	}
	b, _ := d.books.Balance(c.Account(procedure.BookLine, "1", ledger.Legal, ledger.OnHand).Key())
	if b.Quantity != 90*one || b.Value != 5000 || post.Case.State != Closed {
		t.Errorf("%+v %s", b, post.Case.State)
	}
}

func TestADeclarantOwesWhatTheModeLaysOnTheDeclarant(t *testing.T) {
	c := Case{Debtor: "owner"}
	if c.Owes(procedure.Declarant) != "owner" {
		t.Error("who is not known")
	}
	c.Declarant = "buyer"
	if c.Owes(procedure.Declarant) != "buyer" || c.Owes(procedure.Enterprise) != "owner" {
		t.Error("the declarant's debts are the declarant's")
	}
}

func TestADebtIsToldToWhoOwesItAndToNobodyElse(t *testing.T) {
	d, m, c := entering(t)
	c.Declarant = "buyer"
	step := d.step(t, c, "gate-in", passed(1), 0)
	w := writer{s: &step, mode: m, c: &c}
	if e := w.entry("obligation.opened", &obligation.Obligation{ID: "O1", Debtor: "buyer"}); e.Enterprise != "buyer" {
		t.Errorf("the entry is %s's", e.Enterprise)
	}
	if e := w.entry("obligation.opened", &obligation.Obligation{ID: "O2", Debtor: "E1"}); e.Enterprise != "E1" {
		t.Errorf("the entry is %s's", e.Enterprise)
	}
}

func TestACalledGuaranteeIsUsed(t *testing.T) {
	d, m, c := entering(t)
	c = d.take(t, m, c, "gate-in", passed(10), 1000)
	o, _, err := decision.Load[obligation.Obligation](d, dossier.Obligation, c.Debts["declare"][0])
	if err != nil {
		t.Fatal(err)
	}
	o.Stages = []obligation.Stage{{Name: "call-guarantee", AfterDays: 1}}
	d.write(t, decision.Outcome{Puts: []decision.Put{{Kind: dossier.Obligation, ID: o.ID, Body: o}}})
	if _, err := FallDue(d, o.Due, o.ID); !fault.Is(err, "OBLIGATION-STAGE-01") {
		t.Errorf("the due day belongs to the debtor: %v", err)
	}
	out, err := FallDue(d, o.Due+1, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, out)
	held := guarantee.Guarantee{Number: "G1", Enterprise: "E1"}.HeldAccount()
	if d.q(held) != 0 || ledger.MoneyOf(d.q(held.At(ledger.Used))) != 1000 || out.Reply.(Overdue).Called != 1000 {
		t.Errorf("%+v", out.Reply)
	}
}

func TestARememberingViewAsksOnce(t *testing.T) {
	d, _, c := entering(t)
	d.write(t, decision.Outcome{Puts: []decision.Put{{Kind: dossier.Case, ID: c.ID, Body: c}}})
	v := Remember(d)
	ask := func() {
		if _, _, err := decision.Load[Case](v, dossier.Case, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := decision.Load[Case](v, dossier.Case, "none"); !fault.Is(err, "STORE-ABSENT-01") {
			t.Fatal(err)
		}
		for _, id := range []string{c.Reserved["draw"]["packages"], "none"} {
			if _, _, err := v.Pending(id); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := v.Find(dossier.Case, "list", "x", 1); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Balance("x"); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	before := d.asked
	ask()
	if d.asked != before {
		t.Errorf("%d questions went to the store again", d.asked-before)
	}
	if Remember(v) != v {
		t.Error("one memory is enough")
	}
}

func TestAPaperTellsWhatItLacks(t *testing.T) {
	p, err := NewPaper(map[string]any{
		"a": "x", "b": "", "zero": 0, "none": nil, "list": []any{map[string]any{"c": 1}, map[string]any{"c": ""}, map[string]any{}}, "empty": []any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	for element, want := range map[string][]string{
		"/a": nil, "/b": {"/b"}, "/zero": {"/zero"}, "/none": {"/none"}, "/gone": {"/gone"}, "/a/deeper": {"/a/deeper"},
		"/list/*/c": {"/list/1/c", "/list/2/c"}, "/empty": {"/empty"}, "/empty/*/c": nil,
	} {
		if diff := cmp.Diff(want, p.Missing(element)); diff != "" {
			t.Errorf("%s: %s", element, diff)
		}
	}
}

func TestWhateverTheOrderOfTrucksTheLedgerSumsToZero(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, m, c := entering(t)
		left := int64(10)
		for left > 0 {
			n := rapid.Int64Range(1, left).Draw(rt, "packages")
			c = d.take(t, m, c, "gate-in", passed(n), num.Money(n*100))
			left -= n
		}
		_, held := d.debts(t, c)
		if held != 1000 {
			rt.Fatalf("held %s", held)
		}
		c = d.take(t, m, c, "lodge", nil, 0)
		n := rapid.Int64Range(1, 10).Draw(rt, "declared")
		c = d.take(t, m, c, "accept", Goods{}.Add(procedure.LadingLine, procedure.Declared, packages(n)), 0)
		open, held := d.debts(t, c)
		var rest num.Quantity
		for _, o := range open {
			rest += o
		}
		if rest != num.Quantity(10-n)*one || (rest == 0) != (held == 0) {
			rt.Fatalf("open %s, held %s", rest, held)
		}
		sums := map[string]num.Quantity{}
		for key, b := range d.books.Balances() {
			a, err := ledger.ParseKey(key)
			if err != nil {
				rt.Fatal(err)
			}
			sums[string(a.Ledger)+a.Item] += b.Quantity
		}
		for _, item := range slices.Sorted(maps.Keys(sums)) {
			if sums[item] != 0 {
				rt.Fatalf("%s sums to %s", item, sums[item])
			}
		}
	})
}
