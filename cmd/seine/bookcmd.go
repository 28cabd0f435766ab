package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"seine/internal/book"
	"seine/internal/dossier"
	"seine/internal/fault"
)

func newBook(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "book", Short: "Account books: one file for an auditor",
		Long: "An account book is what an enterprise holds under customs supervision, line by line.",
	}
	c.AddCommand(newBookExport(s))
	return c
}

func newBookExport(s *session) *cobra.Command {
	var number string
	c := &cobra.Command{
		Use: "export [FILE]", Short: "Write a book as one file that proves itself", Args: cobra.MaximumNArgs(1),
		Long: "Write the balances of an account book, every movement that led there, the entries of the journal\n" +
			"that quote them and the proof of each entry, as one file or to standard output, with a signed\n" +
			"statement that nothing was left out. “seine verify” checks\n" +
			"it, for ever, with the public key of the journal alone. A posting can be exported a second after it\n" +
			"was made, when it is sealed.",
		Example: "  seine book export --book T2218W000001 book.jsonl --data zone\n  seine verify book.jsonl --key journal.pub",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if number == "" {
				return errUse{errors.New("name the book with --book NUMBER")}
			}
			e, err := s.zone()
			if err != nil {
				return err
			}
			a, err := s.open(cmd.Context(), e, true)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			ctx := cmd.Context()
			ids, err := a.Store.Find(ctx, dossier.Book, "number", number, 1)
			if err != nil {
				return err
			}
			if len(ids) == 0 {
				return fault.New(fault.NotFound, "STORE-ABSENT-01", "/book", "there is no {kind} {id}", "check the number", "kind", "book", "id", number)
			}
			var b book.Book
			if _, err := a.Store.Load(ctx, dossier.Book, ids[0], &b); err != nil {
				return err
			}
			if len(args) == 0 {
				return a.BookExtract(ctx, s.out, b.Operator.Key(), b.Number, ids[0])
			}
			return whole(args[0], func(w io.Writer) error {
				return a.BookExtract(ctx, w, b.Operator.Key(), b.Number, ids[0])
			})
		},
	}
	c.Flags().StringVar(&number, "book", "", "`number` of the account book")
	return c
}

// whole writes a file entirely or not at all.
func whole(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is gone when all went well
	if err = errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
