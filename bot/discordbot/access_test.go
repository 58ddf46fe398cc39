package discordbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakediscord"
	"footnote/bot/bottest/worlds"
	"footnote/bot/layout"
)

// May implements [bot.Gate] where what is listed does.
func (l lister) May(place string, a bot.Answer) bool { return bot.May(l.Asker, place, a) }

// shifting answers from material that may become another.
type shifting struct{ now atomic.Pointer[bot.Views] }

func (s *shifting) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	return s.now.Load().Ask(ctx, q)
}

func (s *shifting) Complete(ctx context.Context, q bot.Question, limit int) []bot.Suggestion {
	return s.now.Load().Complete(ctx, q, limit)
}

func (s *shifting) May(place string, a bot.Answer) bool { return s.now.Load().May(place, a) }

// policy returns a world with a second channel, in which the secret may be quoted.
func policy(t *testing.T) (w *world, m *worlds.World, a *shifting, channel string) {
	a = &shifting{}
	a.now.Store(worlds.Without(t).Views)
	many := bot.Rate{N: 10_000, In: time.Second}
	w = open(t, setup{asker: a, limits: bot.Limits{User: many, Place: many}})
	channel = w.fake.AddChannel(fakediscord.Channel{Name: "policy"}).ID
	m = worlds.With(t, "discord:"+channel)
	a.now.Store(m.Views)
	return w, m, a, channel
}

// stamps are what differs from one run to the next: ids.
var stamps = regexp.MustCompile(`\d{10,}`)

// bare is something shown without what differs from one run to the next.
func bare(t *testing.T, v ...any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return stamps.ReplaceAllString(string(out), "#")
}

// A channel in which a document may not be quoted can't tell that there is one: what is
// posted there, whispered, opened and suggested is the same as without the document, and
// so are the commands.
func TestAccess(t *testing.T) {
	var seen [2][]string // the two run in parallel: each writes its own
	var asked [2]int
	for i := range seen {
		t.Run([]string{"with", "without"}[i], func(t *testing.T) {
			w, m, a, _ := policy(t)
			if i == 1 {
				a.now.Store(worlds.Without(t).Views)
			}
			var questions []bot.Question
			for i, q := range m.Questions() {
				if i%6 == 0 || q.Kind == bot.KindSummary || q.Kind == bot.KindSources {
					questions = append(questions, q)
				}
			}
			seen[i], asked[i] = w.everything(questions), len(questions)
		})
	}
	t.Cleanup(func() { // when both are done
		for i := range min(len(seen[0]), len(seen[1])) {
			if seen[0][i] != seen[1][i] {
				t.Errorf("with the document there is %s\nwant %s", seen[0][i], seen[1][i])
			}
		}
		if len(seen[0]) != len(seen[1]) || asked[0] != asked[1] || len(seen[0]) < 2*asked[0] {
			t.Errorf("%d things are seen with the document, %d without, of %d and %d questions", len(seen[0]), len(seen[1]), asked[0], asked[1])
		}
	})
}

// everything asks by every way there is from the general channel, and returns what is
// seen.
func (w *world) everything(questions []bot.Question) []string {
	t, ann := w.t, w.fake.User("ann").In(w.general)
	out := []string{bare(t, w.fake.Commands(""))}
	type form struct{ name, option string }
	forms := map[bot.Kind]form{bot.KindAny: {commandAsk, optionQuestion}, bot.KindCite: {commandCite, optionRef}, bot.KindCheck: {commandCheck, optionSentence},
		bot.KindSummary: {commandSummary, optionDirection}, bot.KindSources: {commandSources, optionDocument}}
	reply := func(i *fakediscord.Interaction) fakediscord.Message { // without settling: heartbeats are rationed
		t.Helper()
		m, err := i.Message(w.soon())
		if err != nil {
			t.Fatalf("no reply: %v; log:\n%s", err, w.log)
		}
		return m
	}
	for n, q := range questions {
		if strings.TrimSpace(q.Text) == "" {
			continue
		}
		f := forms[q.Kind]
		m := reply(ann.Slash(f.name, fakediscord.Options{f.option: q.Text}))
		out = append(out, bare(t, q.Kind, q.Text, m.Components))
		for _, b := range m.Buttons() {
			if strings.HasPrefix(b.CustomID, layout.Show+".") && b.Type == 2 && n%5 == 0 {
				out = append(out, bare(t, reply(ann.Clicks(m, b.CustomID)).Components))
			}
		}
		for _, f := range []form{{commandCite, optionRef}, {commandSummary, optionDirection}, {commandSources, optionDocument}} {
			typed := string([]rune(q.Text)[:min(n%9, len([]rune(q.Text)))])
			got, err := ann.Autocompletes(f.name, f.option, typed, nil).Choices(w.soon())
			out = append(out, bare(t, f.name, typed, got, err))
		}
		if n%3 == 0 {
			said := ann.Mentions(w.general, q.Text)
			w.until("the answer", func(st fakediscord.State) bool { return len(st.Answers(said.ID)) > 0 })
			out = append(out, bare(t, q.Text, w.fake.Answers(said.ID)[0].Components))
		}
	}
	return out
}

// inRight is a question that only the document answers, and a word of the answer.
const inRight, quill = "Who was arrested in the lighthouse?", "Quill"

// A thread is part of its channel; direct messages are a place of their own.
func TestAccessPlaces(t *testing.T) {
	w, m, a, channel := policy(t)
	ann := w.fake.User("ann").In(channel)
	thread, other := ann.OpensThread(channel, "t"), w.fake.User("ann").OpensThread(w.general, "t")
	for _, c := range []struct {
		name, channel string
		want          bool
	}{{"channel", channel, true}, {"thread", thread.ID, true}, {"another channel", w.general, false}, {"its thread", other.ID, false}} {
		in := w.fake.User("ann").In(c.channel)
		if got := shownBy(w.private(in.Slash(commandAsk, fakediscord.Options{optionQuestion: inRight}), "")); strings.Contains(got, quill) != c.want {
			t.Errorf("in %s the answer is %q, want %s: %v", c.name, got, quill, c.want)
		}
		q := in.Mentions(c.channel, inRight)
		w.settle()
		if got := fmt.Sprint(allShown(w.fake.Answers(q.ID))); strings.Contains(got, quill) != c.want {
			t.Errorf("in %s a mention is answered %q, want %s: %v", c.name, got, quill, c.want)
		}
		got, err := in.Autocompletes(commandSummary, optionDirection, "under", nil).Choices(w.soon())
		if err != nil || (len(got) > 0) != c.want {
			t.Errorf("in %s %v is suggested, %v, want something: %v", c.name, got, err, c.want)
		}
	}
	for _, direct := range []bool{false, true} {
		if direct {
			m.Allow("discord:" + ann.ID())
			m.Reload()
			a.now.Store(m.Views)
		}
		q := ann.DMs(inRight)
		w.settle()
		if got := fmt.Sprint(allShown(w.fake.Answers(q.ID))); strings.Contains(got, quill) != direct {
			t.Errorf("a direct message is answered %q, want %s: %v", got, quill, direct)
		}
	}
}

// Where a document may be quoted no longer, nothing of it is shown any more: not by what
// was answered before, nor by what can be pressed below that.
func TestAccessTaken(t *testing.T) {
	w, m, a, channel := policy(t)
	ann := w.fake.User("ann").In(channel)
	public := w.publicly(ann, inRight)
	whispered := w.private(ann.Slash(commandAsk, fakediscord.Options{optionQuestion: inRight}), quill)
	e, answer, _, err := w.store.Errand(t.Context(), "discord:"+public.Interaction)
	if err != nil || e.Question.Place != "discord:"+public.Guild+":"+channel {
		t.Fatalf("the question was asked in %q, %v, want the channel", e.Question.Place, err)
	}
	show := pressed(t, public, layout.Show)
	w.noted(ann.Clicks(public, show), quill)

	m.Allow("discord:1")
	m.Reload()
	a.now.Store(m.Views)
	none := func(what, got string) {
		t.Helper()
		for _, word := range []string{"brandy", "Josiah", "Philippa"} {
			if strings.Contains(got, word) {
				t.Errorf("%s shows %q, want nothing of the document", what, got)
			}
		}
	}
	none("a passage", shownBy(w.noted(ann.Clicks(public, show), "")))
	modal, err := ann.Clicks(public, pressed(t, public, layout.Bad)).Modal(w.soon())
	if got := bare(t, modal); err != nil || strings.Contains(got, worlds.Secret) {
		t.Errorf("the form is %s, %v, want nothing of the document", got, err)
	}
	none("a shared answer", shownBy(w.public(ann.Clicks(whispered, pressed(t, whispered, layout.Share)), "")))
	said := ann.Replies(public, "tell me more")
	w.settle()
	none("a follow-up", fmt.Sprint(allShown(w.fake.Answers(said.ID))))
	turned := &interaction{ID: since(time.Now()), Channel: channel, Guild: public.Guild, User: person{ID: ann.ID()}}
	var got sending
	turned.reply = func(_ context.Context, r *response) error {
		if s, ok := r.Data.(sending); ok {
			got = s
		}
		return nil
	}
	for _, do := range []string{turnPage, showAnswer} {
		w.bot.turn(t.Context(), turned, action{Do: do, Key: e.Key})
		if none("a page", got.text()); got.text() == "" {
			t.Errorf("%s shows nothing, want why", do)
		}
	}
	if text := w.bot.sentencesShown(t.Context(), turned, message{ID: public.ID, Channel: channel}); text != "" {
		t.Errorf("a message of ours says %q, want nothing that is kept", text)
	}
	if _, err := w.bot.Deliver(w.soon(), bot.Errand{Key: "discord:gone", Adapter: adapterName, Question: e.Question,
		Address: []byte(`{"c":"` + w.fake.AddChannel(fakediscord.Channel{Name: "shut"}).ID + `0","u":"` + ann.ID() + `"}`)}, answer); !errors.Is(err, bot.ErrGone) || len(w.fake.DMs("ann")) > 0 {
		t.Errorf("an answer that can't be shown in its channel: %v, ann reads %q; want it to go nowhere", err, allShown(w.fake.DMs("ann")))
	}
}
