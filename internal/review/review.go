package review

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/lifecycle"
)

// Matter is what a proposal is about.
type Matter string

// The five matters of the plan (DR §9.1), the changes of rules, and the credit
// grades of enterprises (DR §8.1, our reading).
const (
	BookFiling    Matter = "book-filing"            // account book: filing and change
	Collection    Matter = "deposit-and-collection" // deposits and taxes
	Correction    Matter = "correction"             // correcting and deleting documents
	AbnormalCheck Matter = "abnormal-inspection"    // what follows an abnormal inspection
	WriteOff      Matter = "write-off"              // account book: periodic write-off
	RuleChange    Matter = "rule-change"            // risk table, tariff, procedures, users, parameters
	Grading       Matter = "credit-grade"           // credit grade of an enterprise
)

// Matters lists all of them.
var Matters = [...]Matter{BookFiling, Collection, Correction, AbnormalCheck, WriteOff, RuleChange, Grading}

// Needed tells whether two officers are needed. Low-risk cases of the five
// matters pass by the machine; a rule or a grade is never changed by the machine.
func Needed(m Matter, lowRisk bool) bool { return m == RuleChange || m == Grading || !lowRisk }

// State is the state of a proposal.
type State string

// States of a proposal.
const (
	Proposed  State = "proposed"
	Returned  State = "returned"
	Disputed  State = "disputed"
	Confirmed State = "confirmed"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
)

// Event moves a proposal.
type Event string

// Events of a proposal.
const (
	WasProposed  Event = "proposed"
	WasConfirmed Event = "confirmed"
	WasReturned  Event = "returned"
	WasDisputed  Event = "disputed"
	WasRedrawn   Event = "redrawn"
	WasUpheld    Event = "upheld"
	WasDismissed Event = "dismissed"
	WasWithdrawn Event = "withdrawn"
)

// Lifecycle is the life of a proposal.
var Lifecycle = lifecycle.Table[State, Event, *Proposal]{
	Name: "proposal", Code: "REVIEW-LIFECYCLE-01", Initial: Proposed,
	States: []lifecycle.State[State]{
		{Name: Proposed, Acts: "the drawn officer"},
		{Name: Returned, Acts: "the proposing officer"},
		{Name: Disputed, Acts: "the section chief"},
		{Name: Confirmed, Acts: "nobody", Final: true},
		{Name: Refused, Acts: "nobody", Final: true},
		{Name: Withdrawn, Acts: "nobody", Final: true},
	},
	Moves: []lifecycle.Move[State, Event, *Proposal]{
		{From: Proposed, On: WasConfirmed, To: Confirmed},
		{From: Proposed, On: WasReturned, To: Returned, Guards: []lifecycle.Guard[*Proposal]{firstTime}},
		{From: Proposed, On: WasDisputed, To: Disputed},
		{From: Proposed, On: WasRedrawn, To: Proposed},
		{From: Proposed, On: WasWithdrawn, To: Withdrawn},
		{From: Returned, On: WasProposed, To: Proposed},
		{From: Returned, On: WasWithdrawn, To: Withdrawn},
		{From: Disputed, On: WasUpheld, To: Confirmed},
		{From: Disputed, On: WasDismissed, To: Refused},
	},
}

var firstTime = lifecycle.Guard[*Proposal]{Name: "first disagreement", Check: func(p *Proposal) error {
	if p.returns() > 0 {
		return fault.New(fault.Refused, "REVIEW-RETURN-01", "", "the officers have disagreed twice",
			"the section chief decides now")
	}
	return nil
}}

// Officer is what drawing needs to know of a person; party fills it.
type Officer struct {
	ID    string
	Posts []string
	Areas []string
	// OnDuty tells whether the officer is at work now.
	OnDuty bool
	// Superiors are the officers above, the direct one first: the reporting line.
	Superiors []string
	// Interests are the enterprises (or persons) that the officer has declared a
	// conflict of interest with.
	Interests []string
}

// Need says who may act in a matter: one of the posts, in the area, without an
// interest in a party.
type Need struct {
	Posts   []string
	Area    string   // "" means any
	Parties []string // enterprises and persons that the matter touches
}

// Rules are the parameters of the review (OR; they are dated data).
type Rules struct {
	// ApartFromColleagues forbids a second officer with the same direct superior.
	// Off by default: only a superior and a subordinate are one reporting line.
	ApartFromColleagues bool
	// ChiefPost decides disputes when the first officer has no superior on record.
	ChiefPost string
}

// Verdict is what one signature says.
type Verdict string

// Verdicts.
const (
	Propose Verdict = "propose"
	Confirm Verdict = "confirm"
	Return  Verdict = "return"
	Uphold  Verdict = "uphold"
	Dismiss Verdict = "dismiss"
)

// Signature is one officer's word: what, on which data, why and when. Round is
// the round of the proposal it belongs to, from 1.
type Signature struct {
	Officer string
	Verdict Verdict
	Payload string // hash of the data that the officer saw
	Reason  string
	Round   int
	At      clock.Instant
}

// Digest is the hash of the signature for the journal and for an officer's own
// key: base64 of SHA-256 over its parts and the proposal's id, each ended by a
// zero byte.
func (s Signature) Digest(proposal string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		"seine-signature/1", proposal, s.Officer, string(s.Verdict), s.Payload, s.Reason, strconv.Itoa(s.Round), s.At.String(), "",
	}, "\x00")))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Drawing is one draw of the second officer, with everything that is needed to
// repeat it: candidates in the order of their ids, and the number of the draw.
type Drawing struct {
	Period     string
	Version    uint64
	Candidates []string
	Drawn      string
	Reason     string // why it was drawn again, "" otherwise
	At         clock.Instant
}

// Proposal is one decision that needs two officers.
type Proposal struct {
	ID      string
	Matter  Matter
	Kind    string // of the subject: "declaration", "book", "rule"
	Subject string // its number
	Need    Need
	Payload string // hash of the data to be decided on: see PayloadHash
	First   string
	// Superiors are those of the first officer, the direct one, the section chief,
	// first; empty when there are none on record.
	Superiors []string
	State     State
	Round     int
	// Signatures and Drawings in the order they happened; nothing is removed.
	Signatures []Signature
	Drawings   []Drawing
}

// PayloadHash is base64 of SHA-256 of the data that is decided on, in its
// canonical bytes.
func PayloadHash(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Second gives the officer whose turn it is to confirm or return, "" when nobody
// was drawn.
func (p *Proposal) Second() string {
	if len(p.Drawings) == 0 {
		return ""
	}
	return p.Drawings[len(p.Drawings)-1].Drawn
}

func (p *Proposal) returns() int {
	n := 0
	for _, s := range p.Signatures {
		if s.Verdict == Return {
			n++
		}
	}
	return n
}

// clone gives a copy whose lists can grow without touching p's.
func (p *Proposal) clone() *Proposal {
	q := *p
	q.Signatures = slices.Clone(p.Signatures)
	q.Drawings = slices.Clone(p.Drawings)
	return &q
}

// Call is what every act needs: who, on which data, why, when, and who could be
// drawn with which key.
type Call struct {
	By       Officer
	Payload  string
	Reason   string
	At       clock.Instant
	Officers []Officer // all that may be candidates; By among them or not
	Key      PeriodKey
	Rules    Rules
}

// New opens the proposal draft (its ID, Matter, Kind, Subject and Need) by
// officer c.By and draws the second officer. Faults: REVIEW-MATTER-01 (no such
// matter), REVIEW-REASON-01 (no reason), REVIEW-PAYLOAD-02 (no data),
// REVIEW-FIRST-01 (not qualified), REVIEW-FIRST-02 (conflict), REVIEW-SECOND-01
// (nobody can be drawn). All are returned.
func New(draft Proposal, c Call) (*Proposal, error) {
	var faults fault.List
	if !slices.Contains(Matters[:], draft.Matter) {
		faults = append(faults, fault.New(fault.Invalid, "REVIEW-MATTER-01", "/matter", "“{matter}” is no matter for two officers",
			"choose one of the listed matters", "matter", string(draft.Matter)))
	}
	faults = append(faults, draft.Need.proposer(c)...)
	p := &Proposal{
		ID: draft.ID, Matter: draft.Matter, Kind: draft.Kind, Subject: draft.Subject, Need: draft.Need,
		Payload: c.Payload, First: c.By.ID, Superiors: c.By.Superiors, State: Lifecycle.Initial, Round: 1,
	}
	if err := p.draw(c, ""); err != nil {
		if other := faults.Add("", err); other != nil {
			return nil, other
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	p.sign(c, Propose)
	return p, nil
}

// Confirm is the second officer's yes. Faults: REVIEW-LIFECYCLE-01 (not now),
// REVIEW-SECOND-02 (the same person), REVIEW-SECOND-03 (not the one drawn),
// REVIEW-SECOND-04 (no longer qualified or in conflict), REVIEW-PAYLOAD-01 (the
// data changed since it was proposed).
func (p *Proposal) Confirm(c Call) (*Proposal, error) {
	return p.second(c, WasConfirmed, Confirm)
}

// Return is the second officer's no, with a reason (REVIEW-REASON-01). The first
// time the proposal goes back to the first officer; the second time the section
// chief has to decide. Other faults as Confirm.
func (p *Proposal) Return(c Call) (*Proposal, error) {
	on := WasReturned
	if p.returns() > 0 {
		on = WasDisputed
	}
	return p.second(c, on, Return)
}

func (p *Proposal) second(c Call, on Event, verdict Verdict) (*Proposal, error) {
	next, err := Lifecycle.Next(p.State, on, p)
	if err != nil {
		return nil, err
	}
	var faults fault.List
	switch {
	case c.By.ID == p.First:
		faults = append(faults, fault.New(fault.Forbidden, "REVIEW-SECOND-02", "", "{officer} proposed this and cannot review it",
			"{drawn} was drawn to review it", "officer", c.By.ID, "drawn", p.Second()))
	case c.By.ID != p.Second():
		faults = append(faults, fault.New(fault.Forbidden, "REVIEW-SECOND-03", "", "{officer} was not drawn to review this",
			"{drawn} was drawn to review it", "officer", c.By.ID, "drawn", p.Second()))
	case !p.Need.qualified(c.By) || p.Need.conflict(c.By):
		faults = append(faults, fault.New(fault.Forbidden, "REVIEW-SECOND-04", "",
			"{officer} was drawn, but is off duty, no longer holds the post, or has an interest in a party now",
			"have another officer drawn", "officer", c.By.ID))
	}
	if verdict == Return {
		faults = append(faults, reasoned(c.Reason)...)
	}
	faults = append(faults, p.same(c)...)
	if len(faults) > 0 {
		return nil, faults
	}
	q := p.clone()
	q.State = next
	q.sign(c, verdict)
	return q, nil
}

// Again is the first officer's answer to a return: the proposal once more, with
// the same or with changed data, and a reason. A second officer is drawn anew
// (OR). Faults: REVIEW-LIFECYCLE-01, REVIEW-FIRST-03 (not the first officer),
// REVIEW-FIRST-01, -02, REVIEW-REASON-01, REVIEW-PAYLOAD-02, REVIEW-SECOND-01.
func (p *Proposal) Again(c Call) (*Proposal, error) {
	next, err := Lifecycle.Next(p.State, WasProposed, p)
	if err != nil {
		return nil, err
	}
	if c.By.ID != p.First {
		return nil, notFirst(c.By.ID, p.First)
	}
	if faults := p.Need.proposer(c); len(faults) > 0 {
		return nil, faults
	}
	q := p.clone()
	q.State, q.Payload, q.Round, q.Superiors = next, c.Payload, p.Round+1, c.By.Superiors
	if err := q.draw(c, ""); err != nil {
		return nil, err
	}
	q.sign(c, Propose)
	return q, nil
}

// Redraw draws another second officer because the drawn one cannot act (off
// duty, ill, a conflict found): c.By asks for it with a reason. Whoever was drawn
// for this proposal before is not drawn again. Faults: REVIEW-LIFECYCLE-01,
// REVIEW-REASON-01, REVIEW-FIRST-04 (the first officer may not choose his
// reviewer by asking again), REVIEW-SECOND-01.
func (p *Proposal) Redraw(c Call) (*Proposal, error) {
	next, err := Lifecycle.Next(p.State, WasRedrawn, p)
	if err != nil {
		return nil, err
	}
	faults := reasoned(c.Reason)
	if c.By.ID == p.First {
		faults = append(faults, fault.New(fault.Forbidden, "REVIEW-FIRST-04", "", "who proposes may not have another reviewer drawn",
			"the drawn officer, the section chief or the time limit does it"))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	q := p.clone()
	q.State = next
	if err := q.draw(c, c.Reason); err != nil {
		return nil, err
	}
	return q, nil
}

// Withdraw is the first officer taking the proposal back. Faults:
// REVIEW-LIFECYCLE-01, REVIEW-FIRST-03, REVIEW-REASON-01.
func (p *Proposal) Withdraw(c Call) (*Proposal, error) {
	next, err := Lifecycle.Next(p.State, WasWithdrawn, p)
	if err != nil {
		return nil, err
	}
	if c.By.ID != p.First {
		return nil, notFirst(c.By.ID, p.First)
	}
	if faults := reasoned(c.Reason); len(faults) > 0 {
		return nil, faults
	}
	q := p.clone()
	q.State = next
	return q, nil
}

// Decide is the section chief's word on a dispute: uphold makes the proposal
// confirmed, otherwise it is refused. Faults: REVIEW-LIFECYCLE-01,
// REVIEW-CHIEF-01 (not the chief, or one of the two), REVIEW-REASON-01,
// REVIEW-PAYLOAD-01.
func (p *Proposal) Decide(c Call, uphold bool) (*Proposal, error) {
	on, verdict := WasDismissed, Dismiss
	if uphold {
		on, verdict = WasUpheld, Uphold
	}
	next, err := Lifecycle.Next(p.State, on, p)
	if err != nil {
		return nil, err
	}
	var faults fault.List
	chief := len(p.Superiors) > 0 && c.By.ID == p.Superiors[0] || len(p.Superiors) == 0 && c.Rules.ChiefPost != "" && slices.Contains(c.By.Posts, c.Rules.ChiefPost)
	if !chief || p.signed(c.By.ID) || p.Need.conflict(c.By) {
		faults = append(faults, fault.New(fault.Forbidden, "REVIEW-CHIEF-01", "", "{officer} cannot decide this dispute",
			"the direct superior of {first} decides, unless he took part or has an interest in it", "officer", c.By.ID, "first", p.First))
	}
	faults = append(faults, reasoned(c.Reason)...)
	faults = append(faults, p.same(c)...)
	if len(faults) > 0 {
		return nil, faults
	}
	q := p.clone()
	q.State = next
	q.sign(c, verdict)
	return q, nil
}

// CheckDraws draws again with the key of the period, when it is public, and
// tells every draw that came out otherwise: REVIEW-DRAW-01. Draws of other
// periods are passed over.
func (p *Proposal) CheckDraws(key PeriodKey) error {
	var faults fault.List
	for _, d := range p.Drawings {
		if d.Period != key.Period {
			continue
		}
		n := len(d.Candidates)
		if n == 0 || !slices.IsSorted(d.Candidates) || d.Candidates[Draw(key, drawSubject(p.ID), d.Version, n)] != d.Drawn {
			faults = append(faults, fault.New(fault.Refused, "REVIEW-DRAW-01", "", "draw {version} of {proposal} did not fall on {drawn}",
				"report it to internal control: the draw was not the machine's", "version", d.Version, "proposal", p.ID, "drawn", d.Drawn))
		}
	}
	return faults.OrNil()
}

func drawSubject(id string) string { return "second:" + id }

// draw adds a drawing of the second officer.
func (p *Proposal) draw(c Call, reason string) error {
	earlier := map[string]bool{}
	if reason != "" {
		for _, d := range p.Drawings {
			earlier[d.Drawn] = true
		}
	}
	var ids []string
	for _, o := range c.Officers {
		if !earlier[o.ID] && p.maySecond(o, c) {
			ids = append(ids, o.ID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return fault.New(fault.Refused, "REVIEW-SECOND-01", "", "nobody on duty can be drawn as second officer",
			"call an officer of the posts {posts} in, or hand the matter to another office", "posts", strings.Join(p.Need.Posts, ", "))
	}
	version := uint64(len(p.Drawings) + 1)
	p.Drawings = append(p.Drawings, Drawing{
		Period: c.Key.Period, Version: version, Candidates: ids,
		Drawn: ids[Draw(c.Key, drawSubject(p.ID), version, len(ids))], Reason: reason, At: c.At,
	})
	return nil
}

// maySecond tells whether o can be drawn as the second officer of p.
func (p *Proposal) maySecond(o Officer, c Call) bool {
	switch {
	case o.ID == p.First || !p.Need.qualified(o) || p.Need.conflict(o):
		return false
	case slices.Contains(o.Superiors, p.First), slices.Contains(p.Superiors, o.ID):
		return false
	case c.Rules.ApartFromColleagues && len(o.Superiors) > 0 && len(p.Superiors) > 0 && o.Superiors[0] == p.Superiors[0]:
		return false
	}
	return true
}

// proposer tells what keeps c.By from proposing.
func (n Need) proposer(c Call) fault.List {
	faults := reasoned(c.Reason)
	if c.Payload == "" {
		faults = append(faults, fault.New(fault.Invalid, "REVIEW-PAYLOAD-02", "/payload", "there is no data to decide on",
			"give the hash of the data"))
	}
	if !n.qualified(c.By) {
		faults = append(faults, fault.New(fault.Forbidden, "REVIEW-FIRST-01", "", "{officer} has no post for this matter here, or is off duty",
			"an officer of the posts {posts} may propose", "officer", c.By.ID, "posts", strings.Join(n.Posts, ", ")))
	}
	if n.conflict(c.By) {
		faults = append(faults, fault.New(fault.Forbidden, "REVIEW-FIRST-02", "", "{officer} has an interest in a party of this matter",
			"leave it to another officer", "officer", c.By.ID))
	}
	return faults
}

func (n Need) qualified(o Officer) bool {
	return o.ID != "" && o.OnDuty && slices.ContainsFunc(n.Posts, func(p string) bool { return slices.Contains(o.Posts, p) }) &&
		(n.Area == "" || slices.Contains(o.Areas, n.Area))
}

func (n Need) conflict(o Officer) bool {
	return slices.ContainsFunc(n.Parties, func(p string) bool { return slices.Contains(o.Interests, p) })
}

func (p *Proposal) signed(officer string) bool {
	return slices.ContainsFunc(p.Signatures, func(s Signature) bool { return s.Officer == officer })
}

func (p *Proposal) sign(c Call, v Verdict) {
	p.Signatures = append(p.Signatures, Signature{
		Officer: c.By.ID, Verdict: v, Payload: c.Payload, Reason: c.Reason, Round: p.Round, At: c.At,
	})
}

// same tells whether the officer saw the data that was proposed.
func (p *Proposal) same(c Call) fault.List {
	if c.Payload == p.Payload {
		return nil
	}
	return fault.List{fault.New(fault.Conflict, "REVIEW-PAYLOAD-01", "/payload", "the data is not what was proposed",
		"read it again and decide on what stands there now")}
}

func reasoned(reason string) fault.List {
	if strings.TrimSpace(reason) != "" {
		return nil
	}
	return fault.List{fault.New(fault.Invalid, "REVIEW-REASON-01", "/reason", "a reason is missing", "say why, in a sentence")}
}

func notFirst(officer, first string) error {
	return fault.New(fault.Forbidden, "REVIEW-FIRST-03", "", "{officer} did not propose this",
		"{first} did", "officer", officer, "first", first)
}
