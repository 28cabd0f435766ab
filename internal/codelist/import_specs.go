package codelist

// Sources as the data folder states them, with commit.
const (
	sourceCountries  = "datasets/country-codes@caa72d1e0e5a"
	sourceCurrencies = "datasets/currency-codes@ab9b0ae88e8b"
	sourcePackages   = "datasets/unece-package-codes@6d864513e460"
	sourceUnits      = "datasets/unece-units-of-measure@f6427ebe979c"
	sourceLocode     = "datasets/un-locode@4e96833c81eb (edition 2014, AD to FR); dcsaorg/Conformance-Gateway@85e40cb05b2f (edition 2023-1, GA to ZW); marchah/sea-ports@3606d4d9486c (ports and coordinates)"
	sourceLocodeSub  = "datasets/un-locode@b1309b37edea"
	sourceContainer  = "meyermarcel/icm@c79c80e11c27"
	sourceOwners     = "freight-trust/documentation@5f28eda0bdac"
	sourceCN         = "compiled from public files, about 2018"

	licencePDDL  = "ODC-PDDL"
	licenceMIT   = "MIT"
	licenceMPL   = "MPL-2.0"
	licenceFacts = "facts only"
)

// specs gives every list in the order of the index.
func specs() []spec {
	return []spec{
		{
			name: Countries, title: "countries and territories", titleZH: "国家和地区", coverage: Complete, form: "2 letters",
			source: sourceCountries, licence: licencePDDL, read: readCountries,
			note: "ISO 3166-1 as now in force. alpha3, num: the other two codes; currency: ISO 4217; region. Withdrawn countries are not in it.",
		},
		{
			name: Currencies, title: "currencies", titleZH: "货币", coverage: Complete, form: "3 letters",
			source: sourceCurrencies, licence: licencePDDL, read: readCurrencies,
			note: "ISO 4217 with withdrawn currencies, which end on the last day of the month published; first days are not published. num: numeric code; minor: decimals in use; users: number of countries.",
		},
		{
			name: Units, title: "units of measure", titleZH: "计量单位", coverage: Complete, form: "2-3 characters",
			source: sourceUnits, licence: licencePDDL, read: readUnits,
			note: "UN/ECE Recommendation 20. dim and factor: physical dimension and exact ratio to its base unit, by definition where the source rounds; conv: the source's own words. status=deleted: many are package kinds that moved to Recommendation 21.",
		},
		{
			name: Packages, title: "kinds of package", titleZH: "包装种类", coverage: Complete, form: "2 characters",
			source: sourcePackages, licence: licencePDDL, read: readPackages,
			note: "UN/ECE Recommendation 21. num: numeric code of the kind. Overlaps with the deleted codes of the list unit.",
		},
		{
			name: Locations, title: "ports and places", titleZH: "港口和地点", coverage: Partial, form: "5 characters", compressed: true,
			source: sourceLocode, licence: "Apache-2.0; ODC-PDDL; MIT", read: readLocations,
			note: "UN/LOCODE of two editions (ed). AE BL CH EH ES FI FJ FK FO FR: only sea ports (ed=ports). sub: subdivision; fn: functions; st: status; change=X: to be removed; iata; at: latitude,longitude in 1e-6 degree; also: other names.",
		},
		{
			name: Subdivisions, title: "country subdivisions", titleZH: "国家行政区划", coverage: Complete, form: "4-6 text",
			source: sourceLocodeSub, licence: licencePDDL, read: readSubdivisions,
			note: "Country, hyphen, subdivision as UN/LOCODE uses them; kind: what it is called there.",
		},
		{
			name: LocationFunctions, title: "functions of a location", titleZH: "地点功能", coverage: Complete, form: "1 characters",
			source: sourceLocodeSub, licence: licencePDDL, read: readPairs("unlocode_function-classifiers.csv", "FunctionCode", "FunctionDescription"),
			note: "UN/LOCODE column function.",
		},
		{
			name: LocationStatuses, title: "status of a location entry", titleZH: "地点条目状态", coverage: Complete, form: "2 letters",
			source: sourceLocodeSub, licence: licencePDDL, read: readPairs("unlocode_status-indicators.csv", "STStatus", "STDescription"),
			note: "UN/LOCODE column status.",
		},
		{
			name: ContainerLengths, title: "container lengths", titleZH: "集装箱长度", coverage: Complete, form: "1 characters",
			source: sourceContainer, licence: licenceMIT, read: readContainerLengths, note: "First character of an ISO 6346 size and type code.",
		},
		{
			name: ContainerHeights, title: "container heights and widths", titleZH: "集装箱高度和宽度", coverage: Complete, form: "1 characters",
			source: sourceContainer, licence: licenceMIT, read: readContainerHeights,
			note: "Second character of an ISO 6346 size and type code. height, width. The standard width is 2438 mm; the source prints 2436.",
		},
		{
			name: ContainerTypes, title: "container types", titleZH: "集装箱类型", coverage: Partial, form: "2 characters",
			source: sourceContainer, licence: licenceMIT, read: readContainerTypes,
			note: "Last two characters of an ISO 6346 size and type code; types of 1995, later ones (air mode, pressurised) are missing.",
		},
		{
			name: ContainerGroups, title: "container type groups", titleZH: "集装箱类型组", coverage: Complete, form: "1 letters",
			source: sourceContainer, licence: licenceMIT, read: readStringMap("iso6346_group.json"), note: "Third character of an ISO 6346 size and type code.",
		},
		{
			name: ContainerKinds, title: "container equipment categories", titleZH: "集装箱设备类别", coverage: Complete, form: "1 letters",
			source: sourceContainer, licence: licenceMIT, read: readStringMap("iso6346_equipment-category-id.json"), note: "Fourth letter of an ISO 6346 number.",
		},
		{
			name: ContainerOwners, title: "container owners", titleZH: "集装箱箱主", coverage: Partial, form: "4 letters",
			source: sourceOwners, licence: licenceMPL, read: readOwners,
			note: "Prefixes of owners, 2020, not the official register, some names cut: an unknown owner is information only. short: short name.",
		},
		cn(Offices, "customs offices", "海关关区", Partial, "4 digits", "37 of several hundred. full: full name in Chinese; province.", readOffices),
		cn(SupervisionModes, "supervision modes", "监管方式", Partial, "4 digits",
			"About 2018. about: what it is for, in Chinese.", readCN("supervision_modes.csv", "about", "description")),
		cn(TransactionModes, "terms of sale", "成交方式", Complete, "1 digits",
			"incoterm: our reading of the nearest term of sale. 7 (EXW) is of 2018.", readTransactionModes),
		cn(LevyNatures, "natures of levy", "征免性质", Partial, "3 digits", "8 of about 40.", readCN("levy_natures_partial.csv")),
		cn(ReliefModes, "levy modes", "征减免税方式", Complete, "1 digits", "", readCN("duty_relief_modes.csv")),
		cn(CustomsUnits, "customs units of measure", "海关计量单位", Partial, "3 digits",
			"About 2018. un: code of the list unit with the same meaning; dim and factor: dimension and exact ratio to its base, our reading of the names.", readCustomsUnits),
		cn(CustomsCurrencies, "customs currencies before 2018", "海关原币制代码", Partial, "3 digits",
			"Ten of the old numeric codes; now ISO 4217. iso: the currency, our reading of the names. Not the ISO numeric codes: 116 here is the yen.", readCustomsCurrencies),
		cn(UseCodes, "uses of goods", "用途", Partial, "2 digits", "", readCN("use_codes.csv")),
		cn(TransportModes, "transport modes", "运输方式", Partial, "1 characters",
			"origin=seine: zone transfers known to us that the source lacks (7 8 H T W X Y Z).", readTransportModes),
		cn(EntryTypes, "entry types", "报关单类型", Partial, "1 characters", "", readCN("entry_types.csv")),
		cn(DocumentTypes, "declaration document types", "报关单单证类型", Partial, "1-2 letters", "", readCN("declaration_document_types.csv")),
		cn(FilingListKinds, "kinds of filing bill", "备案清单类型", Complete, "1 digits", "DR §1.4.", readCN("record_list_types.csv")),
		cn(SpecialZones, "special trade zones", "特殊贸易区域", Partial, "8 characters",
			"The four areas of this zone are 3122F941, 3122F972, 3116F963 and 3122F964. 99999999: none.", readCN("special_trade_zones.csv")),
		cn(EconomicDivisions, "economic divisions", "经济区划", Complete, "2 digits", "", readCN("economic_division_codes.csv")),
		cn(RegistrantTypes, "kinds of registrant", "注册企业类型", Partial, "8-9 digits", "", readCN("registrant_types.csv")),
		cn(Certificates, "supervision certificates", "监管证件", Partial, "1 characters", "About 2018.", readCN("supervision_certificates.csv")),
		cn(PackageKinds, "inspection package kinds", "检验检疫包装种类", Partial, "1-4 characters",
			"Another list than package; used in inspection papers.", readCN("package_kinds_inspection.csv")),
		cn(DeclarationReceipts, "declaration receipt states", "报关单回执状态", Partial, "1-3 characters", "", readCN("declaration_receipt_status.csv")),
		cn(ManifestReceipts, "manifest receipt states", "舱单回执状态", Partial, "2 digits", "", readCN("manifest_receipt_status.csv")),
	}
}

// cn fills what the Chinese customs lists share.
func cn(name ListName, title, titleZH string, coverage Coverage, form, note string, read func(*reader) ([]Entry, error)) spec {
	return spec{
		name: name, title: title, titleZH: titleZH, coverage: coverage, form: form,
		source: sourceCN, licence: licenceFacts, note: note, read: inEnglish(name, read),
	}
}
