package console

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/store"
)

func proposalObject(p *deliberation.Proposed) party.Object {
	return party.Object{Kind: "proposal", ID: p.ID, Area: p.Area, Parties: []string{p.Enterprise}}
}

// workProposals lists proposals that wait for this officer.
func (s *Server) workProposals(ctx context.Context, who party.Who, v workView, asked url.Values) (workList, error) {
	q := v.Query
	q.Before, q.Limit = asked.Get("after"), pageRows
	page, err := s.house().Read.List(ctx, dossier.Proposal, q)
	if err != nil {
		return workList{}, err
	}
	t := Table{ID: "list", Caption: T(ctx, v.Title), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, v.Empty)}, Columns: []Column{
		{Title: T(ctx, "proposal.matter")},
		{Title: T(ctx, "column.subject")},
		{Title: T(ctx, "proposal.first")},
		{Title: T(ctx, "acts.reason")},
		{Title: T(ctx, "column.state")},
		{Title: T(ctx, "column.since")},
	}}
	result := workList{}
	for _, item := range page.Items {
		p, err := read[deliberation.Proposed](item)
		if err != nil {
			return workList{}, err
		}
		if party.May(who, party.View, proposalObject(p)) != nil {
			continue
		}
		if result.Newest == "" && q.Before == "" {
			result.Newest = p.ID
		}
		t.Rows = append(t.Rows, Row{Href: "/proposals/" + p.ID, Cells: []templ.Component{
			Text(named(ctx, matterWords, p.Proposal.Matter)), Code(numberOr(p.Number, p.Proposal.Subject)), Text(p.Proposal.First),
			short(firstReason(p), 40), BadgeView(badge(ctx, proposalWords, p.Proposal.State)), since(p.Opened, s.now()),
		}})
	}
	t.Pager = keyed(ctx, "/work", asked, page.Next, len(t.Rows))
	result.Table = t
	return result, nil
}

func firstReason(p *deliberation.Proposed) string {
	if len(p.Proposal.Signatures) > 0 {
		return p.Proposal.Signatures[0].Reason
	}
	return ""
}

// compared is one field of what is proposed beside what is now.
type compared struct {
	Path          string
	Now, Proposed string
}

func (c compared) changed() bool { return c.Now != c.Proposed }

type proposalPage struct {
	Proposed *deliberation.Proposed
	Changed  []compared
	Same     []compared
	Acts     []Act
	Off      []string
	Key      string
	Reason   string
	Faults   fault.List
	Line     LifeLine
	Pair     int // how often these two have agreed lately
}

// proposal answers GET /proposals/{id}.
func (s *Server) proposal(w http.ResponseWriter, r *http.Request) {
	s.showProposal(w, r, "", nil)
}

// deliberate answers POST /proposals/{id}: agree, return, decide, again, withdraw.
func (s *Server) deliberate(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	p, err := s.loadProposal(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	act, reason := r.PostForm.Get("act"), strings.TrimSpace(r.PostForm.Get("reason"))
	right := party.Confirm
	if act == "again" || act == "withdraw" || act == "uphold" || act == "dismiss" {
		right = party.Decide
	}
	who, err := s.may(ctx, right, proposalObject(p))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	desk, c := s.house().Deliberation, s.command(r, "proposal."+act, who.Actor)
	switch act {
	case "agree", "return":
		_, err = desk.Confirm(ctx, c, who.Actor, p.ID, act == "agree", reason)
	case "again":
		_, err = desk.Again(ctx, c, who.Actor, p.ID, reason)
	case "withdraw":
		_, err = desk.Withdraw(ctx, c, who.Actor, p.ID, reason)
	case "uphold", "dismiss":
		_, err = desk.Decide(ctx, c, who.Actor, p.ID, act == "uphold", reason)
	default:
		err = fault.New(fault.Invalid, "CONSOLE-ACT-01", "/act", "“{act}” is no act on a proposal", "use a button of the page", "act", act)
	}
	if err != nil {
		faults := fault.All(err)
		if len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
		s.showProposal(w, r, reason, faults)
		return
	}
	sent(w, r, "/proposals/"+p.ID)
}

func (s *Server) loadProposal(ctx context.Context, id string) (*deliberation.Proposed, error) {
	var p deliberation.Proposed
	_, err := s.house().Read.Load(ctx, dossier.Proposal, id, &p)
	return &p, absentIf(err, journal.Ref{Kind: "proposal", ID: id})
}

func (s *Server) showProposal(w http.ResponseWriter, r *http.Request, reason string, faults fault.List) {
	ctx := r.Context()
	doc, err := s.loadProposal(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, proposalObject(doc))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := proposalPage{Proposed: doc, Key: newKey(), Reason: reason, Faults: faults}
	if err := s.compare(ctx, &p); err != nil {
		s.Fail(w, r, err)
		return
	}
	if p.Pair, err = s.pairs(ctx, doc); err != nil {
		s.Fail(w, r, err)
		return
	}
	entries, err := s.entriesOf(ctx, journal.Ref{Kind: "proposal", ID: doc.ID})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Line = lifeLine(ctx, entries, s.now())
	s.proposalActs(ctx, who, &p)
	page := proposalHead(ctx, &p)
	s.Render(w, r, page, proposalBody(p))
}

func proposalHead(ctx context.Context, p *proposalPage) Page {
	doc := p.Proposed
	page := Page{
		ID: numberOr(doc.Number, doc.Proposal.Subject), Title: named(ctx, matterWords, doc.Proposal.Matter), Faults: p.Faults, Live: []string{"proposal"},
		Trail:  []Link{{T(ctx, "work.title"), "/work?view=mine"}},
		Badges: []Badge{badge(ctx, proposalWords, doc.Proposal.State)},
		Facts: []Fact{
			{T(ctx, "proposal.first"), Text(doc.Proposal.First)},
			{T(ctx, "proposal.second"), Text(numberOr(doc.Second, "–"))},
			{T(ctx, "proposal.opened"), When(doc.Opened)},
			{T(ctx, "column.enterprise"), Text(doc.Enterprise)},
		},
	}
	for _, act := range p.Acts {
		if act.Off == "" {
			page.Acts = append(page.Acts, act)
		}
	}
	return page
}

// proposalActs fills in what the person can do, and why not: the rule itself is
// checked by the story, in one place.
func (s *Server) proposalActs(ctx context.Context, who party.Who, p *proposalPage) {
	doc := p.Proposed
	if s.house().Deliberation == nil || review.Lifecycle.Final(doc.Proposal.State) {
		return
	}
	add := func(text Key, value, key string, right party.Action, danger bool, off string) {
		if off == "" {
			off = can(ctx, who, right, proposalObject(doc))
		}
		p.Acts = append(p.Acts, Act{Text: T(ctx, text), Form: "acts", Name: "act", Value: value, Key: key, Danger: danger, Off: off})
		if off != "" && !containsString(p.Off, off) {
			p.Off = append(p.Off, off)
		}
	}
	me := who.Actor.ID
	switch doc.Proposal.State {
	case review.Proposed:
		off := ""
		switch {
		case doc.Proposal.First == me:
			off = T(ctx, "proposal.off.own")
		case doc.Second != me:
			off = T(ctx, "proposal.off.drawn", "officer", doc.Second)
		}
		add("proposal.agree", "agree", "a", party.Confirm, false, off)
		add("proposal.return", "return", "r", party.Confirm, true, off)
		if doc.Proposal.First == me {
			add("proposal.withdraw", "withdraw", "", party.Decide, true, "")
		}
	case review.Returned:
		off := ""
		if doc.Proposal.First != me {
			off = T(ctx, "proposal.off.first", "officer", doc.Proposal.First)
		}
		add("proposal.again", "again", "", party.Decide, false, off)
		add("proposal.withdraw", "withdraw", "", party.Decide, true, off)
	case review.Disputed:
		add("proposal.uphold", "uphold", "a", party.Decide, false, "")
		add("proposal.dismiss", "dismiss", "r", party.Decide, true, "")
	case review.Confirmed, review.Refused, review.Withdrawn:
	}
}

// pairs counts how often the same two officers agreed on the last proposals of
// the first one: a pair that always agrees is worth a look.
func (s *Server) pairs(ctx context.Context, doc *deliberation.Proposed) (int, error) {
	if doc.Second == "" {
		return 0, nil
	}
	page, err := s.house().Read.List(ctx, dossier.Proposal, store.Query{Where: map[string][]string{"first": {doc.Proposal.First}}, Limit: 100})
	if err != nil {
		return 0, err
	}
	count := 0
	for _, item := range page.Items {
		p, err := read[deliberation.Proposed](item)
		if err != nil {
			return 0, err
		}
		for _, signature := range p.Proposal.Signatures {
			if p.ID != doc.ID && signature.Officer == doc.Second {
				count++
				break
			}
		}
	}
	return count, nil
}

// compare lays what is proposed beside the document as it stands now, field by
// field; where the story stores the whole changed document in its payload the
// fields are compared, otherwise the payload is shown.
func (s *Server) compare(ctx context.Context, p *proposalPage) error {
	if list, ours, err := s.changesProposed(ctx, p.Proposed); ours || err != nil {
		p.Changed = list
		return err
	}
	proposed := flat(p.Proposed.Payload)
	for _, form := range []string{"/first", "/reason", "/version", "/seen"} { // of the proposal itself, shown beside
		delete(proposed, form)
	}
	for path, value := range proposed {
		if value == p.Proposed.Proposal.Subject { // which document it is about
			delete(proposed, path)
		}
	}
	now := map[string]string{}
	kind := decision.Kind(p.Proposed.Proposal.Kind)
	if slices.Contains(store.Kinds(), kind) {
		var raw json.RawMessage
		_, err := s.house().Read.Load(ctx, kind, p.Proposed.Proposal.Subject, &raw)
		if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return err
		}
		now = flat(raw)
	}
	for path := range proposed {
		if strings.HasPrefix(path, "/changes/") {
			delete(proposed, path)
		}
	}
	hidden := proposed["/hidden"]
	for _, form := range []string{"/hidden", "/epoch", "/base", "/id", "/author"} { // of the machine, or said in words
		delete(proposed, form)
	}
	p.Changed, p.Same = sideBySide(now, proposed)
	for _, list := range [][]compared{p.Changed, p.Same} {
		for i := range list {
			list[i].Path = payloadField(ctx, list[i].Path)
		}
	}
	if hidden != "" {
		p.Changed = append(p.Changed, compared{T(ctx, "proposal.hidden"), "", hidden})
	}
	cells, err := s.cellsOf(ctx, p.Proposed)
	p.Changed = append(cells, p.Changed...)
	if err != nil {
		return err
	}
	return nil
}

// cellsOf gives the changed cells of a rule. The payload names none of a secret
// rule; those who are cleared, and who has to decide, read them in the table.
func (s *Server) cellsOf(ctx context.Context, p *deliberation.Proposed) ([]compared, error) {
	v := ViewerOf(ctx)
	decides := p.Second == v.ID || p.Proposal.State == review.Disputed && slices.Contains(v.Posts, string(party.DivisionHead))
	if p.Action != oversight.ActionRiskTable || !decides && !seesSecrets(ctx) {
		return changedCells(p.Payload)
	}
	var doc oversight.RiskTable
	if _, err := s.house().Read.Load(ctx, dossier.RiskTable, p.Proposal.Subject, &doc); err != nil {
		return nil, err
	}
	return cellsCompared(doc.Changes), nil
}

// changedCells gives the cells of a rule that a proposal changes, where its story
// names them.
func changedCells(payload json.RawMessage) ([]compared, error) {
	var named struct {
		Changes json.RawMessage `json:"changes"`
	}
	var changes []risk.Change
	if err := json.Unmarshal(payload, &named); err != nil || len(named.Changes) == 0 {
		return nil, err
	}
	if json.Unmarshal(named.Changes, &changes) != nil {
		return nil, nil // changes of another form: shown as they are
	}
	return cellsCompared(changes), nil
}

func cellsCompared(changes []risk.Change) (cells []compared) {
	for _, c := range changes {
		cells = append(cells, compared{strings.TrimSuffix(c.Key+" "+c.Cell, " "), c.Old, c.New})
	}
	return cells
}

// sideBySide pairs fields; those of a document inside the payload ("/book/…")
// are held against the document itself.
func sideBySide(now, proposed map[string]string) (changed, same []compared) {
	for _, path := range slices.Sorted(maps.Keys(proposed)) {
		before, known := now[path]
		if !known {
			if _, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/"); ok {
				before = now["/"+rest]
			}
		}
		one := compared{path, before, proposed[path]}
		if one.changed() {
			changed = append(changed, one)
		} else {
			same = append(same, one)
		}
	}
	return changed, same
}

// flat gives every value of a JSON text by its pointer.
func flat(raw []byte) map[string]string {
	values := map[string]string{}
	var body any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&body) != nil {
		return values
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(path+"/"+name, inner)
			}
		case []any:
			for i, inner := range v {
				walk(path+"/"+Count(int64(i+1)), inner)
			}
		case string:
			values[path] = v
		case json.Number:
			values[path] = v.String()
		case bool:
			values[path] = onOff(v)
		case nil:
		}
	}
	walk("", body)
	return values
}

func galleryProposal(ctx context.Context) Specimen {
	doc := &deliberation.Proposed{
		ID: "gallery", Action: "book.change", Number: "T2218W000001", Enterprise: "91310000MA1FL0EW6X", Second: "liu.wei", Opened: sampleAt("2026-11-23T08:50"),
		Proposal: review.Proposal{
			Matter: review.BookFiling, Kind: "book", Subject: "gallery", First: "chen.jing", State: review.Proposed,
			Signatures: []review.Signature{{Officer: "chen.jing", Reason: "second warehouse is inspected and in order", At: sampleAt("2026-11-23T08:50")}},
		},
	}
	p := proposalPage{Proposed: doc, Pair: 7}
	p.Changed = []compared{{"/lines/1/maxBalance", "20000", "30000"}, {"/warehouse/area", "", "4200"}}
	p.Same = []compared{{"/operator/creditCode", "91310000MA1FL0EW6X", "91310000MA1FL0EW6X"}, {"/validTo", "2027-06-30", "2027-06-30"}}
	p.Acts = []Act{
		{Text: T(ctx, "proposal.agree"), Form: "acts", Name: "act", Value: "agree", Key: "a"},
		{Text: T(ctx, "proposal.return"), Form: "acts", Name: "act", Value: "return", Key: "r", Danger: true},
	}
	page := proposalHead(ctx, &p)
	page.Trail = []Link{{T(ctx, "work.title"), "/gallery/work"}}
	return Specimen{Name: "proposal", Title: "object.proposal", Page: page, Body: proposalBody(p)}
}
