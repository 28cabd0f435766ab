package control

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/risk"
)

// Passage is one vehicle at one lane as the house keeps it.
type Passage struct {
	gate.Passage
	Papers   []string       `json:"papers,omitempty"`
	Risk     *risk.Verdict  `json:"risk,omitempty"`
	Moved    bool           `json:"moved"`              // the goods were booked as passed
	Replayed bool           `json:"replayed,omitempty"` // decided by the lane while the centre was away
	Asked    *gate.Override `json:"asked,omitempty"`    // an override that waits for its second officer
	Decided  clock.Instant  `json:"decided"`
}

// Instruction is what the lane is told to do.
type Instruction string

const (
	Lift   Instruction = "lift"
	Keep   Instruction = "keep"
	Reread Instruction = "reread"
)

// PassReply is what the lane learns, in the moment the truck stands there.
type PassReply struct {
	Passage     string            `json:"passage"`
	Outcome     gate.Outcome      `json:"outcome"`
	LED         string            `json:"led"` // key of the words on the display
	Instruction Instruction       `json:"instruction"`
	Notes       []string          `json:"notes,omitempty"`
	Posted      []string          `json:"posted,omitempty"`     // lists posted to their book by this passage
	Difference  *clearance.Notice `json:"difference,omitempty"` // what could not be booked, and why
}

// Device is the channel of orders to lanes.
const Device = "device"

// Recorded is a passage that a lane decided by itself while the centre was away:
// the readings with what it did (DR §6.2).
type Recorded struct {
	Readings gate.Readings `json:"readings"`
	Outcome  gate.Outcome  `json:"outcome"` // what the lane decided
	Notes    []string      `json:"notes"`   // numbers of the notes it decided on
	Barrier  gate.Barrier  `json:"barrier,omitempty"`
}

// Pass judges a vehicle at a lane and books what passes. It is a fact and always
// recorded: readings, comparison, risk and verdict; when the vehicle passes, its
// notes are used, the goods move from noted to passed in the physical ledger, the
// mode's step is taken with what it opens, and a list whose last goods these are
// is posted to its book, all in this one transaction. The order to the barrier
// stands in the outbox with it (DR §6.2, §4.4).
//
// The same event of the same lane (its sequence) is answered once and the same.
func (d *Desk) Pass(ctx context.Context, c decision.Command, by decision.Actor, r gate.Readings) (decision.Receipt, error) {
	return d.record(ctx, c, by, Recorded{Readings: r})
}

// Replay records a passage that the lane has decided by itself. Called for each
// in the order of the lane's sequence; one that the centre had recorded before is
// answered as then, so that no note is used twice by it. What the lane let pass
// has passed: a note that had died meanwhile leaves a difference.
func (d *Desk) Replay(ctx context.Context, c decision.Command, by decision.Actor, r Recorded) (decision.Receipt, error) {
	r.Readings.Offline = true
	return d.record(ctx, c, by, r)
}

func (d *Desk) record(ctx context.Context, c decision.Command, by decision.Actor, r Recorded) (decision.Receipt, error) {
	lane := laneOf(&r.Readings)
	c.Name, c.Nature, c.Urgent, c.Actor = "passage.record", decision.Fact, true, "lane/"+lane
	// A lane whose sequence begins anew is told apart by its time.
	c.Key = "passage/" + r.Readings.Sequence + "@" + r.Readings.At.String()
	if r.Readings.Again {
		c.Key += "/again"
	}
	// What names the event, without how it was transmitted.
	event, err := json.Marshal([]string{lane, r.Readings.Sequence, r.Readings.CameraPlate, r.Readings.EPlate, r.Readings.Front, r.Readings.Rear})
	if err != nil {
		return decision.Receipt{}, err
	}
	c.Content = event
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.judge(v, by, r) })
}

func laneOf(r *gate.Readings) string { return r.Area + "/" + r.Gate + "/" + r.Lane }

// judge finds notes, compares and decides.
func (d *Desk) judge(v decision.View, by decision.Actor, r Recorded) (decision.Outcome, error) {
	ref := d.reference()
	tol, err := d.reference().Gate.At(r.Readings.At.Date())
	if err != nil {
		return decision.Outcome{}, err
	}
	h := haul{v: v, ref: ref, by: by, papers: map[string]*paper{}}
	if r.Outcome != "" && len(r.Notes) > 0 {
		err = h.byNumber(r.Notes)
	} else {
		err = h.ofVehicle(&r.Readings)
	}
	if err != nil {
		return decision.Outcome{}, err
	}
	p := Passage{Passage: gate.Passage{ID: v.NewID(), Readings: r.Readings, Barrier: r.Barrier}, Replayed: r.Outcome != "", Decided: v.Now()}
	for _, n := range h.notes {
		p.Notes = append(p.Notes, n.Number)
	}
	for id := range h.papers {
		p.Papers = append(p.Papers, id)
	}
	slices.Sort(p.Papers)
	facts, err := h.facts()
	if err != nil {
		return decision.Outcome{}, err
	}
	p.Verdict, p.Risk, err = d.verdict(&h, p.ID, facts, &r.Readings, tol)
	if err != nil {
		return decision.Outcome{}, err
	}
	h.passage = &p
	outcome := p.Verdict.Outcome
	if r.Outcome != "" {
		outcome = r.Outcome // it has happened
	}
	if outcome != gate.Pass {
		return h.stopped(decision.Outcome{}), nil
	}
	if r.Outcome != "" {
		p.PassedAt = r.Readings.At
	}
	return h.carry()
}

// ofVehicle finds the notes of the vehicle: by e-plate, plate, containers.
func (h *haul) ofVehicle(r *gate.Readings) error {
	type way struct{ column, value string }
	var ways [][]way
	if r.EPlate != "" {
		ways = append(ways, []way{{"e_plate", r.EPlate}})
	}
	for _, plate := range []string{r.EPlatePlate, r.CameraPlate} {
		if plate != "" {
			ways = append(ways, []way{{"plate", string(codelist.NormalisePlate(plate))}})
		}
	}
	var boxes []way
	for _, read := range []string{r.Front, r.Rear} {
		if plain, err := codelist.ParseContainerNumber(read); err == nil {
			boxes = append(boxes, way{"box", string(plain)}, way{"box2", string(plain)})
		}
	}
	ways = append(ways, boxes)
	for _, columns := range ways {
		var candidates []*Note
		for _, w := range columns {
			ids, err := h.v.Find(dossier.ReleaseNote, w.column, w.value, 50)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if slices.ContainsFunc(candidates, func(n *Note) bool { return n.ID == id }) {
					continue
				}
				if err := h.load(id, &candidates); err != nil {
					return err
				}
			}
		}
		released := make([]*gate.ReleaseNote, len(candidates))
		for i, n := range candidates {
			released[i] = &n.ReleaseNote
		}
		// The gate's own rule says which of them are meant.
		for _, found := range gate.Find(released, r) {
			h.notes = append(h.notes, candidates[slices.Index(released, found)])
		}
		if len(h.notes) > 0 {
			return h.gather()
		}
	}
	return nil
}

// byNumber takes the notes that a lane decided on, in whatever state they are.
func (h *haul) byNumber(numbers []string) error {
	for _, number := range numbers {
		ids, err := h.v.Find(dossier.ReleaseNote, "number", number, 1)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := h.load(id, &h.notes); err != nil {
				return err
			}
		}
	}
	return h.gather()
}

func (h *haul) load(id string, into *[]*Note) error {
	n, version, err := decision.Load[Note](h.v, dossier.ReleaseNote, id)
	if err != nil {
		return err
	}
	if h.versions == nil {
		h.versions = map[string]int64{}
	}
	h.versions[id] = version
	*into = append(*into, &n)
	return nil
}

// gather reads the documents of the notes.
func (h *haul) gather() error {
	for _, n := range h.notes {
		for _, id := range n.Papers {
			if h.papers[id] != nil {
				continue
			}
			p, err := loadPaper(h.v, h.ref, n.Kind, id)
			if err != nil {
				return err
			}
			h.papers[id] = p
			h.order = append(h.order, id)
		}
	}
	return nil
}

// verdict compares twice: the error of the weight is a fact for the risk table,
// and the level of risk is a fact for the comparison (DR §6.3).
func (d *Desk) verdict(h *haul, id string, facts []gate.Facts, r *gate.Readings, tol *gate.Tolerances) (gate.Verdict, *risk.Verdict, error) {
	notes := make([]*gate.ReleaseNote, len(h.notes))
	for i, n := range h.notes {
		notes[i] = &n.ReleaseNote
	}
	first := gate.Compare(notes, facts, r, tol)
	if len(notes) == 0 {
		return first, nil, nil
	}
	judged, err := d.assess(h, id, &first, r)
	if err != nil {
		return first, nil, err
	}
	for i := range facts {
		facts[i].Risk = levels[judged.Channel]
		if stopping(judged) {
			facts[i].ControlInstruction = selection(judged)
		}
	}
	final := gate.Compare(notes, facts, r, tol)
	if slices.Contains(judged.Actions, risk.Hold) && final.Outcome != gate.Refuse {
		final.Rows = append(final.Rows, gate.Row{Check: gate.CheckControl, Read: selection(judged), Outcome: gate.Hold, Reason: gate.LEDControl})
		final.Outcome, final.LED = gate.Hold, gate.LEDControl
	}
	return final, judged, nil
}

var levels = map[risk.Channel]gate.Risk{risk.Green: gate.LowRisk, risk.Yellow: gate.MediumRisk, risk.Red: gate.HighRisk}

// stopping tells whether the judgement wants the truck looked at; what is only
// to be audited later does not stop it.
func stopping(v *risk.Verdict) bool {
	return slices.ContainsFunc(v.Actions, func(a risk.Action) bool { return a != risk.Audit })
}

// selection names who asked for the look, for the officer at the lane.
func selection(v *risk.Verdict) string {
	for i := range v.Instructions {
		if v.Instructions[i].Picked {
			return v.Instructions[i].ID
		}
	}
	for i := range v.Hits {
		if v.Hits[i].Hard != "" {
			return v.Hits[i].Rule
		}
	}
	if v.Draw.Picked {
		return "random-draw"
	}
	return "risk " + v.Table.Version
}

// assess asks the risk table of passages.
func (d *Desk) assess(h *haul, id string, first *gate.Verdict, r *gate.Readings) (*risk.Verdict, error) {
	table := d.passages()
	facts := risk.NewFacts(table.Catalogue, 0)
	n := h.notes[0]
	direction := "I"
	if r.Direction == gate.Out {
		direction = "E"
	}
	mode, level := "", n.Level
	for _, other := range h.notes {
		level = min(level, other.Level)
	}
	if len(h.order) > 0 {
		mode = h.papers[h.order[0]].file.Mode
	}
	if level < 1 {
		level = 3
	}
	hour := r.At.Time().Hour()
	var gross num.Quantity
	for _, other := range h.notes {
		gross += other.GoodsGross
	}
	head := facts.Head().Text("direction", direction).Text("procedure", mode).Text("office", n.Office).
		Quantity("gross_mass", gross).Count("credit_level", int64(level)).Text("lane_kind", string(r.LaneKind)).
		Text("note_type", string(rune('0'+int(n.Type)))).Flag("night", hour >= 22 || hour < 6).Flag("route_deviation", r.Deviation).
		Text("seal_state", sealState(h.notes, r))
	for i := range first.Rows {
		switch row := &first.Rows[i]; row.Check {
		case gate.CheckPlate:
			head.Flag("plate_agrees", row.Outcome == gate.Pass)
		case gate.CheckContainer:
			head.Flag("container_agrees", row.Outcome == gate.Pass)
		default:
		}
	}
	if r.Weighed {
		head.Quantity("weight_error", max(first.MassError, -first.MassError)).Rate("weight_error_share", max(first.ErrorRate, -first.ErrorRate))
	}
	if n.WindowTo != 0 && r.At > n.WindowTo {
		head.Count("minutes_late", int64(r.At-n.WindowTo)/60_000_000)
	}
	if len(n.Containers) > 0 {
		var boxes []string
		for i := range n.Containers {
			boxes = append(boxes, n.Containers[i].Number)
		}
		head.Set("containers", boxes)
	}
	v, err := risk.Assess(risk.Question{
		Subject: risk.Subject{Kind: risk.Passage, ID: id, Version: 1}, Facts: facts, Table: table, Instructions: d.instructions(), Key: h.ref.DrawKey,
		CreditLevel: level, Mode: mode, Place: laneOf(r), At: h.v.Now(),
	})
	return &v, err
}

// sealState words the electronic seal for the risk table.
func sealState(notes []*Note, r *gate.Readings) string {
	want := ""
	for _, n := range notes {
		if n.ELock != "" {
			want = n.ELock
		}
	}
	s := r.Seal
	switch {
	case s == nil && want == "":
		return "absent"
	case s == nil:
		return ""
	case s.Alarm:
		return "tampered"
	case !s.Sealed:
		return "open"
	case want != "" && s.ID != want:
		return "foreign"
	}
	return "closed"
}

// stopped writes a passage that does not go on: held, guided to inspection,
// refused. The goods stay where they are.
func (h *haul) stopped(out decision.Outcome) decision.Outcome {
	p := h.passage
	instruction := Keep
	if p.Verdict.Reread {
		instruction = Reread
	}
	h.tell(&out, instruction, nil, nil)
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Passage, ID: p.ID, Version: h.version, Body: *p})
	return out
}

var happened = map[gate.Outcome]string{
	gate.Pass: "passage.passed", gate.Inspect: "passage.guided-to-inspection", gate.Hold: "passage.held", gate.Refuse: "passage.refused",
}

// tell journals the verdict, orders the lane and answers it.
func (h *haul) tell(out *decision.Outcome, instruction Instruction, posted []string, difference *clearance.Notice) {
	p := h.passage
	outcome := p.Verdict.Outcome
	if p.Moved {
		outcome = gate.Pass
	}
	e := told(h.v, h.v.NewID, h.by, happened[outcome], journal.Ref{Kind: "passage", ID: p.ID})
	for _, n := range h.notes {
		e.Subject = append(e.Subject, journal.Ref{Kind: "release_note", ID: n.ID})
		e.Enterprise, e.Office = n.Enterprise, n.Office
	}
	e.EffectiveOn, e.Area = p.Readings.At.Date(), p.Readings.Area
	var failed []string
	for i := range p.Verdict.Rows {
		if row := &p.Verdict.Rows[i]; row.Outcome != gate.Pass {
			failed = append(failed, string(row.Check)+": "+row.Reason)
		}
	}
	e.Why = journal.Why{Rule: "gate comparison", Reason: strings.Join(failed, "; ")}
	score := 0
	if p.Risk != nil {
		score = p.Risk.Score
	}
	e.Body = fact(map[string]any{
		"lane": laneOf(&p.Readings), "sequence": p.Readings.Sequence, "plate": p.Readings.CameraPlate, "notes": p.Notes, "verdict": p.Verdict.Outcome,
		"led": p.Verdict.LED, "massError": p.Verdict.MassError.String(), "score": score, "instruction": instruction, "replayed": p.Replayed,
		"posted": posted, "override": p.Override != nil,
	})
	out.Entries = append(out.Entries, e)
	if !p.Replayed {
		out.Orders = append(out.Orders, decision.Order{ID: h.v.NewID(), Channel: Device, Target: laneOf(&p.Readings), Body: map[string]any{
			"passage": p.ID, "sequence": p.Readings.Sequence, "instruction": instruction, "led": p.Verdict.LED, "plate": p.Readings.CameraPlate,
		}})
	}
	out.Reply = PassReply{
		Passage: p.ID, Outcome: outcome, LED: p.Verdict.LED, Instruction: instruction, Notes: p.Notes, Posted: posted, Difference: difference,
	}
}

// notice words a refusal.
func notice(refusal error) *clearance.Notice {
	list := fault.All(refusal)
	if len(list) == 0 {
		return nil
	}
	return &clearance.Notice{Code: list[0].Code, Path: list[0].Path, Detail: list[0].Message()}
}
