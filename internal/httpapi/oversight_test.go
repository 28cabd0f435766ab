package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"seine/internal/deliberation"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/risk"
	"seine/procedures"
)

func TestRulesAreChangedOverTheDoor(t *testing.T) {
	h := open(t)
	h.lodge("trader", h.bill(), "")
	tomorrow := h.app.Clock.Now().Date().AddDays(1)
	table, err := risk.DefaultTable(risk.Declaration)
	if err != nil {
		t.Fatal(err)
	}
	spec := table.Spec
	spec.Version = "door"
	spec.Bands = append([]risk.Band(nil), spec.Bands...)
	spec.Bands[0].Medium = 41
	source, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	draft := oversight.TableDraft{Source: string(source), From: tomorrow, Reason: "fewer checks"}
	h.post("1001", "/api/v1/risk-tables", draft).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.get("trader", "/api/v1/risk-tables").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	var saved oversight.TableReply
	h.post("1004", "/api/v1/risk-tables", draft).into(http.StatusCreated, &saved)
	acts := "/api/v1/risk-tables/" + saved.ID + "/acts"
	h.post("1004", acts, map[string]string{"act": "propose", "reason": "r"}).refused(http.StatusConflict, "OVERSIGHT-TABLE-08", "")
	var report risk.Report
	h.post("1004", acts, map[string]string{"act": "test"}).into(http.StatusOK, &report)
	if report.Cases != 1 {
		t.Errorf("tried on %d declarations", report.Cases)
	}
	var proposed deliberation.Reply
	h.post("1004", acts, map[string]string{"act": "propose", "reason": "r"}).into(http.StatusOK, &proposed)
	h.post(proposed.Second, "/api/v1/proposals/"+proposed.Proposal+"/acts", map[string]string{"act": "agree", "reason": "fine"}).into(http.StatusOK, nil)
	var shown oversight.RiskTable
	h.get("1004", "/api/v1/risk-tables/"+saved.ID).into(http.StatusOK, &shown)
	if shown.State != oversight.Approved || !strings.Contains(shown.Source, `"secret":true`) {
		t.Errorf("%s", shown.State)
	}
	h.get("1001", "/api/v1/risk-tables/"+saved.ID).into(http.StatusOK, &shown)
	if strings.Contains(shown.Source, `"secret":true`) || shown.Source == "" {
		t.Error("a filing officer reads secret rules, or nothing")
	}
	var health oversight.Health
	h.get("1004", "/api/v1/risk-tables/health").into(http.StatusOK, &health)
	if health.All.Judged != 1 {
		t.Errorf("%+v", health.All)
	}
	h.get("1001", "/api/v1/risk-tables/health").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1004", "/api/v1/risk-tables/restorations", oversight.Rollback{Subject: risk.Declaration, To: oversight.Shipped, Version: "back", From: tomorrow, Reason: "r"}).into(http.StatusCreated, &saved)
	h.post("1004", "/api/v1/risk-tables/"+saved.ID+"/acts", map[string]string{"act": "discard", "reason": "no"}).into(http.StatusOK, nil)
	h.post("1004", "/api/v1/risk-tables/"+saved.ID+"/acts", map[string]string{"act": "burn"}).refused(http.StatusUnprocessableEntity, "HTTP-ACT-01", "/act")
}

func TestASecretInstructionShowsWhatToDoAndNotWhy(t *testing.T) {
	h := open(t)
	now := h.app.Clock.Now()
	spec := risk.InstructionSpec{
		Subject: risk.Declaration, Scope: `office = "2218"`, Action: risk.Inspect, Share: num.OneRate, From: now, To: now.Date().AddDays(2).Start(), Secrecy: risk.Secret,
		Reason: risk.Label{EN: "hidden tip", ZH: "线索"},
	}
	h.post("1001", "/api/v1/instructions", spec).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	var issued oversight.InstructionReply
	h.post("1004", "/api/v1/instructions", spec).into(http.StatusCreated, &issued)
	acts := "/api/v1/instructions/" + issued.ID + "/acts"
	agree := "/api/v1/proposals/" + issued.Proposal + "/acts"
	h.post("1004", agree, map[string]string{"act": "agree", "reason": "mine"}).refused(http.StatusForbidden, "REVIEW-SECOND-02", "")
	h.post(issued.Second, agree, map[string]string{"act": "agree", "reason": "checked"}).into(http.StatusOK, nil)
	if a := h.get("1010", "/api/v1/proposals/"+issued.Proposal); strings.Contains(string(a.Body), "hidden tip") || strings.Contains(string(a.Body), "2218") {
		t.Errorf("the proposal tells a gate officer: %s", a.Body)
	}
	if a := h.get("1010", "/api/v1/instructions/"+issued.ID); !strings.Contains(string(a.Body), `"action":"inspect"`) || strings.Contains(string(a.Body), "hidden tip") || strings.Contains(string(a.Body), "2218") {
		t.Errorf("a gate officer reads %s", a.Body)
	}
	if a := h.get("1004", "/api/v1/instructions/"+issued.ID); !strings.Contains(string(a.Body), "hidden tip") {
		t.Errorf("an analyst reads %s", a.Body)
	}
	h.post("1011", acts, map[string]string{"act": "withdraw", "reason": "over"}).into(http.StatusOK, nil)
}

func TestACreditGradeIsProposedOverTheDoor(t *testing.T) {
	h := open(t)
	path := "/api/v1/enterprises/" + trader
	draft := oversight.GradeDraft{Grade: "certified", From: h.app.Clock.Now().Date().AddDays(1), Law: "credit rules of 2026", Evidence: []string{"A-17"}, Reason: "certified today"}
	h.post("trader", path+"/grades", draft).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("broker", path+"/grades", draft).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1002", path+"/grades", draft).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("1001", "/api/v1/enterprises/nobody/grades", draft).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	bad := draft
	bad.Grade = "AA"
	h.post("1001", path+"/grades", bad).refused(http.StatusUnprocessableEntity, "PARTY-GRADE-01", "/grade")
	var e party.Enterprise
	h.get("1001", path).into(http.StatusOK, &e)
	e.Grades = []party.GradeChange{{Grade: "certified", From: draft.From}}
	h.post("1001", "/api/v1/enterprises", e).refused(http.StatusConflict, "REG-GRADE-01", "/grades")
	var proposed deliberation.Reply
	h.post("1001", path+"/grades", draft).into(http.StatusCreated, &proposed)
	if proposed.Second != "1012" {
		t.Errorf("drawn: %s", proposed.Second)
	}
	h.post(proposed.Second, "/api/v1/proposals/"+proposed.Proposal+"/acts", map[string]string{"act": "agree", "reason": "seen"}).into(http.StatusOK, nil)
	h.get("trader", path).into(http.StatusOK, &e)
	if len(e.Grades) != 1 || e.Grades[0].Grade != "certified" || e.Grades[0].From != draft.From || e.Grades[0].Law != draft.Law {
		t.Errorf("%+v", e.Grades)
	}
}

func TestAModeIsProposedOverTheDoor(t *testing.T) {
	h := open(t)
	raw, err := procedures.Files.ReadFile("import-direct.yaml")
	if err != nil {
		t.Fatal(err)
	}
	source := strings.Replace(string(raw), "from: 2000-01-01", "from: "+h.app.Clock.Now().Date().AddDays(1).String(), 1)
	next := strings.Replace(source, "version: 1\n", "version: 2\n", 1)
	const path = "/api/v1/mode-versions"
	h.post("1001", path, map[string]string{"source": next, "reason": "r"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.get("trader", path).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1012", path, map[string]string{"source": "", "reason": "r"}).refused(http.StatusUnprocessableEntity, "HTTP-PARAM-02", "/source")
	h.post("1012", path, map[string]string{"source": string(raw), "reason": "r"}).refused(http.StatusUnprocessableEntity, "OVERSIGHT-DAY-01", "/valid/from")
	// The house has one division head: nobody else may agree.
	h.post("1012", path, map[string]string{"source": next, "reason": "r"}).refused(http.StatusConflict, "REVIEW-SECOND-01", "")
	var page struct {
		Items []oversight.ModeVersion `json:"items"`
	}
	if h.get("1001", path).into(http.StatusOK, &page); len(page.Items) != 0 {
		t.Errorf("a refused proposal left %+v", page.Items)
	}
}
