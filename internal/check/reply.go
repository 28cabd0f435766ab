package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"
)

type replyRow struct {
	seq, recorded  int64
	key, content   []byte
	reply, entries string
	fault          string
}

// replies checks the answers kept for repeated commands and the orders that go
// out: that they are whole, and that the journal tells of what they are about.
func (r *run) replies(ctx context.Context) error {
	wanted := map[key]string{} // entry → reply, of a stretch
	flush := func() error {
		defer clear(wanted)
		return r.entriesThere(ctx, wanted)
	}
	// Each engine has its own order that it finds the next page by.
	query, after := replyPage, any(int64(0))
	if r.src.Engine() == "postgres" {
		query, after = replyPageByKey, []byte{}
	}
	for {
		var page []replyRow
		err := r.all(ctx, query, []any{after}, func(rows *sql.Rows) error {
			var p replyRow
			err := rows.Scan(&p.seq, &p.key, &p.content, &p.reply, &p.entries, &p.recorded)
			page = append(page, p)
			return err
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			p := &page[i]
			if after = p.seq; r.src.Engine() == "postgres" {
				after = p.key
			}
			id := strconv.FormatInt(p.seq, 10)
			if len(p.key) != 16 || len(p.content) != 32 || p.recorded <= 0 {
				r.found(JournalReply, "reply", id, "key, content or moment is malformed", "", "")
			}
			if p.reply != "" && !json.Valid([]byte(p.reply)) {
				r.found(JournalReply, "reply", id, "the reply is no JSON", "", p.reply)
			}
			for entry := range strings.SplitSeq(p.entries, ",") {
				if entry != "" {
					wanted[keyOf(entry)] = id + "\x00" + entry
				}
			}
		}
		r.step("replies", int64(len(page)))
		if err := flush(); err != nil {
			return err
		}
	}
	type order struct {
		seq, created, attempts                int64
		id, channel, target, body, state, why string
	}
	return flow(ctx, r, "replies", orderAll, nil, func(rows *sql.Rows, o *order) error {
		return rows.Scan(&o.seq, &o.id, &o.channel, &o.target, &o.body, &o.created, &o.state, &o.attempts)
	}, nil, func(o *order) {
		var body any
		if err := json.Unmarshal([]byte(o.body), &body); err != nil || o.id == "" || o.channel == "" || o.target == "" || o.created <= 0 || o.attempts < 0 {
			r.found(JournalOrder, "order", o.id, "the order is malformed", "", o.body)
			return
		}
		if !r.ran("journal") {
			return
		}
		facts, _ := body.(map[string]any)
		for _, name := range []string{"passage", "obligation", "declaration"} {
			if about, ok := facts[name].(string); ok && !r.trail.tells(name, about) {
				r.found(JournalOrder, "order", o.id, "the journal does not tell of the "+name+" that the order is about", about, "")
			}
		}
	})
}

// entriesThere looks for entries by their ids.
func (r *run) entriesThere(ctx context.Context, wanted map[key]string) error {
	ids := make([]string, 0, len(wanted))
	for _, w := range wanted {
		_, id, _ := strings.Cut(w, "\x00")
		ids = append(ids, id)
	}
	for len(ids) > 0 {
		n := min(len(ids), 400)
		there := map[string]bool{}
		query, args := among("SELECT id FROM entry WHERE id IN (%)", ids[:n])
		err := r.all(ctx, query, args, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			there[id] = true
			return err
		})
		if err != nil {
			return err
		}
		for _, id := range ids[:n] {
			if !there[id] {
				seq, _, _ := strings.Cut(wanted[keyOf(id)], "\x00")
				r.found(JournalReply, "reply", seq, "the reply names an entry that is not there", id, "")
			}
		}
		ids = ids[n:]
	}
	return nil
}

// among writes a list of values into a statement, in place of %.
func among(query string, values []string) (string, []any) {
	marks := make([]string, len(values))
	args := make([]any, len(values))
	for i, v := range values {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), v
	}
	return strings.Replace(query, "%", strings.Join(marks, ", "), 1), args
}
