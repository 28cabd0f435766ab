package message

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	"seine/internal/message/edifact"
)

// Decoder reads one document. What it gives can be written as JSON, also when
// the error is a fault that stopped the reading half way.
type Decoder func(io.Reader) (any, error)

// Format is one document format that `seine decode FORMAT FILE` knows.
type Format struct {
	Name   string
	Title  string
	Decode Decoder
}

// Formats gives all formats by name. Every decoder also takes its file packed
// by gzip.
func Formats() map[string]Format {
	out := map[string]Format{}
	for _, f := range []Format{
		{"edifact", "UN/EDIFACT interchange, any message, as segments", unpacked(func(r io.Reader) (any, error) {
			file, err := edifact.Read(r, edifact.Limits{})
			return file, err
		})},
		{"cuscar", "customs cargo report (UN/EDIFACT CUSCAR) as manifest", unpacked(func(r io.Reader) (any, error) {
			readings, err := ReadCuscar(r)
			return readings, err
		})},
		{"codeco", "container gate-in and gate-out report (UN/EDIFACT CODECO)", groupedDecoder(ReadCodeco)},
		{"coarri", "container discharge and loading report (UN/EDIFACT COARRI)", groupedDecoder(ReadCoarri)},
		{"cusdec", "customs declaration (UN/EDIFACT CUSDEC)", groupedDecoder(ReadCusdec)},
		{"cusres", "answer of customs (UN/EDIFACT CUSRES)", groupedDecoder(ReadCusres)},
		{"manifest-json", "manifest as JSON", func(r io.Reader) (any, error) {
			readings, err := ReadManifestJSON(r)
			return readings, err
		}},
		{"manifest-csv", "manifest as a table (CSV)", func(r io.Reader) (any, error) {
			readings, err := ReadManifestCSV(r)
			return readings, err
		}},
		{"asycuda", "ASYCUDA World declaration (SAD XML)", unpacked(func(r io.Reader) (any, error) {
			sad, err := ReadAsycuda(r)
			return sad, err
		})},
		{"wco-dec", "WCO Data Model declaration (DEC XML)", unpacked(func(r io.Reader) (any, error) {
			d, err := ReadWCO(r)
			return d, err
		})},
	} {
		out[f.Name] = f
	}
	out["auto"] = Format{"auto", "any of these, recognised by how it begins", unpacked(func(r io.Reader) (any, error) {
		in := bufio.NewReaderSize(r, 64<<10)
		head, err := in.Peek(16 << 10)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		name := Recognise(head)
		value, err := out[name].Decode(in)
		return Recognised{name, value}, err
	})}
	return out
}

// Recognised is a document whose format was found out.
type Recognised struct {
	Format   string `json:"format"`
	Document any    `json:"document"`
}

// Recognise tells the format of a document by how it begins: an interchange by
// UNA, UNB or UNH and the first message type in it, XML by its root, JSON by its
// brace or bracket; anything else is taken for a table.
func Recognise(head []byte) string {
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(start, []byte("UNA")), bytes.HasPrefix(start, []byte("UNB")), bytes.HasPrefix(start, []byte("UNH")),
		bytes.HasPrefix(start, []byte("UIB")), bytes.HasPrefix(start, []byte("UNG")):
		file, _ := edifact.Read(bytes.NewReader(start), edifact.Limits{}) // cut: only its first header counts
		if all := file.Messages(); len(all) > 0 {
			switch kind := all[0].Type(); kind {
			case "CUSCAR", "CODECO", "COARRI", "CUSDEC", "CUSRES":
				return strings.ToLower(kind)
			}
		}
		return "edifact"
	case bytes.HasPrefix(start, []byte("<")):
		if root := rootName.FindSubmatch(remarks.ReplaceAll(start, nil)); root != nil && string(root[1]) == "ASYCUDA" {
			return "asycuda"
		}
		return "wco-dec"
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		return "manifest-json"
	}
	return "manifest-csv"
}

// remarks are what may stand before the root of an XML document, rootName finds
// the root behind them.
var remarks = regexp.MustCompile(`(?s)<!--.*?-->`)

var rootName = regexp.MustCompile(`<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)`)

func groupedDecoder(read func(io.Reader) ([]EDIReading, error)) Decoder {
	return unpacked(func(r io.Reader) (any, error) {
		readings, err := read(r)
		return readings, err
	})
}

func unpacked(decode Decoder) Decoder {
	return func(r io.Reader) (any, error) {
		plain, _, err := Unpack(r)
		if err != nil {
			return nil, err
		}
		return decode(plain)
	}
}
