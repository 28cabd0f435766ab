package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"seine/internal/fault"
	"seine/internal/store"
)

// upgraded is what bringing a zone to the schema of this program gave.
type upgraded struct {
	Migrated bool   `json:"migrated"`
	Backup   string `json:"backup,omitempty"`  // of the zone before, "" where none was taken
	Entries  int64  `json:"entries,omitempty"` // of the journal, that the check read
}

func newMigrate(s *session) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "migrate", Short: "Bring a zone to the schema of this program", Args: cobra.NoArgs,
		Long: "Apply the migrations that this program brings and the zone does not have yet. A zone in a folder is\n" +
			"copied first (--backup, or before-migration.db in the folder), the copy is brought to the new schema\n" +
			"in a place of its own, and “seine check” reads it to the end: only then the zone itself is changed.\n" +
			"With any finding it stays as it is, for the program that made it. Room for two copies is needed.\n" +
			"On a database server the copy is a backup file (--backup, or before-migration.backup beside the\n" +
			"secrets), and the trial a schema of its own beside the zone's, for which the account needs the right\n" +
			"to make one; stop the programs that serve the zone first, for what they write after the backup is\n" +
			"not in it. Every start of a writing program migrates too, without the trial.",
		Example: "  seine migrate --data /var/lib/seine\n  seine migrate --data /var/lib/seine --backup /backup/before.db",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			st, e, err := s.look(ctx)
			done := upgraded{Migrated: fault.Is(err, "STORE-MIGRATION-03")}
			if err != nil && !done.Migrated {
				return err
			}
			if !done.Migrated {
				if err := st.Close(); err != nil {
					return err
				}
			} else if done, err = s.upgrade(ctx, store.Options{Dir: e.Zone.Data, URL: e.Zone.Database}, e.Place(), file); err != nil {
				return err
			}
			return s.print(done, func(w io.Writer) error {
				if !done.Migrated {
					_, err := fmt.Fprintln(w, "the zone has the schema of this program: nothing to do")
					return err
				}
				if done.Backup != "" {
					fmt.Fprintf(w, "as it was before: %s\n", done.Backup)
				}
				_, err := fmt.Fprintf(w, "the zone was brought to the schema of this program; its %d entries and all that they tell agree\n", done.Entries)
				return err
			})
		},
	}
	c.Flags().StringVar(&file, "backup", "", "`file` for the copy of the zone as it was (before-migration.db in its folder, or before-migration.backup beside the secrets)")
	return c
}

// upgrade migrates a zone that has an older schema.
func (s *session) upgrade(ctx context.Context, where store.Options, secrets, file string) (done upgraded, err error) {
	done.Migrated = true
	if where.URL != "" {
		if done.Backup = file; file == "" {
			done.Backup = filepath.Join(secrets, "before-migration.backup")
		}
		err = store.BackupServer(ctx, where.URL, done.Backup, func(part string) error {
			return store.Beside(ctx, where.URL, func(url string) (err error) {
				trial := store.Options{URL: url}
				if err := store.Restore(ctx, trial, part); err != nil {
					return err
				}
				if err := migrated(ctx, trial); err != nil {
					return err
				}
				done.Entries, err = checksOut(ctx, trial, secrets)
				return err
			})
		})
		if err != nil {
			return done, err
		}
		return done, migrated(ctx, where)
	}
	if done.Backup = file; file == "" {
		done.Backup = filepath.Join(where.Dir, "before-migration.db")
	}
	err = store.BackupFolder(ctx, where.Dir, done.Backup, func(part string) (err error) {
		dir, err := os.MkdirTemp(filepath.Dir(part), ".seine-trial-*")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		if err := copyFile(part, filepath.Join(dir, "zone.db")); err != nil {
			return err
		}
		trial := store.Options{Dir: dir}
		if err := migrated(ctx, trial); err != nil {
			return err
		}
		done.Entries, err = checksOut(ctx, trial, secrets)
		return err
	})
	if err != nil {
		return done, err
	}
	return done, migrated(ctx, where)
}

// migrated opens a zone for writing, which migrates it, and closes it.
func migrated(ctx context.Context, where store.Options) error {
	st, err := store.Open(ctx, where)
	if err != nil {
		return err
	}
	return st.Close()
}

// checksOut is the second opinion of a zone whose schema has just changed. Fault:
// CMD-MIGRATE-01.
func checksOut(ctx context.Context, where store.Options, secrets string) (entries int64, err error) {
	report, err := secondOpinion(ctx, where.Dir, where.URL, secrets)
	if err != nil {
		return 0, err
	}
	if !report.Clean() {
		return 0, fault.New(fault.Refused, "CMD-MIGRATE-01", "", "in the new form the zone does not check out: {finding}",
			"go on with the program that made it, and run its “seine check”", "finding", report.Findings[0].String())
	}
	return report.Position, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
