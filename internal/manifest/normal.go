package manifest

import (
	"strings"
	"unicode"
)

// NormalNumber brings a number that people type (bill of lading, vessel, voyage,
// container) to the form in which numbers are compared: full width signs become
// half width, letters capital, blanks and invisible signs go (DR §2 rows 1 and
// 2). Hyphens and slashes stay: they distinguish numbers.
func NormalNumber(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 0xFF01 && c <= 0xFF5E {
			c -= 0xFEE0
		}
		if unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
			return -1
		}
		return unicode.ToUpper(c)
	}, strings.ToValidUTF8(s, ""))
}

// SameJourney tells whether two papers speak of the same means and journey. The
// identification decides when both state one, the name otherwise; the journey
// must be equal and stated (DR §2 row 2).
func SameJourney(a, b Transport) bool {
	journey := NormalNumber(a.Journey)
	if journey == "" || journey != NormalNumber(b.Journey) {
		return false
	}
	if ida, idb := NormalNumber(a.MeansID), NormalNumber(b.MeansID); ida != "" && idb != "" {
		return ida == idb
	}
	name := NormalNumber(a.MeansName)
	return name != "" && name == NormalNumber(b.MeansName)
}

// Bill gives the bill of lading with this number, normalised or not, and its
// index; nil and -1 when the manifest has none.
func (m *Manifest) Bill(number string) (*BillOfLading, int) {
	wanted := NormalNumber(number)
	for i := range m.Consignments {
		if NormalNumber(m.Consignments[i].Number) == wanted {
			return &m.Consignments[i], i
		}
	}
	return nil, -1
}

// Normalise brings all numbers of the manifest to their compared form and sets
// the verdict on each container's check digit. Nothing else is changed.
func (m *Manifest) Normalise() {
	m.ID = NormalNumber(m.ID)
	m.Transport.MeansID = NormalNumber(m.Transport.MeansID)
	m.Transport.Journey = NormalNumber(m.Transport.Journey)
	m.Transport.MeansName = strings.Join(strings.Fields(m.Transport.MeansName), " ")
	for i := range m.Consignments {
		b := &m.Consignments[i]
		b.Number, b.Master = NormalNumber(b.Number), NormalNumber(b.Master)
		for j := range b.Equipment {
			e := &b.Equipment[j]
			e.Number = NormalNumber(e.Number)
			e.CheckDigit = Checked(e.Number)
			for k := range e.Seals {
				e.Seals[k].Number = NormalNumber(e.Seals[k].Number)
			}
		}
		for j := range b.Goods {
			for k := range b.Goods[j].Equipment {
				b.Goods[j].Equipment[k].Number = NormalNumber(b.Goods[j].Equipment[k].Number)
			}
		}
	}
}
