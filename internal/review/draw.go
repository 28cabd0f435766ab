package review

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/bits"

	"seine/internal/fault"
)

// PeriodKey is the secret that all draws of one period come from. Key is random
// and is kept secret until the period is over.
type PeriodKey struct {
	Period string // such as "2026-11-23" or "2026-W48"
	Key    [32]byte
}

// Hash is what is journaled before the period: base64 of
// SHA-256("seine-draw-key/1\n" ‖ period ‖ "\n" ‖ key).
func (k PeriodKey) Hash() string {
	h := sha256.New()
	h.Write([]byte("seine-draw-key/1\n" + k.Period + "\n"))
	h.Write(k.Key[:])
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// Reveal tells whether k is the key whose hash was journaled before the period.
// Fault: REVIEW-KEY-01.
func (k PeriodKey) Reveal(journaled string) error {
	if !hmac.Equal([]byte(k.Hash()), []byte(journaled)) {
		return fault.New(fault.Refused, "REVIEW-KEY-01", "", "the key of {period} is not the one announced before the period",
			"look for the key whose hash is in the journal; every draw of the period is open to doubt until it is found",
			"period", k.Period)
	}
	return nil
}

// Draw gives a number from 0 to n−1 for version of subject: the first eight
// bytes of HMAC-SHA256(key, u32 length of subject ‖ subject ‖ u64 version), as a
// fraction of one, times n (all big-endian). Deciding again gives the same
// number, another version an independent one. subject begins with the purpose
// ("risk:", "second:", "inspector:"), so that draws for different purposes do
// not hang together. n below 1 gives 0. The bias is below n ÷ 2⁶⁴.
//
// A share of 3 % is drawn by Draw(key, subject, version, 1_000_000) < 30_000.
func Draw(key PeriodKey, subject string, version uint64, n int) int {
	if n < 1 {
		return 0
	}
	mac := hmac.New(sha256.New, key.Key[:])
	var b [8]byte
	binary.BigEndian.PutUint32(b[:4], uint32(len(subject)))
	mac.Write(b[:4])
	mac.Write([]byte(subject))
	binary.BigEndian.PutUint64(b[:], version)
	mac.Write(b[:])
	var sum [sha256.Size]byte
	hi, _ := bits.Mul64(binary.BigEndian.Uint64(mac.Sum(sum[:0])), uint64(n))
	return int(hi)
}

// Pick gives k different numbers from 0 to n−1 in the order drawn, for two
// inspectors or a sample; all n when k is n or more. The ith is drawn among those
// left with version version<<16 + i, i from 1.
func Pick(key PeriodKey, subject string, version uint64, n, k int) []int {
	if n < 1 || k < 1 {
		return nil
	}
	left := make([]int, n)
	for i := range left {
		left[i] = i
	}
	picked := make([]int, 0, min(n, k))
	for i := 1; i <= min(n, k); i++ {
		at := Draw(key, subject, version<<16+uint64(i), len(left))
		picked = append(picked, left[at])
		left = append(left[:at], left[at+1:]...)
	}
	return picked
}
