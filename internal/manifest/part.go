package manifest

import (
	"strconv"
	"strings"

	"seine/internal/fault"
)

// Scope says how much of a manifest a sending states (UN/EDIFACT 1225).
type Scope string

const (
	Whole   Scope = ""        // all of it: what it leaves out is no longer on the manifest
	Added   Scope = "added"   // bills of lading that come to those on file
	Changed Scope = "changed" // elements of the head and bills that replace those on file
)

// Head gives what the head of a sending of this scope means for manifest m: all
// of it for a whole manifest, m's own for added bills, and m's with whatever part
// states for a change. The bills are part's.
func (m Manifest) Head(part Manifest, scope Scope) Manifest {
	if scope == Whole {
		return part
	}
	out := m
	out.Consignments, out.SubmittedAt = part.Consignments, part.SubmittedAt
	if scope == Added {
		return out
	}
	if part.Transport.Given() {
		out.Transport = part.Transport
	}
	for _, field := range []struct{ to, from *Party }{{&out.Carrier, &part.Carrier}, {&out.Agent, &part.Agent}} {
		if field.from.Given() {
			*field.to = *field.from
		}
	}
	for _, field := range []struct{ to, from *Location }{{&out.PortOfLoading, &part.PortOfLoading}, {&out.PortOfDischarge, &part.PortOfDischarge}} {
		if *field.from != "" {
			*field.to = *field.from
		}
	}
	for _, field := range []struct{ to, from *Moment }{
		{&out.ArrivalEstimated, &part.ArrivalEstimated}, {&out.ArrivalActual, &part.ArrivalActual}, {&out.DepartureTime, &part.DepartureTime},
	} {
		if field.from.Given() {
			*field.to = *field.from
		}
	}
	if part.Office != "" {
		out.Office = part.Office
	}
	return out
}

// BillRefusal is one bill of lading of a sending that was not taken.
type BillRefusal struct {
	Row    int // of the sending, from 1
	Number string
	Faults fault.List
}

// Separate parts the bills of lading with faults from those without. faults point
// into m as Check writes them; head are those that concern the manifest as a
// whole. Added bills that stand on the manifest already, filed, are refused:
// MAN-BILL-06.
func (m Manifest) Separate(faults fault.List, scope Scope, filed []BillOfLading) (good Manifest, refused []BillRefusal, head fault.List) {
	of := make([]fault.List, len(m.Consignments))
	for _, f := range faults {
		rest, inside := strings.CutPrefix(f.Path, "/consignments/")
		index, _, _ := strings.Cut(rest, "/")
		i, err := strconv.Atoi(index)
		if !inside || err != nil || i < 0 || i >= len(of) {
			head = append(head, f)
			continue
		}
		of[i] = append(of[i], f)
	}
	known := map[string]bool{}
	for i := range filed {
		known[NormalNumber(filed[i].Number)] = true
	}
	good = m
	good.Consignments = nil
	for i := range m.Consignments {
		b := m.Consignments[i]
		if scope == Added && known[NormalNumber(b.Number)] && !b.Split {
			of[i] = append(of[i], fault.New(fault.Conflict, "MAN-BILL-06", "/consignments/"+strconv.Itoa(i)+"/number", "bill of lading {bill} is on manifest {number} already",
				"send a change instead of an addition", "bill", b.Number, "number", m.ID))
		}
		if len(of[i]) == 0 {
			good.Consignments = append(good.Consignments, b)
			continue
		}
		refused = append(refused, BillRefusal{i + 1, b.Number, of[i]})
	}
	return good, refused, head
}

// Join gives the bills of lading of the manifest after a sending: those of
// another scope than the whole come to the filed ones or replace them by number,
// and a filed bill whose new form was refused stays as it is.
func Join(filed, sent []BillOfLading, scope Scope, refused []BillRefusal) []BillOfLading {
	keep := map[string]bool{}
	for i := range filed {
		keep[NormalNumber(filed[i].Number)] = scope != Whole
	}
	for _, r := range refused {
		if _, known := keep[NormalNumber(r.Number)]; known {
			keep[NormalNumber(r.Number)] = true
		}
	}
	for i := range sent {
		if !sent[i].Split || scope == Changed {
			keep[NormalNumber(sent[i].Number)] = false
		}
	}
	var out []BillOfLading
	for i := range filed {
		if keep[NormalNumber(filed[i].Number)] {
			out = append(out, filed[i])
		}
	}
	return append(out, sent...)
}
