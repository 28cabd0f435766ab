package console

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/party"
)

// The years that the page of the calendar shows: those that days are taken of.
const (
	firstYear = 1990
	lastYear  = 2199
)

// weekdayKeys are the days of the week in short, Monday first.
var weekdayKeys = [7]Key{"weekday.1", "weekday.2", "weekday.3", "weekday.4", "weekday.5", "weekday.6", "weekday.7"}

// calendarPage is the working days of a year.
type calendarPage struct {
	Year     int
	Today    clock.Date
	Calendar *clock.Calendar
	Days     Table
	May      bool // who looks may propose other days
}

// monthView is one month as weeks from Monday; a day of another month is 0.
type monthView struct {
	Month int
	Weeks [][7]clock.Date
}

// months gives the months of the year.
func (p *calendarPage) months() []monthView {
	list := make([]monthView, 12)
	for i := range list {
		first := clock.Day(p.Year, time.Month(i+1), 1)
		list[i].Month = i + 1
		var week [7]clock.Date
		for d := first; d < first.AddMonths(1); d++ {
			at := (int(d.Weekday()) + 6) % 7
			week[at] = d
			if at == 6 || d+1 == first.AddMonths(1) {
				list[i].Weeks = append(list[i].Weeks, week)
				week = [7]clock.Date{}
			}
		}
	}
	return list
}

// tone says what a day is: off by a notice, worked in exchange, a weekend, or an
// ordinary day ("").
func (p *calendarPage) tone(d clock.Date) string {
	switch _, off := p.Calendar.Holidays[d]; {
	case p.Calendar.Workdays[d]:
		return "worked"
	case off:
		return "off"
	case !p.Calendar.Working(d):
		return "weekend"
	}
	return ""
}

// dayWord says in words what a tone shows, for whoever does not see it.
func (p *calendarPage) dayWord(ctx context.Context, d clock.Date) string {
	switch p.tone(d) {
	case "worked":
		return T(ctx, "calendar.worked")
	case "off":
		return holidayName(ctx, p.Calendar.Holidays[d])
	case "weekend":
		return T(ctx, "calendar.weekend")
	}
	return ""
}

// holidayName is the name of a holiday in the reader's language, where it is given
// as English / Chinese.
func holidayName(ctx context.Context, name string) string {
	en, zh, both := strings.Cut(name, " / ")
	if both && LanguageOf(ctx) == "zh-CN" {
		return zh
	}
	return en
}

// calendar answers GET /calendar: the working days of a year.
func (s *Server) calendar(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	ref := s.reference()
	if ref == nil {
		s.Fail(w, r, party.Absent("calendar", ""))
		return
	}
	p := calendarPage{Year: s.now().Date().Year(), Today: s.now().Date(), Calendar: ref.Calendar}
	if year, err := strconv.Atoi(r.URL.Query().Get("year")); err == nil && year >= firstYear && year <= lastYear {
		p.Year = year
	}
	p.May = party.May(who, party.View, party.Object{Kind: "rule", ID: "house/calendar"}) == nil
	p.Days = exceptionsTable(ctx, p.Calendar, p.Year)
	s.Render(w, r, calendarHead(ctx, &p), calendarBody(&p))
}

func calendarHead(ctx context.Context, p *calendarPage) Page {
	page := Page{Title: T(ctx, "calendar.title"), ID: strconv.Itoa(p.Year)}
	if p.Year > firstYear {
		page.Acts = append(page.Acts, Act{Text: strconv.Itoa(p.Year - 1), Href: "/calendar?year=" + strconv.Itoa(p.Year-1)})
	}
	if p.Year < lastYear {
		page.Acts = append(page.Acts, Act{Text: strconv.Itoa(p.Year + 1), Href: "/calendar?year=" + strconv.Itoa(p.Year+1)})
	}
	if p.May {
		page.Acts = append(page.Acts, Act{Text: T(ctx, "calendar.change"), Href: "/settings/parameters/house/calendar"})
	}
	return page
}

// exceptionsTable lists the days of a year that are not what their weekday says.
func exceptionsTable(ctx context.Context, c *clock.Calendar, year int) Table {
	t := Table{
		ID: "days", Caption: T(ctx, "calendar.days"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "calendar.none"), Text: T(ctx, "calendar.none.text")},
		Columns: []Column{
			{Title: T(ctx, "calendar.first")},
			{Title: T(ctx, "calendar.last")},
			{Title: T(ctx, "calendar.count"), Number: true},
			{Title: T(ctx, "calendar.what")},
			{Title: T(ctx, "calendar.name")},
		},
	}
	for _, e := range c.Exceptions(year) {
		what, name := BadgeView(Badge{Info, T(ctx, "calendar.off")}), holidayName(ctx, e.Name)
		if e.Working {
			what = BadgeView(Badge{Warn, T(ctx, "calendar.worked")})
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Code(e.First.String()), Code(e.Last.String()), Number(strconv.Itoa(e.Days())), what, Text(name),
		}})
	}
	return t
}

func galleryCalendar(ctx context.Context) Specimen {
	c := &clock.Calendar{Holidays: map[clock.Date]string{}, Workdays: map[clock.Date]bool{clock.MustDate("2026-10-10"): true}, KnownUntil: clock.MustDate("2026-12-31")}
	for d := clock.MustDate("2026-10-01"); d <= clock.MustDate("2026-10-07"); d++ {
		c.Holidays[d] = "National Day / 国庆节"
	}
	p := calendarPage{Year: 2026, Today: clock.MustDate("2026-11-23"), Calendar: c, May: true}
	p.Days = exceptionsTable(ctx, c, p.Year)
	return Specimen{Name: "calendar", Title: "calendar.title", Page: calendarHead(ctx, &p), Body: calendarBody(&p)}
}
