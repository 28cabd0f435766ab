package store

// declarationTables keep declarations and what is decided on them.
var declarationTables = []table{
	{kind: "declaration", columns: []column{
		{name: "number", index: unique},
		{name: "enterprise", index: behind},
		{name: "broker", index: behind},
		{name: "bill", index: behind},
		{name: "book", index: behind},
		{name: "procedure"},
		{name: "direction"},
		{name: "office"},
		{name: "channel"},
		{name: "received", form: instant},
		{name: "state", index: open},
	}, final: []string{"released", "closed", "cancelled", "refused", "withdrawn"}},
	{kind: "confirmation", columns: []column{
		{name: "declaration", index: direct},
		{name: "bill", index: direct},
		{name: "state", index: open},
	}, final: []string{"agreed", "superseded"}},
	{kind: "inspection_order", columns: []column{
		{name: "number", index: unique},
		{name: "subject", index: direct},
		{name: "enterprise", index: direct},
		{name: "officer", index: direct},
		{name: "office"},
		{name: "state", index: open},
	}, final: []string{"done", "cancelled", "closed"}},
	{kind: "label", columns: []column{
		{name: "subject", index: behind},
		{name: "outcome"},
	}},
	{kind: "tax_bill", columns: []column{
		{name: "number", index: unique},
		{name: "declaration", index: behind},
		{name: "enterprise", index: behind},
		{name: "due_on", at: "/due", index: direct},
		{name: "state", index: open},
	}, final: []string{"paid", "cancelled", "carried"}},
}
