package risk

import "testing"

func TestDefaultTablesCompile(t *testing.T) {
	for _, kind := range []Kind{Declaration, List, Passage} {
		table, err := DefaultTable(kind)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		t.Logf("%s: %d rules over %d facts, epoch %.12s", kind, len(table.rules), len(table.Catalogue.Fields), table.Ref.Epoch)
	}
	if _, err := DefaultTable(Vehicle); err == nil {
		t.Error("a table for vehicles was found")
	}
}
