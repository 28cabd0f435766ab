package procedure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
)

// maxFile bounds a mode file.
const maxFile = 256 << 10

// Parse reads one mode file. Everything in it must be known: a name or a word
// that is not is refused with its line. All faults are returned:
// PROCEDURE-FILE-01 (not YAML, or an unknown name), PROCEDURE-FILE-02 (something
// is missing), PROCEDURE-FILE-03 (too large), PROCEDURE-WORD-01 (a word that the
// program does not know), PROCEDURE-NAME-01 and -02 (a name is malformed, or
// given twice), PROCEDURE-REF-01 (a step, debt or event that does not exist),
// PROCEDURE-VALUE-01 (a value out of range), PROCEDURE-DUE-01, and the faults of
// clock and num for days and shares.
func Parse(source []byte) (*Mode, error) {
	if len(source) > maxFile {
		return nil, fault.New(fault.Invalid, "PROCEDURE-FILE-03", "", "the file is larger than {bytes} bytes",
			"a mode is a short text; keep data elsewhere", "bytes", maxFile)
	}
	var f fileMode
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		return nil, yamlFaults(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fault.List{malformed("", 0, "more than one document stands in the file")}
	}
	b := builder{file: &f, steps: map[string]bool{}, debts: map[string]*Debt{}}
	m := b.mode()
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	sum := sha256.Sum256(source)
	m.Source, m.Hash = slices.Clone(source), hex.EncodeToString(sum[:])
	return m, nil
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// yamlFaults makes a fault of each thing the YAML reader complains about. Its
// words name Go types at their end; those are left out.
func yamlFaults(err error) fault.List {
	texts := []string{err.Error()}
	if several, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = several.Errors
	}
	var faults fault.List
	for _, text := range texts {
		line := 0
		if found := yamlLine.FindStringSubmatch(text); found != nil {
			line, _ = strconv.Atoi(found[1])
			text = found[2]
		}
		if at := strings.Index(text, " in type procedure."); at >= 0 {
			text = text[:at]
		}
		if errors.Is(err, io.EOF) {
			text = "the file is empty"
		}
		faults = append(faults, malformed("", line, text))
	}
	return faults
}

func malformed(path string, line int, problem string) *fault.Fault {
	return fault.New(fault.Invalid, "PROCEDURE-FILE-01", path, "line {line}: {problem}",
		"write the file as the manual of procedures shows", "line", line, "problem", problem)
}

// builder makes a Mode of a file and gathers faults.
type builder struct {
	file   *fileMode
	faults fault.List
	steps  map[string]bool
	debts  map[string]*Debt
}

func (b *builder) add(f *fault.Fault) { b.faults = append(b.faults, f) }

// oneOf gives the word when it is one of the known words of meaning; "" when it
// is not given.
func oneOf[T ~string](b *builder, path string, w word, meaning string) T {
	if w.text == "" {
		return ""
	}
	if !slices.Contains(vocabulary[meaning], w.text) {
		b.add(fault.New(fault.Invalid, "PROCEDURE-WORD-01", path, "line {line}: “{word}” is no {meaning}",
			"use one of: {words}", "line", w.line, "word", w.text, "meaning", meaning, "words", strings.Join(vocabulary[meaning], ", ")))
	}
	return T(w.text)
}

// need is oneOf for a word that must be there.
func need[T ~string](b *builder, path string, w word, meaning string) T {
	b.present(path, w.text != "")
	return oneOf[T](b, path, w, meaning)
}

// several is oneOf for a list.
func several[T ~string](b *builder, path string, list []word, meaning string) []T {
	var out []T
	for i, w := range list {
		out = append(out, need[T](b, path+"/"+itoa(i), w, meaning))
	}
	return out
}

func (b *builder) present(path string, there bool) {
	if !there {
		b.add(fault.New(fault.Invalid, "PROCEDURE-FILE-02", path, "{path} is missing, or does not belong here", "add it or take it out", "path", path))
	}
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// name gives a name of the file's own: of a mode, step, debt or reservation.
func (b *builder) name(path string, w word) string {
	if !namePattern.MatchString(w.text) || len(w.text) > 64 {
		b.add(fault.New(fault.Invalid, "PROCEDURE-NAME-01", path, "line {line}: “{name}” is no name",
			"use lower-case words joined by dashes", "line", w.line, "name", w.text))
	}
	return w.text
}

func (b *builder) twice(path string, w word) {
	b.add(fault.New(fault.Invalid, "PROCEDURE-NAME-02", path, "line {line}: “{name}” is given twice",
		"give each its own name", "line", w.line, "name", w.text))
}

func (b *builder) unknown(path string, w word, meaning string) {
	b.add(fault.New(fault.Invalid, "PROCEDURE-REF-01", path, "line {line}: there is no {meaning} “{name}” in this file",
		"name one that the file describes", "line", w.line, "meaning", meaning, "name", w.text))
}

func (b *builder) value(path string, problem string) {
	b.add(fault.New(fault.Invalid, "PROCEDURE-VALUE-01", path, "the value does not fit: {problem}", "give a value in range", "problem", problem))
}

// text gives a text that must be there in both languages.
func (b *builder) text(path string, t fileText) Text {
	b.present(path+"/en", t.English.text != "")
	b.present(path+"/zh", t.Chinese.text != "")
	return Text{t.English.text, t.Chinese.text}
}

func (b *builder) day(path string, w word) clock.Date {
	if w.text == "" {
		return 0
	}
	d, err := clock.ParseDate(w.text)
	if other := b.faults.Add(path, err); other != nil {
		b.value(path, other.Error())
	}
	return d
}

func (b *builder) mode() *Mode {
	f := b.file
	m := &Mode{
		ID: b.name("/mode", f.Mode), Version: f.Version, Title: b.text("/title", f.Title),
		From: b.day("/valid/from", f.Valid.From), To: b.day("/valid/to", f.Valid.To), Credit: f.Credit,
		Line: need[Line](b, "/line", f.Line, "line"), Way: need[Direction](b, "/direction", f.Direction, "direction"),
		Status: several[ledger.Status](b, "/status", f.Status, "customs status"),
		Papers: several[Paper](b, "/papers", f.Papers, "paper"), Instructions: b.text("/instructions", f.Instructions),
		Risk: b.name("/risk", f.Risk), Begins: b.stands("/begins", f.Begins), Ends: b.stands("/ends", f.Ends),
		Requires: map[Paper][]string{},
	}
	if m.Version < 1 || m.Version > 1_000_000 {
		b.value("/version", "a version is a number from 1")
	}
	if m.Credit < 1 || m.Credit > 5 {
		b.value("/credit", "a credit level is a number from 1 to 5")
	}
	b.present("/valid/from", m.From != 0)
	b.present("/law", len(f.Law) > 0)
	b.present("/papers", len(m.Papers) > 0)
	b.present("/steps", len(f.Steps) > 0)
	if m.To != 0 && m.To < m.From {
		b.value("/valid/to", "the mode ends before it begins")
	}
	for i, w := range f.Law {
		b.present("/law/"+itoa(i), w.text != "")
		m.Law = append(m.Law, w.text)
	}
	for i, w := range f.Areas {
		b.present("/areas/"+itoa(i), w.text != "")
		m.Areas = append(m.Areas, w.text)
	}
	for _, paper := range slices.Sorted(maps.Keys(f.Requires)) {
		path := "/requires/" + paper
		for i, w := range f.Requires[paper] {
			if at := path + "/" + itoa(i); !strings.HasPrefix(w.text, "/") || slices.Contains(m.Requires[Paper(paper)], w.text) {
				b.add(fault.New(fault.Invalid, "PROCEDURE-NAME-03", at, "line {line}: “{element}” is no element, or stands twice",
					"write a pointer such as /tradeMode or /lines/*/origin, once", "line", w.line, "element", w.text))
			}
			m.Requires[Paper(paper)] = append(m.Requires[Paper(paper)], w.text)
		}
		if len(f.Requires[paper]) > 0 {
			oneOf[Paper](b, path, word{paper, f.Requires[paper][0].line}, "paper")
		} else {
			b.present(path, false)
		}
	}
	for i, s := range f.Steps { // names first: steps and deadlines refer to each other
		if b.steps[s.Step.text] {
			b.twice("/steps/"+itoa(i)+"/step", s.Step)
		}
		b.steps[s.Step.text] = true
	}
	for i := range f.Debts {
		m.Debts = append(m.Debts, b.debt("/debts/"+itoa(i), &f.Debts[i], m.Credit))
	}
	for i := range f.Steps {
		m.Steps = append(m.Steps, b.step("/steps/"+itoa(i), &f.Steps[i]))
	}
	return m
}

func (b *builder) ledger(path string, w word) ledger.Name {
	if w.text == "" {
		return ledger.Legal
	}
	return oneOf[ledger.Name](b, path, w, "ledger")
}

func (b *builder) stands(path string, list []fileStand) []Stand {
	var out []Stand
	for i, s := range list {
		at := path + "/" + itoa(i)
		out = append(out, Stand{
			Ledger: b.ledger(at+"/ledger", s.Ledger), Item: need[Item](b, at+"/item", s.Item, "item"),
			At: need[ledger.Place](b, at+"/at", s.At, "place"),
		})
	}
	return out
}

func (b *builder) due(path string, w word) Due {
	d, err := ParseDue(w.text)
	if other := b.faults.Add(path, err); other != nil {
		b.value(path, other.Error())
	}
	if err == nil {
		for _, e := range d.Events() {
			if !b.steps[string(e)] {
				oneOf[Event](b, path, word{string(e), w.line}, "event")
			}
		}
	}
	return d
}

func (b *builder) debt(path string, f *fileDebt, credit int) *Debt {
	d := &Debt{
		Name: b.name(path+"/debt", f.Debt), Title: b.text(path+"/title", f.Title),
		Debtor: need[Role](b, path+"/debtor", f.Debtor, "role"), Of: need[OwedKind](b, path+"/of", f.Of, "subject of a debt"),
		Due: b.due(path+"/due", f.Due),
	}
	if b.debts[d.Name] != nil {
		b.twice(path+"/debt", f.Debt)
	}
	b.debts[d.Name] = d
	if f.Hold != nil {
		d.Hold = &Hold{Of: need[HoldBase](b, path+"/hold/of", f.Hold.Of, "base of a hold"), Shares: b.shares(path+"/hold/share", f.Hold.Share, credit)}
	}
	last := -1
	for i, o := range f.Overdue {
		at := path + "/overdue/" + itoa(i)
		if o.After < 0 || o.After > 3660 || o.After <= last {
			b.value(at+"/after", "the days after the due day grow from stage to stage, from 0")
		}
		last = o.After
		b.present(at+"/bite", len(o.Bite) > 0)
		for _, bite := range several[Bite](b, at+"/bite", o.Bite, "consequence") {
			d.Overdue = append(d.Overdue, obligation.Stage{Name: string(bite), AfterDays: o.After})
		}
	}
	return d
}

// shares reads the share of each credit level. A level that the mode is not
// open to may be left out and is then held in full: the enterprise may have
// fallen to it since.
func (b *builder) shares(path string, f fileShare, credit int) (out [6]num.Rate) {
	b.present(path, f.all != nil || len(f.byLevel) > 0)
	for level := 1; level <= 5; level++ {
		w, given := f.byLevel[level]
		if f.all != nil {
			w, given = *f.all, true
		}
		if !given {
			b.present(path+"/"+itoa(level), level < credit)
			out[level] = num.OneRate
			continue
		}
		share, err := num.ParseRate(w.text)
		if other := b.faults.Add(path, err); other != nil {
			b.value(path, other.Error())
		}
		if share < 0 || share > 2*num.OneRate {
			b.value(path, "a share is a number from 0 to 2, such as 0.5")
		}
		out[level] = share
	}
	return out
}

func (b *builder) step(path string, f *fileStep) *Step {
	s := &Step{
		ID: b.name(path+"/step", f.Step), Title: b.text(path+"/title", f.Title),
		Kind: need[Kind](b, path+"/kind", f.Kind, "kind of step"),
		Actor: Actor{
			Role: need[Role](b, path+"/actor/role", f.Actor.Role, "role"),
			Side: oneOf[Side](b, path+"/actor/side", f.Actor.Side, "side"), Office: oneOf[Office](b, path+"/actor/office", f.Actor.Office, "office"),
		},
		Paper: oneOf[Paper](b, path+"/paper", f.Paper, "paper"),
		When:  several[Condition](b, path+"/when", f.When, "condition"), Repeats: f.Repeats, Optional: f.Optional, Final: f.Final,
		Rates:    b.moment(path+"/dates/rates", f.Dates.Rates),
		Exchange: b.moment(path+"/dates/exchange", f.Dates.Exchange),
		Issues:   several[Certificate](b, path+"/issues", f.Issues, "certificate"),
		Undo: Undo{
			How: need[UndoHow](b, path+"/undo/how", f.Undo.How, "way of undoing"), Reason: f.Undo.Reason.text, Review: f.Undo.Review,
			Withdraws: several[Certificate](b, path+"/undo/withdraws", f.Undo.Withdraws, "certificate"),
		},
	}
	if (s.Undo.How == NoUndo) != (s.Undo.Reason != "") {
		b.value(path+"/undo/reason", "a reason is given exactly when the step cannot be undone")
	}
	for i, w := range f.After {
		var any AnyOf
		for id := range strings.SplitSeq(w.text, "|") {
			if !b.steps[id] {
				b.unknown(path+"/after/"+itoa(i), word{id, w.line}, "step")
			}
			any = append(any, id)
		}
		s.After = append(s.After, any)
	}
	for i, c := range f.Confirm {
		at := path + "/confirm/" + itoa(i)
		one := Confirmation{By: need[Role](b, at+"/by", c.By, "role"), Office: oneOf[Office](b, at+"/office", c.Office, "office"), Officers: max(c.Officers, 1), Machine: c.Machine}
		if c.Officers < 0 || c.Officers > 2 {
			b.value(at+"/officers", "one officer confirms, or two")
		}
		s.Confirm = append(s.Confirm, one)
	}
	if (f.At.text != "") != (s.Kind == Timer) {
		b.value(path+"/at", "a timer says when it fires, and nothing else does")
	}
	if f.At.text != "" {
		at := b.due(path+"/at", f.At)
		s.At = &at
	}
	if f.Limit != nil {
		s.Limit = &Limit{Within: b.due(path+"/limit/within", f.Limit.Within), Escalate: several[Desk](b, path+"/limit/escalate", f.Limit.Escalate, "desk")}
		b.present(path+"/limit/escalate", len(s.Limit.Escalate) > 0)
	}
	for i, w := range f.Calls {
		s.Calls = append(s.Calls, b.name(path+"/calls/"+itoa(i), w))
	}
	b.movements(path, f, s)
	b.duties(path, f, s)
	return s
}

// moment gives an event of the vocabulary, or a step of the file.
func (b *builder) moment(path string, w word) Event {
	if b.steps[w.text] {
		return Event(w.text)
	}
	return oneOf[Event](b, path, w, "event")
}

func (b *builder) movements(path string, f *fileStep, s *Step) {
	for i, p := range f.Post {
		at := path + "/post/" + itoa(i)
		one := Posting{
			Do: ledger.Post, Ledger: b.ledger(at+"/ledger", p.Ledger), Of: oneOf[Measure](b, at+"/of", p.Of, "measure"),
			Item: oneOf[Item](b, at+"/item", p.Item, "item"), From: oneOf[ledger.Place](b, at+"/from", p.From, "place"),
			To: oneOf[ledger.Place](b, at+"/to", p.To, "place"), When: several[Condition](b, at+"/when", p.When, "condition"),
		}
		if p.Do.text != "" {
			one.Do = oneOf[ledger.Kind](b, at+"/do", p.Do, "operation")
		}
		if p.As.text != "" {
			one.As = b.name(at+"/as", p.As)
		}
		moves := one.Do == ledger.Post || one.Do == ledger.Reserve
		b.present(at+"/of", one.Of != "")
		b.present(at+"/as", (one.As != "") == (one.Do != ledger.Post))
		b.present(at+"/item", (one.Item != "") == moves)
		b.present(at+"/from", (one.From != "") == moves)
		b.present(at+"/to", (one.To != "") == moves)
		s.Post = append(s.Post, one)
	}
	for i, t := range f.Turn {
		at := path + "/turn/" + itoa(i)
		one := Turn{Ledger: b.ledger(at+"/ledger", t.Ledger), When: several[Condition](b, at+"/when", t.When, "condition")}
		one.In, one.Out = b.parts(at+"/in", t.In), b.parts(at+"/out", t.Out)
		s.Turn = append(s.Turn, one)
	}
}

func (b *builder) parts(path string, list []filePart) []Part {
	b.present(path, len(list) > 0)
	var out []Part
	for i, p := range list {
		at := path + "/" + itoa(i)
		out = append(out, Part{
			Item: need[Item](b, at+"/item", p.Item, "item"), At: need[ledger.Place](b, at+"/at", p.At, "place"),
			Of: need[Measure](b, at+"/of", p.Of, "measure"),
		})
	}
	return out
}

func (b *builder) owed(path string, w word) *Debt {
	d := b.debts[w.text]
	if d == nil {
		b.unknown(path, w, "debt")
	}
	return d
}

func (b *builder) duties(path string, f *fileStep, s *Step) {
	for i, o := range f.Open {
		at := path + "/open/" + itoa(i)
		s.Open = append(s.Open, Open{
			Debt: b.owed(at+"/debt", o.Debt), Of: need[Measure](b, at+"/of", o.Of, "measure"),
			When: several[Condition](b, at+"/when", o.When, "condition"),
		})
	}
	for i, d := range f.Discharge {
		at := path + "/discharge/" + itoa(i)
		s.Discharge = append(s.Discharge, Discharge{
			Debt: b.owed(at+"/debt", d.Debt), By: need[Settling](b, at+"/by", d.By, "way of settling"),
			Of: oneOf[Measure](b, at+"/of", d.Of, "measure"), When: several[Condition](b, at+"/when", d.When, "condition"),
		})
	}
	for i, c := range f.Carry {
		at := path + "/carry/" + itoa(i)
		one := Carry{
			Into: b.owed(at+"/into", c.Into), Of: need[Measure](b, at+"/of", c.Of, "measure"),
			When: several[Condition](b, at+"/when", c.When, "condition"),
		}
		b.present(at+"/from", len(c.From) > 0)
		for j, w := range c.From {
			one.From = append(one.From, b.owed(at+"/from/"+itoa(j), w))
		}
		s.Carry = append(s.Carry, one)
	}
}
