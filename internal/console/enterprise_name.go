package console

import (
	"context"

	"github.com/a-h/templ"

	"seine/internal/dossier"
	"seine/internal/party"
)

type namesKey struct{}

// withNames returns ctx with the way to the names of enterprises: lists keep codes,
// and people read names. What one page asks twice is read once.
func (s *Server) withNames(ctx context.Context) context.Context {
	known := map[string]string{}
	return context.WithValue(ctx, namesKey{}, func(code string) string {
		name, asked := known[code]
		if !asked && s.deps.House.Read != nil {
			var e party.Enterprise
			if _, err := s.house().Read.Load(ctx, dossier.Enterprise, code, &e); err == nil {
				name = e.Name
			}
			known[code] = name
		}
		return name
	})
}

// Enterprise is a cell with an enterprise: its name with its credit code, or the code
// alone where none is registered under it.
func Enterprise(ctx context.Context, code string) templ.Component {
	nameOf, _ := ctx.Value(namesKey{}).(func(string) string)
	if nameOf == nil || code == "" {
		return Code(code)
	}
	if name := nameOf(code); name != "" {
		return nameAndCode(name, code)
	}
	return Code(code)
}
