package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"seine/internal/app"
	"seine/internal/config"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/store"
)

// settings gives the settings in force for this call: the file, the environment
// and the command line. more are settings of the command's own flags, by key.
func (s *session) settings(more map[string]string) (*config.Effective, error) {
	from := config.Sources{File: s.config, Environment: os.LookupEnv, CommandLine: map[string]string{}}
	if from.File == "" {
		from.File = os.Getenv("SEINE_CONFIG")
	}
	if from.File == "" && s.data != "" {
		if inside := filepath.Join(s.data, "seine.yaml"); exists(inside) {
			from.File = inside
		}
	}
	for key, value := range more {
		from.CommandLine[key] = value
	}
	for key, value := range map[string]string{"zone.data": s.data, "zone.database": s.db, "zone.secrets": s.secrets} {
		if value != "" {
			from.CommandLine[key] = value
		}
	}
	return config.Load(from)
}

// errNoZone is a call that does not say which zone is meant.
var errNoZone = errors.New("name the zone with --data DIR or --db URL")

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// zone gives the settings of a command that works on a zone: they must say where
// it lies.
func (s *session) zone() (*config.Effective, error) {
	e, err := s.settings(nil)
	if err != nil {
		return nil, err
	}
	if e.Zone.Data == "" && e.Zone.Database == "" {
		return nil, errUse{errNoZone}
	}
	return e, nil
}

// open opens the zone that the settings name. A zone that is only looked at must
// be there; another is made where it is missing.
func (s *session) open(ctx context.Context, e *config.Effective, readOnly bool) (*app.App, error) {
	if readOnly && e.Zone.Data != "" && !exists(filepath.Join(e.Zone.Data, "zone.db")) {
		return nil, noZone(e.Zone.Data)
	}
	return app.Open(ctx, app.Options{
		Dir: e.Zone.Data, URL: e.Zone.Database, Secrets: e.Zone.Secrets, Origin: e.Zone.Origin, Node: e.Zone.Node,
		ReadOnly: readOnly, Logger: s.logger(e),
	})
}

// settleWithin bounds how long a program that ends waits for another node to
// number its entries.
const settleWithin = 10 * time.Second

// leave seals what was journaled and closes the zone. What happened before, in
// err, comes with it.
func leave(ctx context.Context, a *app.App, err error) error {
	if err == nil {
		settled, stop := context.WithTimeout(ctx, settleWithin)
		err = a.Store.Settle(settled)
		stop()
	}
	for err == nil {
		last, failed := a.Store.LastCheckpoint(ctx)
		if failed != nil || last.Size >= a.Store.Position() {
			err = failed
			break
		}
		if err = a.Seal(ctx); err != nil {
			err = fmt.Errorf("seal the journal: %w", err)
		}
	}
	return errors.Join(err, a.Close())
}

func noZone(dir string) error {
	return fault.New(fault.NotFound, "CMD-ZONE-01", "", "there is no zone in {folder}",
		"check the path after --data; “seine user add --admin” makes a new zone", "folder", dir)
}

// look opens the store alone, for reading, beside a program that may be writing.
func (s *session) look(ctx context.Context) (*store.Store, *config.Effective, error) {
	e, err := s.zone()
	if err != nil {
		return nil, nil, err
	}
	if e.Zone.Data != "" && !exists(filepath.Join(e.Zone.Data, "zone.db")) {
		return nil, nil, noZone(e.Zone.Data)
	}
	st, err := store.Open(ctx, store.Options{Dir: e.Zone.Data, URL: e.Zone.Database, ReadOnly: true})
	return st, e, err
}

// logger writes to standard error what the settings ask for. Its level is the
// session's, so that a server can change it.
func (s *session) logger(e *config.Effective) *slog.Logger {
	s.setLevel(e)
	options := &slog.HandlerOptions{Level: &s.level}
	if e.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(s.errs, options))
	}
	return slog.New(slog.NewTextHandler(s.errs, options))
}

func (s *session) setLevel(e *config.Effective) {
	_ = s.level.UnmarshalText([]byte(e.Log.Level)) // config takes the four words only
}

// operator is who acts at the command line: the operator of the installation,
// whom the journal names.
var operator = decision.Actor{ID: "operator", Kind: journal.System, Name: "command line"}

// readable opens a file for reading; “-” is standard input.
func (s *session) readable(path string) (*os.File, func() error, error) {
	if path == "-" {
		return s.in, func() error { return nil }, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, noFile(path, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, nil, errors.Join(noFile(path, errors.New("is a directory")), f.Close())
	}
	return f, f.Close, nil
}

func noFile(path string, err error) error {
	problem := err.Error()
	var p *os.PathError
	if errors.As(err, &p) {
		problem = p.Err.Error()
	}
	return fault.New(fault.NotFound, "CMD-FILE-01", "", "{file} cannot be read: {problem}", "check the path and who may read it",
		"file", path, "problem", problem)
}
