package revenue

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

var rule = LateRule{PerDay: 50_000, Minimum: 50_00, Rounding: num.HalfUp}

func bill(t interface{ Fatal(...any) }, total num.Money) TaxBill {
	b, err := New(TaxBill{
		Number: "T1", Declaration: "d1", Enterprise: "e1", Office: "2218", Due: clock.MustDate("2026-11-15"),
		Lines: []Line{{Tax: "duty", Amount: total}}, Shares: []Share{{"20", "duty", total}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, on := range []Event{EventConfirm, EventIssue} {
		if b, err = b.Apply(on); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestEachPaymentHasOneOutcome(t *testing.T) {
	on, late := clock.MustDate("2026-11-15"), clock.MustDate("2026-11-26")
	for _, c := range []struct {
		name   string
		paid   []num.Money
		on     clock.Date
		want   Split
		state  State
		before State
	}{
		{"exactly what is owed settles the bill", []num.Money{123_456_78}, on, Split{Result: Exact, Tax: 123_456_78}, Paid, ""},
		{"a part is booked and the bill stays open", []num.Money{100_00}, on, Split{Result: Partial, Tax: 100_00}, Issued, ""},
		{"too much settles it and the rest belongs to the payer", []num.Money{123_456_79}, on, Split{Result: Over, Tax: 123_456_78, Excess: 1}, Paid, ""},
		{"a second payment is the payer's", []num.Money{123_456_78, 123_456_78}, on, Split{Result: Twice, Excess: 123_456_78}, Paid, ""},
		{"eleven days late the tax alone leaves the fee open (T15)", []num.Money{123_456_78}, late, Split{Result: Partial, Tax: 123_456_78, Charged: 679_01}, Overdue, ""},
		{"with the fee it is settled", []num.Money{124_135_79}, late, Split{Result: Exact, Tax: 123_456_78, Fee: 679_01, Charged: 679_01}, Paid, ""},
		{"a withdrawn bill takes nothing", []num.Money{1_00}, on, Split{Result: NotOwed, Excess: 1_00}, Withdrawn, Withdrawn},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bill(t, 123_456_78)
			if c.before != "" {
				b.State = c.before
			}
			var s Split
			for _, amount := range c.paid {
				var err error
				if b, s, err = b.Receive(amount, Credit{Payment: "p", On: c.on, By: ByPayer}, rule); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(c.want, s); diff != "" {
				t.Error(diff)
			}
			if b.State != c.state {
				t.Errorf("state %s, want %s", b.State, c.state)
			}
		})
	}
	if _, _, err := bill(t, 1).Receive(0, Credit{}, rule); !fault.Is(err, "REVENUE-AMOUNT-01") {
		t.Errorf("nothing is no payment: %v", err)
	}
}

// Whatever is paid in whatever parts: nothing is lost, the fee only grows, what is
// booked never exceeds what is asked for, and refunds never what was paid.
func TestMoneyIsNeverLostNorMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := bill(t, num.Money(rapid.Int64Range(1, 1_000_000_00).Draw(t, "total")))
		day := b.Due - 5
		var paid, excess, fee num.Money
		for range rapid.IntRange(1, 8).Draw(t, "payments") {
			day += clock.Date(rapid.IntRange(0, 60).Draw(t, "days"))
			amount := num.Money(rapid.Int64Range(1, 700_000_00).Draw(t, "amount"))
			before := b
			next, s, err := b.Receive(amount, Credit{Payment: "p", On: day, By: ByPayer}, rule)
			if err != nil {
				t.Fatal(err)
			}
			if s.Tax+s.Fee+s.Excess != amount || s.Tax < 0 || s.Fee < 0 || s.Excess < 0 || s.Charged < 0 {
				t.Fatalf("%+v of %d", s, amount)
			}
			if len(before.Credits) > 0 && len(next.Credits) > len(before.Credits) && &before.Credits[0] == &next.Credits[0] {
				t.Fatal("the bill before shares its payments with the bill after")
			}
			b, paid, excess = next, paid+amount, excess+s.Excess
			if b.Fee < fee || b.Rest() < 0 || b.FeeOpen() < 0 || b.PaidTotal()+excess != paid {
				t.Fatalf("%+v", b)
			}
			fee = b.Fee
			if settled := b.Rest() == 0 && b.FeeOpen() == 0; settled == b.Payable() {
				t.Fatalf("%s with %d and %d open", b.State, b.Rest(), b.FeeOpen())
			}
		}
		if b.Payable() {
			return
		}
		var back num.Money
		for range 4 {
			amount := num.Money(rapid.Int64Range(1, 1_200_000_00).Draw(t, "refund"))
			claimed, err := b.Claim(amount, "r", day, day)
			if err != nil {
				if amount <= b.Refundable() {
					t.Fatal(err)
				}
				continue
			}
			if rapid.Bool().Draw(t, "agreed") {
				if claimed, err = claimed.Refund(amount); err != nil {
					t.Fatal(err)
				}
				back += amount
			} else {
				claimed = claimed.Dropped(amount)
			}
			if b = claimed; b.Refunded != back || back > b.PaidTotal() || b.Claimed != 0 {
				t.Fatalf("%d back of %d", back, b.PaidTotal())
			}
			if (b.State == Refunded) != (back == b.PaidTotal()) {
				t.Fatalf("%s with %d of %d back", b.State, back, b.PaidTotal())
			}
			if b.State == Refunded {
				return
			}
		}
	})
}

func TestSharesAreServedInTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var shares []Share
		var total num.Money
		for range rapid.IntRange(1, 6).Draw(t, "shares") {
			amount := num.Money(rapid.Int64Range(1, 1000).Draw(t, "share"))
			shares = append(shares, Share{"20", "duty", amount})
			total += amount
		}
		var served num.Money
		all := make([]num.Money, len(shares))
		for served < total {
			amount := num.Money(rapid.Int64Range(1, int64(total-served)).Draw(t, "part"))
			var sum num.Money
			at := 0
			for _, p := range Allot(shares, served, amount) {
				for all[at] == shares[at].Amount {
					at++
				}
				all[at] += p.Amount
				sum += p.Amount
			}
			if sum != amount {
				t.Fatalf("%d of %d", sum, amount)
			}
			served += amount
		}
		for i := range shares {
			if all[i] != shares[i].Amount {
				t.Fatalf("share %d: %d of %d", i, all[i], shares[i].Amount)
			}
		}
	})
}

func TestSelfDeclaredTaxFallsIntoABand(t *testing.T) {
	r := BuiltIn().At(clock.MustDate("2026-11-23"))
	ours := []Line{{Tax: "duty", Amount: 50_000_00}, {Tax: "vat", Amount: 150_000_00}}
	for _, c := range []struct {
		name      string
		duty, vat num.Money
		want      Band
	}{
		{"the same figures agree", 50_000_00, 150_000_00, Agrees},
		{"five fen a line is nothing", 49_999_95, 150_000_05, Agrees},
		{"six fen is marked for follow-up", 49_999_94, 150_000_00, FollowUp},
		{"more is accepted and marked too", 60_000_00, 150_000_00, FollowUp},
		{"lower by the larger of 1 % and 1,000 CNY is still accepted", 48_000_00, 150_000_00, FollowUp},
		{"lower by a fen more waits for an officer", 47_999_99, 150_000_00, Manual},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := CompareSelf([]Line{{Tax: "duty", Amount: c.duty}, {Tax: "vat", Amount: c.vat}}, ours, 200_000_00, r)
			if err != nil || got.Band != c.want {
				t.Errorf("%v %v", got, err)
			}
		})
	}
	if got, err := CompareSelf(nil, ours, 1, r); got != nil || err != nil {
		t.Error("nothing declared is nothing to compare")
	}
	small, err := CompareSelf([]Line{{Tax: "duty", Amount: 1}}, []Line{{Tax: "duty", Amount: 1_000_01}}, 1_000_01, r)
	if err != nil || small.Band != FollowUp || small.Bound != 1_000_00 {
		t.Errorf("of a small tax the amount bounds: %+v %v", small, err)
	}
}

func TestTheParametersCanBeReadAndAreDated(t *testing.T) {
	p := BuiltIn()
	if old := p.At(clock.MustDate("2000-01-01")); old != p.At(clock.MustDate("2013-09-29")) {
		t.Errorf("before the first row the oldest holds: %+v", old)
	}
	if got := p.At(clock.MustDate("2026-11-23")); got.SelfTolerance != 5 || got.SelfShortAmount != 1_000_00 || got.StatementDay != 1 || got.ExemptLevel != 5 {
		t.Errorf("%+v", got)
	}
}

func TestAStatementIsPaidBillByBill(t *testing.T) {
	month := clock.MustDate("2014-06-01")
	one, two := bill(t, 100_00), bill(t, 50_00)
	two.Number = "T2"
	s, err := NewStatement("e1", "2218", month, clock.MustDate("2014-07-07"), 0, []TaxBill{one, two})
	if err != nil || s.Total != 150_00 || s.Number != "S2014062218-e1" {
		t.Fatalf("%+v %v", s, err)
	}
	if s, err = s.Credited("T1", 100_00, true, ByPayer); err != nil || s.State != StatementIssued || s.Paid != 100_00 {
		t.Fatalf("%+v %v", s, err)
	}
	if s, err = s.Apply(EventStatementDue); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Credited("T2", 50_00, true, ByPayer); err != nil || got.State != StatementPaid {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := s.Credited("T2", 50_00, true, ByGuarantor); err != nil || got.State != StatementCollected {
		t.Errorf("%+v %v", got, err)
	}
}

func TestASupplementHasATerm(t *testing.T) {
	b := bill(t, 100_00)
	b, _, err := b.Receive(100_00, Credit{Payment: "p", On: b.Due}, rule)
	if err != nil {
		t.Fatal(err)
	}
	lines := []Line{{Tax: "duty", Amount: 10_00}}
	if _, _, err := b.Supplement(lines, nil, "found", 0, b.Due+2, b.Due+1, b.Due+20, 0); !fault.Is(err, "REVENUE-SUPPLEMENT-01") {
		t.Error(err)
	}
	if _, _, err := b.Supplement(nil, nil, "found", 0, b.Due, b.Due+1, b.Due+20, 0); !fault.Is(err, "REVENUE-SUPPLEMENT-02") {
		t.Error(err)
	}
	first, further, err := b.Supplement(lines, nil, "found", 1, b.Due, b.Due+1, b.Due+20, 0)
	if err != nil || first.State != Supplemented || further.State != Issued || further.Number != "T1S2" || further.Supplements != "T1" {
		t.Errorf("%+v %+v %v", first, further, err)
	}
	if _, _, err := bill(t, 5).Supplement(lines, nil, "found", 0, 1, 2, 3, 0); !fault.Is(err, "REVENUE-LIFECYCLE-01") {
		t.Errorf("an open bill is corrected, not supplemented: %v", err)
	}
}
