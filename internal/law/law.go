// Package law says what the system's rules stand on. It holds the register of
// laws, decrees and announcements with the days on which they begin and end,
// the list of the system's own rules with their legal references, and the power
// list: what an officer may do, on which rule, in which post and with how many
// officers. A rule whose last reference has ended is no longer alive and raises
// an alarm; an act without an entry in the power list is not allowed.
//
// The register holds facts (titles, numbers, dates, where we read them), not the
// text of the law. Dates that were not in our sources are marked as recalled.
package law

import (
	"bytes"
	_ "embed"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
)

//go:embed data/register.yaml
var registerFile []byte

// Label is a title in both languages.
type Label struct {
	EN string `json:"en" yaml:"en"`
	ZH string `json:"zh" yaml:"zh"`
}

// Certainty says how sure the dates of an instrument are.
type Certainty string

// The certainties.
const (
	Given    Certainty = "given"    // stands in our sources
	Recalled Certainty = "recalled" // general knowledge, not checked
	Year     Certainty = "year"     // only the year is known
)

// Instrument is one law, regulation, decree, announcement or plan, or a series
// of them that followed each other.
type Instrument struct {
	Key        string     `json:"key" yaml:"key"`   // capitals and digits: "DR", "G86"
	Kind       string     `json:"kind" yaml:"kind"` // law, regulation, decree, announcement, interpretation, plan, series
	Issuer     string     `json:"issuer" yaml:"issuer"`
	Number     string     `json:"number,omitempty" yaml:"number"`
	Title      Label      `json:"title" yaml:"title"`
	From       clock.Date `json:"from" yaml:"from"`
	To         clock.Date `json:"to,omitzero" yaml:"to"` // last day in force; zero: no end known
	Dates      Certainty  `json:"dates" yaml:"dates"`
	ReplacedBy string     `json:"replaced_by,omitempty" yaml:"replaced_by"`
	Series     []string   `json:"series,omitempty" yaml:"series"`
	Source     string     `json:"source" yaml:"source"`
	Note       string     `json:"note,omitempty" yaml:"note"`
}

// InForce tells whether the instrument is in force on a day.
func (i Instrument) InForce(on clock.Date) bool {
	return i.From <= on && (i.To == 0 || on <= i.To)
}

// Rule is one rule of this system with the references it stands on, such as
// "DR art. 37": alive while one of them is.
type Rule struct {
	ID    string   `json:"id" yaml:"id"` // lower case with hyphens: "payment-time"
	Title Label    `json:"title" yaml:"title"`
	Refs  []string `json:"refs" yaml:"refs"`
}

// Power is one entry of the power list (权力清单).
type Power struct {
	ID       string   `json:"id" yaml:"id"`
	Title    Label    `json:"title" yaml:"title"`
	Rules    []string `json:"rules" yaml:"rules"`
	Post     string   `json:"post" yaml:"post"`
	Officers int      `json:"officers" yaml:"officers"` // how many must act together
	Acts     []string `json:"acts" yaml:"acts"`         // commands that exercise it: "declaration.release"
}

// Register is the law register. It never changes once read.
type Register struct {
	Instruments []Instrument `json:"instruments" yaml:"instruments"`
	Rules       []Rule       `json:"rules" yaml:"rules"`
	Powers      []Power      `json:"powers" yaml:"powers"`

	byKey  map[string]int
	byRule map[string]int
	byAct  map[string]int
}

// Default gives the register as delivered.
func Default() (*Register, error) { return Read(registerFile) }

// Read reads a register from YAML and checks that everything it names exists.
// All faults: LAW-FILE-01 (not readable, unknown key), LAW-FILE-02 (key, id or
// act used twice), LAW-FILE-03 (entry not complete), LAW-FILE-04 (names
// something that is not in the register).
func Read(data []byte) (*Register, error) {
	r := &Register{}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(r); err != nil {
		return nil, fault.New(fault.Invalid, "LAW-FILE-01", "", "this is no law register: {problem}",
			"correct the line named", "problem", firstLine(err.Error())).Because(err)
	}
	var faults fault.List
	r.byKey, faults = index(r.Instruments, func(i Instrument) string { return i.Key }, "/instruments", faults)
	r.byRule, faults = index(r.Rules, func(i Rule) string { return i.ID }, "/rules", faults)
	_, faults = index(r.Powers, func(p Power) string { return p.ID }, "/powers", faults)
	r.byAct = map[string]int{}
	for i := range r.Powers {
		p := &r.Powers[i]
		if p.Officers == 0 {
			p.Officers = 1
		}
		for _, act := range p.Acts {
			if _, twice := r.byAct[act]; twice {
				faults = append(faults, twiceFault("/powers", act))
			}
			r.byAct[act] = i
		}
	}
	faults = append(faults, r.check()...)
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	return r, nil
}

func index[T any](items []T, name func(T) string, path string, faults fault.List) (map[string]int, fault.List) {
	at := map[string]int{}
	for i, item := range items {
		if _, twice := at[name(item)]; twice {
			faults = append(faults, twiceFault(path, name(item)))
		}
		at[name(item)] = i
	}
	return at, faults
}

func twiceFault(path, name string) *fault.Fault {
	return fault.New(fault.Invalid, "LAW-FILE-02", path, "“{name}” stands twice in the register", "give each entry its own name",
		"name", name)
}

// check finds entries that are not complete and names that lead nowhere.
func (r *Register) check() (faults fault.List) {
	incomplete := func(path, name string) {
		faults = append(faults, fault.New(fault.Invalid, "LAW-FILE-03", path, "entry “{name}” of the register is not complete",
			"give both titles, dates in order with their certainty, source, references, post and acts", "name", name))
	}
	missing := func(path, name, what string) {
		faults = append(faults, fault.New(fault.Invalid, "LAW-FILE-04", path, "“{name}” names {what}, which is not in the register",
			"add it, or correct the name", "name", name, "what", what))
	}
	for _, i := range r.Instruments {
		if !validKey(i.Key) || i.Title.EN == "" || i.Title.ZH == "" || i.Issuer == "" || i.Source == "" || i.From == 0 ||
			(i.To != 0 && i.To < i.From) || !slices.Contains([]Certainty{Given, Recalled, Year}, i.Dates) ||
			(i.Kind == "series") != (len(i.Series) > 0) {
			incomplete("/instruments", i.Key)
		}
		for _, other := range append(slices.Clone(i.Series), i.ReplacedBy) {
			if _, ok := r.byKey[other]; other != "" && !ok {
				missing("/instruments", i.Key, other)
			}
		}
	}
	for _, rule := range r.Rules {
		if rule.ID == "" || rule.Title.EN == "" || rule.Title.ZH == "" || len(rule.Refs) == 0 {
			incomplete("/rules", rule.ID)
		}
		for _, ref := range rule.Refs {
			key, _, err := Split(ref)
			if _, ok := r.byKey[key]; err != nil || !ok {
				missing("/rules", rule.ID, ref)
			}
		}
	}
	for _, p := range r.Powers {
		if p.Title.EN == "" || p.Title.ZH == "" || p.Post == "" || len(p.Rules) == 0 || len(p.Acts) == 0 || p.Officers < 1 || p.Officers > 2 {
			incomplete("/powers", p.ID)
		}
		for _, rule := range p.Rules {
			if _, ok := r.byRule[rule]; !ok {
				missing("/powers", p.ID, rule)
			}
		}
	}
	return faults
}

// Split takes a reference apart: "DR art. 16(4)" is instrument DR and place
// "art. 16(4)"; "SH6" has no place. A rule's id has no key and is refused.
// Fault: LAW-REF-03.
func Split(ref string) (key, place string, err error) {
	key, place, _ = strings.Cut(ref, " ")
	if !validKey(key) || len(ref) > 80 || !validPlace(place) || (place == "" && strings.Contains(ref, " ")) {
		return "", "", fault.New(fault.Invalid, "LAW-REF-03", "", "“{ref}” is no reference to a law",
			"write it as “DR art. 37” or “SEED II.1”: the key of the register, then the article or part", "ref", clip(ref))
	}
	return key, place, nil
}

// validPlace allows "art. 16(4)" and the numbered parts of plans, "I.1".
func validPlace(s string) bool {
	if strings.HasPrefix(s, "art. ") {
		return len(s) > len("art. ")
	}
	return s == "" || (s[0] >= 'A' && s[0] <= 'Z')
}

func validKey(s string) bool {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// Find gives the instrument of a reference. Faults: LAW-REF-01 (not in the
// register), LAW-REF-03 (no reference).
func (r *Register) Find(ref string) (Instrument, error) {
	key, _, err := Split(ref)
	if err != nil {
		return Instrument{}, err
	}
	i, ok := r.byKey[key]
	if !ok {
		return Instrument{}, unknownRef(ref)
	}
	return r.Instruments[i], nil
}

func unknownRef(ref string) *fault.Fault {
	return fault.New(fault.Invalid, "LAW-REF-01", "", "“{ref}” is not in the law register", "add it to the register, or correct the key",
		"ref", clip(ref))
}

// Check tells whether a reference ("DR art. 37") or one of the system's rules
// ("payment-time") is in force on a day: nil, or LAW-REF-01 (unknown), -02 (not
// in force; the cure names what replaced it), -03 (no reference).
func (r *Register) Check(ref string, on clock.Date) error {
	if i, ok := r.byRule[ref]; ok {
		if len(r.RefsInForce(r.Rules[i].ID, on)) > 0 {
			return nil
		}
		return r.dead(ref, on, "")
	}
	found, err := r.Find(ref)
	if err != nil {
		return err
	}
	now, ok := r.member(found, on)
	if ok && now.InForce(on) {
		return nil
	}
	return r.dead(ref, on, found.ReplacedBy)
}

func (r *Register) dead(ref string, on clock.Date, next string) error {
	if next == "" {
		next = "–"
	}
	return fault.New(fault.Refused, "LAW-REF-02", "", "“{ref}” is not in force on {day}", "replaced by: {next}; name what is in force that day",
		"ref", clip(ref), "day", on, "next", next)
}

// Alive is Check as a plain answer for places that only ask. What is unknown is
// not alive.
func (r *Register) Alive(ref string, on clock.Date) bool { return r.Check(ref, on) == nil }

// CheckAny tells whether what stands on several references, such as a
// supervision mode, is carried on a day: nil while one of them is in force. A
// reference that is unknown is a fault whatever the others say. Faults as Check.
func (r *Register) CheckAny(refs []string, on clock.Date) error {
	var unknown fault.List
	var dead error
	alive := false
	for i, ref := range refs {
		err := r.Check(ref, on)
		switch {
		case err == nil:
			alive = true
		case fault.Is(err, "LAW-REF-02"):
			dead = err
		default:
			if err := unknown.Add("/"+strconv.Itoa(i), err); err != nil {
				return err
			}
		}
	}
	if len(unknown) > 0 {
		return unknown
	}
	if alive {
		return nil
	}
	if dead == nil {
		return unknownRef("")
	}
	return dead
}

// member gives the member of a series that is in force, or the instrument
// itself when it is no series.
func (r *Register) member(i Instrument, on clock.Date) (Instrument, bool) {
	if i.Kind != "series" {
		return i, true
	}
	for _, key := range i.Series {
		if m := r.Instruments[r.byKey[key]]; m.InForce(on) {
			return m, true
		}
	}
	return Instrument{}, false
}

// Current gives what stands in the place of a reference on a day: the
// instrument itself, the member of a series, or what replaced it, as often as
// that happened. ok is false when nothing does.
func (r *Register) Current(ref string, on clock.Date) (now Instrument, ok bool) {
	now, err := r.Find(ref)
	if err != nil {
		return Instrument{}, false
	}
	for range len(r.Instruments) {
		if m, found := r.member(now, on); found && m.InForce(on) {
			return m, true
		}
		next, found := r.byKey[now.ReplacedBy]
		if !found {
			return Instrument{}, false
		}
		now = r.Instruments[next]
	}
	return Instrument{}, false
}

// RefsInForce gives the references of a rule that are in force on a day, in the
// order of the register; nil when the rule is unknown or dead.
func (r *Register) RefsInForce(rule string, on clock.Date) []string {
	i, ok := r.byRule[rule]
	if !ok {
		return nil
	}
	var refs []string
	for _, ref := range r.Rules[i].Refs {
		if r.Alive(ref, on) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// Dead lists the rules of the system that no reference carries on a day: each
// is an alarm.
func (r *Register) Dead(on clock.Date) []Rule {
	var dead []Rule
	for _, rule := range r.Rules {
		if len(r.RefsInForce(rule.ID, on)) == 0 {
			dead = append(dead, rule)
		}
	}
	return dead
}

// Title gives the title of a reference or rule in a language ("zh-CN", "en"),
// with its place: "Import and Export Duty Regulations, art. 37". An unknown
// reference is given back as it is.
func (r *Register) Title(ref, lang string) string {
	chinese := strings.HasPrefix(lang, "zh")
	if i, ok := r.byRule[ref]; ok {
		return r.Rules[i].Title.in(chinese)
	}
	found, err := r.Find(ref)
	if err != nil {
		return ref
	}
	title := found.Title.in(chinese)
	_, place, _ := strings.Cut(ref, " ")
	switch {
	case place == "":
		return title
	case chinese && strings.HasPrefix(place, "art. "):
		return "《" + title + "》第" + strings.TrimPrefix(place, "art. ") + "条"
	case chinese:
		return "《" + title + "》" + place
	}
	return title + ", " + place
}

func (l Label) in(chinese bool) string {
	if chinese {
		return l.ZH
	}
	return l.EN
}

// PowerFor gives the entry of the power list that an act of an officer cites,
// and checks that the law behind it is alive on the day. Faults: LAW-POWER-01
// (no entry: the act is not allowed), LAW-POWER-02 (none of its rules is alive).
func (r *Register) PowerFor(act string, on clock.Date) (Power, error) {
	i, ok := r.byAct[act]
	if !ok {
		return Power{}, fault.New(fault.Forbidden, "LAW-POWER-01", "", "the power list has no entry for {act}",
			"an officer does only what the list allows; let the entry be made first", "act", clip(act))
	}
	for _, rule := range r.Powers[i].Rules {
		if r.Alive(rule, on) {
			return r.Powers[i], nil
		}
	}
	return Power{}, fault.New(fault.Refused, "LAW-POWER-02", "", "no law in force on {day} carries power {power}",
		"bring the law register up to date", "day", on, "power", r.Powers[i].ID)
}

// Acts lists every act of the power list by name.
func (r *Register) Acts() []string {
	acts := make([]string, 0, len(r.byAct))
	for act := range r.byAct {
		acts = append(acts, act)
	}
	sort.Strings(acts)
	return acts
}

func clip(s string) string {
	runes := []rune(s)
	if len(runes) <= 60 {
		return s
	}
	return string(runes[:60]) + "…"
}

func firstLine(s string) string {
	// The library puts its findings on lines of their own after a heading.
	return clip(strings.Join(strings.Fields(s), " "))
}
