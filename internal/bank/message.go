package bank

import (
	"encoding/json"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Version of the protocol.
const Version = 1

// Kind says what a message tells.
type Kind string

// What customs tell a bank.
const (
	Held          Kind = "guarantee.held"     // a part of a guarantee is held now
	Released      Kind = "guarantee.released" // it is free again
	Called        Kind = "guarantee.called"   // the guarantor is to pay
	RefundOrdered Kind = "refund.ordered"     // money is to go back to a payer
)

// What a bank tells customs.
const (
	PaymentReceived   Kind = "payment.received"
	GuaranteeIssued   Kind = "guarantee.issued"
	GuaranteeChanged  Kind = "guarantee.changed" // limit or term, or what was used is restored
	GuaranteeExpired  Kind = "guarantee.expired"
	CallAnswered      Kind = "call.answered"
	RefundAnswered    Kind = "refund.answered"
	StatementOfTheDay Kind = "day.statement"
)

// What belongs to the conversation itself; these bear no number of their own.
const (
	Hello Kind = "hello" // first of each side: how far it has heard the other
	Ack   Kind = "ack"
)

// Numbered tells whether messages of the kind bear a sequence number and are
// repeated until they are acknowledged.
func (k Kind) Numbered() bool { return k != Hello && k != Ack }

// Message is one message. Sender and sequence name it for ever: the same pair
// never means anything else.
type Message struct {
	Version  int             `json:"v"`
	Kind     Kind            `json:"kind"`
	Sender   string          `json:"sender"`
	Receiver string          `json:"receiver"`
	Sequence int64           `json:"sequence,omitempty"` // from 1 on, without gaps, for each receiver
	Sent     clock.Instant   `json:"sent"`               // when it was made, not when it was repeated
	Body     json.RawMessage `json:"body"`
}

// Order is what customs tell a bank; it stands in the outbox from the decision on.
type Order struct {
	Kind       Kind      `json:"kind"`
	Guarantee  string    `json:"guarantee,omitempty"`
	Amount     num.Money `json:"amount"`
	Obligation string    `json:"obligation,omitempty"` // what it is held, freed or called for
	Refund     string    `json:"refund,omitempty"`     // id
	Payee      string    `json:"payee,omitempty"`      // credit code
	Reason     string    `json:"reason,omitempty"`
}

// Payment is the body of payment.received.
type Payment struct {
	Reference string     `json:"reference"`
	Amount    num.Money  `json:"amount"`
	PaidOn    clock.Date `json:"paidOn"`
	Payer     string     `json:"payer,omitempty"`     // credit code
	TaxBill   string     `json:"taxBill,omitempty"`   // number, or
	Statement string     `json:"statement,omitempty"` // number of a monthly statement
}

// Letter is the body of guarantee.issued: everything a guarantee must name
// (Regulations on Guarantees for Customs Affairs, art. 13).
type Letter struct {
	Number      string     `json:"number"`
	Form        string     `json:"form"` // letter, account, deposit
	Beneficiary string     `json:"beneficiary"`
	Guarantor   string     `json:"guarantor"`
	Enterprise  string     `json:"enterprise"` // credit code of whom it is for
	Obligation  string     `json:"obligation"` // what it secures
	Liability   string     `json:"liability"`  // joint and several, or what else
	Limit       num.Money  `json:"limit"`
	ValidFrom   clock.Date `json:"validFrom"`
	ValidTo     clock.Date `json:"validTo"`
}

// LetterChange is the body of guarantee.changed. What is 0 stays as it is.
type LetterChange struct {
	Number     string     `json:"number"`
	Limit      num.Money  `json:"limit,omitempty"`
	ValidTo    clock.Date `json:"validTo,omitzero"`
	Reinstated num.Money  `json:"reinstated,omitempty"` // of what was used
}

// LetterEnd is the body of guarantee.expired.
type LetterEnd struct {
	Number string     `json:"number"`
	On     clock.Date `json:"on"`
}

// CallAnswer is the body of call.answered.
type CallAnswer struct {
	Guarantee  string     `json:"guarantee"`
	Obligation string     `json:"obligation"`
	Paid       num.Money  `json:"paid"` // 0: refused
	PaidOn     clock.Date `json:"paidOn,omitzero"`
	Reference  string     `json:"reference,omitempty"`
	Reason     string     `json:"reason,omitempty"`
}

// RefundAnswer is the body of refund.answered.
type RefundAnswer struct {
	Refund    string     `json:"refund"`
	Paid      bool       `json:"paid"`
	PaidOn    clock.Date `json:"paidOn,omitzero"`
	Reference string     `json:"reference,omitempty"`
	Reason    string     `json:"reason,omitempty"`
}

// DayLine is one movement on the treasury's account on the bank's statement.
type DayLine struct {
	Reference string    `json:"reference"`
	In        bool      `json:"in"` // towards the treasury
	Amount    num.Money `json:"amount"`
	TaxBill   string    `json:"taxBill,omitempty"`
	Statement string    `json:"statement,omitempty"`
	Refund    string    `json:"refund,omitempty"`
}

// DayStatement is the body of day.statement: the treasury's account as the bank
// has it for one day.
type DayStatement struct {
	Day     clock.Date `json:"day"`
	Opening num.Money  `json:"opening"`
	Closing num.Money  `json:"closing"`
	Lines   []DayLine  `json:"lines"`
}

// HelloBody is the body of hello.
type HelloBody struct {
	Seen int64 `json:"seen"` // highest sequence of the other side up to which nothing is missing
}

// Status of an acknowledgement.
type Status string

// The statuses.
const (
	Taken    Status = "taken"    // it is on disk and was acted on
	Repeated Status = "repeated" // it was on disk already
	Refused  Status = "refused"  // it was not understood; it is on record and will not be understood later
)

// AckBody is the body of ack.
type AckBody struct {
	Of     int64  `json:"of"`   // sequence
	Hash   string `json:"hash"` // SHA-256 of the payload, hexadecimal
	Status Status `json:"status"`
	Code   string `json:"code,omitempty"` // of the fault, when refused
	Detail string `json:"detail,omitempty"`
}

// Body reads the body of a message. Fault: BANK-BODY-01.
func Body[T any](m *Message) (T, error) {
	var body T
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return body, fault.New(fault.Invalid, "BANK-BODY-01", "/body", "the body of a {kind} message cannot be read", "send the members that the protocol names",
			"kind", string(m.Kind)).Because(err)
	}
	return body, nil
}
