package identity

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"seine/internal/clock"
	"seine/internal/fault"
)

// OIDC says which house vouches for people. Accounts are made here beforehand;
// the other house only says that it is them.
type OIDC struct {
	Issuer       string   // as its discovery document states it
	ClientID     string   // ours, there
	ClientSecret string   // from a file
	Redirect     string   // https://…/api/v1/sign-in/oidc/callback
	Claim        string   // that holds the sign-in name; "preferred_username" where empty
	Scopes       []string // besides openid; "profile" where empty
	Client       *http.Client
}

// SignOn signs people in through another house by the authorization code flow
// with PKCE, state and nonce.
type SignOn struct {
	desk     *Desk
	o        OIDC
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// NewSignOn reads the discovery document of the other house.
func (d *Desk) NewSignOn(ctx context.Context, o OIDC) (*SignOn, error) {
	if o.Claim == "" {
		o.Claim = "preferred_username"
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{"profile"}
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	// The provider keeps the context for fetching keys later on: it may not end.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.Client), o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", o.Issuer, err)
	}
	return &SignOn{
		desk: d, o: o,
		oauth: oauth2.Config{
			ClientID: o.ClientID, ClientSecret: o.ClientSecret, RedirectURL: o.Redirect, Endpoint: provider.Endpoint(),
			Scopes: append([]string{oidc.ScopeOpenID}, o.Scopes...),
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: o.ClientID, Now: func() time.Time { return d.o.Clock.Now().Time() }}),
	}, nil
}

// attempt is what the browser carries, signed, from the beginning of a sign-on
// to its end.
type attempt struct {
	State    string        `json:"s"`
	Nonce    string        `json:"n"`
	Verifier string        `json:"v"`
	Next     string        `json:"r,omitempty"`
	Expires  clock.Instant `json:"e"`
}

const attemptLife = 10 * time.Minute

// Begin gives the address to send the browser to and the ticket that it must
// bring back in a cookie. next is the page to go to afterwards.
func (s *SignOn) Begin(next string) (address, ticket string, err error) {
	a := attempt{Verifier: oauth2.GenerateVerifier(), Next: next, Expires: s.desk.o.Clock.Now().Add(attemptLife)}
	if a.State, err = s.desk.Token(); err != nil {
		return "", "", err
	}
	if a.Nonce, err = s.desk.Token(); err != nil {
		return "", "", err
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return "", "", err
	}
	text := base64.RawURLEncoding.EncodeToString(raw)
	return s.oauth.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), text + "." + s.desk.sign("oidc."+text), nil
}

// Finish takes what the other house sent back and signs the person in. Faults:
// IDENTITY-SSO-01 (state, nonce, code or token do not belong together),
// IDENTITY-SIGNIN-01 (no account of that name here).
func (s *SignOn) Finish(ctx context.Context, ticket, state, code string) (o Opened, next string, err error) {
	text, mac, _ := strings.Cut(ticket, ".")
	var a attempt
	raw, _ := base64.RawURLEncoding.DecodeString(text)
	if !hmac.Equal([]byte(mac), []byte(s.desk.sign("oidc."+text))) || json.Unmarshal(raw, &a) != nil ||
		a.State != state || state == "" || s.desk.o.Clock.Now() >= a.Expires {
		return Opened{}, "", notVouched(nil)
	}
	ctx = oidc.ClientContext(ctx, s.o.Client)
	token, err := s.oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Opened{}, "", notVouched(err)
	}
	idText, _ := token.Extra("id_token").(string)
	id, err := s.verifier.Verify(ctx, idText)
	if err != nil {
		return Opened{}, "", notVouched(err)
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil || id.Nonce != a.Nonce {
		return Opened{}, "", notVouched(err)
	}
	name, _ := claims[s.o.Claim].(string)
	if name == "" {
		return Opened{}, "", notVouched(fmt.Errorf("no claim %q", s.o.Claim))
	}
	o, err = s.desk.SignInKnown(ctx, strings.ToLower(name))
	return o, a.Next, err
}

func notVouched(err error) error {
	return fault.New(fault.Forbidden, "IDENTITY-SSO-01", "", "the sign-on did not come back as it went out", "begin to sign in again").Because(err)
}
