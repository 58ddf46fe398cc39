package keyword

import (
	"cmp"
	"hash/maphash"
	"slices"

	"footnote/corpus"
	"footnote/retrieval/postings"
)

// seed makes the prints of one process comparable.
var seed = maphash.MakeSeed()

// printOf returns a hash of all that the index reads of a passage: two passages with
// one print have the same words in the same places. Of a million, two that differ
// have one by a chance of one in thirty million.
func printOf(p *corpus.Passage) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	write := func(text string) {
		maphash.WriteComparable(&h, len(text))
		h.WriteString(text)
	}
	write(p.Text)
	for _, s := range p.Sentences {
		maphash.WriteComparable(&h, s.Start)
	}
	write(headings(p))
	for _, r := range p.Refs {
		if n := p.Document.Note(r.Number); n != nil {
			write(n.Text)
		}
	}
	return h.Sum64()
}

// Update returns an index of c. What x has read already of the same words is not read
// again; what is new becomes a small part of the index. x stays as it is. Until
// [Index.Merge], the lengths of old passages are compared with their mean as it was
// when they were read, and what is gone still counts in how rare a word is.
func (x *Index) Update(c *corpus.Corpus) *Index {
	old := x.now.Load()
	known := make(map[uint64][]uint32, len(old.passages)) // numbers by print
	for _, part := range old.parts {
		for i, print := range part.prints {
			if n := part.base + uint32(i); old.passages[n] != nil {
				known[print] = append(known[print], n)
			}
		}
	}
	passages, places := make([]*corpus.Passage, len(old.passages)), make([]uint32, len(old.passages))
	var fresh []*corpus.Passage
	var freshPlaces []uint32
	for i, p := range c.Passages {
		print := printOf(p)
		if list := known[print]; len(list) > 0 {
			passages[list[0]], places[list[0]] = p, uint32(i)
			known[print] = list[1:]
			continue
		}
		fresh, freshPlaces = append(fresh, p), append(freshPlaces, uint32(i))
	}
	parts := old.parts
	if len(fresh) > 0 {
		parts = slices.Concat(parts, build(fresh, old.settings, parts))
	}
	out := &Index{}
	out.now.Store(assemble(old.settings, append(passages, fresh...), append(places, freshPlaces...), parts))
	return out
}

// Merge makes one part of all, as if the corpus had been read anew, without reading
// it. Searches go on meanwhile, over the parts. Where there is nothing to merge, or
// more than one part has room for, it does nothing.
func (x *Index) Merge() {
	old := x.now.Load()
	if len(old.parts) == 1 && old.gone == 0 {
		return
	}
	order := make([]uint32, 0, len(old.passages))
	for n, p := range old.passages {
		if p != nil {
			order = append(order, uint32(n))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(old.places[a], old.places[b]) })
	b, copiers := postings.NewBuilder(weighed(old.settings)), make([]*postings.Copier, len(old.parts))
	for i := range old.parts {
		copiers[i] = b.From(old.parts[i].Segment)
	}
	whole, numbers := part{}, make(map[uint32]uint32, len(order))
	passages, places := make([]*corpus.Passage, len(order)), make([]uint32, len(order))
	for i, n := range order {
		k := old.partOf(n)
		if !copiers[k].Copy(n - old.parts[k].base) { // unreachable unless the machine has tens of gigabytes of memory
			return
		}
		numbers[n] = uint32(i)
		whole.prints = append(whole.prints, old.parts[k].prints[n-old.parts[k].base])
		passages[i], places[i] = old.passages[n], uint32(i)
	}
	for _, p := range old.parts {
		for _, a := range p.introduced {
			if n, ok := numbers[p.base+a.passage]; ok {
				whole.introduced = append(whole.introduced, introduction{n, a.Acronym})
			}
		}
	}
	slices.SortStableFunc(whole.introduced, func(a, b introduction) int { return cmp.Compare(a.passage, b.passage) })
	whole.Segment = b.Segment()
	x.now.CompareAndSwap(old, assemble(old.settings, passages, places, []part{whole}))
}
