package corpus

import (
	"bytes"
	"html"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// body is text on its way into a passage: as it will be read, with the places
// of the source it came from.
type body struct {
	source string
	text   []byte
	runs   []run
	marks  []mark

	space   int  // offset in source of the white space before the next word, or -1
	newline bool // whether a line ended in that white space
}

// mark is a stretch of a body's text that names notes.
type mark struct {
	start, end int // in text
	numbers    []int
	bare       bool // without brackets, such as <sup>7</sup>: an exponent unless there is such a note
}

func newBody(source string) *body { return &body{source: source, space: -1} }

// plainBody returns all of source as a body. The text shares the memory of
// source where it is a single line already, as most records of a collection are.
func plainBody(source string) passageText {
	from := skipSpace(source, 0)
	if text := strings.TrimRightFunc(source[from:], unicode.IsSpace); singleSpaced(text) {
		return passageText{text: text, runs: []run{{source: from, length: len(text), width: len(text)}}}
	}
	b := newBody(source)
	b.add(0, len(source))
	return passageText{text: string(b.text), runs: b.runs}
}

// singleSpaced reports whether the only white space in text is single spaces.
func singleSpaced(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ' && i > 0 && text[i-1] == ' ', '\t' <= c && c <= '\r', c == 0xC2 || c == 0xE2 || c == 0xE3:
			if c < utf8.RuneSelf {
				return false
			}
			// First bytes of U+0085, U+00A0 and of the wide spaces.
			if r, _ := utf8.DecodeRuneInString(text[i:]); unicode.IsSpace(r) {
				return false
			}
		}
	}
	return true
}

// add appends source[from:to], with each stretch of white space turned into a
// space; between two East Asian characters the end of a line leaves none.
func (b *body) add(from, to int) {
	for at := from; at < to; {
		r, size := utf8.DecodeRuneInString(b.source[at:to])
		if unicode.IsSpace(r) {
			b.gap(at, r == '\n' || r == '\r')
			at += size
			continue
		}
		b.flush(r)
		end := at
		for end < to && !unicode.IsSpace(r) {
			end += size
			r, size = utf8.DecodeRuneInString(b.source[end:to])
		}
		b.put(b.source[at:end], at, end-at)
		at = end
	}
}

// gap notes white space at an offset of the source.
func (b *body) gap(at int, newline bool) {
	if b.space < 0 {
		b.space = at
	}
	b.newline = b.newline || newline
}

// flush writes the space that is due before next.
func (b *body) flush(next rune) {
	if b.space < 0 {
		return
	}
	last, _ := utf8.DecodeLastRune(b.text)
	if len(b.text) > 0 && !(b.newline && ideograph(last) && ideograph(next)) {
		r, width := utf8.DecodeRuneInString(b.source[b.space:])
		if !unicode.IsSpace(r) {
			width = 0 // a space that markup stands for
		}
		b.put(" ", b.space, width)
	}
	b.space, b.newline = -1, false
}

// put appends text that stands for width bytes of the source at offset at.
func (b *body) put(text string, at, width int) {
	if n := len(b.runs); n > 0 && len(text) == width {
		last := &b.runs[n-1]
		if last.length == last.width && last.source+last.width == at {
			last.length += width
			last.width += width
			b.text = append(b.text, text...)
			return
		}
	}
	b.runs = append(b.runs, run{text: len(b.text), source: at, length: len(text), width: width})
	b.text = append(b.text, text...)
}

// decoded appends text that source[from:to] stands for, such as the character of
// an entity.
func (b *body) decoded(text string, from, to int) {
	for i, r := range text {
		if unicode.IsSpace(r) {
			b.gap(from, false)
			continue
		}
		b.flush(r)
		if i == 0 {
			b.put(text[:utf8.RuneLen(r)], from, to-from)
		} else {
			b.put(text[i:i+utf8.RuneLen(r)], to, 0)
		}
	}
}

// mark appends a note's mark that stands at source[from:to].
func (b *body) mark(text string, from, to, number int) {
	b.flush('[')
	start := len(b.text)
	b.put(text, from, to-from)
	b.marks = append(b.marks, mark{start: start, end: len(b.text), numbers: []int{number}})
}

// passageText is finished text: what a passage's Text, runs and Refs become.
type passageText struct {
	text string
	runs []run
	refs []Ref
}

// without removes the marks from the body's text, each with the space that would
// stand in front of nothing, and returns what is left. The marks must be in
// order and apart.
func (b *body) without(marks []mark) passageText {
	out := passageText{runs: make([]run, 0, len(b.runs)+len(marks))}
	var text strings.Builder
	at := 0
	for i := 0; i < len(marks); {
		first, numbers := marks[i], marks[i].numbers
		end := first.end
		for i++; i < len(marks) && len(bytes.TrimSpace(b.text[min(end, marks[i].start):marks[i].start])) == 0; i++ {
			end = marks[i].end
			numbers = append(numbers[:len(numbers):len(numbers)], marks[i].numbers...)
		}
		start := first.start
		if start > at && b.text[start-1] == ' ' && !wordAfter(b.text[end:]) {
			start--
		}
		out.runs = appendRuns(out.runs, b.runs, at, start, text.Len())
		text.Write(b.text[at:start])
		for _, n := range numbers {
			out.refs = append(out.refs, Ref{Number: n, At: text.Len()})
		}
		if text.Len() == 0 && end < len(b.text) && b.text[end] == ' ' {
			end++
		}
		at = end
	}
	out.runs = appendRuns(out.runs, b.runs, at, len(b.text), text.Len())
	text.Write(b.text[at:])
	out.text = text.String()
	return out
}

// wordAfter reports whether a word or opening bracket follows at once, so that
// the space before a mark must stay.
func wordAfter(text []byte) bool {
	r, _ := utf8.DecodeRune(text)
	return len(text) > 0 && !unicode.IsSpace(r) && !strings.ContainsRune(".,;:!?)]}”’。、", r)
}

// appendRuns appends the part of runs that maps text[from:to], moved so that
// from becomes offset to in the new text.
func appendRuns(dst, runs []run, from, end, to int) []run {
	first := sort.Search(len(runs), func(i int) bool { return runs[i].text+runs[i].length > from })
	for _, r := range runs[first:] {
		a, b := max(r.text, from), min(r.text+r.length, end)
		if a >= b {
			break
		}
		part := run{text: to + a - from, source: r.source, length: b - a, width: r.width}
		if r.length == r.width {
			part.source += a - r.text
			part.width = b - a
		}
		dst = append(dst, part)
	}
	return dst
}

// addMarkup appends source[from:to], in which entities such as &amp; stand for
// their characters, and with escapes a backslash for the punctuation after it.
func (b *body) addMarkup(from, to int, escapes bool) {
	at := from // what is read as it stands begins here
	for i := from; i < to; i++ {
		switch {
		case escapes && b.source[i] == '\\' && i+1 < to && punctuation(b.source[i+1]):
			b.add(at, i)
			at = i + 1
			i++
		case b.source[i] == '&':
			n := strings.IndexByte(b.source[i:min(to, i+maxEntity)], ';') + 1
			if text := html.UnescapeString(b.source[i : i+n]); text != b.source[i:i+n] {
				b.add(at, i)
				b.decoded(text, i, i+n)
				at = i + n
				i = at - 1
			}
		}
	}
	b.add(at, to)
}

// maxEntity is longer than the longest entity's name.
const maxEntity = 40

// punctuation reports whether a backslash before c takes its meaning in markup.
func punctuation(c byte) bool {
	return c > ' ' && c < 0x7F && !('0' <= c && c <= '9') && !('a' <= c|0x20 && c|0x20 <= 'z')
}

// join appends another body, as after white space.
func (b *body) join(other *body) {
	if len(other.text) == 0 {
		return
	}
	b.gap(other.runs[0].source, true)
	first, _ := utf8.DecodeRune(other.text)
	b.flush(first)
	shift := len(b.text)
	b.text = append(b.text, other.text...)
	for _, r := range other.runs {
		r.text += shift
		b.runs = append(b.runs, r)
	}
	for _, m := range other.marks {
		m.start, m.end = m.start+shift, m.end+shift
		b.marks = append(b.marks, m)
	}
}

// from returns the body's text from an offset on, without white space before it.
func (b *body) from(offset int) *body {
	rest := string(b.text[skipSpace(string(b.text), offset):])
	shift := len(b.text) - len(rest)
	out := &body{source: b.source, text: []byte(rest), runs: appendRuns(nil, b.runs, shift, len(b.text), 0), space: -1}
	for _, m := range b.marks {
		if m.start >= shift {
			m.start, m.end = m.start-shift, m.end-shift
			out.marks = append(out.marks, m)
		}
	}
	return out
}
