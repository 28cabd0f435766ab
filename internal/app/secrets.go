package app

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"seine/internal/fault"
	"seine/internal/journal"
)

// secrets is the folder of what must never stand in a database: the key that
// signs the journal and the keys of the random draws of each period. Files are
// readable by their owner alone.
type secrets struct {
	dir    string
	random io.Reader
}

const (
	journalKeyFile = "journal.key"
	tokenKeyFile   = "token.key"
	drawKeyPrefix  = "draw-"
	secretMode     = 0o600
)

func openSecrets(dir string, random io.Reader) (*secrets, error) {
	if random == nil {
		random = rand.Reader
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of secrets: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Refused, "APP-SECRET-01", "", "others may read the folder of secrets {dir}",
			"take their rights away: chmod 700 {dir}", "dir", dir)
	}
	return &secrets{dir, random}, nil
}

// seed reads the 32 bytes of a file, or makes them.
func (s *secrets) seed(name string) ([32]byte, error) {
	var seed [32]byte
	path := filepath.Join(s.dir, name)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := io.ReadFull(s.random, seed[:]); err != nil {
			return seed, fmt.Errorf("make %s: %w", name, err)
		}
		line := base64.StdEncoding.EncodeToString(seed[:]) + "\n"
		return seed, writeDurably(path, []byte(line), secretMode)
	}
	if err != nil {
		return seed, fmt.Errorf("read %s: %w", name, err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(seed) {
		return seed, fault.New(fault.Invalid, "APP-SECRET-02", "", "{file} does not hold 32 bytes in base64", "restore it from the backup of the secrets", "file", path)
	}
	copy(seed[:], raw)
	return seed, nil
}

// journalKey gives the key of the log; origin names it when it is made.
func (s *secrets) journalKey(origin string) (journal.Key, error) {
	named, err := os.ReadFile(filepath.Join(s.dir, "origin"))
	switch {
	case err == nil:
		origin = strings.TrimSpace(string(named))
	case errors.Is(err, fs.ErrNotExist):
		if err := writeDurably(filepath.Join(s.dir, "origin"), []byte(origin+"\n"), secretMode); err != nil {
			return journal.Key{}, err
		}
	default:
		return journal.Key{}, fmt.Errorf("read the origin of the log: %w", err)
	}
	seed, err := s.seed(journalKeyFile)
	if err != nil {
		return journal.Key{}, err
	}
	return journal.NewKey(origin, seed)
}

// drawKey gives the secret of one period of the random draws.
func (s *secrets) drawKey(period string) ([32]byte, error) {
	return s.seed(drawKeyPrefix + period + ".key")
}

// writeDurably writes a file so that after a crash it is there whole or not at
// all.
func writeDurably(path string, content []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(f.Chmod(mode), func() error { _, err := f.Write(content); return err }(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// drawPeriods lists the periods whose keys lie in the folder.
func (s *secrets) drawPeriods() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(s.dir, drawKeyPrefix+"*.key"))
	if err != nil {
		return nil, err
	}
	periods := make([]string, len(files))
	for i, f := range files {
		periods[i] = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), drawKeyPrefix), ".key")
	}
	return periods, nil
}
