package writeoff

import (
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// Class is what residues of processing are (DR §4.6).
type Class string

const (
	Scrap     Class = "scrap"      // 边角料: waste within the consumption, no use for the product
	Remainder Class = "remainder"  // 剩余料件: material still usable
	Defective Class = "defective"  // 残次品: products that are not in order
	ByProduct Class = "by_product" // 副产品: made beside the product
)

// Lot is the lot under which the book keeps a class.
func (c Class) Lot() string {
	switch c {
	case Scrap:
		return LotScrap
	case Remainder:
		return LotRemainder
	case Defective:
		return LotDefective
	case ByProduct:
		return LotByProduct
	}
	return ""
}

// ResidueState is where a residue stands.
type ResidueState string

const (
	ResidueKept      ResidueState = "kept"
	ResidueAsked     ResidueState = "destruction_asked"
	ResidueApproved  ResidueState = "destruction_approved"
	ResidueDestroyed ResidueState = "destroyed"
	ResidueSold      ResidueState = "sold"         // into the country, taxed
	ResidueLeaving   ResidueState = "export_asked" // it shall go abroad
	ResidueExported  ResidueState = "re_exported"  // an officer saw it leave
	ResidueGivenUp   ResidueState = "abandonment_asked"
	ResidueTaken     ResidueState = "abandoned" // customs took it over
)

// ResidueEvent moves a residue.
type ResidueEvent string

const (
	ResidueAsk     ResidueEvent = "ask_destruction"
	ResidueApprove ResidueEvent = "approve"
	ResidueRefuse  ResidueEvent = "refuse"
	ResidueDestroy ResidueEvent = "destroy"
	ResidueSell    ResidueEvent = "sell"
	ResidueLeave   ResidueEvent = "ask_export"
	ResidueLeft    ResidueEvent = "leave"
	ResidueGiveUp  ResidueEvent = "ask_abandonment"
	ResidueTake    ResidueEvent = "take_over"
)

// Residue is scrap, a remainder, a defective or a by-product that a book keeps.
type Residue struct {
	Book      string            `json:"book"` // number
	Line      int               `json:"line"` // material or product that it comes from
	Class     Class             `json:"class"`
	Commodity string            `json:"commodity"` // its own code, in its own state
	Name      string            `json:"name"`
	Quantity  num.Quantity      `json:"quantity"` // in the unit of the line
	Unit      codelist.UnitCode `json:"unit"`
	// InUse tells that the quantity stands in the consumption of work orders or of
	// products already, so that the stock of the line is not lowered again.
	InUse       bool         `json:"inUse,omitempty"`
	Worthless   bool         `json:"worthless,omitempty"` // may be destroyed untaxed (EPZ art. 20)
	Arisen      clock.Date   `json:"arisen"`
	State       ResidueState `json:"state"`
	Reason      string       `json:"reason,omitempty"`
	Destroyer   string       `json:"destroyer,omitempty"` // who destroys it
	Place       string       `json:"place,omitempty"`
	Officers    [2]string    `json:"officers,omitzero"` // levels 1 and 2
	DestroyedOn clock.Date   `json:"destroyedOn,omitempty"`
	Witness     string       `json:"witness,omitempty"` // officer who saw it
	// Document is the bill or list under which it goes abroad; LeftOn the day on which
	// it was sold, went abroad or was taken over.
	Document string     `json:"document,omitempty"`
	LeftOn   clock.Date `json:"leftOn,omitempty"`
}

var approvedTwice = lifecycle.Guard[*Residue]{Name: "approved at two levels", Check: func(r *Residue) error {
	if r.Officers[0] != "" && r.Officers[1] != "" && r.Officers[0] != r.Officers[1] {
		return nil
	}
	return fault.New(fault.Refused, "WRITEOFF-RESIDUE-05", "/officers", "a destruction needs two levels of approval", "let a second officer, drawn by the system, confirm it")
}}

// ResidueLife is the life of a residue. Code of a step that cannot happen:
// WRITEOFF-RESIDUE-06.
var ResidueLife = &lifecycle.Table[ResidueState, ResidueEvent, *Residue]{
	Name: "residue", Code: "WRITEOFF-RESIDUE-06", Initial: ResidueKept,
	States: []lifecycle.State[ResidueState]{
		{Name: ResidueKept, Acts: "enterprise"},
		{Name: ResidueAsked, Acts: "two officers, level 1 and 2"},
		{Name: ResidueApproved, Acts: "enterprise, an officer watching"},
		{Name: ResidueDestroyed, Acts: "nobody", Final: true},
		{Name: ResidueSold, Acts: "nobody", Final: true},
		{Name: ResidueLeaving, Acts: "an officer, when it leaves"},
		{Name: ResidueExported, Acts: "nobody", Final: true},
		{Name: ResidueGivenUp, Acts: "an officer, who takes it over"},
		{Name: ResidueTaken, Acts: "nobody", Final: true},
	},
	Moves: []lifecycle.Move[ResidueState, ResidueEvent, *Residue]{
		{From: ResidueKept, On: ResidueAsk, To: ResidueAsked},
		{From: ResidueAsked, On: ResidueApprove, To: ResidueApproved, Guards: []lifecycle.Guard[*Residue]{approvedTwice}},
		{From: ResidueAsked, On: ResidueRefuse, To: ResidueKept},
		{From: ResidueApproved, On: ResidueDestroy, To: ResidueDestroyed},
		{From: ResidueKept, On: ResidueSell, To: ResidueSold},
		{From: ResidueKept, On: ResidueLeave, To: ResidueLeaving},
		{From: ResidueLeaving, On: ResidueLeft, To: ResidueExported},
		{From: ResidueLeaving, On: ResidueRefuse, To: ResidueKept},
		{From: ResidueKept, On: ResidueGiveUp, To: ResidueGivenUp},
		{From: ResidueGivenUp, On: ResidueTake, To: ResidueTaken},
		{From: ResidueGivenUp, On: ResidueRefuse, To: ResidueKept},
	},
}

// Apply gives the residue after event on.
func (r Residue) Apply(on ResidueEvent) (Residue, error) {
	next, err := ResidueLife.Next(r.State, on, &r)
	if err != nil {
		return r, err
	}
	r.State = next
	return r, nil
}

// LeastCode is how many digits the code of a residue has at least.
const LeastCode = 8

// Validate judges a residue as it is told. Faults: WRITEOFF-RESIDUE-01 (no such
// line), -02 (class), -03 (no code or name of its own), -04 (quantity).
func (r *Residue) Validate(b *book.Book) error {
	var faults fault.List
	line, ok := b.Line(r.Line)
	if !ok {
		faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-RESIDUE-01", "/line", "account book {book} has no line {line}", "name the material or product it comes from", "book", b.Number, "line", r.Line))
	}
	if r.Class.Lot() == "" || ok && (r.Class == Defective) == (line.Kind == book.Material) && r.Class != ByProduct {
		faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-RESIDUE-02", "/class", "“{value}” does not come from such a line", "write scrap, remainder or by_product for a material, defective or by_product for a product", "value", string(r.Class)))
	}
	if len(r.Commodity) < LeastCode || r.Name == "" {
		faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-RESIDUE-03", "/commodity", "the residue lacks its own commodity code or name", "classify it as it is now; the code has at least eight digits"))
	}
	if r.Quantity <= 0 {
		faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-RESIDUE-04", "/quantity", "a quantity of {quantity} is not above zero", "give what there is of it", "quantity", r.Quantity))
	}
	return faults.OrNil()
}
