package keyword

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"footnote/corpus"
	"footnote/retrieval/analysis"
	"footnote/retrieval/postings"
)

// ErrOther is the refusal of an index that is whole, but was made otherwise: by other
// settings, or by another version of the analysis.
var ErrOther = errors.New("the index was made by other rules")

// What an index keeps beside its segment: the sections below, and then the packed corpus.
const (
	rulesSection = iota // how it was made, as text
	printsSection
	kindsSection
	introducedSection // of each introduction: the passage's number, and the two forms after their lengths
	listSection       // of each acronym: the two forms after their lengths
	joinsSection
	ownSections
)

// rules say how an index is made of a text.
func rules(s Settings) string { return fmt.Sprintf("analysis %d, %+v", analysis.Version, s) }

// Write stores the index and its corpus in one file, for [Open], and merges it before.
// The file appears whole or not at all; an older one stays until then. progress, which
// may be nil, is told how many of its bytes are written.
func (x *Index) Write(ctx context.Context, path string, progress func(done, total int64)) error {
	x.Merge(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	s := x.now.Load()
	if len(s.parts) != 1 { // unreachable unless the machine has tens of gigabytes of memory
		return errors.New("write index: it has more passages than one file takes")
	}
	packed, err := s.corpus.Pack()
	if err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	p := s.parts[0]
	var introduced, list []byte
	for _, i := range p.introduced() {
		introduced = appendForms(binary.AppendUvarint(introduced, uint64(i.passage)), i.Acronym)
	}
	for _, a := range s.list() {
		list = appendForms(list, a)
	}
	own := []postings.Section{
		rulesSection: {Data: []byte(rules(s.settings))}, printsSection: {Data: p.prints, Late: true}, kindsSection: {Data: p.kinds},
		introducedSection: {Data: introduced, Late: true}, listSection: {Data: list, Late: true}, joinsSection: {Data: []byte(s.joins)},
	}
	for i, data := range packed {
		own = append(own, postings.Section{Data: data, Late: i == len(packed)-1})
	}
	return postings.Write(ctx, path, p.Segment, progress, own...)
}

// Open returns the index that [Index.Write] stored in the file at path, and its corpus,
// which was loaded from material. Both read the file when they need it. That the index
// was made by other settings is [ErrOther]; other refusals are those of [postings.Open]
// and [corpus.Unpack].
func Open(path, material string, s Settings) (*Index, *corpus.Corpus, error) {
	f, err := postings.Open(path)
	if err != nil {
		return nil, nil, err
	}
	x, c, err := open(f, material, s)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open index: %s: %w", path, err), f.Close())
	}
	return x, c, nil
}

// Verify reads the whole file of a stored index and compares it with its checksums.
func Verify(path string) (err error) {
	f, err := postings.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Verify(), f.Close())
}

func open(f *postings.File, material string, s Settings) (*Index, *corpus.Corpus, error) {
	if len(f.Own) < ownSections {
		return nil, nil, fmt.Errorf("%w: it has no passages", ErrOther)
	}
	if got := string(f.Own[rulesSection]); got != rules(s) {
		return nil, nil, fmt.Errorf("%w: %s", ErrOther, got)
	}
	c, err := corpus.Unpack(material, f.Own[ownSections:])
	if err != nil {
		return nil, nil, err
	}
	n, joined := c.Passages.Len(), string(f.Own[joinsSection])
	p := part{Segment: f.Segment, prints: f.Own[printsSection], kinds: f.Own[kindsSection]}
	if p.Passages() != n || len(p.kinds) != n || len(p.prints) != n*printBytes || joined != "" && !strings.HasSuffix(joined, "\n") {
		return nil, nil, fmt.Errorf("%w: it is not that of its passages", postings.ErrDamaged)
	}
	p.introduced = sync.OnceValue(func() []introduction { return introductions(f.Own[introducedSection], n) })
	st := newState(s, c, upTo(n), []part{p})
	st.joins, st.list = joins(joined), sync.OnceValue(func() []Acronym { return acronyms(f.Own[listSection]) })
	x := &Index{}
	x.now.Store(st)
	return x, c, nil
}

// appendForms appends the forms of an acronym, each after its length.
func appendForms(out []byte, a Acronym) []byte {
	for _, form := range []string{a.Short, a.Long} {
		out = append(binary.AppendUvarint(out, uint64(len(form))), form...)
	}
	return out
}

// forms returns the forms at the beginning of data, and the rest; ok is false where
// they are not there.
func forms(data []byte) (a Acronym, rest []byte, ok bool) {
	for _, form := range []*string{&a.Short, &a.Long} {
		n, size := binary.Uvarint(data)
		if size <= 0 || n > uint64(len(data)-size) {
			return a, nil, false
		}
		*form, data = string(data[size:size+int(n)]), data[size+int(n):]
	}
	return a, data, true
}

// acronyms returns the acronyms of a section, as far as it is whole.
func acronyms(data []byte) (list []Acronym) {
	for {
		a, rest, ok := forms(data)
		if !ok {
			return list
		}
		list, data = append(list, a), rest
	}
}

// introductions returns the introductions of a section, as far as it is whole, those of
// so many passages.
func introductions(data []byte, passages int) (list []introduction) {
	for {
		n, size := binary.Uvarint(data)
		if size <= 0 || n >= uint64(passages) {
			return list
		}
		a, rest, ok := forms(data[size:])
		if !ok {
			return list
		}
		list, data = append(list, introduction{uint32(n), a}), rest
	}
}
