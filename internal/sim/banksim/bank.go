// Package banksim is a bank for demonstrations and tests. It speaks the bank link
// for real, over a socket, with keys and numbers of its own, and keeps what it
// said and heard in a file. Its switches make it a bad bank: it loses, repeats and
// delays messages, answers late, tells wrong amounts and signs badly.
package banksim

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"seine/internal/bank"
	"seine/internal/banklink"
	"seine/internal/clock"
	"seine/internal/num"
)

// Switches make a bad bank. Shares are of a hundred.
type Switches struct {
	Loss         int           // frames that are lost on the way
	Repeat       int           // frames that are sent twice
	BadSignature int           // frames whose signature is spoiled
	Delay        time.Duration // longest delay of a frame
	Late         time.Duration // before calls and refunds are answered
	WrongAmount  int           // payments that are told with another amount than was booked
}

// Options say which bank it is.
type Options struct {
	Name     string
	Dir      string // of its file and key
	Customs  string // what customs are called on the link
	Key      ed25519.PublicKey
	Switches Switches
	Seed     uint64
	Now      func() clock.Instant
	Log      *slog.Logger
	// Heard is told of every message of customs, once; may be nil.
	Heard func(*bank.Message)
}

// record is one line of the bank's file.
type record struct {
	Out  int64             `json:"out,omitempty"` // sequence of a message of ours
	In   int64             `json:"in,omitempty"`  // sequence of one of theirs
	Ack  int64             `json:"ack,omitempty"` // ours that is acknowledged
	Text string            `json:"text,omitempty"`
	Line *bank.DayLine     `json:"line,omitempty"` // booked on the treasury's account
	Day  clock.Date        `json:"day,omitzero"`
	Code map[string]string `json:"code,omitempty"` // of a refusal
}

// Bank is a bank.
type Bank struct {
	o       Options
	key     ed25519.PrivateKey
	mu      sync.Mutex
	file    *os.File
	rand    *rand.Rand
	sent    int64
	waiting map[int64]string
	heard   map[int64]bool
	lines   map[clock.Date][]bank.DayLine
	refused map[int64]string
	later   sync.WaitGroup
	silent  time.Time // until then it cannot be reached
	hangUp  func()    // ends the connection
}

// Open opens a bank on its folder, with everything it remembers.
func Open(o Options) (*Bank, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = (&clock.System{}).Now
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	b := &Bank{
		o: o, rand: rand.New(rand.NewPCG(o.Seed, 0xba4c)), waiting: map[int64]string{}, heard: map[int64]bool{}, lines: map[clock.Date][]bank.DayLine{}, refused: map[int64]string{},
	}
	keyFile := filepath.Join(o.Dir, "bank.seed")
	seed, err := os.ReadFile(keyFile)
	if errors.Is(err, os.ErrNotExist) {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, err
		}
		seed = private.Seed()
		if err := os.WriteFile(keyFile, seed, 0o600); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s does not hold the seed of a key", keyFile)
	}
	b.key = ed25519.NewKeyFromSeed(seed)
	if b.file, err = os.OpenFile(filepath.Join(o.Dir, "bank.jsonl"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(b.file)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("read the bank's file: %w", err)
		}
		b.remember(&r)
	}
}

// Public is the bank's key as customs need it.
func (b *Bank) Public() string { return bank.FormatPublic(b.key.Public().(ed25519.PublicKey)) }

// Close ends the bank; what was to be answered later is answered no more.
func (b *Bank) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.file.Close()
}

func (b *Bank) remember(r *record) {
	switch {
	case r.Out > 0:
		b.sent = max(b.sent, r.Out)
		b.waiting[r.Out] = r.Text
	case r.In > 0:
		b.heard[r.In] = true
	case r.Ack > 0:
		delete(b.waiting, r.Ack)
		if r.Text != "" {
			b.refused[r.Ack] = r.Text
		}
	}
	if r.Line != nil {
		b.lines[r.Day] = append(b.lines[r.Day], *r.Line)
	}
}

// note writes a line so that it survives whatever happens next; b.mu is held.
func (b *Bank) note(r record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := b.file.Write(append(raw, '\n')); err != nil {
		return err
	}
	if err := b.file.Sync(); err != nil {
		return err
	}
	b.remember(&r)
	return nil
}

// Run speaks with customs at address until ctx ends.
func (b *Bank) Run(ctx context.Context, address string) error {
	l := &banklink.Link{
		Name: b.o.Name, Key: b.key, Log: b.o.Log, Now: b.o.Now, Side: side{b}, Look: 20 * time.Millisecond, Again: 300 * time.Millisecond,
		Peers: func(name string) (ed25519.PublicKey, bool) { return b.o.Key, name == b.o.Customs },
	}
	if b.o.Switches != (Switches{}) {
		l.Weather = b.weather
	}
	defer b.later.Wait()
	for ctx.Err() == nil {
		if b.Silent() {
			select {
			case <-ctx.Done():
			case <-time.After(l.Look):
			}
			continue
		}
		talking, hangUp := context.WithCancel(ctx)
		b.mu.Lock()
		b.hangUp = hangUp
		b.mu.Unlock()
		err := l.Dial(talking, address, b.o.Customs)
		hangUp()
		if err != nil {
			return err
		}
	}
	return nil
}

// Hush makes the bank one that cannot be reached for a time from now on: the
// connection ends, and what it tells waits in its file. 0 ends the silence.
func (b *Bank) Hush(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.silent = time.Now().Add(d)
	if d > 0 && b.hangUp != nil {
		b.hangUp()
	}
}

// Silent tells whether the bank cannot be reached now.
func (b *Bank) Silent() bool { return b.SilentFor() > 0 }

// SilentFor tells how long the silence goes on, 0 where there is none.
func (b *Bank) SilentFor() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(time.Until(b.silent), 0)
}

func (b *Bank) chance(share int) bool { return share > 0 && b.rand.IntN(100) < share }

// weather is what becomes of a frame.
func (b *Bank) weather(f bank.Frame) ([]bank.Frame, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.o.Switches
	var wait time.Duration
	if s.Delay > 0 {
		wait = time.Duration(b.rand.Int64N(int64(s.Delay)))
	}
	switch {
	case b.chance(s.Loss):
		return nil, wait
	case b.chance(s.BadSignature):
		spoiled := slices.Clone(f.Signature)
		spoiled[0] ^= 1
		return []bank.Frame{{Payload: f.Payload, Signature: spoiled}}, wait
	case b.chance(s.Repeat):
		return []bank.Frame{f, f}, wait
	}
	return []bank.Frame{f}, wait
}

// Tell sends any message; it is on disk when Tell returns.
func (b *Bank) Tell(kind bank.Kind, body any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tell(kind, body, record{})
}

func (b *Bank) tell(kind bank.Kind, body any, with record) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	m := bank.Message{Version: bank.Version, Kind: kind, Sender: b.o.Name, Receiver: b.o.Customs, Sequence: b.sent + 1, Sent: b.o.Now(), Body: raw}
	payload, err := m.Payload()
	if err != nil {
		return err
	}
	with.Out, with.Text = m.Sequence, string(payload)
	return b.note(with)
}

// Pay books a payment on the treasury's account and tells it.
func (b *Bank) Pay(p bank.Payment) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.PaidOn == 0 {
		p.PaidOn = b.o.Now().Date()
	}
	line := bank.DayLine{Reference: p.Reference, In: true, Amount: p.Amount, TaxBill: p.TaxBill, Statement: p.Statement}
	if b.chance(b.o.Switches.WrongAmount) {
		p.Amount++
	}
	return b.tell(bank.PaymentReceived, p, record{Line: &line, Day: p.PaidOn})
}

// Day tells the treasury's account of a day.
func (b *Bank) Day(day clock.Date) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := bank.DayStatement{Day: day, Lines: slices.Clone(b.lines[day])}
	sum := func(lines []bank.DayLine) (total num.Money) {
		for _, l := range lines {
			if l.In {
				total += l.Amount
			} else {
				total -= l.Amount
			}
		}
		return total
	}
	for d, lines := range b.lines {
		if d < day {
			s.Opening += sum(lines)
		}
	}
	s.Closing = s.Opening + sum(s.Lines)
	return b.tell(bank.StatementOfTheDay, s, record{})
}

// Outstanding is how many messages customs have not acknowledged yet.
func (b *Bank) Outstanding() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting)
}

// Refused lists what customs did not understand, by sequence.
func (b *Bank) Refused() map[int64]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[int64]string{}
	for n, code := range b.refused {
		all[n] = code
	}
	return all
}

// side is the bank's memory as the link asks for it.
type side struct{ b *Bank }

// Seen is the highest sequence up to which nothing is missing.
func (s side) Seen(context.Context, string) (int64, error) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	n := int64(0)
	for s.b.heard[n+1] {
		n++
	}
	return n, nil
}

// Take remembers a message of customs and answers it, at once or later.
func (s side) Take(ctx context.Context, m *bank.Message, payload []byte) (bank.AckBody, error) {
	b := s.b
	a := bank.AckBody{Of: m.Sequence, Hash: bank.Hash(payload), Status: bank.Taken}
	b.mu.Lock()
	if b.heard[m.Sequence] {
		a.Status = bank.Repeated
		b.mu.Unlock()
		return a, nil
	}
	err := b.note(record{In: m.Sequence, Text: string(m.Kind)})
	b.mu.Unlock()
	if err != nil {
		return a, err
	}
	if b.o.Heard != nil {
		b.o.Heard(m)
	}
	if m.Kind != bank.Called && m.Kind != bank.RefundOrdered {
		return a, nil
	}
	order, err := bank.Body[bank.Order](m)
	if err != nil {
		return a, err
	}
	b.later.Go(func() {
		if late := b.o.Switches.Late; late > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(late):
			}
		}
		if err := b.answer(m, &order); err != nil {
			b.o.Log.Error("the bank could not answer", "kind", m.Kind, "error", err)
		}
	})
	return a, nil
}

// answer pays what was called, or pays a refund out.
func (b *Bank) answer(m *bank.Message, o *bank.Order) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	today := b.o.Now().Date()
	reference := fmt.Sprintf("%s-%06d", b.o.Name, m.Sequence)
	line := bank.DayLine{Reference: reference, In: m.Kind == bank.Called, Amount: o.Amount, Refund: o.Refund}
	if m.Kind == bank.Called {
		return b.tell(bank.CallAnswered, bank.CallAnswer{Guarantee: o.Guarantee, Obligation: o.Obligation, Paid: o.Amount, PaidOn: today, Reference: reference}, record{Line: &line, Day: today})
	}
	return b.tell(bank.RefundAnswered, bank.RefundAnswer{Refund: o.Refund, Paid: true, PaidOn: today, Reference: reference}, record{Line: &line, Day: today})
}

// Waiting gives messages that are not acknowledged, by sequence.
func (s side) Waiting(_ context.Context, _ string, limit int) ([]banklink.Letter, error) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	var list []banklink.Letter
	for n, text := range s.b.waiting {
		list = append(list, banklink.Letter{Sequence: n, Payload: []byte(text)})
	}
	slices.SortFunc(list, func(a, b banklink.Letter) int { return int(a.Sequence - b.Sequence) })
	return list[:min(limit, len(list))], nil
}

// Acknowledged notes an acknowledgement of customs.
func (s side) Acknowledged(_ context.Context, _ string, a bank.AckBody) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	text, waits := s.b.waiting[a.Of]
	if !waits || bank.Hash([]byte(text)) != a.Hash {
		return nil
	}
	return s.b.note(record{Ack: a.Of, Text: a.Code})
}
