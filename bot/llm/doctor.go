package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"footnote/bot"
	"footnote/prompts"
)

// probe is the smallest question that shows whether a server answers, streams and
// takes a schema. Models that reason take a few hundred tokens for as much.
var probe = prompts.Prompt{
	Name: "probe", Version: "1", MaxTokens: 400,
	System: "You reply with JSON.",
	User:   `Reply with {"ok":true} and nothing else.`,
	Schema: json.RawMessage(`{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}`),
}

// Check makes one small call and says how the server stands. It uses a few tokens.
func (c *Client) Check(ctx context.Context) []bot.Finding {
	var text strings.Builder
	use, err := c.Write(ctx, probe, func(delta string) error {
		text.WriteString(delta)
		return nil
	})
	if f := (*Fault)(nil); errors.As(err, &f) && f.Kind != Endless {
		return []bot.Finding{bot.Checked(false, fmt.Sprintf("The model %s does not write: %v.", c.conf.Model, f), remedy(f))}
	}
	out := []bot.Finding{bot.Checked(true, fmt.Sprintf("The model %s writes: first text after %v, %d and %d tokens.",
		use.Model, use.FirstToken.Round(time.Millisecond), use.Prompt, use.Completion), "")}
	switch {
	case !c.Stats().Schema:
		out = append(out, bot.Checked(true, "The model server takes no JSON schema: the form of replies rests on the prompt alone.", ""))
	case !json.Valid([]byte(text.String())):
		out = append(out, bot.Checked(true, "The model server takes a JSON schema and does not keep to it.", ""))
	default:
		out = append(out, bot.Checked(true, "The model server keeps to a JSON schema.", ""))
	}
	return out
}

// remedy says what to do about a fault.
func remedy(f *Fault) string {
	switch f.Kind {
	case Unreached:
		return "Check OPENAI_BASE_URL, and that the server runs and can be reached from here."
	case Rejected:
		return "Check OPENAI_API_KEY, OPENAI_BASE_URL and FOOTNOTE_LLM_MODEL."
	case Slow, Busy, Broken, Cut, Resting:
		return "Look at the model server's own log. Answers come from the keyword writer meanwhile."
	default:
		return "Answers come from the keyword writer meanwhile."
	}
}
