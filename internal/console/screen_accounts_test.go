package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"seine/internal/dossier"
	"seine/internal/identity"
	"seine/internal/party"
)

// shown gives what a page shows once in its card.
func shown(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`role="status">.*?<code[^>]*>([^<]+)</code>`).FindStringSubmatch(strings.ReplaceAll(body, "\n", ""))
	if m == nil {
		t.Fatalf("nothing is shown once in %s", body)
	}
	return m[1]
}

func TestAnAccountIsOpenedLockedAndReopened(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	h := z.pages(people["operator"])
	form := url.Values{"name": {"Li Wei"}, "officer": {"nobody"}, "key": {"a1"}}
	if w := post(t, h, accountsPath, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "CONSOLE-ACCOUNT-01") || !strings.Contains(w.Body.String(), `href="#f-officer"`) || !strings.Contains(w.Body.String(), `value="Li Wei"`) {
		t.Errorf("an officer who is not there: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("officer", "o1")
	if w := post(t, h, accountsPath, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-name"`) {
		t.Errorf("a name with a blank: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("name", "li.wei")
	path := accountsPath + "/li.wei"
	if w := post(t, h, accountsPath, form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != path {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("key", "a2")
	if w := post(t, h, accountsPath, form); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "REG-ACCOUNT-01") {
		t.Errorf("the name is taken: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	trade := url.Values{"name": {"wang.li"}, "enterprise": {z.owner}, "post.enterprise-clerk": {"on"}, "key": {"a3"}}
	if w := post(t, h, accountsPath, trade); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	whole, part := get(t, h, path), get(t, h, path, "HX-Request", "true")
	if whole.Code != http.StatusOK || strings.Contains(part.Body.String(), "<main") {
		t.Errorf("%d, or the fragment is a page", whole.Code)
	}

	made := post(t, h, path, url.Values{"act": {"link"}, "key": {"l1"}})
	link := shown(t, made.Body.String())
	if made.Header().Get("Cache-Control") != "no-store" || strings.Contains(get(t, h, path).Body.String(), link) {
		t.Error("the link is kept or shown again")
	}
	desk := identity.New(z.store, identity.Options{Clock: z.clock})
	if _, err := desk.UseLink(t.Context(), link[strings.LastIndex(link, "/")+1:]); err != nil {
		t.Errorf("the link does not sign in: %v", err)
	}

	state := func(id string) party.UserState {
		var u party.User
		if _, err := z.store.Load(t.Context(), dossier.User, id, &u); err != nil {
			t.Fatal(err)
		}
		return u.State
	}
	for i, to := range []party.UserState{party.Locked, party.Active, party.Closed, party.Active} {
		if w := post(t, h, path, url.Values{"act": {string(to)}, "key": {"s" + string(rune('a'+i))}}); w.Code != http.StatusSeeOther || state("li.wei") != to {
			t.Errorf("%s: %d %s, is %s", to, w.Code, refusalOf(w.Body.String()), state("li.wei"))
		}
	}
	if w := post(t, h, path, url.Values{"act": {"frozen"}, "key": {"f"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "REG-STATE-01") {
		t.Errorf("no such state: %d", w.Code)
	}
	own := url.Values{"name": {"the.admin"}, "officer": {"admin"}, "key": {"o"}}
	if w := post(t, h, accountsPath, own); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	if w := post(t, h, accountsPath+"/the.admin", url.Values{"act": {"locked"}, "key": {"p"}}); w.Code != http.StatusConflict || state("the.admin") != party.Active {
		t.Errorf("the own account: %d %s", w.Code, refusalOf(w.Body.String()))
	}
}

func TestAMachineIsOpenedItsSecretRenewedAndItIsClosed(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["operator"])
	desk := identity.New(z.store, identity.Options{Clock: z.clock})
	works := func(id, secret string) bool { _, err := desk.Issue(t.Context(), id, secret); return err == nil }
	form := url.Values{"clientId": {"lane-3"}, "name": {"lane 3"}, "area": {"yangshan"}, "lane": {"yangshan-3"}, "post.broker": {"on"}, "key": {"m1"}}
	if w := post(t, h, machinesPath, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "PARTY-POST-01") {
		t.Errorf("a device with a post of the trade: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Del("post.broker")
	path := machinesPath + "/lane-3"
	first := shown(t, post(t, h, machinesPath, form).Body.String())
	if !works("lane-3", first) || strings.Contains(get(t, h, path).Body.String(), first) {
		t.Error("the secret does not work, or is shown again")
	}
	next := shown(t, post(t, h, path, url.Values{"act": {"renew"}, "key": {"m2"}}).Body.String())
	if !works("lane-3", next) || works("lane-3", first) {
		t.Error("the old secret is still taken, or the new one is not")
	}
	if w := post(t, h, path, url.Values{"act": {"closed"}, "key": {"m3"}}); w.Code != http.StatusSeeOther || works("lane-3", next) {
		t.Errorf("a closed machine: %d", w.Code)
	}
	proved := url.Values{"clientId": {"erp"}, "name": {"erp"}, "enterprise": {z.owner}, "post.enterprise-clerk": {"on"}, "thumbprint": {"AB:CD"}, "key": {"m4"}}
	if w := post(t, h, machinesPath, proved); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, h, machinesPath+"/erp", url.Values{"act": {"renew"}, "key": {"m5"}}); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "REG-CLIENT-01") {
		t.Errorf("a machine with a certificate: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, h, machinesPath).Body.String(); !strings.Contains(body, "lane-3") || !strings.Contains(body, "yangshan-3") {
		t.Error("the list lacks the machine")
	}
}

func TestAccountsAreForAdministrators(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	for _, path := range []string{accountsPath, accountsPath + "/new", accountsPath + "/x", machinesPath, machinesPath + "/new", machinesPath + "/x"} {
		if w := get(t, z.pages(people["officer"]), path); w.Code != http.StatusForbidden {
			t.Errorf("%s for an officer: %d", path, w.Code)
		}
		if w := get(t, z.pages(people["enterprise"]), path); w.Code != http.StatusForbidden {
			t.Errorf("%s for an enterprise: %d", path, w.Code)
		}
	}
	form := url.Values{"name": {"me"}, "clientId": {"me"}, "officer": {"o1"}, "act": {"link"}, "key": {"k"}}
	for _, path := range []string{accountsPath, accountsPath + "/x", machinesPath, machinesPath + "/x"} {
		if w := post(t, z.pages(people["officer"]), path, form); w.Code != http.StatusNotFound {
			t.Errorf("an officer posts to %s: %d", path, w.Code)
		}
	}
	if w := get(t, z.pages(people["operator"]), accountsPath+"/nobody"); w.Code != http.StatusNotFound {
		t.Errorf("an account that is not there: %d", w.Code)
	}
}
