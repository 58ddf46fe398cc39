package discordbot

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

const (
	maxWaiting = 2048             // events that are taken in and not yet done with; then nothing more is read
	maxRunning = 64               // that are handled at once, beside interactions
	handleTime = 30 * time.Second // for one event
	finishTime = 10 * time.Second // for all that are left when the end has come
)

// event is one dispatch.
type event struct {
	kind string
	data json.RawMessage
	lane string
	done func() // says that it is durable
}

// lanes handles events beside each other, but those of one lane in order: a message
// must not be edited before it is there. A slow lane holds up no other one.
type lanes struct {
	f    func(e event) (durable bool)
	room chan struct{} // holds one for each event
	work chan struct{} // holds one for each that is handled, interactions apart
	wg   sync.WaitGroup

	mu   sync.Mutex
	next map[string][]event // by lane that runs: what waits in it
}

func newLanes(f func(e event) (durable bool)) *lanes {
	return &lanes{f: f, room: make(chan struct{}, maxWaiting), work: make(chan struct{}, maxRunning), next: make(map[string][]event)}
}

// reserve waits until there is room for an event, which must then be put; false where
// ctx ended before.
func (l *lanes) reserve(ctx context.Context) bool {
	select {
	case l.room <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// full tells whether reserve would wait.
func (l *lanes) full() bool { return len(l.room) == cap(l.room) }

// put adds an event, for which room was reserved, to its lane.
func (l *lanes) put(e event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if waiting, runs := l.next[e.lane]; runs {
		l.next[e.lane] = append(waiting, e)
		return
	}
	l.next[e.lane] = nil
	l.wg.Go(func() { l.drain(e) })
}

// drain handles an event and those that come after it in its lane. An interaction,
// which is worth nothing after three seconds, does not wait for others to be done.
func (l *lanes) drain(e event) {
	for more := true; more; {
		waits := e.kind != "INTERACTION_CREATE"
		if waits {
			l.work <- struct{}{}
		}
		if l.f(e) {
			e.done()
		}
		if waits {
			<-l.work
		}
		<-l.room
		e, more = l.following(e.lane)
	}
}

func (l *lanes) following(lane string) (e event, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.next[lane]
	if len(waiting) == 0 {
		delete(l.next, lane)
		return event{}, false
	}
	l.next[lane] = waiting[1:]
	return waiting[0], true
}

// close waits until all events have been handled, but not for ever: after a while
// overdue is called, by which f must come to its end. Nothing may be put any more.
func (l *lanes) close(overdue func()) {
	t := time.AfterFunc(finishTime, overdue)
	defer t.Stop()
	l.wg.Wait()
}

// laneOf returns the lane of a dispatch: its channel's, or else its server's. An
// interaction has its own, since it is worth nothing after three seconds.
func laneOf(kind string, data json.RawMessage) string {
	var p struct {
		ID      snowflake `json:"id"`
		Channel snowflake `json:"channel_id"`
		Guild   snowflake `json:"guild_id"`
	}
	_ = json.Unmarshal(data, &p) // what fails is in one lane
	switch {
	case kind == "INTERACTION_CREATE":
		return "interaction " + string(p.ID)
	case p.Channel != "":
		return string(p.Channel)
	case p.ID != "" && (strings.HasPrefix(kind, "CHANNEL_") || strings.HasPrefix(kind, "THREAD_") || strings.HasPrefix(kind, "GUILD_")):
		return string(p.ID)
	}
	return string(p.Guild)
}

// snowflake is an id, or "" where something else is in its place.
type snowflake string

// UnmarshalJSON implements [json.Unmarshaler]. It never fails.
func (s *snowflake) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*s = snowflake(text)
	}
	return nil
}

// progress knows up to which number all events of a session are durable. It is safe
// for concurrent use.
type progress struct {
	mu      sync.Mutex
	durable int64
	running []int64        // in order, those that are not done with and those after them
	done    map[int64]bool // of these
}

func newProgress(durable int64) *progress {
	return &progress{durable: durable, done: make(map[int64]bool)}
}

// add takes note of an event, whose number is above all before; the function that
// it returns says that it is durable.
func (p *progress) add(seq int64) (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = append(p.running, seq)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.done[seq] = true
		for len(p.running) > 0 && p.done[p.running[0]] {
			p.durable = p.running[0]
			delete(p.done, p.durable)
			p.running = p.running[1:]
		}
	}
}

func (p *progress) seq() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.durable
}
