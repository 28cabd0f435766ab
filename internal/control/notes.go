package control

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration/number"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/review"
)

// lowCredit is the least credit level whose notes the machine approves (DR §8.1).
const lowCredit = 3

// ActVoidNote is the action of voiding a note.
const ActVoidNote = "note.void"

// notePosts may propose and confirm the voiding of a note (DR §9.1, our reading).
var notePosts = []party.PostID{party.GateOfficer, party.FilingOfficer, party.Reviewer}

// NoteRequest is a release note as an enterprise asks for it. Packages are those
// on this truck, for goods that enter before they are declared.
type NoteRequest struct {
	Note     gate.ReleaseNote `json:"note"`
	Packages num.Quantity     `json:"packages,omitempty"`
}

// ApplyNote takes an application for a release note: every fault at once; it is
// approved under its number when the mode's step is ready and the risk is low,
// else it waits for an officer (DR §1.6). A note for one document that names no
// lines takes all that is left of it.
//
// Faults: those of gate.ReleaseNote.Validate and CheckQuantities;
// CONTROL-DOCUMENT-01 to -05, CONTROL-QUANTITY-01, CONTROL-LINES-01;
// BONDED-FIND-01; PROCEDURE-ORDER-01 when bill or list is not there yet.
func (d *Desk) ApplyNote(ctx context.Context, c decision.Command, by decision.Actor, r NoteRequest) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.applyNote(v, by, r) })
}

func (d *Desk) applyNote(v decision.View, by decision.Actor, r NoteRequest) (decision.Outcome, error) {
	ref := d.reference()
	n := Note{ReleaseNote: r.Note, Packages: r.Packages, Filed: v.Now(), Level: 5}
	n.ID, n.Number, n.State, n.Version, n.Returns, n.Voiders = v.NewID(), "", gate.Applied, 0, nil, [2]string{}
	n.Plate = string(codelist.NormalisePlate(n.Plate))
	n.Lines, n.Containers = slices.Clone(n.Lines), slices.Clone(n.Containers)
	for i := range n.Containers {
		if plain, err := codelist.ParseContainerNumber(n.Containers[i].Number); err == nil {
			n.Containers[i].Number = string(plain)
		}
	}
	if len(n.Containers) > 0 {
		n.Box = n.Containers[0].Number
	}
	if len(n.Containers) > 1 {
		n.Box2 = n.Containers[1].Number
	}
	papers, err := d.papersOf(v, ref, &n)
	var faults fault.List
	if err := faults.Add("", err); err != nil {
		return decision.Outcome{}, err
	}
	if err == nil {
		complete(&n, papers)
		if err := faults.Add("", open(&n, papers)); err != nil {
			return decision.Outcome{}, err
		}
	}
	if err := faults.Add("", n.Validate()); err != nil {
		return decision.Outcome{}, err
	}
	if err := faults.OrNil(); err != nil {
		return decision.Outcome{}, err
	}
	a := clearing{v: v, ref: ref, by: by, note: n, papers: papers, low: n.Level >= lowCredit}
	if !a.low {
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.ReleaseNote, ID: n.ID, Body: n}},
			Entries: []journal.Entry{n.entry(v, v.NewID, by, "release-note.applied-for", "")},
			Reply:   Reply{ID: n.ID, State: n.State, Waits: []clearance.Notice{{Code: "CONTROL-CREDIT-01", Detail: "release notes of this enterprise are approved by an officer"}}},
		}, nil
	}
	return a.decide()
}

// papersOf finds the documents of a note and checks that goods may move on them
// this way. Faults: CONTROL-DOCUMENT-01 to -04, BONDED-FIND-01.
func (d *Desk) papersOf(v decision.View, ref *clearance.Reference, n *Note) ([]*paper, error) {
	n.Papers = nil
	if n.Type == gate.EmptyTruck || n.Type == gate.GateRegistered {
		n.Documents = nil
		return nil, nil
	}
	if n.Kind == "" {
		n.Kind = gate.VerificationList
	}
	kind, err := drawer(n.Kind)
	if err != nil {
		return nil, err
	}
	var faults fault.List
	var papers []*paper
	for i, document := range n.Documents {
		path := "/documents/" + strconv.Itoa(i)
		ids, err := v.Find(kind, "number", document, 1)
		if err != nil {
			return nil, err
		}
		if document == "" || len(ids) == 0 {
			faults = append(faults, fault.New(fault.NotFound, "CONTROL-DOCUMENT-02", path, "there is no document {number}", "check the number", "number", document))
			continue
		}
		p, err := loadPaper(v, ref, n.Kind, ids[0])
		if err != nil {
			return nil, err
		}
		if !p.approved() {
			faults = append(faults, fault.New(fault.Refused, "CONTROL-DOCUMENT-03", path, "document {number} is not approved", "wait for its approval", "number", document))
		}
		if n.Enterprise == "" {
			n.Enterprise = p.enterprise()
		}
		if p.enterprise() != n.Enterprise {
			faults = append(faults, fault.New(fault.Refused, "CONTROL-DOCUMENT-04", path, "document {number} is of another enterprise", "make a note for each enterprise", "number", document))
		}
		if n.Direction == "" {
			n.Direction = p.direction()
		}
		if p.direction() != n.Direction {
			faults = append(faults, fault.New(fault.Invalid, "CONTROL-DOCUMENT-05", path, "the goods of document {number} go {way}", "correct the direction of the note",
				"number", document, "way", string(p.direction())))
		}
		n.Papers = append(n.Papers, ids[0])
		n.Level = min(n.Level, p.file.Credit)
		papers = append(papers, p)
	}
	return papers, faults.OrNil()
}

// complete fills in what follows from the documents.
func complete(n *Note, papers []*paper) {
	if len(papers) > 0 {
		first := papers[0]
		if n.Area == "" {
			n.Area = first.file.Area
		}
		n.Office = first.file.Office
		if n.Type == 0 {
			switch {
			case n.Kind == gate.TransportPaper:
				n.Type = gate.EnterFirst
			case first.mode.Line == procedure.SecondLine:
				n.Type = gate.SecondLine
			default:
				n.Type = gate.FirstLineIntegrated
			}
		}
		if first.list != nil && n.Book == "" {
			n.Book = first.list.Book
		}
	}
	for _, p := range papers {
		if p.list == nil {
			continue
		}
		if len(papers) == 1 && len(n.Lines) == 0 {
			for i := range p.list.Lines {
				if left, _ := p.list.OpenToNote(p.list.Lines[i].Number); left > 0 {
					n.Lines = append(n.Lines, gate.NoteLine{Document: p.list.Number, Line: p.list.Lines[i].Number, Quantity: left})
				}
			}
		}
		for i := range n.Lines {
			if n.Lines[i].Document != p.list.Number {
				continue
			}
			if line, ok := p.list.Line(n.Lines[i].Line); ok {
				n.Lines[i].BookLine, n.Lines[i].Commodity = line.BookLine, line.Commodity
			}
		}
	}
}

// open checks that the note takes no more than is left. Faults: those of
// gate.ReleaseNote.CheckQuantities, CONTROL-LINES-01, CONTROL-QUANTITY-01.
func open(n *Note, papers []*paper) error {
	var faults fault.List
	for i, p := range papers {
		path := "/documents/" + strconv.Itoa(i)
		if p.app != nil {
			left := p.app.OpenToNote()
			if n.Packages <= 0 || n.Packages > left.Packages || n.GoodsGross > left.GrossMass {
				faults = append(faults, fault.New(fault.Refused, "CONTROL-QUANTITY-01", "/packages", "{packages} packages of {mass} kg are noted, of which {left} packages of {leftMass} kg are left",
					"note what is left of the application, or void an earlier note", "packages", n.Packages, "mass", n.GoodsGross, "left", left.Packages, "leftMass", left.GrossMass))
			}
			continue
		}
		if !slices.ContainsFunc(n.Lines, func(l gate.NoteLine) bool { return l.Document == p.list.Number }) {
			faults = append(faults, fault.New(fault.Invalid, "CONTROL-LINES-01", path, "the note carries nothing of list {number}", "state the lines on this truck, or leave the list out", "number", p.list.Number))
		}
	}
	err := n.CheckQuantities(func(ref gate.LineRef) (num.Quantity, bool) {
		for _, p := range papers {
			if p.list != nil && p.list.Number == ref.Document {
				return p.list.OpenToNote(ref.Line)
			}
		}
		return 0, false
	})
	if err := faults.Add("", err); err != nil {
		return err
	}
	return faults.OrNil()
}

// clearing is a note on its way to approval; it may be taken twice with the same
// result.
type clearing struct {
	v       decision.View
	ref     *clearance.Reference
	by      decision.Actor
	note    Note
	version int64
	papers  []*paper
	low     bool
	reason  string
}

func (a clearing) decide() (decision.Outcome, error) {
	office := a.note.Office
	if office == "" {
		if area, ok := party.Organisation().Area(a.note.Area); ok {
			office = string(area.Office)
		}
	}
	n := number.Note{Office: office, Import: a.note.Direction == gate.In, Day: a.v.Now().Date(), TwoStep: a.note.Type == gate.TwoStep}
	wanted := decision.Next("note/"+n.String()[:12], func(serial int64) (string, error) {
		n := n
		n.Serial = serial
		return n.String(), n.Check()
	})
	a.note.Number = wanted.StandIn
	out, err := a.take()
	if err != nil {
		return decision.Outcome{}, err
	}
	out.Epochs = append(out.Epochs, a.ref.Epochs...)
	out.Numbers = append(out.Numbers, wanted)
	return out, nil
}

func (a clearing) take() (decision.Outcome, error) {
	var out decision.Outcome
	var err error
	if a.note.ReleaseNote, err = a.note.Apply(gate.EventApprove); err != nil {
		return out, err
	}
	a.note.Cleared = a.v.Now()
	for _, p := range a.papers {
		next := *p
		goods := casework.Goods{}
		if p.app != nil {
			goods.Add(procedure.LadingLine, procedure.Noted, p.app.Lines(bonded.Amounts{Packages: a.note.Packages, GrossMass: a.note.GoodsGross})...)
		} else {
			goods.Add(procedure.BookLine, procedure.Noted, byBookLine(a.note.Lines, p.list)...)
		}
		var given []procedure.Given
		if !a.low {
			given = []procedure.Given{{By: procedure.Customs, Office: procedure.ZoneOffice, Officers: []string{a.by.ID}}}
		}
		t, err := casework.Take(a.v, p.mode, p.file, casework.Step{
			ID: procedure.StepNote, By: a.by, LowRisk: a.low, Confirmed: given, Goods: goods, Calendar: a.ref.Calendar, At: a.v.Now(), IDs: a.v.NewID,
			True: conditions(p),
		})
		if err != nil {
			return out, err
		}
		if !t.Ready {
			return out, bonded.Lacking(&t, procedure.StepNote)
		}
		out.Merge(t.Outcome)
		next.file = t.Case
		next.noted(&a.note, 1)
		out.Puts = append(out.Puts, next.puts()...)
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.ReleaseNote, ID: a.note.ID, Version: a.version, Body: a.note})
	out.Entries = append(out.Entries, a.note.entry(a.v, a.v.NewID, a.by, "release-note.approved", a.reason))
	out.Reply = Reply{ID: a.note.ID, Number: a.note.Number, State: a.note.State}
	return out, nil
}

// noted counts a note on its document, or takes it off again (sign -1).
func (p *paper) noted(n *Note, sign num.Quantity) {
	if p.app != nil {
		app := *p.app
		app.Noted.Packages += sign * n.Packages
		app.Noted.GrossMass += sign * n.GoodsGross
		p.app = &app
		return
	}
	list := *p.list
	list.Lines = slices.Clone(list.Lines)
	for i := range n.Lines {
		if l := &n.Lines[i]; l.Document == list.Number {
			if line, ok := list.Line(l.Line); ok {
				line.Noted += sign * l.Quantity
			}
		}
	}
	p.list = &list
}

// conditions answers what the mode may ask about a document at the gate.
func conditions(p *paper) map[procedure.Condition]bool {
	holds := map[procedure.Condition]bool{procedure.LadingKnown: p.file.Bill != ""}
	if p.list != nil {
		holds[procedure.BillReleased] = p.list.BillReleased != 0
		holds[procedure.FullyPassed] = p.list.FullyPassed != 0
		holds[procedure.BookGiven] = true
	}
	return holds
}

// byBookLine adds up note lines of a list by line of the book.
func byBookLine(lines []gate.NoteLine, list *bonded.List) []casework.Line {
	var sums []casework.Line
	for i := range lines {
		if lines[i].Document != list.Number {
			continue
		}
		line, ok := list.Line(lines[i].Line)
		if !ok {
			continue
		}
		sums = addLine(sums, line, lines[i].Quantity)
	}
	return sums
}

func addLine(sums []casework.Line, line *book.ListLine, q num.Quantity) []casework.Line {
	key := strconv.Itoa(line.BookLine)
	for i := range sums {
		if sums[i].Key == key {
			sums[i].Quantity += q
			return sums
		}
	}
	return append(sums, casework.Line{Key: key, Unit: string(line.Unit), Quantity: q})
}

// DecideNote is an officer's word on a note that waits: approved, or deleted with
// a reason. Faults: CONTROL-REASON-01, GATE-LIFECYCLE-01, and as ApplyNote.
func (d *Desk) DecideNote(ctx context.Context, c decision.Command, by decision.Actor, id string, approve bool, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		n, version, err := decision.Load[Note](v, dossier.ReleaseNote, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if !approve {
			return n.move(v, by, version, gate.EventDelete, "release-note.deleted", reason)
		}
		ref := d.reference()
		papers, err := d.papersOf(v, ref, &n)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := open(&n, papers); err != nil {
			return decision.Outcome{}, err
		}
		return clearing{v: v, ref: ref, by: by, note: n, version: version, papers: papers, reason: reason}.decide()
	})
}

// DeleteNote is the enterprise giving up a note that is not approved yet. Fault:
// GATE-LIFECYCLE-01.
func (d *Desk) DeleteNote(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.moveNote(ctx, c, by, id, gate.EventDelete, "release-note.deleted", reason)
}

// AskVoidNote is the enterprise asking to void an approved note: from now on no
// gate lets a truck pass on it, and two officers decide. Faults:
// CONTROL-REASON-01, GATE-LIFECYCLE-01.
func (d *Desk) AskVoidNote(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.moveNote(ctx, c, by, id, gate.EventAskVoid, "release-note.void-asked", reason)
}

// KeepNote is an officer refusing to void: the note lives again. Faults as
// AskVoidNote.
func (d *Desk) KeepNote(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.moveNote(ctx, c, by, id, gate.EventKeep, "release-note.kept", reason)
}

func (d *Desk) moveNote(ctx context.Context, c decision.Command, by decision.Actor, id string, on gate.NoteEvent, kind, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		n, version, err := decision.Load[Note](v, dossier.ReleaseNote, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		return n.move(v, by, version, on, kind, reason)
	})
}

func (n Note) move(v decision.View, by decision.Actor, version int64, on gate.NoteEvent, kind, reason string) (decision.Outcome, error) {
	next, err := n.Apply(on)
	if err != nil {
		return decision.Outcome{}, err
	}
	n.ReleaseNote = next
	return decision.Outcome{
		Puts:    []decision.Put{{Kind: dossier.ReleaseNote, ID: n.ID, Version: version, Body: n}},
		Entries: []journal.Entry{n.entry(v, v.NewID, by, kind, reason)},
		Reply:   Reply{ID: n.ID, Number: n.Number, State: n.State},
	}, nil
}

type notePayload struct {
	Note    string `json:"note"`
	Version int64  `json:"version"`
	First   string `json:"first"`
	Reason  string `json:"reason"`
}

// ProposeVoidNote is the first officer's word for voiding; the second is drawn.
// Faults: CONTROL-VOID-01 (nobody asked for it), those of the desk of the two
// officers.
func (d *Desk) ProposeVoidNote(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		n, version, err := decision.Load[Note](v, dossier.ReleaseNote, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if n.State != gate.VoidRequested {
			return decision.Outcome{}, fault.New(fault.Refused, "CONTROL-VOID-01", "", "release note {number} is {state}: nobody asked to void it", "let the enterprise ask for it with its reason",
				"number", n.Number, "state", string(n.State))
		}
		return deliberation.Open(v, bonded.Setting(d.reference()), by, deliberation.Motion{
			Matter: review.Correction, Kind: "release_note", Subject: id, Number: n.Number, Action: ActVoidNote,
			Payload: notePayload{id, version, by.ID, reason}, Posts: notePosts, Reason: reason, Enterprise: n.Enterprise, Area: n.Area, Office: n.Office,
		})
	})
}

// Actions are what two officers can decide here, for the desk of the two
// officers.
func (d *Desk) Actions() map[string]deliberation.Action {
	return map[string]deliberation.Action{ActVoidNote: deliberation.Pair{Agreed: d.voidNote, Kept: d.keepNote}}
}

func proposedNote(v decision.View, payload json.RawMessage) (Note, int64, notePayload, error) {
	var p notePayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return Note{}, 0, p, err
	}
	n, version, err := decision.Load[Note](v, dossier.ReleaseNote, p.Note)
	if err == nil && version != p.Version {
		err = fault.New(fault.Conflict, "CONTROL-SEEN-01", "", "the note has changed since it was proposed (version {seen}, now {now})", "withdraw the proposal and look at it again",
			"seen", p.Version, "now", version)
	}
	return n, version, p, err
}

func (d *Desk) keepNote(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	n, version, p, err := proposedNote(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	return n.move(v, by, version, gate.EventKeep, "release-note.kept", p.Reason)
}

// voidNote takes the note off its documents; the case's step is undone when it
// was the only note.
func (d *Desk) voidNote(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	n, version, p, err := proposedNote(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	n.Voiders = [2]string{p.First, by.ID}
	out, err := n.move(v, by, version, gate.EventVoid, "release-note.voided", p.Reason)
	if err != nil {
		return out, err
	}
	ref := d.reference()
	for _, id := range n.Papers {
		doc, err := loadPaper(v, ref, n.Kind, id)
		if err != nil {
			return out, err
		}
		doc.noted(&n, -1)
		if doc.unnoted() {
			t, err := casework.Undo(v, doc.mode, doc.file, casework.Step{ID: procedure.StepNote, By: by, Calendar: ref.Calendar, At: v.Now(), IDs: v.NewID})
			if err != nil {
				return out, err
			}
			out.Merge(t.Outcome)
			doc.file = t.Case
		}
		out.Puts = append(out.Puts, doc.puts()...)
	}
	out.Reply = Reply{ID: n.ID, Number: n.Number, State: gate.Void}
	return out, nil
}

// unnoted tells whether no note is left of the document.
func (p *paper) unnoted() bool {
	if p.app != nil {
		return p.app.Noted.Packages == 0
	}
	return p.list.Notes() == book.NotesNone
}
