package check

import (
	"database/sql"
	"strconv"
	"strings"

	"seine/internal/clock"
)

func newDrawer(table, kind string, told bool, columns string) drawer {
	d := drawer{table: table, kind: kind, told: told, way: &way{n: -1}}
	add := func(place string) int {
		n := d.way.add(place, d.count)
		d.count = max(d.count, n+1)
		return n
	}
	d.state, d.version = add("state"), add("version")
	for word := range strings.FieldsSeq(columns) {
		c := column{}
		switch word[0] {
		case '#':
			c.form, word = asNumber, word[1:]
		case '@':
			c.form, word = asInstant, word[1:]
		}
		name, places, given := strings.Cut(word, "=")
		if !given {
			places = name
		}
		places, c.only, _ = strings.Cut(places, "?")
		c.name = name
		for part := range strings.SplitSeq(places, "|") {
			var at []int
			for place := range strings.SplitSeq(part, ",") {
				at = append(at, add(place))
			}
			c.at = append(c.at, at)
		}
		d.columns = append(d.columns, c)
	}
	return d
}

// paperRow is one document as it is stored.
type paperRow struct {
	id      string
	version int64
	body    string
	columns []sql.NullString
}

// fields gives the columns of a statement that reads whole documents.
func (d *drawer) fields() string {
	var b strings.Builder
	b.WriteString("SELECT id, version, body")
	for i := range d.columns {
		b.WriteString(", " + d.columns[i].name)
	}
	b.WriteString(" ")
	return b.String()
}

func (d *drawer) scan(rows *sql.Rows) (paperRow, error) {
	p := paperRow{columns: make([]sql.NullString, len(d.columns))}
	into := make([]any, 3, 3+len(d.columns))
	into[0], into[1], into[2] = &p.id, &p.version, &p.body
	for i := range p.columns {
		into = append(into, &p.columns[i])
	}
	return p, rows.Scan(into...)
}

// column gives a searched column by its name.
func (p *paperRow) column(d *drawer, name string) string {
	for i := range d.columns {
		if d.columns[i].name == name {
			return p.columns[i].String
		}
	}
	return ""
}

// sound compares version and searched columns of a document with its body, and
// tells whether the body can be read at all.
func (r *run) sound(d *drawer, p *paperRow) bool {
	values := make([]string, d.count)
	if !d.way.pluck(p.body, values) {
		r.found(StateColumn, d.kind, p.id, "the document is no JSON object", "", p.body)
		return false
	}
	if p.version < 1 {
		r.found(StateVersion, d.kind, p.id, "a stored document has at least version 1", "1", strconv.FormatInt(p.version, 10))
	}
	// The stories count the versions of a declaration themselves.
	if own := values[d.version]; own != "" && d.kind == "declaration" && own != strconv.FormatInt(p.version, 10) {
		r.found(StateVersion, d.kind, p.id, "document and record count different versions", strconv.FormatInt(p.version, 10), own)
	}
	for i := range d.columns {
		c := &d.columns[i]
		want, given := "", false
		if c.only == "" || c.only == values[d.state] {
			for n, alternatives := range c.at {
				if n > 0 {
					want += "|"
				}
				for _, place := range alternatives {
					if values[place] != "" {
						want += values[place]
						given = true
						break
					}
				}
			}
		}
		if !given {
			want = ""
		} else if c.form == asInstant {
			want = moment(want)
		}
		if have := p.columns[i].String; have != want {
			r.found(StateColumn, d.kind, p.id, "column "+c.name+" does not say what the document says", want, have)
		}
	}
	return true
}

// moment writes an instant as the microseconds that columns keep.
func moment(text string) string {
	var at clock.Instant
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return text
	}
	if at.UnmarshalText([]byte(text)) != nil {
		return text
	}
	return strconv.FormatInt(int64(at), 10)
}
