package check

import (
	"slices"
	"strings"

	"seine/internal/bank"
	"seine/internal/book"
	"seine/internal/declaration"
	"seine/internal/feed"
	"seine/internal/gate"
	"seine/internal/guarantee"
	"seine/internal/inspection"
	"seine/internal/lifecycle"
	"seine/internal/manifest"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/writeoff"
)

// life is the table of one kind of document as the check walks it. The journal
// does not tell every step, so a document may be in one of several states; a set
// of states is one word, a bit for each.
type life struct {
	states  []string
	initial uint32
	moves   []step
	quiet   []string              // events that write no entry of their own
	entries map[string][]possible // what an entry tells happened, in order
}

type step struct {
	from, to uint32
	on       string
}

// possible is one thing that may have happened: any of these events. An optional
// one may not have happened at all; a bare one leaves the state but needs it.
type possible struct {
	events   []string
	optional bool
	bare     bool
	reached  string // not an event: the state that is reached
}

// tableOf takes a lifecycle as data. entries are written as words: events joined
// by commas, ~ before what is optional, ? before what only must have been
// possible, = before a state that is reached.
func tableOf[S, E ~string, D any](t *lifecycle.Table[S, E, D], quiet string, entries map[string]string) *life {
	l := &life{quiet: strings.Split(quiet, ","), entries: map[string][]possible{}}
	for _, s := range t.States {
		l.states = append(l.states, string(s.Name))
	}
	l.initial = l.bit(string(t.Initial))
	for _, m := range t.Moves {
		l.moves = append(l.moves, step{l.bit(string(m.From)), l.bit(string(m.To)), string(m.On)})
	}
	for entry, words := range entries {
		l.entries[entry] = nil
		for word := range strings.SplitSeq(words, ";") {
			p := possible{}
			if rest, ok := strings.CutPrefix(word, "~"); ok {
				p.optional, word = true, rest
			}
			if rest, ok := strings.CutPrefix(word, "?"); ok {
				p.bare, word = true, rest
			}
			if rest, ok := strings.CutPrefix(word, "="); ok {
				p.reached = rest
			} else if word != "" {
				p.events = strings.Split(word, ",")
			}
			l.entries[entry] = append(l.entries[entry], p)
		}
	}
	return l
}

func (l *life) bit(state string) uint32 {
	if i := slices.Index(l.states, state); i >= 0 {
		return 1 << i
	}
	return 0
}

// names writes a set of states.
func (l *life) names(set uint32) string {
	var all []string
	for i, s := range l.states {
		if set&(1<<i) != 0 {
			all = append(all, s)
		}
	}
	return strings.Join(all, " or ")
}

// onward gives the states that quiet events lead to, those of set included.
func (l *life) onward(set uint32) uint32 {
	for {
		before := set
		for _, m := range l.moves {
			if set&m.from != 0 && slices.Contains(l.quiet, m.on) {
				set |= m.to
			}
		}
		if set == before {
			return set
		}
	}
}

// walk takes the steps of an entry. When one was not possible from any state, it
// goes on as if it had been, so that one finding does not make many.
func (l *life) walk(set uint32, steps []possible) (next uint32, ok bool) {
	ok = true
	for _, p := range steps {
		here := l.onward(set)
		if p.reached != "" {
			if here&l.bit(p.reached) == 0 {
				ok = false
			}
			set = l.bit(p.reached)
			continue
		}
		if len(p.events) == 0 {
			continue
		}
		var to, all uint32
		for _, m := range l.moves {
			if !slices.Contains(p.events, m.on) {
				continue
			}
			end := m.to
			if p.bare {
				end = m.from
			}
			all |= end
			if here&m.from != 0 {
				to |= end
			}
		}
		switch {
		case p.optional:
			set |= to
		case to == 0:
			set, ok = all, false
		default:
			set = to
		}
	}
	return set, ok
}

// leads tells whether a document can be in a state now.
func (l *life) leads(set uint32, state string) bool { return l.onward(set)&l.bit(state) != 0 }

var declarationLife = tableOf(declaration.Life, "submit,pass_low,tax,settle,close", map[string]string{
	"declaration.accepted": "accept", "declaration.held": "hold", "declaration.passed": "?tax", "declaration.released": "release",
	"declaration.returned": "return", "declaration.supplement-requested": "ask_more", "declaration.supplemented": "supplement",
	"declaration.amendment-requested": "ask_amend", "declaration.deletion-requested": "ask_delete",
	"declaration.correction-proposed": "first_confirm", "declaration.correction-refused": "refused,refused_late;~hold",
	"declaration.amended": "amended", "declaration.amended-late": "amended_late", "declaration.deleted": "deleted",
	"declaration.matched": "~hold", "inspection.ordered": "inspect", "inspection.recorded": "inspected", "inspection.disposed": "",
})

var listLife = tableOf(book.ListLife, "submit,revise,bill_release,all_passed,post,write_off,ask_change,changed", map[string]string{
	"verification-list.submitted": "", "verification-list.revised": "", "verification-list.approved": "approve", "verification-list.posted": "=posted",
	"verification-list.returned": "return", "verification-list.withdrawn": "withdraw", "verification-list.void-asked": "ask_void",
	"verification-list.void-proposed": "first_confirm", "verification-list.voided": "void", "verification-list.kept": "keep",
})

var noteLife = tableOf(gate.NoteLife, "", map[string]string{
	"release-note.applied-for": "", "release-note.approved": "approve", "release-note.deleted": "delete", "release-note.void-asked": "ask_void",
	"release-note.voided": "void", "release-note.kept": "keep",
	// A truck may have passed on a note that was dead: a difference, no step.
	"passage.passed": "~pass,pass_1,pass_2", "passage.overridden": "~pass,pass_1,pass_2",
})

var billLife = tableOf(revenue.Lifecycle, "confirmed,issued,guaranteed,consolidated", map[string]string{
	"tax-bill.issued": "issued", "tax-bill.paid": "paid", "tax-bill.withdrawn": "withdrawn", "tax-bill.partly-paid": "~fallen due;partly paid",
	"tax-bill.overdue": "fallen due", "tax-bill.collected": "guarantee called", "tax-bill.supplemented": "supplemented",
	"tax-bill.partly-refunded": "partly refunded", "tax-bill.refunded": "refunded",
})

// stateNames are the states that documents of each kind can have.
var stateNames = map[string][]string{
	"declaration": declarationLife.states, "verification_list": listLife.states, "release_note": noteLife.states, "tax_bill": billLife.states,
	"obligation": statesOf(obligation.Lifecycle), "book": statesOf(book.Life), "guarantee": statesOf(guarantee.Lifecycle),
	"inspection_order": statesOf(&inspection.Lifecycle), "manifest": statesOf(manifest.Life()), "enterprise": statesOf(&party.Lifecycle),
	"case":      {"open", "closed", "undone", "ended"},
	"late_step": {"open", "ended"},
	"payment":   statesOf(revenue.PaymentLife), "refund": statesOf(revenue.RefundLife), "statement": statesOf(revenue.StatementLife),
	"tax_difference": statesOf(revenue.DifferenceLife), "reconciliation": statesOf(bank.ReconciliationLife),
	"feed": statesOf(feed.Life), "work_order": statesOf(feed.OrderLife), "feed_message": {"waiting", "staged", "applied"},
	"feed_table": {"agreed", "open", "explained", "carried"},
	"write_off":  statesOf(writeoff.Life), "residue": statesOf(writeoff.ResidueLife),
	"bank_message": {"taken", "refused", "waiting", "acknowledged", "rejected"},
}

func statesOf[S, E ~string, D any](t *lifecycle.Table[S, E, D]) []string {
	var names []string
	for _, s := range t.States {
		names = append(names, string(s.Name))
	}
	return names
}
