package clearance

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/obligation"
)

// TallyLine is what was counted of one bill of lading.
type TallyLine struct {
	Bill       string       `json:"bill"` // number
	Packages   num.Quantity `json:"packages"`
	Containers *int         `json:"containers,omitempty"` // absent when they were not counted
	GrossMass  num.Quantity `json:"grossMass,omitempty"`  // kg, 0 when not weighed
	Remark     string       `json:"remark,omitempty"`
}

// Tally is one tally report of a manifest; its lines stand with the bills of
// lading.
type Tally struct {
	Number      int           `json:"number"` // from 1
	At          clock.Instant `json:"at"`
	By          string        `json:"by"`
	Reason      string        `json:"reason,omitempty"` // why it takes the place of the one before
	Bills       int           `json:"bills"`
	Differences int           `json:"differences"`
	Unlisted    []TallyLine   `json:"unlisted,omitempty"` // found beside the bills of the manifest
}

// Counting is a tally report as it comes in.
type Counting struct {
	Lines  []TallyLine
	Reason string // needed when there is a report already
}

// ManifestTallied records a tally report of a manifest. More or less than was
// listed stands with each bill of lading, and declarations on the manifest are
// matched again: those on such a bill wait until it is amended. The office owes
// the clearing of each difference: overlanded goods and goods without a bill are
// returned or imported within three months (Customs Law art. 30; DR §1.2, §2).
//
// A later report takes the place of the one before, with its reason; what was
// counted before stays with each bill, and debts whose difference is gone are
// discharged.
//
// Faults: MAN-LIFECYCLE-01, MAN-TALLY-01; CLR-TALLY-01 for each bill of lading
// that the report leaves out, CLR-TALLY-03 (a later report without a reason),
// CLR-TALLY-04 (a count that is none).
func (d *Desk) ManifestTallied(ctx context.Context, c decision.Command, by decision.Actor, id string, counting Counting) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.tally(v, by, id, counting) })
}

func (d *Desk) tally(v decision.View, by decision.Actor, id string, counting Counting) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := decision.Load[Manifest](v, dossier.Manifest, id)
	if err != nil {
		return out, err
	}
	event, kind := manifest.EventTallied, "manifest.tallied"
	if doc.State == manifest.Tallied || doc.State == manifest.Matched {
		event, kind = manifest.EventRecounted, "manifest.tally-replaced"
	}
	if doc.State, err = manifest.Life().Next(doc.State, event, manifest.Case{Manifest: doc.Content}); err != nil {
		return out, err
	}
	var faults fault.List
	if counting.Reason = strings.TrimSpace(counting.Reason); event == manifest.EventRecounted && counting.Reason == "" {
		faults = append(faults, fault.New(fault.Invalid, "CLR-TALLY-03", "/reason", "manifest {number} has been tallied: another report needs a reason",
			"say why it is counted again", "number", doc.Number))
	}
	counted, order, wrong := sumLines(counting.Lines)
	faults = append(faults, wrong...)
	report := Tally{Number: len(doc.Tallies) + 1, At: v.Now(), By: by.ID, Reason: counting.Reason, Bills: len(doc.Bills)}
	t := tallied{doc: &doc}
	reply := ManifestReply{ID: doc.ID, Number: doc.Number, State: string(doc.State)}
	other := false
	for _, billID := range doc.Bills {
		bill, billVersion, err := decision.Load[BillOfLading](v, dossier.BillOfLading, billID)
		if err != nil {
			return out, err
		}
		line, known := counted[bill.Number]
		if !known {
			faults = append(faults, fault.New(fault.Invalid, "CLR-TALLY-01", "", "bill of lading {number} is not in the tally report",
				"count it; nothing found is 0 packages", "number", bill.Number))
			continue
		}
		delete(counted, bill.Number)
		before := bill.found()
		if bill.Tally != nil {
			bill.Recounted = append(slices.Clip(bill.Recounted), Recount{report.Number - 1, *bill.Tally})
		}
		bill.Tally = &line
		other = other || bill.found() != before
		t.compare(&bill)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.BillOfLading, ID: bill.ID, Version: billVersion, Body: &bill})
		reply.Bills = append(reply.Bills, BillReply{bill.ID, bill.Number})
	}
	if err := faults.OrNil(); err != nil {
		return out, err
	}
	doc.Unlisted = nil
	for _, number := range order { // what is left stands on no bill of this manifest
		if line, extra := counted[number]; extra && (line.Packages > 0 || line.Containers != nil && *line.Containers > 0) {
			doc.Unlisted = append(doc.Unlisted, line)
		}
	}
	report.Unlisted, report.Differences = doc.Unlisted, len(t.differences())
	doc.Tallies = append(slices.Clip(doc.Tallies), report)
	if other {
		// Nothing may be released on a match with what was only listed, or counted
		// before.
		doc.Version++
		doc.Content.Version = doc.Version
		for i := range out.Puts {
			bill := out.Puts[i].Body.(*BillOfLading)
			bill.ManifestVersion = doc.Version
			out.Orders = append(out.Orders, decision.Order{ID: v.NewID(), Channel: Work, Target: RematchBill, Body: bill.Number})
		}
	}
	reply.Version = doc.Version
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Manifest, ID: doc.ID, Version: version, Body: doc})
	e := decision.Entry(v, by, kind, journal.Ref{Kind: "manifest", ID: doc.ID})
	e.Office, e.Why.Reason = doc.Office, report.Reason
	e.Body = fact(map[string]any{
		"number": doc.Number, "journey": doc.Journey, "report": report.Number, "bills": report.Bills, "differences": report.Differences,
		"version": doc.Version, "rematch": len(out.Orders),
	})
	out.Entries = append(out.Entries, e)
	settled, _, err := d.settleTally(v, by, &t, "tally report "+strconv.Itoa(report.Number))
	if err != nil {
		return out, err
	}
	out.Merge(settled)
	if report.Differences > 0 {
		reply.Warnings = append(reply.Warnings, stillDiffers())
	}
	out.Reply = reply
	return out, nil
}

// sumLines adds up what was counted of a bill of lading in several parts and gives
// the bills in the order of the report.
func sumLines(lines []TallyLine) (counted map[string]TallyLine, order []string, faults fault.List) {
	counted = map[string]TallyLine{}
	for i, line := range lines {
		at := "/lines/" + strconv.Itoa(i)
		if line.Packages < 0 || line.Packages%num.OneQuantity != 0 {
			faults = append(faults, uncountable(at+"/packages", line.Packages.String()))
		}
		if line.GrossMass < 0 {
			faults = append(faults, uncountable(at+"/grossMass", line.GrossMass.String()))
		}
		if line.Containers != nil && *line.Containers < 0 {
			faults = append(faults, uncountable(at+"/containers", strconv.Itoa(*line.Containers)))
		}
		if line.Bill = manifest.NormalNumber(line.Bill); line.Bill == "" {
			faults = append(faults, uncountable(at+"/bill", ""))
		}
		before, again := counted[line.Bill]
		if !again {
			order = append(order, line.Bill)
			counted[line.Bill] = line
			continue
		}
		line.Packages += before.Packages
		line.GrossMass += before.GrossMass
		switch {
		case line.Containers == nil:
			line.Containers = before.Containers
		case before.Containers != nil:
			sum := *line.Containers + *before.Containers
			line.Containers = &sum
		}
		if before.Remark != "" {
			line.Remark = strings.TrimSuffix(before.Remark+"; "+line.Remark, "; ")
		}
		counted[line.Bill] = line
	}
	return counted, order, faults
}

func uncountable(path, value string) *fault.Fault {
	return fault.New(fault.Invalid, "CLR-TALLY-04", path, "“{value}” is no count", "give whole numbers from 0, mass in kilograms, and the number of the bill of lading", "value", value)
}

func stillDiffers() Notice {
	return Notice{Code: "CLR-TALLY-02", Detail: "the tally differs from the manifest: ask for an amendment"}
}

// landing is what is known to have come of a bill of lading.
type landing struct {
	packages, mass num.Quantity
	containers     int
}

// found is what the last tally counted of a bill, and where it did not count, what
// the manifest lists.
func (b *BillOfLading) found() landing {
	l := landing{b.Content.Packages, b.Content.GrossMass, len(b.Content.Equipment)}
	if t := b.Tally; t != nil {
		l.packages = t.Packages
		if t.GrossMass > 0 {
			l.mass = t.GrossMass
		}
		if t.Containers != nil {
			l.containers = *t.Containers
		}
	}
	return l
}

// Differences are how packages and containers that were counted of a bill differ
// from what the manifest lists: one line each, “over” or “short”.
func (b *BillOfLading) Differences() []obligation.Line {
	if b.Tally == nil {
		return nil
	}
	f := b.found()
	boxes := num.Quantity(int64(f.containers-len(b.Content.Equipment)) * int64(num.OneQuantity))
	return append(gap(b.ID, "packages", unitOf(b), f.packages-b.Content.Packages), gap(b.ID, "containers", containerUnit, boxes)...)
}

// containerUnit is a container, UN/ECE Recommendation 21.
const containerUnit = "CN"

func gap(bill, what, unit string, by num.Quantity) []obligation.Line {
	switch g := parted(by); {
	case g.up > 0:
		return []obligation.Line{{Item: "bl/" + bill + "/" + what + " over", Unit: unit, Amount: g.up}}
	case g.down > 0:
		return []obligation.Line{{Item: "bl/" + bill + "/" + what + " short", Unit: unit, Amount: g.down}}
	}
	return nil
}

func unitOf(b *BillOfLading) string {
	if b.Content.PackageKind != "" {
		return b.Content.PackageKind
	}
	return "PK" // package, UN/ECE Recommendation 21
}

// tallied is a manifest beside what was counted of it.
type tallied struct {
	doc     *Manifest
	differs []obligation.Line
}

func (t *tallied) compare(b *BillOfLading) { t.differs = append(t.differs, b.Differences()...) }

// listed is a bill that an amendment brings onto the manifest: what was counted
// without a bill may be it.
func (t *tallied) listed(b *BillOfLading) {
	for i, line := range t.doc.Unlisted {
		if line.Bill == b.Number {
			b.Tally = &line
			t.doc.Unlisted = slices.Delete(slices.Clone(t.doc.Unlisted), i, i+1)
			break
		}
	}
	t.compare(b)
}

// struck is a bill that an amendment takes off: what was counted of it stands on
// no bill then.
func (t *tallied) struck(b *BillOfLading) {
	if b.Tally != nil && b.Tally.Packages > 0 {
		t.doc.Unlisted = append(slices.Clip(t.doc.Unlisted), *b.Tally)
	}
}

// differences are all lines in which tally and manifest differ.
func (t *tallied) differences() []obligation.Line {
	all := slices.Clone(t.differs)
	for _, line := range t.doc.Unlisted {
		if line.Packages > 0 {
			all = append(all, obligation.Line{Item: "bl/" + line.Bill + "/packages unlisted", Unit: "PK", Amount: line.Packages})
		}
		if line.Containers != nil && *line.Containers > 0 {
			all = append(all, obligation.Line{Item: "bl/" + line.Bill + "/containers unlisted", Unit: containerUnit, Amount: num.Quantity(int64(*line.Containers) * int64(num.OneQuantity))})
		}
	}
	return all
}

// settleTally brings the debts of explaining the differences of a manifest to what
// differs now: what is gone is discharged, what is new is owed. opened tells that
// something is.
func (d *Desk) settleTally(v decision.View, by decision.Actor, t *tallied, reason string) (out decision.Outcome, opened bool, err error) {
	subject := journal.Ref{Kind: "manifest", ID: t.doc.ID}
	open, err := casework.OpenedBy(v, t.doc.ID, casework.ExplainDifference)
	if err != nil {
		return out, false, err
	}
	want := t.differences()
	left := map[string]num.Quantity{}
	for _, line := range want {
		left[line.Item] += line.Amount
	}
	for _, held := range open {
		var gone []obligation.Part
		for _, line := range held.Obligation.Lines {
			stays := min(line.Open, left[line.Item])
			left[line.Item] -= stays
			if line.Open > stays {
				gone = append(gone, obligation.Part{Item: line.Item, Quantity: line.Open - stays})
			}
		}
		if len(gone) == 0 {
			continue
		}
		settled, err := casework.Settle(v, by, held, gone, subject, reason)
		if err != nil {
			return out, false, err
		}
		out.Merge(settled)
	}
	var more []obligation.Line
	for _, line := range want {
		if rest := left[line.Item]; rest > 0 {
			line.Amount, left[line.Item] = rest, 0
			more = append(more, line)
		}
	}
	if len(more) == 0 {
		return out, false, nil
	}
	where := casework.Place{Area: areaOf(t.doc.Office), Office: t.doc.Office, Enterprise: t.doc.Carrier}
	debt, err := casework.Difference(v, by, v.NewID, d.reference().Calendar, subject, where, more, "the tally differs from the manifest", nil)
	if err != nil {
		return out, false, err
	}
	out.Merge(debt)
	return out, true, nil
}
