package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/party"
	"seine/internal/store"
)

const (
	accountsPath = "/settings/accounts"
	machinesPath = "/settings/machines"
	// linkLife is how long a sign-in link made on a page works.
	linkLife = 30 * time.Minute
)

var accountWords = map[party.UserState]wording{
	party.Active: {OK, "account.active"}, party.Locked: {Bad, "account.locked"}, party.Closed: {Missed, "account.closed"},
}

// accountPage is the account of a person or a machine with what can be done.
// Shown is a link or a secret that was made by this request: it is shown once.
type accountPage struct {
	Path   string
	Key    string
	Facts  []Fact
	Acts   []Act
	Shown  string
	What   Key // what Shown is
	Until  clock.Instant
	Secret bool // Shown is no address
}

// accountForm opens an account.
type accountForm struct {
	Path   string
	Key    string
	Fields []Field
	Posts  []Field // one checkbox each
	Faults fault.List
	Send   Key
}

// mayManage is may for the pages of accounts: who may not see them is told that
// they are not there.
func (s *Server) mayManage(ctx context.Context, kind, id string) (party.Who, error) {
	return s.may(ctx, party.Manage, party.Object{Kind: kind, ID: id})
}

// accounts answers GET /settings/accounts: who may sign in.
func (s *Server) accounts(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.may(ctx, party.View, party.Object{Kind: "user"})
	var page store.Page
	if err == nil {
		page, err = s.house().Read.List(ctx, dossier.User, store.Query{Limit: pageRows, Before: r.URL.Query().Get("after")})
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var users []*party.User
	for _, item := range page.Items {
		u, err := read[party.User](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		users = append(users, u)
	}
	t := accountsTable(ctx, users)
	t.Pager = keyed(ctx, accountsPath, r.URL.Query(), page.Next, len(t.Rows))
	s.Render(w, r, accountsHead(ctx, "accounts.title", "account.new", accountsPath, can(ctx, who, party.Manage, party.Object{Kind: "user"})), TableView(t))
}

func accountsHead(ctx context.Context, title, open Key, path, off string) Page {
	p := Page{Title: T(ctx, title), Trail: []Link{{T(ctx, "settings.title"), "/settings"}}}
	if off == "" {
		p.Acts = []Act{{Text: T(ctx, open), Href: path + "/new", Key: "n"}}
	}
	return p
}

func accountsTable(ctx context.Context, users []*party.User) Table {
	t := Table{
		ID: "accounts", Caption: T(ctx, "accounts.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty")},
		Columns: []Column{{Title: T(ctx, "signin.name")}, {Title: T(ctx, "account.person")}, {Title: T(ctx, "account.of")}, {Title: T(ctx, "people.posts")}, {Title: T(ctx, "column.state")}},
	}
	for _, u := range users {
		t.Rows = append(t.Rows, Row{Href: accountsPath + "/" + url.PathEscape(u.ID), Cells: []templ.Component{
			Code(u.Name), Text(u.FullName), Code(u.Officer + u.Enterprise), wrapped(postTitles(ctx, u.Posts)), BadgeView(badge(ctx, accountWords, u.State)),
		}})
	}
	return t
}

func postTitles(ctx context.Context, posts []party.PostID) string {
	titles := make([]string, len(posts))
	for i, id := range posts {
		titles[i] = string(id)
		if post, ok := party.Rights().Post(id); ok {
			titles[i] = inLanguage(ctx, post.Title, post.TitleZH)
		}
	}
	return strings.Join(titles, ", ")
}

// newAccount answers GET /settings/accounts/new.
func (s *Server) newAccount(w http.ResponseWriter, r *http.Request) { s.showNewAccount(w, r, nil) }

func (s *Server) showNewAccount(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	if _, err := s.mayManage(ctx, "user", "new"); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, newAccountHead(ctx, "account.new", "accounts.title", accountsPath, faults), accountFormBody(newAccountForm(ctx, r.PostForm, faults)))
}

func newAccountHead(ctx context.Context, title, above Key, path string, faults fault.List) Page {
	return Page{Title: T(ctx, title), Trail: []Link{{T(ctx, "settings.title"), "/settings"}, {T(ctx, above), path}}, Faults: faults}
}

func newAccountForm(ctx context.Context, typed url.Values, faults fault.List) accountForm {
	f := accountForm{Path: accountsPath, Key: newKey(), Faults: faults, Send: "account.open", Posts: postFields(ctx, typed)}
	f.add("/name", "name", T(ctx, "signin.name"), T(ctx, "account.name.hint"), typed, true)
	f.add("/fullName", "fullName", T(ctx, "account.person"), "", typed, false)
	f.add("/officer", "officer", T(ctx, "people.number"), T(ctx, "account.officer.hint"), typed, false)
	f.add("/enterprise", "enterprise", T(ctx, "account.enterprise"), T(ctx, "account.enterprise.hint"), typed, false)
	return f
}

func (f *accountForm) add(path, name, label, hint string, typed url.Values, required bool) {
	f.Fields = append(f.Fields, Field{Path: path, Name: name, Label: label, Hint: hint, Value: typed.Get(name), Required: required, Complete: "off", Faults: Of(f.Faults, path)})
}

// postFields are the posts that the trade can hold.
func postFields(ctx context.Context, typed url.Values) []Field {
	var list []Field
	for _, p := range party.Rights().Posts {
		if p.Side != party.OfTheTrade {
			continue
		}
		list = append(list, Field{
			Path: "/post/" + string(p.ID), Name: "post." + string(p.ID), Label: inLanguage(ctx, p.Title, p.TitleZH), Kind: "checkbox", Value: typed.Get("post." + string(p.ID)),
		})
	}
	return list
}

func chosenPosts(typed url.Values) []party.PostID {
	var posts []party.PostID
	for _, p := range party.Rights().Posts {
		if typed.Get("post."+string(p.ID)) == "on" {
			posts = append(posts, p.ID)
		}
	}
	return posts
}

// openAccount answers POST /settings/accounts.
func (s *Server) openAccount(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	u := party.User{
		Name: fold(r.PostForm.Get("name")), FullName: strings.TrimSpace(r.PostForm.Get("fullName")), Officer: fold(r.PostForm.Get("officer")),
		Enterprise: strings.ToUpper(fold(r.PostForm.Get("enterprise"))), Posts: chosenPosts(r.PostForm),
	}
	who, err := s.mayManage(ctx, "user", u.Name)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if err := s.belongs(ctx, u.Officer, u.Enterprise); err != nil {
		s.refusedForm(w, r, err, s.showNewAccount)
		return
	}
	if _, err := s.house().Accounts.OpenAccount(ctx, s.command(r, "account.open", who.Actor), who.Actor, u); err != nil {
		s.refusedForm(w, r, err, s.showNewAccount)
		return
	}
	sent(w, r, accountsPath+"/"+url.PathEscape(u.Name))
}

// belongs refuses an account of somebody who is not registered:
// CONSOLE-ACCOUNT-01, CONSOLE-ACCOUNT-02.
func (s *Server) belongs(ctx context.Context, officer, enterprise string) error {
	var faults fault.List
	for _, one := range []struct {
		kind   decision.Kind
		id     string
		absent *fault.Fault
	}{
		{dossier.Officer, officer, fault.New(fault.Invalid, "CONSOLE-ACCOUNT-01", "/officer", "there is no officer with number {number}", "check the number, or record the officer first", "number", officer)},
		{dossier.Enterprise, enterprise, fault.New(fault.Invalid, "CONSOLE-ACCOUNT-02", "/enterprise", "no enterprise {code} is registered", "check the code, or register the enterprise first", "code", enterprise)},
	} {
		if one.id == "" {
			continue
		}
		var body map[string]any
		_, err := s.house().Read.Load(ctx, one.kind, one.id, &body)
		switch {
		case fault.Is(err, "STORE-ABSENT-01"):
			faults = append(faults, one.absent)
		case err != nil:
			return err
		}
	}
	return faults.OrNil()
}

// refusedForm shows a form again with what is wrong in it.
func (s *Server) refusedForm(w http.ResponseWriter, r *http.Request, err error, show func(http.ResponseWriter, *http.Request, fault.List)) {
	faults := fault.All(err)
	if len(faults) == 0 || faults.Kind() == fault.NotFound {
		s.Fail(w, r, err)
		return
	}
	show(w, r, faults)
}

// account answers GET /settings/accounts/{id}.
func (s *Server) account(w http.ResponseWriter, r *http.Request) {
	s.showAccount(w, r, accountPage{}, nil)
}

func (s *Server) showAccount(w http.ResponseWriter, r *http.Request, p accountPage, faults fault.List) {
	ctx := r.Context()
	id := r.PathValue("id")
	who, err := s.may(ctx, party.View, party.Object{Kind: "user", ID: id})
	var u party.User
	if err == nil {
		err = s.load(ctx, dossier.User, id, &u)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Path, p.Key = accountsPath+"/"+url.PathEscape(id), newKey()
	p.Facts = accountFacts(ctx, &u)
	off := can(ctx, who, party.Manage, party.Object{Kind: "user", ID: id})
	own := off
	if own == "" && u.Officer == who.Actor.ID {
		own = T(ctx, "account.own")
	}
	p.Acts = stateActs(ctx, u.State, off, own)
	if u.State != party.Closed {
		p.Acts = append([]Act{{Text: T(ctx, "account.link"), Name: "act", Value: "link", Off: off}}, p.Acts...)
	}
	s.Render(w, r, accountHead(ctx, u.Name, "object.user", "accounts.title", accountsPath, u.State, faults), accountBody(p))
}

// load reads a document; one that is not there is refused like one that may not
// be seen.
func (s *Server) load(ctx context.Context, kind decision.Kind, id string, body any) error {
	_, err := s.house().Read.Load(ctx, kind, id, body)
	if fault.Is(err, "STORE-ABSENT-01") {
		return party.Absent(string(kind), id)
	}
	return err
}

func accountHead(ctx context.Context, id string, title, above Key, path string, state party.UserState, faults fault.List) Page {
	p := newAccountHead(ctx, title, above, path, faults)
	p.ID, p.Badges = id, []Badge{badge(ctx, accountWords, state)}
	return p
}

func accountFacts(ctx context.Context, u *party.User) []Fact {
	facts := []Fact{{T(ctx, "account.person"), Text(u.FullName)}}
	if u.Officer != "" {
		return append(facts, Fact{T(ctx, "people.number"), Code(u.Officer)})
	}
	return append(facts, Fact{T(ctx, "account.enterprise"), Code(u.Enterprise)}, Fact{T(ctx, "people.posts"), Text(postTitles(ctx, u.Posts))})
}

// stateActs are the buttons that change an account's state: off says why it may
// not be reopened, away why it may not be locked or closed.
func stateActs(ctx context.Context, state party.UserState, off, away string) []Act {
	var acts []Act
	for _, a := range []struct {
		to     party.UserState
		text   Key
		danger bool
	}{{party.Active, "account.reopen", false}, {party.Locked, "account.lock", false}, {party.Closed, "account.close", true}} {
		if a.to == state || a.to == party.Locked && state == party.Closed {
			continue
		}
		why := away
		if a.to == party.Active {
			why = off
		}
		acts = append(acts, Act{Text: T(ctx, a.text), Name: "act", Value: string(a.to), Danger: a.danger, Off: why})
	}
	return acts
}

// actOnAccount answers POST /settings/accounts/{id}: a link, or another state.
func (s *Server) actOnAccount(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	id, act := r.PathValue("id"), r.PostForm.Get("act")
	who, err := s.mayManage(ctx, "user", id)
	var p accountPage
	switch {
	case err != nil:
	case act == "link":
		p.What = "account.link.made"
		if p.Shown, p.Until, err = s.house().Secrets.MakeLink(ctx, who.Actor, id, linkLife); err == nil {
			p.Shown = origin(r) + "/sign-in/" + p.Shown
		}
	default:
		_, err = s.house().Accounts.SetAccount(ctx, s.command(r, "account.change/"+id, who.Actor), who.Actor, id, party.UserState(act))
	}
	s.answerAct(w, r, err, &p, accountsPath+"/"+url.PathEscape(id), s.showAccount)
}

// answerAct shows what was made once, leads back to the account, or shows it
// again with why the act was refused.
func (s *Server) answerAct(w http.ResponseWriter, r *http.Request, err error, p *accountPage, path string, show func(http.ResponseWriter, *http.Request, accountPage, fault.List)) {
	faults := fault.All(err)
	switch {
	case err == nil && p.Shown == "":
		sent(w, r, path)
	case err == nil:
		show(w, r, *p, nil)
	case len(faults) == 0 || faults.Kind() == fault.NotFound || fault.Is(err, "PARTY-RIGHT-02") || fault.Is(err, "STORE-ABSENT-01"):
		s.Fail(w, r, err)
	default:
		show(w, r, accountPage{}, faults)
	}
}

// origin is the address under which the browser reached this page.
func origin(r *http.Request) string {
	if from := r.Header.Get("Origin"); strings.HasPrefix(from, "http") {
		return from
	}
	if r.TLS == nil {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}

// machines answers GET /settings/machines: which systems and devices may ask.
func (s *Server) machines(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.may(ctx, party.View, party.Object{Kind: "client"})
	var page store.Page
	if err == nil {
		page, err = s.house().Read.List(ctx, dossier.Client, store.Query{Limit: pageRows, Before: r.URL.Query().Get("after")})
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := Table{
		ID: "machines", Caption: T(ctx, "machines.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty")},
		Columns: []Column{{Title: T(ctx, "machine.id")}, {Title: T(ctx, "machine.name")}, {Title: T(ctx, "account.of")}, {Title: T(ctx, "people.posts")}, {Title: T(ctx, "machine.proof")}, {Title: T(ctx, "column.state")}},
	}
	for _, item := range page.Items {
		m, err := read[party.Client](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		of := m.Enterprise
		if m.Device() {
			of = strings.TrimSpace(m.Area + " " + m.Lane)
		}
		t.Rows = append(t.Rows, Row{Href: machinesPath + "/" + url.PathEscape(m.ID), Cells: []templ.Component{
			Code(m.ClientID), Text(m.Name), Code(of), wrapped(postTitles(ctx, m.Posts)), Text(T(ctx, proofOf(m))), BadgeView(badge(ctx, accountWords, m.State)),
		}})
	}
	t.Pager = keyed(ctx, machinesPath, r.URL.Query(), page.Next, len(t.Rows))
	s.Render(w, r, accountsHead(ctx, "machines.title", "machine.new", machinesPath, can(ctx, who, party.Manage, party.Object{Kind: "client"})), TableView(t))
}

func proofOf(m *party.Client) Key {
	if m.Secret == "" {
		return "machine.certificate"
	}
	return "machine.secret"
}

// newMachine answers GET /settings/machines/new.
func (s *Server) newMachine(w http.ResponseWriter, r *http.Request) { s.showNewMachine(w, r, nil) }

func (s *Server) showNewMachine(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	if _, err := s.mayManage(ctx, "client", "new"); err != nil {
		s.Fail(w, r, err)
		return
	}
	typed := r.PostForm
	f := accountForm{Path: machinesPath, Key: newKey(), Faults: faults, Send: "account.open", Posts: postFields(ctx, typed)}
	f.add("/clientId", "clientId", T(ctx, "machine.id"), "", typed, true)
	f.add("/name", "name", T(ctx, "machine.name"), "", typed, false)
	f.add("/enterprise", "enterprise", T(ctx, "account.enterprise"), T(ctx, "machine.enterprise.hint"), typed, false)
	f.add("/area", "area", T(ctx, "machine.area"), T(ctx, "machine.area.hint"), typed, false)
	area := &f.Fields[len(f.Fields)-1]
	area.Kind, area.Options = "select", []Option{{"", "–"}}
	for _, a := range party.Organisation().Areas {
		area.Options = append(area.Options, Option{a.ID, inLanguage(ctx, a.Title, a.TitleZH)})
	}
	f.add("/lane", "lane", T(ctx, "machine.lane"), T(ctx, "machine.lane.hint"), typed, false)
	f.add("/thumbprint", "thumbprint", T(ctx, "machine.thumbprint"), T(ctx, "machine.thumbprint.hint"), typed, false)
	s.Render(w, r, newAccountHead(ctx, "machine.new", "machines.title", machinesPath, faults), accountFormBody(f))
}

// openMachine answers POST /settings/machines. A secret is shown on this answer
// only.
func (s *Server) openMachine(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	m := party.Client{
		ClientID: fold(r.PostForm.Get("clientId")), Name: strings.TrimSpace(r.PostForm.Get("name")), Enterprise: strings.ToUpper(fold(r.PostForm.Get("enterprise"))),
		Area: r.PostForm.Get("area"), Lane: fold(r.PostForm.Get("lane")), Posts: chosenPosts(r.PostForm),
		Thumbprint: strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(fold(r.PostForm.Get("thumbprint")))),
	}
	if m.Device() && len(m.Posts) == 0 {
		m.Posts = []party.PostID{party.LaneDevice}
	}
	who, err := s.mayManage(ctx, "client", m.ClientID)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := accountPage{What: "machine.secret.made", Secret: true}
	if m.Thumbprint == "" {
		if p.Shown, err = s.house().Secrets.Token(); err != nil {
			s.Fail(w, r, err)
			return
		}
		m.Secret = party.TokenHash(p.Shown)
	}
	if err = s.belongs(ctx, "", m.Enterprise); err == nil {
		cmd := s.command(r, "client.open", who.Actor)
		cmd.Key = "" // the secret is shown once, so it cannot be answered again
		_, err = s.house().Accounts.OpenClient(ctx, cmd, who.Actor, m)
	}
	if err != nil {
		s.refusedForm(w, r, err, s.showNewMachine)
		return
	}
	if p.Shown == "" {
		sent(w, r, machinesPath+"/"+url.PathEscape(m.ClientID))
		return
	}
	r.SetPathValue("id", m.ClientID)
	s.showMachine(w, r, p, nil)
}

// machine answers GET /settings/machines/{id}.
func (s *Server) machine(w http.ResponseWriter, r *http.Request) {
	s.showMachine(w, r, accountPage{}, nil)
}

func (s *Server) showMachine(w http.ResponseWriter, r *http.Request, p accountPage, faults fault.List) {
	ctx := r.Context()
	id := r.PathValue("id")
	who, err := s.may(ctx, party.View, party.Object{Kind: "client", ID: id})
	var m party.Client
	if err == nil {
		err = s.load(ctx, dossier.Client, id, &m)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.fillMachine(ctx, &m, can(ctx, who, party.Manage, party.Object{Kind: "client", ID: id}))
	s.Render(w, r, accountHead(ctx, m.ClientID, "object.client", "machines.title", machinesPath, m.State, faults), accountBody(p))
}

func (p *accountPage) fillMachine(ctx context.Context, m *party.Client, off string) {
	p.Path, p.Key = machinesPath+"/"+url.PathEscape(m.ID), newKey()
	p.Facts = []Fact{{T(ctx, "machine.name"), Text(m.Name)}, {T(ctx, "machine.proof"), Text(T(ctx, proofOf(m)))}, {T(ctx, "people.posts"), Text(postTitles(ctx, m.Posts))}}
	if m.Device() {
		lane := m.Lane
		if lane == "" {
			lane = T(ctx, "machine.lanes")
		}
		p.Facts = append(p.Facts, Fact{T(ctx, "machine.area"), Code(m.Area)}, Fact{T(ctx, "machine.lane"), Text(lane)})
	} else {
		p.Facts = append(p.Facts, Fact{T(ctx, "account.enterprise"), Code(m.Enterprise)})
	}
	if m.Secret != "" && m.State != party.Closed {
		p.Acts = []Act{{Text: T(ctx, "machine.renew"), Name: "act", Value: "renew", Off: off}}
	}
	p.Acts = append(p.Acts, stateActs(ctx, m.State, off, off)...)
}

// actOnMachine answers POST /settings/machines/{id}: another secret, or another
// state.
func (s *Server) actOnMachine(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	id, act := r.PathValue("id"), r.PostForm.Get("act")
	who, err := s.mayManage(ctx, "client", id)
	p := accountPage{What: "machine.secret.made", Secret: true}
	cmd := s.command(r, "client.change/"+id, who.Actor)
	switch {
	case err != nil:
	case act == "renew":
		var secret string
		if secret, err = s.house().Secrets.Token(); err == nil {
			cmd.Key = "" // shown once, so it cannot be answered again
			_, err = s.house().Accounts.RenewClient(ctx, cmd, who.Actor, id, party.TokenHash(secret))
			p.Shown = secret
		}
	default:
		_, err = s.house().Accounts.SetClient(ctx, cmd, who.Actor, id, party.UserState(act))
	}
	s.answerAct(w, r, err, &p, machinesPath+"/"+url.PathEscape(id), s.showMachine)
}

func galleryAccounts(ctx context.Context) Specimen {
	t := accountsTable(ctx, []*party.User{
		{ID: "li.wei", Name: "li.wei", FullName: "李伟", Officer: "1001", State: party.Active},
		{ID: "wang.li", Name: "wang.li", FullName: "王丽", Enterprise: "91310000MA1FL0EW6M", Posts: []party.PostID{party.EnterpriseClerk}, State: party.Locked},
		{ID: "sun", Name: "sun", FullName: "孙磊", Officer: "1009", State: party.Closed},
	})
	t.Pager.NeverTurnPage = true
	return Specimen{Name: "accounts", Title: "accounts.title", Page: accountsHead(ctx, "accounts.title", "account.new", accountsPath, ""), Body: TableView(t)}
}

func galleryAccountForm(ctx context.Context) Specimen {
	faults := fault.List{fault.New(fault.Invalid, "PARTY-USER-01", "/name", "“{name}” cannot be a sign-in name", "use 3 to 64 small letters, digits, dots, hyphens, underscores or @", "name", "Li Wei")}
	f := newAccountForm(ctx, url.Values{"name": {"Li Wei"}, "fullName": {"李伟"}, "officer": {"1001"}}, faults)
	return Specimen{Name: "account-form", Title: "account.new", Page: newAccountHead(ctx, "account.new", "accounts.title", accountsPath, faults), Body: accountFormBody(f)}
}

func galleryMachine(ctx context.Context) Specimen {
	m := party.Client{ID: "lane-yangshan-3", ClientID: "lane-yangshan-3", Name: "controller of lane 3", Area: "yangshan", Lane: "yangshan-3", Posts: []party.PostID{party.LaneDevice}, Secret: "kept", State: party.Active}
	p := accountPage{What: "machine.secret.made", Secret: true, Shown: strings.Repeat("shown-once-", 4)}
	p.fillMachine(ctx, &m, "")
	return Specimen{Name: "machine", Title: "object.client", Page: accountHead(ctx, m.ClientID, "object.client", "machines.title", machinesPath, m.State, nil), Body: accountBody(p)}
}
