package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/control"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/store"
)

func passageObject(p *control.Passage) party.Object {
	return party.Object{Kind: "passage", ID: p.ID, Area: p.Readings.Area}
}

// laneCell is one of the four cells of a lane: what should stand there, what was
// read, and whether they agree.
type laneCell struct {
	Title          Key
	Expected, Read string
	Tone           Tone
	Word           string
}

// device is one device of a lane as the last vehicle shows it.
type device struct {
	Name Key
	Read bool
}

type lanePage struct {
	Lane    string
	Passage *control.Passage // nil: no vehicle yet
	Cells   [4]laneCell
	Others  []gate.Row // comparisons beside the four
	Weight  weightBar
	Devices []device
	Log     Table
	Acts    []Act
	Reasons []Option
	Key     string
	Form    laneForm
	Mine    bool   // an override waits for this officer's word
	Off     string // why the acts are off
	Lanes   []View
}

type laneForm struct {
	Open                bool
	Reason, Text, Video string
	Faults              fault.List
}

// weightBar is the tolerance bar: the scale against what the papers say.
type weightBar struct {
	Known            bool
	Expected, Scale  num.Quantity
	At, From, To     int // of 1,000: needle and tolerance
	Percent, Allowed string
}

// lanes answers GET /lanes: every lane with what stood there last.
func (s *Server) lanes(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	list, err := s.lastPassages(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := Table{
		ID: "lanes", Caption: T(ctx, "lanes.title"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "lanes.empty"), Text: T(ctx, "state.empty.text")},
		Columns: []Column{
			{Title: T(ctx, "lane.name")},
			{Title: T(ctx, "lane.gate")},
			{Title: T(ctx, "form.direction")},
			{Title: T(ctx, "check.plate")},
			{Title: T(ctx, "lane.verdict")},
			{Title: T(ctx, "journal.at")},
		},
	}
	for _, p := range list {
		t.Rows = append(t.Rows, Row{Href: "/lanes/" + p.Readings.Lane, Cells: []templ.Component{
			Code(p.Readings.Lane), Code(p.Readings.Gate), Text(laneDirection(ctx, p.Readings.Direction)), Code(plateOf(&p.Readings)),
			BadgeView(badge(ctx, laneWords, p.Verdict.Outcome)), WhenExactly(p.Readings.At),
		}})
	}
	s.Render(w, r, Page{Title: T(ctx, "lanes.title"), Live: []string{"gate", "passage"}}, lanesBody(t))
}

func laneDirection(ctx context.Context, d gate.Direction) string {
	if d == gate.Out {
		return T(ctx, "list.out")
	}
	return T(ctx, "list.in")
}

func plateOf(r *gate.Readings) string { return cmp.Or(r.CameraPlate, r.EPlatePlate) }

// lastPassages gives the last passage of each lane the person may see, by lane.
func (s *Server) lastPassages(ctx context.Context) ([]*control.Passage, error) {
	who, err := s.who(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.house().Read.List(ctx, dossier.Passage, store.Query{Limit: 400})
	if err != nil {
		return nil, err
	}
	var list []*control.Passage
	for _, item := range page.Items {
		p, err := read[control.Passage](item)
		if err != nil {
			return nil, err
		}
		known := slices.ContainsFunc(list, func(x *control.Passage) bool { return x.Readings.Lane == p.Readings.Lane })
		if !known && party.May(who, party.View, passageObject(p)) == nil {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *control.Passage) int { return strings.Compare(a.Readings.Lane, b.Readings.Lane) })
	return list, nil
}

// lane answers GET /lanes/{lane}: the vehicle that stands there now.
func (s *Server) lane(w http.ResponseWriter, r *http.Request) { s.showLane(w, r, laneForm{}) }

// laneAct answers POST /lanes/{lane}: lift or leave closed, hold with a reason,
// let through against the verdict, or the second officer's word on that.
func (s *Server) laneAct(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	id := r.PostForm.Get("passage")
	var p control.Passage
	if _, err := s.house().Read.Load(ctx, dossier.Passage, id, &p); err != nil {
		s.Fail(w, r, absentPassage(err, id))
		return
	}
	who, err := s.may(ctx, party.Operate, passageObject(&p))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	desk, act := s.house().Lane, r.PostForm.Get("act")
	form := laneForm{Reason: r.PostForm.Get("reason"), Text: strings.TrimSpace(r.PostForm.Get("text")), Video: strings.TrimSpace(r.PostForm.Get("video"))}
	c := s.command(r, "lane."+act, who.Actor)
	switch act {
	case "lift":
		_, err = desk.Barrier(ctx, c, who.Actor, id, gate.LiftedByHand)
	case "keep":
		_, err = desk.Barrier(ctx, c, who.Actor, id, gate.NotLifted)
	case "hold", "pass":
		o := control.Overriding{Reason: form.Reason, Text: form.Text, Video: form.Video, Outcome: gate.Hold}
		if act == "pass" {
			o.Outcome = gate.Pass
		}
		if len(p.Notes) > 0 {
			o.Note = p.Notes[0]
		}
		_, err = desk.Override(ctx, c, who.Actor, id, o)
	case "agree", "disagree":
		_, err = desk.ConfirmOverride(ctx, c, who.Actor, id, act == "agree")
	default:
		err = fault.New(fault.Invalid, "CONSOLE-ACT-02", "/act", "“{act}” is no act at a lane", "use a button of the page", "act", act)
	}
	if err != nil {
		if form.Faults = fault.All(err); len(form.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
		form.Open = true
		s.showLane(w, r, form)
		return
	}
	sent(w, r, "/lanes/"+r.PathValue("lane"))
}

func absentPassage(err error, id string) error {
	if fault.Is(err, "STORE-ABSENT-01") {
		return party.Absent("passage", id)
	}
	return err
}

// laneRows is how many passages the log of a lane shows.
const laneRows = 30

func (s *Server) showLane(w http.ResponseWriter, r *http.Request, form laneForm) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := lanePage{Lane: r.PathValue("lane"), Key: newKey(), Form: form}
	found, err := s.house().Read.List(ctx, dossier.Passage, store.Query{Where: map[string][]string{"lane": {p.Lane}}, Before: r.URL.Query().Get("after"), Limit: laneRows})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var passages []*control.Passage
	for _, item := range found.Items {
		one, err := read[control.Passage](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, passageObject(one)) == nil {
			passages = append(passages, one)
		}
	}
	if len(passages) > 0 {
		p.Passage = passages[0]
		p.lay(ctx)
		p.acts(ctx, s, who)
	}
	p.Log = laneLog(ctx, passages)
	p.Log.Pager = keyed(ctx, "/lanes/"+p.Lane, r.URL.Query(), found.Next, len(passages))
	if tol, err := s.reference().Gate.At(s.now().Date()); err == nil {
		for _, reason := range tol.OverrideReasons {
			p.Reasons = append(p.Reasons, Option{reason, named(ctx, reasonWords, reason)})
		}
	}
	s.Render(w, r, p.head(ctx), laneBody(p))
}

func (p *lanePage) head(ctx context.Context) Page {
	page := Page{
		ID: p.Lane, Title: T(ctx, "lane.title"), Live: []string{"gate", "passage"}, Trail: []Link{{T(ctx, "lanes.title"), "/lanes"}}, Faults: p.Form.Faults,
	}
	if p.Passage != nil {
		page.Badges = []Badge{{Info, laneDirection(ctx, p.Passage.Readings.Direction)}}
	}
	return page
}

var reasonWords = map[string]Key{
	"device_fault": "reason.device", "dirty_plate": "reason.plate", "scale_disturbed": "reason.scale", "document_seen": "reason.document",
	"emergency": "reason.emergency", "other": "reason.other",
}

var barrierWords = map[gate.Barrier]wording{
	gate.LiftedAutomatically: {OK, "barrier.automatic"}, gate.LiftedByHand: {OK, "barrier.hand"},
	gate.NotLifted: {Bad, "barrier.closed"}, gate.DrivenThrough: {Alarm, "barrier.through"},
}

// lay puts what was compared into the four cells and the bar.
func (p *lanePage) lay(ctx context.Context) {
	at := map[gate.Check]int{gate.CheckPlate: 0, gate.CheckContainer: 1, gate.CheckWeight: 2, gate.CheckLock: 3}
	for i, title := range [4]Key{"check.plate", "check.container", "check.weight", "check.lock"} {
		p.Cells[i] = laneCell{Title: title, Tone: Pending, Word: T(ctx, "row.notcompared")}
	}
	read := &p.Passage.Readings
	p.Cells[0].Read, p.Cells[1].Read = plateOf(read), joinedWords(read.Front, read.Rear)
	for _, row := range p.Passage.Verdict.Rows {
		i, known := at[row.Check]
		if !known {
			if row.Outcome != gate.Pass {
				p.Others = append(p.Others, row)
			}
			continue
		}
		cell := &p.Cells[i]
		if cell.Tone == Bad || cell.Tone == Warn {
			continue // one that differs is what the officer has to see
		}
		cell.Expected, cell.Read = row.Expected, cmp.Or(row.Read, cell.Read)
		cell.Tone, cell.Word = Agreed, T(ctx, "row.pass")
		if row.Outcome != gate.Pass {
			cell.Tone, cell.Word = laneWords[row.Outcome].Tone, named(ctx, ledWords, row.Reason)
		}
	}
	p.Cells[1].Read, p.Cells[1].Expected = Container(p.Cells[1].Read), Container(p.Cells[1].Expected)
	p.Cells[2].Read = cmp.Or(groupedMass(read), p.Cells[2].Read)
	v := &p.Passage.Verdict
	if read.Weighed && v.Expected > 0 {
		p.Weight = weigh(v.Expected, read.Scale, p.Passage.Verdict.Rows)
	}
	p.Devices = []device{
		{"device.camera", read.CameraPlate != ""},
		{"device.rfid", read.EPlate != ""},
		{"device.ocr", read.Front != "" || read.Rear != ""},
		{"device.scale", read.Weighed},
		{"device.seal", read.Seal != nil},
		{"device.centre", !read.Offline},
	}
}

// groupedMass is the scale as people read it, "" when nothing was weighed.
func groupedMass(r *gate.Readings) string {
	if !r.Weighed {
		return ""
	}
	return Measure(r.Scale, "kg")
}

// weigh lays the scale on a bar that is ten times the tolerance wide; what is
// farther away stands at its end.
func weigh(expected, scale num.Quantity, rows []gate.Row) weightBar {
	b := weightBar{Known: true, Expected: expected, Scale: scale}
	tenth := max(int64(expected)/1000, 1) // a tenth of a per cent
	off := int64(scale-expected) / tenth
	b.At = int(min(max(500+off*4, 6), 994))
	b.From, b.To = 380, 620 // ± 3 %
	sign := ""
	if off > 0 {
		sign = "+"
	}
	b.Percent = sign + strconv.FormatFloat(float64(off)/10, 'f', 1, 64)
	for _, row := range rows {
		if row.Check == gate.CheckWeight {
			b.Allowed = row.Tolerance
		}
	}
	return b
}

// acts are the three buttons: obey the verdict, hold, call the chief.
func (p *lanePage) acts(ctx context.Context, s *Server, who party.Who) {
	if s.house().Lane == nil {
		return
	}
	off := can(ctx, who, party.Operate, passageObject(p.Passage))
	if off == "" && p.Passage.Barrier != "" {
		off = T(ctx, "lane.off.done", "moved", badge(ctx, barrierWords, p.Passage.Barrier).Text)
	}
	p.Off = off
	passes := p.Passage.Verdict.Outcome == gate.Pass
	first := Act{Text: T(ctx, "lane.keep"), Form: "lane", Name: "act", Value: "keep", Key: "Enter", Off: off}
	if passes {
		first.Text, first.Value = T(ctx, "lane.lift"), "lift"
	}
	p.Acts = []Act{
		first,
		{Text: T(ctx, "lane.holdit"), Href: "#hold", Key: "F4", Danger: true, Off: off},
		{Text: T(ctx, "lane.callchief"), Href: "#chief", Key: "F6", Off: off},
	}
	if asked := p.Passage.Asked; asked != nil && asked.By != who.Actor.ID {
		p.Mine = true
	}
}

func laneLog(ctx context.Context, passages []*control.Passage) Table {
	t := Table{
		ID: "log", Caption: T(ctx, "lane.log"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "lanes.empty")},
		Columns: []Column{
			{Title: T(ctx, "journal.at")},
			{Title: T(ctx, "check.plate")},
			{Title: T(ctx, "check.container")},
			{Title: T(ctx, "check.note")},
			{Title: T(ctx, "check.weight"), Unit: "kg", Number: true},
			{Title: T(ctx, "lane.verdict")},
			{Title: T(ctx, "lane.barrier")},
		},
	}
	for _, p := range passages {
		barrier := templ.Component(BadgeView(Badge{Pending, T(ctx, "barrier.waits")}))
		if p.Barrier != "" {
			barrier = BadgeView(badge(ctx, barrierWords, p.Barrier))
		}
		t.Rows = append(t.Rows, Row{Href: "/life/passage/" + p.ID, Cells: []templ.Component{
			WhenExactly(p.Readings.At), Code(plateOf(&p.Readings)), Code(Container(cmp.Or(p.Readings.Front, p.Readings.Rear))), Code(shortNumber(strings.Join(p.Notes, " "))),
			Number(Measure(p.Readings.Scale, "")), BadgeView(badge(ctx, laneWords, p.Verdict.Outcome)), barrier,
		}})
	}
	return t
}

func galleryLane(ctx context.Context) Specimen {
	one := &control.Passage{Passage: gate.Passage{
		ID: "gallery", Notes: []string{"2218W2611230000000000017"}, Readings: gate.Readings{
			Area: "waigaoqiao", Gate: "WGQ-3", Lane: "WGQ-3-2", Direction: gate.Out, At: sampleAt("2026-11-23T09:41"), CameraPlate: "沪A·C9003", EPlate: "E1",
			Front: "MSCU1234566", Weighed: true, Scale: 33_310 * num.OneQuantity, Seal: &gate.SealReading{ID: "ES0009377", Sealed: true},
		},
		Verdict: gate.Verdict{
			Outcome: gate.Hold, LED: gate.LEDWeight, Expected: 32_040 * num.OneQuantity, Rows: []gate.Row{
				{Check: gate.CheckNote, Outcome: gate.Pass},
				{Check: gate.CheckPlate, Expected: "沪A·C9003", Read: "沪A·C9003", Outcome: gate.Pass},
				{Check: gate.CheckContainer, Expected: "MSCU1234566", Read: "MSCU1234566", Outcome: gate.Pass},
				{Check: gate.CheckWeight, Expected: "32040 kg", Read: "33310 kg", Outcome: gate.Hold, Tolerance: "± 3 %", Reason: gate.LEDWeight},
				{Check: gate.CheckLock, Expected: "ES0009377", Read: "ES0009377", Outcome: gate.Pass},
			},
		},
	}}
	p := lanePage{Lane: "WGQ-3-2", Passage: one, Reasons: []Option{{"scale_disturbed", T(ctx, "reason.scale")}}}
	p.lay(ctx)
	p.Acts = []Act{
		{Text: T(ctx, "lane.keep"), Form: "lane", Name: "act", Value: "keep", Key: "Enter"},
		{Text: T(ctx, "lane.holdit"), Href: "#hold", Key: "F4", Danger: true},
		{Text: T(ctx, "lane.callchief"), Href: "#chief", Key: "F6"},
	}
	p.Log = laneLog(ctx, []*control.Passage{one})
	p.Log.Pager = Pager{NeverTurnPage: true}
	page := p.head(ctx)
	page.Trail = []Link{{T(ctx, "lanes.title"), "/gallery/lane"}}
	return Specimen{Name: "lane", Title: "lane.title", Page: page, Body: laneBody(p)}
}
