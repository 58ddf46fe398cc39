package slackbot

import (
	"context"
	"sync"
	"time"

	"footnote/bot"
)

// pacer keeps messages in one channel apart. Channels don't wait for each other: who
// must wait long, or would be one of too many, is told when to come back, and has a
// place kept. It is safe for concurrent use.
type pacer struct {
	gap     time.Duration // none below 0
	waiters chan struct{} // holds one for each that waits

	mu   sync.Mutex
	next map[string]time.Time            // by channel: when the next message may go
	kept map[string]map[string]time.Time // by channel and errand: the times that are kept for those who come back
}

func newPacer(gap time.Duration, waiters chan struct{}) *pacer {
	return &pacer{gap: gap, waiters: waiters, next: make(map[string]time.Time), kept: make(map[string]map[string]time.Time)}
}

// wait returns when a message of an errand may go into a channel. It returns a
// *[bot.Wait] where that is not soon.
func (p *pacer) wait(ctx context.Context, channel, key string) error {
	if p.gap < 0 {
		return nil
	}
	at := p.reserve(channel, key, time.Now())
	d := time.Until(at)
	if d <= 0 {
		p.release(channel, key)
		return nil
	}
	if d <= shortWait {
		select {
		case p.waiters <- struct{}{}:
			defer func() { <-p.waiters }()
			p.release(channel, key)
			return sleep(ctx, d)
		default:
		}
	}
	return &bot.Wait{For: d, Err: errPace}
}

// take tells whether a message may go into a channel now, and takes its place.
func (p *pacer) take(channel string) bool {
	if p.gap < 0 {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.next[channel].After(now) {
		return false
	}
	p.sweep(now)
	p.next[channel] = now.Add(p.gap)
	return true
}

// errPace is why a delivery comes back: nothing has been sent.
var errPace = paceError{}

type paceError struct{}

func (paceError) Error() string { return "one message a second in a channel" }

// reserve returns the time that is kept for the errand, or takes the next one.
func (p *pacer) reserve(channel, key string, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, ok := p.kept[channel][key]; ok {
		return at
	}
	p.sweep(now)
	at := now
	if n := p.next[channel]; n.After(now) {
		at = n
	}
	p.next[channel] = at.Add(p.gap)
	if p.kept[channel] == nil {
		p.kept[channel] = make(map[string]time.Time)
	}
	p.kept[channel][key] = at
	return at
}

func (p *pacer) release(channel, key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.kept[channel], key)
	if len(p.kept[channel]) == 0 {
		delete(p.kept, channel)
	}
}

// hold keeps a channel quiet for a while, since Slack asked for it.
func (p *pacer) hold(channel string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := time.Now().Add(d); p.gap >= 0 && at.After(p.next[channel]) {
		p.next[channel] = at
	}
}

// sweep forgets channels that are quiet, and times whose errands never came back.
func (p *pacer) sweep(now time.Time) {
	if len(p.next) < 1000 {
		return
	}
	for c, at := range p.next {
		if now.After(at) {
			delete(p.next, c)
		}
	}
	for c, keys := range p.kept {
		for k, at := range keys {
			if now.Sub(at) > time.Minute {
				delete(keys, k)
			}
		}
		if len(keys) == 0 {
			delete(p.kept, c)
		}
	}
}
