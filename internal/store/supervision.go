package store

// supervisionTables keep what enterprises' own systems tell of their stock.
var supervisionTables = []table{
	{kind: "feed", columns: []column{
		{name: "enterprise", index: direct},
		{name: "area"},
		{name: "office"},
		{name: "state", index: open},
	}, final: []string{"ended"}},
	{kind: "feed_message", columns: []column{
		{name: "book", index: direct},
		{name: "message_key", at: "/book|/key", index: direct},
		{name: "state", index: open},
	}, final: []string{"applied"}},
	{kind: "feed_part", columns: []column{
		{name: "book", index: direct},
		{name: "line", form: integer},
	}},
	{kind: "feed_table", columns: []column{
		{name: "book", index: direct},
		{name: "enterprise"},
		{name: "day"},
		{name: "state", index: open},
	}, final: []string{"agreed", "explained", "carried"}},
	{kind: "work_order", columns: []column{
		{name: "book", index: direct},
		{name: "number"},
		{name: "state", index: open},
	}, final: []string{"closed"}},
}
