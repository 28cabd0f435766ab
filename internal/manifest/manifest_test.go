package manifest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/num"
)

const day = clock.Date(20780) // 2026-11-23

// sound is a manifest without fault.
func sound() Manifest {
	unit := num.OneQuantity
	return Manifest{
		ID: "M1", Kind: Original, Version: 1, PortOfLoading: "DEHAM", PortOfDischarge: "CNSHA",
		Transport:        Transport{Mode: Sea, MeansID: "9074729", MeansName: "TEST SHIP", Flag: "DE", Journey: "001E"},
		ArrivalEstimated: Moment{Day: day},
		Consignments: []BillOfLading{{
			Number: "BL1", Type: Straight, State: BillIssued,
			Consignor: Party{Name: "A GMBH"}, Consignee: Party{Code: "91310000MA1FL0XX0A", Name: "B CO"},
			Packages: 3 * unit, GrossMass: 500 * unit, PackageKind: "CT",
			Goods: []GoodsItem{
				{Number: 1, Description: "PUMPS", HS: "841370", Packages: 1 * unit, GrossMass: 200 * unit, Equipment: []Placement{{Number: "CSQU3054383"}}},
				{Number: 2, Description: "HOSES", Packages: 2 * unit, GrossMass: 300 * unit},
			},
			Equipment: []TransportEquipment{{Number: "CSQU3054383", Type: "CN", SizeType: "22G1", Filling: Full}},
		}},
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	bill := func(change func(*BillOfLading)) func(*Manifest) {
		return func(m *Manifest) { change(&m.Consignments[0]) }
	}
	cases := []struct {
		name   string
		change func(*Manifest)
		want   []string // code and path
	}{
		{"a sound manifest has none", func(*Manifest) {}, nil},
		{"an empty one has them all at once", func(m *Manifest) { *m = Manifest{Kind: Original} }, []string{
			"MAN-ID-01 /id", "MAN-TRANSPORT-01 /transport/mode", "MAN-TRANSPORT-02 /transport/meansId",
			"MAN-PORT-01 /portOfDischarge", "MAN-DATE-01 /arrivalEstimated", "MAN-BILL-01 /consignments",
		}},
		{"an unknown kind", func(m *Manifest) { m.Kind = "cargo" }, []string{"MAN-KIND-01 /kind"}},
		{"an outbound list needs its port of loading", func(m *Manifest) { m.Kind, m.PortOfLoading = Loading, "" }, []string{"MAN-PORT-03 /portOfLoading"}},
		{"a haulier's house bill has none", func(m *Manifest) { m.Transport.Mode, m.Consignments[0].Type = Road, House }, nil},
		{"a ship without voyage", func(m *Manifest) { m.Transport.Journey = "" }, []string{"MAN-TRANSPORT-03 /transport/journey"}},
		{"a lorry needs no voyage", func(m *Manifest) { m.Transport.Mode, m.Transport.Journey = Road, "" }, nil},
		{"a wrong IMO number", func(m *Manifest) { m.Transport.MeansID = "9074728" }, []string{"MAN-TRANSPORT-04 /transport/meansId"}},
		{"a call sign of seven characters is no IMO number", func(m *Manifest) { m.Transport.MeansID = "D5LQ7AB" }, nil},
		{"a port that is no LOCODE", func(m *Manifest) { m.PortOfLoading = "HAMBURG" }, []string{"MAN-PORT-02 /portOfLoading"}},
		{"arrival before departure", func(m *Manifest) { m.DepartureTime, m.ArrivalActual = Moment{Day: day + 1}, Moment{Day: day} }, []string{"MAN-DATE-02 /arrivalActual"}},
		{"a bill without number", bill(func(b *BillOfLading) { b.Number = "" }), []string{"MAN-BILL-02 /consignments/0/number"}},
		{"the same bill twice", func(m *Manifest) { m.Consignments = append(m.Consignments, m.Consignments[0]) }, []string{"MAN-BILL-03 /consignments/1/number"}},
		{"a part shipment may repeat the number", func(m *Manifest) {
			m.Consignments = append(m.Consignments, m.Consignments[0])
			m.Consignments[1].Split = true
		}, nil},
		{"a house bill without master", bill(func(b *BillOfLading) { b.Type = House }), []string{"MAN-BILL-04 /consignments/0/master"}},
		{"half a package", bill(func(b *BillOfLading) {
			b.Packages, b.Goods[1].Packages = 2*num.OneQuantity+num.OneQuantity/2, num.OneQuantity+num.OneQuantity/2
		}), []string{"MAN-PACKAGES-02 /consignments/0/goods/1/packages", "MAN-PACKAGES-02 /consignments/0/packages"}},
		{"lines that do not add up", bill(func(b *BillOfLading) { b.Packages += num.OneQuantity; b.GrossMass++ }), []string{
			"MAN-PACKAGES-03 /consignments/0/packages", "MAN-MASS-02 /consignments/0/grossMass",
		}},
		{"no packages and no mass", bill(func(b *BillOfLading) { b.Packages, b.GrossMass = 0, 0 }), []string{
			"MAN-PACKAGES-01 /consignments/0/packages", "MAN-MASS-01 /consignments/0/grossMass",
		}},
		{"nobody sends and nobody receives", bill(func(b *BillOfLading) { b.Consignor, b.Consignee = Party{}, Party{} }), []string{
			"MAN-PARTY-01 /consignments/0/consignor", "MAN-PARTY-02 /consignments/0/consignee",
		}},
		{"to order without notify party", bill(func(b *BillOfLading) { b.ToOrder, b.Consignee = true, Party{} }), []string{"MAN-PARTY-03 /consignments/0/notify"}},
		{"goods without description", bill(func(b *BillOfLading) { b.Goods[1].Description = " " }), []string{"MAN-GOODS-02 /consignments/0/goods/1/description"}},
		{"a commodity code with letters", bill(func(b *BillOfLading) { b.Goods[0].HS = "8413A" }), []string{"MAN-HS-01 /consignments/0/goods/0/hs"}},
		{"a UN number of three digits", bill(func(b *BillOfLading) { b.Goods[0].Dangerous = []DangerousGoods{{UNNumber: "126"}} }), []string{"MAN-DANGEROUS-01 /consignments/0/goods/0/dangerous/0/unNumber"}},
		{"a wrong check digit", bill(func(b *BillOfLading) { b.Equipment[0].Number, b.Goods[0].Equipment = "CSQU3054384", nil }), []string{"CODELIST-CONTAINER-03 /consignments/0/equipment/0/number"}},
		{"a line in an unlisted container", bill(func(b *BillOfLading) { b.Equipment = nil }), []string{"MAN-EQUIPMENT-03 /consignments/0/goods/0/equipment/0"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := sound()
			c.change(&m)
			var got []string
			for _, f := range fault.All(m.Check(SecondaryData, nil, day)) {
				got = append(got, f.Code+" "+f.Path)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPrimaryDataNeedNoParties(t *testing.T) {
	m := sound()
	m.Consignments[0].Consignor, m.Consignments[0].Consignee = Party{}, Party{}
	if err := m.Check(PrimaryData, nil, day); err != nil {
		t.Error(err)
	}
}

func TestTheTablesOfLifeAreSound(t *testing.T) {
	for _, p := range append(Life().Problems(), BillLife().Problems()...) {
		t.Error(p)
	}
}

func TestAmendingAfterTheCutOffNeedsAnOfficer(t *testing.T) {
	life := Life()
	late := Case{Manifest: sound(), PastCutOff: true}
	if _, err := life.Next(PrimaryOK, EventAmended, late); !fault.Is(err, "MAN-AMEND-01") {
		t.Error(err)
	}
	if _, err := life.Next(PrimaryOK, EventAmendApproved, late); !fault.Is(err, "MAN-AMEND-02") {
		t.Error(err)
	}
	late.AmendmentGiven = true
	if s, err := life.Next(Tallied, EventAmendApproved, late); err != nil || s != Tallied {
		t.Error(s, err)
	}
	if _, err := life.Next(Tallied, EventAmended, Case{}); !fault.Is(err, "MAN-LIFECYCLE-01") {
		t.Error(err)
	}
}

func TestAManifestIsWrittenOffWhenEveryBillIs(t *testing.T) {
	life := Life()
	m := sound()
	if _, err := life.Next(Tallied, EventMatched, Case{Manifest: m}); !fault.Is(err, "MAN-BILL-10") {
		t.Error(err)
	}
	m.Consignments[0].State = BillMatched
	if s, err := life.Next(Tallied, EventMatched, Case{Manifest: m}); err != nil || s != Matched {
		t.Error(s, err)
	}
	if _, err := life.Next(Matched, EventWrittenOff, Case{Manifest: m}); !fault.Is(err, "MAN-BILL-10") {
		t.Error(err)
	}
	m.Consignments[0].State = BillWrittenOff
	if s, err := life.Next(Matched, EventWrittenOff, Case{Manifest: m}); err != nil || s != WrittenOff {
		t.Error(s, err)
	}
	if _, err := life.Next(PrimaryOK, EventTallied, Case{Manifest: m}); !fault.Is(err, "MAN-TALLY-01") {
		t.Error(err)
	}
}

func TestDeadlinesCountBackFromTheMilestone(t *testing.T) {
	loading := clock.At(time.Date(2026, 11, 23, 12, 0, 0, 0, clock.Zone))
	cases := []struct {
		name string
		kind Kind
		from Location
		to   Location
		part Part
		want time.Duration
	}{
		{"trunk line in", Original, "DEHAM", "CNSHA", PrimaryData, 24 * time.Hour},
		{"feeder from Hong Kong", Original, "HKHKG", "CNSHA", PrimaryData, 2 * time.Hour},
		{"feeder to Macau", PreStowage, "CNSHA", "MOMFM", PrimaryData, 4 * time.Hour},
		{"trunk line out", PreStowage, "CNSHA", "DEHAM", PrimaryData, 24 * time.Hour},
		{"loading list", Loading, "CNSHA", "DEHAM", PrimaryData, 30 * time.Minute},
		{"the rest before arrival", Original, "DEHAM", "CNSHA", SecondaryData, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := sound()
			m.Kind, m.PortOfLoading, m.PortOfDischarge = c.kind, c.from, c.to
			r, found := m.Deadline(SeaDeadlines(), c.part, day)
			if !found || r.Due(loading) != loading.Add(-c.want) {
				t.Fatalf("%+v %v", r, found)
			}
			if err := r.Late(r.Due(loading), loading); err != nil {
				t.Error(err)
			}
			if err := r.Late(r.Due(loading)+1, loading); !fault.Is(err, "MAN-LATE-01") {
				t.Error(err)
			}
		})
	}
	if _, found := sound().Deadline(SeaDeadlines(), PrimaryData, clock.MustDate("2001-01-01")); found {
		t.Error("a rule from before its time")
	}
}

func TestNormalisingIsDoneOnce(t *testing.T) {
	for in, want := range map[string]string{" ms cu 12\t3": "MSCU123", "ＣＯＳＵ－６１": "COSU-61", "a/b　c": "A/BC", "\xff1": "1"} {
		if got := NormalNumber(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		once := NormalNumber(rapid.String().Draw(t, "number"))
		if twice := NormalNumber(once); once != twice {
			t.Fatalf("%q then %q", once, twice)
		}
	})
}

func TestTheSameJourneyByIDOrName(t *testing.T) {
	a := Transport{MeansID: "9074729", MeansName: "TEST SHIP", Journey: "001E"}
	if !SameJourney(a, Transport{MeansName: "Test  Ship", Journey: "001 e"}) {
		t.Error("by name")
	}
	if SameJourney(a, Transport{MeansID: "9074731", MeansName: "TEST SHIP", Journey: "001E"}) {
		t.Error("another identification is another ship")
	}
	if SameJourney(Transport{MeansName: "X"}, Transport{MeansName: "X"}) {
		t.Error("no voyage stated")
	}
}

type failingCodes struct{}

func (failingCodes) Check(codelist.ListName, string, string, clock.Date) (codelist.Standing, error) {
	return codelist.Refused, errors.New("no connection")
}

func TestAFailedQueryIsNoAnswer(t *testing.T) {
	m := sound()
	err := m.Check(PrimaryData, failingCodes{}, day)
	if err == nil || fault.All(err) != nil {
		t.Error(err)
	}
}

func TestAnAmendmentKeepsWhatDeclarationsLeanOn(t *testing.T) {
	old := sound()
	old.State, old.Version, old.SubmittedAt = Tallied, 2, 7
	old.Consignments = append(old.Consignments, BillOfLading{Number: "BL2", State: BillIssued}, BillOfLading{Number: "BL3", State: BillMatched})
	next := sound()
	next.Consignments[0].State = ""
	next.Consignments[0].GrossMass += num.OneQuantity
	next.Consignments = append(next.Consignments, BillOfLading{Number: "bl 3"}, BillOfLading{Number: "BL4"})
	got, err := old.Amended(next)
	if err != nil {
		t.Fatal(err)
	}
	states := []BillState{}
	for _, b := range got.Consignments {
		states = append(states, b.State)
	}
	if got.Version != 3 || got.State != Tallied || got.SubmittedAt != 7 || cmp.Diff([]BillState{BillIssued, BillMatched, BillIssued}, states) != "" {
		t.Errorf("%+v %v", got, states)
	}
	if got.Consignments[0].GrossMass == old.Consignments[0].GrossMass {
		t.Error("the new content is not taken")
	}
	next.Consignments = next.Consignments[:1]
	if same, err := old.Amended(next); !fault.Is(err, "MAN-AMEND-04") || cmp.Diff(old, same) != "" {
		t.Error(err)
	}
	next.ID = "OTHER"
	if _, err := old.Amended(next); !fault.Is(err, "MAN-AMEND-03") {
		t.Error(err)
	}
}
