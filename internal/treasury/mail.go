package treasury

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/journal"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/revenue"
)

// Peer is a bank on the other side of the link: how far each has heard the
// other. It changes in the same transaction as the message that moves it.
type Peer struct {
	ID    string        `json:"id"`
	Seen  int64         `json:"seen"`            // highest sequence of theirs up to which nothing is missing
	Ahead []int64       `json:"ahead,omitempty"` // of theirs that came before a missing one
	Sent  int64         `json:"sent"`            // highest sequence of ours
	At    clock.Instant `json:"at"`              // of the last change
}

// take notes a sequence of theirs.
func (p Peer) take(n int64) Peer {
	p.Ahead = append(slices.Clone(p.Ahead), n)
	slices.Sort(p.Ahead)
	for len(p.Ahead) > 0 && p.Ahead[0] == p.Seen+1 {
		p.Seen++
		p.Ahead = p.Ahead[1:]
	}
	if len(p.Ahead) == 0 {
		p.Ahead = nil
	}
	return p
}

// Gaps lists sequences of theirs that are missing: later ones have come.
func (p *Peer) Gaps() []int64 {
	var gaps []int64
	next := p.Seen + 1
	for _, n := range p.Ahead {
		for ; next < n && len(gaps) < 1000; next++ {
			gaps = append(gaps, next)
		}
		next = n + 1
	}
	return gaps
}

// MailState is where a message of the link stands.
type MailState string

const (
	MailTaken        MailState = "taken"        // theirs, acted on
	MailRefused      MailState = "refused"      // theirs, on record and not understood
	MailWaiting      MailState = "waiting"      // ours, not acknowledged yet
	MailAcknowledged MailState = "acknowledged" // ours
	MailRejected     MailState = "rejected"     // ours, the bank did not understand it
)

// Mail is one message of the bank link as it stood on the wire.
type Mail struct {
	ID        string        `json:"id"`
	Bank      string        `json:"bank"`
	Direction string        `json:"direction"` // in, out
	Sequence  int64         `json:"sequence"`
	Kind      bank.Kind     `json:"kind"`
	Payload   string        `json:"payload"`
	Hash      string        `json:"hash"`
	At        clock.Instant `json:"at"`
	Answered  clock.Instant `json:"answered,omitempty"`
	State     MailState     `json:"state"`
	Code      string        `json:"code,omitempty"`
	Detail    string        `json:"detail,omitempty"`
	Order     string        `json:"order,omitempty"` // of the outbox, where it is ours
}

// MailID names a message of the link; ids of one bank and direction sort by
// sequence.
func MailID(direction, peer string, sequence int64) string {
	return fmt.Sprintf("%s.%s.%012d", direction, peer, sequence)
}

// bankActor is a bank as one who acts.
func bankActor(peer string) decision.Actor {
	return decision.Actor{ID: "bank/" + peer, Kind: journal.Outside, Name: peer, Posts: []string{string(party.BankPost)}}
}

func loadPeer(v decision.View, id string) (Peer, int64, error) {
	p, version, err := decision.Load[Peer](v, dossier.BankPeer, id)
	if fault.Is(err, "STORE-ABSENT-01") {
		return Peer{ID: id}, 0, nil
	}
	return p, version, err
}

// Receive takes a message of a bank: what it says, the message itself and how far
// we have heard the bank are one transaction, and only after it is on disk the
// bank gets its acknowledgement. The same message again is answered the same and
// does nothing. What cannot be understood is on record as refused; it moves the
// sequence on too, so that one bad message stops nobody.
// Faults: TREASURY-SEQUENCE-01 (a sequence used for other content).
func (d *Desk) Receive(ctx context.Context, c decision.Command, m *bank.Message, payload []byte) (bank.AckBody, error) {
	c.Nature, c.Actor = decision.Fact, "bank/"+m.Sender
	hash := bank.Hash(payload)
	ack := bank.AckBody{Of: m.Sequence, Hash: hash, Status: bank.Taken}
	receipt, err := d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		id := MailID("in", m.Sender, m.Sequence)
		old, _, err := decision.Load[Mail](v, dossier.BankMessage, id)
		switch {
		case err == nil && old.Hash == hash:
			return decision.Outcome{Reply: bank.AckBody{Of: m.Sequence, Hash: hash, Status: bank.Repeated, Code: old.Code, Detail: old.Detail}}, nil
		case err == nil:
			return decision.Outcome{}, fault.New(fault.Conflict, "TREASURY-SEQUENCE-01", "/sequence", "message {sequence} of {bank} came before with other content",
				"a sequence number is used once: give the message the next one", "sequence", m.Sequence, "bank", m.Sender)
		case !fault.Is(err, "STORE-ABSENT-01"):
			return decision.Outcome{}, err
		}
		peer, peerVersion, err := loadPeer(v, m.Sender)
		if err != nil {
			return decision.Outcome{}, err
		}
		mail := Mail{ID: id, Bank: m.Sender, Direction: "in", Sequence: m.Sequence, Kind: m.Kind, Payload: string(payload), Hash: hash, At: v.Now(), State: MailTaken}
		by := bankActor(m.Sender)
		peer = peer.take(m.Sequence)
		peer.At = v.Now()
		heard := decision.Put{Kind: dossier.BankPeer, ID: m.Sender, Version: peerVersion, Body: peer}
		refused := func(f *fault.Fault) decision.Outcome {
			mail, reply := mail, ack
			mail.State, mail.Code, mail.Detail = MailRefused, f.Code, f.Message()
			reply.Status, reply.Code, reply.Detail = bank.Refused, f.Code, f.Message()
			e := about(v, by, "bank-message.refused", "", "", map[string]any{"bank": m.Sender, "sequence": m.Sequence, "kind": m.Kind}, ref(dossier.BankMessage, id))
			e.Why = journal.Why{Rule: f.Code, Reason: f.Message()}
			return decision.Outcome{Puts: []decision.Put{{Kind: dossier.BankMessage, ID: id, Body: mail}, heard}, Entries: []journal.Entry{e}, Reply: reply}
		}
		out, err := d.understand(v, by, m)
		if refusals := fault.All(err); len(refusals) > 0 {
			return refused(refusals[0]), nil
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		out.Entries = append(out.Entries, about(v, by, "bank-message.taken", "", "",
			map[string]any{"bank": m.Sender, "sequence": m.Sequence, "kind": m.Kind, "hash": hash}, ref(dossier.BankMessage, id)))
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.BankMessage, ID: id, Body: mail}, heard)
		out.Reply = ack
		// A fact that the books cannot post is on record all the same.
		out.Otherwise = func(refusal error) (decision.Outcome, error) {
			if refusals := fault.All(refusal); len(refusals) > 0 {
				return refused(refusals[0]), nil
			}
			return decision.Outcome{}, refusal
		}
		return out, nil
	})
	if err != nil {
		return ack, err
	}
	return ack, json.Unmarshal(receipt.Reply, &ack)
}

// understand tells the story that a message is about.
func (d *Desk) understand(v decision.View, by decision.Actor, m *bank.Message) (decision.Outcome, error) {
	switch m.Kind {
	case bank.PaymentReceived:
		p, err := bank.Body[bank.Payment](m)
		if err != nil {
			return decision.Outcome{}, err
		}
		return d.pay(v, by, revenue.Payment{
			Bank: m.Sender, Sequence: m.Sequence, Reference: p.Reference, Bill: p.TaxBill, Statement: p.Statement, Payer: p.Payer, Amount: p.Amount, On: p.PaidOn,
			By: revenue.ByPayer,
		})
	case bank.CallAnswered:
		a, err := bank.Body[bank.CallAnswer](m)
		if err != nil {
			return decision.Outcome{}, err
		}
		return d.callAnswered(v, by, m, a)
	case bank.RefundAnswered:
		a, err := bank.Body[bank.RefundAnswer](m)
		if err != nil {
			return decision.Outcome{}, err
		}
		return d.refundAnswered(v, by, m.Sender, a)
	case bank.GuaranteeIssued:
		l, err := bank.Body[bank.Letter](m)
		if err != nil {
			return decision.Outcome{}, err
		}
		return d.letterCame(v, by, m.Sender, l)
	case bank.GuaranteeChanged:
		l, err := bank.Body[bank.LetterChange](m)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := ownLetter(v, m.Sender, l.Number); err != nil {
			return decision.Outcome{}, err
		}
		return d.letterChanged(v, by, l)
	case bank.GuaranteeExpired:
		l, err := bank.Body[bank.LetterEnd](m)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := ownLetter(v, m.Sender, l.Number); err != nil {
			return decision.Outcome{}, err
		}
		return d.letterEnded(v, by, l)
	case bank.StatementOfTheDay:
		s, err := bank.Body[bank.DayStatement](m)
		if err != nil {
			return decision.Outcome{}, err
		}
		return d.dayCame(v, by, m.Sender, s)
	case bank.Held, bank.Released, bank.Called, bank.RefundOrdered, bank.Hello, bank.Ack:
	}
	return decision.Outcome{}, fault.New(fault.Invalid, "TREASURY-KIND-01", "/kind", "a bank tells no “{kind}”", "use a kind that docs/bank.md lists", "kind", string(m.Kind))
}

// ownLetter refuses what a bank tells about a letter that is not its own.
func ownLetter(v decision.View, peer, number string) error {
	known, err := letter(v, number)
	if err != nil {
		return err
	}
	return speaksFor(peer, &known.doc)
}

// speaksFor refuses what a bank tells about a guarantee that another has issued,
// or that no bank told: its letter is not this bank's to change.
func speaksFor(peer string, g *guarantee.Guarantee) error {
	if g.Bank == peer {
		return nil
	}
	return fault.New(fault.Refused, "TREASURY-LETTER-05", "/number", "{bank} does not speak for guarantee {number}", "leave it to the guarantor that issued it", "bank", peer, "number", g.Number)
}

// callAnswered books what a guarantor paid on a call; a refusal is told.
func (d *Desk) callAnswered(v decision.View, by decision.Actor, m *bank.Message, a bank.CallAnswer) (decision.Outcome, error) {
	o, _, err := decision.Load[obligation.Obligation](v, dossier.Obligation, a.Obligation)
	if fault.Is(err, "STORE-ABSENT-01") {
		err = fault.New(fault.NotFound, "TREASURY-CALL-01", "/obligation", "nothing was called for {obligation}", "give the obligation that the call named", "obligation", a.Obligation)
	}
	if err != nil {
		return decision.Outcome{}, err
	}
	if a.Guarantee != o.Hold.Guarantee {
		return decision.Outcome{}, fault.New(fault.Refused, "TREASURY-CALL-02", "/guarantee", "{guarantee} was not called for {obligation}", "give the guarantee that the call named",
			"guarantee", a.Guarantee, "obligation", a.Obligation)
	}
	if known, err := byNumber[guarantee.Guarantee](v, dossier.Guarantee, "number", a.Guarantee); err != nil {
		return decision.Outcome{}, err
	} else if known != nil && known.doc.Bank != "" { // one that no bank told is called from whoever is told of it
		if err := speaksFor(m.Sender, &known.doc); err != nil {
			return decision.Outcome{}, err
		}
	}
	if a.Paid == 0 {
		e := about(v, by, "guarantee.call-refused", o.Debtor, o.Office, map[string]any{"guarantee": a.Guarantee, "obligation": a.Obligation},
			ref(dossier.Guarantee, a.Guarantee), ref(dossier.Obligation, a.Obligation))
		e.Why = journal.Why{Reason: a.Reason}
		return decision.Outcome{Entries: []journal.Entry{e}}, nil
	}
	number := ""
	for _, l := range o.Lines {
		if tax, is := cutTax(l.Item); is {
			number = tax
			break
		}
	}
	if number == "" { // goods were owed, not tax: the money stands apart until an officer finds its bill
		number = a.Obligation
	}
	return d.pay(v, by, revenue.Payment{
		Bank: m.Sender, Sequence: m.Sequence, Reference: a.Reference, Bill: number, Payer: o.Debtor, Amount: a.Paid, On: a.PaidOn, By: revenue.ByGuarantor,
	})
}

func cutTax(item string) (string, bool) {
	const prefix = "tax/"
	if len(item) > len(prefix) && item[:len(prefix)] == prefix {
		return item[len(prefix):], true
	}
	return "", false
}

// refundAnswered books what a bank paid out, or that it could not.
func (d *Desk) refundAnswered(v decision.View, by decision.Actor, peer string, a bank.RefundAnswer) (decision.Outcome, error) {
	var out decision.Outcome
	r, version, err := decision.Load[revenue.Refund](v, dossier.Refund, a.Refund)
	if fault.Is(err, "STORE-ABSENT-01") {
		err = fault.New(fault.NotFound, "TREASURY-REFUND-01", "/refund", "there is no refund {refund}", "give the refund that the order named", "refund", a.Refund)
	}
	if err != nil {
		return out, err
	}
	if r.Bank != "" && r.Bank != peer {
		return out, fault.New(fault.Refused, "TREASURY-REFUND-02", "/refund", "refund {refund} was ordered from another bank than {bank}", "give the refund that the order named", "refund", a.Refund, "bank", peer)
	}
	event, kind := revenue.EventBankBounced, "refund.bounced"
	if a.Paid {
		event, kind = revenue.EventBankPaid, "refund.paid"
	}
	if r, err = r.Apply(event); err != nil {
		return out, err
	}
	if a.Paid {
		day := v.Now().Date()
		if a.PaidOn != 0 && a.PaidOn < day {
			day = a.PaidOn
		}
		r.PaidOut, r.BankRef, r.BankDay = v.Now(), a.Reference, revenue.BankDay(peer, day)
		paidOut, err := revenue.PaidOut(peer, v.NewID(), r.Amount, day, r.ID)
		if err != nil {
			return out, err
		}
		given := (&revenue.TaxBill{Enterprise: r.Enterprise, Office: r.Office}).GivenBack
		if r.Payment != "" {
			p, at, err := decision.Load[revenue.Payment](v, dossier.Payment, r.Payment)
			if err != nil {
				return out, err
			}
			given = p.GivenBack
			next := p
			next.Left -= r.Amount
			if next, err = next.Apply(revenue.EventClear); err != nil {
				return out, err
			}
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Payment, ID: p.ID, Version: at, Body: next})
			if err := discharged(v, by, &out, p.Obligation); err != nil {
				return out, err
			}
		}
		op, err := given(v.NewID(), r.Amount, v.Now().Date(), r.ID)
		if err != nil {
			return out, err
		}
		out.Transfers = append(out.Transfers, paidOut, op)
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Refund, ID: r.ID, Version: version, Body: r})
	e := about(v, by, kind, r.Enterprise, r.Office, map[string]any{"taxBill": r.Bill, "amount": r.Amount.Fixed(), "bankReference": a.Reference}, ref(dossier.Refund, r.ID))
	e.Why = journal.Why{Reason: a.Reason}
	out.Entries = append(out.Entries, e)
	return out, nil
}

// Dispatched tells what became of an order to a bank.
type Dispatched struct {
	Bank     string `json:"bank,omitempty"` // "" where there is nobody to tell
	Sequence int64  `json:"sequence,omitempty"`
}

// Dispatch makes the message of an order and gives it the next number of its
// bank; from then on it is repeated until the bank acknowledges it. The command's
// key is the order's id, so that an order makes one message whatever happens.
// peers are the banks whose keys are known, sender is what we are called.
// Faults: TREASURY-ROUTE-01 (no bank is known that could be told).
func (d *Desk) Dispatch(ctx context.Context, c decision.Command, sender string, peers []string, target string, order bank.Order) (Dispatched, error) {
	var done Dispatched
	receipt, err := d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		peer, err := route(v, peers, target, order)
		if err != nil || peer == "" {
			return decision.Outcome{Reply: Dispatched{}}, err
		}
		p, version, err := loadPeer(v, peer)
		if err != nil {
			return decision.Outcome{}, err
		}
		p.Sent++
		p.At = v.Now()
		body, err := json.Marshal(order)
		if err != nil {
			return decision.Outcome{}, err
		}
		m := bank.Message{Version: bank.Version, Kind: order.Kind, Sender: sender, Receiver: peer, Sequence: p.Sent, Sent: v.Now(), Body: body}
		payload, err := m.Payload()
		if err != nil {
			return decision.Outcome{}, err
		}
		id := MailID("out", peer, p.Sent)
		out := decision.Outcome{
			Puts: []decision.Put{
				{Kind: dossier.BankPeer, ID: peer, Version: version, Body: p},
				{Kind: dossier.BankMessage, ID: id, Body: Mail{
					ID: id, Bank: peer, Direction: "out", Sequence: p.Sent, Kind: order.Kind, Payload: string(payload), Hash: bank.Hash(payload), At: v.Now(),
					State: MailWaiting, Order: c.Key,
				}},
			},
			Reply: Dispatched{peer, p.Sent},
		}
		if order.Refund != "" { // only the bank that was told may answer
			r, at, err := decision.Load[revenue.Refund](v, dossier.Refund, order.Refund)
			if err != nil {
				return decision.Outcome{}, err
			}
			if r.Bank != peer {
				r.Bank = peer
				out.Puts = append(out.Puts, decision.Put{Kind: dossier.Refund, ID: r.ID, Version: at, Body: r})
			}
		}
		return out, nil
	})
	if err != nil {
		return done, err
	}
	return done, json.Unmarshal(receipt.Reply, &done)
}

// route finds the bank that an order goes to: the one that speaks for the
// guarantee, the one named, or the first that is known. "" where no bank is
// concerned.
func route(v decision.View, peers []string, target string, order bank.Order) (string, error) {
	none := fault.New(fault.Refused, "TREASURY-ROUTE-01", "", "no bank is known that could be told about {target}", "exchange keys with the bank: see docs/bank.md", "target", target)
	if order.Guarantee != "" {
		g, err := byNumber[guarantee.Guarantee](v, dossier.Guarantee, "number", order.Guarantee)
		if err != nil {
			return "", err
		}
		if g != nil && g.doc.Form == guarantee.Exempt {
			return "", nil
		}
		if g != nil && g.doc.Bank != "" {
			if slices.Contains(peers, g.doc.Bank) {
				return g.doc.Bank, nil
			}
			return "", none
		}
	}
	switch {
	case slices.Contains(peers, target):
		return target, nil
	case len(peers) > 0:
		return peers[0], nil
	}
	return "", none
}

// Acknowledged notes a bank's acknowledgement of a message of ours. One of a
// message that is not there, or of other content, changes nothing.
// Fault: TREASURY-ACK-01.
func (d *Desk) Acknowledged(ctx context.Context, c decision.Command, peer string, a bank.AckBody) error {
	_, err := d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		id := MailID("out", peer, a.Of)
		mail, version, err := decision.Load[Mail](v, dossier.BankMessage, id)
		if fault.Is(err, "STORE-ABSENT-01") || err == nil && mail.Hash != a.Hash {
			return out, fault.New(fault.NotFound, "TREASURY-ACK-01", "/of", "{bank} acknowledges message {sequence}, which it was never sent like that", "compare the records of both sides",
				"bank", peer, "sequence", a.Of)
		}
		if err != nil || mail.State != MailWaiting {
			return out, err
		}
		mail.State, mail.Answered, mail.Code, mail.Detail = MailAcknowledged, v.Now(), a.Code, a.Detail
		if a.Status == bank.Refused {
			mail.State = MailRejected
			e := about(v, bankActor(peer), "bank-message.rejected", "", "", map[string]any{"bank": peer, "sequence": a.Of, "kind": mail.Kind}, ref(dossier.BankMessage, id))
			e.Why = journal.Why{Rule: a.Code, Reason: a.Detail}
			out.Entries = []journal.Entry{e}
		}
		out.Puts = []decision.Put{{Kind: dossier.BankMessage, ID: id, Version: version, Body: mail}}
		return out, nil
	})
	return err
}

// Forged journals that a frame came whose signature or sender is wrong: nothing
// of it was read.
func (d *Desk) Forged(ctx context.Context, c decision.Command, from string, refusal error) error {
	list := fault.All(refusal)
	if list == nil {
		return refusal
	}
	_, err := d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		e := about(v, decision.System, "bank-message.forged", "", "", map[string]any{"from": from}, ref(dossier.BankPeer, "unknown"))
		e.Why = journal.Why{Rule: list[0].Code, Reason: list[0].Message()}
		return decision.Outcome{Entries: []journal.Entry{e}}, nil
	})
	return err
}
