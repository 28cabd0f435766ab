// Package internal_test holds what is true of the house as a whole: which room
// may know which, and that every refusal has words in both languages.
package internal_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors are the storeys of the house, ground first. A package imports from
// floors below its own; what it takes from its own floor stands in sideways. A
// new package is one word here, a new arrow one line below.
var floors = []string{
	"fault",
	"num clock codelist geo jsonform",
	"lifecycle ledger obligation journal review decision declaration/number",
	"dossier config",
	`party law tariff duty manifest declaration licence archive book guarantee revenue bank procedure risk
	 inspection enforcement audit writeoff feed gate fence command window credit plan`,
	"casework deliberation",
	"clearance bonded control registry identity oversight treasury draft subscription",
	"check",
	"store",
	"message device print",
	"importing",
	"httpapi console job banklink",
	"sim bench",
	"app",
}

// sideways are the arrows within a floor.
var sideways = strings.Fields(`
	num→clock clock→num codelist→clock codelist→num
	obligation→ledger obligation→lifecycle review→lifecycle decision→ledger decision→obligation decision→journal decision→review decision→lifecycle
	duty→tariff
	declaration→manifest
	writeoff→book writeoff→feed
	bonded→clearance control→clearance control→bonded oversight→clearance treasury→clearance
	store/storetest→store
`)

func TestImportsPointDownTheHouse(t *testing.T) {
	floor := map[string]int{}
	// A package below a room belongs to it, unless it has a floor of its own.
	roomOf := func(path string) string {
		if _, own := floor[path]; own {
			return path
		}
		room, _, _ := strings.Cut(path, "/")
		return room
	}
	for level, rooms := range floors {
		for _, room := range strings.Fields(rooms) {
			floor[room] = level
		}
	}
	const house = "seine/internal/"
	out, err := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "seine/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from, inside := strings.CutPrefix(words[0], house)
		room := roomOf(from)
		if _, known := floor[room]; inside && !known {
			t.Errorf("%s stands on no floor: add it to the table", from)
			continue
		}
		for _, word := range words[1:] {
			to, ours := strings.CutPrefix(word, house)
			other := roomOf(to)
			if !inside || !ours || room == other || floor[other] < floor[room] {
				continue
			}
			if !slices.Contains(sideways, room+"→"+other) && !slices.Contains(sideways, from+"→"+to) {
				t.Errorf("%s imports %s, which is not below it", from, to)
			}
		}
	}
}
