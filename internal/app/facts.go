package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/registry"
	"seine/internal/revenue"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/store"
	"seine/internal/tariff"
	"seine/procedures"
)

// facts is what ships with the program and never changes while it runs.
type facts struct {
	codes     *codelist.Set
	tariff    *tariff.Schedule
	hs        *tariff.Schedule // the nomenclature under it
	taxes     *tariff.Taxes
	revenue   *revenue.Parameters
	catalogue *procedure.Catalogue
	risk      *risk.Table
	passage   *risk.Table
	list      *risk.Table
	calendar  *clock.Calendar
}

// declaredDigits is how many digits of the Chinese schedule carry a rate; a
// declaration may give the ten of the national nomenclature.
const declaredDigits = 8

func loadFacts() (*facts, error) {
	f := &facts{codes: codelist.Default(), calendar: &clock.Calendar{}}
	cn, err := tariff.Shipped("cn")
	if err != nil {
		return nil, wrap("load the tariff", err)
	}
	hs, err := tariff.Shipped("hs")
	if err != nil {
		return nil, wrap("load the nomenclature", err)
	}
	f.tariff, f.hs = tariff.OnNomenclature(cn, hs, declaredDigits), hs
	if f.taxes, err = tariff.ShippedTaxes(); err != nil {
		return nil, wrap("load the table of VAT and consumption tax", err)
	}
	if f.revenue, err = revenue.Shipped(); err != nil {
		return nil, wrap("load the parameters of revenue", err)
	}
	if f.catalogue, err = procedure.Load(procedures.Files); err != nil {
		return nil, wrap("load the supervision modes", err)
	}
	if f.risk, err = risk.DefaultTable(risk.Declaration); err != nil {
		return nil, wrap("load the risk table", err)
	}
	if f.passage, err = risk.DefaultTable(risk.Passage); err != nil {
		return nil, wrap("load the risk table of passages", err)
	}
	if f.list, err = risk.DefaultTable(risk.List); err != nil {
		return nil, wrap("load the risk table of verification lists", err)
	}
	return f, nil
}

// Reload makes the reference snapshots anew from the facts that ship with the
// program and from what the zone has put in force, and swaps them at once.
func (a *App) Reload(ctx context.Context) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	r := clearance.Reference{
		Codes: a.facts.codes, Calendar: a.facts.calendar, Risk: a.facts.risk,
		Duty:        duty.Reference{Tariff: a.facts.tariff, Taxes: a.facts.taxes, Local: "CNY", Calendar: a.facts.calendar},
		Revenue:     a.facts.revenue,
		ReviewRules: review.Rules{ChiefPost: string(party.DivisionHead)},
	}
	// Versions are read before what they are versions of: what is published in
	// between is then used under an old name, refused and loaded again. A set that
	// was never published has the version "", so that its first one counts too.
	for _, set := range referenceSets {
		value, err := a.Store.Epoch(ctx, set)
		if err != nil {
			return wrap("read the version of "+set, err)
		}
		r.Epochs = append(r.Epochs, decision.Epoch{Set: set, Value: value})
	}
	if err := a.parameters(ctx, &r); err != nil {
		return err
	}
	now := period(a.Clock.Now())
	secret, err := a.secrets.drawKey(now)
	if err != nil {
		return err
	}
	if r.DrawKey, err = risk.NewDrawKey(now, secret[:]); err != nil {
		return err
	}
	r.ReviewKey = review.PeriodKey{Period: now, Key: secret}
	if r.Officers, err = a.officers(ctx); err != nil {
		return err
	}
	var rates registry.Rates
	if _, err := a.Store.Load(ctx, dossier.Parameter, registry.RatesID, &rates); err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return wrap("load the exchange rates", err)
	}
	rows := map[tariff.CurrencyCode][]duty.ExchangeRow{}
	for _, rate := range rates.Rates {
		c := tariff.CurrencyCode(rate.Currency)
		rows[c] = append(rows[c], duty.ExchangeRow{From: rate.From, Rate: rate.Rate})
	}
	r.Duty.FX = duty.NewExchange(rows, r.Calendar, 0)
	if err := a.controls(ctx, &r); err != nil {
		return err
	}
	if r.Duty.Tariff, err = a.amended(ctx); err != nil {
		return err
	}
	var decided registry.Classifications
	if _, err := a.Store.Load(ctx, dossier.Parameter, registry.ClassificationsID, &decided); err == nil {
		r.Classified = tariff.NewClassified(decided.Rows)
	} else if !fault.Is(err, "STORE-ABSENT-01") {
		return wrap("load the decisions on codes", err)
	}
	approved, err := oversight.Modes(ctx, a.Store)
	if err != nil {
		return wrap("load the supervision modes of the zone", err)
	}
	catalogue, err := oversight.Catalogue(a.facts.catalogue, approved)
	if err != nil {
		return wrap("put the supervision modes of the zone in force", err)
	}
	modes, err := clearance.NewModes(catalogue)
	if err != nil {
		return wrap("put the supervision modes of the zone in force", err)
	}
	a.reference.Store(r.With(modes))
	return nil
}

// parameters puts the dated parameters of the program and of the zone into the
// reference.
func (a *App) parameters(ctx context.Context, r *clearance.Reference) error {
	changes, err := oversight.ParameterChanges(ctx, a.Store)
	if err != nil {
		return wrap("load the parameters of the zone", err)
	}
	book, err := oversight.NewRulebook(changes)
	if err != nil {
		return wrap("put the parameters of the zone in force", err)
	}
	r.Declaration, r.Gate, r.Books, r.Feed, r.Duty.Rules, r.Revenue, r.WriteOff = book.Declaration, book.Gate, book.Books, book.Feed, book.Duty, book.Revenue, book.WriteOff
	r.Calendar, r.Duty.Calendar = book.Calendar, book.Calendar
	r.Inspection, r.Credit = book.Inspection, book.Credit
	a.book.Store(book)
	return nil
}

// riskDesk gives the parameters of the risk desk today.
func (a *App) riskDesk() oversight.RiskDeskRule {
	today := a.Clock.Now().Date()
	for _, rule := range a.book.Load().RiskDesk {
		if rule.InForce(today) {
			return rule
		}
	}
	return oversight.RiskDeskRule{}
}

// amendedTariff is a schedule with changes on it, and what they were.
type amendedTariff struct {
	changes  string
	schedule *tariff.Schedule
}

// amended gives the schedule with the changes that two officers approved on it.
// It is made anew only when there is another change: whoever looks something up
// meanwhile keeps the schedule it has.
func (a *App) amended(ctx context.Context) (*tariff.Schedule, error) {
	changes, err := oversight.TariffChanges(ctx, a.Store)
	if err != nil {
		return nil, wrap("load the changes of the tariff", err)
	}
	var ids strings.Builder
	for i := range changes {
		if changes[i].State == oversight.Approved {
			ids.WriteString(changes[i].ID + " ")
		}
	}
	if ids.Len() == 0 {
		return a.facts.tariff, nil
	}
	if made := a.tariff.Load(); made != nil && made.changes == ids.String() {
		return made.schedule, nil
	}
	schedule, err := oversight.Amended(a.facts.tariff, changes, oversight.OpenSchedules(ctx, a.Store, a.facts.tariff, a.facts.hs))
	if err != nil {
		return nil, wrap("put the changes of the tariff in force", err)
	}
	a.tariff.Store(&amendedTariff{ids.String(), schedule})
	return schedule, nil
}

// tables are the risk tables in force beside that of declarations.
type tables struct {
	passage, list *risk.Table
	// Control instructions about passages and verification lists; those about
	// declarations stand in the reference.
	passages, lists []*risk.Instruction
}

// table gives the table in force today that the zone approved, or the one that
// comes with the program.
func (a *App) table(ctx context.Context, kind risk.Kind, shipped *risk.Table) (*risk.Table, error) {
	approved, err := oversight.RiskTables(ctx, a.Store, kind)
	if err != nil {
		return nil, wrap("load the risk tables", err)
	}
	if own, ok := oversight.RiskTableInForce(approved, a.Clock.Now().Date()); ok {
		return own.Compile(shipped.Catalogue)
	}
	return shipped, nil
}

// officerPage is how many officers are read in one go.
const officerPage = 200

// officers reads the officers of the zone, by id.
func (a *App) officers(ctx context.Context) ([]party.Officer, error) {
	var all []party.Officer
	for before := ""; ; {
		page, err := a.Store.List(ctx, dossier.Officer, store.Query{Before: before, Limit: officerPage})
		if err != nil {
			return nil, wrap("read the officers", err)
		}
		for _, item := range page.Items {
			var o party.Officer
			if err := json.Unmarshal(item.Body, &o); err != nil {
				return nil, wrap("read officer "+item.ID, err)
			}
			all = append(all, o)
		}
		if before = page.Next; before == "" {
			break
		}
	}
	slices.SortFunc(all, func(x, y party.Officer) int { return strings.Compare(x.ID, y.ID) })
	return all, nil
}

// controls puts the risk table and the control instructions in force into the
// reference, with their epochs.
func (a *App) controls(ctx context.Context, r *clearance.Reference) error {
	var next tables
	var err error
	if r.Risk, err = a.table(ctx, risk.Declaration, a.facts.risk); err != nil {
		return err
	}
	if next.passage, err = a.table(ctx, risk.Passage, a.facts.passage); err != nil {
		return err
	}
	if next.list, err = a.table(ctx, risk.List, a.facts.list); err != nil {
		return err
	}
	ids, err := a.Store.Find(ctx, dossier.Instruction, "state", string(risk.InstructionApproved), 1000)
	if err != nil {
		return wrap("find the control instructions", err)
	}
	for _, id := range ids {
		var spec risk.InstructionSpec
		if _, err := a.Store.Load(ctx, dossier.Instruction, id, &spec); err != nil {
			return wrap("load control instruction "+id, err)
		}
		var table *risk.Table
		var into *[]*risk.Instruction
		switch spec.Subject {
		case risk.Declaration:
			table, into = r.Risk, &r.Instructions
		case risk.Passage:
			table, into = next.passage, &next.passages
		case risk.List:
			table, into = next.list, &next.lists
		default: // nothing is judged by such a table: none can be issued
			return fmt.Errorf("control instruction %s is about a %s, which nobody judges", id, spec.Subject)
		}
		in, err := risk.CompileInstruction(spec, table.Catalogue, table.Spec.Lists)
		if err != nil {
			return wrap("read control instruction "+id, err)
		}
		*into = append(*into, in)
	}
	a.tables.Store(&next)
	return nil
}

var referenceSets = []string{dossier.SetRisk, dossier.SetInstructions, dossier.SetOfficers, dossier.SetRates, dossier.SetModes, dossier.SetParameters, dossier.SetTariff}
