package slackbot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/answers"
	"footnote/bot/bottest/fakeslack"
	"footnote/bot/layout"
)

// show shows the answer so far, and has the errand remember its message as the service
// does.
func (w *world) show(e *bot.Errand, sofar bot.Answer) error {
	w.t.Helper()
	id, err := w.bot.Show(w.soon(), *e, sofar)
	if id != "" {
		e.Posted = id
	}
	return err
}

// showing fails the test where the answer so far can't be shown.
func (w *world) showing(e *bot.Errand, sofar bot.Answer) {
	w.t.Helper()
	if err := w.show(e, sofar); err != nil {
		w.t.Fatalf("Show = %v, want nil; log:\n%s", err, w.log)
	}
}

// writing is an answer of which so many sentences have been written.
func writing(a bot.Answer, n int) bot.Answer {
	a.Mode, a.Sentences, a.Citations = "llm", a.Sentences[:n], a.Citations[:n]
	return a
}

// wantWhole checks that an answer stands below a question page by page, once, and that
// nothing says any more that it is being written.
func (w *world) wantWhole(e bot.Errand, a bot.Answer, got []fakeslack.Message) {
	w.t.Helper()
	pages := w.bot.pages(w.soon(), e, a, address{Channel: "C1"})
	if len(got) != len(pages) {
		w.t.Fatalf("%d messages, want %d; log:\n%s", len(got), len(pages), w.log)
	}
	all := ""
	for i, m := range got {
		n, _ := m.Metadata.EventPayload["page"].(float64)
		of, _ := m.Metadata.EventPayload["pages"].(float64)
		if int(n) != i+1 || int(of) != len(pages) {
			w.t.Errorf("message %d is page %v of %v, want it of %d", i+1, n, of, len(pages))
		}
		all += shown(m)
	}
	for _, s := range a.Sentences {
		if n := strings.Count(all, s.Text); n != 1 {
			w.t.Errorf("%q is shown %d times, want once", s.Text, n)
		}
	}
	if en := layout.TellingsIn("en"); strings.Contains(all, en.Writing) || strings.Contains(all, en.Working) {
		w.t.Errorf("the whole answer says that it is being written: %q", all)
	}
}

// TestShowThenCrash: whoever takes over from a process that died between a part and the
// whole answer makes the message that stands whole, or takes it back.
func TestShowThenCrash(t *testing.T) {
	for sofar := range 3 {
		for _, sentences := range []int{2, 30} {
			t.Run(fmt.Sprintf("%d of %d sentences", sofar, sentences), func(t *testing.T) {
				w := open(t, setup{})
				m, e := w.asked()
				a := answerOf("Patrol", sentences)
				shown := e
				for n := range sofar + 1 {
					w.showing(&shown, writing(a, n))
				}
				part := w.fake.Replies("C1", m.TS)
				e.Attempt = 2 // and nothing of the first is known
				id := w.deliver(e, a)
				got := w.fake.Replies("C1", m.TS)
				w.wantWhole(e, a, got)
				if len(part) != 1 || part[0].TS != got[0].TS || readPosted(id).TS[0] != got[0].TS {
					t.Errorf("%d messages were shown, and the answer is posted as %q; want it in the place of the one", len(part), id)
				}
			})
		}
	}
	t.Run("the question is deleted", func(t *testing.T) {
		w := open(t, setup{})
		_, e := w.asked()
		shown := e
		w.showing(&shown, writing(answerOf("Patrol", 2), 1))
		e.Attempt, e.State = 2, bot.Withdrawn
		if err := w.bot.Withdraw(w.soon(), e); err != nil || w.sent() != 0 {
			t.Errorf("Withdraw = %v, %d messages stand; want none", err, w.sent())
		}
	})
}

// TestShowFails: after a failure nothing is tried again, and the whole answer stands
// once.
func TestShowFails(t *testing.T) {
	for _, method := range []string{"chat.postMessage", "chat.update"} {
		for _, f := range []fakeslack.Fault{
			{Status: 429, RetryAfter: time.Second}, {Status: 429, RetryAfter: time.Minute}, {Status: 502}, {Cut: fakeslack.CutBefore},
			{Cut: fakeslack.CutAfter}, {Error: "internal_error"}, {Error: "ratelimited"},
		} {
			t.Run(fmt.Sprintf("%s %d %v %v %s", method, f.Status, f.RetryAfter, f.Cut, f.Error), func(t *testing.T) {
				w := open(t, setup{})
				m, e := w.asked()
				a := answerOf("Patrol", 2)
				if method == "chat.update" {
					w.showing(&e, writing(a, 0))
				}
				f.Method = method
				w.fake.Fail(f)
				err := w.show(&e, writing(a, 1))
				if n := w.fake.RequestCount(method); err == nil || n != 1 {
					t.Errorf("Show = %v after %d calls, want an error after one", err, n)
				}
				var wait *bot.Wait
				looks := w.fake.RequestCount("conversations.replies")
				w.deliver(e, a)
				w.wantWhole(e, a, w.fake.Replies("C1", m.TS))
				looks = w.fake.RequestCount("conversations.replies") - looks
				if may := method == "chat.postMessage" && !errors.As(err, &wait); may != (looks == 1) {
					t.Errorf("Deliver looks for the message %d times; may it stand: %v", looks, may)
				}
				if _, again := w.bot.doubts[e.Key]; again {
					t.Error("the doubt stays after the answer was delivered")
				}
			})
		}
	}
}

// TestShowSpares: so many answers that are shown at once as people ask in a minute don't
// make Slack refuse a call, and each stands whole in the end.
func TestShowSpares(t *testing.T) {
	w := open(t, setup{})
	w.fake.RateLimits(fakeslack.RateLimits{On: true})
	w.fake.AddUser(fakeslack.User{ID: "U1"})
	a, shown := answerOf("Patrol", 3), 0
	for i := range 30 {
		ch := fmt.Sprint("C2", i)
		w.fake.AddChannel(fakeslack.Channel{ID: ch})
		m := w.fake.User("U1").Says(ch, "What, "+canary+"?")
		e := w.errand(address{Channel: ch, TS: m.TS, Thread: m.TS})
		for n := range 4 {
			w.showing(&e, writing(a, n))
		}
		if e.Posted != "" {
			shown++
		}
		w.deliver(e, a)
		w.wantWhole(e, a, w.fake.Replies(ch, m.TS))
	}
	if n := w.fake.RequestCount("chat.update"); n != spared || shown < 4 || shown > 9 {
		t.Errorf("%d changes for %d of 30 answers that were shown, want %d for some of them", n, shown, spared)
	}
	if n := w.fake.RequestCount("chat.postMessage"); n != 30 {
		t.Errorf("%d posts, want one for each answer", n)
	}
}

func TestSpare(t *testing.T) {
	s, at := newSpare(), time.Now()
	for i := range spared {
		if !s.take("T1", at.Add(time.Duration(i)*time.Second)) {
			t.Fatalf("no call %d, want %d", i+1, spared)
		}
	}
	if s.take("T1", at.Add(spared*time.Second)) || !s.take("T2", at) {
		t.Error("a workspace spends what is another's, or more than it has")
	}
	if !s.take("T1", at.Add(time.Minute)) || s.take("T1", at.Add(time.Minute)) {
		t.Error("after a minute there is not the one call that was taken first")
	}
	if s.back("T1"); !s.take("T1", at.Add(time.Minute)) {
		t.Error("what was given back is not there")
	}
	if s.hold("T2", time.Hour); s.take("T2", time.Now().Add(59*time.Minute)) || !s.take("T2", time.Now().Add(61*time.Minute)) {
		t.Error("a workspace that is held spends, or does not any more")
	}
}

// TestShowDoesNotWait: where the channel is not free nothing is shown, and nothing is
// spent.
func TestShowDoesNotWait(t *testing.T) {
	w := open(t, setup{change: func(c *Config) { c.Pace = time.Hour }})
	_, first := w.asked()
	_, second := w.asked()
	a := answerOf("Patrol", 2)
	w.showing(&first, writing(a, 1))
	w.showing(&second, writing(a, 1))
	if first.Posted == "" || second.Posted != "" || w.sent() != 1 {
		t.Errorf("shown as %q and %q, want the first alone", first.Posted, second.Posted)
	}
	if n := len(w.bot.spare.of("T1").at); n != 1 {
		t.Errorf("%d calls are spent, want one", n)
	}
	w.deliver(first, a) // it has its place in the channel already
	if _, err := w.bot.Deliver(w.soon(), second, a); !errors.Is(err, errPace) {
		t.Errorf("Deliver of the second = %v, want it to wait", err)
	}
}

// TestShowPlaces is about where nothing is shown.
func TestShowPlaces(t *testing.T) {
	a := answerOf("Patrol", 2)
	for _, c := range []struct {
		name   string
		scopes []string
		to     address
		change func(*bot.Errand)
		sofar  int
		shown  bool
	}{
		{"a channel", nil, address{Channel: "C1", Echo: true}, nil, 1, true},
		{"a channel, nothing written", nil, address{Channel: "C1", Echo: true}, nil, 0, true},
		{"the asker alone", nil, address{Channel: "C1", Private: true, Respond: "https://hooks.example/respond/1"}, nil, 1, false},
		{"an assistant's thread", nil, address{Channel: "DM", Direct: true, Assistant: true}, nil, 1, true},
		{"an assistant's thread, which has a sign", nil, address{Channel: "DM", Direct: true, Assistant: true}, nil, 0, false},
		{"direct messages that nobody has opened", nil, address{Channel: "U1", Direct: true}, nil, 1, false},
		{"a second attempt", nil, address{Channel: "C1"}, func(e *bot.Errand) { e.Attempt = 2 }, 1, false},
		{"no scope to look", []string{"chat:write", "im:history"}, address{Channel: "C1"}, nil, 1, false},
		{"no scope to look in direct messages", []string{"chat:write", "channels:history", "groups:history"}, address{Channel: "DM", Direct: true}, nil, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{fake: fakeslack.Config{Scopes: c.scopes}})
			w.fake.AddUser(fakeslack.User{ID: "U1"})
			if c.to.Channel == "DM" {
				c.to.Channel = w.fake.User("U1").DM()
			}
			e := w.errand(c.to)
			e.Key = "slack:T1:command:1"
			if c.change != nil {
				c.change(&e)
			}
			w.showing(&e, writing(a, c.sofar))
			if (e.Posted != "") != c.shown || (w.sent() == 1) != c.shown {
				t.Errorf("posted %q, %d messages; want it shown: %v", e.Posted, w.sent(), c.shown)
			}
		})
	}
}

// deserted is an asker whose model writes a sentence and dies: what is told of it is not
// in the answer.
type deserted struct{ bot.Asker }

func (d deserted) AskTelling(ctx context.Context, q bot.Question, tell func(bot.Answer)) (bot.Answer, error) {
	tell(writing(answerOf("Half", 1), 1))
	a := answerOf("Quoted", 3)
	a.Reasons = []string{brokeOff}
	return a, ctx.Err()
}

const brokeOff = "The model broke off in the middle of its answer; these are quotes."

// TestModelDiesWhileItIsShown: the answer is the keyword writer's, whole, once.
func TestModelDiesWhileItIsShown(t *testing.T) {
	w := open(t, setup{asker: deserted{}})
	m := w.fake.User("U1").Mentions("C1", "What, "+canary+"?")
	w.settle()
	got := w.fake.Replies("C1", m.TS)
	want, err := deserted{}.AskTelling(t.Context(), bot.Question{}, func(bot.Answer) {})
	if err != nil {
		t.Fatal(err)
	}
	w.wantWhole(bot.Errand{Key: "k"}, want, got)
	if s := shown(got[0]); strings.Contains(s, "Half") || !strings.Contains(s, brokeOff) || strings.Contains(s, "no model was used") {
		t.Errorf("the answer is %q, want the keyword writer's alone, and why", s)
	}
}

// TestEditedWhileItIsShown: the message that shows the answer to the question before has
// the answer to the new one in the end.
func TestEditedWhileItIsShown(t *testing.T) {
	w := open(t, setup{})
	step := w.answerer.Slowly()
	m := w.fake.User("U1").Mentions("C1", "What of the north, "+canary+"?")
	step()
	w.until("the first sentence", func(s fakeslack.State) bool { return s.RequestCount("chat.postMessage") == 1 })
	w.fake.User("U1").Edits(m, "<@UBOT> What of the south, "+canary+"?")
	if err := w.fake.WaitDelivered(w.soon()); err != nil {
		t.Fatal(err)
	}
	step() // the answer to the question before is whole
	w.settle()
	got := w.wantReplies("C1", m.TS, south)
	if strings.Contains(shown(got[0]), north) || strings.Contains(shown(got[0]), layout.TellingsIn("en").Writing) {
		t.Errorf("the answer is %q, want that to the question as it is now", shown(got[0]))
	}
}

// TestWritingGolden: what is shown of an answer that is being written is valid too.
func TestWritingGolden(t *testing.T) {
	for _, c := range []struct {
		name, question string
		sentences      int
	}{
		{"writing", "What is the approach to the West?", 1},
		{"writing-ja", "北極航路について何と言っていますか", 1},
		{"writing-sign", "What is the approach to the West?", 0},
		{"writing-sign-ja", "北極航路について何と言っていますか", 0},
	} {
		a := answers.Ask(t, bot.Question{Text: c.question})
		a.Sentences, a.Mode = a.Sentences[:c.sentences], "llm"
		if c.sentences == 0 { // as the service has it before anything is told
			a = bot.Answer{Question: a.Question, Language: a.Language}
		}
		pages := render(a, renderOptions{Key: "slack:T1:C1:1700000000.000100", Writing: true, Echo: c.sentences == 0, Reader: "https://footnote.example"})
		if len(pages) != 1 || pages[0].Metadata.EventPayload["pages"] != 0 {
			t.Fatalf("%d pages, the first %+v; want one of nobody knows how many", len(pages), pages[0].Metadata)
		}
		golden(t, c.name, printBlocks(pages[0].Blocks)+"-------- text\n"+pages[0].Text+"\n")
		withinLimits(t, pages[0].Blocks, pages[0].Text, maxBlocks)
	}
	a := answers.Ask(t, bot.Question{Text: "What is the approach to the West?"})
	for n := range len(a.Sentences) + 1 {
		sofar := a
		sofar.Sentences = a.Sentences[:n]
		for _, p := range render(sofar, renderOptions{Key: "k", Writing: true}) {
			validPage(t, p)
		}
	}
}
