// Package bottest holds what tests of the bot need: an answerer that is told its
// answers, a ledger in memory, and [TestAdapter], the promises that every adapter
// keeps. It is imported only by tests.
//
// The package knows no platform; a platform's test lends it one through [Platform].
package bottest

import (
	"context"
	"strings"
	"sync"

	"footnote/bot"
)

// Answerer answers each question by its words. The zero value answers nothing but
// what [Answerer.Say] was told, and abstains from the rest. It is safe for
// concurrent use.
type Answerer struct {
	mu      sync.Mutex
	answers map[string]bot.Answer
	asked   []bot.Question
	steps   chan struct{}
}

// Say has the answerer answer questions that contain words with sentences, each
// cited to ¶1, ¶2 ... of a document.
func (a *Answerer) Say(words string, sentences ...string) {
	ans := bot.Answer{Kind: bot.KindAsk, Mode: "keyword", Language: "en", Status: bot.Answered, Confidence: 0.9, Threshold: 0.25}
	var text []string
	for i, s := range sentences {
		id, label := "doc#p"+string(rune('1'+i%9)), "¶"+string(rune('1'+i%9))
		ans.Sentences = append(ans.Sentences, bot.Sentence{Text: s, Citations: []string{id}, Verdict: bot.Quoted})
		ans.Citations = append(ans.Citations, bot.Citation{ID: id, Label: label, Document: "doc", Title: "A document", Section: "A section", Quote: s, Text: s})
		text = append(text, s+" ["+label+"]")
	}
	ans.Text = strings.Join(text, " ")
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.answers == nil {
		a.answers = make(map[string]bot.Answer)
	}
	a.answers[words] = ans
}

// Ask implements bot.Asker. Of several words that fit the longest counts.
func (a *Answerer) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	if err := ctx.Err(); err != nil {
		return bot.Answer{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, q)
	best := ""
	for words := range a.answers {
		if strings.Contains(q.Text, words) && len(words) > len(best) {
			best = words
		}
	}
	if best == "" {
		return bot.Answer{ID: q.ID, Question: q.Text, Kind: bot.KindAsk, Language: "en", Mode: "keyword", Status: bot.Abstained, Text: "The material does not answer this.", Threshold: 0.25}, nil
	}
	ans := a.answers[best]
	ans.ID, ans.Question = q.ID, q.Text
	return ans, nil
}

// Asked returns the questions so far, in order.
func (a *Answerer) Asked() []bot.Question {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]bot.Question(nil), a.asked...)
}

// Slowly has the answerer write from now on: it tells the first sentence of an answer
// at the first step, the second at the next, and is done at the one after the last.
func (a *Answerer) Slowly() (step func()) {
	steps := make(chan struct{})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.steps = steps
	return func() { steps <- struct{}{} }
}

// AskTelling implements bot.Teller.
func (a *Answerer) AskTelling(ctx context.Context, q bot.Question, tell func(bot.Answer)) (bot.Answer, error) {
	ans, err := a.Ask(ctx, q)
	a.mu.Lock()
	steps := a.steps
	a.mu.Unlock()
	if err != nil || steps == nil {
		return ans, err
	}
	for i := range len(ans.Sentences) + 1 {
		select {
		case <-steps:
		case <-ctx.Done():
			return bot.Answer{}, ctx.Err()
		}
		if i < len(ans.Sentences) {
			sofar := ans
			sofar.Mode, sofar.Sentences, sofar.Citations = "llm", ans.Sentences[:i+1], ans.Citations[:i+1]
			tell(sofar)
		}
	}
	return ans, nil
}
