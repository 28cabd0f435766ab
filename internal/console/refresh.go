package console

import (
	"strings"

	"github.com/a-h/templ"
)

// refreshOn makes a part of a page fetch itself anew when something happens that
// it shows: the same address, so the same rights. What has the focus stays.
func refreshOn(path, target string, topics ...string) templ.Attributes {
	if path == "" {
		return nil
	}
	return templ.Attributes{"hx-get": path, "hx-trigger": triggers(topics), "hx-select": target, "hx-swap": "outerMorph"}
}

// newOn makes a line ask how many rows are new when something happens; what it
// gets stands inside it, and the rows of the list stay where they are.
func newOn(path string, topics ...string) templ.Attributes {
	return templ.Attributes{"hx-get": path, "hx-trigger": triggers(topics), "hx-swap": "innerHTML"}
}

func triggers(topics []string) string {
	list := make([]string, len(topics))
	for i, topic := range topics {
		list[i] = "live:" + topic + " from:body throttle:2s"
	}
	return strings.Join(list, ", ")
}

// grouped2 writes a value met by a rule for reading: numbers in groups.
func grouped2(value string) string {
	if value == "" {
		return "–"
	}
	for _, r := range value {
		if (r < '0' || r > '9') && r != '.' && r != '-' {
			return value
		}
	}
	if len(value) < 5 {
		return value
	}
	return grouped(value)
}
