package treasury_test

import (
	"slices"
	"testing"

	"seine/internal/clock"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/oversight"
	"seine/internal/revenue"
)

// holidays lets two officers agree on other days off, from tomorrow on.
func (z *zone) holidays(days string) {
	z.Helper()
	p := reply[deliberation.Reply](z)(z.app.Oversight.ProposeParameter(z.Context(), z.command("propose"), z.officer("1001"), oversight.ParameterDraft{
		Name: "house/calendar", From: z.clock.Now().Date() + 1, Source: "notice", Reason: "as announced", Values: map[string]string{"holidays": days, "workdays": "[]"},
	}))
	z.agreed(p, true)
	z.ok(z.app.Reload(z.Context()))
	z.ok(z.app.Reckon(z.Context()))
}

// When other days off are agreed on, the days of open debts move with them: the
// tax bill, the statement of the month, and what the journal tells the enterprise.
func TestDueDaysMoveWithTheCalendar(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		z.guaranteed("G1", 1_000_000_00)
		single, monthly := z.lodge(10_000, ""), z.lodge(50_000, "G1")
		day := func(kind string) string { return z.debts(kind)[0].Due.String() }
		if a, b := day("tax"), day("monthly-tax"); a != "2026-12-08" || b != "2026-12-07" {
			z.Fatalf("fifteen days after 23 November, and the fifth working day of December: %s, %s", a, b)
		}
		z.ok(z.app.Reckon(z.Context()))
		if a, b := day("tax"), day("monthly-tax"); a != "2026-12-08" || b != "2026-12-07" {
			z.Fatalf("nothing moves while the calendar is the same: %s, %s", a, b)
		}
		z.holidays("- 2026-12-02..2026-12-03\n- 2026-12-08")
		if a, b := day("tax"), day("monthly-tax"); a != "2026-12-09" || b != "2026-12-10" {
			z.Fatalf("moved: %s, %s", a, b)
		}
		for number, want := range map[string]string{single.TaxBill: "2026-12-09", monthly.TaxBill: "2026-12-10"} {
			if got := z.bill(number).Due.String(); got != want {
				z.Errorf("bill %s is due on %s, want %s", number, got, want)
			}
		}
		told := map[string]bool{}
		z.ok(z.app.Store.CatchUp(z.Context()))
		entries, err := z.app.Store.Entries(z.Context(), 0, 1000)
		z.ok(err)
		for _, e := range entries {
			if e.Type == "obligation.rescheduled" && e.Enterprise == trader {
				told[string(e.Body)] = true
			}
		}
		if len(told) != 2 {
			z.Errorf("the enterprise is told of both: %v", told)
		}
		z.until("2026-12-01")
		if s := found[revenue.Statement](z, dossier.Statement, "enterprise", trader)[0]; s.Due != clock.MustDate("2026-12-10") {
			z.Errorf("the statement is due on %s", s.Due)
		}
		z.until("2026-12-09")
		if o := z.debts("tax")[0]; o.State != "open" {
			z.Errorf("on its new last day it is %s", o.State)
		}
		z.until("2026-12-10")
		if o := z.debts("tax")[0]; o.State != "overdue" {
			z.Errorf("after it, it is %s", o.State)
		}
	})
}

// A statement that is made out already moves along too, with its debt and every bill
// that stands on it, and the journal names it.
func TestAStatementMovesWithTheCalendar(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		z.guaranteed("G1", 1_000_000_00)
		bills := []string{z.lodge(50_000, "G1").TaxBill, z.lodge(20_000, "G1").TaxBill}
		z.until("2026-12-01")
		statement := func() revenue.Statement {
			all := found[revenue.Statement](z, dossier.Statement, "enterprise", trader)
			if len(all) != 1 {
				z.Fatalf("one statement of the month: %+v", all)
			}
			return all[0]
		}
		days := func() []string {
			list := []string{statement().Due.String()}
			for _, o := range z.debts("monthly-tax") {
				list = append(list, o.Due.String())
			}
			for _, number := range bills {
				list = append(list, z.bill(number).Due.String())
			}
			return list
		}
		all := func(day string) []string {
			return slices.Repeat([]string{day}, 1+len(z.debts("monthly-tax"))+len(bills))
		}
		if got := days(); !slices.Equal(got, all("2026-12-07")) {
			z.Fatalf("the fifth working day of December: %s", got)
		}
		z.holidays("- 2026-12-03..2026-12-04")
		if got := days(); !slices.Equal(got, all("2026-12-09")) {
			z.Fatalf("two days off move it by two working days: %s", got)
		}
		named := 0
		z.ok(z.app.Store.CatchUp(z.Context()))
		entries, err := z.app.Store.Entries(z.Context(), 0, 1000)
		z.ok(err)
		for _, e := range entries {
			if e.Type == "obligation.rescheduled" && slices.ContainsFunc(e.Subject, func(r journal.Ref) bool { return r.Kind == string(dossier.Statement) }) {
				named++
			}
		}
		if named == 0 {
			z.Error("the journal does not name the statement whose day moved")
		}
		z.until("2026-12-09")
		if s := statement(); s.State != revenue.StatementIssued {
			z.Errorf("on its new last day it is %s", s.State)
		}
		z.until("2026-12-10")
		if s := statement(); s.State != revenue.StatementOverdue {
			z.Errorf("after it, it is %s", s.State)
		}
	})
}

// A debt that falls due beyond the published holidays is provisional until the
// notice of that year is entered, whether its day moves or not.
func TestAProvisionalDayBecomesFirmWhenTheNoticeComes(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		z.until("2026-12-18")
		z.lodge(10_000, "")
		z.until("2026-12-20")
		z.lodge(10_000, "") // its fifteenth day is 4 January
		firm := func() (list []string) {
			for _, o := range z.debts("tax") {
				word := " firm"
				if o.Provisional {
					word = " provisional"
				}
				list = append(list, o.Due.String()+word)
			}
			slices.Sort(list)
			return list
		}
		if got := firm(); !slices.Equal(got, []string{"2027-01-04 provisional", "2027-01-04 provisional"}) {
			z.Fatal(got)
		}
		z.holidays("- 2027-01-01..2027-01-03 New Year / 元旦")
		if got := firm(); !slices.Equal(got, []string{"2027-01-04 firm", "2027-01-04 firm"}) {
			z.Error(got)
		}
	})
}
