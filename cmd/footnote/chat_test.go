package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"footnote/bot"
)

func TestConversationRemembers(t *testing.T) {
	p := &parrot{look: true}
	c := conversation{con: &console{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: environment(nil)}, bot: p}
	for i := range remembered + 5 {
		if done, err := c.take(t.Context(), fmt.Sprint("question ", i)); done || err != nil {
			t.Fatalf("take = %v, %v", done, err)
		}
	}
	last := p.asked[len(p.asked)-1]
	if len(last.Before) != remembered {
		t.Fatalf("the question has %d turns before it, want %d", len(last.Before), remembered)
	}
	if got, want := last.Before[remembered-1].Answer.Text, fmt.Sprintf("question %d!", remembered+3); got != want {
		t.Errorf("the turn before is %q, want %q", got, want)
	}
	for _, turn := range last.Before {
		if turn.Question.Before != nil {
			t.Fatal("a turn holds the turns before it once more")
		}
	}
}

func TestConversationCommands(t *testing.T) {
	for _, test := range []struct {
		line, asked string
		done        bool
	}{
		{"What?", "What?", false},
		{"  What?  ", "What?", false},
		{"/summary north", "summary north", false},
		{"/ask What?", "What?", false},
		{"/sources", "sources", false},
		{"/help", "", false},
		{"/nonsense", "", false},
		{"", "", false},
		{"/quit", "", true},
		{"/exit", "", true},
	} {
		p := &parrot{look: true}
		c := conversation{con: &console{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: environment(nil)}, bot: p}
		done, err := c.take(t.Context(), test.line)
		if done != test.done || err != nil {
			t.Errorf("take(%q) = %v, %v, want %v", test.line, done, err, test.done)
		}
		asked := ""
		if len(p.asked) > 0 {
			asked = p.asked[0].Text
			if p.asked[0].Kind != bot.KindAny {
				t.Errorf("take(%q) asks a %s, want any kind", test.line, p.asked[0].Kind)
			}
		}
		if asked != test.asked {
			t.Errorf("take(%q) asks %q, want %q", test.line, asked, test.asked)
		}
	}
}

// typed is what an editor remembers.
type typed string

func (l typed) WriteHistory(w io.Writer) (int, error) { return io.WriteString(w, string(l)) }

func TestHistoryIsPrivate(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	var errs bytes.Buffer
	con := &console{err: &errs}
	h := con.history(values{"history": "true"})
	h.save(typed("What?\n"))
	if errs.Len() > 0 {
		t.Fatal(errs.String())
	}
	for name, want := range map[string]os.FileMode{h.path: 0o600, filepath.Dir(h.path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(name), got, want)
		}
	}
	if h := con.history(values{"history": "false"}); h.path != "" {
		t.Errorf("history that is switched off is kept in %s", h.path)
	}
}
