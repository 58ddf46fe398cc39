package discordbot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest"
	"footnote/bot/bottest/fakediscord"
)

// The words of questions and answers in these tests, none of which may be logged.
const (
	canary = "quetzalcoatlus"
	north  = "The melting ice opens the northern routes."
	south  = "The southern belt is in drought."
)

// store is a ledger in memory with settings.
type store struct {
	*bottest.Ledger
	mu       sync.Mutex
	values   map[string]string
	broken   error // what every Accept returns, if not nil
	slow     error // the same, though the errand is kept
	unread   error // what every Turns returns, if not nil
	feedback []bot.Feedback
}

func newStore() *store { return &store{Ledger: bottest.NewLedger(), values: make(map[string]string)} }

func (s *store) breaks(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

func (s *store) Accept(ctx context.Context, e bot.Errand, owner string, lease time.Duration) (bool, error) {
	s.mu.Lock()
	err, slow := s.broken, s.slow
	s.mu.Unlock()
	if err != nil {
		return false, err
	}
	if slow != nil {
		if _, err := s.Ledger.Accept(ctx, e, "", 0); err != nil { // for who looks next
			return false, err
		}
		return false, slow
	}
	return s.Ledger.Accept(ctx, e, owner, lease)
}

func (s *store) tells(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow = err
}

func (s *store) unreadable(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread = err
}

func (s *store) Turns(ctx context.Context, conversation string, limit int) ([]bot.Turn, error) {
	s.mu.Lock()
	err := s.unread
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.Ledger.Turns(ctx, conversation, limit)
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

func (s *store) Swap(_ context.Context, place, name, old, value string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values[place+" "+name] != old {
		return false, nil
	}
	s.values[place+" "+name] = value
	return true, nil
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

// world is a server with the bot in it.
type world struct {
	t        *testing.T
	fake     *fakediscord.Server
	general  string // a text channel
	bot      *Bot
	service  *bot.Service
	store    *store
	answerer *bottest.Answerer
	log      *bottest.Log
	logs     func() string // where the bot logs
	web      *httptest.Server
	places   map[string]bool // channels in which something was said
	marks    int
}

// setup says how a world is.
type setup struct {
	fake   fakediscord.Config
	asker  bot.Asker // nil: one that knows north and south
	change func(*Config)
	limits bot.Limits
	http   bool // interactions come by HTTP
	unsafe []string
}

// open makes a world, and checks when the test ends that nothing that was sent was
// against the rules, and that nothing secret was logged.
func open(t *testing.T, s setup) *world {
	t.Helper()
	t.Parallel() // most of the time is spent waiting
	w := newWorld(t, s.fake)
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
	w.make(log, s.asker, s.change, s.http)
	w.run(s.http, w.service.Run, w.bot.Run)
	t.Cleanup(func() { w.clean(s.unsafe) })
	return w
}

// newWorld returns a world without a bot.
func newWorld(t *testing.T, conf fakediscord.Config) *world {
	w := &world{t: t, fake: fakediscord.New(t, conf), store: newStore(), answerer: &bottest.Answerer{}, log: &bottest.Log{}, places: make(map[string]bool)}
	w.logs = w.log.String
	t.Cleanup(func() {
		for _, v := range w.fake.Violations() {
			t.Errorf("against the schemas: %s", v)
		}
	})
	w.general = w.fake.AddChannel(fakediscord.Channel{Name: "general"}).ID
	return w
}

// lister answers which directions there are by itself where there are none: an
// answerer would count the question, which the registration of the commands asks.
type lister struct{ bot.Asker }

func (l lister) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	if _, article := l.Asker.(*bot.Bot); !article && q.Kind == bot.KindSummary && q.Text == "" {
		return bot.Answer{}, nil
	}
	return l.Asker.Ask(ctx, q)
}

// make makes the bot.
func (w *world) make(log *slog.Logger, a bot.Asker, change func(*Config), http bool) {
	conf := Config{BotToken: w.fake.BotToken(), APIURL: w.fake.APIURL()}
	if http {
		conf.PublicKey = w.fake.PublicKey()
	}
	if change != nil {
		change(&conf)
	}
	b, err := New(log, w.service, lister{a}, w.store, w.store, conf)
	if err != nil {
		w.t.Fatal(err)
	}
	w.bot = b
	w.service.Attach(b)
}

// run starts what is given, which ends before the world is checked.
func (w *world) run(http bool, runs ...func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	var running sync.WaitGroup
	for _, f := range runs {
		running.Go(func() {
			if err := f(ctx); err != nil {
				w.t.Errorf("Run = %v, want nil", err)
			}
		})
	}
	w.t.Cleanup(func() { cancel(); running.Wait() })
	if http {
		w.web = httptest.NewServer(w.bot.Handler())
		w.t.Cleanup(w.web.Close)
		if err := w.fake.SetInteractionsURL(w.soon(), w.web.URL+PathInteractions); err != nil {
			w.t.Fatalf("SetInteractionsURL: %v; log:\n%s", err, w.log)
		}
	}
	if w.bot.conf.NoGateway {
		w.until("registered commands", func(st fakediscord.State) bool { return len(st.Commands("")) > 0 })
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

// settle waits until everything is delivered, taken in and answered.
func (w *world) settle() {
	w.t.Helper()
	w.delivered()
	if err := w.store.Idle(w.soon()); err != nil {
		w.t.Fatalf("questions are still open: %v; log:\n%s", w.store.States(), w.log)
	}
}

// delivered waits until the bot has taken in all that happened. Discord does not hear
// when it has; but what happens in a channel is taken in in order, so that a last
// event there tells.
func (w *world) delivered() {
	w.t.Helper()
	if err := w.fake.WaitDelivered(w.soon()); err != nil {
		w.t.Fatalf("%v; log:\n%s", err, w.logs())
	}
	if w.bot.conf.NoGateway {
		return
	}
	w.places[w.general] = true
	for _, m := range w.fake.AllMessages() {
		w.places[m.Channel] = true
	}
	for channel := range w.places {
		w.marks++
		mark := message{ID: strconv.Itoa(1000 + w.marks), Channel: channel} // an id that no message has
		w.fake.Inject("MESSAGE_DELETE", fmt.Appendf(nil, `{"id":%q,"channel_id":%q}`, mark.ID, channel))
		w.spin("the end of what happened in "+channel, func() bool { return strings.Contains(w.logs(), `"`+mark.key()+`"`) })
	}
}

// spin waits for something that nobody tells of.
func (w *world) spin(what string, holds func() bool) {
	w.t.Helper()
	for ctx := w.soon(); !holds(); runtime.Gosched() {
		if ctx.Err() != nil {
			w.t.Fatalf("%s did not come; log:\n%s", what, w.logs())
		}
	}
}

// until waits for something to be true of Discord.
func (w *world) until(what string, holds func(fakediscord.State) bool) {
	w.t.Helper()
	if err := w.fake.WaitFor(w.soon(), holds); err != nil {
		w.t.Fatalf("%s: %v; log:\n%s", what, err, w.log)
	}
}

func (w *world) clean(unsafe []string) {
	for _, s := range append([]string{canary, north, south, w.fake.BotToken()}, unsafe...) {
		if strings.Contains(w.log.String(), s) {
			w.t.Errorf("the log holds %q:\n%s", s, w.log)
		}
	}
}

// wantAnswers checks that a question has these answers, one message each.
func (w *world) wantAnswers(id string, texts ...string) []fakediscord.Message {
	w.t.Helper()
	got := w.fake.Answers(id)
	if len(got) != len(texts) {
		w.t.Errorf("%d answers, want %d: %q; log:\n%s", len(got), len(texts), allShown(got), w.log)
		return got
	}
	for i, text := range texts {
		if !strings.Contains(shownBy(got[i]), text) {
			w.t.Errorf("answer %d is %q, want %q in it", i, shownBy(got[i]), text)
		}
	}
	return got
}

// shownBy is a message as it is read.
func shownBy(m fakediscord.Message) string { return readable(m.Shown()) }

func allShown(ms []fakediscord.Message) []string {
	var out []string
	for _, m := range ms {
		out = append(out, shownBy(m))
	}
	return out
}

// readable takes marks out that nobody sees.
func readable(s string) string {
	return strings.NewReplacer("\u200b", "", "\u2060", "", "\u00a0", " ").Replace(s)
}

// sent returns the bot's messages anywhere that stand.
func (w *world) sent() []fakediscord.Message {
	var out []fakediscord.Message
	for _, m := range w.fake.AllMessages() {
		if m.Author == w.fake.UserID() {
			out = append(out, m)
		}
	}
	return out
}

func (w *world) logged(words string) bool { return strings.Contains(w.log.String(), words) }

// pressed returns the custom id of the first thing to press that begins so.
func pressed(t *testing.T, m fakediscord.Message, do string) string {
	t.Helper()
	for _, b := range m.Buttons() {
		if strings.HasPrefix(b.CustomID, do+".") {
			return b.CustomID
		}
	}
	t.Fatalf("nothing to %q among %+v", do, m.Buttons())
	return ""
}
