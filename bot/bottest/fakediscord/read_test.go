package fakediscord

import (
	"slices"
	"testing"
)

func TestShown(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"plain", "plain"},
		{"**bold** __under__ *it* _it_ ~~no~~ ||spoiler|| ***both***", "bold under it it no spoiler both"},
		{`\*\*not\*\* \_a\_ \~~b\~~ \||c|| \# d \> e`, "**not** _a_ ~~b~~ ||c|| # d > e"},
		{"snake_case_name and 2*3*4 and a * b * c", "snake_case_name and 234 and a * b * c"},
		{"`co*d*e` and ``a`b``", "co*d*e and a`b"},
		{"```go\nx := *y*\n```\nafter", "x := *y*\nafter"},
		{"```one line```", "one line"},
		{"# Head\n## **Two**\n-# small\n#no", "Head\nTwo\nsmall\n#no"},
		{"> quoted *it*\n> more\nnot", "> quoted it\n> more\nnot"},
		{">>> all\nof it", "> all\n> of it"},
		{"- one\n* two\n  - three\n1. four\n12) five", "• one\n• two\n  • three\n1. four\n12) five"},
		{"a > b", "a > b"},
		{"[text](https://example.com/a) [x](<https://e.com>) [no](ftp://x) [https://a.com](https://b.com)", "text x [no](ftp://x) [https://a.com](https://b.com)"},
		{"https://example.com/a_b_c_ <https://e.com/x>", "https://example.com/a_b_c_ https://e.com/x"},
		{"<@123> <@!123> <@&5> <#9> @everyone @here", "@123 @123 @&5 #9 @everyone @here"},
		{`\<@123> <\@123> <:wave:123> :smile: :nosuch: 16:20:30`, "<@123> <@123> ⟨emoji wave⟩ 😄 :nosuch: 16:20:30"},
		{"<t:0:d> <t:0> </ask:123>", "01/01/1970 January 1, 1970 at 00:00 /ask"},
		{"**two\nlines**", "two\nlines"},
		{"**open", "**open"},
		{`¯\_(ツ)_/¯`, `¯\_(ツ)_/¯`},
		{"日本語の**太字**です。_斜体_。", "日本語の太字です。斜体。"},
		{`back\slash \\ two`, `back\slash \ two`},
		{"_a_b c_", "a_b c"},
	} {
		if got := Shown(c.text); got != c.want {
			t.Errorf("Shown(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestPings(t *testing.T) {
	none := map[string]any{"parse": []any{}}
	for _, c := range []struct {
		name string
		m    Message
		want []string
	}{
		{"default", Message{Content: "<@1> <@&2> @everyone"}, []string{"@&2", "@1", "@everyone"}},
		{"default of an interaction", Message{Content: "<@1> <@&2> @everyone", Webhook: "9"}, []string{"@1"}},
		{"nothing", Message{Content: "<@1> <@&2> @here", AllowedMentions: none}, nil},
		{"in code", Message{Content: "`<@1>` \\<@2>"}, nil},
		{"named", Message{Content: "<@1> <@2>", AllowedMentions: map[string]any{"users": []any{"1", "3"}}}, []string{"@1"}},
		{"everyone", Message{Content: "@here <@1>", AllowedMentions: map[string]any{"parse": []any{"everyone"}}}, []string{"@here"}},
		{"embeds", Message{Embeds: []any{obj{"description": "<@1>"}}}, nil},
		{"reply", Message{repliedTo: "7"}, []string{"@7"}},
		{"quiet reply", Message{repliedTo: "7", AllowedMentions: none}, nil},
		{"loud reply", Message{repliedTo: "7", AllowedMentions: map[string]any{"parse": []any{}, "replied_user": true}}, []string{"@7"}},
	} {
		if got := c.m.Pings(); !slices.Equal(got, c.want) {
			t.Errorf("%s: Pings() = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestUnfurls(t *testing.T) {
	content := "see https://a.com/x. [b](https://b.com) <https://c.com> [d](<https://d.com>) `https://e.com`"
	m := Message{Content: content}
	if got, want := m.Unfurls(), []string{"https://a.com/x", "https://b.com"}; !slices.Equal(got, want) {
		t.Errorf("Unfurls() = %q, want %q", got, want)
	}
	if got, want := m.Links(), []string{"https://a.com/x", "https://b.com", "https://c.com", "https://d.com"}; !slices.Equal(got, want) {
		t.Errorf("Links() = %q, want %q", got, want)
	}
	m.Flags = flagSuppressEmbeds
	if got := m.Unfurls(); got != nil {
		t.Errorf("with SUPPRESS_EMBEDS: Unfurls() = %q", got)
	}
}

func TestEmbeds(t *testing.T) {
	m := Message{Content: "c", Embeds: []any{obj{
		"author": obj{"name": "a"}, "title": "**t**", "description": "d", "fields": []any{obj{"name": "n", "value": "v"}}, "footer": obj{"text": "f"},
	}}}
	if got, want := m.Shown(), "c\na\nt\nd\nn\nv\nf"; got != want {
		t.Errorf("Shown() = %q, want %q", got, want)
	}
}
