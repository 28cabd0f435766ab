package console

import (
	"context"
	"slices"
	"strings"

	"seine/internal/book"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/store"
)

// pick is what a field is offered to choose from while it is written: the codes of a
// list, or papers of the person's own. It is an offer and no bound; whether a value
// is right is for the story to say.
type pick string

const (
	ownBooks      pick = "own-books"
	ownGuarantees pick = "own-guarantees"
	declaredUnits pick = "declared-units"
)

// mostOwn bounds the papers of one's own that are offered.
const mostOwn = 100

// picks are the offers by the last name of an element: an element of one name is
// picked from the same list in every paper.
var picks = map[string]pick{
	"country": pick(codelist.Countries), "departureCountry": pick(codelist.Countries), "tradeCountry": pick(codelist.Countries),
	"origin": pick(codelist.Countries), "finalDestination": pick(codelist.Countries), "destination": pick(codelist.Countries),
	"currency": pick(codelist.Currencies), "unit": declaredUnits, "legalUnit": declaredUnits, "legalUnit2": declaredUnits,
	"packageKind": pick(codelist.Packages), "transportMode": pick(codelist.TransportModes), "transport/mode": pick(codelist.TransportModes),
	"tradeMode": pick(codelist.SupervisionModes), "levyNature": pick(codelist.LevyNatures), "levyMode": pick(codelist.ReliefModes),
	"competentOffice": pick(codelist.Offices), "entryOffice": pick(codelist.Offices),
	"bookNumber": ownBooks, "book": ownBooks, "guarantee": ownGuarantees,
}

// pickOf gives what an element is picked from, "" for one that is written freely or
// chosen from a closed list.
func pickOf(e formElement) pick {
	if e.Kind != "" {
		return ""
	}
	name := strings.TrimPrefix(e.Path, "/")
	if p, known := picks[name]; known {
		return p
	}
	return picks[name[strings.LastIndexByte(name, '/')+1:]]
}

// offers are the picks of a form, each once.
func (f *paperForm) offers() []pick {
	var all []pick
	for _, section := range f.Shape.Sections {
		for _, e := range section.Elements {
			all = append(all, pickOf(e))
		}
	}
	for _, e := range f.Shape.Line {
		all = append(all, pickOf(e))
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(p pick) bool { return p == "" })
}

type picksKey struct{}

// withPicks returns ctx with the way to what fields are picked from; it is asked only
// where a form is shown.
func (s *Server) withPicks(ctx context.Context) context.Context {
	return context.WithValue(ctx, picksKey{}, s.offered)
}

// offered gives the options of a pick; what cannot be read now is not offered, and the
// field is written as before.
func offered(ctx context.Context, p pick) []Option {
	from, known := ctx.Value(picksKey{}).(func(context.Context, pick) []Option)
	if !known {
		return nil
	}
	return from(ctx, p)
}

func (s *Server) offered(ctx context.Context, p pick) []Option {
	switch p {
	case ownBooks:
		return s.own(ctx, dossier.Book, string(book.Active), func(item store.Item) (Option, error) {
			b, err := read[book.Book](item)
			return Option{b.Number, named(ctx, bookKinds, b.Kind)}, err
		})
	case ownGuarantees:
		return s.own(ctx, dossier.Guarantee, string(guarantee.Active), func(item store.Item) (Option, error) {
			g, err := read[guarantee.Guarantee](item)
			return Option{g.Number, T(ctx, "pick.guarantee", "limit", Amount(g.Limit, "CNY"), "day", g.ValidTo.String())}, err
		})
	}
	if s.deps.House.Reference == nil {
		return nil
	}
	codes := s.deps.House.Reference().Codes
	name := codelist.ListName(p)
	if p == declaredUnits {
		name = codelist.CustomsUnits
	}
	list, today := codes.List(name), s.now().Date()
	if list == nil {
		return nil
	}
	var options []Option
	for e := range list.All() {
		code := e.Code
		if p == declaredUnits {
			unit, same := codes.UnitOf(codelist.CustomsUnitCode(e.Code))
			if !same {
				continue
			}
			code = string(unit)
		}
		if e.InForce(today) {
			options = append(options, Option{code, e.Label(LanguageOf(ctx))})
		}
	}
	return options
}

// own offers papers in force of the enterprise that the person acts for.
func (s *Server) own(ctx context.Context, kind decision.Kind, state string, option func(store.Item) (Option, error)) []Option {
	enterprise := ViewerOf(ctx).Enterprise
	if enterprise == "" || s.deps.House.Read == nil {
		return nil
	}
	page, err := s.house().Read.List(ctx, kind, store.Query{Where: map[string][]string{"enterprise": {enterprise}, "state": {state}}, Limit: mostOwn})
	if err != nil {
		return nil
	}
	var options []Option
	for _, item := range page.Items {
		o, err := option(item)
		if err != nil {
			return nil
		}
		options = append(options, o)
	}
	return options
}
