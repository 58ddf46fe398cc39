// Package postings is the inverted file under a keyword search: for each term the
// passages that have it, and for each passage its terms in reading order.
//
// Passages are gathered in a [Batch], batches in a [Builder], and what a builder
// makes is a [Segment], which never changes: flat arrays, in memory or mapped from
// a file. A [Search] finds the passages of one or more segments whose terms weigh
// most.
//
// The package deals in terms and numbers. It knows nothing of texts, of what a term
// is worth, or of what a passage says.
package postings

import "math"

// SentenceMark is set on the first token of each sentence in [Segment.Tokens].
const SentenceMark = 1 << 31

// window is how many passages' scores are kept at once: as many as 16 bits number,
// so that a posting fits into 32, and few enough that their scores stay in a
// processor's second cache.
const window = 1 << 16

// Field says how the occurrences of a term in a part of a passage count.
type Field struct {
	Weight float64 // of an occurrence
	B      float64 // how far the field's length is normalised, 0 to 1
}

// Settings say how frequencies become impacts.
type Settings struct {
	K1     float64 // the saturation of frequency
	Fields []Field
}

// posting is a passage's number within its window, in the upper half, and the
// impact that a term has there.
type posting = uint32

// run is the postings of a term within one window.
type run struct {
	start  uint32 // in Segment.postings
	last   uint16 // its length, less one
	window uint16
	max    uint16 // the greatest impact
	_      uint16
}

// full is the impact that no frequency reaches.
const full = math.MaxUint16

// Segment is the inverted file of some passages, which are numbered from 0. It is
// immutable and safe for concurrent use.
type Segment struct {
	passages int
	settings Settings
	mean     []float64 // length of each field that impacts were normalised by
	totals   []uint64  // tokens by field
	marks    uint64    // tokens with SentenceMark

	names   []byte   // of all terms, one after the other
	nameEnd []uint32 // by term
	table   []uint32 // 1 + term by hash, 0 where there is none
	count   []uint32 // by term: how many passages have it

	runEnd   []uint32 // by term, in runs
	runs     []run
	postings []posting

	end    []uint32 // by passage and field, in tokens
	tokens []uint32
}

// Passages returns how many passages the segment has.
func (s *Segment) Passages() int { return s.passages }

// Terms returns how many distinct terms the segment has.
func (s *Segment) Terms() int { return len(s.count) }

// Postings returns how many pairs of a term and a passage that has it there are.
func (s *Segment) Postings() int { return len(s.postings) }

// Total returns how many tokens a field has in all passages together.
func (s *Segment) Total(field int) int { return int(s.totals[field]) }

// Sentences returns how many tokens have [SentenceMark].
func (s *Segment) Sentences() int { return int(s.marks) }

// Term returns the number of a term, and whether the segment has it.
func (s *Segment) Term(name string) (uint32, bool) {
	mask := uint32(len(s.table) - 1)
	for i := hash(name) & mask; ; i = (i + 1) & mask {
		t := s.table[i]
		if t == 0 {
			return 0, false
		}
		if string(s.name(t-1)) == name {
			return t - 1, true
		}
	}
}

// Name returns a term by its number.
func (s *Segment) Name(term uint32) string { return string(s.name(term)) }

func (s *Segment) name(term uint32) []byte { return s.names[from(s.nameEnd, term):s.nameEnd[term]] }

// Count returns how many passages have a term.
func (s *Segment) Count(term uint32) int { return int(s.count[term]) }

// Tokens returns the terms of a field of a passage in reading order, each sentence's
// first with [SentenceMark]. It must not be changed.
func (s *Segment) Tokens(passage uint32, field int) []uint32 {
	i := passage*uint32(len(s.settings.Fields)) + uint32(field)
	return s.tokens[from(s.end, i):s.end[i]]
}

// from returns where item i begins, given where each ends.
func from(end []uint32, i uint32) uint32 {
	if i == 0 {
		return 0
	}
	return end[i-1]
}

// Impact returns the impact of a term in a passage, between 0, where it does not
// stand, and 1.
func (s *Segment) Impact(term, passage uint32) float32 {
	for _, r := range s.of(term) {
		if uint32(r.window) == passage/window {
			return float32(find(s.in(r), passage%window)) / full
		}
	}
	return 0
}

// of returns the runs of a term, in order of their windows.
func (s *Segment) of(term uint32) []run { return s.runs[from(s.runEnd, term):s.runEnd[term]] }

// in returns the postings of a run, in order of their passages.
func (s *Segment) in(r run) []posting { return s.postings[r.start : r.start+uint32(r.last)+1] }

// find returns the impact of a passage in a run, 0 where it is not.
func find(list []posting, passage uint32) uint32 {
	key := passage << 16
	low, n := 0, len(list)
	for n > 1 {
		half := n / 2
		if list[low+half-1] < key { // compiled without a jump, which could not be foretold
			low += half
		}
		n -= half
	}
	if p := list[low]; p>>16 == passage {
		return p & full
	}
	return 0
}

// hash is FNV-1a, folded to 32 bits. It is part of the file format.
func hash(name string) uint32 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return uint32(h ^ h>>32)
}
