package bot

import (
	"context"
	"slices"

	"footnote/retrieval"
)

// tongueShare is the share of a question's words that the material or its language
// has, below which the question is in another language. Of a German question about
// English material it is the odd name; an English one has its function words.
const tongueShare = 0.25

// otherTongue reports whether a question is in a language in which the material cannot
// be searched by words: few of its words are in the material, and few are function
// words.
func (b *Bot) otherTongue(r *reader, text string) bool {
	r.tokens = r.analyzer.Tokens(r.tokens[:0], text)
	if len(r.tokens) == 0 {
		return false
	}
	none, known := b.search.Rarity("\x00"), 0
	for _, t := range r.tokens {
		if t.Stop || b.search.Rarity(t.Term) < none {
			known++
		}
	}
	return float64(known) < tongueShare*float64(len(r.tokens))
}

// meantOnly reports whether hits were found for a question by its meaning alone.
func (b *Bot) meantOnly(r *reader, q Question, hits []retrieval.Hit) bool {
	meant := slices.ContainsFunc(hits, func(h retrieval.Hit) bool { return h.Meaning != 0 })
	return meant && b.otherTongue(r, q.Text)
}

// acrossTongues has the model answer a question in another language from what its
// meaning has found. The words cannot tell whether there is an answer: the model does,
// and what it writes must stand in the passages as always. Where it does not answer,
// the abstention stays as it is, with what the model was asked for.
func (b *Bot) acrossTongues(ctx context.Context, q Question, in wording, abstained Answer, tell func(Answer)) (Answer, error) {
	answered := abstained
	answered.Status, answered.Text, answered.Sentences, answered.Citations, answered.Missing = Answered, "", nil, nil, nil
	answered.Reasons = append(slices.Clone(abstained.Reasons), wordsFor(q.Language).byMeaning)
	ans, err := b.byModel(ctx, q, in, answered, tell)
	if err != nil || ans.Mode == "llm" {
		return ans, err
	}
	abstained.Model, abstained.Prompt, abstained.Usage, abstained.Rejected = ans.Model, ans.Prompt, ans.Usage, ans.Rejected
	return abstained, nil
}
