package fakediscord

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// clock follows real time, or stands still when frozen, and can be moved forward at will. Its timers fire by either.
type clock struct {
	mu     sync.Mutex
	base   time.Time
	start  time.Time // real time at base; zero when frozen
	offset time.Duration
	queue  timerQueue
	wake   chan struct{}
}

type timer struct {
	at   time.Time
	fire func() // nil when stopped or fired
}

func newClock(start time.Time, frozen bool) *clock {
	c := &clock{base: start, wake: make(chan struct{}, 1)}
	if !frozen {
		c.start = time.Now()
	}
	return c
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *clock) nowLocked() time.Time {
	t := c.base.Add(c.offset)
	if !c.start.IsZero() {
		t = t.Add(time.Since(c.start))
	}
	return t
}

// after calls fire once d has passed, on a goroutine of the clock or of who advances it; fire must not wait.
func (c *clock) after(d time.Duration, fire func()) *timer {
	c.mu.Lock()
	t := &timer{at: c.nowLocked().Add(d), fire: fire}
	heap.Push(&c.queue, t)
	first := c.queue[0] == t
	c.mu.Unlock()
	if first {
		c.nudge()
	}
	return t
}

// stop keeps t from firing. A nil timer is fine.
func (c *clock) stop(t *timer) {
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

func (c *clock) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run fires timers as real time passes, until ctx ends.
func (c *clock) run(ctx context.Context) {
	for {
		wait := c.fireDue(c.now())
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
func (c *clock) fireDue(until time.Time) time.Duration {
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

func (c *clock) advance(d time.Duration) {
	target := c.now().Add(d)
	c.fireDue(target)
	c.mu.Lock()
	if ahead := target.Sub(c.nowLocked()); ahead > 0 {
		c.offset += ahead
	}
	c.mu.Unlock()
	c.nudge()
}

// timerQueue is a heap by time.
type timerQueue []*timer

func (q timerQueue) Len() int           { return len(q) }
func (q timerQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q timerQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *timerQueue) Push(x any)        { *q = append(*q, x.(*timer)) }
func (q *timerQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
