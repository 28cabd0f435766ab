package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/procedure"
	"seine/internal/tariff"
)

// Commodity is one line of the nomenclature with what holds for it on a day.
type Commodity struct {
	Code       tariff.Code   `json:"code"`
	Name       string        `json:"name"`
	NameZH     string        `json:"name_zh,omitempty"`
	Declarable bool          `json:"declarable"`
	On         clock.Date    `json:"on"`
	Units      []tariff.Unit `json:"units,omitempty"`
	Path       []NamedCode   `json:"path" doc:"from the chapter down"`
	Measures   []Measure     `json:"measures,omitempty"`
	Taxes      []Measure     `json:"taxes,omitempty" doc:"VAT and consumption tax"`
}

// NamedCode is a code with its names.
type NamedCode struct {
	Code   string `json:"code"`
	Name   string `json:"name,omitempty"`
	NameZH string `json:"name_zh,omitempty"`
}

// Measure is a rate or rule on a commodity.
type Measure struct {
	Kind  string            `json:"kind"`
	Areas []tariff.AreaCode `json:"areas,omitempty"`
	Duty  string            `json:"duty,omitempty" doc:"such as 6.5 % or 6.5 % + 4 CNY/kg"`
	From  clock.Date        `json:"from,omitempty"`
	To    clock.Date        `json:"to,omitempty"`
	Law   string            `json:"law,omitempty"`
}

// ModeShown is a supervision mode in short.
type ModeShown struct {
	ID      string            `json:"id"`
	Version int               `json:"version"`
	Title   string            `json:"title"`
	TitleZH string            `json:"title_zh"`
	From    clock.Date        `json:"from"`
	To      clock.Date        `json:"to,omitempty"`
	Areas   []string          `json:"areas,omitempty"`
	Credit  int               `json:"credit"`
	Papers  []procedure.Paper `json:"papers"`
	Source  string            `json:"source,omitempty" doc:"the mode's file, with one mode only"`
	Hash    string            `json:"hash" doc:"SHA-256 of the file"`
}

// CalendarShown is the days of a year that are not what their weekday says.
type CalendarShown struct {
	Year       int            `json:"year"`
	KnownUntil clock.Date     `json:"knownUntil,omitempty" doc:"last day that published holidays speak for; terms that end later are provisional"`
	Items      []CalendarDays `json:"items"`
}

// CalendarDays is a run of them.
type CalendarDays struct {
	First   clock.Date `json:"first"`
	Last    clock.Date `json:"last"`
	Days    int        `json:"days"`
	Working bool       `json:"working" doc:"worked in exchange; otherwise off"`
	Name    string     `json:"name,omitempty"`
	NameZH  string     `json:"name_zh,omitempty"`
}

// CodeShown is one code of a list.
type CodeShown struct {
	NamedCode
	From       clock.Date        `json:"from,omitempty"`
	To         clock.Date        `json:"to,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// CodeListShown is a code list in short.
type CodeListShown struct {
	Name    codelist.ListName `json:"name"`
	Title   string            `json:"title,omitempty"`
	Codes   int               `json:"codes"`
	Partial bool              `json:"partial,omitempty" doc:"some codes are missing"`
}

type found[T any] struct {
	Items []T `json:"items"`
}

type onDay struct {
	Date clock.Date `query:"date" doc:"legal day; today when not given"`
}

func (d onDay) day(c *call) clock.Date {
	if d.Date != 0 {
		return d.Date
	}
	return c.now.Date()
}

func (s *Server) knowledgeRoutes() {
	if s.Reference == nil {
		return
	}
	add(s, route{id: "calculate-duty", method: http.MethodPost, path: "/api/v1/duty/calculations", tag: "knowledge", summary: "Work out duty and taxes of a consignment; form in docs/duty.md", accept: onlyJSON},
		func(c *call, in *struct{ RawBody []byte }) (json.RawMessage, error) {
			asked, err := duty.ReadCase(bytes.NewReader(in.RawBody))
			if err != nil {
				return nil, err
			}
			ref, err := dutyReference(s.Reference().Duty, asked.Schedule)
			if err != nil {
				return nil, err
			}
			answer, err := duty.Resolve(asked, ref)
			if err != nil {
				return nil, err
			}
			return answer.AppendJSON(nil)
		})
	s.printRoutes()
	add(s, route{id: "get-commodity", method: http.MethodGet, path: "/api/v1/tariff/{code}", tag: "knowledge", summary: "A commodity with its measures on a day"},
		func(c *call, in *struct {
			onDay
			Code string `path:"code" doc:"2 to 10 digits"`
		},
		) (Commodity, error) {
			return s.commodity(in.Code, in.day(c))
		})
	add(s, route{id: "search-tariff", method: http.MethodGet, path: "/api/v1/tariff", tag: "knowledge", summary: "Commodities by words or first digits, in English or Chinese"},
		func(c *call, in *struct {
			onDay
			Q     string `query:"q" required:"true"`
			Limit int    `query:"limit"`
		},
		) (found[Commodity], error) {
			out := found[Commodity]{Items: []Commodity{}}
			for _, hit := range s.Reference().Duty.Tariff.Search(in.Q, in.day(c), atMost(in.Limit)) {
				out.Items = append(out.Items, shown(hit.Goods, in.day(c), hit.Path))
			}
			return out, nil
		})
	add(s, route{id: "get-calendar", method: http.MethodGet, path: "/api/v1/calendar", tag: "knowledge", summary: "Holidays of a year, and Saturdays and Sundays worked in exchange"},
		func(c *call, in *struct {
			Year int `query:"year" minimum:"1990" maximum:"2199" doc:"this year when not given"`
		},
		) (CalendarShown, error) {
			calendar, year := s.Reference().Calendar, cmp.Or(in.Year, c.now.Date().Year())
			out := CalendarShown{Year: year, KnownUntil: calendar.KnownUntil, Items: []CalendarDays{}}
			for _, e := range calendar.Exceptions(year) {
				days := CalendarDays{First: e.First, Last: e.Last, Days: e.Days(), Working: e.Working}
				days.Name, days.NameZH, _ = strings.Cut(e.Name, " / ")
				out.Items = append(out.Items, days)
			}
			return out, nil
		})
	add(s, route{id: "list-procedures", method: http.MethodGet, path: "/api/v1/procedures", tag: "knowledge", summary: "Supervision modes"},
		func(c *call, in *onDay) (found[ModeShown], error) {
			out := found[ModeShown]{Items: []ModeShown{}}
			for _, m := range s.Reference().Modes().Catalogue().List() {
				if in.Date == 0 || m.InForce(in.Date) {
					out.Items = append(out.Items, modeShown(m, false))
				}
			}
			return out, nil
		})
	add(s, route{id: "get-procedure", method: http.MethodGet, path: "/api/v1/procedures/{id}", tag: "knowledge", summary: "One supervision mode with its file"},
		func(c *call, in *struct {
			onDay
			ID string `path:"id"`
		},
		) (ModeShown, error) {
			m, err := s.Reference().Modes().Catalogue().At(in.ID, in.day(c))
			if err != nil {
				return ModeShown{}, err
			}
			return modeShown(m, true), nil
		})
	add(s, route{id: "list-code-lists", method: http.MethodGet, path: "/api/v1/codes", tag: "knowledge", summary: "Code lists"},
		func(*call, *struct{}) (found[CodeListShown], error) {
			out := found[CodeListShown]{Items: []CodeListShown{}}
			set := s.Reference().Codes
			for _, name := range set.Names() {
				about, _ := set.About(name)
				out.Items = append(out.Items, CodeListShown{Name: name, Title: about.Title, Codes: set.List(name).Len(), Partial: about.Coverage == codelist.Partial})
			}
			return out, nil
		})
	add(s, route{id: "search-codes", method: http.MethodGet, path: "/api/v1/codes/{list}", tag: "knowledge", summary: "Codes of a list by code or name"},
		func(c *call, in *struct {
			onDay
			List  string `path:"list"`
			Q     string `query:"q"`
			Limit int    `query:"limit"`
		},
		) (found[CodeShown], error) {
			out := found[CodeShown]{Items: []CodeShown{}}
			set := s.Reference().Codes
			if _, known := set.About(codelist.ListName(in.List)); !known {
				return out, fault.New(fault.NotFound, "HTTP-LIST-01", "", "there is no code list “{name}”", "see /api/v1/codes for the lists", "name", clip(in.List))
			}
			for _, e := range set.List(codelist.ListName(in.List)).Search(in.Q, in.day(c), atMost(in.Limit)) {
				one := CodeShown{NamedCode: NamedCode{e.Code, e.Name, e.NameZH}, From: e.ValidFrom, To: e.ValidTo}
				for key, value := range e.Attributes() {
					if one.Attributes == nil {
						one.Attributes = map[string]string{}
					}
					one.Attributes[key] = value
				}
				out.Items = append(out.Items, one)
			}
			return out, nil
		})
}

// dutyReference gives the reference of the house, or of a schedule that ships
// with the program. Fault: HTTP-SCHEDULE-01.
func dutyReference(house duty.Reference, schedule string) (duty.Reference, error) {
	if schedule == "" || schedule == house.Tariff.About.Name {
		return house, nil
	}
	if !slices.Contains(tariff.ShippedNames(), schedule) {
		return duty.Reference{}, fault.New(fault.Invalid, "HTTP-SCHEDULE-01", "/schedule", "there is no schedule “{name}”", "use one of: {known}",
			"name", clip(schedule), "known", strings.Join(tariff.ShippedNames(), ", "))
	}
	ref, err := duty.ReferenceOf(schedule)
	ref.FX, ref.Calendar = house.FX, house.Calendar
	return ref, err
}

func atMost(limit int) int {
	if limit <= 0 {
		return 50
	}
	return min(limit, 1000)
}

func (s *Server) commodity(text string, on clock.Date) (Commodity, error) {
	code, err := tariff.ParseCode(text)
	if err != nil {
		return Commodity{}, err
	}
	ref := s.Reference()
	goods, err := ref.Duty.Tariff.Declared(code, on)
	if err != nil {
		return Commodity{}, err
	}
	out := shown(goods, on, goods.Path())
	for _, m := range goods.Measures() {
		out.Measures = append(out.Measures, measureShown(m))
	}
	for _, tax := range []tariff.Kind{tariff.VAT, tariff.ConsumptionTax} {
		if ref.Duty.Taxes == nil {
			break
		}
		if row, ok := ref.Duty.Taxes.At(tax, code, on); ok {
			out.Taxes = append(out.Taxes, taxShown(row))
		}
	}
	return out, nil
}

func shown(g tariff.Goods, on clock.Date, path []*tariff.Commodity) Commodity {
	c := g.Commodity()
	out := Commodity{Code: c.Code, Name: c.EN, NameZH: c.ZH, Declarable: c.Declarable, On: on, Units: c.Units, Path: []NamedCode{}}
	for _, above := range path {
		out.Path = append(out.Path, NamedCode{string(above.Code), above.EN, above.ZH})
	}
	return out
}

func measureShown(m *tariff.Measure) Measure {
	out := Measure{Kind: m.Kind.String(), Areas: m.Areas, From: m.From, To: m.To, Law: m.Law}
	if m.Duty != nil {
		out.Duty = m.Duty.String()
	}
	return out
}

func modeShown(m *procedure.Mode, whole bool) ModeShown {
	out := ModeShown{ID: m.ID, Version: m.Version, Title: m.Title.English, TitleZH: m.Title.Chinese, From: m.From, To: m.To, Areas: m.Areas, Credit: m.Credit, Papers: m.Papers, Hash: m.Hash}
	if whole {
		out.Source = string(m.Source)
	}
	return out
}

func taxShown(row *tariff.TaxRow) Measure {
	return Measure{Kind: row.Tax.String(), Duty: row.Duty.String(), From: row.From, To: row.To, Law: row.Law}
}
