package print

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the font is part of the program
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/signintech/gopdf"

	"seine/internal/fault"
)

//go:embed data/noto-sans-sc.ttf.gz
var packedFont []byte

var font = sync.OnceValues(func() ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packedFont))
	if err != nil {
		return nil, fmt.Errorf("unpack the font: %w", err)
	}
	return io.ReadAll(z)
})

// Geometry of a page of A4, in points.
const (
	family      = "noto"
	pageWidth   = 595.28
	pageHeight  = 841.89
	margin      = 40.0
	footer      = 30.0
	textSize    = 9.0
	titleSize   = 16.0
	headSize    = 11.0
	leading     = 13.0
	cellPadding = 4.0
)

// column is one column of a table: its share of the width, and whether it holds
// numbers.
type column struct {
	title string
	width float64
	right bool
}

// sheet is a paper while it is laid out.
type sheet struct {
	pdf     gopdf.GoPdf
	y       float64
	missing map[rune]bool
	err     error
}

func newSheet(title string) (*sheet, error) {
	data, err := font()
	if err != nil {
		return nil, err
	}
	s := &sheet{missing: map[rune]bool{}}
	s.pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: pageWidth, H: pageHeight}, Unit: gopdf.UnitPT})
	s.pdf.SetInfo(gopdf.PdfInfo{Title: title, Producer: "Seine", Creator: "Seine"})
	if err := s.pdf.AddTTFFontDataWithOption(family, data, gopdf.TtfOption{OnGlyphNotFound: func(r rune) { s.missing[r] = true }}); err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	s.page()
	return s, nil
}

func (s *sheet) page() {
	s.pdf.AddPage()
	s.y = margin
}

// room makes sure that so much fits on the page, and tells whether a new one was
// begun for it.
func (s *sheet) room(height float64) bool {
	if s.y+height <= pageHeight-margin-footer {
		return false
	}
	s.page()
	return true
}

func (s *sheet) size(points float64) { s.keep(s.pdf.SetFont(family, "", points)) }

func (s *sheet) keep(err error) {
	if s.err == nil && err != nil {
		s.err = err
	}
}

func (s *sheet) width(text string) float64 {
	w, err := s.pdf.MeasureTextWidth(text)
	s.keep(err)
	return w
}

func (s *sheet) put(x, y float64, text string) {
	if text == "" {
		return
	}
	s.pdf.SetXY(x, y)
	s.keep(s.pdf.Text(text))
}

// heading writes a title over the whole width.
func (s *sheet) heading(text string, points float64) {
	s.size(points)
	lines := s.wrap(text, pageWidth-2*margin)
	s.room(float64(len(lines))*points*1.4 + 3*leading)
	if s.y > margin {
		s.y += points * 0.7
	}
	for _, line := range lines {
		s.y += points * 1.2
		s.put(margin, s.y, line)
	}
	s.y += points * 0.5
}

// facts writes names and values below each other.
func (s *sheet) facts(list [][2]string) {
	const names = 120.0
	s.size(textSize)
	for _, f := range list {
		name, value := s.wrap(f[0], names-cellPadding), s.wrap(f[1], pageWidth-2*margin-names)
		rows := max(len(name), len(value))
		s.room(float64(rows) * leading)
		for i := range rows {
			s.y += leading
			s.pdf.SetTextColor(0x4d, 0x5d, 0x5b)
			s.put(margin, s.y, at(name, i))
			s.pdf.SetTextColor(0x14, 0x20, 0x1f)
			s.put(margin+names, s.y, at(value, i))
		}
	}
	s.y += leading / 2
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// headRow begins a table, and is said again on each page that it goes on to.
func (s *sheet) headRow(columns []column) {
	s.size(textSize)
	s.pdf.SetTextColor(0x4d, 0x5d, 0x5b)
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	s.cells(columns, titles)
	s.pdf.SetTextColor(0x14, 0x20, 0x1f)
	s.rule(0.8)
}

func (s *sheet) rule(width float64) {
	s.pdf.SetLineWidth(width)
	s.pdf.Line(margin, s.y+cellPadding, pageWidth-margin, s.y+cellPadding)
	s.y += cellPadding
}

// row writes a line of a table; a strong one has a rule above it.
func (s *sheet) row(columns []column, cells []string, strong bool) {
	s.size(textSize)
	height := leading
	for i, c := range columns {
		height = max(height, leading*float64(len(s.wrap(cells[i], c.width-cellPadding))))
	}
	if s.room(height + cellPadding) {
		s.headRow(columns)
	}
	if strong {
		s.rule(0.5)
	}
	s.cells(columns, cells)
}

func (s *sheet) cells(columns []column, cells []string) {
	x, top, bottom := margin, s.y, s.y
	for i, c := range columns {
		y := top
		for _, line := range s.wrap(cells[i], c.width-cellPadding) {
			y += leading
			left := x
			if c.right {
				left += c.width - s.width(line)
			}
			s.put(left, y, line)
		}
		x += c.width
		bottom = max(bottom, y)
	}
	s.y = bottom
}

// note writes a paragraph.
func (s *sheet) note(text string) {
	s.size(textSize)
	for _, line := range s.wrap(text, pageWidth-2*margin) {
		s.room(leading)
		s.y += leading
		s.put(margin, s.y, line)
	}
}

// finish numbers the pages and gives the file. Fault: PRINT-GLYPH-01.
func (s *sheet) finish(foot string) ([]byte, error) {
	pages := s.pdf.GetNumberOfPages()
	for n := 1; n <= pages; n++ {
		s.keep(s.pdf.SetPage(n))
		s.size(textSize - 1)
		s.pdf.SetTextColor(0x4d, 0x5d, 0x5b)
		s.put(margin, pageHeight-footer, foot)
		number := strconv.Itoa(n) + " / " + strconv.Itoa(pages)
		s.put(pageWidth-margin-s.width(number), pageHeight-footer, number)
	}
	for r := range s.missing {
		return nil, fault.New(fault.Invalid, "PRINT-GLYPH-01", "", "the font has no character {character}", "write the word with another character, or in Latin letters", "character", fmt.Sprintf("U+%04X “%c”", r, r))
	}
	if s.err != nil {
		return nil, fmt.Errorf("lay out the paper: %w", s.err)
	}
	return s.pdf.GetBytesPdfReturnErr()
}

// noStart are signs that do not begin a line.
const noStart = "、。，．,.;:!?）)]》〉」』】〕％%”’；：！？…·"

// wrap breaks text into lines that are no wider than width in the font that is
// set. Latin words stay whole unless one alone is too wide; Chinese breaks
// between any two characters, except that no closing sign begins a line.
func (s *sheet) wrap(text string, width float64) []string {
	var lines []string
	line := ""
	for _, word := range words(strings.Join(strings.Fields(text), " ")) {
		if s.width(strings.TrimRight(line+word, " ")) <= width {
			line += word
			continue
		}
		if line != "" {
			lines, line = append(lines, strings.TrimRight(line, " ")), ""
		}
		for s.width(strings.TrimRight(word, " ")) > width {
			cut := 1
			runes := []rune(word)
			for cut < len(runes) && s.width(string(runes[:cut+1])) <= width {
				cut++
			}
			if cut >= len(runes) {
				break
			}
			lines, word = append(lines, string(runes[:cut])), string(runes[cut:])
		}
		line = word
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// words gives the pieces of a text that stay whole, each with the blanks and the
// closing signs after it.
func words(text string) []string {
	var list []string
	wide := func(r rune) bool {
		return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30ff || r >= 0xff00 && r <= 0xffef
	}
	var last rune
	for _, r := range text {
		glued := len(list) > 0 && (r == ' ' || strings.ContainsRune(noStart, r) || last != ' ' && !wide(r) && !wide(last))
		if glued {
			list[len(list)-1] += string(r)
		} else {
			list = append(list, string(r))
		}
		last = r
	}
	return list
}
