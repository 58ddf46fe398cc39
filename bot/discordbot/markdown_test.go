package discordbot

import (
	"regexp"
	"strings"
	"testing"

	"footnote/bot/bottest/fakediscord"
	"footnote/bot/layout"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain text, 50% & more; (so it is).", "plain text, 50% & more; (so it is)."},
		{"**bold** *it* _it_ __under__ ~~no~~ ||spoiler||", `\*\*bold\*\* \*it\* \_it\_ \_\_under\_\_ \~\~no\~\~ \|\|spoiler\|\|`},
		{"snake_case_name, 2*3", `snake\_case\_name, 2\*3`},
		{"`code` ```fence```", "\\`code\\` \\`\\`\\`fence\\`\\`\\`"},
		{"> quoted\n>>> all", "\\> quoted\n\\>\\>\\> all"},
		{"# heading\n  ## another\n-# small", "\\# heading\n  \\## another\n\\-# small"},
		{"- a\n* b\n+ c\n1. d\n12) e", "\\- a\n\\* b\n\\+ c\n1\\. d\n12\\) e"},
		{"well-known, no. 1. It costs 2.50", "well-known, no. 1. It costs 2.50"},
		{"3.14 is pi", `3\.14 is pi`},
		{"[x](https://example.com/a)", `\[x\](https\://example.com\/a)`},
		{"see https://example.com/a_b or discord.gg/abc", `see https\://example.com\/a\_b or discord.gg\/abc`},
		{"and/or", "and/or"},
		{"<@123> <@!123> <@&9> <#1> <t:1:R> </ask:1> <:a:1> <a:b:2> <id:guide>", `\<\@123\> \<\@!123\> \<\@&9\> \<#1\> \<t\:1\:R\> \</ask\:1\> \<\:a\:1\> \<a\:b\:2\> \<id\:guide\>`},
		{"@everyone @here", `\@everyone \@here`},
		{":smile: at 12:30, so: yes", `\:smile: at 12\:30, so: yes`},
		{`a\*b \`, `a\\\*b \\`},
		{`¯\_(ツ)_/¯`, `¯\\\_(ツ)\_/¯`},
		{"資料は*北*について_述べ_ている。", `資料は\*北\*について\_述べ\_ている。`},
		{"", ""},
	} {
		if got := escape(c.in); got != c.want {
			t.Errorf("escape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// grammar is what Discord reads as markup, of text whose backslashes with what
// follows them have been taken out: nothing in it may be found.
var grammar = []*regexp.Regexp{
	regexp.MustCompile("[*_~|`<>@\\[\\]\\\\]"),
	regexp.MustCompile(`(?m)^[\s]*(#{1,3}|-#|[-+]|\d+[.)])(\s|$)`),
	regexp.MustCompile(`://`),
	regexp.MustCompile(`(?i)(mailto|tel|sms):[+\p{L}\p{N}]`),
	regexp.MustCompile(`:[\p{L}\p{N}_+~-]+:`),
	regexp.MustCompile(`(?i)discord(app)?\.(gg|com)/`),
}

// pairs is a backslash with the sign it takes the meaning from.
var pairs = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]")

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"**a** <b> & c", ">>> x", ":a::b:", "```x```", "<@1|*x*>", "1. a\n2) b", `\\*a*`, "-# x", " \u3000# x", "http://a.b/c", "\u00a0- x", "9999. y", "a1. b", "discord.gg/x", "\u2028> q"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = layout.Clean(s)
		e := escape(s)
		bare := pairs.ReplaceAllString(e, "\x00") // a sign, but none with a meaning
		for _, g := range grammar {
			if at := g.FindString(bare); at != "" {
				t.Errorf("escape(%q) = %q, in which Discord reads %q", s, e, at)
			}
		}
		if got := readInline(e, "«", "»"); got != s {
			t.Errorf("escape(%q) = %q is read as %q", s, e, got)
		}
		if got := fakediscord.Shown(e); got != s {
			t.Errorf("escape(%q) = %q is shown by Discord as %q", s, e, got)
		}
	})
}

func TestRunMarkdown(t *testing.T) {
	for _, c := range []struct {
		in   layout.Run
		want string
	}{
		{layout.Run{Text: "*x*"}, `\*x\*`},
		{layout.Run{Text: "¶5", Bold: true}, "**¶5**"},
		{layout.Run{Text: "¶5", Bold: true, Link: "https://a.b/c#p5"}, "[**¶5**](<https://a.b/c#p5>)"},
		{layout.Run{Text: " (partly supported)", Italic: true}, " *(partly supported)*"},
		{layout.Run{Text: "\u00a0¶1 ¶2", Bold: true}, "\u00a0**¶1 ¶2**"},
		{layout.Run{Text: " ", Bold: true}, " "},
		{layout.Run{}, ""},
	} {
		if got := runMarkdown(c.in); got != c.want {
			t.Errorf("runMarkdown(%+v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestBlockMarkdown(t *testing.T) {
	text := []layout.Run{{Text: "# a\n- b\n"}}
	for kind, want := range map[layout.Kind]string{
		layout.Paragraph: "\\# a\n\\- b", layout.Quote: "> \\# a\n> \\- b", layout.Bullet: "- \\# a\n  \\- b", layout.Code: "```\n# a\n- b\n\n```",
	} {
		if got := blockMarkdown(layout.Block{Kind: kind, Runs: text}); got != want {
			t.Errorf("blockMarkdown of kind %d = %q, want %q", kind, got, want)
		}
	}
	if got := small([]string{"a\nb", "", "# c"}); got != "-# a b\n-# \\# c" {
		t.Errorf("small = %q", got)
	}
	if strings.Contains(small(nil), "-#") {
		t.Error("small of nothing is something")
	}
}
