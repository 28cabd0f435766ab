package bonded

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/procedure"
)

// kept gives lines as they are filed with what only customs and the system write
// on them: as it was in old, nothing on new ones.
func kept(wanted []book.Line, old *book.Book) []book.Line {
	lines := slices.Clone(wanted)
	for i := range lines {
		l, before := &lines[i], book.Line{}
		if old != nil {
			if o, ok := old.Line(l.Number); ok {
				before = *o
			}
		}
		l.CustomsPaused, l.Opening, l.SourceList, l.SourceLine = before.CustomsPaused, before.Opening, before.SourceList, before.SourceLine
	}
	return lines
}

// act does one thing to a book and tells it.
func (d *Desk) act(ctx context.Context, c decision.Command, by decision.Actor, id, kind, reason string, do func(v decision.View, doc *Book) (map[string]any, error)) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[Book](v, dossier.Book, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		more, err := do(v, &doc)
		if err != nil {
			return decision.Outcome{}, err
		}
		return doc.told(v, by, version, kind, reason, more), nil
	})
}

// told writes the book and the entry that tells of it, with more facts.
func (b *Book) told(v decision.View, by decision.Actor, version int64, kind, reason string, more map[string]any) decision.Outcome {
	e := b.entry(v, v.NewID, by, kind, reason)
	if more != nil {
		facts := map[string]any{"number": b.Number, "kind": b.Kind, "state": b.State}
		for name, value := range more {
			facts[name] = value
		}
		e.Body = fact(facts)
	}
	return decision.Outcome{
		Puts:    []decision.Put{{Kind: dossier.Book, ID: b.ID, Version: version, Body: *b}},
		Entries: []journal.Entry{e},
		Reply:   Reply{ID: b.ID, Number: b.Number, State: string(b.State)},
	}
}

// PauseBook is customs stopping a book for goods coming in, going out, or both
// (DR §4.1, execution marks 5, 6 and 4). Lists that are approved go on; no other
// is. Faults: BONDED-REASON-01, BONDED-OFFICE-01, BONDED-PAUSE-01 (no such mark),
// BOOK-LIFECYCLE-01.
func (d *Desk) PauseBook(ctx context.Context, c decision.Command, by decision.Actor, id string, mark book.Execution, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, id, "book.paused", reason, func(_ decision.View, doc *Book) (map[string]any, error) {
		if err := customsWord(by, doc, reason); err != nil {
			return nil, err
		}
		if mark != book.ExecutionPausedBoth && mark != book.ExecutionPausedImport && mark != book.ExecutionPausedExport {
			return nil, fault.New(fault.Invalid, "BONDED-PAUSE-01", "/execution", "{value} does not say what is paused", "write 4 for both ways, 5 for goods coming in, 6 for goods going out", "value", int(mark))
		}
		if doc.State != book.Paused { // the mark of a paused book can be another one
			next, err := doc.Apply(book.EventPause, book.Facts{})
			if err != nil {
				return nil, err
			}
			doc.Book = next
		}
		doc.Execution = mark
		return map[string]any{"execution": mark}, nil
	})
}

// ResumeBook lifts the pause. Faults: BONDED-REASON-01, BONDED-OFFICE-01,
// BOOK-LIFECYCLE-01.
func (d *Desk) ResumeBook(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, id, "book.resumed", reason, func(_ decision.View, doc *Book) (map[string]any, error) {
		if err := customsWord(by, doc, reason); err != nil {
			return nil, err
		}
		next, err := doc.Apply(book.EventResume, book.Facts{})
		if err != nil {
			return nil, err
		}
		doc.Book = next
		doc.Execution = book.ExecutionNormal
		return map[string]any{"execution": doc.Execution}, nil
	})
}

func customsWord(by decision.Actor, doc *Book, reason string) error {
	if err := reasoned(reason); err != nil {
		return err
	}
	return ofOffice(by, doc.CompetentOffice)
}

// markable refuses marks on a book that is not in use. Fault: BOOK-STATE-01.
func markable(doc *Book) error {
	if doc.State == book.Draft || doc.State == book.Review || doc.State == book.Closed {
		return fault.New(fault.Refused, "BOOK-STATE-01", "/book", "account book {book} is {state}", "use a book that is active", "book", doc.Number, "state", doc.State)
	}
	return nil
}

// LineMark is what is to be written on one line of a book: a pause by whoever
// acts, or how far the thing has come.
type LineMark struct {
	Line     int           `json:"line"`
	Paused   *bool         `json:"paused,omitempty"`
	Progress book.Progress `json:"progress,omitempty"`
}

// MarkLine pauses a line or lifts the pause, for the side that acts: customs and
// the enterprise each lift only their own. The enterprise says how far a thing in
// a repair or display book has come. Faults: BONDED-LINE-01 (no such line),
// BONDED-LINE-02 (customs do not say how far a thing has come), BONDED-REASON-01
// and BONDED-OFFICE-01 for customs, BOOK-FILE-14, BOOK-STATE-01.
func (d *Desk) MarkLine(ctx context.Context, c decision.Command, by decision.Actor, id string, m LineMark, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, id, "book.line-marked", reason, func(_ decision.View, doc *Book) (map[string]any, error) {
		customs := by.Kind == journal.Officer
		if customs {
			if err := customsWord(by, doc, reason); err != nil {
				return nil, err
			}
		}
		if err := markable(doc); err != nil {
			return nil, err
		}
		doc.Lines = slices.Clone(doc.Lines)
		l, ok := doc.Line(m.Line)
		if !ok {
			return nil, fault.New(fault.Invalid, "BONDED-LINE-01", "/line", "account book {book} has no line {line}", "name a line of the book", "book", doc.Number, "line", m.Line)
		}
		if m.Progress != "" {
			if customs {
				return nil, fault.New(fault.Refused, "BONDED-LINE-02", "/progress", "how far a thing has come is for its enterprise to say", "pause the line instead")
			}
			l.Progress = m.Progress
			if err := doc.Validate(); err != nil {
				return nil, err
			}
		}
		if m.Paused != nil && customs {
			l.CustomsPaused = *m.Paused
		} else if m.Paused != nil {
			l.EnterprisePaused = *m.Paused
		}
		return map[string]any{"line": m.Line, "progress": l.Progress, "customsPaused": l.CustomsPaused, "enterprisePaused": l.EnterprisePaused}, nil
	})
}

// PartMark says which part of a book is to stand alone, or no longer.
type PartMark struct {
	Part     string `json:"part"`
	Separate bool   `json:"separate"`
}

// MarkPart is customs marking a part to stand alone, or lifting the mark (DR §4.3).
// What is merged already stays until its enterprise moves it: nothing more is
// merged with it, and no change of the book passes that leaves it there. One
// officer marks, as one officer pauses a line: it is none of the five matters of
// DR §9.1. Faults: BONDED-REASON-01, BONDED-OFFICE-01, BOOK-STATE-01,
// BONDED-SEPARATE-04 (no such part), -05 (it is so already).
func (d *Desk) MarkPart(ctx context.Context, c decision.Command, by decision.Actor, id string, m PartMark, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, id, "book.part-marked", reason, func(v decision.View, doc *Book) (map[string]any, error) {
		if err := customsWord(by, doc, reason); err != nil {
			return nil, err
		}
		if err := markable(doc); err != nil {
			return nil, err
		}
		doc.Parts = slices.Clone(doc.Parts)
		facts := map[string]any{"part": m.Part, "separate": m.Separate}
		found := false
		for i := range doc.Parts {
			p := &doc.Parts[i]
			if p.Part != m.Part || m.Part == "" {
				continue
			}
			if found = true; p.Separate == m.Separate {
				return nil, fault.New(fault.Conflict, "BONDED-SEPARATE-05", "/separate", "part {part} is already as asked", "look at the part again", "part", m.Part)
			}
			p.Separate, p.Separation = m.Separate, nil
			if m.Separate {
				p.Separation = &book.Separation{At: v.Now(), By: by.ID, Reason: reason}
			}
			facts["line"], facts["beside"] = p.Line, doc.Beside(p)
		}
		if !found {
			return nil, fault.New(fault.Invalid, "BONDED-SEPARATE-04", "/part", "account book {book} has no part “{part}”", "name a part of the book", "book", doc.Number, "part", m.Part)
		}
		return facts, nil
	})
}

// marked gives the parts of a book as its enterprise writes them, with the marks
// that customs set in old. Faults: BONDED-SEPARATE-01 (a mark that customs did not
// set), -02 (one they set is not there), -03 (a marked part is left out).
func marked(wanted []book.PartItem, old *book.Book) ([]book.PartItem, fault.List) {
	var faults fault.List
	if old == nil {
		old = new(book.Book)
	}
	parts := slices.Clone(wanted)
	for i := range parts {
		p := &parts[i]
		was, set := old.Marked(p.Part)
		path := "/parts/" + strconv.Itoa(i) + "/separate"
		if p.Separation = nil; set {
			p.Separation = was.Separation
		}
		switch {
		case p.Separate && !set:
			faults = append(faults, fault.New(fault.Refused, "BONDED-SEPARATE-01", path, "part {part} on line {line} is not marked separate: only customs set the mark",
				"leave the mark out, or ask the office of the book to set it", "part", p.Part, "line", p.Line))
		case !p.Separate && set:
			faults = append(faults, fault.New(fault.Refused, "BONDED-SEPARATE-02", path, "part {part} on line {line} was marked separate by customs: a change of the book does not lift the mark",
				"send the part with its mark, or ask the office of the book to lift it", "part", p.Part, "line", p.Line))
		}
	}
	for i := range old.Parts {
		p := &old.Parts[i]
		if p.Separate && !slices.ContainsFunc(parts, func(o book.PartItem) bool { return o.Part == p.Part }) {
			faults = append(faults, fault.New(fault.Refused, "BONDED-SEPARATE-03", "/parts", "part {part} of line {line}, which customs marked separate, would be left out",
				"keep the part on a line of its own, or ask the office of the book to lift the mark", "part", p.Part, "line", p.Line))
		}
	}
	return parts, faults
}

// AskCloseBook is the enterprise giving up a book; two officers close it.
// Faults: BOOK-LIFECYCLE-01, BOOK-CLOSE-01 (something is still on it).
func (d *Desk) AskCloseBook(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, id, "book.close-asked", reason, func(v decision.View, doc *Book) (map[string]any, error) {
		next, err := doc.Apply(book.EventAskClose, book.Facts{})
		if err != nil {
			return nil, err
		}
		facts, err := doc.facts(v)
		if err != nil {
			return nil, err
		}
		try := next
		try.Officers = [2]string{"a", "b"} // whether it is empty is all that is asked now
		if _, err := try.Apply(book.EventClose, facts); err != nil {
			return nil, err
		}
		doc.Book = next
		return nil, nil
	})
}

// facts counts what stands on the book. What a list has reserved stands on its
// lines.
func (b *Book) facts(v decision.View) (book.Facts, error) {
	var facts book.Facts
	file := casework.Case{Debtor: keyOf(b.Operator), Book: b.Number}
	for i := range b.Lines {
		open := false
		for _, file.Status = range []ledger.Status{ledger.Bonded, ledger.DutyPaid, ledger.NonBonded} {
			held, err := v.Balance(file.Account(procedure.BookLine, itoa(b.Lines[i].Number), ledger.Legal, ledger.OnHand).Key())
			if err != nil {
				return facts, err
			}
			open = open || held.Quantity != 0 || held.Incoming != 0 || held.Outgoing != 0
		}
		if open {
			facts.LinesOpen++
		}
	}
	return facts, nil
}

// closeBook is what happens when two officers agree.
func closeBook(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	doc, version, p, err := proposedBook(v, by, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	facts, err := doc.facts(v)
	if err != nil {
		return decision.Outcome{}, err
	}
	if doc.Book, err = doc.Apply(book.EventClose, facts); err != nil {
		return decision.Outcome{}, err
	}
	return doc.told(v, by, version, "book.closed", p.Reason, nil), nil
}

// waits is the notice of what two officers decide on.
func waits(detail string) []clearance.Notice {
	return []clearance.Notice{{Code: "BONDED-CREDIT-01", Detail: detail}}
}
