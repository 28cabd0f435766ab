package treasury

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/revenue"
)

// Books is what is committed, as views of the money read it; the store is one.
type Books interface {
	Balance(ctx context.Context, key string) (ledger.Balance, error)
	OpenWhere(ctx context.Context, kind decision.Kind, column, value string, limit int) ([]json.RawMessage, error)
}

// manyDebts bounds the open documents of one kind of one enterprise that a
// forecast looks at.
const manyDebts = 5000

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

// Stands reads what a guarantee holds: three accounts of the ledger.
func Stands(ctx context.Context, books Books, g *guarantee.Guarantee) (guarantee.Standing, error) {
	s := guarantee.Standing{Limit: g.Worth()}
	for _, part := range []struct {
		account ledger.Account
		into    *num.Money
	}{{g.HeldAccount(), &s.Held}, {g.UsedAccount(), &s.Used}, {g.FreeAccount(), &s.Free}} {
		b, err := books.Balance(ctx, part.account.Key())
		if err != nil {
			return s, fmt.Errorf("read guarantee %s: %w", g.Number, err)
		}
		*part.into = ledger.MoneyOf(b.Quantity)
	}
	return s, nil
}

// Exposed reads what a guarantee holds and the open debts it is held for, soonest
// due first.
func Exposed(ctx context.Context, books Books, g *guarantee.Guarantee) (guarantee.Standing, []guarantee.Due, error) {
	s, err := Stands(ctx, books, g)
	if err != nil {
		return s, nil, err
	}
	open, err := openOf[obligation.Obligation](ctx, books, dossier.Obligation, "debtor", g.Enterprise)
	if err != nil {
		return s, nil, err
	}
	debts := []guarantee.Due{}
	for _, o := range open {
		if o.Hold.Guarantee == g.Number {
			debts = append(debts, DueOf(o))
		}
	}
	slices.SortStableFunc(debts, func(a, b guarantee.Due) int { return int(a.Day - b.Day) })
	return s, debts, nil
}

func openOf[T any](ctx context.Context, books Books, kind decision.Kind, column, value string) ([]*T, error) {
	bodies, err := books.OpenWhere(ctx, kind, column, value, manyDebts)
	if err != nil {
		return nil, err
	}
	list := make([]*T, len(bodies))
	for i, body := range bodies {
		list[i] = new(T)
		if err := json.Unmarshal(body, list[i]); err != nil {
			return nil, fmt.Errorf("read %s: %w", kind, err)
		}
	}
	return list, nil
}

// What an enterprise must pay or do. Any other kind is that of an obligation.
const (
	OwedBill      = "tax-bill"
	OwedStatement = "statement"
	OwedMonth     = "month" // consolidated tax whose statement is not made out yet
)

// Owing is one thing that an enterprise must pay, or do, by a day.
type Owing struct {
	Day     clock.Date `json:"day"`
	Kind    string     `json:"kind" doc:"tax-bill, statement, month (a statement that is not made out yet), or the kind of an obligation that is not money"`
	Number  string     `json:"number" doc:"of the bill or the statement, or of what opened the obligation"`
	ID      string     `json:"id,omitempty"`
	Office  string     `json:"office,omitempty"`
	Bills   int        `json:"bills,omitempty"`
	Tax     num.Money  `json:"tax" doc:"open tax"`
	Fee     num.Money  `json:"fee" doc:"late fee through the day of the forecast"`
	PerDay  num.Money  `json:"feePerDay" doc:"what one day more costs"`
	Held    num.Money  `json:"held" doc:"held for it by guarantees"`
	Overdue bool       `json:"overdue,omitempty"`
}

// Owed is everything that is to be paid for it today.
func (o *Owing) Owed() num.Money { return o.Tax + o.Fee }

// Forecast is what an enterprise owes and when, as far as it is known on a day.
type Forecast struct {
	Enterprise string     `json:"enterprise"`
	On         clock.Date `json:"on"`
	Items      []Owing    `json:"items"`
	Overdue    num.Money  `json:"overdue" doc:"tax and fee that are past their due day"`
	Soon       num.Money  `json:"soon" doc:"due within thirty days"`
	Tax        num.Money  `json:"tax"`
	Fee        num.Money  `json:"fee"`
	Held       num.Money  `json:"held"`
}

// soonDays is how far “soon” of a forecast reaches.
const soonDays = 30

// ForecastOf reads what an enterprise owes and when: its bills, the statements
// that collect some of them, the month that runs, and what it must do. The late
// fee is that through day on. Fault: NUM-RANGE-01.
func ForecastOf(ctx context.Context, books Books, enterprise string, on clock.Date, late revenue.LateRule) (*Forecast, error) {
	debts, err := openOf[obligation.Obligation](ctx, books, dossier.Obligation, "debtor", enterprise)
	if err != nil {
		return nil, err
	}
	bills, err := openOf[revenue.TaxBill](ctx, books, dossier.TaxBill, "enterprise", enterprise)
	if err != nil {
		return nil, err
	}
	f := &Forecast{Enterprise: enterprise, On: on, Items: []Owing{}}
	held := map[string]num.Money{}
	for _, o := range debts {
		taxed := false
		for _, l := range o.Lines {
			if number, tax := cutTax(l.Item); tax && !taxed {
				taxed = true
				held[number] += o.Hold.Left
			}
		}
		if !taxed {
			f.Items = append(f.Items, Owing{Day: o.Due, Kind: o.Kind, Number: o.OpenedBy, ID: o.ID, Office: o.Office, Held: o.Hold.Left, Overdue: o.Due < on})
		}
	}
	together := map[string]int{} // place of what collects bills
	for _, b := range bills {
		if !b.Payable() {
			continue
		}
		one := Owing{Day: b.Due, Kind: OwedBill, Number: b.Number, Office: b.Office, Bills: 1, Tax: b.Rest(), Held: held[b.Number], Overdue: b.Due < on}
		today, err := b.OwedOn(on, late)
		if err != nil {
			return nil, err
		}
		tomorrow, err := b.OwedOn(on+1, late)
		if err != nil {
			return nil, err
		}
		one.Fee, one.PerDay = today-one.Tax, tomorrow-today
		switch {
		case b.Statement != "":
			one.Kind, one.Number = OwedStatement, b.Statement
		case b.State == revenue.Consolidated:
			one.Kind, one.Number = OwedMonth, b.Issued.Date().String()[:7]
		}
		key := one.Kind + " " + one.Number + " " + one.Office
		at, known := together[key]
		if !known {
			together[key] = len(f.Items)
			f.Items = append(f.Items, one)
			continue
		}
		sum := &f.Items[at]
		sum.Bills++
		sum.Overdue = sum.Overdue || one.Overdue
		sum.Day = min(sum.Day, one.Day)
		for _, part := range []struct {
			into *num.Money
			add  num.Money
		}{{&sum.Tax, one.Tax}, {&sum.Fee, one.Fee}, {&sum.PerDay, one.PerDay}, {&sum.Held, one.Held}} {
			if *part.into, err = num.Add(*part.into, part.add); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(f.Items, func(a, b Owing) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Number, b.Number))
	})
	return f, f.sum()
}

// sum fills in the totals.
func (f *Forecast) sum() error {
	for i := range f.Items {
		o := &f.Items[i]
		parts := []struct {
			into *num.Money
			add  num.Money
		}{{&f.Tax, o.Tax}, {&f.Fee, o.Fee}, {&f.Held, o.Held}}
		switch {
		case o.Overdue:
			parts = append(parts, struct {
				into *num.Money
				add  num.Money
			}{&f.Overdue, o.Owed()})
		case o.Day <= f.On.AddDays(soonDays):
			parts = append(parts, struct {
				into *num.Money
				add  num.Money
			}{&f.Soon, o.Owed()})
		}
		for _, p := range parts {
			var err error
			if *p.into, err = num.Add(*p.into, p.add); err != nil {
				return err
			}
		}
	}
	return nil
}
