package tariff

import (
	"embed"
	"fmt"
	"sync"
)

// The facts that ship with the program, made by Import; cn_taxes.json is written
// by hand from the laws it names.
//
//go:embed data/*.tsv.gz data/cn_taxes.json
var shippedFiles embed.FS

func readShipped(name string) (*Schedule, error) {
	f, err := shippedFiles.Open("data/" + name + ".tsv.gz")
	if err != nil {
		return nil, fmt.Errorf("shipped tariff %q: %w", name, err)
	}
	defer f.Close()
	in, err := plain(f)
	if err != nil {
		return nil, fmt.Errorf("shipped tariff %q: %w", name, err)
	}
	return ReadFacts(in)
}

var (
	shippedHS     = sync.OnceValues(func() (*Schedule, error) { return readShipped("hs") })
	shippedUS     = sync.OnceValues(func() (*Schedule, error) { return readShipped("us") })
	shippedUK     = sync.OnceValues(func() (*Schedule, error) { return readShipped("uk") })
	shippedSeason = sync.OnceValues(func() (*Schedule, error) {
		hs, err := shippedHS()
		if err != nil {
			return nil, err
		}
		uk, err := readShipped("uk-seasonal")
		if err != nil {
			return nil, err
		}
		return OnNomenclature(uk, hs, 10), nil
	})
	shippedUK2020 = sync.OnceValues(func() (*Schedule, error) {
		hs, err := shippedHS()
		if err != nil {
			return nil, err
		}
		uk, err := readShipped("uk2020")
		if err != nil {
			return nil, err
		}
		return OnNomenclature(uk, hs, 8), nil
	})
	shippedCN = sync.OnceValues(func() (*Schedule, error) {
		hs, err := shippedHS()
		if err != nil {
			return nil, err
		}
		cn, err := readShipped("cn")
		if err != nil {
			return nil, err
		}
		return OnNomenclature(cn, hs, 8), nil
	})
	shippedTaxes = sync.OnceValues(func() (*Taxes, error) {
		f, err := shippedFiles.Open("data/cn_taxes.json")
		if err != nil {
			return nil, fmt.Errorf("shipped tax table: %w", err)
		}
		defer f.Close()
		return ReadTaxes(f)
	})
)

// Shipped gives a schedule that ships with the program, read once when first
// asked for: "cn" (Chinese extract on the Harmonized System), "us", "hs", "uk"
// (some commodities with all measures), "uk2020" (duty rates of all codes), "uk-seasonal" (preferences by season).
func Shipped(name string) (*Schedule, error) {
	switch name {
	case "cn":
		return shippedCN()
	case "us":
		return shippedUS()
	case "hs":
		return shippedHS()
	case "uk":
		return shippedUK()
	case "uk2020":
		return shippedUK2020()
	case "uk-seasonal":
		return shippedSeason()
	}
	return nil, fmt.Errorf("there is no shipped tariff %q", name)
}

// ShippedNames are the schedules that ship with the program.
func ShippedNames() []string { return []string{"cn", "us", "hs", "uk", "uk2020", "uk-seasonal"} }

// ShippedTaxes gives the Chinese table of VAT and consumption tax that ships
// with the program.
func ShippedTaxes() (*Taxes, error) { return shippedTaxes() }

// OnNomenclature gives schedule s with the lines and words of the nomenclature
// hs around it: where s has only codes and rates, the hierarchy and its
// descriptions come from hs. A declaration needs that many digits.
func OnNomenclature(s, hs *Schedule, digits int) *Schedule {
	b := NewBuilder(s.About)
	b.Digits(digits)
	copyLine := func(from *Schedule, i int32, indent uint8) int {
		c := from.goods[i]
		c.Indent = indent
		line := b.Add(c)
		for j := c.firstMeasure; j < c.firstMeasure+c.measures; j++ {
			b.Measure(line, from.measures[j])
		}
		return line
	}
	indentOf := func(c Code) uint8 { return uint8((len(c)+1)/2 - 1) }
	i, j := 0, 0
	for i < len(hs.sorted) || j < len(s.sorted) {
		var x, y *Commodity
		if i < len(hs.sorted) {
			x = &hs.goods[hs.sorted[i]]
		}
		if j < len(s.sorted) {
			y = &s.goods[s.sorted[j]]
		}
		switch {
		case y == nil || x != nil && x.Code < y.Code:
			copyLine(hs, hs.sorted[i], indentOf(x.Code))
			i++
		case x == nil || y.Code < x.Code:
			copyLine(s, s.sorted[j], indentOf(y.Code))
			j++
		default: // the same line in both: the schedule's, with words where it has none
			line := copyLine(s, s.sorted[j], indentOf(y.Code))
			if b.goods[line].EN == "" {
				b.goods[line].EN = x.EN
			}
			i, j = i+1, j+1
		}
	}
	return b.Schedule()
}
