package bank

import (
	"cmp"
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// DifferenceKind names what does not agree between a bank and us.
type DifferenceKind string

// The differences.
const (
	MessageMissing DifferenceKind = "message-missing" // the bank has it, we were not told
	NotAtBank      DifferenceKind = "not-at-bank"     // we were told, the bank does not have it
	AmountDiffers  DifferenceKind = "amount-differs"
	PaidTwice      DifferenceKind = "paid-twice"        // on a bill that owed nothing any more
	UnknownBill    DifferenceKind = "unknown-bill"      // for no bill or statement of ours
	SequenceGap    DifferenceKind = "sequence-gap"      // messages of the bank that never came
	NotSummed      DifferenceKind = "sum-differs"       // the bank's own closing does not follow from its opening
	BalanceDiffers DifferenceKind = "balance-differs"   // the treasury's account: the bank's closing and our books
	NotAnswered    DifferenceKind = "refund-unanswered" // the bank paid a refund out and did not tell
)

// Difference is one thing that does not agree.
type Difference struct {
	Kind      DifferenceKind `json:"kind"`
	Reference string         `json:"reference,omitempty"`
	Subject   string         `json:"subject,omitempty"` // bill, statement or refund
	Bank      num.Money      `json:"bank"`              // the bank's figure
	Ours      num.Money      `json:"ours"`
	Explained string         `json:"explained,omitempty"` // an officer's reason
}

// Entry is what we have on record of one movement on the treasury's account.
type Entry struct {
	Reference string
	In        bool
	Amount    num.Money
	Subject   string
	Twice     bool // nothing was owed any more
	Unknown   bool // for no bill of ours
}

// Compare lays a bank's statement of a day beside our records of that day and
// names each difference. ours is the treasury's balance in our books at the end
// of the day; gaps are the sequence numbers of the bank that never came.
func Compare(s *DayStatement, ours num.Money, records []Entry, gaps []int64) ([]Difference, error) {
	var list []Difference
	type id struct {
		in        bool
		reference string
	}
	have := map[id][]Entry{}
	for _, e := range records {
		k := id{e.In, e.Reference}
		have[k] = append(have[k], e)
		switch {
		case e.Twice:
			list = append(list, Difference{Kind: PaidTwice, Reference: e.Reference, Subject: e.Subject, Bank: e.Amount, Ours: 0})
		case e.Unknown:
			list = append(list, Difference{Kind: UnknownBill, Reference: e.Reference, Subject: e.Subject, Bank: e.Amount, Ours: 0})
		}
	}
	sum := s.Opening
	for _, l := range s.Lines {
		signed := l.Amount
		if !l.In {
			signed = -signed
		}
		var err error
		if sum, err = num.Add(sum, signed); err != nil {
			return nil, err
		}
		subject := cmp.Or(l.TaxBill, l.Statement, l.Refund)
		k := id{l.In, l.Reference}
		if len(have[k]) == 0 {
			kind := MessageMissing
			if !l.In {
				kind = NotAnswered
			}
			list = append(list, Difference{Kind: kind, Reference: l.Reference, Subject: subject, Bank: l.Amount})
			continue
		}
		e := have[k][0]
		have[k] = have[k][1:]
		if e.Amount != l.Amount {
			list = append(list, Difference{Kind: AmountDiffers, Reference: l.Reference, Subject: cmp.Or(e.Subject, subject), Bank: l.Amount, Ours: e.Amount})
		}
	}
	for k, rest := range have {
		for _, e := range rest {
			list = append(list, Difference{Kind: NotAtBank, Reference: k.reference, Subject: e.Subject, Ours: e.Amount})
		}
	}
	if sum != s.Closing {
		list = append(list, Difference{Kind: NotSummed, Bank: s.Closing, Ours: sum})
	}
	if s.Closing != ours {
		list = append(list, Difference{Kind: BalanceDiffers, Bank: s.Closing, Ours: ours})
	}
	for _, n := range gaps {
		list = append(list, Difference{Kind: SequenceGap, Reference: "#" + strconv.FormatInt(n, 10)})
	}
	slices.SortStableFunc(list, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reference, b.Reference))
	})
	return list, nil
}

// ReconciliationState is where the reconciliation of a day stands.
type ReconciliationState string

// The states.
const (
	ReconciliationAgreed    ReconciliationState = "agreed"    // nobody: nothing differs; final unless compared again
	ReconciliationOpen      ReconciliationState = "open"      // tax officer explains or finds
	ReconciliationExplained ReconciliationState = "explained" // nobody: every difference has a reason
)

// ReconciliationLife is the life of a day's reconciliation.
var ReconciliationLife = &lifecycle.Table[ReconciliationState, string, *Reconciliation]{
	Name: "reconciliation", Code: "BANK-RECONCILE-01", Initial: ReconciliationOpen,
	States: []lifecycle.State[ReconciliationState]{
		{Name: ReconciliationOpen, Acts: "tax officer"},
		{Name: ReconciliationAgreed, Acts: "nobody, unless compared again"},
		{Name: ReconciliationExplained, Acts: "nobody, unless compared again"},
	},
	Moves: []lifecycle.Move[ReconciliationState, string, *Reconciliation]{
		{From: ReconciliationOpen, On: "agreed", To: ReconciliationAgreed},
		{From: ReconciliationOpen, On: "differs", To: ReconciliationOpen},
		{From: ReconciliationOpen, On: "explained", To: ReconciliationExplained},
		{From: ReconciliationAgreed, On: "agreed", To: ReconciliationAgreed},
		{From: ReconciliationAgreed, On: "differs", To: ReconciliationOpen},
		{From: ReconciliationExplained, On: "agreed", To: ReconciliationAgreed},
		{From: ReconciliationExplained, On: "differs", To: ReconciliationOpen},
		{From: ReconciliationExplained, On: "explained", To: ReconciliationExplained},
	},
}

// Reconciliation is one day of one bank compared with our books.
type Reconciliation struct {
	ID          string              `json:"id"` // bank, "|" and day
	Bank        string              `json:"bank"`
	Day         clock.Date          `json:"day"`
	Statement   DayStatement        `json:"statement"`
	Ours        num.Money           `json:"ours"` // balance in our books at the end of the day
	Records     int                 `json:"records"`
	Differences []Difference        `json:"differences"`
	At          clock.Instant       `json:"at"`
	State       ReconciliationState `json:"state"`
}

// Compared gives the reconciliation after it was compared: what an officer
// explained before stays explained while it still differs the same way.
// Fault: BANK-RECONCILE-01.
func (r Reconciliation) Compared(found []Difference, at clock.Instant) (Reconciliation, error) {
	event := "agreed"
	for i := range found {
		for _, old := range r.Differences {
			explained := old.Explained
			old.Explained = ""
			if old == found[i] {
				found[i].Explained = explained
			}
		}
		if found[i].Explained == "" {
			event = "differs"
		} else if event == "agreed" {
			event = "explained"
		}
	}
	r.Differences, r.At = found, at
	var err error
	r.State, err = ReconciliationLife.Next(r.State, event, &r)
	return r, err
}

// Explain gives an officer's reason for difference n; when all are explained the
// day is. Faults: BANK-RECONCILE-02 (no such difference), -03 (no reason),
// BANK-RECONCILE-01.
func (r Reconciliation) Explain(n int, reason string) (Reconciliation, error) {
	if n < 0 || n >= len(r.Differences) {
		return r, fault.New(fault.Invalid, "BANK-RECONCILE-02", "/difference", "day {day} has no difference {number}", "look at the list", "day", r.Day, "number", n+1)
	}
	if reason == "" {
		return r, fault.New(fault.Invalid, "BANK-RECONCILE-03", "/reason", "a difference is explained with a reason", "say what was found")
	}
	r.Differences = slices.Clone(r.Differences)
	r.Differences[n].Explained = reason
	event := "explained"
	for _, d := range r.Differences {
		if d.Explained == "" {
			event = "differs"
		}
	}
	var err error
	r.State, err = ReconciliationLife.Next(r.State, event, &r)
	return r, err
}
