package console

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"seine/internal/book"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

var (
	hrefIn   = regexp.MustCompile(`href="(/[^"]*)"`)
	oneThing = regexp.MustCompile(`/[^/]*[0-9][^/]*`)
)

// Whoever follows the links of the pages from the first on is never refused: what
// somebody may not open is not offered.
func TestNoPageOffersAWayThatIsRefused(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	people["carrier"] = Viewer{ID: "driver", Name: "Zhou Min", Role: RoleEnterprise, Enterprise: z.owner, Posts: []string{string(party.CarrierPost)}}
	people["broker"] = Viewer{ID: "broker", Name: "Gu Lan", Role: RoleEnterprise, Enterprise: z.owner, Posts: []string{string(party.BrokerPost)}}
	const alike = 6 // pages of one kind that are enough
	for name, who := range people {
		t.Run(name, func(t *testing.T) {
			h := z.pages(who)
			from, shapes := map[string]string{"/": "the address bar"}, map[string]int{}
			for waiting := []string{"/"}; len(waiting) > 0; waiting = waiting[1:] {
				path := waiting[0]
				w := get(t, h, path)
				if w.Code == http.StatusSeeOther {
					to := w.Header().Get("Location")
					if _, known := from[to]; !known {
						from[to], waiting = path, append(waiting, to)
					}
					continue
				}
				if w.Code != http.StatusOK {
					t.Errorf("%s, offered on %s, answers %d %s", path, from[path], w.Code, refusalOf(w.Body.String()))
					continue
				}
				for _, found := range hrefIn.FindAllStringSubmatch(w.Body.String(), -1) {
					href := html.UnescapeString(found[1])
					u, err := url.Parse(href)
					if err != nil {
						t.Errorf("%s offers %s, which is no address", path, href)
						continue
					}
					shape := oneThing.ReplaceAllString(u.Path, "/·")
					_, known := from[href]
					if known || strings.HasPrefix(href, "/api/") || strings.HasPrefix(href, "/static/") || shapes[shape] >= alike {
						continue
					}
					shapes[shape]++
					from[href], waiting = path, append(waiting, href)
				}
			}
			if len(from) < 8 {
				t.Errorf("only %d pages were seen", len(from))
			}
			t.Logf("%d pages", len(from))
		})
	}
}

func TestTheFirstActOfAPageIsNotItsEnd(t *testing.T) {
	acts := open(t.Context(), []Act{{Text: "close", Danger: true}, {Text: "list", Href: "/lists/new"}, {Text: "pause", Danger: true}, {Text: "change", Form: "f"}})
	var order []string
	for _, a := range acts {
		order = append(order, a.Text)
	}
	if got := strings.Join(order, " "); got != "list change close pause" {
		t.Error(got)
	}
}

func TestReasonsOfTheHouseSpeakThePagesLanguage(t *testing.T) {
	ctx := WithLanguage(t.Context(), "zh-CN")
	for reason, want := range map[string]string{
		"late-payment-fee":                            "开始计收滞纳金",
		"part shipment not closed by 2026-12-06":      "分批到货逾期未结（期限 2026-12-06）",
		"the three documents differ: “A” against “B”": "三单不符：“A” against “B”",
		"two packages are missing":                    "two packages are missing", // somebody's own words
	} {
		if got := ownReason(ctx, reason); got != want {
			t.Errorf("%s: %s", reason, got)
		}
	}
}

// A limit that passed is told by its step and moment, not by the formula of the mode.
func TestALateStepIsToldByItsStepAndMoment(t *testing.T) {
	late := &store.Stored{Entry: journal.Entry{
		Type: "step.late", Why: journal.Why{Rule: "enter-first release", Reason: "max(accept+1wd,settle+4h)"},
		Body: []byte(`{"step":"release","title":"Released","titleZH":"放行","limit":"2026-11-22T18:00:00.000000+08:00","desks":[]}`),
	}}
	for language, want := range map[string]string{
		"en": "“Released” should have been taken by 2026-11-22 18:00", "zh-CN": "“放行”应于 2026-11-22 18:00 前完成",
	} {
		if got := reasonText(WithLanguage(t.Context(), language), late); got != want {
			t.Errorf("%s: %s", language, got)
		}
	}
}

// People read names: a list that keeps the code of an enterprise shows both, and what
// is owed in yuan is written as money.
func TestListsNameTheirEnterprises(t *testing.T) {
	z := newZone(t)
	z.live()
	var e party.Enterprise
	if _, err := z.store.Load(t.Context(), dossier.Enterprise, z.owner, &e); err != nil {
		t.Fatal(err)
	}
	page := get(t, z.pages(z.people()["tax"]), "/due").Body.String()
	if !strings.Contains(page, "<span>"+e.Name+"</span>") || !strings.Contains(page, z.owner) {
		t.Errorf("the list of debts does not name its debtor: %s", page)
	}
	if strings.Contains(page, "CNY") || !strings.Contains(page, "¥") {
		t.Error("an amount of money is written as a quantity")
	}
}

// A field of a form offers what it is picked from: the codes of its list, and papers
// of one's own.
func TestFormsOfferWhatTheirFieldsArePickedFrom(t *testing.T) {
	z := newZone(t)
	z.live()
	var own book.Book
	if _, err := z.store.Load(t.Context(), dossier.Book, z.book, &own); err != nil {
		t.Fatal(err)
	}
	mine := get(t, z.pages(z.people()["enterprise"]), "/declare").Body.String()
	others := get(t, z.pages(z.people()["other"]), "/declare").Body.String()
	for _, want := range []string{`list="pick-country"`, `<option value="JP">Japan</option>`, `<option value="KGM">`, `<datalist id="pick-own-books"><option value="` + own.Number + `">`} {
		if !strings.Contains(mine, want) {
			t.Errorf("the form does not offer %s", want)
		}
	}
	if strings.Contains(others, own.Number) {
		t.Error("a book of another enterprise is offered")
	}
	for _, offer := range regexp.MustCompile(`list="([^"]+)"`).FindAllStringSubmatch(mine, -1) {
		if !strings.HasPrefix(offer[1], "pick-own-") && !strings.Contains(mine, `<datalist id="`+offer[1]+`">`) {
			t.Errorf("%s is offered and not there", offer[1])
		}
	}
}
