// Package analysis turns text into terms: what two texts must share to be about
// the same thing. Everything that compares words (the keyword index, the search
// cluster, the checks of an answer) goes through it, so that a word means the same
// thing everywhere.
//
// Words are found by Unicode segmentation (UAX 29), folded to lower case without
// diacritics, joined across British and American spelling, and stemmed by
// Snowball's English rules. Runs of Chinese and Japanese characters become
// overlapping pairs, since no dictionary is needed for them.
//
// The package knows nothing of passages, scores or questions.
package analysis

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/unicode/norm"
)

// Version goes up when a text gives other tokens than before (TestVersion): whatever
// keeps terms must be made anew then.
const Version = 1

// Token is one occurrence of a term.
type Token struct {
	Term       string // normal form
	Start, End int    // byte offsets of the word in the text
	Stop       bool   // a function word, which says nothing about the subject
}

// Analyzer turns text into tokens. It remembers the normal form of each word it
// has met, and so must not be used by two goroutines at once. The zero value is
// not ready; use [New].
type Analyzer struct {
	env   *snowballstem.Env
	known map[string]normal
}

type normal struct {
	term string
	stop bool
}

// maxKnown bounds the memory of the remembered words; past it they are forgotten
// together. A million English passages have about this many distinct words.
const maxKnown = 1 << 20

// New returns an Analyzer.
func New() *Analyzer {
	return &Analyzer{env: snowballstem.NewEnv(""), known: make(map[string]normal, 1024)}
}

// Tokens appends the tokens of text to dst, in order of Start, and returns it.
func (a *Analyzer) Tokens(dst []Token, text string) []Token {
	text = parted(text)
	run := -1 // start of the CJK run that is open
	it := words.FromString(text)
	for it.Next() {
		word, start, end := it.Value(), it.Start(), it.End()
		r, _ := utf8.DecodeRuneInString(word)
		if cjk(r) {
			if run < 0 {
				run = start
			}
			continue
		}
		if run >= 0 {
			dst = pairs(dst, text, run, start)
			run = -1
		}
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			continue
		}
		n := a.normal(word)
		if n.term == "" {
			continue
		}
		dst = append(dst, Token{Term: n.term, Start: start, End: end, Stop: n.stop})
	}
	if run >= 0 {
		dst = pairs(dst, text, run, len(text))
	}
	return dst
}

// parted returns text with spaces for the bytes that part words though UAX 29 does
// not say so: underscores, so that _emphasis_ is the word it is, and what is not
// UTF-8, which the segmenter may count to the word before.
func parted(text string) string {
	if utf8.ValidString(text) {
		return strings.ReplaceAll(text, "_", " ")
	}
	out := []byte(text)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == '_' || r == utf8.RuneError && size == 1 {
			out[i] = ' '
		}
		i += size
	}
	return string(out)
}

// Term returns the normal form of a single word, "" where it has none.
func (a *Analyzer) Term(word string) string { return a.normal(word).term }

func (a *Analyzer) normal(word string) normal {
	if n, ok := a.known[word]; ok {
		return n
	}
	if len(a.known) >= maxKnown {
		clear(a.known)
	}
	n := a.fold(word)
	a.known[strings.Clone(word)] = n
	return n
}

// fold computes what normal remembers.
func (a *Analyzer) fold(word string) normal {
	w := strings.ToLower(plain(word))
	w = strings.ReplaceAll(w, "’", "'")
	w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "'")
	if stopWords[w] {
		return normal{w, true}
	}
	w = marks.Replace(dots(w))
	if w == "" {
		return normal{}
	}
	if d, ok := numerals[w]; ok {
		return normal{d, false}
	}
	if w[0] >= '0' && w[0] <= '9' || len(w) > 64 {
		return normal{w, false}
	}
	return normal{a.stem(spelling(w)), false}
}

// marks are what may stand inside a word without parting it.
var marks = strings.NewReplacer("'", "", ".", "", ",", "")

// dots keeps the points between the digits of a number, which would otherwise be
// lost with the full stops of U.S.
func dots(w string) string {
	for i := 1; i+1 < len(w); i++ {
		if w[i] == '.' && digit(w[i-1]) && digit(w[i+1]) {
			w = w[:i] + "·" + w[i+1:]
		}
	}
	return w
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

func (a *Analyzer) stem(w string) string {
	a.env.SetCurrent(w)
	english.Stem(a.env)
	s := a.env.Current()
	// Snowball undoubles most letters but not l, which British spelling doubles:
	// travelled, traveled.
	if len(s) > 4 && strings.HasSuffix(s, "ll") {
		s = s[:len(s)-1]
	}
	return strings.Clone(s)
}

// plain maps compatibility forms (full-width letters, ligatures) to plain ones and
// drops diacritics, soft hyphens and the spaces that some forms are taken apart into.
func plain(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Cf, unicode.Zs) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
}

// cjk tells whether words are written in r's script without spaces between them.
func cjk(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー' || r == '々'
}

// pairs appends the overlapping pairs of characters of text[start:end], which is a
// run of CJK; a run of one character gives that character. Hiragana alone write
// particles and endings, which are stop words.
func pairs(dst []Token, text string, start, end int) []Token {
	first := start
	prev, w := utf8.DecodeRuneInString(text[start:end])
	pos := start + w
	if pos >= end {
		return append(dst, Token{Term: text[start:end], Start: start, End: end, Stop: unicode.Is(unicode.Hiragana, prev)})
	}
	for pos < end {
		r, w := utf8.DecodeRuneInString(text[pos:])
		hira := unicode.Is(unicode.Hiragana, prev) && unicode.Is(unicode.Hiragana, r)
		dst = append(dst, Token{Term: text[first : pos+w], Start: first, End: pos + w, Stop: hira})
		first, prev = pos, r
		pos += w
	}
	return dst
}
