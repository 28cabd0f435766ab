package codelist

import (
	"sort"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"seine/internal/clock"
)

// fold brings text to the form that searches compare: full-width characters to
// half-width, letters to lower case, accents away.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// Search gives at most limit entries in force on day on that fit query, best
// first: the code itself, the whole name, codes that begin with it, names that
// begin with it, names with a word that begins with it, names that hold it
// anywhere. Case, width and accents do not count.
func (l *List) Search(query string, on clock.Date, limit int) []Entry {
	wanted := fold(strings.TrimSpace(query))
	if wanted == "" || limit <= 0 {
		return nil
	}
	code := strings.ToUpper(wanted)
	const ranks = 6
	var found [ranks][]Entry
	names := l.folded()
	for i, e := range l.entries {
		rank := -1
		switch at := strings.Index(names[i], wanted); {
		case e.Code == code:
			rank = 0
		case wholeName(names[i], wanted):
			rank = 1
		case strings.HasPrefix(e.Code, code):
			rank = 2
		case at == 0, at > 0 && names[i][at-1] == 0:
			rank = 3
		case at > 0 && startsWord(names[i], wanted):
			rank = 4
		case at > 0:
			rank = 5
		}
		if rank >= 0 && len(found[rank]) < limit && e.InForce(on) {
			found[rank] = append(found[rank], e)
		}
	}
	var best []Entry
	for _, some := range found {
		best = append(best, some...)
	}
	return best[:min(limit, len(best))]
}

// wholeName tells whether wanted is one of the two names of text.
func wholeName(text, wanted string) bool {
	en, zh, _ := strings.Cut(text, "\x00")
	return wanted == en || wanted == zh
}

func startsWord(text, word string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at += from
		if at == 0 || strings.IndexByte(" -/(,\x00", text[at-1]) >= 0 {
			return true
		}
		from = at + 1
	}
}

// manyEntries is the size from which Nearest looks only at codes that share the
// first two characters: for a port, its country.
const manyEntries = 10_000

// Nearest gives at most limit codes in force on day on that differ from code by
// at most two slips of the pen (a wrong, missing, extra or swapped character;
// for codes of two characters or fewer, one), nearest first. It is for the cure
// of a refusal.
func (l *List) Nearest(code string, on clock.Date, limit int) []Entry {
	code = strings.ToUpper(tidy(code))
	if code == "" || len(code) > 20 || limit <= 0 {
		return nil
	}
	reach := 2
	if len(code) <= 2 {
		reach = 1
	}
	from, to := 0, len(l.entries)
	if to > manyEntries {
		if len(code) < 2 {
			return nil
		}
		from, to = l.first(code[:2]), l.first(code[:2]+"\xff")
	}
	type near struct {
		Entry
		slips int
	}
	var found []near
	for _, e := range l.entries[from:to] {
		if n := len(e.Code) - len(code); n > reach || -n > reach || !e.InForce(on) {
			continue
		}
		if d := slips(code, e.Code); d <= reach && d > 0 {
			found = append(found, near{e, d})
		}
	}
	sort.SliceStable(found, func(i, j int) bool {
		if found[i].slips != found[j].slips {
			return found[i].slips < found[j].slips
		}
		return shared(found[i].Code, code) > shared(found[j].Code, code)
	})
	entries := make([]Entry, 0, limit)
	for _, f := range found[:min(limit, len(found))] {
		entries = append(entries, f.Entry)
	}
	return entries
}

// shared counts the first characters that a and b have in common: people slip
// less often at the beginning.
func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// slips counts the fewest changes, insertions, deletions and swaps of
// neighbours that turn a into b (optimal string alignment). Codes are short:
// both are cut at 23 bytes.
func slips(a, b string) int {
	a, b = a[:min(len(a), 23)], b[:min(len(b), 23)]
	var rows [3][24]int
	older, old, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(old[j]+1, now[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], older[j-2]+1)
			}
		}
		older, old, now = old, now, older
	}
	return old[len(b)]
}

// tidy brings an identifier as people type it to the form that is compared:
// full-width characters to half-width (NFKC), upper case, blanks, hyphens,
// dots and slashes away.
func tidy(s string) string {
	clean := true
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c <= ' ' || c == '-' || c == '/' || c == '.' || c == '\x7f' || (c >= 'a' && c <= 'z') {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	// Composed once more: what is taken away may bring a letter and an accent together.
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Pd, r):
			return -1
		case r == '/', r == '.', r == '·', r == '•', r == '‧', r == '∙':
			return -1
		}
		return unicode.ToUpper(r)
	}, norm.NFKC.String(s)))
}
