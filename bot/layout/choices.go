package layout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/bot"
)

// What a press asks for.
const (
	Show    = "show"    // Ref is what to look up
	Summary = "summary" // Ref is the id of a direction
	Ask     = "ask"     // Ref is a question in words
	Share   = "share"   // the errand's answer, where others see it
	Good    = "good"    // feedback on the errand's answer
	Bad     = "bad"     // the same; what was wrong is asked for
	Open    = "open"    // a link was followed; nothing to do
)

// Choice is something to press.
type Choice struct {
	Do     string
	Text   string
	Ref    string // what it is about; see Do
	About  string // how what it shows begins, for a menu; "" where that is not known
	Spoken string // the text for who has it read out; "" where it is the same
}

// Looks returns what can be looked up below a sheet, and what a menu of them is
// called.
func (l *Layout) Looks(s Sheet) (menu string, cs []Choice) {
	ps := cites(s.Units)
	switch a := l.a; {
	case s.Brief >= NoLooks, l.o.Writing:
		return "", nil
	case a.Status == bot.Found && a.Kind == bot.KindSources:
		return "", nil
	case a.Status == bot.Found && len(ps) > 0:
		cs = l.around(ps)
		if !slices.ContainsFunc(cs, func(c Choice) bool { return c.About == "" }) {
			return l.w.pickNotes, cs
		}
		return l.w.pick, cs
	case a.Kind == bot.KindSummary && a.Directions != nil:
		return l.w.Summaries(a.Directions)
	}
	for _, p := range ps {
		cs = append(cs, Choice{Do: Show, Text: fmt.Sprintf(l.w.show, l.Mark(p.Citation)), Ref: p.ID})
	}
	return l.w.pick, cs
}

// Summaries returns what offers the summary of every direction, with how much each
// has, and what a menu of them is called.
func (w *Phrases) Summaries(directions []bot.Coverage) (menu string, cs []Choice) {
	for _, d := range directions {
		cs = append(cs, Choice{Do: Summary, Text: fmt.Sprintf(w.summaryOf, d.Name, d.Passages), Ref: d.ID})
	}
	return w.summaries, cs
}

// mostAbout is how much of a note a menu shows.
const mostAbout = 75

// around offers what stands before and after passages shown in full, their notes,
// and what cites a note.
func (l *Layout) around(ps []cited) []Choice {
	var out []Choice
	add := func(format, label, id, about string) {
		if id != "" && !slices.ContainsFunc(out, func(c Choice) bool { return c.Ref == id }) &&
			!slices.ContainsFunc(ps, func(p cited) bool { return p.ID == id }) {
			out = append(out, Choice{Do: Show, Text: fmt.Sprintf(format, label), Ref: id, About: Clip(Line(about), mostAbout)})
		}
	}
	for _, p := range ps {
		if l.o.Around != nil {
			before, after := l.o.Around(p.ID)
			add(l.w.before, before.Label, before.ID, "")
			add(l.w.after, after.Label, after.ID, "")
		}
		for _, n := range p.notes {
			add(l.w.show, n.Label, n.ID, n.Text)
		}
		for _, label := range p.CitedBy {
			add(l.w.show, label, idOf(p.Document, label), "")
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

// Closers returns what the last sheet ends with: summaries, sharing, feedback.
func (l *Layout) Closers(s Sheet) []Choice {
	if !s.Last || l.o.Writing {
		return nil
	}
	a := l.a
	good := a.Status == bot.Answered || a.Status == bot.Found
	var out []Choice
	if good && a.Kind != bot.KindCheck {
		out = l.summaries()
	}
	if l.o.Private && l.o.Share && good && len(a.Citations) > 0 {
		out = append(out, Choice{Do: Share, Text: l.w.share})
	}
	if l.o.Key != "" && (a.Status == bot.Answered || a.Status == bot.Abstained || a.Kind == bot.KindCheck && a.Status == bot.NotFound) {
		out = append(out, Choice{Do: Good, Text: l.w.good, Spoken: l.w.goodSpoken}, Choice{Do: Bad, Text: l.w.bad, Spoken: l.w.badSpoken})
	}
	return out
}

// summaries offers the summaries of the directions that the question names, in its
// order, and then of those that most of the cited passages belong to.
func (l *Layout) summaries() []Choice {
	var ids []string
	count := map[string]int{}
	for _, c := range l.a.Citations {
		for _, d := range c.Directions {
			if shown := l.a.Direction != nil && l.a.Direction.ID == d; shown {
				continue
			}
			if count[d]++; count[d] == 1 {
				ids = append(ids, d)
			}
		}
	}
	named := map[string]int{}
	for id, name := range l.o.Directions {
		if at := l.asked(name); at >= 0 && len(ids) > 0 && (l.a.Direction == nil || l.a.Direction.ID != id) {
			named[id] = at
			if count[id] == 0 {
				ids = append(ids, id)
			}
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int {
		at, named1 := named[a]
		bt, named2 := named[b]
		switch {
		case named1 && named2:
			return cmp.Or(at-bt, strings.Compare(a, b))
		case named1 != named2:
			return map[bool]int{true: -1, false: 1}[named1]
		}
		return count[b] - count[a]
	})
	var out []Choice
	for _, id := range ids[:min(len(ids), mostSummaries)] {
		out = append(out, Choice{Do: Summary, Text: fmt.Sprintf(l.w.summary, cmp.Or(l.o.Directions[id], id)), Ref: id})
	}
	return out
}

// asked returns where the question names a direction, as a word of its own and not
// as part of a name such as North Korea, or -1.
func (l *Layout) asked(name string) int {
	question := l.a.Question
	for i := 0; name != "" && i+len(name) <= len(question); i++ {
		if !strings.EqualFold(question[i:i+len(name)], name) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(question[:i])
		rest := question[i+len(name):]
		after, _ := utf8.DecodeRuneInString(rest)
		next, _ := utf8.DecodeRuneInString(strings.TrimPrefix(rest, " "))
		switch {
		case unicode.Is(unicode.Hiragana, after): // a particle
			return i
		case unicode.IsLetter(before), unicode.IsLetter(after), after == ' ' && unicode.IsUpper(next):
		default:
			return i
		}
	}
	return -1
}
