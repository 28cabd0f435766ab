package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/book/extract"
	"seine/internal/fault"
	"seine/internal/journal"
)

func newVerify(s *session) *cobra.Command {
	var keys []string
	c := &cobra.Command{
		Use: "verify FILE", Short: "Prove a receipt, promise, checkpoint, bundle or account book, without a database", Args: cobra.ExactArgs(1),
		Long: "Read a receipt, a promise, a consistency proof, a bundle of entries, a signed checkpoint or the file\n" +
			"of an account book (“seine book export”) and tell whether it proves what it says. Without --key the\n" +
			"file is checked against the key inside it: that shows that it is whole, not who signed it. Exit status 3 when it proves nothing.",
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
			in := bufio.NewReaderSize(f, 64<<10)
			if begin, _ := in.Peek(64); extract.Recognised(begin) {
				return s.verifyBook(in, options)
			}
			report, err := journal.VerifyFile(in, options)
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

// verifyBook reads the file of an account book.
func (s *session) verifyBook(in io.Reader, options journal.Options) error {
	report, err := extract.Verify(in, options)
	if err != nil {
		return err
	}
	if err := s.print(report, func(w io.Writer) error { return writeBook(w, report) }); err != nil {
		return err
	}
	if !report.OK() {
		return errFindings
	}
	return nil
}

func writeBook(w io.Writer, r *extract.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "account book %s of %s as it stood on %s\n", r.Book, r.Owner, r.At)
	if r.Size > 0 {
		fmt.Fprintf(&b, "journal %s of %d entries, root %s\n", r.Origin, r.Size, r.Root)
	}
	fmt.Fprintf(&b, "%d accounts, %d movements, %d entries of the journal", r.Accounts, r.Movements, r.Entries)
	if r.Withheld > 0 {
		fmt.Fprintf(&b, ", %d movements of other books not shown", r.Withheld)
	}
	if r.Complete {
		b.WriteString("\nnothing about the book was left out of the file, as customs signed")
	}
	if r.Unquoted > 0 {
		fmt.Fprintf(&b, "\n%d movements are older than their proofs", r.Unquoted)
	}
	b.WriteByte('\n')
	return conclude(w, &b, r.Findings, r.Trusted, r.Key)
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
	return conclude(w, &b, r.Findings, r.Trusted, r.Key)
}

// conclude ends a report with what was found and what that means.
func conclude(w io.Writer, b *strings.Builder, findings fault.List, trusted bool, key string) error {
	for _, f := range findings {
		fmt.Fprintf(b, "%s\n    %s\n", f.Error(), f.Remedy())
	}
	switch {
	case len(findings) > 0:
		b.WriteString("NOT PROVEN\n")
	case trusted:
		b.WriteString("PROVEN, signed by the key that was given\n")
	default:
		b.WriteString("PROVEN against the key in the file; compare it with the published one, or give it with --key:\n" + key + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
