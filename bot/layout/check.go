package layout

import (
	"strings"

	"footnote/bot"
)

// signs show a verdict beside its word, to be told apart at a glance and without
// colour.
var signs = map[bot.Verdict]string{bot.Quoted: "●", bot.Supported: "●", bot.Partly: "◐", bot.Unsupported: "○"}

func (l *Layout) verdict(v bot.Verdict) string {
	word := l.w.Verdict(v)
	if word == "" {
		return ""
	}
	return signs[v] + " " + word
}

// Verdict returns what a verdict is called, "" for none.
func (w *Phrases) Verdict(v bot.Verdict) string {
	return map[bot.Verdict]string{
		bot.Quoted: w.verdictQuoted, bot.Supported: w.verdictSupported,
		bot.Partly: w.verdictPartly, bot.Unsupported: w.verdictUnsupported,
	}[v]
}

// Translation returns what stands before the translation of a sentence: that nothing has
// checked it.
func (w *Phrases) Translation() string { return w.translation }

// checked shows the verdict on each sentence of a claim, with what the material has.
func (l *Layout) checked() []Unit {
	var out []Unit
	for i, s := range l.a.Sentences {
		reason := s.Reason
		if reason == "" && len(l.a.Sentences) == 1 {
			reason = strings.Join(l.a.Reasons, " ")
		}
		out = append(out, l.finding(s, l.cite[i], reason))
	}
	if len(out) == 0 { // nothing supports the claim
		text := strings.TrimSpace(signs[l.a.Verdict] + " " + Clip(Line(l.a.Text), 400))
		reasons := Clip(Line(strings.Join(l.a.Reasons, " ")), 400)
		if text == "" {
			return nil
		}
		u := Unit{Blocks: paragraph(bold(text)), Text: text}
		if reasons != "" {
			u.Blocks, u.Text = append(u.Blocks, paragraph(plain(reasons))...), text+" "+reasons
		}
		out = append(out, u)
	}
	return out
}

// finding shows one checked sentence. What was claimed comes first, in quotation
// marks, unless the head repeats it; it is somebody's words, not the material's.
func (l *Layout) finding(s bot.Sentence, cs []*bot.Citation, reason string) Unit {
	marks, plainMarks := l.marks(cs)
	verdict := l.verdict(s.Verdict)
	head := []Run{bold(verdict)}
	u := Unit{Refs: cs, Text: verdict, Marks: plainMarks}
	if claim := Clip(Clean(s.Text), l.most.Units/2); claim != "" && !strings.Contains(l.echo(), Line(s.Text)) {
		head = append(head, plain("\n"+l.w.open+claim+l.w.close))
		u.Text += ": " + l.w.open + claim + l.w.close
	}
	if reason = Clip(Line(reason), 400); reason != "" {
		head = append(head, plain("\n"+reason))
		u.Text += " " + reason
	}
	u.Blocks = paragraph(head...)
	if len(cs) > 0 {
		text := Clip(Line(words(cs[0])), l.most.Units/3)
		u.Blocks = append(u.Blocks, paragraph(plain(l.w.materialSays))[0], quotation(append([]Run{plain(text)}, marks...)...))
	}
	return u
}
