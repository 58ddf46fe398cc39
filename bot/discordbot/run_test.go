package discordbot

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakediscord"
)

func TestNewRefuses(t *testing.T) {
	if _, err := New(slog.New(slog.DiscardHandler), nil, nil, nil, nil, Config{}); err == nil || !strings.Contains(err.Error(), "DISCORD_BOT_TOKEN") {
		t.Errorf("New = %v, want which variable is missing", err)
	}
}

func TestRunWithoutAToken(t *testing.T) {
	w := ready(t)
	w.fake.RevokeToken()
	if err := w.bot.Run(w.soon()); err == nil || !strings.Contains(err.Error(), "DISCORD_BOT_TOKEN") || strings.Contains(err.Error(), w.fake.BotToken()) {
		t.Errorf("Run = %v, want a sentence that names DISCORD_BOT_TOKEN", err)
	}
}

// ready is a world whose bot has not run yet.
func ready(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, fakediscord.Config{})
	w.answerer.Say("north", north)
	w.answerer.Say("south", south)
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.service = bot.NewService(log, w.answerer, w.store, "test", bot.Limits{Poll: 20 * time.Millisecond})
	w.make(log, w.answerer, nil, false)
	return w
}

func TestRunTriesUntilDiscordTells(t *testing.T) {
	w := ready(t)
	w.fake.Fail(fakediscord.Fault{Method: "GET", Route: "/users/@me", Status: 502, Times: maxTries})
	w.fake.Fail(fakediscord.Fault{Method: "PUT", Route: "/applications/*/commands", Status: 403, Code: 50001})
	w.run(false, w.service.Run, w.bot.Run)
	q := w.fake.User("ann").Mentions(w.general, "What of the north?")
	w.settle()
	w.wantAnswers(q.ID, north)
	if !w.logged("cannot find out who the bot is") || !w.logged("the commands are not registered") {
		t.Errorf("the operator is not told:\n%s", w.log)
	}
}

func TestRunEndsAtOnce(t *testing.T) {
	w := ready(t)
	w.fake.Fail(fakediscord.Fault{Method: "GET", Route: "/users/@me", Status: 502, Times: 1000})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.bot.Run(ctx) }()
	w.spin("the first try", func() bool { return w.logged("cannot find out") })
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
}

func TestHTTPAlone(t *testing.T) {
	w := open(t, setup{http: true, change: func(c *Config) { c.NoGateway = true }})
	i := w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "What of the north?"})
	w.settle()
	w.wantAnswers(i.ID, north)
	if n := w.fake.Connections(); n != 0 {
		t.Errorf("%d connections to the Gateway, want none", n)
	}
}

// What people say while the process is being replaced is heard by the next one.
func TestRestartMissesNothing(t *testing.T) {
	w := ready(t)
	service, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- w.service.Run(service) }()
	life := func(while func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.bot.Run(ctx) }()
		w.until("a connection", func(st fakediscord.State) bool { return st.Connections() == 1 })
		while()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	}
	var q, r fakediscord.Message
	life(func() {
		q = w.fake.User("ann").Mentions(w.general, "What of the north?")
		w.settle()
	})
	w.until("no connection", func(st fakediscord.State) bool { return st.Connections() == 0 })
	r = w.fake.User("ann").Mentions(w.general, "What of the south?")
	life(func() {
		w.until("the answer", func(st fakediscord.State) bool { return len(st.Answers(r.ID)) == 1 })
		w.settle()
	})
	stop()
	if err := <-served; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want nil", err)
	}
	w.wantAnswers(q.ID, north)
	w.wantAnswers(r.ID, south)
	if n := w.fake.Identifies(); n != 1 {
		t.Errorf("%d sessions, want the first taken up again", n)
	}
}
