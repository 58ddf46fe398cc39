package slackbot

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"footnote/bot/layout"
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
		s = layout.Clean(s)
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

func TestPlainText(t *testing.T) {
	o := plainText("a &lt;b&gt; :smile: *x*", 75)
	if want := "a &\u2060lt;b&\u2060gt; :smile: *x*"; o.Text != want || o.Type != "plain_text" || *o.Emoji {
		t.Errorf("plainText = %+v (emoji %v), want %q without emoji", o, *o.Emoji, want)
	}
}
