package llm

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// sends is a transport that replies with these bytes.
type sends []byte

func (s sends) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Request: req,
		Body: io.NopCloser(bytes.NewReader(s)),
	}, nil
}

// FuzzStream has a server send anything: there is a text that is no longer than it may
// be, or a fault, and no panic.
func FuzzStream(f *testing.F) {
	whole := `data: {"choices":[{"index":0,"delta":{"content":"One."}}]}` + "\n\n" +
		`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" +
		`data: {"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2}}` + "\n\ndata: [DONE]\n\n"
	for _, s := range []string{
		"", "data:", "data: null\n", "data: []\n", `data: {"choices":null}` + "\n", `data: {"error":null}` + "\n", `data: {"error":{"message":[1]}}` + "\n",
		`data: {"choices":[{}],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1}}` + "\n",
		strings.Repeat(": keep-alive\n", 400), whole, whole + whole, strings.ReplaceAll(whole, "\n", "\r\n"),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		c, err := New(slog.New(slog.DiscardHandler), Config{BaseURL: "http://model.example", Model: "m", Transport: sends(sent), Retries: -1})
		if err != nil {
			t.Fatal(err)
		}
		text, use, err := write(t.Context(), c)
		var fault *Fault
		switch {
		case err != nil && !errors.As(err, &fault):
			t.Errorf("Write = %v, which is no Fault", err)
		case err == nil && text == "":
			t.Error("Write gave no text and no fault")
		case len(text) > testPrompt.MaxTokens*perTokenText:
			t.Errorf("Write gave %d bytes, want %d at the most", len(text), testPrompt.MaxTokens*perTokenText)
		case min(use.Prompt, use.Completion) < 0 || max(use.Prompt, use.Completion) > believable:
			t.Errorf("Write's usage = %+v, which cannot be", use)
		}
	})
}
