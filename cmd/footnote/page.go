package main

import (
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// plainWidth is how many cells a line has where there is no terminal to ask.
const plainWidth = 80

// leastWidth is where narrower terminals are taken for wider: below it a note's
// hanging indent leaves no room for words.
const leastWidth = 30

// inks are the colours of a page. Each is either on or off for good, so that a page
// does not depend on the library's global switch.
type inks struct {
	mark, faint, bold, good, bad, warn *color.Color
}

func newInks(on bool) inks {
	ink := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return inks{
		mark: ink(color.FgCyan), faint: ink(color.Faint), bold: ink(color.Bold),
		good: ink(color.FgGreen), bad: ink(color.FgRed), warn: ink(color.FgYellow),
	}
}

// page lays out text in lines of a width. The zero value is not ready; use
// [console.page].
type page struct {
	inks
	width  int
	reader string // address of the reader page, without a slash at its end; "" for none
	cells  *runewidth.Condition
	b      strings.Builder
}

// page returns an empty page for standard output.
func (con *console) page(v values) *page {
	width, terminal := plainWidth, false
	if isTerminal(con.out) {
		terminal = true
		if w, _, err := term.GetSize(int(con.out.(*os.File).Fd())); err == nil && w > 0 {
			width = max(w, leastWidth)
		}
	}
	on := v["color"] == "always" || v["color"] == "auto" && terminal && con.getenv("NO_COLOR") == "" && con.getenv("TERM") != "dumb"
	p := newPage(width, on)
	p.reader = strings.TrimRight(v["public-url"], "/")
	return p
}

func newPage(width int, coloured bool) *page {
	// The library's default condition follows the locale of the machine, which would
	// make the same answer break differently in two places.
	return &page{width: width, inks: newInks(coloured), cells: &runewidth.Condition{StrictEmojiNeutral: true}}
}

// writeTo writes the page.
func (p *page) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, p.b.String())
	return err
}

// span is a stretch of text in one ink.
type span struct {
	text string
	ink  *color.Color // nil for plain
	glue bool         // never begins a line: it stays with the word before it
}

// piece is a part of a word in one ink.
type piece struct {
	text string
	ink  *color.Color
}

// word is what no line break may part.
type word struct {
	pieces []piece
	cells  int
	space  bool // white space follows, unless the line ends
}

// line writes one line that is not wrapped.
func (p *page) line(spans ...span) {
	for _, s := range spans {
		p.ink(piece{oneLine(s.text), s.ink})
	}
	p.b.WriteByte('\n')
}

// gap writes an empty line.
func (p *page) gap() { p.b.WriteByte('\n') }

// indent returns n cells of white space.
func indent(n int) string { return strings.Repeat(" ", n) }

// paragraph writes spans in lines of the page's width. The first line begins with
// the label, in hang cells or, where it is longer, with two spaces behind it; the
// others are indented as far.
func (p *page) paragraph(label span, hang int, spans ...span) {
	words := p.split(spans)
	text := plain(label.text)
	inked := strings.TrimLeft(text, " ")
	p.b.WriteString(text[:len(text)-len(inked)])
	p.ink(piece{inked, label.ink})
	at := p.cells.StringWidth(text)
	left := hang
	if at > 0 && at >= hang {
		left = at + 2
	}
	if len(words) > 0 {
		p.b.WriteString(indent(left - at))
		at = left
	}
	var line []piece
	space := false
	for _, w := range words {
		gap := 0
		if space {
			gap = 1
		}
		switch {
		case len(line) > 0 && at+gap+w.cells > p.width:
			p.pieces(line)
			p.b.WriteString("\n" + indent(left))
			line, at = line[:0], left
		case len(line) > 0 && space:
			line = append(line, piece{" ", w.pieces[0].ink})
			at++
		}
		line = append(line, w.pieces...)
		at += w.cells
		space = w.space
	}
	p.pieces(line)
	p.b.WriteByte('\n')
}

// pieces writes pieces, those of one colour together.
func (p *page) pieces(line []piece) {
	for i := 0; i < len(line); {
		j, text := i, ""
		for ; j < len(line) && line[j].ink == line[i].ink; j++ {
			text += line[j].text
		}
		p.ink(piece{text, line[i].ink})
		i = j
	}
}

// split cuts spans into words: at white space, and between wide characters where
// Unicode's rules allow a line to break. Those rules would also break after the
// hyphen of a name such as JFC-NF, which is harder to read than a short line.
func (p *page) split(spans []span) []word {
	var words []word
	for _, s := range spans {
		glued := s.glue && len(words) > 0
		if glued {
			words[len(words)-1].add(p, piece{" ", nil})
		}
		rest, state := oneLine(s.text), -1
		for first := true; rest != ""; first = false {
			var text string
			text, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
			bare := strings.TrimRight(text, " ")
			if first && !glued || !first && !p.bound(words[len(words)-1], bare) {
				words = append(words, word{})
			}
			last := &words[len(words)-1]
			last.add(p, piece{bare, s.ink})
			last.space = len(bare) < len(text)
		}
		if len(words) > 0 {
			words[len(words)-1].space = true
		}
	}
	return words
}

// bound reports whether text, which follows w, must stand on its line.
func (p *page) bound(w word, text string) bool {
	if w.space {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(w.pieces[len(w.pieces)-1].text)
	after, _ := utf8.DecodeRuneInString(text)
	return p.cells.RuneWidth(before) < 2 && p.cells.RuneWidth(after) < 2
}

// add appends a piece to the word.
func (w *word) add(p *page, s piece) {
	w.pieces = append(w.pieces, s)
	w.cells += p.cells.StringWidth(s.text)
}

// ink writes a piece in its colour.
func (p *page) ink(s piece) {
	if s.ink == nil || s.text == "" {
		p.b.WriteString(s.text)
		return
	}
	p.b.WriteString(s.ink.Sprint(s.text))
}

// shorten cuts text to so many cells, at a place where a line may break.
func (p *page) shorten(text string, cells int) string {
	text = oneLine(text)
	if p.cells.StringWidth(text) <= cells {
		return text
	}
	var b strings.Builder
	at, space := 0, 0
	for _, w := range p.split([]span{{text: text}}) {
		if at+space+w.cells+2 > cells {
			break
		}
		b.WriteString(indent(space))
		for _, piece := range w.pieces {
			b.WriteString(piece.text)
		}
		at += space + w.cells
		if space = 0; w.space {
			space = 1
		}
	}
	return strings.TrimRight(b.String(), ",;:") + " …"
}

// plain returns text without what a terminal might obey: the control characters,
// new lines and tabs aside. Bytes that are no UTF-8 become U+FFFD, since a terminal
// may take one of them for an eight-bit control.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// oneLine returns text as one line, without control characters: runs of white space
// become a space.
func oneLine(text string) string { return strings.Join(strings.Fields(plain(text)), " ") }
