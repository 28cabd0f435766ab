package store

import (
	"bytes"
	"encoding/json"
	"strings"
)

// pick is one name on the way to a searched column; part is the place of its
// value, -1 where only deeper names matter.
type pick struct {
	part   int
	deeper map[string]*pick
}

// part is one value found in a body.
type part struct {
	text  string
	given bool
}

// add makes a JSON pointer lead to a part: n, or the one that it leads to
// already.
func (p *pick) add(pointer string, n int) int {
	at := p
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		name = string(plain(nil, name))
		next := at.deeper[name]
		if next == nil {
			if at.deeper == nil {
				at.deeper = map[string]*pick{}
			}
			next = &pick{part: -1}
			at.deeper[name] = next
		}
		at = next
	}
	if at.part < 0 {
		at.part = n
	}
	return at.part
}

// plain appends name in small letters without underscores.
func plain[S ~string | ~[]byte](dst []byte, name S) []byte {
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// scan walks once over JSON that encoding/json wrote.
type scan struct {
	src []byte
	at  int
	bad bool
}

func (s *scan) peek() byte {
	for s.at < len(s.src) {
		switch s.src[s.at] {
		case ' ', '\n', '\t', '\r':
			s.at++
		default:
			return s.src[s.at]
		}
	}
	s.bad = true
	return 0
}

// read takes the picked members of the object at s.
func (p *pick) read(s *scan, parts []part) {
	if s.peek() != '{' {
		s.bad = true
		return
	}
	s.at++
	var buf [64]byte
	for !s.bad {
		switch s.peek() {
		case '}':
			s.at++
			return
		case ',':
			s.at++
			continue
		case '"':
		default:
			s.bad = true
			return
		}
		name := s.token()
		if s.peek() != ':' || len(name) < 2 {
			s.bad = true
			return
		}
		s.at++
		next := p.deeper[string(plain(buf[:0], name[1:len(name)-1]))]
		first := s.peek()
		switch {
		case s.bad:
			return
		case next == nil:
			s.skip()
		case first == '{' && next.deeper != nil:
			next.read(s, parts)
		case next.part >= 0 && first != '{' && first != '[':
			parts[next.part] = scalar(s.token())
		default:
			s.skip()
		}
	}
}

func scalar(token []byte) part {
	switch {
	case len(token) == 0 || string(token) == "null":
		return part{}
	case token[0] != '"':
		return part{text: string(token), given: true}
	}
	inner := token[1 : len(token)-1]
	for _, c := range inner {
		if c == '\\' {
			var v string
			if json.Unmarshal(token, &v) != nil {
				return part{}
			}
			return part{text: v, given: true}
		}
	}
	return part{text: string(inner), given: true}
}

// token gives one string, number or word as it stands.
func (s *scan) token() []byte {
	from := s.at
	if s.src[s.at] == '"' {
		s.text()
		if s.bad {
			return nil
		}
		return s.src[from:s.at]
	}
	for s.at < len(s.src) {
		switch s.src[s.at] {
		case ',', '}', ']', ' ', '\n', '\t', '\r', ':':
			return s.src[from:s.at]
		}
		s.at++
	}
	return s.src[from:s.at]
}

// text passes the string that begins here.
func (s *scan) text() {
	for at := s.at + 1; ; at++ {
		end := bytes.IndexByte(s.src[at:], '"')
		if end < 0 {
			s.bad = true
			return
		}
		at += end
		escapes := 0
		for s.src[at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			s.at = at + 1
			return
		}
	}
}

// brackets tells the bytes that skip must look at, and what they do to the depth.
var brackets = [256]int8{'{': 1, '[': 1, '}': -1, ']': -1, '"': 2}

// skip passes one value.
func (s *scan) skip() {
	if c := s.peek(); c != '{' && c != '[' {
		if !s.bad {
			s.token()
		}
		return
	}
	depth := 0
	for s.at < len(s.src) {
		switch step := brackets[s.src[s.at]]; step {
		case 0:
			s.at++
		case 2:
			if s.text(); s.bad {
				return
			}
		default:
			s.at++
			if depth += int(step); depth == 0 {
				return
			}
		}
	}
	s.bad = true
}
