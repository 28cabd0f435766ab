package duty

import (
	"strconv"

	"seine/internal/fault"
	"seine/internal/num"
)

// Bonded is a bonded material in goods that are sold into the country.
type Bonded struct {
	Line       // with the value at which it came in, in the money of the house
	Of   int   // index of the goods it is in
	Days int64 // for which its duty was deferred, up to the tax bill
}

// Ways are both ways of taxing a domestic sale (DR §3.12): by the goods as they
// leave, or by the bonded materials in them. Duty shows how that on the materials
// came about.
type Ways struct {
	Goods, Materials, Duty *Working
	Remedy                 bool // goods or a material fall under a trade remedy
}

// remedied tells whether a working levies a trade remedy.
func (w *Working) remedied() bool {
	for t := AntiDumping; t <= Retaliation; t++ {
		if w.Totals[t] != 0 {
			return true
		}
	}
	return false
}

// SelectiveLevy works out both ways of taxing goods made in the zone: duty on the
// goods, or on the bonded materials in them with interest on it for the days it
// was deferred; consumption tax and VAT are on the goods either way, with the duty
// of the way in their base. Every line of the goods takes the duty of its own
// materials.
//
// Faults: those of Assess on the goods; on the materials too, below /materials;
// DUTY-SELECTIVE-03 (a material in goods that are not there).
func SelectiveLevy(goods *Consignment, materials []Bonded, ref *Reference) (Ways, error) {
	var ways Ways
	var err error
	if ways.Goods, err = Assess(goods, ref); err != nil {
		return ways, err
	}
	of := Consignment{Date: goods.Date, Direction: Import, Currency: ref.Local, Lines: make([]Line, len(materials))}
	for i := range materials {
		m := &materials[i]
		if m.Of < 0 || m.Of >= len(goods.Lines) {
			return ways, fault.New(fault.Invalid, "DUTY-SELECTIVE-03", "/materials/"+strconv.Itoa(i)+"/line", "there are no goods {line} that the material could be in",
				"name a line of the goods", "line", m.Of+1)
		}
		of.Lines[i] = m.Line
	}
	bare := *ref
	bare.Taxes = nil // duty alone is levied on materials
	if ways.Duty, err = Assess(&of, &bare); err != nil {
		return ways, renamed(err, "/lines", "/materials")
	}
	ways.Remedy = ways.Goods.remedied() || ways.Duty.remedied()
	by := *goods
	by.Lines = make([]Line, len(goods.Lines))
	duties := make([]num.Money, len(goods.Lines))
	owed := make([]num.Money, len(materials))
	for _, b := range ways.Duty.Blocks {
		if b.Line < 0 {
			continue
		}
		for t := Duty; t <= Retaliation; t++ {
			if t == ExportTax {
				continue
			}
			if owed[b.Line], err = num.Add(owed[b.Line], b.Amounts[t]); err != nil {
				return ways, err
			}
		}
		n := materials[b.Line].Of
		if duties[n], err = num.Add(duties[n], owed[b.Line]); err != nil {
			return ways, err
		}
	}
	for i := range goods.Lines {
		by.Lines[i] = goods.Lines[i]
		by.Lines[i].Instead = &duties[i]
	}
	if ways.Materials, err = Assess(&by, ref); err != nil {
		return ways, err
	}
	for i := range materials {
		if owed[i] == 0 || materials[i].Days <= 0 {
			continue
		}
		x, err := DeferralInterest(owed[i], materials[i].Days, goods.Date, ref.Rules, ref.Local)
		if err != nil {
			return ways, err
		}
		if err := ways.Materials.join(x); err != nil {
			return ways, err
		}
	}
	return ways, nil
}
