package postings

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// segmentOf makes a segment of its sections, whose arrays it shares, and sees to it
// that whatever they point to is there.
func segmentOf(sections [][]byte) (*Segment, error) {
	s := &Segment{names: sections[namesSection]}
	facts, ok := arrayOf[float64](sections[factsSection])
	for i, list := range []*[]uint32{
		nameEndSection: &s.nameEnd, tableSection: &s.table, countSection: &s.count, runEndSection: &s.runEnd,
		endSection: &s.end, postingsSection: &s.postings, tokensSection: &s.tokens,
	} {
		if list != nil {
			var whole bool
			*list, whole = arrayOf[uint32](sections[i])
			ok = ok && whole
		}
	}
	var whole bool
	if s.runs, whole = arrayOf[run](sections[runsSection]); !ok || !whole {
		return nil, errors.New("a section is cut short")
	}
	if err := s.setFacts(facts); err != nil {
		return nil, err
	}
	return s, s.sound()
}

// perField is how many facts there are of each field, after the first few.
const firstFacts, perField = 3, 4

// setFacts reads the single numbers.
func (s *Segment) setFacts(facts []float64) error {
	if len(facts) < firstFacts || (len(facts)-firstFacts)%perField != 0 {
		return fmt.Errorf("it has %d facts", len(facts))
	}
	for _, x := range facts {
		if !(x >= 0 && x <= 1<<53) { // as far as a float64 counts; NaN is not
			return fmt.Errorf("%v is no fact", x)
		}
	}
	s.passages, s.marks, s.settings.K1 = int(facts[0]), uint64(facts[1]), facts[2]
	for facts = facts[firstFacts:]; len(facts) > 0; facts = facts[perField:] {
		s.settings.Fields = append(s.settings.Fields, Field{Weight: facts[0], B: facts[1]})
		s.mean, s.totals = append(s.mean, facts[2]), append(s.totals, uint64(facts[3]))
	}
	if s.passages > math.MaxUint32 || s.passages*len(s.mean) != len(s.end) {
		return fmt.Errorf("it has %d passages of %d fields, and %d ends", s.passages, len(s.mean), len(s.end))
	}
	return nil
}

// sound tells whether whatever the arrays point to is there.
func (s *Segment) sound() error {
	terms := len(s.nameEnd)
	free := slices.Contains(s.table, 0) // or the search for a term would not end
	for _, t := range s.table {
		free = free && int(t) <= terms
	}
	switch {
	case len(s.table)&(len(s.table)-1) != 0 || !free:
		return errors.New("its terms cannot be looked up")
	case !within(s.nameEnd, len(s.names)) || len(s.count) != terms:
		return errors.New("its terms have no names")
	case !within(s.end, len(s.tokens)):
		return errors.New("its passages have no tokens")
	case !within(s.runEnd, len(s.runs)) || len(s.runEnd) != terms:
		return errors.New("its terms have no postings")
	}
	for t := range s.runEnd {
		last := -1
		for _, r := range s.of(uint32(t)) {
			if int(r.window) <= last || int(r.window)*window >= s.passages || uint64(r.start)+uint64(r.last)+1 > uint64(len(s.postings)) {
				return fmt.Errorf("the postings of term %d are not there", t)
			}
			last = int(r.window)
		}
	}
	return nil
}

// within tells whether a list of ends ascends, to size at most.
func within(end []uint32, size int) bool {
	return slices.IsSorted(end) && (len(end) == 0 || uint64(end[len(end)-1]) <= uint64(size))
}
