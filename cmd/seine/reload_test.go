package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seine/internal/config"
	"seine/internal/identity"
)

func effective(t *testing.T, text string) *config.Effective {
	t.Helper()
	file := filepath.Join(t.TempDir(), "seine.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := config.Load(config.Sources{File: file})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSettingsAreTakenOverWhileTheDoorsAreOpen(t *testing.T) {
	begun := effective(t, "serve: {self-signed: true}\nlog: {level: warn}\n")
	certificates, err := certificate(begun)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	said := func() string {
		all, err := os.ReadFile(log.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(all)
	}
	s := &session{errs: log}
	next, failed := begun, error(nil)
	r := &reloading{s: s, log: s.logger(begun), desk: identity.New(nil, identity.Options{}), begun: begun, last: begun, again: func() (*config.Effective, error) { return next, failed }}
	r.use(certificates)

	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "served") }))
	server.TLS = r.config()
	server.StartTLS()
	defer server.Close()
	shown := func() string {
		conn, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return string(conn.ConnectionState().PeerCertificates[0].SerialNumber.Bytes())
	}
	first := shown()

	// The renewed certificate stands in files, as one in operation does.
	chain, key := filepath.Join(t.TempDir(), "chain.pem"), filepath.Join(t.TempDir(), "key.pem")
	renew(t, chain, key)
	next = effective(t, "serve: {address: '127.0.0.1:9999', tls-certificate: "+chain+", tls-key: "+key+"}\nlog: {level: debug}\n")
	r.reload()
	if second := shown(); second == first {
		t.Error("a new connection got the old certificate")
	}
	if s.level.Level() != slog.LevelDebug {
		t.Errorf("the log is at %v", s.level.Level())
	}
	for _, want := range []string{"log.level", "the certificate", "serve.address"} {
		if !strings.Contains(said(), want) {
			t.Errorf("%q is not in %s", want, said())
		}
	}

	// With a fault nothing changes, even what was good.
	held := shown()
	if err := os.WriteFile(key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	next = effective(t, "serve: {tls-certificate: "+chain+", tls-key: "+key+"}\nlog: {level: error}\n")
	r.reload()
	failed = os.ErrNotExist
	r.reload()
	if shown() != held || s.level.Level() != slog.LevelDebug || strings.Count(said(), "stay as they were") != 2 {
		t.Errorf("level %v, log %s", s.level.Level(), said())
	}
}

// renew writes a certificate of the program's own making as PEM files.
func renew(t *testing.T, chain, key string) {
	t.Helper()
	time.Sleep(time.Millisecond) // its serial number is the time
	c, err := certificate(effective(t, "serve: {self-signed: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, chain, "CERTIFICATE", c.Certificates[0].Certificate[0])
	writePEM(t, key, "PRIVATE KEY", pkcs8(t, c.Certificates[0].PrivateKey))
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
