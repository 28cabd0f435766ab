package procedure_test

import (
	"testing"

	"seine/internal/declaration"
	"seine/internal/procedure"
	"seine/procedures"
)

func shipped(t testing.TB) *procedure.Catalogue {
	t.Helper()
	c, err := procedure.Load(procedures.Files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// known is what the house knows today; modes are proven against it.
func known() procedure.Known {
	return procedure.Known{Elements: map[procedure.Paper][]string{
		procedure.FilingBill: declaration.Elements(), procedure.BillOfEntry: declaration.Elements(),
		procedure.LadingApplication: declaration.Elements(),
	}}
}

func TestEveryShippedModeIsProven(t *testing.T) {
	for _, m := range shipped(t).List() {
		for _, f := range procedure.Check(m, known()) {
			t.Errorf("%s: %v", m.Ref(), f)
		}
	}
}
