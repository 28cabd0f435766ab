package oversight_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/store"
	"seine/procedures"
)

type zone struct {
	t      *testing.T
	store  *store.Store
	clock  *clock.Virtual
	desk   *oversight.Desk
	review *deliberation.Desk
	house  oversight.House

	spoiled []check.Code // what the test itself does that no story would
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

var today = clock.MustDate("2026-11-23")

func newZone(t *testing.T) *zone {
	t.Helper()
	z := &zone{t: t, clock: clock.NewVirtual(today.Start()+10*3600*1_000_000, true)}
	dir := t.TempDir()
	z.store = must(store.Open(t.Context(), store.Options{Dir: dir, Clock: z.clock}))
	t.Cleanup(func() {
		if err := z.store.Close(); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir, z.spoiled...)
	})
	officer := func(id string, superior []string, posts ...party.PostID) party.Officer {
		return party.Officer{ID: id, Number: id, Name: id, Posts: posts, Areas: []string{party.AnyArea}, Superiors: superior, OnDuty: true, State: party.Serving}
	}
	z.house = oversight.House{
		Setting: deliberation.Setting{
			Officers: []party.Officer{
				officer("anna", nil, party.RiskAnalyst), officer("bert", nil, party.RiskAnalyst), officer("carl", nil, party.RiskAnalyst),
				officer("dora", nil, party.DivisionHead), officer("dina", nil, party.DivisionHead), officer("emil", nil, party.InternalControl), officer("gate", nil, party.GateOfficer),
			},
			Key: review.PeriodKey{Period: "2026-11"},
		},
		Tables: map[risk.Kind]*risk.Table{risk.Declaration: must(risk.DefaultTable(risk.Declaration)), risk.Passage: must(risk.DefaultTable(risk.Passage))},
		Modes:  must(procedure.Load(procedures.Files)),
		Known: procedure.Known{Elements: map[procedure.Paper][]string{
			procedure.FilingBill: declaration.Elements(), procedure.BillOfEntry: declaration.Elements(), procedure.LadingApplication: declaration.Elements(),
		}},
		Accepts: func(c *procedure.Catalogue) error { _, err := clearance.NewModes(c); return err },
	}
	z.house.Pages, z.house.Days, z.house.Checks = z.pages, 90, 30
	z.desk = oversight.New(z.store, func() oversight.House { return z.house })
	z.review = must(deliberation.New(z.store, func() deliberation.Setting { return z.house.Setting }, z.desk.Actions()))
	return z
}

func (z *zone) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: "tester", Received: z.clock.Now()}
}

func officer(id string) decision.Actor { return decision.Actor{ID: id, Kind: journal.Officer} }

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func read[T any](t *testing.T, r decision.Receipt) T {
	t.Helper()
	var v T
	ok(t, json.Unmarshal(r.Reply, &v))
	return v
}

// changed gives the shipped table under another name, its bands moved.
func (z *zone) changed(version string, medium int) string {
	spec := z.house.Tables[risk.Declaration].Spec
	spec.Version = version
	spec.Bands = append([]risk.Band(nil), spec.Bands...)
	spec.Bands[len(spec.Bands)-1].Medium = medium
	return string(must(json.Marshal(spec)))
}

func (z *zone) save(d oversight.TableDraft) oversight.TableReply {
	z.t.Helper()
	r, err := z.desk.SaveTable(z.t.Context(), z.command("save"), officer("anna"), d)
	ok(z.t, err)
	saved := read[oversight.TableReply](z.t, r)
	_, err = z.desk.TestTable(z.t.Context(), z.command("test"), officer("anna"), saved.ID)
	ok(z.t, err)
	return saved
}

func (z *zone) proposeTable(id string) (deliberation.Reply, error) {
	r, err := z.desk.ProposeTable(z.t.Context(), z.command("propose"), officer("anna"), id, "better")
	if err != nil {
		return deliberation.Reply{}, err
	}
	return read[deliberation.Reply](z.t, r), nil
}

func (z *zone) confirm(p deliberation.Reply) error {
	_, err := z.review.Confirm(z.t.Context(), z.command("confirm"), officer(p.Second), p.Proposal, true, "")
	return err
}

func (z *zone) inForce(on clock.Date) string {
	z.t.Helper()
	tables, err := oversight.RiskTables(z.t.Context(), z.store, risk.Declaration)
	ok(z.t, err)
	if t, found := oversight.RiskTableInForce(tables, on); found {
		return t.Version
	}
	return "shipped"
}

func (z *zone) epoch(set string) string { return must(z.store.Epoch(z.t.Context(), set)) }

func TestARiskTableIsDraftedProposedAndInForceFromItsDay(t *testing.T) {
	z := newZone(t)
	tomorrow := today + 1
	saved := z.save(oversight.TableDraft{Source: z.changed("v2", 35), From: tomorrow, Reason: "more of them"})
	if len(saved.Changes) != 1 || saved.Changes[0].Part != "band" || saved.Changes[0].Cell != "medium" || saved.Changes[0].New != "35" {
		t.Fatalf("%+v", saved.Changes)
	}
	if z.epoch(oversight.SetRisk) != "" {
		t.Fatal("a draft was published")
	}
	p, err := z.proposeTable(saved.ID)
	ok(t, err)
	_, err = z.review.Confirm(t.Context(), z.command("confirm"), officer("anna"), p.Proposal, true, "")
	wants(t, err, "REVIEW-SECOND-02")
	_, err = z.proposeTable(saved.ID)
	wants(t, err, "OVERSIGHT-TABLE-04")
	ok(t, z.confirm(p))
	if got := []string{z.inForce(today), z.inForce(tomorrow)}; !cmp.Equal(got, []string{"shipped", "v2"}) {
		t.Fatal(got)
	}
	published := z.epoch(oversight.SetRisk)
	if published == "" {
		t.Fatal("nodes are not told")
	}
	// On the day itself every node is told once more, once.
	r, err := z.desk.Enact(t.Context(), z.command("enact"))
	ok(t, err)
	if did := read[oversight.Enacted](t, r); len(did.Tables) != 0 {
		t.Fatalf("%+v", did)
	}
	z.clock.Advance(24 * 3600 * 1e9)
	for i, want := range []int{1, 0} {
		r, err := z.desk.Enact(t.Context(), z.command("enact"))
		ok(t, err)
		if did := read[oversight.Enacted](t, r); len(did.Tables) != want {
			t.Fatalf("%d: %+v", i, did)
		}
	}
	if z.epoch(oversight.SetRisk) == published {
		t.Fatal("nodes are not told on the day")
	}
	t.Run("back to the shipped rules as a version of its own", func(t *testing.T) {
		r, err := z.desk.RestoreTable(t.Context(), z.command("restore"), officer("anna"), oversight.Rollback{
			Subject: risk.Declaration, To: oversight.Shipped, Version: "v3", From: tomorrow, Urgent: "too many", Reason: "desk overrun",
		})
		ok(t, err)
		back := read[oversight.TableReply](t, r)
		if len(back.Changes) != 1 || back.Changes[0].Old != "35" {
			t.Fatalf("%+v", back.Changes)
		}
		_, err = z.desk.TestTable(t.Context(), z.command("test"), officer("anna"), back.ID)
		ok(t, err)
		p, err := z.proposeTable(back.ID)
		ok(t, err)
		ok(t, z.confirm(p))
		if z.inForce(tomorrow) != "v3" {
			t.Fatal(z.inForce(tomorrow))
		}
		r, err = z.desk.RestoreTable(t.Context(), z.command("restore"), officer("anna"), oversight.Rollback{
			Subject: risk.Declaration, To: saved.ID, Version: "v4", From: tomorrow + 1, Reason: "once more",
		})
		ok(t, err)
		if again := read[oversight.TableReply](t, r); len(again.Changes) != 1 || again.Changes[0].New != "35" {
			t.Fatalf("%+v", again.Changes)
		}
		tables, err := oversight.RiskTables(t.Context(), z.store, risk.Declaration)
		ok(t, err)
		if h := oversight.History(tables); len(h) != 2 || h[1].Version != "v2" && h[0].Version != "v2" {
			t.Fatalf("%+v", h)
		}
	})
}

func TestATableIsRefusedWithEveryFault(t *testing.T) {
	z := newZone(t)
	_, err := z.desk.SaveTable(t.Context(), z.command("save"), officer("anna"), oversight.TableDraft{Source: "rules: 3"})
	wants(t, err, "RISK-TABLE-01")
	_, err = z.desk.SaveTable(t.Context(), z.command("save"), officer("anna"), oversight.TableDraft{Source: strings.Replace(z.changed("v2", 35), `"subject":"declaration"`, `"subject":"vehicle"`, 1)})
	wants(t, err, "OVERSIGHT-TABLE-01")
	early := z.save(oversight.TableDraft{Source: z.changed("v2", 35), From: today, Reason: ""})
	_, err = z.proposeTable(early.ID)
	wants(t, err, "OVERSIGHT-DAY-01")
	wants(t, err, "RISK-DRAFT-02")
	urgent := z.save(oversight.TableDraft{ID: early.ID, Source: z.changed("v2", 35), From: today, Reason: "r", Urgent: "an outbreak"})
	p, err := z.proposeTable(urgent.ID)
	ok(t, err)
	ok(t, z.confirm(p))
	if z.inForce(today) != "v2" {
		t.Fatal(z.inForce(today))
	}
	_, err = z.desk.ProposeTable(t.Context(), z.command("propose"), officer("gate"), z.save(oversight.TableDraft{Source: z.changed("v3", 36), From: today + 1, Reason: "r"}).ID, "r")
	wants(t, err, "REVIEW-FIRST-01")
}

// Of a secret rule nobody outside of the risk desk learns anything: neither from
// the table, nor from the proposal that any officer may open, nor from the journal.
func TestCellsOfSecretRulesAreCountedNotNamed(t *testing.T) {
	z := newZone(t)
	spec := z.house.Tables[risk.Declaration].Spec
	spec.Version, spec.Rules = "v2", append([]risk.RuleSpec(nil), spec.Rules...)
	var hidden []string
	for i := range spec.Rules { // those of the program are open but for some: the first three become secret by a table of their own
		spec.Rules[i].Secret = i < 3
		if i < 3 {
			hidden = append(hidden, spec.Rules[i].ID)
		}
	}
	first := z.save(oversight.TableDraft{Source: string(must(json.Marshal(spec))), From: today + 1, Reason: "kept to the desk"})
	p, err := z.proposeTable(first.ID)
	ok(t, err)
	ok(t, z.confirm(p))
	next := spec
	next.Version, next.Rules = "v3", append([]risk.RuleSpec(nil), spec.Rules[1:]...) // the first is taken out
	next.Rules[0].Secret = false                                                     // the second is secret no longer
	next.Rules[1].Weight++                                                           // the third weighs more
	next.Rules[2].Weight++                                                           // and so does an open one
	saved := z.save(oversight.TableDraft{Source: string(must(json.Marshal(next))), From: today + 2, Reason: "better"})
	var doc oversight.RiskTable
	must(z.store.Load(t.Context(), dossier.RiskTable, saved.ID, &doc))
	if len(doc.Changes) < 4 {
		t.Fatalf("%+v", doc.Changes)
	}
	openly := doc.Openly()
	if len(openly.Changes) == 0 || len(openly.Secret) != 0 {
		t.Errorf("%+v %v", openly.Changes, openly.Secret)
	}
	for _, c := range openly.Changes {
		if cmp.Equal(c.Key, hidden[0]) || cmp.Equal(c.Key, hidden[1]) || cmp.Equal(c.Key, hidden[2]) {
			t.Errorf("openly it tells of %+v", c)
		}
	}
	p, err = z.proposeTable(saved.ID)
	ok(t, err)
	var proposal deliberation.Proposed
	must(z.store.Load(t.Context(), dossier.Proposal, p.Proposal, &proposal))
	if payload := string(proposal.Payload); !strings.Contains(payload, `"hidden":`) || !strings.Contains(payload, next.Rules[2].ID) {
		t.Errorf("the proposal does not tell what is open, or how much is hidden: %s", payload)
	}
	ok(t, z.confirm(p))
	for _, id := range hidden {
		if strings.Contains(string(proposal.Payload), id) {
			t.Errorf("the proposal names %s", id)
		}
	}
	entries, err := z.store.Entries(t.Context(), 0, 100)
	ok(t, err)
	for _, e := range entries {
		if e.Type != "risk-table.approved" {
			continue
		}
		for _, id := range hidden {
			if strings.Contains(string(e.Body), id) {
				t.Errorf("the journal names %s: %s", id, e.Body)
			}
		}
	}
}

func TestTwoChangesOfOneTableCannotUndoEachOther(t *testing.T) {
	z := newZone(t)
	tomorrow := today + 1
	var proposals []deliberation.Reply
	for _, version := range []string{"a", "b"} {
		d := z.save(oversight.TableDraft{Source: z.changed(version, 30+len(proposals)), From: tomorrow, Reason: "r"})
		p, err := z.proposeTable(d.ID)
		ok(t, err)
		proposals = append(proposals, p)
	}
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i, p := range proposals {
		group.Go(func() { errs[i] = z.confirm(p) })
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wants(t, err, "RISK-DRAFT-01")
		}
	}
	if won != 1 {
		t.Fatalf("%d of two were approved: %v", won, errs)
	}
	t.Run("a change before the day of an approved one", func(t *testing.T) {
		z := newZone(t)
		later := z.save(oversight.TableDraft{Source: z.changed("later", 33), From: today + 7, Reason: "r"})
		p, err := z.proposeTable(later.ID)
		ok(t, err)
		ok(t, z.confirm(p))
		d := z.save(oversight.TableDraft{Source: z.changed("soon", 34), From: tomorrow, Reason: "r"})
		_, err = z.proposeTable(d.ID)
		wants(t, err, "OVERSIGHT-TABLE-02")
		z.save(oversight.TableDraft{ID: d.ID, Source: z.changed("soon", 34), From: tomorrow, Reason: "r", Urgent: "cannot wait"})
		p, err = z.proposeTable(d.ID)
		ok(t, err)
		ok(t, z.confirm(p))
		var old oversight.RiskTable
		must(z.store.Load(t.Context(), dossier.RiskTable, later.ID, &old))
		if old.State != oversight.Overtaken || z.inForce(today+8) != "soon" {
			t.Fatalf("%s, in force %s", old.State, z.inForce(today+8))
		}
	})
	t.Run("a proposal taken back leaves nothing", func(t *testing.T) {
		z := newZone(t)
		d := z.save(oversight.TableDraft{Source: z.changed("x", 33), From: tomorrow, Reason: "r"})
		p, err := z.proposeTable(d.ID)
		ok(t, err)
		_, err = z.review.Withdraw(t.Context(), z.command("withdraw"), officer("anna"), p.Proposal, "wrong")
		ok(t, err)
		if z.inForce(tomorrow) != "shipped" || z.epoch(oversight.SetRisk) != "" {
			t.Fatal(z.inForce(tomorrow))
		}
	})
	t.Run("approved too late for its day", func(t *testing.T) {
		z := newZone(t)
		d := z.save(oversight.TableDraft{Source: z.changed("x", 33), From: tomorrow, Reason: "r"})
		p, err := z.proposeTable(d.ID)
		ok(t, err)
		z.clock.Advance(24 * 3600 * 1e9)
		wants(t, z.confirm(p), "OVERSIGHT-DAY-01")
	})
}

// pages reads documents as the app does.
func (z *zone) pages(ctx context.Context, kind decision.Kind, before string) ([]json.RawMessage, string, error) {
	page, err := z.store.List(ctx, kind, store.Query{Before: before, Limit: 10})
	if err != nil {
		return nil, "", err
	}
	var bodies []json.RawMessage
	for _, item := range page.Items {
		bodies = append(bodies, item.Body)
	}
	return bodies, page.Next, nil
}

func TestADraftIsTriedOnThePast(t *testing.T) {
	z := newZone(t)
	z.spoiled = append(z.spoiled, check.DutyAbsent) // a past of assessments alone
	catalogue := z.house.Tables[risk.Declaration].Catalogue
	for i := range 35 {
		_, err := z.store.Decide(t.Context(), z.command("past"), func(v decision.View) (decision.Outcome, error) {
			facts := risk.NewFacts(catalogue, 0)
			facts.Head().Count("credit_level", 3).Text("procedure", "import-direct").Quantity("gross_mass", num.Quantity(i)*num.OneQuantity)
			id := v.NewID()
			out := decision.Outcome{Puts: []decision.Put{{Kind: dossier.Assessment, ID: id + ".1", Body: clearance.Assessment{
				ID: id + ".1", Declaration: id, Version: 1, At: v.Now(), Facts: facts, Working: json.RawMessage(`{}`),
			}}}}
			if i%5 == 0 {
				out.Puts = append(out.Puts, decision.Put{Kind: dossier.Label, ID: v.NewID(), Body: inspection.Label{Subject: id, Outcome: inspection.OutcomeFound, At: v.Now()}})
			}
			return out, nil
		})
		ok(t, err)
	}
	spec := z.house.Tables[risk.Declaration].Spec
	spec.Version = "heavy"
	spec.Rules = append([]risk.RuleSpec{{
		ID: "test-heavy", Object: risk.Declaration, Title: risk.Label{EN: "t", ZH: "t"}, When: "gross_mass >= 20", Hard: risk.Review, ValidFrom: clock.MustDate("2000-01-01"),
		Owner: "test", Reason: risk.Label{EN: "r", ZH: "r"}, Source: "test",
	}}, spec.Rules...)
	d := z.save(oversight.TableDraft{Source: string(must(json.Marshal(spec))), From: today + 1, Reason: "r"})
	r, err := z.desk.TestTable(t.Context(), z.command("test"), officer("anna"), d.ID)
	ok(t, err)
	report := read[risk.Report](t, r)
	if report.Cases != 35 || report.KnownCases != 7 || report.Moves["green>red"] != 15 || report.NewlyFound != 3 {
		t.Fatalf("%+v", report)
	}
	z.clock.Advance(91 * 24 * 3600 * 1e9)
	r, err = z.desk.TestTable(t.Context(), z.command("test"), officer("anna"), d.ID)
	ok(t, err)
	if report := read[risk.Report](t, r); report.Cases != 0 {
		t.Fatalf("%d cases before the first day", report.Cases)
	}
}

func TestAnInstructionActsOnlyWhenAnotherApprovedItAndUntilItsEnd(t *testing.T) {
	z := newZone(t)
	spec := risk.InstructionSpec{
		Subject: risk.Declaration, Scope: "office = \"2218\"", Action: risk.Inspect, Share: num.OneRate, From: z.clock.Now(), To: (today + 2).Start(),
		Secrecy: risk.Secret, Reason: risk.Label{EN: "hidden tip", ZH: "线索"},
	}
	r, err := z.desk.IssueInstruction(t.Context(), z.command("issue"), officer("anna"), spec)
	ok(t, err)
	issued := read[oversight.InstructionReply](t, r)
	if issued.Second == "" || issued.Second == "anna" {
		t.Fatalf("nobody else was drawn: %+v", issued)
	}
	confirm := func(who string, agree bool) error {
		_, err := z.review.Confirm(t.Context(), z.command("confirm"), officer(who), issued.Proposal, agree, "checked")
		return err
	}
	wants(t, confirm("anna", true), "REVIEW-SECOND-02")
	wants(t, confirm(map[string]string{"bert": "carl", "carl": "bert"}[issued.Second], true), "REVIEW-SECOND-03")
	_, err = z.desk.WithdrawInstruction(t.Context(), z.command("withdraw"), officer("anna"), issued.ID, "no")
	wants(t, err, "OVERSIGHT-INSTRUCTION-04")
	ok(t, confirm(issued.Second, true))
	wants(t, confirm(issued.Second, true), "REVIEW-LIFECYCLE-01")
	published := z.epoch(oversight.SetInstructions)
	if published == "" {
		t.Fatal("nodes are not told")
	}
	// The app reads it as the room's own type.
	var stored risk.InstructionSpec
	must(z.store.Load(t.Context(), dossier.Instruction, issued.ID, &stored))
	in := must(risk.CompileInstruction(stored, z.house.Tables[risk.Declaration].Catalogue, z.house.Tables[risk.Declaration].Spec.Lists))
	if !in.Active(z.clock.Now()) || in.Active(spec.To) {
		t.Fatal("it acts at the wrong time")
	}
	entries, err := z.store.Entries(t.Context(), 0, 100)
	ok(t, err)
	for _, e := range entries {
		if strings.Contains(string(must(json.Marshal(e))), "hidden tip") {
			t.Errorf("%s tells the secret", e.Type)
		}
	}
	z.clock.Advance(2 * 24 * 3600 * 1e9)
	r, err = z.desk.Enact(t.Context(), z.command("enact"))
	ok(t, err)
	if did := read[oversight.Enacted](t, r); len(did.Instructions) != 1 || z.epoch(oversight.SetInstructions) == published {
		t.Fatalf("%+v", did)
	}
	_, err = z.desk.WithdrawInstruction(t.Context(), z.command("withdraw"), officer("bert"), issued.ID, "over")
	wants(t, err, "OVERSIGHT-INSTRUCTION-02")
	_, err = z.desk.IssueInstruction(t.Context(), z.command("issue"), officer("anna"), spec)
	wants(t, err, "OVERSIGHT-INSTRUCTION-01")
	spec.To = (today + 9).Start()
	r, err = z.desk.IssueInstruction(t.Context(), z.command("issue"), officer("anna"), spec)
	ok(t, err)
	again := read[oversight.InstructionReply](t, r)
	_, err = z.review.Withdraw(t.Context(), z.command("withdraw"), officer("anna"), again.Proposal, "not needed")
	ok(t, err)
	var ended oversight.Instruction
	must(z.store.Load(t.Context(), dossier.Instruction, again.ID, &ended))
	if ended.State != risk.InstructionWithdrawn {
		t.Errorf("%+v", ended)
	}
}

func TestAModeIsProvenApprovedAndFollowsItsForerunner(t *testing.T) {
	z := newZone(t)
	shipped := string(must(procedures.Files.ReadFile("import-direct.yaml")))
	next := strings.Replace(strings.Replace(shipped, "version: 1\n", "version: 2\n", 1), "from: 2000-01-01", "from: 2026-12-01", 1)
	propose := func(source, urgent string) (deliberation.Reply, error) {
		r, err := z.desk.ProposeMode(t.Context(), z.command("mode"), officer("dora"), []byte(source), "new term", urgent)
		if err != nil {
			return deliberation.Reply{}, err
		}
		return read[deliberation.Reply](t, r), nil
	}
	_, err := propose(shipped, "")
	wants(t, err, "OVERSIGHT-DAY-01")
	_, err = propose(strings.Replace(next, "version: 2\n", "version: 1\n", 1), "")
	wants(t, err, "PROCEDURE-CATALOGUE-01")
	_, err = propose(strings.Replace(next, "after: [lodge]", "after: [close]", 1), "")
	wants(t, err, "PROCEDURE-CHECK-01")
	_, err = propose(strings.Replace(next, "[/direction,", "[/nothing,", 1), "")
	if fault.All(err) == nil {
		t.Fatal(err)
	}
	p, err := propose(next, "")
	ok(t, err)
	again, err := propose(next, "") // two proposals of one version
	ok(t, err)
	ok(t, z.confirm(p))
	wants(t, z.confirm(again), "PROCEDURE-CATALOGUE-01")
	if z.epoch(oversight.SetModes) == "" {
		t.Fatal("nodes are not told")
	}
	approved, err := oversight.Modes(t.Context(), z.store)
	ok(t, err)
	c := must(oversight.Catalogue(z.house.Modes, approved))
	for day, version := range map[string]int{"2026-11-30": 1, "2026-12-01": 2} {
		if m := must(c.At("import-direct", clock.MustDate(day))); m.Version != version {
			t.Errorf("on %s version %d", day, m.Version)
		}
	}
	if must(c.Version("import-direct", 1)).To != clock.MustDate("2026-11-30") || must(z.house.Modes.Version("import-direct", 1)).To != 0 {
		t.Error("the forerunner does not end, or the shipped one was changed")
	}
	z.clock.Advance(9 * 24 * 3600 * 1e9)
	r, err := z.desk.Enact(t.Context(), z.command("enact"))
	ok(t, err)
	if did := read[oversight.Enacted](t, r); len(did.Modes) != 1 {
		t.Fatalf("%+v", did)
	}
}

func TestAKeyIsAnnouncedBeforeItsPeriodAndPublishedAfterIt(t *testing.T) {
	z := newZone(t)
	key, other := review.PeriodKey{Period: "2026-12", Key: [32]byte{1}}, review.PeriodKey{Period: "2026-12", Key: [32]byte{2}}
	_, err := oversight.PublishKey(t.Context(), z.store, z.command("publish"), key, "2027-01")
	wants(t, err, "STORE-ABSENT-01")
	for range 2 {
		r, err := oversight.AnnounceKey(t.Context(), z.store, z.command("announce"), key, "2026-11")
		ok(t, err)
		n := read[oversight.KeyNotice](t, r)
		if n.Late || n.Secret != "" || key.Reveal(n.Review) != nil {
			t.Fatalf("%+v", n)
		}
	}
	_, err = oversight.AnnounceKey(t.Context(), z.store, z.command("announce"), other, "2026-11")
	wants(t, err, "OVERSIGHT-KEY-01")
	_, err = oversight.PublishKey(t.Context(), z.store, z.command("publish"), key, "2026-12")
	wants(t, err, "OVERSIGHT-KEY-02")
	_, err = oversight.PublishKey(t.Context(), z.store, z.command("publish"), other, "2027-01")
	wants(t, err, "OVERSIGHT-KEY-01")
	for range 2 {
		r, err := oversight.PublishKey(t.Context(), z.store, z.command("publish"), key, "2027-01")
		ok(t, err)
		n := read[oversight.KeyNotice](t, r)
		if _, err := risk.OpenDrawKey(n.Period, n.Secret, n.Risk); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := z.store.Entries(t.Context(), 0, 100)
	ok(t, err)
	var told []string
	for _, e := range entries {
		told = append(told, e.Type)
	}
	if diff := cmp.Diff([]string{"draw-key.announced", "draw-key.published"}, told); diff != "" {
		t.Error(diff)
	}
	r, err := oversight.AnnounceKey(t.Context(), z.store, z.command("announce"), review.PeriodKey{Period: "2026-11", Key: [32]byte{3}}, "2026-11")
	ok(t, err)
	if !read[oversight.KeyNotice](t, r).Late {
		t.Error("a key announced within its period is not marked")
	}
}

func TestADraftIsProposedAsItWasTried(t *testing.T) {
	z := newZone(t)
	ctx, anna := t.Context(), officer("anna")
	draft := oversight.TableDraft{Source: z.changed("x", 33), From: today + 1, Reason: "r"}
	r, err := z.desk.SaveTable(ctx, z.command("save"), anna, draft)
	ok(t, err)
	draft.ID = read[oversight.TableReply](t, r).ID
	_, err = z.proposeTable(draft.ID)
	wants(t, err, "OVERSIGHT-TABLE-08")
	_, err = z.desk.TestTable(ctx, z.command("test"), anna, draft.ID)
	ok(t, err)
	draft.Reason = "the same rules, said better"
	_, err = z.desk.SaveTable(ctx, z.command("save"), anna, draft)
	ok(t, err)
	draft.Seen = 1
	_, err = z.desk.SaveTable(ctx, z.command("save"), anna, draft)
	wants(t, err, "OVERSIGHT-TABLE-07")
	draft.Seen, draft.Source = 3, z.changed("x", 34)
	_, err = z.desk.SaveTable(ctx, z.command("save"), anna, draft)
	ok(t, err)
	_, err = z.proposeTable(draft.ID)
	wants(t, err, "OVERSIGHT-TABLE-08") // tried with other rules
	_, err = z.desk.DiscardTable(ctx, z.command("discard"), anna, draft.ID, "not worth it")
	ok(t, err)
	_, err = z.desk.DiscardTable(ctx, z.command("discard"), anna, draft.ID, "again")
	wants(t, err, "OVERSIGHT-TABLE-04")
	_, err = z.desk.TestTable(ctx, z.command("test"), anna, draft.ID)
	wants(t, err, "OVERSIGHT-TABLE-04")
}

func TestRulesAreHeldAgainstTheRandomDraw(t *testing.T) {
	z := newZone(t)
	z.spoiled = append(z.spoiled, check.DutyAbsent) // a past of assessments alone
	for i := range 80 {
		_, err := z.store.Decide(t.Context(), z.command("past"), func(v decision.View) (decision.Outcome, error) {
			id := v.NewID()
			by, hit := risk.ByRandom, risk.Hit{Rule: "dull"}
			if i%2 == 0 {
				by, hit.Rule = risk.ByScore, "sharp"
			}
			a := clearance.Assessment{Declaration: id, At: v.Now(), Working: json.RawMessage(`{}`), Facts: risk.NewFacts(z.house.Tables[risk.Declaration].Catalogue, 0)}
			a.Verdict = risk.Verdict{Channel: risk.Red, Selected: []risk.Selection{by}, Hits: []risk.Hit{hit}, Instructions: []risk.InstructionHit{{ID: "C1", Picked: i%4 == 0}}}
			var out decision.Outcome
			for a.Version = 1; a.Version <= 2; a.Version++ { // an amended one counts once
				a.ID = id + "." + string(rune('0'+a.Version))
				out.Puts = append(out.Puts, decision.Put{Kind: dossier.Assessment, ID: a.ID, Body: a})
			}
			label := inspection.Label{Subject: id, Outcome: inspection.OutcomeNormal, At: v.Now()}
			if by == risk.ByScore && i%4 == 0 || i == 1 {
				label.Outcome, label.TaxEffect = inspection.OutcomeFound, 100
			}
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Label, ID: v.NewID(), Body: label})
			return out, nil
		})
		ok(t, err)
		if i == 39 {
			z.clock.Advance(7 * 24 * 3600 * 1e9)
		}
	}
	h, err := oversight.Healthy(t.Context(), z.pages, today, z.clock.Now(), 30)
	ok(t, err)
	counts := func(judged, found int) risk.Counts {
		return risk.Counts{Judged: judged, Checked: judged, Found: found, Normal: judged - found, TaxDue: num.Money(100 * found)}
	}
	want := []risk.RuleHealth{
		{Rule: "dull", Counts: counts(40, 1), HitRate: num.OneRate / 2, FindRate: num.OneRate / 40, Standing: risk.NotBetter},
		{Rule: "sharp", Counts: counts(40, 20), HitRate: num.OneRate / 2, FindRate: num.OneRate / 2, Standing: risk.Better},
	}
	if diff := cmp.Diff(want, h.Rules); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([oversight.Spans]int{7: 20, 9: 20}, h.Stops["sharp"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]oversight.InstructionUse{"C1": {InScope: 80, Taken: 20}}, h.Instructions); diff != "" {
		t.Error(diff)
	}
}
