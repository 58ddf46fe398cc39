package bottest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
)

// Said is something a person said on a platform; it means something to the
// [Platform] only.
type Said struct{ Place, ID string }

// Shown is a message of the bot as people see it.
type Shown struct {
	Text   string // as it is read, without markup; its buttons left out
	Public bool   // everybody in the place sees it
	Pings  bool   // somebody or everybody is notified because of its text
	Unfurl bool   // its links may grow previews
}

// Fault is what goes wrong when the bot sends something.
type Fault int

// The faults.
const (
	Throttled Fault = iota // the platform says to try again in a second
	Broken                 // a server error, nothing is done
	Cut                    // it is done, but the connection breaks before the bot hears of it
	Gone                   // the place does not exist any more
)

// Platform is a platform as a test uses it. What a person does returns when the
// platform has seen the bot acknowledge it, or has given up waiting.
type Platform interface {
	Ask(t *testing.T, text string) Said            // asks the bot by name, in a place that everybody sees
	Reply(t *testing.T, to Said, text string) Said // says something in the conversation of a question, without naming the bot
	Chat(t *testing.T, text string) Said           // says something that is not meant for the bot
	OtherBot(t *testing.T, to Said, text string)   // another bot speaks in the conversation and names ours
	Repeat(t *testing.T, s Said, n int)            // the event is delivered n more times, as the platform does
	Edit(t *testing.T, s Said, text string)        //
	Delete(t *testing.T, s Said)                   //
	Whisper(t *testing.T, text string) Said        // asks so that only the asker sees the answer
	Answers(s Said) []Shown                        // the messages that answer now, in order
	Sent() int                                     // messages of the bot anywhere, as they stand now
	Break(f Fault, n int)                          // the next n times that the bot posts a message
	Conforms() []string                            // what the bot sent that the platform's published schemas refuse
}

// Harness is what an adapter under test works with.
type Harness struct {
	Service  *bot.Service
	Ledger   *Ledger
	Answerer *Answerer
	Log      *slog.Logger

	mu  sync.Mutex
	log bytes.Buffer
}

// Write implements io.Writer for the log.
func (h *Harness) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.Write(p)
}

// Logged returns what has been logged, at every level.
func (h *Harness) Logged() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.String()
}

// patience is how long a test waits for what must happen. It is not a measure of
// speed: only a fault makes anybody wait so long.
const patience = 30 * time.Second

// settle waits until the service has nothing left to do.
func (h *Harness) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := h.Ledger.Idle(ctx); err != nil {
		t.Fatalf("questions are still open: %v; log:\n%s", h.Ledger.States(), h.Logged())
	}
}

// The sentences of the answers, and a canary in the questions, none of which may be
// logged.
const (
	canary = "quetzalcoatlus"
	north  = "The melting ice opens the northern routes."
	south  = "The southern belt is in drought."
)

// TestAdapter tests the promises that every adapter keeps. open makes the adapter,
// attaches it to the harness's service, runs it until the test ends, and returns
// the platform it is connected to.
func TestAdapter(t *testing.T, open func(t *testing.T, h *Harness) Platform) {
	keeps(t, promises, open)
}

// TestShower tests the promises that every adapter keeps which is a [bot.Shower]. It is
// as TestAdapter beyond that.
func TestShower(t *testing.T, open func(t *testing.T, h *Harness) Platform) { keeps(t, showers, open) }

// promise is one that is kept.
type promise struct {
	name string
	test func(t *testing.T, h *Harness, p Platform)
}

// keeps tests promises.
func keeps(t *testing.T, promises []promise, open func(t *testing.T, h *Harness) Platform) {
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			h := &Harness{Ledger: NewLedger(), Answerer: &Answerer{}}
			h.Log = slog.New(slog.NewJSONHandler(h, &slog.HandlerOptions{Level: slog.LevelDebug}))
			h.Answerer.Say("north", north)
			h.Answerer.Say("south", south)
			h.Service = bot.NewService(h.Log, h.Answerer, h.Ledger, "test", bot.Limits{Poll: 50 * time.Millisecond})
			platform := open(t, h)
			ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
			var running sync.WaitGroup
			running.Go(func() {
				if err := h.Service.Run(ctx); err != nil {
					t.Errorf("Run = %v, want nil", err)
				}
			})
			defer running.Wait()
			defer cancel()
			p.test(t, h, platform)
			for _, s := range platform.Conforms() {
				t.Errorf("the platform would refuse: %s", s)
			}
			for _, secret := range []string{canary, north, south} {
				if strings.Contains(h.Logged(), secret) {
					t.Errorf("the log holds %q:\n%s", secret, h.Logged())
				}
			}
		})
	}
}

var promises = []promise{
	{"a question is answered once", func(t *testing.T, h *Harness, p Platform) {
		q := p.Ask(t, "What of the north, "+canary+"?")
		h.settle(t)
		want(t, p.Answers(q), north)
		want(t, h.Answerer.questions(), "What of the north, "+canary+"?")
	}},
	{"a repeated event is not answered again", func(t *testing.T, h *Harness, p Platform) {
		q := p.Ask(t, "What of the north, "+canary+"?")
		p.Repeat(t, q, 5)
		h.settle(t)
		p.Repeat(t, q, 5)
		h.settle(t)
		want(t, p.Answers(q), north)
		if n := len(h.Answerer.Asked()); n != 1 {
			t.Errorf("the question was asked %d times, want once", n)
		}
	}},
	{"a conversation goes on without the bot's name", func(t *testing.T, h *Harness, p Platform) {
		q := p.Ask(t, "What of the north, "+canary+"?")
		h.settle(t)
		r := p.Reply(t, q, "and the south, "+canary+"?")
		h.settle(t)
		want(t, p.Answers(r), south)
		asked := h.Answerer.Asked()
		if len(asked) != 2 || len(asked[1].Before) != 1 {
			t.Errorf("the follow-up was asked as %+v, want it with the turn before", asked)
		}
	}},
	{"what is not for the bot is left alone", func(t *testing.T, h *Harness, p Platform) {
		p.Chat(t, "The north is cold, "+canary+".")
		q := p.Ask(t, "What of the north, "+canary+"?")
		h.settle(t)
		p.OtherBot(t, q, "And the south, "+canary+"?")
		h.settle(t)
		if n := len(h.Answerer.Asked()); n != 1 || p.Sent() != 1 {
			t.Errorf("%d questions were asked and %d messages sent, want one of each", n, p.Sent())
		}
	}},
	{"an edited question is answered anew in place", func(t *testing.T, h *Harness, p Platform) {
		q := p.Ask(t, "What of the north, "+canary+"?")
		h.settle(t)
		p.Edit(t, q, "What of the south, "+canary+"?")
		h.settle(t)
		want(t, p.Answers(q), south)
		if p.Sent() != 1 {
			t.Errorf("%d messages stand, want the one that was changed", p.Sent())
		}
	}},
	{"the answer to a deleted question is taken back", func(t *testing.T, h *Harness, p Platform) {
		q := p.Ask(t, "What of the north, "+canary+"?")
		h.settle(t)
		p.Delete(t, q)
		h.settle(t)
		if p.Sent() != 0 {
			t.Errorf("%d messages stand, want none", p.Sent())
		}
	}},
	{"who asks privately is answered privately", func(t *testing.T, h *Harness, p Platform) {
		q := p.Whisper(t, "What of the north, "+canary+"?")
		h.settle(t)
		got := p.Answers(q)
		want(t, got, north)
		for _, s := range got {
			if s.Public {
				t.Errorf("everybody sees %q", s.Text)
			}
		}
	}},
	{"a question asked in the open is answered in the open", func(t *testing.T, h *Harness, p Platform) {
		q := p.Ask(t, "What of the north, "+canary+"?")
		h.settle(t)
		for _, s := range p.Answers(q) {
			if !s.Public {
				t.Errorf("only the asker sees %q", s.Text)
			}
		}
	}},
	{"no text pings, and no link unfurls", func(t *testing.T, h *Harness, p Platform) {
		for i, text := range hostile {
			h.Answerer.Say(fmt.Sprintf("attack %d.", i), text)
			q := p.Ask(t, fmt.Sprintf("attack %d. %s", i, text))
			h.settle(t)
			got := p.Answers(q)
			if len(got) == 0 {
				t.Errorf("no answer to %q", text)
			}
			for _, s := range got {
				if s.Pings || s.Unfurl {
					t.Errorf("the answer to %q pings (%v) or unfurls (%v)", text, s.Pings, s.Unfurl)
				}
			}
		}
	}},
	{"quoted text is shown as it is", func(t *testing.T, h *Harness, p Platform) {
		for i, text := range odd {
			h.Answerer.Say(fmt.Sprintf("oddity %d.", i), text)
			q := p.Ask(t, fmt.Sprintf("oddity %d.", i))
			h.settle(t)
			want(t, p.Answers(q), text)
		}
	}},
	{"a long answer loses nothing, and no mark parts from its sentence", func(t *testing.T, h *Harness, p Platform) {
		for i, unit := range []string{"Patrol number %d found the cable whole and the sea calm from Tromsø to Vardø. ", "第%d次の調査では、北極海の海底ケーブルに異常は見つからなかった。"} {
			var sentences []string
			for k := range 40 {
				sentences = append(sentences, strings.TrimSpace(strings.Repeat(fmt.Sprintf(unit, k), 3)))
			}
			h.Answerer.Say(fmt.Sprintf("long %d.", i), sentences...)
			q := p.Ask(t, fmt.Sprintf("long %d.", i))
			h.settle(t)
			wholeAndMarked(t, p.Answers(q), sentences)
		}
	}},
	{"a throttled answer comes later, once", func(t *testing.T, h *Harness, p Platform) { survives(t, h, p, Throttled, 2) }},
	{"a broken send is tried again", func(t *testing.T, h *Harness, p Platform) { survives(t, h, p, Broken, 2) }},
	{"an answer whose receipt was lost is not sent twice", func(t *testing.T, h *Harness, p Platform) { survives(t, h, p, Cut, 1) }},
	{"a place that is gone is given up", func(t *testing.T, h *Harness, p Platform) {
		p.Break(Gone, 100)
		p.Ask(t, "What of the north, "+canary+"?")
		h.settle(t)
	}},
}

// hostile are texts that would ping, link or format if they were taken for markup.
var hostile = []string{
	"@everyone and @here, come.", "<!channel> <!here> <!everyone> come.", "<@U0ASKER> and <@123456789012345678> and <@&123456789012345678>.",
	"<!subteam^S012345> and <#C0GENERAL>.", "[click](https://evil.example/x) and <https://evil.example|here>.", "https://evil.example/page is the source.",
	"![picture](https://evil.example/p.png)", "&lt;!channel&gt; &amp;lt;!here&amp;gt;",
}

// odd are texts that must be read as they stand.
var odd = []string{
	"5 < 6 & 7 > 3", "*not bold* _not italic_ ~not struck~ `not code`", "a_b_c and 2*3*4", "> no quotation", "# no heading", "||no spoiler||",
	"``` no fence ```", "日本語の文です。「引用」も。", "Tromsø – “quoted” … 40,000", "snake_case_name and __init__", ":smile: is typed",
}

func survives(t *testing.T, h *Harness, p Platform, f Fault, n int) {
	t.Helper()
	p.Break(f, n)
	q := p.Ask(t, "What of the north, "+canary+"?")
	h.settle(t)
	want(t, p.Answers(q), north)
	if p.Sent() != 1 {
		t.Errorf("%d messages stand, want one", p.Sent())
	}
}

// want checks that the messages hold a text, and that text once.
func want(t *testing.T, got []Shown, text string) {
	t.Helper()
	n := 0
	for _, s := range got {
		n += strings.Count(flat(s.Text), flat(text))
	}
	if n != 1 {
		t.Errorf("%q is shown %d times, want once, in:\n%s", text, n, texts(got))
	}
}

// wholeAndMarked checks that every sentence stands there in order, each followed by
// its mark in the same message.
func wholeAndMarked(t *testing.T, got []Shown, sentences []string) {
	t.Helper()
	page, at := 0, 0
	for i, s := range sentences {
		mark := fmt.Sprintf("¶%d", 1+i%9)
		for page < len(got) && !strings.Contains(flat(got[page].Text)[at:], flat(s)) {
			page, at = page+1, 0
		}
		if page == len(got) {
			t.Fatalf("sentence %d is not shown, or not in order", i)
		}
		text := flat(got[page].Text)
		at += strings.Index(text[at:], flat(s)) + len(flat(s))
		if rest := text[at:min(len(text), at+20)]; !strings.Contains(rest, mark) {
			t.Errorf("sentence %d is followed by %q, want its mark %s", i, rest, mark)
		}
	}
}

// flat makes texts comparable: platforms fold white space and need marks that are
// not seen, to keep text from being markup.
func flat(s string) string {
	s = strings.NewReplacer("\u200b", "", "\u2060", "", "\u00a0", " ").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

func texts(got []Shown) string {
	var b strings.Builder
	for i, s := range got {
		fmt.Fprintf(&b, "%d: %s\n", i+1, s.Text)
	}
	return b.String()
}

// questions returns what was asked, as if it had been shown.
func (a *Answerer) questions() []Shown {
	var out []Shown
	for _, q := range a.Asked() {
		out = append(out, Shown{Text: q.Text})
	}
	return out
}
