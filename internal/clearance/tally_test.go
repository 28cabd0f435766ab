package clearance_test

import (
	"context"
	"testing"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/manifest"
	"seine/internal/num"
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
	_, err = z.desk.ManifestTallied(t.Context(), z.command("tally"), carrier, id, []clearance.TallyLine{{Bill: "BL1", Packages: 98 * num.OneQuantity}})
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
	_, err = z.desk.ManifestTallied(t.Context(), z.command("tally"), carrier, id, []clearance.TallyLine{{Bill: "BL1", Packages: 100 * num.OneQuantity}})
	ok(t, err)
	z.pay(z.store, lodged)
	if d := z.declaration(lodged.ID); d.State != declaration.Released {
		t.Fatal(d.State)
	}
}

// between is a store in which something else is written between the moment a
// decision is made and the moment it is.
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
