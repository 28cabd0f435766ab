package bonded

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
	"seine/internal/tariff"
	"seine/internal/writeoff"
)

// WriteOff is the closing of a period of a book as the house keeps it.
type WriteOff struct {
	ID           string                 `json:"id"`
	Number       string                 `json:"number"`
	Book         string                 `json:"book"` // number
	BookID       string                 `json:"bookId"`
	Enterprise   string                 `json:"enterprise"`
	Area         string                 `json:"area,omitempty"`
	Office       string                 `json:"office"`
	State        writeoff.State         `json:"state"`
	Due          clock.Date             `json:"due"` // by when it is submitted
	Report       writeoff.Report        `json:"report"`
	Counts       []writeoff.Count       `json:"counts,omitempty"`
	Orders       []writeoff.Order       `json:"orders,omitempty"`
	Explanations []writeoff.Explanation `json:"explanations,omitempty"`
	Doubts       []writeoff.Doubt       `json:"doubts,omitempty"`
	Waits        []clearance.Notice     `json:"waits,omitempty"` // why two officers look
	Taxes        []ShortageTax          `json:"taxes,omitempty"`
	Drafted      clock.Instant          `json:"drafted"`
	Submitted    clock.Instant          `json:"submitted,omitempty"`
	Adjusted     clock.Instant          `json:"adjusted,omitempty"`
	Automatic    bool                   `json:"automatic,omitempty"`
	Officers     [2]string              `json:"officers,omitzero"`
	Reason       string                 `json:"reason,omitempty"` // of the decision, or of a return
	Visit        *Visit                 `json:"visit,omitempty"`
	Extension    *Extension             `json:"extension,omitempty"`
	Before       string                 `json:"before,omitempty"`  // id of the write-off before
	TaxBill      string                 `json:"taxBill,omitempty"` // number
	Entry        string                 `json:"entry,omitempty"`   // journal entry of the adjustment
}

// ShortageTax is the tax on what is missing of one line, with its working.
type ShortageTax struct {
	Line     int                   `json:"line"`
	Quantity num.Quantity          `json:"quantity"`
	Value    num.Money             `json:"value"` // in the line's currency
	Figures  []clearance.TaxFigure `json:"figures,omitempty"`
	Total    num.Money             `json:"total"` // CNY
	Working  json.RawMessage       `json:"working,omitempty"`
	Unknown  string                `json:"unknown,omitempty"` // code of why it could not be worked out
}

// Visit is a check of the stock on site.
type Visit struct {
	Ordered clock.Instant `json:"ordered"`
	By      string        `json:"by"`
	Reason  string        `json:"reason"`
	Found   string        `json:"found,omitempty"`
	Officer string        `json:"officer,omitempty"` // who was there
	At      clock.Instant `json:"at,omitempty"`
}

// ActWriteOff and ActDestroy are what two officers decide about write-offs.
const (
	ActWriteOff = "book.write-off"
	ActDestroy  = "residue.destroy"
)

// SubmitWriteOff is the kind of debt that a period opens when it is over.
const SubmitWriteOff = "submit-write-off"

const (
	manyLists  = 2000
	manyOrders = 20_000 // of a feed, all periods together
)

type writeOffPayload struct {
	WriteOff string `json:"writeOff"`
	Version  int64  `json:"version"`
	First    string `json:"first"`
	Reason   string `json:"reason"`
}

func (d *Desk) writeOffRules(on clock.Date) (*writeoff.Rules, error) {
	if p := d.reference().WriteOff; len(p) > 0 {
		return p.At(on)
	}
	return writeoff.BuiltIn().At(on)
}

// Drafting says which period of a book is closed.
type Drafting struct {
	Kind writeoff.Kind `json:"kind,omitempty"` // 1 normal, 2 supplementary, 3 customs
	End  clock.Date    `json:"end,omitempty"`  // last day; of a normal one that of its cycle
}

// DraftWriteOff drafts the report of a period from the books. The clock drafts a
// normal one when its period is over; anybody may ask for a supplementary one.
// The enterprise then owes its submission.
// Faults: BONDED-WRITEOFF-01 (the period is not over), -02 (another is open), -05
// (a book that was never opened); those of writeoff.Compile.
func (d *Desk) DraftWriteOff(ctx context.Context, c decision.Command, by decision.Actor, bookID string, w Drafting) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.draftWriteOff(v, by, bookID, w) })
}

func (d *Desk) draftWriteOff(v decision.View, by decision.Actor, bookID string, w Drafting) (decision.Outcome, error) {
	var out decision.Outcome
	held, version, err := decision.Load[Book](v, dossier.Book, bookID)
	if err != nil {
		return out, err
	}
	doc, rules, err := d.freshWriteOff(v, &held, w)
	if err != nil {
		return out, err
	}
	if doc.Report.Period.End >= v.Now().Date() {
		return out, fault.New(fault.Refused, "BONDED-WRITEOFF-01", "/end", "the period of book {book} runs until {day}", "wait until it is over; until then, close it as a trial", "book", held.Number, "day", doc.Report.Period.End)
	}
	others, err := v.Find(dossier.WriteOff, "book", held.Number, manyLists)
	if err != nil {
		return out, err
	}
	for _, id := range others {
		o, _, err := decision.Load[WriteOff](v, dossier.WriteOff, id)
		if err != nil {
			return out, err
		}
		if o.State != writeoff.Adjusted {
			return out, fault.New(fault.Conflict, "BONDED-WRITEOFF-02", "", "write-off {number} of this book is still open", "finish it first", "number", o.Number)
		}
		doc.Before = id
	}
	if err := d.compile(v, &held, &doc, rules); err != nil {
		return out, err
	}
	calendar := d.reference().Calendar
	o, err := obligation.New(obligation.Obligation{
		ID: v.NewID(), Kind: SubmitWriteOff, Debtor: doc.Enterprise, OpenedBy: doc.ID, Opened: v.Now(), Due: doc.Due, Provisional: calendar.Provisional(doc.Due),
		Lines:  []obligation.Line{{Item: "write-off/" + doc.Number, Unit: "C62", Amount: num.OneQuantity}},
		Stages: []obligation.Stage{{Name: string(procedure.Alarm), AfterDays: 1}}, Area: doc.Area, Office: doc.Office,
	})
	if err != nil {
		return out, err
	}
	opened := told(v, v.NewID, decision.System, "obligation.opened", journal.Ref{Kind: "obligation", ID: o.ID})
	opened.Enterprise, opened.Area, opened.Office = doc.Enterprise, doc.Area, doc.Office
	opened.Body = fact(map[string]any{"kind": o.Kind, "due": o.Due.String(), "open": o.OpenTotal().String(), "held": "0.00", "guarantee": ""})
	out.Puts = []decision.Put{{Kind: dossier.WriteOff, ID: doc.ID, Body: doc}, {Kind: dossier.Obligation, ID: o.ID, Body: o}}
	out.Relied = []decision.Reliance{{Kind: dossier.Book, ID: bookID, Version: version}}
	out.Entries = []journal.Entry{doc.entry(v, by, "write-off.drafted", ""), opened}
	out.Reply = doc.reply()
	return out, nil
}

// freshWriteOff is a write-off before anything is read of the books.
func (d *Desk) freshWriteOff(v decision.View, held *Book, w Drafting) (WriteOff, *writeoff.Rules, error) {
	today := v.Now().Date()
	rules, err := d.writeOffRules(today)
	if err != nil {
		return WriteOff{}, nil, err
	}
	if held.Approved == 0 {
		return WriteOff{}, nil, fault.New(fault.Refused, "BONDED-WRITEOFF-05", "", "the account book is {state} and holds nothing yet", "wait until it is active", "state", string(held.State))
	}
	if w.Kind < writeoff.Normal || w.Kind > writeoff.ByCustoms {
		w.Kind = writeoff.Normal
	}
	period := writeoff.NextPeriod(&held.Book, held.Approved.Date(), rules.CycleMonths)
	if w.Kind != writeoff.Normal {
		period.End = w.End
		if w.End == 0 {
			period.End = today.AddDays(-1)
		}
		period.End = max(period.End, period.Start)
	}
	number := held.Number + "-" + period.End.String() + "-" + strconv.Itoa(int(w.Kind))
	return WriteOff{
		ID: v.NewID(), Number: number, Book: held.Number, BookID: held.ID, Enterprise: keyOf(held.Operator), Area: held.Area, Office: string(held.CompetentOffice),
		State: writeoff.Draft, Due: writeoff.Submission(period, rules), Drafted: v.Now(), Report: writeoff.Report{Kind: w.Kind, Period: period},
	}, rules, nil
}

// compile reads the books anew: the figures of the report are always those of the
// moment.
func (d *Desk) compile(v decision.View, held *Book, doc *WriteOff, rules *writeoff.Rules) error {
	period := doc.Report.Period
	if held.Processing == book.WorkOrder {
		told, err := fedOrders(v, doc)
		if err != nil {
			return err
		}
		if told != nil {
			doc.Orders = writeoff.TellOrders(doc.Orders, told)
		}
	}
	f := writeoff.Facts{Book: &held.Book, Kind: doc.Report.Kind, Period: period, Orders: doc.Orders, Counts: doc.Counts}
	var before *WriteOff
	if doc.Before != "" {
		b, _, err := decision.Load[WriteOff](v, dossier.WriteOff, doc.Before)
		if err != nil {
			return err
		}
		before = &b
	}
	s := writeoff.Surroundings{Kilograms: map[int]bool{}, Opening: map[int]num.Quantity{}, Arrivals: map[int][]writeoff.Arrival{}}
	for i := range held.Lines {
		line := &held.Lines[i]
		facts, err := lineFacts(v, doc, line, period)
		if err != nil {
			return err
		}
		if before != nil {
			if last, ok := before.Report.Item(line.Number); ok {
				facts.Closed = &last.Closing.Quantity
			}
		}
		f.Lines = append(f.Lines, facts)
		s.Kilograms[line.Number] = line.Unit == "KGM"
		s.Opening[line.Number] = facts.Opening.Quantity
		for _, m := range facts.Moves {
			if m.In && m.Column != writeoff.Consumed && m.Column != writeoff.Made {
				s.Arrivals[line.Number] = append(s.Arrivals[line.Number], writeoff.Arrival{On: m.On, Quantity: m.Quantity})
			}
		}
	}
	lists, err := postedLists(v, held.Number, period)
	if err != nil {
		return err
	}
	for _, l := range lists {
		f.Lists = append(f.Lists, writeoff.ListFact{Number: l.list.Number, Direction: l.list.Direction})
	}
	if doc.Report, err = writeoff.Compile(f); err != nil {
		return err
	}
	if before != nil {
		s.History = writeoff.Yields(before.Orders)
	}
	s.Made = func(line int) bool { l, ok := held.Line(line); return ok && l.Kind == book.Product }
	doc.Doubts = writeoff.Doubts(doc.Orders, s, rules)
	return nil
}

func lineAccount(doc *WriteOff, line int, at ledger.Place) ledger.Account {
	return ledger.Account{Ledger: ledger.Legal, Owner: doc.Enterprise, Item: bookItem(doc.Book, line), Place: at, Status: ledger.Bonded}
}

func bookItem(number string, line int) string { return "book/" + number + "/" + strconv.Itoa(line) }

// lineFacts reads what was posted on the stock of a line in the period.
func lineFacts(v decision.View, doc *WriteOff, line *book.Line, p writeoff.Period) (writeoff.LineFacts, error) {
	key := lineAccount(doc, line.Number, ledger.OnHand).Key()
	f := writeoff.LineFacts{Line: line.Number}
	posted, err := v.Period(key, p.Start, p.End)
	if err != nil {
		return f, err
	}
	f.Opening = writeoff.Stock{Quantity: posted.Opening, Value: posted.Value}
	for i := range posted.Movements {
		m := &posted.Movements[i]
		other, in := m.From, true
		if m.From == key {
			other, in = m.To, false
		}
		a, err := ledger.ParseKey(other)
		if err != nil {
			return f, err
		}
		f.Moves = append(f.Moves, writeoff.Move{On: m.EffectiveOn, Column: writeoff.ColumnOf(line.Kind, a, in), In: in, Quantity: m.Quantity, Value: m.Value})
	}
	return f, nil
}

type postedList struct {
	list    List
	version int64
}

// postedLists reads the lists of a book that posted in a period.
func postedLists(v decision.View, number string, p writeoff.Period) ([]postedList, error) {
	ids, err := v.Find(dossier.VerificationList, "book", number, manyLists)
	if err != nil {
		return nil, err
	}
	var all []postedList
	for _, id := range ids {
		l, version, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return nil, err
		}
		if l.PostedAt != 0 && p.In(l.PostedAt.Date()) {
			all = append(all, postedList{l, version})
		}
	}
	return all, nil
}

func (w *WriteOff) entry(v decision.View, by decision.Actor, kind, reason string) journal.Entry {
	e := told(v, v.NewID, by, kind, journal.Ref{Kind: "write_off", ID: w.ID}, journal.Ref{Kind: "book", ID: w.BookID})
	e.Enterprise, e.Area, e.Office, e.Why = w.Enterprise, w.Area, w.Office, journal.Why{Rule: "write-off", Reason: reason}
	e.Body = fact(map[string]any{
		"number": w.Number, "book": w.Book, "state": w.State, "start": w.Report.Period.Start.String(), "end": w.Report.Period.End.String(),
		"counted": len(w.Counts), "doubts": len(w.Doubts), "officers": w.Officers, "automatic": w.Automatic, "taxBill": w.TaxBill, "due": w.Due.String(),
	})
	return e
}

func (w *WriteOff) reply() Reply {
	return Reply{ID: w.ID, Number: w.Number, State: string(w.State), Waits: w.Waits}
}

// change is an act of the enterprise on a write-off that is not submitted yet.
func (d *Desk) change(ctx context.Context, c decision.Command, by decision.Actor, id, kind string, do func(decision.View, *WriteOff, *Book) error) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, held, version, rules, err := d.openWriteOff(v, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := doc.move(writeoff.EventCount); err != nil {
			return decision.Outcome{}, err
		}
		if err := do(v, &doc, &held); err != nil {
			return decision.Outcome{}, err
		}
		if err := d.compile(v, &held, &doc, rules); err != nil {
			return decision.Outcome{}, err
		}
		d.tax(v, &doc)
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.WriteOff, ID: id, Version: version, Body: doc}},
			Entries: []journal.Entry{doc.entry(v, by, kind, "")}, Reply: doc.reply(),
		}, nil
	})
}

func (d *Desk) openWriteOff(v decision.View, id string) (doc WriteOff, held Book, version int64, rules *writeoff.Rules, err error) {
	if doc, version, err = decision.Load[WriteOff](v, dossier.WriteOff, id); err != nil {
		return
	}
	if held, _, err = decision.Load[Book](v, dossier.Book, doc.BookID); err != nil {
		return
	}
	rules, err = d.writeOffRules(v.Now().Date())
	return
}

func (w *WriteOff) move(on writeoff.Event) error {
	next, err := writeoff.Life.Next(w.State, on, writeoff.Case{Report: &w.Report, Counts: w.Counts, Officers: w.Officers, Automatic: w.Automatic})
	w.State = next
	return err
}

// EnterCounts takes figures of the stock-taking. With all they take the place of
// those before; without, each takes the place of the figure of the same line, lot
// and spot, as a phone sends them one by one.
// Faults: those of writeoff.CheckCounts; WRITEOFF-LIFECYCLE-01.
func (d *Desk) EnterCounts(ctx context.Context, c decision.Command, by decision.Actor, id string, counts []writeoff.Count, all bool) (decision.Receipt, error) {
	return d.change(ctx, c, by, id, "write-off.counted", func(_ decision.View, doc *WriteOff, held *Book) error {
		fresh, err := writeoff.CheckCounts(&held.Book, counts)
		if err != nil {
			return err
		}
		if !all {
			kept := slices.DeleteFunc(slices.Clone(doc.Counts), func(old writeoff.Count) bool {
				return slices.ContainsFunc(fresh, func(n writeoff.Count) bool { return n.Line == old.Line && n.Lot == old.Lot && n.Spot == old.Spot })
			})
			if fresh, err = writeoff.CheckCounts(&held.Book, append(kept, fresh...)); err != nil {
				return err
			}
		}
		doc.Counts = fresh
		return nil
	})
}

// TakeBackCount takes one figure of the stock-taking back, such as one that was
// entered at a wrong spot. Faults: WRITEOFF-COUNT-07, WRITEOFF-LIFECYCLE-01.
func (d *Desk) TakeBackCount(ctx context.Context, c decision.Command, by decision.Actor, id string, at writeoff.Spot) (decision.Receipt, error) {
	return d.change(ctx, c, by, id, "write-off.count-taken-back", func(_ decision.View, doc *WriteOff, _ *Book) (err error) {
		doc.Counts, err = writeoff.Without(doc.Counts, at)
		return err
	})
}

// GiveOrders takes work orders of the period. One that is known is replaced while
// it is not closed; one that the feed tells is not given beside it. Faults: those
// of writeoff.CheckOrders and writeoff.TakeOrders; WRITEOFF-LIFECYCLE-01.
func (d *Desk) GiveOrders(ctx context.Context, c decision.Command, by decision.Actor, id string, orders []writeoff.Order) (decision.Receipt, error) {
	return d.change(ctx, c, by, id, "write-off.orders-given", func(v decision.View, doc *WriteOff, held *Book) error {
		fresh, err := writeoff.CheckOrders(&held.Book, orders, v.Now().Date(), d.reference().Codes)
		if err != nil {
			return err
		}
		told, err := fedOrders(v, doc)
		if err != nil {
			return err
		}
		rows := make([]int, len(orders))
		for i := range orders {
			rows[i] = orders[i].Row
		}
		doc.Orders, err = writeoff.TakeOrders(writeoff.TellOrders(doc.Orders, told), fresh, rows, func(number string) (bool, error) { return knownBefore(v, doc, number) })
		return err
	})
}

// fedOrders are the work orders of the period that the feed of the book tells
// (DR §3.5). What a feed tells on trial, or told before it was ended or refused,
// does not count anew.
func fedOrders(v decision.View, doc *WriteOff) ([]writeoff.Order, error) {
	f, _, err := decision.Load[feed.Feed](v, dossier.Feed, doc.Book)
	if fault.Is(err, "STORE-ABSENT-01") {
		return nil, nil
	}
	if err != nil || f.State != feed.Live && f.State != feed.Degraded && f.State != feed.Suspended {
		return nil, err
	}
	ids, err := v.Find(dossier.WorkOrder, "book", doc.Book, manyOrders)
	if err != nil {
		return nil, err
	}
	if len(ids) == manyOrders {
		return nil, fault.New(fault.Refused, "BONDED-WRITEOFF-06", "", "the feed of account book {book} tells of {most} work orders or more", "close a shorter period first", "book", doc.Book, "most", manyOrders)
	}
	var told []writeoff.Order
	for _, id := range ids {
		w, _, err := decision.Load[feed.WorkOrder](v, dossier.WorkOrder, id)
		if err != nil {
			return nil, err
		}
		if o := writeoff.OrderOf(&w); o.Counts(doc.Report.Period) {
			told = append(told, o)
		}
	}
	return told, nil
}

// knownBefore tells whether an earlier write-off of the book has a work order.
func knownBefore(v decision.View, doc *WriteOff, number string) (bool, error) {
	for id := doc.Before; id != ""; {
		b, _, err := decision.Load[WriteOff](v, dossier.WriteOff, id)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(b.Orders, func(o writeoff.Order) bool { return o.Number == number }) {
			return true, nil
		}
		id = b.Before
	}
	return false, nil
}

// ExplainWriteOff takes what the enterprise says of its differences.
// Faults: those of writeoff.CheckExplanations; WRITEOFF-LIFECYCLE-01.
func (d *Desk) ExplainWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id string, all []writeoff.Explanation) (decision.Receipt, error) {
	return d.change(ctx, c, by, id, "write-off.explained", func(_ decision.View, doc *WriteOff, _ *Book) error {
		if err := writeoff.CheckExplanations(&doc.Report, all); err != nil {
			return err
		}
		doc.Explanations = all
		return nil
	})
}

// tax works out duty and taxes on what is missing of each line and not explained,
// with the rates of today (DR §4.5, §4.7). What cannot be worked out is said, and
// is looked at by officers.
func (d *Desk) tax(v decision.View, doc *WriteOff) {
	ref := d.reference()
	doc.Taxes = nil
	for i := range doc.Report.Items {
		it := &doc.Report.Items[i]
		it.Tax = 0
		q := it.Taxable(doc.Explanations)
		if it.Counted == nil || q == 0 {
			continue
		}
		t := ShortageTax{Line: it.Line, Quantity: q}
		value, err := num.MulDiv(int64(-it.Amount), int64(q), int64(-it.Difference), num.HalfUp)
		t.Value = num.Money(value)
		var w *duty.Working
		if err == nil {
			w, err = duty.Assess(&duty.Consignment{
				Date: v.Now().Date(), Direction: duty.Import, Currency: tariff.CurrencyCode(it.Currency),
				Lines: []duty.Line{{Code: tariff.Code(it.Commodity), Origin: tariff.AreaCode(it.Origin), Price: t.Value, Quantities: []duty.Quantity{{Value: q, Unit: tariff.UnitCode(it.Unit)}}}},
			}, &ref.Duty)
		}
		if err == nil {
			t.Working, err = w.AppendJSON(nil)
		}
		if err != nil {
			t.Unknown = "DUTY-VALUE-01"
			if all := fault.All(err); len(all) > 0 {
				t.Unknown = all[0].Code
			}
		} else {
			t.Figures, t.Total = clearance.Figures(w), w.Total
			it.Tax = t.Total
		}
		doc.Taxes = append(doc.Taxes, t)
	}
}

// SubmitWriteOff hands a write-off in: everything counted, compared in the same
// breath; within tolerance, of low risk and without doubt the machine passes it
// and the book is brought to it, any other goes to two officers (DR §4.5).
// Faults: WRITEOFF-SUBMIT-01, WRITEOFF-IDENTITY-01, WRITEOFF-LIFECYCLE-01; those
// of the books.
func (d *Desk) SubmitWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, held, version, rules, err := d.openWriteOff(v, id)
		if err != nil {
			return out, err
		}
		if err := d.compile(v, &held, &doc, rules); err != nil {
			return out, err
		}
		d.tax(v, &doc)
		if err := writeoff.CheckExplanations(&doc.Report, doc.Explanations); err != nil {
			return out, err
		}
		for _, on := range []writeoff.Event{writeoff.EventSubmit, writeoff.EventCompare} {
			if err := doc.move(on); err != nil {
				return out, err
			}
		}
		doc.Submitted = v.Now()
		s, err := d.standingOf(v, held.Operator, v.Now().Date())
		if err != nil {
			return out, err
		}
		out.Relied = append(out.Relied, s.relied...)
		debts, err := casework.OpenedBy(v, doc.ID, SubmitWriteOff)
		if err != nil {
			return out, err
		}
		for _, debt := range debts {
			settled, err := casework.Settle(v, by, debt, []obligation.Part{{Item: "write-off/" + doc.Number, Quantity: num.OneQuantity}}, journal.Ref{Kind: "write_off", ID: id}, "submitted")
			if err != nil {
				return out, err
			}
			out.Merge(settled)
		}
		doc.Waits = doc.waiting(rules, s.level)
		doc.Automatic = len(doc.Waits) == 0
		out.Entries = append(out.Entries, doc.entry(v, by, "write-off.submitted", ""))
		if !doc.Automatic {
			if err := doc.move(writeoff.EventRefer); err != nil {
				return out, err
			}
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.WriteOff, ID: id, Version: version, Body: doc})
			out.Reply = doc.reply()
			return out, nil
		}
		if err := doc.move(writeoff.EventPass); err != nil {
			return out, err
		}
		return d.adjust(v, decision.System, out, doc, version, rules)
	})
}

// waiting tells why a write-off needs two officers, each reason once.
func (w *WriteOff) waiting(rules *writeoff.Rules, level int) (waits []clearance.Notice) {
	why := func(f *fault.Fault) {
		n := clearance.NoticeOf(f)
		if !slices.ContainsFunc(waits, func(old clearance.Notice) bool { return old.Detail == n.Detail }) {
			waits = append(waits, n)
		}
	}
	for _, line := range w.Report.Outside(rules) {
		it, _ := w.Report.Item(line)
		why(fault.New(fault.Refused, "BONDED-WRITEOFF-11", "", "line {line} differs by {quantity} {unit}, more than the tolerance", "wait for the decision of two officers", "line", line, "quantity", it.Difference, "unit", it.Unit))
	}
	for _, t := range w.Taxes {
		if t.Unknown != "" {
			why(fault.New(fault.Refused, "BONDED-WRITEOFF-12", "", "the tax on what is missing of line {line} cannot be worked out ({code})", "wait for the decision of two officers", "line", t.Line, "code", t.Unknown))
		}
	}
	for _, e := range w.Explanations {
		if e.Cause == writeoff.ForceMajeure {
			why(fault.New(fault.Refused, "BONDED-WRITEOFF-13", "", "line {line} is explained by force majeure: {proof}", "wait for the decision of two officers", "line", e.Line, "proof", e.Proof))
		}
	}
	for _, x := range w.Doubts {
		why(fault.New(fault.Refused, "BONDED-WRITEOFF-14", "", "work order {order} cannot be true", "wait for the decision of two officers", "order", x.Order))
	}
	if level < lowCredit {
		why(fault.New(fault.Refused, "BONDED-CREDIT-03", "", "write-offs of this enterprise are read by two officers", "wait for the decision of two officers"))
	}
	if w.Submitted.Date() > w.Due {
		why(fault.New(fault.Refused, "BONDED-WRITEOFF-15", "", "it was submitted after {day}", "wait for the decision of two officers", "day", w.Due))
	}
	return waits
}
