package check

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/revenue"
)

// The codes of the money side. docs/check.md says of each what it means and what
// to do.
const (
	MoneyBill      Code = "CHK-MONEY-01" // what was paid on a bill does not fit its figures or its state
	MoneyFee       Code = "CHK-MONEY-02" // the late fee is not what the days give
	MoneyPayment   Code = "CHK-MONEY-03" // a payment's parts are not its amount, or not those of its bills
	MoneyRefund    Code = "CHK-MONEY-04" // more was given back than was paid, or a refund nobody agreed to
	MoneyStatement Code = "CHK-MONEY-05" // a monthly statement is not the sum of its bills
	MoneyTreasury  Code = "CHK-MONEY-06" // the treasury's account is not what was received for taxes and what is left over
	MoneyMail      Code = "CHK-MONEY-07" // a message of the bank link was changed, or its number is missing
	MoneyDay       Code = "CHK-MONEY-08" // a reconciliation contradicts its own statement
)

// inBooks is how the books count a fen: money stands there with five decimals.
const inBooks = 1000

// purse is the money of a zone as the papers tell it.
type purse struct {
	owed, paid, back map[string]int64            // by account of the payer, in inBooks: owed, paid, to be given back
	bills            map[string]*revenue.TaxBill // by number
	credits          map[string]int64            // by payment and bill: tax and fee
	refunds          map[string]*revenue.Refund  // by id
	given            map[string]int64            // by bill or payment: decided to be given back
	paidOut          map[string]int64            // by bank
	came             map[string]int64            // by bank
	left             map[string]int64            // by payer: what payments left over and is still there
}

// money checks tax bills, payments, refunds and statements against each other and
// against the books, and the mail of the banks.
func (r *run) money(ctx context.Context) error {
	p := &purse{
		owed: map[string]int64{}, paid: map[string]int64{}, back: map[string]int64{}, bills: map[string]*revenue.TaxBill{}, credits: map[string]int64{},
		refunds: map[string]*revenue.Refund{}, given: map[string]int64{}, paidOut: map[string]int64{}, came: map[string]int64{}, left: map[string]int64{},
	}
	if err := r.versions(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *purse) error{r.taxBills, r.moneyBack, r.payments, r.statements, r.treasury, r.mail, r.days} {
		if err := step(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// papers reads all documents of a kind one after the other.
func papers[T any](ctx context.Context, r *run, kind string, do func(id string, doc *T)) error {
	d := drawerOf(kind)
	return flow(ctx, r, "money", d.fields()+"FROM "+d.table+" ORDER BY id", nil, func(rows *sql.Rows, p *paperRow) (err error) {
		*p, err = d.scan(rows)
		return err
	}, nil, func(p *paperRow) {
		doc := new(T)
		if kind != "tax_bill" && !r.sound(d, p) { // tax bills are looked at with their declarations
			return
		}
		if err := json.Unmarshal([]byte(p.body), doc); err != nil {
			if kind != "tax_bill" {
				r.found(StateColumn, kind, p.id, "the document cannot be read: "+err.Error(), "", "")
			}
			return
		}
		if d.told && kind != "tax_bill" {
			r.told(kind, p.id)
		}
		do(p.id, doc)
	})
}

// taxBills adds up what was paid on each bill.
func (r *run) taxBills(ctx context.Context, p *purse) error {
	return papers(ctx, r, "tax_bill", func(id string, b *revenue.TaxBill) {
		tell := func(c Code, detail string, expected, actual int64) {
			r.differ(c, "tax_bill", id, detail, expected, actual)
		}
		p.bills[b.Number] = b
		var tax, fee int64
		for _, c := range b.Credits {
			if c.Tax < 0 || c.Fee < 0 || c.Tax+c.Fee == 0 {
				r.found(MoneyBill, "tax_bill", id, "a payment that gives nothing", "above 0", (c.Tax + c.Fee).Fixed())
			}
			tax += int64(c.Tax)
			fee += int64(c.Fee)
			p.credits[c.Payment+"\x00"+b.Number] += int64(c.Tax + c.Fee)
		}
		var shares int64
		for _, s := range b.Shares {
			shares += int64(s.Amount)
		}
		if len(b.Shares) > 0 {
			tell(MoneyBill, "its shares by chapter are not its total", int64(b.Total), shares)
		}
		if tax > int64(b.Total) || fee > int64(b.Fee) {
			r.found(MoneyBill, "tax_bill", id, "more is booked on it than it asks for", b.Total.Fixed()+" and "+b.Fee.Fixed(), b.PaidTotal().Fixed())
		}
		whole := tax == int64(b.Total) && fee == int64(b.Fee)
		settled := slices.Contains([]revenue.State{revenue.Paid, revenue.Called, revenue.Supplemented, revenue.Refunded}, b.State)
		if settled != whole && b.State != revenue.Withdrawn && b.Total > 0 {
			r.found(MoneyBill, "tax_bill", id, "its state is not that of its payments", string(b.State), b.PaidTotal().Fixed()+" of "+b.Total.Fixed())
		}
		if back := int64(b.Refunded); back > tax+fee || back < 0 || b.State == revenue.Refunded && back != tax+fee {
			r.found(MoneyRefund, "tax_bill", id, "more was given back than was paid, or not all of a refunded bill", b.PaidTotal().Fixed(), b.Refunded.Fixed())
		}
		r.lateFee(id, b)
		account := "money|" + b.Enterprise + "|tax/" + b.Office
		if b.State != revenue.Withdrawn && b.State != revenue.Calculated && b.State != revenue.ConfirmedTax {
			p.owed[account] += int64(b.Total) + int64(b.Fee) - tax - fee
			p.paid[account] += tax + fee - int64(b.Refunded)
		}
	})
}

// lateFee works the late fee out anew, day by day.
func (r *run) lateFee(id string, b *revenue.TaxBill) {
	if len(b.Credits) == 0 {
		r.differ(MoneyFee, "tax_bill", id, "a late fee is charged when something is paid", 0, int64(b.Fee))
		return
	}
	last := b.Credits[len(b.Credits)-1].On
	if !slices.IsSortedFunc(b.Credits, func(a, c revenue.Credit) int { return int(a.On - c.On) }) {
		r.skipped("money: the late fee of a bill whose payments came late")
		return
	}
	rate := r.duties.ruleRate("late_payment_per_day", last)
	total, stretch := int64(0), new(big.Rat)
	close := func() {
		total += toFen(stretch)
		stretch = new(big.Rat)
	}
	for day := b.Due + 1; day <= last; day++ {
		open := int64(b.Total)
		cut := false
		for _, c := range b.Credits {
			if c.On < day {
				open -= int64(c.Tax)
				cut = cut || c.On == day-1
			}
		}
		if cut {
			close() // the days between two payments are rounded once
		}
		stretch.Add(stretch, new(big.Rat).Mul(rate, big.NewRat(open, 1)))
	}
	close()
	least := new(big.Rat).Mul(r.duties.ruleRate("late_payment_minimum", last), big.NewRat(100, 1))
	if new(big.Rat).SetInt64(total).Cmp(least) < 0 {
		total = 0
	}
	r.differ(MoneyFee, "tax_bill", id, "late fee through "+last.String(), total, int64(b.Fee))
}

// toFen rounds an amount of fen half up.
func toFen(q *big.Rat) int64 {
	doubled := new(big.Int).Mul(q.Num(), big.NewInt(2))
	doubled.Add(doubled, q.Denom())
	return new(big.Int).Quo(doubled, new(big.Int).Mul(q.Denom(), big.NewInt(2))).Int64()
}

// moneyBack adds up what was given back.
func (r *run) moneyBack(ctx context.Context, p *purse) error {
	claims := map[string]int64{}
	err := papers(ctx, r, "refund", func(id string, f *revenue.Refund) {
		r.known("refund", id, string(f.State))
		p.refunds[id] = f
		if f.Amount <= 0 {
			r.found(MoneyRefund, "refund", id, "gives nothing back", "above 0", f.Amount.Fixed())
		}
		subject := f.Bill
		if f.Payment != "" {
			subject = f.Payment
		}
		switch f.State {
		case revenue.RefundProposed:
			claims[subject] += int64(f.Amount)
			return
		case revenue.RefundRefused:
			return
		case revenue.RefundOrdered, revenue.RefundBounced, revenue.RefundPaid:
		}
		p.given[subject] += int64(f.Amount)
		if f.Second == "" || f.Second == f.First {
			r.found(MoneyRefund, "refund", id, "ordered without a second officer", "another than "+f.First, f.Second)
		}
		if f.State != revenue.RefundPaid {
			account := "money|" + f.Enterprise + "|tax/" + f.Office
			if f.Payment == "" {
				p.back[account] += int64(f.Amount)
			}
			return
		}
		name, _, _ := strings.Cut(f.BankDay, "|")
		p.paidOut[name] += int64(f.Amount)
	})
	if err != nil {
		return err
	}
	for number, b := range p.bills {
		r.differ(MoneyRefund, "tax_bill", number, "given back by its refunds", p.given[number], int64(b.Refunded))
		r.differ(MoneyRefund, "tax_bill", number, "set aside for refunds that are proposed", claims[number], int64(b.Claimed))
	}
	return nil
}

// payments compares each payment with what was booked on its bills.
func (r *run) payments(ctx context.Context, p *purse) error {
	booked := map[string]int64{}
	err := papers(ctx, r, "payment", func(id string, m *revenue.Payment) {
		r.known("payment", id, string(m.State))
		parts := int64(0)
		for _, part := range m.Parts {
			parts += int64(part.Tax + part.Fee)
			booked[id+"\x00"+part.Bill] += int64(part.Tax + part.Fee)
		}
		returned := int64(0)
		if m.State == revenue.Cleared {
			returned = p.given[id]
		}
		r.differ(MoneyPayment, "payment", id, "its parts, what is left and what went back are its amount", int64(m.Amount), parts+int64(m.Left)+returned)
		if m.Left < 0 || m.Left > m.Excess || m.Amount <= 0 || (m.State == revenue.Booked) != (m.Excess == 0) {
			r.found(MoneyPayment, "payment", id, "what is left does not fit its state", string(m.State), m.Left.Fixed()+" of "+m.Excess.Fixed())
		}
		p.came[m.Bank] += int64(m.Amount)
		owner := m.Enterprise
		if owner == "" {
			owner = "treasury"
		}
		if m.State != revenue.Cleared {
			p.left[owner] += int64(m.Left)
			if m.Refund != "" && p.refunds[m.Refund] != nil && p.refunds[m.Refund].State != revenue.RefundProposed {
				p.left[owner] -= int64(m.Left) // it stands among what is to be given back
			}
		}
	})
	if err != nil {
		return err
	}
	for k, amount := range p.credits {
		id, bill, _ := strings.Cut(k, "\x00")
		r.differ(MoneyPayment, "payment", id, "booked on "+bill, amount, booked[k])
		delete(booked, k)
	}
	for k, amount := range booked {
		id, bill, _ := strings.Cut(k, "\x00")
		r.differ(MoneyPayment, "payment", id, "booked on "+bill, 0, amount)
	}
	return nil
}

// statements adds up each monthly statement from its bills.
func (r *run) statements(ctx context.Context, p *purse) error {
	listed := map[string]string{}
	err := papers(ctx, r, "statement", func(id string, s *revenue.Statement) {
		r.known("statement", id, string(s.State))
		tell := func(detail, expected, actual string) {
			r.found(MoneyStatement, "statement", id, detail, expected, actual)
		}
		var total, paid int64
		open := 0
		for _, l := range s.Lines {
			total += int64(l.Total)
			paid += int64(l.Paid)
			b := p.bills[l.Bill]
			if b == nil || b.Statement != s.Number || b.Enterprise != s.Enterprise || b.Office != s.Office {
				tell("lists a bill that does not stand on it", s.Number, l.Bill)
				continue
			}
			if other := listed[l.Bill]; other != "" {
				tell("lists a bill that stands on another statement too", other, l.Bill)
			}
			listed[l.Bill] = s.Number
			tax := int64(0)
			for _, c := range b.Credits {
				tax += int64(c.Tax)
			}
			r.differ(MoneyStatement, "statement", id, "total of "+l.Bill, int64(b.Total), int64(l.Total))
			r.differ(MoneyStatement, "statement", id, "paid on "+l.Bill, tax, int64(l.Paid))
			if b.PaidAt == 0 {
				open++
			}
		}
		r.differ(MoneyStatement, "statement", id, "the sum of its bills", total, int64(s.Total))
		r.differ(MoneyStatement, "statement", id, "the sum of what was paid", paid, int64(s.Paid))
		if final := s.State == revenue.StatementPaid || s.State == revenue.StatementCollected; final != (open == 0) {
			tell("its state is not that of its bills", string(s.State), "")
		}
		// A holiday that became known later does not move a day that was told.
		due := clock.Date(0)
		if !slices.ContainsFunc(r.knownMoments(), func(known clock.Instant) bool {
			due = fifth(s.Month, r.duties.rule("consolidated_working_day", s.Month), func(d clock.Date) bool { return r.workedOn(d, known) })
			return due == s.Due
		}) {
			tell("the day it is due", due.String(), s.Due.String())
		}
	})
	if err != nil {
		return err
	}
	for number, b := range p.bills {
		if b.Statement != "" && listed[number] != b.Statement {
			r.found(MoneyStatement, "tax_bill", number, "stands on a statement that does not list it", b.Statement, listed[number])
		}
	}
	return nil
}

// fifth counts working days of the month after, Saturdays and Sundays left out.
func fifth(month clock.Date, which string, worked func(clock.Date) bool) clock.Date {
	want := int64(0)
	for _, c := range which {
		want = want*10 + int64(c-'0')
	}
	day := month.AddMonths(1)
	for {
		if worked(day) {
			if want--; want <= 0 {
				return day
			}
		}
		day++
	}
}

// treasury compares the books with all of it: tax owed, paid and to be given
// back, what is left over, and the treasury's account at each bank.
func (r *run) treasury(ctx context.Context, p *purse) error {
	have := map[string]int64{}
	var received, meant int64
	err := r.all(ctx, moneyAll, nil, func(rows *sql.Rows) error {
		var account string
		var quantity int64
		if err := rows.Scan(&account, &quantity); err != nil {
			return err
		}
		parts := strings.Split(account, "|")
		if len(parts) != 6 {
			return nil
		}
		item, place := parts[2], parts[4]
		switch {
		case strings.HasPrefix(item, "tax/") && place != "treasury":
			have[strings.Join(parts[:3], "|")+"\x00"+place] += quantity
			if place == "paid" || place == "refunding" {
				meant += quantity
			}
		case strings.HasPrefix(item, "excess/") && place != "treasury":
			have[strings.Join(parts[:3], "|")+"\x00"+place] += quantity
			meant += quantity
		case strings.HasPrefix(item, "cash/") && place == "received":
			have["cash/"+item[len("cash/"):]] += quantity
			received += quantity
		}
		return nil
	})
	if err != nil {
		return err
	}
	want := map[string]int64{}
	for account, amount := range p.owed {
		want[account+"\x00owed"] += amount * inBooks
	}
	for account, amount := range p.paid {
		want[account+"\x00paid"] += amount * inBooks
	}
	for account, amount := range p.back {
		want[account+"\x00refunding"] += amount * inBooks
	}
	for _, side := range []map[string]int64{want, have} {
		for k := range side {
			account, place, tax := strings.Cut(k, "\x00")
			if !tax || !strings.Contains(account, "|tax/") {
				continue
			}
			r.differ(DebtTax, "account", account, "tax "+place, want[k], have[k])
			delete(have, k)
		}
	}
	for owner, amount := range p.left {
		k := "money|" + owner + "|excess/" + owner + "\x00excess"
		r.differ(MoneyTreasury, "account", owner, "what payments left over", amount*inBooks, have[k])
		delete(have, k)
	}
	for bank := range p.came {
		r.differ(MoneyTreasury, "account", "cash/"+bank, "came in less what was paid out", (p.came[bank]-p.paidOut[bank])*inBooks, have["cash/"+bank])
		delete(have, "cash/"+bank)
	}
	for k, amount := range have {
		if account, place, _ := strings.Cut(k, "\x00"); place != "refunding" {
			r.differ(MoneyTreasury, "account", account, "money that no paper tells of: "+place, 0, amount)
		}
	}
	r.differ(MoneyTreasury, "account", "treasury", "received is what was paid, is to be given back or was left over", meant, received)
	return nil
}

// letterBox is the mail of one bank in one direction.
type letterBox struct {
	count, top int64
	seen       map[int64]bool
}

// mail checks that no message of the bank link was changed or taken out.
func (r *run) mail(ctx context.Context, _ *purse) error {
	type letter struct {
		ID, Bank, Direction, Payload, Hash, State string
		Sequence                                  int64
	}
	boxes := map[string]*letterBox{}
	err := papers(ctx, r, "bank_message", func(id string, m *letter) {
		r.known("bank_message", id, m.State)
		if sum := sha256.Sum256([]byte(m.Payload)); hex.EncodeToString(sum[:]) != m.Hash {
			r.found(MoneyMail, "bank_message", id, "the message is not the one that was acknowledged", m.Hash, hex.EncodeToString(sum[:]))
		}
		var head struct {
			Sender, Receiver string
			Sequence         int64
		}
		if json.Unmarshal([]byte(m.Payload), &head) != nil || head.Sequence != m.Sequence || m.Direction == "in" && head.Sender != m.Bank || m.Direction == "out" && head.Receiver != m.Bank {
			r.found(MoneyMail, "bank_message", id, "the message names another number or another bank", m.Bank, head.Sender+head.Receiver)
		}
		if m.Direction == "in" {
			r.told("bank_message", id)
		}
		k := m.Direction + " " + m.Bank
		if boxes[k] == nil {
			boxes[k] = &letterBox{seen: map[int64]bool{}}
		}
		b := boxes[k]
		b.count++
		b.top = max(b.top, m.Sequence)
		b.seen[m.Sequence] = true
	})
	if err != nil {
		return err
	}
	return papers(ctx, r, "bank_peer", func(id string, p *struct {
		Seen, Sent int64
		Ahead      []int64
	},
	) {
		in, out := boxes["in "+id], boxes["out "+id]
		if in == nil {
			in = &letterBox{}
		}
		if out == nil {
			out = &letterBox{}
		}
		r.differ(MoneyMail, "bank_peer", id, "messages of the bank that are on record", p.Seen+int64(len(p.Ahead)), in.count)
		for n := int64(1); n <= p.Seen && n <= in.top+1; n++ {
			if !in.seen[n] {
				r.found(MoneyMail, "bank_peer", id, "a message of the bank is not on record", "", "#"+big.NewInt(n).String())
				break
			}
		}
		r.differ(MoneyMail, "bank_peer", id, "messages to the bank", p.Sent, out.count)
		r.differ(MoneyMail, "bank_peer", id, "the last number given to it", p.Sent, out.top)
	})
}

// days checks each reconciliation against the statement it rests on.
func (r *run) days(ctx context.Context, _ *purse) error {
	return papers(ctx, r, "reconciliation", func(id string, d *bank.Reconciliation) {
		if !r.known("reconciliation", id, string(d.State)) || d.At == 0 {
			return
		}
		sum := int64(d.Statement.Opening)
		for _, l := range d.Statement.Lines {
			if l.In {
				sum += int64(l.Amount)
			} else {
				sum -= int64(l.Amount)
			}
		}
		named := map[bank.DifferenceKind]bool{}
		open := false
		for _, f := range d.Differences {
			named[f.Kind] = true
			open = open || f.Explained == ""
		}
		if (sum != int64(d.Statement.Closing)) != named[bank.NotSummed] || (d.Statement.Closing != d.Ours) != named[bank.BalanceDiffers] {
			r.found(MoneyDay, "reconciliation", id, "a difference is not named, or named and not there", d.Statement.Closing.Fixed(), d.Ours.Fixed())
		}
		state := bank.ReconciliationAgreed
		switch {
		case open:
			state = bank.ReconciliationOpen
		case len(d.Differences) > 0:
			state = bank.ReconciliationExplained
		}
		if d.State != state {
			r.found(MoneyDay, "reconciliation", id, "its state is not that of its differences", string(state), string(d.State))
		}
		if d.ID != d.Bank+"|"+d.Day.String() || d.Statement.Day != d.Day {
			r.found(MoneyDay, "reconciliation", id, "is of another day or bank than it says", d.ID, d.Bank+"|"+d.Day.String())
		}
	})
}
