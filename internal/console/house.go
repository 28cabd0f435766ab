package console

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"time"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/store"
	"seine/internal/tariff"
	"seine/internal/treasury"
)

// House is what the screens read and act through. Read and Reference are needed
// by all; a story that is nil leaves its acts or its screens out.
type House struct {
	Read         Reader
	Reference    func() *clearance.Reference
	Identity     Identity
	Clearance    Clearance
	Deliberation Deliberation
	Lane         LaneDesk
	WriteOffs    WriteOffs
	Residues     Residues
	Books        Books
	Feeds        Feeds
	Lists        Lists
	Ladings      Ladings
	Notes        Notes
	Rules        RiskDesk
	Tariff       TariffDesk
	Treasury     Treasury
	Drafts       Drafts
	// Cash gives the balance of the treasury's account at a bank at the end of a
	// day; with Treasury.
	Cash     func(ctx context.Context, bank string, day clock.Date) (num.Money, error)
	Accounts Accounts // with Secrets
	Secrets  Secrets
	Webhooks Webhooks
	// Who gives the person as one who acts, with posts, areas and mandates; nil
	// takes what the Viewer says.
	Who func(ctx context.Context, v Viewer) (party.Who, error)
	// Logged records that staff looked into a document of an enterprise; what it
	// refuses is not shown. nil is for tests only: nothing is recorded.
	Logged func(ctx context.Context, v Viewer, kind, id string) error
	// Key is the public key of the journal, for receipts.
	Key string
}

// Reader is how screens look at what is committed; the store is one.
type Reader interface {
	Load(ctx context.Context, kind decision.Kind, id string, body any) (version int64, err error)
	Find(ctx context.Context, kind decision.Kind, column, value string, limit int) ([]string, error)
	List(ctx context.Context, kind decision.Kind, q store.Query) (store.Page, error)
	Count(ctx context.Context, kind decision.Kind, q store.Query, limit int) (int, error)
	OpenPage(ctx context.Context, kind decision.Kind, before string) (bodies []json.RawMessage, next string, err error)
	Due(ctx context.Context, kind decision.Kind, until clock.Date, after string, limit int) (store.Page, error)
	Balance(ctx context.Context, key string) (ledger.Balance, error)
	Pending(ctx context.Context, id string) (ledger.Pending, bool, error)
	BalanceRecorded(ctx context.Context, key string, at clock.Instant) (num.Quantity, num.Money, error)
	BalanceEffective(ctx context.Context, key string, on clock.Date) (num.Quantity, num.Money, error)
	OpenWhere(ctx context.Context, kind decision.Kind, column, value string, limit int) ([]json.RawMessage, error)
	Revenue(ctx context.Context, f revenue.ReportFilter) ([]revenue.ReportRow, error)
	History(ctx context.Context, key, from string, limit int) (page []ledger.Movement, next string, err error)
	Explore(ctx context.Context, f store.Filter) (store.EntryPage, error)
	Entry(ctx context.Context, id string) (*store.Stored, error)
	Receipt(ctx context.Context, entry, public string) (journal.Receipt, error)
	LastCheckpoint(ctx context.Context) (store.Sealed, error)
	Condition(ctx context.Context) store.Condition
}

// Clearance is the desk of the papers; *clearance.Desk is one.
type Clearance interface {
	Lodge(ctx context.Context, c decision.Command, by decision.Actor, l clearance.Lodging) (decision.Receipt, error)
	TryLodge(ctx context.Context, c decision.Command, by decision.Actor, l clearance.Lodging) (decision.Effects, error)
	Decide(ctx context.Context, c decision.Command, by decision.Actor, id string, act clearance.Decision) (decision.Receipt, error)
	Inspected(ctx context.Context, c decision.Command, by decision.Actor, orderID string, f clearance.Finding) (decision.Receipt, error)
	ManifestArrived(ctx context.Context, c decision.Command, by decision.Actor, id string, at manifest.Moment) (decision.Receipt, error)
	ManifestTallied(ctx context.Context, c decision.Command, by decision.Actor, id string, counting clearance.Counting) (decision.Receipt, error)
	AskAmendment(ctx context.Context, c decision.Command, by decision.Actor, m manifest.Manifest, reason string) (decision.Receipt, error)
	DecideAmendment(ctx context.Context, c decision.Command, by decision.Actor, id string, o clearance.Opinion) (decision.Receipt, error)
	ReceiveManifest(ctx context.Context, c decision.Command, by decision.Actor, f clearance.Filing) (decision.Receipt, error)
	AskCorrection(ctx context.Context, c decision.Command, by decision.Actor, id string, r clearance.CorrectionRequest) (decision.Receipt, error)
	ReviewCorrection(ctx context.Context, c decision.Command, by decision.Actor, id string, o clearance.Opinion) (decision.Receipt, error)
}

// Deliberation is the desk of the two officers; *deliberation.Desk is one.
type Deliberation interface {
	Confirm(ctx context.Context, c decision.Command, by decision.Actor, proposal string, agree bool, reason string) (decision.Receipt, error)
	Again(ctx context.Context, c decision.Command, by decision.Actor, proposal, reason string) (decision.Receipt, error)
	Withdraw(ctx context.Context, c decision.Command, by decision.Actor, proposal, reason string) (decision.Receipt, error)
	Decide(ctx context.Context, c decision.Command, by decision.Actor, proposal string, uphold bool, reason string) (decision.Receipt, error)
}

// TariffDesk is where changes of the tariff are proposed; *oversight.Desk is one.
type TariffDesk interface {
	ProposeTariff(ctx context.Context, c decision.Command, by decision.Actor, list []tariff.Amendment, reason, urgent string) (decision.Receipt, error)
	RollBackTariff(ctx context.Context, c decision.Command, by decision.Actor, id string, from clock.Date, reason string) (decision.Receipt, error)
	LoadSchedule(ctx context.Context, c decision.Command, by decision.Actor, content []byte, from clock.Date) (decision.Receipt, error)
	Beside(ctx context.Context, id string) (doc oversight.TariffChange, before, after *tariff.Schedule, err error)
	ProposeSchedule(ctx context.Context, c decision.Command, by decision.Actor, id, law, reason string) (decision.Receipt, error)
	DiscardSchedule(ctx context.Context, c decision.Command, by decision.Actor, id string) (decision.Receipt, error)
}

// Treasury is the desk of the money; *treasury.Desk is one.
type Treasury interface {
	ProposeRefund(ctx context.Context, c decision.Command, by decision.Actor, bill string, r treasury.RefundRequest) (decision.Receipt, error)
	ProposeSupplement(ctx context.Context, c decision.Command, by decision.Actor, bill string, r treasury.SupplementRequest) (decision.Receipt, error)
	ProposeReturn(ctx context.Context, c decision.Command, by decision.Actor, payment string, r treasury.RefundRequest) (decision.Receipt, error)
	Use(ctx context.Context, c decision.Command, by decision.Actor, payment, number, reason string) (decision.Receipt, error)
	SettleDifference(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	Reconcile(ctx context.Context, c decision.Command, by decision.Actor, bank string, day clock.Date, ours num.Money) (decision.Receipt, error)
	Explain(ctx context.Context, c decision.Command, by decision.Actor, id string, difference int, reason string) (decision.Receipt, error)
	Answer(ctx context.Context, c decision.Command, by decision.Actor, number string, accept bool, reason string) (decision.Receipt, error)
	ProposeCover(ctx context.Context, c decision.Command, by decision.Actor, r treasury.CoverRequest) (decision.Receipt, error)
	ProposeCoverChange(ctx context.Context, c decision.Command, by decision.Actor, number string, change treasury.CoverChange) (decision.Receipt, error)
	EndCover(ctx context.Context, c decision.Command, by decision.Actor, number, reason string) (decision.Receipt, error)
	ProposeCoverReturn(ctx context.Context, c decision.Command, by decision.Actor, number, reason string) (decision.Receipt, error)
}

// Identity signs people in and out. A session token is opaque; the console keeps
// it in a cookie that scripts cannot read.
type Identity interface {
	UseLink(ctx context.Context, token string) (session string, v Viewer, err error)
	SignIn(ctx context.Context, name, password string) (session string, v Viewer, err error)
	SignOut(ctx context.Context, session string) error
}

// Accounts is where accounts of people and machines are kept; *registry.Registry
// is one.
type Accounts interface {
	OpenAccount(ctx context.Context, c decision.Command, by decision.Actor, u party.User) (decision.Receipt, error)
	SetAccount(ctx context.Context, c decision.Command, by decision.Actor, id string, state party.UserState) (decision.Receipt, error)
	OpenClient(ctx context.Context, c decision.Command, by decision.Actor, m party.Client) (decision.Receipt, error)
	SetClient(ctx context.Context, c decision.Command, by decision.Actor, id string, state party.UserState) (decision.Receipt, error)
	RenewClient(ctx context.Context, c decision.Command, by decision.Actor, id, hash string) (decision.Receipt, error)
}

// Secrets makes what is shown once; *identity.Desk is one. Token gives a new
// secret, MakeLink a one-time sign-in link of an account.
type Secrets interface {
	Token() (string, error)
	MakeLink(ctx context.Context, by decision.Actor, user string, life time.Duration) (token string, expires clock.Instant, err error)
}

// LaneDesk is what people do at a lane; *control.Desk is one.
type LaneDesk interface {
	Barrier(ctx context.Context, c decision.Command, by decision.Actor, passage string, moved gate.Barrier) (decision.Receipt, error)
	Override(ctx context.Context, c decision.Command, by decision.Actor, passage string, o control.Overriding) (decision.Receipt, error)
	ConfirmOverride(ctx context.Context, c decision.Command, by decision.Actor, passage string, agree bool) (decision.Receipt, error)
}

// house gives what the screens read through.
func (s *Server) house() *House { return &s.deps.House }

func (s *Server) now() clock.Instant { return clock.At(s.deps.Now()) }

// who gives the person of the request as one who acts.
func (s *Server) who(ctx context.Context) (party.Who, error) {
	v := ViewerOf(ctx)
	if s.deps.House.Who != nil {
		return s.deps.House.Who(ctx, v)
	}
	kind := journal.Officer
	if v.Enterprise != "" {
		kind = journal.Enterprise
	}
	return party.Who{On: s.now().Date(), Actor: decision.Actor{
		ID: v.ID, Kind: kind, Name: v.Name, Enterprise: v.Enterprise, Areas: v.Areas, Posts: v.Posts,
	}}, nil
}

// may tells whether the person of the request may do something, and who that is.
func (s *Server) may(ctx context.Context, action party.Action, object party.Object) (party.Who, error) {
	who, err := s.who(ctx)
	if err != nil {
		return who, err
	}
	return who, party.May(who, action, object)
}

// reads is may for looking at one document: what staff see of an enterprise is
// recorded before it is shown.
func (s *Server) reads(ctx context.Context, object party.Object) (party.Who, error) {
	return s.readsOf(ctx, object, journal.Ref{Kind: object.Kind, ID: object.ID})
}

// readsOf is reads where the right is that of another kind of document than the
// one that is shown: statements and payments are read by who reads tax bills.
func (s *Server) readsOf(ctx context.Context, object party.Object, shown journal.Ref) (party.Who, error) {
	who, err := s.may(ctx, party.View, object)
	if err != nil || who.Actor.Kind != journal.Officer || s.deps.House.Logged == nil {
		return who, err
	}
	return who, s.deps.House.Logged(ctx, ViewerOf(ctx), shown.Kind, shown.ID)
}

// can is may for a button: why it is off, "" when it is on.
func can(ctx context.Context, who party.Who, action party.Action, object party.Object) string {
	return offBecause(ctx, party.May(who, action, object))
}

// offBecause says in the page's language why an act cannot be done now.
func offBecause(ctx context.Context, err error) string {
	if err == nil {
		return ""
	}
	faults := fault.All(err)
	if len(faults) == 0 {
		return T(ctx, "state.failed")
	}
	text, cure := Refusal(ctx, faults[0])
	return sentence(text) + " " + sentence(cure)
}

// command begins a command of the person of this request. The form carries the
// key, so that sending it twice does it once.
func (s *Server) command(r *http.Request, name string, by decision.Actor) decision.Command {
	return decision.Command{
		Name: name, Actor: by.ID, Key: r.PostForm.Get("key"), Content: []byte(contentOf(r)), Received: s.now(),
	}
}

// contentOf gives what was sent, in an order that does not depend on chance.
func contentOf(r *http.Request) string {
	names := make([]string, 0, len(r.PostForm))
	for name := range r.PostForm {
		if name != "key" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	content := r.URL.Path
	for _, name := range names {
		for _, value := range r.PostForm[name] {
			content += "\x00" + name + "\x01" + value
		}
	}
	return content
}

// newKey gives the key of a form that is shown now.
func newKey() string { return rand.Text() }

// formLimit bounds a form without a file; a declaration of 50 lines is some 20 kB.
const formLimit = 1 << 20

// form reads a posted form, bounded; one that may carry a file comes in parts. It
// answers by itself when that fails.
func (s *Server) form(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	err := r.ParseForm()
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "multipart/form-data" {
		err = r.ParseMultipartForm(formLimit)
	}
	if err != nil {
		s.Fail(w, r, fault.New(fault.Invalid, "CONSOLE-FORM-01", "", "the form could not be read, or it is too large",
			"send it again from its page").Because(err))
		return false
	}
	return true
}

// sent leads on after an act: the browser asks for the page anew, so that going
// back or reloading never sends twice.
func sent(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, localPath(path), http.StatusSeeOther)
}

// areaOf gives the area whose documents an office takes, "" for any other office.
func areaOf(office string) string {
	if a, ok := party.Organisation().AreaOfOffice(codelist.OfficeCode(office)); ok {
		return a.ID
	}
	return ""
}

// offices lists the offices of the areas that somebody works in; nil is all.
func offices(areas []string) []string {
	if len(areas) == 0 || slices.Contains(areas, party.AnyArea) {
		return nil
	}
	list := []string{""}
	for _, a := range party.Organisation().Areas {
		if slices.Contains(areas, a.ID) && !slices.Contains(list, string(a.Office)) {
			list = append(list, string(a.Office))
		}
	}
	return list
}

// inLanguage picks the wording of the page's language.
func inLanguage(ctx context.Context, en, zh string) string {
	if (LanguageOf(ctx) != "en" && zh != "") || en == "" {
		return zh
	}
	return en
}

// codeName gives the meaning of a code of a list, the code itself where the list
// does not know it.
func (s *Server) codeName(ctx context.Context, list codelist.ListName, code string) string {
	if code == "" || s.deps.House.Reference == nil {
		return code
	}
	if e, ok := s.deps.House.Reference().Codes.At(list, code, s.now().Date()); ok {
		return e.Label(LanguageOf(ctx))
	}
	return code
}

// at gives the faults of err under a pointer, for one field of a form.
func at(path string, err error) fault.List {
	var list fault.List
	if list.Add(path, err) != nil {
		return fault.List{fault.New(fault.Invalid, "CONSOLE-FORM-02", path, "this value cannot be read", "look at it again")}
	}
	return list
}
