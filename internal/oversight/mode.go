package oversight

import (
	"context"
	"encoding/json"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/procedure"
)

// ModeVersion is one version of a supervision mode that the zone has put in
// force beside those that come with the program: the file, and who agreed to it.
type ModeVersion struct {
	ID          string        `json:"id"`
	Mode        string        `json:"mode"`
	ModeVersion int           `json:"modeVersion"`
	ValidFrom   clock.Date    `json:"validFrom"`
	State       State         `json:"state"`
	Urgent      string        `json:"urgent,omitempty"`
	Source      string        `json:"source"` // the file
	Hash        string        `json:"hash"`   // SHA-256 of the file, hexadecimal
	Author      string        `json:"author"`
	Reason      string        `json:"reason"`
	Proposed    clock.Instant `json:"proposed"`
	ApprovedBy  string        `json:"approvedBy,omitempty"`
	Approved    clock.Instant `json:"approved,omitempty"`
	Enacted     clock.Instant `json:"enacted,omitempty"`
}

// register lists the approved modes: the document by which nodes find them.
type register struct {
	Modes []string `json:"modes"`
}

// registerID is the one document of the register.
const registerID = "modes-in-force"

func approvedModes(v decision.View) (register, int64, error) {
	r, version, err := decision.Load[register](v, dossier.Parameter, registerID)
	if fault.Is(err, "STORE-ABSENT-01") {
		return register{}, 0, nil
	}
	return r, version, err
}

func modesOf(v decision.View) ([]ModeVersion, []int64, error) {
	r, _, err := approvedModes(v)
	if err != nil {
		return nil, nil, err
	}
	modes, versions := make([]ModeVersion, len(r.Modes)), make([]int64, len(r.Modes))
	for i, id := range r.Modes {
		if modes[i], versions[i], err = decision.Load[ModeVersion](v, dossier.ModeVersion, id); err != nil {
			return nil, nil, err
		}
	}
	return modes, versions, nil
}

// Modes reads the modes that the zone has approved, in the order of approval.
func Modes(ctx context.Context, r Reader) ([]ModeVersion, error) {
	var all register
	if _, err := r.Load(ctx, dossier.Parameter, registerID, &all); fault.Is(err, "STORE-ABSENT-01") {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	modes := make([]ModeVersion, len(all.Modes))
	for i, id := range all.Modes {
		if _, err := r.Load(ctx, dossier.ModeVersion, id, &modes[i]); err != nil {
			return nil, err
		}
	}
	return modes, nil
}

// Catalogue puts the approved modes beside those that come with the program. A
// version ends the day before its successor begins; cases that were opened under
// it go on under it. Faults: those of procedure.Parse and NewCatalogue.
func Catalogue(shipped *procedure.Catalogue, approved []ModeVersion) (*procedure.Catalogue, error) {
	added := make([]*procedure.Mode, len(approved))
	for i := range approved {
		m, err := procedure.Parse([]byte(approved[i].Source))
		if err != nil {
			return nil, err
		}
		added[i] = m
	}
	return withModes(shipped, added...)
}

func withModes(shipped *procedure.Catalogue, added ...*procedure.Mode) (*procedure.Catalogue, error) {
	if len(added) == 0 {
		return shipped, nil
	}
	all := append(shipped.List(), added...)
	for i, m := range all {
		end := m.To
		for _, next := range all {
			if next.ID == m.ID && next.Version > m.Version && next.From > m.From && (end == 0 || end >= next.From) {
				end = next.From.AddDays(-1)
			}
		}
		if end != m.To {
			ended := *m
			ended.To = end
			all[i] = &ended
		}
	}
	return procedure.NewCatalogue(all...)
}

// ModeReply tells where a mode stands.
type ModeReply struct {
	ID      string `json:"id"`
	Mode    string `json:"mode"`
	Version int    `json:"version"`
	State   State  `json:"state"`
}

// modeAgreement is what two officers agree on: the file by its hash.
type modeAgreement struct {
	ID      string     `json:"id"`
	Version int64      `json:"version"` // of the document that the second officer sees
	Mode    string     `json:"mode"`
	Hash    string     `json:"hash"`
	From    clock.Date `json:"from"`
	Urgent  string     `json:"urgent,omitempty"`
}

// ProposeMode hands a mode file to a second officer. The file must be proven
// first: a mode with a dead end, a debt that cannot be settled or books that do
// not balance is not proposed. urgent says why it must count from today, "" when
// it need not.
//
// Faults: those of procedure.Parse, Check and NewCatalogue; OVERSIGHT-DAY-01;
// those of House.Accepts and of deliberation.Open.
func (d *Desk) ProposeMode(ctx context.Context, c decision.Command, by decision.Actor, source []byte, reason, urgent string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		m, err := d.proven(v, source, urgent)
		if err != nil {
			return decision.Outcome{}, err
		}
		doc := ModeVersion{
			ID: v.NewID(), Mode: m.ID, ModeVersion: m.Version, ValidFrom: m.From, State: Proposed, Urgent: urgent, Source: string(source), Hash: m.Hash,
			Author: by.ID, Reason: reason, Proposed: v.Now(),
		}
		out, err := d.open(v, by, "mode_version", doc.ID, m.Ref(), ActionMode, reason, modeAgreement{doc.ID, 1, m.ID, m.Hash, m.From, urgent})
		if err != nil {
			return out, err
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.ModeVersion, ID: doc.ID, Body: doc})
		return out, nil
	})
}

// proven checks a mode file against everything that stands now.
func (d *Desk) proven(v decision.View, source []byte, urgent string) (*procedure.Mode, error) {
	m, err := procedure.Parse(source)
	if err != nil {
		return nil, err
	}
	house := d.house()
	known := house.Known
	known.On = m.From
	faults := procedure.Check(m, known)
	if err := faults.Add("/valid", earliest(m.From, v.Now().Date(), urgent)); err != nil {
		return nil, err
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	approved, _, err := modesOf(v)
	if err != nil {
		return nil, err
	}
	now, err := Catalogue(house.Modes, approved)
	if err != nil {
		return nil, err
	}
	next, err := withModes(now, m)
	if err != nil {
		return nil, err
	}
	if house.Accepts != nil {
		err = house.Accepts(next)
	}
	return m, err
}

func agreedMode(v decision.View, payload json.RawMessage) (ModeVersion, int64, error) {
	var p modeAgreement
	if err := json.Unmarshal(payload, &p); err != nil {
		return ModeVersion{}, 0, err
	}
	doc, version, err := decision.Load[ModeVersion](v, dossier.ModeVersion, p.ID)
	if err == nil {
		err = changed(version, p.Version)
	}
	return doc, version, err
}

// modeAgreed approves a mode: from its day on it can be chosen.
func (d *Desk) modeAgreed(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := agreedMode(v, payload)
	if err != nil {
		return out, err
	}
	if _, err := d.proven(v, []byte(doc.Source), doc.Urgent); err != nil {
		return out, err
	}
	all, registered, err := approvedModes(v)
	if err != nil {
		return out, err
	}
	doc.State, doc.ApprovedBy, doc.Approved = Approved, by.ID, v.Now()
	if doc.ValidFrom <= v.Now().Date() {
		doc.Enacted = v.Now()
	}
	out.Puts = []decision.Put{
		{Kind: dossier.ModeVersion, ID: doc.ID, Version: version, Body: doc},
		{Kind: dossier.Parameter, ID: registerID, Version: registered, Body: register{append(slices.Clip(all.Modes), doc.ID)}},
	}
	out.Entries = []journal.Entry{about(v, by, "mode.approved", journal.Ref{Kind: "mode_version", ID: doc.ID}, journal.Why{Rule: doc.Urgent, Reason: doc.Reason},
		map[string]any{"mode": doc.Mode, "version": doc.ModeVersion, "hash": doc.Hash, "from": doc.ValidFrom.String(), "author": doc.Author})}
	out.Reply = ModeReply{doc.ID, doc.Mode, doc.ModeVersion, doc.State}
	err = publish(v, &out, SetModes)
	return out, err
}

// modeKept closes a mode that was not agreed to.
func (d *Desk) modeKept(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := agreedMode(v, payload)
	if err != nil {
		return out, err
	}
	doc.State = Refused
	out.Puts = []decision.Put{{Kind: dossier.ModeVersion, ID: doc.ID, Version: version, Body: doc}}
	out.Entries = []journal.Entry{about(v, by, "mode.refused", journal.Ref{Kind: "mode_version", ID: doc.ID}, journal.Why{},
		map[string]any{"mode": doc.Mode, "version": doc.ModeVersion})}
	return out, nil
}
