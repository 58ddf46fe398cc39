package discordbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"footnote/bot"
)

func TestTargetOf(t *testing.T) {
	for _, c := range []struct {
		method, route, form, major, shown, secret string
	}{
		{"POST", "/channels/11/messages", "POST /channels/:id/messages", "channels/11", "POST /channels/11/messages", ""},
		{"GET", "/channels/11/messages?after=5&limit=9", "GET /channels/:id/messages", "channels/11", "GET /channels/11/messages", ""},
		{"PATCH", "/channels/11/messages/22", "PATCH /channels/:id/messages/:id", "channels/11", "PATCH /channels/11/messages/22", ""},
		{"PUT", "/channels/11/messages/22/reactions/%F0%9F%91%8D/@me", "PUT /channels/:id/messages/:id/reactions/:emoji/@me", "channels/11", "PUT /channels/11/messages/22/reactions/%F0%9F%91%8D/@me", ""},
		{"GET", "/guilds/7/members/8", "GET /guilds/:id/members/:id", "guilds/7", "GET /guilds/7/members/8", ""},
		{"GET", "/users/@me", "GET /users/@me", "", "GET /users/@me", ""},
		{"PUT", "/applications/5/guilds/7/commands", "PUT /applications/:id/guilds/:id/commands", "", "PUT /applications/5/guilds/7/commands", ""},
		{"PATCH", "/webhooks/5/aW50.ZXJ/messages/@original", "PATCH /webhooks/:id/:token/messages/@original", "webhooks/5/aW50.ZXJ", "PATCH /webhooks/5/…/messages/@original", "aW50.ZXJ"},
		{"POST", "/interactions/6/aW50.ZXJ/callback?with_response=true", "POST /interactions/:id/:token/callback", "interactions/6/aW50.ZXJ", "POST /interactions/6/…/callback", "aW50.ZXJ"},
	} {
		got, shown, secret := targetOf(c.method, c.route)
		want := target{form: c.form, major: c.major, own: c.secret != ""}
		if got != want || shown != c.shown || secret != c.secret {
			t.Errorf("targetOf(%q, %q) = %+v, %q, %q; want %+v, %q, %q", c.method, c.route, got, shown, secret, want, c.shown, c.secret)
		}
	}
}

// limits answers as Discord does: so many calls in a window for each channel, counted
// from the first call of the window.
type limits struct {
	mu      sync.Mutex
	n       int
	per     time.Duration
	latency func(call int) time.Duration
	begun   map[string]time.Time
	used    map[string]int
	calls   int
	refused int
}

func (s *limits) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.calls++
	call := s.calls
	s.mu.Unlock()
	<-time.After(s.latency(call)) // on the clock of synctest: the way there
	s.mu.Lock()
	place, now := r.URL.Path, time.Now()
	if b, ok := s.begun[place]; !ok || now.Sub(b) >= s.per {
		s.begun[place], s.used[place] = now, 0
	}
	s.used[place]++
	after := s.per - now.Sub(s.begun[place])
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("X-RateLimit-Bucket", "messages")
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.n))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(s.n-s.used[place], 0)))
	h.Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", after.Seconds()))
	status, body := 200, `{}`
	if s.used[place] > s.n {
		s.refused++
		status, body = 429, fmt.Sprintf(`{"message":"You are being rate limited.","retry_after":%.3f,"global":false}`, after.Seconds())
		h.Set("X-RateLimit-Scope", "user")
	}
	s.mu.Unlock()
	<-time.After(s.latency(call + 1)) // and the way back
	return restAnswer(status, h, body), nil
}

// Calls of many workers into a few channels never meet a refusal, and take no longer
// than the limit makes them.
func TestLimiterKeepsToWhatItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &limits{
			n: 5, per: 5 * time.Second, begun: make(map[string]time.Time), used: make(map[string]int),
			latency: func(call int) time.Duration { return time.Duration(call*37%90) * time.Millisecond },
		}
		a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
		start := time.Now()
		var wg sync.WaitGroup
		for c := range 3 {
			for range 20 {
				wg.Go(func() {
					if err := a.do(t.Context(), "POST", fmt.Sprintf("/channels/%d/messages", c+1), map[string]any{}, nil); err != nil {
						t.Errorf("do = %v", err)
					}
				})
			}
		}
		wg.Wait()
		if s.refused > 0 || s.calls != 60 {
			t.Errorf("%d of %d calls were refused, want 0 of 60", s.refused, s.calls)
		}
		if took := time.Since(start); took > 22*time.Second {
			t.Errorf("60 calls into 3 channels took %v, want at most 22 s: four windows", took)
		}
	})
}

func TestLimiterRefusals(t *testing.T) {
	rated := func(scope, retry string, more ...string) answer {
		return answer{status: 429, header: append([]string{"Content-Type", "application/json", "Via", "1.1 google", "X-RateLimit-Scope", scope}, more...),
			body: `{"message":"limited","retry_after":` + retry + `,"global":` + strconv.FormatBool(scope == "global") + `}`}
	}
	type hit struct {
		route string
		took  time.Duration
	}
	for _, c := range []struct {
		name  string
		first answer
		then  []hit // calls beside the refused one, with how long each takes
	}{
		{"a bucket", rated("user", "7", "X-RateLimit-Bucket", "b"), []hit{
			{"/channels/1/messages", 7 * time.Second}, {"/channels/2/messages", 0}, {"/users/@me", 0}, {"/webhooks/5/tok/messages/@original", 0}}},
		{"a shared one", rated("shared", "7", "X-RateLimit-Bucket", "b"), []hit{
			{"/channels/1/messages", 7 * time.Second}, {"/channels/2/messages", 0}}},
		{"without a name", rated("user", "7"), []hit{
			{"/channels/1/messages", 7 * time.Second}, {"/channels/2/messages", 0}}},
		{"global", rated("global", "7"), []hit{
			{"/channels/1/messages", 7 * time.Second}, {"/channels/2/messages", 7 * time.Second}, {"/users/@me", 7 * time.Second},
			{"/webhooks/5/tok/messages/@original", 0}, {"/interactions/6/tok/callback", 0}}},
		{"from before Discord", answer{status: 429, header: []string{"Retry-After", "7", "Content-Type", "text/html"}, body: "<html>"}, []hit{
			{"/channels/2/messages", 7 * time.Second}, {"/interactions/6/tok/callback", 7 * time.Second}}},
		{"with nothing readable", answer{status: 429, header: []string{"Via", "1.1 google"}, body: "?"}, []hit{
			{"/channels/1/messages", time.Second}, {"/channels/2/messages", 0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &carrier{answers: []answer{c.first, {status: 200, body: "{}"}}}
				a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
				start := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() {
					if err := a.do(t.Context(), "POST", "/channels/1/messages", nil, nil); err != nil {
						t.Errorf("do = %v", err)
					}
				})
				synctest.Wait() // the refusal has come
				for _, h := range c.then {
					wg.Go(func() {
						if err := a.do(t.Context(), "POST", h.route, nil, nil); err != nil {
							t.Errorf("do(%s) = %v", h.route, err)
						}
						if took := time.Since(start); took != h.took {
							t.Errorf("do(%s) took %v, want %v", h.route, took, h.took)
						}
					})
				}
				wg.Wait()
			})
		})
	}
}

func TestLimiterPatience(t *testing.T) {
	limited := answer{status: 429, header: []string{"Content-Type", "application/json", "X-RateLimit-Scope", "user"}, body: `{"retry_after":7}`}
	for _, c := range []struct {
		name     string
		deadline time.Duration
		opts     []callOption
		took     time.Duration
		wait     time.Duration // 0: it succeeds
	}{
		{"it waits", 0, nil, 7 * time.Second, 0},
		{"within its deadline", 8 * time.Second, nil, 7 * time.Second, 0},
		{"not when that is nearer", 6 * time.Second, nil, 0, 7 * time.Second},
		{"patient enough", 0, []callOption{patient(8 * time.Second)}, 7 * time.Second, 0},
		{"not patient enough", 0, []callOption{patient(6 * time.Second)}, 0, 7 * time.Second},
		{"not at all", 0, []callOption{patient(0)}, 0, 7 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &carrier{answers: []answer{limited, {status: 200}}}
				a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
				ctx := t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				start := time.Now()
				err := a.do(ctx, "POST", "/channels/1/messages", nil, nil, c.opts...)
				if took := time.Since(start); took != c.took {
					t.Errorf("do took %v, want %v", took, c.took)
				}
				w := (*bot.Wait)(nil)
				if errors.As(err, &w) != (c.wait > 0) || w == nil && err != nil || w != nil && w.For != c.wait {
					t.Errorf("do = %v, want a wait of %v", err, c.wait)
				}
			})
		})
	}
}

// A wait ends with its context, and what was counted in is given back when no answer
// comes.
func TestLimiterWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &carrier{answers: []answer{{status: 429, header: []string{"Content-Type", "application/json"}, body: `{"retry_after":60}`}}}
		a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- a.do(ctx, "POST", "/channels/1/messages", nil, nil) }()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("do = %v, want that it was cancelled", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		one := []string{"X-RateLimit-Bucket", "b", "X-RateLimit-Limit", "1", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset-After", "1"}
		s := &carrier{answers: []answer{{status: 200, header: one}, {err: errors.New("broken")}, {status: 200, header: one}}}
		a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
		for i, wantErr := range []bool{false, true, false} {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			if err := a.do(ctx, "POST", "/channels/1/messages", nil, nil); (err != nil) != wantErr {
				t.Errorf("do number %d = %v, want an error: %v", i+1, err, wantErr)
			}
			cancel()
		}
	})
}

func TestLimiterForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(slog.New(slog.DiscardHandler))
		for i := range 5 * maxBuckets {
			to, _, _ := targetOf("PATCH", fmt.Sprintf("/webhooks/1/token%d/messages/@original", i))
			b, err := l.take(t.Context(), to, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			l.done(to, b, 200, http.Header{"X-Ratelimit-Bucket": {"b"}, "X-Ratelimit-Limit": {"5"}, "X-Ratelimit-Remaining": {"4"}, "X-Ratelimit-Reset-After": {"1"}}, 0, false)
			<-time.After(10 * time.Millisecond) // on the clock of synctest
		}
		if n := len(l.buckets); n > maxBuckets+1 {
			t.Errorf("%d buckets are remembered, want at most %d", n, maxBuckets+1)
		}
	})
}

// Ten minutes of nothing but refusals stay below the number at which Discord bans.
func TestLimiterInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &carrier{answers: []answer{{status: 403, header: []string{"Content-Type", "application/json"}, body: `{"code":50013}`}}}
		a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
		start, n := time.Now(), 0
		for ; time.Since(start) < 10*time.Minute; n++ {
			_ = a.do(t.Context(), "POST", "/channels/1/messages", nil, nil)
			<-time.After(time.Millisecond) // on the clock of synctest
		}
		if n < invalidMany || n >= 10000 {
			t.Errorf("%d invalid calls in ten minutes, want from %d up to 9999", n, invalidMany)
		}
		before := time.Now()
		if _ = a.do(t.Context(), "POST", "/interactions/1/tok/callback", nil, nil); time.Since(before) > 0 {
			t.Errorf("a callback took %v, want that it is not slowed down", time.Since(before))
		}
		<-time.After(12 * time.Minute)
		before = time.Now()
		for range 10 {
			_ = a.do(t.Context(), "POST", "/channels/1/messages", nil, nil)
		}
		if took := time.Since(before); took > 0 {
			t.Errorf("ten calls after a rest took %v, want none", took)
		}
	})
}

// What can be left out goes where others find half of the window free after it.
func TestLimiterSpares(t *testing.T) {
	for _, c := range []struct{ limit, want int }{{1, 0}, {2, 1}, {3, 2}, {5, 3}, {10, 5}} {
		t.Run(fmt.Sprint(c.limit, " in a window"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &limits{n: c.limit, per: 5 * time.Second, begun: make(map[string]time.Time), used: make(map[string]int), latency: func(int) time.Duration { return 0 }}
				a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
				send := func(o callOption) error {
					return a.do(t.Context(), "PATCH", "/channels/1/messages/2", map[string]any{}, nil, o)
				}
				if err := send(patient(0)); err != nil { // it tells of the limit
					t.Fatal(err)
				}
				<-time.After(6 * time.Second)
				went, start := 0, time.Now()
				for range 2 * c.limit {
					if err := send(spare); err == nil {
						went++
					} else if !errors.As(err, new(*bot.Wait)) {
						t.Errorf("do = %v, want a Wait", err)
					}
				}
				if went != c.want || time.Since(start) > 0 {
					t.Errorf("%d calls went in %v, want %d at once", went, time.Since(start), c.want)
				}
				if err := send(patient(0)); err != nil {
					t.Errorf("what can't be left out finds no room: %v", err)
				}
			})
		})
	}
}
