package discordbot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot/bottest/fakediscord"
)

// listener is a gateway on a Discord that behaves, and what it was told.
type listener struct {
	t    *testing.T
	fake *fakediscord.Server
	conf Config

	mu     sync.Mutex
	log    bytes.Buffer
	heard  map[string]int // by text: how often a message was handled
	saved  session
	change chan struct{} // closed, and made anew, when a message was handled

	stop  context.CancelFunc
	ended chan error
}

func listen(t *testing.T, conf fakediscord.Config) *listener {
	l := &listener{t: t, fake: fakediscord.New(t, conf), heard: make(map[string]int), change: make(chan struct{})}
	l.fake.AddChannel(fakediscord.Channel{Name: "general"})
	l.conf = Config{BotToken: l.fake.BotToken(), APIURL: l.fake.APIURL(), Content: conf.MessageContent}.withDefaults()
	if err := l.conf.Validate(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if l.stop != nil {
			l.end()
		}
	})
	return l
}

// Write implements the log's writer.
func (l *listener) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(p)
}

func (l *listener) logged() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.String()
}

func (l *listener) loadSession(context.Context, int, int) (session, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.saved
	l.saved = session{}
	return s, s.ID != ""
}

func (l *listener) saveSession(_ context.Context, _ int, s session, _ bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.saved = s
	return true
}

func (l *listener) handle(_ context.Context, kind string, data json.RawMessage) {
	var m struct {
		Content string `json:"content"`
	}
	if kind != "MESSAGE_CREATE" || json.Unmarshal(data, &m) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard[m.Content]++
	close(l.change)
	l.change = make(chan struct{})
}

func (l *listener) start() {
	log := slog.New(slog.NewTextHandler(l, nil))
	g := newGateway(log, l.conf, newAPI(log, l.conf), l, l.handle)
	var ctx context.Context
	ctx, l.stop = context.WithCancel(l.t.Context())
	l.ended = make(chan error, 1)
	go func() { l.ended <- g.run(ctx) }()
}

func (l *listener) end() {
	l.t.Helper()
	l.stop()
	l.stop = nil
	if err := <-l.ended; err != nil {
		l.t.Errorf("run = %v", err)
	}
}

func (l *listener) within() context.Context {
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	l.t.Cleanup(cancel)
	return ctx
}

func (l *listener) wantConnected() {
	l.t.Helper()
	if err := l.fake.WaitConnected(l.within(), 1); err != nil {
		l.t.Fatalf("%v\n%s", err, l.logged())
	}
}

// wantHeard waits until a message was handled.
func (l *listener) wantHeard(text string) {
	l.t.Helper()
	ctx := l.within()
	for {
		l.mu.Lock()
		n, change := l.heard[text], l.change
		l.mu.Unlock()
		if n > 0 {
			return
		}
		select {
		case <-change:
		case <-ctx.Done():
			l.t.Fatalf("message %q was not handled\n%s", text, l.logged())
		}
	}
}

// Whatever happens to the connection, each message is handled once.
func TestGatewayWithDiscord(t *testing.T) {
	for _, c := range []struct {
		name   string
		happen func(*fakediscord.Server)
	}{
		{"asked to", func(s *fakediscord.Server) { s.AskReconnect() }},
		{"the line is cut", func(s *fakediscord.Server) { s.DropConnections() }},
		{"not answered", func(s *fakediscord.Server) {
			s.StopAcks(true)
			_ = s.WaitFor(context.Background(), func(st fakediscord.State) bool { return st.Connections() == 0 })
			s.StopAcks(false)
		}},
		{"session invalid for now", func(s *fakediscord.Server) { s.InvalidateSessions(true) }},
		{"closed", func(s *fakediscord.Server) { s.CloseConnections(4000) }},
		{"unreadable", func(s *fakediscord.Server) { s.InjectFrame([]byte(`{"op":`)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := listen(t, fakediscord.Config{MessageContent: true, HeartbeatEvery: 300 * time.Millisecond})
			l.start()
			l.wantConnected()
			l.fake.User("ann").Says("general", "before")
			l.wantHeard("before")
			c.happen(l.fake)
			l.fake.User("ann").Says("general", "meanwhile") // told when the session goes on
			l.wantHeard("meanwhile")
			l.wantConnected()
			l.fake.User("ann").Says("general", "after")
			l.wantHeard("after")
			l.end()
			for text, n := range l.heard {
				if n != 1 {
					t.Errorf("%q was handled %d times, want once", text, n)
				}
			}
			for _, code := range l.fake.ClientCloses() {
				if code == 1000 || code == 1001 {
					t.Errorf("the connection was closed with %d, which ends the session", code)
				}
			}
			if strings.Contains(l.logged(), l.fake.BotToken()) {
				t.Error("the log tells the token")
			}
		})
	}
}

// A process takes up what the one before it left.
func TestGatewayWithDiscordOverRestart(t *testing.T) {
	l := listen(t, fakediscord.Config{MessageContent: true})
	l.start()
	l.wantConnected()
	l.fake.User("ann").Says("general", "before")
	l.wantHeard("before")
	l.end()
	l.fake.User("ann").Says("general", "meanwhile")
	l.start()
	l.wantHeard("meanwhile")
	l.end()
	if n := l.fake.Identifies(); n != 1 {
		t.Errorf("%d sessions were begun, want 1", n)
	}
}

func TestGatewayWithDiscordFatal(t *testing.T) {
	for name, c := range map[string]struct {
		conf fakediscord.Config
		make func(*listener)
		want string
	}{
		"intent":  {fakediscord.Config{}, func(l *listener) { l.conf.Content = true }, "Message Content Intent"},
		"revoked": {fakediscord.Config{}, func(l *listener) { l.fake.RevokeToken() }, "DISCORD_BOT_TOKEN"},
	} {
		l := listen(t, c.conf)
		c.make(l)
		l.start()
		select {
		case err := <-l.ended:
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: run = %v, want a sentence with %q", name, err, c.want)
			}
		case <-l.within().Done():
			t.Errorf("%s: run did not end\n%s", name, l.logged())
		}
		l.stop()
		l.stop = nil
	}
}

// Many workers under Discord's limits: nothing is refused but by the global limit,
// and all of it goes through.
func TestAPIWithDiscordLimits(t *testing.T) {
	fake := fakediscord.New(t, fakediscord.Config{})
	var channels []string
	for i := range 4 {
		channels = append(channels, fake.AddChannel(fakediscord.Channel{Name: fmt.Sprint("c", i)}).ID)
	}
	fake.RateLimits(fakediscord.RateLimits{On: true, Global: 1000, Default: fakediscord.Rate{Limit: 5, Per: time.Second}})
	log := slog.New(slog.DiscardHandler)
	a := newAPI(log, Config{BotToken: fake.BotToken(), APIURL: fake.APIURL()}.withDefaults())
	var wg sync.WaitGroup
	for _, c := range channels {
		for n := range 12 {
			wg.Go(func() {
				body := map[string]any{"content": fmt.Sprint("number ", n), "nonce": fmt.Sprint(c[len(c)-9:], n), "enforce_nonce": true, "allowed_mentions": map[string]any{"parse": []string{}}}
				if err := a.do(t.Context(), http.MethodPost, "/channels/"+c+"/messages", body, nil, repeatable); err != nil {
					t.Errorf("do = %v", err)
				}
			})
		}
	}
	wg.Wait()
	if n := fake.InvalidRequests(); n > 0 {
		t.Errorf("%d calls were refused, want none", n)
	}
	for _, c := range channels {
		if n := len(fake.Messages(c)); n != 12 {
			t.Errorf("%d messages are in channel %s, want 12", n, c)
		}
	}
}
