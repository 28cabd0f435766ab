package console

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAnybodySeesHowTheHouseIsAndWhatToDo(t *testing.T) {
	z := newZone(t)
	h := New(Deps{House: House{Read: z.store}})
	for tag, words := range map[string][2]string{"en": {"Works</", "under the same idempotency key"}, "zh-CN": {"正常</", "请用同一幂等键重新发送"}} {
		w := get(t, h, "/status", "Accept-Language", tag)
		if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, words[0]) || !strings.Contains(body, words[1]) {
			t.Errorf("%s: %d %s", tag, w.Code, body)
		}
	}
	// What was written by then is older than a minute, and nobody sealed it.
	z.clock.Advance(2 * time.Minute)
	if body := get(t, h, "/status").Body.String(); !strings.Contains(body, "Works, something is late") {
		t.Errorf("two minutes without a seal: %s", body)
	}
}
