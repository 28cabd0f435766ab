package inspection

import (
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Finding is one difference between what was declared and what is there.
type Finding struct {
	Line     int    `json:"line,omitempty"` // goods line, 0 the whole
	Type     string `json:"type"`           // of the result codes
	Declared string `json:"declared,omitempty"`
	Found    string `json:"found,omitempty"`
	Text     string `json:"text,omitempty"`
}

// Answer is what was seen of a required item, in the order of the items.
type Answer struct {
	Item int    `json:"item"` // index into the order's items
	Text string `json:"text"`
}

// Picture is a photo, scan or recording that is kept in the archive.
type Picture struct {
	SHA256 string `json:"sha256"` // of the file, hexadecimal
	Name   string `json:"name"`
}

// Present is who was there for the party, and the signature.
type Present struct {
	Name      string        `json:"name"`
	Paper     string        `json:"paper,omitempty"` // identity paper as shown
	Signature string        `json:"signature"`       // hash of the signature as given
	At        clock.Instant `json:"at"`
}

// Result is what the inspectors record.
type Result struct {
	Code        string        `json:"code"`
	Found       bool          `json:"found"` // filled from the code
	Findings    []Finding     `json:"findings,omitempty"`
	Answers     []Answer      `json:"answers,omitempty"`
	SealsBefore []string      `json:"sealsBefore,omitempty"`
	SealsAfter  []string      `json:"sealsAfter,omitempty"`
	Pictures    []Picture     `json:"pictures,omitempty"`
	Present     *Present      `json:"present,omitempty"`
	SignedBy    []string      `json:"signedBy"` // both inspectors
	At          clock.Instant `json:"at"`
}

// Record gives the order with its result: normal or abnormal. Faults, all of
// them: INSPECTION-RESULT-01 (unknown code), INSPECTION-RESULT-02 (code and
// findings contradict each other), INSPECTION-RESULT-03 (a drawn inspector has
// not signed, or somebody else has), INSPECTION-RESULT-04 (nobody signed for the
// party, unless the goods were opened alone), INSPECTION-RESULT-05 (a required
// item is not answered), INSPECTION-RESULT-06 (unknown kind of finding), INSPECTION-SEAL-01 (goods that came sealed were opened
// and carry no new seal), INSPECTION-LIFECYCLE-01, INSPECTION-RULES-01.
func (o *Order) Record(by Editions, r Result) (*Order, error) {
	rules, err := by.At(o.IssuedAt.Date())
	if err != nil {
		return nil, err
	}
	code, known := rules.Result(r.Code)
	event := WasNormal
	if code.Found {
		event = WasAbnormal
	}
	n, err := o.move(event)
	if err != nil {
		return nil, err
	}
	var faults fault.List
	add := func(f *fault.Fault) { faults = append(faults, f) }
	if !known {
		add(fault.New(fault.Invalid, "INSPECTION-RESULT-01", "/code", "“{code}” is no result code", "use a code of the list", "code", r.Code))
	}
	if known && code.Found != (len(r.Findings) > 0) {
		add(fault.New(fault.Invalid, "INSPECTION-RESULT-02", "/findings", "the result {code} and {count} findings contradict each other",
			"an abnormal result has at least one finding, a normal one has none", "code", r.Code, "count", len(r.Findings)))
	}
	for i, f := range r.Findings {
		if !rules.finds(f.Type) {
			add(fault.New(fault.Invalid, "INSPECTION-RESULT-06", "/findings/"+strconv.Itoa(i)+"/type", "“{type}” is no kind of finding",
				"use a kind that the result codes name", "type", f.Type))
		}
	}
	drawn := o.Inspectors()
	for _, one := range drawn {
		if !slices.Contains(r.SignedBy, one) {
			add(notSigned(one))
		}
	}
	for _, one := range r.SignedBy {
		if !slices.Contains(drawn, one) {
			add(notSigned(one))
		}
	}
	if o.Alone == nil && (r.Present == nil || r.Present.Name == "" || r.Present.Signature == "") {
		add(fault.New(fault.Invalid, "INSPECTION-RESULT-04", "/present", "nobody signed for the party",
			"let the person who was present sign, or record why the goods were opened without the party"))
	}
	for i := range o.Items {
		if !slices.ContainsFunc(r.Answers, func(a Answer) bool { return a.Item == i && a.Text != "" }) {
			add(fault.New(fault.Invalid, "INSPECTION-RESULT-05", "/answers", "required item {number} is not answered: {what}",
				"write what was seen", "number", strconv.Itoa(i+1), "what", o.Items[i].What))
		}
	}
	if o.opens(rules) && len(r.SealsBefore) > 0 && len(r.SealsAfter) == 0 {
		add(fault.New(fault.Invalid, "INSPECTION-SEAL-01", "/sealsAfter", "the goods came sealed, were opened and carry no new seal",
			"put on a seal and record its number"))
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	r.Found = code.Found
	n.Result = &r
	return n, nil
}

func notSigned(who string) *fault.Fault {
	return fault.New(fault.Invalid, "INSPECTION-RESULT-03", "/signedBy", "the result is to be signed by the drawn inspectors, all of them and nobody else: {who}",
		"let the drawn inspectors sign", "who", who)
}

func (o *Order) opens(rules *Rules) bool {
	return slices.ContainsFunc(o.Methods, func(m Method) bool {
		r, _ := rules.Method(m)
		return r.Opens
	})
}

// Disposal is what is done about an abnormal result, decided by two officers.
type Disposal struct {
	Measure   string        `json:"measure"` // "amend", "levy", "return", "detain", "case", "release"
	Proposal  string        `json:"proposal"`
	Text      string        `json:"text,omitempty"`
	TaxEffect num.Money     `json:"taxEffect"` // tax to be collected after all, CNY
	At        clock.Instant `json:"at"`
}

// Measures are the ways to dispose of an abnormal result.
var Measures = [...]string{"amend", "levy", "return", "detain", "case", "release"}

// Dispose gives the order with the decision on its abnormal result. Faults:
// INSPECTION-LIFECYCLE-01, INSPECTION-DISPOSE-01 (unknown measure),
// INSPECTION-DISPOSE-02 (no confirmed proposal of two officers is named).
func (o *Order) Dispose(d Disposal) (*Order, error) {
	n, err := o.move(WasDisposed)
	if err != nil {
		return nil, err
	}
	var faults fault.List
	if !slices.Contains(Measures[:], d.Measure) {
		faults = append(faults, fault.New(fault.Invalid, "INSPECTION-DISPOSE-01", "/measure", "“{measure}” is no measure",
			"use amend, levy, return, detain, case or release", "measure", d.Measure))
	}
	if d.Proposal == "" {
		faults = append(faults, fault.New(fault.Refused, "INSPECTION-DISPOSE-02", "/proposal",
			"an abnormal result is disposed of by two officers", "name the proposal that the second officer confirmed"))
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	n.Disposal = &d
	return n, nil
}

// Outcome is the answer of a check.
type Outcome string

// The outcomes.
const (
	OutcomeNormal Outcome = "normal"
	OutcomeFound  Outcome = "found"
)

// Label is what a check gives back to risk: of which subject, how it was
// selected, what came of it and how much tax that means.
type Label struct {
	ID        string        `json:"id"`
	Subject   string        `json:"subject"`
	How       []Selection   `json:"how"` // all that selected it
	Outcome   Outcome       `json:"outcome"`
	Types     []string      `json:"types,omitempty"` // kinds of the findings
	TaxEffect num.Money     `json:"taxEffect"`       // CNY
	Order     string        `json:"order,omitempty"` // "" when it came from outside
	At        clock.Instant `json:"at"`
}

// Random tells whether the draw selected the subject, whatever else did: only
// such labels are an unbiased sample.
func (l Label) Random() bool { return slices.Contains(l.How, ByRandom) }

// Validate gives all faults: INSPECTION-LABEL-01 without subject or with an
// unknown outcome, INSPECTION-SOURCE-01, INSPECTION-LABEL-02 when a normal
// outcome names findings or tax.
func (l Label) Validate() error {
	var faults fault.List
	if l.Subject == "" || (l.Outcome != OutcomeNormal && l.Outcome != OutcomeFound) {
		faults = append(faults, fault.New(fault.Invalid, "INSPECTION-LABEL-01", "/outcome", "the label has no subject or no outcome",
			"name the document and say normal or found"))
	}
	if len(l.How) == 0 {
		faults = append(faults, badSource("/how", ""))
	}
	for i, s := range l.How {
		if !slices.Contains(selections[:], s) {
			faults = append(faults, badSource("/how/"+strconv.Itoa(i), string(s)))
		}
	}
	if l.Outcome == OutcomeNormal && (len(l.Types) > 0 || l.TaxEffect != 0) {
		faults = append(faults, fault.New(fault.Invalid, "INSPECTION-LABEL-02", "/types", "a normal outcome has no findings and no tax effect",
			"say found, or leave them out"))
	}
	return faults.OrNil()
}

// FeedBack closes the order and gives the label for risk. Fault:
// INSPECTION-LIFECYCLE-01.
func (o *Order) FeedBack(id string, at clock.Instant) (*Order, Label, error) {
	n, err := o.move(WasFedBack)
	if err != nil {
		return nil, Label{}, err
	}
	l := Label{ID: id, Subject: o.Subject, Outcome: OutcomeNormal, Order: o.ID, At: at}
	for _, s := range o.Sources {
		if !slices.Contains(l.How, s.Selection) {
			l.How = append(l.How, s.Selection)
		}
	}
	if o.Result != nil && o.Result.Found {
		l.Outcome = OutcomeFound
		for _, f := range o.Result.Findings {
			if !slices.Contains(l.Types, f.Type) {
				l.Types = append(l.Types, f.Type)
			}
		}
		slices.Sort(l.Types)
		if o.Disposal != nil {
			l.TaxEffect = o.Disposal.TaxEffect
		}
	}
	n.Label = &l
	return n, l, nil
}
