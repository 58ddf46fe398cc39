package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot/cite"
	"footnote/corpus"
	"footnote/prompts"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
)

// scripted is a model that says what it is told to, one reply a call, in pieces.
type scripted struct {
	replies []reply
	prompts []prompts.Prompt
	piece   int // bytes
}

// reply is a text, and the error it ends with.
type reply struct {
	text string
	err  error
}

func (s *scripted) Tokens(text string) int { return len(text) / 4 }

func (s *scripted) Write(ctx context.Context, p prompts.Prompt, each func(string) error) (Usage, error) {
	s.prompts = append(s.prompts, p)
	u := Usage{Model: "scripted", Prompt: 100, Completion: 10}
	if len(s.replies) == 0 {
		return u, errors.New("nobody answers")
	}
	r := s.replies[0]
	s.replies = s.replies[1:]
	n := s.piece
	if n == 0 {
		n = 7
	}
	for text := r.text; text != ""; {
		k := min(n, len(text))
		if err := each(text[:k]); err != nil {
			return u, fmt.Errorf("write: %w", err)
		}
		text = text[k:]
	}
	if errors.Is(r.err, errStall) {
		<-ctx.Done()
		return u, ctx.Err()
	}
	return u, r.err
}

var errStall = errors.New("stall")

// says returns the reply of a model that behaves; each sentence comes with an id
// and a quote.
func says(sentences ...[3]string) string {
	var ds []draft
	for _, s := range sentences {
		ds = append(ds, draft{s[0], []mark{{s[1], s[2]}}})
	}
	data, err := json.Marshal(map[string]any{"answerable": true, "sentences": ds})
	if err != nil {
		panic(err)
	}
	return string(data)
}

// troops is what the tests ask.
const troops = "How many troops does the NATO Response Force comprise?"

// sentenceWith returns the first sentence that has words, and its passage.
func sentenceWith(t *testing.T, c *corpus.Corpus, words string) (id, sentence string) {
	t.Helper()
	for _, p := range c.Passages.All() {
		if p.Kind != corpus.Paragraph {
			continue
		}
		for i := range p.Sentences {
			if strings.Contains(p.SentenceText(i), words) {
				return p.ID, p.SentenceText(i)
			}
		}
	}
	t.Fatalf("no passage has %q", words)
	return "", ""
}

// askModel asks with a writer, and verifies what is shown.
func askModel(t *testing.T, w *scripted, question string) Answer {
	t.Helper()
	_, b := article()
	a, err := b.WithWriter(w, Writing{Deadline: 5 * time.Second}).Ask(t.Context(), Question{Text: question})
	if err != nil {
		t.Fatal(err)
	}
	verify(t, a)
	return a
}

// verify holds a shown answer to the promise: every sentence is supported by each
// passage it cites, and the quotes are the source's bytes.
func verify(t *testing.T, a Answer) {
	t.Helper()
	c, b := article()
	if a.Status != Answered || a.Kind != KindAsk {
		return
	}
	if len(a.Sentences) == 0 || len(a.Sentences) > maxSentences {
		t.Errorf("%q: %d sentences", a.Question, len(a.Sentences))
	}
	for _, q := range a.Citations {
		if d := c.Document(q.Document); d.Source[q.Start:q.End] != q.Quote || q.Quote == "" {
			t.Errorf("%q: quote %q is not source[%d:%d]", a.Question, q.Quote, q.Start, q.End)
		}
	}
	for _, s := range a.Sentences {
		if len(s.Citations) == 0 || s.Verdict != Quoted && s.Verdict != Supported {
			t.Errorf("%q: sentence %+v is shown", a.Question, s)
		}
		var sources []cite.Source
		for _, id := range s.Citations {
			if !slices.ContainsFunc(a.Citations, func(q Citation) bool { return q.ID == id }) {
				t.Errorf("%q: sentence %q cites %s, which is not among the citations", a.Question, s.Text, id)
			}
			p := c.Passage(id)
			sources = append(sources, cite.Source{ID: id, Title: p.Document.Title + ". " + p.Heading(), Text: p.Text})
		}
		text := strings.TrimSuffix(strings.TrimPrefix(s.Text, "… "), " …")
		if v := cite.New(analysis.New(), b.search.Rarity).Support(text, sources).Verdict; !v.Stands() && a.Mode == "llm" {
			t.Errorf("%q: sentence %q is %s and shown", a.Question, s.Text, v)
		}
		if a.Mode == "llm" && (pings.MatchString(s.Text) || links.MatchString(s.Text)) {
			t.Errorf("%q: sentence %q has a link or a ping", a.Question, s.Text)
		}
	}
}

func TestWritten(t *testing.T) {
	c, b := article()
	plain, err := b.Ask(t.Context(), Question{Text: troops})
	if err != nil || plain.Status != Answered {
		t.Fatalf("Ask(%q) = %+v, %v", troops, plain, err)
	}
	// The words of the keyword answer are true and to the point.
	sentence, id := plain.Sentences[0].Text, plain.Sentences[0].Citations[0]
	_, other := sentenceWith(t, c, "Arctic")
	good := says([3]string{sentence, id, sentence})
	changed := strings.NewReplacer("50,000", "70,000", "40,000", "70,000").Replace(sentence)
	wrong := "nato-360#p1"
	for _, test := range []struct {
		name     string
		replies  []reply
		mode     string
		calls    int
		rejected int
		reason   string
	}{
		{"quoted", []reply{{text: good}}, "llm", 1, 0, ""},
		{"fenced, with talk", []reply{{text: "Sure! Here it is:\n```json\n" + good + "\n```\nHope this helps."}}, "llm", 1, 0, ""},
		{"without the object around", []reply{{text: "[{\"text\":" + quoteJSON(sentence) + ",\"citations\":[\"" + id + "\"]}]"}}, "llm", 1, 0, ""},
		{"plain text with marks", []reply{{text: sentence + " [¶" + numberOf(id) + "]"}}, "llm", 1, 0, ""},
		{"plain text, the mark before the stop", []reply{{text: strings.TrimSuffix(sentence, ".") + " [" + id + "]."}}, "llm", 1, 0, ""},
		{"thinking first", []reply{{text: "<think>The Moon has 3 troops [¶1]. Ok.</think>" + sentence + " [¶" + numberOf(id) + "]"}}, "llm", 1, 0, ""},
		{"a mark that was not offered", []reply{{text: says([3]string{sentence, "nato-360#p99", ""})}}, "llm", 1, 0, ""},
		{"a mark to the wrong passage", []reply{{text: says([3]string{sentence, wrong, ""})}}, "llm", 1, 0, ""},
		{"a quote with a letter changed", []reply{{text: says([3]string{sentence, id, strings.Replace(sentence, "e", "a", 1)})}}, "llm", 1, 0, ""},
		{"leftovers", []reply{{text: says([3]string{"- **" + strings.TrimSuffix(sentence, ".") + "** [1]【4†source】 turn0search3.", id, ""})}}, "llm", 1, 0, ""},
		{"cut behind a sentence", []reply{{text: strings.TrimSuffix(good, "]}")}}, "llm", 1, 0, ""},
		{"cut in a sentence", []reply{{text: good[:len(good)/2]}}, "keyword", 1, 0, "support no sentence"},
		{"a number changed", []reply{{text: says([3]string{changed, id, sentence})}, {text: `{}`}}, "keyword", 2, 1, "support no sentence"},
		{"a number changed, then mended", []reply{{text: says([3]string{changed, id, sentence})}, {text: good}}, "llm", 2, 1, ""},
		{"one of two", []reply{{text: says([3]string{sentence, id, ""}, [3]string{changed, id, ""})}, {err: errors.New("gone")}}, "llm", 2, 1, ""},
		{"a link", []reply{{text: says([3]string{strings.TrimSuffix(sentence, ".") + " https://evil.example/x.", id, ""})}, {}}, "keyword", -1, 1, "support no sentence"},
		{"a ping", []reply{{text: says([3]string{"<@U123> " + sentence, id, ""})}, {}}, "keyword", -1, 1, "support no sentence"},
		{"everyone", []reply{{text: says([3]string{"@everyone " + sentence, id, ""})}, {}}, "keyword", -1, 1, "support no sentence"},
		{"true and beside the point", []reply{{text: says([3]string{other, "", ""})}, {}}, "keyword", -1, 1, "support no sentence"},
		{"broken off", []reply{{text: says([3]string{strings.Join(strings.Fields(sentence)[:20], " ") + "...", id, ""})}, {}}, "keyword", -1, 1, "support no sentence"},
		{"broken off, in one sign", []reply{{text: says([3]string{strings.Join(strings.Fields(sentence)[:20], " ") + " …”", id, ""})}, {}}, "keyword", -1, 1, "support no sentence"},
		{"said twice", []reply{{text: says([3]string{sentence, id, ""}, [3]string{sentence, id, ""})}}, "llm", 1, 1, ""},
		{"no answer", []reply{{text: `{"answerable":false,"sentences":[]}`}}, "keyword", 1, 0, "found no answer"},
		{"a refusal", []reply{{text: "I'm sorry, but I can't help with that."}, {}}, "keyword", -1, 1, "support no sentence"},
		{"an error", []reply{{err: errors.New("500")}}, "keyword", 1, 0, "could not be asked"},
		{"killed behind a sentence", []reply{{text: good[:len(good)-2], err: errors.New("reset")}}, "keyword", 1, 0, "could not be asked"},
		{"nothing", []reply{{}}, "keyword", 1, 0, "support no sentence"},
		{"not UTF-8", []reply{{text: "\xff\xfe{\"sentences\":[{\"text\":\"\xff\"}]}"}}, "keyword", 1, 1, "support no sentence"},
		{"without end", []reply{{text: "{" + strings.Repeat(`"a":[{`, 20_000)}}, "keyword", 1, 0, "support no sentence"},
		{"the same for ever", []reply{{text: strings.Repeat("The alliance has a plan [¶1]. ", 7000)}, {}}, "keyword", -1, 12, "support no sentence"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &scripted{replies: test.replies}
			a := askModel(t, w, troops)
			if a.Status != Answered || a.Mode != test.mode || test.calls >= 0 && len(w.prompts) != test.calls || len(a.Rejected) != test.rejected {
				t.Errorf("Ask = %s by %s after %d calls, %d rejected: %s %+v; want mode %s, calls %d, rejected %d", a.Status, a.Mode, len(w.prompts), len(a.Rejected), a.Text, a.Rejected, test.mode, test.calls, test.rejected)
			}
			if !strings.Contains(strings.Join(a.Reasons, " "), test.reason) || test.reason == "" && a.Reasons != nil {
				t.Errorf("Reasons = %q, want %q", a.Reasons, test.reason)
			}
			if a.Mode == "keyword" && a.Text != plain.Text {
				t.Errorf("answer = %q, want the keyword writer's %q", a.Text, plain.Text)
			}
			if a.Mode == "llm" && (a.Sentences[0].Text != sentence || a.Sentences[0].Citations[0] != id || a.Citations[0].ID != id) {
				t.Errorf("sentence = %+v, want %q [%s]", a.Sentences[0], sentence, id)
			}
			if a.Prompt == "" || a.Usage == nil || a.Usage.Prompt != 100*len(w.prompts) {
				t.Errorf("prompt %q, usage %+v, want both", a.Prompt, a.Usage)
			}
		})
	}
}

func quoteJSON(s string) string {
	data, _ := json.Marshal(s) // a string
	return string(data)
}

func numberOf(id string) string { return id[strings.LastIndex(id, "p")+1:] }

// TestWrittenSlow has a model stall in the middle of its answer.
func TestWrittenSlow(t *testing.T) {
	_, b := article()
	w := &scripted{replies: []reply{{text: `{"answerable":true,"sentences":[{"text":"The`, err: errStall}}}
	start := time.Now()
	a, err := b.WithWriter(w, Writing{Deadline: 50 * time.Millisecond}).Ask(t.Context(), Question{Text: troops})
	if err != nil || a.Mode != "keyword" || !strings.Contains(strings.Join(a.Reasons, " "), "in time") || time.Since(start) > 5*time.Second {
		t.Errorf("Ask = %s %q, %v after %v, want keyword, not in time", a.Mode, a.Reasons, err, time.Since(start))
	}
	ctx, cancel := context.WithCancel(t.Context())
	w = &scripted{replies: []reply{{err: errStall}}}
	cancel()
	if _, err := b.WithWriter(w, Writing{}).Ask(ctx, Question{Text: troops}); !errors.Is(err, context.Canceled) {
		t.Errorf("Ask, cancelled = %v, want %v", err, context.Canceled)
	}
}

// TestWrittenAsksNobody holds what needs no model, or has no answer, to sending
// nothing.
func TestWrittenAsksNobody(t *testing.T) {
	for _, q := range []string{"What is the capital of Peru?", "¶5", "note 7", "sources", "summary", "check NATO has 50,000 troops.", "How do I bake bread?", "help"} {
		w := &scripted{}
		a := askModel(t, w, q)
		if len(w.prompts) > 0 || a.Mode != "keyword" || a.Prompt != "" {
			t.Errorf("Ask(%q) = %s by %s after %d calls, want none", q, a.Status, a.Mode, len(w.prompts))
		}
	}
}

// TestWrittenPrefix compares what a server can keep between questions, and counts
// what is offered: everything, in order.
func TestWrittenPrefix(t *testing.T) {
	c, _ := article()
	w := &scripted{}
	for _, q := range []string{troops, "When was the NSDS-Hub established?", "What is NATO doing in the North?"} {
		askModel(t, w, q)
	}
	if len(w.prompts) != 3 {
		t.Fatalf("%d calls, want 3", len(w.prompts))
	}
	at := -1
	for _, p := range w.prompts {
		if p.System != w.prompts[0].System || p.User == w.prompts[1].User && p.User == w.prompts[0].User {
			t.Errorf("prompt of %q differs before the question", p.User)
		}
	}
	for _, p := range c.Passages.All() {
		if p.Kind == corpus.Paragraph {
			next := strings.Index(w.prompts[0].System, p.Text)
			if next <= at {
				t.Errorf("%s stands at %d, want it behind %d", p.Label, next, at)
			}
			at = next
		}
		if p.Kind == corpus.Note && len(p.CitedBy) > 0 && strings.Count(w.prompts[0].System, p.Label+": "+strings.Join(strings.Fields(p.Text), " ")) != 1 {
			t.Errorf("%s does not stand once in the prompt", p.Label)
		}
	}
}

// TestWrittenBudget offers what was found where not all fits.
func TestWrittenBudget(t *testing.T) {
	_, b := article()
	w := &scripted{}
	if _, err := b.WithWriter(w, Writing{Budget: 900}).Ask(t.Context(), Question{Text: troops}); err != nil {
		t.Fatal(err)
	}
	system := w.prompts[0].System
	if n := strings.Count(system, "\n[nato-360#p"); n == 0 || n > 6 || !strings.Contains(system, "50,000") && !strings.Contains(system, "40,000") {
		t.Errorf("%d passages are offered, want a few and the right one among them:\n%s", n, system)
	}
}

// TestWrittenTells follows an answer sentence by sentence: none is told before it is
// complete, and none that does not stand.
func TestWrittenTells(t *testing.T) {
	_, b := article()
	plain, err := b.Ask(t.Context(), Question{Text: troops})
	if err != nil {
		t.Fatal(err)
	}
	s := plain.Sentences[0]
	w := &scripted{piece: 1, replies: []reply{{text: says([3]string{"The Moon has 3 troops.", s.Citations[0], ""}, [3]string{s.Text, s.Citations[0], ""}), err: errors.New("reset")}}}
	var told []Answer
	a, err := b.WithWriter(w, Writing{}).AskTelling(t.Context(), Question{ID: "q1", Text: troops}, func(a Answer) { told = append(told, a) })
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0].Mode != "llm" || told[0].Sentences[0].Text != s.Text || told[0].ID != "q1" || told[0].Question != troops {
		t.Errorf("told %+v, want the one sentence", told)
	}
	if a.Mode != "keyword" || a.Text != plain.Text {
		t.Errorf("Ask = %s %q, want the keyword writer's answer", a.Mode, a.Text)
	}
}

// TestWrittenGarbage is a model that says anything: words of the source in any
// order, its sentences with words exchanged, broken JSON. Whatever is shown is
// supported (askModel verifies it).
func TestWrittenGarbage(t *testing.T) {
	c, _ := article()
	var sentences, words []string
	for _, p := range c.Passages.All() {
		for i := range p.Sentences {
			sentences = append(sentences, p.SentenceText(i))
			words = append(words, strings.Fields(p.SentenceText(i))...)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 6))
	word := func() string { return words[rnd.IntN(len(words))] }
	bad := []string{"@here", "<!channel>", "https://evil.example", "[¶3]", "not", "never", "2031", "\u202e", "\"", "}", "]", "\\", "{\"text\":\"", "System prompt:"}
	shown := 0
	for range 400 {
		var list [][3]string
		for range 1 + rnd.IntN(4) {
			fields := strings.Fields(sentences[rnd.IntN(len(sentences))])
			for range rnd.IntN(3) {
				switch i := rnd.IntN(len(fields)); rnd.IntN(4) {
				case 0:
					fields[i] = word()
				case 1:
					fields[i] = bad[rnd.IntN(len(bad))]
				case 2:
					j := rnd.IntN(len(fields))
					fields[i], fields[j] = fields[j], fields[i]
				case 3:
					fields = slices.Delete(fields, i, min(len(fields), i+1+rnd.IntN(3)))
				}
				if len(fields) == 0 {
					fields = []string{word()}
				}
			}
			list = append(list, [3]string{strings.Join(fields, " "), fmt.Sprintf("nato-360#p%d", rnd.IntN(16)), word() + " " + word()})
		}
		text := says(list...)
		if rnd.IntN(4) == 0 {
			i := rnd.IntN(len(text))
			text = text[:i] + bad[rnd.IntN(len(bad))] + text[i:]
		}
		if rnd.IntN(8) == 0 {
			text = text[:rnd.IntN(len(text))]
		}
		a := askModel(t, &scripted{piece: 1 + rnd.IntN(40), replies: []reply{{text: text}, {text: text}}}, troops)
		if a.Mode == "llm" {
			shown++
		}
	}
	if shown == 0 {
		t.Error("no sentence was shown: the test tries nothing")
	}
	t.Logf("%d of 400 answers have sentences of the model", shown)
}

func TestLocate(t *testing.T) {
	const text = "In NATO’s “Response  Force”, 40,000 troops serve. İstanbul hosts a summit there."
	for _, test := range []struct{ quote, want string }{
		{"NATO's 'response force', 40,000", "NATO’s “Response  Force”, 40,000"},
		{"… 40,000 troops serve.", "40,000 troops serve"},
		{"40,00 troops serve", ""},
		{"0,000 troops serve", ""},
		{"hosts a summit", "hosts a summit"},
		{"a summit", ""}, // too short to say anything
	} {
		start, end, ok := locate(text, test.quote)
		if got := text[start:end]; got != test.want || ok != (test.want != "") {
			t.Errorf("locate(%q) = %q, %v, want %q", test.quote, got, ok, test.want)
		}
	}
}

// BenchmarkWrittenSentence measures the time from the last byte of a sentence to
// its being told.
func BenchmarkWrittenSentence(b *testing.B) {
	_, bot := article()
	plain, err := bot.Ask(b.Context(), Question{Text: troops})
	if err != nil {
		b.Fatal(err)
	}
	in := says([3]string{plain.Sentences[0].Text, "nato-360#p1", "a quote that nobody has"}) // the worst case: every passage is tried
	w := bot.WithWriter(&scripted{}, Writing{})
	r := w.reader()
	defer w.release(r)
	read := w.read(r, Question{Text: troops})
	hits, _, err := w.paragraphs(b.Context(), read.text, "")
	if err != nil {
		b.Fatal(err)
	}
	j := w.judge(wording{r, read, hits}, w.paid)
	for b.Loop() {
		told := 0
		a := &written{
			judge: j, q: Question{Text: troops}, keyword: plain, reply: &replyReader{}, tell: func(Answer) { told++ },
			least: 1, most: maxSentences, shape: inOneText,
		}
		if err := a.reply.read(in, a.add); err != nil || told != 1 {
			b.Fatalf("told %d times, %v", told, err)
		}
	}
}

// TestJapaneseDocument asks over a text whose words overlap: they are pairs.
func TestJapaneseDocument(t *testing.T) {
	b := over(t, map[string]string{"a.txt": "Towers\n\nThe tower in Elmford was built in 1871. 塔は石でできている。\n"})
	if a, err := b.Ask(t.Context(), Question{Text: "When was the tower in Elmford built?"}); err != nil || a.Status != Answered {
		t.Errorf("Ask = %+v, %v, want an answer", a, err)
	}
}

// TestWrittenUnfinished has a reply end at its full length: the sentences that are
// whole by then are shown, and nothing of the one that is not.
func TestWrittenUnfinished(t *testing.T) {
	_, b := article()
	plain, err := b.Ask(t.Context(), Question{Text: troops})
	if err != nil {
		t.Fatal(err)
	}
	s := plain.Sentences[0]
	good := says([3]string{s.Text, s.Citations[0], ""})
	for _, test := range []struct {
		name, text, mode, reason string
	}{
		{"behind a sentence", strings.TrimSuffix(good, "]}") + `,{"text":"And so it`, "llm", ""},
		{"in a sentence", good[:len(good)/2], "keyword", "finished no sentence"},
		{"behind one that does not stand", strings.TrimSuffix(says([3]string{"The Moon has 3 troops.", "", ""}), "]}") + `,{"te`, "keyword", "support no sentence"},
		{"in plain text", s.Text + " [" + s.Citations[0] + "] The Moon has 3.5", "llm", ""},
		{"in plain text, in a mark", s.Text + " [" + s.Citations[0], "keyword", "finished no sentence"},
	} {
		a := askModel(t, &scripted{replies: []reply{{text: test.text, err: fmt.Errorf("write: %w", ErrUnfinished)}, {text: "{}"}}}, troops)
		if a.Mode != test.mode || !strings.Contains(strings.Join(a.Reasons, " "), test.reason) || test.mode == "llm" && (len(a.Sentences) != 1 || a.Sentences[0].Text != s.Text) {
			t.Errorf("%s: Ask = %s %q %q, want %s, %q", test.name, a.Mode, a.Text, a.Reasons, test.mode, test.reason)
		}
	}
}

// TestWhyKeyword holds every reason to a sentence of its own in every language.
func TestWhyKeyword(t *testing.T) {
	for _, language := range languages {
		seen := map[string]error{}
		for _, err := range []error{ErrLate, ErrBusy, ErrSpent, ErrDeclined, ErrTooLong, ErrUnfinished, ErrCut, ErrUnreached, errUnanswerable, errNoneStands, errors.New("500")} {
			s := whyKeyword(fmt.Errorf("write: %w", err), language)
			if other, ok := seen[s]; ok || s == "" || languageOf(s) != language {
				t.Errorf("whyKeyword(%v, %s) = %q, as of %v", err, language, s, other)
			}
			seen[s] = err
		}
	}
	if a, b := whyKeyword(context.DeadlineExceeded, "fr"), whyKeyword(ErrLate, "en"); a != b {
		t.Errorf("whyKeyword(deadline, fr) = %q, want %q", a, b)
	}
}

// small is a model that reads so many tokens, and then says what it is told to.
type small struct {
	scripted
	reads int
	took  []int // tokens of each prompt that it got
}

func (s *small) Write(ctx context.Context, p prompts.Prompt, each func(string) error) (Usage, error) {
	s.took = append(s.took, s.Tokens(p.System))
	if s.Tokens(p.System+p.User) > s.reads {
		return Usage{Model: "scripted"}, fmt.Errorf("write: %w", ErrTooLong)
	}
	return s.scripted.Write(ctx, p, each)
}

// TestWrittenSmall asks a model that cannot read all passages: it gets fewer, until it
// can, and so do the questions that follow.
func TestWrittenSmall(t *testing.T) {
	_, b := article()
	plain, err := b.Ask(t.Context(), Question{Text: troops})
	if err != nil {
		t.Fatal(err)
	}
	good := says([3]string{plain.Sentences[0].Text, plain.Sentences[0].Citations[0], ""})
	whole := &small{reads: 1 << 20, scripted: scripted{replies: []reply{{text: good}}}}
	if _, err := b.WithWriter(whole, Writing{}).Ask(t.Context(), Question{Text: troops}); err != nil || len(whole.took) != 1 {
		t.Fatalf("Ask = %v after prompts of %d tokens, want one", err, whole.took)
	}
	for _, test := range []struct {
		share       float64 // of the whole prompt, that the model reads
		first, next int     // calls for the first question and for the one after it
		mode        string
	}{
		{1.1, 1, 1, "llm"},
		{0.75, 2, 1, "llm"},
		{0.45, 3, 1, "llm"},
		{0.01, 3, 3, "keyword"},
	} {
		w := &small{reads: int(test.share * float64(whole.took[0])), scripted: scripted{replies: []reply{{text: good}, {text: good}}}}
		b := b.WithWriter(w, Writing{})
		for i, calls := range []int{test.first, test.next} {
			w.took = nil
			a, err := b.Ask(t.Context(), Question{Text: troops})
			if err != nil || a.Mode != test.mode || len(w.took) != calls {
				t.Errorf("%v: Ask number %d = %s, %v after prompts of %d tokens, want %s after %d", test.share, i+1, a.Mode, err, w.took, test.mode, calls)
			}
			if !slices.IsSortedFunc(w.took, func(a, b int) int { return b - a }) {
				t.Errorf("%v: prompts have %d tokens, want each smaller than the one before", test.share, w.took)
			}
			if test.mode == "keyword" && !strings.Contains(strings.Join(a.Reasons, " "), "too long") {
				t.Errorf("%v: Reasons = %q, want too long", test.share, a.Reasons)
			}
		}
	}
}

// TestWrittenLongQuestion: that a model cannot read a long question makes no later one
// go with fewer passages.
func TestWrittenLongQuestion(t *testing.T) {
	_, b := article()
	w := &small{reads: 3800}
	with := b.WithWriter(w, Writing{})
	long := troops + strings.Repeat(" NATO Response Force troops", 130)
	for _, text := range []string{long, troops} {
		if _, err := with.Ask(t.Context(), Question{Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.took) < 3 || w.took[len(w.took)-1] != w.took[0] {
		t.Errorf("prompts have %d tokens, want the last as long as the first", w.took)
	}
}

// TestWrittenSmallTogether asks such a model many questions at a time.
func TestWrittenSmallTogether(t *testing.T) {
	_, b := article()
	with := b.WithWriter(tight{}, Writing{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := with.Ask(t.Context(), Question{Text: troops}); err != nil {
				t.Errorf("Ask = %v, want an answer", err)
			}
		})
	}
	all.Wait()
	if n := with.budget.Load(); n <= 0 || n >= 24_000 {
		t.Errorf("the budget is %d, want a smaller one than at first", n)
	}
}

// tight is a model that reads nothing.
type tight struct{}

func (tight) Tokens(text string) int { return len(text) / 4 }
func (tight) Write(context.Context, prompts.Prompt, func(string) error) (Usage, error) {
	return Usage{}, ErrTooLong
}

// TestModelled holds the log to figures.
func TestModelled(t *testing.T) {
	if got := modelled(Answer{Text: "words", Mode: "keyword"}); got != nil {
		t.Errorf("modelled(a keyword answer) = %v, want nothing", got)
	}
	a := Answer{Text: "words", Usage: &Usage{Model: "m", Prompt: 1, Cached: 2, Completion: 3}, Rejected: []Rejected{{Text: "words"}, {Text: "words"}}}
	want := []any{"model", "m", "prompt_tokens", 1, "cached_tokens", 2, "completion_tokens", 3, "rejected", 2}
	if got := modelled(a); !slices.Equal(got, want) {
		t.Errorf("modelled(an answer) = %v, want %v", got, want)
	}
}

// TestWrittenBeside has a model quote what stands beside the answer, and nothing of the
// answer itself.
func TestWrittenBeside(t *testing.T) {
	c, b := article()
	core, err := b.Ask(t.Context(), Question{Text: troops})
	if err != nil || len(core.Citations) == 0 {
		t.Fatalf("Ask(%q) = %+v, %v, want an answer", troops, core, err)
	}
	p := c.Passage(core.Citations[0].ID)
	in := wording{r: b.reader(), hits: []retrieval.Hit{{Passage: p, Score: 1}}}
	defer b.release(in.r)
	in.read = b.read(in.r, Question{Text: troops})
	j := b.judge(in, []*corpus.Passage{p})
	for i, s := range p.Sentences {
		at := stretch{passage: p, start: s.Start, end: s.End}
		if !j.fits[place{p, i}] || j.core[place{p, i}] {
			continue
		}
		text := p.SentenceText(i)
		a := askModel(t, &scripted{replies: []reply{{text: says([3]string{text, p.ID, text})}}}, troops)
		if a.Mode != "keyword" || !slices.Contains(a.Reasons, whyKeyword(errBeside, "en")) || j.isCore(at) {
			t.Errorf("a model that only says %q: mode %s, reasons %q, want the keyword answer, since that is beside the question", text, a.Mode, a.Reasons)
		}
		return
	}
	t.Fatal("no sentence of the passage stands beside an answer")
}

// TestWrittenEcho has a model say again what was asked, which the material supports.
func TestWrittenEcho(t *testing.T) {
	c, b := article()
	for _, q := range []struct {
		question, says, id string
		answers            bool
	}{
		{"Which article of the North Atlantic Treaty covers collective self-defence?", "The North Atlantic Treaty.", "nato-360#p3", false},
		{"Why is the US-Japan alliance being upgraded to a global framework?", "The US-Japan alliance is being upgraded to a global framework.", "nato-360#p12", false},
		{"Is the US-Japan alliance being upgraded to a global framework?", "The US-Japan alliance is being upgraded to a global framework.", "nato-360#p12", true},
		{"On whose recommendations is the new agreement on the South based?", "The new agreement on the South is based on the recommendations of the independent group of experts.", "nato-360#p7", true},
	} {
		in := wording{r: b.reader()}
		in.read = b.read(in.r, Question{Text: q.question})
		hits, _, err := b.paragraphs(t.Context(), in.read.text, "")
		if err != nil {
			t.Fatal(err)
		}
		in.hits = hits
		s := b.judge(in, []*corpus.Passage{c.Passage(q.id)}).check(draft{Text: q.says, Citations: []mark{{ID: q.id}}}, nil)
		b.release(in.r)
		if !s.stands() || s.core != q.answers {
			t.Errorf("%q to %q: core %t, %q, want it to stand, as an answer %t", q.says, q.question, s.core, s.reason, q.answers)
		}
	}
}
