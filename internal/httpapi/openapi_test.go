package httpapi_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

const openAPIFile = "../../docs/openapi.json"

func TestTheOpenAPIDocumentIsTheOneInTheDocs(t *testing.T) {
	h := open(t)
	raw, err := h.api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(openAPIFile, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(openAPIFile)
	if err != nil || string(kept) != string(raw) {
		t.Errorf("docs/openapi.json is not what the code says (%v): go test ./internal/httpapi -run OpenAPI -update", err)
	}
	var served json.RawMessage
	h.get("", "/api/openapi.json").into(http.StatusOK, &served)
	if string(served)+"\n" != string(raw) {
		t.Error("another document is served")
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Responses   map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	ids, n := map[string]bool{}, 0
	for path, methods := range doc.Paths {
		for method, o := range methods {
			if n++; o.OperationID == "" || o.Summary == "" || ids[o.OperationID] || !strings.Contains(string(o.Responses["default"]), "problem+json") {
				t.Errorf("%s %s: %+v", method, path, o)
			}
			ids[o.OperationID] = true
		}
	}
	if doc.OpenAPI != "3.1.0" || n < 60 {
		t.Errorf("OpenAPI %s with %d operations", doc.OpenAPI, n)
	}
	if page := h.get("", "/api/docs"); page.Status != http.StatusOK || strings.Contains(string(page.Body), "https://") {
		t.Errorf("%d %s", page.Status, page.Body)
	}
}
