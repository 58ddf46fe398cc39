package discordbot

import (
	"cmp"
	"context"
	"time"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

// Completer suggests references to somebody who types one; *[bot.Bot] does. Of an
// asker that does not, nothing is suggested.
type Completer interface {
	Complete(ctx context.Context, typed string, limit int) []bot.Suggestion
}

// completeTime bounds a look for suggestions: they are asked for at every key, and
// the next key is near.
const completeTime = time.Second

// choicesData is the reply to somebody who types.
type choicesData struct {
	Choices []choice `json:"choices"`
}

// autocomplete suggests what the focused option may become. Without an idea it
// suggests nothing: what was typed can be sent all the same.
func (b *Bot) autocomplete(ctx context.Context, i *interaction, v invoked) {
	out := []choice{}
	for _, o := range v.Options {
		if c, ok := b.asker.(Completer); ok && o.Focused && o.Name == optionRef {
			look, cancel := context.WithTimeout(ctx, completeTime)
			out = choicesOf(c.Complete(look, v.text(optionRef), maxChoices))
			cancel()
		}
	}
	b.respond(ctx, i, response{Type: discordgo.InteractionApplicationCommandAutocompleteResult, Data: choicesData{Choices: out}})
}

// choicesOf shows suggestions: what a passage is called, where it stands, how it
// begins, as much as there is room for. One that Discord could not give back whole is
// left out.
func choicesOf(found []bot.Suggestion) []choice {
	out := []choice{}
	for _, s := range found {
		if layout.Length(s.Ref) > maxChoice || len(out) == maxChoices {
			continue
		}
		name := layout.Line(s.Label)
		if where := layout.Clip(layout.Line(s.Where), maxWhere); where != "" {
			name += " · " + where
		}
		if text := layout.Line(s.Text); text != "" {
			name += " · " + text
		}
		out = append(out, choice{Name: cmp.Or(layout.Clip(name, maxChoice), s.Ref), Value: s.Ref})
	}
	return out
}

// maxWhere is how much of a choice's name its heading may take.
const maxWhere = 40
