package answers

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"footnote/bot"
)

// Random makes answers that no material would give, to find where rendering breaks.
type Random struct{ *rand.Rand }

// NewRandom returns a Random that makes the same of a seed each time.
func NewRandom(seed uint64) Random { return Random{rand.New(rand.NewPCG(seed, 7))} }

var parts = map[string][]string{
	"en": {"the alliance", "<!channel>", "*established*", "a hub", ":smile:", "in 2017", "& others", "“quoted”", "@here", "> not a quote", "_why_",
		"https://example.com/a_b?c=1&d=2", "<@U123|Yui>", "3.14", "résumé", "👨‍👩‍👧‍👦"},
	"ja":    {"資料は", "北について", "「述べている」", "（2017年）", "設立した", "情報共有を", "しかし、", "対処能力", "👩🏽‍🚒", "<!here>", "、", "について:smile:"},
	"signs": {"***", "_", "\\\\", "~~", "||", "`", "[", "](", "<@1>", "a"},
}

// Text returns text of at least one character, and of few more than most.
func (r Random) Text(language string, most int) string {
	var b strings.Builder
	for n := 1 + r.IntN(most); b.Len() < n; {
		p := parts[language]
		b.WriteString(p[r.IntN(len(p))])
		switch {
		case language == "en" && r.IntN(12) == 0:
			b.WriteString(", ")
		case language == "en" && r.IntN(20) == 0:
			b.WriteString(". ")
		case language == "en":
			b.WriteByte(' ')
		case r.IntN(9) == 0:
			b.WriteString([]string{"。", "！", "？"}[r.IntN(3)])
		}
	}
	return strings.TrimSpace(b.String())
}

func (r Random) citation(language string, n int) bot.Citation {
	c := bot.Citation{
		ID: fmt.Sprintf("nato-360#p%d", n), Label: fmt.Sprintf("¶%d", n), Document: "nato-360", Title: r.Text(language, 200),
		Section: r.Text(language, 300), Directions: []string{"north", "south", "new-domains"}[:r.IntN(4)], Text: r.Text(language, 400),
	}
	for k := range r.IntN(8) {
		c.Notes = append(c.Notes, bot.Note{ID: fmt.Sprintf("nato-360#n%d", k), Label: fmt.Sprintf("note %d", k), Text: r.Text(language, 900), After: k%2 == 0})
	}
	return c
}

// Answer returns an answer of up to thirty sentences, some of them too long for any
// message, some with code, some with many passages.
func (r Random) Answer(kind bot.Kind, language string) bot.Answer {
	a := bot.Answer{Kind: kind, Language: language, Status: bot.Answered, Mode: "keyword", Question: r.Text(language, 4000), Understood: r.Text(language, 900)}
	a.Material.Documents = 1 + r.IntN(2)
	lengths := []int{60, 300, 2000, 9000}
	for range 1 + r.IntN(30) {
		s := bot.Sentence{Text: r.Text(language, lengths[r.IntN(len(lengths))]), Verdict: bot.Quoted}
		if r.IntN(5) == 0 {
			s.Verdict = bot.Supported
			s.Text += "\n```\n" + strings.Repeat("line of code, with a comma;\n", 1+r.IntN(200)) + "```\nand on"
		}
		many := 3
		if r.IntN(10) == 0 {
			many = 30
		}
		for range 1 + r.IntN(many) {
			c := r.citation(language, 1+r.IntN(99))
			s.Citations = append(s.Citations, c.ID)
			a.Citations = append(a.Citations, c)
		}
		a.Sentences = append(a.Sentences, s)
	}
	return a
}
