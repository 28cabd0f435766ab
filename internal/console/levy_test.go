package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/num"
	"seine/internal/tariff"
	"seine/locales"
)

// importForm is an ordinary import as it is filled in on the form.
func (z *zone) importForm() url.Values {
	day := z.clock.Now().Date().String()
	return url.Values{
		"/procedure": {"import-direct"}, "/kind": {"bill_of_entry"}, "/direction": {"import"}, "/competentOffice": {"2218"}, "/entryOffice": {"2218"},
		"/declaredOn": {day}, "/entryOn": {day}, "/consignee/creditCode": {z.owner}, "/declarant/creditCode": {z.owner}, "/transport/mode": {"2"},
		"/departureCountry": {"US"}, "/tradeMode": {"0110"}, "/levyNature": {"101"}, "/tradeCountry": {"US"}, "/terms": {"CIF"}, "/currency": {"USD"},
		"/packages": {"10"}, "/packageKind": {"CT"}, "/grossMass": {"1000"}, "/netMass": {"900"}, "lines": {"1"}, "key": {"levy"},
		"/lines/0/commodity": {"2009110000"}, "/lines/0/name": {"Frozen orange juice"}, "/lines/0/quantity": {"900"}, "/lines/0/unit": {"KGM"},
		"/lines/0/legalQuantity": {"900"}, "/lines/0/legalUnit": {"KGM"}, "/lines/0/total": {"1800"}, "/lines/0/origin": {"US"}, "/lines/0/netMass": {"900"},
		"/lines/0/levyMode": {"1"}, "/lines/0/finalDestination": {"CN"},
	}
}

// A code other than the one that customs decided on is flagged before lodging and
// on the page of the declaration, in the reader's language.
func TestAnotherCodeThanDecidedIsShownInBothLanguages(t *testing.T) {
	z := newZone(t)
	z.live()
	z.judge(false)
	z.ref.Classified = tariff.NewClassified([]tariff.Classification{{
		Number: "PC-2026-7", Name: "frozen orange juice", Code: "20091200", From: clock.MustDate("2026-01-01"), Reason: "brix of 20 or less",
	}})
	h := z.pages(z.people()["enterprise"])
	form := z.importForm()
	form.Set("do", "preview")
	want := map[string]string{
		"en":    "Line 1 is declared under 2009110000; decision PC-2026-7 puts these goods under 20091200.",
		"zh-CN": "第 1 项申报为 2009110000；预归类决定 PC-2026-7 将该货物归入 20091200。",
	}
	for _, tag := range locales.Languages {
		if w := post(t, h, "/declare", form, "Accept-Language", tag); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want[tag]) {
			t.Errorf("preview in %s: %d without the conflict %s", tag, w.Code, around(w.Body.String(), "20091200"))
		}
	}
	form.Set("do", "lodge")
	w := post(t, h, "/declare", form)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("lodge: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	for _, tag := range locales.Languages {
		page := get(t, h, w.Header().Get("Location"), "Accept-Language", tag).Body.String()
		if !strings.Contains(page, want[tag]) {
			t.Errorf("the page in %s does not tell of the conflict", tag)
		}
	}
}

func TestMaterialsAreReadFromRows(t *testing.T) {
	f := newDeclaration()
	f.Values["/levy/on"] = "materials"
	f.Values["/levy/materials"] = "1;4;3907.61.1000;us;1,000.5;kgm;400000.00;2026-05-27\n\n1\t\t2009110000\tUS\t2\tLTR\t7\t２０２６-05-28\tACFTA\tE1\n"
	d, faults := f.declaration()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := &declaration.LevyChoice{On: declaration.OnMaterials, Materials: []declaration.LevyMaterial{
		{Line: 1, BookLine: 4, Commodity: "3907611000", Origin: "US", Quantity: 100_050_000, Unit: "KGM", Value: 40_000_000, From: clock.MustDate("2026-05-27")},
		{Line: 1, Commodity: "2009110000", Origin: "US", Quantity: 2 * num.OneQuantity, Unit: "LTR", Value: 700, From: clock.MustDate("2026-05-28"), Agreement: "ACFTA", OriginProof: "E1"},
	}}
	if diff := cmp.Diff(want, d.Levy); diff != "" {
		t.Error(diff)
	}
	again := newDeclaration()
	again.fill(&d)
	if back, faults := again.declaration(); len(faults) > 0 || cmp.Diff(want, back.Levy) != "" {
		t.Errorf("what is written is not what is read: %v %+v", faults, back.Levy)
	}
	f.Values["/levy/materials"] = "one;;;;;;;\n1;2;3;4;5;6;7;2026-05-27;9;10;11"
	_, faults = f.declaration()
	codes := map[string]bool{}
	for _, one := range faults {
		codes[one.Code] = one.Path == "/levy/materials"
	}
	if !codes["CONSOLE-LEVY-01"] || !codes["CONSOLE-LEVY-02"] {
		t.Errorf("%v", faults)
	}
}

func TestAChoiceThatCannotBeMadeIsMarkedOnTheForm(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["enterprise"])
	form := z.importForm()
	form.Set("/levy/on", "materials")
	form.Set("/levy/materials", "1;;3907611000;US;900;KGM;1000;2026-05-27")
	form.Set("do", "preview")
	w := post(t, h, "/declare", form)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), `href="#f-levy-on"`) || !strings.Contains(w.Body.String(), "CLR-LEVY-01") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/levy/materials", "7;;3907611000;US;900;KGM;1000;2026-05-27")
	if w = post(t, h, "/declare", form); !strings.Contains(w.Body.String(), `href="#f-levy-materials"`) {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
}

func around(body, part string) string {
	i := strings.Index(body, part)
	if i < 0 {
		return "nowhere"
	}
	return body[max(0, i-200):min(len(body), i+200)]
}
