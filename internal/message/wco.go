package message

import (
	"io"
	"strconv"

	"seine/internal/fault"
)

// WCODocument is a document of the WCO Data Model in XML: a declaration (DEC), or
// a response (RES) and others of its family. Of a declaration header, lines and
// taxes are given apart; Document is the whole, with nothing left out.
type WCODocument struct {
	Model        string           `json:"model,omitempty"` // version of the data model
	Kind         string           `json:"kind"`            // DEC, RES, or the root element
	Country      string           `json:"country,omitempty"`
	Declarations []WCODeclaration `json:"declarations,omitempty"`
	Document     *Element         `json:"document"`
}

// WCOAmount is an amount or quantity with its currency or unit, as written.
type WCOAmount struct {
	Value string `json:"value"`
	Unit  string `json:"unit,omitempty"` // currencyID or unitCode
}

// WCODeclaration is the head of one declaration; element numbers are those of the
// data model.
type WCODeclaration struct {
	ID           string     `json:"id,omitempty"` // D014
	Reference    string     `json:"reference,omitempty"`
	Function     string     `json:"function,omitempty"` // 017
	Type         string     `json:"type,omitempty"`     // D013
	Accepted     string     `json:"accepted,omitempty"` // 023
	Items        string     `json:"itemsStated,omitempty"`
	Packages     string     `json:"packagesStated,omitempty"`
	GrossMass    *WCOAmount `json:"grossMass,omitempty"`
	Invoice      *WCOAmount `json:"invoice,omitempty"`
	Declarant    *partyBody `json:"declarant,omitempty"`
	Exporter     *partyBody `json:"exporter,omitempty"`
	Importer     *partyBody `json:"importer,omitempty"`
	Seller       *partyBody `json:"seller,omitempty"`
	Buyer        *partyBody `json:"buyer,omitempty"`
	BorderMode   string     `json:"borderMode,omitempty"`
	ExitOffice   string     `json:"exitOffice,omitempty"`
	Presentation string     `json:"presentationOffice,omitempty"`
	Destination  string     `json:"destinationCountry,omitempty"`
	Export       string     `json:"exportCountry,omitempty"`
	Terms        string     `json:"deliveryTerms,omitempty"`
	Lines        []WCOItem  `json:"lines"`
}

// WCOItem is one goods item.
type WCOItem struct {
	Sequence    string     `json:"sequence,omitempty"`
	Commodity   []WCOCode  `json:"commodity,omitempty"`
	Description string     `json:"description,omitempty"`
	Procedures  []string   `json:"procedures,omitempty"` // current and previous code joined
	Origin      string     `json:"origin,omitempty"`
	Value       *WCOAmount `json:"customsValue,omitempty"`
	Statistical *WCOAmount `json:"statisticalValue,omitempty"`
	Price       *WCOAmount `json:"price,omitempty"`
	GrossMass   *WCOAmount `json:"grossMass,omitempty"`
	NetMass     *WCOAmount `json:"netMass,omitempty"`
	Tariff      *WCOAmount `json:"tariffQuantity,omitempty"`
	Packages    []WCOCode  `json:"packages,omitempty"` // quantity and kind
	Taxes       []WCOTax   `json:"taxes,omitempty"`
}

// WCOCode is a value with the list or kind that it belongs to.
type WCOCode struct {
	Value string `json:"value"`
	Kind  string `json:"kind,omitempty"`
}

// WCOTax is one duty, tax or fee of a line.
type WCOTax struct {
	Type       string     `json:"type,omitempty"`
	Regime     string     `json:"regime,omitempty"`
	Preference string     `json:"quotaOrder,omitempty"`
	Base       *WCOAmount `json:"base,omitempty"`
	Quantity   *WCOAmount `json:"baseQuantity,omitempty"`
	Rate       string     `json:"rate,omitempty"`
	Assessed   *WCOAmount `json:"assessed,omitempty"`
	Payable    *WCOAmount `json:"payable,omitempty"`
	Method     string     `json:"method,omitempty"`
}

// ReadWCO reads a document of the WCO Data Model. Faults: those of XML,
// MSG-WCO-ROOT-01 when it is certainly another document.
func ReadWCO(r io.Reader) (*WCODocument, error) {
	root, err := readXML(r)
	if err != nil {
		return nil, err
	}
	if root.Name == "ASYCUDA" || root.Name == "html" || root.Name == "HTML" {
		return nil, fault.New(fault.Invalid, "MSG-WCO-ROOT-01", "/"+pointer(root.Name), "the document is <{value}>, not one of the WCO Data Model", "choose the format that fits the document",
			"value", clip(root.Name))
	}
	d := &WCODocument{Kind: root.Name, Document: root}
	meta := root
	if meta.Name != "MetaData" {
		if found := root.find("MetaData"); found != nil {
			meta = found
		}
	}
	if meta.Name == "MetaData" {
		d.Model, d.Country = meta.Value("WCODataModelVersionCode"), meta.Value("ResponsibleCountryCode")
		if kind := meta.Value("WCOTypeName"); kind != "" {
			d.Kind = kind
		}
	}
	declarations := meta.All("Declaration")
	if root.Name == "Declaration" {
		d.Kind, declarations = "DEC", []*Element{root}
	}
	for _, e := range declarations {
		d.Declarations = append(d.Declarations, wcoDeclaration(e))
	}
	return d, nil
}

// find gives the first element of a name below e.
func (e *Element) find(name string) *Element {
	for _, c := range e.Children {
		if c.Name == name {
			return c
		}
		if found := c.find(name); found != nil {
			return found
		}
	}
	return nil
}

func wcoDeclaration(e *Element) WCODeclaration {
	shipment := e.At("GoodsShipment")
	d := WCODeclaration{
		ID: e.Value("ID"), Reference: e.Value("FunctionalReferenceID"), Function: e.Value("FunctionCode"), Type: e.Value("TypeCode"),
		Accepted: e.Value("AcceptanceDateTime", "DateTimeString"), Items: e.Value("GoodsItemQuantity"), Packages: e.Value("TotalPackageQuantity"),
		GrossMass: e.At("TotalGrossMassMeasure").amount(), Invoice: e.At("InvoiceAmount").amount(),
		Declarant: e.At("Declarant").party(), Exporter: e.At("Exporter").party(),
		Importer: shipment.At("Importer").party(), Seller: shipment.At("Seller").party(), Buyer: shipment.At("Buyer").party(),
		BorderMode: e.Value("BorderTransportMeans", "ModeCode"), ExitOffice: e.Value("ExitOffice", "ID"), Presentation: e.Value("PresentationOffice", "ID"),
		Destination: shipment.Value("Destination", "CountryCode"), Export: shipment.Value("ExportCountry", "ID"),
		Terms: shipment.Value("TradeTerms", "ConditionCode"), Lines: []WCOItem{},
	}
	if d.Accepted == "" {
		d.Accepted = e.Value("AcceptanceDateTime")
	}
	for _, item := range shipment.All("GovernmentAgencyGoodsItem") {
		d.Lines = append(d.Lines, wcoItem(item))
	}
	return d
}

func wcoItem(e *Element) WCOItem {
	commodity := e.At("Commodity")
	measure := commodity.At("GoodsMeasure")
	item := WCOItem{
		Sequence: e.Value("SequenceNumeric"), Description: commodity.Value("Description"), Origin: e.Value("Origin", "CountryCode"),
		Value: e.At("CustomsValueAmount").amount(), Statistical: e.At("StatisticalValueAmount").amount(),
		Price:     commodity.At("InvoiceLine", "ItemChargeAmount").amount(),
		GrossMass: measure.At("GrossMassMeasure").amount(), NetMass: measure.At("NetNetWeightMeasure").amount(), Tariff: measure.At("TariffQuantity").amount(),
	}
	for _, c := range commodity.All("Classification") {
		if id := c.Value("ID"); id != "" {
			item.Commodity = append(item.Commodity, WCOCode{id, c.Value("IdentificationTypeCode")})
		}
	}
	for _, p := range e.All("GovernmentProcedure") {
		if code := p.Value("CurrentCode") + p.Value("PreviousCode"); code != "" {
			item.Procedures = append(item.Procedures, code)
		}
	}
	for _, p := range e.All("Packaging") {
		item.Packages = append(item.Packages, WCOCode{p.Value("QuantityQuantity"), p.Value("TypeCode")})
	}
	for _, t := range append(commodity.All("DutyTaxFee"), e.All("DutyTaxFee")...) {
		rate := t.Value("TaxRateNumeric")
		if rate == "" {
			rate = t.Value("Payment", "TaxRateNumeric")
		}
		item.Taxes = append(item.Taxes, WCOTax{
			Type: t.Value("TypeCode"), Regime: t.Value("DutyRegimeCode"), Preference: t.Value("QuotaOrderID"),
			Base: t.At("AdValoremTaxBaseAmount").amount(), Quantity: t.At("SpecificTaxBaseQuantity").amount(), Rate: rate,
			Assessed: t.At("Payment", "TaxAssessedAmount").amount(), Payable: t.At("Payment", "PaymentAmount").amount(), Method: t.Value("Payment", "MethodCode"),
		})
	}
	return item
}

// amount gives value and unit of an element; nil when it is absent or empty.
func (e *Element) amount() *WCOAmount {
	if e == nil || e.Text == "" {
		return nil
	}
	unit := e.Attributes["currencyID"]
	if unit == "" {
		unit = e.Attributes["unitCode"]
	}
	return &WCOAmount{e.Text, unit}
}

// party gives a party of the data model; nil when nothing is stated.
func (e *Element) party() *partyBody {
	address := full([]string{e.Value("Address", "Line"), e.Value("Address", "CityName"), e.Value("Address", "PostcodeID")})
	p := partyBody{Code: e.Value("ID"), Name: e.Value("Name"), Country: e.Value("Address", "CountryCode")}
	for i, line := range address {
		if i > 0 {
			p.Address += ", "
		}
		p.Address += line
	}
	if p == (partyBody{}) {
		return nil
	}
	return &p
}

func itoa(n int) string { return strconv.Itoa(n) }
