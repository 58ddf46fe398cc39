package layout

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"footnote/bot"
)

func TestPhrases(t *testing.T) {
	for language, p := range said {
		raw, want := fmt.Sprintf("%#v", *p), fmt.Sprintf("%#v", *said["en"])
		if n, m := strings.Count(raw, `:""`), strings.Count(want, `:""`); n != m {
			t.Errorf("%s lacks %d phrases", language, n-m)
		}
		for _, r := range reasons {
			if p.Reasons[r] == "" {
				t.Errorf("%s has no words for %s", language, r)
			}
		}
	}
	if PhrasesIn("ja-JP") != said["ja"] || PhrasesIn("fr") != said["en"] || PhrasesIn("") != said["en"] {
		t.Error("PhrasesIn does not fall back")
	}
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		status bot.Status
		want   []Reason
	}{
		{bot.Answered, []Reason{WrongPassage, WrongAnswer, ShouldNotHave, Other}},
		{bot.Abstained, []Reason{ShouldHave, Other}},
		{bot.NotFound, reasons},
	} {
		got := Reasons(bot.Answer{Status: c.status})
		if !slices.Equal(got, c.want) {
			t.Errorf("reasons for %s = %v, want %v", c.status, got, c.want)
		}
	}
}

func TestIDOf(t *testing.T) {
	for label, want := range map[string]string{"¶5": "d#p5", "¶5.2": "d#p5.2", "note 7": "d#n7", "chart 2": "d#c2", "other": "other"} {
		if got := idOf("d", label); got != want {
			t.Errorf("idOf(%q) = %q, want %q", label, got, want)
		}
	}
}
