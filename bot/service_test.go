package bot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"footnote/bot"
	"footnote/bot/bottest"
)

// wall is an adapter that keeps what was posted, by key.
type wall struct {
	mu        sync.Mutex
	posted    map[string]string
	posts     map[string]int
	fail      []error // of the next deliveries
	withdrawn int
	inside    chan struct{} // closed when a delivery begins
	leave     chan struct{} // it waits for this
	rate      bot.Rate      // deliveries that are taken; N 0 is all
	taken     []time.Time   // within the rate's span
}

func newWall() *wall { return &wall{posted: map[string]string{}, posts: map[string]int{}} }

func (w *wall) Name() string { return "wall" }

func (w *wall) Deliver(ctx context.Context, e bot.Errand, a bot.Answer) (string, error) {
	if w.inside != nil {
		close(w.inside)
		<-w.leave
		w.inside = nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.fail) > 0 {
		err := w.fail[0]
		w.fail = w.fail[1:]
		if err != nil {
			return "", err
		}
	}
	if wait := w.limit(); wait > 0 {
		return "", &bot.Wait{For: wait, Err: errors.New("429")}
	}
	if e.Posted == "" {
		w.posts[e.Key]++
	}
	w.posted[e.Key] = a.Text
	return "m-" + e.Key, nil
}

// limit returns how long a delivery must wait; 0 takes it.
func (w *wall) limit() time.Duration {
	now := time.Now()
	for len(w.taken) > 0 && now.Sub(w.taken[0]) >= w.rate.In {
		w.taken = w.taken[1:]
	}
	if w.rate.N > 0 && len(w.taken) >= w.rate.N {
		return w.rate.In - now.Sub(w.taken[0])
	}
	w.taken = append(w.taken, now)
	return 0
}

func (w *wall) Withdraw(ctx context.Context, e bot.Errand) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.withdrawn++
	delete(w.posted, e.Key)
	return nil
}

func (w *wall) text(key string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.posted[key]
}

func (w *wall) count(key string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.posts[key]
}

// pass lets time pass in the test's bubble.
func pass(d time.Duration) { <-time.After(d) }

// world is a service that runs within a test's bubble of time.
type world struct {
	*bot.Service
	wall   *wall
	ledger *bottest.Ledger
	asker  *bottest.Answerer
	log    *strings.Builder
}

func start(t *testing.T, limits bot.Limits) *world {
	w := &world{wall: newWall(), ledger: bottest.NewLedger(), asker: &bottest.Answerer{}, log: &strings.Builder{}}
	w.asker.Say("North", "The Arctic melts.")
	w.asker.Say("South", "The Sahel is unstable.")
	log := slog.New(slog.NewJSONHandler(&locked{w: w.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.Service = bot.NewService(log, w.asker, w.ledger, "one", limits)
	w.Attach(w.wall)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
		if strings.Contains(w.log.String(), "Arctic") || strings.Contains(w.log.String(), "North") {
			t.Errorf("the log has words of a question or an answer: %s", w.log)
		}
	})
	return w
}

type locked struct {
	mu sync.Mutex
	w  *strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func errand(key, text string) bot.Errand {
	return bot.Errand{Key: key, Adapter: "wall", Question: bot.Question{Text: text, Asker: "U1", Conversation: "C1"}}
}

func (w *world) accept(t *testing.T, e bot.Errand) bool {
	t.Helper()
	fresh, err := w.Accept(t.Context(), e)
	if err != nil {
		t.Fatalf("Accept(%s) = %v", e.Key, err)
	}
	return fresh
}

func TestServiceAnswersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{})
		for i := range 5 {
			if fresh := w.accept(t, errand("q1", "What of the North?")); fresh != (i == 0) {
				t.Errorf("Accept, time %d: fresh = %v", i+1, fresh)
			}
		}
		synctest.Wait()
		if got := w.wall.text("q1"); got != "The Arctic melts. [¶1]" || w.wall.count("q1") != 1 {
			t.Errorf("posted %q in %d messages, want the answer in one", got, w.wall.count("q1"))
		}
	})
}

func TestServiceRetriesUntilDelivered(t *testing.T) {
	for name, failures := range map[string][]error{
		"temporary": {errors.New("502"), errors.New("502"), nil},
		"throttled": {&bot.Wait{For: 7 * time.Second, Err: errors.New("429")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, bot.Limits{})
				w.wall.fail = failures
				w.accept(t, errand("q1", "What of the North?"))
				pass(10 * time.Second)
				synctest.Wait()
				if w.wall.count("q1") != 1 {
					t.Errorf("posted %d times, want once", w.wall.count("q1"))
				}
			})
		})
	}
}

// A crowd asks where only five answers go out in five seconds: each gets one, however
// often it had to wait.
func TestServiceBurst(t *testing.T) {
	const crowd = 150
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{Place: bot.Rate{N: crowd, In: time.Minute}})
		w.wall.rate = bot.Rate{N: 5, In: 5 * time.Second}
		for i := range crowd {
			e := errand(fmt.Sprint("q", i), "What of the North?")
			e.Question.Place, e.Question.Asker, e.Question.Conversation = "C1", fmt.Sprint("U", i), fmt.Sprint("thread ", i)
			w.accept(t, e)
		}
		pass(5 * time.Minute)
		synctest.Wait()
		for i := range crowd {
			if n := w.wall.count(fmt.Sprint("q", i)); n != 1 {
				t.Errorf("question %d was answered %d times, want once", i, n)
			}
		}
		if n := w.ledger.States()[bot.Open]; n != 0 {
			t.Errorf("%d questions are open after five minutes, want none", n)
		}
	})
}

// What fails is given up after so many tries, between which waits don't count; and what
// only ever waits, after an hour.
func TestServiceGivesUp(t *testing.T) {
	wait := &bot.Wait{For: time.Second, Err: errors.New("429")}
	for _, c := range []struct {
		name    string
		err     func(n int) error // of a try, from 0
		least   int               // tries
		most    int
		atLeast time.Duration
	}{
		{"fails", func(int) error { return errors.New("502") }, 12, 12, time.Minute},
		{"waits first", func(n int) error {
			if n < 20 {
				return wait
			}
			return errors.New("502")
		}, 32, 32, time.Minute},
		{"only waits", func(int) error { return wait }, 3000, 3700, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, bot.Limits{})
				for n := range 5000 {
					w.wall.fail = append(w.wall.fail, c.err(n))
				}
				w.accept(t, errand("q1", "What of the North?"))
				pass(c.atLeast)
				if n := w.ledger.States()[bot.Open]; n != 1 {
					t.Errorf("%d questions are open after %v, want that it is still tried", n, c.atLeast)
				}
				pass(2 * time.Hour)
				synctest.Wait()
				if n := 5000 - len(w.wall.fail); n < c.least || n > c.most || w.ledger.States()[bot.Closed] != 1 {
					t.Errorf("tried %d times, states %v, want from %d to %d tries and then the end", n, w.ledger.States(), c.least, c.most)
				}
			})
		})
	}
}

func TestServiceGivesUpWhereDeliveryIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{})
		w.wall.fail = []error{fmt.Errorf("post: %w", bot.ErrGone)}
		w.accept(t, errand("q1", "What of the North?"))
		pass(time.Hour)
		synctest.Wait()
		if n := w.ledger.States()[bot.Closed]; n != 1 || w.wall.count("q1") != 0 {
			t.Errorf("closed %d, posted %d, want 1 and 0", n, w.wall.count("q1"))
		}
	})
}

func TestServiceEditsAndWithdraws(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{})
		w.accept(t, errand("q1", "What of the North?"))
		synctest.Wait()
		if err := w.Edit(t.Context(), "q1", "What of the South?", 5*time.Minute); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := w.wall.text("q1"); got != "The Sahel is unstable. [¶1]" || w.wall.count("q1") != 1 {
			t.Errorf("after the edit: %q in %d messages, want the new answer in the old message", got, w.wall.count("q1"))
		}
		pass(6 * time.Minute)
		if err := w.Edit(t.Context(), "q1", "What of the North?", 5*time.Minute); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := w.wall.text("q1"); !strings.Contains(got, "Sahel") {
			t.Errorf("an edit after five minutes changed the answer to %q", got)
		}
		if err := w.Withdraw(t.Context(), "q1"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := w.wall.text("q1"); got != "" || w.wall.withdrawn != 1 {
			t.Errorf("after the withdrawal %q stands, withdrawn %d times", got, w.wall.withdrawn)
		}
	})
}

func TestServiceEditWhileAnswering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{})
		w.wall.inside, w.wall.leave = make(chan struct{}), make(chan struct{})
		w.accept(t, errand("q1", "What of the North?"))
		<-w.wall.inside
		if err := w.Edit(t.Context(), "q1", "What of the South?", time.Minute); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		close(w.wall.leave)
		pass(2 * time.Second)
		synctest.Wait()
		if got := w.wall.text("q1"); !strings.Contains(got, "Sahel") || w.wall.count("q1") != 1 {
			t.Errorf("posted %q in %d messages, want the answer to the edited question in one", got, w.wall.count("q1"))
		}
	})
}

func TestServiceTakesOverFromTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{Lease: 30 * time.Second})
		e := errand("q1", "What of the North?")
		e.Accepted, e.Attempt, e.State = time.Now(), 1, bot.Open
		if _, err := w.ledger.Accept(t.Context(), e, "dead", 30*time.Second); err != nil {
			t.Fatal(err)
		}
		pass(20 * time.Second)
		synctest.Wait()
		if w.wall.count("q1") != 0 {
			t.Error("answered while another process holds the question")
		}
		pass(15 * time.Second)
		synctest.Wait()
		if w.wall.count("q1") != 1 {
			t.Errorf("posted %d times after the lease, want once", w.wall.count("q1"))
		}
	})
}

func TestServiceKeepsLeasesAndHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{Lease: 30 * time.Second, Workers: 1})
		w.wall.inside, w.wall.leave = make(chan struct{}), make(chan struct{})
		w.accept(t, errand("q1", "What of the North?"))
		<-w.wall.inside
		pass(5 * time.Minute)
		if got, _ := w.ledger.Claim(t.Context(), "two", 10, time.Minute); len(got) != 0 {
			t.Errorf("another process claimed %d questions that are being answered", len(got))
		}
		close(w.wall.leave)
		synctest.Wait()
		if w.wall.count("q1") != 1 {
			t.Errorf("posted %d times, want once", w.wall.count("q1"))
		}
	})
}

func TestServiceLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{User: bot.Rate{N: 2, In: time.Minute}})
		for i := range 3 {
			w.accept(t, errand(fmt.Sprint("q", i), "What of the North?"))
			synctest.Wait()
		}
		if got := w.wall.text("q2"); !strings.Contains(got, "Ask again in") {
			t.Errorf("the third question got %q, want when to ask again", got)
		}
		pass(61 * time.Second)
		w.accept(t, errand("q3", "What of the North?"))
		synctest.Wait()
		if got := w.wall.text("q3"); !strings.Contains(got, "Arctic") {
			t.Errorf("a minute later the answer is %q", got)
		}
	})
}

func TestServiceSeesTheConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{})
		w.accept(t, errand("q1", "What of the North?"))
		w.accept(t, errand("q2", "And the South?"))
		synctest.Wait()
		asked := w.asker.Asked()
		if len(asked) != 2 || len(asked[1].Before) != 1 || asked[1].Before[0].Question.Text != "What of the North?" {
			t.Errorf("asked %+v, want the second question with the first before it", asked)
		}
	})
}

func TestServiceStrangeAdapterWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{})
		e := errand("q1", "What of the North?")
		e.Adapter = "nobody"
		w.accept(t, e)
		pass(10 * time.Second)
		synctest.Wait()
		if n := w.ledger.States()[bot.Open]; n != 1 {
			t.Errorf("%d questions are open, want the one of the adapter that does not run here", n)
		}
	})
}

func TestServiceLimitsAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, bot.Limits{Place: bot.Rate{N: 2, In: time.Minute}})
		for i := range 3 {
			e := errand(fmt.Sprint("q", i), "What of the North?")
			e.Question.Place, e.Question.Asker, e.Question.Conversation = "C1", fmt.Sprint("U", i), fmt.Sprint("thread ", i)
			w.accept(t, e)
			synctest.Wait()
		}
		if got := w.wall.text("q2"); !strings.Contains(got, "Ask again in") {
			t.Errorf("the third question in the channel got %q, want when to ask again", got)
		}
	})
}
