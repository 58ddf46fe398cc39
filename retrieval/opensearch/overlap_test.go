package opensearch

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
)

// someQuestions is how many questions of a set are asked, spread over it: all 15,000 take
// minutes.
const someQuestions = 150

// TestOverlap compares the first ten with those of the embedded index, for questions
// of the sets in the folder that FOOTNOTE_EVAL names, and prints how many are the same.
func TestOverlap(t *testing.T) {
	c := cluster(t, Config{})
	folders, err := filepath.Glob(filepath.Join(os.Getenv("FOOTNOTE_EVAL"), "*", "corpus.jsonl"))
	if err != nil || len(folders) == 0 {
		t.Skip("FOOTNOTE_EVAL names no folder of question sets")
	}
	total, places := 0, 0
	for _, path := range folders {
		set := filepath.Dir(path)
		material, err := corpus.Load(t.Context(), set, nil)
		if err != nil {
			t.Fatal(err)
		}
		near, far := keyword.New(material, keyword.Default()), loaded(t, c, material)
		shared, all, ordered, furthest, asked := 0, 0, 0, 0.0, questions(t, set)
		for _, q := range asked {
			want, err := near.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			got, err := far.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			scores := map[*corpus.Passage]float64{}
			for _, h := range want {
				scores[h.Passage] = h.Score
			}
			all += len(want)
			same := len(got) == len(want)
			for i, h := range got {
				if s, ok := scores[h.Passage]; ok {
					shared++
					furthest = max(furthest, math.Abs(s-h.Score)/s)
				}
				same = same && h.Passage == want[i].Passage
			}
			if same {
				ordered++
			}
		}
		t.Logf("%-14s questions %4d  of the first ten the same %.5f  in the same order %.5f  scores differ by %.1e at most",
			filepath.Base(set), len(asked), float64(shared)/float64(all), float64(ordered)/float64(len(asked)), furthest)
		total, places = total+len(asked), places+ordered
		if float64(shared) < 0.999*float64(all) {
			t.Errorf("%s: %d of %d hits are the embedded index's, want 0.999 of them", set, shared, all)
		}
	}
	t.Logf("sets %d, questions %d, the same in every place %d", len(folders), total, places)
}

// questions returns the questions of a set.
func questions(t *testing.T, set string) []retrieval.Query {
	t.Helper()
	f, err := os.Open(filepath.Join(set, "queries.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it is only read
	var out []retrieval.Query
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var q struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		out = append(out, retrieval.Query{Text: q.Text})
	}
	step := max(1, len(out)/someQuestions)
	for i := range out[:len(out)/step] {
		out[i] = out[i*step]
	}
	return out[:len(out)/step]
}
