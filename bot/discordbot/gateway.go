package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The intents that are asked for: the servers and channels the bot is in, messages
// there, and messages to the bot itself. Only the last is privileged.
const (
	intentGuilds         = 1 << 0
	intentGuildMessages  = 1 << 9
	intentDirectMessages = 1 << 12
	intentMessageContent = 1 << 15
)

// identifyEvery is the least time between two new sessions, of those shards that
// Discord lets begin one after the other only.
const identifyEvery = 5 * time.Second

// sessions keeps what connections are taken up again by, over restarts.
type sessions interface {
	// loadSession takes up what another process has left of a shard, of so many, and
	// saves here from now on: no other takes it up, as long as something is saved at
	// least every leaseTime. ok is false where there is no session to go on with; then
	// of what is returned only the times count.
	loadSession(ctx context.Context, shard, of int) (s session, ok bool)
	// saveSession saves it; the last time others may take it up at once. kept is false
	// where another process has done so already.
	saveSession(ctx context.Context, shard int, s session, last bool) (kept bool)
}

// gateway receives events from Discord's Gateway, over as many connections as Discord
// recommends.
type gateway struct {
	log     *slog.Logger
	conf    Config
	api     *api
	keep    sessions
	handle  func(ctx context.Context, kind string, data json.RawMessage)
	missed  func(ctx context.Context, since time.Time, server string) (read bool) // may be nil
	intents int
	dialer  websocket.Dialer
	starts  starts
	links   *links
}

// newGateway returns a gateway that hands every dispatch to handle: in order for
// one channel, concurrently for several, interactions for themselves; panics are
// recovered and logged. handle returns when what it was told is durable: what it did
// not return for is told again after a restart. Where a session could not be taken up
// again, missed is told of every server in the session after it, and since when nothing
// was heard of it; over restarts, until it says that this is read. The configuration
// has its defaults.
func newGateway(log *slog.Logger, conf Config, api *api, keep sessions, handle func(ctx context.Context, kind string, data json.RawMessage)) *gateway {
	g := &gateway{
		log: log, conf: conf, api: api, keep: keep, handle: handle,
		intents: intentGuilds | intentGuildMessages | intentDirectMessages, dialer: dialerLike(conf.Transport),
		links: &links{},
	}
	if conf.Content {
		g.intents |= intentMessageContent
	}
	return g
}

// dialerLike returns a dialer that reaches the Gateway the way the calls of the API
// go: over the same proxy, with the same certificates.
func dialerLike(rt http.RoundTripper) websocket.Dialer {
	d := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: dialTime, NetDialContext: (&net.Dialer{}).DialContext}
	if t, ok := rt.(*http.Transport); ok {
		d.Proxy = t.Proxy
		if t.DialContext != nil {
			d.NetDialContext = t.DialContext
		}
		if t.TLSClientConfig != nil {
			d.TLSClientConfig = t.TLSClientConfig.Clone()
			d.TLSClientConfig.NextProtos = nil // HTTP/2 has no place here
		}
	}
	return d
}

// dial connects to an address of the Gateway.
func (g *gateway) dial(ctx context.Context, address string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	d, stop := g.dialer, func() bool { return true }
	d.NetDialContext = func(dialing context.Context, network, address string) (net.Conn, error) {
		c, err := g.dialer.NetDialContext(dialing, network, address)
		if err == nil { // the dialer heeds no context in the handshake
			stop = context.AfterFunc(ctx, func() { _ = c.Close() })
		}
		return c, err
	}
	conn, resp, err := d.DialContext(ctx, address, nil)
	if !stop() && err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("connect: %w", context.Cause(ctx))
	}
	switch {
	case err != nil && resp != nil:
		return nil, fmt.Errorf("connect: HTTP %d: %w", resp.StatusCode, err)
	case err != nil:
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

// gatewayInfo is what Discord says before one connects.
type gatewayInfo struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"`
	Limit  struct {
		Total       int   `json:"total"`
		Remaining   int   `json:"remaining"`
		ResetAfter  int64 `json:"reset_after"` // milliseconds
		Concurrency int   `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

// run receives events until ctx ends; then it finishes those that are being handled,
// closes the connections so that they can be taken up again, and returns nil. An
// error says, in a sentence for the operator, why it is no use to go on.
func (g *gateway) run(ctx context.Context) error {
	info, err := g.ask(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	shards := max(info.Shards, 1)
	g.log.Info("discord: connecting", "shards", shards, "new sessions left today", info.Limit.Remaining)
	g.links.want.Store(int64(shards))
	var wg sync.WaitGroup
	errs := make(chan error, shards)
	for i := range shards {
		wg.Go(func() {
			if err := newShard(g, i, shards, info.URL).run(ctx); err != nil {
				errs <- err
				stop(err)
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs // nil where there is none
}

// ask asks where the Gateway is and how many connections it takes. It tries until
// Discord has said, ctx has ended, or it is no use.
func (g *gateway) ask(ctx context.Context) (gatewayInfo, error) {
	for n := 0; ; n++ {
		var info gatewayInfo
		err := g.api.do(ctx, http.MethodGet, "/gateway/bot", nil, &info)
		if err == nil {
			info.URL, err = g.address(cmp.Or(g.conf.GatewayURL, info.URL))
		}
		if err == nil {
			g.starts.set(info)
			return info, nil
		}
		if ctx.Err() != nil {
			return gatewayInfo{}, nil
		}
		if statusOf(err) == http.StatusUnauthorized {
			return gatewayInfo{}, fmt.Errorf("discord: %s", fatal[4004])
		}
		d := backoff(n)
		g.log.Warn("discord: cannot find out where the Gateway is", "again in", d, "error", err)
		if wait(ctx, d) != nil {
			return gatewayInfo{}, nil
		}
	}
}

// address returns the address of a connection. The token goes over it: where the API
// is reached by TLS, the Gateway is too.
func (g *gateway) address(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "wss" && u.Scheme != "ws" {
		return "", errors.New("no address of the Gateway was named")
	}
	if u.Scheme == "ws" && g.conf.GatewayURL == "" {
		if api, err := url.Parse(g.conf.APIURL); err != nil || api.Scheme == "https" {
			return "", errors.New("the address of the Gateway is not one of TLS, though the one of the API is")
		}
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.RawQuery = url.Values{"v": {apiVersion}, "encoding": {"json"}}.Encode()
	return u.String(), nil
}

// starts holds new sessions back until Discord allows them: so many a day, and only
// some at once. It is safe for concurrent use.
type starts struct {
	mu    sync.Mutex
	known bool
	left  int
	reset time.Time
	lanes int               // shards whose numbers differ by less may begin at once
	next  map[int]time.Time // by lane: when the next may begin
}

func (s *starts) set(info gatewayInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = info.Limit.Total > 0
	s.left = info.Limit.Remaining
	s.reset = time.Now().Add(time.Duration(info.Limit.ResetAfter) * time.Millisecond)
	s.lanes = max(info.Limit.Concurrency, 1)
	if s.next == nil {
		s.next = make(map[int]time.Time)
	}
}

// take reserves a start for a shard: in is how long to wait before it may begin. ok
// is false where all starts of the day are used up; then in is until the next day.
func (s *starts) take(shard int, now time.Time) (in time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known && s.left <= 0 {
		return max(s.reset.Sub(now), 0), false
	}
	s.left--
	lane := shard % max(s.lanes, 1)
	at := later(now, s.next[lane])
	s.next[lane] = at.Add(identifyEvery)
	return at.Sub(now), true
}

// turn waits until a shard may begin a new session. It returns ctx's error, or the
// reason why it is no use.
func (g *gateway) turn(ctx context.Context, shard int) error {
	for {
		in, ok := g.starts.take(shard, time.Now())
		if ok {
			return wait(ctx, in)
		}
		// What was counted here may be out of date: Discord knows.
		if _, err := g.ask(ctx); err != nil || ctx.Err() != nil {
			return cmp.Or(err, ctx.Err())
		}
		if in, ok = g.starts.peek(time.Now()); ok {
			continue
		}
		g.log.Error("discord: all new sessions of the day are used up; if more began, Discord would reset the bot's token. Waiting. Something starts footnote, or another bot with its token, over and over", "for", in)
		if err := wait(ctx, in+time.Second); err != nil {
			return err
		}
		if _, err := g.ask(ctx); err != nil || ctx.Err() != nil {
			return cmp.Or(err, ctx.Err())
		}
	}
}

// peek tells what take would.
func (s *starts) peek(now time.Time) (in time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.reset.Sub(now), 0), !s.known || s.left > 0
}

// backoff returns how long to wait before try n+1: at most a minute, by chance, so
// that not all who were cut off come back at once.
func backoff(n int) time.Duration {
	d := min(time.Second<<min(n, 6), time.Minute)
	return d/2 + rand.N(d/2)
}

// guard ends a panic: it is logged by its kind and place, never with what it says,
// which may be somebody's words.
func guard(log *slog.Logger, what string) {
	p := recover()
	if p == nil {
		return
	}
	said := fmt.Sprintf("%T", p)
	if err, ok := p.(runtime.Error); ok { // of Go itself: an index, a nil pointer
		said = err.Error()
	}
	log.Error("discord: a fault of footnote's", "in", what, "panic", said, "stack", string(debug.Stack()))
}
