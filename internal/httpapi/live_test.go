package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"seine/internal/app"
	"seine/internal/httpapi"
	"seine/internal/store/storetest"
	"seine/internal/subscription"
)

// event is one message of a stream.
type event struct{ id, kind, data string }

// stream opens the live journal; events come until the test ends or stop.
func (h *house) stream(who, query, last string) (events <-chan event, stop func()) {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/v1/events"+query, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.tokens[who])
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	body := res.Body
	h.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("X-Accel-Buffering") != "no" {
		text, _ := io.ReadAll(body)
		h.t.Fatalf("%d %v %s", res.StatusCode, res.Header, text)
	}
	c := make(chan event, 1000)
	go func() {
		var e event
		for lines := bufio.NewScanner(body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.kind = value
			case "data":
				e.data = value
			case "":
				if e.id != "" {
					c <- e
				}
				e = event{}
			}
		}
		close(c)
	}()
	h.t.Cleanup(cancel)
	return c, cancel
}

func next(t *testing.T, c <-chan event) event {
	t.Helper()
	select {
	case e, open := <-c:
		if !open {
			t.Fatal("the stream has ended")
		}
		return e
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
	}
	return event{}
}

func TestTheLiveJournalGoesOnWhereItStoppedAndShowsOnlyWhatMayBeSeen(t *testing.T) {
	h := open(t)
	mine, stop := h.stream("trader", "?topics=declaration,tax-bill", "")
	theirs, _ := h.stream("broker", "", "")
	first := h.lodge("trader", h.bill(), "")
	e := next(t, mine)
	if e.kind != "declaration.accepted" || !strings.Contains(e.data, first.ID) {
		t.Fatalf("%+v", e)
	}
	var cloud httpapi.CloudEvent
	if err := json.Unmarshal([]byte(e.data), &cloud); err != nil || cloud.SpecVersion != "1.0" || cloud.Sequence != e.id || cloud.Subject != "declaration/"+first.ID {
		t.Errorf("%v %s", err, e.data)
	}
	second := next(t, mine)
	stop()
	// What happens while nobody listens is not lost.
	missed := h.lodge("trader", h.bill(), "")
	again, _ := h.stream("trader", "?topics=declaration,tax-bill", second.id)
	for e := next(t, again); !strings.Contains(e.data, missed.ID); e = next(t, again) {
		if e.id <= second.id && len(e.id) <= len(second.id) {
			t.Fatalf("%s came again", e.id)
		}
	}
	select {
	case e := <-theirs:
		t.Errorf("a stranger saw %+v", e)
	default:
	}
	h.get("trader", "/api/v1/events?topics=A!").refused(http.StatusUnprocessableEntity, "HTTP-TOPIC-01", "/topics")
}

func TestAStreamOutlivesTheTimeLimitsOfOrdinaryRequests(t *testing.T) {
	h := open(t)
	server := httptest.NewUnstartedServer(h.api)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	server.Start()
	defer server.Close()
	h.url = server.URL
	events, stop := h.stream("trader", "?topics=declaration", "")
	defer stop()
	time.Sleep(500 * time.Millisecond)
	h.lodge("trader", h.bill(), "")
	if e := next(t, events); e.kind != "declaration.accepted" {
		t.Errorf("%+v", e)
	}
}

// receiver is a server of an enterprise that takes webhooks, and fails at first.
type receiver struct {
	mu    sync.Mutex
	fails int
	got   []httpapi.CloudEvent
	ids   []string
	bad   []string
	check *standardwebhooks.Webhook
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, _ := io.ReadAll(q.Body)
	if err := r.check.Verify(body, q.Header); err != nil {
		r.bad = append(r.bad, err.Error())
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.fails > 0 {
		r.fails--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var e httpapi.CloudEvent
	if err := json.Unmarshal(body, &e); err != nil {
		r.bad = append(r.bad, err.Error())
	}
	r.got, r.ids = append(r.got, e), append(r.ids, q.Header.Get("webhook-id"))
}

func TestWebhooksAreSignedTriedAgainAndReplayed(t *testing.T) {
	h := open(t)
	r := &receiver{fails: 2}
	server := httptest.NewServer(r)
	defer server.Close()

	h.post("trader", "/api/v1/webhooks", map[string]any{"url": "ftp://x"}).refused(http.StatusUnprocessableEntity, "HTTP-HOOK-01", "/url")
	before := h.app.Store.Position()
	var made subscription.Made
	h.post("trader", "/api/v1/webhooks", map[string]any{"url": server.URL, "topics": []string{"declaration"}}).into(http.StatusCreated, &made)
	var err error
	if r.check, err = standardwebhooks.NewWebhook(made.Secret); err != nil {
		t.Fatal(err)
	}
	if shown := h.get("trader", "/api/v1/webhooks/"+made.ID); strings.Contains(string(shown.Body), made.Secret) {
		t.Errorf("the secret is shown again: %s", shown.Body)
	}
	h.get("broker", "/api/v1/webhooks/"+made.ID).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")

	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := h.hook.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer stop()
	reply := h.lodge("trader", h.bill(), "")
	count := func() int { r.mu.Lock(); defer r.mu.Unlock(); return len(r.got) }
	eventually(t, "the webhook", func() bool { return count() >= 1 })
	r.mu.Lock()
	if len(r.bad) > 0 || r.fails != 0 || r.got[0].ID != r.ids[0] || r.got[0].Type != "seine.declaration.accepted" || !strings.Contains(r.got[0].Subject, reply.ID) {
		t.Errorf("%v %d %s", r.bad, r.fails, text(r.got))
	}
	r.mu.Unlock()
	var page struct{ Items []subscription.Delivery }
	eventually(t, "the delivery to be noted", func() bool {
		h.get("trader", "/api/v1/webhooks/"+made.ID+"/deliveries?state=delivered").into(http.StatusOK, &page)
		return len(page.Items) >= 1
	})
	tried := 0
	for _, d := range page.Items {
		tried = max(tried, d.Attempts)
	}
	if tried < 2 {
		t.Errorf("%s", text(page))
	}

	had := count()
	var again httpapi.Ordered
	h.post("trader", "/api/v1/webhooks/"+made.ID+"/replay", map[string]int64{"after": before}).into(http.StatusAccepted, &again)
	eventually(t, "the replay", func() bool { return count() >= had+again.Deliveries && again.Deliveries > 0 })
	// A new secret: the receiver that still has the old one goes on.
	var rotated subscription.Made
	h.post("trader", "/api/v1/webhooks/"+made.ID+"/secret", nil).into(http.StatusOK, &rotated)
	if rotated.Secret == made.Secret || !strings.HasPrefix(rotated.Secret, "whsec_") {
		t.Errorf("%+v", rotated)
	}
	h.get("trader", "/api/v1/webhooks/"+made.ID+"/deliveries?state=delivered").into(http.StatusOK, &page)
	had = count()
	h.post("trader", "/api/v1/webhooks/"+made.ID+"/deliveries/none/resend", nil).refused(http.StatusConflict, "WEBHOOK-DELIVERY-01", "/delivery")
	h.post("trader", "/api/v1/webhooks/"+made.ID+"/deliveries/"+page.Items[0].ID+"/resend", nil).into(http.StatusAccepted, nil)
	eventually(t, "the entry that was sent again", func() bool { return count() > had })
	h.post("trader", "/api/v1/webhooks/"+made.ID+"/pause", nil).into(http.StatusNoContent, nil)
	h.post("trader", "/api/v1/webhooks/"+made.ID+"/pause", nil).refused(http.StatusConflict, "WEBHOOK-LIFECYCLE-01", "")
	h.post("broker", "/api/v1/webhooks/"+made.ID+"/resume", nil).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("trader", "/api/v1/webhooks/"+made.ID+"/resume", nil).into(http.StatusNoContent, nil)
	h.ask(asked{who: "trader"}, http.MethodDelete, "/api/v1/webhooks/"+made.ID, nil).into(http.StatusNoContent, nil)
	had = count()
	h.lodge("trader", h.bill(), "")
	time.Sleep(50 * time.Millisecond)
	if count() != had {
		t.Error("a removed webhook was sent to")
	}
}

func TestAWebhookThatNeverAnswersIsGivenUp(t *testing.T) {
	h := open(t)
	r := &receiver{fails: 1 << 30}
	server := httptest.NewServer(r)
	defer server.Close()
	var made subscription.Made
	h.post("trader", "/api/v1/webhooks", map[string]any{"url": server.URL}).into(http.StatusCreated, &made)
	r.check, _ = standardwebhooks.NewWebhook(made.Secret)
	h.lodge("trader", h.bill(), "")
	eventually(t, "giving up", func() bool {
		if err := h.hook.FanOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := h.hook.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		var page struct{ Items []subscription.Delivery }
		h.get("trader", "/api/v1/webhooks/"+made.ID+"/deliveries?state=given-up").into(http.StatusOK, &page)
		return len(page.Items) > 0 && page.Items[0].Attempts == 4
	})
}

func TestWebhooksDoNotReachIntoTheHouse(t *testing.T) {
	h := open(t)
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	outside := httpapi.NewWebhooks(h.app.Store, h.desk, h.app.Clock, httpapi.HookOptions{Backoff: []time.Duration{time.Hour}})
	var made subscription.Made
	h.post("trader", "/api/v1/webhooks", map[string]any{"url": server.URL}).into(http.StatusCreated, &made)
	h.lodge("trader", h.bill(), "")
	if err := outside.FanOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := outside.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	var page struct{ Items []subscription.Delivery }
	h.get("trader", "/api/v1/webhooks/"+made.ID+"/deliveries").into(http.StatusOK, &page)
	if len(page.Items) == 0 || !strings.Contains(page.Items[0].Result, "no public") {
		t.Errorf("%s", text(page))
	}
}

func BenchmarkLodgeOverHTTP(b *testing.B) {
	h := open(b)
	d := h.bill()
	d.GrossMass, d.NetMass = 3*d.GrossMass, 3*d.NetMass
	line := d.Lines[0]
	for n := 2; n <= 3; n++ {
		line.Number = n
		d.Lines = append(d.Lines, line)
	}
	body := text(lodging(d, ""))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	b.SetParallelism(128)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequest(http.MethodPost, h.url+"/api/v1/declarations", strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+h.tokens["trader"])
			res, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			answer, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusCreated {
				b.Errorf("%d %s", res.StatusCode, answer)
				return
			}
		}
	})
}

// What waits for a webhook that is paused stays, and goes out when it is resumed;
// what waits for one that is removed ends.
func TestAPauseStopsWhatWaits(t *testing.T) {
	for engine, o := range map[string]func(*testing.T) app.Options{
		"sqlite": func(t *testing.T) app.Options { return app.Options{Dir: t.TempDir()} },
		"postgres": func(t *testing.T) app.Options {
			return app.Options{URL: storetest.PostgresURL(t), Secrets: filepath.Join(t.TempDir(), "secrets")}
		},
	} {
		t.Run(engine, func(t *testing.T) {
			h := openAt(t, o(t))
			r := &receiver{}
			server := httptest.NewServer(r)
			defer server.Close()
			var made subscription.Made
			h.post("trader", "/api/v1/webhooks", map[string]any{"url": server.URL, "topics": []string{"declaration"}}).into(http.StatusCreated, &made)
			r.check, _ = standardwebhooks.NewWebhook(made.Secret)
			path := "/api/v1/webhooks/" + made.ID
			settled := func() (waiting, delivered, ended int) {
				if err := errors.Join(h.app.Store.Settle(t.Context()), h.hook.FanOut(t.Context()), h.hook.Deliver(t.Context())); err != nil {
					t.Fatal(err)
				}
				var page struct{ Items []subscription.Delivery }
				h.get("trader", path+"/deliveries").into(http.StatusOK, &page)
				for _, d := range page.Items {
					switch d.State {
					case subscription.Waiting:
						waiting++
						if d.Attempts > 1 {
							t.Errorf("tried while it was paused: %+v", d)
						}
					case subscription.Delivered:
						delivered++
					case subscription.GivenUp:
						ended++
					}
				}
				return waiting, delivered, ended
			}
			lodged := func() {
				h.lodge("trader", h.bill(), "")
				if err := errors.Join(h.app.Store.Settle(t.Context()), h.hook.FanOut(t.Context())); err != nil {
					t.Fatal(err)
				}
			}
			lodged()
			h.post("trader", path+"/pause", nil).into(http.StatusNoContent, nil)
			waiting, delivered, ended := settled()
			if waiting == 0 || delivered+ended != 0 {
				t.Fatalf("paused: %d wait, %d delivered, %d ended", waiting, delivered, ended)
			}
			h.post("trader", path+"/resume", nil).into(http.StatusNoContent, nil)
			if left, delivered, ended := settled(); left != 0 || delivered != waiting || ended != 0 {
				t.Fatalf("resumed: %d wait, %d of %d delivered, %d ended", left, delivered, waiting, ended)
			}
			lodged()
			h.ask(asked{who: "trader"}, http.MethodDelete, path, nil).into(http.StatusNoContent, nil)
			if left, delivered, ended := settled(); left != 0 || delivered != waiting || ended == 0 {
				t.Fatalf("removed: %d wait, %d delivered, %d ended", left, delivered, ended)
			}
		})
	}
}
