package llm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"footnote/retrieval/vector"
)

// embeds replies with vectors, in the JSON of one or more pairs of an index and numbers.
func embeds(data ...string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"object":"list","model":"served","data":[%s],"usage":{"prompt_tokens":3,"total_tokens":3}}`, strings.Join(data, ","))
	}
}

// numbered is one vector of a reply.
func numbered(index int, numbers string) string {
	return fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[%s]}`, index, numbers)
}

// embedder returns an embedder of the server.
func (s *server) embedder(change func(*EmbedConfig)) *Embedder {
	s.t.Helper()
	tr := &http.Transport{DialContext: s.dial}
	s.t.Cleanup(tr.CloseIdleConnections)
	conf := EmbedConfig{BaseURL: "http://model.example/v1", Key: testKey, Passage: "for-passages", Query: "for-queries", Transport: tr}
	if change != nil {
		change(&conf)
	}
	e, err := NewEmbedder(slog.New(slog.DiscardHandler), conf)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

func TestEmbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, embeds(numbered(1, "0,2"), numbered(0, "1,0.5")))
		e := s.embedder(nil)
		got, err := e.Embed(t.Context(), vector.Passage, []string{"one", "two"})
		if err != nil || fmt.Sprint(got) != "[[1 0.5] [0 2]]" {
			t.Fatalf("Embed = %v, %v, want the vectors in the order of the texts", got, err)
		}
		if _, err := e.Embed(t.Context(), vector.Query, []string{"one", "two"}); err != nil {
			t.Fatal(err)
		}
		asked := s.requests()
		if a := asked[0]; a.path != "/v1/embeddings" || a.header.Get("Authorization") != "Bearer "+testKey || fmt.Sprint(a.body["input"]) != "[one two]" || a.body["model"] != "for-passages" {
			t.Errorf("the call was %s %v, want the texts to the model for passages, with the key", a.path, a.body)
		}
		if m := asked[1].body["model"]; m != "for-queries" {
			t.Errorf("questions go to %v, want the model for questions", m)
		}
		if m := e.Model(); m != "for-passages for for-queries" {
			t.Errorf("Model() = %q, want both names", m)
		}
		if got, err := e.Embed(t.Context(), vector.Query, nil); got != nil || err != nil || len(s.requests()) != 2 {
			t.Errorf("Embed of nothing = %v, %v, want no call", got, err)
		}
	})
}

// TestEmbedFaults has a server fail in each way: nothing of what it says is told on.
func TestEmbedFaults(t *testing.T) {
	const secret = "SAID-BY-THE-SERVER"
	for _, test := range []struct {
		name  string
		reply reply
		kind  Kind
		calls int
	}{
		{"500", refuses(500, secret), Broken, 2},
		{"429", refuses(429, `{"error":{"message":"`+secret+`"}}`), Busy, 2},
		{"401", refuses(401, `{"error":{"message":"`+testKey+secret+`"}}`), Rejected, 1},
		{"404", refuses(404, secret), Rejected, 1},
		{"moved", refuses(302, secret, "Location", "http://elsewhere.example/v1"), Rejected, 1},
		{"a page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<p>"+secret)
		}, Rejected, 1},
		{"a stream", says(secret), Rejected, 1},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "{"+secret)
		}, Broken, 2},
		{"cut", breaks(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"data":[`)
			_ = http.NewResponseController(w).Flush() // the client may be gone
		}), Broken, 2},
		{"too few", embeds(), Broken, 1},
		{"too many", embeds(numbered(0, "1"), numbered(1, "1")), Broken, 1},
		{"another's number", embeds(numbered(3, "1")), Broken, 1},
		{"empty", embeds(numbered(0, "")), Broken, 1},
		{"zero", embeds(numbered(0, "0,0,0")), Broken, 1},
		{"huge", embeds(numbered(0, "1e38,1e38,3e38,3e38")), "", 1},
		{"not a number", embeds(numbered(0, `"NaN"`)), Broken, 2},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for line := []byte(strings.Repeat(" ", 64<<10)); r.Context().Err() == nil; {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}, Endless, 1},
		{"silence", hangs(nil), Slow, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s := newServer(t, test.reply)
				e := s.embedder(nil)
				e.log = slog.New(slog.NewTextHandler(&log, nil))
				began := time.Now()
				got, err := e.Embed(t.Context(), vector.Query, []string{"QUESTION-NEVER-SHOWN"})
				if k := kindOf(t, err); k != test.kind || len(s.requests()) != test.calls || (got == nil) != (err != nil) {
					t.Errorf("Embed = %v, %s (%v) after %d calls, want %s after %d", got, k, err, len(s.requests()), test.kind, test.calls)
				}
				if d := time.Since(began); d > 2*time.Second {
					t.Errorf("Embed of a question took %v, want 2 s at most", d)
				}
				for _, never := range []string{secret, testKey, "NEVER-SHOWN", "model.example"} {
					if err != nil && strings.Contains(err.Error(), never) || strings.Contains(log.String(), never) {
						t.Errorf("%q is in the error %v or the log %q", never, err, log.String())
					}
				}
			})
		})
	}
}

func TestEmbedWaitsForPassages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, refuses(429, "{}", "Retry-After", "20"), refuses(500, ""), refuses(500, ""), embeds(numbered(0, "1")))
		got, err := s.embedder(nil).Embed(t.Context(), vector.Passage, []string{"one"})
		if err != nil || len(got) != 1 {
			t.Errorf("Embed of a passage = %v, %v, want the fourth reply", got, err)
		}
	})
}

// TestEmbedRests has a server fail until it is left alone: questions cost nothing then.
func TestEmbedRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replies := make([]reply, fallsAt+1)
		for i := range replies {
			replies[i] = hangs(nil)
		}
		replies[fallsAt] = embeds(numbered(0, "1"))
		s := newServer(t, replies...)
		e := s.embedder(nil)
		for range fallsAt {
			if _, err := e.Embed(t.Context(), vector.Query, []string{"one"}); kindOf(t, err) != Slow {
				t.Fatalf("Embed = %v, want slow", err)
			}
		}
		began := time.Now()
		if _, err := e.Embed(t.Context(), vector.Query, []string{"one"}); kindOf(t, err) != Resting || time.Since(began) > 0 {
			t.Errorf("Embed = %v after %v, want resting at once", err, time.Since(began))
		}
		<-time.After(restsFor + 1) // the bubble's clock
		if _, err := e.Embed(t.Context(), vector.Query, []string{"one"}); err != nil {
			t.Errorf("Embed after the rest = %v, want a vector", err)
		}
	})
}

func TestEmbedGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newServer(t, hangs(nil)).embedder(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := e.Embed(ctx, vector.Query, []string{"one"}); !errors.Is(err, context.DeadlineExceeded) || kindOf(t, err) != Slow {
			t.Errorf("Embed to a deadline = %v, want slow, by the context", err)
		}
	})
}

func TestEmbedConfig(t *testing.T) {
	for _, test := range []struct {
		conf EmbedConfig
		want string // in the error; "" for none
	}{
		{EmbedConfig{Key: "k", Passage: "m"}, ""},
		{EmbedConfig{Key: "k", Query: "m"}, ""},
		{EmbedConfig{BaseURL: "http://127.0.0.1:1/v1", Passage: "m"}, ""},
		{EmbedConfig{Passage: "m"}, "FOOTNOTE_EMBED_API_KEY must be set, or FOOTNOTE_EMBED_BASE_URL"},
		{EmbedConfig{Key: "k"}, "FOOTNOTE_EMBED_PASSAGE_MODEL must be set"},
		{EmbedConfig{Key: "Bearer k", Passage: "m"}, "FOOTNOTE_EMBED_API_KEY has “Bearer”"},
		{EmbedConfig{BaseURL: "http://a/v1/embeddings", Passage: "m"}, "must end before /embeddings"},
		{EmbedConfig{BaseURL: "ftp://a", Passage: "m"}, "FOOTNOTE_EMBED_BASE_URL is not an address"},
	} {
		e, err := NewEmbedder(slog.New(slog.DiscardHandler), test.conf)
		if test.want == "" && (err != nil || e.Model() != "m") || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("NewEmbedder(%+v) = %v, want %q", test.conf, err, test.want)
		}
	}
}
