package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/num"
	"seine/internal/revenue"
	"seine/internal/writeoff"
)

// soldResidue is a residue that was sold into the country, under the check.
type soldResidue struct {
	id     string
	doc    bonded.Residue
	held   *bonded.Book // nil when it is not there under its number
	billID string
	bill   *revenue.TaxBill
}

// soldResidues works the tax of every sold residue out again: from what was sold,
// the tables of the moment of the sale and the write-offs before it.
func (r *run) soldResidues(ctx context.Context, closings []*closing) error {
	var all []*soldResidue
	err := r.all(ctx, soldAll, nil, func(rows *sql.Rows) error {
		s := new(soldResidue)
		var body, held, bill string
		if err := rows.Scan(&s.id, &body, &held, &s.billID, &bill); err != nil {
			return err
		}
		if json.Unmarshal([]byte(body), &s.doc) != nil {
			return nil // the section of documents says what cannot be read
		}
		var k bonded.Book
		if json.Unmarshal([]byte(held), &k) == nil && k.ID == s.doc.BookID {
			s.held = &k
		}
		var b revenue.TaxBill
		if json.Unmarshal([]byte(bill), &b) == nil {
			s.bill = &b
		}
		all = append(all, s)
		return nil
	})
	if err != nil || len(all) == 0 {
		return err
	}
	if err := r.versions(ctx); err != nil {
		return err
	}
	r.step("stock", int64(len(all)))
	for _, s := range all {
		if s.doc.Sale == nil {
			r.found(DutyResidue, "residue", s.id, "is sold, and its sale is not there", "", "")
			continue
		}
		r.soldOn(s)
		r.soldTax(s, closings)
		r.soldBill(s)
	}
	return nil
}

// residue compares the code, class and quantity of a residue with what was told of
// it, or last corrected.
func (r *run) residue(p *paperRow) {
	told, known := r.trail.residues[keyOf(p.id)]
	var doc map[string]json.RawMessage
	if !r.ran("journal") || !known || json.Unmarshal([]byte(p.body), &doc) != nil {
		return // that no entry tells of it is said elsewhere
	}
	for _, name := range []string{"commodity", "class", "quantity"} {
		var want, is string
		_ = json.Unmarshal(told[name], &want) // what cannot be read is nothing
		_ = json.Unmarshal(doc[name], &is)
		if want != is {
			r.found(ResidueTold, "residue", p.id, name+" of the residue", want, is)
		}
	}
}

// soldOn compares what a sale is taxed on with the residue: itself, or the material
// that is in it.
func (r *run) soldOn(s *soldResidue) {
	tell := func(what, want, is string) {
		if want != is {
			r.found(DutyResidue, "residue", s.id, what, want, is)
		}
	}
	on := s.doc.Sale.On
	if s.doc.Class != writeoff.Defective {
		if len(on) != 1 {
			tell("is taxed on so many goods", "1", strconv.Itoa(len(on)))
			return
		}
		tell("quantity taxed", s.doc.Quantity.String(), on[0].Quantity.String())
		tell("value taxed", s.doc.Sale.Value.Fixed()+" CNY", on[0].Value.Fixed()+" "+on[0].Currency)
		if s.doc.Class != writeoff.Remainder {
			tell("code taxed", s.doc.Commodity, on[0].Commodity)
		} else if line, ok := s.line(s.doc.Line); ok {
			tell("code taxed", string(line.Commodity), on[0].Commodity)
		}
		return
	}
	if s.held == nil {
		r.skipped("duty: what is in a defective product whose book is not there")
		return
	}
	in := map[string]num.Quantity{}
	uses := slices.Clone(s.held.Consumptions)
	slices.SortStableFunc(uses, func(a, b book.Consumption) int { return a.Version - b.Version })
	seen := map[int]bool{}
	for i := range uses {
		c := &uses[i]
		line, ok := s.line(c.Material)
		if c.Product == s.doc.Line && !seen[c.Material] && (c.ValidTo == 0 || s.doc.Arisen <= c.ValidTo) && ok {
			seen[c.Material] = true
			in[string(line.Commodity)] += taken(c, s.doc.Quantity)
		}
	}
	for i := range on {
		in[on[i].Commodity] -= on[i].Quantity
	}
	for code, rest := range in {
		tell("material "+code+" that is not taxed", num.Quantity(0).String(), rest.String())
	}
}

func (s *soldResidue) line(number int) (*book.Line, bool) {
	if s.held == nil {
		return nil, false
	}
	return s.held.Line(number)
}

// since is the day from which duty was deferred: the last write-off of the book
// before the sale, else its first day; 0 when that is not known any more.
func (s *soldResidue) since(closings []*closing, until int64) clock.Date {
	var day clock.Date
	if s.held != nil && int64(s.held.Approved) <= until {
		day = s.held.Approved.Date()
	}
	for _, c := range closings {
		if c.doc.BookID == s.doc.BookID && int64(c.doc.Adjusted) <= until {
			day = max(day, c.doc.Report.Period.End)
		}
	}
	return day
}

// soldTax compares the figures of a sale with those of the tables that were in
// force. Two sets of tables of one moment are both good.
func (r *run) soldTax(s *soldResidue, closings []*closing) {
	day := s.doc.LeftOn
	from, until := int64(day.Start()), int64(day.AddDays(1).Start())-1
	if s.bill != nil {
		from, until = int64(s.bill.Issued), int64(s.bill.Issued)
		if issued := s.bill.Issued.Date(); issued != day {
			r.found(DutyResidue, "residue", s.id, "the day whose rates apply", issued.String(), day.String())
		}
	}
	sale := s.doc.Sale
	var days int64
	if s.doc.Class == writeoff.Remainder || s.doc.Class == writeoff.Defective {
		days = sale.InterestDays
		if since := s.since(closings, until); since == 0 {
			r.skipped("duty: the days of interest of a residue whose book was approved again since")
		} else {
			days = max(0, int64(day-since))
		}
	}
	r.differ(DutyResidue, "residue", s.id, "days of interest", days, sale.InterestDays)
	for i := range sale.On {
		x := &sale.On[i]
		if known := r.duties.exchange(x.Currency, day); known != nil && known.Cmp(scaled(int64(x.Rate), 100_000_000)) != 0 {
			r.found(DutyRate, "residue", s.id, "exchange rate of "+x.Currency+" for "+day.String(), known.FloatString(8), x.Rate.String())
		}
	}
	var problem, expected, actual string
	for i := range slices.Backward(r.tables) {
		v := &r.tables[i]
		if v.at > until || i+1 < len(r.tables) && r.tables[i+1].at < from {
			continue
		}
		cannot, p, e, a := v.onSale(sale, day, days)
		if cannot != "" {
			r.skipped(cannot)
			return
		}
		if p == "" {
			return
		}
		if problem == "" {
			problem, expected, actual = p, e, a
		}
	}
	r.found(DutyResidue, "residue", s.id, problem, expected, actual)
}

// onSale works the figures of a sale out and tells the first that is another.
func (t *tables) onSale(sale *bonded.ResidueSale, on clock.Date, days int64) (cannot, problem, expected, actual string) {
	for i := range sale.On {
		x := &sale.On[i]
		rates := func(string) *big.Rat { return scaled(int64(x.Rate), 100_000_000) }
		l := declaration.GoodsItem{
			Number: 1, Commodity: declaration.CommodityCode(x.Commodity), Origin: declaration.CountryCode(x.Origin), Quantity: x.Quantity, Unit: x.Unit, Total: x.Value,
		}
		of := &declaration.Declaration{Direction: declaration.Import, Currency: declaration.CurrencyCode(x.Currency), Lines: []declaration.GoodsItem{l}}
		k := t.reckon(of, on, rates)
		if k.cannot != "" {
			return k.cannot, "", "", ""
		}
		want, have := k.taxes[0], map[string]string{}
		if days > 0 {
			yearly := product(k.total("duty"), t.ruleRate("deferral_rate", on))
			want["interest"] = cents(quotient(product(yearly, big.NewRat(days, 1)), t.ruleRate("deferral_days_in_year", on)), k.how)
		}
		for _, f := range x.Figures {
			have[f.Tax] = f.Amount.Fixed()
		}
		if problem, expected, actual = same(want, have, x.Commodity); problem != "" {
			return "", problem, expected, actual
		}
	}
	return "", "", "", ""
}

// soldBill compares the total of a sale and its bill with the figures.
func (r *run) soldBill(s *soldResidue) {
	sale := s.doc.Sale
	total, by := num.Money(0), map[string]num.Money{}
	for i := range sale.On {
		for _, f := range sale.On[i].Figures {
			total += f.Amount
			by[f.Tax] += f.Amount
		}
	}
	if total != sale.Total {
		r.found(DutyResidue, "residue", s.id, "the total is not the sum of its taxes", total.Fixed(), sale.Total.Fixed())
	}
	b := s.bill
	if b == nil || sale.TaxBill != b.Number {
		if total != 0 || b != nil || sale.TaxBill != "" {
			r.found(DutyBill, "residue", s.id, "the bill of the sale", "T-"+s.id, sale.TaxBill)
		}
		return
	}
	r.billed(s.billID, b)
	if b.Enterprise != s.doc.Enterprise || b.Office != s.doc.Office {
		r.found(DutyBill, "residue", s.id, "the bill is for another payer or office", s.doc.Enterprise+" "+s.doc.Office, b.Enterprise+" "+b.Office)
	}
	for _, l := range b.Lines {
		by[l.Tax] -= l.Amount
	}
	for tax, rest := range by {
		if rest != 0 {
			r.found(DutyBill, "residue", s.id, tax+" that the bill does not ask for", num.Money(0).Fixed(), rest.Fixed())
		}
	}
}
