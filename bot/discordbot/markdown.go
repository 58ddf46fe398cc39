package discordbot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape makes text safe as Discord's markdown: it is read as it was, but nothing in
// it formats, links, mentions, quotes, opens a list or becomes an emoji. Discord
// takes a backslash before any sign for the sign alone, so that nothing invisible has
// to be added.
func escape(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 8)
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		escapeLine(&b, line)
	}
	return b.String()
}

func escapeLine(b *strings.Builder, line string) {
	opening := true // nothing but spaces and digits so far
	number := false // the line opens with digits
	dotted := false // the word so far has a point, and may be an address
	var last rune
	for i, r := range line {
		if escaped(r, line[i+utf8.RuneLen(r):], opening, number, dotted) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		digit := r >= '0' && r <= '9'
		number = opening && digit && (number || last == 0 || unicode.IsSpace(last))
		opening = opening && (unicode.IsSpace(r) || number)
		dotted = !unicode.IsSpace(r) && (dotted || r == '.')
		last = r
	}
}

// escaped tells whether a character needs a backslash where it stands.
func escaped(r rune, rest string, opening, number, dotted bool) bool {
	switch r {
	case '\\', '*', '_', '~', '|', '`', '<', '>', '[', ']', '@':
		return true
	case '#', '-', '+': // of headings, small print and lists
		return opening && !number
	case '.', ')': // of numbered lists
		return number
	case ':': // of emoji, and of addresses
		next, _ := utf8.DecodeRuneInString(rest)
		return next == '/' || next == '+' || next == '-' || next == '_' || unicode.IsLetter(next) || unicode.IsDigit(next)
	case '/': // discord.gg/x is an invitation without a scheme
		return dotted
	}
	return false
}
