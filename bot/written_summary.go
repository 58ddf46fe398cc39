package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"footnote/corpus"
	"footnote/prompts"
)

// aboutDirection is what a model that mends a summary is told was asked.
const aboutDirection = "What do the passages say about %s?"

// mostSummaries is how many summaries are kept: those of ten directions in six
// languages. What is kept first goes first.
const mostSummaries = 64

// summaryKey names a summary. Material, prompts and model are those of one [Bot],
// which keeps its own: a bot over other material or with another model keeps others.
type summaryKey struct {
	material, prompt string
	about            topicOf
	language         string
}

// topicOf is what a summary is about: a direction, in one document or, for nil, in all.
type topicOf struct {
	direction string
	document  *corpus.Document
}

// summaries keeps what a model has written of directions, and has each written once
// at a time however many ask for it.
type summaries struct {
	mu      sync.Mutex
	kept    map[summaryKey]Answer
	order   []summaryKey // as they were kept
	flights map[summaryKey]*flight
}

// flight is a summary while it is written, for all who wait for it.
type flight struct {
	mu      sync.Mutex
	told    []Answer
	changed chan struct{} // closed and replaced at each of told
	waiting int           // under the lock of summaries
	counted bool          // somebody has taken what it cost

	done   chan struct{} // closed when answer and err are there
	answer Answer
	err    error
	cancel context.CancelFunc
}

// summaryByModel has the model summarise what the keyword summary summarises, and
// returns the model's summary, or the keyword one with the reason. A whole summary of
// the model is kept, and nobody is asked for it again; one that is being written is
// waited for. The error is that of ctx where it was cancelled.
func (b *Bot) summaryByModel(ctx context.Context, q Question, about topicOf, keyword Answer, tell func(Answer)) (Answer, error) {
	start := time.Now()
	on := b.offerOn(about)
	if len(on.passages) == 0 {
		return keyword, nil // none fits the budget
	}
	ask := on.prompt()
	key := summaryKey{b.corpus.Version, ask.Version, about, q.Language}
	f, kept := b.summaries.join(ctx, key, func(ctx context.Context, f *flight) (Answer, bool, error) {
		return b.writeSummary(ctx, q, on, keyword, f.tell)
	})
	if f == nil {
		return kept, nil
	}
	defer b.summaries.leave(key, f)
	a, err := f.follow(ctx, tell)
	if err == nil && a.Status == "" { // it is too late for this asker
		a = keyword.cloned()
		a.Reasons, a.Prompt = append(a.Reasons, whyKeyword(ctx.Err(), base(q.Language))), ask.Name+"@"+ask.Version
	}
	if err != nil {
		return Answer{}, fmt.Errorf("write summary: %w", err)
	}
	a.Timing.Write = milliseconds(time.Since(start))
	return a, nil
}

// join returns the flight of a summary, which it begins with write if there is none,
// or, where a summary is kept, nil and that. Who has joined must leave.
func (s *summaries) join(ctx context.Context, key summaryKey, write func(context.Context, *flight) (Answer, bool, error)) (*flight, Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.kept[key]; ok {
		return nil, a.reused()
	}
	f := s.flights[key]
	if f == nil {
		// Who asked first may leave and the others stay.
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{changed: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
		s.flights[key] = f
		go func() {
			var whole bool
			f.answer, whole, f.err = write(ctx, f)
			s.land(key, f, whole)
			close(f.done)
		}()
	}
	f.waiting++
	return f, Answer{}
}

// leave ends a flight that nobody waits for any more, and waits for its end.
func (s *summaries) leave(key summaryKey, f *flight) {
	s.mu.Lock()
	f.waiting--
	last := f.waiting == 0
	if last && s.flights[key] == f { // who comes now begins another
		delete(s.flights, key)
	}
	s.mu.Unlock()
	if last {
		f.cancel()
		<-f.done
	}
}

// land ends a flight, and keeps what it has brought where that is whole.
func (s *summaries) land(key summaryKey, f *flight, whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flights[key] == f {
		delete(s.flights, key)
	}
	if !whole {
		return
	}
	if _, ok := s.kept[key]; !ok {
		s.order = append(s.order, key)
	}
	s.kept[key] = f.answer
	if len(s.order) > mostSummaries {
		delete(s.kept, s.order[0])
		s.order = slices.Delete(s.order, 0, 1)
	}
}

// follow tells the summary while it is written, and returns it. Where ctx is over
// before, it returns the zero Answer, and an error where ctx was cancelled.
func (f *flight) follow(ctx context.Context, tell func(Answer)) (Answer, error) {
	told := 0
	for landed := false; ; {
		more, changed := f.since(told)
		for _, a := range more {
			if told++; tell != nil {
				tell(a.cloned())
			}
		}
		if landed {
			if f.err != nil {
				return Answer{}, f.err
			}
			return f.taken(), nil
		}
		select {
		case <-changed:
		case <-f.done:
			landed = true
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return Answer{}, ctx.Err()
			}
			return Answer{}, nil
		}
	}
}

// tell takes the summary so far.
func (f *flight) tell(a Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, a)
	close(f.changed)
	f.changed = make(chan struct{})
}

// since returns what was told after the first n, and what is closed when there is more.
func (f *flight) since(n int) ([]Answer, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.told[n:]), f.changed
}

// taken returns the summary: what it cost counts for one of those who waited.
func (f *flight) taken() Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counted {
		return f.answer.reused()
	}
	f.counted = true
	return f.answer.cloned()
}

// cloned returns an answer whose lists may be changed.
func (a Answer) cloned() Answer {
	a.Sentences, a.Citations = slices.Clone(a.Sentences), slices.Clone(a.Citations)
	a.Reasons, a.Rejected = slices.Clone(a.Reasons), slices.Clone(a.Rejected)
	if a.Direction != nil {
		d := *a.Direction
		a.Direction = &d
	}
	if a.Usage != nil {
		u := *a.Usage
		a.Usage = &u
	}
	return a
}

// reused returns an answer for somebody for whom the model was not asked: it took
// nothing, and says so. A model that was not asked was not wrong either.
func (a Answer) reused() Answer {
	a = a.cloned()
	if a.Usage != nil {
		a.Reused, a.Rejected, a.Usage = a.Mode == "llm", nil, &Usage{Model: a.Usage.Model}
	}
	return a
}

// topic is a direction as a model is given it.
type topic struct {
	name      string // in the language of the first document that has it
	passages  []*corpus.Passage
	sentences map[place]bool
	shown     []prompts.Passage
}

// prompt asks for the summary.
func (t topic) prompt() prompts.Prompt {
	return prompts.Summary{Passages: t.shown, Direction: t.name, Language: theirs}.Prompt()
}

// offerOn returns the passages of a direction, as many as the budget allows; of one
// that only has sentences on it these are shown.
func (b *Bot) offerOn(about topicOf) topic {
	t := topic{sentences: map[place]bool{}}
	left := b.writing.Budget
	texts := map[*corpus.Passage][]string{}
	for _, d := range b.annotated(about.document).All() {
		dir := d.Direction(about.direction)
		if dir == nil {
			continue
		}
		t.name = cmp.Or(t.name, nameOf(dir, d.Language))
		for _, p := range passagesOf(dir) {
			if price := b.price(p); price <= left {
				t.passages, left = append(t.passages, p), left-price
			}
		}
		for _, e := range dir.Passages {
			for i := range e.Passage.Sentences {
				if at := (place{e.Passage, i}); (e.Sentence < 0 || e.Sentence == i) && !t.sentences[at] {
					t.sentences[at] = true
					texts[e.Passage] = append(texts[e.Passage], e.Passage.SentenceText(i))
				}
			}
		}
	}
	t.shown = shownAs(t.passages)
	for i, p := range t.passages {
		if len(texts[p]) < len(p.Sentences) {
			t.shown[i].Text = strings.Join(texts[p], " ")
		}
	}
	return t
}

// writeSummary has the model write a summary, and tells whether it has done so to the
// end. A bullet stands where the sentences of the direction, and no others, support it.
func (b *Bot) writeSummary(ctx context.Context, q Question, on topic, keyword Answer, tell func(Answer)) (a Answer, whole bool, err error) {
	r := b.reader()
	defer b.release(r)
	j := b.judge(wording{r: r}, on.passages)
	j.fits, j.core, j.within, j.beside = on.sentences, nil, true, "It is no part of the direction."
	q.Text, q.Before = fmt.Sprintf(aboutDirection, on.name), nil
	w := &written{
		judge: j, q: q, keyword: keyword, shown: on.shown, tell: tell,
		least: min(fewestBullets, len(keyword.Sentences)), most: mostBullets,
		shape: func(a *Answer, texts []string) { a.summarise(*keyword.Direction, texts, wordsFor(q.Language)) },
	}
	limited, cancel := context.WithTimeout(ctx, b.writing.Deadline)
	defer cancel()
	a, err = w.mended(ctx, limited, b, w.draft(limited, b.writer, on.prompt()))
	return a, err == nil && a.Mode == "llm" && !w.untranslated, err
}

// summarise makes a summary of bullets, each with its marks, and says how many of the
// direction's passages they rest on.
func (a *Answer) summarise(d Coverage, texts []string, w *words) {
	used := map[string]bool{}
	for _, c := range a.Citations {
		used[c.ID] = true
	}
	d.Used = len(used)
	a.Direction = &d
	a.Text = headed(d, w) + "\n• " + strings.Join(texts, "\n• ")
}

// headed says which direction is summarised, and how much of it was used.
func headed(d Coverage, w *words) string {
	used := w.used
	if d.Passages == 1 {
		used = w.usedOne
	}
	return d.Name + " (" + fmt.Sprintf(used, d.Used, d.Passages) + ")"
}
