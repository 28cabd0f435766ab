package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"golang.org/x/mod/sumdb/note"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Options say what a verifier trusts.
type Options struct {
	// Keys are the public keys of logs that the reader trusts, as published. With
	// none, a file is checked against the key inside it: that shows that the file
	// is whole, not who signed it.
	Keys []string
}

// Report is what verifying a file found. The file proves what it says when
// Findings is empty; it proves that customs said it when Trusted is true too.
type Report struct {
	Kind     string `json:"kind"` // receipt, promise, consistency, bundle, checkpoint; "" when not recognised
	Origin   string `json:"origin,omitempty"`
	Key      string `json:"key,omitempty"` // public key the signature was checked with
	Trusted  bool   `json:"trusted"`       // that key was given by the reader
	Size     uint64 `json:"size,omitempty"`
	Root     string `json:"root,omitempty"`
	Older    uint64 `json:"older,omitempty"`    // of a consistency proof: size of the older log
	Entries  uint64 `json:"entries,omitempty"`  // looked at
	Withheld uint64 `json:"withheld,omitempty"` // of these, entries whose content is not in the file
	// Entry is the entry of a receipt, nil otherwise.
	Entry *Entry `json:"entry,omitempty"`
	// Promised is the id in a promise; DueAt when its receipt is due at the latest.
	Promised string        `json:"promised,omitempty"`
	DueAt    clock.Instant `json:"due_at,omitzero"`
	Findings fault.List    `json:"-"`
}

// OK tells whether nothing was found wrong.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

// MarshalJSON gives the report with its findings in English; "ok" is first.
func (r *Report) MarshalJSON() ([]byte, error) {
	type finding struct {
		Code string `json:"code"`
		Path string `json:"path,omitempty"`
		Text string `json:"text"`
		Cure string `json:"cure,omitempty"`
	}
	type plain Report
	findings := make([]finding, len(r.Findings))
	for i, f := range r.Findings {
		findings[i] = finding{f.Code, f.Path, f.Message(), f.Remedy()}
	}
	return json.Marshal(struct {
		OK bool `json:"ok"`
		*plain
		Findings []finding `json:"findings"`
	}{r.OK(), (*plain)(r), findings})
}

// found notes the faults of err below path and tells whether there was none. An
// error that is no fault (reading the file failed) is JOURNAL-FILE-04.
func (r *Report) found(path string, err error) bool {
	if err == nil {
		return true
	}
	if other := r.Findings.Add(path, err); other != nil {
		r.Findings = append(r.Findings, fault.New(fault.Invalid, "JOURNAL-FILE-04", path, "the file cannot be read to its end",
			"copy the file again").Because(other))
	}
	return false
}

func (r *Report) sealed(c Checkpoint) {
	r.Origin, r.Size, r.Root = c.Origin, c.Size, c.Root.String()
}

// VerifyFile reads a receipt, a promise, a consistency proof, a bundle or a
// signed checkpoint, recognises which it is and reports whether it proves what
// it says. It needs nothing but the file and the keys. A bundle is read line by
// line, everything else must fit into 4 MiB. The error is non-nil only when one
// of the keys in options is no key.
//
// Findings beside those of Receipt.Check, ConsistencyProof.Check, Promise.Open:
// JOURNAL-FILE-01 (not recognised), -02 (too large), -03 (not as issued), -04
// (unreadable); JOURNAL-KEY-03, -04 (the key); JOURNAL-BUNDLE-01 … -06.
func VerifyFile(in io.Reader, options Options) (*Report, error) {
	keys, err := Keyring(options.Keys)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	v := verification{report: r, keys: keys}
	v.file(bufio.NewReaderSize(in, 64<<10))
	return r, nil
}

// PublicKey is a key that a file is checked with.
type PublicKey struct {
	Text     string // as it was published, or as the file says
	Trusted  bool   // given by the reader, not only by the file
	Verifier note.Verifier
}

// Keys are the public keys that a reader trusts.
type Keys []PublicKey

// Keyring reads the keys that a reader trusts. Faults: JOURNAL-KEY-03.
func Keyring(texts []string) (Keys, error) {
	keys := make(Keys, len(texts))
	for i, text := range texts {
		v, err := ParsePublic(text)
		if err != nil {
			return nil, err
		}
		keys[i] = PublicKey{text, true, v}
	}
	return keys, nil
}

// Choose gives the key for a file that names the key inside: the trusted one of
// that name, or the file's own where nothing is trusted. Faults: JOURNAL-KEY-03,
// JOURNAL-KEY-04.
func (k Keys) Choose(inside string) (PublicKey, error) {
	own, err := ParsePublic(inside)
	if err != nil {
		return PublicKey{}, err
	}
	if len(k) == 0 {
		return PublicKey{inside, false, own}, nil
	}
	for _, t := range k {
		if t.Verifier.Name() == own.Name() && t.Verifier.KeyHash() == own.KeyHash() {
			return t, nil
		}
	}
	return PublicKey{Text: inside}, fault.New(fault.Invalid, "JOURNAL-KEY-04", "/key", "the file is signed with the key {key}, which was not given as trusted",
		"compare it with the key that customs publishes", "key", inside)
}

type verification struct {
	report *Report
	keys   Keys
}

// key chooses the verifier for a file that names the key inside.
func (v *verification) key(inside string) (note.Verifier, error) {
	k, err := v.keys.Choose(inside)
	v.report.Key, v.report.Trusted = k.Text, k.Trusted
	return k.Verifier, err
}

// file recognises what in holds. The first line decides: a bundle's head is a
// whole document on one line.
func (v *verification) file(in *bufio.Reader) {
	r := v.report
	first, err := readLine(in)
	if err != nil && !errors.Is(err, io.EOF) {
		r.found("", err)
		return
	}
	first = bytes.TrimSuffix(first, []byte("\r"))
	if head := (BundleHead{}); json.Unmarshal(first, &head) == nil && head.Format == BundleFormat {
		r.Kind = "bundle"
		verifyBundle(first, in, v.key, r)
		return
	}
	whole := bytes.NewBuffer(append(first, '\n'))
	if _, err := io.Copy(whole, io.LimitReader(in, maxLine)); err != nil {
		r.found("", err)
		return
	}
	if whole.Len() > maxLine {
		r.found("", fault.New(fault.Invalid, "JOURNAL-FILE-02", "", "the document is larger than {bytes} bytes",
			"take the file as it was issued", "bytes", maxLine))
		return
	}
	doc := whole.Bytes()
	if trimmed := bytes.TrimLeft(doc, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		v.checkpoint(string(doc))
		return
	}
	var named struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(doc, &named); err != nil {
		r.found("", unknownFile().Because(err))
		return
	}
	switch named.Format {
	case ReceiptFormat:
		v.receipt(doc)
	case PromiseFormat:
		v.promise(doc)
	case ConsistencyFormat:
		v.consistency(doc)
	case BundleFormat:
		r.found("", notAsIssued(errors.New("the head of a bundle must stand on one line")))
	default:
		r.found("", unknownFile())
	}
}

func unknownFile() *fault.Fault {
	return fault.New(fault.Invalid, "JOURNAL-FILE-01", "", "this is no receipt, promise, bundle, consistency proof or checkpoint",
		"give a file that the journal issued")
}

func (v *verification) receipt(doc []byte) {
	r := v.report
	r.Kind = "receipt"
	var f Receipt
	if !r.found("", Decode(doc, maxLine, &f)) {
		return
	}
	r.Entry, r.Entries = &f.Entry, 1
	key, err := v.key(f.Key)
	if !r.found("", err) {
		return
	}
	c, err := f.Check(key)
	r.sealed(c)
	r.found("", err)
}

func (v *verification) promise(doc []byte) {
	r := v.report
	r.Kind = "promise"
	var f Promise
	if !r.found("", Decode(doc, maxLine, &f)) {
		return
	}
	key, err := v.key(f.Key)
	if !r.found("", err) {
		return
	}
	s, err := f.Open(key)
	if r.found("", err) {
		r.Origin, r.Promised, r.DueAt = s.Origin, f.ID, s.DueAt
	}
}

func (v *verification) consistency(doc []byte) {
	r := v.report
	r.Kind = "consistency"
	var f ConsistencyProof
	if !r.found("", Decode(doc, maxLine, &f)) {
		return
	}
	key, err := v.key(f.Key)
	if !r.found("", err) {
		return
	}
	older, newer, err := f.Check(key)
	r.sealed(newer)
	r.Older = older.Size
	r.found("", err)
}

// checkpoint looks at a signed checkpoint alone; it names no key, so one must be
// given.
func (v *verification) checkpoint(text string) {
	r := v.report
	if _, err := parseCheckpoint(text); err != nil {
		r.found("", unknownFile())
		return
	}
	r.Kind = "checkpoint"
	if len(v.keys) == 0 {
		r.found("", fault.New(fault.Invalid, "JOURNAL-KEY-05", "", "a checkpoint does not hold the key it is signed with",
			"give the public key of the log"))
		return
	}
	var last error
	for _, key := range v.keys {
		c, err := OpenCheckpoint(text, key.Verifier)
		if err == nil {
			r.sealed(c)
			r.Key, r.Trusted = key.Text, true
			return
		}
		last = err
	}
	r.found("", last)
}
