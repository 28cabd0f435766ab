package console

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/party"
	"seine/locales"
)

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestGalleryRendersInBothLanguages(t *testing.T) {
	h := New(Deps{Gallery: true})
	for _, tag := range locales.Languages {
		for _, specimen := range specimens(WithLanguage(t.Context(), tag)) {
			w := get(t, h, "/gallery/"+specimen.Name, "Accept-Language", tag)
			body := w.Body.String()
			if w.Code != http.StatusOK {
				t.Errorf("%s in %s answers %d", specimen.Name, tag, w.Code)
			}
			if !strings.Contains(body, `<html lang="`+tag+`"`) || strings.Count(body, "<h1>") != 1 {
				t.Errorf("%s in %s: wrong language or not one h1", specimen.Name, tag)
			}
			policy := w.Header().Get("Content-Security-Policy")
			if !strings.HasPrefix(policy, "default-src 'self'") || strings.Contains(body, "<style") || strings.Contains(body, " onclick") {
				t.Errorf("%s breaks the policy of the house", specimen.Name)
			}
		}
	}
}

func TestOneAddressGivesThePageOrTheFragment(t *testing.T) {
	h := New(Deps{Gallery: true})
	whole := get(t, h, "/gallery/list").Body.String()
	fragment := get(t, h, "/gallery/list", "HX-Request", "true").Body.String()
	if !strings.Contains(whole, "<main") || strings.Contains(fragment, "<main") {
		t.Error("the fragment carries the frame, or the page lacks it")
	}
	if !strings.Contains(whole, fragment) {
		t.Error("the fragment is not a part of the page")
	}
}

func TestAScreenIsOpenToItsRolesOnly(t *testing.T) {
	s := &Server{deps: Deps{Log: slog.New(slog.DiscardHandler)}}
	h := s.only(Screen{Roles: []string{RoleOfficer}, Needs: party.Decide, Of: "tax_bill", Serve: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }})
	for _, c := range []struct {
		name   string
		viewer Viewer
		want   int
	}{
		{"nobody is refused", Viewer{}, http.StatusForbidden},
		{"another role is refused", Viewer{ID: "1", Role: RoleEnterprise}, http.StatusForbidden},
		{"a role without an id is refused", Viewer{Role: RoleOfficer, Posts: []string{"tax-officer"}}, http.StatusForbidden},
		{"a role whose posts do not list the act is refused", Viewer{ID: "1", Role: RoleOfficer, Posts: []string{"inspector"}}, http.StatusForbidden},
		{"role and post are let in", Viewer{ID: "1", Role: RoleOfficer, Posts: []string{"tax-officer"}}, http.StatusNoContent},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(WithViewer(t.Context(), c.viewer), http.MethodGet, "/x", nil)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("answers %d, want %d", w.Code, c.want)
			}
		})
	}
}

func TestALinkIsOfferedOnlyWhereItLeads(t *testing.T) {
	bills := Screen{Pattern: "GET /tax-bills/{id}", Roles: []string{RoleOfficer, RoleEnterprise}, Needs: party.View, Of: "tax_bill"}
	ways := waysTo([]Screen{bills, {Pattern: "GET /verify", Public: true}, {Pattern: "GET /life/{kind}/{id...}"}, {Pattern: "POST /acts"}})
	tax := Viewer{ID: "1", Role: RoleOfficer, Posts: []string{"tax-officer"}}
	carrier := Viewer{ID: "2", Role: RoleEnterprise, Posts: []string{"carrier"}, Enterprise: "E"}
	for _, c := range []struct {
		name   string
		viewer Viewer
		href   string
		want   bool
	}{
		{"no address is no link", tax, "", false},
		{"a page that the posts open", tax, "/tax-bills/7?after=3", true},
		{"a page that no post opens", carrier, "/tax-bills/7", false},
		{"a page of everybody", carrier, "/verify", true},
		{"a place on the same page", carrier, "#main", true},
		{"what is no page of the console", carrier, "/api/v1/books.csv", true},
		{"the life of a document that the posts show", tax, "/life/tax_bill/7", true},
		{"the life of one that they do not", carrier, "/life/tax_bill/7", false},
		{"a container belongs to the journal", carrier, "/life/container/MSCU1234566", false},
		{"which staff read", tax, "/life/container/MSCU1234566", true},
		{"a passage belongs to the gate", carrier, "/life/passage/7", false},
		{"who is nobody yet signs in first", Viewer{}, "/tax-bills/7", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.WithValue(WithViewer(t.Context(), c.viewer), waysKey{}, ways)
			if got := leads(ctx, c.href); got != c.want {
				t.Errorf("leads gives %v, want %v", got, c.want)
			}
		})
	}
}

func TestNavigationShowsWhatTheRoleMayOpen(t *testing.T) {
	s := &Server{screens: []Screen{
		{Nav: "column.declaration", Group: "lane.documents", Href: "/declarations"},
		{Nav: "gallery.list", Group: "lane.documents", Href: "/worklist", Roles: []string{RoleOfficer}},
		{Href: "/declarations/{id}"},
	}}
	got := s.navigation(Viewer{ID: "1", Role: RoleEnterprise}, "/declarations/17")
	want := []navGroup{{Title: "lane.documents", Links: []navLink{{"column.declaration", "/declarations", true}}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := s.navigation(Viewer{}, "/"); got != nil {
		t.Errorf("nobody sees %v", got)
	}
}

func TestAnInternalErrorIsShownAsAReferenceOnly(t *testing.T) {
	var log strings.Builder
	s := &Server{deps: Deps{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	w := httptest.NewRecorder()
	s.Fail(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil), errors.New("pq: secret table"))
	body := w.Body.String()
	if w.Code != http.StatusInternalServerError || strings.Contains(body, "secret") {
		t.Errorf("answers %d with the cause", w.Code)
	}
	_, after, _ := strings.Cut(log.String(), "reference=")
	if len(after) < 10 || !strings.Contains(body, after[:10]) {
		t.Errorf("the reference of the page is not in the log: %s", log.String())
	}
}

func TestARefusalIsShownInTheLanguageOfThePage(t *testing.T) {
	h := New(Deps{})
	w := get(t, h, "/nowhere", "Accept-Language", "zh-Hans-CN,zh;q=0.9")
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "此地址没有页面。") {
		t.Errorf("answers %d: %s", w.Code, w.Body)
	}
}

func TestChoicesAreKeptAndLeadBack(t *testing.T) {
	h := New(Deps{Gallery: true})
	for _, c := range []struct{ name, back, want string }{
		{"a page of ours", "/gallery/list?sort=due", "/gallery/list?sort=due"},
		{"another host is not followed", "https://example.org/", "/"},
		{"nor one without scheme", "//example.org/", "/"},
		{"nor one behind a backslash", "/\\example.org", "/"},
		{"nothing", "", "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			form := url.Values{"back": {c.back}, "theme": {"dark"}, "language": {"tlh"}}.Encode()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/preferences", strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != c.want {
				t.Errorf("goes to %q with %d, want %q", got, w.Code, c.want)
			}
			var set []string
			for _, cookie := range w.Result().Cookies() {
				set = append(set, cookie.Name+"="+cookie.Value)
			}
			if d := cmp.Diff([]string{"seine_theme=dark"}, set); d != "" {
				t.Error("an unknown language is not kept:", d)
			}
		})
	}
}

func TestLanguageIsSettingThenCookieThenBrowser(t *testing.T) {
	for _, c := range []struct{ name, setting, cookie, header, want string }{
		{"the person's setting goes first", "zh-CN", "en", "en", "zh-CN"},
		{"then the machine's cookie", "", "zh-CN", "en", "zh-CN"},
		{"then what the browser asks for", "", "", "fr, zh-TW;q=0.8, en;q=0.5", "zh-CN"},
		{"a cookie with another language is not taken", "", "fr", "zh", "zh-CN"},
		{"nothing at all is English", "", "", "", "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			h := withTaste(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = LanguageOf(r.Context()) }))
			r := httptest.NewRequestWithContext(WithViewer(t.Context(), Viewer{Language: c.setting}), http.MethodGet, "/", nil)
			r.Header.Set("Accept-Language", c.header)
			if c.cookie != "" {
				r.AddCookie(&http.Cookie{Name: languageCookie, Value: c.cookie})
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Amount(123450, "CNY"), "¥\u00a01,234.50"},
		{Amount(-5, "USD"), "USD\u00a0−0.05"},
		{Amount(100, ""), "1.00"},
		{Measure(17_940_00000, "kg"), "17,940\u00a0kg"},
		{Measure(312_50000, ""), "312.5"},
		{Percent(6_500_000), "6.5\u00a0%"},
		{Count(-1234567), "−1,234,567"},
		{Count(999), "999"},
		{Container("MSCU1234566"), "MSCU\u00a0123456\u00a06"},
		{Container("B/L 77"), "B/L 77"},
		{Moment(sampleAt("2026-11-23T09:41")), "2026-11-23 09:41"},
		{Moment(0), ""},
		{sentence("the check digit should be 6"), "The check digit should be 6."},
		{sentence("校验码应为 6"), "校验码应为 6。"},
		{sentence("Done."), "Done."},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// The figures of a group without its separators are those of the number.
func TestGroupingKeepsEveryDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := num.Money(rapid.Int64().Draw(t, "fen"))
		plain := strings.NewReplacer(",", "", "−", "-").Replace(Amount(m, ""))
		if plain != m.Fixed() {
			t.Fatalf("%s was written as %s", m.Fixed(), Amount(m, ""))
		}
	})
}

func TestFieldsTakeTheirFaults(t *testing.T) {
	list := fault.List{
		fault.New(fault.Invalid, "NUM-ZERO-01", "/lines/1/a", "division by zero", "give a divisor that is not 0"),
		fault.New(fault.Invalid, "NUM-ZERO-01", "/lines/10/a", "division by zero", "give a divisor that is not 0"),
	}
	if got := Of(list, "/lines/1/a"); len(got) != 1 || got[0].Path != "/lines/1/a" {
		t.Errorf("got %v", got)
	}
	if a, b := FieldID("/lines/1/a"), FieldID("/lines/10/a"); a == b {
		t.Errorf("both are %s", a)
	}
}

// No label of a mark covers another in the same lane, whatever happened when.
func TestLabelsOfALifeLineDoNotCollide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lane := Lane{Name: "x"}
		for range rapid.IntRange(0, 25).Draw(t, "marks") {
			lane.Marks = append(lane.Marks, Mark{
				At:   clock.Instant(rapid.Int64Range(0, 4_000_000_000_000).Draw(t, "at")),
				Text: rapid.SampledFrom([]string{"", "Manifest", "备案清单", "Released at gate YS-1 in 6 s"}).Draw(t, "text"),
			})
		}
		d := LifeLine{Lanes: []Lane{lane}}.draw()
		for i, a := range d.Lanes[0].Marks {
			if a.X < plotLeft || a.X > plotRight {
				t.Fatalf("mark at %d is outside the picture", a.X)
			}
			for _, b := range d.Lanes[0].Marks[i+1:] {
				if a.LabelY != 0 && a.LabelY == b.LabelY &&
					a.LabelX < b.LabelX+textWidth(b.Text) && b.LabelX < a.LabelX+textWidth(a.Text) {
					t.Fatalf("%q at %d covers %q at %d", a.Text, a.LabelX, b.Text, b.LabelX)
				}
			}
		}
	})
}

// Moments stand in their order inside the picture, and a few that happened within
// seconds are told apart however long it was before and after them.
func TestMomentsOfALifeLineKeepTheirOrderAndAreToldApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SliceOfNDistinct(rapid.Int64Range(0, 90*86_400_000_000), 3, 12, rapid.ID).Draw(t, "at")
		near := rapid.Int64Range(0, 90*86_400_000_000).Draw(t, "near")
		for i := range rapid.IntRange(0, 4).Draw(t, "close together") {
			at = append(at, near+int64(i)*20_000)
		}
		moments := make([]clock.Instant, len(at))
		for i := range at {
			moments[i] = clock.Instant(at[i])
		}
		slices.Sort(moments)
		moments = slices.Compact(moments)
		from, to := moments[0]-600_000_000, moments[len(moments)-1]+600_000_000
		a := newAxis(from, to, moments)
		if a.place(from) != plotLeft || a.place(to) != plotRight {
			t.Fatalf("the axis goes from %d to %d", a.place(from), a.place(to))
		}
		for i := 1; i < len(moments); i++ {
			apart := a.place(moments[i]) - a.place(moments[i-1])
			if apart < 0 || a.elastic && apart < 3 {
				t.Fatalf("%v and %v stand %d apart", moments[i-1], moments[i], apart)
			}
		}
		for i, tick := range a.ticks() {
			if before := a.ticks()[max(i-1, 0)]; i > 0 && a.elastic && tick.X-before.X < tickRoom {
				t.Fatalf("%q stands on %q", tick.Text, before.Text)
			}
		}
	})
}

func TestSharesFillTheBarAndNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Parts
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			p.Parts = append(p.Parts, Part{Value: rapid.Int64Range(-5, 1_000_000).Draw(t, "value")})
		}
		right := int64(0)
		for _, part := range p.draw() {
			if part.X < right || part.W < 0 {
				t.Fatalf("parts overlap: %+v", part)
			}
			right = part.X + part.W
		}
		if right > 1000 {
			t.Fatalf("the bar ends at %d", right)
		}
	})
}

// one is a feed that gives one message and remembers what it was asked.
type one struct {
	after  string
	topics []string
}

func (o *one) Follow(_ context.Context, _ Viewer, topics []string, after string) (<-chan Message, error) {
	o.after, o.topics = after, topics
	c := make(chan Message, 1)
	c <- Message{ID: "42", Topic: "gate", Data: []byte(`{"lane":"YS-1"}`)}
	close(c)
	return c, nil
}

func (o *one) Behind() time.Duration { return 300 * time.Millisecond }

func TestTheStreamBeatsAndGoesOnFromTheLastMessage(t *testing.T) {
	feed := &one{}
	h := New(Deps{Feed: feed, Now: func() time.Time { return time.UnixMicro(1_000_000) }})
	r := httptest.NewRequestWithContext(WithViewer(t.Context(), Viewer{ID: "1", Role: RoleLane}), http.MethodGet, "/live?topics=gate,alarm&after=7", nil)
	r.Header.Set("Last-Event-ID", "41")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var lines []string
	for s := bufio.NewScanner(w.Body); s.Scan(); {
		lines = append(lines, s.Text())
	}
	want := []string{
		"event: beat", `data: {"behind":300000,"sent":1000000}`, "",
		"id: 42", "event: gate", `data: {"lane":"YS-1"}`, "",
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
	if feed.after != "41" || !cmp.Equal(feed.topics, []string{"gate", "alarm"}) {
		t.Errorf("the feed was asked for %v after %q", feed.topics, feed.after)
	}
	if w.Header().Get("X-Accel-Buffering") != "no" || w.Header().Get("Content-Type") != "text/event-stream" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestTheStreamIsForThoseWhoSignedIn(t *testing.T) {
	h := New(Deps{Feed: &one{}})
	if w := get(t, h, "/live?topics=gate"); w.Code != http.StatusForbidden {
		t.Errorf("answers %d", w.Code)
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c", "//x", "/\\x", "http://x/", "/%2f/x", "javascript:x", "/a\r\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := localPath(path)
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Errorf("%q leads to %q", path, got)
		}
	})
}
