package postings

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// text is a passage for a test: its terms by field.
type text [][]string

// two are fields of which the second counts more, and is shorter.
var two = Settings{K1: 1.2, Fields: []Field{{1, 0.75}, {3, 0.5}}}

// segment makes a segment of passages, so many to a batch.
func segment(t testing.TB, s Settings, passages []text, batch int) *Segment {
	t.Helper()
	b, some := NewBuilder(s), NewBatch(len(s.Fields))
	take := func() {
		if !b.Take(some) {
			t.Fatal("Take() = false, want room for the batch")
		}
	}
	for _, p := range passages {
		for _, field := range p {
			for i, term := range field {
				n := some.Term(term)
				if i == 0 {
					n |= SentenceMark
				}
				some.Add(n)
			}
			some.Next()
		}
		if some.Passages() == batch {
			take()
		}
	}
	take()
	return b.Segment()
}

// random makes n passages of up to so many words, the first of a vocabulary being
// the most frequent. Some passages and fields are empty.
func random(rnd *rand.Rand, n, words, vocabulary int) []text {
	list := make([]text, n)
	for i := range list {
		list[i] = make(text, len(two.Fields))
		for f := range list[i] {
			for range rnd.IntN(words/(2*f+1) + 1) {
				list[i][f] = append(list[i][f], word(rnd, vocabulary))
			}
		}
	}
	return list
}

// word is one of a vocabulary, of which the first are frequent.
func word(rnd *rand.Rand, vocabulary int) string {
	return fmt.Sprintf("w%d", int(math.Pow(float64(vocabulary), rnd.Float64()))-1)
}

// wants are up to n terms of a segment, worth what their rarity says.
func wants(rnd *rand.Rand, s *Segment, n, vocabulary int) []Want {
	var list []Want
	for range n {
		t, ok := s.Term(word(rnd, vocabulary))
		if !ok || slices.ContainsFunc(list, func(w Want) bool { return w.Term == t }) {
			continue
		}
		worth := math.Log(1+float64(s.Passages())/float64(s.Count(t))) * float64(1+rnd.IntN(3))
		list = append(list, Want{t, float32(worth)})
	}
	return list
}

// found searches one segment.
func found(q *Search, s *Segment, wants []Want, limit int, keep func(uint32) bool) []Hit {
	q.Begin(limit, keep)
	q.Segment(0, s, wants)
	return q.End(nil)
}

// The best passages are the same to the last bit whether anything is cut short or not,
// however many are asked for, whichever are let in, in one window or in several.
func TestCutShort(t *testing.T) {
	odd := func(p uint32) bool { return p%3 == 1 }
	for _, size := range []struct{ passages, words, rounds int }{{1, 3, 20}, {300, 20, 300}, {20_000, 12, 300}, {2*window + 700, 6, 100}} {
		rnd := rand.New(rand.NewPCG(uint64(size.passages), 1))
		s := segment(t, two, random(rnd, size.passages, size.words, 3000), 1000)
		quick, whole := NewSearch(), NewSearch()
		whole.whole = true
		for range size.rounds {
			list, limit, keep := wants(rnd, s, 1+rnd.IntN(9), 3000), 1+rnd.IntN(120), odd
			if rnd.IntN(3) > 0 {
				keep = nil
			}
			got, want := found(quick, s, list, limit, keep), found(whole, s, list, limit, keep)
			if !slices.Equal(got, want) {
				t.Fatalf("of %d passages the best %d for %v are %v, want %v as if nothing was cut short", size.passages, limit, list, got, want)
			}
		}
		if i := slices.IndexFunc(quick.acc[:], func(a uint32) bool { return a != 0 }); i >= 0 {
			t.Errorf("a search of %d passages leaves a score at %d", size.passages, i)
		}
	}
}

// bm25f scores a passage by the formula, with nothing prepared.
func bm25f(passages []text, s Settings, p text, term string) float64 {
	tf := 0.0
	for f, field := range s.Fields {
		total := 0
		for _, other := range passages {
			total += len(other[f])
		}
		mean := max(1, float64(total)/float64(len(passages)))
		n := 0
		for _, w := range p[f] {
			if w == term {
				n++
			}
		}
		tf += field.Weight * float64(n) / (1 - field.B + field.B*float64(len(p[f]))/mean)
	}
	if tf == 0 {
		return 0
	}
	return tf / (tf + s.K1)
}

// Impacts and scores are what the formula says, within what 16 bits can hold.
func TestFormula(t *testing.T) {
	const step = 0.51 / full
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		passages := random(rnd, 1+rnd.IntN(60), 20, 40)
		settings := Settings{K1: rnd.Float64() * 2, Fields: []Field{{1, rnd.Float64()}, {rnd.Float64() * 4, rnd.Float64()}}}
		s := segment(t, settings, passages, 1+rnd.IntN(50))
		list := wants(rnd, s, 5, 40)
		want := make([]Hit, len(passages))
		for d, p := range passages {
			want[d].Passage = uint32(d)
			for _, w := range list {
				impact := bm25f(passages, settings, p, s.Name(w.Term))
				if got := float64(s.Impact(w.Term, uint32(d))); math.Abs(got-impact) > step {
					t.Errorf("seed %d: Impact(%s, %d) = %v, want %v", seed, s.Name(w.Term), d, got, impact)
				}
				want[d].Score += w.Worth * float32(impact)
			}
		}
		slices.SortStableFunc(want, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
		want = slices.DeleteFunc(want, func(h Hit) bool { return h.Score == 0 })
		got := found(NewSearch(), s, list, 10, nil)
		if len(got) != min(10, len(want)) {
			t.Fatalf("seed %d: the best for %v are %v, want %v", seed, list, got, want)
		}
		for i, h := range got {
			if math.Abs(float64(h.Score-want[i].Score)) > 1e-3 {
				t.Errorf("seed %d: hit %d is %v, want the score %v", seed, i, h, want[i].Score)
			}
		}
	}
}

// A segment holds what its batches held, however they were divided.
func TestSegment(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	passages := random(rnd, window+40, 5, 500)
	s := segment(t, two, passages, len(passages)+1)
	if again := segment(t, two, passages, 999); !reflect.DeepEqual(s, again) {
		t.Error("the segment of the same passages in other batches is another")
	}
	postings := 0
	for d := range uint32(len(passages)) {
		terms := map[string]bool{}
		for f, want := range passages[d] {
			var got []string
			for i, n := range s.Tokens(d, f) {
				if (i == 0) != (n&SentenceMark != 0) {
					t.Errorf("Tokens(%d, %d)[%d] = %x, want the mark on the first alone", d, f, i, n)
				}
				got = append(got, s.Name(n&^SentenceMark))
				terms[s.Name(n&^SentenceMark)] = true
			}
			if !slices.Equal(got, want) {
				t.Fatalf("Tokens(%d, %d) = %v, want %v", d, f, got, want)
			}
		}
		postings += len(terms)
	}
	sum := 0
	for n := range uint32(s.Terms()) {
		if got, ok := s.Term(s.Name(n)); !ok || got != n {
			t.Errorf("Term(%q) = %d, %v, want %d", s.Name(n), got, ok, n)
		}
		sum += s.Count(n)
	}
	if s.Passages() != len(passages) || s.Postings() != postings || sum != postings {
		t.Errorf("the segment has %d passages, %d postings, %d by its terms; want %d, %d", s.Passages(), s.Postings(), sum, len(passages), postings)
	}
	for _, name := range []string{"", "w", "zyzzyva"} {
		if n, ok := s.Term(name); ok {
			t.Errorf("Term(%q) = %d, want none", name, n)
		}
	}
}

// What is copied is as if it had been read.
func TestCopy(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	passages := random(rnd, 500, 9, 200)
	a, c := segment(t, two, passages[:300], 70), segment(t, two, passages[300:], 70)
	b := NewBuilder(two)
	left, right := b.From(a), b.From(c)
	var want []text
	for i := range 200 { // every other passage of a, and all of c between
		if want = append(want, passages[300+i]); !right.Copy(uint32(i)) {
			t.Fatal("Copy() = false, want room")
		}
		if i < 150 {
			if want = append(want, passages[2*i]); !left.Copy(uint32(2 * i)) {
				t.Fatal("Copy() = false, want room")
			}
		}
	}
	b.room = 0
	if left.Copy(0) && len(passages[0][0])+len(passages[0][1]) > 0 {
		t.Error("Copy() where there is no room = true, want false")
	}
	if got := b.Segment(); !reflect.DeepEqual(got, segment(t, two, want, 70)) {
		t.Error("a segment of copied passages is another than one of the same passages, read")
	}
}

// What weighs nothing is not found, and nothing is no fault.
func TestNothing(t *testing.T) {
	empty := segment(t, two, nil, 1)
	if got := found(NewSearch(), empty, nil, 10, nil); len(got) > 0 || empty.Passages() != 0 || empty.Terms() != 0 {
		t.Errorf("of nothing the best are %v", got)
	}
	s := segment(t, Settings{K1: 1.2, Fields: []Field{{1, 0.75}, {0, 0.75}}}, []text{{{"a"}, {"b"}}, {nil, nil}, {{"b"}, {"a"}}}, 1)
	a, _ := s.Term("a")
	b, _ := s.Term("b")
	for _, tc := range []struct {
		wants []Want
		want  string
	}{
		{nil, "[]"}, {[]Want{{a, 0}}, "[]"}, {[]Want{{a, 1}}, "[0]"}, {[]Want{{b, 1}}, "[2]"}, {[]Want{{b, 2}, {a, 1}}, "[2 0]"}, {[]Want{{b, 1}, {a, 1}}, "[0 2]"},
	} {
		got := []uint32{}
		for _, h := range found(NewSearch(), s, tc.wants, 10, nil) {
			got = append(got, h.Passage)
		}
		if fmt.Sprint(got) != tc.want {
			t.Errorf("the best for %v are %v, want %s", tc.wants, got, tc.want)
		}
	}
}

// Several segments are searched as one, numbered one after the other.
func TestSegments(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	passages := random(rnd, 900, 12, 300)
	flat := Settings{K1: 1.2, Fields: []Field{{1, 0}, {3, 0}}} // lengths aside, impacts are the same in each
	one, parts, q := segment(t, flat, passages, 100), []*Segment(nil), NewSearch()
	for i := 0; i < len(passages); i += 300 {
		parts = append(parts, segment(t, flat, passages[i:i+300], 100))
	}
	for range 200 {
		list, limit := wants(rnd, one, 6, 300), 1+rnd.IntN(40)
		want := found(q, one, list, limit, nil)
		q.Begin(limit, nil)
		for i, s := range parts {
			var there []Want
			for _, w := range list {
				if n, ok := s.Term(one.Name(w.Term)); ok {
					there = append(there, Want{n, w.Worth})
				}
			}
			q.Segment(uint32(i*300), s, there)
		}
		got := q.End(nil)
		same := func(a, b Hit) bool { return math.Abs(float64(a.Score-b.Score)) < 1e-4 } // added up in another order
		if !slices.EqualFunc(got, want, same) {
			t.Fatalf("the best for %v of parts are %v, want %v", list, got, want)
		}
	}
}

// A builder that has no room for a batch is left as it was.
func TestNoRoom(t *testing.T) {
	b, some := NewBuilder(two), NewBatch(2)
	b.room = 2
	for range 2 {
		some.Add(some.Term("a"))
	}
	some.Next()
	some.Next()
	if !b.Take(some) {
		t.Error("Take() of two tokens = false, want true")
	}
	some.Add(some.Term("b"))
	if some.Next(); b.Take(some) {
		t.Error("Take() of a third token = true, want false")
	}
	if s := b.Segment(); s.Passages() != 1 || s.Terms() != 1 {
		t.Errorf("the segment has %d passages and %d terms, want 1 of each", s.Passages(), s.Terms())
	}
}

// A search allocates nothing once its workplace has grown.
func TestSearchAllocations(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	s, q := segment(t, two, random(rnd, 5000, 20, 900), 1000), NewSearch()
	list, hits := wants(rnd, s, 8, 900), make([]Hit, 0, 100)
	if got := testing.AllocsPerRun(100, func() {
		q.Begin(100, nil)
		q.Segment(0, s, list)
		hits = q.End(hits[:0])
	}); got > 0 {
		t.Errorf("a search allocates %v times, want none", got)
	}
}
