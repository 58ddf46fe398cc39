package cite

import (
	"slices"
	"strings"
)

// Source is one of the passages that a sentence may rest on.
type Source struct {
	ID    string
	Title string // what the passage is about: context for the sentence, no evidence of numbers
	Text  string
}

// Judgement tells how far several passages together support a sentence.
type Judgement struct {
	Verdict Verdict
	Reasons Finding // what the best source, or all of them together, lack
	Source  int     // the source that supports the sentence best, -1 if none has a word of it, its title neither
	Score   float64 // how much speaks for it, from 0 to 1; good for ranking
}

// enough is the least share of a sentence's informative weight that one place of a
// source must have for a sentence in other words.
const enough = 0.36

// Support tells how far sources support sentence in whatever words: supported is a
// sentence that has all its numbers and names there, beside the words they stand
// beside here, that neither denies nor reverses what the source says, and enough of
// whose other words are in one place. What no source has alone they may have
// together; what one of them contradicts, the others don't mend.
func (c *Checker) Support(sentence string, sources []Source) Judgement {
	j := Judgement{Verdict: Unsupported, Source: -1}
	claim := itemless(sentence)
	s := c.sentence(claim)
	found := make([]finding, len(sources))
	for i, src := range sources {
		verbatim := Verbatim(claim, src.Text)
		p := c.read(src.Text)
		f := c.examine(s, p)
		if verbatim {
			f.Verdict = f.verdict(true)
		} else {
			c.entitle(&f, s, src.Title)
			f.Order = f.Order || f.total > 0 && len(s.words) <= mostWords && ordered(claim, s, p).jumbled()
			f.Verdict = f.loosely()
		}
		found[i] = f
		if f.titled == 0 && !verbatim {
			continue
		}
		if score := f.score(); j.Source < 0 || f.Verdict.Over(j.Verdict) || f.Verdict == j.Verdict && score > j.Score {
			j = Judgement{Verdict: f.Verdict, Reasons: f.Finding, Source: i, Score: score}
		}
	}
	if j.Source >= 0 && !j.Verdict.Stands() && len(sources) > 1 {
		if f := c.together(s, found, j.Source); f.Verdict == Supported {
			j.Verdict, j.Reasons, j.Score = f.Verdict, f.Finding, f.score()
		}
	}
	return j
}

// ownWords is the least share of a sentence's informative weight that a source must
// have for Closely. People's own sentences differ by far more; what a model weaves in
// has no other words to show it by.
const ownWords = 0.9

// Closely is Support by one source for a sentence that should be nearly the source's
// own, such as a model's: it has nearly all words of the sentence, in its order, with
// the same limits, and the title lends it no word for what the source calls by another.
func (c *Checker) Closely(sentence string, src Source) Judgement {
	j := c.Support(sentence, []Source{src})
	if j.Verdict != Supported {
		return j
	}
	claim := itemless(sentence)
	s, p := c.sentence(claim), c.read(src.Text)
	own, o := c.closely(claim, s, p)
	own.Order = own.Order || o.disordered() || c.displaced(s, &own, src.Title)
	if own.Share < ownWords || own.Order || len(own.Limits) > 0 {
		own.Finding.Verdict = Partly
		j.Verdict, j.Reasons = Partly, own.Finding
	}
	return j
}

// displaced tells whether a word that only the title has stands in the place of what
// the source tells of: what is true of the keeper is not true of the lighthouse.
func (c *Checker) displaced(s *reading, f *finding, title string) bool {
	t := c.read(title)
	i, j := 0, 0
	for _, p := range append(slices.Clone(f.pairs), [2]int{len(s.words), len(f.nearest)}) {
		ours, theirs := s.words[i:p[0]], f.nearest[j:p[1]]
		i, j = p[0]+1, p[1]+1
		if anyWord(ours, func(w *word) bool { return !w.Stop && t.places[w.Term] != nil && !standsIn(w.Term, f.nearest) }) &&
			anyWord(theirs, func(w *word) bool { return !w.Stop && s.places[w.Term] == nil && t.places[w.Term] == nil }) {
			return true
		}
	}
	return false
}

// loosely is the verdict on a sentence in other words.
func (f *finding) loosely() Verdict {
	switch {
	case f.Share < enough || len(f.Numbers)+len(f.Opposites) > 0 || f.Negation:
		return Unsupported
	case len(f.Names) > 0 || f.Order:
		return Partly
	}
	return Supported
}

// entitle counts the words of the title as said: of whom a passage speaks often
// stands only there. Numbers and what the source exchanged stay as they were found.
func (c *Checker) entitle(f *finding, s *reading, title string) {
	if title == "" || f.total == 0 {
		return
	}
	t := c.read(title)
	more := 0.0
	seen := make(map[string]bool)
	for _, i := range s.inform {
		w := &s.words[i]
		if w.number || t.places[w.Term] == nil || seen[w.Term] {
			continue
		}
		seen[w.Term] = true
		if !f.window[w.Term] {
			more += c.rarity(w.Term)
		}
		if !f.exchanged[w.text] {
			f.Names = without(f.Names, w.text)
		}
		f.Words = without(f.Words, w.text)
	}
	f.titled = min(1, f.titled+more/f.total)
	f.Share = min(1, f.Share+min(f.Share, more/f.total)) // a title alone says nothing
	f.whole = min(1, f.whole+more/f.total)
}

// score tells how much speaks for a sentence: its words, less what speaks against.
func (f *finding) score() float64 {
	if f.Verdict == Quoted {
		return 1
	}
	score := (f.titled + f.whole) / 2
	for range len(f.Numbers) + len(f.Names) + len(f.Opposites) {
		score *= 0.9
	}
	if f.Negation {
		score *= 0.9
	}
	if f.Order {
		score *= 0.9
	}
	return score
}

// together is what all sources say of the sentence: none contradicts it, and what
// one lacks another has.
func (c *Checker) together(s *reading, found []finding, best int) finding {
	f := found[best]
	covered := make(map[string]bool)
	for i := range found {
		x := &found[i]
		if len(x.exchanged) > 0 && x.close {
			f.Verdict = Unsupported
			return f
		}
		for term := range x.window {
			covered[term] = true
		}
		f.Numbers = both(f.Numbers, x.Numbers)
		f.Names = both(f.Names, x.Names)
		f.Words = both(f.Words, x.Words)
	}
	sum, seen := 0.0, make(map[string]bool)
	for _, i := range s.inform {
		if term := s.words[i].Term; covered[term] && !seen[term] {
			seen[term] = true
			sum += c.rarity(term)
		}
	}
	if f.total > 0 {
		f.Share = max(f.Share, min(1, sum/f.total))
	}
	f.Verdict = f.loosely()
	return f
}

// both returns the words that both lists have.
func both(a, b []string) []string {
	has := wordSet(strings.Join(b, " "))
	var out []string
	for _, w := range a {
		if has[w] {
			out = append(out, w)
		}
	}
	return out
}

func without(list []string, word string) []string {
	var out []string
	for _, w := range list {
		if w != word {
			out = append(out, w)
		}
	}
	return out
}
