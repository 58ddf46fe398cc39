// Package cite decides whether a passage supports a sentence.
//
// It goes by the words: a sentence is quoted when the passage has it verbatim,
// and supported when the passage has its numbers, its names and all its other
// informative words, mostly in the same order, denies nothing that the sentence
// says, and sets the same limits (all, only, before). What the words cannot show,
// such as a paraphrase, it does not call supported; and a sentence made of a
// passage's words may still twist them, so supported is a reason to read the
// passage, not to skip it.
//
// The package knows no question, no search and no platform: text goes in, a
// verdict with its reasons comes out.
package cite

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/retrieval/analysis"
)

// Verdict says how far the material supports a sentence.
type Verdict string

// The verdicts, from the best to the worst.
const (
	Quoted      Verdict = "quoted"      // the sentence is the source's own words
	Supported   Verdict = "supported"   // the source says so in other words
	Partly      Verdict = "partly"      // the source says some of it
	Unsupported Verdict = "unsupported" // the source does not say so
)

// Finding is the result of a check. Its words are as the sentence has them, in its
// order.
type Finding struct {
	Verdict  Verdict
	Share    float64  // of the sentence's informative weight that the source has
	Numbers  []string // numbers of the sentence that the source lacks
	Names    []string // names that it lacks
	Words    []string // other informative words that it lacks
	Limits   []string // words such as all, only, before that it lacks
	Negation bool     // one of the two denies what the other says
	Order    bool     // they say it in another order: who did what to whom may differ
}

// partlyShare is the least share of a sentence's informative weight that the source
// must have to be about the same at all.
const partlyShare = 0.5

// Checker checks sentences. It must not be used by two goroutines at once.
type Checker struct {
	analyzer *analysis.Analyzer
	rarity   func(term string) float64
	tokens   []analysis.Token
}

// New returns a Checker that weighs words by their rarity.
func New(a *analysis.Analyzer, rarity func(term string) float64) *Checker {
	return &Checker{analyzer: a, rarity: rarity}
}

// Check tells how far source supports sentence. Where sentence has no informative
// word it is unsupported unless it is quoted.
func (c *Checker) Check(sentence, source string) Finding {
	var f Finding
	c.tokens = c.analyzer.Tokens(c.tokens[:0], source)
	has := make(map[string]bool, len(c.tokens))
	for _, t := range c.tokens {
		has[t.Term] = true
	}
	denied := deniedIn(source, c.tokens)
	places := placesIn(c.tokens)
	seen := make(map[string]bool)
	total, found := 0.0, 0.0
	c.tokens = c.analyzer.Tokens(c.tokens[:0], sentence)
	for i, t := range c.tokens {
		if limits[t.Term] && !has[t.Term] {
			f.Limits = append(f.Limits, sentence[t.Start:t.End])
		}
		if t.Stop || seen[t.Term] {
			continue
		}
		seen[t.Term] = true
		weight := c.rarity(t.Term)
		total += weight
		if has[t.Term] {
			found += weight
			continue
		}
		word := sentence[t.Start:t.End]
		r, _ := utf8.DecodeRuneInString(word)
		switch {
		case unicode.IsDigit(r) || t.Term[0] >= '0' && t.Term[0] <= '9':
			f.Numbers = append(f.Numbers, word)
		case unicode.IsUpper(r) && (i > 0 || !strings.HasPrefix(sentence[t.End:], ",")) || compass[t.Term]:
			// The first word too, unless it only opens the sentence (Moreover, …): who
			// did it matters most there.
			f.Names = append(f.Names, word)
		default:
			f.Words = append(f.Words, word)
		}
	}
	if total > 0 {
		f.Share = found / total
	}
	f.Negation = f.Share >= partlyShare && contradicts(deniedIn(sentence, c.tokens), has, denied, seen)
	f.Order = reordered(c.tokens, places)
	f.Verdict = f.verdict(Verbatim(sentence, source))
	return f
}

func (f *Finding) verdict(verbatim bool) Verdict {
	switch {
	case verbatim:
		f.Negation, f.Order, f.Limits = false, false, nil
		return Quoted
	case f.Share < partlyShare:
		return Unsupported
	case len(f.Numbers) > 0 || f.Negation:
		return Unsupported
	case len(f.Names)+len(f.Words)+len(f.Limits) > 0 || f.Order:
		return Partly
	}
	return Supported
}

// compass are the terms that change a statement's direction; spelt small they are
// names nevertheless.
var compass = map[string]bool{"north": true, "south": true, "east": true, "west": true, "northern": true, "southern": true, "eastern": true, "western": true}

// limits are the function words that change how much is said, or when.
var limits = map[string]bool{
	"all": true, "every": true, "each": true, "both": true, "only": true, "most": true, "few": true, "some": true, "none": true,
	"before": true, "after": true, "until": true, "under": true, "over": true, "more": true, "less": true, "always": true, "never": true,
}

// placesIn returns where each informative term stands, counted in informative words.
func placesIn(tokens []analysis.Token) map[string][]int {
	places := make(map[string][]int)
	n := 0
	for _, t := range tokens {
		if !t.Stop {
			places[t.Term] = append(places[t.Term], n)
			n++
		}
	}
	return places
}

// apart is how many informative words may stand between two that belong together.
const apart = 10

// reordered tells whether fewer than half of the sentence's neighbouring words stand
// in the same order, and not too far apart, in the source. Half is not enough: of
// "Russia is a member of NATO" the source has the end.
func reordered(tokens []analysis.Token, places map[string][]int) bool {
	kept, pairs, last := 0, 0, ""
	for _, t := range tokens {
		if t.Stop || places[t.Term] == nil {
			continue
		}
		if last != "" && last != t.Term {
			pairs++
			if follows(places[last], places[t.Term]) {
				kept++
			}
		}
		last = t.Term
	}
	return pairs > 0 && 2*kept <= pairs
}

func follows(first, then []int) bool {
	for _, a := range first {
		for _, b := range then {
			if b > a && b-a <= apart {
				return true
			}
		}
	}
	return false
}

// reach is how many informative words after a negation it denies: did not join
// NATO.
const reach = 2

// deniedIn returns the terms of text that a negation before them denies.
func deniedIn(text string, tokens []analysis.Token) map[string]bool {
	denied := make(map[string]bool)
	left := 0
	for i, t := range tokens {
		word := strings.ToLower(text[t.Start:t.End])
		switch {
		case denies(word) && !(i+1 < len(tokens) && strings.EqualFold(text[tokens[i+1].Start:tokens[i+1].End], "only")):
			left = reach
		case t.Stop:
		case left > 0:
			denied[t.Term] = true
			left--
		}
	}
	return denied
}

// contradicts tells whether one text denies a term that the other has and does not
// deny.
func contradicts(denied, has, deniedThere, here map[string]bool) bool {
	for t := range denied {
		if has[t] && !deniedThere[t] {
			return true
		}
	}
	for t := range deniedThere {
		if here[t] && !denied[t] {
			return true
		}
	}
	return false
}

func denies(w string) bool {
	switch w {
	case "not", "no", "never", "none", "neither", "nor", "without", "cannot":
		return true
	}
	return strings.HasSuffix(w, "n't") || strings.HasSuffix(w, "n’t")
}

// Verbatim tells whether source has the words of sentence one after the other, each
// whole; capitals, quotation marks, those around the sentence too, white space, and
// the sentence's last stop may differ.
func Verbatim(sentence, source string) bool {
	s := strings.TrimLeft(strings.TrimRight(plain(sentence), ".!?' "), "' ")
	if s == "" {
		return false
	}
	source = plain(source)
	for from := 0; ; {
		i := strings.Index(source[from:], s)
		if i < 0 {
			return false
		}
		i += from
		if whole(source, i) && whole(source, i+len(s)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(source[i:])
		from = i + size
	}
}

// whole tells whether no word and no number of s is cut in two at byte i: 40 is not
// in 40,000, nor North in Northern. Where words are not told apart by spaces, it is.
func whole(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, size := utf8.DecodeRuneInString(s[i:])
	if after == ',' || after == '.' {
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		return !unicode.IsDigit(before) || !unicode.IsDigit(next)
	}
	if before == ',' || before == '.' {
		first, _ := utf8.DecodeLastRuneInString(s[:i-1])
		return !unicode.IsDigit(first) || !unicode.IsDigit(after)
	}
	spaced := func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsLetter(r) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
	}
	return !spaced(before) || !spaced(after)
}

func plain(s string) string {
	s = strings.NewReplacer("‘", "'", "’", "'", "“", "'", "”", "'", "\"", "'").Replace(s)
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}
