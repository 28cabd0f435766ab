package clearance_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/store"
	"seine/internal/treasury"
)

// rematch does what the house does with its orders after a change.
func (z *zone) rematch(id string) declaration.Declaration {
	z.t.Helper()
	_, err := z.desk.Rematch(z.t.Context(), z.command("rematch"), id)
	ok(z.t, err)
	return z.declaration(id)
}

func (z *zone) pay(through clearance.Decider, lodged clearance.LodgeReply) {
	z.t.Helper()
	_, err := treasury.New(through, func() *clearance.Reference { return z.ref }, z.desk).Pay(z.t.Context(), z.command("pay"), bank, treasury.Payment{TaxBill: lodged.TaxBill, Amount: lodged.Total, BankRef: "B1"})
	ok(z.t, err)
}

func TestATallyDifferenceHoldsTheDeclarationUntilTheManifestIsAmended(t *testing.T) {
	z := newZone(t)
	id, m := z.manifest()
	lodged := z.lodge(z.bill(), "")
	day := clock.MustDate("2026-11-22")
	_, err := z.desk.ManifestArrived(t.Context(), z.command("arrive"), carrier, id, manifest.Moment{Day: day})
	ok(t, err)
	_, err = z.desk.ManifestTallied(t.Context(), z.command("tally"), carrier, id, clearance.Counting{Lines: []clearance.TallyLine{{Bill: "BL1", Packages: 98 * num.OneQuantity}}})
	ok(t, err)
	// Even before it is matched again nothing is released on the old match.
	z.pay(z.store, lodged)
	if d := z.declaration(lodged.ID); d.State != declaration.PaidOrGuaranteed {
		t.Fatal(d.State)
	}
	d := z.rematch(lodged.ID)
	if d.State != declaration.Manual || d.Confirmed.Result != declaration.Conflict {
		t.Fatalf("%s %+v", d.State, d.Confirmed)
	}
	_, err = z.desk.Decide(t.Context(), z.command("release"), officer("anna"), lodged.ID, clearance.Decision{Act: clearance.ActRelease, Reason: "x"})
	wants(t, err, "CLR-CONFIRM-03")
	// The carrier asks, an officer agrees: it is matched again and goes on.
	m.Consignments[0].Packages, m.Consignments[0].Goods[0].Packages = 98*num.OneQuantity, 98*num.OneQuantity
	r, err := z.desk.AskAmendment(t.Context(), z.command("ask"), carrier, m, "two cartons short")
	ok(t, err)
	var asked clearance.AmendmentReply
	z.read(r.Reply, &asked)
	_, err = z.desk.DecideAmendment(t.Context(), z.command("decide"), officer("anna"), asked.ID, clearance.Opinion{Agree: true, Reason: "tally"})
	ok(t, err)
	if d = z.rematch(lodged.ID); d.Confirmed.Result != declaration.Confirmed && d.Confirmed.Result != declaration.Signal || d.State != declaration.Released {
		t.Fatalf("%s %+v", d.State, d.Confirmed)
	}
}

func TestATallyAsListedDisturbsNobody(t *testing.T) {
	z := newZone(t)
	id, _ := z.manifest()
	lodged := z.lodge(z.bill(), "")
	_, err := z.desk.ManifestArrived(t.Context(), z.command("arrive"), carrier, id, manifest.Moment{Day: clock.MustDate("2026-11-22")})
	ok(t, err)
	_, err = z.desk.ManifestTallied(t.Context(), z.command("tally"), carrier, id, clearance.Counting{Lines: []clearance.TallyLine{{Bill: "BL1", Packages: 100 * num.OneQuantity}}})
	ok(t, err)
	z.pay(z.store, lodged)
	if d := z.declaration(lodged.ID); d.State != declaration.Released {
		t.Fatal(d.State)
	}
}

// between is a store in which something else is written between the moment a
// decision is made and the moment it is.
// debtsOf are the debts of a kind that a document opened, as “state open lines”.
func (z *zone) debtsOf(document string) (list []string) {
	z.t.Helper()
	for _, o := range all[obligation.Obligation](z, dossier.Obligation, "opened_by", document) {
		line := string(o.State)
		for _, l := range o.Lines {
			if l.Open > 0 {
				_, what, _ := strings.Cut(strings.TrimPrefix(l.Item, "bl/"), "/")
				line += " " + l.Open.String() + " " + what
			}
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

// landed is a manifest whose ship has come, with its bill counted.
func (z *zone) landed(lines ...clearance.TallyLine) (id string, m manifest.Manifest) {
	z.t.Helper()
	id, m = z.manifest()
	_, err := z.desk.ManifestArrived(z.t.Context(), z.command("arrive"), carrier, id, manifest.Moment{Day: clock.MustDate("2026-11-22")})
	ok(z.t, err)
	ok(z.t, z.tally(id, "", lines...))
	return id, m
}

func (z *zone) tally(id, reason string, lines ...clearance.TallyLine) error {
	_, err := z.desk.ManifestTallied(z.t.Context(), z.command("tally"), carrier, id, clearance.Counting{Lines: lines, Reason: reason})
	return err
}

// amended asks for an amendment and has it agreed.
func (z *zone) amended(m manifest.Manifest) {
	z.t.Helper()
	r, err := z.desk.AskAmendment(z.t.Context(), z.command("ask"), carrier, m, "as counted")
	ok(z.t, err)
	var asked clearance.AmendmentReply
	z.read(r.Reply, &asked)
	_, err = z.desk.DecideAmendment(z.t.Context(), z.command("decide"), officer("anna"), asked.ID, clearance.Opinion{Agree: true, Reason: "tally"})
	ok(z.t, err)
}

func count(bill string, n int64) clearance.TallyLine {
	return clearance.TallyLine{Bill: bill, Packages: num.Quantity(n) * num.OneQuantity}
}

func TestALaterTallyTakesThePlaceOfTheOneBefore(t *testing.T) {
	z := newZone(t)
	id, _ := z.landed(count("BL1", 90))
	lodged := z.lodge(z.bill(), "")
	if d := z.declaration(lodged.ID); d.State != declaration.Manual {
		t.Fatal(d.State)
	}
	wants(t, z.tally(id, "", count("BL1", 100)), "CLR-TALLY-03")
	wants(t, z.tally(id, "x", count("BL1", -1)), "CLR-TALLY-04")
	ok(t, z.tally(id, "a row of pallets was left out", count("BL1", 100)))
	if got := z.debtsOf(id); !slices.Equal(got, []string{"discharged"}) {
		t.Error(got)
	}
	doc := load[clearance.Manifest](z, dossier.Manifest, id)
	bill := load[clearance.BillOfLading](z, dossier.BillOfLading, doc.Bills[0])
	if len(doc.Tallies) != 2 || doc.Tallies[0].Differences != 1 || doc.Tallies[1].Differences != 0 || doc.Tallies[1].Reason == "" || doc.Tallies[1].At == 0 {
		t.Errorf("%+v", doc.Tallies)
	}
	if bill.Tally.Packages != 100*num.OneQuantity || len(bill.Recounted) != 1 || bill.Recounted[0].Report != 1 || bill.Recounted[0].Line.Packages != 90*num.OneQuantity {
		t.Errorf("%+v", bill)
	}
	if d := z.rematch(lodged.ID); d.State != declaration.Taxed || d.Confirmed.ManifestVersion != doc.Version {
		t.Errorf("%s %+v, manifest version %d", d.State, d.Confirmed, doc.Version)
	}
	// And a third that is worse again.
	ok(t, z.tally(id, "four more are empty", count("BL1", 96), count("BL7", 2)))
	if got := z.debtsOf(id); !slices.Equal(got, []string{"discharged", "open 4 packages short 2 packages unlisted"}) {
		t.Error(got)
	}
}

func TestAnAmendmentThatRemovesATallyDifferenceDischargesItsDebt(t *testing.T) {
	z := newZone(t)
	two := 2
	line := count("BL1", 98)
	line.Containers = &two
	id, m := z.landed(line, count("BL9", 3))
	if got := z.debtsOf(id); !slices.Equal(got, []string{"open 2 packages short 2 containers over 3 packages unlisted"}) {
		t.Fatal(got)
	}
	m.Consignments[0].Packages, m.Consignments[0].Goods[0].Packages = 98*num.OneQuantity, 98*num.OneQuantity
	z.amended(m)
	if got := z.debtsOf(id); !slices.Equal(got, []string{"open 2 containers over 3 packages unlisted"}) {
		t.Fatal(got)
	}
	// The unlisted goods find their bill, which says one more than was counted.
	next := another(m.Consignments[0], "BL9")
	next.Packages, next.Goods[0].Packages = 4*num.OneQuantity, 4*num.OneQuantity
	m.Consignments[0].Equipment = []manifest.TransportEquipment{{Number: "SEIU1000017", Type: "CN"}, {Number: "SEIU1000022", Type: "CN"}}
	m.Consignments = append(m.Consignments, next)
	z.amended(m)
	doc := load[clearance.Manifest](z, dossier.Manifest, id)
	bill := load[clearance.BillOfLading](z, dossier.BillOfLading, doc.Bills[1])
	if got := z.debtsOf(id); !slices.Equal(got, []string{"discharged", "open 1 packages short"}) || len(doc.Unlisted) != 0 || bill.Tally.Packages != 3*num.OneQuantity {
		t.Fatal(got, doc.Unlisted, bill.Tally)
	}
	// Taken off again, they stand on no bill.
	m.Consignments = m.Consignments[:1]
	z.amended(m)
	if got := z.debtsOf(id); !slices.Equal(got, []string{"discharged", "discharged", "open 3 packages unlisted"}) {
		t.Fatal(got)
	}
}

func TestAContainerThatWasNotFoundHoldsTheDeclaration(t *testing.T) {
	z := newZone(t)
	one := 1
	line := count("BL1", 100)
	line.Containers = &one
	z.landed(line)
	d := z.declaration(z.lodge(z.bill(), "").ID)
	if d.State != declaration.Manual || d.Confirmed.Result != declaration.Conflict {
		t.Errorf("%s %+v", d.State, d.Confirmed)
	}
}

func TestAPartShipmentThatIsNotClosedAfterFourteenDaysIsOwed(t *testing.T) {
	z := newZone(t)
	id, m := z.manifest()
	_, err := z.desk.ManifestArrived(t.Context(), z.command("arrive"), carrier, id, manifest.Moment{Day: clock.MustDate("2026-11-22")})
	ok(t, err)
	bill := load[clearance.Manifest](z, dossier.Manifest, id).Bills[0]
	part := func(packages num.Quantity) declaration.Declaration {
		d := z.bill()
		d.Packages, d.GrossMass, d.NetMass = packages*num.OneQuantity, packages*10*num.OneQuantity, packages*9*num.OneQuantity
		d.Lines[0].Quantity, d.Lines[0].LegalQuantity, d.Lines[0].NetMass = d.NetMass, d.NetMass, d.NetMass
		return d
	}
	look := func() []string {
		t.Helper()
		_, err := z.desk.LookAtParts(t.Context(), z.command("look"), id)
		ok(t, err)
		return z.debtsOf(bill)
	}
	ordered := func() bool { // that the house looks again
		t.Helper()
		waiting := append(must(z.store.Claim(t.Context(), clearance.Work, 100, 1)), must(z.store.Claim(t.Context(), clearance.Reminder, 100, 1))...)
		for _, o := range waiting {
			ok(t, z.store.Sent(t.Context(), o.ID, "done"))
		}
		return slices.ContainsFunc(waiting, func(o store.Outgoing) bool { return o.Target == clearance.PartShipments })
	}
	z.lodge(part(60), "")
	if got := look(); len(got) != 0 || ordered() {
		t.Fatal("before its time", got)
	}
	z.clock.Advance(14 * 24 * time.Hour) // the day after the fourteenth
	if got := look(); !slices.Equal(got, []string{"open 40 packages rest"}) || !ordered() {
		t.Fatal(got)
	}
	o := all[obligation.Obligation](z, dossier.Obligation, "opened_by", bill)[0]
	if o.Kind != clearance.ClosePartShipment || o.Debtor != trader || o.Due != clock.MustDate("2026-12-06") {
		t.Fatalf("%+v", o)
	}
	if got := look(); !slices.Equal(got, []string{"open 40 packages rest"}) {
		t.Fatal("twice", got)
	}
	last := z.lodge(part(30), "")
	if !ordered() {
		t.Fatal("nobody looks after the draw")
	}
	if got := look(); !slices.Equal(got, []string{"open 10 packages rest"}) {
		t.Fatal(got)
	}
	m.Consignments[0].Packages, m.Consignments[0].Goods[0].Packages = 90*num.OneQuantity, 90*num.OneQuantity
	m.Consignments[0].GrossMass, m.Consignments[0].Goods[0].GrossMass = 900*num.OneQuantity, 900*num.OneQuantity
	z.amended(m)
	if got := look(); !ordered() || !slices.Equal(got, []string{"discharged"}) {
		t.Fatal(got)
	}
	// What is given back is owed again.
	ok(t, z.ask(last.ID, nil, "writing_error"))
	proposal, second := z.propose(last.ID)
	ok(t, z.confirm(proposal, second))
	if got := look(); !ordered() || !slices.Equal(got, []string{"discharged", "open 30 packages rest"}) {
		t.Fatal(got)
	}
}

func TestAWholeBillThatNobodyDeclaredIsNoPartShipment(t *testing.T) {
	z := newZone(t)
	id, _ := z.landed(count("BL1", 100))
	z.clock.Advance(20 * 24 * time.Hour)
	_, err := z.desk.LookAtParts(t.Context(), z.command("look"), id)
	ok(t, err)
	bill := load[clearance.Manifest](z, dossier.Manifest, id).Bills[0]
	if got := z.debtsOf(bill); len(got) != 0 {
		t.Fatal(got)
	}
}

type between struct {
	clearance.Decider
	do func()
}

func (b *between) Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error) {
	return b.Decider.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		out, err := decide(v)
		if do := b.do; do != nil {
			b.do = nil
			do()
		}
		return out, err
	})
}

func TestAnAmendmentBetweenMatchAndReleaseStopsTheRelease(t *testing.T) {
	z := newZone(t)
	_, m := z.manifest()
	lodged := z.lodge(z.bill(), "")
	if d := z.declaration(lodged.ID); d.State != declaration.Taxed || d.Confirmed.ManifestVersion != 1 {
		t.Fatal(d.State)
	}
	race := &between{Decider: z.store, do: func() {
		// The goods become somebody else's: that
		// breaks the match.
		m.Consignments[0].Consignee = manifest.Party{Code: "91310115MA1K30000B", Name: "SOMEBODY ELSE"}
		_, err := z.send(clearance.Filing{Manifest: m})
		ok(t, err)
	}}
	z.pay(race, lodged)
	if d := z.declaration(lodged.ID); d.State != declaration.PaidOrGuaranteed {
		t.Fatalf("%s: released on a match with the manifest before its amendment", d.State)
	}
	if d := z.rematch(lodged.ID); d.State != declaration.Manual || d.Confirmed.Result != declaration.Conflict || d.Confirmed.ManifestVersion != 2 {
		t.Fatalf("%s %+v", d.State, d.Confirmed)
	}
	if now := load[declaration.Declaration](z, dossier.Declaration, lodged.ID); now.Number != lodged.Number {
		t.Fatal(now.Number)
	}
}
