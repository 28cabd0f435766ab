package manifest

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/fault"
)

func TestWhatASendingMeansForTheHead(t *testing.T) {
	filed, sent := sound(), Manifest{ID: "M1", Transport: Transport{Mode: Sea, MeansName: "OTHER", Journey: "002E"}, PortOfDischarge: "CNSGH", Consignments: []BillOfLading{{Number: "BL9"}}}
	if diff := cmp.Diff(sent, filed.Head(sent, Whole)); diff != "" {
		t.Error("a whole manifest is what was sent:", diff)
	}
	added := filed
	added.Consignments = sent.Consignments
	if diff := cmp.Diff(added, filed.Head(sent, Added)); diff != "" {
		t.Error("added bills leave the head alone:", diff)
	}
	changed := added
	changed.Transport, changed.PortOfDischarge = sent.Transport, "CNSGH"
	if diff := cmp.Diff(changed, filed.Head(sent, Changed)); diff != "" {
		t.Error("a change replaces what it states and no more:", diff)
	}
}

func TestABadBillHindersNoOther(t *testing.T) {
	m := sound()
	for _, number := range []string{"BL2", "BL3"} {
		b := m.Consignments[0]
		b.Number = number
		m.Consignments = append(m.Consignments, b)
	}
	m.Consignments[1].GrossMass = 0
	faults := append(fault.All(m.Check(PrimaryData, nil, day)), fault.New(fault.Invalid, "X-HEAD-01", "/portOfDischarge", "x", "y"))
	good, refused, head := m.Separate(faults, Whole, nil)
	if len(good.Consignments) != 2 || good.Consignments[1].Number != "BL3" || len(refused) != 1 || refused[0].Number != "BL2" || refused[0].Row != 2 || len(head) != 1 {
		t.Errorf("%+v %+v %v", good.Consignments, refused, head)
	}
	if _, refused, _ := m.Separate(nil, Added, m.Consignments[:1]); len(refused) != 1 || !fault.Is(refused[0].Faults, "MAN-BILL-06") {
		t.Errorf("a bill on file is added again: %+v", refused)
	}
}

// Whatever the scope, no bill is lost in silence: after a sending each filed and
// each sent bill is on the manifest, is refused by name, or was left out by a
// sending of the whole.
func TestNoBillIsLostInSilence(t *testing.T) {
	numbers := func(t *rapid.T, name string) (out []BillOfLading) {
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 0, 5, rapid.ID).Draw(t, name) {
			out = append(out, BillOfLading{Number: "B" + strconv.Itoa(n), Master: name})
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		filed, sent := numbers(t, "filed"), numbers(t, "sent")
		scope := rapid.SampledFrom([]Scope{Whole, Added, Changed}).Draw(t, "scope")
		var faults fault.List
		for i := range sent {
			if rapid.Bool().Draw(t, "bad") {
				faults = append(faults, fault.New(fault.Invalid, "X-BILL-01", "/consignments/"+strconv.Itoa(i)+"/goods/0/hs", "x", "y"))
			}
		}
		good, refused, head := Manifest{Consignments: sent}.Separate(faults, scope, filed)
		if len(head) != 0 || len(good.Consignments)+len(refused) != len(sent) {
			t.Fatal(good, refused, head)
		}
		after := map[string]string{}
		for _, b := range Join(filed, good.Consignments, scope, refused) {
			if after[b.Number] != "" {
				t.Fatalf("%s stands twice", b.Number)
			}
			after[b.Number] = b.Master
		}
		for _, b := range good.Consignments {
			if after[b.Number] != "sent" {
				t.Fatalf("%s was taken and is not there", b.Number)
			}
		}
		for _, r := range refused {
			for _, b := range filed {
				if b.Number == r.Number && after[b.Number] != "filed" {
					t.Fatalf("%s was refused and is no longer as it was", b.Number)
				}
			}
		}
		for _, b := range filed {
			if scope != Whole && after[b.Number] == "" {
				t.Fatalf("%s vanished", b.Number)
			}
		}
	})
}
