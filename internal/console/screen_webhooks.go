package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
	"seine/internal/subscription"
)

// Webhooks is where subscriptions are kept; *subscription.Desk is one.
type Webhooks interface {
	Add(ctx context.Context, c decision.Command, by decision.Actor, wanted subscription.Wanted) (subscription.Made, error)
	Change(ctx context.Context, c decision.Command, by decision.Actor, id string, wanted subscription.Wanted) (decision.Receipt, error)
	Rotate(ctx context.Context, c decision.Command, by decision.Actor, id string) (subscription.Made, error)
	Move(ctx context.Context, c decision.Command, by decision.Actor, id string, on subscription.Event) (decision.Receipt, error)
	Resend(ctx context.Context, c decision.Command, by decision.Actor, id, delivery string) (decision.Receipt, error)
}

const webhooksPath = "/webhooks"

var webhookWords = map[subscription.State]wording{
	subscription.Active:  {OK, "webhook.active"},
	subscription.Paused:  {Warn, "webhook.paused"},
	subscription.Removed: {Missed, "webhook.removed"},
}

var deliveryWords = map[string]wording{
	subscription.Waiting:   {Info, "delivery.waiting"},
	subscription.Delivered: {OK, "delivery.delivered"},
	subscription.GivenUp:   {Bad, "delivery.givenup"},
}

func webhookObject(h *subscription.Webhook) party.Object {
	return party.Object{Kind: string(dossier.Webhook), ID: h.ID, Parties: []string{h.Owner}}
}

// keeperOf is in whose name somebody keeps webhooks.
func keeperOf(who party.Who) string {
	if who.Actor.Kind == journal.Officer || who.Actor.Enterprise == "" {
		return subscription.Customs
	}
	return who.Actor.Enterprise
}

// keeps is the right with which webhooks are changed: customs manage, the trade
// lodges.
func keeps(who party.Who) party.Action {
	if who.Actor.Kind == journal.Officer {
		return party.Manage
	}
	return party.Lodge
}

// webhooks answers GET /webhooks: those of one's enterprise, or of customs.
func (s *Server) webhooks(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	object := party.Object{Kind: string(dossier.Webhook), Parties: []string{keeperOf(who)}}
	if err == nil {
		who, err = s.may(ctx, party.View, object)
	}
	var found store.Page
	if err == nil {
		found, err = s.house().Read.List(ctx, dossier.Webhook, store.Query{Where: map[string][]string{"owner": {keeperOf(who)}}, Limit: pageRows, Before: r.URL.Query().Get("after")})
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var list []*subscription.Webhook
	for _, item := range found.Items {
		h, err := read[subscription.Webhook](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		list = append(list, h)
	}
	t := webhooksTable(ctx, list)
	t.Pager = keyed(ctx, webhooksPath, r.URL.Query(), found.Next, len(t.Rows))
	s.Render(w, r, webhooksHead(ctx, can(ctx, who, keeps(who), object)), TableView(t))
}

func webhooksHead(ctx context.Context, off string) Page {
	return Page{Title: T(ctx, "webhooks.title"), Acts: []Act{{Text: T(ctx, "webhook.new"), Href: webhooksPath + "/new", Key: "n", Off: off}}}
}

func webhooksTable(ctx context.Context, list []*subscription.Webhook) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "webhooks.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "webhooks.none"), Text: T(ctx, "webhooks.none.text")},
		Columns: []Column{{Title: T(ctx, "webhook.url")}, {Title: T(ctx, "webhook.topics")}, {Title: T(ctx, "webhook.since")}, {Title: T(ctx, "column.state")}},
	}
	for _, h := range list {
		t.Rows = append(t.Rows, Row{Href: webhooksPath + "/" + h.ID, Cells: []templ.Component{
			Code(h.URL), Text(topicsOf(ctx, h)), When(h.Created), BadgeView(badge(ctx, webhookWords, h.State)),
		}})
	}
	return t
}

func topicsOf(ctx context.Context, h *subscription.Webhook) string {
	if len(h.Topics) == 0 {
		return T(ctx, "webhook.all")
	}
	return strings.Join(h.Topics, ", ")
}

// webhookForm begins or changes a subscription.
type webhookForm struct {
	Path, Key string
	Fields    []Field
}

func newWebhookForm(ctx context.Context, path string, typed url.Values, faults fault.List) webhookForm {
	field := func(name string, label, hint Key) Field {
		return Field{Path: "/" + name, Name: name, Label: T(ctx, label), Hint: T(ctx, hint), Value: typed.Get(name), Code: true, Complete: "off", Faults: Of(faults, "/"+name)}
	}
	return webhookForm{Path: path, Key: newKey(), Fields: []Field{field("url", "webhook.url", "webhook.url.hint"), field("topics", "webhook.topics", "webhook.topics.hint")}}
}

func wantedWebhook(typed url.Values) subscription.Wanted {
	return subscription.Wanted{URL: fold(typed.Get("url")), Topics: []string{fold(typed.Get("topics"))}}
}

// newWebhook answers GET /webhooks/new.
func (s *Server) newWebhook(w http.ResponseWriter, r *http.Request) { s.showNewWebhook(w, r, nil) }

func (s *Server) showNewWebhook(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	if _, err := s.mayKeep(ctx); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, newWebhookHead(ctx, faults), webhookFormBody(newWebhookForm(ctx, webhooksPath, r.PostForm, faults)))
}

func newWebhookHead(ctx context.Context, faults fault.List) Page {
	return Page{Title: T(ctx, "webhook.new"), Trail: []Link{{T(ctx, "webhooks.title"), webhooksPath}}, Faults: faults}
}

// mayKeep asks for the right to keep webhooks in one's own name.
func (s *Server) mayKeep(ctx context.Context) (party.Who, error) {
	who, err := s.who(ctx)
	if err != nil {
		return who, err
	}
	return s.may(ctx, keeps(who), party.Object{Kind: string(dossier.Webhook), ID: "new", Parties: []string{keeperOf(who)}})
}

// addWebhook answers POST /webhooks. The secret is shown on this answer only.
func (s *Server) addWebhook(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	who, err := s.mayKeep(r.Context())
	var made subscription.Made
	if err == nil {
		made, err = s.house().Webhooks.Add(r.Context(), s.command(r, "webhook.add", who.Actor), who.Actor, wantedWebhook(r.PostForm))
	}
	if err != nil {
		s.refusedForm(w, r, err, s.showNewWebhook)
		return
	}
	r.SetPathValue("id", made.ID)
	s.showWebhook(w, r, made.Secret, nil)
}

// webhookPage is one subscription with its last deliveries.
type webhookPage struct {
	Shown      string // a secret, once
	Facts      []Fact
	Form       webhookForm
	Changes    bool
	Acts       actsForm
	Deliveries []deliveryRow
	Resend     string // where an entry is ordered again; "" where it cannot be
	Key        string
	Line       LifeLine
}

type deliveryRow struct {
	*subscription.Delivery
	Type string // of its entry
}

// webhook answers GET /webhooks/{id}.
func (s *Server) webhook(w http.ResponseWriter, r *http.Request) { s.showWebhook(w, r, "", nil) }

func (s *Server) loadWebhook(ctx context.Context, id string) (*subscription.Webhook, error) {
	var h subscription.Webhook
	_, err := s.house().Read.Load(ctx, dossier.Webhook, id, &h)
	return &h, absentIf(err, journal.Ref{Kind: string(dossier.Webhook), ID: id})
}

// shownDeliveries is how many deliveries a page shows, the last first.
const shownDeliveries = 50

func (s *Server) showWebhook(w http.ResponseWriter, r *http.Request, secret string, faults fault.List) {
	ctx := r.Context()
	h, err := s.loadWebhook(ctx, r.PathValue("id"))
	var who party.Who
	if err == nil {
		who, err = s.reads(ctx, webhookObject(h))
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := webhookPage{Shown: secret, Facts: webhookFacts(ctx, h), Key: newKey()}
	path := webhooksPath + "/" + h.ID
	if h.State != subscription.Removed && party.May(who, keeps(who), webhookObject(h)) == nil {
		typed := url.Values{"url": {h.URL}, "topics": {strings.Join(h.Topics, ", ")}}
		if r.PostForm.Get("act") == "change" && len(faults) > 0 {
			typed = r.PostForm
		}
		p.Form, p.Changes, p.Resend = newWebhookForm(ctx, path, typed, faults), true, path
		p.Acts = webhookActs(ctx, h, path)
	}
	page, err := s.house().Read.List(ctx, dossier.Delivery, store.Query{Where: map[string][]string{"webhook": {h.ID}}, Limit: shownDeliveries})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	for _, item := range page.Items {
		d, err := read[subscription.Delivery](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		row := deliveryRow{Delivery: d}
		if e, err := s.house().Read.Entry(ctx, d.Entry); err == nil {
			row.Type = e.Type
		}
		p.Deliveries = append(p.Deliveries, row)
	}
	entries, err := s.entriesOf(ctx, journal.Ref{Kind: string(dossier.Webhook), ID: h.ID})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Line = lifeLine(ctx, entries, s.now())
	head := webhookHead(ctx, h)
	head.Faults = faults
	s.Render(w, r, head, webhookBody(p))
}

func webhookHead(ctx context.Context, h *subscription.Webhook) Page {
	return Page{
		Title: T(ctx, "object.webhook"), Trail: []Link{{T(ctx, "webhooks.title"), webhooksPath}},
		Badges: []Badge{badge(ctx, webhookWords, h.State)},
	}
}

func webhookFacts(ctx context.Context, h *subscription.Webhook) []Fact {
	list := []Fact{
		{T(ctx, "webhook.url"), Code(h.URL)},
		{T(ctx, "webhook.topics"), Text(topicsOf(ctx, h))},
		{T(ctx, "webhook.eyes"), Text(numberOr(h.Actor.Name, h.Actor.ID))},
		{T(ctx, "webhook.since"), When(h.Created)},
	}
	if h.Former != nil {
		list = append(list, Fact{T(ctx, "webhook.former"), When(h.Former.Until)})
	}
	return list
}

func webhookActs(ctx context.Context, h *subscription.Webhook, path string) actsForm {
	f := actsForm{Path: path, Key: newKey(), NoWhy: true}
	add := func(value string, text Key, danger bool) {
		f.Acts = append(f.Acts, Act{Text: T(ctx, text), Form: "acts", Name: "act", Value: value, Danger: danger})
	}
	if h.State == subscription.Active {
		add("pause", "webhook.pause", false)
	} else {
		add("resume", "webhook.resume", false)
	}
	add("rotate", "webhook.rotate", false)
	add("remove", "webhook.remove", true)
	return f
}

// actOnWebhook answers POST /webhooks/{id}: change, rotate, pause, resume, remove,
// or an entry sent again.
func (s *Server) actOnWebhook(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	ctx := r.Context()
	h, err := s.loadWebhook(ctx, r.PathValue("id"))
	var who party.Who
	if err == nil {
		if who, err = s.who(ctx); err == nil {
			who, err = s.may(ctx, keeps(who), webhookObject(h))
		}
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	desk, act := s.house().Webhooks, r.PostForm.Get("act")
	c := s.command(r, "webhook."+act+"/"+h.ID, who.Actor)
	secret := ""
	switch act {
	case "change":
		wanted := wantedWebhook(r.PostForm)
		wanted.State = string(h.State)
		_, err = desk.Change(ctx, c, who.Actor, h.ID, wanted)
	case "rotate":
		var made subscription.Made
		made, err = desk.Rotate(ctx, c, who.Actor, h.ID)
		secret = made.Secret
	case "pause":
		_, err = desk.Move(ctx, c, who.Actor, h.ID, subscription.EventPause)
	case "resume":
		_, err = desk.Move(ctx, c, who.Actor, h.ID, subscription.EventResume)
	case "remove":
		_, err = desk.Move(ctx, c, who.Actor, h.ID, subscription.EventRemove)
	case "resend":
		_, err = desk.Resend(ctx, c, who.Actor, h.ID, r.PostForm.Get("delivery"))
	default:
		err = fault.New(fault.Invalid, "CONSOLE-PAPER-01", "/act", "“{act}” is no act on this paper", "use a button of the page", "act", act)
	}
	switch faults := fault.All(err); {
	case err == nil && secret != "":
		s.showWebhook(w, r, secret, nil)
	case err == nil:
		sent(w, r, webhooksPath+"/"+h.ID)
	case len(faults) == 0:
		s.Fail(w, r, err)
	default:
		s.showWebhook(w, r, "", faults)
	}
}

func sampleWebhook() *subscription.Webhook {
	return &subscription.Webhook{
		ID: "W1", Owner: "91310000MA1FL0EW6X", Actor: decision.Actor{ID: "clerk", Name: "王丽"}, URL: "https://erp.example.com/seine", Topics: subscription.Topics{"declaration", "tax-bill"},
		State: subscription.Active, Created: sampleAt("2026-11-20T09:12"),
	}
}

func galleryWebhooks(ctx context.Context) Specimen {
	paused := *sampleWebhook()
	paused.URL, paused.Topics, paused.State = "https://wms.example.com/in", nil, subscription.Paused
	t := webhooksTable(ctx, []*subscription.Webhook{sampleWebhook(), &paused})
	t.Pager.NeverTurnPage = true
	return Specimen{Name: "webhooks", Title: "webhooks.title", Page: webhooksHead(ctx, ""), Body: TableView(t)}
}

func galleryWebhookForm(ctx context.Context) Specimen {
	faults := fault.List{fault.New(fault.Invalid, "HTTP-HOOK-01", "/url", "“{url}” cannot be sent to", "give an https address without a name and password in it", "url", "http://erp.example.com")}
	f := newWebhookForm(ctx, webhooksPath, url.Values{"url": {"http://erp.example.com"}}, faults)
	return Specimen{Name: "webhook-form", Title: "webhook.new", Page: newWebhookHead(ctx, faults), Body: webhookFormBody(f)}
}

func galleryWebhook(ctx context.Context) Specimen {
	h := sampleWebhook()
	path := "/gallery/webhook"
	row := func(id, kind, state, result string, attempts int) deliveryRow {
		return deliveryRow{&subscription.Delivery{ID: id, Webhook: h.ID, Entry: "E" + id, State: state, Attempts: attempts, Result: result, Created: sampleAt("2026-11-23T09:40"), Tried: sampleAt("2026-11-23T09:41")}, kind}
	}
	waits := row("1", "tax-bill.issued", subscription.Waiting, "503 Service Unavailable", 2)
	waits.Next = sampleAt("2026-11-23T09:43")
	p := webhookPage{
		Shown: "whsec_" + strings.Repeat("shown-once-", 3), Facts: webhookFacts(ctx, h), Changes: true, Resend: path, Key: "k",
		Form: newWebhookForm(ctx, path, url.Values{"url": {h.URL}, "topics": {"declaration, tax-bill"}}, nil), Acts: webhookActs(ctx, h, path),
		Deliveries: []deliveryRow{waits, row("2", "declaration.released", subscription.Delivered, "204 No Content", 1), row("3", "declaration.accepted", subscription.GivenUp, "connection refused", 11)},
	}
	return Specimen{Name: "webhook", Title: "object.webhook", Page: webhookHead(ctx, h), Body: webhookBody(p)}
}
