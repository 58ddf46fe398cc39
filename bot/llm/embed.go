package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/sashabaranov/go-openai"

	"footnote/bot"
	"footnote/retrieval/vector"
)

// EmbedConfig is how an [Embedder] reaches its models. The zero value of a field takes
// the default named beside it.
type EmbedConfig struct {
	BaseURL string // FOOTNOTE_EMBED_BASE_URL, without /embeddings; https://api.openai.com/v1
	Key     string // FOOTNOTE_EMBED_API_KEY; "" for a server that asks for none
	Passage string // FOOTNOTE_EMBED_PASSAGE_MODEL, as the server names it
	Query   string // FOOTNOTE_EMBED_QUERY_MODEL; Passage. Some servers tell the two by the model's name

	Connect    time.Duration     // until there is a connection; 5 s
	Question   time.Duration     // for a question, all tries and waits included; 2 s
	Batch      time.Duration     // for a batch of passages, likewise; 2 min
	Concurrent int               // calls at a time, the others wait; 4
	Transport  http.RoundTripper // carries the calls; one of ours
}

// How often a call is tried again. Nobody waits for passages.
const (
	questionRetries = 1
	batchRetries    = 6
)

// Bytes of a reply: a number in JSON takes about 13 at most, and no model known gives
// more than 4,096 of them for a text.
const perVector = 4096 * 20

// embeddings words the faults of a server that embeds.
var embeddings = wording{
	server: "the embeddings server", model: "the embeddings server", key: "FOOTNOTE_EMBED_API_KEY", address: "FOOTNOTE_EMBED_BASE_URL", name: "FOOTNOTE_EMBED_PASSAGE_MODEL",
	formless: "sends no JSON: it is no embeddings server", queue: "too many texts are being embedded",
}

// Embedder turns texts into vectors, by models of a server that speaks OpenAI's
// embeddings. It is safe for concurrent use.
type Embedder struct {
	*line
	own EmbedConfig
}

var _ vector.Embedder = (*Embedder)(nil)

// NewEmbedder returns an Embedder for conf. It makes no call.
func NewEmbedder(log *slog.Logger, conf EmbedConfig) (*Embedder, error) {
	if conf.Passage == "" {
		conf.Passage = conf.Query
	}
	if conf.Query == "" {
		conf.Query = conf.Passage
	}
	if conf.Question == 0 {
		conf.Question = 2 * time.Second
	}
	if conf.Batch == 0 {
		conf.Batch = 2 * time.Minute
	}
	wire := Config{
		BaseURL: conf.BaseURL, Key: conf.Key, Model: conf.Passage, Connect: conf.Connect, First: conf.Batch, Whole: conf.Batch,
		Concurrent: conf.Concurrent, Transport: conf.Transport,
	}
	if err := wire.validate(embeddings); err != nil {
		return nil, err
	}
	return &Embedder{line: newLine(log, wire.withDefaults(), embeddings), own: conf}, nil
}

// Model implements [vector.Embedder].
func (e *Embedder) Model() string {
	if e.own.Query == e.own.Passage {
		return e.own.Passage
	}
	return e.own.Passage + " for " + e.own.Query
}

// Embed implements [vector.Embedder]. Its errors are a *[Fault]. A question is given
// up early, since somebody waits for an answer that can do without.
func (e *Embedder) Embed(ctx context.Context, role vector.Role, texts []string) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	model, whole, left := e.own.Passage, e.own.Batch, batchRetries
	if role == vector.Query {
		model, whole, left = e.own.Query, e.own.Question, questionRetries
	}
	limited, cancel := context.WithTimeoutCause(ctx, whole, errWhole)
	defer cancel()
	for n := 1; ; n++ {
		out, err := e.once(limited, model, texts)
		var f *Fault
		if err == nil || !errors.As(err, &f) || !f.again || left == 0 || !e.rest(limited, n, f) {
			return out, err
		}
		left--
		e.log.Info("the embeddings server is asked again", "try", n, "kind", f.Kind, "status", f.Status)
	}
}

// once makes one call when it may be made.
func (e *Embedder) once(ctx context.Context, model string, texts []string) (out [][]float32, err error) {
	done, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	outcome := error(theirs{errors.New("given up by a panic")})
	defer func() { done(outcome) }()
	m := &meta{whole: true, most: aroundReply + int64(len(texts))*perVector}
	ctx = context.WithValue(ctx, metaKey{}, m)
	reply, err := e.api.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{Input: texts, Model: openai.EmbeddingModel(model)})
	if err != nil {
		f := e.fault(ctx, m, err)
		if f.Kind == Slow && whole(ctx) {
			f.what = fmt.Sprintf("%s was not done in time", e.words.server)
		}
		outcome = f
		return nil, f
	}
	out, err = vectors(reply, len(texts))
	outcome = err
	return out, err
}

// whole reports whether a call's own time was over.
func whole(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errWhole) }

// vectors returns what a reply holds in the order of the texts, whatever order it has.
func vectors(reply openai.EmbeddingResponse, n int) ([][]float32, error) {
	broken := func(what string) error {
		return &Fault{Kind: Broken, Status: http.StatusOK, what: "the embeddings server " + what}
	}
	if len(reply.Data) != n {
		return nil, broken(fmt.Sprintf("gave %d vectors for %d texts", len(reply.Data), n))
	}
	out := make([][]float32, n)
	for _, d := range reply.Data {
		if d.Index < 0 || d.Index >= n || out[d.Index] != nil {
			return nil, broken("numbered its vectors wrongly")
		}
		if len(d.Embedding) == 0 || len(d.Embedding) != len(reply.Data[0].Embedding) {
			return nil, broken("gave vectors of different lengths")
		}
		square := 0.0
		for _, v := range d.Embedding {
			square += float64(v) * float64(v)
		}
		if square == 0 || math.IsInf(square, 0) || math.IsNaN(square) {
			return nil, broken("gave a vector without a direction")
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}

// Check embeds a question and a passage, and says how the server stands.
func (e *Embedder) Check(ctx context.Context) []bot.Finding {
	const text = "What is a footnote?"
	began := time.Now()
	q, err := e.Embed(ctx, vector.Query, []string{text})
	took := time.Since(began).Round(time.Millisecond)
	var p [][]float32
	if err == nil {
		p, err = e.Embed(ctx, vector.Passage, []string{text})
	}
	switch {
	case err != nil:
		return []bot.Finding{bot.Checked(false, fmt.Sprintf("The embeddings server does not embed: %v.", err),
			"Check FOOTNOTE_EMBED_BASE_URL, FOOTNOTE_EMBED_API_KEY and the models' names. Passages are found by their words meanwhile.")}
	case len(q[0]) != len(p[0]):
		return []bot.Finding{bot.Checked(false, fmt.Sprintf("Questions have vectors of %d numbers, passages of %d: they cannot be compared.", len(q[0]), len(p[0])),
			"Name models in FOOTNOTE_EMBED_QUERY_MODEL and FOOTNOTE_EMBED_PASSAGE_MODEL that belong together.")}
	}
	return []bot.Finding{bot.Checked(true, fmt.Sprintf("The embeddings server answers: %d numbers a text, a question after %v.", len(q[0]), took), "")}
}
