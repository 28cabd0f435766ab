package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"seine/internal/httpapi"
	"seine/internal/tariff"
)

// A rate is changed by two officers, counts from its day, touches what is open,
// and can be taken back; nobody edits the schedule itself.
func TestARateIsChangedByTwoOfficersAndTakenBack(t *testing.T) {
	h := open(t)
	today := h.app.Clock.Now().Date()
	from, later := today.AddDays(10).String(), today.AddDays(20).String()
	body := func(code, rate, from string) string {
		return fmt.Sprintf(`{"reason":"announcement of the commission","amendments":[{"code":%q,"kind":"mfn","rate":%q,"from":%q,"law":"announcement 12"}]}`, code, rate, from)
	}
	// Who may not, and what is wrong.
	h.post("trader", "/api/v1/tariff/changes", body("20091100", "5%", from)).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1009", "/api/v1/tariff/changes", body("20091199", "5%", from)).refused(http.StatusUnprocessableEntity, "TARIFF-CODE-02", "/amendments/0/code")
	h.post("1009", "/api/v1/tariff/changes", body("20091100", "5%", today.String())).refused(http.StatusUnprocessableEntity, "OVERSIGHT-DAY-01", "/amendments/0/from")
	h.post("1009", "/api/v1/tariff/changes", body("20091100", "cheap", from)).refused(http.StatusUnprocessableEntity, "NUM-SYNTAX-01", "/amendments/0/rate")

	rate := func(day string) string {
		t.Helper()
		var c struct {
			Measures []struct{ Kind, Duty string }
		}
		h.get("trader", "/api/v1/tariff/20091100?date="+day).into(http.StatusOK, &c)
		for _, m := range c.Measures {
			if m.Kind == "mfn" {
				return m.Duty
			}
		}
		return "none"
	}
	agree := func(proposal string) {
		t.Helper()
		h.post("1012", "/api/v1/proposals/"+proposal+"/acts", `{"act":"agree","reason":"as published"}`).into(http.StatusOK, &struct{}{})
		if err := h.app.Reload(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	// The effect is seen before anything is proposed.
	var compared struct {
		Count   int
		Changes []struct{ Code, Kind, Old, New string }
		Effect  struct{ Looked int }
	}
	h.post("1009", "/api/v1/tariff/comparisons", fmt.Sprintf(`{"on":%q,"amendments":[{"code":"20091100","kind":"mfn","rate":"5%%","from":%q,"law":"announcement 12"}]}`, later, from)).into(http.StatusOK, &compared)
	if compared.Count != 1 || compared.Changes[0].Old != "7.5%" || compared.Changes[0].New != "5%" {
		t.Errorf("%+v", compared)
	}
	var proposed struct{ Proposal, Second string }
	h.post("1009", "/api/v1/tariff/changes", body("20091100", "5%", from)).into(http.StatusCreated, &proposed)
	if proposed.Second != "1012" || rate(later) != "7.5%" {
		t.Errorf("%+v, %s: a proposal changes nothing", proposed, rate(later))
	}
	agree(proposed.Proposal)
	if rate(today.String()) != "7.5%" || rate(from) != "5%" {
		t.Errorf("%s today, %s from its day", rate(today.String()), rate(from))
	}
	// The calculator follows by itself: the schedule was swapped under it.
	var w struct{ Taxes map[string]string }
	h.post("trader", "/api/v1/duty/calculations", fmt.Sprintf(`{"date":%q,"currency":"CNY","lines":[{"hs":"20091100","origin":"BR","price":100000}]}`, from)).into(http.StatusOK, &w)
	if w.Taxes["duty"] != "5000.00" {
		t.Errorf("%v", w.Taxes)
	}
	var all struct {
		Items []struct{ ID, State, Reverts string }
	}
	h.get("1009", "/api/v1/tariff/changes").into(http.StatusOK, &all)
	if len(all.Items) != 1 || all.Items[0].State != "approved" {
		t.Fatalf("%+v", all)
	}
	back, _ := json.Marshal(map[string]string{"from": later, "reason": "the announcement was withdrawn"})
	h.post("1009", "/api/v1/tariff/changes/"+all.Items[0].ID+"/rollback", string(back)).into(http.StatusCreated, &proposed)
	h.post("1009", "/api/v1/tariff/changes/"+all.Items[0].ID+"/rollback", string(back)).refused(http.StatusConflict, "OVERSIGHT-TARIFF-02", "")
	agree(proposed.Proposal)
	if rate(from) != "5%" || rate(later) != "7.5%" {
		t.Errorf("%s before, %s after it was taken back", rate(from), rate(later))
	}
}

// Decisions on codes are found by part or name, and a ruling is seen by its holder
// and by customs alone.
func TestDecisionsOnCodesAreFoundByPartOrName(t *testing.T) {
	h := open(t)
	body := fmt.Sprintf(`[{"number":"PC-1","name":"冷冻橙汁","code":"20091100","from":"2026-01-01","reason":"frozen"},{"number":"AR-2","enterprise":%q,"part":"OJ-7","name":"juice base","code":"20091200","from":"2026-01-01","reason":"not frozen"}]`, trader)
	h.post("trader", "/api/v1/classifications", body).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1009", "/api/v1/classifications", `[{"number":"X","name":"x","code":"20091199","from":"2026-01-01","reason":"r"}]`).refused(http.StatusUnprocessableEntity, "TARIFF-CODE-02", "/0/code")
	h.post("1009", "/api/v1/classifications", body).into(http.StatusCreated, &struct{}{})
	if err := h.app.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	seen := func(who, q string) int {
		var found struct{ Items []struct{ Number string } }
		h.get(who, "/api/v1/classifications?q="+q).into(http.StatusOK, &found)
		return len(found.Items)
	}
	if seen("trader", "oj-7") != 1 || seen("broker", "oj-7") != 0 || seen("1009", "oj-7") != 1 || seen("broker", "%E5%86%B7%E5%86%BB") != 1 {
		t.Error("by part and name, for its holder")
	}
}

// A whole schedule is loaded, compared, agreed on by two officers and in force from
// its day without a restart; before its day it can be taken back.
func TestAWholeScheduleIsAgreedOnAndTakenBack(t *testing.T) {
	h := open(t)
	today := h.app.Clock.Now().Date()
	from := today.AddDays(10)
	h.passed("trader")
	cn, err := tariff.Shipped("cn")
	if err != nil {
		t.Fatal(err)
	}
	next, err := cn.Amend([]tariff.Amendment{{Code: "20091100", Kind: "mfn", Rate: "3%", From: from, Law: "next year", Replace: true}})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	packed := gzip.NewWriter(&file)
	if err := errors.Join(tariff.WriteFacts(packed, next), packed.Close()); err != nil {
		t.Fatal(err)
	}
	load := httpapi.ScheduleLoad{Content: file.Bytes(), From: from}
	h.post("trader", "/api/v1/tariff/schedules", load).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1009", "/api/v1/tariff/schedules", httpapi.ScheduleLoad{Content: []byte("rates"), From: from}).refused(http.StatusUnprocessableEntity, "TARIFF-FACTS-01", "/content")
	h.post("1009", "/api/v1/tariff/schedules", httpapi.ScheduleLoad{Content: file.Bytes(), From: today}).refused(http.StatusUnprocessableEntity, "OVERSIGHT-DAY-01", "/from")
	us, err := tariff.Shipped("uk-seasonal")
	if err != nil {
		t.Fatal(err)
	}
	var foreign bytes.Buffer
	if err := tariff.WriteFacts(&foreign, us); err != nil {
		t.Fatal(err)
	}
	h.post("1009", "/api/v1/tariff/schedules", httpapi.ScheduleLoad{Content: foreign.Bytes(), From: from}).refused(http.StatusUnprocessableEntity, "TARIFF-FACTS-03", "/content")

	rate := func(day string) string {
		t.Helper()
		var c struct {
			Measures []struct{ Kind, Duty string }
		}
		h.get("trader", "/api/v1/tariff/20091100?date="+day).into(http.StatusOK, &c)
		for _, m := range c.Measures {
			if m.Kind == "mfn" {
				return m.Duty
			}
		}
		return "none"
	}
	var draft struct{ ID, State string }
	h.post("1009", "/api/v1/tariff/schedules", load).into(http.StatusCreated, &draft)
	compare := func() (compared struct {
		Schedule struct {
			State    string
			Schedule struct{ Commodities int }
		}
		Count   int
		Changes []struct{ Code, Kind, Old, New string }
		Effect  struct {
			Affected []struct{ Kind, Difference string }
		}
	},
	) {
		t.Helper()
		h.get("1009", "/api/v1/tariff/schedules/"+draft.ID+"/comparison").into(http.StatusOK, &compared)
		return compared
	}
	if c := compare(); c.Count != 1 || c.Changes[0].Old != "7.5%" || c.Changes[0].New != "3%" || c.Schedule.Schedule.Commodities == 0 {
		t.Errorf("%+v", c)
	}
	h.get("trader", "/api/v1/tariff/schedules/"+draft.ID+"/comparison").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.get("1012", "/api/v1/tariff/schedules/"+draft.ID+"/comparison").into(http.StatusOK, &struct{}{})
	// Who may be drawn as second reads what is on its way; nobody else does.
	var all struct{ Items []struct{ ID string } }
	if h.get("1012", "/api/v1/tariff/changes").into(http.StatusOK, &all); len(all.Items) != 1 || all.Items[0].ID != draft.ID {
		t.Errorf("%+v", all)
	}
	h.get("1008", "/api/v1/tariff/changes").refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.get("trader", "/api/v1/tariff/changes").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	propose := "/api/v1/tariff/schedules/" + draft.ID + "/proposal"
	h.post("1009", propose, `{"reason":"new year"}`).refused(http.StatusUnprocessableEntity, "OVERSIGHT-SCHEDULE-02", "/law")
	var proposed struct{ Proposal, Second string }
	h.post("1009", propose, `{"reason":"new year","law":"announcement 99"}`).into(http.StatusCreated, &proposed)
	h.post("1009", propose, `{"reason":"new year","law":"announcement 99"}`).refused(http.StatusConflict, "OVERSIGHT-SCHEDULE-01", "")
	agree := func() {
		t.Helper()
		h.post("1012", "/api/v1/proposals/"+proposed.Proposal+"/acts", `{"act":"agree","reason":"as published"}`).into(http.StatusOK, &struct{}{})
		if err := h.app.Reload(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	agree()
	if rate(from.AddDays(-1).String()) != "7.5%" || rate(from.String()) != "3%" {
		t.Errorf("%s before, %s from its day", rate(from.AddDays(-1).String()), rate(from.String()))
	}
	if c := compare(); c.Count != 1 || c.Schedule.State != "approved" {
		t.Errorf("after it was agreed on: %+v", c)
	}
	// What is worked out now names the tariff that holds both; the check follows.
	h.passed("trader")
	// An amendment on the coming schedule rests on it.
	var amended struct{ Proposal string }
	h.post("1009", "/api/v1/tariff/changes", fmt.Sprintf(`{"reason":"r","amendments":[{"code":"20091100","kind":"mfn","rate":"2%%","from":%q,"law":"l"}]}`, from.AddDays(5))).into(http.StatusCreated, &amended)
	back := "/api/v1/tariff/changes/" + draft.ID + "/rollback"
	h.post("1009", back, fmt.Sprintf(`{"from":%q,"reason":"postponed"}`, from)).into(http.StatusCreated, &proposed)
	h.post("1009", back, fmt.Sprintf(`{"from":%q,"reason":"postponed"}`, from)).refused(http.StatusConflict, "OVERSIGHT-TARIFF-02", "")
	agree()
	if rate(from.String()) != "7.5%" {
		t.Errorf("%s from the day of a schedule that was taken back", rate(from.String()))
	}
	h.passed("trader")
	var other struct{ ID string }
	h.post("1009", "/api/v1/tariff/schedules", load).into(http.StatusCreated, &other)
	h.ask(asked{who: "1009"}, http.MethodDelete, "/api/v1/tariff/schedules/"+other.ID, nil).into(http.StatusOK, &struct{}{})
	h.post("1009", "/api/v1/tariff/schedules/"+other.ID+"/proposal", `{"reason":"r","law":"l"}`).refused(http.StatusConflict, "OVERSIGHT-SCHEDULE-01", "")
}

func TestTheCalendarOfAYearIsRead(t *testing.T) {
	h := open(t)
	var c httpapi.CalendarShown
	h.get("trader", "/api/v1/calendar?year=2026").into(http.StatusOK, &c)
	if len(c.Items) != 13 || c.KnownUntil.String() != "2026-12-31" || c.Items[2].NameZH != "" || !c.Items[2].Working || c.Items[3].NameZH != "春节" || c.Items[3].Days != 9 {
		t.Errorf("%+v", c)
	}
	h.get("trader", "/api/v1/calendar?year=2027").into(http.StatusOK, &c)
	if len(c.Items) != 0 {
		t.Errorf("%+v", c)
	}
}
