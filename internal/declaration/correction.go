package declaration

import "seine/internal/clock"

// CorrectionKind says what is asked for.
type CorrectionKind string

const (
	Amend  CorrectionKind = "amend"
	Delete CorrectionKind = "delete"
)

// Change is one field that differs between two versions of a declaration.
// Before or After is empty when the field is absent on that side.
type Change struct {
	Path   string `json:"path"` // RFC 6901
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Correction is a request to amend or delete an accepted declaration (删改单).
type Correction struct {
	Kind     CorrectionKind `json:"kind"`
	Reason   string         `json:"reason"` // code of the listed reason
	Text     string         `json:"text,omitempty"`
	By       string         `json:"by,omitempty"`
	At       clock.Instant  `json:"at,omitempty"`
	Changes  []Change       `json:"changes,omitempty"`
	Proposed *Declaration   `json:"proposed,omitempty"` // the whole declaration as it shall be
	First    string         `json:"first,omitempty"`    // officers who confirmed
	Second   string         `json:"second,omitempty"`
}
