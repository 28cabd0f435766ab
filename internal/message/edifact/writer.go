package edifact

import (
	"bufio"
	"io"
	"strconv"

	"seine/internal/fault"
)

// Writer writes segments in one character set and with one set of separators,
// releasing every service character that stands in the text.
type Writer struct {
	out   *bufio.Writer
	sep   Separators
	set   charset
	count int
	err   error
}

// NewWriter gives a writer whose text is encoded as syntax (UNOA … UNOY). An
// unknown syntax is taken as UNOA.
func NewWriter(w io.Writer, sep Separators, syntax string) *Writer {
	set, known := charsets[syntax]
	if !known {
		set = charsets["UNOA"]
	}
	return &Writer{out: bufio.NewWriter(w), sep: sep, set: set}
}

// Advice writes UNA. It is needed when the separators are not the default ones.
func (w *Writer) Advice() {
	release, repetition := w.sep.Release, w.sep.Repetition
	if release == 0 {
		release = ' '
	}
	if repetition == 0 {
		repetition = ' '
	}
	w.bytes([]byte{'U', 'N', 'A', w.sep.Component, w.sep.Element, w.sep.Decimal, release, repetition, w.sep.Terminator})
}

// Segment writes one segment, exactly with the elements and components given.
// Line breaks cannot be written and become blanks.
// Fault: EDI-CHARSET-03, a character that the character set does not have.
func (w *Writer) Segment(s Segment) error {
	w.count++
	w.text(s.Tag)
	for _, c := range s.Nesting {
		w.bytes([]byte{w.sep.Component})
		w.text(c)
	}
	for _, e := range s.Data {
		w.bytes([]byte{w.sep.Element})
		for i, repeat := range e {
			if i > 0 {
				w.bytes([]byte{w.sep.Repetition})
			}
			for j, c := range repeat {
				if j > 0 {
					w.bytes([]byte{w.sep.Component})
				}
				w.text(c)
			}
		}
	}
	w.bytes([]byte{w.sep.Terminator})
	return w.err
}

// Flush sends what is buffered and gives the first error met.
func (w *Writer) Flush() error {
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

func (w *Writer) text(s string) {
	encoded, ok := w.set.encode(s)
	if !ok {
		w.fail(fault.New(fault.Invalid, "EDI-CHARSET-03", path(w.count, 0, 0),
			"“{value}” holds characters that {charset} does not have", "write the interchange in UNOY (UTF-8)",
			"value", clip(s), "charset", w.set.name))
		return
	}
	out := make([]byte, 0, len(encoded)+4)
	for _, c := range encoded {
		switch {
		case c == '\n' || c == '\r':
			c = ' '
		case c == w.sep.Component || c == w.sep.Element || c == w.sep.Terminator ||
			(c == w.sep.Release && c != 0) || (c == w.sep.Repetition && c != 0):
			if w.sep.Release == 0 {
				w.fail(fault.New(fault.Invalid, "EDI-RELEASE-01", path(w.count, 0, 0),
					"“{value}” holds the service character {sign} and there is no release character",
					"use separators with a release character", "value", clip(s), "sign", strconv.QuoteRune(rune(c))))
				return
			}
			out = append(out, w.sep.Release)
		}
		out = append(out, c)
	}
	w.bytes(out)
}

func (w *Writer) bytes(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
