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
	return ReferenceTo(s)
}

// ReferenceTo gives the same with a schedule that the caller has opened, one of a
// coming year for instance. The table of VAT and consumption tax goes with every
// edition of the Chinese schedule.
func ReferenceTo(s *tariff.Schedule) (Reference, error) {
	rules, err := Shipped()
	if err != nil {
		return Reference{}, fmt.Errorf("duty reference: %w", err)
	}
	ref := Reference{Tariff: s, Rules: rules, Local: s.About.Currency}
	if s.About.Name == "cn" {
		if ref.Taxes, err = tariff.ShippedTaxes(); err != nil {
			return Reference{}, fmt.Errorf("duty reference: %w", err)
		}
	}
	return ref, nil
}
