package check

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/inspection"
	"seine/internal/num"
	"seine/internal/registry"
	"seine/internal/revenue"
)

// folder is a declaration with everything that was written about it.
type folder struct {
	row         paperRow
	doc         declaration.Declaration
	read        bool
	assessments []paperRow
	bills       []paperRow
	orders      []paperRow
	cases       []paperRow

	last     *assessed
	taxBills []revenue.TaxBill
	files    []casework.Case
}

// declared is what the later sections need of a declaration that a list names.
type declared struct {
	number   string
	released clock.Instant
	gone     bool
	levy     string // what its duty is levied on, where it chooses
}

// pageSize is how many declarations are looked at together.
const pageSize = 400

// drawerOf gives the table of a kind of document.
func drawerOf(kind string) *drawer {
	for i := range drawers {
		if drawers[i].kind == kind {
			return &drawers[i]
		}
	}
	return nil
}

// declarations checks every declaration with its assessments, tax bills,
// inspections and cases.
func (r *run) declarations(ctx context.Context) error {
	if err := r.settledManifests(ctx); err != nil {
		return err
	}
	if err := r.amendedManifests(ctx); err != nil {
		return err
	}
	if err := r.versions(ctx); err != nil {
		return err
	}
	if err := r.one(ctx, "SELECT count(*) FROM declaration", nil, &r.total); err != nil {
		return err
	}
	after := ""
	var working chan struct{} // the page before is still being worked on
	for {
		page, err := r.page(ctx, after)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].row.id
		if working != nil {
			<-working
		}
		r.step("declarations", int64(len(page)))
		working = make(chan struct{})
		go func() {
			defer close(working)
			r.share(len(page), func(i int) { r.folder(&page[i]) })
			for i := range page {
				r.collect(&page[i])
			}
		}()
	}
	if working != nil {
		<-working
	}
	for _, orphans := range []struct{ query, kind string }{{assessmentOff, "assessment"}, {taxBillOff, "tax_bill"}} {
		err := r.all(ctx, orphans.query, nil, func(rows *sql.Rows) error {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			r.found(DutyAbsent, orphans.kind, id, "belongs to no declaration", "", "")
			return nil
		})
		if err != nil {
			return err
		}
	}
	return r.ladings(ctx)
}

// prepare reads what all declarations are worked out by.
func (r *run) prepare(ctx context.Context) error {
	r.drawn, r.bills = map[key][2]int64{}, map[key]*declared{}
	var err error
	if r.duties, err = shipped(); err != nil {
		return err
	}
	if err := r.readCredit(ctx); err != nil {
		return err
	}
	err = r.all(ctx, ratesBody, nil, func(rows *sql.Rows) error {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		var rates registry.Rates
		if err := json.Unmarshal([]byte(body), &rates); err != nil {
			r.found(StateColumn, "parameter", registry.RatesID, "the exchange rates cannot be read: "+err.Error(), "", "")
			return nil
		}
		for _, rate := range rates.Rates {
			r.duties.rates[rate.Currency] = append(r.duties.rates[rate.Currency], exchangeRow{rate.From, scaled(int64(rate.Rate), 100_000_000)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.riskTables(ctx); err != nil {
		return err
	}
	if r.modes, err = r.readModes(ctx); err != nil {
		return err
	}
	return r.notices(ctx)
}

// settledManifests compares the state of every manifest from its tally on with
// what the journal tells of it (DR §1.2).
func (r *run) settledManifests(ctx context.Context) error {
	return r.all(ctx, "SELECT id, coalesce(state, '') FROM manifest", nil, func(rows *sql.Rows) error {
		var id, state string
		err := rows.Scan(&id, &state)
		want := r.trail.settled[keyOf(id)]
		if late := state == "tallied" || state == "matched" || state == "written_off"; err == nil && (late || want != "") && state != want {
			r.found(StateEnd, "manifest", id, "is not where the journal leads", want, state)
		}
		return err
	})
}

// amendedManifests finds the bills of lading whose manifest was amended.
func (r *run) amendedManifests(ctx context.Context) error {
	r.amended, r.unjudged = map[key]string{}, map[key]bool{}
	return r.all(ctx, manifestsOf, nil, func(rows *sql.Rows) error {
		var bill, manifest string
		err := rows.Scan(&bill, &manifest)
		if _, changed := r.trail.manifests[keyOf(manifest)]; changed {
			r.amended[keyOf(bill)] = manifest
		}
		return err
	})
}

// page reads the next declarations and what belongs to them.
func (r *run) page(ctx context.Context, after string) ([]folder, error) {
	var page []folder
	at := map[string]int{}
	d := drawerOf("declaration")
	err := r.all(ctx, d.fields()+declarationPage, []any{after, pageSize}, func(rows *sql.Rows) error {
		row, err := d.scan(rows)
		at[row.id] = len(page)
		page = append(page, folder{row: row})
		return err
	})
	if err != nil || len(page) == 0 {
		return nil, err
	}
	first, last := page[0].row.id, page[len(page)-1].row.id
	for _, part := range []struct {
		kind, query, column string
		args                []any
		into                func(*folder) *[]paperRow
	}{
		// An assessment's id is the declaration's, a point and the version.
		{"assessment", assessmentOf, "declaration", []any{first, last + "/"}, func(f *folder) *[]paperRow { return &f.assessments }},
		{"tax_bill", taxBillOf, "declaration", []any{first, last}, func(f *folder) *[]paperRow { return &f.bills }},
		{"inspection_order", inspectionOf, "subject", []any{first, last}, func(f *folder) *[]paperRow { return &f.orders }},
		{"case", caseOf, "declaration", []any{first, last}, func(f *folder) *[]paperRow { return &f.cases }},
	} {
		d := drawerOf(part.kind)
		err := r.all(ctx, d.fields()+part.query, part.args, func(rows *sql.Rows) error {
			row, err := d.scan(rows)
			if err != nil {
				return err
			}
			if i, ok := at[row.column(d, part.column)]; ok {
				list := part.into(&page[i])
				*list = append(*list, row)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return page, nil
}

// folder checks one declaration; it is done for many at once.
func (r *run) folder(f *folder) {
	id := f.row.id
	if !r.sound(drawerOf("declaration"), &f.row) {
		return
	}
	if err := json.Unmarshal([]byte(f.row.body), &f.doc); err != nil {
		r.found(StateColumn, "declaration", id, "the declaration cannot be read: "+err.Error(), "", "")
		return
	}
	f.read = true
	if f.doc.ID != id {
		r.found(StateColumn, "declaration", id, "the document bears another id", id, f.doc.ID)
	}
	for i := range f.bills {
		var b revenue.TaxBill
		if row := &f.bills[i]; r.sound(drawerOf("tax_bill"), row) && json.Unmarshal([]byte(row.body), &b) == nil {
			f.taxBills = append(f.taxBills, b)
			r.billed(row.id, &b)
		}
	}
	for i := range f.cases {
		var c casework.Case
		if row := &f.cases[i]; json.Unmarshal([]byte(row.body), &c) == nil {
			f.files = append(f.files, c)
		}
	}
	for i := range f.assessments {
		r.assessment(f, &f.assessments[i])
	}
	r.life(f)
	r.released(f)
}

// assessment checks one assessment; the last one is worked out anew.
func (r *run) assessment(f *folder, row *paperRow) {
	if !r.sound(drawerOf("assessment"), row) {
		return
	}
	a := new(assessed)
	if err := json.Unmarshal([]byte(row.body), a); err != nil {
		r.found(StateColumn, "assessment", row.id, "the assessment cannot be read: "+err.Error(), "", "")
		return
	}
	if a.ID != row.id || a.ID != a.Declaration+"."+strconv.FormatInt(a.Version, 10) || a.Declaration != f.row.id {
		r.found(StateColumn, "assessment", row.id, "does not bear the id of its declaration and version", f.row.id, a.ID)
	}
	if problem, expected, actual := a.Working.sound(); problem != "" {
		r.found(DutyWorking, "assessment", row.id, problem, expected, actual)
	}
	r.figures(a)
	r.judged("assessment", row.id, &a.Verdict, &a.Facts)
	r.trusted(f, row.id, &a.Verdict)
	if s := &a.Verdict.Subject; s.ID != f.row.id || s.Version != a.Version {
		r.found(RiskFacts, "assessment", row.id, "the verdict is about another document or version", f.row.id, s.ID)
	}
	fact := func(name, want string) {
		if have, known := a.Facts.Head[name]; known && textOf(have) != want {
			r.found(RiskFacts, "assessment", row.id, "the fact "+name, want, textOf(have))
		}
	}
	fact("value_cny", a.Value.Fixed())
	fact("tax_cny", a.Working.Total)
	fact("accepted_on", a.At.Date().String())
	if f.doc.Verdict != row.id {
		return // the declaration has changed since: it is gone as it was then
	}
	f.last = a
	fact("line_count", strconv.Itoa(len(f.doc.Lines)))
	fact("gross_mass", f.doc.GrossMass.String())
	fact("procedure", f.doc.Procedure)
	fact("office", string(f.doc.CompetentOffice))
	r.reckoned1(f, a)
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// figures compares what an assessment says with its working.
func (r *run) figures(a *assessed) {
	want := map[string]string{}
	for tax, amount := range a.Working.Taxes {
		if value(amount).Sign() != 0 {
			want[tax] = amount
		}
	}
	if a.Value.Fixed() != a.Working.Value {
		r.found(DutyFigures, "assessment", a.ID, "customs value", a.Working.Value, a.Value.Fixed())
	}
	if a.Highest.Fixed() != a.Working.Total {
		r.found(DutyFigures, "assessment", a.ID, "highest tax", a.Working.Total, a.Highest.Fixed())
	}
	if a.Total == 0 && len(a.Figures) == 0 {
		return // not levied: the goods stay bonded, or there is none
	}
	for _, f := range a.Figures {
		if want[f.Tax] != f.Amount.Fixed() {
			r.found(DutyFigures, "assessment", a.ID, f.Tax, want[f.Tax], f.Amount.Fixed())
		}
		delete(want, f.Tax)
	}
	for tax, amount := range want {
		r.found(DutyFigures, "assessment", a.ID, tax, amount, "")
	}
	if a.Total.Fixed() != a.Working.Total {
		r.found(DutyFigures, "assessment", a.ID, "total", a.Working.Total, a.Total.Fixed())
	}
}

// reckoned1 works the declaration out anew and compares value and taxes.
func (r *run) reckoned1(f *folder, a *assessed) {
	t, inForce := r.stood(a.Working.Reference, int64(a.At))
	if t == nil {
		r.skipped("duty: worked out by tables that this program does not have")
		return
	}
	if !inForce {
		r.found(DutyTable, "assessment", a.ID, "worked out by a tariff or by rules that were not in force at that moment", a.At.String(), "")
	}
	on := f.doc.DeclaredOn
	if on == 0 {
		on = a.At.Date()
	}
	if a.Working.Date != on.String() {
		r.found(DutyTotal, "assessment", a.ID, "the day whose rates apply", on.String(), a.Working.Date)
	}
	rates := func(currency string) *big.Rat {
		used, known := a.Working.exchangeOf(currency), t.exchange(currency, on)
		switch {
		case used == nil:
			return known
		case known == nil:
			r.skipped("duty: an exchange rate that is not in the zone's table was taken as stated")
		case known.Cmp(used) != 0:
			r.found(DutyRate, "assessment", a.ID, "exchange rate of "+currency+" for "+on.String(), known.FloatString(8), used.FloatString(8))
		}
		return used
	}
	k := t.reckon(&f.doc, on, rates)
	if f.doc.Levy != nil {
		by := t.byMaterials(&f.doc, on, rates)
		r.chosen(f, a, k, by)
		if f.doc.ByMaterials() {
			k = by
		}
	}
	if k.cannot != "" {
		r.skipped(k.cannot)
		return
	}
	byLine := map[int]*workingLine{}
	for i := range a.Working.Lines {
		byLine[a.Working.Lines[i].Line] = &a.Working.Lines[i]
	}
	all := map[string]*big.Rat{}
	for i := range f.doc.Lines {
		l := byLine[i]
		if l == nil {
			r.found(DutyTotal, "assessment", a.ID, "line "+strconv.Itoa(i+1)+" was not assessed", "", "")
			continue
		}
		if money(k.values[i]) != l.Value {
			r.found(DutyTotal, "assessment", a.ID, "customs value of line "+strconv.Itoa(i+1), money(k.values[i]), l.Value)
		}
		if problem, expected, actual := same(k.taxes[i], l.Taxes, "line "+strconv.Itoa(i+1)); problem != "" {
			r.found(DutyTotal, "assessment", a.ID, problem, expected, actual)
		}
		for tax, amount := range k.taxes[i] {
			if all[tax] == nil {
				all[tax] = new(big.Rat)
			}
			all[tax].Add(all[tax], amount)
		}
	}
	if k.interest != nil {
		all["interest"] = k.interest
	}
	if problem, expected, actual := same(all, a.Working.Taxes, "the whole"); problem != "" {
		r.found(DutyTotal, "assessment", a.ID, problem, expected, actual)
	}
}

// whole gives all that a reckoning comes to.
func (k *reckoning) whole() *big.Rat {
	total := new(big.Rat)
	for _, line := range k.taxes {
		for _, amount := range line {
			total.Add(total, amount)
		}
	}
	if k.interest != nil {
		total.Add(total, k.interest)
	}
	return total
}

// chosen checks both ways of a domestic sale as they were shown, and that the one
// levied is the one that was locked at acceptance (DR §3.12).
func (r *run) chosen(f *folder, a *assessed, goods, materials *reckoning) {
	levy, on := a.Levy, string(f.doc.Levy.On)
	if levy == nil {
		r.found(DutyLevy, "assessment", a.ID, "the two ways of the sale are not there", on, "")
		return
	}
	if levy.On != on {
		r.found(DutyLevy, "assessment", a.ID, "the duty is levied on another basis than was declared", on, levy.On)
	}
	shown := map[string]string{}
	for _, way := range levy.Ways {
		shown[way.On] = way.Total.Fixed()
	}
	for name, k := range map[string]*reckoning{"goods": goods, "materials": materials} {
		if total := money(k.whole()); k.cannot == "" && shown[name] != total {
			r.found(DutyLevy, "assessment", a.ID, "the tax by "+name+" that was shown", total, shown[name])
		}
	}
	if trail := r.trail.declarations[keyOf(f.row.id)]; r.ran("journal") && trail != nil && f.doc.Times.Accepted != 0 && trail.levy != on {
		r.found(DutyLevy, "declaration", f.row.id, "the choice is not the one that was locked at acceptance", trail.levy, on)
	}
}

// billed checks a tax bill by itself and its life.
func (r *run) billed(id string, b *revenue.TaxBill) {
	var total num.Money
	for _, l := range b.Lines {
		total += l.Amount
	}
	if total != b.Total {
		r.found(DutyBill, "tax_bill", id, "the total is not the sum of its lines", total.Fixed(), b.Total.Fixed())
	}
	if slices.Contains([]revenue.State{revenue.Paid, revenue.Called, revenue.Supplemented}, b.State) != (b.PaidAt != 0) && b.State != revenue.Refunded {
		r.found(StateTimes, "tax_bill", id, "a bill is paid at a moment", string(b.State), b.PaidAt.String())
	}
	r.known("tax_bill", id, string(b.State))
	if r.ran("journal") {
		r.ends("tax_bill", id, string(b.State), billLife, r.trail.bills)
	}
}

// known tells of a state that documents of a kind do not have.
func (r *run) known(kind, id, state string) bool {
	if slices.Contains(stateNames[kind], state) {
		return true
	}
	r.found(StateUnknown, kind, id, "there is no such state", "", state)
	return false
}

// ends compares a state with where the journal leads.
func (r *run) ends(kind, id, state string, l *life, papers map[key]*paperTrail) {
	p := papers[keyOf(id)]
	switch {
	case p == nil && state != "":
		r.told(kind, id)
	case p != nil && !l.leads(p.states, state):
		r.found(StateEnd, kind, id, "the journal leads to another state", l.names(l.onward(p.states)), state)
	}
}

// told checks that the journal tells of a document.
func (r *run) told(kind, id string) {
	if r.ran("journal") && !r.trail.tells(kind, id) {
		r.found(JournalDocument, kind, id, "no entry of the journal tells of this document", "", "")
	}
}

// life compares state and times of a declaration with the journal and the table.
func (r *run) life(f *folder) {
	d, id := &f.doc, f.row.id
	r.told("declaration", id)
	known := r.known("declaration", id, string(d.State))
	t := &d.Times
	ordered := []struct {
		name          string
		before, after clock.Instant
	}{
		{"created before submitted", t.Created, t.Submitted},
		{"submitted before accepted", t.Submitted, t.Accepted},
		{"accepted before assessed", t.Accepted, t.Assessed},
		{"accepted before taxed", t.Accepted, t.Taxed},
		{"accepted before settled", t.Accepted, t.Settled},
		{"accepted before released", t.Accepted, t.Released},
		{"released before closed", t.Released, t.Closed},
		{"created before deleted", t.Created, t.Deleted},
	}
	if d.Correction == nil {
		ordered = append(ordered, []struct {
			name          string
			before, after clock.Instant
		}{{"assessed before released", t.Assessed, t.Released}, {"taxed before released", t.Taxed, t.Released}, {"settled before released", t.Settled, t.Released}}...)
	}
	for _, o := range ordered {
		if o.before != 0 && o.after != 0 && o.before > o.after {
			r.found(StateTimes, "declaration", id, o.name, o.before.String(), o.after.String())
		}
	}
	trail := r.trail.declarations[keyOf(id)]
	if !r.ran("journal") || trail == nil {
		return
	}
	if known && !declarationLife.leads(trail.states, string(d.State)) {
		r.found(StateEnd, "declaration", id, "the journal leads to another state", declarationLife.names(declarationLife.onward(trail.states)), string(d.State))
	}
	for _, m := range []struct {
		what       string
		told, says int64
	}{{"moment of acceptance", trail.accepted, int64(t.Accepted)}, {"moment of release", trail.released, int64(t.Released)}} {
		if m.told != m.says {
			r.found(StateTimes, "declaration", id, m.what, clock.Instant(m.told).String(), clock.Instant(m.says).String())
		}
	}
}

// released checks what a release rests on, and that what was assessed is billed.
func (r *run) released(f *folder) {
	d, id := &f.doc, f.row.id
	accepted := d.Times.Accepted != 0
	if accepted && (d.Verdict == "" || f.last == nil) {
		r.found(DutyAbsent, "declaration", id, "was accepted and its assessment is not there", d.Verdict, "")
		return
	}
	if !accepted {
		return
	}
	if d.Channel != string(f.last.Verdict.Channel) && d.Times.Released == 0 {
		r.found(RiskFacts, "declaration", id, "channel", string(f.last.Verdict.Channel), d.Channel)
	}
	var standing []*revenue.TaxBill
	for i := range f.taxBills {
		if b := &f.taxBills[i]; b.State != revenue.Withdrawn && b.Kind == "" && (b.State != revenue.Refunded || len(f.taxBills) == 1) {
			standing = append(standing, &f.taxBills[i])
		}
	}
	gone := d.State == declaration.Returned || d.State == declaration.Deleted
	switch {
	case gone && len(standing) > 0:
		r.found(DutyBill, "declaration", id, "its tax bill still stands", "withdrawn", string(standing[0].State))
	case !gone && f.last.Total > 0 && len(standing) != 1:
		r.found(DutyBill, "declaration", id, "tax is levied by one bill", "1", strconv.Itoa(len(standing)))
	case !gone && f.last.Total == 0 && len(standing) > 0:
		r.found(DutyBill, "declaration", id, "there is a bill and no tax", "", standing[0].Number)
	case !gone && len(standing) == 1:
		r.levied(f, standing[0])
	}
	if d.Times.Released == 0 || gone {
		return
	}
	if f.last.Total > 0 && !slices.ContainsFunc(standing, func(b *revenue.TaxBill) bool { return covered(b) }) {
		r.found(StateTax, "declaration", id, "released, and its tax of "+f.last.Total.Fixed()+" is neither paid nor guaranteed", "", "")
	}
	for i := range f.orders {
		var o inspection.Order
		if json.Unmarshal([]byte(f.orders[i].body), &o) == nil && o.State != inspection.FedBack && o.State != inspection.Withdrawn && d.State == declaration.Released && !r.trailOf(id).corrected {
			r.found(StateInspected, "declaration", id, "released with inspection "+o.Number+" open", string(inspection.FedBack), string(o.State))
		}
	}
	r.confirmed(f)
}

func (r *run) trailOf(id string) *declarationTrail {
	if t := r.trail.declarations[keyOf(id)]; t != nil {
		return t
	}
	return &declarationTrail{}
}

// covered tells whether a bill lets the goods go: paid, or under a guarantee.
func covered(b *revenue.TaxBill) bool {
	switch b.State {
	case revenue.Paid, revenue.Guaranteed, revenue.Consolidated, revenue.Called, revenue.Supplemented, revenue.Refunded:
		return true
	case revenue.Overdue:
		return b.Guarantee != ""
	}
	return b.Total == 0
}

// levied compares a bill with the assessment that it levies.
func (r *run) levied(f *folder, b *revenue.TaxBill) {
	if b.Total != f.last.Total {
		r.found(DutyBill, "declaration", f.row.id, "the bill asks for another total than was assessed", f.last.Total.Fixed(), b.Total.Fixed())
	}
	want := map[string]num.Money{}
	for _, x := range f.last.Figures {
		want[x.Tax] += x.Amount
	}
	for _, l := range b.Lines {
		if want[l.Tax] != l.Amount {
			r.found(DutyBill, "declaration", f.row.id, "the bill asks for another amount of "+l.Tax, want[l.Tax].Fixed(), l.Amount.Fixed())
		}
	}
	if b.Enterprise != f.doc.Consignee.Code() || b.Office != string(f.doc.CompetentOffice) {
		r.found(DutyBill, "declaration", f.row.id, "the bill is for another payer or office", f.doc.Consignee.Code()+" "+string(f.doc.CompetentOffice), b.Enterprise+" "+b.Office)
	}
}

// confirmed checks that the three documents confirmed each other at the version
// that the manifest had when the goods were released.
func (r *run) confirmed(f *folder) {
	d := &f.doc
	ref := d.Confirmed
	if ref == nil {
		if f.last.Confirmed != nil {
			r.found(StateManifest, "declaration", f.row.id, "was released without its confirmation", f.last.Confirmed.Result, "")
		}
		return
	}
	if ref.Result != declaration.Confirmed && ref.Result != declaration.Signal {
		r.found(StateManifest, "declaration", f.row.id, "released though the three documents do not confirm each other", string(declaration.Confirmed), string(ref.Result))
		return
	}
	trail := r.trailOf(f.row.id)
	if !r.ran("journal") || trail.releasedAt == 0 || trail.corrected {
		return
	}
	// The confirmation names the manifest by its number; the case by the bill.
	for i := range f.files {
		if bill := f.files[i].Bill; bill != "" {
			version := r.trail.version(r.amended[keyOf(bill)], trail.releasedAt)
			r.differ(StateManifest, "declaration", f.row.id, "manifest version at release", version, int64(ref.ManifestVersion))
			return
		}
	}
}

// collect takes up what the later sections need; one declaration after the other.
func (r *run) collect(f *folder) {
	if !f.read {
		return
	}
	d := &f.doc
	r.numbered("declaration", f.row.id, d.Number)
	for i := range f.orders {
		var o inspection.Order
		if json.Unmarshal([]byte(f.orders[i].body), &o) == nil {
			r.inspected(f.orders[i].id, &o)
		}
	}
	if d.ListNumber != "" {
		bill := &declared{number: d.Number, released: d.Times.Released, gone: d.State == declaration.Deleted || d.State == declaration.Returned}
		if d.Levy != nil {
			bill.levy = string(d.Levy.On)
		}
		r.bills[keyOf(f.row.id)] = bill
	}
	if d.State == declaration.Deleted || d.State == declaration.Returned || d.Times.Accepted == 0 {
		return
	}
	for i := range f.files {
		c := &f.files[i]
		k := keyOf(c.Bill)
		if c.Bill != "" && !r.modes.knows(c.Mode, c.ModeVersion) {
			r.unjudged[k] = true
			r.skipped("stock: a bill of lading under a mode that is not on record")
		}
		if _, accepted := c.Done["accept"]; c.Bill == "" || !accepted || c.Declaration != d.ID || !r.modes.draws(c.Mode, c.ModeVersion) {
			continue
		}
		sum := r.drawn[k]
		r.drawn[k] = [2]int64{sum[0] + int64(d.Packages), sum[1] + int64(d.GrossMass)}
	}
}

// ladings compares what was drawn on each bill of lading with what was declared.
func (r *run) ladings(ctx context.Context) error {
	drawn := map[key][2]int64{}
	names := map[key]string{}
	err := r.all(ctx, ladingAll, nil, func(rows *sql.Rows) error {
		var account string
		var quantity int64
		if err := rows.Scan(&account, &quantity); err != nil {
			return err
		}
		parts := strings.Split(account, "|")
		item := strings.Split(parts[min(2, len(parts)-1)], "/")
		if len(parts) != 6 || parts[4] != "drawn" || len(item) != 3 || item[0] != "bl" {
			return nil
		}
		k := keyOf(item[1])
		sum := drawn[k]
		if item[2] == "packages" {
			sum[0] += quantity
		} else {
			sum[1] += quantity
		}
		drawn[k], names[k] = sum, item[1]
		return nil
	})
	if err != nil {
		return err
	}
	for k, want := range r.drawn {
		if id := names[k]; !r.unjudged[k] {
			r.lading(cmp.Or(id, strings.TrimRight(string(k[:]), "\x00")), want, drawn[k])
		}
		delete(drawn, k)
	}
	for k, have := range drawn {
		if !r.unjudged[k] {
			r.lading(names[k], [2]int64{}, have)
		}
	}
	return nil
}

func (r *run) lading(id string, want, have [2]int64) {
	r.differ(BookDrawn, "bill_of_lading", id, "packages drawn", want[0], have[0])
	r.differ(BookDrawn, "bill_of_lading", id, "gross mass drawn", want[1], have[1])
}
