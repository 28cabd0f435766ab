package message

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/writeoff"
)

var orderBook = &book.Book{Lines: []book.Line{
	{Number: 1, Kind: book.Material, PartNumber: "FIB", Name: "fibre", Unit: "KGM"}, {Number: 3, Kind: book.Product, PartNumber: "WIG", Name: "wig", Unit: "C62"},
}}

func TestWorkOrdersGoOutAndComeBack(t *testing.T) {
	on := clock.MustDate("2027-01-10")
	orders := []writeoff.Order{
		{
			Number: "W1", State: writeoff.OrderClosed, Begun: on.Start().Add(8*time.Hour + 30*time.Minute), Ended: on.Start().Add(17 * time.Hour), Hours: 8 * num.OneQuantity, Stations: 2,
			Issues:  []writeoff.Portion{{Line: 1, Lot: "L1", Quantity: 12*num.OneQuantity + 50_000, Mass: 12 * num.OneQuantity, On: on}},
			Returns: []writeoff.Portion{{Line: 1, Quantity: num.OneQuantity, On: on + 1}}, Scraps: []writeoff.Portion{{Line: 1, Quantity: 1, On: on + 1}},
			Outputs: []writeoff.Portion{{Line: 3, Quantity: 40 * num.OneQuantity, On: on + 1}},
		},
		{Number: "W2", State: writeoff.OrderOpen, Reverses: "W1"},
	}
	sheet := OrderSheet(orders, orderBook)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"csv": func(b *bytes.Buffer) error { return sheet.WriteCSV(b) }, "xlsx": func(b *bytes.Buffer) error { return sheet.WriteXLSX(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		got, err := ReadOrders(b.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got[0].Row != 1 || got[1].Row != 5 || got[0].Outputs[0].Row != 4 || got[0].Outputs[0].Part != "WIG" {
			t.Errorf("%s: the rows are known: %+v", name, got)
		}
		checked, err := writeoff.CheckOrders(orderBook, got, on+5, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(orders, checked); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTheEmptySheetOfWorkOrdersIsNotTakenAsItIs(t *testing.T) {
	var b bytes.Buffer
	if err := OrderSheet(nil, orderBook).WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	_, err := ReadOrders(b.Bytes())
	if !fault.Is(err, "TABLE-EMPTY-01") {
		t.Errorf("%v", err)
	}
}

func TestAWorkbookKeepsDaysAsNumbers(t *testing.T) {
	f := excelize.NewFile()
	for cell, v := range map[string]any{
		"A1": "工单号", "B1": "状态", "C1": "类别", "D1": "项号", "E1": "数量", "F1": "日期", "G1": "开工",
		"A2": "W1", "B2": "已关闭", "C2": "领料", "D2": 1, "E2": 5, "F2": time.Date(2027, 1, 10, 0, 0, 0, 0, time.UTC), "G2": time.Date(2027, 1, 9, 8, 20, 0, 0, time.UTC),
	} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadOrders(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := []writeoff.Order{{
		Number: "W1", Row: 1, State: writeoff.OrderClosed, Begun: clock.MustDate("2027-01-09").Start().Add(8*time.Hour + 20*time.Minute),
		Issues: []writeoff.Portion{{Line: 1, Quantity: 5 * num.OneQuantity, On: clock.MustDate("2027-01-10"), Row: 1}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoTableOfWorkOrders(t *testing.T) {
	const head = "order,state,kind,line,quantity,on,begun\n"
	for _, c := range []struct{ name, body, code, path string }{
		{"a wrong header", "order,state,kind,line,how much,on\n", "TABLE-HEADER-01", "/row/0/quantity"},
		{"neither line nor part", "order,state,kind,quantity,on\n", "SHEET-COLUMN-01", "/row/0"},
		{"a kind that is none", head + "W1,open,ate,1,5,2027-01-10,\n", "SHEET-ORDER-01", "/row/1/kind"},
		{"rows that disagree", head + "W1,open,issue,1,5,2027-01-10,\nW1,closed,issue,1,5,2027-01-10,\n", "SHEET-ORDER-02", "/row/2/state"},
		{"no moment", head + "W1,open,issue,1,5,2027-01-10,2027-01-10 noon\n", "SHEET-ORDER-03", "/row/1/begun"},
		{"no day", head + "W1,open,issue,1,5,10 January,\n", "CLOCK-DATE-01", "/row/1/on"},
		{"a serial number in a text", head + "W1,open,issue,1,5,46397,\n", "CLOCK-DATE-01", "/row/1/on"},
		{"no quantity", head + "W1,open,issue,1,,2027-01-10,\n", "TABLE-EMPTY-01", "/row/1/quantity"},
	} {
		_, err := ReadOrders([]byte(c.body))
		all := fault.All(err)
		if len(all) != 1 || all[0].Code != c.code || all[0].Path != c.path {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	merged := workbook(t, func(f *excelize.File) {
		if err := f.MergeCell("Sheet1", "A2", "A4"); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := ReadOrders(merged); !fault.Is(err, "SHEET-MERGED-01") {
		t.Errorf("merged cells: %v", err)
	}
	got, err := ReadOrders([]byte(head + "W1,open,,,,,\nW1,,issue,1,5,2027-01-10,\n"))
	if err != nil || len(got) != 1 || len(got[0].Issues) != 1 || got[0].State != writeoff.OrderOpen {
		t.Errorf("the first row tells of the order: %+v %v", got, err)
	}
}
