package declaration

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/num"
)

// shared gives the path of a file of the shared data, or skips the test.
func shared(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("SEINE_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	path := filepath.Join(root, "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("shared data is not here")
	}
	return path
}

// requirements reads the elements that the zone's own procedure files require.
func requirements(t *testing.T) map[string]map[string][]string {
	t.Helper()
	files, err := filepath.Glob("../../procedures/*.yaml")
	if err != nil || len(files) == 0 {
		t.Skip("there are no procedures yet")
	}
	all := map[string]map[string][]string{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var mode struct {
			Requires map[string][]string `yaml:"requires"`
		}
		if err := yaml.Unmarshal(body, &mode); err != nil {
			t.Fatal(file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = mode.Requires
	}
	return all
}

func TestProceduresRequireOnlyElementsThatExist(t *testing.T) {
	checked := 0
	for mode, papers := range requirements(t) {
		for paper, names := range papers {
			checked += len(names)
			if _, err := Require(names); err != nil {
				t.Errorf("%s, %s: %v", mode, paper, err)
			}
		}
	}
	t.Logf("%d required elements", checked)
}

func TestEveryRowOfTheRealFilesBecomesADeclaration(t *testing.T) {
	required, err := Require(requirements(t)["import-direct"]["bill-of-entry"])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name                  string
		rows, fraud, unpriced int
	}{
		{"declarations_train.csv.gz", 37385, 8114, 358},
		{"declarations_valid.csv.gz", 8134, 1704, 79},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, err := os.Open(shared(t, "01-declarations-fraud/"+c.name))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			m, err := NamedMapping("korea-fraud-2022")
			if err != nil {
				t.Fatal(err)
			}
			rows, err := m.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			codes := codelist.Default()
			read, accepted, fraud, unpriced := 0, 0, 0, 0
			reasons := map[string]int{}
			for {
				record, err := rows.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				read++
				for _, f := range record.Faults {
					reasons[f.Code+" "+f.Message()]++
				}
				if record.Declaration == nil {
					continue
				}
				d := record.Declaration
				bounds, err := BuiltIn().ValidationAt(d.DeclaredOn)
				if err != nil {
					t.Fatal(err)
				}
				if err := Validate(d, bounds, required, codes, d.DeclaredOn); err != nil {
					for _, f := range fault.All(err) {
						reasons[f.Code+" "+f.Path+" "+f.Message()]++
					}
					continue
				}
				accepted++
				if d.Label.Fraud {
					fraud++
				}
				unpriced += len(d.Unpriced())
			}
			t.Logf("%d rows read, %d accepted, %d labelled fraud, %d without a price; refusals: %v", read, accepted, fraud, unpriced, reasons)
			if read != c.rows || accepted != read || fraud != c.fraud || unpriced != c.unpriced {
				t.Errorf("want %d rows read and accepted, %d of them labelled fraud, %d without a price", c.rows, c.fraud, c.unpriced)
			}
		})
	}
}

const koreaHeader = "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud"

func korea(t *testing.T, body string) (*Rows, []Record) {
	t.Helper()
	m, err := NamedMapping("korea-fraud-2022")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := m.Read(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var records []Record
	for {
		record, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return rows, records
		}
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
}

func TestARowBecomesADeclarationAndNothingIsSuppliedInSilence(t *testing.T) {
	_, records := korea(t, koreaHeader+"\n97061800,2020-01-01,30,B,15,21,11,10,ZZR1LT6,QLRUBN9,,MWIDNS,40890,BE,BE,6.5,FEU1,G,0.0,372254.40000000002,1,2\n")
	if len(records) != 1 || records[0].Declaration == nil {
		t.Fatalf("got %+v", records)
	}
	got := *records[0].Declaration
	supplied := map[string]string{}
	for _, s := range got.Supplied {
		supplied[s.Path] = s.Reason
	}
	got.Supplied = nil
	rate := num.Rate(6_500_000)
	want := Declaration{
		PreEntryNumber: "202000000097061800", Kind: BillOfEntry, Direction: Import, Procedure: "import-direct", State: Draft,
		EntryOffice: "0030", CompetentOffice: "0030", DeclaredOn: clock.MustDate("2020-01-01"), EntryOn: clock.MustDate("2020-01-01"),
		Consignee: Party{ForeignCode: "QLRUBN9", Country: "KR"}, Declarant: Party{ForeignCode: "ZZR1LT6", Country: "KR"},
		Transport: Transport{Mode: "2"}, TradeMode: "9900", LevyNature: "101", TradeCountry: "BE", DepartureCountry: "BE",
		Terms: CIF, Currency: "KRW", Packages: num.OneQuantity, GrossMass: 5000, NetMass: 5000,
		Lines: []GoodsItem{{
			Number: 1, Commodity: "0408900000", Name: "HS 040890", Quantity: 5000, Unit: "KGM", Total: 37225440, Origin: "BE",
			OriginCriterion: "G", LevyMode: "1", NetMass: 5000, DeclaredRate: &rate,
		}},
		Local: map[string]string{
			"Office ID": "30", "Process Type": "B", "Import Type": "15", "Import Use": "21", "Payment Type": "11", "Courier ID": "MWIDNS", "Tax Type": "FEU1",
		},
		Label: &Label{Fraud: true, Critical: 2, Source: "inspection result of the data set"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, path := range []string{"/kind", "/currency", "/tradeMode", "/packages", "/netMass", "/lines/0/commodity", "/lines/0/quantity", "/grossMass"} {
		if supplied[path] == "" {
			t.Errorf("%s is not in the source and not marked as supplied", path)
		}
	}
	for _, path := range []string{"/declaredOn", "/lines/0/origin", "/lines/0/total", "/consignee/foreignCode"} {
		if supplied[path] != "" {
			t.Errorf("%s is in the source and marked as supplied", path)
		}
	}
}

func TestABadRowCostsOnlyItself(t *testing.T) {
	good := "97061800,2020-01-01,30,B,11,21,11,10,ZZR1LT6,QLRUBN9,,,440890,BE,BE,0.0,FEU1,G,1.0,10.0,0,0"
	for _, c := range []struct{ name, row, code, path string }{
		{"a field too few is refused", "97061801,2020-01-01,30", "DEC-CSV-06", "/rows/2"},
		{"a day that does not exist is refused at its column", strings.Replace(good, "2020-01-01", "2020-02-30", 1), "CLOCK-DATE-01", "/rows/2/Date"},
		{"a mass that is no number is refused at its column", strings.Replace(good, ",1.0,10.0", ",many,10.0", 1), "NUM-SYNTAX-01", "/rows/2/Net Mass"},
		{"six decimals of mass are refused", strings.Replace(good, ",1.0,10.0", ",1.000001,10.0", 1), "NUM-DECIMALS-01", "/rows/2/Net Mass"},
		{"an open quote is refused", `97061801,"2020-01-01,30`, "DEC-CSV-07", "/rows/2"},
		{"a price with a huge exponent is refused", strings.Replace(good, "10.0,0,0", "1e999999999,0,0", 1), "DEC-MAP-06", "/rows/2/Item Price"},
		{"a label of 7 is refused", strings.Replace(good, "10.0,0,0", "10.0,7,0", 1), "DEC-MAP-07", "/rows/2/Fraud"},
		{"bytes that are no text are refused", strings.Replace(good, "QLRUBN9", "QL\x00", 1), "DEC-CSV-08", "/rows/2"},
		{"a row without its number is refused, not numbered zero", strings.Replace(good, "97061800", "", 1), "DEC-MAP-12", "/rows/2/Declaration ID"},
		{"a row of two megabytes is refused", strings.Repeat("x", 2<<20), "DEC-CSV-09", "/rows/2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, records := korea(t, "\ufeff"+koreaHeader+"\r\n"+good+"\r\n"+c.row+"\r\n"+good+"\r\n")
			if len(records) != 3 || records[0].Declaration == nil || records[2].Declaration == nil {
				t.Fatalf("the rows around it must be read, got %d: %+v", len(records), records)
			}
			bad := records[1]
			if bad.Declaration != nil || len(bad.Faults) == 0 || bad.Faults[0].Code != c.code || bad.Faults[0].Path != c.path {
				t.Errorf("got %v, want %s at %s", bad.Faults, c.code, c.path)
			}
			if bad.Row != 2 || bad.Line != 3 || records[2].Line != 4 {
				t.Errorf("row %d line %d, next line %d", bad.Row, bad.Line, records[2].Line)
			}
		})
	}
}

func TestABlankIsNotFilledUp(t *testing.T) {
	_, records := korea(t, koreaHeader+"\n97061800,2020-01-01,,B,11,21,11,10,ZZR1LT6,QLRUBN9,,,,BE,BE,0.0,FEU1,G,1.0,10.0,0,0\n")
	d := records[0].Declaration
	if d != nil || len(records[0].Faults) != 1 || records[0].Faults[0].Path != "/rows/1/HS6 Code" {
		t.Errorf("a name made of a blank code: %v", records[0].Faults)
	}
	for _, s := range []Step{{name: "padLeft", width: 4, with: "0"}, {name: "padRight", width: 4, with: "0"}, {name: "prefix", with: "B"}} {
		if out, _, err := s.apply(""); out != "" || err != nil {
			t.Errorf("%s made “%s” of a blank, %v", s.name, out, err)
		}
	}
}

func TestAWorkbookIsNamed(t *testing.T) {
	m, err := NamedMapping("korea-fraud-2022")
	if err != nil {
		t.Fatal(err)
	}
	for _, head := range []string{"PK\x03\x04\x14\x00", "\xd0\xcf\x11\xe0\xa1\xb1"} {
		if _, err := m.Read(strings.NewReader(head)); !fault.Is(err, "DEC-CSV-10") {
			t.Errorf("%q: %v", head, err)
		}
	}
}

func TestAHeaderWithoutItsColumnsNamesEachOfThem(t *testing.T) {
	m, err := NamedMapping("korea-fraud-2022")
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Read(strings.NewReader("Declaration ID,Date,Date\n1,2,3\n"))
	if list := fault.All(err); len(list) != 21 || !fault.Is(err, "DEC-CSV-02") || !fault.Is(err, "DEC-CSV-05") {
		t.Errorf("got %d faults: %v", len(list), err)
	}
	if _, err := m.Read(strings.NewReader("")); !fault.Is(err, "DEC-CSV-01") {
		t.Errorf("an empty table: %v", err)
	}
}

func TestATableInGB18030IsReadAndNamed(t *testing.T) {
	m, err := ReadMapping([]byte(`
name: chinese
key: 编号
columns: [编号, 品名]
elements: [{to: /lines/0/name, from: 品名}, {to: /billOfLading, from: 编号, steps: [trim, upper, {prefix: B}]}]
`))
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := simplifiedchinese.GB18030.NewEncoder().String("编号,品名\na1,\"葡萄酒,\n红\"\n")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := m.Read(strings.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	record, err := rows.Next()
	if err != nil || record.Declaration == nil {
		t.Fatal(err, record.Faults)
	}
	if rows.Encoding != "GB18030" || record.Declaration.Lines[0].Name != "葡萄酒,\n红" || record.Declaration.BillOfLading != "BA1" || record.Line != 2 {
		t.Errorf("%s %+v line %d", rows.Encoding, record.Declaration, record.Line)
	}
}

func TestAMappingThatInventsInSilenceIsRefused(t *testing.T) {
	head := "name: x\nkey: A\ncolumns: [A]\nelements:\n"
	for _, c := range []struct{ name, elements string }{
		{"a constant without reason", "  - {to: /currency, constant: CNY}"},
		{"a table's otherwise without reason", "  - {to: /currency, from: A, steps: [{table: {a: b}, otherwise: c}]}"},
		{"an element that does not exist", "  - {to: /colour, from: A}"},
		{"a column that is not listed", "  - {to: /currency, from: B}"},
		{"an unknown step", "  - {to: /currency, from: A, steps: [guess]}"},
		{"an unknown key", "  - {to: /currency, from: A, colour: red}"},
		{"a whole list as element", "  - {to: /lines, from: A}"},
		{"line 7 of a row", "  - {to: /lines/7/name, from: A}"},
	} {
		if _, err := ReadMapping([]byte(head + c.elements)); !fault.Is(err, "DEC-MAP-02") {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	if _, err := NamedMapping("../secret"); !fault.Is(err, "DEC-MAP-01") {
		t.Errorf("unknown name: %v", err)
	}
}

func TestScaleAndPaddingAreExact(t *testing.T) {
	m, err := ReadMapping([]byte(`
name: x
key: A
columns: [A]
elements:
  - {to: /grossMass, from: A, steps: [{scale: "0.001"}]}
  - {to: /freight/amount, from: A, steps: [{round: 1}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	d, faults := m.row(func(string) string { return "1234.56" }, nil)
	if len(faults) > 0 || d.GrossMass != 123456 || d.Freight.Amount != 123460 {
		t.Errorf("got %v %v %v", d.GrossMass, d.Freight, faults)
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte(koreaHeader + "\n97061800,2020-01-01,30,B,11,21,11,10,ZZR1LT6,QLRUBN9,,,440890,BE,BE,0.0,FEU1,G,1.0,10.0,0,0\n"))
	f.Add([]byte("\ufeff" + koreaHeader + "\n\"\n\n\"\"\""))
	f.Add([]byte{0x1f, 0x8b, 0, 0})
	m, err := NamedMapping("korea-fraud-2022")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := m.Read(strings.NewReader(string(body)))
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			return
		}
		for n := 0; ; n++ {
			record, err := rows.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if (record.Declaration == nil) == (len(record.Faults) == 0) {
				t.Fatalf("row %d is neither read nor refused", record.Row)
			}
			if n > len(body) {
				t.Fatal("more rows than bytes")
			}
		}
	})
}

func FuzzReadMapping(f *testing.F) {
	body, err := mappingFiles.ReadFile("mappings/korea-fraud-2022.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte("name: x\nkey: A\ncolumns: [A]\nelements:\n  - {to: /freight/rate, from: A, steps: [percent, {padLeft: {width: 3, with: x}}]}\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := ReadMapping(body)
		if err != nil {
			if !fault.Is(err, "DEC-MAP-02") {
				t.Fatal(err)
			}
			return
		}
		_, _ = m.row(func(string) string { return "1" }, m.Columns) // must not panic
	})
}
