package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"footnote/bot"
	"footnote/corpus"
	"footnote/prompts"
)

func TestWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, says("One ", "two."))
		c := s.client(nil)
		text, use, err := write(t.Context(), c)
		if err != nil || text != "One two." {
			t.Fatalf("Write = %q, %v, want the text", text, err)
		}
		if use.Model != "served-model" || use.Prompt != 40 || use.Cached != 32 || use.Completion != 5 {
			t.Errorf("Write's usage = %+v, want what the server's last event says", use)
		}
		got := s.requests()[0]
		if got.path != "/v1/chat/completions" || got.header.Get("Authorization") != "Bearer "+testKey {
			t.Errorf("the call went to %s with %q, want /v1/chat/completions with the key", got.path, got.header.Get("Authorization"))
		}
		if b := fmt.Sprint(got.body["stream"], got.body["stream_options"], got.body["max_tokens"]); b != "true map[include_usage:true] 100" {
			t.Errorf("stream, stream_options and max_tokens = %s", b)
		}
		format, _ := got.body["response_format"].(map[string]any)
		if format["type"] != "json_schema" {
			t.Errorf("response_format = %v, want a JSON schema", format)
		}
	})
}

func TestWriteCountsWhereTheServerDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			delta(w, "One two three.")
			finish(w, "stop")
			event(w, "[DONE]")
		}).client(nil)
		_, use, err := write(t.Context(), c)
		want := c.Tokens(testPrompt.System) + c.Tokens(testPrompt.User)
		if err != nil || use.Prompt != want || use.Completion != 4 {
			t.Errorf("Write = %+v, %v, want %d and 4 tokens, counted here", use, err, want)
		}
	})
}

// TestFaults has a server fail in each way, and looks at what comes of it: the kind of
// fault, how many calls were made, and that nothing is in the error or the log that
// the server, the passages or the configuration brought.
func TestFaults(t *testing.T) {
	const secret = "SAID-BY-THE-SERVER"
	html := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<p>"+secret)
	}
	for _, test := range []struct {
		name  string
		reply reply
		kind  Kind
		calls int
		text  string
	}{
		{"500", refuses(500, secret), Broken, 3, ""},
		{"503 with JSON", refuses(503, `{"error":{"message":"`+secret+`"}}`), Broken, 3, ""},
		{"429", refuses(429, `{"error":{"message":"`+secret+`"}}`), Busy, 3, ""},
		{"429 for good", refuses(429, `{"error":{"message":"`+secret+`","code":"insufficient_quota"}}`), Rejected, 1, ""},
		{"401", refuses(401, `{"error":{"message":"`+testKey+secret+`"}}`), Rejected, 1, ""},
		{"404", refuses(404, secret), Rejected, 1, ""},
		{"too long", refuses(400, `{"error":{"code":400,"message":"`+secret+`","type":"exceed_context_size_error"}}`), TooLong, 1, ""},
		{"filtered", refuses(400, `{"error":{"code":"content_filter","message":"`+secret+`"}}`), Declined, 1, ""},
		{"moved", refuses(302, secret, "Location", "http://elsewhere.example/v1"), Rejected, 1, ""},
		{"a page", html, Rejected, 1, ""},
		{"broken before the text", breaks(nil), Unreached, 3, ""},
		{"no event", func(w http.ResponseWriter, _ *http.Request) { event(w, "{"+secret) }, Broken, 3, ""},
		{"an error in the stream", func(w http.ResponseWriter, _ *http.Request) {
			event(w, `{"error":{"message":"`+secret+`"}}`)
		}, Broken, 3, ""},
		{"empty", func(w http.ResponseWriter, _ *http.Request) { event(w, "[DONE]") }, Cut, 3, ""},
		{"nothing to say", says(), Broken, 1, ""},
		{"cut", breaks(func(w http.ResponseWriter, _ *http.Request) { delta(w, "One ") }), Cut, 1, "One "},
		{"ended without an end", func(w http.ResponseWriter, _ *http.Request) { delta(w, "One ") }, Cut, 1, "One "},
		{"garbage after text", func(w http.ResponseWriter, _ *http.Request) { delta(w, "One "); event(w, "{"+secret) }, Cut, 1, "One "},
		{"full length", func(w http.ResponseWriter, _ *http.Request) { delta(w, "One "); finish(w, "length"); total(w) }, Endless, 1, "One "},
		{"tool", func(w http.ResponseWriter, _ *http.Request) {
			event(w, `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"type":"function","function":{"name":"`+secret+`","arguments":"{}"}}]}}]}`)
			finish(w, "tool_calls")
			total(w)
		}, Declined, 1, ""},
		{"refusal", func(w http.ResponseWriter, _ *http.Request) {
			event(w, `{"choices":[{"index":0,"delta":{"refusal":"`+secret+`"}}]}`)
			finish(w, "stop")
			total(w)
		}, Declined, 1, ""},
		{"silence", hangs(nil), Slow, 1, ""},
		{"silence after headers", hangs(func(w http.ResponseWriter, _ *http.Request) { event(w, `{"choices":[]}`) }), Slow, 1, ""},
		{"a stall", hangs(func(w http.ResponseWriter, _ *http.Request) { delta(w, "One ") }), Slow, 1, "One "},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s := newServer(t, test.reply)
				c := s.client(nil)
				c.log = slog.New(slog.NewTextHandler(&log, nil))
				text, _, err := write(t.Context(), c)
				if k := kindOf(t, err); k != test.kind || text != test.text || len(s.requests()) != test.calls {
					t.Errorf("Write = %q, %s (%v) after %d calls, want %q, %s after %d", text, k, err, len(s.requests()), test.text, test.kind, test.calls)
				}
				for _, never := range []string{secret, testKey, "NEVER-SHOWN", "model.example"} {
					if strings.Contains(err.Error(), never) || strings.Contains(log.String(), never) {
						t.Errorf("%q is in the error %q or the log %q", never, err, log.String())
					}
				}
				if n := c.Stats().Faults[test.kind]; n != 1 {
					t.Errorf("Stats().Faults[%s] = %d, want 1", test.kind, n)
				}
			})
		})
	}
}

func TestWriteTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, refuses(500, ""), refuses(502, "<html>"), says("One."))
		text, _, err := write(t.Context(), s.client(nil))
		if text != "One." || err != nil {
			t.Fatalf("Write = %q, %v, want the third reply", text, err)
		}
		asked := s.requests()
		first, second := asked[1].at.Sub(asked[0].at), asked[2].at.Sub(asked[1].at)
		if first < hiccup/2 || first > 3*hiccup/2 || second < hiccup || second > 3*hiccup {
			t.Errorf("the pauses were %v and %v, want about %v and twice that", first, second, hiccup)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		name, header, value string
		atLeast             time.Duration
	}{
		{"seconds", "Retry-After", "7", 7 * time.Second},
		{"a fraction", "Retry-After", "1.5", 1500 * time.Millisecond},
		{"milliseconds", "Retry-After-Ms", "2500", 2500 * time.Millisecond},
		{"a date", "Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT", 9 * time.Second},
		{"nonsense", "Retry-After", "soon", 0},
		{"negative", "Retry-After", "-7", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, refuses(429, "{}", test.header, test.value), says("One."))
				if _, _, err := write(t.Context(), s.client(nil)); err != nil {
					t.Fatal(err)
				}
				asked := s.requests()
				if d := asked[1].at.Sub(asked[0].at); d < test.atLeast || d > test.atLeast+2*hiccup {
					t.Errorf("the second call came after %v, want %v and a little", d, test.atLeast)
				}
			})
		})
	}
}

func TestRetryAfterHoldsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, refuses(429, "{}", "Retry-After", "3600000"), says("One."))
		c := s.client(nil)
		for range 2 {
			began := time.Now()
			_, _, err := write(t.Context(), c)
			if k := kindOf(t, err); k != Busy || time.Since(began) > 0 {
				t.Errorf("Write = %s after %v, want busy at once", k, time.Since(began))
			}
		}
		if n := len(s.requests()); n != 1 {
			t.Errorf("%d calls, want 1: the server wants to be left alone", n)
		}
		<-time.After(maxWait) // the bubble's clock
		if _, _, err := write(t.Context(), c); err != nil {
			t.Errorf("Write after the wait = %v, want the text: no wait is longer than %v", err, maxWait)
		}
	})
}

func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drips := func(w http.ResponseWriter, r *http.Request) {
			for tick := time.NewTicker(time.Second); ; {
				select {
				case <-tick.C:
					delta(w, "x")
				case <-r.Context().Done():
					tick.Stop()
					return
				}
			}
		}
		s := newServer(t, drips)
		c := s.client(func(c *Config) { c.First, c.Whole = 3*time.Second, 20*time.Second+time.Second/2 })
		began := time.Now()
		text, use, err := write(t.Context(), c)
		if k := kindOf(t, err); k != Slow || time.Since(began) != 20*time.Second+time.Second/2 || len(text) != 20 {
			t.Errorf("Write = %q, %s after %v, want 20 pieces in the whole time", text, k, time.Since(began))
		}
		if use.FirstToken != time.Second {
			t.Errorf("FirstToken = %v, want 1s", use.FirstToken)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, _, err := write(ctx, c); !errors.Is(err, context.DeadlineExceeded) || kindOf(t, err) != Slow {
			t.Errorf("Write to a deadline = %v, want slow, by the context", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		if _, _, err := write(ctx, c); !errors.Is(err, context.Canceled) || kindOf(t, err) != Given {
			t.Errorf("Write given up = %v, want that, by the context", err)
		}
	})
}

func TestEachEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan struct{})
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			delta(w, "One ")
			delta(w, "two ")
			<-r.Context().Done()
			close(gone)
		})
		enough := errors.New("enough")
		_, err := s.client(nil).Write(t.Context(), testPrompt, func(string) error { return enough })
		if err != enough {
			t.Errorf("Write = %v, want the error of each itself", err)
		}
		<-gone
		if n := len(s.requests()); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestEndless(t *testing.T) {
	word := strings.Repeat("ab ", 4)
	for name, more := range map[string]func(w http.ResponseWriter) error{
		"text": func(w http.ResponseWriter) error { delta(w, word); return nil },
		"events without text": func(w http.ResponseWriter) error {
			_, err := fmt.Fprintf(w, "data: {\"choices\":[],\"x\":%q}\n\n", strings.Repeat("x", 8<<10))
			return err
		},
		"one line": func(w http.ResponseWriter) error {
			w.Header().Set("Content-Type", "text/event-stream")
			_, err := fmt.Fprint(w, strings.Repeat("x", 8<<10))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
					for range 200_000 {
						if err := more(w); err != nil || r.Context().Err() != nil {
							return
						}
					}
				})
				text, _, err := write(t.Context(), s.client(nil))
				if k := kindOf(t, err); k != Endless || len(text) > testPrompt.MaxTokens*perTokenText {
					t.Errorf("Write = %d bytes, %s (%v), want endless after %d at the most", len(text), k, err, testPrompt.MaxTokens*perTokenText)
				}
			})
		})
	}
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, refuses(503, ""), refuses(503, ""), refuses(503, ""), refuses(503, ""), refuses(503, ""), says("One."))
		c := s.client(func(c *Config) { c.Retries = -1 })
		for range fallsAt {
			if _, _, err := write(t.Context(), c); kindOf(t, err) != Broken {
				t.Fatalf("Write = %v, want broken", err)
			}
		}
		if _, _, err := write(t.Context(), c); kindOf(t, err) != Resting || len(s.requests()) != fallsAt {
			t.Errorf("Write after %d failures = %v and %d calls, want none more", fallsAt, err, len(s.requests()))
		}
		if b := c.Stats().Breaker; b != "open" {
			t.Errorf("Stats().Breaker = %s, want open", b)
		}
		<-time.After(restsFor + time.Second) // the bubble's clock
		if text, _, err := write(t.Context(), c); err != nil || text != "One." {
			t.Errorf("Write after the rest = %q, %v, want the text", text, err)
		}
		if b := c.Stats().Breaker; b != "closed" {
			t.Errorf("Stats().Breaker = %s, want closed", b)
		}
	})
}

// TestBreakerSpares has calls fail in ways that are not the server's fault.
func TestBreakerSpares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, refuses(400, `{"error":{"message":"context_length_exceeded"}}`))
		c := s.client(nil)
		for range 2 * fallsAt {
			if _, _, err := write(t.Context(), c); kindOf(t, err) != TooLong {
				t.Fatalf("Write = %v, want too long", err)
			}
		}
		if b := c.Stats().Breaker; b != "closed" {
			t.Errorf("Stats().Breaker = %s, want closed", b)
		}
	})
}

func TestPanicOfEachFreesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newServer(t, says("One.")).client(func(c *Config) { c.Concurrent = 1 })
		func() {
			defer func() { _ = recover() }()
			_, _ = c.Write(t.Context(), testPrompt, func(string) error { panic("each") })
		}()
		if _, _, err := write(t.Context(), c); err != nil {
			t.Errorf("Write after a panic = %v, want the text", err)
		}
	})
}

func TestConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			<-release
			says("One.")(w, r)
		})
		c := s.client(func(c *Config) { c.Concurrent = 2; c.First = time.Minute })
		got := make(chan error, 5)
		for range 4 {
			go func() {
				_, _, err := write(t.Context(), c)
				got <- err
			}()
		}
		synctest.Wait()
		if n, busy := len(s.requests()), c.Stats().Busy; n != 2 || busy != 2 {
			t.Errorf("%d calls are under way, Stats().Busy = %d, want 2", n, busy)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := write(ctx, c); kindOf(t, err) != Busy {
			t.Errorf("Write with all places taken = %v, want busy", err)
		}
		close(release)
		for range 4 {
			if err := <-got; err != nil {
				t.Errorf("Write = %v, want the text", err)
			}
		}
	})
}

func TestTokensADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, says("One."))
		c := s.client(func(c *Config) { c.TokensADay = 180 })
		for i := range 2 {
			if _, _, err := write(t.Context(), c); err != nil {
				t.Fatalf("Write %d = %v, want the text", i, err)
			}
		}
		if _, _, err := write(t.Context(), c); kindOf(t, err) != Spent || len(s.requests()) != 2 {
			t.Errorf("Write = %v after %d calls, want the day's tokens used up after 2", err, len(s.requests()))
		}
		if n := c.Stats().Today; n != 90 {
			t.Errorf("Stats().Today = %d, want 90", n)
		}
		<-time.After(24 * time.Hour) // the bubble's clock
		if _, _, err := write(t.Context(), c); err != nil {
			t.Errorf("Write on the next day = %v, want the text", err)
		}
	})
}

// tally is a store that several clients share, and that can fail.
type tally struct {
	mu      sync.Mutex
	values  map[string]string
	fails   error
	rivals  int // how many of the next Swaps find that another was first
	reads   int
	hanging bool // until the context ends
}

func (s *tally) Setting(ctx context.Context, place, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.hanging {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return s.values[place+" "+name], s.fails
}

func (s *tally) Swap(_ context.Context, place, name, old, value string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return false, s.fails
	}
	if s.rivals--; s.rivals >= 0 || s.values[place+" "+name] != old {
		return false, nil
	}
	s.values[place+" "+name] = value
	return true, nil
}

// TestTally has clients share a day's tokens: replicas, and one after a restart.
func TestTally(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store := newServer(t, says("One.")), &tally{values: map[string]string{}, rivals: 3}
		of := func() *Client { return s.client(func(c *Config) { c.TokensADay, c.Tally = 180, store }) }
		a, b := of(), of()
		for i, c := range []*Client{a, b} { // 45 tokens each
			if _, _, err := write(t.Context(), c); err != nil {
				t.Fatalf("Write %d = %v, want the text", i, err)
			}
		}
		for name, c := range map[string]*Client{"one": a, "the other": b, "after a restart": of()} {
			if _, _, err := write(t.Context(), c); kindOf(t, err) != Spent {
				t.Errorf("%s: Write = %v, want the day's tokens used up", name, err)
			}
			if n := c.Stats().Today; n != 90 {
				t.Errorf("%s: Stats().Today = %d, want 90", name, n)
			}
		}
		<-time.After(24 * time.Hour) // the bubble's clock
		if _, _, err := write(t.Context(), b); err != nil || b.Stats().Today != 45 {
			t.Errorf("Write on the next day = %v, %d tokens, want the text and 45", err, b.Stats().Today)
		}
		if store.values["llm tokens"] == "" || len(store.values) != 1 {
			t.Errorf("the store has %v, want one count", store.values)
		}
	})
}

// TestTallyTogether has replicas count at the same time: nothing is lost or counted
// twice.
func TestTallyTogether(t *testing.T) {
	store := &tally{values: map[string]string{}}
	var all sync.WaitGroup
	purses := [3]*purse{}
	for i := range purses {
		purses[i] = &purse{log: slog.New(slog.DiscardHandler), tally: store, most: 1 << 30}
	}
	for i := range 30 {
		all.Go(func() {
			p := purses[i%len(purses)]
			p.hold(t.Context(), 10)
			p.settle(t.Context(), 10, 7)
		})
	}
	all.Wait()
	for _, p := range purses {
		p.settle(t.Context(), 0, 0) // whatever others' writes left unsaved
		p.hold(t.Context(), 0)
	}
	for i, p := range purses {
		if p.hold(t.Context(), 0); p.today() != 30*7 || p.held != 0 {
			t.Errorf("purse %d has %d tokens used and %d held, want %d and none", i, p.today(), p.held, 30*7)
		}
	}
}

// TestTallyFails has a store that fails, hangs, or holds what is no count: answers go
// on, counted in memory, and are counted in the store when it is well again.
func TestTallyFails(t *testing.T) {
	for name, harm := range map[string]func(*tally){
		"fails":    func(s *tally) { s.fails = errors.New("disk full") },
		"hangs":    func(s *tally) { s.hanging = true },
		"rivals":   func(s *tally) { s.rivals = 1 << 20 },
		"no count": func(s *tally) { s.values["llm tokens"] = "99999999 1000000" },
		"garbage":  func(s *tally) { s.values["llm tokens"] = "x" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, store := newServer(t, says("One.")), &tally{values: map[string]string{}}
				c := s.client(func(c *Config) { c.TokensADay, c.Tally = 180, store })
				harm(store)
				for i := range 2 {
					if _, _, err := write(t.Context(), c); err != nil {
						t.Fatalf("Write %d = %v, want the text", i, err)
					}
				}
				if _, _, err := write(t.Context(), c); kindOf(t, err) != Spent || c.Stats().Today != 90 {
					t.Errorf("Write = %v with %d tokens used, want them used up at 90", err, c.Stats().Today)
				}
				store.fails, store.hanging, store.rivals = nil, false, 0
				c.purse.settle(t.Context(), 0, 0)
				if got := store.values["llm tokens"]; !strings.HasSuffix(got, " 90") {
					t.Errorf("the store has %q, want 90 tokens", got)
				}
			})
		})
	}
	store := &tally{}
	c := newServer(t, says("One.")).client(func(c *Config) { c.Tally = store })
	if _, _, err := write(t.Context(), c); err != nil || store.reads != 0 {
		t.Errorf("Write without a limit = %v after %d reads of the store, want none", err, store.reads)
	}
}

// TestShape has servers refuse parts of the call, which are then left out, at once and
// from then on.
func TestShape(t *testing.T) {
	refuse := func(has func(map[string]any) bool, said string) func(*server) reply {
		return func(s *server) reply {
			return func(w http.ResponseWriter, r *http.Request) {
				asked := s.requests()
				if has(asked[len(asked)-1].body) {
					refuses(400, said)(w, r)
					return
				}
				says("One.")(w, r)
			}
		}
	}
	part := func(name string) func(map[string]any) bool {
		return func(b map[string]any) bool { return b[name] != nil }
	}
	for _, test := range []struct {
		name  string
		reply func(*server) reply
	}{
		{"schema", refuse(part("response_format"), `{"error":{"message":"This response_format type is unavailable now"}}`)},
		{"bounds", refuse(hasBounds, `{"error":{"message":"Invalid schema for response_format 'test': 'maxLength' is not permitted"}}`)},
		{"schema, by nothing said", refuse(part("response_format"), `bad request`)},
		{"limit", refuse(part("max_tokens"), `{"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.","param":"max_tokens"}}`)},
		{"temperature", refuse(part("temperature"), `{"error":{"message":"Unsupported value: 'temperature'"}}`)},
		{"usage", refuse(part("stream_options"), `{"detail":[{"loc":["body","stream_options"]}]}`)},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, nil)
				s.replies = []reply{test.reply(s)}
				c := s.client(nil)
				for i, calls := range []int{2, 3, 4} {
					if text, _, err := write(t.Context(), c); text != "One." || err != nil || len(s.requests()) != calls {
						t.Fatalf("Write %d = %q, %v after %d calls, want the text after %d", i, text, err, len(s.requests()), calls)
					}
				}
			})
		})
	}
}

// hasBounds reports whether the schema of a call says how long something may be.
func hasBounds(body map[string]any) bool {
	text, _ := json.Marshal(body["response_format"]) // it came from JSON
	return bytes.Contains(text, []byte("maxLength")) || bytes.Contains(text, []byte("maxItems"))
}

// TestShapeKeepsTheSchema has a server refuse bounds in a schema: nothing else of the
// schema is left out. Azure is not asked with them.
func TestShapeKeepsTheSchema(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, refuses(400, `{"error":{"message":"output_config.format.schema: property 'maxItems' is not supported"}}`), says("One."))
		if _, _, err := write(t.Context(), s.client(nil)); err != nil {
			t.Fatal(err)
		}
		if asked := s.requests(); len(asked) != 2 || !hasBounds(asked[0].body) || hasBounds(asked[1].body) || asked[1].body["response_format"] == nil {
			t.Errorf("the server was asked with %v, want a schema with bounds and then one without", asked)
		}
		s = newServer(t, says("One."))
		if _, _, err := write(t.Context(), s.client(func(c *Config) { c.APIType = Azure })); err != nil {
			t.Fatal(err)
		}
		if body := s.requests()[0].body; hasBounds(body) || body["response_format"] == nil {
			t.Errorf("Azure was asked with %v, want a schema without bounds", body)
		}
	})
	const form = `{"additionalProperties":false,"properties":{"a":{"items":{"type":"string"},"type":"array"}},"type":"object"}`
	if got := string(unbounded([]byte(`{"type":"object","properties":{"a":{"type":"array","maxItems":2,"items":{"type":"string","maxLength":9}}},"additionalProperties":false}`))); got != form {
		t.Errorf("unbounded(a schema) = %s, want %s", got, form)
	}
	if got := string(unbounded([]byte("{"))); got != "{" {
		t.Errorf("unbounded(no schema) = %s, want it as it is", got)
	}
}

// TestLongestReply holds what an answer may take to the longest that one of the article
// can be: its three longest sentences, each with itself as its quote.
func TestLongestReply(t *testing.T) {
	article, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	var sentences []string
	for _, p := range article.Passages.All() {
		for i := range p.Sentences {
			sentences = append(sentences, p.SentenceText(i))
		}
	}
	slices.SortFunc(sentences, func(a, b string) int { return len(b) - len(a) })
	type object = map[string]any
	var list []object
	for _, s := range sentences[:3] {
		list = append(list, object{"text": s, "citations": []object{{"id": "nato-360#p10", "quote": s}}})
	}
	text, err := json.Marshal(object{"answerable": true, "sentences": list})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(slog.New(slog.DiscardHandler), Config{BaseURL: "http://model.example/v1", Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	most := prompts.Answer{}.Prompt().MaxTokens
	if n := c.Tokens(string(text)); 8*n/7 > most || 2*n < most {
		t.Errorf("the longest reply is %d tokens of the %d that an answer may take, want a seventh less at least, and half of it at the least", n, most)
	}
}

// TestFaultIs holds the faults to the bot's words for them.
func TestFaultIs(t *testing.T) {
	words := []error{bot.ErrLate, bot.ErrBusy, bot.ErrSpent, bot.ErrDeclined, bot.ErrTooLong, bot.ErrUnfinished, bot.ErrCut, bot.ErrUnreached}
	for kind, want := range map[Kind]error{
		Unreached: bot.ErrUnreached, Slow: bot.ErrLate, Busy: bot.ErrBusy, Cut: bot.ErrCut, Endless: bot.ErrUnfinished, Declined: bot.ErrDeclined,
		TooLong: bot.ErrTooLong, Spent: bot.ErrSpent, Resting: bot.ErrUnreached, Rejected: nil, Broken: nil, Given: nil,
	} {
		err := fmt.Errorf("write: %w", &Fault{Kind: kind})
		for _, w := range words {
			if errors.Is(err, w) != (w == want) {
				t.Errorf("a fault %s is %q: %t", kind, w, errors.Is(err, w))
			}
		}
	}
}

// TestShapeHeld has a server refuse a call after it has taken a schema before: the
// schema cannot be why.
func TestShapeHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, says("One."), refuses(400, "bad request"), says("Two."))
		c := s.client(nil)
		if _, _, err := write(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if _, _, err := write(t.Context(), c); kindOf(t, err) != Rejected || len(s.requests()) != 2 {
			t.Errorf("Write = %v after %d calls, want rejected after 2", err, len(s.requests()))
		}
		if !c.Stats().Schema {
			t.Error("Stats().Schema = false, want true")
		}
	})
}

func TestAzure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, says("One."))
		c := s.client(func(c *Config) { c.APIType, c.BaseURL, c.Model = Azure, "http://name.example/", "my-gpt.4" })
		if _, _, err := write(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		got := s.requests()[0]
		if want := "/openai/deployments/my-gpt.4/chat/completions?api-version=" + azureVersion; got.path != want {
			t.Errorf("the call went to %s, want %s", got.path, want)
		}
		if got.header.Get("api-key") != testKey || got.header.Get("Authorization") != "" {
			t.Error("the key is not in Azure's header, or not there alone")
		}
	})
}

func TestReasoningModels(t *testing.T) {
	for _, model := range []string{"o3-mini", "gpt-5.2", "gpt-6-sol"} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, says("One."))
			if _, _, err := write(t.Context(), s.client(func(c *Config) { c.Model = model })); err != nil {
				t.Fatalf("%s: Write = %v, want the text", model, err)
			}
			if b := s.requests()[0].body; b["max_completion_tokens"] == nil || b["temperature"] != nil {
				t.Errorf("%s is asked with %v, want max_completion_tokens and no temperature", model, b)
			}
		})
	}
}

func TestModelNameIsNotTheServersToWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			event(w, `{"model":"<!channel> @everyone","choices":[{"index":0,"delta":{"content":"One."}}]}`)
			finish(w, "stop")
			event(w, `{"choices":[],"usage":{"prompt_tokens":-5,"completion_tokens":2000000000}}`)
			event(w, "[DONE]")
		}).client(nil)
		_, use, err := write(t.Context(), c)
		if err != nil || strings.Contains(use.Model, "@") || use.Prompt < 1 || use.Completion > 10 {
			t.Errorf("Write's usage = %+v, %v, want no such name and no such numbers", use, err)
		}
	})
}

// TestConnectionIsUsedAgain is over TCP.
func TestConnectionIsUsedAgain(t *testing.T) {
	remotes := map[string]bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remotes[r.RemoteAddr] = true
		says("One.")(w, r)
	}))
	defer srv.Close()
	c, err := New(slog.New(slog.DiscardHandler), Config{BaseURL: srv.URL + "/v1", Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, _, err := write(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if len(remotes) != 1 {
		t.Errorf("three calls took %d connections, want 1", len(remotes))
	}
}

// TestClosedConnection has a server close the connections that it had kept, as it may
// at any time. It is over TCP.
func TestClosedConnection(t *testing.T) {
	var seen sync.Map // by the client's address
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, again := seen.LoadOrStore(r.RemoteAddr, true); again {
			panic(http.ErrAbortHandler)
		}
		says("One.")(w, r)
	}))
	defer srv.Close()
	c, err := New(slog.New(slog.DiscardHandler), Config{BaseURL: srv.URL, Model: "m", Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, _, err := write(t.Context(), c); err != nil {
			t.Errorf("Write %d = %v, want the text, on a new connection", i, err)
		}
	}
}

func TestUnreached(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	c, err := New(slog.New(slog.DiscardHandler), Config{BaseURL: srv.URL, Model: "m", Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = write(t.Context(), c)
	if kindOf(t, err) != Unreached || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("Write = %v, want unreached, without the address", err)
	}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		reply reply
		ok    bool
		want  string
	}{
		{says(`{"ok":`, `true}`), true, "The model server keeps to a JSON schema."},
		{says("Sure! Here it is"), true, "does not keep to it"},
		{refuses(401, ""), false, "check OPENAI_API_KEY"},
		{breaks(nil), false, "could not be reached"},
	} {
		synctest.Test(t, func(t *testing.T) {
			found := newServer(t, test.reply).client(nil).Check(t.Context())
			last := found[len(found)-1]
			if last.OK != test.ok || !strings.Contains(last.What, test.want) {
				t.Errorf("Check = %+v, want %t and %q", found, test.ok, test.want)
			}
		})
	}
}
