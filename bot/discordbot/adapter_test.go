package discordbot

import (
	"strings"
	"testing"
	"time"

	"footnote/bot/bottest"
	"footnote/bot/bottest/fakediscord"
)

// platform lends the fake Discord to the promises that every adapter keeps.
type platform struct {
	w    *world
	said map[string]fakediscord.Message
}

func TestAdapter(t *testing.T) { bottest.TestAdapter(t, newPlatform) }

func TestShower(t *testing.T) { bottest.TestShower(t, newPlatform) }

func newPlatform(t *testing.T, h *bottest.Harness) bottest.Platform {
	w := newWorld(t, fakediscord.Config{})
	w.answerer, w.service, w.store.Ledger = h.Answerer, h.Service, h.Ledger
	w.logs = h.Logged
	w.make(h.Log, h.Answerer, nil, false)
	w.run(false, w.bot.Run)
	return &platform{w: w, said: make(map[string]fakediscord.Message)}
}

func (p *platform) keep(m fakediscord.Message) bottest.Said {
	p.said[m.ID] = m
	p.w.delivered()
	return bottest.Said{Place: m.Channel, ID: m.ID}
}

func (p *platform) Ask(t *testing.T, text string) bottest.Said {
	return p.keep(p.w.fake.User("ann").Mentions(p.w.general, text))
}

// Reply pings the answer, as Discord does unless one switches it off.
func (p *platform) Reply(t *testing.T, to bottest.Said, text string) bottest.Said {
	t.Helper()
	answers := p.w.fake.Answers(to.ID)
	if len(answers) == 0 {
		t.Fatal("there is no answer to reply to")
	}
	return p.keep(p.w.fake.User("ann").Replies(answers[0], text))
}

func (p *platform) Chat(t *testing.T, text string) bottest.Said {
	return p.keep(p.w.fake.User("bob").Says(p.w.general, text))
}

func (p *platform) OtherBot(t *testing.T, to bottest.Said, text string) {
	p.w.fake.AddUser(fakediscord.User{Name: "other", Bot: true})
	p.w.fake.User("other").Replies(p.w.fake.Answers(to.ID)[0], p.w.fake.Mention()+" "+text)
	p.w.delivered()
}

func (p *platform) Repeat(t *testing.T, s bottest.Said, n int) {
	t.Helper()
	d, ok := p.w.fake.Delivery(s.ID)
	if !ok {
		t.Fatalf("no delivery of %s", s.ID)
	}
	for range n {
		p.w.fake.Redeliver(d)
	}
	p.w.delivered()
}

func (p *platform) Edit(t *testing.T, s bottest.Said, text string) {
	m := p.said[s.ID]
	p.w.fake.User(m.Author).Edits(m, p.w.fake.Mention()+" "+text)
	p.w.delivered()
}

func (p *platform) Delete(t *testing.T, s bottest.Said) {
	m := p.said[s.ID]
	p.w.fake.User(m.Author).Deletes(m)
	p.w.delivered()
}

func (p *platform) Whisper(t *testing.T, text string) bottest.Said {
	i := p.w.fake.User("ann").In(p.w.general).Slash("ask", fakediscord.Options{"question": text, "visibility": "private"})
	p.w.delivered()
	return bottest.Said{Place: i.Channel, ID: i.ID}
}

func (p *platform) Answers(s bottest.Said) []bottest.Shown {
	var out []bottest.Shown
	for _, m := range p.w.fake.Answers(s.ID) {
		out = append(out, bottest.Shown{Text: sentencesOf(m), Public: !m.Ephemeral(), Pings: len(m.Pings()) > 0, Unfurl: len(m.Unfurls()) > 0})
	}
	return out
}

// sentencesOf is a message without the small print below it, which repeats the first
// words of what is quoted, and without what can be pressed.
func sentencesOf(m fakediscord.Message) string {
	var lines []string
	for _, text := range append([]string{m.Content}, displayed(m.Components)...) {
		for line := range strings.SplitSeq(text, "\n") {
			if !strings.HasPrefix(line, "-# ") {
				lines = append(lines, line)
			}
		}
	}
	return readable(fakediscord.Shown(strings.Join(lines, "\n")))
}

// displayed returns the texts of components, in order.
func displayed(components []any) []string {
	var out []string
	for _, c := range components {
		o, _ := c.(map[string]any)
		if text, ok := o["content"].(string); ok {
			out = append(out, text)
		}
		inner, _ := o["components"].([]any)
		out = append(out, displayed(inner)...)
	}
	return out
}

func (p *platform) Sent() int { return len(p.w.sent()) }

func (p *platform) Break(f bottest.Fault, n int) {
	fault := fakediscord.Fault{Method: "POST", Route: "/channels/{channel_id}/messages", Times: n}
	switch f {
	case bottest.Throttled:
		fault.Status, fault.RetryAfter = 429, time.Second
	case bottest.Broken:
		fault.Status = 502
	case bottest.Cut:
		fault.Cut = fakediscord.CutAfter
	case bottest.Gone:
		fault.Status, fault.Code = 404, 10003
	}
	p.w.fake.Fail(fault)
}

func (p *platform) Conforms() []string { return p.w.fake.Violations() }
