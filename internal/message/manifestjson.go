package message

import (
	"encoding/json"
	"io"
	"reflect"
	"strconv"

	"seine/internal/fault"
	"seine/internal/manifest"
)

// ReadManifestJSON reads one manifest as an object or several as a list, in the
// form that WriteManifestJSON writes; what `seine decode cuscar` prints is taken
// as well. Faults: those of DecodeText, MSG-JSON-SYNTAX-01 (these stop);
// MSG-JSON-TYPE-01, MSG-JSON-FIELD-01, NUM-* and CLOCK-* by field.
func ReadManifestJSON(r io.Reader) ([]ManifestReading, error) {
	value, encoding, err := readJSON(r)
	if err != nil {
		return nil, err
	}
	items, many := value.([]any)
	if !many {
		items = []any{value}
	}
	var out []ManifestReading
	for i, item := range items {
		reading := ManifestReading{Format: "manifest-json", Encoding: encoding}
		path := ""
		if many {
			path = "/" + strconv.Itoa(i)
		}
		if object, ok := item.(map[string]any); ok {
			if inner, wrapped := object["manifest"]; wrapped && object["format"] != nil {
				item, path = inner, path+"/manifest"
			}
		}
		var body manifestBody
		fill(path, item, reflect.ValueOf(&body).Elem(), &reading.Faults)
		reading.Manifest = body.manifest(path, &reading.Faults)
		reading.Function = Function(body.Function)
		if !knownFunction(reading.Function) {
			reading.Faults = append(reading.Faults, fault.New(fault.Invalid, "MSG-JSON-FUNCTION-01", path+"/function", "“{value}” is no function of a message",
				"use original, addition, deletion, change, replace, cancellation or duplicate", "value", clip(body.Function)))
		}
		out = append(out, reading)
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "MSG-JSON-EMPTY-01", "", "the list holds no manifest", "send at least one")
	}
	return out, nil
}

func knownFunction(f Function) bool {
	switch f {
	case Original, Addition, Deletion, Change, Replace, Cancel, Duplicate, Unstated:
		return true
	}
	return false
}

// WriteManifestJSON writes one manifest.
func WriteManifestJSON(w io.Writer, m manifest.Manifest, f Function) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(bodyOf(m, f))
}

// manifest gives the words of the room for a body.
func (b manifestBody) manifest(path string, list *fault.List) manifest.Manifest {
	when := func(field, text string) manifest.Moment {
		m, err := momentOf(text)
		_ = list.Add(path+"/"+field, err)
		return m
	}
	m := manifest.Manifest{
		ID: b.ID, Kind: manifest.Kind(b.Kind), Version: max(b.Version, 1), Office: b.Office,
		Transport: manifest.Transport{
			Mode: manifest.Mode(b.Transport.Mode), MeansID: b.Transport.MeansID, MeansName: b.Transport.MeansName,
			Flag: b.Transport.Flag, Journey: b.Transport.Journey,
		},
		Carrier: b.Carrier.party(), Agent: b.Agent.party(),
		PortOfLoading: manifest.Location(b.PortOfLoading), PortOfDischarge: manifest.Location(b.PortOfDischarge),
		ArrivalEstimated: when("arrivalEstimated", b.ArrivalEstimated), ArrivalActual: when("arrivalActual", b.ArrivalActual),
		DepartureTime: when("departureTime", b.DepartureTime),
	}
	for _, bill := range b.Consignments {
		m.Consignments = append(m.Consignments, bill.bill())
	}
	m.Normalise()
	return m
}

func (b billBody) bill() manifest.BillOfLading {
	out := manifest.BillOfLading{
		Number: b.Number, Type: manifest.BillType(b.Type), Master: b.Master,
		Consignor: b.Consignor.party(), Consignee: b.Consignee.party(), ToOrder: b.ToOrder,
		Packages: stated(b.Packages), PackageKind: b.PackageKind, GrossMass: stated(b.GrossMass), Measurement: stated(b.Measurement),
		PlaceOfReceipt: manifest.Location(b.PlaceOfReceipt), PortOfLoading: manifest.Location(b.PortOfLoading),
		PortOfDischarge: manifest.Location(b.PortOfDischarge), PlaceOfDelivery: manifest.Location(b.PlaceOfDelivery),
		FinalDestination: manifest.Location(b.FinalDestination), Split: b.Split,
	}
	for i := range b.Notify {
		out.Notify = append(out.Notify, b.Notify[i].party())
	}
	for _, g := range b.Goods {
		line := manifest.GoodsItem{
			Number: g.Number, Description: g.Description, HS: g.HS, Packages: stated(g.Packages), PackageKind: g.PackageKind,
			GrossMass: stated(g.GrossMass), Measurement: stated(g.Measurement), Marks: g.Marks,
		}
		for _, d := range g.Dangerous {
			line.Dangerous = append(line.Dangerous, manifest.DangerousGoods(d))
		}
		for _, p := range g.Equipment {
			line.Equipment = append(line.Equipment, manifest.Placement{Number: p.Number, Packages: stated(p.Packages), GrossMass: stated(p.GrossMass)})
		}
		out.Goods = append(out.Goods, line)
	}
	for _, e := range b.Equipment {
		unit := manifest.TransportEquipment{Number: e.Number, Type: e.Type, SizeType: e.SizeType, Filling: manifest.Filling(e.Filling), GrossMass: stated(e.GrossMass)}
		for _, s := range e.Seals {
			unit.Seals = append(unit.Seals, manifest.Seal(s))
		}
		out.Equipment = append(out.Equipment, unit)
	}
	return out
}

func (p *partyBody) party() manifest.Party {
	if p == nil {
		return manifest.Party{}
	}
	return manifest.Party(*p)
}
