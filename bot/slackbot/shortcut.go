package slackbot

import (
	"cmp"
	"context"
	"strings"

	"footnote/bot"
)

// checkMessage takes in the message shortcut: what the message says is checked
// against the material, for whoever asked alone.
func (b *Bot) checkMessage(ctx context.Context, ws *workspace, i interaction) error {
	to := i.here(ws)
	to.Echo = true
	if to.Channel == to.User { // a shortcut always has a message, and that a channel
		return nil
	}
	to.Private, to.Direct = true, false // the message may be between two people who are not asking
	if to.Thread == "" && string(i.Message.ThreadTS) != "" {
		to.Thread = string(i.Message.ThreadTS)
	}
	text, _ := ws.words(string(i.Message.Text))
	if strings.TrimSpace(text) == "" {
		b.jobs.start(ctx, "say that there is nothing to check", func(ctx context.Context) error {
			return b.tell(ctx, to, tellingsIn(b.language(ctx, ws, to.User, "")).NoWords)
		})
		return nil
	}
	id := strings.Join([]string{adapterName, ws.team, "shortcut", cmp.Or(string(i.ActionTS), string(i.Trigger)), to.User}, ":")
	return b.take(ctx, ws, to, bot.Question{ID: id, Kind: bot.KindCheck, Text: cutTo(text, bot.MaxQuestion), Conversation: to.whispers()})
}
