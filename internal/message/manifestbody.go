package message

import (
	"seine/internal/clock"
	"seine/internal/manifest"
	"seine/internal/num"
)

// The JSON form of a manifest. Quantities are strings, masses in kilograms,
// measurements in cubic metres; what is not stated is left out.

type manifestBody struct {
	ID               string        `json:"id"`
	Kind             string        `json:"kind"`
	Function         string        `json:"function,omitempty"`
	Version          int           `json:"version,omitempty"`
	Transport        transportBody `json:"transport"`
	Carrier          *partyBody    `json:"carrier,omitempty"`
	Agent            *partyBody    `json:"agent,omitempty"`
	Office           string        `json:"office,omitempty"`
	PortOfLoading    string        `json:"portOfLoading,omitempty"`
	PortOfDischarge  string        `json:"portOfDischarge,omitempty"`
	ArrivalEstimated string        `json:"arrivalEstimated,omitempty"` // a day or a moment
	ArrivalActual    string        `json:"arrivalActual,omitempty"`
	DepartureTime    string        `json:"departureTime,omitempty"`
	Consignments     []billBody    `json:"consignments"`
}

type transportBody struct {
	Mode      string `json:"mode,omitempty"`
	MeansID   string `json:"meansId,omitempty"`
	MeansName string `json:"meansName,omitempty"`
	Flag      string `json:"flag,omitempty"`
	Journey   string `json:"journey,omitempty"`
}

type partyBody struct {
	Code     string `json:"code,omitempty"`
	CodeList string `json:"codeList,omitempty"`
	Name     string `json:"name,omitempty"`
	Address  string `json:"address,omitempty"`
	Country  string `json:"country,omitempty"`
}

type billBody struct {
	Number           string          `json:"number"`
	Type             string          `json:"type,omitempty"`
	Master           string          `json:"master,omitempty"`
	Consignor        *partyBody      `json:"consignor,omitempty"`
	Consignee        *partyBody      `json:"consignee,omitempty"`
	Notify           []partyBody     `json:"notify,omitempty"`
	ToOrder          bool            `json:"toOrder,omitempty"`
	Packages         *num.Quantity   `json:"packages,omitempty"`
	PackageKind      string          `json:"packageKind,omitempty"`
	GrossMass        *num.Quantity   `json:"grossMass,omitempty"`
	Measurement      *num.Quantity   `json:"measurement,omitempty"`
	PlaceOfReceipt   string          `json:"placeOfReceipt,omitempty"`
	PortOfLoading    string          `json:"portOfLoading,omitempty"`
	PortOfDischarge  string          `json:"portOfDischarge,omitempty"`
	PlaceOfDelivery  string          `json:"placeOfDelivery,omitempty"`
	FinalDestination string          `json:"finalDestination,omitempty"`
	Split            bool            `json:"split,omitempty"`
	Goods            []goodsBody     `json:"goods,omitempty"`
	Equipment        []equipmentBody `json:"equipment,omitempty"`
}

type goodsBody struct {
	Number      int             `json:"number,omitempty"`
	Description string          `json:"description,omitempty"`
	HS          string          `json:"hs,omitempty"`
	Packages    *num.Quantity   `json:"packages,omitempty"`
	PackageKind string          `json:"packageKind,omitempty"`
	GrossMass   *num.Quantity   `json:"grossMass,omitempty"`
	Measurement *num.Quantity   `json:"measurement,omitempty"`
	Marks       string          `json:"marks,omitempty"`
	Dangerous   []dangerousBody `json:"dangerous,omitempty"`
	Equipment   []placementBody `json:"equipment,omitempty"`
}

type dangerousBody struct {
	Regulation string `json:"regulation,omitempty"`
	Class      string `json:"class,omitempty"`
	UNNumber   string `json:"unNumber,omitempty"`
	Packing    string `json:"packing,omitempty"`
	Flashpoint string `json:"flashpoint,omitempty"`
}

type placementBody struct {
	Number    string        `json:"number"`
	Packages  *num.Quantity `json:"packages,omitempty"`
	GrossMass *num.Quantity `json:"grossMass,omitempty"`
}

type equipmentBody struct {
	Number     string        `json:"number"`
	Type       string        `json:"type,omitempty"`
	SizeType   string        `json:"sizeType,omitempty"`
	Filling    string        `json:"filling,omitempty"`
	Seals      []sealBody    `json:"seals,omitempty"`
	GrossMass  *num.Quantity `json:"grossMass,omitempty"`
	CheckDigit string        `json:"checkDigit,omitempty"` // computed; ignored when read
}

type sealBody struct {
	Number string `json:"number"`
	Party  string `json:"party,omitempty"`
}

// bodyOf gives the JSON form of a manifest.
func bodyOf(m manifest.Manifest, f Function) manifestBody {
	out := manifestBody{
		ID: m.ID, Kind: string(m.Kind), Function: string(f), Version: m.Version,
		Transport: transportBody{string(m.Transport.Mode), m.Transport.MeansID, m.Transport.MeansName, m.Transport.Flag, m.Transport.Journey},
		Carrier:   partyBodyOf(m.Carrier), Agent: partyBodyOf(m.Agent), Office: m.Office,
		PortOfLoading: string(m.PortOfLoading), PortOfDischarge: string(m.PortOfDischarge),
		ArrivalEstimated: momentText(m.ArrivalEstimated), ArrivalActual: momentText(m.ArrivalActual), DepartureTime: momentText(m.DepartureTime),
		Consignments: []billBody{},
	}
	for _, b := range m.Consignments {
		out.Consignments = append(out.Consignments, billBodyOf(b))
	}
	return out
}

func billBodyOf(b manifest.BillOfLading) billBody {
	out := billBody{
		Number: b.Number, Type: string(b.Type), Master: b.Master,
		Consignor: partyBodyOf(b.Consignor), Consignee: partyBodyOf(b.Consignee), ToOrder: b.ToOrder,
		Packages: given(b.Packages), PackageKind: b.PackageKind, GrossMass: given(b.GrossMass), Measurement: given(b.Measurement),
		PlaceOfReceipt: string(b.PlaceOfReceipt), PortOfLoading: string(b.PortOfLoading), PortOfDischarge: string(b.PortOfDischarge),
		PlaceOfDelivery: string(b.PlaceOfDelivery), FinalDestination: string(b.FinalDestination), Split: b.Split,
	}
	for _, p := range b.Notify {
		out.Notify = append(out.Notify, partyBody(p))
	}
	for _, g := range b.Goods {
		line := goodsBody{
			Number: g.Number, Description: g.Description, HS: g.HS, Packages: given(g.Packages), PackageKind: g.PackageKind,
			GrossMass: given(g.GrossMass), Measurement: given(g.Measurement), Marks: g.Marks,
		}
		for _, d := range g.Dangerous {
			line.Dangerous = append(line.Dangerous, dangerousBody(d))
		}
		for _, p := range g.Equipment {
			line.Equipment = append(line.Equipment, placementBody{p.Number, given(p.Packages), given(p.GrossMass)})
		}
		out.Goods = append(out.Goods, line)
	}
	for _, e := range b.Equipment {
		unit := equipmentBody{Number: e.Number, Type: e.Type, SizeType: e.SizeType, Filling: string(e.Filling), GrossMass: given(e.GrossMass), CheckDigit: string(e.CheckDigit)}
		for _, s := range e.Seals {
			unit.Seals = append(unit.Seals, sealBody(s))
		}
		out.Equipment = append(out.Equipment, unit)
	}
	return out
}

func partyBodyOf(p manifest.Party) *partyBody {
	if !p.Given() {
		return nil
	}
	out := partyBody(p)
	return &out
}

func given(q num.Quantity) *num.Quantity {
	if q == 0 {
		return nil
	}
	return &q
}

func stated(q *num.Quantity) num.Quantity {
	if q == nil {
		return 0
	}
	return *q
}

// momentText writes a day as YYYY-MM-DD, a moment as RFC 3339.
func momentText(m manifest.Moment) string {
	if m.At != 0 {
		return m.At.String()
	}
	return m.Day.String()
}

// momentOf reads what momentText writes.
func momentOf(s string) (manifest.Moment, error) {
	if s == "" {
		return manifest.Moment{}, nil
	}
	if len(s) == 10 {
		day, err := clock.ParseDate(s)
		return manifest.Moment{Day: day}, err
	}
	var at clock.Instant
	if err := at.UnmarshalText([]byte(s)); err != nil {
		return manifest.Moment{}, err
	}
	return manifest.MomentOf(at), nil
}
