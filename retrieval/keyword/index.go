// Package keyword is the embedded search index: BM25 over the fields of a passage,
// refined by where in the passage the words stand.
//
// An [Index] is built once and never changes. Which passages have the words of a
// question is answered by [footnote/retrieval/postings]; the best of them are scored
// again here, sentence by sentence.
//
// The package knows nothing of files, questions' kinds or answers.
package keyword

import (
	"math"
	"sync"

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

// Index is an immutable keyword index over a corpus. It is safe for concurrent use.
type Index struct {
	settings     Settings
	parts        []part
	passages     []*corpus.Passage // by number; nil for one that the material no longer has
	gone         int               // how many are nil
	meanSentence float64           // tokens a sentence

	acronyms acronyms
	list     []Acronym // in order of appearance
	scratch  sync.Pool
}

// part is some of the passages, which have consecutive numbers.
type part struct {
	*postings.Segment
	base       uint32    // the first one's number
	introduced []Acronym // by the passages, each time they do
}

// New indexes the corpus, on all processors.
func New(c *corpus.Corpus, s Settings) *Index {
	return assemble(s, c.Passages, build(c.Passages, s))
}

// assemble makes an index of parts.
func assemble(s Settings, passages []*corpus.Passage, parts []part) *Index {
	x := &Index{settings: s, parts: parts, passages: passages}
	tokens, sentences, introduced := 0, 0, []Acronym(nil)
	for _, p := range parts {
		tokens, sentences = tokens+p.Total(text), sentences+p.Sentences()
		introduced = append(introduced, p.introduced...)
	}
	x.meanSentence = float64(tokens) / float64(max(1, sentences))
	x.join(analysis.New(), introduced)
	x.scratch.New = func() any { return newScratch(x) }
	return x
}

// partOf returns which part a passage is in.
func (x *Index) partOf(passage uint32) int {
	i := len(x.parts) - 1
	for x.parts[i].base > passage {
		i--
	}
	return i
}

// Terms returns how many distinct terms the index has.
func (x *Index) Terms() int {
	n := 0
	for i := range x.parts {
		n += x.parts[i].Terms()
	}
	return n
}

// Rarity returns the idf of a term; of a term that no passage has, that of the
// rarest there could be. It has the precision of a float32, so that sums of a few
// come out the same in whatever order.
func (x *Index) Rarity(term string) float64 { return float64(x.idf(x.count(term))) }

// count returns how many passages have a term.
func (x *Index) count(term string) int {
	n := 0
	for i := range x.parts {
		if t, ok := x.parts[i].Term(term); ok {
			n += x.parts[i].Count(t)
		}
	}
	return n
}

// idf is Lucene's form of the inverse document frequency, which is never negative.
func (x *Index) idf(count int) float32 {
	n, df := float64(len(x.passages)), float64(count)
	return float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
}
