package edifact

import (
	"encoding/json"

	"seine/internal/fault"
)

// The JSON form of a file, as `seine decode edifact` prints it. An element with
// one component is a string, one with several an array of strings, a repeated
// one {"repeat": [...]}; an element left out is "".

type fileBody struct {
	Interchanges []interchangeBody `json:"interchanges"`
	Segments     int               `json:"segments"`
	Faults       []faultBody       `json:"faults,omitempty"`
	Notes        []faultBody       `json:"notes,omitempty"`
}

type interchangeBody struct {
	Charset   string        `json:"charset"`
	Header    *segmentBody  `json:"header,omitempty"`
	Groups    []groupBody   `json:"groups,omitempty"`
	Messages  []messageBody `json:"messages,omitempty"`
	Trailer   *segmentBody  `json:"trailer,omitempty"`
	Syntax    string        `json:"syntax,omitempty"`
	Version   string        `json:"syntaxVersion,omitempty"`
	Sender    string        `json:"sender,omitempty"`
	Recipient string        `json:"recipient,omitempty"`
	Reference string        `json:"reference,omitempty"`
}

type groupBody struct {
	Header   segmentBody   `json:"header"`
	Messages []messageBody `json:"messages"`
	Trailer  *segmentBody  `json:"trailer,omitempty"`
}

type messageBody struct {
	Type      string        `json:"type"`
	Version   string        `json:"version"`
	Reference string        `json:"reference"`
	Header    *segmentBody  `json:"header,omitempty"`
	Segments  []segmentBody `json:"segments"`
	Trailer   *segmentBody  `json:"trailer,omitempty"`
}

type segmentBody struct {
	Number  int           `json:"n"`
	Tag     string        `json:"tag"`
	Nesting []string      `json:"nesting,omitempty"`
	Data    []elementBody `json:"data"`
}

type elementBody Element

type faultBody struct {
	Code string `json:"code"`
	Path string `json:"path,omitempty"`
	Text string `json:"text"`
	Cure string `json:"cure"`
}

// MarshalJSON writes the shortest of the three forms.
func (e elementBody) MarshalJSON() ([]byte, error) {
	if len(e) == 1 {
		return json.Marshal(shortest(e[0]))
	}
	repeats := make([]any, len(e))
	for i, r := range e {
		repeats[i] = shortest(r)
	}
	return json.Marshal(map[string]any{"repeat": repeats})
}

func shortest(components []string) any {
	if len(components) == 1 {
		return components[0]
	}
	return components
}

// MarshalJSON gives interchanges, groups, messages and segments, and beside
// them every fault and note.
func (f *File) MarshalJSON() ([]byte, error) {
	body := fileBody{Interchanges: []interchangeBody{}, Segments: f.Segments, Faults: faultBodies(f.Faults), Notes: faultBodies(f.Notes)}
	for _, i := range f.Interchanges {
		out := interchangeBody{Charset: i.Charset, Header: segmentOrNil(i.Header), Trailer: segmentOrNil(i.Trailer), Messages: messageBodies(i.Messages)}
		out.Syntax, out.Version = i.Syntax()
		out.Sender, _ = i.Sender()
		out.Recipient, _ = i.Recipient()
		out.Reference = i.Reference()
		for _, g := range i.Groups {
			out.Groups = append(out.Groups, groupBody{Header: segmentOf(g.Header), Messages: messageBodies(g.Messages), Trailer: segmentOrNil(g.Trailer)})
		}
		body.Interchanges = append(body.Interchanges, out)
	}
	return json.Marshal(body)
}

func messageBodies(messages []Message) []messageBody {
	var out []messageBody
	for _, m := range messages {
		b := messageBody{Type: m.Type(), Version: m.Version(), Reference: m.Reference(), Segments: []segmentBody{}, Trailer: segmentOrNil(m.Trailer)}
		if m.Header.Tag != "" {
			b.Header = segmentOrNil(&m.Header)
		}
		for _, s := range m.Segments {
			b.Segments = append(b.Segments, segmentOf(s))
		}
		out = append(out, b)
	}
	return out
}

func segmentOf(s Segment) segmentBody {
	out := segmentBody{Number: s.Number, Tag: s.Tag, Nesting: s.Nesting, Data: make([]elementBody, len(s.Data))}
	for i, e := range s.Data {
		out.Data[i] = elementBody(e)
	}
	return out
}

func segmentOrNil(s *Segment) *segmentBody {
	if s == nil {
		return nil
	}
	out := segmentOf(*s)
	return &out
}

func faultBodies(list fault.List) []faultBody {
	var out []faultBody
	for _, f := range list {
		out = append(out, faultBody{Code: f.Code, Path: f.Path, Text: f.Message(), Cure: f.Remedy()})
	}
	return out
}
