package metrics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"footnote/bot"
)

// served returns an attempt with words in it that no figure may show.
func served(adapter string, status bot.Status, end bot.Outcome) bot.Served {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return bot.Served{
		Errand: bot.Errand{Key: "secret-key", Adapter: adapter, Attempt: 1, Accepted: start,
			Question: bot.Question{Text: "secret words", Asker: "secret-asker", Conversation: "secret-talk"}},
		Answer: bot.Answer{Kind: bot.KindAsk, Mode: "llm", Status: status, Text: "secret answer",
			Sentences: []bot.Sentence{{Text: "secret one", Verdict: bot.Quoted}, {Text: "secret two", Verdict: bot.Supported}},
			Rejected:  []bot.Rejected{{}}, Usage: &bot.Usage{Model: "m", Prompt: 100, Cached: 60, Completion: 20},
			Timing: bot.Timing{Retrieve: 2, Write: 3000}},
		Outcome: end, Begun: start.Add(time.Second), Written: start.Add(5 * time.Second), Over: start.Add(6 * time.Second),
	}
}

func TestMetrics(t *testing.T) {
	m := New("v1.2.3")
	m.Queue(func() int { return 7 })
	m.Material(func() (int, int) { return 3, 91 })
	m.Link("slack", func() bot.Link { return bot.Link{Up: true, Opened: 4} })
	m.Link("discord", func() bot.Link { return bot.Link{} })
	m.Served(t.Context(), served("slack", bot.Answered, bot.Delivered))
	m.Served(t.Context(), served("slack", bot.Abstained, bot.Retried)) // is not done with
	m.Served(t.Context(), served("discord", bot.Abstained, bot.Lost))
	m.Served(t.Context(), bot.Served{Errand: bot.Errand{Adapter: "slack"}, Outcome: bot.Unanswered})
	calls := m.Calls("slack")
	for _, status := range []int{200, 204, 302, 429, 404, 503, 0} {
		calls(status)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	got := "\n" + w.Body.String()
	for _, want := range []string{
		`footnote_build_info{version="v1.2.3"} 1`,
		`footnote_queue_questions 7`,
		`footnote_material_documents 3`,
		`footnote_material_passages 91`,
		`footnote_platform_up{platform="slack"} 1`,
		`footnote_platform_up{platform="discord"} 0`,
		`footnote_platform_connections_total{platform="slack"} 4`,
		`footnote_questions_total{adapter="slack",kind="ask",mode="llm",status="answered"} 1`,
		`footnote_questions_total{adapter="discord",kind="ask",mode="llm",status="abstained"} 1`,
		`footnote_deliveries_total{adapter="slack",outcome="delivered"} 1`,
		`footnote_deliveries_total{adapter="slack",outcome="retried"} 1`,
		`footnote_deliveries_total{adapter="slack",outcome="unanswered"} 1`,
		`footnote_deliveries_total{adapter="discord",outcome="lost"} 1`,
		`footnote_sentences_total{mode="llm",verdict="quoted"} 2`,
		`footnote_sentences_total{mode="llm",verdict="rejected"} 2`,
		`footnote_model_tokens_total{model="m",type="prompt"} 300`,
		`footnote_stage_seconds_bucket{stage="queue",le="1"} 3`,
		`footnote_stage_seconds_bucket{stage="retrieve",le="0.001"} 0`,
		`footnote_stage_seconds_bucket{stage="retrieve",le="0.0025"} 3`,
		`footnote_stage_seconds_sum{stage="write"} 9`,
		`footnote_stage_seconds_count{stage="whole"} 2`,
		`footnote_platform_calls_total{outcome="ok",platform="slack"} 3`,
		`footnote_platform_calls_total{outcome="limited",platform="slack"} 1`,
		`footnote_platform_calls_total{outcome="refused",platform="slack"} 1`,
		`footnote_platform_calls_total{outcome="failed",platform="slack"} 1`,
		`footnote_platform_calls_total{outcome="unreached",platform="slack"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("the page has no line %q", want)
		}
	}
	if strings.Contains(got, "secret") {
		t.Error("the page holds what somebody wrote, or who")
	}
	if t.Failed() {
		t.Log(got)
	}
}
