package bonded

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/procedure"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Opening is what an enterprise states it held before the books began. Its goods
// are known by their cause from then on: as they leave, oldest first, what is
// left of them shrinks to nothing (learning mode).
type Opening struct {
	ID     string        `json:"id"`
	On     clock.Date    `json:"on"` // day that it counts from
	Reason string        `json:"reason"`
	Lines  []OpeningLine `json:"lines"`
}

// OpeningLine is one line of it. Value is in the line's currency.
type OpeningLine struct {
	Line     int           `json:"line"`
	Quantity num.Quantity  `json:"quantity"`
	Value    num.Money     `json:"value"`
	Status   ledger.Status `json:"status,omitempty"` // empty: bonded
}

// StateOpening puts what was there before on a book: at once for a low-risk
// enterprise, by two officers for any other.
// Faults: BONDED-OPENING-01 the day, -02 a line, -03 the line has its opening
// already; BONDED-REASON-01; BONDED-PARTY-01, -02; BOOK-LIFECYCLE-01;
// LEDGER-MOST-01.
func (d *Desk) StateOpening(ctx context.Context, c decision.Command, by decision.Actor, id string, o Opening) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[Book](v, dossier.Book, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := o.check(v, &doc); err != nil {
			return decision.Outcome{}, err
		}
		s, err := d.standingOf(v, doc.Operator, v.Now().Date())
		if err != nil {
			return decision.Outcome{}, err
		}
		next, err := doc.Apply(book.EventAskChange, book.Facts{})
		if err != nil {
			return decision.Outcome{}, err
		}
		o.ID = v.NewID()
		doc.Book, doc.Stated = next, &o
		if s.level >= lowCredit {
			doc.Automatic = true
			return doc.state(v, by, version, book.EventAutoChange, o.Reason, s.relied)
		}
		out := doc.told(v, by, version, "book.opening-stated", o.Reason, map[string]any{"lines": len(o.Lines), "on": o.On.String()})
		out.Relied, out.Reply = s.relied, Reply{ID: id, Number: doc.Number, State: string(doc.State), Waits: waits("two officers decide on the opening balances")}
		return out, nil
	})
}

func (o *Opening) check(v decision.View, doc *Book) error {
	var faults fault.List
	if err := faults.Add("", reasoned(o.Reason)); err != nil {
		return err
	}
	if o.On == 0 || o.On > v.Now().Date() {
		faults = append(faults, fault.New(fault.Invalid, "BONDED-OPENING-01", "/on", "opening balances count from a day that has come, not from {day}", "write the day of the stock-taking", "day", o.On))
	}
	seen := map[string]bool{}
	for i, line := range o.Lines {
		path := "/lines/" + itoa(i)
		_, known := doc.Line(line.Line)
		name := itoa(line.Line) + string(line.Status)
		status := line.Status == "" || line.Status == ledger.Bonded || line.Status == ledger.DutyPaid || line.Status == ledger.NonBonded
		if !known || line.Quantity <= 0 || line.Value < 0 || !status || seen[name] {
			faults = append(faults, fault.New(fault.Invalid, "BONDED-OPENING-02", path, "line {line} with {quantity} cannot be an opening balance", "name each line of the book once, with a quantity above zero, a value and a customs status",
				"line", line.Line, "quantity", line.Quantity))
			continue
		}
		seen[name] = true
		before, err := v.Balance(doc.account(line.Line, line.Status, ledger.Earlier).Key())
		if err != nil {
			return err
		}
		if before.Count > 0 {
			faults = append(faults, fault.New(fault.Refused, "BONDED-OPENING-03", path, "line {line} has its opening balance already", "have it corrected", "line", line.Line))
		}
	}
	if len(o.Lines) == 0 {
		faults = append(faults, fault.New(fault.Invalid, "BONDED-OPENING-02", "/lines", "line {line} with {quantity} cannot be an opening balance", "name each line of the book once, with a quantity above zero, a value and a customs status",
			"line", 0, "quantity", num.Quantity(0)))
	}
	return faults.OrNil()
}

// account is where the law's book counts a line.
func (b *Book) account(line int, status ledger.Status, at ledger.Place) ledger.Account {
	file := casework.Case{Debtor: keyOf(b.Operator), Book: b.Number, Status: status}
	return file.Account(procedure.BookLine, itoa(line), ledger.Legal, at)
}

// state posts what was stated. The arrivals of these lines are kept apart from
// then on, so that it is known what is left of the old goods.
func (b Book) state(v decision.View, by decision.Actor, version int64, on book.Event, reason string, relied []decision.Reliance) (decision.Outcome, error) {
	o := *b.Stated
	if err := o.check(v, &b); err != nil {
		return decision.Outcome{}, err
	}
	next, err := b.Apply(on, book.Facts{LowRisk: on == book.EventAutoChange})
	if err != nil {
		return decision.Outcome{}, err
	}
	b.Book, b.Stated = next, nil
	b.Lines = slices.Clone(b.Lines)
	var ops []ledger.Op
	var lines []map[string]any
	for _, line := range o.Lines {
		l, _ := b.Line(line.Line)
		l.Opening += line.Quantity
		value := line.Value
		ops = append(ops, ledger.Op{
			ID: v.NewID(), Kind: ledger.Post, From: b.account(line.Line, line.Status, ledger.Earlier), To: b.account(line.Line, line.Status, ledger.OnHand),
			Quantity: line.Quantity, Value: &value, Most: l.Most(), Layered: true, EffectiveOn: o.On, Cause: o.ID,
		})
		lines = append(lines, map[string]any{"line": line.Line, "quantity": line.Quantity, "value": line.Value.Fixed(), "status": cmp.Or(line.Status, ledger.Bonded)})
	}
	out := b.told(v, by, version, "book.opening-posted", reason, map[string]any{"on": o.On.String(), "lines": lines, "officers": b.Officers, "automatic": b.Automatic})
	out.Entries[0].Subject = append(out.Entries[0].Subject, journal.Ref{Kind: "opening", ID: o.ID})
	out.Entries[0].EffectiveOn = o.On
	out.Transfers, out.Relied = ops, relied
	return out, nil
}
