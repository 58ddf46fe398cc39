package llm

import (
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
	"time"

	"footnote/bot"
	"footnote/prompts"
)

// server is a model server whose n-th reply, from 0, is replies[n], and the last for
// all further ones. It listens in memory, so that it works in a bubble of synctest,
// whose clock all its timeouts run by.
type server struct {
	t       *testing.T
	mu      sync.Mutex
	asked   []request
	replies []reply
	conns   chan net.Conn
	closed  chan struct{}
}

// request is what a server was asked.
type request struct {
	path   string
	header http.Header
	body   map[string]any
	at     time.Time
}

// reply writes a reply.
type reply func(w http.ResponseWriter, r *http.Request)

func newServer(t *testing.T, replies ...reply) *server {
	s := &server{t: t, replies: replies, conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Handler: s, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = srv.Serve(s)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-over
	})
	return s
}

// Accept, Close and Addr make the server a listener.
func (s *server) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

func (s *server) Addr() net.Addr { return &net.TCPAddr{} }

func (s *server) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case s.conns <- there:
		return here, nil
	case <-s.closed:
		return nil, errors.New("closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ask := request{path: r.URL.RequestURI(), header: r.Header.Clone(), at: time.Now()}
	if err := json.NewDecoder(r.Body).Decode(&ask.body); err != nil {
		s.t.Errorf("the server got what is no JSON: %v", err)
	}
	s.mu.Lock()
	n := len(s.asked)
	s.asked = append(s.asked, ask)
	s.mu.Unlock()
	s.replies[min(n, len(s.replies)-1)](w, r)
}

func (s *server) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.asked...)
}

// client returns a client of the server.
func (s *server) client(change func(*Config)) *Client {
	s.t.Helper()
	tr := &http.Transport{DialContext: s.dial}
	s.t.Cleanup(tr.CloseIdleConnections)
	conf := Config{BaseURL: "http://model.example/v1", Key: testKey, Model: "test-model", Transport: tr}
	if change != nil {
		change(&conf)
	}
	c, err := New(slog.New(slog.DiscardHandler), conf)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

const testKey = "sk-test-NEVER-SHOWN"

var testPrompt = prompts.Prompt{
	Name: "test", Version: "1", System: "PASSAGES-NEVER-SHOWN", User: "QUESTION-NEVER-SHOWN", MaxTokens: 100,
	Schema: json.RawMessage(`{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","maxLength":9},"maxItems":3}}}`),
}

// event is one event of a stream.
func event(w http.ResponseWriter, data string) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, "data: %s\n\n", data)
	w.(http.Flusher).Flush()
}

// delta is an event with text.
func delta(w http.ResponseWriter, text string) {
	quoted, _ := json.Marshal(text)
	event(w, fmt.Sprintf(`{"model":"served-model","choices":[{"index":0,"delta":{"content":%s}}]}`, quoted))
}

// finish is the event that says why a text ended.
func finish(w http.ResponseWriter, why string) {
	event(w, fmt.Sprintf(`{"model":"served-model","choices":[{"index":0,"delta":{},"finish_reason":%q}]}`, why))
}

// total is the last event, which has no choices.
func total(w http.ResponseWriter) {
	event(w, `{"model":"served-model","choices":[],"usage":{"prompt_tokens":40,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":32}}}`)
	event(w, "[DONE]")
}

// says replies with a whole text.
func says(parts ...string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, p := range parts {
			delta(w, p)
		}
		finish(w, "stop")
		total(w)
	}
}

// refuses replies with an error.
func refuses(status int, body string, header ...string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// hangs replies with nothing more after what first writes, until the client has gone.
func hangs(first reply) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		if first != nil {
			first(w, r)
		}
		<-r.Context().Done()
	}
}

// breaks ends the connection in the middle after what first writes.
func breaks(first reply) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		if first != nil {
			first(w, r)
		}
		panic(http.ErrAbortHandler)
	}
}

// write makes one call and returns the text that came.
func write(ctx context.Context, c *Client) (string, bot.Usage, error) {
	var text strings.Builder
	use, err := c.Write(ctx, testPrompt, func(d string) error {
		text.WriteString(d)
		return nil
	})
	return text.String(), use, err
}

// kindOf returns the kind of a fault, "" for no error.
func kindOf(t *testing.T, err error) Kind {
	t.Helper()
	if err == nil {
		return ""
	}
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("the error %v is no Fault", err)
	}
	return f.Kind
}
