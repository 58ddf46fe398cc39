package layout

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Clean returns text without what no chat shows: control characters, and bytes that
// are no UTF-8.
func Clean(text string) string {
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

// Line returns text on one line.
func Line(text string) string { return strings.Join(strings.Fields(Clean(text)), " ") }

// Length counts a text as JavaScript does, in UTF-16 units: never less than it has
// characters.
func Length(text string) int {
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

// Clip shortens text to at most so many units, after a word where one ends in its
// last third, and marks the cut.
func Clip(text string, most int) string {
	if Length(text) <= most {
		return text
	}
	at := firstCharacters(text, Size{most - 2, 4 * most})
	if i := strings.LastIndexFunc(text[:at], unicode.IsSpace); i > at*2/3 {
		at = i
	}
	return strings.TrimRightFunc(text[:at], func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(clauseEnds, r)
	}) + " …"
}

// Size bounds a text: its characters, as [Length] counts them, and its bytes.
type Size struct{ Units, Bytes int }

// Holds tells whether a text is within the bound.
func (s Size) Holds(text string) bool { return len(text) <= s.Bytes && Length(text) <= s.Units }

// firstCharacters returns the length of as many characters as hold, at least one; or
// of a part of the first, where even that is too long.
func firstCharacters(text string, most Size) int {
	at, units, state := 0, 0, -1
	for at < len(text) {
		c, _, _, next := uniseg.FirstGraphemeClusterInString(text[at:], state)
		units += Length(c)
		if units > most.Units || at+len(c) > most.Bytes {
			break
		}
		at, state = at+len(c), next
	}
	if at > 0 || text == "" {
		return at
	}
	units = 0
	for i, r := range text { // marks without number on one letter
		if units += max(1, utf16Len(r)); i > 0 && (units > most.Units || i+utf8.RuneLen(r) > most.Bytes) {
			return i
		}
	}
	return len(text)
}
