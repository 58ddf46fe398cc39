package slackbot

import (
	"slices"
	"strings"
	"testing"

	"footnote/bot/layout"
)

// squash leaves of a text what no cut may change.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("…` \n\u3000", r) {
			return -1
		}
		return r
	}, s)
}

func TestFallbackText(t *testing.T) {
	long := layout.Unit{Text: strings.Repeat("<&> and so on, ", 600), Marks: "[¶1]"}
	got := fallbackText([]layout.Unit{long, {Text: "next", Marks: "[¶2]"}})
	if n := layout.Length(got); n > fallback || !strings.HasSuffix(got, "… [¶1]\nnext [¶2]") {
		t.Errorf("fallbackText of a long unit has %d characters and ends %q", n, got[len(got)-40:])
	}
	many := slices.Repeat([]layout.Unit{{Text: strings.Repeat("資料", 200) + "。", Marks: "[¶1]"}}, 30)
	got = fallbackText(many)
	if n := layout.Length(got); n > fallback || n < fallback/2 || !strings.HasSuffix(got, "。 [¶1]\n…") {
		t.Errorf("fallbackText of many units has %d characters and ends %q", n, got[len(got)-40:])
	}
}
