package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"seine/internal/book/extract"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/store"
)

// model is a book as a child would keep it: piles in a map, every event written
// down. It knows nothing of the ledger but what goods do.
type model struct {
	piles   map[string]*pile
	pending map[string]*promise
	written []happened
}

type pile struct {
	quantity, value, coming, going int64
	inside, layered                bool
	layers                         []ledger.Layer
}

type promise struct {
	from, to string
	open     int64
	value    int64
	valued   bool
	layered  bool
}

// happened is what one event did to one pile.
type happened struct {
	pile            string
	at              clock.Instant
	on              clock.Date
	quantity, value int64
}

func (m *model) pile(a ledger.Account) *pile {
	p := m.piles[a.Key()]
	if p == nil {
		p = &pile{inside: a.Place == ledger.OnHand || a.Place == ledger.WorkInProgress || a.Place == ledger.InTransit}
		m.piles[a.Key()] = p
	}
	return p
}

// do plays one operation and tells whether the book allows it.
func (m *model) do(op ledger.Op, at clock.Instant) bool {
	q := int64(op.Quantity)
	from, to, layered := op.From, op.To, op.Layered
	var held *promise
	if op.Kind == ledger.Settle || op.Kind == ledger.Void {
		if held = m.pending[op.Pending]; held == nil {
			return false
		}
		from, _ = ledger.ParseKey(held.from)
		to, _ = ledger.ParseKey(held.to)
		if q == 0 {
			q = held.open
		}
		if q > held.open || op.Kind == ledger.Void && q != held.open {
			return false
		}
		layered = held.layered
	}
	a, b := m.pile(from), m.pile(to)
	switch op.Kind {
	case ledger.Reserve:
		if a.inside && a.quantity-a.going < q {
			return false
		}
		a.going += q
		b.coming += q
		p := &promise{from: from.Key(), to: to.Key(), open: q, layered: layered}
		if op.Value != nil {
			p.value, p.valued = int64(*op.Value), true
		}
		m.pending[op.ID] = p
		return true
	case ledger.Void:
		a.going -= q
		b.coming -= q
		delete(m.pending, op.Pending)
		return true
	}
	var worth int64
	switch {
	case op.Value != nil:
		worth = int64(*op.Value)
	case held != nil && held.valued:
		worth = held.value * q / held.open
	case a.inside && q == a.quantity:
		worth = a.value
	case a.inside:
		worth = halfUp(a.value, q, a.quantity)
	}
	if held != nil {
		a.going -= q
		b.coming -= q
		held.open -= q
		held.value -= worth
		if !held.valued {
			held.value = 0
		}
		if held.open == 0 {
			delete(m.pending, op.Pending)
		}
	}
	if a.inside && a.quantity-a.going < q {
		return false
	}
	if layered || len(a.layers) > 0 || len(b.layers) > 0 {
		m.layers(a, b, op, q)
	}
	a.quantity -= q
	a.value -= worth
	b.quantity += q
	b.value += worth
	m.written = append(m.written, happened{from.Key(), at, op.EffectiveOn, -q, -worth}, happened{to.Key(), at, op.EffectiveOn, q, worth})
	return true
}

// layers takes the oldest arrivals along, carton by carton.
func (m *model) layers(a, b *pile, op ledger.Op, q int64) {
	grown := func(p *pile) []ledger.Layer {
		rest := p.quantity
		for _, l := range p.layers {
			rest -= int64(l.Quantity)
		}
		if rest > 0 {
			return append([]ledger.Layer{{Quantity: num.Quantity(rest)}}, p.layers...)
		}
		return p.layers
	}
	var moved []ledger.Layer
	if a.inside {
		a.layers = grown(a)
		for range q {
			first := &a.layers[0]
			if n := len(moved); n > 0 && moved[n-1].Cause == first.Cause && moved[n-1].On == first.On {
				moved[n-1].Quantity++
			} else {
				moved = append(moved, ledger.Layer{Cause: first.Cause, On: first.On, Quantity: 1})
			}
			if first.Quantity--; first.Quantity == 0 {
				a.layers = a.layers[1:]
			}
		}
	} else {
		moved = []ledger.Layer{{Cause: op.Cause, On: op.EffectiveOn, Quantity: num.Quantity(q)}}
	}
	if b.inside {
		b.layers = append(slices.Clone(grown(b)), moved...)
	}
}

func halfUp(value, part, whole int64) int64 {
	x := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(value), big.NewInt(part)), big.NewInt(whole))
	x.Add(x, big.NewRat(1, 2))
	return new(big.Int).Div(x.Num(), x.Denom()).Int64() // values here are never below zero
}

// copied gives the model as it is, to go back to.
func (m *model) copied() *model {
	c := &model{piles: map[string]*pile{}, pending: map[string]*promise{}, written: slices.Clip(m.written)}
	for k, p := range m.piles {
		one := *p
		one.layers = slices.Clone(p.layers)
		c.piles[k] = &one
	}
	for k, p := range m.pending {
		one := *p
		c.pending[k] = &one
	}
	return c
}

// history posts more than 10,000 random events on a book, some of them refused,
// and holds every balance, average, layer and reservation against the model; asks
// for balances of past moments against the replay; and proves the whole book from
// its file.
func history(t *testing.T, e Engine) {
	if testing.Short() {
		t.Skip("one writer: nothing here shares memory")
	}
	const events = 10_000
	now := clock.NewVirtual(clock.MustDate("2026-01-05").Start(), false)
	s := e.Place(t)(t, store.Options{Clock: now})
	random := rand.New(rand.NewPCG(7, 11))
	m := &model{piles: map[string]*pile{}, pending: map[string]*promise{}}
	moments := []clock.Instant{now.Now()}
	done, refused, tries := 0, 0, 0
	for done < events {
		tries++
		try := m.copied()
		var ops []ledger.Op
		allowed := true
		for range 1 + random.IntN(60) {
			op := draw(random, try, now.Now().Date(), fmt.Sprintf("m%07d", done+len(ops)+100_000*tries))
			ops = append(ops, op)
			if allowed = try.do(op, now.Now()); !allowed {
				break
			}
		}
		_, err := s.Decide(t.Context(), command("move"), func(decision.View) (decision.Outcome, error) {
			return decision.Outcome{Transfers: ops, Entries: []journal.Entry{Entry("book.posted", "book", "b1")}}, nil
		})
		switch {
		case allowed && err == nil:
			m, done = try, done+len(ops)
		case !allowed && fault.All(err) != nil:
			refused++
		default:
			t.Fatalf("after %d events: allowed %v, the books say %v; last %+v", done, allowed, err, ops[len(ops)-1])
		}
		now.Advance(time.Duration(1+random.IntN(600)) * time.Minute)
		moments = append(moments, now.Now())
	}
	t.Logf("%d events, %d outcomes, %d refused", done, tries-refused, refused)
	if refused == 0 {
		t.Error("nothing was ever refused: the history is too tame")
	}
	m.compare(t, s)
	m.ask(t, s, random, moments)
	if _, err := s.Decide(t.Context(), command("pause"), func(decision.View) (decision.Outcome, error) { // an entry that moves nothing
		return decision.Outcome{Entries: []journal.Entry{Entry("book.paused", "book", "b1")}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	proven(t, s)
}

const historyBook = "T2216W000001"

// draw makes up an operation, mostly one that the book allows.
func draw(random *rand.Rand, m *model, today clock.Date, id string) ledger.Op {
	item := "book/" + historyBook + "/" + fmt.Sprint(1+random.IntN(6))
	at := func(p ledger.Place) ledger.Account { return Account("e", item, p) }
	op := ledger.Op{
		ID: id, Kind: ledger.Post, EffectiveOn: today.AddDays(-random.IntN(9)), Cause: fmt.Sprintf("list%d", random.IntN(40)),
		Layered: strings.HasSuffix(item, "1") || strings.HasSuffix(item, "2"),
	}
	amount := func(most int64) num.Quantity { return num.Quantity(1 + random.Int64N(max(most, 1))) }
	hand := m.pile(at(ledger.OnHand))
	free := hand.quantity - hand.going
	switch n := random.IntN(100); {
	case n < 30 || free <= 0:
		value := num.Money(random.Int64N(5_000))
		op.From, op.To, op.Quantity, op.Value = at(ledger.Abroad), at(ledger.OnHand), amount(90), &value
	case n < 55:
		op.From, op.To, op.Quantity = at(ledger.OnHand), at([]ledger.Place{ledger.HomeMarket, ledger.Scrap, ledger.WorkInProgress}[random.IntN(3)]), amount(free)
	case n < 65 && m.pile(at(ledger.WorkInProgress)).quantity > 0:
		op.From, op.To, op.Quantity = at(ledger.WorkInProgress), at(ledger.OnHand), amount(m.pile(at(ledger.WorkInProgress)).quantity)
	case n < 75:
		op.Kind, op.From, op.To, op.Quantity = ledger.Reserve, at(ledger.OnHand), at(ledger.Abroad), amount(free)
	case n < 80:
		value := num.Money(random.Int64N(5_000))
		op.Kind, op.From, op.To, op.Quantity, op.Value = ledger.Reserve, at(ledger.Abroad), at(ledger.OnHand), amount(50), &value
	case n < 96 && len(m.pending) > 0:
		ids := make([]string, 0, len(m.pending))
		for id := range m.pending {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		op.Pending, op.Kind, op.Layered = ids[random.IntN(len(ids))], ledger.Settle, false
		if n < 84 {
			op.Kind = ledger.Void
		} else if n < 90 {
			op.Quantity = amount(m.pending[op.Pending].open)
		}
	default: // more than there is, now and then
		op.From, op.To, op.Quantity = at(ledger.OnHand), at(ledger.HomeMarket), num.Quantity(free+int64(random.IntN(2)))
	}
	return op
}

// compare holds every account against its pile.
func (m *model) compare(t *testing.T, s *store.Store) {
	t.Helper()
	accounts := must[[]store.AccountBalance](t)(s.Balances(t.Context(), "legal|e|book/"+historyBook+"/", "", 100))
	sums := map[string]int64{}
	for _, a := range accounts {
		p := m.piles[a.Key]
		if p == nil {
			t.Errorf("%s is not in the model", a.Key)
			continue
		}
		account, _ := ledger.ParseKey(a.Key)
		sums[account.Item] += int64(a.Quantity)
		if int64(a.Quantity) != p.quantity || int64(a.Value) != p.value || int64(a.Incoming) != p.coming || int64(a.Outgoing) != p.going {
			t.Errorf("%s: %+v, the model says %+v", a.Key, a.Balance, p)
		}
		if p.inside && (a.Quantity < 0 || a.Available() < 0) {
			t.Errorf("%s is below nothing: %+v", a.Key, a.Balance)
		}
		if !sameLayers(a.Layers, p.layers) {
			t.Errorf("%s: layers %v, the model says %v", a.Key, a.Layers, p.layers)
		}
	}
	for key, p := range m.piles {
		if (p.quantity != 0 || p.coming != 0 || p.going != 0) && !slices.ContainsFunc(accounts, func(a store.AccountBalance) bool { return a.Key == key }) {
			t.Errorf("%s is in the model alone", key)
		}
	}
	for item, sum := range sums {
		if sum != 0 {
			t.Errorf("%s sums to %d", item, sum)
		}
	}
}

// sameLayers compares arrivals; neighbours of one cause and day are one.
func sameLayers(a, b []ledger.Layer) bool {
	joined := func(layers []ledger.Layer) (all []ledger.Layer) {
		for _, l := range layers {
			if n := len(all); n > 0 && all[n-1].Cause == l.Cause && all[n-1].On == l.On {
				all[n-1].Quantity += l.Quantity
				continue
			}
			all = append(all, l)
		}
		return all
	}
	return slices.Equal(joined(a), joined(b))
}

// ask asks for balances of past moments and days against the written events.
func (m *model) ask(t *testing.T, s *store.Store, random *rand.Rand, moments []clock.Instant) {
	t.Helper()
	var keys []string
	for key := range m.piles {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for range 60 {
		key, at := keys[random.IntN(len(keys))], moments[random.IntN(len(moments))]
		day := at.Date()
		var known, then [2]int64
		for _, h := range m.written {
			if h.pile == key && h.at <= at {
				known[0], known[1] = known[0]+h.quantity, known[1]+h.value
			}
			if h.pile == key && h.on <= day {
				then[0], then[1] = then[0]+h.quantity, then[1]+h.value
			}
		}
		q, v, err := s.BalanceRecorded(t.Context(), key, at)
		if err != nil || int64(q) != known[0] || int64(v) != known[1] {
			t.Errorf("%s as it was known at %s: %d worth %d, want %v, %v", key, at, q, v, known, err)
		}
		q, v, err = s.BalanceEffective(t.Context(), key, day)
		if err != nil || int64(q) != then[0] || int64(v) != then[1] {
			t.Errorf("%s by what counts until %s: %d worth %d, want %v, %v", key, day, q, v, then, err)
		}
	}
}

// proven writes the book as a file, verifies it, and tampers with it.
func proven(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	key := must[journal.Key](t)(journal.NewKey("zone.example/journal", [32]byte{1}))
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	signer, err := journal.ParsePrivate(key.Private)
	if err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.BookExtract(ctx, &file, "e", historyBook, "b1", signer, key.Public), "STORE-RECEIPT-01")
	for {
		before := must[store.Sealed](t)(s.LastCheckpoint(ctx))
		if after := must[store.Sealed](t)(s.SealNext(ctx, "zone.example/journal", signer, 1000)); after.Size == before.Size {
			break
		}
	}
	file.Reset()
	if err := s.BookExtract(ctx, &file, "e", "T2216W000002", "b2", signer, key.Public); err != nil {
		t.Fatal(err)
	}
	if r := must[*extract.Report](t)(extract.Verify(&file, journal.Options{})); !r.OK() || r.Accounts != 0 || r.Entries != 0 {
		t.Errorf("a book on which nothing moved: %+v", r)
	}
	file.Reset()
	if err := s.BookExtract(ctx, &file, "e", historyBook, "b1", signer, key.Public); err != nil {
		t.Fatal(err)
	}
	verified := func(text string) *extract.Report {
		return must[*extract.Report](t)(extract.Verify(strings.NewReader(text), journal.Options{Keys: []string{key.Public}}))
	}
	text := file.String()
	r := verified(text)
	if !r.OK() || !r.Trusted || r.Movements < 1000 || r.Entries < 20 || r.Unquoted != 0 {
		t.Fatalf("%+v", r)
	}
	lines := strings.SplitAfter(text, "\n")
	last := lines[len(lines)-2] // after the end of the last line stands nothing
	head, rest := lines[0], strings.Join(lines[1:], "")
	silent, moving := -1, -1 // an entry that moved nothing, which no account misses, and the last that did
	for i, line := range lines[1 : len(lines)-1] {
		if strings.Contains(line, `"moves":`) {
			moving = i + 1
		} else {
			silent = i + 1
		}
	}
	if silent < 0 || !r.Complete {
		t.Fatalf("the book has no entry without movements, or nothing states that it is whole: %d, %t", silent, r.Complete)
	}
	fewer := func(lines ...string) string {
		return strings.Replace(strings.Join(lines, ""), fmt.Sprintf(`"entries":%d`, r.Entries), fmt.Sprintf(`"entries":%d`, r.Entries-1), 1)
	}
	var emptied map[string]any
	if err := json.Unmarshal([]byte(head), &emptied); err != nil {
		t.Fatal(err)
	}
	emptied["accounts"], emptied["entries"] = []any{}, 0
	nothing, err := json.Marshal(emptied)
	if err != nil {
		t.Fatal(err)
	}
	nothing = append([]byte(`{"format":"seine-book/1",`), strings.Replace(strings.TrimPrefix(string(nothing), "{"), `"format":"seine-book/1",`, "", 1)...)
	for _, c := range []struct{ what, code, text string }{
		{"a quantity in the head", "BOOK-EXTRACT-06", regexp.MustCompile(`"quantity":"([1-9]|0\.)`).ReplaceAllString(head, `"quantity":"7${1}`) + rest},
		{"a movement's cause", "BOOK-EXTRACT-04", head + strings.Replace(rest, `"cause":"list`, `"cause":"list9`, 1)},
		{"an entry's actor", "JOURNAL-PROOF-01", strings.Replace(text, `"actor":"tester"`, `"actor":"nobody"`, 1)},
		{"the last entry left out", "BOOK-EXTRACT-01", strings.TrimSuffix(text, last)},
		{"an entry twice", "BOOK-EXTRACT-02", text + last},
		{"an entry left out that moved something", "BOOK-EXTRACT-07", fewer(append(slices.Clone(lines[:moving]), lines[moving+1:]...)...)},
		{"an entry left out that moved nothing", "JOURNAL-NOTE-03", fewer(append(slices.Clone(lines[:silent]), lines[silent+1:]...)...)},
		{"another moment", "JOURNAL-NOTE-03", regexp.MustCompile(`"at":"2`).ReplaceAllString(head, `"at":"1`) + rest},
		{"a book of which nothing is shown", "JOURNAL-NOTE-03", string(nothing)},
		{"a statement of another book", "JOURNAL-NOTE-02", strings.Replace(text, `"statement":"seine-book/1\n`, `"statement":"seine-book/2\n`, 1)},
		{"no statement", "JOURNAL-NOTE-01", regexp.MustCompile(`"statement":"[^"]*"`).ReplaceAllLiteralString(text, `"statement":""`)},
		{"the checkpoint in place of the statement", "JOURNAL-NOTE-03", regexp.MustCompile(`"statement":"[^"]*"`).ReplaceAllLiteralString(head, `"statement":`+regexp.MustCompile(`"checkpoint":("[^"]*")`).FindStringSubmatch(head)[1]) + rest},
	} {
		bad := verified(c.text)
		if bad.OK() || !slices.ContainsFunc(bad.Findings, func(f *fault.Fault) bool { return f.Code == c.code }) {
			t.Errorf("%s: %v, want %s", c.what, bad.Findings, c.code)
		}
	}
}
