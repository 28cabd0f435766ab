package writeoff

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// OrderState is where a work order stands (DR §3.6): the same words as a feed
// tells. A closed one never changes: it is put right by an order that reverses it.
type OrderState = feed.OrderState

// States of a work order.
const (
	OrderOpen      = feed.OrderOpen
	OrderReleased  = feed.OrderReleased
	OrderIssuing   = feed.OrderIssuing
	OrderCompleted = feed.OrderCompleted
	OrderClosed    = feed.OrderClosed
)

// FromFeed marks an order that the feed of the book tells (DR §3.5).
const FromFeed = "feed"

// Portion is a quantity of a book line that a work order took, gave back, made or
// threw away. Mass is its mass where the line is not counted in kilograms.
type Portion struct {
	Line     int          `json:"line"`
	Lot      string       `json:"lot,omitempty"`
	Quantity num.Quantity `json:"quantity"`
	Mass     num.Quantity `json:"mass,omitempty"` // kg; 0 is not known
	On       clock.Date   `json:"on"`
	// As an order is sent: CheckOrders brings it to Line and the unit of the line.
	Part string            `json:"part,omitempty"` // the enterprise's own number, where it has no line number at hand
	Unit codelist.UnitCode `json:"unit,omitempty"` // empty: the line's
	Row  int               `json:"row,omitempty"`  // of the file it came from
}

// Order is a work order as the write-off looks at it.
type Order struct {
	Number   string        `json:"number"`
	State    OrderState    `json:"state"`
	Reverses string        `json:"reverses,omitempty"` // number of the order that it puts right
	Source   string        `json:"source,omitempty"`   // FromFeed, or empty: given by hand
	Row      int           `json:"row,omitempty"`      // of the file it came from, while it is checked
	Begun    clock.Instant `json:"begun,omitempty"`
	Ended    clock.Instant `json:"ended,omitempty"`
	Hours    num.Quantity  `json:"hours,omitempty"`    // worked, all stations together
	Stations int           `json:"stations,omitempty"` // that can work at once; 0 is one
	Issues   []Portion     `json:"issues,omitempty"`
	Returns  []Portion     `json:"returns,omitempty"`
	Scraps   []Portion     `json:"scraps,omitempty"` // of what was issued
	Outputs  []Portion     `json:"outputs,omitempty"`
}

// Day is the day to which the order belongs: that of its end, else of its last
// movement.
func (o *Order) Day() clock.Date {
	if o.Ended != 0 {
		return o.Ended.Date()
	}
	var last clock.Date
	for _, side := range [][]Portion{o.Issues, o.Returns, o.Scraps, o.Outputs} {
		for _, p := range side {
			last = max(last, p.On)
		}
	}
	return last
}

// Counts tells whether anything of the order happened in a period.
func (o *Order) Counts(p Period) bool {
	for _, side := range [][]Portion{o.Issues, o.Returns, o.Scraps, o.Outputs} {
		if slices.ContainsFunc(side, func(x Portion) bool { return p.In(x.On) }) {
			return true
		}
	}
	return false
}

// UseByOrders is the actual use: for each material Σ issues − returns of the
// period, for each product what was made. An order that reverses another counts
// with the opposite sign.
func UseByOrders(orders []Order, p Period) (map[int]Use, error) {
	use := map[int]Use{}
	for i := range orders {
		o := &orders[i]
		sign := num.Quantity(1)
		if o.Reverses != "" {
			sign = -1
		}
		each := func(side []Portion, do func(*Use, num.Quantity)) error {
			for _, x := range side {
				if !p.In(x.On) {
					continue
				}
				if x.Quantity < 0 {
					return fault.New(fault.Invalid, "WRITEOFF-ORDER-02", "", "work order {order} moves {quantity} of line {line}", "give quantities above zero; what was wrong is put right by a reversing order",
						"order", o.Number, "quantity", x.Quantity, "line", x.Line)
				}
				u := use[x.Line]
				u.Method = ByOrder
				do(&u, sign*x.Quantity)
				use[x.Line] = u
			}
			return nil
		}
		for _, s := range []struct {
			side []Portion
			do   func(*Use, num.Quantity)
		}{
			{o.Issues, func(u *Use, q num.Quantity) { u.Taken += q }},
			{o.Returns, func(u *Use, q num.Quantity) { u.Taken -= q }},
			{o.Scraps, func(u *Use, q num.Quantity) { u.Tangible += q }},
			{o.Outputs, func(u *Use, q num.Quantity) { u.Made += q }},
		} {
			if err := each(s.side, s.do); err != nil {
				return nil, err
			}
		}
	}
	return use, nil
}

// Change tells whether a work order may take the place of the one that is known.
// The same again changes nothing. Faults: WRITEOFF-ORDER-03 (it is closed),
// WRITEOFF-ORDER-04 (it would go back).
func Change(known, next *Order) error {
	if reflect.DeepEqual(known, next) {
		return nil
	}
	if known.State == OrderClosed {
		return fault.New(fault.Refused, "WRITEOFF-ORDER-03", "/state", "work order {order} is closed and never changes", "send an order that reverses it", "order", known.Number)
	}
	if stage(next.State) < stage(known.State) {
		return fault.New(fault.Refused, "WRITEOFF-ORDER-04", "/state", "work order {order} is {known} and cannot be {next} again", "send its present state",
			"order", known.Number, "known", string(known.State), "next", string(next.State))
	}
	return nil
}

// stage is how far a state is in the life of a work order; -1 for no state.
func stage(s OrderState) int {
	return slices.IndexFunc(feed.OrderLife.States, func(x lifecycle.State[OrderState]) bool { return x.Name == s })
}

// Doubt is one reason why a work order cannot be true.
type Doubt struct {
	Order string            `json:"order"`
	Kind  DoubtKind         `json:"kind"`
	Line  int               `json:"line,omitempty"`
	Args  map[string]string `json:"args,omitempty"`
}

// DoubtKind names a rule of the possibility check.
type DoubtKind string

const (
	DoubtYield  DoubtKind = "yield"  // more or less made of the material than ever before
	DoubtMass   DoubtKind = "mass"   // weighs more than what went in
	DoubtBefore DoubtKind = "before" // used before it was received
	DoubtHours  DoubtKind = "hours"  // more hours than there were
	DoubtLot    DoubtKind = "lot"    // one lot taken by two orders for more than there was
)

// Surroundings is what the possibility check knows beside the orders.
type Surroundings struct {
	Kilograms map[int]bool                // lines that are counted in kilograms
	Opening   map[int]num.Quantity        // of each material
	Arrivals  map[int][]Arrival           // of each material in the period
	Lots      map[string]num.Quantity     // what a lot held, by line and lot ("3/L1"); a lot that is not here is not checked
	History   map[[2]int][]num.Rate       // yields of earlier orders, by product and material
	Made      func(line int) (known bool) // lines that orders make; nil: none is used again
}

// Arrival is a quantity that came on a day.
type Arrival struct {
	On       clock.Date
	Quantity num.Quantity
}

// Yields gives what each order made of each material, as product for one unit of
// material: the history of later checks. Orders that made or used more than one
// thing give one yield for each pair.
func Yields(orders []Order) map[[2]int][]num.Rate {
	all := map[[2]int][]num.Rate{}
	for i := range orders {
		if orders[i].Reverses != "" {
			continue
		}
		for pair, y := range orders[i].yields() {
			all[pair] = append(all[pair], y)
		}
	}
	return all
}

func (o *Order) yields() map[[2]int]num.Rate {
	use, err := UseByOrders([]Order{*o}, Period{0, 1 << 30})
	if err != nil {
		return nil
	}
	out := map[[2]int]num.Rate{}
	for p, made := range use {
		if made.Made <= 0 {
			continue
		}
		for m, taken := range use {
			if taken.Taken <= 0 || m == p {
				continue
			}
			if y, err := num.MulDiv(int64(made.Made), int64(num.OneRate), int64(taken.Taken), num.HalfUp); err == nil {
				out[[2]int{p, m}] = num.Rate(y)
			}
		}
	}
	return out
}

// Doubts says which work orders cannot be true. It accuses nobody: an officer
// looks. Yields are compared only with at least rules.EnoughOrders earlier ones.
func Doubts(orders []Order, s Surroundings, rules *Rules) []Doubt {
	var list []Doubt
	for i := range orders {
		o := &orders[i]
		if o.Reverses != "" {
			continue
		}
		list = append(list, o.doubtYield(s, rules)...)
		list = append(list, o.doubtMass(s)...)
		list = append(list, o.doubtHours()...)
	}
	list = append(list, doubtBefore(orders, s)...)
	return append(list, doubtLots(orders, s)...)
}

func (o *Order) doubtYield(s Surroundings, rules *Rules) (list []Doubt) {
	mine := o.yields()
	for _, pair := range sortedPairs(mine) {
		past := s.History[pair]
		if len(past) < rules.EnoughOrders {
			continue
		}
		low, err := num.MulDiv(int64(slices.Min(past)), int64(num.OneRate-rules.YieldMargin), int64(num.OneRate), num.Down)
		if err != nil {
			continue
		}
		high, err := num.MulDiv(int64(slices.Max(past)), int64(num.OneRate+rules.YieldMargin), int64(num.OneRate), num.Up)
		if err != nil {
			continue
		}
		if y := int64(mine[pair]); y < low || y > high {
			list = append(list, Doubt{o.Number, DoubtYield, pair[0], map[string]string{
				"material": strconv.Itoa(pair[1]), "yield": num.Rate(y).String(), "low": num.Rate(low).String(), "high": num.Rate(high).String(), "orders": strconv.Itoa(len(past)),
			}})
		}
	}
	return list
}

func sortedPairs(m map[[2]int]num.Rate) [][2]int {
	var list [][2]int
	for p := range m {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b [2]int) int {
		if a[0] != b[0] {
			return a[0] - b[0]
		}
		return a[1] - b[1]
	})
	return list
}

// doubtMass compares what went in with what came out, when every mass is known.
func (o *Order) doubtMass(s Surroundings) []Doubt {
	mass := func(sides ...[]Portion) (sum num.Quantity, known bool) {
		for _, side := range sides {
			for _, p := range side {
				switch {
				case p.Mass > 0:
					sum += p.Mass
				case s.Kilograms[p.Line]:
					sum += p.Quantity
				default:
					return 0, false
				}
			}
		}
		return sum, true
	}
	in, ok := mass(o.Issues)
	back, okBack := mass(o.Returns, o.Scraps, o.Outputs)
	if !ok || !okBack || len(o.Outputs) == 0 || back <= in {
		return nil
	}
	return []Doubt{{o.Number, DoubtMass, o.Outputs[0].Line, map[string]string{"in": in.String(), "out": back.String()}}}
}

// doubtHours compares the hours with the time there was.
func (o *Order) doubtHours() []Doubt {
	if o.Begun == 0 || o.Ended == 0 {
		return nil
	}
	const hour = 3_600_000_000 // microseconds
	stations := int64(max(1, o.Stations))
	there, err := num.MulDiv(int64(o.Ended-o.Begun)*stations, int64(num.OneQuantity), hour, num.Up)
	if o.Ended >= o.Begun && (err != nil || int64(o.Hours) <= there) {
		return nil
	}
	return []Doubt{{o.Number, DoubtHours, 0, map[string]string{"hours": o.Hours.String(), "possible": num.Quantity(max(0, there)).String()}}}
}

// doubtBefore walks through the days: what all orders have taken of a material by
// the end of a day cannot be more than was there.
func doubtBefore(orders []Order, s Surroundings) (list []Doubt) {
	type step struct {
		on       clock.Date
		quantity num.Quantity // below zero: taken
		order    string
	}
	steps := map[int][]step{}
	for line, arrivals := range s.Arrivals {
		for _, a := range arrivals {
			steps[line] = append(steps[line], step{a.On, a.Quantity, ""})
		}
	}
	for i := range orders {
		o := &orders[i]
		sign := num.Quantity(1)
		if o.Reverses != "" {
			sign = -1
		}
		for _, p := range o.Issues {
			steps[p.Line] = append(steps[p.Line], step{p.On, -sign * p.Quantity, o.Number})
		}
		for _, p := range o.Returns {
			steps[p.Line] = append(steps[p.Line], step{p.On, sign * p.Quantity, o.Number})
		}
		for _, p := range o.Outputs {
			if s.Made != nil && s.Made(p.Line) {
				steps[p.Line] = append(steps[p.Line], step{p.On, sign * p.Quantity, o.Number})
			}
		}
	}
	lines := make([]int, 0, len(steps))
	for line := range steps {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	for _, line := range lines {
		all := steps[line]
		// Within a day what comes counts first: nobody writes hours on a list.
		slices.SortStableFunc(all, func(a, b step) int {
			if a.on != b.on {
				return int(a.on - b.on)
			}
			switch {
			case a.quantity > 0 && b.quantity < 0:
				return -1
			case a.quantity < 0 && b.quantity > 0:
				return 1
			}
			return 0
		})
		held := s.Opening[line]
		seen := map[string]bool{}
		for _, st := range all {
			held += st.quantity
			if held < 0 && st.quantity < 0 && !seen[st.order] {
				seen[st.order] = true
				list = append(list, Doubt{st.order, DoubtBefore, line, map[string]string{"day": st.on.String(), "missing": (-held).String()}})
			}
		}
	}
	return list
}

// doubtLots: a lot gives no more than it held, whoever takes it.
func doubtLots(orders []Order, s Surroundings) (list []Doubt) {
	left := map[string]num.Quantity{}
	for lot, q := range s.Lots {
		left[lot] = q
	}
	for i := range orders {
		o := &orders[i]
		if o.Reverses != "" {
			continue
		}
		for _, p := range o.Returns {
			left[LotKey(p.Line, p.Lot)] += p.Quantity
		}
		for _, p := range o.Issues {
			key := LotKey(p.Line, p.Lot)
			if _, known := s.Lots[key]; !known || p.Lot == "" {
				continue
			}
			if left[key] -= p.Quantity; left[key] < 0 {
				list = append(list, Doubt{o.Number, DoubtLot, p.Line, map[string]string{"lot": p.Lot, "missing": (-left[key]).String()}})
				left[key] = 0
			}
		}
	}
	return list
}

// LotKey names a lot of a line.
func LotKey(line int, lot string) string { return fmt.Sprintf("%d/%s", line, lot) }
