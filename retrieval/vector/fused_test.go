package vector

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
	"footnote/retrieval/retrievaltest"
)

// town is made-up material, a subject a paragraph.
const town = `# The town

The bridge over the river was built in 1871. It has seven arches.

The mill grinds oats and barley. A widow bought it in 1902.

The school has forty pupils. Its teacher plays the organ.

The market is held on Fridays. Farmers sell cheese there.
`

func read(t *testing.T, text string) *corpus.Corpus {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "town.md"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := corpus.Load(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fuse returns a search over c by words and by what f takes words to mean.
func fuse(t *testing.T, f *fake, c *corpus.Corpus) *Fused {
	t.Helper()
	s := Memory(f.Model())
	if err := Fill(t.Context(), s, f, c, true, nil); err != nil {
		t.Fatal(err)
	}
	x, err := New(s, f, c)
	if err != nil {
		t.Fatal(err)
	}
	return Fuse(keyword.New(c, keyword.Default()), x)
}

func search(t *testing.T, f *Fused, q retrieval.Query) []retrieval.Hit {
	t.Helper()
	hits, err := f.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("Search(%+v) = %v", q, err)
	}
	return hits
}

func ids(hits []retrieval.Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Passage.Label)
	}
	return strings.Join(out, " ")
}

// foreign are words of another language for the town's.
var foreign = map[string]string{"brücke": "bridge", "gebaut": "built", "mühle": "mill", "schüler": "pupils", "schule": "school"}

func TestFusedFindsByMeaning(t *testing.T) {
	f := newFake()
	f.same = foreign
	s := fuse(t, f, read(t, town))
	for question, want := range map[string]string{
		"wann wurde die brücke gebaut": "¶1",
		"mühle":                        "¶2",
		"schüler schule":               "¶3",
	} {
		if hits := search(t, s, retrieval.Query{Text: question}); len(hits) > 0 {
			t.Errorf("Search(%q) by words = %s, want nothing", question, ids(hits))
		}
		hits := search(t, s, retrieval.Query{Text: question, Meaning: question})
		if len(hits) != 4 || hits[0].Passage.Label != want || hits[0].Score != 0 || hits[0].Meaning <= 0 {
			t.Errorf("Search(%q) by meaning = %s, %+v, want %s first, without a score", question, ids(hits), hits[0], want)
		}
		if n := len(hits[0].Sentences); n != len(hits[0].Passage.Sentences) {
			t.Errorf("Search(%q) has %d of %d sentences", question, n, len(hits[0].Passage.Sentences))
		}
	}
}

func TestFusedOrder(t *testing.T) {
	f := newFake()
	f.same = foreign
	s := fuse(t, f, read(t, town))
	q := retrieval.Query{Text: "market", Meaning: "market mühle mühle mühle", Explain: true}
	hits := search(t, s, q)
	if got := ids(hits); !strings.HasPrefix(got, "¶4 ¶2") && !strings.HasPrefix(got, "¶2 ¶4") {
		t.Errorf("Search(%+v) = %s, want what has the word and what is meant before the others", q, got)
	}
	last := 0.0
	for i, h := range hits {
		sum, meaning := 0.0, false
		for _, r := range h.Reasons {
			sum += r.Score
			meaning = meaning || r.Where == "meaning"
		}
		if i > 0 && sum > last+1e-9 {
			t.Errorf("Search(%+v) explains place %d by %v, the one before by %v; want them falling", q, i+1, sum, last)
		}
		if last = sum; i == 0 && !meaning {
			t.Errorf("Search(%+v) explains %s by %v, want its meaning too", q, h.Passage.Label, h.Reasons)
		}
	}
	plain := q
	plain.Explain = false
	if got := search(t, s, plain); ids(got) != ids(hits) || got[0].Reasons != nil {
		t.Errorf("Search without reasons = %s, want %s without any", ids(got), ids(hits))
	}
}

func TestFusedBounds(t *testing.T) {
	f := newFake()
	s := fuse(t, f, read(t, town+"\nFigure 1: The mill and the bridge\n"))
	for _, test := range []struct {
		q    retrieval.Query
		want int
	}{
		{retrieval.Query{Text: "bridge", Meaning: "bridge", Limit: 2}, 2},
		{retrieval.Query{Text: "bridge", Meaning: "bridge", Limit: 1000}, 5},
		{retrieval.Query{Text: "bridge", Meaning: "bridge", Kinds: []corpus.Kind{corpus.Chart}}, 1},
		{retrieval.Query{Text: "bridge", Meaning: "bridge", Kinds: []corpus.Kind{corpus.Note}}, 0},
		{retrieval.Query{Text: "zyzzyva", Meaning: "bridge", Documents: []string{"town"}}, 5},
		{retrieval.Query{Text: "zyzzyva", Meaning: "bridge", Documents: []string{"village"}}, 0},
		{retrieval.Query{Text: "?!", Meaning: "?!"}, 0},
		{retrieval.Query{}, 0},
	} {
		if hits := search(t, s, test.q); len(hits) != test.want {
			t.Errorf("Search(%+v) = %s, want %d hits", test.q, ids(hits), test.want)
		}
	}
	if n := f.count(Query); n != 6 {
		t.Errorf("%d questions were embedded, want 6: none without a word", n)
	}
}

// TestFusedKeepsPromises is the contract of a search, by words and with meaning.
func TestFusedKeepsPromises(t *testing.T) {
	retrievaltest.TestSearcher(t, func(t *testing.T, c *corpus.Corpus) retrieval.Searcher { return fuse(t, newFake(), c) })
}

func TestFusedWithoutEmbedder(t *testing.T) {
	f := newFake()
	s := fuse(t, f, read(t, town))
	q := retrieval.Query{Text: "bridge", Meaning: "bridge", Limit: 1}
	f.fails = errors.New("down")
	hits, err := s.Search(t.Context(), q)
	if !errors.Is(err, retrieval.ErrWordsOnly) || !errors.Is(err, f.fails) || ids(hits) != "¶1" || hits[0].Meaning != 0 {
		t.Errorf("Search without the embedder = %s, %v, want what words find, and why", ids(hits), err)
	}
	f.fails, f.dimensions = nil, 32
	if hits, err := s.Search(t.Context(), q); !errors.Is(err, ErrChanged) || !errors.Is(err, retrieval.ErrWordsOnly) || ids(hits) != "¶1" {
		t.Errorf("Search with another model = %s, %v, want what words find, and why", ids(hits), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if hits, err := s.Search(ctx, q); !errors.Is(err, context.Canceled) || hits != nil {
		t.Errorf("Search of a cancelled context = %s, %v", ids(hits), err)
	}
}

func TestFill(t *testing.T) {
	f, c := newFake(), read(t, town)
	path := filepath.Join(t.TempDir(), "vectors")
	fill := func(c *corpus.Corpus, want int) {
		t.Helper()
		s := open2(t, path, f.Model())
		before := f.count(Passage)
		var told []int64
		if err := Fill(t.Context(), s, f, c, true, func(done, total int64) { told = append(told, done, total) }); err != nil {
			t.Fatal(err)
		}
		if n := f.count(Passage) - before; n != want {
			t.Errorf("Fill embedded %d texts, want %d", n, want)
		}
		if !slices.IsSorted(told[:len(told)/2]) || len(told) > 0 && told[len(told)-2] != told[len(told)-1] {
			t.Errorf("Fill told %v, want pairs up to all", told)
		}
		_ = s.Close()
	}
	fill(c, len(unrelated)+4+8)                                                  // passages, sentences
	fill(c, 1)                                                                   // a restart
	fill(read(t, strings.Replace(town, "forty", "fifty", 1)), 1+1+1)             // a passage and its sentence
	fill(read(t, town+"\nThe mill grinds oats and barley. It is old.\n"), 1+1+1) // one of its sentences is known
}

func open2(t *testing.T, path, model string) *Store {
	t.Helper()
	s, err := Open(path, model)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFillIsInterrupted has the embedder fail in the middle. What it did stays.
func TestFillIsInterrupted(t *testing.T) {
	c := read(t, "# Many\n"+strings.Repeat("\nA gull was seen.\n", 1)+many(200))
	path := filepath.Join(t.TempDir(), "vectors")
	f := newFake()
	f.fails, f.after = errors.New("down"), 100
	s := open2(t, path, f.Model())
	if err := Fill(t.Context(), s, f, c, false, nil); !errors.Is(err, f.fails) {
		t.Fatalf("Fill = %v, want %v", err, f.fails)
	}
	kept := s.Len()
	_ = s.Close()
	if kept < 64 || kept != f.count(Passage) {
		t.Errorf("%d vectors are kept of %d that were made, want all", kept, f.count(Passage))
	}
	f.fails = nil
	s = open2(t, path, f.Model())
	defer s.Close()
	if s.Len() != kept {
		t.Errorf("%d vectors after a restart, want %d", s.Len(), kept)
	}
	if err := Fill(t.Context(), s, f, c, false, nil); err != nil || s.Len() != 201+len(unrelated) {
		t.Errorf("Fill again = %v with %d vectors, want all", err, s.Len())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Fill(ctx, s, f, c, false, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Fill of a cancelled context = %v", err)
	}
}

// many returns paragraphs that all differ.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("\nPlace number " + strings.Repeat("x", i+1) + " is quiet.\n")
	}
	return b.String()
}

// TestAnotherModel has another model stand behind the same name.
func TestAnotherModel(t *testing.T) {
	c := read(t, town)
	for name, change := range map[string]func(*fake){
		"other vectors": func(f *fake) {
			f.change = func(v []float32) []float32 { slices.Reverse(v); return v }
		},
		"other dimensions": func(f *fake) { f.dimensions = 48 },
	} {
		f, s := newFake(), Memory("fake")
		if err := Fill(t.Context(), s, f, c, true, nil); err != nil {
			t.Fatal(err)
		}
		n := s.Len()
		change(f)
		if err := Fill(t.Context(), s, f, read(t, town+"\nNew.\n"), true, nil); !errors.Is(err, ErrChanged) || s.Len() != n {
			t.Errorf("Fill by a model with %s = %v, want %v and nothing added", name, err, ErrChanged)
		}
	}
}

// TestPartlyEmbedded searches what is not embedded by its words.
func TestPartlyEmbedded(t *testing.T) {
	f, s := newFake(), Memory("fake")
	if err := Fill(t.Context(), s, f, read(t, town), false, nil); err != nil {
		t.Fatal(err)
	}
	c := read(t, town+"\nThe harbour freezes in winter.\n")
	x, err := New(s, f, c)
	if err != nil || x.Len() != 4 {
		t.Fatalf("New = %d passages, %v, want the 4 that are embedded", x.Len(), err)
	}
	fused := Fuse(keyword.New(c, keyword.Default()), x)
	q := retrieval.Query{Text: "harbour freezes", Meaning: "harbour freezes"}
	if hits := search(t, fused, q); len(hits) == 0 || hits[0].Passage.Label != "¶5" || hits[0].Meaning != 0 {
		t.Errorf("Search(%+v) = %s, want ¶5 first, by its words", q, ids(hits))
	}
	empty, err := New(Memory("fake"), f, c)
	if err != nil {
		t.Fatal(err)
	}
	asked := f.count(Query)
	hits, err := Fuse(keyword.New(c, keyword.Default()), empty).Search(t.Context(), q)
	if ids(hits) != "¶5" || !errors.Is(err, retrieval.ErrWordsOnly) || f.count(Query) != asked {
		t.Errorf("Search of nothing that is embedded = %s, %v, want what words find, without a call", ids(hits), err)
	}
}

func TestRemember(t *testing.T) {
	f := newFake()
	e := Remember(f, 2)
	for _, text := range []string{"a", "a", "b", "a", "c", "a", "b"} { // c puts b out
		got, err := e.Embed(t.Context(), Query, []string{text})
		if err != nil || !slices.Equal(got[0], f.vector(text)) {
			t.Fatalf("Embed(%q) = %v, %v", text, got, err)
		}
	}
	if got := strings.Join(f.asked[Query], " "); got != "a b c b" {
		t.Errorf("the questions embedded are %q, want %q", got, "a b c b")
	}
	f.fails = errors.New("down")
	if _, err := e.Embed(t.Context(), Query, []string{"d"}); !errors.Is(err, f.fails) {
		t.Errorf("Embed without the embedder = %v", err)
	}
	f.fails = nil
	if _, err := e.Embed(t.Context(), Query, []string{"d"}); err != nil {
		t.Errorf("Embed after a failure = %v: an error must not be kept", err)
	}
	if _, err := e.Embed(t.Context(), Passage, []string{"a"}); err != nil || f.count(Passage) != 1 {
		t.Errorf("a passage is not remembered: %v", err)
	}
}

// BenchmarkFused searches 20,000 passages of two sentences each by words and by
// meaning, the embedder aside.
func BenchmarkFused(b *testing.B) {
	var text strings.Builder
	text.WriteString("# Places\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "\nPlace number %d lies by the river. Its mill ground %d sacks.\n", i, i%97)
	}
	path := filepath.Join(b.TempDir(), "places.md")
	if err := os.WriteFile(path, []byte(text.String()), 0o666); err != nil {
		b.Fatal(err)
	}
	c, err := corpus.Load(b.Context(), path, nil)
	if err != nil {
		b.Fatal(err)
	}
	f := newFake()
	f.dimensions = 384
	s, err := Open(filepath.Join(b.TempDir(), "vectors"), f.Model())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := Fill(b.Context(), s, f, c, true, nil); err != nil {
		b.Fatal(err)
	}
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if _, err := New(s, f, c); err != nil {
				b.Fatal(err)
			}
		}
	})
	x, err := New(s, f, c)
	if err != nil {
		b.Fatal(err)
	}
	search := Fuse(keyword.New(c, keyword.Default()), x)
	b.Run("search", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if hits, err := search.Search(b.Context(), retrieval.Query{Text: "sacks of the mill", Meaning: "sacks of the mill"}); err != nil || len(hits) != 10 {
				b.Fatal(len(hits), err)
			}
		}
	})
}
