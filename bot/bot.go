// Package bot is the core: a [Question] goes in, an [Answer] comes out, every
// sentence of it with the passage it rests on.
//
// A question is read (what type of answer does it want, which of its words carry
// it), the material is searched, the sentences of the best passages are ranked by
// how likely they answer, and one to three of them are quoted; or the bot abstains,
// when the best one is not likely enough to answer. References, notes, directions
// and claims have their own ways through the package, in files named after them.
//
// With a [Writer] a model writes the answer from the passages instead. What it
// writes is a draft: each sentence is checked against the passage it cites, and one
// that does not stand is not shown. The keyword writer decides before that whether
// there is an answer at all, and answers where the model does not. A follow-up the
// model may write so that it can be understood alone, in words that were said.
//
// The package knows no platform, no terminal and no file.
package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
)

// Searcher finds passages, and knows how rare a term is.
type Searcher interface {
	retrieval.Searcher
	// Rarity is the idf of a term; of a term that nothing has, that of the rarest.
	Rarity(term string) float64
}

// MaxQuestion is the greatest length of a question, in characters. A long Slack
// message has 4,000; what is longer is a document.
const MaxQuestion = 4000

// passagesRead is how many passages are read for an answer. On squad2-dev the
// sixth still raises the share of answers found, a tenth does not.
const passagesRead = 6

// Bot answers questions about a corpus. It is safe for concurrent use.
type Bot struct {
	corpus  *corpus.Corpus
	search  Searcher
	model   Model
	glosses map[string]*glossary // by language
	readers sync.Pool
	writer  Writer // nil where answers are composed from quotes
	writing Writing
	paid    []*corpus.Passage // all paragraphs, where the writer can be given them all
	priced  int               // the tokens that they take
	budget  atomic.Int64      // tokens of passages in a prompt, as far as the writer reads them

	summaries summaries // that the writer has written
}

// New returns a Bot that answers from c, which s searches, by the weights of m.
func New(c *corpus.Corpus, s Searcher, m Model) *Bot {
	b := &Bot{corpus: c, search: s, model: m, glosses: glossaries(c)}
	b.readers.New = func() any { return &reader{analyzer: analysis.New(), rarity: s.Rarity} }
	return b
}

// Over returns a Bot that answers as b does, by the same weights and the same writer,
// from other material. b stays as it is.
func (b *Bot) Over(c *corpus.Corpus, s Searcher) *Bot {
	next := New(c, s, b.model)
	if b.writer != nil {
		next = next.WithWriter(b.writer, b.writing)
	}
	return next
}

func (b *Bot) reader() *reader   { return b.readers.Get().(*reader) }
func (b *Bot) release(r *reader) { b.readers.Put(r) }

// Ask answers a question of any kind. A *[Problem] is the asker's to mend; any
// other error is the operator's. The same question and material give the same
// answer, its timing aside, unless a [Writer] has a part in it.
func (b *Bot) Ask(ctx context.Context, q Question) (Answer, error) {
	return b.AskTelling(ctx, q, nil)
}

// AskTelling answers as Ask does. While a [Writer] writes, tell gets the answer so
// far each time a sentence has been checked and stands. What is returned takes the
// place of all that was told: where the writer breaks off it is the keyword writer's.
func (b *Bot) AskTelling(ctx context.Context, q Question, tell func(Answer)) (Answer, error) {
	q.Text = strings.TrimSpace(q.Text)
	if q.Language == "" {
		q.Language = languageOf(q.Text)
	}
	if err := b.valid(q); err != nil {
		return Answer{}, err
	}
	asked, kind := q.Text, q.Kind
	q.Before = repliedTo(q)
	q, understood := b.recognise(q)
	rewritten := b.rewrite(ctx, asked, q, understood)
	if rewritten != nil && rewritten.text != "" {
		q.Text, understood = rewritten.text, rewritten.text
	}
	finish := func(ans Answer) Answer {
		if ans.Sentences == nil { // so that JSON has an empty list, not null
			ans.Sentences = []Sentence{}
		}
		if ans.Citations == nil {
			ans.Citations = []Citation{}
		}
		ans.ID, ans.Question, ans.Kind, ans.Language, ans.Mode = q.ID, asked, q.Kind, q.Language, cmp.Or(ans.Mode, "keyword")
		ans.Understood = understood
		if rewritten != nil {
			rewritten.book(&ans)
		}
		ans.Material = Material{Version: b.corpus.Version, Documents: b.corpus.Documents.Len()}
		return ans
	}
	var sofar func(Answer)
	if tell != nil {
		sofar = func(ans Answer) { tell(finish(ans)) }
	}
	ans, err := b.answer(ctx, q, sofar)
	if p := (*Problem)(nil); errors.As(err, &p) && kind == KindAny { // nobody typed a command
		ans, err = Answer{Status: NotFound, Text: p.Sentence}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	return finish(ans), nil
}

// answer answers by the kind of the question.
func (b *Bot) answer(ctx context.Context, q Question, tell func(Answer)) (Answer, error) {
	switch q.Kind {
	case KindCite:
		return b.cite(ctx, q)
	case KindSummary:
		return b.summary(ctx, q, tell)
	case KindSources:
		return b.sources(q)
	case KindHelp:
		return b.help(q), nil
	case KindCheck:
		return b.check(ctx, q)
	case KindAsk:
		return b.ask(ctx, q, tell)
	}
	return Answer{}, fmt.Errorf("answer question: unknown kind %q", q.Kind)
}

// valid refuses what nobody can have meant.
func (b *Bot) valid(q Question) error {
	w := wordsFor(q.Language)
	switch {
	case !utf8.ValidString(q.Text):
		return &Problem{w.notText}
	case q.Text == "" && q.Kind == KindCite, wordless(q.Text) && (q.Kind == KindAny || q.Kind == KindAsk || q.Kind == KindCheck):
		return &Problem{w.empty}
	case utf8.RuneCountInString(q.Text) > MaxQuestion:
		return &Problem{fmt.Sprintf(w.tooLong, utf8.RuneCountInString(q.Text), MaxQuestion)}
	}
	for _, r := range q.Text {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return &Problem{fmt.Sprintf(w.control, r)}
		}
	}
	return nil
}

// wordless tells whether a text has no letter and no digit. A picture may be one.
func wordless(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.So, r) }) < 0
}

// paragraphs returns the paragraphs that are read for an answer, the best first: by
// the words of text, and by what meaning means where that could be searched for, as
// it should.
func (b *Bot) paragraphs(ctx context.Context, text, meaning string) (hits []retrieval.Hit, asItShould bool, err error) {
	hits, asItShould, err = b.find(ctx, retrieval.Query{
		Text: text, Limit: passagesRead, Kinds: []corpus.Kind{corpus.Paragraph}, Meaning: meaning,
	})
	if err != nil {
		return nil, false, fmt.Errorf("search passages: %w", err)
	}
	return hits, asItShould, nil
}

// find searches, and reports whether it was as it should be: by meaning too where a
// search can.
func (b *Bot) find(ctx context.Context, q retrieval.Query) (hits []retrieval.Hit, asItShould bool, err error) {
	hits, err = b.search.Search(ctx, q)
	if errors.Is(err, retrieval.ErrWordsOnly) {
		return hits, false, nil
	}
	return hits, err == nil, err
}

// ask answers a question in words.
func (b *Bot) ask(ctx context.Context, q Question, tell func(Answer)) (Answer, error) {
	start := time.Now()
	r := b.reader()
	defer b.release(r)
	read := b.read(r, q)
	if ans, ok, err := b.askNotes(ctx, q, r, read); ok || err != nil {
		return ans, err
	}
	hits, asItShould, err := b.paragraphs(ctx, read.text, q.Text)
	if err != nil {
		return Answer{}, err
	}
	found := time.Now()
	ans := b.write(r, q, read, hits)
	if !asItShould {
		ans.Reasons = append(ans.Reasons, wordsFor(q.Language).byWords)
	}
	ask := b.byModel
	meantOnly := ans.Status == Abstained && b.meantOnly(r, q, hits)
	if meantOnly {
		ans.Text, ans.Missing, ask = wordsFor(q.Language).abstainMeaning, nil, b.acrossTongues
	}
	if b.writer != nil && (ans.Status == Answered || meantOnly) {
		if ans, err = ask(ctx, q, wording{r, read, hits}, ans, tell); err != nil {
			return Answer{}, err
		}
	}
	if ans.Status == Abstained {
		if ans.Nearest, err = b.nearest(ctx, r, read, q.Text); err != nil {
			return Answer{}, err
		}
	}
	ans.Timing = Timing{Retrieve: milliseconds(found.Sub(start)), Write: milliseconds(time.Since(found))}
	return ans, nil
}

// help says what can be asked, with what this material has.
func (b *Bot) help(q Question) Answer {
	w := wordsFor(q.Language)
	var names []string
	for _, d := range b.directions(q.Language, nil) {
		names = append(names, d.Name)
	}
	lines := []string{fmt.Sprintf(w.help, b.titles(w)), w.helpAsk, w.helpCite}
	if names != nil {
		lines[1] = fmt.Sprintf(w.helpExample, names[0])
		lines = append(lines, fmt.Sprintf(w.helpSummary, strings.Join(names, w.comma)))
	}
	return Answer{Status: Found, Text: strings.Join(append(lines, w.helpCheck), "\n")}
}

// titles names the documents, or says how many there are.
func (b *Bot) titles(w *words) string {
	if b.corpus.Documents.Len() == 1 {
		return w.open + b.corpus.Documents.At(0).Title + w.close
	}
	return fmt.Sprintf(w.documents, b.corpus.Documents.Len())
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
