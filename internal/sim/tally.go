package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/manifest"
	"seine/internal/message"
	"seine/internal/num"
	"seine/internal/party"
)

// taken is what the house answers to manifests.
type taken struct {
	Manifests []struct {
		Reply struct{ ID string }
	}
}

// docks sends a manifest, and, when its ship is there, reports the arrival and a
// tally that counts what is listed.
func (w *Zone) docks(ctx context.Context, carrier *Door, edi []byte, arrival clock.Date, load []*consignment) error {
	var sent taken
	if err := carrier.raw(ctx, http.MethodPost, pathManifests, "application/edifact", edi, &sent); err != nil {
		return err
	}
	if len(sent.Manifests) != 1 || sent.Manifests[0].Reply.ID == "" || arrival > w.host.Now().Date() {
		return nil
	}
	path := pathManifests + "/" + sent.Manifests[0].Reply.ID
	for _, c := range load {
		c.manifestPath = path
	}
	if err := carrier.send(ctx, http.MethodPost, path+"/arrival", map[string]any{"day": arrival}, nil); err != nil {
		return err
	}
	return w.count(ctx, carrier, path, "", load, func(*consignment) num.Quantity { return 0 })
}

// count reports a tally; off is how many packages more were found of a
// consignment than are listed.
func (w *Zone) count(ctx context.Context, carrier *Door, path, reason string, load []*consignment, off func(*consignment) num.Quantity) error {
	one := 1
	var lines []clearance.TallyLine
	for _, c := range load {
		lines = append(lines, clearance.TallyLine{Bill: c.bill, Packages: c.packages() + off(c), Containers: &one})
	}
	return carrier.send(ctx, http.MethodPost, path+"/tally", map[string]any{"lines": lines, "reason": reason}, nil)
}

// short is a ship of which two packages fewer are counted than are listed: its
// carrier asks for an amendment and an officer agrees, which clears the
// difference. Of a second one a package too many was counted, and it is counted
// again. Of a third the amendment waits for an officer.
func (w *Zone) short(ctx context.Context, on clock.Date) error {
	carrier := w.doors[w.cast.carriers[0].ID]
	lacks := func(n int64) func(*consignment) num.Quantity {
		return func(*consignment) num.Quantity { return num.Quantity(n) * num.OneQuantity }
	}
	for i := range 3 {
		c := w.shownImport(on, 1)
		if err := w.arrives(ctx, c); err != nil {
			return err
		}
		if c.manifestPath == "" {
			return nil // its ship is not there yet
		}
		load := []*consignment{c}
		if i == 1 {
			if err := w.count(ctx, carrier, c.manifestPath, "counted again (demonstration)", load, lacks(1)); err != nil {
				return w.refused(err)
			}
			if err := w.count(ctx, carrier, c.manifestPath, "the gang counted a dunnage pallet (demonstration)", load, lacks(0)); err != nil {
				return w.refused(err)
			}
			continue
		}
		if err := w.count(ctx, carrier, c.manifestPath, "two packages are missing (demonstration)", load, lacks(-2)); err != nil {
			return w.refused(err)
		}
		asked, err := w.amend(ctx, carrier, c, lacks(-2)(c))
		if err != nil {
			return w.refused(err)
		}
		if i == 2 {
			continue // it waits for a person
		}
		word := clearance.Opinion{Agree: true, Reason: "as tallied (demonstration)"}
		for _, door := range w.officers[party.FilingOfficer] {
			err := door.send(ctx, http.MethodPost, c.manifestPath+"/amendments/"+asked+"/decision", word, nil)
			if err == nil {
				break
			}
			if err := w.refused(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// amend asks for a manifest with other packages on its one bill of lading.
func (w *Zone) amend(ctx context.Context, carrier *Door, c *consignment, by num.Quantity) (id string, err error) {
	m := manifestOf(c.manifest, c.voyage, c.office, []*consignment{c})
	b := &m.Consignments[0]
	b.Packages += by
	b.Goods = append([]manifest.GoodsItem(nil), b.Goods...)
	b.Goods[0].Packages += by
	m.ArrivalActual = manifest.Moment{Day: c.voyage.arrival}
	var raw bytes.Buffer
	if err := message.WriteManifestJSON(&raw, m, message.Original); err != nil {
		return "", err
	}
	var asked clearance.AmendmentReply
	err = carrier.send(ctx, http.MethodPost, c.manifestPath+"/amendments", map[string]any{"reason": "as tallied (demonstration)", "manifest": json.RawMessage(raw.Bytes())}, &asked)
	return asked.ID, err
}
