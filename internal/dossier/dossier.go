// Package dossier names the kinds of documents that Seine keeps, so that a
// story, the store and a screen mean the same drawer by the same word.
package dossier

import "seine/internal/decision"

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
	Application      decision.Kind = "application"       // clearance: lading application, arrival note
	Assessment       decision.Kind = "assessment"        // clearance.Assessment: confirmation, working, why card
	InspectionOrder  decision.Kind = "inspection_order"  // inspection.Order
	Label            decision.Kind = "label"             // inspection.Label
	Book             decision.Kind = "book"              // book.Book
	VerificationList decision.Kind = "verification_list" // book.VerificationList
	ReleaseNote      decision.Kind = "release_note"      // gate.ReleaseNote
	Passage          decision.Kind = "passage"           // gate.Passage
	Guarantee        decision.Kind = "guarantee"         // guarantee.Guarantee
	Obligation       decision.Kind = "obligation"        // obligation.Obligation
	TaxBill          decision.Kind = "tax_bill"          // revenue.TaxBill
	Proposal         decision.Kind = "proposal"          // review.Proposal with what it would do
	RiskTable        decision.Kind = "risk_table"        // risk.Table source, in force or draft
	Instruction      decision.Kind = "instruction"       // risk.Instruction
	DrawKey          decision.Kind = "draw_key"          // review.PeriodKey
	Parameter        decision.Kind = "parameter"         // registry.Rates and other dated parameters
	Session          decision.Kind = "session"           // party.Session
	Webhook          decision.Kind = "webhook"           // app: subscriptions
	Message          decision.Kind = "message"           // archive: what was received, as it was
	ImportJob        decision.Kind = "import_job"        // app: how far a long import got
)
