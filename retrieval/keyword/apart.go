package keyword

import (
	"cmp"
	"iter"
	"slices"
	"sync"

	"footnote/corpus"
	"footnote/retrieval/analysis"
	"footnote/retrieval/postings"
)

// Statistics are what the score of a passage needs to know of all the others. With
// them, passages that were found elsewhere score as they do in an [Index] over all.
type Statistics struct {
	Settings  Settings
	Passages  int
	Sentences int         // that have a term
	Tokens    [fields]int // of the texts, the headings and the notes
	Acronyms  []Acronym   // as [Index.Acronyms] returns them
	// Count returns how many passages have a term. It may be called concurrently.
	Count func(term string) int `json:"-"`
}

// Statistics returns those of the index.
func (x *Index) Statistics() Statistics {
	now := x.now.Load()
	out := Statistics{Settings: now.settings, Passages: now.total, Acronyms: now.list(), Count: now.count}
	for _, p := range now.parts {
		out.Sentences += p.Sentences()
		for f := range out.Tokens {
			out.Tokens[f] += p.Total(f)
		}
	}
	return out
}

// Vocabulary yields each term once, with how many passages have it, in no order.
func (x *Index) Vocabulary() iter.Seq2[string, int] {
	now := x.now.Load()
	return func(yield func(string, int) bool) {
		for i, p := range now.parts {
			for t := range uint32(p.Terms()) {
				name := p.Name(t)
				if slices.ContainsFunc(now.parts[:i], func(before part) bool { _, ok := before.Term(name); return ok }) {
					continue
				}
				if !yield(name, now.count(name)) {
					return
				}
			}
		}
	}
}

// Frequency is how often a term stands in a passage, weighed by field and normalised
// by length as BM25F does: what K1 saturates.
type Frequency struct {
	Term string
	Of   float64 // more than 0
}

// Frequencies yields the passages in the order of the corpus, each with its terms. The
// list is good until the next. They have the precision of the index: from K1/65,535 up
// to 65,534·K1.
func (x *Index) Frequencies() iter.Seq2[*corpus.Passage, []Frequency] {
	now := x.now.Load()
	order := make([]uint32, 0, len(now.places))
	for n, place := range now.places {
		if place != nowhere {
			order = append(order, uint32(n))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(now.places[a], now.places[b]) })
	return func(yield func(*corpus.Passage, []Frequency) bool) {
		var terms []uint32
		var list []Frequency
		for _, n := range order {
			p := now.parts[now.partOf(n)]
			terms = terms[:0]
			for f := range fields {
				for _, t := range p.Tokens(n-p.base, f) {
					terms = append(terms, t&^postings.SentenceMark)
				}
			}
			slices.Sort(terms)
			list = list[:0]
			for _, t := range slices.Compact(terms) {
				// An impact is of/(of+K1), or 0 in fields that weigh nothing.
				if i := min(float64(p.Impact(t, n-p.base)), 1-1.0/(1<<16)); i > 0 {
					list = append(list, Frequency{p.Name(t), now.settings.K1 * i / (1 - i)})
				}
			}
			if passage := now.corpus.Passages.At(int(now.places[n])); passage != nil && !yield(passage, list) {
				return
			}
		}
	}
}

// Apart scores passages of a corpus that is indexed elsewhere. It is safe for
// concurrent use.
type Apart struct {
	base    *state // without passages
	means   []float64
	readers sync.Pool
}

// NewApart returns what scores as an index over all passages would whose statistics
// are given.
func NewApart(all Statistics) *Apart {
	a := &Apart{base: &state{settings: all.Settings, all: &all, total: all.Passages, scratch: newPool()}}
	for _, n := range all.Tokens {
		a.means = append(a.means, max(1, float64(n)/float64(max(1, all.Passages))))
	}
	a.base.meanSentence = float64(all.Tokens[text]) / float64(max(1, all.Sentences))
	a.base.join(analysis.New(), all.Acronyms)
	a.readers.New = func() any { return newReader() }
	return a
}

// Rarity is that of an index over all.
func (a *Apart) Rarity(term string) float64 { return float64(a.base.idf(a.base.count(term))) }

// Wanted is a term that a query looks for, and how often: as often as the query has
// it, or a share of that where it stands for an acronym's other form.
type Wanted struct {
	Term   string
	Weight float64
	Idf    float64
}

// Wanted returns the terms that a query looks for, without those that no passage has.
func (a *Apart) Wanted(query string) []Wanted {
	s := a.base.scratch.Get().(*scratch)
	defer a.base.scratch.Put(s)
	a.base.parse(s, query)
	var out []Wanted
	at := map[string]int{}
	for _, k := range s.slots {
		i, ok := at[k.term]
		if !ok {
			i = len(out)
			at[k.term] = i
			out = append(out, Wanted{Term: k.term, Idf: float64(k.idf)})
		}
		if !ok || k.word != "" {
			out[i].Weight += float64(k.weight)
		}
	}
	return out
}

// Over returns an index over a few of the passages, given in the order of the corpus.
// It reads them, in about 20 µs each.
func (a *Apart) Over(passages []*corpus.Passage) *Index {
	r := a.readers.Get().(*reader)
	defer a.readers.Put(r)
	c := &corpus.Corpus{Passages: corpus.ListOf(passages)}
	h := &share{places: upTo(len(passages))}
	r.read(c, h)
	b := postings.NewBuilder(weighed(a.base.settings))
	b.Take(h.batch)
	x := *a.base
	x.corpus, x.places, x.kinds = c, upTo(len(passages)), h.kinds
	x.parts = []part{{Segment: b.SegmentBy(a.means), prints: h.prints}}
	out := &Index{}
	out.now.Store(&x)
	return out
}
