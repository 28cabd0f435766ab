package edifact

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// charset is the repertoire that the syntax identifier of UNB names (ISO 9735,
// data element 0001). repertoire is nil for those that are pure ASCII or UTF-8.
type charset struct {
	name  string
	table *charmap.Charmap // of an 8-bit repertoire
	utf8  bool
}

// charsets lists the syntax identifiers. UNOX (code extension by escape
// sequences) is read as ASCII; UNOW and UNOY, which name ISO 10646, as UTF-8.
var charsets = map[string]charset{
	"UNOA": {name: "us-ascii"},
	"UNOB": {name: "us-ascii"},
	"IATA": {name: "us-ascii"},
	"IATB": {name: "us-ascii"},
	"UNOC": {name: "iso-8859-1", table: charmap.ISO8859_1},
	"UNOD": {name: "iso-8859-2", table: charmap.ISO8859_2},
	"UNOE": {name: "iso-8859-5", table: charmap.ISO8859_5},
	"UNOF": {name: "iso-8859-7", table: charmap.ISO8859_7},
	"UNOG": {name: "iso-8859-3", table: charmap.ISO8859_3},
	"UNOH": {name: "iso-8859-4", table: charmap.ISO8859_4},
	"UNOI": {name: "iso-8859-6", table: charmap.ISO8859_6},
	"UNOJ": {name: "iso-8859-8", table: charmap.ISO8859_8},
	"UNOK": {name: "iso-8859-9", table: charmap.ISO8859_9},
	"UNOL": {name: "iso-8859-15", table: charmap.ISO8859_15},
	"UNOW": {name: "utf-8", utf8: true},
	"UNOX": {name: "us-ascii"},
	"UNOY": {name: "utf-8", utf8: true},
}

// decode turns the bytes of one component into text. differs is true when the
// bytes are not of the declared repertoire and had to be read as another: UTF-8
// when they are valid UTF-8, ISO 8859-1 otherwise. A byte sequence that is valid
// UTF-8 beyond ASCII is taken as such even under an 8-bit repertoire, because a
// real text in one hardly ever looks like that.
func (c charset) decode(b []byte) (text string, differs bool) {
	if isASCII(b) {
		return string(b), false
	}
	if utf8.Valid(b) {
		return string(b), !c.utf8
	}
	table := c.table
	if table == nil {
		table, differs = charmap.ISO8859_1, true
	}
	out, err := table.NewDecoder().Bytes(b)
	if err != nil {
		return string([]rune(string(b))), true
	}
	return string(out), differs
}

// encode gives the text in the repertoire, or false when a character is not in it.
func (c charset) encode(s string) ([]byte, bool) {
	if c.utf8 || isASCII([]byte(s)) {
		return []byte(s), true
	}
	if c.table == nil {
		return nil, false
	}
	out, err := c.table.NewEncoder().Bytes([]byte(s))
	return out, err == nil
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
