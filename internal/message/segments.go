package message

import (
	"bytes"
	"strings"

	"seine/internal/message/edifact"
)

// line is a segment that remembers which of its components were read, so that
// what no field holds can be kept.
type line struct {
	edifact.Segment
	read [32]uint32 // by element, one bit for each component
}

func (l *line) get(element, component int) string {
	if element < len(l.read) && component < 32 {
		l.read[element] |= 1 << component
	}
	return strings.TrimSpace(l.Get(element, component))
}

// all gives the components from first on that say something.
func (l *line) all(element, first int) []string {
	var out []string
	for c := first; c <= len(l.Components(element)); c++ {
		if v := l.get(element, c); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// code reads a composite of a code, its list, the agency that keeps the list,
// and the plain name.
func (l *line) code(element, first int) Code {
	return Code{Code: l.get(element, first), List: l.get(element, first+1), Agency: l.get(element, first+2), Name: l.get(element, first+3)}
}

// unread tells whether the segment says something that nobody asked for.
func (l *line) unread() bool {
	for e, element := range l.Data {
		for r, repeat := range element {
			for c, v := range repeat {
				known := r == 0 && e+1 < len(l.read) && c+1 < 32 && l.read[e+1]&(1<<(c+1)) != 0
				if !known && strings.TrimSpace(v) != "" {
					return true
				}
			}
		}
	}
	return false
}

// spelled gives the segment as it is written with the usual separators.
func spelled(s edifact.Segment) string {
	var out bytes.Buffer
	w := edifact.NewWriter(&out, edifact.Default(4), "UNOY")
	if w.Segment(s) != nil || w.Flush() != nil {
		return s.Tag
	}
	return strings.TrimSuffix(out.String(), "'")
}

// Code is a code with the list and the agency that it is of (1131, 3055), or a
// plain name in place of or beside it.
type Code struct {
	Code   string `json:"code,omitempty"`
	List   string `json:"list,omitempty"`
	Agency string `json:"agency,omitempty"`
	Name   string `json:"name,omitempty"`
}

// Part is what one group of segments says: the head of a message, a container, a
// line of goods, a party. Groups within it are Parts of their own.
type Part struct {
	Identities  []Code            `json:"customsIdentities,omitempty"` // CST: commodity code, procedure
	References  []*EDIReference   `json:"references,omitempty"`
	Dates       []EDIDate         `json:"dates,omitempty"`
	Places      []EDIPlace        `json:"places,omitempty"`
	Parties     []*EDIParty       `json:"parties,omitempty"`
	Contacts    []EDIContact      `json:"contacts,omitempty"`
	Transports  []*EDITransport   `json:"transports,omitempty"`
	Movements   []EDIMovement     `json:"movements,omitempty"`
	Measures    []EDIMeasure      `json:"measures,omitempty"`
	Quantities  []EDIMeasure      `json:"quantities,omitempty"`
	Ranges      []EDIMeasure      `json:"ranges,omitempty"`
	Dimensions  []EDIDimension    `json:"dimensions,omitempty"`
	Temperature []*EDITemperature `json:"temperatures,omitempty"`
	Seals       []EDISeal         `json:"seals,omitempty"`
	Attached    []EDIAttached     `json:"attached,omitempty"`
	Dangerous   []*EDIDangerous   `json:"dangerousGoods,omitempty"`
	Damages     []*EDIDamage      `json:"damages,omitempty"`
	Handling    []Code            `json:"handling,omitempty"`
	Nature      []Code            `json:"natureOfCargo,omitempty"`
	Products    []EDIProduct      `json:"products,omitempty"`
	Texts       []EDIText         `json:"texts,omitempty"`
	Indicators  []*EDIIndicator   `json:"indicators,omitempty"`
	Amounts     []*EDIAmount      `json:"amounts,omitempty"`
	Currencies  []EDICurrency     `json:"currencies,omitempty"`
	Percentages []EDIMeasure      `json:"percentages,omitempty"`
	Packages    []*EDIPackage     `json:"packages,omitempty"`
	Marks       []*EDIMarks       `json:"marks,omitempty"`
	Placements  []EDIPlacement    `json:"placements,omitempty"`
	Terms       []*EDITerms       `json:"termsOfDelivery,omitempty"`
	Allowances  []*EDIAllowance   `json:"allowances,omitempty"`
	Payments    []*EDIPayment     `json:"termsOfPayment,omitempty"`
	Prices      []EDIPrice        `json:"prices,omitempty"`
	Rates       []EDIMeasure      `json:"rates,omitempty"`
	Variances   []*EDIVariance    `json:"variances,omitempty"`
	Numbers     []*EDINumbers     `json:"numbers,omitempty"`
	Documents   []*EDIDocument    `json:"documents,omitempty"`
	Duties      []*EDIDuty        `json:"duties,omitempty"`
	Errors      []*EDIError       `json:"errors,omitempty"`
	Codes       []*EDIErrorCode   `json:"errorCodes,omitempty"`
	Totals      []EDITotal        `json:"totals,omitempty"`
	Equipment   []*EDIEquipment   `json:"equipment,omitempty"`
	Goods       []*EDIGoods       `json:"goods,omitempty"`
	Invoices    []*EDIInvoice     `json:"invoices,omitempty"`
	Lines       []*EDILine        `json:"lines,omitempty"`
}

// EDIReference is a number that something is known by (RFF).
type EDIReference struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Number    string `json:"number,omitempty"`
	Line      string `json:"line,omitempty"`
	Version   string `json:"version,omitempty"`
	Part
}

// EDIDate is a day, a time or a period (DTM). When is its ISO 8601 form, with a
// zone only where the message states one; Until is the end of a period.
type EDIDate struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Value     string `json:"value,omitempty"`
	Form      string `json:"form,omitempty"`
	When      string `json:"when,omitempty"`
	Until     string `json:"until,omitempty"`
	Of        int    `json:"of,omitempty"` // segment of the place or reference that it directly follows
}

// EDIPlace is a place by its use (LOC).
type EDIPlace struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Code
	Within   []Code `json:"related,omitempty"` // terminal, berth, country of the place
	Relation string `json:"relation,omitempty"`
}

// EDIParty is somebody by role (NAD).
type EDIParty struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Code
	Address  []string `json:"address,omitempty"` // name and address, not structured
	Street   []string `json:"street,omitempty"`
	City     string   `json:"city,omitempty"`
	Region   string   `json:"region,omitempty"`
	Postcode string   `json:"postcode,omitempty"`
	Country  string   `json:"country,omitempty"`
	Part
}

// EDIContact is a person or department (CTA), or a way to reach one (COM).
type EDIContact struct {
	Segment  int    `json:"segment"`
	Function string `json:"function,omitempty"`
	Code     string `json:"code,omitempty"`
	Name     string `json:"name,omitempty"`
	Address  string `json:"address,omitempty"`
	Channel  string `json:"channel,omitempty"`
}

// EDITransport is a stage of transport (TDT).
type EDITransport struct {
	Segment int    `json:"segment"`
	Stage   string `json:"stage,omitempty"`
	Journey string `json:"journey,omitempty"`
	Mode    string `json:"mode,omitempty"`
	ModeSay string `json:"modeName,omitempty"`
	Kind    Code   `json:"kind,omitzero"`
	Carrier Code   `json:"carrier,omitzero"`
	Means   Code   `json:"means,omitzero"` // IMO number, call sign or plate, with the name
	Flag    string `json:"flag,omitempty"`
	Part
}

// EDIMovement is how the unit moves (TMD), such as full to full, and who hauls it.
type EDIMovement struct {
	Segment int    `json:"segment"`
	Kind    string `json:"kind,omitempty"`
	Name    string `json:"name,omitempty"`
	Plan    string `json:"plan,omitempty"`
	Haulage string `json:"haulage,omitempty"`
}

// EDIMeasure is a measured value (MEA), a quantity (QTY), a percentage (PCD) or a
// range (RNG). Value is written with a point; Kilograms is given for masses in a
// unit of Recommendation 20.
type EDIMeasure struct {
	Segment      int    `json:"segment"`
	Qualifier    string `json:"qualifier,omitempty"`
	Attribute    string `json:"attribute,omitempty"`
	Significance string `json:"significance,omitempty"`
	Value        string `json:"value,omitempty"`
	Unit         string `json:"unit,omitempty"`
	Minimum      string `json:"minimum,omitempty"`
	Maximum      string `json:"maximum,omitempty"`
	Kilograms    string `json:"kilograms,omitempty"`
}

// EDIDimension is length, width and height (DIM).
type EDIDimension struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Unit      string `json:"unit,omitempty"`
	Length    string `json:"length,omitempty"`
	Width     string `json:"width,omitempty"`
	Height    string `json:"height,omitempty"`
}

// EDITemperature is a temperature to be kept or met (TMP).
type EDITemperature struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Value     string `json:"value,omitempty"`
	Unit      string `json:"unit,omitempty"`
	Part
}

// EDISeal is a seal on the unit (SEL).
type EDISeal struct {
	Segment   int    `json:"segment"`
	Number    string `json:"number,omitempty"`
	Last      string `json:"last,omitempty"` // of a range of numbers
	Issuer    Code   `json:"issuer,omitzero"`
	Condition string `json:"condition,omitempty"`
}

// EDIAttached is equipment on which or in which the unit stands (EQA).
type EDIAttached struct {
	Segment int    `json:"segment"`
	Type    string `json:"type,omitempty"`
	Number  string `json:"number,omitempty"`
}

// EDIDangerous is dangerous goods (DGS).
type EDIDangerous struct {
	Segment    int      `json:"segment"`
	Regulation string   `json:"regulation,omitempty"`
	Class      string   `json:"class,omitempty"`
	SubClass   string   `json:"additionalClass,omitempty"`
	Edition    string   `json:"edition,omitempty"`
	UNNumber   string   `json:"unNumber,omitempty"`
	Flashpoint string   `json:"flashpoint,omitempty"`
	Unit       string   `json:"flashpointUnit,omitempty"`
	Packing    string   `json:"packingGroup,omitempty"`
	EmS        string   `json:"ems,omitempty"`
	Labels     []string `json:"labels,omitempty"`
	Part
}

// EDIDamage is damage to the unit (DAM).
type EDIDamage struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Kind      Code   `json:"kind,omitzero"`
	Area      Code   `json:"area,omitzero"`
	Severity  Code   `json:"severity,omitzero"`
	Part
}

// EDIProduct is a further code of the goods (PIA, LIN) or their description (IMD).
type EDIProduct struct {
	Segment int    `json:"segment"`
	Kind    string `json:"kind,omitempty"`
	Number  string `json:"number,omitempty"`
	Text    string `json:"text,omitempty"`
	List    string `json:"list,omitempty"`
	Agency  string `json:"agency,omitempty"`
}

// EDIText is free text (FTX).
type EDIText struct {
	Segment  int    `json:"segment"`
	Subject  string `json:"subject,omitempty"`
	Function string `json:"function,omitempty"`
	Coded    Code   `json:"coded,omitzero"`
	Text     string `json:"text,omitempty"`
	Language string `json:"language,omitempty"`
}

// EDIIndicator is a coded statement, request or answer (GIS, GEI).
type EDIIndicator struct {
	Segment  int    `json:"segment"`
	Category string `json:"category,omitempty"` // GEI only
	Code
	Process string `json:"process,omitempty"`
	Part
}

// EDIAmount is an amount of money (MOA), written with a point.
type EDIAmount struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Value     string `json:"value,omitempty"`
	Currency  string `json:"currency,omitempty"`
	Use       string `json:"currencyUse,omitempty"`
	Status    string `json:"status,omitempty"`
	Part
}

// EDICurrency is a pair of currencies with their rate (CUX).
type EDICurrency struct {
	Segment   int    `json:"segment"`
	Use       string `json:"use,omitempty"`
	Currency  string `json:"currency,omitempty"`
	Qualifier string `json:"qualifier,omitempty"`
	TargetUse string `json:"targetUse,omitempty"`
	Target    string `json:"target,omitempty"`
	Rate      string `json:"rate,omitempty"`
}

// EDIPackage is a number of packages of one kind (PAC).
type EDIPackage struct {
	Segment int    `json:"segment"`
	Count   string `json:"count,omitempty"`
	Level   string `json:"level,omitempty"`
	Kind    Code   `json:"kind,omitzero"`
	Part
}

// EDIMarks is marks and numbers on packages (PCI).
type EDIMarks struct {
	Segment     int      `json:"segment"`
	Instruction string   `json:"instruction,omitempty"`
	Lines       []string `json:"lines,omitempty"`
	Part
}

// EDIPlacement is how much of a goods item is in a unit (SGP).
type EDIPlacement struct {
	Segment int    `json:"segment"`
	Number  string `json:"number,omitempty"`
	Count   string `json:"count,omitempty"`
}

// EDITerms is terms of delivery (TOD).
type EDITerms struct {
	Segment  int    `json:"segment"`
	Function string `json:"function,omitempty"`
	Payment  string `json:"payment,omitempty"`
	Code
	Part
}

// EDIDocument is a document that is produced or answered (DOC).
type EDIDocument struct {
	Segment int    `json:"segment"`
	Kind    Code   `json:"kind,omitzero"`
	Number  string `json:"number,omitempty"`
	Status  string `json:"status,omitempty"`
	Source  string `json:"source,omitempty"`
	Part
}

// EDIDuty is a duty, tax or fee (TAX); its amounts follow in Part.
type EDIDuty struct {
	Segment  int    `json:"segment"`
	Function string `json:"function,omitempty"`
	Type     Code   `json:"type,omitzero"`
	Account  Code   `json:"account,omitzero"`
	Base     string `json:"base,omitempty"`
	RateCode string `json:"rateCode,omitempty"`
	Rate     string `json:"rate,omitempty"`
	RateBase string `json:"rateBase,omitempty"`
	Category string `json:"category,omitempty"`
	Party    string `json:"partyNumber,omitempty"`
	Part
}

// EDIError is the point of an error in the answered message (ERP).
type EDIError struct {
	Segment   int    `json:"segment"`
	Section   string `json:"section,omitempty"`
	Item      string `json:"item,omitempty"`
	SubItem   string `json:"subItem,omitempty"`
	Tag       string `json:"tag,omitempty"`
	Position  string `json:"position,omitempty"`
	SectionIs string `json:"sectionMeans,omitempty"`
	Part
}

// EDIErrorCode is what is wrong at the point (ERC).
type EDIErrorCode struct {
	Segment int `json:"segment"`
	Code
	Part
}

// EDITotal is a control total (CNT).
type EDITotal struct {
	Segment   int    `json:"segment"`
	Qualifier string `json:"qualifier,omitempty"`
	Value     string `json:"value,omitempty"`
	Unit      string `json:"unit,omitempty"`
}

// EDIEquipment is a container or other unit (EQD).
type EDIEquipment struct {
	Segment    int    `json:"segment"`
	Type       string `json:"type,omitempty"`
	Number     string `json:"number,omitempty"`
	CheckDigit string `json:"checkDigit,omitempty"` // of ISO 6346: right, wrong or incomplete
	Expected   string `json:"checkDigitExpected,omitempty"`
	Country    string `json:"country,omitempty"`
	SizeType   Code   `json:"sizeType,omitzero"`
	Supplier   string `json:"supplier,omitempty"`
	Status     string `json:"status,omitempty"`
	StatusIs   string `json:"statusMeans,omitempty"`
	Filling    string `json:"filling,omitempty"`
	FillingIs  string `json:"fillingMeans,omitempty"`
	Part
}

// EDIGoods is a goods item (GID).
type EDIGoods struct {
	Segment int    `json:"segment"`
	Number  string `json:"number,omitempty"`
	Part
}

// EDIInvoice is a commercial document with its lines (DMS).
type EDIInvoice struct {
	Segment int    `json:"segment"`
	Number  string `json:"number,omitempty"`
	Kind    Code   `json:"kind,omitzero"`
	Part
}

// EDILine is a line of a declaration (CST) or of an invoice (LIN).
type EDILine struct {
	Segment int    `json:"segment"`
	Number  string `json:"number,omitempty"`
	Part
}

// EDIAllowance is something that is added to a price or taken off it (ALC).
type EDIAllowance struct {
	Segment    int    `json:"segment"`
	Kind       string `json:"kind,omitempty"`
	Means      string `json:"kindMeans,omitempty"`
	Number     string `json:"number,omitempty"`
	Code       string `json:"code,omitempty"`
	Settlement string `json:"settlement,omitempty"`
	Sequence   string `json:"sequence,omitempty"`
	Service    Code   `json:"service,omitzero"`
	Part
}

// allowances says what the kinds of allowance are (5463).
var allowances = map[string]string{"A": "allowance", "B": "total other", "C": "charge", "E": "charge per line", "F": "allowance per line", "N": "no allowance or charge"}

// EDIPayment is how and when is paid (PYT, and PAT before it).
type EDIPayment struct {
	Segment   int    `json:"segment"`
	Type      string `json:"type,omitempty"`
	Terms     Code   `json:"terms,omitzero"`
	Reference string `json:"reference,omitempty"` // what the time counts from
	Relation  string `json:"relation,omitempty"`
	Period    string `json:"period,omitempty"`
	Count     string `json:"count,omitempty"`
	Part
}

// EDIPrice is a price of one or of several (PRI).
type EDIPrice struct {
	Segment       int    `json:"segment"`
	Qualifier     string `json:"qualifier,omitempty"`
	Value         string `json:"value,omitempty"`
	Type          string `json:"type,omitempty"`
	Specification string `json:"specification,omitempty"`
	Basis         string `json:"basis,omitempty"` // quantity that it is the price of
	Unit          string `json:"unit,omitempty"`
	Change        string `json:"change,omitempty"`
}

// EDIVariance is by how much a quantity differs, and why (QVR).
type EDIVariance struct {
	Segment     int    `json:"segment"`
	Quantity    string `json:"quantity,omitempty"`
	Qualifier   string `json:"qualifier,omitempty"`
	Discrepancy string `json:"discrepancy,omitempty"`
	Reason      Code   `json:"reason,omitzero"`
	Part
}

// EDINumbers are numbers by which single goods are known: serial numbers, vehicle
// identification numbers (GIN, GIR).
type EDINumbers struct {
	Segment   int         `json:"segment"`
	Qualifier string      `json:"qualifier,omitempty"`
	List      []EDINumber `json:"list,omitempty"`
	Part
}

// EDINumber is one of them, or a range.
type EDINumber struct {
	Number    string `json:"number"`
	Last      string `json:"last,omitempty"` // of a range
	Qualifier string `json:"qualifier,omitempty"`
	Status    string `json:"status,omitempty"`
}
