package message

import (
	"io"

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
	return out
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
