// Package draft keeps forms that somebody has begun and not sent. A draft is a
// person's own: nobody else sees that it is there, no officer and no colleague,
// it has no official number, it is no document of customs, and the journal does
// not tell what stands in it. Drafts are bounded in size and number and are
// forgotten some time after they were last kept.
package draft

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/party"
)

// Bounds of what is kept.
const (
	Most   = 10                  // drafts of one person
	Size   = 64 << 10            // bytes of one draft: names and values together
	Fields = 1000                // values of one draft
	Title  = 80                  // signs of what it is known by
	Lines  = 50                  // goods lines
	Life   = 30 * 24 * time.Hour // since it was last kept
)

// Declaration is the form of a declaration, the one that is drafted so far.
const Declaration = "declare"

// State tells whether a place holds a draft.
type State string

// A place is used again once it is empty, so that a person never has more than
// Most of them.
const (
	Kept  State = "kept"
	Empty State = "empty" // sent, discarded or forgotten: nothing is left of it
)

// Draft is an unfinished form: every value as it was entered, by the pointer of
// its element.
type Draft struct {
	ID         string            `json:"id"`
	Owner      string            `json:"owner"` // account
	Enterprise string            `json:"enterprise"`
	Form       string            `json:"form"`
	Title      string            `json:"title,omitempty"` // what its owner knows it by
	Values     map[string]string `json:"values,omitempty"`
	Lines      int               `json:"lines,omitempty"`
	Origin     map[string]string `json:"origin,omitempty"` // papers that it was filled from
	Saved      clock.Instant     `json:"saved"`
	Expires    clock.Instant     `json:"expires"`
	State      State             `json:"state"`
}

// Belongs tells whether the draft is there for somebody at a moment: its owner,
// still acting for the enterprise that it was begun for.
func (d *Draft) Belongs(to decision.Actor, now clock.Instant) bool {
	return d.State == Kept && d.Owner == to.ID && d.Enterprise == to.Enterprise && d.Expires > now
}

// emptied is the place without what stood in it.
func (d *Draft) emptied() Draft { return Draft{Owner: d.Owner, State: Empty} }

// Reply tells what was kept.
type Reply struct {
	ID      string        `json:"id"`
	Saved   clock.Instant `json:"saved"`
	Expires clock.Instant `json:"expires"`
}

// Decider takes decisions and writes their outcome; the store is one.
type Decider interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
}

// Desk keeps drafts. It holds no state of its own.
type Desk struct{ store Decider }

// New gives a desk that writes through store.
func New(store Decider) *Desk { return &Desk{store} }

// place is one of a person's places with what stands in it.
type place struct {
	id      string
	version int64
	doc     Draft
}

func places(v decision.View, owner string) ([]place, error) {
	ids, err := v.Find(dossier.Draft, "owner", owner, Most)
	if err != nil {
		return nil, err
	}
	list := make([]place, len(ids))
	for i, id := range ids {
		list[i].id = id
		if list[i].doc, list[i].version, err = decision.Load[Draft](v, dossier.Draft, id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Keep writes a draft down: over the one of its id while that is there, else as
// a new one. Owner, enterprise, times and state are not the caller's to state.
// Faults: those of its form, DRAFT-MANY-01, DRAFT-OWNER-01 (nobody who sends forms of
// an enterprise).
func (d *Desk) Keep(ctx context.Context, c decision.Command, by decision.Actor, form Draft) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		if by.ID == "" || by.Enterprise == "" {
			return out, fault.New(fault.Forbidden, "DRAFT-OWNER-01", "", "only a person of an enterprise keeps drafts", "sign in as the one who sends the form")
		}
		if err := form.bounded(); err != nil {
			return out, err
		}
		list, err := places(v, by.ID)
		if err != nil {
			return out, err
		}
		at := place{id: by.ID + "." + strconv.Itoa(len(list)+1)}
		free := len(list) < Most
		for _, p := range list {
			if p.doc.Belongs(by, v.Now()) {
				if p.doc.ID == form.ID && p.doc.Form == form.Form {
					at, free = p, true
					break
				}
			} else if at.version == 0 {
				at, free = place{p.id, p.version, p.doc.emptied()}, true
			}
		}
		if !free {
			return out, fault.New(fault.Refused, "DRAFT-MANY-01", "", "you keep {most} drafts already", "send or discard one of them", "most", Most)
		}
		if at.doc.ID == "" {
			at.doc.ID = v.NewID()
		}
		form.ID, form.Owner, form.Enterprise, form.State = at.doc.ID, by.ID, by.Enterprise, Kept
		form.Saved, form.Expires = v.Now(), v.Now().Add(Life)
		out.Puts = []decision.Put{{Kind: dossier.Draft, ID: at.id, Version: at.version, Body: form}}
		out.Reply = Reply{form.ID, form.Saved, form.Expires}
		return out, nil
	})
}

// bounded tells what is wrong with the form itself. Faults: DRAFT-FORM-01 (no
// such form), DRAFT-FORM-02 (more lines than it has), DRAFT-FORM-03 (a value that
// no element has), DRAFT-SIZE-01, DRAFT-TITLE-01.
func (d *Draft) bounded() error {
	var faults fault.List
	if d.Form != Declaration {
		faults = append(faults, fault.New(fault.Invalid, "DRAFT-FORM-01", "/form", "there is no form of this name", "write {form}", "form", Declaration))
	}
	if d.Lines < 0 || d.Lines > Lines {
		faults = append(faults, fault.New(fault.Invalid, "DRAFT-FORM-02", "/lines", "a form has {most} lines at most", "send more lines as a file or by the API", "most", Lines))
	}
	if utf8.RuneCountInString(d.Title) > Title {
		faults = append(faults, fault.New(fault.Invalid, "DRAFT-TITLE-01", "/title", "a title has {most} signs at most", "shorten it", "most", Title))
	}
	size := len(d.Title)
	for _, m := range []map[string]string{d.Values, d.Origin} {
		for name, value := range m {
			size += len(name) + len(value)
		}
	}
	if size > Size || len(d.Values) > Fields {
		faults = append(faults, fault.New(fault.Invalid, "DRAFT-SIZE-01", "/values", "a draft holds {size} kB and {fields} values, this is more", "send more lines as a file or by the API", "size", Size>>10, "fields", Fields))
	}
	for name := range d.Values {
		if !strings.HasPrefix(name, "/") {
			faults = append(faults, fault.New(fault.Invalid, "DRAFT-FORM-03", "/values", "a value stands under something that is no element", "name each value by the pointer of its element, such as /lines/0/name"))
			break
		}
	}
	return faults.OrNil()
}

// Discard forgets a draft. Fault: PARTY-RIGHT-01 when it is not there for by.
func (d *Desk) Discard(ctx context.Context, c decision.Command, by decision.Actor, id string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		list, err := places(v, by.ID)
		if err != nil {
			return out, err
		}
		for _, p := range list {
			if p.doc.Belongs(by, v.Now()) && p.doc.ID == id {
				out.Puts = []decision.Put{{Kind: dossier.Draft, ID: p.id, Version: p.version, Body: p.doc.emptied()}}
				return out, nil
			}
		}
		return out, party.Absent(string(dossier.Draft), id)
	})
}

// Forget empties a place whose draft has expired; any other stays as it is.
func (d *Desk) Forget(ctx context.Context, c decision.Command, at string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := decision.Load[Draft](v, dossier.Draft, at)
		if err != nil || doc.State != Kept || doc.Expires > v.Now() {
			return out, err
		}
		out.Puts = []decision.Put{{Kind: dossier.Draft, ID: at, Version: version, Body: doc.emptied()}}
		return out, nil
	})
}
