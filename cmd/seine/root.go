package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"seine/internal/fault"
)

// Exit states of every command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUse         = 2
	exitFindings    = 3
	exitInterrupted = 130
)

// errFindings ends a command that worked and found something wrong; its
// findings are printed already.
var errFindings = errors.New("there are findings")

// errUse marks a wrong call of the program.
type errUse struct{ error }

// session is what every command shares: streams and the global flags.
type session struct {
	in        *os.File
	out, errs *os.File
	data, db  string
	asJSON    bool
}

func newRoot(s *session) *cobra.Command {
	root := &cobra.Command{
		Use:   "seine",
		Short: "Customs supervision for free-trade zones",
		Long: "Seine supervises goods in a free-trade zone: papers are matched, duty is computed,\n" +
			"risk is judged, the gate opens or does not, and the account book is right at once.\n" +
			"Start with “seine demo”.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	flags := root.PersistentFlags()
	flags.StringVar(&s.data, "data", "", "folder of the zone (embedded database)")
	flags.StringVar(&s.db, "db", "", "PostgreSQL URL of the zone, in place of --data")
	flags.BoolVar(&s.asJSON, "json", false, "print JSON for programs")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errUse{err} })
	root.AddCommand(commands(s)...)
	return root
}

// status prints err where that is still to be done and gives the exit status.
func (s *session) status(err error) int {
	var use errUse
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.As(err, &use):
		fmt.Fprintf(s.errs, "seine: %v\nSee “seine --help”.\n", use.error)
		return exitUse
	}
	s.report(err)
	return exitFailed
}

// faultBody is a fault as the command line prints it with --json; the HTTP API
// has the same members.
type faultBody struct {
	Kind    fault.Kind `json:"kind"`
	Code    string     `json:"code"`
	Pointer string     `json:"pointer,omitempty"`
	Detail  string     `json:"detail"`
	Cure    string     `json:"cure,omitempty"`
}

func faultBodies(list fault.List) []faultBody {
	bodies := make([]faultBody, len(list))
	for i, f := range list {
		bodies[i] = faultBody{f.Kind, f.Code, f.Path, f.Message(), f.Remedy()}
	}
	return bodies
}

// report prints an error: each fault with its field and cure, or the internal
// error as it is, for here the reader is the operator.
func (s *session) report(err error) {
	list := fault.All(err)
	if s.asJSON {
		body := struct {
			Error  string      `json:"error"`
			Faults []faultBody `json:"faults,omitempty"`
		}{err.Error(), faultBodies(list)}
		_ = json.NewEncoder(s.errs).Encode(body)
		return
	}
	if list == nil {
		fmt.Fprintf(s.errs, "seine: %v\n", err)
		return
	}
	for _, f := range list {
		fmt.Fprintf(s.errs, "seine: %s\n", f.Error())
		if f.Cure != "" {
			fmt.Fprintf(s.errs, "       %s\n", f.Remedy())
		}
	}
}

// print writes v as indented JSON with --json, by text otherwise.
func (s *session) print(v any, text func(io.Writer) error) error {
	if s.asJSON || text == nil {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	return text(s.out)
}
