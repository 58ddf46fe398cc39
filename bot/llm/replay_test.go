package llm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/bot"
	"footnote/prompts"
)

// record makes the exchanges in testdata anew, with a real server:
//
//	go test ./bot/llm -run Replay -record http://127.0.0.1:18081/v1
var record = flag.String("record", "", "base address of a model server to record the exchanges of testdata with")

// longRequest is how many bytes a request may have that is kept in full; of a longer
// one the hash is kept.
const longRequest = 16 << 10

// exchange is a request and the server's reply, as they are kept.
type exchange struct {
	Path     string            `json:"path"`
	Request  json.RawMessage   `json:"request"` // or its hash, as a string
	Status   int               `json:"status"`
	Header   map[string]string `json:"header"`
	Response []string          `json:"response"` // lines
}

// replayer is a transport that answers from a file, request by request in their order,
// and fails the test where a request is not the one that was recorded.
type replayer struct {
	t    *testing.T
	file string
	left []exchange
	made []exchange // while recording
}

// replay returns a client that plays testdata/name.json, and how it stands for it.
func replay(t *testing.T, name string) *Client {
	t.Helper()
	r := &replayer{t: t, file: filepath.Join("testdata", name+".json")}
	conf := Config{BaseURL: "http://recorded.example/v1", Model: "local-chat", Transport: r, Retries: -1}
	if *record != "" {
		conf.BaseURL, conf.First, conf.Whole = *record, time.Minute, 5*time.Minute // a busy machine is slow
		t.Cleanup(r.save)
	} else {
		text, err := os.ReadFile(r.file)
		if err == nil {
			err = json.Unmarshal(text, &r.left)
		}
		if err != nil {
			t.Fatalf("read the recorded exchanges: %v", err)
		}
		t.Cleanup(func() {
			if len(r.left) > 0 {
				t.Errorf("%d recorded exchanges of %s were not asked for", len(r.left), r.file)
			}
		})
	}
	c, err := New(slog.New(slog.DiscardHandler), conf)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *replayer) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	now := exchange{Path: req.URL.Path, Request: kept(r.t, body)}
	if *record != "" {
		return r.forward(req, body, now)
	}
	if len(r.left) == 0 {
		r.t.Errorf("there is no recorded exchange left in %s for a further request", r.file)
		return nil, errors.New("nothing recorded")
	}
	was := r.left[0]
	r.left = r.left[1:]
	if want := kept(r.t, was.Request); was.Path != now.Path || !bytes.Equal(want, now.Request) {
		r.t.Errorf("the request is not the one in %s; if that is meant, record it anew (see replay_test.go)\n%s", r.file, difference(want, now.Request))
		return nil, errors.New("not what was recorded")
	}
	resp := &http.Response{
		StatusCode: was.Status, Status: http.StatusText(was.Status), Header: http.Header{}, Request: req,
		Body: io.NopCloser(strings.NewReader(strings.Join(was.Response, "\n"))),
	}
	for k, v := range was.Header {
		resp.Header.Set(k, v)
	}
	return resp, nil
}

// forward asks the real server, and keeps the exchange.
func (r *replayer) forward(req *http.Request, body []byte, now exchange) (*http.Response, error) {
	req.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	now.Status, now.Header = resp.StatusCode, map[string]string{"Content-Type": resp.Header.Get("Content-Type")}
	for _, line := range strings.Split(string(text), "\n") {
		now.Response = append(now.Response, scrubbed(line))
	}
	r.made = append(r.made, now)
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return resp, nil
}

// save writes what was recorded.
func (r *replayer) save() {
	text, err := json.MarshalIndent(r.made, "", " ")
	if err == nil {
		err = os.WriteFile(r.file, append(text, '\n'), 0o644)
	}
	if err != nil {
		r.t.Errorf("save the exchanges: %v", err)
	}
}

// kept returns a request as it is kept and compared: JSON with its keys in order, or
// its hash.
func kept(t *testing.T, body []byte) json.RawMessage {
	t.Helper()
	var v any
	err := json.Unmarshal(body, &v)
	if err == nil {
		body, err = json.Marshal(v)
	}
	if err != nil {
		t.Fatalf("a request is no JSON: %v", err)
	}
	if len(body) > longRequest {
		return fmt.Appendf(nil, `"sha256:%x"`, sha256.Sum256(body))
	}
	return body
}

// scrubbed returns a line of a reply without what differs from one time to the next
// or tells about the machine.
func scrubbed(line string) string {
	data, ok := strings.CutPrefix(line, "data: {")
	var v map[string]any
	if !ok || json.Unmarshal([]byte("{"+data), &v) != nil {
		return line
	}
	for _, k := range []string{"id", "created", "system_fingerprint", "timings", "object"} {
		delete(v, k)
	}
	short, err := json.Marshal(v)
	if err != nil {
		return line
	}
	return "data: " + string(short)
}

// difference shows where two requests part.
func difference(want, got []byte) string {
	n := 0
	for n < len(want) && n < len(got) && want[n] == got[n] {
		n++
	}
	around := func(b []byte) []byte { return b[max(0, n-60):min(len(b), n+60)] }
	return fmt.Sprintf("recorded: …%s…\nnow:      …%s…", around(want), around(got))
}

// recordedPassages are what the recorded questions are asked over.
var recordedPassages = []prompts.Passage{
	{ID: "doc#p1", Label: "¶1", Section: "The bridge", Text: "The bridge over the Elbe was opened on 3 May 1893. It is 141 metres long.", Notes: []string{"note 1: City archive, file 12."}},
	{ID: "doc#p2", Label: "¶2", Section: "The bridge", Text: "In 1945 the bridge was not blown up, because two citizens cut the wires."},
}

// TestReplayAnswer plays an answer of a small real model, by a schema.
func TestReplayAnswer(t *testing.T) {
	p := prompts.Answer{Passages: recordedPassages, Question: "When was the bridge opened?", Language: "English"}.Prompt()
	p.MaxTokens = 200
	text, use := played(t, replay(t, "answer"), p)
	var reply struct {
		Answerable *bool `json:"answerable"`
		Sentences  []struct {
			Text      string `json:"text"`
			Citations []struct{ ID, Quote string }
		} `json:"sentences"`
	}
	if err := json.Unmarshal([]byte(text), &reply); err != nil || reply.Answerable == nil {
		t.Errorf("the text %q is not in the schema's form: %v", text, err)
	}
	if use.Prompt < 200 || use.Completion < 5 || use.Model != "local-chat" {
		t.Errorf("usage = %+v, want the server's own figures", use)
	}
}

// TestReplayRewrite plays a follow-up that is rewritten.
func TestReplayRewrite(t *testing.T) {
	p := prompts.Rewrite{Question: "How long is it?", Earlier: "When was the bridge over the Elbe opened?"}.Prompt()
	p.MaxTokens = 100
	text, _ := played(t, replay(t, "rewrite"), p)
	var reply struct {
		Question string `json:"question"`
	}
	if err := json.Unmarshal([]byte(text), &reply); err != nil || reply.Question == "" {
		t.Errorf("the text %q is not in the schema's form: %v", text, err)
	}
}

// TestReplayTooLong plays a prompt that does not fit the model.
func TestReplayTooLong(t *testing.T) {
	p := testPrompt
	p.System = strings.Repeat("All work and no play makes the bridge a long bridge. ", 600)
	_, err := replay(t, "too-long").Write(t.Context(), p, func(string) error { return nil })
	if kindOf(t, err) != TooLong {
		t.Errorf("Write = %v, want too long", err)
	}
}

// TestReplayNoticesAChange plays a prompt that is not the recorded one.
func TestReplayNoticesAChange(t *testing.T) {
	if *record != "" {
		t.Skip("recording")
	}
	aside := &testing.T{} // takes the failure that is wanted
	r := &replayer{t: aside, left: []exchange{{Path: "/v1/chat/completions", Request: json.RawMessage(`{"model":"another"}`), Status: 200}}}
	c, err := New(slog.New(slog.DiscardHandler), Config{BaseURL: "http://recorded.example/v1", Model: "m", Transport: r, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := write(t.Context(), c); err == nil || !aside.Failed() {
		t.Errorf("Write of a changed prompt = %v and the test failed: %t, want both", err, aside.Failed())
	}
}

// played writes p and returns what came.
func played(t *testing.T, w bot.Writer, p prompts.Prompt) (string, bot.Usage) {
	t.Helper()
	var text strings.Builder
	use, err := w.Write(context.WithoutCancel(t.Context()), p, func(d string) error {
		text.WriteString(d)
		return nil
	})
	if err != nil {
		t.Fatalf("Write = %v after %q, want the text", err, text.String())
	}
	return text.String(), use
}
