package control_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/guarantee"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/risk"
)

// ready is a zone in which a list of 900 kg is released and noted on one truck.
func ready(t *testing.T) (z *zone, owner, stock string, list bonded.Reply, note control.Reply) {
	z = newZone(t)
	owner = z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock = z.open(owner, 1)
	list = z.list("first-line-entry", owner, stock, book.In, juice(1, "900"))
	z.lodge(bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900")), "")
	return z, owner, stock, list, z.note(owner, truck(plate, list.Number, "1000", ""))
}

var (
	waiting = map[string]string{"legal 1 abroad": "0 -900", "legal 1 on-hand": "0 +900"}
	posted  = map[string]string{
		"legal 1 abroad": "-900", "legal 1 on-hand": "900", "physical 1 noted": "-900", "physical 1 passed": "900",
	}
	difference = map[string]string{
		"legal 1 abroad": "0 -900", "legal 1 on-hand": "0 +900", "physical 1 difference": "-900", "physical 1 passed": "900",
	}
)

func TestATruckThatIsTooHeavyMovesNothing(t *testing.T) {
	z, _, _, _, note := ready(t)
	r := z.reading(plate, gate.In, "1000")
	r.Scale = q("20000")
	held := z.pass(r)
	if held.Outcome != gate.Hold || held.Instruction != "keep" || held.LED != gate.LEDWeight {
		t.Fatalf("%+v", held)
	}
	z.want("book/", waiting)
	if n := load[control.Note](z, dossier.ReleaseNote, note.ID); n.State != gate.Approved {
		t.Errorf("the note is %s", n.State)
	}
	orders, err := z.store.Claim(t.Context(), control.Device, 10, 0)
	if err != nil || len(orders) != 1 {
		t.Fatal("the lane is told to keep the barrier down", err, len(orders))
	}
}

func TestTheSamePassageIsRecordedOnce(t *testing.T) {
	z, _, _, list, _ := ready(t)
	r := z.reading(plate, gate.In, "1000")
	first := z.pass(r)
	// The answer got lost; the lane decides by itself and reports it afterwards.
	again := must[control.PassReply](z)(z.control.Replay(t.Context(), decision.Command{Name: "replay"}, device,
		control.Recorded{Readings: r, Outcome: gate.Pass, Notes: first.Notes, Barrier: gate.LiftedAutomatically}))
	if diff := cmp.Diff(first, again); diff != "" || !slices.Equal(first.Posted, []string{list.Number}) {
		t.Errorf("%s %+v", diff, first)
	}
	z.want("book/", posted)
	r.CameraPlate = "沪B99999"
	if _, err := z.control.Pass(t.Context(), decision.Command{Name: "pass"}, device, r); !fault.Is(err, "STORE-KEY-01") {
		t.Errorf("another vehicle under the same sequence: %v", err)
	}
}

func TestPassagesOfAnOfflineLaneAreReplayedInOrder(t *testing.T) {
	z, owner, _, list, note := ready(t)
	one, two := z.reading(plate, gate.In, "1000"), z.reading(plate, gate.In, "1000")
	first := must[control.PassReply](z)(z.control.Replay(t.Context(), decision.Command{Name: "replay"}, device,
		control.Recorded{Readings: one, Outcome: gate.Pass, Notes: []string{note.Number}, Barrier: gate.LiftedAutomatically}))
	if first.Difference != nil || !slices.Equal(first.Posted, []string{list.Number}) {
		t.Fatalf("%+v", first)
	}
	z.want("book/", posted)
	// The same note once more: the goods have passed, and nobody knows what they are.
	second := must[control.PassReply](z)(z.control.Replay(t.Context(), decision.Command{Name: "replay"}, device,
		control.Recorded{Readings: two, Outcome: gate.Pass, Notes: []string{note.Number}, Barrier: gate.LiftedAutomatically}))
	if second.Difference == nil || second.Difference.Code != "GATE-LIFECYCLE-01" {
		t.Fatalf("%+v", second)
	}
	z.want("book/", map[string]string{
		"legal 1 abroad": "-900", "legal 1 on-hand": "900", "physical 1 noted": "-900", "physical 1 passed": "1800", "physical 1 difference": "-900",
	})
	debts := z.differences(second.Passage)
	if len(debts) != 1 || debts[0].Lines[0].Open != q("900") || debts[0].Debtor != "office/"+office {
		t.Errorf("the office owes an explanation: %+v", debts)
	}
	if !slices.Contains(z.entries(), "alarm.raised") {
		t.Error("an alarm stands in the journal")
	}
	if refused := must[control.PassReply](z)(z.control.Replay(t.Context(), decision.Command{Name: "replay"}, device,
		control.Recorded{Readings: z.reading("沪B99999", gate.In, "1000"), Outcome: gate.Refuse})); refused.Outcome != gate.Refuse {
		t.Errorf("%+v", refused)
	}
	_ = owner
}

// differences gives the debts that a passage opened.
func (z *zone) differences(passage string) []obligation.Obligation {
	z.t.Helper()
	ids, err := z.store.Find(z.t.Context(), dossier.Obligation, "opened_by", passage, 10)
	if err != nil {
		z.t.Fatal(err)
	}
	var all []obligation.Obligation
	for _, id := range ids {
		all = append(all, load[obligation.Obligation](z, dossier.Obligation, id))
	}
	return all
}

func TestANoteThatWasVoidedOnTheWayLeavesADifference(t *testing.T) {
	z, _, _, list, note := ready(t)
	r := z.reading(plate, gate.In, "1000")
	z.void(note.ID)
	if l := load[bonded.List](z, dossier.VerificationList, list.ID); l.Lines[0].Noted != 0 {
		t.Errorf("noted: %s", l.Lines[0].Noted)
	}
	if online := z.pass(z.reading(plate, gate.In, "1000")); online.Outcome != gate.Refuse {
		t.Fatalf("the centre refuses it: %+v", online)
	}
	late := must[control.PassReply](z)(z.control.Replay(t.Context(), decision.Command{Name: "replay"}, device,
		control.Recorded{Readings: r, Outcome: gate.Pass, Notes: []string{note.Number}}))
	if late.Difference == nil {
		t.Fatalf("%+v", late)
	}
	z.want("book/", difference)
}

func TestABarrierDrivenThroughBooksTheGoodsWithAnAlarm(t *testing.T) {
	z, _, _, list, _ := ready(t)
	r := z.reading(plate, gate.In, "1000")
	r.Scale = q("20000")
	held := z.pass(r)
	through := must[control.PassReply](z)(z.control.Barrier(t.Context(), decision.Command{Name: "barrier"}, device, held.Passage, gate.DrivenThrough))
	if !slices.Equal(through.Posted, []string{list.Number}) {
		t.Fatalf("%+v", through)
	}
	z.want("book/", posted)
	if debts := z.differences(held.Passage); len(debts) != 1 {
		t.Errorf("%+v", debts)
	}
	p := load[control.Passage](z, dossier.Passage, held.Passage)
	if p.Barrier != gate.DrivenThrough || !p.Moved || p.Verdict.Outcome != gate.Hold {
		t.Errorf("the verdict stays as it was given: %+v", p)
	}
	if again := must[control.PassReply](z)(z.control.Barrier(t.Context(), decision.Command{Name: "barrier"}, device, held.Passage, gate.DrivenThrough)); again.Passage != through.Passage {
		t.Errorf("%+v", again)
	}
}

func TestABarrierThatDidNotLiftIsADifference(t *testing.T) {
	z, _, _, _, _ := ready(t)
	passed := z.pass(z.reading(plate, gate.In, "1000"))
	must[control.PassReply](z)(z.control.Barrier(t.Context(), decision.Command{Name: "barrier"}, device, passed.Passage, gate.NotLifted))
	if debts := z.differences(passed.Passage); len(debts) != 1 {
		t.Errorf("%+v", debts)
	}
	lifted := z.pass(z.reading("沪B99999", gate.In, "1000"))
	if _, err := z.control.Barrier(t.Context(), decision.Command{Name: "barrier"}, device, lifted.Passage, "sideways"); !fault.Is(err, "CONTROL-BARRIER-01") {
		t.Errorf("%v", err)
	}
}

func TestAnOverrideNeedsTheChiefAndASecondOfficer(t *testing.T) {
	z, _, _, list, note := ready(t)
	r := z.reading("沪A1?34?", gate.In, "1000") // a dirty plate
	held := z.pass(r)
	if held.Outcome != gate.Refuse {
		t.Fatalf("%+v", held)
	}
	want := control.Overriding{Reason: "dirty_plate", Video: "V1", Outcome: gate.Pass, Note: note.Number}
	ctx := t.Context()
	if _, err := z.control.Override(ctx, z.command("override"), z.actor("g1"), held.Passage, want); !fault.Is(err, "GATE-OVERRIDE-01") {
		t.Fatalf("only the chief: %v", err)
	}
	must[control.PassReply](z)(z.control.Override(ctx, z.command("override"), z.actor("chief"), held.Passage, want))
	z.want("book/", waiting)
	for who, code := range map[string]string{"chief": "GATE-OVERRIDE-02", "o1": "CONTROL-OVERRIDE-05"} {
		if _, err := z.control.ConfirmOverride(ctx, z.command("confirm"), z.actor(who), held.Passage, true); !fault.Is(err, code) {
			t.Errorf("%s: %v", who, err)
		}
	}
	done := must[control.PassReply](z)(z.control.ConfirmOverride(ctx, z.command("confirm"), z.actor("g1"), held.Passage, true))
	if done.Outcome != gate.Pass || done.Instruction != "lift" || !slices.Equal(done.Posted, []string{list.Number}) {
		t.Fatalf("%+v", done)
	}
	z.want("book/", posted)
	p := load[control.Passage](z, dossier.Passage, held.Passage)
	if p.Override == nil || p.Override.By != "chief" || p.Override.Second != "g1" {
		t.Errorf("%+v", p.Override)
	}
	if _, err := z.control.Override(ctx, z.command("override"), z.actor("chief"), held.Passage, want); !fault.Is(err, "CONTROL-OVERRIDE-01") {
		t.Errorf("booked already: %v", err)
	}
}

// meddler lets something happen between a decision and its writing.
type meddler struct {
	casework.Decider
	between func()
}

func (m meddler) Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error) {
	return m.Decider.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		out, err := decide(v)
		m.between()
		return out, err
	})
}

func TestWhatTheBooksRefuseIsADifferenceInTheSameTransaction(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "regular")
	z.arrives("COSU1", owner, "100", "1000")
	content := bill("enter-first", owner, z.open(owner, 1), "", "COSU1", "100", "1000", juice(1, "900"))
	content.Manifest = "MCOSU1"
	z.guarantee("G1", owner, 100_000_000)
	app := must[bonded.Reply](z)(z.bonded.Apply(t.Context(), z.command("apply"), user(owner), bonded.LadingRequest{Content: content, Procedure: "enter-first", Guarantee: "G1"}))
	z.note(owner, truck(plate, app.Number, "1000", "100"))
	spent := false
	passages := certain(t, risk.Passage)
	desk := control.New(meddler{z.store, func() {
		if spent {
			return
		}
		spent = true // the cover is used up in the moment before the passage is written
		g := guarantee.Guarantee{Number: "G1", Enterprise: owner}
		op, err := g.Hold("elsewhere", 99_999_999, z.clock.Now().Date(), "another debt")
		if err != nil {
			t.Fatal(err)
		}
		z.put(dossier.Parameter, "p", map[string]string{"name": "x"}, op)
		z.spoiled = append(z.spoiled, check.DebtHeld, check.LedgerCause) // there is no such debt
	}}, func() *clearance.Reference { return z.ref }, func() *risk.Table { return passages })
	passed := must[control.PassReply](z)(desk.Pass(t.Context(), decision.Command{Name: "pass"}, device, z.reading(plate, gate.In, "1000")))
	if passed.Outcome != gate.Pass || passed.Difference == nil || passed.Difference.Code != "LEDGER-SHORT-01" {
		t.Fatalf("%+v", passed)
	}
	z.want("physical|", map[string]string{
		"physical packages difference": "-100", "physical packages passed": "100", "physical mass difference": "-1000", "physical mass passed": "1000",
	})
	if debts := z.differences(passed.Passage); len(debts) != 1 || len(debts[0].Lines) != 2 {
		t.Errorf("%+v", debts)
	}
}

func TestWithoutEnoughCoverTheGateRefuses(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "regular")
	z.arrives("COSU1", owner, "100", "1000")
	content := bill("enter-first", owner, z.open(owner, 1), "", "COSU1", "100", "1000", juice(1, "900"))
	content.Manifest = "MCOSU1"
	z.guarantee("G1", owner, 100_000_000)
	app := must[bonded.Reply](z)(z.bonded.Apply(t.Context(), z.command("apply"), user(owner), bonded.LadingRequest{Content: content, Procedure: "enter-first", Guarantee: "G1"}))
	z.note(owner, truck(plate, app.Number, "1000", "100"))
	g := guarantee.Guarantee{Number: "G1", Enterprise: owner}
	op, err := g.Hold("elsewhere", 99_999_999, z.clock.Now().Date(), "another debt")
	if err != nil {
		t.Fatal(err)
	}
	z.put(dossier.Parameter, "p", map[string]string{"name": "x"}, op)
	z.spoiled = append(z.spoiled, check.DebtHeld, check.LedgerCause) // there is no such debt
	if p := z.pass(z.reading(plate, gate.In, "1000")); p.Outcome != gate.Refuse || p.LED != gate.LEDGuarantee {
		t.Errorf("%+v", p)
	}
}

func TestATruckIsFoundByItsContainerToo(t *testing.T) {
	z, owner, _, list, note := ready(t)
	z.void(note.ID)
	r := truck("沪A00001", list.Number, "1000", "")
	r.Note.Containers = []gate.Container{{Number: "CSQU 305438-3", Tare: q("2200")}}
	r.Note.Total += q("2200")
	z.note(owner, r)
	read := z.reading("", gate.In, "1000")
	read.Front, read.Scale = "CSQU3054383", q("17200")
	// Found, and held: a plate that was not read is not the one on the note.
	if p := z.pass(read); p.Outcome != gate.Hold || p.LED != gate.LEDPlate || len(p.Notes) != 1 {
		t.Errorf("%+v", p)
	}
}

func TestAControlledTruckIsGuidedToInspection(t *testing.T) {
	z, _, _, _, _ := ready(t)
	table, err := risk.DefaultTable(risk.Passage)
	if err != nil {
		t.Fatal(err)
	}
	spec := table.Spec
	spec.Draws = slices.Clone(spec.Draws)
	for i := range spec.Draws {
		spec.Draws[i].Ratio = 100_000_000 // everybody is drawn
	}
	if table, err = risk.Compile(spec, table.Catalogue); err != nil {
		t.Fatal(err)
	}
	desk := control.New(z.store, func() *clearance.Reference { return z.ref }, func() *risk.Table { return table })
	p := must[control.PassReply](z)(desk.Pass(t.Context(), decision.Command{Name: "pass"}, device, z.reading(plate, gate.In, "1000")))
	if p.Outcome != gate.Inspect || p.LED != gate.LEDControl {
		t.Fatalf("%+v", p)
	}
	z.want("book/", waiting)
	stored := load[control.Passage](z, dossier.Passage, p.Passage)
	if stored.Risk == nil || !stored.Risk.Draw.Picked {
		t.Errorf("the why card is kept: %+v", stored.Risk)
	}
	if _, err := json.Marshal(stored); err != nil {
		t.Error(err)
	}
	// Looked at, it comes again on the same note.
	for i := range spec.Draws {
		spec.Draws[i].Ratio = 0
	}
	if table, err = risk.Compile(spec, table.Catalogue); err != nil {
		t.Fatal(err)
	}
	again := must[control.PassReply](z)(desk.Pass(t.Context(), decision.Command{Name: "pass"}, device, z.reading(plate, gate.In, "1000")))
	if again.Outcome != gate.Pass {
		t.Errorf("%+v", again)
	}
}

// An instruction about passages stops the truck it is about, whatever the draw says,
// and no other; the why card names it.
func TestAnInstructionStopsTheTruckItIsAbout(t *testing.T) {
	z, _, _, _, _ := ready(t)
	table, err := risk.DefaultTable(risk.Passage)
	if err != nil {
		t.Fatal(err)
	}
	spec := table.Spec
	spec.Draws = slices.Clone(spec.Draws)
	for i := range spec.Draws {
		spec.Draws[i].Ratio = 0 // nobody is drawn
	}
	if table, err = risk.Compile(spec, table.Catalogue); err != nil {
		t.Fatal(err)
	}
	now := z.clock.Now()
	about := func(scope string) []*risk.Instruction {
		in, err := risk.CompileInstruction(risk.InstructionSpec{
			ID: "BK-7", Subject: risk.Passage, Scope: scope, Action: risk.Inspect, Share: num.OneRate, From: now, To: now.Add(time.Hour),
			Issuer: "r1", Approver: "r2", State: risk.InstructionApproved, Secrecy: risk.Restricted, Reason: risk.Label{EN: "a tip", ZH: "线索"},
		}, table.Catalogue, table.Spec.Lists)
		if err != nil {
			t.Fatal(err)
		}
		return []*risk.Instruction{in}
	}
	var instructions []*risk.Instruction
	desk := control.New(z.store, func() *clearance.Reference { return z.ref }, func() *risk.Table { return table })
	desk.ControlPassages(func() []*risk.Instruction { return instructions })
	pass := func() control.PassReply {
		return must[control.PassReply](z)(desk.Pass(t.Context(), decision.Command{Name: "pass"}, device, z.reading(plate, gate.In, "1000")))
	}
	instructions = about(`direction = "I"`)
	p := pass()
	if p.Outcome != gate.Inspect || p.LED != gate.LEDControl {
		t.Fatalf("%+v", p)
	}
	z.want("book/", waiting)
	stored := load[control.Passage](z, dossier.Passage, p.Passage)
	if stored.Risk == nil || len(stored.Risk.Instructions) != 1 || stored.Risk.Instructions[0].ID != "BK-7" || !stored.Risk.Instructions[0].Picked {
		t.Fatalf("the why card names the instruction: %+v", stored.Risk)
	}
	instructions = about(`direction = "E"`)
	if p = pass(); p.Outcome != gate.Pass {
		t.Errorf("an instruction about trucks that leave: %+v", p)
	}
}
