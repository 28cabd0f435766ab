package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/codelist"
)

func newCodes(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "codes", Short: "Code lists: offices, countries, units, packages …",
		Long: "Code lists are dated facts that ship with the program. “import” makes them anew from public tables.",
	}
	c.AddCommand(newCodesImport(s), newCodesList(s))
	return c
}

func newCodesImport(s *session) *cobra.Command {
	var from, out string
	c := &cobra.Command{
		Use: "import --from DIR [--out DIR]", Short: "Make the code lists from public tables", Args: cobra.NoArgs,
		Long: "Read the public tables under --from and write each list in our own compact form into --out.\n" +
			"The same tables give the same bytes. Nothing is written when a table cannot be read.",
		Example: "  seine codes import --from ../shared/data --out internal/codelist/data",
		RunE: func(*cobra.Command, []string) error {
			target, err := factsFolder(out, "internal/codelist/data")
			if err != nil {
				return err
			}
			p := newProgress(s.errs, "code lists", 0)
			report, err := codelist.Import(from, target, func(done, total int, _ codelist.ListName) {
				p.of(int64(total))
				p.set(int64(done))
			})
			if err != nil {
				return err
			}
			p.end()
			return s.print(report, func(w io.Writer) error {
				var b strings.Builder
				for _, l := range report.Lists {
					fmt.Fprintf(&b, "%-24s %7d entries %9d bytes", l.Name, l.Rows, l.Bytes)
					for _, reason := range slices.Sorted(maps.Keys(l.Skipped)) {
						fmt.Fprintf(&b, "; left out %d: %s", l.Skipped[reason], reason)
					}
					b.WriteString("\n")
				}
				fmt.Fprintf(&b, "epoch %s\nwritten to %s\n", report.Epoch, target)
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "`folder` with the public tables")
	c.Flags().StringVar(&out, "out", "", "`folder` to write to (default: that of the source tree, when this is one)")
	_ = c.MarkFlagRequired("from")
	return c
}

// factsFolder gives the folder that facts are written to: the one asked for, or
// that of the source tree when the program is called in one.
func factsFolder(asked, inTree string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	if exists(inTree) {
		return inTree, nil
	}
	return "", errUse{errors.New("name the folder to write to with --out DIR")}
}

// listAbout is one list as “codes list” shows it.
type listAbout struct {
	Name     codelist.ListName `json:"name"`
	Entries  int               `json:"entries"`
	Title    string            `json:"title"`
	Coverage codelist.Coverage `json:"coverage"`
}

func newCodesList(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "list [NAME [CODE]]", Short: "Show the code lists, one list, or one code", Args: cobra.MaximumNArgs(2),
		Long:    "Without arguments, the lists that ship with the program; with a name, its entries; with a code, that entry.",
		Example: "  seine codes list\n  seine codes list cn-office 2218",
		RunE: func(_ *cobra.Command, args []string) error {
			set := codelist.Default()
			if len(args) == 0 {
				var all []listAbout
				for _, name := range set.Names() {
					l := set.List(name)
					about, _ := set.About(name)
					all = append(all, listAbout{name, l.Len(), about.Title, about.Coverage})
				}
				return s.print(all, func(w io.Writer) error {
					var b strings.Builder
					for _, l := range all {
						fmt.Fprintf(&b, "%-24s %7d  %s\n", l.Name, l.Entries, l.Title)
					}
					_, err := io.WriteString(w, b.String())
					return err
				})
			}
			name := codelist.ListName(args[0])
			if !slices.Contains(set.Names(), name) {
				return noName("CMD-LIST-01", args[0], "code list", namesOf(set.Names()))
			}
			var entries []codelist.Entry
			for e := range set.List(name).All() {
				if len(args) == 1 || e.Code == args[1] {
					entries = append(entries, e)
				}
			}
			if len(entries) == 0 {
				return noCode(args[1], args[0])
			}
			return s.print(entries, func(w io.Writer) error {
				var b strings.Builder
				for _, e := range entries {
					fmt.Fprintf(&b, "%-12s %s", e.Code, e.Name)
					if e.NameZH != "" {
						b.WriteString("  " + e.NameZH)
					}
					if from, to := e.ValidFrom.String(), e.ValidTo.String(); from+to != "" {
						b.WriteString("  [" + from + " – " + to + "]")
					}
					b.WriteString("\n")
				}
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	}
}

func namesOf[T ~string](names []T) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = string(n)
	}
	return strings.Join(all, ", ")
}
