package opensearch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
	"footnote/retrieval/vector"
)

var _ retrieval.Searcher = (*Index)(nil)

// Index is an index in the cluster over a corpus that is here. It is safe for
// concurrent use.
type Index struct {
	cluster *Cluster
	corpus  *corpus.Corpus
	apart   *keyword.Apart
	rerank  int
	worth   float64 // of a term with a weight of 1, as the cluster multiplies it
	field   string  // of the vectors
	summary vector.Summary
}

// Open returns the index that the alias leads to. It is ErrMissing where there is none,
// ErrOther where it is not of c.
func (c *Cluster) Open(ctx context.Context, material *corpus.Corpus) (*Index, error) {
	x, err := c.open(ctx, material)
	if errors.Is(err, ErrMissing) { // it may have been replaced just then
		x, err = c.open(ctx, material)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s in OpenSearch: %w", c.Index, err)
	}
	return x, nil
}

func (c *Cluster) open(ctx context.Context, material *corpus.Corpus) (*Index, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	name, m, err := c.current(ctx)
	switch {
	case err != nil:
		return nil, err
	case m.Format != format || m.Version != material.Version || m.Passages != material.Passages.Len():
		return nil, ErrOther
	}
	var all keyword.Statistics
	if err := c.kept(ctx, name, []string{statisticsID}, func(data []byte) error { return json.Unmarshal(data, &all) }); err != nil {
		return nil, err
	}
	parts := make([]lexicon, 0, m.Lexicons)
	var ids []string
	for i := range m.Lexicons {
		ids = append(ids, lexiconID(i))
	}
	err = c.kept(ctx, name, ids, func(data []byte) error {
		var part lexicon
		err := json.Unmarshal(data, &part)
		parts = append(parts, part)
		return err
	})
	if err != nil {
		return nil, err
	}
	all.Count = newVocabulary(parts).count
	x := &Index{cluster: c, corpus: material, apart: keyword.NewApart(all), rerank: all.Settings.Rerank}
	if m.Embedded > 0 {
		x.field = "vector." + fieldOf(m)
		if x.summary, err = c.summary(ctx, name, m); err != nil {
			return nil, err
		}
	}
	// OpenSearch's BM25 multiplies by its k1 + 1.
	x.worth = (all.Settings.K1 + 1) / (all.Settings.K1*scale + 1)
	return x, nil
}

// summary returns what an index keeps of its vectors.
func (c *Cluster) summary(ctx context.Context, index string, m meta) (s vector.Summary, err error) {
	err = c.kept(ctx, index, []string{meaningID}, func(data []byte) error { return json.Unmarshal(data, &s) })
	if err == nil && (s.Model != m.Model || s.Dimensions != m.Dimensions || len(s.Mean) != m.Dimensions) {
		err = fmt.Errorf("%w: its vectors are not what it says of them", ErrOther)
	}
	return s, err
}

// keptAtOnce is how many of the kept documents are fetched at a time: about a megabyte,
// as fast as the answer to a question.
const keptAtOnce = 4

// kept gives read what is kept under ids, in their order.
func (c *Cluster) kept(ctx context.Context, index string, ids []string, read func([]byte) error) error {
	for some := range slices.Chunk(ids, keptAtOnce) {
		body, err := json.Marshal(object{"ids": some})
		if err != nil {
			return err // unreachable: strings can be written as JSON
		}
		var got struct {
			Docs []struct {
				Found  bool
				Source struct{ Kept json.RawMessage } `json:"_source"`
			}
		}
		if err := again(ctx, c.quick, call{method: http.MethodPost, path: "/" + index + "/_mget", body: body}, &got); err != nil {
			return err
		}
		for i, d := range got.Docs {
			if !d.Found {
				return fmt.Errorf("%w: it has no %s", ErrOther, some[i])
			}
			if err := read(d.Source.Kept); err != nil {
				return fmt.Errorf("%w: %s: %w", ErrOther, some[i], err)
			}
		}
	}
	return nil
}

// Rarity returns the idf of a term, as [keyword.Index.Rarity] does.
func (x *Index) Rarity(term string) float64 { return x.apart.Rarity(term) }

// mostClauses is how many terms of a question the cluster is asked for, those that tell
// most: it takes 1,024 by default.
const mostClauses = 1000

// mostHits is how many passages the cluster finds at most, by default.
const mostHits = 10_000

// Search implements retrieval.Searcher. Hits of equal score stand in document order.
// There are 10,000 at most. While the cluster gives no answer it is asked again, until
// [Config.Patience] or the context ends; part of an answer is none.
//
// Where the alias leads to an index of other material by now, what both have is found.
func (x *Index) Search(ctx context.Context, q retrieval.Query) ([]retrieval.Hit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = 10
	}
	wanted := x.apart.Wanted(q.Text)
	if len(wanted) == 0 {
		return nil, nil
	}
	body, err := json.Marshal(x.question(wanted, q))
	if err != nil {
		return nil, fmt.Errorf("search OpenSearch: %w", err) // unreachable: it can be written as JSON
	}
	found, err := x.ask(ctx, byStatistics, body)
	if err != nil {
		return nil, fmt.Errorf("search OpenSearch: %w", err)
	}
	slices.SortFunc(found, func(a, b hit) int { return cmp.Compare(a.place(), b.place()) })
	passages := make([]*corpus.Passage, 0, len(found))
	for _, h := range found {
		if p := x.passage(h); p != nil {
			passages = append(passages, p)
		}
	}
	q.Documents = nil // they are of these
	return x.apart.Over(passages).Search(ctx, q)
}

// passage returns the passage that a hit is, nil where the corpus has it not.
func (x *Index) passage(h hit) *corpus.Passage {
	if len(h.Fields.Passage) == 0 {
		return nil
	}
	id := h.Fields.Passage[0]
	if at := h.place(); at < x.corpus.Passages.Len() {
		if p := x.corpus.Passages.At(at); p != nil && p.ID == id {
			return p
		}
	}
	return x.corpus.Passage(id)
}

// answer is what a search gives.
type answer struct{ Hits struct{ Hits []hit } }

// hit is a document found, by a search that sorts by place in the end.
type hit struct {
	ID     string `json:"_id"`
	Fields struct{ Passage []string }
	Sort   []float64
}

// place is where the corpus has the passage, 0 or more.
func (h hit) place() int {
	if len(h.Sort) == 0 {
		return 0
	}
	return max(0, int(h.Sort[len(h.Sort)-1]))
}

// A search asks for the answer of all parts. By words, it is scored by the statistics of
// all: how rare a word is must not depend on the part that a passage is in.
var (
	whole        = url.Values{"allow_partial_search_results": {"false"}}
	byStatistics = url.Values{"allow_partial_search_results": {"false"}, "search_type": {"dfs_query_then_fetch"}}
)

// question returns what the cluster is asked for: as many passages as are scored again,
// or more.
func (x *Index) question(wanted []keyword.Wanted, q retrieval.Query) any {
	slices.SortStableFunc(wanted, func(a, b keyword.Wanted) int { return cmp.Compare(b.Weight*b.Idf, a.Weight*a.Idf) })
	var terms []object
	for _, w := range wanted[:min(len(wanted), mostClauses)] {
		terms = append(terms, object{"term": object{"terms": object{"value": spelt(w.Term), "boost": w.Weight * x.worth}}})
	}
	return best(max(q.Limit, x.rerank), object{"bool": object{"should": terms, "minimum_should_match": 1, "filter": filters(q)}})
}

// best asks for the n passages that a query gives the highest scores, or as many as there
// can be.
func best(n int, query object) object {
	return object{
		"size": min(n, mostHits), "_source": false, "track_total_hits": false,
		"docvalue_fields": []string{"passage"},
		"sort":            []object{{"_score": "desc"}, {"place": "asc"}},
		"query":           query,
	}
}

// filters are what a query limits a search to.
func filters(q retrieval.Query) (out []object) {
	if len(q.Kinds) > 0 {
		var kinds []string
		for _, k := range q.Kinds {
			kinds = append(kinds, kindOf(k))
		}
		out = append(out, object{"terms": object{"kind": kinds}})
	}
	if len(q.Documents) > 0 {
		out = append(out, object{"terms": object{"document": q.Documents}})
	}
	return out
}

// ask asks the cluster until it answers.
func (x *Index) ask(ctx context.Context, how url.Values, body []byte) ([]hit, error) {
	c := x.cluster
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	to := call{method: http.MethodPost, path: "/" + c.Index + "/_search", query: how, body: body}
	for wait := firstWait; ; wait *= 2 {
		var found answer
		err := again(ctx, c.quick, to, &found)
		// An index that is replaced may be gone between the alias and its parts; one that
		// stays away is missed soon.
		if !errors.Is(err, ErrMissing) || wait > lastWait || sleep(ctx, wait) != nil {
			return found.Hits.Hits, err
		}
	}
}
