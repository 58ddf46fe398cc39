package layout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"footnote/bot"
)

// mostEcho is how much of a question is repeated.
const mostEcho = 300

// Head returns the lines above an answer: the question where it is not visible, and
// how it was understood.
func (l *Layout) Head() []string {
	var lines []string
	if q := l.echo(); q != "" {
		if who := Clip(Line(l.o.Asker), 80); who != "" {
			lines = append(lines, fmt.Sprintf(l.w.askedBy, who, q))
		} else {
			lines = append(lines, fmt.Sprintf(l.w.asked, q))
		}
	}
	if u := Clip(Line(l.a.Understood), mostEcho); u != "" {
		lines = append(lines, fmt.Sprintf(l.w.understood, u))
	}
	return lines
}

// echo returns the question where it is repeated, or "".
func (l *Layout) echo() string {
	if !l.o.Echo {
		return ""
	}
	return Clip(Line(l.a.Question), mostEcho)
}

// How much of the sources is shown below an answer: it is a pointer, and the whole
// is one click away.
const (
	mostSources    = 12  // passages of one message
	mostNotes      = 4   // notes of one passage
	mostFirstWords = 60  // of a quote
	mostNote       = 140 // of a note
)

// Source is the small print about one passage.
type Source struct {
	Line  string   // the passage; "" where it is shown in full above and is the only one
	Brief string   // in place of the line, where the notes have no room: it names them
	Notes []string // its notes, or what cites it, a line each
}

// Sources returns the small print about what a sheet cites, passage by passage. The
// last may name those that had no room.
func (l *Layout) Sources(s Sheet) []Source {
	a := l.a
	if s.Brief >= NoSources || a.Kind == bot.KindSources || a.Status != bot.Answered && a.Status != bot.Found {
		return nil
	}
	shown := a.Status == bot.Found || a.Kind == bot.KindCheck // in full, above
	var out []Source
	var rest []string
	for i, p := range cites(s.Units) {
		switch {
		case shown:
			out = append(out, l.below(p))
		case i >= mostSources:
			rest = append(rest, l.Mark(p.Citation))
		default:
			first := l.w.open + Clip(Line(words(p.Citation)), mostFirstWords) + l.w.close
			out = append(out, Source{Line: dotted(l.Mark(p.Citation), l.where(p.Citation), first), Notes: l.details(p)})
		}
	}
	if rest != nil {
		out = append(out, Source{Line: fmt.Sprintf(l.w.moreSources, Clip(strings.Join(rest, " "), 400))})
	}
	return out
}

// below returns the small print about a passage that is shown in full: of several,
// with its name, for the notes of one not to be taken for another's.
func (l *Layout) below(p cited) Source {
	s := Source{Notes: l.details(p)}
	if len(s.Notes) == 0 {
		return s
	}
	mark := l.Mark(p.Citation)
	var labels []string
	for _, n := range p.notes {
		labels = append(labels, n.Label)
	}
	if s.Brief = mark + ": " + Clip(strings.Join(labels, l.w.comma), 200); labels == nil {
		s.Brief = mark + ": " + s.Notes[0]
	}
	if len(cites(l.Body())) > 1 {
		s.Line = mark
	}
	if s.Line != "" && labels == nil { // what cites a note is one line, and goes with its name
		s.Line, s.Brief, s.Notes = s.Brief, "", nil
	}
	return s
}

// Closing returns the lines that a sheet ends with: who wrote the answer or why there
// is none, on the last; and which of several it is. Of an answer that is still being
// written it is known of none, so that each says that alone.
func (l *Layout) Closing(s Sheet) []string {
	if l.o.Writing {
		return []string{TellingsIn(cmp.Or(l.o.Language, l.a.Language)).Writing}
	}
	var lines []string
	answered := l.a.Status == bot.Answered && l.a.Kind != bot.KindCheck
	switch a := l.a; {
	case !s.Last:
	case a.Kind == bot.KindHelp && l.o.Ways != "":
		lines = append(lines, l.o.Ways)
	case s.Left > 0 && a.Kind == bot.KindSources:
		lines = append(lines, fmt.Sprintf(l.w.moreInList, s.Left))
	case a.Status == bot.Abstained && a.Threshold > 0:
		lines = append(lines, fmt.Sprintf(l.w.confidence, a.Confidence, a.Threshold))
	case answered && a.Mode == "llm":
		lines = append(lines, l.w.model)
	case answered && a.Mode == "keyword" && a.Translated != nil:
		lines = append(lines, l.w.onlyTranslated)
	case answered && a.Mode == "keyword" && len(a.Reasons) > 0: // a model was asked, and this is why its words are not here
		lines = append(lines, Clip(Line(strings.Join(a.Reasons, " ")), 400))
	case answered && a.Mode == "keyword":
		lines = append(lines, l.w.keyword)
	}
	if l.o.Changed && s.Last {
		lines = append(lines, l.w.changed)
	}
	if s.Of > 1 {
		lines = append(lines, fmt.Sprintf(l.w.page, s.Number, s.Of))
	}
	return lines
}

// more returns the format for so many notes that are not listed.
func (w *Phrases) more(n int) string {
	if n == 1 {
		return w.moreNote
	}
	return w.moreNotes
}

// details lists the notes of a passage, or what cites a note.
func (l *Layout) details(p cited) []string {
	var lines []string
	for i, n := range p.notes {
		if i == mostNotes {
			lines = append(lines, fmt.Sprintf(l.w.more(len(p.notes)-i), len(p.notes)-i))
			break
		}
		label := n.Label
		if n.After {
			label = fmt.Sprintf(l.w.later, n.Label, l.Mark(p.Citation))
		}
		lines = append(lines, label+": "+Clip(Line(n.Text), mostNote))
	}
	if len(p.CitedBy) > 0 {
		lines = append(lines, fmt.Sprintf(l.w.citedBy, Clip(strings.Join(p.CitedBy, l.w.comma), 200)))
	}
	return lines
}

// cited is a passage with all that a sheet cites of it.
type cited struct {
	*bot.Citation // the first quote
	notes         []bot.Note
}

// cites returns what units cite, each passage once, in order.
func cites(units []Unit) []cited {
	var out []cited
	at := map[string]int{}
	for _, u := range units {
		for _, c := range u.Refs {
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
