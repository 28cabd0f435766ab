package oversight_test

import (
	"testing"

	"seine/internal/clock"
	"seine/internal/deliberation"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/oversight"
)

func (z *zone) proposeParameter(d oversight.ParameterDraft) (deliberation.Reply, error) {
	r, err := z.desk.ProposeParameter(z.t.Context(), z.command("parameter"), officer("dora"), d)
	if err != nil {
		return deliberation.Reply{}, err
	}
	return read[deliberation.Reply](z.t, r), nil
}

func (z *zone) rulebook() *oversight.Rulebook {
	return must(oversight.NewRulebook(must(oversight.ParameterChanges(z.t.Context(), z.store))))
}

func TestEveryShippedParameterIsReadAndShown(t *testing.T) {
	b := must(oversight.NewRulebook(nil))
	names := map[string]int{}
	for _, r := range b.Rows {
		names[r.Name]++
		if r.Source == "" || len(r.Cells) == 0 {
			t.Errorf("%s has no source or no value", r.Name)
		}
	}
	for _, name := range []string{"declaration/confirmation", "declaration/validation", "gate/comparison", "house/riskDesk", "duty/payment_days", "inspection/rules", "credit/schemes", "credit/effects", "credit/objectionDays"} {
		if names[name] == 0 {
			t.Errorf("%s is not listed", name)
		}
	}
	if names["duty/exchange_rule"] != 2 {
		t.Errorf("%d rows of the rule of exchange", names["duty/exchange_rule"])
	}
}

// Rules of inspection and of credit are ended and followed like the others.
func TestRulesOfInspectionAndCreditFollowEachOther(t *testing.T) {
	change := func(name string, values map[string]string) oversight.ParameterChange {
		return oversight.ParameterChange{Name: name, ValidFrom: today + 1, Source: "order 13", Values: values}
	}
	b := must(oversight.NewRulebook([]oversight.ParameterChange{
		change("inspection/rules", map[string]string{"inspectors": "3", "validDays": "5"}), change("credit/objectionDays", map[string]string{"days": "10"}),
	}))
	if before, after := must(b.Inspection.At(today)), must(b.Inspection.At(today+1)); before.Inspectors != 2 || after.Inspectors != 3 || after.ValidDays != 5 || len(after.Results) != len(before.Results) {
		t.Errorf("%+v, then %+v", before, after)
	}
	if b.Credit.ObjectionDays(today) != 5 || b.Credit.ObjectionDays(today+1) != 10 {
		t.Error("days of objection")
	}
	for name, bad := range map[string]oversight.ParameterChange{
		"one inspector": change("inspection/rules", map[string]string{"inspectors": "1"}),
		"a scheme whose usual grade it does not have": change("credit/schemes", map[string]string{"usual": "AA"}),
		"effects of three levels":                     change("credit/effects", map[string]string{"levels": "- {level: 5, inspection: \"0\", share: \"0\"}"}),
	} {
		if _, err := oversight.NewRulebook([]oversight.ParameterChange{bad}); !fault.Is(err, "OVERSIGHT-PARAMETER-08") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAParameterIsAgreedByTwoAndInForceFromItsDay(t *testing.T) {
	z := newZone(t)
	tomorrow := today + 1
	wider := oversight.ParameterDraft{Name: "gate/comparison", From: tomorrow, Source: "order 12", Values: map[string]string{"emptyKg": "250", "goods": "percent: \"4\"\nkg: \"100\"\nholdPercent: \"10\"\n"}, Reason: "wet season"}
	for name, c := range map[string]struct {
		change func(*oversight.ParameterDraft)
		code   string
	}{
		"today without urgency":     {func(d *oversight.ParameterDraft) { d.From = today }, "OVERSIGHT-DAY-01"},
		"no source":                 {func(d *oversight.ParameterDraft) { d.Source = " " }, "OVERSIGHT-PARAMETER-06"},
		"nothing changes":           {func(d *oversight.ParameterDraft) { d.Values = map[string]string{"emptyKg": "100"} }, "OVERSIGHT-PARAMETER-07"},
		"no such parameter":         {func(d *oversight.ParameterDraft) { d.Name = "gate/nothing" }, "OVERSIGHT-PARAMETER-02"},
		"no such cell":              {func(d *oversight.ParameterDraft) { d.Values = map[string]string{"full": "1"} }, "OVERSIGHT-PARAMETER-02"},
		"a value of the wrong form": {func(d *oversight.ParameterDraft) { d.Values = map[string]string{"emptyKg": "many"} }, "GATE-PARAMETER-01"},
		"parts that are none":       {func(d *oversight.ParameterDraft) { d.Values = map[string]string{"goods": "3"} }, "OVERSIGHT-PARAMETER-05"},
		"a bound above its hold": {func(d *oversight.ParameterDraft) {
			d.Values = map[string]string{"goods": "{percent: \"40\", kg: \"1\", holdPercent: \"10\"}"}
		}, "GATE-PARAMETER-01"},
		"a rule of tax of no form": {func(d *oversight.ParameterDraft) {
			d.Name, d.Values = "duty/payment_days", map[string]string{"value": "x"}
		}, "OVERSIGHT-PARAMETER-04"},
		"a house value below zero": {func(d *oversight.ParameterDraft) {
			d.Name, d.Values = "house/riskDesk", map[string]string{"backTestDays": "0"}
		}, "OVERSIGHT-PARAMETER-01"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := wider
			c.change(&bad)
			_, err := z.proposeParameter(bad)
			wants(t, err, c.code)
		})
	}
	p, err := z.proposeParameter(wider)
	ok(t, err)
	again, err := z.proposeParameter(wider)
	ok(t, err)
	if len(z.rulebook().Gate) != 1 {
		t.Fatal("one officer changed a parameter")
	}
	ok(t, z.confirm(p))
	wants(t, z.confirm(again), "OVERSIGHT-PARAMETER-03")
	if z.epoch(oversight.SetParameters) == "" {
		t.Fatal("nodes are not told")
	}
	b := z.rulebook()
	for day, kg := range map[clock.Date]num.Quantity{today: 100 * num.OneQuantity, tomorrow: 250 * num.OneQuantity} {
		tol := must(b.Gate.At(day))
		if tol.EmptyKg != kg {
			t.Errorf("on %s %v", day, tol.EmptyKg)
		}
	}
	if got := must(b.Gate.At(tomorrow)); got.Goods.Percent != 4*num.Percent || got.Source != "order 12" || len(got.OverrideReasons) == 0 || got.Types[5].Kg == 0 {
		t.Errorf("%+v", got)
	}
	for _, d := range []oversight.ParameterDraft{
		{Name: "duty/payment_days", From: today + 2, Source: "law", Values: map[string]string{"value": "20"}, Reason: "r"},
		{Name: "declaration/confirmation", From: today + 3, Source: "law", Values: map[string]string{"similarity": "0.5"}, Reason: "r"},
		{Name: "house/riskDesk", From: today, Urgent: "error in the old one", Source: "law", Values: map[string]string{"backTestDays": "30"}, Reason: "r"},
	} {
		p, err := z.proposeParameter(d)
		ok(t, err)
		ok(t, z.confirm(p))
	}
	b = z.rulebook()
	if b.Duty.At(today+1).PaymentDays == 20 || b.Duty.At(today+2).PaymentDays != 20 || b.Duty.Law("payment_days", today+2) != "law" {
		t.Error("the term of payment")
	}
	if must(b.Declaration.TolerancesAt(today+2)).Similarity != 30*num.Percent || must(b.Declaration.TolerancesAt(today+3)).Similarity != 50*num.Percent {
		t.Error("the three documents")
	}
	z.clock.Advance(2 * 24 * 3600 * 1e9)
	r, err := z.desk.Enact(t.Context(), z.command("enact"))
	ok(t, err)
	if did := read[oversight.Enacted](t, r); len(did.Parameters) != 2 {
		t.Fatalf("%+v", did)
	}
	refused, err := z.proposeParameter(oversight.ParameterDraft{Name: "house/riskDesk", From: today + 9, Source: "law", Values: map[string]string{"backTestDays": "60"}, Reason: "r"})
	ok(t, err)
	_, err = z.review.Withdraw(t.Context(), z.command("withdraw"), officer("dora"), refused.Proposal, "no")
	ok(t, err)
	if got := z.rulebook().RiskDesk; len(got) != 2 || got[0].ValidTo != today-1 || got[1].BackTestDays != 30 {
		t.Error("a change that was taken back counts")
	}
}
