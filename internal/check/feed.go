package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Findings about what enterprises' systems told.
const (
	FeedSequence Code = "CHK-FEED-01" // the messages of a feed are not dense up to the last that was applied
	FeedShadow   Code = "CHK-FEED-02" // a shadow balance is not the sum of what the messages moved
	FeedTable    Code = "CHK-FEED-03" // a difference table has another sum of the system than the messages
	FeedAlarm    Code = "CHK-FEED-04" // a feed raises another alarm than its state and its newest table do
)

const (
	feedAll        = "SELECT id, body FROM feed ORDER BY id"
	feedMessageAll = "SELECT id, body FROM feed_message ORDER BY id"
	feedTableOf    = "SELECT body FROM feed_table WHERE id = $1"
	shadowAll      = "SELECT key, quantity FROM balance WHERE key >= 'shadow|' AND key < 'shadow}'"
)

// fed is a feed as its messages make it.
type fed struct {
	Enterprise string `json:"enterprise"`
	Applied    int64  `json:"applied"`
	Table      string `json:"table"`
	State      string `json:"state"`
	Parted     int    `json:"parted"`
	Alarms     []struct {
		Kind string `json:"kind"`
	} `json:"alarms"`

	next int64
	// What its messages moved beyond the enterprise, by line, up to each number.
	beyond []beyondMove
}

type beyondMove struct {
	sequence int64
	line     int
	quantity int64
}

// feeds adds the messages of every feed up once more.
func (r *run) feeds(ctx context.Context) error {
	all := map[string]*fed{}
	err := r.all(ctx, feedAll, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		f := &fed{next: 1}
		if json.Unmarshal([]byte(body), f) == nil {
			all[id] = f
		}
		return nil
	})
	if err != nil {
		return err
	}
	shadow := map[string]int64{}
	if err := r.all(ctx, feedMessageAll, nil, func(rows *sql.Rows) error { return r.feedMessage(rows, all, shadow) }); err != nil {
		return err
	}
	err = r.all(ctx, shadowAll, nil, func(rows *sql.Rows) error {
		var key string
		var q int64
		if err := rows.Scan(&key, &q); err != nil {
			return err
		}
		r.differ(FeedShadow, "balance", key, "sum of what the messages of the feed moved", shadow[key], q)
		delete(shadow, key)
		return nil
	})
	if err != nil {
		return err
	}
	for key, q := range shadow {
		r.differ(FeedShadow, "balance", key, "sum of what the messages of the feed moved", q, 0)
	}
	for book, f := range all {
		if f.next <= f.Applied {
			r.found(FeedSequence, "feed", book, "messages applied without a gap", strconv.FormatInt(f.Applied, 10), strconv.FormatInt(f.next-1, 10))
		}
		parted, err := r.feedTable(ctx, f)
		if err != nil {
			return err
		}
		r.feedAlarms(book, f, parted)
	}
	return nil
}

// feedAlarms compares what a feed raises with its state and with the lines of its
// newest table that are apart and unexplained. A message may be missing for as
// long as the rules have patience, which is not for the records to say.
func (r *run) feedAlarms(book string, f *fed, parted int) {
	r.differ(FeedAlarm, "feed", book, "lines that are apart and unexplained", int64(parted), int64(f.Parted))
	raised := map[string]bool{}
	for _, a := range f.Alarms {
		raised[a.Kind] = true
	}
	loud := f.State == "live" || f.State == "degraded"
	for _, alarm := range []struct {
		kind  string
		holds bool
	}{
		{"silent", f.State == "degraded"},
		{"apart", parted > 0 && (loud || f.State == "suspended")},
	} {
		if raised[alarm.kind] != alarm.holds {
			r.found(FeedAlarm, "feed", book, "alarm "+alarm.kind, strconv.FormatBool(alarm.holds), strconv.FormatBool(raised[alarm.kind]))
		}
	}
	if (raised["gap"] || raised["staged"]) && !loud {
		r.found(FeedAlarm, "feed", book, "alarm of a feed that is "+f.State, "", "gap or staged")
	}
}

// feedMessage adds one message up.
func (r *run) feedMessage(rows *sql.Rows, all map[string]*fed, shadow map[string]int64) error {
	var id, body string
	if err := rows.Scan(&id, &body); err != nil {
		return err
	}
	var m struct {
		Book     string `json:"book"`
		Sequence int64  `json:"sequence"`
		State    string `json:"state"`
		Moves    []struct {
			Part, Lot, Status, From, To, Quantity string
			Line                                  int
		} `json:"moves"`
	}
	f := all[strings.SplitN(id, "|", 2)[0]]
	if json.Unmarshal([]byte(body), &m) != nil || f == nil {
		r.found(FeedSequence, "feed_message", id, "the message belongs to no feed, or cannot be read", "", "")
		return nil
	}
	if m.State != "applied" {
		return nil
	}
	if m.Sequence != f.next || m.Sequence > f.Applied || id != fmt.Sprintf("%s|%012d", m.Book, m.Sequence) {
		r.found(FeedSequence, "feed_message", id, "number of an applied message", strconv.FormatInt(f.next, 10), strconv.FormatInt(m.Sequence, 10))
	}
	f.next = m.Sequence + 1
	for _, v := range m.Moves {
		amount := number(v.Quantity)
		if amount == nil {
			r.found(FeedShadow, "feed_message", id, "a quantity that is none", "", v.Quantity)
			continue
		}
		amount.Mul(amount, number("100000"))
		q := amount.Num().Int64()
		stem := "shadow|" + f.Enterprise + "|book/" + m.Book + "/" + strconv.Itoa(v.Line) + "|"
		if v.Line == 0 {
			stem = "shadow|" + f.Enterprise + "|part/" + m.Book + "/" + v.Part + "|"
		}
		stem += v.Part + "~" + v.Lot + "|"
		shadow[stem+v.From+"|"+v.Status] -= q
		shadow[stem+v.To+"|"+v.Status] += q
		out := map[string]int64{"abroad": 1, "lost": 1, "difference": 1}
		if v.Line != 0 && v.Status == "bonded" {
			f.beyond = append(f.beyond, beyondMove{m.Sequence, v.Line, q * (out[v.From] - out[v.To])})
		}
	}
	return nil
}

// feedTable compares the newest table of a feed with its messages, and counts the
// lines in it that are apart and unexplained.
func (r *run) feedTable(ctx context.Context, f *fed) (parted int, err error) {
	if f.Table == "" {
		return 0, nil
	}
	err = r.all(ctx, feedTableOf, []any{f.Table}, func(rows *sql.Rows) error {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		var t struct {
			Sequence int64 `json:"sequence"`
			Rows     []struct {
				Line, Items       int
				System, Explained string
			} `json:"rows"`
		}
		if json.Unmarshal([]byte(body), &t) != nil {
			r.found(FeedTable, "feed_table", f.Table, "the table cannot be read", "", "")
			return nil
		}
		sums := map[int]int64{}
		for _, b := range f.beyond {
			if b.sequence <= t.Sequence {
				sums[b.line] += b.quantity
			}
		}
		for _, row := range t.Rows {
			if row.Items > 0 && row.Explained == "" {
				parted++
			}
			if told := number(row.System); told != nil {
				told.Mul(told, number("100000"))
				r.differ(FeedTable, "feed_table", f.Table, "line "+strconv.Itoa(row.Line)+" of the system", sums[row.Line], told.Num().Int64())
			}
		}
		return nil
	})
	return parted, err
}
