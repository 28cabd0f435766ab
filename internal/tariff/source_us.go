package tariff

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"seine/internal/clock"
)

// ImportUS reads the export of the Harmonized Tariff Schedule of the United
// States, one JSON object a line: htsno, indent, description, units, general,
// special, other. The general column is the most favoured nation rate, special
// are programmes (as preferences with the programme's sign as area), other is
// the general rate for countries without treaty ("column 2").
func ImportUS(in io.Reader, r *SourceReport) (*Schedule, error) {
	b := NewBuilder(About{
		Name: "us", Title: "Harmonized Tariff Schedule of the United States", Currency: "USD", Edition: clock.Day(2025, 5, 25),
		Source: "US International Trade Commission, by brendanxmac/hts-hero@52b59bc978a5", Licence: "US government work, public domain",
	})
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), 4<<20)
	chapter := 0
	special := map[string][]Programme{}
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var row struct {
			Chapter     int      `json:"chapter"`
			HTSNo       string   `json:"htsno"`
			Indent      string   `json:"indent"`
			Description string   `json:"description"`
			Units       []string `json:"units"`
			General     string   `json:"general"`
			Special     string   `json:"special"`
			Other       string   `json:"other"`
			Additional  string   `json:"additionalDuties"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("row %d: %w", n, err)
		}
		indent, err := strconv.ParseUint(row.Indent, 10, 6)
		if err != nil {
			r.reject(fmt.Sprintf("row %d: indent %q", n, row.Indent))
			continue
		}
		c := Commodity{Indent: uint8(indent) + 1, EN: strings.TrimSpace(us().blanks.ReplaceAllString(row.Description, " ")), Units: usQuantityUnits(row.Units)}
		if row.HTSNo != "" {
			if c.Code, err = ParseCode(row.HTSNo); err != nil {
				r.reject(fmt.Sprintf("row %d: code %q", n, row.HTSNo))
				continue
			}
		}
		if row.Chapter != chapter {
			chapter = row.Chapter
			b.Add(Commodity{Code: Code(fmt.Sprintf("%02d", chapter)), EN: fmt.Sprintf("Chapter %d", chapter)})
		}
		line := b.Add(c)
		add := func(kind Kind, text string) {
			if e := ParseUSRate(text); e != nil {
				usSuch(e, c.EN)
				r.count(c.Code, kind, e)
				b.Measure(line, Measure{Kind: kind, Type: "column 1 general", Duty: e})
			}
		}
		add(MFN, row.General)
		if e := ParseUSRate(row.Other); e != nil {
			r.count(c.Code, General, e)
			b.Measure(line, Measure{Kind: General, Type: "column 2", Duty: e})
		}
		list, ok := special[row.Special]
		if !ok {
			list = ParseUSSpecial(row.Special)
			special[row.Special] = list
		}
		for _, p := range list {
			r.count(c.Code, Conventional, p.Duty)
			b.Measure(line, Measure{Kind: Conventional, Type: "column 1 special", Areas: p.Areas, Duty: p.Duty})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return b.Schedule(), nil
}

// usSuch fills in what "such subheading" means: the description names the codes.
func usSuch(e *Expression, description string) {
	if e.Reference != ApplicableCode || len(e.See) > 0 || !strings.Contains(e.Text, "such subheading") {
		return
	}
	for _, m := range us().codes.FindAllStringSubmatch(description, -1) {
		if span, ok := spanOf(m[1], m[2]); ok {
			e.See = append(e.See, span)
		}
	}
}

// usQuantityUnits reads the statistical units of a line: "kg", "doz. prs.",
// "Cu kg" (kilograms of copper content).
func usQuantityUnits(texts []string) []Unit {
	var out []Unit
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if u, ok := usStatistical[text]; ok {
			out = append(out, u)
			continue
		}
		// "Cu kg", "Au g": mass of a content named by its sign.
		if content, unit, found := strings.Cut(text, " "); found {
			if u, ok := usStatistical[unit]; ok && u.Basis == "" {
				out = append(out, Unit{u.Code, content + " content"})
				continue
			}
		}
		out = append(out, Unit{Basis: text})
	}
	return out
}

var usStatistical = map[string]Unit{
	"kg": {Code: "KGM"}, "g": {Code: "GRM"}, "t": {Code: "TNE"}, "No.": {Code: "NAR"}, "pcs": {Code: "NAR"}, "doz.": {Code: "DZN"}, "Dz Pcs": {Code: "DZP"},
	"prs.": {Code: "NPR"}, "doz. prs.": {Code: "DPR"}, "gross": {Code: "GRO"}, "hundreds": {Code: "CEN"}, "thousands": {Code: "MIL"},
	"m": {Code: "MTR"}, "lin. m": {Code: "MTR"}, "thousand m": {Code: "KMT"}, "m2": {Code: "MTK"}, "m²": {Code: "MTK"}, "cm2": {Code: "CMK"}, "square": {Code: "SQR"},
	"m3": {Code: "MTQ"}, "thousand m3": {Code: "R9"}, "liters": {Code: "LTR"}, "bbl": {Code: "BLL"}, "pf.liters": {Code: "PFL"},
	"carat": {Code: "CTM"}, "W": {Code: "WTT"}, "MWh": {Code: "MWH"}, "GBq": {Code: "GBQ"}, "doses": {Code: "DOS"}, "Jwls.": {Code: "JWL"}, "gr.lines": {Code: "GRL"},
	"cy kg": {"KGM", "clean yield"}, "kg cmsc": {"KGM", "cow's milk solids content"}, "kg msc": {"KGM", "milk solids content"}, "kg ttl sug": {"KGM", "total sugars"},
	"kg amc": {"KGM", "anhydrous morphine content"}, "t adw": {"TNE", "air dry weight"}, "t dwb": {"TNE", "dry weight basis"}, "Fiber m": {"MTR", "fiber"},
}
