package exports

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// record is one record of a feed, with its members as docs/feed.md names them.
type record map[string]any

// perMessage is how many records a message may have, longest how many bytes a name.
const (
	perMessage = 2000
	longest    = 64
)

// Options say how an export is told.
type Options struct {
	Day   string         // on which everything happened, YYYY-MM-DD
	Lines map[string]int // the line of the account book of a part, by its number
	// Whole tells every order as if it had been carried out to its end, as its bill
	// says, whatever the export says of it.
	Whole bool
	// Make adds orders for so many of each product of the highest level, with
	// everything below it bought or made.
	Make int64
}

// Write writes the messages of a feed into a folder, one JSON file each, to be
// sent in the order of their names: parts, the stock at the beginning, then each
// work order. It gives the number of messages.
func (p *Plant) Write(dir string, o Options) (int, error) {
	if o.Make > 0 && p.cycle() != nil {
		return 0, errors.New("a bill leads back to its own product: nothing can be made by it")
	}
	w := &writing{plant: p, Options: o}
	var orders [][]record
	taken := map[string]*big.Rat{} // lots of which orders take what the export has no stock for
	made := map[string][]Lot{}     // lots that orders made
	for _, l := range p.Stock {
		if l.Order != "" {
			made[l.Order] = append(made[l.Order], l)
		}
	}
	for _, order := range p.Orders {
		orders = append(orders, w.order(order, made[order.Number], taken))
	}
	if o.Make > 0 {
		used := map[string]bool{}
		for _, needs := range p.Bills {
			for _, n := range needs {
				used[n.Part] = true
			}
		}
		for _, product := range slices.Sorted(maps.Keys(p.Bills)) {
			if !used[product] {
				w.try(product, new(big.Rat).SetInt64(o.Make))
			}
		}
		orders = append(orders, w.tried...)
	}
	var parts []record
	for _, number := range slices.Sorted(maps.Keys(p.Parts)) {
		parts = append(parts, w.part(p.Parts[number]))
	}
	messages := slices.Collect(slices.Chunk(parts, perMessage))
	messages = append(messages, w.opening(taken)...)
	messages = append(messages, orders...)
	if w.err != nil {
		return 0, w.err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	for i, m := range messages {
		body, err := json.MarshalIndent(m, "", " ")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.json", i+1)), body, 0o644)
		}
		if err != nil {
			return i, err
		}
	}
	return len(messages), nil
}

type writing struct {
	Options
	plant *Plant
	made  int
	tried [][]record
	err   error
}

func (w *writing) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// name is a name that may stand in a feed.
func (w *writing) name(s string) string {
	s = strings.Join(strings.Fields(strings.NewReplacer("|", "/", "~", "-").Replace(s)), " ")
	for len(s) > longest {
		_, size := utf8.DecodeLastRuneInString(s)
		s = strings.TrimSpace(s[:len(s)-size])
	}
	return s
}

// decimal writes a quantity with the digits that it has, at most five after the
// point where they say it exactly.
func decimal(q *big.Rat) string {
	n, _ := q.FloatPrec()
	return q.FloatString(min(n, 5))
}

// figure is an exact quantity; a feed takes five digits after the point.
func (w *writing) figure(q *big.Rat, what string) string {
	if n, exact := q.FloatPrec(); !exact || n > 5 {
		w.fail("%s: %s is no quantity of five digits after the point", what, q.RatString())
	}
	return decimal(q)
}

func (w *writing) record(kind, id string, members record) record {
	members["kind"], members["id"], members["on"] = kind, w.name(id), w.Day
	for name, v := range members {
		if v == "" {
			delete(members, name)
		}
	}
	return members
}

func (w *writing) part(part *Part) record {
	r := record{"part": w.name(part.Number), "unit": part.Unit}
	if part.Name != "" && part.Name != part.Number {
		r["name"] = part.Name
	}
	if line := w.Lines[part.Number]; line > 0 {
		r["bookLine"] = line
	}
	var conversions []map[string]string
	for _, c := range part.Conversions {
		one := map[string]string{"unit": c.unit, "quantity": c.quantity, "equals": c.equals}
		if !slices.ContainsFunc(conversions, func(known map[string]string) bool { return known["unit"] == c.unit }) {
			conversions = append(conversions, one)
		}
	}
	if conversions != nil {
		r["conversions"] = conversions
	}
	return w.record("part", "part-"+part.Number, r)
}

// opening is the stock before the orders: that of the export without what they
// made, and with what they used up. All lots of a part stand in one message.
func (w *writing) opening(taken map[string]*big.Rat) [][]record {
	lots := map[string][]Lot{}
	for _, l := range w.plant.Stock {
		if l.Order == "" {
			lots[l.Part] = append(lots[l.Part], l)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(taken)) {
		part, lot, _ := strings.Cut(key, "\x00")
		lots[part] = append(lots[part], Lot{Part: part, Lot: lot, Quantity: taken[key]})
	}
	var all [][]record
	var message []record
	for _, part := range slices.Sorted(maps.Keys(lots)) {
		if len(lots[part]) > perMessage {
			w.fail("part %s has %d lots; a message takes %d records", part, len(lots[part]), perMessage)
			return nil
		}
		if len(message)+len(lots[part]) > perMessage {
			all, message = append(all, message), nil
		}
		for _, l := range lots[part] {
			message = append(message, w.record("snapshot", "stock-"+l.Lot, record{
				"part": w.name(l.Part), "lot": w.name(l.Lot), "location": w.name(l.Location), "quantity": w.figure(l.Quantity, l.Part), "unit": w.plant.Parts[l.Part].Unit,
			}))
		}
	}
	if message != nil {
		all = append(all, message)
	}
	return all
}

// order tells one work order.
func (w *writing) order(o *Order, made []Lot, taken map[string]*big.Rat) (all []record) {
	state, done := o.State, o.Made
	issues := o.Issues
	if w.Whole {
		state, done, issues = "closed", o.Quantity, nil
	}
	if state == "closed" {
		// What was used of a material and no stock is named for comes from a lot of the
		// order's own, which the stock at the beginning has.
		given := map[string]*big.Rat{}
		for _, i := range issues {
			given[i.Part] = new(big.Rat).Add(orNothing(given[i.Part]), i.Quantity)
		}
		for _, n := range o.Needs {
			used := n.Quantity
			if done.Cmp(o.Quantity) != 0 {
				used = times(used, new(big.Rat).Quo(done, o.Quantity))
			}
			rest := new(big.Rat).Sub(used, orNothing(given[n.Part]))
			if rest.Sign() <= 0 {
				continue
			}
			issues = append(issues, Lot{Part: n.Part, Lot: o.Number, Quantity: rest})
			key := n.Part + "\x00" + o.Number
			taken[key] = new(big.Rat).Add(orNothing(taken[key]), rest)
		}
	}
	order := w.name(o.Number)
	var plan []map[string]string
	for _, n := range o.Needs {
		plan = append(plan, map[string]string{"part": w.name(n.Part), "quantity": w.figure(n.Quantity, o.Number)})
	}
	first := record{"workOrder": order, "state": "released", "part": w.name(o.Product), "quantity": w.figure(o.Quantity, o.Number), "unit": w.plant.Parts[o.Product].Unit}
	if plan != nil {
		first["materials"] = plan
	}
	all = []record{w.record("work-order", "open-"+o.Number, first)}
	tell := func(state string) {
		all = append(all, w.record("work-order", state+"-"+o.Number, record{"workOrder": order, "state": state}))
	}
	if state == "released" {
		return all
	}
	tell("issuing")
	for n, i := range issues {
		all = append(all, w.record("issue", fmt.Sprintf("use-%s-%d", o.Number, n+1), record{
			"part": w.name(i.Part), "lot": w.name(i.Lot), "location": w.name(i.Location), "quantity": w.figure(i.Quantity, o.Number), "unit": w.plant.Parts[i.Part].Unit, "workOrder": order,
		}))
	}
	output := func(id, part string, l Lot) {
		all = append(all, w.record("output", id, record{
			"part": w.name(part), "lot": w.name(l.Lot), "location": w.name(l.Location), "quantity": w.figure(l.Quantity, o.Number), "unit": w.plant.Parts[part].Unit, "workOrder": order,
		}))
	}
	rest := done
	for _, l := range made {
		if rest.Cmp(l.Quantity) >= 0 {
			output("make-"+l.Lot, o.Product, l)
			rest = new(big.Rat).Sub(rest, l.Quantity)
		}
	}
	if rest.Sign() > 0 {
		output("make-"+o.Number, o.Product, Lot{Lot: o.Number, Quantity: rest})
	}
	if rest.Sign() > 0 && !w.Whole && w.stocked() { // the stock of the export has it no more
		defer func() {
			all = append(all, w.record("issue", "gone-"+o.Number, record{
				"part": w.name(o.Product), "lot": order, "quantity": w.figure(rest, o.Number), "unit": w.plant.Parts[o.Product].Unit, "reason": "made, and no longer in stock when it was exported",
			}))
		}()
	}
	for _, also := range o.Also {
		output("beside-"+o.Number+"-"+also.Part, also.Part, Lot{Lot: o.Number, Quantity: also.Quantity})
	}
	if state == "closed" {
		tell("completed")
		tell("closed")
	}
	return all
}

func (w *writing) stocked() bool { return len(w.plant.Stock) > 0 }

func orNothing(q *big.Rat) *big.Rat {
	if q == nil {
		return new(big.Rat)
	}
	return q
}

// try orders a quantity of a product and everything that it needs, and gives the
// lot in which it lies. What has no bill is bought.
func (w *writing) try(product string, q *big.Rat) string {
	w.made++
	lot := fmt.Sprintf("T%05d", w.made)
	needs := w.plant.Bills[product]
	if len(needs) == 0 {
		w.tried = append(w.tried, []record{w.record("receipt", "buy-"+lot, record{
			"part": w.name(product), "lot": lot, "quantity": w.figure(q, product), "unit": w.plant.Parts[product].Unit,
		})})
		return lot
	}
	o := &Order{Number: "TRY-" + lot, Product: product, Quantity: q, Made: q, State: "issuing"}
	for _, n := range needs {
		if n.Quantity.Sign() <= 0 {
			continue
		}
		all := times(n.Quantity, q)
		o.Needs = append(o.Needs, Need{n.Part, all})
		o.Issues = append(o.Issues, Lot{Part: n.Part, Lot: w.try(n.Part, all), Quantity: all})
	}
	file := w.order(o, []Lot{{Part: product, Lot: lot, Quantity: q}}, nil)
	for _, state := range []string{"completed", "closed"} {
		file = append(file, w.record("work-order", state+"-"+o.Number, record{"workOrder": o.Number, "state": state}))
	}
	w.tried = append(w.tried, file)
	return lot
}
