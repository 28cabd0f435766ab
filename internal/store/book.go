package store

// bookTables keep account books, verification lists, cover and debts.
var bookTables = []table{
	{kind: "book", columns: []column{
		{name: "number", index: unique},
		{name: "enterprise", at: "/operator/creditCode,/operator/code", index: direct},
		{name: "kind"},
		{name: "area"},
		{name: "office", at: "/competentOffice"},
		{name: "valid_to", index: open},
		{name: "state", index: open},
	}, final: []string{"closed"}},
	{kind: "verification_list", columns: []column{
		{name: "number", index: unique},
		{name: "book", index: behind},
		{name: "bill", index: direct},
		{name: "enterprise", at: "/operator/creditCode,/operator/code", index: behind},
		{name: "direction"},
		{name: "state", index: open},
	}, final: []string{"posted", "written_off", "voided"}},
	{kind: "write_off", columns: []column{
		{name: "number", index: unique},
		{name: "book", index: direct},
		{name: "enterprise", index: direct},
		{name: "area"},
		{name: "office"},
		{name: "due_on", at: "/due", index: open},
		{name: "state", index: open},
	}, final: []string{"adjusted"}},
	{kind: "residue", columns: []column{
		{name: "book", index: direct},
		{name: "enterprise", index: direct},
		{name: "area"},
		{name: "office"},
		{name: "class"},
		{name: "state", index: open},
	}, final: []string{"destroyed", "sold", "re_exported", "abandoned"}},
	{kind: "guarantee", columns: []column{
		{name: "number", index: unique},
		{name: "enterprise", index: direct},
		{name: "valid_to", index: open},
		{name: "state", index: open},
	}, final: []string{"refused", "closed"}},
	{kind: "obligation", columns: []column{
		{name: "debtor", index: behind},
		{name: "overdue", at: "/debtor", when: "/state=overdue", index: direct}, // debtors of what is overdue
		{name: "kind"},
		{name: "mode"},
		{name: "opened_by", index: direct},
		{name: "guarantee", at: "/hold/guarantee"},
		{name: "area"},
		{name: "office"},
		{name: "due_on", at: "/due", index: open},
		{name: "state"},
	}, final: []string{"discharged", "carried", "lifted"}},
}
