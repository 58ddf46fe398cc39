package discordbot

import (
	"slices"
	"strings"
	"testing"

	"footnote/bot/bottest/fakediscord"
	"footnote/bot/layout"
)

// TestConversation is a conversation about the article as people have it, with
// interactions by the Gateway and by HTTP. It is the one of Slack's test, with the
// replies that Discord's people give in place of a thread.
func TestConversation(t *testing.T) {
	for name, http := range map[string]bool{"Gateway": false, "HTTP": true} {
		t.Run(name, func(t *testing.T) { conversation(t, http) })
	}
}

func conversation(t *testing.T, http bool) {
	w := open(t, setup{asker: articleBot(t), http: http, unsafe: []string{"Norfolk", "Arctic", "Sahel"}})
	ann, bob := w.fake.User("ann"), w.fake.User("bob")
	q := ann.Mentions(w.general, "What is NATO doing in the North?")
	w.settle()
	answer := w.wantAnswers(q.ID, "Norfolk")[0]
	last := answer
	for _, c := range []struct {
		who        fakediscord.Person
		says, want string
	}{
		{bob, "¶5", "considered as part of the 'High North’"}, // anybody may look a passage up, without a mention
		{bob, "note 7", "The Future of the High North"},
		{ann, "and the South?", "What is NATO doing in the South?"},
		{ann, "summary east", "Baltic States"},
		{bob, "who says so?", "NATO’s defensive shield"},
	} {
		r := c.who.Replies(last, c.says)
		w.settle()
		got := w.fake.Answers(r.ID)
		if len(got) == 0 || !strings.Contains(strings.Join(allShown(got), "\n"), c.want) {
			t.Fatalf("%q is answered with %q, want %q in it", c.says, allShown(got), c.want)
		}
		last = got[len(got)-1]
	}

	i := bob.Clicks(answer, pressedOrChosen(t, answer, layout.Show))
	shown, err := i.Message(w.soon())
	if err != nil || !shown.Ephemeral() || !strings.Contains(shownBy(shown), "¶") {
		t.Errorf("the passage = %q, %v; want it for bob alone", shownBy(shown), err)
	}
	modal, err := ann.Clicks(answer, pressed(t, answer, layout.Bad)).Modal(w.soon())
	if err != nil {
		t.Fatalf("the reasons: %v; log:\n%s", err, w.log)
	}
	if r, err := ann.Submits(modal, filled(modal, "wrong_passage", "nato-360#p5")).Wait(w.soon()); err != nil || !r.Acked {
		t.Fatalf("feedback: %+v, %v", r, err)
	}
	w.settle()
	rated := w.store.rated()
	if len(rated) == 0 || rated[len(rated)-1].Good || !strings.HasPrefix(rated[len(rated)-1].Reason, "wrong_passage") || !slices.Contains(rated[len(rated)-1].Passages, "nato-360#p5") {
		t.Errorf("feedback = %+v, want the wrong passage by its id", rated)
	}

	q = ann.Edits(q, w.fake.Mention()+" Which regions make up the Southern Neighborhood?")
	w.settle()
	if got := w.wantAnswers(q.ID, "Sahel"); len(got) > 0 && got[0].ID != answer.ID {
		t.Error("the edited question is answered in another message")
	}
	ann.Deletes(q)
	w.settle()
	w.wantAnswers(q.ID)
}

// pressedOrChosen returns the custom id of a button that does something.
func pressedOrChosen(t *testing.T, m fakediscord.Message, do string) string {
	t.Helper()
	for _, b := range m.Buttons() {
		if b.Type == 2 && strings.HasPrefix(b.CustomID, do+".") {
			return b.CustomID
		}
	}
	return pressed(t, m, do)
}

// filled fills in a modal: each field that offers one of the values takes it.
func filled(m fakediscord.Modal, values ...string) map[string]string {
	out := make(map[string]string)
	for _, f := range m.Fields {
		for _, o := range f.Options {
			if slices.Contains(values, o.Value) {
				out[f.CustomID] = o.Value
			}
		}
	}
	return out
}
