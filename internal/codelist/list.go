package codelist

import (
	"iter"
	"sort"
	"strings"
	"sync"

	"seine/internal/clock"
)

// Coverage says how much of the real list ours holds.
type Coverage string

const (
	Complete Coverage = "complete" // every code of the edition: an unknown code is wrong
	Partial  Coverage = "partial"  // some codes are missing: an unknown code is only unlisted
)

// Entry is one code with its meaning during one span of days.
type Entry struct {
	Code      string
	Name      string     // English; "" where the source has Chinese only
	NameZH    string     // Chinese; "" where the source has English only
	ValidFrom clock.Date // first day; zero: since before our records
	ValidTo   clock.Date // last day; zero: still in force
	packed    string     // attributes, "key=value|key=value"
}

// InForce tells whether the entry holds on day on.
func (e Entry) InForce(on clock.Date) bool {
	return on >= e.ValidFrom && (e.ValidTo == 0 || on <= e.ValidTo)
}

// Attribute gives a further fact of the entry, such as "minor" of a currency;
// "" when the entry has none of that name. The names are in each list's Note.
func (e Entry) Attribute(key string) string {
	for rest := e.packed; rest != ""; {
		var pair string
		pair, rest, _ = strings.Cut(rest, "|")
		if len(pair) > len(key) && pair[len(key)] == '=' && pair[:len(key)] == key {
			return pair[len(key)+1:]
		}
	}
	return ""
}

// Attributes gives every further fact in the order of the file.
func (e Entry) Attributes() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rest := e.packed; rest != ""; {
			var pair string
			pair, rest, _ = strings.Cut(rest, "|")
			key, value, _ := strings.Cut(pair, "=")
			if !yield(key, value) {
				return
			}
		}
	}
}

// Label gives the name in the language wanted ("zh-CN" or anything else for
// English), or the other name where that one is missing, or the code.
func (e Entry) Label(language string) string {
	first, second := e.Name, e.NameZH
	if strings.HasPrefix(language, "zh") {
		first, second = second, first
	}
	switch {
	case first != "":
		return first
	case second != "":
		return second
	}
	return e.Code
}

// List is one code list. It never changes once loaded.
type List struct {
	Name     ListName
	Title    string // English
	TitleZH  string // Chinese
	Source   string // where the facts come from, with commit or edition
	Licence  string // as the source states it
	Coverage Coverage
	Form     string // how a code is written: "2 letters", "4 digits"; shown in refusals
	Note     string // what the attributes mean, what overlaps or is missing
	Rows     int
	SHA256   string // of the file of facts, uncompressed

	entries []Entry // sorted by code, then ValidFrom
	folded  func() []string
}

func newList(meta List, entries []Entry) *List {
	l := meta
	l.entries = entries
	l.folded = sync.OnceValue(func() []string {
		all := make([]string, len(entries))
		for i, e := range entries {
			all[i] = fold(e.Name + "\x00" + e.NameZH)
		}
		return all
	})
	return &l
}

// Len gives the number of entries.
func (l *List) Len() int { return len(l.entries) }

// All gives every entry by code, whether in force or not.
func (l *List) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, e := range l.entries {
			if !yield(e) {
				return
			}
		}
	}
}

// first gives the index of the first entry whose code is not below code.
func (l *List) first(code string) int {
	low, high := 0, len(l.entries)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if l.entries[middle].Code < code {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// At gives what code means on day on. It allocates nothing.
func (l *List) At(code string, on clock.Date) (Entry, bool) {
	for i := l.first(code); i < len(l.entries) && l.entries[i].Code == code; i++ {
		if l.entries[i].InForce(on) {
			return l.entries[i], true
		}
	}
	return Entry{}, false
}

// Latest gives the newest meaning of code, in force or not.
func (l *List) Latest(code string) (Entry, bool) {
	i := l.first(code)
	found := false
	var last Entry
	for ; i < len(l.entries) && l.entries[i].Code == code; i++ {
		last, found = l.entries[i], true
	}
	return last, found
}

// Has tells whether code is in force on day on.
func (l *List) Has(code string, on clock.Date) bool {
	_, ok := l.At(code, on)
	return ok
}

// ByAttribute gives the entries in force on day on whose attribute key has
// exactly this value, by code: the customs unit of a UN unit, for instance.
func (l *List) ByAttribute(key, value string, on clock.Date) []Entry {
	var found []Entry
	for _, e := range l.entries {
		if e.InForce(on) && e.Attribute(key) == value {
			found = append(found, e)
		}
	}
	return found
}

// sortEntries brings entries into the order that lookups rely on.
func sortEntries(entries []Entry) {
	sort.SliceStable(entries, func(i, j int) bool {
		if entries[i].Code != entries[j].Code {
			return entries[i].Code < entries[j].Code
		}
		return entries[i].ValidFrom < entries[j].ValidFrom
	})
}
