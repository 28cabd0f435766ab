package oversight_test

import (
	"testing"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/registry"
)

func (z *zone) proposeGrade(d oversight.GradeDraft) (deliberation.Reply, error) {
	r, err := z.desk.ProposeGrade(z.t.Context(), z.command("grade"), officer("dora"), d)
	if err != nil {
		return deliberation.Reply{}, err
	}
	return read[deliberation.Reply](z.t, r), nil
}

func TestACreditGradeIsChangedByTwoOfficers(t *testing.T) {
	z := newZone(t)
	stem := "91310115MA1H00001"
	sum, good := codelist.CreditCheck(stem)
	if !good {
		t.Fatal(stem)
	}
	code := stem + string(sum)
	reg := registry.New(z.store)
	e := party.Enterprise{
		CreditCode: codelist.CreditCode(code), Name: "测试贸易", Kinds: []party.Kind{party.Trader},
		Grades: []party.GradeChange{{Grade: "advanced-certified", From: clock.MustDate("2022-01-01")}},
	}
	_, err := reg.Register(t.Context(), z.command("register"), officer("dora"), e)
	ok(t, err)
	draft := oversight.GradeDraft{Enterprise: code, Grade: "dishonest", From: today + 1, Law: "Decree 251 art. 1", Evidence: []string{"P-2026-7"}, Reason: "hid goods"}
	for name, c := range map[string]struct {
		change     func(*oversight.GradeDraft)
		code, path string
	}{
		"as it is":               {func(d *oversight.GradeDraft) { d.Grade = "advanced-certified" }, "OVERSIGHT-GRADE-01", "/grade"},
		"no such grade":          {func(d *oversight.GradeDraft) { d.Grade = "AA" }, "PARTY-GRADE-01", "/grade"},
		"before the last change": {func(d *oversight.GradeDraft) { d.From = clock.MustDate("2021-12-01") }, "OVERSIGHT-GRADE-02", "/from"},
		"yesterday":              {func(d *oversight.GradeDraft) { d.From = today - 1 }, "OVERSIGHT-GRADE-03", "/from"},
		"no day":                 {func(d *oversight.GradeDraft) { d.From = 0 }, "OVERSIGHT-GRADE-03", "/from"},
		"no law":                 {func(d *oversight.GradeDraft) { d.Law = " " }, "OVERSIGHT-GRADE-04", "/law"},
		"no evidence":            {func(d *oversight.GradeDraft) { d.Evidence = []string{" "} }, "OVERSIGHT-GRADE-05", "/evidence"},
		"no such enterprise":     {func(d *oversight.GradeDraft) { d.Enterprise = "nobody" }, "STORE-ABSENT-01", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bad := draft
			c.change(&bad)
			_, err := z.proposeGrade(bad)
			wants(t, err, c.code)
			for _, f := range fault.All(err) {
				if c.path != "" && f.Code == c.code && f.Path != c.path {
					t.Errorf("%s names %s", f.Code, f.Path)
				}
			}
		})
	}
	stored := func() party.Enterprise {
		t.Helper()
		var e party.Enterprise
		_, err := z.store.Load(t.Context(), dossier.Enterprise, code, &e)
		ok(t, err)
		return e
	}
	p, err := z.proposeGrade(draft)
	ok(t, err)
	if p.Second != "dina" {
		t.Errorf("drawn: %s", p.Second)
	}
	if len(stored().Grades) != 1 {
		t.Fatal("one officer changed a grade")
	}
	_, err = z.proposeGrade(draft)
	wants(t, err, "DELIBERATION-SUBJECT-01")
	_, err = z.review.Confirm(t.Context(), z.command("confirm"), officer("dora"), p.Proposal, true, "")
	wants(t, err, "REVIEW-SECOND-02")
	// The rest of the record may change while a grade is on its way; grades may not.
	e.NameEN, e.Grades = "Test Trading", nil
	_, err = reg.Register(t.Context(), z.command("register"), officer("dora"), e)
	ok(t, err)
	ok(t, z.confirm(p))
	now := stored()
	if len(now.Grades) != 2 || now.NameEN != "Test Trading" || now.Grades[1].Law != draft.Law || now.Grades[1].Reason != draft.Reason || len(now.Grades[1].Evidence) != 1 {
		t.Fatalf("%+v", now)
	}
	for day, grade := range map[clock.Date]string{today: "advanced-certified", today + 1: "dishonest"} {
		if s, err := now.GradeAt(nil, day); err != nil || s.Grade.Code != grade {
			t.Errorf("on %s %s, %v", day, s.Grade.Code, err)
		}
	}
	alone := now
	alone.Grades = alone.Grades[:1]
	_, err = reg.Register(t.Context(), z.command("register"), officer("dora"), alone)
	wants(t, err, "REG-GRADE-01")
	_, err = reg.Register(t.Context(), z.command("register"), officer("dora"), now)
	ok(t, err)
	entries, err := z.store.Entries(t.Context(), 0, 100)
	ok(t, err)
	graded := 0
	for _, entry := range entries {
		if entry.Type == "enterprise.graded" {
			graded++
			if entry.Actor != "dina" || entry.Enterprise != code || entry.Why.Law != draft.Law || entry.Why.Reason != draft.Reason {
				t.Errorf("%+v", entry)
			}
		}
	}
	if graded != 1 {
		t.Errorf("%d entries", graded)
	}
	_, err = oversight.CheckGrade(party.Credit(), &party.Enterprise{}, oversight.GradeDraft{Grade: "regular", From: today, Law: "l", Evidence: []string{"x"}}, today)
	wants(t, err, "OVERSIGHT-GRADE-01") // the usual grade of one that was never graded
	// What is agreed to too late would change the past.
	late, err := z.proposeGrade(oversight.GradeDraft{Enterprise: code, Grade: "regular", From: today + 2, Law: "l", Evidence: []string{"x"}, Reason: "r"})
	ok(t, err)
	z.clock.Advance(3 * 24 * 3600 * 1e9)
	wants(t, z.confirm(late), "OVERSIGHT-GRADE-03")
}
