package message

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/message/edifact"
)

// goods takes the segments of a line.
func (c *cuscar) goods(s edifact.Segment) {
	if c.bill == nil {
		if s.Tag == "MEA" && c.at == inEquipment {
			c.measureEquipment(s)
		}
		return
	}
	b := &c.bill.bill
	if s.Tag == "GID" {
		c.bill.content = true
		c.at = inGoods
		g := manifest.GoodsItem{Number: len(b.Goods) + 1}
		if n, err := strconv.Atoi(s.Get(1, 1)); err == nil && n > 0 {
			g.Number = n
		}
		b.Goods = append(b.Goods, g)
		line := &b.Goods[len(b.Goods)-1]
		if s.Get(2, 1) != "" {
			line.Packages, _ = c.amount(s, s.Get(2, 1), "packages")
		}
		c.packageKind(s, line, s.Get(2, 2), strings.Trim(s.Get(2, 3)+":"+s.Get(2, 4), ":"))
		return
	}
	if c.at != inGoods && c.at != inPlacement {
		return
	}
	line := &b.Goods[len(b.Goods)-1]
	switch s.Tag {
	case "PAC":
		if line.Packages == 0 && s.Get(1, 1) != "" {
			line.Packages, _ = c.amount(s, s.Get(1, 1), "packages")
		}
		if line.PackageKind == "" {
			c.packageKind(s, line, s.Get(3, 1), list(s, 3))
		}
	case "FTX":
		if s.Get(1, 1) == "AAA" {
			line.Description = joinText(line.Description, s.Components(4))
		}
	case "MEA":
		c.measure(s, line)
	case "SGP":
		number := manifest.NormalNumber(s.Get(1, 1))
		if number == "" {
			return
		}
		p := manifest.Placement{Number: number}
		if s.Get(2, 1) != "" {
			p.Packages, _ = c.amount(s, s.Get(2, 1), "equipment")
		}
		line.Equipment = append(line.Equipment, p)
		c.attach(number)
		c.at = inPlacement
	case "DGS":
		d := manifest.DangerousGoods{Regulation: s.Get(1, 1), Class: s.Get(2, 1), UNNumber: s.Get(3, 1), Packing: s.Get(5, 1)}
		if s.Get(4, 1) != "" {
			d.Flashpoint = strings.TrimSpace(s.Get(4, 1) + " " + s.Get(4, 2))
		}
		line.Dangerous = append(line.Dangerous, d)
		c.at = inGoods
	case "PCI":
		line.Marks = strings.Join(append(full([]string{line.Marks}), full(s.Components(2))...), " ")
	case "CST":
		for e := 2; e <= len(s.Data) && line.HS == ""; e++ {
			line.HS = commodity(s.Get(e, 1))
		}
	case "PIA":
		for e := 2; e <= len(s.Data) && line.HS == ""; e++ {
			if t := s.Get(e, 2); t == "HS" || t == "HSC" || t == "CC" {
				line.HS = commodity(s.Get(e, 1))
			}
		}
	}
}

// packageKind takes 7065. A code that is not written like one of Recommendation
// 21, two letters or digits, is of another list: it is kept and not used.
func (c *cuscar) packageKind(s edifact.Segment, line *manifest.GoodsItem, code, list string) {
	if len(code) != 2 && code != "" {
		c.note(fault.New(fault.Invalid, "MSG-CUSCAR-PACKAGE-01", c.path("packageKind"), "kind of package “{value}” in segment {segment} is no code of Recommendation 21 and was not used",
			"give it by its two characters, such as CT or PK", "value", clip(code), "segment", s.Number))
		c.state(c.path("packageKind"), code, list)
		return
	}
	line.PackageKind = code
}

// commodity gives the digits of a commodity code, "" when it is none.
func commodity(code string) string {
	digits := strings.NewReplacer(".", "", " ", "", "-", "").Replace(code)
	if len(digits) < 4 || len(digits) > 13 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}

// textWidths are the lengths at which senders cut free text (4440 in the
// directories, and 35 of older screens): a piece of exactly such a length goes
// on in the next without a blank.
var textWidths = map[int]bool{35: true, 70: true, 512: true}

func joinText(before string, pieces []string) string {
	last := utf8.RuneCountInString(before) % 350
	glue := before != "" && last == 0
	out := before
	for _, p := range pieces {
		if p == "" {
			continue
		}
		if out != "" && !glue {
			out += " "
		}
		out += p
		glue = textWidths[utf8.RuneCountInString(p)]
	}
	return out
}

// grossDimensions (6313) and purposes (6311) that mean gross mass; AAG did so
// in the directories up to D.96 and still does in national guides.
var (
	grossDimensions  = map[string]bool{"G": true, "AAB": true, "AAG": true, "AAD": true, "WT": true}
	volumeDimensions = map[string]bool{"AAW": true, "ABJ": true, "VOL": true}
	massPurposes     = map[string]bool{"AAI": true, "WT": true, "AAE": true, "AAX": true, "EGW": true}
)

// meaning tells what MEA measures: gross mass, volume or something else.
func meaning(s edifact.Segment) (mass, volume bool) {
	dimension, purpose := s.Get(2, 1), s.Get(1, 1)
	if dimension == "" {
		return massPurposes[purpose] && volumes[s.Get(3, 1)] == 0, purpose == "VOL" || (massPurposes[purpose] && volumes[s.Get(3, 1)] != 0)
	}
	return grossDimensions[dimension], volumeDimensions[dimension]
}

func (c *cuscar) measure(s edifact.Segment, line *manifest.GoodsItem) {
	mass, volume := meaning(s)
	if (!mass && !volume) || s.Get(3, 2) == "" {
		return
	}
	field, table, standard := "grossMass", masses, "KGM"
	if volume {
		field, table, standard = "measurement", volumes, "MTQ"
	}
	q, ok := c.amount(s, s.Get(3, 2), field)
	if !ok || q == 0 { // 0 is what systems send for “not measured”
		return
	}
	if q, ok = c.convert(s, q, s.Get(3, 1), table, standard, field); !ok {
		return
	}
	switch {
	case volume:
		line.Measurement = q
	case c.at == inPlacement && len(line.Equipment) > 0:
		line.Equipment[len(line.Equipment)-1].GrossMass = q
	default:
		line.GrossMass = q
	}
}

func (c *cuscar) measureEquipment(s edifact.Segment) {
	dimension := s.Get(2, 1)
	if !grossDimensions[dimension] && dimension != "VGM" && dimension != "" {
		return
	}
	if mass, _ := meaning(s); !mass && dimension != "VGM" {
		return
	}
	if q, ok := c.amount(s, s.Get(3, 2), "equipment"); ok && q != 0 {
		if q, ok = c.convert(s, q, s.Get(3, 1), masses, "KGM", "equipment"); ok {
			c.equipment[len(c.equipment)-1].GrossMass = q
		}
	}
}
