package store

// manifestTables keep manifests and their bills of lading, and messages as they
// came in.
var manifestTables = []table{
	{kind: "manifest", columns: []column{
		{name: "number", index: direct},
		{name: "number_journey", at: "/number|/journey", index: direct},
		{name: "journey", index: direct},
		{name: "carrier", index: direct},
		{name: "office"},
		{name: "received", form: instant},
		{name: "state", index: open},
	}, final: []string{"written_off", "cancelled"}},
	{kind: "bill_of_lading", columns: []column{
		{name: "number", index: behind},
		{name: "journey"},
		{name: "journey_number", at: "/journey|/number", index: direct}, // bills of one journey stand together
		{name: "manifest", index: direct},
		{name: "office"},
		{name: "state", at: "/content/state", index: open},
	}, final: []string{"split", "merged", "delivered", "written_off"}},
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
