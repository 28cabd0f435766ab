package bank

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"seine/internal/fault"
)

// A frame is the word "SBL1", the length of the payload in four bytes (highest
// first), the payload (a message as JSON), and 64 bytes of Ed25519 signature over
// the context line and the payload.
const (
	magic   = "SBL1"
	context = "seine-bank-link-1\n"

	// MaxPayload bounds a message: a day statement of some thirty thousand lines.
	MaxPayload = 4 << 20
)

// Frame is a message as it goes over the wire.
type Frame struct {
	Payload   []byte
	Signature []byte
}

// Hash names a payload: SHA-256 in hexadecimal.
func Hash(payload []byte) string {
	sum := sha256.Sum256(payload)
	return hex.EncodeToString(sum[:])
}

// Sign makes the frame of a payload.
func Sign(payload []byte, key ed25519.PrivateKey) Frame {
	return Frame{payload, ed25519.Sign(key, append([]byte(context), payload...))}
}

// Write puts a frame on the wire.
func (f Frame) Write(w io.Writer) error {
	b := make([]byte, 0, len(magic)+4+len(f.Payload)+len(f.Signature))
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(f.Payload)))
	b = append(append(b, f.Payload...), f.Signature...)
	_, err := w.Write(b)
	return err
}

// ReadFrame takes the next frame from the wire. io.EOF at its end.
// Faults: BANK-FRAME-01 (not this protocol), BANK-FRAME-02 (too large),
// BANK-FRAME-03 (cut off).
func ReadFrame(r io.Reader) (Frame, error) {
	var head [len(magic) + 4]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		if n == 0 {
			return Frame{}, err // the end, or the connection broke between frames
		}
		return Frame{}, cutOff(err)
	}
	if string(head[:len(magic)]) != magic {
		return Frame{}, fault.New(fault.Invalid, "BANK-FRAME-01", "", "this is no frame of the bank link", "speak the protocol of docs/bank.md")
	}
	n := binary.BigEndian.Uint32(head[len(magic):])
	if n > MaxPayload {
		return Frame{}, fault.New(fault.Invalid, "BANK-FRAME-02", "", "a message of {size} bytes is larger than {limit}", "send less at once", "size", n, "limit", MaxPayload)
	}
	rest := make([]byte, int(n)+ed25519.SignatureSize)
	if _, err := io.ReadFull(r, rest); err != nil {
		return Frame{}, cutOff(err)
	}
	return Frame{rest[:n:n], rest[n:]}, nil
}

func cutOff(err error) error {
	return fault.New(fault.Invalid, "BANK-FRAME-03", "", "the frame did not arrive whole", "send it again on a new connection").Because(err)
}

// Read verifies a frame and gives its message. key gives the public key of a
// sender, false for one that is not known here.
// Faults: BANK-FORM-01 (no message), BANK-SENDER-01 (unknown sender, or another
// receiver), BANK-SIGNATURE-01.
func (f Frame) Read(receiver string, key func(sender string) (ed25519.PublicKey, bool)) (*Message, error) {
	var m Message
	if err := json.Unmarshal(f.Payload, &m); err != nil || m.Version != Version || m.Kind == "" || m.Kind.Numbered() != (m.Sequence > 0) {
		return nil, fault.New(fault.Invalid, "BANK-FORM-01", "", "this is no message of version {version} of the bank link", "write it as docs/bank.md says", "version", Version).Because(err)
	}
	public, known := key(m.Sender)
	if !known || m.Receiver != receiver {
		return nil, fault.New(fault.Forbidden, "BANK-SENDER-01", "/sender", "no message from {sender} to {receiver} is taken here", "exchange keys first",
			"sender", short(m.Sender), "receiver", short(m.Receiver))
	}
	if len(f.Signature) != ed25519.SignatureSize || !ed25519.Verify(public, append([]byte(context), f.Payload...), f.Signature) {
		return nil, fault.New(fault.Forbidden, "BANK-SIGNATURE-01", "", "message {sequence} of {sender} is not signed with the sender's key", "sign it with the key that was exchanged",
			"sequence", m.Sequence, "sender", short(m.Sender))
	}
	return &m, nil
}

func short(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// Payload writes a message.
func (m *Message) Payload() ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write a %s message: %w", m.Kind, err)
	}
	if len(b) > MaxPayload {
		return nil, fault.New(fault.Invalid, "BANK-FRAME-02", "", "a message of {size} bytes is larger than {limit}", "send less at once", "size", len(b), "limit", MaxPayload)
	}
	return b, nil
}

// ParsePublic reads a public key as the folder of secrets keeps it: 32 bytes in
// base64. Fault: BANK-KEY-01.
func ParsePublic(text string) (ed25519.PublicKey, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, fault.New(fault.Invalid, "BANK-KEY-01", "", "this is no Ed25519 public key of 32 bytes in base64", "take the line that “seine bank key” prints").Because(err)
	}
	return raw, nil
}

// FormatPublic writes a public key.
func FormatPublic(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// Name tells whether a text can name a party of the link: letters, digits and
// hyphens, at most 32.
func Name(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for _, c := range s {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
