package discordbot

import (
	"cmp"
	"context"
	"time"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

// completeTime bounds a look for suggestions: they are asked for at every key, and
// the next key is near.
const completeTime = time.Second

// choicesData is the reply to somebody who types.
type choicesData struct {
	Choices []choice `json:"choices"`
}

// completed are the kinds of questions whose texts the options with suggestions are.
var completed = map[string]bot.Kind{optionRef: bot.KindCite, optionDirection: bot.KindSummary, optionDocument: bot.KindSources}

// autocomplete suggests what the focused option may become. Without an idea, or a
// [bot.Completer] to have one, it suggests nothing: what was typed can be sent all the
// same.
func (b *Bot) autocomplete(ctx context.Context, i *interaction, v invoked) {
	out := []choice{}
	for _, o := range v.Options {
		kind, known := completed[o.Name]
		if c, ok := b.asker.(bot.Completer); ok && o.Focused && known {
			look, cancel := context.WithTimeout(ctx, completeTime)
			q := bot.Question{Kind: kind, Text: v.text(o.Name), Language: i.language(), Place: b.place(look, i.address(true))}
			out = choicesOf(c.Complete(look, q, maxChoices))
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
