package discordbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// process is a Bot of which only the keeping of sessions is used.
func process(st Store) *Bot {
	return &Bot{log: slog.New(slog.DiscardHandler), store: st, self: self{User: "9", Application: "8"}}
}

// some is a session that can be taken up again.
func some(id string) session {
	return session{ID: id, URL: "wss://resume.test", Seq: 7, Shards: 1, Intents: 3, At: time.Now().UTC(), Missed: map[string]time.Time{"1": time.Now().UTC()}}
}

func wantSession(t *testing.T, b *Bot, shard int, want session) {
	t.Helper()
	if s, ok := b.loadSession(t.Context(), shard, 1); ok != (want.ID != "") || !reflect.DeepEqual(s, want) {
		t.Errorf("loadSession(%d) = %+v, %v; want %+v", shard, s, ok, want)
	}
}

func TestSessionIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore()
		b := process(st)
		wantSession(t, b, 0, session{})
		one := some("S1")
		if !b.saveSession(t.Context(), 0, one, false) || !b.saveSession(t.Context(), 1, some("other shard"), false) || !b.saveSession(t.Context(), 0, one, true) {
			t.Error("a session was not kept")
		}
		start := time.Now()
		wantSession(t, process(st), 0, one) // whatever machine it is on
		if took := time.Since(start); took > 0 {
			t.Errorf("the session that was left was taken up after %v, want at once", took)
		}
	})
}

// While a process lives no other takes its session, as one on the same machine did;
// when it is dead one does, and only one.
func TestSessionOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore()
		a, b := process(st), process(st)
		wantSession(t, a, 0, session{})
		one := some("S1")
		a.saveSession(t.Context(), 0, one, false)
		beats, stop := context.WithCancel(t.Context())
		var beating sync.WaitGroup
		beating.Go(func() {
			for wait(beats, beatEvery) == nil {
				a.saveSession(t.Context(), 0, one, false)
			}
		})
		// Of A it is known until when all was heard.
		start := time.Now()
		wantSession(t, b, 0, session{At: one.At})
		if took := time.Since(start); took > 2*beatEvery {
			t.Errorf("it took %v to see that the other lives, want %v", took, beatEvery)
		}
		two := some("S2")
		b.saveSession(t.Context(), 0, two, true) // B ends, and begins anew
		wantSession(t, process(st), 0, two)
		stop() // A dies
		beating.Wait()
		start = time.Now()
		one.At = two.At // all was heard so far, if not by A
		var got []string
		var mu sync.Mutex
		var starting sync.WaitGroup
		for range 3 {
			starting.Go(func() {
				s, _ := process(st).loadSession(t.Context(), 0, 1)
				mu.Lock()
				defer mu.Unlock()
				got = append(got, s.ID)
			})
		}
		starting.Wait()
		if n := strings.Count(strings.Join(got, " "), "S1"); n != 1 {
			t.Errorf("three processes took up %q, want S1 once", got)
		}
		if took := time.Since(start); took > leaseTime+beatEvery+time.Second {
			t.Errorf("the session of the dead was taken up after %v, want %v", took, leaseTime)
		}
		// A was not dead but slow: it learns so, and has another slot from then on.
		if a.saveSession(t.Context(), 0, one, false) {
			t.Error("saveSession = true, want false: another process has the session")
		}
		for range 2 { // taken, and then renewed
			if !a.saveSession(t.Context(), 0, some("S3"), false) {
				t.Error("saveSession = false, want that it is kept in a slot of its own")
			}
		}
	})
}

// On one machine it is seen at once that a process is dead.
func TestSessionOfTheDeadHere(t *testing.T) {
	if machine() == "" {
		t.Skip("this system does not tell its processes apart")
	}
	synctest.Test(t, func(t *testing.T) {
		for pid, want := range map[int]time.Duration{1 << 30: 0, os.Getpid(): leaseTime} {
			st := newStore()
			a := process(st)
			wantSession(t, a, 0, session{})
			one := some("S1")
			a.saveSession(t.Context(), 0, one, false)
			for name, value := range st.values {
				st.values[name] = strings.Replace(value, fmt.Sprintf(`"pid":%d`, os.Getpid()), fmt.Sprintf(`"pid":%d`, pid), 1)
			}
			start := time.Now()
			wantSession(t, process(st), 0, one)
			if took := time.Since(start); took != want {
				t.Errorf("the session of process %d was taken up after %v, want %v", pid, took, want)
			}
		}
	})
}

// One that dies before it has heard anything leaves since when.
func TestSessionOfOneThatHardlyLived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore()
		start := time.Now().UTC()
		wantSession(t, process(st), 0, session{})
		_ = wait(t.Context(), time.Hour)
		wantSession(t, process(st), 0, session{At: start})
	})
}

// A session of long ago is taken up at once, and what cannot be read is none.
func TestSessionOfLongAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore()
		a := process(st)
		wantSession(t, a, 0, session{})
		one := some("S1")
		a.saveSession(t.Context(), 0, one, false)
		_ = wait(t.Context(), time.Hour)
		start := time.Now()
		wantSession(t, process(st), 0, one)
		if took := time.Since(start); took > 0 {
			t.Errorf("it was taken up after %v, want at once", took)
		}
		for name := range st.values {
			st.values[name] = `{"id":7}`
		}
		wantSession(t, process(st), 0, session{})
	})
}

// Where there are more shards than before, what the first heard was of all.
func TestSessionOfFewerShards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStore()
		a := process(st)
		wantSession(t, a, 0, session{})
		one := some("S1")
		a.saveSession(t.Context(), 0, one, true)
		for i, want := range []time.Time{{}, one.At} { // in this order: each leaves a time behind
			if s, ok := process(st).loadSession(t.Context(), 1, i+1); ok || !s.At.Equal(want) {
				t.Errorf("loadSession of one of %d = %+v, %v; want until %v", i+1, s, ok, want)
			}
		}
	})
}

// unsure is a store that may have stored what it says it has not.
type unsure struct {
	*store
	err error
}

func (u *unsure) Swap(ctx context.Context, place, name, old, value string) (bool, error) {
	ok, err := u.store.Swap(ctx, place, name, old, value)
	if u.err != nil {
		return false, u.err
	}
	return ok, err
}

func TestSessionOfAnUnsureStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &unsure{store: newStore()}
		a := process(st)
		wantSession(t, a, 0, session{})
		st.err = errors.New("timeout")
		if !a.saveSession(t.Context(), 0, some("S1"), false) {
			t.Error("saveSession = false of a store that fails, want true: nobody else has it")
		}
		st.err = nil
		two := some("S2")
		if !a.saveSession(t.Context(), 0, two, true) {
			t.Error("saveSession = false after a doubtful one, want true")
		}
		wantSession(t, process(st), 0, two)
	})
}

// A process whose session is taken from it begins another, or both would take the
// connection from each other for ever.
func TestGatewayTakenFrom(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		h.connected()
		h.mu.Lock()
		h.taken = true
		h.mu.Unlock()
		p := h.next(opIdentify)
		h.mu.Lock()
		h.taken = false
		h.mu.Unlock()
		p.ready()
		h.did()
	})
}

// reader is what reads up on servers in these tests.
type reader struct {
	mu    sync.Mutex
	read  []string
	since map[string]time.Time
	gate  chan struct{} // a read ends when it is closed; nil lets it end at once
}

func (r *reader) missed(ctx context.Context, since time.Time, server string) bool {
	r.mu.Lock()
	r.read = append(r.read, server)
	r.since[server] = since
	gate := r.gate
	r.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (r *reader) did() string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := strings.Join(r.read, " ")
	r.read = nil
	return s
}

// gapSession is one that is refused.
func gapSession(at time.Time) session {
	return session{ID: "S0", URL: "ws://resume.test", Seq: 5, Shards: 1, Intents: intentGuilds | intentGuildMessages | intentDirectMessages, At: at}
}

// What was missed is read once for each server, since when nothing was heard: not again
// when the server comes again, nor in the next session.
func TestGatewayReadsOnce(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		r := &reader{since: make(map[string]time.Time)}
		h.missed = r.missed
		at := time.Now().Add(-time.Hour)
		h.saved[0] = gapSession(at)
		h.start()
		h.next(opResume).says(`{"op":9,"d":false}`)
		p := h.next(opIdentify)
		p.ready()
		p.dispatch(2, "GUILD_CREATE", `{"id":"1"}`)
		p.dispatch(3, "GUILD_CREATE", `{"id":"new"}`)
		if got := r.did(); got != "1" || !r.since["1"].Equal(at) {
			t.Errorf("read %q since %v, want 1 since %v", got, r.since["1"], at)
		}
		p.dispatch(4, "GUILD_CREATE", `{"id":"1"}`)
		if got := r.did(); got != "" {
			t.Errorf("read %q when the server came again, want nothing", got)
		}
		<-time.After(time.Minute)
		if m := h.savedSession().Missed; len(m) != 0 {
			t.Errorf("saved that %v is to be read, want nothing", m)
		}
		heard := time.Now()
		p.message(5, "7", "m")
		h.did()
		p.close(4009)
		p = h.next(opIdentify)
		p.ready()
		p.dispatch(2, "GUILD_CREATE", `{"id":"1"}`)
		if got := r.did(); got != "1" || r.since["1"].Before(heard) {
			t.Errorf("read %q since %v in the next session, want 1 since %v", got, r.since["1"], heard)
		}
	})
}

// What the end cuts short is read by the next process, though Discord tells it of no
// server.
func TestGatewayReadsOnAfterRestart(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		r := &reader{since: make(map[string]time.Time), gate: make(chan struct{})}
		h.missed = r.missed
		at := time.Now().Add(-time.Hour)
		s := gapSession(at)
		s.Shards = 2
		h.saved[0] = s
		h.start()
		p := h.next(opIdentify)
		p.ready()
		p.dispatch(2, "GUILD_CREATE", `{"id":"1"}`)
		if got := r.did(); got != "1" {
			t.Fatalf("read %q, want 1", got)
		}
		// Meanwhile all else goes on.
		p.dispatch(3, "MESSAGE_CREATE", `{"id":"m","channel_id":"7"}`)
		if got := h.did(); !strings.Contains(got, "MESSAGE_CREATE m") {
			t.Errorf("handled %q while it is read, want the message", got)
		}
		h.end()
		close(r.gate)
		if s := h.savedSession(); s.Seq != 3 || !s.Missed["1"].Equal(at) {
			t.Errorf("saved %+v, want all up to 3, and what is to be read", s)
		}
		h.start()
		p = h.next(opResume)
		p.dispatch(4, "RESUMED", `{}`)
		if got := r.did(); got != "1" || !r.since["1"].Equal(at) {
			t.Errorf("read %q since %v, want 1 since %v", got, r.since["1"], at)
		}
	})
}

// What is missed anew while a server is read is read then.
func TestGatewayReadsAnew(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		r := &reader{since: make(map[string]time.Time), gate: make(chan struct{})}
		h.missed = r.missed
		s := gapSession(time.Now().Add(-time.Hour))
		s.Shards = 2
		h.saved[0] = s
		h.start()
		p := h.next(opIdentify)
		p.ready()
		p.dispatch(2, "GUILD_CREATE", `{"id":"1"}`)
		h.did()
		begun := time.Now()
		p.close(4009)
		p = h.next(opIdentify)
		p.ready()
		p.dispatch(2, "GUILD_CREATE", `{"id":"1"}`)
		h.did()
		close(r.gate)
		if got := r.did(); got != "1 1" || r.since["1"].After(begun) {
			t.Errorf("read %q, the last time since %v, want 1 twice, since %v", got, r.since["1"], begun)
		}
		<-time.After(2 * saveEvery)
		if m := h.savedSession().Missed; len(m) != 0 {
			t.Errorf("saved that %v is to be read, want nothing", m)
		}
	})
}

// Interactions do not wait for what takes long, however much of that there is.
func TestGatewayInteractionsDoNotWait(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		gate := make(chan struct{})
		defer close(gate)
		h.mu.Lock()
		h.slow = func(kind string, _ json.RawMessage) {
			if kind == "SLOW" {
				<-gate
			}
		}
		h.mu.Unlock()
		for i := range 2 * maxRunning {
			p.dispatch(2+i, "SLOW", `{"channel_id":"`+strings.Repeat("1", i+1)+`"}`)
		}
		p.dispatch(2+2*maxRunning, "INTERACTION_CREATE", `{"id":"click","channel_id":"7"}`)
		if got := h.did(); got != "INTERACTION_CREATE click" {
			t.Errorf("handled %q while all else waits, want the interaction", got)
		}
	})
}
