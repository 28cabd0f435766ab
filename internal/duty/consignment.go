package duty

import (
	"seine/internal/clock"
	"seine/internal/num"
	"seine/internal/tariff"
)

// Direction says whether goods come in or go out.
type Direction string

// The two directions.
const (
	Import Direction = "import"
	Export Direction = "export"
)

// Incoterm is the delivery term of the sale (Incoterms rule, three letters);
// empty means that the charges are taken as stated and none is added.
type Incoterm string

// Mark says how a charge is stated (DR §5.1, form convention, OR).
type Mark uint8

// The marks of a charge.
const (
	NoCharge Mark = iota // not stated
	ByRate               // 1: share of the price
	ByMass               // 2: amount for each tonne of gross mass
	InTotal              // 3: amount for the whole consignment
)

// Charge is freight, insurance or another cost of the whole consignment. A
// deduction is negative.
type Charge struct {
	Mark     Mark
	Rate     num.Rate            // with ByRate
	Amount   num.Money           // with ByMass per tonne, with InTotal the whole
	Currency tariff.CurrencyCode // empty is the consignment's
}

// Proof says whether the origin claimed is proved.
type Proof uint8

// What is known of the proof of origin.
const (
	ProofUnstated Proof = iota // taken as claimed
	ProofGiven
	ProofMissing
)

// unproved tells whether there is no proof of the goods' origin: it is known to be
// missing, or there is nothing that could be proved.
func (l *Line) unproved() bool {
	return l.Proof == ProofMissing || l.Proof == ProofUnstated && l.Origin == ""
}

// Preference is the treatment claimed: empty or "mfn" for none, "conventional",
// "special", "general", or the sign of an agreement or programme in the schedule.
type Preference string

// Quantity is an amount of the goods in one unit; Of names the part or content
// that is counted when it is not the whole ("lead content").
type Quantity struct {
	Value num.Quantity
	Unit  tariff.UnitCode
	Of    string
}

// Part is the value of a part of the goods that has a rate of its own.
type Part struct {
	Of    string
	Price num.Money // in the consignment's currency
}

// Remedy is a trade remedy that stands on a line beside the schedule's: an
// anti-dumping, countervailing, safeguard or retaliation duty.
type Remedy struct {
	Kind     tariff.Kind
	Duty     *tariff.Expression
	Highest  num.Rate // highest rate of the measure, for goods without proof of origin
	Exporter tariff.AdditionalCode
	Law      string
}

// GivenRates are rates stated with the case instead of looked up; a nil member
// is not stated.
type GivenRates struct {
	MFN, Conventional, Special, General, Provisional, Quota, Export *tariff.Expression
	Remedies                                                        []Remedy
	Excise                                                          *tariff.Expression
	Consumption                                                     *tariff.Expression // terms by value are inside the tax-included price
	VAT                                                             *num.Rate
}

// Depreciation is how long relieved goods were used of the years they are
// supervised for.
type Depreciation struct{ Months, Years int64 }

// Line is one line of goods to be assessed.
type Line struct {
	Code        tariff.Code
	Origin      tariff.AreaCode // ISO 3166 country; empty is unknown
	Proof       Proof
	Preference  Preference
	InQuota     bool
	QuotaNumber string    // order number of the quota claimed
	Price       num.Money // of the whole line, in the consignment's currency
	Quantities  []Quantity
	Parts       []Part
	NetMass     num.Quantity // kilograms, 0 not stated
	GrossMass   num.Quantity // kilograms, 0 not stated
	PartClaimed bool         // the provisional rate on part of the code is claimed for these goods
	Additional  tariff.AdditionalCode
	Applicable  tariff.Code   // code under which the goods fall otherwise, for rates that point to it
	Relief      *Depreciation // goods relieved of duty and now put to another use
	Instead     *num.Money    // duty levied on the materials in the goods, instead of theirs
	Remedies    []Remedy
	Rates       *GivenRates // nil: look up in the schedule
}

// Consignment is everything the assessment of one declaration needs. Date is
// the legal day whose rates and exchange apply (DR §5.2.5): RateDate finds it.
type Consignment struct {
	Date      clock.Date
	Direction Direction
	Incoterm  Incoterm
	Currency  tariff.CurrencyCode // of the prices
	FX        num.Rate            // money of the house for one of Currency; 0: from the table
	Freight   Charge
	Insurance Charge
	Other     Charge
	Lines     []Line
}

// Reference is what an assessment looks things up in. All parts are immutable
// snapshots; the epochs of those used are written into the working.
type Reference struct {
	Tariff *tariff.Schedule // duty rates; nil when every line gives its rates
	Taxes  *tariff.Taxes    // VAT and consumption tax by code; nil: only given ones
	Rules  *Parameters
	FX     *Exchange // nil: only currencies with a given rate
	// Local is the currency taxes are paid in.
	Local tariff.CurrencyCode
	// Calendar says which days are worked on; nil knows only Saturdays and Sundays.
	Calendar *clock.Calendar
}
