package discordbot

import (
	"strings"
	"testing"

	"footnote/bot/bottest/fakediscord"
)

// A mention alone asks for help; with words in it, it asks those.
func TestAMentionAloneIsCompleted(t *testing.T) {
	w := open(t, setup{asker: articleBot(t), unsafe: []string{"Norfolk"}})
	ann := w.fake.User("ann")
	q := ann.Mentions(w.general, "")
	w.settle()
	help := w.fake.Answers(q.ID)
	if len(help) != 1 || strings.Contains(shownBy(help[0]), "Norfolk") {
		t.Fatalf("the mention alone is answered with %q, want help", allShown(help))
	}
	q = ann.Edits(q, w.fake.Mention()+" What is NATO doing in the North?")
	w.settle()
	if got := w.wantAnswers(q.ID, "Norfolk"); len(got) == 1 && got[0].ID != help[0].ID {
		t.Error("the completed question is answered in another message")
	}
}

// What is checked below a mention alone becomes the question that is written in.
func TestACheckBecomesAQuestion(t *testing.T) {
	w := open(t, setup{asker: articleBot(t), fake: fakediscord.Config{MessageContent: true}, change: func(c *Config) { c.Content = true }, unsafe: []string{"Norfolk"}})
	ann := w.fake.User("ann")
	claim := w.fake.User("bob").Says(w.general, "**The NSDS-Hub is in Naples.**")
	q := ann.RepliesQuietly(claim, w.fake.Mention())
	w.settle()
	if got := allShown(w.fake.Answers(q.ID)); len(got) != 1 || !strings.Contains(got[0], "Naples") {
		t.Fatalf("the mention below a claim is answered with %q, want a check of it", got)
	}
	q = ann.Edits(q, w.fake.Mention()+" What is NATO doing in the North?")
	w.settle()
	w.wantAnswers(q.ID, "Norfolk")
}

// The mention is written in afterwards, or taken out.
func TestTheMentionIsEdited(t *testing.T) {
	for _, content := range []bool{false, true} {
		t.Run(map[bool]string{false: "withheld", true: "content"}[content], func(t *testing.T) {
			w := open(t, setup{fake: fakediscord.Config{MessageContent: content}, change: func(c *Config) { c.Content = content }})
			ann := w.fake.User("ann")
			q := ann.Says(w.general, "What of the north, "+canary+"?")
			w.settle()
			w.wantAnswers(q.ID)
			q = ann.Edits(q, w.fake.Mention()+" What of the north, "+canary+"?")
			w.settle()
			w.wantAnswers(q.ID, north)
			q = ann.Edits(q, "What of the north, bob?")
			w.settle()
			w.wantAnswers(q.ID)

			other := ann.Says(w.general, "lunch?")
			other = ann.Edits(other, "lunch, bob?")
			w.settle()
			w.wantAnswers(other.ID)
		})
	}
}

// An edit that leaves a question a question never takes its answer away.
func TestARepliesEdit(t *testing.T) {
	w := open(t, setup{})
	ann := w.fake.User("ann")
	q := ann.Mentions(w.general, "What of the north?")
	w.settle()
	r := ann.Replies(w.wantAnswers(q.ID, north)[0], "and the north?")
	d := ann.DMs("What of the north?")
	w.settle()
	r, d = ann.Edits(r, "and the south?"), ann.Edits(d, "What of the south?")
	w.settle()
	w.wantAnswers(r.ID, south)
	w.wantAnswers(d.ID, south)
	w.fake.Unfurls(r)
	w.settle()
	w.wantAnswers(r.ID, south)
}
