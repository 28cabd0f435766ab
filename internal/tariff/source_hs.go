package tariff

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/num"
)

// readTable reads a CSV source by the names of its header, so that a column moved
// or added does no harm and a missing one is named.
func readTable(in io.Reader, needed ...string) (rows []map[string]string, err error) {
	c := csv.NewReader(in)
	c.FieldsPerRecord = -1
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	for i := range header {
		header[i] = strings.TrimSpace(strings.TrimPrefix(header[i], "\ufeff"))
	}
	for _, n := range needed {
		if !slices.Contains(header, n) {
			return nil, fmt.Errorf("there is no column %q", n)
		}
	}
	for {
		record, err := c.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read row %d: %w", len(rows)+2, err)
		}
		row := make(map[string]string, len(header))
		for i, name := range header {
			if i < len(record) {
				row[name] = strings.TrimSpace(record[i])
			}
		}
		rows = append(rows, row)
	}
}

// ImportHS reads the Harmonized System nomenclature: section, hscode,
// description, parent, level. It has no measures.
func ImportHS(in io.Reader, r *SourceReport) (*Schedule, error) {
	rows, err := readTable(in, "hscode", "description")
	if err != nil {
		return nil, err
	}
	b := NewBuilder(About{
		Name: "hs", Title: "Harmonized System 2022", Edition: clock.Day(2022, 1, 1),
		Source: "datasets/harmonized-system@905e5a0fa29f", Licence: "ODC-PDDL 1.0",
	})
	slices.SortStableFunc(rows, func(x, y map[string]string) int { return strings.Compare(x["hscode"], y["hscode"]) })
	for _, row := range rows {
		if row["hscode"] == "TOTAL" { // the root of the list, not a line of it
			continue
		}
		code, err := ParseCode(row["hscode"])
		if err != nil || len(code)%2 != 0 {
			r.reject("code " + row["hscode"])
			continue
		}
		b.Add(Commodity{Code: code, Indent: uint8(len(code)/2 - 1), EN: row["description"]})
	}
	return b.Schedule(), nil
}

// ImportCN reads an extract of the Chinese tariff of one year: hs8, mfn_percent,
// general_percent, provisional_percent, provisional_scope (all or part), name_zh.
// All rates hold from the first day of the edition's year. Provisional rates are
// set for that calendar year and end with it; the others stand until they are
// replaced (our reading).
func ImportCN(in io.Reader, r *SourceReport) (*Schedule, error) {
	rows, err := readTable(in, "hs8", "mfn_percent", "general_percent", "provisional_percent", "provisional_scope")
	if err != nil {
		return nil, err
	}
	b := NewBuilder(About{
		Name: "cn", Title: "Chinese import tariff 2026, extract", Currency: "CNY", Edition: clock.Day(2026, 1, 1),
		Source: "rates of the State Council Tariff Commission, by reborrnck/tariff-stack@c6c9e7c8e470", Licence: "none stated by the repository; an official document",
	})
	from, to := clock.Day(2026, 1, 1), clock.Day(2026, 12, 31)
	slices.SortStableFunc(rows, func(x, y map[string]string) int { return strings.Compare(x["hs8"], y["hs8"]) })
	last := Code("")
	for _, row := range rows {
		code, err := ParseCode(row["hs8"])
		if err != nil || len(code) != 8 {
			r.reject("code " + row["hs8"])
			continue
		}
		// The levels above, for the hierarchy; their words come from the nomenclature.
		for n := 2; n <= 6; n += 2 {
			if len(last) < n || last[:n] != code[:n] {
				b.Add(Commodity{Code: code[:n], Indent: uint8(n/2 - 1)})
			}
		}
		last = code
		line := b.Add(Commodity{Code: code, Indent: 3, ZH: row["name_zh"]})
		for _, col := range [...]struct {
			kind Kind
			text string
		}{{MFN, row["mfn_percent"]}, {General, row["general_percent"]}, {Provisional, row["provisional_percent"]}} {
			if col.text == "" {
				continue
			}
			e := &Expression{Text: col.text + "%"}
			if rate, err := num.ParsePercent(col.text); err == nil && rate >= 0 {
				e = AdValorem(rate)
			}
			kind, end := col.kind, clock.Date(0)
			if kind == Provisional {
				end = to
				switch row["provisional_scope"] {
				case "all":
				case "part":
					kind = ProvisionalPart
				default:
					r.reject("provisional rate of " + string(code) + " without scope")
					continue
				}
			}
			r.count(code, kind, e)
			b.Measure(line, Measure{Kind: kind, Duty: e, From: from, To: end, Law: "tariff of 2026"})
		}
	}
	return b.Schedule(), nil
}
