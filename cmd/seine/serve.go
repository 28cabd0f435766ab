package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/app"
	"seine/internal/config"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/party"
	"seine/internal/store"
)

func newServe(s *session) *cobra.Command {
	var addr, public, cert, key, banks, drop string
	var selfSigned bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a zone: the interface for machines and the console for people",
		Long: "serve opens the doors of a zone and does what a zone does by itself: it seals the\n" +
			"journal, lets debts fall due and sends what waits. It ends on Ctrl-C or a TERM signal\n" +
			"once what is in work has ended. An address that others can reach is refused until\n" +
			"there is an administrator; make the first with “seine user add --admin”.\n\n" +
			"On a HUP signal the settings are read again: the certificate, the level of the log and\n" +
			"how long sessions live are taken over at once, without a connection being broken; the\n" +
			"log names what waits for the next start, and everything when a setting is wrong, for\n" +
			"then nothing changes.",
		Example: "  seine serve --data ./zone\n  seine serve --data ./zone --addr 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			more := map[string]string{}
			for setting, value := range map[string]string{"serve.address": addr, "serve.bank-address": banks, "serve.public-url": public, "serve.tls-certificate": cert, "serve.tls-key": key, "serve.drop": drop} {
				if value != "" {
					more[setting] = value
				}
			}
			if selfSigned {
				more["serve.self-signed"] = "true"
			}
			e, err := s.settings(more)
			if err != nil {
				return err
			}
			if e.Zone.Data == "" && e.Zone.Database == "" {
				return errUse{errNoZone}
			}
			return s.serve(cmd.Context(), e, func() (*config.Effective, error) { return s.settings(more) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&addr, "addr", "", "address to serve (127.0.0.1:8080)")
	f.StringVar(&banks, "bank-addr", "", "address at which banks speak the bank link (none)")
	f.StringVar(&public, "public-url", "", "address under which people reach it")
	f.StringVar(&cert, "tls-cert", "", "certificate chain, PEM")
	f.StringVar(&key, "tls-key", "", "private key of the certificate, PEM")
	f.StringVar(&drop, "drop", "", "folder in which systems of enterprises leave files for their feeds (none)")
	f.BoolVar(&selfSigned, "self-signed", false, "use a certificate of our own: for a first look")
	return cmd
}

// serve opens the doors until ctx ends; again reads the settings anew.
func (s *session) serve(ctx context.Context, e *config.Effective, again func() (*config.Effective, error)) (err error) {
	log := s.logger(e)
	a, err := app.Open(ctx, app.Options{
		Dir: e.Zone.Data, URL: e.Zone.Database, Secrets: e.Zone.Secrets, Origin: e.Zone.Origin, Node: e.Zone.Node, Logger: log,
		SessionLife: e.Session.Lifetime, SessionIdle: e.Session.Idle, LinkLife: e.Session.Link,
		Drop: e.Serve.Drop,
	})
	if err != nil {
		return err
	}
	defer func() { err = leave(context.WithoutCancel(ctx), a, err) }()
	if err := mayServe(ctx, a, e.Serve.Address); err != nil {
		return err
	}
	certificates, err := certificate(e)
	if err != nil {
		return err
	}
	scheme := "http"
	if certificates != nil {
		scheme = "https"
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", e.Serve.Address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", e.Serve.Address, err)
	}
	public := e.Serve.PublicURL
	if public == "" {
		public = scheme + "://" + listener.Addr().String()
	}
	o := app.ServeOptions{Secure: strings.HasPrefix(public, "https:"), PublicURL: public}
	if e.OIDC.Issuer != "" {
		o.SignOn, err = a.Identity.NewSignOn(ctx, identity.OIDC{
			Issuer: e.OIDC.Issuer, ClientID: e.OIDC.ClientID, ClientSecret: e.OIDC.ClientSecret, Claim: e.OIDC.NameClaim,
			Redirect: strings.TrimRight(public, "/") + "/api/v1/sign-in/oidc/callback",
		})
		if err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	doors, err := a.Doors(o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := a.Start(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	if e.Serve.BankAddress != "" {
		banks, err := s.banks(ctx, a, e.Serve.BankAddress)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		s.line(map[string]string{"banks": banks}, "banks speak at %s", banks)
	}
	s.line(map[string]string{"serving": public}, "serving at %s", public)
	var secure func(*http.Server) error
	r := &reloading{s: s, log: log, desk: a.Identity, begun: e, last: e, again: again}
	if certificates != nil {
		r.use(certificates)
		secure = func(server *http.Server) error {
			server.TLSConfig = r.config()
			return server.ServeTLS(listener, "", "")
		}
	}
	defer r.watch(ctx)()
	return a.Serve(ctx, listener, doors, secure)
}

// mayServe refuses an address that others can reach while nobody could look
// after the zone. Fault: CMD-SERVE-01.
func mayServe(ctx context.Context, a *app.App, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	page, err := a.Store.List(ctx, dossier.User, store.Query{Where: map[string][]string{"state": {string(party.Active)}}, Limit: 200})
	if err != nil {
		return err
	}
	for _, item := range page.Items {
		var u party.User
		if _, err := a.Store.Load(ctx, dossier.User, item.ID, &u); err != nil {
			return err
		}
		var o party.Officer
		if u.Officer == "" {
			continue
		}
		if _, err := a.Store.Load(ctx, dossier.Officer, u.Officer, &o); err == nil && o.Holds(party.Administrator) {
			return nil
		} else if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return err
		}
	}
	return fault.New(fault.Refused, "CMD-SERVE-01", "", "others can reach {address}, and the zone has no administrator yet",
		"run “seine user add --admin” first, or serve 127.0.0.1", "address", address)
}

// selfSignedDays is how long a certificate of our own is valid.
const selfSignedDays = 30

// certificate gives the TLS settings, nil for none.
func certificate(e *config.Effective) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.VerifyClientCertIfGiven, NextProtos: []string{"h2", "http/1.1"}}
	switch {
	case e.Serve.TLSCertificate != "":
		pair, err := tls.LoadX509KeyPair(e.Serve.TLSCertificate, e.Serve.TLSKey)
		if err != nil {
			return nil, fault.New(fault.Invalid, "CMD-TLS-01", "/serve/tls-certificate", "certificate and key cannot be used: {problem}",
				"name a certificate chain with --tls-cert and its private key with --tls-key, both PEM", "problem", err).Because(err)
		}
		c.Certificates = []tls.Certificate{pair}
	case e.Serve.SelfSigned:
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		now := time.Now()
		template := &x509.Certificate{
			SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "seine, self-signed"},
			NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, selfSignedDays), DNSNames: []string{"localhost"},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	default:
		return nil, nil
	}
	return c, nil
}
