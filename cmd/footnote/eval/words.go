package eval

import (
	"strings"
	"unicode"
)

// articles are the words that comparing texts leaves out.
var articles = map[string]bool{"a": true, "an": true, "the": true}

// asciiPunctuation is Python's string.punctuation.
const asciiPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// normal returns text as SQuAD's script compares it: in lower case, without ASCII
// punctuation and articles, a space around each word.
func normal(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && strings.ContainsRune(asciiPunctuation, r) {
			return -1
		}
		return r
	}, strings.ToLower(text))
	var b strings.Builder
	// The script finds articles between characters that no word has, which a curly
	// quote is: white space alone does not part them from it.
	for text != "" {
		n := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) })
		if n < 0 {
			n = len(text)
		}
		if articles[text[:n]] {
			b.WriteByte(' ')
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
		n = strings.IndexFunc(text, inWord)
		if n < 0 {
			n = len(text)
		}
		b.WriteString(text[:n])
		text = text[n:]
	}
	return spaced(strings.Fields(b.String()))
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_' }

// bare returns text as the article's questions are compared with it: in lower case,
// a space for each punctuation mark or symbol, without articles.
func bare(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSymbol(r) {
			return ' '
		}
		return r
	}, strings.ToLower(text))
	var words []string
	for _, w := range strings.Fields(text) {
		if !articles[w] {
			words = append(words, w)
		}
	}
	return spaced(words)
}

// spaced joins words, with a space at both ends, so that a word is found whole.
func spaced(words []string) string { return " " + strings.Join(words, " ") + " " }
