package edifact

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
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

// decode turns the bytes of one component into text. instead names the repertoire
// that they had to be read as, "" when they are of the declared one: UTF-8 when
// they are valid UTF-8; GB18030 when no 8-bit repertoire is declared and they look
// like Chinese in it; ISO 8859-1 otherwise. A byte sequence that is valid UTF-8
// beyond ASCII is taken as such even under an 8-bit repertoire, because a real
// text in one hardly ever looks like that.
func (c charset) decode(b []byte) (text, instead string) {
	switch {
	case isASCII(b), utf8.Valid(b) && c.utf8:
		return string(b), ""
	case utf8.Valid(b):
		return string(b), "UTF-8"
	case c.table != nil:
		if out, err := c.table.NewDecoder().Bytes(b); err == nil {
			return string(out), ""
		}
	}
	if text, ok := chinese(b); ok && c.table == nil {
		return text, "GB18030"
	}
	runes := make([]rune, len(b))
	for i := range b {
		runes[i] = rune(b[i]) // every byte is a character of ISO 8859-1
	}
	return string(runes), "ISO 8859-1"
}

// chinese reads b as GB18030, and tells whether that is plausible: everything in it
// is a character, and most of those beyond ASCII are of the common two rows of
// bytes from A1 up. Words of Latin letters with accents are not: hardly ever do
// two accents stand side by side.
func chinese(b []byte) (string, bool) {
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", false
	}
	beyond, common := 0, 0
	for i := 0; i < len(b); i++ {
		if b[i] < utf8.RuneSelf {
			continue
		}
		beyond++
		if i++; i < len(b) && b[i-1] >= 0xA1 && b[i-1] <= 0xF7 && b[i] >= 0xA1 {
			common++
		}
	}
	return string(out), 2*common > beyond
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
