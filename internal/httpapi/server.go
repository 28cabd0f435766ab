package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"seine/internal/bonded"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/draft"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/registry"
	"seine/internal/revenue"
	"seine/internal/store"
	"seine/internal/subscription"
	"seine/internal/treasury"
)

// Store is what the door reads, and writes of its own: messages as they came in,
// and webhooks.
type Store interface {
	identity.Store
	Watchable
	NewID() string
	List(ctx context.Context, kind decision.Kind, q store.Query) (store.Page, error)
	Balance(ctx context.Context, key string) (ledger.Balance, error)
	Pending(ctx context.Context, id string) (ledger.Pending, bool, error)
	History(ctx context.Context, key, from string, limit int) (page []ledger.Movement, next string, err error)
	BalanceRecorded(ctx context.Context, key string, at clock.Instant) (num.Quantity, num.Money, error)
	BalanceEffective(ctx context.Context, key string, on clock.Date) (num.Quantity, num.Money, error)
	OpenWhere(ctx context.Context, kind decision.Kind, column, value string, limit int) ([]json.RawMessage, error)
	Due(ctx context.Context, kind decision.Kind, until clock.Date, after string, limit int) (store.Page, error)
	Revenue(ctx context.Context, f revenue.ReportFilter) ([]revenue.ReportRow, error)
	Explore(ctx context.Context, f store.Filter) (store.EntryPage, error)
	Entry(ctx context.Context, id string) (*store.Stored, error)
	Receipt(ctx context.Context, entry, public string) (journal.Receipt, error)
	LastCheckpoint(ctx context.Context) (store.Sealed, error)
	Condition(ctx context.Context) store.Condition
	Checkpoints(ctx context.Context, after int64, limit int) ([]store.Sealed, error)
	Nodes(ctx context.Context) journal.NodeReader
	ClaimExcept(ctx context.Context, channel string, except []string, limit int, claim time.Duration) ([]store.Outgoing, error)
	ClaimOf(ctx context.Context, channel, target string, limit int, claim time.Duration) ([]store.Outgoing, error)
	Unclaim(ctx context.Context, id string) error
	Sent(ctx context.Context, id, result string) error
	Failed(ctx context.Context, id, result string, again clock.Instant) error
	OpenPage(ctx context.Context, kind decision.Kind, before string) (bodies []json.RawMessage, next string, err error)
	OutboxCounts(ctx context.Context) (map[string]map[string]int, error)
	Count(ctx context.Context, kind decision.Kind, q store.Query, limit int) (int, error)
	Stats() store.Stats
}

// Watchable is the journal as a feed.
type Watchable interface {
	Watch() (positions <-chan int64, stop func())
	Entries(ctx context.Context, after int64, limit int) ([]*store.Stored, error)
	Position() int64
}

// Deps is what the house gives to the door. Where a desk is nil its addresses
// are left out.
type Deps struct {
	Store     Store
	Clock     clock.Clock
	Log       *slog.Logger
	Identity  *identity.Desk
	SignOn    *identity.SignOn // nil: local accounts only
	Registry  *registry.Registry
	Clearance *clearance.Desk
	Treasury  *treasury.Desk
	// Cash gives the balance of the treasury's account at a bank at the end of a
	// day, as the books have it.
	Cash      func(ctx context.Context, bank string, day clock.Date) (num.Money, error)
	Bonded    *bonded.Desk
	Review    *deliberation.Desk
	Oversight *oversight.Desk
	Gate      *control.Desk
	Reference func() *clearance.Reference
	LogKey    string // public key of the journal
	Extract   Extract
	Secure    bool   // the door is reached by TLS only: cookies say so
	PublicURL string // source of webhook events; "urn:seine" where empty
	// Ready tells why the house cannot work now, nil when it can.
	Ready func(ctx context.Context) error
	// Hooks sends webhooks; it is made with NewWebhooks and run by the house.
	Hooks *Webhooks
	// Subscriptions is where webhooks are kept.
	Subscriptions *subscription.Desk
	// Drafts is where unfinished forms are kept.
	Drafts *draft.Desk
	// Figures are counted elsewhere in the house and shown at /metrics.
	Figures []prometheus.Collector
}

// Server is the door. It serves /api/v1, /api/openapi.json, /api/docs, /healthz,
// /readyz and /metrics.
type Server struct {
	Deps
	log      *slog.Logger
	clock    clock.Clock
	store    Store
	identity *identity.Desk
	mux      *http.ServeMux
	docs     huma.API
	metrics  *metrics
	handler  http.Handler
}

// New gives the door.
func New(d Deps) *Server {
	if d.Clock == nil {
		d.Clock = &clock.System{}
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.PublicURL == "" {
		d.PublicURL = "urn:seine"
	}
	s := &Server{Deps: d, log: d.Log, clock: d.Clock, store: d.Store, identity: d.Identity, mux: http.NewServeMux(), docs: newDocs()}
	s.metrics = newMetrics(d.Store)
	s.metrics.registry.MustRegister(d.Figures...)
	s.identityRoutes()
	s.manifestRoutes()
	s.declarationRoutes()
	s.draftRoutes()
	s.inspectionRoutes()
	s.moneyRoutes()
	s.lateRoutes()
	s.tariffRoutes()
	s.bookRoutes()
	s.feedRoutes()
	s.writeOffRoutes()
	s.gateRoutes()
	s.oversightRoutes()
	s.registryRoutes()
	s.knowledgeRoutes()
	s.journalRoutes()
	s.webhookRoutes()
	s.systemRoutes()
	s.mux.HandleFunc("/", s.nowhere)
	s.handler = http.NewCrossOriginProtection().Handler(s.mux)
	return s
}

// nowhere answers for an address or a method that there is not.
func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if method == r.Method {
			continue
		}
		other := *r
		other.Method = method
		if _, pattern := s.mux.Handler(&other); pattern != "/" && pattern != "" {
			w.Header().Set("Allow", method)
			s.problem(w, r, fault.New(fault.Invalid, "HTTP-METHOD-01", "", "{method} is not done at this address", "use {other}", "method", r.Method, "other", method))
			return
		}
	}
	s.problem(w, r, fault.New(fault.NotFound, "HTTP-ROUTE-01", "", "there is nothing at {path}", "see /api/openapi.json for the addresses", "path", clip(r.URL.Path)))
}

type referenceKey struct{}

func referenceOf(ctx context.Context) string {
	if m, ok := ctx.Value(referenceKey{}).(*meter); ok {
		return m.reference
	}
	return ""
}

// ServeHTTP numbers a request, serves it, counts it and logs it: route, status
// and time, nothing of a person or a paper.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := &meter{ResponseWriter: w, began: time.Now(), reference: r.Header.Get("X-Request-Id")}
	if !plainReference(m.reference) {
		m.reference = rand.Text()[:16]
	}
	w.Header()["X-Request-Id"] = []string{m.reference}
	w.Header()["X-Content-Type-Options"] = noSniff
	r = r.WithContext(context.WithValue(r.Context(), referenceKey{}, m))
	defer func() {
		if p := recover(); p != nil {
			if err, is := p.(error); is && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			s.log.Error("request broke off", "reference", m.reference, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			if m.status == 0 {
				s.problem(m, r, fmt.Errorf("panic: %v", p))
			}
		}
		took := time.Since(m.began)
		s.metrics.observe(m, took)
		if s.log.Enabled(r.Context(), slog.LevelDebug) {
			s.log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("reference", m.reference), slog.String("method", r.Method),
				slog.String("route", m.route()), slog.Int("status", m.status), slog.Int64("bytes", m.bytes), slog.Duration("took", took))
		}
	}()
	s.handler.ServeHTTP(m, r)
}

var noSniff = []string{"nosniff"}

func plainReference(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// Time-outs of the connections of the door.
const (
	headerTime = 10 * time.Second
	readTime   = 60 * time.Second
	writeTime  = 90 * time.Second
	idleTime   = 2 * time.Minute
	maxHeader  = 32 << 10
)

// Listener gives a server for h with the time-outs and limits of the house. Live
// streams lift the write time-out for themselves.
func Listener(address string, h http.Handler) *http.Server {
	return &http.Server{
		Addr: address, Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime,
		IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
	}
}

// meter sees how a request was answered.
type meter struct {
	http.ResponseWriter
	began     time.Time
	reference string
	status    int
	bytes     int64
	seen      *seen
}

func (m *meter) route() string {
	if m.seen == nil {
		return "none"
	}
	return m.seen.pattern
}

// WriteHeader notes the status.
func (m *meter) WriteHeader(status int) {
	if m.status == 0 {
		m.status = status
	}
	m.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (m *meter) Write(b []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(b)
	m.bytes += int64(n)
	return n, err
}

// Unwrap lets a stream flush and lift its time limit.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }
