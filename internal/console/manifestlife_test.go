package console

import (
	"net/http"
	"strings"
	"testing"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/manifest"
	"seine/internal/party"
)

func TestAManifestArrivesIsTalliedTwiceAndAmendedOnItsPages(t *testing.T) {
	z := newZone(t)
	z.live()
	line := z.pages(Viewer{ID: "carrier", Name: "Zhou Ying", Role: RoleEnterprise, Enterprise: z.other, Posts: []string{string(party.CarrierPost)}})
	officer, trade := z.pages(z.people()["officer"]), z.pages(z.people()["enterprise"])
	path := "/manifests/" + z.manifest
	doc := func() clearance.Manifest { return saved[clearance.Manifest](z, dossier.Manifest, path) }
	for _, form := range []string{"/arrival", "/tally", "/amendment"} {
		if w := get(t, trade, path+form); w.Code != http.StatusNotFound {
			t.Errorf("%s to somebody else: %d", form, w.Code)
		}
	}
	if body := get(t, line, path).Body.String(); !strings.Contains(body, path+"/arrival") || strings.Contains(body, path+"/tally") {
		t.Error("the manifest does not offer its arrival, or offers the tally before it")
	}
	form := formOf(t, get(t, line, path+"/arrival").Body.String(), "life")
	form.Set("time", "25:10")
	if w := post(t, line, path+"/arrival", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-time"`) {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("day", "2026-11-22")
	form.Set("time", "21:40")
	w := post(t, line, path+"/arrival", form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if m := doc(); m.State != manifest.Arrived || m.Content.ArrivalActual.Day != clock.MustDate("2026-11-22") || m.Content.ArrivalActual.At == 0 {
		t.Fatalf("%s %+v", m.State, m.Content.ArrivalActual)
	}
	// One bill is forgotten, then counted; something lies there that no bill names.
	form = formOf(t, get(t, line, path+"/tally").Body.String(), "life")
	form.Set("/lines/0/packages", "103")
	form.Set("/lines/2/bill", "cosu 9")
	form.Set("/lines/2/packages", "4")
	if w = post(t, line, path+"/tally", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "CONSOLE-TALLY-01") || !strings.Contains(w.Body.String(), `href="#f-lines-1-packages"`) {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/lines/1/packages", "2.5")
	if w = post(t, line, path+"/tally", form); !strings.Contains(w.Body.String(), "CLR-TALLY-04") || !strings.Contains(w.Body.String(), `href="#f-lines-1-packages"`) {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/lines/1/packages", "100")
	w = post(t, line, path+"/tally", form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	body := get(t, officer, path).Body.String()
	if m := doc(); m.State != manifest.Tallied || m.Tallies[0].Differences != 2 || !strings.Contains(body, "COSU9") || !strings.Contains(body, `id="counted"`) {
		t.Fatalf("%+v", doc().Tallies)
	}
	// It was wrong: again, with a reason.
	form = formOf(t, get(t, line, path+"/tally").Body.String(), "life")
	if form.Get("/lines/0/packages") != "103" || form.Get("/lines/2/bill") != "COSU9" {
		t.Errorf("%v", form)
	}
	form.Set("/lines/0/packages", "102")
	form.Del("/lines/2/bill")
	form.Del("/lines/2/packages")
	if w = post(t, line, path+"/tally", form); !strings.Contains(w.Body.String(), "CLR-TALLY-03") || !strings.Contains(w.Body.String(), `href="#f-reason"`) {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("reason", "hatch 3 was opened later")
	w = post(t, line, path+"/tally", form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if body = get(t, line, "/bills/"+z.bill).Body.String(); !strings.Contains(body, "<del>103</del>") {
		t.Error("the count before is not shown")
	}
	// The carrier asks, an officer decides.
	form = formOf(t, get(t, line, path+"/amendment").Body.String(), "life")
	form.Set("do", "send")
	form.Set("reason", "as tallied")
	if w = post(t, line, path+"/amendment", form); !strings.Contains(w.Body.String(), "CLR-AMEND-05") {
		t.Fatalf("nothing changed: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/consignments/0/goods/0/packages", "102")
	form.Set("do", "compare")
	if w = post(t, line, path+"/amendment", form); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<ins>102</ins>") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("do", "send")
	form.Set("reason", "")
	if w = post(t, line, path+"/amendment", form); !strings.Contains(w.Body.String(), "CLR-AMEND-02") || !strings.Contains(w.Body.String(), `href="#f-reason"`) {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("reason", "as tallied")
	w = post(t, line, path+"/amendment", form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	asked, err := z.store.Find(t.Context(), dossier.Application, "number", doc().Number, 1)
	if err != nil || len(asked) != 1 {
		t.Fatal(asked, err)
	}
	at := path + "/amendments/" + asked[0]
	if body = get(t, officer, "/work?view=papers").Body.String(); !strings.Contains(body, `href="`+at+`"`) {
		t.Error("the amendment waits on no worklist")
	}
	if to := get(t, officer, "/ladings/"+asked[0]).Header().Get("Location"); to != at {
		t.Errorf("an entry leads to %q", to)
	}
	if strings.Contains(get(t, officer, "/ladings").Body.String(), doc().Number) {
		t.Error("it stands among the lading applications")
	}
	if code := get(t, trade, at).Code; code != http.StatusNotFound {
		t.Errorf("shown to somebody else: %d", code)
	}
	body = get(t, officer, at).Body.String()
	if !strings.Contains(body, "<ins>102</ins>") || !strings.Contains(body, "as tallied") {
		t.Error("the officer does not see what is asked")
	}
	word := formOf(t, body, "acts")
	word.Set("act", "agree")
	if w = post(t, officer, at, word); !strings.Contains(w.Body.String(), "CLR-REASON-01") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	word.Set("reason", "counted by the terminal")
	w = post(t, officer, at, word)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if body = get(t, line, at).Body.String(); !strings.Contains(body, "counted by the terminal") || strings.Contains(body, `id="acts"`) {
		t.Error("the carrier does not see how it ended")
	}
	if body = get(t, officer, path).Body.String(); strings.Contains(body, `id="counted"`) {
		t.Error("the difference is still shown")
	}
}

func TestAManifestIsAmendedByAFile(t *testing.T) {
	z := newZone(t)
	z.live()
	line := z.pages(Viewer{ID: "carrier", Name: "Zhou Ying", Role: RoleEnterprise, Enterprise: z.other, Posts: []string{string(party.CarrierPost)}})
	path := "/manifests/" + z.manifest + "/amendment"
	form := formOf(t, get(t, line, path).Body.String(), "life")
	form.Set("do", "send")
	form.Set("reason", "a bill was left out")
	form.Set("text", `{"id":"OTHER","kind":"original"}`)
	if w := post(t, line, path, form); !strings.Contains(w.Body.String(), "CONSOLE-AMENDMENT-01") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("text", "manifest_number,kind,transport_mode,means_name,voyage,pol,pod,eta,bl no,consignee_code,total packages,total gross weight,goods,packages,package type,gross weight\n"+
		"MCOSU1,original,1,EVER GIVEN,012E,USNYC,CNSHA,2026-11-22,COSU1,"+z.owner+",100,1000,FROZEN ORANGE JUICE,100,CT,1000\n"+
		",,,,,,,,COSU3,"+z.owner+",7,70,ORANGES,7,CT,70\n")
	form.Set("do", "compare")
	w := post(t, line, path, form)
	body := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(body, "COSU3") || !strings.Contains(body, "<del>100 CT, 1000 kg</del>") {
		t.Fatalf("%d %s", w.Code, refusalOf(body))
	}
}
