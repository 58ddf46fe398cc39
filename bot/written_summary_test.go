package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"footnote/corpus"
	"footnote/prompts"
)

// south is the question whose summaries the tests look at: a direction with two
// passages.
var south = Question{Kind: KindSummary, Text: "south"}

// bulletsOn returns n sentences of a direction that can stand alone, as a model would
// give them.
func bulletsOn(t *testing.T, c *corpus.Corpus, direction string, n int) [][3]string {
	t.Helper()
	var out [][3]string
	for _, e := range c.Documents.At(0).Direction(direction).Passages {
		for i := range e.Passage.Sentences {
			text := e.Passage.SentenceText(i)
			if why, _ := misformed(text); len(out) < n && why == "" && (e.Sentence < 0 || e.Sentence == i) && !leans(text) {
				out = append(out, [3]string{text, e.Passage.ID, text})
			}
		}
	}
	if len(out) < n {
		t.Fatalf("direction %s has %d bullets, want %d", direction, len(out), n)
	}
	return out
}

// faultOfWritten says what a model's summary of a direction does not keep, or "".
func faultOfWritten(d *corpus.Direction, a Answer) string {
	of := map[string][]string{} // the sentences of the direction by their passages
	for _, e := range d.Passages {
		for i := range e.Passage.Sentences {
			if e.Sentence < 0 || e.Sentence == i {
				of[e.Passage.ID] = append(of[e.Passage.ID], e.Passage.SentenceText(i))
			}
		}
	}
	used := map[string]bool{}
	for _, c := range a.Citations {
		used[c.ID] = true
		if !slices.ContainsFunc(of[c.ID], func(s string) bool { return strings.Contains(c.Text, s) || strings.Contains(s, c.Text) }) {
			return fmt.Sprintf("%q of %s is not of the direction", c.Text, c.ID)
		}
	}
	n := len(a.Sentences)
	switch {
	case a.Status != Answered || a.Mode != "llm" || n < fewestBullets || n > mostBullets:
		return fmt.Sprintf("%s by %s with %d bullets, want three to six by llm", a.Status, a.Mode, n)
	case a.Direction.Used != len(used) || a.Direction.ID != d.ID:
		return fmt.Sprintf("coverage %+v, want %d used", a.Direction, len(used))
	case !strings.Contains(a.Text, fmt.Sprintf("(%d of %d passages used)\n• ", a.Direction.Used, a.Direction.Passages)) || strings.Count(a.Text, "\n• ") != n:
		return fmt.Sprintf("text %q, want the coverage and %d bullets", a.Text, n)
	case a.Model == "" || !strings.HasPrefix(a.Prompt, "summary@") || a.Usage == nil:
		return fmt.Sprintf("model %q, prompt %q, usage %v, want all", a.Model, a.Prompt, a.Usage)
	}
	for _, s := range a.Sentences {
		if len(s.Citations) == 0 || !s.Verdict.Stands() {
			return fmt.Sprintf("bullet %+v is shown", s)
		}
	}
	return ""
}

func TestWrittenSummary(t *testing.T) {
	c, b := article()
	plain := ask(t, b, south)
	d := c.Documents.At(0).Direction("south")
	good, west := bulletsOn(t, c, "south", 4), bulletsOn(t, c, "west", 4)
	wrong := func(s [3]string) [3]string {
		return [3]string{"Three hundred and one camels crossed " + s[0], s[1], s[2]}
	}
	for _, test := range []struct {
		name     string
		replies  []reply
		mode     string
		bullets  int
		rejected int
		reason   string
	}{
		{"whole", []reply{{text: says(good...)}}, "llm", 4, 0, ""},
		{"one of another direction", []reply{{text: says(append(slices.Clone(good[:3]), west[0])...)}, {}}, "llm", 3, 1, ""},
		{"all of another direction", []reply{{text: says(west...)}, {}}, "keyword", len(plain.Sentences), 4, "support no sentence"},
		{"one invented, then mended", []reply{{text: says(good[0], good[1], wrong(good[2]))}, {text: says(good[2])}}, "llm", 3, 1, ""},
		{"one invented, and not mended", []reply{{text: says(good[0], good[1], wrong(good[2]))}, {text: says(wrong(good[2]))}}, "keyword", len(plain.Sentences), 2, "too few"},
		{"repeated", []reply{{text: says(good[0], good[0], good[0], good[0])}}, "keyword", len(plain.Sentences), 3, "too few"},
		{"garbage", []reply{{text: "\xff{{{"}}, "keyword", len(plain.Sentences), 0, "support no sentence"},
		{"a refusal to answer", []reply{{text: `{"answerable":false,"sentences":[]}`}}, "keyword", len(plain.Sentences), 0, "found no answer"},
		{"an error", []reply{{err: errors.New("500")}}, "keyword", len(plain.Sentences), 0, "could not be asked"},
		{"killed in the middle", []reply{{text: says(good[:3]...)[:400], err: errors.New("reset")}}, "keyword", len(plain.Sentences), 0, "could not be asked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &scripted{replies: test.replies}
			m := b.WithWriter(w, Writing{})
			var told []Answer
			a, err := m.AskTelling(t.Context(), south, func(a Answer) { told = append(told, a) })
			if err != nil {
				t.Fatal(err)
			}
			if a.Mode != test.mode || len(a.Sentences) != test.bullets || len(a.Rejected) != test.rejected || !strings.Contains(strings.Join(a.Reasons, " "), test.reason) {
				t.Errorf("Ask = %s with %d bullets, rejected %+v, reasons %q; want %s, %d, %d, %q", a.Mode, len(a.Sentences), a.Rejected, a.Reasons, test.mode, test.bullets, test.rejected, test.reason)
			}
			if f := faultOfWritten(d, a); a.Mode == "llm" && f != "" {
				t.Error(f)
			}
			if a.Mode == "keyword" && (a.Text != plain.Text || *a.Direction != *plain.Direction) {
				t.Errorf("Ask = %q, want the keyword summary %q", a.Text, plain.Text)
			}
			for i, a := range told {
				if a.Mode != "llm" || a.Kind != KindSummary || len(a.Sentences) != i+1 || a.Direction.Used == 0 || !strings.Contains(a.Text, "\n• ") {
					t.Errorf("told %+v, want a summary of %d bullets", a, i+1)
				}
			}
			calls := len(w.prompts)
			again, err := m.Ask(t.Context(), south)
			if err != nil || again.Reused != (test.mode == "llm") || (len(w.prompts) > calls) == again.Reused {
				t.Errorf("Ask once more = %s, reused %v after %d calls, %v; want only a model's summary kept", again.Mode, again.Reused, len(w.prompts)-calls, err)
			}
			if again.Reused && (again.Text != a.Text || again.Mode != "llm" || again.Model != a.Model || again.Prompt != a.Prompt || again.Usage.Prompt != 0 || again.Rejected != nil) {
				t.Errorf("Ask once more = %+v, want the same, at no cost", again)
			}
		})
	}
}

// TestWrittenSummaryOffers: a model is given the direction's passages alone, and of
// those that are about it in a sentence that sentence.
func TestWrittenSummaryOffers(t *testing.T) {
	c, b := article()
	for _, d := range c.Documents.At(0).Directions {
		w := &scripted{}
		a, err := b.WithWriter(w, Writing{}).Ask(t.Context(), Question{Kind: KindSummary, Text: d.ID, Language: "ja"})
		if err != nil || a.Mode != "keyword" || len(w.prompts) != 1 {
			t.Fatalf("Ask(summary %s) = %s, %v after %d calls, want the keyword summary after one", d.ID, a.Mode, err, len(w.prompts))
		}
		if !strings.Contains(w.prompts[0].User, "\n"+d.Names["en"]+"\n") {
			t.Errorf("%s: the model is asked %q, want the direction by its English name", d.ID, w.prompts[0].User)
		}
		for _, p := range c.Passages.All() {
			for i := range p.Sentences {
				on := slices.ContainsFunc(d.Passages, func(e corpus.Extract) bool {
					return e.Passage == p && (e.Sentence < 0 || e.Sentence == i)
				})
				if p.Kind == corpus.Paragraph && len(p.SentenceText(i)) > 40 && strings.Contains(w.prompts[0].System, p.SentenceText(i)) != on {
					t.Errorf("%s: sentence %d of %s is offered: %v, want %v", d.ID, i, p.ID, !on, on)
				}
			}
		}
	}
	w := &scripted{}
	if a, err := b.WithWriter(w, Writing{Budget: 1}).Ask(t.Context(), south); err != nil || len(w.prompts) != 0 || a.Mode != "keyword" {
		t.Errorf("Ask with room for no passage = %s, %v after %d calls, want the keyword summary after none", a.Mode, err, len(w.prompts))
	}
}

// TestWrittenSummaryTranslated: a summary is kept with its translations, and not kept
// without those that could not be had.
func TestWrittenSummaryTranslated(t *testing.T) {
	c, b := article()
	good := bulletsOn(t, c, "south", 3)
	q := Question{Kind: KindSummary, Text: "south", Language: "ja"}
	w := &scripted{piece: 200, replies: []reply{{text: says(good...)}, {err: errors.New("500")}, {text: says(good...)}, {text: inJapanese(figuredAs(good[0][0]))}}}
	m := b.WithWriter(w, Writing{})
	for i, want := range []struct{ calls, translated int }{{2, 0}, {4, 1}, {4, 1}} {
		a, err := m.Ask(t.Context(), q)
		if err != nil || a.Mode != "llm" || len(w.prompts) != want.calls || (a.Translated != nil) != (want.translated > 0) || (a.Sentences[0].Translation != "") != (want.translated > 0) {
			t.Errorf("Ask number %d = %s, %v after %d calls, translated %+v; want %+v; rejected %+v", i+1, a.Mode, err, len(w.prompts), a.Translated, want, a.Rejected)
		}
		if !strings.HasPrefix(a.Text, "南 (") {
			t.Errorf("Ask number %d = %q, want the direction's Japanese name", i+1, a.Text)
		}
	}
}

// held is a model whose reply waits until it is let go.
type held struct {
	calls, ended atomic.Int32
	free         chan struct{}
	text         string
}

func (h *held) Tokens(text string) int { return len(text) / 4 }

func (h *held) Write(ctx context.Context, _ prompts.Prompt, each func(string) error) (Usage, error) {
	h.calls.Add(1)
	defer h.ended.Add(1)
	half := len(h.text) / 2
	if err := each(h.text[:half]); err != nil {
		return Usage{}, err
	}
	select {
	case <-h.free:
	case <-ctx.Done():
		return Usage{}, ctx.Err()
	}
	return Usage{Model: "held", Prompt: 100}, each(h.text[half:])
}

// TestWrittenSummaryOnce: however many ask for a summary, it is written once; who
// leaves does not end it for the others.
func TestWrittenSummaryOnce(t *testing.T) {
	c, b := article()
	good := bulletsOn(t, c, "south", 4)
	synctest.Test(t, func(t *testing.T) {
		h := &held{free: make(chan struct{}), text: says(good...)}
		m := b.WithWriter(h, Writing{})
		first, leave := context.WithCancel(t.Context())
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		answers, errs := make([]Answer, 12), make([]error, 12)
		var told atomic.Int32
		for i := range answers {
			ctx := t.Context()
			switch i {
			case 0:
				ctx = first
			case 1:
				ctx = soon
			}
			all.Go(func() {
				answers[i], errs[i] = m.AskTelling(ctx, south, func(Answer) { told.Add(1) })
			})
			synctest.Wait()
		}
		leave()
		synctest.Wait()
		if !errors.Is(errs[0], context.Canceled) {
			t.Errorf("Ask, cancelled = %v, want %v", errs[0], context.Canceled)
		}
		<-time.After(2 * time.Second)
		synctest.Wait()
		if a := answers[1]; errs[1] != nil || a.Mode != "keyword" || !strings.Contains(strings.Join(a.Reasons, " "), "in time") {
			t.Errorf("Ask with a second's time = %s %q, %v, want the keyword summary", a.Mode, a.Reasons, errs[1])
		}
		close(h.free)
		all.Wait()
		cost := 0
		for i, a := range answers[2:] {
			if errs[i+2] != nil || a.Mode != "llm" || len(a.Sentences) != 4 {
				t.Fatalf("Ask number %d = %s with %d bullets, %v", i+2, a.Mode, len(a.Sentences), errs[i+2])
			}
			if cost += a.Usage.Prompt; (a.Usage.Prompt == 0) != a.Reused {
				t.Errorf("Ask number %d took %+v, reused %v", i+2, a.Usage, a.Reused)
			}
		}
		if h.calls.Load() != 1 || cost != 100 || told.Load() < 30 {
			t.Errorf("%d calls, %d tokens counted, %d told; want 1, 100, and each told", h.calls.Load(), cost, told.Load())
		}
	})
}

// TestWrittenSummaryLeft: when all have left, the call ends before the last one goes,
// and the next asker has another made.
func TestWrittenSummaryLeft(t *testing.T) {
	c, b := article()
	good := bulletsOn(t, c, "south", 3)
	synctest.Test(t, func(t *testing.T) {
		h := &held{free: make(chan struct{}), text: says(good...)}
		m := b.WithWriter(h, Writing{})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { _, _ = m.Ask(ctx, south) })
		}
		synctest.Wait()
		cancel()
		all.Wait()
		if h.calls.Load() != 1 || h.ended.Load() != 1 {
			t.Fatalf("%d calls, %d ended, want one ended", h.calls.Load(), h.ended.Load())
		}
		close(h.free)
		if a, err := m.Ask(t.Context(), south); err != nil || a.Mode != "llm" || h.calls.Load() != 2 {
			t.Errorf("Ask = %s, %v after %d calls, want the model's after two", a.Mode, err, h.calls.Load())
		}
	})
}

// TestWrittenSummaryLate: a model that stalls costs the deadline of its part, and no
// more.
func TestWrittenSummaryLate(t *testing.T) {
	_, b := article()
	synctest.Test(t, func(t *testing.T) {
		w := &scripted{replies: []reply{{text: `{"answerable":true,"sentences":[{"te`, err: errStall}}}
		start := time.Now()
		a, err := b.WithWriter(w, Writing{Deadline: 7 * time.Second}).Ask(t.Context(), south)
		if took := time.Since(start); err != nil || a.Mode != "keyword" || took != 7*time.Second || !strings.Contains(strings.Join(a.Reasons, " "), "in time") {
			t.Errorf("Ask = %s %q, %v after %v, want keyword after 7s", a.Mode, a.Reasons, err, took)
		}
	})
}

// TestSummariesBound: what is kept is bounded, and the first goes first.
func TestSummariesBound(t *testing.T) {
	s := summaries{kept: map[summaryKey]Answer{}, flights: map[summaryKey]*flight{}}
	for i := range 3 * mostSummaries {
		s.land(summaryKey{language: fmt.Sprint(i)}, &flight{answer: Answer{Mode: "llm"}}, true)
	}
	if _, last := s.kept[summaryKey{language: fmt.Sprint(3*mostSummaries - 1)}]; len(s.kept) != mostSummaries || len(s.order) != mostSummaries || !last {
		t.Errorf("%d are kept, the last of them %v, want %d with it", len(s.kept), last, mostSummaries)
	}
}
