package revenue

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// StatementState is where a monthly statement stands.
type StatementState string

const (
	StatementIssued    StatementState = "issued"    // enterprise pays by the fifth working day
	StatementOverdue   StatementState = "overdue"   // enterprise pays with late fee; the mode is suspended
	StatementPaid      StatementState = "paid"      // nobody: final
	StatementCollected StatementState = "collected" // the guarantor paid the rest: final
)

// StatementEvent moves a statement.
type StatementEvent string

const (
	EventStatementPart    StatementEvent = "partly paid"
	EventStatementPaid    StatementEvent = "paid"
	EventStatementDue     StatementEvent = "fallen due"
	EventStatementCollect StatementEvent = "collected"
)

// StatementLife is the whole life of a monthly statement (DR §3.4).
var StatementLife = &lifecycle.Table[StatementState, StatementEvent, *Statement]{
	Name: "monthly statement", Code: "REVENUE-STATEMENT-01", Initial: StatementIssued,
	States: []lifecycle.State[StatementState]{
		{Name: StatementIssued, Acts: "enterprise, by the fifth working day"},
		{Name: StatementOverdue, Acts: "enterprise, with late fee"},
		{Name: StatementPaid, Final: true},
		{Name: StatementCollected, Final: true},
	},
	Moves: []lifecycle.Move[StatementState, StatementEvent, *Statement]{
		{From: StatementIssued, On: EventStatementPart, To: StatementIssued},
		{From: StatementIssued, On: EventStatementPaid, To: StatementPaid},
		{From: StatementIssued, On: EventStatementDue, To: StatementOverdue},
		{From: StatementOverdue, On: EventStatementDue, To: StatementOverdue},
		{From: StatementOverdue, On: EventStatementPart, To: StatementOverdue},
		{From: StatementOverdue, On: EventStatementPaid, To: StatementPaid},
		{From: StatementOverdue, On: EventStatementCollect, To: StatementCollected},
	},
}

// StatementLine is one bill on a statement.
type StatementLine struct {
	Bill        string     `json:"bill"` // number
	Declaration string     `json:"declaration"`
	Issued      clock.Date `json:"issued"`
	Total       num.Money  `json:"total"`
	Paid        num.Money  `json:"paid"` // tax booked on it
	Settled     bool       `json:"settled,omitempty"`
}

// Statement is the consolidated tax of one enterprise at one office for one
// month: the bills that chose it, made out on the first day of the next month
// and payable by the end of its fifth working day (GACC 45/2017, 61/2022).
type Statement struct {
	Number     string          `json:"number"`
	Enterprise string          `json:"enterprise"`
	Office     string          `json:"office"`
	Month      clock.Date      `json:"month"` // its first day
	Lines      []StatementLine `json:"lines"`
	Total      num.Money       `json:"total"`
	Paid       num.Money       `json:"paid"`
	Issued     clock.Instant   `json:"issued"`
	Due        clock.Date      `json:"due"`
	Guarantees []string        `json:"guarantees,omitempty"`
	State      StatementState  `json:"state"`
}

// StatementNumber is the number of the statement of an enterprise at an office
// for a month: there is one.
func StatementNumber(enterprise, office string, month clock.Date) string {
	return "S" + month.String()[:4] + month.String()[5:7] + office + "-" + enterprise
}

// NewStatement makes out the statement of a month over bills that wait for it.
func NewStatement(enterprise, office string, month clock.Date, due clock.Date, at clock.Instant, bills []TaxBill) (Statement, error) {
	s := Statement{
		Number: StatementNumber(enterprise, office, month), Enterprise: enterprise, Office: office, Month: month, Issued: at, Due: due, State: StatementIssued,
	}
	for i := range bills {
		b := &bills[i]
		paid := b.Total - b.Rest()
		s.Lines = append(s.Lines, StatementLine{Bill: b.Number, Declaration: b.Declaration, Issued: b.Issued.Date(), Total: b.Total, Paid: paid, Settled: !b.Payable()})
		var err error
		if s.Total, err = num.Add(s.Total, b.Total); err != nil {
			return s, err
		}
		s.Paid += paid
		if b.Guarantee != "" && !slices.Contains(s.Guarantees, b.Guarantee) {
			s.Guarantees = append(s.Guarantees, b.Guarantee)
		}
	}
	return s, nil
}

// Credited is the statement after tax was booked on one of its bills; by tells
// whose money it was.
func (s Statement) Credited(bill string, tax num.Money, settled bool, by Source) (Statement, error) {
	s.Lines = slices.Clone(s.Lines)
	all := true
	for i := range s.Lines {
		l := &s.Lines[i]
		if l.Bill == bill {
			l.Paid += tax
			l.Settled = l.Settled || settled
			s.Paid += tax
		}
		all = all && l.Settled
	}
	event := EventStatementPart
	if all {
		event = EventStatementPaid
		if by == ByGuarantor && s.State == StatementOverdue {
			event = EventStatementCollect
		}
	}
	return s.Apply(event)
}

// Apply gives the statement after event on. Fault: REVENUE-STATEMENT-01.
func (s Statement) Apply(on StatementEvent) (Statement, error) {
	next, err := StatementLife.Next(s.State, on, &s)
	s.State = next
	return s, err
}
