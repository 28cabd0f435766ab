package draft_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/draft"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/store"
	"seine/internal/store/storetest"
)

type bench struct {
	*testing.T
	store *store.Store
	desk  *draft.Desk
	clock *clock.Virtual
	sent  int
}

func onBothEngines(t *testing.T, test func(*bench)) {
	open := func(t *testing.T, o store.Options) {
		b := &bench{T: t, clock: clock.NewVirtual(clock.MustDate("2026-11-23").Start().Add(9*time.Hour), false)}
		o.Clock = b.clock
		var err error
		if b.store, err = store.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.store.Close(); err != nil {
				t.Error(err)
			}
		})
		b.desk = draft.New(b.store)
		test(b)
	}
	t.Run("sqlite", func(t *testing.T) { open(t, store.Options{Dir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { open(t, store.Options{URL: storetest.PostgresURL(t)}) })
}

func (b *bench) command() decision.Command {
	b.sent++
	return decision.Command{Name: "draft", Actor: "test", Content: fmt.Append(nil, b.sent), Received: b.clock.Now()}
}

func (b *bench) keep(by decision.Actor, form draft.Draft) (draft.Reply, error) {
	b.Helper()
	var reply draft.Reply
	r, err := b.desk.Keep(b.Context(), b.command(), by, form)
	if err == nil {
		err = json.Unmarshal(r.Reply, &reply)
	}
	return reply, err
}

func (b *bench) ok(r draft.Reply, err error) draft.Reply {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// there gives the draft of an id as it is there for somebody.
func (b *bench) there(by decision.Actor, id string) *draft.Draft {
	b.Helper()
	ids, err := b.store.Find(b.Context(), dossier.Draft, "owner", by.ID, draft.Most)
	if err != nil {
		b.Fatal(err)
	}
	for _, at := range ids {
		var d draft.Draft
		if _, err := b.store.Load(b.Context(), dossier.Draft, at, &d); err != nil {
			b.Fatal(err)
		}
		if d.ID == id && d.Belongs(by, b.clock.Now()) {
			return &d
		}
	}
	return nil
}

var wang = decision.Actor{ID: "wang", Kind: journal.Enterprise, Enterprise: "A"}

func form(id, goods string) draft.Draft {
	return draft.Draft{ID: id, Form: draft.Declaration, Values: map[string]string{"/lines/0/name": goods}, Lines: 1}
}

func TestADraftIsKeptOverwrittenAndDiscarded(t *testing.T) {
	onBothEngines(t, func(b *bench) {
		before := b.store.Position()
		first := b.ok(b.keep(wang, form("", "juice")))
		if again := b.ok(b.keep(wang, form(first.ID, "orange juice"))); again.ID != first.ID {
			b.Errorf("kept under another id: %+v", again)
		}
		if d := b.there(wang, first.ID); d == nil || d.Values["/lines/0/name"] != "orange juice" || d.Lines != 1 {
			b.Errorf("%+v", d)
		}
		if _, err := b.desk.Discard(b.Context(), b.command(), wang, first.ID); err != nil {
			b.Fatal(err)
		}
		if b.there(wang, first.ID) != nil {
			b.Error("a discarded draft is still there")
		}
		if _, err := b.desk.Discard(b.Context(), b.command(), wang, first.ID); !fault.Is(err, "PARTY-RIGHT-01") {
			b.Errorf("discarded twice: %v", err)
		}
		// What is kept under an id that is gone, is a new draft: it overwrites no other.
		second := b.ok(b.keep(wang, form("", "wine")))
		if stale := b.ok(b.keep(wang, form(first.ID, "juice"))); stale.ID == first.ID || stale.ID == second.ID {
			b.Errorf("%+v", stale)
		}
		if b.store.Position() != before {
			b.Error("the journal tells of drafts")
		}
	})
}

func TestADraftIsItsOwnersAlone(t *testing.T) {
	onBothEngines(t, func(b *bench) {
		mine := b.ok(b.keep(wang, form("", "juice")))
		li := decision.Actor{ID: "li", Kind: journal.Enterprise, Enterprise: "A"}
		moved := wang
		moved.Enterprise = "B"
		for name, other := range map[string]decision.Actor{"a colleague": li, "the same person for another enterprise": moved, "an officer": {ID: "wang", Kind: journal.Officer}} {
			if b.there(other, mine.ID) != nil {
				b.Errorf("%s sees it", name)
			}
			if _, err := b.desk.Discard(b.Context(), b.command(), other, mine.ID); !fault.Is(err, "PARTY-RIGHT-01") {
				b.Errorf("%s discards it: %v", name, err)
			}
		}
		if theirs := b.ok(b.keep(li, form(mine.ID, "other"))); theirs.ID == mine.ID {
			b.Error("a colleague overwrote it")
		}
		if d := b.there(wang, mine.ID); d == nil || d.Values["/lines/0/name"] != "juice" {
			b.Errorf("%+v", d)
		}
		if _, err := b.keep(decision.Actor{ID: "1001", Kind: journal.Officer}, form("", "x")); !fault.Is(err, "DRAFT-OWNER-01") {
			b.Errorf("an officer keeps a draft: %v", err)
		}
	})
}

func TestDraftsAreBoundedAndForgotten(t *testing.T) {
	onBothEngines(t, func(b *bench) {
		if _, err := b.keep(wang, form("", strings.Repeat("x", draft.Size))); !fault.Is(err, "DRAFT-SIZE-01") {
			b.Errorf("too large: %v", err)
		}
		var last draft.Reply
		for range draft.Most {
			last = b.ok(b.keep(wang, form("", "juice")))
		}
		if _, err := b.keep(wang, form("", "one more")); !fault.Is(err, "DRAFT-MANY-01") {
			b.Errorf("too many: %v", err)
		}
		b.ok(b.keep(wang, form(last.ID, "the same once more")))
		b.clock.Advance(draft.Life + time.Hour)
		if b.there(wang, last.ID) != nil {
			b.Error("an expired draft is still there")
		}
		b.ok(b.keep(wang, form("", "after all are forgotten")))
		forget := func(at string) draft.Draft {
			if _, err := b.desk.Forget(context.Background(), b.command(), at); err != nil {
				b.Fatal(err)
			}
			var d draft.Draft
			if _, err := b.store.Load(b.Context(), dossier.Draft, at, &d); err != nil {
				b.Fatal(err)
			}
			return d
		}
		if d := forget("wang.2"); d.State != draft.Empty || len(d.Values) > 0 {
			b.Errorf("something is left of it: %+v", d)
		}
		if d := forget("wang.1"); d.State != draft.Kept {
			b.Errorf("a live one was forgotten: %+v", d)
		}
	})
}
