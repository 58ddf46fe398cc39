// Package cite decides whether a passage supports a sentence.
//
// It goes by the words. A sentence is quoted when the passage has it verbatim. For
// what is said in other words there are two readings. The close one, Check, calls
// supported what has all its informative words there, mostly in the same order, and
// the same limits (all, only, before). The wide one, Support, lets words differ and
// takes several passages together. To both, a number or a name that the passage
// lacks, has among other words, or has another for, a negation on one side only, an
// opposite, and a relation turned round speak against the sentence.
//
// What the words cannot show it does not see: a sentence made of a passage's words
// may still twist them, so supported is a reason to read the passage, not to skip it.
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

// Stands tells whether a sentence with that verdict may be shown as the source's.
func (v Verdict) Stands() bool { return v.Over(Partly) }

// Over tells whether a verdict is better than another. What is no verdict is no better
// than the worst.
func (v Verdict) Over(other Verdict) bool { return v.standing() > other.standing() }

func (v Verdict) standing() int {
	switch v {
	case Quoted:
		return 3
	case Supported:
		return 2
	case Partly:
		return 1
	}
	return 0
}

// Finding is the result of a check. Its words are as the sentence has them, in its
// order.
type Finding struct {
	Verdict   Verdict
	Share     float64  // of the sentence's informative weight that the source has in one place
	Numbers   []string // numbers of the sentence that the source lacks, or has only beside other words
	Names     []string // names that it lacks, or has only beside other words
	Words     []string // other informative words that it lacks
	Limits    []string // words such as all, only, before that it lacks, and will or has where it tells otherwise
	Opposites []string // words in whose place the source says the opposite
	Negation  bool     // one of the two denies what the other says
	Order     bool     // they say it in another order, or joined otherwise: who did what to whom may differ
}

// partlyShare is the least share of a sentence's informative weight that the source
// must have to be about the same at all.
const partlyShare = 0.5

// Checker checks sentences. It must not be used by two goroutines at once.
type Checker struct {
	analyzer  *analysis.Analyzer
	rarity    func(term string) float64
	opposites map[string]map[string]bool
	tokens    []analysis.Token
	claim     string   // the sentence that was read last
	reading   *reading // its words
}

// New returns a Checker that weighs words by their rarity.
func New(a *analysis.Analyzer, rarity func(term string) float64) *Checker {
	return &Checker{analyzer: a, rarity: rarity, opposites: opposed()}
}

// Check tells how far source supports sentence, read closely: supported is what has
// all its informative words there. Where sentence has no informative word it is
// unsupported unless it is quoted.
func (c *Checker) Check(sentence, source string) Finding {
	s, p := c.sentence(sentence), c.read(source)
	f, o := c.closely(sentence, s, p)
	f.Order = f.Order || reordered(s, p) || o.jumbled() || o.exchanged()
	f.Verdict = f.verdict(Verbatim(sentence, source))
	return f.Finding
}

// closely is examine with what counts only where a sentence should be nearly the
// source's own: how often it has a number, and whether it tells of what is or will be.
func (c *Checker) closely(sentence string, s, p *reading) (finding, order) {
	f := c.examine(s, p)
	if f.total == 0 || len(s.words) > mostWords {
		return f, order{}
	}
	for _, i := range s.inform {
		switch w := &s.words[i]; {
		case p.count(w.Term) == 0 || s.count(w.Term) <= p.count(w.Term):
		case w.number:
			f.wrong(w, &f.Numbers) // eight of the eight are not seven of the eight
		default:
			f.misplaced(w) // who was invited has not invited
		}
	}
	f.Order = f.Order || f.elsewhere
	f.Limits = append(f.Limits, moods(s.words, f.nearest, f.pairs)...)
	return f, ordered(sentence, s, p)
}

// sentence reads a sentence, the same one after another only once.
func (c *Checker) sentence(text string) *reading {
	if c.reading == nil || c.claim != text {
		c.claim, c.reading = strings.Clone(text), c.read(text)
	}
	return c.reading
}

func (f *finding) verdict(verbatim bool) Verdict {
	switch {
	case verbatim:
		f.Negation, f.Order, f.Numbers, f.Names, f.Limits, f.Opposites = false, false, nil, nil, nil, nil
		return Quoted
	case f.Share < partlyShare:
		return Unsupported
	case len(f.Numbers)+len(f.Opposites) > 0 || f.Negation:
		return Unsupported
	case len(f.Names)+len(f.Words)+len(f.Limits) > 0 || f.Order:
		return Partly
	}
	return Supported
}

// limits are the function words that change how much is said, or when.
var limits = map[string]bool{
	"all": true, "every": true, "each": true, "both": true, "only": true, "most": true, "few": true, "some": true, "none": true,
	"before": true, "after": true, "until": true, "under": true, "over": true, "more": true, "less": true, "always": true, "never": true,
}

// apart is how many informative words may stand between two that belong together.
const apart = 10

// reordered tells whether fewer than half of the sentence's neighbouring words stand
// in the same order, and not too far apart, in the source. Half is not enough: of
// "Russia is a member of NATO" the source has the end.
func reordered(s, p *reading) bool {
	kept, pairs, last := 0, 0, ""
	for _, w := range s.words {
		if w.Stop || p.places[w.Term] == nil {
			continue
		}
		if last != "" && last != w.Term {
			pairs++
			if follows(p.places[last], p.places[w.Term]) {
				kept++
			}
		}
		last = w.Term
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

var quotes = strings.NewReplacer("‘", "'", "’", "'", "“", "'", "”", "'", "\"", "'")

func plain(s string) string {
	s = quotes.Replace(s)
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}
