package main

import "seine/internal/fault"

// noName refuses a name that is none of a list's.
func noName(code, name, kind, names string) error {
	return fault.New(fault.NotFound, code, "", "there is no {kind} “{name}”", "use one of {names}", "kind", kind, "name", clip(name), "names", names)
}

func noCode(code, list string) error {
	return fault.New(fault.NotFound, "CMD-CODE-01", "", "list {list} has no code “{code}”", "look it up with “seine codes list {list}”",
		"list", list, "code", clip(code))
}

// clip keeps a refused text short enough to show.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
