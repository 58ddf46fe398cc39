package discordbot

import (
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/bottest/answers"
	"footnote/bot/bottest/fakediscord"
)

// TestParity: what people read here of an answer, they read wherever it is shown.
// The files it is held against are not written here.
func TestParity(t *testing.T) {
	for _, c := range answers.Cases(t) {
		c.Options.Key = goldenKey
		answers.Compare(t, c.Name, reading(render(c.Answer, c.Options)), false)
		answers.Compare(t, c.Name, reading(turnedThrough(c.Answer, c.Options)), false)
	}
	for _, l := range answers.Limits {
		for over, name := range map[int]string{-1: "under", 0: "at", 1: "over"} {
			pages := render(l.At(over), renderOptions{Key: goldenKey})
			answers.Compare(t, "limit-"+l.Name+"-"+name, reading(pages), false)
			for _, p := range pages {
				withinLimits(t, p)
			}
		}
		fits := func(a bot.Answer) bool { return len(render(a, renderOptions{Key: goldenKey})) == 1 }
		if strings.HasPrefix(l.Name, "discord-") && (!fits(l.At(0)) || fits(l.At(1))) {
			t.Errorf("%s is not at the limit: that is at %d", l.Name, l.Find(fits))
		}
	}
}

// turnedThrough returns what is seen as one message's pages are turned: what
// renderTurned returns for each.
func turnedThrough(a bot.Answer, o renderOptions) []page {
	r, sheets := deal(a, o, true)
	whole := r.texts(sheets...)
	var out []page
	for _, s := range sheets {
		out = append(out, page{r.components(s), whole})
	}
	return out
}

// reading returns what people read of an answer's body.
func reading(pages []page) answers.Reading {
	var out answers.Reading
	for _, p := range pages {
		for _, c := range p.Components {
			if text, ok := c.(discordgo.TextDisplay); ok && !strings.HasPrefix(text.Content, "-# ") {
				out = append(out, readLines(text.Content, "| ", "` ", "«", "»")...)
			}
		}
	}
	return out
}

// readLines reads Discord's markdown line by line, what is quoted and what is code
// after a sign of its own, and what is bold between two.
func readLines(markdown, quote, code, open, shut string) []string {
	var out []string
	coded := false
	for line := range strings.SplitSeq(markdown, "\n") {
		switch {
		case line == "```":
			coded = !coded
		case coded:
			out = append(out, code+line)
		case strings.HasPrefix(line, "-# "):
			out = append(out, readInline(line[3:], open, shut))
		case strings.HasPrefix(line, "> "):
			out = append(out, quote+readInline(line[2:], open, shut))
		case strings.HasPrefix(line, "- "):
			out = append(out, "• "+readInline(line[2:], open, shut))
		default:
			out = append(out, readInline(line, open, shut))
		}
	}
	return out
}

// TestReadAlike: the reading that parity is judged by is that of the fake's clients,
// which know nothing of how text is escaped here.
func TestReadAlike(t *testing.T) {
	var all []page
	for _, c := range answers.Cases(t) {
		all = append(all, render(c.Answer, c.Options)...)
	}
	for seed := range uint64(12) {
		r := answers.NewRandom(seed)
		a := r.Answer([]bot.Kind{bot.KindAsk, bot.KindSummary}[seed%2], []string{"en", "ja", "signs"}[seed%3])
		all = append(all, render(a, options(r))...)
	}
	for _, p := range all {
		for _, c := range p.Components {
			text, ok := c.(discordgo.TextDisplay)
			if !ok {
				continue
			}
			want := strings.Join(readLines(text.Content, "> ", "", "", ""), "\n")
			if got := fakediscord.Shown(text.Content); got != want {
				t.Fatalf("%q is shown as\n%q\nand read here as\n%q", text.Content, got, want)
			}
		}
	}
}

// readInline reads a line of Discord's markdown as Discord shows it; what is bold
// stands between open and shut, and an address isn't read.
func readInline(s, open, shut string) string {
	var b strings.Builder
	bold := false
	for len(s) > 0 {
		switch {
		case s[0] == '\\' && len(s) > 1 && isSign(s[1]):
			b.WriteByte(s[1])
			s = s[2:]
		case strings.HasPrefix(s, "**"):
			b.WriteString(map[bool]string{false: open, true: shut}[bold])
			bold, s = !bold, s[2:]
		case s[0] == '[' || s[0] == '*':
			s = s[1:]
		case strings.HasPrefix(s, "](<"):
			s = s[strings.Index(s, ">)")+2:]
		default:
			b.WriteByte(s[0])
			s = s[1:]
		}
	}
	return b.String()
}

// isSign tells whether Discord takes a backslash before a character for that
// character alone.
func isSign(c byte) bool {
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
}
