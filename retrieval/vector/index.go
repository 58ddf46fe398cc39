package vector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"footnote/corpus"
	"footnote/retrieval"
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
	if err := s.Check(ctx, e); err != nil {
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

// Rows are the vectors of the passages of a corpus, wherever they are. They are safe for
// concurrent use.
type Rows interface {
	// Nearest returns the passages whose vectors are nearest to v, which has length 1: of
	// those that q limits it to, q.Limit at most, the nearest first, equals in the order of
	// the corpus. Behind them come those of also that have vectors, in any order; some may
	// stand there for the second time.
	Nearest(ctx context.Context, v []float32, q retrieval.Query, also []*corpus.Passage) ([]Near, error)
}

// Near is a passage with the cosine between its vector and a question's.
type Near struct {
	Passage *corpus.Passage
	Cosine  float64
}

// Index finds passages of a corpus by meaning. It does not change, and is safe for
// concurrent use.
type Index struct {
	embedder Embedder
	store    *Store
	rows     Rows
	summary  Summary
	unfit    error // why nothing can be found
}

// New returns an index of those passages of c whose vectors s has, which may be none.
// It embeds nothing.
func New(s *Store, e Embedder, c *corpus.Corpus) (*Index, error) {
	r := &here{rows: map[*corpus.Passage]uint32{}}
	var data []float32
	for _, p := range c.Passages.All() {
		next, ok, err := s.vector(data, textOf(p))
		if err != nil {
			return nil, err
		}
		if ok {
			data = next
			r.rows[p] = uint32(len(r.passages))
			r.passages = append(r.passages, p)
		}
	}
	r.matrix = newMatrix(data, s.Dimensions(), exactRows)
	x := &Index{embedder: e, store: s, rows: r}
	var err error
	if x.summary, err = s.summary(len(r.passages), r.matrix.mean); err == nil && x.Len() == 0 {
		x.unfit = errEmpty
	}
	return x, err
}

// Elsewhere returns an index of vectors that are kept in another place, which says of
// them what summary is. Vectors of sentences are those that s has. Where the vectors are
// none of e's, or there are none, a search is by words alone, and says why.
func Elsewhere(s *Store, e Embedder, summary Summary, rows Rows) (*Index, error) {
	x := &Index{embedder: e, store: s, rows: rows, summary: summary}
	sample, ok, err := s.vector(nil, unrelated[0])
	switch {
	case err != nil:
		return nil, err
	case x.Len() == 0:
		x.unfit = errEmpty
	case summary.Model != e.Model():
		x.unfit = fmt.Errorf("%w: the vectors that are kept are those of the model %q, not of %q", ErrChanged, summary.Model, e.Model())
	case ok && (len(sample) != len(summary.Sample) || dot(sample, summary.Sample) < sameCosine):
		x.unfit = fmt.Errorf("%w: the vectors that are kept are those of another model with the name %q", ErrChanged, e.Model())
	}
	return x, nil
}

// Len returns how many passages the index has.
func (x *Index) Len() int { return x.summary.Passages }

// meant is a question's vector, and its mean cosine with all passages.
type meant struct {
	vector []float32
	mean   float64
}

// errEmpty is why nothing is found by meaning as long as nothing is embedded.
var errEmpty = errors.New("no passage is embedded yet")

// query embeds a question.
func (x *Index) query(ctx context.Context, text string) (meant, error) {
	if x.unfit != nil {
		return meant{}, x.unfit
	}
	vectors, err := x.embedder.Embed(ctx, Query, []string{text})
	if err != nil {
		return meant{}, err
	}
	if len(vectors[0]) != x.summary.Dimensions {
		return meant{}, fmt.Errorf("%w: a question has %d numbers, a passage %d", ErrChanged, len(vectors[0]), x.summary.Dimensions)
	}
	v := unit(vectors[0])
	return meant{v, float64(dot(v, x.summary.Mean))}, nil
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

// here are rows in memory.
type here struct {
	passages []*corpus.Passage // by row
	rows     map[*corpus.Passage]uint32
	matrix   *matrix
}

var _ Rows = (*here)(nil)

// Nearest implements [Rows].
func (r *here) Nearest(_ context.Context, v []float32, q retrieval.Query, also []*corpus.Passage) ([]Near, error) {
	nearest := r.matrix.nearest(v, q.Limit, r.keep(q))
	out := make([]Near, 0, len(nearest)+len(also))
	for _, n := range nearest {
		out = append(out, Near{r.passages[n.row], float64(n.cosine)})
	}
	for _, p := range also {
		if row, ok := r.rows[p]; ok {
			out = append(out, Near{p, float64(dot(v, r.matrix.row(int(row))))})
		}
	}
	return out, nil
}

// keep returns what tells whether a query is for the passage of a row, nil where it is
// for all.
func (r *here) keep(q retrieval.Query) func(row uint32) bool {
	if len(q.Kinds) == 0 && len(q.Documents) == 0 {
		return nil
	}
	return func(row uint32) bool {
		p := r.passages[row]
		return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, p.Kind)) && (len(q.Documents) == 0 || slices.Contains(q.Documents, p.Document.ID))
	}
}
