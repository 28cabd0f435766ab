package httpapi

import (
	"encoding/json"
	"net/http"
	"path"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// paper is an adapter of huma's that serves nothing: the OpenAPI document is made
// with huma, the requests are read here.
type paper struct{}

func (paper) Handle(*huma.Operation, func(huma.Context))       {}
func (paper) ServeHTTP(http.ResponseWriter, *http.Request)     {}
func (paper) Unwrap(huma.Context) (http.ResponseWriter, error) { return nil, nil }

// newDocs begins the document.
func newDocs() huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	config := huma.Config{OpenAPI: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Seine", Version: "1",
			Description: "Customs supervision of a free-trade zone: manifests, declarations, duty, inspection, account books, gates, journal. " +
				"Amounts, quantities and rates are decimal texts; days are YYYY-MM-DD of the zone; moments are RFC 3339.",
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Servers:    []*huma.Server{{URL: "/"}},
		Components: &huma.Components{Schemas: registry},
		Tags:       tags,
	}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"client":  {Type: "oauth2", Flows: &huma.OAuthFlows{ClientCredentials: &huma.OAuthFlow{TokenURL: "/api/v1/token", Scopes: map[string]string{}}}},
		"session": {Type: "apiKey", In: "cookie", Name: cookieName},
	}
	return huma.NewAPI(config, paper{})
}

var tags = []*huma.Tag{
	{Name: "identity", Description: "signing in, tokens of machines"},
	{Name: "manifests", Description: "cargo reports of carriers"},
	{Name: "declarations", Description: "bills of entry and filing bills"},
	{Name: "inspection", Description: "inspection orders and their results"},
	{Name: "money", Description: "tax bills, payments, guarantees, obligations"},
	{Name: "books", Description: "account books and verification lists"},
	{Name: "feeds", Description: "networked supervision: what enterprises' own systems tell of their stock, and where book, system and gate part"},
	{Name: "gate", Description: "release notes and passages"},
	{Name: "registry", Description: "enterprises, officers, accounts, exchange rates"},
	{Name: "knowledge", Description: "tariff, duty, codes, procedures"},
	{Name: "journal", Description: "what happened, with proof; live events; webhooks"},
}

// schemaName names a schema by room and type: two rooms may use one word.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	if base, arguments, generic := strings.Cut(name, "["); generic {
		name = base
		for argument := range strings.SplitSeq(strings.TrimSuffix(arguments, "]"), ",") {
			argument = argument[strings.LastIndexByte(argument, '/')+1:]
			for word := range strings.FieldsFuncSeq(argument, func(r rune) bool { return r == '.' || r == '[' || r == ']' || r == '*' }) {
				if word != "httpapi" {
					name += strings.ToUpper(word[:1]) + word[1:]
				}
			}
		}
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	room := path.Base(t.PkgPath())
	if t.PkgPath() == "" || room == "httpapi" || strings.HasPrefix(strings.ToLower(name), room) {
		return name
	}
	return strings.ToUpper(room[:1]) + room[1:] + name
}

// document enters a route into the OpenAPI document. huma's own way in is
// compiled anew for every pair of types, which costs more than everything else
// in this package; the little that is asked of it is done here from the types'
// descriptions.
func (s *Server) document(rt route, in, out reflect.Type, p *plan) {
	made := &huma.Operation{
		OperationID: rt.id, Method: rt.method, Path: rt.path, Summary: rt.summary, Tags: []string{rt.tag},
		Security: []map[string][]string{{"client": {}}, {"session": {}}},
	}
	if rt.open {
		made.Security = []map[string][]string{{}}
	}
	schemas := s.docs.OpenAPI().Components.Schemas
	for i := range p.fields {
		f := in.FieldByIndex(p.fields[i].index)
		schema := huma.SchemaFromField(schemas, f, "")
		param := &huma.Param{Name: p.fields[i].name, In: p.fields[i].where, Required: p.fields[i].required, Schema: schema, Description: schema.Description}
		if param.In == "query" {
			param.Explode = new(false) // one value of each
		}
		made.Parameters = append(made.Parameters, param)
	}
	switch {
	case p.body != nil:
		f := in.FieldByIndex(p.body)
		made.RequestBody = &huma.RequestBody{
			Required: f.Tag.Get("required") == "true" || f.Type.Kind() != reflect.Pointer && f.Type.Kind() != reflect.Interface,
			Content:  map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromField(schemas, f, rt.id+"Request")}},
		}
	case p.raw != nil:
		made.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	}
	status := rt.status
	answer := &huma.Response{}
	if out == reflect.TypeFor[none]() {
		if status == 0 {
			status = http.StatusNoContent
		}
	} else {
		if status == 0 {
			status = http.StatusOK
		}
		body := huma.SchemaFromField(schemas, reflect.StructField{Name: "Body", Type: out}, rt.id+"Response")
		answer.Content = map[string]*huma.MediaType{"application/json": {Schema: body}}
	}
	answer.Description = http.StatusText(status)
	made.Responses = map[string]*huma.Response{strconv.Itoa(status): answer}
	s.docs.OpenAPI().AddOperation(made)
	if rt.method == http.MethodPost {
		made.Parameters = append(made.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: "string", MaxLength: new(200)},
			Description: "makes a repeat harmless: the same key with the same content gets the same answer, with other content a conflict",
		})
	}
	if len(rt.accept) > 0 && made.RequestBody != nil {
		content := map[string]*huma.MediaType{}
		for _, kind := range rt.accept {
			content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
		}
		if p.body != nil {
			for _, old := range made.RequestBody.Content {
				content[rt.accept[0]] = old
			}
		}
		made.RequestBody.Content = content
	}
	if rt.answers != "" {
		made.Responses[strconv.Itoa(status)].Content = map[string]*huma.MediaType{rt.answers: {Schema: &huma.Schema{Type: "string"}}}
	}
	problem := schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	made.Responses["default"] = &huma.Response{
		Description: "not done: every fault with code, place and cure",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: problem}},
	}
}

// OpenAPI gives the document as indented JSON.
func (s *Server) OpenAPI() ([]byte, error) {
	raw, err := json.Marshal(s.docs.OpenAPI())
	if err != nil {
		return nil, err
	}
	// Through a map, so that names stand in order and a change shows as a change.
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, err
	}
	raw, err = json.MarshalIndent(tree, "", "  ")
	return append(raw, '\n'), err
}

// answersWith documents the answer of a route that passes on the rendered reply
// of a decision.
func (s *Server) answersWith(path, status string, reply any) {
	item := s.docs.OpenAPI().Paths[path]
	schema := s.docs.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(reply), true, "Reply")
	for _, o := range []*huma.Operation{item.Post, item.Put, item.Patch, item.Delete} {
		if o != nil {
			o.Responses[status].Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
			return
		}
	}
}

// takes documents a body that a route reads by itself.
func (s *Server) takes(path, kind string, t reflect.Type) {
	s.docs.OpenAPI().Paths[path].Post.RequestBody.Content[kind] = &huma.MediaType{
		Schema: s.docs.OpenAPI().Components.Schemas.Schema(t, true, "Body"),
	}
}
