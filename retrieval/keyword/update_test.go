package keyword

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
)

// versions are states of a folder: documents are added, changed and taken away.
func versions(t *testing.T, rnd *rand.Rand, n int) []*corpus.Corpus {
	t.Helper()
	paragraphs := func() string {
		var b strings.Builder
		for range 1 + rnd.IntN(5) {
			for range 1 + rnd.IntN(12) {
				fmt.Fprintf(&b, "w%d ", rnd.IntN(40))
			}
			b.WriteString("of the Arctic Sea Ice (ASI).\n\n")
		}
		return b.String()
	}
	files := map[string]string{"a.md": "# One\n\n" + paragraphs()}
	var out []*corpus.Corpus
	for range n {
		name := fmt.Sprintf("%c.md", 'a'+rnd.IntN(6))
		switch rnd.IntN(4) {
		case 0:
			if delete(files, name); len(files) == 0 {
				files["a.md"] = paragraphs()
			}
		case 1:
			files[name] = paragraphs() + files[name] // what was there stands below
		default:
			files[name] = "# Two\n\n" + paragraphs()
		}
		out = append(out, material(t, files))
	}
	return out
}

// An updated index finds what a new one finds, and once merged it is the new one.
func TestUpdate(t *testing.T) {
	for seed := range uint64(10) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		var x *Index
		for i, c := range versions(t, rnd, 12) {
			fresh := New(c, Default())
			if x == nil {
				x = New(c, Default())
			}
			old := x
			x = old.Update(c)
			for range 10 {
				text := fmt.Sprintf("w%d w%d ASI", rnd.IntN(40), rnd.IntN(45))
				got, want := ids(search(t, x, retrieval.Query{Text: text, Limit: 1000})), ids(search(t, fresh, retrieval.Query{Text: text, Limit: 1000}))
				slices.Sort(got)
				if slices.Sort(want); !slices.Equal(got, want) {
					t.Fatalf("seed %d, version %d: Search(%q) = %v, want %v", seed, i, text, got, want)
				}
				for _, h := range search(t, x, retrieval.Query{Text: text, Limit: 1000}) {
					if c.Passage(h.Passage.ID) != h.Passage {
						t.Fatalf("seed %d, version %d: Search(%q) finds a passage of another corpus", seed, i, text)
					}
				}
			}
			if !slices.Equal(x.Acronyms(), fresh.Acronyms()) {
				t.Errorf("seed %d, version %d: Acronyms() = %v, want %v", seed, i, x.Acronyms(), fresh.Acronyms())
			}
			if i%3 > 0 {
				continue
			}
			x.Merge()
			if got, want := x.now.Load(), fresh.now.Load(); !reflect.DeepEqual(got.parts, want.parts) || !slices.Equal(got.passages, want.passages) || got.gone != 0 {
				t.Fatalf("seed %d, version %d: the merged index is another than a new one", seed, i)
			}
		}
	}
}

// Searches beside a merge find all the while what they found before, and the old
// index goes on finding the old passages.
func TestMergeBeside(t *testing.T) {
	list := versions(t, rand.New(rand.NewPCG(1, 9)), 8)
	x := New(list[0], Default())
	first := x
	want := ids(search(t, first, retrieval.Query{Text: "arctic", Limit: 1000}))
	for _, c := range list[1:] {
		x = x.Update(c)
		var group sync.WaitGroup
		group.Go(x.Merge)
		for range 20 {
			if got := len(search(t, x, retrieval.Query{Text: "arctic", Limit: 1000})); got != len(c.Passages) {
				t.Errorf("Search beside a merge = %d hits, want %d", got, len(c.Passages))
			}
		}
		group.Wait()
	}
	if got := ids(search(t, first, retrieval.Query{Text: "arctic", Limit: 1000})); !slices.Equal(got, want) {
		t.Errorf("Search of the first index = %v, want %v as before the updates", got, want)
	}
}
