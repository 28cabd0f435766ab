package treasury_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/bank"
	"seine/internal/deliberation"
	"seine/internal/revenue"
	"seine/internal/treasury"
)

func TestRevenueIsProjectedFromTheJournal(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		today := z.clock.Now().Date()
		d, e := z.lodge(1000, ""), z.lodge(2000, "")
		z.tells(bank.PaymentReceived, paid(d.Total, "R1", d.TaxBill, today))
		z.tells(bank.PaymentReceived, paid(10_00, "R2", e.TaxBill, today))
		p := reply[deliberation.Reply](z)(z.app.Treasury.ProposeRefund(z.Context(), z.command("refund"), z.officer("1001"), z.billID(d.TaxBill), treasury.RefundRequest{Amount: 3_00, Reason: "origin"}))
		z.agreed(p, true)
		read := func(by string) (all []revenue.ReportRow, sum revenue.ReportRow) {
			z.Helper()
			z.ok(z.app.Store.CatchUp(z.Context()))
			all, err := z.app.Store.Revenue(z.Context(), revenue.ReportFilter{From: today, To: today, By: by})
			z.ok(err)
			for _, r := range all {
				sum.Assessed += r.Assessed
				sum.Paid += r.Paid
				sum.Refunded += r.Refunded
			}
			return all, sum
		}
		want := revenue.ReportRow{Assessed: d.Total + e.Total, Paid: d.Total + 10_00, Refunded: 3_00}
		before := map[string][]revenue.ReportRow{}
		for _, by := range []string{"day", "office", "chapter", "tax"} {
			all, sum := read(by)
			if diff := cmp.Diff(want, sum); diff != "" {
				z.Errorf("by %s: %s", by, diff)
			}
			before[by] = all
		}
		if c := before["chapter"]; len(c) != 1 || c[0].Chapter != "20" {
			z.Errorf("%+v", c)
		}
		if o := before["office"]; len(o) != 1 || o[0].Office != office {
			z.Errorf("%+v", o)
		}
		z.ok(z.app.Store.RebuildRevenue(z.Context()))
		for by, old := range before {
			if all, _ := read(by); cmp.Diff(old, all) != "" {
				z.Errorf("made anew, by %s: %s", by, cmp.Diff(old, all))
			}
		}
		if _, err := z.app.Store.Revenue(z.Context(), revenue.ReportFilter{By: "body"}); err == nil {
			z.Error("anything can be summed by")
		}
	})
}
