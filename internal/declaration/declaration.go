package declaration

import (
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/num"
)

// Kind says which of the two forms a declaration is (DR §1.4).
type Kind string

const (
	BillOfEntry Kind = "bill_of_entry" // 报关单: second line and ordinary imports and exports
	FilingBill  Kind = "filing_bill"   // 备案清单: first line, filed by the zone enterprise
)

// FilingType is the type of a filing bill (DR §1.4).
type FilingType int

const (
	FilingNormal             FilingType = 1 // ordinary filing bill
	FilingEnterFirst         FilingType = 2 // first enter, then declare
	FilingCentralized        FilingType = 3 // centralized filing bill
	FilingCentralizedOfEntry FilingType = 4 // centralized bill of entry
)

// Direction says which way the goods go.
type Direction string

const (
	Import Direction = "import"
	Export Direction = "export"
)

// Codes are typed so that two of them cannot change places by mistake. Those of
// published lists are the types of the code lists themselves.
type (
	OfficeCode        = codelist.OfficeCode          // four digits
	CountryCode       = codelist.CountryCode         // ISO 3166 alpha-2
	CurrencyCode      = codelist.CurrencyCode        // ISO 4217
	UnitCode          = codelist.UnitCode            // UN/ECE Recommendation 20, such as KGM
	PackageCode       = codelist.PackageCode         // UN/ECE Recommendation 21, such as CT
	PortCode          = codelist.LocationCode        // UN/LOCODE
	TransportModeCode = codelist.TransportModeCode   // 2 water, 3 rail, 4 road, 5 air, 6 mail …
	TradeModeCode     = codelist.SupervisionModeCode // supervision mode (监管方式), four digits
	LevyNatureCode    = codelist.LevyNatureCode      // nature of levy (征免性质), three digits
	LevyModeCode      = codelist.ReliefModeCode      // levy mode of a line (征减免税方式), one digit
)

// CommodityCode is ten digits of the national nomenclature.
type CommodityCode string

// UnknownCountry stands for goods whose origin or departure cannot be told. The
// general rate applies to them (DR §5.2).
const UnknownCountry CountryCode = "ZZ"

// Party is one party to a declaration. A party inside China is named by its
// credit code, its customs registration code, or both.
type Party struct {
	CreditCode  string      `json:"creditCode,omitempty"`  // unified social credit code, 18 characters
	CustomsCode string      `json:"customsCode,omitempty"` // customs registration code, 10 characters
	Name        string      `json:"name,omitempty"`
	ForeignCode string      `json:"foreignCode,omitempty"` // code given abroad, such as an AEO number
	Country     CountryCode `json:"country,omitempty"`
}

// Given tells whether anything is stated of the party.
func (p Party) Given() bool { return p != Party{} }

// Code gives the code that identifies the party: credit code, else customs
// code, else the foreign one.
func (p Party) Code() string {
	switch {
	case p.CreditCode != "":
		return p.CreditCode
	case p.CustomsCode != "":
		return p.CustomsCode
	}
	return p.ForeignCode
}

// Transport is the means that crosses the border (WCO BorderTransportMeans).
type Transport struct {
	Mode   TransportModeCode `json:"mode,omitempty"`
	Name   string            `json:"name,omitempty"`   // vessel, flight or plate
	Voyage string            `json:"voyage,omitempty"` // voyage or flight number
}

// ChargeMark says how freight, insurance or another charge is stated (DR §5.1).
type ChargeMark string

const (
	ChargeRate  ChargeMark = "1" // a percentage of the price
	ChargeUnit  ChargeMark = "2" // money per tonne
	ChargeTotal ChargeMark = "3" // one sum for the bill
)

// Charge is freight, insurance or another charge with its mark.
type Charge struct {
	Mark     ChargeMark   `json:"mark"`
	Rate     num.Rate     `json:"rate,omitempty"`     // with mark 1: 0.003 is 0.3 %
	Amount   num.Money    `json:"amount,omitempty"`   // with mark 2 per tonne, with mark 3 in all
	Currency CurrencyCode `json:"currency,omitempty"` // with marks 2 and 3
}

// Terms are the terms of sale as Incoterms name them.
type Terms string

const (
	CIF Terms = "CIF" // price includes insurance and freight
	CFR Terms = "CFR" // price includes freight
	FOB Terms = "FOB" // price includes neither
	EXW Terms = "EXW" // price at the seller's door
	CAI Terms = "C&I" // price includes insurance only
)

// Licence is one licence or supervision certificate that covers the goods.
type Licence struct {
	Kind   string `json:"kind"` // supervision certificate code, such as 1 import licence
	Number string `json:"number"`
	Line   int    `json:"line,omitempty"` // line covered, 0 for all
}

// Confirmations are the declarant's special confirmations on value (DR §1.4).
type Confirmations struct {
	Relationship   bool `json:"relationship"`   // buyer and seller are related
	PriceInfluence bool `json:"priceInfluence"` // the relation influenced the price
	Royalties      bool `json:"royalties"`      // royalties are paid
}

// TransportEquipment is one container that carries the goods.
type TransportEquipment struct {
	Number   string   `json:"number"`             // ISO 6346, eleven characters
	SizeType string   `json:"sizeType,omitempty"` // ISO 6346 size and type
	Seals    []string `json:"seals,omitempty"`
	Lines    []int    `json:"lines,omitempty"` // line numbers inside, empty: not stated
}

// DutyTaxFee is one tax figure that the enterprise computed by itself (DR §3.4).
type DutyTaxFee struct {
	Kind   string    `json:"kind"` // duty, consumption, vat, antidumping …
	Line   int       `json:"line,omitempty"`
	Rate   num.Rate  `json:"rate,omitempty"`
	Amount num.Money `json:"amount"` // CNY
}

// Supplied names one element that the source did not state and a mapping filled
// in, with the mapping's reason.
type Supplied struct {
	Path   string `json:"path"` // RFC 6901 pointer into the declaration
	Reason string `json:"reason"`
}

// Label is the result of an inspection that is already known, such as those of
// a training set. It is feedback for risk, never part of what was declared.
type Label struct {
	Fraud    bool   `json:"fraud"`
	Critical int    `json:"critical,omitempty"` // 0 none, 1 critical, 2 most critical, as the source grades it
	Source   string `json:"source"`
}

// Times are the moments of a declaration's life; 0 is not yet.
type Times struct {
	Created        clock.Instant `json:"created,omitempty"`
	Submitted      clock.Instant `json:"submitted,omitempty"`
	Accepted       clock.Instant `json:"accepted,omitempty"` // WCO 023: from here the declaration has legal effect
	Assessed       clock.Instant `json:"assessed,omitempty"`
	Taxed          clock.Instant `json:"taxed,omitempty"`
	Settled        clock.Instant `json:"settled,omitempty"` // tax paid or guaranteed
	Released       clock.Instant `json:"released,omitempty"`
	Closed         clock.Instant `json:"closed,omitempty"`
	Returned       clock.Instant `json:"returned,omitempty"`
	Deleted        clock.Instant `json:"deleted,omitempty"`
	CorrectionOpen clock.Instant `json:"correctionOpen,omitempty"` // amendment or deletion requested
	CorrectionDone clock.Instant `json:"correctionDone,omitempty"`
}

// ConfirmationRef is what a declaration keeps of its last three-document
// confirmation. Release guards on the manifest version.
type ConfirmationRef struct {
	Result          Result        `json:"result"`
	Manifest        string        `json:"manifest,omitempty"`
	ManifestVersion int           `json:"manifestVersion,omitempty"`
	At              clock.Instant `json:"at,omitempty"`
}

// Declaration is one bill of entry or filing bill (WCO Declaration with its one
// GoodsShipment). Empty texts and zero numbers mean “not given”.
type Declaration struct {
	ID               string     `json:"id"`
	Number           string     `json:"number,omitempty"`         // 18 digits, given at acceptance
	PreEntryNumber   string     `json:"preEntryNumber,omitempty"` // 18 characters, given when drafted
	Kind             Kind       `json:"kind"`
	FilingType       FilingType `json:"filingType,omitempty"`
	Direction        Direction  `json:"direction"`
	Procedure        string     `json:"procedure"` // supervision mode of the zone, a file under procedures/
	ProcedureVersion int        `json:"procedureVersion,omitempty"`
	State            State      `json:"state"`
	Version          int64      `json:"version,omitempty"`

	EntryOffice      OfficeCode `json:"entryOffice,omitempty"`      // port of entry or exit (进出境关别)
	CompetentOffice  OfficeCode `json:"competentOffice,omitempty"`  // where it is lodged and judged (申报地海关)
	InspectionOffice OfficeCode `json:"inspectionOffice,omitempty"` // where goods are inspected, when another (DR §3.17)

	DeclaredOn clock.Date `json:"declaredOn,omitempty"`
	EntryOn    clock.Date `json:"entryOn,omitempty"` // day the transport declared entry, or of export

	Consignee Party `json:"consignee,omitzero"` // the party inside China: consignee on import, consignor on export
	Overseas  Party `json:"overseas,omitzero"`  // the party abroad
	Owner     Party `json:"owner,omitzero"`     // who consumes or made the goods (消费使用／生产销售单位)
	Declarant Party `json:"declarant,omitzero"`

	BookNumber   string    `json:"bookNumber,omitempty"`   // account book (备案号)
	ListNumber   string    `json:"listNumber,omitempty"`   // verification list it was made from
	Transport    Transport `json:"transport,omitzero"`     //
	Manifest     string    `json:"manifest,omitempty"`     // manifest the bill of lading stands on
	BillOfLading string    `json:"billOfLading,omitempty"` //

	TradeMode        TradeModeCode  `json:"tradeMode,omitempty"`
	LevyNature       LevyNatureCode `json:"levyNature,omitempty"`
	TradeCountry     CountryCode    `json:"tradeCountry,omitempty"`     // of the contract partner
	DepartureCountry CountryCode    `json:"departureCountry,omitempty"` // of departure, or of destination on export
	Port             PortCode       `json:"port,omitempty"`             // of loading, or of discharge abroad on export
	TransitPort      PortCode       `json:"transitPort,omitempty"`      // last port called at

	Terms       Terms        `json:"terms,omitempty"`
	Freight     *Charge      `json:"freight,omitempty"`
	Insurance   *Charge      `json:"insurance,omitempty"`
	Other       *Charge      `json:"other,omitempty"`
	TotalAmount num.Money    `json:"totalAmount,omitempty"` // of the invoice, 0 when not stated
	Currency    CurrencyCode `json:"currency,omitempty"`    // of the invoice and of lines that name none

	Packages    num.Quantity `json:"packages,omitempty"` // whole packages
	PackageKind PackageCode  `json:"packageKind,omitempty"`
	GrossMass   num.Quantity `json:"grossMass,omitempty"` // kg
	NetMass     num.Quantity `json:"netMass,omitempty"`   // kg

	Contract      string               `json:"contract,omitempty"`
	Licences      []Licence            `json:"licences,omitempty"`
	Confirmations *Confirmations       `json:"confirmations,omitempty"`
	Equipment     []TransportEquipment `json:"equipment,omitempty"`
	GoodsPlace    string               `json:"goodsPlace,omitempty"` // where the goods stand
	Marks         string               `json:"marks,omitempty"`
	Remarks       string               `json:"remarks,omitempty"`
	RelatedNumber string               `json:"relatedNumber,omitempty"` // related declaration, for transfers
	RelatedBook   string               `json:"relatedBook,omitempty"`

	Lines []GoodsItem `json:"lines"`
	Levy  *LevyChoice `json:"levy,omitempty"` // of goods made in the zone and sold into the country

	DeclaredTax []DutyTaxFee     `json:"declaredTax,omitempty"`
	Channel     string           `json:"channel,omitempty"` // of the last verdict: low, medium, high
	Verdict     string           `json:"verdict,omitempty"` // its why card
	Confirmed   *ConfirmationRef `json:"confirmed,omitempty"`
	Correction  *Correction      `json:"correction,omitempty"` // the open or last amendment or deletion
	Times       Times            `json:"times,omitzero"`

	Supplied []Supplied        `json:"supplied,omitempty"`
	Local    map[string]string `json:"local,omitempty"` // further elements of a source or area that have no place above
	Label    *Label            `json:"label,omitempty"`
}

// ValuationMethod says how the customs value of a line is found (DR §5.1).
type ValuationMethod int

const (
	TransactionValue ValuationMethod = 1 // price paid or payable; also meant when 0
	IdenticalGoods   ValuationMethod = 2
	SimilarGoods     ValuationMethod = 3
	DeductiveValue   ValuationMethod = 4
	ComputedValue    ValuationMethod = 5
	FallbackValue    ValuationMethod = 6
)

// GoodsItem is one line of a declaration (WCO GovernmentAgencyGoodsItem,
// shortened).
type GoodsItem struct {
	Number    int           `json:"number"` // item no., from 1 without gaps
	BookLine  int           `json:"bookLine,omitempty"`
	Commodity CommodityCode `json:"commodity"`
	Name      string        `json:"name"`
	Model     string        `json:"model,omitempty"` // specification and model

	Quantity       num.Quantity `json:"quantity"` // deal quantity
	Unit           UnitCode     `json:"unit"`
	LegalQuantity  num.Quantity `json:"legalQuantity,omitempty"` // in the first legal unit
	LegalUnit      UnitCode     `json:"legalUnit,omitempty"`
	LegalQuantity2 num.Quantity `json:"legalQuantity2,omitempty"`
	LegalUnit2     UnitCode     `json:"legalUnit2,omitempty"`

	UnitPrice num.Price       `json:"unitPrice,omitempty"`
	Total     num.Money       `json:"total"`
	Currency  CurrencyCode    `json:"currency,omitempty"` // the head's when empty
	Valuation ValuationMethod `json:"valuation,omitempty"`

	Origin           CountryCode       `json:"origin,omitempty"`
	OriginCriterion  string            `json:"originCriterion,omitempty"`  // how origin is proved, as declared
	Agreement        string            `json:"agreement,omitempty"`        // trade agreement claimed
	FinalDestination string            `json:"finalDestination,omitempty"` // country, or region inside China
	LevyMode         LevyModeCode      `json:"levyMode,omitempty"`
	GrossMass        num.Quantity      `json:"grossMass,omitempty"` // kg
	NetMass          num.Quantity      `json:"netMass,omitempty"`   // kg
	DeclaredRate     *num.Rate         `json:"declaredRate,omitempty"`
	ListLines        []int             `json:"listLines,omitempty"` // verification list lines merged into this one
	Remedy           string            `json:"remedy,omitempty"`    // trade remedy the goods fall under
	Documents        []PreviousPaper   `json:"documents,omitempty"`
	Local            map[string]string `json:"local,omitempty"`
}

// PreviousPaper is an earlier paper that a line continues (WCO PreviousDocument).
type PreviousPaper struct {
	Kind   string `json:"kind"`
	Number string `json:"number"`
	Line   int    `json:"line,omitempty"`
}

// CurrencyOf gives the currency of line l: its own, or the head's.
func (d *Declaration) CurrencyOf(l *GoodsItem) CurrencyCode {
	if l.Currency != "" {
		return l.Currency
	}
	return d.Currency
}

// TotalOf gives the sum of the line totals in one currency.
// Fault: NUM-RANGE-01.
func (d *Declaration) TotalOf(currency CurrencyCode) (num.Money, error) {
	var total num.Money
	for i := range d.Lines {
		if d.CurrencyOf(&d.Lines[i]) != currency {
			continue
		}
		var err error
		if total, err = num.Add(total, d.Lines[i].Total); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Unpriced lists the numbers of lines that state no price because another
// valuation method than the transaction value is claimed; their value is to be
// determined by customs.
func (d *Declaration) Unpriced() []int {
	var numbers []int
	for i := range d.Lines {
		if d.Lines[i].Total == 0 && d.Lines[i].Valuation > TransactionValue {
			numbers = append(numbers, d.Lines[i].Number)
		}
	}
	return numbers
}
