package bot

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"footnote/bot/cite"
	"footnote/corpus"
)

// questions are many questions of every kind: those of the scripts, every sentence
// of the article as a question and as a claim, and salads of the article's words
// with others.
func questions(t *testing.T) []Question {
	t.Helper()
	c, b := article()
	var out []Question
	for _, text := range scripts(t) {
		play(t, b, script(text), func(l line, q Question, _ Answer, _ error) {
			if q.Text != "" {
				out = append(out, q)
			}
		})
	}
	var words []string
	for _, p := range c.Passages.All() {
		for i := range p.Sentences {
			text := p.SentenceText(i)
			words = append(words, strings.Fields(text)...)
			out = append(out, Question{Text: text}, Question{Text: text, Kind: KindCheck})
		}
	}
	words = append(words, "who", "when", "where", "why", "how", "many", "what", "which", "not", "?", "ramen", "FIFA", "1999", "7", "[7]", "¶5", "北極圏", "なぜ", "ミサイル防衛", "ですか", "café", "naïve", "👍", "\u202e", "<b>")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		salad := make([]string, 1+r.IntN(12))
		for k := range salad {
			salad[k] = words[r.IntN(len(words))]
		}
		kind := []Kind{KindAny, KindAsk, KindCheck, KindCite}[i%4]
		out = append(out, Question{Text: strings.Join(salad, " "), Kind: kind})
	}
	return out
}

// fault says what an answer does not keep of what every answer promises, or "".
func fault(c *corpus.Corpus, a Answer) string {
	texts := make(map[string]string)
	for _, list := range [][]Citation{a.Citations, a.Nearest} {
		for _, x := range list {
			p := c.Passage(x.ID)
			switch {
			case p == nil:
				return "citation of " + x.ID + ", which there is not"
			case p.Label != x.Label || p.Document.ID != x.Document:
				return "citation of " + x.ID + " with another's label or document"
			case x.Start < 0 || x.End <= x.Start || x.End > len(p.Document.Source):
				return "citation without a quote"
			case x.Quote != p.Document.Source[x.Start:x.End]:
				return "quote that is not source[start:end]"
			case !strings.Contains(p.Text, x.Text):
				return "citation whose text is not in its passage"
			}
			texts[x.ID] = p.Text
			for _, n := range x.Notes {
				if q := c.Passage(n.ID); q == nil || q.Text != n.Text || q.Label != n.Label {
					return "note " + n.ID + " that is not the document's"
				}
			}
		}
	}
	for _, s := range a.Sentences {
		if len(s.Citations) == 0 && s.Verdict != Unsupported { // of a text that is checked
			return "sentence without a citation: " + s.Text
		}
		for _, id := range s.Citations {
			if _, ok := texts[id]; !ok {
				return "sentence with a citation that the answer does not have: " + id
			}
			text := strings.TrimSuffix(strings.TrimPrefix(s.Text, "… "), " …")
			verbatim := strings.Contains(texts[id], text)
			if a.Kind == KindCheck { // the asker's own typing
				verbatim = cite.Verbatim(claimOf(text), texts[id])
			}
			if s.Verdict == Quoted && !verbatim {
				return "quoted sentence that is not in " + id + ": " + s.Text
			}
		}
	}
	return faultOfStatus(a)
}

// faultOfStatus looks at how the parts of an answer go together.
func faultOfStatus(a Answer) string {
	// NaN fails either comparison.
	if !(a.Confidence >= 0 && a.Confidence <= 1) || !(a.Threshold >= 0 && a.Threshold <= 1) || !(a.Timing.Retrieve >= 0) || !(a.Timing.Write >= 0) {
		return "figure outside 0 to 1"
	}
	if (a.Status == Answered || a.Status == Found) && (a.Kind != KindCheck || len(a.Sentences) == 1) {
		for i, s := range a.Sentences {
			if mark := "[" + a.Citations[i].Label + "]"; !strings.Contains(a.Text, mark) || a.Kind != KindCheck && !strings.Contains(a.Text, s.Text+" "+mark) {
				return "text without the sentence and its mark: " + s.Text
			}
		}
	}
	switch {
	case a.Text == "":
		return "no text"
	case len(a.Nearest) > 2:
		return "more than two nearest passages"
	case a.Sentences == nil || a.Citations == nil:
		return "null in place of an empty list"
	case a.Mode != "keyword" || a.Material.Version == "" || a.Material.Documents != 1:
		return "no mode or material"
	case a.Status == Answered && len(a.Sentences) == 0:
		return "answered without a sentence"
	case a.Status == NotFound && len(a.Sentences) > 0 && a.Kind != KindCheck:
		return "not found, with a sentence"
	}
	if a.Kind == KindAsk && a.Threshold > 0 {
		if want := map[bool]Status{true: Answered, false: Abstained}[a.Confidence >= a.Threshold]; a.Status != want {
			return "status " + string(a.Status) + " with a confidence that says " + string(want)
		}
		if n := sentencesOf(a); n > maxSentences {
			return "more than three sentences of the source"
		}
	}
	return ""
}

// sentencesOf counts the sentences of the source that an answer shows.
func sentencesOf(a Answer) int {
	c, _ := article()
	n := 0
	for _, x := range a.Citations {
		p := c.Passage(x.ID)
		for i := range p.Sentences {
			if from, to := p.Span(p.Sentences[i].Start, p.Sentences[i].End); from < x.End && x.Start < to {
				n++
			}
		}
	}
	return n
}

func TestInvariants(t *testing.T) {
	c, b := article()
	asked, answered := 0, 0
	for _, q := range questions(t) {
		a, err := b.Ask(t.Context(), q)
		var p *Problem
		if errors.As(err, &p) {
			continue
		}
		if err != nil {
			t.Errorf("Ask(%s %q) = %v, want an answer", q.Kind, q.Text, err)
			continue
		}
		asked++
		if a.Status == Answered {
			answered++
		}
		if f := fault(c, a); f != "" {
			t.Errorf("Ask(%s %q) = %s %q: %s", q.Kind, q.Text, a.Status, a.Text, f)
		}
		if a.Question != strings.TrimSpace(q.Text) {
			t.Errorf("Ask(%q).Question = %q, want it as asked", q.Text, a.Question)
		}
	}
	if asked < 600 || answered < 100 || answered == asked {
		t.Errorf("%d of %d questions answered, want many and not all: these prove little", answered, asked)
	}
}

// TestAskOwnSentence asks the article's sentences back. A claim in its own words is
// quoted, wherever it stands.
func TestAskOwnSentence(t *testing.T) {
	c, b := article()
	for _, p := range c.Passages.All() {
		if p.Kind == corpus.Chart {
			continue
		}
		for i := range p.Sentences {
			text := p.SentenceText(i)
			a := ask(t, b, Question{Text: text, Kind: KindCheck})
			if a.Verdict != Quoted || len(a.Citations) != 1 || a.Citations[0].ID != p.ID || a.Confidence != 1 {
				t.Errorf("Ask(check %q) = %s %v, confidence %v, want quoted from %s", text, a.Verdict, a.Citations, a.Confidence, p.ID)
			}
			from, to := p.Span(p.Sentences[i].Start, p.Sentences[i].End)
			pasted := ask(t, b, Question{Text: strings.Join(strings.Fields(p.Document.Source[from:to]), " "), Kind: KindCheck})
			if pasted.Verdict != Quoted {
				t.Errorf("Ask(check %q) = %s, want quoted: it was copied from the source", pasted.Question, pasted.Verdict)
			}
			if p.Kind == corpus.Paragraph && len(strings.Fields(text)) > 5 && !strings.HasSuffix(text, "?") {
				a := ask(t, b, Question{Text: text, Kind: KindAsk})
				if a.Status != Answered || !slices.ContainsFunc(a.Citations, func(x Citation) bool { return x.ID == p.ID && strings.Contains(x.Text, text[len(text)/2:]) }) {
					t.Errorf("Ask(%q) = %s %q, want the sentence itself", text, a.Status, a.Text)
				}
			}
		}
	}
}

// bytesOf returns an answer's JSON without its timing.
func bytesOf(t *testing.T, a Answer) string {
	t.Helper()
	a.Timing = Timing{}
	data, err := json.Marshal(a) // fails on NaN
	if err != nil {
		t.Fatalf("Marshal(answer to %q) = %v", a.Question, err)
	}
	return string(data)
}

// TestSameAnswer asks everything twice, forwards and backwards and by several
// goroutines at once, of this bot and of another made alike.
func TestSameAnswer(t *testing.T) {
	c, b := article()
	all := questions(t)
	var qs []Question
	for i := 0; i < len(all); i += 3 { // so that it stays quick under the race detector
		qs = append(qs, all[i])
	}
	want := make([]string, len(qs))
	for i, q := range qs {
		if a, err := b.Ask(t.Context(), q); err == nil {
			want[i] = bytesOf(t, a)
		}
	}
	other := New(c, b.search, Shipped())
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			who := []*Bot{b, other}[g%2]
			for k := range qs {
				i := (k + g*len(qs)/4) % len(qs)
				if g >= 2 {
					i = len(qs) - 1 - i
				}
				a, err := who.Ask(t.Context(), qs[i])
				if err != nil {
					if want[i] != "" {
						t.Errorf("Ask(%q) = %v, want the answer it had before", qs[i].Text, err)
					}
					continue
				}
				a.Timing = Timing{}
				data, err := json.Marshal(a)
				if err != nil || string(data) != want[i] {
					t.Errorf("Ask(%q) = %s, %v, want %s", qs[i].Text, data, err, want[i])
				}
			}
		})
	}
	wg.Wait()
}

// TestAskKeepsQuestion holds Ask to leaving what it was given alone.
func TestAskKeepsQuestion(t *testing.T) {
	_, b := article()
	before := []Turn{{Question{Text: "What is the NSDS-Hub?"}, ask(t, b, Question{Text: "What is the NSDS-Hub?"})}}
	q := Question{ID: "q1", Text: " and when? ", Asker: "U1", Conversation: "C1", Before: before}
	kept := q
	kept.Before = slices.Clone(before)
	a := ask(t, b, q)
	if !reflect.DeepEqual(q, kept) {
		t.Errorf("Ask changed its question to %v, want %v", q, kept)
	}
	if a.ID != "q1" || a.Question != "and when?" || a.Understood == "" {
		t.Errorf("Ask(%q) has id %q, question %q, understood %q, want q1, the text, and how it was understood", q.Text, a.ID, a.Question, a.Understood)
	}
}
