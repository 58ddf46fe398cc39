package main

import (
	"context"
	"fmt"
	"maps"
	"math"
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

// chaotic is a platform in which everything goes wrong while people ask.
type chaotic interface {
	env() []string                                     // of the replicas
	connected(ctx context.Context, n int) error        // waits for so many connections
	begin(questions int)                               // the place is made, the faults begin
	end()                                              // the faults end
	ask(i, questions int, words string) string         // somebody asks; returns the key of the errand
	answers() map[string]int                           // how many answers each key has
	settled(ctx context.Context, keys []string) bool   // waits a while for every key to have an answer
	again(ctx context.Context, keys []string) []string // time passes, and who was not heard asks again; returns the keys as they are then
	killed(at time.Time)                               // a replica was killed
	faults() map[string]int
	wrongs() []string // what the program did that it must not do
}

// TestChaos kills the program while questions arrive with every fault that the
// platforms have, and counts: each question must be answered exactly once.
func TestChaos(t *testing.T) {
	questions, kills := chaosSize(t)
	for _, p := range []struct {
		name  string
		open  func(t *testing.T) chaotic
		every time.Duration // a question
		most  int           // questions
	}{
		{"Slack", chaoticSlack, 10 * time.Millisecond, math.MaxInt},
		// Slowly, so that a replica lives long enough to show a part; 150 take 38 s.
		{"Slack with a model", chaoticSlackWritten, 100 * time.Millisecond, 150},
		{"Discord", chaoticDiscord, 10 * time.Millisecond, math.MaxInt},
	} {
		for _, c := range []struct {
			name     string
			replicas int
			ledger   func(t *testing.T) string
		}{
			{"SQLite", 1, func(t *testing.T) string { return filepath.Join(t.TempDir(), "ledger.db") }},
			{"PostgreSQL with two replicas", 2, postgresForChaos},
		} {
			t.Run(p.name+" on "+c.name, func(t *testing.T) {
				ledger := c.ledger(t)
				chaosIn(t, p.open(t), c.replicas, ledger, min(questions, p.most), kills, p.every)
			})
		}
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

// inChannel is how many questions come in each channel: platforms take about a
// message a second in one.
const inChannel = 5

// channels is how many channels so many questions take.
func channels(questions int) int { return (questions + inChannel - 1) / inChannel }

func chaosIn(t *testing.T, p chaotic, replicas int, ledger string, questions, kills int, every time.Duration) {
	var rs []*replica
	for i := range replicas {
		log, err := os.Create(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		r := &replica{t: t, name: fmt.Sprint("replica ", i), log: log, env: append(p.env(), "FOOTNOTE_LEDGER="+ledger)}
		r.start()
		rs = append(rs, r)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	if err := p.connected(ctx, replicas); err != nil {
		t.Fatalf("not connected: %v\n%s", err, tail(rs[0].log))
	}
	p.begin(questions)
	begun := time.Now()
	keys := ask(t, ctx, p, rs, questions, kills, every)
	p.end()
	keys = settle(t, ctx, p, keys, rs)
	for _, r := range rs {
		if err := r.stop(); err != nil {
			t.Errorf("%s ended with %v:\n%s", r.name, err, tail(r.log))
		}
	}
	report(t, p, keys, rs, time.Since(begun))
}

// ask has people ask, one question every so often, and kills replicas at random points.
func ask(t *testing.T, ctx context.Context, p chaotic, rs []*replica, questions, kills int, every time.Duration) []string {
	random := rand.New(rand.NewPCG(1, 2))
	at := map[int]bool{}
	for len(at) < kills {
		at[random.IntN(questions)] = true
	}
	words := []string{"How many troops does the NATO Response Force comprise?", "When was the NSDS-Hub established?", "What is the best recipe for ramen broth?", "¶5", "Who are the AP4?"}
	var keys []string
	var deaths sync.WaitGroup
	defer deaths.Wait()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range questions {
		select {
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		case <-tick.C:
		}
		keys = append(keys, p.ask(i, questions, words[i%len(words)]))
		if at[i] {
			r := rs[random.IntN(len(rs))]
			deaths.Go(func() {
				r.kill()
				p.killed(time.Now())
				r.start()
			})
		}
	}
	return keys
}

// settle waits until every question has an answer and nothing is on its way.
func settle(t *testing.T, ctx context.Context, p chaotic, keys []string, rs []*replica) []string {
	for !p.settled(ctx, keys) {
		if ctx.Err() != nil {
			t.Errorf("not every question is answered: %v", ctx.Err())
			for _, r := range rs {
				t.Logf("%s:\n%s", r.name, tail(r.log))
			}
			return keys
		}
		keys = p.again(ctx, keys)
	}
	return p.again(ctx, keys)
}

// report prints the counts and fails where one is not as it must be.
func report(t *testing.T, p chaotic, keys []string, rs []*replica, took time.Duration) {
	counts := p.answers()
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
	faults := p.faults()
	var list []string
	for _, f := range slices.Sorted(maps.Keys(faults)) {
		list = append(list, fmt.Sprintf("%s %d", f, faults[f]))
	}
	fmt.Printf("chaos in %s: %d questions, %d processes (%d killed), %d answered once, %d lost, %d doubled, in %.0f s; faults: %s\n",
		strings.TrimPrefix(t.Name(), "TestChaos/"), len(keys), runs, runs-len(rs), len(keys)-lost-doubled, lost, doubled, took.Seconds(), strings.Join(list, ", "))
	for _, w := range p.wrongs() {
		t.Error(w)
	}
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
