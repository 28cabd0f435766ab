package httpapi_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"seine/clients/go/exports"
	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/feed"
)

// fed is a house in which the book of the trader has a feed that customs accepted.
func fed(t *testing.T) (*house, string) {
	t.Helper()
	h := open(t)
	var filed bonded.Reply
	h.post("trader", "/api/v1/books", book.Book{
		Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: trader}, CompetentOffice: "2218",
		Lines: []book.Line{{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"}},
	}).into(http.StatusCreated, &filed)
	h.post("trader", "/api/v1/feeds", map[string]string{"book": filed.Number, "system": "erp"}).into(http.StatusCreated, nil)
	h.post("1001", "/api/v1/feeds/"+filed.Number+"/acts", map[string]string{"act": "accept"}).into(http.StatusOK, nil)
	return h, filed.Number
}

func TestAFeedOverItsDoor(t *testing.T) {
	h, number := fed(t)
	path := "/api/v1/feeds/" + number
	day := h.app.Clock.Now().Date().String()
	h.post("trader", "/api/v1/feeds", map[string]string{"book": number, "system": "erp"}).refused(http.StatusConflict, "BONDED-FEED-01", "/book")
	if got := h.get("carrier", path).Status; got != http.StatusNotFound {
		t.Errorf("another enterprise sees the feed: %d", got)
	}
	h.post("trader", path+"/acts", map[string]string{"act": "go-live"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("1001", path+"/acts", map[string]string{"act": "go-live"}).refused(http.StatusConflict, "FEED-CLEAN-01", "")
	h.post("1001", path+"/acts", map[string]string{"act": "praise"}).refused(http.StatusUnprocessableEntity, "HTTP-ACT-01", "/act")
	h.post("trader", path+"/messages", `{"sequence":"one"}`).refused(http.StatusUnprocessableEntity, "FEED-READ-02", "/sequence")
	query := "?system=erp&sequence=1&key=key-00001&sentAt=" + day + "T00:00:00%2B08:00"
	table := "kind,id,on,part,unit,bookLine,lot,quantity,location\npart,p," + day + ",OJ,KGM,1,,,\nreceipt,r," + day + ",OJ,BX,,L1,2,A\n"
	var r bonded.FeedReply
	send := func(query, body string) answer {
		return h.ask(asked{who: "trader", kind: "text/csv"}, http.MethodPost, path+"/messages"+query, body)
	}
	send(query, table).into(http.StatusOK, &r)
	if r.State != feed.Stage || r.Faults[0].Code != "FEED-UNIT-01" || r.Faults[0].Path != "/records/1/unit" || r.Faults[0].Text != "BX does not convert to KGM for part OJ" || !strings.Contains(r.Faults[0].TextZH, "BX") || strings.Contains(r.Faults[0].CureZH, "{") {
		t.Errorf("boxes without a conversion: %+v", r)
	}
	send(query, table).into(http.StatusOK, &r)
	if !r.Repeated {
		t.Errorf("the same again: %+v", r)
	}
	var kept feed.Received
	h.get("trader", path+"/messages/1").into(http.StatusOK, &kept)
	if len(kept.Faults) != 1 || kept.Faults[0].Text != r.Faults[0].Text {
		t.Errorf("the message as it waits: %+v", kept.Faults)
	}
	send(query, strings.Replace(table, "part,p,"+day+",OJ", "part,p,"+day+",\xb3\xc8", 1)+"\xb3\xc8,\xff\n").refused(http.StatusUnprocessableEntity, "TEXT-ENCODING-01", "")
	send(query, strings.Replace(table, ",2,", ",3,", 1)).refused(http.StatusConflict, "BONDED-FEED-04", "/sequence")
	h.post("trader", path+"/messages/1/corrections", map[string]any{"record": 1, "reason": "r", "after": map[string]any{"quantity": 2}}).refused(http.StatusUnprocessableEntity, "FEED-READ-02", "/after/quantity")
	h.post("trader", path+"/messages/1/corrections", map[string]any{"record": 1, "reason": "kilograms were meant", "after": map[string]any{
		"kind": "receipt", "id": "r", "on": day, "part": "OJ", "unit": "KGM", "lot": "L1", "quantity": "2", "location": "A",
	}}).into(http.StatusOK, &r)
	if r.State != feed.Done || len(r.Findings) != 1 || r.Findings[0].Code != "FEED-PAPER-01" {
		t.Errorf("corrected: %+v", r)
	}
	if err := h.app.CompareFeed(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	var tables struct{ Items []feed.Table }
	h.get("trader", path+"/differences").into(http.StatusOK, &tables)
	if lines := h.sheet("trader", path+"/differences.csv"); len(lines) < 2 || !strings.HasPrefix(lines[0], "day,line,name,unit,book,system,gate,") || strings.Count(lines[1], ",") != strings.Count(lines[0], ",") {
		t.Errorf("the table as a file: %q", lines)
	}
	h.get("carrier", path+"/differences.xlsx").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	if len(tables.Items) != 1 || tables.Items[0].Rows[0].First == nil || tables.Items[0].Rows[0].First.Lot != "L1" {
		t.Errorf("the table: %+v", tables)
	}
	h.post("trader", path+"/differences/explanations", map[string]any{"line": 1, "reason": "r"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("1001", path+"/differences/explanations", map[string]any{"line": 1, "reason": "sample for the laboratory"}).into(http.StatusOK, nil)
}

// records writes one file of a folder.
func records(t *testing.T, dir, name string, list []feed.Record) {
	t.Helper()
	body, err := json.Marshal(list)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), body, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Each client sends a folder, stop at a gap in the middle of it and go on; the
// second run of any changes nothing.
func TestTheClientsSendAFolderAndGoOnWhereTheyStopped(t *testing.T) {
	goClient := filepath.Join(t.TempDir(), "seine-feed")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", goClient, "seine/clients/go").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	program := filepath.Join(t.TempDir(), "seine")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "seine/cmd/seine").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	script, _ := filepath.Abs("../../clients/python/seine_feed.py")
	for name, run := range map[string][]string{"go": {goClient}, "seine": {program, "feed", "send"}, "python": {"python3", script}} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(run[0]); err != nil {
				t.Skip("there is no " + run[0] + " here: the client was not run")
			}
			if testing.Short() && name != "go" {
				t.Skip("the client runs by itself, one message after the other: nothing here shares memory")
			}
			h, number := fed(t)
			day := h.app.Clock.Now().Date()
			dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(secret, []byte("secret of trader\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			path := dir
			send := func(status int) string {
				t.Helper()
				args := append(run[1:len(run):len(run)], "--url", h.url, "--client", "trader", "--secret-file", secret, "--book", number, "--system", "erp", path)
				cmd := exec.CommandContext(t.Context(), run[0], args...)
				out, err := cmd.CombinedOutput()
				if got := cmd.ProcessState.ExitCode(); got != status {
					t.Fatalf("it ended with %d, not %d (%v): %s", got, status, err, out)
				}
				return string(out)
			}
			root := publicExports()
			if _, err := os.Stat(root); err != nil {
				root = ourExports(t)
			}
			plant, err := exports.Read(filepath.Join(root, "inventree"))
			if err == nil {
				_, err = plant.Write(dir, exports.Options{Day: day.String(), Whole: true})
			}
			if err != nil {
				t.Fatal(err)
			}
			send(0)
			if out := send(0); out != "" {
				t.Errorf("a second run sent again: %s", out)
			}
			// A file that cannot be read is refused and keeps its number.
			if err := os.WriteFile(filepath.Join(dir, "800-bad.csv"), []byte("kind,id\ngift,,\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			send(1)
			if err := os.WriteFile(filepath.Join(dir, "800-bad.csv"), []byte("kind,id,on,part,unit\npart,z,"+day.String()+",Z,C62\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			send(0)
			if name != "python" { // one file alone, the rest afterwards
				records(t, dir, "850-one.json", []feed.Record{{Kind: feed.PartMaster, ID: "y", On: day, Part: "Y", Unit: "C62"}})
				records(t, dir, "851-two.json", []feed.Record{{Kind: feed.PartMaster, ID: "x", On: day, Part: "X", Unit: "C62"}})
				path = filepath.Join(dir, "850-one.json")
				if out := send(0); !strings.HasPrefix(out, "850-one.json: ") || strings.Contains(out, "851") {
					t.Errorf("one file was to be sent: %s", out)
				}
				path = dir
				if out := send(0); !strings.HasPrefix(out, "851-two.json: ") {
					t.Errorf("the other was left: %s", out)
				}
			}
			// One that stops at customs is told by the end.
			records(t, dir, "900-stop.json", []feed.Record{{Kind: feed.Receipt, ID: "u", On: day, Part: "nobody", Quantity: 1, Unit: "C62"}})
			send(3)
			var f feed.Feed
			h.get("trader", "/api/v1/feeds/"+number).into(http.StatusOK, &f)
			if f.Stopped == 0 || f.Applied != f.Stopped-1 {
				t.Errorf("%+v", f)
			}
			if _, err := os.Stat(filepath.Join(dir, "receipts", "900-stop.json.json")); err != nil {
				t.Error(err)
			}
			t.Logf("%d work orders went through the %s client, %d messages", len(plant.Orders), name, f.Applied)
		})
	}
}
