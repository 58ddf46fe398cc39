package slackbot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/answers"
)

// TestParity: what people read here of an answer, they read wherever it is shown.
func TestParity(t *testing.T) {
	for _, c := range answers.Cases(t) {
		c.Options.Key = "slack:T1:C1:1700000000.000100"
		answers.Compare(t, c.Name, reading(t, render(c.Answer, c.Options)), *updateGoldens)
	}
	for _, l := range answers.Limits {
		for over, name := range map[int]string{-1: "under", 0: "at", 1: "over"} {
			pages := render(l.At(over), renderOptions{Key: "k"})
			answers.Compare(t, "limit-"+l.Name+"-"+name, reading(t, pages), *updateGoldens)
		}
		fits := func(a bot.Answer) bool { return len(render(a, renderOptions{Key: "k"})) == 1 }
		if strings.HasPrefix(l.Name, "slack-") && (!fits(l.At(0)) || fits(l.At(1))) {
			t.Errorf("%s is not at the limit: that is at %d", l.Name, l.Find(fits))
		}
	}
}

// reading returns what people read of an answer's body.
func reading(t *testing.T, pages []page) answers.Reading {
	t.Helper()
	var out answers.Reading
	for _, p := range pages {
		raw, err := json.Marshal(p.Blocks)
		if err != nil {
			t.Fatal(err)
		}
		var blocks []readElement
		if err := json.Unmarshal(raw, &blocks); err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks {
			if b.Type == "rich_text" {
				for _, e := range b.Elements {
					out = append(out, e.lines()...)
				}
			}
		}
	}
	return out
}

// readElement is a part of a rich_text block.
type readElement struct {
	Type     string
	Text     json.RawMessage
	Style    json.RawMessage // of a list it is a word
	Elements []readElement
}

func (e readElement) lines() []string {
	before := map[string]string{"rich_text_quote": "| ", "rich_text_list": "• ", "rich_text_preformatted": "` "}[e.Type]
	if e.Type == "rich_text_list" {
		e = e.Elements[0]
	}
	var b strings.Builder
	for _, r := range e.Elements {
		var text string
		var style struct{ Bold bool }
		_ = json.Unmarshal(r.Text, &text)
		if r.Style != nil {
			_ = json.Unmarshal(r.Style, &style)
		}
		if word := strings.TrimSpace(text); style.Bold && word != "" {
			text = strings.Replace(text, word, "«"+word+"»", 1)
		}
		fmt.Fprint(&b, text)
	}
	var out []string
	for i, l := range strings.Split(b.String(), "\n") {
		if i > 0 && before == "• " {
			before = "  "
		}
		out = append(out, before+l)
	}
	return out
}
