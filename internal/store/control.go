package store

// controlTables keep the rules that are in force and the reviews of two
// officers.
var controlTables = []table{
	{kind: "proposal", columns: []column{
		{name: "matter", index: direct},
		{name: "subject", index: direct},
		{name: "officer", index: direct},
		{name: "state", index: open},
	}, final: []string{"approved", "refused", "withdrawn", "done"}},
	{kind: "risk_table", columns: []column{
		{name: "name", index: direct},
		{name: "valid_from"},
		{name: "state"},
	}},
	{kind: "control_instruction", columns: []column{
		{name: "number", index: unique},
		{name: "valid_from"},
		{name: "valid_to"},
		{name: "state", index: open},
	}, final: []string{"ended", "withdrawn"}},
	{kind: "mode_version", columns: []column{
		{name: "mode", index: direct},
		{name: "valid_from"},
		{name: "state"},
	}},
}
