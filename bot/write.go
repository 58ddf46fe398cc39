package bot

import (
	"context"
	"fmt"
	"strings"

	"footnote/bot/cite"
	"footnote/corpus"
	"footnote/retrieval"
)

// write answers a question from the hits, or abstains.
func (b *Bot) write(r *reader, q Question, read asked, hits []retrieval.Hit) Answer {
	cs := r.scorer(read).candidates(hits)
	m := b.model.over(hits)
	m.score(cs)
	best := top(cs)
	ans := Answer{Threshold: m.Threshold, Missing: b.missing(read)}
	if best != nil {
		ans.Confidence = round(m.confidence(best))
		for _, s := range compose(cs, best, read.want == wantReason) {
			b.add(&ans, s)
		}
	}
	if best == nil || ans.Confidence < m.Threshold {
		b.abstain(&ans, q, read)
		return ans
	}
	ans.Status = Answered
	ans.Text = ans.joined(" ", Dated(ans.Citations))
	return ans
}

// round keeps three places, so that equal answers are equal in bytes.
func round(v float64) float64 { return float64(int(v*1000+0.5)) / 1000 }

// missing returns the words of the question that nothing in the material has, as
// they were typed.
func (b *Bot) missing(q asked) []string {
	var out []string
	none := b.search.Rarity("\x00")
	for _, t := range q.terms {
		if b.search.Rarity(t.Term) >= none && !light[t.Term] && !idle[t.Term] && !t.stem {
			out = append(out, t.word)
		}
	}
	return asTyped(q.pieces, out)
}

// abstain says that the material does not answer.
func (b *Bot) abstain(ans *Answer, q Question, read asked) {
	w := wordsFor(q.Language)
	ans.Status = Abstained
	switch {
	case len(read.terms) == 0:
		ans.Text = w.abstainWords
	case len(ans.Missing) > 0:
		ans.Text = fmt.Sprintf(w.abstainMissing, w.list(ans.Missing))
	default:
		ans.Text = w.abstain
	}
}

// nearest returns the two passages or notes that come nearest to the question, of
// a passage its likeliest sentence.
func (b *Bot) nearest(ctx context.Context, r *reader, q asked, meaning string) ([]Citation, error) {
	hits, _, err := b.find(ctx, retrieval.Query{Text: q.text, Limit: 2, Meaning: meaning})
	if err != nil {
		return nil, fmt.Errorf("search nearest: %w", err)
	}
	var out []Citation
	for _, h := range hits {
		s := stretch{passage: h.Passage, end: len(h.Passage.Text)}
		if cs := r.scorer(q).candidates([]retrieval.Hit{h}); len(cs) > 0 && h.Passage.Kind == corpus.Paragraph {
			b.model.over(hits).score(cs)
			at := h.Passage.Sentences[top(cs).sentence]
			s.start, s.end = at.Start, at.End
		}
		out = append(out, b.citation(s.passage, s.start, s.end))
	}
	return out, nil
}

func (w *words) list(items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = w.open + s + w.close
	}
	return strings.Join(quoted, w.comma)
}

// add appends a stretch to an answer, with its citation.
func (b *Bot) add(a *Answer, s stretch) {
	text := s.passage.Text[s.start:s.end]
	if s.cut {
		text = "… " + text
	}
	if s.broken {
		text += " …"
	}
	a.Sentences = append(a.Sentences, Sentence{Text: text, Citations: []string{s.passage.ID}, Verdict: cite.Quoted})
	a.Citations = append(a.Citations, b.citation(s.passage, s.start, s.end))
}

// joined returns the answer's sentences with their marks, dated or not.
func (a *Answer) joined(sep string, dated bool) string {
	var b strings.Builder
	for i, s := range a.Sentences {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s.Text + " [" + a.Citations[i].Mark(dated) + "]")
	}
	return b.String()
}

// citation points to Text[start:end] of a passage.
func (b *Bot) citation(p *corpus.Passage, start, end int) Citation {
	from, to := p.Span(start, end)
	c := Citation{
		ID: p.ID, Label: b.Label(p), Document: p.Document.ID, Title: p.Document.Title, Date: p.Document.Date,
		Section: p.Heading(), Page: p.Document.Page(from), Directions: p.Directions,
		Quote: p.Document.Source[from:to], Start: from, End: to, Text: p.Text[start:end],
	}
	c.Notes = notesOf(p, start, end)
	return c
}

// notesOf returns the notes whose marks stand in Text[start:end] or right after it;
// where there are none, those of the next mark in the passage, since a note at the
// end of a line of thought covers all of it.
func notesOf(p *corpus.Passage, start, end int) []Note {
	var in, after []Note
	next := -1
	for _, r := range p.Refs {
		n := p.Document.Note(r.Number)
		if n == nil || r.At < start {
			continue
		}
		note := Note{ID: n.ID, Label: n.Label, Text: n.Text}
		if r.At <= end {
			in = append(in, note)
		} else if next < 0 || r.At == next {
			next = r.At
			note.After = true
			after = append(after, note)
		}
	}
	if in != nil {
		return in
	}
	return after
}
