package book

import (
	"cmp"
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Act is what is to be done to the book for one line.
type Act string

const (
	Reserve    Act = "reserve"    // pre-post the whole line
	Settle     Act = "settle"     // post what is left of the reservation
	SettlePart Act = "settlePart" // post a part of it
	Release    Act = "release"    // give back what is left of it
	Note       Act = "note"       // move noted → passed in the physical ledger
	Excess     Act = "excess"     // passed more than the list holds: a difference, never refused
	Check      Act = "check"      // nothing moves, but the balance must suffice
)

// Intent is one thing the story has to do to the ledger. ID is stable: the same
// event gives the same IDs, so that a repeat does nothing.
type Intent struct {
	ID        string       `json:"id"`
	Act       Act          `json:"act"`
	List      string       `json:"list"`
	Line      int          `json:"line"`
	BookLine  int          `json:"bookLine,omitempty"`
	Direction Direction    `json:"direction"`
	Quantity  num.Quantity `json:"quantity"`
	Value     num.Money    `json:"value,omitempty"`   // of the quantity, in the line's currency; Reserve of an addition only
	Pending   string       `json:"pending,omitempty"` // ID of the reservation it acts on
}

// Policy says what a list waits for before it posts.
type Policy string

const (
	BillAndGate Policy = "bill_and_gate" // the central rule: bill released and all goods passed
	GateOnly    Policy = "gate_only"     // no bill goes with it
	BillOnly    Policy = "bill_only"     // the goods do not pass a gate
	AtOnce      Policy = "at_once"       // neither: circulation inside the zone
	WithPartner Policy = "with_partner"  // the list of the other book: both or neither
)

// PolicyOf gives what a list waits for: what its procedure says, else by type
// (DR §1.5; which types name goods that passed a gate before the list is our
// reading). Centralized, enter-first and display lists collect goods that moved
// on earlier notes, goods that circulate inside the zone pass no gate, and a list
// that is not declared waits for no bill.
func PolicyOf(l *VerificationList) Policy {
	if l.Policy != "" {
		return l.Policy
	}
	gate := l.Type != Circulation && l.Type != Centralized && l.Type != EnterFirst && l.Type != Display
	switch {
	case l.Declared && gate:
		return BillAndGate
	case gate:
		return GateOnly
	case l.Declared:
		return BillOnly
	}
	return AtOnce
}

// reservation names the pending transfer of a line; a list that was changed
// reserves anew under another name.
func (l *VerificationList) reservation(line int) string {
	id := l.Number + "/" + strconv.Itoa(line) + "/reserve"
	if l.Round > 0 {
		id += "/" + strconv.Itoa(l.Round)
	}
	return id
}

func (l *VerificationList) intent(i int, act Act, event string, q num.Quantity) Intent {
	line := &l.Lines[i]
	in := Intent{
		ID: l.Number + "/" + strconv.Itoa(line.Number) + "/" + event, Act: act,
		List: l.Number, Line: line.Number, BookLine: line.BookLine, Direction: l.Direction, Quantity: q,
	}
	switch act {
	case Settle, SettlePart, Release:
		in.Pending = l.reservation(line.Number)
		if l.Round > 0 {
			in.ID += "/" + strconv.Itoa(l.Round)
		}
	case Reserve:
		in.ID = l.reservation(line.Number)
		if l.Direction == In {
			in.Value = line.Total
		}
	}
	return in
}

// direction of the movement: a reverse list undoes one in its own direction.
func (l *VerificationList) flow() Direction {
	if l.Method != Reverse {
		return l.Direction
	}
	if l.Direction == In {
		return Out
	}
	return In
}

// Approve gives the list as approved at moment at and what to reserve. A list
// that waits for nothing is posted in the same step.
// Faults: those of Apply.
func (l VerificationList) Approve(at clock.Instant) (VerificationList, []Intent, error) {
	next, err := l.Apply(ListApprove)
	if err != nil {
		return l, nil, err
	}
	next.Lines = slices.Clone(l.Lines)
	next.PrePostedAt, next.Mark = at, PrePosted
	var intents []Intent
	for i := range next.Lines {
		switch next.Method {
		case Forward, Reverse:
			in := next.intent(i, Reserve, "reserve", next.Lines[i].Quantity)
			in.Direction = next.flow()
			intents = append(intents, in)
		case CheckOnly:
			intents = append(intents, next.intent(i, Check, "check", next.Lines[i].Quantity))
		}
	}
	if PolicyOf(&next) == AtOnce {
		more, err := next.post(ListPost, at)
		if err != nil {
			return l, nil, err
		}
		intents = append(intents, more...)
	}
	return next, intents, nil
}

// Release gives the list after its bill was released at moment at, and what to
// post when that was the last thing it waited for.
// Faults: BOOK-POST-01 when the list does not go with a bill; those of Apply.
func (l VerificationList) Release(at clock.Instant) (VerificationList, []Intent, error) {
	if !l.Declared {
		return l, nil, fault.New(fault.Refused, "BOOK-POST-01", "/declared", "list {list} goes with no bill", "check which list the bill was made from", "list", l.Number)
	}
	next := l
	next.Lines = slices.Clone(l.Lines)
	next.BillReleased = at
	event := ListBillRelease
	if p := PolicyOf(&l); p == BillOnly || p == AtOnce {
		event = ListPost
	}
	intents, err := next.post(event, at)
	if err != nil {
		return l, nil, err
	}
	return next, intents, nil
}

// Movement is what one passage carried of one line.
type Movement struct {
	Line     int          `json:"line"`
	Quantity num.Quantity `json:"quantity"`
}

// Pass gives the list after a passage carried some of its goods at moment at,
// and what to do. A passage is a fact and is never refused: what exceeds a line
// is an Excess, what names no line is an Excess of line 0. passage names the
// event. When everything has passed and nothing else is waited for, the list is
// posted in the same step: the last of gate and bill posts the book.
func (l VerificationList) Pass(passage string, moved []Movement, at clock.Instant) (VerificationList, []Intent) {
	next := l
	next.Lines = slices.Clone(l.Lines)
	var intents []Intent
	for n, m := range moved {
		if m.Quantity <= 0 {
			continue
		}
		event := "pass/" + passage + "/" + strconv.Itoa(n)
		line, ok := next.Line(m.Line)
		if !ok {
			intents = append(intents, Intent{
				ID: next.Number + "/0/" + event, Act: Excess, List: next.Number, Direction: next.Direction, Quantity: m.Quantity,
			})
			continue
		}
		i := m.Line - 1
		within := min(m.Quantity, max(0, line.Quantity-line.Passed))
		if within > 0 {
			line.Passed += within
			intents = append(intents, next.intent(i, Note, event, within))
		}
		if rest := m.Quantity - within; rest > 0 {
			intents = append(intents, next.intent(i, Excess, event+"/excess", rest))
		}
	}
	if next.FullyPassed != 0 || !next.allPassed() {
		return next, intents
	}
	next.FullyPassed = at
	var event ListEvent
	switch PolicyOf(&next) {
	case BillAndGate:
		event = ListAllPassed
	case GateOnly:
		event = ListPost
	default:
		return next, intents // the gate is not what this list waits for
	}
	// A list that is voided or not approved cannot post; that goods passed on it
	// stays recorded, and is a difference to be explained.
	if posted, err := next.post(event, at); err == nil {
		intents = append(intents, posted...)
	}
	return next, intents
}

func (l *VerificationList) allPassed() bool {
	for i := range l.Lines {
		if l.Lines[i].Passed < l.Lines[i].Quantity {
			return false
		}
	}
	return len(l.Lines) > 0
}

// post applies event and, when it leads to posted, gives the postings.
func (l *VerificationList) post(event ListEvent, at clock.Instant) ([]Intent, error) {
	next, err := l.Apply(event)
	if err != nil {
		return nil, err
	}
	l.State = next.State
	if l.State != ListPosted {
		return nil, nil
	}
	l.PostedAt, l.Mark = at, Posted
	return l.settle("settle"), nil
}

// settle gives the posting of all that is still reserved.
func (l *VerificationList) settle(event string) []Intent {
	if l.Method != Forward && l.Method != Reverse {
		return nil
	}
	var intents []Intent
	for i := range l.Lines {
		line := &l.Lines[i]
		if rest := line.Quantity - line.Settled; rest > 0 {
			in := l.intent(i, Settle, event, rest)
			in.Direction = l.flow()
			intents = append(intents, in)
			line.Settled = line.Quantity
		}
	}
	return intents
}

// CutShort closes a list whose goods did not all come: what passed is posted,
// the rest of each reservation is given back (DR §4.4, short pass, after the
// open notes were voided). The bill must be released where there is one.
// Faults: BOOK-POST-02 nothing passed, BOOK-POST-03 bill not released,
// BOOK-LIFECYCLE-02 when the list is not approved.
func (l VerificationList) CutShort(at clock.Instant) (VerificationList, []Intent, error) {
	if l.State != ListApproved && l.State != ListBillReleased {
		_, err := ListLife.Next(l.State, ListAllPassed, &l)
		if err == nil {
			err = fault.New(fault.Refused, "BOOK-POST-02", "", "nothing of list {list} is left to cut short", "void the list instead", "list", l.Number)
		}
		return l, nil, err
	}
	if l.Declared && l.BillReleased == 0 {
		return l, nil, fault.New(fault.Refused, "BOOK-POST-03", "/bill", "the bill of list {list} is not released", "have the bill amended and released first", "list", l.Number)
	}
	moved := false
	next := l
	next.Lines = slices.Clone(l.Lines)
	var intents []Intent
	for i := range next.Lines {
		line := &next.Lines[i]
		moved = moved || line.Passed > 0
		if next.Method != Forward && next.Method != Reverse {
			continue
		}
		if part := line.Passed - line.Settled; part > 0 {
			act := SettlePart
			if line.Passed == line.Quantity {
				act = Settle
			}
			in := next.intent(i, act, "settle", part)
			in.Direction = next.flow()
			intents = append(intents, in)
			line.Settled = line.Passed
		}
		if rest := line.Quantity - line.Passed; rest > 0 {
			in := next.intent(i, Release, "release", rest)
			in.Direction = next.flow()
			intents = append(intents, in)
		}
	}
	if !moved {
		return l, nil, fault.New(fault.Refused, "BOOK-POST-02", "", "nothing of list {list} is left to cut short", "void the list instead", "list", l.Number)
	}
	next.FullyPassed, next.PostedAt, next.Mark, next.State = at, at, Posted, ListPosted
	return next, intents, nil
}

// GiveBack gives the list after event (ListVoid, or ListChanged which submits it
// anew) and the reservations to give back. Faults: those of Apply.
func (l VerificationList) GiveBack(event ListEvent) (VerificationList, []Intent, error) {
	next, err := l.Apply(event)
	if err != nil {
		return l, nil, err
	}
	next.Mark, next.PrePostedAt = NotPosted, 0
	if event == ListChanged {
		next.Round++
	}
	if next.Method != Forward && next.Method != Reverse {
		return next, nil, nil
	}
	var intents []Intent
	for i := range next.Lines {
		in := l.intent(i, Release, string(event), next.Lines[i].Quantity)
		in.Direction = next.flow()
		intents = append(intents, in)
	}
	return next, intents, nil
}

// Item names a book line in the ledger.
func Item(book string, line int) string { return book + "/" + strconv.Itoa(line) }

// NoteItem names a list line in the physical ledger, before it is a book line.
func NoteItem(list string, line int) string { return list + "/" + strconv.Itoa(line) }

// Side tells from where goods come into a book, or where they go.
type Side = ledger.Place

// Op turns an intent of list l into an operation of the ledger: owner is the
// enterprise's key, outside the place beyond the book (abroad, home market, or
// provisional for goods that entered first), most the approved maximum balance
// of the book line (0: none). Check gives false: there is nothing to move.
func (in Intent) Op(l *VerificationList, owner string, outside Side, most num.Quantity, on clock.Date, cause string) (ledger.Op, bool) {
	op := ledger.Op{ID: in.ID, Pending: in.Pending, Quantity: in.Quantity, EffectiveOn: on, Cause: cause}
	legal := ledger.Account{Ledger: ledger.Legal, Owner: owner, Item: Item(l.Book, in.BookLine), Status: cmp.Or(l.Status, ledger.Bonded)}
	physical := ledger.Account{Ledger: ledger.Physical, Owner: owner, Item: NoteItem(in.List, in.Line)}
	switch in.Act {
	case Reserve:
		op.Kind = ledger.Reserve
		op.From, op.To = legal.At(outside), legal.At(ledger.OnHand)
		if in.Direction == Out {
			op.From, op.To = op.To, op.From
		} else {
			value := in.Value
			op.Value, op.Most = &value, most
		}
	case Settle:
		op.Kind, op.Quantity = ledger.Settle, 0 // all that is left
	case SettlePart:
		op.Kind = ledger.Settle
	case Release:
		op.Kind, op.Quantity = ledger.Void, 0
	case Note:
		op.Kind, op.From, op.To = ledger.Post, physical.At(ledger.Noted), physical.At(ledger.Passed)
	case Excess:
		op.Kind, op.From, op.To = ledger.Post, physical.At(ledger.Difference), physical.At(ledger.Passed)
	default:
		return ledger.Op{}, false
	}
	return op, true
}
