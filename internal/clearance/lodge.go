package clearance

import (
	"context"
	"maps"
	"slices"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/declaration/number"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/jsonform"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/procedure"
	"seine/internal/risk"
)

// Lodging is a declaration with what the declarant chooses beside it.
type Lodging struct {
	Declaration declaration.Declaration `json:"declaration"`
	Guarantee   string                  `json:"guarantee,omitempty"` // number: tax and obligations are secured by it

	// Foreign tells that the declaration comes from another country's data by an
	// import of customs itself: its lines state their own rates, and Exchange is
	// what the import supplies for one unit of its currency. No door of a declarant
	// sets it.
	Foreign  bool     `json:"-"`
	Exchange num.Rate `json:"-"`
}

// local gives the further elements, without those that only customs may set.
func (l *Lodging) local() map[string]string {
	local := maps.Clone(l.Declaration.Local)
	delete(local, localRates)
	delete(local, localExchange)
	if l.Foreign {
		if local == nil {
			local = map[string]string{}
		}
		local[localRates] = ratesDeclared
		if l.Exchange != 0 {
			local[localExchange] = l.Exchange.String()
		}
	}
	return local
}

// LodgeReply is what the declarant learns at once.
type LodgeReply struct {
	ID           string             `json:"id"`
	Number       string             `json:"number"`
	State        declaration.State  `json:"state"`
	Channel      risk.Channel       `json:"channel"`
	Confirmation declaration.Result `json:"confirmation,omitempty"`
	Value        num.Money          `json:"value"`
	Taxes        []TaxFigure        `json:"taxes,omitempty"`
	Total        num.Money          `json:"total"`
	Levy         *LevyReply         `json:"levy,omitempty"` // both ways of a domestic sale
	TaxBill      string             `json:"taxBill,omitempty"`
	Due          clock.Date         `json:"due,omitempty"`
	Waits        []Notice           `json:"waits,omitempty"` // why it is not released yet
}

// AppendJSON appends the reply as encoding/json writes it: it is kept with the
// key of every lodging.
func (r LodgeReply) AppendJSON(b []byte) ([]byte, error) {
	w := jsonform.Writer{B: slices.Grow(b, 384)}
	w.Open('{')
	w.Member("id", r.ID)
	w.Member("number", r.Number)
	w.Member("state", string(r.State))
	w.Member("channel", string(r.Channel))
	w.Optional("confirmation", string(r.Confirmation))
	jsonform.Plain(&w, "value", r.Value)
	if len(r.Taxes) > 0 {
		w.Name("taxes")
		appendFigures(&w, r.Taxes)
	}
	jsonform.Plain(&w, "total", r.Total)
	if err := w.Rest("levy", r.Levy != nil, r.Levy); err != nil {
		return nil, err
	}
	w.Optional("taxBill", r.TaxBill)
	jsonform.Given(&w, "due", r.Due)
	if err := w.Rest("waits", len(r.Waits) > 0, r.Waits); err != nil {
		return nil, err
	}
	w.Close('}')
	return w.B, nil
}

// Lodge takes a declaration: every fault at once, or acceptance with an official
// number, and in the same breath confirmation, tax and judgement; low risk is
// released here with no hand on it (DR §1.4, §3.8; plan II.2(4)).
//
// Faults: those of declaration.Validate; CLR-MODE-01 (no such mode in force),
// CLR-PARTY-01 (consignee not registered), CLR-PARTY-02 (may not use the mode),
// CLR-LEVY-12 (the list of the goods chooses otherwise what duty is levied on),
// those of duty.Assess; LEDGER-SHORT-01 when more is declared than the bill of
// lading or the guarantee has left.
func (d *Desk) Lodge(ctx context.Context, c decision.Command, by decision.Actor, l Lodging) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.lodge(v, by, l) })
}

// TryLodge tells what Lodge would do, and does nothing.
func (d *Desk) TryLodge(ctx context.Context, c decision.Command, by decision.Actor, l Lodging) (decision.Effects, error) {
	return d.store.Preview(ctx, c, func(v decision.View) (decision.Outcome, error) { return d.lodge(v, by, l) })
}

func (d *Desk) lodge(v decision.View, by decision.Actor, l Lodging) (decision.Outcome, error) {
	ref := d.reference()
	doc := l.Declaration
	now := v.Now()
	doc.ID, doc.Number, doc.State, doc.Version = v.NewID(), "", declaration.Draft, 1
	doc.Times = declaration.Times{Created: now}
	doc.Confirmed, doc.Correction, doc.Verdict, doc.Channel = nil, nil, "", ""
	if doc.DeclaredOn == 0 {
		doc.DeclaredOn = now.Date()
	}
	doc.BillOfLading = manifest.NormalNumber(doc.BillOfLading)
	doc.Local = l.local()
	var faults fault.List
	if err := faults.Add("", follow(v, &doc)); err != nil {
		return decision.Outcome{}, err
	}
	t, err := ref.terms(&doc, doc.DeclaredOn)
	if err != nil {
		return decision.Outcome{}, err
	}
	bounds, err := ref.Declaration.ValidationAt(doc.DeclaredOn)
	if err != nil {
		return decision.Outcome{}, err
	}
	if err := faults.Add("", declaration.Validate(&doc, bounds, t.required, ref.Codes, now.Date())); err != nil {
		return decision.Outcome{}, err
	}
	s, relied, err := d.standing(v, &doc, doc.DeclaredOn)
	if err := faults.Add("", err); err != nil {
		return decision.Outcome{}, err
	}
	if err := faults.Add("", t.open(s.CreditLevel)); err != nil {
		return decision.Outcome{}, err
	}
	if err := faults.OrNil(); err != nil {
		return decision.Outcome{}, err
	}
	if doc, err = doc.Apply(declaration.EventSubmit, now, declaration.Facts{}); err != nil {
		return decision.Outcome{}, err
	}
	j, err := d.assess(v, ref, &doc, doc.Version, 0, t, s)
	if err != nil {
		return decision.Outcome{}, err
	}
	cover, err := loadCover(v, t.mode, l.Guarantee, doc.DeclaredOn, payer(&doc))
	if err != nil {
		return decision.Outcome{}, err
	}
	file, filed, err := d.caseOf(v, &doc, t, s.CreditLevel)
	if err != nil {
		return decision.Outcome{}, err
	}
	if cover.guarantee != nil {
		file.Guarantee = cover.guarantee.Number
	}
	if j.bill != nil {
		file.Bill, file.BillOffice, file.Lading = j.bill.ID, j.bill.Office, billKey(doc.Transport.Voyage, doc.BillOfLading)
	}
	// Goods of a zone enterprise sold into the country are declared by the buyer,
	// who owes the tax on them.
	file.Declarant = payer(&doc)
	owed, err := casework.Owed(v, &file)
	if err != nil {
		return decision.Outcome{}, err
	}
	c := conclusion{
		v: v, ref: ref, terms: t, by: by, judged: j, cover: cover, now: now, doc: doc, file: file, filed: filed, owed: owed,
		after: d.afterRelease,
	}
	wanted := c.wanted()
	c.doc.Number = wanted.StandIn
	out, err := c.accept()
	if err != nil {
		return decision.Outcome{}, err
	}
	out.Relied = append(append(append(out.Relied, j.relied...), relied...), cover.relied...)
	out.Epochs = ref.Epochs
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Assessment, ID: j.ID, Body: &j.Assessment})
	out.Numbers = []decision.Number{wanted}
	look(v, j.bill, &out)
	return out, nil
}

// wanted is the official number that the declaration is to get.
func (c *conclusion) wanted() decision.Number {
	n := number.Bill{Office: string(c.doc.CompetentOffice), Year: c.doc.DeclaredOn.Year(), Import: c.doc.Direction == declaration.Import}
	return decision.Next("bill/"+n.String()[:9], func(serial int64) (string, error) {
		n := n
		n.Serial = serial
		return n.String(), n.Check()
	})
}

// caseOf finds the case that a declaration belongs to, or opens one: goods that
// entered first by their bill of lading, goods of a verification list by the
// list; any other declaration begins its own.
// Faults: CLR-CASE-01 (no such list), CLR-CASE-02 (the mode begins with another
// paper).
func (d *Desk) caseOf(v decision.View, doc *declaration.Declaration, t terms, credit int) (casework.Case, int64, error) {
	if doc.ListNumber != "" {
		ids, err := v.Find(dossier.VerificationList, "number", doc.ListNumber, 1)
		if err != nil {
			return casework.Case{}, 0, err
		}
		if len(ids) == 1 {
			c, version, ok, err := casework.Find(v, "list", ids[0])
			if err != nil || ok && c.Mode == t.mode.ID {
				return c, version, err
			}
		}
		return casework.Case{}, 0, fault.New(fault.Refused, "CLR-CASE-01", "/listNumber", "there is no open verification list {number} under mode {mode}",
			"file the list first, or name the list of these goods", "number", doc.ListNumber, "mode", t.mode.ID)
	}
	if t.mode.Step("apply") != nil {
		c, version, ok, err := casework.Find(v, "lading", billKey(doc.Transport.Voyage, doc.BillOfLading))
		if err != nil || ok && c.Mode == t.mode.ID && c.Debtor == payer(doc) {
			return c, version, err
		}
		return casework.Case{}, 0, fault.New(fault.Refused, "CLR-CASE-02", "/billOfLading", "no goods entered first under bill of lading {number}",
			"file the lading application first, or choose an ordinary mode", "number", doc.BillOfLading)
	}
	c := casework.New(doc.ID, t.mode, t.on, v.Now())
	c.Area, c.Office, c.Debtor, c.Credit, c.Book = t.area, string(doc.CompetentOffice), payer(doc), credit, doc.BookNumber
	if doc.EntryOn != 0 {
		c.Events[procedure.EntryDeclared] = doc.EntryOn.Start()
	}
	return c, 0, nil
}

// drawLines is what a declaration takes of its bill of lading.
func (j *judged) drawLines(doc *declaration.Declaration) []casework.Line {
	return []casework.Line{
		{Key: "packages", Unit: string(doc.PackageKind), Quantity: doc.Packages},
		{Key: "mass", Unit: "KGM", Quantity: doc.GrossMass},
	}
}

// cover is the guarantee that a declarant named, if any.
type cover struct {
	guarantee *guarantee.Guarantee
	clean     bool // nothing of the enterprise is overdue; false where the mode does not ask
	relied    []decision.Reliance
}

// loadCover finds a guarantee by number and checks that this enterprise may use
// it for this mode on this day. Faults: CLR-GUARANTEE-01, those of Covers.
func loadCover(v decision.View, mode *procedure.Mode, number string, on clock.Date, enterprise string) (cover, error) {
	clean := false
	if asksForOverdue(mode, number != "") {
		var err error
		if clean, err = nothingOverdue(v, enterprise); err != nil {
			return cover{}, err
		}
	}
	if number == "" {
		return cover{clean: clean}, nil
	}
	unknown := fault.New(fault.NotFound, "CLR-GUARANTEE-01", "/guarantee", "there is no guarantee {number} of this enterprise",
		"give the number of an active guarantee", "number", number)
	ids, err := v.Find(dossier.Guarantee, "number", number, 1)
	if err != nil {
		return cover{}, err
	}
	if len(ids) == 0 {
		return cover{}, unknown
	}
	g, version, err := decision.Load[guarantee.Guarantee](v, dossier.Guarantee, ids[0])
	if err != nil {
		return cover{}, err
	}
	if g.Enterprise != enterprise {
		return cover{}, unknown
	}
	relied := []decision.Reliance{{Kind: dossier.Guarantee, ID: ids[0], Version: version}}
	return cover{&g, clean, relied}, g.Covers(mode.ID, on)
}

// asksForOverdue tells whether a step of the mode that can be taken, with or
// without a guarantee, depends on what is overdue.
func asksForOverdue(mode *procedure.Mode, secured bool) bool {
	for _, step := range mode.Steps {
		if slices.Contains(step.When, procedure.NothingOverdue) && (secured || !slices.Contains(step.When, procedure.GuaranteeEnough)) {
			return true
		}
	}
	return false
}

// nothingOverdue tells whether an enterprise owes nothing that is overdue.
func nothingOverdue(v decision.View, enterprise string) (bool, error) {
	ids, err := v.Find(dossier.Obligation, "overdue", enterprise, 1)
	return len(ids) == 0, err
}
