package feed

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// OrderState is where a work order stands (DR §3.6).
type OrderState string

const (
	OrderOpen      OrderState = "open"
	OrderReleased  OrderState = "released"
	OrderIssuing   OrderState = "issuing"
	OrderCompleted OrderState = "completed"
	OrderClosed    OrderState = "closed" // final: put right by a reversing order
)

// OrderEvent moves a work order; each is named by the state that the enterprise's
// system tells.
type OrderEvent string

// OrderLife is the whole life of a work order.
var OrderLife = &lifecycle.Table[OrderState, OrderEvent, *WorkOrder]{
	Name: "work order", Code: "FEED-ORDER-01", Initial: OrderOpen,
	States: []lifecycle.State[OrderState]{
		{Name: OrderOpen, Acts: "enterprise releases"},
		{Name: OrderReleased, Acts: "enterprise issues material"},
		{Name: OrderIssuing, Acts: "enterprise produces"},
		{Name: OrderCompleted, Acts: "enterprise closes"},
		{Name: OrderClosed, Final: true},
	},
	Moves: []lifecycle.Move[OrderState, OrderEvent, *WorkOrder]{
		{From: OrderOpen, On: "released", To: OrderReleased},
		{From: OrderOpen, On: "closed", To: OrderClosed},
		{From: OrderReleased, On: "issuing", To: OrderIssuing},
		{From: OrderReleased, On: "closed", To: OrderClosed},
		{From: OrderIssuing, On: "completed", To: OrderCompleted},
		{From: OrderCompleted, On: "closed", To: OrderClosed},
	},
}

// Use is what a work order took of one lot of a material, in the unit of the book
// line (of the part where it has none).
type Use struct {
	Part     string        `json:"part"`
	Line     int           `json:"line,omitempty"`
	Lot      string        `json:"lot,omitempty"`
	Status   ledger.Status `json:"status"`
	Issued   num.Quantity  `json:"issued,omitempty"`
	Returned num.Quantity  `json:"returned,omitempty"`
	Scrapped num.Quantity  `json:"scrapped,omitempty"` // of what was issued and not returned
}

// Used is issues less returns (DR §3.6); what was scrapped is part of it.
func (u *Use) Used() num.Quantity { return u.Issued - u.Returned }

// open is what still lies in the work.
func (u *Use) open() num.Quantity { return u.Issued - u.Returned - u.Scrapped }

// Made is what a work order gave of one lot of a product, in the unit of the book
// line.
type Made struct {
	Part     string        `json:"part"`
	Line     int           `json:"line,omitempty"`
	Lot      string        `json:"lot,omitempty"`
	Status   ledger.Status `json:"status"`
	Quantity num.Quantity  `json:"quantity"`
}

// Day is what a work order moved of one lot on one day, in the unit of the book
// line: a write-off counts by days.
type Day struct {
	On       clock.Date   `json:"on"`
	Kind     Kind         `json:"kind"` // issue, return, scrap or output
	Line     int          `json:"line,omitempty"`
	Lot      string       `json:"lot,omitempty"`
	Bonded   bool         `json:"bonded,omitempty"`
	Quantity num.Quantity `json:"quantity"`
}

// note adds a movement to its day.
func (o *WorkOrder) note(r *Record, part *Part, lot *Lot, q num.Quantity) {
	d := Day{On: r.On, Kind: r.Kind, Line: part.Line, Lot: lot.Lot, Bonded: lot.Status == ledger.Bonded}
	for i := range o.Days {
		if known := o.Days[i]; known.On == d.On && known.Kind == d.Kind && known.Line == d.Line && known.Lot == d.Lot && known.Bonded == d.Bonded {
			o.Days[i].Quantity += q
			return
		}
	}
	d.Quantity = q
	o.Days = append(o.Days, d)
}

// WorkOrder is a work order as the feed told it. Its id is WorkOrderID. A
// reversing order runs backwards: what it issues comes back into stock, what it
// puts out is taken from it; subtract it from the order it reverses.
type WorkOrder struct {
	Book       string            `json:"book"`
	Enterprise string            `json:"enterprise"`
	Number     string            `json:"number"`
	State      OrderState        `json:"state"`
	Product    string            `json:"product,omitempty"` // part
	Planned    num.Quantity      `json:"planned,omitempty"` // in Unit
	Unit       codelist.UnitCode `json:"unit,omitempty"`
	Materials  []Need            `json:"materials,omitempty"` // planned for all of Planned
	Reverses   string            `json:"reverses,omitempty"`
	ReversedBy string            `json:"reversedBy,omitempty"`
	Opened     clock.Date        `json:"opened"`
	Completed  clock.Date        `json:"completed,omitempty"`
	Closed     clock.Date        `json:"closed,omitempty"`
	Uses       []Use             `json:"uses,omitempty"`
	Outputs    []Made            `json:"outputs,omitempty"`
	Days       []Day             `json:"days,omitempty"`
}

// WorkOrderID names a work order.
func WorkOrderID(book, number string) string { return book + "|" + number }

// Clone gives an order that may be changed.
func (o *WorkOrder) Clone() *WorkOrder {
	next := *o
	next.Materials, next.Uses, next.Outputs = slices.Clone(o.Materials), slices.Clone(o.Uses), slices.Clone(o.Outputs)
	next.Days = slices.Clone(o.Days)
	return &next
}

func (o *WorkOrder) use(part *Part, lot string, status ledger.Status) *Use {
	for i := range o.Uses {
		if u := &o.Uses[i]; u.Part == part.Number && u.Lot == lot && u.Status == status {
			return u
		}
	}
	o.Uses = append(o.Uses, Use{Part: part.Number, Line: part.Line, Lot: lot, Status: status})
	return &o.Uses[len(o.Uses)-1]
}

func (o *WorkOrder) made(part *Part, lot string, status ledger.Status) *Made {
	for i := range o.Outputs {
		if m := &o.Outputs[i]; m.Part == part.Number && m.Lot == lot && m.Status == status {
			return m
		}
	}
	o.Outputs = append(o.Outputs, Made{Part: part.Number, Line: part.Line, Lot: lot, Status: status})
	return &o.Outputs[len(o.Outputs)-1]
}

// sums are what an order used and made of one part, all lots together.
func (o *WorkOrder) sums(part string) (used, made num.Quantity) {
	for i := range o.Uses {
		if o.Uses[i].Part == part {
			used += o.Uses[i].Used()
		}
	}
	for i := range o.Outputs {
		if o.Outputs[i].Part == part {
			made += o.Outputs[i].Quantity
		}
	}
	return used, made
}

// tell takes what a record says of the order itself. Faults: FEED-ORDER-01 (no
// such step), -02 (it is closed).
func (o *WorkOrder) tell(r *Record) error {
	if o.State == OrderClosed {
		return closedOrder(o)
	}
	if r.State != o.State {
		next, err := OrderLife.Next(o.State, OrderEvent(r.State), o)
		if err != nil {
			return err
		}
		o.State = next
		switch next {
		case OrderCompleted:
			o.Completed = r.On
		case OrderClosed:
			o.Closed = r.On
		case OrderOpen, OrderReleased, OrderIssuing:
		}
	}
	if r.Part != "" {
		o.Product = r.Part
	}
	if r.Quantity != 0 {
		o.Planned, o.Unit = r.Quantity, r.Unit
	}
	if len(r.Materials) > 0 {
		o.Materials = slices.Clone(r.Materials)
	}
	return nil
}

func closedOrder(o *WorkOrder) error {
	return fault.New(fault.Refused, "FEED-ORDER-02", "/workOrder", "work order {order} is closed since {day} and cannot change", "send a reversing order that names it in “reverses”",
		"order", o.Number, "day", o.Closed)
}
