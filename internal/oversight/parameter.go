package oversight

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/gate"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/risk"
	"seine/internal/writeoff"
)

// SetParameters is the reference set of the dated parameters.
const SetParameters = dossier.SetParameters

// ActionParameter is a new dated value of a parameter, agreed by two officers.
const ActionParameter = "oversight.parameter"

// ParameterChange is a new dated value of a parameter that the zone has put in
// force beside those that come with the program, or is about to.
type ParameterChange struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"` // file and group: "gate/comparison"; a tax rule by its name: "duty/payment_days"
	ValidFrom  clock.Date        `json:"validFrom"`
	State      State             `json:"state"`
	Urgent     string            `json:"urgent,omitempty"`
	Source     string            `json:"source"` // the rule of law it rests on
	Values     map[string]string `json:"values"` // every cell; a cell with parts as YAML
	Changes    []risk.Change     `json:"changes"`
	Author     string            `json:"author"`
	Reason     string            `json:"reason"`
	Proposed   clock.Instant     `json:"proposed"`
	ApprovedBy string            `json:"approvedBy,omitempty"`
	Approved   clock.Instant     `json:"approved,omitempty"`
	Enacted    clock.Instant     `json:"enacted,omitempty"`
}

// ParameterRow is one parameter as it stands during one span of days.
type ParameterRow struct {
	Name      string     `json:"name"`
	ValidFrom clock.Date `json:"validFrom"`
	ValidTo   clock.Date `json:"validTo,omitempty"`
	Source    string     `json:"source"`
	Cells     []Cell     `json:"cells"`
}

// Cell is one value of a parameter; one with parts is YAML.
type Cell struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Parts bool   `json:"parts,omitempty"`
}

// InForce tells whether the row holds on a day.
func (r *ParameterRow) InForce(on clock.Date) bool {
	return r.ValidFrom <= on && (r.ValidTo == 0 || on <= r.ValidTo)
}

// Rulebook is every parameter that two officers can change, as the program and
// the zone have it.
type Rulebook struct {
	Declaration *declaration.Parameters
	Gate        gate.Parameters
	Books       book.Parameters
	Feed        feed.Parameters
	Duty        *duty.Parameters
	Revenue     *revenue.Parameters
	WriteOff    writeoff.Parameters
	RiskDesk    []RiskDeskRule
	Calendar    *clock.Calendar
	Inspection  inspection.Editions
	Credit      *party.CreditRules
	Rows        []ParameterRow // by name and day
}

// RiskDeskRule is what the risk desk tries and compares on, from a day on.
type RiskDeskRule struct {
	ParameterSpan
	BackTestDays int
	EnoughChecks int
}

// ParameterSpan is the days of a parameter of the house.
type ParameterSpan struct {
	ValidFrom, ValidTo clock.Date
	Source             string
}

// InForce tells whether a parameter holds on a day.
func (s ParameterSpan) InForce(on clock.Date) bool {
	return s.ValidFrom <= on && (s.ValidTo == 0 || on <= s.ValidTo)
}

//go:embed parameters.yaml
var houseFile []byte

// ruleFile is a parameter file of a room: how it comes with the program and how
// the room reads it.
type ruleFile struct {
	room string
	text func() []byte
	read func(b *Rulebook, text []byte) error
}

// HouseFile gives the text of the parameters of the house that come with the program.
func HouseFile() []byte { return houseFile }

var ruleFiles = []ruleFile{
	{"declaration", declaration.ParameterFile, func(b *Rulebook, text []byte) (err error) {
		b.Declaration, err = declaration.ReadParameters(text)
		return err
	}},
	{"gate", gate.ParameterFile, func(b *Rulebook, text []byte) (err error) {
		b.Gate, err = gate.ReadParameters(text)
		return err
	}},
	{"writeoff", writeoff.ParameterFile, func(b *Rulebook, text []byte) (err error) {
		b.WriteOff, err = writeoff.ReadParameters(text)
		return err
	}},
	{"book", book.ParameterFile, func(b *Rulebook, text []byte) (err error) {
		b.Books, err = book.ReadParameters(text)
		return err
	}},
	{"feed", feed.ParameterFile, func(b *Rulebook, text []byte) (err error) {
		b.Feed, err = feed.ReadParameters(text)
		return err
	}},
	{"inspection", inspection.ParameterFile, func(b *Rulebook, text []byte) (err error) {
		b.Inspection, err = inspection.ReadRules(text)
		return unreadable(err)
	}},
	{"credit", party.CreditFile, func(b *Rulebook, text []byte) (err error) {
		b.Credit, err = party.ReadCredit(text)
		return unreadable(err)
	}},
	{"house", func() []byte { return houseFile }, (*Rulebook).readHouse},
}

// unreadable says that a value does not fit. Fault: OVERSIGHT-PARAMETER-08.
func unreadable(problem error) error {
	if problem == nil || fault.All(problem) != nil {
		return problem
	}
	return fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-08", "/values", "these values do not fit together: {problem}",
		"write each value in the form of the one before it", "problem", problem.Error()).Because(problem)
}

const dutyRoom = "duty/"

// readHouse reads the parameters of the house. Fault: OVERSIGHT-PARAMETER-01.
func (b *Rulebook) readHouse(text []byte) error {
	var raw struct {
		RiskDesk []struct {
			ValidFrom    string `yaml:"validFrom"`
			ValidTo      string `yaml:"validTo"`
			Source       string `yaml:"source"`
			BackTestDays int    `yaml:"backTestDays"`
			EnoughChecks int    `yaml:"enoughChecks"`
		} `yaml:"riskDesk"`
		Calendar []struct {
			ValidFrom string   `yaml:"validFrom"`
			ValidTo   string   `yaml:"validTo"`
			Source    string   `yaml:"source"`
			Holidays  []string `yaml:"holidays"`
			Workdays  []string `yaml:"workdays"`
		} `yaml:"calendar"`
	}
	wrong := func(problem error) error {
		return fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-01", "/values", "the parameters of the house cannot be read: {problem}",
			"write each value in the form of the one before it", "problem", problem).Because(problem)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&raw); err != nil {
		return wrong(err)
	}
	span := func(from, to, source string) (s ParameterSpan, err error) {
		if s.ValidFrom, err = clock.ParseDate(from); err == nil {
			err = s.ValidTo.UnmarshalText([]byte(to))
		}
		s.Source = source
		return s, err
	}
	for _, r := range raw.RiskDesk {
		s, err := span(r.ValidFrom, r.ValidTo, r.Source)
		if err == nil && (r.BackTestDays < 1 || r.BackTestDays > 3650 || r.EnoughChecks < 1) {
			err = fmt.Errorf("riskDesk: days are 1 to 3,650, checks at least 1")
		}
		if err != nil {
			return wrong(err)
		}
		b.RiskDesk = append(b.RiskDesk, RiskDeskRule{s, r.BackTestDays, r.EnoughChecks})
	}
	b.Calendar = &clock.Calendar{Holidays: map[clock.Date]string{}, Workdays: map[clock.Date]bool{}}
	for _, r := range raw.Calendar {
		s, err := span(r.ValidFrom, r.ValidTo, r.Source)
		if err == nil {
			err = b.daysOff(s, r.Holidays, r.Workdays)
		}
		if err != nil {
			return wrong(err)
		}
	}
	return nil
}

// longestHoliday bounds a span of days off: a slip of a digit is no holiday.
const longestHoliday = 31

// daysOff puts the days of one row on the calendar: those that lie in its span. A
// row speaks for the whole years of the days it names, as the notices do.
func (b *Rulebook) daysOff(s ParameterSpan, holidays, workdays []string) error {
	off := map[clock.Date]bool{}
	each := func(list []string, see func(clock.Date, string) error) error {
		for _, text := range list {
			days, name, _ := strings.Cut(strings.TrimSpace(text), " ")
			first, last, isSpan := strings.Cut(days, "..")
			from, err := clock.ParseDate(first)
			if err != nil {
				return fmt.Errorf("calendar: %w", err)
			}
			to := from
			if isSpan {
				if to, err = clock.ParseDate(last); err != nil {
					return fmt.Errorf("calendar: %w", err)
				}
			}
			if to < from || int(to-from) >= longestHoliday {
				return fmt.Errorf("calendar: %s is no span of 1 to %d days", text, longestHoliday)
			}
			for d := from; d <= to; d++ {
				if err := see(d, strings.TrimSpace(name)); err != nil {
					return err
				}
			}
			if s.InForce(to) {
				b.Calendar.KnownUntil = max(b.Calendar.KnownUntil, clock.Day(to.Year(), 12, 31))
			}
		}
		return nil
	}
	err := each(holidays, func(d clock.Date, name string) error {
		off[d] = true
		if s.InForce(d) {
			b.Calendar.Holidays[d] = cmp.Or(name, s.Source)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return each(workdays, func(d clock.Date, _ string) error {
		if off[d] {
			return fmt.Errorf("calendar: %s is off and worked", d)
		}
		if s.InForce(d) {
			b.Calendar.Workdays[d] = true
		}
		return nil
	})
}

// NewRulebook puts the approved changes beside the values that come with the
// program. A value ends the day before its successor begins. Faults: those of
// the rooms that read their file; OVERSIGHT-PARAMETER-02 (no such parameter, or
// cell), -03 (a value of that day or later stands already).
func NewRulebook(changes []ParameterChange) (*Rulebook, error) {
	b := &Rulebook{}
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(x, y ParameterChange) int { return int(x.ValidFrom - y.ValidFrom) })
	known := map[string]bool{}
	for _, file := range ruleFiles {
		var doc yaml.Node
		if err := yaml.Unmarshal(file.text(), &doc); err != nil {
			return nil, fmt.Errorf("read the parameters of %s: %w", file.room, err)
		}
		top := doc.Content[0]
		for i := 0; i+1 < len(top.Content); i += 2 {
			name := file.room + "/" + top.Content[i].Value
			known[name] = true
			for k := range changes {
				if changes[k].Name != name {
					continue
				}
				if err := addRow(top.Content[i+1], &changes[k]); err != nil {
					return nil, err
				}
			}
			rows, err := rowsOf(name, top.Content[i+1])
			if err != nil {
				return nil, err
			}
			b.Rows = append(b.Rows, rows...)
		}
		text, err := yaml.Marshal(&doc)
		if err != nil {
			return nil, fmt.Errorf("write the parameters of %s: %w", file.room, err)
		}
		if err := file.read(b, text); err != nil {
			return nil, err
		}
	}
	if err := b.addDuty(changes, known); err != nil {
		return nil, err
	}
	if err := b.addRevenue(changes, known); err != nil {
		return nil, err
	}
	for i := range changes {
		if !known[changes[i].Name] {
			return nil, noParameter(changes[i].Name)
		}
	}
	slices.SortStableFunc(b.Rows, func(x, y ParameterRow) int {
		if by := strings.Compare(x.Name, y.Name); by != 0 {
			return by
		}
		return int(x.ValidFrom - y.ValidFrom)
	})
	return b, nil
}

func noParameter(name string) error {
	return fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-02", "/name", "there is no parameter {name}", "choose one of the list", "name", name)
}

func tooEarly(name string, last clock.Date) error {
	return fault.New(fault.Conflict, "OVERSIGHT-PARAMETER-03", "/from", "{name} has a value from {day} on already",
		"choose a day after it: a value is ended and followed, never edited", "name", name, "day", last)
}

// addDuty reads the rules of tax, each row of which is a parameter by itself.
func (b *Rulebook) addDuty(changes []ParameterChange, known map[string]bool) error {
	shipped, err := duty.Shipped()
	if err != nil {
		return err
	}
	rows, changed := shipped.Rows(), false
	for _, r := range rows {
		known[dutyRoom+r.Name] = true
	}
	for i := range changes {
		c := &changes[i]
		name, mine := strings.CutPrefix(c.Name, dutyRoom)
		if !mine || !known[c.Name] {
			continue
		}
		for k := range rows {
			r := &rows[k]
			if r.Name != name {
				continue
			}
			if r.From >= c.ValidFrom {
				return tooEarly(c.Name, r.From)
			}
			if r.To == 0 || r.To >= c.ValidFrom {
				r.To = c.ValidFrom.AddDays(-1)
			}
		}
		rows, changed = append(rows, duty.ParameterRow{Name: name, Value: c.Values["value"], From: c.ValidFrom, Law: c.Source}), true
	}
	if b.Duty = shipped; changed {
		text, err := json.Marshal(rows)
		if err != nil {
			return fmt.Errorf("write the rules of tax: %w", err)
		}
		if b.Duty, err = duty.ReadParameters(bytes.NewReader(text)); err != nil {
			return fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-04", "/values/value", "this is no value of a rule of tax: {problem}",
				"write it in the form of the one before it", "problem", err).Because(err)
		}
	}
	for _, r := range rows {
		b.Rows = append(b.Rows, ParameterRow{dutyRoom + r.Name, r.From, r.To, r.Law, []Cell{{Name: "value", Value: r.Value}}})
	}
	return nil
}

const revenueRoom = "revenue/"

// addRevenue reads the rules of the money side, each row of which is a parameter by
// itself.
func (b *Rulebook) addRevenue(changes []ParameterChange, known map[string]bool) error {
	shipped, err := revenue.Shipped()
	if err != nil {
		return err
	}
	rows, changed := shipped.Rows(), false
	for _, r := range rows {
		known[revenueRoom+r.Name] = true
	}
	for i := range changes {
		c := &changes[i]
		name, mine := strings.CutPrefix(c.Name, revenueRoom)
		if !mine || !known[c.Name] {
			continue
		}
		for k := range rows {
			r := &rows[k]
			if r.Name != name {
				continue
			}
			if r.From >= c.ValidFrom {
				return tooEarly(c.Name, r.From)
			}
			if r.To == 0 || r.To >= c.ValidFrom {
				r.To = c.ValidFrom.AddDays(-1)
			}
		}
		rows, changed = append(rows, revenue.ParameterRow{Name: name, Value: c.Values["value"], From: c.ValidFrom, Law: c.Source}), true
	}
	if b.Revenue = shipped; changed {
		text, err := json.Marshal(rows)
		if err != nil {
			return fmt.Errorf("write the rules of revenue: %w", err)
		}
		if b.Revenue, err = revenue.ReadParameters(bytes.NewReader(text)); err != nil {
			return fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-04", "/values/value", "this is no value of a rule of tax: {problem}",
				"write it in the form of the one before it", "problem", err).Because(err)
		}
	}
	for _, r := range rows {
		b.Rows = append(b.Rows, ParameterRow{revenueRoom + r.Name, r.From, r.To, r.Law, []Cell{{Name: "value", Value: r.Value}}})
	}
	return nil
}

// Cells of every row that are not values.
const (
	cellFrom, cellTo, cellSource = "validFrom", "validTo", "source"
)

func cellOf(row *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(row.Content); i += 2 {
		if row.Content[i].Value == name {
			return row.Content[i+1]
		}
	}
	return nil
}

func quoted(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: value}
}

// addRow ends the last row of a group and puts the changed one after it.
func addRow(group *yaml.Node, c *ParameterChange) error {
	last := group.Content[len(group.Content)-1]
	var from clock.Date
	if err := from.UnmarshalText([]byte(cellOf(last, cellFrom).Value)); err != nil {
		return fmt.Errorf("read the day of %s: %w", c.Name, err)
	}
	if from >= c.ValidFrom {
		return tooEarly(c.Name, from)
	}
	for name := range c.Values {
		if cellOf(last, name) == nil || name == cellFrom || name == cellTo || name == cellSource {
			return fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-02", "/values/"+name, "there is no parameter {name}", "choose one of the list", "name", c.Name+" "+name)
		}
	}
	next := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := 0; i+1 < len(last.Content); i += 2 {
		key, value := last.Content[i], last.Content[i+1]
		switch text, given := c.Values[key.Value]; {
		case key.Value == cellTo:
			continue
		case key.Value == cellFrom:
			value = quoted(c.ValidFrom.String())
		case key.Value == cellSource:
			value = quoted(c.Source)
		case given && value.Kind == yaml.ScalarNode:
			own := *value
			own.Value = strings.TrimSpace(text)
			value = &own
		case given:
			if value.Kind == yaml.SequenceNode && strings.TrimSpace(text) == "" { // nothing written is a list of nothing
				text = "[]"
			}
			var parsed yaml.Node
			if err := yaml.Unmarshal([]byte(text), &parsed); err != nil || len(parsed.Content) != 1 || parsed.Content[0].Kind != value.Kind {
				return fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-05", "/values/"+key.Value, "the parts of {name} cannot be read",
					"keep the lines and their indents, change values only", "name", key.Value).Because(err)
			}
			value = parsed.Content[0]
		}
		next.Content = append(next.Content, key, value)
	}
	ended := *last
	ended.Content = slices.Clone(last.Content)
	if to := cellOf(&ended, cellTo); to != nil {
		to.Value = c.ValidFrom.AddDays(-1).String()
	} else {
		ended.Content = append(ended.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: cellTo}, quoted(c.ValidFrom.AddDays(-1).String()))
	}
	group.Content[len(group.Content)-1] = &ended
	group.Content = append(group.Content, next)
	return nil
}

func rowsOf(name string, group *yaml.Node) ([]ParameterRow, error) {
	var rows []ParameterRow
	for _, node := range group.Content {
		r := ParameterRow{Name: name}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i].Value, node.Content[i+1]
			var err error
			switch key {
			case cellFrom:
				err = r.ValidFrom.UnmarshalText([]byte(value.Value))
			case cellTo:
				err = r.ValidTo.UnmarshalText([]byte(value.Value))
			case cellSource:
				r.Source = value.Value
			default:
				c := Cell{Name: key, Value: value.Value}
				if value.Kind != yaml.ScalarNode {
					c.Parts = true
					var text []byte
					text, err = yaml.Marshal(bare(value))
					c.Value = strings.TrimRight(string(text), "\n")
				}
				r.Cells = append(r.Cells, c)
			}
			if err != nil {
				return nil, fmt.Errorf("read %s of %s: %w", key, name, err)
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// bare gives a node without its comments.
func bare(n *yaml.Node) *yaml.Node {
	own := *n
	own.HeadComment, own.LineComment, own.FootComment = "", "", ""
	own.Content = nil
	for _, inner := range n.Content {
		own.Content = append(own.Content, bare(inner))
	}
	return &own
}

// The register of approved changes, by which nodes find them.
const parametersID = "parameters-in-force"

type parameterRegister struct {
	Changes []string `json:"changes"`
}

// ParameterChanges reads the changes that the zone has approved, in the order of
// approval.
func ParameterChanges(ctx context.Context, r Reader) ([]ParameterChange, error) {
	var all parameterRegister
	if _, err := r.Load(ctx, dossier.Parameter, parametersID, &all); fault.Is(err, "STORE-ABSENT-01") {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	changes := make([]ParameterChange, len(all.Changes))
	for i, id := range all.Changes {
		if _, err := r.Load(ctx, dossier.Parameter, id, &changes[i]); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

func approvedParameters(v decision.View) (parameterRegister, int64, []ParameterChange, []int64, error) {
	r, version, err := decision.Load[parameterRegister](v, dossier.Parameter, parametersID)
	if fault.Is(err, "STORE-ABSENT-01") {
		return parameterRegister{}, 0, nil, nil, nil
	}
	if err != nil {
		return r, 0, nil, nil, err
	}
	changes, versions := make([]ParameterChange, len(r.Changes)), make([]int64, len(r.Changes))
	for i, id := range r.Changes {
		if changes[i], versions[i], err = decision.Load[ParameterChange](v, dossier.Parameter, id); err != nil {
			return r, 0, nil, nil, err
		}
	}
	return r, version, changes, versions, nil
}

// ParameterDraft is a new dated value as an officer proposes it. Cells that are
// not named stay as they are.
type ParameterDraft struct {
	Name   string            `json:"name"`
	From   clock.Date        `json:"from"`
	Urgent string            `json:"urgent,omitempty"`
	Source string            `json:"source"`
	Values map[string]string `json:"values"`
	Reason string            `json:"reason"`
}

// ParameterReply tells where a change stands.
type ParameterReply struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	State State  `json:"state"`
}

// parameterAgreement is what two officers agree on.
type parameterAgreement struct {
	ID      string        `json:"id"`
	Version int64         `json:"version"`
	Name    string        `json:"name"`
	From    clock.Date    `json:"from"`
	Urgent  string        `json:"urgent,omitempty"`
	Source  string        `json:"source"`
	Changes []risk.Change `json:"changes"`
}

// ProposeParameter hands a new dated value to a second officer. Faults: those of
// NewRulebook; OVERSIGHT-DAY-01; OVERSIGHT-PARAMETER-06 (no source), -07 (nothing
// would change); those of deliberation.Open.
func (d *Desk) ProposeParameter(ctx context.Context, c decision.Command, by decision.Actor, draft ParameterDraft) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc := ParameterChange{
			ID: v.NewID(), Name: draft.Name, ValidFrom: draft.From, State: Proposed, Urgent: draft.Urgent, Source: strings.TrimSpace(draft.Source),
			Author: by.ID, Reason: draft.Reason, Proposed: v.Now(),
		}
		var faults fault.List
		if err := faults.Add("", earliest(doc.ValidFrom, v.Now().Date(), doc.Urgent)); err != nil {
			return decision.Outcome{}, err
		}
		if doc.Source == "" {
			faults = append(faults, fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-06", "/source", "a parameter needs the rule it rests on", "name the law, or write that it is our own reading"))
		}
		before, err := standingRow(v, doc.Name)
		if err != nil {
			return decision.Outcome{}, err
		}
		doc.Values = map[string]string{}
		for name, value := range draft.Values {
			doc.Values[name] = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
		}
		for _, cell := range before.Cells {
			next, given := doc.Values[cell.Name]
			if !given {
				next = cell.Value
			}
			if doc.Values[cell.Name] = next; next != cell.Value {
				doc.Changes = append(doc.Changes, risk.Change{Part: "parameter", Key: doc.Name, Cell: cell.Name, Old: cell.Value, New: next})
			}
		}
		if err := faults.Add("", d.fitsIn(v, &doc)); err != nil {
			return decision.Outcome{}, err
		}
		if len(doc.Changes) == 0 && len(faults) == 0 {
			faults = append(faults, fault.New(fault.Invalid, "OVERSIGHT-PARAMETER-07", "/values", "every value is as it was", "change one, or leave it"))
		}
		if err := faults.OrNil(); err != nil {
			return decision.Outcome{}, err
		}
		out, err := d.open(v, by, "parameter", doc.ID, doc.Name, ActionParameter, doc.Reason,
			parameterAgreement{doc.ID, 1, doc.Name, doc.ValidFrom, doc.Urgent, doc.Source, doc.Changes})
		if err != nil {
			return out, err
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Parameter, ID: doc.ID, Body: doc})
		return out, nil
	})
}

// standingRow gives the last value of a parameter.
func standingRow(v decision.View, name string) (ParameterRow, error) {
	_, _, approved, _, err := approvedParameters(v)
	if err != nil {
		return ParameterRow{}, err
	}
	book, err := NewRulebook(approved)
	if err != nil {
		return ParameterRow{}, err
	}
	for _, r := range slices.Backward(book.Rows) {
		if r.Name == name {
			return r, nil
		}
	}
	return ParameterRow{}, noParameter(name)
}

// fitsIn checks a change against all that are approved.
func (d *Desk) fitsIn(v decision.View, doc *ParameterChange) error {
	_, _, approved, _, err := approvedParameters(v)
	if err != nil {
		return err
	}
	_, err = NewRulebook(append(slices.Clip(approved), *doc))
	return err
}

func agreedParameter(v decision.View, payload json.RawMessage) (ParameterChange, int64, error) {
	var p parameterAgreement
	if err := json.Unmarshal(payload, &p); err != nil {
		return ParameterChange{}, 0, err
	}
	doc, version, err := decision.Load[ParameterChange](v, dossier.Parameter, p.ID)
	if err == nil {
		err = changed(version, p.Version)
	}
	return doc, version, err
}

// parameterAgreed approves a change: from its day on the value is in force.
func (d *Desk) parameterAgreed(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := agreedParameter(v, payload)
	if err != nil {
		return out, err
	}
	if err := earliest(doc.ValidFrom, v.Now().Date(), doc.Urgent); err != nil {
		return out, err
	}
	if err := d.fitsIn(v, &doc); err != nil {
		return out, err
	}
	register, registered, _, _, err := approvedParameters(v)
	if err != nil {
		return out, err
	}
	doc.State, doc.ApprovedBy, doc.Approved = Approved, by.ID, v.Now()
	if doc.ValidFrom <= v.Now().Date() {
		doc.Enacted = v.Now()
	}
	out.Puts = []decision.Put{
		{Kind: dossier.Parameter, ID: doc.ID, Version: version, Body: doc},
		{Kind: dossier.Parameter, ID: parametersID, Version: registered, Body: parameterRegister{append(slices.Clip(register.Changes), doc.ID)}},
	}
	out.Entries = []journal.Entry{about(v, by, "parameter.approved", journal.Ref{Kind: "parameter", ID: doc.ID}, journal.Why{Rule: doc.Urgent, Reason: doc.Reason, Law: doc.Source},
		map[string]any{"name": doc.Name, "from": doc.ValidFrom.String(), "author": doc.Author, "changes": doc.Changes})}
	out.Reply = ParameterReply{doc.ID, doc.Name, doc.State}
	err = publish(v, &out, SetParameters)
	return out, err
}

// parameterKept closes a change that was not agreed to.
func (d *Desk) parameterKept(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := agreedParameter(v, payload)
	if err != nil {
		return out, err
	}
	doc.State = Refused
	out.Puts = []decision.Put{{Kind: dossier.Parameter, ID: doc.ID, Version: version, Body: doc}}
	out.Entries = []journal.Entry{about(v, by, "parameter.refused", journal.Ref{Kind: "parameter", ID: doc.ID}, journal.Why{}, map[string]any{"name": doc.Name})}
	return out, nil
}

// enactParameters notes the values that come into force today.
func enactParameters(v decision.View, out *decision.Outcome) (did []string, err error) {
	_, _, changes, versions, err := approvedParameters(v)
	if err != nil {
		return nil, err
	}
	for i := range changes {
		c := &changes[i]
		if c.ValidFrom > v.Now().Date() || c.Enacted != 0 {
			continue
		}
		c.Enacted = v.Now()
		did = append(did, c.ID)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Parameter, ID: c.ID, Version: versions[i], Body: *c})
		out.Entries = append(out.Entries, about(v, decision.System, "parameter.in-force", journal.Ref{Kind: "parameter", ID: c.ID},
			journal.Why{Reason: c.Reason, Law: c.Source}, map[string]any{"name": c.Name}))
	}
	return did, nil
}
