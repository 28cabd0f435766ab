package clearance

import (
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/duty"
	"seine/internal/num"
	"seine/internal/risk"
)

// directionCode is how risk rules write the direction: into or out of the zone.
func directionCode(d declaration.Direction) string {
	if d == declaration.Export {
		return "E"
	}
	return "I"
}

// Standing is what is known of the enterprise behind a declaration.
type Standing struct {
	CreditLevel int
	Registered  clock.Date // 0: not known
	Violations  int64      // in the last 12 months
}

// judge asks the risk table about a declaration with everything that is known
// of it at this moment.
func judge(ref *Reference, d *declaration.Declaration, version int64, at clock.Instant, s Standing,
	w *duty.Working, confirmed *declaration.Confirmation, short bool, amendments int64,
) (risk.Verdict, *risk.Facts, error) {
	facts := risk.NewFacts(ref.Risk.Catalogue, len(d.Lines))
	head := facts.Head()
	head.Text("direction", directionCode(d.Direction)).
		Text("procedure", d.Procedure).
		Text("trade_mode", string(d.TradeMode)).
		Text("office", string(d.CompetentOffice)).
		Text("transport_mode", string(d.Transport.Mode)).
		Text("departure", string(d.DepartureCountry)).
		Money("value_cny", w.Value).
		Money("tax_cny", w.Total).
		Flag("tax_short", short).
		Count("line_count", int64(len(d.Lines))).
		Count("packages", int64(d.Packages/num.OneQuantity)).
		Quantity("gross_mass", d.GrossMass).
		Quantity("net_mass", d.NetMass).
		Date("accepted_on", at.Date()).
		Count("amendments", amendments).
		Count("credit_level", int64(s.CreditLevel)).
		Count("violations_12m", s.Violations)
	if s.Registered != 0 {
		head.Count("enterprise_age_days", int64(at.Date()-s.Registered))
	}
	if len(d.Equipment) > 0 {
		numbers := make([]string, len(d.Equipment))
		for i := range d.Equipment {
			numbers[i] = d.Equipment[i].Number
		}
		head.Set("containers", numbers)
	}
	if confirmed != nil {
		signals, seal := int64(0), false
		for i := range confirmed.Rows {
			if confirmed.Rows[i].Outcome == declaration.RowSignal {
				signals++
				seal = seal || confirmed.Rows[i].Check == 8
			}
		}
		head.Text("manifest_state", string(confirmed.Result)).Count("manifest_signals", signals).Flag("seal_difference", seal)
	}
	blocks := map[int]num.Money{}
	for i := range w.Blocks {
		blocks[w.Blocks[i].Line] = w.Blocks[i].Value
	}
	for i := range d.Lines {
		l := &d.Lines[i]
		row := facts.AddLine()
		code := string(l.Commodity)
		row.Text("hs", code).Text("origin", string(l.Origin)).Flag("preference", l.Agreement != "")
		if len(code) >= 4 {
			row.Text("hs.chapter", code[:2]).Text("hs.heading", code[:4])
		}
		if value, ok := blocks[i]; ok {
			row.Money("line.value_cny", value)
		}
		if l.NetMass > 0 {
			row.Quantity("line.net_mass", l.NetMass)
		}
		if l.DeclaredRate != nil {
			row.Rate("duty_rate", *l.DeclaredRate)
		}
	}
	v, err := risk.Assess(risk.Question{
		Subject: risk.Subject{Kind: risk.Declaration, ID: d.ID, Version: version}, Facts: facts, Table: ref.Risk,
		Instructions: ref.Instructions, Key: ref.DrawKey, CreditLevel: s.CreditLevel, Mode: d.Procedure,
		Place: string(d.CompetentOffice), At: at,
	})
	return v, facts, err
}
