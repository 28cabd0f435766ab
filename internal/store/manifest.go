package store

// manifestTables keep manifests and their bills of lading, and messages as they
// came in.
var manifestTables = []table{
	{kind: "manifest", columns: []column{
		{name: "number", index: direct},
		{name: "journey", index: direct},
		{name: "carrier", index: direct},
		{name: "office"},
		{name: "received", form: instant},
		{name: "state", index: open},
	}, final: []string{"closed", "cancelled", "deleted"}},
	{kind: "bill_of_lading", columns: []column{
		{name: "number", index: behind},
		{name: "journey"},
		{name: "journey_number", at: "/journey|/number", index: direct},
		{name: "manifest", index: direct},
		{name: "consignee", index: behind},
		{name: "state", index: open},
	}, final: []string{"released", "closed", "cancelled", "deleted"}},
	{kind: "message", columns: []column{
		{name: "format"},
		{name: "sender", index: behind},
		{name: "reference", index: behind},
		{name: "received", form: instant},
		{name: "state", index: open},
	}, final: []string{"taken", "refused"}},
	{kind: "import_job", columns: []column{
		{name: "owner", index: direct},
		{name: "state", index: open},
	}, final: []string{"done", "cancelled"}},
}
