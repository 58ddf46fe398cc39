package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

// settingVisibility is the setting of a channel that says who sees the answers to
// commands.
const settingVisibility = "visibility"

// command takes in a command: a typed one, or one of a message's menu.
func (b *Bot) command(ctx context.Context, i *interaction, v invoked) {
	switch {
	case v.Type == int(discordgo.MessageApplicationCommand):
		b.checkMessage(ctx, i, v)
		return
	case v.Name == commandSettings:
		b.settings(ctx, i, v.text(optionVisibility))
		return
	}
	kind, text, ok := v.question()
	if !ok {
		b.log.Warn("discord: an unknown command; footnote discord register removes it", "command", v.Name)
		b.note(ctx, i, sayingsIn(i.language()).unknownCommand)
		return
	}
	private, err := b.private(ctx, i, kind, text, v.text(optionVisibility))
	if err != nil {
		b.log.Error("discord: read channel setting", "channel", i.Channel, "error", err)
		b.note(ctx, i, layout.TellingsIn(i.language()).TryAgain)
		return
	}
	to := i.address(private)
	q := bot.Question{ID: i.key(), Kind: kind, Text: text, Language: i.languageFor(text)}
	q.Conversation = i.whispers()
	if !to.Private && !to.Direct {
		q.Conversation = b.openly(ctx, i, q.ID)
	}
	b.ask(ctx, i, to, q)
}

// question reads what a typed command asks. ok is false for an unknown one.
func (v invoked) question() (kind bot.Kind, text string, ok bool) {
	switch v.Name {
	case commandAsk: // references and words of commands are known there too
		kind, text = bot.KindAny, strings.TrimSpace(v.text(optionQuestion))
		if text == "" {
			kind = bot.KindHelp
		}
		return kind, text, true
	case commandSummary:
		return bot.KindSummary, bot.Within(v.text(optionDirection), v.text(optionDocument)), true
	case commandCite:
		return bot.KindCite, v.text(optionRef), true
	case commandCheck:
		return bot.KindCheck, v.text(optionSentence), true
	case commandSources:
		return bot.KindSources, bot.Within("", v.text(optionDocument)), true
	case commandHelp:
		return bot.KindHelp, "", true
	}
	return "", "", false
}

// openly is the conversation of a question that everybody sees: in a thread the
// thread's, elsewhere one of its own.
func (b *Bot) openly(ctx context.Context, i *interaction, key string) string {
	if is, ok, _ := b.channels.get(i.Channel); !ok || !is.thread() {
		return key
	}
	ctx, cancel := within(ctx, i)
	defer cancel()
	talk, _, _, err := b.talk(ctx, i.Channel)
	if err != nil {
		b.log.Warn("discord: a question stands alone in its thread", "key", key, "error", err)
	}
	return cmp.Or(talk, key)
}

// private decides who sees what a command brings: what its option says; else a
// look-up is private; else what the channel, or for a thread its channel, has set; or
// else the configuration.
func (b *Bot) private(ctx context.Context, i *interaction, kind bot.Kind, text, option string) (bool, error) {
	if option != "" {
		return option != visiblePublic, nil
	}
	switch kind {
	case bot.KindCite, bot.KindSources, bot.KindHelp:
		return true, nil
	case bot.KindAny:
		if bot.Refers(text) {
			return true, nil
		}
	}
	set, err := b.set(ctx, i)
	return set != visiblePublic, err
}

// set returns what holds in the channel.
func (b *Bot) set(ctx context.Context, i *interaction) (string, error) {
	ctx, cancel := within(ctx, i)
	defer cancel()
	for _, id := range []string{i.Channel, i.Place.Parent} {
		if id == "" {
			continue
		}
		set, err := b.store.Setting(ctx, adapterName+":"+id, settingVisibility)
		if err != nil || set != "" {
			return set, err
		}
	}
	if b.conf.Public {
		return visiblePublic, nil
	}
	return visiblePrivate, nil
}

// settings shows and changes who sees the answers in the channel. Discord shows the
// command to those who may manage channels.
func (b *Bot) settings(ctx context.Context, i *interaction, to string) {
	if to == visiblePublic || to == visiblePrivate {
		keep, cancel := within(ctx, i)
		defer cancel()
		if err := b.store.Set(keep, adapterName+":"+i.Channel, settingVisibility, to); err != nil {
			b.log.Error("discord: change channel setting", "channel", i.Channel, "error", err)
			b.note(ctx, i, sayingsIn(i.language()).notSet)
			return
		}
		b.log.Info("discord: channel setting", "channel", i.Channel, "user", i.person().ID, "visibility", to)
	}
	now, err := b.set(ctx, i)
	if err != nil {
		b.log.Error("discord: read channel setting", "channel", i.Channel, "error", err)
		b.note(ctx, i, sayingsIn(i.language()).notSet)
		return
	}
	w := sayingsIn(i.language())
	if now == visiblePublic {
		b.note(ctx, i, w.settingPublic)
		return
	}
	b.note(ctx, i, w.settingPrivate)
}

// checkMessage takes in the command of a message's menu: what the message says is
// checked against the material, for whoever asked alone, since it may be between
// people who are not asking. Of an answer of ours its sentences are, without what is
// written around them.
func (b *Bot) checkMessage(ctx context.Context, i *interaction, v invoked) {
	text := ""
	if m, ok := v.Resolved.Messages[v.Target]; ok {
		m.ID, m.Channel = cmp.Or(m.ID, v.Target), cmp.Or(m.Channel, i.Channel)
		if m.Author.ID != "" && m.Author.ID == b.me().User {
			text = b.sentencesShown(ctx, i, m)
		}
		if text == "" {
			text = b.saidIn(m)
		}
	}
	if text == "" {
		b.note(ctx, i, layout.TellingsIn(i.language()).NoWords)
		return
	}
	b.ask(ctx, i, i.address(true), bot.Question{
		ID: i.key(), Kind: bot.KindCheck, Text: firstOf(text, bot.MaxQuestion), Language: i.language(), Conversation: i.whispers(),
	})
}

// sentencesShown returns the sentences of the answer that a message of ours shows, or ""
// where that is not kept, or has none.
func (b *Bot) sentencesShown(ctx context.Context, i *interaction, m message) string {
	look, cancel := within(ctx, i)
	defer cancel()
	_, a, ok, err := b.store.ByPost(look, adapterName, posted{Channel: m.Channel, First: m.ID}.String())
	if key := m.keyPressed(); err == nil && !ok && key != "" {
		_, a, ok, err = b.store.Errand(look, key)
	}
	if err == nil && !ok && m.Ref != nil { // a further page, with nothing to press
		var e bot.Errand
		if e, ok, err = b.answering(look, m.Channel, m.Ref.Message); ok && err == nil {
			_, a, ok, err = b.store.Errand(look, e.Key)
		}
	}
	if err != nil || !ok || !bot.May(b.asker, b.place(look, i.address(true)), a) {
		b.log.Debug("discord: the answer of a message is not known", "message", m.ID, "error", err)
		return ""
	}
	var out []string
	for _, s := range a.Sentences {
		out = append(out, layout.Line(s.Text))
	}
	return strings.Join(out, "\n")
}

// keyPressed returns the errand that belongs to what can be pressed on a message of
// ours, or "".
func (m message) keyPressed() string {
	for _, id := range customIDs(m.Components) {
		if a, ok := readAction(id, nil); ok && a.Key != "" {
			return a.Key
		}
	}
	return ""
}

// customIDs returns the ids of what can be pressed among components, and in them.
func customIDs(components []json.RawMessage) (out []string) {
	for _, raw := range components {
		var c struct {
			CustomID   string            `json:"custom_id"`
			Components []json.RawMessage `json:"components"`
			Accessory  json.RawMessage   `json:"accessory"`
		}
		if json.Unmarshal(raw, &c) != nil {
			continue
		}
		if c.CustomID != "" {
			out = append(out, c.CustomID)
		}
		if len(c.Accessory) > 0 {
			c.Components = append(c.Components, c.Accessory)
		}
		out = append(out, customIDs(c.Components)...)
	}
	return out
}

// saidIn returns the words of a message: what was written or forwarded, or else what
// an application shows in it.
func (b *Bot) saidIn(m message) string {
	parts := []string{m.Content}
	for _, s := range m.Snapshots {
		parts = append(parts, s.Message.Content)
	}
	if strings.TrimSpace(strings.Join(parts, "")) == "" {
		parts = nil
		for _, raw := range m.Embeds {
			var e struct {
				Title, Description string
				Fields             []struct{ Name, Value string }
			}
			if b.read("embed", raw, &e) {
				parts = append(parts, e.Title, e.Description)
				for _, f := range e.Fields {
					parts = append(parts, f.Name, f.Value)
				}
			}
		}
		for _, raw := range m.Components {
			parts = append(parts, b.displayed(raw)...)
		}
	}
	m.Content = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), "\n")
	text, _ := b.words(m, self{})
	return plain(text)
}

// displayed returns the texts of a component and of those in it.
func (b *Bot) displayed(raw json.RawMessage) []string {
	var c struct {
		Content    string            `json:"content"`
		Components []json.RawMessage `json:"components"`
	}
	if !b.read("component", raw, &c) {
		return nil
	}
	out := []string{c.Content}
	for _, inner := range c.Components {
		out = append(out, b.displayed(inner)...)
	}
	return out
}

// firstOf shortens text to so many characters.
func firstOf(text string, most int) string {
	n := 0
	for at := range text {
		if n == most {
			return text[:at]
		}
		n++
	}
	return text
}
