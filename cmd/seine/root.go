package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

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

// Unwrap gives what is wrong with the call.
func (e errUse) Unwrap() error { return e.error }

// session is what every command shares: streams and the global flags.
type session struct {
	in        *os.File
	out, errs *os.File
	data, db  string
	secrets   string
	config    string
	asJSON    bool
	called    string        // path of the command that was called, once it is known
	level     slog.LevelVar // of the log
	telling   sync.Mutex    // one line of a command that goes on at a time
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
	flags.StringVar(&s.data, "data", "", "`folder` of the zone (embedded database)")
	flags.StringVar(&s.db, "db", "", "PostgreSQL `URL` of the zone, in place of --data")
	flags.StringVar(&s.secrets, "secrets", "", "`folder` of the zone's keys (default: secrets in --data)")
	flags.StringVar(&s.config, "config", "", "`file` of settings (default: $SEINE_CONFIG, or seine.yaml in --data)")
	flags.BoolVar(&s.asJSON, "json", false, "print JSON for programs")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		s.called = c.CommandPath()
		return errUse{err}
	})
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(commands(s)...)
	s.wrongUse(root)
	return root
}

// wrongUse makes a wrong number of arguments, a flag that is missing, or a word
// that is no command, a wrong call of every command.
func (s *session) wrongUse(c *cobra.Command) {
	given := c.Args
	switch {
	case given != nil:
	case c.HasSubCommands():
		given = noSuchCommand
	default:
		given = cobra.ArbitraryArgs
	}
	c.Args = func(cmd *cobra.Command, args []string) error {
		s.called = cmd.CommandPath()
		err := given(cmd, args)
		if err == nil {
			err = cmd.ValidateRequiredFlags()
		}
		if err != nil {
			return errUse{err}
		}
		return nil
	}
	if c.HasSubCommands() && c.Run == nil && c.RunE == nil {
		c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	for _, sub := range c.Commands() {
		s.wrongUse(sub)
	}
}

func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("there is no command “%s %s”", c.CommandPath(), args[0])
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		text += fmt.Sprintf("; did you mean “%s”?", near[0])
	}
	return errors.New(text)
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
		s.report(err)
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
	err = s.worded(err)
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

// line writes one line while a command goes on: v as JSON with --json, words
// otherwise.
func (s *session) line(v any, words string, args ...any) {
	s.telling.Lock()
	defer s.telling.Unlock()
	if s.asJSON {
		_ = json.NewEncoder(s.out).Encode(v)
		return
	}
	fmt.Fprintf(s.out, words+"\n", args...)
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
