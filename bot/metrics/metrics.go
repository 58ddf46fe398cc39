// Package metrics counts what a running service does, and shows it to Prometheus. It
// knows no person, no place and no words: every label has few values, all of which
// stand in the program or its settings.
package metrics

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"footnote/bot"
)

// stageBuckets are upper ends in seconds. An answer composed from quotes takes
// milliseconds, footnote bench measures them; one by a model takes up to the 30 s that a
// [bot.Service] gives any answer, and a delivery may wait for a minute.
var stageBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60}

// Metrics are the figures of one process. They are safe for concurrent use.
type Metrics struct {
	registry   *prometheus.Registry
	questions  *prometheus.CounterVec
	deliveries *prometheus.CounterVec
	sentences  *prometheus.CounterVec
	stages     *prometheus.HistogramVec
	tokens     *prometheus.CounterVec
	calls      *prometheus.CounterVec
}

var _ bot.Observer = (*Metrics)(nil)

// New returns figures that are all zero, with those of Go and of the process beside
// them. version is the program's.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "footnote", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.questions = counter("questions_total", "Questions that are done with. Status tells abstained from answered.", "adapter", "kind", "mode", "status")
	m.deliveries = counter("deliveries_total", "Attempts to answer and deliver, by what they came to.", "adapter", "outcome")
	m.sentences = counter("sentences_total", "Sentences of answers, by how far the material supports them; rejected ones were not shown.", "mode", "verdict")
	m.tokens = counter("model_tokens_total", "Tokens that the model took. Cached ones are prompt tokens too.", "model", "type")
	m.calls = counter("platform_calls_total", "Calls of the platforms' APIs: ok, limited (429), refused (other 4xx), failed (5xx) or unreached.", "platform", "outcome")
	m.stages = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "footnote", Name: "stage_seconds", Buckets: stageBuckets,
		Help: "How long a question waited in the queue, how long retrieving, writing and delivering took, and how long the whole from its arrival.",
	}, []string{"stage"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "footnote", Name: "build_info", Help: "1; the label is the program's version.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.stages, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Queue has waiting asked, at every look, for the questions that wait or are answered.
func (m *Metrics) Queue(waiting func() int) {
	m.gauge("queue_questions", "Questions that wait for an answer in this process, or are being answered.", nil, func() float64 { return float64(waiting()) })
}

// Material has size asked, at every look, for what is being answered from.
func (m *Metrics) Material(size func() (documents, passages int)) {
	m.gauge("material_documents", "Documents that are answered from.", nil, func() float64 { d, _ := size(); return float64(d) })
	m.gauge("material_passages", "Passages of those documents.", nil, func() float64 { _, p := size(); return float64(p) })
}

// Link has link asked, at every look, how a platform's adapter is connected.
func (m *Metrics) Link(platform string, link func() bot.Link) {
	labels := prometheus.Labels{"platform": platform}
	m.gauge("platform_up", "1 where what the platform sends is received.", labels, func() float64 {
		if link().Up {
			return 1
		}
		return 0
	})
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "footnote", Name: "platform_connections_total", ConstLabels: labels,
		Help: "Connections to the platform since the start: the first, and each that followed one that was lost.",
	}, func() float64 { return float64(link().Opened) }))
}

func (m *Metrics) gauge(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "footnote", Name: name, Help: help, ConstLabels: labels}, value))
}

// Calls returns what counts the calls of a platform's API by their HTTP status, 0 where
// no answer came.
func (m *Metrics) Calls(platform string) func(status int) {
	return func(status int) {
		outcome := "ok"
		switch {
		case status == 0:
			outcome = "unreached"
		case status == http.StatusTooManyRequests:
			outcome = "limited"
		case status >= 500:
			outcome = "failed"
		case status >= 400:
			outcome = "refused"
		}
		m.calls.WithLabelValues(platform, outcome).Inc()
	}
}

// Served implements [bot.Observer].
func (m *Metrics) Served(_ context.Context, s bot.Served) {
	adapter, a := s.Errand.Adapter, s.Answer
	m.deliveries.WithLabelValues(adapter, string(s.Outcome)).Inc()
	if a.Status == "" {
		return // nothing was written
	}
	mode := cmp.Or(a.Mode, "none")
	m.stages.WithLabelValues("deliver").Observe(s.Over.Sub(s.Written).Seconds())
	if s.Errand.Attempt <= 1 { // later, most of the wait is for the platform
		m.stages.WithLabelValues("queue").Observe(max(0, s.Begun.Sub(s.Errand.Accepted)).Seconds())
	}
	if a.Status != bot.Refused && a.Status != bot.Failed {
		m.stages.WithLabelValues("retrieve").Observe(a.Timing.Retrieve / 1000)
		m.stages.WithLabelValues("write").Observe(a.Timing.Write / 1000)
	}
	m.used(a)
	if !s.Outcome.Final() {
		return
	}
	m.questions.WithLabelValues(adapter, cmp.Or(string(a.Kind), "any"), mode, string(a.Status)).Inc()
	m.stages.WithLabelValues("whole").Observe(max(0, s.Over.Sub(s.Errand.Accepted)).Seconds())
	for _, sentence := range a.Sentences {
		m.sentences.WithLabelValues(mode, cmp.Or(string(sentence.Verdict), "none")).Inc()
	}
	m.sentences.WithLabelValues(mode, "rejected").Add(float64(len(a.Rejected)))
}

// used counts the tokens of an answer; those of an answer that was written for somebody
// else are counted there.
func (m *Metrics) used(a bot.Answer) {
	u := a.Usage
	if u == nil || a.Reused {
		return
	}
	for name, n := range map[string]int{"prompt": u.Prompt, "cached": u.Cached, "completion": u.Completion} {
		m.tokens.WithLabelValues(u.Model, name).Add(float64(n))
	}
}

// Handler serves the figures, for Prometheus to scrape. No more than four looks are
// served at a time, each within five seconds.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 5 * time.Second})
}
