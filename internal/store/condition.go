package store

import (
	"context"
	"sync"
	"time"

	"seine/internal/clock"
	"seine/internal/dossier"
)

// Light is the condition of a part of the house in one of three words.
type Light string

// The lights, from good to bad.
const (
	Green  Light = "green"  // works
	Yellow Light = "yellow" // works, and something of it is late
	Red    Light = "red"    // does not work
)

// Condition is what anybody may know of how the house is: no figures, no names.
type Condition struct {
	Light    Light         `json:"light"`    // the worst of the three
	Papers   Light         `json:"papers"`   // what is sent in is taken and answered; red: the database does not answer
	Proof    Light         `json:"proof"`    // the journal is sealed within a minute
	Messages Light         `json:"messages"` // to banks, enterprises and other houses; yellow: some were given up, or a bank does not answer
	At       clock.Instant `json:"at"`
}

const (
	conditionAge   = 5 * time.Second // so long an answer is given again: anybody may ask
	sealedWithin   = time.Minute
	heardWithin    = time.Minute     // a bank that takes longer to acknowledge a message does not answer
	conditionPause = 2 * time.Second // that the database has for its answer
)

// conditions keep the last answer.
type conditions struct {
	mu   sync.Mutex
	last Condition
}

// Condition tells how the house is. It is at most five seconds old, so that those
// who ask cannot be a burden, and has no error: that the database does not answer
// is the answer.
func (s *Store) Condition(ctx context.Context) Condition {
	s.condition.mu.Lock()
	defer s.condition.mu.Unlock()
	now := s.clock.Now()
	if age := int64(now - s.condition.last.At); s.condition.last.Light != "" && age >= 0 && age < conditionAge.Microseconds() {
		return s.condition.last
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), conditionPause)
	defer cancel()
	c := Condition{Light: Green, Papers: Green, Proof: Green, Messages: Green, At: now}
	last, err := s.LastCheckpoint(ctx)
	if err == nil {
		var open []*Stored
		if open, err = s.Entries(ctx, last.Size, 1); err == nil && len(open) == 1 && open[0].At < now.Add(-sealedWithin) {
			c.Light, c.Proof = Yellow, Yellow
		}
	}
	if err == nil {
		var counts map[string]map[string]int
		counts, err = s.OutboxCounts(ctx)
		for _, channel := range counts {
			if channel["given-up"] > 0 {
				c.Light, c.Messages = Yellow, Yellow
			}
		}
	}
	if err == nil {
		var silent bool
		if silent, err = s.unheard(ctx, now.Add(-heardWithin)); silent {
			c.Light, c.Messages = Yellow, Yellow
		}
	}
	if err != nil {
		c.Light, c.Papers, c.Proof, c.Messages = Red, Red, Red, Red
	}
	s.condition.last = c
	return c
}

// unheard tells whether a bank has not acknowledged a message of before.
func (s *Store) unheard(ctx context.Context, before clock.Instant) (bool, error) {
	peers, err := s.List(ctx, dossier.BankPeer, Query{Limit: 200})
	if err != nil {
		return false, err
	}
	for _, peer := range peers.Items {
		waiting, err := s.Find(ctx, dossier.BankMessage, "waiting", peer.ID, 1) // the oldest
		if err != nil {
			return false, err
		}
		if len(waiting) == 0 {
			continue
		}
		var mail struct {
			At clock.Instant `json:"at"`
		}
		if _, err := s.Load(ctx, dossier.BankMessage, waiting[0], &mail); err != nil {
			return false, err
		}
		if mail.At < before {
			return true, nil
		}
	}
	return false, nil
}
