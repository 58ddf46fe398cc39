package postings

import (
	"cmp"
	"math"
	"slices"
)

// Want is a term that a search wants, and what it is worth: a passage that has it
// scores worth times its impact, which is at most 1.
type Want struct {
	Term  uint32
	Worth float32
}

// Hit is a passage found.
type Hit struct {
	Passage uint32
	Score   float32
}

// Search is the workplace of searches: of one after the other, by one goroutine at a
// time.
//
// Terms are taken one at a time, the one that can add most first, and the passages'
// scores are added up side by side. Once the passages met so far outdo whatever the
// terms to come could add to any other, no other is taken in, and of those met, only
// the ones that can still be among the best are followed (Turtle and Flood 1995,
// "Query evaluation: strategies and optimizations"). A passage's score is added up
// in the same order whether it is cut short or not, so that the best are the same to
// the last bit.
type Search struct {
	acc    *[window]uint32     // scores in the window at hand, as bits of a float32; all zero between windows
	met    *[2 * window]uint16 // the passages with a score; a place beyond the last is written to
	lists  []list
	active []list    // those with postings in the window at hand
	rest   []float32 // by active list: what it and those after it can add

	limit    int
	keep     func(passage uint32) bool
	best     heap    // of the windows before
	peeked   heap    // of those and the passages met
	least    float32 // what scores less is not among the best
	passages uint32  // in the window at hand
	slack    float32 // 1 and as much as rounding may hide of a score
	whole    bool    // nothing is cut short, which only tests want
}

// list is a wanted term: its runs from the window at hand on, or its postings there.
type list struct {
	runs     []run
	postings []posting
	worth    float32 // of a 65,535th
	bound    float32 // the most it can add
}

// NewSearch returns the workplace of searches.
func NewSearch() *Search {
	return &Search{acc: new([window]uint32), met: new([2 * window]uint16)}
}

// Begin begins a search for so many of the best passages that keep lets in, all if it
// is nil.
func (q *Search) Begin(limit int, keep func(passage uint32) bool) {
	q.limit, q.keep, q.least, q.best = limit, keep, 0, q.best[:0]
}

// Segment looks through a segment, whose passages are numbered from base on. No term
// may be wanted twice; one that is worth nothing finds nothing.
func (q *Search) Segment(base uint32, s *Segment, wants []Want) {
	q.lists = q.lists[:0]
	for _, w := range wants {
		l := list{runs: s.of(w.Term), worth: w.Worth / full}
		for _, r := range l.runs {
			l.bound = max(l.bound, l.worth*float32(r.max))
		}
		if l.bound > 0 {
			q.lists = append(q.lists, l)
		}
	}
	slices.SortStableFunc(q.lists, func(a, b list) int { return cmp.Compare(b.bound, a.bound) })
	q.slack = 1 + float32(len(q.lists)+2)/(1<<23) // each addition rounds by 2⁻²⁴ at most
	for w := range (s.passages + window - 1) / window {
		q.enter(s, w)
		if len(q.active) > 0 && q.reach(0) {
			q.window(base+uint32(w)*window, uint32(min(window, s.passages-w*window)))
		}
	}
}

// End ends the search and appends the best passages to dst, the best first, those of
// equal score in order of their numbers.
func (q *Search) End(dst []Hit) []Hit {
	slices.Sort(q.best)
	for _, k := range slices.Backward(q.best) {
		dst = append(dst, Hit{Passage: k.passage(), Score: k.score()})
	}
	return dst
}

// enter fills q.active with the lists that have postings in window w.
func (q *Search) enter(s *Segment, w int) {
	q.active = q.active[:0]
	for i := range q.lists {
		l := &q.lists[i]
		if len(l.runs) > 0 && int(l.runs[0].window) == w {
			r := l.runs[0]
			l.runs = l.runs[1:]
			q.active = append(q.active, list{worth: l.worth, bound: l.worth * float32(r.max), postings: s.in(r)})
		}
	}
	q.rest = append(q.rest[:0], make([]float32, len(q.active)+1)...)
	for i := len(q.active) - 1; i >= 0; i-- {
		q.rest[i] = q.rest[i+1] + q.active[i].bound
	}
}

// reach tells whether a passage that only the active lists from i on have can be
// among the best.
func (q *Search) reach(i int) bool { return q.whole || q.rest[i]*q.slack >= q.least }

// needs returns the score, as bits, that a passage must have by now to be among the
// best with what the active lists from i on may add.
func (q *Search) needs(i int) uint32 {
	if q.whole {
		return 0
	}
	return math.Float32bits(max(0, q.least/q.slack-q.rest[i]*q.slack))
}

// window looks through the active lists, of a window of so many passages, the first
// with number base.
func (q *Search) window(base, passages uint32) {
	n, i := 0, 0
	q.passages = passages
	for ; i < len(q.active) && q.reach(i); i++ {
		if q.worthPeeking(n, i) {
			if q.peek(n, base); !q.reach(i) {
				break
			}
		}
		n = q.add(n, &q.active[i])
	}
	for ; i < len(q.active); i++ {
		if q.worthPeeking(n, i) {
			q.peek(n, base)
		}
		n = q.cut(n, q.needs(i))
		q.follow(n, &q.active[i])
	}
	need := math.Float32bits(q.least)
	for _, d := range q.met[:n] {
		score := q.acc[d]
		q.acc[d] = 0
		if score >= need && q.lets(base, d) {
			q.best = q.best.take(newKey(score, base+uint32(d)), q.limit)
			need = max(need, q.best.least(q.limit))
		}
	}
	q.least = math.Float32frombits(need)
}

// lets tells whether passage d of the window at hand may be among the best. In a file
// that is damaged where nothing looks, a posting may be of a passage that is none.
func (q *Search) lets(base uint32, d uint16) bool {
	return uint32(d) < q.passages && (q.keep == nil || q.keep(base+uint32(d)))
}

// add adds a list to the scores of all its passages and returns how many have been
// met then, n until now.
func (q *Search) add(n int, l *list) int {
	acc, met, worth := q.acc, q.met, l.worth
	for _, p := range l.postings {
		d := p >> 16
		a := acc[d]
		met[n&(2*window-1)] = uint16(d)
		if a == 0 { // compiled without a jump, which could not be foretold
			n++
		}
		acc[d] = plus(a, worth, p)
	}
	return min(n, window) // or more, of a damaged file
}

// plus returns a score, as bits, with what a posting adds.
func plus(score uint32, worth float32, p posting) uint32 {
	return math.Float32bits(math.Float32frombits(score) + float32(worth*float32(int32(p&full))))
}

// cut forgets those of the n passages met whose score is below need, and returns how
// many are left.
func (q *Search) cut(n int, need uint32) int {
	kept := 0
	for _, d := range q.met[:n] {
		q.met[kept] = d
		if q.acc[d] >= need {
			kept++
		} else {
			q.acc[d] = 0
		}
	}
	return kept
}

// stride is how many postings are read in a row in the time that one is looked up
// among thousands: 20 to 30, as measured at 20,000 and at 1,000,000 passages.
const stride = 24

// follow adds a list to the scores of the n passages met, and of no other.
func (q *Search) follow(n int, l *list) {
	if n*stride < len(l.postings) {
		for _, d := range q.met[:n] {
			if p := find(l.postings, uint32(d)); p > 0 {
				q.acc[d] = plus(q.acc[d], l.worth, p)
			}
		}
		return
	}
	for _, p := range l.postings {
		if a := q.acc[p>>16]; a != 0 {
			q.acc[p>>16] = plus(a, l.worth, p)
		}
	}
}

// worthPeeking tells whether to look at the n passages met is little work beside
// reading the active list i.
func (q *Search) worthPeeking(n, i int) bool {
	return n > 0 && 2*n < len(q.active[i].postings) && !q.whole
}

// peek raises q.least to what the last of the best passages scores already, judged by
// the n that have been met.
func (q *Search) peek(n int, base uint32) {
	h := append(q.peeked[:0], q.best...)
	need := max(math.Float32bits(q.least), h.least(q.limit))
	for _, d := range q.met[:n] {
		if score := q.acc[d]; score >= need && q.lets(base, d) {
			h = h.take(newKey(score, base+uint32(d)), q.limit)
			need = max(need, h.least(q.limit))
		}
	}
	q.least, q.peeked = math.Float32frombits(need), h
}
