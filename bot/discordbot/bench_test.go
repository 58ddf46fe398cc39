package discordbot

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakediscord"
	"footnote/bot/ledger"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// BenchmarkRoundTrip measures the way from an interaction in Discord to its deferral,
// and to the answer that is edited in, over WebSocket and HTTP on the loopback
// interface: questions about the article, a ledger on disk, everything logged to
// nowhere. Interactions arrive at a fixed rate, whether the earlier ones are answered
// or not.
func BenchmarkRoundTrip(b *testing.B) {
	for _, rate := range []int{100, 500, 1000, 2000} {
		b.Run(fmt.Sprintf("%d a second", rate), func(b *testing.B) { roundTrips(b, rate) })
	}
}

func roundTrips(b *testing.B, rate int) {
	const channels = 50
	s := fakediscord.New(b, fakediscord.Config{Unchecked: true})
	for i := range channels {
		s.AddChannel(fakediscord.Channel{Name: fmt.Sprint("channel-", i)})
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer func() { cancel(); running.Wait() }()
	start(ctx, b, s, &running)
	words := []string{"How many troops does the NATO Response Force comprise?", "When was the NSDS-Hub established?", "Who are the AP4?", "¶5", "What is the best ramen?"}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	type asked struct {
		*fakediscord.Interaction
		at time.Time
	}
	all := make([]asked, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		<-tick.C
		at := time.Now()
		all = append(all, asked{s.User(fmt.Sprint("person-", i%997)).In(fmt.Sprint("channel-", i%channels)).
			Slash("ask", fakediscord.Options{"question": words[i%len(words)], "visibility": "public"}), at})
	}
	wait, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	var deferred, answered []float64
	for _, a := range all {
		r, err := a.Wait(wait)
		if err != nil || !r.Acked {
			b.Fatalf("an interaction was not acknowledged: %v %s", err, r.Error)
		}
		m, err := a.Message(wait)
		if err != nil {
			b.Fatalf("an interaction was not answered: %v", err)
		}
		deferred = append(deferred, r.Took.Seconds()*1000)
		answered = append(answered, m.RealEditedAt.Sub(a.at).Seconds()*1000)
	}
	b.StopTimer()
	for name, took := range map[string][]float64{"deferred": deferred, "answer": answered} {
		slices.Sort(took)
		b.ReportMetric(took[len(took)/2], name+"-p50-ms")
		b.ReportMetric(took[len(took)*99/100], name+"-p99-ms")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "interactions/s")
	b.ReportMetric(0, "ns/op") // the rate is fixed
}

// start starts footnote as it is served.
func start(ctx context.Context, b *testing.B, s *fakediscord.Server, running *sync.WaitGroup) {
	c, err := corpus.Article()
	if err != nil {
		b.Fatal(err)
	}
	quiet := slog.New(slog.NewJSONHandler(io.Discard, nil))
	l, err := ledger.Open(ctx, quiet, filepath.Join(b.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		b.Fatal(err)
	}
	asker := bot.New(c, keyword.New(c, keyword.Default()), bot.Shipped())
	service := bot.NewService(quiet, asker, l, "bench", bot.Limits{User: bot.Rate{N: 1 << 30, In: time.Second}, Place: bot.Rate{N: 1 << 30, In: time.Second}})
	a, err := New(quiet, service, asker, l, nil, Config{BotToken: s.BotToken(), APIURL: s.APIURL()})
	if err != nil {
		b.Fatal(err)
	}
	service.Attach(a)
	var parts sync.WaitGroup
	parts.Go(func() { _ = service.Run(ctx) })
	parts.Go(func() { _ = a.Run(ctx) })
	running.Go(func() {
		parts.Wait()
		_ = l.Close()
	})
	if err := s.WaitConnected(ctx, 1); err != nil {
		b.Fatal(err)
	}
	if err := s.WaitFor(ctx, func(st fakediscord.State) bool { return len(st.Commands("")) > 0 }); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkShow measures the way from a sentence that is told to the call of Discord's
// API that shows it: changes of a message, and of the response to an interaction.
func BenchmarkShow(b *testing.B) {
	for _, by := range []string{"message", "interaction"} {
		b.Run(by, func(b *testing.B) { showings(b, by == "interaction") })
	}
}

// teller tells b.N times of an answer, each time when what it told before is shown.
type teller struct {
	n     int
	calls chan time.Time // when a message was posted or changed
	took  []float64      // from a telling to that
}

func (t *teller) Ask(context.Context, bot.Question) (bot.Answer, error) { return bot.Answer{}, nil }

func (t *teller) AskTelling(_ context.Context, _ bot.Question, tell func(bot.Answer)) (bot.Answer, error) {
	a := answerOf("Patrol", 4)
	for i := range t.n {
		at := time.Now()
		tell(soFar(a, 1+i%4))
		t.took = append(t.took, (<-t.calls).Sub(at).Seconds()*1000)
	}
	return a, nil
}

// RoundTrip implements http.RoundTripper.
func (t *teller) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/messages") && r.Method != http.MethodGet {
		t.calls <- time.Now()
	}
	return http.DefaultTransport.RoundTrip(r)
}

func showings(b *testing.B, interaction bool) {
	s := fakediscord.New(b, fakediscord.Config{Unchecked: true})
	s.AddChannel(fakediscord.Channel{Name: "general"})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer func() { cancel(); running.Wait() }()
	quiet := slog.New(slog.DiscardHandler)
	st, t := newStore(), &teller{n: b.N, calls: make(chan time.Time, b.N+1)}
	service := bot.NewService(quiet, t, st, "bench", bot.Limits{Deadline: time.Hour})
	a, err := New(quiet, service, t, st, nil, Config{BotToken: s.BotToken(), APIURL: s.APIURL(), Transport: t})
	if err != nil {
		b.Fatal(err)
	}
	service.Attach(a)
	running.Go(func() { _ = service.Run(ctx) })
	running.Go(func() { _ = a.Run(ctx) })
	if err := s.WaitConnected(ctx, 1); err != nil {
		b.Fatal(err)
	}
	if err := s.WaitFor(ctx, func(st fakediscord.State) bool { return len(st.Commands("")) > 0 }); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if interaction {
		s.User("ann").In("general").Slash("ask", fakediscord.Options{"question": "What?", "visibility": "public"})
	} else {
		s.User("ann").Mentions("general", "What?")
	}
	if err := s.WaitFor(ctx, func(fakediscord.State) bool { return len(st.States()) > 0 }); err != nil { // it has been heard
		b.Fatal(err)
	}
	if err := st.Idle(ctx); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	slices.Sort(t.took)
	b.ReportMetric(t.took[len(t.took)/2], "call-p50-ms")
	b.ReportMetric(t.took[len(t.took)*99/100], "call-p99-ms")
	b.ReportMetric(0, "ns/op") // most of it is Discord's
}
