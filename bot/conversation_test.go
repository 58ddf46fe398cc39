package bot

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A conversation file is a script: "? question" opens a conversation, "> question"
// goes on with it, and the indented lines below are what the bot answers. Lines
// with # and blank lines are the writer's own. To add a case, write its question
// and run the test with -update. A script records what the bot says, right or wrong,
// so that a change shows; what is right is counted by the question sets.

// line is a line of a script that is not an answer.
type line struct {
	text     string
	question string // "" where it is none
	opens    bool   // it begins a conversation
}

// script reads the lines of a conversation file, the answers left out.
func script(text string) []line {
	var out []line
	sc := bufio.NewScanner(strings.NewReader(text))
	for sc.Scan() {
		l := line{text: sc.Text()}
		switch {
		case strings.HasPrefix(l.text, "  "):
			continue
		case strings.HasPrefix(l.text, "? "):
			l.question, l.opens = l.text[2:], true
		case strings.HasPrefix(l.text, "> "):
			l.question = l.text[2:]
		}
		out = append(out, l)
	}
	return out
}

// scripts returns the conversation files by path.
func scripts(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "conversations", "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("Glob(conversations) = %v, %v, want files", paths, err)
	}
	out := map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = string(data)
	}
	return out
}

// play speaks a script, and hands each question with its answer to heard.
func play(t *testing.T, b *Bot, lines []line, heard func(l line, q Question, a Answer, err error)) {
	t.Helper()
	var before []Turn
	for _, l := range lines {
		q := Question{Text: l.question}
		if l.question == "" {
			heard(l, q, Answer{}, nil)
			continue
		}
		if l.opens {
			before = nil
		}
		q.Before = before
		a, err := b.Ask(t.Context(), q)
		if err == nil {
			before = append(before, Turn{Question: q, Answer: a})
		}
		heard(l, q, a, err)
	}
}

// printed returns an answer as a script has it. It leaves out the figures, so that only what
// a reader would notice changes a script.
func printed(a Answer, err error) string {
	var b strings.Builder
	say := func(format string, args ...any) {
		text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
		b.WriteString("  " + strings.ReplaceAll(text, "\n", "\n    ") + "\n")
	}
	var problem *Problem
	switch {
	case errors.As(err, &problem):
		say("problem: %s", problem)
		return b.String()
	case err != nil:
		say("error: %v", err)
		return b.String()
	}
	say("%s (%s, %s)", a.Status, a.Kind, a.Language)
	if a.Understood != "" {
		say("understood as: %s", a.Understood)
	}
	if len(a.Sentences) == 0 || a.Status == Abstained || a.Verdict != "" {
		say("%s", a.Text)
	}
	if d := a.Direction; d != nil {
		say("%s: %d of %d passages, %d notes", d.Name, d.Used, d.Passages, d.Notes)
	}
	for _, d := range a.Directions {
		say("%s: %d passages, %d notes", d.Name, d.Passages, d.Notes)
	}
	if a.Status == Answered || a.Status == Found {
		cited := a.Citations
		for _, s := range a.Sentences {
			if len(s.Citations) == 0 { // of a text that is checked: nothing says this
				say("- %s %s; %s", s.Text, s.Verdict, s.Reason)
				continue
			}
			say("- %s [%s] %s%s", s.Text, cited[0].Label, s.Verdict, notesBelow(cited[0]))
			cited = cited[1:]
		}
	}
	for _, r := range a.Reasons {
		say("reason: %s", r)
	}
	if len(a.Missing) > 0 {
		say("missing: %s", strings.Join(a.Missing, ", "))
	}
	for _, c := range a.Nearest {
		say("nearest: [%s] %s%s", c.Label, c.Text, notesBelow(c))
	}
	return b.String()
}

// notesBelow prints what stands below a quote: its notes, a bracket around those
// that come after it; of a note, the passages that refer to it.
func notesBelow(c Citation) string {
	var out []string
	for _, n := range c.Notes {
		if n.After {
			out = append(out, "("+n.Label+")")
		} else {
			out = append(out, n.Label)
		}
	}
	if len(c.CitedBy) > 0 {
		out = append(out, "cited by "+strings.Join(c.CitedBy, ", "))
	}
	if out == nil {
		return ""
	}
	return "; " + strings.Join(out, ", ")
}

func TestConversations(t *testing.T) {
	_, b := article()
	for path, want := range scripts(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			var got strings.Builder
			play(t, b, script(want), func(l line, q Question, a Answer, err error) {
				got.WriteString(l.text + "\n")
				if q.Text != "" {
					got.WriteString(printed(a, err))
				}
			})
			if *update {
				if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if fault := difference(want, got.String()); fault != "" {
				t.Errorf("%s:%s\n(go test -run Conversations -update rewrites it)", path, fault)
			}
		})
	}
}

// difference describes the first line in which got is not want, with the question
// it belongs to.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	question := ""
	for i := range max(len(w), len(g)) {
		var wl, gl string
		if i < len(w) {
			wl = w[i]
		}
		if i < len(g) {
			gl = g[i]
		}
		if strings.HasPrefix(wl, "? ") || strings.HasPrefix(wl, "> ") {
			question = wl[2:]
		}
		if wl != gl {
			return fmt.Sprintf("%d: Ask(%q) =\n%s\nwant\n%s", i+1, question, gl, wl)
		}
	}
	return ""
}
