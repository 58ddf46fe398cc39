package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakellm"
	"footnote/bot/cite"
	"footnote/corpus"
	"footnote/retrieval/analysis"
	"footnote/retrieval/keyword"
)

// Where a model is at hand: the address of an OpenAI-compatible server, which
// .ci/model.sh starts, and the name it knows its model by.
const (
	modelAddress = "FOOTNOTE_TEST_MODEL"
	modelName    = "FOOTNOTE_TEST_MODEL_NAME"
	modelMost    = "FOOTNOTE_TEST_MODEL_QUESTIONS" // so many of the questions; all where it is empty
)

// TestRealModel asks the article's development questions of a real model, over
// HTTP, and looks at every sentence that is shown. How good the answers are is the
// model's affair; that nothing unsupported is shown is ours.
func TestRealModel(t *testing.T) {
	address := os.Getenv(modelAddress)
	if address == "" {
		t.Skip(modelAddress + " names no server: .ci/model.sh starts one")
	}
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	questions := modelQuestions(t)
	var n modelCounts
	start := time.Now()
	// What the environment has holds. The budget and the times are those of a model
	// that reads 160 tokens a second.
	env := append(os.Environ(), "OPENAI_BASE_URL="+address, "FOOTNOTE_LLM_MODEL="+os.Getenv(modelName),
		"FOOTNOTE_LLM_BUDGET=450", "FOOTNOTE_LLM_TIMEOUT=25", "FOOTNOTE_LLM_FIRST_TOKEN=25", "FOOTNOTE_LLM_CONCURRENT=2")
	got := try(t, strings.Join(questions, "\n")+"\n", env, "ask", "--mode", "llm", "--json", "-")
	if got.code != 0 {
		t.Fatalf("ask --mode llm --json - = %d, %s, want 0", got.code, got.err)
	}
	took := time.Since(start)
	check := supportedBy(c)
	for line := range strings.Lines(got.out) {
		var a bot.Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		n.add(a)
		for _, s := range a.Sentences {
			if why := check(s); why != "" {
				t.Errorf("%s is answered with %q of %v: %s", a.ID, s.Text, s.Citations, why)
			}
		}
	}
	if n.asked != len(questions) || n.answered+n.abstained+n.found != n.asked {
		t.Errorf("%d questions have %d answers, %d abstentions and %d look-ups, want one each", len(questions), n.answered, n.abstained, n.found)
	}
	if n.calls == 0 {
		t.Error("the model was never asked")
	}
	t.Logf("%v; %.1f s a question", &n, took.Seconds()/float64(max(1, n.asked)))
}

// modelCounts is what is printed of a run.
type modelCounts struct {
	asked, answered, abstained int
	found                      int // look-ups, such as of a note: nobody writes them
	model, keyword             int // who wrote the answers
	shown, rejected            int // sentences of the model
	calls                      int // answers for which the model was asked
	prompt, cached, completion int // tokens
	reasons                    map[string]int
}

func (n *modelCounts) add(a bot.Answer) {
	n.asked++
	n.rejected += len(a.Rejected)
	switch {
	case a.Status == bot.Abstained:
		n.abstained++
	case a.Status == bot.Answered:
		n.answered++
	case a.Status == bot.Found || a.Status == bot.NotFound:
		n.found++
	}
	switch {
	case a.Status != bot.Answered:
	case a.Mode == "llm":
		n.model++
		n.shown += len(a.Sentences)
	default:
		n.keyword++
	}
	if a.Usage != nil {
		n.calls++
		n.prompt += a.Usage.Prompt
		n.cached += a.Usage.Cached
		n.completion += a.Usage.Completion
	}
	for _, r := range a.Reasons {
		if n.reasons == nil {
			n.reasons = map[string]int{}
		}
		n.reasons[r]++
	}
}

func (n *modelCounts) String() string {
	each := func(tokens int) float64 { return float64(tokens) / float64(max(1, n.calls)) }
	return fmt.Sprintf("%d questions: %d answered (%d by the model, %d by the keyword writer), %d abstained, %d looked up; of the model's sentences %d shown, %d rejected; tokens an answer: %.0f of prompt (%.0f of them cached), %.0f written; %v",
		n.asked, n.answered, n.model, n.keyword, n.abstained, n.found, n.shown, n.rejected, each(n.prompt), each(n.cached), each(n.completion), n.reasons)
}

// supportedBy returns what says why a sentence must not be shown, "" where it may.
func supportedBy(c *corpus.Corpus) func(bot.Sentence) string {
	checker := cite.New(analysis.New(), keyword.New(c, keyword.Default()).Rarity)
	return func(s bot.Sentence) string {
		var sources []cite.Source
		for _, id := range s.Citations {
			p := c.Passage(id)
			if p == nil {
				return "there is no " + id
			}
			sources = append(sources, cite.Source{ID: id, Title: p.Document.Title + ". " + p.Heading(), Text: p.Text})
		}
		if len(sources) == 0 {
			return "it cites nothing"
		}
		if j := checker.Support(s.Text, sources); j.Verdict != cite.Quoted && j.Verdict != cite.Supported {
			return fmt.Sprintf("the checker calls it %s: %+v", j.Verdict, j.Reasons)
		}
		return ""
	}
}

// modelQuestions are the article's development questions, as lines for ask -, or a
// few where they are not at hand.
func modelQuestions(t *testing.T) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv("FOOTNOTE_EVAL"), "article-questions.jsonl"))
	if err != nil {
		t.Logf("the development questions are not at hand: %v", err)
		return []string{
			`{"_id":"1","text":"Since which summit has NATO been building a 360-degree approach?"}`,
			`{"_id":"2","text":"When will the Washington NATO summit be held?"}`,
			`{"_id":"3","text":"What is the NSDS-Hub?"}`,
			`{"_id":"4","text":"Who won the football World Cup in 1998?"}`,
		}
	}
	defer func() { _ = f.Close() }()
	var out []string
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		out = append(out, sc.Text())
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	if most, err := strconv.Atoi(os.Getenv(modelMost)); err == nil && most > 0 && most < len(out) { // spread over all kinds
		some := make([]string, most)
		for i := range some {
			some[i] = out[i*len(out)/most]
		}
		return some
	}
	return out
}

// With the endpoint killed in mid-answer, the command line prints one complete
// answer, the keyword writer's.
func TestAskWhileTheModelDies(t *testing.T) {
	const question = "Since which summit has NATO been building a 360-degree approach?"
	want := try(t, "", nil, "ask", "--mode", "keyword", question)
	for _, way := range []fakellm.Behaviour{fakellm.Killed, fakellm.CutMiddle, fakellm.Broken} {
		server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way}})
		env := []string{"OPENAI_BASE_URL=" + server.URL(), "OPENAI_API_KEY=sk-test-4711", "FOOTNOTE_LLM_MODEL=" + fakellm.Model}
		got := try(t, "", env, "ask", "--mode", "llm", question)
		if got.code != 0 || strings.Count(got.out, "Madrid Summit") != strings.Count(want.out, "Madrid Summit") {
			t.Errorf("%s: ask --mode llm = %d with %q, want once what keyword prints, %q", way, got.code, got.out, want.out)
		}
		if len(server.Exchanges()) == 0 {
			t.Errorf("%s: the model was not asked", way)
		}
		as := try(t, "", env, "ask", "--mode", "llm", "--json", question)
		var a bot.Answer
		if err := json.Unmarshal([]byte(as.out), &a); err != nil || as.code != 0 {
			t.Fatalf("%s: ask --json = %d, %q, %v, want an answer", way, as.code, as.out, err)
		}
		if a.Mode != "keyword" || a.Status != bot.Answered || len(a.Sentences) == 0 || len(a.Reasons) == 0 {
			t.Errorf("%s: ask --json is answered by %s (%s) with %d sentences, reasons %q, want the keyword writer's and why", way, a.Mode, a.Status, len(a.Sentences), a.Reasons)
		}
		if strings.Contains(got.out+got.err+as.out+as.err, "sk-test-4711") || strings.Contains(got.out+got.err+as.out+as.err, fakellm.Secret) {
			t.Errorf("%s: a key is printed", way)
		}
		server.Close()
	}
}

// An honest model's answer is printed, with who wrote it in the JSON.
func TestAskAModel(t *testing.T) {
	server := fakellm.New(t, fakellm.Config{})
	env := []string{"OPENAI_BASE_URL=" + server.URL(), "FOOTNOTE_LLM_MODEL=" + fakellm.Model}
	got := try(t, "", env, "ask", "--mode", "llm", "--json", "Since which summit has NATO been building a 360-degree approach?")
	var a bot.Answer
	if err := json.Unmarshal([]byte(got.out), &a); err != nil || got.code != 0 {
		t.Fatalf("ask --json = %d, %q, %s, %v, want an answer", got.code, got.out, got.err, err)
	}
	if a.Mode != "llm" || a.Model != fakellm.Model || !strings.HasPrefix(a.Prompt, "answer@") || a.Usage == nil || a.Usage.Completion == 0 {
		t.Errorf("ask --json = mode %q, model %q, prompt %q, usage %+v, want llm, %s, answer@… and what it took", a.Mode, a.Model, a.Prompt, a.Usage, fakellm.Model)
	}
}

// The same in chat: one message, complete, and none doubled.
func TestServeWhileTheModelDies(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{fakellm.Killed}})
	s := serve(t, "SLACK_BOT_TOKEN="+slack.BotToken("T1"), "SLACK_APP_TOKEN="+slack.AppToken(), "FOOTNOTE_SLACK_API_URL="+slack.APIURL(),
		"FOOTNOTE_LEDGER="+filepath.Join(t.TempDir(), "ledger.db"),
		"OPENAI_BASE_URL="+server.URL(), "OPENAI_API_KEY=sk-test-4711", "FOOTNOTE_LLM_MODEL="+fakellm.Model)
	if err := slack.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, s.log)
	}
	for i := range 2 { // the second finds nobody there
		q := slack.User("U1").Mentions("C1", asked)
		got := s.reply(slack, q.TS, 1)
		if !strings.Contains(got, said) || strings.Count(got, said) != 1 || !strings.Contains(got, "¶2") {
			t.Errorf("question %d is answered with %q, want the keyword writer's answer, once", i+1, got)
		}
		if n := len(slack.Replies("C1", q.TS)); n != 1 {
			t.Errorf("question %d has %d answers, want 1", i+1, n)
		}
	}
	if n := len(server.Exchanges()); n != 1 {
		t.Errorf("the model was asked %d times, want once before it died", n)
	}
	s.stop("sk-test-4711", fakellm.Secret)
}

// A day's tokens are counted in the ledger: a restart does not forget them. The log has
// what an answer took.
func TestServeTokensADay(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	server := fakellm.New(t, fakellm.Config{})
	place := filepath.Join(t.TempDir(), "ledger.db")
	for i, mode := range []string{"llm", "keyword"} {
		s := serve(t, "SLACK_BOT_TOKEN="+slack.BotToken("T1"), "SLACK_APP_TOKEN="+slack.AppToken(), "FOOTNOTE_SLACK_API_URL="+slack.APIURL(),
			"FOOTNOTE_LEDGER="+place, "FOOTNOTE_LLM_DAILY_TOKENS=5500", // one answer is over 2,500, with what it may take 3,300
			"OPENAI_BASE_URL="+server.URL(), "OPENAI_API_KEY=sk-test-4711", "FOOTNOTE_LLM_MODEL="+fakellm.Model)
		if err := slack.WaitConnected(soon(t), 1); err != nil {
			t.Fatalf("%v; log:\n%s", err, s.log)
		}
		q := slack.User("U1").Mentions("C1", asked)
		if got := s.reply(slack, q.TS, 1); !strings.Contains(got, said) {
			t.Errorf("life %d answers %q, want %q in it", i+1, got, said)
		}
		e, err := s.log.entry(soon(t), "question")
		if err != nil || e["mode"] != mode || e["model"] != fakellm.Model || (e["completion_tokens"] == 0.0) != (mode == "keyword") {
			t.Errorf("life %d logs %v, %v, want mode %s by %s and its tokens", i+1, e, err, mode, fakellm.Model)
		}
		s.stop("sk-test-4711")
	}
	if n := len(server.Exchanges()); n != 1 {
		t.Errorf("the model was asked %d times, want once", n)
	}
}
