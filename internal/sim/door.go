// Package sim makes a living zone for demonstrations, tests and measurements:
// enterprises of every grade, officers, ships, papers, trucks and payments. It
// has no way of its own into the house: everything it does goes through the HTTP
// interface that real users have, and every name it invents says that it is a
// demonstration.
package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Door is one caller of the HTTP interface, signed in with a token.
type Door struct {
	Base  string // such as http://127.0.0.1:8080
	Token string
	HTTP  *http.Client
}

// Refusal is an answer of the house that is not success.
type Refusal struct {
	Status int
	Body   string
	Codes  []string // of the faults
}

// Error gives status and the answer's text.
func (r *Refusal) Error() string { return fmt.Sprintf("answer %d: %s", r.Status, r.Body) }

// Has tells whether the answer carries a fault with this code.
func (r *Refusal) Has(code string) bool {
	for _, c := range r.Codes {
		if c == code {
			return true
		}
	}
	return false
}

// send does one request with a JSON body and reads the JSON answer into into.
func (d *Door) send(ctx context.Context, method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the body of %s %s: %w", method, path, err)
	}
	return d.raw(ctx, method, path, "application/json", raw, into)
}

// raw does one request with a body of any type.
func (d *Door) raw(ctx context.Context, method, path, contentType string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, d.Base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json")
	if d.Token != "" {
		req.Header.Set("Authorization", "Bearer "+d.Token)
	}
	res, err := d.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	if res.StatusCode >= 300 {
		r := &Refusal{Status: res.StatusCode, Body: string(answer)}
		var problem struct {
			Errors []struct {
				Code string `json:"code"`
			} `json:"errors"`
		}
		if json.Unmarshal(answer, &problem) == nil {
			for _, e := range problem.Errors {
				r.Codes = append(r.Codes, e.Code)
			}
		}
		return fmt.Errorf("%s %s: %w", method, path, r)
	}
	if into == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s: understand the answer: %w", method, path, err)
	}
	return nil
}
