package fakellm

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// maxBody is the longest request that is read.
const maxBody = 16 << 20

// request is the part of a chat request that the server looks at.
type request struct {
	Model          string    `json:"model"`
	Messages       []Message `json:"messages"`
	Stream         bool      `json:"stream"`
	MaxTokens      int       `json:"max_tokens"`
	ResponseFormat *struct {
		Type       string `json:"type"`
		JSONSchema *struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
	StreamOptions *struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// schema is the JSON schema that the reply is asked to have, nil for none.
func (r *request) schema() json.RawMessage {
	if r.ResponseFormat == nil || r.ResponseFormat.JSONSchema == nil {
		return nil
	}
	return r.ResponseFormat.JSONSchema.Schema
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&req); err != nil || len(req.Messages) == 0 {
		fail(w, http.StatusBadRequest, "invalid_request_error", "the body is no chat request")
		return
	}
	e := Exchange{Key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), Stream: req.Stream, Schema: req.ResponseFormat != nil, Messages: req.Messages, At: time.Now()}
	if s.cfg.NoSchema && req.ResponseFormat != nil {
		s.record(e)
		fail(w, http.StatusBadRequest, "invalid_request_error", "response_format is not supported by this model")
		return
	}
	e.Behaviour = s.next()
	e.Passages = passagesIn(req.Messages)
	turn := &turn{s: s, w: w, r: r, req: &req, e: &e}
	way, known := ways()[e.Behaviour]
	if !known {
		s.record(e)
		fail(w, http.StatusInternalServerError, "server_error", "no behaviour is called "+string(e.Behaviour))
		return
	}
	way(turn)
}

// turn is one request on its way through a behaviour.
type turn struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	req     *request
	e       *Exchange
	started bool
}

// wrote records the exchange, with the content that is about to be sent.
func (t *turn) wrote(content string) {
	t.e.Wrote = content
	t.s.record(*t.e)
}

// send writes content whole, as a stream where one was asked for.
func (t *turn) send(content string) {
	t.wrote(content)
	t.stream(content, 0)
	t.finish("stop", content)
}

// stream sends content in pieces of a few characters, with a pause between them. It
// returns false once nobody listens any more.
func (t *turn) stream(content string, pause time.Duration) bool {
	if !t.req.Stream {
		return true
	}
	for content != "" {
		n := piece(content)
		if pause > 0 {
			n = len(firstRune(content))
		}
		if !t.delta(object{"content": content[:n]}) {
			return false
		}
		content = content[n:]
		if pause > 0 && !t.wait(pause) {
			return false
		}
	}
	return true
}

// piece is how many bytes of content go into the next chunk: about as many as a token
// has, no character cut in two.
func piece(content string) int {
	n := min(5, len(content))
	for n < len(content) && !utf8.RuneStart(content[n]) {
		n++
	}
	return n
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// begin sends the headers and the first chunk, which has the role only.
func (t *turn) begin() bool {
	if t.started || !t.req.Stream {
		return true
	}
	t.started = true
	t.w.Header().Set("Content-Type", "text/event-stream")
	return t.chunk(object{"role": "assistant", "content": ""}, nil)
}

// delta sends one chunk.
func (t *turn) delta(delta object) bool { return t.begin() && t.chunk(delta, nil) }

func (t *turn) chunk(delta object, finish any) bool {
	return t.event(object{"choices": []object{{"index": 0, "delta": delta, "finish_reason": finish}}})
}

func (t *turn) event(o object) bool {
	o["id"], o["object"], o["created"], o["model"] = "chatcmpl-1", "chat.completion.chunk", 1, Model
	data, err := json.Marshal(o)
	if err != nil {
		return false // unreachable: all we send can be encoded
	}
	return t.raw("data: " + string(data) + "\n\n")
}

// raw writes bytes as they are.
func (t *turn) raw(text string) bool {
	if _, err := t.w.Write([]byte(text)); err != nil {
		return false
	}
	return http.NewResponseController(t.w).Flush() == nil
}

// finish ends a reply: the last chunk, the usage where it was asked for, and [DONE];
// or, without a stream, the reply whole.
func (t *turn) finish(reason, content string) {
	prompt := 0
	for _, m := range t.req.Messages {
		prompt += tokens(m.Content)
	}
	usage := object{
		"prompt_tokens": prompt, "completion_tokens": tokens(content), "total_tokens": prompt + tokens(content),
		"prompt_tokens_details": object{"cached_tokens": prompt / 2},
	}
	if !t.req.Stream {
		writeJSON(t.w, http.StatusOK, object{
			"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": Model, "usage": usage,
			"choices": []object{{"index": 0, "finish_reason": reason, "message": object{"role": "assistant", "content": content}}},
		})
		return
	}
	if !t.begin() || !t.chunk(object{}, reason) {
		return
	}
	if t.req.StreamOptions != nil && t.req.StreamOptions.IncludeUsage {
		t.event(object{"choices": []object{}, "usage": usage})
	}
	t.raw("data: [DONE]\n\n")
}

// wait waits, and returns false where the client or the server has gone meanwhile.
func (t *turn) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.r.Context().Done():
	case <-t.s.ctx.Done():
	}
	return false
}

// hang waits until the client or the server has gone.
func (t *turn) hang() {
	select {
	case <-t.r.Context().Done():
	case <-t.s.ctx.Done():
	}
}

// cut closes the connection with nothing more said.
func (t *turn) cut() {
	_ = http.NewResponseController(t.w).Flush()
	panic(http.ErrAbortHandler)
}
