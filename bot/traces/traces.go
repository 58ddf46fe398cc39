// Package traces tells an OpenTelemetry collector how long each question took, and with
// what: a span for the whole, with spans for its stages below. It knows nobody's words
// and no person: a span has the errand's key, as the log has.
package traces

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	"footnote/bot"
)

// tracesPath is where a collector takes traces, below its address, as the OTLP
// specification has it.
const tracesPath = "/v1/traces"

// closeTime bounds how long the last spans are waited for.
const closeTime = 5 * time.Second

// Traces sends spans to a collector, in batches and beside the work. It is safe for
// concurrent use.
type Traces struct {
	provider *trace.TracerProvider
	tracer   api.Tracer
}

var _ bot.Observer = (*Traces)(nil)

// New returns what sends to the collector at an address, by OTLP over HTTP. It makes no
// call: a collector that cannot be reached is told to log, and its spans are lost. The
// other variables of OpenTelemetry's (OTEL_EXPORTER_OTLP_HEADERS, …) hold too.
func New(ctx context.Context, log *slog.Logger, address, version string) (*Traces, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(address, "/")+tracesPath))
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	// The library has one place for the errors of all; nothing else here uses it.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces are lost", "error", err) }))
	about := resource.NewSchemaless(attribute.String("service.name", "footnote"), attribute.String("service.version", version))
	p := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	return &Traces{provider: p, tracer: p.Tracer("footnote/bot")}, nil
}

// Served implements [bot.Observer].
func (t *Traces) Served(ctx context.Context, s bot.Served) {
	e, a := s.Errand, s.Answer
	from := e.Accepted
	if e.Attempt > 1 || from.IsZero() {
		from = s.Begun
	}
	ctx, whole := t.tracer.Start(ctx, "question", api.WithNewRoot(), api.WithTimestamp(from), api.WithAttributes(
		attribute.String("footnote.key", e.Key), attribute.String("footnote.adapter", e.Adapter), attribute.Int("footnote.attempt", e.Attempt),
		attribute.String("footnote.outcome", string(s.Outcome)), attribute.String("footnote.kind", string(a.Kind)), attribute.String("footnote.mode", a.Mode),
		attribute.String("footnote.status", string(a.Status)), attribute.Float64("footnote.confidence", a.Confidence), attribute.Int("footnote.passages", len(a.Citations)),
	))
	if s.Outcome != bot.Delivered || a.Status == bot.Failed {
		whole.SetStatus(codes.Error, string(s.Outcome))
	}
	stage := func(name string, from, to time.Time, with ...attribute.KeyValue) {
		_, span := t.tracer.Start(ctx, name, api.WithTimestamp(from), api.WithAttributes(with...))
		span.End(api.WithTimestamp(to))
	}
	stage("wait", from, s.Begun)
	var with []attribute.KeyValue
	if u := a.Usage; u != nil {
		with = append(with, attribute.String("gen_ai.request.model", u.Model), attribute.Int("gen_ai.usage.input_tokens", u.Prompt), attribute.Int("gen_ai.usage.output_tokens", u.Completion))
	}
	found := s.Begun.Add(time.Duration(a.Timing.Retrieve * float64(time.Millisecond)))
	stage("retrieve", s.Begun, found)
	stage("write", found, s.Written, with...)
	stage("deliver", s.Written, s.Over)
	whole.End(api.WithTimestamp(s.Over))
}

// Close sends what is left, for up to five seconds.
func (t *Traces) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}
