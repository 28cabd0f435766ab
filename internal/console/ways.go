package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/party"
	"seine/internal/store"
)

type waysKey struct{}

// way is the screen at the end of a link.
type way struct{ Screen }

func (way) ServeHTTP(http.ResponseWriter, *http.Request) {}

// waysTo finds screens by the addresses that links name.
func waysTo(screens []Screen) *http.ServeMux {
	mux := http.NewServeMux()
	for _, screen := range screens {
		if strings.HasPrefix(screen.Pattern, http.MethodGet+" ") {
			mux.Handle(screen.Pattern, way{screen})
		}
	}
	return mux
}

// lifePrefix begins the address of a life line; the kind of the thing follows.
const lifePrefix = "/life/"

// leads tells whether a link to href takes the person who looks anywhere but to a
// refusal, as far as desk and posts say. A page offers no other way: it shows the
// word without the link, and leaves the button out.
func leads(ctx context.Context, href string) bool {
	if href == "" {
		return false
	}
	ways, known := ctx.Value(waysKey{}).(*http.ServeMux)
	v := ViewerOf(ctx)
	if !known || !v.SignedIn() || !strings.HasPrefix(href, "/") {
		return true
	}
	u, err := url.Parse(href)
	if err != nil {
		return false
	}
	found, pattern := ways.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: u.Path}})
	end, screen := found.(way)
	if pattern == "" || !screen {
		return true // a file, the interface for machines: not a page of ours
	}
	if rest, life := strings.CutPrefix(u.Path, lifePrefix); life {
		kind, _, _ := strings.Cut(rest, "/")
		if v.Enterprise != "" && decision.Kind(kind) == dossier.Passage {
			return false // passages belong to the gate: the trade sees what became of its note
		}
		return party.Could(v.Posts, party.View, lifeKind(kind))
	}
	return end.Public || end.opens(v)
}

// lifeKind gives the kind of document that the right to a thing's life line is
// asked for: what is no document of ours belongs to the journal.
func lifeKind(kind string) string {
	if slices.Contains(store.Kinds(), decision.Kind(kind)) {
		return kind
	}
	return "journal"
}

// open gives the acts that lead somewhere for the person who looks, and those that
// send a form; dangerous ones stand last, for the first is the one that the page is
// for.
func open(ctx context.Context, acts []Act) []Act {
	rest := slices.DeleteFunc(slices.Clone(acts), func(a Act) bool { return a.Href != "" && !leads(ctx, a.Href) })
	slices.SortStableFunc(rest, func(a, b Act) int {
		switch {
		case a.Danger == b.Danger:
			return 0
		case a.Danger:
			return 1
		}
		return -1
	})
	return rest
}
