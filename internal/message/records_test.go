package message

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/num"
)

const recordTable = "kind,id,on,part,lot,quantity,unit,location,name\r\n" +
	"part,p1,2026-11-20,P,,,KGM,,橙汁\r\n" +
	"\r\n" +
	"receipt,r1,2026-11-20,P,L1,4.5,KGM,A-01,\r\n"

var recordsWanted = []feed.Record{
	{Kind: feed.PartMaster, ID: "p1", On: clock.MustDate("2026-11-20"), Part: "P", Unit: "KGM", Name: "橙汁"},
	{Kind: feed.Receipt, ID: "r1", On: clock.MustDate("2026-11-20"), Part: "P", Lot: "L1", Quantity: 4*num.OneQuantity + num.OneQuantity/2, Unit: "KGM", Location: "A-01"},
}

// A table of records means the same whatever program wrote it.
func TestRecordsAreReadAsProgramsOfTablesWriteThem(t *testing.T) {
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String(recordTable)
	if err != nil {
		t.Fatal(err)
	}
	workbook := func(day any) string {
		f := excelize.NewFile()
		for i, row := range [][]any{
			{"类别", "编号", "日期", "料号", "批号", "数量", "单位", "库位", "品名"},
			{"料件", "p1", day, "P", nil, nil, "KGM", nil, "橙汁"},
			{"入库", "r1", day, "P", "L1", 4.5, "KGM", "A-01"},
		} {
			cell, _ := excelize.CoordinatesToCellName(1, i+1)
			if err := f.SetSheetRow("Sheet1", cell, &row); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"comma": recordTable, "byte order mark": "\ufeff" + recordTable, "GB18030": chinese,
		"semicolon": strings.ReplaceAll(recordTable, ",", ";"), "tab": strings.ReplaceAll(recordTable, ",", "\t"),
		"capitals and blanks": strings.Replace(recordTable, "kind,id,on,part", "Kind, ID ,Date,Part Number", 1),
		"kinds in capitals":   strings.Replace(recordTable, "receipt,", "Receipt,", 1),
		"workbook":            workbook(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)), "workbook of texts": workbook("2026-11-20"),
		"other order of columns": "name,location,unit,quantity,lot,part,on,id,kind\n橙汁,,KGM,,,P,2026-11-20,p1,part\n,A-01,KGM,4.5,L1,P,2026-11-20,r1,receipt\n",
	} {
		got, err := ReadRecords([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(recordsWanted, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhatIsWrongWithATableOfRecordsHasItsPlace(t *testing.T) {
	merged := excelize.NewFile()
	for cell, text := range map[string]string{"A1": "kind", "B1": "id", "C1": "on", "A2": "part"} {
		_ = merged.SetCellValue("Sheet1", cell, text)
	}
	_ = merged.MergeCell("Sheet1", "A2", "A4")
	var workbook bytes.Buffer
	if err := merged.Write(&workbook); err != nil {
		t.Fatal(err)
	}
	const head = "kind,id,on,part,quantity\n"
	for _, c := range []struct{ name, text, code, path string }{
		{"nothing", "", "TEXT-EMPTY-01", ""},
		{"a column that nothing means", "kind,id,on,price\n", "FEED-READ-03", "/records"},
		{"a column twice", "kind,id,on,quantity,数量\n", "TABLE-HEADER-02", "/row/0/quantity"},
		{"no column of days", "kind,id,part\n", "TABLE-HEADER-01", "/row/0/on"},
		{"a comma in a figure", head + "receipt,r,2026-11-20,P,\"1,5\"\n", "NUM-SYNTAX-01", "/records/0/quantity"},
		{"a comma that parts a figure", head + "receipt,a,2026-11-20,P,1\nreceipt,r,2026-11-20,P,1,5\n", "TABLE-CELLS-01", "/records/1"},
		{"a file that was cut", head + "receipt,a,2026-11-20,P,1\nreceipt,b,2026-11-2", "FEED-READ-04", "/records/1"},
		{"a day of another country", head + "receipt,r,20.11.2026,P,1\n", "CLOCK-DATE-01", "/records/0/on"},
		{"no text", "kind,id,on\n\x00\x01\x02\x03", "TEXT-BINARY-01", ""},
		{"another encoding", head + "receipt,\xff\xff,2026-11-20,P,1\n", "TEXT-ENCODING-01", ""},
		{"merged cells", workbook.String(), "SHEET-MERGED-01", "/cell/A2:A4"},
		{"no workbook", "PK\x03\x04 and nothing more", "SHEET-READ-01", ""},
	} {
		_, err := ReadRecords([]byte(c.text))
		found := fault.All(err)
		if len(found) == 0 || found[0].Code != c.code || found[0].Path != c.path {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	many := head + strings.Repeat("part,p,2026-11-20,P,\n", 3*feed.MaxRecords)
	if got, err := ReadRecords([]byte(many)); err != nil || len(got) != feed.MaxRecords+1 {
		t.Errorf("a table without end is read to its bound: %d, %v", len(got), err)
	}
}

func FuzzReadRecords(f *testing.F) {
	f.Add([]byte(recordTable))
	f.Add([]byte("类别;编号;日期;换算;用料\n料件;1;2026-11-20;12 C62 = 1; P = 2\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := ReadRecords(body); err != nil && fault.All(err) == nil {
			t.Fatal(err)
		}
	})
}
