package bot

import (
	"math"
	"strings"
)

// typed tells how far a sentence has something of the type the question asks for,
// that the question does not have itself, between 0 and 1. A question that asks for
// no type gets 1/2.
func (s *scorer) typed(text string) float64 {
	switch s.q.want {
	case wantTime:
		return s.time()
	case wantCount:
		return s.count()
	case wantPerson:
		return s.person()
	case wantPlace:
		return s.place()
	case wantReason:
		return reason(text)
	case wantMeaning:
		return s.meaning(text)
	}
	return 0.5
}

// asked tells whether the question has the word itself.
func (s *scorer) asked(w *word) bool {
	_, ok := s.index[w.Term]
	return ok
}

func (s *scorer) time() float64 {
	best := 0.0
	for j := range s.words {
		w := &s.words[j]
		switch {
		case s.asked(w):
		case w.year, months[w.Term] && w.capital:
			return 1
		case months[w.Term]:
			best = math.Max(best, 0.7)
		case w.number:
			best = math.Max(best, 0.4)
		}
	}
	return best
}

// yearOnly is how well a year answers how many.
const yearOnly = 0.3

func (s *scorer) count() float64 {
	best := 0.0
	for j := range s.words {
		w := &s.words[j]
		if !w.number || s.asked(w) {
			continue
		}
		v := 0.6
		if w.year {
			v = yearOnly
		}
		for k := max(0, j-2); k < min(len(s.words), j+4); k++ {
			if t := s.words[k].Term; t == s.q.focus {
				v = 1
			} else if units[t] {
				v = math.Max(v, 0.8)
			}
		}
		best = math.Max(best, v)
	}
	return best
}

// person looks for names of people: capitalised words, two together more than one.
// Acronyms, possessives (Russia's), what follows "the" and the word that opens the
// sentence are more often something else.
func (s *scorer) person() float64 {
	best := 0.0
	for j := 0; j < len(s.words); j++ {
		w := &s.words[j]
		if !w.capital || w.number || s.asked(w) {
			continue
		}
		n := 1
		for j+n < len(s.words) && s.words[j+n].capital && !s.words[j+n].broken {
			n++
		}
		v := 0.6
		switch last := &s.words[j+n-1]; {
		case n > 1 && !w.upper:
			v = 1
		case w.upper, w.Start == 0:
			v = 0.3
		case strings.HasSuffix(last.low, "'s"), strings.HasSuffix(last.low, "’s"):
			v = 0.3
		}
		if w.after == "the" {
			v -= 0.4
		}
		best = math.Max(best, v)
		j += n - 1
	}
	return best
}

func (s *scorer) place() float64 {
	best := 0.0
	for j := range s.words {
		w := &s.words[j]
		if !w.capital || s.asked(w) || months[w.Term] {
			continue
		}
		if places[w.after] {
			return 1
		}
		if w.Start > 0 {
			best = 0.6
		}
	}
	return best
}

func reason(text string) float64 {
	for f := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' }) {
		if reasons[f] {
			return 1
		}
	}
	return 0
}

// meaning looks for the word asked about as it is explained: "X is", "X (", "(X)".
func (s *scorer) meaning(text string) float64 {
	low := strings.ToLower(text)
	for _, t := range s.q.terms {
		at := strings.Index(low, strings.ToLower(t.word))
		if at < 0 {
			continue
		}
		if at > 0 && low[at-1] == '(' {
			return 1
		}
		rest := low[at+len(t.word):]
		for _, c := range []string{" is ", " are ", " was ", " were ", " (", "), ", ") "} {
			if k := strings.Index(rest, c); k >= 0 && k < 20 { // a few words may stand between
				return 1
			}
		}
	}
	return 0
}
