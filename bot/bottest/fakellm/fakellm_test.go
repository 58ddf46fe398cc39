package fakellm_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"footnote/bot/bottest/fakellm"
)

const system = `You answer from the passages. An example of a mark: town#p1.
=====
[town#p1] (1. The (old) bridge) The bridge of Marl was built in 1871 by Ada Reed. It is not open in winter.
+ note 1: Reed, Ada. Bridges and other tales of the long river, 1880.
[town#p2.1] The school of Marl has forty pupils. North of the bridge stands the Great Mill.
=====`

// post sends a chat request and returns the status and the body.
func post(t *testing.T, s *fakellm.Server, stream bool, user string) (int, string, error) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"model": fakellm.Model, "stream": stream, "stream_options": map[string]any{"include_usage": true},
		"messages": []map[string]string{{"role": "system", "content": system}, {"role": "user", "content": user}},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sk-test")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}

// content joins the pieces of a stream; usage tells whether its chunk came, with no
// choices, and done whether the stream ended as it should.
func content(t *testing.T, stream string) (text string, usage, done bool) {
	t.Helper()
	sc := bufio.NewScanner(strings.NewReader(stream))
	for sc.Scan() {
		data, ok := strings.CutPrefix(sc.Text(), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			return text, usage, true
		}
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
			Usage   *struct {
				CompletionTokens int `json:"completion_tokens"`
			}
		}
		if err := json.Unmarshal([]byte(data), &chunk); err != nil {
			t.Fatalf("chunk %q: %v", data, err)
		}
		if chunk.Usage != nil {
			usage = len(chunk.Choices) == 0 && chunk.Usage.CompletionTokens > 0
			continue
		}
		text += chunk.Choices[0].Delta.Content
	}
	return text, usage, false
}

func TestHonestAnswersFromThePassages(t *testing.T) {
	s := fakellm.New(t, fakellm.Config{})
	status, stream, err := post(t, s, true, "Who built the bridge of Marl?")
	if err != nil || status != http.StatusOK {
		t.Fatalf("post() = %d, %v, want 200", status, err)
	}
	text, usage, done := content(t, stream)
	const want = `{"answerable":true,"sentences":[{"text":"The bridge of Marl was built in 1871 by Ada Reed.","citations":[{"id":"town#p1","quote":"The bridge of Marl was built in 1871 by Ada Reed."}]}`
	if !strings.HasPrefix(text, want) || !usage || !done {
		t.Errorf("the stream has %q, usage %v, end %v, want %q first, and both", text, usage, done, want)
	}
	exchanges := s.Exchanges()
	if len(exchanges) != 1 {
		t.Fatalf("Exchanges() = %d, want 1", len(exchanges))
	}
	e := exchanges[0]
	if e.Key != "sk-test" || !e.Stream || e.Wrote != text || len(e.False) != 0 {
		t.Errorf("Exchanges() = %+v, want the key, the stream, and what was written", e)
	}
	passages := []fakellm.Passage{
		{ID: "town#p1", Text: "The bridge of Marl was built in 1871 by Ada Reed. It is not open in winter."},
		{ID: "town#p2.1", Text: "The school of Marl has forty pupils. North of the bridge stands the Great Mill."},
	}
	if len(e.Passages) != 2 || e.Passages[0] != passages[0] || e.Passages[1] != passages[1] {
		t.Errorf("Passages = %+v, want %+v", e.Passages, passages)
	}
}

func TestChangesAreFalse(t *testing.T) {
	for way, want := range map[fakellm.Behaviour]string{
		fakellm.ChangedNumbers:   "The bridge of Marl was built in 1872 by Ada Reed.",
		fakellm.DroppedNegations: "It is open in winter.",
		fakellm.AddedNegations:   "The bridge of Marl was not built in 1871 by Ada Reed.",
		fakellm.InventedNames:    "The bridge of Marl was built in 1871 by Zharkovich.",
		fakellm.ChangedNames:     "The bridge of Marl was built in 1871 by Great Mill.",
		fakellm.OneLetter:        "The bridge of Marx was built in 1871 by Ada Reed.",
		fakellm.ChangedDirection: "South of the bridge stands the Great Mill.",
		fakellm.WrongPassage:     "The bridge of Marl was built in 1871 by Ada Reed.",
	} {
		s := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way}})
		_, body, err := post(t, s, false, "Who built the bridge of Marl?")
		if err != nil {
			t.Fatal(err)
		}
		e := s.Exchanges()[0]
		found := false
		for _, c := range e.False {
			found = found || c.Text == want
		}
		if !found || !strings.Contains(body, want) {
			t.Errorf("%s: False = %+v in %s, want %q", way, e.False, body, want)
		}
		s.Close()
	}
}

func TestKilledStaysDead(t *testing.T) {
	s := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{fakellm.Killed}})
	_, stream, err := post(t, s, true, "Who built the bridge of Marl?")
	if _, _, done := content(t, stream); err == nil || done || !strings.Contains(stream, "data: ") {
		t.Errorf("post() = %q, %v, want the beginning of a stream and an error", stream, err)
	}
	if _, _, err := post(t, s, true, "And now?"); err == nil {
		t.Error("post() after the server was killed = nil, want an error")
	}
}

func TestFaultsOfHTTP(t *testing.T) {
	for way, want := range map[fakellm.Behaviour]int{fakellm.Limited: 429, fakellm.Broken: 500, fakellm.Loading: 503, fakellm.Unauthorised: 401, fakellm.TooLong: 400} {
		s := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way, fakellm.Honest}})
		if got, body, err := post(t, s, true, "?"); got != want || err != nil || !strings.Contains(body, `"error"`) {
			t.Errorf("%s: post() = %d, %s, %v, want %d with an error", way, got, body, err, want)
		}
		if got, _, err := post(t, s, true, "?"); got != 200 || err != nil {
			t.Errorf("%s, then honest: post() = %d, %v, want 200", way, got, err)
		}
		s.Close()
	}
}

func TestAttacksAreObeyed(t *testing.T) {
	attacks, err := fakellm.Attacks()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, a := range attacks {
		if ids[a.ID] || a.Text == "" || a.Demand == "" || a.Where != "question" && a.Where != "document" && a.Where != "thread" {
			t.Errorf("attack %+v is incomplete or there twice", a)
		}
		ids[a.ID] = true
	}
	for _, form := range fakellm.Forms() {
		s := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{form}})
		for _, a := range attacks {
			s.Forget()
			if _, _, err := post(t, s, true, "Who built the bridge of Marl? "+a.Text); err != nil {
				t.Fatal(err)
			}
			if e := s.Exchanges()[0]; e.Attack != a.ID || e.Wrote == "" {
				t.Errorf("%s: attack %s was taken for %q, want it obeyed", form, a.ID, e.Attack)
			}
		}
		s.Close()
	}
}

func TestEveryBehaviourEnds(t *testing.T) {
	for _, way := range append(fakellm.Behaviours(), fakellm.Forms()...) {
		s := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{way}, Flood: 2000, Drip: time.Microsecond})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _, _ = post(t, s, true, "Who built the bridge of Marl?")
		}()
		if err := s.WaitFor(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		switch way {
		case fakellm.Silent, fakellm.StallBefore, fakellm.StallMiddle:
			s.Close()
		}
		<-done
		s.Close()
	}
}
