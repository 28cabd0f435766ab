package tariff

import (
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Classification is a decision of customs on the code of goods, made before they
// are declared (预归类; DR §4.3c, S107): a pre-classification for everybody, or an
// advance ruling for the enterprise that asked for it.
type Classification struct {
	Number     string     `json:"number"`               // of the decision
	Enterprise string     `json:"enterprise,omitempty"` // credit code of the holder; empty: for everybody
	Part       string     `json:"part,omitempty"`       // part number or model, as the holder writes it
	Name       string     `json:"name"`                 // of the goods
	Code       Code       `json:"code"`
	From       clock.Date `json:"from"`
	To         clock.Date `json:"to,omitempty"` // last day; open when there is none
	Reason     string     `json:"reason"`
}

// Ruling tells whether the decision was made for one enterprise.
func (c *Classification) Ruling() bool { return c.Enterprise != "" }

// Agrees tells whether goods may be declared under a code by this decision: one of
// the two is the beginning of the other, as declarations carry more digits.
func (c *Classification) Agrees(code Code) bool {
	return strings.HasPrefix(string(code), string(c.Code)) || strings.HasPrefix(string(c.Code), string(code))
}

// Classified is the decisions in force, ready to be looked up. It is immutable; nil
// knows of none.
type Classified struct {
	rows   []Classification
	byPart map[string][]int
	byName map[string][]int
}

// folded is how parts and names are compared: without case and outer blanks.
func folded(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// NewClassified makes decisions ready to be looked up.
func NewClassified(rows []Classification) *Classified {
	c := &Classified{rows: slices.Clone(rows), byPart: map[string][]int{}, byName: map[string][]int{}}
	for i := range c.rows {
		if part := folded(c.rows[i].Part); part != "" {
			c.byPart[part] = append(c.byPart[part], i)
		}
		c.byName[folded(c.rows[i].Name)] = append(c.byName[folded(c.rows[i].Name)], i)
	}
	return c
}

// Decided gives the decision for goods of an enterprise on a day: one on the part
// wins over one on the name, one for the enterprise over one for everybody.
func (c *Classified) Decided(enterprise, part, name string, on clock.Date) (*Classification, bool) {
	if c == nil {
		return nil, false
	}
	var open *Classification
	for _, list := range [...][]int{c.byPart[folded(part)], c.byName[folded(name)]} {
		for _, i := range list {
			row := &c.rows[i]
			switch {
			case !within(row.From, row.To, on) || row.Part != "" && folded(row.Part) != folded(part):
			case row.Enterprise == enterprise && enterprise != "":
				return row, true
			case row.Enterprise == "" && open == nil:
				open = row
			}
		}
	}
	return open, open != nil
}

// Search gives up to limit decisions whose number, part, name or code holds the
// words: those for everybody, and those for the enterprise; all is customs, which
// sees every one.
func (c *Classified) Search(query, enterprise string, all bool, limit int) []Classification {
	if c == nil {
		return nil
	}
	var found []Classification
	words := strings.Fields(folded(query))
	for i := range c.rows {
		row := &c.rows[i]
		if !all && row.Enterprise != "" && row.Enterprise != enterprise {
			continue
		}
		text := folded(row.Number + " " + row.Part + " " + row.Name + " " + string(row.Code))
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) && len(found) < limit {
			found = append(found, *row)
		}
	}
	return found
}

// With gives the decisions with more of them, each proven against the schedule.
//
// Faults, with the path of the decision in the list: TARIFF-CLASS-01 (number, name
// or reason missing), -02 (no day, or an end before the beginning), -03 (another
// decision of that number), -04 (the same goods are decided otherwise on a day of
// it), and TARIFF-CODE-… with the nearest codes.
func (c *Classified) With(more []Classification, s *Schedule) ([]Classification, error) {
	var faults fault.List
	var all []Classification
	if c != nil {
		all = slices.Clone(c.rows)
	}
	for n := range more {
		d := &more[n]
		at := func(member string) string { return "/" + strconv.Itoa(n) + member }
		for member, text := range map[string]string{"/number": d.Number, "/name": d.Name, "/reason": d.Reason} {
			if strings.TrimSpace(text) == "" {
				faults = append(faults, fault.New(fault.Invalid, "TARIFF-CLASS-01", at(member), "a decision needs its number, the name of the goods and a reason", "fill it in"))
			}
		}
		if d.From == 0 || d.To != 0 && d.To < d.From {
			faults = append(faults, fault.New(fault.Invalid, "TARIFF-CLASS-02", at("/from"), "a decision needs its first day, and cannot end before it", "give the first day, and the last one or none"))
		} else if _, known := s.Find(d.Code, d.From); !known {
			_, err := s.At(d.Code, d.From)
			if other := faults.Add(at("/code"), err); other != nil {
				return nil, other
			}
		}
		for i := range all {
			o := &all[i]
			if o.Number == d.Number {
				faults = append(faults, fault.New(fault.Conflict, "TARIFF-CLASS-03", at("/number"), "decision {number} is there already", "give the decision a number of its own", "number", d.Number))
			} else if o.Enterprise == d.Enterprise && folded(o.Part) == folded(d.Part) && (d.Part != "" || folded(o.Name) == folded(d.Name)) &&
				!o.Agrees(d.Code) && overlap(o.From, o.To, d.From, d.To) {
				faults = append(faults, fault.New(fault.Conflict, "TARIFF-CLASS-04", at("/code"), "decision {number} puts the same goods under {code}", "end one before the other begins", "number", o.Number, "code", o.Code))
			}
		}
		all = append(all, *d)
	}
	return all, faults.OrNil()
}
