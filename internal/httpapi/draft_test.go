package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/draft"
	"seine/internal/httpapi"
)

func TestDraftsAreAPersonsOwn(t *testing.T) {
	h := open(t)
	const drafts = "/api/v1/drafts"
	form := httpapi.DraftKept{Title: "wine", Lines: 2, Values: map[string]string{"/billOfLading": "COSU1", "/lines/1/name": "Red wine"}}
	var kept, again draft.Reply
	h.post("trader", drafts, form).into(http.StatusCreated, &kept)
	var shown httpapi.DraftShown
	h.get("trader", drafts+"/"+kept.ID).into(http.StatusOK, &shown)
	if diff := cmp.Diff(form.Values, shown.Values); diff != "" || shown.Form != draft.Declaration || shown.Title != "wine" || shown.Expires <= shown.Saved {
		t.Errorf("%+v %s", shown, diff)
	}
	form.Values["/lines/0/name"] = "White wine"
	h.ask(asked{who: "trader"}, http.MethodPut, drafts+"/"+kept.ID, form).into(http.StatusOK, &again)
	var list struct{ Items []httpapi.DraftLine }
	h.get("trader", drafts).into(http.StatusOK, &list)
	if again.ID != kept.ID || len(list.Items) != 1 || list.Items[0].ID != kept.ID {
		t.Errorf("%+v %+v", again, list)
	}

	// Nobody else sees that it is there.
	h.get("broker", drafts+"/"+kept.ID).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.ask(asked{who: "broker"}, http.MethodPut, drafts+"/"+kept.ID, form).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.ask(asked{who: "broker"}, http.MethodDelete, drafts+"/"+kept.ID, nil).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.get("broker", drafts).into(http.StatusOK, &list)
	if len(list.Items) != 0 {
		t.Errorf("%+v", list)
	}
	if a := h.get("1001", drafts+"/"+kept.ID); a.Status != http.StatusForbidden && a.Status != http.StatusNotFound {
		t.Errorf("an officer sees it: %d %s", a.Status, a.Body)
	}

	for code, bad := range map[string]httpapi.DraftKept{
		"DRAFT-FORM-01":  {Form: "something"},
		"DRAFT-FORM-02":  {Lines: 51},
		"DRAFT-FORM-03":  {Values: map[string]string{"billOfLading": "x"}},
		"DRAFT-TITLE-01": {Title: strings.Repeat("酒", 81)},
		"DRAFT-SIZE-01":  {Values: map[string]string{"/billOfLading": strings.Repeat("x", draft.Size)}},
	} {
		path := map[string]string{"DRAFT-FORM-01": "/form", "DRAFT-FORM-02": "/lines", "DRAFT-TITLE-01": "/title"}[code]
		if path == "" {
			path = "/values"
		}
		h.post("trader", drafts, bad).refused(http.StatusUnprocessableEntity, code, path)
	}
	for range draft.Most - 1 {
		h.post("trader", drafts, httpapi.DraftKept{}).into(http.StatusCreated, &again)
	}
	h.post("trader", drafts, form).refused(http.StatusConflict, "DRAFT-MANY-01", "")
	h.ask(asked{who: "trader"}, http.MethodDelete, drafts+"/"+kept.ID, nil).into(http.StatusNoContent, nil)
	h.get("trader", drafts+"/"+kept.ID).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
}
