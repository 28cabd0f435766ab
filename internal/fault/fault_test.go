package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seine/internal/fault"
)

func draw(t *rapid.T, label string) *fault.Fault {
	kinds := []fault.Kind{fault.Invalid, fault.Refused, fault.NotFound, fault.Conflict, fault.Forbidden, fault.Overload}
	code := rapid.StringMatching(`[A-Z]{2,8}-[A-Z]{2,8}-[0-9]{2}`).Draw(t, label+" code")
	path := rapid.StringMatching(`(/[a-z0-9]{1,5}){0,3}`).Draw(t, label+" path")
	return fault.New(rapid.SampledFrom(kinds).Draw(t, label+" kind"), code, path, "the {what} is {how}", "change the {what}", "what", "price", "how", 7)
}

func TestAFaultIsFoundHoweverItIsWrapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5).Draw(t, "faults")
		var list fault.List
		var want fault.List
		for i := range n {
			f := draw(t, fmt.Sprint(i))
			prefix := rapid.StringMatching(`(/[a-z]{1,4})?`).Draw(t, "prefix")
			if err := list.Add(prefix, fmt.Errorf("wrapped: %w", f)); err != nil {
				t.Fatal(err)
			}
			want = append(want, f.Under(prefix))
			if f.Under(prefix).Path != prefix+f.Path || f.Under(prefix).Code != f.Code {
				t.Fatalf("%+v under %s", f, prefix)
			}
		}
		if n == 0 {
			if list.OrNil() != nil || list.Kind() != "" || fault.All(nil) != nil {
				t.Fatal("an empty list is no error")
			}
			return
		}
		err := list.OrNil()
		for range rapid.IntRange(0, 4).Draw(t, "wraps") {
			err = fmt.Errorf("while doing something: %w", err)
		}
		found := fault.All(err)
		if len(found) != n || fault.KindOf(err) != want[0].Kind {
			t.Fatalf("%d of %d faults, kind %s", len(found), n, fault.KindOf(err))
		}
		for i, f := range found {
			if f.Code != want[i].Code || f.Path != want[i].Path || !fault.Is(err, f.Code) {
				t.Fatalf("fault %d is %v, want %v", i, f, want[i])
			}
			if !strings.Contains(err.Error(), f.Code) {
				t.Fatalf("%q does not name %s", err, f.Code)
			}
		}
		if fault.Is(err, "no such code") {
			t.Fatal("a code that is not there")
		}
	})
}

func TestAnErrorThatIsNoFaultTravelsOn(t *testing.T) {
	internal := errors.New("the disk is gone")
	var list fault.List
	if err := list.Add("/lines", internal); !errors.Is(err, internal) || len(list) != 0 {
		t.Errorf("%v, %v", err, list)
	}
	if fault.All(internal) != nil || fault.Is(internal, "X") || fault.KindOf(internal) != "" {
		t.Error("an internal error is no refusal")
	}
	f := fault.New(fault.Overload, "X-Y-01", "", "no", "wait").Because(internal)
	if !errors.Is(f, internal) || strings.Contains(f.Error(), "disk") {
		t.Errorf("the cause is kept and not shown: %v", f)
	}
}

func TestTemplatesAreFilledOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		f := fault.New(fault.Invalid, "X-Y-01", "", "“{value}” is not {want}", "give {other}", "value", value, "want", "{value}")
		if got, want := f.Message(), "“"+value+"” is not {value}"; got != want {
			t.Fatalf("%q, want %q: what a sender writes is never a template", got, want)
		}
		if f.Remedy() != "give {other}" {
			t.Fatalf("a name without argument stays: %q", f.Remedy())
		}
		before := *f
		_ = f.Because(errors.New("x"))
		_ = f.Under("/x")
		if !errors.Is(f.Err, before.Err) || f.Path != before.Path {
			t.Fatal("a copy changed the fault it was made of")
		}
	})
}
