package eval

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"footnote/retrieval"
)

// Unit is what a ranking names.
type Unit uint8

// The units of rankings.
const (
	Passages  Unit = iota // passages, charts and notes by their ids
	Documents             // documents by their ids, each once, where its best passage stands
)

// UnitOf returns the unit for the material at path: documents for a BEIR
// collection, whose judgements name them, passages for anything else.
func UnitOf(path string) Unit {
	if _, err := os.Stat(filepath.Join(path, "corpus.jsonl")); err == nil || strings.EqualFold(filepath.Ext(path), ".jsonl") {
		return Documents
	}
	return Passages
}

// Ranked is a place in a ranking.
type Ranked struct {
	ID    string
	Score float64
}

// Run searches for many queries.
type Run struct {
	Searcher retrieval.Searcher
	Unit     Unit
	Limit    int                     // at most so many places a query
	Progress func(done, total int64) // called now and then, never twice at once; may be nil
}

// All returns a ranking for each query, in their order.
func (r Run) All(ctx context.Context, queries []Query) ([][]Ranked, error) {
	out := make([][]Ranked, len(queries))
	var mu sync.Mutex
	done := int64(0)
	err := each(ctx, len(queries), func(ctx context.Context, i int) (err error) {
		if out[i], err = r.one(ctx, queries[i].Text); err != nil {
			return fmt.Errorf("search for query %s: %w", queries[i].ID, err)
		}
		if r.Progress != nil {
			mu.Lock()
			done++
			r.Progress(done, int64(len(queries)))
			mu.Unlock()
		}
		return nil
	})
	return out, err
}

// one returns the ranking for a query. Several passages of a document take one
// place, so more passages are asked for until there are places enough.
func (r Run) one(ctx context.Context, text string) ([]Ranked, error) {
	for limit := r.Limit; ; limit *= 2 {
		hits, err := r.Searcher.Search(ctx, retrieval.Query{Text: text, Limit: limit, Meaning: text})
		if err != nil {
			return nil, err
		}
		out := make([]Ranked, 0, min(r.Limit, len(hits)))
		seen := make(map[string]bool, len(hits))
		for _, h := range hits {
			id := h.Passage.ID
			if r.Unit == Documents {
				id = h.Passage.Document.ID
			}
			if !seen[id] && len(out) < r.Limit {
				seen[id] = true
				out = append(out, Ranked{id, h.Score})
			}
		}
		if len(out) == r.Limit || len(hits) < limit {
			return out, nil
		}
	}
}
