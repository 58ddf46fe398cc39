package slackbot

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval/keyword"

	"github.com/slack-go/slack"
)

var updateGoldens = flag.Bool("update", false, "write the golden files")

// article is a bot that answers from the real article.
var article = sync.OnceValues(func() (*bot.Bot, *corpus.Corpus) {
	c, err := corpus.Article()
	if err != nil {
		panic(err)
	}
	return bot.New(c, keyword.New(c, keyword.Default()), bot.Shipped()), c
})

func askArticle(t testing.TB, q bot.Question) bot.Answer {
	t.Helper()
	b, _ := article()
	a, err := b.Ask(t.Context(), q)
	if err != nil {
		t.Fatalf("Ask(%q): %v", q.Text, err)
	}
	return a
}

// around is renderOptions.Around for the article.
func around(id string) (before, after bot.Reference) {
	_, c := article()
	p := c.Passage(id)
	if p == nil || p.Kind == corpus.Note {
		return
	}
	i := slices.Index(p.Document.Passages, p)
	if i > 0 {
		q := p.Document.Passages[i-1]
		before = bot.Reference{ID: q.ID, Label: q.Label}
	}
	if i+1 < len(p.Document.Passages) {
		q := p.Document.Passages[i+1]
		after = bot.Reference{ID: q.ID, Label: q.Label}
	}
	return before, after
}

var english = map[string]string{"north": "North", "south": "South", "east": "East", "west": "West", "new-domains": "New domains", "japan": "Japan"}
var japanese = map[string]string{"north": "北", "south": "南", "east": "東", "west": "西", "new-domains": "新領域", "japan": "日本"}

// goldens are answers of the real article, one file each.
var goldens = []struct {
	name    string
	q       bot.Question
	options renderOptions
	change  func(*bot.Answer)
}{
	{name: "answer", q: bot.Question{Text: "What is the NSDS-Hub?"}},
	{name: "answer-three", q: bot.Question{Text: "What is the approach to the West?"}},
	{name: "answer-private-echo", q: bot.Question{Text: "What is the NSDS-Hub?"},
		options: renderOptions{Private: true, Share: true, Echo: true, Asker: "Yui", Reader: "https://footnote.example"}},
	{name: "answer-model", q: bot.Question{Text: "What is the approach to the North?"}, change: written},
	{name: "answer-ja", q: bot.Question{Text: "北について何と言っていますか"}},
	{name: "follow-up", q: bot.Question{Text: "and the South?"}, change: func(a *bot.Answer) { a.Understood = "What is the approach to the South?" }},
	{name: "abstention", q: bot.Question{Text: "What does the article say about tariffs?"}},
	{name: "abstention-ja", q: bot.Question{Text: "関税について何と言っていますか"}},
	{name: "passage", q: bot.Question{Text: "¶5"}, options: renderOptions{Private: true, Share: true}},
	{name: "passage-and-none", q: bot.Question{Text: "¶4, ¶99"}},
	{name: "passages-by-words", q: bot.Question{Text: "cite Arctic Sahel"}},
	{name: "note", q: bot.Question{Text: "note 7"}},
	{name: "passage-ja", q: bot.Question{Text: "¶9", Language: "ja"}},
	{name: "not-found", q: bot.Question{Text: "¶99"}},
	{name: "summary", q: bot.Question{Text: "summary south"}},
	{name: "summary-ja", q: bot.Question{Text: "要約 西"}},
	{name: "directions", q: bot.Question{Text: "summary"}},
	{name: "sources", q: bot.Question{Text: "sources"}},
	{name: "check-partly", q: bot.Question{Text: "check NATO opened the NSDS-Hub in Naples in 2017."}},
	{name: "check-unsupported", q: bot.Question{Text: "check The moon is made of green cheese."}},
	{name: "check-message", q: bot.Question{Text: "check NATO opened the NSDS-Hub in Naples in 2017."}, change: several},
	{name: "check-ja", q: bot.Question{Text: "確認 NATOは2019年にJFC-NFを設立した。"}},
	{name: "help", q: bot.Question{Text: "help"}},
	{name: "help-ja", q: bot.Question{Text: "使い方"}},
	{name: "refused", q: bot.Question{Text: "help"}, change: func(a *bot.Answer) {
		*a = bot.Answer{Status: bot.Refused, Language: "en", Text: "That is a lot of questions at once. Ask again in 12 seconds."}
	}},
	{name: "failed-ja", q: bot.Question{Text: "help"}, change: func(a *bot.Answer) {
		*a = bot.Answer{Status: bot.Failed, Language: "ja", Text: "こちらで問題が起きました。管理者には内容が伝わっています。少し待ってからもう一度質問してください。"}
	}},
}

// written makes an answer look as if a model had written it.
func written(a *bot.Answer) {
	a.Mode = "llm"
	a.Sentences = []bot.Sentence{
		{Text: "NATO answers the opening of the Arctic with a new command at Norfolk.", Citations: []string{"nato-360#p5"}, Verdict: bot.Supported},
		{Text: "With Finland and Sweden seven of the eight Arctic countries belong to it, and all of them train together.", Citations: []string{"nato-360#p5"}, Verdict: bot.Partly},
	}
	a.Citations = a.Citations[:1]
}

// several makes the check of one sentence that of a message with three.
func several(a *bot.Answer) {
	a.Sentences[0].Reason = strings.Join(a.Reasons, " ")
	more := []bot.Sentence{
		{Text: "The Arctic was calm, and <!channel> should know.", Verdict: bot.Unsupported, Reason: "It does not name “channel”."},
		{Text: "Seven of the eight Arctic countries are members.", Citations: []string{"nato-360#p5"}, Verdict: bot.Supported},
	}
	a.Sentences = append(a.Sentences, more...)
	a.Citations = append(a.Citations, bot.Citation{ID: "nato-360#p5", Label: "¶5", Document: "nato-360", Section: "(1) Approach to the ‘North’",
		Directions: []string{"north"}, Text: "Moreover, with the new NATO membership of Finland and Sweden, seven of the eight Arctic countries have become NATO members (the remaining country is Russia)."})
}

func TestGolden(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			a := askArticle(t, g.q)
			if g.change != nil {
				g.change(&a)
			}
			o := g.options
			o.Key, o.Around, o.Directions = "slack:T1:C1:1700000000.000100", around, english
			if a.Language == "ja" {
				o.Directions = japanese
			}
			pages := render(a, o)
			var b strings.Builder
			for i, p := range pages {
				if len(pages) > 1 {
					fmt.Fprintf(&b, "======== message %d of %d\n", i+1, len(pages))
				}
				b.WriteString(printBlocks(p.Blocks) + "-------- text\n" + p.Text + "\n")
				withinLimits(t, p.Blocks, p.Text, maxBlocks)
			}
			golden(t, g.name, b.String())
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
	return askArticle(t, bot.Question{Kind: bot.KindSummary, Language: language}).Directions
}

func TestHomeGolden(t *testing.T) {
	b, _ := article()
	for _, language := range []string{"en", "ja"} {
		ds := directionsOf(t, language)
		prompts, err := suggest(context.Background(), b, ds, language, 4)
		if err != nil {
			t.Fatal(err)
		}
		about, _, _ := strings.Cut(askArticle(t, bot.Question{Kind: bot.KindHelp, Language: language}).Text, "\n")
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
		a := askArticle(t, g.q)
		v := feedbackModal("slack:T1:C1:1700000000.000100", a, a.Language)
		golden(t, g.name, v.Title.Text+"\n"+printBlocks(v.Blocks.BlockSet))
		withinLimits(t, v.Blocks.BlockSet, "none", 100)
		valid(t, "AnyView.schema.json", v)
		valid(t, "ViewsOpen.schema.json", map[string]any{"trigger_id": "1", "view": v})
	}
	v := answerModal(askArticle(t, bot.Question{Text: "¶5"}), renderOptions{Key: "k", Private: true, Share: true, Around: around, Directions: english})
	golden(t, "modal-passage", v.Title.Text+"\n"+printBlocks(v.Blocks.BlockSet))
	withinLimits(t, v.Blocks.BlockSet, "none", 100)
	valid(t, "ViewsOpen.schema.json", map[string]any{"trigger_id": "1", "view": v})
}
