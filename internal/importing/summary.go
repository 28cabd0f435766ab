package importing

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/num"
)

// Refusal is one row that was refused, with everything that is wrong with it.
type Refusal struct {
	Row    int     `json:"row"`
	Line   int     `json:"line"` // of the file
	Key    string  `json:"key,omitempty"`
	Faults []Fault `json:"faults"`
}

// Fault is one refusal in words: field, reason and cure.
type Fault struct {
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"` // pointer within the row or the declaration
	Detail string `json:"detail"`
	Cure   string `json:"cure,omitempty"`
}

// Reason counts the rows that were refused for one reason.
type Reason struct {
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`
	Rows    int    `json:"rows"`
	Example int    `json:"example"` // the first of these rows
	Detail  string `json:"detail"`  // of the example
	Cure    string `json:"cure,omitempty"`
}

// Office counts the declarations of one office by channel.
type Office struct {
	Office   string           `json:"office"`
	Channels map[string]int64 `json:"channels"`
	Total    int64            `json:"total"`
}

// Price is the sum of declared prices in one currency.
type Price struct {
	Currency string    `json:"currency"`
	Total    num.Money `json:"total"`
	Lines    int64     `json:"lines"`
	Unpriced int64     `json:"unpriced"` // lines whose price is not known
}

// Shown bounds the refusals that a summary keeps; all of them go to
// Declarations.Refused.
const Shown = 1000

// Summary is what an import gave. Rows = Lodged + Before + Refused.
type Summary struct {
	Rows     int64                 `json:"rows"`
	Lodged   int64                 `json:"lodged"`  // now
	Before   int64                 `json:"already"` // were in from an earlier run
	Refused  int64                 `json:"refused"`
	From     clock.Date            `json:"from,omitzero"` // earliest and latest legal day
	To       clock.Date            `json:"to,omitzero"`
	Channels map[string]int64      `json:"channels"`
	States   map[string]int64      `json:"states"`
	Offices  []Office              `json:"offices"`
	Prices   []Price               `json:"prices"`
	Value    num.Money             `json:"customs_value_cny"`
	Taxes    []clearance.TaxFigure `json:"taxes_cny"`
	Total    num.Money             `json:"tax_total_cny"`
	Waits    map[string]int64      `json:"waits"` // reasons why declarations are not released yet, by code
	Labels   int64                 `json:"labels"`
	Found    int64                 `json:"labels_found"`
	Reasons  []Reason              `json:"refused_by_reason,omitempty"`
	Refusals []Refusal             `json:"refusals,omitempty"` // the first rows, at most Shown

	offices map[string]*Office
	prices  map[string]*Price
	taxes   map[string]num.Money
	reasons map[[2]string]*Reason
}

func newSummary() *Summary {
	return &Summary{
		Channels: map[string]int64{}, States: map[string]int64{}, Waits: map[string]int64{},
		offices: map[string]*Office{}, prices: map[string]*Price{}, taxes: map[string]num.Money{}, reasons: map[[2]string]*Reason{},
	}
}

// add counts a row that is in. Fault: NUM-RANGE-01 when a sum runs over.
func (s *Summary) add(d *declaration.Declaration, t *taken) (err error) {
	s.Rows++
	if t.before {
		s.Before++
	} else {
		s.Lodged++
	}
	if s.From == 0 || d.DeclaredOn < s.From {
		s.From = d.DeclaredOn
	}
	s.To = max(s.To, d.DeclaredOn)
	channel := string(t.reply.Channel)
	s.Channels[channel]++
	s.States[string(t.reply.State)]++
	office := s.offices[string(d.CompetentOffice)]
	if office == nil {
		office = &Office{Office: string(d.CompetentOffice), Channels: map[string]int64{}}
		s.offices[office.Office] = office
	}
	office.Channels[channel]++
	office.Total++
	for i := range d.Lines {
		l := &d.Lines[i]
		currency := string(d.CurrencyOf(l))
		p := s.prices[currency]
		if p == nil {
			p = &Price{Currency: currency}
			s.prices[currency] = p
		}
		p.Lines++
		if l.Total == 0 {
			p.Unpriced++
		}
		if p.Total, err = num.Add(p.Total, l.Total); err != nil {
			return err
		}
	}
	if s.Value, err = num.Add(s.Value, t.reply.Value); err != nil {
		return err
	}
	if s.Total, err = num.Add(s.Total, t.reply.Total); err != nil {
		return err
	}
	for _, f := range t.reply.Taxes {
		if s.taxes[f.Tax], err = num.Add(s.taxes[f.Tax], f.Amount); err != nil {
			return err
		}
	}
	for _, w := range t.reply.Waits {
		s.Waits[w.Code]++
	}
	if t.labelled {
		s.Labels++
	}
	if t.found {
		s.Found++
	}
	return nil
}

// refuse counts a refused row and gives it in words.
func (s *Summary) refuse(r declaration.Record, faults fault.List) Refusal {
	s.Rows++
	s.Refused++
	prefix := rowPath(r.Row)
	out := Refusal{Row: r.Row, Line: r.Line, Key: r.Key}
	counted := map[*Reason]bool{}
	for _, f := range faults {
		said := Fault{f.Code, strings.TrimPrefix(f.Path, prefix), f.Message(), f.Remedy()}
		if slices.Contains(out.Faults, said) {
			continue // one column may fill several elements
		}
		out.Faults = append(out.Faults, said)
		reason := s.reasons[[2]string{said.Code, said.Field}]
		if reason == nil {
			reason = &Reason{Code: said.Code, Field: said.Field}
			s.reasons[[2]string{said.Code, said.Field}] = reason
		}
		if !counted[reason] {
			counted[reason] = true
			reason.Rows++
		}
		if reason.Example == 0 || r.Row < reason.Example {
			reason.Example, reason.Detail, reason.Cure = r.Row, said.Detail, said.Cure
		}
	}
	// Rows come in any order: of twice as many the first are kept now and then.
	if s.Refusals = append(s.Refusals, out); len(s.Refusals) >= 2*Shown {
		s.first()
	}
	return out
}

func (s *Summary) first() {
	slices.SortFunc(s.Refusals, func(a, b Refusal) int { return cmp.Compare(a.Row, b.Row) })
	s.Refusals = s.Refusals[:min(len(s.Refusals), Shown)]
}

// finish brings the counts into their order.
func (s *Summary) finish() {
	s.first()
	for _, code := range slices.Sorted(maps.Keys(s.offices)) {
		s.Offices = append(s.Offices, *s.offices[code])
	}
	for _, code := range slices.Sorted(maps.Keys(s.prices)) {
		s.Prices = append(s.Prices, *s.prices[code])
	}
	for _, tax := range slices.Sorted(maps.Keys(s.taxes)) {
		s.Taxes = append(s.Taxes, clearance.TaxFigure{Tax: tax, Amount: s.taxes[tax]})
	}
	for _, r := range s.reasons {
		s.Reasons = append(s.Reasons, *r)
	}
	slices.SortFunc(s.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Code, b.Code), strings.Compare(a.Field, b.Field))
	})
}
