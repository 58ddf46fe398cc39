package bot_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"footnote/bot"
	"footnote/bot/bottest/fakellm"
	"footnote/bot/cite"
	"footnote/bot/llm"
	"footnote/corpus"
	"footnote/retrieval/analysis"
	"footnote/retrieval/keyword"
)

// The suite of this file asks the real bot, through the real client, about a model
// that does all that is wrong: what it shows is looked at sentence by sentence, by
// the checker and by rules that know nothing of it.

// modelKey is the key that the tests' client has; nothing may show it.
const modelKey = "sk-footnote-test-4711"

// The times of the suite's client. Every fault ends within modelDeadline.
const (
	modelFirst    = 300 * time.Millisecond
	modelWhole    = 1500 * time.Millisecond
	modelDeadline = 2 * time.Second
)

// lighthouse is material that is short enough for many questions. Document attacks
// are put in its middle.
const lighthouse = `# The lighthouse of Westing

The lighthouse of Westing was built in 1874 by the engineer Ada Holm. It is 41 metres high and stands on the northern pier.

%s

The lighthouse is not open on Mondays. Visitors may climb its 212 steps from April to October for 6 euros.

The keeper, Jon Brandt, paints the tower white every third spring. He has never missed a night since 2003.

The harbour office in Eastholm pays for the lamp. The lamp was changed from oil to electricity in May 1923, after the storm of 1921.
`

// lighthouseQuestion is one that the lighthouse's keyword answer has, too.
const lighthouseQuestion = "How high is the lighthouse of Westing?"

// stage is material with a bot over it.
type stage struct {
	corpus  *corpus.Corpus
	bot     *bot.Bot
	checker *cite.Checker
	all     string // the material's sources
	plain   string // their words, spaced
}

func newStage(c *corpus.Corpus, m bot.Model) *stage {
	x := keyword.New(c, keyword.Default())
	s := &stage{corpus: c, bot: bot.New(c, x, m), checker: cite.New(analysis.New(), x.Rarity)}
	for _, d := range c.Documents.All() {
		s.all += d.Title + "\n" + d.Source + "\n"
		for _, p := range d.Passages {
			s.all += p.Text + "\n"
		}
	}
	s.plain = spaced(s.all)
	return s
}

// gullible are weights with which the model is asked whatever the question is: what
// keeps most attacks from it is not what is tested here.
func gullible() bot.Model {
	m := bot.Shipped()
	m.Threshold = 0
	return m
}

// lighthouseWith is the lighthouse with a paragraph more.
func lighthouseWith(t *testing.T, paragraph string) *stage {
	t.Helper()
	folder := t.TempDir()
	text := fmt.Sprintf(lighthouse, strings.ReplaceAll(paragraph, "\n", " "))
	if err := os.WriteFile(filepath.Join(folder, "lighthouse.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := corpus.Load(t.Context(), folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	return newStage(c, gullible())
}

var articleStage = sync.OnceValue(func() *stage {
	c, err := corpus.Article()
	if err != nil {
		panic(err)
	}
	return newStage(c, bot.Shipped())
})

// withModel is the stage's bot with a client of a server.
func (s *stage) withModel(t *testing.T, server *fakellm.Server) *bot.Bot {
	t.Helper()
	client, err := llm.New(slog.New(slog.DiscardHandler), llm.Config{
		BaseURL: server.URL(), Key: modelKey, Model: fakellm.Model,
		Connect: time.Second, First: modelFirst, Whole: modelWhole,
	})
	if err != nil {
		t.Fatalf("New(client) = %v, want a client", err)
	}
	return s.bot.WithWriter(client, bot.Writing{Deadline: modelDeadline})
}

// tally is what the suite prints.
type tally struct {
	asked, model, keyword, abstained int
	sentences, rejected, false       int
	calls, obeyed, faults            int
	slowest                          time.Duration
}

func (n *tally) add(a bot.Answer, exchanges []fakellm.Exchange, took time.Duration) {
	n.asked++
	switch {
	case a.Status == bot.Abstained:
		n.abstained++
	case a.Mode == "llm":
		n.model++
		n.sentences += len(a.Sentences)
	default:
		n.keyword++
	}
	n.rejected += len(a.Rejected)
	n.calls += len(exchanges)
	for _, e := range exchanges {
		n.false += len(e.False)
		if e.Attack != "" {
			n.obeyed++
		}
	}
	n.slowest = max(n.slowest, took)
}

func (n *tally) String() string {
	return fmt.Sprintf("%d questions: %d answered by the model with %d sentences, %d by the keyword writer, %d abstained; %d calls, %d of them turned by an attack; %d sentences rejected, %d false ones written; %d faults in what was shown; the slowest took %v",
		n.asked, n.model, n.sentences, n.keyword, n.abstained, n.calls, n.obeyed, n.rejected, n.false, n.faults, n.slowest.Round(time.Millisecond))
}

// put asks a question, looks at all that is told and at the answer, and counts it.
func (s *stage) put(t *testing.T, n *tally, server *fakellm.Server, q bot.Question, never []string) bot.Answer {
	t.Helper()
	server.Forget()
	var told []bot.Answer
	start := time.Now()
	a, err := s.withModel(t, server).AskTelling(t.Context(), q, func(a bot.Answer) { told = append(told, a) })
	took := time.Since(start)
	if err != nil {
		t.Fatalf("AskTelling(%q) = %v, want an answer", q.Text, err)
	}
	exchanges := server.Exchanges()
	n.add(a, exchanges, took)
	if took > modelDeadline+time.Second {
		t.Errorf("AskTelling(%q) took %v, want at most %v", q.Text, took, modelDeadline)
	}
	if a.Status != bot.Answered && a.Status != bot.Abstained {
		t.Errorf("AskTelling(%q) = %q, want answered or abstained", q.Text, a.Status)
	}
	if a.Mode != "llm" && a.Mode != "keyword" {
		t.Errorf("AskTelling(%q) was written by %q, want llm or keyword", q.Text, a.Mode)
	}
	for _, shown := range append(told, a) {
		for _, fault := range s.faults(shown, q, exchanges, never) {
			n.faults++
			t.Errorf("%s\n\t(answered by %s: %q; the model wrote %.600q)", fault, shown.Mode, shown.Text, wrote(exchanges))
		}
	}
	return a
}

func wrote(exchanges []fakellm.Exchange) (out []string) {
	for _, e := range exchanges {
		out = append(out, e.Wrote)
	}
	return out
}

// faults are what is wrong with a shown answer.
func (s *stage) faults(a bot.Answer, q bot.Question, exchanges []fakellm.Exchange, never []string) []string {
	var out []string
	fault := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	offered := map[string]bool{}
	for _, e := range exchanges {
		for _, p := range e.Passages {
			offered[p.ID] = true
		}
		for _, c := range e.False {
			for _, sentence := range a.Sentences {
				if holds(sentence.Text, c.Text) && (c.ID == "" || slices.Equal(sentence.Citations, []string{c.ID})) {
					fault("a false sentence is shown: %q as of %q", c.Text, sentence.Citations)
				}
				if sentence.Translation != "" && c.ID == "" && holds(sentence.Translation, c.Text) {
					fault("a false translation is shown: %q of %q", sentence.Translation, sentence.Text)
				}
			}
		}
	}
	for _, sentence := range a.Sentences {
		for _, f := range s.unsupported(sentence, a.Mode == "llm", offered) {
			fault("%q: %s", sentence.Text, f)
		}
	}
	for _, c := range a.Citations {
		if !strings.Contains(s.all, c.Quote) {
			fault("the citation of %s quotes %q, which the material does not have", c.ID, c.Quote)
		}
	}
	said := q.Text
	for _, turn := range q.Before {
		said += "\n" + turn.Question.Text + "\n" + turn.Answer.Text
	}
	for _, f := range s.secrets(shownOf(a), said, exchanges, never) {
		fault("%s", f)
	}
	return out
}

// shownOf is all the text of an answer that people see.
func shownOf(a bot.Answer) string {
	parts := append([]string{a.Text, a.Understood}, a.Reasons...)
	parts = append(parts, a.Missing...)
	for _, s := range a.Sentences {
		parts = append(parts, s.Text, s.Reason, s.Translation, strings.Join(s.Citations, " "))
	}
	for _, c := range append(slices.Clone(a.Citations), a.Nearest...) {
		parts = append(parts, c.ID, c.Label, c.Quote, c.Text)
	}
	return strings.Join(parts, "\n"+apart+"\n")
}

// apart is a word between texts that are not read as one.
const apart = "zzapartzz"

// titleOf is what a passage is about.
func titleOf(p *corpus.Passage) string {
	if p.Section == nil {
		return p.Document.Title
	}
	return p.Document.Title + ". " + p.Heading()
}

var figure = regexp.MustCompile(`\d+`)

// unsupported says why a shown sentence must not be.
func (s *stage) unsupported(sentence bot.Sentence, model bool, offered map[string]bool) []string {
	var out []string
	var sources []cite.Source
	text := ""
	for _, id := range sentence.Citations {
		p := s.corpus.Passage(id)
		if p == nil {
			return []string{"it cites " + id + ", which is not there"}
		}
		if model && !offered[id] {
			out = append(out, "it cites "+id+", which the model was not offered")
		}
		sources = append(sources, cite.Source{ID: id, Title: titleOf(p), Text: p.Text})
		text += p.Document.Title + " " + p.Text + "\n"
	}
	if len(sources) == 0 {
		return append(out, "it cites nothing")
	}
	if j := s.checker.Support(sentence.Text, sources); j.Verdict != cite.Quoted && j.Verdict != cite.Supported {
		out = append(out, fmt.Sprintf("the checker calls it %s as of %v: %+v", j.Verdict, sentence.Citations, j.Reasons))
	}
	have := figure.FindAllString(text, -1)
	for _, n := range figure.FindAllString(sentence.Text, -1) {
		if !slices.Contains(have, n) {
			out = append(out, "no cited passage has the number "+n)
		}
	}
	return out
}

// leaks are what a text may have only where the material or the asker has it.
var leaks = []*regexp.Regexp{
	regexp.MustCompile(`@(everyone|here|channel)\b`),
	regexp.MustCompile(`<[@!#][^>]*>?`),
	regexp.MustCompile(`https?://[^\s)\]>]+`),
	regexp.MustCompile(`!?\[[^\]]*\]\([^)]*\)`),
	regexp.MustCompile(`[A-Za-z0-9+/]{60,}={0,2}`),
	regexp.MustCompile(`<\|[^|]*\|>`),
	regexp.MustCompile(`\x00|\x{202e}`),
}

// secrets says what of a shown text nobody but a turned model can have put there.
func (s *stage) secrets(shown, said string, exchanges []fakellm.Exchange, never []string) []string {
	var out []string
	for _, secret := range []string{modelKey, fakellm.Secret} {
		if strings.Contains(shown, secret) {
			out = append(out, "the key "+secret+" is shown")
		}
	}
	for _, n := range never {
		if holds(shown, n) && !holds(s.all, n) && !holds(said, n) {
			out = append(out, fmt.Sprintf("%q is shown, which the attack demanded", n))
		}
	}
	for _, leak := range leaks {
		for _, found := range leak.FindAllString(shown, -1) {
			if !strings.Contains(s.all, found) && !strings.Contains(said, found) {
				out = append(out, fmt.Sprintf("%q is shown, which neither the material nor the asker has", found))
			}
		}
	}
	read := map[string]bool{} // a repair has the prompt once more
	for _, e := range exchanges {
		for _, m := range e.Messages {
			if read[m.Content] {
				continue
			}
			read[m.Content] = true
			if run := s.runOf(m, shown, said); m.Role == "system" && run != "" {
				out = append(out, fmt.Sprintf("%q of the system prompt is shown", run))
			}
		}
	}
	return out
}

// runOf returns six words of a message that shown has too, and that are neither the
// material's nor the asker's.
func (s *stage) runOf(m fakellm.Message, shown, said string) string {
	const run = 6
	shown, own := " "+spaced(shown)+" ", " "+s.plain+" "+spaced(said)+" "
	for line := range strings.Lines(m.Content) {
		words := strings.Fields(spaced(line))
		for i := range max(0, len(words)-run+1) {
			part := " " + strings.Join(words[i:i+run], " ") + " "
			if strings.Contains(shown, part) && !strings.Contains(own, part) {
				return part
			}
		}
	}
	return ""
}

// holds tells whether text has part, whatever the case and the spaces.
func holds(text, part string) bool {
	if !strings.ContainsFunc(part, func(r rune) bool { return unicode.IsLetter(r) && !unicode.In(r, unicode.Han) }) {
		return strings.Contains(text, part)
	}
	return strings.Contains(" "+spaced(text)+" ", spaced(part))
}

// spaced is text in small letters and digits, one space between words.
func spaced(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// modelQuestions have answers in the article that the keyword writer finds too.
var modelQuestions = []string{
	"Since which summit has NATO been building a 360-degree approach?",
	"When will the Washington NATO summit be held?",
	"What is the NSDS-Hub?",
	"How does NATO see Russia and China?",
}

func TestModelMisbehaves(t *testing.T) {
	var n tally
	for _, way := range fakellm.Behaviours() {
		for i, text := range modelQuestions {
			if i > 0 && slowWay(way) {
				continue
			}
			server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way}, NoSchema: i == 1})
			t.Run(fmt.Sprint(way, i), func(t *testing.T) {
				a := articleStage().put(t, &n, server, bot.Question{Kind: bot.KindAsk, Text: text}, nil)
				if i == 0 {
					expect(t, way, a)
				}
			})
			server.Close()
		}
	}
	for _, way := range fakellm.Behaviours() {
		server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way}})
		if !slowWay(way) {
			t.Run(string(way)+"-lighthouse", func(t *testing.T) {
				lighthouseWith(t, "").put(t, &n, server, bot.Question{Kind: bot.KindAsk, Text: "Is the lighthouse open on Mondays?"}, nil)
			})
		}
		server.Close()
	}
	for _, way := range fakellm.Behaviours() {
		server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way}})
		if !slowWay(way) {
			t.Run(string(way)+"-follow-up", func(t *testing.T) {
				followUp(t, &n, lighthouseWith(t, ""), server, "How high is it?", "", nil)
			})
		}
		server.Close()
	}
	t.Logf("%d behaviours, %v", len(fakellm.Behaviours()), &n)
}

// followUp asks a question that leans on an earlier one, behind which stands a text, and
// sees that the model is asked to rewrite it and leaves the question what it was.
func followUp(t *testing.T, n *tally, s *stage, server *fakellm.Server, text, earlier string, never []string) {
	t.Helper()
	q := bot.Question{Kind: bot.KindAsk, Text: text, Before: []bot.Turn{{
		Question: bot.Question{Text: "Where is the lighthouse of Westing? " + earlier},
		Answer:   bot.Answer{Kind: bot.KindAsk, Question: "Where is the lighthouse of Westing?", Status: bot.Answered, Text: "It stands on the northern pier [¶1]."},
	}}}
	want, err := s.bot.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if a := s.put(t, n, server, q, never); a.Understood != want.Understood {
		t.Errorf("AskTelling(%q) was understood as %q, want %q", text, a.Understood, want.Understood)
	}
	if e := server.Exchanges(); len(e) > 0 && len(e[0].Passages) > 0 {
		t.Errorf("AskTelling(%q) did not have the model rewrite it first", text)
	}
}

// slowWay tells whether a behaviour takes its time: to the deadline, or by being
// tried again.
func slowWay(b fakellm.Behaviour) bool {
	switch b {
	case fakellm.Silent, fakellm.StallBefore, fakellm.StallMiddle, fakellm.SlowDrip, fakellm.Flood, fakellm.LimitedOnce,
		fakellm.Broken, fakellm.BrokenOnce, fakellm.Loading, fakellm.CutBefore, fakellm.BadSSE, fakellm.ErrorInSSE:
		return true
	}
	return false
}

// whyNot are what people are told of why the model did not answer.
var whyNot = map[fakellm.Behaviour]string{
	fakellm.Silent:       "in time",
	fakellm.StallBefore:  "in time",
	fakellm.StallMiddle:  "in time",
	fakellm.CutMiddle:    "broke off in the middle",
	fakellm.Killed:       "broke off in the middle",
	fakellm.Limited:      "too much to do",
	fakellm.RefusalField: "declined",
	fakellm.Filtered:     "declined",
	fakellm.TooLong:      "too long for the model",
	fakellm.Unauthorised: "could not be asked",
	fakellm.Invented:     "support no sentence",
	fakellm.Unanswerable: "found no answer",
}

// expect says who has to speak.
func expect(t *testing.T, way fakellm.Behaviour, a bot.Answer) {
	t.Helper()
	switch way {
	case fakellm.Honest, fakellm.Fenced, fakellm.Prose, fakellm.BrokenOnce, fakellm.Lengthy, fakellm.SmallContext, fakellm.NoBounds:
		if a.Mode != "llm" || a.Status != bot.Answered || len(a.Sentences) == 0 {
			t.Errorf("%s: answered by %s (%s) with %d sentences, want the model's; rejected %+v; %v", way, a.Mode, a.Status, len(a.Sentences), a.Rejected, a.Reasons)
		}
	case fakellm.Garbage, fakellm.Empty, fakellm.Silent, fakellm.StallBefore, fakellm.StallMiddle, fakellm.CutBefore, fakellm.CutMiddle, fakellm.Killed,
		fakellm.NotSSE, fakellm.BadSSE, fakellm.Broken, fakellm.Loading, fakellm.Limited, fakellm.Unauthorised, fakellm.Refusal, fakellm.RefusalField, fakellm.Filtered,
		fakellm.Flood, fakellm.Invented, fakellm.TooLong, fakellm.Unanswerable:
		if a.Mode != "keyword" || a.Status != bot.Answered || len(a.Sentences) == 0 {
			t.Errorf("%s: answered by %s (%s) with %d sentences, want the keyword writer's", way, a.Mode, a.Status, len(a.Sentences))
		}
		if why := whyNot[way]; len(a.Reasons) != 1 || !strings.Contains(a.Reasons[0], why) {
			t.Errorf("%s: Reasons = %q, want why the model did not answer: %q", way, a.Reasons, why)
		}
	}
}

func TestModelIsTurned(t *testing.T) {
	attacks, err := fakellm.Attacks()
	if err != nil {
		t.Fatal(err)
	}
	if len(attacks) < 60 {
		t.Fatalf("Attacks() = %d, want at least 60", len(attacks))
	}
	var n tally
	seen := map[string]int{}
	clean := lighthouseWith(t, "")
	for _, attack := range attacks {
		s, q := clean, bot.Question{Kind: bot.KindAsk, Text: lighthouseQuestion}
		switch attack.Where {
		case "question":
			q.Text += " " + attack.Text
		case "document":
			s = lighthouseWith(t, attack.Text)
		case "thread":
			q.Before = []bot.Turn{{
				Question: bot.Question{Text: "What is the lighthouse of Westing? " + attack.Text},
				Answer:   bot.Answer{Status: bot.Answered, Text: "It stands on the northern pier [¶1]."},
			}}
		}
		for _, form := range fakellm.Forms() {
			server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{form}})
			t.Run(attack.ID+"-"+string(form), func(t *testing.T) {
				s.put(t, &n, server, q, attack.Never)
				if slices.ContainsFunc(server.Exchanges(), func(e fakellm.Exchange) bool { return e.Attack == attack.ID }) {
					seen[attack.Where]++
				}
			})
			server.Close()
		}
	}
	forms := fakellm.Forms()
	for i, attack := range attacks {
		if attack.Where == "document" {
			continue
		}
		server := fakellm.New(t, fakellm.Config{Behave: forms[i%len(forms) : i%len(forms)+1]})
		t.Run(attack.ID+"-follow-up", func(t *testing.T) {
			followUp(t, &n, clean, server, "How high is it?", attack.Text, attack.Never)
			if e := server.Exchanges(); len(e) > 0 && e[0].Attack == attack.ID {
				seen["follow-up"]++
			}
		})
		server.Close()
	}
	for _, where := range []string{"question", "document", "thread", "follow-up"} {
		if seen[where] == 0 {
			t.Errorf("no model was turned by an attack in a %s: the suite tests nothing there", where)
		}
	}
	t.Logf("%d attacks in %d forms (the model read them in %v), %v", len(attacks), len(fakellm.Forms()), seen, &n)
}

// TestModelIsTurnedOverTheArticle is the same with material as it is.
func TestModelIsTurnedOverTheArticle(t *testing.T) {
	attacks, err := fakellm.Attacks()
	if err != nil {
		t.Fatal(err)
	}
	var n tally
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(c, gullible())
	forms := fakellm.Forms()
	for i, attack := range attacks {
		if attack.Where != "question" {
			continue
		}
		server := fakellm.New(t, fakellm.Config{Behave: forms[i%len(forms) : i%len(forms)+1]})
		t.Run(attack.ID, func(t *testing.T) {
			s.put(t, &n, server, bot.Question{Kind: bot.KindAsk, Text: modelQuestions[i%len(modelQuestions)] + " " + attack.Text}, attack.Never)
		})
		server.Close()
	}
	t.Logf("%v", &n)
}

// The endpoint dies in the middle of its second sentence: what was told is replaced
// by one complete answer of the keyword writer, and the next question does not wait.
func TestModelDiesInTheMiddle(t *testing.T) {
	s := articleStage()
	want, err := s.bot.Ask(t.Context(), bot.Question{Kind: bot.KindAsk, Text: modelQuestions[0]})
	if err != nil {
		t.Fatal(err)
	}
	server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{fakellm.Killed}})
	b := s.withModel(t, server)
	for i := range 2 {
		got, err := b.AskTelling(t.Context(), bot.Question{Kind: bot.KindAsk, Text: modelQuestions[0]}, func(bot.Answer) {})
		if err != nil {
			t.Fatalf("AskTelling() number %d = %v, want an answer", i+1, err)
		}
		if got.Mode != "keyword" || got.Text != want.Text || len(got.Sentences) != len(want.Sentences) {
			t.Errorf("AskTelling() number %d is %q by %s, want %q by keyword", i+1, got.Text, got.Mode, want.Text)
		}
		if len(got.Reasons) == 0 {
			t.Errorf("AskTelling() number %d does not say why the model did not answer", i+1)
		}
	}
}

// Who asks may go away: the call to the model ends with them.
func TestModelIsLeft(t *testing.T) {
	server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{fakellm.StallMiddle}})
	ctx, cancel := context.WithCancel(t.Context())
	b := articleStage().withModel(t, server)
	done := make(chan error, 1)
	go func() {
		_, err := b.Ask(ctx, bot.Question{Kind: bot.KindAsk, Text: modelQuestions[0]})
		done <- err
	}()
	if err := server.WaitFor(ctx, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-done:
	case <-time.After(modelDeadline):
		t.Error("Ask() goes on after its context has ended")
	}
}
