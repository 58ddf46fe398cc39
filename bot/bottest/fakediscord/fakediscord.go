// Package fakediscord is the room where tests meet a Discord that answers back: a server over real HTTP and real WebSocket that
// keeps guilds, channels, threads, commands and interactions, refuses what Discord refuses, withholds the text of messages where
// Discord withholds it, and loses, repeats and delays when told to. It refuses to know the bot: it imports none of its packages and
// no Discord library, so that a mistake in either shows here.
//
// A test starts one with [New], points the bot at [Server.APIURL], acts with the verbs of [Server.User] and reads what came of it
// from [State], whose methods the server has too. Nothing here sleeps: waits go through [Server.WaitFor] and a context.
//
// Facts are from discord/discord-api-docs at c98d64b; what it leaves open is marked "(?)" where it is modelled.
package fakediscord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot/bottest/clock"
)

// Config says what kind of Discord to be. Its zero value works: one guild with the bot in it, no privileged intent.
type Config struct {
	Guilds   []Guild // nil: one guild named "guild"
	BotToken string
	BotName  string // "footnote"

	Start  time.Time // what the server's clock shows first; zero: now
	Frozen bool      // the clock moves by Advance only

	MessageContent bool // the privileged intents that are enabled for the app
	Members        bool
	Presences      bool

	HeartbeatEvery time.Duration // in real time; zero: 41.25 s. A connection silent for one and a half of it is closed
	ResumeFor      time.Duration // how long a session without a connection can be resumed; zero: five minutes
	NonceFor       time.Duration // how long enforce_nonce remembers; zero: five minutes
	IdentifyLimit  int           // session starts a day; zero: 1,000
	InvalidLimit   int           // invalid requests in ten minutes before the ban; zero: 10,000
	Shards         int           // what is recommended; zero: 1
	ShardsRequired bool          // who identifies with fewer shards is refused with 4011
	LogLimit       int           // how many requests and deliveries are remembered; zero: 50,000

	// Unchecked starts with the checks of request bodies off; see Server.Check.
	Unchecked bool
	// PingRepliesToResponses makes a ping-reply to an interaction's response mention the bot. Discord says that it does not
	// (developers/gateway/you-might-not-need-a-privileged-intent.mdx).
	PingRepliesToResponses bool
}

// Server is a running fake Discord. All its methods may be called concurrently.
type Server struct {
	State
	cfg     Config
	clock   *clock.Clock
	changed clock.Notifier
	base    string
	http    *http.Server
	client  *http.Client // for interactions by HTTP
	key     ed25519.PrivateKey
	wg      sync.WaitGroup
	ctx     context.Context // ends when the server closes
	cancel  context.CancelFunc

	mu    sync.Mutex // guards world and wire
	world *world
	wire  *wire

	log      *requestLog
	faults   *faults
	rates    *rates
	checking *checker
}

// New starts a fake Discord that is closed when the test ends. A failure to listen fails the test.
func New(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	s, err := Start(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a fake Discord on a free port of the loopback interface. The caller closes it.
func Start(cfg Config) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fakediscord: %w", err)
	}
	cfg.fill()
	s := &Server{cfg: cfg, base: "http://" + listener.Addr().String()}
	s.State = State{s: s}
	s.clock = clock.New(cfg.Start, cfg.Frozen)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.key = ed25519.NewKeyFromSeed([]byte("a fake Discord signs with this.."))
	s.client = &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.world = newWorld(s)
	s.wire = newWire()
	s.log = &requestLog{limit: cfg.LogLimit, total: map[string]int{}}
	s.faults = &faults{counts: map[string]int{}}
	s.rates = &rates{}
	s.checking = &checker{on: !cfg.Unchecked}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	s.wg.Go(func() { _ = s.http.Serve(listener) })
	s.wg.Go(func() { s.clock.Run(s.ctx) })
	return s, nil
}

func (c *Config) fill() {
	setDefault(&c.BotToken, "ZmFrZQ.fake-bot-token.discord")
	setDefault(&c.BotName, "footnote")
	if c.Start.IsZero() {
		c.Start = time.Now()
	}
	setDefault(&c.HeartbeatEvery, 41250*time.Millisecond)
	setDefault(&c.ResumeFor, 5*time.Minute)
	setDefault(&c.NonceFor, 5*time.Minute)
	setDefault(&c.IdentifyLimit, 1000)
	setDefault(&c.InvalidLimit, 10_000)
	setDefault(&c.Shards, 1)
	setDefault(&c.LogLimit, 50_000)
	if c.Guilds == nil {
		c.Guilds = []Guild{{Name: "guild"}}
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Close stops the server and waits for what it started. A second call does nothing.
func (s *Server) Close() {
	s.cancel()
	s.mu.Lock()
	s.wire.closed = true
	for c := range s.wire.conns {
		c.close()
	}
	s.mu.Unlock()
	_ = s.http.Close()
	s.wg.Wait()
	s.wire.wg.Wait()
	s.client.CloseIdleConnections()
}

// APIURL is the base address of the API, up to and with "/api/", without the version.
func (s *Server) APIURL() string { return s.base + "/api/" }

// BotToken is the bot's token, without "Bot " before it.
func (s *Server) BotToken() string { return s.cfg.BotToken }

// ApplicationID is the app's id.
func (s *Server) ApplicationID() string { return s.world.app }

// UserID is the id of the bot's user. It is not the app's.
func (s *Server) UserID() string { return s.world.bot }

// Mention is how a message names the bot.
func (s *Server) Mention() string { return "<@" + s.world.bot + ">" }

// PublicKey verifies the signatures of interactions that come by HTTP, in hexadecimal.
func (s *Server) PublicKey() string {
	return hex.EncodeToString(s.key.Public().(ed25519.PublicKey))
}

// Now is the server's time, which ids and expiries follow.
func (s *Server) Now() time.Time { return s.clock.Now() }

// Advance moves the server's clock, firing on the way whatever falls due: interactions that nobody answered, tokens, sessions,
// rate limits. Heartbeats are not moved: they follow the bot's clock, which is real.
func (s *Server) Advance(d time.Duration) { s.clock.Advance(d) }

// gatewayURL is where the WebSocket is; a resumed session is told another path, so that a test sees which was used.
func (s *Server) gatewayURL(resume bool) string {
	url := "ws" + strings.TrimPrefix(s.base, "http") + "/gateway"
	if resume {
		url += "/resume"
	}
	return url
}

// routes is what the server answers at.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	s.addRoutes(mux)
	mux.HandleFunc("/api/", s.serveUnknown)
	mux.HandleFunc("GET /gateway/", s.serveSocket)
	mux.HandleFunc("GET /gateway/resume/", s.serveSocket)
	mux.HandleFunc("GET /gateway", s.serveSocket)
	mux.HandleFunc("GET /gateway/resume", s.serveSocket)
	return mux
}

// obj is a decoded JSON object.
type obj = map[string]any
