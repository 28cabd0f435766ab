package tariff

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"seine/internal/clock"
)

// Hit is one commodity found by its words, with the hierarchy above it.
type Hit struct {
	Goods Goods
	Path  []*Commodity // from the chapter down to the commodity
	Score int
}

// Search finds commodities in force on day d whose code begins with the query,
// or whose description, with the lines above it, holds every word of the query,
// in English or Chinese. Words in the line itself count more than words above
// it; among equals the deeper line comes first, then tariff order.
func (s *Schedule) Search(query string, d clock.Date, limit int) []Hit {
	words := searchWords(query)
	if len(words) == 0 || limit <= 0 {
		return nil
	}
	if code, err := ParseCode(strings.TrimSpace(query)); err == nil {
		return s.byCode(code, d, limit)
	}
	// found[i] has a bit for each word in line i or above it: parents come first.
	if len(words) > 32 {
		words = words[:32]
	}
	all := uint32(1)<<len(words) - 1
	found := make([]uint32, len(s.goods))
	var hits []Hit
	for i := range s.goods {
		c := &s.goods[i]
		own := uint32(0)
		text := strings.ToLower(c.EN)
		for n, w := range words {
			if strings.Contains(text, w) || c.ZH != "" && strings.Contains(c.ZH, w) {
				own |= 1 << n
			}
		}
		found[i] = own
		if c.Parent >= 0 {
			found[i] |= found[c.Parent]
		}
		if found[i] != all || c.Code == "" || !within(c.From, c.To, d) {
			continue
		}
		score := len(c.Code)
		for n, w := range words {
			if own&(1<<n) == 0 {
				continue
			}
			score += 20
			if wholeWord(text, w) {
				score += 20
			}
		}
		if c.Declarable {
			score += 5
		}
		hits = append(hits, Hit{Goods: Goods{s, int32(i), d}, Score: score})
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	hits = hits[:min(limit, len(hits))]
	for i := range hits {
		hits[i].Path = hits[i].Goods.Path()
	}
	return hits
}

func (s *Schedule) byCode(code Code, d clock.Date, limit int) []Hit {
	at, _ := slices.BinarySearchFunc(s.sorted, code, func(i int32, c Code) int { return cmp.Compare(s.goods[i].Code, c) })
	var hits []Hit
	for ; at < len(s.sorted) && len(hits) < limit; at++ {
		c := &s.goods[s.sorted[at]]
		if !strings.HasPrefix(string(c.Code), string(code)) {
			break
		}
		if within(c.From, c.To, d) {
			g := Goods{s, s.sorted[at], d}
			hits = append(hits, Hit{g, g.Path(), 100 - len(c.Code)})
		}
	}
	return hits
}

// searchWords splits a query at anything that is no letter or digit; a run of
// Chinese characters stays one word.
func searchWords(query string) []string {
	return strings.FieldsFunc(strings.ToLower(query), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func wholeWord(text, w string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], w)
		if i < 0 {
			return false
		}
		i += at
		before := i == 0 || !isWordByte(text[i-1])
		end := i + len(w)
		if before && (end == len(text) || !isWordByte(text[end]) || text[end] == 's' && (end+1 == len(text) || !isWordByte(text[end+1]))) {
			return true
		}
		at = i + 1
	}
}

func isWordByte(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
