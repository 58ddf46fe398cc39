package web

import (
	"context"
	"sync"
	"time"

	"footnote/bot"
)

var _ bot.Shower = (*Web)(nil)

// Deliver implements [bot.Adapter]. The ledger keeps the answer, and the conversation's
// page shows it from there; here it only wakes those who wait for it.
func (w *Web) Deliver(_ context.Context, e bot.Errand, a bot.Answer) (string, error) {
	w.live.set(e.Key, a, true)
	return e.Key, nil
}

// Show implements [bot.Shower].
func (w *Web) Show(_ context.Context, e bot.Errand, sofar bot.Answer) (string, error) {
	w.live.set(e.Key, sofar, false)
	return "", nil
}

// Withdraw implements [bot.Adapter].
func (w *Web) Withdraw(_ context.Context, e bot.Errand) error {
	w.live.forget(e.Key)
	return nil
}

// mostLive is how many answers are kept beside the ledger, the latest: those that are
// being written, and those that somebody waits for.
const mostLive = 1000

// look is how often the ledger is looked at for an answer that another process may be
// writing.
const look = 250 * time.Millisecond

// now is an answer as far as it is written.
type now struct {
	answer bot.Answer
	whole  bool
	next   chan struct{} // closed when there is more
}

// live has the answers that are being written. It is safe for concurrent use.
type live struct {
	mu      sync.Mutex
	all     map[string]*now
	order   []string
	streams int // pages that are told of answers
}

func newLive() *live { return &live{all: map[string]*now{}} }

// set takes an answer as far as it is written, and tells those who wait.
func (l *live) set(key string, a bot.Answer, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.get(key)
	close(n.next)
	*n = now{a, whole, make(chan struct{})}
}

// get returns what is kept of a key. l.mu is held.
func (l *live) get(key string) *now {
	n := l.all[key]
	if n == nil {
		n = &now{next: make(chan struct{})}
		l.all[key] = n
		l.order = append(l.order, key)
		for len(l.order) > mostLive {
			delete(l.all, l.order[0])
			l.order = l.order[1:]
		}
	}
	return n
}

// of returns an answer as far as it is written, and what tells of more.
func (l *live) of(key string) now {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.get(key)
}

func (l *live) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := l.all[key]; n != nil {
		n.answer, n.whole = bot.Answer{}, false
	}
}

// state is a turn of a conversation as it stands.
type state struct {
	errand bot.Errand
	answer bot.Answer
	whole  bool
	gone   bool // there is nothing of it, or not any more
}

// turn returns a turn as it stands in the ledger, or here.
func (w *Web) turn(ctx context.Context, key string) (state, error) {
	e, a, ok, err := w.store.Errand(ctx, key)
	switch {
	case err != nil:
		return state{}, err
	case !ok, e.State == bot.Withdrawn:
		return state{gone: true}, nil
	case e.State == bot.Closed:
		return state{errand: e, answer: a, whole: true, gone: a.Status == ""}, nil
	}
	n := w.live.of(key)
	return state{errand: e, answer: n.answer, whole: n.whole}, nil
}

// follow gives each the state of a turn whenever there is more of it, until it is whole
// or ctx ends.
func (w *Web) follow(ctx context.Context, key string, each func(state) error) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	shown := -1
	for {
		next := w.live.of(key).next
		s, err := w.turn(ctx, key)
		if err != nil {
			return err
		}
		if n := len(s.answer.Sentences); n != shown || s.whole || s.gone {
			shown = n
			if err := each(s); err != nil || s.whole || s.gone {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.stop:
			return nil
		case <-next:
		case <-tick.C:
		}
	}
}
