package slackbot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot"
)

// script is a transport that answers as it was told, one after the other.
type script struct {
	answers []func() (*http.Response, error)
	bodies  []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	b, _ := io.ReadAll(r.Body)
	s.bodies = append(s.bodies, string(b))
	f := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return f()
}

func says(status int, header ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		h := http.Header{}
		if len(header) > 0 {
			h.Set("Retry-After", header[0])
		}
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: h, Body: io.NopCloser(strings.NewReader(`{"ok":true}`))}, nil
	}
}

func fails() (*http.Response, error) { return nil, errors.New("connection reset") }

func TestCaller(t *testing.T) {
	cases := []struct {
		name, method string
		answers      []func() (*http.Response, error)
		calls        int
		took         time.Duration
		status       int // 0: an error
	}{
		{"fine", "chat.postMessage", []func() (*http.Response, error){says(200)}, 1, 0, 200},
		{"a short wait is sat out", "chat.postMessage", []func() (*http.Response, error){says(429, "1"), says(429, "2"), says(200)}, 3, 3 * time.Second, 200},
		{"but not for ever", "chat.postMessage", []func() (*http.Response, error){says(429, "1")}, 3, 2 * time.Second, 429},
		{"a long one is not", "chat.postMessage", []func() (*http.Response, error){says(429, "30")}, 1, 0, 429},
		{"without a number it is a second", "chat.postMessage", []func() (*http.Response, error){says(429), says(200)}, 2, time.Second, 200},
		{"nor with nonsense", "chat.postMessage", []func() (*http.Response, error){says(429, "soon"), says(200)}, 2, time.Second, 200},
		{"what may have been done is not done again", "chat.postMessage", []func() (*http.Response, error){says(500)}, 1, 0, 500},
		{"nor after a break", "chat.postMessage", []func() (*http.Response, error){fails}, 1, 0, 0},
		{"what can be done twice is", "chat.update", []func() (*http.Response, error){says(503), says(200)}, 2, hiccup, 200},
		{"after a break too", "conversations.replies", []func() (*http.Response, error){fails, says(200)}, 2, hiccup, 200},
		{"but once", "chat.update", []func() (*http.Response, error){says(503)}, 2, hiccup, 503},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: c.answers}
				caller := newCaller(slog.New(slog.DiscardHandler), s, time.Minute)
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://slack.com/api/"+c.method, strings.NewReader("token=xoxb-1"))
				start := time.Now()
				resp, err := caller.Do(req)
				if resp != nil {
					defer func() { _ = resp.Body.Close() }()
				}
				if (err != nil) != (c.status == 0) || err == nil && resp.StatusCode != c.status {
					t.Errorf("Do = %v, %v; want status %d", resp, err, c.status)
				}
				if len(s.bodies) != c.calls || time.Since(start) != c.took {
					t.Errorf("%d calls in %v, want %d in %v", len(s.bodies), time.Since(start), c.calls, c.took)
				}
				for _, b := range s.bodies {
					if b != "token=xoxb-1" {
						t.Errorf("a call had the body %q", b)
					}
				}
			})
		})
	}
}

func TestCallerListensToItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []func() (*http.Response, error){says(429, "2")}}
		caller := newCaller(slog.New(slog.DiscardHandler), s, time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://slack.com/api/chat.postMessage", strings.NewReader("x"))
		start := time.Now()
		resp, err := caller.Do(req)
		if time.Since(start) > time.Second {
			t.Errorf("Do took %v, %v", time.Since(start), err)
		}
		if resp != nil {
			_ = resp.Body.Close()
		}
	})
}

func TestErrorsHoldNoAddresses(t *testing.T) {
	var log bytes.Buffer
	s := &script{answers: []func() (*http.Response, error){fails}}
	b := &Bot{caller: newCaller(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), s, time.Minute)}
	for _, address := range []string{"https://hooks.slack.com/commands/T1/2/secret", "https://hooks.slack.com/%zz/secret", "::secret"} {
		err := b.respond(t.Context(), address, response{Text: "x"})
		if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(log.String(), "secret") {
			t.Errorf("respond = %v; log %s", err, log.String())
		}
	}
}

func TestClassify(t *testing.T) {
	api := func(code string) error { return slack.SlackErrorResponse{Err: code} }
	for _, c := range []struct {
		err  error
		gone bool
		wait time.Duration
	}{
		{nil, false, 0}, {errors.New("reset"), false, 0}, {slack.StatusCodeError{Code: 502}, false, 0}, {api("internal_error"), false, 0}, {api("msg_too_long"), false, 0},
		{&slack.RateLimitedError{RetryAfter: 30 * time.Second}, false, 30 * time.Second}, {&slack.RateLimitedError{}, false, time.Second},
		{api("ratelimited"), false, 5 * time.Second}, {api("is_archived"), true, 0}, {api("token_revoked"), true, 0}, {api("missing_scope"), true, 0},
	} {
		got := classify("chat.postMessage", c.err)
		var wait *bot.Wait
		if (got == nil) != (c.err == nil) || errors.Is(got, bot.ErrGone) != c.gone || errors.As(got, &wait) != (c.wait > 0) || wait != nil && wait.For != c.wait {
			t.Errorf("classify(%v) = %v", c.err, got)
		}
		if got != nil && classify("again", got).Error() != got.Error() && (c.gone || c.wait > 0) {
			t.Errorf("classified twice, %v becomes %v", got, classify("again", got))
		}
	}
	for code := range gone {
		if err := classify("x", api(code)); !strings.Contains(err.Error(), code) || codeOf(err) != code {
			t.Errorf("%s: %v does not name it", code, err)
		}
	}
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Second, make(chan struct{}, maxWaiters))
		start := time.Now()
		for i := range 3 {
			if err := p.wait(t.Context(), "C1", "k"); err != nil || time.Since(start) != time.Duration(i)*time.Second {
				t.Fatalf("message %d goes after %v, %v", i, time.Since(start), err)
			}
		}
		if err := p.wait(t.Context(), "C2", "k"); err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("another channel waits: %v, %v", time.Since(start), err)
		}
		p.hold("C1", time.Minute)
		var wait *bot.Wait
		if err := p.wait(t.Context(), "C1", "late"); !errors.As(err, &wait) || wait.For != time.Minute || !errors.Is(err, errPace) {
			t.Fatalf("wait = %v, want a minute", err)
		}
		if err := p.wait(t.Context(), "C1", "later"); !errors.As(err, &wait) || wait.For != time.Minute+time.Second {
			t.Fatalf("wait = %v, want a minute and a second", err)
		}
		<-time.After(time.Minute) // of the bubble: who was told to come back has its place
		if err := p.wait(t.Context(), "C1", "late"); err != nil {
			t.Errorf("at its time: %v", err)
		}
		at := time.Now()
		if err := p.wait(t.Context(), "C1", "later"); err != nil || time.Since(at) != time.Second {
			t.Errorf("the next one: %v after %v", err, time.Since(at))
		}
	})
}

func TestPaceLetsWorkersGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(200*time.Millisecond, make(chan struct{}, maxWaiters))
		results := make(chan error, 10)
		for i := range 10 {
			go func() { results <- p.wait(t.Context(), "C1", string(rune('a'+i))) }()
		}
		synctest.Wait()
		back := 0
		for len(results) > 0 {
			if errors.Is(<-results, errPace) {
				back++
			}
		}
		if back < 10-1-maxWaiters {
			t.Errorf("%d of 10 came back at once, want all but %d", back, 1+maxWaiters)
		}
		<-time.After(time.Minute)
	})
}

func TestPaceForgets(t *testing.T) {
	p := newPacer(time.Second, make(chan struct{}, maxWaiters))
	old := time.Now().Add(-time.Hour)
	for i := range 2000 {
		p.reserve(string(rune('a'+i)), "k", old)
	}
	p.reserve("C1", "k", time.Now())
	if len(p.next) > 2 || len(p.kept) > 2 {
		t.Errorf("%d channels and %d places are kept", len(p.next), len(p.kept))
	}
}

func TestPaceInTheWorld(t *testing.T) {
	w := open(t, setup{change: func(c *Config) { c.Pace = 300 * time.Millisecond }})
	u := w.fake.User("U1")
	for range 6 {
		u.Mentions("C1", "What of the north?")
	}
	w.settle()
	if n := w.sent(); n != 6 {
		t.Errorf("%d answers, want 6", n)
	}
	if n := w.fake.RequestCount("conversations.replies"); n != 0 {
		t.Errorf("%d looks for messages that cannot be there", n)
	}
	var last time.Time
	for _, r := range w.fake.Requests("chat.postMessage") {
		if gap := r.RealAt.Sub(last); gap < 250*time.Millisecond {
			t.Errorf("two messages within %v", gap)
		}
		last = r.RealAt
	}
}
