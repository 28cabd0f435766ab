package guarantee

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

type nothing struct{}

func (nothing) Balance(string) (ledger.Balance, error)       { return ledger.Balance{}, nil }
func (nothing) Pending(string) (ledger.Pending, bool, error) { return ledger.Pending{}, false, nil }

func letter() Guarantee {
	return Guarantee{
		Number: "G1", Enterprise: "e1", Form: Letter, Beneficiary: Customs, Guarantor: "bank", Obligation: "taxes", Liability: "joint and several", Limit: 1000_00,
		ValidFrom: clock.MustDate("2026-01-01"), ValidTo: clock.MustDate("2026-12-31"), State: Active,
	}
}

// Whatever is held, freed, called, restored, topped up and lowered, in whatever
// order and however often the books refuse: held, used and free are the limit.
func TestHeldUsedAndFreeAreTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := letter()
		books := ledger.NewOverlay(nothing{})
		on := clock.MustDate("2026-06-01")
		post := func(op ledger.Op, err error) error {
			if err != nil {
				return err
			}
			return books.Apply(0, op)
		}
		if err := post(g.Grant("grant", on)); err != nil {
			t.Fatal(err)
		}
		for i := range rapid.IntRange(0, 40).Draw(t, "steps") {
			amount := num.Money(rapid.Int64Range(1, 1500_00).Draw(t, "amount"))
			id := string(rune('a'+i%26)) + string(rune('a'+i/26))
			var err error
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				err = post(g.Hold(id, amount, on, "o"))
			case 1:
				err = post(g.Release(id, amount, on, "o"))
			case 2:
				err = post(g.Call(id, amount, on, "o"))
			case 3:
				err = post(g.Restore(id, amount, on, "o"))
			case 4:
				if err = post(g.TopUp(id, amount, on, "o")); err == nil {
					g.Limit += amount
				}
			case 5:
				if err = post(g.Lower(id, amount, on, "o")); err == nil {
					g.Limit -= amount
				}
			}
			if err != nil && fault.All(err) == nil {
				t.Fatal(err)
			}
			var sum num.Money
			for _, a := range []ledger.Account{g.HeldAccount(), g.UsedAccount(), g.FreeAccount()} {
				b, err := books.Balance(a.Key())
				if err != nil || b.Quantity < 0 {
					t.Fatalf("%s: %d %v", a.Key(), b.Quantity, err)
				}
				sum += ledger.MoneyOf(b.Quantity)
			}
			if sum != g.Limit {
				t.Fatalf("%d of %d", sum, g.Limit)
			}
		}
	})
}

func TestALetterNamesWhatTheRegulationsAsk(t *testing.T) {
	if err := letter().Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Guarantee)
		want   string
	}{
		{"beneficiary", func(g *Guarantee) { g.Beneficiary = "" }, "GUARANTEE-FIELD-02"},
		{"another beneficiary", func(g *Guarantee) { g.Beneficiary = "somebody" }, "GUARANTEE-BENEFICIARY-01"},
		{"guarantor", func(g *Guarantee) { g.Guarantor = "" }, "GUARANTEE-FIELD-01"},
		{"guaranteed", func(g *Guarantee) { g.Enterprise = "" }, "GUARANTEE-FIELD-01"},
		{"obligation", func(g *Guarantee) { g.Obligation = "" }, "GUARANTEE-FIELD-02"},
		{"amount", func(g *Guarantee) { g.Limit = 0 }, "GUARANTEE-LIMIT-01"},
		{"term", func(g *Guarantee) { g.ValidTo = g.ValidFrom - 1 }, "GUARANTEE-TERM-01"},
		{"liability", func(g *Guarantee) { g.Liability = "" }, "GUARANTEE-FIELD-02"},
		{"form", func(g *Guarantee) { g.Form = "promise" }, "GUARANTEE-FORM-01"},
	} {
		g := letter()
		c.change(&g)
		if err := g.Validate(); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	deposit := letter()
	deposit.Form, deposit.Guarantor, deposit.Obligation, deposit.Liability = Deposit, "", "", ""
	if err := deposit.Validate(); err != nil {
		t.Error(err)
	}
	if err := MayBeSpared(4, 5); !fault.Is(err, "GUARANTEE-EXEMPT-01") {
		t.Error(err)
	}
}

func TestTheExposureOfTheDaysToCome(t *testing.T) {
	g := letter()
	d := clock.MustDate
	debts := []Due{
		{Day: d("2026-12-20"), Owed: 30_00, Held: 30_00},
		{Day: d("2026-11-01"), Owed: 10_00, Held: 10_00},
		{Day: d("2026-12-07"), Owed: 100_00, Held: 100_00},
		{Day: d("2027-01-07"), Owed: 60_00, Held: 60_00},
	}
	want := []ExposureDay{
		{Day: d("2026-11-23"), Due: 10_00, Held: 200_00, Free: 800_00},
		{Day: d("2026-12-07"), Due: 100_00, Held: 100_00, Free: 900_00},
		{Day: d("2026-12-20"), Due: 30_00, Held: 70_00, Free: 930_00},
		{Day: d("2026-12-31"), Held: 70_00, Free: 930_00, Ends: true},
		{Day: d("2027-01-01"), Held: 70_00},
		{Day: d("2027-01-07"), Due: 60_00, Held: 10_00},
	}
	if diff := cmp.Diff(want, g.Exposure(Standing{Limit: 1000_00, Held: 200_00, Free: 800_00}, d("2026-11-23"), debts)); diff != "" {
		t.Error(diff)
	}
	alarms, err := g.Alarms(Standing{Limit: 1000_00, Held: 950_00, Free: 50_00}, d("2026-12-05"), 30, 10_000_000)
	if diff := cmp.Diff([]string{AlarmExpires, AlarmShort}, alarms); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
