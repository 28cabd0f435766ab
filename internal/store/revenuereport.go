package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"seine/internal/clock"
	"seine/internal/num"
	"seine/internal/revenue"
)

const (
	revenueProgress = "revenue"
	lateFeeTax      = "late_payment" // the name under which late fees are reported
)

// revenueFacts is what an entry about a tax bill says of the money.
type revenueFacts struct {
	Fee     num.Money `json:"fee"`
	Charged num.Money `json:"charged"`
	Shares  []struct {
		Chapter string    `json:"chapter"`
		Tax     string    `json:"tax"`
		Amount  num.Money `json:"amount"`
	} `json:"shares"`
}

// nextRevenue takes the next entries of the journal into the table of revenue, nil
// where none wait.
func (s *Store) nextRevenue(ctx context.Context) (*addition, error) {
	top := s.tail.Load()
	from, err := s.progress(ctx, revenueProgress)
	if err != nil || from >= top {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, "SELECT position, type, effective_on, coalesce(office, ''), CASE WHEN type LIKE 'tax-bill.%' THEN body END FROM entry WHERE position > $1 ORDER BY position LIMIT $2", from, behindChunk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	to := from
	sums := map[revenue.ReportRow]*revenue.ReportRow{}
	for rows.Next() {
		var kind, office string
		var on clock.Date
		var day int64
		var body sql.NullString
		if err := rows.Scan(&to, &kind, &day, &office, &body); err != nil {
			return nil, err
		}
		on = clock.Date(day)
		if !body.Valid {
			continue
		}
		var f revenueFacts
		if err := json.Unmarshal([]byte(body.String), &f); err != nil {
			return nil, fmt.Errorf("revenue at position %d: %w", to, err)
		}
		add := func(chapter, tax string, amount num.Money, to func(*revenue.ReportRow) *num.Money) {
			k := revenue.ReportRow{Day: on.String(), Office: office, Chapter: chapter, Tax: tax}
			if sums[k] == nil {
				row := k
				sums[k] = &row
			}
			*to(sums[k]) += amount
		}
		column := map[string]func(*revenue.ReportRow) *num.Money{
			"tax-bill.issued": assessedOf, "tax-bill.withdrawn": withdrawnOf, "tax-bill.paid": paidOf, "tax-bill.partly-paid": paidOf, "tax-bill.collected": paidOf,
			"tax-bill.partly-refunded": refundedOf, "tax-bill.refunded": refundedOf,
		}[kind]
		if column == nil {
			continue
		}
		for _, share := range f.Shares {
			add(share.Chapter, share.Tax, share.Amount, column)
		}
		if f.Charged > 0 {
			add("", lateFeeTax, f.Charged, assessedOf)
		}
		if f.Fee > 0 {
			add("", lateFeeTax, f.Fee, paidOf)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	all := make([]*revenue.ReportRow, 0, len(sums))
	for _, row := range sums {
		all = append(all, row)
	}
	slices.SortFunc(all, func(a, b *revenue.ReportRow) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Office, b.Office), cmp.Compare(a.Chapter, b.Chapter), cmp.Compare(a.Tax, b.Tax))
	})
	return &addition{more: to < top, write: func(ctx context.Context, tx *sql.Tx) error {
		mine, err := progressed(ctx, tx, revenueProgress, from, to)
		if err != nil || !mine {
			return err
		}
		for _, r := range all {
			_, err := tx.ExecContext(ctx, `INSERT INTO revenue_day (day, office, chapter, tax, assessed, withdrawn, paid, refunded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (day, office, chapter, tax) DO UPDATE SET assessed = revenue_day.assessed + excluded.assessed,
				withdrawn = revenue_day.withdrawn + excluded.withdrawn, paid = revenue_day.paid + excluded.paid, refunded = revenue_day.refunded + excluded.refunded`,
				r.Day, r.Office, r.Chapter, r.Tax, int64(r.Assessed), int64(r.Withdrawn), int64(r.Paid), int64(r.Refunded))
			if err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

func assessedOf(r *revenue.ReportRow) *num.Money  { return &r.Assessed }
func withdrawnOf(r *revenue.ReportRow) *num.Money { return &r.Withdrawn }
func paidOf(r *revenue.ReportRow) *num.Money      { return &r.Paid }
func refundedOf(r *revenue.ReportRow) *num.Money  { return &r.Refunded }

// RebuildRevenue lets the table of revenue be made anew from the journal.
func (s *Store) RebuildRevenue(ctx context.Context) error {
	err := s.engine.chore(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM revenue_day"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE progress SET position = 0 WHERE name = 'revenue'")
		return err
	})
	if err != nil {
		return err
	}
	return s.catchUp(ctx)
}

// Revenue sums the revenue of a span of days, as far as the journal has been taken
// up: a moment behind. Rows stand in the order of what they are summed by.
func (s *Store) Revenue(ctx context.Context, f revenue.ReportFilter) ([]revenue.ReportRow, error) {
	by := f.By
	if !slices.Contains(revenue.ReportKeys, by) {
		return nil, fmt.Errorf("store: revenue is summed by %v, not by %q", revenue.ReportKeys, by)
	}
	query := "SELECT " + by + ", sum(assessed), sum(withdrawn), sum(paid), sum(refunded) FROM revenue_day WHERE day >= $1 AND day <= $2"
	args := []any{f.From.String(), f.To.String()}
	if f.Offices != nil {
		query += " AND office IN ("
		for i, o := range f.Offices {
			if i > 0 {
				query += ", "
			}
			args = append(args, o)
			query += fmt.Sprintf("$%d", len(args))
		}
		query += ")"
		if len(f.Offices) == 0 {
			return nil, nil
		}
	}
	rows, err := s.read.QueryContext(ctx, query+" GROUP BY "+by+" ORDER BY "+by, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []revenue.ReportRow{}
	for rows.Next() {
		var r revenue.ReportRow
		var k string
		if err := rows.Scan(&k, &r.Assessed, &r.Withdrawn, &r.Paid, &r.Refunded); err != nil {
			return nil, err
		}
		*map[string]*string{"day": &r.Day, "office": &r.Office, "chapter": &r.Chapter, "tax": &r.Tax}[by] = k
		list = append(list, r)
	}
	return list, rows.Err()
}
