package main

import (
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"seine/internal/fault"
)

// noName refuses a name that is none of a list's.
func noName(code, name, kind, names string) error {
	return fault.New(fault.NotFound, code, "", "there is no {kind} “{name}”", "use one of {names}", "kind", kind, "name", clip(name), "names", names)
}

func noCode(code, list string) error {
	return fault.New(fault.NotFound, "CMD-CODE-01", "", "list {list} has no code “{code}”", "look it up with “seine codes list {list}”",
		"list", list, "code", clip(code))
}

// outOfRange refuses the number of a flag. Fault: CMD-FLAG-01.
func outOfRange(flag, value, least, most string) error {
	return fault.New(fault.Invalid, "CMD-FLAG-01", "/"+flag, "--{flag} cannot be {value}", "give {least} to {most}",
		"flag", flag, "value", value, "least", least, "most", most)
}

// clip keeps a refused text short enough to show.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// brokenOff words that a command was ended from outside. Fault: CMD-BROKEN-01.
func brokenOff(err error) error {
	return fault.New(fault.Refused, "CMD-BROKEN-01", "", "broken off; what was acknowledged is kept", "run the same command again to go on").Because(err)
}

// worded gives an error the words of the command line, with a code and a cure,
// where it comes from the call itself or from the machine: a file, a database, an
// address. Faults are left as they are, and so is what nobody expected.
//
// Faults: CMD-USE-01 (a wrong call), CMD-DATABASE-01 (nobody answers there), -02
// (no URL of a database), CMD-LISTEN-01 (an address that cannot be served),
// CMD-SERVER-01 (a zone does not answer), CMD-FILE-02 (a file or folder).
func (s *session) worded(err error) error {
	if fault.All(err) != nil {
		return err
	}
	var (
		use     errUse
		connect *pgconn.ConnectError
		config  *pgconn.ParseConfigError
		network *net.OpError
		call    *url.Error
		file    *fs.PathError
		link    *os.LinkError
	)
	switch {
	case errors.As(err, &use):
		command := s.called
		if command == "" {
			command = "seine"
		}
		return fault.New(fault.Invalid, "CMD-USE-01", "", "{problem}", "see “{command} --help”", "problem", use.Error(), "command", command).Because(err)
	case errors.As(err, &connect):
		return fault.New(fault.NotFound, "CMD-DATABASE-01", "/db", "the database cannot be reached: {problem}",
			"check the URL after --db, that the server runs, and that it lets the account in", "problem", firstLine(connect)).Because(err)
	case errors.As(err, &config):
		return fault.New(fault.Invalid, "CMD-DATABASE-02", "/db", "this is no URL of a database: {problem}",
			"write postgres://account@host:5432/database", "problem", firstLine(config)).Because(err)
	case errors.As(err, &network) && network.Op == "listen":
		address := "?"
		if network.Addr != nil {
			address = network.Addr.String()
		}
		var named *net.AddrError
		if errors.As(err, &named) {
			address = named.Addr
		}
		return fault.New(fault.Refused, "CMD-LISTEN-01", "/addr", "{address} cannot be served: {problem}",
			"name host:port that no other program serves, such as 127.0.0.1:8080; port 0 takes a free one", "address", address, "problem", network.Err).Because(err)
	case errors.As(err, &call):
		server := call.URL
		if u, err := url.Parse(call.URL); err == nil {
			server = u.Scheme + "://" + u.Host
		}
		return notServed(server, call.Err)
	case errors.As(err, &file):
		return badFile(file.Path, file.Err).Because(err)
	case errors.As(err, &link):
		return badFile(link.New, link.Err).Because(err)
	}
	return err
}

func badFile(path string, problem error) *fault.Fault {
	return fault.New(fault.NotFound, "CMD-FILE-02", "", "{file}: {problem}", "check the path, and who may read and write there", "file", path, "problem", problem)
}

// notServed words that a zone does not answer at an address. Fault: CMD-SERVER-01.
func notServed(server string, err error) error {
	return fault.New(fault.NotFound, "CMD-SERVER-01", "", "{server} does not answer: {problem}", "check the address, and that the zone is served there",
		"server", server, "problem", err).Because(err)
}

// firstLine gives what the driver says first; the rest repeats it for each
// address of a name.
func firstLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	first := strings.TrimSuffix(strings.TrimSpace(lines[0]), ":")
	if len(lines) > 1 {
		first += ": " + strings.TrimSpace(lines[1])
	}
	return first
}
