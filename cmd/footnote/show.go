package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"footnote/bot"
	"footnote/bot/cite"

	"github.com/fatih/color"
)

// hang is how many cells the label of a passage takes, the longest usual one and
// two spaces: what it labels begins behind them.
const hang = 6

// shortCells is how much of a nearest passage is shown.
const shortCells = 150

// show writes an answer of any kind.
func (p *page) show(a bot.Answer) {
	ph := phrasesFor(a.Language)
	if a.Understood != "" {
		p.paragraph(span{}, 0, span{text: fmt.Sprintf(ph.understood, a.Understood), ink: p.faint})
		p.gap()
	}
	switch {
	case a.Kind == bot.KindCheck:
		p.check(a, ph)
	case a.Status == bot.Abstained || a.Status == bot.NotFound:
		p.nothing(a, ph)
	case a.Directions != nil:
		p.directions(a, ph)
	case a.Direction != nil:
		p.summary(a, ph)
	case a.Kind == bot.KindSources:
		p.bibliography(a, ph)
	case a.Kind == bot.KindHelp:
		p.lines(a.Text)
	case a.Status == bot.Found:
		p.found(a, ph)
	default:
		p.answer(a, ph)
	}
}

// lines writes a text of several lines.
func (p *page) lines(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		p.paragraph(span{}, 0, span{text: line})
	}
}

// answer writes the sentences as one paragraph, or each with its translation below
// it, and then the sources.
func (p *page) answer(a bot.Answer, ph phrases) {
	if a.Translated == nil {
		p.paragraph(span{}, 0, p.sentences(a, a.Sentences)...)
	} else {
		for _, s := range a.Sentences {
			p.paragraph(span{}, 0, p.sentences(a, []bot.Sentence{s})...)
			p.translation(s, 0, ph)
		}
	}
	p.gap()
	p.sources(a.Citations, ph)
	p.writer(a, ph)
}

// translation writes the translation of a sentence, where there is one, below it.
func (p *page) translation(s bot.Sentence, left int, ph phrases) {
	if s.Translation != "" {
		p.paragraph(span{}, left+2, span{text: ph.translation, ink: p.faint}, span{text: s.Translation})
	}
}

// writer says who wrote an answer, where a model did or was asked to.
func (p *page) writer(a bot.Answer, ph phrases) {
	by := a.Reasons
	if a.Mode == "llm" {
		by = append([]string{fmt.Sprintf(ph.byModel, cmp.Or(a.Model, "llm"))}, by...)
	}
	if len(by) > 0 {
		p.gap()
		p.paragraph(span{}, 0, span{text: strings.Join(by, " "), ink: p.faint})
	}
}

// sentences returns the spans of sentences, each with its marks.
func (p *page) sentences(a bot.Answer, sentences []bot.Sentence) []span {
	var spans []span
	dated := bot.Dated(a.Citations)
	for _, s := range sentences {
		spans = append(spans, span{text: s.Text})
		for _, id := range s.Citations {
			spans = append(spans, span{text: "[" + markOf(a, id, dated) + "]", ink: p.mark, glue: true})
		}
	}
	return spans
}

// markOf returns the mark of the answer's citation with that id.
func markOf(a bot.Answer, id string, dated bool) string {
	for _, c := range a.Citations {
		if c.ID == id {
			return c.Mark(dated)
		}
	}
	return id
}

// sources writes each cited passage once, with its section and its notes.
func (p *page) sources(citations []bot.Citation, ph phrases) {
	for i, c := range citations {
		same := func(o bot.Citation) bool { return o.ID == c.ID }
		if slices.ContainsFunc(citations[:i], same) {
			continue
		}
		p.place(c, citations, ph)
		p.link(c)
		var notes []bot.Note
		for _, o := range citations[i:] {
			if same(o) {
				notes = append(notes, o.Notes...)
			}
		}
		// A note that one of the quotes has is not further on.
		slices.SortStableFunc(notes, func(a, b bot.Note) int { return order(a.After) - order(b.After) })
		p.notes(notes, ph)
	}
}

// order puts false before true.
func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

// place writes where a citation stands: its label, section and, where the
// citations come from several documents, the document.
func (p *page) place(c bot.Citation, among []bot.Citation, ph phrases) {
	section := c.Section
	if section == "" && !isNote(c) {
		section = ph.introduction
	}
	spans := []span{{text: section}}
	if slices.ContainsFunc(among, func(o bot.Citation) bool { return o.Document != c.Document }) {
		spans = append(spans, span{text: c.Title, ink: p.faint})
		if section == "" || section == c.Title {
			spans = spans[1:]
		}
	}
	if c.Page > 0 {
		spans = append(spans, span{text: onPage(c), ink: p.faint})
	}
	p.paragraph(span{text: c.Label, ink: p.mark}, hang, spans...)
}

// link writes where a citation is seen on the reader page, where there is one.
func (p *page) link(c bot.Citation) {
	if at := c.Link(p.reader); at != "" {
		p.paragraph(span{}, hang, span{text: at, ink: p.faint})
	}
}

// onPage names the page of a citation.
func onPage(c bot.Citation) string { return fmt.Sprintf("p. %d", c.Page) }

// notes writes notes, each once and indented.
func (p *page) notes(notes []bot.Note, ph phrases) {
	seen := map[string]bool{}
	for _, n := range notes {
		if seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		spans := []span{{text: n.Text}}
		if n.After {
			spans = append(spans, span{text: "(" + ph.after + ")", ink: p.faint})
		}
		p.indented(hang, span{text: n.Label, ink: p.mark}, spans...)
	}
}

// indented writes a labelled paragraph below a passage.
func (p *page) indented(left int, label span, spans ...span) {
	label.text = indent(left) + label.text
	p.paragraph(label, p.cells.StringWidth(label.text)+2, spans...)
}

// nothing writes an abstention, or a look-up that found nothing.
func (p *page) nothing(a bot.Answer, ph phrases) {
	p.paragraph(span{}, 0, span{text: a.Text})
	p.missing(a, ph)
	if len(a.Nearest) > 0 {
		p.gap()
		p.line(span{text: ph.nearest})
		for _, c := range a.Nearest {
			label := span{}
			if isNote(c) { // which has no section to stand beside its label
				label = span{text: c.Label, ink: p.mark}
			} else {
				p.place(c, a.Nearest, ph)
			}
			p.paragraph(label, hang, span{text: p.shorten(read(c), shortCells), ink: p.faint})
		}
	}
	if a.Threshold > 0 {
		p.gap()
		p.paragraph(span{}, 0, span{text: fmt.Sprintf(ph.doubt, a.Confidence, a.Threshold), ink: p.faint})
	}
	p.writer(a, ph)
}

// missing writes the words that the material does not have, unless the answer's
// text has named them.
func (p *page) missing(a bot.Answer, ph phrases) {
	if slices.ContainsFunc(a.Missing, func(w string) bool { return !strings.Contains(a.Text, w) }) {
		p.paragraph(span{}, 0, span{text: fmt.Sprintf(ph.missing, strings.Join(a.Missing, ", ")), ink: p.warn})
	}
}

// isNote reports whether a citation is of a note of the document.
func isNote(c bot.Citation) bool {
	return strings.HasPrefix(strings.TrimPrefix(c.ID, c.Document+"#"), "n")
}

// read returns a citation's quote as it is read.
func read(c bot.Citation) string {
	if c.Text != "" {
		return c.Text
	}
	return c.Quote
}

// directions lists what there are summaries of.
func (p *page) directions(a bot.Answer, ph phrases) {
	widest := 0
	for _, d := range a.Directions {
		widest = max(widest, p.cells.StringWidth(d.ID))
	}
	name := 0
	for _, d := range a.Directions {
		name = max(name, p.cells.StringWidth(d.Name))
	}
	for _, d := range a.Directions {
		gap := indent(name - p.cells.StringWidth(d.Name) + 2)
		p.ink(piece{plain(d.ID), p.mark})
		p.b.WriteString(indent(widest - p.cells.StringWidth(d.ID) + 2))
		p.b.WriteString(plain(d.Name) + gap)
		p.line(span{text: fmt.Sprintf(ph.has, d.Passages, d.Notes), ink: p.faint})
	}
}

// summary writes the points of a direction, what they used, and their sources.
func (p *page) summary(a bot.Answer, ph phrases) {
	p.line(span{text: a.Direction.Name, ink: p.bold})
	p.gap()
	for _, s := range a.Sentences {
		p.paragraph(span{text: "•"}, 2, p.sentences(a, []bot.Sentence{s})...)
		p.translation(s, 2, ph)
	}
	p.gap()
	d := a.Direction
	p.line(span{text: fmt.Sprintf(ph.used, d.Used, d.Passages, d.Notes), ink: p.faint})
	p.gap()
	p.sources(a.Citations, ph)
	p.writer(a, ph)
}

// found writes what a look-up found, to the letter.
func (p *page) found(a bot.Answer, ph phrases) {
	for i, c := range a.Citations {
		if i > 0 {
			p.gap()
		}
		p.entry(c, ph)
	}
}

// entry writes a passage or note verbatim, its notes, and what refers to it.
func (p *page) entry(c bot.Citation, ph phrases) {
	from := []string{c.Title}
	if c.Section == c.Title {
		from = nil
	}
	if c.Date != "" {
		from = append(from, c.Date)
	}
	if c.Page > 0 {
		from = append(from, onPage(c))
	}
	document := strings.Join(from, ", ")
	if c.Section != "" && document != "" {
		document = "· " + document
	}
	p.paragraph(span{text: c.Label, ink: p.mark}, hang, span{text: c.Section, ink: p.bold}, span{text: document, ink: p.faint})
	p.paragraph(span{}, hang, span{text: c.Quote})
	p.link(c)
	p.notes(c.Notes, ph)
	p.citedBy(c, ph)
}

// citedBy writes which passages refer to a note.
func (p *page) citedBy(c bot.Citation, ph phrases) {
	switch {
	case len(c.CitedBy) > 0:
		p.paragraph(span{}, hang, span{text: fmt.Sprintf(ph.citedBy, strings.Join(c.CitedBy, ", ")), ink: p.mark})
	case isNote(c):
		p.paragraph(span{}, hang, span{text: ph.notCited, ink: p.faint})
	}
}

// bibliography writes the notes of each document.
func (p *page) bibliography(a bot.Answer, ph phrases) {
	document := ""
	for _, c := range a.Citations {
		if c.Document != document {
			if document != "" {
				p.gap()
			}
			document = c.Document
			p.paragraph(span{}, 0, span{text: c.Title, ink: p.bold}, span{text: c.Date, ink: p.faint})
			p.gap()
		}
		p.paragraph(span{text: c.Label, ink: p.mark}, len("note 99  "), span{text: read(c)}, p.cited(c, ph))
	}
}

// cited returns the span that says which passages refer to a note.
func (p *page) cited(c bot.Citation, ph phrases) span {
	if len(c.CitedBy) == 0 {
		return span{text: "(" + ph.notCited + ")", ink: p.faint}
	}
	return span{text: "(" + fmt.Sprintf(ph.citedBy, strings.Join(c.CitedBy, ", ")) + ")", ink: p.mark}
}

// verdictInk returns the colour of a verdict.
func (p *page) verdictInk(v bot.Verdict) *color.Color {
	switch v {
	case cite.Quoted, cite.Supported:
		return p.good
	case cite.Partly:
		return p.warn
	}
	return p.bad
}

// check writes the verdict on a sentence, the reasons, and the passages it went by.
func (p *page) check(a bot.Answer, ph phrases) {
	for line := range strings.SplitSeq(a.Text, "\n") { // one for each sentence that was checked
		p.paragraph(span{}, 0, span{text: line, ink: p.verdictInk(a.Verdict)})
	}
	for _, r := range a.Reasons {
		p.paragraph(span{text: "•"}, 2, span{text: r})
	}
	if len(a.Reasons) == 0 {
		p.missing(a, ph)
	}
	shown := a.Citations
	if len(shown) == 0 && len(a.Nearest) > 0 {
		p.gap()
		p.line(span{text: ph.nearest})
		shown = a.Nearest
	}
	for i, c := range shown {
		if i > 0 || len(a.Citations) > 0 {
			p.gap()
		}
		p.place(c, shown, ph)
		p.paragraph(span{}, hang, span{text: "“" + read(c) + "”"})
		p.notes(c.Notes, ph)
	}
}
