package httpapi

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"reflect"
	"sync"

	"seine/internal/clearance"
	"seine/internal/fault"
)

// Bulk lodging: many declarations in one request, each row for itself. Rows are
// taken side by side, so they share commits; a bad one hinders none.

const (
	maxRows    = 1000
	rowsAtOnce = 64
	rowsJSON   = "application/json"
	rowsLines  = "application/x-ndjson"
)

func (s *Server) bulkRoute() {
	add(s, route{
		id: "lodge-declarations", method: http.MethodPost, path: "/api/v1/declarations/bulk", tag: "declarations", limit: maxLarge,
		accept:  []string{rowsJSON, rowsLines},
		summary: "Lodge up to 1,000 declarations, a list or one a line; a receipt for each row",
	}, func(c *call, in *struct{ RawBody []byte }) (Rows, error) {
		kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
		rows, err := split(in.RawBody, kind == rowsLines)
		if err != nil {
			return Rows{}, err
		}
		out := Rows{Rows: make([]Row, len(rows))}
		var wait sync.WaitGroup
		turn := make(chan int)
		for range min(rowsAtOnce, len(rows)) {
			wait.Go(func() {
				for i := range turn {
					out.Rows[i] = s.row(c, i, rows[i])
				}
			})
		}
		for i := range rows {
			turn <- i
		}
		close(turn)
		wait.Wait()
		for i := range out.Rows {
			if out.Rows[i].Problem == nil {
				out.Accepted++
			} else {
				out.Refused++
			}
		}
		return out, nil
	})
	s.takes("/api/v1/declarations/bulk", rowsJSON, reflect.TypeFor[[]clearance.Lodging]())
}

// split cuts a bulk into its rows. A line that is no JSON is a bad row; a list
// that is no JSON cannot be cut, and nothing of it is done.
// Faults: HTTP-JSON-01, HTTP-BULK-01 (none, or too many).
func split(raw []byte, lines bool) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	if lines {
		for line := range bytes.Lines(raw) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				rows = append(rows, line)
			}
		}
	} else if err := decode(raw, &rows); err != nil {
		return nil, err
	}
	if len(rows) == 0 || len(rows) > maxRows {
		return nil, fault.New(fault.Invalid, "HTTP-BULK-01", "", "{count} rows were sent; 1 to {limit} are taken at once", "send more bulks", "count", len(rows), "limit", maxRows)
	}
	return rows, nil
}

// row lodges one row. Its idempotency key is that of the request with its number.
func (s *Server) row(c *call, i int, raw json.RawMessage) Row {
	one := *c
	one.body = raw
	out := Row{Row: i + 1}
	refuse := func(err error) Row {
		p := ProblemOf(err, c.reference)
		if len(p.Errors) == 0 {
			s.log.Error("row failed", "reference", c.reference, "row", i+1, "error", err)
		}
		out.Status, out.Problem = p.Status, &p
		return out
	}
	var l clearance.Lodging
	if err := decode(raw, &l); err != nil {
		return refuse(err)
	}
	if err := one.mayLodge(&l); err != nil {
		return refuse(err)
	}
	cmd := one.command("declaration.lodge")
	cmd.Key = rowKey(cmd.Key, i+1)
	receipt, err := s.Clearance.Lodge(c.ctx(), cmd, c.who.Actor, l)
	if err != nil {
		return refuse(inside(err, "/declaration", "/guarantee"))
	}
	out.Status, out.Reply, out.Entries, out.Repeat = http.StatusCreated, receipt.Reply, receipt.Entries, receipt.Repeated
	return out
}
