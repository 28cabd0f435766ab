package ledger

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// nothing is a book in which nothing was ever written.
type nothing struct{}

func (nothing) Balance(string) (Balance, error)       { return Balance{}, nil }
func (nothing) Pending(string) (Pending, bool, error) { return Pending{}, false, nil }

var today = clock.MustDate("2026-11-23")

func account(item string, p Place) Account {
	return Account{Ledger: Legal, Owner: "e", Item: item, Place: p, Status: Bonded}
}

func post(id string, from, to Account, q num.Quantity) Op {
	return Op{ID: id, Kind: Post, From: from, To: to, Quantity: q, EffectiveOn: today, Cause: "c"}
}

func money(v num.Money) *num.Money { return &v }

func TestWhatTheBooksRefuse(t *testing.T) {
	in, out := account("i", OnHand), account("i", Abroad)
	start := func() *Overlay {
		o := NewOverlay(nothing{})
		arrive := post("a", out, in, 10)
		arrive.Value = money(100)
		if err := o.Apply(1, arrive, Op{ID: "r", Kind: Reserve, From: in, To: account("i", HomeMarket), Quantity: 4}); err != nil {
			t.Fatal(err)
		}
		return o
	}
	most := post("x", out, in, 5)
	most.Most = 10
	for _, c := range []struct {
		name string
		op   Op
		code string
	}{
		{"more than is available, though it is there", post("x", in, account("i", Scrap), 7), "LEDGER-SHORT-01"},
		{"reserving more than is available", Op{ID: "x", Kind: Reserve, From: in, To: account("i", Scrap), Quantity: 7}, "LEDGER-SHORT-01"},
		{"what is available may be taken", post("x", in, account("i", Scrap), 6), ""},
		{"an outside place may go below nothing", post("x", account("i", Difference), in, 99), ""},
		{"nothing", post("x", out, in, 0), "LEDGER-QUANTITY-01"},
		{"less than nothing", post("x", out, in, -1), "LEDGER-QUANTITY-01"},
		{"two items", post("x", out, account("j", OnHand), 1), "LEDGER-ITEM-01"},
		{"one account with itself", post("x", in, in, 1), "LEDGER-ITEM-01"},
		{"no account", post("x", Account{}, in, 1), "LEDGER-ACCOUNT-01"},
		{"an owner with a bar in the name", post("x", Account{Legal, "a|b", "i", "", Abroad, ""}, in, 1), "LEDGER-ACCOUNT-01"},
		{"above the limit", most, "LEDGER-MOST-01"},
		{"settling what is not pending", Op{ID: "x", Kind: Settle, Pending: "none"}, "LEDGER-PENDING-01"},
		{"settling more than is pending", Op{ID: "x", Kind: Settle, Pending: "r", Quantity: 5}, "LEDGER-PENDING-02"},
		{"settling less than nothing", Op{ID: "x", Kind: Settle, Pending: "r", Quantity: -1}, "LEDGER-QUANTITY-01"},
		{"giving back a part", Op{ID: "x", Kind: Void, Pending: "r", Quantity: 1}, "LEDGER-QUANTITY-01"},
		{"settling a part", Op{ID: "x", Kind: Settle, Pending: "r", Quantity: 3}, ""},
		{"settling all", Op{ID: "x", Kind: Settle, Pending: "r"}, ""},
		{"giving back all", Op{ID: "x", Kind: Void, Pending: "r"}, ""},
		{"no kind", Op{ID: "x"}, "LEDGER-KIND-01"},
		{"a limit on an overflowing balance", post("x", out, in, 1<<63-1), "NUM-RANGE-01"},
	} {
		o := start()
		before := fmt.Sprint(o.balances, len(o.movements))
		err := o.Apply(2, c.op)
		if (c.code == "") != (err == nil) || (c.code != "" && !fault.Is(err, c.code)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.code)
		}
		if after := fmt.Sprint(o.balances, len(o.movements)); err != nil && after != before {
			t.Errorf("%s: refused and changed the books", c.name)
		}
	}
	// One refused operation undoes all before it.
	o := start()
	if err := o.Apply(2, post("x", in, account("i", Scrap), 1), post("y", in, account("i", Scrap), 60)); !fault.Is(err, "LEDGER-SHORT-01") {
		t.Error(err)
	}
	if b, _ := o.Balance(in.Key()); b.Quantity != 10 || b.Count != 2 {
		t.Errorf("half of it was applied: %+v", b)
	}
}

func TestAnAccountIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[A-Za-z0-9/ .\-\p{Han}]{1,12}`)
		a := Account{Physical, word.Draw(t, "owner"), word.Draw(t, "item"), rapid.StringMatching(`[a-z0-9]{0,5}`).Draw(t, "lot"), OnHand, Bonded}
		b, err := ParseKey(a.Key())
		if err != nil || a != b {
			t.Fatalf("%v became %v, %v", a, b, err)
		}
	})
	for _, bad := range []string{"", "a|b|c", "legal|e|i||on-hand|bonded|more", "|e|i||on-hand|", "legal||i||on-hand|"} {
		if _, err := ParseKey(bad); !fault.Is(err, "LEDGER-ACCOUNT-01") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// books is a model beside the ledger: whatever is asked in whatever order, the
// invariants hold.
func TestTheBooksHoldWhateverIsAsked(t *testing.T) {
	places := []Place{Abroad, Border, OnHand, InTransit, HomeMarket, Scrap}
	rapid.Check(t, func(t *rapid.T) {
		o := NewOverlay(nothing{})
		var open []string
		type chain struct{ last string }
		chains := map[string]*chain{}
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			item := rapid.SampledFrom([]string{"i", "j"}).Draw(t, "item")
			op := Op{
				ID: fmt.Sprint("m", i), Kind: rapid.SampledFrom([]Kind{Post, Post, Reserve, Settle, Void}).Draw(t, "kind"),
				From: account(item, rapid.SampledFrom(places).Draw(t, "from")), To: account(item, rapid.SampledFrom(places).Draw(t, "to")),
				Quantity: num.Quantity(rapid.Int64Range(0, 30).Draw(t, "quantity")), EffectiveOn: today, Cause: fmt.Sprint("c", i), Layered: rapid.Bool().Draw(t, "layered"),
			}
			if rapid.Bool().Draw(t, "valued") {
				op.Value = money(num.Money(rapid.Int64Range(0, 1000).Draw(t, "value")))
			}
			if op.Kind == Settle || op.Kind == Void {
				if len(open) == 0 {
					continue
				}
				op.Pending = rapid.SampledFrom(open).Draw(t, "pending")
			}
			before := len(o.movements)
			if err := o.Apply(clock.Instant(i), op); err != nil {
				if fault.All(err) == nil || len(o.movements) != before {
					t.Fatalf("%+v: %v", op, err)
				}
				continue
			}
			if op.Kind == Reserve {
				open = append(open, op.ID)
			}
			m := o.movements[before]
			for key, prev := range map[string]string{m.From: m.PrevFrom, m.To: m.PrevTo} {
				c := chains[key]
				if c == nil {
					c = &chain{}
					chains[key] = c
				}
				if prev != c.last {
					t.Fatalf("movement %s of %s follows %q, the last was %q", m.ID, key, prev, c.last)
				}
				c.last = m.ID
			}
			checkBooks(t, o)
		}
	})
}

func checkBooks(t *rapid.T, o *Overlay) {
	sums := map[string]num.Quantity{}
	worth := map[string]num.Money{}
	incoming, outgoing := map[string]num.Quantity{}, map[string]num.Quantity{}
	for id, p := range o.pendings {
		if p == nil {
			continue
		}
		if p.Open <= 0 || p.Open > p.Reserved || (p.Value != nil && *p.Value < 0) {
			t.Fatalf("pending %s: %+v", id, p)
		}
		outgoing[p.From.Key()] += p.Open
		incoming[p.To.Key()] += p.Open
	}
	for key, b := range o.balances {
		a, err := ParseKey(key)
		if err != nil {
			t.Fatal(err)
		}
		sums[a.Item] += b.Quantity
		worth[a.Item] += b.Value
		if b.Incoming != incoming[key] || b.Outgoing != outgoing[key] {
			t.Fatalf("%s has %v coming and %v going, pending are %v and %v", key, b.Incoming, b.Outgoing, incoming[key], outgoing[key])
		}
		if a.Place.Outside() {
			continue
		}
		if b.Quantity < 0 || b.Available() < 0 {
			t.Fatalf("%s: %+v", key, b)
		}
		var layers num.Quantity
		for _, l := range b.Layers {
			if l.Quantity <= 0 {
				t.Fatalf("%s has a layer of %v", key, l.Quantity)
			}
			layers += l.Quantity
		}
		if len(b.Layers) > 0 && layers != b.Quantity {
			t.Fatalf("layers of %s sum to %v, it holds %v", key, layers, b.Quantity)
		}
	}
	for item := range sums {
		if sums[item] != 0 || worth[item] != 0 {
			t.Fatalf("all accounts of %s sum to %v worth %v", item, sums[item], worth[item])
		}
	}
}

// The parts of a pending movement carry exactly its value together.
func TestPartsOfAPendingMovementCarryItsValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, out := account("i", OnHand), account("i", Abroad)
		whole := rapid.Int64Range(1, 100_000).Draw(t, "quantity")
		value := num.Money(rapid.Int64Range(0, 1_000_000).Draw(t, "value"))
		o := NewOverlay(nothing{})
		if err := o.Apply(1, Op{ID: "r", Kind: Reserve, From: out, To: in, Quantity: num.Quantity(whole), Value: &value}); err != nil {
			t.Fatal(err)
		}
		for left, n := whole, 0; left > 0; n++ {
			part := rapid.Int64Range(1, left).Draw(t, "part")
			if n == 5 {
				part = left
			}
			if err := o.Apply(1, Op{ID: fmt.Sprint("s", n), Kind: Settle, Pending: "r", Quantity: num.Quantity(part)}); err != nil {
				t.Fatal(err)
			}
			left -= part
		}
		b, _ := o.Balance(in.Key())
		if _, ok, _ := o.Pending("r"); ok || b.Quantity != num.Quantity(whole) || b.Value != value || b.Incoming != 0 {
			t.Fatalf("%+v, still pending %v", b, ok)
		}
	})
}

// What a turn makes carries exactly the value of what it used, and nothing of
// either item appears or vanishes.
func TestATurnKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := NewOverlay(nothing{})
		var in []Input
		var before num.Money
		layered := rapid.Bool().Draw(t, "layered")
		for i := range rapid.IntRange(1, 4).Draw(t, "inputs") {
			a := account(fmt.Sprint("raw", i), OnHand)
			held := rapid.Int64Range(1, 1000).Draw(t, "held")
			arrive := post(fmt.Sprint("a", i), a.At(Abroad), a, num.Quantity(held))
			arrive.Value = money(num.Money(rapid.Int64Range(0, 100_000).Draw(t, "worth")))
			arrive.Layered = layered
			if err := o.Apply(1, arrive); err != nil {
				t.Fatal(err)
			}
			before += *arrive.Value
			in = append(in, Input{a, num.Quantity(rapid.Int64Range(1, held).Draw(t, "used"))})
		}
		var out []Output
		for i := range rapid.IntRange(1, 40).Draw(t, "outputs") {
			out = append(out, Output{account(fmt.Sprint("product", i), OnHand), num.Quantity(rapid.Int64Range(1, 50).Draw(t, "made")), rapid.Int64Range(1, 9).Draw(t, "share")})
		}
		ops, err := Turn(o, "t", in, out, today, "order", layered)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, op := range ops {
			if ids[op.ID] || op.Turn != "t" {
				t.Fatalf("leg %+v", op)
			}
			ids[op.ID] = true
		}
		if err := o.Apply(2, ops...); err != nil {
			t.Fatal(err)
		}
		var after num.Money
		for key, b := range o.balances {
			if a, _ := ParseKey(key); a.Place == OnHand {
				after += b.Value
			}
		}
		if after != before {
			t.Fatalf("on hand was worth %v, is worth %v", before, after)
		}
		checkBooks(t, o)
	})
	if _, err := Turn(nothing{}, "t", nil, []Output{{account("p", OnHand), 1, 1}}, today, "c", false); !fault.Is(err, "LEDGER-TURN-01") {
		t.Error(err)
	}
	if _, err := Turn(nothing{}, "t", []Input{{account("r", OnHand), 1}}, []Output{{account("p", OnHand), 1, 1}}, today, "c", false); !fault.Is(err, "LEDGER-SHORT-01") {
		t.Error(err)
	}
}

// The oldest arrival leaves first, and what comes back as provisional keeps the
// document that admitted it.
func TestTheOldestArrivalLeavesFirst(t *testing.T) {
	in := account("i", OnHand)
	o := NewOverlay(nothing{})
	step := func(id string, from, to Account, q num.Quantity) {
		op := post(id, from, to, q)
		op.Layered, op.Cause = true, id
		if err := o.Apply(1, op); err != nil {
			t.Fatal(err)
		}
	}
	step("first", in.At(Abroad), in, 5)
	step("second", in.At(Abroad), in, 7)
	step("move", in, in.At(InTransit), 6)
	step("out", in.At(InTransit), in.At(HomeMarket), 2)
	got, _ := o.Balance(in.At(InTransit).Key())
	want := []Layer{{"first", today, 3}, {"second", today, 1}}
	if diff := cmp.Diff(want, got.Layers); diff != "" {
		t.Error(diff)
	}
}

// Taking everything takes all the value; taking parts never leaves a remainder
// behind when the last part goes.
func TestTheAverageLeavesNothingOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := account("i", OnHand)
		o := NewOverlay(nothing{})
		held := rapid.Int64Range(1, 10_000).Draw(t, "held")
		arrive := post("a", in.At(Abroad), in, num.Quantity(held))
		arrive.Value = money(num.Money(rapid.Int64Range(0, 1_000_000).Draw(t, "worth")))
		if err := o.Apply(1, arrive); err != nil {
			t.Fatal(err)
		}
		for n := 0; held > 0; n++ {
			part := rapid.Int64Range(1, held).Draw(t, "part")
			if n == 6 {
				part = held
			}
			if err := o.Apply(1, post(fmt.Sprint("o", n), in, in.At(HomeMarket), num.Quantity(part))); err != nil {
				t.Fatal(err)
			}
			held -= part
			if b, _ := o.Balance(in.Key()); b.Value < 0 || (b.Quantity == 0) && b.Value != 0 {
				t.Fatalf("%+v", b)
			}
		}
		if b, _ := o.Balance(in.At(HomeMarket).Key()); b.Value != *arrive.Value {
			t.Fatalf("worth %v left of %v", b.Value, *arrive.Value)
		}
	})
}

func TestMoneyInALedgerQuantity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := num.Money(rapid.Int64Range(-9e15, 9e15).Draw(t, "money"))
		q, err := Amount(m)
		if err != nil || MoneyOf(q) != m {
			t.Fatalf("%v became %v, %v", m, MoneyOf(q), err)
		}
	})
	if _, err := Amount(1 << 62); !fault.Is(err, "NUM-RANGE-01") {
		t.Error(err)
	}
}
