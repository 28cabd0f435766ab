package console

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/store"
	"seine/procedures"
)

// modeView is a mode with its steps as a picture, its versions, and the forms by
// which the next one is proposed.
type modeView struct {
	*procedure.Mode
	Picture modePicture
	History Table
	May     bool
	Switch  []Field
	File    []Field
	Key     string
}

// mode answers GET /modes/{mode}: its steps as a picture, its versions, its text.
func (s *Server) mode(w http.ResponseWriter, r *http.Request) { s.showMode(w, r, nil) }

// shownMode is the version in force on a day, else the last one there is.
func shownMode(c *procedure.Catalogue, id string, on clock.Date) (*procedure.Mode, error) {
	m, err := c.At(id, on)
	if fault.Is(err, "PROCEDURE-VALID-01") {
		for _, other := range c.List() {
			if other.ID == id {
				m, err = other, nil
			}
		}
	}
	return m, err
}

func (s *Server) showMode(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	ref := s.reference()
	if ref == nil {
		s.Fail(w, r, party.Absent("mode", r.PathValue("mode")))
		return
	}
	catalogue := ref.Modes().Catalogue()
	m, err := shownMode(catalogue, r.PathValue("mode"), s.now().Date())
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	v := modeView{Mode: m, Picture: layOut(m.Steps), Key: newKey()}
	if who.Actor.Kind == journal.Officer && party.May(who, party.View, party.Object{Kind: "mode_version"}) == nil {
		if v.History, err = s.modeHistory(ctx, catalogue, m); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	v.May = s.house().Rules != nil && party.May(who, party.Configure, party.Object{Kind: "procedure"}) == nil
	if v.May {
		v.fields(ctx, r.PostForm, faults, s.now().Date(), nextVersion(catalogue, m.ID))
	}
	page := modeHead(ctx, m)
	page.Faults = faults
	s.Render(w, r, page, modeBody(v))
}

func modeHead(ctx context.Context, m *procedure.Mode) Page {
	return Page{
		ID: m.ID, Title: inLanguage(ctx, m.Title.English, m.Title.Chinese), Trail: []Link{{T(ctx, "settings.modes"), "/modes"}},
		Badges: []Badge{{OK, T(ctx, "mode.version", "version", m.Version, "from", m.From.String())}},
	}
}

// nextVersion is the number after the highest of a mode.
func nextVersion(c *procedure.Catalogue, id string) int {
	n := 1
	for _, m := range c.List() {
		if m.ID == id {
			n = max(n, m.Version+1)
		}
	}
	return n
}

func modeHistoryTable(ctx context.Context) Table {
	return Table{
		ID: "history", Caption: T(ctx, "mode.history"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "manifest.version"), Number: true},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "mode.from")},
			{Title: T(ctx, "mode.ends")},
			{Title: T(ctx, "mode.areas")},
			{Title: T(ctx, "proposal.first")},
			{Title: T(ctx, "proposal.second")},
			{Title: T(ctx, "acts.reason")},
		},
	}
}

// modeHistory lists what was proposed for a mode, the newest first, then the
// versions that come with the program.
func (s *Server) modeHistory(ctx context.Context, c *procedure.Catalogue, now *procedure.Mode) (Table, error) {
	t := modeHistoryTable(ctx)
	page, err := s.house().Read.List(ctx, dossier.ModeVersion, store.Query{Where: map[string][]string{"mode": {now.ID}}, Limit: 100})
	if err != nil {
		return t, err
	}
	ours := map[int]bool{}
	for _, item := range page.Items {
		d, err := read[oversight.ModeVersion](item)
		if err != nil {
			return t, err
		}
		proposal, err := s.proposalOn(ctx, d.ID)
		if err != nil {
			return t, err
		}
		if d.State == oversight.Approved {
			ours[d.ModeVersion] = true
		}
		t.Rows = append(t.Rows, modeRow(ctx, d, proposal, now))
	}
	for _, m := range c.List() {
		if m.ID != now.ID || ours[m.Version] {
			continue
		}
		state := Badge{Neutral, T(ctx, "mode.shipped")}
		if m.Version == now.Version {
			state = Badge{OK, T(ctx, "risk.now")}
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Number(strconv.Itoa(m.Version)), BadgeView(state), Text(m.From.String()), Text(dayOr(m.To, "–")), Text(areasOf(ctx, m.Areas)), Text(""), Text(""), Text(T(ctx, "mode.shipped")),
		}})
	}
	return t, nil
}

func dayOr(d clock.Date, none string) string {
	if d == 0 {
		return none
	}
	return d.String()
}

func areasOf(ctx context.Context, areas []string) string {
	if len(areas) == 0 {
		return T(ctx, "rights.all")
	}
	return strings.Join(areas, ", ")
}

func modeRow(ctx context.Context, d *oversight.ModeVersion, proposal string, now *procedure.Mode) Row {
	state := badge(ctx, tableWords, d.State)
	if d.State == oversight.Approved && d.ModeVersion == now.Version {
		state = Badge{OK, T(ctx, "risk.now")}
	}
	ends, areas := "–", ""
	if m, err := procedure.Parse([]byte(d.Source)); err == nil {
		ends, areas = dayOr(m.To, "–"), areasOf(ctx, m.Areas)
	}
	row := Row{Cells: []templ.Component{
		Number(strconv.Itoa(d.ModeVersion)), BadgeView(state), Text(d.ValidFrom.String()), Text(ends), Text(areas), Text(d.Author), Text(d.ApprovedBy), short(d.Reason, 60),
	}}
	if proposal != "" {
		row.Href = "/proposals/" + proposal
	}
	return row
}

// fields are those of the two forms: the same steps for other areas or another
// time, or a changed file.
func (v *modeView) fields(ctx context.Context, typed url.Values, faults fault.List, today clock.Date, next int) {
	act := typed.Get("act")
	field := func(form, path, name string, label Key, value, kind string) Field {
		f := Field{Path: path, Name: name, Label: T(ctx, label), Value: value, Kind: kind, Complete: "off"}
		if form == act && typed.Has(name) {
			f.Value = typed.Get(name)
		}
		if form == act {
			f.Faults = Of(faults, path)
		} else { // the same names stand in both forms: links of the summary lead to the one that was sent
			f.Path = "/" + form + path
		}
		return f
	}
	tomorrow := today.AddDays(1)
	areas := field("switch", "/areas", "areas", "mode.areas", strings.Join(v.Areas, " "), "")
	areas.Code, areas.Hint = true, T(ctx, "mode.areas.hint")
	v.Switch = []Field{
		areas, field("switch", "/valid/from", "from", "risk.from", tomorrow.String(), "date"), field("switch", "/valid/to", "to", "mode.ends", dayOr(v.To, ""), "date"),
		field("switch", "/reason", "reason", "acts.reason", "", "textarea"), field("switch", "/urgent", "urgent", "risk.urgent", "", ""),
	}
	source := field("file", "/source", "source", "mode.text", switched(string(v.Source), next, tomorrow, v.To, v.Areas), "textarea")
	source.Code = true
	v.File = []Field{source, field("file", "/reason", "reason", "acts.reason", "", "textarea"), field("file", "/urgent", "urgent", "risk.urgent", "", "")}
}

var (
	versionLine = regexp.MustCompile(`(?m)^version:.*$`)
	validLine   = regexp.MustCompile(`(?m)^valid:.*$`)
	areasLine   = regexp.MustCompile(`(?m)^areas:.*$`)
)

// switched is a mode's file with another version, time and areas. What it makes
// is parsed and proven like any other file.
func switched(source string, version int, from, to clock.Date, areas []string) string {
	valid := "valid: {from: " + from.String()
	if to != 0 {
		valid += ", to: " + to.String()
	}
	source = versionLine.ReplaceAllLiteralString(source, "version: "+strconv.Itoa(version))
	source = validLine.ReplaceAllLiteralString(source, valid+"}")
	return areasLine.ReplaceAllLiteralString(source, "areas: ["+strings.Join(areas, ", ")+"]")
}

// proposeMode answers POST /modes/{mode}: the next version goes to a second
// officer.
func (s *Server) proposeMode(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("mode")
	who, err := s.may(ctx, party.Configure, party.Object{Kind: "procedure", ID: id})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	source, faults := s.modeSource(id, r.PostForm)
	if len(faults) == 0 {
		_, err = s.house().Rules.ProposeMode(ctx, s.command(r, "mode.propose", who.Actor), who.Actor, []byte(source), strings.TrimSpace(r.PostForm.Get("reason")), strings.TrimSpace(r.PostForm.Get("urgent")))
		if faults = fault.All(err); err != nil && len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	if len(faults) > 0 {
		s.showMode(w, r, besideFile(faults, r.PostForm.Get("act")))
		return
	}
	sent(w, r, "/modes/"+id)
}

// modeSource gives the file that was proposed.
func (s *Server) modeSource(id string, form url.Values) (string, fault.List) {
	switch form.Get("act") {
	case "file":
		source := form.Get("source")
		m, err := procedure.Parse([]byte(source))
		if err == nil && m.ID != id {
			err = fault.New(fault.Invalid, "CONSOLE-MODE-01", "/source", "this is the file of mode {other}, not of {mode}", "propose it on the page of its own mode", "other", m.ID, "mode", id)
		}
		return source, fault.All(err)
	case "switch":
		var faults fault.List
		var to clock.Date
		from, err := clock.ParseDate(fold(form.Get("from")))
		if err != nil {
			faults = append(faults, at("/valid/from", err)...)
		}
		if text := fold(form.Get("to")); text != "" {
			if to, err = clock.ParseDate(text); err != nil {
				faults = append(faults, at("/valid/to", err)...)
			}
		}
		areas := typedList(form.Get("areas"))
		for _, area := range areas {
			if _, known := party.Organisation().Area(area); !known {
				faults = append(faults, fault.New(fault.Invalid, "CONSOLE-MODE-02", "/areas", "there is no area “{area}”", "write the name of an area of the zone", "area", area))
			}
		}
		ref := s.reference()
		if ref == nil {
			return "", fault.List{party.Absent("mode", id)}
		}
		m, err := shownMode(ref.Modes().Catalogue(), id, s.now().Date())
		if err != nil {
			return "", append(faults, fault.All(err)...)
		}
		return switched(string(m.Source), nextVersion(ref.Modes().Catalogue(), id), from, to, areas), faults
	}
	return "", fault.All(noActHere(form.Get("act")))
}

// besideFile gives faults inside of a proposed file the path of its field; those
// of the other form have fields of their own.
func besideFile(faults fault.List, act string) fault.List {
	if act != "file" {
		return faults
	}
	beside := append(fault.List(nil), faults...)
	for i, f := range beside {
		if f.Path != "/reason" && f.Path != "/urgent" && (f.Path != "" || strings.HasPrefix(f.Code, "PROCEDURE-")) {
			own := *f
			own.Path = "/source"
			beside[i] = &own
		}
	}
	return beside
}

func galleryMode(ctx context.Context) Specimen {
	source, err := procedures.Files.ReadFile("import-direct.yaml")
	if err != nil {
		panic(err) // a file of the program
	}
	m, err := procedure.Parse(source)
	if err != nil {
		panic(err) // a file of the program, proven by tests
	}
	v := modeView{Mode: m, Picture: layOut(m.Steps), May: true, Key: "gallery", History: modeHistoryTable(ctx)}
	v.History.Rows = []Row{modeRow(ctx, &oversight.ModeVersion{
		ModeVersion: 2, State: oversight.Proposed, ValidFrom: clock.MustDate("2026-12-01"), Author: "zhou.yan", Reason: "only where scanners stand",
		Source: switched(string(source), 2, clock.MustDate("2026-12-01"), 0, []string{"waigaoqiao", "yangshan"}),
	}, "gallery", m)}
	v.fields(ctx, nil, nil, clock.MustDate("2026-11-23"), 2)
	return Specimen{Name: "mode", Title: "mode.name", Page: modeHead(ctx, m), Body: modeBody(v)}
}
