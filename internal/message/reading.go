package message

import (
	"strconv"

	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/num"
)

// ManifestReading is one manifest as a message gave it, with all that was found
// while reading. The manifest holds what could be read even when there are
// faults; the rules of a manifest (manifest.Check) are not applied here.
type ManifestReading struct {
	Manifest  manifest.Manifest
	Format    string     // "cuscar", "manifest-json", "manifest-csv"
	Version   string     // of the message's directory or schema, such as D.95B
	Encoding  string     // how the text was encoded
	Reference string     // the message's own number
	Function  Function   // what the sender wants done with it
	Syntax    fault.List // the envelope is wrong: counts, references, missing ends
	Faults    fault.List // the content is wrong and must be corrected
	Notes     fault.List // worth knowing: forgiven, taken over from elsewhere, not used
	Stated    []Stated   // what the message says and the manifest has no form for, kept as it came
}

// Stated is one thing that a message says in a code, unit or element which the
// manifest cannot hold: a port by a national code, a mass in an unknown unit, the
// day of the message. It is kept as it came, so that it can be translated.
type Stated struct {
	Path  string `json:"path"` // of the element that it would fill
	Value string `json:"value"`
	List  string `json:"list,omitempty"` // code list and agency, or the unit of an amount
}

// StatedAt gives what the message says for an element that the manifest lacks.
func (r *ManifestReading) StatedAt(path string) (Stated, bool) {
	for _, s := range r.Stated {
		if s.Path == path {
			return s, true
		}
	}
	return Stated{}, false
}

// Kilograms gives a mass in kilograms, as EDIFACT writes amounts and in a unit
// of UN/ECE Recommendation 20. False when it is no amount or the unit no mass.
func Kilograms(value, unit string) (num.Quantity, bool) {
	rate, known := masses[unit]
	q, err := parseAmount(value)
	if !known || err != nil || q < 0 {
		return 0, false
	}
	q, err = q.Times(rate, num.HalfUp)
	return q, err == nil
}

// DeriveTotals sums the lines of each bill that states no total itself, and
// notes it: MSG-CUSCAR-DERIVED-01.
func (r *ManifestReading) DeriveTotals() {
	for i := range r.Manifest.Consignments {
		r.deriveTotals(&r.Manifest.Consignments[i], "/consignments/"+strconv.Itoa(i)+"/")
	}
}

func (r *ManifestReading) deriveTotals(b *manifest.BillOfLading, at string) {
	sum := func(field string, total *num.Quantity, of func(manifest.GoodsItem) num.Quantity) {
		if *total != 0 || len(b.Goods) == 0 {
			return
		}
		var all num.Quantity
		for _, g := range b.Goods {
			q := of(g)
			if q == 0 {
				return
			}
			var err error
			if all, err = num.Add(all, q); err != nil {
				_ = r.Faults.Add(at+field, err)
				return
			}
		}
		*total = all
		r.Notes = append(r.Notes, fault.New(fault.Invalid, "MSG-CUSCAR-DERIVED-01", at+field, "the message states no total here; the lines were added", "state it with CNT"))
	}
	sum("packages", &b.Packages, func(g manifest.GoodsItem) num.Quantity { return g.Packages })
	sum("grossMass", &b.GrossMass, func(g manifest.GoodsItem) num.Quantity { return g.GrossMass })
	sum("measurement", &b.Measurement, func(g manifest.GoodsItem) num.Quantity { return g.Measurement })
}

// Function says what the sender wants done (UN/EDIFACT 1225).
type Function string

const (
	Original  Function = "original"
	Addition  Function = "addition"
	Deletion  Function = "deletion"
	Change    Function = "change"
	Replace   Function = "replace"
	Cancel    Function = "cancellation"
	Duplicate Function = "duplicate"
	Unstated  Function = ""
)

// Scope tells how much of the manifest a sending of this function states.
func (f Function) Scope() manifest.Scope {
	switch f {
	case Addition:
		return manifest.Added
	case Change:
		return manifest.Changed
	case Original, Deletion, Replace, Cancel, Duplicate, Unstated:
	}
	return manifest.Whole
}

// functions maps UN/EDIFACT 1225.
var functions = map[string]Function{
	"1": Cancel, "2": Addition, "3": Deletion, "4": Change, "5": Replace, "7": Duplicate, "9": Original,
	"20": Change, "36": Change, // of the heading only
}
