package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/importing"
	"seine/internal/num"
)

func newImport(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "import", Short: "Take over declarations and manifests from files",
		Long: "What is imported goes through the same doors as a declaration or manifest of today: it is checked,\n" +
			"taxed, judged and journaled. An import may be broken off with Ctrl-C and started again.",
	}
	c.AddCommand(newImportDeclarations(s), newImportManifest(s))
	return c
}

// imported is what an import of declarations gave, as it is printed.
type imported struct {
	File     string `json:"file"`
	Mapping  string `json:"mapping"`
	Encoding string `json:"encoding"`
	// Delimiter separates the columns.
	Delimiter string `json:"delimiter"`
	*importing.Summary
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"rows_per_second"`
	Broken  bool    `json:"broken_off,omitempty"`
}

type importFlags struct {
	mapping, refused string
	exchange         map[string]string
	labels           bool
	show             int
}

func newImportDeclarations(s *session) *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use: "declarations FILE", Short: "Take over a table of declarations (CSV, also packed by gzip)", Args: cobra.ExactArgs(1),
		Long: "Lodge every row of a table. A mapping says how its columns become our elements: one of " +
			strings.Join(declaration.MappingNames(), ", ") + ",\n" +
			"or a YAML file. What the source does not state and the mapping supplies is marked in the declaration\n" +
			"with its reason. Rates and rules are those of the day that each row was declared on.\n\n" +
			"A bad row is told with its number, field, reason and cure, and the others go on. A row is known by\n" +
			"the key column of the mapping: a second run, or one after Ctrl-C, lodges only what is not in yet,\n" +
			"and a key that comes again with other content is refused. Printed at the end: counts by channel and\n" +
			"office, totals of price by currency, of customs value and of each tax in yuan, refusals by reason.\n" +
			"Exit status 3 when rows were refused, 130 when it was broken off.",
		Example: "  seine import declarations declarations_train.csv.gz --data zone --mapping korea-fraud-2022 --exchange KRW=0.0058\n" +
			"  seine import declarations table.csv --data zone --mapping my-columns.yaml --refused refused.jsonl",
		RunE: func(cmd *cobra.Command, args []string) error { return s.importDeclarations(cmd.Context(), args[0], &f) },
	}
	c.Flags().StringVar(&f.mapping, "mapping", declaration.MappingNames()[0], "`name` or file of the mapping of columns")
	c.Flags().StringToStringVar(&f.exchange, "exchange", nil, "exchange rates supplied with the import, yuan for one unit: `KRW=0.0058,...`")
	c.Flags().BoolVar(&f.labels, "labels", false, "feed known inspection results of the table to risk")
	c.Flags().StringVar(&f.refused, "refused", "", "`file` for every refused row, one JSON document a line")
	c.Flags().IntVar(&f.show, "show", 20, "most refused `rows` to print")
	return c
}

// mappingOf gives a mapping by name or from a file.
func mappingOf(name string) (*declaration.Mapping, error) {
	ext := filepath.Ext(name)
	if ext != ".yaml" && ext != ".yml" && !strings.ContainsRune(name, filepath.Separator) {
		return declaration.NamedMapping(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, noFile(name, err)
	}
	return declaration.ReadMapping(text)
}

// exchangeOf reads the rates of --exchange. Fault: CMD-EXCHANGE-01.
func exchangeOf(given map[string]string) (map[string]num.Rate, error) {
	rates := map[string]num.Rate{}
	for currency, text := range given {
		rate, err := num.ParseRate(text)
		if err != nil || rate <= 0 || len(currency) != 3 || strings.ToUpper(currency) != currency {
			return nil, fault.New(fault.Invalid, "CMD-EXCHANGE-01", "", "“{currency}={rate}” is no exchange rate",
				"write the currency's three letters and yuan for one unit: KRW=0.0058", "currency", clip(currency), "rate", clip(text))
		}
		rates[currency] = rate
	}
	return rates, nil
}

// counted counts what was read, to tell how far a file of unknown rows is.
type counted struct {
	io.Reader
	n atomic.Int64
}

// Read counts.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}

func (s *session) importDeclarations(ctx context.Context, path string, f *importFlags) (err error) {
	e, err := s.zone()
	if err != nil {
		return err
	}
	mapping, err := mappingOf(f.mapping)
	if err != nil {
		return err
	}
	exchange, err := exchangeOf(f.exchange)
	if err != nil {
		return err
	}
	file, done, err := s.readable(path)
	if err != nil {
		return err
	}
	defer done() //nolint:errcheck // it was only read
	size := int64(0)
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	in := &counted{Reader: file}
	rows, err := mapping.Read(in)
	if err != nil {
		return err
	}
	refused, finish, err := f.refusals()
	if err != nil {
		return err
	}
	a, err := s.open(ctx, e, false)
	if err != nil {
		return errors.Join(err, finish())
	}
	// The zone outlives a Ctrl-C until what is in work is on disk.
	if err := a.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, finish(), a.Close())
	}
	p := newProgress(s.errs, "rows", 0)
	job := importing.Declarations{
		Desk: a.Clearance, Store: a.Store, By: operator, Now: a.Clock.Now, Mapping: mapping.Name, Exchange: exchange, Rates: mapping.ExchangeRate, Labels: f.labels,
		Lodgers: e.Import.Lodgers, Refused: refused,
		Progress: func(n int64) {
			if read := in.n.Load(); size > 0 && read > 0 {
				if total, err := num.MulDiv(n, size, read, num.HalfUp); err == nil && n%500 == 0 {
					p.of(max(total, n))
				}
			}
			p.set(n)
		},
	}
	began := time.Now()
	sums, err := job.Take(ctx, rows)
	p.end()
	took := time.Since(began)
	err = leave(context.WithoutCancel(ctx), a, errors.Join(err, finish()))
	out := imported{File: path, Mapping: mapping.Name, Encoding: rows.Encoding, Delimiter: rows.Delimiter, Summary: sums, Seconds: took.Seconds(), Rate: float64(sums.Rows) / took.Seconds()}
	out.Broken = ctx.Err() != nil
	if printed := s.print(&out, func(w io.Writer) error { return out.write(w, f.show) }); printed != nil {
		return printed
	}
	switch {
	case ctx.Err() != nil:
		return brokenOff(ctx.Err())
	case err != nil:
		return err
	case sums.Refused > 0:
		return errFindings
	}
	return nil
}

// refusals gives where refused rows are written to, if anywhere.
func (f *importFlags) refusals() (note func(importing.Refusal), finish func() error, err error) {
	if f.refused == "" {
		return nil, func() error { return nil }, nil
	}
	file, err := os.Create(f.refused)
	if err != nil {
		return nil, nil, noFile(f.refused, err)
	}
	buffer := bufio.NewWriter(file)
	enc := json.NewEncoder(buffer)
	var failed error
	note = func(r importing.Refusal) {
		if failed == nil {
			failed = enc.Encode(&r)
		}
	}
	return note, func() error { return errors.Join(failed, buffer.Flush(), file.Close()) }, nil
}

// write prints the sums for people.
func (i *imported) write(w io.Writer, show int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d rows read by mapping %s (%s, columns separated by %q)\n", filepath.Base(i.File), i.Rows, i.Mapping, i.Encoding, i.Delimiter)
	fmt.Fprintf(&b, "lodged now %d, in already %d, refused %d\n", i.Lodged, i.Before, i.Refused)
	if i.From != 0 {
		fmt.Fprintf(&b, "legal days %s to %s\n", i.From, i.To)
	}
	channels := sortedKeys(i.Channels)
	if len(channels) > 0 {
		fmt.Fprintf(&b, "\n%-10s", "office")
		for _, c := range channels {
			fmt.Fprintf(&b, " %10s", c)
		}
		fmt.Fprintf(&b, " %10s\n", "total")
		for _, o := range i.Offices {
			fmt.Fprintf(&b, "%-10s", o.Office)
			for _, c := range channels {
				fmt.Fprintf(&b, " %10d", o.Channels[c])
			}
			fmt.Fprintf(&b, " %10d\n", o.Total)
		}
		fmt.Fprintf(&b, "%-10s", "all")
		for _, c := range channels {
			fmt.Fprintf(&b, " %10d", i.Channels[c])
		}
		fmt.Fprintf(&b, " %10d\n", i.Lodged+i.Before)
		b.WriteString("\n")
		for _, state := range sortedKeys(i.States) {
			fmt.Fprintf(&b, "%-28s %12d\n", state, i.States[state])
		}
		for _, code := range sortedKeys(i.Waits) {
			fmt.Fprintf(&b, "waits, %-21s %12d\n", code, i.Waits[code])
		}
		b.WriteString("\n")
		for _, p := range i.Prices {
			fmt.Fprintf(&b, "declared price, %-12s %22s", p.Currency, p.Total.Fixed())
			if p.Unpriced > 0 {
				fmt.Fprintf(&b, "  (%d of %d lines state no price)", p.Unpriced, p.Lines)
			}
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%-28s %22s CNY\n", "customs value", i.Value.Fixed())
		for _, t := range i.Taxes {
			fmt.Fprintf(&b, "%-28s %22s CNY\n", t.Tax, t.Amount.Fixed())
		}
		fmt.Fprintf(&b, "%-28s %22s CNY\n", "tax in all", i.Total.Fixed())
	}
	if i.Labels > 0 {
		fmt.Fprintf(&b, "inspection results fed %d, irregular %d\n", i.Labels, i.Found)
	}
	for _, r := range i.Reasons {
		fmt.Fprintf(&b, "\nrefused %d %s: %s", r.Rows, plural(r.Rows, "row"), r.Code)
		if r.Field != "" {
			b.WriteString(" at " + r.Field)
		}
		fmt.Fprintf(&b, ", as in row %d: %s\n    %s\n", r.Example, r.Detail, r.Cure)
	}
	for n, r := range i.Refusals {
		if n == show {
			fmt.Fprintf(&b, "… and %d more refused rows; --refused FILE writes them all\n", i.Refused-int64(show))
			break
		}
		if n == 0 {
			b.WriteString("\n")
		}
		var told []string
		for _, f := range r.Faults {
			words := []string{f.Code, f.Field, f.Detail}
			told = append(told, strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " "))
		}
		fmt.Fprintf(&b, "row %d (line %d, key %s): %s\n", r.Row, r.Line, r.Key, strings.Join(told, "; "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// plural gives the word for a number of things.
func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
