package check

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/control"
	"seine/internal/gate"
	"seine/internal/num"
)

// heap is a list with what the books say of it.
type heap struct {
	row    paperRow
	list   bonded.List
	ok     bool
	file   *casework.Case
	passed map[string][2]int64 // book line → noted (below zero) and beyond it in the gate's ledger
}

// stock checks release notes, passages and verification lists against each other
// and against the books.
func (r *run) stock(ctx context.Context) error {
	noted, err := r.notes(ctx)
	if err != nil {
		return err
	}
	if err := r.passages(ctx); err != nil {
		return err
	}
	if err := r.feeds(ctx); err != nil {
		return err
	}
	if err := r.late(ctx); err != nil {
		return err
	}
	d := drawerOf("verification_list")
	after, pairs := "", pairs{}
	for {
		var page []heap
		err := r.all(ctx, d.fields()+"FROM verification_list WHERE id > $1 ORDER BY id LIMIT 300", []any{after}, func(rows *sql.Rows) error {
			row, err := d.scan(rows)
			page = append(page, heap{row: row, passed: map[string][2]int64{}})
			return err
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			r.paired(pairs)
			if err := r.backdated(ctx); err != nil {
				return err
			}
			return r.writeOffs(ctx)
		}
		after = page[len(page)-1].row.id
		r.step("stock", int64(len(page)))
		for i := range page {
			h := &page[i]
			h.ok = r.sound(d, &h.row)
			if err := json.Unmarshal([]byte(h.row.body), &h.list); h.ok && err != nil {
				r.found(StateColumn, d.kind, h.row.id, "the list cannot be read: "+err.Error(), "", "")
				h.ok = false
			}
		}
		if err := r.cases(ctx, page); err != nil {
			return err
		}
		if err := r.gateBalances(ctx, page); err != nil {
			return err
		}
		for i := range page {
			if page[i].ok {
				r.listed(&page[i], noted)
				pairs.take(&page[i].list)
			}
		}
	}
}

// line names a line of a list by the list's number.
func line(list string, n int) key { return keyOf(list + "/" + strconv.Itoa(n)) }

// notes adds up what the release notes carry of each line, and checks the notes.
func (r *run) notes(ctx context.Context) (map[key]num.Quantity, error) {
	type paper struct {
		row  paperRow
		note control.Note
		ok   bool
	}
	d := drawerOf("release_note")
	sums := map[key]num.Quantity{}
	err := flow(ctx, r, "stock", d.fields()+"FROM release_note ORDER BY id", nil, func(rows *sql.Rows, p *paper) (err error) {
		p.row, err = d.scan(rows)
		return err
	}, func(p *paper) {
		if p.ok = r.sound(d, &p.row); !p.ok {
			return
		}
		if err := json.Unmarshal([]byte(p.row.body), &p.note); err != nil {
			r.found(StateColumn, d.kind, p.row.id, "the note cannot be read: "+err.Error(), "", "")
			p.ok = false
		}
	}, func(p *paper) {
		if !p.ok {
			return
		}
		n := &p.note
		if r.known(d.kind, p.row.id, string(n.State)) {
			r.ends(d.kind, p.row.id, string(n.State), noteLife, r.trail.notes)
		}
		r.numbered(d.kind, p.row.id, n.Number)
		switch n.State {
		case gate.Applied, gate.Deleted, gate.Void:
			return
		}
		for _, l := range n.Lines {
			sums[line(l.Document, l.Line)] += l.Quantity
		}
	})
	return sums, err
}

// passages checks the why cards of the gate.
func (r *run) passages(ctx context.Context) error {
	d := drawerOf("passage")
	return flow(ctx, r, "stock", d.fields()+"FROM passage ORDER BY id", nil, func(rows *sql.Rows, p *paperRow) (err error) {
		*p, err = d.scan(rows)
		return err
	}, func(p *paperRow) {
		var passage control.Passage
		if !r.sound(d, p) {
			return
		}
		if err := json.Unmarshal([]byte(p.body), &passage); err != nil {
			r.found(StateColumn, d.kind, p.id, "the passage cannot be read: "+err.Error(), "", "")
			return
		}
		r.told(d.kind, p.id)
		if passage.Risk != nil {
			r.judged(d.kind, p.id, passage.Risk, nil)
		}
	}, nil)
}

// cases reads the cases that the lists of a page belong to.
func (r *run) cases(ctx context.Context, page []heap) error {
	at := map[string][]*heap{}
	var ids []string
	for i := range page {
		if id := page[i].list.Case; page[i].ok && id != "" {
			if at[id] == nil {
				ids = append(ids, id)
			}
			at[id] = append(at[id], &page[i])
		}
	}
	if len(ids) == 0 {
		return nil
	}
	query, args := among("SELECT id, body FROM case_file WHERE id IN (%)", ids)
	return r.all(ctx, query, args, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		file := new(casework.Case)
		if json.Unmarshal([]byte(body), file) == nil {
			for _, h := range at[id] {
				h.file = file
			}
		}
		return nil
	})
}

// gateBalances reads what the gate's ledger holds of the lists of a page.
func (r *run) gateBalances(ctx context.Context, page []heap) error {
	type place struct {
		h      *heap
		line   string
		passed bool
	}
	at := map[string]place{}
	var accounts []string
	for i := range page {
		h := &page[i]
		if !h.ok || h.list.Application != "" {
			continue
		}
		for j := range h.list.Lines {
			n := strconv.Itoa(h.list.Lines[j].BookLine)
			if _, seen := h.passed[n]; seen {
				continue
			}
			h.passed[n] = [2]int64{}
			stem := "physical|" + ownerOf(&h.list) + "|book/" + h.list.Book + "/" + n + "|" + h.list.ID
			for _, p := range []string{"noted", "passed"} {
				account := stem + "|" + p + "|" + cmp.Or(string(h.list.Status), "bonded")
				at[account] = place{h, n, p == "passed"}
				accounts = append(accounts, account)
			}
		}
	}
	for chunk := range slices.Chunk(accounts, 400) {
		query, args := among("SELECT key, quantity FROM balance WHERE key IN (%)", chunk)
		err := r.all(ctx, query, args, func(rows *sql.Rows) error {
			var account string
			var quantity int64
			if err := rows.Scan(&account, &quantity); err != nil {
				return err
			}
			p := at[account]
			sums := p.h.passed[p.line]
			if p.passed {
				sums[1] += quantity
			} else {
				sums[0] += quantity
			}
			p.h.passed[p.line] = sums
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func ownerOf(l *bonded.List) string {
	if l.Operator.CreditCode != "" {
		return l.Operator.CreditCode
	}
	return l.Operator.Code
}

// listed checks one list.
func (r *run) listed(h *heap, noted map[key]num.Quantity) {
	l, id := &h.list, h.row.id
	tell := func(c Code, detail, expected, actual string) {
		r.found(c, "verification_list", id, detail, expected, actual)
	}
	if r.known("verification_list", id, string(l.State)) {
		r.ends("verification_list", id, string(l.State), listLife, r.trail.lists)
	}
	r.numbered("verification_list", id, l.Number)
	if l.Verdict != nil {
		r.judged("verification_list", id, l.Verdict, nil)
	}
	passed := map[string]int64{}
	var settled int64
	for i := range l.Lines {
		x := &l.Lines[i]
		if l.Application == "" {
			if want := noted[line(l.Number, x.Number)]; want != x.Noted && l.Number != "" {
				tell(BookNoted, "line "+strconv.Itoa(x.Number)+" on release notes", want.String(), x.Noted.String())
			}
		}
		if x.Passed < 0 || x.Passed > x.Quantity || x.Settled < 0 || x.Settled > x.Quantity {
			tell(BookPassed, "line "+strconv.Itoa(x.Number)+": passed or settled is not within the quantity", x.Quantity.String(), x.Passed.String()+" and "+x.Settled.String())
		}
		passed[strconv.Itoa(x.BookLine)] += int64(x.Passed)
		settled += int64(x.Settled)
	}
	for n, sums := range h.passed {
		r.differ(BookPassed, "verification_list", id, "book line "+n+" through the gate", -sums[0], passed[n])
	}
	posted := l.State == book.ListPosted || l.State == book.ListWrittenOff
	if (l.Mark == book.Posted) != posted && l.Mark != book.WrittenOff {
		tell(BookPosted, "posting mark", fmt.Sprint(posted), fmt.Sprint(l.Mark))
	}
	bill, gateWay := false, false
	switch l.Policy {
	case book.BillAndGate:
		bill, gateWay = true, true
	case book.BillOnly:
		bill = true
	case book.GateOnly:
		gateWay = true
	}
	through := (!bill || l.BillReleased != 0) && (!gateWay || l.FullyPassed != 0)
	switch {
	case posted && l.Policy != "" && !through:
		tell(BookPosted, "posted before bill and gate were both through ("+string(l.Policy)+")", l.BillReleased.String(), l.FullyPassed.String())
	case posted && (l.PostedAt == 0 || bill && l.PostedAt < l.BillReleased):
		tell(BookPosted, "posted at another moment than when the last came through", max(l.BillReleased, l.FullyPassed).String(), l.PostedAt.String())
	case !posted && l.Policy == book.BillAndGate && through:
		tell(BookWaiting, "bill and gate are through and the list is not posted", string(book.ListPosted), string(l.State))
	}
	if posted && l.Policy == book.BillAndGate && r.ran("journal") {
		if t := r.trail.lists[keyOf(id)]; t != nil && !t.posted {
			tell(StateEnd, "is posted and the journal does not tell of it", "verification-list.posted", "")
		}
	}
	r.settled(h, posted, settled)
	r.belongs(l, id)
	r.apart(l, id)
}

// settled compares what came onto the book, or left it, with what the list
// settled.
func (r *run) settled(h *heap, posted bool, settled int64) {
	l := &h.list
	if !r.ran("ledger") || l.Method != book.Forward || h.file == nil || !r.modes.knows(h.file.Mode, h.file.ModeVersion) {
		return
	}
	want := int64(0)
	if posted {
		want = settled
	}
	if l.Direction == book.Out {
		want = -want
	}
	r.differ(BookSettled, "verification_list", h.row.id, "quantity on the book because of the list", want, r.books.stock[keyOf(l.Case)])
}

// belongs checks that a list and its bill name each other.
func (r *run) belongs(l *bonded.List, id string) {
	if l.Declaration == "" || !r.ran("declarations") {
		return
	}
	d := r.bills[keyOf(l.Declaration)]
	if d == nil {
		if l.Application == "" {
			r.found(BookBill, "verification_list", id, "its bill is not there, or names no list", l.Declaration, "")
		}
		return
	}
	if d.number != l.Bill {
		r.found(BookBill, "verification_list", id, "number of its bill", d.number, l.Bill)
	}
	if l.LevyOn != "" && string(l.LevyOn) != d.levy && !d.gone {
		r.found(DutyLevy, "verification_list", id, "its bill is levied on another basis than the list asks for", string(l.LevyOn), d.levy)
	}
	if (d.released != 0) != (l.BillReleased != 0) && !d.gone {
		r.found(BookBill, "verification_list", id, "release of its bill", d.released.String(), l.BillReleased.String())
	}
}
