package discordbot

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

// page is one message.
type page struct {
	Components []discordgo.MessageComponent // for a message with the flag of components v2
	Text       []string                     // the same as escaped text, for where components are refused: each a message of at most 2,000 characters
}

// renderOptions say where an answer is shown. A Key too long for a custom_id, of
// which 100 characters are all there is, does not come back with clicks.
type renderOptions = layout.Options

// What Discord takes of components v2, and what of it is used. A character is a
// UTF-16 unit. The rest is for a remark that is put below.
const (
	maxContent    = 2000 // characters of a message without components
	maxComponents = 40
	maxText       = 4000  // characters of all text displays; the schema's limit of one
	maxBytes      = 10000 // past about 10,170 Discord answers 500 (discord-api-docs#8554)

	mostComponents = maxComponents - 4
	mostText       = maxText - 200
	mostBytes      = maxBytes - 500
	mostSmall      = 1200 // characters of small print to which notes are added: more buries the answer on a phone
)

// render returns the messages that show an answer, at least one. Each is within
// Discord's limits on its own, and no sentence is parted from its marks.
func render(a bot.Answer, o renderOptions) []page {
	r, sheets := deal(a, o, false)
	out := make([]page, len(sheets))
	for i, s := range sheets {
		out[i] = page{r.components(s), r.texts(s)}
	}
	return out
}

// renderTurned returns one message that shows page n of an answer, counted from 0,
// the nearest there is; and where there are several, what turns them. Its Text is
// the whole answer, since text has nothing to press.
func renderTurned(a bot.Answer, o renderOptions, n int) page {
	r, sheets := deal(a, o, true)
	n = min(max(n, 0), len(sheets)-1)
	return page{r.components(sheets[n]), r.texts(sheets...)}
}

// lookUpView returns what only who pressed sees: a passage in its surroundings.
// Sharing and feedback belong to errands and are left out; what is longer than one
// message is cut, and says so.
func lookUpView(a bot.Answer, o renderOptions) page {
	o.Key, o.Share, o.Echo = "", false, false
	return renderTurned(a, o, 0)
}

// plainNote returns a sentence of the bot's own.
func plainNote(text string) page {
	text = escape(layout.Clip(layout.Clean(text), maxContent/2))
	return page{[]discordgo.MessageComponent{discordgo.TextDisplay{Content: text}}, []string{text}}
}

// renderer shows an answer's sheets.
type renderer struct {
	layout *layout.Layout
	key    string
	turned bool // one message shows a sheet at a time
}

// deal lays an answer out on sheets that fit. Where a text has so many signs to
// escape that it doesn't, its sentences are cut shorter.
func deal(a bot.Answer, o renderOptions, turned bool) (*renderer, []layout.Sheet) {
	const shortest = 300
	if a.Kind == bot.KindHelp {
		language, _, _ := strings.Cut(cmp.Or(o.Language, a.Language), "-")
		o.Ways = sayingsIn(language).ways
	}
	for o.Most = layout.Usual; ; o.Most.Units, o.Most.Bytes = o.Most.Units/2, o.Most.Bytes/2 {
		r := &renderer{layout.New(a, o), o.Key, turned}
		sheets := r.layout.Sheets(r.fits)
		if o.Most.Units < shortest || !slices.ContainsFunc(sheets, func(s layout.Sheet) bool { return !r.fits(s) }) {
			return r, sheets
		}
	}
}

func (r *renderer) fits(s layout.Sheet) bool {
	m, _ := r.parts(s)
	return holds(m.components())
}

// parts are what a message is made of.
type parts struct {
	above []discordgo.MessageComponent
	small []string // lines of small print
	below []discordgo.MessageComponent
}

func (m parts) components() []discordgo.MessageComponent {
	out := slices.Clone(m.above)
	if text := small(m.small); text != "" {
		out = append(out, discordgo.TextDisplay{Content: text})
	}
	return append(out, m.below...)
}

// parts returns what a message must show, and what of it ends the small print.
func (r *renderer) parts(s layout.Sheet) (m parts, closing []string) {
	number, of := s.Number, s.Of
	if r.turned { // each sheet is the last that is seen, and the buttons say which it is
		s.Last, s.Number, s.Of = true, 1, 1
	}
	if head := small(r.layout.Head()); s.First && head != "" {
		m.above = append(m.above, discordgo.TextDisplay{Content: head})
	}
	m.above = append(m.above, discordgo.TextDisplay{Content: markdown(s.Units)})
	m.below = r.rows(s)
	closing = r.layout.Closing(s)
	if r.turned && of > 1 {
		if nav := r.turner(number, of); nav != nil {
			m.below = append(m.below, nav)
		} else if number < of {
			closing = append(closing, r.layout.Phrases().MoreElsewhere)
		}
	}
	m.small = append(passageLines(r.layout.Sources(s)), closing...)
	return m, closing
}

// components returns a whole message, with the notes that there is room for.
func (r *renderer) components(s layout.Sheet) []discordgo.MessageComponent {
	m, closing := r.parts(s)
	sources := r.layout.Sources(s)
	var before []string
	for i, source := range sources {
		whole := source.Notes
		if source.Line != "" {
			whole = append([]string{source.Line}, whole...)
		}
		more := m
		more.small = slices.Concat(before, whole, passageLines(sources[i+1:]), closing)
		if len(source.Notes) > 0 && layout.Length(small(more.small)) <= mostSmall && holds(more.components()) {
			m, before = more, append(before, whole...)
		} else {
			before = append(before, passageLines(sources[i:i+1])...)
		}
	}
	return m.components()
}

// passageLines returns the lines that name passages, with their notes by name only
// where a passage is shown in full.
func passageLines(sources []layout.Source) []string {
	var out []string
	for _, s := range sources {
		if line := cmp.Or(s.Brief, s.Line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
