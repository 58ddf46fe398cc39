// Package clock is what the fakes of the platforms keep time by, and how they wake
// those who wait for a change. It knows no platform.
package clock

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Clock follows real time, or stands still when frozen, and can be moved forward at will. Its timers fire by either.
type Clock struct {
	mu     sync.Mutex
	base   time.Time
	start  time.Time // real time at base; zero when frozen
	offset time.Duration
	queue  timerQueue
	wake   chan struct{}
}

// Timer is something that will happen.
type Timer struct {
	at   time.Time
	kind string
	fire func() // nil when stopped or fired
}

// New returns a Clock that shows start.
func New(start time.Time, frozen bool) *Clock {
	c := &Clock{base: start, wake: make(chan struct{}, 1)}
	if !frozen {
		c.start = time.Now()
	}
	return c
}

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *Clock) nowLocked() time.Time {
	t := c.base.Add(c.offset)
	if !c.start.IsZero() {
		t = t.Add(time.Since(c.start))
	}
	return t
}

// After calls fire once d has passed, on a goroutine of the clock or of who advances it; fire must not
// wait. The kind tells timers apart for [Clock.AdvanceTo]; most have none.
func (c *Clock) After(d time.Duration, kind string, fire func()) *Timer {
	c.mu.Lock()
	t := &Timer{at: c.nowLocked().Add(d), kind: kind, fire: fire}
	heap.Push(&c.queue, t)
	first := c.queue[0] == t
	c.mu.Unlock()
	if first {
		c.nudge()
	}
	return t
}

// Stop keeps t from firing. A nil timer is fine.
func (c *Clock) Stop(t *Timer) {
	if t == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t.fire = nil
	for len(c.queue) > 0 && c.queue[0].fire == nil {
		heap.Pop(&c.queue)
	}
}

func (c *Clock) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run fires timers as real time passes, until ctx ends.
func (c *Clock) Run(ctx context.Context) {
	for {
		wait := c.fireDue(c.Now())
		alarm := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			alarm.Stop()
			return
		case <-c.wake:
			alarm.Stop()
		case <-alarm.C:
		}
	}
}

// fireDue fires all that is due at or before until, in order, and returns how long the next one takes.
func (c *Clock) fireDue(until time.Time) time.Duration {
	for {
		c.mu.Lock()
		if len(c.queue) == 0 {
			c.mu.Unlock()
			return time.Hour
		}
		next := c.queue[0]
		if next.at.After(until) {
			frozen := c.start.IsZero()
			wait := next.at.Sub(c.nowLocked())
			c.mu.Unlock()
			if frozen {
				return time.Hour
			}
			return max(wait, 0)
		}
		heap.Pop(&c.queue)
		if ahead := next.at.Sub(c.nowLocked()); ahead > 0 {
			c.offset += ahead
		}
		fire := next.fire
		next.fire = nil
		c.mu.Unlock()
		if fire != nil {
			fire()
		}
	}
}

// Advance moves the clock forward and fires what is due by then.
func (c *Clock) Advance(d time.Duration) {
	target := c.Now().Add(d)
	c.fireDue(target)
	c.mu.Lock()
	if ahead := target.Sub(c.nowLocked()); ahead > 0 {
		c.offset += ahead
	}
	c.mu.Unlock()
	c.nudge()
}

// AdvanceTo advances to the earliest live timer of a kind. It reports whether there was one.
func (c *Clock) AdvanceTo(kind string) bool {
	c.mu.Lock()
	var next *Timer
	for _, t := range c.queue {
		if t.kind == kind && t.fire != nil && (next == nil || t.at.Before(next.at)) {
			next = t
		}
	}
	now := c.nowLocked()
	c.mu.Unlock()
	if next == nil {
		return false
	}
	c.Advance(max(next.at.Sub(now), 0))
	return true
}

// timerQueue is a heap by time.
type timerQueue []*Timer

func (q timerQueue) Len() int           { return len(q) }
func (q timerQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q timerQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *timerQueue) Push(x any)        { *q = append(*q, x.(*Timer)) }
func (q *timerQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}

// Notifier wakes whoever waits for any change. The zero Notifier is ready.
type Notifier struct {
	mu sync.Mutex
	ch chan struct{}
}

// Wait returns a channel that is closed at the next change.
func (n *Notifier) Wait() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ch == nil {
		n.ch = make(chan struct{})
	}
	return n.ch
}

// Notify tells of a change.
func (n *Notifier) Notify() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ch != nil {
		close(n.ch)
		n.ch = nil
	}
}
