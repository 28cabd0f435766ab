package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"seine/internal/config"
)

func newConfig(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: "Check or print the settings",
		Long: "The settings of an installation come from one YAML file (--config, $SEINE_CONFIG, or\n" +
			"seine.yaml in the folder of the zone), then from the environment (SEINE_SERVE_ADDRESS\n" +
			"for serve.address), then from the command line. Unknown keys are refused.",
		Example: "  seine config print --defaults > seine.yaml\n  seine config check seine.yaml",
	}
	check := &cobra.Command{
		Use: "check [FILE]", Short: "Tell everything that is wrong with the settings", Args: cobra.MaximumNArgs(1),
		Long:    "Read the settings as a start of the program would and print every fault with its key and cure.",
		Example: "  seine config check seine.yaml\n  SEINE_SERVE_ADDRESS=:443 seine config check",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				s.config = args[0]
			}
			e, err := s.settings(nil)
			if err != nil {
				return err
			}
			return s.print(map[string]any{"ok": true, "file": e.File}, func(w io.Writer) error {
				from := e.File
				if from == "" {
					from = "no file: defaults, environment and command line"
				}
				_, err := fmt.Fprintf(w, "the settings are good (%s)\n", from)
				return err
			})
		},
	}
	var defaults bool
	show := &cobra.Command{
		Use: "print", Short: "Print the effective settings with where each came from", Args: cobra.NoArgs,
		Long: "Print every setting in force, in the form of the file, with its meaning, unit and, unless it\n" +
			"is the default, its origin. Secrets are not shown, only the files that hold them.",
		Example: "  seine config print --data /var/lib/seine\n  seine config print --defaults > seine.yaml",
		RunE: func(*cobra.Command, []string) error {
			var e *config.Effective
			var err error
			if defaults {
				e, err = config.Load(config.Sources{})
			} else {
				e, err = s.settings(nil)
			}
			if err != nil {
				return err
			}
			return s.print(e.Values(), e.Write)
		},
	}
	show.Flags().BoolVar(&defaults, "defaults", false, "print the defaults: a file to begin with")
	c.AddCommand(check, show)
	return c
}
