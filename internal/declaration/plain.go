package declaration

import (
	"strings"
	"unicode"

	"seine/internal/num"
)

// Plain brings a number or name to the form in which papers are compared: upper
// case, half width, without blanks, hyphens, dots and slashes.
func Plain(s string) string {
	plain := true
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= 'A' && s[i] <= 'Z' || s[i] >= '0' && s[i] <= '9'
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full width forms
			r -= '！' - '!'
		}
		switch {
		case unicode.IsSpace(r), r == '-', r == '.', r == '/', r == '_':
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// Similarity is the share of words that two descriptions have in common
// (Jaccard), between 0 and 1; texts without spaces between words, such as
// Chinese, are compared by pairs of characters.
func Similarity(a, b string) num.Rate {
	x, y := wordsOf(a), wordsOf(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	common := 0
	for w := range x {
		if y[w] {
			common++
		}
	}
	share, err := num.MulDiv(int64(common), int64(num.OneRate), int64(len(x)+len(y)-common), num.HalfUp)
	if err != nil {
		return 0
	}
	return num.Rate(share)
}

func wordsOf(s string) map[string]bool {
	words := map[string]bool{}
	for _, word := range strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes := []rune(word)
		if len(runes) < 2 || runes[0] < 0x2E80 {
			words[word] = true
			continue
		}
		for i := 0; i+1 < len(runes); i++ {
			words[string(runes[i:i+2])] = true
		}
	}
	return words
}
