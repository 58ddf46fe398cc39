package slackbot

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest"
	"footnote/bot/bottest/fakeslack"
)

// The words of questions and answers in these tests, none of which may be logged.
const (
	canary = "quetzalcoatlus"
	north  = "The melting ice opens the northern routes."
	south  = "The southern belt is in drought."
)

// store is a ledger in memory with settings and installations.
type store struct {
	*bottest.Ledger
	mu       sync.Mutex
	values   map[string]string
	secrets  map[string][]byte
	broken   error // what every Accept returns, if not nil
	feedback []bot.Feedback
}

func newStore() *store {
	return &store{Ledger: bottest.NewLedger(), values: make(map[string]string), secrets: make(map[string][]byte)}
}

func (s *store) breaks(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

func (s *store) Accept(ctx context.Context, e bot.Errand, owner string, lease time.Duration) (bool, error) {
	s.mu.Lock()
	err := s.broken
	s.mu.Unlock()
	if err != nil {
		return false, err
	}
	return s.Ledger.Accept(ctx, e, owner, lease)
}

func (s *store) Setting(_ context.Context, place, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[place+" "+name], nil
}

func (s *store) Set(_ context.Context, place, name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[place+" "+name] = value
	return nil
}

func (s *store) SaveInstallation(_ context.Context, _, team string, secret []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[team] = secret
	return nil
}

func (s *store) Installation(_ context.Context, _, team string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.secrets[team]
	return b, ok, nil
}

func (s *store) Installations(context.Context, string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for t := range s.secrets {
		out = append(out, t)
	}
	return out, nil
}

func (s *store) Uninstall(_ context.Context, _, team string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.secrets, team)
	return nil
}

func (s *store) Rate(_ context.Context, f bot.Feedback) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feedback = append(s.feedback, f)
	return nil
}

func (s *store) rated() []bot.Feedback {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]bot.Feedback(nil), s.feedback...)
}

// world is a workspace with the bot in it.
type world struct {
	t        *testing.T
	fake     *fakeslack.Server
	bot      *Bot
	service  *bot.Service
	store    *store
	answerer *bottest.Answerer
	log      *bottest.Log
	web      *httptest.Server
}

// setup says how a world is.
type setup struct {
	fake   fakeslack.Config
	asker  bot.Asker // nil: one that knows north and south
	change func(*Config)
	limits bot.Limits
	http   bool // events come by HTTP
	unsafe []string
}

// open makes a world, and checks when the test ends that nothing that was sent was
// against the rules, and that nothing secret was logged.
func open(t *testing.T, s setup) *world {
	t.Helper()
	t.Parallel() // most of the time is spent waiting
	w := &world{t: t, fake: fakeslack.New(t, s.fake), store: newStore(), answerer: &bottest.Answerer{}, log: &bottest.Log{}}
	w.fake.AddChannel(fakeslack.Channel{ID: "C1", Name: "general"})
	w.answerer.Say("north", north)
	w.answerer.Say("south", south)
	if s.asker == nil {
		s.asker = w.answerer
	}
	if s.limits.Poll == 0 {
		s.limits.Poll = 20 * time.Millisecond
	}
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.service = bot.NewService(log, s.asker, w.store, "test", s.limits)
	conf := Config{BotToken: w.fake.BotToken("T1"), AppToken: w.fake.AppToken(), APIURL: w.fake.APIURL(), Pace: -1}
	if s.http {
		conf.AppToken, conf.SigningSecret = "", w.fake.SigningSecret()
	}
	if s.change != nil {
		s.change(&conf)
	}
	b, err := New(log, w.service, s.asker, w.store, w.store, conf)
	if err != nil {
		t.Fatal(err)
	}
	w.bot = b
	w.service.Attach(b)
	w.run(s)
	t.Cleanup(func() { w.clean(s.unsafe) })
	return w
}

// run starts the bot and its service, which end before the world is checked.
func (w *world) run(s setup) {
	ctx, cancel := contextFor(w.t)
	var running sync.WaitGroup
	for name, f := range map[string]func(context.Context) error{"service": w.service.Run, "bot": w.bot.Run} {
		running.Go(func() {
			if err := f(ctx); err != nil {
				w.t.Errorf("%s: Run = %v, want nil", name, err)
			}
		})
	}
	w.t.Cleanup(func() { cancel(); running.Wait() })
	if s.http {
		w.web = httptest.NewServer(w.bot.Handler())
		w.t.Cleanup(w.web.Close)
		w.fake.DeliverHTTP(fakeslack.Endpoints{Events: w.web.URL + PathEvents, Commands: w.web.URL + PathCommands, Interactivity: w.web.URL + PathInteractivity})
		return
	}
	if err := w.fake.WaitConnected(w.soon(), 1); err != nil {
		w.t.Fatalf("the bot does not connect: %v; log:\n%s", err, w.log)
	}
}

// soon is how long anything may take that must happen.
func (w *world) soon() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

// settle waits until everything is delivered and answered.
func (w *world) settle() {
	w.t.Helper()
	if err := w.fake.WaitDelivered(w.soon()); err != nil {
		w.t.Fatalf("%v; log:\n%s", err, w.log)
	}
	if err := w.store.Idle(w.soon()); err != nil {
		w.t.Fatalf("questions are still open: %v; log:\n%s", w.store.States(), w.log)
	}
}

// spin waits for something that nobody tells of.
func (w *world) spin(what string, holds func() bool) {
	w.t.Helper()
	for ctx := w.soon(); !holds(); runtime.Gosched() {
		if ctx.Err() != nil {
			w.t.Fatalf("%s did not come; log:\n%s", what, w.log)
		}
	}
}

// until waits for something to be true of Slack.
func (w *world) until(what string, holds func(fakeslack.State) bool) {
	w.t.Helper()
	if err := w.fake.WaitFor(w.soon(), holds); err != nil {
		w.t.Fatalf("%s: %v; log:\n%s", what, err, w.log)
	}
}

func (w *world) clean(unsafe []string) {
	t := w.t
	for _, v := range w.fake.Violations() {
		t.Errorf("against the schemas: %s", v)
	}
	id, secret := w.fake.Client()
	_ = id
	for _, s := range append([]string{canary, north, south, w.fake.BotToken("T1"), "xoxb-", "xapp-", w.fake.SigningSecret(), secret, "/respond/", "/link?"}, unsafe...) {
		if s != "" && strings.Contains(w.log.String(), s) {
			t.Errorf("the log holds %q:\n%s", s, w.log)
		}
	}
}

// wantReplies checks that the bot's messages in a thread hold each text once, and
// nothing else of the two.
func (w *world) wantReplies(channel, ts string, texts ...string) []fakeslack.Message {
	w.t.Helper()
	got := w.fake.Replies(channel, ts)
	if len(got) != len(texts) {
		w.t.Errorf("%d replies, want %d; log:\n%s", len(got), len(texts), w.log)
		return got
	}
	for i, text := range texts {
		if !strings.Contains(shown(got[i]), text) {
			w.t.Errorf("reply %d is %q, want %q in it", i, shown(got[i]), text)
		}
	}
	return got
}

// shown is a message as it is read.
func shown(m fakeslack.Message) string {
	return strings.NewReplacer("\u2060", "", "\u00a0", " ").Replace(m.AllText())
}

// sent counts the bot's messages anywhere.
func (w *world) sent() int {
	n := 0
	for _, m := range w.fake.AllMessages() {
		if m.Via != "" && m.Via != "slack" {
			n++
		}
	}
	return n
}

func (w *world) logged(words string) bool { return strings.Contains(w.log.String(), words) }

// button returns the action id of the first element that begins so.
func button(t *testing.T, buttons []fakeslack.Button, do string) string {
	t.Helper()
	for _, b := range buttons {
		if strings.HasPrefix(b.ActionID, do+".") {
			return b.ActionID
		}
	}
	t.Fatalf("no button %q among %+v", do, buttons)
	return ""
}

// get fetches a page without following redirects.
func get(t *testing.T, address string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// contextFor returns a context that the test ends itself.
func contextFor(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithoutCancel(t.Context()))
}
