package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"footnote/bot/cite"
	"footnote/corpus"
	"footnote/retrieval"
)

// mostClaims is how many sentences of a text are checked; a longer one is a document.
const mostClaims = 20

// check tells how far the material supports a sentence, or each sentence of a text.
// A question is no claim, unless the material asks it in the same words.
func (b *Bot) check(ctx context.Context, q Question) (Answer, error) {
	r := b.reader()
	defer b.release(r)
	w := wordsFor(q.Language)
	q.Text = claimOf(q.Text)
	whole, err := b.checkOne(ctx, r, q)
	claims := corpus.Sentences(strings.Join(strings.Fields(q.Text), " "))
	if err != nil || whole.Verdict == cite.Quoted {
		return whole, err
	}
	if len(claims) < 2 {
		if asksOnly(q.Text) {
			return Answer{}, &Problem{w.noClaim}
		}
		return whole, nil
	}
	ans := Answer{Status: NotFound, Verdict: cite.Quoted}
	var lines []string
	for _, claim := range claims[:min(len(claims), mostClaims)] {
		one := q
		one.Text = claimOf(claim)
		a, err := b.checkOne(ctx, r, one)
		if err != nil {
			return Answer{}, err
		}
		if asksOnly(one.Text) && a.Verdict != cite.Quoted {
			a = Answer{Verdict: cite.Unsupported, Status: NotFound, Text: w.noClaim, Reasons: []string{w.noClaim}}
		}
		s := Sentence{Text: claim, Citations: []string{}, Verdict: a.Verdict, Reason: strings.Join(a.Reasons, " ")}
		for _, c := range a.Citations {
			s.Citations = append(s.Citations, c.ID)
		}
		ans.Sentences, ans.Citations = append(ans.Sentences, s), append(ans.Citations, a.Citations...)
		if a.Status == Answered {
			ans.Status = Answered
		}
		if ans.Verdict.Over(a.Verdict) {
			ans.Verdict = a.Verdict
		}
		lines = append(lines, w.open+claim+w.close+" "+a.Text)
	}
	ans.Text = strings.Join(lines, "\n")
	return ans, nil
}

// checkOne tells how far the material supports one sentence.
func (b *Bot) checkOne(ctx context.Context, r *reader, q Question) (Answer, error) {
	claim, pieces := q.Text, []piece(nil)
	if g := b.glosses[languageOf(claim)]; g != nil { // the words it cannot translate stay, and will be missed
		claim, pieces = arabic(claim)
		t := g.translate(counters.ReplaceAllString(claim, "$1 "))
		claim, pieces = strings.Join(append([]string{t.text}, t.unknown...), " "), append(pieces, t.pieces...)
	}
	hits, err := b.search.Search(ctx, retrieval.Query{Text: claim, Limit: passagesRead, Kinds: []corpus.Kind{corpus.Paragraph, corpus.Note}})
	if err != nil {
		return Answer{}, fmt.Errorf("search passages: %w", err)
	}
	w := wordsFor(q.Language)
	ans := Answer{Verdict: cite.Unsupported}
	best, where := support(cite.New(r.analyzer, r.rarity), claim, hits)
	if pieces != nil && where.passage != nil { // words in another language's order say little of what stands for what
		there := where.passage.Text[where.start:where.end]
		had := len(best.Names)
		best.Names = slices.DeleteFunc(best.Names, func(n string) bool { return strings.Contains(there, n) })
		best.Order = best.Order || len(best.Names) < had
	}
	for _, list := range []*[]string{&best.Numbers, &best.Names, &best.Words, &best.Limits, &best.Opposites} {
		*list = asTyped(pieces, *list)
	}
	if where.passage == nil {
		ans.Status, ans.Missing = NotFound, asTyped(pieces, b.missing(r.question(claim)))
		ans.Reasons, ans.Text = reasonsFor(best, w), w.verdicts[cite.Unsupported]
		return ans, nil
	}
	ans.Status, ans.Verdict, ans.Confidence = Answered, best.Verdict, round(best.Share)
	ans.Missing = append(append(append([]string(nil), best.Numbers...), best.Names...), append(best.Words, best.Opposites...)...)
	ans.Reasons = reasonsFor(best, w)
	c := b.citation(where.passage, where.start, where.end)
	ans.Text = w.verdicts[best.Verdict]
	if best.Verdict == cite.Unsupported {
		ans.Nearest, ans.Status = []Citation{c}, NotFound
		return ans, nil
	}
	ans.Citations = []Citation{c}
	ans.Sentences = []Sentence{{Text: q.Text, Citations: []string{c.ID}, Verdict: best.Verdict}}
	ans.Text += " [" + c.Label + "]"
	return ans, nil
}

// support finds the sentence that supports a claim best; one that leans on the
// sentence before is read with it, and so are those that a claim quotes together.
func support(c *cite.Checker, claim string, hits []retrieval.Hit) (best cite.Finding, where stretch) {
	for _, h := range hits {
		p := h.Passage
		for i := range p.Sentences {
			for n := 1; n <= maxSentences && i+n <= len(p.Sentences); n++ {
				s := stretch{passage: p, start: p.Sentences[i].Start, end: p.Sentences[i+n-1].End}
				if n > 1 && !(n == 2 && leans(p.SentenceText(i+1))) && !cite.Verbatim(claim, p.Text[s.start:s.end]) {
					continue
				}
				f := c.Check(claim, p.Text[s.start:s.end])
				if f.Share == 0 && f.Verdict != cite.Quoted {
					continue
				}
				if where.passage == nil || f.Verdict.Over(best.Verdict) || f.Verdict == best.Verdict && f.Share > best.Share {
					best, where = f, s
				}
			}
		}
	}
	return best, where
}

func reasonsFor(f cite.Finding, w *words) []string {
	var out []string
	for _, r := range []struct {
		format string
		items  []string
	}{{w.lacksNumbers, f.Numbers}, {w.lacksNames, f.Names}, {w.lacksWords, f.Words}, {w.lacksLimits, f.Limits}, {w.opposes, f.Opposites}} {
		if len(r.items) > 0 {
			out = append(out, fmt.Sprintf(r.format, w.list(r.items)))
		}
	}
	if f.Negation {
		out = append(out, w.denies)
	}
	if f.Order && f.Verdict == cite.Partly {
		out = append(out, w.reordered)
	}
	return out
}
