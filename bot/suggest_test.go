package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// labels returns what suggestions are called.
func labels(all []Suggestion) string {
	var out []string
	for _, s := range all {
		out = append(out, s.Label)
	}
	return strings.Join(out, " ")
}

func TestComplete(t *testing.T) {
	_, b := article()
	for _, c := range []struct{ typed, begins string }{
		{"¶5", "¶5"},
		{"5", "¶5 note 5"},
		{"1", "¶1 note 1 chart 1 ¶10 ¶11"},
		{"p1", "¶1 ¶10 ¶11"},
		{"５", "¶5 note 5"},
		{"第5段落", "¶5"},
		{"¶", "¶1 ¶2 ¶3"},
		{"n", "note 1 note 2"},
		{"not", "note 1 note 2"},
		{"note 7", "note 7"},
		{"注7", "note 7"},
		{"[7", "note 7"},
		{"[7]", "note 7"},
		{"n1", "note 1 note 10 note 11"},
		{"chart", "chart 1 chart 2 chart 3"},
		{"図2", "chart 2"},
		{"nato-360#p5", "¶5"},
		{"nato-360#", "¶1 ¶2"},
		{"¶5, note 7", "note 7"},
		{"Arctic", "¶5"},
		{"Arcti", "¶5"}, // not finished
		{"北極", "¶5"},
		{"to the ‘South’", "¶7 ¶6"}, // a heading
		{"note 1", "note 1 note 10 note 11"}, {"注1", "note 1 note 10 note 11"},
		{"", "¶1 ¶2 ¶3 ¶4 ¶5 ¶6 ¶7 ¶8 ¶9 ¶10 ¶11 ¶12 ¶13 note 1 note 2 "},
	} {
		if got := labels(b.Complete(t.Context(), Question{Text: c.typed}, 25)); !strings.HasPrefix(got+" ", c.begins+" ") && !strings.HasPrefix(got, c.begins) {
			t.Errorf("Complete(%q) = %s, want first %s", c.typed, got, c.begins)
		}
	}
	for _, typed := range []string{"¶99", "zebra", "zebra#p1", "?", "-"} {
		if got := b.Complete(t.Context(), Question{Text: typed}, 25); len(got) > 0 {
			t.Errorf("Complete(%q) = %s, want nothing", typed, labels(got))
		}
	}
}

func TestCompleteLooksUp(t *testing.T) {
	_, b := article()
	several := over(t, map[string]string{"one.txt": "One title\n\nThe first words of one.\n", "two.txt": "Another title\n\nThe first words of two.\n"})
	for _, x := range []struct {
		name  string
		b     *Bot
		typed string
	}{{"one document", b, ""}, {"numbers", b, "1"}, {"words", b, "Russia"}, {"a list", b, "¶5, n"}, {"several documents", several, "1"}, {"several documents", several, "words"}} {
		got := x.b.Complete(t.Context(), Question{Text: x.typed}, 7)
		if len(got) == 0 || len(got) > 7 {
			t.Errorf("%s: Complete(%q) has %d suggestions, want 1 to 7", x.name, x.typed, len(got))
		}
		for _, s := range got {
			if s.Text == "" || strings.ContainsAny(s.Text, "\n\t") || len([]rune(s.Text)) > 120 {
				t.Errorf("%s: Complete(%q) begins with %q, want one line of 1 to 120 characters", x.name, x.typed, s.Text)
			}
			a := ask(t, x.b, Question{Kind: KindCite, Text: s.Ref})
			if n := len(a.Citations); n == 0 || a.Citations[n-1].Label != s.Label {
				t.Errorf("%s: %q looks up %v, want %s", x.name, s.Ref, a.Citations, s.Label)
			}
		}
	}
	if got := several.Complete(t.Context(), Question{Text: "1"}, 7); len(got) != 2 || got[0].Where == got[1].Where || got[0].Ref == got[1].Ref {
		t.Errorf("Complete(1) over two documents = %+v, want each with its own title", got)
	}
}

// Notes are known of from the start, and a bot without material has nothing.
func TestCompleteStart(t *testing.T) {
	_, b := article()
	got := labels(b.Complete(t.Context(), Question{Text: " "}, 25))
	if n := strings.Count(got, "note "); n < 5 || strings.Count(got, " ") < 24 {
		t.Errorf("Complete(%q) = %s, want 25 with some notes among them", " ", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := labels(b.Complete(ctx, Question{Text: "note 7"}, 25)); got != "note 7" {
		t.Errorf("Complete without time to search = %s, want what needs none", got)
	}
}

// It is asked at every key, also over a great collection.
func TestCompleteQuick(t *testing.T) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "The paragraph of number %d says little about harbour %d.\n\n", i, i%17)
	}
	b := over(t, map[string]string{"a.txt": "A title\n\n" + text.String()})
	start := time.Now()
	typed := []string{"", "2", "299", "¶", "harbour", "harbour 3"}
	for _, x := range typed {
		if got := b.Complete(t.Context(), Question{Text: x}, 25); len(got) == 0 {
			t.Errorf("Complete(%q) has nothing", x)
		}
	}
	if d := time.Since(start) / time.Duration(len(typed)); d > 50*time.Millisecond {
		t.Errorf("Complete took %v, want less than 50ms", d)
	}
}

// TestCompleteNumbered checks that who names a note is offered notes, and no passage
// that only has the words.
func TestCompleteNumbered(t *testing.T) {
	_, b := article()
	for _, typed := range []string{"note 1", "注1", "n1", "[1", "note 19", "nato-360#n1"} {
		for _, s := range b.Complete(t.Context(), Question{Text: typed}, 25) {
			if !strings.HasPrefix(s.Label, "note 1") {
				t.Errorf("Complete(%q) offers %s, want only notes that begin so", typed, s.Label)
			}
		}
	}
}
