package risk

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"seine/internal/fault"
	"seine/internal/num"
)

// DrawKey is the secret of one period of the random draw. Its Commitment is
// published (journaled) before the period begins and the key itself after it
// has ended: nobody can have chosen a draw, and everybody can check every one.
type DrawKey struct {
	Period string // "2026-11", part of what is drawn
	secret []byte
	block  [sha256.BlockSize]byte // the key as HMAC takes it: padded, or its hash when longer
}

// NewDrawKey takes a period and at least 32 random bytes. Fault: RISK-KEY-01
// when there are fewer or the period has no name.
func NewDrawKey(period string, secret []byte) (DrawKey, error) {
	if len(secret) < 32 || period == "" {
		return DrawKey{}, fault.New(fault.Invalid, "RISK-KEY-01", "", "a draw key needs a period and 32 random bytes",
			"make the key with a cryptographic random source")
	}
	k := DrawKey{Period: period, secret: append([]byte(nil), secret...)}
	if len(secret) > len(k.block) {
		sum := sha256.Sum256(secret)
		copy(k.block[:], sum[:])
	} else {
		copy(k.block[:], secret)
	}
	return k, nil
}

// Secret gives the key for publication after the period, in hexadecimal.
func (k DrawKey) Secret() string { return hex.EncodeToString(k.secret) }

// Commitment is what is published before the period: the SHA-256 of the
// period's name and the key, hexadecimal. It tells nothing about the key.
func (k DrawKey) Commitment() string {
	h := sha256.New()
	h.Write([]byte("seine random draw\x00" + k.Period + "\x00"))
	h.Write(k.secret)
	return hex.EncodeToString(h.Sum(nil))
}

// OpenDrawKey takes a published key and checks it against the commitment that
// was published before. Faults: RISK-KEY-01, RISK-KEY-02 (they do not belong
// together).
func OpenDrawKey(period, secret, commitment string) (DrawKey, error) {
	raw, err := hex.DecodeString(secret)
	if err != nil {
		raw = nil
	}
	k, err := NewDrawKey(period, raw)
	if err != nil {
		return DrawKey{}, err
	}
	if subtle.ConstantTimeCompare([]byte(k.Commitment()), []byte(commitment)) != 1 {
		return DrawKey{}, fault.New(fault.Invalid, "RISK-KEY-02", "", "the key of period {period} is not the one announced",
			"compare the commitment in the journal entry made before the period", "period", period)
	}
	return k, nil
}

// Number draws for a subject: a ratio from 0 up to but not 1 that depends only
// on the key, the purpose and the subject with its version, so drawing again
// gives the same number and another purpose an independent one. purpose is ""
// for the random draw and the instruction's id for its share.
//
// It is HMAC-SHA-256 over period, purpose, kind and id, each preceded by its
// length (32 bits, big-endian), and the version (64 bits); the first eight
// bytes as a fraction of 2^64, cut to eight decimals.
func (k DrawKey) Number(purpose string, s Subject) num.Rate {
	// HMAC by hand (RFC 2104), on the stack: this runs for every passage. The
	// tests compare it with crypto/hmac.
	var inner [64 + 256]byte
	var outer [64 + sha256.Size]byte
	copy(inner[:64], k.block[:])
	copy(outer[:64], k.block[:])
	for i := range 64 {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	buf := inner[:64]
	for _, part := range [...]string{k.Period, purpose, string(s.Kind), s.ID} {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(part)))
		buf = append(buf, part...)
	}
	buf = binary.BigEndian.AppendUint64(buf, uint64(s.Version))
	sum := sha256.Sum256(buf)
	copy(outer[64:], sum[:])
	sum = sha256.Sum256(outer[:])
	first := binary.BigEndian.Uint64(sum[:8])
	hi, _ := bits.Mul64(first, uint64(num.OneRate))
	return num.Rate(hi)
}
