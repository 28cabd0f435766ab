package importing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/num"
)

// Desk lodges declarations; clearance.Desk is one.
type Desk interface {
	Lodge(ctx context.Context, c decision.Command, by decision.Actor, l clearance.Lodging) (decision.Receipt, error)
}

// Decider takes decisions and writes their outcome; the store is one.
type Decider interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
}

// Rows gives the rows of a table; declaration.Rows is one. Next gives io.EOF
// after the last.
type Rows interface {
	Next() (declaration.Record, error)
}

// Lodgers is how many rows are in work at once where nothing else is asked: as
// many as fill one commit, so that they share it.
const Lodgers = 256

// Declarations takes over a table of declarations.
type Declarations struct {
	Desk     Desk
	Store    Decider
	By       decision.Actor
	Now      func() clock.Instant
	Mapping  string              // its name: the keys of rows are told apart by it
	Exchange map[string]num.Rate // yuan for one unit of a currency, supplied by whoever imports
	// Rates gives the rates that the mapping supplies, with their reason; nil for none.
	Rates   func(declaration.CurrencyCode) (num.Rate, string, bool)
	Labels  bool // known inspection results are fed to risk
	Lodgers int  // rows in work at once; Lodgers where 0

	Progress func(rows int64) // told after each row, in turn
	Refused  func(Refusal)    // told of each refused row, in turn, not in order of rows
}

// errHalt ends an import whose zone cannot go on: a full disk, a lost database.
type errHalt struct{ error }

func (e errHalt) Unwrap() error { return e.error }

// Take lodges every row and gives the sums, also when it was broken off: an
// ended ctx stops the reading, what is in work is finished, and the error says
// so. Faults of rows stand in the summary; an error is of the reader or the
// store.
//
// Faults of rows beside those of reading and lodging: IMPORT-KEY-01 (two rows of
// the table have one key), STORE-KEY-01 (a row of this key came before with other
// content), IMPORT-LINE-01 (a row that makes no line of goods).
func (d *Declarations) Take(ctx context.Context, rows Rows) (*Summary, error) {
	run, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	lodgers := d.Lodgers
	if lodgers < 1 {
		lodgers = Lodgers
	}
	var (
		work  = make(chan declaration.Record, lodgers)
		sums  = newSummary()
		mu    sync.Mutex
		group sync.WaitGroup
	)
	note := func(r declaration.Record, t taken) {
		mu.Lock()
		defer mu.Unlock()
		if len(t.faults) > 0 {
			refusals := sums.refuse(r, t.faults)
			if d.Refused != nil {
				d.Refused(refusals)
			}
		} else if err := sums.add(r.Declaration, &t); err != nil {
			halt(errHalt{err})
		}
		if d.Progress != nil {
			d.Progress(sums.Rows)
		}
	}
	for range lodgers {
		group.Go(func() {
			for r := range work {
				// What is in work is finished even when the import is broken off.
				t, err := d.lodge(context.WithoutCancel(run), r)
				if err != nil {
					halt(errHalt{fmt.Errorf("row %d: %w", r.Row, err)})
					continue
				}
				note(r, t)
			}
		})
	}
	read := d.read(run, rows, work, note)
	close(work)
	group.Wait()
	sums.finish()
	var halted errHalt
	switch {
	case errors.As(context.Cause(run), &halted):
		return sums, halted.error
	case read != nil:
		return sums, read
	}
	return sums, ctx.Err()
}

// read hands the rows to the lodgers until the table or ctx ends.
func (d *Declarations) read(ctx context.Context, rows Rows, work chan<- declaration.Record, note func(declaration.Record, taken)) error {
	keys := map[string]int{}
	for ctx.Err() == nil {
		r, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the row after %d: %w", r.Row, err)
		}
		if first, twice := keys[r.Key]; twice && r.Key != "" && len(r.Faults) == 0 {
			r.Faults = fault.List{fault.New(fault.Conflict, "IMPORT-KEY-01", rowPath(r.Row), "row {first} has the same key “{key}”",
				"give every row a key of its own, and take out what stands there twice", "first", first, "key", r.Key)}
		}
		if len(r.Faults) > 0 || r.Declaration == nil {
			note(r, taken{faults: r.Faults})
			continue
		}
		if r.Key != "" {
			keys[r.Key] = r.Row
		}
		select {
		case work <- r:
		case <-ctx.Done():
		}
	}
	return nil
}

// taken is what became of one row.
type taken struct {
	reply    clearance.LodgeReply
	before   bool // it was in already
	labelled bool
	found    bool // by the inspection that its label tells of
	faults   fault.List
}

// rate gives the exchange rate that is supplied for a currency, 0 for none: the
// one that came with the import, else that of the mapping.
func (d *Declarations) rate(c declaration.CurrencyCode) (num.Rate, string) {
	if rate := d.Exchange[string(c)]; rate != 0 {
		return rate, fmt.Sprintf("the source states no exchange rate; %s yuan for one %s was supplied with the import", rate, c)
	}
	if d.Rates == nil {
		return 0, ""
	}
	rate, reason, _ := d.Rates(c)
	return rate, reason
}

// lodge takes one row; the error is not one of the row.
func (d *Declarations) lodge(ctx context.Context, r declaration.Record) (t taken, err error) {
	doc := *r.Declaration
	label := doc.Label
	doc.Label = nil // feedback for risk, no part of what was declared
	if len(doc.Lines) == 0 {
		t.faults = fault.List{fault.New(fault.Invalid, "IMPORT-LINE-01", rowPath(r.Row), "the row makes no line of goods", "correct the mapping file")}
		return t, nil
	}
	content, err := json.Marshal(&doc)
	if err != nil {
		return t, fmt.Errorf("write down the row: %w", err)
	}
	l := clearance.Lodging{Declaration: doc}
	if rate, reason := d.rate(doc.Currency); rate != 0 {
		l.Exchange, l.Foreign = rate, true
		l.Declaration.Supplied = append(l.Declaration.Supplied[:len(doc.Supplied):len(doc.Supplied)], declaration.Supplied{Path: "/local/exchangeRate", Reason: reason})
	}
	for i := range doc.Lines {
		l.Foreign = l.Foreign || doc.Lines[i].DeclaredRate != nil
	}
	key := d.key(r, content)
	c := decision.Command{Name: "declaration.lodge", Actor: d.By.ID, Key: key, Content: content, Received: d.Now()}
	receipt, err := d.Desk.Lodge(ctx, c, d.By, l)
	if err != nil {
		if t.faults = rowFaults(r.Row, err); t.faults == nil {
			return t, err
		}
		return t, nil
	}
	if err := json.Unmarshal(receipt.Reply, &t.reply); err != nil {
		return t, fmt.Errorf("read the receipt of row %d: %w", r.Row, err)
	}
	t.before = receipt.Repeated
	if d.Labels && label != nil {
		if err := d.feed(ctx, key, t.reply.ID, label); err != nil {
			return t, fmt.Errorf("feed the inspection result: %w", err)
		}
		t.labelled, t.found = true, label.Fraud
	}
	return t, nil
}

// key names a row for ever: by the mapping and the key that the source gives it,
// or by its content where it has none.
func (d *Declarations) key(r declaration.Record, content []byte) string {
	if r.Key != "" {
		return "import/" + d.Mapping + "/" + r.Key
	}
	sum := sha256.Sum256(content)
	return "import/" + d.Mapping + "/#" + hex.EncodeToString(sum[:])
}

// rowFaults gives the faults of err as those of a row, or nil when the zone
// itself cannot go on.
func rowFaults(row int, err error) fault.List {
	list := fault.All(err)
	for _, f := range list {
		switch f.Code {
		case "STORE-WRITE-01", "STORE-CLOSED-01", "STORE-READONLY-01", "STORE-BUSY-01":
			return nil
		}
	}
	under := make(fault.List, len(list))
	for i, f := range list {
		under[i] = f.Under(rowPath(row))
	}
	if len(under) == 0 {
		return nil
	}
	return under
}

func rowPath(row int) string { return fmt.Sprintf("/rows/%d", row) }
