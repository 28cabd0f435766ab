package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/check"
	"seine/internal/fault"
)

func newCheck(s *session) *cobra.Command {
	var only, except []string
	var key string
	var most int
	c := &cobra.Command{
		Use: "check", Short: "Recompute the zone from its first records, a second opinion", Args: cobra.NoArgs,
		Long: "Work out every balance, duty, debt, state, number, verdict and hash of a zone once more, with other\n" +
			"code than the first time, and print what does not agree. Nothing is changed, and a serving program may\n" +
			"go on: what is written meanwhile is not looked at. With the folder of secrets the signatures of the\n" +
			"journal and the random draws are checked too. Each finding has a code; docs/check.md says what it means\n" +
			"and what to do. Exit status 3 when there is one.",
		Example: "  seine check --data /var/lib/seine\n  seine check --db postgres://zone@db/zone --secrets /etc/seine/secrets --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, e, err := s.look(cmd.Context())
			switch {
			case err == nil:
				err = st.Close()
			case e != nil && !fault.Is(err, "STORE-MIGRATION-03"):
				err = nil // what is wrong with it is for the check to say; of an older form it knows nothing
			}
			if err != nil {
				return err
			}
			if most < 1 {
				return outOfRange("most", fmt.Sprint(most), "1", "as many as you like")
			}
			options := check.Options{PublicKey: key, Only: only, Most: most}
			if place := e.Place(); exists(place) {
				options.Secrets = place
			}
			for _, code := range except {
				options.Except = append(options.Except, check.Code(code))
			}
			var shown *progress
			options.Progress = func(section string, done, total int64) {
				if shown == nil || shown.what != section {
					shown = newProgress(s.errs, section, total)
				}
				shown.of(total)
				shown.set(done)
				if done == total {
					shown.end()
				}
			}
			db, err := check.Open(cmd.Context(), e.Zone.Data, e.Zone.Database)
			if err != nil {
				return err
			}
			report, err := check.Run(cmd.Context(), db, options)
			if err = errors.Join(err, db.Close()); err != nil {
				return err
			}
			if err := s.print(report, func(w io.Writer) error { return writeReport(w, report) }); err != nil {
				return err
			}
			if !report.Clean() {
				return errFindings
			}
			return nil
		},
	}
	c.Flags().StringVar(&key, "key", "", "public `key` of the journal, as “seine journal key” prints it")
	c.Flags().StringSliceVar(&only, "only", nil, "`sections` to check, of journal, replies, ledger, declarations, debts, money, stock, documents, numbers")
	c.Flags().StringSliceVar(&except, "except", nil, "`codes` not to look at")
	c.Flags().IntVar(&most, "most", 200, "most findings of one `code` to print")
	return c
}

// secondOpinion is “seine check” of a zone for a command that goes on only when it
// is clean; a few findings of each code are enough for it. The keys of the draws
// are looked at where their folder is there.
func secondOpinion(ctx context.Context, dir, url, secrets string) (report *check.Report, err error) {
	zone, err := check.Open(ctx, dir, url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, zone.Close()) }()
	options := check.Options{Most: 5}
	if exists(secrets) {
		options.Secrets = secrets
	}
	return check.Run(ctx, zone, options)
}

func writeReport(w io.Writer, r *check.Report) error {
	for _, f := range r.Findings {
		fmt.Fprintln(w, f)
	}
	for _, part := range r.Sections {
		fmt.Fprintf(w, "%-14s %9d records in %s\n", part.Name, part.Records, part.Took.Round(time.Millisecond))
	}
	for _, why := range slices.Sorted(maps.Keys(r.Skipped)) {
		fmt.Fprintf(w, "not recomputed: %d × %s\n", r.Skipped[why], why)
	}
	if r.Clean() {
		_, err := fmt.Fprintf(w, "clean: %d entries of the journal and all that they tell agree\n", r.Position)
		return err
	}
	total := 0
	for _, code := range slices.Sorted(maps.Keys(r.Counts)) {
		fmt.Fprintf(w, "%s: %d\n", code, r.Counts[code])
		total += r.Counts[code]
	}
	_, err := fmt.Fprintf(w, "%d FINDINGS\n", total)
	return err
}
