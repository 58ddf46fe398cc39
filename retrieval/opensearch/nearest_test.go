package opensearch

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
	"footnote/retrieval/retrievaltest"
	"footnote/retrieval/vector"
)

// hashed embeds a text as the sum of its words, each of which has a direction of its own
// by its letters.
type hashed struct {
	model      string
	dimensions int
}

func (h hashed) Model() string { return h.model }

func (h hashed) Embed(_ context.Context, _ vector.Role, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = make([]float32, h.dimensions)
		out[i][0] = 0.5 // all texts have something in common
		for w := range strings.FieldsSeq(strings.ToLower(text)) {
			sum := fnv.New64a()
			sum.Write([]byte(h.model + strings.Trim(w, ".,?")))
			for bits, k := sum.Sum64(), 0; k < 4; k, bits = k+1, bits>>16 {
				out[i][bits%uint64(h.dimensions)] += float32(k) - 1.25
			}
		}
	}
	return out, nil
}

// embedded returns a store with the vectors of material.
func embedded(t testing.TB, e vector.Embedder, material *corpus.Corpus) *vector.Store {
	t.Helper()
	s := vector.Memory(e.Model())
	if err := vector.Fill(t.Context(), s, e, material, true, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// meant brings material to the cluster with its vectors and opens it.
func meant(t testing.TB, c *Cluster, s *vector.Store, material *corpus.Corpus) *Index {
	t.Helper()
	if err := c.Load(t.Context(), material, keyword.New(material, keyword.Default()), s, nil); err != nil {
		t.Fatal(err)
	}
	x, err := c.Open(t.Context(), material)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// fused returns the search by words and by meaning of an index in the cluster.
func fused(t testing.TB, x *Index, s *vector.Store, e vector.Embedder) *vector.Fused {
	t.Helper()
	there, err := vector.Elsewhere(s, e, x.Summary(), x)
	if err != nil {
		t.Fatal(err)
	}
	return vector.Fuse(x, there)
}

// exact returns a search by words and by meaning with the vectors in memory.
func exact(t testing.TB, words vector.Words, s *vector.Store, e vector.Embedder, material *corpus.Corpus) *vector.Fused {
	t.Helper()
	here, err := vector.New(s, e, material)
	if err != nil {
		t.Fatal(err)
	}
	return vector.Fuse(words, here)
}

// fakeCluster returns a cluster of one fake node.
func fakeCluster(t *testing.T) (*fake, *Cluster) {
	f := newFake(t)
	return f, made(t, Config{URLs: []string{f.URL}})
}

// An index with vectors keeps the promises of a search, on a node that is none and on
// real ones.
func TestSearcherWithVectors(t *testing.T) {
	e := hashed{"one", 24}
	for name, open := range map[string]func(t *testing.T) *Cluster{
		"fake": func(t *testing.T) *Cluster { _, c := fakeCluster(t); return c },
		"real": func(t *testing.T) *Cluster { return cluster(t, Config{Shards: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			retrievaltest.TestSearcher(t, func(t *testing.T, material *corpus.Corpus) retrieval.Searcher {
				s := embedded(t, e, material)
				return fused(t, meant(t, open(t), s, material), s, e)
			})
		})
	}
}

// nearby compares what is found by meaning in the cluster with what is in memory, and
// returns how many of the first ten are the same, of how many.
func nearby(t *testing.T, there, here *vector.Fused, queries []retrieval.Query) (shared, all int) {
	t.Helper()
	for _, q := range queries {
		want, err := here.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := there.Search(t.Context(), q)
		if err != nil {
			t.Fatalf("Search(%+v) = %v", q, err)
		}
		if len(got) != len(want) {
			t.Errorf("Search(%+v) = %d hits, want %d", q, len(got), len(want))
		}
		all += len(want)
		for _, h := range got {
			i := slices.IndexFunc(want, func(w retrieval.Hit) bool { return w.Passage == h.Passage })
			if i < 0 {
				continue
			}
			shared++
			if w := want[i]; math.Abs(h.Meaning-w.Meaning) > 1e-4 || math.Abs(h.Score-w.Score) > 1e-3*max(1, w.Score) || len(h.Sentences) != len(w.Sentences) {
				t.Errorf("Search(%+v) finds %s as %v, want %v", q, h.Passage.ID, h, w)
			}
		}
	}
	return shared, all
}

// asked returns searches by meaning: in everything, in a kind, in a document, and for
// what has no word in common with the material.
func asked(material *corpus.Corpus, questions []string) (out []retrieval.Query) {
	for i, text := range questions {
		q := retrieval.Query{Text: text, Meaning: text}
		switch i % 4 {
		case 1:
			q.Kinds = []corpus.Kind{corpus.Paragraph}
		case 2:
			q.Documents = []string{material.Passages.At(i % material.Passages.Len()).Document.ID}
		case 3:
			q.Text = "zyzzyva"
		}
		out = append(out, q)
	}
	return out
}

func TestNearest(t *testing.T) {
	material, questions := records(t, 21, 300)
	e := hashed{"one", 24}
	s := embedded(t, e, material)
	_, c := fakeCluster(t)
	x := meant(t, c, s, material)
	shared, all := nearby(t, fused(t, x, s, e), exact(t, x, s, e, material), asked(material, questions[:60]))
	if shared != all || all == 0 {
		t.Errorf("of the first ten by meaning %d of %d are those of memory, want all", shared, all)
	}
}

// TestNearestOverlap prints how many of the first ten by meaning are those of an exact
// search, on real nodes, which look along a graph.
func TestNearestOverlap(t *testing.T) {
	c := cluster(t, Config{})
	material, questions := records(t, 22, 3000)
	e := hashed{"one", 64}
	s := embedded(t, e, material)
	x := meant(t, c, s, material)
	queries := asked(material, questions[:120])
	shared, all := nearby(t, fused(t, x, s, e), exact(t, keyword.New(material, keyword.Default()), s, e, material), queries)
	t.Logf("passages %d, questions %d: of the first ten by words and meaning the same %.5f", material.Passages.Len(), len(queries), float64(shared)/float64(all))
	if float64(shared) < 0.98*float64(all) {
		t.Errorf("%d of %d hits are those of an exact search, want 0.98 of them", shared, all)
	}
	here, err := vector.New(s, e, material)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := x.Summary(), here.Len(); got.Passages != want || got.Model != "one" || got.Dimensions != 64 {
		t.Errorf("Summary() = model %s, %d dimensions, %d passages, want one, 64, %d", got.Model, got.Dimensions, got.Passages, want)
	}
	l := &loader{cluster: c}
	if l.name, _, err = c.current(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := again(t.Context(), c.patient, call{method: http.MethodPut, path: "/" + l.name + "/_alias/" + loading(l.name)}, nil); err != nil {
		t.Fatal(err)
	}
	zeros := fmt.Sprintf(`{"vector":{%q:[0%s]}}`, strings.TrimPrefix(x.field, "vector."), strings.Repeat(",0", 63))
	left, err := l.send(t.Context(), []item{{"zeros", []byte(zeros)}})
	if len(left) != 1 || !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "zero vector") {
		t.Errorf("send of a vector of zeros = %v, %v, want it back, and why", left, err)
	}
}

// Without vectors the index is what it is for words; with those of another model, or of
// more passages, it is another.
func TestNames(t *testing.T) {
	material, _ := records(t, 23, 20)
	f, c := fakeCluster(t)
	seen := map[string]string{}
	name := func(what string, s *vector.Store) string {
		if err := c.Load(t.Context(), material, keyword.New(material, keyword.Default()), s, nil); err != nil {
			t.Fatal(err)
		}
		name, _, err := c.current(t.Context())
		if err != nil || len(f.indexes) != 1 {
			t.Fatalf("%s: the alias leads to %s of %d, %v; want one", what, name, len(f.indexes), err)
		}
		return name
	}
	for what, s := range map[string]*vector.Store{
		"words": nil, "one": embedded(t, hashed{"one", 24}, material), "two": embedded(t, hashed{"two", 24}, material),
		"two as one": embedded(t, renamed{hashed{"two", 24}, "one"}, material), "longer": embedded(t, hashed{"one", 32}, material),
	} {
		n := name(what, s)
		if seen[n] != "" {
			t.Errorf("%s has the index of %s", what, seen[n])
		}
		seen[n] = what
	}
	first := name("one", embedded(t, hashed{"one", 24}, material))
	if n := name("one, embedded again", embedded(t, shaken{hashed{"one", 24}}, material)); n != first {
		t.Errorf("vectors with other last digits have an index of their own, %s, want %s", n, first)
	}
	if n := name("a store of nothing", vector.Memory("one")); seen[n] != "words" {
		t.Errorf("with a store of nothing the index is that of %q, want words", seen[n])
	}
	for _, x := range f.indexes {
		if strings.Contains(string(x.mappings), "vector") {
			t.Errorf("without vectors the mapping is %s", x.mappings)
		}
	}
}

// Vectors of two models never meet: the search is by words, and says why.
func TestModels(t *testing.T) {
	material, questions := records(t, 24, 50)
	one, two := hashed{"one", 24}, hashed{"two", 24}
	first, second := embedded(t, one, material), embedded(t, two, material)
	_, c := fakeCluster(t)
	before := meant(t, c, first, material)
	q := retrieval.Query{Text: questions[0], Meaning: questions[0]}
	words, err := before.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what     string
		prepare  func()
		embedder vector.Embedder
		store    *vector.Store
		says     string
	}{
		{"another model", func() {}, two, second, `those of the model "one", not of "two"`},
		{"another behind the name", func() {}, one, embedded(t, renamed{two, "one"}, material), `another model with the name "one"`},
		{"longer ones behind the name", func() {}, renamed{hashed{"one", 32}, "one"}, vector.Memory("one"), "a question has 32 numbers, a passage 24"},
		{"replaced by another model's", func() { meant(t, c, second, material) }, one, first, "no vectors of the model one by now"},
		{"replaced by words", func() { loaded(t, c, material) }, one, first, "no vectors of the model one by now"},
		{"opened with words alone", func() { before = loaded(t, c, material) }, one, first, "no passage is embedded yet"},
	} {
		test.prepare()
		got, err := fused(t, before, test.store, test.embedder).Search(t.Context(), q)
		if !errors.Is(err, retrieval.ErrWordsOnly) || !strings.Contains(err.Error(), test.says) || !slices.EqualFunc(got, words, func(a, b retrieval.Hit) bool { return a.Passage == b.Passage && a.Score == b.Score }) {
			t.Errorf("%s: Search(%+v) = %v, %v, want what is found by words, and %q", test.what, q, got, err, test.says)
		}
	}
}

// renamed is an embedder under another name.
type renamed struct {
	vector.Embedder
	name string
}

func (r renamed) Model() string { return r.name }

// A cluster that knows no vectors says so, and keeps what it has; a vector that it
// refuses ends the load with its reason.
func TestLoadVectorsEnds(t *testing.T) {
	material, _ := records(t, 25, 20)
	s := embedded(t, hashed{"one", 24}, material)
	f, c := fakeCluster(t)
	loaded(t, c, material)
	near := keyword.New(material, keyword.Default())
	f.plain = true
	if err := c.Load(t.Context(), material, near, s, nil); !errors.Is(err, ErrWords) || !strings.Contains(err.Error(), "opensearch-knn") {
		t.Errorf("Load with vectors into nodes without the plugin = %v, want %v", err, ErrWords)
	}
	if _, err := c.Open(t.Context(), material); err != nil {
		t.Errorf("Open of what was there = %v", err)
	}
	f.plain = false
	f.item = func(string) (int, string, string) {
		return 400, "mapper_parsing_exception", "zero vector is not supported"
	}
	if err := c.Load(t.Context(), material, near, s, nil); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "zero vector") {
		t.Errorf("Load of a vector that is refused = %v, want %v that says why", err, ErrRefused)
	}
}

// A load of vectors that was cut short goes on where it ended.
func TestResumedVectors(t *testing.T) {
	material, _ := records(t, 26, 500)
	e := hashed{"one", 24}
	s := embedded(t, e, material)
	_, c := fakeCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	near, sent := keyword.New(material, keyword.Default()), int64(0)
	err := c.Load(ctx, material, near, s, func(done, _ int64) { sent = done; cancel() })
	if err == nil || sent == 0 {
		t.Fatalf("Load cut short after %d = %v", sent, err)
	}
	first := int64(-1)
	if err := c.Load(t.Context(), material, near, s, func(done, _ int64) {
		if first < 0 {
			first = done
		}
	}); err != nil {
		t.Fatal(err)
	}
	if first < sent {
		t.Errorf("the next load begins with %d documents, want the %d of before", first, sent)
	}
}

// shaken gives vectors that differ in their last digits.
type shaken struct{ vector.Embedder }

func (s shaken) Embed(ctx context.Context, role vector.Role, texts []string) ([][]float32, error) {
	out, err := s.Embedder.Embed(ctx, role, texts)
	for i := range out {
		out[i][0] *= 1 + 1e-6
	}
	return out, err
}
