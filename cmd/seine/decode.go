package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/message"
)

func newDecode(s *session) *cobra.Command {
	formats := message.Formats()
	names := slices.Sorted(maps.Keys(formats))
	return &cobra.Command{
		Use: "decode [FORMAT] [FILE]", Short: "Print a document or device frame as JSON", Args: cobra.MaximumNArgs(2),
		Long: "Read a document in one of the formats and print what it says as JSON, with everything that was\n" +
			"found wrong. Without arguments, list the formats; a FILE alone is recognised. FILE “-”, or none,\n" +
			"is standard input; files packed by gzip are unpacked. When a fault stops the reading half way, what\n" +
			"was read is printed and the exit status is 1.",
		Example:           "  seine decode\n  seine decode manifest.edi\n  seine decode cuscar manifest.edi\n  gunzip -c list.csv.gz | seine decode manifest-csv -",
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
			name, path := args[0], "-"
			if len(args) == 2 {
				path = args[1]
			}
			format, ok := formats[name]
			if _, err := os.Stat(name); !ok && len(args) == 1 && err == nil { // a file alone: of whatever format it is
				format, ok, path = formats["auto"], true, name
			}
			if !ok {
				return noName("CMD-FORMAT-01", name, "format", strings.Join(names, ", "))
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
