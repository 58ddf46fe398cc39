package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/retrieval/analysis"
)

// want is the type of answer a question asks for.
type want uint8

const (
	wantThing   want = iota // anything
	wantPerson              // who
	wantTime                // when, what year
	wantPlace               // where, which country
	wantCount               // how many, what percentage
	wantReason              // why
	wantMeaning             // what is X, what does X stand for
)

// asked is a question, read.
type asked struct {
	text   string
	want   want
	open   bool // neither yes nor no answers it: it begins with a question word
	terms  []term
	focus  string   // the term of the noun that "which", "what" or "how many" stands before, or ""
	pairs  [][2]int // neighbouring terms, by index
	pieces []piece  // of a question that was translated: what it was
	verb   string   // the verb that "who" is the subject of, lower case as typed, or ""
}

// term is a distinct informative word of a question.
type term struct {
	analysis.Token
	word   string  // as typed
	weight float64 // idf, lowered for words that shape a question more than they name its subject
	name   bool    // typed with a capital or with digits, not as the first word
	number bool
	stem   bool // the beginning of a word that is not read whole
}

// word is a word of a sentence, with what its shape tells.
type word struct {
	analysis.Token
	low     string // lower case, as spelt
	capital bool   // begins with a capital letter
	number  bool   // digits, or a number word
	year    bool
	upper   bool   // capitals throughout, two or more
	after   string // the function word right before it, lower case, or ""
	broken  bool   // punctuation stands between it and the word before
}

// reader reads questions and sentences. It must not be used by two goroutines at
// once.
type reader struct {
	analyzer *analysis.Analyzer
	tokens   []analysis.Token
	rarity   func(term string) float64
}

// question reads a question.
func (r *reader) question(text string) asked {
	r.tokens = r.analyzer.Tokens(r.tokens[:0], text)
	o := r.form(text)
	q := asked{text: text, verb: o.verb()}
	q.want, q.focus = o.want()
	q.open = questionWords[o.at(0)] || questionWords[o.at(1)] // In which year ...
	seen := map[string]int{}
	last := -1
	for i, t := range r.tokens {
		if t.Stop || i > 0 && o.low[i-1] == "how" && measures[t.Term] {
			continue
		}
		k, ok := seen[t.Term]
		if !ok {
			k = len(q.terms)
			seen[t.Term] = k
			q.terms = append(q.terms, r.term(t, text[t.Start:t.End], i == 0))
		}
		if last >= 0 && last != k {
			q.pairs = append(q.pairs, [2]int{last, k})
		}
		last = k
	}
	return q
}

// lightShare is what a light word's weight is multiplied by.
const lightShare = 0.3

func (r *reader) term(t analysis.Token, word string, first bool) term {
	c, _ := utf8.DecodeRuneInString(word)
	out := term{Token: t, word: word, weight: r.rarity(t.Term), number: unicode.IsDigit(c) || t.Term[0] >= '0' && t.Term[0] <= '9'}
	out.name = unicode.IsUpper(c) && !first || out.number
	if light[t.Term] && !out.name {
		out.weight *= lightShare
	}
	return out
}

// form is a question's words from the point of view of its question word.
type form struct {
	text   string
	tokens []analysis.Token
	low    []string // the words in lower case
}

func (r *reader) form(text string) form {
	o := form{text: text, tokens: r.tokens, low: make([]string, len(r.tokens))}
	for i, t := range r.tokens {
		o.low[i] = strings.ToLower(text[t.Start:t.End])
	}
	return o
}

// at returns word i, or "" past the last.
func (o *form) at(i int) string {
	if i < len(o.low) {
		return o.low[i]
	}
	return ""
}

// verb returns the verb right after an opening "who" or "what", which then ask for
// its subject: Who commands ...
func (o *form) verb() string {
	if len(o.low) < 2 || o.tokens[1].Stop || o.low[0] != "who" && o.low[0] != "what" {
		return ""
	}
	return o.low[1]
}

// noun returns the term of the noun that word i begins, as far as function words
// and punctuation show: the last of a run of informative words.
func (o *form) noun(i int) string {
	f := ""
	for ; i < len(o.low) && !o.tokens[i].Stop; i++ {
		f = o.tokens[i].Term
		if i+1 < len(o.low) && o.tokens[i+1].Start > o.tokens[i].End+1 {
			break
		}
	}
	return f
}

// want reads the question word and what follows it.
func (o *form) want() (want, string) {
	for i, w := range o.low {
		switch w {
		case "who", "whom", "whose":
			if be[o.at(i+1)] && o.at(i+3) == "" || o.at(i+2) == "the" && o.at(i+4) == "" {
				return wantMeaning, "" // Who are the AP4?
			}
			return wantPerson, ""
		case "when":
			return wantTime, ""
		case "where":
			return wantPlace, ""
		case "why":
			return wantReason, ""
		case "how":
			if o.at(i+1) == "many" || o.at(i+1) == "much" {
				return wantCount, o.noun(i + 2)
			}
			if i+1 < len(o.low) && measures[o.tokens[i+1].Term] {
				return wantCount, ""
			}
			return wantThing, ""
		case "what", "which":
			return o.wantNoun(i)
		}
	}
	return wantThing, ""
}

// wantNoun reads what follows the "what" or "which" that is word i.
func (o *form) wantNoun(i int) (want, string) {
	next, f := o.at(i+1), o.noun(i+1)
	switch {
	case timeNouns[next] || timeNouns[f]:
		return wantTime, f
	case countNouns[next] || countNouns[f] || countNouns[o.at(i+3)] && o.tokens[i+1].Stop:
		return wantCount, f
	case placeNouns[f]:
		return wantPlace, f
	case personNouns[f]:
		return wantPerson, f
	case f == "" && be[next] && len(o.low)-i <= 7,
		strings.Contains(o.text, "stand for"), strings.Contains(o.text, " mean"):
		return wantMeaning, ""
	case f == "cause" || next == "caused" || next == "led":
		return wantReason, ""
	}
	return wantThing, f
}

// sentence reads a sentence into dst, stop words left out.
func (r *reader) sentence(dst []word, text string) []word {
	r.tokens = r.analyzer.Tokens(r.tokens[:0], text)
	before, end := "", 0
	for _, t := range r.tokens {
		if t.Stop {
			before, end = t.Term, t.End
			continue
		}
		s := text[t.Start:t.End]
		c, _ := utf8.DecodeRuneInString(s)
		w := word{Token: t, low: strings.ToLower(s), capital: unicode.IsUpper(c), after: before}
		w.broken = len(dst) == 0 || before != "" || strings.TrimSpace(text[min(end, t.Start):t.Start]) != "" // pairs of Japanese overlap
		w.number = t.Term[0] >= '0' && t.Term[0] <= '9' || amounts[t.Term]
		w.year = len(t.Term) >= 4 && (t.Term[0] == '1' || t.Term[0] == '2') && digits(t.Term[:4]) && (len(t.Term) == 4 || t.Term[4:] == "s")
		w.upper = len(s) > 1 && strings.ToUpper(s) == s && !w.number
		dst = append(dst, w)
		before, end = "", t.End
	}
	return dst
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
