package party

import (
	"strings"
	"testing"

	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/locales"
)

// Whoever is refused reads in Chinese what the posts do not include and who may do
// it: no name of the program stands in it.
func TestARefusalOfRightsHasWordsForEveryKindActionAndPost(t *testing.T) {
	m := Rights()
	kinds := map[string]bool{}
	for _, p := range m.Posts {
		for kind := range p.May {
			if kind != "*" {
				kinds[kind] = true
			}
		}
	}
	ascii := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' })
	}
	tried := 0
	for kind := range kinds {
		for _, action := range actions {
			who := Who{Actor: decision.Actor{ID: "1", Kind: journal.Officer, Posts: []string{string(Expert)}, Areas: []string{AnyArea}}}
			faults := fault.All(m.May(who, action, Object{Kind: kind, ID: "7"}))
			if len(faults) == 0 {
				continue
			}
			tried++
			text, cure := locales.Fault(locales.Chinese, faults[0])
			if ascii(text) || ascii(cure) {
				t.Errorf("%s %s: %s; %s", action, kind, text, cure)
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d refusals were read", tried)
	}
}
