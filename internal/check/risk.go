package check

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"sync"

	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/risk"
)

// actionRank tells how strict what is to be done is: only an audit lets the
// goods go first.
func strictness(a risk.Action) risk.Channel {
	if a == risk.Audit {
		return risk.Yellow
	}
	return risk.Red
}

var channelOrder = []risk.Channel{risk.Green, risk.Yellow, risk.Red}

func stricter(a, b risk.Channel) risk.Channel {
	if slices.Index(channelOrder, b) > slices.Index(channelOrder, a) {
		return b
	}
	return a
}

// riskTables reads the tables that verdicts may rest on: the program's and those
// that the zone has put in force at any time.
func (r *run) riskTables(ctx context.Context) error {
	own, err := delivered()
	if err != nil {
		return err
	}
	r.reckoned = maps.Clone(own.tables)
	fields := own.fields
	return r.all(ctx, tablesAll, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		var stored oversight.RiskTable
		if err := json.Unmarshal([]byte(body), &stored); err != nil {
			return nil // told by the section of documents
		}
		spec, err := risk.ReadTable([]byte(stored.Source))
		if err != nil {
			return nil // a draft may be anything
		}
		own, err := newRiskTable(spec, fields[spec.Subject])
		if err != nil {
			r.skipped("risk: a table of the zone is not understood")
			return nil
		}
		r.reckoned[own.epoch], r.reckoned[stored.Epoch] = own, own
		return nil
	})
}

// deliveredTables are the risk tables of the program, by epoch, and the facts that
// a table of each kind may ask for.
type deliveredTables struct {
	tables map[string]*riskTable
	fields map[risk.Kind][]risk.Field
}

// delivered reads them: they are the same for every zone of this program.
var delivered = sync.OnceValues(func() (deliveredTables, error) {
	d := deliveredTables{map[string]*riskTable{}, map[risk.Kind][]risk.Field{}}
	for _, kind := range []risk.Kind{risk.Declaration, risk.List, risk.Passage} {
		table, err := risk.DefaultTable(kind)
		if err != nil {
			return d, err
		}
		d.fields[kind] = table.Catalogue.Fields
		own, err := newRiskTable(table.Spec, d.fields[kind])
		if err != nil {
			return d, err
		}
		d.tables[table.Ref.Epoch], d.tables[own.epoch] = own, own
	}
	return d, nil
})

// judged checks a verdict: its own sums, the random draw, and, with the facts it
// was made from, the rules.
func (r *run) judged(kind, id string, v *risk.Verdict, f *facts) {
	r.card(kind, id, v)
	r.redraw(kind, id, v)
	table := r.reckoned[v.Table.Epoch]
	if table == nil {
		r.skipped("risk: the table that judged is not known")
		return
	}
	if v.Model != nil {
		r.skipped("risk: a model had a say")
		return
	}
	day := v.At.Date().String()
	var medium, high int
	for _, b := range table.spec.Bands {
		if b.From.String() <= day {
			medium, high = b.Medium, b.High
		}
	}
	r.differ(RiskVerdict, kind, id, "score at which medium begins", int64(medium), int64(v.MediumAt))
	r.differ(RiskVerdict, kind, id, "score at which high begins", int64(high), int64(v.HighAt))
	for _, d := range table.spec.Draws {
		if d.From.String() > day || len(d.Credit) > 0 && !slices.Contains(d.Credit, v.CreditLevel) || len(d.Modes) > 0 && !slices.Contains(d.Modes, v.Mode) {
			continue
		}
		if d.Ratio != v.Draw.Ratio {
			r.found(RiskVerdict, kind, id, "share that is drawn at random", d.Ratio.String(), v.Draw.Ratio.String())
		}
		break
	}
	if f == nil {
		return
	}
	hits := table.judge(f, day, v.CreditLevel, v.Mode)
	if len(hits) != len(v.Hits) {
		r.found(RiskVerdict, kind, id, "rules that apply", named(hits), hitNames(v.Hits))
		return
	}
	for i, h := range hits {
		have := &v.Hits[i]
		if have.Rule != h.rule.ID || have.Level != h.level || have.Weight != h.rule.Weight || have.Line != h.line || have.Lines != h.lines || have.Hard != h.rule.Hard {
			r.found(RiskVerdict, kind, id, "how a rule applies", described(h), described(struck{
				rule: &plainRule{RuleSpec: &risk.RuleSpec{ID: have.Rule, Weight: have.Weight, Hard: have.Hard}}, level: have.Level, line: have.Line, lines: have.Lines,
			}))
		}
	}
}

func described(h struck) string {
	return h.rule.ID + " level " + strconv.Itoa(h.level) + " of " + strconv.Itoa(h.rule.Weight) + " points, line " + strconv.Itoa(h.line) + " of " + strconv.Itoa(h.lines) + " " + string(h.rule.Hard)
}

func named(hits []struck) string {
	text := ""
	for _, h := range hits {
		text += h.rule.ID + " "
	}
	return text
}

func hitNames(hits []risk.Hit) string {
	text := ""
	for i := range hits {
		text += hits[i].Rule + " "
	}
	return text
}

// card checks what a why card says about itself.
func (r *run) card(kind, id string, v *risk.Verdict) {
	points, channel := 0, risk.Green
	for i := range v.Hits {
		h := &v.Hits[i]
		points += h.Weight * h.Level
		r.differ(RiskCard, kind, id, "points of rule "+h.Rule, int64(h.Weight*h.Level), int64(h.Points))
		if h.Hard != "" {
			channel = stricter(channel, strictness(h.Hard))
		}
	}
	score := min(max(points, 0), 100)
	r.differ(RiskCard, kind, id, "sum of the points", int64(points), int64(v.Sum))
	r.differ(RiskCard, kind, id, "score", int64(score), int64(v.Score))
	band := risk.Green
	if score >= v.MediumAt {
		band = risk.Yellow
	}
	if score >= v.HighAt {
		band = risk.Red
	}
	if band != v.Band {
		r.found(RiskCard, kind, id, "channel of the score alone", string(band), string(v.Band))
	}
	channel = stricter(channel, band)
	for i := range v.Instructions {
		in := &v.Instructions[i]
		if in.Picked != (in.Drawn < in.Share) {
			r.found(RiskCard, kind, id, "instruction "+in.ID+" is picked when its draw is below its share", strconv.FormatBool(in.Drawn < in.Share), strconv.FormatBool(in.Picked))
		}
		if in.Picked {
			channel = stricter(channel, strictness(in.Action))
		}
	}
	if v.Draw.Picked != (v.Draw.Value < v.Draw.Ratio) {
		r.found(RiskCard, kind, id, "picked at random when the draw is below the ratio", strconv.FormatBool(v.Draw.Value < v.Draw.Ratio), strconv.FormatBool(v.Draw.Picked))
	}
	if v.Draw.Picked {
		// What a random draw asks for is in the table; the mildest of the card's
		// actions that nothing else asks for would do, so only the channel counts.
		drawn := risk.Yellow
		for _, a := range v.Actions {
			if a != risk.Audit {
				drawn = risk.Red
			}
		}
		channel = stricter(channel, drawn)
	}
	if v.Model != nil {
		channel = stricter(channel, v.Model.Channel)
	}
	if channel != v.Channel {
		r.found(RiskCard, kind, id, "channel: the strictest of all that was asked for", string(channel), string(v.Channel))
	}
}

// redraw repeats the random draws with the key of their period.
func (r *run) redraw(kind, id string, v *risk.Verdict) {
	secret := r.keys.draws[v.Draw.Period]
	if secret == nil {
		r.skipped("risk: the draw key of the period is not known")
		return
	}
	if want := lot(secret, v.Draw.Period, "", v.Subject); want != v.Draw.Value {
		r.found(RiskDraw, kind, id, "the random draw", want.String(), v.Draw.Value.String())
	}
	for i := range v.Instructions {
		in := &v.Instructions[i]
		if want := lot(secret, v.Draw.Period, in.ID, v.Subject); want != in.Drawn {
			r.found(RiskDraw, kind, id, "the draw of instruction "+in.ID, want.String(), in.Drawn.String())
		}
	}
}

// lot draws: HMAC-SHA-256 over period, purpose, kind and id with their lengths
// and the version; the first eight bytes as a fraction, cut to eight decimals.
func lot(secret []byte, period, purpose string, s risk.Subject) num.Rate {
	h := hmac.New(sha256.New, secret)
	for _, part := range []string{period, purpose, string(s.Kind), s.ID} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write([]byte(part))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(s.Version)))
	n := new(big.Int).SetBytes(h.Sum(nil)[:8])
	n.Mul(n, big.NewInt(100_000_000)).Rsh(n, 64)
	return num.Rate(n.Int64())
}

// notices compares the keys of the draws with what was announced of them.
func (r *run) notices(ctx context.Context) error {
	return r.all(ctx, keysAll, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		var n oversight.KeyNotice
		if json.Unmarshal([]byte(body), &n) != nil {
			return nil
		}
		if published, err := hex.DecodeString(n.Secret); err == nil && len(published) > 0 {
			if want := announcement(n.Period, published); want != n.Risk {
				r.found(RiskKey, "draw_key", id, "the published key is not the one announced", n.Risk, want)
			}
		}
		if secret := r.keys.draws[n.Period]; secret != nil {
			if want := announcement(n.Period, secret); want != n.Risk {
				r.found(RiskKey, "draw_key", id, "the key among the secrets is not the one announced", n.Risk, want)
			}
		}
		return nil
	})
}

// announcement is the hash that is told of a key before its period.
func announcement(period string, secret []byte) string {
	sum := sha256.Sum256(append([]byte("seine random draw\x00"+period+"\x00"), secret...))
	return hex.EncodeToString(sum[:])
}
