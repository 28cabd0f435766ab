package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clearance"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/party"
)

// inspectionForm is the result as the inspectors enter it.
type inspectionForm struct {
	Code        string
	Text, Found string
	Line        string
	SealsBefore string
	SealsAfter  string
	Present     string
	Signature   string // as the person signed on the screen: only its hash is kept
	Answers     map[int]string
	Key         string
	Faults      fault.List
}

type inspectionPage struct {
	Order *inspection.Order
	Form  inspectionForm
	Codes []inspection.ResultCode
	Off   string // why the result cannot be recorded by this person now
	Line  LifeLine
	Staff bool
}

// inspection answers GET /inspections/{id}.
func (s *Server) inspection(w http.ResponseWriter, r *http.Request) {
	s.showInspection(w, r, inspectionForm{})
}

// inspected answers POST /inspections/{id}: the result of the drawn inspectors.
func (s *Server) inspected(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	o, err := s.loadOrder(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.may(ctx, party.Inspect, orderObject(o))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	form := inspectionForm{
		Code: r.PostForm.Get("code"), Text: strings.TrimSpace(r.PostForm.Get("text")), Found: strings.TrimSpace(r.PostForm.Get("found")),
		Line: strings.TrimSpace(r.PostForm.Get("line")), SealsBefore: r.PostForm.Get("sealsBefore"), SealsAfter: r.PostForm.Get("sealsAfter"),
		Present: strings.TrimSpace(r.PostForm.Get("present")), Signature: strings.TrimSpace(r.PostForm.Get("signature")), Answers: map[int]string{},
	}
	for i := range o.Items {
		form.Answers[i] = strings.TrimSpace(r.PostForm.Get("answer" + strconv.Itoa(i)))
	}
	finding, faults := s.finding(form, o)
	if len(faults) == 0 {
		_, err = s.house().Clearance.Inspected(ctx, s.command(r, "inspection.record", who.Actor), who.Actor, o.ID, finding)
		if err == nil {
			sent(w, r, "/inspections/"+o.ID)
			return
		}
		if faults = fault.All(err); len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	form.Faults = faults
	s.showInspection(w, r, form)
}

// finding makes of the form what the story takes.
func (s *Server) finding(form inspectionForm, o *inspection.Order) (clearance.Finding, fault.List) {
	result := inspection.Result{Code: form.Code, SealsBefore: words(form.SealsBefore), SealsAfter: words(form.SealsAfter)}
	var faults fault.List
	if code, known := s.resultCode(form.Code); known && code.Found {
		line := 0
		if form.Line != "" {
			var err error
			if line, err = strconv.Atoi(form.Line); err != nil || line < 0 {
				faults = append(faults, fault.New(fault.Invalid, "CONSOLE-FORM-02", "/line", "this value cannot be read", "look at it again"))
			}
		}
		result.Findings = []inspection.Finding{{Line: line, Type: code.Type, Found: form.Found, Text: form.Text}}
	}
	for i := range o.Items {
		if text := form.Answers[i]; text != "" {
			result.Answers = append(result.Answers, inspection.Answer{Item: i, Text: text})
		}
	}
	if form.Present != "" {
		result.Present = &inspection.Present{Name: form.Present, At: s.now()}
		if form.Signature != "" {
			hash := sha256.Sum256([]byte(form.Signature))
			result.Present.Signature = hex.EncodeToString(hash[:])
		}
	}
	return clearance.Finding{Result: result, Begin: true}, faults
}

// inspections are the rules of inspection that the zone goes by.
func (s *Server) inspections() inspection.Editions {
	if ref := s.reference(); ref != nil {
		return ref.Inspection
	}
	return nil
}

func (s *Server) resultCode(code string) (inspection.ResultCode, bool) {
	rules, err := s.inspections().At(s.now().Date())
	if err != nil {
		return inspection.ResultCode{}, false
	}
	return rules.Result(code)
}

// words splits a field that takes several numbers.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == '、' || r == ' ' || r == '\n' || r == '\r' })
}

func (s *Server) loadOrder(ctx context.Context, id string) (*inspection.Order, error) {
	var o inspection.Order
	_, err := s.house().Read.Load(ctx, dossier.InspectionOrder, id, &o)
	return &o, absentIf(err, journal.Ref{Kind: "inspection_order", ID: id})
}

func (s *Server) showInspection(w http.ResponseWriter, r *http.Request, form inspectionForm) {
	ctx := r.Context()
	o, err := s.loadOrder(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, orderObject(o))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	form.Key = newKey()
	p := inspectionPage{Order: o, Form: form, Staff: who.Actor.Kind == journal.Officer}
	if rules, err := s.inspections().At(s.now().Date()); err == nil {
		p.Codes = rules.Results
	}
	p.Off = can(ctx, who, party.Inspect, orderObject(o))
	if p.Off == "" && !slices.Contains(o.Inspectors(), who.Actor.ID) {
		p.Off = T(ctx, "inspection.off.drawn", "officers", strings.Join(o.Inspectors(), ", "))
	}
	entries, err := s.entriesOf(ctx, journal.Ref{Kind: "inspection_order", ID: o.ID}, journal.Ref{Kind: "declaration", ID: o.Subject})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Line = lifeLine(ctx, entries, s.now())
	page := inspectionHead(ctx, o)
	page.Faults = form.Faults
	if p.Off == "" && o.Result == nil {
		page.Acts = []Act{{Text: T(ctx, "inspection.record"), Form: "result"}}
	}
	s.Render(w, r, page, inspectionBody(p))
}

func inspectionHead(ctx context.Context, o *inspection.Order) Page {
	p := Page{
		ID: numberOr(o.Number, o.ID), Title: T(ctx, "object.inspection"), Live: []string{"inspection"},
		Trail:  []Link{{T(ctx, "work.title"), "/work?view=inspect"}, {o.Target.Number, "/declarations/" + o.Subject}},
		Badges: []Badge{badge(ctx, inspectionWords, o.State)},
	}
	return p
}

// orderFacts are the few facts of an order.
func orderFacts(ctx context.Context, o *inspection.Order) []Fact {
	methods := make([]string, len(o.Methods))
	for i, m := range o.Methods {
		methods[i] = named(ctx, methodWords, m)
	}
	facts := []Fact{
		{T(ctx, "inspection.methods"), Text(strings.Join(methods, ", "))},
		{T(ctx, "column.place"), Text(o.Place)},
		{T(ctx, "column.due"), Text(o.DueOn.String())},
	}
	if ViewerOf(ctx).Enterprise == "" {
		facts = append(facts, Fact{T(ctx, "column.inspectors"), Text(strings.Join(o.Inspectors(), ", "))})
		for _, source := range o.VisibleSources() {
			facts = append(facts, Fact{T(ctx, "column.why"), Text(joinedWords(named(ctx, orderSources, source.Selection), source.Text))})
		}
	}
	for _, c := range o.Target.Containers {
		facts = append(facts, Fact{T(ctx, "column.container"), Identifier(string(c), "/life/container/"+string(c))})
	}
	return facts
}

var methodWords = map[inspection.Method]Key{
	inspection.Documents: "method.documents", inspection.Video: "method.video", inspection.MachineScan: "method.scan",
	inspection.ManualPartial: "method.partial", inspection.ManualFull: "method.full", inspection.Weigh: "action.weigh",
	inspection.Radiation: "method.radiation", inspection.Sampling: "action.sample",
}

var orderSources = map[inspection.Selection]Key{
	inspection.ByRule: "selected.rule", inspection.ByRandom: "selected.random", inspection.ByModel: "selected.model",
	inspection.ByIntelligence: "selected.intelligence", inspection.ByOfficer: "selected.officer",
}

// codeOptions are the possible results.
func (p inspectionPage) codeOptions(ctx context.Context) []Option {
	list := []Option{{"", ""}}
	for _, c := range p.Codes {
		list = append(list, Option{c.Code, c.Code + " " + inLanguage(ctx, c.Title, c.TitleZH)})
	}
	return list
}

// resultName is the meaning of a result code.
func (p inspectionPage) resultName(ctx context.Context, code string) string {
	for _, c := range p.Codes {
		if c.Code == code {
			return c.Code + " " + inLanguage(ctx, c.Title, c.TitleZH)
		}
	}
	return code
}

func galleryInspection(ctx context.Context) Specimen {
	o := sampleOrder()
	page := inspectionHead(ctx, o)
	page.Trail = []Link{{T(ctx, "work.title"), "/gallery/work"}}
	p := inspectionPage{Order: o, Staff: true, Line: lifeLine(ctx, sampleEntries(), sampleAt("2026-11-22T18:00")), Form: inspectionForm{
		Code: "F01", Faults: fault.List{fault.New(fault.Invalid, "CONSOLE-FORM-02", "/line", "this value cannot be read", "look at it again")}, Line: "two",
	}}
	if rules, err := inspection.BuiltIn().At(sampleAt("2026-11-22T18:00").Date()); err == nil {
		p.Codes = rules.Results
	}
	page.Faults = p.Form.Faults
	return Specimen{Name: "inspection", Title: "object.inspection", Page: page, Body: inspectionBody(p)}
}
