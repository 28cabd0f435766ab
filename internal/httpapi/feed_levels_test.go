package httpapi_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"seine/internal/dossier"
	"seine/internal/feed"
	"seine/internal/num"
	"seine/internal/store"
)

// bills are bills of material of several levels: product → component → how many
// for one.
type bills map[string]map[string]num.Quantity

// publicBills reads the bills of the public demonstration sets that are there:
// of frePPLe, whose operations consume and produce, and of a planning example.
func publicBills(t *testing.T) map[string]bills {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "data", "09-bom")
	all := map[string]bills{}
	read := func(name string, into any) bool {
		f, err := os.Open(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var r io.Reader = f
		if filepath.Ext(name) == ".gz" {
			if r, err = gzip.NewReader(f); err != nil {
				t.Fatal(err)
			}
		}
		if err := json.NewDecoder(r).Decode(into); err != nil {
			t.Fatal(err)
		}
		return true
	}
	var objects []struct {
		Model  string
		Fields struct {
			Item      string      `json:"item_id"`
			Operation string      `json:"operation_id"`
			Quantity  json.Number `json:"quantity"`
		}
	}
	if read("frepple/manufacturing_demo.json.gz", &objects) {
		makes, uses := map[string]string{}, map[string]map[string]num.Quantity{}
		for _, o := range objects {
			if o.Model != "input.operationmaterial" {
				continue
			}
			q := exactly(t, o.Fields.Quantity)
			if q > 0 {
				makes[o.Fields.Operation] = o.Fields.Item
				continue
			}
			if uses[o.Fields.Operation] == nil {
				uses[o.Fields.Operation] = map[string]num.Quantity{}
			}
			uses[o.Fields.Operation][o.Fields.Item] = -q
		}
		b := bills{}
		for _, operation := range slices.Sorted(maps.Keys(uses)) {
			product := makes[operation]
			if product == "" { // a step of a routing: what it consumes belongs to the step that produces
				for last, made := range makes {
					if uses[last] == nil {
						product = made
					}
				}
			}
			b[product] = uses[operation]
		}
		all["frePPLe"] = b
	}
	var example struct {
		Lines []struct {
			Product   string      `json:"product"`
			Component string      `json:"component"`
			Quantity  json.Number `json:"quantity"`
		} `json:"bom_lines"`
	}
	if read("multi_level_bom_example.json", &example) {
		b := bills{}
		for _, l := range example.Lines {
			if b[l.Product] == nil {
				b[l.Product] = map[string]num.Quantity{}
			}
			b[l.Product][l.Component] = exactly(t, l.Quantity)
		}
		all["planning example"] = b
	}
	return all
}

func exactly(t *testing.T, n json.Number) num.Quantity {
	t.Helper()
	q, err := num.ParseQuantity(n.String())
	if err != nil || q%num.OneQuantity != 0 {
		t.Fatalf("%s is no whole number of a component: %v", n, err)
	}
	return q
}

// making writes the messages of one factory: what is needed is bought or made
// first, whatever the level.
type making struct {
	bills
	day    string
	orders int
	files  [][]map[string]any
	parts  map[string]bool
}

func (m *making) record(kind, id string, members map[string]any) map[string]any {
	members["kind"], members["id"], members["on"] = kind, id, m.day
	return members
}

// make gives the lot in which n of a product lie, bought or made. n counts whole
// products, so that every need is exact.
func (m *making) make(product string, n int64) string {
	m.parts[product] = true
	m.orders++
	lot := fmt.Sprintf("L%03d", m.orders)
	quantity := (num.Quantity(n) * num.OneQuantity).String()
	needs := m.bills[product]
	if needs == nil {
		m.files = append(m.files, []map[string]any{m.record("receipt", "buy-"+lot, map[string]any{"part": product, "lot": lot, "quantity": quantity, "unit": "C62", "location": "S"})})
		return lot
	}
	order := "WO-" + lot
	var plan []map[string]any
	var issues []map[string]any
	for _, component := range slices.Sorted(maps.Keys(needs)) {
		need := needs[component] * num.Quantity(n)
		from := m.make(component, int64(need/num.OneQuantity))
		plan = append(plan, map[string]any{"part": component, "quantity": need.String()})
		issues = append(issues, m.record("issue", "use-"+order+"-"+from, map[string]any{"part": component, "lot": from, "quantity": need.String(), "unit": "C62", "location": "S", "workOrder": order}))
	}
	state := func(s string, more map[string]any) map[string]any {
		more["workOrder"], more["state"] = order, s
		return m.record("work-order", s+"-"+order, more)
	}
	file := []map[string]any{state("released", map[string]any{"part": product, "quantity": quantity, "unit": "C62", "materials": plan}), state("issuing", map[string]any{})}
	file = append(file, issues...)
	file = append(file, m.record("output", "make-"+order, map[string]any{"part": product, "lot": lot, "quantity": quantity, "unit": "C62", "location": "S", "workOrder": order}), state("completed", map[string]any{}), state("closed", map[string]any{}))
	m.files = append(m.files, file)
	return lot
}

// Bills of several levels go through the client as work orders: every intermediate
// product is used up by the order above it, every order keeps to its plan, and
// only what was ordered lies there in the end.
func TestBillsOfSeveralLevelsGoThroughTheClient(t *testing.T) {
	sets := publicBills(t)
	if len(sets) == 0 {
		t.Skip("the public demonstration sets are absent: 0 bills of several levels were sent")
	}
	client := filepath.Join(t.TempDir(), "seine-feed")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", client, "seine/clients/go").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		t.Run(name, func(t *testing.T) {
			h, number := fed(t)
			m := &making{bills: sets[name], day: h.app.Clock.Now().Date().String(), parts: map[string]bool{}}
			used := map[string]bool{}
			for _, needs := range m.bills {
				for component := range needs {
					used[component] = true
				}
			}
			const each = 6
			want := map[string]num.Quantity{}
			for _, product := range slices.Sorted(maps.Keys(m.bills)) {
				if !used[product] { // of the highest level
					m.make(product, each)
					want[product] = each * num.OneQuantity
				}
			}
			var masters []map[string]any
			for _, part := range slices.Sorted(maps.Keys(m.parts)) {
				masters = append(masters, m.record("part", "part-"+part, map[string]any{"part": part, "unit": "C62"}))
			}
			dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
			for i, file := range append([][]map[string]any{masters}, m.files...) {
				body, err := json.Marshal(file)
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.json", i)), body, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(secret, []byte("secret of trader"), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), client, "--url", h.url, "--client", "trader", "--secret-file", secret, "--book", number, "--system", "erp", dir).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			ids, err := h.app.Store.Find(t.Context(), dossier.FeedPart, "book", number, 1000)
			if err != nil || len(ids) != len(m.parts) {
				t.Fatal(len(ids), len(m.parts), err)
			}
			for _, id := range ids {
				var p feed.Part
				if _, err := h.app.Store.Load(t.Context(), dossier.FeedPart, id, &p); err != nil {
					t.Fatal(err)
				}
				var held num.Quantity
				for i := range p.Lots {
					held += p.Lots[i].OnHand() + p.Lots[i].Progress
				}
				if held != want[p.Number] {
					t.Errorf("of %s there are %s, not %s", p.Number, held, want[p.Number])
				}
			}
			var orders struct{ Items []feed.WorkOrder }
			h.get("trader", "/api/v1/feeds/"+number+"/work-orders?limit=200").into(http.StatusOK, &orders)
			for i := range orders.Items {
				if o := &orders.Items[i]; o.State != feed.OrderClosed {
					t.Errorf("%s is %s", o.Number, o.State)
				}
			}
			page, err := h.app.Store.List(t.Context(), dossier.FeedMessage, store.Query{Where: map[string][]string{"book": {number}}, Limit: 1000})
			if err != nil || len(page.Items) != len(m.files)+1 {
				t.Fatal(len(page.Items), err)
			}
			for _, item := range page.Items {
				var got feed.Received
				if err := json.Unmarshal(item.Body, &got); err != nil || got.State != feed.Done || len(got.Findings) > 0 {
					t.Errorf("message %d: %s %v %v", got.Sequence, got.State, got.Findings, err)
				}
			}
			t.Logf("%d bills, %d work orders, %d messages of %s went through the client", len(m.bills), len(orders.Items), len(page.Items), name)
		})
	}
}
