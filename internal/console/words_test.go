package console

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"seine/locales"
)

// same lists the messages that are the same in both languages, with reason: the
// house's own name, and patterns made of it.
var same = []string{"house.name", "page.title"}

// readMessages gives the forms of every message of a language, joined.
func readMessages(t *testing.T, tag string) map[string]map[string]string {
	t.Helper()
	content, err := locales.Messages(tag)
	if err != nil {
		t.Fatal(err)
	}
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(content, &raw); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	all := map[string]map[string]string{}
	for key, value := range raw {
		var text string
		forms := map[string]string{}
		if json.Unmarshal(value, &text) == nil {
			forms["other"] = text
		} else if err := json.Unmarshal(value, &forms); err != nil {
			t.Errorf("%s: %s is neither text nor forms of a plural", tag, key)
		}
		all[key] = forms
	}
	return all
}

var argument = regexp.MustCompile(`\{\{\.[a-zA-Z]+\}\}|\{[a-z]+\}`)

func arguments(text string) []string {
	found := argument.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryMessageStandsInBothLanguages(t *testing.T) {
	english, chinese := readMessages(t, locales.English), readMessages(t, locales.Chinese)
	for key, forms := range english {
		other, known := chinese[key]
		if !known {
			t.Errorf("%s is missing in Chinese", key)
			continue
		}
		if forms["other"] == "" || other["other"] == "" {
			t.Errorf("%s is empty", key)
		}
		if forms["other"] == other["other"] && !slices.Contains(same, key) {
			t.Errorf("%s is not translated", key)
		}
		if a, b := arguments(forms["other"]), arguments(other["other"]); !slices.Equal(a, b) {
			t.Errorf("%s uses %v in English and %v in Chinese", key, a, b)
		}
		if len(forms) > 1 && forms["one"] == "" {
			t.Errorf("%s has forms of a plural but none for one", key)
		}
	}
	for key := range chinese {
		if _, known := english[key]; !known {
			t.Errorf("%s is missing in English", key)
		}
	}
}

// TestEveryKeyIsUsedAndKnown reads the source of this package: a string literal
// that is a key counts as its use; what is given to T, N or Word as a literal
// must be one.
func TestEveryKeyIsUsedAndKnown(t *testing.T) {
	messages := readMessages(t, locales.English)
	used := map[string]bool{}
	for path, file := range parseSource(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") }) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					used[text] = true
				}
			case *ast.CallExpr:
				name, ok := n.Fun.(*ast.Ident)
				if ok && (name.Name == "T" || name.Name == "N" || name.Name == "Word") && len(n.Args) > 1 {
					if key, err := literal(n.Args[1]); err == nil && messages[key] == nil {
						t.Errorf("%s: there is no message %q", path, key)
					}
				}
			}
			return true
		})
	}
	for _, key := range slices.Sorted(maps.Keys(messages)) {
		if !used[key] {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func literal(e ast.Expr) (string, error) {
	if lit, ok := e.(*ast.BasicLit); ok {
		return strconv.Unquote(lit.Value)
	}
	return "", strconv.ErrSyntax
}

func parseSource(t *testing.T, wanted func(name string) bool) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, "../print/words.go", "../print/working.go", "../print/writeoff.go") // papers use the same words
	for _, name := range names {
		if !wanted(name) {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name], err = parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestNoWordsInTemplates reads the markup that the templates were compiled to:
// no text between tags, and none in the attributes that a person sees or hears.
func TestNoWordsInTemplates(t *testing.T) {
	letters := regexp.MustCompile(`\p{L}{2,}`)
	spoken := []string{"alt", "aria-label", "placeholder", "title", "aria-description"}
	for path, file := range parseSource(t, func(name string) bool { return strings.HasSuffix(name, "_templ.go") }) {
		var markup strings.Builder
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch {
			case selector.Sel.Name == "WriteString" && len(call.Args) == 3:
				if text, err := literal(call.Args[2]); err == nil {
					markup.WriteString(text)
				}
			case strings.HasPrefix(selector.Sel.Name, "JoinStringErrs") && len(call.Args) == 1:
				if text, err := literal(call.Args[0]); err == nil && letters.MatchString(text) {
					t.Errorf("%s: %q is no key", path, text)
				}
			}
			return true
		})
		tokens := html.NewTokenizer(strings.NewReader(markup.String()))
		for tokens.Next() != html.ErrorToken {
			token := tokens.Token()
			if token.Type == html.TextToken && letters.MatchString(token.Data) {
				t.Errorf("%s: text in a template: %q", path, token.Data)
			}
			for _, a := range token.Attr {
				if slices.Contains(spoken, a.Key) && letters.MatchString(a.Val) {
					t.Errorf("%s: text in an attribute: %s=%q", path, a.Key, a.Val)
				}
			}
		}
	}
}
