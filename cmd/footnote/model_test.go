package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/fakellm"
)

// Where a model is at hand: the address of an OpenAI-compatible server, which
// .ci/model.sh starts, and the name it knows its model by.
const (
	modelAddress = "FOOTNOTE_TEST_MODEL"
	modelName    = "FOOTNOTE_TEST_MODEL_NAME"
	modelMost    = "FOOTNOTE_TEST_MODEL_QUESTIONS" // so many of the questions; all where it is empty
)

// TestRealModel scores the questions about the article with a real model, over HTTP.
// How good the answers are is the model's affair; that each question has one, and that
// nothing unsupported is shown, is ours.
func TestRealModel(t *testing.T) {
	address := os.Getenv(modelAddress)
	if address == "" {
		t.Skip(modelAddress + " names no server: .ci/model.sh starts one")
	}
	// What the environment has holds. The budget and the times are those of a model
	// that reads 160 tokens a second.
	env := append(os.Environ(), "OPENAI_BASE_URL="+address, "FOOTNOTE_LLM_MODEL="+os.Getenv(modelName),
		"FOOTNOTE_LLM_BUDGET=450", "FOOTNOTE_LLM_TIMEOUT=25", "FOOTNOTE_LLM_FIRST_TOKEN=25")
	got := try(t, "", env, "eval", modelQuestions(t), "--mode", "llm", "--sets", "article")
	if got.code != exitDone {
		t.Fatalf("eval --mode llm = %d, %s", got.code, got.err)
	}
	t.Logf("%s%s", got.err, got.out)
	if none := figure(t, got.out, "neither"); none != "0" {
		t.Errorf("%s questions have neither an answer nor an abstention, want 0", none)
	}
	if figure(t, got.out, "answers the model was asked for") == "0" {
		t.Error("the model was never asked")
	}
	for _, m := range regexp.MustCompile(`(?m)^(.* precise by .*), (\d+) of (\d+) `).FindAllStringSubmatch(got.out, -1) {
		right, _ := strconv.Atoi(m[2]) // digits, by the expression
		all, _ := strconv.Atoi(m[3])
		least := 1.0
		if m[1] == "the rest precise by label" {
			least = 0.95 // labels say where the answer stands, not where else something true does
			undecided, _ := strconv.Atoi(figure(t, got.out, "the rest undecided by label"))
			all -= undecided // people read those
		}
		if float64(right) < least*float64(all) {
			t.Errorf("%s: %d of %d, want a share of %v", m[1], right, all, least)
		}
	}
}

// figure returns the figure of a row in a table with one set.
func figure(t *testing.T, table, name string) string {
	t.Helper()
	for line := range strings.Lines(table) {
		if value, ok := strings.CutPrefix(line, name+"  "); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("the table has no row %q:\n%s", name, table)
	return ""
}

// modelQuestions returns a folder with the questions about the article, or as many as
// the environment says, of all kinds.
func modelQuestions(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/article-questions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.SplitAfter(strings.TrimSpace(string(data))+"\n", "\n")
	all = all[:len(all)-1] // what stands behind the last line's end
	most, err := strconv.Atoi(os.Getenv(modelMost))
	if err != nil || most < 1 || most > len(all) {
		most = len(all)
	}
	var some strings.Builder
	for i := range most {
		some.WriteString(all[i*len(all)/most])
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "article-questions.jsonl"), []byte(some.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return folder
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
