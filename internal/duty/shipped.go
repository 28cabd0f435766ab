package duty

import (
	"fmt"

	"seine/internal/tariff"
)

// ReferenceOf gives what ships with the program as a reference: a schedule by
// name ("cn", "us", "uk", "uk2020"), the parameters, and for the Chinese schedule
// its table of VAT and consumption tax. It has no exchange rates.
func ReferenceOf(schedule string) (Reference, error) {
	s, err := tariff.Shipped(schedule)
	if err != nil {
		return Reference{}, fmt.Errorf("duty reference: %w", err)
	}
	rules, err := Shipped()
	if err != nil {
		return Reference{}, fmt.Errorf("duty reference: %w", err)
	}
	ref := Reference{Tariff: s, Rules: rules, Local: s.About.Currency}
	if schedule == "cn" {
		if ref.Taxes, err = tariff.ShippedTaxes(); err != nil {
			return Reference{}, fmt.Errorf("duty reference: %w", err)
		}
	}
	return ref, nil
}
