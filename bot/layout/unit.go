package layout

import (
	"slices"
	"strings"

	"footnote/bot"
)

// Run is text in one style.
type Run struct {
	Text         string
	Bold, Italic bool
	Link         string // an address; "" where it is none
}

// Kind is how a block stands on the page.
type Kind int

// The kinds of blocks.
const (
	Paragraph Kind = iota
	Bullet         // an entry of a list
	Quote          // what the material says, set apart
	Code           // shown as it is, in one width
)

// Block is a paragraph or what takes the place of one. A run may hold line breaks.
type Block struct {
	Kind Kind
	Runs []Run
}

// Unit is what stays together: a sentence with its marks, a quotation with its
// heading.
type Unit struct {
	Blocks []Block
	Joined bool            // it goes on with joined ones before it
	Refs   []*bot.Citation // what it cites
	Text   string          // what it says, as plain text
	Marks  string          // and its marks, which stand after it: "[¶5] [¶7]"
	Below  string          // and what stands below both: a translation, as plain text
}

func paragraph(runs ...Run) []Block { return []Block{{Paragraph, runs}} }
func bullet(runs ...Run) []Block    { return []Block{{Bullet, runs}} }
func quotation(runs ...Run) Block   { return Block{Quote, runs} }

func plain(text string) Run { return Run{Text: text} }
func bold(text string) Run  { return Run{Text: text, Bold: true} }

// nbsp is a space at which no line ends.
const nbsp = "\u00a0"

// mostLinks is how many marks of one sentence are linked; an address takes room.
const mostLinks = 8

// name returns a passage's label, linked where there is a page to link to.
func (l *Layout) name(c *bot.Citation) Run {
	return Run{Text: Clean(l.mark(c)), Bold: true, Link: l.Link(c)}
}

// mark names a passage as [Layout.Mark] does, with its document's date where the
// documents of the answer are of different ones.
func (l *Layout) mark(c *bot.Citation) string {
	if l.dated && c.Date != "" {
		return l.Mark(c) + " (" + c.Date + ")"
	}
	return l.Mark(c)
}

// heading names a passage, and says where it stands.
func (l *Layout) heading(c *bot.Citation, where bool) []Run {
	runs := []Run{l.name(c)}
	if at := l.where(c); at != "" && where {
		runs = append(runs, plain(" · "+at))
	}
	return runs
}

// marks returns what stands after a sentence, with the space before it; and the same
// as text.
func (l *Layout) marks(cs []*bot.Citation) (runs []Run, text string) {
	var names []string
	for _, c := range cs {
		if m := Clean(l.mark(c)); !slices.Contains(names, m) {
			names = append(names, m)
			runs = append(runs, plain(nbsp), l.name(c))
		}
	}
	if len(names) > mostLinks {
		runs = []Run{bold(nbsp + strings.Join(names, " "))}
	}
	if len(names) == 0 {
		return nil, ""
	}
	return runs, "[" + strings.Join(names, "] [") + "]"
}
