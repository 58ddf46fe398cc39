package layout

import (
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a\x00b\x1b[31m\tc\nd", "ab[31m c\nd"},
		{"bad \xff bytes", "bad \uFFFD bytes"},
		{"日本語\r\n", "日本語\n"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"short", 10, "short"},
		{"one two three four five", 18, "one two three …"},
		{"one, two, three, four", 12, "one, two …"},
		{"資料は北について述べている", 10, "資料は北について …"},
		{strings.Repeat("x", 20), 10, "xxxxxxxx …"},
		{"👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 26, "👨‍👩‍👧‍👦👨‍👩‍👧‍👦 …"},
	} {
		got := Clip(c.in, c.most)
		if got != c.want || Length(got) > c.most {
			t.Errorf("Clip(%q, %d) = %q (%d), want %q", c.in, c.most, got, Length(got), c.want)
		}
	}
}
