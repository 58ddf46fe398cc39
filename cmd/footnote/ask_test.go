package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"footnote/bot"
)

// parrot is an asker that repeats the question. It refuses what is empty, and fails
// at "fail".
type parrot struct {
	asked []bot.Question // in order; nil where nobody looks
	look  bool
}

func (p *parrot) Ask(_ context.Context, q bot.Question) (bot.Answer, error) {
	if p.look {
		p.asked = append(p.asked, q)
	}
	switch q.Text {
	case "":
		return bot.Answer{}, &bot.Problem{Sentence: "There is no question."}
	case "fail":
		return bot.Answer{}, errors.New("out of order")
	}
	return bot.Answer{ID: q.ID, Question: q.Text, Status: bot.Answered, Text: q.Text + "!"}, nil
}

// answered is what a test reads of a line of JSON.
type answered struct {
	ID       string `json:"_id"`
	Question string
	Status   string
	Answer   string
	Error    string
}

func readAnswers(t *testing.T, out string) []answered {
	t.Helper()
	var all []answered
	for line := range strings.Lines(out) {
		var a answered
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, a)
	}
	return all
}

func TestBatchKeepsTheOrder(t *testing.T) {
	var in strings.Builder
	const n = 2000
	for i := range n {
		fmt.Fprintf(&in, "{\"_id\":\"q%d\",\"text\":\"question <%d>\",\"more\":[1]}\n", i, i)
	}
	var out bytes.Buffer
	if err := batch(t.Context(), &parrot{}, strings.NewReader(in.String()), &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), `\u003c`) {
		t.Error("the JSON is escaped for HTML")
	}
	all := readAnswers(t, out.String())
	if len(all) != n {
		t.Fatalf("%d answers, want %d", len(all), n)
	}
	for i, a := range all {
		if a.ID != fmt.Sprint("q", i) || a.Answer != fmt.Sprintf("question <%d>!", i) {
			t.Fatalf("answer %d is %+v", i, a)
		}
	}
}

func TestBatchLines(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, test := range []struct {
		name, line string
		want       answered
	}{
		{"plain", "What?", answered{Question: "What?", Status: "answered", Answer: "What?!"}},
		{"white space", " What? \r", answered{Question: "What?", Status: "answered", Answer: "What?!"}},
		{"object", `{"_id":"7","text":"What?"}`, answered{ID: "7", Question: "What?", Status: "answered", Answer: "What?!"}},
		{"number for an id", `{"_id":7,"text":"What?"}`, answered{ID: "7", Question: "What?", Status: "answered", Answer: "What?!"}},
		{"byte order mark", "\ufeffWhat?", answered{Question: "What?", Status: "answered", Answer: "What?!"}},
		{"much beside the text", `{"text":"What?","history":"` + long + `"}`, answered{Question: "What?", Status: "answered", Answer: "What?!"}},
		{"long text", long, answered{Question: long, Status: "answered", Answer: long + "!"}},
		{"blank", "", answered{Status: "invalid", Error: "There is no question."}},
		{"empty text", `{"_id":"7","text":""}`, answered{ID: "7", Status: "invalid", Error: "There is no question."}},
		{"no text", `{"_id":"7"}`, answered{ID: "7", Status: "invalid", Error: `The object has no "text".`}},
		{"no UTF-8", "caf\xe9", answered{Question: "caf\ufffd", Status: "invalid", Error: "The line is not UTF-8. Save the file in that encoding."}},
		{"line too long", strings.Repeat("y", maxLine+1), answered{Question: strings.Repeat("y", cutLength) + "…", Status: "invalid", Error: "The line has more than 16777216 bytes."}},
	} {
		for _, end := range []string{"\n", ""} {
			if test.line+end == "" {
				continue // the end of the input, and no line
			}
			var out bytes.Buffer
			err := batch(t.Context(), &parrot{}, strings.NewReader(test.line+end), &out)
			if bad := test.want.Status == "invalid"; errors.Is(err, errInvalid) != bad {
				t.Errorf("%s: batch ends with %v, invalid lines: %v", test.name, err, bad)
			}
			if got := readAnswers(t, out.String()); len(got) != 1 || got[0] != test.want {
				t.Errorf("%s: batch answers %.300v, want %.300v", test.name, got, test.want)
			}
		}
	}
}

func TestBatchGoesOnAfterABadLine(t *testing.T) {
	got := try(t, "{\nWhat is the NSDS-Hub?\n", nil, "ask", "--json", "-")
	all := readAnswers(t, got.out)
	if got.code != exitUsage || len(all) != 2 || all[0].Status != "invalid" || all[1].Status != "answered" {
		t.Errorf("run = %d with %+v, want %d with an invalid and an answered line", got.code, all, exitUsage)
	}
}

func TestBatchEndsAtAnError(t *testing.T) {
	var out bytes.Buffer
	err := batch(t.Context(), &parrot{}, strings.NewReader("one\nfail\n"), &out)
	if err == nil || !strings.Contains(err.Error(), "line 2: out of order") || errors.Is(err, errInvalid) {
		t.Errorf("batch ends with %v, want the error of line 2", err)
	}
}

// TestBatchConverses holds a conversation through pipes: each answer must come
// before the next question is written.
func TestBatchConverses(t *testing.T) {
	in, ask := io.Pipe()
	hear, out := io.Pipe()
	done := make(chan error)
	go func() {
		err := batch(t.Context(), &parrot{}, in, out)
		out.Close()
		done <- err
	}()
	lines := bufio.NewReader(hear)
	for i := range 20 {
		fmt.Fprintln(ask, "question", i)
		line, err := lines.ReadString('\n')
		if err != nil || !strings.Contains(line, "question "+strconv.Itoa(i)+"!") {
			t.Fatalf("answer %d is %q, %v", i, line, err)
		}
	}
	ask.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// full is a writer that is always full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestFullDisk(t *testing.T) {
	for _, args := range [][]string{{"ask", "NRF?"}, {"ask", "--json", "NRF?"}, {"ask", "--json", "-"}, {"search", "NRF"}, {"index"}, {"summary"}} {
		var errs strings.Builder
		code := run(t.Context(), args, strings.NewReader("What is the NRF?\n"), full{}, &errs, environment(nil))
		if code != exitOther || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("run(%q) with a full disk = %d, %q", args, code, errs.String())
		}
	}
}

func TestJSONHasLists(t *testing.T) {
	for _, question := range []string{"What is the NSDS-Hub?", "How do I reset my VPN password?", "¶99", "note 7"} {
		got := try(t, "", nil, "ask", "--json", question)
		var a map[string]any
		if err := json.Unmarshal([]byte(got.out), &a); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"sentences", "citations"} {
			if _, ok := a[name].([]any); !ok {
				t.Errorf("%s of %q is %v, want a list", name, question, a[name])
			}
		}
	}
}

func FuzzJob(f *testing.F) {
	f.Add([]byte(`{"_id":1,"text":"What?"}`))
	f.Add([]byte("What?"))
	f.Add([]byte("{\"_id\":\"\xff\"}"))
	f.Add([]byte(`{"_id":{},"text":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		j := job{number: 1, line: line}
		j.answer(t.Context(), &parrot{})
		if j.err == nil && (!json.Valid(j.out) || bytes.Count(j.out, []byte("\n")) != 1) {
			t.Errorf("line %q is answered with %q", line, j.out)
		}
	})
}
