// Package keyword is the embedded search index: BM25 over the fields of a passage,
// refined by where in the passage the words stand.
//
// An [Index] finds the same as long as it stands; for a corpus that has changed there
// is another, made of it by [Index.Update]. Which passages have the words of a
// question is answered by [footnote/retrieval/postings]; the best of them are scored
// again here, sentence by sentence.
//
// The package knows nothing of files, questions' kinds or answers.
package keyword

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"footnote/corpus"
	"footnote/retrieval/analysis"
	"footnote/retrieval/postings"
)

// The fields of a passage.
const (
	text = iota
	heading
	notes
	fields
)

// Index is a keyword index over a corpus. What it finds does not change. It is safe
// for concurrent use.
type Index struct {
	now atomic.Pointer[state] // another after Merge
}

// state is what searches read; it never changes.
type state struct {
	settings     Settings
	parts        []part
	corpus       *corpus.Corpus
	places       []uint32    // by number: where the corpus has the passage, or nowhere
	kinds        []byte      // by number: the passage's
	gone         int         // how many are nowhere
	total        int         // how many passages words are rare among
	all          *Statistics // where these passages are a few of others (see Apart); else nil
	meanSentence float64     // tokens a sentence

	joins   joins
	list    func() []Acronym // in order of appearance
	scratch *sync.Pool
}

// nowhere is the place of a passage that the corpus no longer has.
const nowhere = math.MaxUint32

// part is some of the passages, which have consecutive numbers.
type part struct {
	*postings.Segment
	base       uint32 // the first one's number
	prints     []byte // of each passage printBytes
	kinds      []byte // by passage
	introduced func() []introduction
}

// introduction is an acronym that a passage introduces; one may do so several times.
type introduction struct {
	passage uint32 // in its part
	Acronym
}

// New indexes the corpus, on all processors.
func New(c *corpus.Corpus, s Settings) *Index {
	x, _ := Build(context.Background(), c, s, nil) // only the end of a context is an error
	return x
}

// Build is New for a great corpus: it ends with ctx, whose error is the only one, and
// tells progress, which may be nil, how many of the passages have been read.
func Build(ctx context.Context, c *corpus.Corpus, s Settings, progress func(done, total int64)) (*Index, error) {
	places := upTo(c.Passages.Len())
	parts, err := build(ctx, c, places, s, nil, progress)
	if err != nil {
		return nil, err
	}
	x := &Index{}
	x.now.Store(assemble(s, c, places, parts))
	return x, nil
}

// upTo returns the numbers from 0, so many of them.
func upTo(n int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = uint32(i)
	}
	return list
}

// assemble makes what searches read of parts.
func assemble(s Settings, c *corpus.Corpus, places []uint32, parts []part) *state {
	x := newState(s, c, places, parts)
	type placed struct {
		place uint32
		Acronym
	}
	var there []placed
	for _, p := range parts {
		for _, i := range p.introduced() {
			if place := places[p.base+i.passage]; place != nowhere {
				there = append(there, placed{place, i.Acronym})
			}
		}
	}
	slices.SortStableFunc(there, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	introduced := make([]Acronym, len(there))
	for i := range there {
		introduced[i] = there[i].Acronym
	}
	x.join(analysis.New(), introduced)
	return x
}

// newState returns what searches read of parts, but for the acronyms.
func newState(s Settings, c *corpus.Corpus, places []uint32, parts []part) *state {
	x := &state{settings: s, corpus: c, parts: parts, places: places, total: len(places), scratch: newPool()}
	for _, place := range places {
		if place == nowhere {
			x.gone++
		}
	}
	tokens, sentences := 0, 0
	for _, p := range parts {
		tokens, sentences = tokens+p.Total(text), sentences+p.Sentences()
		x.kinds = append(x.kinds, p.kinds...)
	}
	x.meanSentence = float64(tokens) / float64(max(1, sentences))
	return x
}

// partOf returns which part a passage is in.
func (x *state) partOf(passage uint32) int {
	i := len(x.parts) - 1
	for x.parts[i].base > passage {
		i--
	}
	return i
}

// Terms returns how many distinct terms the index has.
func (x *Index) Terms() int {
	n, parts := 0, x.now.Load().parts
	for i, p := range parts {
		for t := range uint32(p.Terms()) {
			if !slices.ContainsFunc(parts[:i], func(before part) bool { _, ok := before.Term(p.Name(t)); return ok }) {
				n++
			}
		}
	}
	return n
}

// Rarity returns the idf of a term; of a term that no passage has, that of the
// rarest there could be. It has the precision of a float32, so that sums of a few
// come out the same in whatever order.
func (x *Index) Rarity(term string) float64 {
	s := x.now.Load()
	return float64(s.idf(s.count(term)))
}

// count returns how many passages have a term.
func (x *state) count(term string) int {
	if x.all != nil {
		return x.all.Count(term)
	}
	n := 0
	for i := range x.parts {
		if t, ok := x.parts[i].Term(term); ok {
			n += x.parts[i].Count(t)
		}
	}
	return n
}

// idf is Lucene's form of the inverse document frequency, which is never negative.
func (x *state) idf(count int) float32 {
	n, df := float64(x.total), float64(count)
	return float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
}
