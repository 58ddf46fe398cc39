// Package retrievaltest holds the promises that every search keeps, as a test for
// each implementation to call. It is imported only by tests.
package retrievaltest

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/corpus"
	"footnote/retrieval"
)

// files are the material of the tests, by name.
var files = map[string]string{
	"harbour.md": `# The harbour of Little Wick

The harbour was dug in 1811 by the people of the town. It holds eleven boats and a ferry.

## The lighthouse

The lamp burned oil until 1903, when a cable brought electric current.[^1] Nobody keeps it now.

## The war

Two guns were the whole defence of the coast. They were never fired, and stand before the town hall.

[^1]: Ann Ferry, "Lamps and their keepers," Tide Press, 1999.
`,
	"map.txt":     "The survey shows the basin at low water.\n\nFigure 1: Soundings of the basin\n",
	"port-ja.txt": "この港には古い灯台がある。\n\n船は夜明けに出る。\n",
	"birds.md":    "# Birds\n" + strings.Repeat("\nA gull was seen at noon.\n", 24),
}

// gulls is how many passages have the word.
const gulls = 24

// TestSearcher checks that what open returns for a corpus keeps the promises of
// [retrieval.Searcher]: call it from the tests of each implementation. The corpus
// is small, and open may be called several times.
func TestSearcher(t *testing.T, open func(t *testing.T, c *corpus.Corpus) retrieval.Searcher) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := corpus.Load(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{corpus: c, searcher: open(t, c)}
	t.Run("Finds", s.finds)
	t.Run("FindsNothing", s.findsNothing)
	t.Run("TakesAnything", s.takesAnything)
	t.Run("Limit", s.limit)
	t.Run("Ties", s.ties)
	t.Run("Kinds", s.kinds)
	t.Run("Documents", s.documents)
	t.Run("Explain", s.explain)
	t.Run("Cancelled", s.cancelled)
	t.Run("Concurrent", s.concurrent)
}

type suite struct {
	corpus   *corpus.Corpus
	searcher retrieval.Searcher
}

// search checks what holds for the hits of every query, and returns them.
func (s *suite) search(t *testing.T, q retrieval.Query) []retrieval.Hit {
	t.Helper()
	hits, err := s.searcher.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("Search(%q) = %v", q.Text, err)
	}
	seen := map[*corpus.Passage]bool{}
	for i, h := range hits {
		switch {
		case h.Passage == nil || s.corpus.Passage(h.Passage.ID) != h.Passage:
			t.Fatalf("Search(%q)[%d] is no passage of the corpus", q.Text, i)
		case seen[h.Passage]:
			t.Errorf("Search(%q) has %s twice", q.Text, h.Passage.ID)
		case !(h.Score > 0) || math.IsInf(h.Score, 0):
			t.Errorf("Search(%q)[%d].Score = %v, want more than 0", q.Text, i, h.Score)
		case i > 0 && h.Score > hits[i-1].Score:
			t.Errorf("Search(%q)[%d].Score = %v after %v, want them descending", q.Text, i, h.Score, hits[i-1].Score)
		case !q.Explain && h.Reasons != nil:
			t.Errorf("Search(%q)[%d].Reasons = %v, want nil unless asked for", q.Text, i, h.Reasons)
		}
		seen[h.Passage] = true
	}
	return hits
}

func ids(hits []retrieval.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Passage.ID)
	}
	return out
}

func (s *suite) finds(t *testing.T) {
	for text, want := range map[string]string{
		"When was the harbour dug?":             "harbour#p1",
		"harbors":                               "harbour#p1",
		"ELECTRIC CURRENT":                      "harbour#p2",
		"who wrote about lamps & their keepers": "harbour#n1",
		"defense of the coasts":                 "harbour#p3",
		"the war":                               "harbour#p3", // its heading
		"soundings":                             "map#c1",
		"灯台はどこですか":                              "port-ja#p1",
		"夜明け":                                   "port-ja#p2",
		"１８１１":                                  "harbour#p1",
		"harbour zyzzyva":                       "harbour#p1",
	} {
		if got := ids(s.search(t, retrieval.Query{Text: text})); len(got) == 0 || got[0] != want {
			t.Errorf("Search(%q) = %v, want %s first", text, got, want)
		}
	}
}

func (s *suite) findsNothing(t *testing.T) {
	for _, text := range []string{"", " \t\n", "?!", "what is it of the", "zyzzyva", "zyzzyva quux", "のは", "\x00\xff\xfe", "*", "*:*", "_exists_:text"} {
		if got := ids(s.search(t, retrieval.Query{Text: text})); len(got) > 0 {
			t.Errorf("Search(%q) = %v, want nothing", text, got)
		}
	}
}

// takesAnything: whatever people type is words, not a language of queries.
func (s *suite) takesAnything(t *testing.T) {
	for _, text := range []string{
		`"harbour dug`, "(harbour dug", "harbour~2 AND +dug", "text:harbour^9 dug", "harbour* dug?", `harbour\ dug\`, "{harbour: [dug]}",
		"harbour\x00dug", "\xffharbour\xfe dug\xc3", "harbour dug " + strings.Repeat("zyzzyva ", 1250), strings.Repeat("harbour dug ", 1000),
	} {
		if got := ids(s.search(t, retrieval.Query{Text: text})); len(got) == 0 || got[0] != "harbour#p1" {
			t.Errorf("Search(%.40q) = %v, want harbour#p1 first", text, got)
		}
	}
}

func (s *suite) limit(t *testing.T) {
	for limit, want := range map[int]int{0: 10, 1: 1, 3: 3, gulls: gulls, 1000: gulls} {
		if got := s.search(t, retrieval.Query{Text: "gull", Limit: limit}); len(got) != want {
			t.Errorf("Search(%q) with limit %d = %d hits, want %d", "gull", limit, len(got), want)
		}
	}
}

// ties: passages that score the same stand in the order of the corpus, whatever the
// limit and however often it is asked.
func (s *suite) ties(t *testing.T) {
	var want []string
	for _, p := range s.corpus.Passages.All() {
		if p.Document.ID == "birds" {
			want = append(want, p.ID)
		}
	}
	for _, limit := range []int{1, gulls / 2, gulls, gulls} {
		if got := ids(s.search(t, retrieval.Query{Text: "a gull at noon", Limit: limit})); !slices.Equal(got, want[:limit]) {
			t.Errorf("Search(%q) with limit %d = %v, want the order of the corpus", "a gull at noon", limit, got)
		}
	}
}

func (s *suite) kinds(t *testing.T) {
	for _, tc := range []struct {
		text  string
		kinds []corpus.Kind
		want  string
	}{
		{"basin", nil, "map#c1 map#p1"},
		{"basin", []corpus.Kind{}, "map#c1 map#p1"},
		{"basin", []corpus.Kind{corpus.Chart}, "map#c1"},
		{"basin", []corpus.Kind{corpus.Paragraph}, "map#p1"},
		{"basin", []corpus.Kind{corpus.Note}, ""},
		{"basin", []corpus.Kind{corpus.Note, corpus.Chart, corpus.Paragraph}, "map#c1 map#p1"},
		{"Ann Ferry", []corpus.Kind{corpus.Note}, "harbour#n1"},
	} {
		got := ids(s.search(t, retrieval.Query{Text: tc.text, Kinds: tc.kinds}))
		slices.Sort(got)
		if strings.Join(got, " ") != tc.want {
			t.Errorf("Search(%q) of kinds %v = %v, want %q", tc.text, tc.kinds, got, tc.want)
		}
	}
}

// documents: a search in some documents finds of them what a search in all does, though
// there be better in others.
func (s *suite) documents(t *testing.T) {
	for _, tc := range []struct {
		text      string
		documents []string
		kinds     []corpus.Kind
		want      string
	}{
		{"basin of the harbour", []string{}, nil, "harbour#n1 harbour#p1 harbour#p2 harbour#p3 map#c1 map#p1"},
		{"basin of the harbour", []string{"map"}, nil, "map#c1 map#p1"},
		{"basin of the harbour", []string{"map"}, []corpus.Kind{corpus.Chart}, "map#c1"},
		{"basin of the harbour", []string{"map", "port-ja", "nowhere"}, nil, "map#c1 map#p1"},
		{"basin of the harbour", []string{"birds"}, nil, ""},
		{"basin of the harbour", []string{"nowhere"}, nil, ""},
		{"basin of the harbour", []string{""}, nil, ""},
		{"灯台", []string{"port-ja"}, nil, "port-ja#p1"},
		{"灯台", []string{"harbour"}, nil, ""},
	} {
		got := ids(s.search(t, retrieval.Query{Text: tc.text, Documents: tc.documents, Kinds: tc.kinds}))
		slices.Sort(got)
		if strings.Join(got, " ") != tc.want {
			t.Errorf("Search(%q) in %q of kinds %v = %v, want %q", tc.text, tc.documents, tc.kinds, got, tc.want)
		}
	}
	if got := s.search(t, retrieval.Query{Text: "noon", Documents: []string{"birds", "map"}, Limit: 5}); len(got) != 5 {
		t.Errorf("Search(%q) in two documents with limit 5 = %d hits", "noon", len(got))
	}
}

// explain: the reasons are what the score is made of, and asking for them changes
// nothing else.
func (s *suite) explain(t *testing.T) {
	for _, text := range []string{"When was the harbour dug?", "lamps and keepers", "gull at noon", "古い灯台"} {
		q := retrieval.Query{Text: text, Limit: 100}
		plain := s.search(t, q)
		q.Explain = true
		explained := s.search(t, q)
		if !slices.EqualFunc(plain, explained, same) {
			t.Errorf("Search(%q) explained = %v, want %v", text, ids(explained), ids(plain))
		}
		for _, h := range explained {
			sum := 0.0
			for i, r := range h.Reasons {
				sum += r.Score
				if r.What == "" || r.Where == "" || i > 0 && r.Score > h.Reasons[i-1].Score {
					t.Errorf("Search(%q) explains %s by %v, want named reasons, the greatest first", text, h.Passage.ID, h.Reasons)
				}
			}
			if math.Abs(sum-h.Score) > 1e-3*max(1, h.Score) {
				t.Errorf("Search(%q) explains %v of %v, the score of %s", text, sum, h.Score, h.Passage.ID)
			}
		}
	}
}

func same(a, b retrieval.Hit) bool { return a.Passage == b.Passage && a.Score == b.Score }

func (s *suite) cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if hits, err := s.searcher.Search(ctx, retrieval.Query{Text: "harbour"}); !errors.Is(err, context.Canceled) || hits != nil {
		t.Errorf("Search(%q) of a cancelled context = %v, %v, want %v", "harbour", ids(hits), err, context.Canceled)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	if hits, err := s.searcher.Search(ctx, retrieval.Query{Text: "harbour"}); !errors.Is(err, context.DeadlineExceeded) || hits != nil {
		t.Errorf("Search(%q) past its deadline = %v, %v, want %v", "harbour", ids(hits), err, context.DeadlineExceeded)
	}
	if got := s.search(t, retrieval.Query{Text: "harbour"}); len(got) == 0 {
		t.Error("Search finds nothing after a search that was cancelled")
	}
}

// concurrent: searches at once find what searches one by one find.
func (s *suite) concurrent(t *testing.T) {
	queries := []string{"harbour", "gull at noon", "the lamp of the lighthouse", "灯台", "zyzzyva", "", "defence of the coast by guns"}
	var want [][]retrieval.Hit
	for _, text := range queries {
		want = append(want, s.search(t, retrieval.Query{Text: text}))
	}
	var group sync.WaitGroup
	defer group.Wait()
	for g := range 8 {
		group.Go(func() {
			for n := range 10 * len(queries) {
				i := (n*(g+1) + g) % len(queries)
				got, err := s.searcher.Search(t.Context(), retrieval.Query{Text: queries[i]})
				if err != nil || !slices.EqualFunc(got, want[i], same) {
					t.Errorf("Search(%q) beside others = %v, %v, want %v", queries[i], ids(got), err, ids(want[i]))
				}
			}
		})
	}
}
