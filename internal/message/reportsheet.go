package message

import (
	"strconv"

	"seine/internal/num"
	"seine/internal/writeoff"
)

// ReportSheet is the report of a write-off, a row for each line of the book with
// every column of the form (DR §4.5): the identity can be added up again from it.
func ReportSheet(r *writeoff.Report) *Sheet {
	sheet := &Sheet{Name: "report", Head: []string{"line", "kind", "commodity", "name", "unit", "currency", "opening", "opening value", "late"}, Figures: []int{6, 8}, Amounts: []int{7}}
	figures := func(names ...string) {
		for _, name := range names {
			sheet.Figures = append(sheet.Figures, len(sheet.Head))
			sheet.Head = append(sheet.Head, name)
		}
	}
	amounts := func(name string) {
		sheet.Amounts = append(sheet.Amounts, len(sheet.Head))
		sheet.Head = append(sheet.Head, name)
	}
	for _, c := range writeoff.Columns() {
		figures(string(c))
	}
	figures("tangible_loss", "intangible_loss", "should remain")
	amounts("should remain value")
	figures("counted")
	amounts("counted value")
	figures("difference")
	amounts("difference value")
	figures("difference %")
	amounts("tax CNY")
	figures("more lost", "force majeure", "taxed", "tolerated", "surplus", "closing")
	amounts("closing value")
	for i := range r.Items {
		it := &r.Items[i]
		row := []string{strconv.Itoa(it.Line), string(it.Kind), it.Commodity, it.Name, string(it.Unit), string(it.Currency), it.Opening.Quantity.String(), it.Opening.Value.Fixed(), it.Late.String()}
		for _, c := range writeoff.Columns() {
			q := it.Flows[c]
			if c == writeoff.Consumed {
				q = it.Consumption
			}
			row = append(row, q.String())
		}
		counted, value := "", ""
		if it.Counted != nil {
			counted, value = it.Counted.String(), it.CountedValue.Fixed()
		}
		row = append(
			row, it.TangibleLoss.String(), it.IntangibleLoss.String(), it.ShouldRemain.Quantity.String(), it.ShouldRemain.Value.Fixed(), counted, value,
			it.Difference.String(), it.Amount.Fixed(), it.Rate.PercentString(), it.Tax.Fixed(),
		)
		for _, q := range []num.Quantity{it.Settled.Loss, it.Settled.Majeure, it.Settled.Taxed, it.Settled.Tolerated, it.Settled.Added, it.Closing.Quantity} {
			row = append(row, q.String())
		}
		sheet.Rows = append(sheet.Rows, append(row, it.Closing.Value.Fixed()))
	}
	return sheet
}
