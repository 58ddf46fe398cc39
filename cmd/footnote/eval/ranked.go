package eval

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"footnote/bot/cite"
	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
)

// A ranking compares how well the checker's score and plain word overlap tell
// sentences with what they rest on from others.
type ranking struct {
	name    string
	yes, no []claim
}

// ranked prints both for sentences that people wrote in their own words.
func (e Eval) ranked(ctx context.Context) ([]Figure, error) {
	var figures []Figure
	for _, set := range []struct {
		folder string
		pairs  func(context.Context, verifier, string) ([]ranking, error)
	}{{"mtragun-dev", answersNext}, {"qmsum-dev", answersNext}, {"scifact-dev", labelled}} {
		folder := filepath.Join(e.Folder, set.folder)
		v, err := e.verifier(ctx, folder)
		if err != nil {
			return nil, err
		}
		all, err := set.pairs(ctx, v, folder)
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			f, err := v.ranking(ctx, r)
			if err != nil {
				return nil, err
			}
			figures = append(figures, f...)
		}
	}
	return figures, nil
}

func (v verifier) ranking(ctx context.Context, r ranking) ([]Figure, error) {
	yes, err := v.scores(ctx, r.yes)
	if err != nil {
		return nil, err
	}
	no, err := v.scores(ctx, r.no)
	return []Figure{
		count(r.name+" pairs", len(yes)+len(no)),
		{r.name + " auroc", auroc(yes, no), 4},
		{r.name + " auroc, word overlap", auroc(overlaps(r.yes), overlaps(r.no)), 4},
	}, err
}

// overlaps returns of each claim the share of its informative words that its sources
// have anywhere, titles included.
func overlaps(claims []claim) []float64 {
	a := analysis.New()
	out := make([]float64, len(claims))
	for i, c := range claims {
		have := map[string]bool{}
		for _, s := range c.sources {
			for _, t := range a.Tokens(nil, s.Title+"\n"+s.Text) {
				have[t.Term] = true
			}
		}
		of, n := map[string]bool{}, 0
		for _, t := range a.Tokens(nil, c.text) {
			if !t.Stop && !of[t.Term] {
				if of[t.Term] = true; have[t.Term] {
					n++
				}
			}
		}
		out[i] = float64(n) / float64(max(1, len(of)))
	}
	return out
}

// answered is a question with an answer that a person wrote.
type answered struct {
	reference
	Text    string `json:"text"`
	Summary string `json:"answer"`
}

// answersNext pairs the sentences of people's answers with the passages they were
// written from, and with as many others that a search for the sentence likes best.
func answersNext(ctx context.Context, v verifier, folder string) ([]ranking, error) {
	answers, err := lines[answered](filepath.Join(folder, "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	judged, err := judgements(filepath.Join(folder, "qrels.tsv"))
	if err != nil {
		return nil, err
	}
	own := map[string]*corpus.Passage{}
	for _, p := range v.corpus.Passages.All() {
		own[p.Document.ID] = p
	}
	r := ranking{name: strings.TrimSuffix(filepath.Base(folder), "-dev") + " next best"}
	for _, a := range answers {
		var sources []cite.Source
		mine := map[*corpus.Passage]bool{}
		for _, id := range slices.Sorted(maps.Keys(judged[a.ID])) {
			if p := own[id]; p != nil {
				sources, mine[p] = append(sources, sourceOf(p)), true
			}
		}
		for _, s := range corpus.Sentences(strings.Join(strings.Fields(a.Answer+a.Summary), " ")) {
			if len(sources) == 0 || !cite.Claims(s) {
				continue
			}
			others, err := v.besides(ctx, s, mine)
			if err != nil {
				return nil, err
			}
			r.yes, r.no = append(r.yes, claim{text: s, sources: sources}), append(r.no, claim{text: s, sources: others})
		}
	}
	return []ranking{r}, nil
}

// besides returns the best passages that a search for the text finds besides those, as
// many as those are.
func (v verifier) besides(ctx context.Context, text string, those map[*corpus.Passage]bool) ([]cite.Source, error) {
	hits, err := v.searcher.Search(ctx, retrieval.Query{Text: text, Limit: found + 2*len(those)})
	if err != nil {
		return nil, fmt.Errorf("search passages: %w", err)
	}
	var out []cite.Source
	for _, h := range hits {
		if !those[h.Passage] && len(out) < len(those) {
			out = append(out, sourceOf(h.Passage))
		}
	}
	return out, nil
}

// labelled pairs scientific claims with the evidence that people found for them: that
// which bears them out against that which speaks against them, and against as many of
// the nearest sentences of the next best abstract.
func labelled(ctx context.Context, v verifier, folder string) ([]ranking, error) {
	all, err := lines[tested](filepath.Join(folder, "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	var supported, contradicted []tested
	for _, c := range all {
		for _, ev := range c.Evidence {
			one := c
			if one.Evidence = append(one.Evidence[:0:0], ev); ev.Label == "SUPPORT" {
				supported = append(supported, one)
			} else {
				contradicted = append(contradicted, one)
			}
		}
	}
	yes, err := v.pairs(ctx, supported)
	if err != nil {
		return nil, err
	}
	no, err := v.pairs(ctx, contradicted)
	return []ranking{
		{"scifact supported", yes[0], yes[1]},
		{"scifact supported, next best", yes[0], yes[2]},
		{"scifact supported, contradicted", yes[0], no[0]},
	}, err
}
