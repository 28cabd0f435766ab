package codelist

import (
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Standing is what a list can say of a code.
type Standing string

const (
	Listed    Standing = "listed"    // in force on the day asked for
	Withdrawn Standing = "withdrawn" // listed with a mark that it is to be used no more; since when is not published
	Unlisted  Standing = "unlisted"  // not in a list that we know to be incomplete
	Refused   Standing = "refused"   // the fault says why
)

// Check asks whether code stands in the list on day on; path is where the code
// stands in the document. Of an incomplete list an unknown code is Unlisted
// without a fault, when it is written as the codes of that list are.
// Faults: CODELIST-UNKNOWN-01 with the nearest codes as cure, CODELIST-EXPIRED-01
// when the code once was or will be in force, CODELIST-FORM-01 when it is not
// written like a code of the list, CODELIST-LIST-01 when there is no such list.
func (s *Set) Check(name ListName, path, code string, on clock.Date) (Standing, error) {
	l := s.List(name)
	if l == nil {
		return Refused, fault.New(fault.Invalid, "CODELIST-LIST-01", path, "there is no code list “{list}”",
			"choose one of the lists that this system holds", "list", string(name))
	}
	if e, ok := l.At(code, on); ok {
		if e.Attribute("status") == "deleted" || e.Attribute("change") == "X" {
			return Withdrawn, nil
		}
		return Listed, nil
	}
	if e, ok := l.Latest(code); ok {
		return Refused, fault.New(fault.Invalid, "CODELIST-EXPIRED-01", path,
			"{list}: “{code}” ({name}) is not in force on {day}; it holds from {from} to {to}",
			"use the code in force on {day}", "list", l.bothTitles(), "code", code,
			"name", e.bothNames(), "day", on, "from", open(e.ValidFrom), "to", open(e.ValidTo))
	}
	if !fits(l.Form, code) {
		return Refused, fault.New(fault.Invalid, "CODELIST-FORM-01", path,
			"“{code}” is not written like a code of the list {list}",
			"write it like {example}{near}", "code", clip(code), "list", l.bothTitles(),
			"example", l.entries[0].Code, "near", l.suggest(code, on))
	}
	if l.Coverage == Partial {
		return Unlisted, nil
	}
	return Refused, fault.New(fault.Invalid, "CODELIST-UNKNOWN-01", path, "the list {list} has no code “{code}”",
		"use a code of the list{near}", "list", l.bothTitles(), "code", clip(code), "near", l.suggest(code, on))
}

// bothTitles gives the title in English and Chinese: an argument of a refusal
// stands in the text of either language.
func (l *List) bothTitles() string { return l.Title + " " + l.TitleZH }

func (e Entry) bothNames() string { return strings.TrimSpace(e.Name + " " + e.NameZH) }

// suggest gives the nearest codes for a cure, in brackets; "" when none is near.
func (l *List) suggest(code string, on clock.Date) string {
	near := l.Nearest(code, on, 3)
	if len(near) == 0 {
		return ""
	}
	parts := make([]string, len(near))
	for i, e := range near {
		parts[i] = e.Code + " " + e.bothNames()
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func open(d clock.Date) string {
	if d == 0 {
		return "…"
	}
	return d.String()
}

func clip(s string) string {
	runes := []rune(s)
	if len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return s
}

// fits tells whether code is written as form says. A form is a number or a
// range of numbers and a kind: "2 letters", "4 digits", "1-3 characters"
// (letters and digits), "4-6 text" (and hyphens); "" fits everything.
func fits(form, code string) bool {
	size, kind, ok := strings.Cut(form, " ")
	if !ok {
		return true
	}
	low, high, ranged := strings.Cut(size, "-")
	if !ranged {
		high = low
	}
	if len(code) < number(low) || len(code) > number(high) {
		return false
	}
	for i := range len(code) {
		digit := code[i] >= '0' && code[i] <= '9'
		letter := (code[i] >= 'A' && code[i] <= 'Z') || (code[i] >= 'a' && code[i] <= 'z')
		switch kind {
		case "digits":
			if !digit {
				return false
			}
		case "letters":
			if !letter {
				return false
			}
		case "text":
			if !digit && !letter && code[i] != '-' {
				return false
			}
		default:
			if !digit && !letter {
				return false
			}
		}
	}
	return true
}

func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
