package feed

import (
	"encoding/json"
	"strings"
)

// Schema gives the JSON Schema of a message (draft 2020-12). It is made from the
// table that records are checked by.
func Schema() []byte {
	type object = map[string]any
	name := object{"type": "string", "minLength": 1, "maxLength": maxText, "pattern": "^[^|~]*$"}
	quantity := object{"type": "string", "pattern": `^-?[0-9]+(\.[0-9]{1,5})?$`}
	day := object{"type": "string", "format": "date"}
	members := object{
		"id": name, "on": day, "part": name, "lot": name, "quantity": quantity, "unit": object{"type": "string", "description": "UN/ECE Recommendation 20, or a unit of your own that a conversion explains", "maxLength": maxText},
		"status": object{"enum": []string{"bonded", "duty-paid", "non-bonded"}}, "location": name, "toLocation": name,
		"document":  object{"type": "string", "maxLength": maxText, "description": "number of the verification list under which bonded goods come or go"},
		"workOrder": name, "reason": object{"type": "string", "maxLength": maxReason}, "name": object{"type": "string", "maxLength": maxReason},
		"bookLine": object{"type": "integer", "minimum": 0, "description": "line of the account book; none for goods that are not bonded"},
		"conversions": object{"type": "array", "maxItems": maxNested, "items": object{
			"type": "object", "additionalProperties": false, "required": []string{"unit", "quantity", "equals"}, "description": "quantity of unit is equals of the part's own unit",
			"properties": object{"unit": name, "quantity": quantity, "equals": quantity},
		}},
		"state": object{"enum": []OrderState{OrderOpen, OrderReleased, OrderIssuing, OrderCompleted, OrderClosed}},
		"materials": object{"type": "array", "maxItems": maxNested, "items": object{
			"type": "object", "additionalProperties": false, "required": []string{"part", "quantity"}, "properties": object{"part": name, "quantity": quantity},
		}},
		"reverses": name,
	}
	var records []object
	for _, kind := range Kinds {
		form := shape[kind]
		properties := object{"kind": object{"const": kind}, "id": members["id"], "on": members["on"]}
		for _, m := range strings.Fields(form.must + " " + form.may) {
			properties[m] = members[m]
		}
		records = append(records, object{
			"type": "object", "additionalProperties": false, "properties": properties, "required": append([]string{"kind", "id", "on"}, strings.Fields(form.must)...),
		})
	}
	body, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Message of a feed", "type": "object", "additionalProperties": false,
		"required": []string{"enterprise", "system", "book", "sequence", "key", "sentAt", "records"},
		"properties": object{
			"enterprise": name, "system": name, "book": name, "sequence": object{"type": "integer", "minimum": 1, "description": "counts from 1 without gaps, for each book"},
			"key":     object{"type": "string", "minLength": 8, "maxLength": maxText, "pattern": "^[^|~]*$", "description": "the same when the message is sent again"},
			"sentAt":  object{"type": "string", "format": "date-time"},
			"records": object{"type": "array", "minItems": 1, "maxItems": MaxRecords, "items": object{"oneOf": records}},
		},
	}, "", "  ")
	if err != nil { // texts and numbers can always be written
		panic(err)
	}
	return append(body, '\n')
}
