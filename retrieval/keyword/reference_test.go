package keyword

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
)

// reference scores passages straight from the formulas, with nothing prepared.
type reference struct {
	Settings
	passages []*corpus.Passage
	analyzer *analysis.Analyzer
	known    map[string][]string // terms by text, which are asked for again and again
}

// terms returns the informative terms of text.
func (r *reference) terms(text string) []string {
	if out, ok := r.known[text]; ok {
		return out
	}
	var out []string
	for _, t := range r.analyzer.Tokens(nil, text) {
		if !t.Stop {
			out = append(out, t.Term)
		}
	}
	r.known[text] = out
	return out
}

// fields returns the terms of the text, the heading and the notes of a passage.
func (r *reference) fields(p *corpus.Passage) [3][]string {
	heading := p.Document.Title
	if p.Heading() != heading {
		heading += "\n" + p.Heading()
	}
	var notes []string
	for _, ref := range p.Refs {
		notes = append(notes, r.terms(p.Document.Note(ref.Number).Text)...)
	}
	return [3][]string{r.terms(p.Text), r.terms(heading), notes}
}

func count(list []string, term string) (n int) {
	for _, t := range list {
		if t == term {
			n++
		}
	}
	return n
}

// idf returns the inverse document frequency of a term, 0 if no passage has it.
func (r *reference) idf(term string) float64 {
	df := 0.0
	for _, p := range r.passages {
		f := r.fields(p)
		if count(slices.Concat(f[0], f[1], f[2]), term) > 0 {
			df++
		}
	}
	if df == 0 {
		return 0
	}
	return math.Log(1 + (float64(len(r.passages))-df+0.5)/(df+0.5))
}

// mean returns how many terms a passage has in a field, at least 1.
func (r *reference) mean(field int) float64 {
	n := 0.0
	for _, p := range r.passages {
		n += float64(len(r.fields(p)[field]))
	}
	return max(1, n/float64(len(r.passages)))
}

// bm25f is the sum of idf·(k1+1)·tf/(tf+k1) over the query's terms, where tf is
// the sum of w·tf/(1−b+b·length/mean) over the fields.
func (r *reference) bm25f(query []string, p *corpus.Passage) float64 {
	weights, bs := [3]float64{1, r.Heading, r.Notes}, [3]float64{r.B, r.HeadingB, r.B}
	score := 0.0
	for _, term := range query {
		tf := 0.0
		for f, list := range r.fields(p) {
			tf += weights[f] * float64(count(list, term)) / (1 - bs[f] + bs[f]*float64(len(list))/r.mean(f))
		}
		if tf > 0 {
			score += r.idf(term) * (r.K1 + 1) * tf / (tf + r.K1)
		}
	}
	return score
}

// sentences returns the terms of each sentence of a passage that has some.
func (r *reference) sentences(p *corpus.Passage) [][]string {
	var out [][]string
	for i := range p.Sentences {
		if list := r.terms(p.SentenceText(i)); len(list) > 0 {
			out = append(out, list)
		}
	}
	return out
}

// sentence is the BM25 of the passage's best sentence.
func (r *reference) sentence(query []string, p *corpus.Passage) float64 {
	words, n := 0, 0
	for _, other := range r.passages {
		for _, list := range r.sentences(other) {
			words += len(list)
			n++
		}
	}
	best, mean := 0.0, float64(words)/float64(n)
	for _, list := range r.sentences(p) {
		score := 0.0
		for _, term := range query {
			tf := float64(count(list, term))
			score += r.idf(term) * (r.K1 + 1) * tf / (tf + r.K1*(1-r.SentenceB+r.SentenceB*float64(len(list))/mean))
		}
		best = max(best, score)
	}
	return best
}

// order is what the neighbours in the query add by standing side by side, and near
// each other with none of the query's other words between them.
func (r *reference) order(query []string, p *corpus.Passage) float64 {
	type word struct {
		term string
		at   int
	}
	var found []word
	for at, term := range r.terms(p.Text) {
		if slices.Contains(query, term) {
			found = append(found, word{term, at})
		}
	}
	saturate := func(n float64) float64 { return (r.K1 + 1) * n / (n + r.K1) }
	score := 0.0
	for i := 1; i < len(query); i++ {
		a, b, adjacent, near := query[i-1], query[i], 0.0, 0.0
		for k := 1; k < len(found) && a != b; k++ {
			v, w := found[k-1], found[k]
			forward, distance := v.term == a && w.term == b, w.at-v.at
			if distance <= 4 && (forward || v.term == b && w.term == a) {
				near++
			}
			if distance == 1 && forward {
				adjacent++
			}
		}
		score += min(r.idf(a), r.idf(b)) * (r.Adjacent*saturate(adjacent) + r.Near*saturate(near))
	}
	return score
}

func (r *reference) score(text string, p *corpus.Passage) float64 {
	query := r.terms(text)
	base := r.bm25f(query, p)
	if base == 0 || r.Rerank == 0 {
		return base
	}
	return base + r.Sentence*r.sentence(query, p) + r.order(query, p)
}

// random makes a corpus of a few words, which therefore meet often.
func random(t *testing.T, rnd *rand.Rand) (*corpus.Corpus, func(n int) string) {
	vocabulary := strings.Fields(`the of a NATO summit arctic ice ship cable defence defense deploy deployed deployment missile missiles
		Japan 40,000 eight flank west western hybrid threat résumé harbour harbor`)
	words := func(n int) string {
		var out []string
		for range n {
			// The first words are the most frequent.
			out = append(out, vocabulary[int(float64(len(vocabulary))*rnd.Float64()*rnd.Float64())])
		}
		return strings.Join(out, " ")
	}
	files := map[string]string{}
	for d := range 1 + rnd.IntN(3) {
		var b strings.Builder
		notes := 0
		for range 1 + rnd.IntN(8) {
			if rnd.IntN(3) == 0 {
				fmt.Fprintf(&b, "%s %s\n\n", strings.Repeat("#", 1+rnd.IntN(2)), words(1+rnd.IntN(3)))
			}
			for range 1 + rnd.IntN(4) {
				fmt.Fprintf(&b, "So %s", words(1+rnd.IntN(9)))
				if rnd.IntN(4) == 0 {
					notes++
					fmt.Fprintf(&b, "[^%d]", notes)
				}
				b.WriteString(". ")
			}
			b.WriteString("\n\n")
		}
		for n := range notes {
			fmt.Fprintf(&b, "[^%d]: %s.\n", n+1, words(1+rnd.IntN(6)))
		}
		files[fmt.Sprintf("d%d.md", d)] = b.String()
	}
	return material(t, files), words
}

// The index computes what the formulas say.
func TestReference(t *testing.T) {
	impacts := Default()
	impacts.Rerank = 0
	odd := Settings{K1: 0.9, B: 0.4, Heading: 1.5, HeadingB: 0.1, Notes: 0.6, Sentence: 1, SentenceB: 0.9, Adjacent: 2, Near: 0.5, Rerank: 1000}
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		c, words := random(t, rnd)
		for _, settings := range []Settings{impacts, Default(), odd} {
			x := New(c, settings)
			r := &reference{settings, passages(c), analysis.New(), map[string][]string{}}
			for range 6 {
				compare(t, x, r, words(1+rnd.IntN(6)), 1+rnd.IntN(c.Passages.Len()))
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// compare searches and compares the hits with those of the reference.
func compare(t *testing.T, x *Index, r *reference, text string, limit int) {
	t.Helper()
	type scored struct {
		p     *corpus.Passage
		score float64
	}
	var want []scored
	scores := map[*corpus.Passage]float64{}
	for _, p := range r.passages {
		if s := r.score(text, p); s > 0 {
			want = append(want, scored{p, s})
			scores[p] = s
		}
	}
	slices.SortStableFunc(want, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	hits := search(t, x, retrieval.Query{Text: text, Limit: limit})
	if len(hits) != min(limit, len(want)) {
		t.Fatalf("Search(%q) = %v, want %d hits", text, ids(hits), min(limit, len(want)))
	}
	for i, h := range hits {
		// Another passage may stand here only if the two score the same.
		if math.Abs(h.Score-scores[h.Passage]) > 1e-4 || math.Abs(h.Score-want[i].score) > 1e-4 {
			t.Errorf("Search(%q)[%d] = %s with %v, want %s with %v (by the formula the former has %v)",
				text, i, h.Passage.ID, h.Score, want[i].p.ID, want[i].score, scores[h.Passage])
		}
	}
}
