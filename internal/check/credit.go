package check

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/inspection"
	"seine/internal/party"
	"seine/internal/risk"
)

// ruleRow is one row of a dated parameter: its cells as plain values.
type ruleRow struct {
	from     clock.Date
	approved clock.Instant
	cells    map[string]any
}

// gradeOf is one credit grade of an enterprise.
type gradeOf struct {
	Grade string     `json:"grade"`
	From  clock.Date `json:"from"`
}

// ruleRows gives the rows of a parameter by first day: those that come with the
// program, then each that two officers agreed on, with the cells that it left out
// as in the row before.
func (r *run) ruleRows(ctx context.Context, file []byte, group, query string) ([]ruleRow, error) {
	var shipped map[string]yaml.Node
	if err := yaml.Unmarshal(file, &shipped); err != nil {
		return nil, fmt.Errorf("read %s that comes with the program: %w", group, err)
	}
	node := shipped[group]
	var list []map[string]any
	if err := node.Decode(&list); err != nil {
		return nil, fmt.Errorf("read %s that comes with the program: %w", group, err)
	}
	var rows []ruleRow
	for i, cells := range list {
		from := ""
		for n := 0; n+1 < len(node.Content[i].Content); n += 2 { // as written: a day is not to become a moment
			if node.Content[i].Content[n].Value == "validFrom" {
				from = node.Content[i].Content[n+1].Value
			}
		}
		rows = append(rows, ruleRow{from: dayOf(from), cells: cells})
	}
	var changes []storedChange
	err := r.all(ctx, query, nil, func(found *sql.Rows) error {
		var id, body string
		if err := found.Scan(&id, &body); err != nil {
			return err
		}
		var doc storedChange
		if json.Unmarshal([]byte(body), &doc) == nil && doc.State == "approved" {
			changes = append(changes, doc)
		}
		return nil
	})
	slices.SortStableFunc(changes, func(a, b storedChange) int { return cmp.Compare(a.ValidFrom, b.ValidFrom) })
	for _, c := range changes {
		next := ruleRow{from: c.ValidFrom, approved: c.Approved, cells: map[string]any{}}
		for name, value := range rows[len(rows)-1].cells {
			next.cells[name] = value
		}
		for name, text := range c.Values {
			var value any
			if yaml.Unmarshal([]byte(text), &value) == nil {
				next.cells[name] = value
			}
		}
		rows = append(rows, next)
	}
	return rows, err
}

// ruleOn gives the row in force on a day by what was agreed on up to a moment.
func ruleOn(rows []ruleRow, on clock.Date, known clock.Instant) *ruleRow {
	for i := range slices.Backward(rows) {
		if rows[i].from <= on && rows[i].approved <= known {
			return &rows[i]
		}
	}
	return nil
}

// readCredit reads the credit schemes, the rules of inspection and the grades of
// every enterprise.
func (r *run) readCredit(ctx context.Context) (err error) {
	if r.schemes, err = r.ruleRows(ctx, party.CreditFile(), "schemes", schemesAll); err != nil {
		return err
	}
	if r.orders, err = r.ruleRows(ctx, inspection.ParameterFile(), "rules", inspectionAll); err != nil {
		return err
	}
	r.given = map[key][]gradeOf{}
	return r.all(ctx, gradesAll, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		var e struct {
			CreditCode string    `json:"creditCode"`
			Grades     []gradeOf `json:"grades"`
		}
		if json.Unmarshal([]byte(body), &e) == nil && e.CreditCode != "" {
			r.given[keyOf(e.CreditCode)] = e.Grades
		}
		return nil
	})
}

// levelOn gives the credit level of an enterprise on a day by the schemes known at
// a moment: its last grade up to that day, carried into each scheme that began
// since; the usual one where it has none. 0 where the schemes do not say.
func (r *run) levelOn(grades []gradeOf, on clock.Date, known clock.Instant) int {
	scheme := ruleOn(r.schemes, on, known)
	if scheme == nil {
		return 0
	}
	code, since := "", clock.Date(0)
	for _, g := range grades {
		if g.From <= on && (code == "" || g.From >= since) {
			code, since = g.Grade, g.From
		}
	}
	if code == "" {
		code, _ = scheme.cells["usual"].(string)
	} else {
		for i := range r.schemes {
			if s := &r.schemes[i]; s.approved <= known && s.from > since && s.from <= on {
				carries, _ := s.cells["carries"].(map[string]any)
				code, _ = carries[code].(string)
			}
		}
	}
	list, _ := scheme.cells["grades"].([]any)
	for _, one := range list {
		grade, _ := one.(map[string]any)
		if grade["code"] == code {
			level, _ := grade["level"].(int)
			return level
		}
	}
	return 0
}

// trusted checks the credit level that a verdict on a declaration was reached with.
func (r *run) trusted(f *folder, id string, v *risk.Verdict) {
	grades, known := r.given[keyOf(string(f.doc.Consignee.CreditCode))]
	if !known || f.doc.Consignee.CreditCode == "" || f.doc.DeclaredOn == 0 {
		return
	}
	if slices.ContainsFunc(grades, func(g gradeOf) bool { return g.From >= f.doc.DeclaredOn }) {
		return // given on that day or for a day that had passed: which came first is not told
	}
	if level := r.levelOn(grades, f.doc.DeclaredOn, v.At); level != 0 && level != v.CreditLevel {
		r.found(RiskVerdict, "assessment", id, "credit level on "+f.doc.DeclaredOn.String(), strconv.Itoa(level), strconv.Itoa(v.CreditLevel))
	}
}

// inspected checks an inspection order against the rules of the day on which it was
// issued: how many inspectors were drawn, and that its result is one that they know.
func (r *run) inspected(id string, o *inspection.Order) {
	for _, d := range o.Drawings {
		rule := ruleOn(r.orders, o.IssuedAt.Date(), d.At)
		if rule == nil {
			continue
		}
		if wanted, _ := rule.cells["inspectors"].(int); wanted != len(d.Drawn) {
			r.found(StateDrawn, "inspection_order", id, "inspectors drawn on "+d.At.Date().String(), strconv.Itoa(wanted), strconv.Itoa(len(d.Drawn)))
		}
	}
	if o.Result == nil {
		return
	}
	rule := ruleOn(r.orders, o.IssuedAt.Date(), o.Result.At)
	if rule == nil {
		return
	}
	codes, _ := rule.cells["results"].([]any)
	for _, one := range codes {
		code, _ := one.(map[string]any)
		if code["code"] != o.Result.Code {
			continue
		}
		if found, _ := code["found"].(bool); found != o.Result.Found {
			r.found(StateDrawn, "inspection_order", id, "whether result "+o.Result.Code+" finds something", strconv.FormatBool(found), strconv.FormatBool(o.Result.Found))
		}
		return
	}
	r.found(StateDrawn, "inspection_order", id, "the rules of its day do not know its result", "", o.Result.Code)
}
