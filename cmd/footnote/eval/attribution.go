package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"footnote/bot"
	"footnote/bot/cite"
	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
)

// attribution is the set that measures the checker of claims instead of answers. It
// is made of other sets, and scored only where it is asked for by name.
const attribution = "attribution"

// altered is how many sentences are made false by a word, jumbled how many by the
// order of their words, and alterSeed what they are drawn with.
const (
	altered   = 5000
	jumbled   = 3000
	alterSeed = 1
)

// A claim is a sentence and what it is said to rest on.
type claim struct {
	kind, text string
	sources    []cite.Source
	passage    *corpus.Passage // the source, where it is one passage as it stands
	asker      Asker
}

// rarer tells how rare a term is; an index does.
type rarer interface{ Rarity(term string) float64 }

// verifier checks claims over a material.
type verifier struct {
	corpus   *corpus.Corpus
	searcher retrieval.Searcher
	asker    Asker
	rarity   func(string) float64
}

func (e Eval) verifier(ctx context.Context, path string) (verifier, error) {
	m, err := e.Open(ctx, path)
	if err != nil {
		return verifier{}, err
	}
	return m.verifier()
}

func (m Material) verifier() (verifier, error) {
	r, ok := m.Searcher.(rarer)
	if !ok {
		return verifier{}, fmt.Errorf("%T tells nothing of how rare words are", m.Searcher)
	}
	return verifier{m.Corpus, m.Searcher, m.Asker, r.Rarity}, nil
}

// attribution scores the checker on sentences made false, on sentences of people's
// answers, and on claims with and without their evidence.
func (e Eval) attribution(ctx context.Context, _ string) ([]Figure, error) {
	var figures []Figure
	for _, score := range []func(context.Context) ([]Figure, error){e.alterations, e.references, e.evidence, e.ranked} {
		f, err := score(ctx)
		if err != nil {
			return nil, err
		}
		figures = append(figures, f...)
	}
	return figures, nil
}

func sourceOf(p *corpus.Passage) cite.Source {
	return cite.Source{ID: p.ID, Title: p.Document.Title, Text: p.Text}
}

// judge checks claims, on all processors.
func (v verifier) judge(ctx context.Context, claims []claim) ([]cite.Judgement, error) {
	out := make([]cite.Judgement, len(claims))
	err := inBatches(ctx, len(claims), func(first, end int) {
		c := cite.New(analysis.New(), v.rarity)
		for i := first; i < end; i++ {
			out[i] = c.Support(claims[i].text, claims[i].sources)
		}
	})
	return out, err
}

// inBatches calls do for runs of n things, on all processors.
func inBatches(ctx context.Context, n int, do func(first, end int)) error {
	const batch = 64
	return each(ctx, (n+batch-1)/batch, func(_ context.Context, k int) error {
		do(k*batch, min(n, (k+1)*batch))
		return nil
	})
}

// alterations tells how many of the sentences that were made false are caught, and
// how many of the true ones refused: by the checker of what is written, given the
// passage, and by the check that one asks for, which finds the passage itself.
func (e Eval) alterations(ctx context.Context) ([]Figure, error) {
	made, jumbler := newAlterer(alterSeed), newAlterer(alterSeed+1)
	var all, mixed []claim
	var v verifier
	for _, path := range []string{"", filepath.Join(e.Folder, answersSet)} {
		var err error
		if v, err = e.verifier(ctx, path); err != nil {
			return nil, err
		}
		some, err := made.claims(ctx, v)
		if err != nil {
			return nil, err
		}
		all, mixed = append(all, some...), append(mixed, jumbler.jumbles(v)...)
	}
	all, changed := made.draw(all, altered)
	mixed, more := jumbler.draw(mixed, jumbled)
	all, changed = append(all, mixed...), changed+more
	judged, err := v.judge(ctx, all) // the last material's words weigh those of both
	if err != nil {
		return nil, err
	}
	verdicts, err := checks(ctx, all)
	if err != nil {
		return nil, err
	}
	written, err := v.written(ctx, all)
	if err != nil {
		return nil, err
	}
	refused, checked, unwritten, of := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for i, c := range all {
		of[c.kind]++
		if !judged[i].Verdict.Stands() {
			refused[c.kind]++
		}
		if !verdicts[i].Stands() {
			checked[c.kind]++
		}
		if !written[i].Stands() {
			unwritten[c.kind]++
		}
	}
	figures := []Figure{count("altered", changed)}
	for _, kind := range kinds {
		word := " caught"
		if kind == sameKind || kind == shortKind {
			word = " refused"
		}
		figures = append(figures, count(kind, of[kind]), share(kind+word, refused[kind], of[kind], 4))
		figures = append(figures, share(kind+word+" of a model's", unwritten[kind], of[kind], 4))
		if kind != wrongKind && kind != sameArticle { // a check finds the right passage
			figures = append(figures, share(kind+word+" by check", checked[kind], of[kind], 4))
		}
	}
	return figures, nil
}

// kinds are all kinds of sentences, in the order of the table.
var kinds = slices.Concat(changedKinds, jumbledKinds, []string{sameArticle, sameKind, shortKind})

// written checks each claim as a sentence that a model wrote.
func (v verifier) written(ctx context.Context, claims []claim) ([]cite.Verdict, error) {
	out := make([]cite.Verdict, len(claims))
	err := inBatches(ctx, len(claims), func(first, end int) {
		c := cite.New(analysis.New(), v.rarity)
		for i := first; i < end; i++ {
			out[i] = bot.Bears(c, claims[i].text, claims[i].passage).Verdict
		}
	})
	return out, err
}

// checks asks for a check of each claim.
func checks(ctx context.Context, claims []claim) ([]cite.Verdict, error) {
	out := make([]cite.Verdict, len(claims))
	err := each(ctx, len(claims), func(ctx context.Context, i int) error {
		if claims[i].kind == wrongKind || claims[i].kind == sameArticle {
			return nil
		}
		a, err := claims[i].asker.Ask(ctx, bot.Question{Text: claims[i].text, Kind: bot.KindCheck})
		var problem *bot.Problem
		if errors.As(err, &problem) { // no claim, says the check
			return nil
		}
		out[i] = a.Verdict
		return err
	})
	return out, err
}

// sameArticle is a true sentence with another passage of its own article, which may
// well say the same: it is counted, but not among the false ones.
const sameArticle = "other passage of the article"

// leastSentence is how many bytes a sentence must have to be altered.
const leastSentence = 40

// claims makes claims of each sentence of the material.
func (a alterer) claims(ctx context.Context, v verifier) ([]claim, error) {
	passages := v.paragraphs()
	var out []claim
	for _, p := range passages {
		for i := range p.Sentences {
			s := p.SentenceText(i)
			if len(s) < leastSentence {
				continue
			}
			out = append(out, v.claim(sameKind, s, p))
			elsewhere := pick(a, passages).Text
			for _, kind := range []string{shortKind, numberKind, dateKind, nameKind, negationKind, turnKind} {
				if t := a.alter(kind, s, p.Text, elsewhere); t != "" && t != s {
					out = append(out, v.claim(kind, t, p))
				}
			}
			wrong, err := v.wrong(ctx, p, s)
			if err != nil {
				return nil, err
			}
			out = append(out, wrong...)
		}
	}
	return out, nil
}

// jumbles makes claims of the words of each sentence in another order.
func (a alterer) jumbles(v verifier) []claim {
	passages := v.paragraphs()
	var out []claim
	for k, p := range passages {
		for i := range p.Sentences {
			s := p.SentenceText(i)
			if len(s) < leastSentence {
				continue
			}
			other := passages[(k+1)%len(passages)].Text // most often of the same article
			for _, kind := range jumbledKinds {
				if t := a.alter(kind, s, p.Text, other); t != "" && t != s {
					out = append(out, v.claim(kind, t, p))
				}
			}
		}
	}
	return out
}

func (v verifier) paragraphs() []*corpus.Passage {
	var out []*corpus.Passage
	for _, p := range v.corpus.Passages.All() {
		if p.Kind == corpus.Paragraph {
			out = append(out, p)
		}
	}
	return out
}

func (v verifier) claim(kind, text string, p *corpus.Passage) claim {
	return claim{kind: kind, text: text, sources: []cite.Source{sourceOf(p)}, passage: p, asker: v.asker}
}

// wrong returns the sentence with the best passage that isn't its own, of another
// article and of the same.
func (v verifier) wrong(ctx context.Context, own *corpus.Passage, s string) ([]claim, error) {
	hits, err := v.searcher.Search(ctx, retrieval.Query{Text: s, Limit: 100, Kinds: []corpus.Kind{corpus.Paragraph}})
	if err != nil {
		return nil, fmt.Errorf("search passages: %w", err)
	}
	var out []claim
	for _, kind := range []string{wrongKind, sameArticle} {
		i := slices.IndexFunc(hits, func(h retrieval.Hit) bool {
			same := articleOf(h.Passage) == articleOf(own)
			return h.Passage != own && same == (kind == sameArticle)
		})
		if i >= 0 {
			out = append(out, v.claim(kind, s, hits[i].Passage))
		}
	}
	return out, nil
}

// articleOf names the article a passage is from: sets of passages give each a
// document of its own, under the article's title.
func articleOf(p *corpus.Passage) string { return p.Document.Title }

// draw keeps n of the false claims, and all others, and says how many false ones are
// kept.
func (a alterer) draw(claims []claim, n int) ([]claim, int) {
	var kept, changed []claim
	for _, c := range claims {
		if slices.Contains(changedKinds, c.kind) || slices.Contains(jumbledKinds, c.kind) {
			changed = append(changed, c)
		} else {
			kept = append(kept, c)
		}
	}
	a.rand.Shuffle(len(changed), func(i, j int) { changed[i], changed[j] = changed[j], changed[i] })
	n = min(n, len(changed))
	return append(kept, changed[:n]...), n
}

// reference is a question with the answer that a person approved.
type reference struct {
	ID     string `json:"_id"`
	Answer string `json:"reference_answer"`
}

// found is how many passages are searched for a sentence whose own do not have it.
const found = 10

// references tells how many sentences of people's answers are refused, given the
// passages they were written from, and given those that a search finds too. What
// claims nothing is counted apart.
func (e Eval) references(ctx context.Context) ([]Figure, error) {
	folder := filepath.Join(e.Folder, "mtragun-dev")
	v, err := e.verifier(ctx, folder)
	if err != nil {
		return nil, err
	}
	answers, err := lines[reference](filepath.Join(folder, "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	judged, err := judgements(filepath.Join(folder, "qrels.tsv"))
	if err != nil {
		return nil, err
	}
	own := map[string]cite.Source{}
	for _, p := range v.corpus.Passages.All() {
		own[p.Document.ID] = sourceOf(p)
	}
	idle := 0
	var given, wider []claim
	for _, a := range answers {
		var sources []cite.Source
		for _, id := range slices.Sorted(maps.Keys(judged[a.ID])) {
			if s, ok := own[id]; ok {
				sources = append(sources, s)
			}
		}
		for _, s := range corpus.Sentences(strings.Join(strings.Fields(a.Answer), " ")) {
			if !cite.Claims(s) {
				idle++
				continue
			}
			more, err := v.withFound(ctx, s, sources)
			if err != nil {
				return nil, err
			}
			given, wider = append(given, claim{text: s, sources: sources}), append(wider, claim{text: s, sources: more})
		}
	}
	alone, err := v.refused(ctx, given)
	if err != nil {
		return nil, err
	}
	with, err := v.refused(ctx, wider)
	return []Figure{
		count("mtragun sentences", len(given)+idle),
		count("mtragun no claims", idle),
		share("mtragun refused, own passages", alone, len(given), 4),
		share("mtragun refused, found ones too", with, len(wider), 4),
	}, err
}

// withFound returns the sources, and the passages that a search for the text finds.
func (v verifier) withFound(ctx context.Context, text string, sources []cite.Source) ([]cite.Source, error) {
	hits, err := v.searcher.Search(ctx, retrieval.Query{Text: text, Limit: found})
	if err != nil {
		return nil, fmt.Errorf("search passages: %w", err)
	}
	more := slices.Clone(sources)
	for _, h := range hits {
		if s := sourceOf(h.Passage); !slices.Contains(more, s) {
			more = append(more, s)
		}
	}
	return more, nil
}

func (v verifier) refused(ctx context.Context, claims []claim) (int, error) {
	judged, err := v.judge(ctx, claims)
	n := 0
	for _, j := range judged {
		if !j.Verdict.Stands() {
			n++
		}
	}
	return n, err
}

// tested is a claim with the sentences of abstracts that bear it out or speak
// against it.
type tested struct {
	ID       string `json:"_id"`
	Text     string `json:"text"`
	Evidence []struct {
		Doc       string `json:"doc"`
		Label     string `json:"label"`
		Sentences []int  `json:"sentences"`
	} `json:"evidence"`
}

// evidence tells how well the score tells a claim with its own evidence from one with
// as many of the nearest sentences of another abstract: of any, and of the one that
// a search likes best.
func (e Eval) evidence(ctx context.Context) ([]Figure, error) {
	folder := filepath.Join(e.Folder, "scifact-dev")
	v, err := e.verifier(ctx, folder)
	if err != nil {
		return nil, err
	}
	all, err := lines[tested](filepath.Join(folder, "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	sets, err := v.pairs(ctx, all)
	if err != nil {
		return nil, err
	}
	figures := []Figure{count("scifact claims", len(sets[0]))}
	for _, titles := range []string{"", ", no titles"} {
		var scores [3][]float64
		for i, set := range sets {
			if scores[i], err = v.scores(ctx, set); err != nil {
				return nil, err
			}
			for k := range set {
				set[k].sources[0].Title = "" // for the second time round
			}
		}
		figures = append(figures,
			Figure{"scifact auroc" + titles, auroc(scores[0], scores[1]), 4},
			Figure{"scifact auroc, next best" + titles, auroc(scores[0], scores[2]), 4})
	}
	return figures, nil
}

// pairs returns claims with their own evidence, with any other abstract, and with the
// next best one.
func (v verifier) pairs(ctx context.Context, all []tested) (sets [3][]claim, err error) {
	made := newAlterer(alterSeed)
	documents := map[string]*corpus.Document{}
	for _, d := range v.corpus.Documents.All() {
		documents[d.ID] = d
	}
	for _, c := range all {
		evidence := map[string]bool{}
		for _, ev := range c.Evidence {
			evidence[ev.Doc] = true
		}
		for _, ev := range c.Evidence {
			own := documents[ev.Doc]
			if own == nil {
				continue
			}
			next, err := v.nextBest(ctx, c.Text, evidence)
			if err != nil {
				return sets, err
			}
			other := v.corpus.Documents.At(made.rand.IntN(v.corpus.Documents.Len()))
			for evidence[other.ID] {
				other = v.corpus.Documents.At(made.rand.IntN(v.corpus.Documents.Len()))
			}
			if next == nil {
				next = other
			}
			sentences := sentencesOf(own)
			var text []string
			for _, k := range ev.Sentences {
				if k >= 0 && k < len(sentences) {
					text = append(text, sentences[k])
				}
			}
			sets[0] = append(sets[0], resting(c.Text, own, text))
			sets[1] = append(sets[1], resting(c.Text, other, v.nearest(other, c.Text, max(1, len(text)))))
			sets[2] = append(sets[2], resting(c.Text, next, v.nearest(next, c.Text, max(1, len(text)))))
		}
	}
	return sets, nil
}

func resting(text string, d *corpus.Document, sentences []string) claim {
	return claim{text: text, sources: []cite.Source{{Title: d.Title, Text: strings.Join(sentences, " ")}}}
}

func sentencesOf(d *corpus.Document) []string {
	var out []string
	for _, p := range d.Passages {
		for i := range p.Sentences {
			out = append(out, p.SentenceText(i))
		}
	}
	return out
}

// nextBest returns the best document that a search finds besides those, nil if there
// is none.
func (v verifier) nextBest(ctx context.Context, text string, besides map[string]bool) (*corpus.Document, error) {
	hits, err := v.searcher.Search(ctx, retrieval.Query{Text: text, Limit: 2 * found})
	if err != nil {
		return nil, fmt.Errorf("search passages: %w", err)
	}
	for _, h := range hits {
		if !besides[h.Passage.Document.ID] {
			return h.Passage.Document, nil
		}
	}
	return nil, nil
}

// nearest returns the n sentences of a document that have most of a claim's weight.
func (v verifier) nearest(d *corpus.Document, text string, n int) []string {
	c := cite.New(analysis.New(), v.rarity)
	sentences := sentencesOf(d)
	share := make(map[string]float64, len(sentences))
	for _, s := range sentences {
		share[s] = c.Check(text, s).Share
	}
	slices.SortStableFunc(sentences, func(a, b string) int { return cmp.Compare(share[b], share[a]) })
	return sentences[:min(n, len(sentences))]
}

func (v verifier) scores(ctx context.Context, claims []claim) ([]float64, error) {
	judged, err := v.judge(ctx, claims)
	out := make([]float64, len(judged))
	for i, j := range judged {
		out[i] = j.Score
	}
	return out, err
}
