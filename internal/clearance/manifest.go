package clearance

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/jsonform"
	"seine/internal/ledger"
	"seine/internal/manifest"
	"seine/internal/num"
)

// Manifest is a manifest as the house keeps it.
type Manifest struct {
	ID       string            `json:"id"`
	Number   string            `json:"number"` // the carrier's, normalised
	Journey  string            `json:"journey"`
	Office   string            `json:"office"`
	Carrier  string            `json:"carrier"` // who sent it
	State    ManifestState     `json:"state"`
	Version  int               `json:"version"` // rises with every amendment
	Received clock.Instant     `json:"received"`
	Message  string            `json:"message,omitempty"` // raw message it came in
	Content  manifest.Manifest `json:"content"`
	Bills    []string          `json:"bills"` // ids of its bills of lading, in order
	// Tallies are the tally reports, the first one first: a later one takes the
	// place of those before it and leaves them to be seen.
	Tallies []Tally `json:"tallies,omitempty"`
	// Unlisted is what was counted and stands on no bill of the manifest.
	Unlisted []TallyLine `json:"unlisted,omitempty"`
}

// ManifestState is what the desk needs to know of a manifest's life.
type ManifestState = manifest.State

// BillOfLading is one bill of a manifest with what was drawn on it.
type BillOfLading struct {
	ID              string                `json:"id"`
	Number          string                `json:"number"`
	Journey         string                `json:"journey"`
	Manifest        string                `json:"manifest"` // id
	ManifestVersion int                   `json:"manifestVersion"`
	Office          string                `json:"office"`
	Transport       manifest.Transport    `json:"transport"`
	Arrival         manifest.Moment       `json:"arrival"`
	Content         manifest.BillOfLading `json:"content"`
	Closed          bool                  `json:"closed,omitempty"` // nothing more may be drawn
	Tally           *TallyLine            `json:"tally,omitempty"`  // as counted at the quay or apron, last
	Recounted       []Recount             `json:"recounted,omitempty"`
	// Watched: the time for closing a part shipment of its goods is over, so every
	// draw on it is looked at (see LookAtParts).
	Watched bool `json:"watched,omitempty"`
}

// Packages and Mass are the accounts that count what may still be declared.
func (b *BillOfLading) account(what string, p ledger.Place) ledger.Account {
	return ledger.Account{Ledger: ledger.Legal, Owner: "office/" + b.Office, Item: "bl/" + b.ID + "/" + what, Place: p}
}

// Recount is a count of a bill of lading that a later tally report replaced.
type Recount struct {
	Report int       `json:"report"` // number of the tally report that it stood in
	Line   TallyLine `json:"line"`
}

// draw moves packages and mass of a bill between two places.
func (b *BillOfLading) draw(v decision.View, packages, mass num.Quantity, from, to ledger.Place, cause string) []ledger.Op {
	var ops []ledger.Op
	for _, part := range []struct {
		what string
		q    num.Quantity
	}{{"packages", packages}, {"mass", mass}} {
		if part.q > 0 {
			ops = append(ops, ledger.Op{
				ID: v.NewID(), Kind: ledger.Post, From: b.account(part.what, from), To: b.account(part.what, to),
				Quantity: part.q, EffectiveOn: v.Now().Date(), Cause: cause,
			})
		}
	}
	return ops
}

// Work is the channel of orders that the house carries out itself; RematchBill
// asks to match every declaration on a bill of lading again, PartShipments to look
// at what is left on the bills of a manifest. Reminder is the channel of those
// that wait for a day to come.
const (
	Work          = "work"
	Reminder      = "reminder"
	RematchBill   = "rematch"
	PartShipments = "part-shipments"
)

// ManifestReply is what the carrier learns.
type ManifestReply struct {
	ID       string      `json:"id"`
	Number   string      `json:"number"`
	Version  int         `json:"version"`
	State    string      `json:"state"`
	Bills    []BillReply `json:"bills"`
	Warnings []Notice    `json:"warnings,omitempty"`
	// Refused are bills of lading that were not taken; the others were.
	Refused []BillRefused `json:"refused,omitempty"`
}

// BillRefused is a bill of lading that was not taken, with its faults.
type BillRefused struct {
	Row    int      `json:"row"` // within the sending, from 1
	Number string   `json:"number,omitempty"`
	Faults []Reason `json:"faults"`
}

// Reason is a fault that refused a part of something. Args are what its
// translations are filled with.
type Reason struct {
	Code   string            `json:"code"`
	Path   string            `json:"pointer,omitempty"`
	Detail string            `json:"detail"`
	Cure   string            `json:"cure,omitempty"`
	Args   map[string]string `json:"args,omitempty"`
}

// Fault gives the reason as a door shows faults.
func (r Reason) Fault() *fault.Fault {
	return &fault.Fault{Kind: fault.Invalid, Code: r.Code, Path: r.Path, Text: r.Detail, Cure: r.Cure, Args: r.Args}
}

// BillReply names one bill of lading of a manifest.
type BillReply struct {
	ID     string `json:"id"`
	Number string `json:"number"`
}

// Notice is a fault that did not stop anything.
type Notice struct {
	Code   string `json:"code"`
	Path   string `json:"pointer,omitempty"`
	Detail string `json:"detail"`
	// Args are the figures of the detail, so that it can be said in another language.
	Args map[string]string `json:"args,omitempty"`
}

// NoticeOf keeps a fault as a notice.
func NoticeOf(f *fault.Fault) Notice {
	return Notice{Code: f.Code, Path: f.Path, Detail: f.Message(), Args: f.Args}
}

// Filing is a manifest as a message gave it.
type Filing struct {
	Manifest manifest.Manifest
	Scope    manifest.Scope
	Message  string     // id under which the message is kept
	Faults   fault.List // found while reading; one at a bill of lading refuses that bill
}

// ReceiveManifest takes a carrier's manifest (DR §1.2). A number and journey
// already known is an amendment: while the manifest is open it is taken as it
// is and every declaration on it is matched again; once the goods have arrived
// an officer has to approve it (AskAmendment, DecideAmendment). A sending that
// only adds or changes is joined to the manifest on file; one whose manifest is
// not on file must stand by itself, and the reply says so (CLR-MANIFEST-04).
//
// Bills of lading with faults are refused one by one and named in the reply; the
// others go on. An amendment leaves a bill whose new form is refused as it was.
//
// Faults: those of manifest.Check at the head, or when no bill is without;
// CLR-MANIFEST-01 when a bill that declarations draw on would vanish or become
// too small, CLR-MANIFEST-02 when the amendment needs an officer, CLR-MANIFEST-03
// (another carrier's).
func (d *Desk) ReceiveManifest(ctx context.Context, c decision.Command, by decision.Actor, f Filing) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		m := f.Manifest
		if m.ID == "" && len(m.Consignments) == 0 && len(f.Faults) > 0 {
			return decision.Outcome{}, f.Faults // nothing of it was read: what a manifest lacks is beside the point
		}
		m.SubmittedAt = v.Now()
		m.Normalise()
		journey := manifest.NormalNumber(m.Transport.Journey)
		ids, err := v.Find(dossier.Manifest, "number_journey", m.ID+"|"+journey, 1)
		if err == nil && len(ids) == 0 && f.Scope != manifest.Whole && m.ID != "" {
			if ids, err = v.Find(dossier.Manifest, "number", m.ID, 2); len(ids) > 1 || journey != "" {
				ids = nil // which of them cannot be told
			}
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		if len(ids) > 0 {
			return d.receiveAgain(v, by, &f, m, ids[0])
		}
		good, refused, err := d.separate(v, m, &f, nil)
		if err != nil {
			return decision.Outcome{}, err
		}
		return d.newManifest(v, by, good, journey, &f, refused)
	})
}

// receiveAgain takes a sending for a manifest on file.
func (d *Desk) receiveAgain(v decision.View, by decision.Actor, f *Filing, m manifest.Manifest, id string) (decision.Outcome, error) {
	old, version, err := decision.Load[Manifest](v, dossier.Manifest, id)
	if err != nil {
		return decision.Outcome{}, err
	}
	if old.Carrier != by.Enterprise && by.Enterprise != "" {
		return decision.Outcome{}, fault.New(fault.Conflict, "CLR-MANIFEST-03", "/id", "manifest {number} of journey {journey} was filed by another carrier",
			"check the document number", "number", m.ID, "journey", old.Journey)
	}
	if old.State != manifest.Received && old.State != manifest.PrimaryOK {
		return decision.Outcome{}, fault.New(fault.Refused, "CLR-MANIFEST-02", "", "manifest {number} is {state}: an amendment needs an officer's approval",
			"ask for the amendment with its reason", "number", old.Number, "state", string(old.State))
	}
	var filed []manifest.BillOfLading
	for _, id := range old.Bills {
		bill, _, err := decision.Load[BillOfLading](v, dossier.BillOfLading, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		filed = append(filed, bill.Content)
	}
	good, refused, err := d.separate(v, old.Content.Head(m, f.Scope), f, filed)
	if err != nil {
		return decision.Outcome{}, err
	}
	good.ID, good.Transport.Journey = old.Number, old.Journey
	good.Consignments = manifest.Join(filed, good.Consignments, f.Scope, refused)
	out, err := d.amendManifest(v, by, old, version, good, "amended by the carrier before arrival")
	if err != nil {
		return out, err
	}
	reply := out.Reply.(ManifestReply)
	reply.Refused = refusals(refused)
	out.Reply = reply
	return out, nil
}

// separate checks a sending and parts its bad bills of lading from the good ones.
func (d *Desk) separate(v decision.View, m manifest.Manifest, f *Filing, filed []manifest.BillOfLading) (manifest.Manifest, []manifest.BillRefusal, error) {
	var faults fault.List
	if err := faults.Add("", d.reference().ManifestFaults(&m, v.Now().Date())); err != nil {
		return m, nil, err
	}
	if f.Scope == manifest.Changed && len(filed) > 0 && len(m.Consignments) == 0 { // of the head only
		faults = slices.DeleteFunc(faults, func(f *fault.Fault) bool { return f.Code == "MAN-BILL-01" })
	}
	if f.Scope != manifest.Whole && len(filed) == 0 && len(faults) > 0 {
		faults = append(fault.List{fault.New(fault.NotFound, "CLR-MANIFEST-04", "/id", "manifest {number}, which this message adds to or changes, is not on file",
			"send the manifest itself first", "number", m.ID)}, faults...)
	}
	faults = append(slices.Clone(f.Faults), faults...)
	good, refused, head := m.Separate(faults, f.Scope, filed)
	if len(head) == 0 && (len(good.Consignments) > 0 || len(refused) == 0) {
		return good, refused, nil
	}
	for _, r := range refused {
		head = append(head, r.Faults...)
	}
	return good, refused, head
}

// refusals puts the bills that were not taken into a reply.
func refusals(refused []manifest.BillRefusal) []BillRefused {
	var out []BillRefused
	for _, r := range refused {
		one := BillRefused{Row: r.Row, Number: r.Number}
		for _, f := range r.Faults {
			one.Faults = append(one.Faults, Reason{f.Code, f.Path, f.Message(), f.Remedy(), f.Args})
		}
		out = append(out, one)
	}
	return out
}

func (d *Desk) newManifest(v decision.View, by decision.Actor, m manifest.Manifest, journey string, f *Filing, refused []manifest.BillRefusal) (decision.Outcome, error) {
	var out decision.Outcome
	m.Version = 1
	doc := Manifest{
		ID: v.NewID(), Number: m.ID, Journey: journey, Office: m.Office, Carrier: by.Enterprise,
		State: manifest.PrimaryOK, Version: 1, Received: v.Now(), Message: f.Message,
	}
	reply := ManifestReply{ID: doc.ID, Number: doc.Number, Version: 1, State: string(doc.State), Refused: refusals(refused)}
	if f.Scope != manifest.Whole {
		reply.Warnings = append(reply.Warnings, Notice{Code: "CLR-MANIFEST-04", Path: "/id", Detail: "the manifest which this message adds to or changes is not on file; it was taken as the first of its number"})
	}
	for i := range m.Consignments {
		bill := newBill(v, &doc, &m, m.Consignments[i])
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.BillOfLading, ID: bill.ID, Body: bill})
		out.Transfers = append(out.Transfers, bill.draw(v, bill.Content.Packages, bill.Content.GrossMass, ledger.Abroad, ledger.Undrawn, doc.ID)...)
		// Declarations may have come before their manifest: they are matched now.
		out.Orders = append(out.Orders, decision.Order{ID: v.NewID(), Channel: Work, Target: RematchBill, Body: bill.Number})
		doc.Bills = append(doc.Bills, bill.ID)
		reply.Bills = append(reply.Bills, BillReply{bill.ID, bill.Number})
	}
	m.Consignments = nil // each stands as a document of its own
	doc.Content = m
	if m.ArrivalActual.Given() && m.Inbound() {
		out.Orders = append(out.Orders, lookLater(v, doc.ID, m.ArrivalActual.Day))
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Manifest, ID: doc.ID, Body: doc})
	e := decision.Entry(v, by, "manifest.received", journal.Ref{Kind: "manifest", ID: doc.ID})
	e.Office = doc.Office
	e.Why = journal.Why{Law: "CL-24"}
	body := map[string]any{"number": doc.Number, "journey": journey, "bills": len(doc.Bills)}
	if len(refused) > 0 {
		body["refused"] = len(refused)
	}
	e.Body = fact(body)
	out.Entries = append(out.Entries, e)
	out.Reply = reply
	return out, nil
}

func newBill(v decision.View, doc *Manifest, m *manifest.Manifest, content manifest.BillOfLading) *BillOfLading {
	arrival := m.ArrivalActual
	if !arrival.Given() {
		arrival = m.ArrivalEstimated
	}
	return &BillOfLading{
		ID: v.NewID(), Number: content.Number, Journey: doc.Journey, Manifest: doc.ID, ManifestVersion: doc.Version, Office: m.Office,
		Transport: m.Transport, Arrival: arrival, Content: content,
	}
}

// amendManifest replaces the content, moves the counts by the difference and
// orders one new match for every declaration on it.
func (d *Desk) amendManifest(v decision.View, by decision.Actor, old Manifest, version int64, m manifest.Manifest, reason string) (decision.Outcome, error) {
	var out decision.Outcome
	doc := old
	doc.Version++
	m.Version = doc.Version
	known := map[string]string{}
	watched := false
	for _, id := range old.Bills {
		bill, _, err := decision.Load[BillOfLading](v, dossier.BillOfLading, id)
		if err != nil {
			return out, err
		}
		known[bill.Number] = id
		watched = watched || bill.Watched
	}
	doc.Bills = nil
	reply := ManifestReply{ID: doc.ID, Number: doc.Number, Version: doc.Version, State: string(doc.State)}
	t := tallied{doc: &doc}
	for i := range m.Consignments {
		content := m.Consignments[i]
		id, was := known[content.Number]
		if !was {
			bill := newBill(v, &doc, &m, content)
			bill.Watched = watched
			t.listed(bill)
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.BillOfLading, ID: bill.ID, Body: bill})
			out.Transfers = append(out.Transfers, bill.draw(v, content.Packages, content.GrossMass, ledger.Abroad, ledger.Undrawn, doc.ID)...)
			doc.Bills = append(doc.Bills, bill.ID)
			reply.Bills = append(reply.Bills, BillReply{bill.ID, bill.Number})
			continue
		}
		delete(known, content.Number)
		bill, billVersion, err := decision.Load[BillOfLading](v, dossier.BillOfLading, id)
		if err != nil {
			return out, err
		}
		more, less := parted(content.Packages-bill.Content.Packages), parted(content.GrossMass-bill.Content.GrossMass)
		next := *newBill(v, &doc, &m, content)
		next.ID, next.Closed, next.Tally, next.Recounted, next.Watched = bill.ID, bill.Closed, bill.Tally, bill.Recounted, bill.Watched
		t.compare(&next)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.BillOfLading, ID: id, Version: billVersion, Body: &next})
		out.Transfers = append(out.Transfers, next.draw(v, more.up, less.up, ledger.Abroad, ledger.Undrawn, doc.ID)...)
		out.Transfers = append(out.Transfers, next.draw(v, more.down, less.down, ledger.Undrawn, ledger.Abroad, doc.ID)...)
		doc.Bills = append(doc.Bills, id)
		reply.Bills = append(reply.Bills, BillReply{id, bill.Number})
		out.Orders = append(out.Orders, decision.Order{ID: v.NewID(), Channel: Work, Target: RematchBill, Body: bill.Number})
	}
	for number, id := range known {
		bill, billVersion, err := decision.Load[BillOfLading](v, dossier.BillOfLading, id)
		if err != nil {
			return out, err
		}
		balance, err := v.Balance(bill.account("packages", ledger.Drawn).Key())
		if err != nil {
			return out, err
		}
		if balance.Quantity > 0 {
			return out, fault.New(fault.Refused, "CLR-MANIFEST-01", "/consignments", "bill of lading {number} cannot be taken off: {packages} packages are declared on it",
				"have those declarations corrected first", "number", number, "packages", balance.Quantity)
		}
		bill.Closed = true
		t.struck(&bill)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.BillOfLading, ID: id, Version: billVersion, Body: &bill})
		out.Transfers = append(out.Transfers, bill.draw(v, bill.Content.Packages, bill.Content.GrossMass, ledger.Undrawn, ledger.Abroad, doc.ID)...)
	}
	m.Consignments = nil
	doc.Content = m
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Manifest, ID: doc.ID, Version: version, Body: doc})
	e := decision.Entry(v, by, "manifest.amended", journal.Ref{Kind: "manifest", ID: doc.ID})
	e.Office = doc.Office
	e.Why = journal.Why{Reason: reason}
	e.Body = fact(map[string]any{"number": doc.Number, "version": doc.Version, "rematch": len(out.Orders)})
	out.Entries = append(out.Entries, e)
	if watched {
		out.Orders = append(out.Orders, decision.Order{ID: v.NewID(), Channel: Work, Target: PartShipments, Body: doc.ID})
	}
	if len(doc.Tallies) > 0 {
		settled, opened, err := d.settleTally(v, by, &t, "manifest amended to version "+strconv.Itoa(doc.Version))
		if err != nil {
			return out, err
		}
		out.Merge(settled)
		if opened {
			reply.Warnings = append(reply.Warnings, stillDiffers())
		}
	}
	out.Reply = reply
	return out, nil
}

type split struct{ up, down num.Quantity }

func parted(diff num.Quantity) split {
	if diff < 0 {
		return split{down: -diff}
	}
	return split{up: diff}
}

// fact renders the body of a journal entry; what goes in are plain texts and
// numbers, so it cannot fail.
func fact(values map[string]any) json.RawMessage {
	body, err := jsonform.Object(values)
	if err != nil {
		return json.RawMessage(strconv.Quote(err.Error()))
	}
	return body
}
