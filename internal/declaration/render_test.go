package declaration

import (
	"encoding/json"
	"testing"

	"seine/internal/jsonform/formtest"
)

func TestItIsWrittenAsTheStandardLibraryDoes(t *testing.T) {
	formtest.Same(t, Declaration.AppendJSON)
}

func BenchmarkRender(b *testing.B) {
	d := Declaration{
		ID: "1k1dc1ztrq5001", Number: "221820261000000001", Kind: BillOfEntry, Direction: Import, Procedure: "import-direct", State: "taxed", Version: 1,
		EntryOffice: "2218", CompetentOffice: "2218", DeclaredOn: 20786, EntryOn: 20786, Consignee: Party{CreditCode: "91310000MA1FL0EW6M", Name: "贸易", Country: "CN"},
		TradeMode: "0110", LevyNature: "101", TradeCountry: "US", Terms: CIF, Currency: "USD", Packages: 100_000, GrossMass: 300_000_000, NetMass: 270_000_000,
		Times: Times{Created: 1_795_962_116_596_437, Submitted: 1_795_962_116_596_437, Accepted: 1_795_962_116_596_437, Taxed: 1_795_962_116_596_437},
	}
	for n := range 3 {
		d.Lines = append(d.Lines, GoodsItem{
			Number: n + 1, Commodity: "2009110000", Name: "frozen orange juice", Quantity: 90_000_000, Unit: "KGM", LegalQuantity: 90_000_000, LegalUnit: "KGM",
			Total: 180_000, Origin: "US", LevyMode: "1", NetMass: 90_000_000,
		})
	}
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(&d); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.AppendJSON(nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
