package lifecycle

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/fault"
)

type (
	state string
	event string
	paper struct{ paid bool }
)

var paid = Guard[paper]{Name: "tax paid", Check: func(p paper) error {
	if !p.paid {
		return fault.New(fault.Refused, "TEST-PAID-01", "", "not paid", "pay")
	}
	return nil
}}

func table() *Table[state, event, paper] {
	return &Table[state, event, paper]{
		Name: "paper", Code: "TEST-LIFECYCLE-01", Initial: "draft",
		States: []State[state]{
			{Name: "draft", Acts: "declarant"}, {Name: "lodged", Acts: "customs"}, {Name: "released", Final: true}, {Name: "cancelled", Final: true},
		},
		Moves: []Move[state, event, paper]{
			{From: "draft", On: "lodged", To: "lodged"},
			{From: "draft", On: "cancelled", To: "cancelled"},
			{From: "lodged", On: "released", To: "released", Guards: []Guard[paper]{paid, {Name: "seen", Check: func(paper) error { return nil }}}},
			{From: "lodged", On: "returned", To: "draft"},
		},
	}
}

func TestAnEventMovesOnlyFromItsState(t *testing.T) {
	l := table()
	if next, err := l.Next("draft", "lodged", paper{}); err != nil || next != "lodged" {
		t.Error(next, err)
	}
	next, err := l.Next("draft", "released", paper{paid: true})
	if next != "draft" || !fault.Is(err, "TEST-LIFECYCLE-01") || fault.KindOf(err) != fault.Refused {
		t.Error(next, err)
	}
	want := "TEST-LIFECYCLE-01: a paper that is draft cannot be released"
	if err.Error() != want || fault.All(err)[0].Remedy() != "possible now: cancelled, lodged" {
		t.Error(err, fault.All(err)[0].Remedy())
	}
	if _, err := l.Next("released", "lodged", paper{}); fault.All(err)[0].Remedy() != "possible now: nothing" {
		t.Error(err)
	}
	if _, err := l.Next("lost", "lodged", paper{}); !fault.Is(err, "TEST-LIFECYCLE-01") {
		t.Error(err)
	}
}

func TestAGuardGivesItsOwnFault(t *testing.T) {
	l := table()
	if next, err := l.Next("lodged", "released", paper{}); next != "lodged" || !fault.Is(err, "TEST-PAID-01") {
		t.Error(next, err)
	}
	if next, err := l.Next("lodged", "released", paper{paid: true}); next != "released" || err != nil {
		t.Error(next, err)
	}
}

func TestWhatATableKnowsOfItsStates(t *testing.T) {
	l := table()
	if !l.Final("released") || l.Final("draft") || l.Final("lost") || !l.Known("draft") || l.Known("lost") {
		t.Error("final or known is wrong")
	}
	if diff := cmp.Diff([]event{"released", "returned"}, l.Allowed("lodged")); diff != "" {
		t.Error(diff)
	}
	if len(l.Allowed("released")) != 0 {
		t.Error("something follows a final state")
	}
}

func TestProblemsOfATableAreNamed(t *testing.T) {
	if found := table().Problems(); found != nil {
		t.Error(found)
	}
	for name, c := range map[string]struct {
		change func(*Table[state, event, paper])
		want   string
	}{
		"a state nobody reaches": {
			func(l *Table[state, event, paper]) {
				l.States = append(l.States, State[state]{Name: "island", Final: true})
			}, "island cannot be reached",
		},
		"a state without a way out": {
			func(l *Table[state, event, paper]) { l.States[2].Final = false }, "state released has no way out",
		},
		"a final state with a way out": {
			func(l *Table[state, event, paper]) { l.States[1].Final = true }, "final state lodged has a way out",
		},
		"a move to nowhere": {
			func(l *Table[state, event, paper]) { l.Moves[0].To = "limbo" }, "names an unknown state",
		},
		"two moves for one event": {
			func(l *Table[state, event, paper]) {
				l.Moves = append(l.Moves, Move[state, event, paper]{From: "draft", On: "lodged", To: "cancelled"})
			}, "two moves for lodged in state draft",
		},
		"two islands that lead to each other": {
			func(l *Table[state, event, paper]) {
				l.States = append(l.States, State[state]{Name: "a"}, State[state]{Name: "b"})
				l.Moves = append(l.Moves, Move[state, event, paper]{From: "a", On: "x", To: "b"}, Move[state, event, paper]{From: "b", On: "x", To: "a"})
			}, "state a cannot be reached",
		},
	} {
		l := table()
		c.change(l)
		if found := l.Problems(); !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, c.want) }) {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestDiagramIsPrintedFromTheTable(t *testing.T) {
	want := `stateDiagram-v2
    [*] --> draft
    draft --> lodged: lodged
    draft --> cancelled: cancelled
    lodged --> released: released [tax paid, seen]
    lodged --> draft: returned
    released --> [*]
    cancelled --> [*]
`
	if diff := cmp.Diff(want, table().Mermaid()); diff != "" {
		t.Error(diff)
	}
}

// For any table: what Allowed lists, Next permits when the guards hold, and
// nothing else; a refused event leaves the state; a table without problems lets
// every walk end in a final state.
func TestNextAndAllowedAgree(t *testing.T) {
	states := []state{"a", "b", "c", "d"}
	events := []event{"x", "y", "z"}
	rapid.Check(t, func(t *rapid.T) {
		l := &Table[state, event, paper]{Name: "paper", Code: "TEST-LIFECYCLE-01", Initial: "a"}
		for _, s := range states {
			l.States = append(l.States, State[state]{Name: s, Final: rapid.Bool().Draw(t, "final")})
		}
		for range rapid.IntRange(0, 8).Draw(t, "moves") {
			l.Moves = append(l.Moves, Move[state, event, paper]{
				From: rapid.SampledFrom(states).Draw(t, "from"), On: rapid.SampledFrom(events).Draw(t, "on"), To: rapid.SampledFrom(states).Draw(t, "to"),
			})
		}
		for _, s := range states {
			for _, e := range events {
				next, err := l.Next(s, e, paper{})
				if (err == nil) != slices.Contains(l.Allowed(s), e) || err != nil && next != s {
					t.Fatalf("%s in %s: %s, %v; allowed %v", e, s, next, err, l.Allowed(s))
				}
			}
		}
		if len(l.Problems()) > 0 {
			return
		}
		at := l.Initial
		for range 20 {
			on := l.Allowed(at)
			if len(on) == 0 {
				if !l.Final(at) {
					t.Fatalf("stuck in %s", at)
				}
				return
			}
			at, _ = l.Next(at, rapid.SampledFrom(on).Draw(t, "event"), paper{})
		}
	})
}
