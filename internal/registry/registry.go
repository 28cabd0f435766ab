// Package registry tells the stories of who takes part and with what: an
// enterprise is registered, an officer takes up a post, an account is opened and
// signs in, the exchange rates of a month are entered.
// Each of them is a decision like any other, with its reason and its entry in
// the journal.
package registry

import (
	"context"
	"encoding/json"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/tariff"
)

// Decider takes decisions and writes their outcome; the store is one.
type Decider interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
}

// Registry is where the stories are told. It holds no state of its own.
type Registry struct{ store Decider }

// New gives a registry that writes through store.
func New(store Decider) *Registry { return &Registry{store} }

// Reply names what was registered.
type Reply struct {
	ID      string `json:"id"`
	State   string `json:"state,omitempty"`
	Version int64  `json:"version"`
}

// Register registers an enterprise, or changes its data; its id is its credit
// code. The credit grades of one that is registered stay as they are: two officers
// change them (oversight.Desk.ProposeGrade). Faults: those of
// party.Enterprise.Validate; REG-GRADE-01 when other grades are given.
func (r *Registry) Register(ctx context.Context, c decision.Command, by decision.Actor, e party.Enterprise) (decision.Receipt, error) {
	return r.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		e.ID = string(e.CreditCode)
		if err := e.Validate(); err != nil {
			return decision.Outcome{}, err
		}
		before, version, err := decision.Load[party.Enterprise](v, dossier.Enterprise, e.ID)
		kind := "enterprise.changed"
		if err == nil {
			if len(e.Grades) > 0 && !slices.EqualFunc(e.Grades, before.Grades, sameGrade) {
				return decision.Outcome{}, fault.New(fault.Refused, "REG-GRADE-01", "/grades", "the credit grade of a registered enterprise is changed by two officers",
					"leave the grades as they are, and propose the other grade")
			}
			e.Grades = before.Grades
		}
		if fault.Is(err, "STORE-ABSENT-01") {
			kind, version, err = "enterprise.registered", 0, nil
			if e.RegisteredOn == 0 {
				e.RegisteredOn = v.Now().Date()
			}
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		if e.State == "" {
			e.State = party.Registered
		}
		// How many grades it begins with: of every later one there is an entry.
		return written(v, by, dossier.Enterprise, e.ID, version, e, string(e.State), kind, e.ID, map[string]any{"name": e.Name, "kinds": e.Kinds, "grades": len(e.Grades)}), nil
	})
}

func sameGrade(a, b party.GradeChange) bool {
	return a.Grade == b.Grade && a.From == b.From && a.Reason == b.Reason && a.Law == b.Law && slices.Equal(a.Evidence, b.Evidence)
}

// Appoint records an officer with posts and areas, or changes them; the id is
// the service number. Faults: those of party.Officer.Validate.
func (r *Registry) Appoint(ctx context.Context, c decision.Command, by decision.Actor, o party.Officer) (decision.Receipt, error) {
	return r.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		o.ID = o.Number
		if o.State == "" {
			o.State = party.Serving
		}
		if err := o.Validate(); err != nil {
			return decision.Outcome{}, err
		}
		version, kind, err := before[party.Officer](v, dossier.Officer, o.ID, "officer.appointed", "officer.changed")
		if err != nil {
			return decision.Outcome{}, err
		}
		out := written(v, by, dossier.Officer, o.ID, version, o, string(o.State), kind, "", map[string]any{"posts": o.Posts, "areas": o.Areas})
		epoch, err := dossier.NewEpoch(v, dossier.SetOfficers)
		out.Puts = append(out.Puts, epoch)
		return out, err
	})
}

// OpenAccount opens a sign-in account. Its id is its name.
// Faults: those of party.User.Validate, REG-ACCOUNT-02 when the officer is not
// there or has left, REG-ACCOUNT-03 when no such enterprise is registered,
// REG-ACCOUNT-01 when the name is taken.
func (r *Registry) OpenAccount(ctx context.Context, c decision.Command, by decision.Actor, u party.User) (decision.Receipt, error) {
	return r.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		u.ID = u.Name
		if u.State == "" {
			u.State = party.Active
		}
		var faults fault.List
		if other := faults.Add("", u.Validate()); other != nil {
			return decision.Outcome{}, other
		}
		if other := faults.Add("", known(v, &u)); other != nil {
			return decision.Outcome{}, other
		}
		if err := faults.OrNil(); err != nil {
			return decision.Outcome{}, err
		}
		if _, _, err := decision.Load[party.User](v, dossier.User, u.ID); err == nil {
			return decision.Outcome{}, fault.New(fault.Conflict, "REG-ACCOUNT-01", "/name", "there is an account “{name}” already", "choose another name", "name", u.Name)
		} else if !fault.Is(err, "STORE-ABSENT-01") {
			return decision.Outcome{}, err
		}
		return written(v, by, dossier.User, u.ID, 0, u, string(u.State), "account.opened", u.Enterprise, map[string]any{"name": u.Name, "officer": u.Officer}), nil
	})
}

// known tells whether the one whom an account is for is there.
func known(v decision.View, u *party.User) error {
	if u.Officer != "" {
		o, _, err := decision.Load[party.Officer](v, dossier.Officer, u.Officer)
		if err == nil && o.State != party.Left {
			return nil
		}
		if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return err
		}
		return fault.New(fault.Invalid, "REG-ACCOUNT-02", "/officer", "no officer {number} serves here", "give the number of a serving officer, or appoint the officer first", "number", u.Officer)
	}
	if u.Enterprise != "" {
		if _, _, err := decision.Load[party.Enterprise](v, dossier.Enterprise, u.Enterprise); fault.Is(err, "STORE-ABSENT-01") {
			return fault.New(fault.Invalid, "REG-ACCOUNT-03", "/enterprise", "no enterprise {code} is registered here", "check the credit code, or register the enterprise first", "code", u.Enterprise)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// ChangeAccount applies change to an account as it stands.
// Faults: those of change and of party.User.Validate.
func (r *Registry) ChangeAccount(ctx context.Context, c decision.Command, by decision.Actor, id, kind string, change func(party.User) (party.User, error)) (decision.Receipt, error) {
	return r.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		u, version, err := decision.Load[party.User](v, dossier.User, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if u, err = change(u); err != nil {
			return decision.Outcome{}, err
		}
		if err := u.Validate(); err != nil {
			return decision.Outcome{}, err
		}
		return written(v, by, dossier.User, u.ID, version, u, string(u.State), kind, u.Enterprise, nil), nil
	})
}

// OpenClient opens an account for a machine of an enterprise or the equipment of
// a gate. Its id is its public name. Faults: those of party.Client.Validate, REG-ACCOUNT-01.
func (r *Registry) OpenClient(ctx context.Context, c decision.Command, by decision.Actor, m party.Client) (decision.Receipt, error) {
	return r.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		m.ID = m.ClientID
		if m.State == "" {
			m.State = party.Active
		}
		if err := m.Validate(); err != nil {
			return decision.Outcome{}, err
		}
		if _, _, err := decision.Load[party.Client](v, dossier.Client, m.ID); err == nil {
			return decision.Outcome{}, fault.New(fault.Conflict, "REG-ACCOUNT-01", "/clientId", "there is an account “{name}” already", "choose another name", "name", m.ClientID)
		} else if !fault.Is(err, "STORE-ABSENT-01") {
			return decision.Outcome{}, err
		}
		return written(v, by, dossier.Client, m.ID, 0, m, string(m.State), "client.opened", m.Enterprise, clientFacts(&m)), nil
	})
}

// SetAccount locks, closes or reopens an account. Faults: REG-STATE-01 for no
// such state, REG-STATE-02 when somebody would lock the own account.
func (r *Registry) SetAccount(ctx context.Context, c decision.Command, by decision.Actor, id string, state party.UserState) (decision.Receipt, error) {
	word, err := stateWord(state)
	if err != nil {
		return decision.Receipt{}, err
	}
	return r.ChangeAccount(ctx, c, by, id, "account."+word, func(u party.User) (party.User, error) {
		if state != party.Active && by.ID != "" && u.Officer == by.ID {
			return u, fault.New(fault.Refused, "REG-STATE-02", "", "nobody locks or closes the own account", "ask another administrator")
		}
		u.State, u.Failures = state, 0
		return u, nil
	})
}

// SetClient locks, closes or reopens the account of a machine: from then on
// neither its secret nor a token that it holds is taken. Fault: REG-STATE-01.
func (r *Registry) SetClient(ctx context.Context, c decision.Command, by decision.Actor, id string, state party.UserState) (decision.Receipt, error) {
	word, err := stateWord(state)
	if err != nil {
		return decision.Receipt{}, err
	}
	return r.changeClient(ctx, c, by, id, "client."+word, func(m *party.Client) error {
		m.State = state
		return nil
	})
}

// RenewClient gives the account of a machine another secret, of which hash is
// what is kept (party.TokenHash); the old one is taken no more. Tokens that were
// issued for it live on for their quarter of an hour. Fault: REG-CLIENT-01 when
// the machine proves itself with a certificate.
func (r *Registry) RenewClient(ctx context.Context, c decision.Command, by decision.Actor, id, hash string) (decision.Receipt, error) {
	return r.changeClient(ctx, c, by, id, "client.renewed", func(m *party.Client) error {
		if m.Secret == "" {
			return fault.New(fault.Refused, "REG-CLIENT-01", "", "this machine proves itself with a certificate and has no secret", "open another account with the new certificate, then close this one")
		}
		m.Secret = hash
		return nil
	})
}

func (r *Registry) changeClient(ctx context.Context, c decision.Command, by decision.Actor, id, kind string, change func(*party.Client) error) (decision.Receipt, error) {
	return r.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		m, version, err := decision.Load[party.Client](v, dossier.Client, id)
		if err == nil {
			err = change(&m)
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		return written(v, by, dossier.Client, m.ID, version, m, string(m.State), kind, m.Enterprise, clientFacts(&m)), nil
	})
}

// stateWord is how the journal says that an account's state was changed.
func stateWord(state party.UserState) (string, error) {
	switch state {
	case party.Active:
		return "reopened", nil
	case party.Locked:
		return "locked", nil
	case party.Closed:
		return "closed", nil
	}
	given := []rune(string(state))
	return "", fault.New(fault.Invalid, "REG-STATE-01", "/state", "“{state}” is no state of an account", "choose active, locked or closed", "state", string(given[:min(len(given), 40)]))
}

func clientFacts(m *party.Client) map[string]any {
	facts := map[string]any{"name": m.ClientID}
	if m.Device() {
		facts["area"], facts["lane"] = m.Area, m.Lane
	}
	return facts
}

// ExchangeRate is the rate of one currency for a day of choice (DR §5.1): yuan
// for one unit, taken from the base rate of that day on.
type ExchangeRate struct {
	Currency string     `json:"currency"`
	From     clock.Date `json:"from"`
	Rate     num.Rate   `json:"rate"`
	Source   string     `json:"source"`
}

// Rates is all exchange rates entered, the newest last in each currency.
type Rates struct {
	Rates []ExchangeRate `json:"rates"`
}

// RatesID is the one document of exchange rates.
const RatesID = "exchange-rates"

// Rate enters exchange rates. Faults: REG-RATE-01 (not above zero, no source, no
// day), REG-RATE-02 (another rate of that day is entered already).
func (r *Registry) Rate(ctx context.Context, c decision.Command, by decision.Actor, rates []ExchangeRate) (decision.Receipt, error) {
	return r.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var all Rates
		version, err := v.Load(dossier.Parameter, RatesID, &all)
		if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return decision.Outcome{}, err
		}
		for _, rate := range rates {
			if rate.Rate <= 0 || rate.Source == "" || rate.From == 0 || len(rate.Currency) != 3 {
				return decision.Outcome{}, fault.New(fault.Invalid, "REG-RATE-01", "/rates", "an exchange rate needs a currency, a day, a source and a rate above zero",
					"complete the rate of {currency}", "currency", rate.Currency)
			}
			for _, old := range all.Rates {
				if old.Currency == rate.Currency && old.From == rate.From && old.Rate != rate.Rate {
					return decision.Outcome{}, fault.New(fault.Conflict, "REG-RATE-02", "/rates", "{currency} of {day} is entered as {rate} already",
						"rates are never changed; enter a special rate from a later day", "currency", rate.Currency, "day", rate.From, "rate", old.Rate)
				}
			}
			all.Rates = append(all.Rates, rate)
		}
		out := written(v, by, dossier.Parameter, RatesID, version, all, "", "exchange-rates.entered", "", map[string]any{"rates": rates})
		epoch, err := dossier.NewEpoch(v, dossier.SetRates)
		out.Puts = append(out.Puts, epoch)
		return out, err
	})
}

// Classifications is every decision on the code of goods.
type Classifications struct {
	Name string                  `json:"name"`
	Rows []tariff.Classification `json:"rows"`
}

// ClassificationsID is the one document of decisions on codes.
const ClassificationsID = "classifications"

// Classify enters decisions on the code of goods: pre-classifications for
// everybody, advance rulings for one enterprise. schedule is what codes are proven
// against. Faults: those of tariff.Classified.With.
func (r *Registry) Classify(ctx context.Context, c decision.Command, by decision.Actor, list []tariff.Classification, schedule *tariff.Schedule) (decision.Receipt, error) {
	return r.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var all Classifications
		version, err := v.Load(dossier.Parameter, ClassificationsID, &all)
		if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return decision.Outcome{}, err
		}
		if all.Rows, err = tariff.NewClassified(all.Rows).With(list, schedule); err != nil {
			return decision.Outcome{}, err
		}
		all.Name = ClassificationsID
		numbers := make([]string, len(list))
		for i := range list {
			numbers[i] = list[i].Number
		}
		out := written(v, by, dossier.Parameter, ClassificationsID, version, all, "", "classifications.entered", "", map[string]any{"numbers": numbers})
		epoch, err := dossier.NewEpoch(v, dossier.SetTariff)
		out.Puts = append(out.Puts, epoch)
		return out, err
	})
}

// before gives the version of a document and what kind of entry its change is.
func before[T any](v decision.View, kind decision.Kind, id, created, changed string) (int64, string, error) {
	_, version, err := decision.Load[T](v, kind, id)
	if fault.Is(err, "STORE-ABSENT-01") {
		return 0, created, nil
	}
	return version, changed, err
}

// written is the outcome of a plain change of one document.
func written(v decision.View, by decision.Actor, kind decision.Kind, id string, version int64, doc any, state, event, enterprise string, facts map[string]any) decision.Outcome {
	e := decision.Entry(v, by, event, journal.Ref{Kind: string(kind), ID: id})
	if enterprise != "" {
		e.Enterprise = enterprise
	}
	if facts != nil {
		if raw, err := json.Marshal(facts); err == nil {
			e.Body = raw
		}
	}
	return decision.Outcome{
		Puts:    []decision.Put{{Kind: kind, ID: id, Version: version, Body: doc}},
		Entries: []journal.Entry{e},
		Reply:   Reply{ID: id, State: state, Version: version + 1},
	}
}
