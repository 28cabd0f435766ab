package bonded

import (
	"context"
	"fmt"
	"slices"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
	"seine/internal/tariff"
)

// States of a lading application.
const (
	ApplicationSubmitted = "submitted" // customs act: zone, then port
	ApplicationApproved  = "approved"  // driver and gate
	ApplicationReturned  = "returned"  // nobody: another one is filed
	ApplicationVoided    = "voided"    // nobody
)

// Application is a lading application: goods leave the port for the zone before
// they are declared (提运申请单, DR §3.1). Content states what is known of them, in
// the words of the bill that will follow.
type Application struct {
	ID          string                  `json:"id"`
	Number      string                  `json:"number,omitempty"`
	Kind        procedure.Paper         `json:"kind"`
	State       string                  `json:"state"`
	Procedure   string                  `json:"procedure"`
	Enterprise  string                  `json:"enterprise"`
	Area        string                  `json:"area,omitempty"`
	Lading      string                  `json:"lading"` // journey|number of the bill of lading
	Bill        string                  `json:"bill"`   // id of the bill of lading
	Content     declaration.Declaration `json:"content"`
	Containers  []string                `json:"containers,omitempty"`
	Guarantee   string                  `json:"guarantee,omitempty"` // number
	Level       int                     `json:"level"`
	Highest     num.Money               `json:"highestTax"` // CNY, if everything became due
	Confirmed   []procedure.Given       `json:"confirmed,omitempty"`
	Noted       Amounts                 `json:"noted"`
	Passed      Amounts                 `json:"passed"`
	Arrived     Amounts                 `json:"arrived"`
	Arrivals    []Arrival               `json:"arrivals,omitempty"`
	Filed       clock.Instant           `json:"filed"`
	Approved    clock.Instant           `json:"approved,omitempty"`
	FullyPassed clock.Instant           `json:"fullyPassed,omitempty"`
}

// Amounts is what a bill of lading is counted in.
type Amounts struct {
	Packages  num.Quantity `json:"packages"`
	GrossMass num.Quantity `json:"grossMass"` // kg
}

// Arrival is one arrival note: what stands in the warehouse (到货确认单).
type Arrival struct {
	Amounts
	At        clock.Instant `json:"at"`
	By        string        `json:"by"`
	Short     Amounts       `json:"short"` // passed the gate and is not there
	Confirmed string        `json:"confirmed,omitempty"`
	Open      bool          `json:"open,omitempty"` // waits for an officer
}

// LadingRequest is a lading application as an enterprise sends it.
type LadingRequest struct {
	Content    declaration.Declaration `json:"content"`
	Procedure  string                  `json:"procedure"`
	Containers []string                `json:"containers,omitempty"`
	Guarantee  string                  `json:"guarantee,omitempty"`
}

func (a *Application) lines(packages, mass num.Quantity) []casework.Line {
	kind := string(a.Content.PackageKind)
	if kind == "" {
		kind = "PK" // Rec. 21: package, kind not stated
	}
	return []casework.Line{
		{Key: "packages", Unit: kind, Quantity: packages},
		{Key: "mass", Unit: "KGM", Quantity: mass},
	}
}

// Lines gives amounts of the application's goods as a step of the mode counts
// them.
func (a *Application) Lines(of Amounts) []casework.Line { return a.lines(of.Packages, of.GrossMass) }

// OpenToNote is what may still be put on release notes.
func (a *Application) OpenToNote() Amounts {
	return Amounts{a.Content.Packages - a.Noted.Packages, a.Content.GrossMass - a.Noted.GrossMass}
}

// Apply takes a lading application: every fault at once; with low risk both
// customs pass it in the same breath, else the zone's officer and then the port's
// have to (DR §3.1 steps 1 to 3). What is applied for is reserved on the bill of
// lading.
//
// Faults: PROCEDURE-ELEMENT-01, those of procedure.Mode; BONDED-LADING-01 (no
// such bill of lading on a manifest), BONDED-LADING-02 (a container that is not
// on it), BONDED-LADING-03 (the goods are not described and cover is needed),
// BONDED-WAITS-01 (guarantee short, something overdue); those of guarantee.Covers
// and duty.Assess; LEDGER-SHORT-01 when more is applied for than the bill has
// left.
func (d *Desk) Apply(ctx context.Context, c decision.Command, by decision.Actor, r LadingRequest) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.apply(v, by, r) })
}

func (d *Desk) apply(v decision.View, by decision.Actor, r LadingRequest) (decision.Outcome, error) {
	ref, on := d.reference(), v.Now().Date()
	mode, err := modeWith(ref, r.Procedure, procedure.StepApply, on)
	if err != nil {
		return decision.Outcome{}, err
	}
	app := Application{
		ID: v.NewID(), Kind: procedure.LadingApplication, State: ApplicationSubmitted, Procedure: mode.ID, Content: r.Content,
		Containers: r.Containers, Guarantee: r.Guarantee, Filed: v.Now(), Enterprise: r.Content.Consignee.Code(),
		Area: areaOf(r.Content.CompetentOffice),
	}
	app.Content.Number, app.Content.ID = "", ""
	app.Lading = manifest.NormalNumber(r.Content.Transport.Voyage) + "|" + manifest.NormalNumber(r.Content.BillOfLading)
	var faults fault.List
	s, err := d.standingOf(v, book.Party{CreditCode: r.Content.Consignee.CreditCode, Code: r.Content.Consignee.CustomsCode}, on)
	if err := faults.Add("", err); err != nil {
		return decision.Outcome{}, err
	}
	app.Level = s.level
	if err := faults.Add("", mode.Choose(on, app.Area, s.level)); err != nil {
		return decision.Outcome{}, err
	}
	bill, relied, err := lading(v, &app)
	if err := faults.Add("", err); err != nil {
		return decision.Outcome{}, err
	}
	if err := faults.OrNil(); err != nil {
		return decision.Outcome{}, err
	}
	if app.Highest, err = highest(ref, &app.Content, on); err != nil {
		return decision.Outcome{}, err
	}
	file := casework.New(app.ID, mode, on, v.Now())
	file.Area, file.Office, file.Debtor, file.Credit = app.Area, string(app.Content.CompetentOffice), app.Enterprise, s.level
	file.Lading, file.Bill, file.BillOffice, file.Application = app.Lading, bill.ID, bill.Office, app.ID
	file.Book, file.Guarantee = app.Content.BookNumber, app.Guarantee
	entry := app.Content.EntryOn
	if entry == 0 {
		entry = bill.Arrival.Day
	}
	if entry != 0 {
		file.Events[procedure.EntryDeclared] = entry.Start()
	}
	p := passing{
		v: v, ref: ref, mode: mode, by: by, app: app, file: file, low: s.level >= lowCredit,
		relied: append(relied, s.relied...),
	}
	return p.decide()
}

// lading finds the bill of lading of an application. Faults: BONDED-LADING-01,
// -02.
func lading(v decision.View, app *Application) (clearance.BillOfLading, []decision.Reliance, error) {
	ids, err := v.Find(dossier.BillOfLading, "journey_number", app.Lading, 1)
	if err != nil {
		return clearance.BillOfLading{}, nil, err
	}
	unknown := fault.New(fault.Refused, "BONDED-LADING-01", "/content/billOfLading", "bill of lading {number} of journey {journey} stands on no manifest",
		"check both numbers, or wait for the manifest", "number", app.Content.BillOfLading, "journey", app.Content.Transport.Voyage)
	if len(ids) == 0 {
		return clearance.BillOfLading{}, nil, unknown
	}
	b, version, err := decision.Load[clearance.BillOfLading](v, dossier.BillOfLading, ids[0])
	if err != nil {
		return b, nil, err
	}
	if b.Closed {
		return b, nil, unknown
	}
	app.Bill = b.ID
	if app.Content.PackageKind == "" {
		app.Content.PackageKind = declaration.PackageCode(b.Content.PackageKind)
	}
	var faults fault.List
	for i, box := range app.Containers {
		if !slices.ContainsFunc(b.Content.Equipment, func(e manifest.TransportEquipment) bool { return e.Number == box }) {
			faults = append(faults, fault.New(fault.Invalid, "BONDED-LADING-02", fmt.Sprintf("/containers/%d", i), "container {box} is not on bill of lading {number}",
				"name the containers of the bill of lading", "box", box, "number", b.Number))
		}
	}
	return b, []decision.Reliance{{Kind: dossier.BillOfLading, ID: b.ID, Version: version}}, faults.OrNil()
}

// highest is the tax if everything became due today: the most that can be asked
// as cover (GUA art. 14). Nothing when the goods are not described yet. Faults:
// those of duty.Assess.
func highest(ref *clearance.Reference, doc *declaration.Declaration, on clock.Date) (num.Money, error) {
	if len(doc.Lines) == 0 {
		return 0, nil
	}
	terms := duty.Incoterm(doc.Terms)
	if terms == "" {
		terms = duty.Incoterm(declaration.CIF)
	}
	c := duty.Consignment{Date: on, Direction: duty.Import, Incoterm: terms, Currency: tariff.CurrencyCode(doc.Currency)}
	for i := range doc.Lines {
		l := &doc.Lines[i]
		line := duty.Line{Code: tariff.Code(l.Commodity), Origin: tariff.AreaCode(l.Origin), Price: l.Total, NetMass: l.NetMass, GrossMass: l.GrossMass}
		line.Quantities = append(line.Quantities, duty.Quantity{Value: l.Quantity, Unit: tariff.UnitCode(l.Unit)})
		if l.LegalUnit != "" {
			line.Quantities = append(line.Quantities, duty.Quantity{Value: l.LegalQuantity, Unit: tariff.UnitCode(l.LegalUnit)})
		}
		c.Lines = append(c.Lines, line)
	}
	w, err := duty.Assess(&c, &ref.Duty)
	if err != nil {
		return 0, err
	}
	return w.Total, nil
}

// passing is an application on its way through the two customs.
type passing struct {
	v       decision.View
	ref     *clearance.Reference
	mode    *procedure.Mode
	by      decision.Actor
	app     Application
	version int64
	file    casework.Case
	filed   int64
	low     bool
	reason  string
	relied  []decision.Reliance
}

func (p passing) decide() (decision.Outcome, error) {
	series := fmt.Sprintf("LA%s%02d", p.app.Content.CompetentOffice, p.v.Now().Date().Year()%100)
	wanted := decision.Next("application/"+series, func(serial int64) (string, error) { return fmt.Sprintf("%s%09d", series, serial), nil })
	out, ready, err := p.take(wanted.StandIn)
	if err != nil {
		return decision.Outcome{}, err
	}
	out.Relied = append(out.Relied, p.relied...)
	if ready {
		out.Epochs = append(out.Epochs, p.ref.Epochs...)
		out.Numbers = append(out.Numbers, wanted)
	}
	return out, nil
}

// take lets the case take its step; ready tells that both customs have passed it.
func (p passing) take(number string) (decision.Outcome, bool, error) {
	var out decision.Outcome
	holds, relied, err := p.conditions()
	if err != nil {
		return out, false, err
	}
	paper, err := casework.NewPaper(p.app.Content)
	if err != nil {
		return out, false, err
	}
	goods := casework.Goods{}.Add(procedure.LadingLine, procedure.Declared, p.app.lines(p.app.Content.Packages, p.app.Content.GrossMass)...)
	t, err := casework.Take(p.v, p.mode, p.file, casework.Step{
		ID: procedure.StepApply, By: p.by, LowRisk: p.low, Confirmed: p.app.Confirmed, Paper: paper, Goods: goods, HighestTax: p.app.Highest,
		Calendar: p.ref.Calendar, At: p.v.Now(), IDs: p.v.NewID, True: holds,
	})
	if err != nil {
		return out, false, err
	}
	if err := Unready(&t, procedure.StepApply); err != nil {
		return out, false, err
	}
	reply := Reply{ID: p.app.ID, Case: p.file.ID, Highest: p.app.Highest}
	kind := "lading-application.submitted"
	if t.Ready {
		kind = "lading-application.approved"
		p.app.Number, p.app.State, p.app.Approved = number, ApplicationApproved, p.v.Now()
		p.file = t.Case
		out.Merge(t.Outcome)
		bill, _, err := decision.Load[clearance.BillOfLading](p.v, dossier.BillOfLading, p.app.Bill)
		if err != nil {
			return out, false, err
		}
		clearance.LookAfterDraw(p.v, &bill, &out)
	} else {
		for _, m := range t.Missing {
			reply.Waits = append(reply.Waits, clearance.Notice{Code: "BONDED-OFFICE-02", Detail: "the office of the " + string(m.Office) + " has to pass it"})
		}
	}
	out.Relied = relied
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.Application, ID: p.app.ID, Version: p.version, Body: p.app},
		decision.Put{Kind: dossier.Case, ID: p.file.ID, Version: p.filed, Body: p.file})
	out.Entries = append(out.Entries, p.app.entry(p.v, p.v.NewID, p.by, kind, p.reason))
	reply.Number, reply.State = p.app.Number, p.app.State
	out.Reply = reply
	return out, t.Ready, nil
}

// conditions answers what the mode may ask about an application. Faults: those
// of guarantee.Covers, BONDED-GUARANTEE-01, BONDED-LADING-03.
func (p *passing) conditions() (map[procedure.Condition]bool, []decision.Reliance, error) {
	overdue, err := p.v.Find(dossier.Obligation, "overdue", p.app.Enterprise, 1)
	if err != nil {
		return nil, nil, err
	}
	need, err := needed(p.mode, p.app.Level, p.app.Highest)
	if err != nil {
		return nil, nil, err
	}
	if need.share > 0 && len(p.app.Content.Lines) == 0 {
		return nil, nil, fault.New(fault.Invalid, "BONDED-LADING-03", "/content/lines", "{share} % of the highest possible tax must be secured, and the goods are not described",
			"state the goods with their value", "share", need.share.PercentString())
	}
	free, relied, err := FreeCover(p.v, p.app.Guarantee, p.app.Enterprise, p.mode.ID)
	if err != nil {
		return nil, nil, err
	}
	return map[procedure.Condition]bool{
		procedure.LadingKnown: true, procedure.LicencesThere: true, procedure.GuaranteeEnough: free >= need.amount,
		procedure.NothingOverdue: len(overdue) == 0, procedure.BookGiven: p.app.Content.BookNumber != "",
	}, relied, nil
}

type need struct {
	share  num.Rate
	amount num.Money
}

// needed is the cover that the debts of a mode will ask for in all.
func needed(mode *procedure.Mode, level int, highest num.Money) (need, error) {
	var n need
	if level < 1 || level > 5 {
		level = 1
	}
	for _, debt := range mode.Debts {
		if debt.Hold == nil {
			continue
		}
		share := debt.Hold.Shares[level]
		amount, err := obligation.HoldAmount(highest, share)
		if err != nil {
			return n, err
		}
		n.share, n.amount = max(n.share, share), n.amount+amount
	}
	return n, nil
}

// FreeCover is what is free of a guarantee of an enterprise; nothing where none
// is named. Faults: BONDED-GUARANTEE-01, those of guarantee.Covers.
func FreeCover(v decision.View, number, enterprise, mode string) (num.Money, []decision.Reliance, error) {
	if number == "" {
		return 0, nil, nil
	}
	g, version, err := find[guarantee.Guarantee](v, dossier.Guarantee, number, "/guarantee")
	if err != nil {
		return 0, nil, err
	}
	if g.Enterprise != enterprise {
		return 0, nil, fault.New(fault.NotFound, "BONDED-GUARANTEE-01", "/guarantee", "there is no guarantee {number} of this enterprise", "give the number of an active guarantee", "number", number)
	}
	if err := g.Covers(mode, v.Now().Date()); err != nil {
		return 0, nil, err
	}
	b, err := v.Balance(g.FreeAccount().Key())
	return ledger.MoneyOf(b.Available()), []decision.Reliance{{Kind: dossier.Guarantee, ID: number, Version: version}}, err
}

func (a *Application) entry(v decision.View, ids func() string, by decision.Actor, kind, reason string) journal.Entry {
	e := told(v, ids, by, kind, journal.Ref{Kind: "application", ID: a.ID}, journal.Ref{Kind: "bill_of_lading", ID: a.Bill}, journal.Ref{Kind: "case", ID: a.ID})
	e.Enterprise, e.Area, e.Office = a.Enterprise, a.Area, string(a.Content.CompetentOffice)
	e.Why = journal.Why{Rule: a.Procedure, Law: "MEAS-I.1", Reason: reason}
	e.Body = fact(map[string]any{
		"number": a.Number, "packages": a.Content.Packages.String(), "grossMass": a.Content.GrossMass.String(), "highestTax": a.Highest.Fixed(), "state": a.State,
	})
	return e
}

// DecideApplication is the word of one of the two customs on an application that
// waits: the zone's first, then the port's. Refused, it goes back with a reason.
// Faults: BONDED-REASON-01, BONDED-APPLICATION-01 (it does not wait),
// BONDED-OFFICE-01 (not the office whose turn it is), PROCEDURE-CONFIRM-02, and
// as Apply.
func (d *Desk) DecideApplication(ctx context.Context, c decision.Command, by decision.Actor, id string, agree bool, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		app, version, err := decision.Load[Application](v, dossier.Application, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		if app.State != ApplicationSubmitted {
			return decision.Outcome{}, applicationState(&app)
		}
		file, filed, err := decision.Load[casework.Case](v, dossier.Case, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		ref := d.reference()
		mode, err := ModeOf(ref, &file)
		if err != nil {
			return decision.Outcome{}, err
		}
		step := mode.Step(procedure.StepApply)
		turn := step.Confirm[min(len(app.Confirmed), len(step.Confirm)-1)]
		office := app.Content.CompetentOffice
		if turn.Office == procedure.PortOffice {
			office = app.Content.EntryOffice
		}
		if err := ofOffice(by, office); err != nil {
			return decision.Outcome{}, err
		}
		if !agree {
			app.State = ApplicationReturned
			file.State, file.Closed = casework.Closed, v.Now()
			return decision.Outcome{
				Puts: []decision.Put{
					{Kind: dossier.Application, ID: id, Version: version, Body: app}, {Kind: dossier.Case, ID: id, Version: filed, Body: file},
				},
				Entries: []journal.Entry{app.entry(v, v.NewID, by, "lading-application.returned", reason)},
				Reply:   Reply{ID: id, State: app.State, Case: id},
			}, nil
		}
		app.Confirmed = append(slices.Clone(app.Confirmed), procedure.Given{By: turn.By, Office: turn.Office, Officers: []string{by.ID}})
		p := passing{v: v, ref: ref, mode: mode, by: by, app: app, version: version, file: file, filed: filed, reason: reason}
		return p.decide()
	})
}

func applicationState(app *Application) error {
	return fault.New(fault.Refused, "BONDED-APPLICATION-01", "", "application {number} is {state}", "look at the application again", "number", app.Number, "state", app.State)
}

// Arrive takes an arrival note: what stands in the warehouse of what passed the
// gate. When all of it is there the machine confirms it; anything short waits for
// an officer, because it becomes a difference (DR §3.1 step 5).
// Faults: BONDED-APPLICATION-01, BONDED-ARRIVE-01 (more than passed the gate),
// BONDED-ARRIVE-02 (an arrival note still waits), those of the mode.
func (d *Desk) Arrive(ctx context.Context, c decision.Command, by decision.Actor, id string, arrived Amounts) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		app, version, err := decision.Load[Application](v, dossier.Application, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if app.State != ApplicationApproved {
			return decision.Outcome{}, applicationState(&app)
		}
		if n := len(app.Arrivals); n > 0 && app.Arrivals[n-1].Open {
			return decision.Outcome{}, fault.New(fault.Conflict, "BONDED-ARRIVE-02", "", "an arrival note of {number} still waits for an officer", "wait for its confirmation", "number", app.Number)
		}
		outstanding := Amounts{app.Passed.Packages - app.Arrived.Packages, app.Passed.GrossMass - app.Arrived.GrossMass}
		short := Amounts{outstanding.Packages - arrived.Packages, outstanding.GrossMass - arrived.GrossMass}
		if arrived.Packages <= 0 || arrived.GrossMass <= 0 || short.Packages < 0 || short.GrossMass < 0 {
			return decision.Outcome{}, fault.New(fault.Refused, "BONDED-ARRIVE-01", "/packages", "{packages} packages of {mass} kg passed the gate and are not confirmed yet",
				"state what arrived of them; goods beyond that are a difference for the gate to explain", "packages", outstanding.Packages, "mass", outstanding.GrossMass)
		}
		a := Arrival{Amounts: arrived, At: v.Now(), By: by.ID, Short: short, Open: short != Amounts{}}
		app.Arrivals = append(slices.Clone(app.Arrivals), a)
		return d.arrival(v, by, app, version, "")
	})
}

// DecideArrival is an officer's confirmation of an arrival that is short.
// Faults: BONDED-REASON-01, BONDED-ARRIVE-03 (none waits), BONDED-OFFICE-01.
func (d *Desk) DecideArrival(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		app, version, err := decision.Load[Application](v, dossier.Application, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		if err := ofOffice(by, app.Content.CompetentOffice); err != nil {
			return decision.Outcome{}, err
		}
		n := len(app.Arrivals)
		if n == 0 || !app.Arrivals[n-1].Open {
			return decision.Outcome{}, fault.New(fault.Refused, "BONDED-ARRIVE-03", "", "no arrival note of {number} waits", "look at the application again", "number", app.Number)
		}
		app.Arrivals = slices.Clone(app.Arrivals)
		app.Arrivals[n-1].Open, app.Arrivals[n-1].Confirmed = false, by.ID
		return d.arrival(v, by, app, version, reason)
	})
}

// arrival lets the case take its step for the last arrival note, unless it waits.
func (d *Desk) arrival(v decision.View, by decision.Actor, app Application, version int64, reason string) (decision.Outcome, error) {
	ref := d.reference()
	last := &app.Arrivals[len(app.Arrivals)-1]
	file, filed, err := decision.Load[casework.Case](v, dossier.Case, app.ID)
	if err != nil {
		return decision.Outcome{}, err
	}
	mode, err := ModeOf(ref, &file)
	if err != nil {
		return decision.Outcome{}, err
	}
	var given []procedure.Given
	if last.Confirmed != "" {
		given = []procedure.Given{{By: procedure.Customs, Office: procedure.ZoneOffice, Officers: []string{last.Confirmed}}}
	}
	goods := casework.Goods{}.Add(procedure.LadingLine, procedure.Arrived, app.Lines(last.Amounts)...)
	goods.Add(procedure.LadingLine, procedure.Short, app.Lines(last.Short)...)
	t, err := casework.Take(v, mode, file, casework.Step{
		ID: procedure.StepArrive, By: by, LowRisk: !last.Open, Confirmed: given, Goods: goods, Calendar: ref.Calendar, At: v.Now(), IDs: v.NewID,
		True: map[procedure.Condition]bool{procedure.ArrivalDiffers: last.Short != Amounts{}},
	})
	if err != nil {
		return decision.Outcome{}, err
	}
	if err := Unready(&t, procedure.StepArrive); err != nil {
		return decision.Outcome{}, err
	}
	var out decision.Outcome
	reply := Reply{ID: app.ID, Number: app.Number, Case: app.ID}
	kind := "arrival.reported"
	if t.Ready {
		kind, file = "arrival.confirmed", t.Case
		app.Arrived.Packages += last.Packages + last.Short.Packages
		app.Arrived.GrossMass += last.GrossMass + last.Short.GrossMass
		out.Merge(t.Outcome)
	} else {
		reply.Waits = []clearance.Notice{{Code: "BONDED-ARRIVE-04", Detail: "less arrived than passed the gate: an officer looks"}}
	}
	if (last.Short != Amounts{}) && t.Ready {
		lines := []obligation.Line{}
		for _, l := range app.Lines(last.Short) {
			if l.Quantity > 0 {
				lines = append(lines, obligation.Line{Item: "lading-line/" + l.Key, Unit: l.Unit, Amount: l.Quantity})
			}
		}
		differs, err := casework.Difference(v, by, v.NewID, ref.Calendar, journal.Ref{Kind: "application", ID: app.ID},
			casework.Place{Mode: mode.ID, Area: app.Area, Office: string(app.Content.CompetentOffice), Enterprise: app.Enterprise}, lines,
			"less arrived than passed the gate", nil)
		if err != nil {
			return out, err
		}
		out.Merge(differs)
	}
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.Application, ID: app.ID, Version: version, Body: app},
		decision.Put{Kind: dossier.Case, ID: file.ID, Version: filed, Body: file})
	e := app.entry(v, v.NewID, by, kind, reason)
	e.Body = fact(map[string]any{"number": app.Number, "packages": last.Packages.String(), "grossMass": last.GrossMass.String(), "short": last.Short.Packages.String()})
	out.Entries = append(out.Entries, e)
	reply.State = app.State
	out.Reply = reply
	return out, nil
}
