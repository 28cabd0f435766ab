package message

import "io"

var coarri = &grammar{
	name: "coarri", kind: "COARRI",
	documents: map[string]string{"119": "discharge", "122": "loading"},
	head:      "DTM FTX RFF TDT TSR LOC NAD CTA COM EQD CNT GIS GEI",
	within:    containerGroups,
	dated:     true,
	wants:     "TDT",
	counts:    map[string]string{"16": "EQD"},
}

// ReadCoarri reads the container discharge and loading report (COARRI) of any
// directory from D.95A on: one reading per message, with the units in
// head.equipment. Faults and notes are those of readGrouped.
func ReadCoarri(r io.Reader) ([]EDIReading, error) { return readGrouped(r, coarri) }
