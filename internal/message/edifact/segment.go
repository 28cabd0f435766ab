package edifact

// Separators are the service characters of an interchange (ISO 9735, service
// string advice UNA). 0 means: not in use.
type Separators struct {
	Component  byte // between components of an element, ':'
	Element    byte // between elements, '+'
	Decimal    byte // '.' or ','
	Release    byte // before a service character that is meant as text, '?'
	Repetition byte // between repeated elements, '*' from version 4
	Terminator byte // after each segment, '\''
}

// Default gives the separators of an interchange without UNA in a syntax
// version; repetition exists from version 4.
func Default(version int) Separators {
	s := Separators{Component: ':', Element: '+', Decimal: '.', Release: '?', Terminator: '\''}
	if version >= 4 {
		s.Repetition = '*'
	}
	return s
}

// levelB are the separators that ISO 9735 sets for level B where no UNA names
// others: the information separators, which never stand in text, so that nothing
// need be released.
var levelB = Separators{Component: 0x1F, Element: 0x1D, Decimal: '.', Terminator: 0x1C}

// Element is one data element: its repetitions, each a list of components. An
// element that was left out has one repetition with one empty component, or
// none when it stands past the end of the segment.
type Element [][]string

// Segment is one segment of an interchange.
type Segment struct {
	Tag     string
	Nesting []string // explicit nesting after the tag (“LIN:1”), of versions 1 to 3
	Data    []Element
	Number  int   // from 1 in the file; UNA is not counted
	Line    int   // line of the file in which it begins, from 1
	Offset  int64 // bytes before it in the file
	// Wrapped is true when line breaks stood inside the data; they were removed.
	Wrapped bool
}

// Get gives component c of element e, both counted from 1 after the tag, of the
// first repetition; "" when it is not there.
func (s Segment) Get(e, c int) string { return s.GetRepeat(e, 1, c) }

// GetRepeat gives component c of repetition r of element e, all from 1.
func (s Segment) GetRepeat(e, r, c int) string {
	if e < 1 || e > len(s.Data) || r < 1 || r > len(s.Data[e-1]) {
		return ""
	}
	if parts := s.Data[e-1][r-1]; c >= 1 && c <= len(parts) {
		return parts[c-1]
	}
	return ""
}

// Repeats gives how often element e, from 1, is repeated; 0 past the end.
func (s Segment) Repeats(e int) int {
	if e < 1 || e > len(s.Data) {
		return 0
	}
	return len(s.Data[e-1])
}

// Components gives all components of the first repetition of element e.
func (s Segment) Components(e int) []string {
	if e < 1 || e > len(s.Data) || len(s.Data[e-1]) == 0 {
		return nil
	}
	return s.Data[e-1][0]
}

// Seg makes a segment from elements, each a list of components, for writing.
func Seg(tag string, elements ...[]string) Segment {
	s := Segment{Tag: tag}
	for _, e := range elements {
		s.Data = append(s.Data, Element{e})
	}
	return s
}

// C lists the components of an element; an empty C() is an element left out.
func C(components ...string) []string {
	if len(components) == 0 {
		return []string{""}
	}
	return components
}

// Limits bound what a reader takes; zero values mean the defaults.
type Limits struct {
	Bytes        int64 // of the whole file, default 64 MiB
	Segments     int   // default 2,000,000
	SegmentBytes int   // default 64 KiB
	Elements     int   // elements, repetitions and components of one segment, default 2,000
	Faults       int   // reading stops after so many, default 500
}

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	if l.Segments == 0 {
		l.Segments = 2_000_000
	}
	if l.SegmentBytes == 0 {
		l.SegmentBytes = 64 << 10
	}
	if l.Elements == 0 {
		l.Elements = 2_000
	}
	if l.Faults == 0 {
		l.Faults = 500
	}
	return l
}
