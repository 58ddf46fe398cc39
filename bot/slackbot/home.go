package slackbot

import (
	"context"
	"fmt"
	"strings"

	"footnote/bot"

	"github.com/slack-go/slack"
)

// prompt is something to ask: what a button or a suggested prompt says, and the
// message it stands for.
type prompt struct{ Title, Message string }

// suggest returns up to most prompts, one for each direction of the material: a
// question that asker answers, or else the direction's summary. It asks each
// question once, so its result is worth keeping.
func suggest(ctx context.Context, asker bot.Asker, directions []bot.Coverage, language string, most int) ([]prompt, error) {
	w := phrasesFor(language)
	var out, summaries []prompt
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
				out = append(out, prompt{q, q})
				break
			}
		}
		summaries = append(summaries, prompt{fmt.Sprintf(w.summary, d.Name), "summary " + d.ID})
	}
	for _, s := range summaries {
		if len(out) >= most {
			break
		}
		out = append(out, s)
	}
	return out[:min(most, len(out))], nil
}

// homeContent is what the Home tab shows. Parts that are empty are left out.
type homeContent struct {
	Language   string
	About      string         // what the bot answers from, in words
	Prompts    []prompt       // at most five are shown
	Directions []bot.Coverage // with their counts
	Reader     string         // address of the reader page
}

// homeView returns the Home tab: what can be asked, and how.
func homeView(h homeContent) slack.HomeTabViewRequest {
	w := phrasesFor(h.Language)
	blocks := []slack.Block{slack.NewHeaderBlock(plainText(w.homeTitle, maxHeader))}
	if about := clip(clean(h.About), blockUnits); strings.TrimSpace(about) != "" {
		blocks = append(blocks, slack.NewRichTextBlock("", section(textElement(about, nil))...))
	}
	ask := row{name: "ask"}
	for _, p := range h.Prompts {
		if !ask.full(1) {
			ask.button(actAsk, p.Title, p.Message)
		}
	}
	if b := ask.block(); b != nil {
		blocks = append(append(blocks, heading(w.homeAsk)), b...)
	}
	if b := homeDirections(w, h.Directions); b != nil {
		blocks = append(append(blocks, heading(w.homeSummaries)), b...)
	}
	var ways []slack.RichTextElement
	for _, l := range w.ways {
		ways = append(ways, bullet(section(textElement(l, nil)))...)
	}
	blocks = append(blocks, heading(w.homeWays), slack.NewRichTextBlock("", ways...))
	if h.Reader != "" {
		open := row{name: "reader"}
		open.button(actOpen, w.reader, "").URL = h.Reader
		blocks = append(blocks, open.block()...)
	}
	blocks = append(blocks, small([]string{w.homeNote})...)
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, CallbackID: viewHome, Blocks: slack.Blocks{BlockSet: blocks[:min(len(blocks), maxHomeBlocks)]}}
}

func heading(text string) slack.Block {
	return slack.NewRichTextBlock("", section(textElement(text, bold))...)
}

// homeDirections offers the summary of every direction: buttons, and a menu for what
// is more than two rows.
func homeDirections(w *phrases, directions []bot.Coverage) []slack.Block {
	var cs []choice
	for _, d := range directions {
		cs = append(cs, choice{fmt.Sprintf(w.summaryOf, d.Name, d.Passages), d.ID})
	}
	var out []slack.Block
	for i := 0; len(cs) > 0 && i < 2; i++ {
		r := row{name: fmt.Sprintf("directions%d", i)}
		n := min(len(cs), maxInRow)
		if i == 1 {
			n = len(cs)
		}
		r.choices(actSummary, w.homeSummaries, cs[:n])
		out, cs = append(out, r.block()...), cs[n:]
	}
	return out
}
