package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

// Flags of messages, as Discord numbers them.
const (
	suppressEmbeds = 1 << 2
	ephemeral      = 1 << 6
	thinking       = 1 << 7
	componentsV2   = 1 << 15
)

// sending is a message as it is sent. discordgo's knows no nonce.
type sending struct {
	Content    string                       `json:"content,omitempty"`
	Flags      int                          `json:"flags"`
	Components []discordgo.MessageComponent `json:"components,omitempty"`
	Mentions   nobody                       `json:"allowed_mentions"`
	Reference  *reference                   `json:"message_reference,omitempty"`
	Nonce      string                       `json:"nonce,omitempty"`
	Enforce    bool                         `json:"enforce_nonce,omitempty"` // a message with the same nonce is not sent twice
}

// nobody is who is notified because of what a message says.
type nobody struct{}

// MarshalJSON implements [json.Marshaler].
func (nobody) MarshalJSON() ([]byte, error) { return []byte(`{"parse":[]}`), nil }

// newSending returns the message that shows a page.
func newSending(p page) sending { return sending{Flags: componentsV2, Components: p.Components} }

// plainSending returns a message of text alone, which is escaped already.
func plainSending(text string) sending { return sending{Content: text, Flags: suppressEmbeds} }

// text returns what the message says, as [said] does.
func (o sending) text() string {
	raw, err := json.Marshal(o.Components)
	if err != nil {
		return "" // unreachable unless discordgo's components stop being JSON
	}
	var components []json.RawMessage
	_ = json.Unmarshal(raw, &components)
	return said(o.Content, components)
}

// cleared is a message that had content, as it becomes: one of components has none.
type cleared struct {
	sending
	Content *string `json:"content"`
}

// replyTo refers to a message that is replied to. One that is gone is no error.
func replyTo(guild, channel, id string) *reference {
	fail := false
	return &reference{Message: id, Channel: channel, Guild: guild, Fail: &fail}
}

// pages renders the answer for its place, each page a message.
func (b *Bot) pages(ctx context.Context, e bot.Errand, a bot.Answer, to address) []page {
	pages := render(a, b.options(ctx, e, a, to))
	if len(pages) == 0 {
		return pages
	}
	language := cmp.Or(e.Question.Language, a.Language, layout.LanguageOf(e.Question.Text))
	switch {
	case to.Alone:
		pages[0] = noted(pages[0], layout.TellingsIn(language).Alone)
	case to.Below:
		pages[0] = noted(pages[0], hintsIn(language).below)
	}
	return pages
}

// turned renders page n of the answer, counted from 0, as the one message there is.
func (b *Bot) turned(ctx context.Context, e bot.Errand, a bot.Answer, to address, n int) page {
	return renderTurned(a, b.options(ctx, e, a, to), n)
}

func (b *Bot) options(ctx context.Context, e bot.Errand, a bot.Answer, to address) renderOptions {
	language := cmp.Or(e.Question.Language, a.Language)
	return renderOptions{
		Key: e.Key, Private: to.Private, Share: to.Private && !to.Direct && !to.Outside, Echo: to.Echo, Asker: to.echoed(), Language: language,
		Reader: b.conf.Reader, Directions: b.directionNames(ctx, to, a, language),
	}
}

// echoed is the name shown with the question: none where only the asker sees it.
func (a address) echoed() string {
	if a.Private || a.Direct {
		return ""
	}
	return a.Name
}

// noted returns a page with a remark below it, if there is room for it.
func noted(p page, remark string) page {
	const room = 36 // of 40 components
	if len(p.Components) < room {
		p.Components = append(slices.Clip(p.Components), discordgo.TextDisplay{Content: "-# " + escape(remark)})
	}
	if n := len(p.Text); n > 0 {
		p.Text = append(slices.Clone(p.Text), escape(remark))
	}
	return p
}

// directionNames returns the names by id, where an answer shown somewhere has to do with
// any; none where they cannot be found.
func (b *Bot) directionNames(ctx context.Context, to address, a bot.Answer, language string) map[string]string {
	if !slices.ContainsFunc(a.Citations, func(c bot.Citation) bool { return len(c.Directions) > 0 }) {
		return nil
	}
	got, err := b.asker.Ask(ctx, bot.Question{Kind: bot.KindSummary, Language: cmp.Or(language, "en"), Place: b.place(ctx, to)})
	if err != nil {
		b.log.Debug("discord: directions", "error", err)
	}
	out := make(map[string]string, len(got.Directions))
	for _, d := range got.Directions {
		out[d.ID] = d.Name
	}
	return out
}
