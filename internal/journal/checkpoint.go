package journal

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"seine/internal/fault"
)

// Key is a signing key of a log as two lines of text in the form of signed
// notes: Private stays with the sealer, Public is published. The name in both is
// the origin of the log, such as "sh-ftz.customs.example/journal".
type Key struct {
	Private string
	Public  string
}

// NewKey makes the Ed25519 key of the log named origin from 32 random bytes; the
// same seed gives the same key. An origin that is empty or holds blanks or a
// plus sign is JOURNAL-KEY-01.
func NewKey(origin string, seed [32]byte) (Key, error) {
	private := ed25519.NewKeyFromSeed(seed[:])
	public, err := note.NewEd25519VerifierKey(origin, private.Public().(ed25519.PublicKey))
	if err != nil {
		return Key{}, fault.New(fault.Invalid, "JOURNAL-KEY-01", "", "“{name}” cannot name a log",
			"give a name without blanks and plus signs", "name", origin).Because(err)
	}
	// A public key is name+hash+base64; the private one repeats name and hash.
	hash := strings.SplitN(strings.TrimPrefix(public, origin+"+"), "+", 2)[0]
	const ed25519Algorithm = 1
	secret := base64.StdEncoding.EncodeToString(append([]byte{ed25519Algorithm}, seed[:]...))
	key := Key{Private: "PRIVATE+KEY+" + origin + "+" + hash + "+" + secret, Public: public}
	if _, err := ParsePrivate(key.Private); err != nil {
		return Key{}, fault.New(fault.Invalid, "JOURNAL-KEY-01", "", "“{name}” cannot name a log",
			"give a name without blanks and plus signs", "name", origin).Because(err)
	}
	return key, nil
}

// ParsePrivate reads a private key; blanks around it do not matter. What is none
// is JOURNAL-KEY-02, and the text of the fault never shows it.
func ParsePrivate(text string) (note.Signer, error) {
	signer, err := note.NewSigner(strings.TrimSpace(text))
	if err != nil {
		return nil, fault.New(fault.Invalid, "JOURNAL-KEY-02", "", "this is not a private key of a log",
			"give the line that begins with PRIVATE+KEY+")
	}
	return signer, nil
}

// ParsePublic reads a public key; blanks around it do not matter. What is none
// is JOURNAL-KEY-03.
func ParsePublic(text string) (note.Verifier, error) {
	text = strings.TrimSpace(text)
	if len(text) > 1024 {
		text = ""
	}
	verifier, err := note.NewVerifier(text)
	if parts := strings.SplitN(text, "+", 3); err == nil &&
		(parts[1] != strings.ToLower(parts[1]) || strings.ContainsAny(text, "\r\n")) {
		err = errors.New("one key has one spelling")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "JOURNAL-KEY-03", "/key", "this is not a public key of a log",
			"give the line name+hash+key that the log publishes").Because(err)
	}
	return verifier, nil
}

// Checkpoint says: the log named Origin has Size entries and this Root.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
}

// NewCheckpoint gives the checkpoint of the log named origin in state s.
func NewCheckpoint(origin string, s State) (Checkpoint, error) {
	root, err := s.Root()
	return Checkpoint{Origin: origin, Size: s.Size, Root: root}, err
}

// Text gives the three lines that are signed (C2SP tlog-checkpoint): origin,
// size in decimal, root in base64, each ended by a line feed.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + c.Root.String() + "\n"
}

// Sign gives the checkpoint as a signed note. The key must bear the name of the
// log (JOURNAL-CHECKPOINT-03): trust in the key is then trust in the origin.
func (c Checkpoint) Sign(signer note.Signer) (string, error) {
	if signer.Name() != c.Origin {
		return "", wrongOrigin(c.Origin, signer.Name())
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signer)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint of %d entries: %w", c.Size, err)
	}
	return string(signed), nil
}

// maxNote bounds a signed text that comes from outside.
const maxNote = 64 << 10

// OpenCheckpoint reads a signed checkpoint and tells whether key signed it.
// Faults: JOURNAL-NOTE-01 (no signed text), JOURNAL-NOTE-02 (not signed by this
// key, or changed since), JOURNAL-CHECKPOINT-01 (signed, but no checkpoint),
// JOURNAL-CHECKPOINT-03 (of another log than the key's).
func OpenCheckpoint(signed string, key note.Verifier) (Checkpoint, error) {
	text, err := openNote(signed, key)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := parseCheckpoint(text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != key.Name() {
		return Checkpoint{}, wrongOrigin(c.Origin, key.Name())
	}
	return c, nil
}

// openNote gives the text of a signed note when key signed it.
func openNote(signed string, key note.Verifier) (string, error) {
	malformed := func(err error) error {
		return fault.New(fault.Invalid, "JOURNAL-NOTE-01", "", "this is no signed text",
			"take the file as it was issued, with its signature lines").Because(err)
	}
	if len(signed) > maxNote {
		return "", malformed(nil)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(key))
	if err == nil {
		for _, sig := range n.Sigs {
			// The decoder overlooks spare bits; one signature has one spelling.
			if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
				return "", malformed(err)
			}
		}
		return n.Text, nil
	}
	_, unverified := errors.AsType[*note.UnverifiedNoteError](err)
	_, invalid := errors.AsType[*note.InvalidSignatureError](err)
	if unverified || invalid {
		return "", fault.New(fault.Invalid, "JOURNAL-NOTE-02", "", "the text is not signed by {name}, or was changed afterwards",
			"ask customs for the public key, and for the text again", "name", key.Name()).Because(err)
	}
	return "", malformed(err)
}

// SignText signs a text of other lines than a checkpoint's with the key of the log.
// Its first line says what it is and its second names the log; that keeps it apart
// from a checkpoint, whose second line is a number.
func SignText(kind string, signer note.Signer, lines ...string) (string, error) {
	text := kind + "\n" + signer.Name() + "\n" + strings.Join(lines, "\n") + "\n"
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return "", fmt.Errorf("sign a text of %s: %w", kind, err)
	}
	return string(signed), nil
}

// OpenText tells whether key signed exactly these lines as a text of that kind.
// Faults: JOURNAL-NOTE-01, -02; JOURNAL-NOTE-03 (it says something else).
func OpenText(kind, signed string, key note.Verifier, lines ...string) error {
	text, err := openNote(signed, key)
	if err != nil {
		return err
	}
	if text != kind+"\n"+key.Name()+"\n"+strings.Join(lines, "\n")+"\n" {
		return fault.New(fault.Invalid, "JOURNAL-NOTE-03", "", "what was signed is not what stands here: something was changed, left out or put in", "take the file as it was issued")
	}
	return nil
}

// parseCheckpoint reads the text of a checkpoint. Lines after the third are
// extensions, which C2SP permits; they are signed but mean nothing to us.
func parseCheckpoint(text string) (Checkpoint, error) {
	bad := func() (Checkpoint, error) {
		return Checkpoint{}, fault.New(fault.Invalid, "JOURNAL-CHECKPOINT-01", "", "the signed text is no checkpoint",
			"give a text of origin, size and root, a line each")
	}
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return bad()
	}
	c := Checkpoint{Origin: lines[0]}
	var err error
	if c.Size, err = strconv.ParseUint(lines[1], 10, 64); err != nil ||
		c.Size > MaxSize || strconv.FormatUint(c.Size, 10) != lines[1] {
		return bad()
	}
	if c.Root.UnmarshalText([]byte(lines[2])) != nil {
		return bad()
	}
	return c, nil
}

func wrongOrigin(origin, key string) error {
	return fault.New(fault.Invalid, "JOURNAL-CHECKPOINT-03", "", "the log is {origin}, the key belongs to {key}",
		"use the key that bears the name of the log", "origin", origin, "key", key)
}
