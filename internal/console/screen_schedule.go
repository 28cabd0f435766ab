package console

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/oversight"
	"seine/internal/party"
)

// scheduleLimit bounds the file of a schedule; the largest public one is half a
// megabyte.
const scheduleLimit = 16 << 20

// schedulePage is a whole schedule that shall follow: what it is, what it changes
// and what an officer can do with it.
type schedulePage struct {
	Doc     oversight.TariffChange
	State   Badge
	Rates   Table
	Effect  *clearance.Effect
	Touched Table
	Taken   bool // taken back, or about to be
	Back    bool // can be taken back
	Keeps   bool // the person keeps the tariff
	Law     string
	Reason  string
	Faults  fault.List
	Key     string
}

// loadSchedule answers POST /tariff/schedules: the file is kept as a draft, and
// its comparison shown.
func (s *Server) loadSchedule(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	r.Body = http.MaxBytesReader(w, r.Body, scheduleLimit)
	if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		s.Fail(w, r, fault.New(fault.Invalid, "CONSOLE-FORM-01", "", "the form could not be read, or it is too large", "send it again from its page").Because(err))
		return
	}
	who, err := s.may(ctx, party.Configure, party.Object{Kind: "tariff"})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	v := changesView{Values: map[string]string{}, LoadDay: r.PostForm.Get("day")}
	from, err := clock.ParseDate(v.LoadDay)
	if err != nil {
		v.Load = at("/day", err)
	}
	var content []byte
	if file, _, err := r.FormFile("content"); err == nil {
		defer file.Close()
		if content, err = io.ReadAll(file); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	if len(content) == 0 {
		v.Load = append(v.Load, fault.New(fault.Invalid, "CONSOLE-UPLOAD-01", "/content", "there is nothing to read", "choose a file, or paste the message"))
	}
	if len(v.Load) > 0 {
		s.showChanges(w, r, v)
		return
	}
	c := s.command(r, "tariff.load", who.Actor)
	c.Content = content
	receipt, err := s.house().Tariff.LoadSchedule(ctx, c, who.Actor, content, from)
	var made oversight.TariffReply
	if err == nil {
		err = json.Unmarshal(receipt.Reply, &made)
	}
	if err == nil {
		sent(w, r, "/tariff/schedules/"+made.ID)
		return
	}
	for _, f := range fault.All(err) {
		g := *f
		if g.Path == "/from" {
			g.Path = "/day"
		}
		v.Load = append(v.Load, &g)
	}
	if len(v.Load) == 0 {
		s.Fail(w, r, err)
		return
	}
	s.showChanges(w, r, v)
}

// schedule answers GET /tariff/schedules/{id}.
func (s *Server) schedule(w http.ResponseWriter, r *http.Request) {
	s.showSchedule(w, r, schedulePage{})
}

func (s *Server) showSchedule(w http.ResponseWriter, r *http.Request, p schedulePage) {
	ctx := r.Context()
	who, err := s.may(ctx, party.Confirm, party.Object{Kind: "tariff"}) // the second officer compares too
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Keeps = party.May(who, party.Configure, party.Object{Kind: "tariff"}) == nil
	doc, before, after, err := s.house().Tariff.Beside(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	changes, err := oversight.TariffChanges(ctx, s.house().Read)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	for i := range changes {
		p.Taken = p.Taken || changes[i].Reverts == doc.ID && changes[i].State != oversight.Refused
	}
	p.Doc, p.Key, p.State = doc, newKey(), badge(ctx, tariffStates, doc.State)
	p.Back = p.Keeps && doc.State == oversight.Approved && !p.Taken && doc.ValidFrom > s.now().Date()
	p.Rates = differing(ctx, before, after, doc.ValidFrom)
	ref := *s.reference()
	ref.Duty.Tariff = before
	effect, err := clearance.TariffEffect(ctx, s.house().Read, &ref, after, doc.ValidFrom)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Effect, p.Touched = &effect, touchedTable(ctx, &effect)
	s.Render(w, r, Page{
		Title: T(ctx, "tariff.schedule") + " " + doc.ValidFrom.String(), Faults: p.Faults,
		Trail: []Link{{T(ctx, "settings.tariff"), "/tariff"}, {T(ctx, "tariff.changes"), "/tariff/changes"}},
	}, scheduleBody(p))
}

// facts lays out what a schedule is.
func (p *schedulePage) facts(ctx context.Context) []compared {
	f := p.Doc.Schedule
	return []compared{
		{T(ctx, "column.state"), "", p.State.Text},
		{T(ctx, "tariff.from"), "", p.Doc.ValidFrom.String()},
		{T(ctx, "tariff.schedule"), "", f.Title},
		{T(ctx, "entry.law"), "", dashed(f.Law)},
		{T(ctx, "working.source"), "", dashed(f.Source)},
		{T(ctx, "tariff.lines"), "", T(ctx, "tariff.lines.count", "lines", Count(int64(f.Commodities)), "rates", Count(int64(f.Measures)))},
		{T(ctx, "proposal.first"), "", p.Doc.Author},
		{T(ctx, "proposal.second"), "", dashed(p.Doc.ApprovedBy)},
		{"SHA-256", "", f.SHA256},
	}
}

// actOnSchedule answers POST /tariff/schedules/{id}: it is proposed, given up or
// to be taken back.
func (s *Server) actOnSchedule(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	who, err := s.may(ctx, party.Configure, party.Object{Kind: "tariff"})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := schedulePage{Law: fold(strings.TrimSpace(r.PostForm.Get("law"))), Reason: strings.TrimSpace(r.PostForm.Get("reason"))}
	desk, id := s.house().Tariff, r.PathValue("id")
	var reply json.RawMessage
	switch r.PostForm.Get("act") {
	case "discard":
		if _, err = desk.DiscardSchedule(ctx, s.command(r, "tariff.discard", who.Actor), who.Actor, id); err == nil {
			sent(w, r, "/tariff/changes")
			return
		}
	case "back":
		receipt, failed := desk.RollBackTariff(ctx, s.command(r, "tariff.rollback", who.Actor), who.Actor, id, 0, p.Reason)
		reply, err = receipt.Reply, failed
	default:
		receipt, failed := desk.ProposeSchedule(ctx, s.command(r, "tariff.propose", who.Actor), who.Actor, id, p.Law, p.Reason)
		reply, err = receipt.Reply, failed
	}
	var v changesView
	if s.proposed(w, r, reply, err, &v) {
		return
	}
	p.Faults = v.Faults
	s.showSchedule(w, r, p)
}
