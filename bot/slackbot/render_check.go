package slackbot

import (
	"strings"

	"footnote/bot"

	"github.com/slack-go/slack"
)

// signs show a verdict beside its word, to be told apart at a glance and without
// colour.
var signs = map[bot.Verdict]string{bot.Quoted: "●", bot.Supported: "●", bot.Partly: "◐", bot.Unsupported: "○"}

func (r *renderer) verdict(v bot.Verdict) string {
	word := map[bot.Verdict]string{
		bot.Quoted: r.w.verdictQuoted, bot.Supported: r.w.verdictSupported,
		bot.Partly: r.w.verdictPartly, bot.Unsupported: r.w.verdictUnsupported,
	}[v]
	if word == "" {
		return ""
	}
	return signs[v] + " " + word
}

// checked shows the verdict on each sentence of a claim, with what the material has.
func (r *renderer) checked() []unit {
	var out []unit
	for i, s := range r.a.Sentences {
		reason := s.Reason
		if reason == "" && len(r.a.Sentences) == 1 {
			reason = strings.Join(r.a.Reasons, " ")
		}
		out = append(out, r.finding(s, r.cite[i], reason)...)
	}
	if len(out) == 0 { // nothing supports the claim
		text := strings.TrimSpace(signs[r.a.Verdict] + " " + clip(line(r.a.Text), 400))
		reasons := clip(line(strings.Join(r.a.Reasons, " ")), 400)
		if text == "" {
			return nil
		}
		u := unit{elements: section(textElement(text, bold)), text: text}
		if reasons != "" {
			u.elements, u.text = append(u.elements, slack.NewRichTextSection(textElement(reasons, nil))), text+" "+reasons
		}
		out = append(out, u)
	}
	return out
}

// finding shows one checked sentence. What was claimed comes first, in quotation
// marks; it is somebody's words, not the material's.
func (r *renderer) finding(s bot.Sentence, cs []*bot.Citation, reason string) []unit {
	marks, plainMarks := r.marks(cs)
	verdict := r.verdict(s.Verdict)
	head := []slack.RichTextSectionElement{textElement(verdict, bold)}
	u := unit{refs: cs, text: verdict, marks: plainMarks}
	if claim := clip(clean(s.Text), blockUnits/2); claim != "" {
		head = append(head, textElement("\n"+r.w.open+claim+r.w.close, nil))
		u.text += ": " + r.w.open + claim + r.w.close
	}
	if reason = clip(line(reason), 400); reason != "" {
		head = append(head, textElement("\n"+reason, nil))
		u.text += " " + reason
	}
	u.elements = section(head...)
	if len(cs) > 0 {
		text := cs[0].Text
		if text == "" {
			text = cs[0].Quote
		}
		u.elements = append(u.elements, slack.NewRichTextSection(textElement(r.w.materialSays, nil)),
			quotation(append([]slack.RichTextSectionElement{textElement(clip(line(text), blockUnits/3), nil)}, marks...)...))
	}
	return []unit{u}
}
