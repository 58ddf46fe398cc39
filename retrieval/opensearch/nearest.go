package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/vector"
)

var _ vector.Rows = (*Index)(nil)

// Summary returns what is kept of the vectors of the index, the zero Summary where it has
// none.
func (x *Index) Summary() vector.Summary { return x.summary }

// Nearest implements [vector.Rows], with the vectors that the cluster has: at most 10,000
// passages, found by a graph, which may miss some. Where the alias leads to an index with
// vectors of another model by now, or with none, the error is ErrOther.
func (x *Index) Nearest(ctx context.Context, v []float32, q retrieval.Query, also []*corpus.Passage) ([]vector.Near, error) {
	nearest, err := x.near(ctx, v, q.Limit, filters(q))
	if err != nil || len(also) == 0 {
		return nearest, err
	}
	has := make(map[*corpus.Passage]bool, len(nearest))
	for _, n := range nearest {
		has[n.Passage] = true
	}
	var others []string
	for _, p := range also {
		if !has[p] {
			others = append(others, p.ID)
		}
	}
	if len(others) == 0 {
		return nearest, nil
	}
	// As many as are asked for: then no graph is used, and all are found.
	rest, err := x.near(ctx, v, len(others), []object{{"terms": object{"passage": others}}})
	return append(nearest, rest...), err
}

// near returns the n passages that are nearest among those that pass all filters.
func (x *Index) near(ctx context.Context, v []float32, n int, filters []object) ([]vector.Near, error) {
	n = min(n, mostHits)
	body, err := json.Marshal(best(n, object{"knn": object{x.field: object{"vector": v, "k": n, "filter": object{"bool": object{"filter": filters}}}}}))
	if err != nil {
		return nil, fmt.Errorf("search OpenSearch by meaning: %w", err) // unreachable: it can be written as JSON
	}
	found, err := x.ask(ctx, whole, body)
	if r := (*refusal)(nil); errors.As(err, &r) && strings.Contains(r.Reason, "knn_vector") {
		err = fmt.Errorf("%w: it has no vectors of the model %s by now", ErrOther, x.summary.Model)
	}
	if err != nil {
		return nil, fmt.Errorf("search OpenSearch by meaning: %w", err)
	}
	var out []vector.Near
	for _, h := range found {
		if p := x.passage(h); p != nil {
			out = append(out, vector.Near{Passage: p, Cosine: 2*h.Sort[0] - 1}) // the score is (1 + cosine) / 2, so that none is below 0
		}
	}
	return out, nil
}
