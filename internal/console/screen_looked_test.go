package console

import (
	"net/http"
	"strings"
	"testing"

	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

func TestWhoLookedAtAPaperIsForThoseWhoOversee(t *testing.T) {
	z := newZone(t)
	z.live()
	_, err := z.store.Decide(t.Context(), z.command("look"), func(v decision.View) (decision.Outcome, error) {
		return decision.Outcome{Entries: []journal.Entry{decision.Entry(v, z.officer("o2"), "access.read", journal.Ref{Kind: "declaration", ID: z.held})}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	people := z.people()
	path := "/looked/declaration/" + z.held
	for _, who := range []string{"auditor", "chief"} {
		h := z.pages(people[who])
		if body := get(t, h, "/declarations/"+z.held).Body.String(); !strings.Contains(body, path) {
			t.Errorf("%s is not led there", who)
		}
		if w := get(t, h, path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "o2") {
			t.Errorf("%s: %d %s", who, w.Code, refusalOf(w.Body.String()))
		}
		if w := get(t, h, "/looked/declaration/nosuch"); w.Code != http.StatusNotFound {
			t.Errorf("%s, one that is not there: %d", who, w.Code)
		}
	}
	if !strings.Contains(strings.Join(z.logged, " "), "declaration "+z.held) {
		t.Error("looking at who looked is not recorded")
	}
	own := z.pages(people["enterprise"])
	if body := get(t, own, "/declarations/"+z.held).Body.String(); !strings.Contains(body, path) {
		t.Error("the owner is not led there")
	}
	w := get(t, own, path)
	if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, "o2") || !strings.Contains(body, "filing officer") {
		t.Errorf("the owner: %d %s", w.Code, refusalOf(body))
	}
	for _, who := range []string{"officer", "other", "lane", "operator"} {
		h := z.pages(people[who])
		if w := get(t, h, path); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", who, w.Code)
		}
		if body := get(t, h, "/declarations/"+z.held).Body.String(); strings.Contains(body, "/looked/") {
			t.Errorf("%s is led there", who)
		}
	}
	for _, kind := range []string{"enterprise/" + z.owner, "book/" + z.book, "guarantee/G1"} {
		if w := get(t, z.pages(people["auditor"]), "/looked/"+kind); w.Code != http.StatusOK {
			t.Errorf("%s: %d", kind, w.Code)
		}
	}
	if w := get(t, z.pages(people["auditor"]), "/looked/user/clerk"); w.Code != http.StatusNotFound {
		t.Errorf("an account: %d", w.Code)
	}
}

func TestTheOwnerOfAPaperLearnsOfDesksAndDaysOnly(t *testing.T) {
	officers := []party.Officer{
		{ID: "o1", Posts: []party.PostID{party.FilingOfficer, party.RiskAnalyst}, Office: "2218"},
		{ID: "o2", Posts: []party.PostID{party.FilingOfficer}, Office: "2218"},
		{ID: "r1", Posts: []party.PostID{party.RiskAnalyst}},
		{ID: "a1", Posts: []party.PostID{party.Auditor}},
		{ID: "t1", Posts: []party.PostID{party.TaxOfficer}},
	}
	var entries []*store.Stored
	for i, actor := range []string{"o1", "o2", "r1", "a1", "t1", "gone"} {
		entries = append(entries, &store.Stored{Entry: journal.Entry{At: sampleAt("2026-11-23T09:1" + string(rune('0'+i))), Actor: actor}})
	}
	table := ownLooked(t.Context(), entries, officers)
	if len(table.Rows) != 2 {
		t.Errorf("%d rows: two filing officers of one day are one desk, analysts and auditors none", len(table.Rows))
	}
}
