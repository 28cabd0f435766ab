package sim

import (
	"context"
	"net/http"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/declaration"
	"seine/internal/gate"
)

// ahead is goods that entered the zone before they were declared: the filing bill
// is still owed (先入区、后报关, DR §3.1).
type ahead struct {
	*consignment
	account     string
	application string // official number
	declareOn   clock.Date
}

// enterBefore takes goods from the port into the zone on a lading application:
// application, release note, passage, arrival. Its owner declares them some days
// later, most of them in time.
func (w *Zone) enterBefore(ctx context.Context, c *consignment) error {
	s := w.stockOf(c.owner, c.bookLines[0])
	door := w.doors[c.owner.ID]
	content := c.filingBill(c.arrival, s.account, "", enterFirst)
	content.FilingType, content.Manifest = 0, c.manifest
	var app bonded.Reply
	ask := bonded.LadingRequest{Content: content, Procedure: enterFirst, Containers: []string{c.container}, Guarantee: w.guaranteeOf(c.owner)}
	if err := door.send(ctx, http.MethodPost, pathLadings, ask, &app); err != nil {
		return w.refused(err)
	}
	w.Counts.Applications++
	if app.Number == "" {
		return nil // the two customs look at it
	}
	if w.away() {
		return nil // the truck waits until the lane reaches the centre again
	}
	now := w.host.Now()
	n := c.note(w.newTruck(c.container, c.seal), gate.EnterFirst, true, s.owner.Area, s.account, app.Number, now, now.Add(noteLife))
	n.Kind = gate.TransportPaper
	if err := door.send(ctx, http.MethodPost, pathNotes, control.NoteRequest{Note: n, Packages: c.packages()}, nil); err != nil {
		return w.refused(err)
	}
	w.Counts.Notes++
	outcome, err := w.pass(ctx, w.readings(n, s.owner.Area, w.host.Now(), w.rand.Int64N(60)))
	if err != nil || outcome != gate.Pass {
		return err
	}
	arrive := map[string]any{"act": "arrive", "arrived": bonded.Amounts{Packages: c.packages(), GrossMass: c.gross()}}
	if err := door.send(ctx, http.MethodPost, pathLadings+"/"+app.ID+"/acts", arrive, nil); err != nil {
		return w.refused(err)
	}
	wait := 3 + w.rand.IntN(9)
	if w.rand.IntN(12) == 0 {
		wait = 17 // after the fourteenth day
	}
	w.ahead = append(w.ahead, &ahead{c, s.account, app.Number, c.arrival.AddDays(wait)})
	return nil
}

// declareLate lodges list and filing bill of what entered before and whose owner
// gets to it today.
func (w *Zone) declareLate(ctx context.Context, on clock.Date) error {
	rest := w.ahead[:0]
	for _, a := range w.ahead {
		if a.declareOn > on {
			rest = append(rest, a)
			continue
		}
		door := w.doors[a.owner.ID]
		listing := bonded.Listing{Procedure: enterFirst, Application: a.application, List: a.listOf(a.account, book.Logistics, true)}
		listing.List.Type = book.EnterFirst
		var list bonded.Reply
		if err := door.send(ctx, http.MethodPost, pathLists, listing, &list); err != nil {
			if err := w.refused(err); err != nil {
				return err
			}
			continue
		}
		w.Counts.Lists++
		if list.Number == "" {
			continue // an officer looks at it
		}
		d := a.filingBill(on, a.account, list.Number, enterFirst)
		lodged, err := w.lodge(ctx, door, clearance.Lodging{Declaration: d})
		if err != nil {
			return err
		}
		if lodged != nil && lodged.State == declaration.Released {
			w.stockOf(a.owner, a.bookLines[0]).add(a.goods[0])
		}
	}
	w.ahead = rest
	return nil
}
