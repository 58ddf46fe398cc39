package discordbot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakediscord"
	"footnote/bot/layout"
)

const hub = "What is the NSDS-Hub?"

// publicly asks what everybody sees the answer to.
func (w *world) publicly(p fakediscord.Person, question string) fakediscord.Message {
	w.t.Helper()
	return w.public(p.Slash("ask", fakediscord.Options{"question": question, "visibility": "public"}), "")
}

// A passage is shown word for word to whoever clicked, with what leads on from there.
func TestShow(t *testing.T) {
	both(t, setup{asker: articleBot(t)}, func(t *testing.T, w *world) {
		ann, bob := w.fake.User("ann").In(w.general), w.fake.User("bob").In(w.general)
		m := w.publicly(ann, hub)
		for _, p := range []fakediscord.Person{ann, bob} { // whoever asked
			i := p.Clicks(m, pressed(t, m, layout.Show))
			seen := w.noted(i, "")
			_, a, _, err := w.store.Errand(t.Context(), "discord:"+m.Interaction)
			if err != nil || len(a.Citations) == 0 {
				t.Fatalf("no citations: %v", err)
			}
			if !strings.Contains(shownBy(seen), a.Citations[0].Label) || seen.EphemeralTo != p.ID() {
				t.Errorf("%s sees %q, want %s alone", p.Name(), shownBy(seen), a.Citations[0].Label)
			}
			next := w.noted(p.Clicks(seen, pressed(t, seen, layout.Show)), "")
			if shownBy(next) == shownBy(seen) {
				t.Error("a neighbour shows the same")
			}
		}
		if n := w.kept(); n != 1 {
			t.Errorf("%d questions are kept, want the first alone: a look is none", n)
		}
		if got := w.fake.Messages(w.general); len(got) != 1 {
			t.Errorf("the channel has %q, want the answer alone", allShown(got))
		}
	})
}

// updated answers from material of another version once it is told to.
type updated struct {
	bot.Asker
	changed atomic.Bool
}

func (l *updated) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	a, err := l.Asker.Ask(ctx, q)
	if l.changed.Load() {
		a.Material.Version = "sha256:later"
	}
	return a, err
}

// A passage that is opened below an answer from older material says so.
func TestShowAfterChange(t *testing.T) {
	l := &updated{Asker: articleBot(t)}
	w := open(t, setup{asker: l})
	ann := w.fake.User("ann").In(w.general)
	m := w.publicly(ann, hub)
	for _, changed := range []bool{false, true} {
		l.changed.Store(changed)
		seen := w.noted(ann.Clicks(m, pressed(t, m, layout.Show)), "")
		if said := strings.Contains(shownBy(seen), "The material has changed since that answer"); said != changed {
			t.Errorf("material changed: %v, the passage says so: %v", changed, said)
		}
	}
}

// A passage from a menu.
func TestShowSelected(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)})
	ann := w.fake.User("ann").In(w.general)
	m := w.private(ann.Slash("cite", fakediscord.Options{"ref": "¶2"}), "")
	for _, b := range m.Buttons() {
		if b.Type != 3 || !strings.HasPrefix(b.CustomID, layout.Show+".") {
			continue
		}
		w.noted(ann.Selects(m, b.CustomID, b.Values[0]), "")
		return
	}
	t.Skip("the answer has no menu") // a renderer may do without
}

// A summary or question behind a button is for the clicker alone.
func TestAskFromButton(t *testing.T) {
	both(t, setup{asker: articleBot(t)}, func(t *testing.T, w *world) {
		m := w.public(w.fake.User("ann").In(w.general).Slash("cite", fakediscord.Options{"ref": "¶5", "visibility": "public"}), "Arctic")
		i := w.fake.User("bob").In(w.general).Clicks(m, pressed(t, m, layout.Summary))
		w.private(i, "North")
		e, a, _, err := w.store.Errand(t.Context(), "discord:"+i.ID)
		if err != nil || a.Kind != bot.KindSummary || e.Question.Conversation != "discord:private:"+w.general+":"+w.fake.User("bob").ID() {
			t.Errorf("asked %q in %q, %v, want a summary of bob's own", a.Kind, e.Question.Conversation, err)
		}
	})
}

// A private answer is shared by its asker, once, where it was asked.
func TestShare(t *testing.T) {
	both(t, setup{}, func(t *testing.T, w *world) {
		ann := w.fake.User("ann").In(w.general)
		m := w.private(ann.Slash("ask", fakediscord.Options{"question": "What of the north, " + canary + "?"}), north)
		share := pressed(t, m, layout.Share)
		i := ann.Clicks(m, share)
		shared := w.public(i, north)
		if !strings.Contains(shownBy(shared), canary) {
			t.Errorf("the shared answer is %q, want the question with it", shownBy(shared))
		}
		w.noted(ann.Clicks(m, share), sayingsIn("en").shared)
		if got := w.fake.Messages(w.general); len(got) != 1 || len(w.fake.Thinking()) > 0 {
			t.Errorf("the channel has %q and %d promises, want the shared answer alone", allShown(got), len(w.fake.Thinking()))
		}
		e, _, ok, err := w.store.Errand(t.Context(), "discord:share:"+m.Interaction)
		if err != nil || !ok || e.Question.Conversation != e.Key {
			t.Errorf("the shared errand is %+v (%t, %v), want one with its own conversation", e, ok, err)
		}
	})
}

// Of many clicks at once one shares, and no reply promises an answer that never
// comes.
func TestShareAtOnce(t *testing.T) {
	w := open(t, setup{})
	ann := w.fake.User("ann").In(w.general)
	m := w.private(ann.Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
	share := pressed(t, m, layout.Share)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { ann.Clicks(m, share) })
	}
	all.Wait()
	w.settle()
	w.until("all replies", func(s fakediscord.State) bool { return len(s.Thinking()) == 0 })
	if got := w.fake.Messages(w.general); len(got) != 1 {
		t.Errorf("the channel has %q, want one shared answer", allShown(got))
	}
}

// clicked is a click on a component, as Discord tells it.
func clicked(id, user, channel, custom string) string {
	return fmt.Sprintf(`{"id":"%s","application_id":"9","type":3,"token":"t","guild_id":"3","channel_id":"%s","context":0,"locale":"en-US",`+
		`"member":{"user":{"id":"%s"}},"message":{"id":"1","flags":64},"data":{"custom_id":"%s","component_type":2}}`, id, channel, user, custom)
}

// What is not somebody's to share, or not there any more, is said so.
func TestClickRefused(t *testing.T) {
	t.Parallel() // a question that cannot be kept is tried for two seconds
	in := &accepting{}
	b := deaf(t, newSigner(), in, io.Discard)
	e := bot.Errand{Key: "discord:1", Adapter: adapterName, Question: bot.Question{ID: "discord:1", Text: "?", Asker: asker("7")}, Address: []byte(`{"c":"5","u":"7","p":true}`)}
	if _, err := b.store.(*store).Accept(t.Context(), e, "o", time.Minute); err != nil {
		t.Fatal(err)
	}
	id := since(time.Now())
	w := sayingsIn("en")
	gone := fmt.Sprintf(layout.TellingsIn("en").NotShared, w.publicly)
	refused := func(name, raw, want string) {
		t.Helper()
		if got := replied(t, b, raw); len(got) != 1 || !strings.Contains(strings.ReplaceAll(got[0], `\\`, ""), want) || !strings.Contains(got[0], `"flags":32832`) {
			t.Errorf("%s: replies %q, want %q for the person alone", name, got, want)
		}
	}
	refused("not answered yet", clicked(id, "7", "5", "share.1|discord:1|"), gone)
	if ok, err := b.store.(*store).Done(t.Context(), e, "o", bot.Answer{Status: bot.Answered, Kind: bot.KindAsk}, "5:6"); err != nil || !ok {
		t.Fatalf("Done = %t, %v", ok, err)
	}
	refused("unknown", clicked(id, "7", "5", "share.1|discord:2|"), gone)
	refused("somebody else's", clicked(id, "8", "5", "share.1|discord:1|"), w.notYours)
	refused("in another channel", clicked(id, "7", "6", "share.1|discord:1|"), w.notHere)
	refused("a page of what is not kept", clicked(id, "7", "5", "page.1|discord:2|1"), w.forgotten)
	in.err = errors.New("the disk is full")
	refused("not kept", clicked(id, "7", "5", "share.1|discord:1|"), layout.TellingsIn("en").TryAgain)
	if len(b.acks) > 0 {
		t.Errorf("%d answers wait for an acknowledgement", len(b.acks))
	}
}

// Feedback is kept at the first click; the reasons may follow, or not.
func TestFeedback(t *testing.T) {
	both(t, setup{}, func(t *testing.T, w *world) {
		ann, bob := w.fake.User("ann").In(w.general), w.fake.User("bob").In(w.general)
		m := w.publicly(ann, "What of the north?")
		w.noted(ann.Clicks(m, pressed(t, m, layout.Good)), layout.PhrasesIn("en").Thanks)
		form, err := bob.Clicks(m, pressed(t, m, layout.Bad)).Modal(w.soon())
		if err != nil {
			t.Fatalf("no form: %v; log:\n%s", err, w.log)
		}
		if got := w.store.rated(); len(got) != 2 || !got[0].Good || got[1].Good || got[1].Asker != "discord:"+bob.ID() {
			t.Errorf("feedback is %+v, want ann's and bob's before the form is sent", got)
		}
		values := map[string]string{inputWords: "It is about " + canary + "."}
		for _, f := range form.Fields {
			if f.CustomID == inputReason {
				values[f.CustomID] = fmt.Sprint(f.Options[0].Value)
			}
		}
		w.noted(bob.Submits(form, values), layout.PhrasesIn("en").Thanks)
		got := w.store.rated()
		if len(got) != 3 {
			t.Fatalf("%d times rated, want 3", len(got))
		}
		last := got[2]
		if last.Good || !strings.Contains(last.Reason, ": It is about "+canary) || last.Key != got[0].Key || !slices.Equal(last.Passages, []string{"doc#p1"}) || last.At.IsZero() {
			t.Errorf("feedback is %+v, want the reason, words and passages", last)
		}
	})
}

// A long answer to a command is one message whose pages are turned: by the asker for
// everybody, by anybody else for themselves.
func TestTurn(t *testing.T) {
	both(t, setup{asker: articleBot(t)}, func(t *testing.T, w *world) {
		ann, bob := w.fake.User("ann").In(w.general), w.fake.User("bob").In(w.general)
		m := w.public(ann.Slash("cite", fakediscord.Options{"ref": "¶1-12", "visibility": "public"}), "")
		first := shownBy(m)
		forward := func(m fakediscord.Message) string {
			t.Helper()
			for _, b := range m.Buttons() {
				if strings.HasPrefix(b.CustomID, turnPage+".") && strings.HasSuffix(b.CustomID, "|1") && !b.Disabled {
					return b.CustomID
				}
			}
			t.Fatalf("no page to turn to among %+v", m.Buttons())
			return ""
		}
		copied := w.noted(bob.Clicks(m, forward(m)), "")
		second := shownBy(copied)
		if now, _ := w.fake.Message(m.ID); shownBy(now) != first || second == first || copied.ID == m.ID {
			t.Errorf("bob turned ann's page: %q, want %q", shownBy(now), first)
		}
		var back string
		for _, b := range copied.Buttons() {
			if strings.HasPrefix(b.CustomID, turnPage+".") && strings.HasSuffix(b.CustomID, "|0") && !b.Disabled {
				back = b.CustomID
			}
		}
		w.turned(bob.Clicks(copied, back), copied.ID)
		if now, _ := w.fake.Message(copied.ID); shownBy(now) == second || !now.Ephemeral() {
			t.Errorf("bob's own page is %q, ephemeral %t, want another", shownBy(now), now.Ephemeral())
		}
		w.turned(ann.Clicks(m, forward(m)), m.ID)
		if now, _ := w.fake.Message(m.ID); shownBy(now) == first || now.Ephemeral() {
			t.Errorf("ann's page is %q, want the second", shownBy(now))
		}
		if n := w.kept(); n != 1 || len(w.fake.Messages(w.general)) != 1 {
			t.Errorf("%d questions, %d messages, want one of each", n, len(w.fake.Messages(w.general)))
		}
	})
}

// turned waits until a click has changed the message that it was on.
func (w *world) turned(i *fakediscord.Interaction, id string) {
	w.t.Helper()
	r, err := i.Wait(w.soon())
	if err != nil || !r.Acked || r.Type != 7 {
		w.t.Fatalf("the reply is %+v, %v, want type 7; log:\n%s", r, err, w.log)
	}
	if m, err := i.Message(w.soon()); err != nil || m.ID != id {
		w.t.Errorf("message %s is changed, %v, want %s", m.ID, err, id)
	}
}

// Where Discord refuses the components of a reply, its text is shown.
func TestShowRefused(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)})
	ann := w.fake.User("ann").In(w.general)
	m := w.publicly(ann, hub)
	w.fake.Fail(fakediscord.Fault{Route: "/interactions/*/*/callback", Status: 400, Code: 50035, Times: 1})
	i := ann.Clicks(m, pressed(t, m, layout.Show))
	seen, err := i.Message(w.soon())
	if err != nil || !seen.Ephemeral() || seen.V2() || seen.Content == "" || !seen.SuppressesEmbeds() {
		t.Errorf("the reply is %+v, %v, want its plain text for ann alone; log:\n%s", seen, err, w.log)
	}
}
