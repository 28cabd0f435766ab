package app

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"seine/internal/fault"
	"seine/internal/httpapi"
)

// Bounds of a demonstration for the public, for each address that visits it.
const (
	showcaseBurst   = 120             // requests at once: a page with what hangs on it
	showcaseRefill  = 4               // requests a second afterwards
	showcaseStreams = 4               // pages that follow live
	showcaseKnown   = 20_000          // addresses remembered
	showcaseForget  = 2 * time.Minute // after which one counts as new
)

// Showcase opens the doors of a demonstration to the public: who comes may look,
// and change nothing; the interface for machines answers what it is asked and does
// nothing; figures of operation stay inside; and nobody may ask faster than a
// person reads. A proxy on the same machine is believed whom it speaks for.
// Faults: APP-SHOWCASE-01 (something would be changed), APP-SHOWCASE-02 (too fast).
func Showcase(doors http.Handler, now func() time.Time) http.Handler {
	bounds := &visitors{now: now, known: map[string]*visitor{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		live := r.URL.Path == "/live" || r.URL.Path == "/api/v1/events"
		from := visitorOf(r)
		if !bounds.come(from, live) {
			w.Header().Set("Retry-After", "30")
			refuse(w, http.StatusTooManyRequests, fault.New(fault.Overload, "APP-SHOWCASE-02", "", "this demonstration was asked too much at once", "wait half a minute, or start one of your own with “seine demo”"))
			return
		}
		if live {
			defer bounds.leave(from)
		}
		machines := strings.HasPrefix(r.URL.Path, "/api/")
		switch {
		case r.URL.Path == "/metrics":
			http.NotFound(w, r)
		case machines && r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
			refuse(w, http.StatusForbidden, fault.New(fault.Forbidden, "APP-SHOWCASE-01", "", "nothing can be changed in this demonstration", "start one of your own with “seine demo”"))
		default:
			doors.ServeHTTP(w, r)
		}
	})
}

func refuse(w http.ResponseWriter, status int, f *fault.Fault) {
	p := httpapi.ProblemOf(f, "")
	p.Status, p.Title = status, http.StatusText(status)
	body, err := json.Marshal(p)
	if err != nil {
		http.Error(w, f.Message(), status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// visitorOf gives the address of whoever asks: what a proxy on this machine says
// last, else the other end of the connection.
func visitorOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		said := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if last := net.ParseIP(strings.TrimSpace(said[len(said)-1])); last != nil {
			return last.String()
		}
	}
	return host
}

// visitor is what an address has left.
type visitor struct {
	left    float64
	seen    time.Time
	streams int
}

type visitors struct {
	mu    sync.Mutex
	now   func() time.Time
	known map[string]*visitor
}

// come takes one request of an address, and one stream; false when it has none
// left.
func (b *visitors) come(from string, stream bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	v := b.known[from]
	if v == nil {
		if len(b.known) >= showcaseKnown && !b.forget(now) {
			return false
		}
		v = &visitor{left: showcaseBurst, seen: now}
		b.known[from] = v
	}
	v.left = min(showcaseBurst, v.left+now.Sub(v.seen).Seconds()*showcaseRefill)
	v.seen = now
	if v.left < 1 || stream && v.streams >= showcaseStreams {
		return false
	}
	v.left--
	if stream {
		v.streams++
	}
	return true
}

func (b *visitors) leave(from string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v := b.known[from]; v != nil {
		v.streams--
	}
}

// forget makes room for new addresses; false when all known ones are at it.
func (b *visitors) forget(now time.Time) bool {
	for from, v := range b.known {
		if v.streams == 0 && now.Sub(v.seen) > showcaseForget {
			delete(b.known, from)
		}
	}
	return len(b.known) < showcaseKnown
}
