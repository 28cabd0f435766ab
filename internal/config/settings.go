package config

import (
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"seine/internal/fault"
)

// Settings are the effective settings, each with its default and unit in the
// table below.
type Settings struct {
	Zone struct {
		Data     string // folder of the zone
		Database string // PostgreSQL URL, in place of Data
		Secrets  string // folder of keys
		Origin   string
		Node     string
	}
	Serve struct {
		Address        string
		PublicURL      string
		BankAddress    string // "" where no bank speaks the bank link
		TLSCertificate string
		TLSKey         string
		SelfSigned     bool
		Drop           string // "" for no file drop
	}
	OIDC struct {
		Issuer       string
		ClientID     string
		ClientSecret string // read from the file that the setting names
		NameClaim    string
	}
	Session struct {
		Idle     time.Duration
		Lifetime time.Duration
		Link     time.Duration
	}
	Log struct {
		Level  string
		Format string
	}
	Import struct{ Lodgers int }
	Doctor struct {
		DiskFree    int64 // bytes
		RatesAge    time.Duration
		UnsealedAge time.Duration
		LaneSilence time.Duration // of working time
	}
}

// Setting is one key of the file.
type Setting struct {
	Key     string
	Default string
	Unit    string // "" where the value has none
	Text    string // what it is, a line or two
	Secret  bool   // never printed
	File    bool   // the value is the path of a file that holds the secret
	Live    bool   // taken over by a server that reads its settings again; the others wait for a start

	set func(s *Settings, value string) bool
}

// Table lists every setting in the order of the file.
func Table() []Setting {
	return []Setting{
		{Key: "zone.data", Unit: "folder", Text: "Folder of the zone with the embedded database. Either this or zone.database.", set: text(func(s *Settings) *string { return &s.Zone.Data })},
		{Key: "zone.database", Unit: "URL", Text: "PostgreSQL server of the zone. A password belongs into zone.database-file instead.", Secret: true, set: database},
		{Key: "zone.database-file", Unit: "file", Text: "File that holds the URL of the PostgreSQL server; only its owner may read it.", File: true, set: database},
		{Key: "zone.secrets", Unit: "folder", Text: "Folder of the keys that sign the journal and draw at random. Empty: “secrets” in the folder of the zone.", set: text(func(s *Settings) *string { return &s.Zone.Secrets })},
		{Key: "zone.origin", Default: "seine.zone/journal", Text: "Name of the journal in its signatures, fixed when its key is made.", set: text(func(s *Settings) *string { return &s.Zone.Origin })},
		{Key: "zone.node", Default: "node", Text: "Name of this node among several on one PostgreSQL server.", set: text(func(s *Settings) *string { return &s.Zone.Node })},

		{Key: "serve.address", Default: "127.0.0.1:8080", Unit: "host:port", Text: "Address that is served. Another host than this machine is refused until an administrator exists.", set: address},
		{Key: "serve.bank-address", Unit: "host:port", Text: "Address at which banks speak the bank link, signed message by signed message. Empty: none does.", set: bankAddress},
		{Key: "serve.public-url", Unit: "URL", Text: "Address under which people reach the server; links are written with it. Empty: made from serve.address.", set: webURL(func(s *Settings) *string { return &s.Serve.PublicURL })},
		{Key: "serve.tls-certificate", Live: true, Unit: "file", Text: "Certificate chain in PEM. Empty: no TLS, or a certificate of our own with serve.self-signed.", set: text(func(s *Settings) *string { return &s.Serve.TLSCertificate })},
		{Key: "serve.tls-key", Live: true, Unit: "file", Text: "Private key of the certificate in PEM.", set: text(func(s *Settings) *string { return &s.Serve.TLSKey })},
		{Key: "serve.self-signed", Default: "false", Unit: "true or false", Text: "Make and use a certificate of our own: for a first look, not for a zone in operation.", set: truth(func(s *Settings) *bool { return &s.Serve.SelfSigned })},
		{Key: "serve.drop", Unit: "folder", Text: "Folder in which systems of enterprises leave files for their feeds, see docs/feed.md. Empty: none.", set: text(func(s *Settings) *string { return &s.Serve.Drop })},

		{Key: "oidc.issuer", Unit: "URL", Text: "Identity provider that people may sign in with. Empty: local accounts only.", set: webURL(func(s *Settings) *string { return &s.OIDC.Issuer })},
		{Key: "oidc.client-id", Text: "Name of this installation at the identity provider.", set: text(func(s *Settings) *string { return &s.OIDC.ClientID })},
		{Key: "oidc.client-secret-file", Unit: "file", Text: "File that holds the client secret; only its owner may read it.", File: true, set: text(func(s *Settings) *string { return &s.OIDC.ClientSecret })},
		{Key: "oidc.name-claim", Default: "preferred_username", Text: "Claim whose value is the sign-in name of the account here.", set: text(func(s *Settings) *string { return &s.OIDC.NameClaim })},

		{Key: "session.idle", Live: true, Default: "12h", Unit: "duration", Text: "A session ends when it was not used for so long.", set: span(func(s *Settings) *time.Duration { return &s.Session.Idle })},
		{Key: "session.lifetime", Live: true, Default: "24h", Unit: "duration", Text: "A session ends after this time whatever happens.", set: span(func(s *Settings) *time.Duration { return &s.Session.Lifetime })},
		{Key: "session.link", Live: true, Default: "30m", Unit: "duration", Text: "How long a one-time sign-in link works.", set: span(func(s *Settings) *time.Duration { return &s.Session.Link })},

		{Key: "log.level", Live: true, Default: "info", Unit: "debug, info, warn or error", Text: "What is logged.", set: oneOf(func(s *Settings) *string { return &s.Log.Level }, "debug", "info", "warn", "error")},
		{Key: "log.format", Default: "text", Unit: "text or json", Text: "How it is logged.", set: oneOf(func(s *Settings) *string { return &s.Log.Format }, "text", "json")},

		{Key: "import.lodgers", Default: "256", Unit: "rows", Text: "Rows of an import in work at once; they share commits.", set: whole(func(s *Settings) *int { return &s.Import.Lodgers }, 1, 4096)},

		{Key: "doctor.disk-free", Default: "2GiB", Unit: "size", Text: "The doctor warns when less is free on the disk of the zone.", set: size(func(s *Settings) *int64 { return &s.Doctor.DiskFree })},
		{Key: "doctor.rates-age", Default: "35d", Unit: "duration", Text: "The doctor warns when the newest exchange rate of a currency is older.", set: span(func(s *Settings) *time.Duration { return &s.Doctor.RatesAge })},
		{Key: "doctor.unsealed-age", Default: "1m", Unit: "duration", Text: "The doctor warns when a journal entry is unsealed for longer.", set: span(func(s *Settings) *time.Duration { return &s.Doctor.UnsealedAge })},
		{Key: "doctor.lane-silence", Default: "8h", Unit: "duration", Text: "The doctor warns when a lane in use has read no vehicle for longer, counted from 8 to 18 o'clock of working days.", set: span(func(s *Settings) *time.Duration { return &s.Doctor.LaneSilence })},
	}
}

func text(of func(*Settings) *string) func(*Settings, string) bool {
	return func(s *Settings, v string) bool {
		*of(s) = v
		return true
	}
}

func oneOf(of func(*Settings) *string, words ...string) func(*Settings, string) bool {
	return func(s *Settings, v string) bool {
		for _, w := range words {
			if v == w {
				*of(s) = v
				return true
			}
		}
		return false
	}
}

func truth(of func(*Settings) *bool) func(*Settings, string) bool {
	return func(s *Settings, v string) bool {
		*of(s) = v == "true"
		return v == "true" || v == "false"
	}
}

func whole(of func(*Settings) *int, least, most int) func(*Settings, string) bool {
	return func(s *Settings, v string) bool {
		n, err := strconv.Atoi(v)
		*of(s) = n
		return err == nil && n >= least && n <= most
	}
}

// span reads a duration; days are written 35d.
func span(of func(*Settings) *time.Duration) func(*Settings, string) bool {
	return func(s *Settings, v string) bool {
		if days, ok := strings.CutSuffix(v, "d"); ok {
			n, err := strconv.ParseUint(days, 10, 16)
			*of(s) = time.Duration(n) * 24 * time.Hour
			return err == nil && n > 0
		}
		d, err := time.ParseDuration(v)
		*of(s) = d
		return err == nil && d > 0
	}
}

var sizes = []struct {
	unit  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

func size(of func(*Settings) *int64) func(*Settings, string) bool {
	return func(s *Settings, v string) bool {
		for _, u := range sizes {
			if digits, ok := strings.CutSuffix(v, u.unit); ok {
				n, err := strconv.ParseUint(digits, 10, 20)
				*of(s) = int64(n) * u.bytes
				return err == nil && n > 0
			}
		}
		return false
	}
}

func address(s *Settings, v string) bool {
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	s.Serve.Address = net.JoinHostPort(host, strconv.FormatUint(n, 10))
	return err == nil
}

func bankAddress(s *Settings, v string) bool {
	s.Serve.BankAddress = v
	_, port, err := net.SplitHostPort(v)
	if v != "" && err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	return v == "" || err == nil
}

func webURL(of func(*Settings) *string) func(*Settings, string) bool {
	return func(s *Settings, v string) bool {
		*of(s) = v
		if v == "" {
			return true
		}
		u, err := url.Parse(v)
		return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	}
}

func database(s *Settings, v string) bool {
	if v == "" {
		return true
	}
	u, err := url.Parse(v)
	s.Zone.Database = v
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql")
}

// Place says where the keys are kept: the folder of secrets, or the one within
// the folder of the zone.
func (s *Settings) Place() string {
	if s.Zone.Secrets == "" && s.Zone.Data != "" {
		return filepath.Join(s.Zone.Data, "secrets")
	}
	return s.Zone.Secrets
}

// together gives what is wrong with settings that only are so together:
// CONFIG-TOGETHER-01 (two places for one zone), -02 (half of a pair).
func (s *Settings) together() fault.List {
	var faults fault.List
	if s.Zone.Data != "" && s.Zone.Database != "" {
		faults = append(faults, fault.New(fault.Invalid, "CONFIG-TOGETHER-01", "/zone", "the zone cannot lie in a folder and in a database at once",
			"set zone.data or zone.database (--data or --db), not both"))
	}
	for _, pair := range [][4]string{
		{"serve.tls-certificate", s.Serve.TLSCertificate, "serve.tls-key", s.Serve.TLSKey},
		{"oidc.issuer", s.OIDC.Issuer, "oidc.client-id", s.OIDC.ClientID},
	} {
		if (pair[1] == "") != (pair[3] == "") {
			faults = append(faults, fault.New(fault.Invalid, "CONFIG-TOGETHER-02", pointer(pair[0]), "{one} and {other} belong together",
				"set both or none", "one", pair[0], "other", pair[2]))
		}
	}
	return faults
}
