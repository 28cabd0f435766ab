package console

import (
	"encoding/json"
	"net/url"
	"testing"
)

func FuzzDeclareForm(f *testing.F) {
	for _, s := range []string{
		"/kind=entry_bill&/lines/0/commodity=2009110000&/lines/0/quantity=900", "/lines/999999999/total=1", "/lines/-1/total=1", "/declaredOn=2026-13-45&/packages=1e9", "/containers=a,b、c\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, posted string) {
		values, err := url.ParseQuery(posted)
		if err != nil {
			return
		}
		form := newDeclaration()
		form.take(values)
		d, faults := form.declaration()
		for _, one := range faults {
			if one.Code == "" || one.Path == "" || one.Cure == "" {
				t.Fatalf("a fault without words or field: %+v", one)
			}
		}
		if len(d.Lines) > 1000 {
			t.Fatalf("%d lines", len(d.Lines))
		}
	})
}

func FuzzReadWorking(f *testing.F) {
	f.Add([]byte(`{"steps":[{"step":0,"formula":"given","base":"1.00","result":"1.00"}],"lines":[{"line":0}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = readWorking(json.RawMessage(raw))
	})
}
