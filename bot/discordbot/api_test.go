package discordbot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"footnote/bot"
)

// answer is what a carrier gives to one request.
type answer struct {
	status int
	header []string // names and values
	body   string
	err    error
	last   time.Duration // how long it takes
}

// carrier is a transport that answers as it was told, one after the other; the last
// answer for ever.
type carrier struct {
	mu       sync.Mutex
	answers  []answer
	requests []*http.Request
	bodies   []string
}

func (c *carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	a := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	c.requests = append(c.requests, r)
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		c.bodies = append(c.bodies, string(b))
	}
	c.mu.Unlock()
	if a.last > 0 && wait(r.Context(), a.last) != nil {
		return nil, r.Context().Err()
	}
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{}
	for i := 0; i+1 < len(a.header); i += 2 {
		h.Set(a.header[i], a.header[i+1])
	}
	return restAnswer(a.status, h, a.body), nil
}

func restAnswer(status int, h http.Header, body string) *http.Response {
	return &http.Response{StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func TestDoTries(t *testing.T) {
	refused := answer{err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
	broken := answer{err: errors.New("connection reset")}
	ok, busy, bad := answer{status: 200, body: `{"id":"1"}`}, answer{status: 503, body: "upstream"}, answer{status: 400, body: `{"code":50035}`}
	for _, c := range []struct {
		name, method string
		opts         []callOption
		answers      []answer
		calls        int
		status       int // of the error; 0: none, -1: one without
	}{
		{"fine", "POST", nil, []answer{ok}, 1, 0},
		{"no content", "PUT", nil, []answer{{status: 204}}, 1, 0},
		{"accepted", "GET", nil, []answer{{status: 202, body: "{}"}}, 1, 0},
		{"what may have been done is not done again", "POST", nil, []answer{busy, ok}, 1, 503},
		{"nor after a break", "POST", nil, []answer{broken, ok}, 1, -1},
		{"what cannot have been done is", "POST", nil, []answer{refused, ok}, 2, 0},
		{"with a nonce it is", "POST", []callOption{repeatable}, []answer{busy, broken, ok}, 3, 0},
		{"bad gateway too", "POST", []callOption{repeatable}, []answer{{status: 502, body: "secret"}, ok}, 2, 0},
		{"others are", "PATCH", nil, []answer{broken, busy, ok}, 3, 0},
		{"a while", "GET", nil, []answer{busy}, maxTries, 503},
		{"but not what Discord refuses", "GET", nil, []answer{bad, ok}, 1, 400},
		{"too many calls are sat out", "POST", nil, []answer{{status: 429, body: `{"retry_after":0.5}`}, ok}, 2, 0},
		{"not for ever", "POST", nil, []answer{{status: 429, body: `{"retry_after":0.5}`}}, maxWaits, 429},
		{"a redirection is not followed", "GET", nil, []answer{{status: 302, header: []string{"Location", "https://elsewhere.test/"}}, ok}, 1, 302},
		{"an endless answer is not read", "POST", nil, []answer{{status: 200, body: strings.Repeat(" ", maxAnswer+1)}}, 1, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &carrier{answers: c.answers}
				a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
				err := a.do(t.Context(), c.method, "/channels/1/messages", nil, nil, c.opts...)
				if len(s.requests) != c.calls {
					t.Errorf("%d calls were made, want %d", len(s.requests), c.calls)
				}
				if (err != nil) != (c.status != 0) || statusOf(err) != max(c.status, 0) {
					t.Errorf("do = %v with status %d, want %d", err, statusOf(err), c.status)
				}
			})
		})
	}
}

func TestDoSends(t *testing.T) {
	s := &carrier{answers: []answer{{status: 200, body: `{"id":"42"}`}}}
	a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", APIURL: "https://proxy.test/discord/api/", Transport: s}.withDefaults())
	var out struct {
		ID string `json:"id"`
	}
	if err := a.do(t.Context(), "POST", "/channels/1/messages?x=1", map[string]string{"content": "<a & b>"}, &out); err != nil || out.ID != "42" {
		t.Errorf("do = %v with id %q, want 42", err, out.ID)
	}
	if err := a.do(t.Context(), "PATCH", "/webhooks/5/tok/messages/@original", map[string]string{}, nil); err != nil {
		t.Errorf("do = %v", err)
	}
	if err := a.do(t.Context(), "GET", "/users/@me", nil, nil); err != nil {
		t.Errorf("do = %v", err)
	}
	for i, want := range []struct{ address, auth, kind, body string }{
		{"https://proxy.test/discord/api/v10/channels/1/messages?x=1", "Bot a.b.c", "application/json", `{"content":"<a & b>"}`},
		{"https://proxy.test/discord/api/v10/webhooks/5/tok/messages/@original", "", "application/json", `{}`},
		{"https://proxy.test/discord/api/v10/users/@me", "Bot a.b.c", "", ""},
	} {
		r := s.requests[i]
		if got := r.URL.String(); got != want.address || r.Header.Get("Authorization") != want.auth || r.Header.Get("Content-Type") != want.kind || s.bodies[i] != want.body {
			t.Errorf("sent %s with %q, %q: %s; want %s with %q, %q: %s", got, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), s.bodies[i], want.address, want.auth, want.kind, want.body)
		}
		if ua := r.Header.Get("User-Agent"); !strings.HasPrefix(ua, "DiscordBot (https://") {
			t.Errorf("User-Agent = %q, want the form that Discord asks for", ua)
		}
	}
}

func TestDoTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &carrier{answers: []answer{{status: 200, last: time.Hour}}}
		a := newAPI(slog.New(slog.DiscardHandler), Config{BotToken: "a.b.c", Transport: s}.withDefaults())
		start := time.Now()
		if err := a.do(t.Context(), "POST", "/channels/1/messages", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("do = %v, want that it took too long", err)
		}
		if took := time.Since(start); took != 15*time.Second {
			t.Errorf("do took %v, want 15 s", took)
		}
	})
}

// No error and no line of the log holds a token, an address with one, or what Discord
// wrote, which may be somebody's words.
func TestDoTellsNoSecret(t *testing.T) {
	const token, interaction, words = "canaryA.canaryB.canaryC", "canaryToken", "canaryWords"
	answers := []answer{
		{err: errors.New("dial: lookup of https://discord.com/api/v10/webhooks/5/" + interaction + ": no")},
		{err: errors.New("Authorization: Bot " + token)},
		{status: 400, body: `{"code":50035,"message":"` + words + `","errors":{"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"` + words + `"}]},"` + words + `!":{"_errors":[{"code":"x ` + words + `"}]}}}`},
		{status: 401, body: words}, {status: 403, body: `{"message":"` + words + `","code":50013}`}, {status: 404, body: words},
		{status: 429, body: words}, {status: 500, body: words}, {status: 502, body: words},
		{status: 200, body: `{"id":` + words}, {status: 200, body: `{"id":{"` + words + `":1}}`}, {status: 302, header: []string{"Location", "https://x.test/" + words}},
		{status: 200, header: []string{"X-RateLimit-Limit", words, "X-RateLimit-Remaining", words, "X-RateLimit-Reset-After", words, "X-RateLimit-Global", words}, body: "]" + words},
	}
	for _, route := range []string{"/webhooks/5/" + interaction + "/messages/@original", "/interactions/5/" + interaction + "/callback", "/channels/1/messages", "/webhooks/5/" + interaction + "%zz/messages"} {
		for i, an := range answers {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s := &carrier{answers: []answer{an}}
				a := newAPI(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Config{BotToken: token, Transport: s}.withDefaults())
				var out struct{ ID string }
				err := a.do(t.Context(), "POST", route, map[string]string{"content": words}, &out, repeatable)
				if err == nil {
					t.Errorf("do(%s) = nil for answer %d, want an error", route, i)
				}
				said := fmt.Sprintf("%v %+v %#v %v %s", err, err, errors.Unwrap(err), classify("deliver", err), log.String())
				if strings.Contains(said, "canary") {
					t.Errorf("do(%s) tells a secret for answer %d: %s", route, i, said)
				}
			})
		}
	}
}

func TestFaults(t *testing.T) {
	for raw, want := range map[string]string{
		`{"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"…"}]}}`:                                                    "content BASE_TYPE_MAX_LENGTH",
		`{"components":{"0":{"components":{"1":{"content":{"_errors":[{"code":"BASE_TYPE_REQUIRED"}]}}},"_errors":[{"code":"X"}]}}}`: "components.0 X, components.0.components.1.content BASE_TYPE_REQUIRED",
		`{"a b":{"_errors":[{"code":"X"}]}}`: "",
		`null`:                               "", `[1]`: "", ``: "",
		`{"a":{"_errors":[{"code":"A"},{"code":"B"},{"code":"C"},{"code":"D"},{"code":"E"},{"code":"F"}]}}`: "a A, a B, a C, a D, a E",
	} {
		if got := strings.Join(faults(json.RawMessage(raw)), ", "); got != want {
			t.Errorf("faults(%s) = %q, want %q", raw, got, want)
		}
	}
}

func TestClassify(t *testing.T) {
	refusal := func(status, code int) error { return &refusal{call: "POST /x", status: status, code: code} }
	const gone, waits, temporary = "gone", "waits", "temporary"
	for _, c := range []struct {
		err  error
		want string
		text string
	}{
		{refusal(404, 10003), gone, "does not exist"}, {refusal(404, 10004), gone, "not in this server"}, {refusal(404, 10008), gone, "deleted"},
		{refusal(403, 50001), gone, "View Channel"}, {refusal(403, 50013), gone, "Send Messages"}, {refusal(403, 50007), gone, "direct messages"},
		{refusal(401, 50027), gone, "quarter of an hour"}, {refusal(404, 10062), gone, "quarter of an hour"}, {refusal(400, 160002), gone, "Read Message History"},
		{fmt.Errorf("send: %w", bot.ErrGone), gone, "send"},
		{refusal(429, 0), waits, ""}, {&bot.Wait{For: time.Second, Err: errLimited}, waits, "rate limit"}, {refusal(400, 30046), waits, ""},
		{refusal(401, 0), temporary, "DISCORD_BOT_TOKEN"}, {refusal(400, 50035), temporary, "fault of footnote's"}, {refusal(500, 0), temporary, "HTTP 500"},
		{errors.New("connection reset"), temporary, "connection reset"},
	} {
		got := classify("deliver", c.err)
		kind := temporary
		switch {
		case errors.Is(got, bot.ErrGone):
			kind = gone
		case errors.As(got, new(*bot.Wait)):
			kind = waits
		}
		if kind != c.want || !strings.Contains(got.Error(), c.text) {
			t.Errorf("classify(%v) = %v, which is %s; want %s with %q", c.err, got, kind, c.want, c.text)
		}
		if codeOf(got) != codeOf(c.err) || statusOf(got) != statusOf(c.err) {
			t.Errorf("classify(%v) has code %d and status %d, want them kept", c.err, codeOf(got), statusOf(got))
		}
	}
	if err := classify("deliver", nil); err != nil {
		t.Errorf("classify(nil) = %v", err)
	}
}
