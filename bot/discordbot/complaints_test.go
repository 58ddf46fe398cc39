package discordbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/fakediscord"
)

// The tests below are named after what users of other bots complained about; the
// numbers are those of the list of complaints that the product was built from.

var anyMark = regexp.MustCompile(`¶\d+|note \d+`)

func TestComplaint01NoDanglingMarks(t *testing.T) {
	w := open(t, setup{asker: articleBot(t), unsafe: []string{"Norfolk"}})
	for _, text := range []string{"What is NATO doing in the North?", "summary south", "What is the NSDS-Hub?", "¶5"} {
		q := w.fake.User("ann").Mentions(w.general, text)
		w.settle()
		_, a, _, err := w.store.Errand(t.Context(), message{ID: q.ID, Channel: q.Channel}.key())
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		for _, c := range slices.Concat(a.Citations, a.Nearest) {
			known[c.Label] = true
			for _, n := range c.Notes {
				known[n.Label] = true
			}
			for _, l := range c.CitedBy {
				known[l] = true
			}
		}
		marks := 0
		for _, m := range w.fake.Answers(q.ID) {
			for _, mark := range anyMark.FindAllString(shownBy(m), -1) {
				if marks++; !known[mark] {
					t.Errorf("%s: the mark %s leads nowhere", text, mark)
				}
			}
		}
		if marks == 0 {
			t.Errorf("%s: no marks in %q", text, allShown(w.fake.Answers(q.ID)))
		}
	}
}

func TestComplaint02BeforeTheAnswerIsThere(t *testing.T) {
	gate := &gated{Asker: &sayer{}, open: make(chan struct{})}
	w := open(t, setup{asker: gate, fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content = true }})
	ann := w.fake.User("ann")
	thread := ann.OpensThread(w.general, "t")
	q := ann.Mentions(thread.ID, "first")
	f := ann.Says(thread.ID, "what else?")
	w.delivered()
	close(gate.open)
	w.settle()
	w.wantAnswers(q.ID, "You said: first")
	w.wantAnswers(f.ID, "You said: what else?")
}

// sayer answers every question with its own words.
type sayer struct{}

func (*sayer) Ask(_ context.Context, q bot.Question) (bot.Answer, error) {
	return bot.Answer{ID: q.ID, Question: q.Text, Kind: bot.KindAsk, Language: "en", Mode: "keyword", Status: bot.Answered,
		Sentences: []bot.Sentence{{Text: "You said: " + q.Text, Citations: []string{"doc#p1"}, Verdict: bot.Quoted}},
		Citations: []bot.Citation{{ID: "doc#p1", Label: "¶1", Document: "doc", Title: "A document", Quote: "x", Text: "x"}}, Text: "You said: " + q.Text + " [¶1]"}, nil
}

// gated answers only once its gate is open.
type gated struct {
	bot.Asker
	open chan struct{}
}

func (g *gated) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	select {
	case <-g.open:
	case <-ctx.Done():
		return bot.Answer{}, ctx.Err()
	}
	return g.Asker.Ask(ctx, q)
}

func TestComplaint03VisibilityIsExplicit(t *testing.T) {
	type options = fakediscord.Options
	cases := []struct {
		name, command string
		options       options
		set, public   bool
		seen          bool // by everybody
	}{
		{"asking is private unless somebody says otherwise", "ask", options{"question": "north?"}, false, false, false},
		{"by option it is public", "ask", options{"question": "north?", "visibility": "public"}, false, false, true},
		{"the channel can make it public", "ask", options{"question": "north?"}, true, false, true},
		{"by option it is private again", "ask", options{"question": "north?", "visibility": "private"}, true, false, false},
		{"the operator can make it public", "ask", options{"question": "north?"}, false, true, true},
		{"a look-up stays private whatever is set", "cite", options{"ref": "north"}, true, true, false},
		{"a reference too, however it is asked for", "ask", options{"question": "¶5 north"}, true, true, false},
		{"but for the option", "cite", options{"ref": "north", "visibility": "public"}, false, false, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{change: func(conf *Config) { conf.Public = c.public }})
			if c.set {
				if err := w.store.Set(t.Context(), "discord:"+w.general, settingVisibility, visiblePublic); err != nil {
					t.Fatal(err)
				}
			}
			i := w.fake.User("ann").In(w.general).Slash(c.command, c.options)
			w.settle()
			got := w.fake.Answers(i.ID)
			if len(got) != 1 || got[0].Ephemeral() == c.seen {
				t.Errorf("answers = %+v; want one, seen by all: %v", got, c.seen)
			}
			if r, err := i.Wait(w.soon()); err != nil || r.Ephemeral == c.seen {
				t.Errorf("the first reply = %+v, %v; who sees it is fixed there", r, err)
			}
		})
	}
}

func TestComplaint04EveryQuestionEndsInAMessage(t *testing.T) {
	cases := []struct {
		name string
		do   func(w *world)
		want string // what the asker reads in direct messages
		log  string // what the operator reads
	}{
		{"the bot may not write there", func(w *world) {
			w.fake.Revoke(w.general, fakediscord.SendMessages)
			w.fake.User("ann").Mentions(w.general, "What of the north?")
		}, north, "Send Messages"},
		{"the bot may not write in threads", func(w *world) {
			thread := w.fake.User("ann").OpensThread(w.general, "t")
			w.fake.Revoke(w.general, fakediscord.SendMessagesInThreads)
			w.fake.User("ann").Mentions(thread.ID, "What of the north?")
		}, north, "Send Messages in Threads"},
		{"the thread was locked meanwhile", func(w *world) {
			thread := w.fake.User("ann").OpensThread(w.general, "t")
			w.fake.Hold()
			w.fake.User("ann").Mentions(thread.ID, "What of the north?")
			w.fake.Archive(thread.ID, true, true)
			w.fake.Release(nil)
		}, "archived", "moderator"},
		{"the channel was removed meanwhile", func(w *world) {
			c := w.fake.AddChannel(fakediscord.Channel{Name: "short-lived"})
			w.fake.Hold()
			w.fake.User("ann").Mentions(c.ID, "What of the north?")
			w.fake.RemoveChannel(c.ID)
			w.fake.Release(nil)
		}, north, "does not exist any more"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			w.delivered()
			c.do(w)
			w.until("an answer by direct message", func(st fakediscord.State) bool {
				return strings.Contains(strings.Join(allShown(st.DMs("ann")), "\n"), c.want)
			})
			w.until("the whole answer", func(st fakediscord.State) bool { return len(st.DMs("ann")) == 2 })
			w.spin("a word to the operator", func() bool { return w.logged(c.log) })
		})
	}
}

func TestComplaint05NoMarkupIsShownRaw(t *testing.T) {
	w := open(t, setup{})
	const text = "See **this** and [that](https://example.org) & <these> *stars* __under__ ~~struck~~ ||hidden|| `code`."
	w.answerer.Say("markup", text)
	q := w.fake.User("ann").Mentions(w.general, "markup?")
	w.settle()
	w.wantAnswers(q.ID, text)
	// And what is ours is markup: nothing of it shows.
	for _, m := range w.fake.Answers(q.ID) {
		for _, raw := range []string{"-# ", "\\*", "\\_"} {
			if strings.Contains(shownBy(m), raw) {
				t.Errorf("%q is shown raw in %q", raw, shownBy(m))
			}
		}
	}
}

func TestComplaint06ManyDeliveriesOfOneMessage(t *testing.T) {
	w := open(t, setup{})
	q := w.fake.User("ann").Repeated(11).Mentions(w.general, "What of the north, "+canary+"?")
	i := w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "What of the south?"})
	w.settle()
	for _, id := range []string{q.ID, i.ID} {
		if d, ok := w.fake.Delivery(id); ok {
			for range 5 {
				w.fake.Redeliver(d)
			}
		}
	}
	w.settle()
	w.wantAnswers(q.ID, north)
	w.wantAnswers(i.ID, south)
	if n := len(w.answerer.Asked()); n != 2 {
		t.Errorf("asked %d times, want twice", n)
	}
}

func TestComplaint07NothingIsLostWhenTheLedgerFails(t *testing.T) {
	w := open(t, setup{})
	w.store.breaks(errors.New("disk full"))
	q := w.fake.User("ann").Mentions(w.general, "What of the north, "+canary+"?")
	w.spin("the first refusals", func() bool { return strings.Count(w.log.String(), "the ledger is tried again") >= 2 })
	if n := len(w.sent()); n != 0 {
		t.Fatalf("%d messages for a question that is not kept", n)
	}
	w.store.breaks(nil)
	w.settle()
	w.wantAnswers(q.ID, north)
}

func TestComplaint08AcknowledgedBeforeAnswered(t *testing.T) {
	for _, byHTTP := range []bool{false, true} {
		t.Run(fmt.Sprintf("http=%v", byHTTP), func(t *testing.T) {
			gate := &gated{Asker: &sayer{}, open: make(chan struct{})}
			w := open(t, setup{asker: gate, http: byHTTP})
			i := w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "slow"})
			r, err := i.Wait(w.soon())
			if err != nil || !r.Acked || r.Type != 5 || r.ByHTTP != byHTTP {
				t.Fatalf("the first reply = %+v, %v; want that the answer comes", r, err)
			}
			close(gate.open)
			w.settle()
			w.wantAnswers(i.ID, "You said: slow")
		})
	}
}

func TestComplaint09ChangesThatNobodyWrote(t *testing.T) {
	w := open(t, setup{})
	ann := w.fake.User("ann")
	q := ann.Mentions(w.general, "What of the north? https://example.org/"+canary)
	w.settle()
	answer := w.wantAnswers(q.ID, north)[0]
	ann.OpensThreadOn(q, "more") // changes the message
	for _, m := range []fakediscord.Message{q, answer} {
		raw, err := json.Marshal(map[string]any{ // a preview
			"id": m.ID, "channel_id": m.Channel, "guild_id": m.Guild, "content": "something else", "type": 0, "edited_timestamp": nil,
			"author": map[string]any{"id": m.Author, "username": "x"}, "embeds": []any{map[string]any{"url": "https://example.org"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			w.fake.Inject("MESSAGE_UPDATE", raw)
		}
	}
	w.settle()
	if got := w.wantAnswers(q.ID, north); got[0].Edits != 0 || len(w.answerer.Asked()) != 1 {
		t.Errorf("%d edits, asked %d times; want the one answer untouched", got[0].Edits, len(w.answerer.Asked()))
	}
}

func TestComplaint10NeverItselfNorOtherBots(t *testing.T) {
	w := open(t, setup{fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content = true }})
	w.answerer.Say("loop", "What of the north? "+w.fake.Mention()+" what of the south?")
	thread := w.fake.User("ann").OpensThread(w.general, "t")
	q := w.fake.User("ann").Mentions(thread.ID, "loop")
	w.settle()
	answer := w.fake.Answers(q.ID)[0]
	w.fake.AddUser(fakediscord.User{Name: "other", Bot: true})
	b := w.fake.User("other")
	b.Mentions(w.general, "What of the north?")
	b.Mentions(thread.ID, "What of the north?")
	b.Says(thread.ID, "What of the north?")
	b.Replies(answer, "What of the north?")
	for _, author := range []map[string]any{{"id": "5", "username": "hook", "bot": true}, {"id": "6", "username": "hook"}} {
		raw, err := json.Marshal(map[string]any{
			"id": "77", "channel_id": thread.ID, "guild_id": thread.Guild, "content": w.fake.Mention() + " what?", "type": 0, "webhook_id": "5",
			"author": author, "mentions": []any{map[string]any{"id": w.fake.UserID()}},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.fake.Inject("MESSAGE_CREATE", raw)
	}
	w.settle()
	if n := len(w.sent()); n != 1 || len(w.answerer.Asked()) != 1 {
		t.Errorf("%d messages, %d questions; want one; log:\n%s", n, len(w.answerer.Asked()), w.log)
	}
}

func TestComplaint13NoPreviews(t *testing.T) {
	w := open(t, setup{})
	w.answerer.Say("links", "See https://example.org/a and <https://example.org/b>.", "And https://example.org/c.png.")
	ann := w.fake.User("ann")
	ann.Mentions(w.general, "links?")
	ann.DMs("links?")
	i := ann.In(w.general).Slash("ask", fakediscord.Options{"question": "links?"})
	ann.In(w.general).Slash("ask", fakediscord.Options{"question": "links?", "visibility": "public"})
	w.settle()
	all := append(w.sent(), w.fake.Answers(i.ID)...)
	if len(all) != 4 {
		t.Errorf("%d messages, want 4", len(all))
	}
	for _, m := range all {
		if len(m.Unfurls()) > 0 || !m.V2() && !m.SuppressesEmbeds() {
			t.Errorf("a message by %s grows previews of %v", m.Via, m.Unfurls())
		}
	}
}

// longAnswers are answers that are longer than any message, by what they are made of.
var longAnswers = []struct{ name, unit string }{
	{"Latin", "Patrol number %d found the cable whole and the sea calm from Tromsø to Vardø and back again to the harbour where it began. "},
	{"Japanese", "第%d次の調査では、北極海の海底ケーブルに異常は見つからなかった。次の調査は来年の春に行われる予定である！"},
	{"fences", "``` number %d is no fence ``` and neither is this ```. "},
	{"one word", "%d" + "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"},
}

func TestComplaint14LongAnswersLoseNothing(t *testing.T) {
	for _, c := range longAnswers {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			var sentences []string
			for i := range 50 {
				sentences = append(sentences, strings.TrimSpace(strings.Repeat(fmt.Sprintf(c.unit, i), 3)))
			}
			w.answerer.Say("everything", sentences...)
			q := w.fake.User("ann").Mentions(w.general, "everything?")
			w.settle()
			pages := w.fake.Answers(q.ID)
			if len(pages) < 2 {
				t.Fatalf("%d pages, want several", len(pages))
			}
			all := strings.Join(strings.Fields(strings.Join(allShown(pages), " ")), " ")
			for _, s := range sentences {
				if !strings.Contains(all, s) {
					t.Errorf("lost: %q", s)
				}
			}
			for i, p := range pages {
				if i > 0 && older(pages[i-1].ID, p.ID) >= 0 {
					t.Error("the pages are out of order")
				}
			}
		})
	}
}

func TestComplaint15BytesAreCountedToo(t *testing.T) {
	w := open(t, setup{})
	for i, c := range longAnswers {
		var sentences []string
		for k := range 60 {
			sentences = append(sentences, strings.Repeat(fmt.Sprintf(c.unit, k), 2))
		}
		w.answerer.Say(fmt.Sprintf("long %d.", i), sentences...)
		w.fake.User("ann").Mentions(w.general, fmt.Sprintf("long %d.", i))
		w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": fmt.Sprintf("long %d.", i)})
		w.settle()
	}
	for _, r := range w.fake.Requests("POST "+postRoute, "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original") {
		if n := len(r.Body); n > 16_000 {
			t.Errorf("%s: a body of %d bytes", r.Route, n)
		}
		if r.Status >= 400 {
			t.Errorf("%s was refused: %d", r.Route, r.Status)
		}
	}
}

func TestComplaint20SaysThatTheThreadIsNotRead(t *testing.T) {
	w := open(t, setup{})
	thread := w.fake.User("ann").OpensThread(w.general, "t")
	w.fake.User("ann").Says(thread.ID, "The south is dry, "+canary+".")
	q := w.fake.User("bob").Mentions(thread.ID, "and what of the north?")
	w.settle()
	const said = "I read only the message that mentions me"
	w.wantAnswers(q.ID, said)
	q = w.fake.User("bob").Mentions(thread.ID, "and what of the south?")
	w.settle()
	if m := w.wantAnswers(q.ID, south); strings.Contains(shownBy(m[0]), said) {
		t.Error("it is said a second time")
	}
}

func TestComplaint20SaysThatTheMessageAboveIsNotRead(t *testing.T) {
	w := open(t, setup{fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content = true }})
	said := w.fake.User("ann").Says(w.general, "The north is cold, "+canary+".")
	q := w.fake.User("bob").Replies(said, w.fake.Mention()+" and what of the south?")
	c := w.fake.User("bob").Replies(said, w.fake.Mention())
	w.settle()
	if m := w.wantAnswers(q.ID, south); !strings.Contains(shownBy(m[0]), "not the one that it replies to") {
		t.Errorf("the answer is %q, want it to say what was not read", shownBy(m[0]))
	}
	w.wantAnswers(c.ID, "") // a mention alone is about what it replies to
	asked := w.answerer.Asked()
	if i := slices.IndexFunc(asked, func(q bot.Question) bool { return strings.HasPrefix(q.Text, askCheck+"The north is cold") }); i < 0 {
		t.Errorf("asked = %+v, want the message above checked", asked)
	}
}

func TestComplaint21NobodyIsPinged(t *testing.T) {
	w := open(t, setup{})
	bob := w.fake.User("bob").ID()
	w.answerer.Say("attack", "@everyone @here <@"+bob+"> <@!"+bob+"> <@&1> <#"+w.general+"> </ask:1> come.")
	ann := w.fake.User("ann")
	ann.Mentions(w.general, "attack @everyone <@"+bob+">")
	ann.DMs("attack @here")
	i := ann.In(w.general).Slash("ask", fakediscord.Options{"question": "attack @everyone <@" + bob + ">"})
	ann.In(w.general).Slash("ask", fakediscord.Options{"question": "attack @everyone <@" + bob + ">", "visibility": "public"})
	w.settle()
	all := append(w.sent(), w.fake.Answers(i.ID)...)
	if len(all) != 4 {
		t.Errorf("%d messages, want 4", len(all))
	}
	for _, m := range all {
		if len(m.Pings()) > 0 || m.AllowedMentions == nil {
			t.Errorf("a message by %s pings %v, allowed mentions %v", m.Via, m.Pings(), m.AllowedMentions)
		}
		if parse, ok := m.AllowedMentions["parse"].([]any); !ok || len(parse) != 0 {
			t.Errorf("a message by %s allows mentions: %v", m.Via, m.AllowedMentions)
		}
	}
}

func TestComplaint22AnsweredInTheQuestionsLanguage(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)})
	q := w.fake.User("ann").Mentions(w.general, "宇宙人の好きな食べ物は何ですか？")
	w.settle()
	if got := strings.Join(allShown(w.fake.Answers(q.ID)), "\n"); !strings.Contains(got, "資料") && !strings.Contains(got, "です") {
		t.Errorf("the answer is %q, want its frame in Japanese", got)
	}
}

func TestComplaint27NoAnchorsLeak(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)})
	for _, text := range []string{"What is the NSDS-Hub?", "¶5", "note 7", "summary north", "sources", "check The NSDS-Hub is in Naples."} {
		q := w.fake.User("ann").Mentions(w.general, text)
		w.settle()
		for _, m := range w.fake.Answers(q.ID) {
			for _, leak := range []string{"nato-360#", "discord:", "&lt;", "&amp;", "turn0", "\u3010", "](", "**", "\\"} {
				if strings.Contains(shownBy(m), leak) {
					t.Errorf("%s: %q leaks into %q", text, leak, shownBy(m))
				}
			}
		}
	}
}

func TestComplaint28TheQuestionIsEchoed(t *testing.T) {
	w := open(t, setup{})
	i := w.fake.User("ada").In(w.general).Slash("ask", fakediscord.Options{"question": "What of the north, " + canary + "?", "visibility": "public"})
	w.settle()
	m := w.wantAnswers(i.ID, "What of the north, "+canary+"?")
	if len(m) != 1 || !strings.Contains(shownBy(m[0]), "ada") {
		t.Fatalf("answers = %q, want the question and who asked it", allShown(m))
	}
	// A reply continues.
	f := w.fake.User("bob").Replies(m[0], w.fake.Mention()+" and the south, "+canary+"?")
	w.settle()
	w.wantAnswers(f.ID, south)
	if asked := w.answerer.Asked(); len(asked[len(asked)-1].Before) != 1 {
		t.Errorf("the reply is asked as %+v, want it with the turn before", asked[len(asked)-1])
	}
}

func TestComplaint31NothingIsMissedOverAReconnect(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(*fakediscord.Server)
	}{
		{"the connection drops", func(s *fakediscord.Server) { s.DropConnections() }},
		{"Discord asks for it", func(s *fakediscord.Server) { s.AskReconnect() }},
		{"an unknown error", func(s *fakediscord.Server) { s.CloseConnections(4000) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			q := w.fake.User("ann").Mentions(w.general, "What of the north, "+canary+"?")
			w.settle()
			c.breaks(w.fake)
			r := w.fake.User("ann").Mentions(w.general, "What of the south, "+canary+"?") // while nobody listens
			w.until("a resumed session", func(st fakediscord.State) bool { return st.Resumes() == 1 })
			w.settle()
			w.wantAnswers(q.ID, north)
			w.wantAnswers(r.ID, south)
			if n := w.fake.Identifies(); n != 1 {
				t.Errorf("%d sessions, want the first taken up again", n)
			}
		})
	}
}

// The reply to an interaction comes too late, as Discord sees it: the answer comes all
// the same, no more public than it was asked for.
func TestComplaint31UnknownInteraction(t *testing.T) {
	for _, visibility := range []string{"public", "private"} {
		t.Run(visibility, func(t *testing.T) {
			w := open(t, setup{})
			w.fake.Fail(fakediscord.Fault{Method: "POST", Route: "/interactions/*/*/callback", Status: 404, Code: 10062})
			w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "What of the north?", "visibility": visibility})
			w.until("an answer", func(st fakediscord.State) bool { return len(st.AllMessages()) > 0 })
			w.settle()
			all, alone := allShown(w.fake.Messages(w.general)), allShown(w.fake.DMs("ann"))
			if visibility == "public" && (len(all) != 1 || len(alone) != 0) || visibility == "private" && (len(all) != 0 || len(alone) != 2) {
				t.Errorf("the channel reads %q, ann %q", all, alone)
			}
			if !strings.Contains(strings.Join(append(all, alone...), "\n"), north) {
				t.Errorf("the answer is lost; log:\n%s", w.log)
			}
		})
	}
}
