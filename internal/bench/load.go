package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// errDone ends a client of a closed loop before its time.
var errDone = errors.New("bench: nothing is left to do")

// paced gives the moments at which clients act when all of them together do so
// many times in a second, in turn; nil where they act one after the other.
func paced(clients int, perSecond float64) func(began time.Time, client, n int) time.Time {
	if perSecond <= 0 {
		return nil
	}
	return func(began time.Time, client, n int) time.Time {
		return began.Add(time.Duration(float64(n*clients+client) / perSecond * float64(time.Second)))
	}
}

// closedLoop lets clients act, each when it is done with what was before, until the
// time is over, or, without a time, until each says errDone. With due they wait for
// its moments, and what an act took counts from its moment: a client that comes late
// because the one before took long is late for the measurement too. act gives what
// the answer was and how many operations it stands for.
func closedLoop(ctx context.Context, clients int, d time.Duration, due func(began time.Time, client, n int) time.Time, act func(ctx context.Context, client, n int) (string, int64, error)) (stretch, error) {
	run, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	parts := make([]stretch, clients)
	began := time.Now()
	var wait sync.WaitGroup
	for i := range clients {
		wait.Go(func() {
			part := &parts[i]
			part.answers = map[string]int64{}
			for n := 0; run.Err() == nil && (d == 0 || time.Since(began) < d); n++ {
				at := time.Now()
				if due != nil {
					if at = due(began, i, n); d != 0 && at.Sub(began) >= d {
						return
					}
					time.Sleep(time.Until(at))
				}
				// What was begun is finished, so that what is counted was answered.
				answer, operations, err := act(context.WithoutCancel(run), i, n)
				if errors.Is(err, errDone) {
					return
				}
				if err != nil {
					halt(err)
					return
				}
				part.took = append(part.took, time.Since(at))
				part.operations += operations
				part.answers[answer] += operations
			}
		})
	}
	wait.Wait()
	all := stretch{wall: time.Since(began), answers: map[string]int64{}}
	for i := range parts {
		all.operations += parts[i].operations
		all.took = append(all.took, parts[i].took...)
		for k, v := range parts[i].answers {
			all.answers[k] += v
		}
	}
	if err := context.Cause(run); err != nil {
		return all, err
	}
	return all, ctx.Err()
}

// loadPlan is what a load program is told.
type loadPlan struct {
	Address string
	Path    string
	Tokens  []string
	Drafts  []loadDraft
	Clients int
	Bulk    int
	Keyless bool
	Rate    float64 // requests in a second of all clients together; 0: as many as they can
	Series  string  // begins the keys of this stretch
	Micros  int64   // how long
}

type loadDraft struct {
	Trader int
	Body   []byte
}

// loadResult is what it answers.
type loadResult struct {
	Operations int64
	Wall       time.Duration
	Took       []time.Duration
	Answers    map[string]int64
	Problem    string
}

// load runs the load program for one stretch.
func (d *door) load(ctx context.Context, length time.Duration) (stretch, error) {
	plan := d.plan
	plan.Micros = length.Microseconds()
	plan.Series = strconv.FormatInt(d.l.sent.Add(1), 36)
	in, err := json.Marshal(plan)
	if err != nil {
		return stretch{}, err
	}
	c := exec.CommandContext(ctx, d.l.Loader[0], d.l.Loader[1:]...)
	var problem bytes.Buffer
	c.Stdin, c.Stderr = bytes.NewReader(in), &problem
	out, err := c.Output()
	if err != nil {
		return stretch{}, fmt.Errorf("load program: %w: %s", err, problem.String())
	}
	var r loadResult
	if err := json.Unmarshal(out, &r); err != nil {
		return stretch{}, fmt.Errorf("read what the load program says: %w", err)
	}
	if r.Problem != "" {
		return stretch{}, errors.New("load program: " + r.Problem)
	}
	d.l.acked.Add(r.Operations)
	return stretch{operations: r.Operations, took: r.Took, wall: r.Wall, answers: r.Answers}, nil
}

// Load is the load program: it reads its plan, keeps the interface busy and
// tells what it saw. It speaks just as much HTTP as it needs, because it shares
// the machine with what it measures.
func Load(ctx context.Context, in io.Reader, out io.Writer) error {
	var p loadPlan
	if err := json.NewDecoder(in).Decode(&p); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	clients := make([]*client, p.Clients)
	for i := range clients {
		c, err := p.dial(ctx, i)
		if err != nil {
			return err
		}
		defer c.conn.Close()
		clients[i] = c
	}
	s, err := closedLoop(ctx, p.Clients, time.Duration(p.Micros)*time.Microsecond, paced(p.Clients, p.Rate), func(_ context.Context, i, n int) (string, int64, error) {
		return clients[i].post(n)
	})
	r := loadResult{Operations: s.operations, Wall: s.wall, Took: s.took, Answers: s.answers}
	if err != nil {
		r.Problem = err.Error()
	}
	return json.NewEncoder(out).Encode(r)
}

// client is one connection of one enterprise's machine.
type client struct {
	plan   *loadPlan
	id     int
	trader int
	drafts []int // of the trader
	conn   net.Conn
	in     *bufio.Reader
	head   []byte
	out    []byte
}

func (p *loadPlan) dial(ctx context.Context, i int) (*client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", p.Address)
	if err != nil {
		return nil, err
	}
	c := &client{plan: p, id: i, trader: i % len(p.Tokens), conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}
	for k := range p.Drafts {
		if p.Drafts[k].Trader == c.trader {
			c.drafts = append(c.drafts, k)
		}
	}
	c.head = []byte("POST " + p.Path + " HTTP/1.1\r\nHost: " + p.Address + "\r\nContent-Type: application/json\r\nAuthorization: Bearer " + p.Tokens[c.trader] + "\r\n")
	return c, nil
}

// post sends one request and reads its answer.
func (c *client) post(n int) (string, int64, error) {
	c.out = append(c.out[:0], c.head...)
	if !c.plan.Keyless {
		c.out = append(c.out, "Idempotency-Key: "...)
		c.out = append(c.out, c.plan.Series...)
		c.out = append(c.out, '-')
		c.out = strconv.AppendInt(c.out, int64(c.id), 10)
		c.out = append(c.out, '-')
		c.out = strconv.AppendInt(c.out, int64(n), 10)
		c.out = append(c.out, "\r\n"...)
	}
	count := max(1, c.plan.Bulk)
	size := 0
	for k := range count {
		size += len(c.draft(n*count+k)) + 1
	}
	if c.plan.Bulk > 1 {
		size++ // brackets and commas
	} else {
		size--
	}
	c.out = append(c.out, "Content-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(size), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	if c.plan.Bulk > 1 {
		c.out = append(c.out, '[')
		for k := range count {
			if k > 0 {
				c.out = append(c.out, ',')
			}
			c.out = append(c.out, c.draft(n*count+k)...)
		}
		c.out = append(c.out, ']')
	} else {
		c.out = append(c.out, c.draft(n)...)
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return "", 0, err
	}
	status, body, err := c.answer()
	if err != nil {
		return "", 0, err
	}
	if c.plan.Bulk > 1 {
		var rows struct{ Accepted, Refused int64 }
		if err := json.Unmarshal(body, &rows); err != nil || status != 200 || rows.Refused > 0 {
			return "", 0, fmt.Errorf("the bulk was answered %d: %.300s", status, body)
		}
		return "accepted", rows.Accepted, nil
	}
	if status != 201 {
		return "", 0, fmt.Errorf("the declaration was answered %d: %.300s", status, body)
	}
	return member(body, "channel") + "/" + member(body, "state"), 1, nil
}

func (c *client) draft(n int) []byte { return c.plan.Drafts[c.drafts[n%len(c.drafts)]].Body }

// answer reads one answer of known length.
func (c *client) answer() (status int, body []byte, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 {
		return 0, nil, fmt.Errorf("no status line: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, fmt.Errorf("no status line: %q", line)
	}
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if textproto.CanonicalMIMEHeaderKey(string(name)) == "Content-Length" {
			if length, err = strconv.Atoi(strings.TrimSpace(string(value))); err != nil {
				return 0, nil, err
			}
		}
	}
	if length < 0 {
		return 0, nil, errors.New("an answer without its length")
	}
	body = make([]byte, length)
	_, err = io.ReadFull(c.in, body)
	return status, body, err
}

// member reads a plain text member out of JSON without reading the rest.
func member(body []byte, name string) string {
	_, rest, found := bytes.Cut(body, []byte(`"`+name+`":"`))
	if !found {
		return ""
	}
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}
