package store

// revenueTables keep tax bills, payments, what goes back, and the mail of the
// banks.
var revenueTables = []table{
	{kind: "tax_bill", columns: []column{
		{name: "number", index: unique},
		{name: "declaration", index: direct},
		{name: "supplements", index: direct}, // further bills of a bill
		{name: "enterprise", index: behind},
		{name: "office"},
		{name: "statement"},
		// Whose bills wait for the statement of their month.
		{name: "consolidated", at: "/enterprise", when: "/state=consolidated", index: direct},
		{name: "due_on", at: "/due", index: open},
		{name: "state", index: open},
	}, final: []string{"paid", "collected", "supplemented", "refunded", "withdrawn"}},
	{kind: "payment", columns: []column{
		{name: "tax_bill", index: behind},
		{name: "bank_day", index: direct},
		{name: "bank_reference", index: behind},
		{name: "enterprise", index: behind},
		{name: "office"},
		{name: "result"},
		{name: "state", index: open},
	}, final: []string{"booked", "cleared"}},
	{kind: "refund", columns: []column{
		{name: "tax_bill", index: direct},
		{name: "bank_day", index: direct},
		{name: "enterprise", index: behind},
		{name: "office"},
		{name: "state", index: open},
	}, final: []string{"paid", "refused"}},
	{kind: "statement", columns: []column{
		{name: "number", index: unique},
		{name: "enterprise", index: direct},
		{name: "office"},
		{name: "month"},
		{name: "due_on", at: "/due", index: open},
		{name: "state", index: open},
	}, final: []string{"paid", "collected"}},
	{kind: "tax_difference", columns: []column{
		{name: "declaration", index: direct},
		{name: "enterprise", index: behind},
		{name: "office"},
		{name: "band"},
		{name: "state", index: open},
	}, final: []string{"settled"}},
	{kind: "bank_peer"},
	{kind: "bank_message", columns: []column{
		{name: "bank"},
		{name: "direction"},
		{name: "kind"},
		{name: "waiting", at: "/bank", when: "/state=waiting", index: direct}, // banks for which something waits
		{name: "state", index: open},
	}, final: []string{"taken", "acknowledged"}},
	{kind: "reconciliation", columns: []column{
		{name: "bank"},
		{name: "day"},
		{name: "state", index: open},
	}, final: []string{"agreed"}},
}
