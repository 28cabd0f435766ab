package bonded

import (
	"slices"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/procedure"
)

// AfterRelease is the clearance.ReleaseHook of bonded stock: the list of the
// goods learns that its bill is released and, when the goods have passed too, the
// book is posted in the transaction of the release (DR §1.5, central rule).
// Faults: BOOK-LIFECYCLE-02 and those of the step of posting.
func (d *Desk) AfterRelease(v decision.View, out *decision.Outcome, file *casework.Case, doc *declaration.Declaration, ids func() string) error {
	if _, approved := file.Done[procedure.StepList]; file.List == "" || !approved {
		return nil // the list, if there is to be one, comes later and is told then
	}
	ref := d.reference()
	mode, err := ModeOf(ref, file)
	if err != nil {
		return err
	}
	list, version, err := decision.Load[List](v, dossier.VerificationList, file.List)
	if err != nil {
		return err
	}
	if !list.Declared {
		return nil
	}
	if err := list.billReleased(doc, v.Now()); err != nil {
		return err
	}
	if _, err := Complete(v, out, ref, mode, file, &list, ids); err != nil {
		return err
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.VerificationList, ID: list.ID, Version: version, Body: list})
	return nil
}

// billReleased notes the release of the list's bill.
func (l *List) billReleased(bill *declaration.Declaration, at clock.Instant) error {
	next, _, err := l.Release(at)
	if err != nil {
		return err
	}
	l.VerificationList = next
	l.Bill, l.Declaration = bill.Number, bill.ID
	return nil
}

// AllPassed notes that all goods of the list have passed, for lists whose goods
// do not pass on notes of the list itself. Fault: BOOK-LIFECYCLE-02.
func (l *List) AllPassed(at clock.Instant) error {
	if l.FullyPassed != 0 {
		return nil
	}
	if policy := book.PolicyOf(&l.VerificationList); policy == book.BillAndGate || policy == book.GateOnly {
		on := book.ListAllPassed
		if policy == book.GateOnly {
			on = book.ListPost
		}
		next, err := l.Apply(on)
		if err != nil {
			return err
		}
		l.VerificationList = next
	}
	l.Lines = slices.Clone(l.Lines)
	for i := range l.Lines {
		l.Lines[i].Passed = l.Lines[i].Quantity
	}
	l.FullyPassed = at
	return nil
}

// Complete lets the case take the steps that follow by themselves now: above all
// the posting to the book, once bill and gate are both through. What out moved
// already counts. It tells whether the book was posted.
// Faults: those of casework.Take.
func Complete(v decision.View, out *decision.Outcome, ref *clearance.Reference, mode *procedure.Mode, file *casework.Case, list *List, ids func() string) (posted bool, err error) {
	holds := map[procedure.Condition]bool{
		procedure.BillReleased: list.BillReleased != 0, procedure.FullyPassed: list.FullyPassed != 0, procedure.BookGiven: true,
		procedure.PartnerListed: list.Policy == book.WithPartner && list.RelatedList != "",
	}
	goods := casework.Goods{}
	goods.Add(procedure.BookLine, procedure.AllPassed, passed(list)...)
	if list.Method == book.Forward {
		goods.Add(procedure.BookLine, procedure.Listed, listed(list, nil)...)
	}
	if file.Application != "" {
		app, _, err := decision.Load[Application](v, dossier.Application, file.Application)
		if err != nil {
			return false, err
		}
		goods.Add(procedure.LadingLine, procedure.Declared, app.lines(app.Content.Packages, app.Content.GrossMass)...)
	}
	for range mode.Steps { // each step follows at most once
		ready := mode.Follow(procedure.Situation{
			At: v.Now(), Area: file.Area, Credit: file.Credit, Events: file.Events, Done: file.Done, True: holds, Calendar: ref.Calendar,
		})
		ready = slices.DeleteFunc(ready, func(st *procedure.Step) bool { return st.ID == procedure.StepAccept || st.Repeats })
		if len(ready) == 0 {
			break
		}
		now, err := casework.Ahead(v, out.Transfers)
		if err != nil {
			return posted, err
		}
		t, err := casework.Take(now, mode, *file, casework.Step{
			ID: ready[0].ID, By: decision.System, LowRisk: true, Goods: goods, Calendar: ref.Calendar, At: v.Now(), IDs: ids, True: holds,
		})
		if err != nil {
			return posted, err
		}
		if !t.Ready {
			break
		}
		*file = t.Case
		out.Merge(t.Outcome)
		if ready[0].ID == procedure.StepPost {
			posted = true
			list.Lines = slices.Clone(list.Lines)
			for i := range list.Lines {
				list.Lines[i].Settled = list.Lines[i].Quantity
			}
			list.State, list.Mark, list.PostedAt = book.ListPosted, book.Posted, v.Now()
			out.Entries = append(out.Entries, list.entry(v, ids, decision.System, "verification-list.posted", ""))
		}
	}
	return posted, nil
}
