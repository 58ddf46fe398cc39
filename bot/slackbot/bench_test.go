package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"footnote/bot"
	"footnote/bot/bottest/fakeslack"
	"footnote/bot/ledger"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// BenchmarkRoundTrip measures the way from an event in Slack to the answer in its
// thread, over WebSocket and HTTP on the loopback interface: questions about the
// article, a ledger on disk, everything logged to nowhere. Events arrive at a fixed
// rate, whether the earlier ones are answered or not; the rate at which p99 passes
// 100 ms is where the program is full. The bare rows are a bot of slack-go alone that
// answers every event with a word: what is left above them is our own,
// and own-% its share of the median.
func BenchmarkRoundTrip(b *testing.B) {
	bare := 0.0
	b.Run("bare/500 a second", func(b *testing.B) { bare = roundTrips(b, 500, startBare) })
	for _, rate := range []int{100, 500, 1000, 2000, 4000} {
		b.Run(fmt.Sprintf("footnote/%d a second", rate), func(b *testing.B) {
			if p50 := roundTrips(b, rate, startWhole); rate == 500 && p50 > 0 {
				b.ReportMetric(100*(p50-bare)/p50, "own-%")
			}
		})
	}
}

// roundTrips sends b.N events at a rate, reports how long the answers took, and
// returns the median in milliseconds.
func roundTrips(b *testing.B, rate int, start func(ctx context.Context, b *testing.B, s *fakeslack.Server, wg *sync.WaitGroup)) (p50 float64) {
	const channels = 50
	s := fakeslack.New(b, fakeslack.Config{Unchecked: true, Events: []string{"app_mention"}})
	for i := range channels {
		s.AddChannel(fakeslack.Channel{ID: fmt.Sprint("C", i)})
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer func() { cancel(); s.DropSockets(); wg.Wait() }()
	start(ctx, b, s, &wg)
	if err := s.WaitConnected(ctx, 1); err != nil {
		b.Fatal(err)
	}
	words := []string{"How many troops does the NATO Response Force comprise?", "When was the NSDS-Hub established?", "Who are the AP4?", "¶5", "What is the best ramen?"}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	asked := make([]fakeslack.Message, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		<-tick.C
		asked = append(asked, s.User(fmt.Sprint("U", i%997)).Mentions(fmt.Sprint("C", i%channels), words[i%len(words)]))
	}
	wait, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	if err := s.WaitFor(wait, func(st fakeslack.State) bool { return st.RequestCount("chat.postMessage") >= b.N }); err != nil {
		b.Fatalf("%d of %d answered", s.RequestCount("chat.postMessage"), b.N)
	}
	b.StopTimer()
	took := make([]float64, 0, b.N)
	for _, m := range asked {
		if r := s.Replies(m.Channel, m.TS); len(r) > 0 {
			took = append(took, float64(r[0].RealAt.Sub(m.RealAt).Microseconds())/1000)
		}
	}
	if slices.Sort(took); len(took) > 0 {
		p50 = took[len(took)/2]
		b.ReportMetric(p50, "p50-ms")
		b.ReportMetric(took[len(took)*99/100], "p99-ms")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	return p50
}

// startWhole starts footnote as it is served.
func startWhole(ctx context.Context, b *testing.B, s *fakeslack.Server, wg *sync.WaitGroup) {
	c, err := corpus.Article()
	if err != nil {
		b.Fatal(err)
	}
	quiet := slog.New(slog.NewJSONHandler(io.Discard, nil))
	l, err := ledger.Open(ctx, quiet, filepath.Join(b.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		b.Fatal(err)
	}
	x := keyword.New(c, keyword.Default())
	asker := bot.New(c, x, bot.Shipped())
	service := bot.NewService(quiet, asker, l, "bench", bot.Limits{User: bot.Rate{N: 1 << 30, In: time.Second}, Place: bot.Rate{N: 1 << 30, In: time.Second}})
	conf := Config{BotToken: s.BotToken("T1"), AppToken: s.AppToken(), APIURL: s.APIURL(), Pace: -1}
	a, err := New(quiet, service, asker, l, nil, conf)
	if err != nil {
		b.Fatal(err)
	}
	service.Attach(a)
	var running sync.WaitGroup
	running.Go(func() { _ = service.Run(ctx) })
	running.Go(func() { _ = a.Run(ctx) })
	wg.Go(func() {
		running.Wait()
		_ = l.Close()
	})
}

// startBare starts a bot of slack-go alone.
func startBare(ctx context.Context, b *testing.B, s *fakeslack.Server, wg *sync.WaitGroup) {
	api := slack.New(s.BotToken("T1"), slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken(s.AppToken()))
	client := socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	wg.Go(func() { _ = client.RunContext(ctx) })
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case e := <-client.Events:
					if e.Request == nil || e.Request.EnvelopeID == "" {
						continue
					}
					_ = client.Ack(*e.Request)
					p := mentioned(e.Request.Payload)
					_, _, _ = api.PostMessageContext(ctx, p.Event.Channel, slack.MsgOptionText("answer", false), slack.MsgOptionTS(p.Event.TS))
				}
			}
		})
	}
}

// mention is what startBare needs of an event.
type mention struct {
	Event struct{ Channel, TS string }
}

func mentioned(raw json.RawMessage) (m mention) {
	_ = json.Unmarshal(raw, &m)
	return m
}

// BenchmarkShow measures the time from a sentence being told to Slack having the call
// that shows it: the first of an answer, which posts, and the second, which changes the
// message. Each answer is one operation.
func BenchmarkShow(b *testing.B) {
	s := fakeslack.New(b, fakeslack.Config{Unchecked: true, Events: []string{"app_mention"}})
	ctx, cancel := context.WithCancel(context.Background())
	told := &teller{told: make(chan time.Time), more: make(chan struct{})}
	quiet := slog.New(slog.DiscardHandler)
	l := newStore()
	service := bot.NewService(quiet, told, l, "bench", bot.Limits{User: bot.Rate{N: 1 << 30, In: time.Second}, Place: bot.Rate{N: 1 << 30, In: time.Second}})
	a, err := New(quiet, service, told, l, nil, Config{BotToken: s.BotToken("T1"), AppToken: s.AppToken(), APIURL: s.APIURL(), Pace: -1})
	if err != nil {
		b.Fatal(err)
	}
	service.Attach(a)
	var running sync.WaitGroup
	running.Go(func() { _ = service.Run(ctx) })
	running.Go(func() { _ = a.Run(ctx) })
	defer func() { cancel(); s.DropSockets(); running.Wait() }()
	if err := s.WaitConnected(ctx, 1); err != nil {
		b.Fatal(err)
	}
	took := map[string][]float64{}
	for i := 0; b.Loop(); i++ {
		ch := fmt.Sprint("C", i)
		s.AddChannel(fakeslack.Channel{ID: ch})
		m := s.User("U1").Mentions(ch, "What?")
		for n, method := range []string{"chat.postMessage", "chat.update"} {
			at, want := <-told.told, i+1
			if n == 1 {
				want = 2*i + 1 // the last change of each answer before is one too
			}
			if err := s.WaitFor(ctx, func(st fakeslack.State) bool { return st.RequestCount(method) >= want }); err != nil {
				b.Fatal(err)
			}
			r := s.Requests(method)
			took[method] = append(took[method], float64(r[len(r)-1].RealAt.Sub(at).Microseconds())/1000)
			told.more <- struct{}{}
		}
		if err := l.Idle(ctx); err != nil || len(s.Replies(ch, m.TS)) != 1 {
			b.Fatalf("%d messages: %v", len(s.Replies(ch, m.TS)), err)
		}
		a.spare.back("T1")
		a.spare.back("T1")
	}
	for method, ms := range took {
		slices.Sort(ms)
		b.ReportMetric(ms[len(ms)/2], method+"-p50-ms")
		b.ReportMetric(ms[len(ms)*99/100], method+"-p99-ms")
	}
}

// teller tells two sentences, each when it has said when, and goes on when it may.
type teller struct {
	bot.Asker
	told chan time.Time
	more chan struct{}
}

func (t *teller) AskTelling(ctx context.Context, q bot.Question, tell func(bot.Answer)) (bot.Answer, error) {
	a := answerOf("Patrol", 3)
	for n := 1; n <= 2; n++ {
		at := time.Now()
		tell(writing(a, n))
		t.told <- at
		<-t.more
	}
	return a, ctx.Err()
}
