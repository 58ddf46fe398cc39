package ledger

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"footnote/bot"
)

// dump returns all that a database holds.
func dump(t *testing.T, l *Ledger, place string) string {
	t.Helper()
	var out strings.Builder
	if filepath.IsAbs(place) { // to the byte, deleted pages included
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(place + suffix)
			must(t, err)
			out.Write(b)
		}
		return out.String()
	}
	for _, table := range []string{"errands", "feedback", "settings", "installations"} {
		rows, err := l.db.read.Query(`SELECT row_to_json(t)::text FROM ` + table + ` t`)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var s string
			must(t, rows.Scan(&s))
			fmt.Fprintln(&out, table, s)
		}
		must(t, rows.Err())
	}
	return out.String()
}

func TestForget(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		ctx := t.Context()
		by := func(key, asker string) bot.Errand {
			e := at(c, key)
			e.Question.Asker, e.Address = asker, []byte(`{"channel":"C1"}`)
			if asker != "U1" {
				e.Question.Text = "a question of somebody else"
			}
			return e
		}
		answered(t, l, by("closed", "U1"))
		must(t, l.Rate(ctx, Feedback{Key: "closed", Asker: "U1", Verdict: Down, Reason: words, At: c.now()}))
		must(t, l.Rate(ctx, Feedback{Key: "closed", Asker: "U2", Verdict: Up, Reason: "good", At: c.now()}))
		open := by("open", "U1")
		accept(t, l, open, "a")
		after := by("after", "U2") // a follow-up of the first
		accept(t, l, after, "a")
		done(t, l, after, "a", bot.Answer{Question: "and the South?", Understood: "and the South: " + words, Missing: []string{words}, Status: bot.Answered, Text: "yes"}, "post-after", true)
		during := by("during", "U2")
		accept(t, l, during, "a")
		if n, err := l.Forget(ctx, ""); n != 0 || err != nil {
			t.Errorf("Forget of nobody = %d, %v, want 0", n, err)
		}
		if n, err := l.Forget(ctx, "U1"); n != 3 || err != nil {
			t.Errorf("Forget = %d, %v, want two questions and a piece of feedback", n, err)
		}
		if d := dump(t, l, place); strings.Contains(d, words) || strings.Contains(d, `"U1"`) {
			t.Errorf("the ledger still holds what was forgotten:\n%q", d)
		}
		if n, err := l.Forget(ctx, "U1"); n != 0 || err != nil {
			t.Errorf("Forget again = %d, %v, want 0", n, err)
		}
		checkForgotten(t, l, by("closed", "U1"))
		// Those at work finish in vain.
		done(t, l, open, "a", said(open), "post-open", false)
		done(t, l, during, "a", bot.Answer{Understood: words}, "post-during", false)
		es := claims(t, l, "b", "during/2/1/open open/2/0/withdrawn")
		if es[1].Posted != "post-open" || es[1].Question.Text != "" || es[1].Address == nil {
			t.Errorf("forgotten errand = %+v, want the way to its answer and no text", es[1])
		}
		done(t, l, es[0], "b", bot.Answer{Text: "anew"}, "post-during", true)
		done(t, l, es[1], "b", bot.Answer{}, "", true)
		must(t, l.Revise(ctx, "closed", words, c.now().Add(-time.Hour)))
		if got := turns(t, l, "C1", 9); got != "q-after q-during" {
			t.Errorf("Turns = %q, want those of the other person", got)
		}
		// Deleting the question still takes its answer away.
		must(t, l.Withdraw(ctx, "closed"))
		if e := claims(t, l, "b", "closed/2/0/withdrawn")[0]; e.Posted != "post-closed" {
			t.Errorf("Posted = %q, want post-closed", e.Posted)
		}
		if d := dump(t, l, place); strings.Contains(d, words) {
			t.Errorf("what was forgotten has come back:\n%q", d)
		}
	})
}

// checkForgotten checks what is left of an errand.
func checkForgotten(t *testing.T, l *Ledger, was bot.Errand) {
	t.Helper()
	e, a, ok, err := l.ByPost(t.Context(), "chat", "post-closed")
	if err != nil || !ok || e.State != bot.Closed || e.Question.Asker != "" || e.Question.Text != "" {
		t.Errorf("ByPost of a forgotten errand = %+v, %v, %v", e, ok, err)
	}
	want := said(was)
	if a.Status != want.Status || a.Material != want.Material || a.Confidence != want.Confidence || !reflect.DeepEqual(a.Citations, want.Citations) {
		t.Errorf("answer of a forgotten errand = %+v, want how it ended and what it cites", a)
	}
	b, err := json.Marshal(a)
	must(t, err)
	if strings.Contains(string(b), words) {
		t.Errorf("answer of a forgotten errand = %s", b)
	}
	if got, err := l.Feedback(t.Context(), time.Time{}, 9); err != nil || len(got) != 1 || got[0].Asker != "U2" {
		t.Errorf("Feedback = %v, %v, want that of the other person", got, err)
	}
}

func TestExpire(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		ctx := t.Context()
		answered(t, l, at(c, "closed"))
		must(t, l.Rate(ctx, Feedback{Key: "closed", Asker: "U1", Verdict: Up, Reason: words, At: c.now()}))
		for _, k := range []string{"waiting", "held"} {
			accept(t, l, at(c, k), "a")
		}
		must(t, l.Retry(ctx, at(c, "waiting"), "a", c.now().Add(time.Hour), ""))
		c.pass(time.Second)
		answered(t, l, at(c, "later"))
		for _, want := range []int{2, 0} {
			if n, err := l.Expire(ctx, c.now()); n != want || err != nil {
				t.Errorf("Expire = %d, %v, want %d", n, err, want)
			}
		}
		errand(t, l, "later")
		errand(t, l, "held")
		if got, err := l.Feedback(ctx, time.Time{}, 9); len(got) != 0 || err != nil {
			t.Errorf("Feedback = %v, %v, want none", got, err)
		}
		c.pass(time.Hour) // the lease ends
		if n, err := l.Expire(ctx, c.now().Add(time.Second)); n != 2 || err != nil {
			t.Errorf("Expire = %d, %v, want the two others", n, err)
		}
		if d := dump(t, l, place); strings.Contains(d, words) {
			t.Errorf("the ledger still holds what has expired:\n%q", d)
		}
		// More than are deleted at once.
		for i := range 1001 {
			accept(t, l, at(c, fmt.Sprint("k", i)), "a")
		}
		must(t, l.Release(ctx, "a"))
		if n, err := l.Expire(ctx, c.now().Add(time.Second)); n != 1001 || err != nil {
			t.Errorf("Expire = %d, %v, want 1001", n, err)
		}
	})
}

func TestAskers(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		l := opened(t, place, Options{})
		c := newClock()
		for key, asker := range map[string]string{"a": "slack:T1:U1", "b": "slack:T2:U1", "c": "slack:T1:U11", "d": "slack:T1:XU1", "e": "slack:T1:U1"} {
			e := at(c, key)
			e.Question.Asker = asker
			answered(t, l, e)
		}
		for suffix, want := range map[string]string{
			":U1": "[slack:T1:U1 slack:T2:U1]", ":U2": "[]", "": "[]", "slack:T1:U11": "[slack:T1:U11]", "a longer name than anybody has": "[]", ":_1": "[]",
		} {
			if got, err := l.Askers(t.Context(), suffix); fmt.Sprint(got) != want || err != nil {
				t.Errorf("Askers(%q) = %v, %v, want %v", suffix, got, err, want)
			}
		}
	})
}
