package discordbot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/bottest/answers"
)

// options returns options as they come, and as they don't.
func options(r answers.Random) renderOptions {
	o := renderOptions{Key: "discord:1:" + strings.Repeat("1", r.IntN(150)), Private: r.IntN(2) == 0, Share: r.IntN(2) == 0, Echo: r.IntN(2) == 0, Asker: r.Text("ja", 200)}
	if r.IntN(2) == 0 {
		o.Reader = "https://footnote.example/material"
	}
	return o
}

// TestRandomAnswers checks what render promises: every message within the limits,
// every sentence there, in order, each part of it with its marks; turned or not.
func TestRandomAnswers(t *testing.T) {
	for seed := range uint64(12) {
		r := answers.NewRandom(seed)
		language := []string{"en", "ja", "signs"}[seed%3]
		a := r.Answer([]bot.Kind{bot.KindAsk, bot.KindSummary}[seed/3%2], language)
		o := options(r)
		for _, pages := range [][]page{render(a, o), turnedThrough(a, o)} {
			for _, p := range pages {
				withinLimits(t, p)
			}
			readsInOrder(t, a, reading(pages))
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// squash leaves of a text what no cut may change.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("…` \n\u3000•", r) {
			return -1
		}
		return r
	}, s)
}

// readsInOrder checks that what is read are the answer's sentences, and that every part
// of one ends with its marks.
func readsInOrder(t *testing.T, a bot.Answer, lines answers.Reading) {
	t.Helper()
	for i, s := range a.Sentences {
		rest := squash(s.Text)
		for rest != "" {
			if len(lines) == 0 {
				t.Fatalf("sentence %d is not there: %.60q", i, rest)
			}
			text, marks, marked := strings.Cut(lines[0], "\u00a0")
			if text = squash(text); !strings.HasPrefix(rest, text) {
				t.Fatalf("sentence %d goes on %.60q, the next line has %.60q", i, rest, text)
			}
			rest, lines = rest[len(text):], lines[1:]
			if rest == "" && !marked && len(lines) > 0 { // code ends; the marks have a line of their own
				_, marks, _ = strings.Cut(lines[0], "\u00a0")
				lines = lines[1:]
			}
			if rest != "" && !marked { // a line of several
				continue
			}
			names := strings.FieldsFunc(marks, func(r rune) bool { return strings.ContainsRune("«» \u00a0", r) })
			for _, id := range s.Citations {
				if label := "¶" + strings.TrimPrefix(id, "nato-360#p"); !slices.Contains(names, label) {
					t.Fatalf("a part of sentence %d lacks %s: it has %q", i, label, names)
				}
			}
		}
		for len(lines) > 0 && strings.Trim(lines[0], " `") == "" {
			lines = lines[1:]
		}
	}
	if rest := strings.Join(lines, ""); rest != "" {
		t.Errorf("too much: %.100q", rest)
	}
}

// TestRandomOthers renders what is not an answer in sentences.
func TestRandomOthers(t *testing.T) {
	for seed := range uint64(15) {
		r := answers.NewRandom(seed + 100)
		language := []string{"en", "ja", "signs"}[seed%3]
		a := r.Answer(bot.KindCite, language)
		switch seed / 3 % 5 {
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
		o := options(r)
		for _, p := range slices.Concat(render(a, o), turnedThrough(a, o), []page{lookUpView(a, o), plainNote(a.Text + a.Question)}) {
			withinLimits(t, p)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestAlwaysSomething: whatever the core returns, a message comes of it.
func TestAlwaysSomething(t *testing.T) {
	for _, status := range []bot.Status{"", bot.Answered, bot.Abstained, bot.Found, bot.NotFound, bot.Refused, bot.Failed, "new"} {
		for _, kind := range []bot.Kind{"", bot.KindAsk, bot.KindCite, bot.KindSummary, bot.KindSources, bot.KindCheck, bot.KindHelp} {
			a := bot.Answer{Status: status, Kind: kind}
			pages := render(a, renderOptions{})
			if len(pages) != 1 {
				t.Fatalf("%s %s: %d pages", status, kind, len(pages))
			}
			withinLimits(t, pages[0])
			withinLimits(t, renderTurned(a, renderOptions{Key: goldenKey}, 7))
		}
	}
}

// TestNothingUnsupported: an abstention carries sentences that were not good enough,
// and a sentence without a passage has nothing to stand on. Neither is shown.
func TestNothingUnsupported(t *testing.T) {
	c := bot.Citation{ID: "d#p1", Label: "¶1", Text: "kept"}
	sentences := []bot.Sentence{{Text: "kept", Citations: []string{"d#p1"}}, {Text: "dangling", Citations: []string{"d#p9"}}, {Text: "bare"}}
	a := bot.Answer{Kind: bot.KindAsk, Status: bot.Answered, Sentences: sentences, Citations: []bot.Citation{c}}
	got := printPages(t, render(a, renderOptions{}))
	if !strings.Contains(got, "kept") || strings.Contains(got, "dangling") || strings.Contains(got, "bare") {
		t.Errorf("an answer shows\n%s", got)
	}
	a.Status, a.Text = bot.Abstained, "The material does not answer this."
	if got := printPages(t, render(a, renderOptions{})); strings.Contains(got, "kept") {
		t.Errorf("an abstention shows\n%s", got)
	}
}

// TestNoMarkup: nothing anybody wrote reaches a place where Discord reads markup
// without being made safe.
func TestNoMarkup(t *testing.T) {
	bad := "@everyone <@1> **b** :smile: [x](https://example.com/x) ||s|| `c`"
	c := bot.Citation{ID: "d#p1", Label: "¶1", Title: bad, Section: bad, Text: bad, Notes: []bot.Note{{ID: "d#n1", Label: "note 1", Text: bad}}}
	for _, a := range []bot.Answer{
		{Status: bot.Answered, Kind: bot.KindAsk, Question: bad, Understood: bad, Sentences: []bot.Sentence{{Text: bad, Citations: []string{"d#p1"}}}, Citations: []bot.Citation{c}},
		{Status: bot.Abstained, Text: bad, Question: bad, Nearest: []bot.Citation{c}, Missing: []string{"<@2>"}},
		{Status: bot.Found, Kind: bot.KindCite, Citations: []bot.Citation{c}},
		{Status: bot.Failed, Text: bad},
	} {
		p := render(a, renderOptions{Echo: true, Asker: "<@1>", Key: "k"})[0]
		texts := slices.Clone(p.Text)
		for _, c := range p.Components {
			if text, ok := c.(discordgo.TextDisplay); ok {
				texts = append(texts, text.Content)
			}
		}
		for _, text := range texts {
			ours := strings.NewReplacer("\n> ", "\n", "\n-# ", "\n", "**¶1**", "").Replace("\n" + text)
			bare := pairs.ReplaceAllString(ours, "\x00")
			for _, g := range grammar {
				if at := g.FindString(bare); at != "" {
					t.Errorf("%s: in %q Discord reads %q", a.Status, text, at)
				}
			}
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
	p := render(a, renderOptions{})[0]
	nbsp := "\u00a0"
	if got, want := p.Components[0].(discordgo.TextDisplay).Content, "So supported."+nbsp+"**¶1**\n\nSo partly."+nbsp+"**¶1** *(partly supported)*\n\nSo unsupported."+nbsp+"**¶1** *(not supported)*"; got != want {
		t.Errorf("content = %q, want %q", got, want)
	}
	if got := p.Text[0]; !strings.HasPrefix(got, "So supported. \\[¶1\\]\nSo partly. \\[¶1\\] (partly supported)\n") {
		t.Errorf("text = %q", got)
	}
}

// TestCode: what a model fenced is shown as code, unless it forgot to close it.
func TestCode(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk, Citations: []bot.Citation{{ID: "d#p1", Label: "¶1"}}}
	for text, want := range map[string]string{
		"Run\n```\nx <y>\n```":        "Run\n```\nx <y>\n```\n\u00a0**¶1**",
		"Run\n```\nx\n```\nand wait.": "Run\n```\nx\n```\nand wait.\u00a0**¶1**",
		"Run ``` x":                   "Run \\`\\`\\` x\u00a0**¶1**",
	} {
		a.Sentences = []bot.Sentence{{Text: text, Citations: []string{"d#p1"}, Verdict: bot.Supported}}
		if got := render(a, renderOptions{})[0].Components[0].(discordgo.TextDisplay).Content; got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// clicksIn returns what can be pressed in a message, as clicks are read.
func clicksIn(t *testing.T, p page) []action {
	t.Helper()
	var out []action
	for _, c := range p.Components {
		row, ok := c.(discordgo.ActionsRow)
		if !ok {
			continue
		}
		for _, c := range row.Components {
			var a action
			switch c := c.(type) {
			case discordgo.Button:
				a, ok = readAction(c.CustomID, nil)
			case discordgo.SelectMenu:
				a, ok = readAction(c.CustomID, []string{c.Options[0].Value})
			}
			if !ok {
				t.Errorf("readAction does not know %+v", c)
			}
			out = append(out, a)
		}
	}
	return out
}

func TestReadAction(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk}
	for _, c := range []bot.Citation{{ID: "d#p9", Label: "¶9", Directions: []string{"west"}}, {ID: "d#p4", Label: "¶4", Directions: []string{"new-domains"}},
		{ID: "d#p8", Label: "¶8", Directions: []string{"west"}}} {
		a.Citations = append(a.Citations, c)
		a.Sentences = append(a.Sentences, bot.Sentence{Text: "A sentence.", Citations: []string{c.ID}, Verdict: bot.Quoted})
	}
	all := func(key string) []action {
		return []action{{"show", key, "d#p9", 0}, {"show", key, "d#p4", 0}, {"show", key, "d#p8", 0},
			{"summary", key, "west", 0}, {"summary", key, "new-domains", 0}, {"share", key, "", 0}, {"good", key, "", 0}, {"bad", key, "", 0}}
	}
	if got := clicksIn(t, render(a, renderOptions{Key: goldenKey, Private: true, Share: true})[0]); !slices.Equal(got, all(goldenKey)) {
		t.Errorf("the clicks are %v, want %v", got, all(goldenKey))
	}
	// A key that is too long is left out, with what is nothing without it.
	if got := clicksIn(t, render(a, renderOptions{Key: strings.Repeat("k", 99), Private: true, Share: true})[0]); !slices.Equal(got, all("")[:5]) {
		t.Errorf("with a long key the clicks are %v, want %v", got, all("")[:5])
	}
	for _, id := range []string{"", "show", "show.1|k", "other.1|k|r", "page.1|k|x", "page.1|k|-1", "why.0|k|"} {
		if act, ok := readAction(id, nil); ok {
			t.Errorf("readAction(%q) = %v", id, act)
		}
	}
}

// TestMenus: what has no room in a row of buttons is in menus, all of it.
func TestMenus(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk}
	s := bot.Sentence{Text: "A sentence.", Verdict: bot.Quoted}
	for i := range 60 {
		c := bot.Citation{ID: fmt.Sprintf("d#p%d", i), Label: fmt.Sprintf("¶%d", i)}
		a.Citations, s.Citations = append(a.Citations, c), append(s.Citations, c.ID)
	}
	a.Sentences = []bot.Sentence{s}
	p := render(a, renderOptions{Key: goldenKey})[0]
	withinLimits(t, p)
	var values []string
	for _, c := range p.Components {
		if row, ok := c.(discordgo.ActionsRow); ok {
			if menu, ok := row.Components[0].(discordgo.SelectMenu); ok {
				for _, o := range menu.Options {
					values = append(values, o.Value)
				}
			}
		}
	}
	if !slices.Equal(values, s.Citations) {
		t.Errorf("the menus offer %q, want %q", values, s.Citations)
	}
}

// TestTurning: from every page one comes to its neighbours, and no further.
func TestTurning(t *testing.T) {
	a := answers.Long("en", 12, 900, 0)
	o := renderOptions{Key: goldenKey, Private: true, Share: true}
	pages := turnedThrough(a, o)
	if len(pages) < 3 {
		t.Fatalf("%d pages, want several", len(pages))
	}
	for i, p := range pages {
		got := clicksIn(t, p)
		for k, want := range []action{{turnPage, goldenKey, "", max(i-1, 0)}, {turnPage, goldenKey, "", i}, {turnPage, goldenKey, "", min(i+1, len(pages)-1)}} {
			if got := got[len(got)-3+k]; got != want {
				t.Errorf("page %d: button %d is %v, want %v", i+1, k+1, got, want)
			}
		}
		row := p.Components[len(p.Components)-1].(discordgo.ActionsRow).Components
		for k, want := range []bool{i == 0, true, i == len(pages)-1} {
			if b := row[k].(discordgo.Button); b.Disabled != want {
				t.Errorf("page %d: button %q has Disabled %t", i+1, b.Label, b.Disabled)
			}
		}
		if got := strings.Join(p.Text, "\n"); strings.Count(got, "\\[¶") != 12 {
			t.Errorf("page %d: the text has %d sentences, want all", i+1, strings.Count(got, "\\[¶"))
		}
	}
	first, last := renderTurned(a, o, -3), renderTurned(a, o, 99)
	if !same(t, first, pages[0]) || !same(t, last, pages[len(pages)-1]) {
		t.Error("a page that is not there is not the nearest")
	}
	cut := printPages(t, []page{lookUpView(a, o)})
	if !strings.Contains(cut, "This is not all") || strings.Contains(cut, "page.") || strings.Contains(cut, "share.") {
		t.Errorf("what cannot be turned shows\n%s", cut)
	}
}

func same(t *testing.T, a, b page) bool {
	t.Helper()
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}

// TestSameLabel: ¶1 of two documents cannot both be called ¶1.
func TestSameLabel(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk, Material: bot.Material{Documents: 2},
		Sentences: []bot.Sentence{{Text: "One.", Citations: []string{"a#p1"}}, {Text: "Two.", Citations: []string{"b#p1"}}},
		Citations: []bot.Citation{{ID: "a#p1", Label: "¶1", Title: "Article A", Text: "One."}, {ID: "b#p1", Label: "¶1", Title: "Article B", Text: "Two."}}}
	got := printPages(t, render(a, renderOptions{}))
	for _, want := range []string{"One.\u00a0**a#p1**", "Two.\u00a0**b#p1**", "a#p1 · Article A", "Show b#p1"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

func TestPlainNote(t *testing.T) {
	p := plainNote("*Nothing* for @here.")
	withinLimits(t, p)
	if want := `\*Nothing\* for \@here.`; p.Text[0] != want || p.Components[0].(discordgo.TextDisplay).Content != want {
		t.Errorf("plainNote = %q, %v, want %q", p.Text, p.Components, want)
	}
	withinLimits(t, plainNote(strings.Repeat("*", 5000)))
}

func BenchmarkRender(b *testing.B) {
	a := answers.Ask(b, bot.Question{Text: "What is the approach to the West?"})
	o := renderOptions{Key: goldenKey, Around: answers.Around, Directions: answers.English}
	b.ReportAllocs()
	for b.Loop() {
		render(a, o)
	}
}
