package httpapi_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"seine/clients/go/exports"
	"seine/internal/dossier"
	"seine/internal/feed"
	"seine/internal/num"
	"seine/internal/store"
)

// publicExports is where exports of other systems lie, beside the repository or in
// SEINE_SHARED.
func publicExports() string {
	root := os.Getenv("SEINE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	return filepath.Join(root, "data", "09-bom")
}

// ourExports are small exports of our own in the same forms, for where the public
// ones are absent.
func ourExports(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"inventree/parts.csv":       "pk,name,units\n1,bar,\n2,frame,\n3,table,\n4,paint,litres\n",
		"inventree/bom_items.csv":   "pk,part,sub_part,quantity\n1,2,1,2.00000\n2,3,2,1.00000\n3,3,4,0.25000\n",
		"inventree/builds.csv":      "pk,reference,part,quantity,completed,status\n1,BO1,3,8,8,40\n2,BO2,2,4,1,20\n3,BO3,3,5,0,10\n",
		"inventree/build_lines.csv": "pk,build,bom_item,quantity\n1,1,2,8.00000\n2,1,3,2.00000\n3,2,1,8.00000\n4,3,2,5.00000\n5,3,3,1.25000\n",
		"inventree/build_items.csv": "pk,build_line,stock_item,quantity\n1,3,10,6.00000\n",
		"inventree/stock_items.csv": "pk,part,location,quantity,build,customer,is_building\n10,1,5,30.00000,,,0\n11,3,5,3.00000,1,,0\n14,4,,2.27500,,,0\n",
		"frepple/factory.json": `[{"model":"input.operationmaterial","fields":{"operation_id":"saw","item_id":"leg","quantity":1}},{"model":"input.operationmaterial","fields":{"operation_id":"saw","item_id":"beam","quantity":-1}},
			{"model":"input.operationmaterial","fields":{"operation_id":"glue","item_id":"chair","quantity":1}},{"model":"input.operationmaterial","fields":{"operation_id":"glue","item_id":"leg","quantity":-4}},
			{"model":"input.buffer","fields":{"item_id":"beam","location_id":"F","onhand":7}}]`,
		"workorder_cases.json": `[{"case":"units","bom":{"inputs":[{"item":"cloth","qty":150,"unit":"centimetre","stock_unit":"metre"}],"outputs":[{"item":"flag","qty":1},{"item":"rest","qty":2}]},"work_order_qty":2}]`,
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// stockOf is what the feed's parts hold and what lies in work, by part.
func stockOf(t *testing.T, h *house, number string) (held, work map[string]num.Quantity) {
	t.Helper()
	ids, err := h.app.Store.Find(t.Context(), dossier.FeedPart, "book", number, 5000)
	if err != nil {
		t.Fatal(err)
	}
	held, work = map[string]num.Quantity{}, map[string]num.Quantity{}
	for _, id := range ids {
		var p feed.Part
		if _, err := h.app.Store.Load(t.Context(), dossier.FeedPart, id, &p); err != nil {
			t.Fatal(err)
		}
		held[p.Number], work[p.Number] = 0, 0
		for i := range p.Lots {
			held[p.Number] += p.Lots[i].OnHand()
			work[p.Number] += p.Lots[i].Progress
		}
	}
	return held, work
}

func exact(t *testing.T, q *big.Rat) num.Quantity {
	t.Helper()
	n, err := num.ParseQuantity(q.FloatString(5))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Exports of other systems are read, written as messages and sent by the reference
// client: nothing waits, nothing was taken that was not there, every order keeps to
// its plan, and what lies there in the end is what the export says.
func TestExportsOfOtherSystemsGoThroughTheClient(t *testing.T) {
	client := filepath.Join(t.TempDir(), "seine-feed")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", client, "seine/clients/go").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sets := map[string]string{}
	for name, root := range map[string]string{"our": ourExports(t), "public": publicExports()} {
		entries, err := filepath.Glob(filepath.Join(root, "*"))
		if more, _ := filepath.Glob(filepath.Join(root, "frepple", "*")); err == nil {
			entries = append(entries, more...)
		}
		for _, path := range entries {
			if base := filepath.Base(path); base != "frepple" && filepath.Ext(base) != ".md" {
				sets[name+" "+base] = path
			}
		}
		if len(entries) == 0 {
			t.Log("the public exports are absent: only small ones of our own were sent")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		for way, options := range map[string]exports.Options{"as it is": {}, "all carried out": {Whole: true}, "eight of each": {Make: 8}} {
			if testing.Short() && options.Make == 0 {
				continue
			}
			plant, err := exports.Read(sets[name])
			if err != nil {
				t.Fatal(name, err)
			}
			if options.Whole && len(plant.Orders) == 0 || options.Make > 0 && len(plant.Bills) == 0 {
				continue // it has nothing to carry out
			}
			t.Run(name+" "+way, func(t *testing.T) { sendExport(t, client, plant, options) })
		}
	}
}

func sendExport(t *testing.T, client string, plant *exports.Plant, options exports.Options) {
	t.Helper()
	if len(plant.Problems) > 0 {
		t.Errorf("it does not fit together: %q", plant.Problems)
	}
	h, number := fed(t)
	dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret of trader"), 0o600); err != nil {
		t.Fatal(err)
	}
	options.Day = h.app.Clock.Now().Date().String()
	messages, err := plant.Write(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), client, "--url", h.url, "--client", "trader", "--secret-file", secret, "--book", number, "--system", "erp", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	stored, err := h.app.Store.List(t.Context(), dossier.FeedMessage, store.Query{Where: map[string][]string{"book": {number}}, Limit: 5000})
	if err != nil || len(stored.Items) != messages {
		t.Fatal(len(stored.Items), messages, err)
	}
	for _, item := range stored.Items {
		var got feed.Received
		if err := json.Unmarshal(item.Body, &got); err != nil || got.State != feed.Done || len(got.Findings) > 0 {
			t.Errorf("message %d: %s %v %v", got.Sequence, got.State, got.Findings, err)
		}
	}
	held, work := stockOf(t, h, number)
	if len(held) != len(plant.Parts) {
		t.Errorf("%d parts are known, %d were told", len(held), len(plant.Parts))
	}
	if !options.Whole && options.Make == 0 {
		want := map[string]num.Quantity{}
		for _, l := range plant.Stock {
			want[l.Part] += exact(t, l.Quantity)
		}
		for _, o := range plant.Orders {
			if len(plant.Stock) > 0 {
				break
			}
			want[o.Product] += exact(t, o.Made) // a case that tells of no stock
			for _, also := range o.Also {
				want[also.Part] += exact(t, also.Quantity)
			}
		}
		for part := range held {
			if held[part]+work[part] != want[part] {
				t.Errorf("of %s there are %s and %s in work, the export says %s", part, held[part], work[part], want[part])
			}
		}
	}
	if options.Make > 0 {
		before := map[string]num.Quantity{}
		used := map[string]bool{}
		for _, l := range plant.Stock {
			before[l.Part] += exact(t, l.Quantity)
		}
		for _, needs := range plant.Bills {
			for _, n := range needs {
				used[n.Part] = true
			}
		}
		for product := range plant.Bills {
			want := before[product]
			if !used[product] {
				want += num.Quantity(options.Make) * num.OneQuantity
			}
			if len(plant.Orders) == 0 && held[product] != want {
				t.Errorf("of %s there are %s, not %s", product, held[product], want)
			}
		}
	}
	t.Logf("%d parts, %d bills, %d lots, %d orders (%d lines, %d allocations, %d cases held against each other): %d messages went through the client",
		len(plant.Parts), len(plant.Bills), len(plant.Stock), len(plant.Orders), plant.Checked.Lines, plant.Checked.Allocations, plant.Checked.Cases, messages)
}
