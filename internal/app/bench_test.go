package app

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"seine/internal/clearance"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/registry"
)

// ordinary opens a zone with a registered importer and gives it with the body of
// an ordinary import of so many lines, as it comes in over the wire.
func ordinary(b testing.TB, lines int) (*App, []byte) {
	a := open(b)
	ctx := b.Context()
	day := a.Clock.Now().Date()
	rates := []registry.ExchangeRate{{Currency: "USD", From: day.AddMonths(-1), Rate: 717_950_000, Source: "test"}}
	if _, err := a.Registry.Rate(ctx, command("rates", a), decision.System, rates); err != nil {
		b.Fatal(err)
	}
	e := party.Enterprise{
		ID: clerk.Enterprise, CreditCode: codelist.CreditCode(clerk.Enterprise), Name: "测量贸易", Kinds: []party.Kind{party.Trader},
		RegisteredOn: day.AddMonths(-30), State: party.Registered,
	}
	if _, err := a.Registry.Register(ctx, command("enterprise.register", a), decision.System, e); err != nil {
		b.Fatal(err)
	}
	if err := a.Reload(ctx); err != nil {
		b.Fatal(err)
	}
	d := importBill(day)
	d.Consignee.ForeignCode, d.Consignee.CreditCode, d.Consignee.Country = "", clerk.Enterprise, "CN"
	d.Declarant = d.Consignee
	line := d.Lines[0]
	d.GrossMass, d.NetMass, d.Lines = num.Quantity(lines)*d.GrossMass, num.Quantity(lines)*d.NetMass, nil
	for n := range lines {
		line.Number = n + 1
		line.Commodity = [...]declaration.CommodityCode{"2009110000", "8541290000", "3303000000"}[n%3]
		d.Lines = append(d.Lines, line)
	}
	body, err := json.Marshal(clearance.Lodging{Declaration: d})
	if err != nil {
		b.Fatal(err)
	}
	return a, body
}

// BenchmarkDecodeLodging reads a declaration of ten lines (bar P15).
func BenchmarkDecodeLodging(b *testing.B) {
	for _, lines := range []int{3, 10} {
		_, body := ordinary(b, lines)
		b.Run(fmt.Sprint(lines), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var l clearance.Lodging
				if err := json.Unmarshal(body, &l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// thinking is a decider that only lets decisions be taken.
type thinking struct{ view decision.View }

func (t thinking) Decide(_ context.Context, _ decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error) {
	_, err := decide(t.view)
	return decision.Receipt{}, err
}

func (t thinking) Preview(context.Context, decision.Command, func(decision.View) (decision.Outcome, error)) (decision.Effects, error) {
	panic("not previewed")
}

// BenchmarkStory is what the story of lodging costs without storage: checked,
// taxed, judged, its case moved on.
func BenchmarkStory(b *testing.B) {
	a, body := ordinary(b, 3)
	var l clearance.Lodging
	if err := json.Unmarshal(body, &l); err != nil {
		b.Fatal(err)
	}
	_, err := a.Store.Preview(b.Context(), command("look", a), func(v decision.View) (decision.Outcome, error) {
		desk := clearance.New(thinking{v}, a.Reference)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := desk.Lodge(b.Context(), command("declaration.lodge", a), clerk, l); err != nil {
				b.Fatal(err)
			}
		}
		return decision.Outcome{}, nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLodge is everything but HTTP, from 256 callers.
func BenchmarkLodge(b *testing.B) {
	a, body := ordinary(b, 3)
	b.SetParallelism(128)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			var l clearance.Lodging
			if err := json.Unmarshal(body, &l); err != nil {
				b.Error(err)
				return
			}
			if _, err := a.Clearance.Lodge(b.Context(), command("declaration.lodge", a), clerk, l); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
