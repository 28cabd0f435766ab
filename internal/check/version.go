package check

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/duty"
	"seine/internal/tariff"
)

// tableChange is a change of the tariff or of a rule of tax that two officers
// agreed on: as the journal tells it, else as the document says.
type tableChange struct {
	id         string
	at         int64 // moment of approval
	amendments []tariff.Amendment
	schedule   *storedSchedule // instead of amendments: a whole schedule from a day on
	withdraws  string          // the change with a schedule that is taken back
	rule       string          // name of a rule of tax; "" for the tariff
	value      string
	from       clock.Date
	law        string
	bare       bool // the entry does not say what was agreed on
}

// agreed takes up the entry of an approval.
func (t *trails) agreed(id string, e *entryRow) {
	c := &tableChange{id: id, at: e.at}
	switch e.kind {
	case "tariff.approved":
		var from string
		var into any = &c.amendments
		name := "amendments"
		switch {
		case len(e.facts["schedule"]) > 0:
			name, into = "schedule", &c.schedule
		case len(e.facts["withdraws"]) > 0:
			name, into = "withdraws", &c.withdraws
		}
		c.bare = len(e.facts[name]) == 0 || json.Unmarshal(e.facts[name], into) != nil
		if json.Unmarshal(e.facts["from"], &from) == nil {
			c.from = dayOf(from)
		}
	case "parameter.approved":
		var name, from string
		var changes []struct {
			New string `json:"new"`
		}
		if json.Unmarshal(e.facts["name"], &name) != nil || json.Unmarshal(e.facts["from"], &from) != nil || json.Unmarshal(e.facts["changes"], &changes) != nil {
			return
		}
		rule, mine := strings.CutPrefix(name, "duty/")
		if !mine || len(changes) != 1 {
			return
		}
		c.rule, c.value, c.from, c.law = rule, changes[0].New, dayOf(from), e.law
	default:
		return
	}
	t.changes[keyOf(id)] = c
}

// version is the tables from the approval of a change on.
type version struct {
	at int64
	*tables
}

// storedChange is what the documents say of both kinds of change.
type storedChange struct {
	ID         string             `json:"id"`
	Name       string             `json:"name"`
	State      string             `json:"state"`
	ValidFrom  clock.Date         `json:"validFrom"`
	Source     string             `json:"source"`
	Values     map[string]string  `json:"values"`
	Amendments []tariff.Amendment `json:"amendments"`
	Schedule   *storedSchedule    `json:"schedule"`
	Reverts    string             `json:"reverts"`
	Withdraws  bool               `json:"withdraws"`
	Approved   clock.Instant      `json:"approved"`
}

// storedSchedule is where a whole schedule lies, and what its content must be.
type storedSchedule struct {
	Pack   string `json:"pack"`
	SHA256 string `json:"sha256"`
}

// versions makes the tables as they stood after each change that two officers
// agreed on, from the rows that come with the program. What a document says must be
// what the journal tells of its approval.
func (r *run) versions(ctx context.Context) error {
	if len(r.tables) > 0 {
		return nil
	}
	if err := r.readCalendar(ctx); err != nil {
		return err
	}
	r.duties.worked = func(d clock.Date) bool { return r.workedOn(d, r.now) }
	changes := map[key]*tableChange{}
	err := r.all(ctx, changesAll, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		var doc storedChange
		if json.Unmarshal([]byte(body), &doc) != nil || doc.State != "approved" {
			return nil // the section of documents says what cannot be read
		}
		c := &tableChange{id: id, at: int64(doc.Approved), amendments: doc.Amendments, schedule: doc.Schedule, from: doc.ValidFrom}
		if doc.Withdraws {
			c.withdraws = doc.Reverts
		}
		if rule, mine := strings.CutPrefix(doc.Name, "duty/"); mine {
			c.rule, c.value, c.from, c.law = rule, doc.Values["value"], doc.ValidFrom, doc.Source
		} else if doc.Name != "tariff-change" {
			return nil
		}
		changes[keyOf(id)] = c
		told := r.trail.changes[keyOf(id)]
		switch {
		case !r.ran("journal"):
		case told == nil:
			r.found(DutyTable, "parameter", id, "no entry tells that two officers agreed on this change", "", doc.Name)
			delete(changes, keyOf(id))
		case told.bare:
			c.at = told.at
		default:
			if have, want := c.words(), told.words(); have != want {
				r.found(DutyTable, "parameter", id, "the change is not the one that was agreed on", want, have)
			}
			changes[keyOf(id)] = told
		}
		return nil
	})
	if err != nil {
		return err
	}
	for k, told := range r.trail.changes {
		if changes[k] == nil && r.ran("journal") {
			r.found(DutyTable, "parameter", told.id, "a change that two officers agreed on is not there", told.words(), "")
			if !told.bare {
				changes[k] = told
			}
		}
	}
	var order []*tableChange
	for _, c := range changes {
		order = append(order, c)
	}
	slices.SortFunc(order, func(a, b *tableChange) int { return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id)) })
	r.tables = []version{{0, r.duties}}
	for n, c := range order {
		next := *r.duties
		switch {
		case c.rule != "":
			if err := next.follow(order[:n+1]); err != nil {
				r.found(DutyTable, "parameter", c.id, "the rule of tax cannot be read: "+err.Error(), "", c.value)
				continue
			}
		case c.withdraws != "":
			// The tariff anew from its beginning, without the schedule.
			first := r.tables[0].tables
			next.schedule, next.tariffEpoch, next.goods, next.byCode, next.remedies = first.schedule, first.tariffEpoch, first.goods, first.byCode, first.remedies
			for _, earlier := range order[:n] {
				if earlier.rule == "" && earlier.withdraws == "" && !gone(order[:n+1], earlier.id) {
					if err := r.revise(ctx, &next, earlier); err != nil {
						return err
					}
				}
			}
		default:
			if err := r.revise(ctx, &next, c); err != nil {
				return err
			}
		}
		r.duties = &next
		r.tables = append(r.tables, version{c.at, r.duties})
	}
	return nil
}

// gone tells whether a schedule was taken back.
func gone(order []*tableChange, id string) bool {
	return slices.ContainsFunc(order, func(c *tableChange) bool { return c.withdraws == id })
}

// revise puts a change of the tariff on the tables: amendments, or a whole
// schedule, whose content must be the one that was agreed on.
func (r *run) revise(ctx context.Context, t *tables, c *tableChange) error {
	if c.schedule == nil {
		t.amend(c.amendments)
		return nil
	}
	var body string
	err := r.one(ctx, packBody, []any{c.schedule.Pack}, &body)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var pack struct {
		Content []byte `json:"content"`
	}
	if err != nil || json.Unmarshal([]byte(body), &pack) != nil {
		r.found(DutyTable, "parameter", c.id, "the content of the schedule is not there", c.schedule.Pack, "")
		return nil
	}
	if sum := sha256.Sum256(pack.Content); hex.EncodeToString(sum[:]) != c.schedule.SHA256 {
		r.found(DutyTable, "parameter", c.id, "the schedule is not the one that was agreed on", c.schedule.SHA256, hex.EncodeToString(sum[:]))
		return nil
	}
	if err := t.succeed(pack.Content, c.from); err != nil {
		r.found(DutyTable, "parameter", c.id, "the schedule cannot be read: "+err.Error(), "", "")
	}
	return nil
}

// succeed lets the rows end the day before and those of a schedule follow.
func (t *tables) succeed(content []byte, from clock.Date) error {
	hs, err := tariff.Shipped("hs")
	if err != nil {
		return err
	}
	file, err := tariff.ReadPacked(bytes.NewReader(content))
	if err != nil {
		return err
	}
	whole := tariff.OnNomenclature(file, hs, declaredDigits)
	other := &tables{byCode: map[string][]int{}}
	if err := other.rowsOf(whole); err != nil {
		return err
	}
	before := len(t.goods)
	t.goods, t.byCode, t.remedies = slices.Clone(t.goods), maps.Clone(t.byCode), slices.Clone(t.remedies)
	for i := range t.goods {
		if g := &t.goods[i]; g.to == 0 || g.to >= from {
			g.to = from.AddDays(-1)
		}
	}
	for _, g := range other.goods {
		if g.from < from {
			g.from = from
		}
		if g.above >= 0 {
			g.above += before
		}
		if g.code != "" {
			t.byCode[g.code] = append(slices.Clone(t.byCode[g.code]), len(t.goods))
		}
		t.goods = append(t.goods, g)
	}
	for _, kind := range other.remedies {
		if !slices.Contains(t.remedies, kind) {
			t.remedies = append(t.remedies, kind)
		}
	}
	slices.Sort(t.remedies)
	t.schedule = t.schedule.Succeed(whole, from) // for its name
	t.tariffEpoch = t.schedule.Epoch()
	return nil
}

// words says a change for the comparison of document and journal.
func (c *tableChange) words() string {
	if c.rule != "" {
		return c.rule + " = " + c.value + " from " + c.from.String()
	}
	if c.schedule != nil {
		return "schedule " + c.schedule.SHA256 + " from " + c.from.String()
	}
	if c.withdraws != "" {
		return "without schedule " + c.withdraws
	}
	var b strings.Builder
	for i := range c.amendments {
		a := &c.amendments[i]
		b.WriteString(string(a.Code) + " " + a.Kind + " " + joined(a.Areas) + " = " + a.Rate + " from " + a.From.String() + " to " + a.To.String() + "; ")
	}
	return b.String()
}

func joined(areas []tariff.AreaCode) string {
	names := make([]string, len(areas))
	for i, a := range areas {
		names[i] = string(a)
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// amend puts amendments on the rows: what stood of the same measure in their days
// gives way, before and after it stands again.
func (t *tables) amend(list []tariff.Amendment) {
	t.goods, t.remedies = slices.Clone(t.goods), slices.Clone(t.remedies)
	for i := range list {
		a := &list[i]
		n := t.commodity(string(a.Code), a.From)
		if n < 0 {
			continue // it was refused then
		}
		var rows []measureRow
		for _, m := range t.goods[n].measures {
			own := slices.Clone(m.areas)
			slices.Sort(own)
			same := m.kind == a.Kind && strings.Join(own, ",") == joined(a.Areas) && m.additional == "" && m.quota == ""
			if !same || a.To != 0 && m.from > a.To || m.to != 0 && m.to < a.From {
				rows = append(rows, m)
				continue
			}
			if m.from < a.From {
				before := m
				before.to = a.From.AddDays(-1)
				rows = append(rows, before)
			}
			if a.To != 0 && (m.to == 0 || m.to > a.To) {
				after := m
				after.from = a.To.AddDays(1)
				rows = append(rows, after)
			}
		}
		if e, err := tariff.ParseNotation(a.Rate); a.Rate != "" && err == nil {
			m := measureRow{kind: a.Kind, duty: e, from: a.From, to: a.To}
			for _, area := range a.Areas {
				m.areas = append(m.areas, string(area))
			}
			rows = append(rows, m)
			if kind := tariff.KindOf(a.Kind); remedyOf[kind] != "" && !slices.Contains(t.remedies, kind) {
				t.remedies = append(t.remedies, kind)
				slices.Sort(t.remedies)
			}
		}
		t.goods[n].measures = rows
	}
	for i := range list {
		list[i].Replace = true // as two officers agreed: only for the name of the schedule
	}
	if next, err := t.schedule.Amend(list); err == nil {
		t.schedule, t.tariffEpoch = next, next.Epoch()
	}
}

// follow puts the rules of tax that were agreed on after those of the program, each
// from its day on.
func (t *tables) follow(changes []*tableChange) error {
	shipped, err := duty.Shipped()
	if err != nil {
		return err
	}
	t.rules = shipped.Rows()
	var mine []*tableChange
	for _, c := range changes {
		if c.rule != "" {
			mine = append(mine, c)
		}
	}
	slices.SortStableFunc(mine, func(a, b *tableChange) int { return cmp.Compare(a.from, b.from) })
	for _, c := range mine {
		for i := range t.rules {
			if row := &t.rules[i]; row.Name == c.rule && (row.To == 0 || row.To >= c.from) {
				row.To = c.from.AddDays(-1)
			}
		}
		t.rules = append(t.rules, duty.ParameterRow{Name: c.rule, Value: c.value, From: c.from, Law: c.law})
	}
	text, err := json.Marshal(t.rules)
	if err != nil {
		return err
	}
	read, err := duty.ReadParameters(bytes.NewReader(text)) // for the name of the rules
	if err == nil {
		t.ruleEpoch = read.Epoch()
	}
	return err
}

// stood finds the tables that a working names, and tells whether they were the
// ones in force at a moment; nil where this program does not have them.
func (r *run) stood(reference map[string]string, at int64) (t *tables, inForce bool) {
	for i := range slices.Backward(r.tables) {
		v := &r.tables[i]
		if reference["tariff"] != v.tariffEpoch || reference["taxes"] != v.taxEpoch || reference["parameters"] != v.ruleEpoch {
			continue
		}
		// A change of the same moment may have come before or after.
		begun := v.at <= at
		over := i+1 < len(r.tables) && r.tables[i+1].at < at
		if begun && !over {
			return v.tables, true
		}
		if t == nil {
			t = v.tables
		}
	}
	return t, false
}
