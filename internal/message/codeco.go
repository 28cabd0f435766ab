package message

import "io"

// containerGroups are those that the container messages share.
var containerGroups = map[string]string{
	"TDT":     "DTM RFF LOC",
	"NAD":     "CTA COM",
	"GID":     "HAN FTX PIA MEA TMP RNG SGP DGS",
	"DGS":     "FTX MEA CTA COM",
	"TMP":     "RNG",
	"EQD":     "RFF GDS TMD DTM LOC MEA DIM TMP RNG SEL FTX PCD DGS EQA PIA COD HAN DAM TDT NAD CTA COM GIS GEI TSR",
	"DAM":     "COD FTX",
	"EQD/TDT": "DTM RFF LOC TSR",
}

var codeco = &grammar{
	name: "codeco", kind: "CODECO",
	documents: map[string]string{
		"34": "gate in", "36": "gate out", // as the container guides use them
		"109": "gate in", "111": "gate out", "266": "status change of equipment",
	},
	head:   "DTM FTX RFF TDT TSR LOC NAD CTA COM GID EQD CNT GIS GEI",
	within: containerGroups,
	dated:  true,
	wants:  "EQD",
	counts: map[string]string{"16": "EQD"},
}

// ReadCodeco reads the container gate-in and gate-out report (CODECO) of any
// directory from D.95A on: one reading per message, with the units in
// head.equipment. Faults and notes are those of readGrouped.
func ReadCodeco(r io.Reader) ([]EDIReading, error) { return readGrouped(r, codeco) }
