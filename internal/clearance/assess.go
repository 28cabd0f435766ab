package clearance

import (
	"encoding/json"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/jsonform"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/revenue"
	"seine/internal/risk"
	"seine/internal/tariff"
)

// Assessment is everything that was judged about one version of a declaration:
// the confirmation of the three documents, the working of the tax and the why
// card. Release rests on it, and an auditor can compute it again.
type Assessment struct {
	ID           string                    `json:"id"` // declaration id, "." and version
	Declaration  string                    `json:"declaration"`
	Version      int64                     `json:"version"` // of the declaration
	At           clock.Instant             `json:"at"`
	Confirmation *declaration.Confirmation `json:"confirmation,omitempty"`
	Working      json.RawMessage           `json:"working"`
	Figures      []TaxFigure               `json:"figures"`
	Value        num.Money                 `json:"value"`
	Total        num.Money                 `json:"total"`
	Highest      num.Money                 `json:"highest"` // tax if everything became due today: what a hold is measured by
	SelfDiffers  bool                      `json:"selfDiffers,omitempty"`
	SelfShort    bool                      `json:"selfShort,omitempty"`
	Self         *revenue.SelfComparison   `json:"self,omitempty"` // the enterprise's own figures beside ours
	Levy         *Levy                     `json:"levy,omitempty"` // both ways of a domestic sale; the working is that of the one chosen
	Facts        *risk.Facts               `json:"facts"`
	Verdict      risk.Verdict              `json:"verdict"`
	FollowUp     bool                      `json:"followUp,omitempty"` // passed, to be checked afterwards
}

// MarshalJSON writes every member of Assessment.
func (a *Assessment) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil) }

// AppendJSON appends what MarshalJSON writes. Every lodging leaves an assessment,
// the largest of its documents, so it is written by hand.
func (a *Assessment) AppendJSON(b []byte) ([]byte, error) {
	w := jsonform.Writer{B: slices.Grow(b, 8<<10)}
	w.Open('{')
	w.Member("id", a.ID)
	w.Member("declaration", a.Declaration)
	w.Number("version", a.Version)
	jsonform.Plain(&w, "at", a.At)
	if a.Confirmation != nil {
		w.Name("confirmation")
		if err := w.Value(a.Confirmation); err != nil {
			return nil, err
		}
	}
	w.Name("working")
	w.Raw(a.Working)
	w.Name("figures")
	if a.Figures == nil {
		w.Raw(nil)
	} else {
		appendFigures(&w, a.Figures)
	}
	jsonform.Plain(&w, "value", a.Value)
	jsonform.Plain(&w, "total", a.Total)
	jsonform.Plain(&w, "highest", a.Highest)
	for _, f := range [...]struct {
		name string
		set  bool
	}{{"selfDiffers", a.SelfDiffers}, {"selfShort", a.SelfShort}} {
		if f.set {
			w.Name(f.name)
			w.Bool(true)
		}
	}
	if a.Self != nil {
		w.Name("self")
		if err := w.Value(a.Self); err != nil {
			return nil, err
		}
	}
	if err := w.Rest("levy", a.Levy != nil, a.Levy); err != nil {
		return nil, err
	}
	w.Name("facts")
	if a.Facts == nil {
		w.Raw(nil)
	} else if err := w.Append(a.Facts); err != nil {
		return nil, err
	}
	w.Name("verdict")
	if err := w.Append(&a.Verdict); err != nil {
		return nil, err
	}
	if a.FollowUp {
		w.Name("followUp")
		w.Bool(true)
	}
	w.Close('}')
	return w.B, nil
}

func appendFigures(w *jsonform.Writer, figures []TaxFigure) {
	w.Open('[')
	for _, f := range figures {
		w.Open('{')
		w.Member("tax", f.Tax)
		jsonform.Plain(w, "amount", f.Amount)
		w.Close('}')
	}
	w.Close(']')
}

// classified notes on the working where a line is declared under another code than
// customs decided on beforehand (DR §4.3c): the officer and the enterprise read it.
func classified(ref *Reference, d *declaration.Declaration, on clock.Date, w *duty.Working) {
	if ref.Classified == nil {
		return
	}
	for i := range d.Lines {
		l := &d.Lines[i]
		decided, ok := ref.Classified.Decided(payer(d), l.Model, l.Name, on)
		if ok && !decided.Agrees(tariff.Code(l.Commodity)) {
			w.Notes = append(w.Notes, duty.Note{Line: i, Code: "classification_conflict", Text: "Declared under " + string(l.Commodity) + "; decision " + decided.Number + " puts these goods under " + string(decided.Code) + ".", Values: []duty.NoteValue{
				{Name: "declared", Value: string(l.Commodity)}, {Name: "decision", Value: decided.Number}, {Name: "decided", Value: string(decided.Code)},
			}})
		}
	}
}

// assessmentID names the assessment of a version.
func assessmentID(declaration string, version int64) string {
	return declaration + "." + string(appendVersion(nil, version))
}

func appendVersion(b []byte, v int64) []byte {
	if v >= 10 {
		b = appendVersion(b, v/10)
	}
	return append(b, byte('0'+v%10))
}

// judged is an assessment with the parts that the story goes on with.
type judged struct {
	Assessment
	working *duty.Working
	Lines   []revenue.Line  // of the tax bill
	Shares  []revenue.Share // of the tax bill
	relied  []decision.Reliance
	bill    *BillOfLading // drawn on, nil where there is none
	current int           // manifest version now
}

// assess confirms, taxes and judges a declaration as it stands, after so many
// amendments.
func (d *Desk) assess(v decision.View, ref *Reference, doc *declaration.Declaration, version, amendments int64, t terms, s Standing) (*judged, error) {
	at := v.Now()
	j := &judged{Assessment: Assessment{ID: assessmentID(doc.ID, version), Declaration: doc.ID, Version: version, At: at}}
	if t.confirm {
		if err := j.confirm(v, ref, doc); err != nil {
			return nil, err
		}
	}
	on := at.Date()
	if doc.DeclaredOn != 0 {
		on = doc.DeclaredOn
	}
	c, err := consignment(doc, on, t.declared)
	if err != nil {
		return nil, err
	}
	if doc.Levy != nil {
		j.working, j.Levy, err = levied(v, ref, doc, &c, on, t)
	} else {
		j.working, err = duty.Assess(&c, &ref.Duty)
	}
	if err != nil {
		return nil, err
	}
	classified(ref, doc, on, j.working)
	j.Value, j.Highest = j.working.Value, j.working.Total
	if t.levied {
		j.Total, j.Figures = j.working.Total, figures(j.working)
	}
	if j.Working, err = j.working.AppendJSON(nil); err != nil {
		return nil, err
	}
	if j.Self, err = selfDeclared(doc, j.working, ref.Revenue.At(on)); err != nil {
		return nil, err
	}
	if j.Self != nil {
		j.SelfDiffers, j.SelfShort = j.Self.Band != revenue.Agrees, j.Self.Band == revenue.Manual
	}
	j.Lines, j.Shares = lines(j.Figures, j.Self), shares(doc, j.working)
	j.Verdict, j.Facts, err = judge(ref, doc, version, at, s, j.working, j.Confirmation, j.SelfShort, amendments)
	if err != nil {
		return nil, err
	}
	j.FollowUp = j.Verdict.Channel == risk.Yellow || j.SelfDiffers
	return j, nil
}

// confirm finds the bill of lading and the manifest it stands on and compares.
// A bill that is not there yet is “missing”: the declaration waits for it.
func (j *judged) confirm(v decision.View, ref *Reference, doc *declaration.Declaration) error {
	tolerances, err := ref.Declaration.TolerancesAt(v.Now().Date())
	if err != nil {
		return err
	}
	var papers declaration.Papers
	ids, err := v.Find(dossier.BillOfLading, "journey_number", billKey(doc.Transport.Voyage, doc.BillOfLading), 1)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		// Perhaps the journey is what differs: then the confirmation shall say so.
		if ids, err = v.Find(dossier.BillOfLading, "number", manifest.NormalNumber(doc.BillOfLading), 1); err != nil {
			return err
		}
	}
	if len(ids) == 1 {
		bill, billVersion, err := decision.Load[BillOfLading](v, dossier.BillOfLading, ids[0])
		if err != nil {
			return err
		}
		carried, carriedVersion, err := decision.Load[Manifest](v, dossier.Manifest, bill.Manifest)
		if err != nil {
			return err
		}
		j.bill, j.current = &bill, carried.Version
		j.relied = append(j.relied,
			decision.Reliance{Kind: dossier.BillOfLading, ID: bill.ID, Version: billVersion},
			decision.Reliance{Kind: dossier.Manifest, ID: carried.ID, Version: carriedVersion})
		content := carried.Content
		content.Version = carried.Version
		listed := bill.Content
		content.Consignments = []manifest.BillOfLading{listed}
		papers.Manifest, papers.Listed, papers.LadingClosed = &content, &content.Consignments[0], bill.Closed
		if t := bill.Tally; t != nil {
			papers.Tally = &declaration.Count{Packages: t.Packages, GrossMass: t.GrossMass, Containers: t.Containers}
		}
		if papers.Others, err = others(v, doc); err != nil {
			return err
		}
	}
	result := declaration.Confirm(papers, doc, tolerances)
	j.Confirmation = &result
	return nil
}

// others are the other declarations on the same bill of lading. The list may
// lag a moment; that no more is drawn than the bill holds is the ledger's work.
func others(v decision.View, doc *declaration.Declaration) ([]*declaration.Declaration, error) {
	ids, err := v.Find(dossier.Declaration, "bill", doc.BillOfLading, 200)
	if err != nil {
		return nil, err
	}
	var list []*declaration.Declaration
	for _, id := range ids {
		if id == doc.ID {
			continue
		}
		other, _, err := decision.Load[declaration.Declaration](v, dossier.Declaration, id)
		if err != nil {
			return nil, err
		}
		if other.State != declaration.Deleted && other.State != declaration.Returned && other.State != declaration.Draft &&
			manifest.NormalNumber(other.Transport.Voyage) == manifest.NormalNumber(doc.Transport.Voyage) {
			list = append(list, &other)
		}
	}
	return list, nil
}

// billKey finds a bill of lading by journey and number.
func billKey(journey, number string) string {
	return manifest.NormalNumber(journey) + "|" + manifest.NormalNumber(number)
}

// waits tells whether the confirmation keeps the declaration from going on, and
// why.
func (j *judged) waits() *fault.Fault {
	if j.Confirmation == nil {
		return nil
	}
	switch j.Confirmation.Result {
	case declaration.Confirmed, declaration.Signal:
		return nil
	case declaration.Missing:
		return fault.New(fault.Refused, "CLR-CONFIRM-01", "/billOfLading", "no manifest with bill of lading {number} has come yet",
			"nothing: it is matched by itself when the manifest arrives", "number", j.Confirmation.BillOfLading)
	case declaration.NoMatch, declaration.Conflict:
	}
	first := declaration.Row{}
	if differ := j.Confirmation.Differences(); len(differ) > 0 {
		first = differ[0]
	}
	if first.Tally {
		return fault.New(fault.Refused, "CLR-CONFIRM-03", first.Path, "the tally counted {right} where bill of lading {number} lists {left}",
			"the carrier asks for an amendment of the manifest; it is matched again by itself", "right", first.Right, "number", j.Confirmation.BillOfLading, "left", first.Left)
	}
	return fault.New(fault.Refused, "CLR-CONFIRM-02", first.Path, "the three documents differ: “{left}” against “{right}”",
		"the {party} puts it right; it is matched again by itself", "left", first.Left, "right", first.Right, "party", first.Act)
}
