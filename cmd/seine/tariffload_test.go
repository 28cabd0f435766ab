package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seine/internal/app"
	"seine/internal/check"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/httpapi"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/tariff"
)

// A whole schedule of a later day is brought to a served zone, compared and
// proposed from the command line; what is not one is refused as the zone words it.
func TestAScheduleIsLoadedIntoAServedZone(t *testing.T) {
	dir := t.TempDir()
	a, err := app.Open(t.Context(), app.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	command := func(name string) decision.Command {
		return decision.Command{Name: name, Actor: "test", Received: a.Clock.Now()}
	}
	done := func(_ decision.Receipt, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const password = "a schedule for next year"
	for _, number := range []string{"1001", "1002"} {
		done(a.Registry.Appoint(t.Context(), command("appoint"), decision.System, party.Officer{
			Number: number, Name: "关员" + number, Posts: []party.PostID{party.TaxOfficer}, Unit: "zone-customs", Office: "2218", Areas: []string{party.AnyArea}, OnDuty: true,
		}))
		done(a.Registry.OpenAccount(t.Context(), command("open"), decision.System, party.User{Name: "tax-" + number, Officer: number}))
		if err := a.Identity.SetPassword(t.Context(), decision.System, "tax-"+number, nil, password); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	api := httpapi.New(httpapi.Deps{
		Store: a.Store, Clock: a.Clock, Log: a.Log, Identity: a.Identity, Registry: a.Registry, Clearance: a.Clearance, Reference: a.Reference,
		Oversight: a.Oversight, Review: a.Review, LogKey: a.Journal.Public, PublicURL: "urn:test",
	})
	server := httptest.NewServer(api)
	defer func() {
		server.Close()
		if err := errors.Join(a.Seal(context.WithoutCancel(t.Context())), a.Close()); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir)
	}()

	from := a.Clock.Now().Date().AddDays(20)
	cn, err := tariff.Shipped("cn")
	if err != nil {
		t.Fatal(err)
	}
	next, err := cn.Amend([]tariff.Amendment{{Code: "20091100", Kind: "mfn", Rate: "3%", From: from, Law: "next year", Replace: true}})
	if err != nil {
		t.Fatal(err)
	}
	var facts bytes.Buffer
	packed := gzip.NewWriter(&facts)
	if err := errors.Join(tariff.WriteFacts(packed, next), packed.Close()); err != nil {
		t.Fatal(err)
	}
	files := t.TempDir()
	put := func(name string, content []byte) string {
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	schedule, secret := put("cn.tsv.gz", facts.Bytes()), put("tax.pw", []byte(password+"\n"))
	load := func(arguments ...string) (string, error) {
		out, err := os.CreateTemp(files, "said")
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		root := newRoot(&session{out: out, errs: out})
		root.SetArgs(append([]string{"tariff", "load", "--server", server.URL, "--as", "tax-1001"}, arguments...))
		failed := root.ExecuteContext(t.Context())
		text, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text), failed
	}
	said, err := load(schedule, "--from", from.String(), "--password-file", secret)
	if err != nil || !strings.Contains(said, "20091100") || !strings.Contains(said, "3%") || !strings.Contains(said, "1 differences from "+from.String()) {
		t.Fatalf("compared: %v\n%s", err, said)
	}
	// With the law it rests on it is proposed at once, and a second officer is drawn.
	said, err = load(schedule, "--from", from.String(), "--password-file", secret, "--law", "announcement 12", "--reason", "new year")
	if err != nil || !strings.Contains(said, "1002") {
		t.Fatalf("proposed: %v\n%s", err, said)
	}
	changes, err := oversight.TariffChanges(t.Context(), a.Store)
	if err != nil {
		t.Fatal(err)
	}
	states := map[oversight.State]int{}
	for _, c := range changes {
		states[c.State]++
		if c.State == oversight.Proposed && (c.Schedule.Law != "announcement 12" || c.Reason != "new year" || c.Author != "1001" || c.ValidFrom != from) {
			t.Errorf("%+v", c)
		}
	}
	if states[oversight.Proposed] != 1 || states[oversight.Draft] != 1 {
		t.Errorf("%v", states)
	}
	for name, c := range map[string]struct {
		arguments []string
		code      string
	}{
		"a day that is none":           {[]string{schedule, "--from", "next year", "--password-file", secret}, "CLOCK-DATE-01"},
		"a file that is no schedule":   {[]string{put("rates.txt", []byte("rates")), "--from", from.String(), "--password-file", secret}, "TARIFF-FACTS-01"},
		"a day that has come":          {[]string{schedule, "--from", a.Clock.Now().Date().String(), "--password-file", secret}, "OVERSIGHT-DAY-01"},
		"another's password":           {[]string{schedule, "--from", from.String(), "--password-file", put("other.pw", []byte("another long password"))}, "IDENTITY-SIGNIN-01"},
		"an address where nobody is":   {[]string{schedule, "--from", from.String(), "--password-file", secret, "--server", "http://127.0.0.1:1"}, "CMD-SERVER-01"},
		"a password file that is none": {[]string{schedule, "--from", from.String(), "--password-file", filepath.Join(files, "none")}, "CMD-FILE-01"},
	} {
		if said, err := load(c.arguments...); err == nil || !fault.Is(err, c.code) && !strings.Contains(err.Error(), c.code) {
			t.Errorf("%s: %v, want %s\n%s", name, err, c.code, said)
		}
	}
}
