package message

import (
	"bytes"
	"slices"
	"testing"

	"seine/internal/num"
	"seine/internal/writeoff"
)

// Whoever adds the columns of the report's file up comes to what should remain.
func TestTheFileOfAReportAddsUp(t *testing.T) {
	q := func(text string) num.Quantity {
		v, err := num.ParseQuantity(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	counted := q("1379.9")
	r := writeoff.Report{Items: []writeoff.Item{{
		Line: 7, Kind: "material", Commodity: "2009110000", Name: "=juice", Unit: "KGM", Currency: "USD", Opening: writeoff.Stock{Quantity: q("1000.00001"), Value: 200_000}, Late: q("-0.00001"),
		Flows:       writeoff.Flows{writeoff.FirstLine: q("900"), writeoff.Sold: q("20"), writeoff.ElsewhereInside: q("-100"), writeoff.Scrapped: q("0.1")},
		Consumption: q("400"), ShouldRemain: writeoff.Stock{Quantity: q("1379.9"), Value: 275_980}, Counted: &counted, CountedValue: 275_980, Closing: writeoff.Stock{Quantity: counted, Value: 275_980},
	}}}
	if err := r.Items[0].Holds(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := ReportSheet(&r).WriteXLSX(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := ReadRows(b.Bytes())
	if err != nil || len(rows) != 2 || len(rows[0]) != len(rows[1]) {
		t.Fatal(rows, err)
	}
	at := func(name string) num.Quantity { return q(rows[1][slices.Index(rows[0], name)]) }
	sum := at("opening") + at("late")
	for _, c := range writeoff.Columns() {
		if v := at(string(c)); c.Adds() {
			sum += v
		} else {
			sum -= v
		}
	}
	if sum != at("should remain") || at("counted")-sum != at("difference") || rows[1][3] != "=juice" {
		t.Errorf("%v comes to %v", rows, sum)
	}
}
