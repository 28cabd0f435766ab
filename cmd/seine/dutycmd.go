package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/print"
	"seine/internal/registry"
	"seine/internal/tariff"
	"seine/locales"
)

// caseFlags say a case of one line on the command line. Each is put as it stands
// into the JSON form, so that there is one reader and one set of faults.
type caseFlags struct {
	head, line map[string]*string // member of the case or of its line, by flag
	quantities []string
	rates      map[string]string
}

func (f *caseFlags) add(flags *pflag.FlagSet) {
	f.head, f.line = map[string]*string{}, map[string]*string{}
	for _, m := range [][3]string{
		{"date", "date", "legal `day` whose rates apply, YYYY-MM-DD"},
		{"direction", "direction", "`import` or export"},
		{"incoterm", "incoterm", "terms of delivery: FOB, CIF, `EXW` …"},
		{"currency", "currency", "`currency` of the price"},
		{"fx", "fx", "exchange `rate`: local money for one unit of the currency"},
		{"local", "local", "`currency` of the taxes"},
		{"freight", "freight", "freight: an `amount`, or 0.3%"},
		{"insurance", "insurance", "insurance: an `amount`, or 0.3%"},
		{"other", "other", "other charges: an `amount`, or 0.3%"},
		{"options", "options", "“`auto`” compares with each preference, the quota and the next known rate"},
	} {
		f.head[m[1]] = flags.String(m[0], "", m[2])
	}
	for _, m := range [][3]string{
		{"hs", "hs", "commodity `code`"},
		{"price", "price", "`price` of the goods"},
		{"origin", "origin", "`country` of origin"},
		{"preference", "preference", "preferential `treatment` claimed"},
		{"applicable", "applicable", "`code` under which the goods fall otherwise"},
		{"additional-code", "additional_code", "additional `code` of the measures"},
		{"net-mass", "net_mass", "net mass, `kg`"},
		{"gross-mass", "gross_mass", "gross mass, `kg`"},
	} {
		f.line[m[1]] = flags.String(m[0], "", m[2])
	}
	flags.StringArrayVar(&f.quantities, "quantity", nil, "`\"50 NAR\"`: quantity and unit; may be repeated")
	flags.StringToStringVar(&f.rates, "rate", nil, "rates that are given, as in `mfn=10,vat=13`; then nothing is looked up")
}

// body gives the case in its JSON form.
func (f *caseFlags) body() ([]byte, error) {
	line := map[string]any{}
	for member, v := range f.line {
		if *v != "" {
			line[member] = *v
		}
	}
	var quantities []any
	for _, q := range f.quantities {
		value, unit, _ := strings.Cut(strings.TrimSpace(q), " ")
		quantities = append(quantities, map[string]any{"value": value, "unit": strings.TrimSpace(unit)})
	}
	if quantities != nil {
		line["quantity"] = quantities
	}
	if f.rates != nil {
		line["rates"] = f.rates
	}
	body := map[string]any{"lines": []any{line}}
	for member, v := range f.head {
		if *v != "" {
			body[member] = *v
		}
	}
	return json.Marshal(body)
}

func newDuty(s *session) *cobra.Command {
	var flags caseFlags
	var file, schedule, pdf, language string
	c := &cobra.Command{
		Use: "duty", Short: "Compute duty and taxes with the working", Args: cobra.NoArgs,
		Long: "Take a case as JSON on standard input, from --case FILE, or by flags for a single line, and print\n" +
			"every step from the price to the last tax. The form of a case is in docs/duty.md. All faults of a\n" +
			"case are told at once, each with its pointer. With --data or --db the exchange rates of that zone\n" +
			"are used; without them a rate is given with fx, or the working stays in the case's currency.",
		Example: "  seine duty --date 2025-06-16 --incoterm CIF --currency CNY --price 100000 --origin DE --rate mfn=10,vat=13\n" +
			"  seine duty --case case.json --json\n" +
			`  echo '{"date": "2026-06-01", "currency": "CNY", "lines": [{"hs": "20091100", "price": 5000, "origin": "US"}]}' | seine duty`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			given := false
			cmd.Flags().Visit(func(f *pflag.Flag) {
				given = given || !slices.Contains([]string{"case", "schedule", "pdf", "language"}, f.Name) && cmd.InheritedFlags().Lookup(f.Name) == nil
			})
			var in io.Reader
			switch {
			case given && file != "":
				return errUse{fmt.Errorf("give the case by flags or with --case, not both")}
			case given:
				body, err := flags.body()
				if err != nil {
					return err
				}
				in = bytes.NewReader(body)
			default:
				if file == "" {
					file = "-"
				}
				f, done, err := s.readable(file)
				if err != nil {
					return err
				}
				defer done() //nolint:errcheck // it was only read
				in = f
			}
			asked, err := duty.ReadCase(in)
			if err != nil {
				return err
			}
			if asked.Schedule != "" && !cmd.Flags().Changed("schedule") {
				schedule = asked.Schedule
			}
			ref, err := s.dutyReference(cmd.Context(), &asked, schedule)
			if err != nil {
				return err
			}
			answer, err := duty.Resolve(asked, ref)
			if err != nil {
				return err
			}
			if pdf != "" {
				if err := printWorking(answer, &asked, pdf, language); err != nil {
					return err
				}
			}
			return s.print(answer, answer.WriteText)
		},
	}
	c.Flags().StringVar(&file, "case", "", "`file` with the case as JSON; “-” is standard input")
	c.Flags().StringVar(&pdf, "pdf", "", "`file` to print the working into, as PDF; with options, that of the case itself")
	c.Flags().StringVar(&language, "language", "en", "of the PDF: `en` or zh-CN")
	c.Flags().StringVar(&schedule, "schedule", "cn", scheduleHelp)
	flags.add(c.Flags())
	return c
}

// printWorking writes the working of an answer as PDF. Faults: PRINT-LANGUAGE-01,
// PRINT-GLYPH-01.
func printWorking(answer *duty.Answer, asked *duty.Case, file, language string) error {
	if !slices.Contains(locales.Languages, language) {
		return fault.New(fault.Invalid, "PRINT-LANGUAGE-01", "/language", "“{language}” is no language of the house", "choose en or zh-CN", "language", language)
	}
	raw, err := answer.MarshalJSON()
	if err != nil {
		return err
	}
	w, err := print.ReadWorking(raw)
	if err != nil {
		return err
	}
	var head print.Head
	for i := range asked.Lines {
		head.Goods = append(head.Goods, string(asked.Lines[i].Code))
	}
	content, err := print.WorkingPDF(w, head, language)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // a paper that its owner asked for
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// dutyReference gives what a case is looked up in, and reads no more than the
// case asks for: a schedule takes longer than the computation.
func (s *session) dutyReference(ctx context.Context, asked *duty.Case, schedule string) (duty.Reference, error) {
	var ref duty.Reference
	looked := false
	for _, lines := range asked.AllLines() {
		for i := range lines {
			looked = looked || lines[i].Rates == nil
		}
	}
	var err error
	if looked {
		of, err := s.schedule(schedule)
		if err != nil {
			return ref, err
		}
		if ref, err = duty.ReferenceTo(of); err != nil {
			return ref, err
		}
	} else {
		ref.Local = "CNY"
		if ref.Rules, err = duty.Shipped(); err != nil {
			return ref, err
		}
	}
	if s.data == "" && s.db == "" {
		return ref, nil
	}
	rows, err := s.exchangeRates(ctx)
	if err != nil {
		return ref, err
	}
	ref.FX = duty.NewExchange(rows, &clock.Calendar{}, 0)
	return ref, nil
}

// exchangeRates reads the exchange rates of the zone.
func (s *session) exchangeRates(ctx context.Context) (map[tariff.CurrencyCode][]duty.ExchangeRow, error) {
	st, _, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	var all registry.Rates
	if _, err := st.Load(ctx, dossier.Parameter, registry.RatesID, &all); err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return nil, fmt.Errorf("read the exchange rates: %w", err)
	}
	rows := map[tariff.CurrencyCode][]duty.ExchangeRow{}
	for _, r := range all.Rates {
		c := tariff.CurrencyCode(r.Currency)
		rows[c] = append(rows[c], duty.ExchangeRow{From: r.From, Rate: r.Rate})
	}
	return rows, nil
}
