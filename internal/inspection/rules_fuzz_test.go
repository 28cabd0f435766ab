package inspection

import "testing"

func FuzzReadRules(f *testing.F) {
	f.Add(rulesFile)
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		rules, err := ReadRules(body)
		if err == nil && len(rules) == 0 {
			t.Fatal("no rules, and no error")
		}
	})
}
