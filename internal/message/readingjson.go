package message

import (
	"encoding/json"

	"seine/internal/fault"
)

type readingBody struct {
	Format    string       `json:"format"`
	Version   string       `json:"version,omitempty"`
	Encoding  string       `json:"encoding,omitempty"`
	Reference string       `json:"reference,omitempty"`
	Manifest  manifestBody `json:"manifest"`
	Syntax    []faultBody  `json:"syntax,omitempty"`
	Faults    []faultBody  `json:"faults,omitempty"`
	Notes     []faultBody  `json:"notes,omitempty"`
	Stated    []Stated     `json:"stated,omitempty"`
}

type faultBody struct {
	Code string `json:"code"`
	Path string `json:"path,omitempty"`
	Text string `json:"text"`
	Cure string `json:"cure"`
}

// MarshalJSON writes the manifest in the form that ReadManifestJSON reads, with
// all that was found beside it.
func (r ManifestReading) MarshalJSON() ([]byte, error) {
	return json.Marshal(readingBody{
		Format: r.Format, Version: r.Version, Encoding: r.Encoding, Reference: r.Reference,
		Manifest: bodyOf(r.Manifest, r.Function),
		Syntax:   faultBodies(r.Syntax), Faults: faultBodies(r.Faults), Notes: faultBodies(r.Notes), Stated: r.Stated,
	})
}

func faultBodies(list fault.List) []faultBody {
	var out []faultBody
	for _, f := range list {
		out = append(out, faultBody{Code: f.Code, Path: f.Path, Text: f.Message(), Cure: f.Remedy()})
	}
	return out
}
