package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clearance"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/manifest"
	"seine/internal/message"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/store"
)

// manifestLimit bounds a manifest as it is sent here; larger ones go by the API.
const manifestLimit = 16 << 20

func manifestObject(m *clearance.Manifest) party.Object {
	return party.Object{Kind: "manifest", ID: m.ID, Area: areaOf(m.Office), Parties: []string{m.Carrier}}
}

// billObject is what rights ask of a bill of lading: it is its carrier's and its
// consignee's.
func (s *Server) billObject(ctx context.Context, b *clearance.BillOfLading) party.Object {
	object := party.Object{Kind: "bill_of_lading", ID: b.ID, Area: areaOf(b.Office), Parties: []string{b.Content.Consignee.Code}}
	var m clearance.Manifest
	if _, err := s.house().Read.Load(ctx, dossier.Manifest, b.Manifest, &m); err == nil {
		object.Parties = append(object.Parties, m.Carrier)
	}
	return object
}

func (s *Server) loadManifest(ctx context.Context, id string) (*clearance.Manifest, error) {
	var m clearance.Manifest
	_, err := s.house().Read.Load(ctx, dossier.Manifest, id, &m)
	return &m, absentIf(err, journal.Ref{Kind: "manifest", ID: id})
}

func (s *Server) loadBill(ctx context.Context, id string) (*clearance.BillOfLading, int64, error) {
	var b clearance.BillOfLading
	version, err := s.house().Read.Load(ctx, dossier.BillOfLading, id, &b)
	return &b, version, absentIf(err, journal.Ref{Kind: "bill_of_lading", ID: id})
}

// manifests answers GET /manifests: newest first.
func (s *Server) manifests(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	q := store.Query{Limit: pageRows, Before: r.URL.Query().Get("after"), Where: map[string][]string{}}
	if number := manifest.NormalNumber(r.URL.Query().Get("q")); number != "" {
		q.Where["number"] = []string{number}
	}
	if who.Actor.Enterprise != "" {
		q.Where["carrier"] = []string{who.Actor.Enterprise}
	}
	found, err := s.house().Read.List(ctx, dossier.Manifest, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := Table{
		ID: "list", Caption: T(ctx, "manifests.title"), Hidden: true,
		Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty"), Text: T(ctx, "state.empty.text")},
		Columns: []Column{
			{Title: T(ctx, "object.manifest")},
			{Title: T(ctx, "manifest.means")},
			{Title: T(ctx, "manifest.journey")},
			{Title: T(ctx, "manifest.arrival")},
			{Title: T(ctx, "manifest.bills"), Number: true},
			{Title: T(ctx, "manifest.version"), Number: true},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "manifest.since")},
		},
	}
	for _, item := range found.Items {
		m, err := read[clearance.Manifest](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, manifestObject(m)) != nil {
			continue
		}
		t.Rows = append(t.Rows, Row{Href: "/manifests/" + m.ID, Cells: []templ.Component{
			Code(m.Number), Text(m.Content.Transport.MeansName), Code(m.Journey), Text(arrival(m.Content)),
			Number(Count(int64(len(m.Bills)))), Number(strconv.Itoa(m.Version)), BadgeView(badge(ctx, manifestWords, m.State)), When(m.Received),
		}})
	}
	t.Pager = keyed(ctx, "/manifests", r.URL.Query(), found.Next, len(t.Rows))
	page := Page{Title: T(ctx, "manifests.title"), Live: []string{"manifest"}}
	if s.house().Clearance != nil && who.Actor.Enterprise != "" {
		page.Acts = []Act{{Text: T(ctx, "manifest.send"), Href: "/manifests/new", Key: "n"}}
	}
	s.Render(w, r, page, templ.Join(Search("/manifests", r.URL.Query().Get("q"), "#list", T(ctx, "manifest.search")), TableView(t)))
}

func arrival(m manifest.Manifest) string {
	moment := m.ArrivalActual
	if !moment.Given() {
		moment = m.ArrivalEstimated
	}
	if moment.At != 0 {
		return Moment(moment.At)
	}
	return moment.Day.String()
}

// manifestPage answers GET /manifests/{id}: the journey and its bills.
func (s *Server) manifestPage(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	m, err := s.loadManifest(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, manifestObject(m))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var differ []*clearance.BillOfLading
	t := Table{
		ID: "bills", Caption: T(ctx, "manifest.bills"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty")},
		Columns: []Column{
			{Title: T(ctx, "object.bill")},
			{Title: T(ctx, "confirm.consignee")},
			{Title: T(ctx, "column.goods")},
			{Title: T(ctx, "confirm.containers")},
			{Title: T(ctx, "head.packages"), Number: true},
			{Title: T(ctx, "tally.counted"), Number: true},
			{Title: T(ctx, "column.gross"), Unit: "kg", Number: true},
			{Title: T(ctx, "bill.left")},
			{Title: T(ctx, "column.state")},
		},
		Pager: Pager{NeverTurnPage: true},
	}
	from, err := strconv.Atoi(r.URL.Query().Get("after"))
	if err != nil || from < 0 || from > len(m.Bills) {
		from = 0
	}
	part := m.Bills[from:min(from+pageRows, len(m.Bills))]
	for _, id := range part {
		b, _, err := s.loadBill(ctx, id)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		drawn, err := s.drawn(ctx, b)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		goods := ""
		if len(b.Content.Goods) > 0 {
			goods = b.Content.Goods[0].Description
		}
		counted := Number("–")
		if b.Tally != nil {
			counted = Number(Measure(b.Tally.Packages, ""))
			if len(b.Differences()) > 0 {
				counted = Differs(Measure(b.Tally.Packages, ""))
				differ = append(differ, b)
			}
		}
		t.Rows = append(t.Rows, Row{Href: "/bills/" + b.ID, Cells: []templ.Component{
			Code(b.Number), short(b.Content.Consignee.Name, 24), short(goods, 30), Number(Count(int64(len(b.Content.Equipment)))),
			Number(Measure(b.Content.Packages, "")), counted, Number(Measure(b.Content.GrossMass, "")), leftBar(drawn.Packages), BadgeView(badge(ctx, billWords, b.Content.State)),
		}})
	}
	if len(m.Bills) > pageRows {
		t.Pager = Pager{Shown: N(ctx, "pager.shown", len(part))}
		if from+pageRows < len(m.Bills) {
			t.Pager.Older = "/manifests/" + m.ID + "?after=" + strconv.Itoa(from+pageRows)
		}
		if from > 0 {
			t.Pager.FirstOfAll = "/manifests/" + m.ID
		}
	}
	entries, err := s.entriesOf(ctx, journal.Ref{Kind: "manifest", ID: m.ID})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	after, err := s.afterwards(ctx, m, differ)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, Page{
		ID: m.Number, Title: T(ctx, "object.manifest"), Trail: []Link{{T(ctx, "manifests.title"), "/manifests"}}, Live: []string{"manifest"},
		Badges: []Badge{badge(ctx, manifestWords, m.State)}, Acts: s.manifestLater(ctx, who, m),
		Facts: []Fact{
			{T(ctx, "manifest.means"), Text(joinedWords(m.Content.Transport.MeansName, m.Content.Transport.MeansID))},
			{T(ctx, "manifest.journey"), Text(m.Journey)},
			{T(ctx, "manifest.arrival"), Text(arrival(m.Content))},
			{T(ctx, "manifest.ports"), Text(joinedWords(string(m.Content.PortOfLoading), string(m.Content.PortOfDischarge)))},
			{T(ctx, "manifest.version"), Text(strconv.Itoa(m.Version))},
			{T(ctx, "manifest.since"), When(m.Received)},
		},
	}, manifestBody(lifeLine(ctx, entries, s.now()), t, after))
}

// balance is what a bill of lading holds and what was drawn on it.
type balance struct{ Drawn, Left num.Quantity }

type draws struct{ Packages, Mass balance }

// drawn reads the counters of a bill of lading: they are accounts of the ledger.
func (s *Server) drawn(ctx context.Context, b *clearance.BillOfLading) (draws, error) {
	var d draws
	for _, part := range []struct {
		what string
		to   *balance
	}{{"packages", &d.Packages}, {"mass", &d.Mass}} {
		account := ledger.Account{Ledger: ledger.Legal, Owner: "office/" + b.Office, Item: "bl/" + b.ID + "/" + part.what}
		left, err := s.house().Read.Balance(ctx, account.At(ledger.Undrawn).Key())
		if err != nil {
			return d, err
		}
		taken, err := s.house().Read.Balance(ctx, account.At(ledger.Drawn).Key())
		if err != nil {
			return d, err
		}
		part.to.Left, part.to.Drawn = left.Quantity, taken.Quantity
	}
	return d, nil
}

// bill answers GET /bills/{id}: one bill of lading with what is left of it.
func (s *Server) bill(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	b, _, err := s.loadBill(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, s.billObject(ctx, b))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	drawn, err := s.drawn(ctx, b)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	found, err := s.house().Read.List(ctx, dossier.Declaration, store.Query{Where: map[string][]string{"bill": {b.Number}}, Limit: pageRows})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	rows, err := s.assessed(ctx, who, found.Items)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	declarations := Table{
		ID: "declarations", Caption: T(ctx, "declarations.title"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "bill.none")},
		Columns: []Column{
			{Title: T(ctx, "column.declaration")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "head.packages"), Number: true},
			{Title: T(ctx, "column.gross"), Unit: "kg", Number: true},
			{Title: T(ctx, "column.state")},
		},
	}
	for _, row := range rows {
		declarations.Rows = append(declarations.Rows, Row{Href: "/declarations/" + row.ID, Cells: []templ.Component{
			Code(numberOr(row.Number, row.ID)), short(partyName(row.Consignee), 26), Number(Measure(row.Packages, "")), Number(Measure(row.GrossMass, "")),
			BadgeView(badge(ctx, declarationWords, row.State)),
		}})
	}
	entries, err := s.entriesOf(ctx, journal.Ref{Kind: "bill_of_lading", ID: b.ID})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	trail, err := s.billTrail(ctx, who, b.Manifest)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := Page{
		ID: b.Number, Title: T(ctx, "object.bill"), Live: []string{"manifest", "declaration"},
		Trail:  trail,
		Badges: []Badge{badge(ctx, billWords, b.Content.State)},
		Facts: []Fact{
			{T(ctx, "confirm.consignee"), Text(numberOr(b.Content.Consignee.Name, b.Content.Consignee.Code))},
			{T(ctx, "manifest.means"), Text(joinedWords(b.Transport.MeansName, b.Journey))},
			{T(ctx, "manifest.ports"), Text(joinedWords(string(b.Content.PortOfLoading), string(b.Content.PortOfDischarge)))},
		},
	}
	if who.Actor.Enterprise != "" && s.house().Clearance != nil {
		page.Acts = []Act{{Text: T(ctx, "bill.declare"), Href: "/declare?bill=" + b.ID}}
	}
	if who.Actor.Enterprise != "" && s.house().Ladings != nil && drawn.Packages.Left > 0 {
		page.Acts = append(page.Acts, Act{Text: T(ctx, "lading.new"), Href: "/ladings/new?bill=" + b.ID})
	}
	s.Render(w, r, page, billBody(b, drawn, declarations, lifeLine(ctx, entries, s.now())))
}

// upload is a manifest as it is sent in, with what was found in it.
type upload struct {
	Format, Text string
	Key          string
	Faults       fault.List
	Readings     []message.ManifestReading
	Taken        []clearance.ManifestReply
}

// manifestReaders are the formats a manifest can be sent in.
var manifestReaders = map[string]func(io.Reader) ([]message.ManifestReading, error){
	"cuscar": message.ReadCuscar, "json": message.ReadManifestJSON, "csv": message.ReadManifestCSV,
}

var manifestFormats = map[string]Key{"cuscar": "format.cuscar", "json": "format.json", "csv": "format.csv"}

// newManifest answers GET /manifests/new.
func (s *Server) newManifest(w http.ResponseWriter, r *http.Request) {
	if _, err := s.mayLodge(r.Context(), "manifest"); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showUpload(w, r, upload{})
}

// billTrail leads up from a bill: to its manifest for those who may read that, not
// for a consignee, whose goods are a part of it.
func (s *Server) billTrail(ctx context.Context, who party.Who, manifest string) ([]Link, error) {
	var m clearance.Manifest
	if _, err := s.house().Read.Load(ctx, dossier.Manifest, manifest, &m); err != nil {
		return nil, err
	}
	up := Link{Text: T(ctx, "object.manifest")}
	if party.May(who, party.View, manifestObject(&m)) == nil {
		up.Href = "/manifests/" + manifest
	}
	return []Link{{T(ctx, "manifests.title"), "/manifests"}, up}, nil
}

// mayLodge asks for the right to send in a paper of one's own.
func (s *Server) mayLodge(ctx context.Context, kind string) (party.Who, error) {
	who, err := s.who(ctx)
	if err != nil {
		return who, err
	}
	return who, party.May(who, party.Lodge, party.Object{Kind: kind, Parties: []string{who.Actor.Enterprise}})
}

// sendManifest answers POST /manifests: a file or what was pasted. Every fault is
// listed with its segment or row; good manifests of the file go on.
func (s *Server) sendManifest(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	r.Body = http.MaxBytesReader(w, r.Body, manifestLimit)
	if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		s.Fail(w, r, fault.New(fault.Invalid, "CONSOLE-FORM-01", "", "the form could not be read, or it is too large", "send it again from its page").Because(err))
		return
	}
	who, err := s.mayLodge(ctx, "manifest")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	u := upload{Format: r.PostForm.Get("format"), Text: r.PostForm.Get("text")}
	raw := []byte(u.Text)
	if file, _, err := r.FormFile("file"); err == nil {
		defer file.Close()
		content, err := io.ReadAll(file)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if len(content) > 0 {
			raw = content
		}
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		u.Faults = fault.List{fault.New(fault.Invalid, "CONSOLE-UPLOAD-01", "/text", "there is nothing to read", "choose a file, or paste the message")}
		s.showUpload(w, r, u)
		return
	}
	reader := manifestReaders[u.Format]
	if reader == nil {
		u.Format = guessFormat(raw)
		reader = manifestReaders[u.Format]
	}
	readings, err := reader(bytes.NewReader(raw))
	if err != nil {
		if u.Faults = fault.All(err); len(u.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	u.Readings = readings
	hash := sha256.Sum256(raw)
	for i := range readings {
		reading := &readings[i]
		if len(reading.Syntax) > 0 {
			u.Faults = append(append(u.Faults, reading.Syntax...), reading.Faults...)
			continue
		}
		c := s.command(r, "manifest.receive", who.Actor)
		c.Key, c.Content = "manifest-"+hex.EncodeToString(hash[:])+"-"+strconv.Itoa(i), hash[:]
		receipt, err := s.house().Clearance.ReceiveManifest(ctx, c, who.Actor, clearance.Filing{Manifest: reading.Manifest, Scope: reading.Function.Scope(), Faults: reading.Faults})
		if err != nil {
			wrong := fault.All(err)
			if len(wrong) == 0 {
				s.Fail(w, r, err)
				return
			}
			u.Faults = append(u.Faults, wrong...)
			continue
		}
		var reply clearance.ManifestReply
		if err := json.Unmarshal(receipt.Reply, &reply); err != nil {
			s.Fail(w, r, err)
			return
		}
		u.Taken = append(u.Taken, reply)
		for _, bill := range reply.Refused {
			for _, reason := range bill.Faults {
				u.Faults = append(u.Faults, reason.Fault())
			}
		}
	}
	if len(u.Faults) == 0 && len(u.Taken) == 1 {
		sent(w, r, "/manifests/"+u.Taken[0].ID)
		return
	}
	s.showUpload(w, r, u)
}

// guessFormat tells a format by its first signs.
func guessFormat(raw []byte) string {
	head := strings.TrimLeft(strings.TrimPrefix(string(raw[:min(len(raw), 64)]), "\ufeff"), " \t\r\n")
	switch {
	case strings.HasPrefix(head, "UNA"), strings.HasPrefix(head, "UNB"), strings.HasPrefix(head, "UNH"):
		return "cuscar"
	case strings.HasPrefix(head, "{"), strings.HasPrefix(head, "["):
		return "json"
	}
	return "csv"
}

func (s *Server) showUpload(w http.ResponseWriter, r *http.Request, u upload) {
	ctx := r.Context()
	u.Key = newKey()
	s.Render(w, r, Page{
		Title: T(ctx, "manifest.send"), Trail: []Link{{T(ctx, "manifests.title"), "/manifests"}}, Faults: u.Faults,
	}, uploadBody(u))
}

func galleryUpload(ctx context.Context) Specimen {
	u := upload{Format: "cuscar", Text: "UNB+UNOC:3+CARRIER+SEINE+261120:0300+1'\nUNH+1+CUSCAR:D:95B:UN'\nBGM+785+M1+9'\n", Faults: fault.List{
		fault.New(fault.Invalid, "CONSOLE-UPLOAD-01", "/text", "there is nothing to read", "choose a file, or paste the message"),
	}}
	return Specimen{
		Name: "upload", Title: "manifest.send",
		Page: Page{Title: T(ctx, "manifest.send"), Faults: u.Faults}, Body: uploadBody(u),
	}
}
