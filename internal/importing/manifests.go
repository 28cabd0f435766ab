package importing

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/message"
)

// ManifestDesk receives manifests; clearance.Desk is one.
type ManifestDesk interface {
	ReceiveManifest(ctx context.Context, c decision.Command, by decision.Actor, f clearance.Filing) (decision.Receipt, error)
}

// Manifests takes over files of manifests.
type Manifests struct {
	Desk  ManifestDesk
	Store Decider
	By    decision.Actor
	Now   func() clock.Instant

	Supply *Supply // added where the source does not state it; nil for nothing
}

// Received is a message as it came in, kept whole beside what was made of it; the
// doors of the API keep the same members.
type Received struct {
	ID       string        `json:"id"`
	Format   string        `json:"format"` // content type
	Sender   string        `json:"sender"` // enterprise, "" for an import by customs
	Name     string        `json:"name"`   // of the file
	Received clock.Instant `json:"received"`
	State    string        `json:"state"` // received, taken, refused
	Bytes    int           `json:"bytes"`
	SHA256   string        `json:"sha256"`
	Packed   []byte        `json:"packed"`             // gzip of what came
	Supplied []Supplied    `json:"supplied,omitempty"` // additions to what it says
	Faults   []string      `json:"faults,omitempty"`   // codes, when something in it was refused
}

// ManifestOutcome is what became of one manifest of a file.
type ManifestOutcome struct {
	Reference string   `json:"reference,omitempty"`
	Number    string   `json:"number,omitempty"`
	Journey   string   `json:"journey,omitempty"`
	Function  string   `json:"function,omitempty"`
	ID        string   `json:"id,omitempty"`
	Version   int      `json:"version,omitempty"`
	State     string   `json:"state,omitempty"`
	Before    bool     `json:"already,omitempty"` // was in from an earlier run
	Bills     []string `json:"bills"`             // numbers as the file gives them
	Equipment int      `json:"containers"`
	Faults    []Fault  `json:"faults,omitempty"` // it was refused for these

	Left     []BillOutcome    `json:"refused_bills,omitempty"` // bills of lading that were not taken, while the others were
	Stated   []message.Stated `json:"stated,omitempty"`        // said by the message in a form that was not used
	Supplied []Supplied       `json:"supplied,omitempty"`      // added by the import
	Envelope []Fault          `json:"envelope,omitempty"`      // wrong about the message, tolerated
	Notes    []Fault          `json:"notes,omitempty"`
}

// BillOutcome is a bill of lading that was not taken, with its reasons.
type BillOutcome struct {
	Row    int     `json:"row"`
	Number string  `json:"number,omitempty"`
	Faults []Fault `json:"faults"`
}

// Refused tells whether the manifest was not taken.
func (o *ManifestOutcome) Refused() bool { return len(o.Faults) > 0 }

// FileOutcome is what became of one file.
type FileOutcome struct {
	File      string            `json:"file"`
	Format    string            `json:"format"`
	Version   string            `json:"version,omitempty"` // of the message
	Encoding  string            `json:"encoding,omitempty"`
	Manifests []ManifestOutcome `json:"manifests"`
	Faults    []Fault           `json:"faults,omitempty"` // that stopped the reading
}

// Refused tells whether anything in the file was refused.
func (f *FileOutcome) Refused() bool {
	for i := range f.Manifests {
		if f.Manifests[i].Refused() || len(f.Manifests[i].Left) > 0 {
			return true
		}
	}
	return len(f.Faults) > 0
}

// format is one format of manifests.
type format struct {
	content string // type
	read    func(io.Reader) ([]message.ManifestReading, error)
}

var formats = map[string]format{
	"cuscar":        {"application/edifact", message.ReadCuscar},
	"manifest-json": {"application/json", message.ReadManifestJSON},
	"manifest-csv":  {"text/csv", message.ReadManifestCSV},
}

// ManifestFormats lists the formats that Take knows.
func ManifestFormats() []string { return []string{"cuscar", "manifest-json", "manifest-csv"} }

// Recognise tells the format of a manifest by its first bytes: an interchange
// begins with UNA, UNB or UNH, JSON with a brace or bracket, all else is a table.
func Recognise(content []byte) string {
	start := bytes.TrimLeft(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(start, []byte("UNA")), bytes.HasPrefix(start, []byte("UNB")), bytes.HasPrefix(start, []byte("UNH")):
		return "cuscar"
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		return "manifest-json"
	}
	return "manifest-csv"
}

// Take takes over every manifest of a file; an empty format is recognised. The
// file is kept as it came, whatever becomes of it. What is wrong with the envelope of a message (counts, references) is told and
// tolerated, what is wrong with a manifest refuses that one. The same file again
// changes nothing. The error is one of the store or of reading; faults stand in
// the outcome.
//
// Faults beside those of reading and receiving: IMPORT-FORMAT-01 (no such
// format), IMPORT-FUNCTION-01 (the message cancels or deletes), IMPORT-EMPTY-01
// (no manifest in the file).
func (m *Manifests) Take(ctx context.Context, name, format string, in io.Reader) (*FileOutcome, error) {
	plain, _, err := message.Unpack(in)
	if err != nil {
		return said(name, format, err)
	}
	content, err := io.ReadAll(io.LimitReader(plain, message.TextLimit))
	if err != nil {
		return said(name, format, err)
	}
	if format == "" {
		format = Recognise(content)
	}
	known, ok := formats[format]
	if !ok {
		return said(name, format, fault.New(fault.NotFound, "IMPORT-FORMAT-01", "", "there is no manifest format “{format}”",
			"use cuscar, manifest-json or manifest-csv", "format", format))
	}
	out := &FileOutcome{File: name, Format: format, Manifests: []ManifestOutcome{}}
	readings, err := known.read(bytes.NewReader(content))
	if err != nil {
		list := fault.All(err)
		if list == nil {
			return nil, err
		}
		out.Faults = inWords(list)
	}
	if len(readings) == 0 && len(out.Faults) == 0 {
		out.Faults = inWords(fault.List{fault.New(fault.Invalid, "IMPORT-EMPTY-01", "", "there is no manifest in {file}",
			"check that it is the right file", "file", name)})
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	kept, err := m.keep(ctx, name, format, digest, content)
	if err != nil {
		return nil, err
	}
	for i := range readings {
		r := &readings[i]
		out.Version, out.Encoding = r.Version, r.Encoding
		supplied, err := m.Supply.apply(r)
		if err != nil {
			return out, fmt.Errorf("make the additions to manifest %s: %w", r.Manifest.ID, err)
		}
		one, err := m.take(ctx, r, fmt.Sprintf("import/manifest/%s/%d", digest, i), kept)
		if err != nil {
			return out, err
		}
		one.Supplied = supplied
		out.Manifests = append(out.Manifests, one)
	}
	return out, m.close(ctx, kept, out)
}

// close notes what became of a message.
func (m *Manifests) close(ctx context.Context, kept string, out *FileOutcome) error {
	state, codes := "taken", []string(nil)
	add := func(faults []Fault) {
		for _, f := range faults {
			if state = "refused"; len(codes) < 20 {
				codes = append(codes, strings.TrimSpace(f.Code+" "+f.Field))
			}
		}
	}
	var supplied []Supplied
	add(out.Faults)
	for i := range out.Manifests {
		add(out.Manifests[i].Faults)
		for _, b := range out.Manifests[i].Left {
			add(b.Faults)
		}
		supplied = append(supplied, out.Manifests[i].Supplied...)
	}
	c := decision.Command{Name: "message.close", Actor: m.By.ID, Received: m.Now()}
	_, err := m.Store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r, version, err := decision.Load[Received](v, dossier.Message, kept)
		if err != nil || r.State == state {
			return decision.Outcome{}, err
		}
		r.State, r.Faults, r.Supplied = state, codes, supplied
		return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Message, ID: r.ID, Version: version, Body: r}}}, nil
	})
	if err != nil {
		return fmt.Errorf("note what became of the message: %w", err)
	}
	return nil
}

// said gives an error of the file as its outcome when it is a fault.
func said(name, format string, err error) (*FileOutcome, error) {
	list := fault.All(err)
	if list == nil {
		return nil, err
	}
	return &FileOutcome{File: name, Format: format, Manifests: []ManifestOutcome{}, Faults: inWords(list)}, nil
}

func inWords(list fault.List) []Fault {
	var all []Fault
	for _, f := range list {
		all = append(all, Fault{f.Code, f.Path, f.Message(), f.Remedy()})
	}
	return all
}

// keep stores the message as it was received, once, and gives its id.
func (m *Manifests) keep(ctx context.Context, name, format, digest string, content []byte) (string, error) {
	c := decision.Command{
		Name: "message.receive", Nature: decision.Fact, Actor: m.By.ID, Key: "import/message/" + digest, Content: []byte(digest), Received: m.Now(),
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(content); err != nil {
		return "", fmt.Errorf("pack the message: %w", err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("pack the message: %w", err)
	}
	receipt, err := m.Store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r := Received{
			ID: v.NewID(), Format: formats[format].content, Name: filepath.Base(name), Received: v.Now(), State: "received",
			SHA256: digest, Bytes: len(content), Packed: packed.Bytes(),
		}
		e := decision.Entry(v, m.By, "message.received", journal.Ref{Kind: string(dossier.Message), ID: r.ID})
		body, err := json.Marshal(map[string]any{"format": r.Format, "sha256": digest, "bytes": r.Bytes})
		e.Body = body
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Message, ID: r.ID, Body: r}},
			Entries: []journal.Entry{e}, Reply: r.ID,
		}, err
	})
	if err != nil {
		return "", fmt.Errorf("keep the message: %w", err)
	}
	var id string
	err = json.Unmarshal(receipt.Reply, &id)
	return id, err
}

func (m *Manifests) take(ctx context.Context, r *message.ManifestReading, key, kept string) (ManifestOutcome, error) {
	out := ManifestOutcome{
		Reference: r.Reference, Number: r.Manifest.ID, Journey: r.Manifest.Transport.Journey, Function: string(r.Function), Bills: []string{},
		Envelope: inWords(r.Syntax), Notes: inWords(r.Notes),
		Stated: r.Stated,
	}
	for i := range r.Manifest.Consignments {
		bill := &r.Manifest.Consignments[i]
		out.Bills = append(out.Bills, bill.Number)
		out.Equipment += len(bill.Equipment)
	}
	switch r.Function {
	case message.Deletion, message.Cancel:
		out.Faults = append(out.Faults, inWords(fault.List{fault.New(fault.Refused, "IMPORT-FUNCTION-01", "/function", "a message that takes a manifest back ({function}) is not imported",
			"let the carrier ask for it at the counter", "function", string(r.Function))})...)
	case message.Original, message.Addition, message.Change, message.Replace, message.Duplicate, message.Unstated:
	}
	if out.Refused() {
		out.Faults = append(inWords(r.Faults), out.Faults...)
		return out, nil
	}
	content, err := json.Marshal(r)
	if err != nil {
		return out, err
	}
	// Other additions make another manifest of the same file.
	made := sha256.Sum256(content)
	key += "/" + hex.EncodeToString(made[:8])
	c := decision.Command{Name: "manifest.receive", Actor: m.By.ID, Key: key, Content: content, Received: m.Now()}
	receipt, err := m.Desk.ReceiveManifest(ctx, c, m.By, clearance.Filing{Manifest: r.Manifest, Scope: r.Function.Scope(), Message: kept, Faults: r.Faults})
	if err != nil {
		list := fault.All(err)
		if list == nil {
			return out, err
		}
		out.Faults = inWords(list)
		return out, nil
	}
	var reply clearance.ManifestReply
	if err := json.Unmarshal(receipt.Reply, &reply); err != nil {
		return out, err
	}
	out.ID, out.Version, out.State, out.Number, out.Before = reply.ID, reply.Version, reply.State, reply.Number, receipt.Repeated
	for _, b := range reply.Refused {
		one := BillOutcome{Row: b.Row, Number: b.Number}
		for _, n := range b.Faults {
			one.Faults = append(one.Faults, Fault{n.Code, n.Path, n.Detail, n.Cure})
		}
		out.Left = append(out.Left, one)
		if b.Row <= len(r.Manifest.Consignments) {
			out.Equipment -= len(r.Manifest.Consignments[b.Row-1].Equipment)
		}
	}
	for _, n := range reply.Warnings {
		out.Notes = append(out.Notes, Fault{n.Code, n.Path, n.Detail, ""})
	}
	return out, nil
}
