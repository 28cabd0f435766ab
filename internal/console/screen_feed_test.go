package console

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/feed"
	"seine/internal/journal"
	"seine/internal/num"
)

// An enterprise asks for a feed, corrects what waits in staging, and an officer
// explains the line that is apart: all on the page of the feed.
func TestTheScreenOfAFeed(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	trade, officer := z.pages(people["enterprise"]), z.pages(people["officer"])
	var held bonded.Book
	if _, err := z.store.Load(t.Context(), dossier.Book, z.book, &held); err != nil {
		t.Fatal(err)
	}
	number := held.Number
	key := func() string { return clock.DateOf(z.clock.Now().Time()).String() + t.Name() }
	n := 0
	send := func(who http.Handler, path string, form url.Values, status int) string {
		t.Helper()
		n++
		form.Set("key", key()+string(rune('a'+n)))
		w := post(t, who, path, form)
		if w.Code != status {
			t.Fatalf("%s %v: %d %s", path, form, w.Code, w.Body)
		}
		return w.Body.String()
	}
	send(trade, "/feeds", url.Values{"act": {"apply"}, "book": {"T0000W000000"}, "system": {"wms"}}, http.StatusNotFound)
	send(trade, "/feeds", url.Values{"act": {"apply"}, "book": {number}, "system": {"wms"}}, http.StatusSeeOther)
	path := "/feeds/" + number
	send(officer, path, url.Values{"act": {"accept"}}, http.StatusSeeOther)
	now := z.clock.Now()
	command := decision.Command{Name: "feed.send", Actor: "wms", Received: now}
	if _, err := z.bonded.TakeMessage(t.Context(), command, decision.System, feed.Message{
		Enterprise: held.Operator.CreditCode, System: "wms", Book: number, Sequence: 1, Key: "key-00001", SentAt: now,
		Records: []feed.Record{{Kind: feed.PartMaster, ID: "p", On: now.Date(), Part: "OJ", Unit: held.Lines[0].Unit, BookLine: 99}},
	}); err != nil {
		t.Fatal(err)
	}
	page := get(t, trade, path).Body.String()
	if !strings.Contains(page, "/records/0/bookLine") || !strings.Contains(page, `name="record"`) {
		t.Errorf("the page does not offer the correction: %s", page)
	}
	send(trade, path, url.Values{"act": {"correct"}, "reason": {"r"}, "record": {`{"kind":7}`}}, http.StatusUnprocessableEntity)
	send(trade, path, url.Values{"act": {"correct"}, "reason": {"line 1 was meant"}, "record": {
		`{"kind":"part","id":"p","on":"` + now.Date().String() + `","part":"OJ","unit":"` + string(held.Lines[0].Unit) + `","bookLine":1}`,
	}}, http.StatusSeeOther)
	if _, err := z.bonded.TakeMessage(t.Context(), command, decision.System, feed.Message{
		Enterprise: held.Operator.CreditCode, System: "wms", Book: number, Sequence: 2, Key: "key-00002", SentAt: now,
		Records: []feed.Record{{Kind: feed.Receipt, ID: "r", On: now.Date(), Part: "OJ", Lot: "LOT-LOST", Quantity: 9 * num.OneQuantity, Unit: held.Lines[0].Unit}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := z.bonded.Compare(t.Context(), command, decision.System, number, bonded.Laid{Up: 2, Facts: []feed.Fact{
		{Column: feed.System, Line: 1, On: now.Date(), Quantity: 9 * num.OneQuantity, Source: "x", Part: "OJ", Lot: "LOT-LOST"},
	}}); err != nil {
		t.Fatal(err)
	}
	if page = get(t, officer, path).Body.String(); !strings.Contains(page, "LOT-LOST") || !strings.Contains(page, `name="line"`) {
		t.Errorf("the page does not name the lot: %s", page)
	}
	send(officer, path, url.Values{"act": {"explain"}, "line": {"1"}, "reason": {"sample taken"}}, http.StatusSeeOther)
	if page = get(t, trade, path).Body.String(); !strings.Contains(page, "sample taken") {
		t.Error("the explanation is not shown")
	}
	if page = get(t, officer, "/feeds").Body.String(); !strings.Contains(page, number) {
		t.Error("the list does not show the feed")
	}
}

// An officer finds a feed on the worklist: first among the papers that wait for a
// word, later by its alarm, and no longer when what was missing has come.
func TestAFeedComesOntoTheWorklist(t *testing.T) {
	z := newZone(t)
	z.live()
	officer := z.pages(z.people()["officer"])
	var held bonded.Book
	if _, err := z.store.Load(t.Context(), dossier.Book, z.book, &held); err != nil {
		t.Fatal(err)
	}
	number, path := held.Number, "/feeds/"+held.Number
	command := func() decision.Command {
		return decision.Command{Name: "test", Actor: "test", Received: z.clock.Now()}
	}
	fatal := func(_ decision.Receipt, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	send := func(sequence int64) {
		t.Helper()
		fatal(z.bonded.TakeMessage(t.Context(), command(), decision.System, feed.Message{
			Enterprise: held.Operator.CreditCode, System: "wms", Book: number, Sequence: sequence, Key: fmt.Sprintf("key-%05d", sequence), SentAt: z.clock.Now(),
			Records: []feed.Record{{Kind: feed.PartMaster, ID: "p", On: z.clock.Now().Date(), Part: "OJ", Unit: held.Lines[0].Unit, BookLine: 1}},
		}))
	}
	shows := func(view string, want bool, words ...string) {
		t.Helper()
		page := get(t, officer, "/work?view="+view).Body.String()
		for _, word := range append(words, path) {
			if strings.Contains(page, word) != want {
				t.Errorf("view %s shows %q: %v", view, word, !want)
			}
		}
	}
	fatal(z.bonded.ApplyForFeed(t.Context(), command(), decision.System, number, "wms"))
	shows("papers", true, "Applied for")
	fatal(z.bonded.MoveFeed(t.Context(), command(), decision.System, number, feed.Accept, ""))
	shows("papers", false)
	send(1)
	z.clock.Advance(31 * 24 * time.Hour)
	fatal(z.bonded.MoveFeed(t.Context(), command(), decision.System, number, feed.GoLive, ""))
	send(3)
	shows("feeds", false)
	z.clock.Advance(31 * time.Minute)
	fatal(z.bonded.LookAtFeed(t.Context(), command(), number))
	shows("feeds", true, "Message missing", "wms")
	if page := get(t, officer, path).Body.String(); !strings.Contains(page, "Message missing") {
		t.Error("the page of the feed does not tell the alarm")
	}
	send(2)
	shows("feeds", false)
	if page := get(t, officer, "/overview").Body.String(); !strings.Contains(page, number) {
		t.Error("the overview does not tell the alarm")
	}
	if page := get(t, z.pages(z.people()["analyst"]), "/work").Body.String(); strings.Contains(page, "view=feeds") {
		t.Error("who does not decide about books is shown feeds")
	}
}

// However many feeds there are, those that raise an alarm are all found, the longest
// first, and are turned page by page.
func TestAlarmsOfManyFeedsAreAllOnTheWorklist(t *testing.T) {
	z := newZone(t)
	z.live()
	z.spoiled = append(z.spoiled, check.JournalDocument, check.FeedAlarm)
	const feeds, alarmed = 1_130, 70 // the alarmed ones are the oldest: the last to be read
	_, err := z.store.Decide(t.Context(), decision.Command{Name: "test", Actor: "test"}, func(v decision.View) (decision.Outcome, error) {
		out := decision.Outcome{Entries: []journal.Entry{decision.Entry(v, decision.System, "test.put", journal.Ref{Kind: "feed", ID: "many"})}}
		for i := range feeds {
			f := feed.Feed{Book: fmt.Sprintf("T2218W%06d", 500_000+i), Enterprise: z.owner, System: "wms", Office: zoneOffice, Area: zoneArea, State: feed.Live}
			if i < alarmed {
				f.Alarms = []feed.Alarm{{Kind: feed.AlarmGap, Since: v.Now().Add(-time.Duration(i+1) * time.Hour)}}
			}
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Feed, ID: f.Book, Body: f})
		}
		return out, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	officer := z.pages(z.people()["officer"])
	seen, path := []string{}, "/work?view=feeds"
	for path != "" {
		body := get(t, officer, path).Body.String()
		for _, m := range regexp.MustCompile(`data-row-link href="/feeds/(T2218W5[0-9]+)"`).FindAllStringSubmatch(body, -1) {
			seen = append(seen, m[1])
		}
		path = ""
		if m := regexp.MustCompile(`href="(/work\?[^"]*after=[^"]*)"`).FindStringSubmatch(body); m != nil {
			path = html.UnescapeString(m[1])
		}
		if len(seen) > 2*alarmed {
			break
		}
	}
	if len(seen) != alarmed || seen[0] != fmt.Sprintf("T2218W%06d", 500_000+alarmed-1) || seen[alarmed-1] != "T2218W500000" {
		t.Errorf("%d of %d alarms: %v", len(seen), alarmed, seen)
	}
}
