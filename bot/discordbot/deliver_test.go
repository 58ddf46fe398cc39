package discordbot

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakediscord"
	"footnote/bot/layout"
)

const postRoute = "/channels/{channel_id}/messages"

// errand returns an errand with an address.
func (w *world) errand(key string, to address) bot.Errand {
	w.t.Helper()
	where, err := json.Marshal(to)
	if err != nil {
		w.t.Fatal(err)
	}
	return bot.Errand{Key: key, Adapter: adapterName, Address: where, Accepted: time.Now(), Attempt: 1, State: bot.Open,
		Question: bot.Question{ID: key, Text: "What, " + canary + "?", Asker: asker(to.User), Conversation: key}}
}

// asked is a question of ann's in a channel, with its errand. The bot has not heard of
// it.
func (w *world) asked(channel string) (fakediscord.Message, bot.Errand) {
	m := w.fake.User("ann").Says(channel, "What, "+canary+"?")
	return m, w.errand(message{ID: m.ID, Channel: m.Channel}.key(), address{Guild: m.Guild, Channel: m.Channel, Message: m.ID, User: m.Author})
}

// answerOf returns an answer with so many long sentences.
func answerOf(word string, sentences int) bot.Answer {
	a := bot.Answer{Kind: bot.KindAsk, Language: "en", Mode: "keyword", Status: bot.Answered, Confidence: 0.9, Threshold: 0.2}
	for i := range sentences {
		text := fmt.Sprintf("%s %d: %s.", word, i, strings.Repeat("calm sea and ", 40))
		id := fmt.Sprintf("doc#p%d", i+1)
		a.Sentences = append(a.Sentences, bot.Sentence{Text: text, Citations: []string{id}, Verdict: bot.Quoted})
		a.Citations = append(a.Citations, bot.Citation{ID: id, Label: fmt.Sprintf("¶%d", i+1), Document: "doc", Title: "A document", Quote: text, Text: text})
	}
	a.Text = word
	return a
}

func (w *world) deliver(e bot.Errand, a bot.Answer) string {
	w.t.Helper()
	id, err := w.bot.Deliver(w.soon(), e, a)
	if err != nil {
		w.t.Fatalf("Deliver = %v, want nil; log:\n%s", err, w.log)
	}
	return id
}

// pagesOf is how many messages an answer takes.
func (w *world) pagesOf(e bot.Errand, a bot.Answer) int {
	return len(w.bot.pages(w.soon(), e, a, address{Channel: w.general}))
}

func TestDeliverTwiceIsOneAnswer(t *testing.T) {
	w := open(t, setup{})
	m, e := w.asked(w.general)
	first := w.deliver(e, answerOf("Patrol", 20))
	n := len(w.fake.Answers(m.ID))
	if n < 2 || n != w.pagesOf(e, answerOf("Patrol", 20)) {
		t.Fatalf("%d messages, want the several that it takes", n)
	}
	e.Attempt = 2 // the record of the first was lost
	if second := w.deliver(e, answerOf("Patrol", 20)); second != first {
		t.Errorf("the second delivery is %q, want %q", second, first)
	}
	for _, m := range w.fake.Answers(m.ID) {
		if m.Edits != 0 {
			t.Errorf("a message was edited %d times, want none", m.Edits)
		}
	}
	if got := w.fake.Answers(m.ID); len(got) != n {
		t.Errorf("%d messages, want %d", len(got), n)
	}
}

func TestDeliverAfterACrashBetweenPages(t *testing.T) {
	for crashed := 1; crashed <= 2; crashed++ {
		for _, cut := range []fakediscord.Cut{fakediscord.CutBefore, fakediscord.CutAfter} {
			t.Run(fmt.Sprintf("page %d, cut %v", crashed, cut), func(t *testing.T) {
				w := open(t, setup{})
				m, e := w.asked(w.general)
				a := answerOf("Patrol", 20)
				w.fake.Fail(fakediscord.Fault{Method: "POST", Route: postRoute, Skip: crashed - 1, Cut: cut, Times: maxTries})
				if _, err := w.bot.Deliver(w.soon(), e, a); err == nil || errors.Is(err, bot.ErrGone) {
					t.Fatalf("Deliver = %v, want a temporary error", err)
				}
				e.Attempt = 2 // and nothing of the first is known
				w.deliver(e, a)
				got := w.fake.Answers(m.ID)
				if want := w.pagesOf(e, a); len(got) != want {
					t.Fatalf("%d messages, want %d", len(got), want)
				}
				all := strings.Join(allShown(got), "\n")
				for i := range 20 {
					if strings.Count(all, fmt.Sprintf("Patrol %d: ", i)) < 1 {
						t.Errorf("sentence %d is not shown", i)
					}
				}
			})
		}
	}
}

func TestDeliverEditedInPlace(t *testing.T) {
	for _, c := range []struct{ before, after int }{{1, 1}, {1, 20}, {20, 1}, {20, 20}} {
		t.Run(fmt.Sprintf("%d sentences become %d", c.before, c.after), func(t *testing.T) {
			w := open(t, setup{})
			m, e := w.asked(w.general)
			e.Posted = w.deliver(e, answerOf("Before", c.before))
			first := w.fake.Answers(m.ID)[0].ID
			e.Revision, e.Attempt = 1, 2
			after := answerOf("After", c.after)
			e.Posted = w.deliver(e, after)
			got := w.fake.Answers(m.ID)
			if len(got) != w.pagesOf(e, after) || got[0].ID != first || e.Posted != w.general+":"+first {
				t.Errorf("%d messages, posted %q; want %d, the first the same", len(got), e.Posted, w.pagesOf(e, after))
			}
			for _, p := range got {
				if strings.Contains(shownBy(p), "Before") {
					t.Errorf("the answer before still stands: %q", shownBy(p))
				}
			}
			if err := w.bot.Withdraw(w.soon(), e); err != nil {
				t.Errorf("Withdraw = %v", err)
			}
			if n := len(w.fake.Answers(m.ID)); n != 0 {
				t.Errorf("%d messages after Withdraw, want none", n)
			}
		})
	}
}

// A moderator has deleted one of the pages: the others move up.
func TestDeliverFillsAGap(t *testing.T) {
	for _, gone := range []int{0, 1} {
		w := newGap(t, gone)
		if got := w.fake.Answers(w.question); len(got) != w.want {
			t.Errorf("without page %d: %d messages, want %d", gone, len(got), w.want)
		}
	}
}

type gap struct {
	*world
	question string
	want     int
}

func newGap(t *testing.T, gone int) gap {
	t.Helper()
	w := newWorld(t, fakediscord.Config{})
	w.service = bot.NewService(slog.New(slog.DiscardHandler), w.answerer, w.store, "test", bot.Limits{})
	w.make(slog.New(slog.DiscardHandler), w.answerer, nil, false)
	m, e := w.asked(w.general)
	e.Posted = w.deliver(e, answerOf("Before", 20))
	if err := w.bot.api.do(w.soon(), "DELETE", "/channels/"+w.general+"/messages/"+w.fake.Answers(m.ID)[gone].ID, nil, nil); err != nil {
		t.Fatal(err)
	}
	e.Revision, e.Attempt = 1, 2
	after := answerOf("After", 20)
	w.deliver(e, after)
	return gap{w, m.ID, w.pagesOf(e, after)}
}

func TestReplyToAnyPageContinues(t *testing.T) {
	w := open(t, setup{})
	var sentences []string
	for i := range 30 {
		sentences = append(sentences, fmt.Sprintf("Patrol %d: %s.", i, strings.Repeat("calm sea and ", 40)))
	}
	w.answerer.Say("everything", sentences...)
	q := w.fake.User("ann").Mentions(w.general, "everything?")
	w.settle()
	pages := w.fake.Answers(q.ID)
	if len(pages) < 3 {
		t.Fatalf("%d pages, want several", len(pages))
	}
	for i, p := range pages {
		w.fake.User("bob").Replies(p, "and the south?")
		w.settle()
		asked := w.answerer.Asked()
		if last := asked[len(asked)-1]; last.Conversation != "discord:"+w.general+":"+q.ID || len(last.Before) != i+1 {
			t.Errorf("a reply to page %d is in %q with %d turns before, want the conversation of the answer", i+1, last.Conversation, len(last.Before))
		}
	}
}

// A thread on any page of an answer continues its conversation; Discord is asked once
// what the page replies to.
func TestAThreadOnAnyPageContinues(t *testing.T) {
	w := open(t, setup{fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content = true }})
	var sentences []string
	for i := range 30 {
		sentences = append(sentences, fmt.Sprintf("Patrol %d: %s.", i, strings.Repeat("calm sea and ", 40)))
	}
	w.answerer.Say("everything", sentences...)
	q := w.fake.User("ann").Mentions(w.general, "everything?")
	w.settle()
	pages := w.fake.Answers(q.ID)
	if len(pages) < 3 {
		t.Fatalf("%d pages, want several", len(pages))
	}
	chat := w.fake.User("ann").Says(w.general, "lunch?")
	other := w.fake.User("bob").OpensThreadOn(chat, "lunch")
	for _, p := range pages {
		thread := w.fake.User("bob").OpensThreadOn(p, "more")
		for range 2 {
			w.fake.User("bob").Says(thread.ID, "and the south?")
			w.fake.User("bob").Says(other.ID, "and where?")
		}
	}
	w.settle()
	asked := w.answerer.Asked()
	if len(asked) != 1+2*len(pages) {
		t.Fatalf("%d questions, want two in each thread", len(asked))
	}
	for i, q := range asked[1:] {
		if q.Conversation != asked[0].Conversation {
			t.Errorf("question %d in a thread is in %q, want the conversation of the answer", i, q.Conversation)
		}
	}
	if n := w.fake.RequestCount("GET /channels/{channel_id}/messages/{message_id}"); n != len(pages) { // of the further pages and of the other thread
		t.Errorf("messages were looked at %d times, want %d", n, len(pages))
	}
}

// check judges how a delivery went.
type check func(t *testing.T, w *world, err error)

func wantGone(t *testing.T, _ *world, err error) {
	t.Helper()
	if !errors.Is(err, bot.ErrGone) {
		t.Errorf("error = %v, want one that wraps ErrGone", err)
	}
}

func wantTemporary(t *testing.T, _ *world, err error) {
	t.Helper()
	if err == nil || errors.Is(err, bot.ErrGone) || errors.As(err, new(*bot.Wait)) {
		t.Errorf("error = %v, want a temporary one", err)
	}
}

func wantWaits(t *testing.T, _ *world, err error) {
	t.Helper()
	if wait := (*bot.Wait)(nil); !errors.As(err, &wait) || wait.For < 50*time.Second || wait.For > 61*time.Second {
		t.Errorf("error = %v, want to wait a minute", err)
	}
}

func wantFine(t *testing.T, w *world, err error) {
	t.Helper()
	if err != nil || len(w.sent()) != 1 || w.sent()[0].Channel != w.general {
		t.Errorf("error = %v, messages %q; want the answer", err, allShown(w.sent()))
	}
}

// wantTold checks that the asker has got the answer by direct message, and why there.
func wantTold(t *testing.T, w *world, err error) {
	t.Helper()
	got := w.fake.DMs("ann")
	if err != nil || len(got) != 2 || !strings.Contains(shownBy(got[1]), "Patrol 0") || !strings.Contains(shownBy(got[0]), "here is the answer") {
		t.Errorf("error = %v, the asker reads %q; want why it comes there, and the answer", err, allShown(got))
	}
}

func wantBug(t *testing.T, w *world, err error) {
	t.Helper()
	wantFine(t, w, err)
	if !w.logged("a bug in footnote") {
		t.Error("the operator is not told")
	}
}

func TestDeliverErrors(t *testing.T) {
	closed := func(w *world) { w.fake.CloseDMs("ann", true) }
	for _, c := range []struct {
		fault fakediscord.Fault
		do    func(w *world)
		want  check
	}{
		{fakediscord.Fault{Status: 404, Code: 10003}, nil, wantTold},
		{fakediscord.Fault{Status: 403, Code: 50001}, nil, wantTold},
		{fakediscord.Fault{Status: 403, Code: 50013}, nil, wantTold},
		{fakediscord.Fault{Status: 403, Code: 50013}, closed, wantGone},
		{fakediscord.Fault{Status: 404, Code: 10003}, closed, wantGone},
		{fakediscord.Fault{Status: 400, Code: 160002}, nil, wantFine},
		{fakediscord.Fault{Status: 401, Times: 5}, nil, wantTemporary},
		{fakediscord.Fault{Status: 500}, nil, wantFine},
		{fakediscord.Fault{Status: 502, Times: 9}, nil, wantTemporary},
		{fakediscord.Fault{Cut: fakediscord.CutBefore}, nil, wantFine},
		{fakediscord.Fault{Cut: fakediscord.CutAfter}, nil, wantFine},
		{fakediscord.Fault{Status: 429, RetryAfter: time.Minute}, nil, wantWaits},
		{fakediscord.Fault{Status: 429, RetryAfter: time.Second}, nil, wantFine},
		{fakediscord.Fault{Status: 400, Code: 50035}, nil, wantBug},
		{fakediscord.Fault{Status: 400, Code: 50035, Times: 2}, nil, wantBug},
	} {
		t.Run(fmt.Sprintf("%d %d %v x%d", c.fault.Status, c.fault.Code, c.fault.Cut, c.fault.Times), func(t *testing.T) {
			w := open(t, setup{})
			_, e := w.asked(w.general)
			if c.do != nil {
				c.do(w)
			}
			c.fault.Method, c.fault.Route = "POST", "/channels/"+w.general+"/messages"
			w.fake.Fail(c.fault)
			_, err := w.bot.Deliver(w.soon(), e, answerOf("Patrol", 1))
			c.want(t, w, err)
		})
	}
}

func TestDeliverAsPlainText(t *testing.T) {
	w := open(t, setup{})
	m, e := w.asked(w.general)
	w.fake.Fail(fakediscord.Fault{Method: "POST", Route: postRoute, Status: 400, Code: 50035})
	a := answerOf("Patrol *not bold* @everyone", 20)
	e.Posted = w.deliver(e, a)
	got := w.fake.Answers(m.ID)
	all := strings.Join(allShown(got), "\n")
	for i := range 20 {
		if !strings.Contains(all, fmt.Sprintf("Patrol *not bold* @everyone %d:", i)) {
			t.Errorf("sentence %d is lost: %q", i, all)
		}
	}
	for _, m := range got {
		if m.V2() || len(m.Pings()) > 0 || len([]rune(m.Content)) > 2000 || !m.SuppressesEmbeds() {
			t.Errorf("a message is not plain: %+v", m)
		}
	}
	// Edited, the answer takes its usual form again.
	e.Revision, e.Attempt = 1, 2
	w.deliver(e, answerOf("After", 1))
	if got := w.fake.Answers(m.ID); len(got) != 1 || !got[0].V2() || !strings.Contains(shownBy(got[0]), "After 0") {
		t.Errorf("after the edit: %q", allShown(got))
	}
	// And an edit that is refused becomes text.
	w.fake.Fail(fakediscord.Fault{Method: "PATCH", Route: postRoute + "/{message_id}", Status: 400, Code: 50035})
	e.Revision, e.Attempt = 2, 3
	w.deliver(e, answerOf("Once more", 1))
	if got := w.fake.Answers(m.ID); len(got) != 1 || got[0].V2() || !strings.Contains(shownBy(got[0]), "Once more 0") {
		t.Errorf("after the refused edit: %q", allShown(got))
	}
}

func TestDeliverToADeletedQuestion(t *testing.T) {
	w := open(t, setup{})
	m, e := w.asked(w.general)
	w.fake.User("ann").Deletes(m)
	_, err := w.bot.Deliver(w.soon(), e, answerOf("Patrol", 1))
	if !errors.Is(err, bot.ErrGone) || len(w.fake.Messages(w.general)) != 0 {
		t.Errorf("Deliver = %v, %q; want ErrGone and nothing in the channel", err, allShown(w.sent()))
	}
}

func TestDeliverWithoutHistory(t *testing.T) {
	w := open(t, setup{})
	_, e := w.asked(w.general)
	w.fake.Revoke(w.general, fakediscord.ReadMessageHistory)
	w.deliver(e, answerOf("Patrol", 20))
	if got, want := len(w.sent()), w.pagesOf(e, answerOf("Patrol", 20)); got != want {
		t.Errorf("%d messages, want %d, without what they reply to", got, want)
	}
	if !w.logged("Read Message History") {
		t.Error("the operator is not told")
	}
}

func TestDeliverInThreads(t *testing.T) {
	for _, c := range []struct {
		name   string
		locked bool
		want   check
	}{
		{"archived", false, func(t *testing.T, w *world, err error) {
			if err != nil || len(w.sent()) != 1 || len(w.fake.DMs("ann")) != 0 {
				t.Errorf("Deliver = %v, %q; want it in the thread", err, allShown(w.sent()))
			}
		}},
		{"locked", true, wantTold},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			thread := w.fake.User("ann").OpensThread(w.general, "t")
			_, e := w.asked(thread.ID)
			w.fake.Archive(thread.ID, true, c.locked)
			_, err := w.bot.Deliver(w.soon(), e, answerOf("Patrol", 1))
			c.want(t, w, err)
		})
	}
}

// opener answers the one call that the fake does not know, and does what it asks for:
// it opens a thread again, unless that is locked.
type opener struct{ w *world }

func (o *opener) RoundTrip(r *http.Request) (*http.Response, error) {
	parts := strings.Split(r.URL.Path, "/")
	if r.Method != http.MethodPatch || len(parts) != 5 { // /api/v10/channels/1
		return http.DefaultTransport.RoundTrip(r)
	}
	_ = r.Body.Close()
	answer := httptest.NewRecorder()
	if c, ok := o.w.fake.Channel(parts[4]); ok && c.Locked {
		answer.WriteHeader(http.StatusForbidden)
		fmt.Fprint(answer, `{"code":50013,"message":"Missing Permissions"}`)
	} else {
		o.w.fake.Archive(parts[4], false, false)
		fmt.Fprint(answer, `{}`)
	}
	return answer.Result(), nil
}

func TestAnArchivedThreadIsOpenedForAChange(t *testing.T) {
	o := &opener{}
	w := open(t, setup{change: func(c *Config) { c.Transport = o }})
	o.w = w
	thread := w.fake.User("ann").OpensThread(w.general, "t")
	m, e := w.asked(thread.ID)
	e.Posted = w.deliver(e, answerOf("Before", 1))
	w.fake.Archive(thread.ID, true, false)
	e.Revision, e.Attempt = 1, 2
	w.deliver(e, answerOf("After", 1))
	w.wantAnswers(m.ID, "After 0")
	w.fake.Archive(thread.ID, true, false)
	if err := w.bot.Withdraw(w.soon(), e); err != nil {
		t.Errorf("Withdraw = %v", err)
	}
	w.wantAnswers(m.ID)
	// A locked one stays as it is.
	m, e = w.asked(thread.ID)
	e.Posted = w.deliver(e, answerOf("Before", 1))
	w.fake.Archive(thread.ID, true, true)
	e.Revision, e.Attempt = 1, 2
	if _, err := w.bot.Deliver(w.soon(), e, answerOf("After", 1)); !errors.Is(err, bot.ErrGone) {
		t.Errorf("Deliver = %v, want ErrGone", err)
	}
	w.wantAnswers(m.ID, "Before 0")
	if n := len(w.fake.DMs("ann")); n != 0 {
		t.Errorf("%d direct messages about an answer that stands", n)
	}
}

func TestChangeErrors(t *testing.T) {
	for _, c := range []struct {
		status, code, times int
		want                func(err error) bool
		stands              string
	}{
		{404, 10008, 1, func(err error) bool { return err == nil }, "After 0"}, // deleted in the same moment
		{403, 50013, 1, func(err error) bool { return errors.Is(err, bot.ErrGone) }, "Before 0"},
		{502, 0, maxTries, func(err error) bool { return err != nil && !errors.Is(err, bot.ErrGone) }, "Before 0"},
		{429, 0, 9, func(err error) bool { return errors.As(err, new(*bot.Wait)) }, "Before 0"},
	} {
		t.Run(fmt.Sprintf("%d %d", c.status, c.code), func(t *testing.T) {
			w := open(t, setup{})
			m, e := w.asked(w.general)
			e.Posted = w.deliver(e, answerOf("Before", 1))
			edit := fakediscord.Fault{Method: "PATCH", Route: postRoute + "/{message_id}", Status: c.status, Code: c.code, Times: c.times}
			if c.status == 429 {
				edit.RetryAfter = time.Minute
			}
			w.fake.Fail(edit)
			e.Revision, e.Attempt = 1, 2
			posted, err := w.bot.Deliver(w.soon(), e, answerOf("After", 1))
			if !c.want(err) || posted == "" {
				t.Errorf("Deliver = %q, %v", posted, err)
			}
			if got := allShown(w.fake.Answers(m.ID)); !strings.Contains(strings.Join(got, "\n"), c.stands) {
				t.Errorf("it stands %q, want %q", got, c.stands)
			}
		})
	}
}

func TestDeliverByDirectMessageIsTriedAgain(t *testing.T) {
	w := open(t, setup{})
	_, e := w.asked(w.general)
	w.fake.Revoke(w.general, fakediscord.SendMessages)
	w.fake.Fail(fakediscord.Fault{Method: "POST", Route: "/users/@me/channels", Status: 502, Times: maxTries})
	_, err := w.bot.Deliver(w.soon(), e, answerOf("Patrol", 20))
	wantTemporary(t, w, err)
	e.Attempt = 2
	for range 2 { // the second finds what the first has sent
		_, err = w.bot.Deliver(w.soon(), e, answerOf("Patrol", 20))
		if want := 1 + w.pagesOf(e, answerOf("Patrol", 20)); err != nil || len(w.fake.DMs("ann")) != want {
			t.Errorf("Deliver = %v, %d direct messages, want %d", err, len(w.fake.DMs("ann")), want)
		}
		e.Attempt++
	}
}

func TestDeliverToNowhere(t *testing.T) {
	w := open(t, setup{})
	for _, raw := range []string{``, `7`, `{}`, `{"c":7}`} {
		e := bot.Errand{Key: "discord:1", Address: json.RawMessage(raw), Attempt: 1}
		if _, err := w.bot.Deliver(w.soon(), e, answerOf("Patrol", 1)); !errors.Is(err, bot.ErrGone) {
			t.Errorf("Deliver to %s = %v, want ErrGone", raw, err)
		}
		if err := w.bot.Withdraw(w.soon(), e); !errors.Is(err, bot.ErrGone) {
			t.Errorf("Withdraw from %s = %v, want ErrGone", raw, err)
		}
	}
}

// slow is a world in which a command is answered only when its gate opens.
func slow(t *testing.T, conf fakediscord.Config, o fakediscord.Options) (*world, *gated, *fakediscord.Interaction) {
	t.Helper()
	gate := &gated{Asker: &sayer{}, open: make(chan struct{})}
	conf.Frozen = true
	w := open(t, setup{asker: gate, fake: conf, limits: bot.Limits{Deadline: time.Minute}})
	i := w.fake.User("ann").In(w.general).Slash("ask", o)
	if r, err := i.Wait(w.soon()); err != nil || !r.Acked {
		t.Fatalf("the command is not acknowledged: %+v, %v", r, err)
	}
	return w, gate, i
}

func TestTheTokenIsOutlived(t *testing.T) {
	for _, visibility := range []string{"public", "private"} {
		t.Run(visibility, func(t *testing.T) {
			w, gate, i := slow(t, fakediscord.Config{}, fakediscord.Options{"question": "the north?", "visibility": visibility})
			w.fake.KillToken(i)
			close(gate.open)
			w.settle()
			if visibility == "public" {
				got := w.fake.Messages(w.general)
				if len(got) != 1 || !strings.Contains(shownBy(got[0]), "You said: the north?") || len(w.fake.DMs("ann")) != 0 {
					t.Errorf("the channel reads %q, ann %q; want the answer in the channel", allShown(got), allShown(w.fake.DMs("ann")))
				}
				return
			}
			got := w.fake.DMs("ann")
			if len(got) != 2 || !strings.Contains(shownBy(got[0]), "took longer") || !strings.Contains(shownBy(got[1]), "You said: the north?") || len(w.fake.Messages(w.general)) != 0 {
				t.Errorf("ann reads %q, the channel %q; want the answer for her alone", allShown(got), allShown(w.fake.Messages(w.general)))
			}
		})
	}
}

func TestTheTokenIsOutlivedOnce(t *testing.T) {
	for _, private := range []bool{false, true} {
		t.Run(fmt.Sprintf("private=%v", private), func(t *testing.T) {
			w, gate, i := slow(t, fakediscord.Config{}, fakediscord.Options{"question": "the north?"})
			close(gate.open)
			w.settle()
			e := w.errand("discord:"+i.ID, address{Guild: i.Guild, Channel: i.Channel, User: i.User, Interaction: i.ID, Token: i.Token, Private: private, Echo: true})
			w.fake.KillToken(i)
			before := len(w.sent())
			first := w.deliver(e, answerOf("Patrol", 20))
			n := len(w.sent()) - before
			e.Attempt = 2 // the record was lost
			if again := w.deliver(e, answerOf("Patrol", 20)); again != first || len(w.sent())-before != n || n < 2 {
				t.Errorf("private %v: again %q and %d messages, want %q and %d", private, again, len(w.sent())-before, first, n)
			}
			e.Posted = first
			if err := w.bot.Withdraw(w.soon(), e); err != nil {
				t.Errorf("Withdraw = %v", err)
			}
			if left := len(w.sent()) - before; private && left > 1 || !private && left != 0 {
				t.Errorf("private %v: %d messages stand after Withdraw: %q", private, left, allShown(w.sent()))
			}
		})
	}
}

func TestAnswerOfAnInteractionIsOneMessage(t *testing.T) {
	w, gate, i := slow(t, fakediscord.Config{}, fakediscord.Options{"question": "the north?", "visibility": "public"})
	close(gate.open)
	w.settle()
	e := w.errand("discord:"+i.ID, address{Guild: i.Guild, Channel: i.Channel, User: i.User, Interaction: i.ID, Token: i.Token, Echo: true})
	for range 3 {
		id := w.deliver(e, answerOf("Patrol", 20))
		if got := w.fake.Messages(w.general); len(got) != 1 || !strings.Contains(shownBy(got[0]), "Patrol 0") || id != w.general+":"+got[0].ID {
			t.Fatalf("posted %q, the channel reads %q; want one message", id, allShown(got))
		}
		e.Attempt++
	}
	if err := w.bot.Withdraw(w.soon(), e); err != nil || len(w.fake.Messages(w.general)) != 0 {
		t.Errorf("Withdraw = %v, %q", err, allShown(w.fake.Messages(w.general)))
	}
}

func TestAnswerOfAnInteractionAsPlainText(t *testing.T) {
	for _, visibility := range []string{"public", "private"} {
		t.Run(visibility, func(t *testing.T) {
			w := open(t, setup{})
			var sentences []string
			for i := range 20 {
				sentences = append(sentences, fmt.Sprintf("Patrol %d: %s.", i, strings.Repeat("calm sea and ", 40)))
			}
			w.answerer.Say("everything", sentences...)
			w.fake.Fail(fakediscord.Fault{Method: "PATCH", Route: "/webhooks/*/*/messages/@original", Status: 400, Code: 50035})
			i := w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "everything?", "visibility": visibility})
			w.settle()
			got := w.fake.Answers(i.ID)
			all := strings.Join(allShown(got), "\n")
			for n := range 20 {
				if !strings.Contains(all, fmt.Sprintf("Patrol %d:", n)) {
					t.Errorf("sentence %d is lost", n)
				}
			}
			for _, m := range got {
				if m.Ephemeral() != (visibility == "private") || m.V2() {
					t.Errorf("a message is ephemeral: %v, of components: %v", m.Ephemeral(), m.V2())
				}
			}
		})
	}
}

// What follows below a response is posted once, whatever becomes of it.
func TestFurtherTextIsNeverDoubled(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fakediscord.Fault
	}{
		{"a further message fails", fakediscord.Fault{Method: "POST", Route: "/webhooks/*/*", Skip: 1, Status: 502}},
		{"a further message is lost", fakediscord.Fault{Method: "POST", Route: "/webhooks/*/*", Skip: 1, Cut: fakediscord.CutAfter}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			a := answerOf("Patrol", 20)
			var sentences []string
			for _, s := range a.Sentences {
				sentences = append(sentences, s.Text)
			}
			w.answerer.Say("everything", sentences...)
			w.fake.Fail(c.fault)
			refused := fakediscord.Fault{Method: "PATCH", Route: "/webhooks/*/*/messages/@original", Status: 400, Code: 50035}
			w.fake.Fail(refused)
			i := w.fake.User("ann").In(w.general).Slash("ask", fakediscord.Options{"question": "everything?", "visibility": "private"})
			w.settle()
			if n := len(w.fake.Answers(i.ID)); n < 2 || n > 3 {
				t.Errorf("%d messages, want those up to the one that failed", n)
			}
			e := w.errand("discord:"+i.ID, address{Guild: i.Guild, Channel: i.Channel, User: i.User, Interaction: i.ID, Token: i.Token, Private: true})
			for e.Attempt = 2; e.Attempt < 4; e.Attempt++ { // the record was lost
				w.fake.Fail(refused)
				w.deliver(e, a)
			}
			all := strings.Join(allShown(w.fake.Answers(i.ID)), "\n")
			for n := range 20 {
				if got := strings.Count(all, fmt.Sprintf("Patrol %d:", n)); got > 1 {
					t.Errorf("sentence %d is shown %d times", n, got)
				}
			}
			if !strings.Contains(all, layout.PhrasesIn("en").MoreElsewhere) {
				t.Errorf("nothing says that this is not all: %q", all)
			}
		})
	}
}

// Where only a person has the app installed, Discord takes five further messages.
func TestOutsideThereAreFewFurtherMessages(t *testing.T) {
	w := open(t, setup{})
	w.fake.AddGuild(fakediscord.Guild{Name: "elsewhere", WithoutBot: true, WithoutApp: true})
	c := w.fake.AddChannel(fakediscord.Channel{Name: "there", Guild: "elsewhere"})
	var sentences []string
	for i := range 40 {
		sentences = append(sentences, fmt.Sprintf("Patrol %d: %s.", i, strings.Repeat("calm sea and ", 40)))
	}
	w.answerer.Say("everything", sentences...)
	w.fake.Fail(fakediscord.Fault{Method: "PATCH", Route: "/webhooks/*/*/messages/@original", Status: 400, Code: 50035})
	i := w.fake.User("ann").Installs().In(c.ID).Slash("ask", fakediscord.Options{"question": "everything?"})
	w.settle()
	got := allShown(w.fake.Answers(i.ID))
	if len(got) != 6 || !strings.Contains(got[5], layout.PhrasesIn("en").MoreElsewhere) {
		t.Errorf("%d messages, want 6, of which the last says that there is more: %q", len(got), got[len(got)-1])
	}
}

func TestOutsideNothingButTheTokenReaches(t *testing.T) {
	w := open(t, setup{})
	w.fake.AddGuild(fakediscord.Guild{Name: "elsewhere", WithoutBot: true, WithoutApp: true})
	c := w.fake.AddChannel(fakediscord.Channel{Name: "there", Guild: "elsewhere"})
	ann := w.fake.User("ann").Installs()
	i := ann.In(c.ID).Slash("ask", fakediscord.Options{"question": "What of the north?", "visibility": "public"})
	w.settle()
	w.wantAnswers(i.ID, north)
	e := w.errand("discord:"+i.ID+"0", address{Guild: i.Guild, Channel: i.Channel, User: i.User, Interaction: i.ID, Token: i.Token, Echo: true, Outside: true})
	w.fake.KillToken(i)
	w.deliver(e, answerOf("Patrol", 1))
	if got := w.fake.DMs("ann"); len(got) != 2 || !strings.Contains(shownBy(got[1]), "Patrol 0") {
		t.Errorf("ann reads %q, want the answer", allShown(got))
	}
}

func TestPosted(t *testing.T) {
	for _, c := range []struct {
		in   posted
		want string
	}{{posted{}, ""}, {posted{Channel: "1"}, ""}, {posted{"1", "2"}, "1:2"}} {
		if got := c.in.String(); got != c.want {
			t.Errorf("%+v = %q, want %q", c.in, got, c.want)
		}
		if got := readPosted(c.want).String(); got != c.want {
			t.Errorf("readPosted(%q) = %q", c.want, got)
		}
	}
	for _, bad := range []string{"x", ":", "1:", ":2"} {
		if got := readPosted(bad); got != (posted{}) {
			t.Errorf("readPosted(%q) = %+v, want nothing", bad, got)
		}
	}
}

func TestSnowflakes(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	if got := born(since(at)); !got.Equal(at) {
		t.Errorf("born(since(%v)) = %v", at, got)
	}
	if got := born("175928847299117063"); got.UTC().Format(time.RFC3339) != "2016-04-30T11:18:25Z" { // the example of the documentation
		t.Errorf("born = %v", got)
	}
	if !born("x").IsZero() || since(time.Unix(0, 0)) != "0" {
		t.Error("what is no id was made at no time")
	}
	ids := []string{"1000", "99", "101", "100"}
	slices.SortFunc(ids, older)
	if strings.Join(ids, " ") != "99 100 101 1000" {
		t.Errorf("sorted by age: %v", ids)
	}
}

func TestNonce(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range []string{"discord:1:2", "discord:1:3"} {
		for revision := range 3 {
			for _, part := range []string{"0", "1", "0.0"} {
				n := nonce(key, revision, part)
				if len(n) > 25 || seen[n] || n != nonce(key, revision, part) {
					t.Errorf("nonce(%q, %d, %q) = %q, want at most 25 characters, always the same, and another for each", key, revision, part, n)
				}
				seen[n] = true
			}
		}
	}
}
