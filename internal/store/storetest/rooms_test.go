package storetest

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/gate"
	"seine/internal/inspection"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/store"
	"seine/internal/writeoff"
)

func TestTheStatesOfAResidueAreThoseOfItsLife(t *testing.T) {
	want := map[string]bool{}
	for _, s := range writeoff.ResidueLife.States {
		want[string(s.Name)] = s.Final
	}
	if diff := cmp.Diff(want, residueStates); diff != "" {
		t.Error(diff)
	}
}

// The columns of each kind are read from a body of the room's own type: a field
// that is renamed there shows here.
func TestColumnsAreReadFromTheRoomsOwnTypes(t *testing.T) {
	at := clock.MustDate("2026-11-23").Start()
	for _, c := range []struct {
		kind string
		body any
		want map[string]any
	}{
		{
			"enterprise",
			party.Enterprise{CreditCode: "91310000MA1FL0000X", CustomsCode: "3122440001", Name: "洋山物流", Area: "YS", State: "registered"},
			map[string]any{"credit_code": "91310000MA1FL0000X", "customs_code": "3122440001", "name": "洋山物流", "area": "YS", "state": "registered"},
		},
		{
			"session",
			party.Session{TokenHash: "h", User: "u", Expires: at},
			map[string]any{"token_hash": "h", "user_id": "u", "expires": int64(at)},
		},
		{
			"declaration",
			declaration.Declaration{
				Number: "224820261000000001", PreEntryNumber: "P1", Consignee: declaration.Party{CustomsCode: "3122440001"},
				BillOfLading: "BL1", Manifest: "M1", BookNumber: "T2248A", CompetentOffice: "2248", State: "manual", Channel: "high", Procedure: "p", Direction: "import",
				DeclaredOn: at.Date(),
			},
			map[string]any{
				"number": "224820261000000001", "pre_entry_number": "P1", "enterprise": "3122440001", "bill": "BL1", "manifest": "M1", "book": "T2248A",
				"office": "2248", "state": "manual", "channel": "high", "procedure": "p", "direction": "import", "declared_on": "2026-11-23",
			},
		},
		{
			"case",
			casework.Case{Mode: "m", State: "open", Debtor: "e", Lading: "V1|B1", Declaration: "d", List: "l", Book: "b", Area: "YS", Office: "2248"},
			map[string]any{"mode": "m", "state": "open", "debtor": "e", "lading": "V1|B1", "declaration": "d", "list": "l", "book": "b", "area": "YS", "office": "2248"},
		},
		{
			"inspection_order",
			inspection.Order{Number: "n", Subject: "d", Enterprise: "e", DueOn: at.Date(), State: "issued", Office: "2248", Area: "YS"},
			map[string]any{"number": "n", "subject": "d", "enterprise": "e", "due_on": "2026-11-23", "state": "issued", "office": "2248", "area": "YS"},
		},
		{
			"tax_bill",
			revenue.TaxBill{Number: "n", Declaration: "d", Enterprise: "e", Office: "2248", Due: at.Date(), State: "issued"},
			map[string]any{"number": "n", "declaration": "d", "enterprise": "e", "office": "2248", "due_on": "2026-11-23", "state": "issued"},
		},
		{
			"book",
			book.Book{Number: "n", Kind: "logistics", Operator: book.Party{Code: "3122440001"}, CompetentOffice: "2248", Area: "YS", ValidTo: at.Date(), State: "active"},
			map[string]any{"number": "n", "kind": "logistics", "enterprise": "3122440001", "office": "2248", "area": "YS", "valid_to": "2026-11-23", "state": "active"},
		},
		{
			"obligation",
			obligation.Obligation{Kind: "declare", Debtor: "e", Mode: "m", OpenedBy: "d", Due: at.Date(), State: "overdue", Hold: obligation.Hold{Guarantee: "g"}},
			map[string]any{"kind": "declare", "debtor": "e", "overdue": "e", "mode": "m", "opened_by": "d", "due_on": "2026-11-23", "state": "overdue", "guarantee": "g"},
		},
		{
			"obligation",
			obligation.Obligation{Kind: "declare", Debtor: "e", State: "open"},
			map[string]any{"kind": "declare", "debtor": "e", "state": "open"},
		},
		{
			"release_note",
			gate.ReleaseNote{Number: "n", Enterprise: "e", Plate: "沪A12345", EPlate: "r", Area: "YS", State: "approved"},
			map[string]any{"number": "n", "enterprise": "e", "plate": "沪A12345", "e_plate": "r", "area": "YS", "state": "approved"},
		},
		{
			"passage",
			gate.Passage{Readings: gate.Readings{Lane: "L1", Gate: "G1", Area: "YS", CameraPlate: "沪A12345", At: at}, Verdict: gate.Verdict{Outcome: "lift"}},
			map[string]any{"lane": "L1", "gate": "G1", "area": "YS", "plate": "沪A12345", "at_us": int64(at), "outcome": "lift"},
		},
	} {
		body, err := json.Marshal(c.body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.Columns(decision.Kind(c.kind), body)
		if err != nil {
			t.Fatal(err)
		}
		for name := range got { // a room may be searched by more than is shown here
			if _, ok := c.want[name]; !ok {
				delete(got, name)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s\n%s", c.kind, diff, body)
		}
	}
}
