package store

// declarationTables keep declarations, the cases they run under and what is
// decided on them. A declaration that is released waits for nobody, so it stands
// on no worklist.
var declarationTables = []table{
	{kind: "declaration", columns: []column{
		{name: "number", index: unique},
		{name: "pre_entry_number", index: direct},
		{name: "enterprise", at: "/consignee/creditCode,/consignee/customsCode,/enterprise", index: behind},
		{name: "broker", at: "/declarant/creditCode,/declarant/customsCode", index: behind},
		{name: "bill", at: "/billOfLading", index: direct},
		{name: "manifest", index: direct},
		{name: "book", at: "/bookNumber", index: behind},
		{name: "list", at: "/listNumber", index: behind},
		{name: "kind"},
		{name: "procedure"},
		{name: "direction"},
		{name: "office", at: "/competentOffice"},
		{name: "channel"},
		{name: "accepted", at: "/times/accepted", form: instant},
		{name: "declared_on"},
		{name: "state", index: open},
	}, final: []string{"released", "closed", "deleted"}},
	{kind: "assessment", columns: []column{
		{name: "declaration", index: direct},
		{name: "channel", at: "/verdict/channel"},
		{name: "score", at: "/verdict/score", form: integer},
		{name: "at_us", at: "/at", form: instant},
	}},
	{kind: "case", name: "case_file", columns: []column{
		{name: "mode"},
		{name: "area"},
		{name: "office"},
		{name: "debtor", index: behind},
		{name: "lading", index: direct}, // cases of one journey stand together
		{name: "list", index: direct},
		{name: "declaration", index: direct},
		{name: "application", index: direct},
		{name: "book", index: behind},
		{name: "state", index: open},
	}, final: []string{"closed", "undone", "ended"}},
	{kind: "late_step", columns: []column{
		{name: "case_id", at: "/case", index: direct},
		{name: "declaration", index: direct},
		{name: "mode"},
		{name: "step"},
		{name: "enterprise", index: direct},
		{name: "area"},
		{name: "office"},
		{name: "state", index: open},
	}, final: []string{"ended"}},
	{kind: "application", columns: []column{
		{name: "number", index: direct},
		{name: "kind"},
		{name: "enterprise", index: behind},
		{name: "lading", index: direct},
		{name: "area"},
		{name: "state", index: open},
	}, final: []string{"closed", "cancelled", "refused"}},
	{kind: "inspection_order", columns: []column{
		{name: "number", index: unique},
		{name: "subject", index: direct},
		{name: "enterprise", index: direct},
		{name: "issued_by"},
		{name: "area"},
		{name: "office"},
		{name: "due_on", index: open},
		{name: "state", index: open},
	}, final: []string{"fed_back", "withdrawn"}},
	{kind: "label", columns: []column{
		{name: "subject", index: direct},
		{name: "outcome"},
		{name: "at_us", at: "/at", form: instant},
	}},
}
