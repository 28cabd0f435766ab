package bench

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/importing"
	"seine/internal/num"
)

// importMapping is the mapping whose form the generated rows have.
const importMapping = "korea-fraud-2022"

// Import measures the import of a table of declarations: rows read, mapped,
// lodged and on disk.
func Import(ctx context.Context, o Options) (_ *Report, err error) {
	if o.Clients == 0 {
		o.Clients = importing.Lodgers
	}
	r := begin(o)
	r.What = "one row of a table read, mapped, lodged as a declaration of one line, and on disk"
	r.Way = "in process"
	b, err := open(ctx, o, r)
	if err != nil {
		return nil, err
	}
	defer func() { err = closed(ctx, b, err) }()
	l := &lodging{run: b}
	if l.scene, err = b.found(ctx); err != nil {
		return nil, err
	}
	if err := l.preload(ctx); err != nil {
		return nil, err
	}
	mapping, err := declaration.NamedMapping(importMapping)
	if err != nil {
		return nil, err
	}
	if err := b.house.Start(ctx); err != nil {
		return nil, err
	}
	table := &table{random: rand.New(rand.NewPCG(3, 4))}
	if err := b.rounds(ctx, func(ctx context.Context, d time.Duration) (stretch, error) { return l.take(ctx, mapping, table, d) }); err != nil {
		return nil, err
	}
	return r, l.check(ctx)
}

// take imports rows until the time is over.
func (l *lodging) take(ctx context.Context, mapping *declaration.Mapping, table *table, d time.Duration) (stretch, error) {
	began := time.Now()
	rows, err := mapping.Read(table.until(began.Add(d)))
	if err != nil {
		return stretch{}, err
	}
	timed := &timedDesk{Desk: l.house.Clearance}
	desk := importing.Declarations{
		Desk: timed, Store: l.house.Store, By: importer, Now: l.house.Clock.Now, Mapping: importMapping,
		Exchange: map[string]num.Rate{"KRW": 580_000}, Lodgers: l.Clients,
	}
	sums, err := desk.Take(ctx, rows)
	if err != nil {
		return stretch{}, fmt.Errorf("import: %w", err)
	}
	s := stretch{operations: sums.Rows, took: timed.took, wall: time.Since(began), answers: map[string]int64{"taken": sums.Lodged, "refused": sums.Refused}}
	if sums.Refused > 0 {
		l.report.wrong("%d generated rows were refused", sums.Refused)
	}
	l.acked.Add(sums.Lodged)
	return s, nil
}

// timedDesk notes how long each row was under way, from its lodging to the disk.
type timedDesk struct {
	importing.Desk
	mu   sync.Mutex
	took []time.Duration
}

// Lodge lodges a row.
func (d *timedDesk) Lodge(ctx context.Context, c decision.Command, by decision.Actor, l clearance.Lodging) (decision.Receipt, error) {
	began := time.Now()
	receipt, err := d.Desk.Lodge(ctx, c, by, l)
	d.mu.Lock()
	d.took = append(d.took, time.Since(began))
	d.mu.Unlock()
	return receipt, err
}

// table writes rows as long as somebody reads them.
type table struct {
	random *rand.Rand
	row    int
}

var tableHead = strings.Split("Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud", ",")

// until gives the table as a file that ends at a moment.
func (t *table) until(end time.Time) io.Reader {
	out, in := io.Pipe()
	go func() {
		w := csv.NewWriter(in)
		err := w.Write(tableHead)
		for err == nil && time.Now().Before(end) {
			for range 64 {
				if err == nil {
					err = w.Write(t.next())
				}
			}
		}
		w.Flush()
		in.CloseWithError(err)
	}()
	return out
}

func (t *table) next() []string {
	t.row++
	pick := func(of ...string) string { return of[t.random.IntN(len(of))] }
	letters := func(prefix string, n int) string { return fmt.Sprintf("%s%04d", prefix, t.random.IntN(n)) }
	country := pick("CN", "US", "JP", "DE", "VN")
	return []string{
		strconv.Itoa(10_000_000 + t.row), fmt.Sprintf("2020-%02d-%02d", 1+t.random.IntN(12), 1+t.random.IntN(28)), pick("30", "40", "20", "13"), pick("B", "D"),
		pick("11", "15"), "21", "11", pick("10", "40"), letters("DCL", 300), letters("IMP", 3000), letters("SEL", 2000), "",
		pick("440890", "690722", "620822", "852990", "940350", "847130", "611020"), country, country, pick("0.0", "8.0", "5.2", "13.0"), pick("A", "FCN1"), "G",
		fmt.Sprintf("%.1f", 1+t.random.Float64()*5000), fmt.Sprintf("%.2f", 1000+t.random.Float64()*900_000), "0", "0",
	}
}
