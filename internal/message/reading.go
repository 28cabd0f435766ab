package message

import (
	"seine/internal/fault"
	"seine/internal/manifest"
)

// ManifestReading is one manifest as a message gave it, with all that was found
// while reading. The manifest holds what could be read even when there are
// faults; the rules of a manifest (manifest.Check) are not applied here.
type ManifestReading struct {
	Manifest  manifest.Manifest
	Format    string     // "cuscar", "manifest-json", "manifest-csv"
	Version   string     // of the message's directory or schema, such as D.95B
	Encoding  string     // how the text was encoded
	Reference string     // the message's own number
	Function  Function   // what the sender wants done with it
	Syntax    fault.List // the envelope is wrong: counts, references, missing ends
	Faults    fault.List // the content is wrong and must be corrected
	Notes     fault.List // worth knowing: forgiven, taken over from elsewhere, not used
}

// Function says what the sender wants done (UN/EDIFACT 1225).
type Function string

const (
	Original  Function = "original"
	Addition  Function = "addition"
	Deletion  Function = "deletion"
	Change    Function = "change"
	Replace   Function = "replace"
	Cancel    Function = "cancellation"
	Duplicate Function = "duplicate"
	Unstated  Function = ""
)

// functions maps UN/EDIFACT 1225.
var functions = map[string]Function{
	"1": Cancel, "2": Addition, "3": Deletion, "4": Change, "5": Replace, "7": Duplicate, "9": Original,
	"20": Replace, "36": Change,
}
