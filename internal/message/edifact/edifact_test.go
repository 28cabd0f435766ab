package edifact

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"seine/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestFilesGiveExactlyTheirJSON(t *testing.T) {
	names, err := filepath.Glob("testdata/*.edi")
	if err != nil || len(names) == 0 {
		t.Fatal("no test data", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file, err := Read(bytes.NewReader(raw), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(file, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := strings.TrimSuffix(name, ".edi") + ".json"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadInputIsRefusedWithACodeAndBounded(t *testing.T) {
	noise := make([]byte, 10<<20)
	rand.New(rand.NewSource(1)).Read(noise)
	cases := []struct {
		name, input, code string
		limits            Limits
	}{
		{"an empty file", "", "EDI-START-02", Limits{}},
		{"a blank file", " \r\n\t", "EDI-START-02", Limits{}},
		{"XML", "<manifest/>", "EDI-START-01", Limits{}},
		{"10 MB of noise", string(noise), "EDI-START-01", Limits{}},
		{"10 MB of noise behind UNB", "UNB+UNOA:2+" + string(noise), "EDI-LIMIT-05", Limits{Faults: 20}},
		{"a cut UNA", "UNA:+", "EDI-START-01", Limits{}},
		{"one endless segment", "UNB+" + strings.Repeat("A", 10<<20), "EDI-LIMIT-03", Limits{}},
		{"one endless line of elements", "UNB+" + strings.Repeat("+", 10<<20), "EDI-LIMIT-04", Limits{}},
		{"lower case tags", "UNB+UNOA:1'" + strings.Repeat("abc+1'", 1000), "EDI-LIMIT-05", Limits{}},
		{"too many segments", "UNH+1+A:B'" + strings.Repeat("AAA+1'", 1000), "EDI-LIMIT-02", Limits{Segments: 500}},
		{"interactive EDIFACT", "UIB+UNOA:1+++++A+B'UIH+CUSCAR:D:95B:UN+1'UIT+1+2'UIZ'", "EDI-INTERACTIVE-01", Limits{}},
		{"interactive EDIFACT behind a batch header", "UNB+UNOA:2+A+B+261123:0941+1'UIH+CUSCAR:D:95B:UN+1'", "EDI-INTERACTIVE-01", Limits{}},
		{"an interactive message that ends", "UNB+UNOA:2+A+B+261123:0941+1'UNH+1+A:B'UIT+1+2'", "EDI-INTERACTIVE-01", Limits{}},
		{"a binary object", "UNB+UNOA:4+A+B+261123:0941+1'UNO+1+1:A+:::5'\x00\x01'+\x02UNP+5+1'UNZ+0+1'", "EDI-OBJECT-01", Limits{}},
		{"the end of a binary object", "UNB+UNOA:4+A+B+261123:0941+1'UNP+5+1'", "EDI-OBJECT-01", Limits{}},
		{"a file that is too large", "UNH+1+A:B'" + strings.Repeat("AAA+1'", 1000), "EDI-LIMIT-01", Limits{Bytes: 500}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.input), c.limits)
			if !fault.Is(err, c.code) {
				t.Errorf("got %.300v, want %s", err, c.code)
			}
		})
	}
}

func TestAnErrorOfTheSourceIsNoFault(t *testing.T) {
	broken := errors.New("line cut")
	_, err := Read(io.MultiReader(strings.NewReader("UNH+1+A:B'"), failing{broken}), Limits{})
	if !errors.Is(err, broken) || fault.All(err) != nil {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestUNASpeaksForOneInterchangeOnly(t *testing.T) {
	file, err := Read(strings.NewReader("UNA:*.? ~UNB*UNOA:1*A*B*261123:0941*1~UNZ*0*1~UNB+UNOA:1+A+B+261123:0941+2'UNZ+0+2'"), Limits{})
	if err != nil || len(file.Interchanges) != 2 || file.Interchanges[1].Reference() != "2" || len(file.Faults) != 0 {
		t.Errorf("%v %+v", err, file)
	}
}

func TestLevelBSeparatesByInformationSeparators(t *testing.T) {
	second := "UNB+UNOA:1+A+B+261123:0941+2'UNZ+0+2'"
	b := strings.NewReplacer("+", "\x1d", ":", "\x1f", "'", "\x1c")
	first := b.Replace("UNB+UNOB:1+A+B+261123:0941+1'UNH+1+CUSCAR:D:95B:UN'") + "FTX\x1dAAA\x1d\x1d\x1dO'NEIL? + 5:7\x1c" + b.Replace("UNT+3+1'UNZ+1+1'")
	for _, text := range []string{first, first + second, second + first} {
		file, err := Read(strings.NewReader(text), Limits{})
		if err != nil || len(file.Faults) != 0 || len(file.Interchanges) != strings.Count(text, "UNB") {
			t.Fatalf("%v %+v", err, file)
		}
		if got := file.Messages()[0].Segments[0].Get(4, 1); got != "O'NEIL? + 5:7" {
			t.Errorf("text %q", got)
		}
	}
}

func TestTextOfAnotherCharacterSetIsReadAsWhatItIs(t *testing.T) {
	for _, c := range []struct{ declared, bytes, want, note string }{
		{"UNOA", "\xc3\xde\xc9\xb4", "棉纱", "GB18030"},
		{"UNOX", "40S \xc3\xde\xc9\xb4\xa3\xac\xe9F", "40S 棉纱，镕", "GB18030"},
		{"UNOA", "M\xdcLLER K\xc4SE", "MÜLLER KÄSE", "ISO 8859-1"},
		{"UNOA", "棉纱", "棉纱", "UTF-8"},
		{"UNOC", "\xc3\xde", "ÃÞ", ""},
		{"UNOY", "\xc3\xde\xc9\xb4", "棉纱", "GB18030"},
	} {
		r := NewReader(strings.NewReader("UNB+"+c.declared+":3+A+B+261123:0941+1'FTX+AAA+++"+c.bytes+"'"), Limits{})
		_, _ = r.Next()
		s, err := r.Next()
		if err != nil || s.Get(4, 1) != c.want {
			t.Errorf("%s: %q, %v", c.declared, s.Get(4, 1), err)
		}
		if said := len(r.Notes) == 1 && strings.HasSuffix(r.Notes[0].Message(), "read as "+c.note); said != (c.note != "") {
			t.Errorf("%s %q: notes %v", c.declared, c.want, r.Notes)
		}
	}
}

var anySegments = rapid.Custom(func(t *rapid.T) []Segment {
	component := rapid.StringOfN(rapid.SampledFrom([]rune("AZ09 :+?'*.,~é海~\t")), 0, 8, -1)
	element := rapid.SliceOfN(rapid.SliceOfN(component, 1, 3), 1, 3)
	segment := rapid.Custom(func(t *rapid.T) Segment {
		s := Segment{Tag: rapid.StringMatching(`[A-TV-Z][A-Z0-9]{2}`).Draw(t, "tag")}
		for _, e := range rapid.SliceOfN(element, 0, 5).Draw(t, "data") {
			s.Data = append(s.Data, Element(e))
		}
		return s
	})
	return rapid.SliceOfN(segment, 0, 6).Draw(t, "segments")
})

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sep := rapid.SampledFrom([]Separators{
			Default(4),
			{Component: '=', Element: '*', Decimal: ',', Release: '!', Repetition: '^', Terminator: '~'},
		}).Draw(t, "separators")
		segments := append([]Segment{Seg("UNB", C("UNOY", "4"), C("A"), C("B"), C("261123", "0941"), C("1"))}, anySegments.Draw(t, "segments")...)
		var out bytes.Buffer
		w := NewWriter(&out, sep, "UNOY")
		if sep != Default(4) {
			w.Advice()
		}
		for _, s := range segments {
			if err := w.Segment(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		r := NewReader(&out, Limits{})
		var got []Segment
		for {
			s, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(segments, got, cmpopts.IgnoreFields(Segment{}, "Number", "Line", "Offset"), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTextOutsideTheCharacterSetIsNotWritten(t *testing.T) {
	var out bytes.Buffer
	if err := NewWriter(&out, Default(3), "UNOC").Segment(Seg("FTX", C("海关"))); !fault.Is(err, "EDI-CHARSET-03") {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.edi")
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := Read(bytes.NewReader(raw), Limits{Segments: 5000})
		if err != nil && fault.All(err) == nil {
			t.Fatalf("an error that is no fault: %v", err)
		}
		if file == nil {
			t.Fatal("no file")
		}
		held := 0
		for _, m := range file.Messages() {
			held += len(m.Segments)
		}
		if held > file.Segments {
			t.Fatalf("%d segments held, %d read", held, file.Segments)
		}
		if _, err := json.Marshal(file); err != nil {
			t.Fatal(err)
		}
	})
}
