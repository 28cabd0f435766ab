package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"seine/internal/manifest"
	"seine/internal/num"
)

// BenchmarkTable reads a table of 10,000 rows and 20 columns.
func BenchmarkTable(b *testing.B) {
	var text bytes.Buffer
	for i := range 10_001 {
		for j := range 20 {
			fmt.Fprintf(&text, "column%d-%d,", j, i%7)
		}
		text.WriteString("end\n")
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		table, err := NewTable(bytes.NewReader(text.Bytes()), nil, TableLimits{})
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := table.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkCuscar reads a cargo report of 1,000 bills.
func BenchmarkCuscar(b *testing.B) {
	m := manifest.Manifest{ID: "M1", Kind: manifest.Original, Version: 1, PortOfDischarge: "CNSHA", Transport: manifest.Transport{Mode: manifest.Sea, MeansName: "SHIP", Journey: "1"}}
	for i := range 1000 {
		m.Consignments = append(m.Consignments, manifest.BillOfLading{
			Number: fmt.Sprint("BL", i), Type: manifest.Straight, Packages: num.OneQuantity, GrossMass: num.OneQuantity,
			Consignor: manifest.Party{Name: "A"}, Consignee: manifest.Party{Name: "B"},
			Goods: []manifest.GoodsItem{{Number: 1, Description: "GOODS", Packages: num.OneQuantity, GrossMass: num.OneQuantity}},
		})
	}
	var text bytes.Buffer
	if err := WriteCuscar(&text, m, Original, envelope); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadCuscar(bytes.NewReader(text.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
