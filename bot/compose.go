package bot

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/corpus"
)

// maxSentences is the greatest length of an answer, in sentences of the source.
const maxSentences = 3

// second is how far below the best sentence's score another one may lie to be
// shown beside it. Chosen on squad2-dev: a smaller distance shows fewer sentences
// and finds fewer answers.
const second = 2.8

// stretch is a run of a passage's Text that an answer shows.
type stretch struct {
	passage    *corpus.Passage
	start, end int
	cut        bool // words before it, in its sentence, were left out
	broken     bool // and words after it
}

// group is one or more neighbouring sentences that can only be understood together.
type group struct {
	passage     *corpus.Passage
	first, last int
}

func (g group) size() int { return g.last - g.first + 1 }

// compose chooses what is shown: first the best sentence, together with what it
// leans on, then others that come near it, by date and in reading order.
func compose(cs []candidate, best *candidate, why bool) []stretch {
	lead := group{best.passage, opening(best.passage, best.sentence), best.sentence}
	if next := best.sentence + 1; why && lead.size() < maxSentences && next < len(best.passage.Sentences) {
		// The reason often follows: This may be due to ...
		if t := best.passage.SentenceText(next); leans(t) && reason(t) > 0 {
			lead.last = next
		}
	}
	groups, size := []group{lead}, lead.size()
	for _, c := range datesFirst(ranked(cs), best) {
		if c.score < best.score-second {
			continue
		}
		g := group{c.passage, opening(c.passage, c.sentence), c.sentence}
		if shown(groups, c.passage, c.sentence) || c.rank[rankCover] == 0 {
			continue
		}
		if g.first < g.last && shown(groups, c.passage, c.sentence-1) {
			g.first = g.last
		}
		if size+g.size() <= maxSentences && !shown(groups, g.passage, g.first) {
			groups, size = append(groups, g), size+g.size()
		}
	}
	slices.SortStableFunc(groups[1:], func(a, b group) int {
		return cmp.Or(strings.Compare(a.passage.Document.Date, b.passage.Document.Date), inOrder(a.passage, b.passage), a.first-b.first)
	})
	out := make([]stretch, len(groups))
	for i, g := range groups {
		out[i] = g.stretch()
	}
	return out
}

// ranked returns the candidates by falling score, equals in order.
func ranked(cs []candidate) []candidate {
	out := slices.Clone(cs)
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	return out
}

// datesFirst returns ranked candidates with the best of each other date than the best
// one's before the rest: documents of different years may answer differently, and who
// asks is to see both.
func datesFirst(ranked []candidate, best *candidate) []candidate {
	var first, rest []candidate
	seen := []string{best.passage.Document.Date}
	for _, c := range ranked {
		date := c.passage.Document.Date
		if slices.ContainsFunc(seen, func(s string) bool { return !differ(s, date) }) {
			rest = append(rest, c)
			continue
		}
		first, seen = append(first, c), append(seen, date)
	}
	return append(first, rest...)
}

// shown tells whether sentence i of p is in one of the groups.
func shown(groups []group, p *corpus.Passage, i int) bool {
	return slices.ContainsFunc(groups, func(g group) bool { return g.passage == p && g.first <= i && i <= g.last })
}

// inOrder compares passages by document and place.
func inOrder(a, b *corpus.Passage) int {
	return cmp.Or(strings.Compare(a.Document.ID, b.Document.ID), int(a.Kind)-int(b.Kind), a.Number-b.Number, a.Part-b.Part)
}

// opening returns the first of the sentences that must be shown for sentence i to
// be understood: those before it, as long as they lean on one another and there is
// room.
func opening(p *corpus.Passage, i int) int {
	from := i
	for from > 0 && i-from+1 < maxSentences && leans(p.SentenceText(from)) {
		from--
	}
	return from
}

// leaning are the words that point to the sentence before when they open one.
var leaning = wordSet(`this these it they he she such its their his her both another`)

// expletive finds an "it" that stands for what follows: It is expected that ...
var expletive = regexp.MustCompile(`^it (is|was|has been|will be|would be|seems|appears)( \w+){0,3} (that|to|whether)\b`)

// leans tells whether a sentence cannot be understood without the one before it.
func leans(text string) bool {
	text = strings.ToLower(text)
	first, _, _ := strings.Cut(text, " ")
	first = strings.TrimFunc(first, func(r rune) bool { return !unicode.IsLetter(r) })
	return leaning[first] && !(first == "it" && expletive.MatchString(text))
}

// connectives join a sentence to the one before without changing what it says.
var connectives = []string{
	"in addition,", "additionally,", "moreover,", "furthermore,", "however,", "also,", "therefore,", "thus,", "nevertheless,",
	"nonetheless,", "besides,", "similarly,", "likewise,", "consequently,", "for example,", "for instance,", "on the other hand,",
	"as a result,", "in particular,",
}

// stretch returns the group's words, without the connective that opens them.
func (g group) stretch() stretch {
	p := g.passage
	s := stretch{passage: p, start: p.Sentences[g.first].Start, end: p.Sentences[g.last].End}
	text := p.Text[s.start:s.end]
	for _, c := range connectives {
		if len(text) > len(c) && strings.EqualFold(text[:len(c)], c) {
			s.start += len(text) - len(strings.TrimLeft(text[len(c):], " "))
			s.cut = true
			break
		}
	}
	return s
}
