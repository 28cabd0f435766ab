package httpapi_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"seine/internal/clearance"
)

func TestSmoke(t *testing.T) {
	h := open(t)
	r := h.post("trader", "/api/v1/declarations", lodging(h.bill(), ""))
	t.Logf("%d %v %s", r.Status, r.Header, r.Body)
	r = h.get("1001", "/api/v1/declarations")
	t.Logf("%d %s", r.Status, r.Body)
	var _ = clearance.ActRelease
	var _ = http.MethodGet
	var _ = bytes.MinRead
	var _ = strings.Cut
}
