package check

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
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
	rule       string // name of a rule of tax; "" for the tariff
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
		if len(e.facts["amendments"]) == 0 {
			c.bare = true
		} else if json.Unmarshal(e.facts["amendments"], &c.amendments) != nil {
			c.bare = true
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
	Approved   clock.Instant      `json:"approved"`
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
		c := &tableChange{id: id, at: int64(doc.Approved), amendments: doc.Amendments}
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
		if c.rule == "" {
			next.amend(c.amendments)
		} else if err := next.follow(order[:n+1]); err != nil {
			r.found(DutyTable, "parameter", c.id, "the rule of tax cannot be read: "+err.Error(), "", c.value)
			continue
		}
		r.duties = &next
		r.tables = append(r.tables, version{c.at, r.duties})
	}
	return nil
}

// words says a change for the comparison of document and journal.
func (c *tableChange) words() string {
	if c.rule != "" {
		return c.rule + " = " + c.value + " from " + c.from.String()
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
