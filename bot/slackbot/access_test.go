package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakeslack"
	"footnote/bot/bottest/worlds"
)

// shifting answers from material that may become another.
type shifting struct{ now atomic.Pointer[bot.Views] }

func (s *shifting) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	return s.now.Load().Ask(ctx, q)
}

func (s *shifting) May(place string, a bot.Answer) bool { return s.now.Load().May(place, a) }

func shiftingOver(v *bot.Views) *shifting {
	s := &shifting{}
	s.now.Store(v)
	return s
}

// stamps are what differs from one run to the next: times, ids of clicks and files.
var stamps = regexp.MustCompile(`\d{9,}\.\d+|[A-Za-z]+\d{6,}|\d{10,}`)

// bare is a message or view without what differs from one run to the next.
func bare(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return stamps.ReplaceAllString(string(out), "#")
}

// A channel in which a document may not be quoted can't tell that there is one: what is
// posted there, whispered, opened and offered is the same as without the document.
func TestAccess(t *testing.T) {
	with, without := worlds.With(t, "slack:T1:C9"), worlds.Without(t)
	var questions []bot.Question
	for i, q := range with.Questions() {
		if i%6 == 0 || q.Kind == bot.KindSummary || q.Kind == bot.KindSources {
			questions = append(questions, q)
		}
	}
	var seen [2][]string
	for i, a := range []bot.Asker{with.Views, without.Views} {
		t.Run([]string{"with", "without"}[i], func(t *testing.T) {
			many := bot.Rate{N: 10_000, In: time.Second}
			w := open(t, setup{asker: a, limits: bot.Limits{User: many, Place: many}})
			seen[i] = w.everything(questions)
		})
	}
	t.Cleanup(func() { // when both are done
		for i := range min(len(seen[0]), len(seen[1])) {
			if seen[0][i] != seen[1][i] {
				t.Errorf("with the document there is %s\nwant %s", seen[0][i], seen[1][i])
			}
		}
		if len(seen[0]) != len(seen[1]) || len(seen[0]) < 2*len(questions) {
			t.Errorf("%d things are seen with the document, %d without, of %d questions", len(seen[0]), len(seen[1]), len(questions))
		}
	})
}

// everything asks by every way there is from C1, and returns what is seen.
func (w *world) everything(questions []bot.Question) []string {
	t, ann := w.t, w.fake.User("U1").In("C1")
	var out []string
	commands := map[bot.Kind]string{bot.KindAny: "/ask", bot.KindCite: "/cite", bot.KindSummary: "/summary", bot.KindSources: "/sources", bot.KindCheck: "/check"}
	for n, q := range questions {
		if strings.TrimSpace(q.Text) != "" {
			m := ann.Mentions("C1", q.Text)
			w.settle()
			for _, r := range w.fake.Replies("C1", m.TS) {
				out = append(out, bare(t, []any{q.Text, r.Text, r.Blocks}))
				for _, b := range r.Buttons() {
					if strings.HasPrefix(b.ActionID, actShow+".") && n%5 == 0 {
						ann.Clicks(r, b.ActionID)
						w.until("the passage", func(st fakeslack.State) bool { _, ok := st.Modal("U1"); return ok })
						v, _ := w.fake.Modal("U1")
						out = append(out, bare(t, []any{v.Title, v.Blocks}))
						ann.Closes(v)
					}
				}
			}
		}
		ann.Slash(commands[q.Kind], q.Text)
		w.settle()
		e := w.fake.Ephemerals("U1")
		out = append(out, bare(t, []any{q.Kind, q.Text, e[len(e)-1].Text, e[len(e)-1].Blocks}))
	}
	ann.OpensHome()
	w.until("the home tab", func(st fakeslack.State) bool { _, ok := st.Home("U1"); return ok })
	home, _ := w.fake.Home("U1")
	ann.OpensMessages()
	w.until("prompts", func(st fakeslack.State) bool { return len(st.AssistantThread(ann.DM(), "").Prompts) > 0 })
	return append(out, bare(t, home.Blocks), bare(t, w.fake.AssistantThread(ann.DM(), "").Prompts))
}

// inRight is a question that only the document answers, and a word of the answer.
const inRight, quill = "Who was arrested in the lighthouse?", "Quill"

// Where a document may be quoted no longer, nothing of it is shown any more: not by what
// was answered before, nor by what can be pressed below that.
func TestAccessTaken(t *testing.T) {
	world := worlds.With(t, "slack:C9")
	a := shiftingOver(world.Views)
	w := open(t, setup{asker: a, unsafe: []string{quill}})
	w.fake.AddChannel(fakeslack.Channel{ID: "C9", Name: "policy"})
	ann := w.fake.User("U1").In("C9")
	q := ann.Mentions("C9", inRight)
	ann.Slash("/ask", inRight)
	w.settle()
	m := w.wantReplies("C9", q.TS, quill)[0]
	whispered := w.fake.Ephemerals("U1")[0]
	if !strings.Contains(shown(whispered), quill) {
		t.Fatalf("a private answer in the channel is %q, want %s", shown(whispered), quill)
	}
	passage := func(click func()) string {
		t.Helper()
		for v, ok := w.fake.Modal("U1"); ok; v, ok = w.fake.Modal("U1") {
			ann.Closes(v)
		}
		click()
		w.until("the passage", func(st fakeslack.State) bool { _, ok := st.Modal("U1"); return ok })
		v, _ := w.fake.Modal("U1")
		return v.AllText()
	}
	show := button(t, m.Buttons(), actShow)
	if got := passage(func() { ann.Clicks(m, show) }); !strings.Contains(got, quill) {
		t.Errorf("the passage is %q, want %s", got, quill)
	}
	// A modal is part of the channel it was opened in.
	v, _ := w.fake.Modal("U1")
	ann.ClicksView(v, button(t, v.Buttons(), actShow))
	w.until("what stands next to it", func(st fakeslack.State) bool { n, ok := st.Modal("U1"); return ok && n.AllText() != v.AllText() })
	next, _ := w.fake.Modal("U1")
	if !strings.Contains(next.AllText(), worlds.Secret) {
		t.Errorf("what stands next is %q, want a passage of the document", next.AllText())
	}

	world.Allow("slack:C8")
	world.Reload()
	a.now.Store(world.Views)
	if got := passage(func() { ann.Clicks(m, show) }); strings.Contains(got, quill) {
		t.Errorf("the passage is %q, want nothing of the document", got)
	}
	gone := passage(func() { ann.Clicks(m, button(t, m.Buttons(), actBad)) })
	if strings.Contains(gone, worlds.Secret) {
		t.Errorf("the form is %q, want nothing of the document", gone)
	}
	ann.Clicks(whispered, button(t, whispered.Buttons(), actShare))
	ann.InThread(q.TS).Says("C9", "who says so?")
	ann.InThread(q.TS).Says("C9", "tell me more")
	w.settle()
	for _, m := range append(w.fake.Messages("C9"), append(w.fake.Replies("C9", q.TS)[1:], w.fake.Ephemerals("U1")[1:]...)...) {
		if text := strings.ReplaceAll(shown(m), shown(w.fake.Replies("C9", q.TS)[0]), ""); m.User != "U1" && strings.Contains(text, "brandy") {
			t.Errorf("there is %q, want nothing of the document", text)
		}
	}
	ann.Edits(q, "<@UBOT> "+inRight+" Tell me.")
	w.settle()
	if got := shown(w.fake.Replies("C9", q.TS)[0]); strings.Contains(got, quill) {
		t.Errorf("the edited question is answered with %q, want nothing of the document", got)
	}
}

// Direct messages are a place of their own: what may be quoted in a channel does not go
// there, also where the channel is closed before the answer.
func TestAccessDirect(t *testing.T) {
	for places, want := range map[string]bool{"slack:C9": false, "slack:C9, slack:T1:U1": true} {
		t.Run(fmt.Sprint("quoted directly: ", want), func(t *testing.T) {
			w := open(t, setup{asker: worlds.With(t, places).Views})
			w.fake.AddChannel(fakeslack.Channel{ID: "C9", Name: "policy"})
			ann := w.fake.User("U1").In("C9")
			m := ann.DMs(inRight)
			w.settle()
			var got []string
			for _, x := range w.fake.Messages(ann.DM()) {
				if x.TS != m.TS {
					got = append(got, shown(x))
				}
			}
			if said := strings.Contains(strings.Join(got, " "), quill); said != want {
				t.Errorf("a direct message is answered with %q, want %s: %v", got, quill, want)
			}
			ann.OpensHome()
			w.until("the home tab", func(st fakeslack.State) bool { _, ok := st.Home("U1"); return ok })
			if home, _ := w.fake.Home("U1"); strings.Contains(home.AllText(), "Underground") != want {
				t.Errorf("the home tab is %q, want its directions: %v", home.AllText(), want)
			}
			w.fake.Fail(fakeslack.Fault{Method: "chat.postMessage", Error: "is_archived", Times: 1})
			ann.Mentions("C9", inRight+" Again.")
			w.settle()
			all := w.fake.Messages(ann.DM())
			if moved := slices.ContainsFunc(all[len(got)+1:], func(m fakeslack.Message) bool { return strings.Contains(shown(m), quill) }); moved != want {
				t.Errorf("an answer that can't be shown in its channel goes to direct messages: %v, want %v", moved, want)
			}
		})
	}
}
