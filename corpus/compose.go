package corpus

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// page is a document as the reader of its format found it.
type page struct {
	card   card // what the file says about itself
	blocks []block
	pages  []pageStart // where in the source the text of other pages begins, by offset; nil where the format has none
	faults []string    // what was odd but did not stop its reader
}

// block is a piece of a page, in reading order.
type block struct {
	kind       blockKind
	level      int  // of a heading
	number     int  // of a note or chart, as printed
	item       int  // number in an ordered list, or 0
	note       bool // it stands in an element that holds notes
	target     int  // number of the note of a book that it begins, or 0
	row        bool // a row of its table has just ended
	start, end int  // of a heading, in the source
	body       *body
}

type blockKind uint8

const (
	paragraphBlock blockKind = iota
	headingBlock
	chartBlock
	noteBlock
)

// composer makes the passages of a document from the blocks of a page.
type composer struct {
	doc      *Document
	path     string // for warnings
	section  *Section
	numbers  [Chart + 1]int   // the last number given, by kind
	notes    map[int]bool     // the numbers that notes have
	taken    map[int]*Passage // the notes so far by number
	warned   bool             // of bracketed numbers in a document without notes
	warnings []Warning
}

// compose fills the sections, passages and notes of d, whose id and source are
// known, and returns what was odd.
func compose(d *Document, p page, path string) []Warning {
	c := composer{doc: d, path: path, notes: map[int]bool{}, taken: map[int]*Passage{}}
	blocks := captions(p.blocks)
	for _, b := range blocks {
		if b.kind == noteBlock && len(b.body.text) > 0 {
			c.notes[b.number] = true
		}
	}
	for _, b := range blocks {
		switch b.kind {
		case headingBlock:
			text := b.body.without(c.marks(b.body))
			c.section = &Section{Title: text.text, Level: b.level, Start: b.start, End: b.end}
			d.Sections = append(d.Sections, c.section)
		case paragraphBlock:
			if text := b.body.without(c.marks(b.body)); text.text != "" {
				c.numbers[Paragraph]++
				d.Passages = append(d.Passages, paragraphs(d, c.section, c.numbers[Paragraph], text)...)
			}
		case chartBlock:
			c.chart(b)
		case noteBlock:
			c.note(b)
		}
	}
	slices.SortStableFunc(d.Notes, func(a, b *Passage) int { return a.Number - b.Number })
	c.cite()
	return c.warnings
}

// marks returns the marks in b that name notes of the document, and warns of
// those that name none.
func (c *composer) marks(b *body) []mark {
	var out []mark
	for _, m := range b.allMarks() {
		missing := slices.IndexFunc(m.numbers, func(n int) bool { return !c.notes[n] })
		switch {
		case missing < 0 && len(m.numbers) > 0:
			out = append(out, m)
		case m.bare && len(c.notes) == 0: // raised for another reason
		case len(c.notes) == 0 && len(m.numbers) > 0:
			// Brackets in a text without notes may be anything: one warning for all.
			if !c.warned {
				c.warned = true
				c.warn(b, m, fmt.Sprintf("%s and the like stay in the text: the document has no notes", b.text[m.start:m.end]))
			}
		default:
			c.warn(b, m, fmt.Sprintf("note reference %s has no note: it stays in the text", b.text[m.start:m.end]))
		}
	}
	return out
}

// maxWarnings is how many faults of a document are told: nobody reads more, and a
// file may have one for each of its bytes.
const maxWarnings = 100

// warn notes a fault at mark m of b.
func (c *composer) warn(b *body, m mark, what string) {
	p := Passage{Document: c.doc, runs: b.runs}
	from, _ := p.Span(m.start, m.end)
	c.fault(from, what)
}

// fault notes a fault at an offset of the source.
func (c *composer) fault(at int, what string) {
	switch n := len(c.warnings); {
	case n == maxWarnings:
		c.warnings = append(c.warnings, Warning{Path: c.path, What: "and more of the kind"})
		return
	case n > maxWarnings:
		return
	}
	c.warnings = append(c.warnings, Warning{Path: c.path, Line: lineAt(c.doc.Source, at), What: what})
}

// lineAt returns the 1-based line of an offset in source.
func lineAt(source string, offset int) int { return 1 + strings.Count(source[:offset], "\n") }

// chart adds a chart under its printed number, or the next one where that is taken.
func (c *composer) chart(b block) {
	text := b.body.without(c.marks(b.body))
	if number := b.number; number > c.numbers[Chart] {
		c.numbers[Chart] = number
	} else {
		c.numbers[Chart]++
	}
	number := c.numbers[Chart]
	p := newPassage(c.doc, text)
	p.Kind, p.Number, p.Section = Chart, number, c.section
	p.Sentences = p.Sentences[:1] // "Figure 1." is none of its own
	p.Sentences[0].End = len(p.Text)
	p.ID, p.Label = fmt.Sprintf("%s#c%d", c.doc.ID, number), fmt.Sprintf("chart %d", number)
	c.doc.Passages = append(c.doc.Passages, p)
}

// note adds a note.
func (c *composer) note(b block) {
	if c.taken[b.number] != nil {
		c.fault(b.start, fmt.Sprintf("note %d stands twice: the second is left out", b.number))
		return
	}
	p := newPassage(c.doc, b.body.without(nil))
	if p.Text == "" {
		c.fault(b.start, fmt.Sprintf("note %d is empty: it is left out", b.number))
		return
	}
	p.Kind, p.Number = Note, b.number
	p.ID, p.Label = fmt.Sprintf("%s#n%d", c.doc.ID, b.number), fmt.Sprintf("note %d", b.number)
	p.Sources = readSources(p.Text)
	c.taken[b.number] = p
	c.doc.Notes = append(c.doc.Notes, p)
}

// cite joins the notes to the passages that refer to them, and warns of notes
// that alone are referred to by nothing.
func (c *composer) cite() {
	for _, p := range c.doc.Passages {
		for _, ref := range p.Refs {
			n := c.taken[ref.Number]
			if n != nil && (n.CitedBy == nil || n.CitedBy[len(n.CitedBy)-1] != p) {
				n.CitedBy = append(n.CitedBy, p)
			}
		}
	}
	cited := slices.ContainsFunc(c.doc.Notes, func(n *Passage) bool { return n.CitedBy != nil })
	for _, n := range c.doc.Notes {
		if cited && n.CitedBy == nil {
			from, _ := n.Span(0, len(n.Text))
			c.fault(from, fmt.Sprintf("note %d: nothing refers to it", n.Number))
		}
	}
}

// newPassage returns a passage with text, its sentences and their notes.
func newPassage(d *Document, text passageText) *Passage {
	p := &Passage{Document: d, Text: text.text, Sentences: splitSentences(text.text), Refs: text.refs, runs: text.runs}
	for _, ref := range p.Refs {
		notes := &p.Sentences[p.sentenceOf(ref)].Notes
		if at, found := slices.BinarySearch(*notes, ref.Number); !found {
			*notes = slices.Insert(*notes, at, ref.Number)
		}
	}
	return p
}

// sentenceOf returns the index of the sentence a mark belongs to: the one it
// stands in, or the one before it where it stands between two.
func (p *Passage) sentenceOf(ref Ref) int {
	i := 0
	for i+1 < len(p.Sentences) && p.Sentences[i+1].Start < ref.At {
		i++
	}
	return i
}

// maxPassage is the most runes a citation may have. A section block of Slack
// holds 3,000 characters and a Discord embed 4,096: this leaves the mark, the
// heading and the notes their room beside the longest passage.
const maxPassage = 1800

// paragraphs returns the passages of a paragraph: one, or its parts where it is
// too long for a citation.
func paragraphs(d *Document, section *Section, number int, text passageText) []*Passage {
	whole := newPassage(d, text)
	parts := []*Passage{whole}
	if len(whole.Text) > maxPassage && utf8.RuneCountInString(whole.Text) > maxPassage {
		parts = split(whole)
	}
	for i, p := range parts {
		p.Number, p.Section = number, section
		p.ID, p.Label = fmt.Sprintf("%s#p%d", d.ID, number), fmt.Sprintf("¶%d", number)
		if len(parts) > 1 {
			p.Part = i + 1
			p.ID, p.Label = fmt.Sprintf("%s.%d", p.ID, p.Part), fmt.Sprintf("%s.%d", p.Label, p.Part)
		}
	}
	return parts
}

// split cuts a passage at ends of sentences into parts of about equal length,
// none longer than maxPassage.
func split(p *Passage) []*Passage {
	total := utf8.RuneCountInString(p.Text)
	want := total / (1 + (total-1)/maxPassage)
	var parts []*Passage
	start, size := 0, 0
	cut := func(end int) {
		if text := p.slice(start, end); text.text != "" {
			parts = append(parts, newPassage(p.Document, text))
		}
		start, size = end, 0
	}
	at := 0
	for _, s := range p.Sentences {
		for _, end := range pieces(p.Text, s) {
			length := utf8.RuneCountInString(p.Text[at:end])
			if size > 0 && (size+length > maxPassage || size+length/2 > want) {
				cut(at)
			}
			size += length
			at = end
		}
	}
	cut(len(p.Text))
	return parts
}

// pieces returns the ends of the pieces of a sentence that may stand alone in a
// part: the sentence as a whole, unless it is too long itself.
func pieces(text string, s Sentence) []int {
	var ends []int
	runes, space := 0, -1
	for i, r := range text[s.Start:s.End] {
		if runes++; runes > maxPassage-1 {
			end := s.Start + i
			if space > 0 {
				end = space
			}
			ends = append(ends, end)
			runes, space = utf8.RuneCountInString(text[end:s.Start+i])+1, -1
		}
		if unicode.IsSpace(r) {
			space = s.Start + i
		}
	}
	return append(ends, s.End)
}

// slice returns the part of p's text from start to end, without the white space
// around it, with its marks.
func (p *Passage) slice(start, end int) passageText {
	first := start == 0
	start = min(skipSpace(p.Text, start), end)
	text := strings.TrimRightFunc(p.Text[start:end], unicode.IsSpace)
	out := passageText{text: text, runs: appendRuns(nil, p.runs, start, start+len(text), 0)}
	for _, ref := range p.Refs {
		if ref.At > start && ref.At <= end || first && ref.At <= start {
			out.refs = append(out.refs, Ref{Number: ref.Number, At: min(max(0, ref.At-start), len(text))})
		}
	}
	return out
}
