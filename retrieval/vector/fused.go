package vector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"footnote/corpus"
	"footnote/retrieval"
)

// Words is a search by words that knows how rare a term is.
type Words interface {
	retrieval.Searcher
	Rarity(term string) float64
}

// How much is looked at: so many hits of each search are fused, or as many as are
// wanted if that is more, and the best of them are looked at sentence by sentence. On
// squad2-dev twenty find as much as a hundred do.
const (
	depth  = 100
	looked = 20
)

// Fused searches by words and by meaning. A passage's place is given by the sum of two
// shares: of its score by words in the best passage's, and of its cosine, above the
// mean of all passages, in the nearest passage's. So both begin with 0 for a passage
// that has nothing to do with the question. The best are placed once more, with the
// mean of the passage's cosine and that of its nearest sentence. ([footnote/cmd/footnote/eval]
// prints what comes of it, and of other ways.)
//
// Where a query does not say what is meant, where the embedder fails, and where nothing
// is embedded yet, it is a search by words; in the latter two cases the error with the
// hits is [retrieval.ErrWordsOnly].
type Fused struct {
	words Words
	index *Index
}

var _ retrieval.Searcher = (*Fused)(nil)

// Fuse returns a search by both, over the same corpus.
func Fuse(words Words, index *Index) *Fused { return &Fused{words, index} }

// Rarity is that of the search by words.
func (f *Fused) Rarity(term string) float64 { return f.words.Rarity(term) }

// meaningShare is how much the share by meaning weighs, and that by words the rest.
const meaningShare = 0.5

// found is a hit of either search.
type found struct {
	retrieval.Hit
	cosine float64 // above the mean
	place  float64 // what it is ordered by
	at     int     // in the order in which it was found
}

// Search implements retrieval.Searcher. The score of a hit is that by words, 0 where
// it has none of them; hits stand in the order of both.
func (f *Fused) Search(ctx context.Context, q retrieval.Query) ([]retrieval.Hit, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 10
	}
	if !strings.ContainsFunc(q.Meaning, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return f.words.Search(ctx, q)
	}
	wide := q
	wide.Limit = max(depth, limit)
	hits, err := f.words.Search(ctx, wide)
	if err != nil {
		return nil, err
	}
	m, err := f.index.query(ctx, q.Meaning)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return hits[:min(limit, len(hits))], fmt.Errorf("%w: %w", retrieval.ErrWordsOnly, err)
	}
	also := make([]*corpus.Passage, len(hits))
	for i, h := range hits {
		also[i] = h.Passage
	}
	nearest, err := f.index.rows.Nearest(ctx, m.vector, wide, also)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return hits[:min(limit, len(hits))], fmt.Errorf("%w: %w", retrieval.ErrWordsOnly, err)
	}
	all := f.gather(m, hits, nearest)
	order(all)
	if err := f.look(m, all[:min(looked, len(all))]); err != nil {
		return nil, err
	}
	if q.Explain {
		explain(all)
	}
	out := make([]retrieval.Hit, min(limit, len(all)))
	for i := range out {
		out[i] = all[i].Hit
	}
	return out, nil
}

// gather returns the hits of both searches.
func (f *Fused) gather(m meant, hits []retrieval.Hit, nearest []Near) []found {
	cosines := make(map[*corpus.Passage]float64, len(nearest))
	for _, n := range nearest {
		cosines[n.Passage] = n.Cosine
	}
	all := make([]found, 0, len(hits)+len(nearest))
	has := make(map[*corpus.Passage]bool, len(hits))
	add := func(h retrieval.Hit, cosine float64) {
		h.Meaning = f.index.summary.Scale.of(cosine)
		all = append(all, found{Hit: h, cosine: cosine - m.mean, at: len(all)})
	}
	for _, h := range hits {
		has[h.Passage] = true
		if cosine, ok := cosines[h.Passage]; ok {
			add(h, cosine)
		} else {
			all = append(all, found{Hit: h, at: len(all)}) // not embedded yet
		}
	}
	for _, n := range nearest {
		if !has[n.Passage] {
			add(retrieval.Hit{Passage: n.Passage}, n.Cosine)
		}
	}
	return all
}

// order sorts hits by their shares, equals as they were found.
func order(all []found) {
	top, far := highest(all)
	for i := range all {
		x := &all[i]
		x.place = 0
		if top > 0 {
			x.place += (1 - meaningShare) * x.Score / top
		}
		if far > 0 {
			x.place += meaningShare * max(0, x.cosine) / far
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(b.place, a.place), a.at-b.at) })
}

// highest returns the greatest score and the greatest cosine.
func highest(all []found) (top, far float64) {
	for _, x := range all {
		top, far = max(top, x.Score), max(far, x.cosine)
	}
	return top, far
}

// look orders hits once more, with their nearest sentences. A passage whose sentences
// are not embedded is taken for one as near as they.
func (f *Fused) look(m meant, head []found) error {
	for i := range head {
		x := &head[i]
		cosines, err := f.index.sentences(m, x.Passage)
		if err != nil {
			return err
		}
		if cosines == nil {
			continue
		}
		x.cosine = (x.cosine + slices.Max(cosines) - m.mean) / 2
		x.Sentences = make([]float64, len(cosines))
		for k, c := range cosines {
			x.Sentences[k] = f.index.summary.Scale.of(c)
		}
	}
	order(head)
	return nil
}

// explain adds what the meaning adds to the order, as if it were words: so much that
// the hits that were looked at stand in the order of the sums of their reasons.
func explain(all []found) {
	top, far := highest(all[:min(looked, len(all))])
	if top == 0 {
		top = 1
	}
	for i := range all {
		if x := &all[i]; x.cosine > 0 && far > 0 {
			x.Reasons = append(x.Reasons, retrieval.Reason{What: "meaning", Where: "meaning", Score: x.cosine / far * top * meaningShare / (1 - meaningShare)})
			slices.SortStableFunc(x.Reasons, func(a, b retrieval.Reason) int { return cmp.Compare(b.Score, a.Score) })
		}
	}
}
