// Package banklink carries the messages of the bank link over TCP: one
// connection, both sides speaking at once. Each side says how far it has heard
// the other, sends what the other lacks, repeats what is not acknowledged, and
// acknowledges a message only when it is on disk (docs/bank.md). What messages
// mean is for whoever is behind it.
package banklink

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/fault"
)

// Letter is a message of ours that waits for its acknowledgement.
type Letter struct {
	Sequence int64
	Payload  []byte
}

// Side is the memory of one end.
type Side interface {
	// Seen is the highest sequence of peer up to which nothing is missing.
	Seen(ctx context.Context, peer string) (int64, error)
	// Take acts on a message and returns when that is on disk. A fault is answered
	// as a refusal; any other error ends the connection, so that the peer repeats.
	Take(ctx context.Context, m *bank.Message, payload []byte) (bank.AckBody, error)
	// Waiting gives letters to peer that are not acknowledged, by sequence.
	Waiting(ctx context.Context, peer string, limit int) ([]Letter, error)
	// Acknowledged notes an acknowledgement of ours.
	Acknowledged(ctx context.Context, peer string, a bank.AckBody) error
}

// Link is one end of the bank link.
type Link struct {
	Name  string             // what this end is called
	Key   ed25519.PrivateKey // signs what it sends
	Peers func(name string) (ed25519.PublicKey, bool)
	Side  Side
	Log   *slog.Logger
	Now   func() clock.Instant
	// Look is how often what waits is looked for, Again after how long a letter
	// without an acknowledgement is sent once more.
	Look, Again time.Duration
	// Forged is told of a frame whose sender or signature is wrong; may be nil.
	Forged func(ctx context.Context, from string, refusal error)
	// Weather decides what becomes of a frame that is sent: simulators lose, repeat,
	// delay and spoil. nil sends it as it is.
	Weather func(bank.Frame) ([]bank.Frame, time.Duration)
}

const (
	beat      = 10 * time.Second // pause between two hellos
	silence   = 45 * time.Second // without a frame the connection is given up
	window    = 200              // letters under way at once
	writeTime = 20 * time.Second
	lookEvery = 50 * time.Millisecond
	againIn   = 2 * time.Second
	peersMost = 64 // connections at once
)

// Serve takes connections of banks until ctx ends.
func (l *Link) Serve(ctx context.Context, listener net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	free := make(chan struct{}, peersMost)
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	for {
		conn, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case free <- struct{}{}:
		default: // too many: the bank comes again
			_ = conn.Close()
			continue
		}
		all.Go(func() {
			defer func() { <-free }()
			if err := l.Talk(ctx, conn, ""); err != nil && ctx.Err() == nil {
				l.Log.Warn("a connection of the bank link ended", "from", conn.RemoteAddr(), "error", err)
			}
		})
	}
}

// Dial keeps a connection to peer at address until ctx ends.
func (l *Link) Dial(ctx context.Context, address, peer string) error {
	for {
		conn, err := (&net.Dialer{Timeout: writeTime}).DialContext(ctx, "tcp", address)
		if err == nil {
			err = l.Talk(ctx, conn, peer)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.Log.Debug("the bank link is down and will be built up again", "peer", peer, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(l.Look, lookEvery)):
		}
	}
}

// talk is one connection.
type talk struct {
	*Link
	conn  net.Conn
	write sync.Mutex
	mu    sync.Mutex
	peer  string
	said  map[int64]time.Time // letters sent on this connection
}

// Talk speaks over a connection until it breaks or ctx ends. peer is empty where
// the other side says first who it is.
func (l *Link) Talk(ctx context.Context, conn net.Conn, peer string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	t := &talk{Link: l, conn: conn, peer: peer, said: map[int64]time.Time{}}
	if peer != "" {
		if err := t.hello(ctx); err != nil {
			return err
		}
	}
	heard := make(chan error, 1)
	var listening sync.WaitGroup
	listening.Go(func() { heard <- t.listen(ctx); cancel() })
	defer listening.Wait()
	defer cancel()
	err := t.speak(ctx)
	_ = conn.Close()
	return errors.Join(err, <-heard)
}

func (t *talk) other() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.peer
}

// listen takes frames from the wire.
func (t *talk) listen(ctx context.Context) error {
	for {
		if err := t.conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return err
		}
		f, err := bank.ReadFrame(t.conn)
		if err != nil {
			return err
		}
		m, err := f.Read(t.Name, t.Peers)
		if err != nil {
			if t.Forged != nil {
				t.Forged(ctx, t.conn.RemoteAddr().String(), err)
			}
			return err
		}
		if other := t.other(); other != "" && other != m.Sender {
			return fault.New(fault.Forbidden, "BANK-SENDER-02", "/sender", "{sender} speaks on the connection of {peer}", "use a connection for each bank", "sender", m.Sender, "peer", other)
		}
		if err := t.hear(ctx, m, f.Payload); err != nil {
			return err
		}
	}
}

func (t *talk) hear(ctx context.Context, m *bank.Message, payload []byte) error {
	switch m.Kind {
	case bank.Hello:
		t.mu.Lock()
		first := t.peer == ""
		t.peer = m.Sender
		t.mu.Unlock()
		if first {
			return t.hello(ctx)
		}
		return nil
	case bank.Ack:
		a, err := bank.Body[bank.AckBody](m)
		if err != nil {
			return err
		}
		if err := t.Side.Acknowledged(ctx, m.Sender, a); err != nil && fault.All(err) == nil {
			return err
		}
		return nil
	}
	if t.other() == "" {
		return fault.New(fault.Invalid, "BANK-HELLO-01", "", "a conversation begins with hello", "say who you are and how far you have heard us")
	}
	a, err := t.Side.Take(ctx, m, payload)
	if refusals := fault.All(err); len(refusals) > 0 {
		a = bank.AckBody{Of: m.Sequence, Hash: bank.Hash(payload), Status: bank.Refused, Code: refusals[0].Code, Detail: refusals[0].Message()}
	} else if err != nil {
		return err
	}
	return t.say(bank.Ack, a)
}

func (t *talk) hello(ctx context.Context) error {
	seen, err := t.Side.Seen(ctx, t.other())
	if err != nil {
		return err
	}
	return t.say(bank.Hello, bank.HelloBody{Seen: seen})
}

// speak sends what waits, and what was not acknowledged in time once more.
func (t *talk) speak(ctx context.Context) error {
	look, again := t.Look, t.Again
	if look == 0 {
		look = lookEvery
	}
	if again == 0 {
		again = againIn
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if t.other() == "" {
			continue
		}
		if time.Since(last) > beat {
			last = time.Now()
			if err := t.hello(ctx); err != nil {
				return err
			}
		}
		letters, err := t.Side.Waiting(ctx, t.other(), window)
		if err != nil {
			return err
		}
		for _, letter := range letters {
			if at, said := t.said[letter.Sequence]; said && time.Since(at) < again {
				continue
			}
			t.said[letter.Sequence] = time.Now()
			if err := t.send(letter.Payload); err != nil {
				return err
			}
		}
	}
}

func (t *talk) say(kind bank.Kind, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	m := bank.Message{Version: bank.Version, Kind: kind, Sender: t.Name, Receiver: t.other(), Sent: t.Now(), Body: raw}
	payload, err := m.Payload()
	if err != nil {
		return err
	}
	return t.send(payload)
}

// send signs and sends a payload.
func (t *talk) send(payload []byte) error {
	frames := []bank.Frame{bank.Sign(payload, t.Key)}
	if t.Weather != nil {
		var wait time.Duration
		if frames, wait = t.Weather(frames[0]); wait > 0 {
			time.Sleep(wait)
		}
	}
	t.write.Lock()
	defer t.write.Unlock()
	if err := t.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	for _, f := range frames {
		if err := f.Write(t.conn); err != nil {
			return err
		}
	}
	return nil
}
