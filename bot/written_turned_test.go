package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"footnote/bot"
	"footnote/bot/bottest/fakellm"
)

// TestModelMistranslates asks in another language than the article's: whatever the
// model does then, there is an answer, its sentences are those that were checked, and
// a translation beside them has their numbers and their names.
func TestModelMistranslates(t *testing.T) {
	var n tally
	translated, refused := 0, 0
	for _, way := range fakellm.Behaviours() {
		if slowWay(way) {
			continue
		}
		server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way}})
		t.Run(string(way), func(t *testing.T) {
			a := articleStage().put(t, &n, server, bot.Question{Kind: bot.KindAsk, Text: modelQuestions[0], Language: "ja"}, nil)
			shown := translations(t, a)
			translated += shown
			for _, r := range a.Rejected {
				if strings.Contains(r.Reason, "ranslation") {
					refused++
				}
			}
			switch {
			case way == fakellm.Honest && (shown != len(a.Sentences) || a.Translated == nil):
				t.Errorf("%d of %d sentences are translated, want all; rejected %+v", shown, len(a.Sentences), a.Rejected)
			case way == fakellm.TranslatedOnce && shown != 1:
				t.Errorf("%d sentences have a translation, want the one whose it is", shown)
			case strings.HasPrefix(string(way), "translated-") && way != fakellm.TranslatedOnce && way != fakellm.TranslatedMarks && shown > 0: // a mark is taken out
				t.Errorf("%d sentences have a translation, want none: %+v", shown, a.Sentences)
			case strings.HasPrefix(string(way), "translated-") && a.Mode != "llm":
				t.Errorf("answered by %s, want the model, whose sentences are as they should be", a.Mode)
			}
		})
		server.Close()
	}
	if refused == 0 {
		t.Error("no translation was refused: the suite tests nothing")
	}
	t.Logf("%d translations shown, %d refused; %v", translated, refused, &n)
}

// translations counts those of an answer, and holds each to its sentence by rules that
// know nothing of how it was looked at.
func translations(t *testing.T, a bot.Answer) int {
	t.Helper()
	n := 0
	seen := map[string]bool{}
	for _, s := range a.Sentences {
		if s.Translation == "" {
			continue
		}
		n++
		for _, f := range figure.FindAllString(s.Translation, -1) {
			if !slices.Contains(figure.FindAllString(s.Text, -1), f) {
				t.Errorf("the translation %q has %s, which %q does not have", s.Translation, f, s.Text)
			}
		}
		for _, w := range strings.FieldsFunc(s.Translation, func(r rune) bool { return !unicode.Is(unicode.Latin, r) }) {
			if !strings.Contains(s.Text, w) {
				t.Errorf("the translation %q has %s, which %q does not have", s.Translation, w, s.Text)
			}
		}
		if seen[s.Translation] || a.Translated == nil || strings.Contains(a.Text, s.Translation) {
			t.Errorf("the translation %q is shown twice, in the answer itself, or as nobody's", s.Translation)
		}
		seen[s.Translation] = true
	}
	return n
}

// TestModelMissummarises has every way of the model at summaries, in both languages.
func TestModelMissummarises(t *testing.T) {
	var n tally
	for _, way := range fakellm.Behaviours() {
		if slowWay(way) {
			continue
		}
		for i, language := range []string{"en", "ja"} {
			server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way}, Sentences: 4, NoSchema: i == 1})
			t.Run(fmt.Sprint(way, "-", language), func(t *testing.T) {
				a := articleStage().put(t, &n, server, bot.Question{Kind: bot.KindSummary, Text: "south", Language: language}, nil)
				shown := translations(t, a)
				if (language == "ja" && way == fakellm.Honest) != (shown > 1) && (way == fakellm.Honest || way == fakellm.TranslatedOnce) {
					t.Errorf("%d of %d bullets are translated: %+v", shown, len(a.Sentences), a.Rejected)
				}
				if len(a.Sentences) < 3 || len(a.Sentences) > 6 || a.Direction == nil || a.Direction.Used == 0 || a.Direction.Used > a.Direction.Passages {
					t.Errorf("%d bullets with %+v, want three to six", len(a.Sentences), a.Direction)
				}
				for _, c := range a.Citations {
					if !slices.Contains(c.Directions, "south") {
						t.Errorf("a bullet cites %s, which is not of the direction", c.ID)
					}
				}
				if way == fakellm.Honest && a.Mode != "llm" {
					t.Errorf("written by %s, want the model; %v, rejected %+v", a.Mode, a.Reasons, a.Rejected)
				}
				if a.Mode == "keyword" && len(a.Reasons) == 0 {
					t.Error("Reasons = [], want why the model did not write it")
				}
			})
			server.Close()
		}
	}
	t.Logf("%v", &n)
}
