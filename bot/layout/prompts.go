package layout

import (
	"context"
	"fmt"

	"footnote/bot"
)

// Prompt is something to ask: what is shown of it, and the message it stands for.
type Prompt struct{ Title, Message string }

// Prompts returns up to most prompts, one for each direction of the material: a
// question that asker answers, or else the direction's summary. It asks each
// question once, so its result is worth keeping.
func Prompts(ctx context.Context, asker bot.Asker, directions []bot.Coverage, language string, most int) ([]Prompt, error) {
	w := PhrasesIn(language)
	var out, summaries []Prompt
	for _, d := range directions {
		name := d.Name
		if the := w.the[d.ID]; the != "" {
			name = fmt.Sprintf(the, name)
		}
		for _, n := range []string{name, d.Name} {
			q := fmt.Sprintf(w.question, n)
			a, err := asker.Ask(ctx, bot.Question{Text: q, Language: language})
			if err != nil {
				return nil, fmt.Errorf("suggest %q: %w", q, err)
			}
			if a.Status == bot.Answered {
				out = append(out, Prompt{q, q})
				break
			}
		}
		summaries = append(summaries, Prompt{fmt.Sprintf(w.summary, d.Name), "summary " + d.ID})
	}
	for _, s := range summaries {
		if len(out) >= most {
			break
		}
		out = append(out, s)
	}
	return out[:min(most, len(out))], nil
}
