package discordbot

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"footnote/bot/bottest/fakediscord"
)

// hinted waits for the sentence that a message is replied to with.
func (w *world) hinted(m fakediscord.Message, words string) {
	w.t.Helper()
	w.until("a word about it", func(st fakediscord.State) bool { return len(st.Answers(m.ID)) == 1 })
	w.wantAnswers(m.ID, words)
}

// A reply to the answer of a command is withheld whether or not its mention is on:
// each who replies is told, and not told to do what they did.
func TestAReplyToTheAnswerOfACommand(t *testing.T) {
	w := open(t, setup{})
	i := w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "What of the north?", "visibility": "public"})
	w.settle()
	answer := w.wantAnswers(i.ID, north)[0]
	for _, name := range []string{"ann", "bob"} {
		r := w.fake.User(name).Replies(answer, "and the south?")
		w.settle()
		w.hinted(r, "only if it mentions me by name")
		if got := shownBy(w.fake.Answers(r.ID)[0]); strings.Contains(got, "mention on") {
			t.Errorf("%s is told %q, which they just did", name, got)
		}
		again := w.fake.User(name).Replies(answer, "hello?")
		w.settle()
		w.wantAnswers(again.ID)
		// The mention is written in, and the reply is a question that continues.
		w.fake.User(name).Edits(r, w.fake.Mention()+" and the south?")
		w.settle()
		asked := w.answerer.Asked()
		if last := asked[len(asked)-1]; last.After != "discord:"+i.ID || len(last.Before) == 0 {
			t.Errorf("%s's reply is asked as %+v, want it after the answer", name, last)
		}
	}
}

// A mention alone below what Discord withholds: that, and not help.
func TestAMentionBelowAWithheldMessage(t *testing.T) {
	w := open(t, setup{})
	claim := w.fake.User("bob").Says(w.general, "It is in Naples.")
	r := w.fake.User("ann").RepliesQuietly(claim, w.fake.Mention())
	w.settle()
	w.hinted(r, "Check this message")
	if n := len(w.answerer.Asked()); n != 0 {
		t.Errorf("%d questions, want none", n)
	}
}

// The bot's own role is mentioned in place of the bot.
func TestTheBotsRoleIsMentioned(t *testing.T) {
	for _, content := range []bool{false, true} {
		t.Run(map[bool]string{false: "withheld", true: "content"}[content], func(t *testing.T) {
			w := open(t, setup{fake: fakediscord.Config{MessageContent: content}, change: func(c *Config) { c.Content = content }})
			guild, _ := w.fake.Guild("guild")
			w.spin("the server", func() bool { _, ok := w.bot.channels.role(guild.ID); return ok })
			const own, other = "175928847299117063", "175928847299117064"
			raw, _ := json.Marshal(map[string]any{"id": guild.ID, "roles": []any{
				map[string]any{"id": guild.ID}, map[string]any{"id": own, "managed": true, "tags": map[string]string{"bot_id": w.fake.UserID()}},
				map[string]any{"id": other, "managed": true, "tags": map[string]string{"bot_id": "1"}},
			}})
			w.bot.handle(w.soon(), "GUILD_CREATE", raw)
			no := w.fake.User("ann").Says(w.general, fmt.Sprintf("<@&%s> What of the north?", other))
			q := w.fake.User("ann").Says(w.general, fmt.Sprintf("<@&%s> What of the north?", own))
			w.settle()
			w.wantAnswers(no.ID)
			if content {
				w.wantAnswers(q.ID, north)
				return
			}
			w.hinted(q, "mentions my role")
		})
	}
}

// A session that is taken up again tells nothing of roles: they are asked for, once.
func TestRolesAreAskedFor(t *testing.T) {
	w := open(t, setup{})
	guild, _ := w.fake.Guild("guild")
	w.spin("the server", func() bool { _, ok := w.bot.channels.role(guild.ID); return ok })
	w.bot.channels.mu.Lock()
	clear(w.bot.channels.roles)
	w.bot.channels.mu.Unlock()
	for range 3 {
		w.fake.User("ann").Says(w.general, "<@&175928847299117063> What of the north?")
	}
	w.settle()
	if n := w.fake.RequestCount("GET /guilds/{guild_id}/roles"); n != 1 {
		t.Errorf("roles were asked for %d times, want once", n)
	}
}

// Whatever language it is, there are words for everything.
func TestHints(t *testing.T) {
	for _, language := range []string{"en", "ja"} {
		v := reflect.ValueOf(hintsIn(language))
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if text := v.Field(i).String(); text == "" || strings.Contains(text, "%s") != slices.Contains([]string{"inThread", "quiet", "toResponse", "byRole"}, name) {
				t.Errorf("%s in %s is %q", name, language, text)
			}
		}
	}
}

// Who waits sees the bot typing for as long as it takes, though not for ever.
func TestTypingGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		there := &carrier{answers: []answer{{status: 204}}}
		b, err := New(slog.New(slog.DiscardHandler), nil, nil, nil, nil, Config{BotToken: "a.b.c", Transport: there})
		if err != nil {
			t.Fatal(err)
		}
		typed := func(after time.Duration, want int) {
			t.Helper()
			<-time.After(after)
			synctest.Wait()
			there.mu.Lock()
			defer there.mu.Unlock()
			if n := len(there.requests); n != want {
				t.Errorf("the bot is shown typing %d times, want %d", n, want)
			}
		}
		b.working(t.Context(), address{Channel: "1", Message: "2"}, "long")
		typed(typeAfter+time.Millisecond, 1)
		typed(3*typeAgain, 4)
		typed(time.Hour, mostTypes)
		b.working(t.Context(), address{Channel: "1", Message: "3"}, "shorter")
		typed(typeAfter+typeAgain+time.Millisecond, mostTypes+2)
		b.answered("shorter")
		typed(time.Hour, mostTypes+2)
	})
}
