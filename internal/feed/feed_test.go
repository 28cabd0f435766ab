package feed_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/ledger"
	"seine/internal/num"
)

var update = flag.Bool("update", false, "write docs/feed.schema.json anew")

var (
	today = clock.MustDate("2026-11-23")
	rules = feed.BuiltIn().At(today)
	units = codelist.Default()
)

// shelf is a stock in memory.
type shelf struct {
	parts  map[string]*feed.Part
	orders map[string]*feed.WorkOrder
	papers map[string]*feed.Paper
	lines  map[int]codelist.UnitCode
}

func newShelf() *shelf {
	return &shelf{
		parts: map[string]*feed.Part{}, orders: map[string]*feed.WorkOrder{},
		papers: map[string]*feed.Paper{"IN-1": {Number: "IN-1", In: true, Gate: true}, "OUT-1": {Number: "OUT-1", Gate: true}, "OUT-2": {Number: "OUT-2", Gate: true}, "BOOK-1": {Number: "BOOK-1"}},
		lines:  map[int]codelist.UnitCode{1: "KGM", 2: "C62"},
	}
}

// readTable reads records from a table with the names of their members in its head.
func readTable(text string) ([]feed.Record, error) {
	table := csv.NewReader(strings.NewReader(text))
	table.FieldsPerRecord = -1
	rows, err := table.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fault.New(fault.Invalid, "X-TABLE-01", "", "no table", "")
	}
	var records []feed.Record
	var faults fault.List
	for n, row := range rows[1:] {
		cells := map[string]string{}
		for i, cell := range row[:min(len(row), len(rows[0]))] {
			cells[rows[0][i]] = cell
		}
		record, err := feed.ReadRow(n, cells)
		if err := faults.Add("", err); err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, faults.OrNil()
}

func (s *shelf) Part(n string) (*feed.Part, error)            { return s.parts[n], nil }
func (s *shelf) AddPart(p *feed.Part)                         { s.parts[p.Number] = p }
func (s *shelf) Order(n string) (*feed.WorkOrder, error)      { return s.orders[n], nil }
func (s *shelf) AddOrder(o *feed.WorkOrder)                   { s.orders[o.Number] = o }
func (s *shelf) Paper(n string) (*feed.Paper, error)          { return s.papers[n], nil }
func (s *shelf) LineUnit(line int) (codelist.UnitCode, error) { return s.lines[line], nil }
func (s *shelf) apply(t testing.TB, table string) (feed.Result, error) {
	t.Helper()
	records, err := readTable(table)
	if err != nil {
		t.Fatal(err)
	}
	m := &feed.Received{Message: feed.Message{Book: "B", Enterprise: "E", Sequence: 1, Records: records}}
	return feed.Apply(m, today, rules, s, units)
}

const head = "kind,id,on,part,lot,status,quantity,unit,location,toLocation,document,workOrder,state,reverses,reason,bookLine,conversions,materials\n"

// row writes a line of the table: kind, then name=value.
func row(kind string, cells ...string) string {
	values := map[string]string{"kind": kind, "id": "x", "on": "2026-11-20"}
	for _, c := range cells {
		name, value, _ := strings.Cut(c, ":")
		values[name] = value
	}
	var line []string
	for _, name := range strings.Split(strings.TrimSpace(head), ",") {
		line = append(line, values[name])
	}
	return strings.Join(line, ",") + "\n"
}

// stocked is a shelf with two parts and 100 kg of lot L1 at A.
func stocked(t testing.TB) *shelf {
	t.Helper()
	s := newShelf()
	_, err := s.apply(t, head+
		row("part", "id:1", "part:P", "unit:KGM", "bookLine:1", "conversions:1 BX = 25; 3 TRAY = 1")+
		row("part", "id:2", "part:Q", "unit:C62", "bookLine:2")+
		row("part", "id:3", "part:D", "unit:C62")+
		row("receipt", "id:4", "part:P", "lot:L1", "quantity:100", "unit:KGM", "location:A", "document:IN-1"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func codes(faults fault.List) []string {
	var list []string
	for _, f := range faults {
		list = append(list, f.Code+f.Path)
	}
	return list
}

func TestWhatWaitsInStaging(t *testing.T) {
	order := row("work-order", "id:o1", "workOrder:W", "state:released") + row("issue", "id:o2", "part:P", "lot:L1", "quantity:10", "unit:KGM", "workOrder:W")
	closed := order + row("output", "id:o3", "part:Q", "quantity:1", "unit:C62", "workOrder:W", "location:A") +
		row("work-order", "id:o4", "workOrder:W", "state:completed") + row("work-order", "id:o5", "workOrder:W", "state:closed")
	for _, c := range []struct {
		name, table string
		want        []string
	}{
		{"a part that nobody told of", row("receipt", "part:N", "quantity:1", "unit:KGM"), []string{"FEED-PART-01/records/0/part"}},
		{"a line that the book does not have", row("part", "part:N", "unit:KGM", "bookLine:9"), []string{"FEED-PART-04/records/0/bookLine"}},
		{"units that do not convert", row("issue", "part:P", "lot:L1", "quantity:1", "unit:MTR"), []string{"FEED-UNIT-01/records/0/unit"}},
		{"a third that does not come out", row("issue", "part:P", "lot:L1", "quantity:1", "unit:TRAY"), []string{"FEED-UNIT-02/records/0/quantity"}},
		{"a lot in two places", row("receipt", "part:P", "lot:L1", "quantity:1", "unit:KGM", "location:B", "document:IN-1"), []string{"FEED-LOT-01/records/0/location"}},
		{"a lot of two statuses", row("receipt", "part:P", "lot:L1", "quantity:1", "unit:KGM", "location:A", "status:duty-paid"), []string{"FEED-LOT-02/records/0/status"}},
		{"bonded goods without a line", row("receipt", "part:D", "quantity:1", "unit:C62", "status:bonded"), []string{"FEED-LOT-02/records/0/status"}},
		{"a closed work order changed", closed + row("issue", "id:z", "part:P", "lot:L1", "quantity:1", "unit:KGM", "workOrder:W"), []string{"FEED-ORDER-02/records/5/workOrder"}},
		{"a closed work order told again", closed + row("work-order", "id:z", "workOrder:W", "state:closed"), []string{"FEED-ORDER-02/records/5/workOrder"}},
		{"more returned than issued", order + row("return", "id:z", "part:P", "lot:L1", "quantity:11", "unit:KGM", "workOrder:W"), []string{"FEED-ORDER-06/records/2/quantity"}},
		{"a work order that jumps", row("work-order", "id:1", "workOrder:V", "state:open") + row("work-order", "id:2", "workOrder:V", "state:completed"), []string{"FEED-ORDER-01/records/1"}},
		{"a work order that is not open yet", row("issue", "part:P", "lot:L1", "quantity:1", "unit:KGM", "workOrder:V"), []string{"FEED-ORDER-03/records/0/workOrder"}},
		{"an order reversed that is not closed", order + row("work-order", "id:z", "workOrder:R", "state:released", "reverses:W"), []string{"FEED-ORDER-04/records/2/reverses"}},
		{
			"all faults of all records at once",
			row("receipt", "on:2026-12-24", "part:P", "quantity:-1") + row("gift", "id:2") + row("snapshot", "id:3", "part:P", "unit:KGM", "document:IN-1"),
			[]string{"FEED-RECORD-03/records/0/on", "FEED-RECORD-04/records/0/unit", "FEED-RECORD-06/records/0/quantity", "FEED-RECORD-01/records/1/kind", "FEED-RECORD-05/records/2/document"},
		},
		{"the same movement twice", strings.Repeat(row("issue", "part:P", "lot:L1", "quantity:1", "unit:KGM", "document:OUT-1"), 2), []string{"FEED-RECORD-11/records/1/id"}},
	} {
		_, err := stocked(t).apply(t, head+c.table)
		if diff := cmp.Diff(c.want, codes(fault.All(err))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestWhatIsRecordedAndFound(t *testing.T) {
	for _, c := range []struct {
		name, table string
		found       []string
		moves       string
	}{
		{"an issue on its list", row("issue", "part:P", "lot:L1", "quantity:2", "unit:BX", "document:OUT-1"), nil, "on-hand→abroad 50 OUT-1"},
		{"without a list", row("issue", "part:P", "lot:L1", "quantity:40", "unit:KGM"), []string{"FEED-PAPER-01/records/0/document"}, "on-hand→abroad 40"},
		{"on a list that is none", row("issue", "part:P", "lot:L1", "quantity:40", "unit:KGM", "document:NO"), []string{"FEED-PAPER-02/records/0/document"}, "on-hand→abroad 40 NO"},
		{"on a list for the other way", row("issue", "part:P", "lot:L1", "quantity:40", "unit:KGM", "document:IN-1"), []string{"FEED-PAPER-03/records/0/document"}, "on-hand→abroad 40 IN-1"},
		{
			"more than there is", row("issue", "part:P", "lot:L1", "quantity:130", "unit:KGM", "document:OUT-1"),
			[]string{"FEED-SHORT-01/records/0/quantity"},
			"on-hand→abroad 100 OUT-1; difference→on-hand 30; on-hand→abroad 30 OUT-1",
		},
		{"a lot taken where it is not", row("issue", "part:P", "lot:L1", "quantity:40", "unit:KGM", "location:B", "document:OUT-1"), []string{"FEED-PLACE-01/records/0/location"}, "on-hand→abroad 40 OUT-1"},
		{"a lot transferred from where it is not", row("transfer", "part:P", "lot:L1", "quantity:40", "unit:KGM", "location:C", "toLocation:B"), []string{"FEED-PLACE-01/records/0/location"}, ""},
		{"a transfer moves nothing of the books", row("transfer", "part:P", "lot:L1", "quantity:40", "unit:KGM", "location:A", "toLocation:B"), nil, ""},
		{"into transit", row("transfer", "part:P", "lot:L1", "quantity:40", "unit:KGM", "location:A"), nil, "on-hand→in-transit 40"},
		{"an adjustment downwards", row("adjustment", "part:P", "lot:L1", "quantity:-1", "unit:KGM", "reason:broken"), []string{"FEED-ADJUST-01/records/0/quantity"}, "on-hand→lost 1"},
		{"a count that agrees", row("snapshot", "part:P", "lot:L1", "quantity:4", "unit:BX", "location:A"), nil, ""},
		{"a count elsewhere", row("snapshot", "part:P", "lot:L1", "quantity:4", "unit:BX", "location:B"), []string{"FEED-COUNT-02/records/0/location"}, ""},
		{"a count that is short", row("snapshot", "part:P", "lot:L1", "quantity:3", "unit:BX", "location:A"), []string{"FEED-COUNT-01/records/0/quantity"}, "on-hand→difference 25"},
		{"a lot that the count does not name", row("snapshot", "part:P", "lot:L2", "quantity:100", "unit:KGM", "location:A"), []string{"FEED-COUNT-01/records/0/quantity", "FEED-COUNT-01/records/0/quantity"}, "on-hand→difference 100; difference→on-hand 100"},
		{"a first count opens the stock", row("snapshot", "part:Q", "quantity:7", "unit:C62", "location:A"), nil, "abroad→on-hand 7 opening"},
		{
			"an order that uses more than planned",
			row("work-order", "id:1", "workOrder:W", "state:released", "part:Q", "quantity:10", "unit:C62", "materials:P = 20") + row("issue", "id:2", "part:P", "lot:L1", "quantity:24", "unit:KGM", "workOrder:W") +
				row("return", "id:3", "part:P", "lot:L1", "quantity:2", "unit:KGM", "workOrder:W", "location:A") + row("output", "id:4", "part:Q", "quantity:10", "unit:C62", "workOrder:W", "location:F") +
				row("work-order", "id:5", "workOrder:W", "state:completed"),
			[]string{"FEED-PLAN-01/records/4/workOrder"},
			"on-hand→work-in-progress 24; work-in-progress→on-hand 2; produced→on-hand 10",
		},
	} {
		result, err := stocked(t).apply(t, head+c.table)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.found, codes(result.Findings)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		var moves []string
		for _, m := range result.Moves {
			moves = append(moves, strings.TrimSpace(fmt.Sprintf("%s→%s %s %s", m.From, m.To, m.Quantity, m.Document)))
		}
		if got := strings.Join(moves, "; "); got != c.moves {
			t.Errorf("%s: moved %q, want %q", c.name, got, c.moves)
		}
	}
}

// A closed order is put right by one that runs backwards: stock and use are as if
// it had never been.
func TestAReversingOrderUndoesAClosedOne(t *testing.T) {
	s := stocked(t)
	result, err := s.apply(t, head+row("work-order", "id:1", "workOrder:W", "state:released")+
		row("issue", "id:2", "part:P", "lot:L1", "quantity:10", "unit:KGM", "workOrder:W")+
		row("output", "id:3", "part:Q", "lot:M", "quantity:5", "unit:C62", "workOrder:W", "location:F")+
		row("work-order", "id:4", "workOrder:W", "state:completed")+row("work-order", "id:5", "workOrder:W", "state:closed")+
		row("work-order", "id:6", "workOrder:R", "state:released", "reverses:W")+
		row("issue", "id:7", "part:P", "lot:L1", "quantity:10", "unit:KGM", "workOrder:R", "location:A")+
		row("output", "id:8", "part:Q", "lot:M", "quantity:5", "unit:C62", "workOrder:R"))
	if err != nil || len(result.Findings) != 0 {
		t.Fatal(err, result.Findings)
	}
	if l := s.parts["P"].Lots; len(l) != 1 || l[0].OnHand() != 100*num.OneQuantity || l[0].Progress != 0 {
		t.Errorf("material: %+v", l)
	}
	if l := s.parts["Q"].Lots; len(l) != 0 {
		t.Errorf("product: %+v", l)
	}
	if s.orders["W"].ReversedBy != "R" {
		t.Error("the closed order does not name the one that reverses it")
	}
	if _, err := s.apply(t, head+row("issue", "part:P", "lot:L1", "quantity:1", "unit:KGM", "workOrder:R")); !fault.Is(err, "FEED-ORDER-07") {
		t.Error("more was reversed than was used:", err)
	}
}

// Whatever is told, what the stock of lots says and what the moves say is the
// same, and no inside place is below nothing.
func TestTheShadowIsTheSumOfItsMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newShelf()
		sums := map[string]num.Quantity{}
		lay := func(table string) {
			records, err := readTable(head + table)
			if err != nil {
				t.Fatal(err)
			}
			before := map[string]*feed.Part{}
			for n, p := range s.parts {
				before[n] = p.Clone()
			}
			result, err := feed.Apply(&feed.Received{Message: feed.Message{Book: "B", Records: records}}, today, rules, s, units)
			if err != nil {
				if fault.All(err) == nil {
					t.Fatal(err)
				}
				s.parts = before
				return
			}
			for _, m := range result.Moves {
				sums[m.Lot+string(m.From)] -= m.Quantity
				sums[m.Lot+string(m.To)] += m.Quantity
			}
		}
		lay(row("part", "part:P", "unit:KGM", "bookLine:1"))
		lay(row("work-order", "workOrder:W", "state:released"))
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			kind := rapid.SampledFrom([]string{"receipt", "issue", "transfer", "adjustment", "snapshot", "return", "scrap"}).Draw(t, "kind")
			at := rapid.SampledFrom([]string{"A", "B", ""}).Draw(t, "at")
			cells := []string{"part:P", "lot:" + rapid.SampledFrom([]string{"", "L1", "L2"}).Draw(t, "lot"), fmt.Sprint("quantity:", rapid.IntRange(1, 30).Draw(t, "quantity")), "unit:KGM", "location:" + at}
			switch kind {
			case "transfer":
				cells = append(cells, "toLocation:"+rapid.SampledFrom([]string{"A", "B", ""}).Draw(t, "to"))
			case "adjustment":
				cells = append(cells, "reason:r")
			case "return", "scrap":
				cells = append(cells, "workOrder:W")
				if kind == "scrap" {
					cells[4] = "reason:r"
				}
			case "issue":
				if rapid.Bool().Draw(t, "work") {
					cells = append(cells, "workOrder:W")
				}
			}
			lay(row(kind, cells...))
		}
		for _, l := range s.parts["P"].Lots {
			want := [3]num.Quantity{l.OnHand(), l.Transit, l.Progress}
			got := [3]num.Quantity{sums[l.Lot+string(ledger.OnHand)], sums[l.Lot+string(ledger.InTransit)], sums[l.Lot+string(ledger.WorkInProgress)]}
			if got != want || slices.Min(want[:]) < 0 {
				t.Fatalf("lot %q holds %v, its moves say %v", l.Lot, want, got)
			}
		}
	})
}

func TestReading(t *testing.T) {
	good := `{"enterprise":"E","system":"S","book":"B","sequence":1,"key":"12345678","sentAt":"2026-11-20T10:00:00+08:00","records":[
		{"kind":"part","id":"1","on":"2026-11-20","part":"P","unit":"KGM","bookLine":1,"conversions":[{"unit":"BX","quantity":"1","equals":"25"}]},
		{"kind":"work-order","id":"2","on":"2026-11-20","workOrder":"W","state":"open","materials":[{"part":"P","quantity":"2.5"}]}]}`
	m, err := feed.ReadJSON([]byte(good))
	if err != nil || len(m.Records) != 2 || m.Records[0].Conversions[0].Equals != 25*num.OneQuantity || m.Records[1].Materials[0].Part != "P" {
		t.Fatal(m, err)
	}
	if err := m.Check(today.End()); err != nil {
		t.Error(err)
	}
	bad := strings.NewReplacer(`"sequence":1`, `"sequence":"one"`, `"bookLine":1`, `"bookLine":1,"colour":"red"`, `"equals":"25"`, `"equals":25`, `"quantity":"2.5"`, `"quantity":"2,5"`, `"on":"2026-11-20","work`, `"on":"20.11.2026","work`).Replace(good)
	_, err = feed.ReadJSON([]byte(bad))
	want := []string{
		"FEED-READ-02/sequence", "FEED-READ-03/records/0/colour", "FEED-READ-02/records/0/conversions/0/equals",
		"NUM-SYNTAX-01/records/1/materials/0/quantity", "CLOCK-DATE-01/records/1/on",
	}
	got := codes(fault.All(err))
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct{ body, code string }{
		{`[]`, "FEED-READ-01"}, {`{"book":"a","book":"b"}`, "FEED-READ-01"}, {`{} {}`, "FEED-READ-01"}, {``, "FEED-READ-01"}, {`{"records":[7]}`, "FEED-READ-02"},
	} {
		if _, err := feed.ReadJSON([]byte(c.body)); !fault.Is(err, c.code) {
			t.Errorf("%s: %v", c.body, err)
		}
	}
	if _, err := feed.ReadJSON([]byte(strings.Replace(good, `"records":[`, "\"records\":[{\"kind\":\"part\",\"id\":\"0\",\"on\":\"2026-11-20\",\"part\":\"N\",\"unit\":\"KGM\",\"name\":\"\xb3\xc8\xd6\xad\"},", 1))); !fault.Is(err, "FEED-READ-01") {
		t.Errorf("a name in GB18030 was taken as UTF-8: %v", err)
	}
	for _, table := range []string{"kind,price\nreceipt,1\n", "kind,quantity\nreceipt,\"1,5\"\n", "kind,materials\nwork-order,P\n", "kind,bookLine\npart,one\n"} {
		if _, err := readTable(table); fault.All(err) == nil {
			t.Errorf("%q: %v", table, err)
		}
	}
	var empty feed.Message
	if got := codes(fault.All(empty.Check(today.Start()))); len(got) != 5 {
		t.Error(got)
	}
}

func FuzzReading(f *testing.F) {
	f.Add([]byte(`{"enterprise":"E","system":"S","book":"B","sequence":1,"key":"12345678","sentAt":"2026-11-20T10:00:00+08:00","records":[{"kind":"part","id":"1","on":"2026-11-20","part":"P","unit":"KGM","bookLine":1}]}`))
	f.Add([]byte(head + row("receipt", "part:P", "lot:L1", "quantity:100", "unit:KGM", "location:A")))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := feed.ReadJSON(body)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			if m.Records, err = readTable(string(body)); err != nil && fault.All(err) == nil {
				t.Fatal(err)
			}
		}
		if _, err := feed.Apply(&feed.Received{Message: m}, today, rules, newShelf(), units); err != nil && fault.All(err) == nil {
			t.Fatal(err)
		}
	})
}

func TestTheOrderOfMessages(t *testing.T) {
	f := feed.Feed{Book: "B", State: feed.Live, Applied: 4}
	for _, n := range []int64{9, 6, 7, 6} {
		if err := f.Await(n, rules); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]feed.Span{{From: 5, To: 5}, {From: 8, To: 8}}, f.Gaps()); diff != "" || f.Next() != 5 {
		t.Error(diff, f.Next())
	}
	if err := f.Await(1_000_000, rules); !fault.Is(err, "FEED-SEQUENCE-02") {
		t.Error(err)
	}
	f = feed.Feed{Book: "B", State: feed.TestFeed, Applied: 4, CleanSince: today.AddDays(-29)}
	if _, err := f.Move(feed.GoLive, today.Start(), rules); !fault.Is(err, "FEED-CLEAN-01") {
		t.Error("live before it was clean for 30 days:", err)
	}
	if _, err := f.Move(feed.GoLive, today.AddDays(1).Start(), rules); err != nil {
		t.Error(err)
	}
}

func TestTheSchemaIsPublished(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "feed.schema.json")
	if *update {
		if err := os.WriteFile(path, feed.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile(path)
	if err != nil || string(body) != string(feed.Schema()) {
		t.Error("docs/feed.schema.json is not as the types have it: run go test ./internal/feed -update", err)
	}
}
