package slackbot

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/fakeslack"
	"footnote/bot/layout"
)

// TestConversation is a day in a workspace, with the real article.
// TestConversation is a conversation about the article as people have it, over
// Socket Mode and over HTTP.
func TestConversation(t *testing.T) {
	for name, http := range map[string]bool{"Socket Mode": false, "HTTP": true} {
		t.Run(name, func(t *testing.T) { conversation(t, http) })
	}
}

func conversation(t *testing.T, http bool) {
	b, _ := article()
	w := open(t, setup{asker: b, http: http, unsafe: []string{"Norfolk", "Arctic", "Sahel"}})
	ann, bob := w.fake.User("U1"), w.fake.User("U2")
	said := []string{"Norfolk"}
	next := func(text string) {
		w.settle()
		said = append(said, text)
	}
	q := ann.Mentions("C1", "What is NATO doing in the North?")
	w.settle()
	answer := w.wantReplies("C1", q.TS, "Norfolk")[0]

	bob.InThread(q.TS).Says("C1", "¶5") // anybody may look a passage up, without a mention
	next("considered as part of the 'High North’")
	bob.InThread(q.TS).Says("C1", "note 7")
	next("The Future of the High North")
	ann.InThread(q.TS).Says("C1", "and the South?")
	next("Southern Neighborhood")
	ann.InThread(q.TS).Says("C1", "summary east")
	next("Baltic States")
	bob.InThread(q.TS).Says("C1", "who says so?")
	next("NATO’s defensive shield")
	replies := w.wantReplies("C1", q.TS, said...)
	if len(replies) == len(said) && !strings.Contains(shown(replies[3]), "What is NATO doing in the South?") {
		t.Errorf("the follow-up is answered with %q, want it to say what it was understood as", shown(replies[3]))
	}

	bob.Clicks(answer, button(t, answer.Buttons(), actShow))
	w.until("the passage", func(st fakeslack.State) bool { _, ok := st.Modal("U2"); return ok })
	if v, _ := w.fake.Modal("U2"); v.CallbackID != viewPassage || len(v.Buttons()) == 0 {
		t.Errorf("modal = %+v, want a passage with its surroundings", v)
	}
	ann.Clicks(answer, button(t, answer.Buttons(), actBad))
	w.until("the reasons", func(st fakeslack.State) bool { v, ok := st.Modal("U1"); return ok && v.CallbackID == viewFeedback })
	v, _ := w.fake.Modal("U1")
	if o, err := ann.Submits(v, map[string]any{inputReason: string(layout.WrongPassage), inputPassages: []string{"nato-360#p5"}}).Wait(w.soon()); err != nil || !o.Acked {
		t.Fatalf("feedback: %+v, %v", o, err)
	}
	w.settle()
	rated := w.store.rated()
	if last := rated[len(rated)-1]; last.Good || last.Reason != string(layout.WrongPassage) || len(last.Passages) != 1 || last.Passages[0] != "nato-360#p5" {
		t.Errorf("feedback = %+v, want the wrong passage by its id", last)
	}

	ann.Edits(q, "<@UBOT> Which regions make up the Southern Neighborhood?")
	w.settle()
	said[0] = "Sahel"
	if got := w.wantReplies("C1", q.TS, said...); got[0].TS != answer.TS {
		t.Error("the edited question is answered in another message")
	}
	ann.Deletes(q)
	w.settle()
	for _, r := range w.fake.Replies("C1", q.TS) {
		if r.TS == answer.TS {
			t.Error("the answer to the deleted question stands")
		}
	}
}

func TestButtonsOfAnAnswer(t *testing.T) {
	b, _ := article()
	w := open(t, setup{asker: b})
	u := w.fake.User("U1")
	q := u.Mentions("C1", "What is the NSDS-Hub?")
	w.settle()
	m := w.fake.Replies("C1", q.TS)
	last := m[len(m)-1]
	for _, x := range last.Buttons() {
		if strings.HasPrefix(x.ActionID, actSummary+".") {
			u.Clicks(last, x.ActionID)
			w.settle()
			if e := w.fake.Ephemerals("U1"); len(e) == 0 || e[0].ThreadTS != q.TS {
				t.Errorf("summary by click = %+v, want it private and in the thread", e)
			}
			return
		}
	}
	t.Errorf("no summary is offered among %+v", last.Buttons())
}

func TestShare(t *testing.T) {
	w := open(t, setup{})
	u := w.fake.User("U1").In("C1")
	u.Slash("/ask", "What of the north, "+canary+"?")
	w.settle()
	e := w.fake.Ephemerals("U1")
	if len(e) != 1 {
		t.Fatalf("%d private answers", len(e))
	}
	share := button(t, e[0].Buttons(), actShare)
	for range 3 {
		w.fake.User("U1").Clicks(e[0], share)
		w.settle()
	}
	m := w.fake.Messages("C1")
	if len(m) != 1 || !strings.Contains(shown(m[0]), north) || !strings.Contains(shown(m[0]), canary) {
		t.Errorf("messages = %+v, want the answer once, with its question", m)
	}
	w.fake.User("U2").InThread(m[0].TS).Says("C1", "and the south?")
	w.settle()
	w.wantReplies("C1", m[0].TS, north, south)
}

func TestShareOfWhatIsForgotten(t *testing.T) {
	w := open(t, setup{})
	w.fake.AddUser(fakeslack.User{ID: "U1"})
	w.fake.Invite("C1", "U1")
	to := address{Team: "T1", Channel: "C1", User: "U1", Private: true}
	ws, err := w.bot.workspace(w.soon(), "T1")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.bot.share(w.soon(), ws, interaction{}, to, "slack:T1:command:gone"); err != nil {
		t.Fatal(err)
	}
	w.until("a word about it", func(st fakeslack.State) bool { return len(st.Ephemerals("U1")) == 1 })
	if n := w.sent(); n != 0 {
		t.Errorf("%d messages in the channel", n)
	}
}

func TestShareIsTheAskersOnly(t *testing.T) {
	w := open(t, setup{})
	w.fake.User("U1").In("C1").Slash("/ask", "What of the north?")
	w.settle()
	ws, _ := w.bot.workspace(w.soon(), "T1")
	key := "slack:T1:command:trigger.00000001"
	if _, _, ok, _ := w.store.Errand(t.Context(), key); !ok {
		t.Fatalf("no errand %s", key)
	}
	w.fake.AddUser(fakeslack.User{ID: "U2"})
	w.fake.Invite("C1", "U2")
	for _, to := range []address{
		{Team: "T1", Channel: "C1", User: "U2", Private: true}, // somebody else
		{Team: "T1", Channel: "C9", User: "U1", Private: true}, // somewhere else
	} {
		if err := w.bot.share(w.soon(), ws, interaction{}, to, key); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	if n := w.sent(); n != 0 {
		t.Errorf("%d messages were shared", n)
	}
}

// later answers from material of another version once it is told to.
type later struct {
	bot.Asker
	changed atomic.Bool
}

func (l *later) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	a, err := l.Asker.Ask(ctx, q)
	if l.changed.Load() {
		a.Material.Version = "sha256:later"
	}
	return a, err
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A passage that is opened below an answer from older material says so.
func TestShowAfterChange(t *testing.T) {
	b, _ := article()
	l := &later{Asker: b}
	w := open(t, setup{asker: l})
	ann := w.fake.User("U1")
	q := ann.Mentions("C1", "What is NATO doing in the North?")
	w.settle()
	answer := w.wantReplies("C1", q.TS, "Norfolk")[0]
	for _, changed := range []bool{false, true} {
		l.changed.Store(changed)
		user := map[bool]string{false: "U1", true: "U2"}[changed]
		w.fake.User(user).Clicks(answer, button(t, answer.Buttons(), actShow))
		w.until("the passage", func(st fakeslack.State) bool { _, ok := st.Modal(user); return ok })
		v, _ := w.fake.Modal(user)
		if said := strings.Contains(jsonOf(t, v), "The material has changed since that answer"); said != changed {
			t.Errorf("material changed: %v, the passage says so: %v", changed, said)
		}
	}
}

func TestHome(t *testing.T) {
	b, _ := article()
	w := open(t, setup{asker: b})
	u := w.fake.User("U1")
	u.OpensHome()
	w.until("the Home tab", func(st fakeslack.State) bool { _, ok := st.Home("U1"); return ok })
	v, _ := w.fake.Home("U1")
	u.ClicksView(v, button(t, v.Buttons(), actAsk))
	w.settle()
	u.ClicksView(v, button(t, v.Buttons(), actSummary))
	w.settle()
	if n := len(w.fake.Messages(u.DM())); n < 2 {
		t.Errorf("%d direct messages, want an answer to each click; log:\n%s", n, w.log)
	}
	u.OpensMessages()
	w.until("prompts", func(st fakeslack.State) bool { return len(st.AssistantThread(u.DM(), "").Prompts) > 0 })
}

func TestAssistantThread(t *testing.T) {
	b, _ := article()
	w := open(t, setup{asker: b})
	u := w.fake.User("U1")
	ts := u.StartsAssistantThread()
	w.until("prompts", func(st fakeslack.State) bool { return len(st.AssistantThread(u.DM(), ts).Prompts) > 0 })
	if n := len(w.fake.AssistantThread(u.DM(), ts).Prompts); n > promptsAtOnce {
		t.Errorf("%d prompts", n)
	}
	u.ChangesAssistantContext(ts, "C1")
	u.LooksAt("C1")
	u.InThread(ts).DMs("What is the NSDS-Hub?")
	w.settle()
	w.until("the title", func(st fakeslack.State) bool { return st.AssistantThread(u.DM(), ts).Title == "What is the NSDS-Hub?" })
	if s := w.fake.AssistantThread(u.DM(), ts); s.Status != "" {
		t.Errorf("the status %q stays after the answer", s.Status)
	}
	if n := w.fake.RequestCount("assistant.threads.setStatus"); n != 1 {
		t.Errorf("the status was set %d times, want once", n)
	}
	m := w.fake.Replies(u.DM(), ts)
	if len(m) < 2 || !strings.Contains(shown(m[len(m)-1]), "NSDS-Hub") {
		t.Errorf("replies = %+v", m)
	}
}

func TestDirectMessages(t *testing.T) {
	w := open(t, setup{})
	u := w.fake.User("U1")
	u.DMs("What of the north, " + canary + "?")
	w.settle()
	u.DMs("and the south, " + canary + "?")
	w.settle()
	m := w.fake.Messages(u.DM())
	if len(m) != 4 || !strings.Contains(shown(m[1]), north) || !strings.Contains(shown(m[3]), south) || m[1].ThreadTS != "" {
		t.Fatalf("messages = %+v, want question and answer twice, without threads", m)
	}
	asked := w.answerer.Asked()
	if len(asked[len(asked)-1].Before) != 1 {
		t.Error("the second question does not know the first")
	}
	// In the thread of an answer the conversation goes on.
	u.InThread(m[1].TS).DMs("and north again?")
	w.settle()
	asked = w.answerer.Asked()
	if q := asked[len(asked)-1]; len(q.Before) != 2 || q.Conversation != "slack:T1:"+u.DM() {
		t.Errorf("the question in the thread is %+v, want it in the same conversation", q)
	}
	u.DMs("<@UBOT>")
	w.settle()
	asked = w.answerer.Asked()
	if q := asked[len(asked)-1]; q.Text != askHelp {
		t.Errorf("the mention alone is %+v, want help", q)
	}
}

func TestCheckThisMessage(t *testing.T) {
	b, _ := article()
	w := open(t, setup{asker: b})
	w.fake.AddUser(fakeslack.User{ID: "U1"})
	said := w.fake.User("U2").Says("C1", "The NSDS-Hub is in Naples &amp; it is a hub, "+canary+".")
	in := w.fake.User("U1").Shortcut(said, shortcutCheck)
	if o, err := in.Wait(w.soon()); err != nil || !o.Acked {
		t.Fatalf("shortcut: %+v, %v", o, err)
	}
	w.settle()
	e := w.fake.Ephemerals("U1")
	if len(e) == 0 || w.sent() != 0 || !strings.Contains(shown(e[0]), canary) {
		t.Errorf("the asker sees %+v, everybody %d messages; want it private, with what was checked", e, w.sent())
	}
	w.fake.User("U1").Shortcut(w.fake.User("U2").Says("C1", "<@U1>"), shortcutCheck)
	w.until("that there is nothing to check", func(st fakeslack.State) bool {
		e := st.Ephemerals("U1")
		return strings.Contains(shown(e[len(e)-1]), told["en"].NoWords)
	})
	w.fake.User("U1").Shortcut(said, "somebody_elses")
	w.settle()
}

func TestShowWithoutAModal(t *testing.T) {
	w := open(t, setup{})
	q := w.fake.User("U1").Mentions("C1", "What of the north?")
	w.settle()
	m := w.fake.Replies("C1", q.TS)[0]
	w.fake.Fail(fakeslack.Fault{Method: "views.open", Error: "expired_trigger_id"})
	w.fake.User("U1").Clicks(m, button(t, m.Buttons(), actShow))
	w.until("a message instead", func(st fakeslack.State) bool { return len(st.Ephemerals("U1")) == 1 })
	w.settle()
}

func TestInteractionsThatAreNotOurs(t *testing.T) {
	w := open(t, setup{})
	for _, raw := range []string{
		`{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[{"action_id":"other.x","block_id":"b","type":"button","value":"v"}]}`,
		`{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[7,null,{}]}`,
		`{"type":"block_actions","team":null,"user":{"id":"U1","team_id":"T1"},"actions":[{"action_id":"good.x","block_id":"b","type":"button"}]}`,
		`{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"callback_id":"other","state":{"values":{}}}}`,
		`{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"callback_id":"feedback"}}`,
		`{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":7}`,
		`{"type":"view_closed","team":{"id":"T1"},"user":{"id":"U1"}}`, `{"type":"shortcut","team":{"id":"T1"},"user":{"id":"U1"}}`, `{}`,
	} {
		if _, err := w.bot.receive(w.soon(), "interactive", json.RawMessage(raw)); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	if len(w.store.rated()) != 0 || w.sent() != 0 {
		t.Errorf("feedback %+v, %d messages; want none", w.store.rated(), w.sent())
	}
}

func TestSettings(t *testing.T) {
	w := open(t, setup{})
	for _, c := range []struct{ text, want string }{
		{"settings", "only the person who asks"}, {"settings public", "answers everybody"}, {"settings", "answers everybody"},
		{"settings Private", "only the person who asks"}, {"settings loud", "two settings"},
	} {
		before := len(w.fake.Ephemerals("U1"))
		w.fake.User("U1").In("C1").Slash("/ask", c.text)
		w.settle()
		e := w.fake.Ephemerals("U1")
		if len(e) != before+1 || !strings.Contains(shown(e[before]), c.want) {
			t.Errorf("%s: %+v, want %q", c.text, e[before:], c.want)
		}
	}
	w.fake.User("U1").In("C1").Slash("/unknown", "x")
	w.settle()
	if e := w.fake.Ephemerals("U1"); !strings.Contains(shown(e[len(e)-1]), "don't know this command") {
		t.Errorf("an unknown command: %+v", e[len(e)-1])
	}
	if n := len(w.answerer.Asked()); n != 0 {
		t.Errorf("%d questions were asked", n)
	}
}

func TestMentionOnly(t *testing.T) {
	w := open(t, setup{change: func(c *Config) { c.MentionOnly = true }})
	q := w.fake.User("U1").Mentions("C1", "What of the north?")
	w.settle()
	w.fake.User("U1").InThread(q.TS).Says("C1", "and the south?")
	w.settle()
	w.wantReplies("C1", q.TS, north)
	w.fake.User("U1").InThread(q.TS).Mentions("C1", "and the south?")
	w.settle()
	w.wantReplies("C1", q.TS, north, south)
}
