package tariff

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"seine/internal/clock"
)

// The compact form of a schedule is plain text, one record a line, fields
// divided by tabs. The first field says what the line is:
//
//	seine-tariff 1  name title currency edition source licence
//	X  number, duty expression as JSON         each expression once
//	G  indent code from to units en zh         a nomenclature line, in order
//	M  kind type areas excluded additional quota expression from to law conditions season
//	                                           a measure on the line above it
//
// Empty fields at the end are left out. The same schedule always gives the same
// bytes; the epoch is their hash.

// WriteFacts writes s in the compact form.
func WriteFacts(w io.Writer, s *Schedule) error { return writeFacts(w, s) }

func writeFacts(w io.Writer, s *Schedule) error {
	out := bufio.NewWriterSize(w, 1<<16)
	a := &s.About
	writeFields(out, "seine-tariff 1", a.Name, a.Title, string(a.Currency), a.Edition.String(), a.Source, a.Licence)
	numbers := map[string]int{}
	seen := map[*Expression]string{}
	number := func(e *Expression) (string, error) {
		if e == nil {
			return "", nil
		}
		if n, ok := seen[e]; ok {
			return n, nil
		}
		text, err := json.Marshal(e)
		if err != nil {
			return "", fmt.Errorf("write duty expression %q: %w", e.Text, err)
		}
		n, ok := numbers[string(text)]
		if !ok {
			n = len(numbers)
			numbers[string(text)] = n
			writeFields(out, "X", string(text))
		}
		seen[e] = strconv.Itoa(n)
		return seen[e], nil
	}
	for i := range s.goods {
		c := &s.goods[i]
		writeFields(out, "G", strconv.Itoa(int(c.Indent)), string(c.Code), c.From.String(), c.To.String(), joinUnits(c.Units), c.EN, c.ZH)
		for j := c.firstMeasure; j < c.firstMeasure+c.measures; j++ {
			m := &s.measures[j]
			x, err := number(m.Duty)
			if err != nil {
				return err
			}
			conditions := ""
			if len(m.Conditions) > 0 {
				text, err := json.Marshal(m.Conditions)
				if err != nil {
					return fmt.Errorf("write conditions of %s: %w", c.Code, err)
				}
				conditions = string(text)
			}
			writeFields(out, "M", m.Kind.String(), m.Type, joinAreas(m.Areas), joinAreas(m.Excluded), string(m.AdditionalCode),
				m.Quota, x, m.From.String(), m.To.String(), m.Law, conditions, m.Season.String())
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write tariff facts: %w", err)
	}
	return nil
}

var flat = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

func writeFields(out *bufio.Writer, fields ...string) {
	for len(fields) > 1 && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	for i, f := range fields {
		if i > 0 {
			out.WriteByte('\t')
		}
		if strings.ContainsAny(f, "\t\n\r") {
			f = flat.Replace(f)
		}
		out.WriteString(f)
	}
	out.WriteByte('\n')
}

func joinUnits(units []Unit) string {
	parts := make([]string, len(units))
	for i, u := range units {
		parts[i] = string(u.Code)
		if u.Basis != "" {
			parts[i] += ":" + u.Basis
		}
	}
	return strings.Join(parts, "|")
}

func joinAreas(areas []AreaCode) string {
	parts := make([]string, len(areas))
	for i, a := range areas {
		parts[i] = string(a)
	}
	return strings.Join(parts, ",")
}

// ReadPacked reads facts that may be packed, as Import writes them. A file of
// another form is TARIFF-FACTS-01.
func ReadPacked(r io.Reader) (*Schedule, error) {
	in, err := plain(r)
	if err == nil {
		var s *Schedule
		if s, err = ReadFacts(in); err == nil {
			return s, nil
		}
	}
	return nil, noFacts(err)
}

// ReadFacts reads what WriteFacts wrote. A file that is not of this form is an
// internal error: it ships with the program.
func ReadFacts(r io.Reader) (*Schedule, error) {
	hash := sha256.New()
	in := bufio.NewScanner(io.TeeReader(r, hash))
	in.Buffer(make([]byte, 1<<16), 1<<20)
	var b *Builder
	var expressions []*Expression
	areaLists := map[string][]AreaCode{}
	areas := func(s string) []AreaCode {
		if s == "" {
			return nil
		}
		list, ok := areaLists[s]
		if !ok {
			for _, a := range strings.Split(s, ",") {
				list = append(list, AreaCode(a))
			}
			areaLists[s] = list
		}
		return list
	}
	line := -1
	for n := 1; in.Scan(); n++ {
		var f [13]string
		rest := in.Text()
		for i := range f {
			var more bool
			if f[i], rest, more = strings.Cut(rest, "\t"); !more {
				break
			}
		}
		tag := f[0]
		fail := func(err error) (*Schedule, error) { return nil, fmt.Errorf("tariff facts, line %d: %w", n, err) }
		if b == nil {
			if tag != "seine-tariff 1" {
				return fail(fmt.Errorf("not tariff facts of version 1"))
			}
			edition, err := optionalDate(f[4])
			if err != nil {
				return fail(err)
			}
			b = NewBuilder(About{Name: f[1], Title: f[2], Currency: CurrencyCode(f[3]), Edition: edition, Source: f[5], Licence: f[6]})
			continue
		}
		switch tag {
		case "X":
			e := new(Expression)
			if err := json.Unmarshal([]byte(f[1]), e); err != nil {
				return fail(err)
			}
			expressions = append(expressions, e)
		case "G":
			indent, err := strconv.ParseUint(f[1], 10, 8)
			if err != nil {
				return fail(err)
			}
			c := Commodity{Indent: uint8(indent), Code: Code(f[2]), EN: f[6], ZH: f[7]}
			if c.From, err = optionalDate(f[3]); err != nil {
				return fail(err)
			}
			if c.To, err = optionalDate(f[4]); err != nil {
				return fail(err)
			}
			if f[5] != "" {
				for _, u := range strings.Split(f[5], "|") {
					code, basis, _ := strings.Cut(u, ":")
					c.Units = append(c.Units, Unit{UnitCode(code), basis})
				}
			}
			line = b.Add(c)
		case "M":
			if line < 0 {
				return fail(fmt.Errorf("measure before any commodity"))
			}
			m := Measure{
				Kind: KindOf(f[1]), Type: f[2], Areas: areas(f[3]), Excluded: areas(f[4]),
				AdditionalCode: AdditionalCode(f[5]), Quota: f[6], Law: f[10],
			}
			if m.Kind == NoKind {
				return fail(fmt.Errorf("unknown kind of measure %q", f[1]))
			}
			if f[7] != "" {
				x, err := strconv.Atoi(f[7])
				if err != nil || x < 0 || x >= len(expressions) {
					return fail(fmt.Errorf("no duty expression %q", f[7]))
				}
				m.Duty = expressions[x]
			}
			var err error
			if m.From, err = optionalDate(f[8]); err != nil {
				return fail(err)
			}
			if m.To, err = optionalDate(f[9]); err != nil {
				return fail(err)
			}
			if f[11] != "" {
				if err := json.Unmarshal([]byte(f[11]), &m.Conditions); err != nil {
					return fail(err)
				}
			}
			if m.Season, err = parseSeason(f[12]); err != nil {
				return fail(err)
			}
			b.Measure(line, m)
		default:
			return fail(fmt.Errorf("unknown record %q", tag))
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read tariff facts: %w", err)
	}
	if b == nil {
		return nil, fmt.Errorf("tariff facts are empty")
	}
	s := b.close()
	s.epoch = hex.EncodeToString(hash.Sum(nil)[:16])
	return s, nil
}

func optionalDate(s string) (clock.Date, error) {
	if s == "" {
		return 0, nil
	}
	return clock.ParseDate(s)
}
