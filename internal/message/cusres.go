package message

import "io"

var cusres = &grammar{
	name: "cusres", kind: "CUSRES",
	documents: map[string]string{"961": "general response", "962": "answer to a document", "963": "error response"},
	head:      "DTM FTX TDT LOC GIS GEI EQD SEL NAD CTA COM RFF ERP ERC PAC PCI TAX MOA CUX MEA DOC CST CNT AUT QTY",
	within: map[string]string{
		"RFF": "DTM LOC MEA EQD MOA CUX",
		"NAD": "CTA COM", "MOA": "CUX", "MOA rated": "CUX DTM", "PAC": "PCI", "PCI": "FTX",
		"EQD": "SEL",
		"ERP": "RFF ERC FTX", "ERP coded": "ERC FTX", "ERC": "FTX",
		"TAX":     "MOA GIS GEI",
		"DOC":     "PAC RFF PCI FTX TDT LOC DTM GIS GEI MEA EQD NAD MOA CUX TAX CST ERP",
		"DOC/CST": "FTX TAX MOA MEA RFF ERP", "CST": "FTX TAX MOA MEA RFF",
		"CST/TAX": "MOA GIS GEI MEA RFF",
	},
	// ERP-RFF-ERC: a reference behind the first code is of the message again.
	after: map[string]string{"ERP+ERC": "ERP coded", "MOA+CUX": "MOA rated"},
}

// ReadCusres reads the answer of customs (CUSRES) of any directory from 1.921
// on: one reading per message, with what is answered in head.references or
// head.documents, indicators (GIS, GEI) and errors (ERP, ERC). Faults and notes
// are those of readGrouped.
func ReadCusres(r io.Reader) ([]EDIReading, error) { return readGrouped(r, cusres) }
