package keyword

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
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
	var out []*corpus.Corpus
	for _, files := range versionsOf(rnd, n) {
		out = append(out, material(t, files))
	}
	return out
}

// versionsOf are the files of such states.
func versionsOf(rnd *rand.Rand, n int) []map[string]string {
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
	var out []map[string]string
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
		out = append(out, maps.Clone(files))
	}
	return out
}

// updated is an index after Update.
func updated(t *testing.T, x *Index, c *corpus.Corpus) *Index {
	t.Helper()
	next, err := x.Update(t.Context(), c)
	if err != nil {
		t.Fatalf("Update() = %v", err)
	}
	return next
}

// held is what an index keeps: of each part the segment, the prints, the kinds and what
// is introduced; and the places of all.
func held(x *state) []any {
	out := []any{x.places, x.joins, x.list()}
	for _, p := range x.parts {
		out = append(out, p.Segment, p.base, p.prints, p.kinds, p.introduced())
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
			x = updated(t, old, c)
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
			x.Merge(t.Context())
			if got, want := x.now.Load(), fresh.now.Load(); !reflect.DeepEqual(held(got), held(want)) || got.gone != 0 {
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
		x = updated(t, x, c)
		var group sync.WaitGroup
		group.Go(func() { x.Merge(t.Context()) })
		for range 20 {
			if got := len(search(t, x, retrieval.Query{Text: "arctic", Limit: 1000})); got != c.Passages.Len() {
				t.Errorf("Search beside a merge = %d hits, want %d", got, c.Passages.Len())
			}
		}
		group.Wait()
	}
	if got := ids(search(t, first, retrieval.Query{Text: "arctic", Limit: 1000})); !slices.Equal(got, want) {
		t.Errorf("Search of the first index = %v, want %v as before the updates", got, want)
	}
}

// What is given up leaves nothing half done.
func TestGivenUp(t *testing.T) {
	list := versions(t, rand.New(rand.NewPCG(2, 9)), 6)
	over, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Build(over, list[0], Default(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Build() that was given up = %v, want %v", err, context.Canceled)
	}
	x := New(list[0], Default())
	if _, err := x.Update(over, list[5]); !errors.Is(err, context.Canceled) {
		t.Errorf("Update() that was given up = %v, want %v", err, context.Canceled)
	}
	x = updated(t, updated(t, x, list[3]), list[5])
	before := held(x.now.Load())
	if x.Merge(over); !reflect.DeepEqual(held(x.now.Load()), before) {
		t.Error("Merge() that was given up changes the index")
	}
	if err := x.Write(over, filepath.Join(t.TempDir(), "a"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Write() that was given up = %v, want %v", err, context.Canceled)
	}
	var done, total int64
	if _, err := Build(t.Context(), list[5], Default(), func(d, n int64) { done, total = d, n }); err != nil || done != total || done != int64(list[5].Passages.Len()) {
		t.Errorf("Build() = %v, having told of %d of %d passages", err, done, total)
	}
}
