// Package sending sends the records of an enterprise's system to its feed: each
// CSV, XLSX or JSON file is one message, in the order of names. It uses the standard
// library alone.
package sending

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Client sends for one account book.
type Client struct {
	URL, ID, Secret, Book, System string
	Tell                          func(file string, sequence int64, state string) // what became of each file; may be nil

	token, enterprise string
}

// Refusal is an answer with which the zone refused something.
type Refusal struct {
	Status string
	Answer []byte // problem+json
}

// Error gives the answer as it came.
func (r *Refusal) Error() string { return r.Status + ": " + string(r.Answer) }

// memory is what stands in .seine-feed.json: the number of each file, given
// before it is sent, and the moment of sending, so that it is sent again as it was.
type memory struct {
	Files map[string]*sent `json:"files"`
}

type sent struct {
	Sequence int64  `json:"sequence"`
	Key      string `json:"key"`
	SentAt   string `json:"sentAt"`
	Done     bool   `json:"done"`
}

// receipt is the part of the answer that the client acts on.
type receipt struct {
	State   string `json:"state"`
	Applied int64  `json:"applied"`
	Next    int64  `json:"next"`
}

// Send sends what a folder holds, or one file. Each file gets its number before it
// is sent and a receipt after, both beside it, so that it goes on where it stopped
// and nothing counts twice. waits tells that something waits at customs: for a
// missing message, or for a correction.
func (c *Client) Send(ctx context.Context, path string) (waits bool, err error) {
	if path == "" {
		return false, errors.New("name the folder with the files, or one file")
	}
	dir, only := path, "*"
	if info, err := os.Stat(path); err != nil {
		return false, err
	} else if !info.IsDir() {
		dir, only = filepath.Dir(path), filepath.Base(path)
	}
	if err := c.signIn(ctx); err != nil {
		return false, err
	}
	var feed struct {
		Enterprise string  `json:"enterprise"`
		Applied    int64   `json:"applied"`
		Stopped    int64   `json:"stopped"`
		Waiting    []int64 `json:"waiting"`
	}
	body, err := c.do(ctx, http.MethodGet, "/api/v1/feeds/"+url.PathEscape(c.Book), "", nil)
	if err == nil {
		err = json.Unmarshal(body, &feed)
	}
	if err != nil {
		return false, err
	}
	c.enterprise = feed.Enterprise
	book := filepath.Join(dir, ".seine-feed.json")
	m := memory{Files: map[string]*sent{}}
	if text, err := os.ReadFile(book); err == nil {
		if err := json.Unmarshal(text, &m); err != nil {
			return false, fmt.Errorf("%s: %w", book, err)
		}
	}
	last := max(feed.Applied, feed.Stopped)
	for _, n := range feed.Waiting {
		last = max(last, n)
	}
	for _, s := range m.Files {
		last = max(last, s.Sequence)
	}
	entries, err := os.ReadDir(dir) // by name
	if err != nil {
		return false, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "receipts"), 0o755); err != nil {
		return false, err
	}
	for _, e := range entries {
		name := e.Name()
		if only != "*" && name != only {
			continue
		}
		if ext := filepath.Ext(name); ext != ".csv" && ext != ".xlsx" && ext != ".json" || strings.HasPrefix(name, ".") {
			continue
		}
		s := m.Files[name]
		if s != nil && s.Done {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return waits, err
		}
		if s == nil {
			last++
			sum := sha256.Sum256(append([]byte(c.Book+"\n"+name+"\n"), content...))
			s = &sent{Sequence: last, Key: hex.EncodeToString(sum[:16]), SentAt: time.Now().UTC().Format(time.RFC3339)}
			m.Files[name] = s
			// Remembered before it is sent: whatever happens now, it keeps its number.
			if err := remember(book, &m); err != nil {
				return waits, err
			}
		}
		answer, refused := c.send(ctx, name, content, s)
		if answer != nil {
			if err := os.WriteFile(filepath.Join(dir, "receipts", name+".json"), append(answer, '\n'), 0o644); err != nil {
				return waits, err
			}
		}
		if refused != nil {
			return waits, fmt.Errorf("%s: %w", name, refused)
		}
		var r receipt
		if err := json.Unmarshal(answer, &r); err != nil {
			return waits, fmt.Errorf("%s: %w", name, err)
		}
		waits = waits || r.State != "applied"
		if c.Tell != nil {
			c.Tell(name, s.Sequence, r.State)
		}
		s.Done = true
		if err := remember(book, &m); err != nil {
			return waits, err
		}
	}
	return waits, nil
}

func remember(path string, m *memory) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		if err = os.WriteFile(path+".new", text, 0o644); err == nil {
			err = os.Rename(path+".new", path)
		}
	}
	return err
}

// tables are the files that go as they are, with the content type of each.
var tables = map[string]string{".csv": "text/csv", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

func (c *Client) send(ctx context.Context, name string, content []byte, s *sent) ([]byte, error) {
	path := "/api/v1/feeds/" + url.PathEscape(c.Book) + "/messages"
	if kind := tables[filepath.Ext(name)]; kind != "" {
		q := url.Values{"system": {c.System}, "sequence": {strconv.FormatInt(s.Sequence, 10)}, "key": {s.Key}, "sentAt": {s.SentAt}}
		return c.do(ctx, http.MethodPost, path+"?"+q.Encode(), kind, content)
	}
	var records []json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF")), &records); err != nil {
		return nil, fmt.Errorf("a JSON file is a list of records: %w", err)
	}
	body, err := json.Marshal(map[string]any{
		"enterprise": c.enterprise, "system": c.System, "book": c.Book, "sequence": s.Sequence, "key": s.Key, "sentAt": s.SentAt, "records": records,
	})
	if err != nil {
		return nil, err
	}
	return c.do(ctx, http.MethodPost, path, "application/json", body)
}

func (c *Client) signIn(ctx context.Context) error {
	c.token = "" // one that has run out would be refused here too
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {c.Secret}}
	body, err := c.do(ctx, http.MethodPost, tokenPath, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return err
	}
	var t struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &t); err != nil {
		return err
	}
	c.token = t.Token
	return nil
}

// attempts is how often a request is tried while the other side cannot answer,
// patience how long one may take.
const (
	attempts  = 5
	patience  = time.Minute
	tokenPath = "/api/v1/token"
)

var door = &http.Client{Timeout: patience}

func (c *Client) do(ctx context.Context, method, path, kind string, body []byte) (answer []byte, err error) {
	for n := range attempts {
		if n > 0 {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Duration(n) * time.Second):
			}
		}
		var r *http.Request
		if r, err = http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, bytes.NewReader(body)); err != nil {
			return nil, err
		}
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		var res *http.Response
		if res, err = door.Do(r); err != nil {
			continue
		}
		answer, err = io.ReadAll(io.LimitReader(res.Body, 16<<20))
		_ = res.Body.Close()
		switch {
		case err != nil, res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests:
			if err == nil {
				err = fmt.Errorf("%s: %s", res.Status, answer)
			}
			continue
		case res.StatusCode == http.StatusUnauthorized && path != tokenPath && n < attempts-1: // a token lives a quarter of an hour, a folder may take longer
			if err = c.signIn(ctx); err != nil {
				return nil, err
			}
			continue
		case res.StatusCode >= 400:
			return answer, &Refusal{res.Status, answer}
		}
		return answer, nil
	}
	return nil, err
}
