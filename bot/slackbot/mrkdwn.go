package slackbot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// joiner is U+2060, which shows nothing, allows no line break, and is no boundary
// of a word: Slack opens *bold* only after a boundary. The zero-width space would be
// one, and is what people use to make Slack format inside Japanese.
const joiner = "\u2060"

// escape makes text safe as mrkdwn: it is read as it was, but nothing in it formats,
// links, mentions, quotes or becomes an emoji.
func escape(text string) string {
	var b strings.Builder
	var last rune = '\n'
	for i, r := range text {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			if last == '\n' {
				b.WriteString(joiner) // or else it opens a quote, escaped or not
			}
			b.WriteString("&gt;")
		case strings.ContainsRune("*_~`", r) && !word(last):
			b.WriteString(joiner)
			b.WriteRune(r)
		case strings.ContainsRune(":@#", r) && opensName(text[i+1:]) && !(unicode.IsDigit(last) && r == ':'):
			b.WriteRune(r)
			b.WriteString(joiner)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// opensName tells whether text goes on with a name: of an emoji, a person or a channel.
func opensName(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return word(r) || r == '+' || r == '-' || r == '_'
}

// plain makes text safe as plain_text, which knows entities and nothing else.
func plain(text string) string {
	for _, e := range []string{"amp;", "lt;", "gt;"} {
		text = strings.ReplaceAll(text, "&"+e, "&"+joiner+e)
	}
	return text
}

// clean returns text without what Slack refuses or would not show: control
// characters, and bytes that are no UTF-8.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, text)
}

// line returns text on one line.
func line(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

// length counts a text as JavaScript does, in UTF-16 units: never less than it has
// characters.
func length(text string) int {
	n := 0
	for _, r := range text {
		n += max(1, utf16Len(r))
	}
	return n
}

func utf16Len(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// clip shortens text to at most so many units, after a word where one ends in its
// last third, and marks the cut.
func clip(text string, most int) string {
	if length(text) <= most {
		return text
	}
	at := firstCharacters(text, size{most - 2, 4 * most})
	if i := strings.LastIndexFunc(text[:at], unicode.IsSpace); i > at*2/3 {
		at = i
	}
	return strings.TrimRightFunc(text[:at], func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(clauseEnds, r)
	}) + " …"
}
