package keyword

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
)

// What scores passages apart finds the same as an index over all, given the passages
// that it finds and some more.
func TestApart(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		c, words := random(t, rnd)
		x := New(c, Default())
		apart := NewApart(x.Statistics())
		for range 10 {
			text := words(1 + rnd.IntN(6))
			q := retrieval.Query{Text: text, Limit: 1 + rnd.IntN(12), Explain: true}
			all := search(t, x, retrieval.Query{Text: text, Limit: c.Passages.Len()})
			var few []*corpus.Passage
			for _, p := range c.Passages.All() {
				if rnd.IntN(4) == 0 || slices.ContainsFunc(all, func(h retrieval.Hit) bool { return h.Passage == p }) {
					few = append(few, p)
				}
			}
			want, got := search(t, x, q), search(t, apart.Over(few), q)
			same := slices.EqualFunc(got, want, func(a, b retrieval.Hit) bool {
				return a.Passage == b.Passage && math.Abs(a.Score-b.Score) < 1e-5*b.Score && len(a.Reasons) == len(b.Reasons)
			})
			if !same {
				t.Fatalf("seed %d: Search(%q) apart = %v, want %v", seed, text, got, want)
			}
		}
		for _, term := range []string{"nato", "ice", "zyzzyva"} {
			if got, want := apart.Rarity(term), x.Rarity(term); got != want {
				t.Errorf("seed %d: Rarity(%q) apart = %v, want %v", seed, term, got, want)
			}
		}
	}
}

// The other forms of acronyms are looked for too, also where no passage at hand has
// the form that was asked for.
func TestWanted(t *testing.T) {
	c := material(t, map[string]string{"a.md": "The Sea Ice Board (SIB) met.\n\nThe SIB froze.\n"})
	apart := NewApart(New(c, Default()).Statistics())
	got := map[string]float64{}
	for _, w := range apart.Wanted("SIB SIB froze zyzzyva") {
		got[w.Term] = w.Weight
	}
	want := map[string]float64{"sib": 2, "froze": 1, "sea": 0.25 / 3, "ice": 0.25 / 3, "board": 0.25 / 3}
	for term, weight := range want {
		if math.Abs(got[term]-weight) > 1e-6 {
			t.Errorf("Wanted has %q with %v, want %v", term, got[term], weight)
		}
	}
	if len(got) != len(want) {
		t.Errorf("Wanted = %v, want %v", got, want)
	}
	long, err := apart.Over([]*corpus.Passage{c.Passages.At(1)}).now.Load().find(retrieval.Query{Text: "sea ice board"})
	if err != nil || len(long) != 1 || long[0].Passage != c.Passages.At(1) {
		t.Errorf("Search(%q) over the passage that has the short form = %v, want it", "sea ice board", long)
	}
}

// What a passage is given in the index is what the formula gives.
func TestFrequencies(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	c, _ := random(t, rnd)
	x := New(c, Default())
	counts := map[string]int{}
	i := 0
	for p, list := range x.Frequencies() {
		if p != c.Passages.At(i) {
			t.Fatalf("Frequencies: passage %d is %s, want %s", i, p.ID, c.Passages.At(i).ID)
		}
		i++
		for _, f := range list {
			counts[f.Term]++
			impact := f.Of / (f.Of + Default().K1)
			n, _ := x.now.Load().parts[0].Term(f.Term)
			if want := float64(x.now.Load().parts[0].Impact(n, uint32(i-1))); math.Abs(impact-want) > 1.0/(1<<16) {
				t.Errorf("Frequencies: %q in %s has the impact %v, want %v", f.Term, p.ID, impact, want)
			}
		}
	}
	if i != c.Passages.Len() {
		t.Errorf("Frequencies yields %d passages, want %d", i, c.Passages.Len())
	}
	for term, n := range x.Vocabulary() {
		if counts[term] != n {
			t.Errorf("Vocabulary: %q stands in %d passages, want %d", term, n, counts[term])
		}
		delete(counts, term)
	}
	if len(counts) > 0 {
		t.Errorf("Vocabulary lacks %v", counts)
	}
}
