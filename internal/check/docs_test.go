package check_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"seine/internal/check"
)

// codes reads the codes where they are written: those of a file.
func codes(t *testing.T, name string) []check.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []check.Code
	for _, d := range file.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, s := range group.Specs {
			spec := s.(*ast.ValueSpec)
			if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
				continue
			}
			for _, v := range spec.Values {
				code, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, check.Code(code))
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("no codes found in %s", name)
	}
	return all
}

func TestEveryCodeIsExplained(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "check.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := append(append(codes(t, "finding.go"), codes(t, "money.go")...), codes(t, "feed.go")...)
	all = append(append(all, codes(t, "writeoff.go")...), codes(t, "late.go")...)
	for _, code := range all {
		if n := strings.Count(string(page), "| "+string(code)+" |"); n != 1 {
			t.Errorf("docs/check.md has %d rows for %s", n, code)
		}
	}
	if rows := strings.Count(string(page), "| CHK-"); rows != len(all) {
		t.Errorf("docs/check.md explains %d codes, there are %d", rows, len(all))
	}
}
