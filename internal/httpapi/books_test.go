package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"seine/internal/app"
	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/num"
	"seine/internal/writeoff"
)

// sheet asks for a file and gives its lines.
func (h *house) sheet(who, path string) []string {
	h.t.Helper()
	a := h.get(who, path)
	if a.Status != http.StatusOK {
		h.t.Fatalf("%s: %d %s", path, a.Status, a.Body)
	}
	return strings.Split(strings.TrimSpace(strings.TrimPrefix(string(a.Body), "\ufeff")), "\r\n")
}

// An enterprise files for itself without naming itself, for nobody else, and finds
// all of its stock and every movement in the files.
func TestABookOverItsDoor(t *testing.T) {
	h := open(t)
	warehouse := book.Book{
		Kind: book.Logistics, Posting: book.ByPart, CompetentOffice: "2218",
		Lines: []book.Line{{Number: 1, Kind: book.Part, PartNumber: "OJ", Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"}},
	}
	var filed bonded.Reply
	h.post("trader", "/api/v1/books", warehouse).into(http.StatusCreated, &filed)
	var b bonded.Book
	h.get("trader", "/api/v1/books/"+filed.ID).into(http.StatusOK, &b)
	if b.Operator.CreditCode != trader || filed.Number == "" {
		t.Fatalf("filed for %+v as %s", b.Operator, filed.Number)
	}
	warehouse.Operator.CreditCode = trader
	h.post("carrier", "/api/v1/books", warehouse).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	path := "/api/v1/books/" + filed.ID
	today := h.app.Clock.Now().Date()
	h.post("trader", path+"/acts", map[string]any{"act": "state_opening", "opening": bonded.Opening{
		On: today.AddDays(-10), Reason: "counted on the first day", Lines: []bonded.OpeningLine{{Line: 1, Quantity: 100 * num.OneQuantity, Value: 20_000}},
	}}).into(http.StatusOK, nil)
	lines := h.sheet("trader", path+"/balances.csv")
	if lines[0] != "line,part,commodity,name,unit,status,quantity,available,incoming,outgoing,expected,currency,value,old goods" || lines[1] != "1,OJ,2009110000,frozen orange juice,KGM,bonded,100,100,0,0,100,USD,200.00,100" || len(lines) != 2 {
		t.Errorf("what lies there: %q", lines)
	}
	day := today.AddDays(-11).String()
	lines = h.sheet("trader", path+"/balances.csv?effective="+day)
	if !strings.HasSuffix(lines[0], ",known of "+day) || lines[1] != "1,OJ,2009110000,frozen orange juice,KGM,bonded,100,100,0,0,100,USD,200.00,100,0" {
		t.Errorf("with what is known of a day: %q", lines)
	}
	// One movement a page: the file without a limit has all of them.
	if one, all := h.sheet("trader", path+"/lines/1/movements.csv?limit=1"), h.sheet("trader", path+"/lines/1/movements.csv"); len(one) != 2 || len(all) < 2 {
		t.Errorf("%q, %q", one, all)
	}
	if got := h.get("carrier", path+"/balances.csv").Status; got != http.StatusNotFound {
		t.Errorf("another enterprise reads the stock: %d", got)
	}
	var m bonded.Merged
	two := []book.PartItem{{Part: "OJ", Line: 1, Commodity: "2009110000", Unit: "KGM"}, {Part: "OJ", Line: 1, Commodity: "2009120000", Unit: "KGM"}}
	h.post("trader", path+"/merger", map[string]any{"parts": two}).into(http.StatusOK, &m)
	if m.Passes || len(m.Parts) == 0 {
		t.Errorf("a part under two codes: %+v", m)
	}
	h.get("trader", "/api/v1/books/"+filed.ID).into(http.StatusOK, &b)
	if len(b.Parts) != 0 {
		t.Error("trying a merger wrote it")
	}
}

// A part is kept to itself by the office of the book alone: the enterprise neither
// sets the mark nor takes it off.
func TestAPartIsMarkedOverItsDoor(t *testing.T) {
	h := open(t)
	wanted := book.Book{
		Kind: book.Logistics, Posting: book.ByPart, CompetentOffice: "2218",
		Lines: []book.Line{
			{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"},
			{Number: 2, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"},
		},
		Parts: []book.PartItem{{Part: "OJ-1", Line: 1, Commodity: "2009110000", Unit: "KGM"}, {Part: "OJ-2", Line: 1, Commodity: "2009110000", Unit: "KGM"}},
	}
	var filed bonded.Reply
	h.post("trader", "/api/v1/books", wanted).into(http.StatusCreated, &filed)
	path := "/api/v1/books/" + filed.ID
	mark := map[string]any{"act": "mark_part", "part": bonded.PartMark{Part: "OJ-1", Separate: true}, "reason": "under inquiry"}
	h.post("trader", path+"/acts", mark).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("carrier", path+"/acts", mark).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1001", path+"/acts", map[string]any{"act": "mark_part", "part": bonded.PartMark{Part: "OJ-9", Separate: true}, "reason": "r"}).refused(http.StatusUnprocessableEntity, "BONDED-SEPARATE-04", "/part/part")
	h.post("1001", path+"/acts", map[string]any{"act": "mark_part", "part": bonded.PartMark{Part: "OJ-1", Separate: true}}).refused(http.StatusUnprocessableEntity, "BONDED-REASON-01", "/reason")
	h.post("1001", path+"/acts", mark).into(http.StatusOK, nil)
	var b bonded.Book
	h.get("trader", path).into(http.StatusOK, &b)
	if p, ok := b.Marked("OJ-1"); !ok || p.Separation == nil || p.Separation.Reason != "under inquiry" {
		t.Fatalf("%+v", b.Parts)
	}
	var m bonded.Merged
	h.post("trader", path+"/merger", map[string]any{"parts": wanted.Parts}).into(http.StatusOK, &m)
	if m.Passes {
		t.Error("a trial forgets the mark of customs")
	}
	wanted.Operator.CreditCode = trader
	wanted.Parts[0].Line = 2
	h.post("trader", path+"/acts", map[string]any{"act": "change", "book": wanted}).refused(http.StatusConflict, "BONDED-SEPARATE-02", "/parts/0/separate")
	wanted.Parts[0].Separate = true
	h.post("trader", path+"/acts", map[string]any{"act": "change", "book": wanted}).into(http.StatusOK, nil)
}

// A period is drafted, counted by file, given its orders by file, explained and
// submitted over the door; what is wrong in a file is named by its row.
func TestAWriteOffOverItsDoor(t *testing.T) {
	now := clock.NewVirtual(clock.MustDate("2026-11-10").Start().Add(9*time.Hour), true)
	h := openAt(t, app.Options{Dir: t.TempDir(), Clock: now})
	var filed bonded.Reply
	line := func(n int, kind book.LineKind, part, name string) book.Line {
		return book.Line{Number: n, Kind: kind, PartNumber: part, Commodity: "2009110000", Name: name, Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "US"}
	}
	h.post("trader", "/api/v1/books", book.Book{
		Kind: book.Processing, Processing: book.WorkOrder, CycleMonths: 12, CompetentOffice: "2218", Lines: []book.Line{line(1, book.Material, "JUICE", "juice"), line(2, book.Product, "BOTTLE", "bottled juice")},
	}).into(http.StatusCreated, &filed)
	h.post("trader", "/api/v1/books/"+filed.ID+"/acts", map[string]any{"act": "state_opening", "opening": bonded.Opening{
		On: now.Now().Date(), Reason: "counted on the first day", Lines: []bonded.OpeningLine{{Line: 1, Quantity: 100 * num.OneQuantity, Value: 20_000}},
	}}).into(http.StatusOK, nil)
	h.post("trader", "/api/v1/books/"+filed.ID+"/write-offs", bonded.Drafting{Kind: writeoff.Supplementary}).refused(http.StatusConflict, "BONDED-WRITEOFF-01", "/end")
	now.Advance(20 * 24 * time.Hour)
	for _, name := range []string{"trader", "carrier"} { // a token lives a quarter of an hour
		issued, err := h.desk.Issue(t.Context(), name, "secret of "+name)
		if err != nil {
			t.Fatal(err)
		}
		h.tokens[name] = issued.Token
	}
	h.tokens["1001"] = h.session("officer-1001")
	today := now.Now().Date()
	var drafted bonded.Reply
	h.post("trader", "/api/v1/books/"+filed.ID+"/write-offs", bonded.Drafting{Kind: writeoff.Supplementary, End: today.AddDays(-1)}).into(http.StatusCreated, &drafted)
	path := "/api/v1/write-offs/" + drafted.ID
	if got := h.post("carrier", path+"/counts", map[string]any{"counts": []any{}}).Status; got != http.StatusNotFound {
		t.Errorf("another enterprise counts: %d", got)
	}
	file := func(kind, text string) answer {
		return h.ask(asked{who: "trader", kind: "text/csv"}, http.MethodPost, path+"/"+kind+"/file", text)
	}
	on := today.AddDays(-5).String()
	head := "工单号;状态;类别;料号;数量;日期\n"
	file("orders", head+"W1;已关闭;领料;JUICE;x;"+on+"\n").refused(http.StatusUnprocessableEntity, "NUM-SYNTAX-01", "/row/1/quantity")
	file("orders", "order,state\nW1,closed\n").refused(http.StatusUnprocessableEntity, "TABLE-HEADER-01", "/row/0/kind")
	file("orders", head+"W1;已关闭;领料;JUICE;40;"+on+"\nW1;;产出;BOTTLE;38;"+on+"\n").into(http.StatusOK, nil)
	h.post("trader", path+"/orders", map[string]any{"orders": []writeoff.Order{{Number: "W1", State: writeoff.OrderClosed}}}).refused(http.StatusConflict, "WRITEOFF-ORDER-03", "/orders/0/state")
	file("counts", "line,quantity\n9,1\n").refused(http.StatusUnprocessableEntity, "WRITEOFF-COUNT-01", "/row/1/line")
	file("counts", "part,quantity,unit\nJUICE,60,BX\n").refused(http.StatusUnprocessableEntity, "WRITEOFF-COUNT-03", "/row/1/unit")
	file("counts", "part,quantity\nJUICE,59\nBOTTLE,38\n").into(http.StatusOK, nil)
	h.post("trader", path+"/counts", map[string]any{"counts": []writeoff.Count{{Line: 1, Quantity: 60 * num.OneQuantity}}}).into(http.StatusOK, nil)
	h.post("trader", path+"/counts", map[string]any{"counts": []writeoff.Count{{Line: 1, Spot: "hall 3", Quantity: num.OneQuantity}}}).into(http.StatusOK, nil)
	h.post("carrier", path+"/counts/taken-back", writeoff.Spot{Line: 1, Spot: "hall 3"}).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("trader", path+"/counts/taken-back", writeoff.Spot{Line: 1, Spot: "hall 3"}).into(http.StatusOK, nil)
	h.post("trader", path+"/counts/taken-back", writeoff.Spot{Line: 1, Spot: "hall 3"}).refused(http.StatusUnprocessableEntity, "WRITEOFF-COUNT-07", "/spot")
	var w bonded.WriteOff
	h.get("trader", path).into(http.StatusOK, &w)
	if len(w.Orders) != 1 || len(w.Counts) != 2 {
		t.Fatalf("%+v", w)
	}
	if lines := h.sheet("trader", path+"/orders.csv"); len(lines) != 3 || !strings.HasPrefix(lines[1], "W1,closed,issue,1,JUICE,juice,,40,KGM,") {
		t.Errorf("%q", lines)
	}
	if lines := h.sheet("trader", path+"/report.csv"); len(lines) != 3 || !strings.HasPrefix(lines[0], "line,kind,commodity,name,unit,currency,opening,") || strings.Count(lines[1], ",") != strings.Count(lines[0], ",") {
		t.Errorf("%q", lines)
	}
	if lines := h.sheet("trader", "/api/v1/books/"+filed.ID+"/balances.csv"); len(lines) < 2 || !strings.Contains(lines[1], "JUICE") {
		t.Errorf("balances without the names of the goods: %q", lines)
	}
	// What is left of processing is told, sold with its tax, or leaves with a word.
	var told, gone bonded.Reply
	residue := writeoff.Residue{Line: 1, Class: writeoff.Scrap, Commodity: "2009110000", Name: "pulp", Quantity: num.OneQuantity}
	h.post("carrier", "/api/v1/books/"+filed.ID+"/residues", residue).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	residue.Commodity = "2308000000"
	h.post("trader", "/api/v1/books/"+filed.ID+"/residues", residue).refused(http.StatusUnprocessableEntity, "TARIFF-CODE-02", "/commodity")
	residue.Commodity = "2309901000"
	h.post("trader", "/api/v1/books/"+filed.ID+"/residues", residue).into(http.StatusCreated, &told)
	h.post("trader", "/api/v1/books/"+filed.ID+"/residues", residue).into(http.StatusCreated, &gone)
	acts := "/api/v1/residues/" + told.ID + "/acts"
	h.post("trader", acts, map[string]string{"act": "correct_code", "commodity": "2308000000", "reason": "r"}).refused(http.StatusUnprocessableEntity, "TARIFF-CODE-02", "/commodity")
	h.post("1001", acts, map[string]string{"act": "correct_code", "commodity": "2309909000", "reason": "r"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("trader", acts, map[string]string{"act": "correct_code", "commodity": "2309909000", "reason": "as the laboratory says"}).into(http.StatusOK, nil)
	var open struct{ Items []bonded.Residue }
	if h.get("trader", "/api/v1/residues?open=true&book="+filed.Number).into(http.StatusOK, &open); len(open.Items) != 2 {
		t.Errorf("two are open: %+v", open.Items)
	}
	h.post("trader", acts, map[string]string{"act": "sell", "buyer": "feed mill"}).refused(http.StatusUnprocessableEntity, "BONDED-RESIDUE-01", "/value")
	h.post("1001", acts, map[string]string{"act": "sell", "buyer": "feed mill", "value": "10000.00"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("trader", acts, map[string]string{"act": "sell", "buyer": "feed mill", "value": "10000.00"}).into(http.StatusOK, nil)
	var sold bonded.Residue
	h.get("trader", "/api/v1/residues/"+told.ID).into(http.StatusOK, &sold)
	if sold.State != writeoff.ResidueSold || sold.Sale == nil || sold.Sale.TaxBill == "" {
		t.Errorf("sold: %+v", sold)
	}
	acts = "/api/v1/residues/" + gone.ID + "/acts"
	h.post("trader", acts, map[string]string{"act": "ask_export", "document": "QD1", "reason": "back to the maker"}).into(http.StatusOK, nil)
	h.post("trader", acts, map[string]string{"act": "gone", "reason": "r"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("1001", acts, map[string]string{"act": "refuse", "reason": "another list"}).into(http.StatusOK, nil)
	h.post("trader", acts, map[string]string{"act": "ask_abandonment", "reason": "no use for it"}).into(http.StatusOK, nil)
	h.post("1001", acts, map[string]string{"act": "gone", "reason": "in the customs store"}).into(http.StatusOK, nil)
	var list struct{ Items []bonded.Residue }
	if h.get("trader", "/api/v1/residues?open=true&book="+filed.Number).into(http.StatusOK, &open); len(open.Items) != 0 {
		t.Errorf("sold and abandoned ones are open: %+v", open.Items)
	}
	h.get("trader", "/api/v1/residues?state=abandoned").into(http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].ID != gone.ID {
		t.Errorf("abandoned: %+v", list.Items)
	}
	h.post("trader", path+"/acts", map[string]string{"act": "propose", "reason": "r"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("trader", path+"/acts", map[string]string{"act": "submit"}).into(http.StatusOK, nil)
	h.post("trader", path+"/counts", map[string]any{"counts": []writeoff.Count{{Line: 1, Quantity: 1}}}).refused(http.StatusConflict, "WRITEOFF-LIFECYCLE-01", "")
}
