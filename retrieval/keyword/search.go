package keyword

import (
	"cmp"
	"context"
	"math"
	"slices"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
)

var _ retrieval.Searcher = (*Index)(nil)

// slot is a distinct term of a query.
type slot struct {
	term   uint32
	weight float32 // how often the query has it, or its share as an expansion
	idf    float32
	word   string // as the query has it; "" for an expansion
}

// scratch is what one search works in. slotOf and scores are all zero between
// searches.
type scratch struct {
	analyzer *analysis.Analyzer
	tokens   []analysis.Token
	slots    []slot
	slotOf   []uint16  // by term: 1 + its slot, 0 where the query does not have it
	order    []int     // the query's informative words as slots, -1 for unknown ones
	pairs    []pair    // neighbours in order
	scores   []float32 // by passage
	touched  []uint32  // passages with a score
	top      []candidate
	tf       []float32 // by slot, within a sentence
}

// pair is two neighbouring words of the query.
type pair struct {
	a, b           int     // slots
	weight         float64 // the lesser idf
	adjacent, near int     // how often, in the passage at hand
}

type candidate struct {
	doc   uint32
	score float64
}

// Search implements retrieval.Searcher. Hits of equal score stand in document
// order.
func (x *Index) Search(ctx context.Context, q retrieval.Query) ([]retrieval.Hit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 10
	}
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	x.parse(s, q.Text)
	x.gather(s, max(limit, x.settings.Rerank), q.Kinds)
	x.rescore(s)
	hits := make([]retrieval.Hit, min(limit, len(s.top)))
	for i := range hits {
		c := s.top[i]
		hits[i] = retrieval.Hit{Passage: x.corpus.Passages[c.doc], Score: c.score}
		if q.Explain {
			hits[i].Reasons = x.explain(s, c.doc, i < x.settings.Rerank)
		}
	}
	for _, k := range s.slots {
		s.slotOf[k.term] = 0
	}
	return hits, nil
}

// Terms returns how many distinct terms the index has.
func (x *Index) Terms() int { return len(x.names) }

// Rarity returns the idf of a term; of a term that no passage has, that of the
// rarest there could be.
func (x *Index) Rarity(term string) float64 {
	if t, ok := x.terms[term]; ok {
		return float64(x.idf[t])
	}
	return idf(float64(len(x.corpus.Passages)), 0)
}

// parse reads the question into slots, their order and their pairs.
func (x *Index) parse(s *scratch, text string) {
	s.slots, s.order, s.pairs = s.slots[:0], s.order[:0], s.pairs[:0]
	s.tokens = s.analyzer.Tokens(s.tokens[:0], text)
	for _, t := range s.tokens {
		if t.Stop {
			continue
		}
		id, ok := x.terms[t.Term]
		if !ok {
			s.order = append(s.order, -1)
			continue
		}
		s.order = append(s.order, x.want(s, id, 1, text[t.Start:t.End]))
	}
	for i := 1; i < len(s.order); i++ {
		a, b := s.order[i-1], s.order[i]
		// Pairs of CJK characters overlap: that they stand together says nothing new.
		if a >= 0 && b >= 0 && a != b && !cjk(s.slots[a].word) && !cjk(s.slots[b].word) {
			s.pairs = append(s.pairs, pair{a: a, b: b, weight: float64(min(s.slots[a].idf, s.slots[b].idf))})
		}
	}
	x.expand(s)
}

// cjk tells whether a word is in a script from U+2E80 on: those are written with
// bytes from E2 on.
func cjk(word string) bool { return word[0] >= 0xE2 }

// want adds a term to the query and returns its slot, -1 where there is no room for
// another. An expansion, which has no word, adds nothing to a term that is there.
func (x *Index) want(s *scratch, id uint32, weight float32, word string) int {
	if k := s.slotOf[id]; k > 0 {
		if word != "" {
			s.slots[k-1].weight += weight
		}
		return int(k - 1)
	}
	if len(s.slots) == math.MaxUint16 { // more slotOf cannot tell apart
		return -1
	}
	s.slots = append(s.slots, slot{term: id, weight: weight, idf: x.idf[id], word: word})
	s.slotOf[id] = uint16(len(s.slots))
	return len(s.slots) - 1
}

// expand adds the other form of each acronym that the question has.
func (x *Index) expand(s *scratch) {
	for i, k := range s.order {
		if k < 0 {
			continue
		}
		for _, j := range x.acronyms[s.slots[k].term] {
			if !s.has(i, j.from) {
				continue
			}
			for _, t := range j.to {
				x.want(s, t, float32(x.settings.Expand/float64(len(j.to))), "")
			}
		}
	}
}

// has tells whether the question's words from the i-th on are the given terms.
func (s *scratch) has(i int, terms []uint32) bool {
	if i+len(terms) > len(s.order) {
		return false
	}
	for k, t := range terms {
		if o := s.order[i+k]; o < 0 || s.slots[o].term != t {
			return false
		}
	}
	return true
}

// gather fills s.top with the best passages by the sum of their impacts.
func (x *Index) gather(s *scratch, limit int, kinds []corpus.Kind) {
	s.touched, s.top = s.touched[:0], s.top[:0]
	for _, k := range s.slots {
		for i := x.first[k.term]; i < x.first[k.term+1]; i++ {
			d := x.docs[i]
			if s.scores[d] == 0 {
				s.touched = append(s.touched, d)
			}
			s.scores[d] += k.weight * x.impacts[i]
		}
	}
	for _, d := range s.touched {
		c := candidate{d, float64(s.scores[d])}
		s.scores[d] = 0
		if len(kinds) == 0 || slices.Contains(kinds, x.corpus.Passages[d].Kind) {
			s.top = append(s.top, c)
		}
	}
	sortCandidates(s.top)
	s.top = s.top[:min(limit, len(s.top))]
}

func sortCandidates(c []candidate) {
	slices.SortFunc(c, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc))
	})
}

// rescore adds to the best candidates what the places of their words say.
func (x *Index) rescore(s *scratch) {
	n := min(len(s.top), x.settings.Rerank)
	for i := range s.top[:n] {
		sentence, adjacent, near := x.look(s, s.top[i].doc)
		s.top[i].score += sentence + adjacent + near
	}
	sortCandidates(s.top[:n])
}

// nearby is how many informative words apart two words are still near.
const nearby = 4

// look reads a passage once and returns the weighted scores of its best sentence,
// and of the query's pairs that stand side by side and near each other in it.
func (x *Index) look(s *scratch, doc uint32) (best, adjacent, near float64) {
	s.tf = append(s.tf[:0], make([]float32, len(s.slots))...)
	for i := range s.pairs {
		s.pairs[i].adjacent, s.pairs[i].near = 0, 0
	}
	length, last, lastAt := 0, -1, 0
	for at, t := range x.tokens[x.begin[doc]:x.begin[doc+1]] {
		if t&sentenceMark != 0 {
			best = max(best, x.sentence(s, length))
			length = 0
		}
		length++
		k := int(s.slotOf[t&^sentenceMark]) - 1
		if k < 0 {
			continue
		}
		s.tf[k]++
		if last >= 0 && last != k && at-lastAt <= nearby {
			s.meet(last, k, at-lastAt)
		}
		last, lastAt = k, at
	}
	best = max(best, x.sentence(s, length))
	for _, p := range s.pairs {
		adjacent += p.weight * x.saturate(p.adjacent)
		near += p.weight * x.saturate(p.near)
	}
	cfg := &x.settings
	return cfg.Sentence * best, cfg.Adjacent * adjacent, cfg.Near * near
}

// meet counts the pairs of which slot a stands before b in the passage, distance
// words apart.
func (s *scratch) meet(a, b, distance int) {
	for i := range s.pairs {
		p := &s.pairs[i]
		switch {
		case p.a == a && p.b == b:
			p.near++
			if distance == 1 {
				p.adjacent++
			}
		case p.a == b && p.b == a:
			p.near++
		}
	}
}

// sentence returns the BM25 of the sentence whose frequencies stand in s.tf, and
// clears them.
func (x *Index) sentence(s *scratch, length int) float64 {
	cfg, score := &x.settings, 0.0
	norm := cfg.K1 * (1 - cfg.SentenceB + cfg.SentenceB*float64(length)/x.meanSentence)
	for k, tf := range s.tf {
		if tf > 0 {
			score += float64(s.slots[k].weight*s.slots[k].idf) * (cfg.K1 + 1) * float64(tf) / (float64(tf) + norm)
			s.tf[k] = 0
		}
	}
	return score
}

// saturate is BM25's saturation of a count, without regard to length.
func (x *Index) saturate(n int) float64 {
	return (x.settings.K1 + 1) * float64(n) / (float64(n) + x.settings.K1)
}

// explain says what the score of a passage is made of, which was rescored or not.
func (x *Index) explain(s *scratch, doc uint32, rescored bool) []retrieval.Reason {
	var out []retrieval.Reason
	for _, k := range s.slots {
		docs := x.docs[x.first[k.term]:x.first[k.term+1]]
		i, ok := slices.BinarySearch(docs, doc)
		if !ok {
			continue
		}
		r := retrieval.Reason{What: k.word, Where: "word", Score: float64(k.weight * x.impacts[int(x.first[k.term])+i])}
		if k.word == "" {
			r.What, r.Where = x.names[k.term], "acronym"
		}
		out = append(out, r)
	}
	var sentence, adjacent, near float64
	if rescored {
		sentence, adjacent, near = x.look(s, doc)
	}
	for _, r := range []retrieval.Reason{
		{What: "best sentence", Where: "sentence", Score: sentence},
		{What: "side by side", Where: "order", Score: adjacent},
		{What: "close together", Where: "order", Score: near},
	} {
		if r.Score > 0 {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b retrieval.Reason) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

// idf is Lucene's form of the inverse document frequency, which is never negative.
func idf(n, df float64) float64 { return math.Log(1 + (n-df+0.5)/(df+0.5)) }
