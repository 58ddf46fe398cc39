// Package fakeslack is the room where tests meet a Slack that answers back: a server over real HTTP and real WebSocket that
// keeps channels, threads, views and streams, refuses what Slack refuses, and delivers events the way Slack delivers them,
// late, twice and out of order when told to. It refuses to know the bot: it imports none of its packages and no Slack library,
// so that a mistake in either shows here.
//
// A test starts one with [New], points the bot at [Server.APIURL], speaks with the verbs of [Server.User] and reads what came
// of it from [State], whose methods the server has too. Nothing here sleeps: waits go through [Server.WaitFor] and a context.
//
// Facts about Slack that its documentation leaves open are marked "(?)" where they are modelled.
package fakeslack

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot/bottest/clock"
)

// DefaultScopes are the bot scopes granted where [Config.Scopes] is nil.
var DefaultScopes = []string{
	"app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands",
	"groups:history", "groups:read", "im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write",
	"reactions:read", "reactions:write", "team:read", "users:read",
}

// DefaultEvents are the subscriptions where [Config.Events] is nil: all that a question-answering bot may ask for.
var DefaultEvents = []string{
	"app_context_changed", "app_home_opened", "app_mention", "app_uninstalled", "assistant_thread_context_changed",
	"assistant_thread_started", "member_joined_channel", "member_left_channel", "channel_left", "group_left", "message.channels",
	"message.groups", "message.im", "message.mpim", "reaction_added", "tokens_revoked", "channel_archive", "channel_unarchive",
}

// Config says what kind of Slack to be. Its zero value works: one team T1 with one installed app, everything granted.
type Config struct {
	Teams         []Team // nil: one team, T1
	AppID         string
	AppToken      string
	ClientID      string
	ClientSecret  string
	SigningSecret string
	Scopes        []string // what a bot token may do; nil: DefaultScopes
	Events        []string // what the app subscribed to; nil: DefaultEvents

	Start      time.Time     // what the server's clock shows first; zero: now
	Frozen     bool          // the clock moves by Advance only
	StreamLife time.Duration // how long a stream accepts text; zero: five minutes
	PingEvery  time.Duration // WebSocket pings, in real time; zero: five seconds, negative: never
	LogLimit   int           // how many requests and deliveries are remembered; zero: 50,000
	// ParentChanges makes Slack send message_changed for a thread's parent at each reply, as CopilotKit#6717 saw it.
	ParentChanges bool
	// NoChannelStreams makes chat.startStream answer channel_type_not_supported outside direct messages.
	NoChannelStreams bool
	// Unchecked starts with the schema checks off; see Server.Check.
	Unchecked bool
}

// Team is a workspace with the app installed. Empty fields are filled in from the ID.
type Team struct {
	ID, Name, Domain string
	BotToken         string
	BotUser, BotID   string
}

// Server is a running fake Slack. All its methods may be called concurrently.
type Server struct {
	State
	cfg     Config
	clock   *clock.Clock
	changed clock.Notifier
	base    string
	http    *http.Server
	wg      sync.WaitGroup
	ctx     context.Context // ends when the server closes; deliveries under way end with it
	cancel  context.CancelFunc

	mu       sync.Mutex // guards the world
	world    *world
	wire     *wire
	log      *requestLog
	faults   *faults
	rates    *rates
	checking *checker
}

// New starts a fake Slack that is closed when the test ends. A failure to listen fails the test.
func New(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	s, err := Start(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a fake Slack on a free port of the loopback interface. The caller closes it.
func Start(cfg Config) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fakeslack: %w", err)
	}
	cfg.fill()
	s := &Server{cfg: cfg, base: "http://" + listener.Addr().String()}
	s.State = State{s: s}
	s.clock = clock.New(cfg.Start, cfg.Frozen)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.world = newWorld(cfg)
	s.log = &requestLog{limit: cfg.LogLimit}
	s.faults = &faults{}
	s.rates = &rates{}
	s.checking = newChecker(!cfg.Unchecked)
	s.wire = newWire(s)
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	s.wg.Go(func() { _ = s.http.Serve(listener) })
	s.wg.Go(func() { s.clock.Run(s.ctx) })
	return s, nil
}

func (c *Config) fill() {
	setDefault(&c.AppID, "A1")
	setDefault(&c.AppToken, "xapp-1-A1-fake")
	setDefault(&c.ClientID, "1.1")
	setDefault(&c.ClientSecret, "fake-client-secret")
	setDefault(&c.SigningSecret, "fake-signing-secret")
	if c.Scopes == nil {
		c.Scopes = DefaultScopes
	}
	if c.Events == nil {
		c.Events = DefaultEvents
	}
	if c.Start.IsZero() {
		c.Start = time.Now()
	}
	if c.StreamLife == 0 {
		c.StreamLife = 5 * time.Minute
	}
	if c.PingEvery == 0 {
		c.PingEvery = 5 * time.Second
	}
	if c.LogLimit == 0 {
		c.LogLimit = 50_000
	}
	if len(c.Teams) == 0 {
		c.Teams = []Team{{ID: "T1"}}
	}
	for i := range c.Teams {
		c.Teams[i].fill(i)
	}
}

func (t *Team) fill(i int) {
	suffix := ""
	if i > 0 {
		suffix = t.ID
	}
	setDefault(&t.ID, fmt.Sprintf("T%d", i+1))
	setDefault(&t.Name, "Team "+t.ID)
	setDefault(&t.Domain, strings.ToLower(t.ID))
	setDefault(&t.BotToken, "xoxb-fake-"+t.ID)
	setDefault(&t.BotUser, "UBOT"+suffix)
	setDefault(&t.BotID, "BBOT"+suffix)
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// Close stops the server and waits for what it started. Deliveries under way are dropped. A second call does nothing.
func (s *Server) Close() {
	s.cancel()
	s.wire.closeAll()
	_ = s.http.Close()
	s.wg.Wait()
	s.wire.wg.Wait()
	s.wire.client.CloseIdleConnections()
}

// APIURL is the base address of the Web API, up to and with "/api/".
func (s *Server) APIURL() string { return s.base + "/api/" }

// URL is the server's root: AuthorizeURL and response URLs lie below it.
func (s *Server) URL() string { return s.base }

// AuthorizeURL is where an installation starts; add client_id, scope, state, redirect_uri, and team to choose one.
func (s *Server) AuthorizeURL() string { return s.base + "/oauth/v2/authorize" }

// AppToken, SigningSecret and BotToken are what the bot under test is configured with.
func (s *Server) AppToken() string { return s.cfg.AppToken }

// SigningSecret signs every HTTP delivery.
func (s *Server) SigningSecret() string { return s.cfg.SigningSecret }

// AppID is the app's id.
func (s *Server) AppID() string { return s.cfg.AppID }

// Client returns the OAuth client id and secret.
func (s *Server) Client() (id, secret string) { return s.cfg.ClientID, s.cfg.ClientSecret }

// BotToken is the team's valid bot token, "" when the app is not installed there.
func (s *Server) BotToken(teamID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.world.teams[teamID]; t != nil {
		return t.BotToken
	}
	return ""
}

// Now is the server's time, which message timestamps and expiries follow.
func (s *Server) Now() time.Time { return s.clock.Now() }

// Advance moves the server's clock, firing on the way whatever falls due: acknowledgement windows, redeliveries, expiring
// streams and statuses. It returns when all of that has been started. A window that is passed closes even if the bot was about
// to answer: to see redeliveries answered, use [Server.AdvanceToRetry].
func (s *Server) Advance(d time.Duration) { s.clock.Advance(d) }

// retry is the kind of the timers that redeliver an event.
const retry = "retry"

// AdvanceToRetry moves the clock just to the next planned redelivery and starts it. It reports whether there was one.
func (s *Server) AdvanceToRetry() bool { return s.clock.AdvanceTo(retry) }

// routes is what the server answers at.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("/respond/{id}", s.serveResponseURL)
	mux.HandleFunc("GET /oauth/v2/authorize", s.serveAuthorize)
	mux.HandleFunc("GET /link", s.serveSocket)
	return mux
}

// obj is a decoded JSON object.
type obj = map[string]any
