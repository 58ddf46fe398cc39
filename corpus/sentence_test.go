package corpus

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Each case is a text with its sentences separated by " | ", which stands for
// the white space between them, or by "¦" where there is none.
var sentenceCases = []string{
	"One. | Two! | Three? | Four",
	"A posture, i.e. a seamless one, e.g. this, is etc., not more. | Next.",
	"The U.S. Army came. | It left the U.S. | The end.",
	"Only the U.S. as an ally, and others.",
	"Mr. Smith and Dr. A. B. Marsh met St. John in Jan. 2020 on No. 5, vol. 3, p. 12. | They spoke.",
	"He said no. | Then he left.",
	"It grew 3.5 times at globaleurope.eu. | So be it.",
	"Acme Inc. Chairman Bo left Acme Inc. | The firm is old.",
	"She asked, \"Why?\" and left. | \"Because!\" | He stayed (for now). | Yes.",
	"“First.” | “Second.” | ‘Third.’ | Fourth.",
	"Wait... | What… | No.",
	"Wait... then go… slowly.",
	"Kept.[5] | Next [6]. | End.",
	"June 29, 2022. | IP4 (Indo-Pacific 4).¦Hae-Won Jun, “Title,” RUSI.",
	"a wing in a slipstream . | an experiment was made . | the end .",
	"i think so. | but maybe not.",
	"1. Open the door. | 2. Close it.",
	"It was William P. Bell and Malcolm X. | He came.",
	"About 5 p.m. | They went home. | It cost $5. | 3 more came.",
	"港は広い。¦船が来る！¦本当か？¦はい。",
	"町長は「金がかかる。時間もかかる。」と述べた。¦終わり。",
	"「行く。」¦彼は言った（本当だ。たぶん）。¦終",
	"यह एक वाक्य है। | यह दूसरा है।",
	"هل هذا سؤال؟ | نعم.",
	"What?! | Really?!! | Yes.",
	"Yahoo! is a name. | So is Jeopardy! here.",
	"Stop. . . | Go.",
	"...",
}

func TestSplitSentences(t *testing.T) {
	for _, c := range sentenceCases {
		text := strings.NewReplacer(" | ", " ", "¦", "").Replace(c)
		want := strings.Split(strings.ReplaceAll(c, " | ", "¦"), "¦")
		var got []string
		for _, s := range splitSentences(text) {
			got = append(got, text[s.Start:s.End])
		}
		if !slices.Equal(got, want) {
			t.Errorf("splitSentences(%q)\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestSplitSentencesOfNothing(t *testing.T) {
	for _, text := range []string{"", " ", "\n\t　"} {
		if got := splitSentences(text); got != nil {
			t.Errorf("splitSentences(%q) = %v, want nil", text, got)
		}
	}
}

// checkSentences reports what is wrong with the sentences of text.
func checkSentences(text string, sentences []Sentence) string {
	if len(sentences) == 0 && strings.TrimSpace(text) != "" {
		return "no sentences"
	}
	at := 0
	for _, s := range sentences {
		switch {
		case s.Start < at || s.End <= s.Start || s.End > len(text):
			return "offsets out of order"
		case strings.TrimSpace(text[at:s.Start]) != "":
			return "words between two sentences"
		case strings.TrimFunc(text[s.Start:s.End], unicode.IsSpace) != text[s.Start:s.End]:
			return "white space around a sentence"
		}
		at = s.End
	}
	if strings.TrimSpace(text[at:]) != "" {
		return "words after the last sentence"
	}
	return ""
}

func FuzzSplitSentences(f *testing.F) {
	for _, c := range sentenceCases {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if fault := checkSentences(text, splitSentences(text)); fault != "" {
			t.Errorf("splitSentences(%q): %s", text, fault)
		}
	})
}

func BenchmarkSplitSentences(b *testing.B) {
	text := article(b).Passage("nato-360#p12").Text
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		splitSentences(text)
	}
}
