package store

import (
	"context"
	"sync"
	"time"
)

// watch tells many listeners that the journal has grown.
type watch struct {
	mu        sync.Mutex
	listeners map[chan int64]bool
	closed    bool
}

func (w *watch) init() { w.listeners = map[chan int64]bool{} }

func (w *watch) tell(position int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.listeners {
		select { // only the newest position matters
		case <-c:
		default:
		}
		c <- position
	}
}

func (w *watch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for c := range w.listeners {
		close(c)
	}
	clear(w.listeners)
}

// Watch gives a channel that receives the journal's highest position whenever
// it grows, beginning with the present one. A slow listener gets only the
// newest. The channel is closed when the store closes; stop ends the watching.
func (s *Store) Watch() (positions <-chan int64, stop func()) {
	c := make(chan int64, 1)
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if s.feed.closed {
		close(c)
		return c, func() {}
	}
	c <- s.tail.Load()
	s.feed.listeners[c] = true
	return c, func() {
		s.feed.mu.Lock()
		defer s.feed.mu.Unlock()
		delete(s.feed.listeners, c)
	}
}

// Position gives the highest position that the journal has reached.
func (s *Store) Position() int64 { return s.tail.Load() }

func (s *Store) loadTail(ctx context.Context) error {
	var top int64
	if err := s.read.QueryRowContext(ctx, "SELECT coalesce(max(position), 0) FROM entry").Scan(&top); err != nil {
		return err
	}
	s.tail.Store(top)
	return nil
}

// numbered tells that the journal has grown.
func (s *Store) numbered(position int64) {
	for {
		before := s.tail.Load()
		if position <= before {
			return
		}
		if s.tail.CompareAndSwap(before, position) {
			s.feed.tell(position)
			return
		}
	}
}

// follow looks how far the program that writes has come, until ctx ends.
func (s *Store) follow(ctx context.Context) {
	tick := time.NewTicker(behindEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.lookUp(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("looking at the journal failed, will be tried again", "error", err)
		}
	}
}
