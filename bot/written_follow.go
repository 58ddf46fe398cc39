package bot

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"footnote/corpus"
	"footnote/prompts"
)

// rewriting is a follow-up as a model has written it.
type rewriting struct {
	text   string // "" where it cannot be used
	prompt string
	usage  Usage
}

// rewriteShare is the part of a model's time for an answer that a rewriting may take,
// before that time begins: 4 s of 20. A small model on one processor, which reads 160
// tokens a second, needs 2 s for it; who would wait longer is served better by the
// rewriting that takes no time.
const rewriteShare = 5

// mostRewritten is how many characters a rewritten question may have; so much of a
// turn is what the model is told.
const mostRewritten = earlierLength

// rewrite has the model write a follow-up so that it can be understood alone, where
// the conversation has been used to understand it, or would have to be. asked is the
// question as it came, q and understood are what [Bot.recognise] has made of it. It
// returns nil where the model has no part in it.
func (b *Bot) rewrite(ctx context.Context, asked string, q Question, understood string) *rewriting {
	if b.writer == nil || q.Kind != KindAsk || len(q.Before) == 0 || looksUp(asked) || !b.leaning(asked, q.Text, understood) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, b.writing.Deadline/rewriteShare)
	defer cancel()
	prompt := prompts.Rewrite{Question: asked, Earlier: earlier(q.Before)}.Prompt()
	var reply strings.Builder
	usage, err := b.writer.Write(ctx, prompt, func(delta string) error {
		if reply.Len()+len(delta) > mostRewritten*utf8.UTFMax {
			return errEnough
		}
		reply.WriteString(delta)
		return nil
	})
	r := &rewriting{prompt: prompt.Name + "@" + prompt.Version, usage: usage}
	if text := questionIn(reply.String()); err == nil && b.faithful(text, asked, saidBefore(q.Before)) {
		r.text = text
	}
	return r
}

// leaning tells whether a question that was read as such took something from the
// conversation, or lacks something.
func (b *Bot) leaning(asked, read, understood string) bool {
	if understood != "" {
		return !strings.Contains(asked, read) // "and where is X?" lacks nothing
	}
	return asked == read && b.leansOn(asked)
}

// saidBefore returns what a model is told of a conversation.
func saidBefore(turns []Turn) []string {
	var out []string
	for _, t := range lastOf(turns) {
		out = append(out, t.asked(), t.Answer.Text)
	}
	return out
}

// questionIn returns the question in a model's reply, "" for none.
func questionIn(reply string) string {
	from, to := strings.Index(reply, "{"), strings.LastIndex(reply, "}")
	if from < 0 || to < from {
		return ""
	}
	var r struct {
		Question string `json:"question"`
	}
	if json.Unmarshal([]byte(reply[from:to+1]), &r) != nil {
		return ""
	}
	return r.Question
}

// markup are signs that a platform could take for markup, and nobody's question needs.
const markup = "*_~`#"

// denial finds what turns a question round, which may be no informative word.
var denial = regexp.MustCompile(`(?i)\b(?:not|no|never|none|neither|nor|without|cannot|nobody|nothing|except|unless|instead)\b|n['’]t\b|ない|ません|なく|以外`)

// faithful tells whether a model's rewriting can stand for a question: one question on
// one line that needs no other, has the question's own words, and beyond them only
// words that were said before. Whoever turns the model can then have it ask nothing
// that was not talked of.
func (b *Bot) faithful(text, asked string, before []string) bool {
	switch {
	case text == "" || utf8.RuneCountInString(text) > mostRewritten || text != tidied(text):
		return false
	case !asksOnly(text) || len(corpus.Sentences(text)) != 1:
		return false
	case links.MatchString(text) || pings.MatchString(text) || markSigns.MatchString(text) || strings.ContainsAny(text, markup):
		return false
	case b.leansOn(text):
		return false
	}
	if rest, ok := b.carriesOn(unpunctuated(asked)); ok { // "how about X?" does not ask how
		asked = rest
	}
	said := asked + "\n" + strings.Join(before, "\n")
	for _, d := range denial.FindAllString(text, -1) {
		if !strings.Contains(strings.ToLower(said), strings.ToLower(d)) {
			return false
		}
	}
	return b.hasTerms(said, b.informative(text, nil)) && b.hasTerms(text, b.informative(asked, dispensable)) && hasBare(text, asked)
}

// dispensable tells whether a question says as much without a word.
func dispensable(term, word string) bool { return light[term] || idle[term] || pointing[word] }

// informative returns the terms of a text that are no function words, without those
// that but picks, which may be nil.
func (b *Bot) informative(text string, but func(term, word string) bool) []string {
	r := b.reader()
	defer b.release(r)
	var out []string
	for _, t := range r.analyzer.Tokens(nil, text) {
		if !t.Stop && (but == nil || !but(t.Term, strings.ToLower(text[t.Start:t.End]))) {
			out = append(out, t.Term)
		}
	}
	return out
}

// hasTerms tells whether a text has all the terms.
func (b *Bot) hasTerms(text string, terms []string) bool {
	r := b.reader()
	defer b.release(r)
	has := map[string]bool{}
	for _, t := range r.analyzer.Tokens(nil, text) {
		has[t.Term] = true
	}
	for _, t := range terms {
		if !has[t] {
			return false
		}
	}
	return true
}

// hasBare tells whether a text has the question words that a question has.
func hasBare(text, question string) bool {
	for w := range bare {
		if indexWord(question, w) >= 0 && indexWord(text, w) < 0 {
			return false
		}
	}
	return true
}

// book adds to an answer what its question's rewriting took.
func (r *rewriting) book(a *Answer) {
	usage := r.usage
	if a.Usage != nil {
		usage = a.Usage.plus(r.usage)
	}
	a.Usage, a.Model, a.Prompt = &usage, usage.Model, strings.TrimSpace(a.Prompt+" "+r.prompt)
}
