package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/party"
)

// jsonLines is a file of JSON documents, one a line.
const jsonLines = "application/jsonl"

// Extract writes the file of an account book, signed with the key of the journal,
// which the doors do not hold.
type Extract func(ctx context.Context, w io.Writer, owner, number, id string) error

// extractRoute gives an account book as the file that proves itself.
func (s *Server) extractRoute() {
	add(s, route{
		id: "get-book-extract", method: http.MethodGet, path: "/api/v1/books/{id}/extract", tag: "books", answers: jsonLines, own: true,
		summary: "The book as one file for an auditor: balances, movements, journal entries and their proofs; “seine verify” checks it",
	}, func(c *call, in *byDocument) (none, error) {
		b, id, _, err := books.load(c, in.ID, party.View)
		if err != nil {
			return none{}, err
		}
		if b.Number == "" {
			return none{}, fault.New(fault.Refused, "BOOK-EXTRACT-10", "", "the book has no number yet, and no accounts", "wait until it is active")
		}
		if err := s.identity.Read(c.ctx(), c.who, dossier.Book, id); err != nil {
			return none{}, err
		}
		// A book of years is larger than memory should hold: it is written to a file
		// first, because a refusal must come before the answer begins.
		spool, err := os.CreateTemp("", "seine-extract-*")
		if err != nil {
			return none{}, err
		}
		defer func() { _ = errors.Join(spool.Close(), os.Remove(spool.Name())) }()
		if err := s.Extract(c.ctx(), spool, b.Operator.Key(), b.Number, id); err != nil {
			return none{}, err
		}
		size, err := spool.Seek(0, io.SeekEnd)
		if err == nil {
			_, err = spool.Seek(0, io.SeekStart)
		}
		if err != nil {
			return none{}, err
		}
		h := c.w.Header()
		h.Set("Content-Type", jsonLines)
		h.Set("Content-Length", strconv.FormatInt(size, 10))
		h.Set("Content-Disposition", "attachment; filename=book-"+b.Number+".jsonl")
		h.Set("Cache-Control", "no-store")
		c.w.WriteHeader(http.StatusOK)
		_, _ = io.Copy(c.w, spool) // a reader that has gone needs no answer
		return none{}, nil
	})
}
