package bonded

import (
	"context"
	"strings"

	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/procedure"
)

// weighed works both ways of taxing the sale of a list out when the enterprise
// chooses what duty is levied on (DR §3.12); nil for any other list. What stands in
// the way of the choice is a fault of the list.
func weighed(v decision.View, ref *clearance.Reference, l *List, held *book.Book, mode *procedure.Mode, on clock.Date) (*clearance.Levy, error) {
	if l.LevyOn == "" {
		return nil, nil
	}
	levy, err := clearance.Weigh(v, ref, clearance.Weighed{Book: held, List: &l.VerificationList, Mode: mode, Area: held.Area}, on)
	return levy, onChoice(err)
}

// onChoice puts faults of a choice on the element of the list that makes it.
func onChoice(err error) error {
	found := fault.All(err)
	if found == nil {
		return err
	}
	out := make(fault.List, len(found))
	for i, f := range found {
		out[i] = f
		if strings.HasPrefix(f.Path, "/levy/") || f.Path == "/levy" {
			moved := *f
			moved.Path = "/levyOn"
			out[i] = &moved
		}
	}
	return out
}

// WeighLevy works a sale out both ways before anything is chosen or filed: by the
// goods of the list, and by the bonded materials that the book tells are in them.
// Nothing is written. Faults: BONDED-FIND-01, BONDED-MODE-01, those of
// book.VerificationList.Validate and of clearance.Weigh.
func (d *Desk) WeighLevy(ctx context.Context, c decision.Command, l Listing) (*clearance.Levy, error) {
	var levy *clearance.Levy
	_, err := d.store.Preview(ctx, c, func(v decision.View) (decision.Outcome, error) {
		ref, on := d.reference(), v.Now().Date()
		mode, err := modeWith(ref, l.Procedure, procedure.StepList, on)
		if err != nil {
			return decision.Outcome{}, err
		}
		held, _, err := find[Book](v, dossier.Book, l.List.Book, "/book")
		if err != nil {
			return decision.Outcome{}, err
		}
		list := fresh(v, l, mode, &held)
		if err := list.Validate(&held.Book, on); err != nil {
			return decision.Outcome{}, err
		}
		levy, err = clearance.Weigh(v, ref, clearance.Weighed{Book: &held.Book, List: &list.VerificationList, Mode: mode, Area: held.Area}, on)
		return decision.Outcome{}, onChoice(err)
	})
	return levy, err
}
