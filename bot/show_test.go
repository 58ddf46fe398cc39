package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"footnote/bot"
	"footnote/bot/bottest"
)

// board is a wall that shows an answer while it is being written.
type board struct {
	*wall
	mu    sync.Mutex
	shown []int    // how many sentences each time
	fail  error    // of Show
	late  []string // what Deliver is told has been posted
}

func (b *board) Show(ctx context.Context, e bot.Errand, sofar bot.Answer) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = append(b.shown, len(sofar.Sentences))
	return "shown-" + e.Key, b.fail
}

func (b *board) Deliver(ctx context.Context, e bot.Errand, a bot.Answer) (string, error) {
	b.mu.Lock()
	b.late = append(b.late, e.Posted)
	b.mu.Unlock()
	return b.wall.Deliver(ctx, e, a)
}

func TestShow(t *testing.T) {
	for _, test := range []struct {
		name  string
		fail  error
		pause time.Duration // before each step
		want  []int         // sentences shown each time, before the answer is whole
	}{
		{"sentence by sentence", nil, time.Millisecond, []int{1, 2}},
		{"a sign first where it takes long", nil, 2 * time.Second, []int{0, 1, 2}},
		{"no more after a failure", errors.New("503"), time.Millisecond, []int{1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, l := &bottest.Answerer{}, bottest.NewLedger()
				a.Say("north", "The ice melts.", "The sea opens.")
				step := a.Slowly()
				w := &board{wall: newWall(), fail: test.fail}
				s := bot.NewService(slog.New(slog.DiscardHandler), a, l, "one", bot.Limits{})
				s.Attach(w)
				ctx, cancel := context.WithCancel(t.Context())
				var running sync.WaitGroup
				running.Go(func() { _ = s.Run(ctx) })
				if _, err := s.Accept(ctx, errand("k", "north")); err != nil {
					t.Fatal(err)
				}
				for range 3 {
					<-time.After(test.pause)
					step()
					synctest.Wait()
				}
				if err := l.Idle(t.Context()); err != nil {
					t.Fatal(err)
				}
				cancel()
				running.Wait()
				if !slices.Equal(w.shown, test.want) {
					t.Errorf("sentences shown = %d, want %d", w.shown, test.want)
				}
				if !slices.Equal(w.late, []string{"shown-k"}) || w.posted["k"] == "" {
					t.Errorf("delivered over %q: %q, want the whole answer once, in the message that was shown", w.late, w.posted["k"])
				}
			})
		})
	}
}
