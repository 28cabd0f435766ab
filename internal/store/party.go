package store

// partyTables keep enterprises, the people of both sides and what they sign in
// with.
var partyTables = []table{
	{kind: "enterprise", columns: []column{
		{name: "credit_code", index: unique},
		{name: "customs_code", index: unique},
		{name: "name", index: direct},
		{name: "area", index: direct},
		{name: "state"},
	}},
	{kind: "officer", columns: []column{
		{name: "number", index: unique},
		{name: "user_id", at: "/user", index: direct},
		{name: "office", index: direct},
		{name: "area"},
		{name: "state"},
	}},
	{kind: "user", name: "user_account", columns: []column{
		{name: "name", index: unique},
		{name: "enterprise", index: direct},
		{name: "officer", index: direct},
		{name: "state"},
	}},
	{kind: "session", columns: []column{
		{name: "token_hash", index: unique},
		{name: "user_id", at: "/user", index: direct},
		{name: "expires", form: instant, index: direct},
	}},
	{kind: "link", name: "sign_in_link", columns: []column{
		{name: "user_id", at: "/user", index: direct},
		{name: "expires", form: instant},
	}},
	{kind: "client", columns: []column{
		{name: "client_id", index: unique},
		{name: "enterprise", index: direct},
		{name: "thumbprint", index: direct},
		{name: "state"},
	}},
}
