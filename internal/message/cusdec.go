package message

import "io"

var cusdec = &grammar{
	name: "cusdec", kind: "CUSDEC",
	documents: map[string]string{"830": "export declaration", "929": "import declaration", "914": "customs declaration", "960": "single administrative document"},
	head:      "CST LOC DTM GIS GEI FII MEA EQD SEL FTX RFF PAC PCI TDT TPL DOC NAD CTA COM TOD MOA CUX DMS LIN CNT TAX AUT QTY ALC PAT PYT",
	within: map[string]string{
		"RFF":     "PAC DTM",
		"RFF/PAC": "PCI", "RFF/PAC/PCI": "FTX",
		"TDT": "TPL", "CST/TDT": "TPL",
		"DOC": "DTM LOC", "CST/DOC": "DTM LOC NAD",
		"NAD": "RFF CTA COM", "CST/NAD": "CTA COM", "DMS/NAD": "DOC CTA COM", "LIN/NAD": "CTA COM",
		"TOD": "LOC FTX", "MOA": "CUX", "MOA rated": "CUX DTM", "PAC": "PCI", "PCI": "FTX RFF",
		"EQD": "SEL",
		"DMS": "DTM MEA MOA CUX TOD NAD DOC PAC PCI PAT PYT ALC LIN FTX RFF LOC",
		"LIN": "PIA QTY PRI PCD MEA QVR MOA NAD GIR GIS GEI LOC DOC ALC TOD PAT PYT IMD PAC PCI FTX RFF DTM",
		"CST": "FTX LOC DTM MEA NAD TDT PAC PCI MOA CUX RFF GIN IMD DOC TOD GDS GIS GEI TAX QVR QTY PCD PIA GIR EQD SEL ALC",
		"TAX": "MOA GIS GEI", "CST/RFF": "DTM GIN MOA",
		"ALC": "RTE MOA PCD QTY", "PYT": "MOA PCD FTX", "PAT": "MOA PCD FTX", "CST/QVR": "QTY RFF",
		"CST/GIR": "GEI GIS NAD MEA MOA TAX DOC",
	},
	after:  map[string]string{"MOA+CUX": "MOA rated"}, // a day behind a rate is the rate's
	counts: map[string]string{"5": "CST"},
}

// ReadCusdec reads the customs declaration (CUSDEC) of any directory from D.95A
// on: one reading per message, with invoices (DMS) and goods lines (CST) in
// head.invoices and head.lines, totals behind UNS+S in summary. Faults and notes
// are those of readGrouped.
func ReadCusdec(r io.Reader) ([]EDIReading, error) { return readGrouped(r, cusdec) }
