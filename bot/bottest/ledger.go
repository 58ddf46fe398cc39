package bottest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"footnote/bot"
)

var _ bot.Ledger = (*Ledger)(nil)

// Ledger is a bot.Ledger in memory: it forgets everything with the process, and
// keeps every other promise. It is safe for concurrent use.
type Ledger struct {
	mu      sync.Mutex
	entries map[string]*entry
	changed chan struct{} // closed, and made anew, at every change
}

type entry struct {
	bot.Errand
	owner  string
	until  time.Time // the end of the lease
	due    time.Time
	answer *bot.Answer
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{entries: make(map[string]*entry), changed: make(chan struct{})}
}

// Accept implements bot.Ledger.
func (l *Ledger) Accept(_ context.Context, e bot.Errand, owner string, lease time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.notify()
	if l.entries[e.Key] != nil {
		return false, nil
	}
	l.entries[e.Key] = &entry{Errand: e, owner: owner, until: time.Now().Add(lease)}
	return true, nil
}

// Claim implements bot.Ledger.
func (l *Ledger) Claim(_ context.Context, owner string, n int, lease time.Duration) ([]bot.Errand, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var out []bot.Errand
	for _, e := range l.sorted() {
		if len(out) == n {
			break
		}
		if e.State == bot.Closed || e.due.After(now) || e.owner != "" && e.until.After(now) {
			continue
		}
		e.owner, e.until = owner, now.Add(lease)
		e.Attempt++
		out = append(out, e.Errand)
	}
	return out, nil
}

func (l *Ledger) sorted() []*entry {
	var all []*entry
	for _, e := range l.entries {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *entry) int {
		return cmp.Or(a.Accepted.Compare(b.Accepted), cmp.Compare(a.Key, b.Key))
	})
	return all
}

// Extend implements bot.Ledger.
func (l *Ledger) Extend(_ context.Context, owner string, lease time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.owner == owner {
			e.until = time.Now().Add(lease)
		}
	}
	return nil
}

// Release implements bot.Ledger.
func (l *Ledger) Release(_ context.Context, owner string) error {
	l.mu.Lock()
	defer l.notify()
	for _, e := range l.entries {
		if e.owner == owner {
			e.owner = ""
		}
	}
	return nil
}

// Revise implements bot.Ledger.
func (l *Ledger) Revise(_ context.Context, key, text string, since time.Time) error {
	l.mu.Lock()
	defer l.notify()
	e := l.entries[key]
	if e == nil || e.Accepted.Before(since) || e.Question.Text == text || e.State == bot.Withdrawn {
		return nil
	}
	e.Question.Text, e.State, e.due = text, bot.Open, time.Time{}
	e.Revision++
	return nil
}

// Withdraw implements bot.Ledger.
func (l *Ledger) Withdraw(_ context.Context, key string) error {
	l.mu.Lock()
	defer l.notify()
	if e := l.entries[key]; e != nil {
		e.State, e.due = bot.Withdrawn, time.Time{}
	}
	return nil
}

// Done implements bot.Ledger.
func (l *Ledger) Done(_ context.Context, e bot.Errand, owner string, a bot.Answer, posted string) (bool, error) {
	l.mu.Lock()
	defer l.notify()
	have := l.entries[e.Key]
	if have == nil || have.owner != owner {
		return false, nil
	}
	have.owner = ""
	if posted != "" {
		have.Posted = posted
	}
	if have.Revision != e.Revision || have.State != e.State {
		return false, nil
	}
	have.answer = &a
	if e.State == bot.Withdrawn {
		have.answer = nil
	}
	have.State = bot.Closed
	return true, nil
}

// Retry implements bot.Ledger.
func (l *Ledger) Retry(_ context.Context, e bot.Errand, owner string, at time.Time, posted string) error {
	l.mu.Lock()
	defer l.notify()
	if have := l.entries[e.Key]; have != nil && have.owner == owner {
		have.owner, have.due = "", at
		if posted != "" {
			have.Posted = posted
		}
	}
	return nil
}

// Turns implements bot.Ledger.
func (l *Ledger) Turns(_ context.Context, conversation string, limit int) ([]bot.Turn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []bot.Turn
	for _, e := range l.sorted() {
		if e.Question.Conversation == conversation && e.answer != nil {
			out = append(out, bot.Turn{Question: e.Question, Answer: *e.answer})
		}
	}
	return out[max(0, len(out)-limit):], nil
}

// notify tells those who wait of a change, and unlocks.
func (l *Ledger) notify() {
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
}

// Idle waits until every errand is closed, or ctx ends.
func (l *Ledger) Idle(ctx context.Context) error {
	for {
		l.mu.Lock()
		busy := slices.ContainsFunc(l.sorted(), func(e *entry) bool { return e.State != bot.Closed })
		changed := l.changed
		l.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// States returns how many errands are in each state.
func (l *Ledger) States() map[bot.State]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := make(map[bot.State]int)
	for _, e := range l.entries {
		n[e.State]++
	}
	return n
}

// Errand returns the errand of a key with its answer, the zero Answer where it has
// none.
func (l *Ledger) Errand(_ context.Context, key string) (bot.Errand, bot.Answer, bool, error) {
	return l.find(func(e *entry) bool { return e.Key == key })
}

// ByPost returns the same for the message that holds the answer.
func (l *Ledger) ByPost(_ context.Context, adapter, posted string) (bot.Errand, bot.Answer, bool, error) {
	return l.find(func(e *entry) bool { return e.Adapter == adapter && e.Posted == posted })
}

func (l *Ledger) find(is func(*entry) bool) (bot.Errand, bot.Answer, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if is(e) {
			if e.answer == nil {
				return e.Errand, bot.Answer{}, true, nil
			}
			return e.Errand, *e.answer, true, nil
		}
	}
	return bot.Errand{}, bot.Answer{}, false, nil
}
