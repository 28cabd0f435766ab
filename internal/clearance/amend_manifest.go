package clearance

import (
	"context"
	"strings"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/obligation"
	"seine/internal/procedure"
)

// ManifestArrived records that the means of transport of a manifest is there.
// It is a fact: reported again, it is noted and changes nothing. The day counts
// for the third check of the confirmation and for every deadline from the entry
// declaration on, so declarations are matched again when it is another than was
// expected, and debts that count from it are rescheduled (DR §1.2, §1.4).
// Fault: CLR-ARRIVAL-01 without a day.
func (d *Desk) ManifestArrived(ctx context.Context, c decision.Command, by decision.Actor, id string, at manifest.Moment) (decision.Receipt, error) {
	c.Nature = decision.Fact
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		if at.At != 0 && at.Day == 0 {
			at.Day = at.At.Date()
		}
		if at.Day == 0 {
			return out, fault.New(fault.Invalid, "CLR-ARRIVAL-01", "/day", "an arrival without a day says nothing", "give the day, or the moment, of the arrival")
		}
		doc, version, err := decision.Load[Manifest](v, dossier.Manifest, id)
		if err != nil {
			return out, err
		}
		reply := ManifestReply{ID: doc.ID, Number: doc.Number}
		kind := "manifest.arrived"
		state, err := manifest.Life().Next(doc.State, manifest.EventArrived, manifest.Case{Manifest: doc.Content})
		if err != nil {
			kind = "manifest.arrival-repeated"
			f := fault.All(err)
			if len(f) == 0 {
				return out, err
			}
			reply.Warnings = []Notice{{Code: f[0].Code, Path: f[0].Path, Detail: f[0].Message()}}
		} else {
			doc.State, doc.Content.ArrivalActual = state, at
			if err := d.landed(v, by, &doc, at, &out, &reply); err != nil {
				return out, err
			}
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Manifest, ID: doc.ID, Version: version, Body: doc})
		}
		reply.Version, reply.State = doc.Version, string(doc.State)
		e := decision.Entry(v, by, kind, journal.Ref{Kind: "manifest", ID: doc.ID})
		e.Office, e.EffectiveOn = doc.Office, at.Day
		e.Body = fact(map[string]any{"number": doc.Number, "journey": doc.Journey, "day": at.Day.String(), "version": doc.Version, "rematch": len(out.Orders)})
		out.Entries = append([]journal.Entry{e}, out.Entries...)
		if kind == "manifest.arrived" && doc.Content.Inbound() {
			out.Orders = append(out.Orders, lookLater(v, doc.ID, at.Day))
		}
		out.Reply = reply
		return out, nil
	})
}

// landed writes the arrival on every bill of lading of a manifest and on the
// cases of its goods.
func (d *Desk) landed(v decision.View, by decision.Actor, doc *Manifest, at manifest.Moment, out *decision.Outcome, reply *ManifestReply) error {
	bills := make([]BillOfLading, len(doc.Bills))
	versions := make([]int64, len(doc.Bills))
	moved := false
	for i, id := range doc.Bills {
		var err error
		if bills[i], versions[i], err = decision.Load[BillOfLading](v, dossier.BillOfLading, id); err != nil {
			return err
		}
		moved = moved || bills[i].Arrival.Day != at.Day
	}
	if moved {
		// Nothing may be released on a match with the day that was expected.
		doc.Version++
		doc.Content.Version = doc.Version
	}
	for i := range bills {
		bill := &bills[i]
		bill.Arrival, bill.ManifestVersion = at, doc.Version
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.BillOfLading, ID: bill.ID, Version: versions[i], Body: bill})
		reply.Bills = append(reply.Bills, BillReply{bill.ID, bill.Number})
		if moved {
			out.Orders = append(out.Orders, decision.Order{ID: v.NewID(), Channel: Work, Target: RematchBill, Body: bill.Number})
		}
		cases, err := v.Find(dossier.Case, "lading", billKey(bill.Journey, bill.Number), 1000)
		if err != nil {
			return err
		}
		for _, id := range cases {
			if err := d.entered(v, by, id, at.Day, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// entered notes the day of the entry declaration on a case whose deadlines count
// from it. What a declaration stated itself stays: the confirmation compares it.
func (d *Desk) entered(v decision.View, by decision.Actor, id string, day clock.Date, out *decision.Outcome) error {
	file, version, err := decision.Load[casework.Case](v, dossier.Case, id)
	if err != nil || file.State != casework.Open {
		return err
	}
	was, known := file.Events[procedure.EntryDeclared]
	if known && (file.Application == "" || was.Date() == day) {
		return nil
	}
	events := map[procedure.Event]clock.Instant{}
	for event, at := range file.Events {
		events[event] = at
	}
	events[procedure.EntryDeclared] = day.Start()
	file.Events = events
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Case, ID: id, Version: version, Body: file})
	mode, err := d.reference().modes.catalogue.Version(file.Mode, file.ModeVersion)
	if err != nil {
		return err
	}
	owed, err := casework.Owed(v, &file)
	if err != nil {
		return err
	}
	for _, debt := range mode.Debts {
		counts := false
		for _, event := range debt.Due.Events() {
			counts = counts || event == procedure.EntryDeclared
		}
		if !counts {
			continue
		}
		due, err := debt.Due.Resolve(func(e procedure.Event) (clock.Instant, bool) {
			if at, ok := file.Events[e]; ok {
				return at, true
			}
			at, ok := file.Done[string(e)]
			return at, ok
		}, d.reference().Calendar)
		if err != nil {
			continue // counts from something that has not happened either
		}
		for _, name := range file.Debts[debt.Name] {
			held, ok := owed[name]
			if !ok || held.Obligation.State != obligation.Open || held.Obligation.Due == due.Day {
				continue
			}
			next := held.Obligation
			next.Due, next.Provisional = due.Day, due.Provisional
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Obligation, ID: name, Version: held.Version, Body: next})
			e := decision.Entry(v, by, "obligation.rescheduled", journal.Ref{Kind: "obligation", ID: name}, journal.Ref{Kind: "case", ID: file.ID})
			e.Enterprise, e.Area, e.Office = next.Debtor, next.Area, next.Office
			e.Why = journal.Why{Rule: mode.Ref(), Reason: "arrival on " + day.String()}
			e.Body = fact(map[string]any{"kind": next.Kind, "before": held.Obligation.Due.String(), "due": next.Due.String()})
			out.Entries = append(out.Entries, e)
		}
	}
	return nil
}

// KindAmendment is the kind of application that a ManifestAmendment is, and its
// states; the store keeps it beside lading applications.
const (
	KindAmendment    = "manifest-amendment"
	AmendmentAsked   = "asked"
	AmendmentAgreed  = "closed"
	AmendmentRefused = "refused"
)

// ManifestAmendment is a carrier's application to change a manifest after its
// cut-off, with the officer's word on it (DR §1.2).
type ManifestAmendment struct {
	ID         string            `json:"id"`
	Kind       string            `json:"kind"` // KindAmendment
	Number     string            `json:"number"`
	Manifest   string            `json:"manifest"`
	Version    int               `json:"manifestVersion"` // that it changes
	Enterprise string            `json:"enterprise,omitempty"`
	Office     string            `json:"office"`
	Area       string            `json:"area,omitempty"`
	State      string            `json:"state"` // asked, closed, refused
	Reason     string            `json:"reason"`
	Content    manifest.Manifest `json:"content"`
	Changes    []manifest.Change `json:"changes,omitempty"` // what it changes
	Asked      clock.Instant     `json:"asked"`
	Decided    clock.Instant     `json:"decided,omitempty"`
	Officer    string            `json:"officer,omitempty"`
	Opinion    string            `json:"opinion,omitempty"`
}

// AskAmendment is a carrier asking to change a manifest that it may not change
// freely any more. Faults: those of manifest.Check; CLR-AMEND-01 (no such
// manifest), -02 (no reason), -05 (nothing is changed), CLR-MANIFEST-03,
// MAN-LIFECYCLE-01.
func (d *Desk) AskAmendment(ctx context.Context, c decision.Command, by decision.Actor, m manifest.Manifest, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		m.SubmittedAt = v.Now()
		m.Normalise()
		var faults fault.List
		if err := faults.Add("", d.reference().ManifestFaults(&m, v.Now().Date())); err != nil {
			return out, err
		}
		if strings.TrimSpace(reason) == "" {
			faults = append(faults, fault.New(fault.Invalid, "CLR-AMEND-02", "/reason", "an amendment needs a reason", "say what was wrong and how it is proved"))
		}
		if err := faults.OrNil(); err != nil {
			return out, err
		}
		journey := manifest.NormalNumber(m.Transport.Journey)
		ids, err := v.Find(dossier.Manifest, "number_journey", m.ID+"|"+journey, 1)
		if err != nil {
			return out, err
		}
		if len(ids) == 0 {
			return out, fault.New(fault.NotFound, "CLR-AMEND-01", "/id", "there is no manifest {number} of journey {journey}", "check number and journey",
				"number", m.ID, "journey", journey)
		}
		old, version, err := decision.Load[Manifest](v, dossier.Manifest, ids[0])
		if err != nil {
			return out, err
		}
		if old.Carrier != by.Enterprise && by.Enterprise != "" {
			return out, fault.New(fault.Conflict, "CLR-MANIFEST-03", "/id", "manifest {number} of journey {journey} was filed by another carrier",
				"check the document number", "number", m.ID, "journey", journey)
		}
		if _, err := manifest.Life().Next(old.State, manifest.EventAmendApproved, manifest.Case{Manifest: old.Content, AmendmentGiven: true}); err != nil {
			return out, err
		}
		before, err := WholeManifest(v, &old)
		if err != nil {
			return out, err
		}
		changes := before.Compare(m)
		if len(changes) == 0 {
			return out, fault.New(fault.Invalid, "CLR-AMEND-05", "/manifest", "nothing of manifest {number} is changed", "state it as it shall be", "number", old.Number)
		}
		a := ManifestAmendment{
			ID: v.NewID(), Kind: KindAmendment, Number: old.Number, Manifest: old.ID, Version: old.Version, Enterprise: by.Enterprise,
			Office: old.Office, Area: areaOf(old.Office), State: AmendmentAsked, Reason: reason, Content: m, Changes: changes, Asked: v.Now(),
		}
		out.Relied = []decision.Reliance{{Kind: dossier.Manifest, ID: old.ID, Version: version}}
		out.Puts = []decision.Put{{Kind: dossier.Application, ID: a.ID, Body: a}}
		e := decision.Entry(v, by, "manifest.amendment-requested", journal.Ref{Kind: "application", ID: a.ID}, journal.Ref{Kind: "manifest", ID: old.ID})
		e.Office, e.Why = old.Office, journal.Why{Reason: reason}
		e.Body = fact(map[string]any{"number": old.Number, "version": old.Version})
		out.Entries = []journal.Entry{e}
		out.Reply = AmendmentReply{a.ID, a.Manifest, a.State, a.Version}
		return out, nil
	})
}

// Loader reads documents; a decision.View and the store are one.
type Loader interface {
	Load(kind decision.Kind, id string, body any) (version int64, err error)
}

// WholeManifest gives a manifest with its bills of lading, which are kept as
// documents of their own.
func WholeManifest(v Loader, m *Manifest) (manifest.Manifest, error) {
	whole := m.Content
	whole.Consignments = nil
	for _, id := range m.Bills {
		var b BillOfLading
		if _, err := v.Load(dossier.BillOfLading, id, &b); err != nil {
			return whole, err
		}
		whole.Consignments = append(whole.Consignments, b.Content)
	}
	return whole, nil
}

// AmendmentReply tells where an application to amend a manifest stands.
type AmendmentReply struct {
	ID       string `json:"id"`
	Manifest string `json:"manifest"`
	State    string `json:"state"`
	Version  int    `json:"manifestVersion"`
}

// DecideAmendment is an officer's word on a carrier's application. Approved, the
// manifest has its next version and every declaration on it is matched again.
// Faults: CLR-REASON-01; CLR-AMEND-03 (decided already), CLR-AMEND-04 (the
// manifest changed since it was asked for); CLR-MANIFEST-01.
func (d *Desk) DecideAmendment(ctx context.Context, c decision.Command, by decision.Actor, id string, o Opinion) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		if strings.TrimSpace(o.Reason) == "" {
			return out, fault.New(fault.Invalid, "CLR-REASON-01", "/reason", "an act of customs needs a reason", "say in a few words why")
		}
		a, version, err := decision.Load[ManifestAmendment](v, dossier.Application, id)
		if err != nil {
			return out, err
		}
		if a.Kind != KindAmendment || a.State != AmendmentAsked {
			return out, fault.New(fault.Refused, "CLR-AMEND-03", "", "this application is {state}", "look at the manifest as it stands now", "state", a.State)
		}
		old, manifestVersion, err := decision.Load[Manifest](v, dossier.Manifest, a.Manifest)
		if err != nil {
			return out, err
		}
		a.Decided, a.Officer, a.Opinion = v.Now(), by.ID, o.Reason
		if o.Agree {
			if old.Version != a.Version {
				return out, fault.New(fault.Conflict, "CLR-AMEND-04", "", "manifest {number} has version {now}; the amendment was asked for version {asked}",
					"let the carrier ask again on the manifest as it is now", "number", old.Number, "now", old.Version, "asked", a.Version)
			}
			if old.State, err = manifest.Life().Next(old.State, manifest.EventAmendApproved, manifest.Case{Manifest: old.Content, AmendmentGiven: true}); err != nil {
				return out, err
			}
			m := a.Content
			if !m.ArrivalActual.Given() {
				m.ArrivalActual = old.Content.ArrivalActual
			}
			if out, err = d.amendManifest(v, by, old, manifestVersion, m, o.Reason); err != nil {
				return out, err
			}
			a.State = AmendmentAgreed
		} else {
			a.State = AmendmentRefused
			e := decision.Entry(v, by, "manifest.amendment-refused", journal.Ref{Kind: "application", ID: a.ID}, journal.Ref{Kind: "manifest", ID: old.ID})
			e.Office, e.Enterprise, e.Why = old.Office, a.Enterprise, journal.Why{Reason: o.Reason}
			e.Body = fact(map[string]any{"number": old.Number, "version": old.Version})
			out.Entries = append(out.Entries, e)
			out.Reply = AmendmentReply{a.ID, a.Manifest, a.State, a.Version}
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Application, ID: a.ID, Version: version, Body: a})
		return out, nil
	})
}
