package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/journal"
)

func newVerify(s *session) *cobra.Command {
	var keys []string
	c := &cobra.Command{
		Use: "verify FILE", Short: "Prove a receipt, promise, checkpoint or bundle, without a database", Args: cobra.ExactArgs(1),
		Long: "Read a receipt, a promise, a consistency proof, a bundle of entries or a signed checkpoint and tell\n" +
			"whether it proves what it says. Without --key the file is checked against the key inside it: that\n" +
			"shows that it is whole, not who signed it. Exit status 3 when it proves nothing.",
		Example: "  seine verify receipt.json --key journal.pub\n  seine journal receipt ID --data zone | seine verify -",
		RunE: func(_ *cobra.Command, args []string) error {
			var options journal.Options
			for _, path := range keys {
				text, err := os.ReadFile(path)
				if errors.Is(err, fs.ErrNotExist) && strings.Count(path, "+") >= 2 {
					text, err = []byte(path), nil // the key itself, as the page of proofs shows it
				}
				if err != nil {
					return noFile(path, err)
				}
				for line := range strings.Lines(string(text)) {
					if line = strings.TrimSpace(line); line != "" {
						options.Keys = append(options.Keys, line)
					}
				}
			}
			f, done, err := s.readable(args[0])
			if err != nil {
				return err
			}
			defer done() //nolint:errcheck // it was only read
			report, err := journal.VerifyFile(f, options)
			if err != nil {
				return err
			}
			if err := s.print(report, func(w io.Writer) error { return writeVerified(w, report) }); err != nil {
				return err
			}
			if !report.OK() {
				return errFindings
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&keys, "key", nil, "public `key` of the journal as published, or a file with it; may be repeated")
	return c
}

func writeVerified(w io.Writer, r *journal.Report) error {
	var b strings.Builder
	if r.Kind != "" {
		fmt.Fprintf(&b, "a %s of the journal %s\n", r.Kind, r.Origin)
	}
	if r.Size > 0 {
		fmt.Fprintf(&b, "journal of %d entries, root %s\n", r.Size, r.Root)
	}
	if r.Older > 0 {
		fmt.Fprintf(&b, "it goes on from the journal of %d entries\n", r.Older)
	}
	if r.Entries > 0 {
		fmt.Fprintf(&b, "%d entries, %d of them without their content\n", r.Entries, r.Withheld)
	}
	if e := r.Entry; e != nil {
		fmt.Fprintf(&b, "entry %s at position %d: %s by %s on %s\n", e.ID, e.Position, e.Type, e.Actor, e.At)
		for _, ref := range e.Subject {
			fmt.Fprintf(&b, "  about %s %s\n", ref.Kind, ref.ID)
		}
	}
	if r.Promised != "" {
		fmt.Fprintf(&b, "promises entry %s, its receipt is due by %s\n", r.Promised, r.DueAt)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s\n    %s\n", f.Error(), f.Remedy())
	}
	switch {
	case !r.OK():
		b.WriteString("NOT PROVEN\n")
	case r.Trusted:
		b.WriteString("PROVEN, signed by the key that was given\n")
	default:
		b.WriteString("PROVEN against the key in the file; compare it with the published one, or give it with --key:\n" + r.Key + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
