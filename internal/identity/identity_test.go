package identity_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/registry"
	"seine/internal/store"
)

type house struct {
	*identity.Desk
	t     *testing.T
	store *store.Store
	clock *clock.Virtual
	reg   *registry.Registry
	code  string
}

func open(t *testing.T) *house {
	t.Helper()
	now := clock.NewVirtual(clock.MustDate("2026-11-23").Start(), false)
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir)
	})
	h := &house{t: t, store: st, clock: now, reg: registry.New(st)}
	h.Desk = identity.New(st, identity.Options{Clock: now, TokenKey: [32]byte{9}, Cost: party.PasswordCost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	check, _ := codelist.CreditCheck("91310000MA1FL0EW6")
	h.code = "91310000MA1FL0EW6" + string(check)
	h.done(h.reg.Register(t.Context(), h.command("e"), decision.System, party.Enterprise{CreditCode: codelist.CreditCode(h.code), Name: "贸易", Kinds: []party.Kind{party.Trader}}))
	h.done(h.reg.OpenAccount(t.Context(), h.command("u"), decision.System, party.User{Name: "li.wei", Enterprise: h.code, Posts: []party.PostID{party.EnterpriseClerk}, Language: "zh-CN"}))
	h.done(h.reg.Appoint(t.Context(), h.command("o"), decision.System, party.Officer{Number: "1001", Name: "关员", Posts: []party.PostID{party.FilingOfficer}, Unit: "zone-customs", Areas: []string{"yangshan"}}))
	h.done(h.reg.OpenAccount(t.Context(), h.command("u"), decision.System, party.User{Name: "zhang", Officer: "1001"}))
	return h
}

func (h *house) done(_ decision.Receipt, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: "test", Received: h.clock.Now()}
}

func (h *house) refused(err error, code string) {
	h.t.Helper()
	if !fault.Is(err, code) {
		h.t.Errorf("%v, want %s", err, code)
	}
}

func (h *house) link(user string) identity.Opened {
	h.t.Helper()
	token, _, err := h.MakeLink(h.t.Context(), decision.System, user, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	o, err := h.UseLink(h.t.Context(), token)
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

func TestALinkSignsInOnceAndNotForEver(t *testing.T) {
	h := open(t)
	token, _, err := h.MakeLink(t.Context(), decision.System, "li.wei", 0)
	if err != nil {
		t.Fatal(err)
	}
	o, err := h.UseLink(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.UseLink(t.Context(), token)
	h.refused(err, "PARTY-LINK-01")
	p, err := h.Session(t.Context(), o.Token)
	if err != nil || p.Actor.Enterprise != h.code || p.Language != "zh-CN" || p.Staff() {
		t.Fatalf("%v %+v", err, p)
	}
	token, _, err = h.MakeLink(t.Context(), decision.System, "li.wei", 0)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(time.Hour)
	_, err = h.UseLink(t.Context(), token)
	h.refused(err, "PARTY-LINK-01")
	_, _, err = h.MakeLink(t.Context(), decision.System, "nobody", 0)
	h.refused(err, "IDENTITY-ACCOUNT-01")
}

func TestASessionEndsBySigningOutByTimeAndByIdleness(t *testing.T) {
	h := open(t)
	officer := h.link("zhang")
	p, err := h.Session(t.Context(), officer.Token)
	if err != nil || !p.Staff() || p.Actor.ID != "1001" || p.Actor.Kind != journal.Officer {
		t.Fatalf("%v %+v", err, p)
	}
	if err := h.SignOut(t.Context(), officer.Token); err != nil {
		t.Fatal(err)
	}
	_, err = h.Session(t.Context(), officer.Token)
	h.refused(err, "PARTY-SESSION-01")

	idle := h.link("zhang")
	h.clock.Advance(party.Idle + time.Minute)
	_, err = h.Session(t.Context(), idle.Token)
	h.refused(err, "PARTY-SESSION-01")

	used := h.link("zhang")
	for range 4 { // used again and again: ends all the same
		h.clock.Advance(7 * time.Hour)
		_, err = h.Session(t.Context(), used.Token)
	}
	h.refused(err, "PARTY-SESSION-01")
	_, err = h.Session(t.Context(), "never")
	h.refused(err, "PARTY-SESSION-01")
}

func TestFiveWrongPasswordsLockAnAccountAndALinkOpensIt(t *testing.T) {
	h := open(t)
	const password = "sieben Brücken über die Seine"
	h.refused(h.SetPassword(t.Context(), decision.System, "li.wei", nil, "short"), "PARTY-PASSWORD-01")
	if err := h.SetPassword(t.Context(), decision.System, "li.wei", nil, password); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignIn(t.Context(), "li.wei", password); err != nil {
		t.Fatal(err)
	}
	_, err := h.SignIn(t.Context(), "nobody", password)
	h.refused(err, "IDENTITY-SIGNIN-01")
	for range 5 {
		_, err := h.SignIn(t.Context(), "li.wei", "wrong")
		h.refused(err, "IDENTITY-SIGNIN-01")
	}
	_, err = h.SignIn(t.Context(), "li.wei", password)
	h.refused(err, "IDENTITY-SIGNIN-01")
	var u party.User
	if _, err := h.store.Load(t.Context(), "user", "li.wei", &u); err != nil || u.State != party.Locked {
		t.Fatalf("%v %s", err, u.State)
	}
	h.link("li.wei")
	if _, err := h.SignIn(t.Context(), "li.wei", password); err != nil {
		t.Fatal(err)
	}
	old := "not it"
	h.refused(h.SetPassword(t.Context(), decision.System, "li.wei", &old, password+"!"), "IDENTITY-PASSWORD-01")
}

func TestAMachineProvesItselfBySecretOrCertificate(t *testing.T) {
	h := open(t)
	h.done(h.reg.OpenClient(t.Context(), h.command("c"), decision.System, party.Client{
		ClientID: "erp", Name: "ERP", Enterprise: h.code, Posts: []party.PostID{party.EnterpriseClerk}, Secret: party.TokenHash("secret"),
	}))
	for _, wrong := range [][2]string{{"erp", "Secret"}, {"erp", ""}, {"nobody", "secret"}} {
		_, err := h.Issue(t.Context(), wrong[0], wrong[1])
		h.refused(err, "IDENTITY-CLIENT-01")
	}
	issued, err := h.Issue(t.Context(), "erp", "secret")
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Bearer(t.Context(), issued.Token)
	if err != nil || p.Actor.ID != "erp" || p.Actor.Enterprise != h.code || p.Actor.Kind != journal.Client {
		t.Fatalf("%v %+v", err, p)
	}
	for i := range len(issued.Token) { // any other letter anywhere is another token
		other := []byte(issued.Token)
		other[i] ^= 1
		if _, err := h.Bearer(t.Context(), string(other)); err == nil {
			// The last letter of unpadded base64 has spare bits.
			if i != len(issued.Token)-1 {
				t.Fatalf("letter %d does not matter", i)
			}
		}
	}
	h.clock.Advance(issued.Life)
	_, err = h.Bearer(t.Context(), issued.Token)
	h.refused(err, "IDENTITY-TOKEN-01")

	der := []byte("certificate as it came")
	sum := sha256.Sum256(der)
	h.done(h.reg.OpenClient(t.Context(), h.command("c"), decision.System, party.Client{
		ClientID: "wms", Name: "WMS", Enterprise: h.code, Posts: []party.PostID{party.EnterpriseClerk}, Thumbprint: hex.EncodeToString(sum[:]),
	}))
	if p, err = h.Certificate(t.Context(), der); err != nil || p.Actor.ID != "wms" || p.Way != identity.ByCertificate {
		t.Fatalf("%v %+v", err, p)
	}
	_, err = h.Certificate(t.Context(), []byte("another"))
	h.refused(err, "IDENTITY-TOKEN-01")
	_, err = h.Issue(t.Context(), "wms", "")
	h.refused(err, "IDENTITY-CLIENT-01")
}

// provider is another house that speaks OpenID Connect over loopback.
type provider struct {
	*httptest.Server
	key       *rsa.PrivateKey
	nonce     string
	challenge string
	name      string
	spoil     func(claims map[string]any)
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, name: "Li.Wei"}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		e := big.NewInt(int64(key.E)).Bytes()
		answer(w, map[string]any{"keys": []map[string]string{{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(e),
		}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if r.FormValue("code") != "code-1" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]string{"error": "invalid_grant"})
			return
		}
		claims := map[string]any{
			"iss": p.URL, "sub": "s-1", "aud": "seine", "nonce": p.nonce, "preferred_username": p.name,
			"iat": clock.MustDate("2026-11-23").Start().Time().Unix(), "exp": clock.MustDate("2026-11-24").Start().Time().Unix(),
		}
		if p.spoil != nil {
			p.spoil(claims)
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.sign(claims)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) sign(claims map[string]any) string {
	body, _ := json.Marshal(claims)
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"k1","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestAnotherHouseVouchesForAPerson(t *testing.T) {
	h := open(t)
	p := newProvider(t)
	sso, err := h.NewSignOn(t.Context(), identity.OIDC{Issuer: p.URL, ClientID: "seine", ClientSecret: "s", Redirect: "https://zone.example/callback"})
	if err != nil {
		t.Fatal(err)
	}
	begin := func() (state, ticket string) {
		address, ticket, err := sso.Begin("/declarations")
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil || !strings.HasPrefix(address, p.URL+"/authorize?") {
			t.Fatal(address, err)
		}
		p.nonce, p.challenge = u.Query().Get("nonce"), u.Query().Get("code_challenge")
		return u.Query().Get("state"), ticket
	}
	state, ticket := begin()
	o, next, err := sso.Finish(t.Context(), ticket, state, "code-1")
	if err != nil || next != "/declarations" || o.User != "li.wei" {
		t.Fatalf("%v %q %+v", err, next, o)
	}
	if who, err := h.Session(t.Context(), o.Token); err != nil || who.Actor.Enterprise != h.code {
		t.Errorf("%v %+v", err, who)
	}
	for name, try := range map[string]func() error{
		"another state": func() error {
			_, ticket := begin()
			_, _, err := sso.Finish(t.Context(), ticket, "x", "code-1")
			return err
		},
		"no ticket": func() error {
			state, _ := begin()
			_, _, err := sso.Finish(t.Context(), "", state, "code-1")
			return err
		},
		"another code": func() error {
			state, ticket := begin()
			_, _, err := sso.Finish(t.Context(), ticket, state, "x")
			return err
		},
		"an old nonce": func() error {
			state, ticket := begin()
			p.nonce = "old"
			_, _, err := sso.Finish(t.Context(), ticket, state, "code-1")
			return err
		},
		"another audience": func() error {
			state, ticket := begin()
			p.spoil = func(c map[string]any) { c["aud"] = "others" }
			defer func() { p.spoil = nil }()
			_, _, err := sso.Finish(t.Context(), ticket, state, "code-1")
			return err
		},
		"too late": func() error {
			state, ticket := begin()
			h.clock.Advance(11 * time.Minute)
			_, _, err := sso.Finish(t.Context(), ticket, state, "code-1")
			return err
		},
	} {
		if err := try(); !fault.Is(err, "IDENTITY-SSO-01") {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.name = "stranger"
	state, ticket = begin()
	_, _, err = sso.Finish(t.Context(), ticket, state, "code-1")
	h.refused(err, "IDENTITY-SIGNIN-01")
}

func TestLooksAreWrittenTogetherAndNoneIsLost(t *testing.T) {
	h := open(t)
	p, err := h.Session(t.Context(), h.link("zhang").Token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		if err := h.Read(t.Context(), p, "declaration", fmt.Sprint("d", i%300)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := h.store.Explore(t.Context(), store.Filter{Types: []string{"access.read"}})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range page.Entries {
		seen += len(e.Subject)
		if e.Actor != "1001" {
			t.Errorf("%+v", e)
		}
	}
	if seen != 300 || len(page.Entries) != 2 {
		t.Errorf("%d looks in %d entries", seen, len(page.Entries))
	}
}
