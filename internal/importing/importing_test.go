package importing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/num"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk lodges in memory: it remembers keys as the store does.
type desk struct {
	mu   sync.Mutex
	seen map[string]string // key → content
	got  []clearance.Lodging
	full bool // the disk
}

func (d *desk) Lodge(_ context.Context, c decision.Command, _ decision.Actor, l clearance.Lodging) (decision.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return decision.Receipt{}, fault.New(fault.Overload, "STORE-WRITE-01", "", "the disk is full", "make room")
	}
	if l.Declaration.Lines[0].Total == 0 {
		return decision.Receipt{}, fault.List{fault.New(fault.Invalid, "DUTY-VALUE-01", "/lines/0/price", "no price", "give it")}
	}
	before, repeated := d.seen[c.Key]
	if repeated && before != string(c.Content) {
		return decision.Receipt{}, fault.New(fault.Conflict, "STORE-KEY-01", "", "other content", "another key")
	}
	d.seen[c.Key] = string(c.Content)
	if !repeated {
		d.got = append(d.got, l)
	}
	reply, err := json.Marshal(clearance.LodgeReply{
		ID: "d" + c.Key, State: declaration.Released, Channel: "green", Value: l.Declaration.Lines[0].Total, Total: 7,
		Taxes: []clearance.TaxFigure{{Tax: "duty", Amount: 7}},
	})
	return decision.Receipt{Reply: reply, Repeated: repeated}, err
}

// table gives rows from memory.
type table struct {
	rows []declaration.Record
	fail error
}

func (t *table) Next() (declaration.Record, error) {
	if len(t.rows) == 0 {
		if t.fail != nil {
			return declaration.Record{}, t.fail
		}
		return declaration.Record{}, io.EOF
	}
	r := t.rows[0]
	t.rows = t.rows[1:]
	return r, nil
}

func row(n int, key string, price num.Money) declaration.Record {
	rate := num.Rate(0)
	return declaration.Record{Row: n, Line: n + 1, Key: key, Declaration: &declaration.Declaration{
		Currency: "KRW", CompetentOffice: declaration.OfficeCode(fmt.Sprintf("%04d", n%3)), DeclaredOn: clock.MustDate("2020-03-01").AddDays(n),
		Label: &declaration.Label{Fraud: true}, Lines: []declaration.GoodsItem{{Number: 1, Total: price, DeclaredRate: &rate}},
	}}
}

func job(d *desk) *Declarations {
	return &Declarations{
		Desk: d, By: decision.Actor{ID: "tester"}, Now: func() clock.Instant { return 1 }, Mapping: "m",
		Exchange: map[string]num.Rate{"KRW": 580_000}, Lodgers: 4,
	}
}

func TestASecondRunLodgesNothingNew(t *testing.T) {
	d := &desk{seen: map[string]string{}}
	rows := []declaration.Record{row(1, "a", 100), row(2, "b", 200), row(3, "", 300)}
	for run, want := range [][3]int64{{3, 0, 0}, {0, 3, 0}} {
		s, err := job(d).Take(t.Context(), &table{rows: rows})
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]int64{s.Lodged, s.Before, s.Refused}; got != want {
			t.Errorf("run %d: lodged, already, refused %v, want %v", run, got, want)
		}
		if s.Value != 600 || s.Total != 21 || s.Prices[0].Total != 600 || s.Taxes[0].Amount != 21 {
			t.Errorf("run %d: sums %+v", run, s)
		}
	}
	if len(d.got) != 3 {
		t.Errorf("%d lodged", len(d.got))
	}
}

func TestWhatTheImportSuppliesIsMarkedAndTheLabelIsNotDeclared(t *testing.T) {
	d := &desk{seen: map[string]string{}}
	if _, err := job(d).Take(t.Context(), &table{rows: []declaration.Record{row(1, "a", 100)}}); err != nil {
		t.Fatal(err)
	}
	l := d.got[0]
	if !l.Foreign || l.Exchange != 580_000 || l.Declaration.Label != nil {
		t.Errorf("%+v", l)
	}
	want := []declaration.Supplied{{Path: "/local/exchangeRate", Reason: "the source states no exchange rate; 0.0058 yuan for one KRW was supplied with the import"}}
	if diff := cmp.Diff(want, l.Declaration.Supplied); diff != "" {
		t.Error(diff)
	}
}

func TestTheRateOfTheMappingIsTakenWhereTheImportBringsNone(t *testing.T) {
	d := &desk{seen: map[string]string{}}
	j := job(d)
	j.Exchange = nil
	j.Rates = func(c declaration.CurrencyCode) (num.Rate, string, bool) {
		return 585_000, "not stated by the source", c == "KRW"
	}
	if _, err := j.Take(t.Context(), &table{rows: []declaration.Record{row(1, "a", 100)}}); err != nil {
		t.Fatal(err)
	}
	want := []declaration.Supplied{{Path: "/local/exchangeRate", Reason: "not stated by the source"}}
	if diff := cmp.Diff(want, d.got[0].Declaration.Supplied); diff != "" || d.got[0].Exchange != 585_000 {
		t.Errorf("%s %s", d.got[0].Exchange, diff)
	}
}

func TestABadRowIsToldAndTheOthersGoOn(t *testing.T) {
	d := &desk{seen: map[string]string{"import/m/old": "something else"}}
	unread := declaration.Record{Row: 3, Line: 4, Faults: fault.List{fault.New(fault.Invalid, "DEC-CSV-06", "/rows/3", "fields", "check")}}
	rows := []declaration.Record{row(1, "a", 100), row(2, "b", 0), unread, row(4, "a", 400), row(5, "old", 500), row(6, "f", 600)}
	var told []Refusal
	j := job(d)
	j.Refused = func(r Refusal) { told = append(told, r) }
	s, err := j.Take(t.Context(), &table{rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	if s.Rows != 6 || s.Lodged != 2 || s.Refused != 4 || len(told) != 4 {
		t.Errorf("%d rows, %d lodged, %d refused, %d told", s.Rows, s.Lodged, s.Refused, len(told))
	}
	var got []string
	for _, r := range s.Refusals {
		got = append(got, fmt.Sprintf("%d %s %s", r.Row, r.Faults[0].Code, r.Faults[0].Field))
	}
	want := []string{"2 DUTY-VALUE-01 /lines/0/price", "3 DEC-CSV-06 ", "4 IMPORT-KEY-01 ", "5 STORE-KEY-01 "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFullDiskEndsTheImportAndIsNoFaultOfARow(t *testing.T) {
	d := &desk{seen: map[string]string{}, full: true}
	s, err := job(d).Take(t.Context(), &table{rows: []declaration.Record{row(1, "a", 100), row(2, "b", 100)}})
	if !fault.Is(err, "STORE-WRITE-01") || s.Refused != 0 || !strings.Contains(err.Error(), "row ") {
		t.Errorf("%v, refused %d", err, s.Refused)
	}
}

func TestAnEndedContextEndsTheReadingAndFinishesWhatIsInWork(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	d := &desk{seen: map[string]string{}}
	var rows []declaration.Record
	for n := range 1000 {
		rows = append(rows, row(n+1, fmt.Sprint(n), 100))
	}
	j := job(d)
	j.Progress = func(n int64) {
		if n == 100 {
			stop()
		}
	}
	s, err := j.Take(ctx, &table{rows: rows})
	if !errors.Is(err, context.Canceled) || s.Lodged < 100 || s.Lodged >= 1000 || int(s.Lodged) != len(d.got) {
		t.Errorf("%v: %d counted, %d lodged", err, s.Lodged, len(d.got))
	}
}

func TestAReaderThatBreaksOffIsAnErrorOfTheImport(t *testing.T) {
	d := &desk{seen: map[string]string{}}
	s, err := job(d).Take(t.Context(), &table{rows: []declaration.Record{row(1, "a", 100)}, fail: io.ErrUnexpectedEOF})
	if !errors.Is(err, io.ErrUnexpectedEOF) || s.Lodged != 1 {
		t.Errorf("%v, %d lodged", err, s.Lodged)
	}
}

func TestCountsAlwaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prices := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 40).Draw(t, "prices")
		var rows []declaration.Record
		for n, p := range prices {
			rows = append(rows, row(n+1, fmt.Sprint(n%9), num.Money(p)))
		}
		d := &desk{seen: map[string]string{}}
		s, err := job(d).Take(context.Background(), &table{rows: rows})
		if err != nil {
			t.Fatal(err)
		}
		offices, channels, states := int64(0), int64(0), int64(0)
		for _, o := range s.Offices {
			offices += o.Total
		}
		for _, n := range s.Channels {
			channels += n
		}
		for _, n := range s.States {
			states += n
		}
		in := s.Lodged + s.Before
		if s.Rows != int64(len(rows)) || in+s.Refused != s.Rows || offices != in || channels != in || states != in || len(d.got) != int(s.Lodged) {
			t.Fatalf("%+v", s)
		}
	})
}

func TestTheFormatOfAManifestIsRecognised(t *testing.T) {
	for text, want := range map[string]string{
		"UNA:+.? '\nUNB+": "cuscar", "UNB+UNOA:1": "cuscar", "\ufeff UNH+1": "cuscar", " {\"id\"": "manifest-json", "[{": "manifest-json",
		"manifest,bill\n": "manifest-csv", "": "manifest-csv",
	} {
		if got := Recognise([]byte(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
