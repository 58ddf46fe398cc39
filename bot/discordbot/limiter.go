package discordbot

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"footnote/bot"
)

const (
	maxBuckets   = 2000                   // remembered before those that are at rest are forgotten
	longest      = time.Hour              // that a wait which Discord asks for is believed
	invalidMany  = 8000                   // invalid requests in ten minutes from which on calls are spaced; at 10,000 Discord bans the address
	invalidSpace = 300 * time.Millisecond // between two calls then: 2,000 in ten minutes, so that 10,000 are never reached
)

// errLimited is why a call that has not been made comes back.
var errLimited = errors.New("the rate limit leaves no call yet")

// limiter lets calls go when Discord's headers say that they may. It knows no limit
// by heart. A call waits for its own bucket only, but for the global limit, which
// Discord names in a refusal. It is safe for concurrent use.
type limiter struct {
	log *slog.Logger

	mu      sync.Mutex
	names   map[string]string // by form of a route: its bucket, as Discord calls it; unlimited for none
	buckets map[string]*bucket
	global  time.Time // no call as the bot goes before
	banned  time.Time // no call at all goes before
	invalid invalidCount
	spaced  time.Time // where many calls were invalid: none goes before
	wary    bool
}

// unlimited is the name of the bucket of routes that come without limits.
const unlimited = "-"

// bucket is what is known of one limit in one place.
type bucket struct {
	known    bool      // an answer has told of the limit, or that there is none
	limit    int       // calls in a window; 0 for any number
	left     int       // calls that may still begin in this window
	reset    time.Time // the end of the window; zero where none has begun
	inflight int
	changed  chan struct{} // closed, and made anew, when a call has ended
}

func newLimiter(log *slog.Logger) *limiter {
	return &limiter{log: log, names: make(map[string]string), buckets: make(map[string]*bucket)}
}

// target is what a call counts for.
type target struct {
	form  string // the method and the route without ids
	major string // the channel, guild or webhook, by which limits are kept apart
	own   bool   // a call with an interaction's token: the bot's global limit is not for it
	spare bool   // it goes only where it leaves room for others
}

// take waits until a call may be made, no longer than until a time and ctx allow; a
// wait that would be longer is a *[bot.Wait] at once. A call that was let go must be
// given to done.
func (l *limiter) take(ctx context.Context, t target, until time.Time) (*bucket, error) {
	if d, ok := ctx.Deadline(); ok && (until.IsZero() || d.Before(until)) {
		until = d
	}
	for {
		b, at, changed := l.try(t, time.Now())
		if changed == nil {
			return b, nil
		}
		now := time.Now()
		if !until.IsZero() && (at.After(until) || !now.Before(until)) {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, &bot.Wait{For: max(at.Sub(now), time.Second/10), Err: errLimited}
		}
		if at.IsZero() {
			at = now.Add(longest)
		}
		if !until.IsZero() && at.After(until) {
			at = until
		}
		timer := time.NewTimer(at.Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-changed: // a call has ended: it may have left room, or told of a limit
			timer.Stop()
		case <-timer.C:
		}
	}
}

// try counts a call in where it may go at once; changed is nil then. Otherwise at is
// when to try again, zero where only the end of another call can tell.
func (l *limiter) try(t target, now time.Time) (b *bucket, at time.Time, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b = l.bucket(t, now)
	ready, at := b.ready(now)
	if ready && t.spare && !(b.spares() && !l.wary) {
		ready, at = false, b.reset
	}
	gates := []time.Time{l.banned}
	if !t.own {
		gates = append(gates, l.global, l.careful(now))
	}
	for _, g := range gates {
		if g.After(now) && (ready || g.After(at)) {
			ready, at = false, g
		}
	}
	if !ready {
		return b, at, b.changed
	}
	b.inflight++
	b.left--
	if l.wary && !t.own {
		l.spaced = now.Add(invalidSpace)
	}
	return b, time.Time{}, nil
}

// ready tells whether the bucket lets a call go; if not, at is when it will, zero
// where that is not known.
func (b *bucket) ready(now time.Time) (ok bool, at time.Time) {
	if !b.reset.IsZero() && !now.Before(b.reset) { // the window is over
		b.reset = time.Time{}
		b.left = max(b.limit, 1) - b.inflight
	}
	switch {
	case !b.reset.IsZero() && b.left <= 0:
		return false, b.reset
	case !b.known: // the first call tells; until then, one after the other
		return b.inflight == 0, time.Time{}
	case b.limit == 0:
		return true, time.Time{}
	}
	return b.left > 0, time.Time{}
}

// spares tells whether, after one more call, others would find half of the window free:
// at least one call, and any number where nothing is known of a limit.
func (b *bucket) spares() bool {
	return !b.known || b.limit == 0 || b.left-1 >= max(1, b.limit/2)
}

// done learns from an answer; status is 0 where none came. retry is how long Discord
// wants a refused call to wait.
func (l *limiter) done(t target, b *bucket, status int, h http.Header, retry time.Duration, global bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b.inflight--
	defer b.wake()
	if b.reset.IsZero() { // no window has begun that the call could count for
		b.left = min(b.left+1, max(b.limit, 1))
	}
	if status == 0 {
		return
	}
	scope := h.Get("X-RateLimit-Scope")
	if status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests && scope != "shared" {
		l.invalid.add(now)
	}
	if name := h.Get("X-RateLimit-Bucket"); name != "" {
		l.names[t.form] = name
		if named := l.bucket(t, now); named != b {
			defer named.wake()
			b = named
		}
		b.learn(h, now)
	} else if status < 400 && !b.known {
		b.known = true
		l.names[t.form] = cmp.Or(l.names[t.form], unlimited)
	}
	if status != http.StatusTooManyRequests {
		return
	}
	at := now.Add(retry)
	switch {
	case scope == "" && h.Get("Via") == "" && h.Get("X-RateLimit-Bucket") == "" && !strings.HasPrefix(h.Get("Content-Type"), "application/json"):
		l.banned = later(l.banned, at) // not from Discord's API but from before it
		l.log.Warn("discord: all calls from this address have to wait", "for", retry)
	case global:
		l.global = later(l.global, at)
		l.log.Warn("discord: the global rate limit is reached; all calls wait", "for", retry)
	default:
		b.left, b.reset = 0, later(b.reset, at)
		l.log.Info("discord: rate limited", "route", t.form, "scope", scope, "for", retry)
	}
}

// learn takes in what the headers of an answer say of the bucket.
func (b *bucket) learn(h http.Header, now time.Time) {
	limit, err1 := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	left, err2 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	after, ok := seconds(h.Get("X-RateLimit-Reset-After"))
	if err1 != nil || err2 != nil || !ok || limit < 1 {
		return
	}
	reset := now.Add(after + time.Millisecond) // to which the header is rounded
	// Answers overtake each other: within one window the lowest number holds. Windows
	// are told apart by their ends, which differ a little by the way of the answer.
	if !b.reset.IsZero() && reset.Sub(b.reset).Abs() < after/4+50*time.Millisecond {
		b.left = min(b.left, left)
		b.reset = later(b.reset, reset)
	} else {
		b.left, b.reset = left-b.inflight, reset
	}
	b.known, b.limit = true, limit
}

func (b *bucket) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// bucket returns the bucket that a call counts for. l.mu must be held.
func (l *limiter) bucket(t target, now time.Time) *bucket {
	name := l.names[t.form]
	key := name + " " + t.major
	if name == "" || name == unlimited {
		key = t.form + " " + t.major
	}
	b, ok := l.buckets[key]
	if !ok {
		l.sweep(now)
		b = &bucket{known: name == unlimited, changed: make(chan struct{})}
		l.buckets[key] = b
	}
	return b
}

// sweep forgets what is at rest, once that is much.
func (l *limiter) sweep(now time.Time) {
	if len(l.names) > maxBuckets {
		clear(l.names)
	}
	if len(l.buckets) < maxBuckets {
		return
	}
	for k, b := range l.buckets {
		if b.inflight == 0 && now.After(b.reset) {
			delete(l.buckets, k)
		}
	}
}

// careful returns when the next call may go, where many have been invalid.
func (l *limiter) careful(now time.Time) time.Time {
	n := l.invalid.count(now)
	if wary := n >= invalidMany; wary != l.wary {
		l.wary = wary
		if wary {
			l.log.Error("discord: many invalid calls (401, 403, 429) in ten minutes; calls are slowed down, since Discord bans at 10,000", "invalid", n)
		} else {
			l.log.Info("discord: calls go at full speed again", "invalid", n)
		}
	}
	if !l.wary {
		return time.Time{}
	}
	return l.spaced
}

// invalidCount counts what happened in the last ten minutes, by minutes: one more
// than ten, since the oldest may be over in part.
type invalidCount [11]struct {
	minute int64
	n      int
}

func (c *invalidCount) add(now time.Time) {
	m := now.Unix() / 60
	s := &c[m%int64(len(c))]
	if s.minute != m {
		s.minute, s.n = m, 0
	}
	s.n++
}

func (c *invalidCount) count(now time.Time) int {
	n := 0
	for _, s := range c {
		if now.Unix()/60-s.minute < int64(len(c)) {
			n += s.n
		}
	}
	return n
}

// seconds reads a span of time, which is never longer than an hour; ok is false
// where there is no number.
func seconds(s string) (d time.Duration, ok bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || f < 0 {
		return 0, false
	}
	return time.Duration(min(f, longest.Seconds()) * float64(time.Second)), true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier returns the earlier of two times; the zero time is none.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// targetOf returns what a call counts for, and its route as it may be shown: without
// the token of an interaction, which is secret.
func targetOf(method, route string) (t target, shown, secret string) {
	path, _, _ := strings.Cut(route, "?")
	form := strings.Split(strings.Trim(path, "/"), "/")
	show := append([]string(nil), form...)
	for i := range form {
		switch {
		case i == 1 && (form[0] == "channels" || form[0] == "guilds" || form[0] == "webhooks" || form[0] == "interactions"):
			t.major, form[i] = form[0]+"/"+form[i], ":id"
		case i == 2 && (form[0] == "webhooks" || form[0] == "interactions"):
			secret = form[i]
			t.major, t.own, form[i], show[i] = t.major+"/"+form[i], true, ":token", "…"
		case i > 0 && form[i-1] == "reactions":
			form[i] = ":emoji"
		case form[i] != "" && strings.Trim(form[i], "0123456789") == "":
			form[i] = ":id"
		}
	}
	t.form = method + " /" + strings.Join(form, "/")
	return t, method + " /" + strings.Join(show, "/"), secret
}
