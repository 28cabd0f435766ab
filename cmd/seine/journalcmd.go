package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/store"
)

func newJournal(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "journal", Short: "The journal: entries, receipts, the public key",
		Long: "Every change in a zone is an entry of its journal, sealed in a Merkle tree and signed.",
	}
	c.AddCommand(newJournalList(s), newJournalReceipt(s), newJournalKey(s))
	return c
}

func newJournalList(s *session) *cobra.Command {
	var after int64
	var limit int
	var kind, about string
	c := &cobra.Command{
		Use: "list", Short: "Print the entries of the journal in order", Args: cobra.NoArgs,
		Long: "Print the entries after a position, one a line; with --json one JSON document a line. Programs\n" +
			"that follow the journal ask again with the last position.",
		Example: "  seine journal list --data zone --after 1200\n  seine journal list --data zone --type declaration.released --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case after < 0:
				return outOfRange("after", fmt.Sprint(after), "0", "the last position")
			case limit < 1:
				return outOfRange("limit", fmt.Sprint(limit), "1", "as many as you like")
			}
			st, _, err := s.look(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			const page = 1000
			for shown := 0; shown < limit; {
				entries, err := st.Entries(cmd.Context(), after, page)
				if err != nil {
					return fmt.Errorf("read the journal: %w", err)
				}
				for _, e := range entries {
					after = e.Position
					if !wanted(e, kind, about) {
						continue
					}
					if err := s.entry(e); err != nil {
						return err
					}
					if shown++; shown == limit {
						break
					}
				}
				if len(entries) < page {
					break
				}
			}
			return nil
		},
	}
	c.Flags().Int64Var(&after, "after", 0, "`position` after which to begin")
	c.Flags().IntVar(&limit, "limit", 100, "most `entries` to print")
	c.Flags().StringVar(&kind, "type", "", "only entries of this `type`, such as declaration.accepted")
	c.Flags().StringVar(&about, "about", "", "only entries about the document with this `id`")
	return c
}

func wanted(e *store.Stored, kind, about string) bool {
	if kind != "" && e.Type != kind {
		return false
	}
	for _, ref := range e.Subject {
		if ref.ID == about {
			return true
		}
	}
	return about == ""
}

func (s *session) entry(e *store.Stored) error {
	if s.asJSON {
		return json.NewEncoder(s.out).Encode(&e.Entry)
	}
	var subjects []string
	for _, ref := range e.Subject {
		subjects = append(subjects, ref.Kind+" "+ref.ID)
	}
	_, err := fmt.Fprintf(s.out, "%7d  %s  %-24s %-14s %s\n", e.Position, e.At.Time().Format("2006-01-02 15:04:05"), e.Type, e.Actor, strings.Join(subjects, ", "))
	return err
}

func newJournalKey(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "key", Short: "Print the public key of the journal", Args: cobra.NoArgs,
		Long:    "Print the key that receipts and checkpoints are checked with. Publish it where others can find it.",
		Example: "  seine journal key --data zone > journal.pub",
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := s.zone()
			if err != nil {
				return err
			}
			a, err := s.open(cmd.Context(), e, true)
			if err != nil {
				return err
			}
			defer a.Close()
			body := map[string]string{"key": a.Journal.Public}
			return s.print(body, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, a.Journal.Public)
				return err
			})
		},
	}
}

func newJournalReceipt(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "receipt ID", Short: "Print the receipt of a journal entry", Args: cobra.ExactArgs(1),
		Long: "Print the receipt that proves an entry to be in the sealed journal, as JSON. “seine verify” checks\n" +
			"it, for ever, with the public key alone. An entry gets its receipt a second after it was written.",
		Example: "  seine journal receipt 0p3k2m8x1a2b3c --data zone > receipt.json\n  seine verify receipt.json --key journal.pub",
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := s.zone()
			if err != nil {
				return err
			}
			a, err := s.open(cmd.Context(), e, true)
			if err != nil {
				return err
			}
			receipt, err := a.Store.Receipt(cmd.Context(), args[0], a.Journal.Public)
			if err = errors.Join(err, a.Close()); err != nil {
				return err
			}
			return s.print(receipt, nil)
		},
	}
}
