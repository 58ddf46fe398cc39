package slackbot

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"footnote/bot"

	"github.com/slack-go/slack"
)

// renderOptions say where an answer is shown. The zero value is a public answer
// whose question everybody sees, without an errand.
type renderOptions struct {
	Key      string // of the errand, at most 240 bytes; comes back with clicks and in the metadata
	Private  bool   // only the asker sees it
	Share    bool   // a private answer may be shared
	Echo     bool   // the question is not visible where the answer is shown
	Asker    string // a name to show with the echo, as text; it does not mention anybody
	Language string // of the words around; "" takes the answer's
	Reader   string // address of the reader page, without a slash at its end; "" for none
	// Directions are the names of directions by id, in the language; where one is
	// missing, its id is shown.
	Directions map[string]string
	// Around returns references to what stands before and after a passage, and ""
	// where nothing does. It may be nil.
	Around func(id string) (before, after bot.Reference)
}

// listPages is how many messages a list of sources takes at most.
const listPages = 4

// metadataType names the event that a message's metadata tells of.
const metadataType = "footnote_answer"

// render returns the messages that show an answer, at least one. Each is valid by
// Slack's limits on its own, and no sentence is parted from its marks.
func render(a bot.Answer, o renderOptions) []page {
	r := newRenderer(a, o)
	units := r.body()
	whole := sheet{first: true, last: true, number: 1, of: 1}
	if blocks := r.blocks(units, whole); fits(blocks) { // nearly always
		return []page{{Blocks: blocks, Text: fallbackText(units), Metadata: r.metadata(whole), Last: true}}
	}
	groups := paginate(units, func(units []unit, first bool) bool {
		return fits(r.blocks(units, sheet{first: first, last: true, number: 99, of: 99, left: len(r.a.Citations)}))
	})
	left := 0
	if a.Kind == bot.KindSources && len(groups) > listPages {
		for _, g := range groups[listPages:] {
			left += len(g)
		}
		groups = groups[:listPages]
	}
	out := make([]page, len(groups))
	for i, g := range groups {
		last := i == len(groups)-1
		s := sheet{first: i == 0, last: last, number: i + 1, of: len(groups)}
		if last {
			s.left = left
		}
		out[i] = page{Blocks: r.fitting(g, s), Text: fallbackText(g), Metadata: r.metadata(s), Last: last}
	}
	return out
}

// sheet is which of the messages is made.
type sheet struct {
	first, last bool
	number, of  int
	left        int // entries of a list that are not shown
	brief       int // what is left out below the sentences: 1 notes and quotations, 2 all
}

type renderer struct {
	a    bot.Answer
	o    renderOptions
	w    *phrases
	cite [][]*bot.Citation // of each sentence
	ids  bool              // labels do not tell the passages apart
}

func newRenderer(a bot.Answer, o renderOptions) *renderer {
	if o.Language == "" {
		o.Language = a.Language
	}
	r := &renderer{a: a, o: o, w: phrasesFor(o.Language)}
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
		r.cite = append(r.cite, cs)
	}
	named := map[string]string{}
	for _, c := range slices.Concat(a.Citations, a.Nearest) {
		if id, ok := named[c.Label]; ok && id != c.ID {
			r.ids = true
		}
		named[c.Label] = c.ID
	}
	return r
}

func (r *renderer) metadata(s sheet) slack.SlackMetadata {
	if r.o.Key == "" {
		return slack.SlackMetadata{}
	}
	return slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"key": r.o.Key, "page": s.number, "pages": s.of}}
}

// blocks returns a whole message.
func (r *renderer) blocks(units []unit, s sheet) []slack.Block {
	var out []slack.Block
	if s.first {
		out = append(out, r.head()...)
	}
	out = append(out, rich(units)...)
	out = append(out, r.foot(units, s)...)
	return append(out, r.actions(units, s)...)
}

// fitting returns a message with as much below its sentences as there is room for.
func (r *renderer) fitting(units []unit, s sheet) []slack.Block {
	var out []slack.Block
	for ; s.brief <= 2; s.brief++ {
		if out = r.blocks(units, s); fits(out) {
			break
		}
	}
	return out
}

// mostEcho is how much of a question is repeated.
const mostEcho = 300

// head repeats the question where it is not visible, and says how it was understood.
func (r *renderer) head() []slack.Block {
	var lines []string
	if q := clip(line(r.a.Question), mostEcho); r.o.Echo && q != "" {
		if who := clip(line(r.o.Asker), 80); who != "" {
			lines = append(lines, fmt.Sprintf(r.w.askedBy, who, q))
		} else {
			lines = append(lines, fmt.Sprintf(r.w.asked, q))
		}
	}
	if u := clip(line(r.a.Understood), mostEcho); u != "" {
		lines = append(lines, fmt.Sprintf(r.w.understood, u))
	}
	return small(lines)
}

// small shows lines in small type, in as few blocks as they take.
func small(lines []string) []slack.Block {
	var out []slack.Block
	for from := 0; from < len(lines); {
		to, n := from+1, shownLength(lines[from])
		for to < len(lines) && n+1+shownLength(lines[to]) <= blockUnits {
			n += 1 + shownLength(lines[to])
			to++
		}
		out = append(out, slack.NewContextBlock("", plainText(strings.Join(lines[from:to], "\n"), maxTextObject-100)))
		from = to
	}
	return out
}

// shownLength is the length of a line once it is made safe.
func shownLength(text string) int { return length(plain(clean(text))) }

// mark returns what names a passage in this answer.
func (r *renderer) mark(c *bot.Citation) string {
	if r.ids {
		return c.ID
	}
	return c.Label
}

// link returns the address of a passage on the reader page, or "".
func (r *renderer) link(id string) string {
	if r.o.Reader == "" {
		return ""
	}
	document, fragment, _ := strings.Cut(id, "#")
	return r.o.Reader + "/" + url.PathEscape(document) + "#" + url.PathEscape(fragment)
}

var (
	bold   = &slack.RichTextSectionTextStyle{Bold: true}
	italic = &slack.RichTextSectionTextStyle{Italic: true}
)

// name returns a passage's label, linked where there is a page to link to.
func (r *renderer) name(c *bot.Citation) slack.RichTextSectionElement {
	if to := r.link(c.ID); to != "" {
		return slack.NewRichTextSectionLinkElement(to, clean(r.mark(c)), bold)
	}
	return slack.NewRichTextSectionTextElement(clean(r.mark(c)), bold)
}

// mostLinks is how many marks of one sentence are linked; an address takes room.
const mostLinks = 8

// marks returns what stands after a sentence, with the space before it, which does
// not break; and the same as text.
func (r *renderer) marks(cs []*bot.Citation) (elements []slack.RichTextSectionElement, text string) {
	var names []string
	for _, c := range cs {
		if m := clean(r.mark(c)); !slices.Contains(names, m) {
			names = append(names, m)
			elements = append(elements, slack.NewRichTextSectionTextElement("\u00a0", nil), r.name(c))
		}
	}
	if len(names) > mostLinks {
		elements = []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement("\u00a0"+strings.Join(names, " "), bold)}
	}
	if len(names) == 0 {
		return nil, ""
	}
	return elements, "[" + strings.Join(names, "] [") + "]"
}
