package corpus

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// allMarks returns the marks of b in order: those its format has a form for, and
// the bracketed numbers of its text, such as [7], [3, 4], [2-5] or （注3）.
func (b *body) allMarks() []mark {
	marks := slices.Clone(b.marks)
	text := string(b.text)
	for at := 0; at < len(text); {
		next := strings.IndexAny(text[at:], "[［(（")
		if next < 0 {
			break
		}
		at += next
		_, size := utf8.DecodeRuneInString(text[at:])
		if n, numbers := readMark(text[at:]); n > 0 {
			m := mark{start: at, end: at + n, numbers: numbers}
			near := sort.Search(len(b.marks), func(i int) bool { return b.marks[i].end > m.start }) // they are in order
			if near == len(b.marks) || !m.touches(b.marks[near]) {
				marks = append(marks, m)
			}
			size = n
		}
		at += size
	}
	slices.SortFunc(marks, func(a, b mark) int { return a.start - b.start })
	return marks
}

// touches reports whether the marks have a byte in common.
func (m mark) touches(other mark) bool { return m.start < other.end && other.start < m.end }

// maxNote is the highest number a mark is read as: [2022] is a year.
const maxNote = 999

// readMark reads the mark that text begins with: its length, 0 for none, and its
// numbers, none for a footnote label that is a word.
func readMark(text string) (length int, numbers []int) {
	m := marker{rest: text}
	var last string
	switch {
	case m.take("["):
		last = "]"
	case m.take("［"):
		last = "］"
	case m.take("（"):
		last = "）"
	default:
		m.take("(")
		last = ")"
	}
	word := m.take("注") || m.take("註")
	if !word && (last == ")" || last == "）") {
		return 0, nil
	}
	if last == "]" && m.take("^") {
		numbers = m.label()
	} else if numbers = m.list(); numbers == nil {
		return 0, nil
	}
	if !m.take(last) {
		return 0, nil
	}
	return len(text) - len(m.rest), numbers
}

// marker reads a mark piece by piece.
type marker struct{ rest string }

func (m *marker) take(s string) bool {
	rest, ok := strings.CutPrefix(m.rest, s)
	m.rest = rest
	return ok
}

// label reads the label of a footnote, [^7] or [^smith].
func (m *marker) label() []int {
	n := strings.IndexFunc(m.rest, func(r rune) bool {
		return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if n <= 0 {
		return nil
	}
	label := marker{rest: m.rest[:n]}
	m.rest = m.rest[n:]
	number, ok := label.number()
	if !ok || label.rest != "" {
		return nil
	}
	return []int{number}
}

// list reads numbers and ranges of numbers; nil when there is anything else.
func (m *marker) list() []int {
	var numbers []int
	for {
		m.space()
		from, ok := m.number()
		if !ok {
			return nil
		}
		to := from
		if m.space(); m.take("-") || m.take("–") {
			m.space()
			if to, ok = m.number(); !ok || to <= from || to > from+20 {
				return nil
			}
			m.space()
		}
		for n := from; n <= to; n++ {
			numbers = append(numbers, n)
		}
		if !m.take(",") && !m.take("、") && !m.take(";") {
			return numbers
		}
	}
}

func (m *marker) space() { m.rest = strings.TrimLeft(m.rest, " ") }

// number reads a number from 1 to maxNote.
func (m *marker) number() (int, bool) {
	number, digits := 0, 0
	for _, r := range m.rest {
		d, ok := digit(r)
		if !ok {
			break
		}
		number = min(number*10+d, maxNote+1)
		digits += utf8.RuneLen(r)
	}
	m.rest = m.rest[digits:]
	return number, digits > 0 && number > 0 && number <= maxNote
}

// digit returns the value of a digit, plain or full-width.
func digit(r rune) (int, bool) {
	switch {
	case '0' <= r && r <= '9':
		return int(r - '0'), true
	case '０' <= r && r <= '９':
		return int(r - '０'), true
	}
	return 0, false
}
