package discordbot

import (
	"testing"

	"footnote/bot/bottest/fakediscord"
)

// A session that cannot be taken up again: what people wrote meanwhile is read by the
// API, and answered once.
func TestMissed(t *testing.T) {
	w := open(t, setup{})
	thread := w.fake.User("ann").OpensThread(w.general, "ice")
	q := w.fake.User("ann").Mentions(w.general, "What of the north, "+canary+"?")
	w.settle()
	w.fake.RefuseResumes(true)
	w.fake.RefuseConnections(503)
	w.fake.DropConnections()
	r := w.fake.User("ann").Mentions(w.general, "What of the south, "+canary+"?")
	s := w.fake.User("bob").Mentions(thread.ID, "What of the south, "+canary+"?")
	w.fake.User("bob").Says(w.general, "The south is warm, "+canary+".")
	w.fake.RefuseConnections(0)
	w.until("a new session", func(st fakediscord.State) bool { return st.Identifies() == 2 })
	w.until("answers", func(st fakediscord.State) bool { return len(st.Answers(r.ID)) > 0 && len(st.Answers(s.ID)) > 0 })
	w.settle()
	w.wantAnswers(q.ID, north)
	w.wantAnswers(r.ID, south)
	w.wantAnswers(s.ID, south)
	if n := len(w.answerer.Asked()); n != 3 {
		t.Errorf("%d questions were asked, want 3", n)
	}
}
