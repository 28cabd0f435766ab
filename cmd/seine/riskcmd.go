package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/inspection"
	"seine/internal/num"
	"seine/internal/risk"
	"seine/internal/store"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func newRisk(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "risk", Short: "Risk tables: list, check, back-test",
		Long: "A risk table is one readable file of rules with weights, score bands and draw ratios;\n" +
			"docs/risk.md says how to write one.",
	}
	c.AddCommand(newRiskList(s), newRiskCheck(s), newRiskBackTest(s))
	return c
}

func newRiskList(s *session) *cobra.Command {
	var subject string
	c := &cobra.Command{
		Use: "list", Short: "List the rules of the table that ships with the program", Args: cobra.NoArgs,
		Long:    "List every rule with its weight, when it holds, its law and the days on which it is valid.",
		Example: "  seine risk list\n  seine risk list --subject passage --json",
		RunE: func(*cobra.Command, []string) error {
			table, err := risk.DefaultTable(risk.Kind(subject))
			if err != nil {
				return err
			}
			return s.print(table.Spec, func(w io.Writer) error {
				var b strings.Builder
				fmt.Fprintf(&b, "%s, version %s, epoch %.12s\n\n", table.Spec.Title.EN, table.Spec.Version, table.Spec.Epoch())
				for _, r := range table.Spec.Rules {
					weight := fmt.Sprintf("%d", r.Weight)
					if r.Hard != "" {
						weight = string(r.Hard)
					}
					fmt.Fprintf(&b, "%-24s %8s  %s %s\n", r.ID, weight, r.Title.EN, r.Title.ZH)
					if when := strings.TrimSpace(r.When); when != "" {
						fmt.Fprintf(&b, "%-34s when %s\n", "", when)
					}
					if r.Measure != "" {
						fmt.Fprintf(&b, "%-34s %s %s %s\n", "", r.Measure, r.Direction, strings.Join(r.Levels, " / "))
					}
				}
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	}
	c.Flags().StringVar(&subject, "subject", "declaration", "what is judged: `declaration`, passage or list")
	return c
}

// compileTable reads and compiles a table from a file.
func compileTable(path string) (*risk.Table, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, noFile(path, err)
	}
	spec, err := risk.ReadTable(text)
	if err != nil {
		return nil, err
	}
	catalogue, err := risk.DefaultCatalogue(spec.Subject)
	if err != nil {
		return nil, err
	}
	return risk.Compile(spec, catalogue)
}

func newRiskCheck(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "check FILE…", Short: "Tell everything that is wrong with a risk table", Args: cobra.MinimumNArgs(1),
		Long:    "Read and compile each table: every fact, type, list and band. Exit status 3 when something is found.",
		Example: "  seine risk check declaration.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			var all []fileFindings
			for _, path := range args {
				table, err := compileTable(path)
				list := fault.All(err)
				if err != nil && (list == nil || fault.Is(err, "CMD-FILE-01")) {
					return err
				}
				found := fileFindings{File: path, Faults: faultBodies(list)}
				if table != nil {
					found.Name = fmt.Sprintf("%s %s, %d rules", table.Spec.ID, table.Spec.Version, len(table.Spec.Rules))
				}
				all = append(all, found)
			}
			return s.tell(all)
		},
	}
}

func newRiskBackTest(s *session) *cobra.Command {
	var against string
	c := &cobra.Command{
		Use: "backtest FILE", Short: "Judge the stored declarations again by another table", Args: cobra.ExactArgs(1),
		Long: "Judge every stored declaration by the table in FILE, on the facts and the day of its own\n" +
			"assessment, and compare with the table that ships with the program (or --against FILE): channels,\n" +
			"known cases found and missed, hits of each rule. Nothing is written; a serving program may go on.",
		Example: "  seine risk backtest draft.yaml --data /var/lib/seine",
		RunE: func(cmd *cobra.Command, args []string) error {
			draft, err := compileTable(args[0])
			if err != nil {
				return err
			}
			old, err := risk.DefaultTable(risk.Declaration)
			if against != "" {
				old, err = compileTable(against)
			}
			if err != nil {
				return err
			}
			st, _, err := s.look(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			p := newProgress(s.errs, "declarations", 0)
			report, err := risk.BackTest(cmd.Context(), pastCases(cmd.Context(), st, old.Catalogue, p), old, draft, 0)
			if err != nil {
				return err
			}
			p.end()
			return s.print(report, func(w io.Writer) error { return writeBackTest(w, &report) })
		},
	}
	c.Flags().StringVar(&against, "against", "", "`file` of the table to compare with")
	return c
}

// pastAssessment is what a back-test needs of an assessment.
type pastAssessment struct {
	Version int64           `json:"version"`
	At      clock.Instant   `json:"at"`
	Facts   json.RawMessage `json:"facts"`
}

// pastCases gives the first assessment of every declaration in the order of the
// journal, with what an inspection found.
func pastCases(ctx context.Context, st *store.Store, catalogue *risk.Catalogue, p *progress) iter.Seq2[risk.Case, error] {
	const page = 2000
	return func(yield func(risk.Case, error) bool) {
		done := int64(0)
		for after := int64(0); ; {
			entries, err := st.Entries(ctx, after, page)
			if err != nil {
				yield(risk.Case{}, fmt.Errorf("read the journal: %w", err))
				return
			}
			for _, e := range entries {
				after = e.Position
				if e.Type != "declaration.accepted" || len(e.Subject) == 0 {
					continue
				}
				c, err := pastCase(ctx, st, catalogue, e.Subject[0].ID)
				if fault.Is(err, "STORE-ABSENT-01") {
					continue // accepted without an assessment of its first version
				}
				if !yield(c, err) || err != nil {
					return
				}
				done++
				p.set(done)
			}
			if len(entries) < page {
				return
			}
		}
	}
}

func pastCase(ctx context.Context, st *store.Store, catalogue *risk.Catalogue, id string) (risk.Case, error) {
	var a pastAssessment
	if _, err := st.Load(ctx, dossier.Assessment, id+".1", &a); err != nil {
		return risk.Case{}, err
	}
	facts, err := risk.ReadFacts(catalogue, a.Facts)
	if err != nil {
		return risk.Case{}, fmt.Errorf("facts of declaration %s: %w", id, err)
	}
	c := risk.Case{Subject: risk.Subject{Kind: risk.Declaration, ID: id, Version: a.Version}, Facts: facts, On: a.At.Date()}
	var known struct {
		Head struct {
			Credit int    `json:"credit_level"`
			Mode   string `json:"procedure"`
		} `json:"head"`
	}
	if err := json.Unmarshal(a.Facts, &known); err != nil {
		return risk.Case{}, fmt.Errorf("facts of declaration %s: %w", id, err)
	}
	c.CreditLevel, c.Mode = known.Head.Credit, known.Head.Mode
	labels, err := st.Find(ctx, dossier.Label, "subject", id, 10)
	if err != nil {
		return risk.Case{}, err
	}
	for _, label := range labels {
		var l inspection.Label
		if _, err := st.Load(ctx, dossier.Label, label, &l); err != nil {
			return risk.Case{}, err
		}
		if c.Result == risk.Unchecked {
			c.Result = risk.Normal
		}
		if l.Outcome == inspection.OutcomeFound {
			c.Result = risk.Found
		}
	}
	return c, nil
}

func writeBackTest(w io.Writer, r *risk.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d declarations, %d of them inspected, %d irregular\n\n", r.Cases, r.Checked, r.KnownCases)
	fmt.Fprintf(&b, "%-22s %10s %10s\n", "", "old", "new")
	for _, c := range []risk.Channel{risk.Green, risk.Yellow, risk.Red} {
		fmt.Fprintf(&b, "%-22s %10d %10d\n", c, r.Old.Channels[c], r.New.Channels[c])
	}
	fmt.Fprintf(&b, "%-22s %10d %10d\n", "irregular, selected", r.Old.Found, r.New.Found)
	fmt.Fprintf(&b, "%-22s %10d %10d\n", "irregular, missed", r.Old.Missed, r.New.Missed)
	for _, side := range []struct {
		name string
		of   risk.Side
	}{{"old", r.Old}, {"new", r.New}} {
		if side.of.Selected > 0 {
			share, err := num.MulDiv(int64(side.of.Found), 1000, int64(side.of.Selected), num.HalfUp)
			if err == nil {
				fmt.Fprintf(&b, "%-22s %7d.%d %%\n", "found per check, "+side.name, share/10, share%10)
			}
		}
	}
	b.WriteString("\nhits by rule\n")
	for _, id := range sortedKeys(r.Rules) {
		fmt.Fprintf(&b, "%-22s %10d %10d\n", id, r.Rules[id].Old, r.Rules[id].New)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
