package casework

import (
	"encoding/json"
	"strconv"
	"strings"

	"seine/internal/decision"
	"seine/internal/ledger"
)

// Ahead gives a view in which ops have happened already: the next step of the
// same decision sees what the one before it moved. Faults: those of the ledger.
func Ahead(v decision.View, ops []ledger.Op) (decision.View, error) {
	if len(ops) == 0 {
		return v, nil
	}
	o := ledger.NewOverlay(v)
	if err := o.Apply(v.Now(), ops...); err != nil {
		return nil, err
	}
	return ahead{v, o}, nil
}

type ahead struct {
	decision.View
	books *ledger.Overlay
}

func (a ahead) Balance(key string) (ledger.Balance, error) { return a.books.Balance(key) }

func (a ahead) Pending(id string) (ledger.Pending, bool, error) { return a.books.Pending(id) }

// Paper lets a mode look into any document by the names of its JSON form.
type Paper struct{ body any }

// NewPaper takes a document as it would be sent.
func NewPaper(document any) (Paper, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return Paper{}, err
	}
	var p Paper
	return p, json.Unmarshal(raw, &p.body)
}

// Missing gives the places at which an element such as "/lines/*/origin" is not
// stated.
func (p Paper) Missing(element string) []string {
	return missing(p.body, strings.Split(strings.TrimPrefix(element, "/"), "/"), "")
}

func missing(at any, way []string, path string) []string {
	if len(way) == 0 {
		switch v := at.(type) {
		case nil:
			return []string{path}
		case string:
			if v == "" || v == "0" {
				return []string{path}
			}
		case float64:
			if v == 0 {
				return []string{path}
			}
		case []any:
			if len(v) == 0 {
				return []string{path}
			}
		case map[string]any:
			if len(v) == 0 {
				return []string{path}
			}
		}
		return nil
	}
	if way[0] == "*" {
		list, _ := at.([]any)
		var all []string
		for i, one := range list {
			all = append(all, missing(one, way[1:], path+"/"+strconv.Itoa(i))...)
		}
		return all
	}
	object, _ := at.(map[string]any)
	return missing(object[way[0]], way[1:], path+"/"+way[0])
}
