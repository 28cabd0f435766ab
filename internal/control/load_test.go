package control_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/gate"
)

// TestPassagesAreQuick is no bar, it tells what a passage takes from readings to
// durable on this machine, with the notes of many trucks waiting.
func TestPassagesAreQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	const trucks = 300
	z := newZone(t)
	owner := z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock := z.open(owner, 1)
	list := z.list("first-line-entry", owner, stock, book.In, juice(1, "900"))
	z.lodge(bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900")), "")
	name := func(n int) string { return fmt.Sprintf("沪C%05d", n) }
	for n := range trucks {
		z.note(owner, truck(name(n), list.Number, "4", "", gate.NoteLine{Document: list.Number, Line: 1, Quantity: q("3")}))
	}
	var took []time.Duration
	for n := range trucks {
		r := z.reading(name(n), gate.In, "4")
		begin := time.Now()
		passed := z.pass(r)
		took = append(took, time.Since(begin))
		if passed.Outcome != gate.Pass || (len(passed.Posted) == 1) != (n == trucks-1) {
			t.Fatalf("truck %d: %+v", n, passed)
		}
	}
	slices.Sort(took)
	t.Logf("%d passages: p50 %s, p99 %s, most %s", trucks, took[trucks/2], took[trucks*99/100], took[trucks-1])
	z.inspect()
	if l := load[bonded.List](z, dossier.VerificationList, list.ID); l.State != book.ListPosted {
		t.Errorf("the list is %s", l.State)
	}
}

func TestTrucksOfOneListAtManyLanesAtOnce(t *testing.T) {
	const trucks = 12
	z := newZone(t)
	owner := z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock := z.open(owner, 1)
	list := z.list("first-line-entry", owner, stock, book.In, juice(1, "900"))
	z.lodge(bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900")), "")
	readings := make([]gate.Readings, trucks)
	requests := make([]control.NoteRequest, trucks)
	commands := make([]decision.Command, trucks)
	for n := range trucks {
		number := fmt.Sprintf("沪C%05d", n)
		requests[n] = truck(number, list.Number, "80", "", gate.NoteLine{Document: list.Number, Line: 1, Quantity: q("75")})
		readings[n], commands[n] = z.reading(number, gate.In, "80"), z.command("note")
		readings[n].Lane = fmt.Sprint(n)
	}
	var group sync.WaitGroup
	errs := make([]error, trucks)
	for n := range trucks {
		group.Go(func() { _, errs[n] = z.control.ApplyNote(t.Context(), commands[n], user(owner), requests[n]) })
	}
	group.Wait()
	posted := make([]int, trucks)
	for n := range trucks {
		group.Go(func() {
			r, err := z.control.Pass(t.Context(), decision.Command{Name: "pass"}, device, readings[n])
			var reply control.PassReply
			errs[n] = errors.Join(errs[n], err, json.Unmarshal(r.Reply, &reply))
			if reply.Outcome != gate.Pass || reply.Difference != nil {
				errs[n] = errors.Join(errs[n], fmt.Errorf("%+v", reply))
			}
			posted[n] = len(reply.Posted)
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range posted {
		sum += n
	}
	if sum != 1 {
		t.Errorf("the book was posted %d times", sum)
	}
	z.want("book/", map[string]string{
		"legal 1 abroad": "-900", "legal 1 on-hand": "900", "physical 1 noted": "-900", "physical 1 passed": "900",
	})
}
