package corpus

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// noteOpen and noteClose stand around a raised number in the text of a line. Both are
// noncharacters, which no text has.
const noteOpen, noteClose = '\uFDD0', '\uFDD1'

// pdfBox is a place on a page, in points from its lower left corner.
type pdfBox struct{ left, right, top, bottom float64 }

// pdfLine is a line of text as it stands on a page.
type pdfLine struct {
	page   int
	text   string
	box    pdfBox
	size   float64 // of its letters, in points
	bold   bool
	hyphen bool // its last word goes on in the next line
}

// pdfText makes paragraphs of the lines of a PDF, which come in reading order. What
// repeats at the edges of pages is left out, and so are page numbers and tables of
// contents; words that were parted at a line's end are joined; what stands small at
// the foot of a page under a number is a note.
type pdfText struct {
	lines []pdfLine
	size  int // of all text, in bytes

	body    float64 // size of most of the text
	bold    bool    // most of it is
	pitch   float64 // from one line to the next, as a multiple of the size
	columns map[column]columnSpan
	words   map[string]bool // in small letters, as they stand within lines
	notes   map[noteKey]int // number through the document
	marks   bool            // raised numbers that no page has a note for mean those at the end
	sizes   []float64       // of headings, the largest first
	pages   []pageStart
}

// noteKey is a note as it is printed.
type noteKey struct{ page, number int }

// column is where on a page lines begin.
type column struct{ page, left int }

// columnSpan is what is known of the lines that begin at one place.
type columnSpan struct {
	lines int
	right float64 // the furthest end
}

// pdfParagraph is lines that belong together.
type pdfParagraph struct {
	lines  []pdfLine
	note   int  // number through the document, or 0
	jumped bool // it begins at the top of a column
}

func (t *pdfText) add(l pdfLine) {
	t.lines = append(t.lines, l)
	t.size += len(l.text)
}

// contentsLine finds a line of a table of contents: dots, then a page.
var contentsLine = regexp.MustCompile(`(\. ?){4,}\s*[0-9ivxlc]+$`)

// page returns the text with a blank line between paragraphs, and its blocks.
func (t *pdfText) page() (string, page) {
	t.lines = slices.DeleteFunc(t.lines, func(l pdfLine) bool { return contentsLine.MatchString(l.text) })
	t.dropEdges()
	t.measure()
	paragraphs := t.joined(t.footnotes(t.paragraphs()))
	for _, p := range paragraphs {
		if s := t.headingSize(p); s > 0 && !slices.Contains(t.sizes, s) {
			t.sizes = append(t.sizes, s)
		}
		t.marks = t.marks || notesHeading(p.lines[0].text)
	}
	slices.SortFunc(t.sizes, func(a, b float64) int { return cmp.Compare(b, a) })
	var d draft
	title := ""
	for _, p := range paragraphs {
		b, label := block{kind: paragraphBlock}, ""
		size := t.headingSize(p)
		switch {
		case p.note > 0:
			b, label = block{kind: noteBlock, number: p.note}, fmt.Sprintf("[%d] ", p.note)
		case size > 0:
			b = block{kind: headingBlock, level: 1 + slices.Index(t.sizes, size)}
		}
		text, starts := t.write(p)
		if text == "" {
			continue
		}
		d.add(b, label, text)
		if b.kind == headingBlock && p.lines[0].page == 1 && b.level == 1 && title == "" {
			title = strings.Join(strings.Fields(text), " ")
		}
		start := d.blocks[len(d.blocks)-1].start
		for i, s := range starts {
			if i > 0 {
				s.offset += len(label)
			}
			t.pages = append(t.pages, pageStart{start + s.offset, s.page})
		}
	}
	source, blocks := d.finish()
	return source, page{card: card{Title: title}, blocks: noteBlocks(blocks), pages: t.pages}
}

// nearPages is how far away the same running head must stand: left and right pages
// often have different ones.
const nearPages = 2

// edgeLines is how many lines at the top and the foot of a page may be running heads.
const edgeLines = 2

// dropEdges leaves out running heads and page numbers: what stands at the edge of a
// page and, its numbers aside, at the same height of a page nearby.
func (t *pdfText) dropEdges() {
	type edge struct {
		text   string
		height int
	}
	edges := map[int][]int{} // by page, indexes of lines
	for page, lines := range t.byPage() {
		slices.SortStableFunc(lines, func(a, b int) int { return cmp.Compare(t.lines[b].box.bottom, t.lines[a].box.bottom) })
		if n := len(lines); n > 2*edgeLines {
			lines = slices.Concat(lines[:edgeLines], lines[n-edgeLines:])
		}
		edges[page] = lines
	}
	known := map[edge][]int{} // pages
	key := func(l pdfLine, shift int) edge {
		return edge{masked(l.text), int(math.Round(l.box.bottom/4)) + shift}
	}
	for page, lines := range edges {
		for _, i := range lines {
			k := key(t.lines[i], 0)
			known[k] = append(known[k], page)
		}
	}
	drop := map[int]bool{}
	for page, lines := range edges {
		for n, i := range lines {
			l := t.lines[i]
			repeated := false
			for shift := -1; shift <= 1; shift++ {
				repeated = repeated || slices.ContainsFunc(known[key(l, shift)], func(other int) bool {
					return other != page && max(other-page, page-other) <= nearPages
				})
			}
			outmost := n == 0 || n == len(lines)-1
			if repeated || outmost && pageNumber(l.text) && len(edges) > 1 {
				drop[i] = true
			}
		}
	}
	kept := t.lines[:0:0]
	for i, l := range t.lines {
		if !drop[i] {
			kept = append(kept, l)
		}
	}
	t.lines = kept
}

// byPage returns the indexes of the lines of each page.
func (t *pdfText) byPage() map[int][]int {
	out := map[int][]int{}
	for i, l := range t.lines {
		out[l.page] = append(out[l.page], i)
	}
	return out
}

// masked returns a line that has letters with a sign for each number; the numbers of
// one that has none, such as a row of a table, tell it from others.
func masked(text string) string {
	if strings.IndexFunc(text, unicode.IsLetter) < 0 {
		return text
	}
	return numberRun.ReplaceAllString(text, "0")
}

var numberRun = regexp.MustCompile(`[0-9]+`)

// pageNumber reports whether a line is nothing but a page's number.
func pageNumber(text string) bool {
	text = strings.ToLower(strings.Trim(text, "-–— []"))
	return text != "" && len(text) <= 6 && (strings.Trim(text, "0123456789") == "" || strings.Trim(text, "ivxlc") == "")
}

// round returns a size in half points, in which sizes are compared.
func round(size float64) float64 { return math.Round(size*2) / 2 }

// measure finds what most of the text is like.
func (t *pdfText) measure() {
	sizes, bold, pitches := map[float64]int{}, 0, map[float64]int{}
	t.columns, t.words = map[column]columnSpan{}, map[string]bool{}
	for i, l := range t.lines {
		sizes[round(l.size)] += len(l.text)
		if l.bold {
			bold += len(l.text)
		}
		if i > 0 && l.page == t.lines[i-1].page && l.size > 0 {
			if d := (t.lines[i-1].box.bottom - l.box.bottom) / l.size; d > 0.5 && d < 3 {
				pitches[math.Round(d*20)/20]++
			}
		}
		c := t.columnOf(l)
		span := t.columns[c]
		t.columns[c] = columnSpan{span.lines + 1, max(span.right, l.box.right)}
		words := strings.Fields(strings.ToLower(l.text))
		for j, w := range words {
			if j < len(words)-1 || !l.hyphen && !strings.HasSuffix(w, "-") {
				t.words[strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })] = true
			}
		}
	}
	t.body, t.bold, t.pitch = mostOften(sizes), bold*2 > t.size, cmp.Or(mostOften(pitches), 1.2)
}

// mostOften returns the key with the highest count, the smallest of several; 0 for
// none.
func mostOften(counts map[float64]int) float64 {
	best := 0.0
	for k, n := range counts {
		if n > counts[best] || n == counts[best] && k < best {
			best = k
		}
	}
	return best
}

// columnOf returns where a line begins, to three points.
func (t *pdfText) columnOf(l pdfLine) column {
	return column{l.page, int(math.Round(l.box.left / 3))}
}

// begins returns how many lines of the page begin where l does.
func (t *pdfText) begins(l pdfLine) int {
	c := t.columnOf(l)
	n := 0
	for shift := -1; shift <= 1; shift++ {
		n += t.columns[column{c.page, c.left + shift}].lines
	}
	return n
}

// paragraphs puts together the lines of each paragraph.
func (t *pdfText) paragraphs() []pdfParagraph {
	var out []pdfParagraph
	for i, l := range t.lines {
		jumped := i == 0 || l.page != t.lines[i-1].page || l.box.bottom > t.lines[i-1].box.bottom+l.size
		if last := len(out) - 1; jumped || t.parts(out[last].lines, l) {
			out = append(out, pdfParagraph{lines: []pdfLine{l}, jumped: jumped})
		} else {
			out[last].lines = append(out[last].lines, l)
		}
	}
	return out
}

// bullets begin the items of lists.
const bullets = "•▪‣◦●■–·*"

// parts reports whether a line begins a new paragraph below the lines of another.
func (t *pdfText) parts(above []pdfLine, l pdfLine) bool {
	last, first := above[len(above)-1], above[0]
	down := last.box.bottom - l.box.bottom
	if last.hyphen && down < 2*t.pitch*l.size {
		return false
	}
	const em = 0.8 // of the size: what is indented less is not
	step := l.box.left - last.box.left
	r := initial(l)
	number, _ := noteNumber(l.text)
	before, _ := noteNumber(first.text)
	switch {
	case math.Abs(l.size-last.size) > 0.08*last.size, l.bold != last.bold:
		return true
	case down > 1.3*t.pitch*l.size:
		return true
	case down < 0.3*l.size: // the same line, further on
		return false
	case strings.ContainsRune(bullets, r), r == noteOpen && l.size < t.body*smallPrint, number > 0 && before > 0:
		return true
	case step > em*l.size && step < 6*l.size && len(above) == 1 && (before > 0 || strings.ContainsRune(bullets, initial(first))):
		return false // the text of an item hangs
	case step > em*l.size && step < 6*l.size: // a first line, or one that hangs below it
		return t.begins(last) > t.begins(l) || len(above) > 1
	case step < -em*l.size && step > -6*l.size && len(above) > 1:
		return true // the line after those that hang
	case step < -em*l.size && t.begins(last) > t.begins(l):
		return true
	}
	right := t.columns[t.columnOf(last)].right
	short := last.box.right < right-0.15*(right-last.box.left)
	return short && ended(last.text)
}

// initial returns the first character of a line.
func initial(l pdfLine) rune {
	r, _ := utf8.DecodeRuneInString(l.text)
	return r
}

// ended reports whether a text stops where a sentence may.
func ended(text string) bool {
	text = strings.TrimRight(text, string([]rune{noteOpen, noteClose})+"0123456789\"'”’»)]」』）")
	r, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?:;", r) || wideStop(r) || r == '。'
}

// smallPrint is the size of notes at the most, as a part of the text's: typesetters
// take two points less, which is 0.83 of 12 and 0.8 of 10.
const smallPrint = 0.93

// footnotes finds the notes: of the paragraphs at the foot of a page those in small
// print that begin with a number which is raised above them, each with those that
// follow it. Numbers that begin anew on each
// page are counted through.
func (t *pdfText) footnotes(paragraphs []pdfParagraph) []pdfParagraph {
	printed := make([]int, len(paragraphs)) // the note's number, or 0
	t.notes = map[noteKey]int{}
	var found []noteKey
	for from := 0; from < len(paragraphs); {
		to := from
		for to < len(paragraphs) && paragraphs[to].lines[0].page == paragraphs[from].lines[0].page {
			to++
		}
		at := to
		for at > from && t.small(paragraphs[at-1]) {
			at--
		}
		for ; at < to && footnoteNumber(paragraphs[at]) == 0; at++ {
		}
		raised := raisedNumbers(paragraphs[from:at])
		for i := at; i < to && len(raised) > 0; i++ {
			if printed[i] = footnoteNumber(paragraphs[i]); raised[printed[i]] {
				found = append(found, noteKey{paragraphs[i].lines[0].page, printed[i]})
			} else if printed[i] = 0; len(found) > 0 && found[len(found)-1].page == paragraphs[i].lines[0].page {
				printed[i] = -1 // the last goes on
			}
		}
		from = to
	}
	anew := false
	for i, k := range found {
		anew = anew || i > 0 && k.number <= found[i-1].number
	}
	for i, k := range found {
		t.notes[k] = k.number
		if anew {
			t.notes[k] = i + 1
		}
	}
	var out []pdfParagraph
	for i, p := range paragraphs {
		switch {
		case printed[i] > 0:
			p.note = t.notes[noteKey{p.lines[0].page, printed[i]}]
			p.lines[0].text = strings.TrimSpace(footnoteStart.ReplaceAllString(p.lines[0].text, ""))
		case printed[i] < 0:
			last := &out[len(out)-1]
			last.lines = append(last.lines, p.lines...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// raisedNumbers returns the raised numbers of some paragraphs.
func raisedNumbers(paragraphs []pdfParagraph) map[int]bool {
	out := map[int]bool{}
	for _, p := range paragraphs {
		for _, l := range p.lines {
			for _, m := range raisedNumber.FindAllStringSubmatch(l.text, -1) {
				n, _ := wholeNumber(m[1])
				out[n] = n > 0
			}
		}
	}
	return out
}

var raisedNumber = regexp.MustCompile(string(noteOpen) + `(\d+)` + string(noteClose))

// small reports whether a paragraph is in small print.
func (t *pdfText) small(p pdfParagraph) bool { return p.lines[0].size < t.body*smallPrint }

// footnoteStart finds the number that a note begins with.
var footnoteStart = regexp.MustCompile("^(?:" + string(noteOpen) + `(\d+)` + string(noteClose) + `|(\d{1,3})[.)]?\s+\pL)`)

// footnoteNumber returns the number that a paragraph begins with as a note, or 0.
func footnoteNumber(p pdfParagraph) int {
	m := footnoteStart.FindStringSubmatch(p.lines[0].text)
	if m == nil {
		return 0
	}
	n, _ := wholeNumber(cmp.Or(m[1], m[2]))
	if n > maxNote {
		return 0
	}
	return n
}

// joined puts together paragraphs that were parted by the end of a page or column,
// and the notes between: they come after.
func (t *pdfText) joined(paragraphs []pdfParagraph) []pdfParagraph {
	var out []pdfParagraph
	open := -1 // the last that may go on
	for _, p := range paragraphs {
		if p.note > 0 {
			out = append(out, p)
			continue
		}
		if open >= 0 && p.jumped && t.goesOn(out[open], p) {
			out[open].lines = append(out[open].lines, p.lines...)
			continue
		}
		open = len(out)
		out = append(out, p)
	}
	return out
}

// goesOn reports whether a paragraph at the top of a column is the rest of another.
func (t *pdfText) goesOn(p, rest pdfParagraph) bool {
	last, next := p.lines[len(p.lines)-1], rest.lines[0]
	if math.Abs(last.size-next.size) > 0.08*last.size || last.bold != next.bold || t.headingSize(p) > 0 || t.headingSize(rest) > 0 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(next.text)
	return last.hyphen || !ended(last.text) && (unicode.IsLower(r) || ideograph(r))
}

// headingSize returns the size by which a paragraph is a heading, bold ones a little
// more; 0 for what is none.
func (t *pdfText) headingSize(p pdfParagraph) float64 {
	const longest = 3 // lines
	first := p.lines[0]
	if p.note > 0 || len(p.lines) > longest || !headingLike(plainLines(p.lines)) {
		return 0
	}
	size := round(first.size)
	switch {
	case size >= 1.1*t.body && first.bold && !t.bold:
		return size + 0.25
	case size >= 1.1*t.body:
		return size
	case first.bold && !t.bold && size >= smallPrint*t.body:
		return size + 0.25
	}
	return 0
}

// plainLines returns lines as one text, without the signs around raised numbers.
func plainLines(lines []pdfLine) string {
	var texts []string
	for _, l := range lines {
		texts = append(texts, strings.Trim(l.text, string([]rune{noteOpen, noteClose})))
	}
	return strings.Join(texts, " ")
}

// write returns the text of a paragraph, and where in it its pages begin.
func (t *pdfText) write(p pdfParagraph) (string, []pageStart) {
	var b strings.Builder
	var starts []pageStart
	for i, l := range p.lines {
		if i > 0 {
			if last := p.lines[i-1]; !last.hyphen && !hyphenated.MatchString(last.text) {
				b.WriteByte('\n')
			}
		}
		if i == 0 || l.page != p.lines[i-1].page {
			starts = append(starts, pageStart{b.Len(), l.page})
		}
		b.WriteString(t.marked(l))
		if i+1 < len(p.lines) && l.hyphen && !t.whole(l, p.lines[i+1]) {
			b.WriteByte('-')
		}
	}
	return strings.TrimSpace(b.String()), starts
}

// hyphenated finds a word that ends with a hyphen.
var hyphenated = regexp.MustCompile(`[\pL\pN]-$`)

// whole reports whether a word that was parted after a line has no hyphen of its own:
// where the text has it elsewhere with one, or the next line begins with no small
// letter, it has.
func (t *pdfText) whole(l, next pdfLine) bool {
	r, _ := utf8.DecodeRuneInString(next.text)
	if !unicode.IsLower(r) {
		return false
	}
	fields := strings.Fields(l.text)
	first := strings.ToLower(fields[len(fields)-1])
	second, _, _ := strings.Cut(strings.ToLower(next.text), " ")
	trim := func(w string) string {
		return strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
	}
	return t.words[trim(first+second)] || !t.words[trim(first+"-"+second)]
}

// marked returns a line's text with its raised numbers as marks, such as [7], where
// there is such a note, or as raised digits.
func (t *pdfText) marked(l pdfLine) string {
	if !strings.ContainsRune(l.text, noteOpen) {
		return l.text
	}
	var b strings.Builder
	for rest := l.text; rest != ""; {
		text, more, found := strings.Cut(rest, string(noteOpen))
		b.WriteString(text)
		if !found {
			break
		}
		digits, after, _ := strings.Cut(more, string(noteClose))
		rest = after
		number, _ := wholeNumber(digits)
		global := t.notes[noteKey{l.page, number}]
		if global == 0 && t.marks && number > 0 && number <= maxNote && !exponent([]byte(b.String())) {
			global = number
		}
		if global > 0 {
			fmt.Fprintf(&b, "[%d]", global)
		} else {
			b.WriteString(superscript.Replace(digits))
		}
	}
	return b.String()
}
