package slackbot

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakeslack"
)

// errand returns an errand that a person's message in C1 has become.
func (w *world) errand(to address) bot.Errand {
	to.Team, to.User = "T1", "U1"
	where, err := json.Marshal(to)
	if err != nil {
		w.t.Fatal(err)
	}
	return bot.Errand{Key: to.key(), Adapter: adapterName, Address: where, Accepted: time.Now(), Attempt: 1, State: bot.Open,
		Question: bot.Question{ID: to.key(), Text: "What, " + canary + "?", Asker: "slack:T1:U1", Conversation: "c"}}
}

// asked is a question in C1 with its address.
func (w *world) asked() (fakeslack.Message, bot.Errand) {
	w.fake.AddUser(fakeslack.User{ID: "U1"})
	m := w.fake.User("U1").Says("C1", "What, "+canary+"?")
	return m, w.errand(address{Channel: "C1", TS: m.TS, Thread: m.TS})
}

// answerOf returns an answer with so many long sentences.
func answerOf(word string, sentences int) bot.Answer {
	a := bot.Answer{Kind: bot.KindAsk, Language: "en", Mode: "keyword", Status: bot.Answered, Confidence: 0.9, Threshold: 0.2}
	for i := range sentences {
		text := fmt.Sprintf("%s %d: %s.", word, i, strings.Repeat("calm sea and ", 60))
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

func TestDeliverTwiceIsOneAnswer(t *testing.T) {
	w := open(t, setup{})
	m, e := w.asked()
	first := w.deliver(e, answerOf("Patrol", 30))
	n := len(w.fake.Replies("C1", m.TS))
	if n < 2 {
		t.Fatalf("%d pages, want several", n)
	}
	e.Attempt = 2 // the record of the first was lost
	if second := w.deliver(e, answerOf("Patrol", 30)); second != first {
		t.Errorf("the second delivery is %q, want %q", second, first)
	}
	if got := w.fake.Replies("C1", m.TS); len(got) != n || got[0].Edits != 0 {
		t.Errorf("%d messages, %d edits; want %d untouched", len(got), got[0].Edits, n)
	}
}

func TestDeliverAfterACrashBetweenPages(t *testing.T) {
	for crashed := 1; crashed <= 2; crashed++ {
		for _, cut := range []fakeslack.Cut{fakeslack.CutBefore, fakeslack.CutAfter} {
			t.Run(fmt.Sprintf("page %d, cut %v", crashed, cut), func(t *testing.T) {
				w := open(t, setup{})
				m, e := w.asked()
				a := answerOf("Patrol", 30)
				w.fake.Fail(fakeslack.Fault{Method: "chat.postMessage", Skip: crashed - 1, Cut: cut})
				if _, err := w.bot.Deliver(w.soon(), e, a); err == nil || errors.Is(err, bot.ErrGone) {
					t.Fatalf("Deliver = %v, want a temporary error", err)
				}
				e.Attempt = 2 // and nothing of the first is known
				id := w.deliver(e, a)
				pages := w.bot.pages(w.soon(), e, a, address{Channel: "C1"})
				got := w.fake.Replies("C1", m.TS)
				if len(got) != len(pages) {
					t.Fatalf("%d messages, want %d", len(got), len(pages))
				}
				for i, p := range got {
					if n, _ := p.Metadata.EventPayload["page"].(float64); int(n) != i+1 {
						t.Errorf("message %d is page %v", i+1, p.Metadata.EventPayload["page"])
					}
				}
				if have := readPosted(id); len(have.TS) != len(pages) {
					t.Errorf("posted = %q, want all pages", id)
				}
			})
		}
	}
}

func TestDeliverEditedInPlace(t *testing.T) {
	for _, c := range []struct{ before, after int }{{1, 1}, {1, 30}, {30, 1}, {30, 30}} {
		t.Run(fmt.Sprintf("%d sentences become %d", c.before, c.after), func(t *testing.T) {
			w := open(t, setup{})
			m, e := w.asked()
			e.Posted = w.deliver(e, answerOf("Before", c.before))
			e.Revision, e.Attempt = 1, 2
			e.Posted = w.deliver(e, answerOf("After", c.after))
			got := w.fake.Replies("C1", m.TS)
			if want := len(w.bot.pages(w.soon(), e, answerOf("After", c.after), address{Channel: "C1"})); len(got) != want || len(readPosted(e.Posted).TS) != want {
				t.Errorf("%d messages, posted %q; want %d", len(got), e.Posted, want)
			}
			for _, p := range got {
				if strings.Contains(shown(p), "Before") {
					t.Errorf("the answer before still stands: %q", shown(p))
				}
			}
			if err := w.bot.Withdraw(w.soon(), e); err != nil {
				t.Errorf("Withdraw = %v", err)
			}
			if n := len(w.fake.Replies("C1", m.TS)); n != 0 {
				t.Errorf("%d messages after Withdraw, want none", n)
			}
		})
	}
}

func TestDeliverPlaces(t *testing.T) {
	dm := func(w *world) string { return w.fake.User("U1").DM() }
	cases := []struct {
		name string
		to   func(w *world) address
		long bool
		want func(w *world, posted string) bool
	}{
		{"the channel itself, further pages below", func(*world) address { return address{Channel: "C1", Echo: true} }, true, func(w *world, id string) bool {
			ms := w.fake.Messages("C1")
			return len(ms) > 1 && ms[0].ThreadTS == "" && ms[1].ThreadTS == ms[0].TS && id == "C1/"+ms[0].TS
		}},
		{"direct messages", func(w *world) address { return address{Channel: dm(w), Direct: true} }, true, func(w *world, id string) bool {
			ms := w.fake.Messages(dm(w))
			return len(ms) > 1 && ms[1].ThreadTS == "" && strings.HasPrefix(id, dm(w)+"/")
		}},
		{"direct messages that nobody has opened", func(*world) address { return address{Channel: "U1", Direct: true} }, false, func(w *world, id string) bool {
			return len(w.fake.Messages(dm(w))) == 1 && strings.HasPrefix(id, dm(w)+"/")
		}},
		{"the asker alone", func(*world) address { return address{Channel: "C1", Private: true} }, true, func(w *world, id string) bool {
			n := len(w.fake.Ephemerals("U1"))
			return n > 1 && len(w.fake.Messages("C1")) == 0 && id == fmt.Sprintf("C1/~%d", n)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			w.fake.AddUser(fakeslack.User{ID: "U1"})
			w.fake.Invite("C1", "U1")
			e := w.errand(c.to(w))
			e.Key = "slack:T1:command:1"
			n := 1
			if c.long {
				n = 30
			}
			id := w.deliver(e, answerOf("Patrol", n))
			if !c.want(w, id) {
				t.Errorf("posted %q; messages %+v, alone %+v", id, w.fake.AllMessages(), w.fake.Ephemerals("U1"))
			}
			if w.fake.RequestCount("conversations.history")+w.fake.RequestCount("conversations.replies") != 0 {
				t.Error("a first attempt looks for earlier messages")
			}
			before := len(w.fake.AllMessages())
			e.Attempt, e.Posted = 2, ""
			if c.to(w).Channel == "U1" || c.to(w).Private { // there is no way to look
				return
			}
			if again := w.deliver(e, answerOf("Patrol", n)); again != id || len(w.fake.AllMessages()) != before {
				t.Errorf("a second attempt posts %q, %d messages; want %q, %d", again, len(w.fake.AllMessages()), id, before)
			}
			e.Posted, e.State = id, bot.Withdrawn
			if err := w.bot.Withdraw(w.soon(), e); err != nil || w.sent() != 0 {
				t.Errorf("Withdraw = %v, %d messages stand", err, w.sent())
			}
		})
	}
}

// check judges how a delivery went.
type check func(t *testing.T, w *world, err error)

func wantGone(t *testing.T, _ *world, err error) {
	if !errors.Is(err, bot.ErrGone) {
		t.Errorf("error = %v, want one that wraps ErrGone", err)
	}
}

func wantTemporary(t *testing.T, _ *world, err error) {
	if wait := (*bot.Wait)(nil); err == nil || errors.Is(err, bot.ErrGone) || errors.As(err, &wait) {
		t.Errorf("error = %v, want a temporary one", err)
	}
}

func wantWaits(t *testing.T, _ *world, err error) {
	if wait := (*bot.Wait)(nil); !errors.As(err, &wait) || wait.For != time.Minute {
		t.Errorf("error = %v, want to wait a minute", err)
	}
}

func wantFine(t *testing.T, w *world, err error) {
	if err != nil || w.sent() != 1 {
		t.Errorf("error = %v, %d messages; want the answer", err, w.sent())
	}
}

func wantBug(t *testing.T, w *world, err error) {
	wantFine(t, w, err)
	if !w.logged("a bug in footnote") {
		t.Error("the operator is not told")
	}
}

func TestDeliverErrors(t *testing.T) {
	cases := []struct {
		fault fakeslack.Fault
		want  check
	}{
		{fakeslack.Fault{Error: "channel_not_found"}, wantGone},
		{fakeslack.Fault{Error: "is_archived"}, wantGone},
		{fakeslack.Fault{Error: "not_in_channel"}, wantGone},
		{fakeslack.Fault{Error: "account_inactive", Times: 5}, wantGone},
		{fakeslack.Fault{Error: "token_revoked", Times: 5}, wantGone},
		{fakeslack.Fault{Error: "invalid_auth", Times: 5}, wantGone},
		{fakeslack.Fault{Error: "missing_scope", Times: 5}, wantGone},
		{fakeslack.Fault{Error: "internal_error"}, wantTemporary},
		{fakeslack.Fault{Error: "something_new"}, wantTemporary},
		{fakeslack.Fault{Status: 500}, wantTemporary},
		{fakeslack.Fault{Status: 503}, wantTemporary},
		{fakeslack.Fault{Cut: fakeslack.CutBefore}, wantTemporary},
		{fakeslack.Fault{Cut: fakeslack.CutAfter}, wantTemporary},
		{fakeslack.Fault{Status: 429, RetryAfter: time.Minute}, wantWaits},
		{fakeslack.Fault{Status: 429, RetryAfter: time.Second}, wantFine},
		{fakeslack.Fault{Error: "msg_too_long"}, wantBug},
		{fakeslack.Fault{Error: "invalid_blocks"}, wantBug},
		{fakeslack.Fault{Error: "invalid_blocks", Times: 2}, wantBug},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %d %v x%d", c.fault.Error, c.fault.Status, c.fault.Cut, c.fault.Times), func(t *testing.T) {
			w := open(t, setup{})
			_, e := w.asked()
			c.fault.Method = "chat.postMessage"
			w.fake.Fail(c.fault)
			_, err := w.bot.Deliver(w.soon(), e, answerOf("Patrol", 1))
			c.want(t, w, err)
			if errors.Is(err, bot.ErrGone) && !strings.ContainsAny(err.Error(), ":") {
				t.Errorf("error = %v, want it to say what to do", err)
			}
		})
	}
}

func TestDeliverToADeletedQuestion(t *testing.T) {
	w := open(t, setup{})
	m, e := w.asked()
	w.fake.User("U1").Deletes(m)
	_, err := w.bot.Deliver(w.soon(), e, answerOf("Patrol", 1))
	if !errors.Is(err, bot.ErrGone) || w.sent() != 0 {
		t.Errorf("Deliver = %v, %d messages; want ErrGone and none in the channel", err, w.sent())
	}
}

func TestDeliverWithoutATokenThatWorks(t *testing.T) {
	w := open(t, setup{})
	u := w.fake.User("U1").In("C1")
	w.fake.Hold()
	u.Slash("/ask", "--public What of the north?")
	w.fake.Fail(fakeslack.Fault{Method: "chat.postMessage", Error: "token_revoked"})
	w.fake.Release(nil)
	w.settle()
	if m := w.fake.Messages("C1"); len(m) != 1 || !strings.Contains(shown(m[0]), north) {
		t.Errorf("messages = %+v, want the answer by response_url; log:\n%s", m, w.log)
	}
}

func TestWhisperFallsBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fakeslack.Fault
	}{
		{"the address is used up", fakeslack.Fault{Method: "response_url", Status: 404, Error: "used_url"}},
		{"the address has expired", fakeslack.Fault{Method: "response_url", Status: 404, Error: "expired_url"}},
		{"the blocks are refused", fakeslack.Fault{Method: "response_url", Status: 400, Error: "invalid_blocks"}},
		{"too many calls", fakeslack.Fault{Method: "response_url", Status: 429, RetryAfter: time.Second}},
		{"a server error", fakeslack.Fault{Method: "response_url", Status: 500}},
		{"the connection breaks", fakeslack.Fault{Method: "response_url", Cut: fakeslack.CutBefore}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, setup{})
			w.fake.Fail(c.fault)
			w.fake.User("U1").In("C1").Slash("/ask", "What of the north, "+canary+"?")
			w.settle()
			if got := w.fake.Ephemerals("U1"); len(got) != 1 || !strings.Contains(shown(got[0]), north) {
				t.Errorf("the asker sees %+v; log:\n%s", got, w.log)
			}
		})
	}
}

func TestRevokedTokenIsLookedUpAnew(t *testing.T) {
	w := open(t, setup{change: func(c *Config) {
		c.BotToken, c.ClientID, c.ClientSecret, c.PublicURL = "", "1.1", "fake-client-secret", "https://footnote.example.org"
	}})
	install := func(token string) {
		secret, _ := json.Marshal(installation{Token: token, User: "UBOT", Scopes: "chat:write"})
		_ = w.store.SaveInstallation(t.Context(), "slack", "T1", secret)
	}
	install("xoxb-old")
	m, e := w.asked()
	if _, err := w.bot.Deliver(w.soon(), e, answerOf("Patrol", 1)); !errors.Is(err, bot.ErrGone) {
		t.Fatalf("Deliver with a bad token = %v, want ErrGone", err)
	}
	install(w.fake.BotToken("T1"))
	w.deliver(e, answerOf("Patrol", 1))
	w.wantReplies("C1", m.TS, "Patrol")
}

func TestPosted(t *testing.T) {
	for _, c := range []struct {
		in   posted
		want string
	}{
		{posted{}, ""}, {posted{Channel: "C1"}, ""}, {posted{Channel: "C1", TS: []string{"1.1"}}, "C1/1.1"},
		{posted{Channel: "C1", TS: []string{"1.1", "1.2"}}, "C1/1.1,1.2"}, {posted{Channel: "C1", TS: []string{"", "1.2"}}, "C1/,1.2"},
		{posted{Channel: "C1", Private: 2}, "C1/~2"},
	} {
		if got := c.in.String(); got != c.want {
			t.Errorf("%+v = %q, want %q", c.in, got, c.want)
		}
		if got := readPosted(c.want).String(); got != c.want {
			t.Errorf("readPosted(%q) = %q", c.want, got)
		}
	}
	for _, bad := range []string{"x", "/", "C1/", "C1/~x"} {
		if got := readPosted(bad); got.String() != "" {
			t.Errorf("readPosted(%q) = %+v, want nothing", bad, got)
		}
	}
}

func TestDeliverAfterTheTokenWasRevoked(t *testing.T) {
	w := open(t, setup{})
	in := w.fake.User("U1").In("C1").Slash("/ask", "settings") // for its address
	w.settle()
	w.fake.RevokeToken("T1")
	w.settle()
	for _, private := range []bool{true, false} {
		before := len(w.fake.Ephemerals("U1"))
		e := w.errand(address{Channel: "C1", Respond: in.ResponseURL, Private: private})
		id := w.deliver(e, answerOf("Patrol", 1))
		alone, all := len(w.fake.Ephemerals("U1"))-before, len(w.fake.Messages("C1"))
		if id != "C1/~1" || private && (alone != 1 || all != 0) || !private && (alone != 0 || all != 1) {
			t.Errorf("private %v: posted %q, %d messages to the asker, %d to all; log:\n%s", private, id, alone, all, w.log)
		}
	}
	if err := w.bot.Withdraw(w.soon(), w.errand(address{Channel: "C1"})); !errors.Is(err, bot.ErrGone) {
		t.Errorf("Withdraw = %v, want ErrGone", err)
	}
}

func TestDeliverWithoutTheScopeToLook(t *testing.T) {
	w := open(t, setup{fake: fakeslack.Config{Scopes: []string{"chat:write", "commands"}}})
	m, e := w.asked()
	e.Attempt = 2
	w.deliver(e, answerOf("Patrol", 1))
	w.wantReplies("C1", m.TS, "Patrol")
	if !w.logged("add the scope") {
		t.Errorf("the operator is not told:\n%s", w.log)
	}
}
