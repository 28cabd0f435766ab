// Package control tells the stories of the gate: a release note is approved for
// one truck, the truck stands at a lane, what the devices read is compared with
// the papers, and in the same transaction in which the barrier is told to lift
// the goods are booked as passed and, when they were the last, the account book
// is posted (DR §1.6, §6). A passage is a fact: what cannot be booked goes to the
// difference account, and somebody owes an explanation.
package control

import (
	"encoding/json"
	"slices"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/procedure"
	"seine/internal/risk"
)

// Desk is where the stories are told. It holds no state of its own.
type Desk struct {
	store     casework.Decider
	reference func() *clearance.Reference
	passages  func() *risk.Table
	controls  func() []*risk.Instruction
}

// New gives a desk that writes through store; reference gives the reference
// snapshots in force at the time of the call, passages the risk table of
// passages.
func New(store casework.Decider, reference func() *clearance.Reference, passages func() *risk.Table) *Desk {
	return &Desk{store: casework.Steady(store), reference: reference, passages: passages}
}

// ControlPassages sets the control instructions about passages; without them none
// is asked. Call it before the desk is used.
func (d *Desk) ControlPassages(instructions func() []*risk.Instruction) { d.controls = instructions }

func (d *Desk) instructions() []*risk.Instruction {
	if d.controls == nil {
		return nil
	}
	return d.controls()
}

// Note is a release note as the house keeps it.
type Note struct {
	gate.ReleaseNote
	Papers   []string      `json:"papers,omitempty"`   // ids of its documents, in their order
	Packages num.Quantity  `json:"packages,omitempty"` // of goods under a transport paper
	Office   string        `json:"office,omitempty"`
	Level    int           `json:"level"` // credit level when it was applied for
	Box      string        `json:"box,omitempty"`
	Box2     string        `json:"box2,omitempty"`
	Filed    clock.Instant `json:"filed"`
	Cleared  clock.Instant `json:"cleared,omitempty"` // approved
}

// carried is what the note carries of the paper with this id.
func (n *Note) paper(document string) string {
	if i := slices.Index(n.Documents, document); i >= 0 && i < len(n.Papers) {
		return n.Papers[i]
	}
	return ""
}

// paper is one document of a note with its case, as read and as it becomes.
type paper struct {
	list    *bonded.List
	app     *bonded.Application
	version int64
	file    casework.Case
	filed   int64
	mode    *procedure.Mode
}

func (p *paper) number() string {
	if p.list != nil {
		return p.list.Number
	}
	return p.app.Number
}

func (p *paper) enterprise() string { return p.file.Debtor }

func (p *paper) direction() gate.Direction {
	if p.list != nil {
		return gate.Direction(p.list.Direction)
	}
	return gate.In
}

// approved tells whether goods may move on the paper.
func (p *paper) approved() bool {
	if p.app != nil {
		return p.app.State == bonded.ApplicationApproved
	}
	switch p.list.State {
	case book.ListApproved, book.ListBillReleased, book.ListFullyPassed:
		return true
	default:
		return false
	}
}

// puts writes the paper and its case.
func (p *paper) puts() []decision.Put {
	puts := []decision.Put{{Kind: dossier.Case, ID: p.file.ID, Version: p.filed, Body: p.file}}
	if p.list != nil {
		return append(puts, decision.Put{Kind: dossier.VerificationList, ID: p.list.ID, Version: p.version, Body: *p.list})
	}
	return append(puts, decision.Put{Kind: dossier.Application, ID: p.app.ID, Version: p.version, Body: *p.app})
}

// loadPaper reads a document of a note by its id.
func loadPaper(v decision.View, ref *clearance.Reference, kind gate.DocumentKind, id string) (*paper, error) {
	p := &paper{}
	file := ""
	if kind == gate.TransportPaper {
		app, version, err := decision.Load[bonded.Application](v, dossier.Application, id)
		if err != nil {
			return nil, err
		}
		p.app, p.version, file = &app, version, app.ID
	} else {
		list, version, err := decision.Load[bonded.List](v, dossier.VerificationList, id)
		if err != nil {
			return nil, err
		}
		p.list, p.version, file = &list, version, list.Case
	}
	var err error
	if p.file, p.filed, err = decision.Load[casework.Case](v, dossier.Case, file); err != nil {
		return nil, err
	}
	p.mode, err = bonded.ModeOf(ref, &p.file)
	return p, err
}

// drawer is where documents of a kind are kept. Fault: CONTROL-DOCUMENT-01.
func drawer(kind gate.DocumentKind) (decision.Kind, error) {
	switch kind {
	case gate.VerificationList:
		return dossier.VerificationList, nil
	case gate.TransportPaper:
		return dossier.Application, nil
	case gate.StockNote, gate.EntryBill:
	}
	return "", fault.New(fault.Invalid, "CONTROL-DOCUMENT-01", "/documentKind", "a release note cannot be made from a “{kind}” here", "name a verification list or a lading application",
		"kind", string(kind))
}

// reply tells where a note stands.
type Reply struct {
	ID     string             `json:"id"`
	Number string             `json:"number,omitempty"`
	State  gate.NoteState     `json:"state"`
	Waits  []clearance.Notice `json:"waits,omitempty"`
}

func fact(values map[string]any) json.RawMessage {
	body, err := json.Marshal(values)
	if err != nil {
		return json.RawMessage(strconv.Quote(err.Error()))
	}
	return body
}

// told begins a journal entry whose ids can be drawn again.
func told(v decision.View, ids func() string, by decision.Actor, kind string, subject ...journal.Ref) journal.Entry {
	now := v.Now()
	return journal.Entry{ID: ids(), At: now, EffectiveOn: now.Date(), Actor: by.ID, ActorKind: by.Kind, Type: kind, Subject: subject}
}

func (n *Note) entry(v decision.View, ids func() string, by decision.Actor, kind, reason string) journal.Entry {
	e := told(v, ids, by, kind, journal.Ref{Kind: "release_note", ID: n.ID})
	for _, id := range n.Papers {
		of := "verification_list"
		if n.Kind == gate.TransportPaper {
			of = "application"
		}
		e.Subject = append(e.Subject, journal.Ref{Kind: of, ID: id})
	}
	e.Enterprise, e.Area, e.Office = n.Enterprise, n.Area, n.Office
	e.Why = journal.Why{Reason: reason}
	e.Body = fact(map[string]any{"number": n.Number, "plate": n.Plate, "state": n.State, "documents": n.Documents, "total": n.Total.String()})
	return e
}

// reasoned refuses an act without a reason.
func reasoned(reason string) error {
	if reason != "" {
		return nil
	}
	return fault.New(fault.Invalid, "CONTROL-REASON-01", "/reason", "an act of customs needs a reason", "say in a few words why")
}
