package bottest

import (
	"strings"
	"testing"
	"time"
)

// both are the sentences of an answer that is shown while it is being written.
const both = "Both, " + canary + "?"

var showers = []promise{
	{"an answer is shown sentence by sentence, in one message", func(t *testing.T, h *Harness, p Platform) {
		q, step := slowly(t, h, p)
		step()
		h.shows(t, p, q, north)
		if got := texts(p.Answers(q)); strings.Contains(flat(got), flat(south)) {
			t.Errorf("what has not been written is shown:\n%s", got)
		}
		step()
		h.shows(t, p, q, south)
		step()
		h.settle(t)
		once(t, p, q)
	}},
	{"a sign is shown where nothing has been written yet", func(t *testing.T, h *Harness, p Platform) {
		q, step := slowly(t, h, p)
		h.waitFor(t, func() bool { return p.Sent() == 1 })
		step()
		step()
		step()
		h.settle(t)
		once(t, p, q)
	}},
	{"a throttled sentence is shown in the end", func(t *testing.T, h *Harness, p Platform) { showsAll(t, h, p, Throttled) }},
	{"a broken send of a sentence is made up for", func(t *testing.T, h *Harness, p Platform) { showsAll(t, h, p, Broken) }},
	{"a sentence whose receipt was lost is not shown twice", func(t *testing.T, h *Harness, p Platform) { showsAll(t, h, p, Cut) }},
	{"who asks privately is shown the sentences privately", func(t *testing.T, h *Harness, p Platform) {
		h.Answerer.Say(both, north, south)
		step := h.Answerer.Slowly()
		q := p.Whisper(t, both)
		for range 3 {
			step()
		}
		h.settle(t)
		for _, s := range p.Answers(q) {
			if s.Public {
				t.Errorf("everybody sees %q", s.Text)
			}
		}
		want(t, p.Answers(q), north)
		want(t, p.Answers(q), south)
	}},
	{"the answer to a question deleted meanwhile is taken back", func(t *testing.T, h *Harness, p Platform) {
		q, step := slowly(t, h, p)
		step()
		h.shows(t, p, q, north)
		p.Delete(t, q)
		step()
		step()
		h.settle(t)
		if p.Sent() != 0 {
			t.Errorf("%d messages stand, want none", p.Sent())
		}
	}},
}

// slowly asks a question whose answer comes in steps.
func slowly(t *testing.T, h *Harness, p Platform) (q Said, step func()) {
	t.Helper()
	h.Answerer.Say(both, north, south)
	step = h.Answerer.Slowly()
	return p.Ask(t, both), step
}

// showsAll has the first message of an answer that is shown while it is being written
// go wrong.
func showsAll(t *testing.T, h *Harness, p Platform, f Fault) {
	t.Helper()
	p.Break(f, 1)
	q, step := slowly(t, h, p)
	for range 3 {
		step()
	}
	h.settle(t)
	once(t, p, q)
}

// once checks that both sentences are shown, once, in one message.
func once(t *testing.T, p Platform, q Said) {
	t.Helper()
	want(t, p.Answers(q), north)
	want(t, p.Answers(q), south)
	if p.Sent() != 1 {
		t.Errorf("%d messages stand, want one", p.Sent())
	}
}

// shows waits until the answer shows a text.
func (h *Harness) shows(t *testing.T, p Platform, q Said, text string) {
	t.Helper()
	h.waitFor(t, func() bool { return strings.Contains(flat(texts(p.Answers(q))), flat(text)) })
}

// waitFor waits until something is so.
func (h *Harness) waitFor(t *testing.T, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); {
		if time.Now().After(end) {
			t.Fatalf("waited for %v; log:\n%s", patience, h.Logged())
		}
		<-time.After(5 * time.Millisecond)
	}
}
