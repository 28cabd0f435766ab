// Command seine-feed sends the records of an enterprise's system to Seine: every
// CSV or JSON file of a folder is one message of the feed, in the order of names.
// It uses the standard library alone, so that it can be taken over as it is.
//
//	seine-feed -url https://seine.example -client ID -secret-file FILE -book NUMBER -system NAME DIR
//
// What was sent stands in DIR/.seine-feed.json, the answer to each file beside it
// in DIR/receipts. Run it again after any interruption: it goes on where it
// stopped, and what arrived already is not counted twice. It ends with 0 when all
// was applied, 3 when something waits at customs (a gap, or a correction that is
// to be made in the console), 1 when a file was refused or could not be sent.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	var c client
	var secretFile string
	flag.StringVar(&c.url, "url", "http://127.0.0.1:8080", "address of Seine")
	flag.StringVar(&c.id, "client", "", "client id")
	flag.StringVar(&secretFile, "secret-file", "", "file with the client secret")
	flag.StringVar(&c.book, "book", "", "number of the account book")
	flag.StringVar(&c.system, "system", "", "name of the sending system")
	flag.Parse()
	secret, err := os.ReadFile(secretFile)
	if err == nil {
		c.secret = strings.TrimSpace(string(secret))
		var waits bool
		if waits, err = c.folder(context.Background(), flag.Arg(0)); err == nil && waits {
			os.Exit(3)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type client struct {
	url, id, secret, book, system string
	token                         string
	enterprise                    string
}

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

func (c *client) folder(ctx context.Context, dir string) (waits bool, err error) {
	if dir == "" {
		return false, errors.New("name the folder with the files")
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
	body, err := c.do(ctx, http.MethodGet, "/api/v1/feeds/"+url.PathEscape(c.book), "", nil)
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
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return false, err
	}
	slices.Sort(names)
	if err := os.MkdirAll(filepath.Join(dir, "receipts"), 0o755); err != nil {
		return false, err
	}
	for _, path := range names {
		name := filepath.Base(path)
		if ext := filepath.Ext(name); ext != ".csv" && ext != ".json" || strings.HasPrefix(name, ".") {
			continue
		}
		s := m.Files[name]
		if s != nil && s.Done {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return waits, err
		}
		if s == nil {
			last++
			sum := sha256.Sum256(append([]byte(c.book+"\n"+name+"\n"), content...))
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
		fmt.Printf("%s: message %d is %s\n", name, s.Sequence, r.State)
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

func (c *client) send(ctx context.Context, name string, content []byte, s *sent) ([]byte, error) {
	path := "/api/v1/feeds/" + url.PathEscape(c.book) + "/messages"
	if strings.HasSuffix(name, ".csv") {
		q := url.Values{"system": {c.system}, "sequence": {strconv.FormatInt(s.Sequence, 10)}, "key": {s.Key}, "sentAt": {s.SentAt}}
		return c.do(ctx, http.MethodPost, path+"?"+q.Encode(), "text/csv", content)
	}
	var records []json.RawMessage
	if err := json.Unmarshal(content, &records); err != nil {
		return nil, fmt.Errorf("a JSON file is a list of records: %w", err)
	}
	body, err := json.Marshal(map[string]any{
		"enterprise": c.enterprise, "system": c.system, "book": c.book, "sequence": s.Sequence, "key": s.Key, "sentAt": s.SentAt, "records": records,
	})
	if err != nil {
		return nil, err
	}
	return c.do(ctx, http.MethodPost, path, "application/json", body)
}

func (c *client) signIn(ctx context.Context) error {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}
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

// attempts is how often a request is tried while the other side cannot answer.
const (
	attempts  = 5
	tokenPath = "/api/v1/token"
)

func (c *client) do(ctx context.Context, method, path, kind string, body []byte) (answer []byte, err error) {
	for n := range attempts {
		if n > 0 {
			time.Sleep(time.Duration(n) * time.Second)
		}
		var r *http.Request
		if r, err = http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.url, "/")+path, bytes.NewReader(body)); err != nil {
			return nil, err
		}
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		var res *http.Response
		if res, err = http.DefaultClient.Do(r); err != nil {
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
		case res.StatusCode >= 400:
			return answer, fmt.Errorf("%s: %s", res.Status, answer)
		}
		return answer, nil
	}
	return nil, err
}
