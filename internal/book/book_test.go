package book

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

const at = clock.Instant(1_790_000_000_000_000)

func list(lines ...num.Quantity) VerificationList {
	l := VerificationList{
		Number: "QD222526I000000001", Book: "T3111W000076", BookKind: Logistics, Direction: In, Method: Forward,
		Declared: true, DeclarationKind: RelatedDeclaration, State: ListSubmitted, Operator: Party{Code: "3111940001"},
	}
	for i, q := range lines {
		l.Lines = append(l.Lines, ListLine{
			Number: i + 1, BookLine: i + 1, Commodity: "2204210000", Name: "wine", Unit: "LTR", Quantity: q, Total: 1000, Currency: "EUR", Origin: "FR",
		})
	}
	return l
}

func acts(intents []Intent) (names []string) {
	for _, in := range intents {
		names = append(names, fmt.Sprintf("%s %d %s", in.Act, in.Line, in.Quantity))
	}
	return names
}

func TestTheLastOfBillAndGatePostsTheBook(t *testing.T) {
	approved, reserved, err := list(10*num.OneQuantity, 5*num.OneQuantity).Approve(at)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"reserve 1 10", "reserve 2 5"}, acts(reserved)); diff != "" || approved.Mark != PrePosted {
		t.Fatal("approval reserves every line", diff)
	}
	first := []Movement{{Line: 1, Quantity: 10 * num.OneQuantity}}
	second := []Movement{{Line: 2, Quantity: 5 * num.OneQuantity}}

	t.Run("gate after bill", func(t *testing.T) {
		l, intents, err := approved.Release(at)
		if err != nil || len(intents) != 0 || l.State != ListBillReleased {
			t.Fatal("the bill alone posts nothing", err, intents)
		}
		l, intents = l.Pass("P1", first, at)
		if diff := cmp.Diff([]string{"note 1 10"}, acts(intents)); diff != "" || l.State != ListBillReleased {
			t.Fatal("half the goods post nothing", diff)
		}
		l, intents = l.Pass("P2", second, at)
		if diff := cmp.Diff([]string{"note 2 5", "settle 1 10", "settle 2 5"}, acts(intents)); diff != "" || l.State != ListPosted || l.Mark != Posted {
			t.Fatal("the last goods post all", diff)
		}
		if intents[1].Pending != reserved[0].ID {
			t.Errorf("%s settles %s, want %s", intents[1].ID, intents[1].Pending, reserved[0].ID)
		}
	})
	t.Run("bill after gate", func(t *testing.T) {
		l, _ := approved.Pass("P1", append(first, second...), at)
		if l.State != ListFullyPassed {
			t.Fatal("the gate alone posts nothing")
		}
		l, intents, err := l.Release(at)
		if diff := cmp.Diff([]string{"settle 1 10", "settle 2 5"}, acts(intents)); diff != "" || err != nil || l.State != ListPosted {
			t.Fatal(diff, err)
		}
		if _, again, err := l.Release(at); err == nil || again != nil {
			t.Error("a second release posts again")
		}
	})
	t.Run("more than the list holds is a difference, never refused", func(t *testing.T) {
		_, intents := approved.Pass("P1", []Movement{{Line: 1, Quantity: 12 * num.OneQuantity}, {Line: 9, Quantity: 1}}, at)
		if diff := cmp.Diff([]string{"note 1 10", "excess 1 2", "excess 0 0.00001"}, acts(intents)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a short pass can be cut short: what passed is posted, the rest given back", func(t *testing.T) {
		l, _, err := approved.Release(at)
		if err != nil {
			t.Fatal(err)
		}
		l, _ = l.Pass("P1", []Movement{{Line: 1, Quantity: 4 * num.OneQuantity}}, at)
		l, intents, err := l.CutShort(at)
		if diff := cmp.Diff([]string{"settlePart 1 4", "release 1 6", "release 2 5"}, acts(intents)); diff != "" || err != nil || l.State != ListPosted {
			t.Error(diff, err)
		}
		if _, _, err := approved.CutShort(at); !fault.Is(err, "BOOK-POST-03") {
			t.Errorf("without its bill: %v", err)
		}
	})
}

func TestWhatAListWaitsForFollowsItsType(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*VerificationList)
		want Policy
	}{
		{"ordinary", func(*VerificationList) {}, BillAndGate},
		{"not declared", func(l *VerificationList) { l.Declared = false }, GateOnly},
		{"centralized: goods passed on notes", func(l *VerificationList) { l.Type = Centralized }, BillOnly},
		{"circulation inside the zone", func(l *VerificationList) { l.Type, l.Declared = Circulation, false }, AtOnce},
		{"as the procedure says", func(l *VerificationList) { l.Policy = GateOnly }, GateOnly},
	} {
		l := list(num.OneQuantity)
		c.edit(&l)
		if got := PolicyOf(&l); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	l := list(num.OneQuantity)
	l.Type, l.Declared = Circulation, false
	l, intents, err := l.Approve(at)
	if diff := cmp.Diff([]string{"reserve 1 1", "settle 1 1"}, acts(intents)); diff != "" || err != nil || l.State != ListPosted {
		t.Error("circulation posts at approval", diff, err)
	}
}

func TestAChangedListReservesUnderAnotherName(t *testing.T) {
	l, first, err := list(num.OneQuantity).Approve(at)
	if err != nil {
		t.Fatal(err)
	}
	if l, err = l.Apply(ListAskChange); err != nil {
		t.Fatal(err)
	}
	l, back, err := l.GiveBack(ListChanged)
	if err != nil || len(back) != 1 || back[0].Pending != first[0].ID {
		t.Fatal(back, err)
	}
	_, second, err := l.Approve(at)
	if err != nil || second[0].ID == first[0].ID {
		t.Error("the new reservation would be taken for the old one", second, err)
	}
}

func TestAListWhoseGoodsMovedCannotBeVoided(t *testing.T) {
	l, _, err := list(num.OneQuantity).Approve(at)
	if err != nil {
		t.Fatal(err)
	}
	moved, _ := l.Pass("P1", []Movement{{Line: 1, Quantity: 1}}, at)
	if _, err := moved.Apply(ListAskVoid); !fault.Is(err, "BOOK-VOID-01") {
		t.Errorf("got %v", err)
	}
	noted := l
	noted.Lines = []ListLine{l.Lines[0]}
	noted.Lines[0].Noted = 1
	if _, err := noted.Apply(ListAskVoid); !fault.Is(err, "BOOK-VOID-02") || noted.Notes() != NotesPart {
		t.Errorf("got %v", err)
	}
	if l, err = l.Apply(ListAskVoid); err != nil {
		t.Fatal(err)
	}
	if l, err = l.Apply(ListFirstConfirm); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.GiveBack(ListVoid); !fault.Is(err, "BOOK-VOID-04") {
		t.Errorf("one officer is enough to void: %v", err)
	}
	l.Officers = [2]string{"a", "b"}
	if _, back, err := l.GiveBack(ListVoid); err != nil || len(back) != 1 {
		t.Error(back, err)
	}
}

type empty struct{}

func (empty) Balance(string) (ledger.Balance, error)       { return ledger.Balance{}, nil }
func (empty) Pending(string) (ledger.Pending, bool, error) { return ledger.Pending{}, false, nil }

// TestTheBookIsRightInWhateverOrderThingsHappen plays bill and passages in any
// order and any parts into a real ledger.
func TestTheBookIsRightInWhateverOrderThingsHappen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := num.Quantity(rapid.Int64Range(1, 1_000_000).Draw(t, "total"))
		l := list(total)
		overlay := ledger.NewOverlay(empty{})
		day := clock.MustDate("2026-11-23")
		do := func(intents []Intent) {
			for _, in := range intents {
				op, moves := in.Op(&l, "E1", ledger.Abroad, 0, day, l.Number)
				if !moves {
					continue
				}
				if err := overlay.Apply(at, op); err != nil {
					t.Fatal(err)
				}
			}
		}
		var intents []Intent
		var err error
		if l, intents, err = l.Approve(at); err != nil {
			t.Fatal(err)
		}
		do(intents)
		account := ledger.Account{Ledger: ledger.Legal, Owner: "E1", Item: Item(l.Book, 1), Place: ledger.OnHand, Status: ledger.Bonded}
		passed, released := num.Quantity(0), false
		for step := 0; step < 30 && !(passed >= total && released); step++ {
			balance, err := overlay.Balance(account.Key())
			if err != nil {
				t.Fatal(err)
			}
			if balance.Quantity != 0 || balance.Expected() != total {
				t.Fatalf("posted %s, expected %s before both are there", balance.Quantity, balance.Expected())
			}
			if !released && rapid.Bool().Draw(t, "bill") {
				released = true
				if l, intents, err = l.Release(at); err != nil {
					t.Fatal(err)
				}
			} else {
				q := num.Quantity(rapid.Int64Range(1, int64(total)).Draw(t, "truck"))
				passed += q
				l, intents = l.Pass(fmt.Sprint("P", step), []Movement{{Line: 1, Quantity: q}}, at)
			}
			do(intents)
		}
		if passed < total || !released {
			return
		}
		balance, err := overlay.Balance(account.Key())
		if err != nil || balance.Quantity != total || balance.Incoming != 0 || balance.Value != 1000 || l.State != ListPosted {
			t.Fatalf("%v %+v %s", err, balance, l.State)
		}
	})
}

func TestTablesAreWhole(t *testing.T) {
	if p := append(Life.Problems(), ListLife.Problems()...); p != nil {
		t.Error(p)
	}
}

func TestUnitConsumptionCountsTheLoss(t *testing.T) {
	got, err := Consumption{NetUse: 95_000, TangibleLoss: 5 * num.Percent}.UnitConsumption() // vector T22
	if err != nil || got != num.OneQuantity {
		t.Error(got, err)
	}
	if _, err := (Consumption{NetUse: 1, TangibleLoss: num.OneRate}).UnitConsumption(); !fault.Is(err, "BOOK-CONSUMPTION-01") {
		t.Error(err)
	}
}

func activeBook() Book {
	return Book{
		Number: "T3111W000076", Kind: Logistics, State: Active, Posting: ByPart, Operator: Party{Code: "3111940001"},
		Lines: []Line{{Number: 1, Kind: Part, PartNumber: "A", Commodity: "2204210000", Name: "wine", Unit: "LTR"}},
	}
}

func codes(err error) map[string]string {
	found := map[string]string{}
	for _, f := range fault.All(err) {
		found[f.Code] = f.Path
	}
	return found
}

func TestAListIsJudgedAgainstItsBookWithAllFaults(t *testing.T) {
	b := activeBook()
	day := clock.MustDate("2026-11-23")
	good := list(num.OneQuantity)
	if err := good.Validate(&b, day); err != nil {
		t.Fatal(err)
	}
	bad := list(num.OneQuantity, -1)
	bad.Type, bad.Method, bad.Operator = 2, "X", Party{Code: "3111940002"}
	bad.Lines[0].Unit = "KGM"
	bad.Lines[0].GrossMass, bad.Lines[0].NetMass = 1, 2
	b.Execution, b.ValidTo = ExecutionPausedImport, 1
	want := map[string]string{
		"BOOK-LIST-01": "/type", "BOOK-LIST-03": "/method", "BOOK-LIST-15": "/operator", "BOOK-STATE-02": "/book",
		"BOOK-LIST-10": "/lines/0/commodity", "BOOK-LIST-08": "/lines/0/netMass", "BOOK-LIST-06": "/lines/1/quantity", "BOOK-LIST-09": "/lines/1/bookLine",
	}
	if diff := cmp.Diff(want, codes(bad.Validate(&b, day))); diff != "" {
		t.Error(diff)
	}
}

func TestABookIsFiledByTwoOfficersOrByTheMachineForLowRisk(t *testing.T) {
	b := activeBook()
	b.State = Draft
	if err := b.Validate(); err != nil {
		t.Fatal(err)
	}
	b, err := b.Apply(EventSubmit, Facts{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(EventAutoApprove, Facts{}); !fault.Is(err, "BOOK-REVIEW-02") {
		t.Error(err)
	}
	if _, err := b.Apply(EventApprove, Facts{}); !fault.Is(err, "BOOK-REVIEW-01") {
		t.Error(err)
	}
	b, err = b.Apply(EventAutoApprove, Facts{LowRisk: true})
	if err != nil || b.State != Active {
		t.Error(err, b.State)
	}
	if b, err = b.Apply(EventAskClose, Facts{}); err != nil {
		t.Fatal(err)
	}
	b.Officers = [2]string{"a", "b"}
	if _, err := b.Apply(EventClose, Facts{LinesOpen: 1}); !fault.Is(err, "BOOK-CLOSE-01") {
		t.Error(err)
	}
}

func TestListLinesMergeOnlyWhenTheyAreAlike(t *testing.T) {
	line := func(number int, edit func(*ListLine)) ListLine {
		l := ListLine{
			Number: number, BookLine: number, Commodity: "2204210000", Name: "wine", Unit: "LTR", Quantity: 2 * num.OneQuantity,
			Total: 1000, Currency: "EUR", Origin: "FR", GrossMass: 3 * num.OneQuantity, NetMass: 2 * num.OneQuantity,
		}
		if edit != nil {
			edit(&l)
		}
		return l
	}
	lines := []ListLine{
		line(1, nil), line(2, nil),
		line(3, func(l *ListLine) { l.Origin = "IT" }),
		line(4, func(l *ListLine) { l.Licence = "X" }), line(5, func(l *ListLine) { l.Licence = "X" }),
		line(6, func(l *ListLine) { l.Total = 5000 }),
	}
	bills, violations, err := Merge(lines, nil, PriceDeviation)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]int
	for _, b := range bills {
		got = append(got, b.ListLines)
	}
	if diff := cmp.Diff([][]int{{1, 2, 6}, {3}, {4}, {5}}, got); diff != "" {
		t.Error(diff)
	}
	// average 7000 ÷ 6 l: 11.6667; lines 1 and 2 cost 5, line 6 costs 25
	if b := bills[0]; b.Quantity != 6*num.OneQuantity || b.Total != 7000 || b.UnitPrice != 116_667 || b.GrossMass != 9*num.OneQuantity {
		t.Errorf("%+v", b)
	}
	want := []Violation{{A: 1, Rule: MergePrice, Signal: true}, {A: 2, Rule: MergePrice, Signal: true}, {A: 6, Rule: MergePrice, Signal: true}}
	if diff := cmp.Diff(want, violations); diff != "" || Blocking(violations) {
		t.Error(diff)
	}
	for i := range lines {
		lines[i].BillLine = 1
	}
	_, violations, err = Merge(lines[:4], nil, PriceDeviation)
	if diff := cmp.Diff([]Violation{
		{A: 1, B: 3, Rule: MergeOrigin},
		{A: 2, B: 3, Rule: MergeOrigin},
		{A: 1, B: 4, Rule: MergeLicence},
		{A: 2, B: 4, Rule: MergeLicence},
		{A: 3, B: 4, Rule: MergeOrigin},
	}, violations); diff != "" || err != nil || !Blocking(violations) {
		t.Error(diff, err)
	}
	_, violations, err = Merge([]ListLine{line(1, func(l *ListLine) { l.BillLine = 1 }), line(2, func(l *ListLine) { l.BillLine = 1 })},
		func(int) bool { return true }, PriceDeviation)
	if err != nil || len(violations) != 1 || violations[0].Rule != MergeBookLine || violations[0].String() != "lines 1 and 2: book_line" {
		t.Error(violations, err)
	}
	_, violations, _ = Merge([]ListLine{
		line(1, func(l *ListLine) { l.PartNumber = "P" }),
		line(2, func(l *ListLine) { l.PartNumber, l.Commodity = "P", "2204220000" }),
	}, nil, PriceDeviation)
	if len(violations) != 1 || violations[0].Rule != MergePart {
		t.Error(violations)
	}
}

func TestMergingKeepsEverySum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []ListLine
		var quantity num.Quantity
		var total num.Money
		for i := range rapid.IntRange(1, 20).Draw(t, "lines") {
			l := ListLine{
				Number: i + 1, Commodity: rapid.SampledFrom([]string{"2204210000", "2204220000"}).Draw(t, "code"), Name: "x", Unit: "LTR", Currency: "EUR",
				Origin:   "FR",
				Quantity: num.Quantity(rapid.Int64Range(1, 1e9).Draw(t, "quantity")), Total: num.Money(rapid.Int64Range(0, 1e9).Draw(t, "total")),
				BillLine: rapid.IntRange(0, 3).Draw(t, "bill"),
			}
			quantity += l.Quantity
			total += l.Total
			lines = append(lines, l)
		}
		bills, _, err := Merge(lines, nil, PriceDeviation)
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for i, b := range bills {
			if b.Number != i+1 {
				t.Fatal("bill lines are numbered without gaps")
			}
			seen += len(b.ListLines)
			quantity -= b.Quantity
			total -= b.Total
		}
		if seen != len(lines) || quantity != 0 || total != 0 {
			t.Fatalf("%d of %d lines, %s and %s left", seen, len(lines), quantity, total)
		}
	})
}
