package bot

import (
	"context"
	"sync"
	"time"
)

// queue hands out errands fairly: one at a time of each conversation, in order, and
// the conversations in turn. It is safe for concurrent use.
type queue struct {
	mu      sync.Mutex
	waiting map[string][]Errand // by conversation; an entry, if empty, while one is handed out
	ready   []string            // conversations that have one to hand out, in turn
	held    map[string]*Errand  // by key, of those waiting or handed out: what came since, or nil
	signal  chan struct{}
}

func newQueue() *queue {
	return &queue{waiting: make(map[string][]Errand), held: make(map[string]*Errand), signal: make(chan struct{}, 1)}
}

// push adds an errand. One that is there already is looked at once more when it has
// been dealt with, since the ledger gave it out anew.
func (q *queue) push(e Errand) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.add(e)
}

func (q *queue) add(e Errand) {
	if _, there := q.held[e.Key]; there {
		q.held[e.Key] = &e
		return
	}
	q.held[e.Key] = nil
	c := e.Question.Conversation
	list, busy := q.waiting[c]
	q.waiting[c] = append(list, e)
	if !busy {
		q.ready = append(q.ready, c)
		q.notify()
	}
}

// pop returns the next errand, waiting for one; ok is false when ctx ends. Each
// must be given to done.
func (q *queue) pop(ctx context.Context) (e Errand, ok bool) {
	for ctx.Err() == nil {
		q.mu.Lock()
		if len(q.ready) > 0 {
			c := q.ready[0]
			q.ready = q.ready[1:]
			e = q.waiting[c][0]
			q.waiting[c] = q.waiting[c][1:]
			if len(q.ready) > 0 {
				q.notify()
			}
			q.mu.Unlock()
			return e, true
		}
		q.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-q.signal:
		}
	}
	return Errand{}, false
}

// done says that an errand that was handed out has been dealt with.
func (q *queue) done(e Errand) {
	q.mu.Lock()
	defer q.mu.Unlock()
	since := q.held[e.Key]
	delete(q.held, e.Key)
	if c := e.Question.Conversation; len(q.waiting[c]) == 0 {
		delete(q.waiting, c)
	} else {
		q.ready = append(q.ready, c)
		q.notify()
	}
	if since != nil {
		q.add(*since)
	}
}

// len returns how many errands wait or are handed out.
func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.held)
}

// notify wakes one waiter; it wakes the next if more is ready.
func (q *queue) notify() {
	select {
	case q.signal <- struct{}{}:
	default:
	}
}

// faults counts how often what is to be done about an errand has failed here. The
// attempts that the ledger counts are no such count: most of them may have been waits.
// It is safe for concurrent use.
type faults struct {
	mu sync.Mutex
	n  map[task]int
}

// task is what is to be done about an errand; an edit or a withdrawal makes it another.
type task struct {
	key      string
	revision int
	state    State
}

const maxFaults = 10_000 // tasks that are counted

func newFaults() *faults { return &faults{n: make(map[task]int)} }

// add counts a fault, and returns how many there were.
func (f *faults) add(e Errand) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.n) >= maxFaults { // of errands that others have taken over
		clear(f.n)
	}
	t := task{e.Key, e.Revision, e.State}
	f.n[t]++
	return f.n[t]
}

// forget ends the count.
func (f *faults) forget(e Errand) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.n, task{e.Key, e.Revision, e.State})
}

// meter limits how often something happens for each name. It is safe for
// concurrent use.
type meter struct {
	rate Rate
	mu   sync.Mutex
	last map[string][]time.Time // within the rate's span, oldest first
}

func newMeter(r Rate) *meter { return &meter{rate: r, last: make(map[string][]time.Time)} }

// limit changes the rate.
func (m *meter) limit(r Rate) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rate = r
}

// wait returns how long name must wait at a time; 0 counts as one use.
func (m *meter) wait(name string, at time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.last) > 10_000 { // names of long ago
		for n, uses := range m.last {
			if at.Sub(uses[len(uses)-1]) > m.rate.In {
				delete(m.last, n)
			}
		}
	}
	uses := m.last[name]
	for len(uses) > 0 && at.Sub(uses[0]) >= m.rate.In {
		uses = uses[1:]
	}
	if len(uses) >= m.rate.N {
		m.last[name] = uses
		return m.rate.In - at.Sub(uses[0])
	}
	m.last[name] = append(uses, at)
	return 0
}
