package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestTheManualIsThatOfTheProgram(t *testing.T) {
	root := newRoot(&session{})
	tidy(root)
	var b bytes.Buffer
	if err := writeManual(&b, root); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "docs", "commands.md")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, b.Bytes()) {
		t.Error("docs/commands.md is not what the program would write: seine man --markdown docs")
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	root := newRoot(&session{})
	tidy(root)
	n := 0
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			look(sub)
		}
		if c.HasSubCommands() || strings.HasPrefix(c.CommandPath(), "seine completion") {
			return
		}
		n++
		// Sisters that differ in one word are explained once, at their parent; each
		// has its own example.
		family := c.Parent().Long != "" && c.Parent() != root
		if c.Hidden {
			return
		}
		if c.Short == "" || c.Example == "" || c.Long == "" && !family {
			t.Errorf("%s lacks words or an example", c.CommandPath())
		}
		if strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: the short words end in a full stop", c.CommandPath())
		}
	}
	look(root)
	t.Logf("%d commands", n)
}
