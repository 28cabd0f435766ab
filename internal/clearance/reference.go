package clearance

import (
	"slices"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/gate"
	"seine/internal/inspection"
	"seine/internal/manifest"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/revenue"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/tariff"
	"seine/internal/writeoff"
)

// Reference is every reference snapshot that a decision looks things up in. It
// is made once and never changed; Epochs name the versions, and an outcome that
// rests on an old one is refused and decided again.
type Reference struct {
	Codes        *codelist.Set
	Duty         duty.Reference
	Classified   *tariff.Classified // decisions on codes; nil: none
	Declaration  *declaration.Parameters
	Gate         gate.Parameters // of the lanes
	Books        book.Parameters // of account books; nil: as they come with the program
	Feed         feed.Parameters // of networked supervision; none: as they come with the program
	Calendar     *clock.Calendar
	Inspection   inspection.Editions // rules of inspection
	Credit       *party.CreditRules  // schemes of credit grades
	Risk         *risk.Table
	Instructions []*risk.Instruction
	DrawKey      risk.DrawKey
	ReviewKey    review.PeriodKey
	ReviewRules  review.Rules
	Officers     []party.Officer
	Revenue      *revenue.Parameters // dated rules of the money side
	WriteOff     writeoff.Parameters // dated rules of write-off
	Epochs       []decision.Epoch

	modes *Modes
}

// With gives the reference with these modes.
func (r Reference) With(m *Modes) *Reference { r.modes = m; return &r }

// Modes gives the supervision modes of the reference.
func (r *Reference) Modes() *Modes { return r.modes }

// Modes are the supervision modes ready for use: with the elements that each
// paper requires compiled.
type Modes struct {
	catalogue *procedure.Catalogue
	required  map[string]map[procedure.Paper]declaration.Requirements // by mode and version
}

// NewModes compiles the required elements of every mode.
// Fault: DEC-REQUIRES-01 for an element that there is not.
func NewModes(c *procedure.Catalogue) (*Modes, error) {
	m := &Modes{catalogue: c, required: map[string]map[procedure.Paper]declaration.Requirements{}}
	for _, mode := range c.List() {
		papers := map[procedure.Paper]declaration.Requirements{}
		for _, paper := range []procedure.Paper{procedure.FilingBill, procedure.BillOfEntry} {
			r, err := declaration.Require(mode.Elements(paper))
			if err != nil {
				return nil, err
			}
			papers[paper] = r
		}
		m.required[mode.Ref()] = papers
	}
	return m, nil
}

// Catalogue gives the modes as they were read.
func (m *Modes) Catalogue() *procedure.Catalogue { return m.catalogue }

// terms is what a mode asks of a declaration.
type terms struct {
	mode     *procedure.Mode
	required declaration.Requirements
	confirm  bool // the three documents must confirm each other
	levied   bool // tax becomes due; otherwise it stays suspended while the goods are bonded
	declared bool // the rates that the lines themselves state are taken
	area     string
	on       clock.Date
}

// paperOf gives the kind of paper as modes call it.
func paperOf(k declaration.Kind) procedure.Paper {
	if k == declaration.FilingBill {
		return procedure.FilingBill
	}
	return procedure.BillOfEntry
}

// terms finds the mode of a declaration. Faults: PROCEDURE-MODE-01,
// PROCEDURE-VALID-01, CLR-MODE-02 (not for this kind of declaration).
func (r *Reference) terms(doc *declaration.Declaration, on clock.Date) (terms, error) {
	mode, err := r.modes.catalogue.At(doc.Procedure, on)
	if err != nil {
		return terms{}, err
	}
	paper := paperOf(doc.Kind)
	if !slices.Contains(mode.Papers, paper) {
		return terms{}, fault.New(fault.Invalid, "CLR-MODE-02", "/kind", "mode {mode} is not declared on a {paper}",
			"choose another mode, or the other kind of declaration", "mode", mode.ID, "paper", string(paper))
	}
	t := terms{
		mode: mode, required: r.modes.required[mode.Ref()][paper], on: on, area: areaOf(string(doc.CompetentOffice)),
		declared: doc.Local[localRates] == ratesDeclared,
	}
	for _, step := range mode.Steps {
		t.confirm = t.confirm || slices.Contains(step.When, procedure.ManifestMatched)
		t.levied = t.levied || slices.Contains(step.When, procedure.TaxSettled)
	}
	// Goods that came without a bill of lading (by post, by hand, from a set of
	// another country) have nothing to be compared with, unless the mode asks for one.
	t.confirm = t.confirm && (doc.BillOfLading != "" || slices.Contains(mode.Elements(paper), "/billOfLading"))
	return t, nil
}

// open tells whether the mode may be begun with a credit level.
func (t *terms) open(level int) error { return t.mode.Choose(t.on, t.area, level) }

// Marks in /local by which an import of foreign data states that rates and
// exchange are those of its source. A declarant cannot set them.
const (
	localRates    = "rates"
	ratesDeclared = "declared"
)

func areaOf(office string) string {
	if a, ok := party.Organisation().AreaOfOffice(codelist.OfficeCode(office)); ok {
		return a.ID
	}
	return ""
}

// generalLevel is the credit level of whoever has no grade of ours (DR §8.1).
const generalLevel = 3

// standing finds the enterprise behind a declaration. An enterprise with a
// Chinese code must be registered; one that only a foreign source names counts
// as general credit. Faults: CLR-PARTY-01, CLR-PARTY-02.
func (d *Desk) standing(v decision.View, doc *declaration.Declaration, on clock.Date) (Standing, []decision.Reliance, error) {
	if doc.Consignee.CreditCode == "" && doc.Consignee.CustomsCode == "" {
		return Standing{CreditLevel: generalLevel}, nil, nil
	}
	e, id, version, err := enterpriseOf(v, &doc.Consignee)
	if err != nil {
		return Standing{}, nil, err
	}
	relied := []decision.Reliance{{Kind: dossier.Enterprise, ID: id, Version: version}}
	if e.State != party.Registered {
		return Standing{}, relied, fault.New(fault.Refused, "CLR-PARTY-02", "/consignee/creditCode", "the registration of {name} is {state}",
			"have the registration restored first", "name", e.Name, "state", string(e.State))
	}
	s := Standing{CreditLevel: generalLevel, Registered: e.RegisteredOn}
	grade, err := e.GradeAt(d.reference().Credit, on)
	if err != nil {
		return s, relied, err
	}
	if grade.Grade.Level > 0 {
		s.CreditLevel = int(grade.Grade.Level)
	}
	return s, relied, nil
}

// enterpriseOf finds a registered enterprise. Its credit code is its id, so that
// nothing need be searched; only a customs code, or a registration that was taken
// over under another id, is. Fault: CLR-PARTY-01.
func enterpriseOf(v decision.View, p *declaration.Party) (e party.Enterprise, id string, version int64, err error) {
	column, code := "customs_code", p.CustomsCode
	if p.CreditCode != "" {
		column, code = "credit_code", p.CreditCode
		e, version, err = decision.Load[party.Enterprise](v, dossier.Enterprise, code)
		if err == nil && string(e.CreditCode) == code || err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return e, code, version, err
		}
	}
	ids, err := v.Find(dossier.Enterprise, column, code, 1)
	if err != nil {
		return e, "", 0, err
	}
	if len(ids) == 0 {
		return e, "", 0, fault.New(fault.Refused, "CLR-PARTY-01", "/consignee/creditCode", "no enterprise with code {code} is registered with this customs",
			"check the code, or register the enterprise first", "code", code)
	}
	e, version, err = decision.Load[party.Enterprise](v, dossier.Enterprise, ids[0])
	return e, ids[0], version, err
}

// ManifestFaults gives every fault of a manifest as it was received.
func (r *Reference) ManifestFaults(m *manifest.Manifest, on clock.Date) error {
	m.Normalise()
	return m.Check(manifest.PrimaryData, r.Codes, on)
}
