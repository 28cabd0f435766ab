package exports

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// put writes files into a folder.
func put(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, paths ...string) *Plant {
	t.Helper()
	p, err := Read(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A small factory in the tables of InvenTree: a frame of two bars, a table of a
// frame and a quarter litre of paint.
var factory = map[string]string{
	"parts.csv":       "pk,name,units\n1,bar,\n2,frame,\n3,table,\n4,paint,litres\n",
	"bom_items.csv":   "pk,part,sub_part,quantity\n1,2,1,2.00000\n2,3,2,1.00000\n3,3,4,0.25000\n",
	"builds.csv":      "pk,reference,part,quantity,completed,status\n1,BO1,3,8,8,40\n2,BO2,2,4,1,20\n3,BO3,3,5,0,10\n4,BO4,3,5,0,30\n",
	"build_lines.csv": "pk,build,bom_item,quantity\n1,1,2,8.00000\n2,1,3,2.00000\n3,2,1,8.00000\n4,3,2,5.00000\n5,3,3,1.25000\n",
	"build_items.csv": "pk,build_line,stock_item,quantity\n1,3,10,6.00000\n",
	"stock_items.csv": "pk,part,location,quantity,build,customer,is_building\n10,1,5,30.00000,,,0\n11,3,5,3.00000,1,,0\n12,3,,5.00000,1,9,0\n13,2,5,1.00000,2,,1\n14,4,,2.27500,,,0\n",
}

func told(t *testing.T, p *Plant, o Options) []map[string]any {
	t.Helper()
	dir := t.TempDir()
	o.Day = "2026-11-30"
	n, err := p.Write(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for i := range n {
		body, err := os.ReadFile(filepath.Join(dir, nameOf(i)))
		if err != nil {
			t.Fatal(err)
		}
		var records []map[string]any
		if err := json.Unmarshal(body, &records); err != nil || len(records) == 0 || len(records) > perMessage {
			t.Fatal(len(records), err)
		}
		all = append(all, records...)
	}
	return all
}

func nameOf(i int) string {
	n := strconv.Itoa(i + 1)
	return strings.Repeat("0", 5-len(n)) + n + ".json"
}

func TestAFactoryIsReadHoweverItsTablesAreWritten(t *testing.T) {
	want := told(t, read(t, put(t, factory)), Options{})
	if len(want) == 0 {
		t.Fatal("nothing was told")
	}
	each := func(change func(name, text string) (string, string)) map[string]string {
		files := map[string]string{}
		for name, text := range factory {
			name, text = change(name, text)
			files[name] = text
		}
		return files
	}
	turned := func(text, sep string) string { // columns the other way round
		var b strings.Builder
		for line := range strings.Lines(text) {
			cells := strings.Split(strings.TrimRight(line, "\n"), ",")
			slices.Reverse(cells)
			b.WriteString(strings.Join(cells, sep) + "\r\n")
		}
		return b.String()
	}
	for name, files := range map[string]map[string]string{
		"columns the other way round": each(func(n, s string) (string, string) { return n, turned(s, ",") }),
		"semicolons and commas in figures": each(func(n, s string) (string, string) {
			return n, strings.ReplaceAll(turned(s, ";"), ".", ",")
		}),
		"tabs and a mark": each(func(n, s string) (string, string) {
			return strings.Replace(n, ".csv", ".tsv", 1), "\ufeff" + strings.ReplaceAll(s, ",", "\t")
		}),
		"other names": each(func(n, s string) (string, string) {
			head, rest, _ := strings.Cut(s, "\n")
			head = strings.NewReplacer("pk", "ID", "sub_part", "Sub-Part", "bom_item", "bom_item_id", "build_line", "build_line_id", "stock_item", "Stock Item").Replace(head)
			return strings.ReplaceAll(n, "_", ""), head + ",more\n" + strings.ReplaceAll(strings.TrimSuffix(rest, "\n"), "\n", ",x\n") + ",x\n"
		}),
		"packed": each(func(n, s string) (string, string) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write([]byte(s))
			_ = z.Close()
			return n + ".gz", b.String()
		}),
		"objects of the database": {"all.json": objects(t, factory)},
	} {
		p := read(t, put(t, files))
		if len(p.Problems) > 0 {
			t.Errorf("%s: %v", name, p.Problems)
		}
		if got := told(t, p, Options{}); !equalJSON(got, want) {
			t.Errorf("%s: other records than the plain tables give: %d, not %d", name, len(got), len(want))
		}
	}
	parts := maps.Clone(factory)
	delete(parts, "builds.csv")
	if got := told(t, read(t, put(t, parts), put(t, map[string]string{"builds.csv": factory["builds.csv"]})), Options{}); !equalJSON(got, want) {
		t.Error("an export in two folders is another one")
	}
}

func equalJSON(a, b []map[string]any) bool {
	one, _ := json.Marshal(a)
	other, _ := json.Marshal(b)
	return bytes.Equal(one, other)
}

// objects writes tables as the objects of a database.
func objects(t *testing.T, files map[string]string) string {
	t.Helper()
	models := map[string]string{
		"parts.csv": "part.part", "bom_items.csv": "part.bomitem", "builds.csv": "build.build", "build_lines.csv": "build.buildline", "build_items.csv": "build.builditem", "stock_items.csv": "stock.stockitem",
	}
	var all []map[string]any
	for _, name := range slices.Sorted(maps.Keys(files)) {
		rows, err := readTable([]byte(files[name]))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			fields := map[string]any{"notes": []int{1}, "level": map[string]int{"a": 1}}
			for column, text := range r {
				fields[column] = text
				if q, ok := new(big.Rat).SetString(text); ok && column != "reference" {
					fields[column] = json.Number(decimal(q))
				}
			}
			delete(fields, "pk")
			all = append(all, map[string]any{"model": models[name], "pk": json.Number(r["pk"]), "fields": fields})
		}
	}
	body, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestWhatDoesNotFitTogetherIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ file, old, now, want string }{
		"a line beside its bill":         {"build_lines.csv", "1,1,2,8.00000", "1,1,2,9.00000", "build BO1 needs 9 of part P2 by its line, 8 by bill and quantity"},
		"an allocation above its line":   {"build_items.csv", "6.00000", "8.00001", "build BO2 was given 8.00001 for line 3, which needs 8.00000"},
		"a bill that leads back":         {"bom_items.csv", "1,2,1,", "1,2,3,", "the bill of P2 leads back to itself: P2 → P3 → P2"},
		"a unit that is none":            {"parts.csv", "litres", "barrels of 9", "the unit “barrels of 9” of part P4 is not known: the part is told in pieces"},
		"a quantity that is none":        {"bom_items.csv", "0.25000", "1/4", "bom_items: “1/4” is no quantity"},
		"a line of no build":             {"build_lines.csv", "5,3,3", "5,7,3", "line 5 of build 7 belongs to no build or no bill that is in the export"},
		"a row without its build":        {"build_lines.csv", "5,3,3", "5,,3", "build_lines: a row has no build and is left out"},
		"a state that nobody knows":      {"builds.csv", "0,10", "0,77", "build BO3 has the status 77, which is not known: it is told as released"},
		"an allocation of unknown stock": {"build_items.csv", "1,3,10", "1,3,99", "an allocation of stock item 99 belongs to no line or no stock that is in the export"},
	} {
		files := maps.Clone(factory)
		if files[c.file] = strings.Replace(files[c.file], c.old, c.now, 1); files[c.file] == factory[c.file] {
			t.Fatal(name)
		}
		p := read(t, put(t, files))
		if !slices.Contains(p.Problems, c.want) {
			t.Errorf("%s: %q", name, p.Problems)
		}
		if _, err := p.Write(t.TempDir(), Options{Day: "2026-11-30", Make: 1}); (err != nil) != strings.Contains(c.want, "leads back") {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := read(t, put(t, map[string]string{"bom_items.csv": "pk,part,sub_part,quantity\n1,2,1,0.333333\n"}))
	if _, err := p.Write(t.TempDir(), Options{Day: "2026-11-30", Make: 1}); err == nil {
		t.Error("six digits after the point went into a feed that takes five")
	}
	for name, text := range map[string]string{"nothing.json": "{}", "list.json": `[{"a":1}]`, "broken.json": "[", "empty.csv": "", "twice.csv": "a,A\n1,2\n", "latin.csv": "pk\n\xff\n"} {
		if _, err := Read(put(t, map[string]string{name: text})); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// In a routing the product belongs to the whole, the materials to its steps.
func TestRoutingsAreFollowedToTheirProduct(t *testing.T) {
	for name, text := range map[string]string{
		"with suffixes": `[{"model":"input.operation","fields":{"name":"make","item_id":"chair"}},{"model":"input.operation","fields":{"name":"glue","owner_id":"make"}},
			{"model":"input.operationmaterial","fields":{"operation_id":"glue","item_id":"leg","quantity":-4.0}},
			{"model":"input.operationmaterial","fields":{"operation_id":"saw","item_id":"leg","quantity":2}},{"model":"input.operationmaterial","fields":{"operation_id":"saw","item_id":"beam","quantity":-1}},
			{"model":"input.buffer","fields":{"item_id":"beam","location_id":"F","onhand":7}},
			{"model":"input.operationplan","fields":{"type":"MO","status":"confirmed","reference":"7","operation_id":"glue","quantity":3}},{"model":"input.operationplan","fields":{"type":"PO","item_id":"beam","quantity":3}}]`,
		"without": `[{"pk":"make","model":"input.operation","fields":{"item":"chair"}},{"pk":"glue","model":"input.operation","fields":{}},{"model":"input.suboperation","fields":{"operation":"make","suboperation":"glue"}},
			{"model":"input.flow","fields":{"operation":"glue","item":"leg","quantity":"-4"}},{"model":"input.flow","fields":{"operation":"saw","item":"leg","quantity":"2"}},{"model":"input.flow","fields":{"operation":"saw","item":"beam","quantity":"-1"}},
			{"model":"input.buffer","fields":{"item":"beam","location":"F","onhand":"7"}},
			{"pk":"7","model":"input.operationplan","fields":{"type":"MO","status":"approved","item":"chair","quantity":3}},{"model":"input.operationplan","fields":{"type":"DO","item":"beam"}}]`,
	} {
		p := read(t, put(t, map[string]string{"x.json": text}))
		if len(p.Problems) > 0 || len(p.Notes) != 1 || len(p.Orders) != 1 || len(p.Stock) != 1 || len(p.Parts) != 3 {
			t.Fatalf("%s: %+v", name, p)
		}
		chair, leg := p.Bills["chair"], p.Bills["leg"]
		if len(chair) != 1 || decimal(chair[0].Quantity) != "4" || len(leg) != 1 || decimal(leg[0].Quantity) != "0.5" || decimal(p.Orders[0].Needs[0].Quantity) != "12" {
			t.Errorf("%s: a chair of %v, a leg of %v, the order needs %v", name, chair, leg, p.Orders[0].Needs)
		}
	}
}

func TestWorkedCasesComeOutAsExpected(t *testing.T) {
	text := `[{"case":"units","bom":{"inputs":[{"item":"cloth","qty":150,"unit":"centimetre","stock_unit":"metre"}],"outputs":[{"item":"flag","qty":1,"unit":"piece"}]},"work_order_qty":2,
		"expected":{"inputs":{"cloth (centimetre)":300},"outputs":{"flag":2}}},
		{"case":"rounding","bom":{"inputs":[{"item":"c","qty":4,"unit":"piece"}],"outputs":[{"item":"p","qty":9,"unit":"piece"},{"item":"rest","qty":8,"unit":"piece"}]},"work_order_qty":3,
		"expected":{"inputs":{"c":2},"outputs":{"p":3,"rest":2}}}]`
	p := read(t, put(t, map[string]string{"cases.json": text}))
	if len(p.Problems) > 0 || p.Checked.Cases != 2 {
		t.Fatal(p.Problems)
	}
	if n := p.Orders[0].Needs[0]; decimal(n.Quantity) != "3" || p.Parts[n.Part].Unit != "MTR" {
		t.Errorf("the flag needs %s %s", decimal(n.Quantity), p.Parts[n.Part].Unit)
	}
	p = read(t, put(t, map[string]string{"cases.json": strings.Replace(text, `"rest":2`, `"rest":3`, 1)}))
	if !slices.Equal(p.Problems, []string{"case “rounding”: of rest there are 2, the case expects 3"}) {
		t.Error(p.Problems)
	}
	p = read(t, put(t, map[string]string{"cases.json": strings.Replace(text, `"stock_unit":"metre"`, `"stock_unit":"kilogram"`, 1)}))
	if len(p.Problems) != 1 {
		t.Error(p.Problems)
	}
}
