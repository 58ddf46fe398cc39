package corpus

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentences returns the sentences of a text that belongs to no document.
func Sentences(text string) []string {
	var out []string
	for _, s := range splitSentences(text) {
		out = append(out, text[s.Start:s.End])
	}
	return out
}

// splitSentences cuts text into its sentences, in order and without the white
// space between them. It returns nothing only for text that is blank; a stretch
// without a letter or digit never stands alone.
func splitSentences(text string) []Sentence {
	var out []Sentence
	s := splitter{text: text}
	s.begin(0)
	for s.at < len(text) {
		stop, size := s.next()
		if !stop {
			s.at += size
			continue
		}
		end, ok := s.boundary()
		if ok && (s.words || len(out) > 0) {
			if s.words {
				out = append(out, Sentence{Start: s.start, End: end})
			} else {
				out[len(out)-1].End = end
			}
			s.begin(end)
			continue
		}
		s.at = max(end, s.at+size)
	}
	return s.rest(out)
}

// splitter is a position in a text that is being cut into sentences.
type splitter struct {
	text  string
	start int  // of the sentence at hand
	at    int  // what is looked at
	words bool // whether the sentence has a letter or digit yet
	cased bool // whether it has a letter yet
	lower bool // whether its first letter is a small one
	open  int  // depth of East Asian quotes and brackets
	since int  // where the outermost of them was opened
}

// maxQuoted is how many bytes an East Asian quote may go on before it is taken
// to have been left open by mistake; without a limit, one lost bracket would
// turn the rest of the text into a single sentence.
const maxQuoted = 600

// begin starts a sentence at the first byte from offset that is not white space.
func (s *splitter) begin(offset int) {
	s.start = skipSpace(s.text, offset)
	s.at = s.start
	s.words, s.cased, s.lower = false, false, false
}

// rest adds what follows the last boundary.
func (s *splitter) rest(out []Sentence) []Sentence {
	end := s.start + len(strings.TrimRightFunc(s.text[s.start:], unicode.IsSpace))
	switch {
	case end == s.start:
	case !s.words && len(out) > 0:
		out[len(out)-1].End = end
	default:
		out = append(out, Sentence{Start: s.start, End: end})
	}
	return out
}

// next looks at the rune at s.at: whether it may end a sentence, and its size.
func (s *splitter) next() (stop bool, size int) {
	c := s.text[s.at]
	if c < utf8.RuneSelf {
		switch {
		case 'a' <= c && c <= 'z':
			s.letter(true)
		case 'A' <= c && c <= 'Z':
			s.letter(false)
		case '0' <= c && c <= '9':
			s.words = true
		case c == '.' || c == '!' || c == '?':
			return true, 1
		}
		return false, 1
	}
	r, size := utf8.DecodeRuneInString(s.text[s.at:])
	switch {
	case wideStop(r) || r == '…':
		return true, size
	case wideOpen(r):
		if s.open == 0 {
			s.since = s.at
		}
		s.open++
	case wideClose(r):
		s.open = max(0, s.open-1)
	case unicode.IsLetter(r):
		s.letter(unicode.IsLower(r))
	case unicode.IsDigit(r):
		s.words = true
	}
	return false, size
}

// letter notes that the sentence has a letter.
func (s *splitter) letter(lower bool) {
	if !s.cased {
		s.words, s.cased, s.lower = true, true, lower
	}
}

// boundary decides about the stop at s.at: where the sentence would end, with
// the stops, quotes and brackets that belong to it, and whether it does.
func (s *splitter) boundary() (end int, ok bool) {
	first, size := utf8.DecodeRuneInString(s.text[s.at:])
	wide, dots, closers := wideStop(first), first == '.', false
	end = s.at + size
	for end < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[end:])
		switch {
		case wideStop(r):
			wide = true
		case r == '.' || r == '!' || r == '?' || r == '…':
			dots = dots && r == '.'
		case wideClose(r):
			s.open, closers = max(0, s.open-1), true
		case closer(r):
			closers = true
		default:
			if n := bracketed(s.text[end:]); n > 0 && !wide {
				end += n
				continue
			}
			return end, s.ends(end, wide, dots, closers)
		}
		end += size
	}
	return end, true
}

// ends decides whether a sentence ends before offset, given the kinds of stops
// and whether a quote or bracket is closed with it.
func (s *splitter) ends(offset int, wide, dots, closers bool) bool {
	next, _ := utf8.DecodeRuneInString(s.text[offset:])
	if wide {
		if s.open > 0 && offset-s.since <= maxQuoted {
			return false
		}
		s.open = 0
		// A quotation that goes on with a particle is part of its sentence.
		return !closers || !unicode.Is(unicode.Hiragana, next)
	}
	from := skipSpace(s.text, offset)
	if from == offset {
		// A forgotten space, as in "(Indo-Pacific 4).Next".
		beside := s.at > 0 && strings.IndexByte(")]\"", s.text[s.at-1]) >= 0
		return (beside || closers) && unicode.IsUpper(next) || ideograph(next)
	}
	if from == len(s.text) {
		return true
	}
	word := skipOpeners(s.text, from)
	next, _ = utf8.DecodeRuneInString(s.text[word:])
	if unicode.IsLower(next) && !s.lower {
		return false // unless the writer begins all sentences so
	}
	return !dots || !s.abbreviated(word, next)
}

// abbreviated reports whether the stop at s.at belongs to an abbreviation that
// does not end the sentence before the word at next.
func (s *splitter) abbreviated(word int, next rune) bool {
	start := wordStart(s.text, s.start, s.at)
	before := s.text[start:s.at]
	if start == s.start && allDigits(before) {
		return true // the number of a list item
	}
	if before == "" || len(before) > maxAbbreviation {
		return false
	}
	switch class := abbreviations[strings.ToLower(before)]; {
	case class == never:
		return true
	case class == ifStarter || initials(before):
		return !starter(s.text[word:])
	case class == beforeNumber:
		return unicode.IsDigit(next)
	case class == ifCapital:
		return !unicode.IsUpper(next) && !unicode.IsDigit(next)
	}
	return false
}

// maxAbbreviation is the most bytes an abbreviation has; a longer word before a
// stop need not be looked up.
const maxAbbreviation = 8

// An abbreviation's class says when its stop ends a sentence too.
type abbreviation uint8

const (
	never        abbreviation = iota + 1 // "Dr. Smith": a name follows
	beforeNumber                         // "No. 5" does not, "Say no. Then" does
	ifCapital                            // "etc. The"
	ifStarter                            // "Inc. The" does, "Inc. Chairman" does not
)

// abbreviations by their lower-case spelling, without the last stop. Initials
// and dotted letters such as U.S. need no entry.
var abbreviations = func() map[string]abbreviation {
	m := map[string]abbreviation{}
	for class, words := range map[abbreviation]string{
		never: "mr mrs ms messrs dr prof st gen col lt sgt capt maj adm brig cmdr sen rep gov pres hon rev fr " +
			"mt i.e e.g ie eg viz cf vs approx ca resp incl",
		beforeNumber: "no nos nr vol vols p pp fig figs art arts sec sect ch chap eq eqs ref refs ver op " +
			"c v b d fl jan feb mar apr jun jul aug sep sept oct nov dec",
		ifCapital: "etc",
		ifStarter: "inc ltd co corp bros llc jr sr al ph.d m.d b.a m.a est dept univ assn dist ave blvd rd ft " +
			"proc natl acad sci biol int",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = class
		}
	}
	return m
}()

// starters are words that commonly open an English sentence and seldom follow an
// abbreviation within one.
var starters = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("The This That These Those It Its In On At He She They We You I His Her Their Our " +
		"My A An And But Or So As For After Before When While Since If By With From To There Here However Although " +
		"Though Because Once Until Some Many Most Other Another Such Both Also Moreover Furthermore Additionally Today " +
		"Now Then Later During Under Over Between Among According Despite Unlike Like No Not What Who Why How Where " +
		"Which Is Are Was Were Thus Therefore Finally Meanwhile Instead Only Even Each Every All Any Several") {
		m[w] = true
	}
	return m
}()

// starter reports whether text begins with a word that opens sentences.
func starter(text string) bool {
	n := 0
	for n < len(text) && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z') {
		n++
	}
	// "A." is an initial.
	return starters[text[:n]] && !strings.HasPrefix(text[n:], ".")
}

// initials reports whether word is one capital letter or single letters with
// stops between, such as U.S or p.m.
func initials(word string) bool {
	letters, last := 0, '.'
	for _, r := range word {
		switch {
		case r == '.' && last != '.':
		case unicode.IsLetter(r) && last == '.':
			letters++
		default:
			return false
		}
		last = r
	}
	return letters > 1 || letters == 1 && unicode.IsUpper(last)
}

// wordStart returns where the word that ends at end begins, not before from.
func wordStart(text string, from, end int) int {
	at := end
	for at > from {
		r, size := utf8.DecodeLastRuneInString(text[from:at])
		if r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		at -= size
	}
	return at
}

// bracketed returns the length of a bracketed number such as [12] that text
// begins with, or 0.
func bracketed(text string) int {
	if len(text) < 3 || text[0] != '[' {
		return 0
	}
	n := 1
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	if n == 1 || n == len(text) || text[n] != ']' {
		return 0
	}
	return n + 1
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func skipSpace(text string, at int) int {
	return len(text) - len(strings.TrimLeftFunc(text[at:], unicode.IsSpace))
}

func skipOpeners(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !strings.ContainsRune("\"'“‘„«‹([{「『（-–—•*", r) && !unicode.IsSpace(r) {
			break
		}
		at += size
	}
	return min(at, len(text))
}

func wideStop(r rune) bool {
	switch r {
	case '。', '！', '？', '｡', '．', '।', '؟', '۔':
		return true
	}
	return false
}

func wideOpen(r rune) bool  { return r == '「' || r == '『' || r == '（' || r == '【' }
func wideClose(r rune) bool { return r == '」' || r == '』' || r == '）' || r == '】' }

// closer reports whether r may close a quote or bracket after a stop.
func closer(r rune) bool {
	switch r {
	case '"', '\'', '”', '’', '»', '›', ')', ']', '}', '》', '〉':
		return true
	}
	return false
}

// ideograph reports whether r belongs to a script that is written without spaces.
func ideograph(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == '、' || r == '。' ||
		wideOpen(r) || wideClose(r) || r == 'ー'
}
