package writeoff

import (
	"slices"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Kind is why a report is made (DR §4.5).
type Kind int

const (
	Normal        Kind = 1 // at the end of a period
	Supplementary Kind = 2 // between two ends
	ByCustoms     Kind = 3 // customs ask for it
)

// Method says what the use of materials is taken from (DR §3.6).
type Method string

const (
	ByConsumption Method = "unit_consumption" // what left × its unit consumption
	ByOrder       Method = "work_order"       // issues − returns of the work orders
	ByStock       Method = "stock"            // nothing is made: a warehouse
)

// MethodOf gives the method of a book.
func MethodOf(b *book.Book) Method {
	switch {
	case b.Kind != book.Processing:
		return ByStock
	case b.Processing == book.WorkOrder:
		return ByOrder
	}
	return ByConsumption
}

// Period is the days a report is about, both included.
type Period struct {
	Start clock.Date `json:"start"`
	End   clock.Date `json:"end"`
}

// In tells whether a day lies in the period.
func (p Period) In(on clock.Date) bool { return p.Start <= on && on <= p.End }

// NextPeriod gives the period that follows the last write-off of a book, or its
// first one, which begins on the day it was opened. months is the cycle where
// the book states none.
func NextPeriod(b *book.Book, opened clock.Date, months int) Period {
	start := opened
	if b.LastWriteOff != 0 {
		start = b.LastWriteOff.AddDays(1)
	}
	if b.CycleMonths > 0 {
		months = b.CycleMonths
	}
	return Period{start, start.AddMonths(months).AddDays(-1)}
}

// Column is one column of the report: where a quantity came from or went.
type Column string

const (
	FirstLine       Column = "first_line"        // from abroad
	SecondLine      Column = "second_line"       // from the rest of the country
	CarriedIn       Column = "carried_in"        // from another book or area
	ExchangedIn     Column = "exchanged_in"      // products exchanged, coming back
	Made            Column = "made"              // products
	VerifiedAdd     Column = "verified_add"      // an earlier surplus
	Consumed        Column = "consumption"       // posted as used
	ReExported      Column = "re_export"         // materials that went back abroad
	Exported        Column = "export"            // products and stock that went abroad
	Sold            Column = "domestic_sale"     // to the home market
	ExchangedOut    Column = "exchanged_out"     // products exchanged, going back
	CarriedOver     Column = "carried_over"      // deep processing: products to another book
	RemainderOut    Column = "remainder_out"     // materials to another book or area
	Scrapped        Column = "scrap"             // to the scrap of the book
	Destroyed       Column = "destroyed"         // under supervision
	VerifiedReduce  Column = "verified_reduce"   // an earlier shortage
	ElsewhereInside Column = "elsewhere_in_book" // on display or on the road: still of the book
)

// Lots under which the accounts of a line keep what is no good material any more
// (DR §4.6), and goods that were exchanged.
const (
	LotScrap     = "scrap"
	LotRemainder = "remainder"
	LotDefective = "defective"
	LotByProduct = "by-product"
	LotExchange  = "exchange"
)

// ColumnOf says in which column a movement of a line stands, seen from its stock
// on hand: other is the account on the other side, in tells that it came.
func ColumnOf(kind book.LineKind, other ledger.Account, in bool) Column {
	product := kind == book.Product
	switch other.Lot {
	case LotScrap, LotByProduct:
		return Scrapped
	case LotRemainder:
		return RemainderOut
	case LotDefective, LotExchange:
		if in {
			return ExchangedIn
		}
		return ExchangedOut
	}
	switch other.Place {
	case ledger.Produced:
		if product {
			return Made
		}
		return FirstLine // provisional goods that became a line of the book
	case ledger.Consumed:
		return Consumed
	case ledger.Scrap:
		return Scrapped
	case ledger.Destroyed:
		return Destroyed
	case ledger.Difference, ledger.Lost:
		if in {
			return VerifiedAdd
		}
		return VerifiedReduce
	case ledger.HomeMarket:
		if in {
			return SecondLine
		}
		return Sold
	case ledger.OnDisplay, ledger.WorkInProgress, ledger.Provisional:
		return ElsewhereInside
	case ledger.InTransit:
		switch {
		case in:
			return CarriedIn
		case product:
			return CarriedOver
		}
		return RemainderOut
	}
	switch { // abroad, at the border
	case in:
		return FirstLine
	case kind == book.Material:
		return ReExported
	}
	return Exported
}

// Move is one movement of a line's stock within the period.
type Move struct {
	On       clock.Date
	Column   Column
	In       bool
	Quantity num.Quantity
	Value    num.Money
}

// Stock is a quantity with the value it carries, in the currency of its line.
type Stock struct {
	Quantity num.Quantity `json:"quantity"`
	Value    num.Money    `json:"value,omitempty"`
}

// LineFacts is what the books say of one line.
type LineFacts struct {
	Line    int
	Opening Stock         // on the day before the period, as the books stand now
	Closed  *num.Quantity // what the last write-off left, nil when there was none
	Moves   []Move
}

// Flows are the sums of the columns. A column that runs both ways (what came
// back) is the sum out less the sum in.
type Flows map[Column]num.Quantity

// ins are the columns that add to the stock; ElsewhereInside adds what came back
// less what went.
var ins = map[Column]bool{FirstLine: true, SecondLine: true, CarriedIn: true, ExchangedIn: true, Made: true, VerifiedAdd: true, ElsewhereInside: true}

// Columns lists every column in the order of the form.
func Columns() []Column {
	return []Column{
		FirstLine, SecondLine, CarriedIn, ExchangedIn, Made, VerifiedAdd,
		Consumed, ReExported, Exported, Sold, ExchangedOut, CarriedOver, RemainderOut, Scrapped, Destroyed, VerifiedReduce, ElsewhereInside,
	}
}

// Adds tells whether a column adds to the stock.
func (c Column) Adds() bool { return ins[c] }

// Item is one line of the report (DR §4.5).
type Item struct {
	Line      int                   `json:"line"`
	Kind      book.LineKind         `json:"kind"`
	Commodity string                `json:"commodity"`
	Name      string                `json:"name"`
	Unit      codelist.UnitCode     `json:"unit"`
	Currency  codelist.CurrencyCode `json:"currency,omitempty"`
	Origin    codelist.CountryCode  `json:"origin,omitempty"`

	Opening Stock        `json:"opening"`
	Late    num.Quantity `json:"late,omitempty"` // booked since, with a day before the period
	Flows   Flows        `json:"flows"`

	// Use of the material: what its work orders or unit consumptions ask for. What of
	// it the books have already is not posted again.
	Consumption    num.Quantity `json:"consumption,omitempty"`
	TangibleLoss   num.Quantity `json:"tangibleLoss,omitempty"`   // of it
	IntangibleLoss num.Quantity `json:"intangibleLoss,omitempty"` // of it
	Output         num.Quantity `json:"output,omitempty"`         // of a product, by its work orders
	Posted         num.Quantity `json:"posted,omitempty"`         // consumption that the books have already
	PostedOutput   num.Quantity `json:"postedOutput,omitempty"`   // products that the books have already

	ShouldRemain Stock         `json:"shouldRemain"` // theoretical closing
	Counted      *num.Quantity `json:"counted,omitempty"`
	CountedValue num.Money     `json:"countedValue,omitempty"`
	Difference   num.Quantity  `json:"difference,omitempty"` // counted − should remain
	Amount       num.Money     `json:"amount,omitempty"`     // of the difference, at the average price
	Rate         num.Rate      `json:"rate,omitempty"`       // of the difference, to Base
	Base         num.Quantity  `json:"base,omitempty"`       // consumption of the period; without any, what left
	Tax          num.Money     `json:"tax,omitempty"`        // duty and taxes on a shortage, CNY
	Settled      Settled       `json:"settled,omitzero"`     // how the difference was settled
	Closing      Stock         `json:"closing"`              // once decided
}

// Report is the write-off report of one period.
type Report struct {
	Book     string   `json:"book"`
	Kind     Kind     `json:"kind"`
	Method   Method   `json:"method"`
	Period   Period   `json:"period"`
	ListsIn  int      `json:"listsIn"`
	ListsOut int      `json:"listsOut"`
	Lists    []string `json:"lists,omitempty"`
	Orders   []string `json:"orders,omitempty"`
	Items    []Item   `json:"items"`
}

// Facts is what a report is compiled from.
type Facts struct {
	Book   *book.Book
	Kind   Kind
	Period Period
	Lines  []LineFacts
	Orders []Order // of the period, for a book written off by work order
	Lists  []ListFact
	Counts []Count // stock-taking, nil when nothing was counted yet
}

// ListFact is a verification list that posted in the period.
type ListFact struct {
	Number    string
	Direction book.Direction
}

// Compile makes the report: for each line
//
//	should remain = opening + late + what came − consumption − what left
//
// and, where it was counted, the difference. A material's consumption is what
// its products or work orders ask for; what the books posted of it before is part
// of that and not taken twice. Faults: NUM-RANGE-01, BOOK-CONSUMPTION-01, those of
// Use.
func Compile(f Facts) (Report, error) {
	r := Report{Book: f.Book.Number, Kind: f.Kind, Method: MethodOf(f.Book), Period: f.Period}
	for _, l := range f.Lists {
		r.Lists = append(r.Lists, l.Number)
		if l.Direction == book.In {
			r.ListsIn++
		} else {
			r.ListsOut++
		}
	}
	for i := range f.Orders {
		if f.Orders[i].Counts(f.Period) {
			r.Orders = append(r.Orders, f.Orders[i].Number)
		}
	}
	use, err := useOf(&f, r.Method)
	if err != nil {
		return r, err
	}
	counted := totals(f.Counts)
	for i := range f.Book.Lines {
		line := &f.Book.Lines[i]
		facts := LineFacts{Line: line.Number}
		if k := slices.IndexFunc(f.Lines, func(l LineFacts) bool { return l.Line == line.Number }); k >= 0 {
			facts = f.Lines[k]
		}
		item, err := compileItem(line, &facts, use[line.Number], counted, f.Counts != nil)
		if err != nil {
			return r, err
		}
		r.Items = append(r.Items, item)
	}
	return r, nil
}

func compileItem(line *book.Line, facts *LineFacts, use Use, counted map[int]num.Quantity, taken bool) (Item, error) {
	it := Item{
		Line: line.Number, Kind: line.Kind, Commodity: line.Commodity, Name: line.Name, Unit: line.Unit, Currency: line.Currency, Origin: line.Origin,
		Opening: facts.Opening, Flows: Flows{}, TangibleLoss: use.Tangible, IntangibleLoss: use.Intangible, Output: use.Made,
	}
	if facts.Closed != nil {
		it.Opening.Quantity, it.Late = *facts.Closed, facts.Opening.Quantity-*facts.Closed
	}
	value := facts.Opening.Value
	for _, m := range facts.Moves {
		sign := num.Quantity(1)
		if m.Column.Adds() != m.In {
			sign = -1
		}
		var err error
		if it.Flows[m.Column], err = num.Add(it.Flows[m.Column], sign*m.Quantity); err != nil {
			return it, err
		}
		if m.In {
			value += m.Value
		} else {
			value -= m.Value
		}
	}
	posted, made := it.Flows[Consumed], it.Flows[Made]
	delete(it.Flows, Consumed)
	it.Posted, it.PostedOutput = posted, made
	it.Consumption = posted
	if use.Method != "" {
		it.Consumption = use.Taken
	}
	if use.Method == ByOrder {
		it.Flows[Made] = use.Made
	}
	it.Flows = compact(it.Flows)
	// What the books hold of value before the write-off posts the rest.
	stock := it.Opening.Quantity + it.Late
	for c, q := range it.Flows {
		if c.Adds() {
			stock += q
		} else {
			stock -= q
		}
	}
	it.ShouldRemain.Quantity = stock - it.Consumption
	inBooks := it.ShouldRemain.Quantity + it.Consumption - posted - it.Flows[Made] + made
	it.ShouldRemain.Value = worth(value, it.ShouldRemain.Quantity, inBooks)
	it.Closing = it.ShouldRemain
	it.Base = it.Consumption
	if it.Base <= 0 {
		it.Base = 0
		for c, q := range it.Flows {
			if !c.Adds() {
				it.Base += q
			}
		}
	}
	if !taken {
		return it, nil
	}
	n, found := counted[line.Number]
	if !found && it.ShouldRemain.Quantity != 0 {
		return it, nil // nobody has looked yet: that is no shortage
	}
	it.Counted, it.Difference = &n, n-it.ShouldRemain.Quantity
	it.CountedValue = worth(value, n, inBooks)
	it.Amount = it.CountedValue - it.ShouldRemain.Value
	if it.Base > 0 {
		rate, err := num.MulDiv(int64(it.Difference), int64(num.OneRate), int64(it.Base), num.HalfUp)
		if err != nil {
			return it, err
		}
		it.Rate = num.Rate(rate)
	}
	it.Closing = Stock{n, it.CountedValue}
	return it, nil
}

// worth is the value of q at the average of the books.
func worth(value num.Money, q, held num.Quantity) num.Money {
	if held <= 0 || q <= 0 {
		return 0
	}
	v, err := value.Part(int64(q), int64(held), num.HalfUp)
	if err != nil {
		return 0 // no price follows from such an average
	}
	return v
}

func compact(f Flows) Flows {
	for c, q := range f {
		if q == 0 {
			delete(f, c)
		}
	}
	return f
}

// Total sums what the columns of one side come to, consumption apart.
func (it *Item) Total(in bool) num.Quantity {
	var sum num.Quantity
	for c, q := range it.Flows {
		if c.Adds() == in {
			sum += q
		}
	}
	return sum
}

// Holds proves the identity of the item to the digit (DR §4.5). Fault:
// WRITEOFF-IDENTITY-01.
func (it *Item) Holds() error {
	should := it.Opening.Quantity + it.Late + it.Total(true) - it.Consumption - it.Total(false)
	ok := should == it.ShouldRemain.Quantity && (it.Counted == nil || it.Difference == *it.Counted-should)
	if ok {
		return nil
	}
	return fault.New(fault.Refused, "WRITEOFF-IDENTITY-01", "", "line {line} does not add up: {should} should remain, {stated} is stated", "compile the report anew",
		"line", it.Line, "should", should, "stated", it.ShouldRemain.Quantity)
}

// Item gives the item of a book line.
func (r *Report) Item(line int) (*Item, bool) {
	for i := range r.Items {
		if r.Items[i].Line == line {
			return &r.Items[i], true
		}
	}
	return nil, false
}
