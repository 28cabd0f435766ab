package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/party"
	"seine/internal/registry"
)

var enterprises = &resource[party.Enterprise]{
	kind: dossier.Enterprise, path: "enterprises", tag: "registry", one: "enterprise", many: "enterprises", number: "customs_code", owner: "credit_code",
	parties: func(e *party.Enterprise) ([]string, string) { return []string{e.ID}, "" },
}

var officers = &resource[party.Officer]{
	kind: dossier.Officer, path: "officers", tag: "registry", one: "officer", many: "officers", number: "number", right: "user",
	parties: func(*party.Officer) ([]string, string) { return nil, "" },
}

var users = &resource[party.User]{
	kind: dossier.User, path: "users", tag: "registry", one: "user", many: "users",
	parties: func(u *party.User) ([]string, string) { return []string{u.Enterprise}, "" },
	redact:  func(_ *identity.Principal, u *party.User) { u.Password = "" },
}

var clients = &resource[party.Client]{
	kind: dossier.Client, path: "clients", tag: "registry", one: "client", many: "clients",
	parties: func(m *party.Client) ([]string, string) { return []string{m.Enterprise}, "" },
	redact:  func(_ *identity.Principal, m *party.Client) { m.Secret = "" },
}

type enterpriseQuery struct {
	paging
	State string `query:"state"`
	Area  string `query:"area"`
	Name  string `query:"name" doc:"as registered"`
}

type personQuery struct {
	paging
	State      string `query:"state"`
	Enterprise string `query:"enterprise"`
}

type officerQuery struct {
	paging
	State  string `query:"state"`
	Office string `query:"office"`
}

// NewClient is a machine account as it is asked for.
type NewClient struct {
	ClientID   string         `json:"clientId" doc:"public name"`
	Enterprise string         `json:"enterprise,omitempty" doc:"credit code; nothing for the equipment of a gate"`
	Area       string         `json:"area,omitempty" doc:"of the equipment of a gate, which may send its readings, replays and barrier facts only"`
	Lane       string         `json:"lane,omitempty" doc:"of the equipment of a gate; every lane of the area when not given"`
	Name       string         `json:"name"`
	Posts      []party.PostID `json:"posts,omitempty" doc:"of an enterprise's machine; equipment has the post lane-device"`
	Thumbprint string         `json:"thumbprint,omitempty" doc:"SHA-256 of its certificate in hexadecimal; then no secret is made"`
}

// ClientOpened is a machine account with its secret, which is shown this once.
type ClientOpened struct {
	ClientID string `json:"clientId"`
	Secret   string `json:"secret,omitempty"`
}

// NewUser is an account as it is asked for.
type NewUser struct {
	Name       string         `json:"name" doc:"sign-in name"`
	FullName   string         `json:"fullName,omitempty"`
	Officer    string         `json:"officer,omitempty" doc:"service number, for customs"`
	Enterprise string         `json:"enterprise,omitempty" doc:"credit code, for the trade"`
	Posts      []party.PostID `json:"posts,omitempty" doc:"for the trade"`
	Language   string         `json:"language,omitempty"`
}

// LinkMade is a one-time sign-in link.
type LinkMade struct {
	Link    string        `json:"link" doc:"token of the link, shown this once"`
	Expires clock.Instant `json:"expires"`
}

// UserState changes whether an account may be used.
type UserState struct {
	State party.UserState `json:"state" enum:"active,locked,closed"`
}

func (s *Server) registryRoutes() {
	listed(s, enterprises, func(q *enterpriseQuery) paging { return q.paging }, func(q *enterpriseQuery) map[string]string {
		return map[string]string{"state": q.State, "area": q.Area, "name": q.Name}
	})
	enterprises.show(s)
	listed(s, officers, func(q *officerQuery) paging { return q.paging }, func(q *officerQuery) map[string]string {
		return map[string]string{"state": q.State, "office": q.Office}
	})
	officers.show(s)
	listed(s, users, func(q *personQuery) paging { return q.paging }, func(q *personQuery) map[string]string {
		return map[string]string{"state": q.State, "enterprise": q.Enterprise}
	})
	users.show(s)
	listed(s, clients, func(q *personQuery) paging { return q.paging }, func(q *personQuery) map[string]string {
		return map[string]string{"state": q.State, "enterprise": q.Enterprise}
	})
	clients.show(s)
	if s.Registry == nil {
		return
	}
	add(s, route{id: "register-enterprise", method: http.MethodPost, path: "/api/v1/enterprises", tag: "registry", status: http.StatusCreated, summary: "Register an enterprise, or change its data"},
		func(c *call, in *struct{ Body party.Enterprise }) (json.RawMessage, error) {
			if err := c.may(party.Decide, party.Object{Kind: string(dossier.Enterprise), ID: string(in.Body.CreditCode)}); err != nil {
				return nil, err
			}
			return c.replied(s.Registry.Register(c.ctx(), c.command("enterprise.register"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/enterprises", "201", registry.Reply{})
	manage := func(c *call, kind, id string) error { return c.may(party.Manage, party.Object{Kind: kind, ID: id}) }
	add(s, route{id: "appoint-officer", method: http.MethodPost, path: "/api/v1/officers", tag: "registry", status: http.StatusCreated, summary: "Record an officer with posts and areas, or change them"},
		func(c *call, in *struct{ Body party.Officer }) (json.RawMessage, error) {
			if err := manage(c, "user", in.Body.Number); err != nil {
				return nil, err
			}
			return c.replied(s.Registry.Appoint(c.ctx(), c.command("officer.appoint"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/officers", "201", registry.Reply{})
	add(s, route{id: "open-account", method: http.MethodPost, path: "/api/v1/users", tag: "registry", status: http.StatusCreated, summary: "Open a sign-in account"},
		func(c *call, in *struct{ Body NewUser }) (json.RawMessage, error) {
			if err := manage(c, "user", in.Body.Name); err != nil {
				return nil, err
			}
			b := in.Body
			return c.replied(s.Registry.OpenAccount(c.ctx(), c.command("account.open"), c.who.Actor,
				party.User{Name: b.Name, FullName: b.FullName, Officer: b.Officer, Enterprise: b.Enterprise, Posts: b.Posts, Language: b.Language}))
		})
	s.answersWith("/api/v1/users", "201", registry.Reply{})
	add(s, route{id: "change-account", method: http.MethodPut, path: "/api/v1/users/{id}/state", tag: "registry", summary: "Lock, close or reopen an account"},
		func(c *call, in *struct {
			byDocument
			Body UserState
		},
		) (json.RawMessage, error) {
			if err := manage(c, "user", in.ID); err != nil {
				return nil, err
			}
			return c.replied(s.Registry.SetAccount(c.ctx(), c.command("account.change/"+in.ID), c.who.Actor, in.ID, in.Body.State))
		})
	add(s, route{id: "make-link", method: http.MethodPost, path: "/api/v1/users/{id}/link", tag: "registry", status: http.StatusCreated, summary: "Make a one-time sign-in link"},
		func(c *call, in *byDocument) (LinkMade, error) {
			if err := manage(c, "user", in.ID); err != nil {
				return LinkMade{}, err
			}
			token, expires, err := s.identity.MakeLink(c.ctx(), c.who.Actor, in.ID, 30*time.Minute)
			return LinkMade{token, expires}, err
		})
	add(s, route{id: "open-client", method: http.MethodPost, path: "/api/v1/clients", tag: "registry", status: http.StatusCreated, summary: "Open an account for a machine; the secret is shown once"},
		func(c *call, in *struct{ Body NewClient }) (ClientOpened, error) {
			if err := manage(c, "client", in.Body.ClientID); err != nil {
				return ClientOpened{}, err
			}
			b := in.Body
			machine := party.Client{ClientID: b.ClientID, Enterprise: b.Enterprise, Area: b.Area, Lane: b.Lane, Name: b.Name, Posts: b.Posts, Thumbprint: b.Thumbprint}
			if machine.Device() && len(machine.Posts) == 0 {
				machine.Posts = []party.PostID{party.LaneDevice}
			}
			out := ClientOpened{ClientID: b.ClientID}
			if b.Thumbprint == "" {
				var err error
				if out.Secret, err = s.identity.Token(); err != nil {
					return out, err
				}
				machine.Secret = party.TokenHash(out.Secret)
			}
			cmd := c.command("client.open")
			cmd.Key = "" // the secret is not kept, so it cannot be answered again
			_, err := s.Registry.OpenClient(c.ctx(), cmd, c.who.Actor, machine)
			if err != nil {
				out = ClientOpened{}
			}
			return out, err
		})
	add(s, route{id: "change-client", method: http.MethodPut, path: "/api/v1/clients/{id}/state", tag: "registry", summary: "Lock, close or reopen the account of a machine"},
		func(c *call, in *struct {
			byDocument
			Body UserState
		},
		) (json.RawMessage, error) {
			if err := manage(c, "client", in.ID); err != nil {
				return nil, err
			}
			return c.replied(s.Registry.SetClient(c.ctx(), c.command("client.change/"+in.ID), c.who.Actor, in.ID, in.Body.State))
		})
	add(s, route{id: "renew-client", method: http.MethodPost, path: "/api/v1/clients/{id}/secret", tag: "registry", status: http.StatusCreated, summary: "Give a machine another secret, shown once; the old one is taken no more"},
		func(c *call, in *byDocument) (ClientOpened, error) {
			if err := manage(c, "client", in.ID); err != nil {
				return ClientOpened{}, err
			}
			secret, err := s.identity.Token()
			if err != nil {
				return ClientOpened{}, err
			}
			cmd := c.command("client.renew/" + in.ID)
			cmd.Key = "" // the secret is not kept, so it cannot be answered again
			if _, err := s.Registry.RenewClient(c.ctx(), cmd, c.who.Actor, in.ID, party.TokenHash(secret)); err != nil {
				return ClientOpened{}, err
			}
			return ClientOpened{ClientID: in.ID, Secret: secret}, nil
		})
	add(s, route{id: "enter-rates", method: http.MethodPost, path: "/api/v1/exchange-rates", tag: "registry", status: http.StatusCreated, summary: "Enter exchange rates"},
		func(c *call, in *struct{ Body []registry.ExchangeRate }) (json.RawMessage, error) {
			if err := c.may(party.Configure, party.Object{Kind: "tariff", ID: "exchange-rates"}); err != nil {
				return nil, err
			}
			return c.replied(s.Registry.Rate(c.ctx(), c.command("rates.enter"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/exchange-rates", "201", registry.Reply{})
	add(s, route{id: "list-rates", method: http.MethodGet, path: "/api/v1/exchange-rates", tag: "knowledge", summary: "Every exchange rate entered"},
		func(c *call, in *struct {
			Currency codelist.CurrencyCode `query:"currency"`
		},
		) (registry.Rates, error) {
			var all registry.Rates
			if _, err := s.store.Load(c.ctx(), dossier.Parameter, registry.RatesID, &all); err != nil && !fault.Is(err, "STORE-ABSENT-01") {
				return all, err
			}
			wanted := registry.Rates{Rates: []registry.ExchangeRate{}}
			for _, rate := range all.Rates {
				if in.Currency == "" || rate.Currency == string(in.Currency) {
					wanted.Rates = append(wanted.Rates, rate)
				}
			}
			return wanted, nil
		})
}
