package risk

import (
	_ "embed"
	"fmt"

	"seine/internal/fault"
)

// The tables the product comes with: readable files, to be replaced by the
// office that runs the zone.
var (
	//go:embed data/catalogue.yaml
	catalogueFile []byte
	//go:embed data/declaration.yaml
	declarationFile []byte
	//go:embed data/passage.yaml
	passageFile []byte
	//go:embed data/list.yaml
	listFile []byte
)

// ReadFields reads a fact catalogue from YAML. Fault: RISK-CATALOGUE-04.
func ReadFields(data []byte) ([]Field, error) {
	var file struct {
		Fields []Field `json:"fields"`
	}
	if err := readYAML(data, &file); err != nil {
		return nil, fault.New(fault.Invalid, "RISK-CATALOGUE-04", "", "this is no fact catalogue: {problem}",
			"correct the place named", "problem", clip(err.Error())).Because(err)
	}
	return file.Fields, nil
}

// DefaultCatalogue gives the facts of one kind of subject as delivered.
func DefaultCatalogue(kind Kind) (*Catalogue, error) {
	fields, err := ReadFields(catalogueFile)
	if err != nil {
		return nil, err
	}
	return NewCatalogue(kind, fields)
}

// DefaultTable gives the delivered table for declarations, lists or passages.
func DefaultTable(kind Kind) (*Table, error) {
	file := map[Kind][]byte{Declaration: declarationFile, Passage: passageFile, List: listFile}[kind]
	if file == nil {
		return nil, fault.New(fault.NotFound, "RISK-TABLE-12", "", "there is no risk table for a {kind}",
			"tables exist for declaration, list and passage", "kind", kind)
	}
	spec, err := ReadTable(file)
	if err != nil {
		return nil, fmt.Errorf("read default table %s: %w", kind, err)
	}
	c, err := DefaultCatalogue(kind)
	if err != nil {
		return nil, fmt.Errorf("read default catalogue: %w", err)
	}
	return Compile(spec, c)
}
