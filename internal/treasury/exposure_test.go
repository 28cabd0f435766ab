package treasury_test

import (
	"testing"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/num"
	"seine/internal/revenue"
	"seine/internal/treasury"
)

func (z *zone) forecast() *treasury.Forecast {
	z.Helper()
	rules := z.app.Reference().Duty.Rules.At(z.clock.Now().Date())
	f, err := treasury.ForecastOf(z.Context(), z.app.Store, trader, z.clock.Now().Date(), revenue.LateRule{PerDay: rules.LatePerDay, Minimum: rules.LateMinimum, Rounding: rules.TaxRounding})
	z.ok(err)
	var tax, fee num.Money
	for i := range f.Items {
		tax += f.Items[i].Tax
		fee += f.Items[i].Fee
		if i > 0 && f.Items[i].Day < f.Items[i-1].Day {
			z.Errorf("not soonest first: %+v", f.Items)
		}
	}
	if tax != f.Tax || fee != f.Fee {
		z.Errorf("the items come to %s and %s: %+v", tax.Fixed(), fee.Fixed(), f)
	}
	return f
}

func TestWhatIsOwedAndWhenIsForecast(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		if f := z.forecast(); len(f.Items) != 0 || f.Tax != 0 {
			z.Errorf("nobody owes: %+v", f)
		}
		z.guaranteed("G1", 1_000_000_00)
		first, second := z.lodge(1000, "G1"), z.lodge(20_000, "G1")
		plain := z.lodge(700, "")
		f := z.forecast()
		if len(f.Items) != 2 || f.Tax != first.Total+second.Total+plain.Total || f.Fee != 0 || f.Overdue != 0 || f.Soon != f.Tax {
			z.Fatalf("%+v", f)
		}
		var month, bill treasury.Owing
		for _, o := range f.Items {
			if o.Kind == treasury.OwedMonth {
				month = o
			} else {
				bill = o
			}
		}
		if month.Number != "2026-11" || month.Bills != 2 || month.Day != clock.MustDate("2026-12-07") || month.Held < month.Tax || bill.Kind != treasury.OwedBill || bill.Number != plain.TaxBill {
			z.Errorf("%+v\n%+v", month, bill)
		}
		// What is held stands in the exposure as in the forecast.
		g := load[guarantee.Guarantee](z, dossier.Guarantee, "G1")
		st, debts, err := treasury.Exposed(z.Context(), z.app.Store, &g)
		z.ok(err)
		var held num.Money
		for _, d := range debts {
			held += d.Held
		}
		if st != z.standing("G1") || held != st.Held || held != f.Held {
			z.Errorf("%+v %s, forecast %s", st, held.Fixed(), f.Held.Fixed())
		}
		days := g.Exposure(st, z.clock.Now().Date(), debts)
		if last := days[len(days)-1]; last.Held != 0 {
			z.Errorf("%+v", days)
		}
		z.until("2026-12-01")
		f = z.forecast()
		found := false
		for _, o := range f.Items {
			found = found || o.Kind == treasury.OwedStatement && o.Bills == 2 && o.Day == clock.MustDate("2026-12-07")
		}
		if !found {
			z.Errorf("the statement is not in %+v", f.Items)
		}
		z.until("2026-12-18") // the bill was due on the eighth, the statement on the seventh
		f = z.forecast()
		if f.Overdue != f.Tax+f.Fee || f.Fee <= 0 {
			z.Errorf("%+v", f)
		}
		for _, o := range f.Items {
			if o.Tax > 100_000_00 && o.PerDay <= 0 || !o.Overdue {
				z.Errorf("%+v", o)
			}
		}
		for _, o := range f.Items {
			if o.Kind == treasury.OwedStatement {
				z.tells(bank.PaymentReceived, bank.Payment{Reference: "M1", Amount: o.Owed(), PaidOn: z.clock.Now().Date(), Payer: trader, Statement: o.Number})
			} else {
				z.tells(bank.PaymentReceived, paid(o.Owed(), "M2", o.Number, z.clock.Now().Date()))
			}
		}
		if f = z.forecast(); len(f.Items) != 0 {
			z.Errorf("what was owed is paid: %+v", f)
		}
	})
}
