package keyword

import (
	"os"
	"path/filepath"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/retrievaltest"
)

func TestSearcher(t *testing.T) {
	retrievaltest.TestSearcher(t, func(_ *testing.T, c *corpus.Corpus) retrieval.Searcher { return New(c, Default()) })
}

// article returns the embedded article.
func article(t testing.TB) *corpus.Corpus {
	t.Helper()
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// material makes a corpus of files, by name.
func material(t testing.TB, files map[string]string) *corpus.Corpus {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := corpus.Load(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// search returns the hits of a query.
func search(t testing.TB, x *Index, q retrieval.Query) []retrieval.Hit {
	t.Helper()
	hits, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("Search(%q) = %v", q.Text, err)
	}
	return hits
}

// ids returns the ids of the hits in order.
func ids(hits []retrieval.Hit) []string {
	out := []string{}
	for _, h := range hits {
		out = append(out, h.Passage.ID)
	}
	return out
}

// passages returns the passages of a corpus.
func passages(c *corpus.Corpus) []*corpus.Passage {
	var out []*corpus.Passage
	for _, p := range c.Passages.All() {
		out = append(out, p)
	}
	return out
}
