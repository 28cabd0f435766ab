package httpapi

import (
	"compress/gzip"
	"context"
	"encoding"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/party"
)

// route says what is done at one address.
type route struct {
	id, method, path string
	tag, summary     string
	open             bool          // nobody needs to be signed in
	lane             bool          // equipment of a gate may come here
	status           int           // of success; 200 where 0
	limit            int64         // bytes of body; maxBody where 0
	time             time.Duration // that the work may take; workTime where 0
	accept           []string      // content types of the body; JSON where empty
	answers          string        // content type of the answer; JSON where empty
	own              bool          // the handler answers by itself
}

const (
	maxBody  = 1 << 20
	maxLarge = 16 << 20
	workTime = 30 * time.Second
)

// none is the answer without content.
type none struct{}

// call is one request while it is worked on.
type call struct {
	s         *Server
	w         http.ResponseWriter
	r         *http.Request
	who       *identity.Principal
	now       clock.Instant // when it was received: the legal moment
	reference string
	body      []byte // as sent
	status    int    // set by the handler when it is not the route's
}

func (c *call) ctx() context.Context { return c.r.Context() }

// may authorises an act on an object.
func (c *call) may(action party.Action, object party.Object) error {
	return c.s.identity.May(c.ctx(), c.who, action, object)
}

// command begins the command of this request. Its key is that of the header.
func (c *call) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: c.who.Actor.ID, Key: c.r.Header.Get("Idempotency-Key"), Content: c.body, Received: c.now}
}

// replied renders what a decision answered.
func (c *call) replied(receipt decision.Receipt, err error) (json.RawMessage, error) {
	if err != nil {
		return nil, err
	}
	h := c.w.Header()
	if receipt.Repeated {
		h["Idempotent-Replayed"] = []string{"true"}
	}
	if len(receipt.Entries) > 0 {
		h["Seine-Entries"] = []string{strings.Join(receipt.Entries, ",")}
	}
	return receipt.Reply, nil
}

// add serves a route: in is filled from path, query, header and body, act does
// the work, what it gives is the answer. The same types make the OpenAPI
// document. Only what needs the types stands here: it is compiled anew for every
// route.
func add[I, O any](s *Server, rt route, act func(c *call, in *I) (O, error)) {
	s.serve(rt, reflect.TypeFor[I](), reflect.TypeFor[O](), func(c *call, rt *route, plan *plan) (any, error) {
		var in I
		if err := s.enter(c, rt, plan, reflect.ValueOf(&in).Elem()); err != nil {
			return nil, err
		}
		return act(c, &in)
	})
}

// serve documents a route and answers its requests with what work gives.
func (s *Server) serve(rt route, in, out reflect.Type, work func(*call, *route, *plan) (any, error)) {
	plan := planOf(in)
	s.document(rt, in, out, plan)
	if rt.limit == 0 {
		rt.limit = maxBody
	}
	if rt.time == 0 {
		rt.time = workTime
	}
	if rt.status == 0 {
		rt.status = http.StatusOK
		if out == reflect.TypeFor[none]() {
			rt.status = http.StatusNoContent
		}
	}
	pattern := rt.method + " " + rt.path
	seen := s.metrics.route(pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, w: w, r: r, now: s.clock.Now(), reference: referenceOf(r.Context())}
		if m, ok := w.(*meter); ok {
			m.seen = seen
		}
		if !rt.own {
			ctx, cancel := context.WithTimeout(r.Context(), rt.time)
			defer cancel()
			c.r = r.WithContext(ctx)
		}
		answer, err := work(c, &rt, plan)
		switch {
		case err != nil:
			s.problem(w, c.r, err)
		case rt.own && c.status == 0:
		default:
			if c.status == 0 {
				c.status = rt.status
			}
			s.render(w, c.r, c.status, answer)
		}
	})
}

// enter finds out who asks and reads what is asked.
func (s *Server) enter(c *call, rt *route, plan *plan, in reflect.Value) error {
	var err error
	if c.who, err = s.principal(c.r); err != nil && !rt.open {
		return err
	}
	if c.who != nil && c.who.Device() && !rt.lane && !rt.open {
		return fault.New(fault.Forbidden, "HTTP-DEVICE-01", "", "the equipment of a lane may send readings, replays and how its barrier moved, nothing else",
			"ask with an account of a person or an enterprise")
	}
	if key := c.r.Header.Get("Idempotency-Key"); len(key) > 200 {
		return fault.New(fault.Invalid, "HTTP-KEY-01", "", "the Idempotency-Key is longer than {limit} characters", "use a shorter one, such as a UUID", "limit", 200)
	}
	var faults fault.List
	for i := range plan.fields {
		f := &plan.fields[i]
		text := f.from(c.r)
		if text == "" {
			if f.required {
				faults = append(faults, fault.New(fault.Invalid, "HTTP-PARAM-02", "", "the parameter “{name}” is missing", "give it", "name", f.name))
			}
			continue
		}
		if err := set(in.FieldByIndex(f.index), text); err != nil {
			faults = append(faults, fault.New(fault.Invalid, "HTTP-PARAM-01", "", "“{value}” is no value of parameter “{name}”",
				"write {wanted}", "value", clip(text), "name", f.name, "wanted", f.wanted).Because(err))
		}
	}
	if plan.query {
		for name := range c.r.URL.Query() {
			if !plan.asks(name) {
				faults = append(faults, fault.New(fault.Invalid, "HTTP-PARAM-03", "", "there is no parameter “{name}” here", "use one of: {names}",
					"name", clip(name), "names", plan.names))
			}
		}
	}
	if len(faults) > 0 {
		return faults
	}
	if plan.body == nil && plan.raw == nil {
		return nil
	}
	if err := s.read(c, rt); err != nil {
		return err
	}
	if plan.raw != nil {
		in.FieldByIndex(plan.raw).SetBytes(c.body)
		return nil
	}
	return decode(c.body, in.FieldByIndex(plan.body).Addr().Interface())
}

// read reads the body, which may be packed by gzip (Content-Encoding); limits
// hold for what was unpacked. Faults: HTTP-BODY-01 (too large), HTTP-BODY-02
// (content type), HTTP-BODY-03 (it did not arrive whole), HTTP-BODY-04 (packed in
// another way), HTTP-BODY-05 (cannot be unpacked).
func (s *Server) read(c *call, rt *route) error {
	accept := rt.accept
	if len(accept) == 0 {
		accept = onlyJSON
	}
	if kind := c.r.Header.Get("Content-Type"); kind != accept[0] {
		plain, _, err := mime.ParseMediaType(kind)
		if err != nil || !contains(accept, plain) {
			return fault.New(fault.Invalid, "HTTP-BODY-02", "", "content of type “{type}” is not taken here", "send one of: {types}",
				"type", clip(kind), "types", strings.Join(accept, ", "))
		}
	}
	tooLarge := func() error {
		return fault.New(fault.Invalid, "HTTP-BODY-01", "", "the request is larger than {limit} bytes", "send less at once", "limit", rt.limit)
	}
	if c.r.ContentLength > rt.limit {
		return tooLarge()
	}
	switch packing := strings.ToLower(c.r.Header.Get("Content-Encoding")); packing {
	case "", "identity":
	case "gzip":
		var err error
		if c.body, err = unpacked(c.r.Body, rt.limit); err == nil && int64(len(c.body)) > rt.limit {
			return tooLarge()
		}
		return err
	default:
		return fault.New(fault.Invalid, "HTTP-BODY-04", "", "content packed by “{packing}” is not taken", "send it as it is, or packed by gzip", "packing", clip(packing))
	}
	if n := c.r.ContentLength; n >= 0 {
		c.body = make([]byte, n)
		if _, err := io.ReadFull(c.r.Body, c.body); err != nil {
			return cutOff(err)
		}
		return nil
	}
	var err error
	if c.body, err = io.ReadAll(io.LimitReader(c.r.Body, rt.limit+1)); err != nil {
		return cutOff(err)
	}
	if int64(len(c.body)) > rt.limit {
		return tooLarge()
	}
	return nil
}

// unpacked reads at most one byte more than limit of what a packed body holds.
func unpacked(body io.Reader, limit int64) ([]byte, error) {
	broken := func(err error) error {
		return fault.New(fault.Invalid, "HTTP-BODY-05", "", "the request says that it is packed by gzip and cannot be unpacked", "pack it again; nothing was done").Because(err)
	}
	z, err := gzip.NewReader(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, broken(err)
	}
	raw, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return nil, broken(err)
	}
	return raw, nil
}

var onlyJSON = []string{"application/json"}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func cutOff(err error) error {
	return fault.New(fault.Invalid, "HTTP-BODY-03", "", "the request did not arrive whole", "send it again; nothing was done").Because(err)
}

// render answers with JSON.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, v any) {
	if _, empty := v.(none); empty {
		w.WriteHeader(status)
		return
	}
	raw, ready := v.(json.RawMessage)
	if !ready {
		var err error
		if raw, err = json.Marshal(v); err != nil {
			s.problem(w, r, err)
			return
		}
	}
	answer(w, status, "application/json", raw)
}

func answer(w http.ResponseWriter, status int, kind string, raw []byte) {
	h := w.Header()
	h["Content-Type"] = []string{kind}
	h["Content-Length"] = []string{strconv.Itoa(len(raw))}
	if h["Cache-Control"] == nil {
		h["Cache-Control"] = []string{"no-store"}
	}
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a reader that has gone needs no answer
}

// plan is how the input of a route is filled.
type plan struct {
	fields    []field
	body, raw []int
	query     bool
	names     string
}

type field struct {
	index    []int
	name     string
	where    string // path, query, header
	wanted   string
	required bool
}

func (f *field) from(r *http.Request) string {
	switch f.where {
	case "path":
		return r.PathValue(f.name)
	case "query":
		return r.URL.Query().Get(f.name)
	}
	return r.Header.Get(f.name)
}

func (p *plan) asks(name string) bool {
	for i := range p.fields {
		if p.fields[i].where == "query" && p.fields[i].name == name {
			return true
		}
	}
	return false
}

func planOf(t reflect.Type) *plan {
	p := &plan{query: true}
	var names []string
	for _, f := range reflect.VisibleFields(t) {
		switch {
		case f.Anonymous:
			continue
		case f.Name == "Body":
			p.body = f.Index
			continue
		case f.Name == "RawBody":
			p.raw = f.Index
			continue
		}
		for _, where := range []string{"path", "query", "header"} {
			name := f.Tag.Get(where)
			if name == "" {
				continue
			}
			wanted := "a text"
			switch {
			case f.Type == reflect.TypeFor[clock.Date]():
				wanted = "a day such as 2026-01-31"
			case f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64:
				wanted = "a whole number"
			case f.Type.Kind() == reflect.Bool:
				wanted = "true or false"
			}
			p.fields = append(p.fields, field{f.Index, name, where, wanted, where == "path" || f.Tag.Get("required") == "true"})
			if where == "query" {
				names = append(names, name)
			}
		}
	}
	p.names = strings.Join(names, ", ")
	if p.names == "" {
		p.names = "–"
	}
	return p
}

// set reads a parameter into a field.
func set(v reflect.Value, text string) error {
	if t, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return t.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		v.SetInt(n)
		return err
	default:
		v.SetString(text)
	}
	return nil
}
