package check

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/ledger"
	"seine/internal/num"
)

// side is one list of a transfer between books.
type side struct {
	id, related, own, other string // related list; own and other book
	posted                  bool
	moved                   map[string]int64 // first eight digits and unit → quantity
}

// pairs are the sides of all transfers, by the number of the list.
type pairs map[string]*side

// take keeps a list that is one side of a transfer.
func (p pairs) take(l *bonded.List) {
	if l.Policy != book.WithPartner || l.Number == "" {
		return
	}
	s := &side{id: l.ID, related: l.RelatedList, own: l.Book, other: l.RelatedBook, posted: l.State == book.ListPosted || l.State == book.ListWrittenOff, moved: map[string]int64{}}
	for i := range l.Lines {
		x := &l.Lines[i]
		s.moved[x.Commodity[:min(8, len(x.Commodity))]+" "+string(x.Unit)] += int64(x.Quantity)
	}
	p[l.Number] = s
}

// paired checks that both sides of a transfer are posted or neither, and that
// they moved the same. Where the two count in different units the sums are not
// compared.
func (r *run) paired(p pairs) {
	for _, number := range slices.Sorted(maps.Keys(p)) {
		s := p[number]
		o := p[s.related]
		if !s.posted {
			continue
		}
		if o == nil || !o.posted || o.related != number || o.other != s.own || s.other != o.own {
			r.found(PairOpen, "verification_list", s.id, "posted, and the list of the other book is not", s.related, "")
			continue
		}
		for _, goods := range slices.Sorted(maps.Keys(s.moved)) {
			if there, same := o.moved[goods]; same {
				r.differ(PairDiffers, "verification_list", s.id, "moved by the other side of "+goods, s.moved[goods], there)
			}
		}
	}
}

// correction notes which accounts a correction touched.
func (t *trails) correction(e *entryRow) {
	for _, name := range []string{"from", "to"} {
		var account string
		if json.Unmarshal(e.facts[name], &account) == nil && account != "" {
			t.corrected[account] = true
		}
	}
}

// backdated looks for past days on which a corrected account held less than
// nothing, by what is known now. It follows each account from its last movement,
// as there are few.
func (r *run) backdated(ctx context.Context) error {
	for _, account := range slices.Sorted(maps.Keys(r.trail.corrected)) {
		parts := strings.Split(account, "|")
		if len(parts) != 6 || slices.ContainsFunc(beyond, func(p ledger.Place) bool { return string(p) == parts[4] }) {
			continue
		}
		var last string
		if err := r.one(ctx, lastOf, []any{account}, &last); err != nil {
			r.found(LedgerAbsent, "balance", account, "a correction tells of an account that is not there", "", "")
			continue
		}
		days := map[int64]int64{}
		for last != "" {
			var kind, from, prevFrom, prevTo string
			var quantity, on int64
			if err := r.one(ctx, stepOf, []any{last}, &kind, &from, &quantity, &on, &prevFrom, &prevTo); err != nil {
				break // the ledger's own section tells of broken chains
			}
			sign := int64(1)
			if last = prevTo; from == account {
				sign, last = -1, prevFrom
			}
			if kind == "post" || kind == "settle" {
				days[on] += sign * quantity
			}
		}
		var sum int64
		for _, day := range slices.Sorted(maps.Keys(days)) {
			if sum += days[day]; sum < 0 {
				r.found(PastBelow, "balance", account, "held less than nothing on "+clock.Date(day).String()+" by what is known now", "at least 0", num.Quantity(sum).String())
				break
			}
		}
	}
	return nil
}
