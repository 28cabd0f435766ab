package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
)

// paperAct is one thing that can be done with a paper, with a reason: by its
// party, or by an officer.
type paperAct struct {
	Value  string
	Text   Key
	Right  party.Action
	Danger bool
	// Off is why it cannot be done as the paper stands; the story judges again.
	Off error
	Do  func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
}

// actsForm is the form of all acts on a paper: one reason, one button each.
type actsForm struct {
	Path   string // where it is sent
	Key    string
	Acts   []Act
	Off    []string // why acts are off, each once
	Reason string   // as entered
	Faults fault.List
	Fields []Field // asked beside the reason
	NoWhy  bool    // no reason is asked
}

// onlyDanger tells whether nothing can be done here but what ends or stops the
// paper: that stands below what the paper is read for.
func (f *actsForm) onlyDanger() bool {
	return !slices.ContainsFunc(f.Acts, func(a Act) bool { return !a.Danger })
}

// actsOn gives the form of those acts that are for this person; what cannot be
// done now says why. An act that is for the other side of the counter is left
// out.
func actsOn(ctx context.Context, who party.Who, object party.Object, path string, list []paperAct) actsForm {
	f := actsForm{Path: path, Key: newKey()}
	staff := who.Actor.Kind == journal.Officer
	for _, a := range list {
		if staff == (a.Right == party.Lodge) {
			continue
		}
		off := can(ctx, who, a.Right, object)
		if off == "" {
			off = offBecause(ctx, a.Off)
		}
		f.Acts = append(f.Acts, Act{Text: T(ctx, a.Text), Form: "acts", Name: "act", Value: a.Value, Danger: a.Danger, Off: off})
		if off != "" && !slices.Contains(f.Off, off) {
			f.Off = append(f.Off, off)
		}
	}
	return f
}

// onPage are the acts that stand at the head of the page.
func (f *actsForm) onPage() []Act {
	return slices.DeleteFunc(slices.Clone(f.Acts), func(a Act) bool { return a.Off != "" })
}

// carryOut does the act that was chosen and leads back to the paper. When it is
// refused, the faults come back to be shown with the reason as it was entered;
// done tells that the answer has been given.
func (s *Server) carryOut(w http.ResponseWriter, r *http.Request, object party.Object, id, name, path string, list []paperAct) (faults fault.List, done bool) {
	ctx := r.Context()
	wanted := r.PostForm.Get("act")
	i := slices.IndexFunc(list, func(a paperAct) bool { return a.Value == wanted })
	if i < 0 {
		return fault.List{fault.New(fault.Invalid, "CONSOLE-PAPER-01", "/act", "“{act}” is no act on this paper", "use a button of the page", "act", wanted)}, false
	}
	who, err := s.may(ctx, list[i].Right, object)
	if err == nil {
		_, err = list[i].Do(ctx, s.command(r, name+"."+wanted, who.Actor), who.Actor, id, strings.TrimSpace(r.PostForm.Get("reason")))
	}
	if err == nil {
		sent(w, r, path)
		return nil, true
	}
	if faults = fault.All(err); len(faults) == 0 || faults.Kind() == fault.NotFound && faults[0].Path == "" || fault.Is(err, "PARTY-RIGHT-02") {
		s.Fail(w, r, err)
		return nil, true
	}
	return faults, false
}

// again puts what was entered back into the form of acts.
func (f *actsForm) again(r *http.Request, faults fault.List) {
	f.Reason, f.Faults = r.PostForm.Get("reason"), faults
	for i := range f.Fields {
		if value := r.PostForm.Get(f.Fields[i].Name); value != "" {
			f.Fields[i].Value = value
		}
		f.Fields[i].Faults = Of(faults, f.Fields[i].Path)
	}
}
