package corpus

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// chunk is some lines of a text between two blank ones.
type chunk struct {
	start, end int // in the source, without the white space around
	lines      int
}

// readText reads plain text: paragraphs with blank lines between them, which may
// be wrapped; short lines without a full stop as headings; notes under a heading
// that says so.
func readText(source string) (page, error) {
	var p page
	chunks := chunksOf(source)
	heading := headings(source, chunks)
	for i := 0; i < len(chunks); i++ {
		c := chunks[i]
		text := source[c.start:c.end]
		if heading[i] && notesHeading(text) {
			if n := p.textNotes(source, chunks[i+1:], heading[i+1:]); n > 0 {
				i += n
				continue
			}
		}
		// Further inside, a date is more likely the heading of what happened then.
		edge := i < 3 || i+1 == len(chunks) || notesHeading(source[chunks[i+1].start:chunks[i+1].end])
		if date := dateLine(text); date != "" && edge {
			p.card.Date = date
			continue
		}
		if !heading[i] {
			p.add(block{kind: paragraphBlock}, source, c.start, c.end)
			continue
		}
		if p.card.Title == "" && len(p.blocks) == 0 {
			p.card.Title = text
		}
		p.add(block{kind: headingBlock, level: p.level(text)}, source, c.start, c.end)
	}
	return p, nil
}

// add appends block b with source[start:end] as its text.
func (p *page) add(b block, source string, start, end int) {
	b.start, b.end, b.body = start, end, newBody(source)
	b.body.add(start, end)
	p.blocks = append(p.blocks, b)
}

// chunksOf cuts source at its blank lines.
func chunksOf(source string) []chunk {
	var chunks []chunk
	open := false
	at := len(source) - len(strings.TrimPrefix(source, "\ufeff"))
	for at < len(source) {
		end := at + len(source[at:])
		if n := strings.IndexByte(source[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		line := strings.TrimSpace(source[at:end])
		start := skipSpace(source, at)
		switch {
		case line == "":
			open = false
		case !open:
			chunks = append(chunks, chunk{start: start, end: start + len(line), lines: 1})
			open = !notesHeading(line) // notes may follow at once
		default:
			last := &chunks[len(chunks)-1]
			last.end = start + len(line)
			last.lines++
		}
		at = end
	}
	return chunks
}

// headings says which chunks look like headings. More than three in a row are a
// list, and the last thing of a text is none: nothing stands under it.
func headings(source string, chunks []chunk) []bool {
	out := make([]bool, len(chunks)+1)
	row := 0
	for i, c := range chunks {
		text := source[c.start:c.end]
		out[i] = c.lines == 1 && headingLike(text) && i < len(chunks)-1
		if row++; !out[i] || notesHeading(text) {
			row = 0
		}
		if _, chart := caption(text); chart {
			row = 0
		}
		if row > 3 {
			for j := i - row + 1; j <= i; j++ {
				out[j] = false
			}
		}
	}
	return out[:len(chunks)]
}

// maxHeading is the most runes a heading may have: beyond it a line without a
// full stop is a sentence that lost it.
const maxHeading = 120

// headingLike reports whether a line of its own reads as a heading.
func headingLike(line string) bool {
	first, _ := utf8.DecodeRuneInString(line)
	if utf8.RuneCountInString(line) > maxHeading || strings.ContainsRune("-*•・", first) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(line, "\"'”’)]」』） "))
	return !strings.ContainsRune(".,;。、", last) && !wideStop(last) && strings.IndexFunc(line, unicode.IsLetter) >= 0
}

// level returns the level of a heading: 2 for one that is numbered (1) under one
// that is not, deeper by the stops in 1.2.3, else 1.
func (p *page) level(text string) int {
	number, _, _ := strings.Cut(text, " ")
	inner := strings.Trim(number, "(（)）.")
	if inner == "" || strings.Trim(inner, "0123456789.") != "" {
		return 1
	}
	if inner != number && strings.ContainsAny(number, ")）") && slices.ContainsFunc(p.blocks, func(b block) bool {
		return b.kind == headingBlock && b.level == 1
	}) {
		return 2
	}
	return 1 + strings.Count(inner, ".")
}

// notesHeading reports whether a heading announces a document's notes.
func notesHeading(text string) bool {
	switch strings.ToLower(strings.Trim(text, " :：【】[]＜＞<>■")) {
	case "note", "notes", "reference", "references", "footnote", "footnotes", "endnote", "endnotes", "notes and references",
		"sources", "注", "註", "注釈", "註釈", "脚注", "脚註", "後注", "参考文献", "出典":
		return true
	}
	return false
}

// textNotes adds the notes at the head of chunks and returns how many chunks they
// take; none when no numbered line comes first.
func (p *page) textNotes(source string, chunks []chunk, heading []bool) int {
	number := 0
	for i, c := range chunks {
		for at := c.start; at < c.end; {
			end := c.end
			if n := strings.IndexByte(source[at:c.end], '\n'); n >= 0 {
				end = at + n + 1
			}
			n, skip := noteNumber(source[at:end])
			// A smaller number, or one far ahead, begins a line of the note before.
			if starts := n > number && n <= number+20; starts {
				number = n
				p.add(block{kind: noteBlock, number: n}, source, at+skip, end)
			} else if number == 0 || at == c.start && heading[i] {
				return i
			} else {
				last := &p.blocks[len(p.blocks)-1]
				last.body.gap(at, true)
				last.body.add(at, end)
			}
			at = end
		}
	}
	return len(chunks)
}

// noteNumber reads the number that a note's line begins with, such as "7.",
// "[7]", "7)" or "注7", printed twice perhaps; 0 for none. The text begins after
// skip bytes.
func noteNumber(line string) (number, skip int) {
	m := marker{rest: strings.TrimLeftFunc(line, unicode.IsSpace)}
	bracket := m.take("[") || m.take("(") || m.take("［") || m.take("（")
	word := m.take("注") || m.take("註") || m.take("^")
	number, ok := m.number()
	if !ok {
		return 0, 0
	}
	closed := m.take("]") || m.take(")") || m.take("］") || m.take("）") || m.take(".") || m.take("．") || m.take(":") || m.take("：")
	spaced := m.rest != strings.TrimLeftFunc(m.rest, unicode.IsSpace)
	if !closed && !word || !spaced && !word && !bracket {
		return 0, 0
	}
	m.rest = strings.TrimLeftFunc(m.rest, unicode.IsSpace)
	again := m
	if n, ok := again.number(); ok && n == number && strings.HasPrefix(again.rest, " ") {
		m = again
	}
	return number, len(line) - len(m.rest)
}

// captions turns the paragraphs and headings that are charts' captions into
// charts, and leaves out the credits below them.
func captions(blocks []block) []block {
	var out []block
	for _, b := range blocks {
		text := string(b.body.text)
		number, ok := caption(text)
		switch {
		case b.kind > headingBlock:
		case ok:
			b.kind, b.number = chartBlock, number
		case len(out) > 0 && out[len(out)-1].kind == chartBlock && credit(text):
			continue
		}
		out = append(out, b)
	}
	return out
}

// caption reads the number of a caption such as "Figure 2: Trade". A slip in the
// word, as in "Chatr", does not matter.
func caption(line string) (number int, ok bool) {
	n := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsLetter(r) })
	if n <= 0 || utf8.RuneCountInString(line) > maxHeading || !headingLike(line) {
		return 0, false
	}
	word := strings.ToLower(line[:n])
	if !slices.ContainsFunc([]string{"chart", "figure", "fig", "table", "graph", "map", "図", "表", "図表", "グラフ"}, func(want string) bool {
		return word == want || len(want) > 4 && anagram(word, want)
	}) {
		return 0, false
	}
	m := marker{rest: strings.TrimLeft(line[n:], ". ")}
	if number, ok = m.number(); !ok {
		return 0, false
	}
	return number, m.take(":") || m.take("：") || m.take(".") || m.take("　") || m.take(" –") || m.take(" —")
}

// anagram reports whether the words have the same letters and the same first one.
func anagram(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return a[0] == b[0] && string(x) == string(y)
}

// credit reports whether a line below a chart says who made it.
func credit(line string) bool {
	words := strings.Fields(line)
	if utf8.RuneCountInString(line) > maxHeading || !headingLike(strings.TrimRight(line, ".。")) {
		return false
	}
	for _, s := range []string{"Source:", "Sources:", "Source：", "Credit:", "出典", "出所", "資料", "作成"} {
		if strings.HasPrefix(line, s) {
			return true
		}
	}
	return len(words) > 2 && len(words) < 7 && words[1] == "by" || strings.HasSuffix(line, "作成")
}

// dateLine returns the date of a line that is nothing but a day, in brackets or
// not, as ISO 8601; else "".
func dateLine(line string) string {
	if len(line) > 40 {
		return ""
	}
	if date := isoDate(strings.Trim(line, "()（）[] ")); len(date) == len(time.DateOnly) {
		return date
	}
	return ""
}

// dateForms are the forms of dates that are read, and the form each becomes.
var dateForms = []struct{ form, iso string }{
	{"2006-1-2", time.DateOnly}, {"2006/1/2", time.DateOnly}, {"2006.1.2", time.DateOnly}, {"2006年1月2日", time.DateOnly},
	{"January 2, 2006", time.DateOnly}, {"Jan 2, 2006", time.DateOnly}, {"2 January 2006", time.DateOnly}, {"2 Jan 2006", time.DateOnly},
	{"2006-1", "2006-01"}, {"2006/1", "2006-01"}, {"2006年1月", "2006-01"}, {"January 2006", "2006-01"}, {"Jan 2006", "2006-01"},
	{"2006年", "2006"}, {"2006", "2006"},
}

// isoDate returns a date, as people print it, as ISO 8601 with as much as is
// known; "" when s is no date.
func isoDate(s string) string {
	if len(s) > len(time.DateOnly) && (s[10] == 'T' || s[10] == ' ') {
		if day := isoDate(s[:10]); day != "" {
			return day // a time of the day follows
		}
	}
	fields := strings.Fields(strings.ReplaceAll(s, ",", ", "))
	for i, field := range fields {
		if unicode.IsLetter(rune(field[0])) {
			if fields[i] = strings.TrimSuffix(field, "."); fields[i] == "Sept" {
				fields[i] = "Sep"
			}
		}
	}
	s = strings.Join(fields, " ")
	for _, f := range dateForms {
		if t, err := time.Parse(f.form, s); err == nil && t.Year() >= 1000 {
			return t.Format(f.iso)
		}
	}
	return ""
}
