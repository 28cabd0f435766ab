package console

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/tariff"
)

// changesView is the tariff editor: what was changed, and the change under way
// with its checks and its effect on open business.
type changesView struct {
	Changes Table
	Keeps   bool // may propose changes; who may not is a second officer who looks
	Values  map[string]string
	Checked bool
	Rates   Table // what differs
	Effect  *clearance.Effect
	Touched Table
	Faults  fault.List
	Key     string
	Back    []oversight.TariffChange // that can be taken back
	Load    fault.List               // of a schedule that was to be loaded
	LoadDay string
}

// rateKinds are the kinds of rates in words.
var rateKinds = map[string]Key{
	"mfn": "rate.mfn", "conventional": "rate.conventional", "special": "rate.special", "general": "rate.general", "provisional": "rate.provisional",
	"provisional_part": "rate.part", "quota": "rate.quota", "export_duty": "taxname.export", "anti_dumping": "taxname.antidumping", "countervailing": "taxname.countervailing",
	"safeguard": "taxname.safeguard", "retaliation": "taxname.retaliation", "vat": "taxname.vat",
}

// editableRates are the kinds that the form offers, in this order.
var editableRates = []string{"mfn", "provisional", "conventional", "special", "general", "quota", "export_duty", "anti_dumping", "countervailing", "safeguard", "retaliation"}

var tariffStates = map[oversight.State]wording{
	oversight.Proposed: {Pending, "rulestate.proposed"}, oversight.Approved: {OK, "rulestate.approved"}, oversight.Refused: {Missed, "rulestate.refused"},
	oversight.Draft: {Neutral, "rulestate.draft"}, oversight.Discarded: {Missed, "rulestate.discarded"},
}

// tariffChanges answers GET /tariff/changes: the changes, and with a code in the
// address the checks and the effect of another.
func (s *Server) tariffChanges(w http.ResponseWriter, r *http.Request) {
	v := changesView{Values: map[string]string{}}
	for _, name := range changeFields {
		v.Values[name] = fold(strings.TrimSpace(r.URL.Query().Get(name)))
	}
	s.showChanges(w, r, v)
}

var changeFields = []string{"code", "kind", "areas", "rate", "from", "to", "law", "reason", "urgent"}

func (s *Server) showChanges(w http.ResponseWriter, r *http.Request, v changesView) {
	ctx := r.Context()
	who, err := s.may(ctx, party.Confirm, party.Object{Kind: "tariff"})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	v.Keeps = party.May(who, party.Configure, party.Object{Kind: "tariff"}) == nil
	ref := s.reference()
	if ref == nil {
		s.Fail(w, r, party.Absent("tariff", ""))
		return
	}
	changes, err := oversight.TariffChanges(ctx, s.house().Read)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	v.Key = newKey()
	waiting := map[string]string{}
	for i := range changes {
		if changes[i].State != oversight.Proposed {
			continue
		}
		if waiting[changes[i].ID], err = s.proposalOn(ctx, changes[i].ID); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	v.Changes = tariffChangesTable(ctx, changes, waiting)
	taken := map[string]bool{}
	for i := range changes {
		taken[changes[i].Reverts] = taken[changes[i].Reverts] || changes[i].State != oversight.Refused
	}
	for i := range changes {
		if changes[i].State == oversight.Approved && changes[i].Reverts == "" && changes[i].Schedule == nil && !taken[changes[i].ID] && v.Keeps {
			v.Back = append(v.Back, changes[i])
		}
	}
	if v.Keeps && v.Values["code"] != "" && len(v.Faults) == 0 {
		if err := s.checkChange(ctx, ref, &v); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	s.Render(w, r, Page{Title: T(ctx, "tariff.changes"), Faults: append(slices.Clip(v.Faults), v.Load...), Trail: []Link{{T(ctx, "settings.tariff"), "/tariff"}}}, changesBody(v))
}

// amendment reads the form.
func (v *changesView) amendment() tariff.Amendment {
	a := tariff.Amendment{Kind: v.Values["kind"], Rate: v.Values["rate"], Law: v.Values["law"]}
	code, err := tariff.ParseCode(v.Values["code"])
	if err != nil {
		v.Faults = append(v.Faults, at("/code", err)...)
	}
	a.Code = code
	for _, area := range strings.FieldsFunc(strings.ToUpper(v.Values["areas"]), func(r rune) bool { return r == ',' || r == ' ' }) {
		a.Areas = append(a.Areas, tariff.AreaCode(area))
	}
	for name, to := range map[string]*clock.Date{"from": &a.From, "to": &a.To} {
		if text := v.Values[name]; text != "" {
			if *to, err = clock.ParseDate(text); err != nil {
				v.Faults = append(v.Faults, at("/"+name, err)...)
			}
		}
	}
	return a
}

// checkChange proves the change of the form and shows what it does.
func (s *Server) checkChange(ctx context.Context, ref *clearance.Reference, v *changesView) error {
	a := v.amendment()
	if len(v.Faults) > 0 {
		return nil
	}
	next, err := oversight.CheckTariff(ref.Duty.Tariff, []tariff.Amendment{a}, s.now().Date(), v.Values["urgent"])
	if err != nil {
		v.refused(err)
		if len(v.Faults) == 0 {
			return err
		}
		return nil
	}
	v.Checked = true
	v.Rates = differing(ctx, ref.Duty.Tariff, next, a.From)
	effect, err := clearance.TariffEffect(ctx, s.house().Read, ref, next, a.From)
	if err != nil {
		return err
	}
	v.Effect, v.Touched = &effect, touchedTable(ctx, &effect)
	return nil
}

// mostDiffering is how many differences of two schedules a page shows; the others
// are counted.
const mostDiffering = 200

// differing shows which codes and rates differ between two schedules on a day.
func differing(ctx context.Context, before, after *tariff.Schedule, on clock.Date) Table {
	t := Table{
		ID: "differs", Caption: T(ctx, "tariff.differs"), Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "tariff.same")},
		Columns: []Column{{Title: T(ctx, "column.commodity")}, {Title: T(ctx, "books.kind")}, {Title: T(ctx, "tariff.old")}, {Title: T(ctx, "tariff.new")}},
	}
	all := tariff.Compare(before, on, after, on)
	for _, c := range all[:min(len(all), mostDiffering)] {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Code(string(c.Code)), Text(named(ctx, rateKinds, c.Kind.String())), wrapped(c.Old), strong(c.New)}})
	}
	if more := len(all) - mostDiffering; more > 0 {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(T(ctx, "tariff.more", "count", Count(int64(more)))), Text(""), Text(""), Text("")}})
	}
	return t
}

// touchedTable shows the open business that a change of the tariff touches.
func touchedTable(ctx context.Context, effect *clearance.Effect) Table {
	t := Table{
		ID: "touched", Caption: T(ctx, "tariff.touched"), Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "tariff.untouched")},
		Columns: []Column{
			{Title: T(ctx, "books.kind")},
			{Title: T(ctx, "people.number")},
			{Title: T(ctx, "column.commodity")},
			{Title: T(ctx, "tariff.old"), Number: true},
			{Title: T(ctx, "tariff.new"), Number: true},
			{Title: T(ctx, "tariff.difference"), Number: true},
		},
	}
	for _, x := range effect.Affected {
		href := ""
		if x.Kind == string(dossier.Declaration) {
			href = "/declarations/" + x.ID
		}
		t.Rows = append(t.Rows, Row{Href: href, Cells: []templ.Component{
			Text(named(ctx, touchedWords, x.Kind)), Code(numberOr(x.Number, x.ID)), Code(x.Code), Number(grouped(x.Old.Fixed())), Number(grouped(x.New.Fixed())), Number(grouped(x.Difference.Fixed())),
		}})
	}
	return t
}

var touchedWords = map[string]Key{"declaration": "object.declaration", "book_line": "tariff.lot", "guarantee": "object.guarantee"}

// refused puts the faults of an amendment beside the fields of the form.
func (v *changesView) refused(err error) {
	for _, f := range fault.All(err) {
		g := *f
		g.Path = strings.TrimPrefix(g.Path, "/amendments/0")
		v.Faults = append(v.Faults, &g)
	}
}

// proposeTariff answers POST /tariff/changes: the change goes to a second officer.
func (s *Server) proposeTariff(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	who, err := s.may(ctx, party.Configure, party.Object{Kind: "tariff"})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	v := changesView{Values: map[string]string{}}
	for _, name := range changeFields {
		v.Values[name] = fold(strings.TrimSpace(r.PostForm.Get(name)))
	}
	a := v.amendment()
	if len(v.Faults) == 0 {
		receipt, err := s.house().Tariff.ProposeTariff(ctx, s.command(r, "tariff.propose", who.Actor), who.Actor, []tariff.Amendment{a}, v.Values["reason"], v.Values["urgent"])
		if s.proposed(w, r, receipt.Reply, err, &v) {
			return
		}
	}
	s.showChanges(w, r, v)
}

// rollBackTariff answers POST /tariff/changes/{id}: the change is to be taken back.
func (s *Server) rollBackTariff(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	who, err := s.may(ctx, party.Configure, party.Object{Kind: "tariff"})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	v := changesView{Values: map[string]string{}}
	from, err := clock.ParseDate(r.PostForm.Get("back"))
	if err != nil {
		v.Faults = at("/back", err)
		s.showChanges(w, r, v)
		return
	}
	receipt, err := s.house().Tariff.RollBackTariff(ctx, s.command(r, "tariff.rollback", who.Actor), who.Actor, r.PathValue("id"), from, strings.TrimSpace(r.PostForm.Get("reason")))
	if !s.proposed(w, r, receipt.Reply, err, &v) {
		s.showChanges(w, r, v)
	}
}

// proposed goes on to the proposal, or notes why there is none; done tells that
// something was answered.
func (s *Server) proposed(w http.ResponseWriter, r *http.Request, reply json.RawMessage, err error, v *changesView) (done bool) {
	var made deliberation.Reply
	if err == nil {
		err = json.Unmarshal(reply, &made)
	}
	if err == nil {
		sent(w, r, "/proposals/"+made.Proposal)
		return true
	}
	if v.refused(err); len(v.Faults) == 0 {
		s.Fail(w, r, err)
		return true
	}
	return false
}

// tariffChangesTable lists the changes, the newest first. One that waits leads to
// its proposal, where the second officer decides.
func tariffChangesTable(ctx context.Context, changes []oversight.TariffChange, waiting map[string]string) Table {
	t := Table{
		ID: "changes", Caption: T(ctx, "tariff.changes"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "tariff.nochange")},
		Columns: []Column{
			{Title: T(ctx, "mode.from")},
			{Title: T(ctx, "column.commodity")},
			{Title: T(ctx, "tariff.rate")},
			{Title: T(ctx, "entry.law")},
			{Title: T(ctx, "proposal.first")},
			{Title: T(ctx, "proposal.second")},
			{Title: T(ctx, "column.state")},
		},
	}
	for i := range slices.Backward(changes) {
		c := &changes[i]
		href, code, rate, law := "", "", "", ""
		switch {
		case c.Schedule != nil:
			href, rate, law = "/tariff/schedules/"+c.ID, T(ctx, "tariff.schedule")+": "+c.Schedule.Title, c.Schedule.Law
		case c.Withdraws:
			href, rate, law = "/tariff/schedules/"+c.Reverts, T(ctx, "tariff.withdraws"), c.Reason
		default:
			a := &c.Amendments[0]
			code, law = string(a.Code), a.Law
			rate = named(ctx, rateKinds, a.Kind) + ": " + a.Rate
			if n := len(c.Amendments); n > 1 {
				rate += " +" + strconv.Itoa(n-1)
			}
		}
		if proposal := waiting[c.ID]; proposal != "" {
			href = "/proposals/" + proposal
		}
		t.Rows = append(t.Rows, Row{Href: href, Changed: c.State == oversight.Proposed, Cells: []templ.Component{
			Text(c.ValidFrom.String()), Code(code), wrapped(rate), wrapped(law), Text(c.Author), Text(c.ApprovedBy), BadgeView(badge(ctx, tariffStates, c.State)),
		}})
	}
	return t
}

func (v changesView) field(ctx context.Context, name string, label Key, kind string) Field {
	f := Field{Path: "/" + name, Name: name, Label: T(ctx, label), Value: v.Values[name], Kind: kind, Complete: "off", Faults: Of(v.Faults, "/"+name)}
	if name == "kind" {
		for _, k := range editableRates {
			f.Options = append(f.Options, Option{Value: k, Text: T(ctx, rateKinds[k])})
		}
	}
	return f
}
