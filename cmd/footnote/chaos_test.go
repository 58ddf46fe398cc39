package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"footnote/bot/bottest/fakeslack"
)

// The size of the chaos. FOOTNOTE_CHAOS=2000 asks for so many questions and ten
// kills, which takes minutes; without it there are few questions and no kill, after
// which a lease must end.
const (
	someQuestions = 120
	fullKills     = 10
)

func chaosSize(t *testing.T) (questions, kills int) {
	if n, err := strconv.Atoi(os.Getenv("FOOTNOTE_CHAOS")); err == nil && n > 0 {
		return n, fullKills
	}
	if testing.Short() {
		t.Skip("chaos takes seconds")
	}
	return someQuestions, 0
}

// replica is a running `footnote serve` that may be killed.
type replica struct {
	t    *testing.T
	env  []string
	name string
	mu   sync.Mutex
	cmd  *exec.Cmd
	log  *os.File
	runs int
}

func (r *replica) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs++
	cmd := exec.Command(os.Args[0], "serve")
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), r.env...)
	cmd.Stdout, cmd.Stderr = r.log, r.log
	if err := cmd.Start(); err != nil {
		r.t.Errorf("start %s: %v", r.name, err)
		return
	}
	r.cmd = cmd
}

// kill ends the process as a power cut would, and waits until it is gone.
func (r *replica) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// stop asks the process to end, and reports how it did.
func (r *replica) stop() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return r.cmd.Wait()
}

// TestChaos kills the program while questions arrive with every fault that Slack
// has, and counts: each question must be answered exactly once.
func TestChaos(t *testing.T) {
	questions, kills := chaosSize(t)
	for _, c := range []struct {
		name     string
		replicas int
		ledger   func(t *testing.T) string
	}{
		{"SQLite", 1, func(t *testing.T) string { return filepath.Join(t.TempDir(), "ledger.db") }},
		{"PostgreSQL with two replicas", 2, postgresForChaos},
	} {
		t.Run(c.name, func(t *testing.T) {
			slack := fakeslack.New(t, fakeslack.Config{Unchecked: true, LogLimit: 1000})
			chaosIn(t, slack, c.replicas, c.ledger(t), questions, kills)
		})
	}
}

// postgresForChaos returns the address of a PostgreSQL that may be filled.
func postgresForChaos(t *testing.T) string {
	url := os.Getenv("FOOTNOTE_TEST_POSTGRES")
	if url == "" {
		t.Skip("FOOTNOTE_TEST_POSTGRES names no database; .ci/run starts one")
	}
	return url
}

func chaosIn(t *testing.T, slack *fakeslack.Server, replicas int, ledger string, questions, kills int) {
	const perChannel = 5 // Slack takes one message a second in each
	for i := range (questions + perChannel - 1) / perChannel {
		slack.AddChannel(fakeslack.Channel{ID: channelID(i)})
	}
	var rs []*replica
	for i := range replicas {
		log, err := os.Create(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		r := &replica{t: t, name: fmt.Sprint("replica ", i), log: log, env: []string{
			"SLACK_BOT_TOKEN=" + slack.BotToken("T1"), "SLACK_APP_TOKEN=" + slack.AppToken(), "FOOTNOTE_SLACK_API_URL=" + slack.APIURL(),
			"FOOTNOTE_LEDGER=" + ledger,
		}}
		r.start()
		rs = append(rs, r)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	if err := slack.WaitConnected(ctx, replicas); err != nil {
		t.Fatalf("not connected: %v\n%s", err, tail(rs[0].log))
	}
	slack.Chaos(fakeslack.Chaos{
		Seed: 7, RateLimited: 0.03, ServerError: 0.03, CutBefore: 0.01, CutAfter: 0.01, Slow: 0.05, MaxLatency: 200 * time.Millisecond,
		SocketDrop: 0.005, Repeat: 0.2, RepeatFreshID: 0.2,
	})
	begun := time.Now()
	keys := ask(t, ctx, slack, rs, questions, kills)
	slack.Chaos(fakeslack.Chaos{})
	settled(t, ctx, slack, keys, rs)
	for _, r := range rs {
		if err := r.stop(); err != nil {
			t.Errorf("%s ended with %v:\n%s", r.name, err, tail(r.log))
		}
	}
	report(t, slack, keys, rs, time.Since(begun))
}

func channelID(i int) string { return fmt.Sprintf("C%04d", i) }

// ask has people ask, a hundred a second, and kills replicas at random points.
func ask(t *testing.T, ctx context.Context, slack *fakeslack.Server, rs []*replica, questions, kills int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	at := map[int]bool{}
	for len(at) < kills {
		at[random.IntN(questions)] = true
	}
	words := []string{"How many troops does the NATO Response Force comprise?", "When was the NSDS-Hub established?", "What is the best recipe for ramen broth?", "¶5", "Who are the AP4?"}
	var keys []string
	var deaths sync.WaitGroup
	defer deaths.Wait()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := range questions {
		select {
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		case <-tick.C:
		}
		ch := channelID(i % ((questions + 4) / 5))
		m := slack.User(fmt.Sprintf("U%04d", i%500)).Mentions(ch, words[i%len(words)])
		keys = append(keys, "slack:T1:"+ch+":"+m.TS)
		if at[i] {
			r := rs[random.IntN(len(rs))]
			deaths.Go(func() {
				r.kill()
				r.start()
			})
		}
	}
	return keys
}

// settled waits until every question has an answer and nothing is on its way.
func settled(t *testing.T, ctx context.Context, slack *fakeslack.Server, keys []string, rs []*replica) {
	done := func(st fakeslack.State) bool {
		counts := st.AnswerCounts("key")
		return !slices.ContainsFunc(keys, func(k string) bool { return counts[k] == 0 })
	}
	for {
		// Slack delivers again what was not acknowledged, after a minute and after five.
		retry, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := slack.WaitFor(retry, done)
		cancel()
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Errorf("not every question is answered: %v", ctx.Err())
			for _, r := range rs {
				t.Logf("%s:\n%s", r.name, tail(r.log))
			}
			return
		}
		slack.AdvanceToRetry()
	}
	for slack.AdvanceToRetry() {
		if err := slack.WaitDelivered(ctx); err != nil {
			break
		}
	}
}

// report prints the counts and fails where one is not as it must be.
func report(t *testing.T, slack *fakeslack.Server, keys []string, rs []*replica, took time.Duration) {
	counts := slack.AnswerCounts("key")
	lost, doubled, strange := 0, 0, 0
	for _, k := range keys {
		switch n := counts[k]; {
		case n == 0:
			lost++
			t.Logf("lost: %s", k)
		case n > 1:
			doubled++
			t.Logf("doubled: %s", k)
		}
	}
	for k := range counts {
		if !slices.Contains(keys, k) {
			strange++
		}
	}
	runs := 0
	for _, r := range rs {
		runs += r.runs
	}
	faults := slack.FaultCounts()
	var list []string
	for _, f := range slices.Sorted(maps.Keys(faults)) {
		list = append(list, fmt.Sprintf("%s %d", f, faults[f]))
	}
	fmt.Printf("chaos: %d questions, %d processes (%d killed), %d answered once, %d lost, %d doubled, in %.0f s; faults: %s\n",
		len(keys), runs, runs-len(rs), len(keys)-lost-doubled, lost, doubled, took.Seconds(), strings.Join(list, ", "))
	if lost+doubled+strange > 0 {
		t.Errorf("%d questions lost, %d answered more than once, %d answers to nothing", lost, doubled, strange)
	}
}

// tail returns the end of a log.
func tail(f *os.File) string {
	data, err := os.ReadFile(f.Name())
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-3000):])
}
