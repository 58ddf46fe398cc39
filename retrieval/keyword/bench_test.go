package keyword

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
)

// A search allocates its result and nothing else.
func TestSearchAllocations(t *testing.T) {
	if raced {
		t.Skip("the race detector makes the pool forget")
	}
	x := New(article(t), Default())
	for _, text := range questions {
		q := retrieval.Query{Text: text}
		search(t, x, q) // the first search of a question remembers its words
		got := testing.AllocsPerRun(100, func() { search(t, x, q) })
		if got > 1 {
			t.Errorf("Search(%q) allocates %v times, want 1 at most", text, got)
		}
	}
}

// set is a corpus with the questions asked of it.
type set struct {
	name      string
	corpus    *corpus.Corpus
	questions []string
}

// sets returns the article, and the questions of SQuAD where they are at hand.
func sets(b *testing.B) []set {
	b.Helper()
	list := []set{{"article", article(b), questions}}
	const folder = "../../../shared/eval/squad2-dev"
	file, err := os.Open(filepath.Join(folder, "queries.jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		return list
	}
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	squad := set{name: "squad2-dev"}
	if squad.corpus, err = corpus.Load(b.Context(), folder, nil); err != nil {
		b.Fatal(err)
	}
	for in := json.NewDecoder(file); ; {
		var q struct{ Text string }
		if err := in.Decode(&q); err == io.EOF {
			return append(list, squad)
		} else if err != nil {
			b.Fatal(err)
		}
		squad.questions = append(squad.questions, q.Text)
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, s := range sets(b) {
		x := New(s.corpus, Default())
		for _, q := range s.questions {
			search(b, x, retrieval.Query{Text: q})
		}
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				search(b, x, retrieval.Query{Text: s.questions[i%len(s.questions)]})
			}
		})
		b.Run(s.name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					if _, err := x.Search(b.Context(), retrieval.Query{Text: s.questions[i%len(s.questions)]}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	x := New(article(b), Default())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		search(b, x, retrieval.Query{Text: questions[i%len(questions)], Explain: true})
	}
}

func BenchmarkNew(b *testing.B) {
	for _, s := range sets(b) {
		size := 0
		for _, p := range s.corpus.Passages.All() {
			size += len(p.Text)
		}
		b.Run(s.name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				New(s.corpus, Default())
			}
		})
	}
}
