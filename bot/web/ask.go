package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"footnote/bot"
	"footnote/bot/layout"
)

const (
	// mostTurns is how much of a conversation a page shows, the latest of it.
	mostTurns = 30
	// soon is how long a question waits for its answer before the page is shown
	// without: composed from quotes it takes a few milliseconds.
	soon = 700 * time.Millisecond
	// streamTime bounds how long a page is told of an answer: what answers gives up
	// after 30 seconds, and may have waited for others before.
	streamTime = 2 * time.Minute
	// mostStreams is how many pages are told of answers at a time.
	mostStreams = 200
)

// talk returns what the ledger calls a conversation.
func talk(id string) string { return adapterName + ":" + id }

// keyOf returns the key of the question with a number, from 0, in a conversation: who
// sends a form twice asks once.
func keyOf(id string, n int) string { return talk(id) + ":" + strconv.Itoa(n) }

// numberOf returns the number in a key.
func numberOf(key string) int {
	n, err := strconv.Atoi(key[strings.LastIndexByte(key, ':')+1:])
	if err != nil {
		return -1
	}
	return n
}

// ask takes a question in, and leads to the conversation.
func (w *Web) ask(rw http.ResponseWriter, r *http.Request) {
	if !w.form(rw, r) {
		return
	}
	v, id := of(r), r.PostForm.Get("c")
	text := strings.TrimSpace(layout.Clean(strings.ToValidUTF8(r.PostForm.Get("q"), "\uFFFD")))
	if text == "" {
		http.Redirect(rw, r, w.at("/"), http.StatusSeeOther)
		return
	}
	n, err := strconv.Atoi(cmp.Or(r.PostForm.Get("n"), "0"))
	if err != nil || n < 0 || n > mostNumber || id != "" && !isFresh(id) {
		w.fail(rw, v, http.StatusBadRequest)
		return
	}
	if id == "" {
		id, n = fresh(), 0
	} else if _, _, known, err := w.store.Errand(r.Context(), keyOf(id, max(0, n-1))); err != nil {
		w.broken(rw, r, "look for a conversation", err)
		return
	} else if !known { // nobody begins one by a name of their own
		w.fail(rw, v, http.StatusNotFound)
		return
	}
	key, err := w.accept(r.Context(), v, id, n, text)
	if err != nil {
		w.broken(rw, r, "keep a question", err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), soon)
	defer cancel()
	_ = w.follow(ctx, key, func(state) error { return nil }) // the page shows what there is by then
	http.Redirect(rw, r, w.at("/c/"+id+"#t"+strconv.Itoa(numberOf(key))), http.StatusSeeOther)
}

// mostNumber bounds how many questions a conversation has.
const mostNumber = 10_000

// accept has a question answered as the n-th of a conversation, or as the next that is
// free where somebody else has asked meanwhile.
func (w *Web) accept(ctx context.Context, v *visit, id string, n int, text string) (string, error) {
	for {
		key := keyOf(id, n)
		e := bot.Errand{Key: key, Adapter: adapterName, Address: json.RawMessage("{}"), Question: bot.Question{
			ID: key, Text: text, Asker: v.asker, Conversation: talk(id), Place: place, Language: v.language,
		}}
		isNew, err := w.service.Accept(ctx, e)
		if err != nil || isNew {
			return key, err
		}
		was, _, ok, err := w.store.Errand(ctx, key)
		if err != nil || ok && was.Question.Text == text || n >= mostNumber {
			return key, err
		}
		n++
	}
}

// turns returns the turns of a conversation with their numbers, and the number that the
// next has. Those that are not answered yet come last.
func (w *Web) turns(ctx context.Context, id string) (out []state, next int, err error) {
	ts, err := w.store.Turns(ctx, talk(id), mostTurns)
	if err != nil {
		return nil, 0, err
	}
	seen := map[string]bool{}
	for _, t := range ts {
		key := t.Question.ID
		seen[key] = true
		out = append(out, state{errand: bot.Errand{Key: key, Question: t.Question}, answer: t.Answer, whole: true})
		next = max(next, numberOf(key)+1)
	}
	// An earlier question may still wait where a later one is answered.
	for n := max(0, next-mostTurns); ; n++ {
		if seen[keyOf(id, n)] {
			continue
		}
		s, err := w.turn(ctx, keyOf(id, n))
		if err != nil {
			return nil, 0, err
		}
		if s.errand.Key == "" && n >= next {
			break
		}
		next = max(next, n+1)
		if !s.gone {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b state) int { return numberOf(a.errand.Key) - numberOf(b.errand.Key) })
	return out, next, nil
}

// conversation shows the turns of a conversation.
func (w *Web) conversation(rw http.ResponseWriter, r *http.Request) {
	v, id := of(r), r.PathValue("id")
	if !isFresh(id) {
		w.lost(rw, r)
		return
	}
	ts, next, err := w.turns(r.Context(), id)
	if err != nil {
		w.broken(rw, r, "read a conversation", err)
		return
	}
	if len(ts) == 0 {
		w.lost(rw, r)
		return
	}
	p := talkPage{ID: id, Next: next}
	for _, s := range ts {
		t := w.turnView(v, id, s)
		t.Thanked = r.URL.Query().Get("thanks") == strconv.Itoa(t.Number)
		p.Waits = p.Waits || !s.whole
		p.Turns = append(p.Turns, t)
	}
	w.show(rw, http.StatusOK, "talk", w.frame(v, p.Turns[0].Question, p))
}

// talkPage is what the page of a conversation shows.
type talkPage struct {
	ID    string
	Next  int
	Turns []turnView
	Waits bool // an answer is still being written
}

// turnView is a question with its answer, as they are shown.
type turnView struct {
	ID       string // of the conversation
	Number   int
	Question string
	Answer   *answerView // nil where it is still being written and there is nothing of it
	Whole    bool
	Thanked  bool
	W        *words
	Base     string
}

// turnView returns a turn as v may see it.
func (w *Web) turnView(v *visit, id string, s state) turnView {
	t := turnView{ID: id, Number: numberOf(s.errand.Key), Question: layout.Clean(s.errand.Question.Text), Whole: s.whole, W: v.w, Base: w.base}
	switch {
	case s.answer.Status == "" && len(s.answer.Sentences) == 0:
	case !bot.May(w.asker, place, s.answer):
		t.Answer = &answerView{Note: v.w.Hidden}
	default:
		key := ""
		if s.whole && w.feedback != nil {
			key = s.errand.Key
		}
		t.Answer = w.answerView(v, s.answer, key, !s.whole)
	}
	return t
}

// events tells a page of the answer to a question while it is being written, by
// server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html): the
// sentences so far, and in the end the whole.
func (w *Web) events(rw http.ResponseWriter, r *http.Request) {
	v, id := of(r), r.PathValue("id")
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 0 || n > mostNumber || !isFresh(id) {
		w.lost(rw, r)
		return
	}
	if !w.live.enter() {
		rw.Header().Set("Retry-After", "5")
		w.fail(rw, v, http.StatusServiceUnavailable)
		return
	}
	defer w.live.leave()
	if s, err := w.turn(r.Context(), keyOf(id, n)); err != nil || s.gone {
		w.lost(rw, r)
		return
	}
	control := http.NewResponseController(rw)
	_ = control.SetWriteDeadline(time.Now().Add(streamTime)) // where a server has none, there is nothing to move
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("X-Accel-Buffering", "no") // nginx holds nothing back then
	ctx, cancel := context.WithTimeout(r.Context(), streamTime)
	defer cancel()
	_ = w.follow(ctx, keyOf(id, n), func(s state) error { // whoever has gone is told nothing
		name, t := "part", w.turnView(v, id, s)
		if s.whole || s.gone {
			name = "whole"
		}
		var b bytes.Buffer
		if err := pages.ExecuteTemplate(&b, name, t); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(rw, "event: %s\ndata: %s\n\n", name, bytes.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte("\n"), []byte("\ndata: "))); err != nil {
			return err
		}
		return control.Flush()
	})
}

// enter counts a page in that is told of an answer, unless there are too many.
func (l *live) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.streams >= mostStreams {
		return false
	}
	l.streams++
	return true
}

func (l *live) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams--
}

// rate keeps what somebody thinks of an answer.
func (w *Web) rate(rw http.ResponseWriter, r *http.Request) {
	if !w.form(rw, r) {
		return
	}
	v, id := of(r), r.PathValue("id")
	n, err := strconv.Atoi(r.PostForm.Get("n"))
	if err != nil || n < 0 || n > mostNumber || !isFresh(id) || w.feedback == nil {
		w.lost(rw, r)
		return
	}
	s, err := w.turn(r.Context(), keyOf(id, n))
	switch {
	case err != nil:
		w.broken(rw, r, "look for an answer", err)
		return
	case s.gone, !s.whole:
		w.lost(rw, r)
		return
	}
	f := bot.Feedback{Key: s.errand.Key, Asker: v.asker, Good: r.PostForm.Get("good") == "yes", At: time.Now()}
	if !f.Good {
		f.Reason = reasonOf(s.answer, r.PostForm.Get("reason"), r.PostForm.Get("words"))
		f.Passages = s.answer.Shown()
	}
	if err := w.feedback.Rate(r.Context(), f); err != nil {
		w.broken(rw, r, "keep what somebody thinks of an answer", err)
		return
	}
	http.Redirect(rw, r, w.at(fmt.Sprintf("/c/%s?thanks=%d#t%d", id, n, n)), http.StatusSeeOther)
}

// reasonOf returns a reason of those that were offered, with the person's own words.
func reasonOf(a bot.Answer, reason, own string) string {
	if !slices.Contains(layout.Reasons(a), layout.Reason(reason)) {
		reason = ""
	}
	own = layout.Clip(strings.TrimSpace(layout.Clean(strings.ToValidUTF8(own, "\uFFFD"))), layout.MostWords)
	switch {
	case own == "":
		return reason
	case reason == "":
		return own
	}
	return reason + ": " + own
}
