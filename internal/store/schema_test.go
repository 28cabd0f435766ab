package store

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"seine/internal/decision"
)

var writeSchema = flag.Bool("write-schema", false, "write the migration of the document tables anew")

// later are the kinds whose tables came after the first ones, by migration.
var later = map[string][]decision.Kind{
	"0005_draft":    {"draft"},
	"0007_feed":     {"feed", "feed_message", "feed_part", "feed_table", "work_order"},
	"0008_writeoff": {"residue", "write_off"},
	"0009_late":     {"late_step"},
}

// narrowed are kinds of which a later migration found more states to be final, and
// made the index of open documents anew: the states before, and that migration.
var narrowed = map[decision.Kind]struct {
	before    []string
	migration string
}{
	"residue": {[]string{"destroyed"}, "0010_residue"},
}

const firstHead = "-- One table for each kind of document: the whole body, and beside it the columns\n" +
	"-- that the kind is searched by. Locks nothing: the tables are new.\n"

// heads say why a migration is there.
var heads = map[string]string{
	"0002_documents": firstHead,
	"0005_draft":     "-- Forms that somebody has begun and not sent, a person's own. Locks nothing: the\n-- table is new.\n",
	"0007_feed": "-- What enterprises' own systems tell of their stock: messages, parts, work orders,\n" +
		"-- and the table of book, system and gate of each day. Locks nothing: the tables\n-- are new.\n",
	"0008_writeoff": "-- Periods of account books that are closed by what was counted, and the scrap,\n-- remainders, defectives and by-products of books. Locks nothing: the tables are\n-- new.\n",
	"0009_late":     "-- Steps of cases whose limit passed before they were taken. Locks nothing: the\n-- table is new.\n",
}

// tablesOf lists the kinds whose tables a migration makes.
func tablesOf(migration string) []decision.Kind {
	if migration != "0002_documents" {
		return later[migration]
	}
	first := Kinds()
	for _, some := range later {
		first = slices.DeleteFunc(first, func(k decision.Kind) bool { return slices.Contains(some, k) })
	}
	return first
}

// ddl gives the statements that make the document tables of an engine.
func ddl(engine, migration string) string {
	text, integerType, end := "TEXT", "INTEGER", ") STRICT;\n"
	if engine == "postgres" {
		text, integerType, end = `TEXT COLLATE "C"`, "BIGINT", ");\n"
	}
	var b strings.Builder
	b.WriteString(heads[migration])
	for _, kind := range tablesOf(migration) {
		t := *kinds[kind]
		if earlier, ok := narrowed[kind]; ok {
			t.final = earlier.before
		}
		b.WriteString("\nCREATE TABLE " + t.name + " (\n  id " + text + " NOT NULL PRIMARY KEY,\n  version " + integerType + " NOT NULL,\n")
		for _, c := range t.columns {
			form := text
			if c.form != 0 {
				form = integerType
			}
			b.WriteString("  " + c.name + " " + form + ",\n")
		}
		b.WriteString("  body " + text + " NOT NULL\n" + end)
		for _, c := range t.columns {
			index := "INDEX " + t.name + "_" + c.name + " ON " + t.name + " (" + c.name
			switch {
			case c.index == unique:
				b.WriteString("CREATE UNIQUE " + index + ");\n")
			case c.index == direct, c.index == behind && engine == "postgres":
				// Documents without the value take no room in the index and no time.
				b.WriteString("CREATE " + index + ", id) WHERE " + c.name + " IS NOT NULL;\n")
			case c.index == open:
				b.WriteString("CREATE " + index + ", id) WHERE " + t.stillOpen() + ";\n")
			}
		}
	}
	return b.String()
}

func TestTheDocumentTablesAreAsTheRoomsDeclareThem(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for migration := range heads {
			file := "migrations/" + engine + "/" + migration + ".sql"
			if *writeSchema {
				if err := os.WriteFile(file, []byte(ddl(engine, migration)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != ddl(engine, migration) {
				t.Errorf("%s does not follow the descriptors", file)
			}
		}
	}
	for kind, n := range narrowed {
		table := kinds[kind]
		want := "DROP INDEX " + table.name + "_state;\nCREATE INDEX " + table.name + "_state ON " + table.name + " (state, id) WHERE " + table.stillOpen() + ";\n"
		for _, engine := range []string{"sqlite", "postgres"} {
			got, err := os.ReadFile("migrations/" + engine + "/" + n.migration + ".sql")
			if err != nil || !strings.HasSuffix(string(got), "\n\n"+want) {
				t.Errorf("%s on %s does not follow the descriptors: %v", n.migration, engine, err)
			}
		}
	}
	names := map[string]bool{}
	for _, k := range Kinds() {
		if names[kinds[k].name] {
			t.Errorf("two kinds share table %s", kinds[k].name)
		}
		names[kinds[k].name] = true
		if len(kinds[k].final) > 0 && !slices.ContainsFunc(kinds[k].columns, func(c column) bool { return c.name == "state" }) {
			t.Errorf("%s has final states and no state", k)
		}
	}
}
