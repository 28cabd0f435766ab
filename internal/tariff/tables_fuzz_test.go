package tariff_test

import (
	"bytes"
	"testing"

	"seine/internal/clock"
	"seine/internal/tariff"
)

func FuzzReadTaxes(f *testing.F) {
	f.Add([]byte(`[{"tax":"vat","code":"2009","rate":"13%","from":"2014-01-01","source":"s"}]`))
	f.Add([]byte(`[]`))
	f.Add([]byte(`[{"rate":"20% + 1/KGM"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		taxes, err := tariff.ReadTaxes(bytes.NewReader(body))
		if err == nil {
			_, _ = taxes.Rows(), taxes.Epoch()
		}
	})
}

func FuzzReadFacts(f *testing.F) {
	s, err := tariff.Shipped("cn")
	if err != nil {
		f.Fatal(err)
	}
	var printed bytes.Buffer
	if err := tariff.WriteFacts(&printed, s); err != nil {
		f.Fatal(err)
	}
	f.Add(printed.Bytes()[:2000])
	f.Add([]byte("seine"))
	f.Fuzz(func(t *testing.T, body []byte) {
		read, err := tariff.ReadFacts(bytes.NewReader(body))
		if err != nil {
			return
		}
		// What was read can be written and read again.
		var again bytes.Buffer
		if err := tariff.WriteFacts(&again, read); err != nil {
			t.Fatal(err)
		}
		if _, err := tariff.ReadFacts(&again); err != nil {
			t.Fatalf("%q: %v", again.Bytes(), err)
		}
	})
}

func FuzzParseSpecials(f *testing.F) {
	for _, s := range []string{"Free (A,AU,BH)", "1.2% (KR) Free (A+)", "((", "4.00% (JAN-MAR), 0.00% (APR-JUL), 8.00% (AUG-DEC)", "10% (JAN-DEC"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tariff.ParseUSSpecial(s)
		seasons, ok := tariff.ParseUKSeasons(s)
		if !ok {
			return
		}
		// Every day of a year stands in exactly one season.
		for day := clock.MustDate("2024-01-01"); day <= clock.MustDate("2024-12-31"); day++ {
			in := 0
			for _, one := range seasons {
				if one.Season.In(day) {
					in++
				}
			}
			if in != 1 {
				t.Fatalf("%q: %s is in %d seasons", s, day, in)
			}
		}
	})
}
