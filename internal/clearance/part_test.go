package clearance_test

import (
	"slices"
	"testing"

	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/ledger"
	"seine/internal/manifest"
	"seine/internal/num"
)

// send files a manifest and gives the reply.
func (z *zone) send(f clearance.Filing) (reply clearance.ManifestReply, err error) {
	z.t.Helper()
	r, err := z.desk.ReceiveManifest(z.t.Context(), z.command("manifest"), carrier, f)
	if err == nil {
		z.read(r.Reply, &reply)
	}
	return reply, err
}

// another gives a bill of lading of another number.
func another(b manifest.BillOfLading, number string) manifest.BillOfLading {
	b.Number = number
	b.Goods = slices.Clone(b.Goods)
	return b
}

// undrawn gives the packages that stand on the bills of a manifest.
func (z *zone) undrawn(id string) (numbers []string, packages num.Quantity) {
	z.t.Helper()
	for _, bill := range load[clearance.Manifest](z, dossier.Manifest, id).Bills {
		b := load[clearance.BillOfLading](z, dossier.BillOfLading, bill)
		numbers = append(numbers, b.Number)
		z.decide(func(v decision.View) (decision.Outcome, error) {
			held, err := v.Balance(ledger.Account{Ledger: ledger.Legal, Owner: "office/2218", Item: "bl/" + bill + "/packages", Place: ledger.Undrawn}.Key())
			packages += held.Quantity
			return decision.Outcome{}, err
		})
	}
	slices.Sort(numbers)
	return numbers, packages
}

func TestGoodBillsOfLadingGoOnWhenOneIsBad(t *testing.T) {
	z := newZone(t)
	_, m := z.manifest()
	m.ID = "M2"
	bad := another(m.Consignments[0], "BL2")
	bad.GrossMass = 0
	m.Consignments = []manifest.BillOfLading{another(m.Consignments[0], "BL3"), bad, another(m.Consignments[0], "BL4")}
	reply, err := z.send(clearance.Filing{Manifest: m})
	ok(t, err)
	if len(reply.Refused) != 1 || reply.Refused[0].Number != "BL2" || reply.Refused[0].Row != 2 || reply.Refused[0].Faults[0].Code != "MAN-MASS-01" {
		t.Fatalf("%+v", reply)
	}
	if numbers, packages := z.undrawn(reply.ID); !slices.Equal(numbers, []string{"BL3", "BL4"}) || packages != 200*num.OneQuantity {
		t.Error(numbers, packages)
	}
	// It comes later, as an addition.
	reply, err = z.send(clearance.Filing{Manifest: manifest.Manifest{ID: "M2", Kind: manifest.Original, Consignments: []manifest.BillOfLading{another(m.Consignments[0], "BL2")}}, Scope: manifest.Added})
	ok(t, err)
	if numbers, packages := z.undrawn(reply.ID); !slices.Equal(numbers, []string{"BL2", "BL3", "BL4"}) || packages != 300*num.OneQuantity || reply.Version != 2 {
		t.Error(numbers, packages, reply)
	}
	// Nothing is taken of a manifest whose head, or whose every bill, is bad.
	m.Consignments = []manifest.BillOfLading{bad}
	_, err = z.send(clearance.Filing{Manifest: m})
	wants(t, err, "MAN-MASS-01")
	m.Consignments, m.PortOfDischarge = []manifest.BillOfLading{another(bad, "BL5"), bad}, ""
	_, err = z.send(clearance.Filing{Manifest: m})
	wants(t, err, "MAN-PORT-01")
}

func TestAnAmendmentLeavesABillWhoseNewFormIsRefusedAsItWas(t *testing.T) {
	z := newZone(t)
	id, m := z.manifest()
	m.Consignments = append(m.Consignments, another(m.Consignments[0], "BL2"))
	m.Consignments[0].GrossMass = 0
	reply, err := z.send(clearance.Filing{Manifest: m})
	ok(t, err)
	if numbers, packages := z.undrawn(id); reply.ID != id || !slices.Equal(numbers, []string{"BL1", "BL2"}) || packages != 200*num.OneQuantity {
		t.Error(numbers, packages, reply)
	}
}

func TestAMessageThatAddsOrChangesIsJoinedToTheManifestOnFile(t *testing.T) {
	z := newZone(t)
	id, m := z.manifest()
	part := manifest.Manifest{ID: "m1", Kind: manifest.Original, Consignments: []manifest.BillOfLading{another(m.Consignments[0], "BL2")}}
	reply, err := z.send(clearance.Filing{Manifest: part, Scope: manifest.Added})
	ok(t, err)
	if numbers, _ := z.undrawn(id); reply.ID != id || !slices.Equal(numbers, []string{"BL1", "BL2"}) {
		t.Fatal(numbers, reply)
	}
	_, err = z.send(clearance.Filing{Manifest: part, Scope: manifest.Added})
	wants(t, err, "MAN-BILL-06")
	// A change of one bill leaves the other alone; one of the head leaves both.
	part.Consignments[0].Packages, part.Consignments[0].Goods[0].Packages = 7*num.OneQuantity, 7*num.OneQuantity
	_, err = z.send(clearance.Filing{Manifest: part, Scope: manifest.Changed})
	ok(t, err)
	part.Consignments = nil
	part.ArrivalEstimated = manifest.Moment{Day: m.ArrivalEstimated.Day + 1}
	reply, err = z.send(clearance.Filing{Manifest: part, Scope: manifest.Changed})
	ok(t, err)
	if numbers, packages := z.undrawn(id); !slices.Equal(numbers, []string{"BL1", "BL2"}) || packages != 107*num.OneQuantity {
		t.Fatal(numbers, packages, reply)
	}
	if now := load[clearance.Manifest](z, dossier.Manifest, id); now.Version != 4 || now.Content.ArrivalEstimated != part.ArrivalEstimated || now.Content.Transport != m.Transport {
		t.Errorf("%+v", now)
	}
	// What is not on file must stand by itself.
	part.ID = "M7"
	_, err = z.send(clearance.Filing{Manifest: part, Scope: manifest.Added})
	wants(t, err, "CLR-MANIFEST-04")
	m.ID = "M8"
	reply, err = z.send(clearance.Filing{Manifest: m, Scope: manifest.Added})
	ok(t, err)
	if len(reply.Warnings) != 1 || reply.Warnings[0].Code != "CLR-MANIFEST-04" {
		t.Errorf("%+v", reply)
	}
}
