package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/party"
)

// Issued is a token of a machine (OAuth 2 client credentials, RFC 6749 §4.4).
type Issued struct {
	Token string
	Life  time.Duration
}

// tokenForm begins every token and names how it is read.
const tokenForm = "seine1"

// Issue gives a machine a token for its secret. The token is signed, not stored:
// it is seine1.<client>.<expiry in µs>.<HMAC-SHA256>, client in base64.
// Fault: IDENTITY-CLIENT-01, the same whatever is wrong.
func (d *Desk) Issue(ctx context.Context, clientID, secret string) (Issued, error) {
	var client party.Client
	_, err := d.store.Load(ctx, dossier.Client, clientID, &client)
	if err != nil && !fault.Is(err, absent) {
		return Issued{}, err
	}
	if !party.SameToken(secret, client.Secret) || client.Secret == "" || client.State != party.Active {
		return Issued{}, fault.New(fault.Forbidden, "IDENTITY-CLIENT-01", "", "client or secret is not right", "check both, or ask your administrator for a new secret")
	}
	expires := d.o.Clock.Now().Add(d.o.TokenLife)
	text := tokenForm + "." + base64.RawURLEncoding.EncodeToString([]byte(client.ID)) + "." + strconv.FormatInt(int64(expires), 36)
	return Issued{Token: text + "." + d.sign(text), Life: d.o.TokenLife}, nil
}

func (d *Desk) sign(text string) string {
	mac := hmac.New(sha256.New, d.o.TokenKey[:])
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Bearer gives who holds a machine's token. Fault: IDENTITY-TOKEN-01.
func (d *Desk) Bearer(ctx context.Context, token string) (*Principal, error) {
	now := d.o.Clock.Now()
	if p := d.known.get(token, now); p != nil {
		return p, nil
	}
	end := strings.LastIndexByte(token, '.')
	if end < 0 || !hmac.Equal([]byte(token[end+1:]), []byte(d.sign(token[:end]))) {
		return nil, wrongToken()
	}
	parts := strings.Split(token[:end], ".")
	if len(parts) != 3 || parts[0] != tokenForm {
		return nil, wrongToken()
	}
	id, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, wrongToken()
	}
	expires, err := strconv.ParseInt(parts[2], 36, 64)
	if err != nil || now >= clock.Instant(expires) {
		return nil, wrongToken()
	}
	p, err := d.client(ctx, string(id), ByToken)
	if err != nil {
		return nil, err
	}
	d.known.put(token, p, clock.Instant(expires))
	return p, nil
}

// Certificate gives the machine whose certificate (DER) this is. The connection
// must have proved it already. Fault: IDENTITY-TOKEN-01.
func (d *Desk) Certificate(ctx context.Context, der []byte) (*Principal, error) {
	sum := sha256.Sum256(der)
	thumbprint := hex.EncodeToString(sum[:])
	now := d.o.Clock.Now()
	if p := d.known.get(thumbprint, now); p != nil {
		return p, nil
	}
	ids, err := d.store.Find(ctx, dossier.Client, "thumbprint", thumbprint, 1)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, wrongToken()
	}
	p, err := d.client(ctx, ids[0], ByCertificate)
	if err != nil {
		return nil, err
	}
	d.known.put(thumbprint, p, now.Add(time.Minute))
	return p, nil
}

func (d *Desk) client(ctx context.Context, id string, way Way) (*Principal, error) {
	var client party.Client
	if _, err := d.store.Load(ctx, dossier.Client, id, &client); err != nil {
		if fault.Is(err, absent) {
			err = wrongToken()
		}
		return nil, err
	}
	return d.machine(ctx, &client, way)
}

func wrongToken() error {
	return fault.New(fault.Forbidden, "IDENTITY-TOKEN-01", "", "this token or certificate is not valid, or no longer", "ask for a new token")
}
