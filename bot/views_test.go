package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/worlds"
	"footnote/corpus"
	"footnote/prompts"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
)

const right = "slack:T1:C9" // a channel in which the secret may be quoted

// asked returns what somebody sees of an answer, or of why there is none, as bytes; how
// long it took aside.
func asked(t *testing.T, a bot.Asker, q bot.Question) string {
	t.Helper()
	ans, err := a.Ask(t.Context(), q)
	if err != nil {
		return "problem: " + err.Error()
	}
	return bytesOf(t, ans)
}

func bytesOf(t *testing.T, ans bot.Answer) string {
	t.Helper()
	ans.Timing = bot.Timing{}
	out, err := json.Marshal(ans)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Elsewhere a document that may not be quoted there does not exist: every answer is the
// same to the byte as where there is no such document.
func TestAccess(t *testing.T) {
	with, without := worlds.With(t, right), worlds.Without(t)
	questions := with.Questions()
	differ := 0
	for _, place := range []string{worlds.Wrong, "", "slack:T1:U9", "discord:1:9", "nowhere"} {
		for _, q := range questions {
			q.Place = place
			got, want := asked(t, with.Views, q), asked(t, without.Views, q)
			if got != want {
				t.Errorf("Ask(%s %q) in %q = %s, want %s", q.Kind, q.Text, place, got, want)
			}
		}
	}
	for _, q := range questions {
		q.Place = right
		a, err := with.Views.Ask(t.Context(), q)
		b, other := without.Views.Ask(t.Context(), q)
		a.Material, b.Material = bot.Material{}, bot.Material{}
		if err != nil || other != nil || bytesOf(t, a) != bytesOf(t, b) {
			differ++
		}
	}
	if len(questions) < 300 || differ < len(questions)*3/4 {
		t.Errorf("of %d questions %d are answered otherwise where the document may be quoted: the test tests too little", len(questions), differ)
	}
	t.Logf("%d questions in each of 5 places, the same to the byte; where the document may be quoted %d of them are answered otherwise", len(questions), differ)
}

// What is suggested to whoever types is the same too, at every key.
func TestAccessSuggestions(t *testing.T) {
	with, without := worlds.With(t, right), worlds.Without(t)
	suggested := func(v *bot.Views, place string, kind bot.Kind, typed string) string {
		out, err := json.Marshal(v.Complete(t.Context(), bot.Question{Kind: kind, Text: typed, Place: place}, 25))
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	n, differ := 0, 0
	for _, q := range with.Questions() {
		for _, kind := range []bot.Kind{bot.KindCite, bot.KindSummary, bot.KindSources} {
			for at := range q.Text + " " {
				if at > 12 && at < len(q.Text) { // the first keys, and the whole
					continue
				}
				typed := q.Text[:at]
				n++
				want := suggested(without.Views, worlds.Wrong, kind, typed)
				if got := suggested(with.Views, worlds.Wrong, kind, typed); got != want {
					t.Fatalf("Complete(%s %q) = %s, want %s", kind, typed, got, want)
				}
				if suggested(with.Views, right, kind, typed) != want {
					differ++
				}
			}
		}
	}
	if differ < n/10 {
		t.Errorf("of %d suggestions %d are others where the document may be quoted: the test tests too little", n, differ)
	}
}

// Ranks, scores and their reasons are those of an index without the document.
func TestAccessRanks(t *testing.T) {
	with, without := worlds.With(t, right), worlds.Without(t)
	view := with.Corpus.In(worlds.Wrong)
	x, y := keyword.New(view, keyword.Default()), keyword.New(without.Corpus, keyword.Default())
	for _, q := range with.Questions() {
		query := retrieval.Query{Text: q.Text, Limit: 100, Explain: true}
		got, err := x.Search(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		want, err := y.Search(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		same := slices.EqualFunc(got, want, func(a, b retrieval.Hit) bool {
			return a.Passage.ID == b.Passage.ID && a.Score == b.Score && slices.Equal(a.Reasons, b.Reasons)
		})
		if !same {
			t.Errorf("Search(%q) = %v, want %v", q.Text, got, want)
		}
	}
}

// A conversation goes on in its place, with what may be known there.
func TestAccessConversation(t *testing.T) {
	with, without := worlds.With(t, right), worlds.Without(t)
	follow := []string{"which note is that?", "who says so?", "tell me more", "and the harbour?", "why?", "¶1", "note 1"}
	for _, text := range []string{"Who was arrested in the lighthouse?", "summary underground", "dossier#p4", "When did the lamp burn oil?"} {
		// What was said in another place is not known here.
		q := bot.Question{Text: text, Place: right}
		a, err := with.Views.Ask(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		before := []bot.Turn{{Question: q, Answer: a}}
		for _, text := range follow {
			q := bot.Question{Text: text, Place: worlds.Wrong, Before: before}
			if got, want := asked(t, with.Views, q), asked(t, without.Views, bot.Question{Text: text, Place: worlds.Wrong}); got != want {
				t.Errorf("Ask(%q) after %q elsewhere = %s, want %s", text, before[0].Question.Text, got, want)
			}
		}
	}
	// What was said here before the document was taken away is not known any more.
	q := bot.Question{Text: "Who was arrested in the lighthouse?", Place: right}
	a, err := with.Views.Ask(t.Context(), q)
	if err != nil || !strings.Contains(a.Text, "Josiah Quill") {
		t.Fatalf("Ask(%q) = %q, %v, want Josiah Quill", q.Text, a.Text, err)
	}
	if !with.Views.May(right, a) || with.Views.May(worlds.Wrong, a) || with.Views.May("", a) {
		t.Error("May of an answer from the document is not just where it may be quoted")
	}
	with.Allow("slack:C8")
	with.Reload()
	if with.Views.May(right, a) || !with.Views.May("slack:T1:C8", a) {
		t.Error("May of an answer from the document is not just where it may be quoted now")
	}
	for _, text := range follow {
		got := asked(t, with.Views, bot.Question{Text: text, Place: right, Before: []bot.Turn{{Question: q, Answer: a}}})
		for _, word := range []string{"Quill", "brandy", "dossier", "Customs"} {
			if strings.Contains(strings.ReplaceAll(got, text, ""), word) {
				t.Errorf("Ask(%q) after the document was taken away = %s, want no %s", text, got, word)
			}
		}
	}
}

// What changes in a document changes nothing where it may not be quoted, not even which
// Bot answers there.
func TestAccessReload(t *testing.T) {
	with, without := worlds.With(t, right), worlds.Without(t)
	if n := with.Views.Len(); n != 2 {
		t.Errorf("%d views, want one with the document and one without", n)
	}
	for _, places := range [][]string{{"slack:C9", "slack:C10"}, {}, {"everywhere"}, {right}} {
		with.Allow(places...)
		with.Reload()
		for _, q := range with.Questions() {
			q.Place = worlds.Wrong
			same := asked(t, with.Views, q) == asked(t, without.Views, q)
			if open := slices.Contains(places, "everywhere"); !same && !open {
				t.Errorf("quoted in %v, Ask(%q) differs", places, q.Text)
			}
		}
	}
}

// listener is a writer that takes down what it is told, and writes nothing.
type listener struct {
	mu   sync.Mutex
	told strings.Builder
}

func (l *listener) Write(_ context.Context, p prompts.Prompt, _ func(string) error) (bot.Usage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(&l.told, p)
	return bot.Usage{}, errors.New("nothing is written")
}

func (l *listener) Tokens(text string) int { return len(text) / 4 }

// A model is told nothing of the document for a question from elsewhere, also where the
// conversation once had it.
func TestAccessWriter(t *testing.T) {
	w := worlds.With(t, right)
	l := &listener{}
	b := bot.New(w.Corpus, keyword.New(w.Corpus, keyword.Default()), bot.Shipped()).WithWriter(l, bot.Writing{})
	v := b.Views(nil, func(c *corpus.Corpus) bot.Searcher { return keyword.New(c, keyword.Default()) })
	q := bot.Question{Text: "Who was arrested in the lighthouse?", Place: right}
	a, err := v.Ask(t.Context(), q)
	if err != nil || !strings.Contains(l.told.String(), "brandy") {
		t.Fatalf("Ask(%q) = %v, %v, with the model told %q; want it told of brandy", q.Text, a.Text, err, l.told.String())
	}
	l.told.Reset()
	for _, text := range []string{"When did the lamp burn oil?", "summary north", "and why?", "Where was he arrested?"} {
		for _, place := range []string{"", right} { // an old turn may have no place
			q.Place = place
			ask := bot.Question{Text: text, Place: worlds.Wrong, Before: []bot.Turn{{Question: q, Answer: a}}}
			if _, err := v.Ask(t.Context(), ask); err != nil {
				t.Fatal(err)
			}
		}
	}
	told := l.told.String()
	if told == "" {
		t.Fatal("the model is told nothing at all")
	}
	for _, word := range []string{"brandy", "Quill", "Customs", worlds.Secret} {
		if strings.Contains(told, word) {
			t.Errorf("the model is told of %q: %s", word, told)
		}
	}
}

// A corpus of which nothing is left answers, and finds nothing.
func TestAccessNothingLeft(t *testing.T) {
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	w := worlds.With(t, right)
	empty := w.Corpus.In("").In("") // still what everybody sees
	if empty.Documents.Len() != 2 {
		t.Fatalf("In = %d documents, want 2", empty.Documents.Len())
	}
	none := &corpus.Corpus{}
	b := bot.New(c, keyword.New(c, keyword.Default()), bot.Shipped()).Over(none, keyword.New(none, keyword.Default()))
	for _, q := range w.Questions() {
		if _, err := b.Ask(t.Context(), q); err != nil && !strings.Contains(err.Error(), "There is no") {
			t.Errorf("Ask(%s %q) of nothing = %v", q.Kind, q.Text, err)
		}
	}
	if got := b.Complete(t.Context(), bot.Question{Text: "¶"}, 5); len(got) > 0 {
		t.Errorf("Complete of nothing = %v", got)
	}
}

// BenchmarkAccess prints how long answers take in the wrong place of the world with the
// document and of that without, side by side, and how surely a rank-sum test (Mann and
// Whitney) tells the two apart: |z| below 1.96 is what chance alone gives 19 times of 20.
func BenchmarkAccess(b *testing.B) {
	with, without := worlds.With(b, right), worlds.Without(b)
	questions := with.Questions()
	rnd := rand.New(rand.NewPCG(1, 2))
	var times [2][]float64
	one := func(n int, q bot.Question) {
		v := []*bot.Views{with.Views, without.Views}[n]
		start := time.Now()
		_, _ = v.Ask(b.Context(), q)
		times[n] = append(times[n], float64(time.Since(start).Nanoseconds()))
	}
	for b.Loop() {
		q := questions[rnd.IntN(len(questions))]
		q.Place = worlds.Wrong
		first := rnd.IntN(2) // whoever is second finds the caches warm
		one(first, q)
		one(1-first, q)
	}
	for n, name := range []string{"with", "without"} {
		slices.Sort(times[n])
		b.ReportMetric(times[n][len(times[n])/2]/1e3, "p50-µs-"+name)
		b.ReportMetric(times[n][len(times[n])*99/100]/1e3, "p99-µs-"+name)
	}
	b.ReportMetric(rankSum(times[0], times[1]), "z")
}

// rankSum returns the z of the Mann-Whitney U test of two samples, which are sorted.
func rankSum(a, b []float64) float64 {
	u := 0.0
	for _, x := range a {
		below, _ := slices.BinarySearch(b, x)
		upTo, _ := slices.BinarySearch(b, math.Nextafter(x, math.Inf(1)))
		u += float64(below) + float64(upTo-below)/2
	}
	n, m := float64(len(a)), float64(len(b))
	return (u - n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}
