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
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/risk"
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
		{"declarations that are to be deleted", w.withdrawn},
		{"declarations that are to be amended", w.amended},
		{"a control instruction", w.controlled},
		{"the tariff of the coming year", w.nextTariff},
		{"another credit grade", w.graded},
		{"books of every kind", w.kinds},
		{"periods of books that are written off", w.writtenOff},
		{"a workshop that sells into the country", w.workshop},
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

// withdrawn are two imports whose declarant asks for deletion: on one both officers
// have agreed, the other waits for its first word.
func (w *Zone) withdrawn(ctx context.Context, on clock.Date) error {
	for i := range 2 {
		c := w.shownImport(on, len(w.cast.traders)-1)
		if err := w.arrives(ctx, c); err != nil {
			return err
		}
		lodged, err := w.lodge(ctx, w.doors[c.owner.ID], clearance.Lodging{Declaration: c.entryBill(on)})
		if err != nil || lodged == nil {
			return err
		}
		ask := clearance.CorrectionRequest{Reason: "writing_error", Text: "lodged twice by mistake (demonstration)"}
		path := pathDeclarations + "/" + lodged.ID + "/correction"
		if err := w.doors[c.owner.ID].send(ctx, http.MethodPost, path, ask, nil); err != nil {
			return w.refused(err)
		}
		if i > 0 {
			return nil
		}
		for _, door := range w.officers[party.FilingOfficer] {
			err = w.twoAgree(ctx, door, path+"/word", clearance.Opinion{Agree: true, Reason: "the same goods stand on another declaration (demonstration)"}, "seen, deleted (demonstration)")
			if err == nil {
				break
			}
			if err = w.refused(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// amended are two imports whose declarant asks for an amendment: on one both
// officers have agreed and it was judged anew, the other waits for its first word.
func (w *Zone) amended(ctx context.Context, on clock.Date) error {
	for i := range 2 {
		c := w.shownImport(on, len(w.cast.traders)-1)
		if err := w.arrives(ctx, c); err != nil {
			return err
		}
		right, wrong := c.entryBill(on), c.entryBill(on)
		right.Contract, wrong.Contract = "DEMO-2026-17", "DEMO-2025-17"
		lodged, err := w.lodge(ctx, w.doors[c.owner.ID], clearance.Lodging{Declaration: wrong})
		if err != nil || lodged == nil {
			return err
		}
		ask := clearance.CorrectionRequest{Reason: "writing_error", Text: "the contract of last year was written (demonstration)", Proposed: &right}
		path := pathDeclarations + "/" + lodged.ID + "/correction"
		if err := w.doors[c.owner.ID].send(ctx, http.MethodPost, path, ask, nil); err != nil {
			return w.refused(err)
		}
		if i > 0 {
			return nil
		}
		for _, door := range w.officers[party.FilingOfficer] {
			err = w.twoAgree(ctx, door, path+"/word", clearance.Opinion{Agree: true, Reason: "the contract lies before me (demonstration)"}, "seen, amended (demonstration)")
			if err == nil {
				break
			}
			if err = w.refused(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// controlled puts a control instruction of two analysts in force; it takes the
// goods of no other scene.
func (w *Zone) controlled(ctx context.Context, on clock.Date) error {
	spec := risk.InstructionSpec{
		Subject: risk.Declaration, Scope: `hs.chapter = "97"`, Action: risk.Inspect, Share: num.OneRate, From: on.Start(), To: on.AddDays(30).Start(), Secrecy: risk.Open,
		Reason: risk.Label{EN: "works of art are looked at this month (demonstration)", ZH: "本月艺术品一律查验（演示）"},
	}
	return w.twoAgree(ctx, w.as(party.RiskAnalyst), pathInstructions, spec, "agreed with the museum (demonstration)")
}

// graded proposes another grade of the enterprise with the worst one; the second
// officer has not said a word yet.
func (w *Zone) graded(ctx context.Context, on clock.Date) error {
	draft := oversight.GradeDraft{
		Grade: "regular", From: on.AddDays(1), Law: "credit rules (demonstration)", Evidence: []string{"A-2026-31 (demonstration)"}, Reason: "audit passed without a finding (demonstration)",
	}
	worst := w.cast.traders[len(w.cast.traders)-1].ID
	if err := w.as(party.FilingOfficer).send(ctx, http.MethodPost, pathEnterprises+"/"+worst+"/grades", draft, nil); err != nil {
		return w.refused(err)
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
