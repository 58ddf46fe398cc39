package main

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"footnote/bot"
	"footnote/bot/cite"
)

func TestParagraph(t *testing.T) {
	for _, test := range []struct {
		name  string
		width int
		label string
		hang  int
		spans []span
		want  string
	}{
		{"words", 10, "", 0, []span{{text: "one two three four"}}, "one two\nthree four\n"},
		{"white space", 20, "", 0, []span{{text: " one\n\ttwo  three "}}, "one two three\n"},
		{"label", 14, "¶5", 4, []span{{text: "one two three"}}, "¶5  one two\n    three\n"},
		{"long label", 20, "note 19", 6, []span{{text: "one two three"}}, "note 19  one two\n         three\n"},
		{"hyphens stay", 12, "", 0, []span{{text: "Norfolk (JFC-NF) on"}}, "Norfolk\n(JFC-NF) on\n"},
		{"mark stays with its word", 9, "", 0, []span{{text: "one two."}, {text: "[¶2]", glue: true}, {text: "three"}}, "one\ntwo. [¶2]\nthree\n"},
		{"Japanese", 10, "", 0, []span{{text: "北極圏のうち何か国がNATO加盟国ですか。"}}, "北極圏のう\nち何か国が\nNATO加盟国\nですか。\n"},
		{"no line begins with a Japanese stop", 8, "", 0, []span{{text: "北極圏国。"}, {text: "[¶5]", glue: true}}, "北極圏\n国。 [¶5]\n"},
		{"longer than the line", 5, "", 0, []span{{text: "a incomprehensible b"}}, "a\nincomprehensible\nb\n"},
		{"nothing", 10, "¶5", 4, nil, "¶5\n"},
	} {
		p := newPage(test.width, false)
		p.paragraph(span{text: test.label}, test.hang, test.spans...)
		if got := p.b.String(); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestShorten(t *testing.T) {
	p := newPage(80, false)
	for _, test := range []struct {
		text  string
		cells int
		want  string
	}{
		{"short", 10, "short"},
		{"one two, three four", 10, "one two …"},
		{"北極圏のうち何か国が", 10, "北極圏の …"},
	} {
		if got := p.shorten(test.text, test.cells); got != test.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.text, test.cells, got, test.want)
		}
	}
}

// hostile is text that would clear a screen, set a title, ring a bell and end as an
// eight-bit control sequence.
const hostile = "a\x1b[2Jb\x1b]0;title\x07c\u009b31md\x7fe\x9bf"

// harmless reports whether text has no control character but new lines.
func harmless(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) && utf8.ValidString(text)
}

func TestNoEscapeReachesTheTerminal(t *testing.T) {
	if got := plain(hostile + "\r\n\tz"); strings.ContainsAny(got, "\x1b\x07\r\x7f\u009b") || !strings.HasSuffix(got, "\n\tz") {
		t.Errorf("plain(%q) = %q", hostile, got)
	}
	c := bot.Citation{
		ID: hostile, Label: hostile, Document: hostile, Title: hostile, Date: hostile, Section: hostile, Quote: hostile, Text: hostile,
		Notes: []bot.Note{{ID: hostile, Label: hostile, Text: hostile}}, CitedBy: []string{hostile},
	}
	for _, kind := range []bot.Kind{bot.KindAsk, bot.KindCheck, bot.KindCite, bot.KindSources, bot.KindSummary} {
		for _, status := range []bot.Status{bot.Answered, bot.Abstained, bot.Found, bot.NotFound} {
			a := bot.Answer{
				Kind: kind, Status: status, Question: hostile, Understood: hostile, Text: hostile, Threshold: 1,
				Sentences: []bot.Sentence{{Text: hostile, Citations: []string{hostile, "other" + hostile}}},
				Citations: []bot.Citation{c}, Nearest: []bot.Citation{c}, Missing: []string{hostile}, Reasons: []string{hostile},
				Verdict: cite.Partly,
			}
			if kind == bot.KindSummary {
				a.Direction = &bot.Coverage{ID: hostile, Name: hostile}
			}
			if kind == bot.KindSummary && status == bot.Found {
				a.Directions = []bot.Coverage{{ID: hostile, Name: hostile}}
			}
			p := newPage(40, false)
			p.show(a)
			if got := p.b.String(); !harmless(got) {
				t.Errorf("show of a %s that was %s wrote a control character: %q", kind, status, got)
			}
			line, err := lineJSON(a)
			if err != nil || !harmless(string(line)) {
				t.Errorf("JSON of a %s: %q, %v", kind, line, err)
			}
		}
	}
}

func TestErrorsAreHarmless(t *testing.T) {
	path := write(t, "hostile.txt", "First. "+hostile[:5]+" Second\u009b31m.\n\nThe Arctic\x1b[2J is cold.\n")
	for _, args := range [][]string{
		{"ask", "--corpus", hostile, "x"}, {"ask", hostile}, {hostile}, {"ask", "--" + hostile}, {"cite", hostile}, {"summary", hostile},
		{"search", hostile}, {"ask", "--corpus", path, "Arctic"}, {"cite", "--corpus", path, "p1", "p2"}, {"search", "--corpus", path, "Arctic"},
		{"search", "--json", "--corpus", path, "Arctic"}, {"index", "--corpus", path}, {"eval", hostile},
	} {
		if got := try(t, "", nil, args...); !harmless(got.out) || !harmless(got.err) {
			t.Errorf("run(%q) wrote a control character: %q, %q", args, got.out, got.err)
		}
	}
}

// FuzzParagraph checks that laying out changes nothing but white space, and lets no
// control character through.
func FuzzParagraph(f *testing.F) {
	f.Add("one two three [¶5]", 10)
	f.Add("北極圏の8か国のうち、何か国が NATO 加盟国ですか。", 7)
	f.Add(hostile, 3)
	f.Add("e\u0301 👩‍👩‍👧 \u00a0\u2028", 2)
	f.Fuzz(func(t *testing.T, text string, width int) {
		p := newPage(width, false)
		p.paragraph(span{}, 0, span{text: text})
		got := p.b.String()
		letters := func(s string) string { return strings.Join(strings.Fields(plain(s)), "") }
		if !harmless(got) || letters(got) != letters(text) {
			t.Errorf("paragraph(%q) in %d cells = %q", text, width, got)
		}
	})
}
