package clearance

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/tariff"
)

// Open reads the documents of a kind that are not final, page by page, and
// balances: what TariffEffect needs of the store.
type Open interface {
	OpenPage(ctx context.Context, kind decision.Kind, before string) (bodies []json.RawMessage, next string, err error)
	Balance(ctx context.Context, key string) (ledger.Balance, error)
}

// Affected is a form, a lot or a guarantee that a change of the tariff touches:
// what would be owed on the day by the tariff as it is, and by the other.
type Affected struct {
	Kind       string    `json:"kind"` // declaration, book_line, guarantee
	ID         string    `json:"id"`
	Number     string    `json:"number,omitempty"`
	Enterprise string    `json:"enterprise,omitempty"`
	Code       string    `json:"code,omitempty"`
	Value      num.Money `json:"value"` // customs value, or value of the stock
	Old        num.Money `json:"old"`
	New        num.Money `json:"new"`
	Difference num.Money `json:"difference"`
}

// Effect is what a change of the tariff does to open business.
type Effect struct {
	On         clock.Date `json:"on"`
	Looked     int        `json:"looked"` // open forms and lots that were looked at
	Affected   []Affected `json:"affected"`
	Difference num.Money  `json:"difference"` // over forms and lots
	// Unknown counts what cannot be worked out by one of the two: a rate of another
	// day, a quantity that is not stated.
	Unknown int `json:"unknown,omitempty"`
}

// TariffEffect works out which open forms, lots on hand under bond and guarantees
// a schedule would change on a day, and by how much. A lot is taxed as if it were
// sold into the country on that day at its book value, from its origin, without
// consumption tax that needs a quantity the book does not know.
func TariffEffect(ctx context.Context, open Open, ref *Reference, next *tariff.Schedule, on clock.Date) (Effect, error) {
	e := Effect{On: on, Affected: []Affected{}}
	touched := map[tariff.Code]bool{}
	for _, c := range tariff.Compare(ref.Duty.Tariff, on, next, on) {
		touched[c.Code] = true
	}
	touches := func(code string) bool {
		for n := 2; n <= len(code); n++ {
			if touched[tariff.Code(code[:n])] {
				return true
			}
		}
		return false
	}
	now, then := ref.Duty, ref.Duty
	then.Tariff = next
	compare := func(c *duty.Consignment, d *declaration.Declaration, a Affected) error {
		e.Looked++
		work := func(ref *duty.Reference) (*duty.Working, error) {
			if d == nil || !d.ByMaterials() {
				return duty.Assess(c, ref)
			}
			ways, err := sold(ref, d, c)
			return ways.Materials, err
		}
		old, err := work(&now)
		if err == nil {
			var other *duty.Working
			if other, err = work(&then); err == nil {
				a.Value, a.Old, a.New = old.Value, old.Total, other.Total
				if a.Difference = a.New - a.Old; a.Difference != 0 {
					e.Affected = append(e.Affected, a)
					e.Difference, err = num.Add(e.Difference, a.Difference)
				}
			}
		}
		if err != nil && fault.All(err) == nil {
			return err
		}
		if err != nil {
			e.Unknown++
		}
		return nil
	}
	secured, err := guarantees(ctx, open)
	if err != nil {
		return e, err
	}
	held := map[string]*Affected{}
	err = eachOpen(ctx, open, dossier.Declaration, func(d *declaration.Declaration) error {
		touched := slices.ContainsFunc(d.Lines, func(l declaration.GoodsItem) bool { return touches(string(l.Commodity)) })
		if d.ByMaterials() {
			touched = touched || slices.ContainsFunc(d.Levy.Materials, func(m declaration.LevyMaterial) bool { return touches(string(m.Commodity)) })
		}
		if !touched {
			return nil
		}
		c, err := consignment(d, on, d.Local[localRates] == ratesDeclared)
		if err != nil {
			return err
		}
		before := len(e.Affected)
		if err := compare(&c, d, Affected{Kind: string(dossier.Declaration), ID: d.ID, Number: d.Number, Enterprise: payer(d), Code: string(d.Lines[0].Commodity)}); err != nil {
			return err
		}
		number := secured[d.ID]
		if number == "" || len(e.Affected) == before {
			return nil
		}
		a := e.Affected[before]
		g := held[number]
		if g == nil {
			g = &Affected{Kind: string(dossier.Guarantee), ID: number, Number: number, Enterprise: a.Enterprise}
			held[number] = g
		}
		g.Value, g.Old, g.New, g.Difference = g.Value+a.Value, g.Old+a.Old, g.New+a.New, g.Difference+a.Difference
		return nil
	})
	if err != nil {
		return e, err
	}
	err = eachOpen(ctx, open, dossier.Book, func(b *book.Book) error {
		owner := b.Operator.CreditCode
		if owner == "" {
			owner = b.Operator.Code
		}
		for i := range b.Lines {
			l := &b.Lines[i]
			if b.Number == "" || !touches(l.Commodity) {
				continue
			}
			stock := ledger.Account{Ledger: ledger.Legal, Owner: owner, Item: "book/" + book.Item(b.Number, l.Number), Place: ledger.OnHand, Status: ledger.Bonded}
			balance, err := open.Balance(ctx, stock.Key())
			if err != nil {
				return err
			}
			if balance.Quantity <= 0 || balance.Value <= 0 {
				continue
			}
			c := duty.Consignment{Date: on, Direction: duty.Import, Currency: ref.Duty.Local, Lines: []duty.Line{{
				Code: tariff.Code(l.Commodity), Origin: tariff.AreaCode(l.Origin), Price: balance.Value,
				Quantities: []duty.Quantity{{Value: balance.Quantity, Unit: tariff.UnitCode(l.Unit)}},
			}}}
			err = compare(&c, nil, Affected{Kind: "book_line", ID: book.Item(b.Number, l.Number), Number: b.Number, Enterprise: owner, Code: l.Commodity})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return e, err
	}
	for _, g := range held {
		e.Affected = append(e.Affected, *g)
	}
	slices.SortFunc(e.Affected, func(x, y Affected) int { return strings.Compare(x.Kind+x.ID, y.Kind+y.ID) })
	return e, nil
}

// guarantees gives the guarantee of each open declaration that has one.
func guarantees(ctx context.Context, open Open) (map[string]string, error) {
	of := map[string]string{}
	err := eachOpen(ctx, open, dossier.Case, func(c *casework.Case) error {
		if c.Guarantee != "" && c.Declaration != "" {
			of[c.Declaration] = c.Guarantee
		}
		return nil
	})
	return of, err
}

// eachOpen reads the open documents of a kind.
func eachOpen[T any](ctx context.Context, open Open, kind decision.Kind, see func(*T) error) error {
	for before := ""; ; {
		bodies, next, err := open.OpenPage(ctx, kind, before)
		if err != nil {
			return err
		}
		for _, body := range bodies {
			doc := new(T)
			if err := json.Unmarshal(body, doc); err != nil {
				return err
			}
			if err := see(doc); err != nil {
				return err
			}
		}
		if before = next; before == "" {
			return nil
		}
	}
}
