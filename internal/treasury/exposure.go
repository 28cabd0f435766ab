package treasury

import (
	"seine/internal/guarantee"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
)

// DueOf is an open debt as a forecast of its guarantee sees it.
func DueOf(o *obligation.Obligation) guarantee.Due {
	d := guarantee.Due{Day: o.Due, Obligation: o.ID, Kind: o.Kind, Held: o.Hold.Left}
	for _, l := range o.Lines {
		if _, tax := cutTax(l.Item); tax {
			d.Owed += num.Money(ledger.MoneyOf(l.Open))
		}
	}
	return d
}
