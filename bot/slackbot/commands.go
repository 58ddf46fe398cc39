package slackbot

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"

	"footnote/bot"
)

// slash is a slash command that somebody has typed.
type slash struct {
	Team     str `json:"team_id"`
	Channel  str `json:"channel_id"`
	User     str `json:"user_id"`
	UserName str `json:"user_name"`
	Command  str `json:"command"`
	Text     str `json:"text"`
	Response str `json:"response_url"`
	Trigger  str `json:"trigger_id"`
}

// slashForm reads a command from the form that comes by HTTP.
func slashForm(v url.Values) slash {
	get := func(name string) str { return str(v.Get(name)) }
	return slash{
		Team: get("team_id"), Channel: get("channel_id"), User: get("user_id"), UserName: get("user_name"),
		Command: get("command"), Text: get("text"), Response: get("response_url"), Trigger: get("trigger_id"),
	}
}

// whisper is a reply to a command that only the asker sees.
type whisper struct {
	ResponseType string `json:"response_type"`
	Text         string `json:"text"`
}

func whispered(text string) whisper { return whisper{ResponseType: "ephemeral", Text: escape(text)} }

// settingVisibility is the setting of a channel that says who sees what /ask brings.
const settingVisibility = "visibility"

// slash takes in a command. Slack does not send a command again, so a failure is
// told to whoever typed it.
func (b *Bot) slash(ctx context.Context, team string, c slash) (any, error) {
	w := tellings(string(c.Text))
	ws, err := b.workspace(ctx, team)
	if err != nil {
		b.log.Error("slack: command", "command", string(c.Command), "team", team, "error", err)
		return whispered(w.notReady), nil
	}
	kind, ok := commandKind(string(c.Command), b.conf.CommandsPrefix)
	if !ok {
		b.log.Warn("slack: an unknown command", "team", team)
		return whispered(w.unknownCommand), nil
	}
	text, visibility := flags(string(c.Text))
	text, _ = ws.words(text)
	if kind == bot.KindAsk {
		if reply, done := b.settings(ctx, c, text); done {
			return reply, nil
		}
		kind = bot.KindAny // references and words of commands are known there too
		if text == "" {
			kind = bot.KindHelp
		}
	}
	if kind == bot.KindHelp {
		visibility = cmp.Or(visibility, "private")
	}
	visibility, err = b.visibility(ctx, c, kind, text, visibility)
	if err != nil {
		b.log.Error("slack: read channel setting", "channel", string(c.Channel), "error", err)
		return whispered(w.TryAgain), nil
	}
	to := address{
		Team: ws.team, Channel: string(c.Channel), User: string(c.User), Name: string(c.UserName),
		Respond: string(c.Response), Private: visibility != "public", Echo: true,
	}
	q := bot.Question{ID: adapterName + ":" + ws.team + ":command:" + string(c.Trigger), Kind: kind, Text: text, Conversation: to.whispers()}
	if !to.Private { // a conversation of its own, which goes on below the answer
		q.Conversation = q.ID
	}
	if err := b.take(ctx, ws, to, q); err != nil {
		b.log.Error("slack: command", "key", q.ID, "error", err)
		return whispered(w.TryAgain), nil
	}
	return nil, nil
}

// flags reads --public and --private at the start of a text. Some keyboards make one
// dash of two.
func flags(text string) (rest, visibility string) {
	text = strings.TrimSpace(text)
	for {
		word, after, _ := strings.Cut(text, " ")
		name := strings.TrimLeft(word, "-–—")
		if name == word || name != "public" && name != "private" {
			return text, visibility
		}
		text, visibility = strings.TrimSpace(after), name
	}
}

// visibility says who sees what a command brings: what its flag says; else a look-up
// is private; else what the channel has set, or else the configuration.
func (b *Bot) visibility(ctx context.Context, c slash, kind bot.Kind, text, flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if kind != bot.KindAny || bot.Refers(text) {
		return "private", nil
	}
	set, err := b.store.Setting(ctx, c.place(), settingVisibility)
	if err != nil {
		return "", err
	}
	if set == "" && b.conf.Public {
		set = "public"
	}
	return cmp.Or(set, "private"), nil
}

// place names the channel for its settings.
func (c slash) place() string {
	return adapterName + ":" + string(c.Team) + ":" + string(c.Channel)
}

// settings reads and changes the channel's setting: "settings", "settings public".
// done is false where the text is a question.
func (b *Bot) settings(ctx context.Context, c slash, text string) (reply any, done bool) {
	fields := strings.Fields(strings.ToLower(text))
	if len(fields) == 0 || fields[0] != "settings" || len(fields) > 2 {
		return nil, false
	}
	w := tellings(text)
	if len(fields) == 2 {
		if fields[1] != "public" && fields[1] != "private" {
			return whispered(fmt.Sprintf(w.settingUnknown, c.Command)), true
		}
		if err := b.store.Set(ctx, c.place(), settingVisibility, fields[1]); err != nil {
			b.log.Error("slack: change channel setting", "channel", string(c.Channel), "error", err)
			return whispered(w.TryAgain), true
		}
		b.log.Info("slack: channel setting", "channel", string(c.Channel), "user", string(c.User), "visibility", fields[1])
	}
	now, err := b.visibility(ctx, c, bot.KindAny, "", "")
	if err != nil {
		b.log.Error("slack: read channel setting", "channel", string(c.Channel), "error", err)
		return whispered(w.TryAgain), true
	}
	if now == "public" {
		return whispered(fmt.Sprintf(w.settingPublic, c.Command)), true
	}
	return whispered(fmt.Sprintf(w.settingPrivate, c.Command)), true
}
