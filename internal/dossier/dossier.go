// Package dossier names the kinds of documents that Seine keeps, so that a
// story, the store and a screen mean the same drawer by the same word.
package dossier

import (
	"seine/internal/decision"
	"seine/internal/fault"
)

// The drawers. Each holds documents of one type of the room in the comment.
const (
	Enterprise       decision.Kind = "enterprise"        // party.Enterprise
	Officer          decision.Kind = "officer"           // party.Officer
	User             decision.Kind = "user"              // app: who signs in
	Link             decision.Kind = "link"              // party.Link: one-time sign-in
	Client           decision.Kind = "client"            // app: machine clients
	Manifest         decision.Kind = "manifest"          // manifest.Manifest
	BillOfLading     decision.Kind = "bill_of_lading"    // clearance.BillOfLading
	Declaration      decision.Kind = "declaration"       // declaration.Declaration
	Case             decision.Kind = "case"              // casework.Case: a consignment under its mode
	Late             decision.Kind = "late_step"         // casework.Late: a step whose limit passed
	Application      decision.Kind = "application"       // clearance: lading application, arrival note
	Assessment       decision.Kind = "assessment"        // clearance.Assessment: confirmation, working, why card
	InspectionOrder  decision.Kind = "inspection_order"  // inspection.Order
	Label            decision.Kind = "label"             // inspection.Label
	Book             decision.Kind = "book"              // book.Book
	VerificationList decision.Kind = "verification_list" // book.VerificationList
	WriteOff         decision.Kind = "write_off"         // bonded.WriteOff: a period of a book
	Residue          decision.Kind = "residue"           // bonded.Residue: scrap, remainders, defectives, by-products
	ReleaseNote      decision.Kind = "release_note"      // gate.ReleaseNote
	Passage          decision.Kind = "passage"           // gate.Passage
	Guarantee        decision.Kind = "guarantee"         // guarantee.Guarantee
	Obligation       decision.Kind = "obligation"        // obligation.Obligation
	TaxBill          decision.Kind = "tax_bill"          // revenue.TaxBill
	Payment          decision.Kind = "payment"           // revenue.Payment: money that a bank says came in
	Refund           decision.Kind = "refund"            // revenue.Refund
	Statement        decision.Kind = "statement"         // revenue.Statement: consolidated tax of a month
	TaxDifference    decision.Kind = "tax_difference"    // revenue.TaxDifference: self-declared tax that is not ours
	BankPeer         decision.Kind = "bank_peer"         // treasury.Peer: how far a bank and we have heard each other
	BankMessage      decision.Kind = "bank_message"      // treasury.Mail: each message of the bank link, both ways
	Reconciliation   decision.Kind = "reconciliation"    // bank.Reconciliation: a day of a bank beside our books
	Proposal         decision.Kind = "proposal"          // review.Proposal with what it would do
	RiskTable        decision.Kind = "risk_table"        // risk.Table source, in force or draft
	Instruction      decision.Kind = "instruction"       // risk.Instruction
	DrawKey          decision.Kind = "draw_key"          // oversight.KeyNotice: the keys of one period of draws
	ModeVersion      decision.Kind = "mode_version"      // oversight.ModeVersion: a supervision mode put in force
	ReferenceSet     decision.Kind = "reference_set"     // Epoch: the version of a set that decisions rest on
	Parameter        decision.Kind = "parameter"         // registry.Rates, oversight.ParameterChange
	Session          decision.Kind = "session"           // party.Session
	Webhook          decision.Kind = "webhook"           // subscription.Webhook
	Delivery         decision.Kind = "delivery"          // subscription.Delivery
	Message          decision.Kind = "message"           // archive: what was received, as it was
	ImportJob        decision.Kind = "import_job"        // app: how far a long import got
	Feed             decision.Kind = "feed"              // feed.Feed: the link of a book to the enterprise's system
	FeedMessage      decision.Kind = "feed_message"      // feed.Received
	FeedPart         decision.Kind = "feed_part"         // feed.Part with its stock
	FeedTable        decision.Kind = "feed_table"        // feed.Table: book, system and gate of a day
	WorkOrder        decision.Kind = "work_order"        // feed.WorkOrder
	Draft            decision.Kind = "draft"             // draft.Draft: a form that somebody has begun and not sent
)

// Epoch is the version of a reference set, under the set's name. Whoever puts a
// new version of a set in force puts a new Epoch in the same outcome, and every
// node loads the set anew before it decides again.
type Epoch struct {
	Value string `json:"value"`
}

// Names of the reference sets.
const (
	SetRisk         = "risk"
	SetInstructions = "instructions"
	SetOfficers     = "officers"
	SetRates        = "exchange-rates"
	SetModes        = "modes"
	SetParameters   = "parameters"
	SetTariff       = "tariff"
)

// NewEpoch gives the put that makes a set new.
func NewEpoch(v decision.View, set string) (decision.Put, error) {
	_, version, err := decision.Load[Epoch](v, ReferenceSet, set)
	if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return decision.Put{}, err
	}
	return decision.Put{Kind: ReferenceSet, ID: set, Version: version, Body: Epoch{v.NewID()}}, nil
}
