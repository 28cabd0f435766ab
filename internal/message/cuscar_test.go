package message

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/message/edifact"
	"seine/internal/num"
)

var envelope = Envelope{Sender: "LINE", Recipient: "CUSTOMS", Reference: "R1", Prepared: clock.At(time.Date(2026, 11, 23, 9, 41, 0, 0, clock.Zone))}

// anyManifest draws manifests as a carrier could send them: normalised, with
// totals, parties with names.
var anyManifest = rapid.Custom(func(t *rapid.T) manifest.Manifest {
	word := rapid.StringMatching(`[A-Z'+:?海]{1,12}( [A-Z0-9]{1,5})?`)
	number := rapid.StringMatching(`[A-Z0-9/-]{1,14}`)
	port := rapid.SampledFrom([]manifest.Location{"CNSHA", "DEHAM", "HKHKG", "NLRTM"})
	quantity := rapid.Map(rapid.Int64Range(1, 1_000_000), func(n int64) num.Quantity { return num.Quantity(n) })
	count := rapid.Map(rapid.Int64Range(1, 10_000), func(n int64) num.Quantity { return num.Quantity(n) * num.OneQuantity })
	party := rapid.Custom(func(t *rapid.T) manifest.Party {
		return manifest.Party{Code: rapid.SampledFrom([]string{"", "91310000MA1FL0XX0A"}).Draw(t, "code"), Name: word.Draw(t, "name"), Address: rapid.SampledFrom([]string{"", "1 ROAD, CITY"}).Draw(t, "address"), Country: rapid.SampledFrom([]string{"", "DE"}).Draw(t, "country")}
	})
	day := clock.Date(rapid.IntRange(15000, 25000).Draw(t, "day"))
	m := manifest.Manifest{
		ID: number.Draw(t, "id"), Kind: rapid.SampledFrom([]manifest.Kind{manifest.Original, manifest.Loading}).Draw(t, "kind"), Version: 1,
		Transport:       manifest.Transport{Mode: manifest.Sea, MeansID: "9074729", MeansName: word.Draw(t, "ship"), Flag: "DE", Journey: number.Draw(t, "voyage")},
		PortOfLoading:   port.Draw(t, "from"),
		PortOfDischarge: port.Draw(t, "to"), Carrier: party.Draw(t, "carrier"), Office: rapid.SampledFrom([]string{"", "2218"}).Draw(t, "office"),
		ArrivalEstimated: rapid.SampledFrom([]manifest.Moment{{Day: day}, manifest.MomentOf(day.Start().Add(90 * time.Minute)), {}}).Draw(t, "arrival"),
	}
	used := map[string]bool{}
	for i := range rapid.IntRange(1, 3).Draw(t, "bills") {
		b := manifest.BillOfLading{
			Number: "B" + itoa(i) + number.Draw(t, "bill"), Type: rapid.SampledFrom([]manifest.BillType{manifest.Straight, manifest.House, manifest.Master}).Draw(t, "type"),
			Consignor: party.Draw(t, "consignor"), Consignee: party.Draw(t, "consignee"), Packages: count.Draw(t, "packages"), GrossMass: quantity.Draw(t, "mass"),
			PortOfLoading: port.Draw(t, "pol"), PortOfDischarge: port.Draw(t, "pod"), Measurement: quantity.Draw(t, "volume"),
		}
		if b.Type == manifest.House {
			b.Master = "M" + number.Draw(t, "master")
		}
		if rapid.Bool().Draw(t, "notified") {
			b.Notify = []manifest.Party{party.Draw(t, "notify")}
		}
		kind := rapid.SampledFrom([]string{"CT", "BG"}).Draw(t, "package kind")
		b.PackageKind = kind
		for j := range rapid.IntRange(1, 2).Draw(t, "lines") {
			g := manifest.GoodsItem{
				Number: j + 1, Packages: count.Draw(t, "packages"), PackageKind: kind, GrossMass: quantity.Draw(t, "mass"), HS: rapid.SampledFrom([]string{"", "841370"}).Draw(t, "hs"),
				Description: strings.TrimSpace(rapid.StringOfN(rapid.SampledFrom([]rune("PUMP'S+:?海 ")), 0, 400, -1).Draw(t, "description")),
				Marks:       rapid.SampledFrom([]string{"", "NO. 1-9"}).Draw(t, "marks"),
			}
			if rapid.Bool().Draw(t, "dangerous") {
				g.Dangerous = []manifest.DangerousGoods{{Regulation: "IMD", Class: "3", UNNumber: "1263", Packing: "2", Flashpoint: "23 CEL"}}
			}
			if rapid.Bool().Draw(t, "in a container") {
				stem := rapid.StringMatching(`[A-Z]{3}U[0-9]{6}`).Draw(t, "container")
				digit, _ := codelist.ContainerCheckDigit(stem)
				unit := stem + itoa(digit)
				if !used[unit] {
					used[unit] = true
					g.Equipment = []manifest.Placement{{Number: unit, Packages: count.Draw(t, "packages"), GrossMass: quantity.Draw(t, "mass")}}
					b.Equipment = append(b.Equipment, manifest.TransportEquipment{Number: unit, Type: "CN", SizeType: "22G1", Filling: manifest.Full, CheckDigit: manifest.CheckRight, Seals: []manifest.Seal{{Number: number.Draw(t, "seal"), Party: "CA"}}, GrossMass: quantity.Draw(t, "mass")})
				}
			}
			b.Goods = append(b.Goods, g)
		}
		m.Consignments = append(m.Consignments, b)
	}
	return m
})

func TestAWrittenCargoReportIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyManifest.Draw(t, "manifest")
		var out bytes.Buffer
		if err := WriteCuscar(&out, want, Original, envelope); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		readings, err := ReadCuscar(&out)
		if err != nil || len(readings) != 1 {
			t.Fatal(err, len(readings))
		}
		r := readings[0]
		if len(r.Syntax)+len(r.Faults) > 0 || r.Function != Original {
			t.Fatal(r.Syntax, r.Faults, r.Function)
		}
		if diff := cmp.Diff(want, r.Manifest, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff, "\n", text)
		}
	})
}

func TestAWrittenManifestIsReadBackFromJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyManifest.Draw(t, "manifest")
		var out bytes.Buffer
		if err := WriteManifestJSON(&out, want, Replace); err != nil {
			t.Fatal(err)
		}
		readings, err := ReadManifestJSON(&out)
		if err != nil || len(readings) != 1 || len(readings[0].Faults) > 0 || readings[0].Function != Replace {
			t.Fatal(err, readings)
		}
		if diff := cmp.Diff(want, readings[0].Manifest, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestADirtyEnvelopeIsAnsweredByControl(t *testing.T) {
	file, err := edifact.Read(strings.NewReader("UNB+UNOA:2+LINE:ZZ+CUSTOMS+261123:0941+7'UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+3+1'UNH+2+CUSCAR:D:95B:UN'BGM+85+Y+9'UNT+9+2'UNZ+2+7'"), edifact.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteControl(&out, &file.Interchanges[0], nil, envelope); err != nil {
		t.Fatal(err)
	}
	want := "UNB+UNOY:4+LINE+CUSTOMS+20261123:0941+R1'UNH+R1+CONTRL:4:1:UN'UCI+7+LINE:ZZ+CUSTOMS+7'UCM+1+CUSCAR:D:95B:UN+7'UCM+2+CUSCAR:D:95B:UN+4+29'UNT+5+R1'UNZ+1+R1'"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	answer, err := edifact.Read(&out, edifact.Limits{})
	if err != nil || len(answer.Faults)+len(answer.Notes) > 0 {
		t.Error(err, answer.Faults, answer.Notes)
	}
}

func TestDateFormsOfCuscar(t *testing.T) {
	for _, c := range []struct{ value, form, want string }{
		{"20261123", "102", "2026-11-23"},
		{"261123", "101", "2026-11-23"},
		{"202611230941", "203", "2026-11-23T09:41:00.000000+08:00"},
		{"2611230941", "201", "2026-11-23T09:41:00.000000+08:00"},
		{"20261123094130", "204", "2026-11-23T09:41:30.000000+08:00"},
		{"202611230941UTC", "303", "2026-11-23T17:41:00.000000+08:00"},
		{"20261123", "", "2026-11-23"},
		{"20261323", "102", ""},
		{"20260230", "102", ""},
		{"202611232561", "203", ""},
		{"", "102", ""},
		{"202611230941XYZ", "303", ""},
	} {
		m, ok := moment(c.value, c.form)
		if ok != (c.want != "") || (ok && momentText(m) != c.want) {
			t.Errorf("%s as %s: %v %s", c.value, c.form, ok, momentText(m))
		}
	}
}

func TestAnInterchangeWithoutMessageIsNamed(t *testing.T) {
	_, err := ReadCuscar(strings.NewReader("UNB+UNOA:2+A+B+261123:0941+1'UNZ+0+1'"))
	if !fault.Is(err, "MSG-CUSCAR-EMPTY-01") {
		t.Error(err)
	}
}

func TestSegmentsThatMakeNoMessageAreNoManifest(t *testing.T) {
	message := "UNH+1+CUSCAR:D:95B:UN'BGM+85+X+9'UNT+3+1'"
	readings, err := ReadCuscar(strings.NewReader("UNB+UNOA:2+A+B+261123:0941+1'" + message + "UNZ+1+1'\r\nNNNN"))
	if err != nil || len(readings) != 1 || readings[0].Manifest.ID != "X" || !fault.Is(readings[0].Syntax, "EDI-ENVELOPE-04") {
		t.Errorf("%v %+v", err, readings)
	}
	_, err = ReadCuscar(strings.NewReader("UNB+UNOA:2+A+B+261123:0941+1'FTX+AAA'UNZ+1+1'"))
	if !fault.Is(err, "MSG-CUSCAR-EMPTY-01") || !fault.Is(err, "EDI-ENVELOPE-04") {
		t.Error(err)
	}
	readings, err = ReadCuscar(strings.NewReader("UNB+UNOA:2+A+B+261123:0941+1'BGM+85+X+9'UNZ+1+1'"))
	if err != nil || len(readings) != 1 || readings[0].Manifest.ID != "X" {
		t.Errorf("a report without UNH: %v %+v", err, readings)
	}
}
