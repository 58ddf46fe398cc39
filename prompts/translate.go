package prompts

import "encoding/json"

// Translate asks for sentences in another language. Its System is always the same.
type Translate struct {
	Sentences []string
	Language  string // to translate into, by its English name
}

// translateTokens is what a reply may take: six points of a summary are about a
// hundred tokens each, and twice that in a language that tokenizers know badly.
const translateTokens = 2000

// Prompt renders the request.
func (t Translate) Prompt() Prompt {
	return Prompt{
		Name: "translate", Version: versions["translate"], MaxTokens: translateTokens,
		Schema: json.RawMessage(`{"type":"object","properties":{"translations":{"type":"array","items":{"type":"object",` +
			`"properties":{"number":{"type":"integer"},"text":{"type":"string"}},"required":["number","text"],"additionalProperties":false}}},` +
			`"required":["translations"],"additionalProperties":false}`),
		System: render("translate system", nil),
		User: render("translate user", struct {
			Fence, Language string
			Sentences       []string
		}{fence(t.Sentences...), language(t.Language), t.Sentences}),
	}
}
