package writeoff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/num"
	"seine/internal/writeoff"
)

// grams knows that a thousand grams are a kilogram, and three somethings a thing.
type grams struct{}

func (grams) Factor(from, to string) (codelist.Ratio, error) {
	switch from + to {
	case "GRMKGM":
		return codelist.Ratio{Num: 1, Den: 1000}, nil
	case "XXXKGM":
		return codelist.Ratio{Num: 1, Den: 3}, nil
	}
	return codelist.Ratio{}, fault.New(fault.Invalid, "TEST-UNIT-01", "", "no", "no")
}

func TestWorkOrdersAsTheyAreSent(t *testing.T) {
	b := wigs(book.WorkOrder)
	today := clock.MustDate("2026-06-30")
	on := clock.MustDate("2026-06-01")
	order := func(p writeoff.Portion) []writeoff.Order {
		return []writeoff.Order{{Number: "W1", State: writeoff.OrderClosed, Issues: []writeoff.Portion{p}}}
	}
	got, err := writeoff.CheckOrders(b, order(writeoff.Portion{Part: "FIB", Quantity: 2500 * num.OneQuantity, Unit: "GRM", On: on, Row: 4}), today, grams{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(order(writeoff.Portion{Line: 1, Quantity: 2*num.OneQuantity + 50_000, On: on}), got); diff != "" {
		t.Error(diff)
	}
	good := writeoff.Portion{Line: 1, Quantity: 1, On: on}
	changed := func(do func(*writeoff.Portion)) []writeoff.Order {
		p := good
		do(&p)
		return order(p)
	}
	for _, c := range []struct {
		name       string
		orders     []writeoff.Order
		code, path string
	}{
		{"no such line", changed(func(p *writeoff.Portion) { p.Line = 9 }), "WRITEOFF-ORDER-05", "/orders/0/issues/0/line"},
		{"no such part of a file", changed(func(p *writeoff.Portion) { p.Line, p.Part, p.Row = 0, "X", 7 }), "WRITEOFF-ORDER-05", "/row/7/part"},
		{"line and part disagree", changed(func(p *writeoff.Portion) { p.Part = "CAP" }), "WRITEOFF-ORDER-06", "/orders/0/issues/0/part"},
		{"a unit that is none of the line", changed(func(p *writeoff.Portion) { p.Unit, p.Row = "MTR", 5 }), "WRITEOFF-ORDER-07", "/row/5/unit"},
		{"a unit that does not come out", changed(func(p *writeoff.Portion) { p.Unit = "XXX" }), "WRITEOFF-ORDER-07", "/orders/0/issues/0/unit"},
		{"nothing", changed(func(p *writeoff.Portion) { p.Quantity = 0 }), "WRITEOFF-ORDER-02", "/orders/0/issues/0/quantity"},
		{"no day", changed(func(p *writeoff.Portion) { p.On = 0 }), "WRITEOFF-ORDER-10", "/orders/0/issues/0/on"},
		{"a day to come", changed(func(p *writeoff.Portion) { p.On = today + 1 }), "WRITEOFF-ORDER-10", "/orders/0/issues/0/on"},
		{"no state", []writeoff.Order{{Number: "W1", State: "done", Row: 2}}, "WRITEOFF-ORDER-08", "/row/2/state"},
		{"no number", []writeoff.Order{{State: writeoff.OrderOpen}}, "WRITEOFF-ORDER-09", "/orders/0/number"},
		{"given twice", []writeoff.Order{{Number: "W1", State: writeoff.OrderOpen}, {Number: "W1", State: writeoff.OrderOpen}}, "WRITEOFF-ORDER-12", "/orders/1/number"},
		{"reverses itself", []writeoff.Order{{Number: "W1", State: writeoff.OrderOpen, Reverses: "W1"}}, "WRITEOFF-ORDER-13", "/orders/0/reverses"},
	} {
		_, err := writeoff.CheckOrders(b, c.orders, today, grams{})
		all := fault.All(err)
		if len(all) != 1 || all[0].Code != c.code || all[0].Path != c.path {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestWhatTheFeedTellsIsNotGivenTwice(t *testing.T) {
	on := clock.MustDate("2026-06-01")
	told := writeoff.OrderOf(&feed.WorkOrder{Number: "W1", State: writeoff.OrderClosed, Days: []feed.Day{
		{On: on, Kind: feed.Issue, Line: 1, Lot: "A", Bonded: true, Quantity: 7},
		{On: on, Kind: feed.Issue, Line: 1, Quantity: 3}, // domestic goods are of no book
		{On: on, Kind: feed.Output, Line: 3, Bonded: true, Quantity: 2},
	}})
	want := writeoff.Order{
		Number: "W1", State: writeoff.OrderClosed, Source: writeoff.FromFeed,
		Issues: []writeoff.Portion{{Line: 1, Lot: "A", Quantity: 7, On: on}}, Outputs: []writeoff.Portion{{Line: 3, Quantity: 2, On: on}},
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Fatal(diff)
	}
	byHand := []writeoff.Order{{Number: "W1", State: writeoff.OrderOpen}, {Number: "W2", State: writeoff.OrderClosed}}
	known := writeoff.TellOrders(byHand, []writeoff.Order{told})
	if len(known) != 2 || known[0].Number != "W2" || known[1].Source != writeoff.FromFeed {
		t.Fatalf("the feed's record counts, and only once: %+v", known)
	}
	if again := writeoff.TellOrders(known, []writeoff.Order{told}); len(again) != 2 {
		t.Errorf("told again: %+v", again)
	}
	never := func(string) (bool, error) { return false, nil }
	other := told
	other.Source, other.Outputs = "", nil
	if _, err := writeoff.TakeOrders(known, []writeoff.Order{other}, []int{3}, never); !fault.Is(err, "WRITEOFF-ORDER-14") || fault.All(err)[0].Path != "/row/3/number" {
		t.Errorf("given beside the feed: %v", err)
	}
	same := told
	same.Source = ""
	if got, err := writeoff.TakeOrders(known, []writeoff.Order{same}, []int{0}, never); err != nil || len(got) != 2 {
		t.Errorf("the sheet that was given out comes back: %v", err)
	}
	back := writeoff.Order{Number: "W3", State: writeoff.OrderClosed, Reverses: "W0"}
	if _, err := writeoff.TakeOrders(known, []writeoff.Order{back}, []int{0}, never); !fault.Is(err, "WRITEOFF-ORDER-11") || fault.All(err)[0].Path != "/orders/0/reverses" {
		t.Errorf("reverses what nobody knows: %v", err)
	}
	if _, err := writeoff.TakeOrders(known, []writeoff.Order{back}, []int{0}, func(n string) (bool, error) { return n == "W0", nil }); err != nil {
		t.Errorf("reverses an order of an earlier period: %v", err)
	}
}
