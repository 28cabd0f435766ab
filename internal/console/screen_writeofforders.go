package console

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/message"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/writeoff"
)

// portionSides are what a work order moves, in the order of the form.
var portionSides = []struct {
	value string
	word  Key
	of    func(*writeoff.Order) *[]writeoff.Portion
}{
	{"issue", "workorder.issue", func(o *writeoff.Order) *[]writeoff.Portion { return &o.Issues }},
	{"return", "workorder.return", func(o *writeoff.Order) *[]writeoff.Portion { return &o.Returns }},
	{"scrap", "workorder.scrap", func(o *writeoff.Order) *[]writeoff.Portion { return &o.Scraps }},
	{"output", "workorder.output", func(o *writeoff.Order) *[]writeoff.Portion { return &o.Outputs }},
}

// orderActs give work orders by a file and by the form.
func (s *Server) orderActs(doc *bonded.WriteOff, r *http.Request) []paperAct {
	desk := s.house().WriteOffs
	return []paperAct{
		{Value: "orders", Text: "workorder.file", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			content, err := sheetOf(r)
			if err != nil {
				return decision.Receipt{}, err
			}
			orders, err := message.ReadOrders(content)
			if err != nil {
				return decision.Receipt{}, err
			}
			return desk.GiveOrders(ctx, c, by, id, orders)
		}},
		{Value: "order", Text: "workorder.give", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			one, err := orderOf(doc, r)
			if err != nil {
				return decision.Receipt{}, besideFields("/order", err)
			}
			receipt, err := desk.GiveOrders(ctx, c, by, id, []writeoff.Order{one})
			return receipt, besideFields("/order", err)
		}},
	}
}

// sheetOf reads the file that came with a form. Fault: CONSOLE-SHEET-02.
func sheetOf(r *http.Request) ([]byte, error) {
	file, _, err := r.FormFile("sheet")
	if err != nil {
		return nil, fault.New(fault.Invalid, "CONSOLE-SHEET-02", "/sheet", "no file was chosen", "choose the file of the lines, then import it")
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(file)
}

// besideFields gives faults the path of the field of a form under a prefix: the
// last step of where they are in what was sent.
func besideFields(prefix string, err error) error {
	all := fault.All(err)
	if all == nil {
		return err
	}
	list := make(fault.List, len(all))
	for i, f := range all {
		g := *f
		if at := strings.LastIndexByte(g.Path, '/'); at >= 0 {
			g.Path = prefix + g.Path[at:]
		}
		list[i] = &g
	}
	return list
}

// orderOf is the work order of the form: the one that is known with one movement
// more, or a new one.
func orderOf(doc *bonded.WriteOff, r *http.Request) (writeoff.Order, error) {
	one := writeoff.Order{Number: fold(r.PostForm.Get("number"))}
	for i := range doc.Orders {
		if k := &doc.Orders[i]; k.Number == one.Number {
			one = *k
		}
	}
	one.State = writeoff.OrderState(r.PostForm.Get("state"))
	if reverses := fold(r.PostForm.Get("reverses")); reverses != "" {
		one.Reverses = reverses
	}
	if fold(r.PostForm.Get("quantity")) == "" {
		return one, nil // only its state is told
	}
	var faults fault.List
	p := writeoff.Portion{Lot: fold(r.PostForm.Get("lot")), Unit: codelist.UnitCode(strings.ToUpper(fold(r.PostForm.Get("unit"))))}
	p.Line, _ = strconv.Atoi(r.PostForm.Get("line")) // the story says when there is no such line
	var err error
	if p.Quantity, err = num.ParseQuantity(fold(r.PostForm.Get("quantity"))); err != nil {
		if err := faults.Add("/quantity", err); err != nil {
			return one, err
		}
	}
	if day := r.PostForm.Get("on"); day != "" {
		if p.On, err = clock.ParseDate(day); err != nil {
			if err := faults.Add("/on", err); err != nil {
				return one, err
			}
		}
	}
	for _, side := range portionSides {
		if side.value == r.PostForm.Get("kind") {
			list := side.of(&one)
			*list = append(slices.Clone(*list), p)
		}
	}
	return one, faults.OrNil()
}

// orderFields are the fields of the form of one movement of a work order.
func orderFields(ctx context.Context, doc *bonded.WriteOff) []Field {
	state := Field{Path: "/order/state", Name: "state", Label: T(ctx, "column.state"), Kind: "select"}
	for _, s := range []writeoff.OrderState{writeoff.OrderIssuing, writeoff.OrderCompleted, writeoff.OrderClosed, writeoff.OrderOpen, writeoff.OrderReleased} {
		state.Options = append(state.Options, Option{string(s), badge(ctx, orderWords, s).Text})
	}
	kind := Field{Path: "/order/kind", Name: "kind", Label: T(ctx, "workorder.kind"), Kind: "select"}
	for _, side := range portionSides {
		kind.Options = append(kind.Options, Option{side.value, T(ctx, side.word)})
	}
	line := Field{Path: "/order/line", Name: "line", Label: T(ctx, "writeoff.line"), Kind: "select"}
	for i := range doc.Report.Items {
		it := &doc.Report.Items[i]
		line.Options = append(line.Options, Option{strconv.Itoa(it.Line), strconv.Itoa(it.Line) + " " + it.Name + " (" + string(it.Unit) + ")"})
	}
	return []Field{
		{Path: "/order/number", Name: "number", Label: T(ctx, "doubt.order"), Code: true, Required: true, Complete: "off"},
		state, kind, line,
		{Path: "/order/quantity", Name: "quantity", Label: T(ctx, "writeoff.quantity"), Kind: "number", Hint: T(ctx, "workorder.quantity.hint")},
		{Path: "/order/unit", Name: "unit", Label: T(ctx, "form.unit"), Code: true, Complete: "off", Hint: T(ctx, "workorder.unit.hint")},
		{Path: "/order/lot", Name: "lot", Label: T(ctx, "count.lot"), Code: true, Complete: "off"},
		{Path: "/order/on", Name: "on", Label: T(ctx, "workorder.on"), Kind: "date"},
		{Path: "/order/reverses", Name: "reverses", Label: T(ctx, "workorder.reverses"), Code: true, Complete: "off"},
	}
}

// orderTable shows the work orders of a write-off, and who told each.
func orderTable(ctx context.Context, doc *bonded.WriteOff) Table {
	t := Table{
		ID: "orders", Caption: T(ctx, "writeoff.orders"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "workorder.none")},
		Columns: []Column{{Title: T(ctx, "doubt.order")}, {Title: T(ctx, "column.state")}, {Title: T(ctx, "workorder.source")}, {Title: T(ctx, "workorder.moved")}, {Title: T(ctx, "workorder.reverses")}},
	}
	for i := range doc.Orders {
		o := &doc.Orders[i]
		source := T(ctx, "workorder.byhand")
		if o.Source == writeoff.FromFeed {
			source = T(ctx, "workorder.byfeed")
		}
		var moved []string
		for _, side := range portionSides {
			for _, p := range *side.of(o) {
				unit := ""
				if it, ok := doc.Report.Item(p.Line); ok {
					unit = string(it.Unit)
				}
				moved = append(moved, p.On.String()+" "+T(ctx, side.word)+" "+strconv.Itoa(p.Line)+": "+Measure(p.Quantity, unit))
			}
		}
		const shown = 4
		if rest := len(moved) - shown; rest > 0 {
			moved = append(moved[:shown], T(ctx, "workorder.more", "n", strconv.Itoa(rest)))
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Code(o.Number), BadgeView(badge(ctx, orderWords, o.State)), Text(source), Text(strings.Join(moved, "; ")), Code(o.Reverses)}})
	}
	return t
}
