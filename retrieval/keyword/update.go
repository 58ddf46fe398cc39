package keyword

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"footnote/corpus"
	"footnote/retrieval/postings"
)

// printBytes are enough that of a million passages, two that differ have one print by
// a chance of one in thirty million.
const printBytes = 8

// printer makes prints, one at a time.
type printer struct{ read []byte }

// of returns a hash of all that the index reads of a passage: two passages with one
// print have the same words in the same places.
func (r *printer) of(p *corpus.Passage) []byte {
	r.read = r.read[:0]
	write := func(text string) {
		r.read = binary.AppendUvarint(r.read, uint64(len(text)))
		r.read = append(r.read, text...)
	}
	write(p.Text)
	for _, s := range p.Sentences {
		r.read = binary.AppendUvarint(r.read, uint64(s.Start))
	}
	r.read = append(r.read, byte(p.Kind))
	write(headings(p))
	for _, ref := range p.Refs {
		if n := p.Document.Note(ref.Number); n != nil {
			write(n.Text)
		}
	}
	sum := sha256.Sum256(r.read)
	return sum[:printBytes]
}

// printed are the passages of an index by their prints.
type printed struct {
	first map[[printBytes]byte]uint32 // 1 + a number
	next  []uint32                    // by number: 1 + another of the same print, 0 where there is none
}

// printed returns the passages that the corpus has.
func (x *state) printed() printed {
	k := printed{make(map[[printBytes]byte]uint32, len(x.places)), make([]uint32, len(x.places))}
	for i := len(x.parts) - 1; i >= 0; i-- {
		for n := len(x.parts[i].kinds) - 1; n >= 0; n-- { // backwards, so that the first is met first
			if at := x.parts[i].base + uint32(n); x.places[at] != nowhere {
				print := [printBytes]byte(x.parts[i].prints[n*printBytes:])
				k.next[at], k.first[print] = k.first[print], at+1
			}
		}
	}
	return k
}

// take returns the number of a passage with the print, which nobody takes again.
func (k printed) take(print [printBytes]byte) (uint32, bool) {
	at := k.first[print]
	if at == 0 {
		return 0, false
	}
	k.first[print] = k.next[at-1]
	return at - 1, true
}

// Update returns an index of c. What x has read already of the same words is not read
// again; what is new becomes a small part of the index. x stays as it is. Until
// [Index.Merge], the lengths of old passages are compared with their mean as it was
// when they were read, and what is gone still counts in how rare a word is. The end of
// ctx is the only error.
func (x *Index) Update(ctx context.Context, c *corpus.Corpus) (*Index, error) {
	old := x.now.Load()
	known, places := old.printed(), slices.Repeat([]uint32{nowhere}, len(old.places))
	var fresh []uint32
	var r printer
	for i, p := range c.Passages.All() {
		if i%sharePassages == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if n, ok := known.take([printBytes]byte(r.of(p))); ok {
			places[n] = uint32(i)
		} else {
			fresh = append(fresh, uint32(i))
		}
	}
	parts := old.parts
	if len(fresh) > 0 {
		read, err := build(ctx, c, fresh, old.settings, parts, nil)
		if err != nil {
			return nil, err
		}
		parts = slices.Concat(parts, read)
	}
	out := &Index{}
	out.now.Store(assemble(old.settings, c, append(places, fresh...), parts))
	return out, nil
}

// Merge makes one part of all, as if the corpus had been read anew, without reading
// it. Searches go on meanwhile, over the parts. Where there is nothing to merge, or
// more than one part has room for, or where ctx ends before, it does nothing.
func (x *Index) Merge(ctx context.Context) {
	old := x.now.Load()
	if len(old.parts) == 1 && old.gone == 0 {
		return
	}
	order := make([]uint32, 0, len(old.places))
	for n, place := range old.places {
		if place != nowhere {
			order = append(order, uint32(n))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(old.places[a], old.places[b]) })
	b, copiers := postings.NewBuilder(weighed(old.settings)), make([]*postings.Copier, len(old.parts))
	for i := range old.parts {
		copiers[i] = b.From(old.parts[i].Segment)
	}
	whole, numbers := part{}, make([]uint32, len(old.places)) // by old number: 1 + the new one
	for i, n := range order {
		p := &old.parts[old.partOf(n)]
		at := n - p.base
		if i%sharePassages == 0 && ctx.Err() != nil {
			return
		}
		if !copiers[old.partOf(n)].Copy(at) { // unreachable unless the machine has tens of gigabytes of memory
			return
		}
		numbers[n] = uint32(i) + 1
		whole.prints = append(whole.prints, p.prints[at*printBytes:(at+1)*printBytes]...)
		whole.kinds = append(whole.kinds, p.kinds[at])
	}
	var introduced []introduction
	for _, p := range old.parts {
		for _, a := range p.introduced() {
			if n := numbers[p.base+a.passage]; n > 0 {
				introduced = append(introduced, introduction{n - 1, a.Acronym})
			}
		}
	}
	slices.SortStableFunc(introduced, func(a, b introduction) int { return cmp.Compare(a.passage, b.passage) })
	whole.Segment, whole.introduced = b.Segment(), func() []introduction { return introduced }
	x.now.CompareAndSwap(old, assemble(old.settings, old.corpus, upTo(len(order)), []part{whole}))
}
