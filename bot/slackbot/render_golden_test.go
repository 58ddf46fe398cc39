package slackbot

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/answers"
	"footnote/bot/layout"

	"github.com/slack-go/slack"
)

var updateGoldens = flag.Bool("update", false, "write the golden files")

// article is a bot that answers from the real article.
var article = answers.Article

func TestGolden(t *testing.T) {
	for _, c := range answers.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			c.Options.Key = "slack:T1:C1:1700000000.000100"
			pages := render(c.Answer, c.Options)
			var b strings.Builder
			for i, p := range pages {
				if len(pages) > 1 {
					fmt.Fprintf(&b, "======== message %d of %d\n", i+1, len(pages))
				}
				b.WriteString(printBlocks(p.Blocks) + "-------- text\n" + p.Text + "\n")
				withinLimits(t, p.Blocks, p.Text, maxBlocks)
			}
			golden(t, c.Name, b.String())
			for _, p := range pages {
				validPage(t, p)
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *updateGoldens {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; -update writes it. Got:\n%s", path, got)
	}
}

// printBlocks prints blocks for people: what is said, and what can be pressed.
func printBlocks(blocks []slack.Block) string {
	var b strings.Builder
	raw, _ := json.Marshal(blocks)
	var all []map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return err.Error()
	}
	for _, block := range all {
		fmt.Fprintf(&b, "[%s]\n", block["type"])
		showValue(&b, block, "")
		if s := b.String(); !strings.HasSuffix(s, "\n") {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func showValue(b *strings.Builder, v map[string]any, indent string) {
	list := func(sub string) {
		es, _ := v["elements"].([]any)
		for _, e := range es {
			showValue(b, e.(map[string]any), sub)
		}
	}
	text := textIn
	options := func(v map[string]any) {
		all, _ := v["options"].([]any)
		for _, o := range all {
			o := o.(map[string]any)
			fmt.Fprintf(b, "      %s = %s\n", text(o["text"]), o["value"])
		}
	}
	switch v["type"] {
	case "rich_text_section":
		list(indent)
		if !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte('\n')
		}
	case "rich_text_quote":
		b.WriteString("  | ")
		list("  | ")
		b.WriteByte('\n')
	case "rich_text_list":
		b.WriteString("  • ")
		list("")
	case "rich_text_preformatted":
		b.WriteString("```\n")
		list("")
		b.WriteString("\n```\n")
	case "text", "link":
		s := strings.ReplaceAll(text(v["text"]), "\n", "\n"+indent)
		if style, ok := v["style"].(map[string]any); ok && style["bold"] == true {
			s = "*" + s + "*"
		} else if ok && style["italic"] == true {
			s = "_" + s + "_"
		}
		b.WriteString(s)
		if v["url"] != nil {
			fmt.Fprintf(b, "(%s)", v["url"])
		}
	case "button":
		fmt.Fprintf(b, "  ( %s )  %s = %v\n", text(v["text"]), v["action_id"], v["value"])
	case "static_select":
		fmt.Fprintf(b, "  ( %s ▾ )  %s\n", text(v["placeholder"]), v["action_id"])
		options(v)
	case "input":
		fmt.Fprintf(b, "  %s (optional: %v)\n", text(v["label"]), v["optional"] == true)
		e := v["element"].(map[string]any)
		fmt.Fprintf(b, "  <%s>\n", e["type"])
		options(e)
	case "plain_text", "mrkdwn", "header":
		b.WriteString(text(v["text"]) + "\n")
	default:
		list(indent)
	}
}

// textIn returns a text, or that of a text object.
func textIn(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		s, _ := v["text"].(string)
		return s
	}
	return ""
}

// directionsOf returns what the article can be summarised by.
func directionsOf(t testing.TB, language string) []bot.Coverage {
	return answers.Ask(t, bot.Question{Kind: bot.KindSummary, Language: language}).Directions
}

func TestHomeGolden(t *testing.T) {
	b, _ := article()
	for _, language := range []string{"en", "ja"} {
		ds := directionsOf(t, language)
		prompts, err := layout.Prompts(context.Background(), b, ds, language, 4)
		if err != nil {
			t.Fatal(err)
		}
		about, _, _ := strings.Cut(answers.Ask(t, bot.Question{Kind: bot.KindHelp, Language: language}).Text, "\n")
		v := homeView(homeContent{Language: language, About: about, Prompts: prompts, Directions: ds, Reader: "https://footnote.example"})
		golden(t, "home-"+language, printBlocks(v.Blocks.BlockSet))
		withinLimits(t, v.Blocks.BlockSet, "none", maxHomeBlocks)
		valid(t, "AnyView.schema.json", v)
	}
}

func TestModalGolden(t *testing.T) {
	for _, g := range []struct {
		name string
		q    bot.Question
	}{
		{"modal-feedback", bot.Question{Text: "What is the approach to the West?"}},
		{"modal-feedback-abstention-ja", bot.Question{Text: "関税について何と言っていますか"}},
	} {
		a := answers.Ask(t, g.q)
		v := feedbackModal("slack:T1:C1:1700000000.000100", a, a.Language)
		golden(t, g.name, v.Title.Text+"\n"+printBlocks(v.Blocks.BlockSet))
		withinLimits(t, v.Blocks.BlockSet, "none", 100)
		valid(t, "AnyView.schema.json", v)
		valid(t, "ViewsOpen.schema.json", map[string]any{"trigger_id": "1", "view": v})
	}
	v := answerModal(answers.Ask(t, bot.Question{Text: "¶5"}), renderOptions{Key: "k", Private: true, Share: true, Around: answers.Around, Directions: answers.English})
	golden(t, "modal-passage", v.Title.Text+"\n"+printBlocks(v.Blocks.BlockSet))
	withinLimits(t, v.Blocks.BlockSet, "none", 100)
	valid(t, "ViewsOpen.schema.json", map[string]any{"trigger_id": "1", "view": v})
}
