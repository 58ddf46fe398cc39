package corpus

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// readWord reads a Word document (Office Open XML, ECMA-376 part 1, clause 17): its
// paragraphs, headings by their styles, tables as rows of cells, footnotes and
// endnotes numbered as they are referred to. Deleted and hidden text is left out, and
// so are tables of contents and the headers and footers of pages.
func readWord(_ context.Context, data []byte) (string, page, error) {
	a, err := openArchive(data)
	if err != nil {
		return "", page{}, err
	}
	w := wordReader{styles: map[string]wordStyle{}, numbers: map[string]int{}, notes: map[string]string{}}
	for _, part := range []struct {
		name     string
		read     func(xml.Token) error
		required bool
	}{
		{"docProps/core.xml", w.properties, false},
		{"word/styles.xml", w.styled, false},
		{"word/footnotes.xml", w.written, false},
		{"word/endnotes.xml", w.written, false},
		{"word/document.xml", w.written, true},
	} {
		if a.parts[part.name] == nil && !part.required {
			continue
		}
		content, err := a.part(part.name)
		if err != nil {
			return "", page{}, err
		}
		w.open = nil
		if err := eachToken(part.name, content, part.read); err != nil {
			return "", page{}, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.notes)) {
		w.number(key) // those that nothing refers to come last
	}
	keys := slices.SortedFunc(maps.Keys(w.numbers), func(a, b string) int { return w.numbers[a] - w.numbers[b] })
	for _, key := range keys {
		if text := w.notes[key]; text != "" {
			w.draft.add(block{kind: noteBlock, number: w.numbers[key]}, fmt.Sprintf("[%d] ", w.numbers[key]), text)
		}
	}
	source, blocks := w.draft.finish()
	if source == "" {
		return "", page{}, errors.New(": it has no text")
	}
	return source, page{card: w.card, blocks: blocks}, nil
}

// wordStyle is a style of paragraphs.
type wordStyle struct {
	level    int    // of a heading; 0 for others
	title    bool   // it is the document's title
	contents bool   // a line of a table of contents
	based    string // the style it is based on
}

// wordParagraph is a paragraph that is being read.
type wordParagraph struct {
	style  string
	level  int // its own outline level; 0 for none
	hidden bool
	text   strings.Builder
}

// wordReader reads the parts of a Word document.
type wordReader struct {
	card    card
	draft   draft
	styles  map[string]wordStyle
	numbers map[string]int    // of notes by key, from 1, in the order in which they are referred to
	notes   map[string]string // text by key
	title   bool              // a paragraph of that style came

	open       []string         // names of the open elements
	skipped    int              // how many are open with the one that is left out; 0 for none
	now        string           // the style, or the key of the note, that is being read
	paragraphs []*wordParagraph // open ones: text boxes stand in paragraphs
	tables     int              // how many are open
	cell       []string         // paragraphs of the cell
	row        []string         // cells
	rows       []string
}

// element keeps account of the open elements, and returns the start of one that is
// not left out.
func (w *wordReader) element(t xml.Token) (start xml.StartElement, ok bool) {
	switch t := t.(type) {
	case xml.StartElement:
		w.open = append(w.open, t.Name.Local)
		return t, w.skipped == 0
	case xml.EndElement:
		w.open = w.open[:len(w.open)-1]
		if len(w.open) < w.skipped {
			w.skipped = 0
		}
	}
	return start, false
}

// in reports whether the innermost open element has the name.
func (w *wordReader) in(name string) bool { return len(w.open) > 0 && w.open[len(w.open)-1] == name }

// skip leaves out the innermost open element.
func (w *wordReader) skip() { w.skipped = len(w.open) }

// properties reads a token of the document's properties.
func (w *wordReader) properties(t xml.Token) error {
	w.element(t)
	text, ok := t.(xml.CharData)
	if !ok || len(w.open) == 0 {
		return nil
	}
	switch name := w.open[len(w.open)-1]; name {
	case "created", "modified": // the later of the two stands second, and counts
		w.card.Date = strings.TrimSpace(string(text))
	default:
		dublinCore(&w.card, name, string(text))
	}
	return nil
}

// styled reads a token of the styles.
func (w *wordReader) styled(t xml.Token) error {
	e, ok := w.element(t)
	if !ok {
		return nil
	}
	s := w.styles[w.now]
	switch value := attr(e, "val"); e.Name.Local {
	case "style":
		w.now = attr(e, "styleId")
		return nil
	case "name":
		s.name(value)
	case "basedOn":
		s.based = value
	case "outlineLvl":
		s.level = outlineLevel(value)
	default:
		return nil
	}
	w.styles[w.now] = s
	return nil
}

// name reads the built-in name of a style, whatever the language of its program.
func (s *wordStyle) name(name string) {
	name = strings.ToLower(name)
	s.title = name == "title"
	s.contents = strings.HasPrefix(name, "toc ")
	if number, ok := strings.CutPrefix(name, "heading "); ok {
		s.level, _ = wholeNumber(number)
	}
}

// outlineLevel reads an outline level, 0 to 8; 9 is that of other text.
func outlineLevel(value string) int {
	if len(value) != 1 || value[0] < '0' || value[0] > '8' {
		return 0
	}
	return int(value[0]-'0') + 1
}

// style returns a style with what it has from those it is based on.
func (w *wordReader) style(id string) wordStyle {
	const longest = 10 // of a chain of styles; a circle has no end
	s := w.styles[id]
	for i, based := 0, s.based; i < longest && s.level == 0 && based != ""; i++ {
		s.level, s.title = w.styles[based].level, s.title || w.styles[based].title
		based = w.styles[based].based
	}
	return s
}

// number returns the number of a note, by which it is known from now on.
func (w *wordReader) number(key string) int {
	if w.numbers[key] == 0 {
		w.numbers[key] = len(w.numbers) + 1
	}
	return w.numbers[key]
}

// written reads a token of the text or of the notes.
func (w *wordReader) written(t xml.Token) error {
	if w.draft.full() {
		return fmt.Errorf("more than %d MB of text, which is the limit", maxText>>20)
	}
	e, ok := w.element(t)
	if ok {
		w.start(e)
	}
	if w.skipped > 0 {
		return nil
	}
	switch t := t.(type) {
	case xml.CharData:
		if w.in("t") {
			w.say(string(t))
		}
	case xml.EndElement:
		w.end(t.Name.Local)
	}
	return nil
}

// say adds text to the paragraph at hand.
func (w *wordReader) say(text string) {
	if n := len(w.paragraphs); n > 0 && !w.paragraphs[n-1].hidden {
		w.paragraphs[n-1].text.WriteString(text)
	}
}

// start reads the start of an element.
func (w *wordReader) start(e xml.StartElement) {
	var p *wordParagraph
	if n := len(w.paragraphs); n > 0 {
		p = w.paragraphs[n-1]
	}
	switch name := e.Name.Local; name {
	case "del", "moveFrom", "Fallback":
		w.skip()
	case "footnote", "endnote":
		if kind := attr(e, "type"); kind != "" && kind != "normal" {
			w.skip() // the line above the notes
			return
		}
		w.now = name + attr(e, "id")
	case "p":
		w.paragraphs = append(w.paragraphs, &wordParagraph{})
	case "tbl":
		w.tables++
	case "tab", "ptab":
		w.say(" ")
	case "br", "cr":
		w.say("\n")
	case "noBreakHyphen":
		w.say("-")
	case "footnoteReference", "endnoteReference":
		w.say(fmt.Sprintf("[%d]", w.number(strings.TrimSuffix(name, "Reference")+attr(e, "id"))))
	case "pStyle":
		if p != nil {
			p.style = attr(e, "val")
		}
	case "outlineLvl":
		if p != nil {
			p.level = outlineLevel(attr(e, "val"))
		}
	case "vanish":
		if value := attr(e, "val"); p != nil && value != "0" && value != "false" {
			p.hidden = len(w.open) > 2 && w.open[len(w.open)-3] == "r" // and not the paragraph's own mark
		}
	}
}

// end reads the end of an element.
func (w *wordReader) end(name string) {
	switch name {
	case "r":
		if n := len(w.paragraphs); n > 0 {
			w.paragraphs[n-1].hidden = false
		}
	case "p":
		if n := len(w.paragraphs); n > 0 {
			p := w.paragraphs[n-1]
			w.paragraphs = w.paragraphs[:n-1]
			w.paragraph(p)
		}
	case "tc":
		if w.tables == 1 && len(w.cell) > 0 {
			w.row, w.cell = append(w.row, strings.Join(w.cell, " ")), nil
		}
	case "tr":
		if w.tables == 1 && len(w.row) > 0 {
			w.rows, w.row = append(w.rows, strings.Join(w.row, ", ")), nil
		}
	case "tbl":
		if w.tables--; w.tables == 0 && len(w.rows) > 0 {
			w.draft.add(block{kind: paragraphBlock}, "", strings.Join(w.rows, ";\n"))
			w.rows = nil
		}
	case "footnote", "endnote":
		w.now = ""
	}
}

// paragraph takes in a paragraph that has ended.
func (w *wordReader) paragraph(p *wordParagraph) {
	text := strings.TrimSpace(p.text.String())
	style := w.style(p.style)
	if p.level > 0 {
		style.level = p.level
	}
	switch {
	case text == "" || style.contents:
	case w.now != "":
		w.notes[w.now] = strings.TrimSpace(w.notes[w.now] + "\n" + text)
	case w.tables > 0:
		w.cell = append(w.cell, text)
	case style.title:
		if !w.title {
			w.title, w.card.Title = true, strings.Join(strings.Fields(text), " ")
		}
		w.draft.add(block{kind: headingBlock, level: 1}, "", text)
	case style.level > 0:
		w.draft.add(block{kind: headingBlock, level: style.level}, "", text)
	default:
		w.draft.add(block{kind: paragraphBlock}, "", text)
	}
}
