package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/party"
)

// amendmentForm is an application to change a manifest.
type amendmentForm struct {
	lifeForm
	Changes []manifest.Change
	Format  string
}

func consignmentPath(i int) string { return "/consignments/" + strconv.Itoa(i) }

func goodsPath(i, j int) string { return consignmentPath(i) + "/goods/" + strconv.Itoa(j) }

// fill enters what the manifest says now.
func (f *amendmentForm) fill() {
	for i, b := range f.Lading {
		at := consignmentPath(i)
		f.Typed.Set(at+"/consignee/code", b.Content.Consignee.Code)
		f.Typed.Set(at+"/equipment", boxNumbers(&b.Content))
		for j, g := range b.Content.Goods {
			f.Typed.Set(goodsPath(i, j)+"/packages", g.Packages.String())
			f.Typed.Set(goodsPath(i, j)+"/grossMass", g.GrossMass.String())
		}
	}
}

func boxNumbers(b *manifest.BillOfLading) string {
	numbers := make([]string, len(b.Equipment))
	for i, e := range b.Equipment {
		numbers[i] = e.Number
	}
	return strings.Join(numbers, ", ")
}

// manifest gives the manifest as the form wants it; rows are the rows of its
// bills. What the form does not show stays as it is.
func (f *amendmentForm) manifest() (m manifest.Manifest, rows []int, faults fault.List) {
	m = f.whole()
	bills := m.Consignments
	m.Consignments = nil
	p := f.reader()
	for i := range bills {
		b := bills[i]
		at := consignmentPath(i)
		if f.Typed.Get(at+"/off") == "on" {
			continue
		}
		if code := p.code(at + "/consignee/code"); code != b.Consignee.Code {
			b.Consignee = manifest.Party{Code: code}
		}
		if p.text(at+"/equipment") != boxNumbers(&b) {
			b.Equipment = boxesNamed(b.Equipment, p.code(at+"/equipment"))
		}
		goods := slices.Clone(b.Goods)
		var packages, mass num.Quantity
		for j := range goods {
			g := &goods[j]
			g.Packages, g.GrossMass = p.quantity(goodsPath(i, j)+"/packages"), p.quantity(goodsPath(i, j)+"/grossMass")
			g.Equipment = slices.DeleteFunc(slices.Clone(g.Equipment), func(at manifest.Placement) bool {
				return !slices.ContainsFunc(b.Equipment, func(e manifest.TransportEquipment) bool { return e.Number == at.Number })
			})
			packages += g.Packages
			mass += g.GrossMass
		}
		for j, was := range b.Goods { // lines that say nothing of their own leave the total as it is
			if goods[j].Packages != was.Packages {
				b.Packages = packages
			}
			if goods[j].GrossMass != was.GrossMass {
				b.GrossMass = mass
			}
		}
		b.Goods = goods
		m.Consignments, rows = append(m.Consignments, b), append(rows, i)
	}
	return m, rows, p.faults
}

// boxesNamed keeps the containers that are still named and adds those that are new.
func boxesNamed(old []manifest.TransportEquipment, list string) []manifest.TransportEquipment {
	var boxes []manifest.TransportEquipment
	for _, number := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ';' || c == ' ' || c == '\n' || c == '，' || c == '、' }) {
		number = manifest.NormalNumber(number)
		i := slices.IndexFunc(old, func(e manifest.TransportEquipment) bool { return e.Number == number })
		if i >= 0 {
			boxes = append(boxes, old[i])
			continue
		}
		boxes = append(boxes, manifest.TransportEquipment{Number: number, Type: "CN"})
	}
	return boxes
}

// sentWhole reads a manifest that was sent as a file or pasted in place of the
// fields; false when there is none.
func (f *amendmentForm) sentWhole(r *http.Request) (m manifest.Manifest, there bool, faults fault.List, err error) {
	raw := []byte(f.Typed.Get("text"))
	if file, _, failed := r.FormFile("file"); failed == nil {
		defer file.Close()
		content, err := io.ReadAll(file)
		if err != nil {
			return m, false, nil, err
		}
		if len(content) > 0 {
			raw = content
		}
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return m, false, nil, nil
	}
	reader := manifestReaders[f.Typed.Get("format")]
	if reader == nil {
		reader = manifestReaders[guessFormat(raw)]
	}
	readings, err := reader(bytes.NewReader(raw))
	if err != nil {
		if faults = fault.All(err); len(faults) == 0 {
			return m, true, nil, err
		}
		return m, true, faults, nil
	}
	if len(readings) == 1 {
		faults = append(slices.Clone(readings[0].Syntax), readings[0].Faults...)
		m = readings[0].Manifest
		m.Normalise()
	}
	if len(readings) != 1 || m.ID != f.Number || m.Transport.Journey != f.Journey {
		faults = append(faults, fault.New(fault.Invalid, "CONSOLE-AMENDMENT-01", "/text", "this is not manifest {number} of journey {journey}, once",
			"send that manifest, whole, as it shall be", "number", f.Number, "journey", f.Journey))
	}
	return m, true, faults, nil
}

// amendment answers GET /manifests/{id}/amendment.
func (s *Server) amendment(w http.ResponseWriter, r *http.Request) {
	f, _, ok := s.lifeFormOf(w, r)
	if !ok {
		return
	}
	a := &amendmentForm{lifeForm: *f}
	a.fill()
	s.showAmendmentForm(w, r, a)
}

func (s *Server) showAmendmentForm(w http.ResponseWriter, r *http.Request, f *amendmentForm) {
	s.Render(w, r, amendmentHead(r.Context(), f), amendmentBody(f))
}

func amendmentHead(ctx context.Context, f *amendmentForm) Page {
	p := lifeHead(ctx, &f.lifeForm, "amendment.ask", "")
	p.Acts = []Act{{Text: T(ctx, "amendment.send"), Form: "life", Name: "do", Value: "send"}}
	return p
}

// askAmendment answers POST /manifests/{id}/amendment: shows what would change, or
// asks for it.
func (s *Server) askAmendment(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	r.Body = http.MaxBytesReader(w, r.Body, manifestLimit)
	if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		s.Fail(w, r, fault.New(fault.Invalid, "CONSOLE-FORM-01", "", "the form could not be read, or it is too large", "send it again from its page").Because(err))
		return
	}
	filled, who, ok := s.lifeFormOf(w, r)
	if !ok {
		return
	}
	f := &amendmentForm{lifeForm: *filled}
	m, there, faults, err := f.sentWhole(r)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var rows []int
	if !there {
		m, rows, faults = f.manifest()
	}
	if f.Faults = faults; len(faults) > 0 {
		s.showAmendmentForm(w, r, f)
		return
	}
	before := f.whole()
	if f.large() {
		if before, err = clearance.WholeManifest(reading{ctx, s.house().Read}, f.Manifest); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	f.Changes = before.Compare(m)
	if f.Typed.Get("do") == "compare" {
		s.showAmendmentForm(w, r, f)
		return
	}
	_, err = s.house().Clearance.AskAmendment(ctx, s.command(r, "manifest.ask-amendment/"+f.ID, who.Actor), who.Actor, m, f.Typed.Get("reason"))
	if rows != nil {
		err = renumbered(err, "/consignments/", rows)
	}
	s.answerLife(w, r, &f.lifeForm, err, func(w http.ResponseWriter, r *http.Request, l *lifeForm) {
		f.lifeForm = *l
		s.showAmendmentForm(w, r, f)
	})
}

// reading reads documents within one request.
type reading struct {
	ctx  context.Context //nolint:containedctx // lives as long as the request
	from Reader
}

func (r reading) Load(kind decision.Kind, id string, body any) (int64, error) {
	return r.from.Load(r.ctx, kind, id, body)
}

// manifestElements name what an amendment changes.
var manifestElements = map[string]Key{
	"bill": "object.bill", "packages": "head.packages", "grossMass": "column.gross", "packageKind": "manifest.packagekind", "consignor": "confirm.consignor", "consignee": "confirm.consignee",
	"goods": "column.goods", "equipment": "confirm.containers", "type": "manifest.billtype", "master": "manifest.master", "placeOfDelivery": "manifest.delivery",
	"portOfLoading": "manifest.loading", "portOfDischarge": "manifest.discharge", "transport/meansId": "manifest.means", "transport/meansName": "manifest.means", "transport/journey": "manifest.journey",
	"carrier": "manifest.carrier", "arrivalEstimated": "manifest.arrival", "arrivalActual": "manifest.arrival",
}

// manifestChanges shows what an amendment changes: old struck, new bold.
func manifestChanges(ctx context.Context, changes []manifest.Change) Table {
	t := Table{
		ID: "changes", Caption: T(ctx, "correction.changes"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty:   State{Kind: StateEmpty, Title: T(ctx, "correction.nothing")},
		Columns: []Column{{Title: T(ctx, "object.bill")}, {Title: T(ctx, "confirm.field")}, {Title: T(ctx, "proposal.now")}, {Title: T(ctx, "proposal.then")}},
	}
	for _, c := range changes {
		t.Rows = append(t.Rows, Row{Changed: true, Cells: []templ.Component{Code(dashed(c.Bill)), Text(named(ctx, manifestElements, c.Element)), struck(c.Before), bold(c.After)}})
	}
	return t
}

// amendmentPage is one application to change a manifest.
type amendmentPage struct {
	*clearance.ManifestAmendment
	Facts   []Fact
	Changes Table
	Counted Table
	Acts    actsForm
	Line    LifeLine
}

func amendmentPath(a *clearance.ManifestAmendment) string {
	return "/manifests/" + a.Manifest + "/amendments/" + a.ID
}

// loadAmendment loads an application of a manifest with the manifest.
func (s *Server) loadAmendment(ctx context.Context, manifestID, id string) (*clearance.ManifestAmendment, *clearance.Manifest, error) {
	m, err := s.loadManifest(ctx, manifestID)
	if err != nil {
		return nil, nil, err
	}
	var a clearance.ManifestAmendment
	ref := journal.Ref{Kind: "application", ID: id}
	if _, err := s.house().Read.Load(ctx, dossier.Application, id, &a); err != nil {
		return nil, nil, absentIf(err, ref)
	}
	if a.Kind != clearance.KindAmendment || a.Manifest != m.ID {
		return nil, nil, party.Absent(ref.Kind, id)
	}
	return &a, m, nil
}

// amendmentHere gives the page of an application that changes a manifest, to
// somebody who may see it; entries name it as they name lading applications.
func (s *Server) amendmentHere(ctx context.Context, id string) string {
	var a clearance.ManifestAmendment
	if _, err := s.house().Read.Load(ctx, dossier.Application, id, &a); err != nil || a.Kind != clearance.KindAmendment {
		return ""
	}
	_, m, err := s.loadAmendment(ctx, a.Manifest, id)
	if err != nil {
		return ""
	}
	if who, err := s.who(ctx); err != nil || party.May(who, party.View, manifestObject(m)) != nil {
		return ""
	}
	return amendmentPath(&a)
}

// askedAmendment answers GET /manifests/{id}/amendments/{amendment}.
func (s *Server) askedAmendment(w http.ResponseWriter, r *http.Request) { s.showAmendment(w, r, nil) }

// decideAmendment answers POST /manifests/{id}/amendments/{amendment}: an officer's
// word.
func (s *Server) decideAmendment(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	a, m, err := s.loadAmendment(r.Context(), r.PathValue("id"), r.PathValue("amendment"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	faults, done := s.carryOut(w, r, manifestObject(m), a.ID, "manifest.decide-amendment/"+a.ID, amendmentPath(a), s.amendmentActs(a))
	if !done {
		s.showAmendment(w, r, faults)
	}
}

// amendmentActs are the two words of an officer on an application that waits.
func (s *Server) amendmentActs(a *clearance.ManifestAmendment) []paperAct {
	desk := s.house().Clearance
	if desk == nil || a.State != clearance.AmendmentAsked {
		return nil
	}
	word := func(agree bool) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
		return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.DecideAmendment(ctx, c, by, id, clearance.Opinion{Agree: agree, Reason: reason})
		}
	}
	return []paperAct{
		{Value: "agree", Text: "amendment.agree", Right: party.Decide, Do: word(true)},
		{Value: "refuse", Text: "amendment.refuse", Right: party.Decide, Danger: true, Do: word(false)},
	}
}

func (s *Server) showAmendment(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	a, m, err := s.loadAmendment(ctx, r.PathValue("id"), r.PathValue("amendment"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, manifestObject(m))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := amendmentPage{ManifestAmendment: a, Facts: amendmentFacts(ctx, a), Changes: manifestChanges(ctx, a.Changes)}
	if who.Actor.Kind == journal.Officer {
		p.Acts = actsOn(ctx, who, manifestObject(m), amendmentPath(a), s.amendmentActs(a))
	}
	if faults != nil {
		p.Acts.again(r, faults)
	}
	f := manifestFile{Manifest: m}
	for _, id := range m.Bills {
		b, _, err := s.loadBill(ctx, id)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if len(b.Differences()) > 0 {
			f.Lading = append(f.Lading, b)
		}
	}
	p.Counted = countedTable(ctx, &f)
	entries, err := s.entriesOf(ctx, journal.Ref{Kind: "application", ID: a.ID})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Line = lifeLine(ctx, entries, s.now())
	page := amendedHead(ctx, a)
	page.Faults = faults
	s.Render(w, r, page, askedAmendmentBody(p))
}

func amendedHead(ctx context.Context, a *clearance.ManifestAmendment) Page {
	return Page{
		ID: a.Number, Title: T(ctx, "amendment.title"), Live: []string{"manifest"}, Badges: []Badge{badge(ctx, amendmentWords, a.State)},
		Trail: []Link{{T(ctx, "manifests.title"), "/manifests"}, {a.Number, "/manifests/" + a.Manifest}},
	}
}

func amendmentFacts(ctx context.Context, a *clearance.ManifestAmendment) []Fact {
	list := []Fact{
		{T(ctx, "acts.reason"), Text(a.Reason)},
		{T(ctx, "manifest.carrier"), Code(dashed(a.Enterprise))},
		{T(ctx, "amendment.version"), Text(strconv.Itoa(a.Version))},
		{T(ctx, "amendment.at"), When(a.Asked)},
	}
	if a.Decided != 0 {
		list = append(list, Fact{T(ctx, "amendment.word"), Text(a.Opinion)}, Fact{T(ctx, "amendment.officer"), Code(a.Officer)}, Fact{T(ctx, "amendment.decided"), When(a.Decided)})
	}
	return list
}
