package vector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"footnote/corpus"
)

// batch is how many texts are embedded at once: enough that the way to the server
// costs little beside the work, few enough that a server that takes half a second for
// each, on one busy core, is done within its time.
const batch = 32

// inFlight is how many batches are under way; the embedder may take fewer.
const inFlight = 4

// Fill embeds what the store does not have of the passages of c, and tells progress,
// which may be nil, how many texts of how many are done. What was embedded is kept
// where an error or ctx ends it. Where the model behind the name is another than it
// was, the error is [ErrChanged].
func Fill(ctx context.Context, s *Store, e Embedder, c *corpus.Corpus, sentences bool, progress func(done, total int64)) error {
	if err := s.check(ctx, e); err != nil {
		return err
	}
	missing := s.missing(c, sentences)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	batches := make(chan []string)
	var done atomic.Int64
	var telling sync.Mutex
	var workers sync.WaitGroup
	for range inFlight {
		workers.Go(func() {
			for texts := range batches {
				if err := s.embed(ctx, e, texts); err != nil {
					cancel(err)
					continue
				}
				if n := done.Add(int64(len(texts))); progress != nil {
					telling.Lock()
					progress(n, int64(len(missing)))
					telling.Unlock()
				}
			}
		})
	}
	for texts := range slices.Chunk(missing, batch) {
		if ctx.Err() != nil {
			break
		}
		batches <- texts
	}
	close(batches)
	workers.Wait()
	return context.Cause(ctx)
}

// missing returns the texts that the store does not have and should, each once.
func (s *Store) missing(c *corpus.Corpus, sentences bool) (missing []string) {
	wanted := map[string]bool{}
	want := func(text string) {
		if !wanted[text] && !s.Has(text) {
			wanted[text] = true
			missing = append(missing, text)
		}
	}
	for _, text := range unrelated {
		want(text)
	}
	for _, p := range c.Passages.All() {
		want(textOf(p))
		for i := range p.Sentences {
			if sentences {
				want(below(p, p.SentenceText(i)))
			}
		}
	}
	return missing
}

// embed embeds texts and keeps the vectors.
func (s *Store) embed(ctx context.Context, e Embedder, texts []string) error {
	vectors, err := e.Embed(ctx, Passage, texts)
	if err != nil {
		return fmt.Errorf("embed passages: %w", err)
	}
	return s.Put(texts, vectors)
}

// Index finds passages of a corpus by meaning. It does not change, and is safe for
// concurrent use.
type Index struct {
	embedder Embedder
	store    *Store
	passages []*corpus.Passage // by row
	rows     map[*corpus.Passage]uint32
	matrix   *matrix
	scale    scale
}

// New returns an index of those passages of c whose vectors s has, which may be none.
// It embeds nothing.
func New(s *Store, e Embedder, c *corpus.Corpus) (*Index, error) {
	x := &Index{embedder: e, store: s, rows: map[*corpus.Passage]uint32{}}
	var data []float32
	for _, p := range c.Passages.All() {
		next, ok, err := s.vector(data, textOf(p))
		if err != nil {
			return nil, err
		}
		if ok {
			data = next
			x.rows[p] = uint32(len(x.passages))
			x.passages = append(x.passages, p)
		}
	}
	x.matrix = newMatrix(data, s.Dimensions(), exactRows)
	var err error
	x.scale, err = s.scale()
	return x, err
}

// Len returns how many passages the index has.
func (x *Index) Len() int { return len(x.passages) }

// meant is a question's vector, and its mean cosine with all passages.
type meant struct {
	vector []float32
	mean   float64
}

// errEmpty is why nothing is found by meaning as long as nothing is embedded.
var errEmpty = errors.New("no passage is embedded yet")

// query embeds a question.
func (x *Index) query(ctx context.Context, text string) (meant, error) {
	if len(x.passages) == 0 {
		return meant{}, errEmpty
	}
	vectors, err := x.embedder.Embed(ctx, Query, []string{text})
	if err != nil {
		return meant{}, err
	}
	if len(vectors[0]) != x.matrix.dimensions {
		return meant{}, fmt.Errorf("%w: a question has %d numbers, a passage %d", ErrChanged, len(vectors[0]), x.matrix.dimensions)
	}
	v := unit(vectors[0])
	return meant{v, float64(dot(v, x.matrix.mean))}, nil
}

// sentences returns the cosines of the sentences of a passage, nil where one of them
// has no vector.
func (x *Index) sentences(m meant, p *corpus.Passage) ([]float64, error) {
	out := make([]float64, len(p.Sentences))
	var v []float32
	for i := range p.Sentences {
		var ok bool
		var err error
		if v, ok, err = x.store.vector(v[:0], below(p, p.SentenceText(i))); !ok || err != nil {
			return nil, err
		}
		out[i] = float64(dot(m.vector, v))
	}
	return out, nil
}
