package risk

import "testing"

// A catalogue is read whole or refused, and what is read can be used.
func FuzzReadFields(f *testing.F) {
	f.Add(catalogueFile)
	f.Add([]byte("fields:\n- {name: hs, type: text, line: true}\n"))
	f.Add([]byte("fields: [&a {name: *a}]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fields, err := ReadFields(b)
		if err != nil {
			return
		}
		c, err := NewCatalogue(Declaration, fields)
		if err == nil && NewFacts(c, 1).Lines() != 0 {
			t.Fatal("new facts have lines")
		}
	})
}
