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

// What cannot be read for now is read later; what Discord does not let the bot read is
// left out.
func TestMissedIsReadUntilDone(t *testing.T) {
	w := open(t, setup{})
	closed := w.fake.AddChannel(fakediscord.Channel{Name: "closed"})
	w.fake.User("ann").Says(closed.ID, "Nothing.")
	w.settle()
	w.fake.Revoke(closed.ID, fakediscord.ReadMessageHistory)
	w.fake.RefuseResumes(true)
	w.fake.RefuseConnections(503)
	w.fake.DropConnections()
	q := w.fake.User("ann").Mentions(w.general, "What of the north, "+canary+"?")
	for _, route := range []string{"/guilds/*/channels", "/channels/*/messages"} {
		w.fake.Fail(fakediscord.Fault{Method: "GET", Route: route, Status: 502, Times: maxTries + 1})
	}
	w.fake.RefuseConnections(0)
	w.until("the answer", func(st fakediscord.State) bool { return len(st.Answers(q.ID)) > 0 })
	w.settle()
	w.wantAnswers(q.ID, north)
	if !w.logged("what was missed is read again") {
		t.Errorf("nothing was read again; log:\n%s", w.log)
	}
}
