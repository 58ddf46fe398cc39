// Package corpus parses and holds the material: the documents a bot may answer
// from, cut into the pieces it may cite.
//
// A document is read from plain text, Markdown, HTML, PDF, Word, EPUB or a BEIR
// collection into sections, passages (one paragraph each), charts and notes. Every
// piece knows the bytes of the source it came from, so that whatever is quoted can
// be compared with it to the byte: the file where that is text, else the text taken
// from it (see [Document]). What a file does not say about itself (its
// id, title, directions, glossary) stands in data files beside it.
//
// A document may be quoted everywhere, or in some places only (access.go). The package
// knows how places are called, and nothing else of chat, of search or of questions.
package corpus

import (
	"fmt"
	"sort"
	"strings"
	"sync/atomic"
)

// Kind tells what a [Passage] is in its document.
type Kind uint8

// The kinds of passages.
const (
	Paragraph Kind = iota // a numbered paragraph, label "¶5", id "doc#p5"
	Chart                 // a chart's caption, label "chart 2", id "doc#c2"
	Note                  // a note of the document itself, label "note 7", id "doc#n7"
)

// Corpus is the material as a whole. It is immutable once loaded and safe for
// concurrent use.
type Corpus struct {
	Documents List[Document] // in a stable order: by path, BEIR records in file order
	Passages  List[Passage]  // every passage, chart and note of every document, in document order, notes after their document's passages
	Annotated List[Document] // the documents that have notes, directions or a glossary; a collection has none
	Version   string         // "sha256:" and the hash of every source and data file: equal material, equal version
	Warnings  []Warning      // what was odd but did not stop the load, in document order
	Skipped   []Skip         // files of a folder that are left out: those that are no documents first, then by path

	find   func(id string) *Document      // nil where there is none
	span   func(id string) (from, to int) // see Span
	access access
	path   string                           // it was loaded from; "" for the embedded article
	pack   *pack                            // what it is read from; nil where it lies in memory
	read   atomic.Pointer[map[string]*file] // what Reload compares with
}

// Skip is a file that was left out, and why.
type Skip struct {
	Path string
	Err  error // names the file
}

func (s Skip) String() string { return s.Err.Error() }

// Document is one article.
//
// Its Source is what offsets count in. Of a text file it is the file's bytes. Of an
// EPUB book it is the book's pages, as they stand in the archive, in reading order
// with a line's end after each. Of a PDF or a Word document, whose files have no
// text to point into, it is the text that was taken from it, with a blank line
// between paragraphs and note marks as [7]; the same file gives the same source.
type Document struct {
	ID         string // short and unique, such as "nato-360"
	Title      string
	Date       string // ISO 8601 as far as known ("2024-05-24", "2024-05", "2024"), or ""
	Author     string
	Publisher  string
	URL        string
	Language   string // BCP 47, or ""
	Provenance string // where the text comes from, in words
	Path       string // the file it was read from, for messages; "" when embedded
	Source     string // the file's bytes, unchanged, or the text taken from it; for a BEIR record its text field

	Sections   []*Section
	Passages   []*Passage // paragraphs and charts in reading order; none for an empty BEIR record
	Notes      []*Passage // by number
	Directions []*Direction
	Glossary   []Term

	pages []pageStart // by offset
}

// pageStart is where in a source text of another page begins.
type pageStart struct{ offset, page int }

// Page returns the page, from 1, on which an offset of the source stands: the page
// that a viewer counts, whatever is printed on it. It is 0 where the format has no
// pages.
func (d *Document) Page(offset int) int {
	i := sort.Search(len(d.pages), func(i int) bool { return d.pages[i].offset > offset })
	if i == 0 {
		return 0
	}
	return d.pages[i-1].page
}

// Section is a part of a document under a heading.
type Section struct {
	Title      string // as printed, such as "(1) Approach to the ‘North’"
	Level      int    // 1 for the outermost heading
	Start, End int    // byte offsets of the heading in Source
}

// Direction is a point of view a summary can take: a compass direction or an
// aspect beside them.
type Direction struct {
	ID       string            // "north", "new-domains"
	Names    map[string]string // by language: {"en": "North", "ja": "北"}
	Aliases  []string          // other words people type for it
	Passages []Extract         // what belongs to it, in reading order
}

// Extract is a passage, or one sentence of it.
type Extract struct {
	Passage  *Passage
	Sentence int // index into Passage.Sentences, or -1 for all of them
}

// Term joins an expression of the document's language to the same expression in
// another language.
type Term struct {
	Text  string // as the document has it
	Other string // as somebody asking in Language would write it
	// Language of Other, BCP 47.
	Language string
}

// Passage is the unit that is cited: a paragraph, a chart's caption or a note.
type Passage struct {
	ID         string // "nato-360#p5"; a part of a long paragraph "nato-360#p5.2"
	Label      string // "¶5", "¶5.2", "chart 2", "note 7"
	Kind       Kind
	Number     int // 1-based within its kind
	Part       int // 1-based where a long paragraph was split, else 0
	Document   *Document
	Section    *Section   // nil for notes, and where no heading came before
	Directions []string   // ids of the directions it belongs to
	Text       string     // as it is read: no markup, no note marks, one line
	Sentences  []Sentence // cover Text in order; never empty
	Refs       []Ref      // marks of notes in Text, in order of At
	Sources    []Source   // of a note: what it names, in order; nil where nothing could be read
	CitedBy    []*Passage // of a note: the passages that refer to it, in order

	runs []run // maps Text to Document.Source
}

// Sentence is a sentence of a passage, as byte offsets into its Text, without
// the white space around it.
type Sentence struct {
	Start, End int
	Notes      []int // numbers of the notes it refers to, ascending, no doubles
}

// Ref is a mark such as [7] that stood in the source: the note's number and the
// place in the passage's Text it stood at.
type Ref struct {
	Number int
	At     int
}

// Source is one work that a note names. Fields that could not be read are empty;
// the note's Text always has the words as printed.
type Source struct {
	Authors   []string
	Title     string
	Publisher string
	Date      string // as printed, such as "February 28, 2022"
	Remark    string // what the editor adds after it
	Start     int    // offsets into the note's Text
	End       int
}

// Warning is a fault of the material that did not stop it from being read.
type Warning struct {
	Path string
	Line int // 1-based; 0 where there is none
	What string
}

func (w Warning) String() string {
	if w.Line == 0 {
		return fmt.Sprintf("%s: %s", w.Path, w.What)
	}
	return fmt.Sprintf("%s:%d: %s", w.Path, w.Line, w.What)
}

// hold has the corpus hold documents, whose ids differ, in their order.
func (c *Corpus) hold(documents []*Document) {
	var passages []*Passage
	var annotated []*Document
	byID := make(map[string]*Document, len(documents))
	spans := make(map[string][2]int, len(documents))
	for _, d := range documents {
		byID[d.ID] = d
		from := len(passages)
		passages = append(append(passages, d.Passages...), d.Notes...)
		spans[d.ID] = [2]int{from, len(passages)}
		if len(d.Notes) > 0 || len(d.Directions) > 0 || len(d.Glossary) > 0 {
			annotated = append(annotated, d)
		}
	}
	c.Documents, c.Passages, c.Annotated = ListOf(documents), ListOf(passages), ListOf(annotated)
	c.find = func(id string) *Document { return byID[id] }
	c.span = func(id string) (from, to int) { return spans[id][0], spans[id][1] }
}

// Span returns where in Passages those of a document stand, its notes among them: from
// one place up to another. They are the same where there is no such document.
func (c *Corpus) Span(id string) (from, to int) {
	if c.span == nil {
		return 0, 0
	}
	return c.span(id)
}

// Document returns the document with the given id, or nil.
func (c *Corpus) Document(id string) *Document {
	if c.find == nil {
		return nil
	}
	return c.find(id)
}

// Passage returns the passage, chart or note with the given id, or nil.
func (c *Corpus) Passage(id string) *Passage {
	d := c.Document(id[:max(0, strings.LastIndexByte(id, '#'))])
	if d == nil {
		return nil
	}
	for _, list := range [][]*Passage{d.Passages, d.Notes} {
		for _, p := range list {
			if p.ID == id {
				return p
			}
		}
	}
	return nil
}

// Note returns the document's note with the given number, or nil.
func (d *Document) Note(number int) *Passage {
	for _, n := range d.Notes {
		if n.Number == number {
			return n
		}
	}
	return nil
}

// Direction returns the document's direction with the given id, or nil.
func (d *Document) Direction(id string) *Direction {
	for _, dir := range d.Directions {
		if dir.ID == id {
			return dir
		}
	}
	return nil
}

// Heading returns the title of the passage's section, or "".
func (p *Passage) Heading() string {
	if p.Section == nil {
		return ""
	}
	return p.Section.Title
}

// run is a stretch of a passage's Text that stands unbroken in the source.
type run struct {
	text   int // offset in Text
	source int // offset in Document.Source
	length int // in Text
	width  int // in the source: as length, but for an entity or other white space
}

// Span maps byte offsets in Text to byte offsets in Document.Source. Note marks
// and markup that stood between two words of the stretch lie inside it; those
// before its first and after its last byte do not.
func (p *Passage) Span(start, end int) (int, int) {
	from, to := -1, -1
	first := sort.Search(len(p.runs), func(i int) bool { return p.runs[i].text+p.runs[i].length > start })
	first = max(0, min(first, len(p.runs)-1)) // an empty stretch at the end has a place too
	for _, r := range p.runs[first:] {
		if r.text >= end && from >= 0 {
			break
		}
		exact := r.length == r.width
		if from < 0 && start < r.text+r.length {
			from = r.source
			if exact {
				from += max(0, start-r.text)
			}
		}
		if end > r.text {
			to = r.source + r.width
			if exact {
				to = r.source + min(r.length, end-r.text)
			}
		}
	}
	if from < 0 || to < from { // only an empty stretch
		to = max(to, from)
		return to, to
	}
	return from, to
}

// Quote returns the bytes of the source from which Text[start:end] was read.
func (p *Passage) Quote(start, end int) string {
	from, to := p.Span(start, end)
	return p.Document.Source[from:to]
}

// SentenceText returns sentence i as it is read.
func (p *Passage) SentenceText(i int) string {
	s := p.Sentences[i]
	return p.Text[s.Start:s.End]
}
