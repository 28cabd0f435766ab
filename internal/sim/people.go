package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"seine/internal/clearance"
	"seine/internal/declaration"
	"seine/internal/inspection"
	"seine/internal/party"
)

// signIn gives the door of a machine.
func signIn(ctx context.Context, host Host, client, secret string) (*Door, error) {
	d := &Door{Base: host.Base, HTTP: host.HTTP}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}}
	var issued struct {
		Token string `json:"access_token"`
	}
	if err := d.raw(ctx, http.MethodPost, pathToken, "application/x-www-form-urlencoded", []byte(form.Encode()), &issued); err != nil {
		return nil, err
	}
	d.Token = issued.Token
	return d, nil
}

// SignIn is a one-time link that the demonstration hands out.
type SignIn struct {
	Role string // what the person does, in a word
	User string
	Name string
	Link string // token
}

// person opens an account and gives a one-time link for it.
func (w *Zone) person(ctx context.Context, body map[string]any) (string, error) {
	if err := w.admin.send(ctx, http.MethodPost, pathUsers, body, nil); err != nil {
		return "", err
	}
	return w.link(ctx, fmt.Sprint(body["name"]))
}

func (w *Zone) link(ctx context.Context, user string) (string, error) {
	var made struct {
		Link string `json:"link"`
	}
	err := w.admin.send(ctx, http.MethodPost, pathUsers+"/"+url.PathEscape(user)+"/link", map[string]any{}, &made)
	return made.Link, err
}

// staff signs one officer of every post in, so that the zone's desks are manned.
func (w *Zone) staff(ctx context.Context) error {
	for i := range w.cast.officers {
		o := &w.cast.officers[i]
		post := o.Posts[0]
		user := "desk-" + strings.ToLower(o.Number)
		link, err := w.person(ctx, map[string]any{"name": user, "fullName": o.Name, "officer": o.ID})
		if err != nil {
			return err
		}
		var session struct {
			Token string `json:"token"`
		}
		d := &Door{Base: w.host.Base, HTTP: w.host.HTTP}
		if err := d.send(ctx, http.MethodPost, pathUseLink, map[string]string{"link": link}, &session); err != nil {
			return err
		}
		d.Token = session.Token
		w.officers[post] = append(w.officers[post], d)
		w.byOfficer[o.ID] = d
		w.tell("manning the desks", i+1, len(w.cast.officers))
	}
	return nil
}

// RoleNames are the roles that Roles gives links for; the accounts are called
// “demo-” and the role.
var RoleNames = []string{
	"officer", "reviewer", "inspector", "gate", "tax", "analyst", "analyst-second", "auditor", "chief", "chief-second", "administrator", "enterprise", "broker", "carrier",
}

// Roles opens one account for each role that a visitor may take, and gives their
// one-time links.
func (w *Zone) Roles(ctx context.Context) ([]SignIn, error) {
	var out []SignIn
	taken := map[string]bool{} // a second of a post is another person
	officer := func(role, zone string, post party.PostID) error {
		for i := range w.cast.officers {
			o := &w.cast.officers[i]
			if !o.Holds(post) || zone != "" && o.Area != zone || taken[o.ID] {
				continue
			}
			taken[o.ID] = true
			link, err := w.person(ctx, map[string]any{"name": "demo-" + role, "fullName": o.Name, "officer": o.ID})
			out = append(out, SignIn{role, "demo-" + role, o.NameEN, link})
			return err
		}
		return fmt.Errorf("nobody holds post %s", post)
	}
	for _, r := range []struct {
		role, area string
		post       party.PostID
	}{
		{"officer", "waigaoqiao", party.FilingOfficer},
		{"reviewer", "waigaoqiao", party.Reviewer},
		{"inspector", "waigaoqiao", party.Inspector},
		{"gate", "waigaoqiao", party.GateOfficer},
		{"tax", "", party.TaxOfficer},
		{"analyst", "", party.RiskAnalyst},
		{"analyst-second", "", party.RiskAnalyst},
		{"auditor", "", party.Auditor},
		{"chief", "", party.DivisionHead},
		{"chief-second", "", party.DivisionHead},
		{"administrator", "", party.Administrator},
	} {
		if err := officer(r.role, r.area, r.post); err != nil {
			return nil, err
		}
	}
	side := func(role string, e *party.Enterprise, post party.PostID) error {
		link, err := w.person(ctx, map[string]any{"name": "demo-" + role, "fullName": "演示 " + role, "enterprise": e.ID, "posts": []party.PostID{post}})
		out = append(out, SignIn{role, "demo-" + role, e.NameEN, link})
		return err
	}
	if err := side("enterprise", &w.cast.inside[0], party.EnterpriseClerk); err != nil {
		return nil, err
	}
	if err := side("broker", &w.cast.brokers[0], party.BrokerPost); err != nil {
		return nil, err
	}
	return out, side("carrier", &w.cast.carriers[0], party.CarrierPost)
}

// held is a declaration that waits at a desk.
type held struct {
	ID      string            `json:"id"`
	State   declaration.State `json:"state"`
	Channel string            `json:"channel"`
}

// Desks lets officers work on what waits: most of it is inspected and released,
// some is left for the visitor. At most n are taken.
func (w *Zone) Desks(ctx context.Context, n int) error {
	for _, door := range w.officers[party.FilingOfficer] {
		if n <= 0 {
			return nil
		}
		var page struct {
			Items []held `json:"items"`
		}
		if err := door.send(ctx, http.MethodGet, pathDeclarations+"?state=manual&limit=20", nil, &page); err != nil {
			return w.refused(err)
		}
		for _, item := range page.Items {
			if n <= 0 {
				return nil
			}
			n--
			if err := w.desk(ctx, door, item.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *Zone) desk(ctx context.Context, door *Door, id string) error {
	act := clearance.Decision{Act: clearance.ActRelease, Reason: "documents agree; released after review (demonstration)"}
	if w.rand.IntN(3) == 0 {
		act = clearance.Decision{Act: clearance.ActInspect, Reason: "goods to be looked at (demonstration)"}
	}
	if err := door.send(ctx, http.MethodPost, pathDeclarations+"/"+id+"/acts", act, nil); err != nil {
		return w.refused(err)
	}
	if act.Act != clearance.ActInspect {
		return nil
	}
	return w.inspect(ctx, door, id)
}

// inspect lets the drawn inspectors carry out the order for a declaration.
func (w *Zone) inspect(ctx context.Context, door *Door, declarationID string) error {
	var page struct {
		Items []inspection.Order `json:"items"`
	}
	if err := door.send(ctx, http.MethodGet, pathOrders+"?subject="+url.QueryEscape(declarationID), nil, &page); err != nil {
		return w.refused(err)
	}
	for _, o := range page.Items {
		drawn := o.Inspectors()
		if !o.Open() || len(drawn) == 0 || w.byOfficer[drawn[0]] == nil {
			continue
		}
		finding := clearance.Finding{Begin: true, Result: inspection.Result{
			Code: "N00", SignedBy: drawn, Present: &inspection.Present{Name: "演示 demonstration", Signature: o.ID, At: w.host.Now()},
		}}
		if err := w.byOfficer[drawn[0]].send(ctx, http.MethodPost, pathOrders+"/"+o.ID+"/result", finding, nil); err != nil {
			return w.refused(err)
		}
		w.Counts.Inspections++
	}
	return nil
}
