package web

import (
	"net/http"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"footnote/corpus"
)

// mostPassages is how many passages a page shows; a longer document has several pages.
// Of the plain text of ordinary articles that is about 60 kB when it is pressed, half of
// what a page may take.
const mostPassages = 250

// readerPage is what the page of a document shows.
type readerPage struct {
	Document *corpus.Document
	Rows     []row
	Notes    []noteView
	Part, Of int // which of how many pages; Of is 1 of nearly all
	Earlier  string
	Later    string
	Language string
}

// row is a heading, or a passage with the notes beside it.
type row struct {
	Heading string
	Level   int // of the heading, 2 to 6

	ID     string // of the passage, as in addresses: p5
	Label  string
	Chart  bool
	Pieces []piece
	Notes  []noteView
}

// piece is a stretch of text: as it is, or what a citation quotes, or a note's mark.
type piece struct {
	Text    string
	Marked  bool
	Note    int // the number of the note that a mark is of; Text is empty
	Address string
}

// noteView is a note, and the passages that cite it.
type noteView struct {
	ID, Label string
	Number    int
	Address   string
	Pieces    []piece
	CitedBy   []linkView
}

// span is bytes of a document's source.
type span struct{ from, to int }

// spanOf reads a span as addresses have it, 120-240. What is none marks nothing.
func spanOf(text string) span {
	a, b, _ := strings.Cut(text, "-")
	from, err1 := strconv.Atoi(a)
	to, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || from < 0 || to <= from {
		return span{}
	}
	return span{from, to}
}

// document shows a document. One that may not be read here is not there.
func (w *Web) document(rw http.ResponseWriter, r *http.Request) {
	v, id := of(r), r.PathValue("document")
	d := w.corpus().Document(id)
	if d == nil {
		w.lost(rw, r)
		return
	}
	q := r.URL.Query()
	marked := spanOf(q.Get("q"))
	part, err := strconv.Atoi(q.Get("part"))
	if err != nil || part < 1 {
		part = partOf(d, marked)
	}
	p := w.reader(d, part, marked)
	if p == nil {
		w.lost(rw, r)
		return
	}
	w.show(rw, http.StatusOK, "reader", w.frame(v, d.Title, *p))
}

// partOf returns the page that shows what is marked, from 1.
func partOf(d *corpus.Document, marked span) int {
	i := sort.Search(len(d.Passages), func(i int) bool {
		_, end := d.Passages[i].Span(0, len(d.Passages[i].Text))
		return end > marked.from
	})
	if marked.to == 0 || i == len(d.Passages) {
		return 1
	}
	return i/mostPassages + 1
}

// reader returns a page of a document, nil where it has none of that number.
func (w *Web) reader(d *corpus.Document, part int, marked span) *readerPage {
	of := max(1, (len(d.Passages)+mostPassages-1)/mostPassages)
	if part > of {
		return nil
	}
	p := &readerPage{Document: d, Part: part, Of: of, Language: d.Language}
	address := w.address(d.ID) + "?part="
	if part > 1 {
		p.Earlier = address + strconv.Itoa(part-1)
	}
	if part < of {
		p.Later = address + strconv.Itoa(part+1)
	}
	from, to := (part-1)*mostPassages, min(part*mostPassages, len(d.Passages))
	link := w.linker(d, from, to)
	begins := 0
	if from > 0 {
		_, begins = d.Passages[from-1].Span(0, len(d.Passages[from-1].Text))
	}
	sections := d.Sections
	shown := map[int]bool{}
	for _, passage := range d.Passages[from:to] {
		start, _ := passage.Span(0, len(passage.Text))
		for len(sections) > 0 && sections[0].Start < start {
			s := sections[0]
			if sections = sections[1:]; s.Start >= begins && s.Title != d.Title {
				p.Rows = append(p.Rows, row{Heading: s.Title, Level: min(max(s.Level+1, 2), 6)})
			}
		}
		r := row{ID: fragment(passage), Label: passage.Label, Chart: passage.Kind == corpus.Chart, Pieces: pieces(passage, marked)}
		for _, ref := range passage.Refs {
			if n := d.Note(ref.Number); n != nil && !has(r.Notes, ref.Number) {
				r.Notes = append(r.Notes, note(n, marked, link))
				shown[ref.Number] = true
			}
		}
		p.Rows = append(p.Rows, r)
	}
	for _, n := range d.Notes { // of a long document those of the page; what nothing refers to stands on the last
		if of == 1 || shown[n.Number] || part == of && len(n.CitedBy) == 0 {
			p.Notes = append(p.Notes, note(n, marked, link))
		}
	}
	return p
}

func has(ns []noteView, number int) bool {
	for _, n := range ns {
		if n.Number == number {
			return true
		}
	}
	return false
}

// fragment returns what stands behind the # in a passage's id.
func fragment(p *corpus.Passage) string {
	return p.ID[strings.LastIndexByte(p.ID, '#')+1:]
}

// linker returns what makes the address of a passage, as seen from a page with those of
// the document from one place up to another.
func (w *Web) linker(d *corpus.Document, from, to int) func(p *corpus.Passage) string {
	at := make(map[string]int, len(d.Passages))
	for i, p := range d.Passages {
		at[p.ID] = i
	}
	return func(p *corpus.Passage) string {
		i, ok := at[p.ID]
		if !ok || i >= from && i < to {
			return "#" + fragment(p)
		}
		return w.address(d.ID) + "?part=" + strconv.Itoa(i/mostPassages+1) + "#" + fragment(p)
	}
}

func note(n *corpus.Passage, marked span, link func(*corpus.Passage) string) noteView {
	v := noteView{ID: fragment(n), Label: n.Label, Number: n.Number, Address: "#" + fragment(n), Pieces: pieces(n, marked)}
	for _, p := range n.CitedBy {
		v.CitedBy = append(v.CitedBy, linkView{p.Label, link(p)})
	}
	return v
}

// pieces cuts a passage's text at the marks of its notes and where what is marked begins
// and ends.
func pieces(p *corpus.Passage, marked span) []piece {
	var out []piece
	add := func(from, to int, is bool) {
		if from < to {
			out = append(out, piece{Text: p.Text[from:to], Marked: is})
		}
	}
	from, to := within(p, marked)
	at := 0
	upto := func(end int) {
		add(at, min(max(from, at), end), false)
		add(min(max(from, at), end), min(max(to, at), end), true)
		add(min(max(to, at), end), end, false)
		at = end
	}
	for _, r := range p.Refs {
		if r.At >= at && r.At <= len(p.Text) {
			upto(r.At)
			if p.Document.Note(r.Number) != nil {
				out = append(out, piece{Note: r.Number, Address: "#n" + strconv.Itoa(r.Number)})
			}
		}
	}
	upto(len(p.Text))
	return out
}

// within returns which bytes of a passage's text were read from a span of the source: the
// characters of which any byte was. Nothing is 0, 0.
func within(p *corpus.Passage, marked span) (from, to int) {
	if begin, end := p.Span(0, len(p.Text)); marked.to <= begin || marked.from >= end {
		return 0, 0
	}
	from = -1
	for i := 0; i < len(p.Text); {
		_, size := utf8.DecodeRuneInString(p.Text[i:])
		begin, end := p.Span(i, i+size)
		if begin < marked.to && end > marked.from {
			if from < 0 {
				from = i
			}
			to = i + size
		}
		i += size
	}
	return max(from, 0), to
}
