package eval

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"footnote/bot"
	"footnote/corpus"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func TestMeasure(t *testing.T) {
	ranking := []Ranked{{ID: "x"}, {ID: "a"}, {ID: "y"}, {ID: "b"}}
	m := measure(ranking, map[string]int{"a": 1, "b": 3, "c": 2})
	dcg := 1/math.Log2(3) + 3/math.Log2(5)
	ideal := 3/math.Log2(2) + 2/math.Log2(3) + 1/math.Log2(4)
	if !near(m.ndcg, dcg/ideal) || !near(m.mrr, 0.5) || m.recall[0] != 0 || !near(m.recall[1], 2.0/3) {
		t.Errorf("measure = %+v, want nDCG %v, MRR 0.5, recall 0 and 2/3", m, dcg/ideal)
	}
	if m := measure(nil, map[string]int{"a": 1}); m.ndcg != 0 || m.mrr != 0 {
		t.Errorf("measure of no ranking = %+v, want nothing", m)
	}
	late := make([]Ranked, 11)
	late[10].ID = "a"
	if m := measure(late, map[string]int{"a": 1}); m.ndcg != 0 || m.mrr != 0 || m.recall[2] != 0 || m.recall[3] != 1 {
		t.Errorf("measure of a hit in place 11 = %+v, want recall@100 alone", m)
	}
}

func TestAUROC(t *testing.T) {
	for _, test := range []struct {
		yes, no []float64
		want    float64
	}{
		{[]float64{3, 4}, []float64{1, 2}, 1},
		{[]float64{1, 2}, []float64{3, 4}, 0},
		{[]float64{1, 1}, []float64{1, 1}, 0.5},
		{[]float64{1, 3}, []float64{2, 2}, 0.5},
		{[]float64{2}, []float64{2, 1}, 0.75},
	} {
		if got := auroc(test.yes, test.no); got != test.want {
			t.Errorf("auroc(%v, %v) = %v, want %v", test.yes, test.no, got, test.want)
		}
	}
}

// What score.py's norm and words give for these texts.
func TestNormal(t *testing.T) {
	for _, test := range []struct{ text, normal, bare string }{
		{"The cat, a dog & an owl.", " cat dog owl ", " cat dog owl "},
		{"U.S. $12", " us 12 ", " u s 12 "},
		{"the’s end", " ’s end ", " s end "},
		{"“The Future”", " “ future” ", " future "},
		{"A/B the_end thé", " ab theend thé ", " b end thé "},
		{"partnership[18]", " partnership18 ", " partnership 18 "},
		{"", "  ", "  "},
	} {
		if got := normal(test.text); got != test.normal {
			t.Errorf("normal(%q) = %q, want %q", test.text, got, test.normal)
		}
		if got := bare(test.text); got != test.bare {
			t.Errorf("bare(%q) = %q, want %q", test.text, got, test.bare)
		}
	}
}

func TestArticleQuestion(t *testing.T) {
	q := articleQuestion{Kind: "fact", Answer: [][]string{{"40,000", "forty thousand"}, {"troops"}}, Section: "east", Notes: []int{2}}
	good := bot.Answer{
		Status: bot.Answered, Text: "Up to 40,000 troops. [¶2]", Sentences: []bot.Sentence{{Text: "Up to 40,000 troops.", Citations: []string{"x#p2"}}},
		Citations: []bot.Citation{{ID: "x#p2", Notes: []bot.Note{{ID: "x#n2", Label: "note 2"}}}},
	}
	if !q.right(good) || !q.noted(good) {
		t.Errorf("right = %v, noted = %v; want both", q.right(good), q.noted(good))
	}
	for name, change := range map[string]func(*bot.Answer){
		"a group is missing":   func(a *bot.Answer) { a.Text, a.Sentences = "Up to 40,000. [¶2]", nil },
		"a word is cut":        func(a *bot.Answer) { a.Text, a.Sentences = "Up to 140,000 troops", nil },
		"another section":      func(a *bot.Answer) { a.Citations = []bot.Citation{{ID: "x#p12"}} },
		"too many sentences":   func(a *bot.Answer) { a.Sentences = make([]bot.Sentence, 4) },
		"only a note has them": func(a *bot.Answer) { a.Text, a.Sentences, a.Citations[0].Notes[0].Text = "", nil, "40,000 troops" },
	} {
		a := good
		a.Citations = append([]bot.Citation(nil), good.Citations...)
		a.Citations[0].Notes = append([]bot.Note(nil), good.Citations[0].Notes...)
		change(&a)
		if q.right(a) {
			t.Errorf("%s: right", name)
		}
	}
}

func TestTable(t *testing.T) {
	table := Table{{"one", []Figure{count("n", 3), share("half", 1, 2, 3)}}, {"two", []Figure{{"ndcg@10", 0.12345, 4}, count("n", 12)}}}
	want := "figure   one    two\nn        3      12\nhalf     0.500  –\nndcg@10  –      0.1235\n"
	if got := table.String(); got != want {
		t.Errorf("table = %q, want %q", got, want)
	}
}

func TestEach(t *testing.T) {
	var sum atomic.Int64
	if err := each(t.Context(), 100, func(_ context.Context, i int) error { sum.Add(int64(i)); return nil }); err != nil || sum.Load() != 4950 {
		t.Errorf("each = %v, sum %d", err, sum.Load())
	}
	broken := errors.New("broken")
	if err := each(t.Context(), 100, func(_ context.Context, i int) error {
		if i == 50 {
			return broken
		}
		return nil
	}); !errors.Is(err, broken) {
		t.Errorf("each = %v, want %v", err, broken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := each(ctx, 1, func(context.Context, int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("each of a cancelled context = %v", err)
	}
}

func TestReadFaults(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	for _, test := range []struct {
		name, text, want string
		read             func() error
	}{
		{"no JSON", "{\"_id\":\"1\",\"text\":\"x\"}\n{\n", "file:2:", func() error { _, err := Queries(path); return err }},
		{"empty", "", "no lines", func() error { _, err := Queries(path); return err }},
		{"no text", `{"_id":"1"}`, "query 1", func() error { _, err := Queries(path); return err }},
		{"an id twice", "{\"_id\":\"1\",\"text\":\"x\"}\n{\"_id\":\"1\",\"text\":\"y\"}\n", "query 2", func() error { _, err := Queries(path); return err }},
		{"short judgement", "query-id\tcorpus-id\tscore\nq d\n", "file:2:", func() error { _, err := judgements(path); return err }},
		{"grade", "q d high\n", `"high"`, func() error { _, err := judgements(path); return err }},
		{"no judgements", "q d 0\n", "no judgements", func() error { _, err := judgements(path); return err }},
		{"no sets", "", "none in", func() error { _, err := (Eval{Folder: folder, Log: t.Logf}).names(); return err }},
		{"unknown set", "", `no set "x"`, func() error { _, err := (Eval{Folder: folder, Sets: []string{"x"}, Log: t.Logf}).names(); return err }},
	} {
		if err := os.WriteFile(path, []byte(test.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := test.read(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error with %q", test.name, err, test.want)
		}
	}
}

// What the labels of a question say of a sentence.
func TestByLabel(t *testing.T) {
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	p := c.Passage("nato-360#p2")
	if p == nil {
		t.Fatal("the article has no ¶2")
	}
	from, to := p.Span(p.Sentences[1].Start, p.Sentences[1].End)
	good := bot.Citation{ID: p.ID, Document: p.Document.ID, Quote: p.Document.Source[from:to], Start: from, End: to}
	moved := good
	moved.Start++
	q := articleQuestion{Kind: "fact", Answer: [][]string{{"40,000"}, {"troops", "soldiers"}}, Section: "east"}
	abstain, north := articleQuestion{Abstain: true}, q
	north.Section = "north"
	for _, test := range []struct {
		name        string
		q           articleQuestion
		text        string
		verdict     bot.Verdict
		cited       []bot.Citation
		ok, decided bool
	}{
		{"quote", q, p.SentenceText(1), bot.Quoted, []bot.Citation{good}, true, true},
		{"no quote though it is called one", q, "The NRF has 50,000 troops.", bot.Quoted, []bot.Citation{good}, false, true},
		{"own words", q, "The NRF has up to 40,000 soldiers.", bot.Supported, []bot.Citation{good}, true, true},
		{"without the answer's words", q, "The NRF is multinational.", bot.Supported, []bot.Citation{good}, false, false},
		{"not in the document so", q, "The NRF has up to 40,000 soldiers.", bot.Supported, []bot.Citation{moved}, false, true},
		{"one of two not in the document so", q, p.SentenceText(1), bot.Quoted, []bot.Citation{good, moved}, false, true},
		{"no citation", q, p.SentenceText(1), bot.Quoted, nil, false, true},
		{"another section", north, p.SentenceText(1), bot.Quoted, []bot.Citation{good}, false, true},
		{"no answer is right", abstain, p.SentenceText(1), bot.Quoted, []bot.Citation{good}, false, true},
	} {
		s := writtenScore{corpus: c}
		if ok, decided := s.byLabel(test.q, bot.Sentence{Text: test.text, Verdict: test.verdict}, test.cited); ok != test.ok || decided != test.decided {
			t.Errorf("%s: byLabel(%q) = %v, %v, want %v, %v", test.name, test.text, ok, decided, test.ok, test.decided)
		}
	}
}

func TestMiddle(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2}} {
		if got := middle(test.values); got != test.want {
			t.Errorf("middle(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}
