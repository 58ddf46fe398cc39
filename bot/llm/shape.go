package llm

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/sashabaranov/go-openai"

	"footnote/prompts"
)

// field is a part of a request that not every server takes.
type field string

const (
	schema      field = "response_format"
	bounds      field = "maxItems" // and the like in a schema
	limit       field = "max_tokens"
	temperature field = "temperature"
	counting    field = "stream_options"
)

// named returns the part of the request that a server's refusal is about, and whether
// that is only the likeliest one, since it does not say. What is guessed here counts
// only once a call without the part has worked.
func named(said string) (f field, vague bool) {
	for _, n := range []struct {
		words []string
		is    field
	}{
		{[]string{"maxitems", "maxlength"}, bounds},
		{[]string{"response_format", "json_schema", "grammar", "structured output"}, schema},
		{[]string{"max_tokens", "max_completion_tokens"}, limit},
		{[]string{"stream_options", "include_usage"}, counting},
		{[]string{"temperature"}, temperature},
		{[]string{"schema"}, schema},
	} {
		for _, w := range n.words {
			if strings.Contains(said, w) {
				return n.is, false
			}
		}
	}
	return schema, true
}

// coldest is a temperature that is as good as 0, which go-openai leaves out. A smaller
// one is divided by and overflows in llama.cpp, or is raised to this by vLLM.
const coldest = 0.01

// shape is which parts requests have.
type shape struct {
	schema      bool // response_format
	bounds      bool // the schema says how long texts and lists may be
	counting    bool // stream_options
	temperature bool // the coldest; without it the server's own
	newLimit    bool // max_completion_tokens in place of max_tokens
}

// firstShape is what a server is asked with before anything is known of it. OpenAI's
// own models want the limit's new name, and those that reason their own temperature;
// most copies know the limit's old name alone.
func firstShape(conf Config) shape {
	return shape{
		schema:      true,
		bounds:      conf.APIType != Azure,
		counting:    true,
		temperature: !reasons.MatchString(conf.Model),
		newLimit:    conf.BaseURL == defaultBaseURL || conf.APIType == Azure || reasons.MatchString(conf.Model),
	}
}

// reasons are the names of OpenAI's models that reason, for which go-openai refuses
// a temperature and the limit's old name.
var reasons = regexp.MustCompile(`^(o[0-9]|gpt-[5-9])`)

// without returns the shape that leaves out, or says in the other way, what a server
// has named. It reports false where that would be the same shape.
func (s shape) without(f field) (shape, bool) {
	was := s
	switch f {
	case schema:
		s.schema = false
	case bounds:
		s.bounds = false
	case limit:
		s.newLimit = !s.newLimit
	case temperature:
		s.temperature = false
	case counting:
		s.counting = false
	}
	return s, s != was
}

// badInName are the characters that OpenAI does not take in a schema's name.
var badInName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// request returns the call for p.
func (s shape) request(model string, p prompts.Prompt) openai.ChatCompletionRequest {
	r := openai.ChatCompletionRequest{
		Model: model,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: p.System},
			{Role: openai.ChatMessageRoleUser, Content: p.User},
		},
		Stream: true,
	}
	if s.newLimit {
		r.MaxCompletionTokens = p.MaxTokens
	} else {
		//lint:ignore SA1019 most copies of OpenAI's API know this name alone
		r.MaxTokens = p.MaxTokens
	}
	if s.temperature {
		r.Temperature = coldest
	}
	if s.counting {
		r.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	if s.schema && len(p.Schema) > 0 {
		name := strings.Trim(badInName.ReplaceAllString(p.Name, "_"), "_")
		if name == "" {
			name = "reply"
		}
		form := p.Schema
		if !s.bounds {
			form = unbounded(form)
		}
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: name, Schema: form, Strict: true},
		}
	}
	return r
}

// unbounded returns a JSON schema without the bounds in it; what is no JSON it returns
// as it is.
func unbounded(schema json.RawMessage) json.RawMessage {
	var v any
	if json.Unmarshal(schema, &v) != nil {
		return schema
	}
	strip(v)
	out, err := json.Marshal(v)
	if err != nil {
		return schema // unreachable: it came from JSON
	}
	return out
}

func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "maxItems")
		delete(v, "maxLength")
		for _, of := range v {
			strip(of)
		}
	case []any:
		for _, of := range v {
			strip(of)
		}
	}
}
