package opensearch

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
)

// What is asked of the cluster while its manager is killed.
const (
	someRecords = 20_000
	someSearch  = 10_000
	deadline    = 10 * time.Second
)

// records makes a corpus of so many passages, in words of which few are frequent, and
// questions in the same words.
func records(t testing.TB, seed uint64, n int) (*corpus.Corpus, []string) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	words := func(n int) string {
		var out []string
		for range n {
			f := rnd.Float64()
			out = append(out, fmt.Sprintf("w%dx", int(f*f*f*8000)))
		}
		return strings.Join(out, " ")
	}
	path := filepath.Join(t.TempDir(), "corpus.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	e := json.NewEncoder(f)
	for i := range n {
		if err := e.Encode(map[string]string{"_id": fmt.Sprintf("r%d-%d", seed, i), "title": words(3), "text": words(20+rnd.IntN(40)) + ". " + words(20) + "."}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := corpus.Load(t.Context(), filepath.Dir(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	var questions []string
	for range 500 {
		questions = append(questions, words(4+rnd.IntN(4)))
	}
	return c, questions
}

// traffic asks questions, some at once, whose answers are known, and counts.
type traffic struct {
	index     *Index
	questions []string
	want      [][]retrieval.Hit

	asked, failed, wrong atomic.Int64
	mu                   sync.Mutex
	took                 []time.Duration
	first                error // of those that failed
}

// newTraffic asks the embedded index what the answers are.
func newTraffic(t testing.TB, x *Index, near *keyword.Index, questions []string) *traffic {
	t.Helper()
	tr := &traffic{index: x, questions: questions}
	for _, q := range questions {
		hits, err := near.Search(t.Context(), retrieval.Query{Text: q})
		if err != nil {
			t.Fatal(err)
		}
		tr.want = append(tr.want, hits)
	}
	return tr
}

// ask asks the n-th question.
func (tr *traffic) ask(ctx context.Context, n int64) {
	i := int(n) % len(tr.questions)
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	start := time.Now()
	got, err := tr.index.Search(ctx, retrieval.Query{Text: tr.questions[i]})
	took := time.Since(start)
	switch {
	case err != nil:
		tr.failed.Add(1)
	case !slices.EqualFunc(got, tr.want[i], func(a, b retrieval.Hit) bool { return a.Passage == b.Passage }):
		tr.wrong.Add(1)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.took = append(tr.took, took)
	if tr.first == nil {
		tr.first = err
	}
}

// run asks until enough says so, four questions at once.
func (tr *traffic) run(ctx context.Context, enough func(asked int64) bool) {
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for n := tr.asked.Add(1); !enough(n); n = tr.asked.Add(1) {
				tr.ask(ctx, n)
			}
		})
	}
	group.Wait()
}

// report prints what came of it, and fails the test where that is not all well.
func (tr *traffic) report(t *testing.T) {
	t.Helper()
	slices.Sort(tr.took)
	n := len(tr.took)
	t.Logf("questions %d: failed %d, wrong %d; p50 %v, p99 %v, the slowest %v of %v", n, tr.failed.Load(), tr.wrong.Load(),
		tr.took[n/2].Round(time.Millisecond), tr.took[n*99/100].Round(time.Millisecond), tr.took[n-1].Round(time.Millisecond), deadline)
	if tr.failed.Load() > 0 || tr.wrong.Load() > 0 {
		t.Errorf("of %d questions %d failed (%v), %d were answered wrong; want none", n, tr.failed.Load(), tr.first, tr.wrong.Load())
	}
}

// manager returns the name and the process of the elected manager.
func manager(t *testing.T, c *Cluster) (name string, pid int) {
	t.Helper()
	var said struct {
		Nodes map[string]struct {
			Name    string
			Process struct{ ID int }
		}
	}
	if err := again(t.Context(), c.quick, call{method: http.MethodGet, path: "/_nodes/_cluster_manager/process"}, &said); err != nil {
		t.Fatal(err)
	}
	for _, n := range said.Nodes {
		name, pid = n.Name, n.Process.ID
	}
	if len(said.Nodes) != 1 || pid <= 1 {
		t.Fatalf("managers = %v, want one", said.Nodes)
	}
	return name, pid
}

// whole waits until every part of every index has its copies again, and returns how long
// that took.
func healthy(t *testing.T, c *Cluster, nodes int) time.Duration {
	t.Helper()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for {
		var said struct {
			Status string
			Nodes  int `json:"number_of_nodes"`
		}
		err := once(ctx, c.patient, call{method: http.MethodGet, path: "/_cluster/health", query: url.Values{"wait_for_status": {"green"}, "timeout": {"30s"}}}, &said)
		if err == nil && said.Status == "green" && said.Nodes == nodes {
			return time.Since(start)
		}
		if sleep(ctx, lastWait) != nil {
			t.Fatalf("after %v the cluster is %v, %v; want it green with %d nodes", time.Since(start), said, err, nodes)
		}
	}
}

// missing returns how many passages of a corpus an index in the cluster lacks.
func missing(t *testing.T, c *Cluster, material *corpus.Corpus) int {
	t.Helper()
	name, _, err := c.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l := &loader{cluster: c, name: name, there: map[string]bool{}}
	if err := l.find(t.Context()); err != nil {
		t.Fatal(err)
	}
	place, n := 0, 0
	for p, terms := range keyword.New(material, keyword.Default()).Frequencies() {
		line, err := json.Marshal(passageOf(p, place, terms))
		if err != nil {
			t.Fatal(err)
		}
		if !l.there[keyOf(line)] {
			n++
		}
		place++
	}
	return n
}

// TestManagerKilled kills the elected manager, as kill -9 does, while questions are
// asked and another index is loaded.
func TestManagerKilled(t *testing.T) {
	if os.Getenv("FOOTNOTE_TEST_OPENSEARCH_KILL") == "" {
		t.Skip("FOOTNOTE_TEST_OPENSEARCH_KILL does not say that a node may be killed, and comes back")
	}
	c, other := cluster(t, Config{}), cluster(t, Config{})
	material, questions := records(t, 1, someRecords)
	near := keyword.New(material, keyword.Default())
	start := time.Now()
	tr := newTraffic(t, loaded(t, c, material), near, questions)
	t.Logf("passages %d, loaded in %v", someRecords, time.Since(start).Round(time.Millisecond))
	more, _ := records(t, 2, someRecords)

	var group sync.WaitGroup
	loading := make(chan int64, 1<<16) // never full: of documents that are sent some thousand batches at most
	var loadErr error
	loadStart := time.Now()
	var loadTook time.Duration
	group.Go(func() {
		loadErr = other.Load(t.Context(), more, keyword.New(more, keyword.Default()), nil, func(done, _ int64) { loading <- done })
		loadTook = time.Since(loadStart)
		close(loading)
	})
	group.Go(func() {
		tr.run(t.Context(), func(asked int64) bool { return asked > someSearch })
	})
	for done := range loading {
		if done >= someRecords/4 {
			break
		}
	}
	name, pid := manager(t, c)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	before := tr.asked.Load()
	killed := time.Now()
	t.Logf("manager %s killed after %d questions and a quarter of the other load", name, before)
	group.Wait()
	t.Logf("questions and load went on for %v", time.Since(killed).Round(time.Millisecond))
	tr.report(t)
	if before >= someSearch {
		t.Errorf("the manager was killed after all %d questions", before)
	}
	if loadErr != nil {
		t.Fatalf("Load while the manager is killed = %v", loadErr)
	}
	t.Logf("the other %d passages were loaded in %v", someRecords, loadTook.Round(time.Millisecond))
	t.Logf("all copies are there again %v later", healthy(t, c, 3).Round(time.Second))
	for _, l := range []struct {
		c *Cluster
		m *corpus.Corpus
	}{{c, material}, {other, more}} {
		if n := missing(t, l.c, l.m); n > 0 {
			t.Errorf("%d of %d passages are lost", n, l.m.Passages.Len())
		}
	}
	t.Logf("lost 0 of %d passages", material.Passages.Len()+more.Passages.Len())
}

// TestReplaced rebuilds an index, twice, while questions are asked of it.
func TestReplaced(t *testing.T) {
	c := cluster(t, Config{Shards: 1})
	material, questions := records(t, 3, someRecords/4)
	near := keyword.New(material, keyword.Default())
	tr := newTraffic(t, loaded(t, c, material), near, questions)
	var done atomic.Bool
	var group sync.WaitGroup
	group.Go(func() { tr.run(t.Context(), func(int64) bool { return done.Load() }) })
	for _, shards := range []int{3, 2} {
		old, _, err := c.current(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		next := made(t, Config{URLs: c.URLs, Index: c.Index, Shards: shards})
		if err := next.Load(t.Context(), material, near, nil, nil); err != nil {
			t.Errorf("Load into %d parts = %v", shards, err)
		}
		all, err := c.described(t.Context(), c.Index+"-*")
		if name, _, e := c.current(t.Context()); err != nil || e != nil || name == old || len(all) != 1 {
			t.Errorf("after Load the alias leads to %s, %v, of %v, %v; want a new one, alone", name, e, all, err)
		}
	}
	done.Store(true)
	group.Wait()
	tr.report(t)
}

// TestResumed cuts a load short, twice, and sees that no document is sent again but what
// was on its way.
func TestResumed(t *testing.T) {
	c := cluster(t, Config{})
	material, questions := records(t, 4, someRecords/4)
	near := keyword.New(material, keyword.Default())
	told := int64(0)
	for _, share := range []int64{1, 2} {
		ctx, cancel := context.WithCancel(t.Context())
		started := int64(-1)
		err := c.Load(ctx, material, near, nil, func(done, total int64) {
			if started < 0 {
				started = done
			}
			if told = done; done > total*share/3 {
				cancel()
			}
		})
		if ctx.Err() == nil || err == nil {
			t.Fatalf("Load cut short = %v", err)
		}
		t.Logf("cut short at %d of %d, begun at %d", told, material.Passages.Len(), started)
		cancel()
		if _, err := c.Open(t.Context(), material); err == nil {
			t.Error("Open finds an index that is not whole")
		}
	}
	first := int64(-1)
	if err := c.Load(t.Context(), material, near, nil, func(done, _ int64) {
		if first < 0 {
			first = done
		}
	}); err != nil {
		t.Fatal(err)
	}
	if first < told {
		t.Errorf("the last load begins with %d documents, want the %d of before", first, told)
	}
	x, err := c.Open(t.Context(), material)
	if err != nil {
		t.Fatal(err)
	}
	tr := newTraffic(t, x, near, questions)
	tr.run(t.Context(), func(asked int64) bool { return asked > int64(len(questions)) })
	tr.report(t)
}
