package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/store"
)

func begin(o Options) *Report {
	return &Report{
		Form: Form, Bench: o.Bench, Machine: thisMachine(), Clients: o.Clients, Bulk: o.Bulk, Hot: o.Hot, History: o.History, Seconds: o.Seconds,
		Checked: []string{},
	}
}

// closed closes a run and joins its error.
func closed(ctx context.Context, b *run, err error) error {
	return errors.Join(err, b.close(context.WithoutCancel(ctx)))
}

func (r *Report) right(format string, args ...any) {
	r.Checked = append(r.Checked, fmt.Sprintf(format, args...))
}

func (r *Report) wrong(format string, args ...any) {
	r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
}

// check looks at the answers of lodging: everything that was acknowledged is
// there once, under numbers without gaps, and the books sum to zero.
func (l *lodging) check(ctx context.Context) error {
	serials := map[string]map[string]bool{} // by everything but the serial
	var count int64
	q := store.Query{Limit: 1000}
	for {
		page, err := l.house.Store.List(ctx, dossier.Declaration, q)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			var d struct {
				Number string            `json:"number"`
				State  declaration.State `json:"state"`
			}
			if err := json.Unmarshal(item.Body, &d); err != nil {
				return err
			}
			count++
			if len(d.Number) != 18 {
				l.report.wrong("declaration %s has the number %q", item.ID, d.Number)
				continue
			}
			head := d.Number[:9]
			if serials[head] == nil {
				serials[head] = map[string]bool{}
			}
			if serials[head][d.Number] {
				l.report.wrong("number %s was given twice", d.Number)
			}
			serials[head][d.Number] = true
		}
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	if acked := l.acked.Load(); count != acked {
		l.report.wrong("%d declarations were acknowledged and %d are stored", acked, count)
	} else {
		l.report.right("%d declarations were acknowledged, each is stored once", count)
	}
	for head, given := range serials {
		for n := range len(given) {
			if !given[fmt.Sprintf("%s%09d", head, n+1)] {
				l.report.wrong("number %s%09d is missing", head, n+1)
			}
		}
	}
	if len(l.report.Findings) == 0 {
		l.report.right("their numbers run without gaps")
	}
	return l.booksBalance(ctx)
}

// booksBalance checks that over all accounts of an item nothing appeared or
// vanished, and asks the second opinion where there is one.
func (b *run) booksBalance(ctx context.Context) error {
	sums := map[[2]string]num.Quantity{}
	accounts := 0
	for after := ""; ; {
		page, err := b.house.Store.Balances(ctx, "", after, 1000)
		if err != nil {
			return err
		}
		for _, a := range page {
			account, err := ledger.ParseKey(a.Key)
			if err != nil {
				return err
			}
			sums[[2]string{string(account.Ledger), account.Item}] += a.Quantity
			accounts++
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].Key
	}
	off := 0
	for item, sum := range sums {
		if sum != 0 {
			if off++; off <= 10 {
				b.report.wrong("item %s of the %s ledger sums to %s", item[1], item[0], sum)
			}
		}
	}
	if off == 0 {
		b.report.right("%d accounts of %d items sum to zero", accounts, len(sums))
	}
	if b.house.Check == nil || b.Trust {
		b.report.Notes = append(b.report.Notes, "seine check was not asked")
		return nil
	}
	b.Tell("checking", 0, 0)
	findings, err := b.house.Check(ctx)
	if err != nil {
		return fmt.Errorf("second opinion: %w", err)
	}
	if len(findings) == 0 {
		b.report.right("seine check found nothing")
	}
	b.report.Findings = append(b.report.Findings, findings...)
	return nil
}
