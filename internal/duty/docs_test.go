package duty_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seine/internal/duty"
	"seine/internal/fault"
)

var docs = filepath.Join("..", "..", "docs")

func TestDocumentedCasesRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(docs, "duty.md"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for part := range strings.SplitSeq(string(text), "```json\n") {
		if example, _, found := strings.Cut(part, "```"); found && strings.HasPrefix(example, "{") {
			calculate(t, example)
			n++
		}
	}
	if n < 2 {
		t.Errorf("%d examples found", n)
	}
}

// The members that the reader takes are those the schema has, at every level.
func TestSchemaNamesTheMembersThatAreRead(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(docs, "duty.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties map[string]json.RawMessage
		OneOf      []struct{ Properties map[string]json.RawMessage }
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	var rates struct{ Consumption object }
	raw, err := json.Marshal(schema.Defs["rates"].Properties)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &rates); err != nil {
		t.Fatal(err)
	}
	member := func(name string) (o object) {
		if err := json.Unmarshal(schema.Properties[name], &o); err != nil {
			t.Fatal(name, err)
		}
		return o
	}
	for name, c := range map[string]struct {
		o    object
		text string
	}{
		"case":        {schema.object, `{"?":1}`},
		"late":        {member("late_payment"), `{"late_payment":{"?":1}}`},
		"declared":    {member("late_declaration"), `{"late_declaration":{"?":1}}`},
		"deferral":    {member("deferral"), `{"deferral":{"?":1}}`},
		"relief":      {member("relief"), `{"relief":{"?":1}}`},
		"recovery":    {member("recovery"), `{"recovery":{"?":1}}`},
		"consumed":    {member("unit_consumption"), `{"unit_consumption":{"?":1}}`},
		"selective":   {member("selective"), `{"selective":{"?":1}}`},
		"line":        {schema.Defs["line"], `{"lines":[{"?":1}]}`},
		"quantity":    {schema.Defs["quantity"], `{"lines":[{"quantity":{"?":1}}]}`},
		"remedy":      {schema.Defs["remedy"], `{"lines":[{"remedies":[{"?":1}]}]}`},
		"rates":       {schema.Defs["rates"], `{"rates":{"?":1}}`},
		"charge":      {schema.Defs["charge"], `{"freight":{"?":1}}`},
		"amount":      {schema.Defs["amount"], `{"rates":{"specific":{"?":1}}}`},
		"consumption": {rates.Consumption, `{"rates":{"consumption":{"?":1}}}`},
	} {
		_, err := duty.ReadCase(strings.NewReader(c.text))
		known := ""
		for _, f := range fault.All(err) {
			if f.Code == "DUTY-CASE-02" {
				known = f.Args["known"]
			}
		}
		properties := c.o.Properties
		for _, one := range c.o.OneOf {
			if one.Properties != nil {
				properties = one.Properties
			}
		}
		var names []string
		for n := range properties {
			names = append(names, n)
		}
		slices.Sort(names)
		if got := strings.Join(names, ", "); got != known {
			t.Errorf("%s: the schema has %q, the reader %q", name, got, known)
		}
	}
}
