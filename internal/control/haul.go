package control

import (
	"slices"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
)

// haul is everything on one vehicle: its notes with their documents and cases,
// each read once and changed in memory.
type haul struct {
	v        decision.View
	ref      *clearance.Reference
	by       decision.Actor
	notes    []*Note
	versions map[string]int64 // of notes
	papers   map[string]*paper
	order    []string // of papers
	passage  *Passage
	version  int64  // of the passage, 0 when it is new
	alarm    string // why it is looked into although the goods passed, "" for not

	extra []excess
}

// excess is what passed beyond the papers.
type excess struct {
	paper   *paper
	account ledger.Account // at the place passed
	unit    string
	q       num.Quantity
}

// facts says what the books know of each note now (DR §6.3).
func (h *haul) facts() ([]gate.Facts, error) {
	facts := make([]gate.Facts, len(h.notes))
	for i, n := range h.notes {
		f := gate.Facts{DocumentsApproved: true, BillReleased: true}
		for _, id := range n.Papers {
			p := h.papers[id]
			f.DocumentsApproved = f.DocumentsApproved && p.approved()
			if p.list != nil {
				f.BillReleased = f.BillReleased && (!p.list.Declared || p.list.BillReleased != 0)
				continue
			}
			need, err := h.cover(p, n.GoodsGross)
			if err != nil {
				return nil, err
			}
			if need == 0 {
				continue
			}
			f.GuaranteeNeeded = true
			free, _, err := bonded.FreeCover(h.v, p.app.Guarantee, p.app.Enterprise, p.mode.ID)
			if fault.All(err) == nil && err != nil {
				return nil, err
			}
			f.GuaranteeHeld = err == nil && free >= need
		}
		facts[i] = f
	}
	return facts, nil
}

// part is the share of an amount of tax that goods of this mass stand for.
func part(p *paper, mass num.Quantity) (num.Money, error) {
	whole := p.app.Content.GrossMass
	if whole <= 0 || mass >= whole {
		return p.app.Highest, nil
	}
	return p.app.Highest.Part(int64(mass), int64(whole), num.Up)
}

// cover is what the debts that this passage opens must have held.
func (h *haul) cover(p *paper, mass num.Quantity) (num.Money, error) {
	step := p.mode.Step(h.step(p))
	if step == nil {
		return 0, nil
	}
	tax, err := part(p, mass)
	if err != nil {
		return 0, err
	}
	var total num.Money
	for _, o := range step.Open {
		if o.Debt.Hold == nil {
			continue
		}
		amount, err := obligation.HoldAmount(tax, o.Debt.Hold.Shares[min(max(p.file.Credit, 1), 5)])
		if err != nil {
			return 0, err
		}
		total += amount
	}
	return total, nil
}

// step is the mode's step of passing the zone's gate with these goods.
func (h *haul) step(p *paper) string {
	if p.direction() == gate.Out {
		return procedure.StepGateOut
	}
	return procedure.StepGateIn
}

// carry books what passes. What the rules or the books refuse is booked as a
// difference instead: the goods have passed.
func (h *haul) carry() (decision.Outcome, error) {
	h.passage.Moved = true
	notes, papers := h.notes, h.papers
	whole, err := h.booked()
	if err != nil {
		if fault.All(err) == nil {
			return decision.Outcome{}, err
		}
		h.notes, h.papers, h.extra = notes, papers, nil
		return h.lost(err)
	}
	spare := haul{
		v: h.v, ref: h.ref, by: h.by, notes: notes, versions: h.versions, papers: papers, order: h.order, passage: h.passage, version: h.version, alarm: h.alarm,
	}
	whole.Otherwise = func(refusal error) (decision.Outcome, error) { return spare.lost(refusal) }
	return whole, nil
}

// booked is the passage as the papers say.
func (h *haul) booked() (decision.Outcome, error) {
	var out decision.Outcome
	h.papers = clone(h.papers)
	h.notes = slices.Clone(h.notes)
	var posted []string
	var findings fault.List
	for i := range h.notes {
		n := *h.notes[i]
		first := n.PassEvent() == gate.EventPass1
		next, err := n.Apply(n.PassEvent())
		if err != nil {
			return out, err
		}
		n.ReleaseNote = next
		h.returned(&n)
		h.notes[i] = &n
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.ReleaseNote, ID: n.ID, Version: h.versions[n.ID], Body: n})
		for _, id := range n.Papers {
			p := *h.papers[id]
			h.papers[id] = &p
			found, err := h.pass(&out, &n, &p, first)
			if err != nil {
				return out, err
			}
			findings = append(findings, found...)
		}
	}
	for _, id := range h.order {
		p := h.papers[id]
		done, err := h.complete(&out, p)
		if err != nil {
			return out, err
		}
		posted = append(posted, done...)
		out.Puts = append(out.Puts, p.puts()...)
	}
	if err := h.differ(&out, &findings); err != nil {
		return out, err
	}
	h.tell(&out, Lift, posted, nil)
	if len(findings) > 0 {
		e := &out.Entries[len(out.Entries)-1]
		e.Why.Reason = findings[0].Message()
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Passage, ID: h.passage.ID, Version: h.version, Body: *h.passage})
	out.Once()
	return out, nil
}

func clone(papers map[string]*paper) map[string]*paper {
	next := make(map[string]*paper, len(papers))
	for id, p := range papers {
		next[id] = p
	}
	return next
}

// returned writes on the note what the gate saw.
func (h *haul) returned(n *Note) {
	p := h.passage
	n.Returns = append(slices.Clone(n.Returns), gate.GateReturn{
		Gate: p.Readings.Gate, At: p.Readings.At, Scale: p.Readings.Scale, MassError: p.Verdict.MassError, Passage: p.ID,
	})
}

// pass takes the mode's step for what a note carries of one document.
func (h *haul) pass(out *decision.Outcome, n *Note, p *paper, first bool) (fault.List, error) {
	id := h.step(p)
	goods, tax := casework.Goods{}, num.Money(0)
	switch {
	case first: // of two gates: the truck left the port or another area, the goods arrive at the second
		if id = procedure.StepPortOut; p.mode.Step(id) == nil {
			return nil, nil
		}
	case p.mode.Step(id) == nil:
		return nil, fault.New(fault.Refused, "CONTROL-STEP-01", "", "mode {mode} has no step {step}", "find out why the goods came this way", "mode", p.mode.ID, "step", id)
	case p.app != nil:
		app := *p.app
		p.app = &app
		within := bonded.Amounts{
			Packages:  min(n.Packages, app.Content.Packages-app.Passed.Packages),
			GrossMass: min(n.GoodsGross, app.Content.GrossMass-app.Passed.GrossMass),
		}
		beyond := bonded.Amounts{Packages: n.Packages - within.Packages, GrossMass: n.GoodsGross - within.GrossMass}
		for _, l := range app.Lines(beyond) {
			h.beyond(p, procedure.LadingLine, l.Key, l.Unit, l.Quantity)
		}
		goods.Add(procedure.LadingLine, procedure.PassedNow, app.Lines(within)...)
		app.Passed.Packages += within.Packages
		app.Passed.GrossMass += within.GrossMass
		if app.FullyPassed == 0 && app.Passed.Packages == app.Content.Packages && app.Passed.GrossMass == app.Content.GrossMass {
			app.FullyPassed = h.passage.Readings.At
		}
		var err error
		if tax, err = part(p, within.GrossMass); err != nil {
			return nil, err
		}
	default:
		goods.Add(procedure.BookLine, procedure.PassedNow, h.passList(n, p)...)
	}
	owed, err := casework.Owed(h.v, &p.file)
	if err != nil {
		return nil, err
	}
	now, err := casework.Ahead(h.v, out.Transfers)
	if err != nil {
		return nil, err
	}
	t, err := casework.Take(now, p.mode, p.file, casework.Step{
		ID: id, By: h.by, Goods: goods, HighestTax: tax, Calendar: h.ref.Calendar, At: h.passage.Readings.At, IDs: h.v.NewID, Debts: owed, True: conditions(p),
	})
	if err != nil {
		return nil, err
	}
	p.file = t.Case
	out.Merge(t.Outcome)
	return t.Mode.Findings, nil
}

// passList counts what passes on the list's lines and gives it by book line.
func (h *haul) passList(n *Note, p *paper) []casework.Line {
	list := *p.list
	p.list = &list
	var moved []book.Movement
	for i := range n.Lines {
		if n.Lines[i].Document == list.Number {
			moved = append(moved, book.Movement{Line: n.Lines[i].Line, Quantity: n.Lines[i].Quantity})
		}
	}
	next, intents := list.Pass(h.passage.ID, moved, h.passage.Readings.At)
	list.VerificationList = next
	var now []casework.Line
	for _, in := range intents {
		line, ok := list.Line(in.Line)
		switch {
		case in.Act == book.Note && ok:
			now = addLine(now, line, in.Quantity)
		case in.Act == book.Excess && ok:
			h.beyond(p, procedure.BookLine, strconv.Itoa(line.BookLine), string(line.Unit), in.Quantity)
		case in.Act == book.Excess:
			h.beyond(p, procedure.BookLine, "0", "C62", in.Quantity)
		}
	}
	return now
}

func (h *haul) beyond(p *paper, class procedure.Item, key, unit string, q num.Quantity) {
	if q > 0 {
		h.extra = append(h.extra, excess{p, p.file.Account(class, key, ledger.Physical, ledger.Passed), unit, q})
	}
}

// complete lets the case take what follows by itself: the last goods post the
// book when the bill is released too.
func (h *haul) complete(out *decision.Outcome, p *paper) (posted []string, err error) {
	var list *bonded.List
	version := int64(0)
	if p.app != nil {
		// Goods that entered first pass on their application; the list, when it is
		// there already, learns that all of them are in.
		if _, approved := p.file.Done[procedure.StepList]; !approved || p.app.FullyPassed == 0 {
			return nil, nil
		}
		own, v, err := decision.Load[bonded.List](h.v, dossier.VerificationList, p.file.List)
		if err != nil {
			return nil, err
		}
		if err := own.AllPassed(p.app.FullyPassed); err != nil {
			return nil, err
		}
		list, version = &own, v
	} else {
		held := *p.list
		held.LastPassed = h.passage.Readings.At
		list, p.list = &held, &held
		if held.FullyPassed == 0 {
			order, err := bonded.LookLater(h.v, h.ref, &held, held.LastPassed)
			if err != nil {
				return nil, err
			}
			out.Orders = append(out.Orders, order)
		}
	}
	done, err := bonded.Complete(h.v, out, h.ref, p.mode, &p.file, list, h.v.NewID)
	if err != nil {
		return nil, err
	}
	if p.app != nil {
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.VerificationList, ID: list.ID, Version: version, Body: *list})
	}
	if done {
		posted = append(posted, list.Number)
	}
	return posted, nil
}

// differ books what passed beyond the papers and opens the debt of explaining
// it; an alarm without goods stands for itself.
func (h *haul) differ(out *decision.Outcome, refusal *fault.List) error {
	if len(h.extra) == 0 && h.alarm == "" {
		return nil
	}
	var lines []obligation.Line
	where := h.where()
	for _, x := range h.extra {
		out.Transfers = append(out.Transfers, ledger.Op{
			ID: h.v.NewID(), Kind: ledger.Post, From: x.account.At(ledger.Difference), To: x.account, Quantity: x.q,
			EffectiveOn: h.passage.Readings.At.Date(), Cause: h.passage.ID,
		})
		lines = append(lines, obligation.Line{Item: x.account.Item, Unit: x.unit, Amount: x.q})
	}
	reason := h.alarm
	if reason == "" {
		reason = "more passed than the papers hold"
	}
	if len(lines) == 0 {
		lines = []obligation.Line{{Item: "vehicle/" + h.passage.Readings.CameraPlate, Unit: "C62", Amount: num.OneQuantity}}
	}
	more, err := casework.Difference(h.v, h.by, h.v.NewID, h.ref.Calendar, journal.Ref{Kind: "passage", ID: h.passage.ID}, where, lines, reason, refusal.OrNil())
	if err != nil {
		return err
	}
	out.Merge(more)
	return nil
}

func (h *haul) where() casework.Place {
	where := casework.Place{Area: h.passage.Readings.Area}
	for _, n := range h.notes {
		where.Office, where.Enterprise = n.Office, n.Enterprise
	}
	for _, id := range h.order {
		where.Mode = h.papers[id].file.Mode
	}
	return where
}

// lost is the passage when it cannot be booked as the papers say: all that was on
// the truck goes to the difference account.
func (h *haul) lost(refusal error) (decision.Outcome, error) {
	var out decision.Outcome
	h.extra = nil
	for _, n := range h.notes {
		next := *n
		if moved, err := n.Apply(n.PassEvent()); err == nil {
			next.ReleaseNote = moved
		}
		h.returned(&next)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.ReleaseNote, ID: n.ID, Version: h.versions[n.ID], Body: next})
		for _, id := range n.Papers {
			p := h.papers[id]
			if p.app != nil {
				for _, l := range p.app.Lines(bonded.Amounts{Packages: n.Packages, GrossMass: n.GoodsGross}) {
					h.beyond(p, procedure.LadingLine, l.Key, l.Unit, l.Quantity)
				}
				continue
			}
			for _, l := range byBookLine(n.Lines, p.list) {
				h.beyond(p, procedure.BookLine, l.Key, l.Unit, l.Quantity)
			}
		}
	}
	if h.alarm == "" {
		h.alarm = "passed, and cannot be booked"
	}
	list := fault.All(refusal)
	if err := h.differ(&out, &list); err != nil {
		return out, err
	}
	h.tell(&out, Lift, nil, notice(refusal))
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Passage, ID: h.passage.ID, Version: h.version, Body: *h.passage})
	out.Once()
	return out, nil
}
