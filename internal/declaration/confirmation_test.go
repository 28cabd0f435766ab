package declaration

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/num"
)

// papers gives three documents that agree in everything; the declaration draws
// the whole bill.
func papers() (Papers, *Declaration) {
	lading := manifest.BillOfLading{
		Number: "COSU123456", Consignee: manifest.Party{Code: "3122240001"}, Packages: 200 * num.OneQuantity, GrossMass: kg("2000"),
		Goods:         []manifest.GoodsItem{{Number: 1, Description: "RED WINE IN BOTTLES", HS: "220421"}, {Number: 2, Description: "SPARKLING WINE", HS: "220410"}},
		Equipment:     []manifest.TransportEquipment{{Number: "CSQU3054383", Seals: []manifest.Seal{{Number: "S1"}}}},
		PortOfLoading: "FRLEH",
	}
	listed := lading
	listed.Equipment = []manifest.TransportEquipment{{Number: "CSQU3054383", Seals: []manifest.Seal{{Number: "S1"}}}}
	listed.Goods = append([]manifest.GoodsItem(nil), lading.Goods...)
	transport := manifest.Transport{MeansName: "EVERGIVEN", MeansID: "9811000", Journey: "012E"}
	return Papers{
		Manifest: &manifest.Manifest{ID: "M1", Version: 3, Transport: transport, ArrivalActual: manifest.Moment{Day: today}},
		Listed:   &listed, Lading: &lading, LadingTransport: transport,
	}, wine()
}

func tolerances(t testing.TB) *Tolerances {
	tol, err := BuiltIn().TolerancesAt(today)
	if err != nil {
		t.Fatal(err)
	}
	return tol
}

func TestTheTenRowsOfTheConfirmation(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(*Papers, *Declaration)
		result Result
		row    int // that differs, 0 for none
		path   string
		act    string
	}{
		{"all agree", func(*Papers, *Declaration) {}, Confirmed, 0, "", ""},
		{"the manifest has not come", func(p *Papers, _ *Declaration) { p.Manifest = nil }, Missing, 0, "", ""},
		{"1: no such bill on the manifest", func(p *Papers, _ *Declaration) { p.Listed, p.Lading = nil, nil }, NoMatch, 1, "/billOfLading", ByDeclarant},
		{"1: another number", func(_ *Papers, d *Declaration) { d.BillOfLading = "COSU123457" }, NoMatch, 1, "/billOfLading", ByDeclarant},
		{"1: hyphens and case do not matter", func(_ *Papers, d *Declaration) { d.BillOfLading = "cosu-123 456" }, Confirmed, 0, "", ""},
		{"2: another voyage", func(_ *Papers, d *Declaration) { d.Transport.Voyage = "013E" }, Conflict, 2, "/transport/voyage", ByDeclarant},
		{"2: another vessel", func(_ *Papers, d *Declaration) { d.Transport.Name = "EVER GREEN" }, Conflict, 2, "/transport/name", ByDeclarant},
		{"2: the IMO number will do", func(_ *Papers, d *Declaration) { d.Transport.Name = "9811000" }, Confirmed, 0, "", ""},
		{"2: the issued bill names another voyage", func(p *Papers, _ *Declaration) { p.LadingTransport.Journey = "1" }, Conflict, 2, "/transport", ByCarrier},
		{"3: entered before it arrived", func(_ *Papers, d *Declaration) { d.EntryOn-- }, Conflict, 3, "/entryOn", ByDeclarant},
		{"3: before an estimated arrival is a signal", func(p *Papers, d *Declaration) {
			p.Manifest.ArrivalActual, p.Manifest.ArrivalEstimated = manifest.Moment{}, manifest.Moment{Day: today + 1}
		}, Signal, 3, "/entryOn", ByDeclarant},
		{"4: somebody else's goods", func(_ *Papers, d *Declaration) { d.Consignee.CustomsCode = "3122240009" }, Conflict, 4, "/consignee", ByDeclarant},
		{"4: to order", func(p *Papers, d *Declaration) { p.Lading.ToOrder, d.Consignee.CustomsCode = true, "3122240009" }, Confirmed, 0, "", ""},
		{"4: a filed agency", func(p *Papers, d *Declaration) {
			p.Agencies, d.Consignee.CustomsCode = []string{"3122240009"}, "3122240009"
		}, Confirmed, 0, "", ""},
		{"4: a carrier without codes proves nothing", func(p *Papers, _ *Declaration) { p.Listed.Consignee.Code, p.Lading.Consignee.Code = "", "" }, Confirmed, 0, "", ""},
		{"5: a package too many", func(_ *Papers, d *Declaration) { d.Packages += num.OneQuantity }, Conflict, 5, "/packages", ByDeclarant},
		{"5: the bill drawn twice", func(p *Papers, _ *Declaration) {
			other := wine()
			other.ID, other.GrossMass = "D2", 0
			p.Others = []*Declaration{other}
		}, Conflict, 5, "/packages", ByDeclarant},
		{"5: part of an open bill", func(_ *Papers, d *Declaration) { d.Packages, d.GrossMass = 100*num.OneQuantity, kg("1000") }, Confirmed, 0, "", ""},
		{"5: part of a closed bill", func(p *Papers, d *Declaration) {
			p.LadingClosed, d.Packages, d.GrossMass = true, 100*num.OneQuantity, kg("2000")
		}, Conflict, 5, "/packages", ByDeclarant},
		{"5: manifest and bill differ", func(p *Papers, _ *Declaration) { p.Listed.Packages -= num.OneQuantity }, Conflict, 5, "/packages", ByCarrier},
		{"6: 3 % heavier is inside", func(_ *Papers, d *Declaration) { d.GrossMass = kg("2060") }, Confirmed, 0, "", ""},
		{"6: a gram more is not", func(_ *Papers, d *Declaration) { d.GrossMass = kg("2060.001") }, Conflict, 6, "/grossMass", ByDeclarant},
		{"6: 3 % lighter of the whole is inside", func(_ *Papers, d *Declaration) { d.GrossMass = kg("1940") }, Confirmed, 0, "", ""},
		{"6: a gram less is not", func(_ *Papers, d *Declaration) { d.GrossMass = kg("1939.999") }, Conflict, 6, "/grossMass", ByDeclarant},
		{"6: 100 kg between manifest and bill are let pass", func(p *Papers, _ *Declaration) { p.Listed.GrossMass = kg("2100") }, Confirmed, 0, "", ""},
		{"6: more are not", func(p *Papers, _ *Declaration) { p.Listed.GrossMass = kg("2100.001") }, Conflict, 6, "/grossMass", ByCarrier},
		{"7: a box that is not on the bill", func(_ *Papers, d *Declaration) { d.Equipment[0].Number = "MWCU6059784" }, Conflict, 7, "/equipment/0/number", ByDeclarant},
		{"7: a box with a wrong digit on both", func(p *Papers, d *Declaration) {
			p.Lading.Equipment[0].Number, p.Listed.Equipment[0].Number, d.Equipment[0].Number = "CSQU3054384", "CSQU3054384", "CSQU3054384"
		}, Conflict, 7, "/equipment/0/number", ByDeclarant},
		{"7: no box declared", func(_ *Papers, d *Declaration) { d.Equipment = nil }, Conflict, 7, "/equipment", ByDeclarant},
		{"7: loose goods everywhere", func(p *Papers, d *Declaration) {
			p.Lading.Equipment, p.Listed.Equipment, d.Equipment = nil, nil, nil
		}, Confirmed, 0, "", ""},
		{"7: manifest and bill differ", func(p *Papers, _ *Declaration) { p.Listed.Equipment[0].Number = "MWCU6059784" }, Conflict, 7, "/equipment", ByCarrier},
		{"8: another seal is a signal", func(p *Papers, _ *Declaration) { p.Listed.Equipment[0].Seals[0].Number = "S2" }, Signal, 8, "/equipment/0/seals", ByCarrier},
		{"9: another heading is a signal", func(_ *Papers, d *Declaration) { d.Lines[1].Commodity = "2208200000" }, Signal, 9, "/lines/1/commodity", ByDeclarant},
		{"9: another description is a signal", func(p *Papers, _ *Declaration) {
			p.Listed.Goods[0].Description, p.Listed.Goods[1].Description = "STEEL PIPES", "FLANGES"
		}, Signal, 9, "/goods", ByCarrier},
		{"10: another port is a signal", func(_ *Papers, d *Declaration) { d.Port = "FRMRS" }, Signal, 10, "/port", ByDeclarant},
		{"10: another country is a signal", func(_ *Papers, d *Declaration) { d.DepartureCountry = "IT" }, Signal, 10, "/departureCountry", ByDeclarant},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, d := papers()
			c.edit(&p, d)
			got := Confirm(p, d, tolerances(t))
			if got.Result != c.result {
				t.Fatalf("got %s, want %s: %+v", got.Result, c.result, got.Differences())
			}
			differ := got.Differences()
			if c.row == 0 {
				if len(differ) != 0 {
					t.Fatalf("%+v", differ)
				}
				return
			}
			if len(differ) != 1 || differ[0].Check != c.row || differ[0].Path != c.path || differ[0].Act != c.act {
				t.Errorf("%+v", differ)
			}
		})
	}
}

// TestEachRowPassesSignalsOrConflicts takes every row of DR §2 with its three
// outcomes: papers that agree, and papers that differ under each of the two
// settings an office may give the row.
func TestEachRowPassesSignalsOrConflicts(t *testing.T) {
	rows := []struct {
		name    string
		differ  func(*Papers, *Declaration)
		path    string
		act     string
		blocked Outcome // what a difference is where it blocks
	}{
		{"1 bill of lading number", func(_ *Papers, d *Declaration) { d.BillOfLading = "COSU999999" }, "/billOfLading", ByDeclarant, RowNoMatch},
		{"2 means and voyage", func(_ *Papers, d *Declaration) { d.Transport.Voyage = "013W" }, "/transport/voyage", ByDeclarant, RowConflict},
		{"3 arrival", func(_ *Papers, d *Declaration) { d.EntryOn-- }, "/entryOn", ByDeclarant, RowConflict},
		{"4 consignee", func(_ *Papers, d *Declaration) { d.Consignee.CustomsCode = "3122240009" }, "/consignee", ByDeclarant, RowConflict},
		{"5 packages", func(_ *Papers, d *Declaration) { d.Packages += num.OneQuantity }, "/packages", ByDeclarant, RowConflict},
		{"6 gross mass", func(_ *Papers, d *Declaration) { d.GrossMass = kg("2061") }, "/grossMass", ByDeclarant, RowConflict},
		{"7 containers", func(_ *Papers, d *Declaration) { d.Equipment[0].Number = "MWCU6059784" }, "/equipment/0/number", ByDeclarant, RowConflict},
		{"8 seals", func(p *Papers, _ *Declaration) { p.Listed.Equipment[0].Seals[0].Number = "S2" }, "/equipment/0/seals", ByCarrier, RowConflict},
		{"9 goods", func(_ *Papers, d *Declaration) { d.Lines[1].Commodity = "2208200000" }, "/lines/1/commodity", ByDeclarant, RowConflict},
		{"10 port and country", func(_ *Papers, d *Declaration) { d.Port = "FRMRS" }, "/port", ByDeclarant, RowConflict},
	}
	for i, r := range rows {
		confirm := func(t *testing.T, differ bool, mismatch Outcome) Confirmation {
			p, d := papers()
			tol := *tolerances(t)
			tol.Mismatch[i] = mismatch
			if differ {
				r.differ(&p, d)
			}
			return Confirm(p, d, &tol)
		}
		t.Run(r.name+": pass", func(t *testing.T) {
			if got := confirm(t, false, r.blocked); got.Result != Confirmed || got.Rows[i].Outcome != RowPass {
				t.Errorf("%s %+v", got.Result, got.Rows[i])
			}
		})
		for name, mismatch := range map[string]Outcome{"signal": RowSignal, "conflict": r.blocked} {
			t.Run(r.name+": "+name, func(t *testing.T) {
				got := confirm(t, true, mismatch)
				row := got.Rows[i]
				if row.Outcome != mismatch || row.Path != r.path || row.Act != r.act {
					t.Errorf("%+v", row)
				}
				want := map[Outcome]Result{RowSignal: Signal, RowConflict: Conflict, RowNoMatch: NoMatch}[mismatch]
				if i == 0 { // without its bill of lading nothing can be compared
					want = NoMatch
				}
				if got.Result != want {
					t.Errorf("%s, want %s", got.Result, want)
				}
			})
		}
	}
}

func TestATallyThatDiffersWaitsForTheCarrier(t *testing.T) {
	whole := func(packages int64, mass string) *Count {
		return &Count{Packages: num.Quantity(packages) * num.OneQuantity, GrossMass: kg(mass)}
	}
	for _, c := range []struct {
		name   string
		tally  *Count
		edit   func(*Papers, *Declaration)
		result Result
		row    int
	}{
		{"the report is not in", nil, nil, Confirmed, 0},
		{"counted as listed", whole(200, "0"), nil, Confirmed, 0},
		{"weighed within the tolerance of the manifest", whole(200, "2100"), nil, Confirmed, 0},
		{"one package short", whole(199, "0"), nil, Conflict, 5},
		{"one package over", whole(201, "0"), nil, Conflict, 5},
		{"weighed far more", whole(200, "2100.001"), nil, Conflict, 6},
		{"short also holds a part of an open bill", whole(199, "0"), func(_ *Papers, d *Declaration) { d.Packages, d.GrossMass = 100*num.OneQuantity, kg("1000") }, Conflict, 5},
		{"amended to what was counted", whole(199, "1990"), func(p *Papers, d *Declaration) {
			p.Listed.Packages, p.Lading.Packages, d.Packages = 199*num.OneQuantity, 199*num.OneQuantity, 199*num.OneQuantity
		}, Confirmed, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, d := papers()
			p.Tally = c.tally
			if c.edit != nil {
				c.edit(&p, d)
			}
			got := Confirm(p, d, tolerances(t))
			differ := got.Differences()
			if got.Result != c.result || (len(differ) == 0) != (c.row == 0) {
				t.Fatalf("%s %+v", got.Result, differ)
			}
			if c.row > 0 && (differ[0].Check != c.row || differ[0].Act != ByCarrier || !differ[0].Tally) {
				t.Errorf("%+v", differ)
			}
		})
	}
}

func TestTheManifestAloneStandsForTheBill(t *testing.T) {
	p, d := papers()
	p.Lading = nil
	got := Confirm(p, d, tolerances(t))
	if got.Result != Confirmed || got.ManifestVersion != 3 || got.Rows[7].Outcome != RowNotCompared {
		t.Errorf("%+v", got)
	}
	if ref := got.Ref(at); ref.Result != Confirmed || ref.ManifestVersion != 3 || ref.Manifest != "M1" {
		t.Errorf("%+v", ref)
	}
}

func TestASilentManifestIsASignalNotAConfirmation(t *testing.T) {
	p, d := papers()
	p.Manifest.Transport, p.LadingTransport = manifest.Transport{}, manifest.Transport{}
	if got := Confirm(p, d, tolerances(t)); got.Result != Signal || got.Rows[1].Outcome != RowNotCompared || len(got.Differences()) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestParametersAreDatedAndRefuseWhatTheyDoNotKnow(t *testing.T) {
	if _, err := BuiltIn().TolerancesAt(clock.MustDate("1999-12-31")); !fault.Is(err, "DEC-PARAMETER-02") {
		t.Error(err)
	}
	for name, bad := range map[string]string{
		"unknown key": "confirmation: [{colour: red}]", "no date": "validation: [{source: x}]", "no YAML": "\t",
		"unknown outcome": strings.Replace(string(builtIn), "[no_match,", "[maybe,", 1), "nine outcomes": strings.Replace(string(builtIn), "[no_match,", "[", 1),
	} {
		if _, err := ReadParameters([]byte(bad)); !fault.Is(err, "DEC-PARAMETER-01") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheRowsOfADeclarationNeverContradictItsResult(t *testing.T) {
	tol := tolerances(t)
	rapid.Check(t, func(t *rapid.T) {
		p, d := papers()
		d.Packages = num.Quantity(rapid.Int64Range(0, 300).Draw(t, "packages")) * num.OneQuantity
		d.GrossMass = num.Quantity(rapid.Int64Range(0, 3000).Draw(t, "mass")) * num.OneQuantity
		p.LadingClosed = rapid.Bool().Draw(t, "closed")
		d.Transport.Voyage = rapid.SampledFrom([]string{"012E", "013E", ""}).Draw(t, "voyage")
		got := Confirm(p, d, tol)
		blocked := false
		for _, r := range got.Differences() {
			blocked = blocked || r.Outcome == RowConflict
		}
		if blocked != (got.Result == Conflict) {
			t.Fatalf("%s with %+v", got.Result, got.Differences())
		}
		over := got.Rows[4].Over || got.Rows[5].Over
		if err := Draw(p.Listed, d, nil, tol); (err != nil) != over {
			t.Fatalf("draw says %v, the rows say over %v", err, over)
		}
	})
}

func TestABillIsNotDrawnTwice(t *testing.T) {
	p, d := papers()
	other := wine()
	other.ID = "D2"
	err := Draw(p.Listed, d, []*Declaration{other, d}, tolerances(t))
	if !fault.Is(err, "DEC-DRAW-01") || !fault.Is(err, "DEC-DRAW-02") {
		t.Error(err)
	}
	if err := Draw(p.Listed, d, []*Declaration{d}, tolerances(t)); err != nil {
		t.Error("a declaration is counted beside itself:", err)
	}
}

func TestDescriptionsAreComparedByWordsOrPairsOfCharacters(t *testing.T) {
	if s := Similarity("RED WINE, IN BOTTLES", "bottles of red wine"); s < num.OneRate/2 {
		t.Error(s)
	}
	if s := Similarity("法国红葡萄酒", "红葡萄酒"); s < num.OneRate/2 {
		t.Error(s)
	}
	if s := Similarity("wine", "钢管"); s != 0 {
		t.Error(s)
	}
}

func BenchmarkConfirm(b *testing.B) {
	p, d := papers()
	tol := tolerances(b)
	b.ReportAllocs()
	for b.Loop() {
		Confirm(p, d, tol)
	}
}
