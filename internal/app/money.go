package app

import (
	"context"
	"encoding/json"
	"time"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/revenue"
	"seine/internal/store"
)

// Cash gives the balance of the treasury's account at a bank at the end of a day.
func (a *App) Cash(ctx context.Context, bank string, day clock.Date) (num.Money, error) {
	q, _, err := a.Store.BalanceEffective(ctx, revenue.CashAccount(bank).Key(), day)
	return ledger.MoneyOf(q), err
}

// moneyPage is how many documents are read in one go.
const moneyPage = 500

// each calls do for every document of a kind in a state.
func each[T any](ctx context.Context, a *App, kind decision.Kind, state string, do func(id string, doc *T) error) error {
	for before := ""; ; {
		page, err := a.Store.List(ctx, kind, store.Query{Where: map[string][]string{"state": {state}}, Before: before, Limit: moneyPage})
		if err != nil {
			return wrap("list "+string(kind), err)
		}
		for _, item := range page.Items {
			doc := new(T)
			if err := json.Unmarshal(item.Body, doc); err != nil {
				return wrap("read "+string(kind)+" "+item.ID, err)
			}
			if err := do(item.ID, doc); err != nil {
				return err
			}
		}
		if before = page.Next; before == "" {
			return nil
		}
	}
}

// Money does what the money side does by itself each legal day: it makes out the
// statements of the month before, and looks at every guarantee. Days of banks
// that still differ are compared again, because something late may have come.
func (a *App) Money(ctx context.Context) error {
	if err := a.reconcile(ctx); err != nil {
		return err
	}
	today := a.Clock.Now().Date()
	if a.moneyOn == today {
		return nil
	}
	if err := a.statements(ctx, today); err != nil {
		return err
	}
	err := each(ctx, a, dossier.Guarantee, string(guarantee.Active), func(id string, _ *guarantee.Guarantee) error {
		command := a.command("guarantee.watch")
		command.Key, command.Content = id+"/watch/"+today.String(), []byte(id)
		return a.quiet("look at guarantee "+id, func() error { _, err := a.Treasury.Watch(ctx, command, id); return err })
	})
	if err != nil {
		return err
	}
	a.moneyOn = today
	return nil
}

// quiet does something that may be refused without stopping the others.
func (a *App) quiet(what string, do func() error) error {
	err := do()
	if fault.All(err) != nil {
		a.Log.Warn("refused: "+what, "error", err)
		return nil
	}
	return wrap(what, err)
}

// statements makes out what was not made out yet of the months that are over.
func (a *App) statements(ctx context.Context, today clock.Date) error {
	rules := a.facts.revenue.At(today)
	first := today.AddDays(1 - today.DayOfMonth())
	if today.DayOfMonth() < rules.StatementDay {
		first = first.AddMonths(-1)
	}
	type one struct {
		enterprise, office string
		month              clock.Date
	}
	wanted := map[one]bool{}
	err := each(ctx, a, dossier.TaxBill, string(revenue.Consolidated), func(_ string, b *revenue.TaxBill) error {
		if issued := b.Issued.Date(); b.Statement == "" && issued < first {
			wanted[one{b.Enterprise, b.Office, first.AddMonths(-1)}] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for w := range wanted {
		err := a.quiet("make out the statement of "+w.enterprise, func() error {
			_, err := a.Treasury.MakeStatement(ctx, a.command("statement.make"), w.enterprise, w.office, w.month)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// compareAgain is how long a day that still differs waits before it is compared
// again.
const compareAgain = 10 * time.Second

// reconcile compares the days of banks that are not settled yet: at once when the
// bank's statement has come, and again when anything was journaled since.
func (a *App) reconcile(ctx context.Context) error {
	again := false
	if at := a.Store.Position(); at != a.comparedTo && time.Since(a.comparedAt) > compareAgain {
		again, a.comparedTo, a.comparedAt = true, at, time.Now()
	}
	return each(ctx, a, dossier.Reconciliation, string(bank.ReconciliationOpen), func(_ string, r *bank.Reconciliation) error {
		if !again && r.At != 0 {
			return nil
		}
		ours, err := a.Cash(ctx, r.Bank, r.Day)
		if err != nil {
			return wrap("read the treasury's account", err)
		}
		return a.quiet("compare "+r.ID, func() error {
			_, err := a.Treasury.Reconcile(ctx, a.command("reconciliation.compare"), decision.System, r.Bank, r.Day, ours)
			return err
		})
	})
}
