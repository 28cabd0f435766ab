package store

import "seine/internal/decision"

// ReferenceSet is the kind of document that holds the epoch of a reference set
// (tariff, codes, risk table, modes): the set's name is its id, Epoch its body.
const ReferenceSet decision.Kind = "reference_set"

// Epoch is the body of a ReferenceSet document. Whoever publishes a new version
// of a set puts it in the same outcome.
type Epoch struct {
	Value string `json:"value"`
}

// systemTables keep what the program itself needs.
var systemTables = []table{
	{kind: "parameter", columns: []column{
		{name: "name", index: direct},
		{name: "valid_from"},
	}},
	{kind: ReferenceSet, columns: []column{
		{name: "value"},
	}},
	{kind: "webhook", columns: []column{
		{name: "owner", index: direct},
		{name: "state"},
	}},
	{kind: "delivery", columns: []column{
		{name: "webhook", index: behind},
		{name: "entry", index: behind},
		{name: "state", index: open},
	}, final: []string{"delivered", "given-up"}},
	{kind: "draft", columns: []column{
		{name: "owner", index: direct},
		{name: "state", index: open},
	}, final: []string{"empty"}},
}
