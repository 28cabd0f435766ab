package check

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
)

// serials is one series: the last number it gave, and a bit for each number that
// a document bears.
type serials struct {
	last  int64
	bits  []uint64
	count int64
}

// take notes a serial and tells whether it was there before.
func (s *serials) take(n int64) (twice bool) {
	for int64(len(s.bits)) <= n/64 {
		s.bits = append(s.bits, 0)
	}
	if s.bits[n/64]&(1<<(n%64)) != 0 {
		return true
	}
	s.bits[n/64] |= 1 << (n % 64)
	s.count++
	return false
}

// shapes are the official numbers: office, year or day and the serial at the end
// (DR §0.2); the first group is the part that names the series.
var shapes = map[string]struct {
	series  string
	pattern *regexp.Regexp
}{
	"declaration":       {"bill/", regexp.MustCompile(`^([0-9]{4}(?:19|20|21)[0-9]{2}[01])([0-9]{9})$`)},
	"verification_list": {"list/", regexp.MustCompile(`^(QD[0-9]{6}[IE])([0-9]{9})$`)},
	"release_note":      {"note/", regexp.MustCompile(`^(Z[0-9]{4}[IE][0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))T?([0-9]{11,12})$`)},
	"book":              {"book/", regexp.MustCompile(`^([THEL][0-9]{4}[0-9A-Z])([0-9]{6})$`)},
	"application":       {"application/", regexp.MustCompile(`^(LA[0-9]{6})([0-9]{9})$`)},
}

// numbered notes the official number of a document; "" is none yet.
func (r *run) numbered(kind, id, number string) {
	if number == "" {
		return
	}
	shape, known := shapes[kind]
	if !known {
		return
	}
	parts := shape.pattern.FindStringSubmatch(number)
	serial := int64(0)
	if parts != nil {
		serial, _ = strconv.ParseInt(parts[2], 10, 64)
	}
	if serial < 1 || kind == "release_note" && len(number) != 24 {
		r.found(NumberForm, kind, id, "not an official number", shape.pattern.String(), number)
		return
	}
	name := shape.series + parts[1]
	switch s := r.numbers[name]; {
	case s == nil:
		r.found(NumberBeyond, kind, id, "a number of a series that was never used", "", number)
	case serial > s.last:
		r.found(NumberBeyond, kind, id, "a number that its series "+name+" has not given yet", strconv.FormatInt(s.last, 10), number)
	case s.take(serial):
		r.found(NumberTwice, kind, id, "another document has the same number", "", number)
	}
}

// givers are the sections that meet the documents of a series.
var givers = map[string]string{"bill": "declarations", "list": "stock", "note": "stock", "book": "documents", "application": "documents"}

// readSeries reads how far each series has come.
func (r *run) readSeries(ctx context.Context) error {
	r.numbers = map[string]*serials{}
	return r.all(ctx, seriesAll, nil, func(rows *sql.Rows) error {
		var name string
		s := new(serials)
		err := rows.Scan(&name, &s.last)
		r.numbers[name] = s
		return err
	})
}

// series looks for numbers that were given and that no document bears.
func (r *run) series(context.Context) error {
	for name, s := range r.numbers {
		kind, _, _ := strings.Cut(name, "/")
		if section := givers[kind]; section == "" || !r.ran(section) {
			continue
		}
		r.step("numbers", 1)
		if s.count == s.last {
			continue
		}
		first := int64(1)
		for first/64 < int64(len(s.bits)) && s.bits[first/64]&(1<<(first%64)) != 0 {
			first++
		}
		r.found(NumberGap, "series", name, "numbers that no document bears, the first is "+strconv.FormatInt(first, 10), "0", strconv.FormatInt(s.last-s.count, 10))
	}
	return nil
}
