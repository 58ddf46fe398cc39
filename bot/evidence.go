package bot

import (
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"footnote/corpus"
	"footnote/retrieval"
)

// candidate is a sentence that may answer the question.
type candidate struct {
	passage  *corpus.Passage
	sentence int
	hit      int               // rank of its passage
	rank     [rankings]float64 // what it is ranked by
	doubt    [doubts]float64   // what the confidence in it is made of, but its score and bias
	score    float64
	has      termSet
	amiss    bool // it has nothing that could be the answer: see amissShare
}

// The evidence a candidate is ranked by. Shares are of the question's weight: the
// sum of its terms' idf, light words counting less.
const (
	rankCover    = iota // share the sentence has
	rankTitle           // the same, the title and heading of its passage included
	rankBefore          // share that the sentence before adds
	rankAfter           // share that the sentence after adds
	rankRelated         // share it has only in words of the same origin
	rankExact           // share it has in the same form
	rankPairs           // share of the question's neighbouring words that stand together
	rankFocus           // 1 with the noun that is asked for, 0 without it, 1/2 where none is
	rankType            // how far it has something of the type asked for
	rankBM25            // cover, longer sentences counting less
	rankLength          // informative words, in multiples of meanLength
	rankPassage         // its passage's score, as a share of the best passage's
	rankMeaning         // how far its passage's meaning is behind that of the nearest passage
	rankLikeness        // how far its own meaning is behind that of the nearest passage or sentence
	rankings
)

// The evidence that the best candidate answers at all.
const (
	doubtScore    = iota // the candidate's score by the weights of rank
	doubtCover           // rankCover
	doubtTitle           // rankTitle
	doubtRelated         // share that the whole passage has only in words of the same origin
	doubtMissing         // the greatest share of one term that the whole passage lacks
	doubtName            // the same, where a name is lacking
	doubtNumber          // 1 if the passage lacks a number of the question
	doubtFocus           // 1 if the passage has the noun asked for, 1/2 where none is
	doubtType            // rankType
	doubtRaw             // the passage's score for each unit of the question's weight
	doubtTerms           // log of the number of terms
	doubtBias            // 1
	doubtMeaning         // how near its passage is to the question by meaning
	doubtLikeness        // how near it is itself
	doubts
)

// sentenceK1 and sentenceB are BM25's constants within a sentence, and meanLength
// the informative words of a mean sentence of squad2-dev.
const (
	sentenceK1 = 1.2
	sentenceB  = 0.4
	meanLength = 14
)

// termSet holds terms of a question by index. Terms past the 64th are not told
// apart from those that nothing has.
type termSet uint64

func (s termSet) has(i int) bool { return i < 64 && s&(1<<i) != 0 }

// scorer weighs the evidence for one question.
type scorer struct {
	*reader
	q     asked
	total float64
	index map[string]int // of q.terms, by term
	words []word         // of the sentence at hand
	whole []word         // of its passage
	named termSet        // terms that its title and heading have
}

func (r *reader) scorer(q asked) *scorer {
	s := &scorer{reader: r, q: q, index: make(map[string]int, len(q.terms))}
	for i, t := range q.terms {
		s.total += t.weight
		s.index[t.Term] = i
	}
	return s
}

// candidates weighs each sentence of the hits, in order. It returns none where the
// question has no informative word.
func (s *scorer) candidates(hits []retrieval.Hit) []candidate {
	if s.total == 0 {
		return nil
	}
	var out []candidate
	score, meaning, likeness := highest(hits)
	for i, h := range hits {
		from := len(out)
		passage := s.passage(h)
		for k := range h.Passage.Sentences {
			if text := h.Passage.SentenceText(k); strings.HasSuffix(text, "?") || strings.HasSuffix(text, "？") {
				continue // a question answers nothing
			}
			c := candidate{passage: h.Passage, sentence: k, hit: i, doubt: passage}
			s.sentenceEvidence(&c)
			if score > 0 {
				c.rank[rankPassage] = h.Score / score
			}
			if meaning != 0 {
				c.rank[rankMeaning] = h.Meaning - meaning
				c.doubt[doubtMeaning] = h.Meaning
			}
			if h.Sentences != nil {
				c.rank[rankLikeness] = h.Sentences[k] - likeness
				c.doubt[doubtLikeness] = h.Sentences[k]
			}
			out = append(out, c)
		}
		s.neighbours(out[from:])
	}
	return out
}

// highest returns the greatest score by words of the hits, the meaning of the nearest
// of them, and that of the nearest of their sentences.
func highest(hits []retrieval.Hit) (score, meaning, likeness float64) {
	for _, h := range hits {
		score, meaning = math.Max(score, h.Score), math.Max(meaning, h.Meaning)
		for _, l := range h.Sentences {
			likeness = math.Max(likeness, l)
		}
	}
	return score, meaning, likeness
}

// passage weighs what all sentences of a passage share.
func (s *scorer) passage(h retrieval.Hit) (d [doubts]float64) {
	p := h.Passage
	s.words = s.sentence(s.words[:0], p.Document.Title+" . "+p.Heading())
	s.named = s.match(s.words)
	s.whole = s.sentence(s.whole[:0], p.Text)
	has := s.named | s.match(s.whole)
	d[doubtFocus] = 0.5
	for i, t := range s.q.terms {
		share := t.weight / s.total
		if t.Term == s.q.focus {
			d[doubtFocus] = 0
			if has.has(i) {
				d[doubtFocus] = 1
			}
		}
		switch {
		case has.has(i):
		case related(s.whole, t.word):
			d[doubtRelated] += share
		default:
			d[doubtMissing] = math.Max(d[doubtMissing], share)
			if t.number {
				d[doubtNumber] = 1
			} else if t.name {
				d[doubtName] = math.Max(d[doubtName], share)
			}
		}
	}
	d[doubtRaw] = h.Score / s.total
	d[doubtTerms] = math.Log1p(float64(len(s.q.terms)))
	d[doubtBias] = 1
	return d
}

// sentenceEvidence weighs one sentence on its own.
func (s *scorer) sentenceEvidence(c *candidate) {
	text := c.passage.SentenceText(c.sentence)
	s.words = s.sentence(s.words[:0], text)
	c.has = s.match(s.words)
	f := &c.rank
	f[rankCover] = s.share(c.has)
	f[rankTitle] = s.share(c.has | s.named)
	length := float64(len(s.words)) / meanLength
	f[rankLength] = math.Min(3, length)
	f[rankBM25] = f[rankCover] * (sentenceK1 + 1) / (1 + sentenceK1*(1-sentenceB+sentenceB*length))
	exact := termSet(0)
	for _, w := range s.words {
		if i, ok := s.index[w.Term]; ok && i < 64 && strings.EqualFold(text[w.Start:w.End], s.q.terms[i].word) {
			exact |= 1 << i
		}
	}
	f[rankExact] = s.share(exact)
	for _, p := range s.q.pairs {
		if s.together(p[0], p[1]) {
			f[rankPairs] += 1 / float64(len(s.q.pairs))
		}
	}
	for i, t := range s.q.terms {
		if !c.has.has(i) && related(s.words, t.word) {
			f[rankRelated] += t.weight / s.total
		}
	}
	f[rankFocus] = 0.5
	if i, ok := s.index[s.q.focus]; ok {
		f[rankFocus] = 0
		if c.has.has(i) {
			f[rankFocus] = 1
		}
	}
	f[rankType] = s.typed(text)
	c.amiss = s.amiss(f[rankType])
	c.doubt[doubtCover], c.doubt[doubtTitle], c.doubt[doubtType] = f[rankCover], f[rankTitle], f[rankType]
}

// amiss tells whether a sentence of such a type cannot be an answer: asked how many
// it has no number but years, asked who did something neither the verb nor a
// person. That it has no date is no such sign: squad2-dev's are often paraphrased.
func (s *scorer) amiss(typed float64) bool {
	switch s.q.want {
	case wantCount:
		return typed <= yearOnly
	case wantPerson:
		return s.q.verb != "" && typed < 0.7 && !s.says(s.q.verb)
	}
	return false
}

// neighbours weighs what the sentences before and after add to each of a passage's.
func (s *scorer) neighbours(cs []candidate) {
	for i := range cs {
		own := s.share(cs[i].has | s.named)
		if i > 0 {
			cs[i].rank[rankBefore] = s.share(cs[i].has|cs[i-1].has|s.named) - own
		}
		if i+1 < len(cs) {
			cs[i].rank[rankAfter] = s.share(cs[i].has|cs[i+1].has|s.named) - own
		}
	}
}

// match returns the terms of the question that stand among the words.
func (s *scorer) match(words []word) termSet {
	var m termSet
	for i := range words {
		if k, ok := s.index[words[i].Term]; ok && k < 64 {
			m |= 1 << k
		}
	}
	return m
}

// share returns the share of the question's weight that the terms have.
func (s *scorer) share(m termSet) float64 {
	sum := 0.0
	for ; m != 0; m &= m - 1 {
		sum += s.q.terms[bits.TrailingZeros64(uint64(m))].weight
	}
	return sum / s.total
}

// together tells whether terms a and b stand within two words of each other.
func (s *scorer) together(a, b int) bool {
	for j := range s.words {
		if s.words[j].Term != s.q.terms[a].Term {
			continue
		}
		for k := max(0, j-2); k < min(len(s.words), j+3); k++ {
			if s.words[k].Term == s.q.terms[b].Term {
				return true
			}
		}
	}
	return false
}

// says tells whether the sentence has the verb, as it was typed or in another
// inflection. The bare form, and a capital within a name, are more often a noun:
// Joint Force Command does not command.
func (s *scorer) says(verb string) bool {
	term := s.analyzer.Term(verb)
	for i := range s.words {
		w := &s.words[i]
		if w.Term != term || w.capital && w.Start > 0 {
			continue
		}
		if w.low == verb || len(w.low) > len(term) {
			return true
		}
	}
	return false
}

// related tells whether there is a word of the same origin as w: one that differs
// in its ending only, as operational and operationalisation, decide and decision.
func related(words []word, w string) bool {
	if len(w) < 4 || w[0] >= utf8.RuneSelf {
		return false
	}
	w = strings.ToLower(w)
	for j := range words {
		u := words[j].low
		n, k := min(len(w), len(u)), 0
		for k < n && w[k] == u[k] {
			k++
		}
		if k >= 6 || k >= 4 && 10*k >= 6*max(len(w), len(u)) {
			return true
		}
	}
	return false
}
