// Package fault is how Seine says no. Whoever sends something to customs and
// made a mistake must learn which field is wrong, what is wrong with it and how
// to put it right, in English or Chinese, and a program must be able to act on
// it. So every refusal that may reach a person outside is a Fault with a stable
// code; every other error is internal and is shown as a reference number only.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of refusal it is; doors map it to a status of their
// protocol (HTTP: 422, 409, 404, 409, 403, 503).
type Kind string

const (
	Invalid   Kind = "invalid"   // the content is wrong: change it and send again
	Refused   Kind = "refused"   // the content is right, but a rule or state forbids it now
	NotFound  Kind = "not_found" // there is none, or the caller may not know of it
	Conflict  Kind = "conflict"  // somebody else was first; read again and decide again
	Forbidden Kind = "forbidden" // the caller is known and lacks the right
	Overload  Kind = "overload"  // too much at once: wait and repeat, nothing was done
)

// Fault is one refusal. Code is stable: tests, translations and messages key on
// it. Path is an RFC 6901 pointer into the document sent ("/lines/2/origin"),
// empty when the whole is meant. Text and Cure are English templates in which
// {name} is replaced by the argument of that name; the Chinese templates stand
// in locales/faults.zh-CN.json under the same code.
type Fault struct {
	Kind Kind
	Code string
	Path string
	Text string
	Cure string
	Args map[string]string
	Err  error // cause: logged, never shown
}

// New returns a fault. args are name, value pairs for the templates; values are
// written with fmt.Sprint.
func New(kind Kind, code, path, text, cure string, args ...any) *Fault {
	f := &Fault{Kind: kind, Code: code, Path: path, Text: text, Cure: cure}
	if len(args) > 0 {
		f.Args = make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			f.Args[fmt.Sprint(args[i])] = fmt.Sprint(args[i+1])
		}
	}
	return f
}

// Error gives code, path and the English text on one line.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Code)
	if f.Path != "" {
		b.WriteString(" at ")
		b.WriteString(f.Path)
	}
	b.WriteString(": ")
	b.WriteString(f.Message())
	return b.String()
}

// Message gives the English text with its arguments filled in.
func (f *Fault) Message() string { return Fill(f.Text, f.Args) }

// Remedy gives the English cure with its arguments filled in.
func (f *Fault) Remedy() string { return Fill(f.Cure, f.Args) }

// Unwrap gives the cause, for logs.
func (f *Fault) Unwrap() error { return f.Err }

// Because returns a copy of f that remembers err as its cause.
func (f *Fault) Because(err error) *Fault {
	g := *f
	g.Err = err
	return &g
}

// Under returns a copy of f whose path stands below prefix: a fault found in a
// part is reported as a fault of the whole.
func (f *Fault) Under(prefix string) *Fault {
	g := *f
	g.Path = prefix + f.Path
	return &g
}

// Fill replaces {name} in a template by args[name]; a name without argument
// stays as it stands.
func Fill(template string, args map[string]string) string {
	if len(args) == 0 || !strings.Contains(template, "{") {
		return template
	}
	pairs := make([]string, 0, 2*len(args))
	for name, value := range args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// List is all faults of one document. An empty list is no error: return
// list.OrNil().
type List []*Fault

// Error joins the faults with semicolons.
func (l List) Error() string {
	texts := make([]string, len(l))
	for i, f := range l {
		texts[i] = f.Error()
	}
	return strings.Join(texts, "; ")
}

// Add appends the faults that err carries (one Fault or a List) with prefix
// before their paths. An error that is no fault is returned unchanged and
// nothing is added: it is internal and must travel on. Add(p, nil) is nil.
func (l *List) Add(prefix string, err error) error {
	if err == nil {
		return nil
	}
	found := All(err)
	if found == nil {
		return err
	}
	for _, f := range found {
		*l = append(*l, f.Under(prefix))
	}
	return nil
}

// OrNil gives nil for an empty list, the list as an error otherwise.
func (l List) OrNil() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Kind gives the kind of the first fault; the doors answer with it.
func (l List) Kind() Kind {
	if len(l) == 0 {
		return ""
	}
	return l[0].Kind
}

// All gives every fault inside err, or nil when err carries none.
func All(err error) List {
	if list, ok := errors.AsType[List](err); ok {
		return list
	}
	if one, ok := errors.AsType[*Fault](err); ok {
		return List{one}
	}
	return nil
}

// Is tells whether err carries a fault with this code.
func Is(err error, code string) bool {
	for _, f := range All(err) {
		if f.Code == code {
			return true
		}
	}
	return false
}

// KindOf gives the kind of the first fault in err, "" when there is none.
func KindOf(err error) Kind { return All(err).Kind() }
