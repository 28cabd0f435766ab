package check

import (
	"cmp"
	"context"
	"database/sql"
	"hash/maphash"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/ledger"
)

// ledgers is what the replay of the books leaves for the later sections.
type ledgers struct {
	// stock is what came onto the books of enterprises by each cause: quantity that
	// is on hand because of it.
	stock map[key]int64
}

// beyond are the places outside of what customs holds: they alone may go below
// zero.
var beyond = []ledger.Place{
	ledger.Abroad, ledger.HomeMarket, ledger.Consumed, ledger.Produced, ledger.Scrap, ledger.Lost, ledger.Destroyed, ledger.Surrendered, ledger.Difference, ledger.Noted,
	ledger.Granted, ledger.Treasury, ledger.Bank, ledger.Earlier, ledger.OtherBook,
}

// pot is one account as the replay fills it.
type pot struct {
	quantity, value, in, out int64
	count, recorded          int64
	last                     string
	from, to                 int32 // effective days since the last mark
	inside                   bool
	layers                   []arrival // oldest first; none where the account keeps none
}

// arrival is what is left of goods that came in by one cause.
type arrival struct {
	cause        string
	on, quantity int64
}

// rest is what is left of a reservation.
type rest struct {
	from, to       string
	reserved, open int64
	value, given   int64 // of what is open; as reserved
	moved          bool  // a part was posted
	cause          string
}

type moveRow struct {
	id, kind, from, to, pending, cause, turn, prevFrom, prevTo string
	waits                                                      string // movement that must come first
	quantity, value, on, recorded, afterFrom, afterTo, layered int64

	entry     string // that quotes it
	moved     string // what that entry quotes, ids one a line
	movedHash []byte
	leaf      [32]byte
}

// replay adds up the movements of some of the items.
type replay struct {
	r       *run
	pots    map[string]*pot
	rests   map[string]*rest
	marks   map[string]markRow
	waiting map[string][]*moveRow // by the movement that must come first
	parked  int
	turns   map[string]*[2]int64
	sums    map[key]*[2]int64
	quotes  *quotes // nil but the first time that the movements are read
}

type markRow struct {
	movement                                    string
	recorded, quantity, value, spanFrom, spanTo int64
}

// markEvery is how many movements lie between two marks of an account.
const markEvery = 256

// ledger replays all movements of all books. When there are more accounts than
// fit well into memory, the movements are read several times, each time for a
// part of the items.
func (r *run) ledger(ctx context.Context) error {
	r.books.stock = map[key]int64{}
	var accounts int64
	if err := r.one(ctx, balanceCount, nil, &accounts); err != nil {
		return err
	}
	parts := uint64(accounts/r.o.accountsAtOnce + 1)
	seed := maphash.MakeSeed()
	turns := map[string]*[2]int64{}
	for part := range parts {
		p := &replay{
			r: r, pots: map[string]*pot{}, rests: map[string]*rest{}, marks: map[string]markRow{}, waiting: map[string][]*moveRow{},
			turns: turns, sums: map[key]*[2]int64{},
		}
		if part == 0 {
			p.quotes = &quotes{r: r, open: map[key]*quote{}}
		}
		mine := func(account string) bool { return parts == 1 || maphash.String(seed, itemOf(account))%parts == part }
		if err := p.read(ctx, mine); err != nil {
			return err
		}
		if err := p.compare(ctx, mine); err != nil {
			return err
		}
	}
	for id, value := range turns {
		// Goods that came in without a value take that of the paper they turn into.
		if value[0] != 0 {
			r.differ(LedgerTurn, "turn", id, "what a turn used is worth another amount than what it made", value[0], value[1])
		}
	}
	return nil
}

// itemOf gives ledger and item of an account key.
func itemOf(account string) string {
	parts := strings.SplitN(account, "|", 4)
	if len(parts) < 4 {
		return account
	}
	return parts[0] + "|" + parts[2]
}

func (p *replay) read(ctx context.Context, mine func(string) bool) error {
	err := flow(ctx, p.r, "ledger", movementAll, nil, func(rows *sql.Rows, m *moveRow) error {
		return rows.Scan(&m.id, &m.kind, &m.from, &m.to, &m.quantity, &m.value, &m.pending, &m.on, &m.recorded, &m.cause, &m.turn,
			&m.prevFrom, &m.prevTo, &m.afterFrom, &m.afterTo, &m.layered, &m.entry, &m.moved, &m.movedHash)
	}, (*moveRow).work, func(m *moveRow) {
		if p.quotes != nil {
			p.quotes.take(m)
		}
		if mine(m.from) {
			row := *m
			p.offer(&row)
		}
	})
	p.force()
	if err == nil && p.quotes != nil {
		err = p.quotes.end(ctx)
	}
	return err
}

// offer applies a movement when those it follows were applied, and lets it wait
// otherwise: the order of ids is that of deciding, not always that of writing.
func (p *replay) offer(m *moveRow) {
	queue := []*moveRow{m}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if before, ready := p.ready(next); !ready {
			next.waits = before
			p.waiting[before] = append(p.waiting[before], next)
			p.parked++
			continue
		}
		p.apply(next)
		if followers := p.waiting[next.id]; followers != nil {
			delete(p.waiting, next.id)
			p.parked -= len(followers)
			queue = append(queue, followers...)
		}
	}
}

// ready tells whether a movement is the next of both its accounts, and else
// which one must come first.
func (p *replay) ready(m *moveRow) (before string, ready bool) {
	if last := p.pot(m.from).last; last != m.prevFrom && m.prevFrom != "" {
		return m.prevFrom, false
	}
	if last := p.pot(m.to).last; last != m.prevTo && m.prevTo != "" {
		return m.prevTo, false
	}
	return "", true
}

// force applies what waits for a predecessor that never came, oldest first.
func (p *replay) force() {
	for p.parked > 0 {
		var all []*moveRow
		for _, list := range p.waiting {
			all = append(all, list...)
		}
		slices.SortFunc(all, func(a, b *moveRow) int { return cmp.Compare(a.id, b.id) })
		for _, m := range all {
			list := p.waiting[m.waits]
			i := slices.Index(list, m)
			if i < 0 {
				continue // was applied behind another meanwhile
			}
			if p.waiting[m.waits] = slices.Delete(list, i, i+1); len(list) == 1 {
				delete(p.waiting, m.waits)
			}
			p.parked--
			p.apply(m)
			followers := p.waiting[m.id]
			delete(p.waiting, m.id)
			p.parked -= len(followers)
			for _, next := range followers {
				p.offer(next)
			}
		}
	}
}

func (p *replay) pot(account string) *pot {
	a := p.pots[account]
	if a == nil {
		parts := strings.Split(account, "|")
		a = &pot{inside: len(parts) == 6 && !slices.Contains(beyond, ledger.Place(parts[4]))}
		p.pots[account] = a
	}
	return a
}

// apply does one movement and compares what it says with what comes out.
func (p *replay) apply(m *moveRow) {
	r := p.r
	tell := func(c Code, detail, expected, actual string) { r.found(c, "movement", m.id, detail, expected, actual) }
	from, to := strings.Split(m.from, "|"), strings.Split(m.to, "|")
	if len(from) != 6 || len(to) != 6 || from[0] != to[0] || from[2] != to[2] || m.from == m.to || from[1] == "" || from[2] == "" || from[4] == "" || to[4] == "" {
		tell(LedgerAccount, "these are not two accounts of one item", m.from, m.to)
	}
	if m.quantity <= 0 {
		tell(LedgerQuantity, "a movement moves something", "above 0", strconv.FormatInt(m.quantity, 10))
	}
	a, b := p.pot(m.from), p.pot(m.to)
	if m.prevFrom != a.last {
		tell(LedgerChain, "does not follow the last movement of "+m.from, a.last, m.prevFrom)
	}
	if m.prevTo != b.last {
		tell(LedgerChain, "does not follow the last movement of "+m.to, b.last, m.prevTo)
	}
	if before := max(a.recorded, b.recorded); m.recorded < before {
		tell(LedgerTime, "was recorded before the movement it follows", clock.Instant(before).String(), clock.Instant(m.recorded).String())
	}
	if clock.Date(m.on) > clock.Instant(m.recorded).Date() {
		tell(LedgerTime, "counts for a day after it was recorded", clock.Instant(m.recorded).Date().String(), clock.Date(m.on).String())
	}
	if m.cause != "" && r.ran("journal") && !r.trail.tells("", m.cause) {
		tell(LedgerCause, "no entry tells of the cause of this movement", "", m.cause)
	}
	p.moves(m, a, b, from)
	if m.afterFrom != a.quantity {
		tell(LedgerAfter, "the quantity afterwards on "+m.from, strconv.FormatInt(a.quantity, 10), strconv.FormatInt(m.afterFrom, 10))
	}
	if m.afterTo != b.quantity {
		tell(LedgerAfter, "the quantity afterwards on "+m.to, strconv.FormatInt(b.quantity, 10), strconv.FormatInt(m.afterTo, 10))
	}
	for _, side := range []struct {
		account string
		pot     *pot
	}{{m.from, a}, {m.to, b}} {
		if side.pot.inside && side.pot.quantity-side.pot.out < 0 {
			tell(LedgerBelow, side.account+" holds less than nothing, or less than is reserved", "at least 0", strconv.FormatInt(side.pot.quantity-side.pot.out, 10))
		}
		p.noted(m, side.account, side.pot)
	}
	if m.turn != "" {
		p.turned(m, from, to)
	}
}

// moves changes the two accounts and what is pending.
func (p *replay) moves(m *moveRow, a, b *pot, from []string) {
	r := p.r
	tell := func(c Code, detail, expected, actual string) { r.found(c, "movement", m.id, detail, expected, actual) }
	switch m.kind {
	case "reserve":
		a.out += m.quantity
		b.in += m.quantity
		p.rests[m.id] = &rest{from: m.from, to: m.to, reserved: m.quantity, open: m.quantity, value: m.value, given: m.value, cause: m.cause}
		return
	case "settle", "void":
		held := p.rests[m.pending]
		if held == nil {
			tell(LedgerSettle, "nothing is pending under "+m.pending, "", m.pending)
			break
		}
		if held.from != m.from || held.to != m.to {
			tell(LedgerAccount, "acts on other accounts than were reserved", held.from+" to "+held.to, m.from+" to "+m.to)
		}
		if m.quantity > held.open || m.kind == "void" && m.quantity != held.open {
			tell(LedgerSettle, "posts or voids another quantity than is pending", strconv.FormatInt(held.open, 10), strconv.FormatInt(m.quantity, 10))
		}
		a.out -= m.quantity
		b.in -= m.quantity
		if m.kind == "settle" {
			p.worth(m, a, held)
		}
		if held.open -= m.quantity; held.open <= 0 {
			delete(p.rests, m.pending)
		}
	case "post":
		if a.inside && !(m.turn != "" && m.value == 0) {
			if fair := portion(a.value, m.quantity, a.quantity); m.value != fair {
				tell(LedgerValue, "goods take along their share of the account's value", strconv.FormatInt(fair, 10), strconv.FormatInt(m.value, 10))
			}
		}
	}
	if m.kind == "void" {
		if m.value != 0 {
			tell(LedgerValue, "a voided reservation carries no value", "0", strconv.FormatInt(m.value, 10))
		}
		return
	}
	p.layered(m, a, b)
	a.quantity -= m.quantity
	b.quantity += m.quantity
	a.value -= m.value
	b.value += m.value
	if len(from) == 6 && from[0] == "legal" && strings.HasPrefix(from[2], "book/") {
		sign := int64(0)
		if from[4] == string(ledger.OnHand) {
			sign = -1
		}
		if parts := strings.Split(m.to, "|"); len(parts) == 6 && parts[4] == string(ledger.OnHand) {
			sign++
		}
		if sign != 0 {
			r.books.stock[keyOf(m.cause)] += sign * m.quantity
		}
	}
}

// worth checks the value that a part of a reservation takes along: its share of
// what was reserved with a value, cut down, the last part the rest; without one
// the average, from outside nothing.
func (p *replay) worth(m *moveRow, a *pot, held *rest) {
	want := held.value
	switch {
	case held.given != 0 || held.moved && held.value != 0:
		if m.quantity < held.open {
			share := new(big.Int).Mul(big.NewInt(held.value), big.NewInt(m.quantity))
			want = share.Quo(share, big.NewInt(held.open)).Int64() // toward zero
		}
		held.value -= want
	case a.inside:
		if want = portion(a.value, m.quantity, a.quantity); m.value == 0 {
			want = 0 // reserved with a value of nothing
		}
	}
	held.moved = true
	if m.value != want {
		p.r.found(LedgerValue, "movement", m.id, "takes along another value than its share of the reservation", strconv.FormatInt(want, 10), strconv.FormatInt(m.value, 10))
	}
}

// portion is the value of a part at the average, half a fen away from zero; the
// whole takes all.
func portion(value, part, whole int64) int64 {
	if part == whole {
		return value
	}
	if whole == 0 {
		return 0
	}
	q := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(value), big.NewInt(part)), big.NewInt(whole))
	return rounded(q, halfUp).Int64()
}

// noted counts a movement on one of its accounts: chain, days, marks.
func (p *replay) noted(m *moveRow, account string, a *pot) {
	a.last, a.recorded = m.id, m.recorded
	a.count++
	if a.from == 0 || int32(m.on) < a.from {
		a.from = int32(m.on)
	}
	if a.to == 0 || int32(m.on) > a.to {
		a.to = int32(m.on)
	}
	if a.count%markEvery == 0 {
		p.marks[account+"\x00"+strconv.FormatInt(a.count, 10)] = markRow{m.id, m.recorded, a.quantity, a.value, int64(a.from), int64(a.to)}
		a.from, a.to = 0, 0
	}
}

// turned adds up the value that a turn used and made.
func (p *replay) turned(m *moveRow, from, to []string) {
	sum := p.turns[m.turn]
	if sum == nil {
		sum = &[2]int64{}
		p.turns[m.turn] = sum
	}
	switch {
	case len(to) == 6 && to[4] == string(ledger.Consumed):
		sum[0] += m.value
	case len(from) == 6 && from[4] == string(ledger.Produced):
		sum[1] += m.value
	default:
		p.r.found(LedgerTurn, "movement", m.id, "a turn uses up or makes goods; this does neither", "", m.from+" to "+m.to)
	}
}

// compare holds what the replay gives against what is stored.
func (p *replay) compare(ctx context.Context, mine func(string) bool) error {
	r := p.r
	err := r.all(ctx, balanceAll, nil, func(rows *sql.Rows) error {
		var account, layers, last string
		var quantity, value, in, out, count, spanFrom, spanTo int64
		if err := rows.Scan(&account, &quantity, &value, &in, &out, &layers, &last, &count, &spanFrom, &spanTo); err != nil {
			return err
		}
		if !mine(account) {
			return nil
		}
		item := keyOf(itemOf(account))
		if p.sums[item] == nil {
			p.sums[item] = &[2]int64{}
		}
		p.sums[item][0] += quantity
		p.sums[item][1] += value
		a := p.pots[account]
		if a == nil {
			r.found(LedgerAbsent, "balance", account, "no movement ever touched this account", "", strconv.FormatInt(quantity, 10))
			return nil
		}
		delete(p.pots, account)
		r.differ(LedgerBalance, "balance", account, "quantity", a.quantity, quantity)
		r.differ(LedgerBalance, "balance", account, "value", a.value, value)
		r.differ(LedgerBalance, "balance", account, "pending in", a.in, in)
		r.differ(LedgerBalance, "balance", account, "pending out", a.out, out)
		r.differ(LedgerBalance, "balance", account, "count of movements", a.count, count)
		if a.last != last {
			r.found(LedgerBalance, "balance", account, "last movement", a.last, last)
		}
		r.differ(LedgerMark, "balance", account, "earliest effective day since the last mark", int64(a.from), spanFrom)
		r.differ(LedgerMark, "balance", account, "latest effective day since the last mark", int64(a.to), spanTo)
		p.layers(account, layers, a)
		return nil
	})
	if err != nil {
		return err
	}
	for account, a := range p.pots {
		if a.count > 0 {
			r.found(LedgerAbsent, "balance", account, "has movements and no balance", strconv.FormatInt(a.quantity, 10), "")
		}
	}
	for account, sum := range p.sums {
		if sum[0] != 0 || sum[1] != 0 {
			r.found(LedgerSum, "item", p.named(account), "quantity and value over all accounts of an item", "0 and 0", strconv.FormatInt(sum[0], 10)+" and "+strconv.FormatInt(sum[1], 10))
		}
	}
	if err := p.pending(ctx, mine); err != nil {
		return err
	}
	return p.marked(ctx, mine)
}

func (p *replay) named(k key) string {
	return strings.TrimRight(strings.ToValidUTF8(string(k[:]), "·"), "\x00")
}

// pending compares what is still reserved.
func (p *replay) pending(ctx context.Context, mine func(string) bool) error {
	r := p.r
	err := r.all(ctx, pendingAll, nil, func(rows *sql.Rows) error {
		var id, from, to, cause string
		var reserved, open int64
		var value sql.NullInt64
		if err := rows.Scan(&id, &from, &to, &reserved, &open, &value, &cause); err != nil {
			return err
		}
		if !mine(from) {
			return nil
		}
		held := p.rests[id]
		if held == nil {
			r.found(LedgerPending, "pending", id, "was posted or voided, or never reserved", "", strconv.FormatInt(open, 10))
			return nil
		}
		delete(p.rests, id)
		if held.from != from || held.to != to || held.cause != cause {
			r.found(LedgerPending, "pending", id, "other accounts or another cause than were reserved", held.from+" to "+held.to+" "+held.cause, from+" to "+to+" "+cause)
		}
		r.differ(LedgerPending, "pending", id, "quantity reserved", held.reserved, reserved)
		r.differ(LedgerPending, "pending", id, "quantity open", held.open, open)
		if value.Valid || held.given != 0 {
			r.differ(LedgerPending, "pending", id, "value of what is open", held.value, value.Int64)
		}
		return nil
	})
	for id, held := range p.rests {
		if mine(held.from) {
			r.found(LedgerPending, "pending", id, "is reserved and not on record", strconv.FormatInt(held.open, 10), "")
		}
	}
	return err
}

// marked compares the remembered past of the accounts.
func (p *replay) marked(ctx context.Context, mine func(string) bool) error {
	r := p.r
	err := r.all(ctx, markAll, nil, func(rows *sql.Rows) error {
		var account string
		var count int64
		var m markRow
		if err := rows.Scan(&account, &count, &m.movement, &m.recorded, &m.quantity, &m.value, &m.spanFrom, &m.spanTo); err != nil {
			return err
		}
		if !mine(account) {
			return nil
		}
		id := account + "\x00" + strconv.FormatInt(count, 10)
		want, known := p.marks[id]
		delete(p.marks, id)
		if !known || want != m {
			r.found(LedgerMark, "balance_mark", account+" "+strconv.FormatInt(count, 10), "is not how the account stood", want.text(), m.text())
		}
		return nil
	})
	for id, want := range p.marks {
		r.found(LedgerMark, "balance_mark", strings.Replace(id, "\x00", " ", 1), "is not there", want.text(), "")
	}
	return err
}

func (m markRow) text() string {
	if m.movement == "" {
		return ""
	}
	return m.movement + ": " + strconv.FormatInt(m.quantity, 10) + " worth " + strconv.FormatInt(m.value, 10) +
		", days " + clock.Date(m.spanFrom).String() + " to " + clock.Date(m.spanTo).String()
}
