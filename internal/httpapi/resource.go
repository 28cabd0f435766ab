package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/party"
	"seine/internal/store"
)

// paging is how every list is asked for. A page costs what it shows: the cursor
// is the last document seen, never a count.
type paging struct {
	After string `query:"after" doc:"cursor: next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" doc:"documents a page; 50 when not given"`
}

// page is one page of a list, newest first.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
}

// resource is a kind of document that is read over the door: listed, and shown
// one by one.
type resource[T any] struct {
	kind   decision.Kind
	path   string // below /api/v1/
	tag    string
	one    string // "declaration": ids and summaries are made with it
	many   string
	number string // column by which it is found besides its id, "" for none
	owner  string // column that holds the enterprise whose document it is
	agent  string // column that holds the broker, "" for none
	office string // column of the office, "" where there is none
	area   string // column of the area
	right  string // kind by which the matrix of rights knows it; its own where empty

	parties func(*T) (parties []string, area string)
	redact  func(*identity.Principal, *T) // takes out what p may not see
}

// byDocument is how one document is named.
type byDocument struct {
	ID string `path:"id" doc:"id, or official number"`
}

// object is a document as the matrix of rights asks for it.
func (r *resource[T]) object(id string, doc *T) party.Object {
	parties, area := r.parties(doc)
	return party.Object{Kind: r.known(), ID: id, Area: area, Parties: parties}
}

func (r *resource[T]) known() string {
	if r.right != "" {
		return r.right
	}
	return string(r.kind)
}

// load reads a document by id or number and authorises action on it. What may
// not be seen is not found.
func (r *resource[T]) load(c *call, id string, action party.Action) (doc *T, found string, version int64, err error) {
	doc = new(T)
	version, err = c.s.store.Load(c.ctx(), r.kind, id, doc)
	if fault.Is(err, "STORE-ABSENT-01") && r.number != "" {
		ids, other := c.s.store.Find(c.ctx(), r.kind, r.number, id, 1)
		if other != nil {
			return nil, "", 0, other
		}
		if len(ids) == 1 {
			id = ids[0]
			version, err = c.s.store.Load(c.ctx(), r.kind, id, doc)
		}
	}
	if fault.Is(err, "STORE-ABSENT-01") {
		err = party.Absent(string(r.kind), id)
	}
	if err == nil {
		err = c.may(action, r.object(id, doc))
	}
	if err != nil {
		return nil, "", 0, err
	}
	return doc, id, version, nil
}

// show serves one document with its version as ETag.
func (r *resource[T]) show(s *Server) {
	add(s, route{id: "get-" + r.one, method: http.MethodGet, path: "/api/v1/" + r.path + "/{id}", tag: r.tag, summary: "One " + strings.ReplaceAll(r.one, "-", " ")},
		func(c *call, in *byDocument) (*T, error) {
			doc, id, version, err := r.load(c, in.ID, party.View)
			if err != nil {
				return nil, err
			}
			if err := c.s.identity.Read(c.ctx(), c.who, r.kind, id); err != nil {
				return nil, err
			}
			if r.redact != nil {
				r.redact(c.who, doc)
			}
			c.w.Header().Set("ETag", tagOf(version))
			return doc, nil
		})
}

func tagOf(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// expected gives the version that the caller saw, from If-Match; 0 when none was
// stated. Fault: HTTP-MATCH-02.
func (c *call) expected() (int64, error) {
	tag := c.r.Header.Get("If-Match")
	if tag == "" || tag == "*" {
		return 0, nil
	}
	version, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil || version <= 0 {
		return 0, fault.New(fault.Invalid, "HTTP-MATCH-02", "", "“{tag}” is no version of a document", "send the ETag that the document came with", "tag", clip(tag))
	}
	return version, nil
}

// listed adds the list; where turns the input into conditions on columns.
func listed[T, I any](s *Server, r *resource[T], pageOf func(*I) paging, where func(*I) map[string]string) {
	add(s, route{id: "list-" + r.many, method: http.MethodGet, path: "/api/v1/" + r.path, tag: r.tag, summary: strings.ToUpper(r.many[:1]) + strings.ReplaceAll(r.many[1:], "-", " ") + ", newest first"},
		func(c *call, in *I) (page[*T], error) { return r.list(c, pageOf(in), where(in)) })
}

func (r *resource[T]) list(c *call, p paging, where map[string]string) (page[*T], error) {
	out := page[*T]{Items: []*T{}}
	q := store.Query{Where: map[string][]string{}, Before: p.After, Limit: p.Limit}
	for column, value := range where {
		switch {
		case value == "":
		case column == "open":
			q.Open = true
		default:
			q.Where[column] = []string{value}
		}
	}
	if c.who.Staff() {
		if !c.reads(r.known()) {
			return out, party.Absent(string(r.kind), "list")
		}
		r.within(c.who, &q)
	} else if err := r.ownOnly(c, &q); err != nil {
		return out, err
	}
	found, err := c.s.store.List(c.ctx(), r.kind, q)
	if err != nil {
		return out, err
	}
	out.Next = found.Next
	ids := make([]string, 0, len(found.Items))
	for _, item := range found.Items {
		doc := new(T)
		if err := json.Unmarshal(item.Body, doc); err != nil {
			return out, err
		}
		switch err := c.may(party.View, r.object(item.ID, doc)); {
		case fault.All(err) != nil:
			continue
		case err != nil:
			return out, err
		}
		if r.redact != nil {
			r.redact(c.who, doc)
		}
		out.Items = append(out.Items, doc)
		ids = append(ids, item.ID)
	}
	return out, c.s.identity.Read(c.ctx(), c.who, r.kind, ids...)
}

// reads tells whether staff may look at this kind of document at all.
func (c *call) reads(kind string) bool {
	return party.May(c.who.Who(c.now.Date()), party.View, party.Object{Kind: kind}) == nil
}

// within keeps a list to the areas an officer works in.
func (r *resource[T]) within(p *identity.Principal, q *store.Query) {
	areas := p.Actor.Areas
	if slices.Contains(areas, party.AnyArea) {
		return
	}
	switch {
	case r.area != "" && q.Where[r.area] == nil:
		q.Where[r.area] = areas
	case r.office != "" && q.Where[r.office] == nil:
		var offices []string
		for _, id := range areas {
			if a, ok := party.Organisation().Area(id); ok && a.Office != "" {
				offices = append(offices, string(a.Office))
			}
		}
		q.Where[r.office] = offices
	}
	for column, values := range q.Where {
		if len(values) == 0 {
			q.Where[column] = []string{"-"} // works in no area: nothing
		}
	}
}

// ownOnly keeps a list to what belongs to the caller's enterprise, or to a
// principal it names; each document is authorised besides.
func (r *resource[T]) ownOnly(c *call, q *store.Query) error {
	if r.owner == "" {
		return party.Absent(string(r.kind), "list")
	}
	if r.agent != "" && q.Where[r.owner] == nil && slices.Contains(c.who.Actor.Posts, string(party.BrokerPost)) {
		q.Where[r.agent] = []string{c.who.Actor.Enterprise}
		return nil
	}
	if q.Where[r.owner] == nil {
		q.Where[r.owner] = []string{c.who.Actor.Enterprise}
	}
	return nil
}

// areaOf gives the area that a customs office belongs to, "" for none.
func areaOf[O ~string](office O) string {
	if a, ok := party.Organisation().AreaOfOffice(codelist.OfficeCode(office)); ok {
		return a.ID
	}
	return ""
}

// companies gives the ids of enterprises by what papers name them with: credit
// codes as they are, customs codes by looking them up.
func (c *call) companies(codes ...string) ([]string, error) {
	var ids []string
	for _, code := range codes {
		if len(code) == 10 { // customs registration code
			found, err := c.s.store.Find(c.ctx(), "enterprise", "customs_code", code, 1)
			if err != nil {
				return nil, err
			}
			if len(found) == 1 {
				code = found[0]
			}
		}
		if code != "" && !slices.Contains(ids, code) {
			ids = append(ids, code)
		}
	}
	return ids, nil
}

// plain lists documents that were authorised by what they belong to.
func (r *resource[T]) plain(c *call, q store.Query) (page[*T], error) {
	out := page[*T]{Items: []*T{}}
	found, err := c.s.store.List(c.ctx(), r.kind, q)
	if err != nil {
		return out, err
	}
	out.Next = found.Next
	for _, item := range found.Items {
		doc := new(T)
		if err := json.Unmarshal(item.Body, doc); err != nil {
			return out, err
		}
		out.Items = append(out.Items, doc)
	}
	return out, nil
}
