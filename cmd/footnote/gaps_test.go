package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/ledger"
)

// ratedLedger returns the setting of a ledger with questions, answers and what people
// think of them.
func ratedLedger(t *testing.T) string {
	t.Helper()
	place := filepath.Join(t.TempDir(), "ledger.db")
	l, err := ledger.Open(t.Context(), (&console{err: io.Discard}).quiet(), place, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range []struct {
		key, text string
		status    bot.Status
		missing   []string
		days      int
	}{
		{"drones", "What of drones?", bot.Abstained, []string{"drones"}, 1},
		{"swarm", "Do drones\x1b[31m swarm?", bot.Abstained, []string{"drones", "swarm"}, 1},
		{"again", "What of drones?", bot.Abstained, []string{"drones"}, 1},
		{"pays", "Who pays?", bot.Answered, nil, 1},
		{"troops", "How many troops?", bot.Answered, nil, 1},
		{"ramen", "What is ramen?", bot.Abstained, []string{"ramen"}, 1},
		{"ships", "How many ships?", bot.Answered, nil, 1},
		{"zeppelins", "What of zeppelins?", bot.Abstained, []string{"zeppelins"}, 9},
		{"balloons", "What of balloons?", bot.Abstained, []string{"balloons"}, 1},
	} {
		e := bot.Errand{Key: q.key, Adapter: "slack", Question: bot.Question{ID: q.key, Text: q.text, Asker: "slack:T1:U-" + q.key}, State: bot.Open, Attempt: 1,
			Accepted: time.Now().Add(-time.Duration(q.days) * 24 * time.Hour).Add(time.Hour + time.Duration(i)*time.Second)}
		a := bot.Answer{Question: q.text, Kind: bot.KindAsk, Status: q.status, Missing: q.missing}
		if q.status == bot.Answered {
			a.Sentences = []bot.Sentence{{Text: "It has 40,000 troops.", Verdict: bot.Quoted}}
		}
		if _, err := l.Accept(t.Context(), e, "test", time.Minute); err != nil {
			t.Fatal(err)
		}
		if ok, err := l.Done(t.Context(), e, "test", a, ""); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	for key, verdict := range map[string]ledger.Verdict{"pays": ledger.Down, "troops": ledger.Up, "ramen": ledger.Up} {
		if err := l.Rate(t.Context(), ledger.Feedback{Key: key, Asker: "slack:T1:U8", Verdict: verdict, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Forget(t.Context(), "slack:T1:U-balloons"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return "FOOTNOTE_LEDGER=" + place
}

func TestGaps(t *testing.T) {
	place := ratedLedger(t)
	const want = `Questions of the last 7 days: 7. Not answered: 3. Answered, and rated bad: 1.

The material lacks “drones”, also swarm (asked: 3)
  What of drones?
  Do drones swarm?

The material has the words, and no good answer (asked: 1)
  Who pays?
`
	got := try(t, "", []string{place}, "gaps")
	if shown := strings.ReplaceAll(got.out, "[31m", ""); shown != want || got.code != exitDone || strings.Contains(got.out, "\x1b") {
		t.Errorf("gaps = %d, %s\n%s\nwant\n%s", got.code, got.err, got.out, want)
	}
	if got := try(t, "", []string{place}, "gaps", "--days", "30"); !strings.Contains(got.out, "zeppelins") {
		t.Errorf("gaps of 30 days do not go back nine:\n%s", got.out)
	}
	if got := try(t, "", []string{place, "FOOTNOTE_RETENTION=3"}, "gaps", "--days", "30"); strings.Contains(got.out, "zeppelins") || !strings.Contains(got.out, "last 3 days") {
		t.Errorf("gaps go further back than questions are kept:\n%s", got.out)
	}
	if got := try(t, "", []string{"FOOTNOTE_LEDGER=" + filepath.Join(t.TempDir(), "none.db")}, "gaps"); got.code != exitUsage || !strings.Contains(got.err, "there is no ledger at") {
		t.Errorf("gaps without a ledger = %d, %q", got.code, got.err)
	}
}

func TestEvalFromFeedback(t *testing.T) {
	got := try(t, "", []string{ratedLedger(t)}, "eval", "--from-feedback")
	const want = `{"_id":"r001","kind":"fact","text":"How many troops?","answer":[["It has 40,000 troops."]]}
{"_id":"r002","kind":"unanswerable","text":"What is ramen?","abstain":true}
`
	if got.out != want || got.code != exitDone || !strings.Contains(got.err, "questions with a good answer: 2; rated bad and left out: 1") {
		t.Errorf("eval --from-feedback = %d, %q\n%s\nwant\n%s", got.code, got.err, got.out, want)
	}
}
