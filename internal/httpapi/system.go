package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/party"
	"seine/internal/store"
	"seine/web"
)

// metrics count what the door does, by route and never by person.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	time     *prometheus.HistogramVec
	streams  prometheus.Gauge
	none     *seen
}

// seen is what is counted of one route.
type seen struct {
	pattern string
	m       *metrics
	time    prometheus.Observer
	mu      sync.Mutex
	byCode  map[int]prometheus.Counter
}

func newMetrics(st Store) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seine_http_requests_total", Help: "Requests answered, by route and status."}, []string{"route", "status"})
	m.time = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "seine_http_request_seconds", Help: "Time from the first header to the last byte of the answer.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route"})
	m.streams = prometheus.NewGauge(prometheus.GaugeOpts{Name: "seine_event_streams", Help: "Live event streams open now."})
	m.registry.MustRegister(m.requests, m.time, m.streams, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	figure := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	figure("seine_store_outcomes_total", "Outcomes written.", func() float64 { return float64(st.Stats().Outcomes) })
	figure("seine_store_commits_total", "Durable commits; outcomes share them.", func() float64 { return float64(st.Stats().Batches) })
	figure("seine_store_races_total", "Decisions taken again because others were first.", func() float64 { return float64(st.Stats().Races) })
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "seine_store_waiting", Help: "Commands that wait for the writer."}, func() float64 { return float64(st.Stats().Waiting) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "seine_journal_position", Help: "Highest position of the journal."}, func() float64 { return float64(st.Position()) }),
		outbox{st}, late{st},
	)
	m.none = m.route("none")
	return m
}

// outbox reads what waits to be sent when it is asked for.
type outbox struct{ store Store }

var outboxFigure = prometheus.NewDesc("seine_outbox", "Orders that wait to be sent or were given up.", []string{"channel", "state"}, nil)

func (o outbox) Describe(c chan<- *prometheus.Desc) { c <- outboxFigure }

func (o outbox) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	counts, err := o.store.OutboxCounts(ctx)
	if err != nil {
		c <- prometheus.NewInvalidMetric(outboxFigure, err)
		return
	}
	for channel, states := range counts {
		for state, n := range states {
			c <- prometheus.MustNewConstMetric(outboxFigure, prometheus.GaugeValue, float64(n), channel, state)
		}
	}
}

// late counts the steps whose limit passed and that still wait, when it is asked
// for.
type late struct{ store Store }

// lateMost bounds the counting.
const lateMost = 100_000

var lateFigure = prometheus.NewDesc("seine_late_steps", "Steps that still wait after their limit passed.", nil, nil)

func (l late) Describe(c chan<- *prometheus.Desc) { c <- lateFigure }

func (l late) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n, err := l.store.Count(ctx, dossier.Late, store.Query{Open: true}, lateMost)
	if err != nil {
		c <- prometheus.NewInvalidMetric(lateFigure, err)
		return
	}
	c <- prometheus.MustNewConstMetric(lateFigure, prometheus.GaugeValue, float64(n))
}

func (m *metrics) route(pattern string) *seen {
	return &seen{pattern: pattern, m: m, time: m.time.WithLabelValues(pattern), byCode: map[int]prometheus.Counter{}}
}

func (m *metrics) observe(r *meter, took time.Duration) {
	at := r.seen
	if at == nil {
		at = m.none
	}
	at.time.Observe(took.Seconds())
	at.mu.Lock()
	c := at.byCode[r.status]
	if c == nil {
		c = m.requests.WithLabelValues(at.pattern, strconv.Itoa(r.status))
		at.byCode[r.status] = c
	}
	at.mu.Unlock()
	c.Inc()
}

// systemRoutes serve what watches the house, and its own description.
func (s *Server) systemRoutes() {
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "application/json", []byte(`{"status":"alive"}`))
	})
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		_, err := s.store.LastCheckpoint(ctx)
		if err == nil && s.Ready != nil {
			err = s.Ready(ctx)
		}
		if err != nil {
			s.log.Warn("not ready", "error", err)
			s.problem(w, r, fault.New(fault.Overload, "HTTP-READY-01", "", "the house cannot work now", "look at its log, and at “seine doctor”").Because(err))
			return
		}
		answer(w, http.StatusOK, "application/json", []byte(`{"status":"ready"}`))
	})
	figures := promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{Timeout: 5 * time.Second})
	s.mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		// On the machine itself anybody may look; from outside, and through a proxy on
		// the machine, who runs the system.
		if !loopback(r.RemoteAddr) || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
			who, err := s.principal(r)
			if err == nil {
				err = s.identity.May(r.Context(), who, party.View, party.Object{Kind: "system", ID: "metrics"})
			}
			if err != nil {
				s.problem(w, r, err)
				return
			}
		}
		figures.ServeHTTP(w, r)
	})
	spec := sync.OnceValues(s.OpenAPI)
	s.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		raw, err := spec()
		if err != nil {
			s.problem(w, r, err)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=300")
		answer(w, http.StatusOK, "application/vnd.oai.openapi+json;version=3.1", raw)
	})
	s.mux.HandleFunc("GET /api/docs", s.docsPage)
}

// docsPage shows the description with Swagger UI where its assets are built in,
// and as a plain link where they are not. Nothing comes from another host.
func (s *Server) docsPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
	style, script, start := web.Path("swagger-ui.css"), web.Path("swagger-ui-bundle.js"), web.Path("swagger-start.js")
	page := `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Seine API</title>`
	if style != "" && script != "" && start != "" {
		page += `<link rel="stylesheet" href="` + style + `"></head><body><div id="swagger" data-spec="/api/openapi.json"></div><script src="` + script +
			`"></script><script src="` + start + `"></script></body></html>`
	} else {
		page += `</head><body><h1>Seine API</h1><p>The description of every address is at <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p></body></html>`
	}
	answer(w, http.StatusOK, "text/html; charset=utf-8", []byte(page))
}
