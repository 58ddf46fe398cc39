package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes a file in a folder of the test's own and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBadInput(t *testing.T) {
	latin1 := write(t, "latin1.txt", "first line\ncaf\xe9\n")
	empty := write(t, "empty.txt", " \n")
	picture, word := write(t, "report.gif", "text"), write(t, "report.docx", "text")
	unknownKey := write(t, "unknown.yaml", "mode: keyword\ncorpsu: x\n")
	badValue := write(t, "value.yaml", "mode: fast\n")
	noMap := write(t, "list.yaml", "- a\n")
	twoValues := write(t, "two.yaml", "corpus: [a, b]\n")
	spaceID := write(t, "space.jsonl", `{"_id":"a b","text":"Arctic"}`)
	noID := write(t, "noid.jsonl", `{"text":"Arctic"}`)
	out := filepath.Join(t.TempDir(), "run")

	for _, test := range []struct {
		name string
		args []string
		env  []string
		code int
		want string // in the one line on stderr
	}{
		{"no question", []string{"ask"}, nil, exitUsage, "give a question"},
		{"empty question", []string{"ask", ""}, nil, exitUsage, "give a question"},
		{"blank question", []string{"ask", " \t\n "}, nil, exitUsage, "give a question"},
		{"very long question", []string{"ask", strings.Repeat("word ", 2000)}, nil, exitUsage, "characters"},
		{"control character", []string{"ask", "What is\x00 the NRF?"}, nil, exitUsage, "control character"},
		{"invalid UTF-8", []string{"ask", "What is \xff the NRF?"}, nil, exitUsage, "UTF-8"},
		{"wrong direction", []string{"summary", "up"}, nil, exitUsage, "North, South, East, West"},
		{"sources with words", []string{"sources", "MOFA"}, nil, exitUsage, "takes no words"},
		{"chat with words", []string{"chat", "hello"}, nil, exitUsage, "takes no words"},
		{"index with words", []string{"index", "folder"}, nil, exitUsage, "--corpus"},
		{"bench with a word", []string{"bench", "fast"}, nil, exitUsage, "open fast"},
		{"no reference", []string{"cite"}, nil, exitUsage, "give a reference"},
		{"no sentence", []string{"check", ""}, nil, exitUsage, "give a sentence"},
		{"no words", []string{"search"}, nil, exitUsage, "give words"},
		{"batch without json", []string{"ask", "-"}, nil, exitUsage, "--json"},
		{"unknown command", []string{"asks"}, nil, exitUsage, `did you mean ask?`},
		{"question without command", []string{"What is the NRF?"}, nil, exitUsage, "after ask"},
		{"unknown flag", []string{"ask", "--jsn", "x"}, nil, exitUsage, "--jsn"},
		{"flag without value", []string{"ask", "x", "--corpus"}, nil, exitUsage, "--corpus"},
		{"mode that is none", []string{"ask", "--mode", "fast", "x"}, nil, exitUsage, "none of auto, keyword, llm"},
		{"mode of the environment", []string{"ask", "x"}, []string{"FOOTNOTE_MODE=fast"}, exitUsage, "FOOTNOTE_MODE"},
		{"mode llm", []string{"ask", "--mode", "llm", "x"}, nil, exitUsage, "no chat endpoint"},
		{"limit that is none", []string{"search", "-k", "0", "x"}, nil, exitUsage, "whole number from 1 up"},
		{"missing corpus", []string{"ask", "--corpus", "nowhere", "x"}, nil, exitUsage, "nowhere: no such file or folder"},
		{"missing corpus of the environment", []string{"index"}, []string{"FOOTNOTE_CORPUS=nowhere"}, exitUsage, "nowhere: no such file or folder"},
		{"corpus that is not UTF-8", []string{"ask", "--corpus", latin1, "x"}, nil, exitUsage, "latin1.txt:2: not UTF-8"},
		{"empty corpus", []string{"ask", "--corpus", empty, "x"}, nil, exitUsage, "empty"},
		{"folder without documents", []string{"ask", "--corpus", t.TempDir(), "x"}, nil, exitUsage, "no documents"},
		{"unknown kind of file", []string{"ask", "--corpus", picture, "x"}, nil, exitUsage, "unknown kind of file"},
		{"damaged file", []string{"ask", "--corpus", word, "x"}, nil, exitUsage, "report.docx: damaged"},
		{"missing configuration", []string{"ask", "--config", "nowhere.yaml", "x"}, nil, exitUsage, "nowhere.yaml"},
		{"unknown key", []string{"ask", "--config", unknownKey, "x"}, nil, exitUsage, `unknown.yaml:2: unknown setting "corpsu"`},
		{"value of a key", []string{"ask", "--config", badValue, "x"}, nil, exitUsage, `value.yaml:1: mode: "fast"`},
		{"key twice", []string{"ask", "--config", write(t, "twice.yaml", "mode: auto\nmode: keyword\n"), "x"}, nil, exitUsage, "twice.yaml:2: mode is given twice"},
		{"serve with words", []string{"serve", "slack"}, nil, exitUsage, "takes no words"},
		{"doctor with words", []string{"doctor", "slack"}, nil, exitUsage, "takes no words"},
		{"unknown command of Slack's", []string{"slack", "manifests"}, nil, exitUsage, `unknown command "slack manifests"`},
		{"unknown command of the ledger's", []string{"ledger", "forgive"}, nil, exitUsage, `unknown command "ledger forgive"`},
		{"secret as a flag", []string{"serve", "--slack-bot-token", "xoxb-1"}, nil, exitUsage, "unknown flag: --slack-bot-token"},
		{"two values of a key", []string{"ask", "--config", twoValues, "x"}, nil, exitUsage, "corpus: give it one value"},
		{"configuration of another form", []string{"ask", "--config", noMap, "x"}, nil, exitUsage, "list.yaml"},
		{"queries without run", []string{"search", "--queries", "q.jsonl"}, nil, exitUsage, "belong together"},
		{"queries and words", []string{"search", "--queries", "q.jsonl", "--run", "-", "word"}, nil, exitUsage, "either words or --queries"},
		{"missing queries", []string{"search", "--queries", "nowhere.jsonl", "--run", "-"}, nil, exitUsage, "nowhere.jsonl"},
		{"query without id", []string{"search", "--queries", noID, "--run", "-"}, nil, exitUsage, "query 1"},
		{"query id with a space", []string{"search", "--queries", spaceID, "--run", out}, nil, exitOther, "white space"},
		{"run in no folder", []string{"search", "--queries", write(t, "q.jsonl", `{"_id":"1","text":"x"}`), "--run", filepath.Join(out, "no", "run")}, nil, exitUsage, "write run"},
		{"eval without folder", []string{"eval"}, nil, exitUsage, "folder"},
		{"eval of nothing", []string{"eval", "nowhere"}, nil, exitUsage, "nowhere"},
		{"eval update without golden", []string{"eval", "testdata", "--update"}, nil, exitUsage, "--golden"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := try(t, "", test.env, test.args...)
			if got.code != test.code || got.out != "" {
				t.Errorf("run(%.60q) = %d with output %q, want %d with none", test.args, got.code, got.out, test.code)
			}
			if !strings.HasPrefix(got.err, "footnote: ") || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, test.want) {
				t.Errorf("run(%.60q) says %q, want one line with %q", test.args, got.err, test.want)
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	for _, test := range []struct {
		args []string
		want int
	}{
		{[]string{"ask", "How many troops does the NATO Response Force comprise?"}, exitDone},
		{[]string{"ask", "How do I reset my VPN password?"}, exitNothing},
		{[]string{"cite", "¶5"}, exitDone},
		{[]string{"cite", "¶99"}, exitNothing},
		{[]string{"summary"}, exitDone},
		{[]string{"search", "zyzzyva"}, exitNothing},
		{[]string{"search", "Arctic"}, exitDone},
		{[]string{"check", "The moon is made of cheese."}, exitNothing},
		{nil, exitDone},
		{[]string{"ledger"}, exitDone},
		{[]string{"slack"}, exitDone},
		{[]string{"slack", "manifest"}, exitDone},
		{[]string{"--version"}, exitDone},
		{[]string{"chat"}, exitDone},
	} {
		if got := try(t, "", nil, test.args...); got.code != test.want {
			t.Errorf("run(%q) = %d (%s), want %d", test.args, got.code, got.err, test.want)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// A pipe that nobody writes to: nothing but the context can end the reading.
	in, w := io.Pipe()
	defer w.Close()
	for _, args := range [][]string{{"ask", "--json", "-"}, {"chat"}, {"ask", "NRF"}, {"search", "NRF"}} {
		var errs strings.Builder
		if code := run(ctx, args, in, io.Discard, &errs, environment(nil)); code != exitOther || errs.String() != "footnote: interrupted\n" {
			t.Errorf("run(%q) = %d, %q; want %d, interrupted", args, code, errs.String(), exitOther)
		}
	}
}

func TestPrecedence(t *testing.T) {
	config := write(t, "footnote.yaml", "limit: 3\ncolor: never\n")
	for _, test := range []struct {
		name string
		args []string
		env  []string
		want int // hits
	}{
		{"default", nil, nil, 10},
		{"file", []string{"--config", config}, nil, 3},
		{"file named by the environment", nil, []string{"FOOTNOTE_CONFIG=" + config}, 3},
		{"environment over file", []string{"--config", config}, []string{"FOOTNOTE_LIMIT=2"}, 2},
		{"flag over environment", []string{"--config", config, "-k", "1"}, []string{"FOOTNOTE_LIMIT=2"}, 1},
		{"empty flag over environment", []string{"--corpus", "", "-k", "1"}, []string{"FOOTNOTE_CORPUS=nowhere"}, 1},
	} {
		got := try(t, "", test.env, append([]string{"search", "NATO"}, test.args...)...)
		if n := strings.Count(got.out, "\n\n") + 1; n != test.want || got.code != exitDone {
			t.Errorf("%s: %d hits (exit code %d, %s), want %d", test.name, n, got.code, got.err, test.want)
		}
	}
}

func TestHelp(t *testing.T) {
	root := try(t, "", nil, "--help")
	for _, c := range commands {
		name := c.name()
		words := strings.Fields(name)
		if !strings.Contains(root.out, "  "+words[0]+" ") {
			t.Errorf("footnote --help does not list %s", name)
		}
		got := try(t, "", nil, append(words, "--help")...)
		if got.code != exitDone || got.err != "" || !strings.Contains(got.out, "Examples:") {
			t.Errorf("footnote %s --help = %d, %q, without examples in %q", name, got.code, got.err, got.out)
		}
		for _, s := range settings {
			shown := "(" + s.env() + ")"
			if s.hidden {
				shown = "\n  " + s.env() + " "
			}
			if has := strings.Contains(got.out, shown); has != s.of(name) {
				t.Errorf("footnote %s --help names %s: %v, want %v", name, s.env(), has, s.of(name))
			}
		}
	}
}

func TestColour(t *testing.T) {
	for _, test := range []struct {
		args []string
		want bool
	}{
		{[]string{"cite", "p5"}, false}, // a buffer is no terminal
		{[]string{"cite", "p5", "--color", "always"}, true},
		{[]string{"cite", "p5", "--color", "never"}, false},
	} {
		if got := try(t, "", nil, test.args...); strings.Contains(got.out, "\x1b[") != test.want {
			t.Errorf("run(%q): colours %v, want %v", test.args, !test.want, test.want)
		}
	}
}
