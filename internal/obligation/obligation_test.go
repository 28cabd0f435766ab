package obligation

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

var due = clock.MustDate("2026-12-01")

func lines(t *rapid.T) []Line {
	var all []Line
	for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
		all = append(all, Line{Item: fmt.Sprint("i", i), Unit: "kg", Amount: num.Quantity(rapid.Int64Range(1, 1_000_000).Draw(t, "amount"))})
	}
	return all
}

func opened(t *rapid.T, id string) Obligation {
	o, err := New(Obligation{
		ID: id, Debtor: "e", Due: due, Lines: lines(t), Hold: Hold{"g", num.Money(rapid.Int64Range(0, 10_000_000).Draw(t, "hold")), 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestTheLifeIsSound(t *testing.T) {
	if p := Lifecycle.Problems(); len(p) > 0 {
		t.Error(p)
	}
}

func TestWhatIsNoObligation(t *testing.T) {
	good := func() Obligation {
		return Obligation{Debtor: "e", Due: due, Lines: []Line{{Item: "i", Unit: "kg", Amount: 1}}, Hold: Hold{Guarantee: "g", Amount: 5}}
	}
	for _, c := range []struct {
		name   string
		change func(*Obligation)
		code   string
	}{
		{"a whole one", func(*Obligation) {}, ""},
		{"no lines", func(o *Obligation) { o.Lines = nil }, "OBLIGATION-LINE-01"},
		{"a line of nothing", func(o *Obligation) { o.Lines[0].Amount = 0 }, "OBLIGATION-LINE-02"},
		{"a line without unit", func(o *Obligation) { o.Lines[0].Unit = "" }, "OBLIGATION-LINE-02"},
		{"no day", func(o *Obligation) { o.Due = 0 }, "OBLIGATION-DUE-01"},
		{"a hold below zero", func(o *Obligation) { o.Hold.Amount = -1 }, "OBLIGATION-HOLD-01"},
		{"a hold on nothing", func(o *Obligation) { o.Hold.Guarantee = "" }, "OBLIGATION-HOLD-01"},
	} {
		o := good()
		c.change(&o)
		_, err := New(o)
		if (c.code == "") != (err == nil) || (c.code != "" && !fault.Is(err, c.code)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := New(Obligation{}); len(fault.All(err)) != 2 {
		t.Errorf("not all faults at once: %v", err)
	}
}

// Whatever is discharged in whatever parts: the hold is never below zero, each
// part frees its share rounded down, and the last frees the rest.
func TestDischargeFreesTheHoldAndNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := opened(t, "o")
		var amount num.Quantity
		for _, l := range o.Lines {
			amount += l.Amount
		}
		var freed num.Money
		for step := 0; o.State != Discharged; step++ {
			var open []Line
			for _, l := range o.Lines {
				if l.Open > 0 {
					open = append(open, l)
				}
			}
			l := rapid.SampledFrom(open).Draw(t, "line")
			if _, _, err := o.Discharge(Part{l.Item, l.Open + 1}); !fault.Is(err, "OBLIGATION-REST-01") {
				t.Fatal("more than the rest:", err)
			}
			part := Part{l.Item, num.Quantity(rapid.Int64Range(1, int64(l.Open)).Draw(t, "part"))}
			if step > 8 {
				part.Quantity = l.Open
			}
			before := o
			next, f, err := o.Discharge(part)
			if err != nil {
				t.Fatal(err)
			}
			if before.OpenTotal()-next.OpenTotal() != part.Quantity || o.OpenTotal() != before.OpenTotal() {
				t.Fatal("something else was discharged")
			}
			share, _ := num.MulDiv(int64(o.Hold.Amount), int64(part.Quantity), int64(amount), num.Down)
			if f < 0 || next.Hold.Left < 0 || next.Hold.Left != o.Hold.Left-f || (next.State != Discharged && f > num.Money(share)) {
				t.Fatalf("freed %v of %v, left %v", f, o.Hold.Left, next.Hold.Left)
			}
			freed += f
			o = next
		}
		if o.Hold.Left != 0 || freed != o.Hold.Amount || o.OpenTotal() != 0 {
			t.Fatalf("freed %v of %v, left %v", freed, o.Hold.Amount, o.Hold.Left)
		}
		if _, _, err := o.DischargeAll(); err == nil {
			t.Fatal("discharged twice")
		}
		if _, _, err := o.Lift(); !fault.Is(err, "OBLIGATION-LIFECYCLE-01") {
			t.Fatal(err)
		}
	})
}

// Carrying moves the cover in one step: what the old ones held, with what is
// topped up or freed, is exactly what the new one holds.
func TestCarryLeavesNoGapInTheCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var old []Obligation
		var held num.Money
		for i := range rapid.IntRange(1, 5).Draw(t, "old") {
			o := opened(t, fmt.Sprint("o", i))
			if rapid.Bool().Draw(t, "partly discharged") && o.Lines[0].Amount > 1 {
				var err error
				if o, _, err = o.Discharge(Part{o.Lines[0].Item, 1}); err != nil {
					t.Fatal(err)
				}
			}
			held += o.Hold.Left
			old = append(old, o)
		}
		need := num.Money(rapid.Int64Range(0, 50_000_000).Draw(t, "need"))
		closed, next, top, err := Carry(old, Obligation{ID: "n", Due: due.AddDays(30), Lines: lines(t)}, need)
		if err != nil {
			t.Fatal(err)
		}
		if next.Hold.Left != need || held+top != need || next.Hold.Guarantee != "g" || next.Debtor != "e" || next.State != Open {
			t.Fatalf("held %v, top %v, now %+v", held, top, next.Hold)
		}
		for i, c := range closed {
			if c.State != Carried || c.Hold.Left != 0 || c.Successors[0] != "n" || old[i].Hold.Left < 0 || old[i].State == Carried {
				t.Fatalf("%+v", c)
			}
		}
		if _, _, _, err := Carry(closed, Obligation{ID: "m", Due: due, Lines: lines(t)}, 0); !fault.Is(err, "OBLIGATION-LIFECYCLE-01") {
			t.Fatal("carried twice:", err)
		}
		stranger := old[0]
		stranger.Hold.Guarantee = "other"
		if _, _, _, err := Carry(append(old, stranger), next, 0); !fault.Is(err, "OBLIGATION-CARRY-01") {
			t.Fatal(err)
		}
	})
	if _, _, _, err := Carry(nil, Obligation{}, 0); !fault.Is(err, "OBLIGATION-CARRY-01") {
		t.Error(err)
	}
}

// The oldest due is served first, nothing beyond what is open, and what is over
// is told.
func TestTheOldestDueIsServedFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []Obligation
		var open num.Quantity
		for i := range rapid.IntRange(0, 6).Draw(t, "obligations") {
			o := opened(t, fmt.Sprint("o", i))
			o.Due = due.AddDays(rapid.IntRange(0, 3).Draw(t, "due"))
			o.Opened = clock.Instant(rapid.Int64Range(0, 3).Draw(t, "opened"))
			if rapid.IntRange(0, 4).Draw(t, "lifted") == 0 {
				o.State = Lifted
			} else {
				open += o.Lines[0].Open
			}
			all = append(all, o)
		}
		q := num.Quantity(rapid.Int64Range(0, 3_000_000).Draw(t, "quantity"))
		parts, rest := InOrder(all, "i0", q)
		var given num.Quantity
		for _, o := range all {
			p, ok := parts[o.ID]
			given += p.Quantity
			if ok && (o.State == Lifted || p.Quantity <= 0 || p.Quantity > o.Lines[0].Open) {
				t.Fatalf("%s gets %v of %v", o.ID, p.Quantity, o.Lines[0].Open)
			}
			if p.Quantity == o.Lines[0].Open || o.State == Lifted {
				continue
			}
			for _, later := range all { // o is not served in full: nobody after it is served
				if parts[later.ID].Quantity > 0 && (later.Due > o.Due || (later.Due == o.Due && later.Opened > o.Opened)) {
					t.Fatalf("%s is served before %s", later.ID, o.ID)
				}
			}
		}
		if given+rest != q || given != min(q, open) {
			t.Fatalf("gave %v of %v, %v over, %v were open", given, q, rest, open)
		}
	})
}

func TestOverdueBitesOncePerStage(t *testing.T) {
	o, err := New(Obligation{
		Debtor: "e", Due: due, Lines: []Line{{Item: "i", Unit: "kg", Amount: 9}},
		Stages: []Stage{{"fee", 3}, {"reminder", -2}, {"alarm", 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day   clock.Date
		stage string // "" where nothing is due
		state State
	}{
		{due.AddDays(-3), "", Open},
		{due.AddDays(-2), "reminder", Open},
		{due, "", Open}, // the day itself has not ended
		{due.AddDays(1), "alarm", Overdue},
		{due.AddDays(1), "", Overdue},
		{due.AddDays(2), "", Overdue},
		{due.AddDays(5), "fee", Overdue}, // seen late, it bites all the same
		{due.AddDays(99), "", Overdue},
	} {
		next, stage, err := o.Fire(c.day)
		if c.stage == "" {
			if !fault.Is(err, "OBLIGATION-STAGE-01") {
				t.Errorf("%v: %v %v", c.day, stage, err)
			}
			continue
		}
		if err != nil || stage.Name != c.stage || next.State != c.state {
			t.Errorf("%v: %v in state %s, %v", c.day, stage, next.State, err)
		}
		o = next
	}
	if o, _, err = o.DischargeAll(); err != nil || o.State != Discharged {
		t.Error("what is overdue may still be discharged:", err)
	}
}

func TestTheHoldIsRoundedUp(t *testing.T) {
	for _, c := range []struct {
		tax   num.Money
		share num.Rate
		want  num.Money
	}{{100_00, num.OneRate, 100_00}, {100_01, num.OneRate / 2, 50_01}, {1, num.Percent, 1}, {0, num.OneRate, 0}} {
		if got, err := HoldAmount(c.tax, c.share); err != nil || got != c.want {
			t.Errorf("%v of %v: %v, %v", c.share, c.tax, got, err)
		}
	}
}

func TestADueDayIsReckonedAnew(t *testing.T) {
	day := clock.MustDate
	off := func(days ...string) *clock.Calendar {
		c := &clock.Calendar{Holidays: map[clock.Date]string{}, KnownUntil: day("2026-12-31")}
		for _, d := range days {
			c.Holidays[day(d)] = "off"
		}
		return c
	}
	plain := Obligation{State: Open, Due: day("2026-12-08"), Counted: day("2026-12-08"), Working: 1}
	fifth := Obligation{State: Open, Due: day("2026-12-07"), Counted: day("2026-12-01"), Working: 5}
	for name, c := range map[string]struct {
		o        Obligation
		calendar *clock.Calendar
		today    string
		want     string // "" stays
	}{
		"the same calendar moves nothing":           {plain, off(), "2026-12-01", ""},
		"its last day is off now":                   {plain, off("2026-12-08"), "2026-12-01", "2026-12-09"},
		"one of the days counted is off now":        {fifth, off("2026-12-02"), "2026-12-01", "2026-12-08"},
		"a day that has passed stays":               {plain, off("2026-12-08"), "2026-12-09", ""},
		"on its last day it still moves":            {plain, off("2026-12-08"), "2026-12-08", "2026-12-09"},
		"no calendar was asked":                     {Obligation{State: Open, Due: day("2026-12-08")}, off("2026-12-08"), "2026-12-01", ""},
		"an overdue debt stays":                     {Obligation{State: Overdue, Due: day("2026-12-08"), Counted: day("2026-12-08"), Working: 1}, off("2026-12-08"), "2026-12-01", ""},
		"a day off taken back pulls it forward":     {Obligation{State: Open, Due: day("2026-12-09"), Counted: day("2026-12-08"), Working: 1}, off(), "2026-12-01", "2026-12-08"},
		"but never into the past":                   {Obligation{State: Open, Due: day("2026-12-09"), Counted: day("2026-12-08"), Working: 1}, off(), "2026-12-09", ""},
		"what was provisional is so no longer":      {Obligation{State: Open, Due: day("2026-12-08"), Counted: day("2026-12-08"), Working: 1, Provisional: true}, off(), "2026-12-01", "2026-12-08"},
		"a day beyond the published holidays moves": {Obligation{State: Open, Due: day("2027-01-04"), Counted: day("2027-01-04"), Working: 1, Provisional: true}, off("2027-01-04"), "2026-12-01", "2027-01-05"},
	} {
		next, moves := c.o.Again(c.calendar, day(c.today))
		got := ""
		if moves {
			got = next.Due.String()
		}
		if got != c.want || moves && next.Provisional != (next.Due > c.calendar.KnownUntil) {
			t.Errorf("%s: %q (provisional %v), want %q", name, got, next.Provisional, c.want)
		}
	}
}
