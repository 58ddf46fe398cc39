package slackbot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakeslack"
	"footnote/bot/layout"
)

// The tests below are named after what users of other bots complained about; the
// numbers are those of the list of complaints that the product was built from.

func TestComplaint02FollowUpsNeedNoMention(t *testing.T) {
	w := open(t, setup{})
	u := w.fake.User("U1")
	q := u.Mentions("C1", "What of the north, "+canary+"?")
	w.settle()
	w.fake.User("U2").InThread(q.TS).Says("C1", "and the south, "+canary+"?")
	w.settle()
	w.wantReplies("C1", q.TS, north, south)

	w.fake.User("U2").InThread(q.TS).Says("C1", "I agree with all of that, "+canary+".")
	w.fake.User("U2").InThread(q.TS).Says("C1", "<@U1> what of the south?")
	u.InThread(u.Says("C1", "a thread of ours, "+canary).TS).Says("C1", "what of the south?")
	w.settle()
	if n := w.sent(); n != 2 {
		t.Errorf("%d messages, want 2: people who talk to each other are left alone", n)
	}
}

func TestComplaint02BeforeTheAnswerIsThere(t *testing.T) {
	gate := &gated{Asker: &sayer{}, open: make(chan struct{})}
	w := open(t, setup{asker: gate})
	q := w.fake.User("U1").Mentions("C1", "first")
	w.fake.User("U1").InThread(q.TS).Says("C1", "what else?")
	if err := w.fake.WaitDelivered(w.soon()); err != nil {
		t.Fatal(err)
	}
	close(gate.open)
	w.settle()
	w.wantReplies("C1", q.TS, "first", "what else?")
}

// sayer answers every question with its own words, unless it refuses.
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
	cases := []struct {
		name, command, text string
		set, public         bool
		seen                bool // by everybody
	}{
		{"asking is private unless somebody says otherwise", "/ask", "north?", false, false, false},
		{"by flag it is public", "/ask", "--public north?", false, false, true},
		{"by a flag that the keyboard has changed, too", "/ask", "—public north?", false, false, true},
		{"the channel can make it public", "/ask", "north?", true, false, true},
		{"by flag it is private again", "/ask", "--private north?", true, false, false},
		{"the operator can make it public", "/ask", "north?", false, true, true},
		{"a look-up stays private whatever is set", "/cite", "north", true, true, false},
		{"a reference too, however it is asked for", "/ask", "¶5 north", true, true, false},
		{"but for a flag", "/summary", "--public north", false, false, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{change: func(conf *Config) { conf.Public = c.public }})
			u := w.fake.User("U1").In("C1")
			if c.set {
				in := u.Slash("/ask", "settings public")
				if o, err := in.Wait(w.soon()); err != nil || !o.Acked {
					t.Fatalf("settings: %+v, %v", o, err)
				}
			}
			before := len(w.fake.Ephemerals("U1"))
			u.Slash(c.command, c.text)
			w.settle()
			alone, all := len(w.fake.Ephemerals("U1"))-before, len(w.fake.Messages("C1"))
			if c.seen && (alone != 0 || all != 1) || !c.seen && (alone != 1 || all != 0) {
				t.Errorf("%d messages to the asker and %d to all; want it seen by all: %v", alone, all, c.seen)
			}
		})
	}
}

func TestComplaint04EveryQuestionEndsInAMessage(t *testing.T) {
	hear := func(w *world) string {
		var all []string
		for _, m := range append(w.fake.Ephemerals("U1"), w.fake.Messages(w.fake.User("U1").DM())...) {
			all = append(all, shown(m))
		}
		return strings.Join(all, "\n")
	}
	cases := []struct {
		name string
		do   func(w *world)
		want string // what the asker hears
		log  string // what the operator reads
	}{
		{"the channel is archived meanwhile", func(w *world) {
			w.fake.Hold()
			w.fake.User("U1").Mentions("C1", "What of the north?")
			w.fake.Archive("C1", true)
			w.fake.Release(nil)
		}, "archived", "unarchive it"},
		{"the bot was removed meanwhile", func(w *world) {
			w.fake.AddChannel(fakeslack.Channel{ID: "C2"})
			w.fake.Hold()
			w.fake.User("U1").Mentions("C2", "What of the north?")
			w.fake.Kick("C2", "UBOT")
			w.fake.Release(nil)
		}, "I am not in that channel", "/invite"},
		{"a command where the bot is not", func(w *world) {
			w.fake.AddChannel(fakeslack.Channel{ID: "C2", WithoutBot: true})
			w.fake.User("U1").In("C2").Slash("/ask", "What of the north?")
		}, north, ""},
		{"a restricted channel", func(w *world) {
			w.fake.Fail(fakeslack.Fault{Method: "chat.postMessage", Error: "restricted_action"})
			w.fake.User("U1").Mentions("C1", "What of the north?")
		}, north, "do not let the bot post"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			c.do(w)
			w.settle()
			if got := hear(w); !strings.Contains(got, c.want) {
				t.Errorf("the asker hears %q, want %q; log:\n%s", got, c.want, w.log)
			}
			if !w.logged(c.log) {
				t.Errorf("the log does not say %q:\n%s", c.log, w.log)
			}
		})
	}
}

func TestComplaint04PublicCommandWhereTheBotIsNot(t *testing.T) {
	w := open(t, setup{})
	w.fake.AddChannel(fakeslack.Channel{ID: "C2", WithoutBot: true})
	w.fake.User("U1").In("C2").Slash("/ask", "--public What of the north?")
	w.settle()
	if got := w.fake.Messages("C2"); len(got) != 1 || !strings.Contains(shown(got[0]), north) {
		t.Errorf("messages = %+v, want the answer; log:\n%s", got, w.log)
	}
}

func TestComplaint05NoMarkupIsShownRaw(t *testing.T) {
	w := open(t, setup{})
	const text = "See **this** and [that](https://example.org) & <these> *stars*."
	w.answerer.Say("markup", text)
	q := w.fake.User("U1").Mentions("C1", "markup?")
	w.settle()
	m := w.wantReplies("C1", q.TS, text)
	for _, b := range m[0].Blocks {
		if s := fmt.Sprint(b); strings.Contains(s, "type:mrkdwn") || strings.Contains(s, "type:markdown") {
			t.Errorf("a quotation is put where Slack formats: %s", s)
		}
	}
}

func TestComplaint06ManyDeliveriesOfOneMessage(t *testing.T) {
	w := open(t, setup{})
	// Both an app_mention and a message come, each eleven times, under new event ids.
	q := w.fake.User("U1").Repeated(fakeslack.Repeat{Times: 11, FreshIDs: true}).Mentions("C1", "What of the north, "+canary+"?")
	w.settle()
	w.wantReplies("C1", q.TS, north)
	for _, d := range w.fake.Deliveries() {
		w.fake.Redeliver(d)
	}
	w.settle()
	w.wantReplies("C1", q.TS, north)
	if n := len(w.answerer.Asked()); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

func TestComplaint07NothingIsLostWhenTheLedgerFails(t *testing.T) {
	for _, byHTTP := range []bool{false, true} {
		t.Run(fmt.Sprintf("http=%v", byHTTP), func(t *testing.T) {
			w := open(t, setup{http: byHTTP, fake: fakeslack.Config{Frozen: true}})
			w.store.breaks(errors.New("disk full"))
			q := w.fake.User("U1").Mentions("C1", "What of the north, "+canary+"?")
			w.spin("the first refusals", func() bool { return strings.Count(w.log.String(), "not acknowledged") >= 2 })
			if n := w.sent(); n != 0 {
				t.Fatalf("%d messages for a question that is not kept", n)
			}
			w.store.breaks(nil)
			w.spin("the redelivery", func() bool {
				if !byHTTP { // Slack notices by waiting
					w.fake.Advance(4 * time.Second)
				}
				w.fake.AdvanceToRetry()
				return w.store.States()[bot.Closed] == 1
			})
			w.settle()
			w.wantReplies("C1", q.TS, north)
		})
	}
}

func TestComplaint08AcknowledgedBeforeAnswered(t *testing.T) {
	for _, byHTTP := range []bool{false, true} {
		t.Run(fmt.Sprintf("http=%v", byHTTP), func(t *testing.T) {
			gate := &gated{Asker: &sayer{}, open: make(chan struct{})}
			w := open(t, setup{asker: gate, http: byHTTP})
			q := w.fake.User("U1").Mentions("C1", "slow")
			w.fake.User("U1").In("C1").Slash("/ask", "slower")
			if err := w.fake.WaitDelivered(w.soon()); err != nil {
				t.Fatalf("not acknowledged while the answer is written: %v", err)
			}
			close(gate.open)
			w.settle()
			w.wantReplies("C1", q.TS, "slow")
			for _, d := range w.fake.Deliveries() {
				if o, _ := d.Wait(w.soon()); o.Attempts != 1 {
					t.Errorf("%s was delivered %d times", d.Type, o.Attempts)
				}
			}
		})
	}
}

func TestComplaint09ChangesThatNobodyWrote(t *testing.T) {
	w := open(t, setup{fake: fakeslack.Config{ParentChanges: true}})
	u := w.fake.User("U1")
	q := u.Mentions("C1", "What of the north? https://example.org/"+canary)
	w.settle()
	for range 5 {
		w.fake.User("U2").InThread(q.TS).Says("C1", "Indeed, "+canary+".")
		w.fake.Unfurls(q)
	}
	w.settle()
	m := w.wantReplies("C1", q.TS, north)
	if m[0].Edits != 0 || len(w.answerer.Asked()) != 1 {
		t.Errorf("%d edits, asked %d times; want the one answer untouched", m[0].Edits, len(w.answerer.Asked()))
	}
}

func TestComplaint10NeverItselfNorOtherBots(t *testing.T) {
	w := open(t, setup{})
	w.answerer.Say("loop", "What of the north? <@UBOT> what of the south? https://example.org")
	q := w.fake.User("U1").Mentions("C1", "loop")
	w.settle()
	w.fake.Unfurls(w.fake.Replies("C1", q.TS)[0]) // a preview changes our own message
	w.fake.AddUser(fakeslack.User{ID: "UOTHER", Bot: true})
	w.fake.AddUser(fakeslack.User{ID: "UOLD", Bot: true, Classic: true})
	for _, id := range []string{"UOTHER", "UOLD"} {
		b := w.fake.User(id)
		b.Mentions("C1", "What of the north?")
		b.InThread(q.TS).Mentions("C1", "What of the north?")
		b.InThread(q.TS).Says("C1", "What of the north?")
		b.DMs("What of the north?")
	}
	w.settle()
	if n := w.sent(); n != 1 {
		t.Errorf("%d messages, want one; log:\n%s", n, w.log)
	}
}

func TestComplaint12NoMessageIsOverTheBudget(t *testing.T) {
	w := open(t, setup{})
	var sentences []string
	for i := range 60 {
		sentences = append(sentences, fmt.Sprintf("Patrol %d found the cable whole: %s.", i, strings.Repeat("calm sea and ", 20)))
	}
	w.answerer.Say("everything", sentences...)
	q := w.fake.User("U1").Mentions("C1", "everything?")
	w.settle()
	pages := w.fake.Replies("C1", q.TS)
	if len(pages) < 2 {
		t.Fatalf("%d pages, want several", len(pages))
	}
	all := ""
	for _, p := range pages {
		all += shown(p) + "\n"
	}
	for _, s := range sentences {
		if !strings.Contains(all, s) {
			t.Errorf("lost: %q", s)
		}
	}
	for _, r := range w.fake.Requests("chat.postMessage") {
		if r.Error != "" {
			t.Errorf("chat.postMessage was refused: %s", r.Error)
		}
	}
}

func TestComplaint13NoPreviews(t *testing.T) {
	w := open(t, setup{})
	w.answerer.Say("links", "See https://example.org/a and <https://example.org/b>.", "And https://example.org/c.png.")
	u := w.fake.User("U1")
	u.Mentions("C1", "links?")
	u.DMs("links?")
	u.In("C1").Slash("/ask", "links?")
	u.In("C1").Slash("/ask", "--public links?")
	w.settle()
	for _, m := range append(w.fake.AllMessages(), w.fake.Ephemerals("U1")...) {
		if m.Via != "" && m.Unfurled {
			t.Errorf("a message by %s has grown a preview", m.Via)
		}
	}
	for _, r := range w.fake.Requests("chat.postMessage", "response_url") {
		if r.Body["unfurl_links"] != false || r.Body["unfurl_media"] != false {
			t.Errorf("%s: unfurl_links %v, unfurl_media %v; want both false", r.Method, r.Body["unfurl_links"], r.Body["unfurl_media"])
		}
	}
}

func TestComplaint20SaysThatTheThreadIsNotRead(t *testing.T) {
	w := open(t, setup{})
	root := w.fake.User("U1").Says("C1", "The south is dry, "+canary+".")
	w.fake.User("U2").InThread(root.TS).Mentions("C1", "and what of the north?")
	w.settle()
	w.wantReplies("C1", root.TS, told["en"].Alone)
	w.fake.User("U2").InThread(root.TS).Mentions("C1", "and what of the south?")
	w.settle()
	if m := w.fake.Replies("C1", root.TS); len(m) != 2 || strings.Contains(shown(m[1]), told["en"].Alone) {
		t.Errorf("replies = %+v, want it said once", m)
	}
}

func TestComplaint21NobodyIsPinged(t *testing.T) {
	w := open(t, setup{})
	w.answerer.Say("attack", "<!channel> <!here> @everyone <@U2> <!subteam^S1> &lt;!channel&gt; come.")
	u := w.fake.User("U1")
	u.Mentions("C1", "attack <!channel> <@U2>")
	u.DMs("attack <!here>")
	u.In("C1").Slash("/ask", "--public attack <!channel> <@U2|bob>")
	u.In("C1").Slash("/ask", "attack <!everyone>")
	w.settle()
	n := 0
	for _, m := range append(w.fake.AllMessages(), w.fake.Ephemerals("U1")...) {
		if m.Via == "" {
			continue
		}
		n++
		if pings := m.Pings(); len(pings) > 0 {
			t.Errorf("a message by %s pings %v", m.Via, pings)
		}
	}
	if n != 4 {
		t.Errorf("%d messages, want 4", n)
	}
	for _, r := range w.fake.Requests("chat.postMessage", "chat.postEphemeral") {
		if r.Body["parse"] != "none" || r.Body["link_names"] != false {
			t.Errorf("%s: parse %v, link_names %v", r.Method, r.Body["parse"], r.Body["link_names"])
		}
	}
}

func TestComplaint27NoAnchorsLeak(t *testing.T) {
	b, _ := article()
	w := open(t, setup{asker: b})
	u := w.fake.User("U1")
	for _, text := range []string{"What is the NSDS-Hub?", "¶5", "note 7", "summary north", "sources", "check The NSDS-Hub is in Naples."} {
		q := u.Mentions("C1", text)
		w.settle()
		for _, m := range w.fake.Replies("C1", q.TS) {
			for _, leak := range []string{"nato-360#", "slack:T1", "&lt;", "&amp;", "turn0", "\u3010", "](", "**"} {
				if strings.Contains(shown(m), leak) {
					t.Errorf("%s: %q leaks into %q", text, leak, shown(m))
				}
			}
		}
	}
}

func TestComplaint28TheQuestionIsEchoed(t *testing.T) {
	w := open(t, setup{})
	w.fake.AddUser(fakeslack.User{ID: "U1", Name: "ada"})
	u := w.fake.User("U1").In("C1")
	u.Slash("/ask", "--public What of the north, "+canary+"?")
	w.settle()
	m := w.fake.Messages("C1")
	if len(m) != 1 || !strings.Contains(shown(m[0]), "What of the north, "+canary+"?") || !strings.Contains(shown(m[0]), "ada") {
		t.Fatalf("messages = %+v, want the question and who asked it", m)
	}
	// Below it the conversation goes on without a mention.
	w.fake.User("U2").InThread(m[0].TS).Says("C1", "and the south, "+canary+"?")
	w.settle()
	w.wantReplies("C1", m[0].TS, north, south)
}

func TestComplaint28ThumbsDownHasReasons(t *testing.T) {
	w := open(t, setup{})
	q := w.fake.User("U1").Mentions("C1", "What of the north, "+canary+"?")
	w.settle()
	m := w.wantReplies("C1", q.TS, north)[0]
	u := w.fake.User("U2")
	u.Clicks(m, button(t, m.Buttons(), actBad))
	w.until("the modal", func(st fakeslack.State) bool { _, ok := st.Modal("U2"); return ok })
	v, _ := w.fake.Modal("U2")
	in := u.Submits(v, map[string]any{inputReason: string(layout.WrongPassage), inputPassages: []string{"doc#p1"}, inputWords: "not this, " + canary})
	if o, err := in.Wait(w.soon()); err != nil || !o.Acked {
		t.Fatalf("submission: %+v, %v", o, err)
	}
	u.Clicks(m, button(t, m.Buttons(), actGood))
	w.settle()
	got := w.store.rated()
	if len(got) != 3 {
		t.Fatalf("feedback = %+v, want the click, its reasons, and the second thought", got)
	}
	key := "slack:T1:C1:" + q.TS
	if f := got[0]; f.Good || f.Key != key || f.Asker != "slack:T1:U2" || len(f.Passages) != 1 || f.Passages[0] != "doc#p1" {
		t.Errorf("the click = %+v", f)
	}
	if f := got[1]; f.Good || f.Key != key || f.Reason != string(layout.WrongPassage)+": not this, "+canary || len(f.Passages) != 1 {
		t.Errorf("the reasons = %+v", f)
	}
	if f := got[2]; !f.Good || f.Key != key {
		t.Errorf("the second thought = %+v", f)
	}
}
