package bot

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// converse asks one after the other, and returns the turns.
func converse(t *testing.T, b *Bot, texts ...string) []Turn {
	t.Helper()
	var turns []Turn
	for i, text := range texts {
		q := Question{ID: string(rune('a' + i)), Text: text, Before: turns}
		turns = append(turns, Turn{Question: q, Answer: ask(t, b, q)})
	}
	return turns
}

// TestAfter: a reply goes on from the answer it replies to, not from the last.
func TestAfter(t *testing.T) {
	_, b := article()
	turns := converse(t, b, "When was the NSDS-Hub established?", "summary north")
	first := ask(t, b, Question{Text: "source?", After: "a", Before: turns})
	want := ask(t, b, Question{Text: "source?", Before: turns[:1]})
	if first.Understood == "" || first.Understood != want.Understood {
		t.Errorf("a reply to the first answer is understood as %q, want %q", first.Understood, want.Understood)
	}
	last := ask(t, b, Question{Text: "and the South?", Before: turns})
	for _, after := range []string{"b", "unknown"} {
		if a := ask(t, b, Question{Text: "and the South?", After: after, Before: turns}); a.Kind != KindSummary || a.Understood != last.Understood {
			t.Errorf("a reply to %q is understood as %q, want %q", after, a.Understood, last.Understood)
		}
	}
}

func TestWhichNote(t *testing.T) {
	_, b := article()
	turns := converse(t, b, "Which Arctic countries have become NATO members?")
	troops := converse(t, b, "How many troops does the NATO Response Force comprise?")
	if a := ask(t, b, Question{Text: "which note is that?", Before: troops}); len(a.Citations) != 1 || a.Citations[0].ID != "nato-360#n2" {
		t.Errorf("Ask(which note is that?) = %q, want note 2", a.Text)
	}
	for _, text := range []string{"which note is that?", "What note is it?", "show me the note", "What does the note say?", "どの注ですか？"} {
		a := ask(t, b, Question{Text: text, Before: turns})
		if a.Kind != KindCite || len(a.Citations) == 0 || a.Citations[0].ID != "nato-360#n7" {
			t.Errorf("Ask(%q) = %s %q, want note 7", text, a.Kind, a.Text)
		}
	}
}

// TestTellMeMore: who wants to read on gets the whole passages, and then the next.
func TestTellMeMore(t *testing.T) {
	_, b := article()
	for _, text := range []string{"tell me more", "More, please!", "go on", "Can you tell me more about that?", "もっと詳しく教えてください。"} {
		turns := converse(t, b, "When was the NSDS-Hub established?", text, text)
		cited, first, next := turns[0].Answer.Citations, turns[1].Answer, turns[2].Answer
		if first.Kind != KindCite || first.Status != Found || first.Citations[0].ID != cited[0].ID || len(first.Citations[0].Text) <= len(cited[0].Text) {
			t.Errorf("Ask(%q) = %s %q, want the whole of %s", text, first.Status, first.Text, cited[0].Label)
			continue
		}
		_, after := Neighbours(t.Context(), b, first.Citations[len(first.Citations)-1].ID)
		if next.Status != Found || next.Citations[0].ID != after.ID {
			t.Errorf("Ask(%q) again = %s %q, want %s", text, next.Status, next.Text, after.Label)
		}
	}
	turns := converse(t, b, "¶13", "tell me more") // the last
	if a := turns[1].Answer; a.Status == Found && len(a.Citations) > 0 && a.Citations[0].ID == "nato-360#p13" {
		t.Errorf("after the last passage, more is %q", a.Text)
	}
}

// TestNoWords: what has no word asks nothing, whatever was asked before.
func TestNoWords(t *testing.T) {
	_, b := article()
	turns := converse(t, b, "When was the NSDS-Hub established?")
	for _, text := range []string{"?", "...", " ？！ "} {
		for _, kind := range []Kind{KindAny, KindAsk, KindCheck} {
			p := (*Problem)(nil)
			if a, err := b.Ask(t.Context(), Question{Kind: kind, Text: text, Before: turns}); !errors.As(err, &p) {
				t.Errorf("Ask(%s %q) = %q, %v, want a problem", kind, text, a.Text, err)
			}
		}
	}
}

// TestMissingWords: what the material lacks is named, but no chatter and no piece of a
// word.
func TestMissingWords(t *testing.T) {
	_, b := article()
	for text, want := range map[string][]string{
		"hm, got any ramen?":        {"ramen"},
		"please ask about ramen ok": {"ramen"},
		"ramen, thanks":             {"ramen"},
		"その際に動いて抱えたラーメンは？":          {"ラーメン"},
		"猫はいますか？":                   {"猫"},
	} {
		if a := ask(t, b, Question{Kind: KindAsk, Text: text}); !slices.Equal(a.Missing, want) {
			t.Errorf("Ask(%q) misses %q, want %q", text, a.Missing, want)
		}
	}
	for _, text := range []string{"ok", "Got it, thanks!", "hm", "thanks a lot", "cool"} {
		if a := ask(t, b, Question{Text: text}); a.Kind != KindHelp {
			t.Errorf("Ask(%q) = %s, want what can be asked", text, a.Kind)
		}
	}
	for _, text := range []string{"is it ok to join?", "nice countries", "got troops?"} {
		if courtesy(text) {
			t.Errorf("courtesy(%q) = true", text)
		}
	}
}

// TestHelpExample: the example that help gives can be asked.
func TestHelpExample(t *testing.T) {
	_, b := article()
	for language, example := range map[string]string{"en": "What does the material say about “North”?", "ja": "この資料は北について何と言っていますか"} {
		if a := ask(t, b, Question{Kind: KindHelp, Language: language}); !strings.Contains(a.Text, example) {
			t.Errorf("help in %s is %q, want the example %q", language, a.Text, example)
		}
		if a := ask(t, b, Question{Text: example}); a.Status != Answered || a.Direction == nil || a.Direction.ID != "north" {
			t.Errorf("Ask(%q) = %s, want the summary of the north", example, a.Status)
		}
	}
}
