// Package decision is the shape of every act of customs in Seine: somebody asks
// or reports something, the house looks at what it knows, and the outcome is one
// list of everything that changes: documents, books, journal, outgoing orders.
// A story only decides; the store alone writes, and it writes the whole outcome
// or nothing of it.
package decision

import (
	"crypto/rand"
	"encoding/json"

	"seine/internal/clock"
	"seine/internal/journal"
	"seine/internal/ledger"
)

// Kind names a kind of document in the store ("declaration", "manifest" …).
type Kind string

// Nature says whether a command may be refused.
type Nature string

const (
	Request Nature = "request" // asks for something: may be refused
	Fact    Nature = "fact"    // has happened: always recorded
)

// Command is who wants what, when. Key makes a repeat harmless: the same key of
// the same actor with the same Content returns the stored reply, with other
// content it is fault.Conflict STORE-KEY-01. An empty Key means no repeat is
// expected.
type Command struct {
	Name     string        // imperative: "declaration.lodge"
	Nature   Nature        // Request where empty
	Actor    string        // officer, user or machine client; "system" for timers
	Key      string        // idempotency key
	Content  []byte        // what was sent; only its hash is kept
	Received clock.Instant // when the door received it: the legal moment
	Urgent   bool          // goes before what waits: a truck stands at the gate
}

// Actor is who acts, as the journal and the stories need to know: an officer, a
// user of an enterprise, a machine of one, a device or the system itself. What
// an actor may do is for the room party to say.
type Actor struct {
	ID         string            `json:"id"`
	Kind       journal.ActorKind `json:"kind"`
	Name       string            `json:"name,omitempty"`
	Enterprise string            `json:"enterprise,omitempty"` // of a user or client
	Office     string            `json:"office,omitempty"`     // of an officer
	Areas      []string          `json:"areas,omitempty"`
	Posts      []string          `json:"posts,omitempty"`
}

// System is the house acting by itself: timers and automatic releases.
var System = Actor{ID: "system", Kind: journal.System}

// Entry begins a journal entry of this decision by a: what happened to which
// objects. The caller adds reason and body.
func Entry(v View, a Actor, kind string, subject ...journal.Ref) journal.Entry {
	now := v.Now()
	return journal.Entry{
		ID: v.NewID(), At: now, EffectiveOn: now.Date(), Actor: a.ID, ActorKind: a.Kind, Type: kind,
		Subject: subject, Enterprise: a.Enterprise, Office: a.Office,
	}
}

// View is what a decision may look at: everything as it was at one moment.
type View interface {
	ledger.View
	// Now is the moment at which the command was received.
	Now() clock.Instant
	// Load reads a document's newest version into body (a pointer) and gives that
	// version. Fault not_found STORE-ABSENT-01 when there is none.
	Load(kind Kind, id string, body any) (version int64, err error)
	// Find gives the ids of documents whose searched column has this value, in
	// order of id, at most limit.
	Find(kind Kind, column, value string, limit int) (ids []string, err error)
	// Period gives what was posted on an account with an effective day from from to
	// to, both included, as the books stand. Nothing guards what it read: a story that
	// rests on it says what becomes of an entry that comes later with an earlier day.
	Period(key string, from, to clock.Date) (ledger.Period, error)
	// NewID gives a new time-ordered identifier.
	NewID() string
}

// Load reads a document as a value of its type.
func Load[T any](v View, kind Kind, id string) (T, int64, error) {
	var body T
	version, err := v.Load(kind, id, &body)
	return body, version, err
}

// Put writes a document. Version is the version that was read; 0 means that it
// is new. When somebody else wrote it meanwhile the whole decision is taken
// again.
type Put struct {
	Kind    Kind
	ID      string
	Version int64
	Body    any
}

// Reliance is a document that the decision rests on without changing it.
type Reliance struct {
	Kind    Kind
	ID      string
	Version int64
}

// Epoch is the version of a reference set (tariff, codes, risk table, modes)
// that the decision used; a node with an old one is refused and reloads.
type Epoch struct {
	Set   string
	Value string
}

// Order is something to be sent out once the outcome is on disk: a message, a
// webhook, a command to a device. It stands in the outbox from the same
// transaction on; its result comes back as a fact.
type Order struct {
	ID      string
	Channel string // "message", "bank", "device", "webhook"
	Target  string
	Body    any
	// NotBefore is the moment until which it waits; 0 is at once. So a deadline
	// that nothing else reminds of is looked at when its day comes.
	NotBefore clock.Instant
}

// Series names a running number that the writer gives out without gaps by
// refusal: the serial of an official number within office, year and kind.
type Series string

// Number is an official number that an outcome wants: the next serial of a
// series, written out by Form. The writer alone knows it, after everything else
// is decided; until then documents, entries, orders and the reply quote StandIn,
// and the writer puts the number in its place. So a decision is taken and
// rendered once, beside others. Document ids, numbers of accounts and whatever a
// transfer carries must not quote it.
type Number struct {
	Series  Series
	StandIn string
	Form    func(serial int64) (string, error) // pure: digits, letters and marks that JSON does not escape
}

// Next wants the next number of a series.
func Next(series string, form func(serial int64) (string, error)) Number {
	return Number{Series: Series(series), StandIn: "~" + rand.Text(), Form: form}
}

// Outcome is everything that a decision changes.
type Outcome struct {
	Puts      []Put
	Relied    []Reliance
	Epochs    []Epoch
	Transfers []ledger.Op
	Entries   []journal.Entry
	Orders    []Order
	Reply     any // stored with the command's key; rendered as JSON

	// Numbers are official numbers wanted, in the order in which serials are given.
	Numbers []Number

	// Otherwise is asked, for a fact, when the books refuse Transfers: it gives the
	// outcome to write instead (difference account, obligation, alarm).
	Otherwise func(refusal error) (Outcome, error)
}

// Merge appends all of other to o; other's Reply wins when it has one.
func (o *Outcome) Merge(other Outcome) {
	o.Puts = append(o.Puts, other.Puts...)
	o.Relied = append(o.Relied, other.Relied...)
	o.Epochs = append(o.Epochs, other.Epochs...)
	o.Transfers = append(o.Transfers, other.Transfers...)
	o.Entries = append(o.Entries, other.Entries...)
	o.Orders = append(o.Orders, other.Orders...)
	o.Numbers = append(o.Numbers, other.Numbers...)
	if other.Reply != nil {
		o.Reply = other.Reply
	}
}

// Once makes of several puts of one document a single one: the body that was put
// last, at the version that was read first.
func (o *Outcome) Once() {
	type key struct {
		kind Kind
		id   string
	}
	at := make(map[key]int, len(o.Puts))
	puts := o.Puts[:0:0]
	for _, p := range o.Puts {
		k := key{p.Kind, p.ID}
		if i, seen := at[k]; seen {
			puts[i].Body = p.Body
			continue
		}
		at[k] = len(puts)
		puts = append(puts, p)
	}
	o.Puts = puts
}

// Receipt is what a writer answers: the rendered reply, the journal entries
// written, and whether it was a repeat of an earlier command.
type Receipt struct {
	Reply    json.RawMessage
	Entries  []string // ids
	Repeated bool
	Decided  int // how often the decision was taken
}

// Effects is what an outcome would do, for dry runs. Bodies of Puts are as they
// were decided: where a number will stand they quote its stand-in.
type Effects struct {
	Puts      []Put
	Movements []ledger.Movement
	Balances  map[string]ledger.Balance
	Entries   []journal.Entry
	Orders    []Order
	Reply     json.RawMessage
}
