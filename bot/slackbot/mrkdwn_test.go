package slackbot

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain text, 50% & more", "plain text, 50% &amp; more"},
		{"<!channel> <@U123> <#C1> <https://example.com|here>", "&lt;!channel&gt; &lt;@\u2060U123&gt; &lt;#\u2060C1&gt; &lt;https://example.com|here&gt;"},
		{"@here @channel", "@\u2060here @\u2060channel"},
		{"*bold* _it_ ~no~ `code`", "\u2060*bold* \u2060_it_ \u2060~no~ \u2060`code`"},
		{"2*3 snake_case", "2*3 snake_case"},
		{"> quoted\n> again", "\u2060&gt; quoted\n\u2060&gt; again"},
		{":smile: at 12:30", ":\u2060smile: at 12:30"},
		{"**loud**", "\u2060*\u2060*loud*\u2060*"},
		{"北*方*です", "北*方*です"},
		{"", ""},
	} {
		if got := escape(c.in); got != c.want {
			t.Errorf("escape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// formats finds what Slack would format: a sign after a boundary.
var formats = regexp.MustCompile("(^|[\\s(\\[{\"'.,;!?-])[*_~`][^\\s]")

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"*a* <b> & c", ">>> x", ":a::b:", "```x```", "<!here|*x*>", "&lt;!channel&gt;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = clean(s)
		e := escape(s)
		if strings.ContainsAny(e, "<>") {
			t.Errorf("escape(%q) = %q has a bracket", s, e)
		}
		if formats.MatchString(e) {
			t.Errorf("escape(%q) = %q opens a format", s, e)
		}
		// What is read is what was written.
		read := html.UnescapeString(strings.ReplaceAll(e, joiner, ""))
		if read != strings.ReplaceAll(s, joiner, "") {
			t.Errorf("escape(%q) is read as %q", s, read)
		}
	})
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a\x00b\x1b[31m\tc\nd", "ab[31m c\nd"},
		{"bad \xff bytes", "bad \uFFFD bytes"},
		{"日本語\r\n", "日本語\n"},
	} {
		if got := clean(c.in); got != c.want {
			t.Errorf("clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestPlainText(t *testing.T) {
	o := plainText("a &lt;b&gt; :smile: *x*", 75)
	if want := "a &\u2060lt;b&\u2060gt; :smile: *x*"; o.Text != want || o.Type != "plain_text" || *o.Emoji {
		t.Errorf("plainText = %+v (emoji %v), want %q without emoji", o, *o.Emoji, want)
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
		got := clip(c.in, c.most)
		if got != c.want || length(got) > c.most {
			t.Errorf("clip(%q, %d) = %q (%d), want %q", c.in, c.most, got, length(got), c.want)
		}
	}
}
