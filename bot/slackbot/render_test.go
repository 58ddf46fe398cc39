package slackbot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/answers"

	"github.com/slack-go/slack"
)

// random makes answers that no material would give, and options, to find where
// rendering breaks.
type random struct{ answers.Random }

func (r random) options() renderOptions {
	o := renderOptions{Key: "slack:T1:C1:" + strings.Repeat("1", r.IntN(300)), Private: r.IntN(2) == 0, Share: r.IntN(2) == 0, Echo: r.IntN(2) == 0, Asker: r.Text("ja", 200)}
	if r.IntN(2) == 0 {
		o.Reader = "https://footnote.example/material"
	}
	return o
}

// TestRandomAnswers checks what render promises: every message within the limits,
// every sentence there, in order, with its marks in its own block.
func TestRandomAnswers(t *testing.T) {
	for seed := range uint64(24) {
		r := random{answers.NewRandom(seed)}
		language := []string{"en", "ja"}[seed%2]
		a := r.Answer([]bot.Kind{bot.KindAsk, bot.KindSummary}[seed/2%2], language)
		pages := render(a, r.options())
		for i, p := range pages {
			withinLimits(t, p.Blocks, p.Text, maxBlocks)
			if p.Last != (i == len(pages)-1) {
				t.Errorf("seed %d: page %d of %d has Last %t", seed, i+1, len(pages), p.Last)
			}
			if seed < 8 {
				validPage(t, p)
			}
		}
		inOrder(t, seed, a, pages)
		if t.Failed() {
			return
		}
	}
}

// inOrder checks that the pages' text blocks hold the answer's sentences.
func inOrder(t *testing.T, seed uint64, a bot.Answer, pages []page) {
	t.Helper()
	var blocks []string
	for _, p := range pages {
		for _, b := range p.Blocks {
			if b.BlockType() == slack.MBTRichText {
				blocks = append(blocks, saidIn(b))
			}
		}
	}
	for i, s := range a.Sentences {
		rest := squash(s.Text)
		for rest != "" {
			if len(blocks) == 0 {
				t.Fatalf("seed %d: sentence %d is not there: %q", seed, i, rest)
			}
			text, marks, _ := strings.Cut(blocks[0], "\u00a0")
			text = squash(text)
			if !strings.HasPrefix(rest, text) || text == "" {
				t.Fatalf("seed %d: sentence %d goes on %.60q, the next block has %.60q", seed, i, rest, text)
			}
			names := strings.Fields(marks)
			for _, id := range s.Citations {
				label := "¶" + strings.TrimPrefix(id, "nato-360#p")
				if !slices.Contains(names, label) {
					t.Fatalf("seed %d: a part of sentence %d lacks %s: it has %q", seed, i, label, names)
				}
			}
			rest, blocks = rest[len(text):], blocks[1:]
		}
	}
	if len(blocks) > 0 {
		t.Errorf("seed %d: %d blocks too many, the first %q", seed, len(blocks), blocks[0])
	}
}

// saidIn returns what a rich_text block says.
func saidIn(b slack.Block) string {
	raw, _ := json.Marshal(b)
	var v any
	_ = json.Unmarshal(raw, &v)
	var out strings.Builder
	var visit func(any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				visit(e)
			}
		case map[string]any:
			if s, ok := v["text"].(string); ok {
				out.WriteString(s)
			}
			visit(v["elements"])
		}
	}
	visit(v)
	return out.String()
}

// TestRandomOthers renders what is not an answer in sentences.
func TestRandomOthers(t *testing.T) {
	for seed := range uint64(20) {
		r := random{answers.NewRandom(seed + 100)}
		language := []string{"en", "ja"}[seed%2]
		a := r.Answer(bot.KindCite, language)
		switch seed / 2 % 5 {
		case 0:
			a.Status = bot.Found
		case 1:
			a.Kind, a.Status = bot.KindSources, bot.Found
			for len(a.Citations) < 400 {
				a.Citations = append(a.Citations, a.Citations...)
			}
		case 2:
			a.Status, a.Missing, a.Text, a.Threshold = bot.Abstained, strings.Fields(r.Text("en", 2000)), r.Text(language, 20000), 0.3
			a.Nearest = a.Citations[:min(5, len(a.Citations))]
		case 3:
			a.Kind = bot.KindCheck
			for i := range a.Sentences {
				a.Sentences[i].Reason, a.Sentences[i].Verdict = r.Text(language, 900), bot.Partly
			}
		case 4:
			a.Status, a.Text = bot.Refused, r.Text(language, 30000)
		}
		pages := render(a, r.options())
		if a.Kind == bot.KindSources && len(pages) != 4 {
			t.Errorf("seed %d: %d messages of sources, want 4", seed, len(pages))
		}
		for _, p := range pages {
			withinLimits(t, p.Blocks, p.Text, maxBlocks)
			if seed < 10 {
				validPage(t, p)
			}
		}
		v := answerModal(a, r.options())
		withinLimits(t, v.Blocks.BlockSet, "none", 100)
		withinLimits(t, feedbackModal("k", a, language).Blocks.BlockSet, "none", 100)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestAlwaysSomething: whatever the core returns, a message comes of it.
func TestAlwaysSomething(t *testing.T) {
	for _, status := range []bot.Status{"", bot.Answered, bot.Abstained, bot.Found, bot.NotFound, bot.Refused, bot.Failed, "new"} {
		for _, kind := range []bot.Kind{"", bot.KindAsk, bot.KindCite, bot.KindSummary, bot.KindSources, bot.KindCheck, bot.KindHelp} {
			pages := render(bot.Answer{Status: status, Kind: kind}, renderOptions{})
			if len(pages) != 1 || !pages[0].Last {
				t.Fatalf("%s %s: %d pages", status, kind, len(pages))
			}
			withinLimits(t, pages[0].Blocks, pages[0].Text, maxBlocks)
			validPage(t, pages[0])
		}
	}
}

// TestNothingUnsupported: an abstention carries sentences that were not good enough,
// and a sentence without a passage has nothing to stand on. Neither is shown.
func TestNothingUnsupported(t *testing.T) {
	c := bot.Citation{ID: "d#p1", Label: "¶1", Text: "kept"}
	sentences := []bot.Sentence{{Text: "kept", Citations: []string{"d#p1"}}, {Text: "dangling", Citations: []string{"d#p9"}}, {Text: "bare"}}
	a := bot.Answer{Kind: bot.KindAsk, Status: bot.Answered, Sentences: sentences, Citations: []bot.Citation{c}}
	got := printBlocks(render(a, renderOptions{})[0].Blocks)
	if !strings.Contains(got, "kept") || strings.Contains(got, "dangling") || strings.Contains(got, "bare") {
		t.Errorf("an answer shows\n%s", got)
	}
	a.Status, a.Text = bot.Abstained, "The material does not answer this."
	if got := printBlocks(render(a, renderOptions{})[0].Blocks); strings.Contains(got, "kept") {
		t.Errorf("an abstention shows\n%s", got)
	}
}

// TestNoMarkup: nothing anybody wrote reaches a place where Slack reads markup.
func TestNoMarkup(t *testing.T) {
	bad := "<!channel> <@U1> *b* :smile: <https://example.com|x> &lt;!here&gt;"
	c := bot.Citation{ID: "d#p1", Label: "¶1", Title: bad, Section: bad, Text: bad, Notes: []bot.Note{{ID: "d#n1", Label: "note 1", Text: bad}}}
	for _, a := range []bot.Answer{
		{Status: bot.Answered, Kind: bot.KindAsk, Question: bad, Understood: bad, Sentences: []bot.Sentence{{Text: bad, Citations: []string{"d#p1"}}}, Citations: []bot.Citation{c}},
		{Status: bot.Abstained, Text: bad, Question: bad, Nearest: []bot.Citation{c}, Missing: []string{"<!here>"}},
		{Status: bot.Found, Kind: bot.KindCite, Citations: []bot.Citation{c}},
		{Status: bot.Failed, Text: bad},
	} {
		p := render(a, renderOptions{Echo: true, Asker: "<@U1>", Key: "k"})[0]
		raw, _ := json.Marshal(p.Blocks)
		for _, kind := range []string{`"mrkdwn"`, `"markdown"`, `"user"`, `"broadcast"`, `"emoji":true`, `"type":"emoji"`, `"channel"`, `"link"`} {
			if strings.Contains(string(raw), kind) {
				t.Errorf("%s: the blocks have %s: %s", a.Status, kind, raw)
			}
		}
		if strings.ContainsAny(p.Text, "<>") {
			t.Errorf("%s: the text is %q", a.Status, p.Text)
		}
	}
}

// TestDoubt: what a model wrote and the passage does not bear out in full says so,
// in the message and in its text.
func TestDoubt(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk, Mode: "llm", Citations: []bot.Citation{{ID: "d#p1", Label: "¶1", Quote: "A quote."}}}
	for _, v := range []bot.Verdict{bot.Supported, bot.Partly, bot.Unsupported} {
		a.Sentences = append(a.Sentences, bot.Sentence{Text: "So " + string(v) + ".", Citations: []string{"d#p1"}, Verdict: v})
	}
	p := render(a, renderOptions{Echo: true})[0]
	want := "So supported. [¶1]\nSo partly. [¶1] (partly supported)\nSo unsupported. [¶1] (not supported)"
	if p.Text != want {
		t.Errorf("text = %q, want %q", p.Text, want)
	}
	got := printBlocks(p.Blocks)
	for _, want := range []string{"_ (partly supported)_", "_ (not supported)_", "¶1 · “A quote.”", "Written by a model"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestCode: what a model fenced is shown as code, unless it forgot to close it.
func TestCode(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk, Citations: []bot.Citation{{ID: "d#p1", Label: "¶1"}}}
	for text, want := range map[string]string{
		"Run\n```\nx <y>\n```":        "[rich_text]\nRun\n```\nx <y>\n```\n *¶1*\n",
		"Run\n```\nx\n```\nand wait.": "[rich_text]\nRun\n```\nx\n```\nand wait. *¶1*\n",
		"Run ``` x":                   "[rich_text]\nRun ``` x *¶1*\n",
	} {
		a.Sentences = []bot.Sentence{{Text: text, Citations: []string{"d#p1"}, Verdict: bot.Supported}}
		if got := printBlocks(render(a, renderOptions{})[0].Blocks); !strings.HasPrefix(strings.ReplaceAll(got, "\u00a0", " "), want) {
			t.Errorf("%q is shown as\n%s\nwant\n%s", text, got, want)
		}
	}
}

// TestSameLabel: ¶1 of two documents cannot both be called ¶1.
func TestSameLabel(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk, Material: bot.Material{Documents: 2},
		Sentences: []bot.Sentence{{Text: "One.", Citations: []string{"a#p1"}}, {Text: "Two.", Citations: []string{"b#p1"}}},
		Citations: []bot.Citation{{ID: "a#p1", Label: "¶1", Title: "Article A", Text: "One."}, {ID: "b#p1", Label: "¶1", Title: "Article B", Text: "Two."}}}
	got := printBlocks(render(a, renderOptions{})[0].Blocks)
	for _, want := range []string{"One. *a#p1*", "Two. *b#p1*", "a#p1 · Article A", "Show b#p1"} {
		if !strings.Contains(strings.ReplaceAll(got, "\u00a0", " "), want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

func TestReadAction(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk}
	for _, c := range []bot.Citation{{ID: "d#p9", Label: "¶9", Directions: []string{"west"}}, {ID: "d#p4", Label: "¶4", Directions: []string{"new-domains"}},
		{ID: "d#p8", Label: "¶8", Directions: []string{"west"}}} {
		a.Citations = append(a.Citations, c)
		a.Sentences = append(a.Sentences, bot.Sentence{Text: "A sentence.", Citations: []string{c.ID}, Verdict: bot.Quoted})
	}
	key := "slack:T1:C1:1700000000.000100"
	p := render(a, renderOptions{Key: key, Private: true, Share: true})[0]
	var got []action
	for _, b := range p.Blocks {
		block, ok := b.(*slack.ActionBlock)
		if !ok {
			continue
		}
		for _, e := range block.Elements.ElementSet {
			button := e.(*slack.ButtonBlockElement)
			act, ok := readAction(&slack.BlockAction{BlockID: block.BlockID, ActionID: button.ActionID, Value: button.Value})
			if !ok {
				t.Errorf("readAction(%q) is not known", button.ActionID)
			}
			got = append(got, act)
		}
	}
	want := []action{{actShow, key, "d#p9"}, {actShow, key, "d#p4"}, {actShow, key, "d#p8"},
		{actSummary, key, "west"}, {actSummary, key, "new-domains"}, {actShare, key, ""}, {actGood, key, ""}, {actBad, key, ""}}
	if !slices.Equal(got, want) {
		t.Errorf("the clicks are %v, want %v", got, want)
	}
	chosen := &slack.BlockAction{BlockID: "k|look", ActionID: "show.look4", SelectedOption: slack.OptionBlockObject{Value: "d#p7"}}
	if act, ok := readAction(chosen); !ok || act != (action{actShow, "k", "d#p7"}) {
		t.Errorf("readAction of a menu = %v, %t", act, ok)
	}
	if act, ok := readAction(&slack.BlockAction{ActionID: "other.1"}); ok {
		t.Errorf("readAction of somebody else's button = %v", act)
	}
	if p.Metadata.EventPayload["key"] != key || p.Metadata.EventPayload["page"] != 1 {
		t.Errorf("metadata = %v", p.Metadata)
	}
}

func TestLinks(t *testing.T) {
	a := answers.Ask(t, bot.Question{Text: "What is the NSDS-Hub?"})
	p := render(a, renderOptions{Reader: "https://footnote.example/read"})[0]
	raw, _ := json.Marshal(p.Blocks)
	c := a.Citations[0]
	if want := fmt.Sprintf(`"url":"https://footnote.example/read/nato-360?q=%d-%d#p6","text":"¶6"`, c.Start, c.End); !strings.Contains(string(raw), want) {
		t.Errorf("no %s in %s", want, raw)
	}
	if strings.Contains(p.Text, "http") {
		t.Errorf("the fallback text has an address, which Slack would make a link: %q", p.Text)
	}
}

func BenchmarkRender(b *testing.B) {
	a := answers.Ask(b, bot.Question{Text: "What is the approach to the West?"})
	o := renderOptions{Key: "slack:T1:C1:1700000000.000100", Around: answers.Around, Directions: answers.English}
	b.ReportAllocs()
	for b.Loop() {
		render(a, o)
	}
}
