package discordbot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/answers"
	"footnote/bot/bottest/fakediscord"
	"footnote/bot/layout"
)

const patchRoute = postRoute + "/{message_id}"

// soFar returns the first sentences of an answer as a model writes it.
func soFar(a bot.Answer, sentences int) bot.Answer {
	a.Mode, a.Sentences, a.Citations = "llm", a.Sentences[:sentences], a.Citations[:sentences]
	return a
}

// shows shows an answer so far and records where.
func (w *world) shows(e *bot.Errand, sofar bot.Answer) {
	w.t.Helper()
	posted, err := w.bot.Show(w.soon(), *e, sofar)
	if err != nil {
		w.t.Fatalf("Show = %v, want nil; log:\n%s", err, w.log)
	}
	if posted != "" {
		e.Posted = posted
	}
}

// reborn has another process deliver.
func (w *world) reborn() {
	w.t.Helper()
	b, err := New(w.bot.log, w.service, lister{w.answerer}, w.store, w.store, w.bot.conf)
	if err != nil {
		w.t.Fatal(err)
	}
	w.bot = b
}

// wantWhole checks that one message stands for a question, and that it is the whole
// answer.
func (w *world) wantWhole(question string, a bot.Answer) fakediscord.Message {
	w.t.Helper()
	got := w.fake.Answers(question)
	if len(got) != 1 || len(w.sent()) != 1 {
		w.t.Fatalf("%d answers and %d messages, want one: %q; log:\n%s", len(got), len(w.sent()), allShown(w.sent()), w.log)
	}
	text := shownBy(got[0])
	for _, s := range a.Sentences {
		if strings.Count(text, s.Text) != 1 {
			w.t.Errorf("%q stands %d times in %q, want once", s.Text, strings.Count(text, s.Text), text)
		}
	}
	if strings.Contains(text, layout.TellingsIn("en").Writing) || len(got[0].Buttons()) == 0 {
		w.t.Errorf("the answer is not shown as whole: %q", text)
	}
	return got[0]
}

func TestShowSentenceBySentence(t *testing.T) {
	w := open(t, setup{})
	m, e := w.asked(w.general)
	a := answerOf("Patrol", 3)
	for n := range 4 {
		sofar := bot.Answer{}
		if n > 0 {
			sofar = soFar(a, n)
		}
		w.shows(&e, sofar)
		got := w.wantAnswers(m.ID, layout.TellingsIn("en").Writing)[0]
		if shown := strings.Count(shownBy(got), "Patrol "); len(got.Buttons()) > 0 || n > 0 && shown < n || strings.Contains(shownBy(got), fmt.Sprintf("Patrol %d", n)) {
			t.Errorf("with %d sentences written, %q is shown, with %d things to press", n, shownBy(got), len(got.Buttons()))
		}
	}
	first := e.Posted
	if posted := w.deliver(e, a); posted != first {
		t.Errorf("the whole answer stands in %q, want %q", posted, first)
	}
	w.wantWhole(m.ID, a)
	if n := w.fake.RequestCount("GET /channels/{channel_id}/messages"); n > 0 {
		t.Errorf("messages were looked for %d times, want never: all is known", n)
	}
}

// A crash between two sentences, and one before the first was recorded: the next
// process leaves what stands until it has the whole answer.
func TestShowAfterACrash(t *testing.T) {
	for recorded, name := range map[bool]string{true: "recorded", false: "not recorded"} {
		t.Run(name, func(t *testing.T) {
			w := open(t, setup{})
			m, e := w.asked(w.general)
			a := answerOf("Patrol", 2)
			before := e
			w.shows(&e, soFar(a, 1))
			if !recorded {
				e = before
			}
			w.reborn()
			e.Attempt = 2
			if !recorded { // else nobody asks to show it before it is whole
				if posted, err := w.bot.Show(w.soon(), e, bot.Answer{}); !errors.Is(err, errStands) {
					t.Errorf("Show = %q, %v, want %v", posted, err, errStands)
				}
				if got := w.wantAnswers(m.ID, "Patrol 0"); len(got) == 1 && got[0].Edits > 0 {
					t.Errorf("what stands has become %q", shownBy(got[0]))
				}
			}
			w.deliver(e, a)
			w.wantWhole(m.ID, a)
		})
	}
}

// Nobody knows whether the first sentence is shown. It is looked for; and where it is
// not to be found, Discord recognises it.
func TestShowWithoutAReceipt(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fakediscord.Fault
		blind bool
	}{
		{"shown", fakediscord.Fault{Cut: fakediscord.CutAfter}, false},
		{"shown, and not found", fakediscord.Fault{Cut: fakediscord.CutAfter}, true},
		{"not shown", fakediscord.Fault{Cut: fakediscord.CutBefore}, false},
		{"broken", fakediscord.Fault{Status: 502}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			m, e := w.asked(w.general)
			a := answerOf("Patrol", 2)
			c.fault.Method, c.fault.Route, c.fault.Times = "POST", postRoute, maxTries
			w.fake.Fail(c.fault)
			if posted, err := w.bot.Show(w.soon(), e, soFar(a, 1)); err == nil || posted != "" {
				t.Fatalf("Show = %q, %v, want an error", posted, err)
			}
			if c.blind {
				w.fake.Revoke(w.general, fakediscord.ReadMessageHistory)
			}
			w.deliver(e, a)
			w.wantWhole(m.ID, a)
		})
	}
}

// A try that broke may have posted, though the next is refused. It is looked for, and
// not only by Discord, which soon forgets it.
func TestShowBrokeThenRefused(t *testing.T) {
	for _, whole := range []bool{false, true} {
		t.Run(map[bool]string{false: "so far", true: "whole"}[whole], func(t *testing.T) {
			w := open(t, setup{fake: fakediscord.Config{NonceFor: time.Nanosecond}})
			m, e := w.asked(w.general)
			a := answerOf("Patrol", 2)
			w.fake.Fail(fakediscord.Fault{Method: "POST", Route: postRoute, Cut: fakediscord.CutAfter})
			w.fake.Fail(fakediscord.Fault{Method: "POST", Route: postRoute, Status: 429, RetryAfter: time.Minute})
			if whole {
				_, err := w.bot.Deliver(w.soon(), e, a)
				wantWaits(t, w, err)
				e.Attempt = 2
			} else {
				w.shows(&e, soFar(a, 1))
			}
			w.deliver(e, a)
			w.wantWhole(m.ID, a)
		})
	}
}

// What was shown is not there any more, or can't be changed.
func TestShowThenGone(t *testing.T) {
	t.Run("deleted", func(t *testing.T) {
		w := open(t, setup{})
		m, e := w.asked(w.general)
		a := answerOf("Patrol", 2)
		w.shows(&e, soFar(a, 1))
		if err := w.bot.api.do(w.soon(), "DELETE", "/channels/"+w.general+"/messages/"+w.fake.Answers(m.ID)[0].ID, nil, nil); err != nil {
			t.Fatal(err)
		}
		if posted, err := w.bot.Show(w.soon(), e, soFar(a, 2)); err == nil {
			t.Errorf("Show = %q, nil, want an error", posted)
		}
		if posted := w.deliver(e, a); posted == e.Posted {
			t.Errorf("the answer is delivered in %q, which was deleted", posted)
		}
		w.wantWhole(m.ID, a)
		nonces := map[string]bool{}
		for _, r := range w.fake.Requests("POST " + postRoute) {
			_, n, _ := strings.Cut(string(r.Body), `"nonce":`)
			nonces[n[:10]] = true
		}
		if len(nonces) != 2 {
			t.Errorf("two messages have %d nonces: Discord may take the second for the one that was deleted", len(nonces))
		}
	})
	t.Run("forbidden", func(t *testing.T) {
		w := open(t, setup{})
		_, e := w.asked(w.general)
		a := answerOf("Patrol", 1)
		w.shows(&e, soFar(a, 1))
		w.fake.Fail(fakediscord.Fault{Method: "PATCH", Route: patchRoute, Status: 403, Code: 50001})
		_, err := w.bot.Deliver(w.soon(), e, a)
		wantTold(t, w, err)
	})
}

// Nothing is shown that could not be found again.
func TestShowNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world, question fakediscord.Message)
		want error
	}{
		{"no history", func(w *world, _ fakediscord.Message) { w.fake.Revoke(w.general, fakediscord.ReadMessageHistory) }, nil},
		{"no question", func(w *world, q fakediscord.Message) { w.fake.User("ann").Deletes(q) }, errUnasked},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			m, e := w.asked(w.general)
			c.do(w, m)
			posted, err := w.bot.Show(w.soon(), e, soFar(answerOf("Patrol", 1), 1))
			if posted != "" || err == nil || c.want != nil && !errors.Is(err, c.want) || len(w.sent()) != 0 {
				t.Errorf("Show = %q, %v, and %q stands; want an error and nothing", posted, err, allShown(w.sent()))
			}
		})
	}
}

// Sentences take no more of a rate limit than can be spared: the whole answer need not
// wait.
func TestShowLeavesRoom(t *testing.T) {
	w := open(t, setup{})
	w.fake.RateLimits(fakediscord.RateLimits{On: true})
	m, e := w.asked(w.general)
	a := answerOf("Patrol", 3)
	for range 5 {
		for n := range 3 {
			w.shows(&e, soFar(a, n+1))
		}
	}
	e.Posted = w.deliver(e, a)
	w.wantWhole(m.ID, a)
	e.Attempt, e.Revision = 2, 1
	b := answerOf("Norway", 2)
	w.deliver(e, b)
	w.wantWhole(m.ID, b)
	if n := w.fake.InvalidRequests(); n != 0 {
		t.Errorf("%d calls were refused, want none", n)
	}
}

// dying tells of one sentence of a model, which then dies: the keyword writer answers.
type dying struct {
	bot.Answer
	seen chan struct{} // closed when the sentence has been seen
}

// couldNot is why the model did not write.
const couldNot = "The model could not be asked; these are quotes."

func newDying() *dying {
	a := answerOf("Quote", 2)
	a.Reasons = []string{couldNot}
	return &dying{a, make(chan struct{})}
}

func (d *dying) Ask(context.Context, bot.Question) (bot.Answer, error) { return d.Answer, nil }

func (d *dying) AskTelling(ctx context.Context, _ bot.Question, tell func(bot.Answer)) (bot.Answer, error) {
	tell(soFar(answerOf("Model", 1), 1))
	select {
	case <-d.seen:
		return d.Answer, nil
	case <-ctx.Done():
		return bot.Answer{}, ctx.Err()
	}
}

// With the model gone in mid-answer there is one complete answer, the keyword writer's.
func TestTheModelDies(t *testing.T) {
	for _, c := range []struct {
		name string
		http bool
		ask  func(w *world) string
	}{
		{"message", false, func(w *world) string { return w.fake.User("ann").Mentions(w.general, "What?").ID }},
		{"direct message", false, func(w *world) string { return w.fake.User("ann").DMs("What?").ID }},
		{"public command", false, func(w *world) string { return w.use("public") }},
		{"private command", false, func(w *world) string { return w.use("private") }},
		{"public command by HTTP", true, func(w *world) string { return w.use("public") }},
		{"private command by HTTP", true, func(w *world) string { return w.use("private") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDying()
			w := open(t, setup{asker: d, http: c.http})
			id := c.ask(w)
			w.until("the model's sentence", func(st fakediscord.State) bool {
				got := st.Answers(id)
				return len(got) == 1 && strings.Contains(shownBy(got[0]), "Model 0")
			})
			close(d.seen)
			w.settle()
			got := w.wantAnswers(id, "Quote 1")
			text := strings.Join(allShown(got), "\n")
			if strings.Contains(text, "Model") || strings.Count(text, d.Sentences[0].Text) != 1 || strings.Contains(text, layout.TellingsIn("en").Writing) {
				t.Errorf("the answer is %q, want the keyword writer's, whole", text)
			}
			if !strings.Contains(text, couldNot) || len(w.fake.Thinking()) > 0 {
				t.Errorf("the answer is not marked as the keyword writer's: %q", text)
			}
		})
	}
}

// use has ann ask by a command; it returns the interaction's id.
func (w *world) use(visibility string) string {
	return w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "What?", "visibility": visibility}).ID
}

// An interaction whose token dies while the answer is being written.
func TestTheTokenDies(t *testing.T) {
	for _, visibility := range []string{"public", "private"} {
		t.Run(visibility, func(t *testing.T) {
			d := newDying()
			w := open(t, setup{asker: d})
			id := w.use(visibility)
			w.until("the model's sentence", func(st fakediscord.State) bool { return len(st.Answers(id)) == 1 })
			w.fake.Fail(fakediscord.Fault{Method: "PATCH", Route: "/webhooks/*/*/messages/@original", Status: 401, Code: 50027})
			close(d.seen)
			w.settle()
			if visibility == "private" {
				if got := allShown(w.fake.DMs("ann")); len(got) != 2 || !strings.Contains(got[1], "Quote 1") {
					t.Errorf("ann reads %q, want why it comes there, and the answer", got)
				}
				return
			}
			w.wantAnswers(id, "Quote 1")
			if len(w.sent()) != 1 {
				t.Errorf("%q stands, want one message", allShown(w.sent()))
			}
		})
	}
}

// The same, after a crash: what was shown is known by the interaction that it came of.
func TestTheTokenDiesAfterACrash(t *testing.T) {
	d := newDying()
	w := open(t, setup{asker: d})
	id := w.use("public")
	w.until("the model's sentence", func(st fakediscord.State) bool { return len(st.Answers(id)) == 1 })
	e, _, ok, err := w.store.Errand(t.Context(), "discord:"+id)
	if !ok || err != nil {
		t.Fatalf("there is no errand: %v", err)
	}
	w.reborn()
	w.fake.Fail(fakediscord.Fault{Method: "PATCH", Route: "/webhooks/*/*/messages/@original", Status: 401, Code: 50027, Times: 2})
	e.Attempt = 2
	w.deliver(e, d.Answer)
	w.wantWhole(id, d.Answer)
	close(d.seen)
	w.settle()
	w.wantWhole(id, d.Answer)
}

// A question that is edited while its answer is written is answered anew in place.
func TestEditedWhileItIsWritten(t *testing.T) {
	w := open(t, setup{})
	step := w.answerer.Slowly()
	ann := w.fake.User("ann")
	q := ann.Mentions(w.general, "What of the north, "+canary+"?")
	step()
	w.until("the sentence", func(st fakediscord.State) bool { return len(st.Answers(q.ID)) == 1 })
	first := w.fake.Answers(q.ID)[0].ID
	ann.Edits(q, w.fake.Mention()+" What of the south, "+canary+"?")
	w.delivered()
	step()
	w.settle()
	if got := w.wantAnswers(q.ID, south); len(got) == 1 && (got[0].ID != first || strings.Contains(shownBy(got[0]), north)) {
		t.Errorf("the edited question is answered with %q, want what stood there changed", shownBy(got[0]))
	}
}

// A sign for an interaction is Discord's own.
func TestShowNoSignForInteractions(t *testing.T) {
	w := open(t, setup{})
	e := w.errand("discord:1", address{Channel: w.general, Interaction: "1", Token: "t", User: "1"})
	if posted, err := w.bot.Show(w.soon(), e, bot.Answer{}); posted != "" || err != nil {
		t.Errorf("Show = %q, %v, want nothing", posted, err)
	}
	if posted, err := w.bot.Show(w.soon(), e, soFar(answerOf("Patrol", 1), 1)); posted != "" || !errors.Is(err, errLate) {
		t.Errorf("Show of an old interaction = %q, %v, want %v", posted, err, errLate)
	}
	if n := len(slices.DeleteFunc(w.fake.Requests(), func(r fakediscord.Request) bool { return !strings.Contains(r.Path, "messages") })); n > 0 {
		t.Errorf("%d calls were made, want none", n)
	}
}

// unfinishedOf is what is shown of an answer while it is being written.
func unfinishedOf(t *testing.T, a bot.Answer, to address) page {
	d := &delivery{b: &Bot{}, e: bot.Errand{Key: goldenKey, Question: bot.Question{Text: a.Question}}, a: a, to: to, sofar: true}
	return d.unfinished(t.Context())
}

func TestUnfinishedGolden(t *testing.T) {
	for _, c := range answers.Cases(t) {
		if c.Name == "answer-model" || c.Name == "answer-ja" {
			golden(t, "writing-"+c.Name, printPages(t, []page{unfinishedOf(t, c.Answer, address{}), unfinishedOf(t, bot.Answer{Question: c.Answer.Question}, address{})}))
		}
	}
}
