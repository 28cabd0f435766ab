package book

import (
	"slices"
	"strconv"

	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/num"
)

// MergeRule names a condition of merging (DR §4.3).
type MergeRule string

const (
	MergeCommodity   MergeRule = "commodity"   // equal commodity code
	MergeUnit        MergeRule = "unit"        // equal declared unit
	MergeOrigin      MergeRule = "origin"      // equal origin
	MergeCurrency    MergeRule = "currency"    // equal currency
	MergeLevyMode    MergeRule = "levy_mode"   // equal levy mode
	MergeName        MergeRule = "name"        // equal name (our reading)
	MergeDestination MergeRule = "destination" // equal final destination (our reading)
	MergePreference  MergeRule = "preference"  // equal claim of preferential origin (our reading)
	MergeConsumable  MergeRule = "consumable"  // consumables never with other materials
	MergeSeparate    MergeRule = "separate"    // customs marked the line
	MergeLicence     MergeRule = "licence"     // goods under licence stand alone
	MergeRemedy      MergeRule = "remedy"      // so do goods under a trade remedy
	MergeVersion     MergeRule = "version"     // one consumption version
	MergeBookLine    MergeRule = "book_line"   // one book line where its quantity is controlled
	MergePart        MergeRule = "part"        // a part belongs to one bill line and one code
	MergePrice       MergeRule = "price"       // price far from the group's average: a signal
)

// Violation is a pair of list lines that may not stand in one bill line, or one
// line (B is 0) that stands out.
type Violation struct {
	A      int       `json:"a"` // list line numbers
	B      int       `json:"b,omitempty"`
	Rule   MergeRule `json:"rule"`
	Signal bool      `json:"signal,omitempty"` // raises the score, blocks nothing
}

// BillLine is what list lines become on the bill.
type BillLine struct {
	Number         int                     `json:"number"`
	ListLines      []int                   `json:"listLines"`
	Commodity      string                  `json:"commodity"`
	Name           string                  `json:"name"`
	Model          string                  `json:"model,omitempty"`
	Quantity       num.Quantity            `json:"quantity"`
	Unit           codelist.UnitCode       `json:"unit"`
	LegalQuantity  num.Quantity            `json:"legalQuantity,omitempty"`
	LegalUnit      codelist.UnitCode       `json:"legalUnit,omitempty"`
	LegalQuantity2 num.Quantity            `json:"legalQuantity2,omitempty"`
	LegalUnit2     codelist.UnitCode       `json:"legalUnit2,omitempty"`
	UnitPrice      num.Price               `json:"unitPrice"` // total ÷ quantity, four decimals
	Total          num.Money               `json:"total"`
	Currency       codelist.CurrencyCode   `json:"currency"`
	Origin         codelist.CountryCode    `json:"origin,omitempty"`
	Destination    string                  `json:"destination,omitempty"`
	LevyMode       codelist.ReliefModeCode `json:"levyMode,omitempty"`
	GrossMass      num.Quantity            `json:"grossMass,omitempty"`
	NetMass        num.Quantity            `json:"netMass,omitempty"`
	BookLine       int                     `json:"bookLine,omitempty"` // when all its list lines have one
}

// mergeable gives the first rule that forbids a and b in one bill line, "" for none.
func mergeable(a, b *ListLine, controlled func(bookLine int) bool) MergeRule {
	switch {
	case a.Commodity != b.Commodity:
		return MergeCommodity
	case a.Unit != b.Unit || a.LegalUnit != b.LegalUnit || a.LegalUnit2 != b.LegalUnit2:
		return MergeUnit
	case a.Origin != b.Origin:
		return MergeOrigin
	case a.Currency != b.Currency:
		return MergeCurrency
	case a.LevyMode != b.LevyMode:
		return MergeLevyMode
	case codelist.NormaliseName(a.Name) != codelist.NormaliseName(b.Name):
		return MergeName
	case a.Destination != b.Destination:
		return MergeDestination
	case a.PreferenceOrigin != b.PreferenceOrigin:
		return MergePreference
	case a.Consumable != b.Consumable:
		return MergeConsumable
	case a.Separate || b.Separate:
		return MergeSeparate
	case a.Licence != "" || b.Licence != "":
		return MergeLicence
	case a.Remedy != "" || b.Remedy != "":
		return MergeRemedy
	case a.Version != b.Version:
		return MergeVersion
	case a.BookLine != b.BookLine && (controlled(a.BookLine) || controlled(b.BookLine)):
		return MergeBookLine
	}
	return ""
}

// PriceDeviation is the share by which a line's price may differ from its
// group's average without raising a signal (DR §4.3, our reading; a deployment
// passes its own).
const PriceDeviation = 30 * num.Percent

// Merge makes bill lines of list lines. Lines that name a bill line go there, as
// the enterprise asked; the others join the first group they fit into, or open
// one. Every pair that stands together against a rule is a violation: with any
// that is not a signal the list is to be returned. controlled tells which book
// lines have their quantity controlled; nil: none.
// Faults: NUM-RANGE-01 when a sum does not fit, BOOK-PRICE-01 when the unit price
// of a bill line does not.
func Merge(lines []ListLine, controlled func(bookLine int) bool, deviation num.Rate) ([]BillLine, []Violation, error) {
	if controlled == nil {
		controlled = func(int) bool { return false }
	}
	groups, violations := group(lines, controlled)
	violations = append(violations, partTwice(lines)...)
	bills := make([]BillLine, 0, len(groups))
	for n, members := range groups {
		b, err := sum(n+1, members)
		if err != nil {
			return nil, nil, err
		}
		violations = append(violations, priceSignals(members, &b, deviation)...)
		bills = append(bills, b)
	}
	return bills, violations, nil
}

func group(lines []ListLine, controlled func(int) bool) ([][]*ListLine, []Violation) {
	var violations []Violation
	asked := map[int][]*ListLine{}
	var numbers []int
	var groups [][]*ListLine
	for i := range lines {
		l := &lines[i]
		if l.BillLine == 0 {
			continue
		}
		if asked[l.BillLine] == nil {
			numbers = append(numbers, l.BillLine)
		}
		for _, other := range asked[l.BillLine] {
			if rule := mergeable(other, l, controlled); rule != "" {
				violations = append(violations, Violation{A: other.Number, B: l.Number, Rule: rule})
			}
		}
		asked[l.BillLine] = append(asked[l.BillLine], l)
	}
	slices.Sort(numbers)
	for _, number := range numbers {
		groups = append(groups, asked[number])
	}
	for i := range lines {
		l := &lines[i]
		if l.BillLine != 0 {
			continue
		}
		fits := slices.IndexFunc(groups, func(members []*ListLine) bool {
			return !slices.ContainsFunc(members, func(m *ListLine) bool { return mergeable(m, l, controlled) != "" })
		})
		if fits < 0 {
			groups = append(groups, nil)
			fits = len(groups) - 1
		}
		groups[fits] = append(groups[fits], l)
	}
	return groups, violations
}

// partTwice finds parts that stand under two commodity codes at once.
func partTwice(lines []ListLine) []Violation {
	var violations []Violation
	first := map[string]*ListLine{}
	for i := range lines {
		l := &lines[i]
		if l.PartNumber == "" {
			continue
		}
		if other := first[l.PartNumber]; other == nil {
			first[l.PartNumber] = l
		} else if other.Commodity != l.Commodity {
			violations = append(violations, Violation{A: other.Number, B: l.Number, Rule: MergePart})
		}
	}
	return violations
}

func sum(number int, members []*ListLine) (BillLine, error) {
	head := members[0]
	b := BillLine{
		Number: number, Commodity: head.Commodity, Name: head.Name, Model: head.Model, Unit: head.Unit,
		LegalUnit: head.LegalUnit, LegalUnit2: head.LegalUnit2, Currency: head.Currency, Origin: head.Origin,
		Destination: head.Destination, LevyMode: head.LevyMode, BookLine: head.BookLine,
	}
	for _, m := range members {
		b.ListLines = append(b.ListLines, m.Number)
		if m.BookLine != b.BookLine {
			b.BookLine = 0
		}
		if m.Model != b.Model {
			b.Model = ""
		}
		sums := []struct {
			into *num.Quantity
			add  num.Quantity
		}{
			{&b.Quantity, m.Quantity},
			{&b.LegalQuantity, m.LegalQuantity},
			{&b.LegalQuantity2, m.LegalQuantity2},
			{&b.GrossMass, m.GrossMass},
			{&b.NetMass, m.NetMass},
		}
		var err error
		for _, s := range sums {
			if *s.into, err = num.Add(*s.into, s.add); err != nil {
				return b, err
			}
		}
		if b.Total, err = num.Add(b.Total, m.Total); err != nil {
			return b, err
		}
	}
	var err error
	if b.UnitPrice, err = price(b.Total, b.Quantity); err != nil {
		return b, fault.New(fault.Invalid, "BOOK-PRICE-01", "/lines/"+strconv.Itoa(head.Number-1)+"/total", "a total of {total} for a quantity of {quantity} is a unit price larger than a bill of entry can hold",
			"check the quantity, its unit and the total of the line", "total", b.Total, "quantity", b.Quantity)
	}
	return b, nil
}

// price gives total ÷ quantity with four decimals, 0 where there is no quantity.
func price(total num.Money, q num.Quantity) (num.Price, error) {
	if q == 0 {
		return 0, nil
	}
	// 1e-2 ÷ 1e-5 = 1e3, and a price is 1e-4: times 10,000,000
	v, err := num.MulDiv(int64(total), 10_000_000, int64(q), num.HalfUp)
	return num.Price(v), err
}

func priceSignals(members []*ListLine, b *BillLine, deviation num.Rate) []Violation {
	if len(members) < 2 || b.UnitPrice <= 0 {
		return nil
	}
	var signals []Violation
	for _, m := range members {
		own, err := price(m.Total, m.Quantity)
		if err != nil {
			continue // it does not fit a price and is refused elsewhere
		}
		limit, err := num.MulDiv(int64(b.UnitPrice), int64(deviation), int64(num.OneRate), num.HalfUp)
		if difference := int64(own - b.UnitPrice); err == nil && max(difference, -difference) > limit {
			signals = append(signals, Violation{A: m.Number, Rule: MergePrice, Signal: true})
		}
	}
	return signals
}

// Blocking tells whether any violation is more than a signal.
func Blocking(violations []Violation) bool {
	return slices.ContainsFunc(violations, func(v Violation) bool { return !v.Signal })
}

// String words a violation for lists and logs: "lines 2 and 5: unit".
func (v Violation) String() string {
	if v.B == 0 {
		return "line " + strconv.Itoa(v.A) + ": " + string(v.Rule)
	}
	return "lines " + strconv.Itoa(v.A) + " and " + strconv.Itoa(v.B) + ": " + string(v.Rule)
}
