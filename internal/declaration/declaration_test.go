package declaration

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/num"
)

const at = clock.Instant(1_790_000_000_000_000)

var today = clock.MustDate("2026-11-23")

func kg(s string) num.Quantity {
	q, err := num.ParseQuantity(s)
	if err != nil {
		panic(err)
	}
	return q
}

// wine is a whole and right declaration of two lines.
func wine() *Declaration {
	return &Declaration{
		ID: "D1", Number: "222520261000000042", PreEntryNumber: "202600000000000123", Kind: FilingBill, FilingType: FilingNormal,
		Direction: Import, Procedure: "first-line-entry", State: Draft, EntryOffice: "2225", CompetentOffice: "2225",
		DeclaredOn: today, EntryOn: today, Consignee: Party{CustomsCode: "3122240001", Name: "保税酒业"}, Declarant: Party{CustomsCode: "3122980002"},
		Overseas: Party{Name: "Chateau", Country: "FR"}, BookNumber: "T2225W000001", Transport: Transport{Mode: "2", Name: "EVER GIVEN", Voyage: "012E"},
		BillOfLading: "COSU-123456", TradeMode: "5033", LevyNature: "307", TradeCountry: "FR", DepartureCountry: "FR", Port: "FRLEH",
		Terms: FOB, Freight: &Charge{Mark: ChargeTotal, Amount: 120_000, Currency: "USD"}, Insurance: &Charge{Mark: ChargeRate, Rate: num.Percent * 3 / 10},
		TotalAmount: 1_200_000, Currency: "EUR", Packages: 200 * num.OneQuantity, PackageKind: "CT", GrossMass: kg("2000"), NetMass: kg("1500"),
		Equipment: []TransportEquipment{{Number: "CSQU3054383", Seals: []string{"S1"}}},
		Lines: []GoodsItem{
			{Number: 1, BookLine: 1, Commodity: "2204210000", Name: "葡萄酒", Quantity: 1000 * num.OneQuantity, Unit: "LTR", LegalQuantity: kg("1000"), LegalUnit: "LTR", UnitPrice: 80_000, Total: 800_000, Origin: "FR", LevyMode: "1", GrossMass: kg("1300"), NetMass: kg("1000")},
			{Number: 2, BookLine: 2, Commodity: "2204100000", Name: "汽酒", Quantity: 300 * num.OneQuantity, Unit: "LTR", UnitPrice: 133_333, Total: 400_000, Currency: "EUR", Origin: "FR", LevyMode: "1", GrossMass: kg("700"), NetMass: kg("500")},
		},
	}
}

func judge(t testing.TB, d *Declaration, names ...string) error {
	bounds, err := BuiltIn().ValidationAt(today)
	if err != nil {
		t.Fatal(err)
	}
	required, err := Require(names)
	if err != nil {
		t.Fatal(err)
	}
	return Validate(d, bounds, required, codelist.Default(), today)
}

func TestARightDeclarationHasNoFault(t *testing.T) {
	if err := judge(t, wine(), "/tradeMode", "/lines/*/origin", "/equipment", "/consignee"); err != nil {
		t.Fatal(err)
	}
}

func TestEachFaultNamesItsField(t *testing.T) {
	for _, c := range []struct {
		name, code, path string
		edit             func(*Declaration)
	}{
		{"kind", "DEC-KIND-01", "/kind", func(d *Declaration) { d.Kind = "letter" }},
		{"a filing bill has a type", "DEC-KIND-02", "/filingType", func(d *Declaration) { d.FilingType = 0 }},
		{"direction", "DEC-DIRECTION-01", "/direction", func(d *Declaration) { d.Direction = "" }},
		{"declared tomorrow", "DEC-DATE-01", "/declaredOn", func(d *Declaration) { d.DeclaredOn = today + 1 }},
		{"entry in a year", "DEC-DATE-02", "/entryOn", func(d *Declaration) { d.EntryOn = today + 365 }},
		{"number of 17 digits", "DEC-NUMBER-01", "/number", func(d *Declaration) { d.Number = d.Number[1:] }},
		{"book number", "DEC-NUMBER-05", "/bookNumber", func(d *Declaration) { d.BookNumber = "T1" }},
		{"office of three digits", "CODELIST-FORM-01", "/entryOffice", func(d *Declaration) { d.EntryOffice = "222" }},
		{"country that does not exist", "CODELIST-UNKNOWN-01", "/lines/1/origin", func(d *Declaration) { d.Lines[1].Origin = "XQ" }},
		{"currency that does not exist", "CODELIST-UNKNOWN-01", "/currency", func(d *Declaration) { d.Currency = "ABC"; d.Lines[0].Currency = "EUR"; d.TotalAmount = 0 }},
		{"unit that does not exist", "CODELIST-UNKNOWN-01", "/lines/0/unit", func(d *Declaration) { d.Lines[0].Unit = "QQQ" }},
		{"half a package", "DEC-PACKAGES-01", "/packages", func(d *Declaration) { d.Packages = 1 }},
		{"net above gross", "DEC-MASS-02", "/netMass", func(d *Declaration) { d.GrossMass, d.Lines[0].GrossMass = kg("1400"), 0 }},
		{"gross of the lines", "DEC-MASS-03", "/grossMass", func(d *Declaration) { d.GrossMass = kg("2001") }},
		{"net of the lines", "DEC-MASS-04", "/netMass", func(d *Declaration) { d.NetMass = kg("1499") }},
		{"mass below zero", "DEC-MASS-01", "/lines/0/netMass", func(d *Declaration) { d.Lines[0].NetMass, d.NetMass = -1, 0 }},
		{"total of the lines", "DEC-TOTAL-01", "/totalAmount", func(d *Declaration) { d.TotalAmount = 1_200_003 }},
		{"total is not quantity times price", "DEC-PRICE-03", "/lines/0/total", func(d *Declaration) { d.Lines[0].Total++; d.Lines[0].UnitPrice += 100; d.TotalAmount++ }},
		{"no price", "DEC-PRICE-02", "/lines/0/total", func(d *Declaration) { d.Lines[0].Total, d.TotalAmount = 0, 400_000 }},
		{"price below zero", "DEC-PRICE-01", "/lines/0/total", func(d *Declaration) { d.Lines[0].Total, d.TotalAmount = -1, 399_999 }},
		{"no currency", "DEC-CURRENCY-01", "/lines/0/currency", func(d *Declaration) { d.Currency, d.TotalAmount = "", 0 }},
		{"no quantity", "DEC-QUANTITY-01", "/lines/0/quantity", func(d *Declaration) { d.Lines[0].Quantity = 0 }},
		{"legal quantity without unit", "DEC-QUANTITY-02", "/lines/1/legalQuantity", func(d *Declaration) { d.Lines[1].LegalQuantity = 1 }},
		{"chapter 0 of the tariff", "DEC-COMMODITY-01", "/lines/0/commodity", func(d *Declaration) { d.Lines[0].Commodity = "0000990000" }},
		{"eight digits of code", "DEC-COMMODITY-01", "/lines/0/commodity", func(d *Declaration) { d.Lines[0].Commodity = "22042100" }},
		{"gap in the numbering", "DEC-LINES-03", "/lines/1/number", func(d *Declaration) { d.Lines[1].Number = 3 }},
		{"no lines", "DEC-LINES-01", "/lines", func(d *Declaration) { d.Lines, d.TotalAmount = nil, 0 }},
		{"too many lines", "DEC-LINES-02", "/lines", func(d *Declaration) {
			d.Lines, d.TotalAmount, d.GrossMass, d.NetMass = make([]GoodsItem, 1000), 0, 0, 0
			for i := range d.Lines {
				d.Lines[i] = GoodsItem{Number: i + 1, Commodity: "2204210000", Quantity: 1, Total: 1, Currency: "EUR"}
			}
		}},
		{"book line without book", "DEC-BOOK-01", "/lines/0/bookLine", func(d *Declaration) { d.BookNumber, d.Lines[1].BookLine = "", 0 }},
		{"rate above 100 %", "DEC-CHARGE-02", "/insurance", func(d *Declaration) { d.Insurance.Rate = num.OneRate + 1 }},
		{"mark 4", "DEC-CHARGE-01", "/freight/mark", func(d *Declaration) { d.Freight.Mark = "4" }},
		{"terms", "DEC-TERMS-01", "/terms", func(d *Declaration) { d.Terms = "XXX" }},
		{"check digit of a container", "CODELIST-CONTAINER-03", "/equipment/0/number", func(d *Declaration) { d.Equipment[0].Number = "CSQU3054384" }},
		{"container twice", "DEC-CONTAINER-01", "/equipment/1/number", func(d *Declaration) { d.Equipment = append(d.Equipment, TransportEquipment{Number: "csqu 305438-3"}) }},
		{"credit code", "CODELIST-CREDIT-01", "/consignee/creditCode", func(d *Declaration) { d.Consignee.CreditCode = "9131" }},
		{"customs code in small letters", "DEC-PARTY-01", "/consignee/customsCode", func(d *Declaration) { d.Consignee.CustomsCode = "312224000a" }},
		{"control characters", "DEC-TEXT-01", "/lines/0/name", func(d *Declaration) { d.Lines[0].Name = "wine\x07" }},
		{"a text of 600 characters", "DEC-TEXT-01", "/remarks", func(d *Declaration) { d.Remarks = strings.Repeat("备", 600) }},
		{"valuation 9", "DEC-VALUATION-01", "/lines/0/valuation", func(d *Declaration) { d.Lines[0].Valuation = 9 }},
		{"required element of the head", "DEC-REQUIRED-01", "/contract", func(*Declaration) {}},
		{"required element of a line", "DEC-REQUIRED-01", "/lines/1/legalQuantity", func(d *Declaration) { d.Contract = "C" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := wine()
			c.edit(d)
			var names []string
			if c.code == "DEC-REQUIRED-01" {
				names = []string{"/contract", "/lines/*/legalQuantity"}
			}
			err := judge(t, d, names...)
			found := slices.ContainsFunc(fault.All(err), func(f *fault.Fault) bool { return f.Code == c.code && f.Path == c.path })
			if !found {
				t.Errorf("want %s at %s, got %v", c.code, c.path, err)
			}
			if names == nil && len(fault.All(err)) != 1 {
				t.Errorf("one mistake, %d faults: %v", len(fault.All(err)), err)
			}
		})
	}
}

func TestAllFaultsComeAtOnce(t *testing.T) {
	d := wine()
	d.Kind, d.Lines[0].Quantity, d.Lines[1].Origin, d.Terms = "", 0, "XQ", "?"
	if got := len(fault.All(judge(t, d, "/contract"))); got != 5 {
		t.Errorf("%d faults: %v", got, judge(t, d, "/contract"))
	}
}

func TestEveryRequirableElementExists(t *testing.T) {
	body, err := json.Marshal(Elements())
	if err != nil || len(body) == 0 {
		t.Fatal(err)
	}
	for _, name := range Elements() {
		path := strings.Replace(name, "*", "0", 1)
		if _, err := setterOf(path); err != nil && !strings.Contains(err.Error(), "cannot be filled") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Require([]string{"/tradeMode", "/colour", "/lines/*/taste"}); len(fault.All(err)) != 2 || !fault.Is(err, "DEC-REQUIRES-01") {
		t.Error(err)
	}
	whole := wine()
	given := 0
	for name, present := range headElements {
		if present(&Declaration{}) {
			t.Errorf("an empty declaration states %s", name)
		}
		if present(whole) {
			given++
		}
	}
	if given < 30 {
		t.Errorf("the sample states only %d elements", given)
	}
}

func TestABodyReadsBackFromJSON(t *testing.T) {
	d := wine()
	d.Times.Accepted = at
	d.Confirmed = &ConfirmationRef{Result: Confirmed, ManifestVersion: 2, At: at}
	d.Label = &Label{Fraud: true, Source: "x"}
	body, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Declaration
	if err := json.Unmarshal(body, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, &back); diff != "" {
		t.Error(diff)
	}
	for field := range reflect.TypeFor[Declaration]().Fields() {
		if field.Tag.Get("json") == "" {
			t.Errorf("%s has no JSON name", field.Name)
		}
	}
}

// step applies an event and fails the test when it is refused.
func step(t *testing.T, d Declaration, on Event, f Facts) Declaration {
	t.Helper()
	next, err := d.Apply(on, at, f)
	if err != nil {
		t.Fatalf("%s in %s: %v", on, d.State, err)
	}
	return next
}

func TestTheLifeOfADeclarationIsWhole(t *testing.T) {
	if p := Life.Problems(); p != nil {
		t.Error(p)
	}
	for _, s := range []State{Draft, Submitted, Accepted, LowRiskAuto, Manual, SupplementAsked, Inspecting, Taxed, PaidOrGuaranteed, Released, Closed, Returned} {
		if !Life.Known(s) {
			t.Errorf("%s is missing", s)
		}
	}
}

func TestAReleaseWaitsForEverythingItsGuardsName(t *testing.T) {
	d := *wine()
	good := Facts{NeedsConfirmation: true, ManifestVersion: 2, TaxGuaranteed: true}
	for _, on := range []Event{EventSubmit, EventAccept, EventPassLow, EventTax, EventSettle} {
		d = step(t, d, on, good)
	}
	for _, c := range []struct {
		name, code string
		edit       func(*Declaration, *Facts)
	}{
		{"never confirmed", "DEC-RELEASE-01", func(d *Declaration, _ *Facts) { d.Confirmed = nil }},
		{"confirmed on an older manifest", "DEC-RELEASE-01", func(_ *Declaration, f *Facts) { f.ManifestVersion = 3 }},
		{"in conflict", "DEC-RELEASE-01", func(d *Declaration, _ *Facts) { d.Confirmed.Result = Conflict }},
		{"neither paid nor guaranteed", "DEC-RELEASE-02", func(_ *Declaration, f *Facts) { f.TaxGuaranteed = false }},
		{"open inspection", "DEC-RELEASE-03", func(_ *Declaration, f *Facts) { f.OpenInspections = 1 }},
		{"abnormal result", "DEC-RELEASE-03", func(_ *Declaration, f *Facts) { f.AbnormalOpen = 1 }},
		{"control instruction", "DEC-RELEASE-04", func(_ *Declaration, f *Facts) { f.ControlInstruction = "C1" }},
	} {
		e, f := d, good
		e.Confirmed = &ConfirmationRef{Result: Signal, ManifestVersion: 2}
		c.edit(&e, &f)
		if got, err := e.Apply(EventRelease, at, f); !fault.Is(err, c.code) || got.State != PaidOrGuaranteed {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	d.Confirmed = &ConfirmationRef{Result: Confirmed, ManifestVersion: 2}
	d = step(t, d, EventRelease, good)
	if d.Times.Released != at {
		t.Error("the release has no time")
	}
	if _, err := d.Apply(EventClose, at, Facts{OpenObligations: 1}); !fault.Is(err, "DEC-CLOSE-01") {
		t.Error(err)
	}
	step(t, d, EventClose, Facts{})
}

func TestARefusedEventChangesNothing(t *testing.T) {
	events := []Event{
		EventSubmit, EventAccept, EventReturn, EventRevise, EventWithdraw, EventPassLow, EventHold, EventAskMore, EventSupplement, EventInspect,
		EventInspected, EventTax, EventSettle, EventRelease, EventClose, EventAskAmend, EventAskDelete, EventFirstConfirm, EventAmended, EventAmendedLate,
		EventDeleted, EventRefused, EventRefusedLate,
	}
	rapid.Check(t, func(t *rapid.T) {
		d := *wine()
		released := clock.Instant(0)
		for _, on := range rapid.SliceOfN(rapid.SampledFrom(events), 0, 60).Draw(t, "events") {
			if rapid.Bool().Draw(t, "corrected") {
				d.Correction = &Correction{First: "a", Second: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "second")}
			}
			f := Facts{TaxPaid: rapid.Bool().Draw(t, "paid"), OpenInspections: rapid.IntRange(0, 1).Draw(t, "open")}
			next, err := d.Apply(on, at, f)
			if err != nil {
				if diff := cmp.Diff(d, next); diff != "" {
					t.Fatalf("refused %s changed %s", on, diff)
				}
				continue
			}
			if on == EventRelease && (f.OpenInspections > 0 || !f.TaxPaid) {
				t.Fatal("released against its guards")
			}
			if released != 0 && next.Times.Released != released {
				t.Fatal("the time of release was lost")
			}
			released = next.Times.Released
			if !Life.Known(next.State) {
				t.Fatalf("state %q", next.State)
			}
			d = next
		}
	})
}

func TestACorrectionNeedsAListedReasonAndTwoOfficers(t *testing.T) {
	rules, err := BuiltIn().AmendmentAt(today)
	if err != nil {
		t.Fatal(err)
	}
	d := *wine()
	d.State, d.Times.Accepted = Accepted, at
	proposed := *wine()
	proposed.Lines = slices.Clone(proposed.Lines)
	proposed.Lines[0].Total, proposed.Lines[0].UnitPrice, proposed.TotalAmount = 900_000, 90_000, 1_300_000
	k, err := NewCorrection(&d, &proposed, "final_price", "settled by the exchange's closing price", "E1", at, rules)
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{"/lines/0/total", "8000.00", "9000.00"}, {"/lines/0/unitPrice", "8", "9"}, {"/totalAmount", "12000.00", "13000.00"},
	}
	if diff := cmp.Diff(want, k.Changes); diff != "" {
		t.Error(diff)
	}
	d.Correction = k
	d = step(t, d, EventAskAmend, Facts{})
	if _, err := d.Apply(EventFirstConfirm, at, Facts{}); !fault.Is(err, "DEC-CORRECT-03") {
		t.Error(err)
	}
	d.Correction.First = "a"
	d = step(t, d, EventFirstConfirm, Facts{})
	d.Correction.Second = "a"
	if _, err := d.Apply(EventAmended, at, Facts{}); !fault.Is(err, "DEC-CORRECT-02") {
		t.Error("one officer confirmed twice:", err)
	}
	d.Correction.Second = "b"
	if _, err := d.Apply(EventAmendedLate, at, Facts{}); !fault.Is(err, "DEC-CORRECT-05") {
		t.Error(err)
	}
	d = step(t, d, EventAmended, Facts{})
	amended, err := d.Amended()
	if err != nil || amended.State != Accepted || amended.Lines[0].Total != 900_000 || amended.Number != d.Number || amended.Times.Accepted != at || amended.Correction.Proposed != nil {
		t.Errorf("%+v %v", amended, err)
	}

	proposed.Lines[0].Origin = "IT"
	for _, c := range []struct {
		name, reason, text, code string
		to                       *Declaration
		released                 clock.Instant
	}{
		{"an unknown reason", "mood", "x", "DEC-AMEND-01", &proposed, 0},
		{"a field the reason does not cover", "final_price", "x", "DEC-AMEND-02", &proposed, 0},
		{"nothing changed", "writing_error", "x", "DEC-AMEND-03", wine(), 0},
		{"a slip of the pen after release", "writing_error", "x", "DEC-AMEND-04", &proposed, at},
		{"no explanation", "writing_error", " ", "DEC-AMEND-05", &proposed, 0},
		{"deleting needs an explanation too", "writing_error", "", "DEC-AMEND-05", nil, 0},
	} {
		e := *wine()
		e.Times.Released = c.released
		if k, err := NewCorrection(&e, c.to, c.reason, c.text, "E1", at, rules); !fault.Is(err, c.code) || k != nil {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	if k, err := NewCorrection(wine(), nil, "direct_return", "goes back", "E1", at, rules); err != nil || k.Kind != Delete {
		t.Error(k, err)
	}
}

func TestPatternsCoverPaths(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/*", "/lines/0/total", true},
		{"/lines/*/total", "/lines/12/total", true},
		{"/lines/*/total", "/lines/12/unitPrice", false},
		{"/transport/*", "/transport/name", true},
		{"/transport", "/transport/name", false},
		{"/remarks", "/remarks", true},
		{"/lines/*/total", "/lines/1", false},
	} {
		if got := covers(c.pattern, c.path); got != c.want {
			t.Errorf("%s over %s: %v", c.pattern, c.path, got)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	d := wine()
	bounds, err := BuiltIn().ValidationAt(today)
	if err != nil {
		b.Fatal(err)
	}
	required, err := Require([]string{"/tradeMode", "/lines/*/origin", "/equipment", "/consignee"})
	if err != nil {
		b.Fatal(err)
	}
	codes := codelist.Default()
	b.ReportAllocs()
	for b.Loop() {
		if err := Validate(d, bounds, required, codes, today); err != nil {
			b.Fatal(err)
		}
	}
}
