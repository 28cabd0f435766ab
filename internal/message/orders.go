package message

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/writeoff"
)

// orderColumns are the columns of a table of work orders: one row for each thing
// that an order moved, with the order's own figures in every row or the first.
var orderColumns = []Column{
	{Name: "order", Also: []string{"工单号", "工单", "work order", "order number"}, Required: true},
	{Name: "state", Also: []string{"状态", "工单状态"}, Required: true},
	{Name: "kind", Also: []string{"类别", "movement"}, Required: true},
	{Name: "line", Also: []string{"序号", "项号", "book line"}},
	{Name: "part", Also: []string{"料号", "part number"}},
	{Name: "lot", Also: []string{"批号"}},
	{Name: "quantity", Also: []string{"数量"}, Required: true},
	{Name: "unit", Also: []string{"单位"}},
	{Name: "mass", Also: []string{"重量", "质量", "mass kg"}},
	{Name: "on", Also: []string{"日期", "date", "day"}, Required: true},
	{Name: "reverses", Also: []string{"冲销", "冲销工单"}},
	{Name: "begun", Also: []string{"开工", "开工时间"}},
	{Name: "ended", Also: []string{"完工", "完工时间"}},
	{Name: "hours", Also: []string{"工时"}},
	{Name: "stations", Also: []string{"工位", "工位数"}},
}

// orderHead is the head of the sheet of work orders that is given out.
var orderHead = []string{"order", "state", "kind", "line", "part", "name", "lot", "quantity", "unit", "mass", "on", "reverses", "begun", "ended", "hours", "stations"}

// orderSides are the words for what an order moved, as they are written in files.
var orderSides = map[string]func(*writeoff.Order) *[]writeoff.Portion{
	"issue":  func(o *writeoff.Order) *[]writeoff.Portion { return &o.Issues },
	"return": func(o *writeoff.Order) *[]writeoff.Portion { return &o.Returns },
	"scrap":  func(o *writeoff.Order) *[]writeoff.Portion { return &o.Scraps },
	"output": func(o *writeoff.Order) *[]writeoff.Portion { return &o.Outputs },
}

// orderWords are Chinese words that mean one of ours.
var orderWords = map[string]string{
	"领料": "issue", "退料": "return", "报废": "scrap", "产出": "output", "入库": "output",
	"开立": "open", "未下达": "open", "下达": "released", "已下达": "released", "领料中": "issuing", "完工": "completed", "已完工": "completed", "关闭": "closed", "已关闭": "closed",
}

func orderWord(s string) string {
	if ours, known := orderWords[s]; known {
		return ours
	}
	return strings.ToLower(s)
}

// ReadOrders reads work orders from a CSV text or a workbook (XLSX, first sheet).
// Rows with the same order number are one order; a row without kind and quantity
// tells of the order only. All faults are given at once, with their rows; lines,
// parts, units and days are judged by writeoff.CheckOrders.
//
// Faults: those of ReadCounts; SHEET-ORDER-01 (a kind that is none), -02 (rows of
// one order disagree), -03 (no moment).
func ReadOrders(body []byte) ([]writeoff.Order, error) {
	t, workbook, err := openTable(body, orderColumns)
	if err != nil {
		return nil, err
	}
	if !t.Has("line") && !t.Has("part") {
		return nil, fault.New(fault.Invalid, "SHEET-COLUMN-01", "/row/0", "the table names neither lines nor parts", "add a column “line” or “part”")
	}
	var faults fault.List
	orders := []writeoff.Order{}
	at := map[string]int{}
	for rows := 0; ; {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err := faults.Add("", err); err != nil {
			return nil, err
		}
		if err != nil {
			continue
		}
		if rows++; rows > manyCounts {
			return nil, fault.New(fault.Invalid, "SHEET-ROWS-01", "", "the table has more than {most} figures", "send it in parts", "most", manyCounts)
		}
		r := orderRow{Row: row, workbook: workbook}
		head, side, p := r.read()
		if err := faults.Add("", r.faults.OrNil()); err != nil {
			return nil, err
		}
		k, known := at[head.Number]
		if !known {
			k = len(orders)
			at[head.Number] = k
			orders = append(orders, head)
		} else if field, one, other := disagree(&orders[k], &head); field != "" {
			faults = append(faults, fault.New(fault.Invalid, "SHEET-ORDER-02", row.Path(field), "work order {order} has “{first}” here and “{second}” in row {row}", "write the same in every row of an order, or only in the first",
				"order", head.Number, "first", other, "second", one, "row", orders[k].Row))
		}
		if side != nil {
			list := side(&orders[k])
			*list = append(*list, p)
		}
	}
	return orders, faults.OrNil()
}

// orderRow is one row of a table of work orders while it is read.
type orderRow struct {
	Row
	workbook bool
	faults   fault.List
}

func (r *orderRow) wrong(err error) {
	if err := r.faults.Add("", err); err != nil {
		r.faults = append(r.faults, fault.New(fault.Invalid, "SHEET-READ-01", "", "the workbook cannot be read", "save it again as XLSX, or as CSV").Because(err))
	}
}

// read gives what the row tells of its order, and the portion where it has one.
func (r *orderRow) read() (head writeoff.Order, side func(*writeoff.Order) *[]writeoff.Portion, p writeoff.Portion) {
	var err error
	head = writeoff.Order{Row: r.Number, State: writeoff.OrderState(orderWord(r.Text("state"))), Reverses: r.Text("reverses")}
	if head.Number, err = r.Needed("order"); err != nil {
		r.wrong(err)
	}
	if head.Begun, err = r.moment("begun"); err != nil {
		r.wrong(err)
	}
	if head.Ended, err = r.moment("ended"); err != nil {
		r.wrong(err)
	}
	if head.Hours, err = r.Quantity("hours"); err != nil {
		r.wrong(err)
	}
	if head.Stations, err = r.Whole("stations"); err != nil {
		r.wrong(err)
	}
	if r.Text("kind") == "" && r.Text("quantity") == "" {
		return head, nil, p
	}
	side = orderSides[orderWord(r.Text("kind"))]
	if side == nil {
		r.faults = append(r.faults, fault.New(fault.Invalid, "SHEET-ORDER-01", r.Path("kind"), "“{value}” is nothing that a work order moves", "write issue, return, scrap or output", "value", clip(r.Text("kind"))))
	}
	p = writeoff.Portion{Row: r.Number, Part: r.Text("part"), Lot: r.Text("lot"), Unit: codelist.UnitCode(r.Text("unit"))}
	if _, err := r.Needed("quantity"); err != nil {
		r.wrong(err)
	}
	if p.Quantity, err = r.Quantity("quantity"); err != nil {
		r.wrong(err)
	}
	if p.Mass, err = r.Quantity("mass"); err != nil {
		r.wrong(err)
	}
	if p.Line, err = r.Whole("line"); err != nil {
		r.wrong(err)
	}
	if p.On, err = r.day("on"); err != nil {
		r.wrong(err)
	}
	return head, side, p
}

// day reads a day, also as a workbook keeps it.
func (r *orderRow) day(name string) (clock.Date, error) {
	return parsed(r.Row, name, func(s string) (clock.Date, error) {
		if at, is := serial(s, r.workbook); is {
			return at.Date(), nil
		}
		return clock.ParseDate(s)
	})
}

// moment reads “2027-01-10 08:30”, or a day for its first minute.
func (r *orderRow) moment(name string) (clock.Instant, error) {
	return parsed(r.Row, name, func(s string) (clock.Instant, error) {
		if at, is := serial(s, r.workbook); is {
			return at, nil
		}
		day, of, timed := strings.Cut(strings.Replace(s, "T", " ", 1), " ")
		on, err := clock.ParseDate(day)
		if err != nil || !timed {
			return on.Start(), err
		}
		t, err := time.Parse("15:04", of)
		if err != nil {
			return 0, fault.New(fault.Invalid, "SHEET-ORDER-03", "", "“{value}” is no moment", "write a day and an hour, as 2027-01-10 08:30", "value", clip(s)).Because(err)
		}
		return on.Start().Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute), nil
	})
}

// disagree finds a field in which a further row of an order says something else
// than the first one; what it leaves out agrees.
func disagree(first, now *writeoff.Order) (field, one, other string) {
	moment := func(at clock.Instant) string {
		if at == 0 {
			return ""
		}
		return at.Time().Format("2006-01-02 15:04")
	}
	number := func(n int64, text string) string {
		if n == 0 {
			return ""
		}
		return text
	}
	for _, f := range []struct{ field, one, other string }{
		{"state", string(first.State), string(now.State)},
		{"reverses", first.Reverses, now.Reverses},
		{"begun", moment(first.Begun), moment(now.Begun)},
		{"ended", moment(first.Ended), moment(now.Ended)},
		{"hours", number(int64(first.Hours), first.Hours.String()), number(int64(now.Hours), now.Hours.String())},
		{"stations", number(int64(first.Stations), strconv.Itoa(first.Stations)), number(int64(now.Stations), strconv.Itoa(now.Stations))},
	} {
		if f.other != "" && f.one != f.other {
			return f.field, f.one, f.other
		}
	}
	return "", "", ""
}

// OrderSheet is the sheet of work orders that a write-off has, given by hand or
// told by the feed. Where it has none, it is the sheet to be filled in: a row for
// each line of the book. A row without a number is refused, so that nothing is
// left half filled in.
func OrderSheet(orders []writeoff.Order, b *book.Book) *Sheet {
	sheet := &Sheet{Name: "orders", Head: orderHead}
	moment := func(at clock.Instant) string {
		if at == 0 {
			return ""
		}
		return at.Time().Format("2006-01-02 15:04")
	}
	figure := func(q num.Quantity) string {
		if q == 0 {
			return ""
		}
		return q.String()
	}
	for i := range orders {
		o := &orders[i]
		stations := ""
		if o.Stations != 0 {
			stations = strconv.Itoa(o.Stations)
		}
		tail := []string{o.Reverses, moment(o.Begun), moment(o.Ended), figure(o.Hours), stations}
		empty := true
		for _, kind := range []string{"issue", "return", "scrap", "output"} {
			for _, p := range *orderSides[kind](o) {
				var part, name, unit string
				if l, ok := b.Line(p.Line); ok {
					part, name, unit = l.PartNumber, l.Name, string(l.Unit)
				}
				empty = false
				sheet.Rows = append(sheet.Rows, append([]string{o.Number, string(o.State), kind, strconv.Itoa(p.Line), part, name, p.Lot, p.Quantity.String(), unit, figure(p.Mass), p.On.String()}, tail...))
			}
		}
		if empty {
			sheet.Rows = append(sheet.Rows, append([]string{o.Number, string(o.State), "", "", "", "", "", "", "", "", ""}, tail...))
		}
	}
	if len(orders) > 0 {
		return sheet
	}
	for i := range b.Lines {
		l := &b.Lines[i]
		kind := "issue"
		if l.Kind == book.Product {
			kind = "output"
		}
		sheet.Rows = append(sheet.Rows, []string{"", "", kind, strconv.Itoa(l.Number), l.PartNumber, l.Name, "", "", string(l.Unit), "", "", "", "", "", "", ""})
	}
	return sheet
}
