package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/law"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/procedures"
)

func newProcedure(s *session) *cobra.Command {
	var folder string
	c := &cobra.Command{
		Use: "procedure", Short: "Supervision modes: list, show, check, simulate",
		Long: "A supervision mode is one readable file: who may use it, what it requires, its steps, what they\n" +
			"post and which debts they open. The files that ship with the program are used unless --files\n" +
			"names another folder.",
	}
	c.PersistentFlags().StringVar(&folder, "files", "", "`folder` of modes, in place of those that ship with the program")
	load := func() (*procedure.Catalogue, error) {
		if folder == "" {
			return procedure.Load(procedures.Files)
		}
		if info, err := os.Stat(folder); err != nil {
			return nil, noFile(folder, err)
		} else if !info.IsDir() {
			return nil, noFile(folder, fmt.Errorf("not a folder"))
		}
		return procedure.Load(os.DirFS(folder))
	}
	c.AddCommand(newProcedureList(s, load), newProcedureShow(s, load), newProcedureCheck(s, load), newProcedureSimulate(s, load))
	return c
}

type loadModes func() (*procedure.Catalogue, error)

// modeShown is a mode in a list.
type modeShown struct {
	Mode    string     `json:"mode"`
	Version int        `json:"version"`
	Title   string     `json:"title"`
	TitleZH string     `json:"title_zh"`
	From    clock.Date `json:"from"`
	To      clock.Date `json:"to,omitzero"`
	Law     []string   `json:"law"`
	Areas   []string   `json:"areas,omitempty"`
	Credit  int        `json:"least_credit"`
	Papers  []string   `json:"papers"`
	Steps   []string   `json:"steps"`
	Hash    string     `json:"hash"`
}

func newProcedureList(s *session, load loadModes) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the supervision modes", Args: cobra.NoArgs,
		Long:    "List every version of every mode with the days on which it is in force, and its steps.",
		Example: "  seine procedure list\n  seine procedure list --files procedures --json",
		RunE: func(*cobra.Command, []string) error {
			catalogue, err := load()
			if err != nil {
				return err
			}
			var all []modeShown
			for _, m := range catalogue.List() {
				shown := modeShown{
					Mode: m.ID, Version: m.Version, Title: m.Title.English, TitleZH: m.Title.Chinese, From: m.From, To: m.To,
					Law: m.Law, Areas: m.Areas, Credit: m.Credit, Hash: m.Hash,
				}
				for _, p := range m.Papers {
					shown.Papers = append(shown.Papers, string(p))
				}
				for _, step := range m.Steps {
					shown.Steps = append(shown.Steps, step.ID)
				}
				all = append(all, shown)
			}
			return s.print(all, func(w io.Writer) error {
				var b strings.Builder
				for _, m := range all {
					until := m.To.String()
					if until == "" {
						until = "open"
					}
					fmt.Fprintf(&b, "%-18s %2d  %s – %s  %s %s\n", m.Mode, m.Version, m.From, until, m.Title, m.TitleZH)
					fmt.Fprintf(&b, "%-18s     %s\n", "", strings.Join(m.Steps, " → "))
				}
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	}
}

func newProcedureShow(s *session, load loadModes) *cobra.Command {
	return &cobra.Command{
		Use: "show MODE", Short: "Print the file of a mode as it is in force", Args: cobra.ExactArgs(1),
		Long:    "Print the source of the newest version of a mode, word for word, as its hash covers it.",
		Example: "  seine procedure show import-direct",
		RunE: func(_ *cobra.Command, args []string) error {
			catalogue, err := load()
			if err != nil {
				return err
			}
			var found *procedure.Mode
			var names []string
			for _, m := range catalogue.List() {
				if m.ID == args[0] {
					found = m
				}
				names = append(names, m.ID)
			}
			if found == nil {
				return noName("CMD-MODE-01", args[0], "supervision mode", strings.Join(names, ", "))
			}
			body := map[string]any{"mode": found.ID, "version": found.Version, "hash": found.Hash, "source": string(found.Source)}
			return s.print(body, func(w io.Writer) error {
				_, err := w.Write(found.Source)
				return err
			})
		},
	}
}

// fileFindings is what was found in one file.
type fileFindings struct {
	File   string      `json:"file"`
	Name   string      `json:"name,omitempty"`
	Faults []faultBody `json:"faults"`
}

// tell prints the findings of files and gives errFindings when there are any.
func (s *session) tell(all []fileFindings) error {
	found := 0
	for _, f := range all {
		found += len(f.Faults)
	}
	err := s.print(all, func(w io.Writer) error {
		var b strings.Builder
		for _, f := range all {
			if len(f.Faults) == 0 {
				fmt.Fprintf(&b, "%s: %s is good\n", f.File, f.Name)
			}
			for _, one := range f.Faults {
				fmt.Fprintf(&b, "%s: %s", f.File, one.Code)
				if one.Pointer != "" {
					b.WriteString(" at " + one.Pointer)
				}
				b.WriteString(": " + one.Detail + "\n")
				if one.Cure != "" {
					b.WriteString("    " + one.Cure + "\n")
				}
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
	if err == nil && found > 0 {
		return errFindings
	}
	return err
}

// known is what the house knows: modes are proven against it.
func known(catalogue *procedure.Catalogue, on clock.Date) (procedure.Known, error) {
	register, err := law.Default()
	if err != nil {
		return procedure.Known{}, err
	}
	k := procedure.Known{
		Elements: map[procedure.Paper][]string{
			procedure.FilingBill: declaration.Elements(), procedure.BillOfEntry: declaration.Elements(),
			procedure.LadingApplication: declaration.Elements(),
		},
		// An instrument that has ended carries a mode through what replaced it.
		Law: func(reference string, on clock.Date) bool {
			_, alive := register.Current(reference, on)
			return alive
		},
		On: on,
	}
	for _, a := range party.Organisation().Areas {
		k.Areas = append(k.Areas, a.ID)
	}
	for _, m := range catalogue.List() {
		k.Modes = append(k.Modes, m.ID)
	}
	return k, nil
}

func newProcedureCheck(s *session, load loadModes) *cobra.Command {
	return &cobra.Command{
		Use: "check [FILE…]", Short: "Prove modes: no dead end, every debt settled, books in balance", Args: cobra.ArbitraryArgs,
		Long: "Prove each file: it can begin and end and has no dead end; every debt is opened, can be settled\n" +
			"and has an overdue path; postings balance; every element, law and area exists. Without files, the\n" +
			"modes of --files or of the program are proven. Exit status 3 when something is found.",
		Example: "  seine procedure check\n  seine procedure check procedures/display-trade.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			catalogue, err := load()
			if err != nil {
				return err
			}
			k, err := known(catalogue, clock.DateOf(time.Now().In(clock.Zone)))
			if err != nil {
				return err
			}
			var all []fileFindings
			if len(args) == 0 {
				for _, m := range catalogue.List() {
					all = append(all, fileFindings{m.ID + ".yaml", m.Ref(), faultBodies(procedure.Check(m, k))})
				}
				return s.tell(all)
			}
			for _, path := range args {
				source, err := os.ReadFile(path)
				if err != nil {
					return noFile(path, err)
				}
				m, err := procedure.Parse(source)
				if err != nil {
					list := fault.All(err)
					if list == nil {
						return fmt.Errorf("%s: %w", path, err)
					}
					all = append(all, fileFindings{path, "", faultBodies(list)})
					continue
				}
				k.Modes = append(k.Modes, m.ID)
				all = append(all, fileFindings{path, m.Ref(), faultBodies(procedure.Check(m, k))})
			}
			return s.tell(all)
		},
	}
}

func newProcedureSimulate(s *session, load loadModes) *cobra.Command {
	return &cobra.Command{
		Use: "simulate MODE SCRIPT", Short: "Rehearse a mode on a virtual clock", Args: cobra.ExactArgs(2),
		Long: "Walk a mode (by name, or the path of its file) through a script of what somebody does, hour by\n" +
			"hour; automatic steps, time limits and overdue debts happen by themselves. The form of a script is\n" +
			"in procedures/README.md. Exit status 3 when something was short or refused unexpectedly.",
		Example: "  seine procedure simulate enter-first script.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[1])
			if err != nil {
				return noFile(args[1], err)
			}
			script, err := procedure.ParseScript(text)
			if err != nil {
				return err
			}
			mode, err := findMode(args[0], script.Start.Date(), load)
			if err != nil {
				return err
			}
			trace, err := procedure.Simulate(mode, script, &clock.Calendar{})
			if err != nil {
				return err
			}
			if err := s.print(trace, func(w io.Writer) error { return writeTrace(w, &trace) }); err != nil {
				return err
			}
			if !trace.OK {
				return errFindings
			}
			return nil
		},
	}
}

// findMode gives a mode by the path of its file, or by name on a day.
func findMode(name string, on clock.Date, load loadModes) (*procedure.Mode, error) {
	if ext := filepath.Ext(name); ext == ".yaml" || ext == ".yml" {
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, noFile(name, err)
		}
		return procedure.Parse(source)
	}
	catalogue, err := load()
	if err != nil {
		return nil, err
	}
	return catalogue.At(name, on)
}

func writeTrace(w io.Writer, t *procedure.Trace) error {
	var b strings.Builder
	for _, l := range t.Lines {
		fmt.Fprintf(&b, "%s  %-10s %-11s %s\n", l.At.Time().Format("2006-01-02 15:04"), l.What, l.Step, l.Text)
	}
	for _, part := range []struct {
		name string
		of   map[string]int64
	}{{"stands", t.Stands}, {"open", t.Open}} {
		for _, key := range sortedKeys(part.of) {
			fmt.Fprintf(&b, "%-6s %s %d\n", part.name, key, part.of[key])
		}
	}
	fmt.Fprintf(&b, "closed %t\n", t.Closed)
	_, err := io.WriteString(w, b.String())
	return err
}
