package check

import (
	"math/big"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/num"
	"seine/internal/tariff"
)

// remedyOf is what a kind of measure is owed as.
var remedyOf = map[tariff.Kind]string{
	tariff.AntiDumping: "anti_dumping", tariff.Countervailing: "countervailing", tariff.Safeguard: "safeguard",
	tariff.Retaliation: "retaliation", tariff.Additional: "retaliation",
}

// reckoning is value and taxes of a declaration, worked out with fractions of
// whole numbers straight from its elements and the rows of the tables.
type reckoning struct {
	t      *tables
	d      *declaration.Declaration
	on     clock.Date
	fx     *big.Rat // of the prices' currency
	rates  func(currency string) *big.Rat
	exempt map[string]bool
	how    rounding
	values []*big.Rat
	taxes  []map[string]*big.Rat // by line
	cannot string                // why it cannot be worked out here

	bare     bool       // duties alone: of bonded materials
	instead  []*big.Rat // by line: duty of the materials in it, levied in place of its own
	interest *big.Rat   // on that duty
}

// byMaterials works a domestic sale out on the bonded materials in the goods: the
// duty of each at its value of entry, added up by line, with interest for the days
// since its deferral began (DR §3.12, §5.3).
func (t *tables) byMaterials(d *declaration.Declaration, on clock.Date, rates func(string) *big.Rat) *reckoning {
	of := &declaration.Declaration{Direction: declaration.Import, Currency: "CNY"}
	for i := range d.Levy.Materials {
		m := &d.Levy.Materials[i]
		l := declaration.GoodsItem{
			Number: i + 1, Commodity: m.Commodity, Origin: m.Origin, Agreement: m.Agreement, Quantity: m.Quantity, Unit: m.Unit, Total: m.Value,
		}
		if m.Unit == "KGM" {
			l.NetMass = m.Quantity
		}
		of.Lines = append(of.Lines, l)
	}
	k := t.reckoning(of, on, rates)
	k.bare = true
	k.work()
	goods := t.reckoning(d, on, rates)
	goods.interest = new(big.Rat)
	for range d.Lines {
		goods.instead = append(goods.instead, new(big.Rat))
	}
	year := t.ruleRate("deferral_days_in_year", on)
	for i := range d.Levy.Materials {
		m, owed := &d.Levy.Materials[i], new(big.Rat)
		for _, amount := range k.taxes[i] {
			owed.Add(owed, amount)
		}
		if m.Line < 1 || m.Line > len(d.Lines) || year.Sign() <= 0 {
			goods.cannot = "duty: materials of a line that is not there"
			return goods
		}
		goods.instead[m.Line-1].Add(goods.instead[m.Line-1], owed)
		if days := int64(on) - int64(m.From); m.From != 0 && days > 0 {
			yearly := product(owed, t.ruleRate("deferral_rate", on))
			goods.interest.Add(goods.interest, cents(quotient(product(yearly, big.NewRat(days, 1)), year), goods.how))
		}
	}
	if goods.cannot = k.cannot; goods.cannot == "" {
		goods.work()
	}
	return goods
}

// within says what the price under a delivery term already holds: freight,
// insurance.
var within = map[declaration.Terms][2]bool{
	"CIF": {true, true}, "CIP": {true, true}, "DAP": {true, true}, "DPU": {true, true}, "DDP": {true, true}, "DAT": {true, true}, "DAF": {true, true},
	"DES": {true, true}, "DEQ": {true, true}, "DDU": {true, true}, "1": {true, true},
	"CFR": {true, false}, "CPT": {true, false}, "C&F": {true, false}, "CNF": {true, false}, "2": {true, false},
	"C&I": {false, true}, "4": {false, true},
}

// reckon works a declaration out on its legal day. rates gives the exchange rate
// of a currency. cannot is set where a table does not say enough.
func (t *tables) reckon(d *declaration.Declaration, on clock.Date, rates func(string) *big.Rat) *reckoning {
	k := t.reckoning(d, on, rates)
	k.work()
	return k
}

func (t *tables) reckoning(d *declaration.Declaration, on clock.Date, rates func(string) *big.Rat) *reckoning {
	return &reckoning{t: t, d: d, on: on, rates: rates, exempt: map[string]bool{}, how: rounding(t.rule("tax_rounding", on))}
}

// work works all lines out, again for every tax that the threshold takes off.
func (k *reckoning) work() {
	for {
		k.once()
		if k.cannot != "" || !k.small() {
			return
		}
	}
}

// small finds the first tax that the threshold takes off, duties first.
func (k *reckoning) small() bool {
	for _, tax := range []string{"duty", "export_duty", "anti_dumping", "countervailing", "safeguard", "retaliation", "consumption_tax", "vat"} {
		limit := k.t.ruleRate("exempt_other", k.on)
		if tax == "duty" || tax == "export_duty" {
			limit = k.t.ruleRate("exempt_duty", k.on)
		}
		if total := k.total(tax); !k.exempt[tax] && total.Sign() > 0 && total.Cmp(limit) <= 0 {
			k.exempt[tax] = true
			return true
		}
	}
	return false
}

func (k *reckoning) total(tax string) *big.Rat {
	total := new(big.Rat)
	for _, line := range k.taxes {
		if amount := line[tax]; amount != nil {
			total.Add(total, amount)
		}
	}
	return total
}

// rate gives an exchange rate, 1 for the money of the house.
func (k *reckoning) rate(currency string) *big.Rat {
	if currency == "" {
		currency = string(k.d.Currency)
	}
	if currency == "" || currency == "CNY" && k.d.Local["exchangeRate"] == "" {
		return big.NewRat(1, 1)
	}
	if own := decimal(k.d.Local["exchangeRate"]); own != nil && currency == string(k.d.Currency) {
		return own
	}
	if currency == "CNY" {
		return big.NewRat(1, 1)
	}
	if found := k.rates(currency); found != nil {
		return found
	}
	k.cannot = "duty: no exchange rate is known"
	return big.NewRat(1, 1)
}

func (k *reckoning) once() {
	k.fx = k.rate("")
	n := len(k.d.Lines)
	local := make([]*big.Rat, n)
	price := new(big.Rat)
	for i := range k.d.Lines {
		local[i] = cents(product(scaled(int64(k.d.Lines[i].Total), 100), k.fx), halfUp)
		price.Add(price, local[i])
	}
	k.values, k.taxes = make([]*big.Rat, n), make([]map[string]*big.Rat, n)
	freight, insurance, other := k.charges(price)
	byMass := make([]*big.Rat, n)
	weighed := true
	for i := range k.d.Lines {
		byMass[i] = scaled(int64(k.d.Lines[i].GrossMass), 100_000)
		weighed = weighed && k.d.Lines[i].GrossMass > 0
	}
	if !weighed {
		byMass = local
	}
	shares := [][]*big.Rat{divide(freight, byMass), divide(insurance, local), divide(other, byMass)}
	for i := range k.d.Lines {
		k.values[i] = sum(local[i], shares[0][i], shares[1][i], shares[2][i])
		if k.t.rule("value_round", k.on) == "yuan" {
			k.values[i] = new(big.Rat).SetInt(rounded(k.values[i], halfUp))
		}
		k.taxes[i] = map[string]*big.Rat{}
		if k.d.Direction == declaration.Export {
			k.exported(i)
		} else {
			k.imported(i)
		}
	}
}

// charges gives freight, insurance and other costs to be added to the price, in
// the money of the house; on export what the price contains of them comes off.
func (k *reckoning) charges(price *big.Rat) (freight, insurance, other *big.Rat) {
	none := new(big.Rat)
	in, known := within[k.d.Terms]
	stated := k.d.Terms == ""
	_ = known
	export := k.d.Direction == declaration.Export
	nothing := k.d.Freight == nil && k.d.Insurance == nil && k.d.Other == nil
	if nothing && (stated || in[1] && !export || !in[0] && export) {
		return none, none, none
	}
	freight, insurance, other = none, none, none
	if export {
		freight = k.charge(k.d.Freight, price)
		insurance = k.charge(k.d.Insurance, sum(price, freight))
		if !in[0] {
			freight = none
		}
		if !in[1] {
			insurance = none
		}
		freight, insurance = minus(freight), minus(insurance)
	} else {
		if !in[0] {
			freight = k.charge(k.d.Freight, price)
		}
		if !in[1] {
			if k.d.Insurance == nil && !stated {
				insurance = cents(product(sum(price, freight), k.t.ruleRate("insurance_default", k.on)), halfUp)
			} else {
				insurance = k.charge(k.d.Insurance, sum(price, freight))
			}
		}
	}
	return freight, insurance, k.charge(k.d.Other, price)
}

func (k *reckoning) charge(c *declaration.Charge, of *big.Rat) *big.Rat {
	if c == nil {
		return new(big.Rat)
	}
	amount := scaled(int64(c.Amount), 100)
	switch c.Mark {
	case declaration.ChargeRate:
		return cents(product(of, scaled(int64(c.Rate), 100_000_000)), halfUp)
	case declaration.ChargeUnit:
		var mass int64
		for i := range k.d.Lines {
			mass += int64(k.d.Lines[i].GrossMass)
		}
		amount = cents(product(amount, scaled(mass, 100_000*1000)), halfUp)
	case declaration.ChargeTotal:
	default:
		return new(big.Rat)
	}
	return cents(product(amount, k.rate(string(c.Currency))), halfUp)
}

// divide shares an amount by weights to the fen so that the parts make the whole:
// cut down, and the fens left over to the largest remainders, the earlier first.
func divide(amount *big.Rat, weights []*big.Rat) []*big.Rat {
	parts := make([]*big.Rat, len(weights))
	for i := range parts {
		parts[i] = new(big.Rat)
	}
	if amount.Sign() == 0 {
		return parts
	}
	whole := new(big.Rat)
	for _, w := range weights {
		whole.Add(whole, w)
	}
	if whole.Sign() == 0 {
		for i := range weights {
			weights[i] = big.NewRat(1, 1)
			whole.Add(whole, weights[i])
		}
	}
	left := new(big.Rat).Abs(amount)
	rests := make([]*big.Rat, len(weights))
	for i, w := range weights {
		exact := quotient(product(new(big.Rat).Abs(amount), w), whole)
		parts[i] = cents(exact, down)
		rests[i] = new(big.Rat).Sub(exact, parts[i])
		left.Sub(left, parts[i])
	}
	for fen := big.NewRat(1, 100); left.Sign() > 0; left.Sub(left, fen) {
		best := 0
		for i := range rests {
			if rests[i].Cmp(rests[best]) > 0 {
				best = i
			}
		}
		parts[best].Add(parts[best], fen)
		rests[best] = big.NewRat(-1, 1)
	}
	if amount.Sign() < 0 {
		for i := range parts {
			parts[i].Neg(parts[i])
		}
	}
	return parts
}

// levy notes a tax on a line, unless the threshold takes it off.
func (k *reckoning) levy(i int, tax string, amount *big.Rat) *big.Rat {
	if k.exempt[tax] {
		amount = new(big.Rat)
	}
	if before := k.taxes[i][tax]; before != nil {
		amount = sum(before, amount)
	}
	k.taxes[i][tax] = amount
	return amount
}

func (k *reckoning) imported(i int) {
	l := &k.d.Lines[i]
	value := k.values[i]
	given := k.d.Local["rates"] == "declared" && l.DeclaredRate != nil
	code, area := string(l.Commodity), string(l.Origin)
	if l.Origin == declaration.UnknownCountry {
		area = ""
	}
	var own *big.Rat
	extra := map[tariff.Kind][]*tariff.Expression{} // remedies
	if !given {
		line := k.t.commodity(code, k.on)
		for _, kind := range k.t.remedies {
			if found := k.t.remedy(line, kind, area, k.on); len(found) > 0 {
				extra[kind] = found
			}
		}
	}
	// Without proof of origin under a remedy: the higher of normal rate with remedy and
	// general rate (Customs Duty Law art. 19).
	unproved := area == "" && len(extra) > 0 && k.t.rule("missing_origin_highest", k.on) == "true"
	if k.instead != nil {
		own = k.instead[i]
	}
	if own == nil && given {
		own = cents(product(value, scaled(int64(*l.DeclaredRate), 100_000_000)), k.how)
	} else if own == nil || unproved {
		line := k.t.commodity(code, k.on)
		if line < 0 {
			k.cannot = "duty: the tariff has no such code"
			return
		}
		e := k.choose(i, line, area, unproved)
		if e == nil {
			k.cannot = "duty: the tariff has no rate for the code"
			return
		}
		rate := k.expression(i, e, value)
		if unproved {
			raised := sum(rate)
			for _, found := range extra {
				for _, r := range found {
					raised = sum(raised, k.expression(i, r, value))
				}
			}
			if general := k.t.column(line, tariff.General, area, k.on); general != nil {
				if most := k.expression(i, general, value); most.Cmp(raised) > 0 {
					rate, extra = most, nil
				}
			}
		}
		if own == nil {
			own = rate
		}
	}
	base := sum(value, k.levy(i, "duty", own))
	if !given {
		for _, kind := range k.t.remedies {
			for _, e := range extra[kind] {
				amount := k.expression(i, e, value)
				if k.exempt[remedyOf[kind]] {
					amount = new(big.Rat)
				}
				k.levy(i, remedyOf[kind], amount)
				if k.t.rule("remedies_in_base", k.on) == "true" {
					base.Add(base, amount)
				}
			}
		}
		if k.bare {
			return
		}
		if e := k.t.tax(tariff.ConsumptionTax, code, k.on); e != nil {
			base.Add(base, k.levy(i, "consumption_tax", k.consumption(i, e, base)))
		}
		if e := k.t.tax(tariff.VAT, code, k.on); e != nil {
			k.levy(i, "vat", k.expression(i, e, base))
		}
	}
}

func (k *reckoning) exported(i int) {
	l := &k.d.Lines[i]
	line := k.t.commodity(string(l.Commodity), k.on)
	if line < 0 {
		k.cannot = "duty: the tariff has no such code"
		return
	}
	e := k.t.column(line, tariff.ExportDuty, "", k.on)
	if e == nil {
		return
	}
	if rate := plain(e); rate != nil {
		k.values[i] = cents(quotient(k.values[i], sum(big.NewRat(1, 1), rate)), halfUp)
	}
	k.levy(i, "export_duty", k.expression(i, e, k.values[i]))
}

// choose finds the rate of import duty: general where the origin is unknown, unless
// a remedy raises the normal rate, or where it is claimed; under an agreement the lower of its rate and the provisional one,
// or in later law the normal one; else provisional before normal before general.
func (k *reckoning) choose(i, line int, area string, raised bool) *tariff.Expression {
	l := &k.d.Lines[i]
	column := func(kind tariff.Kind) *tariff.Expression { return k.t.column(line, kind, area, k.on) }
	normal, general, provisional := column(tariff.MFN), column(tariff.General), column(tariff.Provisional)
	var preferred *tariff.Expression
	switch l.Agreement {
	case "", "mfn":
	case "general":
		return general
	case "special":
		preferred = column(tariff.Special)
	case "conventional":
		preferred = column(tariff.Conventional)
	default:
		preferred = k.t.column(line, tariff.Conventional, l.Agreement, k.on)
	}
	if l.Agreement == "" && area == "" && general != nil && (!raised || normal == nil) {
		return general
	}
	lower := func(x, y *tariff.Expression) *tariff.Expression {
		a, b := plain(x), plain(y)
		if a == nil || b == nil {
			a, b = k.expression(i, x, k.values[i]), k.expression(i, y, k.values[i])
		}
		if b.Cmp(a) < 0 {
			return y
		}
		return x
	}
	switch {
	case preferred != nil && provisional != nil:
		return lower(provisional, preferred)
	case preferred != nil && normal != nil && k.t.rule("prefer_lower_mfn", k.on) == "true":
		return lower(preferred, normal)
	case preferred != nil:
		return preferred
	case provisional != nil:
		return provisional
	case normal != nil:
		return normal
	}
	return general
}

// plain gives the rate of an expression that is one share of the value.
func plain(e *tariff.Expression) *big.Rat {
	if len(e.Components) != 1 || !e.Understood || e.Reference != tariff.NoReference {
		return nil
	}
	if c := &e.Components[0]; c.Op == tariff.Plus && c.Unit == "" && c.Basis == "" && c.Per <= 1 {
		return scaled(int64(c.Rate), 100_000_000)
	}
	return nil
}

// expression works a duty expression out: terms of one tax are added as they are
// and rounded once, bounds hold on the rounded sum so far, never below nothing.
func (k *reckoning) expression(i int, e *tariff.Expression, value *big.Rat) *big.Rat {
	if !e.Understood || e.Reference != tariff.NoReference || len(e.Components) == 0 {
		k.cannot = "duty: a rate points elsewhere"
		return new(big.Rat)
	}
	total, exact, terms := new(big.Rat), new(big.Rat), 0
	settle := func() {
		// Below nothing each term stands rounded by itself; the sum comes to nothing anyway.
		if once := cents(exact, k.how); exact.Sign() >= 0 {
			total.Add(total, once)
		} else if terms > 0 {
			total.Add(total, exact)
		}
		exact, terms = new(big.Rat), 0
	}
	for n := 0; n < len(e.Components); n++ {
		c := &e.Components[n]
		amount := k.term(i, c, value)
		switch c.Op {
		case tariff.Plus:
			exact, terms = sum(exact, amount), terms+1
		case tariff.Minus:
			exact, terms = sum(exact, minus(amount)), terms+1
		case tariff.AtLeast, tariff.AtMost:
			settle()
			limit := cents(amount, k.how)
			for n+1 < len(e.Components) && e.Components[n+1].Op == tariff.BoundPlus {
				n++
				limit.Add(limit, cents(k.term(i, &e.Components[n], value), k.how))
			}
			if below := total.Cmp(limit) < 0; below == (c.Op == tariff.AtLeast) {
				total.Set(limit)
			}
		case tariff.BoundPlus: // taken with its bound
		}
	}
	settle()
	if total.Sign() < 0 {
		return new(big.Rat)
	}
	return total
}

// term works one term out, with all its decimals unless it is exchanged.
func (k *reckoning) term(i int, c *tariff.Component, value *big.Rat) *big.Rat {
	l := &k.d.Lines[i]
	rate := scaled(int64(c.Rate), 100_000_000)
	if c.Per > 1 {
		rate = quotient(rate, big.NewRat(c.Per, 1))
	}
	if c.Basis != "" {
		k.cannot = "duty: a rate counts a part that declarations do not state"
		return new(big.Rat)
	}
	if c.Unit == "" {
		return product(value, rate)
	}
	count := func(unit tariff.UnitCode) *big.Rat {
		q := quantityIn(l, unit)
		if q == nil {
			k.cannot = "duty: a quantity that the rate counts is not stated"
			return new(big.Rat)
		}
		return q
	}
	q := count(c.Unit)
	units := func(n num.Quantity) *big.Rat { return scaled(int64(n), 100_000) }
	floor := func(q *big.Rat) *big.Rat {
		if q.Sign() < 0 {
			return new(big.Rat)
		}
		return q
	}
	five := func(q *big.Rat) *big.Rat {
		return new(big.Rat).SetFrac(rounded(product(q, big.NewRat(100_000, 1)), halfUp), big.NewInt(100_000))
	}
	if c.Over != 0 {
		q = floor(sum(q, minus(units(c.Over))))
	}
	switch {
	case c.Times != "":
		q = five(product(q, count(c.Times)))
	case c.Under != 0:
		q = five(product(q, floor(sum(units(c.Under), minus(count("DEG"))))))
	}
	amount := product(q, rate)
	currency := string(c.Currency)
	if currency == "" {
		currency = k.t.currency
	}
	if currency != "" && currency != "CNY" {
		amount = cents(product(cents(amount, k.how), k.rate(currency)), k.how)
	}
	return amount
}

// consumption works out the tax inside the price: an amount per unit, a share of
// the price that includes the tax, or both.
func (k *reckoning) consumption(i int, e *tariff.Expression, base *big.Rat) *big.Rat {
	fixed, share := new(big.Rat), new(big.Rat)
	for n := range e.Components {
		c := &e.Components[n]
		if c.Unit == "" {
			share.Add(share, scaled(int64(c.Rate), 100_000_000))
			continue
		}
		fixed.Add(fixed, cents(k.term(i, c, nil), k.how))
	}
	total := new(big.Rat).Set(fixed)
	if share.Sign() > 0 {
		left := sum(big.NewRat(1, 1), minus(share))
		total.Add(total, cents(quotient(product(sum(base, fixed), share), left), k.how))
	}
	return total
}
