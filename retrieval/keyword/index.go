// Package keyword is the embedded search index: BM25 over the fields of a passage,
// refined by where in the passage the words stand.
//
// An [Index] is built once and never changes. It holds, in flat arrays, the
// postings of each term with their impact (the share of the score, computed when
// the index is built) and the terms of each passage in reading order, from which
// the best passages are scored again, sentence by sentence.
//
// The package knows nothing of files, questions' kinds or answers.
package keyword

import (
	"math"
	"sync"

	"footnote/corpus"
	"footnote/retrieval/analysis"
)

// sentenceMark is set on the first token of each sentence in Index.tokens.
const sentenceMark = 1 << 31

// Index is an immutable keyword index over a corpus. It is safe for concurrent use.
type Index struct {
	corpus   *corpus.Corpus
	settings Settings
	terms    map[string]uint32
	names    []string // by term
	idf      []float32
	df       []uint32

	// postings of term t are [first[t], first[t+1])
	first   []uint32
	docs    []uint32
	impacts []float32

	// tokens of passage d are [begin[d], begin[d+1])
	begin        []uint32
	tokens       []uint32
	meanSentence float64 // tokens a sentence

	acronyms acronyms
	list     []Acronym // in order of appearance
	scratch  sync.Pool
}

// New indexes the corpus.
func New(c *corpus.Corpus, s Settings) *Index {
	x := &Index{corpus: c, settings: s, terms: make(map[string]uint32)}
	x.build()
	x.scratch.New = func() any {
		return &scratch{analyzer: analysis.New(), scores: make([]float32, len(c.Passages)), slotOf: make([]uint16, len(x.names))}
	}
	return x
}

// field is a part of a passage that is weighed on its own.
type field struct {
	weight float64 // of an occurrence
	b      float64 // how far length is normalised
}

// occurrence is one posting while the index is being built.
type occurrence struct {
	doc uint32
	tf  [fields]uint16
}

const (
	text = iota
	heading
	notes
	fields
)

type builder struct {
	x        *Index
	analyzer *analysis.Analyzer
	tokens   []analysis.Token
	postings [][]occurrence // by term
	length   [][fields]int  // by passage
	total    [fields]int
	headings map[string][]uint32
}

func (x *Index) build() {
	b := &builder{x: x, analyzer: analysis.New(), headings: make(map[string][]uint32)}
	b.length = make([][fields]int, len(x.corpus.Passages))
	x.begin = append(make([]uint32, 0, len(x.corpus.Passages)+1), 0)
	for d, p := range x.corpus.Passages {
		b.text(uint32(d), p)
		b.heading(uint32(d), p)
		b.notes(uint32(d), p)
		x.begin = append(x.begin, uint32(len(x.tokens)))
	}
	b.finish()
	x.findAcronyms(b.analyzer)
}

func (b *builder) term(name string) uint32 {
	t, ok := b.x.terms[name]
	if !ok {
		t = uint32(len(b.x.names))
		b.x.terms[name] = t
		b.x.names = append(b.x.names, name)
		b.postings = append(b.postings, nil)
	}
	return t
}

func (b *builder) add(doc, t uint32, f int) {
	b.length[doc][f]++
	b.total[f]++
	list := b.postings[t]
	if n := len(list); n == 0 || list[n-1].doc != doc {
		list = append(list, occurrence{doc: doc})
	}
	last := &list[len(list)-1]
	if last.tf[f] < math.MaxUint16 {
		last.tf[f]++
	}
	b.postings[t] = list
}

func (b *builder) text(d uint32, p *corpus.Passage) {
	b.tokens = b.analyzer.Tokens(b.tokens[:0], p.Text)
	next := 0
	for _, tok := range b.tokens {
		if tok.Stop {
			continue
		}
		t := b.term(tok.Term)
		b.add(d, t, text)
		if next < len(p.Sentences) && tok.Start >= p.Sentences[next].Start {
			for next < len(p.Sentences) && tok.Start >= p.Sentences[next].Start {
				next++
			}
			t |= sentenceMark
		}
		b.x.tokens = append(b.x.tokens, t)
	}
}

func (b *builder) heading(d uint32, p *corpus.Passage) {
	h := p.Document.Title
	if t := p.Heading(); t != "" && t != h {
		h += "\n" + t
	}
	ids, ok := b.headings[h]
	if !ok {
		b.tokens = b.analyzer.Tokens(b.tokens[:0], h)
		for _, tok := range b.tokens {
			if !tok.Stop {
				ids = append(ids, b.term(tok.Term))
			}
		}
		b.headings[h] = ids
	}
	for _, t := range ids {
		b.add(d, t, heading)
	}
}

func (b *builder) notes(d uint32, p *corpus.Passage) {
	for _, r := range p.Refs {
		n := p.Document.Note(r.Number)
		if n == nil {
			continue
		}
		b.tokens = b.analyzer.Tokens(b.tokens[:0], n.Text)
		for _, tok := range b.tokens {
			if !tok.Stop {
				b.add(d, b.term(tok.Term), notes)
			}
		}
	}
}

// finish turns the collected occurrences into impacts.
//
// The score is BM25F (Robertson, Zaragoza and Taylor 2004): the frequencies of a
// term in the fields are weighed, normalised by the field's length and added, and
// then saturated once; the idf is Lucene's, which is never negative.
func (b *builder) finish() {
	x, s := b.x, b.x.settings
	n := float64(len(x.corpus.Passages))
	fs := [fields]field{text: {1, s.B}, heading: {s.Heading, s.HeadingB}, notes: {s.Notes, s.B}}
	var avg [fields]float64
	for f := range avg {
		avg[f] = max(1, float64(b.total[f])/max(1, n))
	}
	x.first = make([]uint32, 1, len(x.names)+1)
	x.idf = make([]float32, len(x.names))
	x.df = make([]uint32, len(x.names))
	for t, list := range b.postings {
		df := float64(len(list))
		idf := idf(n, df)
		x.idf[t], x.df[t] = float32(idf), uint32(len(list))
		for _, o := range list {
			tf := 0.0
			for f := range fs {
				if o.tf[f] > 0 {
					tf += fs[f].weight * float64(o.tf[f]) / (1 - fs[f].b + fs[f].b*float64(b.length[o.doc][f])/avg[f])
				}
			}
			if tf == 0 {
				continue // it stands only in fields that weigh nothing
			}
			x.docs = append(x.docs, o.doc)
			x.impacts = append(x.impacts, float32(idf*(s.K1+1)*tf/(tf+s.K1)))
		}
		b.postings[t] = nil
		x.first = append(x.first, uint32(len(x.docs)))
	}
	sentences := 0
	for _, t := range x.tokens {
		if t&sentenceMark != 0 {
			sentences++
		}
	}
	x.meanSentence = float64(len(x.tokens)) / float64(max(1, sentences))
}
