package slackbot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"footnote/bot"

	"github.com/slack-go/slack"
)

// How much of the sources is shown below an answer: it is a pointer, and the whole
// is one click away.
const (
	mostSources    = 12  // passages of one message
	mostNotes      = 4   // notes of one passage
	mostFirstWords = 60  // of a quote
	mostNote       = 140 // of a note
)

// foot returns what stands in small type below the sentences: the sources, who
// wrote the answer, and which of several messages it is.
func (r *renderer) foot(units []unit, s sheet) []slack.Block {
	var lines []string
	switch a := r.a; {
	case s.brief > 0 || a.Kind == bot.KindSources:
	case a.Status == bot.Answered && a.Kind != bot.KindCheck:
		lines = r.sources(units)
	case a.Status == bot.Answered || a.Status == bot.Found: // the passages are shown above
		for _, p := range passages(units) {
			lines = append(lines, r.details(p)...)
		}
	}
	if s.last {
		lines = append(lines, r.last(s)...)
	}
	if s.of > 1 {
		lines = append(lines, fmt.Sprintf(r.w.page, s.number, s.of))
	}
	return small(lines)
}

// last returns the lines that only the last message has.
func (r *renderer) last(s sheet) []string {
	switch a := r.a; {
	case s.left > 0 && a.Kind == bot.KindSources:
		return []string{fmt.Sprintf(r.w.moreInList, s.left)}
	case a.Status == bot.Abstained && a.Threshold > 0:
		return []string{fmt.Sprintf(r.w.confidence, a.Confidence, a.Threshold)}
	case a.Status == bot.Answered && a.Kind != bot.KindCheck && a.Mode == "llm":
		return []string{r.w.model}
	case a.Status == bot.Answered && a.Kind != bot.KindCheck && a.Mode == "keyword":
		return []string{r.w.keyword}
	}
	return nil
}

// cited is a passage with all that a message cites of it.
type cited struct {
	*bot.Citation // the first quote
	notes         []bot.Note
}

// passages returns what units cite, each passage once, in order.
func passages(units []unit) []cited {
	var out []cited
	at := map[string]int{}
	for _, u := range units {
		for _, c := range u.refs {
			i, ok := at[c.ID]
			if !ok {
				i, at[c.ID] = len(out), len(out)
				out = append(out, cited{Citation: c})
			}
			for _, n := range c.Notes {
				out[i].add(n)
			}
		}
	}
	return out
}

// add takes in a note; one that stands in a quote counts before one that only
// follows it.
func (c *cited) add(n bot.Note) {
	i := slices.IndexFunc(c.notes, func(o bot.Note) bool { return o.ID == n.ID })
	if i < 0 {
		c.notes = append(c.notes, n)
	} else {
		c.notes[i].After = c.notes[i].After && n.After
	}
}

// sources lists the passages that units cite: label, section, first words, notes.
func (r *renderer) sources(units []unit) []string {
	var lines, rest []string
	for i, p := range passages(units) {
		if i >= mostSources {
			rest = append(rest, r.mark(p.Citation))
			continue
		}
		parts := []string{r.mark(p.Citation), r.where(p.Citation)}
		text := p.Text
		if text == "" {
			text = p.Quote
		}
		parts = append(parts, r.w.open+clip(line(text), mostFirstWords)+r.w.close)
		lines = append(lines, strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · "))
		lines = append(lines, r.details(p)...)
	}
	if rest != nil {
		lines = append(lines, fmt.Sprintf(r.w.moreSources, clip(strings.Join(rest, " "), 400)))
	}
	return lines
}

// details lists the notes of a passage, or what cites a note.
func (r *renderer) details(p cited) []string {
	var lines []string
	for i, n := range p.notes {
		if i == mostNotes {
			lines = append(lines, fmt.Sprintf(r.w.moreNotes, len(p.notes)-i))
			break
		}
		label := n.Label
		if n.After {
			label = fmt.Sprintf(r.w.later, n.Label, r.mark(p.Citation))
		}
		lines = append(lines, label+": "+clip(line(n.Text), mostNote))
	}
	if len(p.CitedBy) > 0 {
		lines = append(lines, fmt.Sprintf(r.w.citedBy, clip(strings.Join(p.CitedBy, r.w.comma), 200)))
	}
	return lines
}

// actions returns the buttons below a message.
func (r *renderer) actions(units []unit, s sheet) []slack.Block {
	look := row{key: r.o.Key, name: "look"}
	more := row{key: r.o.Key, name: "more"}
	ps := passages(units)
	switch a := r.a; {
	case s.brief == 2:
	case a.Status == bot.Found && a.Kind == bot.KindSources:
	case a.Status == bot.Found && len(ps) > 0:
		look.choices(actShow, r.w.pick, r.around(ps))
	case a.Kind == bot.KindSummary && a.Directions != nil:
		var cs []choice
		for _, d := range a.Directions {
			cs = append(cs, choice{fmt.Sprintf(r.w.summaryOf, d.Name, d.Passages), d.ID})
		}
		look.choices(actSummary, r.w.homeSummaries, cs)
	default:
		look.choices(actShow, r.w.pick, r.shows(ps))
	}
	if s.last {
		r.closing(&more)
	}
	if !look.full(len(more.elements)) {
		look.elements, more.elements = append(look.elements, more.elements...), nil
	}
	return append(look.block(), more.block()...)
}

// shows offers to show passages in full.
func (r *renderer) shows(ps []cited) []choice {
	var out []choice
	for _, p := range ps {
		out = append(out, choice{fmt.Sprintf(r.w.show, r.mark(p.Citation)), p.ID})
	}
	return out
}

// around offers what stands before and after passages shown in full, their notes,
// and what cites a note.
func (r *renderer) around(ps []cited) []choice {
	var out []choice
	add := func(format, label, id string) {
		if id != "" && !slices.ContainsFunc(out, func(c choice) bool { return c.value == id }) &&
			!slices.ContainsFunc(ps, func(p cited) bool { return p.ID == id }) {
			out = append(out, choice{fmt.Sprintf(format, label), id})
		}
	}
	for _, p := range ps {
		if r.o.Around != nil {
			before, after := r.o.Around(p.ID)
			add(r.w.before, before.Label, before.ID)
			add(r.w.after, after.Label, after.ID)
		}
		for _, n := range p.notes {
			add(r.w.show, n.Label, n.ID)
		}
		for _, label := range p.CitedBy {
			add(r.w.show, label, idOf(p.Document, label))
		}
	}
	return out
}

// idOf returns the id of what a label names in a document.
func idOf(document, label string) string {
	for _, k := range []struct{ label, id string }{{"¶", "p"}, {"note ", "n"}, {"chart ", "c"}} {
		if rest, ok := strings.CutPrefix(label, k.label); ok {
			return document + "#" + k.id + rest
		}
	}
	return label
}

// mostSummaries is how many directions an answer offers to summarise.
const mostSummaries = 2

// closing adds what the last message ends with: summaries, sharing, feedback.
func (r *renderer) closing(more *row) {
	a := r.a
	if (a.Status == bot.Answered || a.Status == bot.Found) && a.Kind != bot.KindCheck {
		r.summaries(more)
	}
	if r.o.Private && r.o.Share && (a.Status == bot.Answered || a.Status == bot.Found) && len(a.Citations) > 0 {
		more.button(actShare, r.w.share, "")
	}
	if r.o.Key != "" && (a.Status == bot.Answered || a.Status == bot.Abstained || a.Kind == bot.KindCheck && a.Status == bot.NotFound) {
		more.button(actGood, r.w.good, "").AccessibilityLabel = r.w.goodLabel
		more.button(actBad, r.w.bad, "").AccessibilityLabel = r.w.badLabel
	}
}

// summaries offers the summaries of the directions that the cited passages belong
// to.
func (r *renderer) summaries(more *row) {
	var ids []string
	for _, c := range r.a.Citations {
		for _, d := range c.Directions {
			shown := r.a.Direction != nil && r.a.Direction.ID == d
			if !shown && !slices.Contains(ids, d) && len(ids) < mostSummaries {
				ids = append(ids, d)
			}
		}
	}
	for _, id := range ids {
		more.button(actSummary, fmt.Sprintf(r.w.summary, cmp.Or(r.o.Directions[id], id)), id)
	}
}
