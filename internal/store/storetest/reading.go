package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/store"
)

func lists(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	for i := range 50 {
		state := []string{"manual", "inspect", "released"}[i%3]
		p := Paper{Number: fmt.Sprintf("N%02d", i), Enterprise: fmt.Sprintf("E%d", i%2), State: state, Channel: []string{"low", "high"}[i/25]}
		if _, err := s.Decide(ctx, command("lodge"), put(PaperKind, fmt.Sprintf("d%02d", i), 0, p)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for _, c := range []struct {
			q    store.Query
			want func(i int) bool
		}{
			{store.Query{}, func(int) bool { return true }},
			{store.Query{Where: map[string][]string{"state": {"manual", "inspect"}}}, func(i int) bool { return i%3 != 2 }},
			{store.Query{Where: map[string][]string{"state": {"released"}}}, func(i int) bool { return i%3 == 2 }},
			{store.Query{Open: true, Where: map[string][]string{"channel": {"high"}}}, func(i int) bool { return i%3 != 2 && i >= 25 }},
			{store.Query{Where: map[string][]string{"enterprise": {"E1"}}}, func(i int) bool { return i%2 == 1 }},
			{store.Query{Where: map[string][]string{"enterprise": {"E1"}, "channel": {"low"}}}, func(i int) bool { return i%2 == 1 && i < 25 }},
			{store.Query{Where: map[string][]string{"enterprise": {"E9"}}}, func(int) bool { return false }},
		} {
			var got, want []string
			for i := 49; i >= 0; i-- {
				if c.want(i) {
					want = append(want, fmt.Sprintf("d%02d", i))
				}
			}
			c.q.Limit = 7
			for {
				page := must[store.Page](t)(s.List(ctx, PaperKind, c.q))
				for _, i := range page.Items {
					got = append(got, i.ID)
				}
				if c.q.Before = page.Next; page.Next == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v: got %v, want %v", c.q, got, want)
			}
			c.q.Before = ""
			if n := must[int](t)(s.Count(ctx, PaperKind, c.q, 10)); n != min(10, len(want)) {
				t.Errorf("%v: count %d of %d", c.q, n, len(want))
			}
		}
		if err := s.CatchUp(ctx); err != nil {
			t.Fatal(err)
		}
	}
	counts := must[map[string]int](t)(s.CountOpen(ctx, PaperKind))
	if diff := cmp.Diff(map[string]int{"manual": 17, "inspect": 17}, counts); diff != "" {
		t.Error(diff)
	}
	if _, err := s.List(ctx, PaperKind, store.Query{Where: map[string][]string{"id; DROP TABLE entry": {"x"}}}); err == nil {
		t.Error("a condition on what is no column")
	}
}

// residueStates are the states of a residue, true where nothing more becomes of it.
var residueStates = map[string]bool{
	"kept": false, "destruction_asked": false, "destruction_approved": false, "export_asked": false, "abandonment_asked": false,
	"destroyed": true, "sold": true, "re_exported": true, "abandoned": true,
}

// residues asks for what is still open of a kind whose index of open documents was
// made anew.
func residues(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	var want []string
	for state, final := range residueStates {
		body := map[string]string{"state": state, "book": "H2218A000001", "enterprise": "E1"}
		if _, err := s.Decide(ctx, command("tell"), put("residue", state, 0, body)); err != nil {
			t.Fatal(err)
		}
		if !final {
			want = append(want, state)
		}
	}
	slices.Sort(want)
	slices.Reverse(want)
	for _, where := range []map[string][]string{nil, {"book": {"H2218A000001"}}, {"enterprise": {"E1"}}} {
		var got []string
		for _, i := range must[store.Page](t)(s.List(ctx, "residue", store.Query{Open: true, Where: where})).Items {
			got = append(got, i.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("open where %v: %v, want %v", where, got, want)
		}
	}
	for state := range residueStates {
		page := must[store.Page](t)(s.List(ctx, "residue", store.Query{Where: map[string][]string{"state": {state}}}))
		if len(page.Items) != 1 || page.Items[0].ID != state {
			t.Errorf("in state %s: %v", state, page.Items)
		}
	}
	if counts := must[map[string]int](t)(s.CountOpen(ctx, "residue")); len(counts) != len(want) {
		t.Errorf("counted as open: %v", counts)
	}
}

func due(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	first := clock.MustDate("2026-11-20")
	var want []string
	for i := range 20 {
		o := obligation.Obligation{ID: fmt.Sprintf("o%02d", i), Debtor: "e", Due: first.AddDays(i % 5), State: obligation.Open}
		if i%4 == 3 {
			o.State = obligation.Discharged
		} else if i%5 <= 2 {
			want = append(want, fmt.Sprintf("%s|%s", o.Due, o.ID))
		}
		if _, err := s.Decide(ctx, command("owe"), put("obligation", o.ID, 0, o)); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	var got []string
	for after := ""; ; {
		page := must[store.Page](t)(s.Due(ctx, "obligation", first.AddDays(2), after, 2))
		for _, i := range page.Items {
			var o obligation.Obligation
			if err := json.Unmarshal(i.Body, &o); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s|%s", o.Due, o.ID))
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// past posts 700 movements on one account at rising moments with jumping
// effective days, and asks for balances by both against a plain sum.
func past(t *testing.T, e Engine) {
	now := clock.NewVirtual(clock.MustDate("2026-01-01").Start(), false)
	s := e.Place(t)(t, store.Options{Clock: now})
	ctx := t.Context()
	random := rand.New(rand.NewPCG(1, 2))
	on := Account("e", "past", ledger.OnHand)
	type one struct {
		at   clock.Instant
		day  clock.Date
		q, v int64
	}
	var all []one
	var held int64
	for range 70 {
		var ops []ledger.Op
		for range 10 {
			q, v := random.Int64N(100)+1, num.Money(random.Int64N(1000))
			op := Move(s.NewID(), on.At(ledger.Abroad), on, q)
			if held > 5000 && random.IntN(3) == 0 {
				op.From, op.To = on, on.At(ledger.HomeMarket)
				q, v = -q, -v
			}
			value := max(v, -v)
			op.Value = &value
			op.EffectiveOn = now.Now().Date().AddDays(-random.IntN(4))
			held += q
			all = append(all, one{now.Now(), op.EffectiveOn, q, int64(v)})
			ops = append(ops, op)
		}
		if _, err := s.Decide(ctx, command("move"), func(decision.View) (decision.Outcome, error) { return decision.Outcome{Transfers: ops}, nil }); err != nil {
			t.Fatal(err)
		}
		now.Advance(5 * time.Hour)
	}
	check := func(what string, q num.Quantity, v num.Money, err error, in func(one) bool) {
		t.Helper()
		var wantQ, wantV int64
		for _, o := range all {
			if in(o) {
				wantQ, wantV = wantQ+o.q, wantV+o.v
			}
		}
		if err != nil || int64(q) != wantQ || int64(v) != wantV {
			t.Errorf("%s: %d worth %d, want %d worth %d, %v", what, q, v, wantQ, wantV, err)
		}
	}
	for i := -1; i < 75; i++ {
		at := clock.MustDate("2026-01-01").Start().Add(time.Duration(i) * 5 * time.Hour)
		q, v, err := s.BalanceRecorded(ctx, on.Key(), at)
		check("recorded until "+at.String(), q, v, err, func(o one) bool { return o.at <= at })
		day := at.Date()
		q, v, err = s.BalanceEffective(ctx, on.Key(), day)
		check("effective until "+day.String(), q, v, err, func(o one) bool { return o.day <= day })
		p, err := s.Period(ctx, on.Key(), day, day.AddDays(1))
		check("before "+day.String(), p.Opening, p.Value, err, func(o one) bool { return o.day < day })
		var moved num.Quantity
		var worth num.Money
		for i := range p.Movements {
			if m := &p.Movements[i]; m.To == on.Key() {
				moved, worth = moved+m.Quantity, worth+m.Value
			} else {
				moved, worth = moved-m.Quantity, worth-m.Value
			}
			if i > 0 && p.Movements[i].ID <= p.Movements[i-1].ID {
				t.Errorf("movement %d of two days is not in order", i)
			}
		}
		check("on two days from "+day.String(), moved, worth, nil, func(o one) bool { return o.day == day || o.day == day+1 })
	}
	// The chain leads through every movement, newest first.
	var count int
	for next := ""; ; {
		page, more, err := s.History(ctx, on.Key(), next, 64)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page {
			count++
			want := all[len(all)-count]
			if page[i].Recorded != want.at || page[i].EffectiveOn != want.day {
				t.Fatalf("movement %d from the end: %+v", count, page[i])
			}
		}
		if next = more; next == "" {
			break
		}
	}
	if count != len(all) {
		t.Errorf("%d movements in the history of %d", count, len(all))
	}
	accounts, err := s.Balances(ctx, "legal|e|past|", "", 10)
	if err != nil || len(accounts) != 3 {
		t.Fatalf("%d accounts, %v", len(accounts), err)
	}
	var sum num.Quantity
	for _, a := range accounts {
		sum += a.Quantity
	}
	if sum != 0 {
		t.Errorf("all accounts of the item sum to %v", sum)
	}
}

func sealing(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	key, err := journal.NewKey("zone.example/journal", [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := journal.ParsePrivate(key.Private)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := journal.ParsePublic(key.Public)
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	var last string
	for i := range 5 {
		for range i*3 + 1 {
			r := must[decision.Receipt](t)(s.Decide(ctx, command("note"), func(v decision.View) (decision.Outcome, error) {
				return decision.Outcome{Entries: []journal.Entry{Entry("note.made", "note", v.NewID())}}, nil
			}))
			last = r.Entries[0]
		}
		awaitPosition(t, s, last)
		if _, err := s.Receipt(ctx, last, key.Public); err == nil {
			t.Fatal("a receipt before the seal")
		}
		c, err := s.SealNext(ctx, "zone.example/journal", signer, 1000)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, c.Size)
	}
	if again := must[store.Sealed](t)(s.SealNext(ctx, "zone.example/journal", signer, 1000)); again.Size != sizes[4] || again.Size != 35 {
		t.Errorf("sizes %v, again %d", sizes, again.Size)
	}
	for _, entry := range must[[]*store.Stored](t)(s.Entries(ctx, 0, 100)) {
		r := must[journal.Receipt](t)(s.Receipt(ctx, entry.ID, key.Public))
		if _, err := r.Check(verifier); err != nil {
			t.Fatalf("receipt of position %d: %v", entry.Position, err)
		}
	}
	checkpoints := must[[]store.Sealed](t)(s.Checkpoints(ctx, 0, 10))
	for i := range checkpoints[1:] {
		older, newer := checkpoints[i], checkpoints[i+1]
		path, err := journal.Consistency(s.Nodes(ctx), uint64(older.Size), uint64(newer.Size))
		if err != nil {
			t.Fatal(err)
		}
		if err := journal.VerifyConsistency(journal.Checkpoint{Origin: "x", Size: uint64(older.Size), Root: older.Root},
			journal.Checkpoint{Origin: "x", Size: uint64(newer.Size), Root: newer.Root}, path); err != nil {
			t.Error(err)
		}
	}
}

// awaitPosition waits until an entry has its position.
func awaitPosition(t *testing.T, s *store.Store, id string) {
	t.Helper()
	positions, stop := s.Watch()
	defer stop()
	for range positions {
		if e := must[*store.Stored](t)(s.Entry(t.Context(), id)); e.Position > 0 {
			return
		}
	}
}

func exploring(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	var last string
	for i := range 60 {
		entry := Entry([]string{"note.made", "note.seen"}[i%2], "note", fmt.Sprintf("n%d", i%3))
		entry.Enterprise = fmt.Sprintf("e%d", i%4)
		r := must[decision.Receipt](t)(s.Decide(ctx, command("note"), func(decision.View) (decision.Outcome, error) {
			return decision.Outcome{Entries: []journal.Entry{entry}}, nil
		}))
		last = r.Entries[0]
	}
	awaitPosition(t, s, last)
	for range 2 { // not indexed yet, then indexed
		for _, c := range []struct {
			f    store.Filter
			want func(i int) bool
		}{
			{store.Filter{}, func(int) bool { return true }},
			{store.Filter{Types: []string{"note.seen"}}, func(i int) bool { return i%2 == 1 }},
			{store.Filter{Subject: journal.Ref{Kind: "note", ID: "n1"}}, func(i int) bool { return i%3 == 1 }},
			{store.Filter{Subject: journal.Ref{Kind: "enterprise", ID: "e2"}, Types: []string{"note.made"}}, func(i int) bool { return i%4 == 2 }},
			{store.Filter{Actor: "nobody"}, func(int) bool { return false }},
		} {
			var got, want []int64
			for i := 59; i >= 0; i-- {
				if c.want(i) {
					want = append(want, int64(i)+1)
				}
			}
			for c.f.Limit = 7; ; {
				page := must[store.EntryPage](t)(s.Explore(ctx, c.f))
				for _, e := range page.Entries {
					got = append(got, e.Position)
				}
				if c.f.Before = page.Next; page.Next == 0 {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: got %v, want %v", c.f, got, want)
			}
		}
		if err := s.CatchUp(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func outbox(t *testing.T, e Engine) {
	now := clock.NewVirtual(clock.MustDate("2026-01-01").Start(), false)
	s := e.Place(t)(t, store.Options{Clock: now})
	ctx := t.Context()
	if _, err := s.Decide(ctx, command("tell"), func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		for i := range 10 {
			out.Orders = append(out.Orders, decision.Order{ID: fmt.Sprint("o", i), Channel: "webhook", Target: "t", Body: i})
		}
		return out, nil
	}); err != nil {
		t.Fatal(err)
	}
	claim := func(n int) []store.Outgoing {
		return must[[]store.Outgoing](t)(s.Claim(ctx, "webhook", n, time.Minute))
	}
	if len(must[[]store.Outgoing](t)(s.Claim(ctx, "bank", 5, time.Minute))) != 0 {
		t.Error("orders of another channel")
	}
	first, second := claim(4), claim(10)
	if len(first) != 4 || len(second) != 6 || len(claim(10)) != 0 || first[0].Attempts != 1 || string(first[3].Body) != "3" {
		t.Fatalf("first %+v, second %+v", first, second)
	}
	for _, o := range first {
		if err := s.Sent(ctx, o.ID, "200"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Failed(ctx, second[0].ID, "500", now.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Failed(ctx, second[1].ID, "410", 0); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Sent(ctx, first[0].ID, "200"), "STORE-ABSENT-01")
	now.Advance(2 * time.Minute)
	if again := claim(10); len(again) != 4 || again[0].Attempts != 2 {
		t.Errorf("claims that ran out: %+v", again)
	}
	if _, err := s.Decide(ctx, command("tell"), func(v decision.View) (decision.Outcome, error) {
		return decision.Outcome{Orders: []decision.Order{{ID: "later", Channel: "timer", Target: "t", Body: 1, NotBefore: now.Now().Add(time.Hour)}}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	due := func() int { return len(must[[]store.Outgoing](t)(s.Claim(ctx, "timer", 5, time.Minute))) }
	if early := due(); early != 0 {
		t.Error("an order was given out before its moment")
	}
	now.Advance(time.Hour)
	if due() != 1 {
		t.Error("an order was not given out at its moment")
	}
	if err := s.Sent(ctx, "later", "done"); err != nil {
		t.Fatal(err)
	}
	counts := must[map[string]map[string]int](t)(s.OutboxCounts(ctx))
	if diff := cmp.Diff(map[string]map[string]int{"webhook": {"waiting": 5, "given-up": 1}}, counts); diff != "" {
		t.Error(diff)
	}
	for channel, want := range map[string]int{"webhook": 5, "timer": 0, "nobody's": 0} {
		n, since, err := s.Oldest(ctx, channel)
		if err != nil || n != want || (since != 0) != (want > 0) || since > now.Now().Add(-time.Hour) {
			t.Errorf("%s: %d orders wait, the oldest since %v, %v", channel, n, since, err)
		}
	}
}

func condition(t *testing.T, e Engine) {
	now := clock.NewVirtual(clock.MustDate("2026-01-01").Start(), false)
	s := e.Place(t)(t, store.Options{Clock: now})
	ctx := t.Context()
	is := func(light, papers, proof, messages store.Light) {
		t.Helper()
		if diff := cmp.Diff(store.Condition{Light: light, Papers: papers, Proof: proof, Messages: messages, At: now.Now()}, s.Condition(ctx)); diff != "" {
			t.Error(diff)
		}
	}
	is(store.Green, store.Green, store.Green, store.Green)
	now.Advance(time.Second)
	if c := s.Condition(ctx); c.At == now.Now() {
		t.Error("it was asked again within a second")
	}
	if _, err := s.Decide(ctx, command("tell"), func(v decision.View) (decision.Outcome, error) {
		return decision.Outcome{
			Entries: []journal.Entry{Entry("note.made", "note", "n")},
			Orders:  []decision.Order{{ID: "o", Channel: "webhook", Target: "t", Body: 1}},
		}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	now.Advance(30 * time.Second)
	is(store.Green, store.Green, store.Green, store.Green)
	now.Advance(time.Minute)
	is(store.Yellow, store.Green, store.Yellow, store.Green)
	given := must[[]store.Outgoing](t)(s.Claim(ctx, "webhook", 1, time.Minute))
	if err := s.Failed(ctx, given[0].ID, "410", 0); err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Minute)
	is(store.Yellow, store.Green, store.Yellow, store.Yellow)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Minute)
	is(store.Red, store.Red, store.Red, store.Red)

	// A bank that has not acknowledged for a minute does not answer.
	told := now.Now()
	silent := e.Place(t)(t, store.Options{Clock: now})
	tell := func(version int64, state string) {
		t.Helper()
		if _, err := silent.Decide(ctx, command("tell-bank"), func(v decision.View) (decision.Outcome, error) {
			out := decision.Outcome{Entries: []journal.Entry{Entry("bank.told", "bank_message", "out.BANKA.1")}, Puts: []decision.Put{
				{Kind: "bank_message", ID: "out.BANKA.000000000001", Version: version, Body: map[string]any{
					"id": "out.BANKA.000000000001", "bank": "BANKA", "direction": "out", "kind": "payment.received", "sequence": 1, "at": told, "state": state,
				}},
			}}
			if version == 0 {
				out.Puts = append(out.Puts, decision.Put{Kind: "bank_peer", ID: "BANKA", Body: map[string]any{"id": "BANKA"}})
			}
			return out, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	messages := func(want store.Light) {
		t.Helper()
		now.Advance(10 * time.Second)
		if c := silent.Condition(ctx); c.Messages != want {
			t.Errorf("messages are %s, want %s", c.Messages, want)
		}
	}
	tell(0, "waiting")
	messages(store.Green)
	now.Advance(time.Minute)
	messages(store.Yellow)
	tell(1, "acknowledged")
	messages(store.Green)
}

func backup(t *testing.T, e Engine) {
	s := open(t, e)
	ctx := t.Context()
	var last string
	for i := range 40 {
		r := must[decision.Receipt](t)(s.Decide(ctx, decision.Command{Name: "make", Actor: "a", Key: fmt.Sprint("k", i), Content: []byte("x")},
			func(v decision.View) (decision.Outcome, error) {
				id := v.NewID()
				var serial int64
				number := Numbered("made", "N%09d", &serial)
				return decision.Outcome{
					Numbers:   []decision.Number{number},
					Orders:    []decision.Order{{Channel: "webhook", Target: "early", Body: "\t\\N 洋山"}},
					Puts:      []decision.Put{{Kind: PaperKind, ID: id, Body: Paper{Number: number.StandIn, Enterprise: "E1 \t\\\n洋山", State: "manual"}}},
					Transfers: []ledger.Op{Move(v.NewID(), Account("e", "b", ledger.Abroad), Account("e", "b", ledger.OnHand), int64(i)+1)},
					Entries:   []journal.Entry{Entry("note.made", "note", id)}, Reply: id,
				}, nil
			}))
		last = r.Entries[0]
	}
	awaitPosition(t, s, last)
	key := must[journal.Key](t)(journal.NewKey("zone.example/journal", [32]byte{1}))
	must[store.Sealed](t)(s.SealNext(ctx, "zone.example/journal", must[note.Signer](t)(journal.ParsePrivate(key.Private)), 30))
	file := filepath.Join(t.TempDir(), "zone.backup")
	if err := s.Backup(ctx, file); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(ctx, file); err == nil {
		t.Error("a backup is never written over another")
	}
	// What comes after the backup is not in it.
	if _, err := s.Decide(ctx, command("late"), put(PaperKind, "late", 0, Paper{State: "manual"})); err != nil {
		t.Fatal(err)
	}
	for name, empty := range map[string]func(*testing.T) store.Options{"the same engine": e.Empty, "the other engine": e.Other} {
		t.Run(name, func(t *testing.T) {
			o := empty(t)
			if err := store.Restore(ctx, o, file); err != nil {
				t.Fatal(err)
			}
			wantFault(t, store.Restore(ctx, o, file), "STORE-RESTORE-01")
			restored(t, s, o)
		})
	}
}

// restored compares the store at o with s, whose backup it is, and goes on in it.
func restored(t *testing.T, s *store.Store, o store.Options) {
	ctx := t.Context()
	copied := must[*store.Store](t)(store.Open(ctx, o))
	defer copied.Close()
	if _, err := copied.Load(ctx, PaperKind, "late", &Paper{}); err == nil {
		t.Error("the backup holds what came after it")
	}
	entries := must[[]*store.Stored](t)(s.Entries(ctx, 0, 100))
	if diff := cmp.Diff(entries, must[[]*store.Stored](t)(copied.Entries(ctx, 0, 100))); diff != "" || len(entries) != 40 {
		t.Errorf("%d entries, %s", len(entries), diff)
	}
	key := Account("e", "b", ledger.OnHand).Key()
	if diff := cmp.Diff(must[ledger.Balance](t)(s.Balance(ctx, key)), must[ledger.Balance](t)(copied.Balance(ctx, key))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(must[store.Sealed](t)(s.LastCheckpoint(ctx)), must[store.Sealed](t)(copied.LastCheckpoint(ctx))); diff != "" {
		t.Error(diff)
	}
	ids := must[[]string](t)(copied.Find(ctx, PaperKind, "enterprise", "E1 \t\\\n洋山", 100))
	if len(ids) != 40 {
		t.Errorf("%d documents found in the copy", len(ids))
	}
	r, err := copied.Decide(ctx, decision.Command{Name: "make", Actor: "a", Key: "k7", Content: []byte("x")}, put(PaperKind, "other", 0, Paper{}))
	if err != nil || !r.Repeated {
		t.Errorf("%+v, %v", r, err)
	}
	// The next number, order and entry follow the last.
	var serial int64
	_, err = copied.Decide(ctx, command("go on"), func(v decision.View) (decision.Outcome, error) {
		number := Numbered("made", "N%09d", &serial)
		return decision.Outcome{
			Puts: []decision.Put{{Kind: PaperKind, ID: "on", Body: Paper{Number: number.StandIn, Enterprise: "E2", State: "manual"}}}, Numbers: []decision.Number{number},
			Orders: []decision.Order{{Channel: "webhook", Target: "late", Body: "x"}},
		}, nil
	})
	if err != nil || serial != 41 {
		t.Errorf("serial %d, %v", serial, err)
	}
	if ids := must[[]string](t)(copied.Find(ctx, PaperKind, "enterprise", "E2", 100)); len(ids) != 1 {
		t.Errorf("found %v", ids)
	}
	var targets []string
	for _, order := range must[[]store.Outgoing](t)(copied.Claim(ctx, "webhook", 100, time.Minute)) {
		targets = append(targets, order.Target)
	}
	if want := append(slices.Repeat([]string{"early"}, 40), "late"); !slices.Equal(targets, want) {
		t.Errorf("orders %v", targets)
	}
}
