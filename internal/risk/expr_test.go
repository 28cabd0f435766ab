package risk

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"seine/internal/fault"
)

func TestParse(t *testing.T) {
	for name, tc := range map[string]struct{ src, want string }{
		"the example of the guide": {
			`hs.chapter in ["22","24"] and value_cny >= 500000 and origin in @watched_origins`,
			`hs.chapter in ["22", "24"] and value_cny >= 500000 and origin in @watched_origins`,
		},
		"alternatives in brackets":         {`(a = "x" or b > 3) and c`, `(a = "x" or b > 3) and c = true`},
		"one bracket alone needs none":     {`(a or b)`, `a = true or b = true`},
		"alternatives alone":               {`a or not b`, `a = true or b = false`},
		"a fact alone is yes":              {`prohibited`, `prohibited = true`},
		"double equals is equals":          {`a == 1`, `a = 1`},
		"between takes its own and":        {`a between 1 and 2 and b is unknown`, `a between 1 and 2 and b is unknown`},
		"percent and negative":             {`p <= -30%`, `p <= -30%`},
		"a day":                            {`d < 2026-01-31`, `d < 2026-01-31`},
		"quotes and backslashes in a text": {`a = "x\"y\\z"`, `a = "x\"y\\z"`},
		"a single value for a list":        {`a in "x"`, `a in ["x"]`},
		"sets":                             {`s has any @l and s has none ["a"]`, `s has any @l and s has none ["a"]`},
		"line breaks are blanks":           {"a\n and\tb", `a = true and b = true`},
		"not in":                           {`a not in ["x"]`, `a not in ["x"]`},
		"starts":                           {`hs starts ["0402", "22"]`, `hs starts ["0402", "22"]`},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Parse(tc.src)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.String(); got != tc.want {
				t.Errorf("normal form\n got %s\nwant %s", got, tc.want)
			}
			sameAgain(t, e)
		})
	}
}

// sameAgain tells that the normal form reads back as the same expression.
func sameAgain(t *testing.T, e Expr) {
	t.Helper()
	again, err := Parse(e.String())
	if err != nil {
		t.Fatalf("normal form %q does not read back: %v", e.String(), err)
	}
	if diff := cmp.Diff(e, again, cmpopts.IgnoreFields(Condition{}, "At")); diff != "" {
		t.Errorf("normal form %q reads back otherwise:\n%s", e.String(), diff)
	}
}

func TestParseRefusals(t *testing.T) {
	for name, tc := range map[string]struct{ src, code, at string }{
		"nothing":                            {``, "RISK-EXPR-01", "1"},
		"no value":                           {`a >=`, "RISK-EXPR-01", "5"},
		"no field":                           {`>= 5`, "RISK-EXPR-01", "1"},
		"a word of the language as field":    {`in = 5`, "RISK-EXPR-01", "1"},
		"two fields side by side":            {`a b`, "RISK-EXPR-01", "3"},
		"and without right side":             {`a and`, "RISK-EXPR-01", "6"},
		"list not closed":                    {`a in ["x", "y"`, "RISK-EXPR-01", "15"},
		"bracket not closed":                 {`(a or b`, "RISK-EXPR-01", "8"},
		"nested brackets":                    {`((a))`, "RISK-EXPR-01", "2"},
		"list without name":                  {`a in @`, "RISK-EXPR-01", "6"},
		"capital letters":                    {`Origin = "CN"`, "RISK-EXPR-01", "1"},
		"a sign of another language":         {`a && b`, "RISK-EXPR-01", "3"},
		"text not closed":                    {`a = "x`, "RISK-EXPR-02", "5"},
		"and beside or":                      {`a and b or c`, "RISK-EXPR-03", "9"},
		"or beside and":                      {`a or b and c`, "RISK-EXPR-03", "8"},
		"and inside brackets":                {`(a and b)`, "RISK-EXPR-03", "4"},
		"column counts characters not bytes": {`a = "中文" b`, "RISK-EXPR-01", "10"},
		"too many conditions":                {strings.Repeat("a and ", 64) + "a", "RISK-EXPR-04", ""},
		"too long":                           {strings.Repeat(" ", 20_000), "RISK-EXPR-04", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(tc.src)
			if !fault.Is(err, tc.code) {
				t.Fatalf("got %v, want %s", err, tc.code)
			}
			if at := fault.All(err)[0].Args["at"]; at != tc.at {
				t.Errorf("at character %s, want %s: %v", at, tc.at, err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`hs.chapter in ["22","24"] and value_cny >= 500000 and origin in @watched_origins`,
		`(a = "x" or b > 3%) and not c and d between 2026-01-01 and 2026-02-01`,
		`s has any ["a"] or s has none @l or x is unknown or y not in "z" or h starts "04"`,
		`a = "\"\\"`, `a=-1.5`, `((`, `a in [`, "\xff\xfe", `a = "中文"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := Parse(src)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatalf("%q: an error without code: %v", src, err)
			}
			return
		}
		sameAgain(t, e)
	})
}

func TestTypeCheck(t *testing.T) {
	c, err := DefaultCatalogue(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	lists := Lists{"l": {Values: []string{"A", "B"}}, "empty": {}, "n": {Values: []string{"1", "x"}}}
	for src, code := range map[string]string{
		`orgin = "CN"`:                          "RISK-FIELD-01",
		`weight_error > 3`:                      "RISK-FIELD-01", // a fact of passages
		`origin > "CN"`:                         "RISK-FIELD-02",
		`value_cny starts "5"`:                  "RISK-FIELD-02",
		`prohibited > 1`:                        "RISK-FIELD-02",
		`containers = "X"`:                      "RISK-FIELD-02",
		`origin has any ["CN"]`:                 "RISK-FIELD-02",
		`value_cny`:                             "RISK-FIELD-03",
		`origin = 5`:                            "RISK-FIELD-03",
		`value_cny > "5"`:                       "RISK-FIELD-03",
		`value_cny > 5.001`:                     "RISK-FIELD-03",
		`value_cny > 5%`:                        "RISK-FIELD-03",
		`credit_level = 2.5`:                    "RISK-FIELD-03",
		`accepted_on > 20260101`:                "RISK-FIELD-03",
		`accepted_on > 2026-02-30`:              "RISK-FIELD-03",
		`credit_level between 3 and 2`:          "RISK-FIELD-03",
		`hs starts ""`:                          "RISK-FIELD-03",
		`origin in @nowhere`:                    "RISK-LIST-01",
		`origin in @empty`:                      "RISK-LIST-01",
		`credit_level in @n`:                    "RISK-FIELD-03",
		`origin in @l and accepted_on is known`: "",
		`price_deviation <= -30% and duty_rate >= 0.15`: "",
		`credit_level in [1, 2]`:                        "",
	} {
		e, err := Parse(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		_, _, err = compileExpr(e, c, lists)
		if code == "" && err != nil || code != "" && !fault.Is(err, code) {
			t.Errorf("%s: got %v, want %q", src, err, code)
		}
	}
	e, err := Parse(`value_cny > 5 and orgin = "CN"`)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = compileExpr(e, c, nil)
	f := fault.All(err)[0]
	if f.Args["nearest"] != "origin" || f.Args["at"] != "19" {
		t.Errorf("a misspelt fact should name the nearest and its place: %v", f.Args)
	}
}
