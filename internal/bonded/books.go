package bonded

import (
	"context"
	"encoding/json"
	"slices"

	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration/number"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/review"
)

// Book is an account book as the house keeps it.
type Book struct {
	book.Book
	Filed    clock.Instant `json:"filed"`
	Approved clock.Instant `json:"approved,omitempty"`
	// Asked is the book as the enterprise wants it changed, while customs think.
	Asked *book.Book `json:"asked,omitempty"`
	// Stated is what was there before the books began, while customs think.
	Stated *Opening `json:"stated,omitempty"`
}

// Names of the actions that need two officers.
const (
	ActFileBook   = "book.file"
	ActChangeBook = "book.change" // or the opening balances that were stated
	ActCloseBook  = "book.close"
	ActCorrect    = "book.correct"
)

// bookPosts may propose and confirm a book (DR §9.1, our reading).
var bookPosts = []party.PostID{party.FilingOfficer, party.Reviewer}

// Facts of books that two officers decide on.
type bookPayload struct {
	Book    string `json:"book"`
	Version int64  `json:"version"`
	First   string `json:"first"`
	Reason  string `json:"reason"`
}

// FileBook takes an account book that an enterprise opens: every fault at once;
// the book of a low-risk enterprise is active in the same breath, any other waits
// for two officers (DR §4.1; plan II.2(4)). The number is given when it becomes
// active.
// Faults: those of book.Book.Validate; BONDED-PARTY-01, -02; BONDED-SEPARATE-01
// (a mark that is for customs to set), BONDED-MERGE-02.
func (d *Desk) FileBook(ctx context.Context, c decision.Command, by decision.Actor, b book.Book) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc := Book{Book: b, Filed: v.Now()}
		doc.ID, doc.Number, doc.State, doc.Officers, doc.Automatic = v.NewID(), "", book.Draft, [2]string{}, false
		return d.submitBook(v, by, doc, 0)
	})
}

// RefileBook sends a book again that customs had returned, with what the
// enterprise changed. Faults: as FileBook; BOOK-LIFECYCLE-01.
func (d *Desk) RefileBook(ctx context.Context, c decision.Command, by decision.Actor, id string, b book.Book) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		old, version, err := decision.Load[Book](v, dossier.Book, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		doc := Book{Book: b, Filed: v.Now()}
		doc.ID, doc.Number, doc.State, doc.Officers, doc.Automatic = id, "", old.State, [2]string{}, false
		return d.submitBook(v, by, doc, version)
	})
}

func (d *Desk) submitBook(v decision.View, by decision.Actor, doc Book, version int64) (decision.Outcome, error) {
	var out decision.Outcome
	var faults fault.List
	submitted, err := doc.Apply(book.EventSubmit, book.Facts{})
	if err := faults.Add("", err); err != nil {
		return out, err
	}
	s, err := d.standingOf(v, doc.Operator, v.Now().Date())
	if err := faults.Add("", err); err != nil {
		return out, err
	}
	parts, bad := marked(doc.Parts, nil)
	faults = append(faults, bad...)
	if err := faults.OrNil(); err != nil {
		return out, err
	}
	submitted.Parts = parts
	if err := d.partsFit(v, &submitted); err != nil {
		return out, err
	}
	doc.Book = submitted
	doc.Lines, doc.LastWriteOff = kept(doc.Lines, nil), 0
	if doc.Area == "" {
		doc.Area = areaOf(doc.CompetentOffice)
	}
	if doc.Execution == 0 {
		doc.Execution = book.ExecutionNormal
	}
	if s.level < lowCredit {
		e := doc.entry(v, v.NewID, by, "book.filed", "")
		out.Puts = []decision.Put{{Kind: dossier.Book, ID: doc.ID, Version: version, Body: doc}}
		out.Entries, out.Relied = []journal.Entry{e}, s.relied
		out.Reply = Reply{ID: doc.ID, State: string(doc.State), Waits: []clearance.Notice{{Code: "BONDED-CREDIT-01", Detail: "two officers decide on the book"}}}
		return out, nil
	}
	doc.Automatic = true
	return doc.approve(v, by, version, book.EventAutoApprove, "", s.relied)
}

func (b *Book) entry(v decision.View, ids func() string, by decision.Actor, kind, reason string) journal.Entry {
	e := told(v, ids, by, kind, journal.Ref{Kind: "book", ID: b.ID})
	e.Enterprise, e.Area, e.Office = keyOf(b.Operator), b.Area, string(b.CompetentOffice)
	e.Why = journal.Why{Law: "FTZREG-18", Reason: reason}
	e.Body = fact(map[string]any{"number": b.Number, "kind": b.Kind, "state": b.State, "lines": len(b.Lines), "officers": b.Officers, "automatic": b.Automatic})
	return e
}

// letter and mark of a book's number (DR §0.2: T zone logistics, H zone
// processing, E networked processing; the letter after the office tells the other
// kinds apart, which is our reading).
func series(b *book.Book) number.Book {
	n := number.Book{Kind: 'T', Office: string(b.CompetentOffice), Mark: 'W'}
	switch b.Kind {
	case book.Processing:
		n.Kind, n.Mark = 'H', 'A'
		if b.Processing == book.Networked {
			n.Kind = 'E'
		}
	case book.Equipment:
		n.Kind, n.Mark = 'H', 'D'
	case book.Repair:
		n.Kind, n.Mark = 'H', 'R'
	case book.Exhibition:
		n.Mark = 'Z'
	case book.Commerce:
		n.Mark = 'S'
	case book.Logistics:
	}
	return n
}

// approve makes the book active under its number.
func (b Book) approve(v decision.View, by decision.Actor, version int64, on book.Event, reason string, relied []decision.Reliance) (decision.Outcome, error) {
	next, err := b.Apply(on, book.Facts{LowRisk: on == book.EventAutoApprove})
	if err != nil {
		return decision.Outcome{}, err
	}
	b.Book, b.Approved = next, v.Now()
	n := series(&b.Book)
	wanted := decision.Next("book/"+n.String()[:6], func(serial int64) (string, error) {
		n := n
		n.Serial = serial
		return n.String(), n.Check()
	})
	b.Number = wanted.StandIn
	return decision.Outcome{
		Relied:  relied,
		Numbers: []decision.Number{wanted},
		Puts:    []decision.Put{{Kind: dossier.Book, ID: b.ID, Version: version, Body: b}},
		Entries: []journal.Entry{b.entry(v, v.NewID, by, "book.opened", reason)},
		Reply:   Reply{ID: b.ID, Number: b.Number, State: string(b.State)},
	}, nil
}

// ProposeBook is the first officer's word for a book that waits: filing, or the
// change that is asked for. Faults: BONDED-BOOK-01 when the book does not wait;
// those of the desk of the two officers.
func (d *Desk) ProposeBook(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[Book](v, dossier.Book, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		action := map[book.State]string{book.Review: ActFileBook, book.ChangePending: ActChangeBook, book.Closing: ActCloseBook}[doc.State]
		if action == "" {
			return decision.Outcome{}, fault.New(fault.Refused, "BONDED-BOOK-01", "", "account book {book} is {state}: nothing waits for two officers", "look at the book again",
				"book", doc.Number, "state", string(doc.State))
		}
		return deliberation.Open(v, Setting(d.reference()), by, deliberation.Motion{
			Matter: review.BookFiling, Kind: "book", Subject: id, Number: doc.Number, Action: action,
			Payload: bookPayload{id, version, by.ID, reason}, Posts: bookPosts, Reason: reason,
			Enterprise: keyOf(doc.Operator), Area: doc.Area, Office: string(doc.CompetentOffice),
		})
	})
}

// proposedBook loads the book that two officers decided on, as they saw it.
// Fault: BONDED-SEEN-01.
func proposedBook(v decision.View, by decision.Actor, payload json.RawMessage) (Book, int64, bookPayload, error) {
	var p bookPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return Book{}, 0, p, err
	}
	doc, version, err := decision.Load[Book](v, dossier.Book, p.Book)
	if err != nil {
		return doc, 0, p, err
	}
	doc.Officers = [2]string{p.First, by.ID}
	return doc, version, p, seen(p.Version, version)
}

// seen tells whether a document is still the one that was decided on.
func seen(then, now int64) error {
	if then == now {
		return nil
	}
	return fault.New(fault.Conflict, "BONDED-SEEN-01", "", "the document has changed since it was proposed (version {seen}, now {now})",
		"withdraw the proposal and look at it again", "seen", then, "now", now)
}

func fileBook(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	doc, version, p, err := proposedBook(v, by, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	return doc.approve(v, by, version, book.EventApprove, p.Reason, nil)
}

// ReturnBook sends a book back to its enterprise with a reason. Faults:
// BONDED-REASON-01, BOOK-LIFECYCLE-01.
func (d *Desk) ReturnBook(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[Book](v, dossier.Book, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		on := book.EventReturn
		if doc.State == book.ChangePending || doc.State == book.Closing {
			on, doc.Asked, doc.Stated = book.EventKeep, nil, nil
		}
		if doc.Book, err = doc.Apply(on, book.Facts{}); err != nil {
			return decision.Outcome{}, err
		}
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Book, ID: id, Version: version, Body: doc}},
			Entries: []journal.Entry{doc.entry(v, v.NewID, by, "book.returned", reason)},
			Reply:   Reply{ID: id, Number: doc.Number, State: string(doc.State)},
		}, nil
	})
}

func reasoned(reason string) error {
	if reason != "" {
		return nil
	}
	return fault.New(fault.Invalid, "BONDED-REASON-01", "/reason", "an act of customs needs a reason", "say in a few words why")
}

// ChangeBook asks for a change of a book: lines added, maxima, names, parties'
// details and validity. What a line is counted in never changes, because its
// balance stands in it. A low-risk enterprise's change is in force at once.
// Faults: BONDED-CHANGE-01 (another owner or kind), BONDED-CHANGE-02 (a line left
// out, or its unit, code or kind changed), BONDED-SEPARATE-01 to -03 (a mark of
// customs on a part), BONDED-MERGE-02; those of book.Book.
func (d *Desk) ChangeBook(ctx context.Context, c decision.Command, by decision.Actor, id string, wanted book.Book) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := decision.Load[Book](v, dossier.Book, id)
		if err != nil {
			return out, err
		}
		var faults fault.List
		if err := faults.Add("", changeable(&doc.Book, &wanted)); err != nil {
			return out, err
		}
		s, err := d.standingOf(v, doc.Operator, v.Now().Date())
		if err := faults.Add("", err); err != nil {
			return out, err
		}
		asked, err := doc.Apply(book.EventAskChange, book.Facts{})
		if err := faults.Add("", err); err != nil {
			return out, err
		}
		next, bad := changed(&asked, &wanted)
		faults = append(faults, bad...)
		if err := faults.Add("", next.Validate()); err != nil {
			return out, err
		}
		if err := faults.Add("", d.partsFit(v, &next)); err != nil {
			return out, err
		}
		if err := faults.OrNil(); err != nil {
			return out, err
		}
		kind := "book.change-asked"
		reply := Reply{ID: id, Number: doc.Number}
		if s.level >= lowCredit {
			kind = "book.changed"
			if doc.Book, err = next.Apply(book.EventAutoChange, book.Facts{LowRisk: true}); err != nil {
				return out, err
			}
			doc.Automatic = true
		} else {
			doc.Book, doc.Asked = asked, &next
			reply.Waits = []clearance.Notice{{Code: "BONDED-CREDIT-01", Detail: "two officers decide on the change"}}
		}
		reply.State = string(doc.State)
		out.Puts = []decision.Put{{Kind: dossier.Book, ID: id, Version: version, Body: doc}}
		out.Entries, out.Relied, out.Reply = []journal.Entry{doc.entry(v, v.NewID, by, kind, "")}, s.relied, reply
		return out, nil
	})
}

// changeable tells what of a book may not be changed.
func changeable(old, wanted *book.Book) error {
	var faults fault.List
	if wanted.Kind != old.Kind || wanted.Operator != old.Operator || wanted.CompetentOffice != old.CompetentOffice {
		faults = append(faults, fault.New(fault.Refused, "BONDED-CHANGE-01", "/operator", "kind, owner and office of a book cannot be changed",
			"close the book and open another one"))
	}
	for i := range old.Lines {
		l := &old.Lines[i]
		now, ok := wanted.Line(l.Number)
		if !ok || now.Unit != l.Unit || now.Commodity != l.Commodity || now.Kind != l.Kind || now.Currency != l.Currency {
			faults = append(faults, fault.New(fault.Refused, "BONDED-CHANGE-02", "/lines", "line {line} would be left out, or counted or classified in another way",
				"leave the line as it is and add another one", "line", l.Number))
		}
	}
	return faults.OrNil()
}

// arrivedSince adds to lines those of now that an arrival made meanwhile.
func arrivedSince(lines, now []book.Line) []book.Line {
	all := slices.Clone(lines)
	for i := range now {
		if !slices.ContainsFunc(lines, func(l book.Line) bool { return l.Number == now[i].Number }) {
			all = append(all, now[i])
		}
	}
	return all
}

// changed takes the content of wanted with what customs keep of old.
// Faults: BONDED-SEPARATE-01 to -03.
func changed(old, wanted *book.Book) (book.Book, fault.List) {
	next := *wanted
	parts, faults := marked(wanted.Parts, old)
	next.ID, next.Number, next.State, next.Area, next.Execution, next.Officers = old.ID, old.Number, old.State, old.Area, old.Execution, old.Officers
	next.Automatic, next.LastWriteOff = false, old.LastWriteOff
	next.Lines, next.Parts = kept(wanted.Lines, old), parts
	return next, faults
}

// changeBook is what happens when two officers agree on a change. While it waited,
// goods that arrived may have made lines of their own, and customs may have marked
// lines and parts: all that stays.
func (d *Desk) changeBook(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	doc, version, p, err := proposedBook(v, by, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	if doc.Stated != nil {
		return doc.state(v, by, version, book.EventChange, p.Reason, nil)
	}
	if doc.Asked == nil {
		return decision.Outcome{}, seen(p.Version, version+1)
	}
	wanted := *doc.Asked
	wanted.Lines, wanted.Parts = arrivedSince(wanted.Lines, doc.Lines), slices.Clone(wanted.Parts)
	for i := range wanted.Parts {
		_, wanted.Parts[i].Separate = doc.Marked(wanted.Parts[i].Part)
	}
	next, faults := changed(&doc.Book, &wanted)
	if err := faults.Add("", d.partsFit(v, &next)); err != nil {
		return decision.Outcome{}, err
	}
	if err := faults.OrNil(); err != nil {
		return decision.Outcome{}, err
	}
	if doc.Book, err = next.Apply(book.EventChange, book.Facts{}); err != nil {
		return decision.Outcome{}, err
	}
	doc.Asked = nil
	return decision.Outcome{
		Puts:    []decision.Put{{Kind: dossier.Book, ID: doc.ID, Version: version, Body: doc}},
		Entries: []journal.Entry{doc.entry(v, v.NewID, by, "book.changed", p.Reason)},
		Reply:   Reply{ID: doc.ID, Number: doc.Number, State: string(doc.State)},
	}, nil
}
