package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/num"
	"seine/internal/writeoff"
)

// The codes of write-offs.
const (
	BookIdentity Code = "CHK-BOOK-08" // a line of a write-off does not follow from the movements, the orders and what was counted
	BookAdjusted Code = "CHK-BOOK-09" // the book was not brought to what was decided
	BookOpening  Code = "CHK-BOOK-10" // a period does not open with what the one before closed with
	BookDecided  Code = "CHK-BOOK-11" // written off without two officers, and not within what the machine may pass
)

// closing is a write-off under the check, with what the movements say of it.
type closing struct {
	row   paperRow
	doc   bonded.WriteOff
	lines map[int]*tally
}

// tally is what the movements say of the stock of one line: quantities posted
// before the write-off with a day before its period and within it, what of that was
// used, made, or left with a product, and what the write-off itself posted.
type tally struct {
	before, within, used, made, adjusted num.Quantity
	worth                                num.Money // of before and within, in the currency of the line
	left                                 []leaving
}

type leaving struct {
	on       clock.Date
	quantity num.Quantity
}

// writeOffs works every finished write-off out again: from the movements in one
// reading, from its orders or the consumptions of its book, and from its figures.
func (r *run) writeOffs(ctx context.Context) error {
	d := drawerOf("write_off")
	var all []*closing
	by := map[string][]*closing{} // key of the account on hand → write-offs
	closedBy := map[string]*closing{}
	err := flow(ctx, r, "stock", d.fields()+"FROM write_off ORDER BY id", nil, func(rows *sql.Rows, p *closing) (err error) {
		p.row, err = d.scan(rows)
		return err
	}, func(*closing) {}, func(p *closing) {
		if !r.sound(d, &p.row) {
			return
		}
		if err := json.Unmarshal([]byte(p.row.body), &p.doc); err != nil {
			r.found(StateColumn, d.kind, p.row.id, "the write-off cannot be read: "+err.Error(), "", "")
			return
		}
		r.told(d.kind, p.row.id)
		if !r.known(d.kind, p.row.id, string(p.doc.State)) || p.doc.State != "adjusted" {
			return
		}
		c := *p
		c.lines = map[int]*tally{}
		all = append(all, &c)
		closedBy[c.row.id] = &c
		for i := range c.doc.Report.Items {
			n := c.doc.Report.Items[i].Line
			c.lines[n] = &tally{}
			account := "legal|" + c.doc.Enterprise + "|book/" + c.doc.Book + "/" + strconv.Itoa(n) + "||on-hand|bonded"
			by[account] = append(by[account], &c)
		}
	})
	if err == nil {
		err = r.soldResidues(ctx, all)
	}
	if err != nil || len(all) == 0 {
		return err
	}
	err = r.all(ctx, "SELECT from_key, to_key, quantity, value, effective_on, recorded_us, cause FROM movement WHERE kind IN ('post', 'settle') ORDER BY id", nil, func(rows *sql.Rows) error {
		var from, to, cause string
		var quantity, value, recorded int64
		var on clock.Date
		if err := rows.Scan(&from, &to, &quantity, &value, &on, &recorded, &cause); err != nil {
			return err
		}
		for _, c := range by[from] {
			c.take(from, to, -num.Quantity(quantity), -num.Money(value), on, recorded, cause)
		}
		for _, c := range by[to] {
			c.take(to, from, num.Quantity(quantity), num.Money(value), on, recorded, cause)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range all {
		uses, err := r.usesOf(ctx, c)
		if err != nil {
			return err
		}
		r.closed(c, uses, closedBy[c.doc.Before])
	}
	return r.shortages(ctx, all)
}

// take counts one movement of an account.
func (c *closing) take(mine, other string, q num.Quantity, value num.Money, on clock.Date, recorded int64, cause string) {
	parts := strings.Split(mine, "|")
	n, err := strconv.Atoi(parts[2][strings.LastIndexByte(parts[2], '/')+1:])
	t := c.lines[n]
	if err != nil || t == nil {
		return
	}
	p := c.doc.Report.Period
	if cause == c.row.id {
		t.adjusted += q
		return
	}
	if recorded > int64(c.doc.Adjusted) || on > p.End {
		return
	}
	t.worth += value
	if on < p.Start {
		t.before += q
		return
	}
	t.within += q
	far := strings.Split(other, "|")
	switch lot, place := far[3], far[4]; {
	case lot == "exchange" || lot == "defective":
		t.left = append(t.left, leaving{on, -q})
	case lot != "":
	case place == "consumed":
		t.used -= q
	case place == "produced":
		t.made += q
	case q < 0 && (place == "abroad" || place == "border" || place == "home-market" || place == "in-transit"):
		t.left = append(t.left, leaving{on, -q})
	}
}

// usesOf works out what each line was used for, by the method of the report; nil
// where the book says nothing of it.
func (r *run) usesOf(ctx context.Context, c *closing) (map[int][2]num.Quantity, error) {
	uses := map[int][2]num.Quantity{} // line → taken, made
	switch c.doc.Report.Method {
	case writeoff.ByOrder:
		for i := range c.doc.Orders {
			o := &c.doc.Orders[i]
			sign := num.Quantity(1)
			if o.Reverses != "" {
				sign = -1
			}
			for side, list := range [][]writeoff.Portion{o.Issues, o.Returns, o.Outputs} {
				for _, x := range list {
					if x.On < c.doc.Report.Period.Start || x.On > c.doc.Report.Period.End {
						continue
					}
					u := uses[x.Line]
					u[side/2] += [...]num.Quantity{1, -1, 1}[side] * sign * x.Quantity
					uses[x.Line] = u
				}
			}
		}
	case writeoff.ByConsumption:
		var held bonded.Book
		err := r.all(ctx, "SELECT body FROM book WHERE id = $1", []any{c.doc.BookID}, func(rows *sql.Rows) error {
			var body string
			if err := rows.Scan(&body); err != nil {
				return err
			}
			return json.Unmarshal([]byte(body), &held)
		})
		if err != nil {
			return nil, err
		}
		return theoretical(&held, c), nil
	case writeoff.ByStock:
	}
	return uses, nil
}

// theoretical is the use that follows from the consumptions, in exact fractions.
func theoretical(held *bonded.Book, c *closing) map[int][2]num.Quantity {
	uses := map[int][2]num.Quantity{}
	for i := range held.Lines {
		if held.Lines[i].Kind == "material" {
			uses[held.Lines[i].Number] = [2]num.Quantity{}
		}
	}
	all := slices.Clone(held.Consumptions)
	slices.SortStableFunc(all, func(a, b book.Consumption) int { return a.Version - b.Version })
	gone := map[int]num.Quantity{} // index into all
	for product, t := range c.lines {
		if l, ok := held.Line(product); !ok || l.Kind != "product" {
			continue
		}
		for _, x := range t.left {
			seen := map[int]bool{}
			for k := range all {
				if all[k].Product == product && !seen[all[k].Material] && (all[k].ValidTo == 0 || x.on <= all[k].ValidTo) {
					seen[all[k].Material] = true
					gone[k] += x.quantity
				}
			}
		}
	}
	for k, q := range gone {
		u := uses[all[k].Material]
		u[0] += taken(&all[k], q)
		uses[all[k].Material] = u
	}
	return uses
}

// taken is the material in a quantity of a product.
func taken(c *book.Consumption, q num.Quantity) num.Quantity {
	one := big.NewRat(int64(num.OneRate), 1)
	kept := new(big.Rat).SetInt64(int64(num.OneRate - c.TangibleLoss - c.IntangibleLoss))
	unit := nearest(new(big.Rat).Quo(new(big.Rat).Mul(big.NewRat(int64(c.NetUse), 1), one), kept))
	all := nearest(new(big.Rat).Quo(new(big.Rat).Mul(big.NewRat(int64(q), 1), big.NewRat(unit, 1)), big.NewRat(int64(num.OneQuantity), 1)))
	if share := c.BondedShare; share != 0 {
		all = nearest(new(big.Rat).Quo(new(big.Rat).Mul(big.NewRat(all, 1), big.NewRat(int64(share), 1)), one))
	}
	return num.Quantity(all)
}

// nearest rounds half away from zero.
func nearest(x *big.Rat) int64 {
	half := big.NewRat(int64(x.Sign()), 2)
	sum := new(big.Rat).Add(x, half)
	return new(big.Int).Quo(sum.Num(), sum.Denom()).Int64()
}

// closed checks one finished write-off.
func (r *run) closed(c *closing, uses map[int][2]num.Quantity, before *closing) {
	tell := func(code Code, line int, what string, want, is num.Quantity) {
		if want != is {
			r.found(code, "write_off", c.row.id, "line "+strconv.Itoa(line)+": "+what, want.String(), is.String())
		}
	}
	counted := map[int]num.Quantity{}
	for _, x := range c.doc.Counts {
		counted[x.Line] += x.Quantity
	}
	for i := range c.doc.Report.Items {
		it := &c.doc.Report.Items[i]
		t := c.lines[it.Line]
		taken, made := t.used, t.made
		if u, ok := uses[it.Line]; ok {
			taken = u[0]
			if c.doc.Report.Method == writeoff.ByOrder {
				made = u[1]
			}
		}
		tell(BookIdentity, it.Line, "opening and what was booked late", t.before, it.Opening.Quantity+it.Late)
		tell(BookIdentity, it.Line, "consumption", taken, it.Consumption)
		should := t.before + t.within + t.used - taken
		if it.Kind == "product" {
			should += made - t.made
		}
		tell(BookIdentity, it.Line, "should remain", should, it.ShouldRemain.Quantity)
		if it.Counted == nil {
			r.found(BookIdentity, "write_off", c.row.id, "line "+strconv.Itoa(it.Line)+": written off and never counted", "", "")
			continue
		}
		tell(BookIdentity, it.Line, "counted", counted[it.Line], *it.Counted)
		tell(BookIdentity, it.Line, "difference", counted[it.Line]-should, it.Difference)
		tell(BookAdjusted, it.Line, "the book after the adjustment", it.Closing.Quantity, t.before+t.within+t.adjusted)
		tell(BookAdjusted, it.Line, "closing", counted[it.Line], it.Closing.Quantity)
		if before == nil {
			continue
		}
		for k := range before.doc.Report.Items {
			if last := &before.doc.Report.Items[k]; last.Line == it.Line {
				tell(BookOpening, it.Line, "closing of the period before", last.Closing.Quantity, it.Opening.Quantity)
			}
		}
	}
	o := c.doc.Officers
	if two := o[0] != "" && o[1] != "" && o[0] != o[1]; two == c.doc.Automatic || c.doc.Automatic && (len(c.doc.Waits) > 0 || c.doc.TaxBill != "" || len(c.doc.Doubts) > 0) {
		r.found(BookDecided, "write_off", c.row.id, "decided by "+strconv.Quote(o[0])+" and "+strconv.Quote(o[1]), "", "")
	}
}
