package corpus

import (
	"encoding/binary"
	"maps"
	"slices"
)

// This file is how a stored corpus writes a document: one field after the other, numbers
// as unsigned varints, texts and lists after their lengths. What stands here must change
// together with packVersion.

// packer writes.
type packer struct{ out []byte }

func (w *packer) number(n int) { w.out = binary.AppendUvarint(w.out, uint64(n)) }

func (w *packer) text(s string) {
	w.number(len(s))
	w.out = append(w.out, s...)
}

func (w *packer) yes(b bool) {
	n := 0
	if b {
		n = 1
	}
	w.number(n)
}

// packAll writes a list.
func packAll[T any](w *packer, list []T, each func(*packer, T)) {
	w.number(len(list))
	for _, item := range list {
		each(w, item)
	}
}

func (w *packer) texts(list []string) { packAll(w, list, (*packer).text) }

// unpacker reads what a packer wrote. Of other bytes it makes something, and is bad.
type unpacker struct {
	in  string
	bad bool
}

// number reads a number of at most most.
func (r *unpacker) number(most int) int {
	n, shift := uint64(0), 0
	for i := 0; i < len(r.in) && i < binary.MaxVarintLen64; i++ {
		b := r.in[i]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			r.in = r.in[i+1:]
			if n > uint64(most) {
				break
			}
			return int(n)
		}
		shift += 7
	}
	r.in, r.bad = "", true
	return 0
}

// text reads a text, which shares the memory of what is read.
func (r *unpacker) text() string {
	n := r.number(len(r.in))
	if n > len(r.in) {
		r.in, r.bad = "", true
		return ""
	}
	s := r.in[:n]
	r.in = r.in[n:]
	return s
}

func (r *unpacker) yes() bool { return r.number(1) == 1 }

// unpackAll reads a list, nil where it is empty. Each item takes a byte at least, so
// that no list is longer than what is left.
func unpackAll[T any](r *unpacker, each func(*unpacker) T) []T {
	n := r.number(len(r.in))
	if n == 0 || r.bad {
		return nil
	}
	list := make([]T, n)
	for i := range list {
		list[i] = each(r)
		if r.bad {
			return nil
		}
	}
	return list
}

func (r *unpacker) texts() []string { return unpackAll(r, (*unpacker).text) }

// leastPassage is less than the bytes of any passage: fourteen fields.
const leastPassage = 10

// maxOffset bounds numbers that nothing else does: no source is longer.
const maxOffset = 1 << 31

// document writes a document; its path, where it is that of a collection, is left out.
func (w *packer) document(d *Document, collection string) {
	for _, s := range []string{d.ID, d.Title, d.Date, d.Author, d.Publisher, d.URL, d.Language, d.Provenance, d.Source} {
		w.text(s)
	}
	w.yes(d.Path == collection)
	if d.Path != collection {
		w.text(d.Path)
	}
	packAll(w, d.pages, func(w *packer, p pageStart) { w.number(p.offset); w.number(p.page) })
	packAll(w, d.Sections, func(w *packer, s *Section) { w.text(s.Title); w.number(s.Level); w.number(s.Start); w.number(s.End) })
	all := slices.Concat(d.Passages, d.Notes)
	w.number(len(d.Passages))
	w.number(len(d.Notes))
	for _, p := range all {
		w.passage(p)
	}
	places := func(w *packer, p *Passage) { w.number(slices.Index(all, p)) }
	for _, p := range all {
		packAll(w, p.CitedBy, places)
	}
	packAll(w, d.Directions, func(w *packer, dir *Direction) {
		w.text(dir.ID)
		packAll(w, slices.Sorted(maps.Keys(dir.Names)), func(w *packer, l string) { w.text(l); w.text(dir.Names[l]) })
		w.texts(dir.Aliases)
		packAll(w, dir.Passages, func(w *packer, e Extract) { places(w, e.Passage); w.number(e.Sentence + 1) })
	})
	packAll(w, d.Glossary, func(w *packer, t Term) { w.text(t.Text); w.text(t.Other); w.text(t.Language) })
}

// passage writes a passage, but for what it shares with others.
func (w *packer) passage(p *Passage) {
	w.text(p.ID)
	w.text(p.Label)
	w.number(int(p.Kind))
	w.number(p.Number)
	w.number(p.Part)
	w.number(1 + slices.Index(p.Document.Sections, p.Section))
	w.texts(p.Directions)
	packAll(w, p.runs, func(w *packer, r run) { w.number(r.text); w.number(r.source); w.number(r.length); w.number(r.width) })
	w.yes(p.asPrinted())
	if !p.asPrinted() {
		w.text(p.Text)
	}
	packAll(w, p.Sentences, func(w *packer, s Sentence) {
		w.number(s.Start)
		w.number(s.End - s.Start)
		packAll(w, s.Notes, (*packer).number)
	})
	packAll(w, p.Refs, func(w *packer, r Ref) { w.number(r.Number); w.number(r.At) })
	packAll(w, p.Sources, func(w *packer, s Source) {
		w.texts(s.Authors)
		for _, s := range []string{s.Title, s.Publisher, s.Date, s.Remark} {
			w.text(s)
		}
		w.number(s.Start)
		w.number(s.End)
	})
}

// asPrinted tells whether the passage's text stands in the source as it is, in one
// piece. Nearly all of a great collection do, and need not be stored twice.
func (p *Passage) asPrinted() bool {
	if len(p.runs) != 1 {
		return false
	}
	r := p.runs[0]
	return r.length == r.width && r.text == 0 && p.Document.Source[r.source:r.source+r.width] == p.Text
}

// document reads a document, nil from bytes that are none.
func (r *unpacker) document(collection string) *Document {
	d := &Document{}
	for _, s := range []*string{&d.ID, &d.Title, &d.Date, &d.Author, &d.Publisher, &d.URL, &d.Language, &d.Provenance, &d.Source} {
		*s = r.text()
	}
	if d.Path = collection; !r.yes() {
		d.Path = r.text()
	}
	size := len(d.Source)
	d.pages = unpackAll(r, func(r *unpacker) pageStart { return pageStart{r.number(size), r.number(maxOffset)} })
	d.Sections = unpackAll(r, func(r *unpacker) *Section {
		s := &Section{Title: r.text(), Level: r.number(maxOffset), Start: r.number(size)}
		s.End = r.number(size)
		r.bad = r.bad || s.End < s.Start
		return s
	})
	passages := r.number(len(r.in))
	notes := r.number(len(r.in))
	if r.bad || passages+notes > len(r.in)/leastPassage {
		return nil
	}
	room := make([]Passage, passages+notes)
	all := make([]*Passage, len(room))
	for i := range room {
		all[i] = &room[i]
		if r.passage(d, all[i]); r.bad {
			return nil
		}
	}
	if passages > 0 {
		d.Passages = all[:passages:passages]
	}
	if notes > 0 {
		d.Notes = all[passages:]
	}
	r.links(d, all)
	if r.bad || r.in != "" {
		return nil
	}
	return d
}

// links reads what refers to passages of the document.
func (r *unpacker) links(d *Document, all []*Passage) {
	one := func(r *unpacker) *Passage {
		if i := r.number(len(all)); i < len(all) {
			return all[i]
		}
		r.bad = true
		return nil
	}
	for _, p := range all {
		p.CitedBy = unpackAll(r, one)
	}
	d.Directions = unpackAll(r, func(r *unpacker) *Direction {
		dir := &Direction{ID: r.text()}
		if names := unpackAll(r, func(r *unpacker) [2]string { return [2]string{r.text(), r.text()} }); names != nil {
			dir.Names = map[string]string{}
			for _, n := range names {
				dir.Names[n[0]] = n[1]
			}
		}
		dir.Aliases = r.texts()
		dir.Passages = unpackAll(r, func(r *unpacker) Extract {
			e := Extract{Passage: one(r), Sentence: r.number(maxOffset) - 1}
			r.bad = r.bad || e.Sentence >= len(e.Passage.Sentences)
			return e
		})
		return dir
	})
	d.Glossary = unpackAll(r, func(r *unpacker) Term { return Term{Text: r.text(), Other: r.text(), Language: r.text()} })
}

// passage reads a passage of the document, but for what it shares with others.
func (r *unpacker) passage(d *Document, p *Passage) {
	p.Document, p.ID, p.Label = d, r.text(), r.text()
	p.Kind, p.Number, p.Part = Kind(r.number(int(Note))), r.number(maxOffset), r.number(maxOffset)
	if s := r.number(len(d.Sections)); s > 0 {
		p.Section = d.Sections[s-1]
	}
	p.Directions = r.texts()
	p.runs = unpackAll(r, func(r *unpacker) run {
		return run{text: r.number(maxOffset), source: r.number(maxOffset), length: r.number(maxOffset), width: r.number(maxOffset)}
	})
	for _, run := range p.runs {
		r.bad = r.bad || run.source+run.width > len(d.Source)
	}
	switch printed := r.yes(); {
	case r.bad:
	case !printed:
		p.Text = r.text()
	case len(p.runs) == 1:
		p.Text = d.Source[p.runs[0].source:][:p.runs[0].width]
	default:
		r.bad = true
	}
	size := len(p.Text)
	p.Sentences = unpackAll(r, func(r *unpacker) Sentence {
		s := Sentence{Start: r.number(size)}
		s.End = s.Start + r.number(size-s.Start)
		s.Notes = unpackAll(r, func(r *unpacker) int { return r.number(maxOffset) })
		return s
	})
	r.bad = r.bad || p.Sentences == nil || p.runs == nil
	p.Refs = unpackAll(r, func(r *unpacker) Ref { return Ref{Number: r.number(maxOffset), At: r.number(size)} })
	p.Sources = unpackAll(r, func(r *unpacker) Source {
		s := Source{Authors: r.texts()}
		for _, t := range []*string{&s.Title, &s.Publisher, &s.Date, &s.Remark} {
			*t = r.text()
		}
		s.Start, s.End = r.number(size), r.number(size)
		return s
	})
}
