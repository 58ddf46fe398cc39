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
