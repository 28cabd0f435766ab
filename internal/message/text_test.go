package message

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"seine/internal/fault"
)

func TestEncodingsAreNamed(t *testing.T) {
	gb := func(s string) string {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ascii := strings.Repeat("plain text\n", 20_000) // longer than the window
	cases := []struct {
		name, raw, text, encoding, code string
	}{
		{"ASCII", "abc", "abc", ASCII, ""},
		{"UTF-8", "海关 é", "海关 é", UTF8, ""},
		{"UTF-8 with byte order mark", "\xef\xbb\xbf海关", "海关", UTF8BOM, ""},
		{"GB18030", gb("海关监管 𠀀"), "海关监管 𠀀", GB18030, ""},
		{"UTF-8 that shows itself late", ascii + "海关", ascii + "海关", UTF8, ""},
		{"GB18030 that shows itself late", ascii + gb("海关"), ascii + "海关", GB18030, ""},
		{"long GB18030", gb(strings.Repeat("货物品名，", 60_000)), strings.Repeat("货物品名，", 60_000), GB18030, ""},
		{"long UTF-8", strings.Repeat("货物品名，", 60_000), strings.Repeat("货物品名，", 60_000), UTF8, ""},
		{"UTF-16, little end first", utf16Text(binary.LittleEndian, "海关,𠀀\n"), "海关,𠀀\n", UTF16LE, ""},
		{"UTF-16, big end first", utf16Text(binary.BigEndian, "海关,𠀀\n"), "海关,𠀀\n", UTF16BE, ""},
		{"long UTF-16", utf16Text(binary.LittleEndian, strings.Repeat("货物品名，𠀀", 60_000)), strings.Repeat("货物品名，𠀀", 60_000), UTF16LE, ""},
		{"packed UTF-16", string(pack(t, []byte(utf16Text(binary.LittleEndian, "海关")))), "海关", UTF16LE, ""},
		{"UTF-16 that is cut", utf16Text(binary.LittleEndian, "海关") + "a", "", "", "TEXT-ENCODING-03"},
		{"UTF-16 with half a pair", utf16Text(binary.LittleEndian, "海") + "\x00\xd8a\x00", "", "", "TEXT-ENCODING-03"},
		{"UTF-16 with a NUL", utf16Text(binary.BigEndian, "海\x00关"), "", "", "TEXT-ENCODING-03"},
		{"UTF-16 without its mark", utf16Text(binary.LittleEndian, "bill,packages")[2:], "", "", "TEXT-ENCODING-02"},
		{"UTF-16 without its mark, big end first", utf16Text(binary.BigEndian, "bill,packages")[2:], "", "", "TEXT-ENCODING-02"},
		{"UTF-32", "\xff\xfe\x00\x00a\x00\x00\x00", "", "", "TEXT-ENCODING-02"},
		{"UTF-32, big end first", "\x00\x00\xfe\xff\x00\x00\x00a", "", "", "TEXT-ENCODING-02"},
		{"Latin-1", "Caf\xe9 au lait, M\xfcnchen ", "", "", "TEXT-ENCODING-01"},
		{"UTF-8 with one lost byte is not taken for GB18030", "海关监管货物\xe6海关货物品名", "", "", "TEXT-ENCODING-01"},
		{"UTF-8 with a wrong byte late", strings.Repeat("海关", 60_000) + "\xff", "", "", "TEXT-ENCODING-03"},
		{"GB18030 with a wrong byte late", gb(strings.Repeat("海关", 60_000)) + "\xff\xff", "", "", "TEXT-ENCODING-03"},
		{"a program", "\x7fELF\x02\x01\x01\x00", "", "", "TEXT-BINARY-01"},
		{"nothing", "", "", "", "TEXT-EMPTY-01"},
	}
	for _, c := range cases {
		for how, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "halved": iotest.HalfReader, "with error at end": iotest.DataErrReader,
		} {
			t.Run(c.name+" "+how, func(t *testing.T) {
				text, _, err := DecodeText(wrap(strings.NewReader(c.raw)))
				var got []byte
				if err == nil {
					got, err = io.ReadAll(text)
				}
				if c.code != "" {
					if !fault.Is(err, c.code) {
						t.Fatalf("got %v, want %s", err, c.code)
					}
					return
				}
				if err != nil || string(got) != c.text || text.Encoding() != c.encoding {
					t.Fatalf("%v, %s, %d bytes", err, text.Encoding(), len(got))
				}
			})
		}
	}
}

// utf16Text writes text in UTF-16 behind a byte order mark.
func utf16Text(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, c := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, c)
	}
	return string(b)
}

func TestTheEncodingThatIsRefusedIsNamed(t *testing.T) {
	for raw, want := range map[string]string{
		"\xff\xfe\x00\x00a\x00\x00\x00":                     "UTF-32",
		utf16Text(binary.LittleEndian, "bill,packages")[2:]: "UTF-16 without a byte order mark",
	} {
		_, _, err := DecodeText(strings.NewReader(raw))
		if list := fault.All(err); len(list) != 1 || list[0].Args["encoding"] != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestTextIsReadInSmallSteps(t *testing.T) {
	text, _, err := DecodeText(strings.NewReader("a海é𠀀"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(iotest.OneByteReader(text))
	if err != nil || string(got) != "a海é𠀀" {
		t.Error(string(got), err)
	}
}

func TestTooMuchTextIsRefused(t *testing.T) {
	text, _, err := decodeText(bytes.NewReader(pack(t, bytes.Repeat([]byte("a"), 1<<20))), 1000)
	if err == nil {
		_, err = io.ReadAll(text)
	}
	if !fault.Is(err, "TEXT-SIZE-01") {
		t.Error(err)
	}
}

func TestABrokenSourceIsNoFault(t *testing.T) {
	broken := errors.New("line cut")
	text, _, err := DecodeText(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)))
	if err == nil {
		_, err = io.ReadAll(text)
	}
	if !errors.Is(err, broken) || fault.All(err) != nil {
		t.Error(err)
	}
}

func TestEveryTextComesBackFromBothEncodings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab,\n海关货物é𠀀，")), 1, 50, -1).Draw(t, "text")
		raw := s
		if rapid.Bool().Draw(t, "gb") {
			raw, _ = simplifiedchinese.GB18030.NewEncoder().String(s)
		}
		text, _, err := DecodeText(strings.NewReader(raw))
		if err != nil {
			if raw == s {
				t.Fatal(err) // UTF-8 is always taken
			}
			return // short GB18030 may look like damaged UTF-8: refused, not misread
		}
		got, err := io.ReadAll(text)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != s && raw == s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
