package store

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"database/sql"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/fault"
)

// packedArchive writes an archive as a backup of PostgreSQL is.
func packedArchive(t testing.TB, tables map[string][]string, content map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	archive := tar.NewWriter(packed)
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		text := content[name]
		err := archive.WriteHeader(&tar.Header{
			Name: name + ".copy", Mode: 0o600, Size: int64(len(text)),
			PAXRecords: map[string]string{columnsRecord: strings.Join(tables[name], ",")}, Format: tar.FormatPAX,
		})
		if err == nil {
			_, err = io.WriteString(archive, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// emptyArchive gives the tables of a store without anything in it but the steps
// of its schema.
func emptyArchive(t testing.TB) (tables map[string][]string, content map[string]string) {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	forms, err := sqliteForms(t.Context(), s.read)
	if err != nil {
		t.Fatal(err)
	}
	tables, content = map[string][]string{"schema_migration": {"number", "name", "checksum", "applied_us"}, "lease": {"name", "holder", "fence", "until_us"}}, map[string]string{}
	for table, columns := range forms {
		tables[table] = slices.Sorted(maps.Keys(columns))
	}
	steps, err := migrations(migrationFiles, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range steps {
		content["schema_migration"] += "1\t" + m.name + "\t" + m.checksum + "\t1\n"
	}
	return tables, content
}

// entryRows gives rows of the journal in the order of columns.
func entryRows(columns []string, rows ...map[string]string) (text string) {
	for _, row := range rows {
		fields := make([]string, len(columns))
		for i, c := range columns {
			fields[i] = `\N`
			switch v, given := row[c]; {
			case given:
				fields[i] = v
			case c == "salt", c == "commitment":
				fields[i] = `\\x00ff`
			case c == "at_us", c == "effective_on":
				fields[i] = "1"
			case slices.Contains([]string{"actor", "actor_kind", "type", "subject"}, c):
				fields[i] = `a\tb\\\n洋`
			}
		}
		text += strings.Join(fields, "\t") + "\n"
	}
	return text
}

func TestWhatWasNotNumberedYetIsNumberedInOrder(t *testing.T) {
	tables, content := emptyArchive(t)
	content["entry"] = entryRows(tables["entry"], map[string]string{"id": "z"}, map[string]string{"id": "b", "position": "1"}, map[string]string{"id": "y"}, map[string]string{"id": "a", "position": "2"})
	file := filepath.Join(t.TempDir(), "zone.backup")
	if err := os.WriteFile(file, packedArchive(t, tables, content), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: filepath.Join(t.TempDir(), "zone")}
	if err := Restore(t.Context(), o, file); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := texts(s.read.QueryContext(t.Context(), "SELECT id || ' ' || actor || ' ' || length(salt) FROM entry ORDER BY position"))
	if err != nil {
		t.Fatal(err)
	}
	a := " a\tb\\\n洋 2"
	if diff := cmp.Diff([]string{"b" + a, "a" + a, "y" + a, "z" + a}, got); diff != "" {
		t.Error(diff)
	}
}

func TestABackupOfPostgreSQLThatIsNotWholeIsRefused(t *testing.T) {
	tables, content := emptyArchive(t)
	content["entry"] = entryRows(tables["entry"], map[string]string{"id": "b", "position": "1"})
	whole := packedArchive(t, tables, content)
	changed := func(change func(tables map[string][]string, content map[string]string)) []byte {
		tables, content := maps.Clone(tables), maps.Clone(content)
		change(tables, content)
		return packedArchive(t, tables, content)
	}
	for name, c := range map[string]struct {
		file []byte
		code string
	}{
		"nothing":             {nil, "STORE-RESTORE-02"},
		"something else":      {[]byte("number;name\n"), "STORE-RESTORE-02"},
		"half of it":          {whole[:len(whole)/2], "STORE-RESTORE-02"},
		"without its end":     {whole[:len(whole)-8], "STORE-RESTORE-02"},
		"without the journal": {changed(func(t map[string][]string, _ map[string]string) { delete(t, "entry") }), "STORE-RESTORE-02"},
		"a table of others":   {changed(func(t map[string][]string, _ map[string]string) { t["pg_authid"] = []string{"a"} }), "STORE-RESTORE-02"},
		"a name that is none": {changed(func(t map[string][]string, _ map[string]string) { t["a; drop"] = []string{"a"} }), "STORE-RESTORE-02"},
		"too few columns":     {changed(func(t map[string][]string, _ map[string]string) { t["series"] = []string{"name"} }), "STORE-RESTORE-02"},
		"letters for a count": {changed(func(_ map[string][]string, c map[string]string) { c["series"] = "many\tname\n" }), "STORE-RESTORE-02"},
		"text not UTF-8":      {changed(func(_ map[string][]string, c map[string]string) { c["series"] = "1\t\xff\n" }), "STORE-RESTORE-02"},
		"the same twice":      {changed(func(_ map[string][]string, c map[string]string) { c["series"] = "1\ta\n2\ta\n" }), "STORE-RESTORE-02"},
		"another schema":      {changed(func(_ map[string][]string, c map[string]string) { c["schema_migration"] += "9\tz\tz\t1\n" }), "STORE-RESTORE-03"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "zone.backup")
			if err := os.WriteFile(file, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			o := Options{Dir: filepath.Join(t.TempDir(), "zone")}
			if err := Restore(t.Context(), o, file); !fault.Is(err, c.code) {
				t.Errorf("got %v, want %s", err, c.code)
			}
			left, err := filepath.Glob(o.Dir + "/zone.db*")
			if err != nil || len(left) > 0 {
				t.Errorf("left %v, %v", left, err)
			}
		})
	}
}

// The tables that are carried are the same on both engines, column by column.
func TestBothEnginesCarryTheSameTables(t *testing.T) {
	open := func(engine string) map[string][]string {
		all, err := migrations(migrationFiles, engine)
		if err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		strip := strings.NewReplacer(`COLLATE "C"`, "", "GENERATED ALWAYS AS IDENTITY", "")
		for _, m := range all {
			if _, err := db.Exec(strip.Replace(m.text)); err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
		}
		forms, err := sqliteForms(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		tables := map[string][]string{}
		for table, columns := range forms {
			tables[table] = slices.Sorted(maps.Keys(columns))
		}
		return tables
	}
	if diff := cmp.Diff(open("sqlite"), open("postgres")); diff != "" {
		t.Error(diff)
	}
}

// Whatever the bytes are, reading them ends, without panic, and what is read has
// as many fields as columns.
func FuzzArchive(f *testing.F) {
	f.Add(packedArchive(f, map[string][]string{"series": {"name", "last"}}, map[string]string{"series": "a\\tb\t1\n\\N\t\\\\x00\n"}))
	f.Add([]byte("SQLite format 3\x00"))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, in := range [][]byte{data, packedArchive(t, map[string][]string{"series": {"name", "last"}}, map[string]string{"series": string(data)})} {
			a, err := openArchive(bytes.NewReader(in))
			for err == nil {
				var m *member
				if m, err = a.next(); err != nil {
					break
				}
				err = m.rows(func(fields [][]byte) error {
					if len(fields) != len(m.columns) {
						t.Fatalf("%d fields of %d", len(fields), len(m.columns))
					}
					for _, field := range fields {
						for _, form := range []string{"TEXT", "INTEGER", "BLOB"} {
							if v, err := archived(field, form); err == nil && (v == nil) != (field == nil) {
								t.Fatalf("%q became %v", field, v)
							}
						}
					}
					return nil
				})
			}
		}
	})
}
