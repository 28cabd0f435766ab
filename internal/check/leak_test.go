package check_test

import (
	"testing"
	"time"

	"seine/internal/app"
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/num"
	"seine/internal/sim"
	"seine/internal/store"
)

// A month of ships, sales, trucks and desks through the doors that everybody uses;
// then goods of one lot leave without papers. The table of that very day names the
// movement, and no table before it found anything.
func TestALeakInAMonthOfBusinessIsNamedTheSameDay(t *testing.T) {
	if testing.Short() {
		t.Skip("a month takes its time")
	}
	const days, long = 31, 400 * 24 * time.Hour
	begun := clock.MustDate("2026-11-02")
	day := clock.NewVirtual(begun.Start().Add(8*time.Hour), false)
	o := app.Options{Dir: t.TempDir(), Clock: day, SessionLife: long, SessionIdle: long, TokenLife: long}
	err := inZone(t.Context(), o, day, func(a *app.App, zone *sim.Zone) error {
		if err := zone.History(t.Context(), days, 2); err != nil {
			return err
		}
		page, err := a.Store.List(t.Context(), dossier.Feed, store.Query{Limit: 1})
		if err != nil || len(page.Items) != 1 {
			t.Fatalf("the zone has no feed: %v", err)
		}
		book, leak, agreed := page.Items[0].ID, begun.AddDays(days-2), 0
		for on := begun; on <= leak; on = on.AddDays(1) {
			var table feed.Table
			if _, err := a.Store.Load(t.Context(), dossier.FeedTable, feed.TableID(book, on), &table); err != nil {
				if fault.Is(err, "STORE-ABSENT-01") {
					continue
				}
				return err
			}
			if on < leak {
				if agreed++; table.State != feed.TableAgreed {
					t.Errorf("%s, before anything leaked: %s %+v", on, table.State, table.Items)
				}
				continue
			}
			if table.State != feed.TableOpen && table.State != feed.TableCarried || table.At.Date() != leak {
				t.Fatalf("the table of the day is %s, of %s", table.State, table.At)
			}
			var first []*feed.Fact
			for i := range table.Rows {
				if f := table.Rows[i].First; f != nil {
					first = append(first, f)
				}
			}
			if len(first) != 1 || first[0].On != leak || first[0].Quantity != -5*num.OneQuantity || first[0].Column != feed.System || first[0].Lot == "" {
				t.Fatalf("named: %+v, open %+v", table.Rows, table.Items)
			}
			var m feed.Received
			if _, err := a.Store.Load(t.Context(), dossier.FeedMessage, first[0].Source, &m); err != nil {
				return err
			}
			if id := m.Records[first[0].Record].ID; id != "GI-NO-PAPER" {
				t.Errorf("record %s is named", id)
			}
			return nil
		}
		var f feed.Feed
		_, err = a.Store.Load(t.Context(), dossier.Feed, book, &f)
		t.Errorf("there is no table of %s; %d before it agreed; %+v, %+v", leak, agreed, f, zone.Counts)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
