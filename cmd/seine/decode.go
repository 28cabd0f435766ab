package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/message"
)

func newDecode(s *session) *cobra.Command {
	formats := message.Formats()
	names := slices.Sorted(maps.Keys(formats))
	return &cobra.Command{
		Use: "decode [FORMAT [FILE]]", Short: "Print a document or device frame as JSON", Args: cobra.MaximumNArgs(2),
		Long: "Read a document in one of the formats and print what it says as JSON, with everything that was\n" +
			"found wrong. Without arguments, list the formats. FILE “-”, or none, is standard input; files\n" +
			"packed by gzip are unpacked. When a fault stops the reading half way, what was read is printed\n" +
			"and the exit status is 1.",
		Example:           "  seine decode\n  seine decode cuscar manifest.edi\n  gunzip -c list.csv.gz | seine decode manifest-csv -",
		ValidArgsFunction: cobra.FixedCompletions(names, cobra.ShellCompDirectiveDefault),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				type about struct {
					Name  string `json:"name"`
					Title string `json:"title"`
				}
				var all []about
				for _, n := range names {
					all = append(all, about{n, formats[n].Title})
				}
				return s.print(all, func(w io.Writer) error {
					var b strings.Builder
					for _, f := range all {
						fmt.Fprintf(&b, "%-14s %s\n", f.Name, f.Title)
					}
					_, err := io.WriteString(w, b.String())
					return err
				})
			}
			format, ok := formats[args[0]]
			if !ok {
				return noName("CMD-FORMAT-01", args[0], "format", strings.Join(names, ", "))
			}
			path := "-"
			if len(args) == 2 {
				path = args[1]
			}
			f, done, err := s.readable(path)
			if err != nil {
				return err
			}
			read, failed := format.Decode(f)
			if err := done(); err != nil {
				return err
			}
			if body, err := json.MarshalIndent(read, "", "  "); err == nil && string(body) != "null" && string(body) != "[]" {
				if _, err := s.out.Write(append(body, '\n')); err != nil {
					return err
				}
			} else if failed == nil && err != nil {
				return fmt.Errorf("print what was read: %w", err)
			}
			return failed
		},
	}
}
