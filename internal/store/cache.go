package store

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// cache remembers what was written or read lately, within a bound of bytes. The
// writer puts what it has committed; a reader may add what it read in a snapshot
// only if nothing was committed to that shard since the snapshot began, so an
// old value never takes the place of a newer one.
type cache[K comparable, V any] struct {
	seed   maphash.Seed
	moment atomic.Uint64 // one more with each commit
	limit  int           // bytes per shard
	size   func(K, V) int
	shards [64]shard[K, V]
}

// shard is one part of a cache. It holds two generations: when the young one is
// full the old one is forgotten, and what is used moves to the young one.
type shard[K comparable, V any] struct {
	mu         sync.Mutex
	committed  uint64
	young, old map[K]V
	bytes      int
}

func newCache[K comparable, V any](limit int, size func(K, V) int) *cache[K, V] {
	c := &cache[K, V]{seed: maphash.MakeSeed(), size: size}
	c.limit = limit / len(c.shards) / 2
	for i := range c.shards {
		c.shards[i].young = map[K]V{}
	}
	return c
}

func (c *cache[K, V]) shard(k K) *shard[K, V] {
	return &c.shards[maphash.Comparable(c.seed, k)%uint64(len(c.shards))]
}

func (c *cache[K, V]) get(k K) (V, bool) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.young[k]
	if !ok {
		if v, ok = s.old[k]; ok {
			c.insert(s, k, v)
		}
	}
	return v, ok
}

func (c *cache[K, V]) insert(s *shard[K, V], k K, v V) {
	if s.bytes > c.limit {
		s.old, s.young, s.bytes = s.young, make(map[K]V, len(s.young)), 0
	}
	s.young[k] = v
	s.bytes += c.size(k, v)
}

// now gives the mark that a reader takes before its snapshot begins.
func (c *cache[K, V]) now() uint64 { return c.moment.Load() }

// fill adds what was read in a snapshot that began at since.
func (c *cache[K, V]) fill(k K, v V, since uint64) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.committed <= since {
		c.insert(s, k, v)
	}
}

// begin starts putting what one batch has committed.
func (c *cache[K, V]) begin() uint64 { return c.moment.Add(1) }

// put sets what the batch of begin's mark has committed.
func (c *cache[K, V]) put(k K, v V, mark uint64) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.committed = mark
	delete(s.old, k)
	c.insert(s, k, v)
}
