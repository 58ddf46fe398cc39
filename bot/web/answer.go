package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"footnote/bot"
	"footnote/bot/layout"
)

// here stands before the addresses that a layout makes, until they are ours.
const here = "here:"

// answerView is an answer as it is shown.
type answerView struct {
	Note      string // in place of an answer
	Head      []string
	Title     string
	List      bool // the sentences are points
	Sentences []sentenceView
	Blocks    []blockView // of what isn't made of sentences
	Sources   []sourceView
	Closing   []string
	Summaries []linkView
	Good, Bad *layout.Choice // nil where nobody is asked
	Reasons   []reasonView
	Form      *layout.Phrases
	Language  string
}

// sentenceView is a sentence with what it rests on.
type sentenceView struct {
	Text, Translation, Translated string
	Verdict                       string // for the style
	Says                          string // the verdict in words, with why
	Doubted                       bool   // the verdict is shown, also to who points at nothing
	Marks                         []markView
	Language                      string
}

// markView is a mark after a sentence, which leads to the passage.
type markView struct{ Label, Address, Says string }

type linkView struct{ Text, Address string }

type blockView struct {
	Kind string
	Runs []layout.Run
}

// sourceView is a passage that an answer rests on.
type sourceView struct {
	markView
	Where   string
	Quotes  []string
	Notes   []markView // Says is the note's text
	CitedBy string
}

type reasonView struct{ Value, Text string }

// answerView returns an answer as v sees it. Without a key nobody is asked what they
// think of it.
func (w *Web) answerView(v *visit, a bot.Answer, key string, writing bool) *answerView {
	l := layout.New(a, layout.Options{Key: key, Reader: here, Language: v.language, Writing: writing, Directions: w.names(v.language)})
	whole := layout.Sheet{Units: l.Body(), First: true, Last: true, Number: 1, Of: 1}
	out := &answerView{Head: l.Head(), Form: l.Phrases(), Language: a.Language}
	if !writing {
		out.Closing = l.Closing(whole)
	}
	if a.Status == bot.Answered && a.Kind != bot.KindCheck || writing {
		if out.List = a.Kind == bot.KindSummary; out.List && len(whole.Units) > 0 && len(whole.Units[0].Refs) == 0 {
			out.Title = whole.Units[0].Text
		}
		out.Sentences = w.sentences(l, a)
	} else {
		out.Blocks = w.blocks(whole.Units)
	}
	if a.Kind != bot.KindSources && !writing {
		out.Sources = w.sources(l, a)
	}
	for _, c := range l.Closers(whole) {
		switch c.Do {
		case layout.Summary:
			out.Summaries = append(out.Summaries, linkView{c.Text, w.at("/compass/" + url.PathEscape(c.Ref))})
		case layout.Good:
			out.Good = &c
		case layout.Bad:
			out.Bad = &c
		}
	}
	if out.Bad != nil {
		for _, r := range layout.Reasons(a) {
			out.Reasons = append(out.Reasons, reasonView{string(r), l.Phrases().Reasons[r]})
		}
	}
	return out
}

// ours returns an address that a layout has made as one of ours.
func (w *Web) ours(address string) string {
	if path, ok := strings.CutPrefix(address, here); ok {
		return w.at(path)
	}
	return address
}

// sentences shows each sentence with its verdict and what it rests on.
func (w *Web) sentences(l *layout.Layout, a bot.Answer) []sentenceView {
	var out []sentenceView
	for i, s := range a.Sentences {
		cs := l.Cited(i)
		if len(cs) == 0 || strings.TrimSpace(s.Text) == "" {
			continue
		}
		says := l.Phrases().Verdict(s.Verdict)
		if s.Reason != "" {
			says += ": " + layout.Line(s.Reason)
		}
		sv := sentenceView{
			Text: layout.Clean(s.Text), Verdict: string(s.Verdict), Says: says, Doubted: s.Verdict == bot.Partly || s.Verdict == bot.Unsupported,
			Translation: layout.Line(s.Translation), Translated: l.Phrases().Translation(), Language: layout.LanguageOf(s.Text),
		}
		seen := map[string]bool{}
		for _, c := range cs {
			m := w.mark(l, a, c)
			if !seen[m.Address] {
				seen[m.Address] = true
				sv.Marks = append(sv.Marks, m)
			}
		}
		out = append(out, sv)
	}
	return out
}

// mark names a passage, and leads to it.
func (w *Web) mark(l *layout.Layout, a bot.Answer, c *bot.Citation) markView {
	m := markView{Label: layout.Clean(l.Mark(c)), Address: w.ours(l.Link(c)), Says: layout.Line(c.Section)}
	if a.Status == bot.Answered && bot.Dated(a.Citations) && c.Date != "" {
		m.Label += " (" + c.Date + ")"
	}
	return m
}

// blocks shows units as they are laid out.
func (w *Web) blocks(units []layout.Unit) []blockView {
	kinds := map[layout.Kind]string{layout.Bullet: "bullet", layout.Quote: "quote", layout.Code: "code"}
	var out []blockView
	for _, u := range units {
		for _, b := range u.Blocks {
			v := blockView{Kind: kinds[b.Kind]}
			for _, r := range b.Runs {
				r.Link = w.ours(r.Link)
				v.Runs = append(v.Runs, r)
			}
			out = append(out, v)
		}
	}
	return out
}

// mostSources is how many passages are listed below an answer.
const mostSources = 24

// sources lists the passages that an answer rests on, each once, with what it quotes of
// them and their notes.
func (w *Web) sources(l *layout.Layout, a bot.Answer) []sourceView {
	if a.Status != bot.Answered && a.Status != bot.Found {
		return nil
	}
	var out []sourceView
	at := map[string]int{}
	for i := range a.Citations {
		c := &a.Citations[i]
		k, ok := at[c.ID]
		if !ok {
			if len(out) == mostSources {
				break
			}
			k = len(out)
			at[c.ID] = k
			s := sourceView{markView: w.mark(l, a, c), Where: layout.Line(c.Section)}
			if a.Material.Documents > 1 {
				s.Where = strings.Trim(layout.Line(c.Title)+" · "+s.Where, " ·")
			}
			s.CitedBy = strings.Join(c.CitedBy, ", ")
			out = append(out, s)
		}
		s := &out[k]
		if quote := layout.Line(c.Text); a.Kind != bot.KindCite && !above(a, quote) {
			s.Quotes = append(s.Quotes, quote)
		}
		for _, n := range c.Notes {
			document, fragment, _ := strings.Cut(n.ID, "#")
			m := markView{Label: n.Label, Address: w.address(document) + "#" + fragment, Says: layout.Line(n.Text)}
			if !contains(s.Notes, m) {
				s.Notes = append(s.Notes, m)
			}
		}
	}
	return out
}

// above tells whether a quote stands in the answer itself.
func above(a bot.Answer, quote string) bool {
	return slices.ContainsFunc(a.Sentences, func(s bot.Sentence) bool {
		return s.Verdict == bot.Quoted && strings.Contains(layout.Line(s.Text), quote)
	})
}

// names returns what the directions that may be read of here are called, by id.
func (w *Web) names(language string) map[string]string {
	out := map[string]string{}
	for _, d := range w.corpus().Annotated.All() {
		for _, x := range d.Directions {
			if _, ok := out[x.ID]; !ok {
				out[x.ID] = cmp.Or(x.Names[language], x.Names["en"], x.ID)
			}
		}
	}
	return out
}

func contains(ms []markView, m markView) bool {
	for _, o := range ms {
		if o.Address == m.Address {
			return true
		}
	}
	return false
}
