package bonded

import (
	"context"
	"encoding/json"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/review"
)

// Names of the actions on lists that need two officers.
const (
	ActVoidList   = "list.void"
	ActCloseShort = "list.close-short"
)

// listPosts may propose and confirm on lists (DR §9.1, our reading).
var listPosts = []party.PostID{party.FilingOfficer, party.Reviewer}

// Actions are what two officers can decide here, for the desk of the two
// officers.
func (d *Desk) Actions() map[string]deliberation.Action {
	return map[string]deliberation.Action{
		ActFileBook:   deliberation.Func(fileBook),
		ActChangeBook: deliberation.Func(d.changeBook),
		ActCloseBook:  deliberation.Func(closeBook),
		ActCorrect:    deliberation.Func(d.correct),
		ActVoidList:   deliberation.Pair{Agreed: d.voidList, Kept: d.keepList},
		ActCloseShort: deliberation.Func(d.closeShort),
		ActWriteOff:   deliberation.Func(d.decideWriteOff),
		ActDestroy:    deliberation.Pair{Agreed: approveDestroy, Kept: refuseDestroy},
	}
}

type listPayload struct {
	List    string `json:"list"`
	Version int64  `json:"version"`
	First   string `json:"first"`
	Reason  string `json:"reason"`
}

// WithdrawList is the enterprise giving up a list that was never approved.
// Fault: BOOK-LIFECYCLE-02.
func (d *Desk) WithdrawList(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		l, version, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		out, err := l.move(v, by, version, book.ListWithdraw, "verification-list.withdrawn", reason)
		if err != nil || l.Application != "" {
			return out, err
		}
		file, filed, err := decision.Load[casework.Case](v, dossier.Case, l.Case)
		if err != nil {
			return out, err
		}
		file.State, file.Closed = casework.Closed, v.Now()
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Case, ID: file.ID, Version: filed, Body: file})
		return out, nil
	})
}

// AskVoidList is the enterprise asking to void an approved list; two officers
// decide. Faults: BONDED-REASON-01, BONDED-VOID-01 (its bill is lodged),
// BOOK-LIFECYCLE-02, BOOK-VOID-01 to -03.
func (d *Desk) AskVoidList(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		l, version, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		if err := noBill(v, &l); err != nil {
			return decision.Outcome{}, err
		}
		return l.move(v, by, version, book.ListAskVoid, "verification-list.void-asked", reason)
	})
}

// noBill tells whether nothing was declared on the list yet.
func noBill(v decision.View, l *List) error {
	file, _, err := decision.Load[casework.Case](v, dossier.Case, l.Case)
	if err != nil || file.Declaration == "" {
		return err
	}
	return fault.New(fault.Refused, "BONDED-VOID-01", "/bill", "a bill was lodged on list {number}", "have the bill deleted first", "number", l.Number)
}

// ProposeVoidList is the first officer's word for voiding; the second is drawn.
// Faults: BOOK-LIFECYCLE-02 (nobody asked for it), those of the desk of the two
// officers.
func (d *Desk) ProposeVoidList(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		l, version, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		out, err := l.move(v, by, version, book.ListFirstConfirm, "verification-list.void-proposed", reason)
		if err != nil {
			return out, err
		}
		return d.open(v, by, out, review.Correction, ActVoidList, &l, listPayload{id, version + 1, by.ID, reason})
	})
}

// KeepList is the first officer refusing to void: the list stays as it was.
func (d *Desk) KeepList(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		l, version, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		return l.move(v, by, version, book.ListKeep, "verification-list.kept", reason)
	})
}

// open puts a motion about a list on the desk of the two officers, together with
// what the story changes itself.
func (d *Desk) open(v decision.View, by decision.Actor, own decision.Outcome, matter review.Matter, action string, l *List, p listPayload) (decision.Outcome, error) {
	out, err := deliberation.Open(v, Setting(d.reference()), by, deliberation.Motion{
		Matter: matter, Kind: "verification_list", Subject: l.ID, Number: l.Number, Action: action, Payload: p, Posts: listPosts, Reason: p.Reason,
		Enterprise: keyOf(l.Operator), Area: areaOf(l.CompetentOffice), Office: string(l.CompetentOffice),
	})
	if err != nil {
		return out, err
	}
	reply := out.Reply
	own.Merge(out)
	own.Reply = reply
	return own, nil
}

// proposedList loads the list that two officers decided on, as they saw it.
func proposedList(v decision.View, payload json.RawMessage) (List, int64, listPayload, error) {
	var p listPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return List{}, 0, p, err
	}
	l, version, err := decision.Load[List](v, dossier.VerificationList, p.List)
	if err != nil {
		return l, 0, p, err
	}
	return l, version, p, seen(p.Version, version)
}

// voidList gives back what the list reserved and undoes its step.
func (d *Desk) voidList(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	l, version, p, err := proposedList(v, payload)
	if err != nil {
		return out, err
	}
	if err := noBill(v, &l); err != nil {
		return out, err
	}
	l.Officers = [2]string{p.First, by.ID}
	next, _, err := l.GiveBack(book.ListVoid)
	if err != nil {
		return out, err
	}
	l.VerificationList = next
	ref := d.reference()
	file, filed, err := decision.Load[casework.Case](v, dossier.Case, l.Case)
	if err != nil {
		return out, err
	}
	mode, err := ModeOf(ref, &file)
	if err != nil {
		return out, err
	}
	t, err := casework.Undo(v, mode, file, casework.Step{
		ID: procedure.StepList, By: by, Goods: casework.Goods{}.Add(procedure.BookLine, procedure.Listed, listed(&l, nil)...),
		Calendar: ref.Calendar, At: v.Now(), IDs: v.NewID,
	})
	if err != nil {
		return out, err
	}
	out.Merge(t.Outcome)
	file = t.Case
	if file.List = ""; file.Application == "" {
		file.List, file.State, file.Closed = l.ID, casework.Closed, v.Now() // it was the list's own case
	}
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.VerificationList, ID: l.ID, Version: version, Body: l},
		decision.Put{Kind: dossier.Case, ID: file.ID, Version: filed, Body: file})
	out.Entries = append(out.Entries, l.entry(v, v.NewID, by, "verification-list.voided", p.Reason))
	out.Reply = Reply{ID: l.ID, Number: l.Number, State: string(l.State), Case: l.Case}
	return out, nil
}

// keepList is what happens when the two officers do not agree to void.
func (d *Desk) keepList(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	l, version, p, err := proposedList(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	return l.move(v, by, version, book.ListKeep, "verification-list.kept", p.Reason)
}

// ProposeCloseShort is the first officer's word for closing a list whose goods
// did not all come, at the enterprise's request (DR §4.4, short pass).
// Faults: BONDED-MODE-01 (the mode has no such step), BONDED-SHORT-01 (release
// notes are still open), BOOK-POST-02, -03, those of the desk of the two
// officers.
func (d *Desk) ProposeCloseShort(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		l, version, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if _, err := cutShort(v, &l); err != nil {
			return decision.Outcome{}, err
		}
		return d.open(v, by, decision.Outcome{}, review.Correction, ActCloseShort, &l, listPayload{id, version, by.ID, reason})
	})
}

// cutShort gives the list as closed with what has passed.
func cutShort(v decision.View, l *List) (book.VerificationList, error) {
	for i := range l.Lines {
		if line := &l.Lines[i]; line.Noted > line.Passed {
			return l.VerificationList, fault.New(fault.Refused, "BONDED-SHORT-01", "", "{quantity} of line {line} still stand on release notes", "void those notes first",
				"quantity", line.Noted-line.Passed, "line", line.Number)
		}
	}
	next, _, err := l.CutShort(v.Now())
	return next, err
}

// stepCloseShort closes a case with less than was listed; a mode may have it.
const stepCloseShort = "close-short"

func (d *Desk) closeShort(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	l, version, p, err := proposedList(v, payload)
	if err != nil {
		return out, err
	}
	ref := d.reference()
	file, filed, err := decision.Load[casework.Case](v, dossier.Case, l.Case)
	if err != nil {
		return out, err
	}
	mode, err := ModeOf(ref, &file)
	if err != nil {
		return out, err
	}
	if mode.Step(stepCloseShort) == nil {
		return out, fault.New(fault.Invalid, "BONDED-MODE-01", "/procedure", "mode {mode} has no step “{step}”", "choose a mode that has it", "mode", mode.ID, "step", stepCloseShort)
	}
	next, err := cutShort(v, &l)
	if err != nil {
		return out, err
	}
	l.VerificationList = next
	t, err := casework.Take(v, mode, file, casework.Step{
		ID: stepCloseShort, By: by,
		Confirmed: []procedure.Given{{By: procedure.Customs, Office: procedure.ZoneOffice, Officers: []string{p.First, by.ID}}},
		Goods:     casework.Goods{}.Add(procedure.BookLine, procedure.AllPassed, passed(&l)...),
		Calendar:  ref.Calendar, At: v.Now(), IDs: v.NewID,
	})
	if err != nil {
		return out, err
	}
	if !t.Ready {
		return out, Lacking(&t, stepCloseShort)
	}
	out.Merge(t.Outcome)
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.VerificationList, ID: l.ID, Version: version, Body: l},
		decision.Put{Kind: dossier.Case, ID: file.ID, Version: filed, Body: t.Case})
	e := l.entry(v, v.NewID, by, "verification-list.posted", p.Reason)
	e.Why.Rule = mode.Ref() + " " + stepCloseShort
	out.Entries = append(out.Entries, e)
	out.Reply = Reply{ID: l.ID, Number: l.Number, State: string(l.State), Case: l.Case, Posted: true}
	return out, nil
}
