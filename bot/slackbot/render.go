package slackbot

import (
	"cmp"
	"strings"

	"footnote/bot"
	"footnote/bot/layout"

	"github.com/slack-go/slack"
)

// renderOptions say where an answer is shown. A Key of more than 240 bytes does not
// come back with clicks.
type renderOptions = layout.Options

// metadataType names the event that a message's metadata tells of.
const metadataType = "footnote_answer"

// render returns the messages that show an answer, at least one. Each is valid by
// Slack's limits on its own, and no sentence is parted from its marks. An answer that
// is still being written and has no sentences is a sign that it is.
func render(a bot.Answer, o renderOptions) []page {
	r := newRenderer(a, o)
	if o.Writing && len(a.Sentences) == 0 {
		return []page{r.sign()}
	}
	sheets := r.layout.Sheets(func(s layout.Sheet) bool { return fits(r.blocks(s)) })
	out := make([]page, len(sheets))
	for i, s := range sheets {
		out[i] = page{Blocks: r.blocks(s), Text: fallbackText(s.Units), Metadata: r.metadata(s), Last: s.Last}
	}
	return out
}

// sign is a message that says only that the question is being answered.
func (r *renderer) sign() page {
	words := tellingsIn(r.language).Working
	lines := append(r.layout.Head(), words)
	return page{Blocks: small(lines), Text: escape(words), Metadata: r.metadata(layout.Sheet{Number: 1}), Last: true}
}

type renderer struct {
	layout   *layout.Layout
	key      string
	language string
	writing  bool
}

func newRenderer(a bot.Answer, o renderOptions) *renderer {
	language := cmp.Or(o.Language, a.Language, "en")
	if a.Kind == bot.KindHelp {
		o.Ways = tellingsIn(language).ways
	}
	return &renderer{layout.New(a, o), o.Key, language, o.Writing}
}

// metadata names the errand and the page. Of an answer that is still being written
// nobody knows how many pages it will have: by that it is told from the whole one.
func (r *renderer) metadata(s layout.Sheet) slack.SlackMetadata {
	if r.key == "" {
		return slack.SlackMetadata{}
	}
	of := s.Of
	if r.writing {
		of = 0
	}
	return slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"key": r.key, "page": s.Number, "pages": of}}
}

// blocks returns a whole message.
func (r *renderer) blocks(s layout.Sheet) []slack.Block {
	var out []slack.Block
	if s.First {
		out = append(out, small(r.layout.Head())...)
	}
	out = append(out, rich(s.Units)...)
	out = append(out, small(r.foot(s))...)
	return append(out, r.actions(s)...)
}

// foot returns what stands in small type below the sentences: the sources, who
// wrote the answer, and which of several messages it is.
func (r *renderer) foot(s layout.Sheet) []string {
	var lines []string
	for _, source := range r.layout.Sources(s) {
		if source.Line != "" {
			lines = append(lines, source.Line)
		}
		lines = append(lines, source.Notes...)
	}
	return append(lines, r.layout.Closing(s)...)
}

// small shows lines in small type, in as few blocks as they take.
func small(lines []string) []slack.Block {
	var out []slack.Block
	for from := 0; from < len(lines); {
		to, n := from+1, shownLength(lines[from])
		for to < len(lines) && n+1+shownLength(lines[to]) <= layout.Usual.Units {
			n += 1 + shownLength(lines[to])
			to++
		}
		out = append(out, slack.NewContextBlock("", plainText(strings.Join(lines[from:to], "\n"), maxTextObject-100)))
		from = to
	}
	return out
}

// shownLength is the length of a line once it is made safe.
func shownLength(text string) int { return layout.Length(plain(layout.Clean(text))) }
