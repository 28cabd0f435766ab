package gate

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

func kg(s string) num.Quantity {
	q, err := num.ParseQuantity(s)
	if err != nil {
		panic(err)
	}
	return q
}

const at = clock.Instant(1_790_000_000_000_000)

func note() *ReleaseNote {
	return &ReleaseNote{
		Number: "Z2216I260924000000000001", Type: FirstLineIntegrated, Binding: OneDocumentOneTruck, Direction: In, State: Approved,
		Area: "WGQ", Kind: VerificationList, Documents: []string{"QD222526I000000001"}, Plate: "沪A12345", EPlate: "E1",
		TruckTare: kg("13000"), ChassisTare: kg("1000"), GoodsGross: kg("20000"), GoodsNet: kg("19000"), Total: kg("36200"),
		Containers: []Container{{Number: "CSQU3054383", Tare: kg("2200")}}, ELock: "L1",
		Lines: []NoteLine{{Document: "QD222526I000000001", Line: 1, Commodity: "2204210000", Quantity: kg("100")}},
	}
}

func readings() *Readings {
	return &Readings{
		Area: "WGQ", Gate: "G1", Lane: "3", LaneKind: GoodsLane, Direction: In, Sequence: "S1", At: at,
		CameraPlate: "沪a·12345", EPlate: "E1", EPlatePlate: "沪A12345", Front: "CSQU3054383", Weighed: true, Scale: kg("36200"),
		Seal: &SealReading{ID: "L1", Sealed: true},
	}
}

func facts() Facts { return Facts{DocumentsApproved: true, BillReleased: true, Risk: LowRisk} }

func bounds(t testing.TB) *Tolerances {
	tol, err := BuiltIn().At(at.Date())
	if err != nil {
		t.Fatal(err)
	}
	return tol
}

func TestEveryMismatchHasItsConsequence(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*ReleaseNote, *Readings, *Facts)
		want Outcome
		led  string
	}{
		{"all agrees", func(*ReleaseNote, *Readings, *Facts) {}, Pass, LEDPass},
		{"a note not approved is refused", func(n *ReleaseNote, _ *Readings, _ *Facts) { n.State = Applied }, Refuse, LEDState},
		{"a used note is refused", func(n *ReleaseNote, _ *Readings, _ *Facts) { n.State = Passed }, Refuse, LEDState},
		{"an expired note is refused", func(n *ReleaseNote, _ *Readings, _ *Facts) { n.ValidTo = at - 1 }, Refuse, LEDExpired},
		{"a note of another area is refused", func(n *ReleaseNote, _ *Readings, _ *Facts) { n.Area = "YS" }, Refuse, LEDGate},
		{"a note of another gate is refused", func(n *ReleaseNote, _ *Readings, _ *Facts) { n.Gates = []string{"G2"} }, Refuse, LEDGate},
		{"the wrong way is refused", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Direction = Out }, Refuse, LEDDirection},
		{"goods in the empty lane are refused", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.LaneKind = EmptyLane }, Refuse, LEDLane},
		{"another plate is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.CameraPlate = "沪A12346" }, Hold, LEDPlate},
		{"one unclear character passes when the e-plate agrees", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.CameraPlate = "沪A1?345" }, Pass, LEDPass},
		{"two unclear characters are held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.CameraPlate = "沪A??345" }, Hold, LEDPlate},
		{"an unclear character without e-plate is held", func(n *ReleaseNote, r *Readings, _ *Facts) {
			n.EPlate, r.EPlate, r.EPlatePlate, r.CameraPlate = "", "", "", "沪A1?345"
		}, Hold, LEDPlate},
		{"a vehicle without e-plate passes on a clear plate", func(n *ReleaseNote, r *Readings, _ *Facts) { n.EPlate, r.EPlate, r.EPlatePlate = "", "", "" }, Pass, LEDPass},
		{"a silent e-plate is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.EPlate, r.EPlatePlate = "", "" }, Hold, LEDPlate},
		{"a foreign e-plate is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.EPlate = "E2" }, Hold, LEDPlate},
		{"another container is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Front = "MWCU6059784" }, Hold, LEDContainer},
		{"a container too many is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Rear = "MWCU6059784" }, Hold, LEDContainer},
		{"a container not read is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Front = "" }, Hold, LEDContainer},
		{"a wrong check digit is read again, then held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Front = "CSQU3054384" }, Hold, LEDDigit},
		{"3 % over passes", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Scale = kg("37286") }, Pass, LEDPass},
		{"a gram more than 3 % is inspected for medium risk", func(_ *ReleaseNote, r *Readings, f *Facts) { r.Scale, f.Risk = kg("37286.001"), MediumRisk }, Inspect, LEDWeight},
		{"the same passes for low risk", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Scale = kg("37286.001") }, Pass, LEDPass},
		{"the same is inspected when the risk is not known", func(_ *ReleaseNote, r *Readings, f *Facts) { r.Scale, f.Risk = kg("37286.001"), "" }, Inspect, LEDWeight},
		{"10 % under is inspected", func(_ *ReleaseNote, r *Readings, f *Facts) { r.Scale, f.Risk = kg("32580"), HighRisk }, Inspect, LEDWeight},
		{"more than 10 % is held whatever the risk", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Scale = kg("32579.999") }, Hold, LEDWeight},
		{"gate-registered goods are eased", func(n *ReleaseNote, r *Readings, _ *Facts) { n.Type, r.Scale = GateRegistered, kg("39820") }, Pass, LEDPass},
		{"no weight is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Weighed = false }, Hold, LEDNoWeight},
		{"an open lock is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Seal.Sealed = false }, Hold, LEDLock},
		{"a foreign lock is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Seal.ID = "L2" }, Hold, LEDLock},
		{"a lock with an alarm is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Seal.Alarm = true }, Hold, LEDLock},
		{"a lock not read is held", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Seal = nil }, Hold, LEDLock},
		{"late is held", func(n *ReleaseNote, _ *Readings, _ *Facts) { n.WindowTo = at - 1 }, Hold, LEDWindow},
		{"off the route is inspected", func(_ *ReleaseNote, r *Readings, _ *Facts) { r.Deviation = true }, Inspect, LEDRoute},
		{"a control instruction is inspected", func(_ *ReleaseNote, _ *Readings, f *Facts) { f.ControlInstruction = "C1" }, Inspect, LEDControl},
		{"offline only low risk passes", func(_ *ReleaseNote, r *Readings, f *Facts) { r.Offline, f.Risk = true, MediumRisk }, Hold, LEDOffline},
		{"a list not approved is refused", func(_ *ReleaseNote, _ *Readings, f *Facts) { f.DocumentsApproved = false }, Refuse, LEDDocuments},
		{"the second line needs its bill released", func(n *ReleaseNote, _ *Readings, f *Facts) { n.Type, f.BillReleased = SecondLine, false }, Refuse, LEDDocuments},
		{"or a form with guarantee", func(n *ReleaseNote, _ *Readings, f *Facts) {
			n.Type, f.BillReleased, f.FormGuaranteed = SecondLine, false, true
		}, Pass, LEDPass},
		{"a delivery without bill needs the form", func(n *ReleaseNote, _ *Readings, _ *Facts) { n.Type = NotDeclared }, Refuse, LEDDocuments},
		{"a missing guarantee is refused", func(_ *ReleaseNote, _ *Readings, f *Facts) { f.GuaranteeNeeded = true }, Refuse, LEDGuarantee},
		{"the strictest wins", func(n *ReleaseNote, r *Readings, f *Facts) {
			r.Deviation, r.Seal.Alarm, f.DocumentsApproved = true, true, false
		}, Refuse, LEDDocuments},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, r, f := note(), readings(), facts()
			c.edit(n, r, &f)
			v := Compare([]*ReleaseNote{n}, []Facts{f}, r, bounds(t))
			if v.Outcome != c.want || v.LED != c.led {
				t.Errorf("got %s %s, want %s %s; rows %+v", v.Outcome, v.LED, c.want, c.led, v.Rows)
			}
			if v.Reread != (c.led == LEDDigit) {
				t.Error("reread is for wrong check digits")
			}
		})
	}
	if v := Compare(nil, nil, readings(), bounds(t)); v.Outcome != Refuse || v.LED != LEDNoNote {
		t.Errorf("no note: %+v", v)
	}
}

func TestAnEmptyTruckWeighsItsTare(t *testing.T) {
	n := &ReleaseNote{Number: "Z2216E260924000000000002", Type: EmptyTruck, Binding: OneDocumentOneTruck, Direction: Out, State: Approved, Plate: "沪A12345", TruckTare: kg("13000"), Total: kg("13000")}
	if err := n.Validate(); err != nil {
		t.Fatal(err)
	}
	for scale, want := range map[string]Outcome{"13000": Pass, "13100": Pass, "12900": Pass, "13100.001": Hold, "12000": Hold} {
		r := &Readings{LaneKind: EmptyLane, Direction: Out, At: at, CameraPlate: "沪A12345", Weighed: true, Scale: kg(scale)}
		if v := Compare([]*ReleaseNote{n}, []Facts{{}}, r, bounds(t)); v.Outcome != want {
			t.Errorf("%s kg: got %s, want %s (%+v)", scale, v.Outcome, want, v.Rows)
		}
	}
}

func TestTwoBoxesOnOneTruckStandAndFallTogether(t *testing.T) {
	a, b := note(), note()
	b.Number, b.Containers = "Z2216I260924000000000003", []Container{{Number: "MWCU6059784", Tare: kg("2300")}}
	b.GoodsGross = kg("1000")
	r := readings()
	r.Rear, r.Scale = "MWCU6059784", kg("39500") // 13,000 + 1,000 + 2,200 + 2,300 + 21,000
	notes := []*ReleaseNote{a, b}
	if v := Compare(notes, []Facts{facts(), facts()}, r, bounds(t)); v.Outcome != Pass || v.MassError != 0 {
		t.Errorf("both agree: %+v", v)
	}
	bad := facts()
	bad.DocumentsApproved = false
	if v := Compare(notes, []Facts{facts(), bad}, r, bounds(t)); v.Outcome != Refuse || v.Rows[7].Note != b.Number {
		t.Errorf("one failing box must stop the truck and be named: %+v", v)
	}
	b.Plate = "沪B99999"
	if v := Compare(notes, []Facts{facts(), facts()}, r, bounds(t)); v.LED != LEDMixed {
		t.Errorf("notes of two vehicles: %+v", v)
	}
}

func TestANoteForTwoGatesPassesThemInOrder(t *testing.T) {
	n := note()
	n.TwoGates, n.Gates, n.Area = true, []string{"PORT", "G1"}, ""
	r := readings()
	tol := bounds(t)
	if v := Compare([]*ReleaseNote{n}, []Facts{facts()}, r, tol); v.LED != LEDGate {
		t.Errorf("the second gate first: %s", v.LED)
	}
	r.Gate, r.Direction = "PORT", Out
	if v := Compare([]*ReleaseNote{n}, []Facts{facts()}, r, tol); v.Outcome != Pass {
		t.Errorf("out of the port: %+v", v)
	}
	next, err := n.Apply(n.PassEvent())
	if err != nil || next.State != PassedGate1 || next.State.Code() != 3 {
		t.Fatal(next.State, err)
	}
	if v := Compare([]*ReleaseNote{&next}, []Facts{facts()}, readings(), tol); v.Outcome != Pass {
		t.Errorf("into the zone: %+v", v)
	}
	if next, err = next.Apply(next.PassEvent()); err != nil || next.State.Code() != 4 {
		t.Error(next.State, err)
	}
}

func TestOnlyTheGateChiefOverridesAndNeverWithoutANote(t *testing.T) {
	n, r := note(), readings()
	r.Scale = kg("30000")
	tol := bounds(t)
	v := Compare([]*ReleaseNote{n}, []Facts{facts()}, r, tol)
	good := Override{By: "chief", Role: ChiefRole, Second: "other", Reason: "scale_disturbed", Video: "V1", Outcome: Pass, Note: n.Number, At: at}
	got, err := v.Overridden(good, []*ReleaseNote{n}, tol)
	if err != nil || got.Outcome != Pass || !slices.Equal(got.Rows, v.Rows) {
		t.Fatal(got, err)
	}
	same, err := v.Overridden(Override{By: "chief", Second: "chief", Reason: "tired", Outcome: Refuse}, nil, tol)
	var found []string
	for _, f := range fault.All(err) {
		found = append(found, f.Code)
	}
	want := []string{"GATE-OVERRIDE-01", "GATE-OVERRIDE-02", "GATE-OVERRIDE-03", "GATE-OVERRIDE-04", "GATE-OVERRIDE-05", "GATE-OVERRIDE-06"}
	if diff := cmp.Diff(want, found); diff != "" || same.Outcome != Hold {
		t.Error(diff, same.Outcome)
	}
}

func TestTheArithmeticOfANoteIsThatOfTheField(t *testing.T) {
	for _, c := range [][4]string{ // samples of DR §1.6
		{"13000", "1000", "292.8", "14292.8"}, {"13000", "1000", "2245.335", "16245.335"},
	} {
		n := note()
		n.Containers = nil
		n.TruckTare, n.ChassisTare, n.GoodsGross, n.Total, n.GoodsNet = kg(c[0]), kg(c[1]), kg(c[2]), kg(c[3]), 0
		if err := n.Validate(); err != nil {
			t.Error(err)
		}
		n.Total++
		if err := n.Validate(); !fault.Is(err, "GATE-NOTE-05") {
			t.Error(err)
		}
	}
}

func TestAllFaultsOfANoteAreNamed(t *testing.T) {
	n := note()
	n.Type, n.Binding, n.Direction, n.Documents, n.Number, n.Plate = 9, "two", "up", nil, "Z1", "X"
	n.Containers = append(n.Containers, Container{Number: "CSQU3054384"}, Container{Number: "CSQU 305438-3"})
	n.Lines[0].Quantity, n.ValidFrom, n.ValidTo, n.TwoGates, n.TruckTare = 0, at, at, true, 0
	want := map[string]string{
		"GATE-NOTE-01": "/type", "GATE-NOTE-02": "/binding", "GATE-NOTE-03": "/direction", "GATE-NOTE-04": "/documents", "DEC-NUMBER-04": "/number",
		"CODELIST-PLATE-01": "/plate", "CODELIST-CONTAINER-03": "/containers/1/number", "GATE-NOTE-11": "/containers/2/number",
		"GATE-NOTE-09": "/lines/0/quantity", "GATE-NOTE-10": "/validTo", "GATE-NOTE-12": "/gates", "GATE-NOTE-06": "/truckTare", "GATE-NOTE-05": "/total",
	}
	got := map[string]string{}
	for _, f := range fault.All(n.Validate()) {
		got[f.Code] = f.Path
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNotesTakeNoMoreThanTheirListHolds(t *testing.T) {
	n := note()
	n.Lines = append(n.Lines, n.Lines[0], NoteLine{Document: "QD222526I000000001", Line: 7, Quantity: 1})
	open := func(ref LineRef) (num.Quantity, bool) { return kg("150"), ref.Line == 1 }
	err := n.CheckQuantities(open)
	if list := fault.All(err); len(list) != 2 || list[0].Code != "GATE-QUANTITY-02" || list[0].Path != "/lines/1/quantity" || list[1].Code != "GATE-QUANTITY-01" {
		t.Error(err)
	}
}

func TestTheNoteIsFoundByEPlateThenPlateThenContainer(t *testing.T) {
	a, b, dead := note(), note(), note()
	b.Number, b.EPlate, b.Plate, b.Containers = "b", "E2", "沪B00001", []Container{{Number: "MWCU6059784"}}
	dead.State = Passed
	all := []*ReleaseNote{dead, a, b}
	for _, c := range []struct {
		name string
		r    Readings
		want []*ReleaseNote
	}{
		{"by e-plate before all", Readings{EPlate: "E2", CameraPlate: "沪A12345"}, []*ReleaseNote{b}},
		{"by plate", Readings{EPlate: "E9", CameraPlate: "沪A·12345"}, []*ReleaseNote{a}},
		{"by container", Readings{CameraPlate: "沪C00000", Rear: "MWCU 605978-4"}, []*ReleaseNote{b}},
		{"none", Readings{}, nil},
	} {
		if got := Find(all, &c.r); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTheLaneReadsOnceMoreAndThenCallsAPerson(t *testing.T) {
	tol := bounds(t)
	notes := []*ReleaseNote{note()}
	r := readings()
	if got := Gather(notes, r, at, tol); got != GatherCompare {
		t.Error(got)
	}
	r.Front = ""
	for _, c := range []struct {
		seconds int64
		again   bool
		want    GatherStep
	}{{7, false, GatherWait}, {8, false, GatherAgain}, {7, true, GatherWait}, {8, true, GatherManual}} {
		r.Again = c.again
		if got := Gather(notes, r, at+clock.Instant(c.seconds*1_000_000), tol); got != c.want {
			t.Errorf("after %d s, again %v: got %s, want %s", c.seconds, c.again, got, c.want)
		}
	}
}

func TestABoundOfOneEnterpriseOrHeadingGoesBeforeTheGeneralOne(t *testing.T) {
	body := strings.Replace(string(builtIn), "overrides: []", `overrides:
      - {enterprise: E1, commodity: "2204", percent: "0.5", kg: "10", holdPercent: "1"}`, 1)
	p, err := ReadParameters([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	tol, err := p.At(at.Date())
	if err != nil {
		t.Fatal(err)
	}
	n, r := note(), readings()
	r.Scale = kg("37286") // 3 %
	if v := Compare([]*ReleaseNote{n}, []Facts{facts()}, r, tol); v.Outcome != Pass {
		t.Error("another enterprise:", v.Outcome)
	}
	n.Enterprise = "E1"
	if v := Compare([]*ReleaseNote{n}, []Facts{facts()}, r, tol); v.Outcome != Hold {
		t.Error("its own bound:", v.Outcome)
	}
	n.Lines[0].Commodity = "2523290000"
	if v := Compare([]*ReleaseNote{n}, []Facts{facts()}, r, tol); v.Outcome != Pass {
		t.Error("another heading:", v.Outcome)
	}
	for name, bad := range map[string]string{
		"unknown key": "comparison: [{colour: red}]", "no date": "comparison: [{source: x}]", "no YAML": "\t",
		"wild bound": strings.Replace(body, `percent: "0.5"`, `percent: "50"`, 1), "unknown outcome": strings.Replace(body, "low: pass", "low: maybe", 1),
	} {
		if _, err := ReadParameters([]byte(bad)); !fault.Is(err, "GATE-PARAMETER-01") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.At(clock.MustDate("1999-12-31")); !fault.Is(err, "GATE-PARAMETER-02") {
		t.Error(err)
	}
}

func TestTheLifeOfANoteIsWhole(t *testing.T) {
	if p := NoteLife.Problems(); p != nil {
		t.Error(p)
	}
	n := note()
	n.State = VoidRequested
	if _, err := n.Apply(EventVoid); !fault.Is(err, "GATE-VOID-01") {
		t.Error(err)
	}
	n.State, n.Number = Applied, ""
	if _, err := n.Apply(EventApprove); !fault.Is(err, "GATE-APPROVE-01") {
		t.Error(err)
	}
}

func TestTheVerdictIsTheStrictestRow(t *testing.T) {
	tol := bounds(t)
	rapid.Check(t, func(t *rapid.T) {
		n, r := note(), readings()
		r.Scale = num.Quantity(rapid.Int64Range(0, 8_000_000_000).Draw(t, "scale"))
		r.CameraPlate = rapid.SampledFrom([]string{"沪A12345", "沪A1?345", "x", ""}).Draw(t, "plate")
		r.Front = rapid.SampledFrom([]string{"CSQU3054383", "CSQU3054384", ""}).Draw(t, "front")
		f := Facts{
			DocumentsApproved: rapid.Bool().Draw(t, "documents"), GuaranteeNeeded: rapid.Bool().Draw(t, "guarantee"),
			Risk: rapid.SampledFrom([]Risk{LowRisk, HighRisk, ""}).Draw(t, "risk"),
		}
		v := Compare([]*ReleaseNote{n}, []Facts{f}, r, tol)
		worst := 0
		for _, row := range v.Rows {
			worst = max(worst, row.Outcome.severity())
			if row.Outcome != Pass && !slices.Contains(LEDKeys, row.Reason) {
				t.Fatalf("row %s has no words", row.Check)
			}
		}
		if v.Outcome.severity() != worst || v.MassError != r.Scale-v.Expected {
			t.Fatalf("%+v", v)
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	n, r, f, tol := []*ReleaseNote{note()}, readings(), []Facts{facts()}, bounds(b)
	b.ReportAllocs()
	for b.Loop() {
		Compare(n, f, r, tol)
	}
}

func TestTheLastTruckIsTheOneThatTakesTheRest(t *testing.T) {
	n := note()
	ref := LineRef{"QD222526I000000001", 1}
	other := LineRef{"QD222526I000000001", 2}
	for _, c := range []struct {
		name string
		left map[LineRef]num.Quantity
		want bool
	}{
		{"takes the rest", map[LineRef]num.Quantity{ref: kg("100")}, true},
		{"leaves a gram", map[LineRef]num.Quantity{ref: kg("100.001")}, false},
		{"leaves another line", map[LineRef]num.Quantity{ref: kg("100"), other: 1}, false},
		{"of nothing", nil, false},
	} {
		left := maps.Clone(c.left)
		if got := n.Completes(c.left); got != c.want || !maps.Equal(left, c.left) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
