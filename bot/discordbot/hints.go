package discordbot

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// hint is what the bot says that has to do with Discord alone, in one language.
type hint struct {
	howToAsk string // where words are withheld; a format of the bot's name
	late     string // why an answer comes by another way
	below    string // only the question was read, not what it replies to
}

func hintsIn(language string) hint {
	if strings.HasPrefix(language, "ja") {
		return hint{
			howToAsk: "Discordの設定により、このメッセージの内容は私には見えません。続けるには、私の回答に（メンションをオンにして）返信するか、@%s にメンションするか、/ask を使ってください。",
			late:     "時間がかかり、質問された場所では回答できなくなったため、こちらで回答します。",
			below:    "返信先のメッセージは読んでいません。その内容を確かめるには、そのメッセージのメニューで「アプリ」から「このメッセージを確認」を選んでください。",
		}
	}
	return hint{
		howToAsk: "Discord does not show me what you write here. To ask me something, reply to one of my answers with its mention on, mention @%s, or use /ask.",
		late:     "This took longer than Discord lets me answer where you asked, so here is the answer.",
		below:    "I read only your message, not the one that it replies to. To have that one checked, choose “Apps”, “Check this message” in its menu.",
	}
}

// settingTold is the setting of a conversation that remembers that people there were
// told how to ask.
const settingTold = "told"

// howToAsk says once in a conversation how to ask where words are withheld.
func (b *Bot) howToAsk(ctx context.Context, m message, talk string) {
	told, err := b.store.Setting(ctx, talk, settingTold)
	if err == nil && told == "" {
		err = b.store.Set(ctx, talk, settingTold, m.ID)
	}
	if err != nil || told != "" {
		if err != nil {
			b.log.Warn("discord: people are not told how to ask", "channel", m.Channel, "error", err)
		}
		return
	}
	language := ""
	if turns, err := b.store.Turns(ctx, talk, 1); err == nil && len(turns) > 0 {
		language = turns[0].Answer.Language
	}
	b.say(ctx, m, fmt.Sprintf(hintsIn(language).howToAsk, b.me().Name))
	b.log.Info("discord: the words of a message are withheld, people are told once how to ask; enable the Message Content intent to do without", "channel", m.Channel)
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

// typeAfter is how long an answer may take before the bot is shown typing; most take
// no time at all. Discord shows it for ten seconds.
const (
	typeAfter  = 1500 * time.Millisecond
	mostTyping = 1000
)

// working has the bot shown typing where an answer to a message takes long; false
// where that is so already, or not to be.
func (b *Bot) working(to address, key string) bool {
	if to.Message == "" {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.typing) >= mostTyping || b.typing[key] != nil {
		return false
	}
	b.typing[key] = time.AfterFunc(typeAfter, func() {
		if !b.answered(key) {
			return
		}
		b.jobs.start(context.Background(), "show that an answer is being written", func(ctx context.Context) error {
			return b.api.do(ctx, http.MethodPost, "/channels/"+to.Channel+"/typing", nil, nil, patient(0))
		})
	})
	return true
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
