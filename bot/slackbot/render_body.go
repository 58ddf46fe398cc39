package slackbot

import (
	"fmt"
	"slices"
	"strings"

	"footnote/bot"

	"github.com/slack-go/slack"
)

// body returns what the answer says, in the order it says it; at least one unit.
func (r *renderer) body() []unit {
	var out []unit
	switch a := r.a; {
	case a.Status == bot.Abstained, a.Status == bot.NotFound && a.Verdict == "":
		out = append(r.paragraphs(a.Text), r.nearest()...)
	case a.Kind == bot.KindCheck && (a.Status == bot.Answered || a.Status == bot.NotFound):
		out = append(r.checked(), r.nearest()...)
	case a.Kind == bot.KindSummary && a.Status == bot.Answered:
		out = append(r.title(), r.sentences(bullet)...)
	case a.Status == bot.Answered:
		out = r.sentences(paragraph)
	case a.Status == bot.Found && a.Kind == bot.KindSources:
		out = r.bibliography()
	case a.Status == bot.Found && len(a.Citations) > 0:
		out = r.passages()
	default: // refused, failed, help, the directions there are
		out = r.paragraphs(a.Text)
	}
	if len(out) == 0 {
		out = r.paragraphs(r.a.Text)
	}
	if len(out) == 0 {
		out = r.paragraphs(r.w.nothing)
	}
	return out
}

// paragraphs shows text line by line.
func (r *renderer) paragraphs(text string) []unit {
	var out []unit
	for l := range strings.SplitSeq(clean(text), "\n") {
		if strings.TrimSpace(l) == "" {
			continue
		}
		for _, p := range pieces(l, size{blockUnits, blockBytes}, false) {
			out = append(out, unit{elements: section(textElement(p.String(), nil)), joined: true, text: p.String()})
		}
	}
	return out
}

func textElement(text string, style *slack.RichTextSectionTextStyle) slack.RichTextSectionElement {
	return slack.NewRichTextSectionTextElement(text, style)
}

func section(elements ...slack.RichTextSectionElement) []slack.RichTextElement {
	return []slack.RichTextElement{slack.NewRichTextSection(elements...)}
}

// list is a bullet. slack-go's own sends an offset that Slack's schema does not have.
type list struct {
	Type     slack.RichTextElementType     `json:"type"`
	Style    slack.RichTextListElementType `json:"style"`
	Elements []slack.RichTextElement       `json:"elements"`
}

// RichTextElementType makes list a slack.RichTextElement.
func (l list) RichTextElementType() slack.RichTextElementType { return l.Type }

func bullet(elements []slack.RichTextElement) []slack.RichTextElement {
	return []slack.RichTextElement{list{slack.RTEList, slack.RTEListBullet, elements}}
}

func paragraph(elements []slack.RichTextElement) []slack.RichTextElement { return elements }

// quotation shows text with a bar beside it.
func quotation(elements ...slack.RichTextSectionElement) slack.RichTextElement {
	return &slack.RichTextQuote{Type: slack.RTEQuote, Elements: elements}
}

// sentences shows each sentence that rests on something in its own block, with its
// marks at its end; a sentence too long for one has them after each part.
func (r *renderer) sentences(shape func([]slack.RichTextElement) []slack.RichTextElement) []unit {
	var out []unit
	for i, s := range r.a.Sentences {
		cs, text := r.cite[i], clean(s.Text)
		if len(cs) == 0 || strings.TrimSpace(text) == "" {
			continue
		}
		coded := s.Verdict != bot.Quoted && strings.Contains(text, "```")
		for _, p := range pieces(text, size{blockUnits, blockBytes}, coded) {
			marks, plainMarks := r.marks(cs)
			if d := r.doubt(s.Verdict); d != "" {
				marks, plainMarks = append(marks, textElement(d, italic)), plainMarks+d
			}
			u := unit{refs: cs, text: p.String(), marks: plainMarks}
			if coded {
				u.elements = fenced(p.String(), marks)
			} else {
				u.elements = shape(section(append([]slack.RichTextSectionElement{textElement(p.String(), nil)}, marks...)...))
			}
			out = append(out, u)
		}
	}
	return out
}

// doubt says, after a sentence, that it is not supported in full.
func (r *renderer) doubt(v bot.Verdict) string {
	switch v {
	case bot.Partly:
		return " (" + r.w.sentencePartly + ")"
	case bot.Unsupported:
		return " (" + r.w.sentenceUnsupported + ")"
	}
	return ""
}

// fenced shows what stands between two ``` as code, and the marks at the end.
func fenced(text string, marks []slack.RichTextSectionElement) []slack.RichTextElement {
	parts := strings.Split(text, "```")
	if len(parts)%2 == 0 { // one is not closed
		return section(append([]slack.RichTextSectionElement{textElement(text, nil)}, marks...)...)
	}
	var out []slack.RichTextElement
	for i, p := range parts {
		if p = strings.Trim(p, "\n"); i%2 == 1 && p != "" {
			out = append(out, &slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: []slack.RichTextSectionElement{textElement(p, nil)}})
		} else if strings.TrimSpace(p) != "" {
			out = append(out, slack.NewRichTextSection(textElement(p, nil)))
		}
	}
	if n := len(out) - 1; n >= 0 {
		if last, ok := out[n].(*slack.RichTextSection); ok {
			last.Elements = append(last.Elements, marks...)
			return out
		}
	}
	return append(out, slack.NewRichTextSection(marks...))
}

// title names the direction of a summary, with what of it was used.
func (r *renderer) title() []unit {
	d := r.a.Direction
	if d == nil {
		return nil
	}
	used := fmt.Sprintf(r.w.coverage, d.Used, d.Passages, d.Notes)
	name := clip(line(d.Name), maxHeader)
	return []unit{{
		elements: section(textElement(name, bold), textElement("  "+used, nil)),
		text:     name + " (" + used + ")",
	}}
}

// passages shows passages and notes in full.
func (r *renderer) passages() []unit {
	var out []unit
	for i := range r.a.Citations {
		c := &r.a.Citations[i]
		text := clean(c.Text)
		if text == "" {
			text = clean(c.Quote)
		}
		for k, p := range pieces(text, size{blockUnits, blockBytes}, false) {
			u := unit{refs: []*bot.Citation{c}, text: p.String(), marks: "[" + r.mark(c) + "]"}
			head := []slack.RichTextSectionElement{r.name(c)}
			if at := r.where(c); at != "" && k == 0 {
				head = append(head, textElement(" · "+at, nil))
			}
			u.elements = append(section(head...), quotation(textElement(p.String(), nil)))
			out = append(out, u)
		}
	}
	if words := r.unsaid(); words != "" { // what else was looked for
		out = append(out, unit{elements: section(textElement(words, nil)), text: words})
	}
	return out
}

// where says in which section a passage stands, and in which document where there
// are several.
func (r *renderer) where(c *bot.Citation) string {
	var parts []string
	if r.a.Material.Documents > 1 {
		parts = append(parts, clip(line(c.Title), 120))
	}
	parts = append(parts, clip(line(c.Section), 120))
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// bibliography shows the notes as a list, each with the passages that cite it.
func (r *renderer) bibliography() []unit {
	var out []unit
	for i := range r.a.Citations {
		c := &r.a.Citations[i]
		text := clip(line(c.Text), 600)
		elements := []slack.RichTextSectionElement{r.name(c), textElement("  "+text, nil)}
		if len(c.CitedBy) > 0 {
			by := clip(strings.Join(c.CitedBy, " "), 200)
			elements = append(elements, textElement(" · "+clean(by), nil))
			text += " (" + by + ")"
		}
		out = append(out, unit{elements: bullet(section(elements...)), joined: true, refs: []*bot.Citation{c}, text: r.mark(c) + ": " + text})
	}
	return out
}

// mostNearest is how much of a passage that only comes near is shown.
const mostNearest = 220

// nearest shows what comes nearest to a question that is not answered.
func (r *renderer) nearest() []unit {
	var out []unit
	if words := r.unsaid(); words != "" {
		out = append(out, unit{elements: section(textElement(words, nil)), joined: true, text: words})
	}
	for i := range r.a.Nearest {
		c := &r.a.Nearest[i]
		text := clip(line(c.Text), mostNearest)
		if text == "" {
			text = clip(line(c.Quote), mostNearest)
		}
		head := []slack.RichTextSectionElement{r.name(c)}
		if at := r.where(c); at != "" {
			head = append(head, textElement(" · "+at, nil))
		}
		u := unit{refs: []*bot.Citation{c}, text: text, marks: "[" + r.mark(c) + "]"}
		if i == 0 {
			u.elements, u.text = section(textElement(r.w.nearest, nil)), r.w.nearest+" "+text
		}
		u.elements = append(u.elements, slack.NewRichTextSection(head...), quotation(textElement(text, nil)))
		out = append(out, u)
	}
	return out
}

// unsaid names the words that the material does not have, as far as the answer's
// text does not.
func (r *renderer) unsaid() string {
	if r.a.Status != bot.Abstained && r.a.Status != bot.Found {
		return ""
	}
	var words []string
	for _, m := range r.a.Missing {
		if r.a.Status == bot.Found || !strings.Contains(r.a.Text, m) {
			words = append(words, r.w.open+clip(line(m), 80)+r.w.close)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return fmt.Sprintf(r.w.missing, clip(strings.Join(words, r.w.comma), 600))
}
