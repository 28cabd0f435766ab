// Package lifecycle holds the life of a document as one table: which state it
// can be in, who acts next, which events move it and what must hold for that.
// What is not in the table cannot happen. The diagrams in docs/lifecycles are
// printed from the same tables.
package lifecycle

import (
	"fmt"
	"sort"
	"strings"

	"seine/internal/fault"
)

// State is one state of a document.
type State[S ~string] struct {
	Name  S
	Acts  string // who acts next, in a few words
	Final bool   // nobody acts any more
}

// Guard is a condition that must hold for a move, with a name for diagrams. It
// returns nil or a fault with its own code.
type Guard[D any] struct {
	Name  string
	Check func(D) error
}

// Move is one permitted step.
type Move[S, E ~string, D any] struct {
	From   S
	On     E
	To     S
	Guards []Guard[D]
}

// Table is the whole life of one kind of document D.
type Table[S, E ~string, D any] struct {
	Name    string // of the document, for diagrams and refusals
	Code    string // of the refusal when an event is not allowed, such as DEC-LIFECYCLE-01
	Initial S
	States  []State[S]
	Moves   []Move[S, E, D]
}

// Next gives the state after event on in state from, when every guard of that
// move holds for doc. An event that from does not allow is fault.Refused with
// the table's Code; a guard's fault is returned as it is. Nothing is changed.
func (t *Table[S, E, D]) Next(from S, on E, doc D) (S, error) {
	for i := range t.Moves {
		m := &t.Moves[i]
		if m.From != from || m.On != on {
			continue
		}
		for _, g := range m.Guards {
			if err := g.Check(doc); err != nil {
				return from, err
			}
		}
		return m.To, nil
	}
	return from, fault.New(fault.Refused, t.Code, "", "a {document} that is {state} cannot be {event}",
		"possible now: {possible}", "document", t.Name, "state", string(from), "event", string(on),
		"possible", strings.Join(t.eventsFrom(from), ", "))
}

// Allowed lists the events that the table permits in state from, guards aside.
func (t *Table[S, E, D]) Allowed(from S) []E {
	var events []E
	for _, m := range t.Moves {
		if m.From == from {
			events = append(events, m.On)
		}
	}
	return events
}

func (t *Table[S, E, D]) eventsFrom(from S) []string {
	var names []string
	for _, e := range t.Allowed(from) {
		names = append(names, string(e))
	}
	if len(names) == 0 {
		return []string{"nothing"}
	}
	sort.Strings(names)
	return names
}

// Final tells whether s is a state in which nobody acts any more.
func (t *Table[S, E, D]) Final(s S) bool {
	for _, st := range t.States {
		if st.Name == s {
			return st.Final
		}
	}
	return false
}

// Known tells whether s is a state of the table.
func (t *Table[S, E, D]) Known(s S) bool {
	for _, st := range t.States {
		if st.Name == s {
			return true
		}
	}
	return false
}

// Problems proves the table: no state that cannot be reached, no state without
// a way out that is not final, no final state with one, no move between unknown
// states, no event with two moves from one state. Empty when all is well.
func (t *Table[S, E, D]) Problems() []string {
	var found []string
	seen := map[string]bool{}
	out := map[S]int{}
	for _, m := range t.Moves {
		if !t.Known(m.From) || !t.Known(m.To) {
			found = append(found, fmt.Sprintf("%s: move %s -%s-> %s names an unknown state", t.Name, m.From, m.On, m.To))
		}
		key := string(m.From) + "\x00" + string(m.On)
		if seen[key] {
			found = append(found, fmt.Sprintf("%s: two moves for %s in state %s", t.Name, m.On, m.From))
		}
		seen[key] = true
		out[m.From]++
	}
	reached := map[S]bool{t.Initial: true}
	for changed := true; changed; {
		changed = false
		for _, m := range t.Moves {
			if reached[m.From] && !reached[m.To] {
				reached[m.To], changed = true, true
			}
		}
	}
	for _, s := range t.States {
		switch {
		case !reached[s.Name]:
			found = append(found, fmt.Sprintf("%s: state %s cannot be reached", t.Name, s.Name))
		case s.Final && out[s.Name] > 0:
			found = append(found, fmt.Sprintf("%s: final state %s has a way out", t.Name, s.Name))
		case !s.Final && out[s.Name] == 0:
			found = append(found, fmt.Sprintf("%s: state %s has no way out", t.Name, s.Name))
		}
	}
	return found
}

// Mermaid prints the table as a state diagram, guards in brackets.
func (t *Table[S, E, D]) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", t.Initial)
	for _, m := range t.Moves {
		fmt.Fprintf(&b, "    %s --> %s: %s", m.From, m.To, m.On)
		for i, g := range m.Guards {
			if i == 0 {
				b.WriteString(" [")
			} else {
				b.WriteString(", ")
			}
			b.WriteString(g.Name)
			if i == len(m.Guards)-1 {
				b.WriteString("]")
			}
		}
		b.WriteString("\n")
	}
	for _, s := range t.States {
		if s.Final {
			fmt.Fprintf(&b, "    %s --> [*]\n", s.Name)
		}
	}
	return b.String()
}
