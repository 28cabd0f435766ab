package codelist

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// sharedData gives the folder of public tables, or skips the test.
func sharedData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SEINE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "data", "03-codes")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared data is not here")
	}
	return dir
}

func TestImportGivesTheCommittedFacts(t *testing.T) {
	from, out := sharedData(t), t.TempDir()
	told := 0
	report, err := Import(from, out, func(done, total int, _ ListName) {
		if told++; done != told || total != len(specs()) {
			t.Errorf("progress %d of %d, want %d of %d", done, total, told, len(specs()))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Epoch != Default().Epoch() {
		t.Errorf("epoch %s, the program carries %s: run seine codes import", report.Epoch, Default().Epoch())
	}
	again := t.TempDir()
	if _, err := Import(from, again, nil); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, l := range report.Lists {
		rows += l.Rows
	}
	files, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		first, err := os.ReadFile(filepath.Join(out, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(again, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if string(first) != string(second) {
			t.Errorf("%s: a second import gives other bytes", f.Name())
		}
		// Compressed bytes depend on the compressor's edition; the index holds
		// the checksum of what is inside, and is compared here.
		if filepath.Ext(f.Name()) == ".gz" {
			continue
		}
		committed, err := os.ReadFile(filepath.Join("data", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(committed), string(first)); diff != "" {
			t.Errorf("%s differs from the committed facts (-committed +imported):\n%.2000s", f.Name(), diff)
		}
	}
	t.Logf("%d lists, %d rows", len(report.Lists), rows)
}

func TestImportWithoutTablesSaysWhere(t *testing.T) {
	if _, err := Import(t.TempDir(), t.TempDir(), nil); err == nil {
		t.Fatal("no error for a folder without tables")
	}
}

func TestLoadRefusesDamagedFacts(t *testing.T) {
	good := fstest.MapFS{}
	files, err := facts.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		body, err := facts.ReadFile("data/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		good[f.Name()] = &fstest.MapFile{Data: body}
	}
	if _, err := Load(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(fstest.MapFS){
		"a changed byte":             func(m fstest.MapFS) { m["country.tsv"].Data[100] ^= 1 },
		"a list that is missing":     func(m fstest.MapFS) { delete(m, "currency.tsv") },
		"a big list that is missing": func(m fstest.MapFS) { delete(m, "location.tsv.gz") },
		"no index":                   func(m fstest.MapFS) { delete(m, indexFile) },
		"an index of other columns":  func(m fstest.MapFS) { m[indexFile].Data = []byte("name\ttitle\n") },
		"an index line cut short":    func(m fstest.MapFS) { m[indexFile].Data = m[indexFile].Data[:len(m[indexFile].Data)-90] },
	} {
		t.Run(name, func(t *testing.T) {
			bad := fstest.MapFS{}
			for k, f := range good {
				bad[k] = &fstest.MapFile{Data: append([]byte(nil), f.Data...)}
			}
			change(bad)
			if _, err := Load(bad); err == nil {
				t.Fatal("loaded")
			}
		})
	}
}

func TestSourceFactorTakesOnlyWhatIsExact(t *testing.T) {
	for _, c := range []struct{ conv, level, dim, factor string }{
		{"kg", "1", "kg", "1"},
		{"10⁻³ kg", "1S", "kg", "1/1000"},
		{"10³ kg", "1S", "kg", "1000"},
		{"3 600 s", "1", "s", "3600"},
		{"3,6 x 10⁶ J", "1S", "J", "3600000"},
		{"144", "3.7", "1", "144"},
		{"10⁶", "3.7", "1", "1000000"},
		{"1,666 67 × 10⁻² W", "1M", "", ""},
		{"1,016 047 x 10³ kg", "2", "", ""},
		{"1,602 176 487 x 10⁻¹⁹ J", "1", "", ""},
		{"10 m x kg⁻¹ x s", "1", "", ""},
		{"1 x 10⁻²", "1", "", ""},
		{"use pair", "3.7", "", ""},
		{"", "1", "", ""},
	} {
		if dim, factor := sourceFactor(c.conv, c.level); dim != c.dim || factor != c.factor {
			t.Errorf("sourceFactor(%q, %q) = %q, %q, want %q, %q", c.conv, c.level, dim, factor, c.dim, c.factor)
		}
	}
}

func TestLastDayOfAWithdrawal(t *testing.T) {
	for text, want := range map[string]string{
		"2003-01": "2003-01-31", "1989 to 1990": "1990-12-31", "1989-1990": "1990-12-31",
		"1990-07 to 1990-09": "1990-09-30", "2026-01": "2026-01-31",
	} {
		if got, err := lastDay(text); err != nil || got.String() != want {
			t.Errorf("lastDay(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	if _, err := lastDay("soon"); err == nil {
		t.Error("no error for a text without a date")
	}
}

func TestCoordinates(t *testing.T) {
	for text, want := range map[string]string{
		"3114N 12129E": "31233333,121483333", "4230S 00131W": "-42500000,-1516667", "": "",
	} {
		if got, err := unlocodePoint(text); err != nil || got != want {
			t.Errorf("unlocodePoint(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"3360S 06843W", "9901N 00000E", "31N 121E", "3114X 12129E", "garbage"} {
		if got, err := unlocodePoint(text); err == nil {
			t.Errorf("unlocodePoint(%q) = %q, want an error", text, got)
		}
	}
	if got, err := degreesPoint([]numberText{"55.5136433", "-25.4"}); err != nil || got != "-25400000,55513643" {
		t.Errorf("degreesPoint = %q, %v", got, err)
	}
}

// The importers read whatever stands in their tables without breaking, and what
// they take can be written.
func FuzzImporters(f *testing.F) {
	f.Add([]byte("Country,Location,Name,NameWoDiacritics,Subdivision,Status,Function,Date,IATA,Coordinates,Remarks\nCN,SHA,Shanghai,Shanghai,SH,AI,12345---,0401,SHA,3114N 12129E,\n"))
	f.Add([]byte("ISO3166-1-Alpha-2,ISO3166-1-Alpha-3,official_name_en\nCN,CHN,China\n"))
	f.Add([]byte("\ufeffcode,name\n01,海运\n"))
	f.Add([]byte(`{"22":"length 20 ft"}`))
	f.Add([]byte(`[{"code":"A","name":"b"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range specs() {
			r := &reader{skipped: map[string]int{}, open: func(string) ([]byte, error) { return b, nil }}
			all, err := s.read(r)
			if err != nil {
				continue
			}
			if err := sound(all); err != nil && len(all) == 0 {
				t.Fatalf("%s: nothing is unsound: %v", s.name, err)
			}
		}
	})
}
