package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/importing"
)

func newImportManifest(s *session) *cobra.Command {
	var format, additions string
	c := &cobra.Command{
		Use: "manifest FILE…", Short: "Take over manifests (EDIFACT CUSCAR, JSON, CSV)", Args: cobra.MinimumNArgs(1),
		Long: "Receive every manifest of the files. What is wrong with the envelope of a message is told and\n" +
			"tolerated; a bill of lading, or a manifest, whose content is wrong is refused with each field, reason\n" +
			"and cure, and the others go on. What a source does not state can be added by a file (--supply): each addition has its\n" +
			"reason and is kept with the message. The same file again changes nothing. Exit status 3 when something was refused.",
		Example: "  seine import manifest cuscar.edi --data zone\n  seine import manifest list.csv --format manifest-csv --data zone --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.importManifests(cmd.Context(), args, format, additions)
		},
	}
	c.Flags().StringVar(&format, "format", "", "`format` of the files (recognised where it is not given): "+strings.Join(importing.ManifestFormats(), ", "))
	c.Flags().StringVar(&additions, "supply", "", "`file` of additions for what the source does not state")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(importing.ManifestFormats(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (s *session) importManifests(ctx context.Context, paths []string, format, additions string) error {
	e, err := s.zone()
	if err != nil {
		return err
	}
	var supply *importing.Supply
	if additions != "" {
		text, err := os.ReadFile(additions)
		if err != nil {
			return noFile(additions, err)
		}
		if supply, err = importing.ReadSupply(text); err != nil {
			return err
		}
	}
	if format != "" && !slices.Contains(importing.ManifestFormats(), format) {
		return noName("CMD-FORMAT-01", format, "format", strings.Join(importing.ManifestFormats(), ", "))
	}
	for _, path := range paths {
		_, done, err := s.readable(path)
		if err == nil {
			err = done()
		}
		if err != nil {
			return err // before anything is taken, or a zone is made
		}
	}
	a, err := s.open(ctx, e, false)
	if err != nil {
		return err
	}
	if err := a.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, a.Close())
	}
	job := importing.Manifests{Desk: a.Clearance, Store: a.Store, By: operator, Now: a.Clock.Now, Supply: supply}
	var all []*importing.FileOutcome
	refused := false
	for _, path := range paths {
		if ctx.Err() != nil {
			break
		}
		var out *importing.FileOutcome
		if out, err = s.importManifest(ctx, &job, path, format); err != nil {
			break
		}
		all = append(all, out)
		refused = refused || out.Refused()
	}
	err = leave(context.WithoutCancel(ctx), a, err)
	if printed := s.print(all, func(w io.Writer) error { return writeManifests(w, all) }); printed != nil {
		return printed
	}
	switch {
	case ctx.Err() != nil:
		return brokenOff(ctx.Err())
	case err != nil:
		return err
	case refused:
		return errFindings
	}
	return nil
}

func (s *session) importManifest(ctx context.Context, job *importing.Manifests, path, format string) (*importing.FileOutcome, error) {
	f, done, err := s.readable(path)
	if err != nil {
		return nil, err
	}
	out, err := job.Take(context.WithoutCancel(ctx), path, format, f)
	return out, errors.Join(err, done())
}

func writeManifests(w io.Writer, all []*importing.FileOutcome) error {
	var b strings.Builder
	tell := func(what string, list []importing.Fault) {
		for _, f := range list {
			fmt.Fprintf(&b, "    %s: %s", what, f.Code)
			if f.Field != "" {
				b.WriteString(" at " + f.Field)
			}
			b.WriteString(": " + f.Detail + "\n")
			if what == "refused" && f.Cure != "" {
				b.WriteString("        " + f.Cure + "\n")
			}
		}
	}
	for _, out := range all {
		fmt.Fprintf(&b, "%s: %s", out.File, out.Format)
		for _, part := range []string{out.Version, out.Encoding} {
			if part != "" {
				b.WriteString(", " + part)
			}
		}
		b.WriteString("\n")
		tell("refused", out.Faults)
		for i := range out.Manifests {
			m := &out.Manifests[i]
			state := "taken"
			switch {
			case m.Refused():
				state = "REFUSED"
			case m.Before:
				state = "in already"
			}
			fmt.Fprintf(&b, "  manifest %s, journey %s: %s", m.Number, m.Journey, state)
			if m.Version > 0 {
				fmt.Fprintf(&b, " as version %d", m.Version)
			}
			fmt.Fprintf(&b, ", %d bills of lading, %d containers\n", len(m.Bills)-len(m.Left), m.Equipment)
			tell("refused", m.Faults)
			for _, left := range m.Left {
				fmt.Fprintf(&b, "    bill of lading no. %d %s: REFUSED, the others go on\n", left.Row, left.Number)
				tell("refused", left.Faults)
			}
			for _, d := range m.Supplied {
				fmt.Fprintf(&b, "    supplied: %s = %s: %s\n", d.Path, d.Value, d.Reason)
			}
			tell("tolerated", m.Envelope)
			tell("note", m.Notes)
			for _, said := range m.Stated {
				fmt.Fprintf(&b, "    stated: %s = %s", said.Path, said.Value)
				if said.List != "" {
					b.WriteString(" (" + said.List + ")")
				}
				b.WriteString("\n")
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
