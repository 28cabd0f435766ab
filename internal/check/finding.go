package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Code names a kind of finding; it never changes its meaning.
type Code string

// The codes. docs/check.md says of each what it means and what to do.
const (
	LedgerAccount  Code = "CHK-LEDGER-01" // a movement does not name two accounts of one item
	LedgerQuantity Code = "CHK-LEDGER-02" // a movement moves nothing, or less
	LedgerChain    Code = "CHK-LEDGER-03" // a movement does not follow the one it says it follows
	LedgerAfter    Code = "CHK-LEDGER-04" // a movement says another quantity afterwards
	LedgerBelow    Code = "CHK-LEDGER-05" // an inside place held less than nothing, or less than is reserved
	LedgerBalance  Code = "CHK-LEDGER-06" // a balance is not the sum of its movements
	LedgerAbsent   Code = "CHK-LEDGER-07" // a balance without movements, or movements without a balance
	LedgerPending  Code = "CHK-LEDGER-08" // what is pending is not what was reserved and not yet posted
	LedgerSettle   Code = "CHK-LEDGER-09" // more was posted or voided than was pending
	LedgerSum      Code = "CHK-LEDGER-10" // the accounts of an item do not sum to zero
	LedgerTurn     Code = "CHK-LEDGER-11" // a turn made or lost value
	LedgerValue    Code = "CHK-LEDGER-12" // a movement carries another value than its share
	LedgerLayer    Code = "CHK-LEDGER-13" // arrival layers are not what the balance holds
	LedgerMark     Code = "CHK-LEDGER-14" // the marks of an account's past are wrong
	LedgerTime     Code = "CHK-LEDGER-15" // a movement was recorded before its predecessor, or counts for a day to come
	LedgerCause    Code = "CHK-LEDGER-16" // the cause of a movement stands nowhere in the journal
	LedgerQuote    Code = "CHK-LEDGER-17" // movements are not those that an entry of the journal quotes

	JournalPosition  Code = "CHK-JOURNAL-01" // positions are not dense
	JournalHash      Code = "CHK-JOURNAL-02" // an entry is not what was committed to
	JournalForm      Code = "CHK-JOURNAL-03" // an entry cannot be read
	JournalRoot      Code = "CHK-JOURNAL-04" // a checkpoint has another root than the entries
	JournalNote      Code = "CHK-JOURNAL-05" // a checkpoint's signed text says something else
	JournalSignature Code = "CHK-JOURNAL-06" // a checkpoint is not signed by the log's key
	JournalNode      Code = "CHK-JOURNAL-07" // a stored node of the tree is wrong, missing or too much
	JournalDocument  Code = "CHK-JOURNAL-08" // a document of which no entry tells
	JournalReply     Code = "CHK-JOURNAL-09" // a stored reply is malformed or names an entry that is not there
	JournalOrder     Code = "CHK-JOURNAL-10" // an outgoing order is malformed or of something no entry tells
	JournalIndex     Code = "CHK-JOURNAL-11" // the index of subjects does not agree with the entries

	DutyWorking Code = "CHK-DUTY-01" // the working does not follow from its own lines
	DutyTotal   Code = "CHK-DUTY-02" // worked out anew, value or tax is another
	DutyFigures Code = "CHK-DUTY-03" // the assessment says another total than its working
	DutyBill    Code = "CHK-DUTY-04" // the tax bill is not what was assessed
	DutyRate    Code = "CHK-DUTY-05" // another exchange rate than the table's was used
	DutyAbsent  Code = "CHK-DUTY-06" // a declaration without its assessment, or the other way round
	DutyTable   Code = "CHK-DUTY-08" // a change of the tariff or of a rule of tax is not what was agreed on, or another was used
	DutyLevy    Code = "CHK-DUTY-07" // a domestic sale is levied otherwise than was shown and locked
	DutyResidue Code = "CHK-DUTY-09" // worked out anew, the tax of a residue that was sold is another

	DutyShortage Code = "CHK-DUTY-10" // worked out anew, what was missing at a write-off, its value or its tax is another

	DebtForm      Code = "CHK-DEBT-01" // a debt's open rests do not fit its amounts or its state
	DebtJournal   Code = "CHK-DEBT-02" // a debt is not what the journal tells of it
	DebtHold      Code = "CHK-DEBT-03" // a debt's cover is not what was held less what was freed
	DebtHeld      Code = "CHK-DEBT-04" // a guarantee holds another amount than its debts need
	DebtLimit     Code = "CHK-DEBT-05" // free and held are not the limit of the guarantee
	DebtSuccessor Code = "CHK-DEBT-06" // a carried debt without its successor
	DebtDue       Code = "CHK-DEBT-07" // a debt is overdue before its day
	DebtTax       Code = "CHK-DEBT-08" // tax owed or paid in the books is not what the bills say

	StateUnknown   Code = "CHK-STATE-01" // a state that documents of this kind do not have
	StateStep      Code = "CHK-STATE-02" // an entry tells of a step that was not possible
	StateEnd       Code = "CHK-STATE-03" // the state is not where the journal leads
	StateTax       Code = "CHK-STATE-04" // released, and the tax is neither nil, paid nor guaranteed
	StateManifest  Code = "CHK-STATE-05" // released on papers that did not confirm the manifest of that moment
	StateInspected Code = "CHK-STATE-06" // released while an inspection was open
	StateTimes     Code = "CHK-STATE-07" // times out of order, or not the journal's
	StateColumn    Code = "CHK-STATE-08" // a searched column says something else than the document
	StateVersion   Code = "CHK-STATE-09" // a version that cannot be
	StateGrade     Code = "CHK-STATE-10" // a later credit grade of which no entry tells, or a told one that is not there
	StateDrawn     Code = "CHK-STATE-11" // an inspection was drawn or recorded otherwise than the rules of its day say

	NumberForm   Code = "CHK-NUMBER-01" // not the form of an official number
	NumberTwice  Code = "CHK-NUMBER-02" // a number given twice
	NumberGap    Code = "CHK-NUMBER-03" // a number of a series that no document bears
	NumberBeyond Code = "CHK-NUMBER-04" // a number above the last that the series gave

	BookNoted   Code = "CHK-BOOK-01" // a list's noted quantity is not what its release notes say
	BookPassed  Code = "CHK-BOOK-02" // a list's passed quantity is not what the gate's ledger says
	BookSettled Code = "CHK-BOOK-03" // the book was changed by another quantity than the list settled
	BookPosted  Code = "CHK-BOOK-04" // posted before bill and gate were both through
	BookWaiting Code = "CHK-BOOK-05" // bill and gate are through and the list is not posted
	BookDrawn   Code = "CHK-BOOK-06" // a bill of lading is drawn by another quantity than was declared
	BookBill    Code = "CHK-BOOK-07" // list and bill do not belong to each other

	PartMarked Code = "CHK-BOOK-12" // a part is marked separate, or is not, otherwise than customs' acts say
	PartMerged Code = "CHK-BOOK-13" // a part that customs marked is merged with others

	ResidueTold Code = "CHK-BOOK-14" // a residue bears another code, class or quantity than was told or corrected

	PairOpen    Code = "CHK-PAIR-01" // one side of a transfer is posted, the other is not there or not posted
	PairDiffers Code = "CHK-PAIR-02" // the two sides of a transfer moved different quantities
	PastBelow   Code = "CHK-PAST-01" // by what is known now, a line held less than nothing on a past day

	RiskVerdict Code = "CHK-RISK-01" // judged anew, the verdict is another
	RiskDraw    Code = "CHK-RISK-02" // the draw is not what the period's key gives
	RiskKey     Code = "CHK-RISK-03" // the key of a period is not the one announced
	RiskFacts   Code = "CHK-RISK-04" // the facts judged are not those of the document
	RiskCard    Code = "CHK-RISK-05" // the why card contradicts itself
)

// Severity says how much a finding weighs.
type Severity string

// The severities.
const (
	Broken   Severity = "broken"   // a record is wrong: stop, restore or correct before going on
	Doubtful Severity = "doubtful" // may have a lawful cause: a person looks
)

// doubtful are the codes of which a lawful cause is known.
var doubtful = map[Code]bool{
	LedgerValue: true, LedgerTime: true, LedgerCause: true, DutyRate: true, JournalIndex: true, BookWaiting: true, PastBelow: true,
}

// Finding is one thing that does not agree.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Kind     string   `json:"kind"` // of record: movement, balance, entry, declaration …
	ID       string   `json:"id"`
	Detail   string   `json:"detail"`
	Expected string   `json:"expected,omitempty"`
	Actual   string   `json:"actual,omitempty"`
}

// String writes the finding on one line.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s: %s", f.Code, f.Kind, f.ID, f.Detail)
	if f.Expected != "" || f.Actual != "" {
		fmt.Fprintf(&b, " (expected %s, is %s)", shown(f.Expected), shown(f.Actual))
	}
	return b.String()
}

func shown(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// Section is one part of the check and how much it looked at.
type Section struct {
	Name    string        `json:"name"`
	Records int64         `json:"records"`
	Took    time.Duration `json:"took_ns"`
}

// Report is what the check found.
type Report struct {
	Engine   string           `json:"engine"`
	Position int64            `json:"position"` // last entry of the journal that was looked at
	At       string           `json:"at"`       // legal moment of the check: what is due is judged by it
	Sections []Section        `json:"sections"`
	Findings []Finding        `json:"findings"`          // at most so many of each code
	Counts   map[Code]int     `json:"counts,omitempty"`  // all of each code
	Skipped  map[string]int64 `json:"skipped,omitempty"` // what could not be recomputed, and why
}

// Clean tells whether nothing was found.
func (r *Report) Clean() bool { return len(r.Counts) == 0 }

// Has tells whether a code was found.
func (r *Report) Has(c Code) bool { return r.Counts[c] > 0 }

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Detail, b.Detail))
	})
}
