package message

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"seine/internal/fault"
	"seine/internal/feed"
)

// recordNames are other names for the columns of a table of records.
var recordNames = map[string][]string{
	"kind": {"类别", "记录类别", "type"}, "id": {"编号", "流水号", "单据号"}, "on": {"日期", "date", "day"}, "part": {"料号", "part number"}, "lot": {"批号", "batch"},
	"status": {"货物状态"}, "quantity": {"数量", "qty"}, "unit": {"单位", "uom"}, "location": {"库位", "位置"}, "toLocation": {"目标库位", "移入库位"},
	"document": {"核注清单", "单证号"}, "workOrder": {"工单", "工单号"}, "reason": {"原因"}, "name": {"品名", "名称"}, "bookLine": {"项号", "序号"},
	"conversions": {"换算", "单位换算"}, "state": {"工单状态"}, "materials": {"用料", "计划用料"}, "reverses": {"冲销", "冲销工单"},
}

// recordKinds are Chinese words for the kinds of records.
var recordKinds = map[string]feed.Kind{
	"料件": feed.PartMaster, "主数据": feed.PartMaster, "入库": feed.Receipt, "出库": feed.Issue, "领料": feed.Issue, "移库": feed.Transfer, "调整": feed.Adjustment,
	"工单": feed.Order, "退料": feed.Return, "产出": feed.Output, "报废": feed.Scrap, "盘点": feed.Snapshot, "库存": feed.Snapshot,
}

func recordColumns() []Column {
	var columns []Column
	for _, name := range feed.Columns() {
		columns = append(columns, Column{Name: name, Also: recordNames[name], Required: name == "kind" || name == "id" || name == "on"})
	}
	return columns
}

// ReadRecords reads the records of a feed from a CSV text or a workbook (XLSX,
// first sheet). The head line names members of a record, in any order, also in
// Chinese; a column that is none of them is refused, because what stands in it
// would be lost. No more than one row above what a message may hold is read.
//
// Faults: those of NewTable and its rows, with a row as the record that it is;
// SHEET-READ-01, SHEET-MERGED-01 (workbook); FEED-READ-02, -03; -04 (a row that is
// cut short); those of numbers and days.
func ReadRecords(body []byte) ([]feed.Record, error) {
	t, workbook, err := openTable(body, recordColumns())
	var faults fault.List
	if t != nil {
		for _, name := range t.Unused() {
			faults = append(faults, feed.NoColumn(name))
		}
	}
	if err := faults.Add("", err); err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, faults[:min(len(faults), maxRecordFaults)]
	}
	var records []feed.Record
	for len(records) <= feed.MaxRecords && len(faults) < maxRecordFaults {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		n := len(records)
		if err == nil && !workbook && len(row.cells) < len(t.header) { // a program of tables leaves empty cells out, a cut file half a figure
			err = fault.New(fault.Invalid, "FEED-READ-04", row.Path(""), "line {line} has {given} cells, the header {expected}", "see that the line is whole, and write the file again",
				"line", row.Line, "given", len(row.cells), "expected", len(t.header))
		}
		var record feed.Record
		if err == nil {
			record, err = feed.ReadRow(n, recordCells(row, workbook))
		}
		if err := faults.Add("", asRecord(err, n)); err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, faults.OrNil()
}

const maxRecordFaults = 200

func recordCells(row Row, workbook bool) map[string]string {
	cells := map[string]string{}
	for name := range row.table.columns {
		text := row.Text(name)
		switch at, is := serial(text, workbook); {
		case name == "kind" && recordKinds[text] != "":
			text = string(recordKinds[text])
		case name == "kind":
			text = strings.ToLower(text)
		case name == "on" && is:
			text = at.Date().String()
		}
		cells[name] = text
	}
	return cells
}

// asRecord says of which record of the message a fault of a row is.
func asRecord(err error, n int) error {
	faults := slices.Clone(fault.All(err))
	if faults == nil {
		return err
	}
	for i, f := range faults {
		if rest, of := strings.CutPrefix(f.Path, "/row/"); of {
			_, rest, _ = strings.Cut(rest, "/")
			g := *f
			if g.Path = "/records/" + strconv.Itoa(n); rest != "" {
				g.Path += "/" + rest
			}
			faults[i] = &g
		}
	}
	return faults
}
