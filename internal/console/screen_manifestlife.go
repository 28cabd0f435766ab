package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/store"
)

// billsOnForm is how many bills of lading a form of a manifest shows; larger
// manifests go by file or over the API.
const billsOnForm = 300

const kilogram = "kg"

var amendmentWords = map[string]wording{
	clearance.AmendmentAsked:   {Warn, "amendment.asked"},
	clearance.AmendmentAgreed:  {Agreed, "amendment.agreed"},
	clearance.AmendmentRefused: {Missed, "amendment.refused"},
}

// manifestFile is a manifest with its bills of lading, in order.
type manifestFile struct {
	*clearance.Manifest
	Lading []*clearance.BillOfLading
}

// manifestFor loads a manifest with its bills for somebody who may tell what
// happens to it: its carrier, or customs.
func (s *Server) manifestFor(ctx context.Context, id string) (*manifestFile, party.Who, error) {
	m, err := s.loadManifest(ctx, id)
	if err != nil {
		return nil, party.Who{}, err
	}
	who, err := s.who(ctx)
	if err == nil {
		who, err = s.may(ctx, tells(who), manifestObject(m))
	}
	if err != nil {
		return nil, who, err
	}
	f := &manifestFile{Manifest: m}
	for _, id := range m.Bills[:min(len(m.Bills), billsOnForm+1)] {
		b, _, err := s.loadBill(ctx, id)
		if err != nil {
			return nil, who, err
		}
		f.Lading = append(f.Lading, b)
	}
	return f, who, nil
}

// tells is the right with which somebody reports what happens to a manifest.
func tells(who party.Who) party.Action {
	if who.Actor.Kind == journal.Officer {
		return party.Decide
	}
	return party.Lodge
}

// whole is the manifest with its bills of lading as they are on file.
func (f *manifestFile) whole() manifest.Manifest {
	m := f.Content
	m.Consignments = nil
	for _, b := range f.Lading {
		m.Consignments = append(m.Consignments, b.Content)
	}
	return m
}

func (f *manifestFile) large() bool { return len(f.Bills) > billsOnForm }

// manifestLater are the acts on a manifest that its page leads to.
func (s *Server) manifestLater(ctx context.Context, who party.Who, m *clearance.Manifest) []Act {
	if s.house().Clearance == nil || party.May(who, tells(who), manifestObject(m)) != nil {
		return nil
	}
	path := "/manifests/" + m.ID
	may := func(on manifest.Event, amended bool) bool {
		_, err := manifest.Life().Next(m.State, on, manifest.Case{Manifest: m.Content, AmendmentGiven: amended})
		return err == nil
	}
	var list []Act
	if may(manifest.EventArrived, false) {
		list = append(list, Act{Text: T(ctx, "arrival.report"), Href: path + "/arrival"})
	}
	if may(manifest.EventTallied, false) {
		list = append(list, Act{Text: T(ctx, "tally.report"), Href: path + "/tally"})
	}
	if may(manifest.EventRecounted, false) {
		list = append(list, Act{Text: T(ctx, "tally.again"), Href: path + "/tally"})
	}
	if who.Actor.Enterprise != "" && may(manifest.EventAmendApproved, true) {
		list = append(list, Act{Text: T(ctx, "amendment.ask"), Href: path + "/amendment"})
	}
	return list
}

// lifeForm is a form about what happens to a manifest.
type lifeForm struct {
	*manifestFile
	Key    string
	Typed  url.Values
	Faults fault.List
}

func (f *lifeForm) field(path, name, label, kind string) Field {
	return Field{Path: path, Name: name, Label: label, Kind: kind, Value: f.Typed.Get(name), Complete: "off", Faults: Of(f.Faults, path)}
}

// cell is a field inside a table: its head says what it is.
func (f *lifeForm) cell(path, label string) Field {
	return Field{Path: path, Name: path, Label: label, Value: f.Typed.Get(path), Complete: "off", Faults: Of(f.Faults, path)}
}

// codeCell is a cell for a number or a code, which is longer.
func (f *lifeForm) codeCell(path, label string) Field {
	cell := f.cell(path, label)
	cell.Code = true
	return cell
}

func (f *lifeForm) reader() *formReader {
	values := map[string]string{}
	for name := range f.Typed {
		values[name] = strings.TrimSpace(f.Typed.Get(name))
	}
	return &formReader{f: &paperForm{Values: values}}
}

func lifeHead(ctx context.Context, f *lifeForm, title, send Key) Page {
	p := Page{
		ID: f.Number, Title: T(ctx, title), Faults: f.Faults, Badges: []Badge{badge(ctx, manifestWords, f.State)},
		Trail: []Link{{T(ctx, "manifests.title"), "/manifests"}, {f.Number, "/manifests/" + f.ID}},
	}
	if send != "" && !f.large() {
		p.Acts = []Act{{Text: T(ctx, send), Form: "life", Name: "do", Value: "send"}}
	}
	return p
}

// answerLife sends a form and leads back to the manifest, or shows the form again
// with what is wrong.
func (s *Server) answerLife(w http.ResponseWriter, r *http.Request, f *lifeForm, err error, show func(http.ResponseWriter, *http.Request, *lifeForm)) {
	if err == nil {
		sent(w, r, "/manifests/"+f.ID)
		return
	}
	if f.Faults = fault.All(err); len(f.Faults) == 0 || f.Faults.Kind() == fault.NotFound {
		s.Fail(w, r, err)
		return
	}
	show(w, r, f)
}

// lifeFormOf loads the manifest of the address for a form; false when the answer
// has been given.
func (s *Server) lifeFormOf(w http.ResponseWriter, r *http.Request) (*lifeForm, party.Who, bool) {
	m, who, err := s.manifestFor(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return nil, who, false
	}
	f := &lifeForm{manifestFile: m, Key: newKey(), Typed: url.Values{}}
	if r.Method == http.MethodPost {
		f.Typed = r.PostForm
		if key := r.PostForm.Get("key"); key != "" {
			f.Key = key
		}
	}
	return f, who, true
}

// arrivalForm answers GET /manifests/{id}/arrival.
func (s *Server) arrivalForm(w http.ResponseWriter, r *http.Request) {
	f, _, ok := s.lifeFormOf(w, r)
	if !ok {
		return
	}
	now := s.now()
	f.Typed.Set("day", now.Date().String())
	f.Typed.Set("time", now.Time().Format("15:04"))
	s.showArrival(w, r, f)
}

func (s *Server) showArrival(w http.ResponseWriter, r *http.Request, f *lifeForm) {
	s.Render(w, r, lifeHead(r.Context(), f, "arrival.report", "arrival.send"), arrivalBody(f))
}

// reportArrival answers POST /manifests/{id}/arrival.
func (s *Server) reportArrival(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	f, who, ok := s.lifeFormOf(w, r)
	if !ok {
		return
	}
	p := f.reader()
	p.f.Values["/day"] = p.f.Values["day"]
	at := manifest.Moment{Day: p.day("/day")}
	if clockTime := fold(f.Typed.Get("time")); clockTime != "" && at.Day != 0 {
		if err := at.At.UnmarshalText([]byte(at.Day.String() + "T" + clockTime + ":00+08:00")); err != nil {
			p.faults = append(p.faults, fault.New(fault.Invalid, "CONSOLE-TIME-01", "/time", "“{value}” is no time of day", "write it as 21:40, or leave it empty", "value", clockTime))
		}
	}
	var err error
	if len(p.faults) > 0 {
		err = p.faults
	} else {
		_, err = s.house().Clearance.ManifestArrived(r.Context(), s.command(r, "manifest.arrive/"+f.ID, who.Actor), who.Actor, f.ID, at)
	}
	s.answerLife(w, r, f, err, s.showArrival)
}

// extraRows is how many rows a tally form has for goods that stand on no bill.
const extraRows = 3

func (f *lifeForm) recount() bool { return len(f.Tallies) > 0 }

// tallyForm answers GET /manifests/{id}/tally: a row for each bill of lading, with
// what was counted before.
func (s *Server) tallyForm(w http.ResponseWriter, r *http.Request) {
	f, _, ok := s.lifeFormOf(w, r)
	if !ok {
		return
	}
	for i, b := range f.Lading {
		if b.Tally != nil {
			f.fillRow(i, b.Tally)
		}
	}
	for i := range min(len(f.Unlisted), extraRows) {
		f.fillRow(len(f.Lading)+i, &f.Unlisted[i])
		f.Typed.Set(linePath(len(f.Lading)+i)+"/bill", f.Unlisted[i].Bill)
	}
	s.showTally(w, r, f)
}

func (f *lifeForm) fillRow(i int, line *clearance.TallyLine) {
	at := linePath(i)
	f.Typed.Set(at+"/packages", line.Packages.String())
	if line.Containers != nil {
		f.Typed.Set(at+"/containers", strconv.Itoa(*line.Containers))
	}
	if line.GrossMass > 0 {
		f.Typed.Set(at+"/grossMass", line.GrossMass.String())
	}
	f.Typed.Set(at+"/remark", line.Remark)
}

func (s *Server) showTally(w http.ResponseWriter, r *http.Request, f *lifeForm) {
	title := Key("tally.report")
	if f.recount() {
		title = "tally.again"
	}
	s.Render(w, r, lifeHead(r.Context(), f, title, "tally.send"), tallyBody(f))
}

// reportTally answers POST /manifests/{id}/tally.
func (s *Server) reportTally(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	f, who, ok := s.lifeFormOf(w, r)
	if !ok {
		return
	}
	counting, rows, faults := f.counting()
	var err error
	if len(faults) > 0 {
		err = faults
	} else {
		_, err = s.house().Clearance.ManifestTallied(r.Context(), s.command(r, "manifest.tally/"+f.ID, who.Actor), who.Actor, f.ID, counting)
		err = renumbered(err, "/lines/", rows)
	}
	s.answerLife(w, r, f, err, s.showTally)
}

// counting reads the tally; rows are the rows of the form that its lines stand in.
func (f *lifeForm) counting() (c clearance.Counting, rows []int, faults fault.List) {
	p := f.reader()
	c.Reason = f.Typed.Get("reason")
	for i := range len(f.Lading) + extraRows {
		at := linePath(i)
		line := clearance.TallyLine{Bill: p.text(at + "/bill"), Packages: p.quantity(at + "/packages"), GrossMass: p.quantity(at + "/grossMass"), Remark: p.text(at + "/remark")}
		if p.number(at+"/containers") != "" {
			boxes := p.whole(at + "/containers")
			line.Containers = &boxes
		}
		if i < len(f.Lading) {
			line.Bill = f.Lading[i].Number
			if p.number(at+"/packages") == "" {
				p.faults = append(p.faults, fault.New(fault.Invalid, "CONSOLE-TALLY-01", at+"/packages", "bill of lading {number} was not counted",
					"give the number of packages; nothing found is 0", "number", line.Bill))
			}
		} else if line.Bill == "" && line.Packages == 0 && line.Containers == nil {
			continue
		}
		c.Lines, rows = append(c.Lines, line), append(rows, i)
	}
	return c, rows, p.faults
}

// renumbered gives faults whose paths name the rows of a form by what they were
// in what was sent.
func renumbered(err error, under string, rows []int) error {
	list := fault.All(err)
	for i, one := range list {
		rest, is := strings.CutPrefix(one.Path, under)
		index, field, _ := strings.Cut(rest, "/")
		n, failed := strconv.Atoi(index)
		if !is || failed != nil || n < 0 || n >= len(rows) {
			continue
		}
		moved := *one
		moved.Path = strings.TrimSuffix(under+strconv.Itoa(rows[n])+"/"+field, "/")
		list[i] = &moved
	}
	if len(list) == 0 {
		return err
	}
	return list
}

// countedTable shows bills whose count is not what the manifest lists, and goods
// that stand on no bill.
func countedTable(ctx context.Context, f *manifestFile) Table {
	t := Table{
		ID: "counted", Caption: T(ctx, "tally.differs"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "tally.agrees")},
		Columns: []Column{
			{Title: T(ctx, "object.bill")},
			{Title: T(ctx, "tally.what")},
			{Title: T(ctx, "tally.listed"), Number: true},
			{Title: T(ctx, "tally.counted"), Number: true},
		},
	}
	row := func(bill templ.Component, href string, what Key, listed, counted num.Quantity) {
		t.Rows = append(t.Rows, Row{Href: href, Cells: []templ.Component{bill, Text(T(ctx, what)), Number(Measure(listed, "")), Differs(Measure(counted, ""))}})
	}
	for _, b := range f.Lading {
		if b.Tally == nil {
			continue
		}
		if b.Tally.Packages != b.Content.Packages {
			row(Code(b.Number), "/bills/"+b.ID, "head.packages", b.Content.Packages, b.Tally.Packages)
		}
		if boxes := b.Tally.Containers; boxes != nil && *boxes != len(b.Content.Equipment) {
			row(Code(b.Number), "/bills/"+b.ID, "confirm.containers", whole(len(b.Content.Equipment)), whole(*boxes))
		}
	}
	for i := range f.Unlisted {
		line := &f.Unlisted[i]
		if line.Packages > 0 {
			row(Code(line.Bill), "", "tally.unlisted", 0, line.Packages)
		}
		if line.Containers != nil && *line.Containers > 0 {
			row(Code(line.Bill), "", "tally.unlisted.boxes", 0, whole(*line.Containers))
		}
	}
	return t
}

func whole(n int) num.Quantity { return num.Quantity(int64(n) * int64(num.OneQuantity)) }

// talliesTable are the tally reports of a manifest, the last one first.
func talliesTable(ctx context.Context, m *clearance.Manifest) Table {
	t := Table{
		ID: "tallies", Caption: T(ctx, "tally.reports"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "tally.number"), Number: true},
			{Title: T(ctx, "tally.at")},
			{Title: T(ctx, "manifest.bills"), Number: true},
			{Title: T(ctx, "tally.differences"), Number: true},
			{Title: T(ctx, "acts.reason")},
			{Title: T(ctx, "column.state")},
		},
	}
	for i, one := range slices.Backward(m.Tallies) {
		state := Badge{Neutral, T(ctx, "tally.replaced")}
		if i == len(m.Tallies)-1 {
			state = Badge{OK, T(ctx, "tally.inforce")}
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Number(strconv.Itoa(one.Number)), When(one.At), Number(Count(int64(one.Bills))), Number(Count(int64(one.Differences))), Text(dashed(one.Reason)), BadgeView(state),
		}})
	}
	return t
}

// amendmentsOf are the applications to change a manifest, newest first.
func (s *Server) amendmentsOf(ctx context.Context, m *clearance.Manifest) ([]*clearance.ManifestAmendment, error) {
	found, err := s.house().Read.List(ctx, dossier.Application, store.Query{Where: map[string][]string{"number": {m.Number}, "kind": {clearance.KindAmendment}}, Limit: pageRows})
	if err != nil {
		return nil, err
	}
	var list []*clearance.ManifestAmendment
	for _, item := range found.Items {
		a, err := read[clearance.ManifestAmendment](item)
		if err != nil {
			return nil, err
		}
		if a.Manifest == m.ID { // numbers come again with other journeys
			list = append(list, a)
		}
	}
	return list, nil
}

func amendmentsTable(ctx context.Context, list []*clearance.ManifestAmendment) Table {
	t := Table{
		ID: "amendments", Caption: T(ctx, "amendment.many"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "amendment.at")}, {Title: T(ctx, "acts.reason")}, {Title: T(ctx, "amendment.changes"), Number: true}, {Title: T(ctx, "column.state")}},
	}
	for _, a := range list {
		t.Rows = append(t.Rows, Row{Href: amendmentPath(a), Cells: []templ.Component{
			When(a.Asked), short(a.Reason, 60), Number(Count(int64(len(a.Changes)))), BadgeView(badge(ctx, amendmentWords, a.State)),
		}})
	}
	return t
}

// manifestAfter is what happened to a manifest after it was sent.
type manifestAfter struct {
	Tallies, Amendments, Counted Table
}

func (s *Server) afterwards(ctx context.Context, m *clearance.Manifest, differ []*clearance.BillOfLading) (manifestAfter, error) {
	asked, err := s.amendmentsOf(ctx, m)
	return manifestAfter{
		Tallies: talliesTable(ctx, m), Amendments: amendmentsTable(ctx, asked), Counted: countedTable(ctx, &manifestFile{m, differ}),
	}, err
}

// recounts are what was counted of a bill, the last count first.
func recounts(ctx context.Context, b *clearance.BillOfLading) Table {
	t := Table{
		ID: "recounts", Caption: T(ctx, "tally.counts"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "tally.number"), Number: true},
			{Title: T(ctx, "head.packages"), Number: true},
			{Title: T(ctx, "confirm.containers"), Number: true},
			{Title: T(ctx, "column.gross"), Unit: "kg", Number: true},
			{Title: T(ctx, "tally.remark")},
		},
	}
	add := func(report string, line *clearance.TallyLine, old bool) {
		boxes, mass := "–", "–"
		if line.Containers != nil {
			boxes = strconv.Itoa(*line.Containers)
		}
		if line.GrossMass > 0 {
			mass = Measure(line.GrossMass, "")
		}
		packages := Number(Measure(line.Packages, ""))
		if old {
			packages = struck(Measure(line.Packages, ""))
		} else if line.Packages != b.Content.Packages {
			packages = Differs(Measure(line.Packages, ""))
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Number(report), packages, Number(boxes), Number(mass), Text(dashed(line.Remark))}})
	}
	if b.Tally == nil {
		return t
	}
	last := 1
	if n := len(b.Recounted); n > 0 {
		last = b.Recounted[n-1].Report + 1
	}
	add(strconv.Itoa(last), b.Tally, false)
	for i := range slices.Backward(b.Recounted) {
		add(strconv.Itoa(b.Recounted[i].Report), &b.Recounted[i].Line, true)
	}
	return t
}

func sampleManifest() *manifestFile {
	two := 2
	box := func(number string) manifest.TransportEquipment {
		return manifest.TransportEquipment{Number: number, Type: "CN", SizeType: "45G1"}
	}
	bill := func(id string, packages, mass int, goods string, boxes ...manifest.TransportEquipment) *clearance.BillOfLading {
		return &clearance.BillOfLading{ID: id, Number: id, Content: manifest.BillOfLading{
			Number: id, Packages: whole(packages), PackageKind: "CT", GrossMass: whole(mass), Equipment: boxes, Consignee: manifest.Party{Code: "91310000MA1FL0EW6X", Name: "外高桥葡萄酒交易有限公司"},
			Goods: []manifest.GoodsItem{{Number: 1, Description: goods, Packages: whole(packages), GrossMass: whole(mass)}},
		}}
	}
	f := &manifestFile{
		Manifest: &clearance.Manifest{
			ID: "M1", Number: "COSU2611", Journey: "012E", State: manifest.Tallied, Version: 3, Bills: []string{"COSU1", "COSU2"},
			Tallies:  []clearance.Tally{{Number: 1, At: sampleAt("2026-11-22T15:10"), Bills: 2, Differences: 2}, {Number: 2, At: sampleAt("2026-11-22T18:40"), Reason: "hatch 3 was opened later", Bills: 2, Differences: 2}},
			Unlisted: []clearance.TallyLine{{Bill: "COSU9", Packages: whole(4)}},
		},
		Lading: []*clearance.BillOfLading{bill("COSU1", 1180, 17_940, "RED WINE IN BOTTLES", box("SEIU1000017"), box("SEIU1000022")), bill("COSU2", 40, 2_100, "OAK BARRELS", box("SEIU1000038"))},
	}
	f.Lading[0].Tally = &clearance.TallyLine{Bill: "COSU1", Packages: whole(1176), Containers: &two, Remark: "4 cartons wet"}
	f.Lading[0].Recounted = []clearance.Recount{{Report: 1, Line: clearance.TallyLine{Bill: "COSU1", Packages: whole(880)}}}
	f.Lading[1].Tally = &clearance.TallyLine{Bill: "COSU2", Packages: whole(40)}
	return f
}

func galleryArrival(ctx context.Context) Specimen {
	f := &lifeForm{manifestFile: sampleManifest(), Typed: url.Values{"day": {"2026-11-22"}, "time": {"25:10"}}}
	f.State, f.Tallies = manifest.PrimaryOK, nil
	f.Faults = fault.List{fault.New(fault.Invalid, "CONSOLE-TIME-01", "/time", "“{value}” is no time of day", "write it as 21:40, or leave it empty", "value", "25:10")}
	return Specimen{Name: "arrival", Title: "arrival.report", Page: lifeHead(ctx, f, "arrival.report", "arrival.send"), Body: arrivalBody(f)}
}

func galleryTally(ctx context.Context) Specimen {
	f := &lifeForm{manifestFile: sampleManifest(), Typed: url.Values{"reason": {"hatch 3 was opened later"}}}
	f.fillRow(0, f.Lading[0].Tally)
	f.Faults = fault.List{fault.New(fault.Invalid, "CONSOLE-TALLY-01", "/lines/1/packages", "bill of lading {number} was not counted", "give the number of packages; nothing found is 0", "number", "COSU2")}
	return Specimen{Name: "tally", Title: "tally.again", Page: lifeHead(ctx, f, "tally.again", "tally.send"), Body: tallyBody(f)}
}

func galleryAmendmentForm(ctx context.Context) Specimen {
	f := &amendmentForm{lifeForm: lifeForm{manifestFile: sampleManifest(), Typed: url.Values{"reason": {"as tallied"}}}}
	f.fill()
	f.Typed.Set("/consignments/0/goods/0/packages", "1176")
	f.Changes = []manifest.Change{{Bill: "COSU1", Element: "packages", Before: "1180", After: "1176"}}
	f.Faults = fault.List{fault.New(fault.Invalid, "MAN-MASS-01", "/consignments/1/goods/0/grossMass", "the gross mass of bill {bill} is missing", "give it in kilograms, more than 0", "bill", "COSU2")}
	return Specimen{Name: "amendment-form", Title: "amendment.ask", Page: amendmentHead(ctx, f), Body: amendmentBody(f)}
}

func galleryAmendment(ctx context.Context) Specimen {
	f := sampleManifest()
	a := &clearance.ManifestAmendment{
		ID: "A1", Kind: clearance.KindAmendment, Number: f.Number, Manifest: f.ID, Version: 3, Enterprise: "91310000MA1FL0CAR1", State: clearance.AmendmentAsked, Reason: "as tallied: four cartons short",
		Changes: []manifest.Change{{Bill: "COSU1", Element: "packages", Before: "1180", After: "1176"}, {Bill: "COSU9", Element: "bill", After: "4 CT, 60 kg"}}, Asked: sampleAt("2026-11-22T19:30"),
	}
	p := amendmentPage{ManifestAmendment: a, Facts: amendmentFacts(ctx, a), Changes: manifestChanges(ctx, a.Changes), Counted: countedTable(ctx, f)}
	who := party.Who{Actor: decision.Actor{ID: "o1", Kind: journal.Officer}}
	s := &Server{}
	p.Acts = actsOn(ctx, who, party.Object{}, "", s.amendmentActs(a))
	for _, act := range []struct {
		value string
		text  Key
		bad   bool
	}{{"agree", "amendment.agree", false}, {"refuse", "amendment.refuse", true}} {
		p.Acts.Acts = append(p.Acts.Acts, Act{Text: T(ctx, act.text), Form: "acts", Name: "act", Value: act.value, Danger: act.bad})
	}
	return Specimen{Name: "amendment", Title: "amendment.title", Page: amendedHead(ctx, a), Body: askedAmendmentBody(p)}
}
