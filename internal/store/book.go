package store

// bookTables keep account books, verification lists, cover and debts.
var bookTables = []table{
	{kind: "book", columns: []column{
		{name: "number", index: unique},
		{name: "enterprise", index: direct},
		{name: "type"},
		{name: "area"},
		{name: "state", index: open},
	}, final: []string{"closed", "cancelled"}},
	{kind: "verification_list", columns: []column{
		{name: "number", index: unique},
		{name: "book", index: behind},
		{name: "declaration", index: behind},
		{name: "enterprise", index: behind},
		{name: "state", index: open},
	}, final: []string{"posted", "written-off", "cancelled", "deleted"}},
	{kind: "guarantee", columns: []column{
		{name: "number", index: unique},
		{name: "enterprise", index: direct},
		{name: "valid_until"},
		{name: "state"},
	}},
	{kind: "obligation", columns: []column{
		{name: "debtor", index: behind},
		{name: "kind"},
		{name: "mode"},
		{name: "opened_by", index: behind},
		{name: "guarantee", at: "/hold/guarantee"},
		{name: "area"},
		{name: "office"},
		{name: "due_on", at: "/due", index: open},
		{name: "state"},
	}, final: []string{"discharged", "carried", "lifted"}},
}
