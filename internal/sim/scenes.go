package sim

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/declaration"
	"seine/internal/gate"
	"seine/internal/message"
	"seine/internal/party"
)

// shown is the area that the visitors' own officers belong to: what waits for a
// person waits there.
const shown = "waigaoqiao"

// Scenes leaves on the desks of today what a visitor should meet, whatever the
// luck of the history was: a declaration that contradicts its bill of lading, one
// of a dishonest enterprise, an inspection that has been ordered, goods that
// entered before they are declared, and trucks that the gate does not let pass.
func (w *Zone) Scenes(ctx context.Context) error {
	for _, scene := range []struct {
		name string
		play func(context.Context, clock.Date) error
	}{
		{"papers that contradict each other", w.contradiction},
		{"a dishonest enterprise", w.distrusted},
		{"an inspection", w.looked},
		{"a tally that differs", w.short},
		{"goods entered before their declaration", w.entered},
		{"a truck that is too heavy", w.overweight},
		{"a truck with another container", w.foreignBox},
	} {
		if err := scene.play(ctx, w.host.Now().Date()); err != nil {
			return fmt.Errorf("scene of %s: %w", scene.name, err)
		}
		w.push(sceneApart)
	}
	return nil
}

// sceneApart is the time between two scenes.
const sceneApart = 4 * time.Minute

// arrives sends the manifest of one consignment.
func (w *Zone) arrives(ctx context.Context, c *consignment) error {
	c.manifest = w.number("DEMO")
	m := manifestOf(c.manifest, c.voyage, c.office, []*consignment{c})
	var edi bytes.Buffer
	if err := message.WriteCuscar(&edi, m, message.Original, message.Envelope{Sender: "DEMOCARRIER", Recipient: "SEINE", Reference: w.number("I"), Prepared: w.host.Now()}); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if err := w.docks(ctx, w.doors[w.cast.carriers[0].ID], edi.Bytes(), c.voyage.arrival, []*consignment{c}); err != nil {
		return w.refused(err)
	}
	w.Counts.Manifests++
	return nil
}

// shownImport is a consignment for a trader that is cleared where the visitors'
// officers sit.
func (w *Zone) shownImport(on clock.Date, trader int) *consignment {
	c := w.consignment(importDirect, newVoyage(w.rand, w.serial, on), on)
	c.owner, c.office = &w.cast.traders[trader], w.shownStock().office
	return c
}

// shownStock is a line of the account book of the visitors' own enterprise.
func (w *Zone) shownStock() *stock {
	for i := range w.stock {
		if w.stock[i].owner.Area == shown {
			return &w.stock[i]
		}
	}
	return nil
}

// contradiction declares another container than the bill of lading names.
func (w *Zone) contradiction(ctx context.Context, on clock.Date) error {
	c := w.shownImport(on, 1)
	if err := w.arrives(ctx, c); err != nil {
		return err
	}
	d := c.entryBill(on)
	d.Equipment[0].Number = containerNumber(w.rand)
	_, err := w.lodge(ctx, w.doors[c.owner.ID], clearance.Lodging{Declaration: d, Guarantee: w.guaranteeOf(c.owner)})
	return err
}

// distrusted is an import of the enterprise with the worst grade: a person
// decides whatever the score says.
func (w *Zone) distrusted(ctx context.Context, on clock.Date) error {
	for range 2 {
		c := w.shownImport(on, len(w.cast.traders)-1)
		if err := w.arrives(ctx, c); err != nil {
			return err
		}
		if _, err := w.lodge(ctx, w.doors[c.owner.ID], clearance.Lodging{Declaration: c.entryBill(on)}); err != nil {
			return err
		}
	}
	return nil
}

// looked is an import for which an officer has ordered an inspection that nobody
// has begun.
func (w *Zone) looked(ctx context.Context, on clock.Date) error {
	c := w.shownImport(on, len(w.cast.traders)-1)
	if err := w.arrives(ctx, c); err != nil {
		return err
	}
	lodged, err := w.lodge(ctx, w.doors[c.owner.ID], clearance.Lodging{Declaration: c.entryBill(on)})
	if err != nil || lodged == nil || lodged.State != declaration.Manual {
		return err
	}
	act := clearance.Decision{Act: clearance.ActInspect, Reason: "count and weigh (demonstration)"}
	for _, door := range w.officers[party.FilingOfficer] {
		err := door.send(ctx, http.MethodPost, pathDeclarations+"/"+lodged.ID+"/acts", act, nil)
		if err == nil {
			return nil
		}
		if err := w.refused(err); err != nil {
			return err
		}
	}
	return nil
}

// entered lets goods of the visitors' enterprise enter today; their declaration
// is owed for fourteen days.
func (w *Zone) entered(ctx context.Context, on clock.Date) error {
	c := w.shownEntry(on)
	if err := w.arrives(ctx, c); err != nil {
		return err
	}
	return w.enterBefore(ctx, c)
}

func (w *Zone) shownEntry(on clock.Date) *consignment {
	c := w.consignment(firstLineEntry, newVoyage(w.rand, w.serial, on), on)
	c.of(w.rand, w.shownStock())
	return c
}

func (w *Zone) overweight(ctx context.Context, on clock.Date) error {
	return w.stopped(ctx, on, func(r *gate.Readings) { r.Scale += r.Scale / 8 })
}

// foreignBox is a truck that comes with another container than its note names.
func (w *Zone) foreignBox(ctx context.Context, on clock.Date) error {
	return w.stopped(ctx, on, func(r *gate.Readings) { r.Front = containerNumber(w.rand) })
}

// stopped brings bonded goods to the gate, where what the lane reads is not what
// the note says.
func (w *Zone) stopped(ctx context.Context, on clock.Date, differ func(*gate.Readings)) error {
	c := w.shownEntry(on)
	if err := w.arrives(ctx, c); err != nil {
		return err
	}
	s, door := w.stockOf(c.owner, c.bookLines[0]), w.doors[c.owner.ID]
	var list bonded.Reply
	listing := bonded.Listing{Procedure: firstLineEntry, List: c.listOf(s.account, book.Logistics, true)}
	if err := door.send(ctx, http.MethodPost, pathLists, listing, &list); err != nil {
		return w.refused(err)
	}
	w.Counts.Lists++
	if list.Number == "" {
		return nil // an officer looks at it
	}
	lodged, err := w.lodge(ctx, door, clearance.Lodging{Declaration: c.filingBill(on, s.account, list.Number, firstLineEntry)})
	if err != nil || lodged == nil || lodged.State != declaration.Released {
		return err
	}
	now := w.host.Now()
	n := c.note(w.newTruck(c.container, c.seal), gate.FirstLineIntegrated, true, s.owner.Area, s.account, list.Number, now, now.Add(noteLife))
	if err := door.send(ctx, http.MethodPost, pathNotes, control.NoteRequest{Note: n}, nil); err != nil {
		return w.refused(err)
	}
	w.Counts.Notes++
	r := w.readings(n, s.owner.Area, w.host.Now(), 0)
	differ(&r)
	_, err = w.pass(ctx, r)
	return err
}
