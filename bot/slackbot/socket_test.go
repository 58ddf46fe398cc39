package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest"
	"footnote/bot/bottest/fakeslack"
)

func TestSocketReconnects(t *testing.T) {
	for name, drop := range map[string]func(*fakeslack.Server){
		"asked to":        func(s *fakeslack.Server) { s.Disconnect("warning") },
		"refreshed":       func(s *fakeslack.Server) { s.Disconnect("refresh_requested") },
		"the line is cut": func(s *fakeslack.Server) { s.DropSockets() },
		"a frame is wrong": func(s *fakeslack.Server) {
			s.InjectFrame([]byte(`{"type":"hallo","envelope_id":"e1"}`))
			s.InjectFrame([]byte(`{`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, setup{})
			times := 3
			if name == "asked to" { // slack-go hangs up at the warning already, and Slack tells again three seconds later
				times = 1
			}
			for i := range times {
				drop(w.fake)
				q := w.fake.User("U1").Mentions("C1", fmt.Sprintf("What of the north, %s %d?", canary, i))
				w.settle()
				w.wantReplies("C1", q.TS, north)
			}
		})
	}
}

func TestSocketOpensAgainForEver(t *testing.T) {
	w := open(t, setup{})
	w.fake.Fail(fakeslack.Fault{Method: "apps.connections.open", Times: 3, Status: 500})
	w.fake.Fail(fakeslack.Fault{Method: "apps.connections.open", Error: "internal_error"})
	w.fake.DropSockets()
	q := w.fake.User("U1").Mentions("C1", "What of the north?")
	w.settle()
	w.wantReplies("C1", q.TS, north)
}

func TestSocketFatal(t *testing.T) {
	for _, c := range []struct {
		method, code, want string
	}{
		{"apps.connections.open", "invalid_auth", "SLACK_APP_TOKEN"},
		{"apps.connections.open", "token_revoked", "SLACK_APP_TOKEN"},
		{"auth.test", "invalid_auth", "SLACK_BOT_TOKEN"},
		{"auth.test", "account_inactive", "install the app again"},
	} {
		t.Run(c.method+" "+c.code, func(t *testing.T) {
			fake := fakeslack.New(t, fakeslack.Config{})
			fake.Fail(fakeslack.Fault{Method: c.method, Error: c.code, Times: 10})
			b, err := New(slog.New(slog.DiscardHandler), nil, &bottest.Answerer{}, newStore(), nil, Config{BotToken: fake.BotToken("T1"), AppToken: fake.AppToken(), APIURL: fake.APIURL()})
			if err != nil {
				t.Fatal(err)
			}
			err = b.Run(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "xapp-") || strings.Contains(err.Error(), "xoxb-") {
				t.Errorf("Run = %v, want a sentence with %q and no token", err, c.want)
			}
		})
	}
}

// slowIntake accepts only when its gate is open.
type slowIntake struct {
	Intake
	entered chan struct{}
	gate    chan struct{}
}

func (s *slowIntake) Accept(ctx context.Context, e bot.Errand) (bool, error) {
	s.entered <- struct{}{}
	select {
	case <-s.gate:
	case <-ctx.Done():
		return false, errors.New("too slow")
	}
	return s.Intake.Accept(ctx, e)
}

func TestSocketDrainsOnShutdown(t *testing.T) {
	fake := fakeslack.New(t, fakeslack.Config{})
	fake.AddChannel(fakeslack.Channel{ID: "C1"})
	st := newStore()
	log := slog.New(slog.DiscardHandler)
	in := &slowIntake{Intake: bot.NewService(log, &bottest.Answerer{}, st, "test", bot.Limits{}), entered: make(chan struct{}, 8), gate: make(chan struct{})}
	b, err := New(log, in, &bottest.Answerer{}, st, nil, Config{BotToken: fake.BotToken("T1"), AppToken: fake.AppToken(), APIURL: fake.APIURL()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := contextFor(t)
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	w := &world{t: t, fake: fake, bot: b, log: &bottest.Log{}}
	if err := fake.WaitConnected(w.soon(), 1); err != nil {
		t.Fatal(err)
	}
	fake.User("U1").DMs("a question")
	<-in.entered
	cancel() // while the question is being taken in
	close(in.gate)
	if err := fake.WaitDelivered(w.soon()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	for _, d := range fake.Deliveries() {
		if o, _ := d.Wait(w.soon()); !o.Acked || o.Attempts != 1 {
			t.Errorf("%s: %+v, want it acknowledged the first time", d.Type, o)
		}
	}
	if st.States()[bot.Open] != 1 {
		t.Errorf("states = %v, want the question kept", st.States())
	}
}

func TestLanesKeepAChannelsOrder(t *testing.T) {
	of := func(payload string) uint32 { return laneOf(envelope{Payload: []byte(payload)}) }
	asked, changed := of(`{"event":{"type":"message","channel":"C1","user":"U1"}}`), of(`{"event":{"type":"message","subtype":"message_changed","channel":"C1"}}`)
	if asked != changed {
		t.Error("a question and its change have two lanes")
	}
	for _, odd := range []string{``, `7`, `{"event":7}`, `{"user":{"id":"U1"}}`, `{"channel_id":"C1"}`} {
		if n := of(odd); n >= lanes {
			t.Errorf("%s: lane %d", odd, n)
		}
	}
	seen := map[uint32]bool{}
	for i := range 100 {
		seen[of(fmt.Sprintf(`{"event":{"channel":"C%d"}}`, i))] = true
	}
	if len(seen) < lanes/2 {
		t.Errorf("100 channels share %d lanes", len(seen))
	}
}

func TestSafe(t *testing.T) {
	err := errors.New(`dial "wss://wss-primary.slack.com/link/?ticket=12-34&app_id=5": refused`)
	if got := safe(err); strings.Contains(got, "ticket") || !strings.Contains(got, "refused") {
		t.Errorf("safe = %q", got)
	}
}

func TestFixturesAreSurvived(t *testing.T) {
	dir := fixtures(t)
	for _, byHTTP := range []bool{false, true} {
		t.Run(fmt.Sprintf("http=%v", byHTTP), func(t *testing.T) {
			w := open(t, setup{http: byHTTP})
			n := 0
			for name, raw := range dir {
				for _, body := range payloads(t, name, raw) {
					if _, err := w.fake.InjectRaw(body); err != nil {
						continue // neither an event nor an interaction: authorize.* is an answer of the API
					}
					n++
				}
			}
			if n < 50 {
				t.Errorf("%d payloads were delivered, want at least 50", n)
			}
			if err := w.fake.WaitDelivered(w.soon()); err != nil {
				t.Fatalf("%v; log:\n%s", err, w.log)
			}
			if lost := w.fake.State.Lost(); lost != 0 {
				t.Errorf("%d of %d payloads were not acknowledged; log:\n%s", lost, n, w.log)
			}
		})
	}
}
