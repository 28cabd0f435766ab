package manifest

import (
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/num"
)

// Kind says which of the four lists a manifest is (DR §1.2).
type Kind string

const (
	Original   Kind = "original"    // inbound: primary data, later secondary data (原始舱单)
	PreStowage Kind = "pre-stowage" // outbound: what is planned to be loaded (预配舱单)
	Loading    Kind = "loading"     // outbound: what is being loaded (装载舱单)
	Tally      Kind = "tally"       // what was counted at the quay or apron (理货报告)
)

// Mode is how the goods are moved, coded as UN/ECE Recommendation 19.
type Mode string

const (
	Sea         Mode = "1"
	Rail        Mode = "2"
	Road        Mode = "3"
	Air         Mode = "4"
	Mail        Mode = "5"
	Multimodal  Mode = "6"
	Fixed       Mode = "7"
	InlandWater Mode = "8"
)

// Location is a UN/LOCODE, five characters such as CNSHA; "" is not given.
type Location = codelist.LocationCode

// Moment is a point in time as a carrier states it: often only the day is
// known. The zero value is not given.
type Moment struct {
	Day clock.Date    // legal day
	At  clock.Instant // the moment itself; 0 when only the day was stated
}

// Given tells whether anything was stated.
func (m Moment) Given() bool { return m != Moment{} }

// MomentOf gives the moment at, with its legal day.
func MomentOf(at clock.Instant) Moment { return Moment{Day: at.Date(), At: at} }

// Transport is the means of transport and its journey (WCO BorderTransportMeans).
type Transport struct {
	Mode      Mode
	MeansID   string // IMO number, registration or call sign, normalised
	MeansName string // as painted on it
	Flag      string // nationality, ISO 3166 alpha-2
	Journey   string // voyage or flight number, normalised
}

// Given tells whether anything is known of the transport.
func (t Transport) Given() bool { return t != Transport{} }

// Party is one party to a consignment as the carrier names it.
type Party struct {
	Code     string // company code: 18-character credit code where the party has one
	CodeList string // who gives out the code, as the message states it ("" unknown)
	Name     string
	Address  string // lines joined by ", "
	Country  string // ISO 3166 alpha-2
}

// Given tells whether anything is known of the party.
func (p Party) Given() bool { return p != Party{} }

// Manifest is one manifest of one means of transport on one journey.
// Empty texts and zero quantities mean “not given”: nothing is filled in that
// the carrier did not state.
type Manifest struct {
	ID               string // the carrier's document number, normalised
	Kind             Kind
	Transport        Transport
	Carrier          Party
	Agent            Party    // who files for the carrier
	Office           string   // customs office lodged with, as stated
	PortOfLoading    Location // where the journey's goods came on board, when one port is stated for all
	PortOfDischarge  Location // where they leave it
	ArrivalEstimated Moment   // at the port of discharge
	ArrivalActual    Moment
	DepartureTime    Moment        // from the port of loading: estimated, or actual once it has happened
	SubmittedAt      clock.Instant // when customs received it; set by the receiver
	Version          int           // 1 at first, one more with every accepted amendment
	Consignments     []BillOfLading
	State            State
}

// Inbound tells whether the manifest brings goods in; pre-stowage and loading
// manifests take them out. A tally report follows the ship it counts: it counts
// as inbound when a port of discharge or an arrival is stated and no departure.
func (m Manifest) Inbound() bool {
	switch m.Kind {
	case PreStowage, Loading:
		return false
	case Tally:
		return !m.DepartureTime.Given()
	default:
		return true
	}
}

// BillType relates a bill of lading to others (DR §1.3).
type BillType string

const (
	Straight BillType = "straight" // between carrier and shipper, nothing below it
	Master   BillType = "master"   // consolidates house bills
	House    BillType = "house"    // of a forwarder, below a master
)

// BillOfLading is one transport document on a manifest (WCO Consignment).
type BillOfLading struct {
	Number           string // normalised, see NormalNumber
	Type             BillType
	Master           string // number of the master bill, for a house bill
	Consignor        Party
	Consignee        Party
	Notify           []Party
	ToOrder          bool // negotiable: the consignee is whoever holds the bill
	Packages         num.Quantity
	PackageKind      string       // UN/ECE Recommendation 21, such as CT; "" when lines differ
	GrossMass        num.Quantity // kg
	Measurement      num.Quantity // m³
	Goods            []GoodsItem
	Equipment        []TransportEquipment
	PlaceOfReceipt   Location
	PortOfLoading    Location
	PortOfDischarge  Location
	PlaceOfDelivery  Location
	FinalDestination Location
	Split            bool // this is one of several parts of the bill's goods (part shipment)
	State            BillState
}

// GoodsItem is one line of goods on a bill of lading (WCO GovernmentAgencyGoodsItem,
// shortened).
type GoodsItem struct {
	Number      int // as stated, from 1
	Description string
	HS          string // commodity code when given, digits only, 4 to 13
	Packages    num.Quantity
	PackageKind string       // UN/ECE Recommendation 21
	GrossMass   num.Quantity // kg
	Measurement num.Quantity // m³
	Marks       string
	Dangerous   []DangerousGoods
	Equipment   []Placement // which containers hold how much of this line
}

// DangerousGoods is one dangerous-goods statement of a line.
type DangerousGoods struct {
	Regulation string // IMD (IMDG), ICA (ICAO), ADR …, as stated
	Class      string // hazard class, such as 3 or 2.1
	UNNumber   string // four digits
	Packing    string // packing group
	Flashpoint string // with its unit, as stated
}

// Placement is how much of a line stands in one piece of equipment. Zero
// packages or mass: not stated per container.
type Placement struct {
	Number    string
	Packages  num.Quantity
	GrossMass num.Quantity // kg
}

// Filling tells what is in a container.
type Filling string

const (
	Full  Filling = "full"
	Empty Filling = "empty"
)

// TransportEquipment is one container or other unit (WCO class of that name).
type TransportEquipment struct {
	Number     string // normalised; ISO 6346 for containers
	Type       string // CN container, TE trailer …, UN/EDIFACT 8053
	SizeType   string // ISO 6346 size and type, such as 45G1
	Filling    Filling
	Seals      []Seal
	GrossMass  num.Quantity // kg, when stated for the unit
	CheckDigit CheckDigit
}

// Seal is one seal on a container.
type Seal struct {
	Number string
	Party  string // who put it on: CA carrier, SH shipper, CU customs …, as stated
}

// CheckDigit is the verdict on a container number's check digit (ISO 6346).
type CheckDigit string

const (
	CheckUnknown CheckDigit = ""           // not a container number, or not looked at yet
	CheckRight   CheckDigit = "right"      // the digit is the computed one
	CheckWrong   CheckDigit = "wrong"      // it is another
	CheckAbsent  CheckDigit = "incomplete" // ten characters, no digit
)
