package ledger

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
)

// words is in everything that people say in these tests. It must not come out in a
// log or an error.
const words = "c4nary"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		childMain(path)
		return
	}
	code := m.Run()
	stopServer()
	os.Exit(code)
}

// onBoth runs a test on a new ledger of each kind.
func onBoth(t *testing.T, f func(t *testing.T, place string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, filepath.Join(t.TempDir(), "ledger.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, newSchema(t)) })
}

// opened opens the ledger at a place, like one process. Its log may not hold words.
func opened(t testing.TB, place string, opts Options) *Ledger {
	t.Helper()
	log := new(buffer)
	l, err := Open(t.Context(), slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug - 100})), place, opts)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		l.Close()
		if strings.Contains(log.String(), words) {
			t.Errorf("the log holds what people wrote:\n%s", log)
		}
	})
	return l
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// clock is a clock that the test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// at returns an errand that was accepted at a time.
func at(c *clock, key string) bot.Errand {
	return bot.Errand{
		Key: key, Adapter: "chat", Address: []byte(`{"channel": "C1", "user":"U1"}`), Accepted: c.now(), Attempt: 1, State: bot.Open,
		Question: bot.Question{ID: "q-" + key, Text: words + " what about " + key + "?", Asker: "U1", Conversation: "C1", Language: "en"},
	}
}

// said returns an answer that echoes its question wherever an answer can.
func said(e bot.Errand) bot.Answer {
	return bot.Answer{
		ID: e.Question.ID, Question: e.Question.Text, Kind: bot.KindCheck, Language: "en", Mode: "keyword", Status: bot.Answered,
		Text: "On " + e.Question.Text + ": yes [¶5]", Understood: "and " + e.Question.Text, Confidence: 0.75, Threshold: 0.5,
		Sentences: []bot.Sentence{{Text: e.Question.Text, Citations: []string{"d#p5"}, Verdict: bot.Quoted, Reason: words}},
		Citations: []bot.Citation{{ID: "d#p5", Label: "¶5", Document: "d", Quote: "the material's own", Start: 3, End: 21}},
		Missing:   []string{words}, Reasons: []string{"it says " + words}, Verdict: bot.Supported,
		Material: bot.Material{Version: "sha256:1", Documents: 1}, Timing: bot.Timing{Retrieve: 0.125, Write: 0.25},
	}
}

// The helpers below are steps that must succeed.

func accept(t testing.TB, l *Ledger, e bot.Errand, owner string) {
	t.Helper()
	if fresh, err := l.Accept(t.Context(), e, owner, time.Minute); err != nil || !fresh {
		t.Fatalf("Accept(%s) = %v, %v, want true, nil", e.Key, fresh, err)
	}
}

func claim(t testing.TB, l *Ledger, owner string, n int) []bot.Errand {
	t.Helper()
	es, err := l.Claim(t.Context(), owner, n, time.Minute)
	if err != nil {
		t.Fatalf("Claim(%s): %v", owner, err)
	}
	return es
}

// claims checks what can be claimed: "key/attempt/revision/state key/…".
func claims(t testing.TB, l *Ledger, owner, want string) []bot.Errand {
	t.Helper()
	es := claim(t, l, owner, 100)
	var got []string
	for _, e := range es {
		got = append(got, fmt.Sprintf("%s/%d/%d/%s", e.Key, e.Attempt, e.Revision, e.State))
	}
	if g := strings.Join(got, " "); g != want {
		t.Fatalf("Claim(%s) = %q, want %q", owner, g, want)
	}
	return es
}

func done(t testing.TB, l *Ledger, e bot.Errand, owner string, a bot.Answer, posted string, want bool) {
	t.Helper()
	if ok, err := l.Done(t.Context(), e, owner, a, posted); err != nil || ok != want {
		t.Fatalf("Done(%s, %s) = %v, %v, want %v, nil", e.Key, owner, ok, err, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answered has an errand accepted and closed.
func answered(t testing.TB, l *Ledger, e bot.Errand) {
	t.Helper()
	accept(t, l, e, "a")
	done(t, l, e, "a", said(e), "post-"+e.Key, true)
}

func turns(t testing.TB, l *Ledger, conversation string, limit int) string {
	t.Helper()
	ts, err := l.Turns(t.Context(), conversation, limit)
	must(t, err)
	var ids []string
	for _, turn := range ts {
		ids = append(ids, turn.Question.ID)
	}
	return strings.Join(ids, " ")
}

func errand(t testing.TB, l *Ledger, key string) (bot.Errand, bot.Answer) {
	t.Helper()
	e, a, ok, err := l.Errand(t.Context(), key)
	if err != nil || !ok {
		t.Fatalf("Errand(%s) = %v, %v, want it", key, ok, err)
	}
	return e, a
}
