package layout

import (
	"fmt"
	"net/url"
	"strings"

	"footnote/bot"
)

// Body returns what the answer says, in the order it says it; at least one unit.
func (l *Layout) Body() []Unit {
	var out []Unit
	switch a := l.a; {
	case a.Status == bot.Abstained, a.Status == bot.NotFound && a.Verdict == "":
		out = append(l.paragraphs(a.Text), l.nearest()...)
	case a.Kind == bot.KindCheck && (a.Status == bot.Answered || a.Status == bot.NotFound):
		out = append(l.checked(), l.nearest()...)
	case a.Kind == bot.KindSummary && a.Status == bot.Answered:
		out = append(l.title(), l.sentences(bullet)...)
	case a.Status == bot.Answered:
		out = l.sentences(paragraph)
	case a.Status == bot.Found && a.Kind == bot.KindSources:
		out = l.bibliography()
	case a.Status == bot.Found && len(a.Citations) > 0:
		out = l.whole()
	default: // refused, failed, help, the directions there are
		out = l.paragraphs(a.Text)
	}
	if len(out) == 0 {
		out = l.paragraphs(l.a.Text)
	}
	if len(out) == 0 {
		out = l.paragraphs(l.w.nothing)
	}
	return out
}

// paragraphs shows text line by line.
func (l *Layout) paragraphs(text string) []Unit {
	var out []Unit
	for line := range strings.SplitSeq(Clean(text), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		for _, p := range Pieces(line, l.most, false) {
			out = append(out, Unit{Blocks: paragraph(plain(p.String())), Joined: true, Text: p.String()})
		}
	}
	return out
}

// sentences shows each sentence that rests on something, with its marks at its end;
// a sentence too long for one unit has them after each part.
func (l *Layout) sentences(shape func(...Run) []Block) []Unit {
	var out []Unit
	for i, s := range l.a.Sentences {
		cs, text := l.cite[i], Clean(s.Text)
		if len(cs) == 0 || strings.TrimSpace(text) == "" {
			continue
		}
		coded := s.Verdict != bot.Quoted && strings.Contains(text, fence)
		pieces := Pieces(text, l.most, coded)
		below, apart := l.translation(s, len(pieces) > 1 || coded)
		for k, p := range pieces {
			marks, plainMarks := l.marks(cs)
			if d := l.doubt(s.Verdict); d != "" {
				marks, plainMarks = append(marks, Run{Text: d, Italic: true}), plainMarks+d
			}
			u := Unit{Refs: cs, Text: p.String(), Marks: plainMarks}
			runs := append([]Run{plain(p.String())}, marks...)
			if k == len(pieces)-1 && below != nil {
				runs = append(append(runs, plain("\n")), below...)
				u.Below = below[0].Text + below[1].Text
			}
			if coded {
				u.Blocks = fenced(p.String(), marks)
			} else {
				u.Blocks = shape(runs...)
			}
			out = append(out, u)
		}
		out = append(out, apart...)
	}
	return out
}

// translation returns what stands below a sentence in the same unit: its translation,
// behind the words that nothing has checked it; or, where both have no room in one,
// units of its own.
func (l *Layout) translation(s bot.Sentence, apart bool) (below []Run, units []Unit) {
	text := Line(s.Translation)
	if text == "" {
		return nil, nil
	}
	label := Run{Text: l.w.translation, Italic: true}
	if !apart && l.most.Holds(Clean(s.Text)+label.Text+text) {
		return []Run{label, plain(" " + text)}, nil
	}
	most := Size{l.most.Units - Length(label.Text) - 1, l.most.Bytes - len(label.Text) - 1}
	for _, p := range Pieces(text, most, false) {
		units = append(units, Unit{Blocks: paragraph(label, plain(" "+p.String())), Text: label.Text + " " + p.String()})
	}
	return nil, units
}

// doubt says, after a sentence, that it is not supported in full.
func (l *Layout) doubt(v bot.Verdict) string {
	switch v {
	case bot.Partly:
		return " (" + l.w.sentencePartly + ")"
	case bot.Unsupported:
		return " (" + l.w.sentenceUnsupported + ")"
	}
	return ""
}

// fenced shows what stands between two fences as code, and the marks at the end.
func fenced(text string, marks []Run) []Block {
	parts := strings.Split(text, fence)
	if len(parts)%2 == 0 { // one is not closed
		return paragraph(append([]Run{plain(text)}, marks...)...)
	}
	var out []Block
	for i, p := range parts {
		if p = strings.Trim(p, "\n"); i%2 == 1 && p != "" {
			out = append(out, Block{Code, []Run{plain(p)}})
		} else if strings.TrimSpace(p) != "" {
			out = append(out, paragraph(plain(p))...)
		}
	}
	if n := len(out) - 1; n >= 0 && out[n].Kind == Paragraph {
		out[n].Runs = append(out[n].Runs, marks...)
		return out
	}
	return append(out, paragraph(marks...)...)
}

// mostTitle is how much of a direction's name is shown.
const mostTitle = 150

// title names the direction of a summary, with what of it was used. Its name leads to
// the drawing of the directions on the reader page, where there is one.
func (l *Layout) title() []Unit {
	d := l.a.Direction
	if d == nil {
		return nil
	}
	used := fmt.Sprintf(l.w.coverage, d.Used, l.w.passages.of(d.Passages), l.w.notes.of(d.Notes))
	name := Clip(Line(d.Name), mostTitle)
	drawn := bold(name)
	if l.o.Reader != "" {
		drawn.Link = l.o.Reader + "/compass/" + url.PathEscape(d.ID)
	}
	return []Unit{{Blocks: paragraph(drawn, plain("  "+used)), Text: name + " (" + used + ")"}}
}

// whole shows passages and notes in full.
func (l *Layout) whole() []Unit {
	var out []Unit
	for i := range l.a.Citations {
		c := &l.a.Citations[i]
		for k, p := range Pieces(Clean(words(c)), l.most, false) {
			out = append(out, Unit{
				Blocks: append(paragraph(l.heading(c, k == 0)...), quotation(plain(p.String()))),
				Refs:   []*bot.Citation{c}, Text: p.String(), Marks: "[" + l.Mark(c) + "]",
			})
		}
	}
	if words := l.unsaid(); words != "" { // what else was looked for
		out = append(out, Unit{Blocks: paragraph(plain(words)), Text: words})
	}
	return out
}

// words returns what a citation says, as it is read.
func words(c *bot.Citation) string {
	if strings.TrimSpace(Clean(c.Text)) != "" {
		return c.Text
	}
	return c.Quote
}

// bibliography shows the notes as a list, each with the passages that cite it.
func (l *Layout) bibliography() []Unit {
	var out []Unit
	for i := range l.a.Citations {
		c := &l.a.Citations[i]
		text := Clip(Line(c.Text), 600)
		runs := []Run{l.name(c), plain("  " + text)}
		if len(c.CitedBy) > 0 {
			by := Clip(strings.Join(c.CitedBy, " "), 200)
			runs = append(runs, plain(" · "+Clean(by)))
			text += " (" + by + ")"
		}
		out = append(out, Unit{Blocks: bullet(runs...), Joined: true, Refs: []*bot.Citation{c}, Text: l.Mark(c) + ": " + text})
	}
	return out
}

// mostNearest is how much of a passage that only comes near is shown.
const mostNearest = 220

// nearest shows what comes nearest to a question that is not answered.
func (l *Layout) nearest() []Unit {
	var out []Unit
	if words := l.unsaid(); words != "" {
		out = append(out, Unit{Blocks: paragraph(plain(words)), Joined: true, Text: words})
	}
	for i := range l.a.Nearest {
		c := &l.a.Nearest[i]
		text := Clip(Line(words(c)), mostNearest)
		u := Unit{Refs: []*bot.Citation{c}, Text: text, Marks: "[" + l.Mark(c) + "]"}
		if i == 0 {
			u.Blocks, u.Text = paragraph(plain(l.w.nearest)), l.w.nearest+" "+text
		}
		u.Blocks = append(append(u.Blocks, paragraph(l.heading(c, true)...)...), quotation(plain(text)))
		out = append(out, u)
	}
	return out
}

// unsaid names the words that the material does not have, as far as the answer's
// text does not.
func (l *Layout) unsaid() string {
	if l.a.Status != bot.Abstained && l.a.Status != bot.Found {
		return ""
	}
	var words []string
	for _, m := range l.a.Missing {
		if l.a.Status == bot.Found || !strings.Contains(l.a.Text, m) {
			words = append(words, l.w.open+Clip(Line(m), 80)+l.w.close)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return fmt.Sprintf(l.w.missing, Clip(strings.Join(words, l.w.comma), 600))
}
