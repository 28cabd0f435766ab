package message

import (
	"io"

	"seine/internal/fault"
)

// SAD is a declaration of ASYCUDA World, the customs system of some hundred
// countries, in its XML form. All numbers are the texts of the document.
type SAD struct {
	Office         string      `json:"office,omitempty"`
	OfficeName     string      `json:"officeName,omitempty"`
	Flow           string      `json:"flow,omitempty"`          // I import, E export
	Type           string      `json:"type,omitempty"`          // IM, EX, …
	Procedure      string      `json:"procedure,omitempty"`     // general procedure, such as 4
	Manifest       string      `json:"manifest,omitempty"`      // manifest reference
	Registration   string      `json:"registration,omitempty"`  // serial and number
	RegisteredOn   string      `json:"registeredOn,omitempty"`  // as written
	Assessment     string      `json:"assessment,omitempty"`    // serial and number
	AssessedOn     string      `json:"assessedOn,omitempty"`    // as written
	Reference      string      `json:"reference,omitempty"`     // the declarant's own
	Exporter       *partyBody  `json:"exporter,omitempty"`      // code and name
	Consignee      *partyBody  `json:"consignee,omitempty"`     //
	Declarant      *partyBody  `json:"declarant,omitempty"`     //
	ExportCountry  string      `json:"exportCountry,omitempty"` //
	TradingCountry string      `json:"tradingCountry,omitempty"`
	Destination    string      `json:"destinationCountry,omitempty"`
	BorderMeans    string      `json:"borderMeans,omitempty"`
	BorderMode     string      `json:"borderMode,omitempty"`
	BorderOffice   string      `json:"borderOffice,omitempty"`
	Terms          string      `json:"deliveryTerms,omitempty"`
	TermsPlace     string      `json:"deliveryPlace,omitempty"`
	PlaceOfLoading string      `json:"placeOfLoading,omitempty"`
	Invoice        sadAmount   `json:"invoice"`
	Freight        sadAmount   `json:"externalFreight"`
	Insurance      sadAmount   `json:"insurance"`
	OtherCost      sadAmount   `json:"otherCost"`
	Deduction      sadAmount   `json:"deduction"`
	CIF            string      `json:"cif,omitempty"`
	Items          string      `json:"itemsStated,omitempty"`
	Packages       string      `json:"packagesStated,omitempty"`
	TotalTaxes     string      `json:"totalTaxes,omitempty"`
	Containers     []string    `json:"containers,omitempty"`
	Lines          []SADItem   `json:"lines"`
	Notes          []faultBody `json:"notes,omitempty"`
}

type sadAmount struct {
	National string `json:"national,omitempty"`
	Foreign  string `json:"foreign,omitempty"`
	Currency string `json:"currency,omitempty"`
	Rate     string `json:"rate,omitempty"`
}

// SADItem is one line.
type SADItem struct {
	Number           int       `json:"number"`
	HS               string    `json:"hs,omitempty"`        // commodity code and first precision
	Precision        []string  `json:"precision,omitempty"` // further national digits
	Description      string    `json:"description,omitempty"`
	Commercial       string    `json:"commercialDescription,omitempty"`
	Origin           string    `json:"origin,omitempty"`
	Preference       string    `json:"preference,omitempty"`
	Procedure        string    `json:"procedure,omitempty"`
	NationalCode     string    `json:"nationalProcedure,omitempty"`
	Packages         string    `json:"packages,omitempty"`
	PackageKind      string    `json:"packageKind,omitempty"`
	GrossMass        string    `json:"grossMass,omitempty"`
	NetMass          string    `json:"netMass,omitempty"`
	Units            []SADUnit `json:"supplementaryUnits,omitempty"`
	Price            string    `json:"price,omitempty"`
	CIF              string    `json:"cif,omitempty"`
	StatisticalValue string    `json:"statisticalValue,omitempty"`
	Invoice          sadAmount `json:"invoice"`
	PreviousDocument string    `json:"previousDocument,omitempty"`
	Taxes            []SADTax  `json:"taxes,omitempty"`
	TaxTotal         string    `json:"taxTotal,omitempty"`
}

// SADUnit is a supplementary quantity.
type SADUnit struct {
	Code     string `json:"code"`
	Quantity string `json:"quantity,omitempty"`
}

// SADTax is one taxation line.
type SADTax struct {
	Code   string `json:"code"`
	Base   string `json:"base,omitempty"`
	Rate   string `json:"rate,omitempty"` // per cent as a rule, see Kind
	Amount string `json:"amount,omitempty"`
	Mode   string `json:"modeOfPayment,omitempty"`
	Kind   string `json:"typeOfCalculation,omitempty"`
}

// ReadAsycuda reads an ASYCUDA World declaration. Faults: those of XML,
// MSG-ASYCUDA-ROOT-01 (another document); a note: MSG-ASYCUDA-COUNT-01 (the
// stated number of items is not that of the lines).
func ReadAsycuda(r io.Reader) (*SAD, error) {
	root, err := readXML(r)
	if err != nil {
		return nil, err
	}
	if root.Name != "ASYCUDA" && root.Name != "SAD" {
		return nil, fault.New(fault.Invalid, "MSG-ASYCUDA-ROOT-01", "/"+pointer(root.Name), "the document is <{value}>, not an ASYCUDA declaration", "choose the format that fits the document",
			"value", clip(root.Name))
	}
	id, country, transport := root.At("Identification"), root.At("General_information", "Country"), root.At("Transport")
	s := &SAD{
		Office: id.Value("Office_segment", "Customs_clearance_office_code"), OfficeName: id.Value("Office_segment", "Customs_Clearance_office_name"),
		Flow: root.Value("Property", "Sad_flow"), Type: id.Value("Type", "Type_of_declaration"), Procedure: id.Value("Type", "Declaration_gen_procedure_code"),
		Manifest:     id.Value("Manifest_reference_number"),
		Registration: id.Value("Registration", "Serial_number") + id.Value("Registration", "Number"), RegisteredOn: id.Value("Registration", "Date"),
		Assessment: id.Value("Assessment", "Serial_number") + id.Value("Assessment", "Number"), AssessedOn: id.Value("Assessment", "Date"),
		Reference:     root.Value("Declarant", "Reference", "Number"),
		Exporter:      sadParty(root.At("Traders", "Exporter"), "Exporter"),
		Consignee:     sadParty(root.At("Traders", "Consignee"), "Consignee"),
		Declarant:     sadParty(root.At("Declarant"), "Declarant"),
		ExportCountry: country.Value("Export", "Export_country_code"), TradingCountry: country.Value("Trading_country"),
		Destination: country.Value("Destination", "Destination_country_code"),
		BorderMeans: transport.Value("Means_of_transport", "Border_information", "Identity"), BorderMode: transport.Value("Means_of_transport", "Border_information", "Mode"),
		BorderOffice: transport.Value("Border_office", "Code"), Terms: transport.Value("Delivery_terms", "Code"), TermsPlace: transport.Value("Delivery_terms", "Place"),
		PlaceOfLoading: transport.Value("Place_of_loading", "Code"),
		Invoice:        sadMoney(root.At("Valuation", "Gs_Invoice")), Freight: sadMoney(root.At("Valuation", "Gs_external_freight")),
		Insurance: sadMoney(root.At("Valuation", "Gs_insurance")), OtherCost: sadMoney(root.At("Valuation", "Gs_other_cost")),
		Deduction: sadMoney(root.At("Valuation", "Gs_deduction")), CIF: root.Value("Valuation", "Total_CIF"),
		Items: root.Value("Property", "Nbers", "Total_number_of_items"), Packages: root.Value("Property", "Nbers", "Total_number_of_packages"),
		TotalTaxes: root.Value("Financial", "Amounts", "Totals_taxes"), Lines: []SADItem{},
	}
	for _, c := range root.All("Container") {
		if number := c.Value("Container_identity"); number != "" {
			s.Containers = append(s.Containers, number)
		}
	}
	for i, item := range root.All("Item") {
		s.Lines = append(s.Lines, sadItem(i+1, item))
	}
	if s.Items != "" && s.Items != itoa(len(s.Lines)) {
		s.Notes = faultBodies(fault.List{fault.New(fault.Invalid, "MSG-ASYCUDA-COUNT-01", "/lines", "the head states {given} items, there are {found}", "compare with the original", "given", clip(s.Items), "found", len(s.Lines))})
	}
	return s, nil
}

func sadParty(e *Element, prefix string) *partyBody {
	p := partyBody{Code: e.Value(prefix + "_code"), Name: e.Value(prefix + "_name")}
	if p.Code == "" && p.Name == "" {
		return nil
	}
	return &p
}

func sadMoney(e *Element) sadAmount {
	return sadAmount{e.Value("Amount_national_currency"), e.Value("Amount_foreign_currency"), e.Value("Currency_code"), e.Value("Currency_rate")}
}

func sadItem(n int, e *Element) SADItem {
	tariff, value := e.At("Tarification"), e.At("Valuation_item")
	code := tariff.At("HScode")
	item := SADItem{
		Number: n, HS: code.Value("Commodity_code") + code.Value("Precision_1"),
		Description: e.Value("Goods_description", "Description_of_goods"), Commercial: e.Value("Goods_description", "Commercial_Description"),
		Origin: e.Value("Goods_description", "Country_of_origin_code"), Preference: tariff.Value("Preference_code"),
		Procedure: tariff.Value("Extended_customs_procedure"), NationalCode: tariff.Value("National_customs_procedure"),
		Packages: e.Value("Packages", "Number_of_packages"), PackageKind: e.Value("Packages", "Kind_of_packages_code"),
		GrossMass: value.Value("Weight_itm", "Gross_weight_itm"), NetMass: value.Value("Weight_itm", "Net_weight_itm"),
		Price: tariff.Value("Item_price"), CIF: value.Value("Total_CIF_itm"), StatisticalValue: value.Value("Statistical_value"),
		Invoice: sadMoney(value.At("Item_Invoice")), PreviousDocument: e.Value("Previous_doc", "Summary_declaration"),
		TaxTotal: e.Value("Taxation", "Item_taxes_amount"),
	}
	for _, p := range []string{"Precision_2", "Precision_3", "Precision_4"} {
		if v := code.Value(p); v != "" {
			item.Precision = append(item.Precision, v)
		}
	}
	for _, u := range tariff.All("Supplementary_unit") { // the schema itself spells these names with three p
		if unit := (SADUnit{u.Value("Suppplementary_unit_code"), u.Value("Suppplementary_unit_quantity")}); unit.Code != "" {
			item.Units = append(item.Units, unit)
		}
	}
	for _, t := range e.At("Taxation").All("Taxation_line") {
		tax := SADTax{
			t.Value("Duty_tax_code"), t.Value("Duty_tax_Base"), t.Value("Duty_tax_rate"),
			t.Value("Duty_tax_amount"), t.Value("Duty_tax_MP"), t.Value("Duty_tax_Type_of_calculation"),
		}
		if tax.Code != "" {
			item.Taxes = append(item.Taxes, tax)
		}
	}
	return item
}
