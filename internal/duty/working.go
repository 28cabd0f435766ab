package duty

import (
	"seine/internal/clock"
	"seine/internal/num"
	"seine/internal/tariff"
)

// Tax is what a step is owed as.
type Tax uint8

// The taxes, in the order they build on each other.
const (
	NoTax Tax = iota // a step on the way
	Duty             // import duty
	ExportTax
	AntiDumping
	Countervailing
	Safeguard
	Retaliation
	ConsumptionTax
	VAT
	Interest        // deferral interest
	LatePayment     // late payment surcharge
	LateDeclaration // late declaration fee
	Excise
	taxes
)

var taxNames = [...]string{
	"", "duty", "export_duty", "anti_dumping", "countervailing", "safeguard", "retaliation", "consumption_tax", "vat",
	"interest", "late_payment", "late_declaration", "excise",
}

// String gives the tax's name as JSON and files write it.
func (t Tax) String() string {
	if int(t) < len(taxNames) {
		return taxNames[t]
	}
	return "unknown"
}

// Formula says how a step's result follows from its fields.
type Formula uint8

// The formulas. Σ is the sum of the results of the steps named by Terms.
const (
	Given       Formula = iota // result = base
	Sum                        // result = Σ
	Converted                  // base × rate (exchange)
	OfValue                    // Σ × rate ÷ denominator
	OfBase                     // base × rate ÷ denominator
	OfQuantity                 // quantity × rate ÷ denominator
	Share                      // base × numerator ÷ denominator, by largest remainder
	GrossUp                    // Σ ÷ (1 − rate): price that includes the tax
	Within                     // Σ ÷ (1 − rate) × rate: tax inside that price
	NotUnder                   // what Σ lacks to the bound base, or 0
	NotOver                    // what Σ exceeds the bound base by, negative, or 0
	Exempted                   // −Σ
	Proportion                 // base × numerator ÷ denominator
	PerDay                     // base × rate × numerator days ÷ denominator
	WholeUnits                 // Σ brought to whole units of currency
	OutOfExport                // Σ ÷ (1 + rate): export value without the duty
	Difference                 // Σ of first term less the others
	RoundedOnce                // what the exact Σ, rounded once, exceeds the rounded results by
)

var formulaNames = [...]string{
	"given", "sum", "converted", "of_value", "of_base", "of_quantity", "share", "gross_up", "within_price", "not_under",
	"not_over", "exempted", "proportion", "per_day", "whole_units", "out_of_export", "difference", "rounded_once",
}

// String gives the formula's name as JSON writes it.
func (f Formula) String() string {
	if int(f) < len(formulaNames) {
		return formulaNames[f]
	}
	return "unknown"
}

// Label is the stable key of what a step is; screens translate it.
type Label string

// The labels.
const (
	LabelPrice          Label = "price"
	LabelPriceLocal     Label = "price.local"
	LabelFreight        Label = "freight"
	LabelInsurance      Label = "insurance"
	LabelInsuranceRule  Label = "insurance.default"
	LabelOther          Label = "other"
	LabelFreightShare   Label = "freight.share"
	LabelInsuranceShare Label = "insurance.share"
	LabelOtherShare     Label = "other.share"
	LabelValue          Label = "customs_value"
	LabelValueRounded   Label = "customs_value.rounded"
	LabelDuty           Label = "duty"
	LabelDutyBound      Label = "duty.bound"
	LabelDutyRounded    Label = "duty.rounded"
	LabelExempt         Label = "exempt.small_amount"
	LabelRemedy         Label = "remedy"
	LabelNoOriginProof  Label = "remedy.no_origin_proof"
	LabelTaxedPrice     Label = "consumption_tax.price"
	LabelConsumption    Label = "consumption_tax"
	LabelExcise         Label = "excise"
	LabelVAT            Label = "vat"
	LabelInterest       Label = "interest"
	LabelLatePayment    Label = "late_payment"
	LabelLateDeclared   Label = "late_declaration"
	LabelDepreciated    Label = "value.depreciated"
	LabelExportValue    Label = "export_value"
	LabelMaterialDuty   Label = "duty.materials"
	LabelShortTax       Label = "tax.short"
)

// Step is one line of a working.
type Step struct {
	Label    Label
	Tax      Tax     // not NoTax: the result is owed
	Formula  Formula // how Result follows
	Rounding num.Rounding
	Terms    uint64 // bit n: the nth step of the same block goes into Σ
	Base     num.Money
	Quantity num.Quantity // with OfQuantity
	Unit     tariff.UnitCode
	Currency tariff.CurrencyCode // of Base and Result; empty is the working's
	Rate     num.Rate
	Numer    int64
	Denom    int64 // 0 is 1
	Result   num.Money
	Column   tariff.Kind     // the column or kind of measure the rate is from
	Measure  *tariff.Measure // the measure, when the schedule gave the rate
	Source   string          // law or parameter, when no measure did
}

// Block is the steps of the head (Line −1) or of one line of goods.
type Block struct {
	Line        int // index into the consignment's lines; −1 is the head
	First, Last int // Steps[First:Last]
	Value       num.Money
	Amounts     [taxes]num.Money
}

// Note is something the reader of a working should know; Line is −1 for the whole.
type Note struct {
	Line   int
	Code   string
	Text   string
	Values []NoteValue // of what the text says, for readers of another language
}

// NoteValue is one value in the text of a note.
type NoteValue struct{ Name, Value string }

// Working is an assessment with the way it came about.
type Working struct {
	Date      clock.Date
	Currency  tariff.CurrencyCode
	Blocks    []Block
	Steps     []Step
	Notes     []Note
	Totals    [taxes]num.Money
	Value     num.Money // customs value of all lines
	Total     num.Money // all that is owed
	Tariff    string    // epoch of the schedule
	TaxTable  string    // epoch of the table of VAT and consumption tax
	Parameter string    // epoch of the parameters
}

// TaxLine is one tax on one line of goods, as a declaration or tax bill carries
// it (WCO DutyTaxFee).
type TaxLine struct {
	Line   int // index into the consignment's lines
	Tax    Tax
	Base   num.Money // value by which it was taken; 0 when only by quantity
	Rate   string    // rate as words: "6.5%", "10% + 2/LTR"
	Source string    // measure, law or parameter
	Amount num.Money
}

// Amount gives what is owed of one tax on the whole consignment.
func (w *Working) Amount(t Tax) num.Money { return w.Totals[t] }
