package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"seine/internal/bank"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/config"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/gate"
	"seine/internal/store"
	"seine/internal/store/storetest"
	"seine/internal/treasury"
)

// at is a moment of a week in November 2026, in which no day off is named.
func at(text string) clock.Instant {
	m, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-"+text, clock.Zone)
	if err != nil {
		panic(err)
	}
	return clock.At(m)
}

// passed is the passage of a vehicle at a lane.
func passed(id, lane string, when clock.Instant) decision.Put {
	p := control.Passage{Passage: gate.Passage{ID: id, Readings: gate.Readings{Area: "YS", Gate: "G1", Lane: lane, At: when}}, Decided: when}
	return decision.Put{Kind: dossier.Passage, ID: id, Body: p}
}

func mail(direction string, sequence int64, state treasury.MailState, when clock.Instant) decision.Put {
	id := treasury.MailID(direction, "BANKA", sequence)
	return decision.Put{Kind: dossier.BankMessage, ID: id, Body: treasury.Mail{
		ID: id, Bank: "BANKA", Direction: direction, Sequence: sequence, Kind: bank.Held, Payload: "{}", At: when, State: state,
	}}
}

func day(date string) decision.Put {
	on := clock.MustDate(date)
	id := treasury.ReconciliationID("BANKA", on)
	return decision.Put{Kind: dossier.Reconciliation, ID: id, Body: bank.Reconciliation{ID: id, Bank: "BANKA", Day: on, State: bank.ReconciliationAgreed}}
}

// TestTheDoctorHearsSilence looks at lanes and banks as they were left at a moment,
// on both engines. 2026-11-27 is a Friday.
func TestTheDoctorHearsSilence(t *testing.T) {
	peer := decision.Put{Kind: dossier.BankPeer, ID: "BANKA", Body: treasury.Peer{ID: "BANKA"}}
	order := decision.Order{ID: "o1", Channel: casework.BankChannel, Target: "letter", Body: map[string]string{}}
	cases := map[string]struct {
		left   []decision.Put
		orders []decision.Order
		when   clock.Instant // of the last change
		now    clock.Instant
		served string // serve.bank-address
		found  []string
		said   string
	}{
		"nothing was ever there":              {when: at("27 09:00"), now: at("30 09:00"), said: "lanes in use: 0"},
		"a night is no silence":               {left: []decision.Put{passed("1", "L1", at("26 17:50"))}, now: at("27 15:49"), said: "lanes in use: 1, and none is silent"},
		"a weekend is no silence":             {left: []decision.Put{passed("1", "L1", at("27 17:00"))}, now: at("30 14:59"), said: "lanes in use: 1, and none is silent"},
		"a working day is":                    {left: []decision.Put{passed("1", "L1", at("27 17:00"))}, now: at("30 15:01"), found: []string{"DOCTOR-LANES-01"}, said: "YS/G1/L1 since 2026-11-27 17:00"},
		"the last passage counts":             {left: []decision.Put{passed("1", "L1", at("26 08:00")), passed("2", "L1", at("30 14:00"))}, now: at("30 15:01"), said: "lanes in use: 1, and none is silent"},
		"only the silent lane is named":       {left: []decision.Put{passed("1", "L1", at("30 14:00")), passed("2", "L2", at("26 08:00")), passed("3", "L3", at("30 14:00"))}, now: at("30 15:01"), found: []string{"DOCTOR-LANES-01"}, said: "working hours: YS/G1/L2 since 2026-11-26 08:00\n"},
		"a lane taken down is forgotten":      {left: []decision.Put{passed("1", "L1", at("01 08:00").Add(-24*time.Hour))}, now: at("30 15:01"), said: "lanes in use: 0"},
		"orders without a link are no matter": {orders: []decision.Order{order}, when: at("30 10:00"), now: at("30 15:00"), said: "orders waiting to be sent: 1"},
		"orders nobody makes into messages":   {orders: []decision.Order{order}, when: at("30 10:00"), now: at("30 10:16"), served: "127.0.0.1:7070", found: []string{"DOCTOR-BANK-01"}, said: "1 orders to banks wait since 2026-11-30T10:00:00"},
		"orders of minutes":                   {orders: []decision.Order{order}, when: at("30 10:00"), now: at("30 10:14"), served: "127.0.0.1:7070", said: "bank link: 0 banks"},
		"a bank that does not answer":         {left: []decision.Put{peer, day("2026-11-27"), mail("out", 1, treasury.MailAcknowledged, at("27 10:00")), mail("out", 2, treasury.MailWaiting, at("30 10:00")), mail("out", 3, treasury.MailWaiting, at("30 10:14"))}, now: at("30 10:16"), found: []string{"DOCTOR-BANK-02"}, said: "BANKA does not answer: 2 messages wait since 2026-11-30T10:00:00"},
		"a bank that answers":                 {left: []decision.Put{peer, day("2026-11-27"), mail("out", 1, treasury.MailAcknowledged, at("27 10:00"))}, now: at("30 15:00"), said: "bank link: 1 banks, and nothing waits for long"},
		"Friday's statement until noon":       {left: []decision.Put{peer, day("2026-11-26")}, now: at("30 11:59"), found: []string{"DOCTOR-BANK-03"}},
		"Monday's statement before noon":      {left: []decision.Put{peer, day("2026-11-20")}, now: at("24 11:59"), said: "bank link: 1 banks, and nothing waits for long"},
		"Monday's statement after noon":       {left: []decision.Put{peer, day("2026-11-20")}, now: at("24 12:01"), found: []string{"DOCTOR-BANK-03"}, said: "no statement of a day after 2026-11-20"},
		"a bank of the same day":              {left: []decision.Put{peer, mail("in", 1, treasury.MailTaken, at("24 10:00"))}, now: at("24 15:00"), said: "bank link: 1 banks, and nothing waits for long"},
		"a bank that never sent one":          {left: []decision.Put{peer, mail("in", 1, treasury.MailTaken, at("24 10:00"))}, now: at("25 12:01"), found: []string{"DOCTOR-BANK-03"}, said: "no statement of a day after 2026-11-23"},
	}
	engines := map[string]func(*testing.T) store.Options{
		"sqlite":   func(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} },
		"postgres": func(t *testing.T) store.Options { return store.Options{URL: storetest.PostgresURL(t)} },
	}
	for engine, place := range engines {
		t.Run(engine, func(t *testing.T) {
			for name, c := range cases {
				t.Run(name, func(t *testing.T) {
					o := place(t)
					o.Clock = clock.NewVirtual(max(c.when, at("01 00:00")), false)
					st, err := store.Open(t.Context(), o)
					if err != nil {
						t.Fatal(err)
					}
					defer st.Close()
					leave := decision.Command{Name: "leave", Actor: operator.ID, Content: json.RawMessage("{}")}
					if _, err := st.Decide(t.Context(), leave, func(decision.View) (decision.Outcome, error) {
						return decision.Outcome{Puts: c.left, Orders: c.orders}, nil
					}); err != nil {
						t.Fatal(err)
					}
					e, err := config.Load(config.Sources{})
					if err != nil {
						t.Fatal(err)
					}
					e.Serve.BankAddress = c.served
					d := &doctor{e: e, now: c.now}
					for _, look := range []error{d.orders(t.Context(), st), d.lanes(t.Context(), st), d.banks(t.Context(), st)} {
						if look != nil {
							t.Fatal(look)
						}
					}
					var codes []string
					for _, f := range d.found {
						codes = append(codes, f.Code)
					}
					var said strings.Builder
					if err := d.write(&said); err != nil {
						t.Fatal(err)
					}
					if !slices.Equal(codes, c.found) || !strings.Contains(said.String(), c.said) {
						t.Errorf("found %v, want %v with %q in\n%s", codes, c.found, c.said, said.String())
					}
				})
			}
		})
	}
}
