package layout

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPieces(t *testing.T) {
	for _, c := range []struct {
		name   string
		text   string
		most   Size
		fences bool
		want   []string
	}{
		{"fits", "One. Two.", Size{40, 400}, false, []string{"One. Two."}},
		{"sentences", "The first one is here. The second one is there.", Size{42, 400}, false,
			[]string{"The first one is here.", "The second one is there."}},
		{"Japanese sentences", "これは一つ目の文です。これは二つ目の文です。", Size{28, 400}, false,
			[]string{"これは一つ目の文です。", "これは二つ目の文です。"}},
		{"a question in brackets", "彼は「本当ですか？」と言った。それは本当でした。", Size{30, 400}, false,
			[]string{"彼は「本当ですか？」と言った。", "それは本当でした。"}},
		{"clause", "a long sentence that has a clause, and then goes on", Size{48, 400}, false,
			[]string{"a long sentence that has a clause, …", "… and then goes on"}},
		{"Japanese clause", "これは非常に長い文であり、途中に読点があります", Size{30, 400}, false,
			[]string{"これは非常に長い文であり、 …", "… 途中に読点があります"}},
		{"a number is no end", "It grew by 3.14159 per cent in the year", Size{34, 400}, false,
			[]string{"It grew by 3.14159 …", "… per cent in the year"}},
		{"no space", strings.Repeat("x", 50), Size{32, 400}, false,
			[]string{strings.Repeat("x", 20) + " …", "… " + strings.Repeat("x", 20) + " …", "… " + strings.Repeat("x", 10)}},
		{"bytes", "資料は北について述べている。南についても述べている。", Size{400, 80}, false,
			[]string{"資料は北について述べている。", "南についても述べている。"}},
		{"before a fence", "Do this now:\n```\nrun a; run b.\n```", Size{40, 400}, true,
			[]string{"Do this now:", "```\nrun a; run b.\n```"}},
		{"inside a long fence", "```\nrun the first;\nrun the second;\n```", Size{40, 400}, true,
			[]string{"```\nrun the first;\n```", "```\nrun the second;\n```"}},
		{"a line of code without an end", "```\n" + strings.Repeat("y", 40) + "\n```", Size{36, 400}, true,
			[]string{"```\n" + strings.Repeat("y", 20) + "\n```", "```\n" + strings.Repeat("y", 20) + "\n```"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range Pieces(c.text, c.most, c.fences) {
				got = append(got, p.String())
				if !c.most.Holds(p.String()) {
					t.Errorf("piece %q is longer than %v", p, c.most)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("Pieces(%q) = %q, want %q", c.text, got, c.want)
			}
		})
	}
}

// squash leaves of a text what no cut may change.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("…` \n\u3000", r) {
			return -1
		}
		return r
	}, s)
}

func FuzzPieces(f *testing.F) {
	for _, s := range []string{"One. Two! Three?", "一。二！三？", "a ```b\nc``` d", "``` ` ```` x", "👨‍👩‍👧‍👦é. x"} {
		f.Add(s, 40, true)
		f.Add(s, 30, false)
	}
	f.Fuzz(func(t *testing.T, s string, units int, fences bool) {
		s = strings.Join(strings.FieldsFunc(Clean(s), func(r rune) bool { return r > 0x7F && r != '。' && r < 0x3000 }), " ")
		most := Size{max(30, units%200), max(90, 3*(units%200))}
		var all strings.Builder
		for _, p := range Pieces(s, most, fences) {
			if !utf8.ValidString(p.Text) {
				t.Errorf("piece %q is cut inside a character", p.Text)
			}
			all.WriteString(p.Text)
		}
		if got, want := squash(all.String()), squash(s); got != want {
			t.Errorf("pieces of %q are read as %q", s, got)
		}
	})
}
