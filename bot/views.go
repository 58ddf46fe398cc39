package bot

import (
	"context"
	"slices"
	"strings"

	"footnote/corpus"
)

// Completer suggests what the text of a question may become; *[Bot] does.
type Completer interface {
	Complete(ctx context.Context, q Question, limit int) []Suggestion
}

// Gate tells whether an answer that was given before may still be shown, and in another
// place; *[Views] does.
type Gate interface {
	May(place string, a Answer) bool
}

// May asks a whether an answer may be shown in a place. Of what has no [Gate] every
// answer may.
func May(a Asker, place string, ans Answer) bool {
	g, gated := a.(Gate)
	return !gated || g.May(place, ans)
}

// At returns an Asker whose questions are asked in a place.
func At(a Asker, place string) Asker { return placed{a, place} }

type placed struct {
	asker Asker
	place string
}

// Ask implements [Asker].
func (p placed) Ask(ctx context.Context, q Question) (Answer, error) {
	q.Place = p.place
	return p.asker.Ask(ctx, q)
}

// Views answers each question from what may be quoted in the place it was asked in, as
// if there were nothing else: of every distinct set of documents there is a Bot, with
// an index and summaries of its own. It is safe for concurrent use.
type Views struct {
	of   *corpus.Views
	bots []*Bot // by the corpora of of
}

var (
	_ Teller    = (*Views)(nil)
	_ Completer = (*Views)(nil)
	_ Gate      = (*Views)(nil)
	_ Completer = (*Bot)(nil)
)

// Views returns the views of b. open makes the search of what a place may see where that
// isn't all. Views of an earlier b, which may be nil, are taken over where they are of
// the same material: what changes in documents that a place may not see changes nothing
// there, not even what is kept ready.
func (b *Bot) Views(earlier *Views, open func(*corpus.Corpus) Searcher) *Views {
	v := &Views{of: b.corpus.Views()}
	for _, c := range v.of.Distinct {
		of := b
		if c != b.corpus {
			if of = earlier.same(c); of == nil {
				of = b.Over(c, open(c))
			}
		}
		v.bots = append(v.bots, of)
	}
	return v
}

// same returns the view of the same material as c, nil where there is none.
func (v *Views) same(c *corpus.Corpus) *Bot {
	if v == nil {
		return nil
	}
	i := slices.IndexFunc(v.of.Distinct, func(o *corpus.Corpus) bool {
		if o.Version != c.Version || o.Documents.Len() != c.Documents.Len() {
			return false
		}
		for n, d := range c.Documents.All() {
			if o.Documents.At(n).ID != d.ID {
				return false
			}
		}
		return true
	})
	if i < 0 {
		return nil
	}
	return v.bots[i]
}

// In returns what may be quoted in a place, and so read there.
func (v *Views) In(place string) *corpus.Corpus { return v.of.Distinct[v.of.In(place)] }

// Len returns how many views there are.
func (v *Views) Len() int { return len(v.bots) }

// at returns the Bot that answers a question, and the question with the turns before
// it that may be known there.
func (v *Views) at(q Question) (*Bot, Question) {
	b := v.bots[v.of.In(q.Place)]
	q.Before = b.knowable(q)
	return b, q
}

// Ask answers as [Bot.Ask] does.
func (v *Views) Ask(ctx context.Context, q Question) (Answer, error) {
	b, q := v.at(q)
	return b.Ask(ctx, q)
}

// AskTelling answers as [Bot.AskTelling] does.
func (v *Views) AskTelling(ctx context.Context, q Question, tell func(Answer)) (Answer, error) {
	b, q := v.at(q)
	return b.AskTelling(ctx, q, tell)
}

// Complete suggests as [Bot.Complete] does.
func (v *Views) Complete(ctx context.Context, q Question, limit int) []Suggestion {
	b, q := v.at(q)
	return b.Complete(ctx, q, limit)
}

// May implements [Gate]: all that the answer shows of documents must be of such as may
// be quoted in the place now. An answer that shows nothing of any may say what there is,
// and must be of the same material.
func (v *Views) May(place string, a Answer) bool { return v.bots[v.of.In(place)].may(a) }

// may tells whether an answer may be shown where b answers.
func (b *Bot) may(a Answer) bool {
	if a.Material.Version == b.corpus.Version {
		return true
	}
	var ids []string
	for _, c := range slices.Concat(a.Citations, a.Nearest) {
		ids = append(ids, c.Document)
	}
	for _, s := range a.Sentences {
		ids = append(ids, s.Citations...)
	}
	for _, r := range a.Rejected {
		ids = append(ids, r.Citations...)
	}
	return len(ids) > 0 && !slices.ContainsFunc(ids, func(id string) bool {
		if i := strings.LastIndexByte(id, '#'); i >= 0 {
			id = id[:i]
		}
		return b.corpus.Document(id) == nil
	})
}

// knowable returns the turns before a question that may be known where b answers: none
// of another place, and those whose answers may not be shown without them.
func (b *Bot) knowable(q Question) []Turn {
	var out []Turn
	for _, t := range q.Before {
		if t.Question.Place != "" && t.Question.Place != q.Place {
			continue
		}
		if a := t.Answer; !b.may(a) {
			t.Answer = Answer{ID: a.ID, Question: a.Question, Kind: a.Kind, Language: a.Language, Status: Abstained}
		}
		out = append(out, t)
	}
	return out
}
