// Package answers holds the answers that every renderer is tested with, and what
// people must read of them: the same sentences with the same marks in the same order,
// wherever they read. It is imported only by tests.
package answers

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"footnote/bot"
	"footnote/bot/layout"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// Article returns a bot that answers from the real article, and the article.
var Article = sync.OnceValues(func() (*bot.Bot, *corpus.Corpus) {
	c, err := corpus.Article()
	if err != nil {
		panic(err) // unreachable unless the embedded article is broken
	}
	return bot.New(c, keyword.New(c, keyword.Default()), bot.Shipped()), c
})

// Ask returns the real article's answer.
func Ask(tb testing.TB, q bot.Question) bot.Answer {
	tb.Helper()
	b, _ := Article()
	a, err := b.Ask(tb.Context(), q)
	if err != nil {
		tb.Fatalf("Ask(%q): %v", q.Text, err)
	}
	return a
}

// Around is layout.Options.Around for the article.
func Around(id string) (before, after bot.Reference) {
	_, c := Article()
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

// The names of the article's directions.
var (
	English  = map[string]string{"north": "North", "south": "South", "east": "East", "west": "West", "new-domains": "New domains", "japan": "Japan"}
	Japanese = map[string]string{"north": "北", "south": "南", "east": "東", "west": "西", "new-domains": "新領域", "japan": "日本"}
)

// Case is an answer and where it is shown.
type Case struct {
	Name    string
	Answer  bot.Answer
	Options layout.Options
}

// Cases returns answers of the real article: one of each kind, in both languages.
// Their options have no key.
func Cases(tb testing.TB) []Case {
	tb.Helper()
	var out []Case
	for _, c := range cases {
		a := Ask(tb, c.q)
		if c.change != nil {
			c.change(&a)
		}
		o := c.options
		o.Around, o.Directions = Around, English
		if a.Language == "ja" {
			o.Directions = Japanese
		}
		out = append(out, Case{c.name, a, o})
	}
	return out
}

var cases = []struct {
	name    string
	q       bot.Question
	options layout.Options
	change  func(*bot.Answer)
}{
	{name: "answer", q: bot.Question{Text: "What is the NSDS-Hub?"}},
	{name: "answer-three", q: bot.Question{Text: "What is the approach to the West?"}},
	{name: "answer-private-echo", q: bot.Question{Text: "What is the NSDS-Hub?"},
		options: layout.Options{Private: true, Share: true, Echo: true, Asker: "Yui", Reader: "https://footnote.example"}},
	{name: "answer-model", q: bot.Question{Text: "What is the approach to the North?"}, change: written},
	{name: "answer-ja", q: bot.Question{Text: "北について何と言っていますか"}},
	{name: "answer-translated", q: bot.Question{Text: "What is the NSDS-Hub?", Language: "ja"}, change: translated},
	{name: "summary-translated", q: bot.Question{Text: "summary south", Language: "fr"}, change: translated},
	{name: "follow-up", q: bot.Question{Text: "and the South?"}, change: func(a *bot.Answer) { a.Understood = "What is the approach to the South?" }},
	{name: "abstention", q: bot.Question{Text: "What does the article say about tariffs?"}},
	{name: "abstention-ja", q: bot.Question{Text: "関税について何と言っていますか"}},
	{name: "passage", q: bot.Question{Text: "¶5"}, options: layout.Options{Private: true, Share: true}},
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

// translated gives the first sentence a translation, as a model might.
func translated(a *bot.Answer) {
	a.Sentences[0].Translation = map[string]string{"ja": "南方戦略ハブは*2017年*に設けられた。", "fr": "Le centre _sud_ a été créé en 2017."}[a.Language]
	a.Translated = &bot.Translated{Language: a.Language, Model: "m", Prompt: "translate@1"}
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

// Long returns an answer of so many sentences of so many characters each, the last
// one longer by extra, about the same passage three times.
func Long(language string, sentences, each, extra int) bot.Answer {
	a := bot.Answer{Kind: bot.KindAsk, Language: language, Status: bot.Answered, Mode: "keyword", Question: "?", Material: bot.Material{Documents: 1}}
	for i := range sentences {
		n := each
		if i == sentences-1 {
			n += extra
		}
		id := fmt.Sprintf("nato-360#p%d", i/3+1)
		a.Sentences = append(a.Sentences, bot.Sentence{Text: filler(language, i+1, n), Citations: []string{id}, Verdict: bot.Quoted})
		a.Citations = append(a.Citations, bot.Citation{ID: id, Label: fmt.Sprintf("¶%d", i/3+1), Document: "nato-360", Text: "Words."})
	}
	return a
}

// filler returns a sentence of exactly n characters, with clauses to be cut at.
func filler(language string, number, n int) string {
	words, end := "the alliance looks around, ", "."
	if language == "ja" {
		words, end = "同盟は周囲を見渡し、", "。"
	}
	open := []rune(fmt.Sprintf("%d ", number))
	text := append(open, []rune(strings.Repeat(words, n/len([]rune(words))+1))...)[:n-1]
	if last := text[len(text)-1]; strings.ContainsRune(" ,、", last) { // so that nothing is trimmed
		text[len(text)-1] = 'x'
	}
	return string(text) + end
}
