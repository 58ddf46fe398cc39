package discordbot

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// hint is what the bot says that has to do with Discord alone, in one language. Those
// that say how to ask are formats of the bot's name.
type hint struct {
	inThread   string // words in a thread that the bot is part of are withheld
	quiet      string // a reply without its ping
	toResponse string // a reply to the response to an interaction: its ping is no mention
	byRole     string // a mention of the bot's role in place of the bot's own
	unread     string // nothing but the mention was written, below a message that is withheld
	late       string // why an answer comes by another way
	doubtful   string // what offers an answer that may be shown already
	showIt     string // the button below
	below      string // only the question was read, not what it replies to
}

func hintsIn(language string) hint {
	if strings.HasPrefix(language, "ja") {
		return hint{
			inThread:   "ここでは、私へのメンションがあるメッセージだけを読めます。質問するには、@%s にメンションするか、私の回答に（メンションをオンにして）返信するか、/ask を使ってください。",
			quiet:      "メンションがオフの返信は読めません。返信のメンションをオンにするか、本文で @%s にメンションするか、/ask を使ってください。",
			toResponse: "コマンドの回答への返信は、メンションがないと読めません。本文で @%s にメンションするか、/ask を使ってください。",
			byRole:     "ロールへのメンションでは本文を読めません。ロールではなくボットの @%s にメンションするか、/ask を使ってください。",
			unread:     "返信先のメッセージは読めません。確かめるには、そのメッセージのメニューで「アプリ」から「このメッセージを確認」を選んでください。質問はメンションの後に書いてください。",
			late:       "時間がかかり、質問された場所では回答できなくなったため、こちらで回答します。",
			doubtful:   "質問された場所に回答が表示されたかどうか、確かめられませんでした。表示されていなければ、こちらでご覧になれます。",
			showIt:     "回答を表示",
			below:      "返信先のメッセージは読んでいません。その内容を確かめるには、そのメッセージのメニューで「アプリ」から「このメッセージを確認」を選んでください。",
		}
	}
	return hint{
		inThread:   "Here I can read only messages that mention me. To ask me something, mention @%s, reply to one of my answers with its mention on, or use /ask.",
		quiet:      "I cannot read a reply with its mention off. Switch the mention on, write @%s in the message, or use /ask.",
		toResponse: "I can read a reply to the answer of a command only if it mentions me by name. Write @%s in the message, or use /ask.",
		byRole:     "I cannot read a message that mentions my role. Mention @%s, the bot, in place of the role, or use /ask.",
		unread:     "I cannot read the message that you reply to. To have it checked, choose “Apps”, “Check this message” in its menu. To ask something, write it after the mention.",
		late:       "This took longer than Discord lets me answer where you asked, so here is the answer.",
		doubtful:   "I could not find out whether my answer reached you where you asked. If it did not, you can have it here.",
		showIt:     "Show the answer",
		below:      "I read only your message, not the one that it replies to. To have that one checked, choose “Apps”, “Check this message” in its menu.",
	}
}

// settingTold is the setting of a conversation that remembers that people there were
// told how to ask.
const settingTold = "told"

// toldFor is how long somebody is not told the same again in a channel.
const toldFor = 10 * time.Minute

// howToAsk says how to ask where words are withheld: to somebody who certainly meant
// the bot, unless that was said to them a moment ago, else once in a conversation.
func (b *Bot) howToAsk(ctx context.Context, m message, h heard) {
	if h.toUs {
		b.howToReach(ctx, m, h)
		return
	}
	told, err := b.store.Setting(ctx, h.talk, settingTold)
	if err == nil && told == "" {
		err = b.store.Set(ctx, h.talk, settingTold, m.ID)
	}
	if err != nil || told != "" {
		if err != nil {
			b.log.Warn("discord: people are not told how to ask", "channel", m.Channel, "error", err)
		}
		return
	}
	language := ""
	if turns, err := b.store.Turns(ctx, h.talk, 1); err == nil && len(turns) > 0 {
		language = turns[0].Answer.Language
	}
	b.say(ctx, m, fmt.Sprintf(hintsIn(language).inThread, b.me().Name))
	b.log.Info("discord: the words of a message are withheld, people are told once how to ask; enable the Message Content intent to do without", "channel", m.Channel)
}

// howToReach says to a person why their message could not be read, and how it could.
func (b *Bot) howToReach(ctx context.Context, m message, h heard) {
	w := hintsIn(b.spoken(ctx, h.talk, m.Author.ID))
	why, text := "quiet", w.quiet
	switch {
	case m.role:
		why, text = "role", w.byRole
	case m.Replied != nil && m.Replied.response():
		why, text = "response", w.toResponse
	}
	if !b.tells(m.Channel + " " + m.Author.ID + " " + why) {
		return
	}
	b.say(ctx, m, fmt.Sprintf(text, b.me().Name))
	b.log.Info("discord: a message to the bot is withheld, its author is told how to ask", "channel", m.Channel, "why", why)
}

// tells tells whether something is to be said now: it was not a moment ago.
func (b *Bot) tells(what string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at, ok := b.told[what]; ok && time.Since(at) < toldFor {
		return false
	}
	if len(b.told) >= mostTalks {
		clear(b.told)
	}
	b.told[what] = time.Now()
	return true
}

// say replies to a message with a sentence of the bot's own, beside all else.
func (b *Bot) say(ctx context.Context, m message, text string) {
	out := plainSending(escape(text))
	out.Reference, out.Nonce, out.Enforce = replyTo(m.Guild, m.Channel, m.ID), nonce(m.key(), 0, "said"), true
	b.jobs.start(ctx, "say something", func(ctx context.Context) error {
		err := b.api.do(ctx, http.MethodPost, "/channels/"+m.Channel+"/messages", out, nil, repeatable)
		if err != nil {
			return classify("post a sentence", err)
		}
		return nil
	})
}

// How the bot is shown typing.
const (
	typeAfter  = 1500 * time.Millisecond // most answers take no time at all
	typeAgain  = 9 * time.Second         // Discord shows it for ten
	mostTypes  = 7                       // for an answer, about a minute: another process may be writing it
	mostTyping = 1000
)

// working has the bot shown typing where an answer to a message takes long, until
// something of it is shown; false where that is so already, or not to be.
func (b *Bot) working(ctx context.Context, to address, key string) bool {
	if to.Message == "" {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.typing) >= mostTyping || b.typing[key] != nil {
		return false
	}
	left := mostTypes
	b.typing[key] = time.AfterFunc(typeAfter, func() {
		if left--; !b.typesOn(key, left > 0) {
			return
		}
		b.jobs.start(ctx, "show that an answer is being written", func(ctx context.Context) error {
			return b.api.do(ctx, http.MethodPost, "/channels/"+to.Channel+"/typing", nil, nil, patient(0))
		})
	})
	return true
}

// typesOn tells whether an answer is still to come, and if so, and it is wanted, has
// the bot shown typing again.
func (b *Bot) typesOn(key string, again bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.typing[key]
	switch {
	case ok && again:
		t.Reset(typeAgain)
	case ok:
		delete(b.typing, key)
	}
	return ok
}

// answered ends that; it tells whether it was to be shown still.
func (b *Bot) answered(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.typing[key]
	if ok {
		t.Stop()
		delete(b.typing, key)
	}
	return ok
}

// stopTyping ends it for all.
func (b *Bot) stopTyping() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, t := range b.typing {
		t.Stop()
		delete(b.typing, key)
	}
}
