package keyword

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
	"footnote/retrieval/postings"
)

var _ retrieval.Searcher = (*Index)(nil)

// slot is a distinct term of a query.
type slot struct {
	term   string
	weight float32 // how often the query has it, or its share as an expansion
	idf    float32
	word   string // as the query has it; "" for an expansion
}

// scratch is what one search works in.
type scratch struct {
	analyzer *analysis.Analyzer
	tokens   []analysis.Token
	slots    []slot
	numbers  []uint32 // by slot and part: 1 + the term's number there, 0 where it has none
	slotOf   slotTable
	order    []int  // the query's informative words as slots, -1 for unknown ones
	pairs    []pair // neighbours in order
	over     *state // what is searched
	kinds    []corpus.Kind
	in       []span                    // of the documents; nil for all
	keep     func(passage uint32) bool // tells whether a passage is there, of the kinds and in the documents
	search   *postings.Search
	wants    []postings.Want
	hits     []postings.Hit
	top      []candidate
	tf       []float32 // by slot, within a sentence
	said     []int     // the slots that have one there
}

// span is where the corpus has a document's passages.
type span struct{ from, to uint32 }

// newPool returns a pool of what searches work in.
func newPool() *sync.Pool {
	return &sync.Pool{New: func() any {
		s := &scratch{analyzer: analysis.New(), search: postings.NewSearch()}
		s.keep = func(n uint32) bool {
			at := s.over.places[n]
			return at != nowhere && (len(s.kinds) == 0 || slices.Contains(s.kinds, corpus.Kind(s.over.kinds[n]))) &&
				(s.in == nil || slices.ContainsFunc(s.in, func(d span) bool { return d.from <= at && at < d.to }))
		}
		return s
	}}
}

// pair is two neighbouring words of the query.
type pair struct {
	a, b           int     // slots
	weight         float64 // the lesser idf
	adjacent, near int     // how often, in the passage at hand
}

type candidate struct {
	doc   uint32
	place uint32 // in the corpus
	score float64
}

// Search implements retrieval.Searcher. Hits of equal score stand in document
// order. That a stored corpus is damaged where a hit stands is an error.
func (x *Index) Search(ctx context.Context, q retrieval.Query) ([]retrieval.Hit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return x.now.Load().find(q)
}

// find searches; the query's context is still good.
func (x *state) find(q retrieval.Query) ([]retrieval.Hit, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 10
	}
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	x.parse(s, q.Text)
	x.gather(s, max(limit, x.settings.Rerank), q)
	x.rescore(s)
	hits := make([]retrieval.Hit, min(limit, len(s.top)))
	for i := range hits {
		c := s.top[i]
		p := x.corpus.Passages.At(int(c.place))
		if p == nil {
			return nil, fmt.Errorf("find passages: %w", corpus.ErrDamaged)
		}
		hits[i] = retrieval.Hit{Passage: p, Score: c.score}
		if q.Explain {
			hits[i].Reasons = x.explain(s, c.doc, i < x.settings.Rerank)
		}
	}
	return hits, nil
}

// parse reads the question into slots, their order and their pairs.
func (x *state) parse(s *scratch, text string) {
	s.slots, s.numbers, s.order, s.pairs = s.slots[:0], s.numbers[:0], s.order[:0], s.pairs[:0]
	s.slotOf.clear()
	s.tokens = s.analyzer.Tokens(s.tokens[:0], text)
	for _, t := range s.tokens {
		if t.Stop {
			continue
		}
		s.order = append(s.order, x.want(s, t.Term, 1, text[t.Start:t.End]))
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

// maxSlots is how many distinct terms of a query are searched for: no search takes
// longer than one for as many.
const maxSlots = math.MaxUint16

// want adds a term to the query and returns its slot, -1 where no passage has it or
// there is no room for another. An expansion, which has no word, adds nothing to a
// term that is there.
func (x *state) want(s *scratch, name string, weight float32, word string) int {
	first, count := len(s.numbers), 0
	for i := range x.parts {
		number := uint32(0)
		if t, ok := x.parts[i].Term(name); ok {
			if k := s.slotOf.get(termOf(i, t)); k >= 0 {
				if word != "" {
					s.slots[k].weight += weight
				}
				s.numbers = s.numbers[:first]
				return k
			}
			number = t + 1
			count += x.parts[i].Count(t)
		}
		s.numbers = append(s.numbers, number)
	}
	if x.all != nil {
		count = x.all.Count(name)
	}
	if count == 0 || len(s.slots) == maxSlots {
		s.numbers = s.numbers[:first]
		return -1
	}
	for i, n := range s.numbers[first:] {
		if n > 0 {
			s.slotOf.put(termOf(i, n-1), len(s.slots))
		}
	}
	s.slots = append(s.slots, slot{name, weight, x.idf(count), word})
	return len(s.slots) - 1
}

// expand adds the other form of each acronym that the question has.
func (x *state) expand(s *scratch) {
	for i, k := range s.order {
		if k < 0 {
			continue
		}
		for lines := x.joins.of(s.slots[k].term); lines != ""; {
			var line string
			line, lines, _ = strings.Cut(lines, "\n")
			from, to, _ := strings.Cut(line, "\t")
			if !s.has(i, from) {
				continue
			}
			share := float32(x.settings.Expand / float64(1+strings.Count(to, " ")))
			for to != "" {
				var term string
				term, to, _ = strings.Cut(to, " ")
				x.want(s, term, share, "")
			}
		}
	}
}

// has tells whether the question's words from the i-th on are the given terms.
func (s *scratch) has(i int, terms string) bool {
	for ; terms != ""; i++ {
		var term string
		term, terms, _ = strings.Cut(terms, " ")
		if i == len(s.order) || s.order[i] < 0 || s.slots[s.order[i]].term != term {
			return false
		}
	}
	return true
}

// worth is what a slot's term adds to the score of a passage by its impact there.
func (x *state) worth(k *slot) float32 { return k.weight * k.idf * float32(x.settings.K1+1) }

// gather fills s.top with the best passages, of those that the query asks for, by the
// sum of their impacts.
func (x *state) gather(s *scratch, limit int, q retrieval.Query) {
	s.top, s.over, s.kinds, s.in = s.top[:0], x, q.Kinds, nil
	for _, id := range q.Documents {
		from, to := x.corpus.Span(id)
		s.in = append(s.in, span{uint32(from), uint32(to)})
	}
	keep := s.keep
	if len(q.Kinds)+len(q.Documents)+x.gone == 0 {
		keep = nil
	}
	s.search.Begin(limit, keep)
	for i, part := range x.parts {
		s.wants = s.wants[:0]
		for k := range s.slots {
			if n := s.numbers[k*len(x.parts)+i]; n > 0 {
				s.wants = append(s.wants, postings.Want{Term: n - 1, Worth: x.worth(&s.slots[k])})
			}
		}
		s.search.Segment(part.base, part.Segment, s.wants)
	}
	s.hits = s.search.End(s.hits[:0])
	for _, h := range s.hits {
		s.top = append(s.top, candidate{h.Passage, x.places[h.Passage], float64(h.Score)})
	}
}

func sortCandidates(c []candidate) {
	slices.SortFunc(c, func(a, b candidate) int {
		if a.score != b.score {
			return cmp.Compare(b.score, a.score)
		}
		return cmp.Compare(a.place, b.place)
	})
}

// rescore adds to the best candidates what the places of their words say.
func (x *state) rescore(s *scratch) {
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
func (x *state) look(s *scratch, doc uint32) (best, adjacent, near float64) {
	s.tf, s.said = append(s.tf[:0], make([]float32, len(s.slots))...), s.said[:0]
	for i := range s.pairs {
		s.pairs[i].adjacent, s.pairs[i].near = 0, 0
	}
	length, last, lastAt := 0, -1, 0
	part := x.partOf(doc)
	for at, t := range x.parts[part].Tokens(doc-x.parts[part].base, text) {
		if t&postings.SentenceMark != 0 {
			best = max(best, x.sentence(s, length))
			length = 0
		}
		length++
		k := s.slotOf.get(termOf(part, t&^postings.SentenceMark))
		if k < 0 {
			continue
		}
		if s.tf[k] == 0 {
			s.said = append(s.said, k)
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
func (x *state) sentence(s *scratch, length int) float64 {
	if len(s.said) == 0 {
		return 0
	}
	cfg, score := &x.settings, 0.0
	norm := cfg.K1 * (1 - cfg.SentenceB + cfg.SentenceB*float64(length)/x.meanSentence)
	for _, k := range s.said {
		tf := float64(s.tf[k])
		score += float64(s.slots[k].weight*s.slots[k].idf) * (cfg.K1 + 1) * tf / (tf + norm)
		s.tf[k] = 0
	}
	s.said = s.said[:0]
	return score
}

// saturate is BM25's saturation of a count, without regard to length.
func (x *state) saturate(n int) float64 {
	return (x.settings.K1 + 1) * float64(n) / (float64(n) + x.settings.K1)
}

// explain says what the score of a passage is made of, which was rescored or not.
func (x *state) explain(s *scratch, doc uint32, rescored bool) []retrieval.Reason {
	var out []retrieval.Reason
	part := x.partOf(doc)
	for i := range s.slots {
		k, impact := &s.slots[i], float32(0)
		if n := s.numbers[i*len(x.parts)+part]; n > 0 {
			impact = x.parts[part].Impact(n-1, doc-x.parts[part].base)
		}
		if impact == 0 {
			continue
		}
		r := retrieval.Reason{What: k.word, Where: "word", Score: float64(x.worth(k) * impact)}
		if k.word == "" {
			r.What, r.Where = k.term, "acronym"
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
