package corpus

import (
	"fmt"
	stdhtml "html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// readHTML reads a page of HTML.
func readHTML(source string) (page, error) {
	h := htmlReader{source: source}
	h.read(0, len(source))
	h.finish()
	return h.page, nil
}

// htmlReader reads HTML tag by tag, since a tree no longer knows where in the
// file its words stood.
type htmlReader struct {
	page    page
	source  string
	base    int // what to add to offsets that a parser gives
	now     *block
	skipped atom.Atom // an element that is left out as a whole, or 0
	depth   int       // of elements of that name
	title   string    // of the head

	lists    []*htmlList
	item     int       // number of the list item that has just begun, or 0
	holder   atom.Atom // the outermost open element that holds notes, or 0
	nested   int       // how many of that name are open, with it
	footnote bool      // a footnote of Markdown is being read
	anchor   *anchor

	// Of a book:
	part   string         // name of the page at hand
	notes  map[string]int // numbers of the book's notes by PART#ID; nil for what is no book
	target int            // number of the note that has just begun, or 0
}

// htmlList is an open list.
type htmlList struct {
	ordered bool
	number  int // of the next item
}

// anchor is an open <sup> or a link within the page, which may turn out to be a
// note's mark.
type anchor struct {
	tag    atom.Atom
	linked bool // it leads to a note
	back   bool // it leads from a note to where that is referred to
	number int  // of the note in a book that it leads to, or 0
	body   *body
	start  int // in the text
	runs   int // how many there were, and
	last   run // the last of them
}

// open begins a block; the one before is finished first.
func (h *htmlReader) open(b block) {
	h.flush()
	b.body = newBody(h.source)
	b.note = h.holder != 0 || h.footnote
	b.target = h.target
	h.now = &b
}

// text returns the body of the block at hand; where there is none, one begins.
func (h *htmlReader) text() *body {
	if h.now == nil {
		h.open(block{item: h.item})
	}
	return h.now.body
}

// flush ends the block at hand, if there is one with text.
func (h *htmlReader) flush() {
	if h.now != nil && len(h.now.body.text) > 0 {
		if h.now.kind == headingBlock && h.now.level == 1 && h.page.card.Title == "" {
			h.page.card.Title = string(h.now.body.text)
		}
		h.page.blocks = append(h.page.blocks, *h.now)
		h.item, h.target = 0, 0
	}
	h.now, h.anchor = nil, nil
}

// finish ends the page.
func (h *htmlReader) finish() {
	h.flush()
	if h.page.card.Title == "" {
		h.page.card.Title = h.title
	}
	h.page.blocks = noteBlocks(h.page.blocks)
}

// read reads source[from:to].
func (h *htmlReader) read(from, to int) {
	z := html.NewTokenizer(strings.NewReader(h.source[from:to]))
	for at := from; ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return // the end: a string has no other fault
		}
		end := at + len(z.Raw())
		switch kind {
		case html.TextToken:
			h.words(at, end)
		case html.StartTagToken, html.SelfClosingTagToken:
			if kind == html.SelfClosingTagToken && h.notes != nil {
				z.NextIsNotRawText() // XHTML: <title/> and <script/> have ended
			}
			h.startTag(z.Token(), at)
		case html.EndTagToken:
			h.endTag(z.Token().DataAtom, end)
		}
		at = end
	}
}

// words reads the text between two tags.
func (h *htmlReader) words(from, to int) {
	switch {
	case h.skipped == atom.Title:
		h.title += strings.TrimSpace(stdhtml.UnescapeString(h.source[from:to]))
	case h.skipped != 0 || h.now == nil && strings.TrimSpace(h.source[from:to]) == "":
	default:
		h.text().addMarkup(from, to, false)
	}
}

// startTag reads a start tag that stands at an offset of the source.
func (h *htmlReader) startTag(t html.Token, from int) {
	tag := t.DataAtom
	h.head(t)
	if h.skipped != 0 {
		if tag == h.skipped {
			h.depth++
		}
		return
	}
	switch tag {
	case atom.Script, atom.Style, atom.Nav, atom.Template, atom.Svg, atom.Button, atom.Select, atom.Title:
		if t.Type == html.StartTagToken {
			h.skipped, h.depth = tag, 1
		}
	case atom.Br:
		if h.now != nil {
			h.now.body.gap(from, true)
		}
	case atom.Td, atom.Th, atom.Tr:
		h.cell(tag)
	case atom.Sup, atom.A:
		h.openAnchor(t)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		h.open(block{kind: headingBlock, level: int(t.Data[1] - '0'), start: from})
	default:
		if blockTags[tag] {
			h.flush()
			h.blockTag(t)
		}
	}
}

// endTag reads an end tag that ends at an offset of the source.
func (h *htmlReader) endTag(tag atom.Atom, end int) {
	if h.skipped != 0 {
		if tag == h.skipped {
			if h.depth--; h.depth == 0 {
				h.skipped = 0
			}
		}
		return
	}
	switch {
	case h.anchor != nil && tag == h.anchor.tag:
		h.closeAnchor()
	case h.now != nil && h.now.kind == headingBlock && headingTag(tag):
		h.now.end = end
		h.flush()
	case blockTags[tag]:
		h.flush()
		h.closeBlock(tag)
	}
}

func headingTag(tag atom.Atom) bool {
	return tag == atom.H1 || tag == atom.H2 || tag == atom.H3 || tag == atom.H4 || tag == atom.H5 || tag == atom.H6
}

// blockTags are the elements that end a paragraph where they begin and end.
var blockTags = func() map[atom.Atom]bool {
	m := map[atom.Atom]bool{}
	for _, tag := range []atom.Atom{
		atom.P, atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Aside, atom.Blockquote,
		atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Figure, atom.Figcaption, atom.Table, atom.Caption,
		atom.Hr, atom.Pre, atom.Address, atom.Details, atom.Summary, atom.Form, atom.Fieldset, atom.Body, atom.Html, atom.Head,
		atom.Center, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
	} {
		m[tag] = true
	}
	return m
}()

// blockTag reads the start of an element that holds blocks: a list, an item, a
// place of notes.
func (h *htmlReader) blockTag(t html.Token) {
	tag := t.DataAtom
	if tag == h.holder && (tag == atom.Li || tag == atom.P) {
		h.holder = 0 // their end tags may be left out
	}
	switch tag {
	case atom.Ol, atom.Ul:
		list := &htmlList{ordered: tag == atom.Ol, number: 1}
		if n, ok := wholeNumber(attribute(t, "start")); ok {
			list.number = n
		}
		h.lists = append(h.lists, list)
	case atom.Li:
		h.item = h.listItem(t)
	}
	own := 0
	if tag != atom.Ol && tag != atom.Ul {
		own = h.noteID(attribute(t, "id"))
	}
	if own > 0 && h.item == 0 {
		h.item = own
	}
	if h.notes != nil && own > 0 {
		h.target = own
	}
	switch {
	case tag == h.holder:
		h.nested++
	case h.holder == 0 && (own > 0 || holdsNotes(t)):
		h.holder, h.nested = tag, 1
	}
}

// listItem returns the number of the list item that begins with t, or 0.
func (h *htmlReader) listItem(t html.Token) int {
	if len(h.lists) == 0 || !h.lists[len(h.lists)-1].ordered {
		return 0
	}
	list := h.lists[len(h.lists)-1]
	if v, ok := wholeNumber(attribute(t, "value")); ok {
		list.number = v
	}
	list.number++
	return list.number - 1
}

// closeBlock reads the end of an element that holds blocks.
func (h *htmlReader) closeBlock(tag atom.Atom) {
	list := tag == atom.Ol || tag == atom.Ul
	if n := len(h.lists); list && n > 0 {
		h.lists = h.lists[:n-1]
	}
	if list || tag == atom.Li {
		h.item = 0
	}
	if list && h.holder == atom.Li {
		h.holder = 0
	}
	if tag == h.holder {
		if h.nested--; h.nested == 0 {
			h.holder = 0
		}
	}
}

// holdsNotes reports whether an element says that it holds a document's notes.
func holdsNotes(t html.Token) bool {
	for _, word := range strings.Fields(strings.ToLower(attribute(t, "class") + " " + attribute(t, "id") + " " + attribute(t, "role"))) {
		switch word {
		case "footnotes", "endnotes", "references", "reflist", "notes", "doc-endnotes", "doc-footnote":
			return true
		}
	}
	return false
}

// noteID returns the number of the note that an element with the id is, or 0.
func (h *htmlReader) noteID(id string) int {
	if h.notes != nil {
		return h.notes[h.part+"#"+id]
	}
	return noteID(id)
}

// noteID returns the number in the id of a note, such as fn7 or cite_note-7, or 0.
func noteID(id string) int {
	id = strings.ToLower(id)
	n := len(strings.TrimRight(id, "0123456789"))
	switch strings.TrimRight(id[:n], "-_:.") {
	case "fn", "footnote", "endnote", "note", "cite_note", "en":
		number, _ := wholeNumber(id[n:])
		return number
	}
	return 0
}

// head reads what tags say about the document.
func (h *htmlReader) head(t html.Token) {
	c := &h.page.card
	set := func(field *string, value string) {
		if *field == "" {
			*field = strings.TrimSpace(value)
		}
	}
	switch t.DataAtom {
	case atom.Html:
		set(&c.Language, attribute(t, "lang"))
	case atom.Time:
		set(&c.Date, attribute(t, "datetime"))
	case atom.Link:
		if attribute(t, "rel") == "canonical" {
			set(&c.URL, attribute(t, "href"))
		}
	case atom.Meta:
		content := attribute(t, "content")
		switch strings.ToLower(attribute(t, "name") + attribute(t, "property")) {
		case "author", "dc.creator", "article:author":
			set((*string)(&c.Author), content)
		case "date", "dc.date", "dcterms.date", "article:published_time", "citation_publication_date":
			set(&c.Date, content)
		case "publisher", "dc.publisher", "og:site_name":
			set(&c.Publisher, content)
		}
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// cell separates the cells of a table.
func (h *htmlReader) cell(tag atom.Atom) {
	if tag == atom.Tr {
		if h.now != nil {
			h.now.row = true
		}
		return
	}
	h.text()
	h.separate(h.now.row)
	h.now.row = false
}

// separate writes what stands between two cells of a table: more between two rows.
func (h *htmlReader) separate(row bool) {
	b := h.text()
	if len(b.text) == 0 {
		return
	}
	between := ", "
	if row {
		between = "; "
	}
	last := b.runs[len(b.runs)-1]
	at := last.source + last.width
	b.space = -1
	b.decoded(between, at, at)
}

// openAnchor begins what may be a note's mark.
func (h *htmlReader) openAnchor(t html.Token) {
	target, local := strings.CutPrefix(attribute(t, "href"), "#")
	linked := local && noteID(target) > 0
	if h.notes != nil {
		h.bookAnchor(t)
		return
	}
	if h.anchor != nil {
		h.anchor.linked = h.anchor.linked || linked
		return
	}
	if t.DataAtom == atom.A && !local || t.Type == html.SelfClosingTagToken {
		return
	}
	b := h.text()
	back := local && (strings.HasPrefix(target, "fnref") || strings.HasPrefix(target, "cite_ref") || strings.Contains(attribute(t, "class"), "back"))
	h.anchor = &anchor{tag: t.DataAtom, linked: linked, back: back, body: b, start: len(b.text), runs: len(b.runs), last: b.lastRun()}
}

// bookAnchor does the same in a book, where only links that are known to lead to
// notes are marks.
func (h *htmlReader) bookAnchor(t html.Token) {
	name, id, _ := inside(h.part, attribute(t, "href"))
	number, own := h.notes[name+"#"+id], h.noteID(attribute(t, "id"))
	if h.anchor != nil {
		h.anchor.number = max(h.anchor.number, number)
		h.anchor.back = h.anchor.back || own > 0
		return
	}
	if own > 0 && (h.now == nil || len(h.now.body.text) == 0) {
		h.target = own // the id stands on the number that the note begins with
		h.flush()
		h.open(block{note: true})
		h.now.note = true
	}
	if t.Type == html.SelfClosingTagToken {
		return
	}
	b := h.text()
	h.anchor = &anchor{tag: t.DataAtom, number: number, back: own > 0 && number == 0, body: b, start: len(b.text), runs: len(b.runs), last: b.lastRun()}
}

// lastRun returns the last run so far, or the zero one.
func (b *body) lastRun() run {
	if len(b.runs) == 0 {
		return run{}
	}
	return b.runs[len(b.runs)-1]
}

// closeAnchor ends it: a mark, the way back from a note, or simply words.
func (h *htmlReader) closeAnchor() {
	a := h.anchor
	h.anchor = nil
	b := a.body
	said := strings.TrimSpace(string(b.text[a.start:]))
	if a.back || said != "" && strings.Trim(said, "↩↑^⏎\ufe0e") == "" {
		b.text, b.runs = b.text[:a.start], b.runs[:a.runs]
		if a.runs > 0 {
			b.runs[a.runs-1] = a.last
		}
		return
	}
	start := len(b.text) - len(said)
	inner := strings.Trim(said, "[]()")
	bare := said == inner
	switch {
	case said != "" && a.number > 0:
		b.marks = append(b.marks, mark{start: start, end: len(b.text), numbers: []int{a.number}})
		return
	case h.notes != nil:
		if a.tag == atom.Sup && bare && said != "" {
			b.raise(start, a)
		}
		return
	}
	if said != "" && bare && !a.linked && a.tag == atom.Sup && exponent(b.text[:start]) {
		b.raise(start, a)
		return
	}
	m := marker{rest: inner}
	numbers := m.list()
	if numbers == nil || m.rest != "" || a.tag == atom.A && !a.linked {
		return
	}
	b.marks = append(b.marks, mark{start: start, end: len(b.text), numbers: numbers, bare: bare})
}

// raise writes the text from start on, that of an anchor, in superscript where it is
// a number, so that 10 to the 6th does not read 106.
func (b *body) raise(start int, a *anchor) {
	said := string(b.text[start:])
	if strings.Trim(said, "0123456789+-−") != "" {
		return
	}
	own := b.runs[max(0, a.runs-1):]
	p := Passage{runs: own}
	from, to := p.Span(start, len(b.text))
	own = appendRuns(nil, own, 0, start, 0)
	b.text, b.runs = b.text[:start], append(b.runs[:max(0, a.runs-1)], own...)
	small, first := superscript.Replace(said), 0
	if len(small) == to-from { // by chance, and not as it stands in the source
		_, first = utf8.DecodeRuneInString(small)
		b.put(small[:first], from, to-from)
		from = to
	}
	b.put(small[first:], from, to-from)
}

var superscript = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹",
	"+", "⁺", "-", "⁻", "−", "⁻")

// exponent reports whether a raised number after text is more likely to belong
// to a figure, a variable or a unit, as in 10 to the 6th or km squared, than to
// name a note.
func exponent(text []byte) bool {
	const longest = 64 // of what is looked at: a word is shorter, and one or two letters matter
	text = text[max(0, len(text)-longest):]
	word := string(text[wordStart(string(text), 0, len(text)):])
	last, _ := utf8.DecodeLastRuneInString(word)
	switch utf8.RuneCountInString(word) {
	case 0:
		return false
	case 1:
		return last != '.'
	case 2:
		return unicode.IsDigit(last) || strings.ToLower(word) == word && last != '.'
	}
	return unicode.IsDigit(last)
}

// noteBlocks finds the notes among the blocks of a page: those of an element
// that holds notes, and the numbered ones below a heading that announces them.
func noteBlocks(blocks []block) []block {
	var out []block
	below := false
	for i, b := range blocks {
		if b.kind == headingBlock {
			if below = notesHeading(string(b.body.text)) && i+1 < len(blocks) && numbered(blocks[i+1]) > 0; below || b.note && notesHeading(string(b.body.text)) {
				continue
			}
		}
		if b.kind != paragraphBlock || !below && !b.note {
			out = append(out, b)
			continue
		}
		number := numbered(b)
		if last := len(out) - 1; number == 0 && last >= 0 && out[last].kind == noteBlock {
			out[last].body.join(b.body)
			continue
		}
		if number > 0 {
			b = asNote(b, number)
		}
		out = append(out, b)
		for more := splitNote(&out[len(out)-1]); more != nil; more = splitNote(&out[len(out)-1]) {
			out = append(out, *more)
		}
	}
	return out
}

// numbered returns the number a block has as a note, or 0.
func numbered(b block) int {
	if b.kind != paragraphBlock {
		return 0
	}
	if b.item > 0 {
		return b.item
	}
	if len(b.body.marks) > 0 && b.body.marks[0].start == 0 && len(b.body.marks[0].numbers) == 1 {
		return b.body.marks[0].numbers[0]
	}
	number, _ := noteNumber(string(b.body.text))
	return number
}

// asNote returns the block as a note, without the number its text begins with.
func asNote(b block, number int) block {
	b.kind, b.number = noteBlock, number
	skip := 0
	if len(b.body.marks) > 0 && b.body.marks[0].start == 0 {
		skip = b.body.marks[0].end
		skip += len(b.body.text[skip:]) - len(strings.TrimLeft(string(b.body.text[skip:]), ".:)"))
	} else if n, s := noteNumber(string(b.body.text)); n == number {
		skip = s
	} else if again := (marker{rest: string(b.body.text)}); b.item > 0 {
		if n, ok := again.number(); ok && n == number && strings.HasPrefix(again.rest, " ") {
			skip = len(b.body.text) - len(again.rest) // printed after the list's own number
		}
	}
	b.body = b.body.from(skip)
	return b
}

// splitNote cuts off the next note, [8], where it stands on a line of the same
// paragraph as note 7, and returns it, or nil.
func splitNote(b *block) *block {
	if b.kind != noteBlock {
		return nil
	}
	text := string(b.body.text)
	next := strings.Index(text, fmt.Sprintf(" [%d] ", b.number+1))
	if next < 0 || b.item > 0 {
		return nil
	}
	more := asNote(block{body: b.body.from(next)}, b.number+1)
	b.body = &body{source: b.body.source, text: []byte(text[:next]), runs: appendRuns(nil, b.body.runs, 0, next, 0), space: -1}
	return &more
}
