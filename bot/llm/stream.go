package llm

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"footnote/bot"
	"footnote/prompts"
)

const (
	perTokenText = 8                     // bytes of text that a token may be on the average
	farewell     = 50 * time.Millisecond // for the end of a reply, so that its connection can be used again
	believable   = 10_000_000            // tokens of one prompt or text
)

// stream is one call and its reply.
type stream struct {
	c    *Client
	p    prompts.Prompt
	each func(string) error
	use  *bot.Usage

	text    strings.Builder
	finish  openai.FinishReason
	counted bool // the server said what the call used
}

// run makes the call and hands on what comes.
func (s *stream) run(ctx context.Context, form shape) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(s.c.conf.First, func() { cancel(errSilent) })
	defer silence.Stop()
	m := &meta{most: aroundReply + int64(s.p.MaxTokens)*perToken}
	ctx = context.WithValue(ctx, metaKey{}, m)
	began := time.Now()
	reply, err := s.c.api.CreateChatCompletionStream(ctx, form.request(s.c.conf.Model, s.p))
	if err != nil {
		return s.c.fault(ctx, m, err)
	}
	defer reply.Close()
	defer s.settle()
	s.c.learn(form, form.schema && len(s.p.Schema) > 0)
	for {
		chunk, err := reply.Recv()
		switch {
		case errors.Is(err, io.EOF):
			silence.Reset(farewell)
			_, _ = io.Copy(io.Discard, m.body) // what is left of a reply is nobody's matter
			return s.verdict()
		case err != nil && s.finish != "":
			return s.verdict() // the text is whole; only the count is missing
		case err != nil:
			return s.broke(ctx, m, err)
		}
		alive, err := s.take(chunk, began)
		if err != nil {
			return err
		}
		if alive {
			silence.Reset(s.c.conf.First)
		}
	}
}

// take hands one event on. It reports whether the event shows the model at work.
func (s *stream) take(chunk openai.ChatCompletionStreamResponse, began time.Time) (alive bool, err error) {
	if chunk.Model != "" && modelName.MatchString(chunk.Model) {
		s.use.Model = chunk.Model
	}
	if u := chunk.Usage; u != nil {
		s.book(*u)
	}
	for _, choice := range chunk.Choices {
		if choice.Index != 0 || s.finish != "" {
			continue
		}
		d := choice.Delta
		if d.Refusal != "" {
			s.finish = openai.FinishReasonContentFilter
		}
		alive = alive || d.Content != "" || d.ReasoningContent != ""
		if d.Content != "" {
			if s.text.Len()+len(d.Content) > s.p.MaxTokens*perTokenText {
				return alive, &Fault{Kind: Endless, what: "the model wrote far more than was asked for"}
			}
			if s.text.Len() == 0 {
				s.use.FirstToken = time.Since(began)
			}
			s.text.WriteString(d.Content)
			if err := s.each(d.Content); err != nil {
				return alive, theirs{err}
			}
		}
		if choice.FinishReason != "" && s.finish == "" {
			s.finish = choice.FinishReason
		}
	}
	return alive, nil
}

// modelName is what a model's name may look like. It is shown with answers, and so a
// server may not write there what it likes.
var modelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}$`)

// book takes a server's word for what a call used, unless it cannot be true.
func (s *stream) book(u openai.Usage) {
	cached := 0
	if u.PromptTokensDetails != nil {
		cached = u.PromptTokensDetails.CachedTokens
	}
	if s.counted || u.PromptTokens <= 0 || u.CompletionTokens < 0 || max(u.PromptTokens, u.CompletionTokens) > believable || cached < 0 || cached > u.PromptTokens {
		return
	}
	s.counted = true
	s.use.Prompt += u.PromptTokens
	s.use.Cached += cached
	s.use.Completion += u.CompletionTokens
}

// settle counts what a call used where the server did not say.
func (s *stream) settle() {
	if s.counted {
		return
	}
	s.use.Prompt += s.c.promptTokens(s.p.System, s.p.User)
	s.use.Completion += s.c.Tokens(s.text.String())
}

// broke returns the fault of a stream that failed before the model was done.
func (s *stream) broke(ctx context.Context, m *meta, err error) error {
	f := s.c.fault(ctx, m, err)
	if f.Kind == Broken && s.text.Len() > 0 {
		f.Kind, f.what = Cut, "the model server broke off in the middle of the text"
	}
	return f
}

// verdict returns what the end of a reply means.
func (s *stream) verdict() error {
	switch s.finish {
	case "":
		return &Fault{Kind: Cut, Status: 200, again: true, what: "the model server broke off in the middle of the text"}
	case openai.FinishReasonLength:
		return &Fault{Kind: Endless, Status: 200, what: "the model was not done when the text had its full length"}
	case openai.FinishReasonContentFilter, openai.FinishReasonToolCalls, openai.FinishReasonFunctionCall:
		return &Fault{Kind: Declined, Status: 200, what: "the model declined to write"}
	}
	if s.text.Len() == 0 {
		return &Fault{Kind: Broken, Status: 200, what: "the model wrote nothing"}
	}
	return nil
}
