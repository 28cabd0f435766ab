package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/store"
)

// Run runs the whole suite on an engine.
func Run(t *testing.T, e Engine) {
	for name, test := range map[string]func(*testing.T, Engine){
		"a document is read as it was written":             documents,
		"a refusal writes nothing":                         refusals,
		"a key makes a repeat harmless":                    keys,
		"numbers have no gaps and no doubles":              numbers,
		"no update is lost among eight writers":            lostUpdates,
		"everything on one account":                        hotAccount,
		"one bad outcome harms nobody in its batch":        neighbours,
		"a fact is recorded although the books refuse":     facts,
		"a guard on a document read but not changed":       reliance,
		"an old reference set is refused and reloaded":     epochs,
		"documents are found by their columns":             finding,
		"pending movements":                                pendings,
		"a preview writes nothing and tells the same":      preview,
		"what was written is there after opening again":    reopening,
		"the journal is dense and in order":                journalOrder,
		"a turn is decided again when its value has moved": turns,
		"lists are paged and filtered":                     lists,
		"a residue that is gone is not open":               residues,
		"what is due is found in order":                    due,
		"balances of the past":                             past,
		"a random history is as a model says, and proven":  history,
		"the journal is sealed and proven":                 sealing,
		"the journal is searched by subject":               exploring,
		"orders are claimed once and finished":             outbox,
		"the condition of the house is a light":            condition,
		"a backup is a whole store":                        backup,
		"urgent commands and many callers end on close":    closing,
		"the last carton is taken once":                    lastCarton,
		"a node that goes leaves the journal to another":   handover,
		"a series is begun by several at once":             beginning,
	} {
		t.Run(name, func(t *testing.T) { test(t, e) })
	}
}

func open(t *testing.T, e Engine) *store.Store { return e.Place(t)(t, store.Options{}) }

func command(name string) decision.Command { return decision.Command{Name: name, Actor: "tester"} }

// put decides on one document.
func put(kind decision.Kind, id string, version int64, body any) func(decision.View) (decision.Outcome, error) {
	return func(decision.View) (decision.Outcome, error) {
		return decision.Outcome{Puts: []decision.Put{{Kind: kind, ID: id, Version: version, Body: body}}}, nil
	}
}

func documents(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	if _, err := s.Decide(ctx, command("note"), put(NoteKind, "n1", 0, Note{Name: "area", Text: "Yangshan 洋山\n\"quoted\""})); err != nil {
		t.Fatal(err)
	}
	var got Note
	version, err := s.Load(ctx, NoteKind, "n1", &got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Note{Name: "area", Text: "Yangshan 洋山\n\"quoted\""}, got); diff != "" || version != 1 {
		t.Errorf("version %d, %s", version, diff)
	}
	_, err = s.Load(ctx, NoteKind, "n2", &got)
	wantFault(t, err, "STORE-ABSENT-01")
	if _, err := s.Decide(ctx, command("note"), put(NoteKind, "n1", 1, Note{Name: "zone"})); err != nil {
		t.Fatal(err)
	}
	if version, err = s.Load(ctx, NoteKind, "n1", &got); err != nil || version != 2 || got.Name != "zone" {
		t.Errorf("version %d of %+v, %v", version, got, err)
	}
	if _, err := s.Load(ctx, "no such kind", "n1", &got); err == nil || fault.All(err) != nil {
		t.Errorf("an unknown kind is a mistake in the program, got %v", err)
	}
	_, err = s.Decide(ctx, command("note"), put(NoteKind, "n1", 1, Note{Name: "late"}))
	wantFault(t, err, "STORE-RACE-01")
	_, err = s.Decide(ctx, command("note"), put(NoteKind, "n1", 0, Note{Name: "twice"}))
	wantFault(t, err, "STORE-RACE-01")
}

func refusals(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	_, no := ledger.ParseKey("no account")
	_, err := s.Decide(ctx, command("refuse"), func(decision.View) (decision.Outcome, error) { return decision.Outcome{}, no })
	wantFault(t, err, "LEDGER-ACCOUNT-01")
	_, err = s.Decide(ctx, command("take"), func(v decision.View) (decision.Outcome, error) {
		return decision.Outcome{
			Puts:      []decision.Put{{Kind: NoteKind, ID: "n", Body: Note{Name: "half"}}},
			Transfers: []ledger.Op{Move(v.NewID(), Account("e", "i", ledger.OnHand), Account("e", "i", ledger.HomeMarket), 5)},
			Numbers:   []decision.Number{Numbered("refused", "%d", nil)},
			Entries:   []journal.Entry{Entry("note.taken", "note", "n")},
		}, nil
	})
	wantFault(t, err, "LEDGER-SHORT-01")
	_, err = s.Load(ctx, NoteKind, "n", &Note{})
	wantFault(t, err, "STORE-ABSENT-01")
	if entries := must[[]*store.Stored](t)(s.Entries(ctx, 0, 10)); len(entries) != 0 {
		t.Errorf("%d entries after refusals", len(entries))
	}
	// The refused outcome has used up no number.
	if got := number(t, s, "refused"); got != 1 {
		t.Errorf("first number %d", got)
	}
	// A name that is taken.
	if _, err := s.Decide(ctx, command("lodge"), put(PaperKind, "d1", 0, Paper{Number: "0001", State: "lodged"})); err != nil {
		t.Fatal(err)
	}
	_, err = s.Decide(ctx, command("lodge"), put(PaperKind, "d2", 0, Paper{Number: "0001", State: "lodged"}))
	wantFault(t, err, "STORE-DUPLICATE-01")
}

// number takes the next serial of a series.
func number(t *testing.T, s *store.Store, series string) (n int64) {
	t.Helper()
	_, err := s.Decide(t.Context(), command("number"), func(decision.View) (decision.Outcome, error) {
		return decision.Outcome{Numbers: []decision.Number{Numbered(series, "%d", &n)}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func keys(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	var decided atomic.Int64
	lodge := func(actor, key, content string) (decision.Receipt, error) {
		return s.Decide(ctx, decision.Command{Name: "lodge", Actor: actor, Key: key, Content: []byte(content)},
			func(v decision.View) (decision.Outcome, error) {
				decided.Add(1)
				id := v.NewID()
				return decision.Outcome{
					Puts:    []decision.Put{{Kind: NoteKind, ID: id, Body: Note{Name: content}}},
					Entries: []journal.Entry{Entry("note.lodged", "note", id)},
					Reply:   map[string]string{"id": id},
				}, nil
			})
	}
	first := must[decision.Receipt](t)(lodge("a", "k", "x"))
	again := must[decision.Receipt](t)(lodge("a", "k", "x"))
	if !again.Repeated || string(again.Reply) != string(first.Reply) || !slices.Equal(again.Entries, first.Entries) || len(first.Entries) != 1 {
		t.Errorf("first %s %v, again %s %v", first.Reply, first.Entries, again.Reply, again.Entries)
	}
	_, err := lodge("a", "k", "y")
	wantFault(t, err, "STORE-KEY-01")
	if other := must[decision.Receipt](t)(lodge("b", "k", "x")); other.Repeated {
		t.Error("the key of another actor is another key")
	}
	// The same key from many at once is done once.
	var done atomic.Int64
	err = many(16, func(int) error {
		r, err := lodge("a", "many", "z")
		if err == nil && !r.Repeated {
			done.Add(1)
		}
		if err == nil && len(r.Reply) == 0 {
			return errors.New("a reply without content")
		}
		return err
	})
	if err != nil || done.Load() != 1 {
		t.Errorf("done %d times, %v", done.Load(), err)
	}
	if ids := must[[]string](t)(s.Find(ctx, NoteKind, "name", "z", 10)); len(ids) != 1 {
		t.Errorf("%d documents of one key", len(ids))
	}
	// A repeat is answered although the decision would now be refused.
	refuse := func(decision.View) (decision.Outcome, error) {
		_, no := ledger.ParseKey("no account")
		return decision.Outcome{}, no
	}
	r, err := s.Decide(ctx, decision.Command{Name: "lodge", Actor: "a", Key: "k", Content: []byte("x")}, refuse)
	if err != nil || !r.Repeated {
		t.Errorf("repeat after refusal: %+v, %v", r, err)
	}
}

func numbers(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	const writers, each = 8, 25
	got := make([][]int64, writers)
	err := many(writers, func(w int) error {
		for i := range each {
			refused := i%5 == 4 // takes a number and is then refused by the books
			var serial int64
			_, err := s.Decide(ctx, command("lodge"), func(v decision.View) (decision.Outcome, error) {
				id, number := v.NewID(), Numbered("2248/2026/I", "22482026I%09d", &serial)
				out := decision.Outcome{
					Numbers: []decision.Number{number},
					Puts:    []decision.Put{{Kind: PaperKind, ID: id, Body: Paper{Number: number.StandIn, State: "lodged"}}},
					Entries: []journal.Entry{Entry("declaration.lodged", "declaration", id)},
					Reply:   number.StandIn,
				}
				if refused {
					out.Transfers = []ledger.Op{Move(v.NewID(), Account("e", "none", ledger.OnHand), Account("e", "none", ledger.Scrap), 1)}
				}
				return out, nil
			})
			if refused && fault.Is(err, "LEDGER-SHORT-01") {
				continue
			}
			if err != nil {
				return err
			}
			got[w] = append(got[w], serial)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(got...)
	slices.Sort(all)
	for i, n := range all {
		if n != int64(i)+1 {
			t.Fatalf("serial %d at place %d of %d", n, i+1, len(all))
		}
	}
	if len(all) != writers*each*4/5 {
		t.Errorf("%d numbers", len(all))
	}
}

func neighbours(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	if _, err := s.Decide(ctx, command("lodge"), put(PaperKind, "taken", 0, Paper{Number: "taken", State: "lodged"})); err != nil {
		t.Fatal(err)
	}
	var good atomic.Int64
	if _, err := s.Decide(ctx, command("panic"), func(decision.View) (decision.Outcome, error) {
		return decision.Outcome{Numbers: []decision.Number{decision.Next("bad", func(int64) (string, error) { panic("a mistake in a story") })}}, nil
	}); err == nil || fault.All(err) != nil {
		t.Fatal("a panic in a story is an error of its own:", err)
	}
	err := many(24, func(i int) error {
		_, err := s.Decide(ctx, command("lodge"), func(v decision.View) (decision.Outcome, error) {
			out := decision.Outcome{Puts: []decision.Put{{Kind: PaperKind, ID: v.NewID(), Body: Paper{Number: fmt.Sprint(i), State: "lodged"}}}}
			switch i % 4 {
			case 1: // a number that is taken
				out.Puts[0].Body = Paper{Number: "taken", State: "lodged"}
			case 2: // cannot be rendered
				if i%8 == 2 {
					out.Reply = make(chan int)
				}
				out.Numbers = []decision.Number{Numbered("bad", "\"%d", nil)}
			case 3: // refused by the books
				out.Transfers = []ledger.Op{Move(v.NewID(), Account("e", "i", ledger.OnHand), Account("e", "i", ledger.Scrap), 1)}
			}
			return out, nil
		})
		switch i % 4 {
		case 0:
			good.Add(1)
			return err
		case 1:
			if !fault.Is(err, "STORE-DUPLICATE-01") {
				return fmt.Errorf("number taken: %w", err)
			}
		case 2:
			if err == nil || fault.All(err) != nil {
				return fmt.Errorf("cannot be rendered: %w", err)
			}
		case 3:
			if !fault.Is(err, "LEDGER-SHORT-01") {
				return fmt.Errorf("books refuse: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ids := must[[]string](t)(s.Find(ctx, PaperKind, "state", "lodged", 100)); len(ids) != int(good.Load())+1 {
		t.Errorf("%d documents, want %d", len(ids), good.Load()+1)
	}
}

func facts(t *testing.T, e Engine) {
	s := open(t, e)
	on, gone, difference := Account("e", "f", ledger.OnHand), Account("e", "f", ledger.HomeMarket), Account("e", "f", ledger.Difference)
	cmd := command("pass")
	cmd.Nature, cmd.Urgent = decision.Fact, true
	_, err := s.Decide(t.Context(), cmd, func(v decision.View) (decision.Outcome, error) {
		id := v.NewID()
		return decision.Outcome{
			Transfers: []ledger.Op{Move(id, on, gone, 5)},
			Otherwise: func(refusal error) (decision.Outcome, error) {
				if !fault.Is(refusal, "LEDGER-SHORT-01") {
					return decision.Outcome{}, refusal
				}
				return decision.Outcome{
					Transfers: []ledger.Op{Move(id, difference, gone, 5)},
					Entries:   []journal.Entry{Entry("difference.found", "book", "f")},
				}, nil
			},
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if b := must[ledger.Balance](t)(s.Balance(t.Context(), gone.Key())); b.Quantity != 5 {
		t.Errorf("gone: %v", b.Quantity)
	}
	if b := must[ledger.Balance](t)(s.Balance(t.Context(), difference.Key())); b.Quantity != -5 {
		t.Errorf("difference: %v", b.Quantity)
	}
}

func reliance(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	if _, err := s.Decide(ctx, command("note"), put(NoteKind, "ground", 0, Note{Name: "ground", Number: 1})); err != nil {
		t.Fatal(err)
	}
	times := 0
	r, err := s.Decide(ctx, command("build"), func(v decision.View) (decision.Outcome, error) {
		ground, version, err := decision.Load[Note](v, NoteKind, "ground")
		if err != nil {
			return decision.Outcome{}, err
		}
		if times++; times == 1 {
			// Somebody changes it between looking and writing.
			if _, err := s.Decide(ctx, command("note"), put(NoteKind, "ground", 1, Note{Name: "ground", Number: 2})); err != nil {
				return decision.Outcome{}, err
			}
		}
		return decision.Outcome{
			Puts:   []decision.Put{{Kind: NoteKind, ID: "house", Body: Note{Name: "house", Number: ground.Number}}},
			Relied: []decision.Reliance{{Kind: NoteKind, ID: "ground", Version: version}},
		}, nil
	})
	var house Note
	if _, loadErr := s.Load(ctx, NoteKind, "house", &house); err != nil || loadErr != nil || house.Number != 2 || r.Decided != 2 {
		t.Errorf("house on %d, decided %d times, %v %v", house.Number, r.Decided, err, loadErr)
	}
}

func epochs(t *testing.T, e Engine) {
	loaded := "1"
	place := e.Place(t)
	s := place(t, store.Options{Stale: func(_ context.Context, set, value string) error {
		if set != "tariff" {
			return fmt.Errorf("set %s", set)
		}
		loaded = value
		return nil
	}})
	ctx := t.Context()
	use := func(set string) (decision.Receipt, error) {
		return s.Decide(ctx, command("assess"), func(decision.View) (decision.Outcome, error) {
			value := loaded
			if set == "codes" {
				value = "never"
			}
			return decision.Outcome{Epochs: []decision.Epoch{{Set: set, Value: value}}, Entries: []journal.Entry{Entry("duty.assessed", "x", "y")}}, nil
		})
	}
	if _, err := use("tariff"); err != nil {
		t.Fatal("a set that was never published refuses nobody:", err)
	}
	if _, err := s.Decide(ctx, command("publish"), put(store.ReferenceSet, "tariff", 0, store.Epoch{Value: "2"})); err != nil {
		t.Fatal(err)
	}
	if r, err := use("tariff"); err != nil || loaded != "2" || r.Decided != 2 {
		t.Errorf("loaded %s, decided %d times, %v", loaded, r.Decided, err)
	}
	if got := must[string](t)(s.Epoch(ctx, "tariff")); got != "2" {
		t.Errorf("epoch %s", got)
	}
}

func finding(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	for i := range 30 {
		state := "lodged"
		if i%3 == 0 {
			state = "released"
		}
		p := Paper{Number: fmt.Sprintf("N%02d", i), Enterprise: fmt.Sprintf("E%d", i%2), State: state}
		if _, err := s.Decide(ctx, command("lodge"), put(PaperKind, fmt.Sprintf("d%02d", i), 0, p)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		column, value string
		limit, want   int
		first         string
	}{
		{"number", "N07", 10, 1, "d07"},
		{"number", "N99", 10, 0, ""},
		{"state", "lodged", 100, 20, "d01"},
		{"state", "released", 3, 3, "d00"},
		{"state", "released", 100, 10, "d00"},
		{"state", "lodged", 5, 5, "d01"},
		{"enterprise", "E1", 100, 15, "d01"},
		{"enterprise", "E1", 4, 4, "d01"},
	} {
		for range 2 { // from the tail, then from the blocks
			ids := must[[]string](t)(s.Find(ctx, PaperKind, c.column, c.value, c.limit))
			if len(ids) != c.want || (c.want > 0 && ids[0] != c.first) || !slices.IsSorted(ids) {
				t.Errorf("%s %s: %v", c.column, c.value, ids)
			}
			if err := s.CatchUp(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	// A changed value is found under the new one only.
	if _, err := s.Decide(ctx, command("amend"), put(PaperKind, "d01", 1, Paper{Number: "N01", Enterprise: "E2", State: "lodged"})); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if ids := must[[]string](t)(s.Find(ctx, PaperKind, "enterprise", "E2", 9)); !slices.Equal(ids, []string{"d01"}) {
			t.Errorf("E2: %v", ids)
		}
		if ids := must[[]string](t)(s.Find(ctx, PaperKind, "enterprise", "E1", 1)); !slices.Equal(ids, []string{"d03"}) {
			t.Errorf("E1: %v", ids)
		}
		if err := s.CatchUp(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Find(ctx, PaperKind, "colour", "red", 1); err == nil {
		t.Error("an unknown column is a mistake in the program")
	}
}

func pendings(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	from, to := Account("e", "p", ledger.Abroad), Account("e", "p", ledger.OnHand)
	ops := func(ops ...ledger.Op) error {
		_, err := s.Decide(ctx, command("book"), func(v decision.View) (decision.Outcome, error) {
			mine := slices.Clone(ops)
			for i := range mine {
				if mine[i].ID == "" {
					mine[i].ID = v.NewID()
				}
			}
			return decision.Outcome{Transfers: mine}, nil
		})
		return err
	}
	value := num.Money(1001)
	reserve := ledger.Op{ID: "r1", Kind: ledger.Reserve, From: from, To: to, Quantity: 3, Value: &value, Layered: true, Cause: "list"}
	if err := ops(reserve); err != nil {
		t.Fatal(err)
	}
	if b := must[ledger.Balance](t)(s.Balance(ctx, to.Key())); b.Incoming != 3 || b.Quantity != 0 {
		t.Errorf("reserved: %+v", b)
	}
	if err := ops(ledger.Op{Kind: ledger.Settle, Pending: "r1", Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	p, ok, err := s.Pending(ctx, "r1")
	if err != nil || !ok || p.Open != 2 || p.Reserved != 3 || *p.Value != 1001-333 || !p.Layered {
		t.Errorf("left: %+v %v %v", p, ok, err)
	}
	wantFault(t, ops(ledger.Op{Kind: ledger.Settle, Pending: "r1", Quantity: 9}), "LEDGER-PENDING-02")
	if err := ops(ledger.Op{Kind: ledger.Settle, Pending: "r1"}); err != nil {
		t.Fatal(err)
	}
	wantFault(t, ops(ledger.Op{Kind: ledger.Void, Pending: "r1"}), "LEDGER-PENDING-01")
	b := must[ledger.Balance](t)(s.Balance(ctx, to.Key()))
	if b.Quantity != 3 || b.Incoming != 0 || b.Value != 1001 || len(b.Layers) != 2 || b.Count != 3 {
		t.Errorf("posted: %+v", b)
	}
	// The same id never acts twice.
	wantFault(t, ops(reserve), "STORE-RACE-01")
	// Reserved and given back within one outcome leaves nothing.
	second := reserve
	second.ID = "r2"
	if err := ops(second, ledger.Op{Kind: ledger.Void, Pending: "r2"}); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Pending(ctx, "r2"); ok || err != nil {
		t.Errorf("r2 is still pending, %v", err)
	}
}

func preview(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	decide := func(v decision.View) (decision.Outcome, error) {
		number := Numbered("preview", "%d", nil)
		return decision.Outcome{
			Transfers: []ledger.Op{Move("m1", Account("e", "v", ledger.Abroad), Account("e", "v", ledger.OnHand), 7)},
			Numbers:   []decision.Number{number},
			Puts:      []decision.Put{{Kind: NoteKind, ID: "v", Body: Note{Name: number.StandIn}}},
			Entries:   []journal.Entry{Entry("note.made", "note", "v")},
			Reply:     number.StandIn,
		}, nil
	}
	shown := must[decision.Effects](t)(s.Preview(ctx, command("make"), decide))
	if len(shown.Puts) != 1 || len(shown.Entries) != 1 || len(shown.Movements) != 1 || string(shown.Reply) != `"1"` {
		t.Errorf("shown: %+v", shown)
	}
	_, err := s.Load(ctx, NoteKind, "v", &Note{})
	wantFault(t, err, "STORE-ABSENT-01")
	done := must[decision.Receipt](t)(s.Decide(ctx, command("make"), decide))
	if string(done.Reply) != string(shown.Reply) {
		t.Errorf("done %s, shown %s", done.Reply, shown.Reply)
	}
	for key, b := range shown.Balances {
		if got := must[ledger.Balance](t)(s.Balance(ctx, key)); cmp.Diff(b, got) != "" {
			t.Errorf("%s: %s", key, cmp.Diff(b, got))
		}
	}
	short := func(v decision.View) (decision.Outcome, error) {
		return decision.Outcome{Transfers: []ledger.Op{Move("m2", Account("e", "v", ledger.OnHand), Account("e", "v", ledger.Scrap), 8)}}, nil
	}
	_, err = s.Preview(ctx, command("make"), short)
	wantFault(t, err, "LEDGER-SHORT-01")
}

func reopening(t *testing.T, e Engine) {
	place := e.Place(t)
	s := place(t, store.Options{})
	ctx := t.Context()
	value := num.Money(500)
	_, err := s.Decide(ctx, decision.Command{Name: "make", Actor: "a", Key: "k"}, func(v decision.View) (decision.Outcome, error) {
		op := Move("m1", Account("e", "o", ledger.Abroad), Account("e", "o", ledger.OnHand), 7)
		op.Value, op.Layered = &value, true
		return decision.Outcome{
			Puts: []decision.Put{{Kind: NoteKind, ID: "o", Body: Note{Name: "o"}}}, Transfers: []ledger.Op{op},
			Entries: []journal.Entry{Entry("note.made", "note", "o")}, Reply: "made",
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	before := must[ledger.Balance](t)(s.Balance(ctx, Account("e", "o", ledger.OnHand).Key()))
	earlier := s.NewID()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = s.Decide(ctx, command("late"), put(NoteKind, "late", 0, Note{}))
	wantFault(t, err, "STORE-CLOSED-01")
	s = place(t, store.Options{})
	if after := must[ledger.Balance](t)(s.Balance(ctx, Account("e", "o", ledger.OnHand).Key())); cmp.Diff(before, after) != "" {
		t.Error(cmp.Diff(before, after))
	}
	if s.NewID() <= earlier {
		t.Error("an id after opening again stands before earlier ones")
	}
	r, err := s.Decide(ctx, decision.Command{Name: "make", Actor: "a", Key: "k"}, put(NoteKind, "other", 0, Note{}))
	if err != nil || !r.Repeated || string(r.Reply) != `"made"` {
		t.Errorf("%+v, %v", r, err)
	}
}

func turns(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	raw, product := Account("e", "raw", ledger.OnHand), Account("e", "product", ledger.OnHand)
	arrive := func(id string, q int64, v num.Money) decision.Outcome {
		op := Move(id, raw.At(ledger.Abroad), raw, q)
		op.Value = &v
		return decision.Outcome{Transfers: []ledger.Op{op}}
	}
	if _, err := s.Decide(ctx, command("arrive"), func(decision.View) (decision.Outcome, error) { return arrive("a1", 10, 100), nil }); err != nil {
		t.Fatal(err)
	}
	times := 0
	r, err := s.Decide(ctx, command("turn"), func(v decision.View) (decision.Outcome, error) {
		ops, err := ledger.Turn(v, v.NewID(), []ledger.Input{{Account: raw, Quantity: 10}}, []ledger.Output{{Account: product, Quantity: 2, Share: 1}}, v.Now().Date(), "order", false)
		if err != nil {
			return decision.Outcome{}, err
		}
		if times++; times == 1 { // dearer goods arrive between looking and writing
			if _, err := s.Decide(ctx, command("arrive"), func(decision.View) (decision.Outcome, error) { return arrive("a2", 10, 500), nil }); err != nil {
				return decision.Outcome{}, err
			}
		}
		return decision.Outcome{Transfers: ops}, nil
	})
	if err != nil || r.Decided != 2 {
		t.Fatalf("decided %d times, %v", r.Decided, err)
	}
	if b := must[ledger.Balance](t)(s.Balance(ctx, product.Key())); b.Value != 300 {
		t.Errorf("product carries %v, want the average of both arrivals", b.Value)
	}
}
