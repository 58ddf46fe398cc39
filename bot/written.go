package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/corpus"
	"footnote/prompts"
	"footnote/retrieval"
)

// Writer writes text from a prompt; *llm.Client is one. It is safe for concurrent
// use.
type Writer interface {
	// Write gives each piece of the text to each as it comes, one after the other. An
	// error of each ends the call, which returns it.
	Write(ctx context.Context, p prompts.Prompt, each func(delta string) error) (Usage, error)
	// Tokens returns how many tokens the model takes text for.
	Tokens(text string) int
}

// Usage is what the calls for an answer took.
type Usage struct {
	Model      string        `json:"model,omitempty"` // as the server names it
	Prompt     int           `json:"prompt_tokens"`
	Cached     int           `json:"cached_tokens"` // of the prompt, which the server had kept
	Completion int           `json:"completion_tokens"`
	FirstToken time.Duration `json:"first_token_ns,omitempty"` // from the call to the first piece of text
}

// plus returns what two calls took together, the first one's first piece of text.
func (u Usage) plus(v Usage) Usage {
	return Usage{
		Model: cmp.Or(v.Model, u.Model), Prompt: u.Prompt + v.Prompt, Cached: u.Cached + v.Cached,
		Completion: u.Completion + v.Completion, FirstToken: cmp.Or(u.FirstToken, v.FirstToken),
	}
}

// Writing says how a [Writer] is used. The zero value of a field takes the default
// named beside it.
type Writing struct {
	Budget   int           // tokens of passages in a prompt; 24,000, and fewer once the model could not read as many
	Deadline time.Duration // for the model's part in an answer; 20 s. A follow-up is rewritten before that, within a fifth as much
}

// Rejected is a sentence of a model that is not shown.
type Rejected struct {
	Text      string   `json:"text"`
	Citations []string `json:"citations"` // as the model gave them
	Reason    string   `json:"reason"`
}

// WithWriter returns a copy of b whose answers w writes from the passages. A
// sentence is shown only where the passage it cites supports it; the keyword writer
// answers where none is left, and where w fails.
func (b *Bot) WithWriter(w Writer, o Writing) *Bot {
	if o.Budget == 0 {
		o.Budget = 24_000
	}
	if o.Deadline == 0 {
		o.Deadline = 20 * time.Second
	}
	c := &Bot{corpus: b.corpus, search: b.search, model: b.model, glosses: b.glosses, writer: w, writing: o}
	c.readers.New = b.readers.New
	c.summaries.kept, c.summaries.flights = map[summaryKey]Answer{}, map[summaryKey]*flight{}
	c.budget.Store(int64(o.Budget))
	c.paid, c.priced = c.payable()
	return c
}

// payable returns all paragraphs of the corpus, with what they take, where they fit
// the budget, else nil.
func (b *Bot) payable() (ps []*corpus.Passage, priced int) {
	for _, p := range b.corpus.Passages.All() {
		if p.Kind != corpus.Paragraph {
			continue
		}
		if priced += b.price(p); priced > b.writing.Budget {
			return nil, 0
		}
		ps = append(ps, p)
	}
	return ps, priced
}

// price returns the tokens that a passage takes with its notes, its id and the line
// it stands on.
func (b *Bot) price(p *corpus.Passage) int {
	text := p.ID + p.Heading() + p.Text
	for _, n := range p.Refs {
		if note := p.Document.Note(n.Number); note != nil {
			text += note.Label + note.Text
		}
	}
	const around = 10
	return b.writer.Tokens(text) + around
}

// offer returns the passages that a model may answer from, in order, with the tokens
// they take: all, or those found with their neighbours, as many as a budget allows. The
// best one found is always among them.
func (b *Bot) offer(hits []retrieval.Hit, budget int) (ps []*corpus.Passage, priced int) {
	if b.paid != nil && b.priced <= budget {
		return b.paid, b.priced
	}
	take := func(p *corpus.Passage) {
		if p == nil || p.Kind != corpus.Paragraph || slices.Contains(ps, p) {
			return
		}
		if price := b.price(p); ps == nil || priced+price <= budget {
			ps, priced = append(ps, p), priced+price
		}
	}
	for _, h := range hits { // what was found first, then what stands around it
		take(h.Passage)
	}
	for _, h := range hits {
		take(before(h.Passage))
		take(after(h.Passage))
	}
	slices.SortStableFunc(ps, inOrder)
	return ps, priced
}

// prompted is how often a question is put to a model that cannot read all of the
// prompt: with what the budget allows, with half of that, and with what was found and
// nothing around it.
const prompted = 3

// narrowed returns the budget for the next try after a model could not read passages
// that take so many tokens.
func (b *Bot) narrowed(hits []retrieval.Hit, took, tries int) int {
	if found := b.worth(hits); tries == prompted-1 && found < took {
		return found
	}
	return took / 2
}

// keep keeps a budget for the questions that follow, unless there is a smaller one.
func (b *Bot) keep(budget int) {
	for {
		if is := b.budget.Load(); int64(budget) >= is || b.budget.CompareAndSwap(is, int64(budget)) {
			return
		}
	}
}

// worth returns the tokens that what was found takes.
func (b *Bot) worth(hits []retrieval.Hit) (priced int) {
	for _, h := range hits {
		if h.Passage.Kind == corpus.Paragraph {
			priced += b.price(h.Passage)
		}
	}
	return priced
}

// before returns the passage before one, or nil.
func before(p *corpus.Passage) *corpus.Passage {
	if i := slices.Index(p.Document.Passages, p); i > 0 {
		return p.Document.Passages[i-1]
	}
	return nil
}

// shownAs returns passages in the form of a prompt, each note where it is first
// referred to.
func shownAs(ps []*corpus.Passage) []prompts.Passage {
	out := make([]prompts.Passage, len(ps))
	seen := map[*corpus.Passage]bool{}
	for i, p := range ps {
		out[i] = prompts.Passage{ID: p.ID, Label: p.Label, Section: p.Heading(), Text: p.Text}
		for _, r := range p.Refs {
			if n := p.Document.Note(r.Number); n != nil && !seen[n] {
				seen[n] = true
				out[i].Notes = append(out[i].Notes, n.Label+": "+n.Text)
			}
		}
	}
	return out
}

// written is an answer while a model writes it.
type written struct {
	*judge
	q       Question
	keyword Answer // what the keyword writer answers
	shown   []prompts.Passage
	slots   []slot
	into    int // the slot that the next sentence of a repair goes into
	reply   *replyReader
	usage   Usage
	prompt  string
	tell    func(Answer)

	unfinished   bool // a reply ended at its full length
	untranslated bool // translations were wanted, and could not be had

	least, most int                     // sentences that are shown
	shape       func(*Answer, []string) // makes the answer of its sentences, each with its marks
}

// slot is the place of a sentence, with what became of it.
type slot struct {
	judged
	draft draft
}

// wording is what an answer in words is made of: the question as it was read, and
// what was found.
type wording struct {
	r    *reader
	read asked
	hits []retrieval.Hit
}

// byModel has the model answer what the keyword writer has an answer to, and returns
// the model's answer, or the keyword writer's with the reason. The error is that of
// ctx where it was cancelled.
func (b *Bot) byModel(ctx context.Context, q Question, in wording, keyword Answer, tell func(Answer)) (Answer, error) {
	limited, cancel := context.WithTimeout(ctx, b.writing.Deadline)
	defer cancel()
	w, err := b.drafted(limited, q, in, keyword, tell)
	return w.mended(ctx, limited, b, err)
}

// drafted has the model write an answer, from fewer passages where it cannot read as
// many. What it could not read, the next questions do not send; unless it was a long
// question that it could not.
func (b *Bot) drafted(ctx context.Context, q Question, in wording, keyword Answer, tell func(Answer)) (*written, error) {
	var used Usage
	for tries, budget := 1, int(b.budget.Load()); ; tries++ {
		ps, took := b.offer(in.hits, budget)
		w := &written{
			judge: b.judge(in, ps), q: q, keyword: keyword, shown: shownAs(ps), tell: tell, usage: used,
			least: 1, most: maxSentences, shape: inOneText,
		}
		ask := prompts.Answer{Passages: w.shown, Question: q.Text, Earlier: earlier(q.Before), Language: theirs}.Prompt()
		err := w.draft(ctx, b.writer, ask)
		if !errors.Is(err, ErrTooLong) || tries == prompted {
			return w, err
		}
		used, budget = w.usage, b.narrowed(in.hits, took, tries)
		if b.writer.Tokens(ask.User) < took/4 {
			b.keep(budget)
		}
	}
}

// draft has a prompt written for the first time.
func (w *written) draft(ctx context.Context, by Writer, ask prompts.Prompt) error {
	w.prompt = ask.Name + "@" + ask.Version
	return w.call(ctx, by, ask, w.add)
}

// mended returns the answer of a draft, which has ended with err: with what failed
// asked for once more, and translated for who asks. limited is ctx with the deadline.
func (w *written) mended(ctx, limited context.Context, b *Bot, err error) (Answer, error) {
	if err == nil {
		if failing := w.failing(); failing != nil && len(w.standing()) < w.most {
			repair := prompts.Repair{Passages: w.shown, Question: w.q.Text, Failing: failing, Language: theirs}.Prompt()
			_ = w.call(limited, b.writer, repair, w.again) // without it they are dropped
		}
		err = w.lacking()
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return Answer{}, fmt.Errorf("write answer: %w", ctx.Err())
	}
	switch {
	case err == nil:
		return w.inTheirs(limited, b, w.answer()), nil
	case errors.Is(err, errUnanswerable), errors.Is(err, errNoneStands), errors.Is(err, errBeside), errors.Is(err, errTooFew):
		return w.inTheirs(limited, b, w.fallback(err)), nil
	}
	return w.fallback(err), nil // who fails at this fails at a translation
}

// lacking returns why what stands is no answer, or nil.
func (w *written) lacking() error {
	switch n := len(w.standing()); {
	case n > 0 && !slices.ContainsFunc(w.standing(), func(s *slot) bool { return s.core }):
		return errBeside
	case n >= w.least:
		return nil
	case n > 0:
		return errTooFew
	case w.unfinished && w.slots == nil:
		return ErrUnfinished
	}
	return errNoneStands
}

// inTheirs has an answer translated for who asks.
func (w *written) inTheirs(ctx context.Context, b *Bot, a Answer) Answer {
	a, err := b.translated(ctx, w.q.Language, a)
	w.untranslated = err != nil
	return a
}

// theirs is the language that is asked for: a sentence can be checked against the
// passages only in their own.
const theirs = "the language of the passages"

// call has a prompt written and gives each sentence to take as soon as it is
// complete. That a reply was not read to its end is no error, nor that it ended at its
// full length.
func (w *written) call(ctx context.Context, by Writer, p prompts.Prompt, take func(draft)) error {
	w.reply, w.into = &replyReader{}, 0
	var stop error
	usage, err := by.Write(ctx, p, func(delta string) error {
		if stop = w.reply.read(delta, take); stop == nil && len(w.standing()) >= w.most {
			stop = errEnough
		}
		if stop == nil {
			stop = ctx.Err()
		}
		return stop
	})
	w.usage = w.usage.plus(usage)
	switch {
	case errors.Is(stop, errEnough):
		return nil
	case stop != nil:
		return stop
	case errors.Is(err, ErrUnfinished): // what it ends with is not whole
		w.unfinished = true
		return nil
	case err != nil:
		return err
	}
	w.reply.end(take)
	return nil
}

// add checks the next sentence of an answer; where it is several, each on its own.
func (w *written) add(d draft) {
	parts := corpus.Sentences(tidied(d.Text))
	if len(parts) < 2 {
		parts = []string{d.Text}
	}
	for _, part := range parts[:min(len(parts), mostDrafts)] {
		one := draft{part, d.Citations}
		w.slots = append(w.slots, slot{judged: w.judge.check(one, w.slots), draft: one})
		w.told(len(w.slots) - 1)
	}
}

// again checks a sentence that was asked for once more, which comes in the order
// of those that failed.
func (w *written) again(d draft) {
	for ; w.into < len(w.slots); w.into++ {
		if s := &w.slots[w.into]; s.again {
			others := slices.Delete(slices.Clone(w.slots), w.into, w.into+1)
			if j := w.judge.check(d, others); j.stands() {
				w.rejected = append(w.rejected, s.rejected())
				s.judged, s.draft = j, d
			} else {
				w.rejected = append(w.rejected, slot{j, d}.rejected())
			}
			w.told(w.into)
			w.into++
			return
		}
	}
}

// told tells the answer so far, where slot i stands.
func (w *written) told(i int) {
	if w.tell != nil && w.slots[i].stands() {
		w.tell(w.answer())
	}
}

// standing returns the slots that are shown.
func (w *written) standing() []*slot {
	var out []*slot
	for i := range w.slots {
		if w.slots[i].stands() && len(out) < w.most {
			out = append(out, &w.slots[i])
		}
	}
	return out
}

// failing returns the sentences that are asked for once more.
func (w *written) failing() []prompts.Failing {
	var out []prompts.Failing
	for _, s := range w.slots {
		if s.again {
			out = append(out, prompts.Failing{Text: shortened(s.text, mostSentence), Reason: s.reason})
		}
	}
	return out
}

func (s slot) rejected() Rejected {
	r := Rejected{Text: shortened(s.draft.Text, mostSentence), Citations: []string{}, Reason: s.reason}
	for _, m := range s.draft.Citations[:min(len(s.draft.Citations), mostMarks)] {
		r.Citations = append(r.Citations, shortened(m.ID, 80))
	}
	return r
}

// answer returns what stands.
func (w *written) answer() Answer {
	a := w.keyword
	a.Mode, a.Sentences, a.Citations = "llm", nil, nil
	var texts []string
	standing := w.standing()
	for _, s := range standing {
		a.Citations = append(a.Citations, s.citations...)
	}
	dated := Dated(a.Citations)
	for _, s := range standing {
		one := Sentence{Text: s.text, Verdict: s.verdict}
		marks := ""
		for _, c := range s.citations {
			one.Citations = append(one.Citations, c.ID)
			marks += " [" + c.Mark(dated) + "]"
		}
		a.Sentences = append(a.Sentences, one)
		texts = append(texts, s.text+marks)
	}
	w.shape(&a, texts)
	w.record(&a)
	return a
}

// inOneText makes an answer's text of its sentences.
func inOneText(a *Answer, texts []string) { a.Text = strings.Join(texts, " ") }

// record notes who was asked, for how much, and what is not shown.
func (w *written) record(a *Answer) {
	usage := w.usage
	a.Model, a.Prompt, a.Usage = usage.Model, w.prompt, &usage
	a.Rejected = slices.Clone(w.rejected)
	for _, s := range w.slots {
		if !s.stands() {
			a.Rejected = append(a.Rejected, s.rejected())
		}
	}
}

// fallback returns the keyword writer's answer with the reason for it. Sentences
// that stood are not among it, nor among the rejected: nothing was wrong with them.
func (w *written) fallback(err error) Answer {
	a := w.keyword
	w.record(&a)
	a.Reasons = append(slices.Clone(a.Reasons), whyKeyword(err, base(w.q.Language)))
	return a
}

// What of a conversation a model is told.
const (
	earlierTurns  = 2
	earlierLength = 400
)

// earlier returns the last turns of a conversation as text.
func earlier(turns []Turn) string {
	var lines []string
	for _, t := range lastOf(turns) {
		lines = append(lines, "Q: "+shortened(t.asked(), earlierLength), "A: "+shortened(t.Answer.Text, earlierLength))
	}
	return strings.Join(lines, "\n")
}

// lastOf returns the turns that a model is told of.
func lastOf(turns []Turn) []Turn { return turns[max(0, len(turns)-earlierTurns):] }

// asked returns the turn's question as it was understood.
func (t Turn) asked() string {
	if t.Answer.Kind == KindAsk && t.Answer.Understood != "" {
		return t.Answer.Understood
	}
	return t.Question.Text
}

// shortened returns at most n characters of text, which it makes one line.
func shortened(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	for i := range text {
		if n--; n < 0 {
			return text[:i] + "…"
		}
	}
	return text
}
