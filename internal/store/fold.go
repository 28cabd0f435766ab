package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/ledger"
)

// fold is one batch being put together: what the database holds of everything
// that the outcomes touch, with the outcomes taken so far applied. The writer,
// Preview and replays use the same fold; only its source differs.
type fold struct {
	ctx      context.Context
	from     source
	recorded clock.Instant

	stored   map[replyKey]*storedReply // nil: there is none
	versions map[docKey]int64          // 0: there is none
	epochs   map[string]string
	serials  map[string]int64
	first    map[string]int64 // serials before the batch; 0: the series is new
	accounts map[string]account
	pendings map[string]*ledger.Pending // nil: there is none
	books    *ledger.Overlay

	docs    map[docKey]*docRow
	order   []*docRow
	entries []*entryRow
	orders  []orderRow
	replies []replyRow
}

// source gives what is stored.
type source interface {
	replies(ctx context.Context, keys []replyKey) (map[replyKey]*storedReply, error)
	versions(ctx context.Context, t *table, ids []string) (map[string]int64, error)
	epochs(ctx context.Context, sets []string) (map[string]string, error)
	series(ctx context.Context, names []string) (map[string]int64, error)
	pendings(ctx context.Context, ids []string) (map[string]*ledger.Pending, error)
	balances(ctx context.Context, keys []string) (map[string]account, error)
}

func newFold(ctx context.Context, from source, recorded clock.Instant) *fold {
	f := &fold{
		ctx: ctx, from: from, recorded: recorded,
		stored: map[replyKey]*storedReply{}, versions: map[docKey]int64{}, epochs: map[string]string{},
		serials: map[string]int64{}, first: map[string]int64{}, accounts: map[string]account{},
		pendings: map[string]*ledger.Pending{}, docs: map[docKey]*docRow{},
	}
	f.books = ledger.NewOverlay(f)
	return f
}

// prefetch reads, and locks in one order for all nodes, what the outcomes name.
func (f *fold) prefetch(works []*work) error {
	var keys []replyKey
	var sets, series, pendings []string
	docs := map[*table][]string{}
	need := func(kind decision.Kind, id string, version int64) error {
		t, err := tableOf(kind)
		if err == nil && version > 0 {
			docs[t] = append(docs[t], id)
		}
		return err
	}
	for _, w := range works {
		if w.keyed {
			keys = append(keys, w.key)
		}
		for _, p := range w.out.Puts {
			if err := need(p.Kind, p.ID, p.Version); err != nil {
				return err
			}
		}
		for _, list := range [][]decision.Reliance{w.out.Relied, w.relied} {
			for _, r := range list {
				if err := need(r.Kind, r.ID, r.Version); err != nil {
					return err
				}
			}
		}
		for _, e := range w.out.Epochs {
			sets = append(sets, e.Set)
		}
		for i := range w.out.Numbers {
			series = append(series, string(w.out.Numbers[i].Series))
		}
		for i := range w.out.Transfers {
			if p := w.out.Transfers[i].Pending; p != "" {
				pendings = append(pendings, p)
			}
		}
	}
	slices.SortFunc(keys, func(a, b replyKey) int { return slices.Compare(a[:], b[:]) })
	if err := f.needReplies(slices.Compact(keys)); err != nil {
		return err
	}
	if err := f.needEpochs(distinct(sets)); err != nil {
		return err
	}
	if err := f.needSeries(distinct(series)); err != nil {
		return err
	}
	tables := make([]*table, 0, len(docs))
	for t := range docs {
		tables = append(tables, t)
	}
	slices.SortFunc(tables, func(a, b *table) int { return strings.Compare(a.name, b.name) })
	for _, t := range tables {
		if err := f.needVersions(t, distinct(docs[t])); err != nil {
			return err
		}
	}
	if err := f.needPendings(distinct(pendings)); err != nil {
		return err
	}
	var accounts []string
	for _, w := range works {
		for i := range w.out.Transfers {
			op := &w.out.Transfers[i]
			from, to := op.From, op.To
			if op.Pending != "" {
				if p := f.pendings[op.Pending]; p != nil {
					from, to = p.From, p.To
				}
			}
			if from.Item != "" {
				accounts = append(accounts, from.Key(), to.Key())
			}
		}
	}
	return f.needAccounts(distinct(accounts))
}

func distinct(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

func (f *fold) needReplies(keys []replyKey) error {
	if len(keys) == 0 {
		return nil
	}
	found, err := f.from.replies(f.ctx, keys)
	if err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	for _, k := range keys {
		f.stored[k] = found[k]
	}
	return nil
}

func (f *fold) needVersions(t *table, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := f.from.versions(f.ctx, t, ids)
	if err != nil {
		return fmt.Errorf("read versions of %s: %w", t.kind, err)
	}
	for _, id := range ids {
		f.versions[docKey{t.kind, id}] = found[id]
	}
	return nil
}

func (f *fold) needEpochs(sets []string) error {
	if len(sets) == 0 {
		return nil
	}
	found, err := f.from.epochs(f.ctx, sets)
	if err != nil {
		return fmt.Errorf("read epochs: %w", err)
	}
	for _, s := range sets {
		f.epochs[s] = found[s]
	}
	return nil
}

func (f *fold) needSeries(names []string) error {
	if len(names) == 0 {
		return nil
	}
	found, err := f.from.series(f.ctx, names)
	if err != nil {
		return fmt.Errorf("read series: %w", err)
	}
	for _, n := range names {
		f.serials[n], f.first[n] = found[n], found[n]
	}
	return nil
}

func (f *fold) needPendings(ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := f.from.pendings(f.ctx, ids)
	if err != nil {
		return fmt.Errorf("read pending movements: %w", err)
	}
	for _, id := range ids {
		f.pendings[id] = found[id]
	}
	return nil
}

func (f *fold) needAccounts(keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	found, err := f.from.balances(f.ctx, keys)
	if err != nil {
		return fmt.Errorf("read balances: %w", err)
	}
	for _, k := range keys {
		f.accounts[k] = found[k]
	}
	return nil
}

// Balance and Pending make the fold the ground of the overlay.
func (f *fold) Balance(key string) (ledger.Balance, error) {
	a, ok := f.accounts[key]
	if !ok {
		if err := f.needAccounts([]string{key}); err != nil {
			return ledger.Balance{}, err
		}
		a = f.accounts[key]
	}
	return a.Balance, nil
}

func (f *fold) Pending(id string) (ledger.Pending, bool, error) {
	p, ok := f.pendings[id]
	if !ok {
		if err := f.needPendings([]string{id}); err != nil {
			return ledger.Pending{}, false, err
		}
		p = f.pendings[id]
	}
	if p == nil {
		return ledger.Pending{}, false, nil
	}
	return *p, true, nil
}

func (f *fold) version(kind decision.Kind, id string) (int64, error) {
	k := docKey{kind, id}
	v, ok := f.versions[k]
	if !ok {
		t, err := tableOf(kind)
		if err != nil {
			return 0, err
		}
		if err := f.needVersions(t, []string{id}); err != nil {
			return 0, err
		}
		v = f.versions[k]
	}
	return v, nil
}

// taken is an outcome that passed all checks: what must still be rendered and
// written for it.
type taken struct {
	out     *decision.Outcome
	prep    *prepared // nil: not rendered yet
	numbers []string  // as out.Numbers
	span    [2]int    // its movements are these of the batch
}

// add takes one command into the batch. repeated is the stored reply where the
// command had been answered before. errRace means: decide again. A fault is a
// refusal; any other error is internal. Nothing is changed unless it succeeds.
func (f *fold) add(w *work) (t *taken, repeated *storedReply, err error) {
	defer func() {
		// Form and Otherwise are the story's; the writer serves everybody.
		if p := recover(); p != nil {
			t, repeated, err = nil, nil, fmt.Errorf("%w: %s panicked: %v", errContent, w.cmd.Name, p)
		}
	}()
	if w.keyed {
		stored, ok := f.stored[w.key]
		if !ok {
			if err := f.needReplies([]replyKey{w.key}); err != nil {
				return nil, nil, err
			}
			stored = f.stored[w.key]
		}
		if stored != nil {
			if stored.content != w.content {
				return nil, nil, keyFault(w.cmd.Key)
			}
			return nil, stored, nil
		}
	}
	if err := f.guard(nil, w.relied, nil); err != nil {
		return nil, nil, err
	}
	t, err = f.take(w, &w.out, w.prep, 0)
	if err != nil {
		return nil, nil, err
	}
	if w.keyed {
		// Until it is rendered the reply is empty: a repeat in the same batch waits
		// for the next.
		f.stored[w.key] = &storedReply{content: w.content}
	}
	return t, nil, nil
}

// An Otherwise of an Otherwise ends after this many.
const maxChain = 8

func (f *fold) take(w *work, out *decision.Outcome, prep *prepared, depth int) (*taken, error) {
	if depth > maxChain {
		return nil, fmt.Errorf("store: %s: outcomes lead to outcomes without end", w.cmd.Name)
	}
	t := &taken{out: out, prep: prep}
	if err := f.guard(out.Puts, out.Relied, out.Epochs); err != nil {
		return nil, err
	}
	given, err := f.number(w, t)
	if err != nil {
		return nil, err
	}
	transfers := out.Transfers
	if err := f.steady(w, transfers); err != nil {
		return nil, err
	}
	before := len(f.books.Movements())
	if err := f.books.Apply(f.recorded, transfers...); err != nil {
		if w.cmd.Nature != decision.Fact || out.Otherwise == nil || fault.All(err) == nil {
			return nil, err
		}
		other, otherErr := out.Otherwise(err)
		if otherErr != nil {
			return nil, fmt.Errorf("record %s otherwise, after %w: %w", w.cmd.Name, err, otherErr)
		}
		return f.take(w, &other, nil, depth+1)
	}
	t.span = [2]int{before, len(f.books.Movements())}
	for name, last := range given {
		f.serials[name] = last
	}
	for _, p := range out.Puts {
		f.versions[docKey{p.Kind, p.ID}] = p.Version + 1
	}
	return t, nil
}

// number forms the numbers that an outcome wants and gives the last serial of
// each series; they are used up only when the outcome is taken.
func (f *fold) number(w *work, t *taken) (given map[string]int64, err error) {
	if len(t.out.Numbers) == 0 {
		return nil, nil
	}
	given = make(map[string]int64, len(t.out.Numbers))
	t.numbers = make([]string, len(t.out.Numbers))
	for i := range t.out.Numbers {
		n := &t.out.Numbers[i]
		series := string(n.Series)
		last, ok := given[series]
		if !ok {
			if _, known := f.serials[series]; !known {
				if err := f.needSeries([]string{series}); err != nil {
					return nil, err
				}
			}
			last = f.serials[series]
		}
		given[series] = last + 1
		if t.numbers[i], err = n.Form(last + 1); err != nil {
			return nil, fmt.Errorf("number %s: %w", w.cmd.Name, err)
		}
	}
	return given, nil
}

// guard checks that what was read is what stands now.
func (f *fold) guard(puts []decision.Put, relied []decision.Reliance, epochs []decision.Epoch) error {
	for _, p := range puts {
		if p.Version == 0 {
			// That it is not there yet is checked by writing it.
			if f.versions[docKey{p.Kind, p.ID}] > 0 {
				return errRace
			}
			continue
		}
		v, err := f.version(p.Kind, p.ID)
		if err != nil {
			return err
		}
		if v != p.Version {
			return errRace
		}
	}
	for _, r := range relied {
		v, err := f.version(r.Kind, r.ID)
		if err != nil {
			return err
		}
		if v != r.Version {
			return errRace
		}
	}
	for _, e := range epochs {
		value, ok := f.epochs[e.Set]
		if !ok {
			if err := f.needEpochs([]string{e.Set}); err != nil {
				return err
			}
			value = f.epochs[e.Set]
		}
		if value != "" && value != e.Value {
			return &staleEpoch{set: e.Set, value: value}
		}
	}
	return nil
}

// staleEpoch is a race for a reference set: the node must load it again first.
type staleEpoch struct{ set, value string }

func (e *staleEpoch) Error() string        { return "store: reference set " + e.set + " is now " + e.value }
func (e *staleEpoch) Is(target error) bool { return target == errRace }

// steady checks that the balances from which the values of a turn were computed
// are still the same.
func (f *fold) steady(w *work, ops []ledger.Op) error {
	for i := range ops {
		op := &ops[i]
		if op.Turn == "" || op.Value == nil || op.From.Place.Outside() {
			continue
		}
		key := op.From.Key()
		count, seen := w.counts[key]
		if !seen {
			continue
		}
		b, err := f.books.Balance(key)
		if err != nil {
			return err
		}
		if b.Count != count {
			return errRace
		}
	}
	return nil
}

// settle puts the rendered rows of an outcome into the batch and gives its
// receipt.
func (f *fold) settle(w *work, t *taken) decision.Receipt {
	receipt := decision.Receipt{Reply: t.prep.reply}
	for i, row := range t.prep.docs {
		k := docKey{row.table.kind, row.id}
		row.base, row.version = t.out.Puts[i].Version, t.out.Puts[i].Version+1
		if before := f.docs[k]; before != nil {
			// Written again within the batch: only the last state reaches the disk.
			row.base = before.base
			*before = *row
			continue
		}
		f.docs[k] = row
		f.order = append(f.order, row)
	}
	f.entries = append(f.entries, t.prep.entries...)
	f.orders = append(f.orders, t.prep.orders...)
	for _, e := range t.prep.entries {
		receipt.Entries = append(receipt.Entries, e.ID)
	}
	if w.keyed {
		stored := f.stored[w.key]
		stored.reply, stored.entries = receipt.Reply, receipt.Entries
		f.replies = append(f.replies, replyRow{w.key, *stored})
	}
	return receipt
}

// rows gives what is to be written, each table in the order of its keys.
func (f *fold) rows() *rows {
	r := &rows{
		recorded: f.recorded, docs: f.order, movements: f.books.Movements(),
		entries: f.entries, orders: f.orders, replies: f.replies,
	}
	f.spans(r)
	for key, b := range f.books.Balances() {
		a := f.accounts[key]
		isNew := a.Count == 0
		a.Balance = b
		f.accounts[key] = a
		r.balances = append(r.balances, balanceRow{key, isNew, a})
	}
	slices.SortFunc(r.balances, func(a, b balanceRow) int { return strings.Compare(a.key, b.key) })
	for id, left := range f.books.Pendings() {
		before := f.pendings[id]
		if before == nil && left == nil {
			continue // opened and closed within the batch
		}
		r.pendings = append(r.pendings, pendingRow{id, before == nil, left})
	}
	slices.SortFunc(r.pendings, func(a, b pendingRow) int { return strings.Compare(a.id, b.id) })
	for name, last := range f.serials {
		if last != f.first[name] {
			r.series = append(r.series, seriesRow{name, f.first[name] == 0, last})
		}
	}
	slices.SortFunc(r.series, func(a, b seriesRow) int { return strings.Compare(a.name, b.name) })
	slices.SortFunc(r.docs, func(a, b *docRow) int {
		if c := strings.Compare(a.table.name, b.table.name); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	slices.SortFunc(r.replies, func(a, b replyRow) int { return slices.Compare(a.key[:], b.key[:]) })
	return r
}

// markEvery is how many movements of an account lie between two of its marks.
const markEvery = 256

// spans walks the batch's movements once and notes, for each account, the span
// of effective days and a mark for every markEvery movements, by which balances
// of the past are found without reading the whole chain.
func (f *fold) spans(r *rows) {
	type running struct {
		quantity, value, count int64
	}
	run := map[string]*running{}
	step := func(m *ledger.Movement, key string, sign int64) {
		a := f.accounts[key]
		now := run[key]
		if now == nil {
			now = &running{int64(a.Quantity), int64(a.Value), a.Count}
			run[key] = now
		}
		now.count++
		if m.Kind == ledger.Post || m.Kind == ledger.Settle {
			now.quantity += sign * int64(m.Quantity)
			now.value += sign * int64(m.Value)
		}
		if a.spanFrom == 0 || m.EffectiveOn < a.spanFrom {
			a.spanFrom = m.EffectiveOn
		}
		if a.spanTo == 0 || m.EffectiveOn > a.spanTo {
			a.spanTo = m.EffectiveOn
		}
		if now.count%markEvery == 0 {
			r.marks = append(r.marks, markRow{
				key: key, count: now.count, movement: m.ID, recorded: m.Recorded,
				quantity: now.quantity, value: now.value, spanFrom: a.spanFrom, spanTo: a.spanTo,
			})
			a.spanFrom, a.spanTo = 0, 0
		}
		f.accounts[key] = a
	}
	for i := range r.movements {
		m := &r.movements[i]
		step(m, m.From, -1)
		step(m, m.To, +1)
	}
}

func keyFault(key string) error {
	return fault.New(fault.Conflict, "STORE-KEY-01", "", "the key “{key}” was used before with other content",
		"use a new key for a new command", "key", key)
}
