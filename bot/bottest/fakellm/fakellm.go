// Package fakellm is the room where tests meet a chat model that does its worst: an
// OpenAI-compatible server over real HTTP that answers from the passages it is given,
// or misbehaves in one of the ways of [Behaviours], or obeys every attack it reads.
// It refuses to know the bot, its prompts and its client, so that a mistake in one of
// them shows here: of a prompt it knows only that passages have marks like
// nato-360#p5 and that their text follows on a line of its own. It embeds texts too, by
// the words they have.
//
// What it writes that is false it remembers; see [Exchange.False].
package fakellm

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Config says what kind of server to be. Its zero value is an honest one.
type Config struct {
	// Behave names what the first requests meet, in turn; the last name holds for all
	// that follow. None means Honest.
	Behave []Behaviour
	// Sentences is how many sentences an honest answer has; 2.
	Sentences int
	// NoSchema refuses response_format, as servers without structured output do.
	NoSchema bool
	// Drip is how long SlowDrip waits between characters; 2 ms.
	Drip time.Duration
	// Same are words that mean the same to the embeddings as others, such as those of
	// another language.
	Same map[string]string
	// Flood is how many tokens Flood and FloodOfSentences write; 200,000.
	Flood int
}

// Model is the name of the only model the server has.
const Model = "fake-1"

// Exchange is a request to the chat endpoint, and what was written back.
type Exchange struct {
	Behaviour Behaviour
	Key       string // of the Authorization header
	Stream    bool
	Schema    bool // an answer by a JSON schema was asked for
	Messages  []Message
	Passages  []Passage // read from the messages
	Wrote     string    // the content, whole, as it was to be sent
	False     []Claim   // what of it the passages do not say
	Attack    string    // the id of the attack that was obeyed
	At        time.Time
}

// Message is one message of a prompt.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Claim is a sentence that is false, or, where it has an id, false as that passage's.
type Claim struct {
	Text string
	ID   string
}

// Server is a running fake. All its methods may be called concurrently.
type Server struct {
	cfg  Config
	base string
	http *http.Server
	wg   sync.WaitGroup
	ctx  context.Context // ends when the server closes
	end  context.CancelFunc

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced at each exchange
	exchanges []Exchange
	behave    []Behaviour
	asked     int // requests that have met a behaviour
	embeds    Embeds
	embedded  map[string][]string
}

// New starts a fake that is closed when the test ends. A failure to listen fails the
// test.
func New(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	if cfg.Drip == 0 {
		cfg.Drip = 2 * time.Millisecond
	}
	if cfg.Sentences == 0 {
		cfg.Sentences = 2
	}
	if cfg.Flood == 0 {
		cfg.Flood = 200_000
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("listen for the fake model: %v", err)
	}
	s := &Server{cfg: cfg, base: "http://" + listener.Addr().String() + "/v1", behave: cfg.Behave, changed: make(chan struct{})}
	s.ctx, s.end = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, object{"status": "ok"}) })
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, object{"object": "list", "data": []object{{"id": Model, "object": "model", "created": 1, "owned_by": "nobody"}}})
	})
	mux.HandleFunc("POST /v1/chat/completions", s.chat)
	mux.HandleFunc("POST /v1/embeddings", s.embeddings)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	s.wg.Go(func() { _ = s.http.Serve(listener) })
	tb.Cleanup(s.Close)
	return s
}

// URL is the address to give a client as its base, up to and with /v1.
func (s *Server) URL() string { return s.base }

// Close ends the server at once, in the middle of whatever it does; from then on its
// address refuses connections.
func (s *Server) Close() {
	s.kill()
	s.wg.Wait()
}

// kill is Close for a handler, which cannot wait for itself.
func (s *Server) kill() {
	s.end()
	_ = s.http.Close()
}

// Behave replaces what the next requests meet, as Config.Behave.
func (s *Server) Behave(names ...Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behave, s.asked = names, 0
}

// Exchanges returns all requests so far, in the order of their arrival.
func (s *Server) Exchanges() []Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Exchange(nil), s.exchanges...)
}

// Forget clears the record.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exchanges = nil
}

// WaitFor returns once n requests have come, or ctx has ended.
func (s *Server) WaitFor(ctx context.Context, n int) error {
	for {
		s.mu.Lock()
		have, changed := len(s.exchanges), s.changed
		s.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// next is what the request that has come meets.
func (s *Server) next() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.behave) == 0 {
		return Honest
	}
	b := s.behave[min(s.asked, len(s.behave)-1)]
	s.asked++
	return b
}

func (s *Server) record(e Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exchanges = append(s.exchanges, e)
	close(s.changed)
	s.changed = make(chan struct{})
}

// object is a value of JSON on its way out.
type object map[string]any

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

// fail answers as OpenAI does when it does not answer.
func fail(w http.ResponseWriter, status int, kind, message string) {
	writeJSON(w, status, object{"error": object{"message": message, "type": kind, "code": kind}})
}

// tokens counts as a model would, roughly: four bytes each.
func tokens(text string) int { return (len(strings.TrimSpace(text)) + 3) / 4 }
