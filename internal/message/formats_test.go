package message

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// outcome is what `seine decode` shows of a document.
func outcome(t *testing.T, f Format, raw []byte) []byte {
	t.Helper()
	value, err := f.Decode(bytes.NewReader(raw))
	shown := struct {
		Result any         `json:"result"`
		Error  []faultBody `json:"error,omitempty"`
	}{value, faultBodies(fault.All(err))}
	if err != nil && shown.Error == nil {
		t.Fatalf("an error that is no fault: %v", err)
	}
	out, err := json.MarshalIndent(shown, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

func TestDocumentsGiveExactlyTheirJSON(t *testing.T) {
	found := 0
	for name, f := range Formats() {
		files, err := filepath.Glob("testdata/" + name + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, ".golden") {
				continue
			}
			found++
			t.Run(name+"/"+filepath.Base(file), func(t *testing.T) {
				raw, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				got := outcome(t, f, raw)
				if *update {
					if err := os.WriteFile(file+".golden", got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file + ".golden")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Error(diff)
				}
				if packed := outcome(t, f, pack(t, raw)); !bytes.Equal(packed, got) {
					t.Error("packed by gzip it gives something else")
				}
			})
		}
	}
	if found < 12 {
		t.Fatalf("only %d documents", found)
	}
}

func TestADocumentIsRecognisedByHowItBegins(t *testing.T) {
	auto := Formats()["auto"]
	seen := map[string]int{}
	for name := range Formats() {
		files, err := filepath.Glob("testdata/" + name + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, ".golden") {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			value, _ := auto.Decode(bytes.NewReader(pack(t, raw))) // its faults are those of the format
			if got, ok := value.(Recognised); !ok || got.Format != name {
				t.Errorf("%s is taken for %s", file, got.Format)
			}
			seen[name]++
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v", seen)
	}
	for text, want := range map[string]string{
		"UNB+UNOA:1+A+B+261123:0941+1'UNH+1+BAPLIE:D:95B:UN'BGM+34'": "edifact", "UNH+1+CODECO:D:95B:UN'BGM+34'": "codeco", "UNH+1+CUSCAR:D:95B:UN'": "cuscar", "UNA:+.? '\r\nUNB+UNOA:1": "edifact",
		"\ufeff<?xml version='1.0'?><!-- <ASYCUDA> --><md:MetaData>": "wco-dec", "<ASYCUDA id='1'>": "asycuda", "": "manifest-csv", " [": "manifest-json",
	} {
		if got := Recognise([]byte(text)); got != want {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
}

func pack(t *testing.T, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGarbageIsRefusedByEveryFormat(t *testing.T) {
	noise := make([]byte, 10<<20)
	rand.New(rand.NewSource(1)).Read(noise)
	inputs := map[string][]byte{
		"nothing":                  {},
		"10 MB of noise":           noise,
		"10 MB of one letter":      bytes.Repeat([]byte("A"), 10<<20),
		"10 MB of commas":          bytes.Repeat([]byte(","), 10<<20),
		"10 MB of line breaks":     bytes.Repeat([]byte("\n"), 10<<20),
		"10 MB of open quotes":     bytes.Repeat([]byte("\"\n"), 5<<20),
		"10 MB of brackets":        bytes.Repeat([]byte("["), 10<<20),
		"10 MB of tags":            bytes.Repeat([]byte("<a>"), 3<<20),
		"UTF-16":                   []byte("\xff\xfea\x00b\x00"),
		"half a gzip file":         {0x1F, 0x8B, 8, 0, 0, 0},
		"a spreadsheet":            []byte("PK\x03\x04\x14\x00\x06\x00\x08\x00"),
		"a byte of no encoding":    []byte("manifest_number,bill\nM1,\xff\xff\xff\n"),
		"UTF-8 with a broken sign": []byte("舱单号,提单号,品名,件数,毛重\n沪\xe6海,货物名称说明,一,1,1\n"),
	}
	for name, f := range Formats() {
		for what, raw := range inputs {
			t.Run(name+": "+what, func(t *testing.T) {
				_, err := f.Decode(bytes.NewReader(raw))
				if len(fault.All(err)) == 0 {
					t.Errorf("got %v, want a fault", err)
				}
			})
		}
	}
}

func FuzzFormats(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.edi", "testdata/*/*.csv", "testdata/*/*.in", "testdata/*/*.xml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	formats := Formats()
	f.Fuzz(func(t *testing.T, raw []byte) {
		for name, format := range formats {
			value, err := format.Decode(bytes.NewReader(raw))
			if err != nil && fault.All(err) == nil {
				t.Fatalf("%s: an error that is no fault: %v", name, err)
			}
			if _, err := json.Marshal(value); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}
