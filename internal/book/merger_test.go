package book

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

const one = num.OneQuantity

func TestPartsAreMergedIntoLinesThatTheyFit(t *testing.T) {
	b := Book{Lines: []Line{
		{Number: 1, Commodity: "8541400000", Unit: "KGM", Feed: &Conversion{Unit: "PCE", Of: one, Are: 40 * one}},
		{Number: 2, Commodity: "3403990000", Unit: "KGM"},
	}}
	part := func(name string, change func(*PartItem)) PartItem {
		p := PartItem{Part: name, Line: 1, Commodity: "8541400000", Name: "cell", Unit: "KGM"}
		if change != nil {
			change(&p)
		}
		return p
	}
	pieces := func(of, are num.Quantity) func(*PartItem) {
		return func(p *PartItem) { p.Unit, p.Factor = "PCE", &Conversion{Unit: "KGM", Of: of, Are: are} }
	}
	decided := func(part, _ string) string {
		if part == "X" {
			return "85415000"
		}
		return ""
	}
	for name, c := range map[string]struct {
		parts []PartItem
		want  []string
	}{
		"parts that belong together":           {[]PartItem{part("A", nil), part("B", nil)}, nil},
		"a part on two lines":                  {[]PartItem{part("A", nil), part("A", func(p *PartItem) { p.Line = 2 })}, []string{"line 2, part A and A: item"}},
		"a part under two codes":               {[]PartItem{part("A", nil), part("A", func(p *PartItem) { p.Line, p.Commodity = 2, "3403990000" })}, []string{"line 2, part A and A: part"}},
		"a part on no line":                    {[]PartItem{part("A", func(p *PartItem) { p.Line = 9 })}, []string{"line 9, part A: item"}},
		"another code than the line's":         {[]PartItem{part("A", func(p *PartItem) { p.Commodity = "8541500000" })}, []string{"line 1, part A: commodity"}},
		"another unit without a factor":        {[]PartItem{part("A", func(p *PartItem) { p.Unit = "PCE" })}, []string{"line 1, part A: unit"}},
		"the factor of the line":               {[]PartItem{part("A", pieces(40*one, one))}, nil},
		"a factor within a tenth of a percent": {[]PartItem{part("A", pieces(40*one, one+one/1000))}, nil},
		"a factor beyond it":                   {[]PartItem{part("A", pieces(40*one, one+one/1000+1))}, []string{"line 1, part A: factor"}},
		"a consumable with a material":         {[]PartItem{part("A", nil), part("B", func(p *PartItem) { p.Consumable = true })}, []string{"line 1, part B and A: consumable"}},
		"marked by customs":                    {[]PartItem{part("A", func(p *PartItem) { p.Separate = true }), part("B", nil)}, []string{"line 1, part B and A: separate"}},
		"under licence":                        {[]PartItem{part("A", nil), part("B", func(p *PartItem) { p.Licence = true })}, []string{"line 1, part B and A: licence"}},
		"under a trade remedy":                 {[]PartItem{part("A", nil), part("B", func(p *PartItem) { p.Remedy = true })}, []string{"line 1, part B and A: remedy"}},
		"a code that customs decided against":  {[]PartItem{part("X", nil)}, []string{"line 1, part X: classified"}},
	} {
		t.Run(name, func(t *testing.T) {
			b.Parts = c.parts
			found, err := b.CheckParts(decided, num.Percent/10)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range found {
				got = append(got, v.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAListIsHeldAgainstTheMergerOfItsBook(t *testing.T) {
	b := &Book{
		Lines: []Line{{Number: 1, Commodity: "2204210000", Unit: "LTR", LegalUnit: "KGM", Legal: &Conversion{Unit: "KGM", Of: 100 * one, Are: 98 * one}}, {Number: 2, Commodity: "2204100000", Unit: "LTR"}},
		Parts: []PartItem{{Part: "P1", Line: 1, Commodity: "2204210000"}, {Part: "P2", Line: 2, Commodity: "2204100000"}},
	}
	line := ListLine{Number: 1, BookLine: 1, PartNumber: "P1", Commodity: "2204210000", Name: "wine", Quantity: 50 * one, Unit: "LTR", LegalQuantity: 49 * one, LegalUnit: "KGM"}
	rules, err := Parameters(nil).At(clock.MustDate("2026-11-23"))
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[MergeRule]func(*ListLine){
		"":              func(*ListLine) {},
		MergeItem:       func(l *ListLine) { l.PartNumber, l.Commodity = "P2", "2204100000" },
		MergePart:       func(l *ListLine) { l.PartNumber, l.BookLine, l.LegalUnit, l.LegalQuantity = "P2", 2, "", 0 },
		MergeFactor:     func(l *ListLine) { l.LegalQuantity = 50 * one },
		MergeClassified: func(l *ListLine) { l.Name = "sparkling" },
	} {
		l := line
		change(&l)
		_, found, err := MergeList([]ListLine{l}, b, func(_, name string) string {
			return map[string]string{"sparkling": "220410"}[name]
		}, rules)
		if err != nil || len(found) != min(1, len(want)) || len(found) > 0 && found[0].Rule != want {
			t.Errorf("%q: %v %v", want, found, err)
		}
	}
}

func TestMergedSumsAreExactToTheLastDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ListLine {
			q := rapid.Int64Range(1, 1_000_000_000_000)
			return ListLine{
				BillLine: rapid.IntRange(0, 3).Draw(t, "bill"), Commodity: rapid.SampledFrom([]string{"2204210000", "2204100000"}).Draw(t, "code"), Unit: "LTR", Currency: "USD",
				Quantity: num.Quantity(q.Draw(t, "q")), LegalQuantity: num.Quantity(q.Draw(t, "l")), GrossMass: num.Quantity(q.Draw(t, "g")), NetMass: num.Quantity(q.Draw(t, "n")), Total: num.Money(q.Draw(t, "t")),
			}
		}), 1, 30).Draw(t, "lines")
		for i := range lines {
			lines[i].Number = i + 1
		}
		bills, _, err := Merge(lines, nil, PriceDeviation)
		if fault.Is(err, "BOOK-PRICE-01") {
			// Only a line or a bill whose price no bill of entry could hold is refused;
			// what a sum of lines costs lies between its dearest and its cheapest line.
			if !slices.ContainsFunc(lines, func(l ListLine) bool {
				return new(big.Int).Mul(big.NewInt(int64(l.Total)), big.NewInt(10_000_000)).Cmp(new(big.Int).Mul(big.NewInt(math.MaxInt64), big.NewInt(int64(l.Quantity)))) > 0
			}) {
				t.Fatal(err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var want, got [5]int64
		var members []int
		for _, l := range lines {
			for i, v := range []int64{int64(l.Quantity), int64(l.LegalQuantity), int64(l.GrossMass), int64(l.NetMass), int64(l.Total)} {
				want[i] += v
			}
		}
		for _, b := range bills {
			for i, v := range []int64{int64(b.Quantity), int64(b.LegalQuantity), int64(b.GrossMass), int64(b.NetMass), int64(b.Total)} {
				got[i] += v
			}
			members = append(members, b.ListLines...)
		}
		slices.Sort(members)
		if want != got || len(members) != len(lines) || members[0] != 1 || members[len(members)-1] != len(lines) {
			t.Fatalf("%v became %v, lines %v", want, got, members)
		}
	})
}

func TestTheConsumptionOfADayIsThatOfTheVersionThatHolds(t *testing.T) {
	until := clock.MustDate("2026-06-30")
	all := []Consumption{
		{Product: 3, Material: 1, Version: 2, NetUse: 95},
		{Product: 3, Material: 1, Version: 1, NetUse: 97, ValidTo: until},
		{Product: 3, Material: 2, Version: 1, NetUse: 5},
		{Product: 4, Material: 1, Version: 1, NetUse: 50},
	}
	for day, want := range map[clock.Date][]num.Quantity{until: {97, 5}, until + 1: {95, 5}} {
		var got []num.Quantity
		for _, c := range ConsumptionOn(all, 3, day) {
			got = append(got, c.NetUse)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", day, got, want)
		}
	}
	if got := ConsumptionOn(all, 9, until); len(got) != 0 {
		t.Errorf("a product without consumption: %v", got)
	}
}

func TestConversionsAreExact(t *testing.T) {
	dozen := Conversion{Unit: "LTR", Of: 12 * one, Are: 9 * one}
	if q, err := dozen.To(16 * one); err != nil || q != 12*one {
		t.Error(q, err)
	}
	third := Conversion{Unit: "KGM", Of: 3 * one, Are: one}
	rapid.Check(t, func(t *rapid.T) {
		n := num.Quantity(rapid.Int64Range(1, 1_000_000_000).Draw(t, "n"))
		there, err := third.To(3 * n)
		if err != nil || there != n {
			t.Fatal(there, err)
		}
		if back, err := third.Back(there); err != nil || back != 3*n {
			t.Fatal(back, err)
		}
	})
	b := Book{Kind: Logistics, Posting: ByPart, Operator: Party{Code: "3111940001"}, Lines: []Line{{
		Number: 1, Kind: Part, Commodity: "2204210000", Name: "wine", Unit: "PCE", LegalUnit: "LTR", Legal: &Conversion{Unit: "LTR"},
	}}}
	if err := b.Validate(); !fault.Is(err, "BOOK-UNIT-01") {
		t.Error(err)
	}
	b.Lines[0].Legal = &Conversion{Unit: "KGM", Of: one, Are: one}
	if err := b.Validate(); !fault.Is(err, "BOOK-UNIT-02") {
		t.Error(err)
	}
}

func TestAFlowBalances(t *testing.T) {
	at := func(p ledger.Place) string {
		return ledger.Account{Ledger: ledger.Legal, Owner: "E", Item: "book/T/1", Place: p, Status: ledger.Bonded}.Key()
	}
	days := clock.MustDate("2026-11-01")
	move := func(from, to ledger.Place, n int, day int, kind ledger.Kind) ledger.Movement {
		return ledger.Movement{Kind: kind, From: at(from), To: at(to), Quantity: num.Quantity(n), EffectiveOn: days.AddDays(day)}
	}
	f := NewFlow(at(ledger.OnHand), []ledger.Movement{
		move(ledger.OnHand, ledger.HomeMarket, 9, 5, ledger.Settle), move(ledger.OnHand, ledger.HomeMarket, 9, 4, ledger.Reserve), move(ledger.OnHand, ledger.OtherBook, 3, 3, ledger.Settle),
		move(ledger.Abroad, ledger.OnHand, 20, 2, ledger.Settle), move(ledger.Abroad, ledger.OnHand, 5, 40, ledger.Post),
	}, 4, days, days.AddDays(10))
	want := Flow{
		From: days, To: days.AddDays(10), Opening: 4, Closing: 12, In: []Stream{{ledger.Abroad, 20, 1}},
		Out: []Stream{{ledger.HomeMarket, 9, 1}, {ledger.OtherBook, 3, 1}},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
}
