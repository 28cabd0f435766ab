package codelist

// Typed codes. A function that takes a CountryCode cannot be given a currency.
type (
	CountryCode         string // ISO 3166-1 alpha-2, "CN"
	CurrencyCode        string // ISO 4217 alphabetic, "CNY"
	UnitCode            string // UN/ECE Recommendation 20, "KGM"
	PackageCode         string // UN/ECE Recommendation 21, "CT"
	LocationCode        string // UN/LOCODE without blank, "CNSGH"
	SubdivisionCode     string // country and subdivision of UN/LOCODE, "CN-31"
	OfficeCode          string // Chinese customs office, four digits, "2218"
	SupervisionModeCode string // Chinese customs supervision (trade) mode, four digits, "0110"
	TransactionModeCode string // Chinese customs terms of sale, one digit, "1" CIF
	LevyNatureCode      string // Chinese customs nature of levy, three digits, "101"
	ReliefModeCode      string // Chinese customs levy mode of a line, one digit, "1" full duty
	CustomsUnitCode     string // Chinese customs unit, three digits, "035" kilogram
	CustomsCurrencyCode string // Chinese customs currency before ISO codes, three digits, "502"
	UseCode             string // Chinese customs use of goods, two digits, "01"
	TransportModeCode   string // Chinese customs transport mode, one character, "2" by water
	EntryTypeCode       string // Chinese customs entry type, one character, "M" paperless
	DocumentTypeCode    string // Chinese customs declaration document type, "ML" zone filing bill
	FilingListKindCode  string // kind of filing bill (DR §1.4), one digit, "2" first enter then declare
	SpecialZoneCode     string // special trade zone, eight characters, "3122F941"
	CertificateCode     string // Chinese supervision certificate, one character, "A"
	PackageKindCode     string // Chinese inspection package kind, "1A1"
	ContainerTypeCode   string // ISO 6346 size and type, four characters, "22G1"
	OwnerPrefix         string // ISO 6346 owner code and category letter, "CSQU"
)

// ListName names one code list; it is also the name of its file of facts.
type ListName string

// The lists of a Set.
const (
	Countries         ListName = "country"
	Currencies        ListName = "currency"
	Units             ListName = "unit"
	Packages          ListName = "package"
	Locations         ListName = "location"
	Subdivisions      ListName = "subdivision"
	LocationFunctions ListName = "location-function"
	LocationStatuses  ListName = "location-status"
	ContainerLengths  ListName = "container-length"
	ContainerHeights  ListName = "container-height"
	ContainerTypes    ListName = "container-type"
	ContainerGroups   ListName = "container-group"
	ContainerKinds    ListName = "container-category"
	ContainerOwners   ListName = "container-owner"

	Offices             ListName = "cn-office"
	SupervisionModes    ListName = "cn-supervision-mode"
	TransactionModes    ListName = "cn-transaction-mode"
	LevyNatures         ListName = "cn-levy-nature"
	ReliefModes         ListName = "cn-relief-mode"
	CustomsUnits        ListName = "cn-unit"
	CustomsCurrencies   ListName = "cn-currency"
	UseCodes            ListName = "cn-use"
	TransportModes      ListName = "cn-transport-mode"
	EntryTypes          ListName = "cn-entry-type"
	DocumentTypes       ListName = "cn-document-type"
	FilingListKinds     ListName = "cn-filing-list-kind"
	SpecialZones        ListName = "cn-special-zone"
	EconomicDivisions   ListName = "cn-economic-division"
	RegistrantTypes     ListName = "cn-registrant-type"
	Certificates        ListName = "cn-certificate"
	PackageKinds        ListName = "cn-package-kind"
	DeclarationReceipts ListName = "cn-declaration-receipt"
	ManifestReceipts    ListName = "cn-manifest-receipt"
)
