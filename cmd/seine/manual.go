package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manualDate stands on the man pages, so that the same program writes the same
// bytes.
var manualDate = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

func newManual(s *session) *cobra.Command {
	var markdown bool
	c := &cobra.Command{
		Use: "man FOLDER", Short: "Write the manual pages of all commands into a folder", Args: cobra.ExactArgs(1),
		Long: "Write one manual page (section 1) for each command into a folder, or with --markdown the\n" +
			"whole manual as one Markdown file, commands.md.",
		Example: "  seine man /usr/local/share/man/man1\n  seine man --markdown docs",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fmt.Errorf("make the folder of the manual: %w", err)
			}
			root := cmd.Root()
			tidy(root)
			if markdown {
				var b bytes.Buffer
				if err := writeManual(&b, root); err != nil {
					return err
				}
				return os.WriteFile(filepath.Join(dir, "commands.md"), b.Bytes(), 0o644)
			}
			header := &doc.GenManHeader{Title: "SEINE", Section: "1", Date: &manualDate, Source: "Seine " + release, Manual: "Seine manual"}
			if err := doc.GenManTree(root, header, dir); err != nil {
				return fmt.Errorf("write the manual pages: %w", err)
			}
			pages, err := filepath.Glob(filepath.Join(dir, "seine*.1"))
			if err != nil {
				return err
			}
			return s.print(map[string]any{"folder": dir, "pages": len(pages)}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%d manual pages in %s\n", len(pages), dir)
				return err
			})
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "write commands.md instead")
	return c
}

// tidy leaves out of the manual what cobra adds by itself.
func tidy(c *cobra.Command) {
	c.DisableAutoGenTag = true
	c.InitDefaultHelpCmd()
	for _, sub := range c.Commands() {
		if sub.Name() == "help" {
			c.RemoveCommand(sub)
			continue
		}
		tidy(sub)
	}
}

// writeManual prints every command on one page, in the order of the alphabet.
func writeManual(out io.Writer, root *cobra.Command) error {
	var b strings.Builder
	b.WriteString("# Commands\n\nWritten by `seine man --markdown docs`; change the commands, not this page.\n\n" +
		"Exit status of every command: 0 done, 1 refused or failed, 2 wrong use, 3 findings (`check`, `verify`, `doctor`), 130 interrupted.\n\n" +
		"Flags of every command:\n\n```\n" + root.PersistentFlags().FlagUsages() + "```\n")
	var write func(c *cobra.Command)
	write = func(c *cobra.Command) {
		if !c.IsAvailableCommand() {
			return
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", c.CommandPath(), manualText(c))
		fmt.Fprintf(&b, "\n```\n%s\n```\n", strings.TrimSpace(c.UseLine()))
		if own := c.NonInheritedFlags(); own.HasAvailableFlags() {
			fmt.Fprintf(&b, "\n```\n%s```\n", own.FlagUsages())
		}
		if c.Example != "" {
			fmt.Fprintf(&b, "\nExamples:\n\n```sh\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
		}
		for _, sub := range c.Commands() {
			write(sub)
		}
	}
	for _, c := range root.Commands() {
		write(c)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func manualText(c *cobra.Command) string {
	if c.Long != "" && c.Name() != "completion" && c.Parent().Name() != "completion" {
		return c.Long
	}
	return c.Short + "."
}
