package cite

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/corpus"
	"footnote/retrieval/analysis"
)

// word is a word of a text that was read.
type word struct {
	analysis.Token
	text     string
	number   bool
	name     bool // spelt with a capital, and not only because it opens the sentence
	opens    bool // is the first of its sentence
	denies   bool
	denied   int // which negation before it, in the same clause, denies it: 0 for none
	sentence int
}

// reading is a text as its words. Places count informative words only: those that
// are neither function words nor negations.
type reading struct {
	words     []word
	inform    []int            // by place, the index of the word
	places    map[string][]int // of each informative term
	sentences int
}

// reach is how many informative words after a negation it denies: did not join
// NATO.
const reach = 2

// A list's number or bullet is no part of what the item says, nor is the next item's
// number that a splitter of sentences left at the end.
var (
	bullet = regexp.MustCompile(`^\s*(?:\d{1,2}[.)]|[*•–-])\s+`)
	next   = regexp.MustCompile(`([.!?:;])\s+\d{1,2}[.)]\s*$`)
)

// itemless returns a sentence without the marks of a list.
func itemless(sentence string) string {
	return next.ReplaceAllString(bullet.ReplaceAllString(sentence, ""), "$1")
}

// read reads a text.
func (c *Checker) read(text string) *reading {
	c.tokens = c.analyzer.Tokens(c.tokens[:0], text)
	r := &reading{words: make([]word, 0, len(c.tokens)), places: make(map[string][]int, len(c.tokens))}
	ends := sentenceEnds(text)
	last, left, negations := 0, 0, 0
	shouts := strings.ToUpper(text) == text
	for i, t := range c.tokens {
		w := word{Token: t, text: text[t.Start:t.End]}
		between := ""
		if last <= t.Start {
			between = text[last:t.Start]
		}
		last = t.End
		for r.sentences < len(ends)-1 && t.Start >= ends[r.sentences] {
			r.sentences++
		}
		w.sentence = r.sentences
		w.opens = i == 0 || strings.ContainsAny(between, ".!?;:\n")
		low := strings.ToLower(w.text)
		if w.opens || strings.ContainsAny(between, ",—–()") || clauses[low] {
			left = 0
		}
		if w.denies = denies(low) && !onlyAfter(text, c.tokens[i+1:]); w.denies {
			left = reach
			negations++
		}
		w.number = isNumber(w.text, t.Term)
		w.name = !t.Stop && !w.number && isName(w, text[t.End:]) || t.Stop && !shouts && isAcronym(w.text)
		if !t.Stop && !denies(low) {
			if left > 0 {
				w.denied = negations
				left--
			}
			r.places[t.Term] = append(r.places[t.Term], len(r.inform))
			r.inform = append(r.inform, len(r.words))
		}
		r.words = append(r.words, w)
	}
	r.sentences++
	return r
}

// at returns the word at a place.
func (r *reading) at(place int) *word { return &r.words[r.inform[place]] }

// sentenceEnds returns where the sentences of text end.
func sentenceEnds(text string) []int {
	var ends []int
	from := 0
	for _, s := range corpus.Sentences(text) {
		if i := strings.Index(text[from:], s); i >= 0 {
			from += i + len(s)
			ends = append(ends, from)
		}
	}
	return ends
}

// clauses are the words with which a clause begins that a negation before them does
// not reach.
var clauses = wordSet(`but although though while whereas because since which who that however instead rather`)

func onlyAfter(text string, rest []analysis.Token) bool {
	if len(rest) == 0 {
		return false
	}
	switch strings.ToLower(text[rest[0].Start:rest[0].End]) {
	case "only", "just", "merely", "simply", "necessarily":
		return true
	}
	return false
}

// isAcronym tells whether a function word is spelt as a name: US, IT, WHO. NOT and ALL
// in capitals are only said louder.
func isAcronym(word string) bool {
	low := strings.ToLower(word)
	return len(word) > 1 && strings.ToUpper(word) == word && low != word && !denies(low) && !limits[low]
}

// spells tells whether the text has a word that is spelt so.
func (r *reading) spells(word string) bool {
	for i := range r.words {
		if r.words[i].text == word {
			return true
		}
	}
	return false
}

func isNumber(word, term string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsDigit(r) || term[0] >= '0' && term[0] <= '9'
}

// isName tells whether a word names somebody or something. The word that opens a
// sentence counts, because who did it matters most there, unless it only leads in
// (Moreover, …).
func isName(w word, after string) bool {
	r, _ := utf8.DecodeRuneInString(w.text)
	if compass[w.Term] {
		return true
	}
	if !unicode.IsUpper(r) {
		return false
	}
	low := strings.ToLower(w.text)
	return !w.opens || !openers[low] && !strings.HasSuffix(low, "ly") && !strings.HasPrefix(after, ",")
}

// compass are the terms that change a statement's direction; spelt small they are
// names nevertheless.
var compass = wordSet(`north south east west northern southern eastern western northeast northwest southeast southwest`)

// openers are words that begin a sentence without being what it is about.
var openers = wordSet(`
nevertheless moreover furthermore also consider overall therefore thus hence meanwhile instead indeed besides
today yes no sure please note seek make use here one another other some many most several each every these those this
that there in on at for by to from with when while if as after before during since until according based due given
although though because however additionally despite unlike like such both either first second third lastly next then
regarding including depending using being having let see keep remember ensure check try ask avoid choose start look take
get give find think imagine suppose assuming generally people someone anyone everyone other others`)

func wordSet(list string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// negates is denies for a word as it is spelt.
func negates(w string) bool { return denies(strings.ToLower(w)) }

func denies(w string) bool {
	switch w {
	case "not", "no", "never", "none", "neither", "nor", "without", "cannot", "nobody", "nothing":
		return true
	}
	return strings.HasSuffix(w, "n't") || strings.HasSuffix(w, "n’t")
}
