package config

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seine/internal/fault"
)

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "seine.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func codes(err error) []string {
	var all []string
	for _, f := range fault.All(err) {
		all = append(all, f.Code+" "+f.Path)
	}
	slices.Sort(all)
	return all
}

func TestEveryDefaultIsAGoodValue(t *testing.T) {
	e, err := Load(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Session.Idle != 12*time.Hour || e.Doctor.RatesAge != 35*24*time.Hour || e.Serve.Address != "127.0.0.1:8080" || e.Doctor.DiskFree != 2<<30 {
		t.Errorf("%+v", e.Settings)
	}
	for _, s := range Table() {
		if s.Text == "" || e.Origin(s.Key) != FromDefault {
			t.Errorf("%s: text %q, origin %s", s.Key, s.Text, e.Origin(s.Key))
		}
	}
}

func TestTheDefaultsPrintedAreAFileThatGivesThem(t *testing.T) {
	e, err := Load(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := Load(Sources{File: write(t, b.String())})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e.Settings, again.Settings); diff != "" {
		t.Error(diff)
	}
}

func TestLayersOutrankTheOneBefore(t *testing.T) {
	file := write(t, "serve:\n  address: 0.0.0.0:1\nlog:\n  level: warn\n  format: json\n")
	environment := func(name string) (string, bool) {
		v, ok := map[string]string{"SEINE_SERVE_ADDRESS": "0.0.0.0:2", "SEINE_LOG_LEVEL": "debug", "SEINE_LOG_FORMAT": ""}[name]
		return v, ok
	}
	e, err := Load(Sources{File: file, Environment: environment, CommandLine: map[string]string{"serve.address": "0.0.0.0:3"}})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{e.Serve.Address, e.Origin("serve.address"), e.Log.Level, e.Origin("log.level"), e.Log.Format, e.Origin("log.format")}
	want := []string{"0.0.0.0:3", FromCommandLine, "debug", FromEnvironment, "json", FromFile}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestThePlaceOfTheZoneIsSaidByOneLayer(t *testing.T) {
	file := write(t, "zone:\n  database: postgres://db/zone\n")
	e, err := Load(Sources{File: file, CommandLine: map[string]string{"zone.data": "here"}})
	if err != nil || e.Zone.Data != "here" || e.Zone.Database != "" {
		t.Errorf("%v %+v", err, e.Zone)
	}
	if _, err := Load(Sources{CommandLine: map[string]string{"zone.data": "here", "zone.database": "postgres://db/zone"}}); !fault.Is(err, "CONFIG-TOGETHER-01") {
		t.Error(err)
	}
}

func TestBadSettingsAreToldAllAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"unknown keys and bad values": {
			"serve:\n  port: 1\nsession:\n  link: -3s\nnothing:\n  here: 1\nlog: {level: loud}\n",
			[]string{"CONFIG-KEY-01 /nothing/here", "CONFIG-KEY-01 /serve/port", "CONFIG-VALUE-01 /log/level", "CONFIG-VALUE-01 /session/link"},
		},
		"a key twice":            {"log:\n  level: info\n  level: warn\n", []string{"CONFIG-KEY-02 /log/level"}},
		"a list":                 {"- serve\n", []string{"CONFIG-FILE-02 "}},
		"a value with parts":     {"serve:\n  address: [a, b]\n", []string{"CONFIG-FILE-02 "}},
		"a section with a value": {"serve: 3\n", []string{"CONFIG-FILE-02 "}},
		"no YAML":                {"serve: [\n", []string{"CONFIG-FILE-02 "}},
		"half of a pair":         {"oidc: {issuer: \"https://a.example\"}\n", []string{"CONFIG-TOGETHER-02 /oidc/issuer"}},
		"a missing secret":       {"oidc: {client-secret-file: /nowhere/at/all}\n", []string{"CONFIG-SECRET-01 /oidc/client-secret-file"}},
		"an address without port, a size without unit, a day too many": {
			"serve: {address: localhost}\ndoctor: {rates-age: 0d, disk-free: 64}\n",
			[]string{"CONFIG-VALUE-01 /doctor/disk-free", "CONFIG-VALUE-01 /doctor/rates-age", "CONFIG-VALUE-01 /serve/address"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Sources{File: write(t, c.file)})
			if diff := cmp.Diff(c.want, codes(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSecretsAreReadFromFilesAndNeverShown(t *testing.T) {
	secret := write(t, "postgres://seine:geheim@db/zone\n")
	e, err := Load(Sources{CommandLine: map[string]string{"zone.database-file": secret}})
	if err != nil {
		t.Fatal(err)
	}
	if e.Zone.Database != "postgres://seine:geheim@db/zone" {
		t.Errorf("read %q", e.Zone.Database)
	}
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "geheim") {
		t.Error("the secret is printed")
	}
	if err := os.Chmod(secret, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Sources{CommandLine: map[string]string{"zone.database-file": secret}}); !fault.Is(err, "CONFIG-SECRET-02") {
		t.Error(err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("serve:\n  address: 127.0.0.1:80\n")
	f.Add("log: {level: warn}\n# nothing\n")
	f.Add("a: &a [*a]\n")
	f.Add("serve:\n  address: !!binary aGk=\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "-file") {
			return // would read files of the machine
		}
		e, err := Load(Sources{File: write(t, text)})
		if err != nil {
			if fault.All(err) == nil {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		var b bytes.Buffer
		if err := e.Write(&b); err != nil {
			t.Fatal(err)
		}
	})
}
