package cite

import "strings"

// finding is a Finding in the making.
type finding struct {
	Finding
	whole     float64         // share of the weight that the whole source has
	titled    float64         // Share with all that the title says
	total     float64         // weight of the sentence
	window    map[string]bool // the sentence's terms that stand in the best place
	exchanged map[string]bool // words in whose place the source has another
	near      int             // the sentence of the source that is nearest, -1 if none is
	nearest   []word          // its words
	pairs     [][2]int        // of the sentence and of these, those that agree
	elsewhere bool            // a name is there, among other words
	close     bool            // so near that what differs shows by alignment
}

// misplaced notes a word that the source has, and elsewhere.
func (f *finding) misplaced(w *word) {
	if f.exchanged == nil {
		f.exchanged = make(map[string]bool)
	}
	f.exchanged[w.text], f.Order = true, true
}

// wrong adds a word to a list of faults, once.
func (f *finding) wrong(w *word, list *[]string) {
	if f.exchanged == nil {
		f.exchanged = make(map[string]bool)
	}
	f.exchanged[w.text] = true
	for _, have := range *list {
		if have == w.text {
			return
		}
	}
	*list = append(*list, w.text)
}

// longest is how many sentences in a row a claim may rest on, and further what each
// after the first must add to the share to be worth it.
const (
	longest = 3
	further = 0.04
)

// examine compares a sentence with a source.
func (c *Checker) examine(s, p *reading) finding {
	f := finding{near: -1, window: make(map[string]bool)}
	weights := c.weigh(s, &f)
	if f.total == 0 || len(s.words) > mostWords {
		return f
	}
	found := 0.0
	for term, weight := range weights {
		if p.places[term] != nil {
			found += weight
		}
	}
	f.whole = min(1, found/f.total)
	c.place(&f, weights, p)
	f.titled = f.Share
	c.missing(&f, s, p)
	near := p.sentence(f.near)
	near = near[:min(len(near), 10*mostWords)]
	pairs := aligned(s.words, near)
	f.nearest, f.pairs = near, pairs
	f.close = 2*agreed(s.words, pairs) >= len(s.inform)
	if f.close {
		c.exchanged(s.words, near, pairs, &f)
		for _, w := range f.Opposites { // said once
			f.Names, f.Words, f.Limits = without(f.Names, w), without(f.Words, w), without(f.Limits, w)
		}
	}
	if f.Share >= negatable {
		f.Negation = contradicts(s.words, near, pairs) || f.close && turned(s.words, near, pairs)
	}
	f.Order = f.Order || joined(s, near)
	return f
}

// mostWords is how long a sentence may be: alignment takes time and room by the
// product of two lengths. A longer one is no sentence, and supported only as a quote.
const mostWords = 500

// negatable is the least share at which a negation in one of the two means
// something for the other.
const negatable = 0.4

// weigh returns the weight of each informative term of the sentence.
func (c *Checker) weigh(s *reading, f *finding) map[string]float64 {
	weights := make(map[string]float64, len(s.inform))
	for _, i := range s.inform {
		term := s.words[i].Term
		if _, ok := weights[term]; !ok {
			weights[term] = c.rarity(term)
			f.total += weights[term]
		}
	}
	return weights
}

// place finds where in the source most of the sentence stands together, and the one
// sentence of the source that has most of it.
func (c *Checker) place(f *finding, weights map[string]float64, p *reading) {
	has := make([]map[string]bool, p.sentences)
	for _, i := range p.inform {
		w := &p.words[i]
		if _, ok := weights[w.Term]; ok {
			if has[w.sentence] == nil {
				has[w.sentence] = make(map[string]bool)
			}
			has[w.sentence][w.Term] = true
		}
	}
	top, single := 0.0, 0.0
	for i := range has {
		in, sum := make(map[string]bool), 0.0
		for n := 0; n < longest && i+n < len(has); n++ {
			for term := range has[i+n] {
				if !in[term] {
					in[term] = true
					sum += weights[term]
				}
			}
			if n == 0 && sum > single+1e-9 {
				single, f.near = sum, i
			}
			if v := sum/f.total - further*float64(n); v > top+1e-9 {
				top, f.Share = v, min(1, sum/f.total)
				f.window = make(map[string]bool, len(in))
				for term := range in {
					f.window[term] = true
				}
			}
		}
	}
}

// missing lists what the source lacks.
func (c *Checker) missing(f *finding, s, p *reading) {
	all := make(map[string]bool)
	for i := range p.words {
		all[p.words[i].Term] = true
	}
	seen, place := make(map[string]bool), -1
	for i := range s.words {
		w := &s.words[i]
		if limits[strings.ToLower(w.text)] && !all[w.Term] {
			f.Limits = append(f.Limits, w.text)
		}
		if w.Stop && w.name && !p.spells(w.text) && !seen[w.text] {
			seen[w.text] = true
			f.Names = append(f.Names, w.text)
		}
		if w.Stop || w.denies {
			continue
		}
		place++
		if seen[w.Term] {
			continue
		}
		seen[w.Term] = true
		at := p.places[w.Term]
		switch {
		case w.number && !anchored(s, p, place, at):
			f.Numbers = append(f.Numbers, w.text)
		case w.name && at == nil:
			f.Names = append(f.Names, w.text)
		case w.name && !anchored(s, p, place, at):
			f.elsewhere = true
		case at == nil && !w.number && !w.name:
			f.Words = append(f.Words, w.text)
		}
	}
}

// A number or name belongs to the informative words beside it in the sentence; at
// least half of those that the source has must stand about it there too.
const (
	beside = 4
	about  = 12
)

// anchored tells whether the word at a place of the sentence stands in the source
// among the words it stands among here.
func anchored(s, p *reading, place int, at []int) bool {
	if at == nil {
		return false
	}
	term := s.at(place).Term
	var others []string
	for k := max(0, place-beside); k <= min(len(s.inform)-1, place+beside); k++ {
		if t := s.at(k).Term; t != term && p.places[t] != nil {
			others = append(others, t)
		}
	}
	most := 0
	for _, j := range at {
		n, single := 0, p.single(j)
		for _, o := range others {
			for _, q := range p.places[o] {
				if q >= j-about && q <= j+about || single && p.at(q).sentence == p.at(j).sentence {
					n++
					break
				}
			}
		}
		most = max(most, n)
	}
	return 2*most >= len(others)
}

// single tells whether the word at a place is the only number of its sentence.
func (r *reading) single(place int) bool {
	w := r.at(place)
	for _, step := range []int{-1, 1} {
		for k := place + step; k >= 0 && k < len(r.inform) && r.at(k).sentence == w.sentence; k += step {
			if r.at(k).number {
				return false
			}
		}
	}
	return w.number
}

// count returns how often the text has an informative term.
func (r *reading) count(term string) int { return len(r.places[term]) }

// sentence returns the words of a sentence of the text, nil for -1.
func (r *reading) sentence(n int) []word {
	first, last := -1, -1
	for i := range r.words {
		if r.words[i].sentence == n {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	return r.words[first : last+1]
}

// agreed counts the informative words among the pairs.
func agreed(s []word, pairs [][2]int) int {
	n := 0
	for _, p := range pairs {
		if !s[p[0]].Stop {
			n++
		}
	}
	return n
}

// contradicts tells whether one of the two denies what the other has and does not
// deny.
func contradicts(s, near []word, pairs [][2]int) bool {
	there, back := make(map[int]int, len(pairs)), make(map[int]int, len(pairs))
	for _, p := range pairs {
		there[p[0]], back[p[1]] = p[1], p[0]
	}
	return unmet(s, near, there) || unmet(near, s, back)
}

// unmet tells whether there is a negation in text some of whose words the other text
// has, in the place aligned with them or anywhere, but none of them denied.
func unmet(text, other []word, aligned map[int]int) bool {
	for i := 0; i < len(text); i++ {
		if text[i].denied == 0 {
			continue
		}
		has, met, n := false, false, text[i].denied
		for ; i < len(text) && (text[i].denied == n || text[i].Stop); i++ {
			if text[i].denied != n {
				continue
			}
			if j, ok := aligned[i]; ok {
				has, met = true, met || other[j].denied != 0
				continue
			}
			for j := range other {
				if other[j].Term == text[i].Term {
					has, met = true, met || other[j].denied != 0
				}
			}
		}
		i--
		if has && !met {
			return true
		}
	}
	return false
}

// turned tells whether a negation, and nothing else, stands between two words of the
// one that are neighbours in the other.
func turned(s, near []word, pairs [][2]int) bool {
	for k := 1; k < len(pairs); k++ {
		i, j := pairs[k-1][0]+1, pairs[k-1][1]+1
		n, m := pairs[k][0]-i, pairs[k][1]-j
		if n == 1 && m == 0 && negates(s[i].text) || n == 0 && m == 1 && negates(near[j].text) {
			return true
		}
	}
	return false
}

// Words that join two others and tell which of them acts on the other.
var (
	givers = wordSet(`of from by`)
	takers = wordSet(`to against toward towards upon`)
)

// joined tells whether the sentence joins two words one way and the source the other
// way, and never the same way: a threat to Russia is not the threat of Russia.
func joined(s *reading, near []word) bool {
	ours := joints(s.words)
	if len(ours) == 0 {
		return false
	}
	theirs := joints(near)
	for k, way := range ours {
		if other := theirs[k]; other != 0 && other&way == 0 {
			return true
		}
	}
	return false
}

type joint struct{ first, then string }

// joints returns the pairs of informative words that only function words part, and
// which ways they are joined: 1 as a giver, 2 as a taker. A word before a noun, such
// as Russia's threat, is joined to it as a giver.
func joints(words []word) map[joint]int {
	out := make(map[joint]int)
	last, way := -1, 0
	for i := range words {
		w := &words[i]
		if w.Stop {
			switch {
			case givers[w.Term]:
				way |= 1
			case takers[w.Term]:
				way |= 2
			}
			continue
		}
		if last >= 0 {
			first := words[last].Term
			switch {
			case way == 1 || way == 2:
				out[joint{first, w.Term}] |= way
			case way == 0 && last == i-1 && words[last].name:
				out[joint{w.Term, first}] |= 1
			}
		}
		last, way = i, 0
	}
	return out
}
