package clearance_test

import (
	"fmt"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/risk"
)

// entered is a zone in which 1,000 packages have entered first and 990 of them are
// declared, waiting for an officer. It gives the declaration and its case.
func entered(t *testing.T) (z *zone, lodged clearance.LodgeReply, file string) {
	t.Helper()
	z = newZone(t)
	stock := bonded.New(z.store, func() *clearance.Reference { return z.ref })
	passages := must(risk.DefaultTable(risk.Passage))
	spec := passages.Spec
	spec.Rules, spec.Draws = nil, append([]risk.DrawRatio(nil), spec.Draws...)
	for i := range spec.Draws {
		spec.Draws[i].Ratio = 0
	}
	passages = must(risk.Compile(spec, passages.Catalogue))
	lanes := control.New(z.store, func() *clearance.Reference { return z.ref }, func() *risk.Table { return passages })
	day := clock.MustDate("2026-11-22")
	packages, mass := 1000*num.OneQuantity, 10_000*num.OneQuantity
	m := manifest.Manifest{
		ID: "M1", Kind: manifest.Original, Transport: manifest.Transport{Mode: manifest.Sea, MeansName: "EVER TEST", Journey: "V001"}, Office: "2218",
		PortOfDischarge: "CNSHA", ArrivalActual: manifest.Moment{Day: day},
		Consignments: []manifest.BillOfLading{{
			Number: "BL1", Type: manifest.Straight, Consignee: manifest.Party{Code: trader}, Packages: packages, PackageKind: "CT", GrossMass: mass,
			Goods: []manifest.GoodsItem{{Number: 1, Description: "ORANGE JUICE", Packages: packages, GrossMass: mass}},
		}},
	}
	_, err := z.desk.ReceiveManifest(t.Context(), z.command("manifest"), carrier, clearance.Filing{Manifest: m})
	ok(t, err)
	d := z.bill()
	d.Kind, d.FilingType, d.Procedure, d.TradeMode = declaration.FilingBill, declaration.FilingEnterFirst, "enter-first", "5033"
	d.Overseas, d.Port = declaration.Party{Name: "Groves", Country: "US"}, "USNYC"
	d.Packages, d.GrossMass, d.NetMass, d.Manifest = packages, mass, 9_000*num.OneQuantity, "M1"
	l := &d.Lines[0]
	l.Quantity, l.LegalQuantity, l.NetMass, l.BookLine, l.FinalDestination, l.UnitPrice = d.NetMass, d.NetMass, d.NetMass, 1, "31222", 20_000
	l.Total = 1_800_000
	b := book.Book{
		Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: trader}, CompetentOffice: "2218",
		Lines: []book.Line{{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"}},
	}
	var filed, app bonded.Reply
	r, err := stock.FileBook(t.Context(), z.command("book"), clerk, b)
	ok(t, err)
	z.read(r.Reply, &filed)
	d.BookNumber = filed.Number
	r, err = stock.Apply(t.Context(), z.command("apply"), clerk, bonded.LadingRequest{Content: d, Procedure: "enter-first", Guarantee: number})
	ok(t, err)
	z.read(r.Reply, &app)
	if app.State != bonded.ApplicationApproved { // its packages are looked at: the officer of the zone, and that of the port
		for _, who := range []string{"anna", "bert"} {
			_, err = stock.DecideApplication(t.Context(), z.command("pass"), officer(who), app.ID, true, "looked at")
			ok(t, err)
		}
	}
	note := gate.ReleaseNote{
		Binding: gate.OneDocumentManyTrucks, Documents: []string{app.Number}, Plate: "沪A12345", TruckTare: 13_000 * num.OneQuantity, ChassisTare: 1_000 * num.OneQuantity,
		GoodsGross: mass, GoodsNet: mass, Total: 24_000 * num.OneQuantity, Kind: gate.TransportPaper,
	}
	_, err = lanes.ApplyNote(t.Context(), z.command("note"), clerk, control.NoteRequest{Note: note, Packages: packages})
	ok(t, err)
	r, err = lanes.Pass(t.Context(), decision.Command{Name: "pass", Received: z.clock.Now()}, decision.Actor{ID: "lane", Kind: journal.Device}, gate.Readings{
		Area: "waigaoqiao", Gate: "G1", Lane: "3", LaneKind: gate.GoodsLane, Direction: gate.In, Sequence: "S1", At: z.clock.Now(), CameraPlate: "沪A12345",
		Weighed: true, Scale: 24_000 * num.OneQuantity,
	})
	ok(t, err)
	var passed control.PassReply
	z.read(r.Reply, &passed)
	if passed.Outcome != gate.Pass {
		t.Fatalf("%+v", passed)
	}
	d.Packages, d.GrossMass = 990*num.OneQuantity, 9_900*num.OneQuantity // less than applied for
	lodged = z.lodge(d, number)
	if lodged.State != declaration.Manual {
		t.Fatalf("%+v", lodged)
	}
	return z, lodged, app.Case
}

// debts tells how the debts to declare of a case stand, and what is held.
func (z *zone) debts(file string) string {
	z.t.Helper()
	open, held := 0, num.Money(0)
	for _, id := range load[casework.Case](z, dossier.Case, file).Debts["declare"] {
		o := load[obligation.Obligation](z, dossier.Obligation, id)
		if !obligation.Lifecycle.Final(o.State) {
			open++
			held += o.Hold.Left
		}
	}
	return fmt.Sprintf("%d open, held %t", open, held > 0 && z.held() > 0)
}

func TestGoodsThatEnteredFirstOweTheirDeclarationAgain(t *testing.T) {
	z, lodged, file := entered(t)
	if z.drawn() != "packages=990 mass=9900 " || z.debts(file) != "1 open, held true" {
		t.Fatalf("drawn %s, %s", z.drawn(), z.debts(file))
	}
	next := z.declaration(lodged.ID)
	next.Packages, next.GrossMass = 1_000*num.OneQuantity, 10_000*num.OneQuantity
	next.Lines[0].Total, next.Lines[0].UnitPrice = 2_700_000, 30_000
	other := next
	other.BillOfLading = "BL2"
	wants(t, z.ask(lodged.ID, &other, "writing_error"), "CLR-CORRECT-06")
	ok(t, z.ask(lodged.ID, &next, "writing_error"))
	proposal, second := z.propose(lodged.ID)
	ok(t, z.confirm(proposal, second))
	if d := z.declaration(lodged.ID); d.State != declaration.Manual || d.Lines[0].Total != 2_700_000 {
		t.Fatalf("%s %d", d.State, d.Lines[0].Total)
	}
	if z.drawn() != "packages=1000 mass=10000 " || z.debts(file) != "0 open, held false" {
		t.Fatalf("amended: drawn %s, %s", z.drawn(), z.debts(file))
	}
	ok(t, z.ask(lodged.ID, nil, "writing_error"))
	proposal, second = z.propose(lodged.ID)
	ok(t, z.confirm(proposal, second))
	c := load[casework.Case](z, dossier.Case, file)
	if z.drawn() != "packages=0 mass=0 " || z.debts(file) != "1 open, held true" || c.State != casework.Open || c.Declaration != "" {
		t.Fatalf("deleted: drawn %s, %s, case %s of %q", z.drawn(), z.debts(file), c.State, c.Declaration)
	}
	if _, done := c.Done["accept"]; done {
		t.Error("the case still counts the acceptance")
	}
	// Another declaration discharges it.
	d := z.declaration(lodged.ID) // as amended, of all that entered
	again := z.lodge(d, number)
	if again.Number == lodged.Number || z.debts(file) != "0 open, held false" || z.drawn() != "packages=1000 mass=10000 " {
		t.Fatalf("%+v drawn %s, %s", again, z.drawn(), z.debts(file))
	}
	if f := fault.All(z.ask(lodged.ID, nil, "writing_error")); f == nil {
		t.Fatal("a deleted declaration was corrected again")
	}
}
