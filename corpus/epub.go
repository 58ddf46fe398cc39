package corpus

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// readEpub reads an EPUB book (EPUB 3.3, and 2 as far as they agree): the pages of
// its spine, in reading order, as HTML. Its notes are what marks in the text lead to,
// numbered through the book in that order, since most books count anew in each
// chapter. A page without a heading takes its title from the table of contents.
func readEpub(_ context.Context, data []byte) (string, page, error) {
	a, err := openArchive(data)
	if err != nil {
		return "", page{}, err
	}
	b := book{archive: a, items: map[string]bookItem{}, titles: map[string]string{}}
	if err := b.open(); err != nil {
		return "", page{}, err
	}
	var source strings.Builder
	for _, id := range b.spine {
		item := b.items[id]
		if item.name == "" || !strings.Contains(item.kind, "html") {
			continue
		}
		content, err := a.part(item.name)
		if err != nil {
			return "", page{}, err
		}
		if line := invalidLine(content); line > 0 {
			return "", page{}, fmt.Errorf(": damaged: %s, line %d: not UTF-8", clipped(item.name), line)
		}
		b.parts = append(b.parts, bookPart{name: item.name, start: source.Len(), end: source.Len() + len(content)})
		source.Write(content)
		source.WriteByte('\n')
	}
	return source.String(), b.read(source.String()), nil
}

// book is an EPUB book that is being read.
type book struct {
	*archive
	card   card
	items  map[string]bookItem // by id
	spine  []string            // ids of items in reading order
	ncx    string              // id of the table of contents of EPUB 2
	titles map[string]string   // that the table of contents gives, by part
	parts  []bookPart
}

// bookItem is a file of a book.
type bookItem struct{ name, kind, properties string }

// bookPart is a page of a book: its name, and where it stands in the source.
type bookPart struct {
	name       string
	start, end int
}

// open reads what the book says of itself.
func (b *book) open() error {
	content, err := b.part("META-INF/container.xml")
	if err != nil {
		return err
	}
	root := ""
	err = eachToken("META-INF/container.xml", content, func(t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "rootfile" && root == "" {
			root = attr(e, "full-path")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if content, err = b.part(root); err != nil {
		return err
	}
	name := ""
	err = eachToken(root, content, func(t xml.Token) error {
		switch t := t.(type) {
		case xml.StartElement:
			name = t.Name.Local
			b.packaged(root, t)
		case xml.CharData:
			dublinCore(&b.card, name, string(t))
		case xml.EndElement:
			name = ""
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(b.spine) == 0 {
		return errors.New(": damaged: its package names no pages")
	}
	if err := b.encrypted(); err != nil {
		return err
	}
	return b.contents()
}

// packaged reads an element of the package document.
func (b *book) packaged(root string, e xml.StartElement) {
	switch e.Name.Local {
	case "item":
		if name, _, ok := inside(root, attr(e, "href")); ok {
			b.items[attr(e, "id")] = bookItem{name: name, kind: attr(e, "media-type"), properties: attr(e, "properties")}
		}
	case "spine":
		b.ncx = attr(e, "toc")
	case "itemref":
		b.spine = append(b.spine, attr(e, "idref"))
	}
}

// encrypted is the error of a book whose pages are encrypted. Fonts often are.
func (b *book) encrypted() error {
	const name = "META-INF/encryption.xml"
	if b.archive.parts[name] == nil {
		return nil
	}
	content, err := b.part(name)
	if err != nil {
		return err
	}
	pages := map[string]bool{}
	for _, id := range b.spine {
		pages[b.items[id].name] = true
	}
	return eachToken(name, content, func(t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "CipherReference" {
			if part, _, ok := inside("", attr(e, "URI")); ok && pages[part] {
				return errors.New("the book is encrypted: only the program it was bought for can read it")
			}
		}
		return nil
	})
}

// contents reads the titles of the book's pages in its table of contents, if it has
// one.
func (b *book) contents() error {
	toc := b.items[b.ncx].name
	for _, item := range b.items {
		if strings.Contains(" "+item.properties+" ", " nav ") {
			toc = item.name
		}
	}
	if b.archive.parts[toc] == nil {
		return nil
	}
	content, err := b.part(toc)
	if err != nil {
		return err
	}
	z := html.NewTokenizer(strings.NewReader(string(content)))
	text, link := "", ""
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		t := z.Token()
		switch {
		case kind == html.TextToken:
			text += t.Data
		case kind == html.SelfClosingTagToken:
			z.NextIsNotRawText()
			if t.Data == "content" { // of the NCX, below its text
				b.title(toc, attribute(t, "src"), text)
			}
		case kind == html.StartTagToken && (t.DataAtom == atom.A || t.Data == "text"):
			text, link = "", attribute(t, "href")
		case kind == html.EndTagToken && t.DataAtom == atom.A:
			b.title(toc, link, text)
		}
	}
	return nil
}

// title takes in a line of the table of contents. The first for a page counts.
func (b *book) title(toc, link, text string) {
	text = strings.Join(strings.Fields(text), " ")
	if name, _, ok := inside(toc, link); ok && text != "" && b.titles[name] == "" {
		b.titles[name] = text
	}
}

// read reads the pages, which stand in the source.
func (b *book) read(source string) page {
	h := htmlReader{source: source, notes: b.notes(source)}
	for _, part := range b.parts {
		h.part, h.skipped, h.lists, h.item, h.target, h.holder = part.name, 0, nil, 0, 0, 0
		before := len(h.page.blocks)
		h.read(part.start, part.end)
		h.flush()
		headed := false
		for _, b := range h.page.blocks[before:] {
			headed = headed || b.kind == headingBlock
		}
		if title := b.titles[part.name]; title != "" && !headed && len(h.page.blocks) > before {
			heading := block{kind: headingBlock, level: 1, start: part.start, end: part.start, body: &body{source: source, text: []byte(title), space: -1}}
			h.page.blocks = append(h.page.blocks[:before:before], append([]block{heading}, h.page.blocks[before:]...)...)
		}
	}
	h.page.card = b.card.over(h.page.card)
	h.page.blocks = targeted(h.page.blocks)
	return h.page
}

// targeted makes notes of the blocks that marks lead to, with what follows in the
// same element.
func targeted(blocks []block) []block {
	var out []block
	for _, b := range blocks {
		last := len(out) - 1
		switch {
		case b.kind == headingBlock && b.note:
			continue
		case b.kind != paragraphBlock || !b.note:
		case b.target > 0:
			b.kind, b.number = noteBlock, b.target
			skip := 0
			if m := b.body.marks; len(m) > 0 && m[0].start == 0 {
				skip = m[0].end
			} else {
				_, skip = noteNumber(string(b.body.text))
			}
			b.body = b.body.from(skip)
		case last >= 0 && out[last].kind == noteBlock:
			out[last].body.join(b.body)
			continue
		}
		out = append(out, b)
	}
	return out
}

// bookLink is a link that may be the mark of a note.
type bookLink struct {
	target string // PART#ID
	at     int    // in the source
	typed  bool   // it says that it is one
	raised bool
	text   string
}

// notes returns the numbers of the book's notes by what marks lead to, PART#ID. A
// mark is a link that says so, or, in a book where none does, a raised or bracketed
// number that leads to something further on.
func (b *book) notes(source string) map[string]int {
	links, places := b.links(source)
	typed := false
	for _, l := range links {
		typed = typed || l.typed
	}
	numbers := map[string]int{}
	for _, l := range links {
		at, ok := places[l.target]
		inner := strings.Trim(l.text, "[]()")
		mark := marker{rest: inner}
		number := mark.list() != nil && mark.rest == "" || inner != "" && strings.Trim(inner, "*†‡§") == ""
		if !ok || numbers[l.target] > 0 || len(numbers) >= maxNote {
			continue
		}
		if typed && l.typed || !typed && number && (l.raised || inner != l.text) && at > l.at {
			numbers[l.target] = len(numbers) + 1
		}
	}
	return numbers
}

// links returns the links within the book, in order, and the places of its ids.
func (b *book) links(source string) ([]bookLink, map[string]int) {
	var links []bookLink
	places := map[string]int{}
	for _, part := range b.parts {
		z := html.NewTokenizer(strings.NewReader(source[part.start:part.end]))
		at, raised, open := part.start, 0, false
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			here := at
			at += len(z.Raw())
			t := z.Token()
			if kind == html.SelfClosingTagToken {
				z.NextIsNotRawText()
			}
			if id := attribute(t, "id"); id != "" {
				places[part.name+"#"+id] = here
			}
			switch {
			case kind == html.TextToken && open:
				links[len(links)-1].text += strings.TrimSpace(t.Data)
			case t.DataAtom == atom.Sup && kind == html.StartTagToken:
				raised++
				if open {
					links[len(links)-1].raised = true
				}
			case t.DataAtom == atom.Sup:
				raised = max(0, raised-1)
			case t.DataAtom == atom.A && kind == html.StartTagToken:
				name, id, ok := inside(part.name, attribute(t, "href"))
				if open = ok && id != ""; open {
					links = append(links, bookLink{target: name + "#" + id, at: here, typed: noteReference(t), raised: raised > 0})
				}
			case t.DataAtom == atom.A:
				open = false
			}
		}
	}
	return links, places
}

// noteReference reports whether a link says that it leads to a note.
func noteReference(t html.Token) bool {
	for _, word := range strings.Fields(attribute(t, "epub:type") + " " + attribute(t, "role")) {
		if word == "noteref" || word == "doc-noteref" {
			return true
		}
	}
	return false
}
