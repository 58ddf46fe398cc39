package main

import (
	"encoding/json"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/fakellm"
)

// TestModel asks by a model on the command line: it writes, it is wrong, it is
// killed, it is not there.
func TestModel(t *testing.T) {
	t.Parallel()
	const question = "How many troops does the NATO Response Force comprise?"
	env := func(s *fakellm.Server, more ...string) []string {
		return append([]string{"OPENAI_BASE_URL=" + s.URL(), "FOOTNOTE_LLM_MODEL=" + fakellm.Model, "FOOTNOTE_LLM_RETRIES=0"}, more...)
	}
	plain := try(t, "", nil, "ask", question)
	for _, test := range []struct {
		name   string
		behave fakellm.Behaviour
		mode   string
		out    string // of the page
		reject bool   // something must be
	}{
		{"honest", fakellm.Honest, "llm", "each sentence was checked", false},
		{"invented", fakellm.Invented, "keyword", "these are quotes", true},
		{"killed", fakellm.Killed, "keyword", "The model broke off in the middle of its answer; these are quotes.", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{test.behave}})
			got := try(t, "", env(server), "ask", "--json", "--mode", "llm", question)
			var a bot.Answer
			if err := json.Unmarshal([]byte(got.out), &a); err != nil || got.code != exitDone {
				t.Fatalf("ask --json = %d, %s %s: %v", got.code, got.out, got.err, err)
			}
			if a.Mode != test.mode || test.reject && len(a.Rejected) == 0 || a.Prompt == "" {
				t.Errorf("ask --json = %s, want mode %s, rejected %v", got.out, test.mode, test.reject)
			}
			server = fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{test.behave}})
			page := try(t, "", env(server), "ask", question)
			if page.code != exitDone || strings.Count(strings.Join(strings.Fields(page.out), " "), test.out) != 1 {
				t.Errorf("ask = %d, %q, want %q in it once", page.code, page.out, test.out)
			}
			if test.mode == "keyword" && !strings.HasPrefix(page.out, plain.out) {
				t.Errorf("ask = %q, want the keyword writer's %q", page.out, plain.out)
			}
		})
	}
}

// TestModelTranslates asks in Japanese: below each sentence stands its translation, as
// one that nobody has checked.
func TestModelTranslates(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"ask", "北について何と言っていますか"}, {"summary", "南"}} {
		server := fakellm.New(t, fakellm.Config{Sentences: 4})
		env := []string{"OPENAI_BASE_URL=" + server.URL(), "FOOTNOTE_LLM_MODEL=" + fakellm.Model, "FOOTNOTE_LLM_RETRIES=0"}
		got := try(t, "", env, append(args, "--json")...)
		var a bot.Answer
		if err := json.Unmarshal([]byte(got.out), &a); err != nil || a.Mode != "llm" || a.Translated == nil {
			t.Fatalf("%v --json = %d, %s %s: %v", args, got.code, got.out, got.err, err)
		}
		page := try(t, "", env, args...)
		n := 0
		for _, s := range a.Sentences {
			if s.Translation != "" {
				n++
			}
		}
		if strings.Count(page.out, "モデルによる訳(未確認):") != n || n == 0 || !strings.Contains(page.out, "各文を段落と照合しました") {
			t.Errorf("%v = %q, want %d translations marked as such, and who wrote it", args, page.out, n)
		}
	}
}

// TestModelSettings is about who is asked at all.
func TestModelSettings(t *testing.T) {
	t.Parallel()
	server := fakellm.New(t, fakellm.Config{})
	plain := try(t, "", nil, "ask", "--json", "What is the NSDS-Hub?")
	address := "OPENAI_BASE_URL=" + server.URL()
	for _, env := range [][]string{{"OPENAI_API_KEY=sk-1"}, {address}, {"FOOTNOTE_LLM_MODEL=m"}, {address, "FOOTNOTE_LLM_MODEL=m", "FOOTNOTE_MODE=keyword"}} {
		got := try(t, "", env, "ask", "--json", "What is the NSDS-Hub?")
		if withoutTiming(got.out) != withoutTiming(plain.out) {
			t.Errorf("ask with %v = %s, want %s", env, got.out, plain.out)
		}
	}
	for _, env := range [][]string{nil, {"OPENAI_API_KEY=sk-1"}, {"FOOTNOTE_LLM_MODEL=m"}} {
		got := try(t, "", env, "ask", "--mode", "llm", "x")
		if got.code != exitUsage || !strings.Contains(got.err, "no chat endpoint") || !strings.Contains(got.err, "FOOTNOTE_LLM_MODEL") {
			t.Errorf("ask --mode llm with %v = %d, %q, want %d and what to set", env, got.code, got.err, exitUsage)
		}
	}
	if n := len(server.Exchanges()); n > 0 {
		t.Errorf("the model was asked %d times, want never", n)
	}
	if got := try(t, "", []string{address, "FOOTNOTE_LLM_MODEL=m", "HOME=" + t.TempDir()}, "doctor"); !strings.Contains(got.out, "The model m writes") && !strings.Contains(got.out, "writes: first text") {
		t.Errorf("doctor does not say that the model writes:\n%s", got.out)
	}
	server.Close()
	if got := try(t, "", []string{address, "FOOTNOTE_LLM_MODEL=m", "FOOTNOTE_LLM_RETRIES=0", "HOME=" + t.TempDir()}, "doctor"); !strings.Contains(got.out, "! The model m does not write") {
		t.Errorf("doctor does not say that the model does not write:\n%s", got.out)
	}
}

// withoutTiming returns an answer without the part that differs each time.
func withoutTiming(line string) string {
	before, _, _ := strings.Cut(line, `"timing_ms"`)
	return before
}
