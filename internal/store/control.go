package store

// controlTables keep the rules that are in force and the reviews of two
// officers.
var controlTables = []table{
	{kind: "proposal", columns: []column{
		{name: "matter", at: "/matter,/proposal/matter", index: direct},
		{name: "subject", at: "/subject,/proposal/subject", index: direct},
		{name: "first", at: "/first,/proposal/first", index: direct},
		{name: "second", index: direct}, // whose turn it is: a worklist
		{name: "state", at: "/state,/proposal/state", index: open},
	}, final: []string{"confirmed", "refused", "withdrawn"}},
	{kind: "risk_table", columns: []column{
		{name: "name", index: direct},
		{name: "valid_from"},
		{name: "state"},
	}},
	{kind: "instruction", name: "control_instruction", columns: []column{
		{name: "number", index: direct},
		{name: "valid_from"},
		{name: "valid_to"},
		{name: "state", index: open},
	}, final: []string{"ended", "withdrawn"}},
	{kind: "draw_key", columns: []column{
		{name: "period", index: direct},
	}},
	{kind: "mode_version", columns: []column{
		{name: "mode", index: direct},
		{name: "valid_from"},
		{name: "state"},
	}},
}
