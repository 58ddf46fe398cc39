package opensearch

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"footnote/retrieval/keyword"
)

// vocabulary is every term of an index, with how many passages have it, sorted. It does
// not change.
type vocabulary struct {
	names  string   // one after the other
	ends   []uint32 // by term, in names
	counts []uint32
}

// lexicon is a part of a vocabulary as it is kept in the cluster.
type lexicon struct {
	Names  string   `json:"names"` // with a line's end after each
	Counts []uint32 `json:"counts"`
}

// lexiconTerms is how many terms a part has: some 300 KB of JSON, far below what a node
// takes or gives at a time.
const lexiconTerms = 20_000

// lexicons returns the vocabulary of an index in parts.
func lexicons(x *keyword.Index) []lexicon {
	type entry struct {
		name  string
		count int
	}
	var all []entry
	for name, count := range x.Vocabulary() {
		all = append(all, entry{name, count})
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	var out []lexicon
	for some := range slices.Chunk(all, lexiconTerms) {
		var names strings.Builder
		l := lexicon{}
		for _, e := range some {
			names.WriteString(e.name)
			names.WriteByte('\n')
			l.Counts = append(l.Counts, uint32(e.count))
		}
		l.Names = names.String()
		out = append(out, l)
	}
	return out
}

// newVocabulary joins parts, which are in order.
func newVocabulary(parts []lexicon) *vocabulary {
	v := &vocabulary{}
	var names strings.Builder
	for _, p := range parts {
		n := 0
		for name := range strings.Lines(p.Names) {
			names.WriteString(strings.TrimSuffix(name, "\n"))
			v.ends = append(v.ends, uint32(names.Len()))
			n++
		}
		v.counts = append(v.counts, p.Counts[:min(n, len(p.Counts))]...)
	}
	v.names = names.String()
	return v
}

// count returns how many passages have a term.
func (v *vocabulary) count(term string) int {
	i := sort.Search(len(v.counts), func(i int) bool { return v.name(i) >= term })
	if i < len(v.counts) && v.name(i) == term {
		return int(v.counts[i])
	}
	return 0
}

func (v *vocabulary) name(i int) string {
	from := uint32(0)
	if i > 0 {
		from = v.ends[i-1]
	}
	return v.names[from:v.ends[i]]
}
