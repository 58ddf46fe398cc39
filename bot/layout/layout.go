// Package layout decides how an answer is laid out in a chat, before any platform's
// markup: what is said around it and in which language, which parts it has and in
// which order, what stays together, and where a text that is too long is cut.
//
// A [Layout] is an answer taken apart. Its head repeats the question where nobody
// sees it. Its body is a list of [Unit]s, each a sentence with its marks, a quotation
// with its heading, an entry of a list: what is never parted. [Layout.Sheets] deals
// the units out to messages, by a measure that the platform gives. Below a sheet stand
// small print and things to press.
//
// Style is data here: a [Run] is bold or a link, a [Block] is a quotation or code,
// and whoever shows them knows how. Text comes out as it went in, less what no chat
// shows; making it safe as markup belongs to those who write markup. The package
// knows no platform and no search.
package layout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"footnote/bot"
)

// Options say where an answer is shown. The zero value is a public answer whose
// question everybody sees, without an errand.
type Options struct {
	Key      string // of the errand, for clicks to come back with; without one nobody is asked what they think of the answer
	Private  bool   // only the asker sees it
	Share    bool   // a private answer may be shared
	Echo     bool   // the question is not visible where the answer is shown
	Writing  bool   // the answer is still being written: it says so, and there is nothing to press
	Asker    string // a name to show with the echo, as text; it does not mention anybody
	Language string // of the words around; "" takes the answer's
	Changed  bool   // a look-up below an answer that was drawn from an older state of the material
	Reader   string // address of the reader page, without a slash at its end; "" for none
	// Ways says how the bot is spoken to on the platform, in the language; it closes
	// an answer that says what can be asked.
	Ways string
	// Directions are the names of directions by id, in the language; where one is
	// missing, its id is shown.
	Directions map[string]string
	// Around returns references to what stands before and after a passage, and the
	// zero one where nothing does. It may be nil.
	Around func(id string) (before, after bot.Reference)
	// Most bounds the text of one sentence or quotation; a longer one is cut. The
	// zero value is [Usual].
	Most Size
}

// Usual is how long a sentence or quotation may be before it is cut: what every
// platform can show in one piece, also in a script of three bytes a character.
var Usual = Size{2800, 5600}

// Layout is an answer taken apart. It does not change.
type Layout struct {
	a    bot.Answer
	o    Options
	w    *Phrases
	most Size
	cite [][]*bot.Citation // of each sentence
	ids  bool              // labels do not tell the passages apart

	dated bool // the documents are of different dates
}

// New returns the layout of an answer.
func New(a bot.Answer, o Options) *Layout {
	l := &Layout{a: a, o: o, w: PhrasesIn(cmp.Or(o.Language, a.Language)), most: cmp.Or(o.Most, Usual)}
	l.dated = a.Status == bot.Answered && bot.Dated(a.Citations)
	next := 0
	for _, s := range a.Sentences {
		var cs []*bot.Citation
		for _, id := range s.Citations {
			if next < len(a.Citations) && a.Citations[next].ID == id {
				cs, next = append(cs, &a.Citations[next]), next+1
			} else if i := slices.IndexFunc(a.Citations, func(c bot.Citation) bool { return c.ID == id }); i >= 0 {
				cs = append(cs, &a.Citations[i])
			}
		}
		l.cite = append(l.cite, cs)
	}
	named := map[string]string{}
	for _, c := range slices.Concat(a.Citations, a.Nearest) {
		if id, ok := named[c.Label]; ok && id != c.ID {
			l.ids = true
		}
		named[c.Label] = c.ID
	}
	return l
}

// Phrases returns what is said around this answer.
func (l *Layout) Phrases() *Phrases { return l.w }

// Mark returns what names a passage in this answer: its label, or its id where two
// documents have the same label.
func (l *Layout) Mark(c *bot.Citation) string {
	if l.ids {
		return c.ID
	}
	return c.Label
}

// Link returns the address on the reader page at which what a citation quotes is seen,
// or "".
func (l *Layout) Link(c *bot.Citation) string { return c.Link(l.o.Reader) }

// Cited returns what the i-th sentence of the answer rests on.
func (l *Layout) Cited(i int) []*bot.Citation { return l.cite[i] }

// where says in which section a passage stands, on which page where there are pages,
// and in which document where there are several.
func (l *Layout) where(c *bot.Citation) string {
	var parts []string
	if l.a.Material.Documents > 1 {
		parts = append(parts, Clip(Line(c.Title), 120))
	}
	parts = append(parts, Clip(Line(c.Section), 120))
	if c.Page > 0 {
		parts = append(parts, fmt.Sprintf("p. %d", c.Page))
	}
	return dotted(parts...)
}

// dotted joins what is not empty.
func dotted(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}
