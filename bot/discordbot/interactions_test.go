package discordbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakediscord"
	"footnote/bot/layout"
)

// both runs a test with interactions that come by the Gateway, and by HTTP.
func both(t *testing.T, s setup, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, http := range []bool{false, true} {
		t.Run(map[bool]string{false: "gateway", true: "http"}[http], func(t *testing.T) {
			s := s
			s.http = http
			test(t, open(t, s))
		})
	}
}

// answered waits for the one message that answers an interaction.
func (w *world) answered(i *fakediscord.Interaction) fakediscord.Message {
	w.t.Helper()
	m, err := i.Message(w.soon())
	if err != nil {
		w.t.Fatalf("no answer: %v; log:\n%s", err, w.log)
	}
	w.settle()
	got := i.Messages()
	if len(got) != 1 {
		w.t.Errorf("%d messages, want one: %q", len(got), allShown(got))
		return m
	}
	if w.logged(i.Token) {
		w.t.Errorf("the log holds a token:\n%s", w.log)
	}
	return got[0]
}

// noted waits for the sentence that is an interaction's reply, for the person alone.
func (w *world) noted(i *fakediscord.Interaction, text string) fakediscord.Message {
	w.t.Helper()
	r, err := i.Wait(w.soon())
	if err != nil || !r.Acked || !r.Ephemeral {
		w.t.Fatalf("the reply is %+v, %v, want one for the person alone; log:\n%s", r, err, w.log)
	}
	m := w.answered(i)
	if !strings.Contains(shownBy(m), text) {
		w.t.Errorf("the reply is %q, want %q", shownBy(m), text)
	}
	return m
}

// A command is answered to the person alone, unless told otherwise.
func TestCommandVisibility(t *testing.T) {
	both(t, setup{}, func(t *testing.T, w *world) {
		ann := w.fake.User("ann").In(w.general)
		w.private(ann.Slash("ask", fakediscord.Options{"question": "What of the north, " + canary + "?"}), north)
		w.public(ann.Slash("ask", fakediscord.Options{"question": "What of the south, " + canary + "?", "visibility": "public"}), south)
		// The channel's setting, and what outweighs it.
		w.noted(ann.Slash("settings", fakediscord.Options{"visibility": "public"}), "everybody sees the answers")
		w.public(ann.Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
		w.private(ann.Slash("ask", fakediscord.Options{"question": "What of the north?", "visibility": "private"}), north)
		w.private(ann.Slash("ask", fakediscord.Options{"question": "note 7"}), "")
		w.private(ann.Slash("cite", fakediscord.Options{"ref": "north"}), north)
		w.private(ann.Slash("sources", nil), "")
		w.private(ann.Slash("help", nil), "")
		w.public(ann.Slash("help", fakediscord.Options{"visibility": "public"}), "")
		// It holds in the channel's threads too, which may have their own.
		thread := w.fake.AddChannel(fakediscord.Channel{Name: "side", Type: fakediscord.ChannelPublicThread, Parent: w.general})
		w.public(ann.In(thread.ID).Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
		w.noted(ann.In(thread.ID).Slash("settings", fakediscord.Options{"visibility": "private"}), "only the person who asks")
		w.private(ann.In(thread.ID).Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
		w.noted(ann.Slash("settings", nil), "everybody sees the answers")
		if n := len(w.fake.Thinking()); n > 0 {
			t.Errorf("%d replies promise an answer for ever", n)
		}
	})
}

// kept is how many questions have been taken in.
func (w *world) kept() int {
	n := 0
	for _, k := range w.store.States() {
		n += k
	}
	return n
}

// private and public check who sees an answer, and that it says what was asked.
func (w *world) private(i *fakediscord.Interaction, text string) fakediscord.Message {
	w.t.Helper()
	return w.seen(i, text, true)
}

func (w *world) public(i *fakediscord.Interaction, text string) fakediscord.Message {
	w.t.Helper()
	return w.seen(i, text, false)
}

func (w *world) seen(i *fakediscord.Interaction, text string, private bool) fakediscord.Message {
	w.t.Helper()
	r, err := i.Wait(w.soon())
	if err != nil || !r.Acked || r.Type != 5 || r.Ephemeral != private || r.Took > 3*time.Second || r.ByHTTP != (w.web != nil) {
		w.t.Errorf("/%s is acknowledged with %+v, %v, want type 5, private %t; log:\n%s", i.Name, r, err, private, w.log)
	}
	m := w.answered(i)
	if m.Ephemeral() != private || !strings.Contains(shownBy(m), text) {
		w.t.Errorf("/%s is answered %q, private %t, want %q, %t", i.Name, shownBy(m), m.Ephemeral(), text, private)
	}
	if got := m.Pings(); len(got) > 0 {
		w.t.Errorf("/%s notifies %v", i.Name, got)
	}
	return m
}

// Where the configuration says so, commands answer everybody.
func TestCommandPublicByDefault(t *testing.T) {
	w := open(t, setup{change: func(c *Config) { c.Public = true }})
	ann := w.fake.User("ann").In(w.general)
	w.public(ann.Slash("ask", fakediscord.Options{"question": "What of the north?"}), "What of the north?") // the echo
	w.private(ann.Slash("cite", fakediscord.Options{"ref": "north"}), north)
	w.noted(ann.Slash("settings", fakediscord.Options{"visibility": "private"}), "only the person")
	w.private(ann.Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
}

// In direct messages there is nobody to hide an answer from.
func TestCommandDirect(t *testing.T) {
	both(t, setup{}, func(t *testing.T, w *world) {
		ann := w.fake.User("ann")
		for _, visibility := range []string{"", "private", "public"} {
			o := fakediscord.Options{"question": "What of the north?"}
			if visibility != "" {
				o["visibility"] = visibility
			}
			m := w.public(ann.Slash("ask", o), north)
			e, _, _, err := w.store.Errand(t.Context(), "discord:"+m.Interaction)
			if want := "discord:" + ann.DM(); err != nil || e.Question.Conversation != want || e.Question.Asker != "discord:"+ann.ID() {
				t.Errorf("the question is in the conversation %q of %q, %v, want %q", e.Question.Conversation, e.Question.Asker, err, want)
			}
		}
		w.public(ann.Slash("sources", nil), "")
	})
}

// Only somebody has the application installed: nothing but the token reaches the
// place, and it is enough.
func TestCommandOutside(t *testing.T) {
	both(t, setup{}, func(t *testing.T, w *world) {
		there := w.fake.AddGuild(fakediscord.Guild{Name: "elsewhere", WithoutBot: true, WithoutApp: true})
		room := w.fake.AddChannel(fakediscord.Channel{Name: "room", Guild: there.ID})
		ann := w.fake.User("ann").Installs()
		w.private(ann.In(room.ID).Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
		w.public(ann.In(room.ID).Slash("ask", fakediscord.Options{"question": "What of the south?", "visibility": "public"}), south)
		group := w.fake.AddGroup("ann", "bob")
		w.private(ann.In(group.ID).Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
	})
}

// A question is kept before it is promised an answer, and where that fails the person
// hears so.
func TestCommandNotKept(t *testing.T) {
	both(t, setup{}, func(t *testing.T, w *world) {
		w.store.breaks(errors.New("the disk is full"))
		ann := w.fake.User("ann").In(w.general)
		i := ann.Slash("ask", fakediscord.Options{"question": "What of the north?", "visibility": "public"})
		m := w.noted(i, layout.TellingsIn("en").TryAgain)
		if r, _ := i.Wait(w.soon()); r.Type != 4 || !m.Ephemeral() {
			t.Errorf("the reply has type %d, ephemeral %t, want 4 for the person alone", r.Type, m.Ephemeral())
		}
		w.store.breaks(nil)
		w.private(ann.Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
		if n := w.kept(); n != 1 {
			t.Errorf("%d questions are kept, want the second alone", n)
		}
	})
}

// A repeat of an interaction, which by HTTP is any that Discord believes lost, is
// answered like the first and asked once.
func TestCommandRepeated(t *testing.T) {
	both(t, setup{}, func(t *testing.T, w *world) {
		i := w.fake.User("ann").In(w.general).Repeated(3).Slash("ask", fakediscord.Options{"question": "What of the north?"})
		w.private(i, north)
		asked := func() (n int) {
			for _, q := range w.answerer.Asked() {
				if q.Kind != bot.KindSummary { // the commands' directions
					n++
				}
			}
			return n
		}
		if n := asked(); n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		if d := i.Delivery(); d != nil {
			w.fake.Redeliver(d)
		}
		w.settle()
		if n := len(i.Messages()); n != 1 || asked() != 1 || len(w.fake.Thinking()) > 0 {
			t.Errorf("after another delivery: %d messages, asked %d times, %d promises, want one, once, none", n, asked(), len(w.fake.Thinking()))
		}
	})
}

// The reply is lost on the way, or Discord calls it late: the answer comes all the
// same, and never more publicly than asked.
func TestCommandUnacknowledged(t *testing.T) {
	w := open(t, setup{})
	const callback = "/interactions/*/*/callback"
	ann := w.fake.User("ann")
	w.fake.Fail(fakediscord.Fault{Route: callback, Status: 404, Code: 10062, Times: 2})
	ann.In(w.general).Slash("ask", fakediscord.Options{"question": "What of the north?"})
	ann.In(w.general).Slash("ask", fakediscord.Options{"question": "What of the south?", "visibility": "public"})
	w.until("the answers by message", func(s fakediscord.State) bool { return len(s.DMs("ann")) >= 2 && len(s.Messages(w.general)) == 1 })
	w.settle()
	if got := strings.Join(allShown(w.fake.DMs("ann")), "\n"); !strings.Contains(got, north) || strings.Contains(got, south) {
		t.Errorf("direct messages are %q, want the private answer", got)
	}
	if got := w.fake.Messages(w.general); len(got) != 1 || !strings.Contains(shownBy(got[0]), south) {
		t.Errorf("the channel has %q, want the public answer", allShown(got))
	}
	// What broke on the way is sent again.
	w.fake.Fail(fakediscord.Fault{Route: callback, Cut: fakediscord.CutAfter, Times: 1})
	w.private(ann.In(w.general).Slash("ask", fakediscord.Options{"question": "What of the north?"}), north)
}

// A command whose answer may be shown already, when its interaction is over, is answered
// once: what everybody sees is looked for, and what only the asker can see is offered.
func TestCommandOverInDoubt(t *testing.T) {
	const original = "/webhooks/*/*/messages/@original"
	for _, c := range []struct {
		visibility string
		cut        fakediscord.Cut
		shown      int // where it was asked
	}{
		{"public", fakediscord.CutAfter, 1},
		{"public", fakediscord.CutBefore, 1},
		{"private", fakediscord.CutAfter, 1},
		{"private", fakediscord.CutBefore, 0},
	} {
		for broken := 1; broken <= maxTries; broken++ { // in one attempt, and then in two
			t.Run(fmt.Sprint(c.visibility, c.cut, broken), func(t *testing.T) {
				w := open(t, setup{})
				ann := w.fake.User("ann")
				w.fake.Fail(fakediscord.Fault{Method: "PATCH", Route: original, Cut: c.cut, Times: broken})
				w.fake.Fail(fakediscord.Fault{Method: "PATCH", Route: original, Status: 401, Code: 50027})
				ann.In(w.general).Slash("ask", fakediscord.Options{"question": "What of the north?", "visibility": c.visibility})
				w.settle()
				stand := w.fake.Messages(w.general)
				if c.visibility == "private" {
					stand = w.fake.Ephemerals(ann.ID())
				}
				stand = slices.DeleteFunc(stand, func(m fakediscord.Message) bool { return !strings.Contains(shownBy(m), north) })
				dms := w.fake.DMs("ann")
				if len(stand) != c.shown {
					t.Errorf("%d answers stand in the channel, want %d; log:\n%s", len(stand), c.shown, w.log)
				}
				if c.visibility == "public" {
					if len(dms) > 0 {
						t.Errorf("direct messages are %q, want none", allShown(dms))
					}
					return
				}
				if len(dms) != 1 || len(dms[0].Buttons()) != 1 || strings.Contains(shownBy(dms[0]), north) {
					t.Fatalf("direct messages are %q, want the offer of an answer", allShown(dms))
				}
				if r, err := ann.Clicks(dms[0], dms[0].Buttons()[0].CustomID).Wait(w.soon()); err != nil || !r.Acked {
					t.Fatalf("the click is responded to with %+v, %v", r, err)
				}
				if dms := w.fake.DMs("ann"); len(dms) != 1 || !strings.Contains(shownBy(dms[0]), north) {
					t.Errorf("after the click direct messages are %q, want the answer in place of its offer", allShown(dms))
				}
			})
		}
	}
}

// What is said around an answer is in the language that Discord is set to; a text in
// Japanese is answered in Japanese in any case.
func TestCommandLanguage(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)})
	ann := w.fake.User("ann").In(w.general)
	for _, c := range []struct {
		locale, command, option, text, language string
	}{
		{"ja", "ask", "question", "What is the NSDS-Hub?", "ja"},
		{"ja", "cite", "ref", "¶5", "ja"},
		{"ja", "summary", "direction", "north", "ja"},
		{"en-US", "ask", "question", "NSDS-Hubとは何ですか", "ja"},
		{"en-US", "ask", "question", "What is the NSDS-Hub?", "en"},
		{"de", "check", "sentence", "The NSDS-Hub is in Naples.", "en"},
	} {
		m := w.private(ann.WithLocale(c.locale).Slash(c.command, fakediscord.Options{c.option: c.text}), "")
		_, a, _, err := w.store.Errand(t.Context(), "discord:"+m.Interaction)
		if err != nil || a.Language != c.language {
			t.Errorf("/%s %s in %s is answered in %q, %v, want %q", c.command, c.text, c.locale, a.Language, err, c.language)
		}
	}
	help := w.private(ann.WithLocale("ja").Slash("help", nil), "")
	if layout.LanguageOf(shownBy(help)) != "ja" {
		t.Errorf("/help in Japanese says %q", shownBy(help))
	}
}

// A command that everybody sees joins the conversation of its thread; in a channel it
// begins one, and a private one is the person's own.
func TestCommandConversation(t *testing.T) {
	w := open(t, setup{})
	ann := w.fake.User("ann")
	thread := w.fake.AddChannel(fakediscord.Channel{Name: "side", Type: fakediscord.ChannelPublicThread, Parent: w.general})
	for _, c := range []struct {
		channel, visibility string
		want                func(i *fakediscord.Interaction) string
	}{
		{w.general, "public", func(i *fakediscord.Interaction) string { return "discord:" + i.ID }},
		{thread.ID, "public", func(*fakediscord.Interaction) string { return "discord:" + thread.ID }},
		{w.general, "private", func(*fakediscord.Interaction) string { return "discord:private:" + w.general + ":" + ann.ID() }},
		{thread.ID, "private", func(*fakediscord.Interaction) string { return "discord:private:" + thread.ID + ":" + ann.ID() }},
	} {
		i := ann.In(c.channel).Slash("ask", fakediscord.Options{"question": "What of the north?", "visibility": c.visibility})
		w.answered(i)
		e, _, ok, err := w.store.Errand(t.Context(), "discord:"+i.ID)
		if err != nil || !ok || e.Question.Conversation != c.want(i) {
			t.Errorf("a %s question is in the conversation %q (%t, %v), want %q", c.visibility, e.Question.Conversation, ok, err, c.want(i))
		}
	}
}

// The command of a message's menu checks what the message says, for whoever asked.
func TestCheckMessage(t *testing.T) {
	both(t, setup{asker: articleBot(t)}, func(t *testing.T, w *world) {
		m := w.fake.User("bob").Says(w.general, "**NATO** has a hub in Naples, <@1>, says <https://example.org/x>.")
		w.private(w.fake.User("ann").In(w.general).MessageCommand(commandMessage, m), "NATO")
		if got := w.fake.Messages(w.general); len(got) != 1 {
			t.Errorf("the channel has %q, want nothing new", allShown(got))
		}
		dm := w.fake.User("ann").DMs("What is the NSDS-Hub?")
		w.settle()
		w.public(w.fake.User("ann").MessageCommand(commandMessage, dm), "")
	})
}

// Of an answer of ours its sentences are checked, whatever stands around them, on
// whichever message of it.
func TestCheckOurOwnAnswer(t *testing.T) {
	w := open(t, setup{})
	var sentences []string
	for i := range 12 {
		sentences = append(sentences, fmt.Sprintf("Patrol %d: %s.", i, strings.Repeat("calm sea and ", 20)))
	}
	w.answerer.Say("everything", sentences...)
	ann := w.fake.User("ann")
	q := ann.Mentions(w.general, "everything?")
	i := ann.In(w.general).Slash("ask", fakediscord.Options{"question": "What of the north?", "visibility": "public"})
	w.settle()
	pages := w.fake.Answers(q.ID)
	if len(pages) < 2 {
		t.Fatalf("%d pages, want several", len(pages))
	}
	for n, c := range []struct {
		of   fakediscord.Message
		want string
	}{{pages[0], strings.Join(sentences, "\n")}, {pages[1], strings.Join(sentences, "\n")}, {w.fake.Answers(i.ID)[0], north}} {
		w.answered(w.fake.User("bob").In(w.general).MessageCommand(commandMessage, c.of))
		asked := w.answerer.Asked()
		if last := asked[len(asked)-1]; last.Kind != bot.KindCheck || last.Text != c.want {
			t.Errorf("message %d: checked %q %q, want %q", n, last.Kind, last.Text, c.want)
		}
	}
}

// readInteraction is an interaction of a command, as Discord tells it.
func commandJSON(id, data string) string {
	return fmt.Sprintf(`{"id":"%s","application_id":"9","type":2,"token":"t","guild_id":"3","channel_id":"5","channel":{"id":"5","type":0},"locale":"en-US",`+
		`"context":0,"authorizing_integration_owners":{"0":"3"},"member":{"nick":null,"user":{"id":"7","username":"ann"}},"data":%s}`, id, data)
}

// replied takes an interaction in, and returns the replies as JSON.
func replied(t *testing.T, b *Bot, raw string) []string {
	t.Helper()
	var out []string
	b.interact(t.Context(), json.RawMessage(raw), func(_ context.Context, r *response) error {
		j, err := encode(r)
		out = append(out, string(j))
		return err
	})
	return out
}

// What is not expected never goes without a reply, as long as it can be read at all,
// and never ends the process.
func TestInteractionOdd(t *testing.T) {
	in := &accepting{}
	b := deaf(t, newSigner(), in, io.Discard)
	id := since(time.Now())
	for _, c := range []struct{ name, raw, want string }{
		{"not JSON", `{`, ""},
		{"no id", `{"type":2}`, ""},
		{"an unknown type", `{"id":"1","type":42,"data":{}}`, ""},
		{"an unknown command", commandJSON(id, `{"type":1,"name":"old"}`), "I don't know this command"},
		{"a user's command", commandJSON(id, `{"type":2,"name":"old","target_id":"8"}`), "I don't know this command"},
		{"a message without words", commandJSON(id, `{"type":3,"name":"Check this message","target_id":"8","resolved":{"messages":{"8":{"id":"8","content":" ","embeds":[]}}}}`), "no words"},
		{"a message that is not told", commandJSON(id, `{"type":3,"name":"Check this message","target_id":"8"}`), "no words"},
		{"fields of other types", commandJSON(id, `{"type":1,"name":"ask","options":[{"name":"question","value":7}],"resolved":7,"values":{}}`), `{"type":5,"data":{"flags":64}}`},
		{"a strange click", `{"id":"` + id + `","type":3,"token":"t","data":{"custom_id":"x","component_type":2}}`, `{"type":6}`},
		{"a strange modal", `{"id":"` + id + `","type":5,"token":"t","data":{"custom_id":"x","components":[{"type":99}]}}`, `{"type":6}`},
		{"a strange autocomplete", `{"id":"` + id + `","type":4,"token":"t","data":{"name":"x","options":[{"name":"y","value":3,"focused":true}]}}`, `{"type":8,"data":{"choices":[]}}`},
	} {
		got := replied(t, b, c.raw)
		if c.want == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || c.want == "" || !strings.Contains(got[0], c.want) {
			t.Errorf("%s: replies %q, want one with %q", c.name, got, c.want)
		}
	}
	if len(in.keys) != 1 || in.keys[0] != "discord:"+id {
		t.Errorf("kept %v, want the one question", in.keys)
	}
}

// failing is a store that has lost its database, and a place for feedback that has.
type failing struct{ Store }

var errLost = errors.New("the database is gone")

func (failing) Setting(context.Context, string, string) (string, error) { return "", errLost }
func (failing) Set(context.Context, string, string, string) error       { return errLost }
func (failing) Rate(context.Context, bot.Feedback) error                { return errLost }
func (failing) Turns(context.Context, string, int) ([]bot.Turn, error)  { return nil, errLost }
func (failing) Errand(context.Context, string) (bot.Errand, bot.Answer, bool, error) {
	return bot.Errand{}, bot.Answer{}, false, errLost
}

// mute is an asker that fails.
type mute struct{}

func (mute) Ask(context.Context, bot.Question) (bot.Answer, error) { return bot.Answer{}, errLost }

// Without the ledger people hear what did not work, each time, and nothing is
// answered more publicly than the channel may have set.
func TestInteractionWithoutLedger(t *testing.T) {
	in := &accepting{}
	b := deaf(t, newSigner(), in, io.Discard)
	b.store, b.asker = failing{b.store}, mute{}
	b.rater = failing{}
	id, w := since(time.Now()), sayingsIn("en")
	press := func(custom string) string { return clicked(id, "7", "5", custom) }
	for _, c := range []struct{ name, raw, want string }{
		{"a question", commandJSON(id, `{"type":1,"name":"ask","options":[{"name":"question","value":"What of the north?"}]}`), layout.TellingsIn("en").TryAgain},
		{"settings", commandJSON(id, `{"type":1,"name":"settings"}`), w.notSet},
		{"a setting", commandJSON(id, `{"type":1,"name":"settings","options":[{"name":"visibility","value":"public"}]}`), w.notSet},
		{"a share", press("share.1|discord:1|"), layout.TellingsIn("en").NotShown},
		{"a page", press("page.1|discord:1|1"), layout.TellingsIn("en").NotShown},
		{"praise", press("good.1|discord:1|"), w.notRated},
		{"blame", press("bad.1|discord:1|"), w.notRated},
		{"a passage", press("show.1|discord:1|¶5"), layout.TellingsIn("en").NotShown},
		{"a form", `{"id":"` + id + `","type":5,"token":"t","user":{"id":"7"},"data":{"custom_id":"why.0|discord:1|"}}`, w.notRated},
	} {
		got := replied(t, b, c.raw)
		if len(got) != 1 || !strings.Contains(got[0], c.want) || !strings.Contains(got[0], `"flags":32832`) {
			t.Errorf("%s: replies %q, want %q for the person alone", c.name, got, c.want)
		}
	}
	if len(in.keys) > 0 {
		t.Errorf("kept %v, want nothing", in.keys)
	}
	// What says by itself who sees it needs no setting, and a thread's conversation
	// is not worth a question.
	thread := strings.Replace(commandJSON(id, `{"type":1,"name":"ask","options":[{"name":"question","value":"?"},{"name":"visibility","value":"public"}]}`), `"type":0`, `"type":11`, 1)
	if got := replied(t, b, thread); len(got) != 1 || got[0] != `{"type":5}` || len(in.keys) != 1 {
		t.Errorf("a question in a thread: replies %q, kept %v, want it kept", got, in.keys)
	}
}

// Whatever Discord is set to, there are words for everything.
func TestSayings(t *testing.T) {
	for language := range sayings {
		v := reflect.ValueOf(*sayingsIn(language))
		for i := range v.NumField() {
			if v.Field(i).String() == "" {
				t.Errorf("there is no %s in %s", v.Type().Field(i).Name, language)
			}
		}
	}
	if sayingsIn("xx") != sayings["en"] {
		t.Error("an unknown language is not English")
	}
}

// Who asks where is told in several ways.
func TestInteractionPlace(t *testing.T) {
	for _, c := range []struct {
		raw             string
		direct, outside bool
	}{
		{`{"context":0,"guild_id":"3","authorizing_integration_owners":{"0":"3"}}`, false, false},
		{`{"context":0,"guild_id":"3","authorizing_integration_owners":{"0":"3","1":"7"}}`, false, false},
		{`{"context":0,"guild_id":"3","authorizing_integration_owners":{"1":"7"}}`, false, true},
		{`{"context":1,"authorizing_integration_owners":{"0":"0"}}`, true, false},
		{`{"context":1,"authorizing_integration_owners":{"1":"7"}}`, true, false},
		{`{"context":2,"authorizing_integration_owners":{"1":"7"}}`, false, true},
		{`{"guild_id":"3"}`, false, false}, // as it was before there were contexts
		{`{"channel":{"id":"5","type":1}}`, true, false},
		{`{"channel":{"id":"5","type":3}}`, false, true},
	} {
		var i interaction
		if err := json.Unmarshal([]byte(c.raw), &i); err != nil {
			t.Fatal(err)
		}
		if i.direct() != c.direct || i.outside() != c.outside {
			t.Errorf("%s is direct %t, outside %t, want %t, %t", c.raw, i.direct(), i.outside(), c.direct, c.outside)
		}
		if to := i.address(true); to.Private == c.direct {
			t.Errorf("%s: private %t, want %t: in direct messages nothing is hidden", c.raw, to.Private, !c.direct)
		}
	}
}

// The words of a message are those that people read in it.
func TestSaidIn(t *testing.T) {
	b := deaf(t, newSigner(), nil, io.Discard)
	for _, c := range []struct{ name, raw, want string }{
		{"content", `{"content":" The ice melts. ","embeds":[{"title":"x"}]}`, "The ice melts."},
		{"a forwarded message", `{"content":"","message_snapshots":[{"message":{"content":"The ice melts."}}]}`, "The ice melts."},
		{"an embed", `{"embeds":[{"title":"Ice","description":"It melts.","fields":[{"name":"Where","value":"North"}]}]}`, "Ice\nIt melts.\nWhere\nNorth"},
		{"components", `{"components":[{"type":17,"components":[{"type":10,"content":"The ice melts."},{"type":1,"components":[{"type":2,"label":"Press"}]}]},{"type":10,"content":"In the north."}]}`, "The ice melts.\nIn the north."},
		{"markdown", `{"content":"## Ice\n**It** [melts](https://example.org/x).\n-# small"}`, "Ice\nIt melts.\nsmall"},
		{"a picture", `{"content":"","attachments":[{"id":"1"}],"embeds":[{"image":{"url":"x"}}]}`, ""},
		{"odd parts", `{"content":"","embeds":[7],"components":["x"]}`, ""},
	} {
		var m message
		if err := json.Unmarshal([]byte(c.raw), &m); err != nil {
			t.Fatal(err)
		}
		if got := b.saidIn(m); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Suggestions come while somebody types, and a wrong guess costs nothing.
func TestAutocomplete(t *testing.T) {
	both(t, setup{asker: articleBot(t)}, func(t *testing.T, w *world) {
		ann := w.fake.User("ann").In(w.general)
		for _, c := range []struct{ typed, first string }{{"", "¶1"}, {"5", "¶5"}, {"note 7", "note 7"}, {"注7", "note 7"}, {"Arctic", "¶5"}, {"zebra", ""}} {
			got, err := ann.Autocompletes("cite", "ref", c.typed, nil).Choices(w.soon())
			if err != nil || len(got) > 25 || c.first == "" && len(got) > 0 {
				t.Errorf("%q brings %d choices, %v", c.typed, len(got), err)
				continue
			}
			if c.first != "" && (len(got) == 0 || got[0].Value != c.first || !strings.HasPrefix(got[0].Name, c.first+" · ")) {
				t.Errorf("%q brings %+v first, want %s", c.typed, got, c.first)
			}
		}
		if n := w.kept(); n > 0 {
			t.Errorf("%d questions are kept, want none", n)
		}
		w.private(ann.Slash("cite", fakediscord.Options{"ref": "¶5"}), "Arctic")
	})
}

// A suggestion is told as far as Discord has room for it.
func TestChoicesOf(t *testing.T) {
	long := strings.Repeat("長い題", 60)
	got := choicesOf([]bot.Suggestion{
		{Ref: "¶5", Label: "¶5", Where: "Approach to the ‘North’", Text: "The ice melts."},
		{Ref: "note 7", Label: "note 7", Text: "A \u0007note."},
		{Ref: long, Label: "¶1"},
		{Ref: "¶2", Label: "¶2", Where: long, Text: long},
	})
	var names []string
	for _, c := range got {
		names = append(names, c.Name)
		if n := layout.Length(c.Name); n > maxChoice || n == 0 {
			t.Errorf("%q has %d characters, want 1 to %d", c.Name, n, maxChoice)
		}
	}
	if want := []string{"¶5 · Approach to the ‘North’ · The ice melts.", "note 7 · A note."}; len(got) != 3 || !slices.Equal(names[:2], want) {
		t.Errorf("choices %q, want %q and one more", names, want)
	}
	if got := choicesOf(nil); got == nil || len(got) > 0 {
		t.Errorf("choicesOf(nil) = %v, want an empty list, which Discord can read", got)
	}
}

// Complete implements [bot.Completer] where what is listed does.
func (l lister) Complete(ctx context.Context, q bot.Question, limit int) []bot.Suggestion {
	if c, ok := l.Asker.(bot.Completer); ok {
		return c.Complete(ctx, q, limit)
	}
	return nil
}
