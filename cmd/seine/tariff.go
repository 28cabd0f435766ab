package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/clock"
	"seine/internal/tariff"
)

func newTariff(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "tariff", Short: "Tariff schedules: import, show, search, compare, load",
		Long: "Schedules are dated facts that ship with the program: cn (Chinese extract on the Harmonized\n" +
			"System), us, uk, uk2020 and hs. “import” makes them anew from public sources.",
	}
	c.AddCommand(newTariffImport(s), newTariffShow(s), newTariffSearch(s), newTariffCompare(s), newTariffLoad(s))
	return c
}

func newTariffImport(s *session) *cobra.Command {
	var from, out string
	c := &cobra.Command{
		Use: "import --from DIR [--out DIR]", Short: "Make the schedules from public sources", Args: cobra.NoArgs,
		Long: "Read every public schedule under --from (the folder of the tariff sources, or the one above it) and\n" +
			"write each in our own compact form into --out. The report names what was not understood or left out.\n" +
			"A rate text that is not understood is listed and never calculated with.",
		Example: "  seine tariff import --from ../shared/data/02-tariff --out internal/tariff/data",
		RunE: func(*cobra.Command, []string) error {
			target, err := factsFolder(out, "internal/tariff/data")
			if err != nil {
				return err
			}
			p := newProgress(s.errs, "sources", 0)
			report, err := tariff.Import(from, target, func(_ string, done, of int) {
				p.of(int64(of))
				p.set(int64(done))
			})
			if err != nil {
				return err
			}
			p.end()
			return s.print(report, func(w io.Writer) error {
				var b strings.Builder
				for i := range report.Sources {
					b.WriteString(report.Sources[i].String() + "\n")
				}
				for _, m := range report.Missing {
					b.WriteString(m + ": not there; its facts stay as they are\n")
				}
				b.WriteString("written to " + target + "\n")
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "`folder` with the public sources")
	c.Flags().StringVar(&out, "out", "", "`folder` to write to (default: that of the source tree, when this is one)")
	_ = c.MarkFlagRequired("from")
	return c
}

// scheduleFlags are the flags of what looks into one schedule on one day.
type scheduleFlags struct{ name, date string }

func (f *scheduleFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.name, "schedule", "cn", scheduleHelp)
	c.Flags().StringVar(&f.date, "date", "", "legal `day`, YYYY-MM-DD (default: today)")
	_ = c.RegisterFlagCompletionFunc("schedule", cobra.FixedCompletions(tariff.ShippedNames(), cobra.ShellCompDirectiveNoFileComp))
}

// scheduleHelp says what --schedule takes.
var scheduleHelp = "`name` of the schedule, or a file that “tariff import” wrote: " + strings.Join(tariff.ShippedNames(), ", ")

func (f *scheduleFlags) open(s *session) (*tariff.Schedule, clock.Date, error) {
	day := clock.DateOf(time.Now().In(clock.Zone))
	if f.date != "" {
		var err error
		if day, err = clock.ParseDate(f.date); err != nil {
			return nil, 0, err
		}
	}
	schedule, err := s.schedule(f.name)
	return schedule, day, err
}

// schedule opens a schedule that ships with the program, by its name, or one of a
// file that “tariff import” wrote: what has a dot or a slash in it is no name.
// Faults: CMD-SCHEDULE-01, CMD-FILE-01, TARIFF-FACTS-01.
func (s *session) schedule(name string) (*tariff.Schedule, error) {
	if slices.Contains(tariff.ShippedNames(), name) {
		return tariff.Shipped(name)
	}
	if name != "-" && !strings.ContainsAny(name, `./\`) {
		return nil, noName("CMD-SCHEDULE-01", name, "schedule", strings.Join(tariff.ShippedNames(), ", "))
	}
	f, done, err := s.readable(name)
	if err != nil {
		return nil, err
	}
	defer done() //nolint:errcheck // it was only read
	return tariff.ReadPacked(f)
}

// rateChanged is one difference of two schedules as the command prints it.
type rateChanged struct {
	Code  tariff.Code       `json:"code"`
	Kind  string            `json:"kind,omitempty"`
	Areas []tariff.AreaCode `json:"areas,omitempty"`
	Old   string            `json:"old,omitempty"`
	New   string            `json:"new,omitempty"`
}

func newTariffCompare(s *session) *cobra.Command {
	var flags scheduleFlags
	var other, on string
	c := &cobra.Command{
		Use: "compare", Short: "What differs between two schedules, or two days of one", Args: cobra.NoArgs,
		Long: "Compare a schedule on a day with another one, or with itself on another day: codes that come or go\n" +
			"and every rate that differs. --with is the name of a schedule or a file that “import” wrote, so that a\n" +
			"future schedule is looked at before it counts. What it does to the open business of a zone is told by\n" +
			"the console and by POST /api/v1/tariff/comparisons.",
		Example: "  seine tariff compare --schedule uk2020 --date 2020-12-31 --on 2021-01-01\n  seine tariff compare --date 2026-12-31 --with ./2027/cn.tsv.gz --on 2027-01-01 --json",
		RunE: func(*cobra.Command, []string) error {
			schedule, day, err := flags.open(s)
			if err != nil {
				return err
			}
			then, next := day, schedule
			if on != "" {
				if then, err = clock.ParseDate(on); err != nil {
					return err
				}
			}
			if other != "" {
				if next, err = s.schedule(other); err != nil {
					return err
				}
			}
			changes := []rateChanged{}
			for _, c := range tariff.Compare(schedule, day, next, then) {
				changes = append(changes, rateChanged{c.Code, c.Kind.String(), c.Areas, c.Old, c.New})
			}
			return s.print(changes, func(w io.Writer) error {
				var b strings.Builder
				for _, c := range changes {
					fmt.Fprintf(&b, "%-11s %-18s %-28s → %-28s %s\n", c.Code, c.Kind, c.Old, c.New, namesOf(c.Areas))
				}
				fmt.Fprintf(&b, "%d differences between %s on %s and %s on %s\n", len(changes), schedule.About.Name, day, next.About.Name, then)
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	}
	flags.add(c)
	c.Flags().StringVar(&other, "with", "", "the other schedule: a `name`, or a file that “import” wrote (default: the same one)")
	c.Flags().StringVar(&on, "on", "", "`day` of the other one, YYYY-MM-DD (default: the same day)")
	return c
}

// goodsShown is one commodity as the command prints it.
type goodsShown struct {
	Schedule   string         `json:"schedule"`
	Epoch      string         `json:"epoch"`
	On         clock.Date     `json:"on"`
	Code       tariff.Code    `json:"code"`
	Declarable bool           `json:"declarable"`
	Units      []tariff.Unit  `json:"units,omitempty"`
	Hierarchy  []lineShown    `json:"hierarchy"`
	Measures   []measureShown `json:"measures"`
	Taxes      []taxShown     `json:"taxes,omitempty"`
}

type lineShown struct {
	Code tariff.Code `json:"code"`
	EN   string      `json:"en"`
	ZH   string      `json:"zh,omitempty"`
}

type measureShown struct {
	Kind       string            `json:"kind"`
	Type       string            `json:"type,omitempty"`
	Areas      []tariff.AreaCode `json:"areas,omitempty"`
	Excluded   []tariff.AreaCode `json:"excluded,omitempty"`
	Rate       string            `json:"rate,omitempty"`
	Understood bool              `json:"understood"` // false: shown as the source writes it, never calculated with
	Quota      string            `json:"quota,omitempty"`
	Additional string            `json:"additional_code,omitempty"`
	From       clock.Date        `json:"from,omitzero"`
	To         clock.Date        `json:"to,omitzero"`
	Law        string            `json:"law,omitempty"`
	Conditions int               `json:"conditions,omitempty"`
}

type taxShown struct {
	Tax       string `json:"tax"`
	Rate      string `json:"rate"`
	Goods     string `json:"goods,omitempty"`
	Condition string `json:"condition,omitempty"`
	Law       string `json:"law"`
	Reading   bool   `json:"our_reading,omitempty"`
}

func newTariffShow(s *session) *cobra.Command {
	var flags scheduleFlags
	c := &cobra.Command{
		Use: "show CODE", Short: "Show a commodity code with its rates on a day", Args: cobra.ExactArgs(1),
		Long: "Show the hierarchy above a code, its units and every measure in force on the day, and for the\n" +
			"Chinese schedule VAT and consumption tax. A code that does not exist names the nearest ones.",
		Example: "  seine tariff show 87032361\n  seine tariff show 0101.21.00 --schedule us --date 2025-06-01 --json",
		RunE: func(_ *cobra.Command, args []string) error {
			code, err := tariff.ParseCode(args[0])
			if err != nil {
				return err
			}
			schedule, day, err := flags.open(s)
			if err != nil {
				return err
			}
			goods, err := schedule.Declared(code, day)
			if err != nil {
				return err
			}
			shown, err := showGoods(goods, schedule.About.Name)
			if err != nil {
				return err
			}
			return s.print(shown, shown.write)
		},
	}
	flags.add(c)
	return c
}

func showGoods(g tariff.Goods, name string) (*goodsShown, error) {
	c := g.Commodity()
	shown := &goodsShown{
		Schedule: name, Epoch: g.Schedule().Epoch(), On: g.On(), Code: c.Code, Declarable: c.Declarable, Units: c.Units, Measures: []measureShown{},
	}
	for _, up := range g.Path() {
		shown.Hierarchy = append(shown.Hierarchy, lineShown{up.Code, up.EN, up.ZH})
	}
	for _, m := range g.Measures() {
		row := measureShown{
			Kind: m.Kind.String(), Type: m.Type, Areas: m.Areas, Excluded: m.Excluded, Quota: m.Quota, Additional: string(m.AdditionalCode),
			From: m.From, To: m.To, Law: m.Law, Conditions: len(m.Conditions),
		}
		if m.Duty != nil {
			row.Understood = m.Duty.Understood
			if row.Rate = m.Duty.String(); !m.Duty.Understood || row.Rate == "" {
				row.Rate = m.Duty.Text
			}
		}
		shown.Measures = append(shown.Measures, row)
	}
	if name != "cn" {
		return shown, nil
	}
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		return nil, err
	}
	for _, tax := range []tariff.Kind{tariff.ConsumptionTax, tariff.VAT} {
		rows := taxes.Conditional(tax, c.Code, g.On())
		if row, ok := taxes.At(tax, c.Code, g.On()); ok {
			rows = append([]*tariff.TaxRow{row}, rows...)
		}
		for _, row := range rows {
			shown.Taxes = append(shown.Taxes, taxShown{tax.String(), row.Duty.String(), row.Goods, row.Condition, row.Law, row.Reading})
		}
	}
	return shown, nil
}

func (g *goodsShown) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in schedule %s on %s\n\n", g.Code, g.Schedule, g.On)
	for i, l := range g.Hierarchy {
		fmt.Fprintf(&b, "%-11s %s%s", l.Code, strings.Repeat("  ", i), l.EN)
		if l.ZH != "" {
			b.WriteString("  " + l.ZH)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	if !g.Declarable {
		b.WriteString("not declarable: goods are declared under a code below it\n")
	}
	for _, u := range g.Units {
		fmt.Fprintf(&b, "unit        %s %s\n", u.Code, u.Basis)
	}
	for _, m := range g.Measures {
		rate := m.Rate
		if !m.Understood && rate != "" {
			rate = "“" + rate + "” (not understood)"
		}
		fmt.Fprintf(&b, "%-18s %-28s", m.Kind, rate)
		if len(m.Areas) > 0 {
			b.WriteString(" " + namesOf(m.Areas))
		}
		if len(m.Excluded) > 0 {
			b.WriteString(" without " + namesOf(m.Excluded))
		}
		for _, part := range []string{m.Type, m.Quota, m.Additional, m.Law} {
			if part != "" {
				b.WriteString(" · " + part)
			}
		}
		if m.From != 0 || m.To != 0 {
			fmt.Fprintf(&b, " [%s – %s]", m.From, m.To)
		}
		b.WriteString("\n")
	}
	for _, t := range g.Taxes {
		fmt.Fprintf(&b, "%-18s %-28s %s", t.Tax, t.Rate, t.Goods)
		if t.Condition != "" {
			b.WriteString(" (only if " + t.Condition + "; not applied by itself)")
		}
		b.WriteString(" · " + t.Law)
		if t.Reading {
			b.WriteString(" · our reading")
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newTariffSearch(s *session) *cobra.Command {
	var flags scheduleFlags
	var limit int
	c := &cobra.Command{
		Use: "search WORDS…", Short: "Find commodities by the words of their description", Args: cobra.MinimumNArgs(1),
		Long: "Find commodities whose description, with the lines above it, holds every word, in English or\n" +
			"Chinese; digits find the codes that begin with them.",
		Example: "  seine tariff search frozen orange juice\n  seine tariff search 2009 --schedule us",
		RunE: func(_ *cobra.Command, args []string) error {
			schedule, day, err := flags.open(s)
			if err != nil {
				return err
			}
			type hit struct {
				Code       tariff.Code `json:"code"`
				Declarable bool        `json:"declarable"`
				Hierarchy  []lineShown `json:"hierarchy"`
			}
			hits := []hit{}
			for _, h := range schedule.Search(strings.Join(args, " "), day, limit) {
				found := hit{Code: h.Goods.Commodity().Code, Declarable: h.Goods.Commodity().Declarable}
				for _, up := range h.Path {
					found.Hierarchy = append(found.Hierarchy, lineShown{up.Code, up.EN, up.ZH})
				}
				hits = append(hits, found)
			}
			return s.print(hits, func(w io.Writer) error {
				var b strings.Builder
				for _, h := range hits {
					var words []string
					for _, up := range h.Hierarchy {
						if text := strings.TrimRight(strings.TrimSpace(up.EN+" "+up.ZH), " :"); text != "" {
							words = append(words, short(text))
						}
					}
					fmt.Fprintf(&b, "%-11s %s\n", h.Code, strings.Join(words, " › "))
				}
				if len(hits) == 0 {
					b.WriteString("nothing found\n")
				}
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	}
	flags.add(c)
	c.Flags().IntVar(&limit, "limit", 20, "most `lines` to show")
	return c
}

// short keeps the description of one line short enough for a list.
func short(s string) string {
	const most = 44
	if r := []rune(s); len(r) > most {
		return strings.TrimRight(string(r[:most-1]), " ,;") + "…"
	}
	return s
}
