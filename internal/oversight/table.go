package oversight

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/risk"
)

// keepers are the posts that may propose and confirm a change of rule. Internal
// control is none of them: it watches over the changes, and whoever watches does
// not decide (DR §9.3).
var keepers = map[string][]party.PostID{
	ActionRiskTable: {party.RiskAnalyst, party.DivisionHead},
	ActionMode:      {party.DivisionHead},
	ActionParameter: {party.DivisionHead, party.TaxOfficer},
	ActionTariff:    {party.TaxOfficer, party.DivisionHead},
	ActionGrade:     {party.FilingOfficer, party.DivisionHead},

	ActionInstruction: {party.RiskAnalyst, party.IntelligenceOfficer},
}

// RiskTable is a risk evaluation table on its way, in force or of the past: the
// document that the zone keeps.
type RiskTable struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`    // what it judges: declaration, list, passage
	Version    string        `json:"version"` // its own name
	Epoch      string        `json:"epoch"`   // SHA-256 of the table
	Base       string        `json:"base"`    // epoch of the table it changes
	State      State         `json:"state"`
	ValidFrom  clock.Date    `json:"validFrom"`
	Urgent     string        `json:"urgent,omitempty"` // why it cannot wait for tomorrow
	Source     string        `json:"source"`           // YAML or JSON, as it was given
	Author     string        `json:"author"`
	Reason     string        `json:"reason"`
	Missing    string        `json:"missing,omitempty"`  // why a known case may be missed
	Restores   string        `json:"restores,omitempty"` // table of the past whose rules these are; "shipped" for the program's
	Changes    []risk.Change `json:"changes"`            // cells that differ from the base
	Secret     []string      `json:"secret,omitempty"`   // rules that are secret here or in the base: their changes too
	Tested     *risk.Report  `json:"tested,omitempty"`
	Saved      clock.Instant `json:"saved"`
	ApprovedBy string        `json:"approvedBy,omitempty"` // second officer
	Approved   clock.Instant `json:"approved,omitempty"`
	Enacted    clock.Instant `json:"enacted,omitempty"`
}

// Compile gives the table ready to judge, on the facts of the catalogue.
// Faults: those of risk.ReadTable and risk.Compile.
func (t *RiskTable) Compile(facts *risk.Catalogue) (*risk.Table, error) {
	spec, err := risk.ReadTable([]byte(t.Source))
	if err != nil {
		return nil, err
	}
	return risk.Compile(spec, facts)
}

// RiskTableInForce picks the table that is in force on a day: of those approved,
// the one with the latest first day; of two with the same, the one approved last.
// False means that the program's own table is.
func RiskTableInForce(tables []RiskTable, on clock.Date) (RiskTable, bool) {
	var best *RiskTable
	for i := range tables {
		t := &tables[i]
		if t.State != Approved || t.ValidFrom > on {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(t.ValidFrom, best.ValidFrom), cmp.Compare(t.Approved, best.Approved)) >= 0 {
			best = t
		}
	}
	if best == nil {
		return RiskTable{}, false
	}
	return *best, true
}

// Openly gives the table as officers outside of the risk desk may read it: of a
// secret rule they learn nothing, so the source and the changes of one are left
// out, also of one that is secret no longer, or is taken out.
func (t RiskTable) Openly() RiskTable {
	spec, err := risk.ReadTable([]byte(t.Source))
	t.Changes = t.openChanges()
	t.Secret = nil
	t.Source = ""
	if open := slices.DeleteFunc(slices.Clone(spec.Rules), func(r risk.RuleSpec) bool { return r.Secret }); err == nil {
		spec.Rules = open
		if raw, err := json.Marshal(spec); err == nil {
			t.Source = string(raw)
		}
	}
	t.Tested = nil
	return t
}

// openChanges are the changed cells of what is not secret.
func (t *RiskTable) openChanges() []risk.Change {
	return slices.DeleteFunc(slices.Clone(t.Changes), func(c risk.Change) bool { return c.Part == "rule" && slices.Contains(t.Secret, c.Key) })
}

// secretRules are the rules that are secret in one of two tables.
func secretRules(tables ...risk.TableSpec) []string {
	var ids []string
	for _, t := range tables {
		for _, r := range t.Rules {
			if r.Secret && !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// manyTables is how many versions of one table are read.
const manyTables = 5000

// RiskTables reads every table about one kind of subject, the oldest first.
func RiskTables(ctx context.Context, r Reader, kind risk.Kind) ([]RiskTable, error) {
	ids, err := r.Find(ctx, dossier.RiskTable, "name", string(kind), manyTables)
	if err != nil {
		return nil, err
	}
	tables := make([]RiskTable, len(ids))
	for i, id := range ids {
		if _, err := r.Load(ctx, dossier.RiskTable, id, &tables[i]); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

func tablesOf(v decision.View, kind risk.Kind) ([]RiskTable, []int64, error) {
	ids, err := v.Find(dossier.RiskTable, "name", string(kind), manyTables)
	if err != nil {
		return nil, nil, err
	}
	tables, versions := make([]RiskTable, len(ids)), make([]int64, len(ids))
	for i, id := range ids {
		if tables[i], versions[i], err = decision.Load[RiskTable](v, dossier.RiskTable, id); err != nil {
			return nil, nil, err
		}
	}
	return tables, versions, nil
}

// standing gives the table in force on a day, compiled, and all there are.
// Fault: OVERSIGHT-TABLE-01 when nothing of this kind is judged by a table.
func (d *Desk) standing(v decision.View, kind risk.Kind, on clock.Date) (*risk.Table, []RiskTable, error) {
	shipped := d.house().Tables[kind]
	if shipped == nil {
		return nil, nil, fault.New(fault.Invalid, "OVERSIGHT-TABLE-01", "/subject", "no risk table judges a {kind} here",
			"choose declaration, list or passage", "kind", string(kind))
	}
	tables, _, err := tablesOf(v, kind)
	if err != nil {
		return nil, nil, err
	}
	now, ok := RiskTableInForce(tables, on)
	if !ok {
		return shipped, tables, nil
	}
	table, err := now.Compile(shipped.Catalogue)
	return table, tables, err
}

// TableDraft is what the author of a change saves.
type TableDraft struct {
	ID      string     `json:"id,omitempty"` // of a draft saved before
	Source  string     `json:"source"`       // the whole table, YAML or JSON
	From    clock.Date `json:"from"`
	Urgent  string     `json:"urgent,omitempty"`
	Reason  string     `json:"reason"`
	Missing string     `json:"missing,omitempty"`
	Seen    int64      `json:"seen,omitempty"` // version of the stored draft that the change was made on; 0 does not ask
}

// TableReply tells the author where a table stands and what it would change.
type TableReply struct {
	ID      string        `json:"id"`
	State   State         `json:"state"`
	Version string        `json:"version"`
	Base    string        `json:"base"`
	Changes []risk.Change `json:"changes"`
}

// SaveTable saves a draft: checked cell by cell, and compared with the table
// that is in force on its first day. An earlier back-test stays while the rules of
// both are the same. Faults: those of risk.ReadTable and risk.Compile; OVERSIGHT-TABLE-01,
// OVERSIGHT-TABLE-04 (no draft any more), OVERSIGHT-TABLE-07 (somebody saved it
// meanwhile).
func (d *Desk) SaveTable(ctx context.Context, c decision.Command, by decision.Actor, draft TableDraft) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.save(v, by, draft, "") })
}

func (d *Desk) save(v decision.View, by decision.Actor, draft TableDraft, restores string) (decision.Outcome, error) {
	var out decision.Outcome
	spec, err := risk.ReadTable([]byte(draft.Source))
	if err != nil {
		return out, err
	}
	base, _, err := d.standing(v, spec.Subject, draft.From)
	if err != nil {
		return out, err
	}
	table, err := risk.Compile(spec, base.Catalogue)
	if err != nil {
		return out, err
	}
	doc := RiskTable{ID: draft.ID, Author: by.ID}
	var version int64
	if doc.ID == "" {
		doc.ID = v.NewID()
	} else if doc, version, err = decision.Load[RiskTable](v, dossier.RiskTable, draft.ID); err != nil {
		return out, err
	} else if doc.State != Draft {
		return out, notDraft(&doc)
	} else if draft.Seen != 0 && draft.Seen != version {
		return out, fault.New(fault.Conflict, "OVERSIGHT-TABLE-07", "/seen", "somebody saved this draft while you changed it", "look at it again, then make your change")
	}
	if doc.Epoch != table.Ref.Epoch || doc.Base != base.Ref.Epoch {
		doc.Tested = nil
	}
	doc.Name, doc.Version, doc.Epoch, doc.Base = string(spec.Subject), spec.Version, table.Ref.Epoch, base.Ref.Epoch
	doc.State, doc.ValidFrom, doc.Urgent, doc.Source = Draft, draft.From, draft.Urgent, draft.Source
	doc.Author, doc.Reason, doc.Missing, doc.Restores = by.ID, draft.Reason, draft.Missing, restores
	doc.Changes, doc.Secret, doc.Saved = risk.Diff(base.Spec, spec), secretRules(base.Spec, spec), v.Now()
	out.Puts = []decision.Put{{Kind: dossier.RiskTable, ID: doc.ID, Version: version, Body: doc}}
	out.Entries = []journal.Entry{about(v, by, "risk-table.drafted", journal.Ref{Kind: "risk_table", ID: doc.ID}, journal.Why{Reason: doc.Reason},
		map[string]any{"name": doc.Name, "version": doc.Version, "base": doc.Base, "changes": len(doc.Changes), "restores": restores})}
	out.Reply = TableReply{doc.ID, doc.State, doc.Version, doc.Base, doc.Changes}
	return out, nil
}

func notDraft(t *RiskTable) error {
	return fault.New(fault.Refused, "OVERSIGHT-TABLE-04", "", "table {version} is {state}, no draft any more", "begin a new draft",
		"version", t.Version, "state", string(t.State))
}

// DiscardTable gives a draft up; it stays readable. Fault: OVERSIGHT-TABLE-04.
func (d *Desk) DiscardTable(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := decision.Load[RiskTable](v, dossier.RiskTable, id)
		if err != nil {
			return out, err
		}
		if doc.State != Draft {
			return out, notDraft(&doc)
		}
		doc.State = Discarded
		out.Puts = []decision.Put{{Kind: dossier.RiskTable, ID: id, Version: version, Body: doc}}
		out.Entries = []journal.Entry{about(v, by, "risk-table.discarded", journal.Ref{Kind: "risk_table", ID: id}, journal.Why{Reason: reason},
			map[string]any{"name": doc.Name, "version": doc.Version})}
		out.Reply = TableReply{ID: doc.ID, State: doc.State, Version: doc.Version, Base: doc.Base, Changes: doc.Changes}
		return out, nil
	})
}

// Rollback says which rules shall be in force again.
type Rollback struct {
	Subject risk.Kind  `json:"subject"`
	To      string     `json:"to"`      // id of a table of the past; "shipped" for the program's own
	Version string     `json:"version"` // name of the new version
	From    clock.Date `json:"from"`
	Urgent  string     `json:"urgent,omitempty"`
	Reason  string     `json:"reason"`
	Missing string     `json:"missing,omitempty"`
}

// Shipped names the table that comes with the program.
const Shipped = "shipped"

// RestoreTable makes a draft of the rules of an earlier table, as a version of
// its own: history is never rewritten. It is proposed and approved like any other.
// Faults: those of SaveTable; OVERSIGHT-TABLE-05 when it was never in force.
func (d *Desk) RestoreTable(ctx context.Context, c decision.Command, by decision.Actor, r Rollback) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var spec risk.TableSpec
		if r.To == Shipped {
			if shipped := d.house().Tables[r.Subject]; shipped != nil {
				spec = shipped.Spec
			}
		} else {
			old, _, err := decision.Load[RiskTable](v, dossier.RiskTable, r.To)
			if err != nil {
				return decision.Outcome{}, err
			}
			if old.State != Approved || old.Name != string(r.Subject) {
				return decision.Outcome{}, fault.New(fault.Refused, "OVERSIGHT-TABLE-05", "/to", "table {version} was never in force for a {kind}",
					"choose an approved table", "version", old.Version, "kind", string(r.Subject))
			}
			if spec, err = risk.ReadTable([]byte(old.Source)); err != nil {
				return decision.Outcome{}, err
			}
		}
		spec.Version = r.Version
		source, err := json.MarshalIndent(spec, "", "  ")
		if err != nil {
			return decision.Outcome{}, err
		}
		return d.save(v, by, TableDraft{Source: string(source), From: r.From, Urgent: r.Urgent, Reason: r.Reason, Missing: r.Missing}, r.To)
	})
}

// agreement is what two officers agree on: the table by its hash. Whoever may
// open the proposal reads it, so cells of secret rules are counted, not named:
// the second officer reads them in the table itself.
type agreement struct {
	Table   string        `json:"table"`
	Version int64         `json:"version"` // of the document that the second officer sees
	Name    string        `json:"name"`
	Epoch   string        `json:"epoch"`
	Base    string        `json:"base"`
	From    clock.Date    `json:"from"`
	Urgent  string        `json:"urgent,omitempty"`
	Changes []risk.Change `json:"changes"`          // of rules that are not secret
	Hidden  int           `json:"hidden,omitempty"` // changed cells of those that are
}

// ProposeTable hands a draft to a second officer. Faults: those of
// risk.Draft.Propose; OVERSIGHT-DAY-01; OVERSIGHT-TABLE-02 (a table of a later
// day is approved already), -03 (another table has this version's name), -04, -08
// (not tried on the past); those of deliberation.Open.
func (d *Desk) ProposeTable(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := decision.Load[RiskTable](v, dossier.RiskTable, id)
		if err != nil {
			return out, err
		}
		if doc.State != Draft {
			return out, notDraft(&doc)
		}
		if _, err := d.sound(v, &doc); err != nil {
			return out, err
		}
		doc.State = Proposed
		open := doc.openChanges()
		if out, err = d.open(v, by, "risk_table", doc.ID, doc.Version, ActionRiskTable, reason, agreement{
			doc.ID, version + 1, doc.Name, doc.Epoch, doc.Base, doc.ValidFrom, doc.Urgent, open, len(doc.Changes) - len(open),
		}); err != nil {
			return out, err
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.RiskTable, ID: doc.ID, Version: version, Body: doc})
		return out, nil
	})
}

// sound checks everything about a table that is to come into force, and gives
// the tables of later days that it would overtake.
func (d *Desk) sound(v decision.View, doc *RiskTable) (later []string, err error) {
	today := v.Now().Date()
	var faults fault.List
	if err := faults.Add("", earliest(doc.ValidFrom, today, doc.Urgent)); err != nil {
		return nil, err
	}
	base, tables, err := d.standing(v, risk.Kind(doc.Name), doc.ValidFrom)
	if err != nil {
		return nil, err
	}
	spec, err := risk.ReadTable([]byte(doc.Source))
	if err != nil {
		return nil, err
	}
	for i := range tables {
		t := &tables[i]
		if t.ID == doc.ID || t.State != Approved && t.State != Proposed {
			continue
		}
		if t.Version == doc.Version && t.Epoch != doc.Epoch {
			faults = append(faults, fault.New(fault.Conflict, "OVERSIGHT-TABLE-03", "/spec/version", "another table is called {version}",
				"give this one a name of its own", "version", doc.Version))
		}
		if t.State != Approved || t.ValidFrom <= doc.ValidFrom {
			continue
		}
		if later = append(later, t.ID); doc.Urgent == "" {
			faults = append(faults, fault.New(fault.Conflict, "OVERSIGHT-TABLE-02", "/from", "table {version} is approved from {day} on and would undo this change",
				"make the change on that table, from its day or later", "version", t.Version, "day", t.ValidFrom))
		}
	}
	if doc.Tested == nil {
		faults = append(faults, fault.New(fault.Refused, "OVERSIGHT-TABLE-08", "", "the draft was not tried on the past as it stands now", "run the back-test, look at what it shows, then propose"))
	}
	draft := risk.Draft{Base: doc.Base, Spec: spec, From: doc.ValidFrom, Author: doc.Author, Reason: doc.Reason, Missing: doc.Missing}
	// The day was looked at above; an urgent change may count from today.
	if _, err := draft.Propose(base, doc.Tested, min(today, doc.ValidFrom.AddDays(-1))); err != nil {
		if err := faults.Add("", err); err != nil {
			return nil, err
		}
	}
	return later, faults.OrNil()
}

// agreed loads the table that a proposal is about, as it was proposed.
func agreed(v decision.View, payload json.RawMessage) (RiskTable, int64, error) {
	var p agreement
	if err := json.Unmarshal(payload, &p); err != nil {
		return RiskTable{}, 0, err
	}
	doc, version, err := decision.Load[RiskTable](v, dossier.RiskTable, p.Table)
	if err == nil {
		err = changed(version, p.Version)
	}
	return doc, version, err
}

// tableAgreed approves a table: from its day on it is in force.
func (d *Desk) tableAgreed(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := agreed(v, payload)
	if err != nil {
		return out, err
	}
	later, err := d.sound(v, &doc)
	if err != nil {
		return out, err
	}
	for _, id := range later {
		other, otherVersion, err := decision.Load[RiskTable](v, dossier.RiskTable, id)
		if err != nil {
			return out, err
		}
		other.State = Overtaken
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.RiskTable, ID: id, Version: otherVersion, Body: other})
		out.Entries = append(out.Entries, about(v, by, "risk-table.overtaken", journal.Ref{Kind: "risk_table", ID: id}, journal.Why{Reason: doc.Urgent},
			map[string]any{"name": other.Name, "version": other.Version, "by": doc.ID}))
	}
	doc.State, doc.ApprovedBy, doc.Approved = Approved, by.ID, v.Now()
	kind := "risk-table.approved"
	if doc.ValidFrom <= v.Now().Date() {
		doc.Enacted = v.Now()
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.RiskTable, ID: doc.ID, Version: version, Body: doc})
	out.Entries = append(out.Entries, about(v, by, kind, journal.Ref{Kind: "risk_table", ID: doc.ID}, journal.Why{Rule: doc.Urgent, Reason: doc.Reason},
		map[string]any{
			"name": doc.Name, "version": doc.Version, "epoch": doc.Epoch, "base": doc.Base, "from": doc.ValidFrom.String(), "author": doc.Author, "changes": doc.openChanges(),
		}))
	out.Reply = TableReply{doc.ID, doc.State, doc.Version, doc.Base, doc.Changes}
	err = publish(v, &out, SetRisk)
	return out, err
}

// tableKept closes a table that was not agreed to.
func (d *Desk) tableKept(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := agreed(v, payload)
	if err != nil {
		return out, err
	}
	doc.State = Refused
	out.Puts = []decision.Put{{Kind: dossier.RiskTable, ID: doc.ID, Version: version, Body: doc}}
	out.Entries = []journal.Entry{about(v, by, "risk-table.refused", journal.Ref{Kind: "risk_table", ID: doc.ID}, journal.Why{},
		map[string]any{"name": doc.Name, "version": doc.Version})}
	return out, nil
}

// ordered gives tables by their first day, the newest first, as lists show them.
func ordered(tables []RiskTable) []RiskTable {
	list := slices.Clone(tables)
	slices.SortStableFunc(list, func(a, b RiskTable) int {
		return cmp.Or(cmp.Compare(b.ValidFrom, a.ValidFrom), cmp.Compare(b.Saved, a.Saved))
	})
	return list
}

// History gives the approved tables of a kind, the one in force longest last: who
// changed which cell, when and why.
func History(tables []RiskTable) []RiskTable {
	return slices.DeleteFunc(ordered(tables), func(t RiskTable) bool { return t.State != Approved })
}
