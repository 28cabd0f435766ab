package deliberation_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/review"
	"seine/internal/store"
)

// desk is a desk of two officers on its own store, with one action that counts
// how often it was done and kept.
type desk struct {
	*deliberation.Desk
	t       *testing.T
	store   *store.Store
	setting deliberation.Setting
	done    []string // payloads
	kept    []string
}

func officer(id string, posts ...party.PostID) party.Officer {
	return party.Officer{
		ID: id, Number: id, Name: id, Posts: posts, Areas: []string{"waigaoqiao"}, Superiors: []string{"chief"}, OnDuty: true, State: party.Serving,
	}
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t}
	dir := t.TempDir()
	var err error
	if d.store, err = store.Open(t.Context(), store.Options{Dir: dir, Clock: clock.NewVirtual(clock.MustDate("2026-11-23").Start(), true)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.store.Close(); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir)
	})
	d.setting = deliberation.Setting{
		Officers: []party.Officer{
			officer("anna", party.FilingOfficer), officer("bert", party.FilingOfficer), officer("carl", party.FilingOfficer),
			officer("gate", party.GateOfficer), officer("chief", party.DivisionHead),
		},
		Key: review.PeriodKey{Period: "2026-11", Key: [32]byte{7}}, Rules: review.Rules{ChiefPost: string(party.DivisionHead)},
	}
	note := func(list *[]string) deliberation.Func {
		return func(_ decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
			*list = append(*list, by.ID+" "+string(payload))
			return decision.Outcome{Reply: "noted"}, nil
		}
	}
	actions := map[string]deliberation.Action{
		"note": deliberation.Pair{Agreed: note(&d.done), Kept: note(&d.kept)},
		"fail": deliberation.Func(func(decision.View, decision.Actor, json.RawMessage) (decision.Outcome, error) {
			return decision.Outcome{}, fault.New(fault.Refused, "BOOK-STATE-01", "", "the book is closed", "open it")
		}),
	}
	if d.Desk, err = deliberation.New(d.store, func() deliberation.Setting { return d.setting }, actions); err != nil {
		t.Fatal(err)
	}
	if _, err := deliberation.New(d.store, nil, actions, actions); err == nil {
		t.Fatal("two stories may not register one name")
	}
	return d
}

func by(id string) decision.Actor { return decision.Actor{ID: id, Kind: journal.Officer} }

func command(name string) decision.Command { return decision.Command{Name: name, Actor: "test"} }

// propose puts a motion of anna on the desk.
func (d *desk) propose(subject, action string) (deliberation.Reply, error) {
	r, err := d.store.Decide(d.t.Context(), command("propose"), func(v decision.View) (decision.Outcome, error) {
		return deliberation.Open(v, d.setting, by("anna"), deliberation.Motion{
			Matter: review.BookFiling, Kind: "book", Subject: subject, Action: action, Payload: map[string]string{"book": subject},
			Posts: []party.PostID{party.FilingOfficer}, Reason: "in order", Enterprise: "E1", Area: "waigaoqiao",
		})
	})
	return read(d.t, r, err), err
}

func read(t *testing.T, r decision.Receipt, err error) (reply deliberation.Reply) {
	t.Helper()
	if err == nil && json.Unmarshal(r.Reply, &reply) != nil {
		t.Fatalf("%s", r.Reply)
	}
	return reply
}

func (d *desk) opened(subject string) deliberation.Reply {
	d.t.Helper()
	p, err := d.propose(subject, "note")
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// other gives the filing officer who is neither anna nor the one that was drawn.
func other(drawn string) string {
	if drawn == "bert" {
		return "carl"
	}
	return "bert"
}

func refused(t *testing.T, _ decision.Receipt, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestASecondOfficerIsDrawnAndOnlyHeAgrees(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	p := d.opened("b1")
	if p.State != review.Proposed || p.Second != "bert" && p.Second != "carl" {
		t.Fatalf("somebody else with the post is drawn: %+v", p)
	}
	for who, code := range map[string]string{"anna": "REVIEW-SECOND-02", other(p.Second): "REVIEW-SECOND-03", "gate": "REVIEW-SECOND-03", "nobody": "REVIEW-SECOND-03"} {
		r, err := d.Confirm(ctx, command("confirm"), by(who), p.Proposal, true, "yes")
		refused(t, r, err, code)
	}
	if len(d.done) != 0 {
		t.Fatalf("done by %v", d.done)
	}
	if _, err := d.propose("b1", "note"); !fault.Is(err, "DELIBERATION-SUBJECT-01") {
		t.Errorf("the same twice: %v", err)
	}
	r, err := d.Confirm(ctx, command("confirm"), by(p.Second), p.Proposal, true, "seen")
	if done := read(t, r, err); err != nil || done.State != review.Confirmed || done.Outcome != "noted" {
		t.Fatalf("%+v %v", done, err)
	}
	if want := []string{p.Second + ` {"book":"b1"}`}; !slices.Equal(d.done, want) {
		t.Errorf("done %v, want %v", d.done, want)
	}
	r, err = d.Confirm(ctx, command("confirm"), by(p.Second), p.Proposal, true, "again")
	refused(t, r, err, "REVIEW-LIFECYCLE-01")
	if len(d.done) != 1 {
		t.Error("it was done twice")
	}
	// Both signatures and the draw stand in the journal.
	entries, err := d.store.Entries(ctx, 0, 10)
	if err != nil || len(entries) != 2 || entries[0].Type != "proposal.opened" || entries[1].Type != "proposal.confirmed" {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		var body struct {
			Signature, Payload string
			Draw               struct{ Period string }
		}
		if err := json.Unmarshal(e.Body, &body); err != nil || body.Signature == "" || body.Payload == "" || body.Draw.Period != "2026-11" {
			t.Errorf("%s: %s", e.Type, e.Body)
		}
	}
}

func TestWhoeverHasAnInterestIsNotDrawnAndMayNotAgree(t *testing.T) {
	d := newDesk(t)
	interest := func(i int) { d.setting.Officers[i].Interests = []string{"E1"} }
	interest(1) // bert
	for _, subject := range []string{"b1", "b2", "b3", "b4"} {
		if p := d.opened(subject); p.Second != "carl" {
			t.Fatalf("%s was drawn", p.Second)
		}
	}
	p := d.opened("b5")
	interest(2) // carl learns of it after he was drawn
	r, err := d.Confirm(t.Context(), command("confirm"), by("carl"), p.Proposal, true, "yes")
	refused(t, r, err, "REVIEW-SECOND-04")
	if _, err := d.propose("b6", "note"); !fault.Is(err, "REVIEW-SECOND-01") {
		t.Errorf("nobody is left: %v", err)
	}
	interest(0)
	if _, err := d.propose("b7", "note"); !fault.Is(err, "REVIEW-FIRST-02") {
		t.Errorf("the first officer has an interest: %v", err)
	}
	if len(d.done) != 0 {
		t.Errorf("done by %v", d.done)
	}
}

// forged changes a proposal in the drawer, as somebody would who owns it.
func (d *desk) forged(id string, change func(*deliberation.Proposed)) {
	d.t.Helper()
	_, err := d.store.Decide(d.t.Context(), command("forge"), func(v decision.View) (decision.Outcome, error) {
		p, version, err := decision.Load[deliberation.Proposed](v, dossier.Proposal, id)
		change(&p)
		return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Proposal, ID: id, Version: version, Body: p}}}, err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestWhatIsAgreedToIsWhatWasProposed(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	p := d.opened("b1")
	d.forged(p.Proposal, func(p *deliberation.Proposed) { p.Payload = json.RawMessage(`{"book":"another"}`) })
	r, err := d.Confirm(ctx, command("confirm"), by(p.Second), p.Proposal, true, "yes")
	refused(t, r, err, "REVIEW-PAYLOAD-01")
	// Naming somebody on the sheet does not make him the one who was drawn.
	q := d.opened("b2")
	d.forged(q.Proposal, func(p *deliberation.Proposed) { p.Second = other(q.Second) })
	r, err = d.Confirm(ctx, command("confirm"), by(other(q.Second)), q.Proposal, true, "yes")
	refused(t, r, err, "REVIEW-SECOND-03")
	if len(d.done) != 0 {
		t.Errorf("done by %v", d.done)
	}
}

func TestAProposalIsTakenBackByItsAuthorAlone(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	p := d.opened("b1")
	r, err := d.Withdraw(ctx, command("withdraw"), by(p.Second), p.Proposal, "no need")
	refused(t, r, err, "REVIEW-FIRST-03")
	r, err = d.Withdraw(ctx, command("withdraw"), by("anna"), p.Proposal, "")
	refused(t, r, err, "REVIEW-REASON-01")
	r, err = d.Withdraw(ctx, command("withdraw"), by("anna"), p.Proposal, "a mistake")
	if done := read(t, r, err); err != nil || done.State != review.Withdrawn || len(d.kept) != 1 || len(d.done) != 0 {
		t.Fatalf("%+v %v, kept %v, done %v", done, err, d.kept, d.done)
	}
	r, err = d.Confirm(ctx, command("confirm"), by(p.Second), p.Proposal, true, "yes")
	refused(t, r, err, "REVIEW-LIFECYCLE-01")
	if again := d.opened("b1"); again.Proposal == p.Proposal {
		t.Error("the same may be proposed anew, on a new sheet")
	}
}

func TestTwoDisagreementsGoToTheChief(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	p := d.opened("b1")
	r, err := d.Confirm(ctx, command("no"), by(p.Second), p.Proposal, false, "")
	refused(t, r, err, "REVIEW-REASON-01")
	must := func(r decision.Receipt, err error) deliberation.Reply {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return read(t, r, err)
	}
	must(d.Confirm(ctx, command("no"), by(p.Second), p.Proposal, false, "why?"))
	again := must(d.Again(ctx, command("again"), by("anna"), p.Proposal, "because"))
	must(d.Confirm(ctx, command("no"), by(again.Second), p.Proposal, false, "still not"))
	for _, who := range []string{"anna", again.Second, "gate"} {
		r, err := d.Decide(ctx, command("decide"), by(who), p.Proposal, true, "so be it")
		refused(t, r, err, "REVIEW-CHIEF-01")
	}
	if upheld := must(d.Decide(ctx, command("decide"), by("chief"), p.Proposal, true, "so be it")); upheld.State != review.Confirmed || len(d.done) != 1 {
		t.Errorf("%+v, done %v", upheld, d.done)
	}
}

// An action that refuses leaves the proposal as it was: the signature and what it
// brings about are one transaction.
func TestAnActionThatRefusesSignsNothing(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	p, err := d.propose("b1", "fail")
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Confirm(ctx, command("confirm"), by(p.Second), p.Proposal, true, "yes")
	refused(t, r, err, "BOOK-STATE-01")
	var kept deliberation.Proposed
	if _, err := d.store.Load(context.WithoutCancel(ctx), dossier.Proposal, p.Proposal, &kept); err != nil || kept.Proposal.State != review.Proposed || len(kept.Proposal.Signatures) != 1 {
		t.Errorf("%+v, %v", kept.Proposal, err)
	}
	q, err := d.propose("b2", "nothing")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Confirm(ctx, command("confirm"), by(q.Second), q.Proposal, true, "yes"); err == nil || fault.All(err) != nil {
		t.Errorf("an action that no story has registered is a mistake of the program: %v", err)
	}
}
