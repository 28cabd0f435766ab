package store

// gateTables keep what the gate lets through and what it saw.
var gateTables = []table{
	{kind: "release_note", columns: []column{
		{name: "number", index: unique},
		{name: "declaration", index: behind},
		{name: "vehicle", index: direct},
		{name: "area"},
		{name: "state", index: open},
	}, final: []string{"used", "cancelled", "expired"}},
	{kind: "passage", columns: []column{
		{name: "lane", index: direct},
		{name: "area"},
		{name: "vehicle", index: behind},
		{name: "container", index: behind},
		{name: "note", index: behind},
		{name: "verdict"},
		{name: "at_us", at: "/at", form: instant},
		{name: "state", index: open},
	}, final: []string{"lifted", "passed", "closed", "refused"}},
}
