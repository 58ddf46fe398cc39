package layout

import (
	"slices"
	"strings"
	"testing"

	"footnote/bot"
)

// TestSummariesOffered: what the question names comes first, then what most of the
// cited passages are about.
func TestSummariesOffered(t *testing.T) {
	names := map[string]string{"north": "North", "south": "South", "east": "East", "new": "New domains"}
	cited := []bot.Citation{{ID: "d#p4", Directions: []string{"new"}}, {ID: "d#p2", Directions: []string{"east", "south"}}, {ID: "d#p6", Directions: []string{"south"}}}
	for question, want := range map[string][]string{
		"compare the South and the North": {"south", "north"},
		"What of it?":                     {"south", "new"},
		"the new domains and the rest":    {"new", "south"},
		"What does North Korea do?":       {"south", "new"},
		"a northern road":                 {"south", "new"},
	} {
		a := bot.Answer{Kind: bot.KindAsk, Status: bot.Answered, Question: question, Citations: cited}
		var got []string
		for _, c := range New(a, Options{Directions: names}).Closers(Sheet{Last: true}) {
			if c.Do == Summary {
				got = append(got, c.Ref)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q offers the summaries %v, want %v", question, got, want)
		}
	}
	own := bot.Answer{Kind: bot.KindSummary, Status: bot.Answered, Question: "summary of the South", Direction: &bot.Coverage{ID: "south"}, Citations: cited}
	for _, c := range New(own, Options{Directions: names}).Closers(Sheet{Last: true}) {
		if c.Ref == "south" {
			t.Error("a summary offers itself")
		}
	}
}

// TestCounted: one is one.
func TestCounted(t *testing.T) {
	for _, c := range []struct {
		language string
		d        bot.Coverage
		want     string
	}{
		{"en", bot.Coverage{Name: "D", Used: 1, Passages: 1, Notes: 1}, "D (1 of 1 passage used · 1 note)"},
		{"en", bot.Coverage{Name: "D", Used: 1, Passages: 2, Notes: 0}, "D (1 of 2 passages used · 0 notes)"},
		{"ja", bot.Coverage{Name: "D", Used: 1, Passages: 2, Notes: 3}, "D (2段落のうち1段落を使用・注3件)"},
	} {
		a := bot.Answer{Kind: bot.KindSummary, Status: bot.Answered, Language: c.language, Direction: &c.d}
		if got := New(a, Options{}).Body()[0].Text; got != c.want {
			t.Errorf("the title is %q, want %q", got, c.want)
		}
	}
	notes := make([]bot.Note, mostNotes+1)
	for i := range notes {
		notes[i] = bot.Note{ID: string(rune('a' + i)), Label: "note", Text: "x"}
	}
	a := bot.Answer{Kind: bot.KindCite, Status: bot.Found, Citations: []bot.Citation{{ID: "d#p1", Label: "¶1", Text: "x", Notes: notes}}}
	l := New(a, Options{})
	if got := l.Sources(Sheet{Units: l.Body()})[0].Notes; got[mostNotes] != "and 1 more note" {
		t.Errorf("the notes are %q", got)
	}
}

// TestSourcesOfMany: below several passages or notes it is said which has what.
func TestSourcesOfMany(t *testing.T) {
	note := bot.Citation{ID: "d#n7", Label: "note 7", Text: "x", CitedBy: []string{"¶3"}}
	other := bot.Citation{ID: "d#n8", Label: "note 8", Text: "y", CitedBy: []string{"¶3", "¶4"}}
	passage := bot.Citation{ID: "d#p3", Label: "¶3", Text: "z", Notes: []bot.Note{{ID: "d#n7", Label: "note 7", Text: "x"}, {ID: "d#n8", Label: "note 8", Text: "y"}}}
	l := New(bot.Answer{Kind: bot.KindCite, Status: bot.Found, Citations: []bot.Citation{note, other, passage}}, Options{})
	var got []string
	for _, s := range l.Sources(Sheet{Units: l.Body()}) {
		got = append(got, s.Line+"|"+s.Brief+"|"+strings.Join(s.Notes, ";"))
	}
	want := []string{"note 7: Cited by ¶3||", "note 8: Cited by ¶3, ¶4||", "¶3|¶3: note 7, note 8|note 7: x;note 8: y"}
	if !slices.Equal(got, want) {
		t.Errorf("the sources are %q, want %q", got, want)
	}
	l = New(bot.Answer{Kind: bot.KindCite, Status: bot.Found, Citations: []bot.Citation{note}}, Options{})
	if s := l.Sources(Sheet{Units: l.Body()})[0]; s.Line != "" || !slices.Equal(s.Notes, []string{"Cited by ¶3"}) {
		t.Errorf("of one note alone it is said %+v", s)
	}
}

// TestCheckedOnce: a sentence that the head repeats is not repeated again.
func TestCheckedOnce(t *testing.T) {
	a := bot.Answer{Kind: bot.KindCheck, Status: bot.Answered, Question: "It is.", Verdict: bot.Quoted,
		Sentences: []bot.Sentence{{Text: "It is.", Citations: []string{"d#p1"}, Verdict: bot.Quoted}}, Citations: []bot.Citation{{ID: "d#p1", Label: "¶1", Text: "It is."}}}
	for echo, want := range map[bool]string{true: "● Quoted word for word", false: "● Quoted word for word: “It is.”"} {
		if got := New(a, Options{Echo: echo}).Body()[0].Text; got != want {
			t.Errorf("with echo %v the finding is %q, want %q", echo, got, want)
		}
	}
}

// TestWays: help ends with how the bot is spoken to, and nothing else does.
func TestWays(t *testing.T) {
	for kind, want := range map[bot.Kind]bool{bot.KindHelp: true, bot.KindSummary: false} {
		l := New(bot.Answer{Kind: kind, Status: bot.Found, Text: "x"}, Options{Ways: "Mention me."})
		if got := slices.Contains(l.Closing(Sheet{Last: true, Of: 1}), "Mention me."); got != want {
			t.Errorf("the ways are told with %s: %v, want %v", kind, got, want)
		}
	}
}
