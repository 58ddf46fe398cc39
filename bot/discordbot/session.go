package discordbot

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// session is what a connection to the Gateway can be taken up again by.
type session struct {
	ID      string               `json:"id"`
	URL     string               `json:"url"`
	Seq     int64                `json:"seq"` // up to this event everything is durable
	Shards  int                  `json:"shards"`
	Intents int                  `json:"intents"`
	At      time.Time            `json:"at"`               // until when nothing was missed
	Missed  map[string]time.Time `json:"missed,omitempty"` // by server: since when something was, that is not read yet
}

// Sessions are kept as settings of a place for each shard, under names with a number: a
// slot for each process that runs at once, whatever machine it is on. A process shows
// that it lives by changing its slot again and again. One that starts takes a slot that
// nobody has or whose process is dead, and with it the session there. On one machine
// that is seen at once; over several by watching the slot. Clocks are not compared, but
// for a slot of long ago.
const (
	leaseTime = 3 * beatEvery          // a slot that has not changed for so long is nobody's
	deadTime  = time.Minute            // one that says it is so old is nobody's at once
	lookEvery = 200 * time.Millisecond // at slots that may be nobody's
	freshTime = 5 * time.Minute        // in which a session that was left can be taken up for sure
	maxSlots  = 64
)

// slots is which slots this process has. The zero value has none. It is safe for
// concurrent use.
type slots struct {
	mu      sync.Mutex
	process string       // names this process
	held    map[int]slot // by shard
}

// slot is a place for a session.
type slot struct {
	name  string
	value string // as it was last read or written
	row   record
}

// record is what is in a slot.
type record struct {
	session
	Process string    `json:"process,omitempty"` // that has it; "" for none
	Beat    time.Time `json:"beat"`              // when it was written
	Machine string    `json:"machine,omitempty"` // on which the process runs; "" where that cannot be told
	PID     int       `json:"pid,omitempty"`     // it has there
}

// free tells whether the slot is certainly nobody's.
func (r record) free() bool {
	if r.Process == "" || time.Since(r.Beat) > deadTime {
		return true
	}
	if r.Machine == "" || r.Machine != machine() {
		return false
	}
	_, err := os.Stat(fmt.Sprint("/proc/", r.PID))
	return errors.Is(err, fs.ErrNotExist)
}

// machine names what numbers of processes are told apart by: a machine since it was
// started, or a container on it. It is "" where that cannot be told, as on all but Linux.
var machine = sync.OnceValue(func() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	host, err := os.Hostname()
	if err != nil {
		return ""
	}
	return strings.Join([]string{strings.TrimSpace(string(boot)), space, host}, " ")
})

// own returns the name of this process, and the slot it has for a shard.
func (s *slots) own(shard int) (process string, have slot, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == "" {
		s.process = rand.Text()
	}
	have, ok = s.held[shard]
	return s.process, have, ok
}

// hold notes the slot that this process has for a shard, none without a name.
func (s *slots) hold(shard int, have slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = make(map[int]slot)
	}
	s.held[shard] = have
	if have.name == "" {
		delete(s.held, shard)
	}
}

// slotPlace returns the place that a shard's slots are settings of.
func (b *Bot) slotPlace(shard int) string {
	return fmt.Sprintf("%s:gateway:%s:%d", adapterName, b.me().Application, shard)
}

// slotsOf returns a shard's slots and, at the end, one that nobody has had yet, if
// there are not too many.
func (b *Bot) slotsOf(ctx context.Context, shard int) ([]slot, error) {
	var all []slot
	for n := range maxSlots {
		s := slot{name: fmt.Sprint("session ", n)}
		var err error
		if s.value, err = b.store.Setting(ctx, b.slotPlace(shard), s.name); err != nil {
			return nil, fmt.Errorf("read session: %w", err)
		}
		if s.value != "" && json.Unmarshal([]byte(s.value), &s.row) != nil {
			s.row = record{} // it is written over
		}
		all = append(all, s)
		if s.value == "" {
			break
		}
	}
	return all, nil
}

// loadSession implements the gateway's sessions.
func (b *Bot) loadSession(ctx context.Context, shard, of int) (session, bool) {
	var first []slot // as they were at first
	start := time.Now()
	for {
		all, err := b.slotsOf(ctx, shard)
		if err != nil {
			b.log.Warn("discord: the session before cannot be read", "shard", shard, "error", err)
			return session{}, false
		}
		if first == nil {
			first = all
		}
		take, look := choose(all, first, time.Since(start))
		if look && wait(ctx, lookEvery) == nil {
			continue
		}
		if ctx.Err() != nil || take.name == "" {
			return session{}, false
		}
		s := take.row.session
		s.At = b.heard(ctx, all, shard, of)
		kept := s
		if kept.At.IsZero() { // what is said from now on must be heard
			kept.At = time.Now()
		}
		ok, err := b.put(ctx, shard, take, kept, false)
		if err != nil {
			b.log.Warn("discord: the session before cannot be taken up", "shard", shard, "error", err)
			return session{At: s.At}, false
		}
		if ok {
			return s, s.ID != "" && s.Seq > 0
		}
	}
}

// choose returns the slot to take, none where there are too many, and whether to look
// again before: whether a process lives is seen after a while only.
func choose(all, first []slot, after time.Duration) (take slot, look bool) {
	for i, s := range all {
		same := i < len(first) && first[i].value == s.value
		free := s.row.free()
		switch {
		case !free && same && after < leaseTime:
			look = true
		case !free && !same:
		case take.name == "" || s.row.ID != "" && (take.row.ID == "" || s.row.At.After(take.row.At)):
			take = s
		}
	}
	if take.row.ID != "" && time.Since(take.row.At) < freshTime {
		look = false
	}
	return take, look
}

// heard returns until when nothing of a shard was missed, by whichever process; the
// zero time where that is not known. Where there were fewer shards, all was told to the
// first.
func (b *Bot) heard(ctx context.Context, all []slot, shard, of int) time.Time {
	latest := func(all []slot) (at time.Time) {
		for _, s := range all {
			at = later(at, s.row.At)
		}
		return at
	}
	if at := latest(all); !at.IsZero() || shard == 0 {
		return at
	}
	before, err := b.slotsOf(ctx, 0)
	if err != nil {
		b.log.Warn("discord: the session before cannot be read", "shard", 0, "error", err)
	}
	return latest(slices.DeleteFunc(before, func(s slot) bool { return s.row.Shards == 0 || s.row.Shards == of }))
}

// put writes a session into a slot that is as it was read; ok is false where it is not
// any more.
func (b *Bot) put(ctx context.Context, shard int, into slot, s session, last bool) (ok bool, err error) {
	process, _, _ := b.slots.own(shard)
	r := record{session: s, Process: process, Beat: time.Now(), Machine: machine(), PID: os.Getpid()}
	if last {
		r.Process = ""
	}
	value, err := json.Marshal(r)
	if err != nil {
		return false, err
	}
	ok, err = b.store.Swap(ctx, b.slotPlace(shard), into.name, into.value, string(value))
	if err != nil || !ok {
		return false, err
	}
	into.value, into.row = string(value), r
	if last {
		into = slot{}
	}
	b.slots.hold(shard, into)
	return true, nil
}

// saveSession implements the gateway's sessions.
func (b *Bot) saveSession(ctx context.Context, shard int, s session, last bool) (kept bool) {
	kept, err := b.saveIn(ctx, shard, s, last)
	switch {
	case err != nil:
		b.log.Warn("discord: the session cannot be saved; after a crash messages may be missed", "shard", shard, "error", err)
		return true // as far as is known
	case !kept:
		b.log.Warn("discord: another process has taken the session up, since this one did not save it for too long", "shard", shard)
	}
	return kept
}

func (b *Bot) saveIn(ctx context.Context, shard int, s session, last bool) (kept bool, err error) {
	process, have, ok := b.slots.own(shard)
	if !ok {
		return b.saveAnew(ctx, shard, s, last)
	}
	if ok, err := b.put(ctx, shard, have, s, last); ok || err != nil {
		return ok, err
	}
	// What was written before may have been stored though it was said to have failed.
	all, err := b.slotsOf(ctx, shard)
	if err != nil {
		return false, err
	}
	for _, is := range all {
		if is.name == have.name && is.row.Process == process {
			if ok, err := b.put(ctx, shard, is, s, last); ok || err != nil {
				return ok, err
			}
		}
	}
	b.slots.hold(shard, slot{})
	return false, nil
}

// saveAnew writes a session into a slot that nobody has.
func (b *Bot) saveAnew(ctx context.Context, shard int, s session, last bool) (kept bool, err error) {
	all, err := b.slotsOf(ctx, shard)
	if err != nil {
		return false, err
	}
	for _, into := range slices.SortedStableFunc(slices.Values(all), func(a, b slot) int { return cmp.Compare(a.row.Process, b.row.Process) }) {
		if into.row.Process != "" {
			break
		}
		if ok, err := b.put(ctx, shard, into, s, last); ok || err != nil {
			return ok, err
		}
	}
	return false, errors.New("no slot is free")
}
