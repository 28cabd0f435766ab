package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the number of this release; it rises with CHANGELOG.md.
const release = "0.1.0"

// build is what the program says of itself.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"` // made from a tree with changes
	Date     string `json:"date,omitempty"`     // of the revision
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func aboutBuild() build {
	b := build{Version: release, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// version gives the release with the revision it was made from.
func version() string {
	b := aboutBuild()
	text := b.Version
	if len(b.Revision) >= 12 {
		text += " (" + b.Revision[:12]
		if b.Modified {
			text += ", changed"
		}
		text += ")"
	}
	return text
}

func newVersion(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of the program", Args: cobra.NoArgs,
		Long:    "Print the release, the revision it was built from, the Go version and the platform.",
		Example: "  seine version\n  seine version --json",
		RunE: func(*cobra.Command, []string) error {
			b := aboutBuild()
			return s.print(b, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "seine %s\n%s %s\n", version(), b.Go, b.Platform)
				return err
			})
		},
	}
}
