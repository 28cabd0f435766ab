package ledger

import (
	"maps"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Overlay applies operations on top of a view without touching it. The writer
// of the store, dry runs, simulations and replays all use it, so what is tried
// is what will happen.
type Overlay struct {
	under     View
	balances  map[string]Balance
	pendings  map[string]*Pending // nil: settled or voided entirely
	movements []Movement
}

// NewOverlay starts with nothing applied.
func NewOverlay(under View) *Overlay {
	return &Overlay{under: under, balances: map[string]Balance{}, pendings: map[string]*Pending{}}
}

// Balance gives an account's balance with all that was applied.
func (o *Overlay) Balance(key string) (Balance, error) {
	if b, ok := o.balances[key]; ok {
		return b, nil
	}
	return o.under.Balance(key)
}

// Pending gives what is left of a reserved movement with all that was applied.
func (o *Overlay) Pending(id string) (Pending, bool, error) {
	if p, ok := o.pendings[id]; ok {
		if p == nil {
			return Pending{}, false, nil
		}
		return *p, true, nil
	}
	return o.under.Pending(id)
}

// Balances gives every balance that changed, by account key.
func (o *Overlay) Balances() map[string]Balance { return o.balances }

// Pendings gives every pending movement that changed, by id; nil where nothing
// is left of it.
func (o *Overlay) Pendings() map[string]*Pending { return o.pendings }

// Movements gives what was applied, in order.
func (o *Overlay) Movements() []Movement { return o.movements }

// Reset forgets what was applied, keeping the memory for reuse.
func (o *Overlay) Reset(under View) {
	o.under = under
	clear(o.balances)
	clear(o.pendings)
	o.movements = o.movements[:0]
}

// Apply does all ops in order, or none. recorded is the moment of recording.
// Faults: LEDGER-ACCOUNT-01, LEDGER-ITEM-01 (two items), LEDGER-QUANTITY-01 (not
// above zero), LEDGER-SHORT-01 (not enough available), LEDGER-MOST-01 (above the
// limit), LEDGER-PENDING-01 (nothing pending under that id), LEDGER-PENDING-02
// (more than is pending), NUM-RANGE-01.
func (o *Overlay) Apply(recorded clock.Instant, ops ...Op) error {
	if len(ops) == 0 {
		return nil
	}
	try := Overlay{under: o, balances: make(map[string]Balance, 2*len(ops)), pendings: map[string]*Pending{}}
	for i := range ops {
		if err := try.one(recorded, &ops[i]); err != nil {
			return err
		}
	}
	maps.Copy(o.balances, try.balances)
	maps.Copy(o.pendings, try.pendings)
	o.movements = append(o.movements, try.movements...)
	return nil
}

func (o *Overlay) one(recorded clock.Instant, op *Op) error {
	m := Movement{
		ID: op.ID, Kind: op.Kind, Quantity: op.Quantity, Pending: op.Pending,
		EffectiveOn: op.EffectiveOn, Recorded: recorded, Cause: op.Cause, Turn: op.Turn,
	}
	from, to, layered, given := op.From, op.To, op.Layered, op.Value
	var pending Pending
	switch op.Kind {
	case Post, Reserve:
		if err := from.check(); err != nil {
			return err
		}
		if err := to.check(); err != nil {
			return err
		}
		if from.Ledger != to.Ledger || from.Item != to.Item || from.Key() == to.Key() {
			return fault.New(fault.Invalid, "LEDGER-ITEM-01", "", "{from} and {to} are not two accounts of one item",
				"use a turn where one item becomes another", "from", from.Key(), "to", to.Key())
		}
		if op.Quantity <= 0 {
			return quantityFault(op.Quantity)
		}
	case Settle, Void:
		var ok bool
		var err error
		if pending, ok, err = o.Pending(op.Pending); err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Refused, "LEDGER-PENDING-01", "", "nothing is pending under {id}",
				"it was posted or voided before: read the book again", "id", op.Pending)
		}
		from, to, layered = pending.From, pending.To, pending.Layered
		if op.Quantity == 0 {
			m.Quantity = pending.Open
		}
		if m.Quantity < 0 || (op.Kind == Void && op.Quantity != 0 && op.Quantity != pending.Open) {
			return quantityFault(op.Quantity)
		}
		if m.Quantity > pending.Open {
			return fault.New(fault.Refused, "LEDGER-PENDING-02", "", "{quantity} is more than the {open} still pending",
				"post at most what is pending", "quantity", m.Quantity, "open", pending.Open)
		}
		if op.Kind == Settle && given == nil {
			given = shareOf(pending.Value, m.Quantity, pending.Open)
		}
	default:
		return fault.New(fault.Invalid, "LEDGER-KIND-01", "", "“{kind}” is no operation of the ledger",
			"use post, reserve, settle or void", "kind", string(op.Kind))
	}

	m.From, m.To = from.Key(), to.Key()
	bf, err := o.Balance(m.From)
	if err != nil {
		return err
	}
	bt, err := o.Balance(m.To)
	if err != nil {
		return err
	}
	m.PrevFrom, m.PrevTo = bf.Last, bt.Last

	switch op.Kind {
	case Reserve:
		if !from.Place.Outside() && bf.Available() < m.Quantity {
			return short(from, bf, m.Quantity)
		}
		if bf.Outgoing, err = num.Add(bf.Outgoing, m.Quantity); err != nil {
			return err
		}
		if bt.Incoming, err = num.Add(bt.Incoming, m.Quantity); err != nil {
			return err
		}
		o.pendings[op.ID] = &Pending{ID: op.ID, From: from, To: to, Reserved: m.Quantity, Open: m.Quantity, Value: given, Layered: layered, Cause: op.Cause}
		if given != nil {
			m.Value = *given
		}
	case Void:
		bf.Outgoing -= m.Quantity
		bt.Incoming -= m.Quantity
		o.pendings[op.Pending] = nil
	case Settle, Post:
		if op.Kind == Settle {
			bf.Outgoing -= m.Quantity
			bt.Incoming -= m.Quantity
			if rest := pending.Open - m.Quantity; rest == 0 {
				o.pendings[op.Pending] = nil
			} else {
				left := pending
				left.Open = rest
				if pending.Value != nil {
					v := *pending.Value - *shareOf(pending.Value, m.Quantity, pending.Open)
					left.Value = &v
				}
				o.pendings[op.Pending] = &left
			}
		}
		if !from.Place.Outside() && bf.Available() < m.Quantity {
			return short(from, bf, m.Quantity)
		}
		if m.Value, err = valueOf(given, from, bf, m.Quantity); err != nil {
			return err
		}
		if bf.Quantity, err = num.Add(bf.Quantity, -m.Quantity); err != nil {
			return err
		}
		if bt.Quantity, err = num.Add(bt.Quantity, m.Quantity); err != nil {
			return err
		}
		if bf.Value, err = num.Add(bf.Value, -m.Value); err != nil {
			return err
		}
		if bt.Value, err = num.Add(bt.Value, m.Value); err != nil {
			return err
		}
		if m.Layered = layered || len(bf.Layers) > 0 || len(bt.Layers) > 0; m.Layered {
			moveLayers(&bf, &bt, from, to, &m)
		}
	}
	if op.Most > 0 && bt.Expected() > op.Most {
		return fault.New(fault.Refused, "LEDGER-MOST-01", "", "{item} would hold {expected}, more than the {most} allowed",
			"lower the quantity, or have the limit raised first", "account", m.To, "item", to.Label(), "expected", bt.Expected(), "most", op.Most)
	}
	m.AfterFrom, m.AfterTo = bf.Quantity, bt.Quantity
	bf.Last, bt.Last = m.ID, m.ID
	bf.Count++
	bt.Count++
	o.balances[m.From], o.balances[m.To] = bf, bt
	o.movements = append(o.movements, m)
	return nil
}

// valueOf gives the value that goes with a quantity: the stated one; from an
// outside place nothing; else the average, so the value left at From stays in
// proportion (DR §4.2).
func valueOf(given *num.Money, from Account, b Balance, q num.Quantity) (num.Money, error) {
	switch {
	case given != nil:
		return *given, nil
	case from.Place.Outside():
		return 0, nil
	}
	return b.Average(q)
}

func shareOf(value *num.Money, part, whole num.Quantity) *num.Money {
	if value == nil {
		return nil
	}
	v := *value
	if part != whole {
		// part ≤ whole, so the product never leaves the range.
		v, _ = v.Part(int64(part), int64(whole), num.Down)
	}
	return &v
}

// moveLayers takes the oldest layers from one balance to the other. An arrival
// from outside opens a layer of its own under its cause. Once an account has
// layers they always sum to its quantity: what came without one stands as the
// oldest layer, without a cause. m's quantity has been moved already.
func moveLayers(from, to *Balance, a, b Account, m *Movement) {
	var moved []Layer
	if a.Place.Outside() {
		moved = []Layer{{Cause: m.Cause, On: m.EffectiveOn, Quantity: m.Quantity}}
	} else {
		left, rest := m.Quantity, completed(from.Layers, from.Quantity+m.Quantity)
		for left > 0 && len(rest) > 0 {
			take := min(left, rest[0].Quantity)
			moved = append(moved, Layer{Cause: rest[0].Cause, On: rest[0].On, Quantity: take})
			left -= take
			if rest[0].Quantity -= take; rest[0].Quantity == 0 {
				rest = rest[1:]
			}
		}
		from.Layers = rest
	}
	if !b.Place.Outside() {
		to.Layers = append(completed(to.Layers, to.Quantity-m.Quantity), moved...)
	}
}

// completed gives a copy of layers that sums to quantity.
func completed(layers []Layer, quantity num.Quantity) []Layer {
	all := make([]Layer, 0, len(layers)+2)
	for _, l := range layers {
		quantity -= l.Quantity
	}
	if quantity > 0 {
		all = append(all, Layer{Quantity: quantity})
	}
	return append(all, layers...)
}

func quantityFault(q num.Quantity) error {
	return fault.New(fault.Invalid, "LEDGER-QUANTITY-01", "", "{quantity} is not a quantity that can be moved",
		"give a quantity above zero", "quantity", q)
}

func short(a Account, b Balance, q num.Quantity) error {
	return fault.New(fault.Refused, "LEDGER-SHORT-01", "", "{item} has {available} available ({place}), {quantity} is asked",
		"lower the quantity, or wait for what is expected ({expected})",
		"account", a.Key(), "item", a.Label(), "place", a.Place, "available", b.Available(), "quantity", q, "expected", b.Expected())
}

// Input is what a turn uses up, Output what it makes. Share weighs the outputs
// when the inputs' value is divided among them.
type (
	Input struct {
		Account  Account
		Quantity num.Quantity
	}
	Output struct {
		Account  Account
		Quantity num.Quantity
		Share    int64
	}
)

// Turn gives the operations by which some items become others in one entry: a
// work order, or provisional goods becoming book lines. Inputs go to the outside
// place consumed, outputs come from produced; together the outputs carry exactly
// the value of the inputs (their average in view). All legs share the id.
// Faults: LEDGER-TURN-01 when a side is empty, NUM-WEIGHT-01, as Apply.
func Turn(view View, id string, in []Input, out []Output, on clock.Date, cause string, layered bool) ([]Op, error) {
	if len(in) == 0 || len(out) == 0 {
		return nil, fault.New(fault.Invalid, "LEDGER-TURN-01", "", "a turn needs something used and something made",
			"name at least one input and one output")
	}
	var ops []Op
	var total num.Money
	seen := NewOverlay(view)
	for i, leg := range in {
		op := Op{
			ID: legID(id, "i", i), Kind: Post, From: leg.Account, To: leg.Account.At(Consumed), Quantity: leg.Quantity,
			EffectiveOn: on, Cause: cause, Turn: id, Layered: layered,
		}
		if err := seen.Apply(0, op); err != nil {
			return nil, err
		}
		value := seen.movements[len(seen.movements)-1].Value
		op.Value = &value
		total += value
		ops = append(ops, op)
	}
	weights := make([]int64, len(out))
	for i, leg := range out {
		weights[i] = leg.Share
	}
	parts, err := num.Apportion(int64(total), weights)
	if err != nil {
		return nil, err
	}
	for i, leg := range out {
		value := num.Money(parts[i])
		ops = append(ops, Op{
			ID: legID(id, "o", i), Kind: Post, From: leg.Account.At(Produced), To: leg.Account, Quantity: leg.Quantity,
			Value: &value, EffectiveOn: on, Cause: cause, Turn: id, Layered: layered,
		})
	}
	return ops, nil
}

func legID(id, side string, i int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	if i < len(digits) {
		return id + side + digits[i:i+1]
	}
	return legID(id, side, i/len(digits)) + digits[i%len(digits):i%len(digits)+1]
}

// Amount carries money in a ledger quantity: yuan with five decimals.
func Amount(m num.Money) (num.Quantity, error) {
	q, err := num.MulDiv(int64(m), int64(num.OneQuantity), int64(num.OneMoney), num.HalfUp)
	return num.Quantity(q), err
}

// MoneyOf reads back what Amount wrote.
func MoneyOf(q num.Quantity) num.Money {
	return num.Money(int64(q) / (int64(num.OneQuantity) / int64(num.OneMoney)))
}
