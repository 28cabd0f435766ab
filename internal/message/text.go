package message

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"seine/internal/fault"
)

// The encodings that are taken. Others are refused, never guessed: a wrong guess
// would put wrong names into a declaration.
const (
	ASCII   = "us-ascii" // so far nothing else was met
	UTF8    = "utf-8"
	UTF8BOM = "utf-8-bom"
	GB18030 = "gb18030"
	UTF16LE = "utf-16le" // by its byte order mark: the “Unicode text” of spreadsheets
	UTF16BE = "utf-16be" // by its byte order mark
)

// TextLimit is how many bytes of text a document may have after unpacking.
const TextLimit int64 = 1 << 30

// Text is a document's text as UTF-8, whatever it was written in.
type Text struct {
	in       *bufio.Reader // raw bytes, unpacked
	out      io.Reader     // what the caller reads, once the encoding is settled
	encoding string
	packed   bool
	offset   int64 // raw bytes handed on
	limit    int64
	failed   error
}

// sniffWindow is how much after the first byte beyond ASCII decides between
// UTF-8 and GB18030.
const sniffWindow = 64 << 10

// DecodeText gives r as UTF-8 and names the encoding found so far: UTF-8 with or
// without byte order mark, GB18030, or UTF-16 with a byte order mark. A file that
// begins in plain ASCII is settled at its first other character; Text.Encoding
// tells the last word. A file packed by gzip is unpacked.
//
// Faults, now or while reading: TEXT-ENCODING-01 (neither UTF-8 nor GB18030),
// TEXT-ENCODING-02 (UTF-32, or UTF-16 without its mark), TEXT-ENCODING-03 (a wrong
// byte later on),
// TEXT-BINARY-01 (no text at all), TEXT-GZIP-01 (broken packing), TEXT-SIZE-01
// (larger than TextLimit), TEXT-EMPTY-01.
func DecodeText(r io.Reader) (text *Text, encoding string, err error) {
	return decodeText(r, TextLimit)
}

func decodeText(r io.Reader, limit int64) (*Text, string, error) {
	t := &Text{limit: limit}
	raw, packed, err := Unpack(r)
	if err != nil {
		return nil, "", err
	}
	t.packed = packed
	t.in = bufio.NewReaderSize(&bounded{raw, limit, limit}, sniffWindow)
	head, err := t.in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", t.source(err)
	}
	switch {
	case len(head) == 0:
		return nil, "", fault.New(fault.Invalid, "TEXT-EMPTY-01", "", "the file is empty", "send the file with its content")
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = t.in.Discard(3)
		t.offset = 3
		t.encoding = UTF8BOM
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE, 0, 0}) || bytes.HasPrefix(head, []byte{0, 0, 0xFE, 0xFF}):
		return nil, "", wide("UTF-32")
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		t.wide(UTF16LE, unicode.LittleEndian, binary.LittleEndian)
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		t.wide(UTF16BE, unicode.BigEndian, binary.BigEndian)
	case unmarked(head):
		return nil, "", wide("UTF-16 without a byte order mark")
	case control(head):
		return nil, "", fault.New(fault.Invalid, "TEXT-BINARY-01", "", "the file is no text: it holds control bytes", "send text in UTF-8; archives and spreadsheets must be exported first")
	default:
		t.encoding = ASCII
	}
	if t.out == nil {
		if err := t.settle(); err != nil {
			return nil, "", err
		}
	}
	return t, t.encoding, nil
}

// Unpack gives the plain bytes of a file that may be packed by gzip.
func Unpack(r io.Reader) (plain io.Reader, packed bool, err error) {
	in := bufio.NewReader(r)
	head, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("read the file: %w", err)
	}
	if !bytes.Equal(head, []byte{0x1F, 0x8B, 8}) {
		return in, false, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, true, brokenPacking(err)
	}
	return unpacking{z}, true, nil
}

type unpacking struct{ in *gzip.Reader }

func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = brokenPacking(err)
	}
	return n, err
}

func brokenPacking(err error) error {
	return fault.New(fault.Invalid, "TEXT-GZIP-01", "", "the file is packed by gzip and cannot be unpacked", "pack and send it again").Because(err)
}

// bounded ends with TEXT-SIZE-01 instead of giving more than limit bytes.
type bounded struct {
	in    io.Reader
	left  int64
	limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, fault.New(fault.Invalid, "TEXT-SIZE-01", "", "the file has more than {limit} bytes", "send it in several files", "limit", b.limit)
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.in.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, fault.New(fault.Invalid, "TEXT-SIZE-01", "", "the file has more than {limit} bytes", "send it in several files", "limit", b.limit)
	}
	return n, err
}

// control tells whether the bytes hold control characters that no text has.
func control(b []byte) bool {
	for _, c := range b {
		if noText(uint16(c)) {
			return true
		}
	}
	return false
}

func noText(c uint16) bool {
	return c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1A || c == 0x7F
}

func wide(encoding string) *fault.Fault {
	return fault.New(fault.Invalid, "TEXT-ENCODING-02", "", "the text is written in {encoding}", "save it as UTF-8", "encoding", encoding)
}

// unmarked tells whether b looks like UTF-16 that does not say so: every second
// byte of its beginning is 0, the others are not. It is not read, because nothing
// but the mark says for certain which byte comes first.
func unmarked(b []byte) bool {
	b = b[:min(len(b), 16)&^1]
	if len(b) < 4 {
		return false
	}
	zeros := [2]int{}
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	return max(zeros[0], zeros[1]) == len(b)/2 && min(zeros[0], zeros[1]) == 0
}

// wide settles UTF-16, whose mark has been seen.
func (t *Text) wide(name string, order unicode.Endianness, bytes binary.ByteOrder) {
	_, _ = t.in.Discard(2)
	t.offset, t.encoding = 2, name
	t.out = transform.NewReader(t.guarded(name, func(b []byte) int { return utf16Length(b, bytes) }), unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder())
}

// utf16Length gives the length of the character at the beginning of b, 0 when it
// is none, is cut, or is one that no text has.
func utf16Length(b []byte, order binary.ByteOrder) int {
	if len(b) < 2 {
		return 0
	}
	switch c := order.Uint16(b); {
	case noText(c):
		return 0
	case !utf16.IsSurrogate(rune(c)):
		return 2
	case len(b) < 4 || utf16.DecodeRune(rune(c), rune(order.Uint16(b[2:]))) == utf8.RuneError:
		return 0
	}
	return 4
}

// Encoding names the encoding as far as it has shown itself: ASCII, UTF8,
// UTF8BOM, GB18030, UTF16LE or UTF16BE.
func (t *Text) Encoding() string { return t.encoding }

// Packed tells whether the file came packed by gzip.
func (t *Text) Packed() bool { return t.packed }

// Read gives the text in UTF-8.
func (t *Text) Read(p []byte) (int, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	if len(p) == 0 {
		return 0, nil
	}
	if t.out == nil {
		n, err := t.plain(p)
		if err != nil {
			t.failed = err
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	n, err := t.out.Read(p)
	if err != nil {
		t.failed = t.source(err)
		if n > 0 {
			return n, nil
		}
	}
	return n, t.failed
}

// plain hands on bytes up to the first one beyond ASCII and settles the
// encoding there. 0 and nil mean: settled, read t.out.
func (t *Text) plain(p []byte) (int, error) {
	head, err := t.in.Peek(1)
	if len(head) == 0 {
		return 0, t.source(err)
	}
	head, _ = t.in.Peek(t.in.Buffered())
	n := 0
	for n < len(head) && n < len(p) && head[n] < utf8.RuneSelf {
		n++
	}
	if n > 0 {
		copy(p, head[:n])
		_, _ = t.in.Discard(n)
		t.offset += int64(n)
		return n, nil
	}
	return 0, t.settle()
}

// settle decides the encoding when the next bytes show it.
func (t *Text) settle() error {
	if t.encoding == UTF8BOM {
		t.out = t.guarded(UTF8, utf8Length)
		return nil
	}
	window, err := t.in.Peek(sniffWindow)
	if err != nil && !errors.Is(err, io.EOF) {
		return t.source(err)
	}
	ended := err != nil
	if isASCII(window) {
		return nil
	}
	switch {
	case validUTF8(window, ended):
		t.encoding = UTF8
		t.out = t.guarded(UTF8, utf8Length)
	case validGB18030(window, ended) && !damagedUTF8(window):
		t.encoding = GB18030
		t.out = transform.NewReader(t.guarded(GB18030, gbLength), simplifiedchinese.GB18030.NewDecoder())
	default:
		return fault.New(fault.Invalid, "TEXT-ENCODING-01", "", "the text is neither UTF-8 nor GB18030 from byte {offset} on",
			"save it as UTF-8", "offset", t.offset+int64(firstWrong(window)))
	}
	return nil
}

// guarded wraps the rest of the source. The buffer lets a reader ask for less
// than one character at a time.
func (t *Text) guarded(name string, length func([]byte) int) io.Reader {
	return bufio.NewReaderSize(&guard{in: t.in, offset: t.offset, name: name, length: length}, 4096)
}

// damagedUTF8 tells whether b looks like UTF-8 with some wrong bytes rather than
// like GB18030: most Chinese UTF-8 happens to be valid GB18030 as well, and
// would turn into other characters. Characters of three bytes, which are as good
// as absent in GB18030, then outnumber the wrong bytes.
func damagedUTF8(b []byte) bool {
	three, wrong := 0, 0
	for len(b) > 0 {
		switch n := utf8Length(b); n {
		case 0:
			wrong++
			b = b[1:]
		default:
			if n == 3 {
				three++
			}
			b = b[n:]
		}
	}
	return three > wrong
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// validUTF8 tells whether b is UTF-8; unless ended, the last character may be cut.
func validUTF8(b []byte, ended bool) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 {
			return !ended && len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		b = b[n:]
	}
	return true
}

func firstWrong(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// validGB18030 checks the byte pairs and quadruples of GB18030.
func validGB18030(b []byte, ended bool) bool {
	for i := 0; i < len(b); {
		n := gbLength(b[i:])
		if n == 0 {
			return !ended && len(b)-i < 4
		}
		i += n
	}
	return true
}

// gbLength gives the length of the character at the beginning of b, 0 when it is
// none or is cut.
func gbLength(b []byte) int {
	switch {
	case b[0] < 0x80:
		return 1
	case b[0] == 0x80 || b[0] == 0xFF || len(b) < 2:
		return 0
	case b[1] >= 0x40 && b[1] != 0x7F && b[1] != 0xFF:
		return 2
	case b[1] >= 0x30 && b[1] <= 0x39 && len(b) >= 4 && b[2] >= 0x81 && b[2] <= 0xFE && b[3] >= 0x30 && b[3] <= 0x39:
		return 4
	}
	return 0
}

// source keeps faults and the end of the file as they are and says of any other
// error what was being done.
func (t *Text) source(err error) error {
	if err == nil || errors.Is(err, io.EOF) || fault.All(err) != nil {
		return err
	}
	return fmt.Errorf("read the text: %w", err)
}

// guard hands on whole characters of one encoding and stops with
// TEXT-ENCODING-03 at a byte that is none. length gives the length of the
// character at the beginning of a slice, 0 for a wrong or a cut one.
type guard struct {
	in     *bufio.Reader
	offset int64
	name   string
	length func([]byte) int
}

func (g *guard) Read(p []byte) (int, error) {
	if _, err := g.in.Peek(1); err != nil {
		return 0, err
	}
	head, _ := g.in.Peek(max(min(g.in.Buffered(), len(p)), 1))
	n := 0
	for n < len(head) {
		size := g.length(head[n:])
		if size == 0 {
			break
		}
		n += size
	}
	if n == 0 { // wrong, or cut by the end of the buffer
		head, _ = g.in.Peek(utf8.UTFMax)
		if n = g.length(head); n == 0 || n > len(p) {
			return 0, fault.New(fault.Invalid, "TEXT-ENCODING-03", "", "byte {offset} is not {encoding}, although the text began so",
				"save the whole file in one encoding", "offset", g.offset, "encoding", g.name)
		}
	}
	copy(p, head[:n])
	_, _ = g.in.Discard(n)
	g.offset += int64(n)
	return n, nil
}

func utf8Length(b []byte) int {
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n <= 1 {
		return 0
	}
	return n
}
