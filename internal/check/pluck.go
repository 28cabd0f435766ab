package check

import (
	"encoding/json"
	"strings"
)

// way is a tree of places in a document; n is the number of a place that ends
// here, -1 where only further names matter.
type way struct {
	n    int
	next map[string]*way
}

// add leads to a place such as times/accepted. Names match whatever their
// capitals and underscores.
func (w *way) add(place string, n int) int {
	at := w
	for name := range strings.SplitSeq(place, "/") {
		name = strings.ToLower(strings.ReplaceAll(name, "_", ""))
		if at.next == nil {
			at.next = map[string]*way{}
		}
		if at.next[name] == nil {
			at.next[name] = &way{n: -1}
		}
		at = at.next[name]
	}
	if at.n < 0 {
		at.n = n
	}
	return at.n
}

// pluck takes the values at the places of w out of a document in one walk: texts
// without quotes, numbers and words as they stand, "" for all else. It tells
// whether the document is one JSON object as far as it was walked.
func (w *way) pluck(doc string, into []string) bool {
	r := plucker{doc: doc}
	r.blanks()
	if !r.object(w, into) {
		return false
	}
	r.blanks()
	return r.at == len(r.doc)
}

type plucker struct {
	doc string
	at  int
}

func (r *plucker) blanks() {
	for r.at < len(r.doc) && (r.doc[r.at] == ' ' || r.doc[r.at] == '\n' || r.doc[r.at] == '\t' || r.doc[r.at] == '\r') {
		r.at++
	}
}

// sign takes one character.
func (r *plucker) sign(c byte) bool {
	if r.at < len(r.doc) && r.doc[r.at] == c {
		r.at++
		return true
	}
	return false
}

// text takes a quoted text and gives what stands between the quotes.
func (r *plucker) text() (inner string, escaped, ok bool) {
	if !r.sign('"') {
		return "", false, false
	}
	for from := r.at; r.at < len(r.doc); r.at++ {
		switch r.doc[r.at] {
		case '"':
			r.at++
			return r.doc[from : r.at-1], escaped, true
		case '\\':
			escaped = true
			r.at++
		}
	}
	return "", false, false
}

func (r *plucker) object(w *way, into []string) bool {
	if !r.sign('{') {
		return false
	}
	var room [64]byte
	for r.blanks(); !r.sign('}'); r.blanks() {
		name, _, ok := r.text()
		r.blanks()
		if !ok || !r.sign(':') {
			return false
		}
		r.blanks()
		var below *way
		if w != nil {
			short := room[:0]
			for i := range len(name) {
				c := name[i]
				if c >= 'A' && c <= 'Z' {
					c += 'a' - 'A'
				}
				if c != '_' {
					short = append(short, c)
				}
			}
			below = w.next[string(short)]
		}
		if !r.value(below, into) {
			return false
		}
		if r.blanks(); !r.sign(',') && (r.at == len(r.doc) || r.doc[r.at] != '}') {
			return false
		}
	}
	return true
}

func (r *plucker) value(w *way, into []string) bool {
	if r.at == len(r.doc) {
		return false
	}
	from := r.at
	switch r.doc[r.at] {
	case '{':
		return r.object(w, into)
	case '[':
		r.at++
		for r.blanks(); !r.sign(']'); r.blanks() {
			if !r.value(nil, nil) {
				return false
			}
			if r.blanks(); !r.sign(',') && (r.at == len(r.doc) || r.doc[r.at] != ']') {
				return false
			}
		}
		return true
	case '"':
		inner, escaped, ok := r.text()
		if !ok {
			return false
		}
		if w != nil && w.n >= 0 {
			if escaped && json.Unmarshal([]byte(r.doc[from:r.at]), &inner) != nil {
				return false
			}
			into[w.n] = inner
		}
		return true
	}
	for r.at < len(r.doc) && strings.IndexByte(",]} \t\r\n", r.doc[r.at]) < 0 {
		r.at++
	}
	if word := r.doc[from:r.at]; w != nil && w.n >= 0 && word != "null" {
		into[w.n] = word
	}
	return r.at > from
}
