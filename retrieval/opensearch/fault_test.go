package opensearch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
	"footnote/retrieval/retrievaltest"
)

// The fake behaves well enough to keep the promises of a search while nothing fails.
func TestFake(t *testing.T) {
	retrievaltest.TestSearcher(t, func(t *testing.T, c *corpus.Corpus) retrieval.Searcher {
		return loaded(t, made(t, Config{URLs: []string{newFake(t).URL}}), c)
	})
}

// times returns a fault that answers the first n requests whose path ends so.
func times(n int64, end string, answer func(w http.ResponseWriter)) func(http.ResponseWriter, *http.Request) bool {
	var seen atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, end) || seen.Add(1) > n {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w)
		return true
	}
}

const always = 1 << 62

func answering(status int, kind, reason string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { refuse(w, status, kind, reason) }
}

// A busy cluster gets fewer documents at once, later, and all of them in the end.
func TestBusy(t *testing.T) {
	material, _ := records(t, 5, 3000)
	near := keyword.New(material, keyword.Default())
	for name, prepare := range map[string]func(f *fake){
		"the request": func(f *fake) {
			f.fault = times(6, "/_bulk", answering(429, "circuit_breaking_exception", "too much"))
		},
		"too large": func(f *fake) {
			f.fault = times(2, "/_bulk", answering(413, "content_too_long_exception", "too long"))
		},
		"some documents": func(f *fake) {
			n := 0
			f.item = func(string) (int, string, string) {
				if n++; n < 2000 && n%3 != 0 {
					return 429, "es_rejected_execution_exception", "the queue is full"
				}
				return 201, "", ""
			}
		},
	} {
		f := newFake(t)
		prepare(f)
		c := made(t, Config{URLs: []string{f.URL}})
		last := int64(0)
		err := c.Load(t.Context(), material, near, nil, func(done, total int64) {
			if done < last || done > total {
				t.Errorf("%s: told of %d after %d of %d", name, done, last, total)
			}
			last = done
		})
		if err != nil {
			t.Fatalf("%s: Load into a busy cluster = %v", name, err)
		}
		for _, x := range f.indexes {
			if want := material.Passages.Len() + 2; len(x.docs) != want || last != int64(want) {
				t.Errorf("%s: the index has %d documents, %d were told of, want %d", name, len(x.docs), last, want)
			}
		}
		if least := slices.Min(f.batches); least >= 500 {
			t.Errorf("%s: batches have %v documents, want smaller ones after a refusal", name, f.batches)
		}
	}
}

// A document that will never be taken ends the load, which says why; what was there
// stays. So does a cluster that takes nothing for long, and another load.
func TestLoadEnds(t *testing.T) {
	before, _ := records(t, 6, 20)
	material, _ := records(t, 7, 30)
	near := keyword.New(material, keyword.Default())
	for name, tc := range map[string]struct {
		prepare func(f *fake)
		want    error
		says    string
	}{
		"a document": {func(f *fake) {
			n := 0
			f.item = func(string) (int, string, string) {
				if n++; n == 9 {
					return 400, "mapper_parsing_exception", "the field is odd"
				}
				return 429, "es_rejected_execution_exception", "the queue is full"
			}
		}, ErrRefused, "the field is odd"},
		"a stall": {func(f *fake) {
			f.item = func(string) (int, string, string) { return 429, "es_rejected_execution_exception", "the queue is full" }
		}, ErrDown, "the queue is full"},
		"another load": {func(f *fake) {
			f.fault = times(always, "/_bulk", answering(404, "index_not_found_exception", "no such index"))
		}, ErrMissing, "no such index"},
		"no space": {func(f *fake) {
			f.fault = times(always, "/_bulk", answering(403, "cluster_block_exception", "read-only: the disk is full"))
		}, ErrRefused, "the disk is full"},
		"garbage": {func(f *fake) {
			f.fault = times(always, "/_bulk", func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) })
		}, ErrRefused, "not OpenSearch's"},
		"an answer cut short": {func(f *fake) {
			f.fault = times(always, "/_bulk", func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"items":[]}`)) })
		}, ErrRefused, "speaks of 0"},
	} {
		f := newFake(t)
		c := made(t, Config{URLs: []string{f.URL}, Stall: 300 * time.Millisecond})
		x := loaded(t, c, before)
		tc.prepare(f)
		err := c.Load(t.Context(), material, near, nil, nil)
		if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: Load = %v, want %v that says %q", name, err, tc.want, tc.says)
		}
		f.fault, f.item = nil, nil
		if _, err := c.Open(t.Context(), before); err != nil {
			t.Errorf("%s: Open of what was there = %v", name, err)
		}
		if hits, err := x.Search(t.Context(), retrieval.Query{Text: before.Passages.At(3).Text}); err != nil || len(hits) == 0 || hits[0].Passage != before.Passages.At(3) {
			t.Errorf("%s: Search of what was there = %v, %v", name, hits, err)
		}
		if err := c.Load(t.Context(), material, near, nil, nil); err != nil {
			t.Errorf("%s: the next Load = %v", name, err)
		}
	}
}

// What passes is asked again: parts that fail, an index that is just replaced.
func TestSearchAgain(t *testing.T) {
	material, questions := records(t, 8, 50)
	f := newFake(t)
	x := loaded(t, made(t, Config{URLs: []string{f.URL}, Patience: 3 * time.Second}), material)
	want, err := x.Search(t.Context(), retrieval.Query{Text: questions[0]})
	if err != nil || len(want) == 0 {
		t.Fatalf("Search(%q) = %v, %v", questions[0], want, err)
	}
	for name, answer := range map[string]func(http.ResponseWriter){
		"a part fails":       answering(500, "search_phase_execution_exception", "Partial shards failure"),
		"a part is rejected": answering(429, "search_phase_execution_exception", "rejected"),
		"no manager":         answering(503, "cluster_manager_not_discovered_exception", "none"),
		"replaced":           answering(404, "index_not_found_exception", "no such index"),
		"cut off": func(w http.ResponseWriter) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
		},
	} {
		f.fault = times(3, "/_search", answer)
		got, err := x.Search(t.Context(), retrieval.Query{Text: questions[0]})
		if err != nil || !slices.EqualFunc(got, want, func(a, b retrieval.Hit) bool { return a.Passage == b.Passage && a.Score == b.Score }) {
			t.Errorf("Search(%q) after %s = %v, %v, want %v", questions[0], name, got, err, want)
		}
	}
	// What does not pass is told at once.
	f.fault = times(always, "/_search", answering(401, "security_exception", "who are you"))
	start := time.Now()
	if _, err := x.Search(t.Context(), retrieval.Query{Text: questions[0]}); !errors.Is(err, ErrRefused) || time.Since(start) > time.Second {
		t.Errorf("Search that is refused = %v after %v, want %v at once", err, time.Since(start), ErrRefused)
	}
	f.fault = times(always, "/_search", answering(404, "index_not_found_exception", "no such index"))
	if _, err := x.Search(t.Context(), retrieval.Query{Text: questions[0]}); !errors.Is(err, ErrMissing) {
		t.Errorf("Search of an index that stays away = %v, want %v", err, ErrMissing)
	}
}

// A search ends with its context, and with the search's own patience.
func TestDeadline(t *testing.T) {
	material, _ := records(t, 9, 50)
	f := newFake(t)
	x := loaded(t, made(t, Config{URLs: []string{f.URL}, Patience: 400 * time.Millisecond}), material)
	asked := retrieval.Query{Text: material.Passages.At(7).Text}
	f.fault = times(always, "/_search", answering(503, "cluster_block_exception", "no manager"))
	for name, patience := range map[string]time.Duration{"the context": 150 * time.Millisecond, "the search": time.Hour} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		start := time.Now()
		hits, err := x.Search(ctx, asked)
		cancel()
		if took := time.Since(start); hits != nil || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrDown) || took > 2*time.Second {
			t.Errorf("by %s: Search = %v, %v after %v, want %v of %v", name, hits, err, took, context.DeadlineExceeded, ErrDown)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.fault = func(http.ResponseWriter, *http.Request) bool {
		cancel()
		<-ctx.Done()
		return false
	}
	if _, err := x.Search(ctx, asked); !errors.Is(err, context.Canceled) {
		t.Errorf("Search whose context is cancelled = %v, want %v", err, context.Canceled)
	}
}

// A node that is dead, and one that says nothing, are skipped.
func TestDeadNode(t *testing.T) {
	material, questions := records(t, 10, 50)
	f := newFake(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0") // accepts nothing: connections wait in its queue
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }() // nothing came through it
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	c := made(t, Config{URLs: []string{"http://" + gone.Addr().String(), "http://" + taken.Addr().String(), f.URL}, Attempt: 200 * time.Millisecond})
	loaded(t, made(t, Config{URLs: []string{f.URL}}), material)
	x, err := c.Open(t.Context(), material)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for _, q := range questions[:50] {
		if _, err := x.Search(t.Context(), retrieval.Query{Text: q}); err != nil {
			t.Fatalf("Search(%q) where two of three nodes are dead = %v", q, err)
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("50 searches where two of three nodes are dead took %v, want the nodes to be remembered", took)
	}
}

// The errors of Open say what is wrong, and no error shows a password.
func TestOpenErrors(t *testing.T) {
	material, _ := records(t, 11, 20)
	another, _ := records(t, 12, 20)
	f := newFake(t)
	c := made(t, Config{URLs: []string{f.URL}, User: "reader", Password: "hunter2", Patience: 300 * time.Millisecond})
	if _, err := c.Open(t.Context(), material); !errors.Is(err, ErrMissing) {
		t.Errorf("Open before Load = %v, want %v", err, ErrMissing)
	}
	loaded(t, c, material)
	if _, err := c.Open(t.Context(), another); !errors.Is(err, ErrOther) {
		t.Errorf("Open of other material = %v, want %v", err, ErrOther)
	}
	f.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if user, password, _ := r.BasicAuth(); user != "reader" || password != "hunter2" {
			t.Errorf("the node is told of %q, %q, want the name and the password", user, password)
		}
		return false
	}
	if _, err := c.Open(t.Context(), material); err != nil {
		t.Error(err)
	}
	f.Close()
	if _, err := c.Open(t.Context(), material); !errors.Is(err, ErrDown) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Open of a cluster that is down = %v, want %v without the password", err, ErrDown)
	}
	for _, cfg := range []Config{
		{}, {URLs: []string{"https://reader:hunter2@127.0.0.1:9200"}}, {URLs: []string{"127.0.0.1:9200"}}, {URLs: []string{"ftp://127.0.0.1"}},
		{URLs: []string{f.URL}, Index: "Über*"}, {URLs: []string{f.URL}, Index: "_all"},
	} {
		if _, err := New(cfg); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("New(%v) = %v, want an error without the password", cfg.Index, err)
		}
	}
}
