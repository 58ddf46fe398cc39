package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
)

// meaning is a search by words that also finds, by meaning, the paragraph with certain
// words for certain questions.
type meaning struct {
	Searcher
	corpus *corpus.Corpus
	means  map[string]string // a question to words of a sentence
	down   bool
}

func (m meaning) Search(ctx context.Context, q retrieval.Query) ([]retrieval.Hit, error) {
	hits, err := m.Searcher.Search(ctx, q)
	if err != nil || q.Meaning == "" {
		return hits, err
	}
	if m.down {
		return hits, fmt.Errorf("%w: nobody answers", retrieval.ErrWordsOnly)
	}
	for i := range hits {
		hits[i].Meaning = 1
	}
	for _, p := range m.corpus.Passages.All() {
		words := m.means[q.Meaning]
		if words == "" || p.Kind != corpus.Paragraph || !strings.Contains(p.Text, words) {
			continue
		}
		own := retrieval.Hit{Passage: p, Meaning: 5}
		if i := slices.IndexFunc(hits, func(h retrieval.Hit) bool { return h.Passage == p }); i >= 0 {
			own = hits[i]
			own.Meaning, hits = 5, slices.Delete(hits, i, i+1)
		}
		for k := range p.Sentences {
			own.Sentences = append(own.Sentences, 0)
			if strings.Contains(p.SentenceText(k), words) {
				own.Sentences[k] = 5
			}
		}
		hits = append([]retrieval.Hit{own}, hits...)
	}
	return hits[:min(max(q.Limit, 1), len(hits))], nil
}

// German asks what troops asks, without the name.
const (
	german     = "Wieviele Soldaten umfasst jene Eingreiftruppe?"
	japanese   = "即応部隊の兵力はどれほどですか"
	troopWords = "up to 40,000 troops"
)

func meaningBot() (*corpus.Corpus, *Bot, *meaning) {
	c, b := article()
	m := &meaning{Searcher: b.search, corpus: c, means: map[string]string{german: troopWords, troops: troopWords}}
	return c, New(c, m, Shipped()), m
}

func TestMeaningDown(t *testing.T) {
	_, b, m := meaningBot()
	_, words := article()
	m.down = true
	for _, question := range []string{troops, "Who won the football match on Friday?"} {
		got, want := ask(t, b, Question{Text: question}), ask(t, words, Question{Text: question})
		if len(got.Reasons) != 1 || got.Reasons[0] != spoken["en"].byWords {
			t.Errorf("Ask(%q) without what finds by meaning has the reasons %q, want that it was found by words", question, got.Reasons)
		}
		if got.Text != want.Text || got.Confidence != want.Confidence || got.Threshold != want.Threshold {
			t.Errorf("Ask(%q) without what finds by meaning = %q, %v, want the answer by words, %q, %v", question, got.Text, got.Confidence, want.Text, want.Confidence)
		}
	}
	m.down = false
	if got := ask(t, b, Question{Text: troops}); got.Reasons != nil || !strings.Contains(got.Text, troopWords) {
		t.Errorf("Ask(%q) by meaning = %q for %q, want the troops without a reason", troops, got.Text, got.Reasons)
	}
	m.down = true
	if got := ask(t, b, Question{Text: japanese}); len(got.Reasons) != 1 || got.Reasons[0] != spoken["ja"].byWords {
		t.Errorf("Ask(%q) has the reasons %q, want them in Japanese", japanese, got.Reasons)
	}
}

// TestOtherTongue asks what shares no word with the material.
func TestOtherTongue(t *testing.T) {
	c, b, _ := meaningBot()
	got := ask(t, b, Question{Text: german})
	id, _ := sentenceWith(t, c, troopWords)
	if got.Status != Abstained || got.Text != spoken["en"].abstainMeaning || got.Confidence >= got.Threshold {
		t.Errorf("Ask(%q) = %s, %q, %v, want an abstention that says that only the meaning was found", german, got.Status, got.Text, got.Confidence)
	}
	if len(got.Nearest) == 0 || got.Nearest[0].ID != id || !strings.Contains(got.Nearest[0].Text, troopWords) {
		t.Errorf("Ask(%q) shows %v as nearest, want the sentence with the troops", german, got.Nearest)
	}
	_, words := article()
	if got := ask(t, words, Question{Text: german}); got.Status != Abstained || got.Text == spoken["en"].abstainMeaning {
		t.Errorf("Ask(%q) by words = %s, %q, want an abstention for lack of words", german, got.Status, got.Text)
	}
}

func TestOtherTongueWithModel(t *testing.T) {
	c, b, _ := meaningBot()
	id, sentence := sentenceWith(t, c, troopWords)
	for name, test := range map[string]struct {
		replies []reply
		mode    string
		status  Status
	}{
		"an answer":  {[]reply{{text: says([3]string{sentence, id, sentence})}}, "llm", Answered},
		"none":       {[]reply{{text: `{"answerable":false,"sentences":[]}`}}, "keyword", Abstained},
		"an untruth": {[]reply{{text: says([3]string{"The force comprises 90,000 soldiers of Peru.", id, ""})}}, "keyword", Abstained},
		"no model":   {nil, "keyword", Abstained},
	} {
		w := &scripted{replies: test.replies}
		var told []Answer
		a, err := b.WithWriter(w, Writing{}).AskTelling(t.Context(), Question{Text: german}, func(a Answer) { told = append(told, a) })
		if err != nil || a.Mode != test.mode || a.Status != test.status {
			t.Errorf("%s: Ask(%q) = %s by %s, %v, want %s by %s", name, german, a.Status, a.Mode, err, test.status, test.mode)
		}
		verify(t, a)
		if len(w.prompts) == 0 || !strings.Contains(w.prompts[0].User+w.prompts[0].System, troopWords) {
			t.Errorf("%s: the model was not given the passage that the meaning found", name)
		}
		for _, so := range told {
			if so.Status != Answered || so.Mode != "llm" {
				t.Errorf("%s: told %s by %s, want only what stands", name, so.Status, so.Mode)
			}
		}
		switch {
		case test.status == Answered && (!slices.Contains(a.Reasons, spoken["en"].byMeaning) || a.Confidence >= a.Threshold || a.Nearest != nil || a.Missing != nil):
			t.Errorf("%s: %q with the confidence %v, nearest %v, want it to say that no words were found", name, a.Reasons, a.Confidence, a.Nearest)
		case test.status == Abstained && (a.Text != spoken["en"].abstainMeaning || len(a.Nearest) == 0 || a.Model != "scripted"):
			t.Errorf("%s: %q, nearest %v, asked %q, want the abstention, and whom was asked", name, a.Text, a.Nearest, a.Model)
		}
	}
	w := &scripted{}
	if a := ask(t, b.WithWriter(w, Writing{}), Question{Text: "Who won the football match on Friday?"}); a.Status != Abstained || len(w.prompts) > 0 {
		t.Errorf("a question that shares words was put to the model: %s after %d prompts", a.Status, len(w.prompts))
	}
}
