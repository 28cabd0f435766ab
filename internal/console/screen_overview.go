package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

// overviewMost bounds how many entries of a day one picture counts; above, it
// says so.
const overviewMost = 20_000

// overview is a day in numbers.
type overview struct {
	Day                          clock.Date
	Lodged, ByRule, ByHand, Held int64
	Returned, Inspected, Alarms  int64
	Median                       int64 // seconds from acceptance to release; −1 not known
	Passages, Stopped            int64
	Hours                        Columns // passages
	LodgedHours                  Columns
	Lanes                        []*control.Passage
	Waiting                      []View
	Cut                          bool
	LastAlarms                   Table
}

// overviewPage answers GET /overview: today, live.
func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if _, err := s.may(ctx, party.View, party.Object{Kind: "journal"}); err != nil {
		s.Fail(w, r, err)
		return
	}
	o, err := s.overviewOf(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, overviewHead(ctx, o), overviewBody(o))
}

func overviewHead(ctx context.Context, o overview) Page {
	return Page{
		Title: T(ctx, "overview.title"), Live: []string{"declaration", "passage", "alarm", "gate"},
		Badges: []Badge{{Info, o.Day.String()}},
		Acts:   []Act{{Text: T(ctx, "work.title"), Href: "/work", Key: "w"}},
	}
}

// overviewOf counts the day from the journal.
func (s *Server) overviewOf(ctx context.Context) (overview, error) {
	day := s.now().Date()
	o := overview{Day: day, Median: -1, Hours: emptyHours(T(ctx, "gallery.passages")), LodgedHours: emptyHours(T(ctx, "overview.hours"))}
	accepted := map[string]clock.Instant{}
	held := map[string]bool{}
	var took []int64
	var alarms []*store.Stored
	f := store.Filter{From: day.Start(), Limit: 1000, Types: []string{
		"declaration.accepted", "declaration.held", "declaration.released", "declaration.returned", "inspection.recorded", "alarm.raised",
		"passage.passed", "passage.held", "passage.refused", "passage.guided-to-inspection", "obligation.overdue", "step.late",
	}}
	var entries []*store.Stored
	for {
		page, err := s.house().Read.Explore(ctx, f)
		if err != nil {
			return o, err
		}
		entries = append(entries, page.Entries...)
		if page.Next == 0 || len(page.Entries) == 0 {
			break
		}
		if len(entries) >= overviewMost {
			o.Cut = true
			break
		}
		f.Before = page.Next
	}
	slices.Reverse(entries) // the journal gives the newest first
	for _, e := range entries {
		hour := e.At.Time().Hour()
		id := ""
		if len(e.Subject) > 0 {
			id = e.Subject[0].ID
		}
		switch e.Type {
		case "declaration.accepted":
			o.Lodged++
			o.LodgedHours.Values[hour]++
			accepted[id] = e.At
		case "declaration.held":
			o.Held++
			held[id] = true
		case "declaration.released":
			if held[id] || e.ActorKind == journal.Officer || e.Why.Reason != "" {
				o.ByHand++
			} else {
				o.ByRule++
			}
			if from, known := accepted[id]; known {
				took = append(took, int64(e.At-from)/1_000_000)
			}
		case "declaration.returned":
			o.Returned++
		case "inspection.recorded":
			o.Inspected++
		case "alarm.raised", "obligation.overdue", "step.late":
			o.Alarms++
			alarms = append(alarms, e)
		default:
			o.Passages++
			o.Hours.Values[hour]++
			if e.Type != "passage.passed" {
				o.Stopped++
			}
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		o.Median = took[len(took)/2]
	}
	var err error
	if o.Lanes, err = s.lastPassages(ctx); err != nil {
		return o, err
	}
	if o.Waiting, err = s.waiting(ctx); err != nil {
		return o, err
	}
	slices.Reverse(alarms)
	o.LastAlarms = alarmTable(ctx, alarms[:min(len(alarms), 8)])
	o.LastAlarms.Hidden, o.LastAlarms.Empty = true, State{Kind: StateEmpty, Title: T(ctx, "overview.noalarms")}
	return o, nil
}

// alarmTable lists alarms: when, what, about what and why, in few columns.
func alarmTable(ctx context.Context, entries []*store.Stored) Table {
	t := Table{
		ID: "alarms", Caption: T(ctx, "overview.alarms"), Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "journal.at")}, {Title: T(ctx, "column.subject")}, {Title: T(ctx, "column.why")}},
	}
	for _, e := range entries {
		about := templ.Component(Text(""))
		if len(e.Subject) > 0 {
			about = subjectLink(e.Subject[0], entryFacts(e)["number"])
		}
		t.Rows = append(t.Rows, Row{Href: entryPath(ctx, e), Cells: []templ.Component{When(e.At), about, wrapped(numberOr(reasonText(ctx, e), entryWord(ctx, e.Type).Text))}})
	}
	return t
}

// waiting counts what waits for a person.
func (s *Server) waiting(ctx context.Context) ([]View, error) {
	who, err := s.who(ctx)
	if err != nil {
		return nil, err
	}
	var list []View
	for _, v := range workViews(who) {
		count, err := s.workCount(ctx, who, v)
		if err != nil {
			return nil, err
		}
		list = append(list, View{Text: T(ctx, v.Title), Count: Count(int64(count)), Href: "/work?view=" + v.Name})
	}
	return list, nil
}

func emptyHours(title string) Columns {
	c := Columns{Title: title, First: "00:00", Last: "23:00", Values: make([]int64, 24)}
	for hour := range 24 {
		c.Names = append(c.Names, clock.Instant(int64(hour-8)*3_600_000_000).Time().Format("15:04"))
	}
	return c
}

// shares shows how the released divide: by rule, by a person, still held.
func (o overview) shares(ctx context.Context) Parts {
	waiting := max(o.Lodged-o.ByRule-o.ByHand-o.Returned, 0)
	return Parts{Title: T(ctx, "overview.lodged"), Parts: []Part{
		{Name: T(ctx, "overview.byrule"), Value: o.ByRule, Text: Count(o.ByRule), Tone: OK},
		{Name: T(ctx, "overview.byhand"), Value: o.ByHand, Text: Count(o.ByHand), Tone: Info},
		{Name: T(ctx, "overview.waiting"), Value: waiting, Text: Count(waiting), Tone: Warn},
		{Name: T(ctx, "declaration.returned"), Value: o.Returned, Text: Count(o.Returned), Tone: Bad},
	}}
}

// median is the middle time from acceptance to release.
func (o overview) median(ctx context.Context) (value, unit string) {
	switch {
	case o.Median < 0:
		return "–", ""
	case o.Median < 120:
		return Count(o.Median), T(ctx, "unit.seconds")
	case o.Median < 7200:
		return Count(o.Median / 60), T(ctx, "unit.minutes")
	}
	return Count(o.Median / 3600), T(ctx, "unit.hours")
}

// share is a part of a whole in per cent, "–" of nothing.
func share(part, whole int64) string {
	if whole <= 0 {
		return "–"
	}
	return Count(100*part/whole) + narrow + "%"
}

// laneSquare says in words what the square of a lane shows.
func laneSquare(ctx context.Context, p *control.Passage) string {
	return joinedWords(p.Readings.Lane, badge(ctx, laneWords, p.Verdict.Outcome).Text, plateOf(&p.Readings), Moment(p.Readings.At))
}

// gatesOf groups lanes by their gate.
func gatesOf(lanes []*control.Passage) [][]*control.Passage {
	var groups [][]*control.Passage
	for _, p := range lanes {
		i := slices.IndexFunc(groups, func(g []*control.Passage) bool { return g[0].Readings.Gate == p.Readings.Gate })
		if i < 0 {
			groups = append(groups, []*control.Passage{p})
			continue
		}
		groups[i] = append(groups[i], p)
	}
	slices.SortFunc(groups, func(a, b []*control.Passage) int { return strings.Compare(a[0].Readings.Gate, b[0].Readings.Gate) })
	return groups
}

func galleryOverview(ctx context.Context) Specimen {
	o := overview{
		Day: clock.MustDate("2026-11-23"), Lodged: 1284, ByRule: 1171, ByHand: 61, Held: 88, Returned: 7, Inspected: 14, Alarms: 2, Median: 1,
		Passages: 742, Stopped: 9, Hours: galleryHours(ctx), LodgedHours: galleryHours(ctx),
		Waiting: []View{{T(ctx, "work.decide"), "27", "/gallery/work", false}, {T(ctx, "work.inspect"), "6", "/gallery/work", false}, {T(ctx, "work.overdue"), "1", "/gallery/work", false}},
	}
	o.LodgedHours.Title = T(ctx, "overview.hours")
	for i, outcome := range []gate.Outcome{gate.Pass, gate.Pass, gate.Hold, gate.Pass, gate.Inspect} {
		o.Lanes = append(o.Lanes, &control.Passage{Passage: gate.Passage{
			Readings: gate.Readings{Gate: "WGQ-" + string(rune('1'+i/3)), Lane: "WGQ-" + string(rune('1'+i/3)) + "-" + string(rune('1'+i%3)), CameraPlate: "沪A·C900" + string(rune('1'+i)), At: sampleAt("2026-11-23T09:41")},
			Verdict:  gate.Verdict{Outcome: outcome},
		}})
	}
	o.LastAlarms = alarmTable(ctx, []*store.Stored{{Entry: journal.Entry{
		ID: "gallery", At: sampleAt("2026-11-23T09:35"), Type: "alarm.raised", Subject: []journal.Ref{{Kind: "feed", ID: "T2218W000001"}}, Why: journal.Why{Reason: T(ctx, "gallery.sample")},
	}}})
	o.LastAlarms.Empty = State{Kind: StateEmpty, Title: T(ctx, "overview.noalarms")}
	return Specimen{Name: "overview", Title: "overview.title", Page: overviewHead(ctx, o), Body: overviewBody(o)}
}
