package console

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/num"
)

// levyWords are what the duty of a domestic sale can be levied on.
var levyWords = map[declaration.LevyBasis]Key{declaration.OnGoods: "levy.goods", declaration.OnMaterials: "levy.ofmaterials"}

// materialColumns are the columns of a row of materials, in their order.
const materialColumns = 10

// materialRows writes materials as rows of a spreadsheet, for the field that reads
// them.
func materialRows(materials []declaration.LevyMaterial) string {
	var b strings.Builder
	for i := range materials {
		m := &materials[i]
		bookLine := ""
		if m.BookLine > 0 {
			bookLine = strconv.Itoa(m.BookLine)
		}
		row := []string{
			strconv.Itoa(m.Line), bookLine, string(m.Commodity), string(m.Origin), m.Quantity.String(), string(m.Unit), m.Value.Fixed(), m.From.String(), m.Agreement, m.OriginProof,
		}
		b.WriteString(strings.TrimRight(strings.Join(row, "; "), "; ") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// materials reads rows of materials: columns by tabs or semicolons. Faults name
// the row: CONSOLE-LEVY-01 (more columns than are taken), -02 (what stands in a
// column cannot be read).
func (p *formReader) materials(path string) []declaration.LevyMaterial {
	var all []declaration.LevyMaterial
	for row := range strings.Lines(fold(p.f.Values[path])) {
		if strings.TrimSpace(row) == "" {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(strings.TrimRight(row, "\r\n"), "\t", ";"), ";")
		if len(cells) > materialColumns {
			p.bad(path, fault.New(fault.Invalid, "CONSOLE-LEVY-01", "", "row {row} has {count} columns, {most} are taken",
				"write one material a row, its columns by semicolons or tabs", "row", len(all)+1, "count", len(cells), "most", materialColumns))
			cells = cells[:materialColumns]
		}
		cells = append(cells, make([]string, materialColumns-len(cells))...)
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		all = append(all, p.material(path, len(all)+1, cells))
	}
	return all
}

func (p *formReader) material(path string, row int, cells []string) declaration.LevyMaterial {
	bad := func(column int, err error) {
		if err != nil {
			p.bad(path, fault.New(fault.Invalid, "CONSOLE-LEVY-02", "", "row {row}, column {column}: “{value}” cannot be read",
				"write digits in number columns and days as YYYY-MM-DD", "row", row, "column", column+1, "value", cells[column]).Because(err))
		}
	}
	digits := func(column int) string { return strings.NewReplacer(",", "", " ", "").Replace(cells[column]) }
	whole := func(column int) int {
		if cells[column] == "" {
			return 0
		}
		n, err := strconv.Atoi(cells[column])
		bad(column, err)
		return n
	}
	m := declaration.LevyMaterial{
		Line: whole(0), BookLine: whole(1), Commodity: declaration.CommodityCode(strings.ReplaceAll(cells[2], ".", "")),
		Origin: declaration.CountryCode(strings.ToUpper(cells[3])), Unit: declaration.UnitCode(strings.ToUpper(cells[5])),
		Agreement: cells[8], OriginProof: cells[9],
	}
	var err error
	if cells[4] != "" {
		m.Quantity, err = num.ParseQuantity(digits(4))
		bad(4, err)
	}
	if cells[6] != "" {
		m.Value, err = num.ParseMoney(digits(6))
		bad(6, err)
	}
	if cells[7] != "" {
		m.From, err = clock.ParseDate(cells[7])
		bad(7, err)
	}
	return m
}

// levyTable shows both ways of a domestic sale, tax by tax, and the one chosen.
func levyTable(ctx context.Context, l *clearance.Levy) Table {
	t := Table{
		ID: "ways", Caption: T(ctx, "levy.ways"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "levy.on")}},
	}
	var taxes []string
	for _, way := range l.Ways {
		for _, f := range way.Taxes {
			if !containsString(taxes, f.Tax) {
				taxes = append(taxes, f.Tax)
			}
		}
	}
	for _, tax := range taxes {
		t.Columns = append(t.Columns, Column{Title: named(ctx, taxWords, tax), Unit: "CNY", Number: true})
	}
	t.Columns = append(t.Columns, Column{Title: T(ctx, "working.total"), Unit: "CNY", Number: true}, Column{Title: T(ctx, "levy.chosen")})
	for _, way := range l.Ways {
		row := Row{Cells: []templ.Component{strong(named(ctx, levyWords, way.On))}}
		for _, tax := range taxes {
			amount := ""
			for _, f := range way.Taxes {
				if f.Tax == tax {
					amount = Amount(f.Amount, "")
				}
			}
			row.Cells = append(row.Cells, Number(amount))
		}
		chosen := Text("")
		if way.On == l.On {
			chosen = BadgeView(Badge{OK, T(ctx, "levy.chosen")})
		}
		t.Rows = append(t.Rows, Row{Cells: append(row.Cells, strong(Amount(way.Total, "")), chosen)})
	}
	return t
}

// materialsTable shows the bonded materials in the goods, as they were stated or
// filled in from the book.
func materialsTable(ctx context.Context, materials []declaration.LevyMaterial) Table {
	t := Table{
		ID: "materials", Caption: T(ctx, "levy.materials"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "levy.line"), Number: true},
			{Title: T(ctx, "lines.book"), Number: true},
			{Title: T(ctx, "column.commodity")},
			{Title: T(ctx, "lines.name")},
			{Title: T(ctx, "column.origin")},
			{Title: T(ctx, "lines.quantity"), Number: true},
			{Title: T(ctx, "levy.value"), Unit: "CNY", Number: true},
			{Title: T(ctx, "levy.from")},
		},
	}
	for i := range materials {
		m := &materials[i]
		bookLine := ""
		if m.BookLine > 0 {
			bookLine = strconv.Itoa(m.BookLine)
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(strconv.Itoa(m.Line)), Text(bookLine), Code(string(m.Commodity)), short(m.Name, 40), Text(joinedWords(string(m.Origin), m.Agreement, m.OriginProof)),
			Number(Measure(m.Quantity, string(m.Unit))), Number(Amount(m.Value, "")), Code(m.From.String()),
		}})
	}
	return t
}

// materialsWorking is the working of the duty on the materials; nil where it
// cannot be read.
func materialsWorking(l *clearance.Levy) *working {
	w, err := readWorking(l.Duty)
	if err != nil {
		return nil
	}
	return w
}

// sourceText says by what of the account book the materials of a line stand.
func sourceText(ctx context.Context, s clearance.LevySource) string {
	switch {
	case s.By == clearance.ByWorkOrders && s.Filled:
		return T(ctx, "levy.filled.orders", "line", s.Line, "count", s.Orders)
	case s.By == clearance.ByWorkOrders:
		return T(ctx, "levy.checked.orders", "line", s.Line, "count", s.Orders)
	case s.Filled:
		return T(ctx, "levy.filled.consumption", "line", s.Line, "version", s.Version)
	}
	return T(ctx, "levy.checked.consumption", "line", s.Line, "version", s.Version)
}

// linesOf names lines of goods.
func linesOf(numbers []int) string {
	names := make([]string, len(numbers))
	for i, n := range numbers {
		names[i] = strconv.Itoa(n)
	}
	return strings.Join(names, ", ")
}

func sampleChoice() *declaration.LevyChoice {
	return &declaration.LevyChoice{On: declaration.OnMaterials, Materials: []declaration.LevyMaterial{
		{Line: 1, BookLine: 1, Commodity: "2204291000", Name: "wine in bulk", Origin: "FR", Quantity: 480 * num.OneQuantity, Unit: "LTR", Value: 19_820_000, From: clock.MustDate("2026-05-18")},
		{Line: 1, BookLine: 2, Commodity: "7010909000", Name: "bottles", Origin: "DE", Quantity: 640 * num.OneQuantity, Unit: "EA", Value: 320_000, From: clock.MustDate("2026-06-02")},
	}}
}

func sampleLevy() *clearance.Levy {
	return &clearance.Levy{
		On: declaration.OnMaterials, Difference: -3_004_112, Unchecked: []int{2}, Materials: sampleChoice().Materials,
		Sources: []clearance.LevySource{{Line: 1, By: clearance.ByConsumption, Version: 2, Filled: true}}, Ways: []clearance.LevyWay{
			{On: declaration.OnGoods, Taxes: []clearance.TaxFigure{{Tax: "duty", Amount: 5_776_400}, {Tax: "consumption_tax", Amount: 5_226_267}, {Tax: "vat", Amount: 7_409_653}}, Total: 18_412_320},
			{On: declaration.OnMaterials, Taxes: []clearance.TaxFigure{{Tax: "duty", Amount: 2_774_800}, {Tax: "consumption_tax", Amount: 5_226_267}, {Tax: "vat", Amount: 7_402_000}, {Tax: "interest", Amount: 5_141}}, Total: 15_408_208},
		},
	}
}
