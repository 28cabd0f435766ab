package bonded

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/declaration/number"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/procedure"
	"seine/internal/risk"
)

// List is a verification list as the house keeps it.
type List struct {
	book.VerificationList
	Procedure   string          `json:"procedure"`             // supervision mode
	Case        string          `json:"case"`                  // id of the case it belongs to
	Application string          `json:"application,omitempty"` // id of the lading application, for goods that entered first
	Declaration string          `json:"declaration,omitempty"` // id of its bill
	Level       int             `json:"level"`                 // credit level when it was filed
	Filed       clock.Instant   `json:"filed"`
	Verdict     *risk.Verdict   `json:"verdict,omitempty"`
	Levy        *clearance.Levy `json:"levy,omitempty"`       // both ways of taxing the sale, as worked out when it was filed
	LastPassed  clock.Instant   `json:"lastPassed,omitempty"` // goods of it, through the gate
	ShortAlarm  clock.Instant   `json:"shortAlarm,omitempty"` // told that the rest does not come
	Earlier     []Earlier       `json:"earlier,omitempty"`    // versions that were returned, the first one first
}

// Earlier is a version of a list that customs returned, as it was filed.
type Earlier struct {
	List     book.VerificationList `json:"list"`
	Filed    clock.Instant         `json:"filed"`
	Returned clock.Instant         `json:"returned"` // when the next version took its place
	Verdict  *risk.Verdict         `json:"verdict,omitempty"`
}

// Listing is a verification list with what the enterprise chooses beside it.
type Listing struct {
	List        book.VerificationList `json:"list"`
	Procedure   string                `json:"procedure"`
	Application string                `json:"application,omitempty"` // number of the lading application whose goods these are
	Guarantee   string                `json:"guarantee,omitempty"`   // number
}

// FileList takes a verification list: every fault at once, or approval with a
// number when the risk is low; the quantities are reserved on the book in the
// same transaction. Any other list waits for an officer (DR §1.5).
//
// Faults: those of book.VerificationList.Validate; BONDED-PARTY-01, -02;
// BONDED-FIND-01 (no such book or application); BONDED-MODE-01 (mode without a
// list), BONDED-MODE-02 (goods go the other way), those of procedure.Mode.Choose;
// BONDED-STATUS-01 (customs status), those of a transfer between books: see
// partnerOf; BOOK-UNIT-03; BONDED-LIST-01 (reverse lists), -02 (currency), -03 (another enterprise's
// application), -04 (the application has a list already); those of clearance.Weigh
// where a choice of levy is made; LEDGER-SHORT-01 when
// the book has less than is listed, LEDGER-MOST-01 above the approved maximum.
func (d *Desk) FileList(ctx context.Context, c decision.Command, by decision.Actor, l Listing) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.fileList(v, by, l, filing{}) })
}

// ReviseList files a list anew that customs have returned: under its id, with the
// version that was returned kept beside it. An officer reads it again, whatever
// its risk. Faults: as FileList; BOOK-LIFECYCLE-02 (it was not returned),
// BONDED-REVISE-01 (another application).
func (d *Desk) ReviseList(ctx context.Context, c decision.Command, by decision.Actor, id string, l Listing) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.fileList(v, by, l, filing{revises: id}) })
}

// TryList tells what is wrong with a list, or with the new version of the
// returned list revises, and does nothing. It is carried through to the book
// whether or not an officer would read it: an answer that differed would tell
// which lists are selected, and so the rules.
func (d *Desk) TryList(ctx context.Context, c decision.Command, by decision.Actor, revises string, l Listing) (decision.Effects, error) {
	return d.store.Preview(ctx, c, func(v decision.View) (decision.Outcome, error) {
		return d.fileList(v, by, l, filing{revises: revises, try: true})
	})
}

// filing is how a list comes in.
type filing struct {
	revises string // id of the returned list whose place it takes
	try     bool   // nothing is to be written
}

func (d *Desk) fileList(v decision.View, by decision.Actor, l Listing, way filing) (decision.Outcome, error) {
	ref, on := d.reference(), v.Now().Date()
	var before *List
	var beforeVersion int64
	if way.revises != "" {
		old, version, err := decision.Load[List](v, dossier.VerificationList, way.revises)
		if err != nil {
			return decision.Outcome{}, err
		}
		if _, err := old.Apply(book.ListRevise); err != nil {
			return decision.Outcome{}, err
		}
		before, beforeVersion = &old, version
	}
	mode, err := modeWith(ref, l.Procedure, procedure.StepList, on)
	if err != nil {
		return decision.Outcome{}, err
	}
	held, heldVersion, err := find[Book](v, dossier.Book, l.List.Book, "/book")
	if err != nil {
		return decision.Outcome{}, err
	}
	doc := fresh(v, l, mode, &held)
	if before != nil {
		doc.after(before, v.Now())
	}
	var faults fault.List
	if err := faults.Add("", doc.Validate(&held.Book, on)); err != nil {
		return decision.Outcome{}, err
	}
	rules, err := ref.Books.At(on)
	if err := faults.Add("", err); err != nil {
		return decision.Outcome{}, err
	}
	faults = append(faults, fits(&doc, &held.Book, mode, rules)...)
	bad, err := mergerFaults(ref, &doc, &held.Book, rules, on)
	if err := faults.Add("", err); err != nil {
		return decision.Outcome{}, err
	}
	faults = append(faults, bad...)
	partner, err := partnerOf(v, &doc, mode)
	if err := faults.Add("", err); err != nil {
		return decision.Outcome{}, err
	}
	s, err := d.standingOf(v, doc.Operator, on)
	if err := faults.Add("", err); err != nil {
		return decision.Outcome{}, err
	}
	if err := faults.Add("", mode.Choose(on, held.Area, s.level)); err != nil {
		return decision.Outcome{}, err
	}
	if err := faults.OrNil(); err != nil {
		return decision.Outcome{}, err
	}
	doc.Level = s.level
	if doc.Levy, err = weighed(v, ref, &doc, &held.Book, mode, on); err != nil {
		return decision.Outcome{}, err
	}
	a := approval{
		v: v, desk: d, ref: ref, mode: mode, by: by, held: held, heldVersion: heldVersion, list: doc,
		relied: s.relied, listVersion: beforeVersion, partner: partner,
	}
	if l.Application != "" {
		err = a.ofApplication(l.Application)
	} else {
		a.file = casework.New(doc.ID, mode, on, v.Now())
		if before != nil {
			_, a.filed, err = decision.Load[casework.Case](v, dossier.Case, before.Case)
		}
		a.file.Area, a.file.Office, a.file.Debtor = held.Area, string(doc.CompetentOffice), keyOf(doc.Operator)
		a.file.Credit, a.file.Guarantee = s.level, l.Guarantee
	}
	if err != nil {
		return decision.Outcome{}, err
	}
	if before != nil && before.Application != a.file.Application {
		return decision.Outcome{}, fault.New(fault.Refused, "BONDED-REVISE-01", "/application", "a returned list keeps its lading application", "withdraw the list and file a new one for other goods")
	}
	a.file.Status, a.file.Layered = doc.Status, held.Layered
	a.file.Book, a.file.List, a.list.Case, a.list.Application = doc.Book, doc.ID, a.file.ID, a.file.Application
	if a.list.VerificationList, err = a.list.Apply(book.ListSubmit); err != nil {
		return decision.Outcome{}, err
	}
	waits, err := d.judgeList(v, ref, &a.list, &held.Book, s)
	if err != nil {
		return decision.Outcome{}, err
	}
	if way.try {
		a.low, a.list.Verdict = true, nil
		return a.decide()
	}
	if before != nil {
		waits = append(waits, clearance.Notice{Code: "BONDED-REVISED-01", Detail: "was returned: an officer reads it again"})
	}
	if len(waits) > 0 {
		return a.waiting(waits), nil
	}
	a.low = true
	return a.decide()
}

// after puts the list in the place of one that was returned.
func (l *List) after(before *List, at clock.Instant) {
	l.ID = before.ID
	l.Earlier = append(slices.Clone(before.Earlier), Earlier{List: before.VerificationList, Filed: before.Filed, Returned: at, Verdict: before.Verdict})
}

// fresh is the list as it enters the house: nothing of what customs keep is taken
// from the sender.
func fresh(v decision.View, l Listing, mode *procedure.Mode, held *Book) List {
	doc := List{VerificationList: l.List, Procedure: mode.ID, Filed: v.Now()}
	doc.ID, doc.Number, doc.State, doc.Version = v.NewID(), "", book.ListDraft, 0
	doc.Mark, doc.Round, doc.Officers, doc.Bill = book.NotPosted, 0, [2]string{}, ""
	doc.BillReleased, doc.FullyPassed, doc.PrePostedAt, doc.PostedAt = 0, 0, 0, 0
	doc.BookKind, doc.Policy = held.Kind, policyOf(mode)
	doc.Declared = mode.Step(procedure.StepLodge) != nil
	if doc.Declared && doc.DeclarationKind == 0 {
		doc.DeclarationKind = book.CorrespondingDeclaration
	}
	if doc.CompetentOffice == "" {
		doc.CompetentOffice = held.CompetentOffice
	}
	if !doc.Operator.Given() {
		doc.Operator = held.Operator
	}
	if doc.Method == "" {
		doc.Method = book.Forward
	}
	if doc.Status == "" && len(mode.Status) > 0 {
		doc.Status = mode.Status[0]
	}
	if doc.Status == ledger.Bonded {
		doc.Status = "" // what is usual is not written
	}
	if doc.Policy == book.WithPartner {
		doc.Type = book.Circulation
	}
	doc.Lines = held.Separated(l.List.Lines)
	for i := range doc.Lines {
		doc.Lines[i].Noted, doc.Lines[i].Passed, doc.Lines[i].Settled = 0, 0, 0
	}
	return doc
}

// policyOf says what a list waits for before it posts: what the mode's step of
// posting asks.
func policyOf(mode *procedure.Mode) book.Policy {
	st := mode.Step(procedure.StepPost)
	if st == nil {
		return book.AtOnce
	}
	if slices.Contains(st.When, procedure.PartnerListed) {
		return book.WithPartner
	}
	bill, gate := slices.Contains(st.When, procedure.BillReleased), slices.Contains(st.When, procedure.FullyPassed)
	switch {
	case bill && gate:
		return book.BillAndGate
	case bill:
		return book.BillOnly
	case gate:
		return book.GateOnly
	}
	return book.AtOnce
}

// fits tells what of a list does not go with its mode and book.
func fits(l *List, held *book.Book, mode *procedure.Mode, rules book.Rules) fault.List {
	var faults fault.List
	if status := cmp.Or(l.Status, ledger.Bonded); !slices.Contains(mode.Status, status) && (len(mode.Status) > 0 || status != ledger.Bonded) {
		faults = append(faults, fault.New(fault.Invalid, "BONDED-STATUS-01", "/status", "under mode {mode} goods are never {status}", "choose the mode of goods with this customs status, or correct the status",
			"mode", mode.ID, "status", string(status)))
	}
	if l.Method == book.Reverse {
		faults = append(faults, fault.New(fault.Refused, "BONDED-LIST-01", "/method", "an earlier posting is taken back by undoing its list, not by a list of its own",
			"have the list voided, or file a list in the other direction"))
	}
	if mode.Way != procedure.Both && mode.Way != procedure.Direction(l.Direction) {
		faults = append(faults, fault.New(fault.Invalid, "BONDED-MODE-02", "/direction", "under mode {mode} goods go {way}", "choose the mode of the other direction, or correct the direction",
			"mode", mode.ID, "way", string(mode.Way)))
	}
	for i := range l.Lines {
		line := &l.Lines[i]
		if b, ok := held.Line(line.BookLine); ok && b.Currency != "" && line.Currency != "" && b.Currency != line.Currency && l.Direction == book.In {
			faults = append(faults, fault.New(fault.Invalid, "BONDED-LIST-02", "/lines/"+strconv.Itoa(i)+"/currency", "line {line} of the book is kept in {currency}",
				"give the value in that currency", "line", b.Number, "currency", string(b.Currency)))
		}
		if b, ok := held.Line(line.BookLine); ok {
			faults = append(faults, b.Conflicts(line, "/lines/"+strconv.Itoa(i), rules.UnitTolerance)...)
		}
	}
	return faults
}

// judgeList tells why a person must look at a list, nothing when the machine may
// pass it.
func (d *Desk) judgeList(v decision.View, ref *clearance.Reference, l *List, held *book.Book, s standing) ([]clearance.Notice, error) {
	if s.level < lowCredit {
		return []clearance.Notice{{Code: "BONDED-CREDIT-02", Detail: "lists of this enterprise are read by an officer"}}, nil
	}
	if d.lists == nil {
		return nil, nil
	}
	rules, err := ref.Books.At(v.Now().Date())
	if err != nil {
		return nil, err
	}
	table := d.lists()
	facts := risk.NewFacts(table.Catalogue, 0)
	direction := "I"
	if l.Direction == book.Out {
		direction = "E"
	}
	_, violations, err := book.MergeList(l.Lines, held, decidedFor(ref, held, v.Now().Date()), rules)
	if err != nil {
		return nil, err
	}
	facts.Head().Text("direction", direction).Text("procedure", l.Procedure).Text("trade_mode", string(l.TradeMode)).
		Text("office", string(l.CompetentOffice)).Text("transport_mode", string(l.TransportMode)).
		Count("line_count", int64(len(l.Lines))).Count("credit_level", int64(s.level)).
		Text("list_type", strconv.Itoa(int(l.Type))).Text("book_kind", string(held.Kind)).Count("merger_violations", int64(len(violations)))
	if s.registered != 0 {
		facts.Head().Count("enterprise_age_days", int64(v.Now().Date()-s.registered))
	}
	for i := range l.Lines {
		code := l.Lines[i].Commodity
		row := facts.AddLine().Text("hs", code).Text("origin", string(l.Lines[i].Origin))
		if len(code) >= 4 {
			row.Text("hs.chapter", code[:2]).Text("hs.heading", code[:4])
		}
	}
	verdict, err := risk.Assess(risk.Question{
		Subject: risk.Subject{Kind: risk.List, ID: l.ID, Version: 1}, Facts: facts, Table: table, Instructions: d.instructions(), Key: ref.DrawKey, CreditLevel: s.level,
		Mode: l.Procedure, Place: string(l.CompetentOffice), At: v.Now(),
	})
	if err != nil {
		return nil, err
	}
	l.Verdict = &verdict
	if verdict.Channel == risk.Red {
		return []clearance.Notice{{Code: "BONDED-RISK-01", Detail: "selected to be read by an officer"}}, nil
	}
	return nil, nil
}

// approval is a list on its way to being approved. It may be taken twice with the
// same result: first as a rehearsal without the official number.
type approval struct {
	v           decision.View
	desk        *Desk
	ref         *clearance.Reference
	mode        *procedure.Mode
	by          decision.Actor
	held        Book
	heldVersion int64
	list        List
	listVersion int64
	file        casework.Case
	filed       int64 // version of the case, 0 when it is new
	low         bool  // the machine may pass it
	reason      string
	relied      []decision.Reliance
	partner     *partner // of a sender's list in a transfer: the receiver's
}

// ofApplication joins the list to the case of goods that entered first. Faults:
// BONDED-FIND-01, BONDED-LIST-03, BONDED-LIST-04.
func (a *approval) ofApplication(wanted string) error {
	app, _, err := find[Application](a.v, dossier.Application, wanted, "/application")
	if err != nil {
		return err
	}
	if a.file, a.filed, err = decision.Load[casework.Case](a.v, dossier.Case, app.ID); err != nil {
		return err
	}
	if a.file.Debtor != keyOf(a.list.Operator) || a.file.Mode != a.mode.ID {
		return fault.New(fault.Refused, "BONDED-LIST-03", "/application", "application {number} is of another enterprise or another mode", "name the application of these goods", "number", wanted)
	}
	if a.file.List != "" && a.file.List != a.list.ID {
		return fault.New(fault.Conflict, "BONDED-LIST-04", "/application", "application {number} has its verification list already", "have that list changed or voided first", "number", wanted)
	}
	return nil
}

// waiting puts the list on an officer's desk.
func (a *approval) waiting(waits []clearance.Notice) decision.Outcome {
	kind := "verification-list.submitted"
	if len(a.list.Earlier) > 0 {
		kind = "verification-list.revised"
	}
	e := a.list.entry(a.v, a.v.NewID, a.by, kind, "")
	return decision.Outcome{
		Relied: a.relied,
		Puts: []decision.Put{
			{Kind: dossier.VerificationList, ID: a.list.ID, Version: a.listVersion, Body: a.list},
			{Kind: dossier.Case, ID: a.file.ID, Version: a.filed, Body: a.file},
		},
		Entries: []journal.Entry{e},
		Reply:   Reply{ID: a.list.ID, State: string(a.list.State), Case: a.file.ID, Waits: waits, Levy: a.list.Levy.Reply()},
	}
}

// decide approves the list under its next number.
func (a approval) decide() (decision.Outcome, error) {
	n := number.List{Office: string(a.list.CompetentOffice), Year: a.v.Now().Date().Year(), Import: a.list.Direction == book.In}
	wanted := decision.Next("list/"+n.String()[:9], func(serial int64) (string, error) {
		n := n
		n.Serial = serial
		return n.String(), n.Check()
	})
	a.list.Number = wanted.StandIn
	out, err := a.take()
	if err != nil {
		return decision.Outcome{}, err
	}
	out.Relied = append(out.Relied, a.relied...)
	out.Epochs = append(out.Epochs, a.ref.Epochs...)
	out.Numbers = append(out.Numbers, wanted)
	return out, nil
}

func (a approval) take() (decision.Outcome, error) {
	var out decision.Outcome
	lines := a.arrivals()
	next, _, err := a.list.Approve(a.v.Now())
	if err != nil {
		return out, err
	}
	a.list.VerificationList = next
	goods := casework.Goods{}
	switch a.list.Method {
	case book.Forward:
		goods.Add(procedure.BookLine, procedure.Listed, listed(&a.list, &a.held.Book)...)
	case book.CheckOnly:
		if err := a.suffices(); err != nil {
			return out, err
		}
	case book.NoPosting, book.Reverse:
	}
	given := []procedure.Given(nil)
	if !a.low {
		given = []procedure.Given{{By: procedure.Customs, Office: procedure.ZoneOffice, Officers: []string{a.by.ID}}}
	}
	paper, err := casework.NewPaper(a.list.VerificationList)
	if err != nil {
		return out, err
	}
	t, err := casework.Take(a.v, a.mode, a.file, casework.Step{
		ID: procedure.StepList, By: a.by, LowRisk: a.low, Confirmed: given, Paper: paper, Goods: goods, Calendar: a.ref.Calendar,
		At: a.v.Now(), IDs: a.v.NewID, True: map[procedure.Condition]bool{procedure.BookGiven: true},
	})
	if err != nil {
		return out, err
	}
	if !t.Ready {
		return out, Lacking(&t, procedure.StepList)
	}
	a.file = t.Case
	out.Merge(t.Outcome)
	e := a.list.entry(a.v, a.v.NewID, a.by, "verification-list.approved", a.reason)
	out.Entries = append(out.Entries, e)
	if err := a.catchUp(); err != nil {
		return out, err
	}
	posted, err := Complete(a.v, &out, a.ref, a.mode, &a.file, &a.list, a.v.NewID)
	if err != nil {
		return out, err
	}
	if err := a.pair(&out); err != nil {
		return out, err
	}
	if lines {
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Book, ID: a.held.ID, Version: a.heldVersion, Body: a.held})
	} else {
		out.Relied = append(out.Relied, decision.Reliance{Kind: dossier.Book, ID: a.held.ID, Version: a.heldVersion})
	}
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.VerificationList, ID: a.list.ID, Version: a.listVersion, Body: a.list},
		decision.Put{Kind: dossier.Case, ID: a.file.ID, Version: a.filed, Body: a.file})
	out.Reply = Reply{ID: a.list.ID, Number: a.list.Number, State: string(a.list.State), Case: a.file.ID, Posted: posted, Levy: a.list.Levy.Reply()}
	out.Once()
	return out, nil
}

// arrivals gives each line without a book line one of its own, on a book that is
// kept by lot: the arrival makes the line (DR §4.1).
func (a *approval) arrivals() bool {
	made := false
	for i := range a.list.Lines {
		line := &a.list.Lines[i]
		if line.BookLine != 0 {
			continue
		}
		if !made {
			made = true
			a.held.Lines, a.list.Lines = slices.Clone(a.held.Lines), slices.Clone(a.list.Lines)
			line = &a.list.Lines[i]
		}
		n := 1
		for j := range a.held.Lines {
			n = max(n, a.held.Lines[j].Number+1)
		}
		a.held.Lines = append(a.held.Lines, book.Line{
			Number: n, Kind: book.Lot, PartNumber: line.PartNumber, Commodity: line.Commodity, Name: line.Name, Model: line.Model, Unit: line.Unit,
			LegalUnit: line.LegalUnit, LegalUnit2: line.LegalUnit2, Currency: line.Currency, LevyMode: line.LevyMode, Origin: line.Origin,
			SourceList: a.list.Number, SourceLine: line.Number,
		})
		line.BookLine = n
	}
	return made
}

// suffices checks the balance of a list that moves nothing (method NF).
// Fault: BONDED-LIST-05, one for each line.
func (a *approval) suffices() error {
	var faults fault.List
	for _, l := range listed(&a.list, &a.held.Book) {
		b, err := a.v.Balance(a.file.Account(procedure.BookLine, l.Key, "legal", "on-hand").Key())
		if err != nil {
			return err
		}
		if b.Available() < l.Quantity {
			faults = append(faults, fault.New(fault.Refused, "BONDED-LIST-05", "/lines", "line {line} of the book has {available} available, {quantity} is listed",
				"lower the quantity", "line", l.Key, "available", b.Available(), "quantity", l.Quantity))
		}
	}
	return faults.OrNil()
}

// catchUp tells a list that comes after its goods and its bill what has happened.
func (a *approval) catchUp() error {
	if at, released := a.file.Done[procedure.StepRelease]; released && a.list.BillReleased == 0 && a.list.Declared {
		bill, _, err := decision.Load[declaration.Declaration](a.v, dossier.Declaration, a.file.Declaration)
		if err != nil {
			return err
		}
		if err := a.list.billReleased(&bill, at); err != nil {
			return err
		}
	}
	if a.file.Application == "" {
		return nil
	}
	app, _, err := decision.Load[Application](a.v, dossier.Application, a.file.Application)
	if err != nil || app.FullyPassed == 0 {
		return err
	}
	return a.list.AllPassed(app.FullyPassed)
}

func (l *List) entry(v decision.View, ids func() string, by decision.Actor, kind, reason string) journal.Entry {
	e := told(v, ids, by, kind, journal.Ref{Kind: "verification_list", ID: l.ID}, journal.Ref{Kind: "case", ID: l.Case})
	e.Enterprise, e.Area, e.Office = keyOf(l.Operator), areaOf(l.CompetentOffice), string(l.CompetentOffice)
	e.Why = journal.Why{Rule: l.Procedure, Reason: reason}
	e.Body = fact(map[string]any{
		"number": l.Number, "book": l.Book, "direction": l.Direction, "lines": len(l.Lines), "state": l.State, "bill": l.Bill, "relatedList": l.RelatedList, "relatedBook": l.RelatedBook,
	})
	return e
}

// listed gives the quantities of a list by book line: several list lines may be
// one line of the book. Goods that come in carry their value, and with the book
// at hand the most that it may hold.
func listed(l *List, held *book.Book) []casework.Line {
	return byBookLine(l, held, l.Direction == book.In, func(line *book.ListLine) (num.Quantity, num.Money) { return line.Quantity, line.Total })
}

// passed gives what of a list has passed so far, by book line.
func passed(l *List) []casework.Line {
	return byBookLine(l, nil, false, func(line *book.ListLine) (num.Quantity, num.Money) { return line.Passed, 0 })
}

func byBookLine(l *List, held *book.Book, valued bool, of func(*book.ListLine) (num.Quantity, num.Money)) []casework.Line {
	at := map[int]int{}
	var lines []casework.Line
	for i := range l.Lines {
		line := &l.Lines[i]
		q, value := of(line)
		n, known := at[line.BookLine]
		if !known {
			n = len(lines)
			at[line.BookLine] = n
			next := casework.Line{Key: strconv.Itoa(line.BookLine), Unit: string(line.Unit)}
			if valued {
				next.Value = new(num.Money)
			}
			if held != nil && l.Direction == book.In {
				if b, ok := held.Line(line.BookLine); ok {
					next.Most = b.Most()
				}
			}
			lines = append(lines, next)
		}
		lines[n].Quantity += q
		if lines[n].Value != nil {
			*lines[n].Value += value
		}
	}
	return lines
}

// DecideList is an officer's word on a list that waits: approved, or returned
// with a reason. Faults: BONDED-REASON-01, BONDED-OFFICE-01 (another office's
// list), BOOK-LIFECYCLE-02, and as FileList.
func (d *Desk) DecideList(ctx context.Context, c decision.Command, by decision.Actor, id string, approve bool, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		list, version, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		if err := ofOffice(by, list.CompetentOffice); err != nil {
			return decision.Outcome{}, err
		}
		if !approve {
			return list.move(v, by, version, book.ListReturn, "verification-list.returned", reason)
		}
		a := approval{v: v, desk: d, ref: d.reference(), by: by, list: list, listVersion: version, reason: reason}
		if a.held, a.heldVersion, err = find[Book](v, dossier.Book, list.Book, "/book"); err != nil {
			return decision.Outcome{}, err
		}
		if a.file, a.filed, err = decision.Load[casework.Case](v, dossier.Case, list.Case); err != nil {
			return decision.Outcome{}, err
		}
		if a.mode, err = ModeOf(a.ref, &a.file); err != nil {
			return decision.Outcome{}, err
		}
		// The book may have changed while the list waited.
		if err := list.Validate(&a.held.Book, v.Now().Date()); err != nil {
			return decision.Outcome{}, err
		}
		list.Lines = a.held.Separated(list.Lines) // customs may have marked a part meanwhile
		rules, err := a.ref.Books.At(v.Now().Date())
		if err != nil {
			return decision.Outcome{}, err
		}
		bad, err := mergerFaults(a.ref, &list, &a.held.Book, rules, v.Now().Date())
		if err := bad.Add("", err); err != nil {
			return decision.Outcome{}, err
		}
		if err := bad.OrNil(); err != nil {
			return decision.Outcome{}, err
		}
		a.list = list
		if a.partner, err = partnerOf(v, &list, a.mode); err != nil {
			return decision.Outcome{}, err
		}
		return a.decide()
	})
}

func ofOffice(by decision.Actor, office codelist.OfficeCode) error {
	if by.Office == "" || by.Office == string(office) {
		return nil
	}
	return fault.New(fault.Forbidden, "BONDED-OFFICE-01", "", "office {office} decides on this", "leave it to that office", "office", string(office))
}

// move takes a list by one event that leaves the book as it is.
func (l List) move(v decision.View, by decision.Actor, version int64, on book.ListEvent, kind, reason string) (decision.Outcome, error) {
	next, err := l.Apply(on)
	if err != nil {
		return decision.Outcome{}, err
	}
	l.VerificationList = next
	return decision.Outcome{
		Puts:    []decision.Put{{Kind: dossier.VerificationList, ID: l.ID, Version: version, Body: l}},
		Entries: []journal.Entry{l.entry(v, v.NewID, by, kind, reason)},
		Reply:   Reply{ID: l.ID, Number: l.Number, State: string(l.State), Case: l.Case},
	}, nil
}
