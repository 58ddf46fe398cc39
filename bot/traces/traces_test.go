package traces

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"footnote/bot"
)

func TestTraces(t *testing.T) {
	got := make(chan *collector.ExportTraceServiceRequest, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(r.Body)
		}
		data, err := io.ReadAll(body)
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("POST %s: %v", r.URL.Path, err)
		}
		if strings.Contains(string(data), "secret") {
			t.Error("a span holds what somebody wrote, or who")
		}
		req := &collector.ExportTraceServiceRequest{}
		if err := proto.Unmarshal(data, req); err != nil {
			t.Error(err)
		}
		got <- req
	}))
	defer server.Close()
	traces, err := New(t.Context(), slog.New(slog.DiscardHandler), server.URL, "v1")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	traces.Served(t.Context(), bot.Served{
		Errand:  bot.Errand{Key: "slack:T1:C1:1", Adapter: "slack", Attempt: 1, Accepted: start, Question: bot.Question{Text: "secret words", Asker: "secret-asker"}},
		Answer:  bot.Answer{Kind: bot.KindAsk, Status: bot.Answered, Text: "secret answer", Timing: bot.Timing{Retrieve: 500}, Usage: &bot.Usage{Model: "m", Prompt: 9}},
		Outcome: bot.Delivered, Begun: start.Add(time.Second), Written: start.Add(4 * time.Second), Over: start.Add(6 * time.Second),
	})
	if err := traces.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	took, root := map[string]time.Duration{}, ""
	for _, span := range (<-got).ResourceSpans[0].ScopeSpans[0].Spans {
		took[span.Name] = time.Duration(span.EndTimeUnixNano - span.StartTimeUnixNano)
		if len(span.ParentSpanId) == 0 {
			root = span.Name
		}
	}
	want := map[string]time.Duration{"question": 6 * time.Second, "wait": time.Second, "retrieve": time.Second / 2, "write": 5 * time.Second / 2, "deliver": 2 * time.Second}
	for name, d := range want {
		if took[name] != d {
			t.Errorf("span %s took %v, want %v", name, took[name], d)
		}
	}
	if root != "question" || len(took) != len(want) {
		t.Errorf("the root is %q of %v, want question", root, took)
	}
}

// TestUnreached loses the spans, says so, and nothing else: nobody waits for a collector.
func TestUnreached(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	server.Close()
	var log strings.Builder
	traces, err := New(t.Context(), slog.New(slog.NewTextHandler(&log, nil)), address, "v1")
	if err != nil {
		t.Fatal(err)
	}
	traces.Served(t.Context(), bot.Served{Outcome: bot.Lost})
	_ = traces.Close(t.Context()) // whether it or the log says so is the library's matter
	if !strings.Contains(log.String(), "traces are lost") {
		t.Errorf("the log does not say that spans were lost: %q", log.String())
	}
}
