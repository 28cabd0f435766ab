package httpapi_test

import (
	"net/http"
	"testing"

	"seine/internal/control"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/httpapi"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/store"
)

// device opens the account of a lane's equipment over the door and signs it in
// as name.
func (h *house) device(name string, wanted httpapi.NewClient) {
	h.t.Helper()
	wanted.ClientID, wanted.Name = name, name
	var opened httpapi.ClientOpened
	h.post("1005", "/api/v1/clients", wanted).into(http.StatusCreated, &opened)
	issued, err := h.desk.Issue(h.t.Context(), name, opened.Secret)
	if err != nil {
		h.t.Fatal(err)
	}
	h.tokens[name] = issued.Token
}

func TestEquipmentSendsForItsOwnLanesOnly(t *testing.T) {
	h := open(t)
	h.device("lane-1", httpapi.NewClient{Area: "yangshan", Lane: "yangshan-1"})
	h.device("gate", httpapi.NewClient{Area: "yangshan"})
	read := func(area, lane, sequence string) gate.Readings {
		return gate.Readings{
			Area: area, Gate: area + "-main", Lane: lane, LaneKind: gate.GoodsLane, Direction: gate.In, Sequence: sequence,
			At: h.app.Clock.Now(), CameraPlate: "沪A12345", Weighed: true, Scale: 9000 * num.OneQuantity,
		}
	}
	var own, other control.PassReply
	h.post("lane-1", "/api/v1/gate/readings", read("yangshan", "yangshan-1", "1")).into(http.StatusOK, &own)
	h.post("gate", "/api/v1/gate/readings", read("yangshan", "yangshan-2", "2")).into(http.StatusOK, &other)
	if own.Passage == "" || own.Outcome == gate.Pass || other.Passage == "" {
		t.Fatalf("a truck without a note: %+v, %+v", own, other)
	}
	h.post("lane-1", "/api/v1/gate/replays", control.Recorded{Readings: read("yangshan", "yangshan-1", "3"), Outcome: gate.Hold}).into(http.StatusOK, nil)
	h.post("lane-1", "/api/v1/passages/"+own.Passage+"/barrier", httpapi.Moved{Barrier: gate.NotLifted}).into(http.StatusOK, nil)

	for _, lane := range [][2]string{{"yangshan", "yangshan-2"}, {"yangshan", ""}, {"waigaoqiao", "yangshan-1"}} {
		h.post("lane-1", "/api/v1/gate/readings", read(lane[0], lane[1], "4")).refused(http.StatusForbidden, "PARTY-LANE-01", "/lane")
		h.post("lane-1", "/api/v1/gate/replays", control.Recorded{Readings: read(lane[0], lane[1], "4")}).refused(http.StatusForbidden, "PARTY-LANE-01", "/lane")
	}
	h.post("gate", "/api/v1/gate/readings", read("waigaoqiao", "waigaoqiao-1", "4")).refused(http.StatusForbidden, "PARTY-LANE-01", "/lane")
	h.post("lane-1", "/api/v1/passages/"+other.Passage+"/barrier", httpapi.Moved{Barrier: gate.NotLifted}).refused(http.StatusForbidden, "PARTY-LANE-01", "/lane")

	for _, a := range [][2]string{
		{http.MethodGet, "/api/v1/passages/" + own.Passage},
		{http.MethodGet, "/api/v1/passages"},
		{http.MethodGet, "/api/v1/exchange-rates"},
		{http.MethodGet, "/api/v1/events"},
		{http.MethodPost, "/api/v1/passages/" + own.Passage + "/override"},
		{http.MethodPost, "/api/v1/declarations"},
		{http.MethodPost, "/api/v1/clients"},
	} {
		h.ask(asked{who: "lane-1"}, a[0], a[1], nil).refused(http.StatusForbidden, "HTTP-DEVICE-01", "")
	}

	line, err := h.app.Store.Explore(t.Context(), store.Filter{Subject: journal.Ref{Kind: "passage", ID: own.Passage}, Limit: 10})
	if err != nil || len(line.Entries) == 0 {
		t.Fatal(line, err)
	}
	for _, e := range line.Entries {
		if e.ActorKind != journal.Device && e.ActorKind != journal.System {
			t.Errorf("%s by %s %s", e.Type, e.ActorKind, e.Actor)
		}
	}
}

func TestEquipmentIsOpenedForAnAreaAndNoEnterprise(t *testing.T) {
	h := open(t)
	for code, b := range map[string]httpapi.NewClient{
		"PARTY-CLIENT-01": {},
		"PARTY-CLIENT-02": {Enterprise: trader, Area: "yangshan"},
		"PARTY-AREA-01":   {Area: "nowhere"},
		"PARTY-POST-01":   {Area: "yangshan", Posts: []party.PostID{party.EnterpriseClerk}},
	} {
		b.ClientID, b.Name = "lane-9", "lane 9"
		pointer := map[string]string{"PARTY-CLIENT-02": "/area", "PARTY-AREA-01": "/area", "PARTY-POST-01": "/posts/0"}[code]
		h.post("1005", "/api/v1/clients", b).refused(http.StatusUnprocessableEntity, code, pointer)
	}
	h.post("1005", "/api/v1/clients", httpapi.NewClient{ClientID: "erp", Name: "erp", Enterprise: trader, Posts: []party.PostID{party.LaneDevice}}).
		refused(http.StatusUnprocessableEntity, "PARTY-POST-01", "/posts/0")
	if _, err := h.desk.Issue(t.Context(), "lane-9", "x"); !fault.Is(err, "IDENTITY-CLIENT-01") {
		t.Error(err)
	}
}

func TestAMachineGetsAnotherSecretAndIsClosed(t *testing.T) {
	h := open(t)
	var opened, renewed httpapi.ClientOpened
	h.post("1005", "/api/v1/clients", httpapi.NewClient{ClientID: "erp", Name: "erp", Enterprise: trader, Posts: []party.PostID{party.EnterpriseClerk}}).into(http.StatusCreated, &opened)
	h.post("trader", "/api/v1/clients/erp/secret", nil).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1005", "/api/v1/clients/erp/secret", nil).into(http.StatusCreated, &renewed)
	if _, err := h.desk.Issue(t.Context(), "erp", opened.Secret); !fault.Is(err, "IDENTITY-CLIENT-01") {
		t.Errorf("the old secret: %v", err)
	}
	if _, err := h.desk.Issue(t.Context(), "erp", renewed.Secret); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	put := func(who, path, state string) answer {
		return h.ask(asked{who: who}, http.MethodPut, path, map[string]string{"state": state})
	}
	put("1005", "/api/v1/clients/erp/state", "frozen").refused(http.StatusUnprocessableEntity, "REG-STATE-01", "/state")
	put("1001", "/api/v1/clients/erp/state", "closed").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	put("1005", "/api/v1/clients/erp/state", "closed").into(http.StatusOK, nil)
	if _, err := h.desk.Issue(t.Context(), "erp", renewed.Secret); !fault.Is(err, "IDENTITY-CLIENT-01") {
		t.Errorf("a closed machine: %v", err)
	}
	put("1005", "/api/v1/users/officer-1005/state", "locked").refused(http.StatusConflict, "REG-STATE-02", "")
	put("1005", "/api/v1/users/officer-1001/state", "locked").into(http.StatusOK, nil)
}
