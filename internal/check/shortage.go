package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"math/big"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/declaration"
	"seine/internal/num"
	"seine/internal/revenue"
	"seine/internal/writeoff"
)

// shortages works the tax on goods that were missing at write-offs out again: what
// was missing from the movements and the stock-taking, its value from the movements,
// the tax by the tables of the moment of the decision, and what of it was tolerated.
func (r *run) shortages(ctx context.Context, all []*closing) error {
	rules, err := r.ruleRows(ctx, writeoff.ParameterFile(), "writeOff", writeOffRules)
	if err != nil {
		return err
	}
	if err := r.versions(ctx); err != nil {
		return err
	}
	for _, c := range all {
		id, bill, held := "", new(revenue.TaxBill), new(bonded.Book)
		err := r.all(ctx, shortageOf, []any{c.row.id}, func(rows *sql.Rows) error {
			var body, kept string
			if err := rows.Scan(&kept, &id, &body); err != nil {
				return err
			}
			if json.Unmarshal([]byte(kept), held) != nil {
				held = nil
			}
			if json.Unmarshal([]byte(body), bill) != nil {
				bill = nil
			}
			return nil
		})
		if err != nil {
			return err
		}
		r.shortage(c, held, ruleOn(rules, c.doc.Adjusted.Date(), c.doc.Adjusted))
		r.shortageBill(c, id, bill)
	}
	return nil
}

// missing is what is missing of a line and by nothing explained, with its value in
// the currency of the line, rounded as money is.
func (t *tally) missing(c *closing, it *writeoff.Item) (all, rest num.Quantity, value int64) {
	if it.Counted == nil {
		return 0, 0, 0
	}
	all = max(0, it.ShouldRemain.Quantity-*it.Counted)
	rest = all
	for _, e := range c.doc.Explanations {
		if e.Line == it.Line && (e.Cause == writeoff.ProcessLoss || e.Cause == writeoff.ForceMajeure) {
			rest -= min(rest, e.Quantity)
		}
	}
	if rest == 0 {
		return all, 0, 0
	}
	worth := func(q num.Quantity) *big.Rat {
		if held := t.before + t.within; held > 0 && q > 0 {
			return big.NewRat(nearest(quotient(product(big.NewRat(int64(t.worth), 1), big.NewRat(int64(q), 1)), big.NewRat(int64(held), 1))), 1)
		}
		return new(big.Rat)
	}
	lost := new(big.Rat).Sub(worth(it.ShouldRemain.Quantity), worth(*it.Counted))
	return all, rest, nearest(quotient(product(lost, big.NewRat(int64(rest), 1)), big.NewRat(int64(all), 1)))
}

// shortage compares the tax of each line with what comes out, and what was tolerated
// with the tolerance of the day.
func (r *run) shortage(c *closing, held *bonded.Book, rule *ruleRow) {
	taxes := map[int]*bonded.ShortageTax{}
	for i := range c.doc.Taxes {
		taxes[c.doc.Taxes[i].Line] = &c.doc.Taxes[i]
	}
	for i := range c.doc.Report.Items {
		it := &c.doc.Report.Items[i]
		on := "line " + strconv.Itoa(it.Line) + ": "
		tell := func(what, want, is string) {
			if want != is {
				r.found(DutyShortage, "write_off", c.row.id, on+what, want, is)
			}
		}
		all, rest, value := c.lines[it.Line].missing(c, it)
		x := taxes[it.Line]
		delete(taxes, it.Line)
		if x == nil {
			x = new(bonded.ShortageTax)
		}
		tell("missing and not explained", rest.String(), x.Quantity.String())
		tell("settled as taxed or tolerated", rest.String(), (it.Settled.Taxed + it.Settled.Tolerated).String())
		if rest == 0 || x.Quantity != rest {
			continue
		}
		tell("value of what is missing", num.Money(value).Fixed(), x.Value.Fixed())
		if line, ok := lineOf(held, it.Line); ok {
			tell("code taxed", line, it.Commodity)
		}
		total := num.Money(0)
		for _, f := range x.Figures {
			total += f.Amount
		}
		tell("the total is not the sum of its taxes", total.Fixed(), x.Total.Fixed())
		tell("tax of the line", x.Total.Fixed(), it.Tax.Fixed())
		r.shortageTax(c, it, x, value, on)
		if rule == nil {
			r.skipped("duty: no tolerance is known for the day of a write-off")
			continue
		}
		want := writeoff.Settled{Taxed: rest}
		if rule.within(it, all, x.Total) {
			want = writeoff.Settled{Tolerated: rest}
		}
		tell("beyond tolerance, and so taxed", want.Taxed.String(), it.Settled.Taxed.String())
	}
	for line := range taxes {
		r.found(DutyShortage, "write_off", c.row.id, "line "+strconv.Itoa(line)+" is taxed and not in the report", "", "")
	}
}

func lineOf(held *bonded.Book, number int) (commodity string, ok bool) {
	if held == nil {
		return "", false
	}
	line, ok := held.Line(number)
	if !ok {
		return "", false
	}
	return line.Commodity, true
}

// within tells whether a shortage is within a rule: a share of the consumption, in
// whole hundred-thousandths, and little tax.
func (w *ruleRow) within(it *writeoff.Item, missing num.Quantity, tax num.Money) bool {
	cell := func(name string) *big.Rat {
		text, _ := w.cells[name].(string)
		if q := decimal(text); q != nil {
			return q
		}
		return new(big.Rat)
	}
	base := it.Consumption
	if base <= 0 {
		base = it.Base // what left
	}
	most := quotient(product(big.NewRat(int64(base), 1), cell("toleranceShare")), big.NewRat(100, 1))
	return big.NewRat(int64(missing), 1).Cmp(most) <= 0 && big.NewRat(int64(tax), 100).Cmp(cell("toleranceTax")) <= 0
}

// shortageTax works the figures of one line out. Two sets of tables of one moment are
// both good.
func (r *run) shortageTax(c *closing, it *writeoff.Item, x *bonded.ShortageTax, value int64, on string) {
	day, at := c.doc.Adjusted.Date(), int64(c.doc.Adjusted)
	var w working
	if x.Unknown == "" && json.Unmarshal(x.Working, &w) != nil {
		r.found(DutyShortage, "write_off", c.row.id, on+"the working cannot be read", "", "")
		return
	}
	currency, known := string(it.Currency), r.duties.exchange(string(it.Currency), day)
	used := known
	if x.Unknown == "" && currency != "" && currency != "CNY" {
		if used = w.exchangeOf(currency); used != nil && known != nil && used.Cmp(known) != 0 {
			r.found(DutyRate, "write_off", c.row.id, on+"exchange rate of "+currency+" for "+day.String(), known.FloatString(8), used.FloatString(8))
		}
	}
	l := declaration.GoodsItem{
		Number: 1, Commodity: declaration.CommodityCode(it.Commodity), Origin: declaration.CountryCode(it.Origin), Quantity: x.Quantity, Unit: it.Unit, Total: num.Money(value),
	}
	of := &declaration.Declaration{Direction: declaration.Import, Currency: declaration.CurrencyCode(currency), Lines: []declaration.GoodsItem{l}}
	have := map[string]string{}
	for _, f := range x.Figures {
		have[f.Tax] = f.Amount.Fixed()
	}
	var problem, expected, actual string
	for i := len(r.tables) - 1; i >= 0; i-- {
		v := &r.tables[i]
		if v.at > at || i+1 < len(r.tables) && r.tables[i+1].at < at {
			continue
		}
		k := v.reckon(of, day, func(string) *big.Rat { return used })
		if k.cannot != "" {
			r.skipped(k.cannot)
			return
		}
		p, e, a := same(k.taxes[0], have, it.Commodity)
		if p == "" {
			return
		}
		if problem == "" {
			problem, expected, actual = p, e, a
		}
	}
	r.found(DutyShortage, "write_off", c.row.id, on+problem, expected, actual)
}

// shortageBill compares the bill of a write-off with the lines that are taxed.
func (r *run) shortageBill(c *closing, id string, bill *revenue.TaxBill) {
	by, total := map[string]num.Money{}, num.Money(0)
	for i := range c.doc.Taxes {
		x := &c.doc.Taxes[i]
		if it, ok := c.doc.Report.Item(x.Line); ok && it.Settled.Taxed != 0 {
			for _, f := range x.Figures {
				by[f.Tax] += f.Amount
				total += f.Amount
			}
		}
	}
	tell := func(what, want, is string) {
		if want != is {
			r.found(DutyBill, "write_off", c.row.id, what, want, is)
		}
	}
	if id == "" || bill == nil {
		if total != 0 || c.doc.TaxBill != "" {
			tell("the bill of what is missing", "T"+c.doc.Number, c.doc.TaxBill)
		}
		return
	}
	tell("the bill of what is missing", bill.Number, c.doc.TaxBill)
	r.billed(id, bill)
	tell("the bill is for another payer or office", c.doc.Enterprise+" "+c.doc.Office, bill.Enterprise+" "+bill.Office)
	for _, l := range bill.Lines {
		by[l.Tax] -= l.Amount
	}
	for tax, rest := range by {
		tell(tax+" that the bill does not ask for", num.Money(0).Fixed(), rest.Fixed())
	}
}
