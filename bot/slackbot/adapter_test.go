package slackbot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bot/bottest"
	"footnote/bot/bottest/fakeslack"
)

// platform lends the fake Slack to the promises that every adapter keeps.
type platform struct {
	w    *world
	said map[string]fakeslack.Message
	next int
}

func TestAdapter(t *testing.T) { bottest.TestAdapter(t, lend) }

func TestShower(t *testing.T) { bottest.TestShower(t, lend) }

// lend makes a platform with the bot on it.
func lend(t *testing.T, h *bottest.Harness) bottest.Platform {
	w := &world{t: t, fake: fakeslack.New(t, fakeslack.Config{}), answerer: h.Answerer, service: h.Service, log: &bottest.Log{}}
	w.store = newStore()
	w.store.Ledger = h.Ledger
	w.fake.AddChannel(fakeslack.Channel{ID: "C1"})
	b, err := New(h.Log, h.Service, h.Answerer, w.store, w.store, Config{BotToken: w.fake.BotToken("T1"), AppToken: w.fake.AppToken(), APIURL: w.fake.APIURL(), Pace: -1})
	if err != nil {
		t.Fatal(err)
	}
	w.bot = b
	h.Service.Attach(b)
	w.runBot()
	return &platform{w: w, said: make(map[string]fakeslack.Message)}
}

// runBot runs the bot without a service of its own.
func (w *world) runBot() {
	ctx, cancel := contextFor(w.t)
	done := make(chan error, 1)
	go func() { done <- w.bot.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run = %v, want nil", err)
		}
	})
	if err := w.fake.WaitConnected(w.soon(), 1); err != nil {
		w.t.Fatal(err)
	}
}

func (p *platform) keep(t *testing.T, m fakeslack.Message) bottest.Said {
	t.Helper()
	p.said[m.Channel+m.TS] = m
	p.delivered(t)
	return bottest.Said{Place: m.Channel, ID: m.TS}
}

func (p *platform) delivered(t *testing.T) {
	t.Helper()
	if err := p.w.fake.WaitDelivered(p.w.soon()); err != nil {
		t.Fatal(err)
	}
}

func (p *platform) Ask(t *testing.T, text string) bottest.Said {
	return p.keep(t, p.w.fake.User("U1").Mentions("C1", text))
}

func (p *platform) Reply(t *testing.T, to bottest.Said, text string) bottest.Said {
	return p.keep(t, p.w.fake.User("U1").InThread(to.ID).Says(to.Place, text))
}

func (p *platform) Chat(t *testing.T, text string) bottest.Said {
	return p.keep(t, p.w.fake.User("U2").Says("C1", text))
}

func (p *platform) OtherBot(t *testing.T, to bottest.Said, text string) {
	p.w.fake.AddUser(fakeslack.User{ID: "UOTHER", Bot: true})
	p.w.fake.User("UOTHER").InThread(to.ID).Mentions(to.Place, text)
	p.delivered(t)
}

func (p *platform) Repeat(t *testing.T, s bottest.Said, n int) {
	for _, d := range p.w.fake.Deliveries() {
		if strings.Contains(string(d.Payload()), `"ts":"`+s.ID+`"`) {
			for range n {
				p.w.fake.Redeliver(d)
			}
		}
	}
	p.delivered(t)
}

func (p *platform) Edit(t *testing.T, s bottest.Said, text string) {
	m := p.said[s.Place+s.ID]
	p.w.fake.User(m.User).Edits(m, "<@UBOT> "+text)
	p.delivered(t)
}

func (p *platform) Delete(t *testing.T, s bottest.Said) {
	m := p.said[s.Place+s.ID]
	p.w.fake.User(m.User).Deletes(m)
	p.delivered(t)
}

func (p *platform) Whisper(t *testing.T, text string) bottest.Said {
	p.next = len(p.w.fake.Ephemerals("U1"))
	p.w.fake.User("U1").In("C1").Slash("/ask", text)
	p.delivered(t)
	return bottest.Said{Place: "~", ID: "U1"}
}

func (p *platform) Answers(s bottest.Said) []bottest.Shown {
	var msgs []fakeslack.Message
	if s.Place == "~" {
		msgs = p.w.fake.Ephemerals(s.ID)[p.next:]
	} else {
		for _, m := range p.w.fake.Replies(s.Place, s.ID) {
			if key, _ := m.Metadata.EventPayload["key"].(string); strings.HasSuffix(key, ":"+s.ID) {
				msgs = append(msgs, m)
			}
		}
	}
	var out []bottest.Shown
	for _, m := range msgs {
		out = append(out, bottest.Shown{Text: sentencesOf(m), Public: m.EphemeralTo == "", Pings: len(m.Pings()) > 0, Unfurl: m.Unfurled})
	}
	return out
}

// sentencesOf is a message without the small print below it, which repeats the first
// words of what is quoted.
func sentencesOf(m fakeslack.Message) string {
	if len(m.Blocks) == 0 {
		return m.Text
	}
	m.Blocks = slices.DeleteFunc(slices.Clone(m.Blocks), func(b any) bool {
		o, _ := b.(map[string]any)
		return o["type"] != "rich_text"
	})
	return shown(m)
}

func (p *platform) Sent() int { return p.w.sent() }

func (p *platform) Break(f bottest.Fault, n int) {
	fault := fakeslack.Fault{Method: "chat.postMessage", Times: n}
	switch f {
	case bottest.Throttled:
		fault.Status, fault.RetryAfter = 429, time.Second
	case bottest.Broken:
		fault.Status = 502
	case bottest.Cut:
		fault.Cut = fakeslack.CutAfter
	case bottest.Gone:
		fault.Error = "channel_not_found"
	}
	p.w.fake.Fail(fault)
}

func (p *platform) Conforms() []string { return p.w.fake.Violations() }
