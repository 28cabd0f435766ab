package risk

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/num"
)

// Channel is the outcome that matters to the goods.
type Channel string

// The channels, from the mildest to the strictest (DR §7.4).
const (
	Green  Channel = "green"  // low: the machine passes it
	Yellow Channel = "yellow" // medium: passes, and is checked afterwards
	Red    Channel = "red"    // high: a person decides
)

func (c Channel) rank() int {
	switch c {
	case Red:
		return 2
	case Yellow:
		return 1
	case Green:
	}
	return 0
}

// Stricter gives the stricter of two channels.
func Stricter(a, b Channel) Channel {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// Action is what is to be done with a subject that was selected (DR §7.2).
type Action string

// The actions of control instructions and hard rules.
const (
	Review  Action = "review"  // an officer reads the documents
	Inspect Action = "inspect" // the goods are examined
	Weigh   Action = "weigh"
	Video   Action = "video"  // checked by camera
	Sample  Action = "sample" // a sample is taken
	Audit   Action = "audit"  // checked at the enterprise after release
	Hold    Action = "hold"   // stops until a person releases it
)

var actions = []Action{Review, Inspect, Weigh, Video, Sample, Audit, Hold}

// Channel tells how strict an action is: only an audit lets the goods go first.
func (a Action) Channel() Channel {
	if a == Audit {
		return Yellow
	}
	return Red
}

// Subject names what is judged. Version is the version of the document: an
// amended document is drawn anew, the same version never is.
type Subject struct {
	Kind    Kind   `json:"kind"`
	ID      string `json:"id"`
	Version int64  `json:"version"`
}

// TableRef names the snapshot of the risk table that judged.
type TableRef struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Epoch   string `json:"epoch"` // SHA-256 of the whole table, hexadecimal
}

// Verdict is the why card: channel and score with everything that made them. It
// is stored with the facts it was made from; table epoch, facts, instructions
// and (after the period) the draw key are enough to compute it again.
type Verdict struct {
	Subject      Subject          `json:"subject"`
	At           clock.Instant    `json:"at"`
	CreditLevel  int              `json:"credit_level"` // 5 best … 1 worst (DR §8.1)
	Mode         string           `json:"mode,omitempty"`
	Place        string           `json:"place,omitempty"`
	Channel      Channel          `json:"channel"`
	Score        int              `json:"score"`     // 0–100
	Sum          int              `json:"sum"`       // Σ weight × level before it is cut to 0–100
	Band         Channel          `json:"band"`      // channel of the score alone
	MediumAt     int              `json:"medium_at"` // the bands in force
	HighAt       int              `json:"high_at"`
	Hits         []Hit            `json:"hits,omitempty"`
	Instructions []InstructionHit `json:"instructions,omitempty"`
	Draw         Draw             `json:"draw"`
	Actions      []Action         `json:"actions,omitempty"`  // what is to be done, each once
	Selected     []Selection      `json:"selected,omitempty"` // who asked for more than green
	Missing      []string         `json:"missing,omitempty"`  // facts that are unknown and would have mattered
	Model        *ModelPart       `json:"model,omitempty"`
	Table        TableRef         `json:"table"`
}

// Cures lists what the declarant can do about the hits, each advice once.
func (v Verdict) Cures() []Label {
	var cures []Label
	for _, h := range v.Hits {
		if h.Cure != (Label{}) && !slices.Contains(cures, h.Cure) {
			cures = append(cures, h.Cure)
		}
	}
	return cures
}

// Selection says by whom a subject was selected; results of checks are counted
// by it, because only the random ones are an unbiased sample (DR §7.4).
type Selection string

// Who can select.
const (
	ByScore       Selection = "score"
	ByHardRule    Selection = "hard_rule"
	ByInstruction Selection = "instruction"
	ByRandom      Selection = "random"
	ByModel       Selection = "model"
	ByOfficer     Selection = "officer" // a person's own choice, recorded as such
)

// Hit is one rule that applied.
type Hit struct {
	Rule        string          `json:"rule"`
	RuleVersion string          `json:"rule_version"` // first 16 digits of the SHA-256 of the rule as it stood
	Object      Kind            `json:"object"`
	Title       Label           `json:"title"`
	Weight      int             `json:"weight"`
	Level       int             `json:"level"`
	Points      int             `json:"points"` // weight × level
	Hard        Action          `json:"hard,omitempty"`
	Line        int             `json:"line,omitempty"`  // the goods line (from 1) where it is strongest
	Lines       int             `json:"lines,omitempty"` // on how many lines it applies
	Measure     string          `json:"measure,omitempty"`
	Measured    string          `json:"measured,omitempty"`
	Conditions  []ConditionSeen `json:"conditions,omitempty"`
	Reason      Label           `json:"reason"`
	Law         string          `json:"law,omitempty"`
	Cure        Label           `json:"cure,omitzero"`
	Secret      bool            `json:"secret,omitempty"`
}

// ConditionSeen is one condition of a rule with the value it met. Conditions
// with the same Group are alternatives.
type ConditionSeen struct {
	Group  int    `json:"group"`
	Field  string `json:"field"`
	Label  Label  `json:"label"`
	Text   string `json:"text"` // the condition as written
	Actual string `json:"actual"`
	Held   bool   `json:"held"`
}

// InstructionHit is one control instruction that applied.
type InstructionHit struct {
	ID       string   `json:"id"`
	Action   Action   `json:"action"`
	Share    num.Rate `json:"share"`
	Drawn    num.Rate `json:"drawn"` // picked when drawn < share
	Picked   bool     `json:"picked"`
	Line     int      `json:"line,omitempty"`
	Secrecy  Secrecy  `json:"secrecy"`
	Approver string   `json:"approver"`
}

// Draw is the random draw: value is a number from 0 up to but not 1 that nobody
// can choose; picked when it is below ratio.
type Draw struct {
	Period string   `json:"period"` // id of the period key
	Value  num.Rate `json:"value"`
	Ratio  num.Rate `json:"ratio"`
	Picked bool     `json:"picked"`
}

// ModelPart is the place for a learnt score beside the rules: never the only
// ground for a penalty (DR §7.4). It is absent until a model is in force.
type ModelPart struct {
	Name          string         `json:"name"`
	Version       string         `json:"version"`
	Score         int            `json:"score"` // 0–100
	Channel       Channel        `json:"channel"`
	Contributions []Contribution `json:"contributions,omitempty"`
}

// Contribution is what one fact added to a model's score, in hundredths of a
// point.
type Contribution struct {
	Field      string `json:"field"`
	Hundredths int    `json:"hundredths"`
}

// Audience says who reads a why card.
type Audience string

// The readers, from the one who sees everything to the one who sees least.
const (
	Analyst   Audience = "analyst"   // sees all
	Officer   Audience = "officer"   // sees actions of secret instructions, not their reason (DR §7.2, OR)
	Declarant Audience = "declarant" // sees channel, what to do and how to cure; no score, no weights, no draw
)

// For gives the card as a reader of that kind may see it. Secret hits and
// instructions stay in effect but lose what they are about.
func (v Verdict) For(a Audience) Verdict {
	if a == Analyst {
		return v
	}
	var hits []Hit
	for _, h := range v.Hits {
		if h.Secret {
			if a == Declarant {
				continue
			}
			h = Hit{Rule: "", Weight: h.Weight, Level: h.Level, Points: h.Points, Hard: h.Hard, Secret: true}
		}
		if a == Declarant {
			h.Weight, h.Level, h.Points = 0, 0, 0
		}
		hits = append(hits, h)
	}
	v.Hits = hits
	var instructions []InstructionHit
	for _, i := range v.Instructions {
		if a == Declarant {
			continue
		}
		if i.Secrecy != Open {
			i = InstructionHit{Action: i.Action, Picked: i.Picked, Secrecy: i.Secrecy}
		}
		instructions = append(instructions, i)
	}
	v.Instructions = instructions
	if a == Declarant {
		v.Score, v.Sum, v.MediumAt, v.HighAt, v.Band = 0, 0, 0, 0, ""
		v.Draw, v.Model, v.Missing, v.Selected = Draw{}, nil, nil, nil
	}
	return v
}
