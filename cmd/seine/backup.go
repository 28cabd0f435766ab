package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"seine/internal/fault"
	"seine/internal/store"
)

// backedUp is what a backup gave.
type backedUp struct {
	File     string `json:"file"`
	Engine   string `json:"engine"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
	Entries  int64  `json:"entries"`  // journal entries in it, where it was tried
	Verified bool   `json:"verified"` // restored and read again
	Secrets  string `json:"secrets"`  // folder that is not in it
}

func newBackup(s *session) *cobra.Command {
	var verify bool
	c := &cobra.Command{
		Use: "backup FILE", Short: "Write a consistent copy of the zone, also while it is served", Args: cobra.ExactArgs(1),
		Long: "Write everything that is committed into a new file, while a program may go on serving. A file that\n" +
			"exists is never written over. With --verify the backup is restored into a temporary folder beside it\n" +
			"and its journal read to the end, each entry against its commitment, before the file gets its name: a\n" +
			"backup that cannot be restored leaves none. The folder of secrets is not in it: keep a copy of it apart.",
		Example: "  seine backup /backup/zone-2026-11-24.db --data /var/lib/seine --verify",
		RunE: func(cmd *cobra.Command, args []string) error {
			st, e, err := s.look(cmd.Context())
			if err != nil {
				return err
			}
			done, err := takeBackup(cmd.Context(), st, args[0], verify)
			if err = errors.Join(err, st.Close()); err != nil {
				return err
			}
			done.Secrets = e.Place()
			return s.print(done, func(w io.Writer) error {
				fmt.Fprintf(w, "%s: %d bytes, sha256 %s\n", done.File, done.Bytes, done.SHA256)
				if done.Verified {
					fmt.Fprintf(w, "restored for trial: %d journal entries are in it\n", done.Entries)
				}
				_, err := fmt.Fprintf(w, "the keys in %s are not in it: keep a copy of that folder apart\n", done.Secrets)
				return err
			})
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "restore the backup into a temporary folder and read it before it is called good")
	return c
}

func takeBackup(ctx context.Context, st *store.Store, file string, verify bool) (*backedUp, error) {
	done := &backedUp{File: file, Engine: st.Engine(), Verified: verify}
	err := st.BackupTried(ctx, file, func(part string) (err error) {
		if !verify {
			return nil
		}
		if done.Entries, err = restoredAgain(ctx, part); err != nil {
			return fault.New(fault.Refused, "CMD-BACKUP-01", "", "the backup could not be restored and read", "look at the disk, then take another; “seine check” reads the zone itself").Because(err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if done.Bytes, err = io.Copy(h, f); err != nil {
		return nil, fmt.Errorf("read the backup again: %w", err)
	}
	done.SHA256 = hex.EncodeToString(h.Sum(nil))
	return done, nil
}

// restoredAgain restores a backup beside its file, whatever engine it is of, and
// reads its journal to the end.
func restoredAgain(ctx context.Context, file string) (entries int64, err error) {
	dir, err := os.MkdirTemp(filepath.Dir(file), ".seine-proof-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	where := store.Options{Dir: filepath.Join(dir, "zone")}
	if err := store.Restore(ctx, where, file); err != nil {
		return 0, err
	}
	where.ReadOnly = true
	st, err := store.Open(ctx, where)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return readJournal(ctx, st)
}

// readJournal reads the journal to its end and compares each entry with its
// commitment.
func readJournal(ctx context.Context, st *store.Store) (entries int64, err error) {
	const page = 5000
	for {
		read, err := st.Entries(ctx, entries, page)
		if err != nil {
			return 0, err
		}
		for _, e := range read {
			if e.Position != entries+1 {
				return 0, fmt.Errorf("the journal goes from position %d to %d", entries, e.Position)
			}
			commitment, err := e.Commit(e.Salt)
			if err != nil || commitment != e.Commitment {
				return 0, fmt.Errorf("the journal entry at position %d is not what was written (%w)", e.Position, err)
			}
			entries++
		}
		if len(read) < page {
			return entries, nil
		}
	}
}

func newRestore(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "Make a zone out of a backup", Args: cobra.ExactArgs(1),
		Long: "Make a zone in an empty folder (--data) or an empty database (--db) out of a backup of either engine.\n" +
			"Nothing that is there is written over, and what was restored is read again: each journal entry against\n" +
			"its commitment. Put the copy of the secrets beside it before it is served.",
		Example: "  seine restore /backup/zone-2026-11-24.db --data /var/lib/seine-restored\n" +
			"  seine restore /backup/zone-2026-11-24.db --db postgres://seine@db.example/zone --secrets /etc/seine/secrets",
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := s.zone()
			if err != nil {
				return err
			}
			if _, done, err := s.readable(args[0]); err != nil {
				return err
			} else if err := done(); err != nil {
				return err
			}
			where := store.Options{Dir: e.Zone.Data, URL: e.Zone.Database}
			if err := store.Restore(cmd.Context(), where, args[0]); err != nil {
				return err
			}
			where.ReadOnly = true
			st, err := store.Open(cmd.Context(), where)
			if err != nil {
				return err
			}
			entries, err := readJournal(cmd.Context(), st)
			if err = errors.Join(err, st.Close()); err != nil {
				return fmt.Errorf("read what was restored: %w", err)
			}
			body := map[string]any{"engine": engineOf(where), "entries": entries, "secrets": e.Place()}
			return s.print(body, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "restored: %d journal entries\nput the copy of the keys into %s before the zone is served\n", entries, e.Place())
				return err
			})
		},
	}
}

func engineOf(o store.Options) string {
	if o.URL != "" {
		return "postgres"
	}
	return "sqlite"
}
