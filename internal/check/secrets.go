package check

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"seine/internal/fault"
)

// keys is what the check knows of the zone's secrets.
type keys struct {
	origin string
	public ed25519.PublicKey // of the journal; nil: signatures cannot be checked
	id     uint32            // of the key in signatures
	draws  map[string][]byte // secret of a period
}

// readKeys reads the folder of secrets and the published key. A key that is not
// there is left out: what needs it is then counted as skipped.
// Fault: CHECK-KEY-01 for a key that is none.
func readKeys(o Options) (keys, error) {
	k := keys{draws: map[string][]byte{}}
	if o.Secrets != "" {
		origin, err := os.ReadFile(filepath.Join(o.Secrets, "origin"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return k, fmt.Errorf("read the origin of the log: %w", err)
		}
		seed, err := secretOf(filepath.Join(o.Secrets, "journal.key"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return k, err
		}
		if len(origin) > 0 && len(seed) == ed25519.SeedSize {
			private := ed25519.NewKeyFromSeed(seed)
			k.use(strings.TrimSpace(string(origin)), ed25519.PublicKey(private[32:]))
		}
		files, err := filepath.Glob(filepath.Join(o.Secrets, "draw-*.key"))
		if err != nil {
			return k, err
		}
		for _, file := range files {
			secret, err := secretOf(file)
			if err != nil {
				return k, err
			}
			k.draws[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "draw-"), ".key")] = secret
		}
	}
	if o.PublicKey == "" {
		return k, nil
	}
	// name+hash+base64 of one byte 1 and the key
	parts := strings.SplitN(strings.TrimSpace(o.PublicKey), "+", 3)
	if len(parts) == 3 {
		raw, err := base64.StdEncoding.DecodeString(parts[2])
		id, bad := strconv.ParseUint(parts[1], 16, 32)
		if err == nil && bad == nil && len(raw) == 1+ed25519.PublicKeySize && raw[0] == 1 {
			k.use(parts[0], ed25519.PublicKey(raw[1:]))
			if uint32(id) == k.id {
				return k, nil
			}
		}
	}
	return k, fault.New(fault.Invalid, "CHECK-KEY-01", "", "this is not the public key of a journal", "give the line that “seine journal key” prints")
}

// use takes a key of the log. Its id is the beginning of the SHA-256 of name,
// line feed, a byte 1 and the key (C2SP signed-note).
func (k *keys) use(origin string, public ed25519.PublicKey) {
	h := sha256.New()
	h.Write([]byte(origin + "\n\x01"))
	h.Write(public)
	k.origin, k.public, k.id = origin, public, binary.BigEndian.Uint32(h.Sum(nil))
}

func secretOf(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(secret) != 32 {
		return nil, fault.New(fault.Invalid, "CHECK-KEY-02", "", "{file} does not hold 32 bytes in base64", "restore it from the backup of the secrets", "file", file)
	}
	return secret, nil
}
