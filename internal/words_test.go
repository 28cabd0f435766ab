package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/writeoff"
	"seine/locales"
)

var (
	codePattern = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+-[0-9]{2}$`)
	placeholder = regexp.MustCompile(`\{[a-zA-Z][a-zA-Z0-9_]*\}`)
)

// TestEveryRefusalHasChineseWords reads the source of the whole house: each code
// that a fault is made with has exactly one Chinese template, which uses the
// same arguments as the English one, and no template is left over.
func TestEveryRefusalHasChineseWords(t *testing.T) {
	used := refusalsOf(t, "..")
	files, err := locales.FaultFiles()
	if err != nil {
		t.Fatal(err)
	}
	chinese := map[string]locales.Template{}
	for name, templates := range files {
		for code, template := range templates {
			chinese[code] = template
			if _, known := used[code]; !known {
				t.Errorf("%s: %s is raised nowhere", name, code)
			}
			if template.Text == "" || template.Cure == "" {
				t.Errorf("%s: %s lacks its text or its cure", name, code)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(used)) {
		use := used[code]
		template, known := chinese[code]
		if !known {
			t.Errorf("%s: %s has no template in locales/faults/*.zh-CN.json", use.where, code)
			continue
		}
		if use.words == nil {
			continue // its English is not a literal: only the code can be checked
		}
		english, other := names(use.words...), names(template.Text, template.Cure)
		if !slices.Equal(english, other) {
			t.Errorf("%s: %s uses %v in English and %v in Chinese", use.where, code, english, other)
		}
	}
	t.Logf("%d codes", len(used))
}

// names lists the {arguments} of some templates, sorted, each once.
func names(templates ...string) []string {
	found := placeholder.FindAllString(strings.Join(templates, " "), -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// refusal is where a code is raised and its English, nil when not literal.
type refusal struct {
	where string
	words []string
}

// maker is a function that makes a fault: fault.New, or one of a package's own
// that hands its parameters on to it. code, text and cure are the positions of
// those among its arguments, or -1; words is the English it adds by itself.
type maker struct {
	code, text, cure int
	words            []string
}

// source is one package as far as this test reads it.
type source struct {
	t         *testing.T
	fset      *token.FileSet
	files     []*ast.File
	constants map[string]string
	makers    map[string]maker
	found     map[string]refusal
	fields    map[string]bool // names of fields that codes are taken from
}

// refusalsOf reads every package below root.
func refusalsOf(t *testing.T, root string) map[string]refusal {
	t.Helper()
	fset := token.NewFileSet()
	packages := map[string]*source{}
	found, fields := map[string]refusal{}, map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "tools" || strings.HasPrefix(entry.Name(), ".git")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		if packages[dir] == nil {
			packages[dir] = &source{
				t: t, fset: fset, constants: map[string]string{}, found: found, fields: fields,
				makers: map[string]maker{"fault.New": {code: 1, text: 3, cure: 4}},
			}
		}
		packages[dir].files = append(packages[dir].files, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		p.read()
	}
	for _, p := range packages {
		p.rows()
	}
	return found
}

func (p *source) read() {
	for _, file := range p.files {
		ast.Inspect(file, p.constant)
	}
	for known := 0; known != len(p.makers); { // a maker may stand on another
		known = len(p.makers)
		for _, file := range p.files {
			for _, declaration := range file.Decls {
				if f, ok := declaration.(*ast.FuncDecl); ok && f.Body != nil {
					p.learn(f)
				}
			}
		}
	}
	for _, file := range p.files {
		for _, declaration := range file.Decls {
			var parameters []string
			if f, ok := declaration.(*ast.FuncDecl); ok {
				parameters = parametersOf(f.Type)
			}
			ast.Inspect(declaration, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					p.call(call, parameters)
				}
				return true
			})
		}
	}
}

// constant remembers string constants by name.
func (p *source) constant(n ast.Node) bool {
	if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
		for i, name := range spec.Names {
			if text, literal := p.text(spec.Values[i]); literal {
				p.constants[name.Name] = text
			}
		}
	}
	return true
}

// text folds literals, constants and sums of them.
func (p *source) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		text, known := p.constants[e.Name]
		return text, known
	case *ast.ParenExpr:
		return p.text(e.X)
	case *ast.BinaryExpr:
		left, first := p.text(e.X)
		right, second := p.text(e.Y)
		return left + right, first && second && e.Op == token.ADD
	}
	return "", false
}

func parametersOf(f *ast.FuncType) (list []string) {
	for _, field := range f.Params.List {
		for _, name := range field.Names {
			list = append(list, name.Name)
		}
	}
	return list
}

func (p *source) makerOf(call *ast.CallExpr) (maker, bool) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "fault" {
			name = "fault." + name
		}
	}
	m, known := p.makers[name]
	return m, known && m.code < len(call.Args)
}

// learn makes f a maker when it hands a parameter on as a code.
func (p *source) learn(f *ast.FuncDecl) {
	parameters := parametersOf(f.Type)
	position := func(call *ast.CallExpr, i int) int {
		if i >= 0 && i < len(call.Args) {
			if id, ok := call.Args[i].(*ast.Ident); ok {
				return slices.Index(parameters, id.Name)
			}
		}
		return -1
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if m, known := p.makerOf(call); known && position(call, m.code) >= 0 {
			made := maker{code: position(call, m.code), text: position(call, m.text), cure: position(call, m.cure), words: m.words}
			for _, i := range []int{m.text, m.cure} {
				if i >= 0 && i < len(call.Args) {
					if text, literal := p.text(call.Args[i]); literal {
						made.words = append(slices.Clip(made.words), text)
					}
				}
			}
			p.makers[f.Name.Name] = made
		}
		return true
	})
}

// call notes the refusal that one call makes.
func (p *source) call(call *ast.CallExpr, parameters []string) {
	m, known := p.makerOf(call)
	if !known {
		return
	}
	where := p.fset.Position(call.Pos()).String()
	words, literal := slices.Clone(m.words), true
	for _, i := range []int{m.text, m.cure} {
		if i >= 0 && i < len(call.Args) {
			text, ok := p.text(call.Args[i])
			words, literal = append(words, text), literal && ok
		}
	}
	if !literal {
		words = nil
	}
	switch code := call.Args[m.code].(type) {
	case *ast.SelectorExpr: // a field of a table: its rows name the codes
		p.fields[code.Sel.Name] = true
	default:
		text, ok := p.text(code)
		if id, isName := code.(*ast.Ident); !ok && isName && slices.Contains(parameters, id.Name) {
			return // handed on: the callers name it
		}
		if !ok {
			p.t.Errorf("%s: the code of a fault is a literal, so that it can be found and translated", where)
			return
		}
		p.note(text, where, words)
	}
	p.arguments(call, where, words)
}

// rows notes the codes that rows of tables give in the fields that some package
// takes codes from, such as the refusal of a lifecycle.
func (p *source) rows() {
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok && p.fields[key.Name] {
					if text, literal := p.text(pair.Value); literal && codePattern.MatchString(text) {
						p.note(text, p.fset.Position(pair.Pos()).String(), nil)
					}
				}
			}
			return true
		})
	}
}

func (p *source) note(code, where string, words []string) {
	if !codePattern.MatchString(code) {
		p.t.Errorf("%s: %q is not the form of a fault code, ROOM-TOPIC-01", where, code)
		return
	}
	if old, again := p.found[code]; again && old.words != nil && words != nil && !slices.Equal(names(old.words...), names(words...)) {
		p.t.Errorf("%s: %s has other arguments than at %s", where, code, old.where)
	}
	if old, again := p.found[code]; !again || old.words == nil {
		p.found[code] = refusal{where: where, words: words}
	}
}

// arguments checks that fault.New is given every {name} its words use.
func (p *source) arguments(call *ast.CallExpr, where string, words []string) {
	if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "New" || call.Ellipsis.IsValid() || words == nil {
		return
	}
	given := []string{}
	for i := 5; i < len(call.Args); i += 2 {
		name, literal := p.text(call.Args[i])
		if !literal {
			return
		}
		given = append(given, "{"+name+"}")
	}
	for _, name := range names(words...) {
		if !slices.Contains(given, name) {
			p.t.Errorf("%s: %s is used and not given", where, name)
		}
	}
}

// A refusal that names the state of a document says it in Chinese words, whatever
// state that is.
func TestRefusalsNameEveryStateInChinese(t *testing.T) {
	var writeOff, account []string
	for _, s := range writeoff.Life.States {
		writeOff = append(writeOff, string(s.Name))
	}
	for _, s := range book.Life.States {
		account = append(account, string(s.Name))
	}
	application := []string{bonded.ApplicationSubmitted, bonded.ApplicationApproved, bonded.ApplicationReturned, bonded.ApplicationVoided}
	amendment := append([]string{clearance.AmendmentAsked, clearance.AmendmentAgreed, clearance.AmendmentRefused}, application...) // both lie in one place
	files, err := locales.FaultFiles()
	if err != nil {
		t.Fatal(err)
	}
	chinese := map[string]locales.Template{}
	for _, templates := range files {
		maps.Copy(chinese, templates)
	}
	for code, states := range map[string][]string{
		"BONDED-WRITEOFF-03": writeOff, "BONDED-WRITEOFF-05": account, "BONDED-APPLICATION-01": application, "CLR-AMEND-03": amendment,
	} {
		for _, state := range states {
			if chinese[code].Words["state"][state] == "" {
				t.Errorf("%s has no Chinese word for %s", code, state)
			}
		}
	}
}
