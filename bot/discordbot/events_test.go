package discordbot

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakediscord"
)

func TestWords(t *testing.T) {
	me := self{User: "1", Name: "footnote"}
	people := []person{{ID: "1", Username: "footnote", Bot: true}, {ID: "2", Username: "bob", Name: "Bob B."}, {ID: "3", Username: "carol"}}
	channels := map[string]string{"7": "general"}
	for _, c := range []struct {
		in, want string
		named    bool
	}{
		{"<@1> What is it?", "What is it?", true},
		{"<@!1>: what is it?", "what is it?", true},
		{"Hey <@1>, what is it?", "Hey  , what is it?", true},
		{"what is it <@1>?", "what is it  ?", true},
		{"<@1>", "", true},
		{"<@1>、北極について教えて", "北極について教えて", true},
		{"<@2> and <@!3> said so", "@Bob B. and @carol said so", false},
		{"<@9> said so", "said so", false},
		{"<@&1> what is it?", "what is it?", false},
		{"@everyone what is it?", "@everyone what is it?", false},
		{"in <#7> and <#8>", "in #general and", false},
		{"<:smile:5> <a:wave:6> :typed:", ":smile: :wave: :typed:", false},
		{"on <t:1618953630:R> and <t:1618953630>", "on 20 April 2021 21:20 and 20 April 2021 21:20", false},
		{"use </ask:5> or </settings show:6>", "use /ask or /settings show", false},
		{"see <https://example.org/a?b=c> and https://example.org/d", "see https://example.org/a?b=c and https://example.org/d", false},
		{"<id:customize> <x> a < b > c", "customize <x> a < b > c", false},
		{"no markup", "no markup", false},
	} {
		got, named := asRead(message{Content: c.in, Mentions: people}, me, func(id string) string { return channels[id] })
		if got != c.want || named != c.named {
			t.Errorf("asRead(%q) = %q, %v; want %q, %v", c.in, got, named, c.want, c.named)
		}
	}
	if _, named := asRead(message{Content: "`<@1>` is code"}, me, nil); named {
		t.Error("a mention that Discord does not see is taken for one")
	}
	if _, named := asRead(message{Content: "<@> hi", Mentions: []person{{}}}, self{}, nil); named {
		t.Error("a bot that does not know who it is is mentioned by nothing")
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"**NATO** has *a* __hub__ in ~~Rome~~ ||Naples||.":      "NATO has a hub in Rome Naples.",
		"***Ice*** and **the *melting* ice** and _snow_.":       "Ice and the melting ice and snow.",
		"- one\n* two\n  - three\n1. four\n> five\n-# six":      "one\ntwo\nthree\nfour\nfive\nsix",
		"# Ice\n### Snow\n>>> all of it":                        "Ice\nSnow\nall of it",
		"see [the hub](https://example.org/a_b) and [x](<y/z>)": "see the hub and x",
		"`code` and ```go\nx := 1\n```":                         "code and x := 1",
		"snake_case_name, 2 * 3 * 4, a*b, #1, -5, 2014. Crimea": "snake_case_name, 2 * 3 * 4, a*b, #1, -5, 2014. Crimea",
		`1\. The \*ice\* melts\_ in ¶5 \[6\]`:                   "1. The *ice* melts_ in ¶5 [6]",
		"plain":                                                 "plain",
		"":                                                      "",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"<@1> x", "<#2>", "<:a:1>", "<t:99999999999999:R>", "<<>>", "<@", "</a b:1>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		asRead(message{Content: s, Mentions: []person{{ID: "1"}}}, self{User: "1"}, nil)
		plain(s)
	})
}

func TestReadIsTolerant(t *testing.T) {
	b := &Bot{log: slog.New(slog.DiscardHandler)}
	var m message
	if !b.read("MESSAGE_CREATE", json.RawMessage(`{"id":7,"channel_id":"2","author":"x","mentions":{"a":1},"content":"hello","referenced_message":[],"type":"0"}`), &m) || m.Channel != "2" || m.Content != "hello" {
		t.Errorf("message = %+v, want what could be read", m)
	}
	for _, bad := range []string{``, `{`, `{"id":"1"`} {
		if b.read("MESSAGE_CREATE", json.RawMessage(bad), &m) {
			t.Errorf("read(%q) = true, want false", bad)
		}
	}
}

func TestHandleSurvives(t *testing.T) {
	w := open(t, setup{})
	for _, kind := range []string{
		"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK", "INTERACTION_CREATE", "GUILD_CREATE", "GUILD_DELETE", "CHANNEL_CREATE",
		"CHANNEL_DELETE", "THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_LIST_SYNC", "MESSAGE_REACTION_ADD", "SOMETHING_NEW", "",
	} {
		for _, raw := range []string{``, `null`, `7`, `"x"`, `[]`, `{}`, `{"id":7}`, `{"id":"1"}`, `{"id":"1","channel_id":"2"}`, `{"id":"1","channel_id":"2","author":null}`,
			`{"id":"1","channel_id":"2","author":{"id":"3","bot":"yes"},"content":{"a":1},"guild_id":"4"}`,
			`{"ids":["1",2,null],"channel_id":"2"}`, `{"channels":[7,null,{"id":"1"},{"id":"2","type":"x"}],"threads":{}}`,
			`{"id":"1","type":2,"data":null,"token":""}`, `{"id":"1","type":2,"token":"x","data":{"options":7}}`, `{"id":"1","channel_id":"2","author":{"id":"3"},"type":19,"message_reference":{},"guild_id":"4"}`,
		} {
			w.bot.handle(w.soon(), kind, json.RawMessage(raw))
		}
	}
	w.settle()
	if n := len(w.sent()); n != 0 {
		t.Errorf("%d messages, want none: %q", n, allShown(w.sent()))
	}
}

func TestDirectMessages(t *testing.T) {
	w := open(t, setup{})
	ann := w.fake.User("ann")
	q := ann.DMs("What of the north, " + canary + "?")
	w.settle()
	w.wantAnswers(q.ID, north)
	f := ann.DMs("The south, " + canary + ".") // all that is said there is said to the bot
	w.settle()
	w.wantAnswers(f.ID, south)
	asked := w.answerer.Asked()
	if last := asked[len(asked)-1]; len(last.Before) != 1 || last.Conversation != "discord:"+ann.DM() {
		t.Errorf("the second question is %+v, want it in the same conversation", last)
	}
	empty := ann.DMs(w.fake.Mention())
	w.settle()
	asked = w.answerer.Asked()
	if last := asked[len(asked)-1]; last.Text != askHelp || len(w.fake.Answers(empty.ID)) != 1 {
		t.Errorf("a mention alone is %+v, want help", last)
	}
}

func TestThreads(t *testing.T) {
	w := open(t, setup{fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content = true }})
	ann, bob := w.fake.User("ann"), w.fake.User("bob")
	last := func() bot.Question { a := w.answerer.Asked(); return a[len(a)-1] }

	// A thread on the bot's answer continues its conversation, a thread on the question too.
	q := ann.Mentions(w.general, "What of the north, "+canary+"?")
	w.settle()
	answer := w.wantAnswers(q.ID, north)[0]
	for i, on := range []fakediscord.Message{answer, q} {
		thread := bob.OpensThreadOn(on, "more")
		f := bob.Says(thread.ID, "and the south, "+canary+"?")
		w.settle()
		w.wantAnswers(f.ID, south)
		if got := last(); got.Conversation != "discord:"+w.general+":"+q.ID || len(got.Before) != i+1 {
			t.Errorf("thread %d: the question is in %q with %d turns before, want it in the conversation of the answer", i, got.Conversation, len(got.Before))
		}
	}

	// A thread of others is theirs, until somebody asks there.
	thread := ann.OpensThread(w.general, "ours")
	ann.Says(thread.ID, "what of the north?")
	w.settle()
	n := len(w.answerer.Asked())
	f := ann.Mentions(thread.ID, "what of the north?")
	w.settle()
	if len(w.answerer.Asked()) != n+1 || last().Conversation != "discord:"+thread.ID {
		t.Errorf("in a thread of others: %+v, want one question, in the thread's conversation", w.answerer.Asked()[n:])
	}
	w.wantAnswers(f.ID, north)
	f = bob.Says(thread.ID, "and the south?")
	bob.Says(thread.ID, "I agree with all of that.")
	bob.Says(thread.ID, "<@"+ann.ID()+"> what of the south?")
	bob.Replies(f, "what of the south?")
	w.settle()
	w.wantAnswers(f.ID, south)
	if len(w.answerer.Asked()) != n+2 {
		t.Errorf("%+v were asked, want one: people who talk to each other are left alone", w.answerer.Asked()[n+1:])
	}
}

func TestForumPosts(t *testing.T) {
	w := open(t, setup{fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content = true }})
	forum := w.fake.AddChannel(fakediscord.Channel{Name: "questions", Type: fakediscord.ChannelForum})
	ann := w.fake.User("ann")
	post, q := ann.OpensPost(forum.ID, "The north", w.fake.Mention()+" What of the north, "+canary+"?")
	w.settle()
	if m := w.wantAnswers(q.ID, north); strings.Contains(shownBy(m[0]), "not the thread above") {
		t.Error("who asks in the first message of a post is told that the thread is not read")
	}
	f := ann.Says(post.ID, "and the south, "+canary+"?")
	w.settle()
	w.wantAnswers(f.ID, south)
}

// Two people reply to one answer: each reply says after which.
func TestRepliesComeAfterWhatTheyReplyTo(t *testing.T) {
	w := open(t, setup{})
	ann, bob := w.fake.User("ann"), w.fake.User("bob")
	q := ann.Mentions(w.general, "What of the north?")
	w.settle()
	answer := w.wantAnswers(q.ID, north)[0]
	key := func(m fakediscord.Message) string { return message{ID: m.ID, Channel: m.Channel}.key() }
	first := ann.Replies(answer, "and the south?")
	w.settle()
	bob.Replies(answer, "why?")
	w.settle()
	thread := bob.OpensThreadOn(answer, "t")
	inThread := bob.Mentions(thread.ID, "What of the south?")
	w.settle()
	bob.Replies(w.wantAnswers(inThread.ID, south)[0], "and the north?")
	w.settle()
	dm := ann.DMs("What of the north?")
	w.settle()
	ann.Replies(w.wantAnswers(dm.ID, north)[0], "and the south?")
	w.settle()
	bob.Replies(w.wantAnswers(first.ID, south)[0], "and the north?")
	w.settle()
	want := []string{"", key(q), key(q), "", key(inThread), "", key(dm), key(first)}
	asked := w.answerer.Asked()
	if len(asked) != len(want) {
		t.Fatalf("%d questions, want %d", len(asked), len(want))
	}
	for i, q := range asked {
		if q.After != want[i] {
			t.Errorf("question %d, %q, comes after %q, want %q", i, q.Text, q.After, want[i])
		}
	}
}

// A ledger that is slow to say that it has kept a question has kept it.
func TestKeptAfterAll(t *testing.T) {
	w := open(t, setup{})
	w.store.tells(errors.New("too slow"))
	q := w.fake.User("ann").Mentions(w.general, "What of the north?")
	i := w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "What of the south?", "visibility": "public"})
	w.settle()
	w.wantAnswers(q.ID, north)
	w.wantAnswers(i.ID, south)
	if n := len(w.sent()); n != 2 {
		t.Errorf("%d messages, want the answers alone: %q", n, allShown(w.sent()))
	}
}

func TestMentionOnly(t *testing.T) {
	w := open(t, setup{fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content, c.MentionOnly = true, true }})
	ann := w.fake.User("ann")
	thread := ann.OpensThread(w.general, "t")
	q := ann.Mentions(thread.ID, "What of the north?")
	w.settle()
	ann.Says(thread.ID, "and the south?")
	r := ann.RepliesQuietly(w.wantAnswers(q.ID, north)[0], "and the south?")
	d := ann.DMs("What of the north?")
	w.settle()
	w.wantAnswers(r.ID, south)
	w.wantAnswers(d.ID, north)
	if n := len(w.answerer.Asked()); n != 3 {
		t.Errorf("%d questions, want the mention, the reply and the direct message", n)
	}
}

func TestNoPrivilegedIntentIsNeeded(t *testing.T) {
	w := open(t, setup{})
	const intents = 1<<0 | 1<<9 | 1<<12 // servers, messages there, direct messages
	if s := w.fake.Sessions(); len(s) != 1 || s[0].Intents != intents {
		t.Fatalf("sessions = %+v, want one with the intents %d", s, intents)
	}
	ann, bob := w.fake.User("ann"), w.fake.User("bob")
	q := ann.Mentions(w.general, "What of the north, "+canary+"?")
	w.settle()
	r := bob.Replies(w.wantAnswers(q.ID, north)[0], "and the south, "+canary+"?")
	w.settle()
	w.wantAnswers(r.ID, south)
	if a := w.answerer.Asked(); len(a) != 2 || len(a[1].Before) != 1 {
		t.Errorf("asked = %+v, want the reply with the turn before", a)
	}
	d := ann.DMs("What of the north?")
	i := ann.In(w.general).Slash("ask", fakediscord.Options{"question": "and the south?"})
	w.settle()
	w.wantAnswers(d.ID, north)
	w.wantAnswers(i.ID, south)
}

func TestWithheldWordsAreToldOnce(t *testing.T) {
	w := open(t, setup{})
	ann, bob := w.fake.User("ann"), w.fake.User("bob")
	thread := ann.OpensThread(w.general, "t")
	bob.Says(thread.ID, "before, "+canary)
	w.settle()
	if n := len(w.sent()); n != 0 {
		t.Fatalf("%d messages in a thread that the bot has no part in", n)
	}
	q := ann.Mentions(thread.ID, "What of the north, "+canary+"?")
	w.settle()
	w.wantAnswers(q.ID, north)
	for n := range 5 {
		bob.Says(thread.ID, fmt.Sprintf("and the south, %s? %d", canary, n))
	}
	w.settle()
	w.until("how to ask", func(st fakediscord.State) bool {
		return slices.ContainsFunc(st.Messages(thread.ID), func(m fakediscord.Message) bool { return strings.Contains(shownBy(m), "/ask") })
	})
	bob.Says(w.general, "What of the north?") // no thread
	w.settle()
	if n := len(w.sent()); n != 2 || len(w.answerer.Asked()) != 1 {
		t.Errorf("%d messages, %d questions; want the answer and one word about how to ask: %q", n, len(w.answerer.Asked()), allShown(w.sent()))
	}
}

// A reply without its ping is handed over without its words.
func TestQuietReply(t *testing.T) {
	w := open(t, setup{})
	ann := w.fake.User("ann")
	q := ann.Mentions(w.general, "What of the north?")
	w.settle()
	r := ann.RepliesQuietly(w.wantAnswers(q.ID, north)[0], "and the south?")
	w.settle()
	w.until("how to ask", func(st fakediscord.State) bool { return len(st.Answers(r.ID)) == 1 })
	w.wantAnswers(r.ID, "with its mention off")
}

func TestQuestionsWithoutWords(t *testing.T) {
	for _, c := range []struct {
		name string
		m    message
		text string
		ok   bool
	}{
		{"nothing", message{}, askHelp, true},
		{"a forward", message{Snapshots: snapshots("The <b> is, <@5>, in Naples.")}, askCheck + "The <b> is, , in Naples.", true},
		{"below a person's message", message{Replied: &message{Content: "It is in **Naples**."}}, askCheck + "It is in Naples.", true},
		{"below a message that is withheld", message{Replied: &message{}}, askHelp, false},
		{"below a picture", message{Replied: &message{Attachments: []json.RawMessage{nil}}}, askHelp, true},
		{"below a bot's", message{Replied: &message{Author: person{Bot: true}, Content: "It is in Naples."}}, askHelp, true},
		{"below a long one", message{Replied: &message{Content: strings.Repeat("x", bot.MaxQuestion)}}, askCheck + strings.Repeat("x", bot.MaxQuestion-len(askCheck)), true},
	} {
		if q, ok := question(c.m, ""); q.Kind != bot.KindAny || q.Text != c.text || ok != c.ok {
			t.Errorf("%s: question = %q %q, %v, want %q, %v", c.name, q.Kind, q.Text, ok, c.text, c.ok)
		}
	}
	if q, ok := question(message{Snapshots: snapshots("x")}, "why?"); q.Kind != bot.KindAny || q.Text != "why?" || !ok {
		t.Errorf("with words: %+v, %v", q, ok)
	}
}

func snapshots(text string) (s []struct {
	Message struct {
		Content string `json:"content"`
	} `json:"message"`
}) {
	raw, _ := json.Marshal([]any{map[string]any{"message": map[string]any{"content": text}}})
	_ = json.Unmarshal(raw, &s)
	return s
}

func TestMembersOfNothingAreUnknown(t *testing.T) {
	w := open(t, setup{})
	w.fake.Fail(fakediscord.Fault{Method: "GET", Route: "/channels/*", Status: 403, Code: 50001, Times: 100})
	thread := w.fake.AddChannel(fakediscord.Channel{Name: "t", Type: fakediscord.ChannelPublicThread, Parent: w.general})
	w.delivered()
	w.bot.channels.drop(thread.ID)
	q := w.fake.User("ann").Mentions(thread.ID, "What of the north?")
	w.settle()
	w.wantAnswers(q.ID, north)
	w.fake.User("ann").Mentions(thread.ID, "What of the south?")
	w.settle()
	if n := w.fake.RequestCount("GET /channels/{channel_id}"); n > 1 {
		t.Errorf("the channel was looked up %d times, want once", n)
	}
}

func TestEditedAndDeleted(t *testing.T) {
	w := open(t, setup{})
	ann := w.fake.User("ann")
	q := ann.Mentions(w.general, "What of the north?")
	w.settle()
	answer := w.wantAnswers(q.ID, north)[0]
	q = ann.Edits(q, w.fake.Mention()+" What of the south?")
	w.settle()
	if got := w.wantAnswers(q.ID, south); len(got) == 1 && got[0].ID != answer.ID {
		t.Error("the edited question is answered in another message")
	}
	other := ann.Mentions(w.general, "What of the north?")
	w.settle()
	ann.BulkDeletes(q, other)
	w.settle()
	if n := len(w.sent()); n != 0 {
		t.Errorf("%d messages stand, want none", n)
	}
}

func TestTheLedgerCannotBeRead(t *testing.T) {
	w := open(t, setup{fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content = true }})
	thread := w.fake.User("ann").OpensThread(w.general, "t")
	w.delivered()
	w.store.unreadable(errors.New("disk full"))
	chat := w.fake.User("bob").Says(thread.ID, "what of it, "+canary+"?") // perhaps it is not for the bot
	w.spin("the end of the tries", func() bool { return w.logged("cannot tell whether") })
	q := w.fake.User("ann").Mentions(thread.ID, "What of the north, "+canary+"?")
	w.until("a word about it", func(st fakediscord.State) bool { return len(st.Answers(q.ID)) == 1 })
	w.wantAnswers(q.ID, "send it again")
	w.wantAnswers(chat.ID)
}

// A look-up is answered in the language that its asker wrote in before; what others
// wrote tells nothing.
func TestShortQuestionsInJapanese(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)})
	q := w.fake.User("ann").Mentions(w.general, "北方へのアプローチについて教えて")
	w.settle()
	r := w.fake.User("ann").Replies(w.fake.Answers(q.ID)[0], "¶5")
	thread := w.fake.User("ann").OpensThreadOn(w.fake.Answers(q.ID)[0], "t")
	w.fake.User("bob").Says(thread.ID, "南は？")
	w.settle()
	e, _, _, err := w.store.Errand(t.Context(), message{ID: r.ID, Channel: r.Channel}.key())
	if err != nil || e.Question.Language != "ja" {
		t.Errorf("¶5 is asked in %q, %v; want ja", e.Question.Language, err)
	}
	r = w.fake.User("carol").Replies(w.fake.Answers(q.ID)[0], "¶2")
	w.settle()
	if e, _, _, err := w.store.Errand(t.Context(), message{ID: r.ID, Channel: r.Channel}.key()); err != nil || e.Question.Language != "" {
		t.Errorf("another's ¶2 is asked in %q, %v; want none", e.Question.Language, err)
	}
	w.until("how to ask", func(st fakediscord.State) bool { return len(st.Messages(thread.ID)) == 2 })
	if got := allShown(w.fake.Messages(thread.ID)); !strings.Contains(got[1], "メンション") {
		t.Errorf("people are told how to ask with %q, want it in Japanese", got[1])
	}
}

func TestTyping(t *testing.T) {
	gate := &gated{Asker: &sayer{}, open: make(chan struct{})}
	w := open(t, setup{asker: gate, limits: bot.Limits{Deadline: time.Minute}})
	q := w.fake.User("ann").Mentions(w.general, "slow")
	w.until("the sign that it is typing", func(st fakediscord.State) bool { return st.Typing(w.general) == 1 })
	close(gate.open)
	w.settle()
	w.wantAnswers(q.ID, "You said: slow")
	quick := w.fake.User("ann").Mentions(w.general, "quick")
	w.settle()
	w.wantAnswers(quick.ID, "You said: quick")
	if n := w.fake.Typing(w.general); n != 1 {
		t.Errorf("the bot typed %d times, want once", n)
	}
}

func TestChannelsAreNamed(t *testing.T) {
	w := open(t, setup{})
	w.spin("the name of the channel", func() bool { is, _, _ := w.bot.channels.get(w.general); return is.Name == "general" })
	w.fake.User("ann").Mentions(w.general, "What of the north in <#"+w.general+">?")
	w.settle()
	if a := w.answerer.Asked(); len(a) != 1 || a[0].Text != "What of the north in #general?" {
		t.Errorf("asked = %+v", a)
	}
}

func TestTheLedgerIsDownForLong(t *testing.T) {
	w := open(t, setup{})
	w.store.breaks(errors.New("disk full"))
	q := w.fake.User("ann").Mentions(w.general, "What of the north, "+canary+"?")
	w.until("a word about it", func(st fakediscord.State) bool { return len(st.Answers(q.ID)) == 1 })
	w.wantAnswers(q.ID, "send it again")
	if !w.logged("could not be kept") {
		t.Errorf("the operator is not told:\n%s", w.log)
	}
}
